// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl status: what the server is and how it is. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "dittoctl.h"

/**
 * struct part - a part of the server
 * @name: its name
 * @state: enum ditto_part_state
 * @detail: a sentence, or NULL
 */
struct part {
	char		*name;
	uint32_t	state;
	char		*detail;
};

/**
 * struct status - the server as a whole
 * @version: of the modules
 * @parts: @nr of them
 * @nr: how many
 * @exports: how many there are
 * @listeners: how many there are
 * @clients: how many are connected
 * @grace: there is a grace period
 * @grace_left: seconds of it
 */
struct status {
	char		*version;
	struct part	*parts;
	size_t		nr;
	uint64_t	exports;
	uint64_t	listeners;
	uint64_t	clients;
	bool		grace;
	uint64_t	grace_left;
};

/* What the kernel may know nothing of, because the module of it is not loaded or not made. */
static const struct {
	const char	*name;
	const char	*module;
} known_parts[] = {
	{ "rpcbind", "ditto_nfs" },
	{ "mount", "ditto_nfs" },
	{ "nfs3", "ditto_nfs" },
	{ "nlm", "ditto_nfs" },
	{ "nfs4", NULL },
	{ "smb", NULL },
};

static struct part *add_part(struct status *status)
{
	status->parts = xgrow(status->parts, status->nr, sizeof(*status->parts));
	return &status->parts[status->nr++];
}

static void read_part(struct status *status, struct nlattr *nest)
{
	struct part *part = add_part(status);
	struct nlattr *attr;
	int rem;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) == DITTO_A_PART_NAME)
			part->name = xstrndup(nla_data(attr), nla_len(attr));
		else if (nla_type(attr) == DITTO_A_PART_STATE)
			part->state = nla_get_u32(attr);
		else if (nla_type(attr) == DITTO_A_PART_DETAIL)
			part->detail = xstrndup(nla_data(attr), nla_len(attr));
	}
	if (!part->name)
		part->name = xstrdup("");
}

static int read_status(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct status *status = arg;
	struct nlattr *attr;
	int rem;

	(void)cmd;
	nla_for_each_attr(attr, attrs, len, rem) {
		switch (nla_type(attr)) {
		case DITTO_A_STATUS_VERSION:
			free(status->version);
			status->version = xstrndup(nla_data(attr), nla_len(attr));
			break;
		case DITTO_A_STATUS_PART:
			read_part(status, attr);
			break;
		case DITTO_A_STATUS_EXPORTS:
			status->exports = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_STATUS_LISTENERS:
			status->listeners = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_STATUS_CLIENTS:
			status->clients = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_STATUS_GRACE_LEFT:
			status->grace = true;
			status->grace_left = ditto_nl_get_uint(attr);
			break;
		}
	}
	return 0;
}

static bool has_part(const struct status *status, const char *name)
{
	size_t i;

	for (i = 0; i < status->nr; i++) {
		if (!strcmp(status->parts[i].name, name))
			return true;
	}
	return false;
}

/* What is not there is said too. */
static void add_missing(struct status *status)
{
	struct part *part;
	char text[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known_parts); i++) {
		if (has_part(status, known_parts[i].name))
			continue;
		part = add_part(status);
		part->name = xstrdup(known_parts[i].name);
		if (!known_parts[i].module) {
			part->state = DITTO_PART_STATE_ABSENT;
			continue;
		}
		part->state = DITTO_PART_STATE_TROUBLE;
		snprintf(text, sizeof(text), "its module is not loaded: modprobe %s",
			 known_parts[i].module);
		part->detail = xstrdup(text);
	}
}

static const char *state_name(uint32_t state)
{
	switch (state) {
	case DITTO_PART_STATE_UP:
		return "up";
	case DITTO_PART_STATE_IDLE:
		return "idle";
	case DITTO_PART_STATE_TROUBLE:
		return "trouble";
	default:
		return "absent";
	}
}

static const char *state_meaning(const struct part *part)
{
	if (part->detail)
		return part->detail;
	if (part->state == DITTO_PART_STATE_ABSENT)
		return "not in this version";
	if (part->state == DITTO_PART_STATE_IDLE)
		return "nothing listens; dittoctl listen add";
	return "";
}

static void print_status(const struct status *status)
{
	size_t i;

	printf("Ditto %s\n", status->version ? status->version : "?");
	printf("%" PRIu64 " exports, %" PRIu64 " listeners, %" PRIu64 " clients\n",
	       status->exports, status->listeners, status->clients);
	if (status->grace)
		printf("grace period: %" PRIu64 " s left\n\n", status->grace_left);
	else
		puts("grace period: none\n");
	for (i = 0; i < status->nr; i++) {
		const char *meaning = state_meaning(&status->parts[i]);

		printf("%-8s  %s%s%s\n", status->parts[i].name,
		       state_name(status->parts[i].state), *meaning ? ": " : "", meaning);
	}
}

static void print_status_json(struct json *j, const struct status *status)
{
	size_t i;

	json_object(j, NULL);
	json_string(j, "version", status->version);
	json_number(j, "exports", status->exports);
	json_number(j, "listeners", status->listeners);
	json_number(j, "clients", status->clients);
	if (status->grace)
		json_number(j, "grace", status->grace_left);
	else
		json_null(j, "grace");
	json_object(j, "services");
	for (i = 0; i < status->nr; i++) {
		json_object(j, status->parts[i].name);
		json_string(j, "state", state_name(status->parts[i].state));
		json_string(j, "detail", state_meaning(&status->parts[i]));
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void status_free(struct status *status)
{
	size_t i;

	for (i = 0; i < status->nr; i++) {
		free(status->parts[i].name);
		free(status->parts[i].detail);
	}
	free(status->parts);
	free(status->version);
}

static int status_get(struct ditto_nl *nl, struct status *status)
{
	return ditto_nl_do(nl, ditto_nl_msg(nl, DITTO_CMD_STATUS_GET, 0), read_status, status);
}

/**
 * status_of_part - how a part of the server is
 * @nl: connection
 * @name: of the part
 *
 * Return: enum ditto_part_state; DITTO_PART_STATE_ABSENT where there is no such part, or no
 * answer.
 */
int status_of_part(struct ditto_nl *nl, const char *name)
{
	struct status status = {};
	int state = DITTO_PART_STATE_ABSENT;
	size_t i;

	if (status_get(nl, &status))
		status.nr = 0;
	for (i = 0; i < status.nr; i++) {
		if (!strcmp(status.parts[i].name, name))
			state = status.parts[i].state;
	}
	status_free(&status);
	return state;
}

static int run_status(struct ctl *ctl, int argc, char **argv)
{
	struct status status = {};
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = status_get(ctl->nl, &status);
	if (!err) {
		add_missing(&status);
		if (ctl->json)
			print_status_json(&ctl->j, &status);
		else
			print_status(&status);
	}
	status_free(&status);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

const struct command cmd_status = {
	.name = "status",
	.args = "",
	.summary = "Show what the server is and how it is",
	.help = "Parts are up, idle (nothing listens for them), in trouble, or absent (not in this\n"
		"version).\n",
	.run = run_status,
};
