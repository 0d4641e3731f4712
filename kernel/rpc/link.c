// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links: how they are made, connected, lost and closed; see link.h.
 *
 * Every change of a link ends in all its calls being kicked: each looks for
 * itself what it needs next (client.c).
 *
 * A connection can end before its making has been told (the peer closes at
 * once). The end marks it dead, then takes the link's lock; the making takes the
 * lock, then looks at the mark: so one of the two sees to it. An end that is
 * told after the link has let go of the connection by itself is not looked at.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <net/netns/generic.h>
#include "compat/compat.h"
#include "rpc/internal.h"
#include "rpc/link.h"

/* Longest message either way. */
#define LINK_RECORD_MAX		(1u << 20)

static const char *const client_stat_names[RPC_CLIENT_STATS] = {
	[RPC_CLIENT_CALLS]		= "calls",
	[RPC_CLIENT_REPLIES]		= "replies",
	[RPC_CLIENT_RESENT]		= "resent",
	[RPC_CLIENT_TIMEOUTS]		= "timeouts",
	[RPC_CLIENT_LOST]		= "connections_lost",
	[RPC_CLIENT_LATE]		= "late_replies",
	[RPC_CLIENT_BAD_MESSAGES]	= "bad_messages",
	[RPC_CLIENT_LOOKUPS]		= "port_lookups",
};

struct ditto_stat_group rpc_client_stats = {
	.name	= "rpc_client",
	.names	= client_stat_names,
	.nr	= RPC_CLIENT_STATS,
};
EXPORT_SYMBOL_GPL(rpc_client_stats);

struct workqueue_struct *rpc_client_wq;
static unsigned int client_net_id;
static struct ditto_service link_service;

/**
 * rpc_client_net - the client side of a network namespace
 * @net: the namespace
 */
struct rpc_client_net *rpc_client_net(const struct net *net)
{
	return net_generic(net, client_net_id);
}

/* ---- references ---- */

static void link_put(struct rpc_link *link)
{
	struct rpc_client_net *rn = link->rn;

	if (!refcount_dec_and_test(&link->ref))
		return;
	spin_lock(&rn->lock);
	list_del(&link->on_net);
	spin_unlock(&rn->lock);
	kfree(link);
}

static void link_close_conn(struct ditto_conn *conn)
{
	if (!conn)
		return;
	ditto_conn_shutdown(conn);
	ditto_conn_put(conn);
}

/* ---- calls ---- */

static struct hlist_head *link_bucket(struct rpc_link *link, u32 xid)
{
	return &link->by_xid[xid & ((1 << RPC_LINK_HASH_BITS) - 1)];
}

/**
 * rpc_link_find - a call by its transaction id
 * @link: where it waits, locked
 * @xid: the id
 *
 * Return: the call, or NULL.
 */
struct rpc_outcall *rpc_link_find(struct rpc_link *link, u32 xid)
{
	struct rpc_outcall *call;

	lockdep_assert_held(&link->lock);
	hlist_for_each_entry(call, link_bucket(link, xid), by_xid)
		if (call->xid == xid)
			return call;
	return NULL;
}

/*
 * On a stream ids are counted, so that those of calls which have ended are known.
 * Over UDP peers share the socket, and who sees one id shall not know the next.
 */
static u32 link_new_xid(struct rpc_link *link)
{
	if (link->issued < U32_MAX)
		link->issued++;
	do {
		link->xid = link->kind == RPC_LINK_DATAGRAM ? get_random_u32() : link->xid + 1;
	} while (rpc_link_find(link, link->xid));
	return link->xid;
}

/**
 * rpc_link_issued - was there ever a call with this transaction id?
 * @link: a stream, locked
 * @xid: the id
 */
bool rpc_link_issued(const struct rpc_link *link, u32 xid)
{
	return link->xid - xid < link->issued;
}

/* Under the lock: nothing waits; what we opened shall be closed after a while. */
static void link_is_idle(struct rpc_link *link)
{
	link->idle_since = jiffies;
	if (link->kind == RPC_LINK_INBOUND || !link->conn || link->closed)
		return;
	refcount_inc(&link->ref);
	if (mod_delayed_work(rpc_client_wq, &link->idle, RPC_LINK_IDLE * HZ))
		refcount_dec(&link->ref);
}

/**
 * rpc_link_call_added - let a call wait
 * @link: where, locked
 * @call: the call; gets its transaction id
 */
void rpc_link_call_added(struct rpc_link *link, struct rpc_outcall *call)
{
	lockdep_assert_held(&link->lock);
	call->xid = link_new_xid(link);
	list_add_tail(&call->on_link, &link->calls);
	hlist_add_head(&call->by_xid, link_bucket(link, call->xid));
	call->linked = true;
	link->nr_calls++;
}

/**
 * rpc_link_call_gone - a call does not wait any more
 * @link: where it did, locked
 * @call: the call; the caller ends it
 */
void rpc_link_call_gone(struct rpc_link *link, struct rpc_outcall *call)
{
	lockdep_assert_held(&link->lock);
	list_del(&call->on_link);
	hlist_del(&call->by_xid);
	call->linked = false;
	if (!--link->nr_calls)
		link_is_idle(link);
}

static void link_kick_all(struct rpc_link *link)
{
	struct rpc_outcall *call;

	list_for_each_entry(call, &link->calls, on_link)
		rpc_outcall_kick(call);
}

static void link_end_all(struct rpc_link *link, int err)
{
	struct rpc_outcall *call;

	list_for_each_entry(call, &link->calls, on_link)
		if (!call->err)
			call->err = err;
	link_kick_all(link);
}

/* ---- connecting ---- */

/*
 * Under the lock: a connection was lost. That counts for those too who wait to send
 * by it: a peer that closes every connection at once is not tried for ever.
 */
static void link_lost(struct rpc_link *link)
{
	struct rpc_outcall *call;

	if (link->nr_calls)
		rpc_client_count(link, RPC_CLIENT_LOST);
	if (link->kind == RPC_LINK_INBOUND && !link->err)
		link->err = -ECONNRESET;
	list_for_each_entry(call, &link->calls, on_link) {
		call->generation = 0;
		if ((call->retried || link->err) && !call->err)
			call->err = -ECONNRESET;
		call->retried = true;
	}
	link_kick_all(link);
}

/*
 * Under the lock: no connection came about. Who had the port from rpcbind asks
 * again; a call that did once already has to end. Time that is up is up for the
 * attempt only: calls know their own deadline.
 */
static void link_failed(struct rpc_link *link, int err)
{
	struct rpc_outcall *call;

	list_for_each_entry(call, &link->calls, on_link) {
		struct rpc_client *client = call->client;

		if (client->ask && !client->looking)
			rpc_client_set_port(client, 0);
		if (err == -ETIMEDOUT || call->err)
			continue;
		if (err != -ECONNREFUSED || !client->ask || call->relooked)
			call->err = err;
		call->relooked = true;
	}
	link_kick_all(link);
}

/* The end of what rpc_link_open() began. A reference of @conn comes with it. */
static void link_opened(struct rpc_link *link, struct ditto_conn *conn, int err)
{
	spin_lock(&link->lock);
	link->connecting = false;
	if (err) {
		link_failed(link, err);
	} else if (!ditto_conn_alive(conn)) {
		link_lost(link);
	} else if (!link->closed && !link->err) {
		link->conn = conn;
		conn = NULL;
		if (!++link->generation)
			link->generation = 1;
		if (!link->nr_calls)
			link_is_idle(link);
		link_kick_all(link);
	}
	spin_unlock(&link->lock);
	link_close_conn(conn);
	link_put(link);
}

static void link_connected(struct ditto_connect *c, struct ditto_conn *conn, int err)
{
	link_opened(container_of(c, struct rpc_link, connect), conn, err);
}

/**
 * rpc_link_open - see to it that a link gets its connection
 * @link: not inbound; the caller has set @connecting, and the address in @connect
 *
 * Process context; does not wait. Calls are kicked when it has come about or failed.
 */
void rpc_link_open(struct rpc_link *link)
{
	struct ditto_connect *c = &link->connect;
	struct ditto_conn *conn = NULL;
	int err;

	refcount_inc(&link->ref);
	if (link->kind == RPC_LINK_STREAM) {
		err = ditto_conn_connect(c);
		if (!err)
			return;
	} else {
		err = ditto_datagram_open(c->net, c->svc, c->addr.ss_family, link, &conn);
	}
	link_opened(link, conn, err);
}

/* ---- what the connection says ---- */

static int link_conn_open(struct ditto_conn *conn)
{
	struct rpc_link *link = ditto_conn_private(conn);

	refcount_inc(&link->ref);
	return 0;
}

/**
 * rpc_link_conn_lost - a connection is closed
 * @conn: ours, or a client's that may have a link
 */
void rpc_link_conn_lost(struct ditto_conn *conn)
{
	struct rpc_link *link = ditto_conn_private(conn);

	if (!link)
		return;
	spin_lock(&link->lock);
	if (link->conn == conn) {
		link->conn = NULL;
		link_lost(link);
	} else {
		conn = NULL;
	}
	spin_unlock(&link->lock);
	if (conn)
		ditto_conn_put(conn);
}

/**
 * rpc_link_conn_close - a connection will not be heard of any more
 * @conn: ours, or a client's that may have a link
 */
void rpc_link_conn_close(struct ditto_conn *conn)
{
	struct rpc_link *link = ditto_conn_private(conn);

	if (link)
		link_put(link);
}

/**
 * rpc_link_reply - a message has come that is no call
 * @req: the message
 *
 * Return: true if it answers a call of ours, or did so too late: it is taken. Else it is
 * the caller's.
 */
bool rpc_link_reply(struct ditto_req *req)
{
	struct rpc_link *link = ditto_conn_private(req->conn);

	return link && rpc_client_take_reply(link, req);
}

/* Calls are not served where we are the client. */
static void link_handle(struct ditto_req *req)
{
	if (rpc_link_reply(req))
		return;
	ditto_stat_inc(req->net, &rpc_client_stats, RPC_CLIENT_BAD_MESSAGES);
	if (ditto_conn_is_stream(req->conn))
		ditto_conn_shutdown(req->conn);
	ditto_req_drop(req);
}

static struct ditto_service link_service = {
	.name		= "rpc-client",
	.owner		= THIS_MODULE,
	.udp		= true,
	.outgoing	= true,
	.req_size	= sizeof(struct ditto_req),
	.max_record	= LINK_RECORD_MAX,
	.unframe	= rpc_service_unframe,
	.frame		= rpc_service_frame,
	.conn_open	= link_conn_open,
	.conn_lost	= rpc_link_conn_lost,
	.conn_close	= rpc_link_conn_close,
	.handle		= link_handle,
};

/* ---- closing ---- */

static void link_idle_work(struct work_struct *work)
{
	struct rpc_link *link = container_of(work, struct rpc_link, idle.work);
	struct ditto_conn *conn = NULL;

	spin_lock(&link->lock);
	if (!link->nr_calls && time_after_eq(jiffies, link->idle_since + RPC_LINK_IDLE * HZ)) {
		conn = link->conn;
		link->conn = NULL;
	}
	spin_unlock(&link->lock);
	link_close_conn(conn);
	link_put(link);
}

/* For good: calls that wait and those that come end with @err. */
static void link_kill(struct rpc_link *link, int err)
{
	struct ditto_conn *conn;
	bool connecting;

	spin_lock(&link->lock);
	if (!link->err)
		link->err = err;
	link_end_all(link, err);
	conn = link->conn;
	link->conn = NULL;
	connecting = link->connecting;
	spin_unlock(&link->lock);
	if (connecting)
		ditto_conn_connect_cancel(&link->connect);
	if (link->kind != RPC_LINK_INBOUND)
		link_close_conn(conn);
	else if (conn)
		ditto_conn_put(conn);
}

/**
 * rpc_link_release - a client is gone
 * @link: its link, which has no call of it; not touched any more
 */
void rpc_link_release(struct rpc_link *link)
{
	struct rpc_client_net *rn = link->rn;
	int i, rest;

	spin_lock(&rn->lock);
	rest = --link->nr_clients;
	for (i = 0; !rest && i < ARRAY_SIZE(rn->datagram); i++)
		if (rn->datagram[i] == link)
			rn->datagram[i] = NULL;
	spin_unlock(&rn->lock);
	if (!rest && link->kind != RPC_LINK_INBOUND) {
		spin_lock(&link->lock);
		link->closed = true;
		spin_unlock(&link->lock);
		if (cancel_delayed_work(&link->idle))
			link_put(link);
		link_kill(link, -ECANCELED);
	}
	link_put(link);
}

/* ---- making ---- */

static struct rpc_link *link_alloc(struct rpc_client_net *rn, enum rpc_link_kind kind, int family)
{
	struct rpc_link *link = kzalloc(sizeof(*link), GFP_KERNEL);

	if (!link)
		return NULL;
	refcount_set(&link->ref, 1);
	link->kind = kind;
	link->rn = rn;
	link->nr_clients = 1;
	spin_lock_init(&link->lock);
	INIT_LIST_HEAD(&link->on_net);
	INIT_LIST_HEAD(&link->calls);
	INIT_DELAYED_WORK(&link->idle, link_idle_work);
	link->xid = get_random_u32();
	link->connect.net = rn->net;
	link->connect.svc = &link_service;
	link->connect.addr.ss_family = family;
	link->connect.timeout = RPC_LINK_PATIENCE * 1000;
	link->connect.private = link;
	link->connect.done = link_connected;
	return link;
}

/**
 * rpc_link_for - a link for a client
 * @net: network namespace
 * @ipproto: IPPROTO_TCP: a new link; IPPROTO_UDP: one for all clients of that family
 * @family: AF_INET or AF_INET6
 *
 * Return: the link, to be given back by rpc_link_release(); or ERR_PTR: -ENOMEM,
 * -ECANCELED if the namespace is going.
 */
struct rpc_link *rpc_link_for(struct net *net, int ipproto, int family)
{
	bool udp = ipproto == IPPROTO_UDP;
	struct rpc_client_net *rn = rpc_client_net(net);
	struct rpc_link **slot = &rn->datagram[family == AF_INET6];
	struct rpc_link *link, *fresh;

	fresh = link_alloc(rn, udp ? RPC_LINK_DATAGRAM : RPC_LINK_STREAM, family);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	spin_lock(&rn->lock);
	if (rn->dying) {
		link = ERR_PTR(-ECANCELED);
	} else if (udp && *slot) {
		/* it is there as long as it has clients, and they hold it */
		link = *slot;
		refcount_inc(&link->ref);
		link->nr_clients++;
	} else {
		link = fresh;
		fresh = NULL;
		list_add_tail(&link->on_net, &rn->links);
		if (udp)
			*slot = link;
	}
	spin_unlock(&rn->lock);
	kfree(fresh);
	return link;
}

/* A new link for a client's connection, with references for a client and for @conn. */
static struct rpc_link *link_inbound(struct rpc_client_net *rn, struct ditto_conn *conn)
{
	struct rpc_link *link = link_alloc(rn, RPC_LINK_INBOUND, AF_UNSPEC);

	if (!link)
		return ERR_PTR(-ENOMEM);
	spin_lock(&rn->lock);
	if (rn->dying) {
		spin_unlock(&rn->lock);
		kfree(link);
		return ERR_PTR(-ECANCELED);
	}
	list_add_tail(&link->on_net, &rn->links);
	spin_unlock(&rn->lock);
	refcount_inc(&link->ref);
	ditto_conn_get(conn);
	link->conn = conn;
	link->generation = 1;
	return link;
}

/**
 * rpc_link_on_conn - the link of a connection that a client made
 * @conn: the connection; the caller has a reference
 *
 * Return: the link, to be given back by rpc_link_release(); or ERR_PTR: -ENOMEM,
 * -ECANCELED.
 */
struct rpc_link *rpc_link_on_conn(struct ditto_conn *conn)
{
	struct rpc_client_net *rn = rpc_client_net(ditto_conn_net(conn));
	struct rpc_link *link = ditto_conn_private(conn);
	struct rpc_link *fresh = NULL;

	if (!link) {
		fresh = link_inbound(rn, conn);
		if (IS_ERR(fresh))
			return fresh;
		link = ditto_conn_claim_private(conn, fresh);
	}
	if (link == fresh) {
		/* lost before it was told that it has a link? */
		if (!ditto_conn_alive(conn))
			rpc_link_conn_lost(conn);
		return link;
	}
	if (fresh) {
		/* somebody else was first; this lets go of the connection */
		link_kill(fresh, -ECANCELED);
		link_put(fresh);
		link_put(fresh);
	}
	/* it cannot go: the connection holds it, and is held */
	refcount_inc(&link->ref);
	spin_lock(&rn->lock);
	link->nr_clients++;
	spin_unlock(&rn->lock);
	return link;
}

/* ---- start and stop ---- */

static int __net_init client_net_init(struct net *net)
{
	struct rpc_client_net *rn = rpc_client_net(net);

	rn->net = net;
	spin_lock_init(&rn->lock);
	INIT_LIST_HEAD(&rn->links);
	init_waitqueue_head(&rn->ended);
	return 0;
}

static bool client_net_is_quiet(struct rpc_client_net *rn)
{
	bool quiet;

	/* whoever counted down and wakes us has left when we get the lock */
	spin_lock(&rn->lock);
	quiet = !rn->nr_calls;
	spin_unlock(&rn->lock);
	return quiet;
}

/* Ends all calls, while those who wait for them are still there. */
static void __net_exit client_net_pre_exit(struct net *net)
{
	struct rpc_client_net *rn = rpc_client_net(net);
	struct rpc_link *link;

	spin_lock(&rn->lock);
	rn->dying = true;
	while ((link = list_first_entry_or_null(&rn->links, struct rpc_link, on_net))) {
		list_del_init(&link->on_net);
		if (!refcount_inc_not_zero(&link->ref))
			continue;
		spin_unlock(&rn->lock);
		link_kill(link, -ECANCELED);
		link_put(link);
		spin_lock(&rn->lock);
	}
	spin_unlock(&rn->lock);
	wait_event(rn->ended, client_net_is_quiet(rn));
	flush_workqueue(rpc_client_wq);
}

/* Requests that were in work after that may have called once more. */
static void __net_exit client_net_exit(struct net *net)
{
	struct rpc_client_net *rn = rpc_client_net(net);

	wait_event(rn->ended, client_net_is_quiet(rn));
	flush_workqueue(rpc_client_wq);
}

/**
 * rpc_client_flush - wait until no done() is being called any more
 *
 * For who has no call left, and whose functions are going: the last of them may still be on
 * its way back. Process context, without locks.
 */
void rpc_client_flush(void)
{
	flush_workqueue(rpc_client_wq);
}
EXPORT_SYMBOL_GPL(rpc_client_flush);

static struct pernet_operations client_net_ops = {
	.init		= client_net_init,
	.exit		= client_net_exit,
	.id		= &client_net_id,
	.size		= sizeof(struct rpc_client_net),
};

/* By itself: calls end before the service goes, what connections refer to goes after it. */
static struct pernet_operations client_quiet_ops = {
	.pre_exit	= client_net_pre_exit,
};

/**
 * rpc_client_init - before anybody calls
 *
 * Return: 0 or a negative errno.
 */
int __init rpc_client_init(void)
{
	int ret = -ENOMEM;

	rpc_client_wq = alloc_workqueue("ditto-rpc-client", WQ_UNBOUND, 0);
	if (!rpc_client_wq)
		return ret;
	ret = ditto_stat_group_register(&rpc_client_stats);
	if (ret)
		goto err_wq;
	ret = register_pernet_subsys(&client_net_ops);
	if (ret)
		goto err_stats;
	ret = ditto_service_register(&link_service);
	if (ret)
		goto err_net;
	ret = register_pernet_subsys(&client_quiet_ops);
	if (ret)
		goto err_service;
	return 0;

err_service:
	ditto_service_unregister(&link_service);
err_net:
	unregister_pernet_subsys(&client_net_ops);
err_stats:
	ditto_stat_group_unregister(&rpc_client_stats);
err_wq:
	destroy_workqueue(rpc_client_wq);
	return ret;
}

/**
 * rpc_client_exit - all clients have been put, and the service "nfs" is gone
 */
void rpc_client_exit(void)
{
	unregister_pernet_subsys(&client_quiet_ops);
	ditto_service_unregister(&link_service);
	unregister_pernet_subsys(&client_net_ops);
	ditto_stat_group_unregister(&rpc_client_stats);
	destroy_workqueue(rpc_client_wq);
}
