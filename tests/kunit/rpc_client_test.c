// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that the server makes: to a program of our own, and to peers that are
 * silent, close, refuse, lie or do not say what port they have.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "base/stats.h"
#include "base/xdr.h"
#include "compat/compat.h"
#include "net/service.h"
#include "rpc/link.h"
#include "rpc/msg.h"
#include "rpc/rpc.h"
#include "rpc_peer.h"

#define PORT	20494
#define PEER	20495
#define PEER2	20496
#define PROG	0x2000c11e

/* ---- the program ---- */

enum {
	PROC_NULL, PROC_ECHO, PROC_WHO, PROC_LONG, PROC_GARBAGE, PROC_SYSTEM_ERR, PROC_TOOWEAK,
	PROC_DROP, PROC_HOLE, PROCS
};

static atomic_t dropped;

static enum rpc_outcome proc_null(struct rpc_call *call)
{
	return RPC_REPLY;
}

static enum rpc_outcome proc_echo(struct rpc_call *call)
{
	u32 arg = xdr_get_u32(&call->args);

	xdr_put_u32(&call->req.enc, arg);
	xdr_put_u32(&call->req.enc, ditto_cursor_left(&call->args));
	return ditto_cursor_ok(&call->args) ? RPC_REPLY : RPC_GARBAGE_ARGS;
}

static enum rpc_outcome proc_who(struct rpc_call *call)
{
	const struct sockaddr_in *from = (const struct sockaddr_in *)&call->req.peer->addr;

	xdr_put_u32(&call->req.enc, call->who.sec);
	xdr_put_u32(&call->req.enc, call->who.uid);
	xdr_put_u32(&call->req.enc, ntohs(from->sin_port));
	xdr_put_u32(&call->req.enc, from->sin_family == AF_INET ?
		    ntohl(from->sin_addr.s_addr) : 0);
	return RPC_REPLY;
}

static enum rpc_outcome proc_long(struct rpc_call *call)
{
	u32 left = xdr_get_u32(&call->args);

	for (; left; left -= min(left, 4096U))
		ditto_encoder_zero(&call->req.enc, min(left, 4096U));
	return RPC_REPLY;
}

static enum rpc_outcome proc_garbage(struct rpc_call *call)
{
	return RPC_GARBAGE_ARGS;
}

static enum rpc_outcome proc_system_err(struct rpc_call *call)
{
	return RPC_SYSTEM_ERR;
}

static enum rpc_outcome proc_tooweak(struct rpc_call *call)
{
	return RPC_TOOWEAK;
}

static enum rpc_outcome proc_drop(struct rpc_call *call)
{
	atomic_inc(&dropped);
	return RPC_DROP;
}

static const struct rpc_procedure procs[PROCS] = {
	[PROC_NULL]		= { .name = "null", .handle = proc_null },
	[PROC_ECHO]		= { .name = "echo", .handle = proc_echo },
	[PROC_WHO]		= { .name = "who", .handle = proc_who },
	[PROC_LONG]		= { .name = "long", .handle = proc_long },
	[PROC_GARBAGE]		= { .name = "garbage", .handle = proc_garbage },
	[PROC_SYSTEM_ERR]	= { .name = "system_err", .handle = proc_system_err },
	[PROC_TOOWEAK]		= { .name = "tooweak", .handle = proc_tooweak },
	[PROC_DROP]		= { .name = "drop", .handle = proc_drop },
};

static const struct rpc_version versions[] = {
	{ .vers = 2, .procs = procs, .nr_procs = PROCS },
};

static struct rpc_program program = {
	.name		= "client-test",
	.prog		= PROG,
	.versions	= versions,
	.nr_versions	= ARRAY_SIZE(versions),
	.owner		= THIS_MODULE,
};

/* ---- around a test ---- */

/* Clients of a test are shut down and put when it ends. */
struct fixture {
	bool			registered;
	struct rpc_client	*clients[4];
	unsigned int		nr_clients;
	struct ask		ask;
	struct ask		ask2;
	struct peer_msg		msg;
};

static void listen_all(bool up)
{
	static const int families[] = { AF_INET, AF_INET6 };
	static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	struct sockaddr_storage ss;
	int i;

	for (i = 0; i < 4; i++) {
		loopback_addr(&ss, families[i / 2], PORT);
		if (up)
			ditto_listen_add(&init_net, "nfs", protos[i % 2], &ss);
		else
			ditto_listen_remove(&init_net, "nfs", protos[i % 2], &ss);
	}
}

static int client_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	atomic_set(&dropped, 0);
	KUNIT_ASSERT_EQ(test, rpc_program_register(&program), 0);
	f->registered = true;
	listen_all(true);
	return 0;
}

static void client_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < f->nr_clients; i++) {
		rpc_client_shutdown(f->clients[i]);
		rpc_client_put(f->clients[i]);
	}
	listen_all(false);
	if (f->registered)
		rpc_program_unregister(&program);
	/* let what was closed go: in virtual time workers get no share by themselves */
	msleep(100);
}

static struct rpc_client *keep(struct kunit *test, struct rpc_client *client)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
	KUNIT_ASSERT_LT(test, f->nr_clients, ARRAY_SIZE(f->clients));
	f->clients[f->nr_clients++] = client;
	return client;
}

static struct rpc_client_args args_for(int ipproto, u16 port)
{
	struct rpc_client_args args = {
		.net = &init_net, .ipproto = ipproto, .prog = PROG, .vers = 2,
		.flavour = RPC_FLAVOUR_SYS,
	};

	loopback_addr(&args.addr, AF_INET, port);
	return args;
}

static struct rpc_client *client_to(struct kunit *test, int ipproto, u16 port)
{
	struct rpc_client_args args = args_for(ipproto, port);

	return keep(test, rpc_client_new(&args));
}

static u64 stat(enum rpc_client_stat i)
{
	return ditto_stat_read(&init_net, &rpc_client_stats, i);
}

#define EXPECT_ASK(test, client, ask, proc, timeout, arg, want) do {		\
	ask_init(ask, proc, timeout, arg);					\
	KUNIT_EXPECT_EQ(test, ask_now(client, ask), want);			\
} while (0)

static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP };

/* ---- our own server ---- */

static void call_is_answered(struct kunit *test)
{
	struct ask *ask = &((struct fixture *)test->priv)->ask;
	int i;

	for (i = 0; i < 4; i++) {
		struct rpc_client_args args = args_for(protos[i % 2], 0);
		struct rpc_client *client;

		loopback_addr(&args.addr, i < 2 ? AF_INET : AF_INET6, PORT);
		client = rpc_client_new(&args);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
		EXPECT_ASK(test, client, ask, PROC_NULL, 1000, 0, 0);
		KUNIT_EXPECT_EQ(test, ask->nr, 0);
		EXPECT_ASK(test, client, ask, PROC_ECHO, 1000, 0x5eed + i, 0);
		KUNIT_EXPECT_EQ(test, ask->nr, 2);
		KUNIT_EXPECT_EQ(test, ask->words[0], 0x5eed + i);
		EXPECT_ASK(test, client, ask, PROC_WHO, 1000, 0, 0);
		KUNIT_EXPECT_EQ(test, ask->words[0], DITTO_SEC_SYS);
		KUNIT_EXPECT_EQ(test, ask->words[1], 0);
		KUNIT_EXPECT_TRUE(test, rpc_client_alive(client));
		rpc_client_put(client);
	}
}

static void caller_is_who_it_was_told_to_be(struct kunit *test)
{
	struct ask *ask = &((struct fixture *)test->priv)->ask;
	struct rpc_client_args args = args_for(IPPROTO_TCP, PORT);
	struct sockaddr_in *local = (struct sockaddr_in *)&args.local;
	int i;

	args.flavour = RPC_FLAVOUR_NONE;
	EXPECT_ASK(test, keep(test, rpc_client_new(&args)), ask, PROC_WHO, 1000, 0, 0);
	KUNIT_EXPECT_EQ(test, ask->words[0], DITTO_SEC_NONE);
	KUNIT_EXPECT_GE(test, ask->words[2], 1024);
	KUNIT_EXPECT_EQ(test, ask->words[3], 0x7f000001);
	for (i = 0; i < 2; i++) {
		args = args_for(protos[i], PORT);
		args.privileged = true;
		loopback_addr(&args.local, AF_INET, 0);
		local->sin_addr.s_addr = htonl(0x7f000203);
		EXPECT_ASK(test, keep(test, rpc_client_new(&args)), ask, PROC_WHO, 1000, 0, 0);
		KUNIT_EXPECT_LT(test, ask->words[2], 1024);
		KUNIT_EXPECT_GE(test, ask->words[2], 600);
		KUNIT_EXPECT_EQ(test, ask->words[3], 0x7f000203);
	}
}

static void long_messages_pass(struct kunit *test)
{
	struct ask *ask = &((struct fixture *)test->priv)->ask;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PORT);

	ask_init(ask, PROC_ECHO, 1000, 7);
	ask->size = 3000;
	KUNIT_EXPECT_EQ(test, ask_now(client, ask), 0);
	KUNIT_EXPECT_EQ(test, ask->words[1], 3000);
	EXPECT_ASK(test, client, ask, PROC_LONG, 1000, 200000, 0);
	KUNIT_EXPECT_EQ(test, ask->nr, 50000);
	client = client_to(test, IPPROTO_UDP, PORT);
	EXPECT_ASK(test, client, ask, PROC_LONG, 1000, 30000, 0);
	KUNIT_EXPECT_EQ(test, ask->nr, 7500);
}

static void refusal_is_told(struct kunit *test)
{
	struct ask *ask = &((struct fixture *)test->priv)->ask;
	int i;

	for (i = 0; i < 2; i++) {
		struct rpc_client_args args = args_for(protos[i], PORT);
		struct rpc_client *client = client_to(test, protos[i], PORT);

		EXPECT_ASK(test, client, ask, PROC_HOLE, 1000, 0, -EOPNOTSUPP);
		EXPECT_ASK(test, client, ask, PROC_GARBAGE, 1000, 0, -EPROTO);
		EXPECT_ASK(test, client, ask, PROC_SYSTEM_ERR, 1000, 0, -EREMOTEIO);
		EXPECT_ASK(test, client, ask, PROC_TOOWEAK, 1000, 0, -EACCES);
		EXPECT_ASK(test, client, ask, PROC_ECHO, 1000, 1, 0);
		args.vers = 3;
		client = rpc_client_new(&args);
		EXPECT_ASK(test, client, ask, PROC_NULL, 1000, 0, -EOPNOTSUPP);
		rpc_client_put(client);
		args.prog++;
		client = rpc_client_new(&args);
		EXPECT_ASK(test, client, ask, PROC_NULL, 1000, 0, -EOPNOTSUPP);
		rpc_client_put(client);
	}
}

static void put_too_much(struct rpc_outcall *call, struct ditto_encoder *enc)
{
	while (ditto_encoder_ok(enc))
		ditto_encoder_zero(enc, 4096);
}

static void read_too_much(struct rpc_outcall *call, struct ditto_cursor *cur)
{
	ditto_cursor_skip(cur, 9);
}

static void codec_that_fails_ends_the_call(struct kunit *test)
{
	struct ask *ask = &((struct fixture *)test->priv)->ask;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PORT);
	struct rpc_client_args args = args_for(IPPROTO_TCP, PORT);

	ask_init(ask, PROC_ECHO, 1000, 0);
	ask->call.encode = put_too_much;
	KUNIT_EXPECT_EQ(test, ask_now(client, ask), -EMSGSIZE);
	ask_init(ask, PROC_ECHO, 1000, 0);
	ask->call.decode = read_too_much;
	KUNIT_EXPECT_EQ(test, ask_now(client, ask), -EPROTO);
	ask_init(ask, PROC_NULL, 1000, 0);
	ask->call.encode = NULL;
	ask->call.decode = NULL;
	KUNIT_EXPECT_EQ(test, ask_now(client, ask), 0);

	args.ipproto = IPPROTO_ICMP;
	KUNIT_EXPECT_PTR_EQ(test, rpc_client_new(&args), ERR_PTR(-EINVAL));
	args = args_for(IPPROTO_TCP, PORT);
	args.flavour = RPC_FLAVOUR_GSS;
	KUNIT_EXPECT_PTR_EQ(test, rpc_client_new(&args), ERR_PTR(-EINVAL));
	args = args_for(IPPROTO_TCP, PORT);
	loopback_addr(&args.local, AF_INET6, 0);
	KUNIT_EXPECT_PTR_EQ(test, rpc_client_new(&args), ERR_PTR(-EINVAL));
}

/* ---- silence ---- */

static void silence_ends_at_the_deadline(struct kunit *test)
{
	struct ask *ask = &((struct fixture *)test->priv)->ask;
	unsigned int ms, i;

	for (i = 0; i < 2; i++) {
		struct rpc_client *client = client_to(test, protos[i], PORT);
		unsigned long start = jiffies;

		EXPECT_ASK(test, client, ask, PROC_DROP, 5000, 0, -ETIMEDOUT);
		ms = jiffies_to_msecs(jiffies - start);
		KUNIT_EXPECT_GE(test, ms, 5000);
		KUNIT_EXPECT_LT(test, ms, 5100);
		/* over UDP after 0, 0.5, 1.5 and 3.5 seconds */
		KUNIT_EXPECT_EQ(test, atomic_xchg(&dropped, 0), i ? 4 : 1);
		EXPECT_ASK(test, client, ask, PROC_ECHO, 1000, 1, 0);
	}
}

static void lost_datagram_is_sent_again(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_DGRAM, PEER);
	struct rpc_client *client = client_to(test, IPPROTO_UDP, PEER);
	struct ask *ask = &f->ask;
	u32 xid;

	ask_init(ask, 1, 5000, 17);
	rpc_client_call(client, &ask->call);
	KUNIT_ASSERT_GT(test, peer_receive(peer, &f->msg), 0);
	xid = f->msg.xid;
	KUNIT_ASSERT_GT(test, peer_receive(peer, &f->msg), 0);
	KUNIT_EXPECT_EQ(test, f->msg.xid, xid);
	KUNIT_EXPECT_EQ(test, f->msg.prog, PROG);
	KUNIT_EXPECT_EQ(test, f->msg.vers, 2);
	KUNIT_EXPECT_EQ(test, f->msg.proc, 1);
	KUNIT_EXPECT_EQ(test, f->msg.arg, 17);
	KUNIT_EXPECT_EQ(test, f->msg.flavour, RPC_FLAVOUR_SYS);
	KUNIT_EXPECT_GT(test, peer_say(peer, f->msg.port, REPLIED(xid), 0, 18), 0);
	KUNIT_EXPECT_EQ(test, ask_wait(ask), 0);
	KUNIT_EXPECT_EQ(test, ask->words[0], 18);
}

/* From another port, or with another id: not ours. */
static void stranger_is_not_listened_to(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_DGRAM, PEER);
	struct socket *other = peer_open(test, SOCK_DGRAM, PEER2);
	struct rpc_client *client = client_to(test, IPPROTO_UDP, PEER);
	u64 bad = stat(RPC_CLIENT_BAD_MESSAGES);

	ask_init(&f->ask, 1, 900, 0);
	rpc_client_call(client, &f->ask.call);
	KUNIT_ASSERT_GT(test, peer_receive(peer, &f->msg), 0);
	peer_say(other, f->msg.port, REPLIED(f->msg.xid), 0, 1);
	peer_say(peer, f->msg.port, REPLIED(f->msg.xid + 1), 0, 2);
	peer_say(peer, f->msg.port, f->msg.xid);
	/* and calls are not served at that port */
	peer_say(peer, f->msg.port, 1, RPC_MSG_CALL, 2, PROG, 2, PROC_NULL, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, stat(RPC_CLIENT_BAD_MESSAGES) - bad, 4);
	KUNIT_ASSERT_GT(test, peer_receive(peer, &f->msg), 0);
	KUNIT_EXPECT_EQ_MSG(test, peer_receive(peer, &f->msg), -EAGAIN, "sent twice in 0.9 s");
}

static void late_answer_does_no_harm(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER), *conn;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	u64 late = stat(RPC_CLIENT_LATE);

	ask_init(&f->ask, 1, 100, 0);
	rpc_client_call(client, &f->ask.call);
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), -ETIMEDOUT);
	peer_say(conn, 0, REPLIED(f->msg.xid), 0, 1);
	/* the connection is used on; an answer given twice counts once */
	ask_init(&f->ask2, 1, 1000, 0);
	rpc_client_call(client, &f->ask2.call);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	peer_say(conn, 0, REPLIED(f->msg.xid), 0, 2);
	peer_say(conn, 0, REPLIED(f->msg.xid), 0, 3);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask2), 0);
	KUNIT_EXPECT_EQ(test, f->ask2.words[0], 2);
	KUNIT_EXPECT_EQ(test, f->ask.nr, 0);
	msleep(20);
	/* longer than an acknowledgement may be delayed, for which small segments wait */
	msleep(300);
	KUNIT_EXPECT_EQ(test, stat(RPC_CLIENT_LATE) - late, 2);
}

/* ---- connections that end ---- */

static void call_is_sent_once_more_after_a_loss(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER), *conn;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	u32 xid;

	ask_init(&f->ask, 1, 10000, 0);
	rpc_client_call(client, &f->ask.call);
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	xid = f->msg.xid;
	peer_close(test, conn);
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	KUNIT_EXPECT_EQ(test, f->msg.xid, xid);
	peer_say(conn, 0, REPLIED(xid), 0, 5);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), 0);

	/* a second loss ends it; others are not worse for it */
	ask_init(&f->ask, 1, 10000, 0);
	rpc_client_call(client, &f->ask.call);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	peer_close(test, conn);
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	peer_close(test, conn);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), -ECONNRESET);
	KUNIT_EXPECT_TRUE(test, rpc_client_alive(client));
	ask_init(&f->ask, 1, 10000, 0);
	rpc_client_call(client, &f->ask.call);
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	peer_say(conn, 0, REPLIED(f->msg.xid), 0);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), 0);
}

static void nonsense_is_hung_up_on(struct kunit *test)
{
	static const u32 nonsense[][3] = {
		{ 0, RPC_MSG_REPLY, RPC_REPLY_ACCEPTED },	/* xid + 1000: never sent */
		{ 1, RPC_MSG_CALL, RPC_MSG_VERSION },
		{ 1, 7, 0 },
	};
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER), *conn;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	int i;

	for (i = 0; i < 2 * ARRAY_SIZE(nonsense); i++) {
		if (i % 2 == 0) {
			ask_init(&f->ask, 1, 10000, 0);
			rpc_client_call(client, &f->ask.call);
		}
		conn = peer_accept(test, peer);
		KUNIT_ASSERT_NOT_NULL(test, conn);
		KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
		peer_say(conn, 0, f->msg.xid + (nonsense[i / 2][0] ? 0 : 1000),
			 nonsense[i / 2][1], nonsense[i / 2][2]);
		KUNIT_EXPECT_LE(test, peer_receive(conn, &f->msg), 0);
		if (i % 2)
			KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), -ECONNRESET);
	}
}

static void broken_reply_ends_its_call_alone(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER), *conn;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	int i;

	ask_init(&f->ask2, 1, 10000, 0);
	rpc_client_call(client, &f->ask2.call);
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	for (i = 0; i < 5; i++) {
		const u32 broken[] = { REPLIED(f->msg.xid + 1 + i), 9 };
		const u32 denied[] = { f->msg.xid + 1 + i, RPC_MSG_REPLY, RPC_REPLY_DENIED, 1, 1 };
		struct peer_msg *msg = kunit_kmalloc(test, sizeof(*msg), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, msg);
		ask_init(&f->ask, 1, 10000, 0);
		rpc_client_call(client, &f->ask.call);
		KUNIT_ASSERT_GT(test, peer_receive(conn, msg), 0);
		KUNIT_ASSERT_EQ(test, msg->xid, broken[0]);
		/* cut after two, four and five words, with an unknown status, denied */
		if (i < 4)
			peer_send(conn, broken, i == 0 ? 2 : i + 3, 0);
		else
			peer_send(conn, denied, 5, 0);
		KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), i < 4 ? -EPROTO : -EACCES);
	}
	peer_say(conn, 0, REPLIED(f->msg.xid), 0);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask2), 0);
}

static void who_is_not_there_refuses(struct kunit *test)
{
	struct ask *ask = &((struct fixture *)test->priv)->ask;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);

	EXPECT_ASK(test, client, ask, PROC_NULL, 10000, 0, -ECONNREFUSED);
	/* and is found once it is there */
	peer_open(test, SOCK_STREAM, PEER);
	EXPECT_ASK(test, client, ask, PROC_NULL, 100, 0, -ETIMEDOUT);
}

/* Two connections nobody accepts fill the queue; SYNs are dropped from then on. */
static void fill_backlog(struct kunit *test, struct socket *peer, u16 port)
{
	KUNIT_ASSERT_EQ(test, kernel_listen(peer, 0), 0);
	peer_connect(test, port);
}

static void connecting_ends_at_the_deadline(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER);
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	unsigned long start = jiffies;
	unsigned int ms;

	fill_backlog(test, peer, PEER);
	/* longer than one attempt, and the second call than the first */
	ask_init(&f->ask, 1, 20000, 0);
	ask_init(&f->ask2, 1, 40000, 0);
	rpc_client_call(client, &f->ask.call);
	rpc_client_call(client, &f->ask2.call);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), -ETIMEDOUT);
	ms = jiffies_to_msecs(jiffies - start);
	KUNIT_EXPECT_GE(test, ms, 20000);
	KUNIT_EXPECT_LT(test, ms, 20100);
	/* room: the attempt that is going on succeeds */
	KUNIT_ASSERT_NOT_NULL(test, peer_accept(test, peer));
	peer = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	KUNIT_ASSERT_GT(test, peer_receive(peer, &f->msg), 0);
	peer_say(peer, 0, REPLIED(f->msg.xid), 0);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->ask2), 0);
}

static void idle_connection_is_closed(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER), *conn;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	int i;

	for (i = 0; i < 2; i++) {
		ask_init(&f->ask, 1, 10000, 0);
		rpc_client_call(client, &f->ask.call);
		conn = peer_accept(test, peer);
		KUNIT_ASSERT_NOT_NULL(test, conn);
		KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
		peer_say(conn, 0, REPLIED(f->msg.xid), 0);
		KUNIT_EXPECT_EQ(test, ask_wait(&f->ask), 0);
		conn->sk->sk_rcvtimeo = 50 * HZ;
		KUNIT_EXPECT_EQ(test, peer_receive(conn, &f->msg), -EAGAIN);
		conn->sk->sk_rcvtimeo = 20 * HZ;
		KUNIT_EXPECT_EQ(test, peer_receive(conn, &f->msg), 0);
	}
}

static int count_conn(void *arg, const struct ditto_conn_info *info)
{
	++*(int *)arg;
	return 0;
}

static void our_connections_are_not_clients(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER), *conn;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	struct sockaddr_storage ss;
	u64 cursor = 0, i;
	int nr = 0;

	ask_init(&f->ask, 1, 10000, 0);
	rpc_client_call(client, &f->ask.call);
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
	KUNIT_EXPECT_EQ(test, ditto_conn_for_each(&init_net, &cursor, count_conn, &nr), 0);
	KUNIT_EXPECT_EQ(test, nr, 0);
	for (i = 1; i < 10000; i++)
		KUNIT_ASSERT_EQ(test, ditto_conn_kill(&init_net, i), -ENOENT);
	loopback_addr(&ss, AF_INET, PEER2);
	KUNIT_EXPECT_EQ(test, ditto_listen_add(&init_net, "rpc-client", IPPROTO_TCP, &ss), -ENOENT);
}

static struct kunit_case client_cases[] = {
	KUNIT_CASE(call_is_answered),
	KUNIT_CASE(caller_is_who_it_was_told_to_be),
	KUNIT_CASE(long_messages_pass),
	KUNIT_CASE(refusal_is_told),
	KUNIT_CASE(codec_that_fails_ends_the_call),
	KUNIT_CASE(silence_ends_at_the_deadline),
	KUNIT_CASE(lost_datagram_is_sent_again),
	KUNIT_CASE(stranger_is_not_listened_to),
	KUNIT_CASE(late_answer_does_no_harm),
	KUNIT_CASE(call_is_sent_once_more_after_a_loss),
	KUNIT_CASE(nonsense_is_hung_up_on),
	KUNIT_CASE(broken_reply_ends_its_call_alone),
	KUNIT_CASE(who_is_not_there_refuses),
	KUNIT_CASE(connecting_ends_at_the_deadline),
	KUNIT_CASE(idle_connection_is_closed),
	KUNIT_CASE(our_connections_are_not_clients),
	{}
};

static struct kunit_suite client_suite = {
	.name		= "rpc_client",
	.init		= client_test_init,
	.exit		= client_test_exit,
	.test_cases	= client_cases,
};
kunit_test_suite(client_suite);
