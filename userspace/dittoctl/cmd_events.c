// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl events: changes as they happen. */
#include <inttypes.h>
#include <stdlib.h>
#include "dittoctl.h"

static const char *const kinds[] = {
	[DITTO_EVENT_KIND_EXPORT_ADDED] = "export-added",
	[DITTO_EVENT_KIND_EXPORT_REMOVED] = "export-removed",
	[DITTO_EVENT_KIND_EXPORTS_APPLIED] = "exports-applied",
	[DITTO_EVENT_KIND_LISTENER_ADDED] = "listener-added",
	[DITTO_EVENT_KIND_LISTENER_REMOVED] = "listener-removed",
	[DITTO_EVENT_KIND_CLIENT_KILLED] = "client-killed",
	[DITTO_EVENT_KIND_SETTING_CHANGED] = "setting-changed",
	[DITTO_EVENT_KIND_CLAIM_RELEASED] = "claim-released",
	[DITTO_EVENT_KIND_CLAIM_CLIENT_FORGOTTEN] = "claim-client-forgotten",
	[DITTO_EVENT_KIND_GRACE_ENDED] = "grace-ended",
};

static int print_event(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct nlattr *kind = nla_find(attrs, len, DITTO_A_EVENT_KIND);
	struct nlattr *name = nla_find(attrs, len, DITTO_A_EVENT_NAME);
	struct nlattr *value = nla_find(attrs, len, DITTO_A_EVENT_VALUE);
	const char *word = "unknown";
	struct ctl *ctl = arg;
	char *text;

	if (cmd != DITTO_CMD_EVENT || !kind || !value)
		return 0;
	if (nla_get_u32(kind) < ARRAY_SIZE(kinds))
		word = kinds[nla_get_u32(kind)];
	text = name ? xstrndup(nla_data(name), nla_len(name)) : NULL;
	if (ctl->json) {
		json_object(&ctl->j, NULL);
		json_string(&ctl->j, "event", word);
		json_string(&ctl->j, "name", text);
		json_number(&ctl->j, "value", ditto_nl_get_uint(value));
		json_close(&ctl->j);
	} else {
		printf("%s %s %" PRIu64 "\n", word, text ? text_clean(text) : "-",
		       ditto_nl_get_uint(value));
	}
	free(text);
	return fflush(stdout) ? 1 : 0;
}

static int run_events(struct ctl *ctl, int argc, char **argv)
{
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	ctl->j.compact = true;
	err = ditto_nl_events(ctl->nl, DITTO_MCGRP_EVENTS, print_event, ctl);
	return err < 0 ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

const struct command cmd_events = {
	.name = "events",
	.args = "",
	.summary = "Show changes as they happen, until it is interrupted",
	.run = run_events,
};
