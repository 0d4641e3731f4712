// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: coming, going, limits, and those that are closed for being slow.
 *
 * Teardown: ditto_conn_shutdown() marks the connection dead and closes the
 * socket's both directions; close_work then takes it away from the socket's
 * callbacks and the table, tells the service, and drops the table's reference. Requests in work
 * keep their reference, find the connection dead when they reply, and the last
 * one lets free_work release the socket.
 */
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/tcp.h>
#include "compat/compat.h"
#include "net/internal.h"

/* ---- how many connections an address has ---- */

struct ditto_client {
	struct hlist_node	link;
	struct in6_addr		addr;
	unsigned int		conns;
};

static void client_key(const struct sockaddr_storage *ss, struct in6_addr *key)
{
	if (ss->ss_family == AF_INET6)
		*key = ((const struct sockaddr_in6 *)ss)->sin6_addr;
	else
		ipv6_addr_set_v4mapped(((const struct sockaddr_in *)ss)->sin_addr.s_addr, key);
}

/* Counts a connection of this address; NULL if it has too many (or no memory). */
static struct ditto_client *client_get(struct ditto_netns *dn, const struct sockaddr_storage *ss)
{
	struct ditto_client *c, *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	struct in6_addr key;
	struct hlist_head *head;

	client_key(ss, &key);
	head = &dn->clients[jhash(&key, sizeof(key), 0) >> (32 - DITTO_CLIENT_BITS)];
	spin_lock(&dn->client_lock);
	hlist_for_each_entry(c, head, link)
		if (ipv6_addr_equal(&c->addr, &key))
			goto found;
	c = fresh;
	if (!c)
		goto out;
	fresh = NULL;
	c->addr = key;
	hlist_add_head(&c->link, head);
found:
	if (c->conns >= READ_ONCE(dn->limits.max_conns_per_client))
		c = NULL;
	else
		c->conns++;
out:
	spin_unlock(&dn->client_lock);
	kfree(fresh);
	return c;
}

static void client_put(struct ditto_netns *dn, struct ditto_client *c)
{
	if (!c)
		return;
	spin_lock(&dn->client_lock);
	if (--c->conns)
		c = NULL;
	else
		hlist_del(&c->link);
	spin_unlock(&dn->client_lock);
	kfree(c);
}

/* ---- the socket's callbacks ---- */

static void conn_data_ready(struct sock *sk)
{
	struct ditto_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn)
		ditto_rx_kick(conn);
	read_unlock_bh(&sk->sk_callback_lock);
}

/* The reader finds out what happened. */
static void conn_state_change(struct sock *sk)
{
	conn_data_ready(sk);
}

static void conn_attach(struct ditto_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	conn->saved_data_ready = sk->sk_data_ready;
	conn->saved_write_space = sk->sk_write_space;
	conn->saved_state_change = sk->sk_state_change;
	conn->saved_error_report = sk->sk_error_report;
	sk->sk_user_data = conn;
	sk->sk_data_ready = conn_data_ready;
	sk->sk_state_change = conn_state_change;
	sk->sk_error_report = conn_state_change;
	if (conn->stream)
		sk->sk_write_space = ditto_tx_write_space;
	write_unlock_bh(&sk->sk_callback_lock);
}

static void conn_detach(struct ditto_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_data_ready = conn->saved_data_ready;
	sk->sk_write_space = conn->saved_write_space;
	sk->sk_state_change = conn->saved_state_change;
	sk->sk_error_report = conn->saved_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

/* ---- references ---- */

/**
 * ditto_conn_get - take a reference
 * @conn: a connection that has one
 */
void ditto_conn_get(struct ditto_conn *conn)
{
	refcount_inc(&conn->ref);
}
EXPORT_SYMBOL_GPL(ditto_conn_get);

/**
 * ditto_conn_put - drop a reference
 * @conn: the connection; any context
 */
void ditto_conn_put(struct ditto_conn *conn)
{
	if (refcount_dec_and_test(&conn->ref))
		queue_work(ditto_wq_spread, &conn->free_work);
}
EXPORT_SYMBOL_GPL(ditto_conn_put);

static void conn_free(struct ditto_conn *conn)
{
	struct ditto_netns *dn = conn->dn;
	struct ditto_service *svc = conn->svc;

	if (conn->rx)
		ditto_req_free(conn->rx);
	sock_release(conn->sock);
	kvfree(conn->udp_buf);
	if (conn->stream)
		atomic_dec(&dn->nr_conns);
	client_put(dn, conn->client);
	kfree_rcu(conn, rcu);
	ditto_service_put(svc);
	ditto_netns_put(dn);
}

static void conn_free_work(struct work_struct *work)
{
	struct ditto_conn *conn = container_of(work, struct ditto_conn, free_work);

	if (conn->svc->conn_close)
		conn->svc->conn_close(conn);
	ditto_net_count(conn->dn, NET_CLOSED, 1);
	conn_free(conn);
}

static void conn_close_work(struct work_struct *work)
{
	struct ditto_conn *conn = container_of(work, struct ditto_conn, close_work);

	conn_detach(conn);
	xa_erase(&conn->dn->conns, conn->id);
	if (cancel_delayed_work_sync(&conn->retry))
		ditto_conn_put(conn);
	if (conn->svc->conn_lost)
		conn->svc->conn_lost(conn);
	/* replies that wait for room are dropped by whoever sends */
	ditto_tx_run(conn);
	ditto_conn_put(conn);
}

/**
 * ditto_conn_shutdown - close a connection; what is in work ends by itself
 * @conn: the connection; the caller has a reference; process context
 */
void ditto_conn_shutdown(struct ditto_conn *conn)
{
	if (test_and_set_bit(CONN_DEAD, &conn->flags))
		return;
	if (conn->stream)
		kernel_sock_shutdown(conn->sock, SHUT_RDWR);
	queue_work(ditto_wq_spread, &conn->close_work);
}
EXPORT_SYMBOL_GPL(ditto_conn_shutdown);

/**
 * ditto_conn_shutdown_now - close a connection; its port is free at once if nothing is in work
 * @conn: the connection; the caller's reference goes with it; process context, may sleep
 */
void ditto_conn_shutdown_now(struct ditto_conn *conn)
{
	ditto_conn_shutdown(conn);
	flush_work(&conn->close_work);
	if (refcount_dec_and_test(&conn->ref))
		conn_free_work(&conn->free_work);
}

static void conn_retry_work(struct work_struct *work)
{
	struct ditto_conn *conn = container_of(work, struct ditto_conn, retry.work);

	if (test_bit(CONN_THROTTLED, &conn->flags)) {
		ditto_rx_resume(conn);
		if (test_bit(CONN_THROTTLED, &conn->flags))
			ditto_conn_retry_later(conn, 20);
	}
	ditto_tx_run(conn);
	ditto_conn_put(conn);
}

/**
 * ditto_conn_retry_later - read and send again after a pause
 * @conn: the connection; the caller has a reference
 * @ms: how long the pause is, milliseconds
 */
void ditto_conn_retry_later(struct ditto_conn *conn, unsigned int ms)
{
	if (test_bit(CONN_DEAD, &conn->flags))
		return;
	ditto_conn_get(conn);
	if (mod_delayed_work(ditto_wq_spread, &conn->retry, msecs_to_jiffies(ms)))
		ditto_conn_put(conn);
}

/* ---- coming ---- */

/**
 * ditto_peer_set - an address as we keep it: IPv4-mapped ones as IPv4, the rest cleared
 * @dst: filled in
 * @src: from the socket
 */
void ditto_peer_set(struct sockaddr_storage *dst, const struct sockaddr_storage *src)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)src;
	struct sockaddr_in *in = (struct sockaddr_in *)dst;

	memset(dst, 0, sizeof(*dst));
	if (src->ss_family == AF_INET6 && ipv6_addr_v4mapped(&in6->sin6_addr)) {
		in->sin_family = AF_INET;
		in->sin_port = in6->sin6_port;
		in->sin_addr.s_addr = in6->sin6_addr.s6_addr32[3];
	} else if (src->ss_family == AF_INET6) {
		memcpy(dst, src, sizeof(struct sockaddr_in6));
	} else {
		memcpy(dst, src, sizeof(struct sockaddr_in));
	}
}
EXPORT_SYMBOL_GPL(ditto_peer_set);

static void conn_socket_options(struct sock *sk)
{
	tcp_sock_set_nodelay(sk);
	sock_set_keepalive(sk);
	tcp_sock_set_keepidle(sk, 60);
	tcp_sock_set_keepintvl(sk, 15);
	tcp_sock_set_keepcnt(sk, 4);
}

static int conn_peer_init(struct ditto_conn *conn)
{
	struct sockaddr_storage ss = {};
	int ret;

	ret = kernel_getsockname(conn->sock, (struct sockaddr *)&ss);
	if (ret < 0)
		return ret;
	ditto_peer_set(&conn->peer.local, &ss);
	if (!conn->stream)
		return 0;
	memset(&ss, 0, sizeof(ss));
	ret = kernel_getpeername(conn->sock, (struct sockaddr *)&ss);
	if (ret < 0)
		return ret;
	ditto_peer_set(&conn->peer.addr, &ss);
	return 0;
}

static int conn_admit(struct ditto_conn *conn)
{
	struct ditto_netns *dn = conn->dn;

	if (conn->svc->outgoing) {
		atomic_inc(&dn->nr_conns);
		return 0;
	}
	if (atomic_inc_return(&dn->nr_conns) > READ_ONCE(dn->limits.max_conns)) {
		ditto_net_count(dn, NET_REFUSED_LIMIT, 1);
		return -EMFILE;
	}
	conn->client = client_get(dn, &conn->peer.addr);
	if (!conn->client) {
		ditto_net_count(dn, NET_REFUSED_CLIENT, 1);
		return -EMFILE;
	}
	ditto_net_count(dn, NET_ACCEPTED, 1);
	return 0;
}

static struct ditto_conn *conn_alloc(struct ditto_netns *dn, struct ditto_service *svc,
				     struct socket *sock, bool stream)
{
	struct ditto_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn)
		return NULL;
	conn->dn = dn;
	conn->svc = svc;
	conn->sock = sock;
	conn->stream = stream;
	refcount_set(&conn->ref, 1);
	/* the role is ditto_conn_open()'s until everything is in place */
	set_bit(CONN_READING, &conn->flags);
	init_llist_head(&conn->tx_new);
	INIT_LIST_HEAD(&conn->tx_queue);
	INIT_WORK(&conn->tx_work, ditto_tx_work);
	INIT_WORK(&conn->close_work, conn_close_work);
	INIT_WORK(&conn->free_work, conn_free_work);
	INIT_DELAYED_WORK(&conn->retry, conn_retry_work);
	conn->born = jiffies;
	conn->last = jiffies;
	atomic_inc(&svc->users);
	atomic_inc(&dn->users);
	return conn;
}

/**
 * ditto_conn_open - make a connection of a socket and start reading
 * @dn: network namespace
 * @svc: service it belongs to
 * @sock: connected TCP socket or bound UDP socket; owned by the connection from here
 *	on, released on error
 * @stream: TCP
 * @private: what ditto_conn_private() says from conn_open() on, unless that sets another
 * @out: the connection, with a reference for the caller; may be NULL
 *
 * Return: 0; -EMFILE past a limit; or another negative errno.
 */
int ditto_conn_open(struct ditto_netns *dn, struct ditto_service *svc, struct socket *sock,
		    bool stream, void *private, struct ditto_conn **out)
{
	struct ditto_conn *conn = conn_alloc(dn, svc, sock, stream);
	u32 id;
	int ret;

	if (!conn) {
		sock_release(sock);
		return -ENOMEM;
	}
	conn->private = private;
	ret = conn_peer_init(conn);
	if (stream) {
		int admitted = conn_admit(conn);

		ret = ret ?: admitted;
		conn_socket_options(sock->sk);
	}
	if (ret)
		goto err;
	ret = -ENOMEM;
	conn->rx = ditto_req_alloc(conn);
	if (!conn->rx)
		goto err;
	if (!stream) {
		conn->udp_buf = kvmalloc(65536, GFP_KERNEL);
		if (!conn->udp_buf)
			goto err;
	}
	ret = svc->conn_open ? svc->conn_open(conn) : 0;
	if (ret)
		goto err;
	/* reserved first: the number must not be seen before everything is in place */
	ret = xa_alloc_cyclic(&dn->conns, &id, NULL, XA_LIMIT(1, INT_MAX), &dn->next_id,
			      GFP_KERNEL);
	if (ret < 0) {
		if (svc->conn_close)
			svc->conn_close(conn);
		goto err;
	}
	conn->id = id;
	conn_attach(conn);
	/* a second reference for the reading role */
	ditto_conn_get(conn);
	xa_store(&dn->conns, id, conn, GFP_KERNEL);
	if (out) {
		ditto_conn_get(conn);
		*out = conn;
	}
	/* whoever closes all connections marks first and walks then: one of us sees the other */
	smp_mb();
	if (READ_ONCE(svc->dying) || READ_ONCE(dn->dying))
		ditto_conn_shutdown(conn);
	queue_work(ditto_wq, &conn->rx->work);
	return 0;
err:
	conn_free(conn);
	return ret;
}

/* ---- going ---- */

static bool conn_expired(struct ditto_conn *conn)
{
	const struct ditto_limits *lim = &conn->dn->limits;
	unsigned long started = READ_ONCE(conn->started);
	unsigned long stalled = READ_ONCE(conn->stalled);
	u32 idle = READ_ONCE(lim->idle_timeout);
	u32 send = READ_ONCE(lim->send_timeout);

	if (stalled && time_after(jiffies, stalled + send * HZ)) {
		ditto_net_count(conn->dn, NET_CLOSED_STALLED, 1);
		return true;
	}
	/* a message that has begun must end in the same time */
	if (started && !test_bit(CONN_THROTTLED, &conn->flags) &&
	    time_after(jiffies, started + send * HZ)) {
		ditto_net_count(conn->dn, NET_CLOSED_SLOW, 1);
		return true;
	}
	/* who made a connection knows when it is not needed any more */
	if (idle && !conn->svc->outgoing && !atomic_read(&conn->pending) &&
	    time_after(jiffies, READ_ONCE(conn->last) + (unsigned long)idle * HZ)) {
		ditto_net_count(conn->dn, NET_CLOSED_IDLE, 1);
		return true;
	}
	return false;
}

static struct ditto_conn *conn_next(struct ditto_netns *dn, unsigned long *index)
{
	struct ditto_conn *conn;

	rcu_read_lock();
	for (;;) {
		conn = xa_find_after(&dn->conns, index, ULONG_MAX, XA_PRESENT);
		if (!conn || refcount_inc_not_zero(&conn->ref))
			break;
	}
	rcu_read_unlock();
	return conn;
}

/**
 * ditto_conn_reap - close connections that are idle, or slow, or take no replies
 * @work: the namespace's reaper
 */
void ditto_conn_reap(struct work_struct *work)
{
	struct ditto_netns *dn = container_of(work, struct ditto_netns, reaper.work);
	struct ditto_conn *conn;
	unsigned long index = 0;

	while ((conn = conn_next(dn, &index))) {
		if (conn->stream && conn_expired(conn))
			ditto_conn_shutdown(conn);
		ditto_conn_put(conn);
	}
	queue_delayed_work(ditto_wq_spread, &dn->reaper, 2 * HZ);
}

/**
 * ditto_conn_shutdown_all - close all connections of a namespace
 * @dn: the namespace
 * @svc: only those of this service; NULL: all
 */
void ditto_conn_shutdown_all(struct ditto_netns *dn, const struct ditto_service *svc)
{
	struct ditto_conn *conn;
	unsigned long index = 0;

	while ((conn = conn_next(dn, &index))) {
		if (!svc || conn->svc == svc)
			ditto_conn_shutdown(conn);
		ditto_conn_put(conn);
	}
}

/* ---- looking ---- */

/**
 * ditto_conn_for_each - walk the connections that clients made in a network namespace
 * @net: the namespace
 * @cursor: 0 at first; then where to go on
 * @fn: called for each; non-zero stops before that one and is returned
 * @arg: for @fn
 *
 * Return: 0 at the end.
 */
int ditto_conn_for_each(struct net *net, u64 *cursor,
			int (*fn)(void *arg, const struct ditto_conn_info *i), void *arg)
{
	struct ditto_netns *dn = ditto_netns(net);
	struct ditto_conn *conn;
	unsigned long index = *cursor;
	int ret = 0;

	while (!ret && (conn = conn_next(dn, &index))) {
		struct ditto_conn_info info = {
			.id = conn->id, .service = conn->svc->name,
			.peer = conn->peer.addr, .local = conn->peer.local,
			.received = READ_ONCE(conn->received), .sent = READ_ONCE(conn->sent),
			.requests = READ_ONCE(conn->requests),
			.pending = atomic_read(&conn->pending),
			.age = jiffies_to_msecs(jiffies - conn->born),
			.idle = jiffies_to_msecs(jiffies - READ_ONCE(conn->last)),
		};

		if (conn->stream && !conn->svc->outgoing)
			ret = fn(arg, &info);
		if (!ret)
			*cursor = index;
		ditto_conn_put(conn);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_conn_for_each);

/**
 * ditto_conn_kill - close one connection
 * @net: its network namespace
 * @id: its number
 *
 * Return: 0, or -ENOENT.
 */
int ditto_conn_kill(struct net *net, u64 id)
{
	struct ditto_netns *dn = ditto_netns(net);
	struct ditto_conn *conn;

	rcu_read_lock();
	conn = id <= INT_MAX ? xa_load(&dn->conns, id) : NULL;
	if (conn && (!conn->stream || conn->svc->outgoing || !refcount_inc_not_zero(&conn->ref)))
		conn = NULL;
	rcu_read_unlock();
	if (!conn)
		return -ENOENT;
	ditto_conn_shutdown(conn);
	ditto_conn_put(conn);
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_conn_kill);

/**
 * ditto_conn_private - what the service keeps for a connection
 * @conn: the connection
 */
void *ditto_conn_private(const struct ditto_conn *conn)
{
	return READ_ONCE(conn->private);
}
EXPORT_SYMBOL_GPL(ditto_conn_private);

/**
 * ditto_conn_set_private - set what the service keeps for a connection
 * @conn: the connection, in conn_open()
 * @data: what
 */
void ditto_conn_set_private(struct ditto_conn *conn, void *data)
{
	conn->private = data;
}
EXPORT_SYMBOL_GPL(ditto_conn_set_private);

/**
 * ditto_conn_claim_private - set what the service keeps for a connection, if it is not set
 * @conn: the connection, which the caller holds; requests may be in work
 * @data: what; all of it is written before it can be seen
 *
 * Return: what is set now: @data, or what was there before.
 */
void *ditto_conn_claim_private(struct ditto_conn *conn, void *data)
{
	void *old = cmpxchg(&conn->private, NULL, data);

	return old ?: data;
}
EXPORT_SYMBOL_GPL(ditto_conn_claim_private);

/**
 * ditto_conn_id - the connection's number
 * @conn: the connection
 */
u64 ditto_conn_id(const struct ditto_conn *conn)
{
	return conn->id;
}
EXPORT_SYMBOL_GPL(ditto_conn_id);

/**
 * ditto_conn_net - the network namespace of a connection
 * @conn: the connection
 */
struct net *ditto_conn_net(const struct ditto_conn *conn)
{
	return conn->dn->net;
}
EXPORT_SYMBOL_GPL(ditto_conn_net);

/**
 * ditto_conn_is_stream - TCP (or UDP)?
 * @conn: the connection
 */
bool ditto_conn_is_stream(const struct ditto_conn *conn)
{
	return conn->stream;
}
EXPORT_SYMBOL_GPL(ditto_conn_is_stream);

/**
 * ditto_conn_alive - is it worth working for this connection?
 * @conn: the connection
 */
bool ditto_conn_alive(const struct ditto_conn *conn)
{
	return !test_bit(CONN_DEAD, &conn->flags);
}
EXPORT_SYMBOL_GPL(ditto_conn_alive);
