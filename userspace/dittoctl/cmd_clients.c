// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl clients: who is connected. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "dittoctl.h"

#define DUMP_TRIES	20

/**
 * struct end - one end of a connection
 * @family: AF_INET or AF_INET6
 * @addr: in network order
 * @port: number
 */
struct end {
	int		family;
	uint8_t		addr[16];
	uint16_t	port;
};

/**
 * struct client - a connection
 * @id: never used twice
 * @service: what it is for
 * @peer: the client
 * @local: what it talks to
 * @received: bytes
 * @sent: bytes
 * @requests: messages handled
 * @pending: messages being worked on or waiting to be sent
 * @age: milliseconds since it was accepted
 * @idle: milliseconds since its last message
 */
struct client {
	uint64_t	id;
	char		service[DITTO_NAME_MAX + 1];
	struct end	peer;
	struct end	local;
	uint64_t	received;
	uint64_t	sent;
	uint64_t	requests;
	uint64_t	pending;
	uint64_t	age;
	uint64_t	idle;
};

struct clients {
	struct client	*list;
	size_t		nr;
};

static void read_address(struct end *end, const struct nlattr *attr)
{
	end->family = nla_len(attr) == 4 ? AF_INET : AF_INET6;
	nla_memcpy(end->addr, attr, sizeof(end->addr));
}

static uint64_t *counter(struct client *c, int type)
{
	switch (type) {
	case DITTO_A_CLIENT_ID:
		return &c->id;
	case DITTO_A_CLIENT_RECEIVED:
		return &c->received;
	case DITTO_A_CLIENT_SENT:
		return &c->sent;
	case DITTO_A_CLIENT_REQUESTS:
		return &c->requests;
	case DITTO_A_CLIENT_PENDING:
		return &c->pending;
	case DITTO_A_CLIENT_AGE:
		return &c->age;
	case DITTO_A_CLIENT_IDLE:
		return &c->idle;
	default:
		return NULL;
	}
}

static int read_client(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct clients *clients = arg;
	struct nlattr *attr;
	struct client *c;
	uint64_t *number;
	int rem;

	(void)cmd;
	clients->list = xgrow(clients->list, clients->nr, sizeof(*c));
	c = &clients->list[clients->nr++];
	nla_for_each_attr(attr, attrs, len, rem) {
		number = counter(c, nla_type(attr));
		if (number) {
			*number = ditto_nl_get_uint(attr);
			continue;
		}
		switch (nla_type(attr)) {
		case DITTO_A_CLIENT_SERVICE:
			nla_strlcpy(c->service, attr, sizeof(c->service));
			break;
		case DITTO_A_CLIENT_PEER_ADDRESS:
			read_address(&c->peer, attr);
			break;
		case DITTO_A_CLIENT_PEER_PORT:
			c->peer.port = nla_get_u32(attr);
			break;
		case DITTO_A_CLIENT_LOCAL_ADDRESS:
			read_address(&c->local, attr);
			break;
		case DITTO_A_CLIENT_LOCAL_PORT:
			c->local.port = nla_get_u32(attr);
			break;
		}
	}
	return 0;
}

static int clients_get(struct ditto_nl *nl, struct clients *clients)
{
	int tries, err = -EAGAIN;

	clients->list = NULL;
	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		free(clients->list);
		memset(clients, 0, sizeof(*clients));
		err = ditto_nl_dump(nl, DITTO_CMD_CLIENT_GET, read_client, clients);
	}
	return err;
}

static void end_text(char *text, size_t size, const struct end *end)
{
	char addr[INET6_ADDRSTRLEN];

	address_print(addr, sizeof(addr), end->family, end->addr);
	snprintf(text, size, end->family == AF_INET6 ? "[%s]:%u" : "%s:%u", addr, end->port);
}

/* Bytes in the greatest unit that leaves a number. */
static void bytes_text(char *text, size_t size, uint64_t bytes)
{
	static const char units[] = "BKMGTP";
	double value = bytes;
	int unit = 0;

	while (value >= 1024 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, size, "%.1f%c", value, units[unit]);
	else
		snprintf(text, size, "%" PRIu64, bytes);
}

static void list_table(const struct clients *clients)
{
	static const char *const heading[] = {
		"ID", "SERVICE", "CLIENT", "REQUESTS", "PENDING", "RECEIVED", "SENT", "AGE", "IDLE"
	};
	struct table table = { .columns = ARRAY_SIZE(heading) };
	char peer[INET6_ADDRSTRLEN + 16], bytes[32];
	unsigned int column;
	size_t i;

	for (column = 0; column < table.columns; column++)
		table_add(&table, "%s", heading[column]);
	for (i = 0; i < clients->nr; i++) {
		const struct client *c = &clients->list[i];

		end_text(peer, sizeof(peer), &c->peer);
		table_add(&table, "%" PRIu64, c->id);
		table_add(&table, "%s", c->service);
		table_add(&table, "%s", peer);
		table_add(&table, "%" PRIu64, c->requests);
		table_add(&table, "%" PRIu64, c->pending);
		bytes_text(bytes, sizeof(bytes), c->received);
		table_add(&table, "%s", bytes);
		bytes_text(bytes, sizeof(bytes), c->sent);
		table_add(&table, "%s", bytes);
		table_add(&table, "%" PRIu64 "s", c->age / 1000);
		table_add(&table, "%" PRIu64 "s", c->idle / 1000);
	}
	table_print(&table, "no clients");
}

static void json_end_of(struct json *j, const char *address, const char *port,
			const struct end *end)
{
	char text[INET6_ADDRSTRLEN];

	address_print(text, sizeof(text), end->family, end->addr);
	json_string(j, address, text);
	json_number(j, port, end->port);
}

static void list_json(struct json *j, const struct clients *clients)
{
	size_t i;

	json_array(j, NULL);
	for (i = 0; i < clients->nr; i++) {
		const struct client *c = &clients->list[i];

		json_object(j, NULL);
		json_number(j, "id", c->id);
		json_string(j, "service", c->service);
		json_end_of(j, "address", "port", &c->peer);
		json_end_of(j, "local_address", "local_port", &c->local);
		json_number(j, "requests", c->requests);
		json_number(j, "pending", c->pending);
		json_number(j, "received", c->received);
		json_number(j, "sent", c->sent);
		json_number(j, "age_ms", c->age);
		json_number(j, "idle_ms", c->idle);
		json_close(j);
	}
	json_close(j);
}

static int run_list(struct ctl *ctl, int argc, char **argv)
{
	struct clients clients;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = clients_get(ctl->nl, &clients);
	if (!err && ctl->json)
		list_json(&ctl->j, &clients);
	else if (!err)
		list_table(&clients);
	free(clients.list);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

const struct command cmd_clients_list = {
	.name = "clients list",
	.args = "",
	.summary = "List the connections of clients",
	.run = run_list,
};

static int client_kill(struct ditto_nl *nl, uint64_t id)
{
	struct nl_msg *msg = ditto_nl_msg(nl, DITTO_CMD_CLIENT_KILL, 0);

	if (msg && ditto_nl_put_uint(msg, DITTO_A_CLIENT_ID, id)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return ditto_nl_do(nl, msg, NULL, NULL);
}

/**
 * clients_kill_all - close all connections
 * @nl: connection to the kernel
 *
 * Return: 0 or a negative errno.
 */
int clients_kill_all(struct ditto_nl *nl)
{
	struct clients clients;
	size_t i;
	int err;

	err = clients_get(nl, &clients);
	for (i = 0; !err && i < clients.nr; i++) {
		err = client_kill(nl, clients.list[i].id);
		if (err == -ENOENT)
			err = 0;
	}
	free(clients.list);
	return err;
}

static int run_kill(struct ctl *ctl, int argc, char **argv)
{
	uint64_t id;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 1, 1))
		return EXIT_USAGE;
	if (!word_number(argv[optind], UINT64_MAX, &id))
		return ctl_usage(ctl, "'%s' is not the id of a client; dittoctl clients shows them",
				 argv[optind]);
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = client_kill(ctl->nl, id);
	if (err == -ENOENT)
		return ctl_refuse(ctl, "there is no client %" PRIu64 "; dittoctl clients shows "
				  "those there are", id);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : ctl_done(ctl);
}

const struct command cmd_clients_kill = {
	.name = "clients kill",
	.args = "ID",
	.summary = "Close the connection of a client",
	.help = "It may connect again; remove it from its export's clients to keep it out.\n",
	.run = run_kill,
};
