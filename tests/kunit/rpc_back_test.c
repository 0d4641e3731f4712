// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that the server makes, where several things meet: a client that is
 * called over its own connection while it calls, rpcbind that has to be asked
 * first, calls that are cancelled while everything happens to them, a thousand
 * at once, and a network namespace that goes.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/kmod.h>
#include <linux/kthread.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "base/stats.h"
#include "base/xdr.h"
#include "compat/compat.h"
#include "fixture.h"
#include "net/service.h"
#include "rpc/link.h"
#include "rpc/msg.h"
#include "rpc/rpc.h"
#include "rpc/rpcbind_msg.h"
#include "rpc_peer.h"

#define PORT	20497
#define PEER	20498
#define PROG	0x2000bac5
#define BACK	0x40001234
#define MANY	1000

/* ---- the program ---- */

enum { PROC_NULL, PROC_BACK, PROC_DROP, PROCS };

/* What calls over the connection that PROC_BACK came by. */
static struct rpc_client *back;

static enum rpc_outcome proc_null(struct rpc_call *call)
{
	return RPC_REPLY;
}

static enum rpc_outcome proc_back(struct rpc_call *call)
{
	back = rpc_client_on_conn(call->req.conn, BACK, 1, RPC_FLAVOUR_SYS);
	return IS_ERR(back) ? RPC_SYSTEM_ERR : RPC_REPLY;
}

static enum rpc_outcome proc_drop(struct rpc_call *call)
{
	return RPC_DROP;
}

static const struct rpc_procedure procs[PROCS] = {
	[PROC_NULL]	= { .name = "null", .handle = proc_null },
	[PROC_BACK]	= { .name = "back", .handle = proc_back },
	[PROC_DROP]	= { .name = "drop", .handle = proc_drop },
};

static const struct rpc_version versions[] = {
	{ .vers = 1, .procs = procs, .nr_procs = PROCS },
};

static struct rpc_program program = {
	.name		= "back-test",
	.prog		= PROG,
	.versions	= versions,
	.nr_versions	= ARRAY_SIZE(versions),
	.owner		= THIS_MODULE,
};

/* ---- around a test ---- */

struct fixture {
	bool			registered;
	struct rpc_client	*client;
	struct ask		*asks;		/* MANY of them */
	struct peer_msg		msg;
};

static int listen(struct net *net, int ipproto, bool up)
{
	struct sockaddr_storage ss;

	loopback_addr(&ss, AF_INET, PORT);
	if (up)
		return ditto_listen_add(net, "nfs", ipproto, &ss);
	return ditto_listen_remove(net, "nfs", ipproto, &ss);
}

static int back_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	back = NULL;
	f->asks = kvcalloc(MANY, sizeof(*f->asks), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->asks);
	KUNIT_ASSERT_EQ(test, rpc_program_register(&program), 0);
	f->registered = true;
	KUNIT_ASSERT_EQ(test, listen(&init_net, IPPROTO_TCP, true), 0);
	KUNIT_ASSERT_EQ(test, listen(&init_net, IPPROTO_UDP, true), 0);
	return 0;
}

static void drop_client(struct rpc_client *client)
{
	if (IS_ERR_OR_NULL(client))
		return;
	rpc_client_shutdown(client);
	rpc_client_put(client);
}

static void back_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	drop_client(f->client);
	drop_client(back);
	listen(&init_net, IPPROTO_TCP, false);
	listen(&init_net, IPPROTO_UDP, false);
	if (f->registered)
		rpc_program_unregister(&program);
	kvfree(f->asks);
	/* let what was closed go: in virtual time workers get no share by themselves */
	msleep(100);
}

static struct rpc_client *new_client(struct net *net, int ipproto, u16 port)
{
	struct rpc_client_args args = {
		.net = net, .ipproto = ipproto, .prog = PROG, .vers = 1,
		.flavour = RPC_FLAVOUR_SYS,
	};

	loopback_addr(&args.addr, AF_INET, port);
	return rpc_client_new(&args);
}

static struct rpc_client *client_to(struct kunit *test, int ipproto, u16 port)
{
	struct fixture *f = test->priv;

	drop_client(f->client);
	f->client = new_client(&init_net, ipproto, port);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->client);
	return f->client;
}

static const int protos[] = { IPPROTO_TCP, IPPROTO_UDP };

/* ---- rpcbind ---- */

/* Serves one question over TCP as an rpcbind that knows versions @low to 4. */
static void bind_serve(struct kunit *test, struct socket *rpcbind, u32 low, u32 high, u16 port)
{
	struct fixture *f = test->priv;
	struct peer_msg *msg = &f->msg;
	struct socket *conn = peer_accept(test, rpcbind);

	KUNIT_ASSERT_NOT_NULL(test, conn);
	for (u32 vers = 4; vers > high; vers--) {
		KUNIT_ASSERT_GT(test, peer_receive(conn, msg), 0);
		KUNIT_EXPECT_EQ(test, msg->vers, vers);
		peer_say(conn, 0, REPLIED(msg->xid), RPC_ACCEPT_PROG_MISMATCH, low, high);
	}
	if (high < low)
		return;
	KUNIT_ASSERT_GT(test, peer_receive(conn, msg), 0);
	KUNIT_EXPECT_EQ(test, msg->prog, RPCBIND_PROG);
	KUNIT_EXPECT_EQ(test, msg->vers, high);
	KUNIT_EXPECT_EQ(test, msg->proc, RPCBIND_PROC_GETADDR);
	KUNIT_EXPECT_EQ(test, msg->arg, PROG);
	if (high == RPCBIND_VERS_PMAP) {
		peer_say(conn, 0, REPLIED(msg->xid), 0, port);
	} else if (!port) {
		peer_say(conn, 0, REPLIED(msg->xid), 0, 0);
	} else {
		u32 words[6 + 1 + 5] = { REPLIED(msg->xid), 0 };
		char uaddr[RPCBIND_UADDR_MAX] = {};

		rpcbind_uaddr4(uaddr, "\x7f\0\0\1", port);
		words[6] = strlen(uaddr);
		for (int i = 0; i < 5; i++)
			words[7 + i] = get_unaligned_be32(uaddr + 4 * i);
		peer_send(conn, words, 7 + DIV_ROUND_UP(words[6], 4), 0);
	}
	/* it is asked one thing only */
	KUNIT_EXPECT_EQ(test, peer_receive(conn, msg), 0);
}

static void port_is_looked_up(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *rpcbind = peer_open(test, SOCK_STREAM, RPCBIND_PORT);
	struct rpc_client *client;
	u32 vers;

	for (vers = 4; vers >= 2; vers--) {
		client = client_to(test, IPPROTO_TCP, 0);
		ask_init(&f->asks[0], PROC_NULL, 5000, 0);
		ask_init(&f->asks[1], PROC_NULL, 5000, 0);
		rpc_client_call(client, &f->asks[0].call);
		rpc_client_call(client, &f->asks[1].call);
		bind_serve(test, rpcbind, 2, vers, PORT);
		KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[0]), 0);
		KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[1]), 0);
		/* and remembered */
		ask_init(&f->asks[0], PROC_NULL, 5000, 0);
		KUNIT_EXPECT_EQ(test, ask_now(client, &f->asks[0]), 0);
	}
}

static void program_nobody_knows_is_not_supported(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, 0);
	struct socket *rpcbind;
	u32 vers;

	ask_init(&f->asks[0], PROC_NULL, 5000, 0);
	KUNIT_EXPECT_EQ_MSG(test, ask_now(client, &f->asks[0]), -ECONNREFUSED, "no rpcbind");
	rpcbind = peer_open(test, SOCK_STREAM, RPCBIND_PORT);
	for (vers = 4; vers >= 1; vers--) {
		ask_init(&f->asks[0], PROC_NULL, 5000, 0);
		rpc_client_call(client, &f->asks[0].call);
		bind_serve(test, rpcbind, 2, vers, 0);
		KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[0]), -EOPNOTSUPP);
	}
	/* an rpcbind that says nothing holds nobody up longer than the deadline */
	ask_init(&f->asks[0], PROC_NULL, 25000, 0);
	KUNIT_EXPECT_EQ(test, ask_now(client, &f->asks[0]), -ETIMEDOUT);
}

static void port_that_refuses_is_looked_up_again(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *rpcbind = peer_open(test, SOCK_STREAM, RPCBIND_PORT);
	struct rpc_client *client = client_to(test, IPPROTO_TCP, 0);

	ask_init(&f->asks[0], PROC_NULL, 5000, 0);
	rpc_client_call(client, &f->asks[0].call);
	bind_serve(test, rpcbind, 2, 4, PEER);
	bind_serve(test, rpcbind, 2, 4, PORT);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[0]), 0);

	client = client_to(test, IPPROTO_TCP, 0);
	ask_init(&f->asks[0], PROC_NULL, 5000, 0);
	rpc_client_call(client, &f->asks[0].call);
	bind_serve(test, rpcbind, 2, 4, PEER);
	bind_serve(test, rpcbind, 2, 4, PEER);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[0]), -ECONNREFUSED);
}

/* Over UDP a program that has moved is silent. */
static void silent_port_is_looked_up_again(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *rpcbind = peer_open(test, SOCK_DGRAM, RPCBIND_PORT);
	struct socket *old = peer_open(test, SOCK_DGRAM, PEER);
	struct rpc_client *client = client_to(test, IPPROTO_UDP, 0);
	struct peer_msg *msg = &f->msg;
	int i;

	ask_init(&f->asks[0], PROC_NULL, 20000, 0);
	rpc_client_call(client, &f->asks[0].call);
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_GT(test, peer_receive(rpcbind, msg), 0);
		KUNIT_EXPECT_EQ(test, msg->prog, RPCBIND_PROG);
		peer_say(rpcbind, msg->port, REPLIED(msg->xid), RPC_ACCEPT_PROG_MISMATCH, 2, 3);
		KUNIT_ASSERT_GT(test, peer_receive(rpcbind, msg), 0);
		KUNIT_EXPECT_EQ(test, msg->vers, 3);
		peer_say(rpcbind, msg->port, REPLIED(msg->xid), RPC_ACCEPT_PROG_UNAVAIL);
		KUNIT_ASSERT_GT(test, peer_receive(rpcbind, msg), 0);
		KUNIT_EXPECT_EQ(test, msg->vers, 2);
		peer_say(rpcbind, msg->port, REPLIED(msg->xid), 0, i ? PORT : PEER);
		if (i)
			break;
		KUNIT_ASSERT_GT(test, peer_receive(old, msg), 0);
		KUNIT_ASSERT_GT(test, peer_receive(old, msg), 0);
	}
	KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[0]), 0);
}

static void lookup_ends_with_its_client(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long start = jiffies;
	int i;

	peer_open(test, SOCK_STREAM, RPCBIND_PORT);
	peer_open(test, SOCK_DGRAM, RPCBIND_PORT);
	for (i = 0; i < 2; i++) {
		struct rpc_client *client = client_to(test, protos[i], 0);

		ask_init(&f->asks[0], PROC_NULL, 60000, 0);
		rpc_client_call(client, &f->asks[0].call);
		msleep(100);
		rpc_client_shutdown(client);
		KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[0]), -ECANCELED);
		ask_init(&f->asks[0], PROC_NULL, 60000, 0);
		KUNIT_EXPECT_EQ(test, ask_now(client, &f->asks[0]), -ECANCELED);
	}
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 1000);
}

/* ---- a client that is called ---- */

static struct socket *call_back_start(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *sock = peer_connect(test, PORT);

	peer_say(sock, 0, 1, RPC_MSG_CALL, 2, PROG, 1, PROC_BACK, 0, 0, 0, 0);
	KUNIT_ASSERT_GT(test, peer_receive(sock, &f->msg), 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, back);
	return sock;
}

static void client_is_called_while_it_calls(struct kunit *test)
{
	enum { NR = 50 };
	struct fixture *f = test->priv;
	struct socket *sock = call_back_start(test);
	struct rpc_client *other;
	u32 replies = 0, calls = 0, first = 0;
	int i;

	for (i = 0; i < NR; i++) {
		ask_init(&f->asks[i], i, 5000, 1000 + i);
		rpc_client_call(back, &f->asks[i].call);
		peer_say(sock, 0, 100 + i, RPC_MSG_CALL, 2, PROG, 1, PROC_NULL, 0, 0, 0, 0);
	}
	for (i = 0; i < 2 * NR; i++) {
		KUNIT_ASSERT_GT(test, peer_receive(sock, &f->msg), 0);
		if (f->msg.type == RPC_MSG_REPLY) {
			replies++;
			continue;
		}
		if (!calls++)
			first = f->msg.xid;
		KUNIT_EXPECT_EQ(test, f->msg.prog, BACK);
		KUNIT_EXPECT_EQ(test, f->msg.arg, 1000 + f->msg.proc);
		peer_say(sock, 0, REPLIED(f->msg.xid), 0, f->msg.arg + 1);
	}
	KUNIT_EXPECT_EQ(test, replies, NR);
	KUNIT_EXPECT_EQ(test, calls, NR);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[i]), 0);
		KUNIT_EXPECT_EQ(test, f->asks[i].words[0], 1001 + i);
	}
	/* what has been answered may be answered again */
	peer_say(sock, 0, REPLIED(first), 0, 0);
	/* another program on the same connection */
	other = back;
	peer_say(sock, 0, 2, RPC_MSG_CALL, 2, PROG, 1, PROC_BACK, 0, 0, 0, 0);
	KUNIT_ASSERT_GT(test, peer_receive(sock, &f->msg), 0);
	KUNIT_EXPECT_PTR_NE(test, back, other);
	KUNIT_EXPECT_PTR_EQ(test, back->link, other->link);
	drop_client(other);
	KUNIT_EXPECT_TRUE(test, rpc_client_alive(back));
	/* an answer to nothing ends it, for it is not the first */
	peer_say(sock, 0, REPLIED(first - 1000), 0, 0);
	KUNIT_EXPECT_EQ(test, peer_receive(sock, &f->msg), 0);
}

static void calls_end_with_the_clients_connection(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *sock = call_back_start(test);
	int i;

	for (i = 0; i < 3; i++) {
		ask_init(&f->asks[i], i, i ? 60000 : 200, 0);
		rpc_client_call(back, &f->asks[i].call);
		KUNIT_ASSERT_GT(test, peer_receive(sock, &f->msg), 0);
	}
	KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[0]), -ETIMEDOUT);
	peer_close(test, sock);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[1]), -ECONNRESET);
	KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[2]), -ECONNRESET);
	KUNIT_EXPECT_FALSE(test, rpc_client_alive(back));
	ask_init(&f->asks[0], 0, 5000, 0);
	KUNIT_EXPECT_EQ(test, ask_now(back, &f->asks[0]), -ECONNRESET);
}

/* ---- many ---- */

static void thousand_calls_are_in_flight(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct socket *peer = peer_open(test, SOCK_STREAM, PEER), *conn;
	struct rpc_client *client = client_to(test, IPPROTO_TCP, PEER);
	u32 *xids = kunit_kcalloc(test, MANY, 4, GFP_KERNEL);
	u32 *args = kunit_kcalloc(test, MANY, 4, GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, xids);
	KUNIT_ASSERT_NOT_NULL(test, args);
	for (i = 0; i < MANY; i++) {
		ask_init(&f->asks[i], 1, 60000, i);
		rpc_client_call(client, &f->asks[i].call);
	}
	conn = peer_accept(test, peer);
	KUNIT_ASSERT_NOT_NULL(test, conn);
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_GT(test, peer_receive(conn, &f->msg), 0);
		xids[i] = f->msg.xid;
		args[i] = f->msg.arg;
	}
	while (i--)
		KUNIT_ASSERT_GT(test, peer_say(conn, 0, REPLIED(xids[i]), 0, args[i] ^ 0xaaaa), 0);
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_EQ(test, ask_wait(&f->asks[i]), 0);
		KUNIT_ASSERT_EQ(test, f->asks[i].words[0], i ^ 0xaaaa);
	}
}

/* More than the socket's buffers hold: what is dropped is sent again. */
static void thousand_datagrams_are_answered(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_client *client = client_to(test, IPPROTO_UDP, PORT);
	int i;

	for (i = 0; i < MANY; i++) {
		ask_init(&f->asks[i], PROC_NULL, 60000, i);
		rpc_client_call(client, &f->asks[i].call);
	}
	for (i = 0; i < MANY; i++)
		KUNIT_ASSERT_EQ(test, ask_wait(&f->asks[i]), 0);
}

/* ---- cancelling ---- */

/* A peer that does anything; one at a time, which connection it has is its own affair. */
struct unruly {
	struct task_struct	*task;
	struct socket		*sock;
	struct peer_msg		msg;
};

/* True: go on with this connection. */
static bool unruly_answer(struct unruly *u, struct socket *conn)
{
	u32 xid = u->msg.xid;

	switch (get_random_u32_below(16)) {
	case 0:
		return false;
	case 1:
		return true;
	case 2:
		msleep(3);
		break;
	case 3:
		peer_say(conn, u->msg.port, REPLIED(xid), 0, 1);
		break;
	case 4:
		peer_say(conn, u->msg.port, xid, RPC_MSG_REPLY, 5);
		return true;
	case 5:
		peer_say(conn, u->msg.port, xid + 50000, RPC_MSG_REPLY, 0);
		return true;
	}
	peer_say(conn, u->msg.port, REPLIED(xid), 0, 1);
	return true;
}

static int unruly_thread(void *arg)
{
	struct unruly *u = arg;
	struct socket *conn;

	while (!kthread_should_stop()) {
		conn = u->sock;
		if (conn->type == SOCK_STREAM && kernel_accept(u->sock, &conn, 0))
			continue;
		conn->sk->sk_rcvtimeo = HZ / 5;
		while (peer_receive(conn, &u->msg) > 0)
			if (!unruly_answer(u, conn))
				break;
		if (conn != u->sock)
			sock_release(conn);
	}
	return 0;
}

static void unruly_stop(void *arg)
{
	struct unruly *u = arg;

	kthread_stop(u->task);
}

static void unruly_start(struct kunit *test, int type)
{
	struct unruly *u = kunit_kzalloc(test, sizeof(*u), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, u);
	u->sock = peer_open(test, type, PEER);
	u->sock->sk->sk_rcvtimeo = HZ / 5;
	u->task = kthread_run(unruly_thread, u, "unruly");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, u->task);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unruly_stop, u), 0);
}

static bool is_an_end(int err)
{
	return !err || err == -ETIMEDOUT || err == -ECONNRESET || err == -EPROTO;
}

/* @nr calls of a few milliseconds; some are cancelled, at whatever point they are. */
static void cancel_some(struct kunit *test, struct rpc_client *client, int nr)
{
	struct fixture *f = test->priv;
	int i, ran = 0;

	for (i = 0; i < nr; i++) {
		ask_init(&f->asks[i], PROC_NULL, get_random_u32_below(8), i);
		rpc_client_call(client, &f->asks[i].call);
		if (get_random_u32_below(2))
			usleep_range(1, 2 + get_random_u32_below(500));
	}
	for (i = 0; i < nr; i++) {
		struct ask *ask = &f->asks[i];

		if (get_random_u32_below(4)) {
			bool cancelled = rpc_client_cancel(&ask->call);

			KUNIT_ASSERT_EQ(test, atomic_read(&ask->runs), !cancelled);
			ran += !cancelled;
			if (get_random_u32_below(2))
				usleep_range(1, 2 + get_random_u32_below(2000));
		} else {
			KUNIT_ASSERT_NE(test, ask_wait(ask), 1);
			ran++;
		}
		if (atomic_read(&ask->runs))
			KUNIT_EXPECT_TRUE_MSG(test, is_an_end(ask->err), "%d", ask->err);
	}
	/* nothing comes after */
	msleep(20);
	for (i = 0; i < nr; i++)
		ran -= atomic_read(&f->asks[i].runs);
	KUNIT_EXPECT_EQ(test, ran, 0);
}

static void cancelled_call_is_not_heard_of(struct kunit *test)
{
	struct rpc_client *client;
	int i, round;

	for (i = 0; i < 2; i++) {
		unruly_start(test, i ? SOCK_DGRAM : SOCK_STREAM);
		for (round = 0; round < 100; round++) {
			if (round % 10 == 0)
				client = client_to(test, protos[i], PEER);
			cancel_some(test, client, 20);
		}
	}
}

static void shut_down_client_is_quiet(struct kunit *test)
{
	struct fixture *f = test->priv;
	int i, round;

	for (round = 0; round < 60; round++) {
		struct rpc_client *client = client_to(test, protos[round % 2], PORT);

		for (i = 0; i < 20; i++) {
			ask_init(&f->asks[i], i % 2 ? PROC_NULL : PROC_DROP, 10000, 0);
			rpc_client_call(client, &f->asks[i].call);
			if (round % 3)
				usleep_range(1, 30 * (round % 3));
		}
		rpc_client_shutdown(client);
		for (i = 0; i < 20; i++) {
			KUNIT_ASSERT_EQ(test, atomic_read(&f->asks[i].runs), 1);
			if (f->asks[i].err)
				KUNIT_EXPECT_EQ(test, f->asks[i].err, -ECANCELED);
		}
	}
}

/* ---- a network namespace that goes ---- */

static pid_t ns_pid;

static int ns_init(struct subprocess_info *info, struct cred *new)
{
	ns_pid = task_pid_nr(current);
	return 0;
}

/* A process in a namespace of its own. */
static struct net *ns_start(struct kunit *test)
{
	static char *argv[] = { "/usr/bin/unshare", "-n", "/bin/sleep", "10000", NULL };
	static char *envp[] = { "PATH=/usr/bin:/bin", NULL };
	struct subprocess_info *info;
	struct net *net;
	int i;

	info = call_usermodehelper_setup(argv[0], argv, envp, GFP_KERNEL, ns_init, NULL, NULL);
	KUNIT_ASSERT_NOT_NULL(test, info);
	KUNIT_ASSERT_EQ(test, call_usermodehelper_exec(info, UMH_WAIT_EXEC), 0);
	for (i = 0; i < 100; i++) {
		net = get_net_ns_by_pid(ns_pid);
		KUNIT_ASSERT_FALSE(test, IS_ERR(net));
		if (!net_eq(net, &init_net))
			return net;
		put_net(net);
		msleep(20);
	}
	KUNIT_FAIL_AND_ABORT(test, "no namespace");
	return NULL;
}

static void ns_stop(struct net *net)
{
	struct pid *pid = find_get_pid(ns_pid);

	kill_pid(pid, SIGKILL, 1);
	put_pid(pid);
	put_net(net);
}

/* The last user of its client. */
static void ns_done(struct rpc_outcall *call, int err)
{
	struct ask *ask = container_of(call, struct ask, call);

	rpc_client_put(call->client);
	ask->err = err;
	atomic_inc(&ask->runs);
	complete(&ask->over);
}

static void calls_end_with_their_namespace(struct kunit *test)
{
	static const u16 ports[] = { PORT, PEER, 0 };
	struct fixture *f = test->priv;
	struct net *net = ns_start(test);
	int i;

	fixture_lo_up(net);
	KUNIT_EXPECT_EQ(test, listen(net, IPPROTO_TCP, true), 0);
	/* a connection, nobody there, no rpcbind; the first of these over TCP too */
	for (i = 0; i < 4; i++) {
		struct rpc_client *client = new_client(net, protos[!!i], ports[i ? i - 1 : 0]);

		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, client);
		ask_init(&f->asks[i], PROC_DROP, 600000, 0);
		f->asks[i].call.done = ns_done;
		rpc_client_call(client, &f->asks[i].call);
	}
	msleep(1000);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, atomic_read(&f->asks[i].runs), 0);
	ns_stop(net);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, ask_wait(&f->asks[i]), -ECANCELED);
	msleep(1000);
}

static struct kunit_case back_cases[] = {
	KUNIT_CASE(port_is_looked_up),
	KUNIT_CASE(program_nobody_knows_is_not_supported),
	KUNIT_CASE(port_that_refuses_is_looked_up_again),
	KUNIT_CASE(silent_port_is_looked_up_again),
	KUNIT_CASE(lookup_ends_with_its_client),
	KUNIT_CASE(client_is_called_while_it_calls),
	KUNIT_CASE(calls_end_with_the_clients_connection),
	KUNIT_CASE(thousand_calls_are_in_flight),
	KUNIT_CASE(thousand_datagrams_are_answered),
	KUNIT_CASE_SLOW(cancelled_call_is_not_heard_of),
	KUNIT_CASE(shut_down_client_is_quiet),
	KUNIT_CASE(calls_end_with_their_namespace),
	{}
};

static struct kunit_suite back_suite = {
	.name		= "rpc_back",
	.init		= back_test_init,
	.exit		= back_test_exit,
	.test_cases	= back_cases,
};
kunit_test_suite(back_suite);
