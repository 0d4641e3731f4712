// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl locks clients, clients forget: those who have locks. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "dittoctl.h"

#define DUMP_TRIES	20

/**
 * struct holder - a client of the lock manager
 * @id: never used twice
 * @protocol: how it speaks to us
 * @name: what it calls itself
 * @family: AF_INET or AF_INET6; 0: its address is not known
 * @addr: in network order
 * @ranges: how many it has locked
 * @waits: how many it waits for
 * @age: milliseconds since it is known
 */
struct holder {
	uint64_t	id;
	char		*protocol;
	char		*name;
	int		family;
	uint8_t		addr[16];
	uint64_t	ranges;
	uint64_t	waits;
	uint64_t	age;
};

struct holders {
	struct holder	*list;
	size_t		nr;
};

static void holders_free(struct holders *holders)
{
	size_t i;

	for (i = 0; i < holders->nr; i++) {
		free(holders->list[i].protocol);
		free(holders->list[i].name);
	}
	free(holders->list);
	memset(holders, 0, sizeof(*holders));
}

static void read_attr(struct holder *h, struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case DITTO_A_HOLDER_ID:
		h->id = ditto_nl_get_uint(attr);
		break;
	case DITTO_A_HOLDER_PROTOCOL:
		free(h->protocol);
		h->protocol = xstrndup(nla_data(attr), nla_len(attr));
		break;
	case DITTO_A_HOLDER_NAME:
		free(h->name);
		h->name = xstrndup(nla_data(attr), nla_len(attr));
		break;
	case DITTO_A_HOLDER_ADDRESS:
		h->family = nla_len(attr) == 4 ? AF_INET : AF_INET6;
		nla_memcpy(h->addr, attr, sizeof(h->addr));
		break;
	case DITTO_A_HOLDER_RANGES:
		h->ranges = ditto_nl_get_uint(attr);
		break;
	case DITTO_A_HOLDER_WAITS:
		h->waits = ditto_nl_get_uint(attr);
		break;
	case DITTO_A_HOLDER_AGE:
		h->age = ditto_nl_get_uint(attr);
		break;
	}
}

static int read_holder(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct holders *holders = arg;
	struct nlattr *attr;
	struct holder *h;
	int rem;

	(void)cmd;
	holders->list = xgrow(holders->list, holders->nr, sizeof(*h));
	h = &holders->list[holders->nr++];
	nla_for_each_attr(attr, attrs, len, rem)
		read_attr(h, attr);
	return 0;
}

static int holders_get(struct ditto_nl *nl, struct holders *holders)
{
	int tries, err = -EAGAIN;

	memset(holders, 0, sizeof(*holders));
	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		holders_free(holders);
		err = ditto_nl_dump(nl, DITTO_CMD_LOCK_CLIENT_GET, read_holder, holders);
	}
	return err;
}

static const char *address_of(const struct holder *h, char text[INET6_ADDRSTRLEN])
{
	if (!h->family)
		return NULL;
	address_print(text, INET6_ADDRSTRLEN, h->family, h->addr);
	return text;
}

static void list_table(const struct holders *holders)
{
	static const char *const heading[] = {
		"ID", "PROTOCOL", "CLIENT", "ADDRESS", "LOCKS", "WAITS", "AGE"
	};
	struct table table = { .columns = ARRAY_SIZE(heading) };
	char text[INET6_ADDRSTRLEN];
	const char *address;
	unsigned int column;
	size_t i;

	for (column = 0; column < table.columns; column++)
		table_add(&table, "%s", heading[column]);
	for (i = 0; i < holders->nr; i++) {
		const struct holder *h = &holders->list[i];

		address = address_of(h, text);
		table_add(&table, "%" PRIu64, h->id);
		table_add(&table, "%s", h->protocol ? h->protocol : "?");
		table_add(&table, "%s", h->name ? h->name : "?");
		table_add(&table, "%s", address ? address : "-");
		table_add(&table, "%" PRIu64, h->ranges);
		table_add(&table, "%" PRIu64, h->waits);
		table_add(&table, "%" PRIu64 "s", h->age / 1000);
	}
	table_print(&table, "no clients with locks");
}

static void list_json(struct json *j, const struct holders *holders)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	json_array(j, NULL);
	for (i = 0; i < holders->nr; i++) {
		const struct holder *h = &holders->list[i];

		json_object(j, NULL);
		json_number(j, "id", h->id);
		json_string(j, "protocol", h->protocol);
		json_string(j, "client", h->name);
		json_string(j, "address", address_of(h, text));
		json_number(j, "ranges", h->ranges);
		json_number(j, "waits", h->waits);
		json_number(j, "age_ms", h->age);
		json_close(j);
	}
	json_close(j);
}

static int run_clients(struct ctl *ctl, int argc, char **argv)
{
	struct holders holders;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = holders_get(ctl->nl, &holders);
	if (!err && ctl->json)
		list_json(&ctl->j, &holders);
	else if (!err)
		list_table(&holders);
	holders_free(&holders);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

const struct command cmd_locks_clients = {
	.name = "locks clients",
	.args = "",
	.summary = "List the clients that have locks, or had",
	.help = "A client is a host here; dittoctl clients lists connections.\n",
	.run = run_clients,
};

static int run_forget(struct ctl *ctl, int argc, char **argv)
{
	struct nl_msg *msg;
	uint64_t id;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 1, 1))
		return EXIT_USAGE;
	if (!word_number(argv[optind], UINT64_MAX, &id))
		return ctl_usage(ctl, "'%s' is not the id of a client; dittoctl locks clients shows "
				 "them", argv[optind]);
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	msg = ditto_nl_msg(ctl->nl, DITTO_CMD_LOCK_CLIENT_FORGET, 0);
	if (msg && ditto_nl_put_uint(msg, DITTO_A_HOLDER_ID, id)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	err = ditto_nl_do(ctl->nl, msg, NULL, NULL);
	if (err == -ENOENT)
		return ctl_refuse(ctl, "there is no client %" PRIu64 " (any more); dittoctl locks "
				  "clients shows those there are", id);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : ctl_done(ctl);
}

const struct command cmd_clients_forget = {
	.name = "clients forget",
	.args = "ID",
	.summary = "Take all locks of a client away, as if it had gone",
	.help = "ID is that of dittoctl locks clients. For a client that will not come back; one that\n"
		"is still there may go on as if it had its locks.\n",
	.run = run_forget,
};
