// SPDX-License-Identifier: GPL-2.0-only
/* Calls that the server makes, and who answers them; see rpc_peer.h. */
#include <linux/in.h>
#include <linux/in6.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "base/xdr.h"
#include "compat/compat.h"
#include "rpc_peer.h"

/* ---- calls ---- */

static void ask_encode(struct rpc_outcall *call, struct ditto_encoder *enc)
{
	struct ask *ask = container_of(call, struct ask, call);

	xdr_put_u32(enc, ask->arg);
	ditto_encoder_zero(enc, ask->size);
}

static void ask_decode(struct rpc_outcall *call, struct ditto_cursor *cur)
{
	struct ask *ask = container_of(call, struct ask, call);

	ask->nr = ditto_cursor_left(cur) / 4;
	for (u32 i = 0; i < min_t(u32, ask->nr, ARRAY_SIZE(ask->words)); i++)
		ask->words[i] = xdr_get_u32(cur);
}

static void ask_done(struct rpc_outcall *call, int err)
{
	struct ask *ask = container_of(call, struct ask, call);

	ask->err = err;
	atomic_inc(&ask->runs);
	complete(&ask->over);
}

/**
 * ask_init - a call to be made
 * @ask: the call
 * @proc: procedure
 * @timeout: milliseconds
 * @arg: argument
 */
void ask_init(struct ask *ask, u32 proc, unsigned int timeout, u32 arg)
{
	memset(ask, 0, sizeof(*ask));
	init_completion(&ask->over);
	ask->call.proc = proc;
	ask->call.timeout = timeout;
	ask->call.encode = ask_encode;
	ask->call.decode = ask_decode;
	ask->call.done = ask_done;
	ask->arg = arg;
}

/**
 * ask_wait - wait for the end of a call
 * @ask: the call, started
 *
 * Return: what done() was told; 1 if it has not been called in a very long time, or twice.
 */
int ask_wait(struct ask *ask)
{
	if (!wait_for_completion_timeout(&ask->over, 300 * HZ))
		return 1;
	return atomic_read(&ask->runs) == 1 ? ask->err : 1;
}

/**
 * ask_now - call, and wait
 * @client: whom
 * @ask: the call
 *
 * Return: as ask_wait().
 */
int ask_now(struct rpc_client *client, struct ask *ask)
{
	rpc_client_call(client, &ask->call);
	return ask_wait(ask);
}

/* ---- the peer ---- */

/**
 * loopback_addr - an address of this machine
 * @ss: filled in
 * @family: AF_INET or AF_INET6
 * @port: host order
 */
void loopback_addr(struct sockaddr_storage *ss, int family, u16 port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	in->sin_port = htons(port);
	if (family == AF_INET)
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		in6->sin6_addr = in6addr_loopback;
}

static void release_socket(void *sock)
{
	sock_release(sock);
}

static struct socket *peer_socket(struct kunit *test, int type)
{
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, sock_create_kern(&init_net, AF_INET, type, 0, &sock), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, release_socket, sock), 0);
	sock_set_reuseaddr(sock->sk);
	sock->sk->sk_rcvtimeo = 5 * HZ;
	return sock;
}

/**
 * peer_open - a peer that waits for calls; gone with the test
 * @test: the running test
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @port: on the loopback
 */
struct socket *peer_open(struct kunit *test, int type, u16 port)
{
	struct socket *sock = peer_socket(test, type);
	struct sockaddr_storage ss;

	loopback_addr(&ss, AF_INET, port);
	KUNIT_ASSERT_EQ(test, kernel_bind(sock, (struct sockaddr_unsized *)&ss,
					  sizeof(struct sockaddr_in)), 0);
	if (type == SOCK_STREAM)
		KUNIT_ASSERT_EQ(test, kernel_listen(sock, 64), 0);
	return sock;
}

/**
 * peer_connect - a peer that calls, too; gone with the test
 * @test: the running test
 * @port: on the loopback
 */
struct socket *peer_connect(struct kunit *test, u16 port)
{
	struct socket *sock = peer_socket(test, SOCK_STREAM);
	struct sockaddr_storage ss;

	loopback_addr(&ss, AF_INET, port);
	KUNIT_ASSERT_EQ(test, kernel_connect(sock, (struct sockaddr_unsized *)&ss,
					     sizeof(struct sockaddr_in), 0), 0);
	return sock;
}

/**
 * peer_accept - take the next connection; gone with the test
 * @test: the running test
 * @sock: from peer_open()
 *
 * Return: the connection, or NULL if none comes in five seconds.
 */
struct socket *peer_accept(struct kunit *test, struct socket *sock)
{
	struct socket *new;

	if (kernel_accept(sock, &new, 0))
		return NULL;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, release_socket, new), 0);
	new->sk->sk_rcvtimeo = 5 * HZ;
	return new;
}

/**
 * peer_close - close a socket before the test ends
 * @test: the running test
 * @sock: the socket
 */
void peer_close(struct kunit *test, struct socket *sock)
{
	kunit_release_action(test, release_socket, sock);
}

static int peer_read(struct socket *sock, void *buf, u32 len, struct sockaddr_in *from)
{
	struct kvec vec = { buf, len };
	struct msghdr msg = { .msg_name = from };
	bool stream = sock->type == SOCK_STREAM;

	return kernel_recvmsg(sock, &msg, &vec, 1, len, stream ? MSG_WAITALL : 0);
}

static void peer_parse(struct peer_msg *msg)
{
	struct kvec seg = { msg->bytes, msg->len };
	struct rpc_msg_call call;
	struct ditto_cursor cur;

	ditto_cursor_init(&cur, &seg, msg->len);
	msg->xid = xdr_get_u32(&cur);
	msg->type = xdr_get_u32(&cur);
	ditto_cursor_init(&cur, &seg, msg->len);
	if (rpc_msg_get_call(&cur, &call) != RPC_DECODE_OK)
		return;
	msg->prog = call.prog;
	msg->vers = call.vers;
	msg->proc = call.proc;
	msg->flavour = call.cred.flavour;
	msg->arg = xdr_get_u32(&cur);
}

/**
 * peer_receive - read a message
 * @sock: the connection or UDP socket
 * @msg: filled in
 *
 * Return: its length; 0 at the end of a connection; -EAGAIN if nothing came in the
 * socket's time; or another negative errno.
 */
int peer_receive(struct socket *sock, struct peer_msg *msg)
{
	struct sockaddr_in from = {};
	u8 marker[4];
	bool last;
	u32 len;
	int ret;

	memset(msg, 0, sizeof(*msg));
	if (sock->type == SOCK_STREAM) {
		ret = peer_read(sock, marker, 4, NULL);
		if (ret != 4)
			return ret;
		rpc_record_get(marker, &len, &last);
		if (!last || len > sizeof(msg->bytes))
			return -EPROTO;
		ret = peer_read(sock, msg->bytes, len, NULL);
	} else {
		ret = peer_read(sock, msg->bytes, sizeof(msg->bytes), &from);
	}
	if (ret <= 0)
		return ret;
	msg->len = ret;
	msg->port = ntohs(from.sin_port);
	peer_parse(msg);
	return ret;
}

/**
 * peer_send - send a message
 * @sock: the connection or UDP socket
 * @words: what it consists of
 * @nr: how many
 * @port: UDP: where to
 *
 * Return: bytes sent or a negative errno.
 */
int peer_send(struct socket *sock, const u32 *words, u32 nr, u16 port)
{
	bool stream = sock->type == SOCK_STREAM;
	struct sockaddr_storage to;
	u8 out[260];
	struct kvec vec = { out + 4 * !stream, 4 * nr + 4 * stream };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	if (nr > 64)
		return -EINVAL;
	rpc_record_put(out, 4 * nr);
	for (u32 i = 0; i < nr; i++)
		put_unaligned_be32(words[i], out + 4 + 4 * i);
	loopback_addr(&to, AF_INET, port);
	if (!stream) {
		msg.msg_name = &to;
		msg.msg_namelen = sizeof(struct sockaddr_in);
	}
	return kernel_sendmsg(sock, &msg, &vec, 1, vec.iov_len);
}
