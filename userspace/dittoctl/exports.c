// SPDX-License-Identifier: GPL-2.0-only
/* Exports in messages: to the kernel and back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "exports.h"

/* Bytes of a rule and of an export without its rules, in a message, at most. */
#define RULE_ROOM	160
#define EXPORT_ROOM	(DITTO_EXPORT_NAME_MAX + DITTO_PATH_MAX + 64)
/* Rules in one attribute, which holds less than 64 KiB. */
#define RULES_A_PART	350
/* How often a dump is begun anew that was overtaken by changes. */
#define DUMP_TRIES	20

/**
 * struct place - where in a message something is, to find what the kernel points at
 * @offset: of its attribute
 * @export: which export
 * @line: of the file
 */
struct place {
	uint32_t		offset;
	const struct export	*export;
	unsigned int		line;
};

/**
 * struct draft - a message with exports being written
 * @msg: the message
 * @places: @nr of them, by offset
 * @nr: how many
 */
struct draft {
	struct nl_msg	*msg;
	struct place	*places;
	size_t		nr;
};

static size_t exports_room(const struct export *list, size_t nr)
{
	size_t i, room = 0;

	for (i = 0; i < nr; i++)
		room += (list[i].nr_rules + 1) * RULE_ROOM +
			(list[i].nr_rules / RULES_A_PART + 1) * EXPORT_ROOM;
	return room;
}

/* What is written next belongs to this. */
static void draft_mark(struct draft *d, const struct export *export, unsigned int line)
{
	struct place *place;

	d->places = xgrow(d->places, d->nr, sizeof(*place));
	place = &d->places[d->nr++];
	place->offset = nlmsg_hdr(d->msg)->nlmsg_len;
	place->export = export;
	place->line = line;
}

static int put_rule(struct draft *d, const struct export *export, const struct rule *rule)
{
	struct nl_msg *msg = d->msg;
	struct nlattr *nest;

	draft_mark(d, export, rule->line);
	nest = nla_nest_start(msg, DITTO_A_EXPORT_RULE | NLA_F_NESTED);
	if (!nest || nla_put_string(msg, DITTO_A_RULE_TEXT, rule->text) ||
	    nla_put_u32(msg, DITTO_A_RULE_FLAGS, rule->flags) ||
	    nla_put_u32(msg, DITTO_A_RULE_SEC, rule->sec) ||
	    nla_put_u32(msg, DITTO_A_RULE_ANON_UID, rule->anon_uid) ||
	    nla_put_u32(msg, DITTO_A_RULE_ANON_GID, rule->anon_gid))
		return -EMSGSIZE;
	if (rule->family != AF_UNSPEC &&
	    (nla_put(msg, DITTO_A_RULE_ADDRESS, rule->family == AF_INET ? 4 : 16, rule->addr) ||
	     nla_put_u32(msg, DITTO_A_RULE_PREFIX, rule->prefix)))
		return -EMSGSIZE;
	return nla_nest_end(msg, nest);
}

static int put_export(struct nl_msg *msg, const struct export *export)
{
	if (nla_put_string(msg, DITTO_A_EXPORT_NAME, export->name) ||
	    nla_put_string(msg, DITTO_A_EXPORT_PATH, export->path) ||
	    nla_put_u32(msg, DITTO_A_EXPORT_FLAGS, export->flags))
		return -EMSGSIZE;
	return export->fsid ? ditto_nl_put_uint(msg, DITTO_A_EXPORT_FSID, export->fsid) : 0;
}

/* The rules from @first on, as many as one attribute takes. */
static int put_part(struct draft *d, const struct export *export, size_t first)
{
	struct nlattr *nest;
	size_t i;
	int err;

	draft_mark(d, export, export->line);
	nest = nla_nest_start(d->msg, DITTO_A_APPLY_EXPORT | NLA_F_NESTED);
	if (!nest)
		return -EMSGSIZE;
	if (!first) {
		err = put_export(d->msg, export);
	} else {
		err = nla_put_string(d->msg, DITTO_A_EXPORT_NAME, export->name);
		if (!err)
			err = nla_put_flag(d->msg, DITTO_A_EXPORT_CONTINUES);
	}
	for (i = first; !err && i < export->nr_rules && i < first + RULES_A_PART; i++)
		err = put_rule(d, export, &export->rules[i]);
	return err ? err : nla_nest_end(d->msg, nest);
}

static int put_exports(struct draft *d, const struct exports *exports)
{
	const struct export *export;
	size_t i, first;

	for (i = 0; i < exports->nr; i++) {
		export = &exports->list[i];
		first = 0;
		do {
			if (put_part(d, export, first))
				return -EMSGSIZE;
			first += RULES_A_PART;
		} while (first < export->nr_rules);
	}
	return 0;
}

/* Whose fault it is, as far as the kernel says. */
static void draft_blame(const struct draft *d, struct ditto_nl *nl, struct fault *fault)
{
	const struct place *guilty = NULL;
	uint32_t offset;
	size_t i;

	fault->line = 0;
	if (ditto_nl_bad_attr(nl, &offset)) {
		for (i = 0; i < d->nr && d->places[i].offset <= offset; i++)
			guilty = &d->places[i];
	}
	if (!guilty) {
		say(fault->why, "%s", ditto_nl_why(nl));
		return;
	}
	fault->line = guilty->line;
	say(fault->why, "'%s' (%.256s): %s", guilty->export->name, guilty->export->path,
	    ditto_nl_why(nl));
}

/* Sends the draft, or drops it if it was not to be written. */
static int draft_send(struct draft *d, struct ditto_nl *nl, int err, struct fault *fault)
{
	if (err) {
		nlmsg_free(d->msg);
		say(fault->why, "the exports are too many for one message");
	} else {
		err = ditto_nl_do(nl, d->msg, NULL, NULL);
		if (err)
			draft_blame(d, nl, fault);
	}
	free(d->places);
	return err;
}

/**
 * exports_apply - make these the kernel's exports, all or nothing
 * @nl: connection
 * @exports: the exports
 * @fault: gets what is wrong
 *
 * It is told of the file systems mounted below them, too.
 *
 * Return: 0 or a negative errno.
 */
int exports_apply(struct ditto_nl *nl, const struct exports *exports, struct fault *fault)
{
	struct draft d = {};
	int err;

	fault->line = 0;
	d.msg = ditto_nl_msg(nl, DITTO_CMD_EXPORT_APPLY,
			     exports_room(exports->list, exports->nr));
	if (!d.msg) {
		say(fault->why, "out of memory");
		return -ENOMEM;
	}
	err = draft_send(&d, nl, put_exports(&d, exports), fault);
	if (!err)
		exports_cross(nl, exports->list, exports->nr);
	return err;
}

/**
 * export_add - add an export
 * @nl: connection
 * @export: the export
 * @replace: instead of one of its name
 * @fault: gets what is wrong
 *
 * The kernel is told of the file systems mounted below it, too.
 *
 * Return: 0 or a negative errno.
 */
int export_add(struct ditto_nl *nl, const struct export *export, bool replace,
	       struct fault *fault)
{
	struct draft d = {};
	size_t i;
	int err;

	fault->line = 0;
	d.msg = ditto_nl_msg(nl, DITTO_CMD_EXPORT_ADD, exports_room(export, 1));
	if (!d.msg) {
		say(fault->why, "out of memory");
		return -ENOMEM;
	}
	draft_mark(&d, export, export->line);
	err = put_export(d.msg, export);
	if (!err && replace)
		err = nla_put_flag(d.msg, DITTO_A_EXPORT_REPLACE);
	for (i = 0; !err && i < export->nr_rules; i++)
		err = put_rule(&d, export, &export->rules[i]);
	err = draft_send(&d, nl, err, fault);
	if (!err)
		exports_cross(nl, export, 1);
	return err;
}

/* ---- reading ---- */

static void read_rule_address(struct rule *rule, const struct nlattr *attr)
{
	int len = nla_len(attr);

	if (len != 4 && len != 16)
		return;
	rule->family = len == 4 ? AF_INET : AF_INET6;
	memcpy(rule->addr, nla_data(attr), len);
}

static void read_rule(struct export *export, struct nlattr *nest)
{
	struct nlattr *attr;
	struct rule *rule;
	int rem;

	export->rules = xgrow(export->rules, export->nr_rules, sizeof(*rule));
	rule = &export->rules[export->nr_rules++];
	rule->family = AF_UNSPEC;
	nla_for_each_nested(attr, nest, rem) {
		switch (nla_type(attr)) {
		case DITTO_A_RULE_TEXT:
			nla_strlcpy(rule->text, attr, sizeof(rule->text));
			break;
		case DITTO_A_RULE_ADDRESS:
			read_rule_address(rule, attr);
			break;
		case DITTO_A_RULE_PREFIX:
			rule->prefix = nla_get_u32(attr);
			break;
		case DITTO_A_RULE_FLAGS:
			rule->flags = nla_get_u32(attr);
			break;
		case DITTO_A_RULE_SEC:
			rule->sec = nla_get_u32(attr);
			break;
		case DITTO_A_RULE_ANON_UID:
			rule->anon_uid = nla_get_u32(attr);
			break;
		case DITTO_A_RULE_ANON_GID:
			rule->anon_gid = nla_get_u32(attr);
			break;
		}
	}
}

static char *read_string(const struct nlattr *attr)
{
	return xstrndup(nla_data(attr), nla_len(attr));
}

/* The export a message is about: a new one, or the last if the message continues it. */
static struct export *read_begin(struct exports *exports, struct nlattr *attrs, int len)
{
	if (nla_find(attrs, len, DITTO_A_EXPORT_CONTINUES))
		return exports->nr ? &exports->list[exports->nr - 1] : NULL;
	exports->list = xgrow(exports->list, exports->nr, sizeof(struct export));
	return &exports->list[exports->nr++];
}

static int read_export(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct exports *exports = arg;
	struct export *export;
	struct nlattr *attr;
	int rem;

	(void)cmd;
	export = read_begin(exports, attrs, len);
	if (!export)
		return -EAGAIN;
	nla_for_each_attr(attr, attrs, len, rem) {
		switch (nla_type(attr)) {
		case DITTO_A_EXPORT_NAME:
			free(export->name);
			export->name = read_string(attr);
			break;
		case DITTO_A_EXPORT_PATH:
			free(export->path);
			export->path = read_string(attr);
			break;
		case DITTO_A_EXPORT_FLAGS:
			export->flags = nla_get_u32(attr);
			break;
		case DITTO_A_EXPORT_FSID:
			export->fsid = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_EXPORT_RULE:
			read_rule(export, attr);
			break;
		}
	}
	return export->name && export->path ? 0 : -EPROTO;
}

static int by_name(const void *a, const void *b)
{
	const struct export *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/**
 * exports_get - ask the kernel for its exports
 * @nl: connection
 * @exports: gets them, sorted by name; exports_free() in every case
 *
 * Return: 0 or a negative errno.
 */
int exports_get(struct ditto_nl *nl, struct exports *exports)
{
	int tries, err = -EAGAIN;

	memset(exports, 0, sizeof(*exports));
	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		exports_free(exports);
		err = ditto_nl_dump(nl, DITTO_CMD_EXPORT_GET, read_export, exports);
	}
	if (!err && exports->nr)
		qsort(exports->list, exports->nr, sizeof(*exports->list), by_name);
	return err;
}
