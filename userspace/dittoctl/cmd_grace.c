// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl grace: the time after a restart in which clients reclaim their locks. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include "dittoctl.h"

/**
 * struct grace - the grace period
 * @active: there is one
 * @left: milliseconds until it ends
 * @expected: clients that may reclaim
 * @done: of these, how many are through
 */
struct grace {
	bool		active;
	uint64_t	left;
	uint64_t	expected;
	uint64_t	done;
};

static int read_grace(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct grace *grace = arg;
	struct nlattr *attr;
	int rem;

	(void)cmd;
	nla_for_each_attr(attr, attrs, len, rem) {
		switch (nla_type(attr)) {
		case DITTO_A_GRACE_ACTIVE:
			grace->active = true;
			break;
		case DITTO_A_GRACE_LEFT:
			grace->left = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_GRACE_EXPECTED:
			grace->expected = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_GRACE_DONE:
			grace->done = ditto_nl_get_uint(attr);
			break;
		}
	}
	return 0;
}

static void print_grace(const struct grace *grace)
{
	if (!grace->active) {
		puts("no grace period");
		return;
	}
	printf("grace period: %" PRIu64 " s left; %" PRIu64 " of %" PRIu64
	       " clients have reclaimed their locks\n", (grace->left + 999) / 1000, grace->done,
	       grace->expected);
}

static int run_show(struct ctl *ctl, int argc, char **argv)
{
	struct grace grace = {};
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = ditto_nl_do(ctl->nl, ditto_nl_msg(ctl->nl, DITTO_CMD_GRACE_GET, 0), read_grace,
			  &grace);
	if (err)
		return ctl_refused(ctl, err, ditto_nl_why(ctl->nl));
	if (!ctl->json) {
		print_grace(&grace);
		return EXIT_OK;
	}
	json_object(&ctl->j, NULL);
	json_bool(&ctl->j, "active", grace.active);
	json_number(&ctl->j, "left_ms", grace.left);
	json_number(&ctl->j, "expected", grace.expected);
	json_number(&ctl->j, "done", grace.done);
	json_close(&ctl->j);
	return EXIT_OK;
}

const struct command cmd_grace_show = {
	.name = "grace show",
	.args = "",
	.summary = "Show the grace period, in which clients reclaim their locks",
	.run = run_show,
};

static int run_end(struct ctl *ctl, int argc, char **argv)
{
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = ditto_nl_do(ctl->nl, ditto_nl_msg(ctl->nl, DITTO_CMD_GRACE_END, 0), NULL, NULL);
	if (err == -ENOENT)
		return ctl_refuse(ctl, "there is no grace period; dittoctl grace shows it when there "
				  "is one");
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : ctl_done(ctl);
}

const struct command cmd_grace_end = {
	.name = "grace end",
	.args = "",
	.summary = "End the grace period now",
	.help = "Clients that have not reclaimed their locks by now lose them.\n",
	.run = run_end,
};
