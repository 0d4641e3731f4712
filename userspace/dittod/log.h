/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dittod says: to the journal or a terminal through the standard error, or to
 * syslog where it has left both.
 */
#ifndef DITTOD_LOG_H
#define DITTOD_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/**
 * struct log_limit - a message that others can cause is said so often only
 * @next: milliseconds of the loop's clock when it may be said again
 * @lost: how often it was not said since
 */
struct log_limit {
	uint64_t	next;
	unsigned int	lost;
};

void log_open(bool to_syslog);
bool log_set_level(const char *word);
void log_say(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool log_allowed(struct log_limit *limit, uint64_t now);

#define log_error(...)		log_say(LOG_ERR, __VA_ARGS__)
#define log_warning(...)	log_say(LOG_WARNING, __VA_ARGS__)
#define log_info(...)		log_say(LOG_INFO, __VA_ARGS__)
#define log_debug(...)		log_say(LOG_DEBUG, __VA_ARGS__)

#endif
