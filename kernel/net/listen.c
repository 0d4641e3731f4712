// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners: sockets that connections come from, one per address and protocol.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "compat/compat.h"
#include "net/internal.h"

#define LISTEN_BACKLOG	1024

static void listen_data_ready(struct sock *sk)
{
	struct ditto_listener *l;

	read_lock_bh(&sk->sk_callback_lock);
	l = sk->sk_user_data;
	/* children inherit the callback until they are made connections */
	if (l && sk->sk_state == TCP_LISTEN)
		queue_work(ditto_wq_spread, &l->accept_work);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void listen_accept(struct work_struct *work)
{
	struct ditto_listener *l = container_of(work, struct ditto_listener, accept_work);
	struct socket *sock;
	struct sock *sk;

	while (!kernel_accept(l->sock, &sock, O_NONBLOCK)) {
		sk = sock->sk;
		write_lock_bh(&sk->sk_callback_lock);
		sk->sk_user_data = NULL;
		sk->sk_data_ready = l->saved_data_ready;
		write_unlock_bh(&sk->sk_callback_lock);
		sk->sk_allocation = GFP_NOFS;
		sk->sk_use_task_frag = false;
		ditto_conn_open(l->dn, l->svc, sock, true, NULL, NULL);
	}
}

static int listen_socket(struct net *net, const struct sockaddr_storage *addr, int ipproto,
			 struct socket **out)
{
	struct socket *sock;
	int ret;

	ret = ditto_sock_create(net, addr->ss_family, ipproto, &sock);
	if (ret)
		return ret;
	ret = ditto_sock_bind(sock, addr);
	if (!ret && ipproto == IPPROTO_TCP)
		ret = kernel_listen(sock, LISTEN_BACKLOG);
	if (ret)
		sock_release(sock);
	else
		*out = sock;
	return ret;
}

static struct ditto_listener *listen_find(struct ditto_netns *dn, const struct ditto_service *svc,
					  int ipproto, const struct sockaddr_storage *addr)
{
	struct ditto_listener *l;

	lockdep_assert_held(&dn->lock);
	list_for_each_entry(l, &dn->listeners, list)
		if (l->svc == svc && l->ipproto == ipproto &&
		    !memcmp(&l->addr, addr, sizeof(*addr)))
			return l;
	return NULL;
}

static void listen_start_tcp(struct ditto_listener *l)
{
	struct sock *sk = l->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	l->saved_data_ready = sk->sk_data_ready;
	sk->sk_user_data = l;
	sk->sk_data_ready = listen_data_ready;
	write_unlock_bh(&sk->sk_callback_lock);
	queue_work(ditto_wq_spread, &l->accept_work);
}

static void listen_close(struct ditto_listener *l)
{
	struct sock *sk;

	list_del(&l->list);
	if (l->svc->listening)
		l->svc->listening(l->dn->net, &l->addr, l->ipproto, false);
	if (l->sock) {
		sk = l->sock->sk;
		write_lock_bh(&sk->sk_callback_lock);
		sk->sk_user_data = NULL;
		sk->sk_data_ready = l->saved_data_ready;
		write_unlock_bh(&sk->sk_callback_lock);
		cancel_work_sync(&l->accept_work);
		sock_release(l->sock);
	}
	if (l->udp)
		ditto_conn_shutdown_now(l->udp);
	ditto_service_put(l->svc);
	ditto_netns_put(l->dn);
	kfree(l);
}

/* One socket. The caller holds dn->lock; @addr is complete. */
static int listen_open(struct ditto_netns *dn, struct ditto_service *svc, int ipproto,
		       const struct sockaddr_storage *addr)
{
	struct ditto_listener *l;
	struct socket *sock;
	int ret;

	if (listen_find(dn, svc, ipproto, addr))
		return -EEXIST;
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	ret = listen_socket(dn->net, addr, ipproto, &sock);
	if (ret) {
		kfree(l);
		return ret;
	}
	l->svc = svc;
	l->dn = dn;
	l->addr = *addr;
	l->ipproto = ipproto;
	INIT_WORK(&l->accept_work, listen_accept);
	if (ipproto == IPPROTO_UDP) {
		ret = ditto_conn_open(dn, svc, sock, false, NULL, &l->udp);
		if (ret) {
			kfree(l);
			return ret;
		}
	} else {
		l->sock = sock;
		listen_start_tcp(l);
	}
	atomic_inc(&svc->users);
	atomic_inc(&dn->users);
	list_add_tail(&l->list, &dn->listeners);
	if (svc->listening)
		svc->listening(dn->net, &l->addr, ipproto, true);
	return 0;
}

/* The address as it is bound: port filled in, nothing else left of what was given. */
static int listen_address(const struct ditto_service *svc, const struct sockaddr_storage *from,
			  int family, struct sockaddr_storage *to)
{
	__be16 port = ((const struct sockaddr_in *)from)->sin_port ?: htons(svc->default_port);

	memset(to, 0, sizeof(*to));
	to->ss_family = family;
	if (family == AF_INET) {
		struct sockaddr_in *in = (struct sockaddr_in *)to;

		in->sin_port = port;
		if (from->ss_family == AF_INET)
			in->sin_addr = ((const struct sockaddr_in *)from)->sin_addr;
	} else if (family == AF_INET6) {
		const struct sockaddr_in6 *src = (const struct sockaddr_in6 *)from;
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;

		in6->sin6_port = port;
		if (from->ss_family == AF_INET6) {
			in6->sin6_addr = src->sin6_addr;
			in6->sin6_scope_id = src->sin6_scope_id;
		}
	} else {
		return -EAFNOSUPPORT;
	}
	return 0;
}

static int listen_each(struct ditto_netns *dn, struct ditto_service *svc, int ipproto,
		       const struct sockaddr_storage *addr, bool up)
{
	struct sockaddr_storage full;
	struct ditto_listener *l;
	int families[] = { AF_INET, AF_INET6 };
	int i, ret = 0, done = 0;

	for (i = 0; i < 2; i++) {
		if (addr->ss_family != AF_UNSPEC && addr->ss_family != families[i])
			continue;
		ret = listen_address(svc, addr, families[i], &full);
		if (ret)
			return ret;
		l = listen_find(dn, svc, ipproto, &full);
		if (up)
			ret = listen_open(dn, svc, ipproto, &full);
		else if (l)
			listen_close(l);
		else
			ret = -ENOENT;
		/* all addresses: a machine without IPv6 listens on IPv4 alone */
		if (ret == -EAFNOSUPPORT && addr->ss_family == AF_UNSPEC)
			continue;
		if (ret == -ENOENT && addr->ss_family == AF_UNSPEC)
			continue;
		if (ret)
			break;
		done++;
	}
	if (done && up && ret && ret != -EAFNOSUPPORT) {
		/* all or nothing */
		listen_address(svc, addr, AF_INET, &full);
		l = listen_find(dn, svc, ipproto, &full);
		if (l)
			listen_close(l);
		return ret;
	}
	return done ? 0 : ret ?: -EAFNOSUPPORT;
}

/**
 * ditto_listen_add - listen on an address
 * @net: network namespace
 * @service: name of a registered service
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP
 * @addr: address and port; AF_UNSPEC: all addresses of IPv4 and IPv6; port 0: the service's
 *
 * Return: 0; -ENOENT: no such service; -EPROTONOSUPPORT: not over UDP; -EEXIST: listens
 * already; -EADDRINUSE: somebody else does; or another negative errno. Nothing has changed then.
 */
int ditto_listen_add(struct net *net, const char *service, int ipproto,
		     const struct sockaddr_storage *addr)
{
	struct ditto_netns *dn = ditto_netns(net);
	struct ditto_service *svc = ditto_service_find(service);
	int ret;

	if (!svc)
		return -ENOENT;
	if (ipproto != IPPROTO_TCP && !(ipproto == IPPROTO_UDP && svc->udp)) {
		ditto_service_put(svc);
		return -EPROTONOSUPPORT;
	}
	mutex_lock(&dn->lock);
	ret = svc->dying ? -ENOENT : listen_each(dn, svc, ipproto, addr, true);
	mutex_unlock(&dn->lock);
	ditto_service_put(svc);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_listen_add);

/**
 * ditto_listen_remove - stop listening; connections that were accepted stay
 * @net: network namespace
 * @service: name of the service
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP
 * @addr: as it was added
 *
 * Return: 0 or -ENOENT.
 */
int ditto_listen_remove(struct net *net, const char *service, int ipproto,
			const struct sockaddr_storage *addr)
{
	struct ditto_netns *dn = ditto_netns(net);
	struct ditto_service *svc = ditto_service_find(service);
	int ret;

	if (!svc)
		return -ENOENT;
	mutex_lock(&dn->lock);
	ret = listen_each(dn, svc, ipproto, addr, false);
	mutex_unlock(&dn->lock);
	ditto_service_put(svc);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_listen_remove);

/**
 * ditto_listen_for_each - walk the listeners of a network namespace
 * @net: the namespace
 * @fn: called for each, must not add or remove listeners; non-zero ends the walk
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int ditto_listen_for_each(struct net *net, int (*fn)(void *arg, const struct ditto_listen_info *i),
			  void *arg)
{
	struct ditto_netns *dn = ditto_netns(net);
	struct ditto_listener *l;
	int ret = 0;

	mutex_lock(&dn->lock);
	list_for_each_entry(l, &dn->listeners, list) {
		struct ditto_listen_info info = {
			.service = l->svc->name, .addr = l->addr, .ipproto = l->ipproto,
		};

		ret = fn(arg, &info);
		if (ret)
			break;
	}
	mutex_unlock(&dn->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_listen_for_each);

/**
 * ditto_listen_close_all - remove listeners
 * @dn: of this network namespace
 * @svc: of this service; NULL: all
 */
void ditto_listen_close_all(struct ditto_netns *dn, struct ditto_service *svc)
{
	struct ditto_listener *l, *tmp;

	mutex_lock(&dn->lock);
	list_for_each_entry_safe(l, tmp, &dn->listeners, list)
		if (!svc || l->svc == svc)
			listen_close(l);
	mutex_unlock(&dn->lock);
}
