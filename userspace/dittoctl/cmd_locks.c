// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl locks: who holds what, who waits for whom, and taking it away. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "claims.h"

enum { OPT_FILE = 256, OPT_CLIENT, OPT_WATCH, OPT_ALL };

static const char *const events[] = {
	[DITTO_LOCK_EVENT_KIND_GRANTED] = "granted",
	[DITTO_LOCK_EVENT_KIND_DENIED] = "denied",
	[DITTO_LOCK_EVENT_KIND_WAITING] = "waiting",
	[DITTO_LOCK_EVENT_KIND_HANDED_OVER] = "handed-over",
	[DITTO_LOCK_EVENT_KIND_RELEASED] = "released",
	[DITTO_LOCK_EVENT_KIND_REVOKED] = "revoked",
	[DITTO_LOCK_EVENT_KIND_BREAKING] = "breaking",
};

/* ---- locks list ---------------------------------------------------------- */

static void age_text(char *text, size_t size, uint64_t ms)
{
	if (ms < 100000)
		snprintf(text, size, "%" PRIu64 ".%" PRIu64 "s", ms / 1000, ms / 100 % 10);
	else
		snprintf(text, size, "%" PRIu64 "s", ms / 1000);
}

static void list_row(struct table *table, const struct claim *c)
{
	char *file = claim_file(c);
	char what[CLAIM_TEXT], age[32];
	bool known = c->by.protocol;

	claim_what(c, what);
	age_text(age, sizeof(age), c->who.age);
	table_add(table, "%" PRIu64, c->who.claim);
	table_add(table, "%s", c->who.protocol ? c->who.protocol : "?");
	table_add(table, "%s", c->who.client ? c->who.client : "?");
	table_add(table, "%s", c->who.owner ? c->who.owner : "");
	table_add(table, "%s", what);
	if (known && c->by.claim)
		table_add(table, "%s for %" PRIu64, claim_state(c), c->by.claim);
	else
		table_add(table, "%s%s%s", claim_state(c), known ? " for " : "",
			  known ? c->by.protocol : "");
	table_add(table, "%s", age);
	table_add(table, "%s", file);
	free(file);
}

static void list_table(const struct claims *claims)
{
	static const char *const heading[] = {
		"ID", "PROTOCOL", "CLIENT", "OWNER", "WHAT", "STATE", "AGE", "FILE"
	};
	struct table table = { .columns = ARRAY_SIZE(heading) };
	unsigned int column;
	size_t i;

	for (column = 0; column < table.columns; column++)
		table_add(&table, "%s", heading[column]);
	for (i = 0; i < claims->nr; i++)
		list_row(&table, &claims->list[i]);
	table_print(&table, "no locks");
}

static void list_json(struct json *j, const struct claims *claims)
{
	size_t i;

	json_array(j, NULL);
	for (i = 0; i < claims->nr; i++) {
		json_object(j, NULL);
		claim_json(j, &claims->list[i]);
		json_close(j);
	}
	json_close(j);
}

/* Says what is wrong with a filter. */
static int refused(struct ctl *ctl, int err, const char *file)
{
	if (err == -ENOENT || err == -ENOTDIR)
		return ctl_refuse(ctl, "there is no file %s; write a path of this machine, or "
				  "EXPORT:/PATH", file);
	return ctl_refused(ctl, err, ditto_nl_why(ctl->nl));
}

static int list(struct ctl *ctl, const struct claim_filter *filter)
{
	struct claims claims;
	int err = claims_get(ctl->nl, filter, &claims);

	if (!err && ctl->json)
		list_json(&ctl->j, &claims);
	else if (!err)
		list_table(&claims);
	claims_free(&claims);
	return err ? refused(ctl, err, filter->file) : EXIT_OK;
}

/**
 * struct watching - events being shown
 * @ctl: the call
 * @client: of this one only
 * @inode: on the file of this number only; 0: on all
 */
struct watching {
	struct ctl	*ctl;
	const char	*client;
	uint64_t	inode;
};

static void print_event(struct ctl *ctl, const struct claim *c)
{
	const char *word = c->event < ARRAY_SIZE(events) ? events[c->event] : "unknown";
	char *file, *who, *by, what[CLAIM_TEXT];

	if (ctl->json) {
		json_object(&ctl->j, NULL);
		json_string(&ctl->j, "event", word);
		claim_json(&ctl->j, c);
		json_close(&ctl->j);
		return;
	}
	claim_what(c, what);
	file = claim_file(c);
	who = party_text(&c->who);
	by = c->by.protocol ? party_text(&c->by) : NULL;
	printf("%-11s  %s  %s  %s%s%s\n", word, file, what, who, by ? ", in the way: " : "",
	       by ? by : "");
	free(file);
	free(who);
	free(by);
}

static int on_event(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct watching *w = arg;
	struct claim claim = {};

	if (cmd != DITTO_CMD_LOCK_EVENT)
		return 0;
	claim_read(&claim, attrs, len);
	if (claim_is_of(&claim, w->client) && (!w->inode || claim.inode == w->inode))
		print_event(w->ctl, &claim);
	claim_free(&claim);
	return fflush(stdout) ? 1 : 0;
}

static int watch(struct ctl *ctl, const struct claim_filter *filter)
{
	struct watching w = { .ctl = ctl, .client = filter->client };
	struct stat st;
	int err;

	if (filter->file && stat(filter->file, &st))
		return refused(ctl, -errno, filter->file);
	if (filter->file)
		w.inode = st.st_ino;
	ctl->j.compact = true;
	err = ditto_nl_events(ctl->nl, DITTO_MCGRP_LOCKS, on_event, &w);
	return err < 0 ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

static int run_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "file", required_argument, NULL, OPT_FILE },
		{ "client", required_argument, NULL, OPT_CLIENT },
		{ "watch", no_argument, NULL, OPT_WATCH },
		{ 0 }
	};
	struct claim_filter filter = {};
	char *path = NULL;
	bool on = false;
	int option, code;

	while ((option = ctl_option(ctl, argc, argv, options)) != -1) {
		if (option == OPT_FILE)
			filter.file = optarg;
		else if (option == OPT_CLIENT)
			filter.client = optarg;
		else
			on = true;
	}
	if (optind < argc)
		return ctl_usage(ctl, "'%s' is too much; did you mean --file %s?", argv[optind],
				 argv[optind]);
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	if (filter.file)
		filter.file = path = claim_path(ctl->nl, filter.file);
	code = on ? watch(ctl, &filter) : list(ctl, &filter);
	free(path);
	return code;
}

const struct command cmd_locks_list = {
	.name = "locks list",
	.args = "[--file PATH] [--client CLIENT] [--watch]",
	.summary = "List what clients hold on files and wait for",
	.help =
	"  --file PATH      on this file only; EXPORT:/PATH will do too\n"
	"  --client CLIENT  of this client only; its id or name, see dittoctl locks clients\n"
	"  --watch          show what happens from now on, until it is interrupted\n"
	"\nLocks of programs on this machine are not listed; lslocks shows them.\n",
	.run = run_list,
};

/* ---- locks why ----------------------------------------------------------- */

static char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *xprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	return len < 0 ? xstrdup("") : text;
}

/* The sentence about one that waits. */
static char *wait_sentence(const struct claim *c, const char *who, const char *what,
			   const char *age)
{
	char *by, *text, since[32];

	if (!c->by.protocol)
		return xprintf("%s waits %s for %s; nobody is in its way any more", who, age, what);
	by = party_text(&c->by);
	age_text(since, sizeof(since), c->by.age);
	if (!c->by.claim)
		text = xprintf("%s waits %s for %s, held by %s", who, age, what, by);
	else if (c->by_waits)
		text = xprintf("%s waits %s for %s, behind %s, who waits since %s too", who, age,
			       what, by, since);
	else
		text = xprintf("%s waits %s for %s, held by %s since %s [%" PRIu64 "]", who, age,
			       what, by, since, c->by.claim);
	free(by);
	return text;
}

static char *sentence(const struct claim *c)
{
	char *who = party_text(&c->who), *text;
	char what[CLAIM_TEXT], age[32];

	claim_what(c, what);
	age_text(age, sizeof(age), c->who.age);
	switch (c->state) {
	case DITTO_LOCK_STATE_WAITING:
		text = wait_sentence(c, who, what, age);
		break;
	case DITTO_LOCK_STATE_BREAKING:
		text = xprintf("%s was asked to give up %s [%" PRIu64 "]", who, what, c->who.claim);
		break;
	default:
		text = xprintf("%s holds %s since %s [%" PRIu64 "]", who, what, age, c->who.claim);
	}
	free(who);
	return text;
}

/* Waits first, then what is held. */
static void why_print(struct ctl *ctl, const struct claims *claims, bool held)
{
	size_t i;
	char *text;

	for (i = 0; i < claims->nr; i++) {
		const struct claim *c = &claims->list[i];

		if ((c->state == DITTO_LOCK_STATE_HELD) != held)
			continue;
		text = sentence(c);
		if (ctl->json) {
			json_object(&ctl->j, NULL);
			json_string(&ctl->j, "text", text);
			claim_json(&ctl->j, c);
			json_close(&ctl->j);
		} else {
			puts(text);
		}
		free(text);
	}
}

static void why(struct ctl *ctl, const struct claims *claims)
{
	size_t i, waits = 0;

	for (i = 0; i < claims->nr; i++)
		waits += claims->list[i].state != DITTO_LOCK_STATE_HELD;
	if (ctl->json)
		json_array(&ctl->j, NULL);
	else if (!claims->nr)
		puts("no client holds anything on it; lslocks shows locks of programs on this machine");
	else if (!waits)
		puts("nobody waits");
	why_print(ctl, claims, false);
	why_print(ctl, claims, true);
	if (ctl->json)
		json_close(&ctl->j);
}

static int run_why(struct ctl *ctl, int argc, char **argv)
{
	struct claim_filter filter = {};
	struct claims claims;
	char *path;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 1, 1))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	path = claim_path(ctl->nl, argv[optind]);
	filter.file = path;
	err = claims_get(ctl->nl, &filter, &claims);
	if (!err)
		why(ctl, &claims);
	claims_free(&claims);
	err = err ? refused(ctl, err, path) : EXIT_OK;
	free(path);
	return err;
}

const struct command cmd_locks_why = {
	.name = "locks why",
	.args = "PATH",
	.summary = "Say who waits for whom on a file",
	.help = "PATH is of this machine, or EXPORT:/PATH. What stands in brackets is for dittoctl\n"
		"locks release.\n",
	.run = run_why,
};

/* ---- locks release ------------------------------------------------------- */

static int release(struct ctl *ctl, uint64_t id, bool all)
{
	struct nl_msg *msg = ditto_nl_msg(ctl->nl, DITTO_CMD_LOCK_RELEASE, 0);
	int err;

	if (msg && (ditto_nl_put_uint(msg, DITTO_A_CLAIM_ID, id) ||
		    (all && nla_put_flag(msg, DITTO_A_CLAIM_ALL)))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	err = ditto_nl_do(ctl->nl, msg, NULL, NULL);
	if (err == -ENOENT)
		return ctl_refuse(ctl, "there is no lock %" PRIu64 " (any more); dittoctl locks shows "
				  "those there are", id);
	if (err == -EINPROGRESS)
		return ctl_refuse(ctl, "%" PRIu64 " is not held, but waited for; release what it "
				  "waits for, or end it with --all", id);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : ctl_done(ctl);
}

static int run_release(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "all", no_argument, NULL, OPT_ALL },
		{ 0 }
	};
	bool all = false;
	uint64_t id;

	while (ctl_option(ctl, argc, argv, options) != -1)
		all = true;
	if (optind == argc)
		return ctl_usage(ctl, "which lock? dittoctl locks shows them");
	if (optind + 1 < argc)
		return ctl_usage(ctl, "'%s' is too much", argv[optind + 1]);
	if (!word_number(argv[optind], UINT64_MAX, &id))
		return ctl_usage(ctl, "'%s' is not the id of a lock; dittoctl locks shows them",
				 argv[optind]);
	return ctl_open(ctl) ? release(ctl, id, all) : EXIT_REFUSED;
}

const struct command cmd_locks_release = {
	.name = "locks release",
	.args = "ID [--all]",
	.summary = "Take a lock away",
	.help =
	"  --all  all its owner holds on that file and waits for there\n"
	"\nWho waits for it gets on. Its client is not told and goes on as if it had it: two\n"
	"programs may then write where each believes to be alone.\n",
	.run = run_release,
};
