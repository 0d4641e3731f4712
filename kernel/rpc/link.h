/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the client side share: links, and the inside of clients.
 *
 * A link is where calls wait for their answers, and what they travel by:
 *
 *   a client's own TCP connection, made when it is needed, and again when it is
 *   lost, closed when it has been idle;
 *   the UDP socket of a namespace and address family, made and closed likewise,
 *   shared by all clients that use it;
 *   a connection that the peer made. Once lost, it is lost.
 *
 * One spinlock per link protects the link, and of its clients and calls all that
 * changes. It is taken in process context only, inside of everything else of
 * rpc/; under it lie connect_lock of net/ and the workqueue's. What must not be
 * done under it (connecting, sending, closing) is decided under it and done after.
 *
 * References of a link: each client's; the connection's, whose private data it
 * is; an attempt to connect; the idle timer. A link holds its connection until it
 * closes it or hears that it was lost.
 */
#ifndef DITTO_RPC_LINK_H
#define DITTO_RPC_LINK_H

#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "base/stats.h"
#include "net/connect.h"
#include "rpc/client.h"

#define RPC_LINK_HASH_BITS	6

/* Seconds without a call after which what we opened is closed. */
#define RPC_LINK_IDLE		60
/* Seconds that one attempt to connect may take. */
#define RPC_LINK_PATIENCE	15

enum rpc_link_kind {
	RPC_LINK_STREAM,	/* TCP, made by us */
	RPC_LINK_DATAGRAM,
	RPC_LINK_INBOUND,	/* TCP, made by the peer */
};

/**
 * struct rpc_link - where calls wait and what they travel by
 * @ref: see above
 * @kind: never changes
 * @rn: of its network namespace
 * @on_net: in rn's links, under rn's lock
 * @nr_clients: under rn's lock; with the last one it is closed
 * @lock: for all that follows, and see above
 * @conn: to send by, with a reference; NULL: not connected
 * @generation: counts connections; never 0 once there is one
 * @connecting: somebody sees to it that there will be a connection
 * @closed: has no clients any more
 * @err: what has become of it for good; calls end with it
 * @xid: of the last call, streams
 * @issued: how many there were at least
 * @nr_calls: in @calls
 * @idle_since: jiffies when that became 0
 * @calls: struct rpc_outcall, oldest first
 * @by_xid: the same
 * @idle: closes the connection
 * @connect: the attempt, if @connecting; belongs to whoever has set that
 */
struct rpc_link {
	refcount_t		ref;
	enum rpc_link_kind	kind;
	struct rpc_client_net	*rn;
	struct list_head	on_net;
	unsigned int		nr_clients;

	spinlock_t		lock;
	struct ditto_conn	*conn;
	u32			generation;
	bool			connecting;
	bool			closed;
	int			err;
	u32			xid;
	u32			issued;
	unsigned int		nr_calls;
	unsigned long		idle_since;
	struct list_head	calls;
	struct hlist_head	by_xid[1 << RPC_LINK_HASH_BITS];
	struct delayed_work	idle;
	struct ditto_connect	connect;
};

/**
 * struct rpc_client - a program of a peer
 * @ref: its users'; one for each call, one for a lookup
 * @link: what its calls travel by; held
 * @prog: program number
 * @vers: version
 * @flavour: of the credential
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP; 0: inbound
 * @peer: whom to call; the port is 0 while it isn't known. Of it only that changes
 * @privileged: see struct rpc_client_args
 * @ask: the port is rpcbind's to say
 * @looking: a lookup is going on
 * @binder: the client that it uses, if it has come so far
 * @dead: shut down
 * @nr_calls: not yet ended, the run of done() included
 * @ended: woken when that becomes 0
 */
struct rpc_client {
	refcount_t		ref;
	struct rpc_link		*link;
	u32			prog;
	u32			vers;
	enum rpc_auth_flavour	flavour;
	int			ipproto;
	struct ditto_peer	peer;
	bool			privileged;
	bool			ask;
	bool			looking;
	struct rpc_client	*binder;
	bool			dead;
	unsigned int		nr_calls;
	wait_queue_head_t	ended;
};

/**
 * struct rpc_client_net - the client side of a network namespace
 * @net: the namespace
 * @lock: for what follows; outside of links' locks
 * @links: all links, not held
 * @datagram: the UDP links: IPv4, IPv6; not held
 * @dying: no more links
 * @nr_calls: not yet ended
 * @ended: woken when that becomes 0
 */
struct rpc_client_net {
	struct net		*net;
	spinlock_t		lock;
	struct list_head	links;
	struct rpc_link		*datagram[2];
	bool			dying;
	unsigned int		nr_calls;
	wait_queue_head_t	ended;
};

/* Counters of the group "rpc_client"; their names are in link.c. */
enum rpc_client_stat {
	RPC_CLIENT_CALLS,
	RPC_CLIENT_REPLIES,
	RPC_CLIENT_RESENT,		/* transmissions but the first */
	RPC_CLIENT_TIMEOUTS,
	RPC_CLIENT_LOST,		/* connections lost with calls under way */
	RPC_CLIENT_LATE,		/* answers to calls that have ended */
	RPC_CLIENT_BAD_MESSAGES,	/* what was no answer */
	RPC_CLIENT_LOOKUPS,
	RPC_CLIENT_STATS
};

extern struct ditto_stat_group rpc_client_stats;
extern struct workqueue_struct *rpc_client_wq;

static inline void rpc_client_count(const struct rpc_link *link, enum rpc_client_stat i)
{
	ditto_stat_inc(link->rn->net, &rpc_client_stats, i);
}

static inline __be16 rpc_client_port(const struct rpc_client *client)
{
	return ((const struct sockaddr_in *)&client->peer.addr)->sin_port;
}

static inline void rpc_client_set_port(struct rpc_client *client, __be16 port)
{
	((struct sockaddr_in *)&client->peer.addr)->sin_port = port;
}

/* Something has happened to a call: its work shall look. Under the link's lock. */
static inline void rpc_outcall_kick(struct rpc_outcall *call)
{
	mod_delayed_work(rpc_client_wq, &call->work, 0);
}

/* client.c */
bool rpc_client_take_reply(struct rpc_link *link, struct ditto_req *req);
void rpc_client_lookup_begun(struct rpc_client *client, struct rpc_client *binder);
void rpc_client_looked_up(struct rpc_client *client, int result);

/* lookup.c */
void rpc_lookup_start(struct rpc_client *client);

/* link.c */
struct rpc_client_net *rpc_client_net(const struct net *net);
struct rpc_link *rpc_link_for(struct net *net, int ipproto, int family);
struct rpc_link *rpc_link_on_conn(struct ditto_conn *conn);
void rpc_link_release(struct rpc_link *link);
void rpc_link_open(struct rpc_link *link);
void rpc_link_call_added(struct rpc_link *link, struct rpc_outcall *call);
void rpc_link_call_gone(struct rpc_link *link, struct rpc_outcall *call);
struct rpc_outcall *rpc_link_find(struct rpc_link *link, u32 xid);
bool rpc_link_issued(const struct rpc_link *link, u32 xid);

#endif
