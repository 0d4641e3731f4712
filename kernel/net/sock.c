// SPDX-License-Identifier: GPL-2.0-only
/* Sockets: those that listen, those that connect, those for datagrams. */
#include <linux/in.h>
#include <linux/random.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include "compat/compat.h"
#include "net/internal.h"

/* Where bindresvport(3) looks for privileged ports. */
#define PORT_LOW	600
#define PORT_HIGH	1023

/* Of all our sockets: they are locked under locks that a client on this machine may hold. */
static struct lock_class_key sock_slock_key[2], sock_lock_key[2];

static void sock_lock_class(struct socket *sock)
{
	bool v6 = sock->sk->sk_family == AF_INET6;

	sock_lock_init_class_and_name(sock->sk, v6 ? "slock-AF_INET6-DITTO" : "slock-AF_INET-DITTO",
				      &sock_slock_key[v6],
				      v6 ? "sk_lock-AF_INET6-DITTO" : "sk_lock-AF_INET-DITTO",
				      &sock_lock_key[v6]);
}

/**
 * ditto_sock_create - a socket of ours, not yet bound
 * @net: network namespace
 * @family: AF_INET or AF_INET6; the latter serves IPv6 alone
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP; datagrams tell where they were sent to
 * @out: the socket
 *
 * Return: 0 or a negative errno.
 */
int ditto_sock_create(struct net *net, int family, int ipproto, struct socket **out)
{
	bool v6 = family == AF_INET6;
	struct socket *sock;
	int ret;

	ret = sock_create_kern(net, family, ipproto == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM,
			       ipproto, &sock);
	if (ret < 0)
		return ret;
	sock_lock_class(sock);
	if (v6)
		ip6_sock_set_v6only(sock->sk);
	if (ipproto == IPPROTO_TCP)
		sock_set_reuseaddr(sock->sk);
	else if (v6)
		ip6_sock_set_recvpktinfo(sock->sk);
	else
		ip_sock_set_pktinfo(sock->sk);
	*out = sock;
	return 0;
}

/**
 * ditto_sock_addr_len - length of an address
 * @addr: IPv4 or IPv6
 */
int ditto_sock_addr_len(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					   : sizeof(struct sockaddr_in);
}

/**
 * ditto_sock_bind - bind a socket
 * @sock: the socket
 * @addr: address and port
 *
 * Return: 0 or a negative errno.
 */
int ditto_sock_bind(struct socket *sock, const struct sockaddr_storage *addr)
{
	struct sockaddr_storage bind = *addr;

	return kernel_bind(sock, (struct sockaddr_unsized *)&bind, ditto_sock_addr_len(addr));
}

/**
 * ditto_sock_bind_privileged - bind a socket to a port that only root can have
 * @sock: the socket
 * @addr: address; its port is not looked at
 * @nth: counts ports already tried, 0 at first; counted up
 *
 * Return: 0; -EADDRINUSE when all have been tried; or another negative errno.
 */
int ditto_sock_bind_privileged(struct socket *sock, const struct sockaddr_storage *addr,
			       unsigned int *nth)
{
	const unsigned int span = PORT_HIGH - PORT_LOW + 1;
	struct sockaddr_storage bind = *addr;
	unsigned int start = get_random_u32_below(span);
	int ret = -EADDRINUSE;

	/* the port stands in the same place in both families */
	while (ret == -EADDRINUSE && *nth < span) {
		((struct sockaddr_in *)&bind)->sin_port =
			htons(PORT_LOW + (start + (*nth)++) % span);
		ret = ditto_sock_bind(sock, &bind);
	}
	return ret;
}
