// SPDX-License-Identifier: GPL-2.0-only
/* Log lines. Names come from the network, so control characters become '?'. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"

/* A message of one kind is said once in so many milliseconds. */
#define LOG_PAUSE	10000

static const struct {
	const char	*word;
	int		level;
} levels[] = {
	{ "error", LOG_ERR },
	{ "warning", LOG_WARNING },
	{ "info", LOG_INFO },
	{ "debug", LOG_DEBUG },
};

static int log_level = LOG_INFO;
static bool log_to_syslog;
static bool log_to_journal;

/**
 * log_open - where to say it
 * @to_syslog: there is no standard error any more
 */
void log_open(bool to_syslog)
{
	log_to_syslog = to_syslog;
	log_to_journal = !to_syslog && getenv("JOURNAL_STREAM");
	if (to_syslog)
		openlog("dittod", LOG_PID, LOG_DAEMON);
}

/**
 * log_set_level - how much to say
 * @word: error, warning, info or debug
 *
 * Return: false if it is none of these.
 */
bool log_set_level(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		if (strcmp(word, levels[i].word))
			continue;
		log_level = levels[i].level;
		return true;
	}
	return false;
}

/**
 * log_say - say a line
 * @level: LOG_*
 * @fmt: as printf(), without the end of the line
 */
void log_say(int level, const char *fmt, ...)
{
	char line[2048], *p;
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (p = line; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
	if (log_to_syslog)
		syslog(level, "%s", line);
	else if (log_to_journal)
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "dittod: %s\n", line);
}

/**
 * log_allowed - may a message that others can cause be said?
 * @limit: of this message
 * @now: loop_now()
 *
 * Return: true once in ten seconds. @limit->lost is how often it was false before.
 */
bool log_allowed(struct log_limit *limit, uint64_t now)
{
	if (now < limit->next) {
		limit->lost++;
		return false;
	}
	if (limit->lost)
		log_say(LOG_INFO, "%u lines like the next one were left out", limit->lost);
	limit->lost = 0;
	limit->next = now + LOG_PAUSE;
	return true;
}
