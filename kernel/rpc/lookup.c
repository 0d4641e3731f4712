// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is a program? Its host's rpcbind knows (RFC 1833), and is asked over the
 * transport that the program will be called by, in version 4 of its protocol,
 * then 3, then (IPv4) 2, the port mapper's.
 *
 * A lookup holds the client it is for and one of its own for rpcbind, and ends
 * with rpc_client_looked_up(), always.
 */
#include <linux/slab.h>
#include "compat/compat.h"
#include "rpc/internal.h"
#include "rpc/link.h"
#include "rpc/rpcbind_msg.h"

/* Milliseconds that a lookup may take in all. */
#define LOOKUP_PATIENCE		10000

/**
 * struct rpc_lookup - a question to rpcbind
 * @call: the question
 * @client: whose port is asked for; held
 * @binder: rpcbind; held
 * @map: the question's arguments
 * @deadline: jiffies when patience ends
 * @port: the answer, or a negative errno
 */
struct rpc_lookup {
	struct rpc_outcall	call;
	struct rpc_client	*client;
	struct rpc_client	*binder;
	struct rpcbind_map	map;
	unsigned long		deadline;
	int			port;
};

static void lookup_encode(struct rpc_outcall *call, struct ditto_encoder *enc)
{
	struct rpc_lookup *lookup = container_of(call, struct rpc_lookup, call);

	rpcbind_put_query(enc, lookup->binder->vers, &lookup->map);
}

static void lookup_decode(struct rpc_outcall *call, struct ditto_cursor *cur)
{
	struct rpc_lookup *lookup = container_of(call, struct rpc_lookup, call);

	lookup->port = rpcbind_get_port(cur, lookup->binder->vers);
}

static void lookup_ask(struct rpc_lookup *lookup)
{
	long left = (long)(lookup->deadline - jiffies);

	lookup->call.timeout = jiffies_to_msecs(max(left, 1L));
	rpc_client_call(lookup->binder, &lookup->call);
}

static void lookup_done(struct rpc_outcall *call, int err)
{
	struct rpc_lookup *lookup = container_of(call, struct rpc_lookup, call);
	struct rpc_client *binder = lookup->binder;

	if (err == -EOPNOTSUPP && binder->vers > RPCBIND_VERS_PMAP &&
	    rpcbind_can_say(binder->vers - 1, &lookup->map)) {
		/* only this lookup calls by this client, and it is between two calls */
		binder->vers--;
		lookup_ask(lookup);
		return;
	}
	rpc_client_looked_up(lookup->client, err ?: lookup->port);
	rpc_client_put(binder);
	rpc_client_put(lookup->client);
	kfree(lookup);
}

/* What is asked for, and that rpcbind's own address is the host's. */
static void lookup_map(struct rpc_lookup *lookup, const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	bool tcp = lookup->client->ipproto == IPPROTO_TCP;
	struct rpcbind_map *map = &lookup->map;

	map->prog = lookup->client->prog;
	map->vers = lookup->client->vers;
	if (addr->ss_family == AF_INET6) {
		map->netid = tcp ? RPCBIND_TCP6 : RPCBIND_UDP6;
		rpcbind_uaddr6(map->uaddr, in6->sin6_addr.s6_addr, RPCBIND_PORT);
	} else {
		map->netid = tcp ? RPCBIND_TCP : RPCBIND_UDP;
		rpcbind_uaddr4(map->uaddr, (const u8 *)&in->sin_addr, RPCBIND_PORT);
	}
}

static struct rpc_client *lookup_binder(const struct rpc_client *client)
{
	struct rpc_client_args args = {
		.net = client->link->rn->net,
		.addr = client->peer.addr,
		.local = client->peer.local,
		.ipproto = client->ipproto,
		.prog = RPCBIND_PROG,
		.vers = RPCBIND_VERS_4,
		.flavour = RPC_FLAVOUR_NONE,
	};

	((struct sockaddr_in *)&args.addr)->sin_port = htons(RPCBIND_PORT);
	return rpc_client_new(&args);
}

/**
 * rpc_lookup_start - ask for a client's port
 * @client: the client; the caller has set @looking
 *
 * Process context; does not wait. It ends with rpc_client_looked_up(), even if it cannot
 * begin.
 */
void rpc_lookup_start(struct rpc_client *client)
{
	struct rpc_lookup *lookup = kzalloc(sizeof(*lookup), GFP_KERNEL);
	struct rpc_client *binder;

	rpc_client_count(client->link, RPC_CLIENT_LOOKUPS);
	if (!lookup) {
		rpc_client_looked_up(client, -ENOMEM);
		return;
	}
	binder = lookup_binder(client);
	if (IS_ERR(binder)) {
		kfree(lookup);
		rpc_client_looked_up(client, PTR_ERR(binder));
		return;
	}
	rpc_client_get(client);
	lookup->client = client;
	lookup->binder = binder;
	lookup_map(lookup, &client->peer.addr);
	lookup->deadline = jiffies + msecs_to_jiffies(LOOKUP_PATIENCE);
	lookup->call.proc = RPCBIND_PROC_GETADDR;
	lookup->call.encode = lookup_encode;
	lookup->call.decode = lookup_decode;
	lookup->call.done = lookup_done;
	/* whoever shuts the client down finds the binder from here on */
	rpc_client_lookup_begun(client, binder);
	lookup_ask(lookup);
}
