// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl stats: the counters, once or again and again. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "dittoctl.h"

enum { OPT_GROUP = 256, OPT_WATCH };

#define DUMP_TRIES	20

/**
 * struct stat_line - a counter
 * @group: its group
 * @name: its name
 * @value: its value
 */
struct stat_line {
	char		*group;
	char		*name;
	uint64_t	value;
};

/**
 * struct stats - the counters
 * @list: @nr of them, those of a group together
 * @nr: how many
 * @group: the only one that is wanted; NULL: all
 */
struct stats {
	struct stat_line	*list;
	size_t			nr;
	const char		*group;
};

static int read_stat(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct nlattr *group = nla_find(attrs, len, DITTO_A_STAT_GROUP);
	struct nlattr *value = nla_find(attrs, len, DITTO_A_STAT_VALUE);
	struct nlattr *name = nla_find(attrs, len, DITTO_A_STAT_NAME);
	struct stats *stats = arg;
	struct stat_line *line;

	(void)cmd;
	if (!group || !name || !value)
		return -EPROTO;
	if (stats->group && nla_strcmp(group, stats->group))
		return 0;
	stats->list = xgrow(stats->list, stats->nr, sizeof(*line));
	line = &stats->list[stats->nr++];
	line->group = xstrndup(nla_data(group), nla_len(group));
	line->name = xstrndup(nla_data(name), nla_len(name));
	line->value = ditto_nl_get_uint(value);
	return 0;
}

static void stats_free(struct stats *stats)
{
	size_t i;

	for (i = 0; i < stats->nr; i++) {
		free(stats->list[i].group);
		free(stats->list[i].name);
	}
	free(stats->list);
	stats->list = NULL;
	stats->nr = 0;
}

static int stats_get(struct ditto_nl *nl, struct stats *stats)
{
	int tries, err = -EAGAIN;

	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		stats_free(stats);
		err = ditto_nl_dump(nl, DITTO_CMD_STATS_GET, read_stat, stats);
	}
	return err;
}

static bool new_group(const struct stats *stats, size_t i)
{
	return !i || strcmp(stats->list[i].group, stats->list[i - 1].group);
}

static void print_stats(const struct stats *stats)
{
	size_t i;

	for (i = 0; i < stats->nr; i++) {
		if (new_group(stats, i))
			printf("%s%s\n", i ? "\n" : "", stats->list[i].group);
		printf("  %-32s %15" PRIu64 "\n", stats->list[i].name, stats->list[i].value);
	}
}

static void print_stats_json(struct json *j, const struct stats *stats)
{
	size_t i;

	json_object(j, NULL);
	for (i = 0; i < stats->nr; i++) {
		if (new_group(stats, i)) {
			if (i)
				json_close(j);
			json_object(j, stats->list[i].group);
		}
		json_number(j, stats->list[i].name, stats->list[i].value);
	}
	if (stats->nr)
		json_close(j);
	json_close(j);
}

/*
 * What changed since @old, a second. Both have the same counters in the same
 * places, or else a module came or went and this time nothing is shown.
 */
static void print_rates(const struct stats *old, const struct stats *now, double seconds)
{
	const struct stat_line *a, *b;
	bool some = false;
	size_t i;

	if (old->nr != now->nr)
		return;
	for (i = 0; i < now->nr; i++) {
		a = &old->list[i];
		b = &now->list[i];
		if (strcmp(a->name, b->name) || strcmp(a->group, b->group))
			return;
		if (a->value == b->value)
			continue;
		/* some counters go down again: what is there now */
		printf("  %-12s %-32s %12.1f/s %15" PRIu64 "\n", b->group, b->name,
		       (double)(int64_t)(b->value - a->value) / seconds, b->value);
		some = true;
	}
	puts(some ? "" : "  nothing changed\n");
	fflush(stdout);
}

static double seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Until it is interrupted, or nobody reads any more. */
static int watch(struct ctl *ctl, struct stats *old, unsigned int interval)
{
	double then = seconds_now(), now;
	struct stats next;
	int err;

	while (!ferror(stdout)) {
		sleep(interval);
		next = (struct stats){ .group = old->group };
		err = stats_get(ctl->nl, &next);
		if (err) {
			stats_free(&next);
			return err;
		}
		now = seconds_now();
		if (ctl->json) {
			print_stats_json(&ctl->j, &next);
			fflush(stdout);
		} else {
			print_rates(old, &next, now - then);
		}
		stats_free(old);
		*old = next;
		then = now;
	}
	return 0;
}

static int no_such_group(struct ctl *ctl, const char *group)
{
	struct stats all = {};
	const char **names, *near = NULL;
	size_t i, n = 0;
	char *copy;
	int code;

	if (!stats_get(ctl->nl, &all)) {
		names = xcalloc(all.nr + 1, sizeof(*names));
		for (i = 0; i < all.nr; i++) {
			if (new_group(&all, i))
				names[n++] = all.list[i].group;
		}
		near = word_near(group, names);
		free(names);
	}
	copy = near ? xstrdup(near) : NULL;
	stats_free(&all);
	if (copy)
		code = ctl_refuse(ctl, "there is no group '%s'; did you mean '%s'?", group, copy);
	else
		code = ctl_refuse(ctl, "there is no group '%s'; dittoctl stats shows all", group);
	free(copy);
	return code;
}

static int stats_run(struct ctl *ctl, const char *group, unsigned int interval)
{
	struct stats stats = { .group = group };
	int err;

	err = stats_get(ctl->nl, &stats);
	if (!err && !stats.nr && group)
		return no_such_group(ctl, group);
	ctl->j.compact = interval;
	if (!err && ctl->json)
		print_stats_json(&ctl->j, &stats);
	else if (!err && !interval)
		print_stats(&stats);
	fflush(stdout);
	if (!err && interval)
		err = watch(ctl, &stats, interval);
	stats_free(&stats);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

static int run_stats(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "group", required_argument, NULL, OPT_GROUP },
		{ "watch", optional_argument, NULL, OPT_WATCH },
		{ 0 }
	};
	const char *group = NULL;
	uint64_t interval = 0;
	int option;

	while ((option = ctl_option(ctl, argc, argv, options)) != -1) {
		if (option == OPT_GROUP)
			group = optarg;
		else if (!optarg)
			interval = 1;
		else if (!word_number(optarg, 86400, &interval) || !interval)
			return ctl_usage(ctl, "'%s' is no interval; write seconds from 1", optarg);
	}
	if (optind < argc)
		return ctl_usage(ctl, "'%s' is too much", argv[optind]);
	return ctl_open(ctl) ? stats_run(ctl, group, interval) : EXIT_REFUSED;
}

const struct command cmd_stats = {
	.name = "stats",
	.args = "[--group GROUP] [--watch[=SECONDS]]",
	.summary = "Show the counters",
	.help =
	"  --group GROUP      those of this group only\n"
	"  --watch[=SECONDS]  every second (or SECONDS) what changed, until it is interrupted;\n"
	"                     with --json all counters, a line each time\n",
	.run = run_stats,
};
