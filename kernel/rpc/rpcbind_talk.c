// SPDX-License-Identifier: GPL-2.0-only
/*
 * A conversation with the rpcbind of a network namespace.
 *
 * rpcbind lets nobody set or unset a mapping but those who come over a local
 * socket, or from the loopback address and a privileged port. Tried in turn:
 *
 *   1. the local socket in the abstract name space, which is the network
 *      namespace's own;
 *   2. the local socket in the file system, as the caller sees it (a worker, as
 *      init does). Sockets in the file system know no network namespaces: it is
 *      used only if the process that listens there is in the right one;
 *   3. TCP, then UDP, to port 111 of 127.0.0.1.
 *
 * The protocol is rpcbind version 4; whoever doesn't know that is asked in
 * version 3, and over IPv4 in version 2, the old port mapper's.
 */
#include <linux/in.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched/task.h>
#include <linux/un.h>
#include <net/sock.h>
#include "rpc/internal.h"
#include "rpc/rpcbind.h"
#include "compat/compat.h"

/* Where bindresvport(3) looks for privileged ports. */
#define PORT_LOW	600
#define PORT_HIGH	1023

static long talk_left(const struct rpcbind_talk *talk)
{
	long left = (long)(talk->deadline - jiffies);

	return max(left, 1L);
}

static void talk_set_timeouts(const struct rpcbind_talk *talk, struct socket *sock)
{
	WRITE_ONCE(sock->sk->sk_sndtimeo, talk_left(talk));
	WRITE_ONCE(sock->sk->sk_rcvtimeo, talk_left(talk));
}

/* ---- ways to it ---- */

/* Is the process that listens at the other end in this network namespace? */
static bool talk_peer_is_in(const struct net *net, struct sock *sk)
{
	struct task_struct *task;
	bool same = false;

	spin_lock(&sk->sk_peer_lock);
	task = get_pid_task(sk->sk_peer_pid, PIDTYPE_TGID);
	spin_unlock(&sk->sk_peer_lock);
	if (!task)
		return false;
	task_lock(task);
	if (task->nsproxy)
		same = net_eq(task->nsproxy->net_ns, net);
	task_unlock(task);
	put_task_struct(task);
	return same;
}

/* @name: path; the abstract name of the same bytes if @abstract */
static int talk_connect_local(struct rpcbind_talk *talk, const char *name, bool abstract)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	struct socket *sock;
	int ret;

	ret = sock_create_kern(talk->net, AF_UNIX, SOCK_STREAM, 0, &sock);
	if (ret < 0)
		return ret;
	memcpy(addr.sun_path + abstract, name, len);
	talk_set_timeouts(talk, sock);
	ret = kernel_connect(sock, (struct sockaddr_unsized *)&addr,
			     offsetof(struct sockaddr_un, sun_path) + len + 1, 0);
	if (!ret && !abstract && !talk_peer_is_in(talk->net, sock->sk))
		ret = -ENOENT;
	if (ret) {
		sock_release(sock);
		return ret;
	}
	talk->sock = sock;
	talk->stream = true;
	return 0;
}

static int talk_bind_privileged(struct socket *sock)
{
	unsigned int span = PORT_HIGH - PORT_LOW + 1, start = get_random_u32_below(span), i;
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int ret = -EADDRINUSE;

	for (i = 0; ret == -EADDRINUSE && i < span; i++) {
		addr.sin_port = htons(PORT_LOW + (start + i) % span);
		ret = kernel_bind(sock, (struct sockaddr_unsized *)&addr, sizeof(addr));
	}
	return ret;
}

static int talk_connect_inet(struct rpcbind_talk *talk, int ipproto)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(RPCBIND_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	bool stream = ipproto == IPPROTO_TCP;
	struct socket *sock;
	int ret;

	ret = sock_create_kern(talk->net, AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, ipproto,
			       &sock);
	if (ret < 0)
		return ret;
	ret = talk_bind_privileged(sock);
	if (!ret) {
		talk_set_timeouts(talk, sock);
		ret = kernel_connect(sock, (struct sockaddr_unsized *)&addr, sizeof(addr), 0);
	}
	if (ret) {
		sock_release(sock);
		return ret;
	}
	/* no privileged port shall stay occupied for a minute by our closing first */
	if (stream)
		sock_no_linger(sock->sk);
	talk->sock = sock;
	talk->stream = stream;
	return 0;
}

/**
 * rpcbind_talk_open - begin a conversation
 * @talk: filled in
 * @net: network namespace
 *
 * Return: 0; -ETIMEDOUT if it takes too long; another negative errno if there is no
 * rpcbind. Over UDP this shows only when it is asked something.
 */
int rpcbind_talk_open(struct rpcbind_talk *talk, struct net *net)
{
	int ret;

	talk->net = net;
	talk->sock = NULL;
	talk->vers = RPCBIND_VERS_4;
	talk->xid = get_random_u32();
	talk->deadline = jiffies + RPCBIND_PATIENCE;
	/* a socket in the file system is the same from all network namespaces */
	if (IS_ENABLED(CONFIG_UNIX) && net_eq(net, &init_net)) {
		if (!talk_connect_local(talk, "/run/rpcbind.sock", true) ||
		    !talk_connect_local(talk, "/run/rpcbind.sock", false) ||
		    !talk_connect_local(talk, "/var/run/rpcbind.sock", false))
			return 0;
	}
	ret = talk_connect_inet(talk, IPPROTO_TCP);
	if (ret)
		ret = talk_connect_inet(talk, IPPROTO_UDP);
	return ret && time_after_eq(jiffies, talk->deadline) ? -ETIMEDOUT : ret;
}

/**
 * rpcbind_talk_close - end a conversation
 * @talk: from rpcbind_talk_open()
 */
void rpcbind_talk_close(struct rpcbind_talk *talk)
{
	sock_release(talk->sock);
	talk->sock = NULL;
}

/* ---- one question ---- */

/* A call is short; running out of room cannot happen. */
static bool talk_no_room(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	return false;
}

static const struct ditto_encoder_ops talk_encoder_ops = {
	.grow	= talk_no_room,
};

static int talk_send(struct rpcbind_talk *talk, u32 proc, const struct rpcbind_map *map)
{
	u8 call[RPCBIND_CALL_MAX], marker[4];
	struct kvec vec[2] = {
		{ .iov_base = marker, .iov_len = sizeof(marker) },
		{ .iov_base = call },
	};
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	struct ditto_encoder enc;
	int skip = !talk->stream;
	size_t len;
	int ret;

	ditto_encoder_init(&enc, &talk_encoder_ops, call, sizeof(call), sizeof(call));
	rpcbind_put_call(&enc, ++talk->xid, talk->vers, proc, map);
	if (WARN_ON_ONCE(!ditto_encoder_ok(&enc)))
		return -EINVAL;
	vec[1].iov_len = ditto_encoder_len(&enc);
	rpc_record_put(marker, vec[1].iov_len);
	len = vec[1].iov_len + (talk->stream ? sizeof(marker) : 0);
	talk_set_timeouts(talk, talk->sock);
	ret = kernel_sendmsg(talk->sock, &msg, vec + skip, 2 - skip, len);
	return ret == len ? 0 : ret < 0 ? ret : -EPIPE;
}

static int talk_receive(struct rpcbind_talk *talk, void *buf, size_t size, int flags)
{
	struct kvec vec = { .iov_base = buf, .iov_len = size };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	if (time_after_eq(jiffies, talk->deadline))
		return -ETIMEDOUT;
	talk_set_timeouts(talk, talk->sock);
	return kernel_recvmsg(talk->sock, &msg, &vec, 1, size, flags);
}

/* Answers are short and come in one fragment; anything else is none. Returns its length. */
static int talk_receive_message(struct rpcbind_talk *talk, u8 *buf, size_t size)
{
	u8 marker[4];
	bool last;
	u32 len;
	int ret;

	if (!talk->stream)
		return talk_receive(talk, buf, size, 0);
	ret = talk_receive(talk, marker, sizeof(marker), MSG_WAITALL);
	if (ret != sizeof(marker))
		return ret < 0 ? ret : -EPIPE;
	rpc_record_get(marker, &len, &last);
	if (!last || !len || len > size)
		return -EPROTO;
	ret = talk_receive(talk, buf, len, MSG_WAITALL);
	return ret == len ? ret : ret < 0 ? ret : -EPIPE;
}

static enum rpcbind_answer talk_decode(const struct rpcbind_talk *talk, u32 proc,
				       struct ditto_cursor *cur, int *port)
{
	if (proc == RPCBIND_PROC_GETADDR)
		return rpcbind_get_addr_answer(cur, talk->xid, talk->vers, port);
	return rpcbind_get_answer(cur, talk->xid);
}

static int talk_answer(struct rpcbind_talk *talk, u32 proc, enum rpcbind_answer *answer, int *port)
{
	struct ditto_cursor cur;
	u8 reply[512];
	struct kvec vec = { .iov_base = reply };
	int ret;

	do {
		ret = talk_receive_message(talk, reply, sizeof(reply));
		if (ret == -EAGAIN)
			return -ETIMEDOUT;
		if (ret < 0)
			return ret;
		vec.iov_len = ret;
		ditto_cursor_init(&cur, &vec, ret);
		*answer = talk_decode(talk, proc, &cur, port);
	} while (*answer == RPCBIND_OTHER_XID);
	return 0;
}

static int talk_ask(struct rpcbind_talk *talk, u32 proc, const struct rpcbind_map *map, int *port)
{
	enum rpcbind_answer answer;
	int ret;

	for (;;) {
		if (!rpcbind_can_say(talk->vers, map))
			return -EOPNOTSUPP;
		ret = talk_send(talk, proc, map);
		if (!ret)
			ret = talk_answer(talk, proc, &answer, port);
		if (ret)
			return ret;
		if (answer != RPCBIND_WRONG_VERSION)
			break;
		if (talk->vers == RPCBIND_VERS_PMAP)
			return -EPROTO;
		talk->vers--;
	}
	if (answer == RPCBIND_BROKEN)
		return -EPROTO;
	return answer == RPCBIND_TRUE;
}

/**
 * rpcbind_talk_ask - set or unset a mapping
 * @talk: the conversation
 * @proc: RPCBIND_PROC_SET or _UNSET
 * @map: the mapping
 *
 * Return: 1 if rpcbind did it, 0 if it would not, -EOPNOTSUPP if its version has no words for
 * it, or another negative errno if the conversation is broken; -ETIMEDOUT when patience ended.
 */
int rpcbind_talk_ask(struct rpcbind_talk *talk, u32 proc, const struct rpcbind_map *map)
{
	return talk_ask(talk, proc, map, NULL);
}

/**
 * rpcbind_talk_port - which port does it have for a program?
 * @talk: the conversation
 * @map: the program, version and transport; its address is not looked at
 *
 * Return: the port; 0: it has none; a negative errno as rpcbind_talk_ask().
 */
int rpcbind_talk_port(struct rpcbind_talk *talk, const struct rpcbind_map *map)
{
	static const u8 loopback4[4] = { 127, 0, 0, 1 };
	struct rpcbind_map query = *map;
	int port = -EPROTO, ret;

	if (map->netid == RPCBIND_TCP || map->netid == RPCBIND_UDP)
		rpcbind_uaddr4(query.uaddr, loopback4, RPCBIND_PORT);
	else
		rpcbind_uaddr6(query.uaddr, in6addr_loopback.s6_addr, RPCBIND_PORT);
	ret = talk_ask(talk, RPCBIND_PROC_GETADDR, &query, &port);
	return ret < 0 ? ret : port;
}
