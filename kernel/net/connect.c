// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that we make.
 *
 * An attempt owns its socket until it has ended. Its one work item does
 * everything: the socket's events and the cancelling bring it forward, else it
 * runs at the deadline. Whoever brings it forward does so under a lock that the
 * end of the attempt takes too (the socket's sk_callback_lock, the namespace's
 * connect_lock), so that nobody does any more once the attempt has ended, and
 * what is queued by then is taken back: done() may free the attempt.
 */
#include <linux/module.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "compat/compat.h"
#include "net/connect.h"
#include "net/internal.h"

/* Milliseconds that a peer may leave what we sent unacknowledged. */
#define CONNECT_USER_TIMEOUT	30000

/* ---- the socket ---- */

static void connect_event(struct sock *sk)
{
	struct ditto_connect *c;

	read_lock_bh(&sk->sk_callback_lock);
	c = sk->sk_user_data;
	if (c)
		mod_delayed_work(ditto_wq_spread, &c->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void connect_attach(struct ditto_connect *c)
{
	struct sock *sk = c->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	c->saved_state_change = sk->sk_state_change;
	c->saved_error_report = sk->sk_error_report;
	sk->sk_user_data = c;
	sk->sk_state_change = connect_event;
	sk->sk_error_report = connect_event;
	write_unlock_bh(&sk->sk_callback_lock);
	c->attached = true;
}

static void connect_detach(struct ditto_connect *c)
{
	struct sock *sk = c->sock->sk;

	if (!c->attached)
		return;
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = NULL;
	sk->sk_state_change = c->saved_state_change;
	sk->sk_error_report = c->saved_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Starts to connect, or asks how that went. 0: connected. */
static int connect_ask(const struct ditto_connect *c)
{
	struct sockaddr_storage to = c->addr;
	int ret;

	ret = kernel_connect(c->sock, (struct sockaddr_unsized *)&to, ditto_sock_addr_len(&to),
			     O_NONBLOCK);
	return ret == -EISCONN ? 0 : ret == -EALREADY ? -EINPROGRESS : ret;
}

static int connect_bind(const struct ditto_connect *c, unsigned int *tried)
{
	struct sockaddr_storage local = c->local;

	if (local.ss_family == AF_UNSPEC)
		local.ss_family = c->addr.ss_family;
	else if (local.ss_family != c->addr.ss_family)
		return -EAFNOSUPPORT;
	if (c->privileged)
		return ditto_sock_bind_privileged(c->sock, &local, tried);
	if (c->local.ss_family == AF_UNSPEC)
		return 0;
	((struct sockaddr_in *)&local)->sin_port = 0;
	return ditto_sock_bind(c->sock, &local);
}

/* A socket that is connected or about to be. */
static int connect_begin(struct ditto_connect *c)
{
	unsigned int tried = 0;
	bool again;
	int ret;

	do {
		again = false;
		ret = ditto_sock_create(c->net, c->addr.ss_family, IPPROTO_TCP, &c->sock);
		if (ret)
			return ret;
		c->sock->sk->sk_allocation = GFP_NOFS;
		c->sock->sk->sk_use_task_frag = false;
		tcp_sock_set_user_timeout(c->sock->sk, CONNECT_USER_TIMEOUT);
		ret = connect_bind(c, &tried);
		if (!ret) {
			ret = connect_ask(c);
			if (!ret || ret == -EINPROGRESS)
				return 0;
			/* an old connection from this port to the same peer has not died down */
			again = ret == -EADDRNOTAVAIL && c->privileged;
		}
		sock_release(c->sock);
	} while (again);
	return ret;
}

/* ---- the attempt ---- */

/* The last of it: nobody queues the work after this, and it is not queued. */
static void connect_end(struct ditto_connect *c, int err)
{
	struct ditto_service *svc = c->svc;
	struct ditto_netns *dn = ditto_netns(c->net);
	struct ditto_conn *conn = NULL;

	spin_lock(&dn->connect_lock);
	list_del(&c->list);
	c->active = false;
	if (c->cancelled)
		err = -ECANCELED;
	spin_unlock(&dn->connect_lock);
	connect_detach(c);
	cancel_delayed_work(&c->work);
	if (err)
		sock_release(c->sock);
	else
		err = ditto_conn_open(dn, svc, c->sock, true, c->private, &conn);
	ditto_net_count(dn, err ? NET_CONNECT_FAILED : NET_CONNECTED, 1);
	c->done(c, conn, err);
	ditto_service_put(svc);
	ditto_netns_put(dn);
}

static void connect_work(struct work_struct *work)
{
	struct ditto_connect *c = container_of(work, struct ditto_connect, work.work);
	struct ditto_netns *dn = ditto_netns(c->net);
	int ret;

	/* before the first look, lest what happens after it is not told */
	if (!c->attached)
		connect_attach(c);
	ret = connect_ask(c);
	if (ret == -EINPROGRESS) {
		spin_lock(&dn->connect_lock);
		if (!c->cancelled && time_before(jiffies, c->deadline)) {
			/* already queued if something has happened since */
			queue_delayed_work(ditto_wq_spread, &c->work, c->deadline - jiffies);
			spin_unlock(&dn->connect_lock);
			return;
		}
		spin_unlock(&dn->connect_lock);
		ret = -ETIMEDOUT;
	}
	connect_end(c, ret);
}

/**
 * ditto_conn_connect - begin to connect
 * @c: filled in by its owner down to done(); net/'s until done() is called
 *
 * Process context; does not wait. A kernel thread should call it if a privileged port is
 * asked for.
 *
 * Return: 0, and done() will be called; or a negative errno, and it will not:
 * -ECONNREFUSED, -ENETUNREACH, -EADDRINUSE, -ENOMEM ... -ECANCELED if the namespace or
 * the service is going.
 */
int ditto_conn_connect(struct ditto_connect *c)
{
	struct ditto_netns *dn = ditto_netns(c->net);
	int ret;

	ret = connect_begin(c);
	if (ret) {
		ditto_net_count(dn, NET_CONNECT_FAILED, 1);
		return ret;
	}
	INIT_DELAYED_WORK(&c->work, connect_work);
	c->attached = false;
	c->cancelled = false;
	c->deadline = jiffies + msecs_to_jiffies(c->timeout);
	spin_lock(&dn->connect_lock);
	if (dn->dying || READ_ONCE(c->svc->dying)) {
		spin_unlock(&dn->connect_lock);
		sock_release(c->sock);
		return -ECANCELED;
	}
	atomic_inc(&c->svc->users);
	atomic_inc(&dn->users);
	list_add_tail(&c->list, &dn->connects);
	c->active = true;
	queue_delayed_work(ditto_wq_spread, &c->work, 0);
	spin_unlock(&dn->connect_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_conn_connect);

static void connect_cancel(struct ditto_connect *c)
{
	c->cancelled = true;
	mod_delayed_work(ditto_wq_spread, &c->work, 0);
}

/**
 * ditto_conn_connect_cancel - end an attempt soon
 * @c: cleared memory, or an attempt, ended or not; its done() is called as ever if it was
 *	going to be, with -ECANCELED unless it has come to its end before
 *
 * Does not wait; any context but interrupts.
 */
void ditto_conn_connect_cancel(struct ditto_connect *c)
{
	struct ditto_netns *dn = ditto_netns(c->net);

	spin_lock(&dn->connect_lock);
	if (c->active)
		connect_cancel(c);
	spin_unlock(&dn->connect_lock);
}
EXPORT_SYMBOL_GPL(ditto_conn_connect_cancel);

/**
 * ditto_connect_cancel_all - end attempts
 * @dn: of this network namespace
 * @svc: of this service; NULL: all
 *
 * @dn or @svc is marked as dying. They hold both until they have ended.
 */
void ditto_connect_cancel_all(struct ditto_netns *dn, const struct ditto_service *svc)
{
	struct ditto_connect *c;

	spin_lock(&dn->connect_lock);
	list_for_each_entry(c, &dn->connects, list)
		if (!svc || c->svc == svc)
			connect_cancel(c);
	spin_unlock(&dn->connect_lock);
}

/* ---- datagrams ---- */

/**
 * ditto_datagram_open - a socket to send datagrams from and receive the answers
 * @net: network namespace
 * @svc: its service; outgoing
 * @family: AF_INET or AF_INET6
 * @private: for ditto_conn_private(), from conn_open() on
 * @out: the connection, with a reference for the caller, who ends it by
 *	ditto_conn_shutdown() if nothing else does
 *
 * The port is one that only root can have, if one is free and the caller may.
 *
 * Return: 0 or a negative errno; -ECANCELED if namespace or service is going.
 */
int ditto_datagram_open(struct net *net, struct ditto_service *svc, int family, void *private,
			struct ditto_conn **out)
{
	struct sockaddr_storage any = { .ss_family = family };
	struct ditto_netns *dn = ditto_netns(net);
	unsigned int tried = 0;
	struct socket *sock;
	int ret;

	if (READ_ONCE(dn->dying) || READ_ONCE(svc->dying))
		return -ECANCELED;
	ret = ditto_sock_create(net, family, IPPROTO_UDP, &sock);
	if (ret)
		return ret;
	sock->sk->sk_allocation = GFP_NOFS;
	ret = ditto_sock_bind_privileged(sock, &any, &tried);
	if (ret)
		ret = ditto_sock_bind(sock, &any);
	if (ret) {
		sock_release(sock);
		return ret;
	}
	return ditto_conn_open(dn, svc, sock, false, private, out);
}
EXPORT_SYMBOL_GPL(ditto_datagram_open);
