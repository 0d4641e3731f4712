// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registration with rpcbind, against an rpcbind of the test's own that listens
 * on the loopback, remembers what it is told, and may be old, stubborn or deaf.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "base/facility.h"
#include "base/xdr.h"
#include "compat/compat.h"
#include "net/service.h"
#include "rpc/msg.h"
#include "rpc/rpc.h"
#include "rpc/rpcbind_msg.h"

#define PROG	0x2000b17d
#define PORT	20491
#define PORT2	20492

/* ---- an rpcbind ---- */

/**
 * struct said - a call that came
 * @version: of rpcbind's protocol
 * @proc: procedure
 * @vers: version of the program it is about
 * @netid: transport, or the protocol's number
 * @uaddr: address, or the port
 * @port: the caller's
 */
struct said {
	u32	version;
	u32	proc;
	u32	vers;
	char	netid[8];
	char	uaddr[64];
	u16	port;
};

/**
 * struct peer - the rpcbind
 * @task: serves
 * @sock: where it listens
 * @stream: over TCP
 * @lowest: version it knows
 * @highest: version it knows
 * @stubborn: has a mapping of everybody else
 * @deaf: takes calls and answers none
 * @nr: calls about our program in @said
 * @said: those calls
 * @in: the call it reads
 * @out: the answer it writes
 */
struct peer {
	struct task_struct	*task;
	struct socket		*sock;
	bool			stream;
	u32			lowest;
	u32			highest;
	bool			stubborn;
	bool			deaf;
	unsigned int		nr;
	struct said		said[32];
	u8			in[512];
	u8			out[128];
};

static void peer_string(struct ditto_cursor *cur, char *dst, u32 size)
{
	u8 scratch[64];
	const u8 *p;
	u32 len;

	p = xdr_get_opaque(cur, size - 1, &len, scratch);
	memcpy(dst, p, p ? len : 0);
	dst[len] = 0;
}

static bool peer_no_grow(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	return false;
}

static const struct ditto_encoder_ops peer_encoder_ops = { .grow = peer_no_grow };

/* Reads a call in peer->in, writes the answer to peer->out behind room for a mark. */
static u32 peer_answer(struct peer *peer, u32 len, u16 port)
{
	struct kvec seg = { peer->in, len };
	struct said said = { .port = port };
	struct rpc_msg_call call;
	struct ditto_cursor cur;
	struct ditto_encoder enc;
	u32 prog;

	ditto_cursor_init(&cur, &seg, len);
	if (rpc_msg_get_call(&cur, &call) != RPC_DECODE_OK)
		return 0;
	ditto_encoder_init(&enc, &peer_encoder_ops, peer->out + 4, sizeof(peer->out) - 4,
			   sizeof(peer->out) - 4);
	rpc_msg_put_accepted(&enc, call.xid);
	xdr_put_u64(&enc, 0);
	said.version = call.vers;
	said.proc = call.proc;
	if (call.vers < peer->lowest || call.vers > peer->highest) {
		rpc_msg_put_prog_mismatch(&enc, peer->lowest, peer->highest);
		return ditto_encoder_len(&enc);
	}
	prog = xdr_get_u32(&cur);
	said.vers = xdr_get_u32(&cur);
	if (call.vers == RPCBIND_VERS_PMAP) {
		snprintf(said.netid, sizeof(said.netid), "%u", xdr_get_u32(&cur));
		snprintf(said.uaddr, sizeof(said.uaddr), "%u", xdr_get_u32(&cur));
	} else {
		peer_string(&cur, said.netid, sizeof(said.netid));
		peer_string(&cur, said.uaddr, sizeof(said.uaddr));
	}
	if (prog == PROG && ditto_cursor_ok(&cur) && peer->nr < ARRAY_SIZE(peer->said))
		peer->said[peer->nr++] = said;
	xdr_put_u32(&enc, RPC_ACCEPT_SUCCESS);
	xdr_put_u32(&enc, !peer->stubborn);
	return ditto_encoder_len(&enc);
}

static int peer_read(struct socket *sock, void *buf, u32 len, int flags, struct sockaddr_in *from)
{
	struct kvec vec = { buf, len };
	struct msghdr msg = { .msg_name = from };

	return kernel_recvmsg(sock, &msg, &vec, 1, len, flags);
}

static void peer_write(struct socket *sock, void *buf, u32 len, struct sockaddr_in *to)
{
	struct kvec vec = { buf, len };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	if (to) {
		msg.msg_name = to;
		msg.msg_namelen = sizeof(*to);
	}
	kernel_sendmsg(sock, &msg, &vec, 1, len);
}

/* Serves one connection until its other end closes it. */
static void peer_serve_stream(struct peer *peer, struct socket *sock)
{
	struct sockaddr_in from;
	u8 marker[4];
	bool last;
	u32 len;

	if (kernel_getpeername(sock, (struct sockaddr *)&from) < 0)
		return;
	while (peer_read(sock, marker, 4, MSG_WAITALL, NULL) == 4) {
		rpc_record_get(marker, &len, &last);
		if (!last || len > sizeof(peer->in) ||
		    peer_read(sock, peer->in, len, MSG_WAITALL, NULL) != len)
			return;
		len = peer_answer(peer, len, ntohs(from.sin_port));
		rpc_record_put(peer->out, len);
		if (!peer->deaf)
			peer_write(sock, peer->out, len + 4, NULL);
	}
}

static int peer_thread(void *arg)
{
	struct peer *peer = arg;
	struct sockaddr_in from;
	struct socket *sock;
	int len;

	while (!kthread_should_stop()) {
		if (peer->stream) {
			if (kernel_accept(peer->sock, &sock, 0))
				continue;
			peer_serve_stream(peer, sock);
			sock_release(sock);
			continue;
		}
		len = peer_read(peer->sock, peer->in, sizeof(peer->in), 0, &from);
		if (len <= 0)
			continue;
		len = peer_answer(peer, len, ntohs(from.sin_port));
		if (!peer->deaf)
			peer_write(peer->sock, peer->out + 4, len, &from);
	}
	return 0;
}

static int peer_start(struct peer *peer, bool stream)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(RPCBIND_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int ret = sock_create_kern(&init_net, AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0,
				   &peer->sock);

	if (ret)
		return ret;
	sock_set_reuseaddr(peer->sock->sk);
	peer->sock->sk->sk_rcvtimeo = HZ / 10;
	peer->stream = stream;
	peer->lowest = RPCBIND_VERS_PMAP;
	peer->highest = RPCBIND_VERS_4;
	ret = kernel_bind(peer->sock, (struct sockaddr_unsized *)&addr, sizeof(addr));
	if (!ret && stream)
		ret = kernel_listen(peer->sock, 8);
	if (!ret) {
		peer->task = kthread_run(peer_thread, peer, "rpcbind-test");
		ret = PTR_ERR_OR_ZERO(peer->task);
	}
	if (ret) {
		peer->task = NULL;
		sock_release(peer->sock);
	}
	return ret;
}

static void peer_stop(struct peer *peer)
{
	if (!peer->task)
		return;
	kthread_stop(peer->task);
	peer->task = NULL;
	sock_release(peer->sock);
}

/* ---- what there is to register ---- */

static enum rpc_outcome proc_null(struct rpc_call *call)
{
	return RPC_REPLY;
}

static const struct rpc_procedure procs[] = { { .name = "null", .handle = proc_null } };

static const struct rpc_version versions[] = {
	{ .vers = 1, .procs = procs, .nr_procs = 1 },
	{ .vers = 3, .procs = procs, .nr_procs = 1 },
};

static struct rpc_program program = {
	.name = "bind-test", .prog = PROG, .versions = versions,
	.nr_versions = ARRAY_SIZE(versions), .owner = THIS_MODULE,
};

static int listen(int ipproto, u32 ip, u16 port, bool up)
{
	struct sockaddr_storage ss = {};
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;

	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	in->sin_addr.s_addr = htonl(ip);
	if (up)
		return ditto_listen_add(&init_net, "nfs", ipproto, &ss);
	return ditto_listen_remove(&init_net, "nfs", ipproto, &ss);
}

struct ask {
	char				detail[128];
	enum ditto_facility_state	state;
};

static int find_state(void *arg, const struct ditto_facility *facility)
{
	struct ask *ask = arg;

	if (strcmp(facility->name, "rpcbind"))
		return 0;
	ask->state = facility->state(&init_net, ask->detail, sizeof(ask->detail));
	return 1;
}

static enum ditto_facility_state state(void)
{
	struct ask ask = {};

	return ditto_facilities_for_each(find_state, &ask) ? ask.state : DITTO_FACILITY_ABSENT;
}

static int bind_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct peer), GFP_KERNEL);
	return test->priv ? rpc_program_register(&program) : -ENOMEM;
}

/* Whatever the test left: unknown listeners are no error. */
static void bind_test_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	peer_stop(test->priv);
	listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, false);
	listen(IPPROTO_UDP, INADDR_LOOPBACK, PORT, false);
	listen(IPPROTO_TCP, INADDR_ANY, PORT2, false);
	rpc_program_unregister(&program);
	/* let the port go: in virtual time workers get no share by themselves */
	msleep(100);
}

static void expect_said(struct kunit *test, const struct said *got, u32 version, u32 proc,
			u32 vers, const char *netid, const char *uaddr)
{
	KUNIT_EXPECT_EQ(test, got->version, version);
	KUNIT_EXPECT_EQ(test, got->proc, proc);
	KUNIT_EXPECT_EQ(test, got->vers, vers);
	KUNIT_EXPECT_STREQ(test, got->netid, netid);
	KUNIT_EXPECT_STREQ(test, got->uaddr, uaddr);
	KUNIT_EXPECT_GE(test, got->port, 600);
	KUNIT_EXPECT_LT(test, got->port, 1024);
}

/* ---- tests ---- */

static void listener_is_registered_and_taken_back(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_IDLE);
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 2);
	expect_said(test, &peer->said[0], 4, RPCBIND_PROC_SET, 1, "tcp", "127.0.0.1.80.11");
	expect_said(test, &peer->said[1], 4, RPCBIND_PROC_SET, 3, "tcp", "127.0.0.1.80.11");
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_UP);

	KUNIT_ASSERT_EQ(test, listen(IPPROTO_UDP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 4);
	expect_said(test, &peer->said[2], 4, RPCBIND_PROC_SET, 1, "udp", "127.0.0.1.80.11");

	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, false), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 6);
	expect_said(test, &peer->said[4], 4, RPCBIND_PROC_UNSET, 1, "tcp", "127.0.0.1.80.11");
	expect_said(test, &peer->said[5], 4, RPCBIND_PROC_UNSET, 3, "tcp", "127.0.0.1.80.11");
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_UDP, INADDR_LOOPBACK, PORT, false), 0);
	KUNIT_EXPECT_EQ(test, peer->nr, 8);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_IDLE);
}

static void program_that_comes_later_is_registered(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	rpc_program_unregister(&program);
	KUNIT_EXPECT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_EXPECT_EQ(test, peer->nr, 0);
	KUNIT_ASSERT_EQ(test, rpc_program_register(&program), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 2);
	expect_said(test, &peer->said[1], 4, RPCBIND_PROC_SET, 3, "tcp", "127.0.0.1.80.11");
	rpc_program_unregister(&program);
	KUNIT_EXPECT_EQ(test, peer->nr, 4);
	expect_said(test, &peer->said[3], 4, RPCBIND_PROC_UNSET, 3, "tcp", "127.0.0.1.80.11");
	KUNIT_ASSERT_EQ(test, rpc_program_register(&program), 0);
}

static void older_versions_are_spoken(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	peer->highest = 3;
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 2);
	expect_said(test, &peer->said[1], 3, RPCBIND_PROC_SET, 3, "tcp", "127.0.0.1.80.11");
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, false), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 4);

	peer->highest = 2;
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 6);
	expect_said(test, &peer->said[5], 2, RPCBIND_PROC_SET, 3, "6", "20491");
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_UDP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 8);
	expect_said(test, &peer->said[7], 2, RPCBIND_PROC_SET, 3, "17", "20491");
	/* the port mapper forgets both at once: UDP is told again */
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, false), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 12);
	expect_said(test, &peer->said[8], 2, RPCBIND_PROC_UNSET, 1, "6", "20491");
	expect_said(test, &peer->said[9], 2, RPCBIND_PROC_UNSET, 3, "6", "20491");
	expect_said(test, &peer->said[10], 2, RPCBIND_PROC_SET, 1, "17", "20491");
	expect_said(test, &peer->said[11], 2, RPCBIND_PROC_SET, 3, "17", "20491");
}

static void mapping_of_another_server_is_left_alone(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	peer->stubborn = true;
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_EXPECT_EQ(test, peer->nr, 2);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_TROUBLE);
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, false), 0);
	KUNIT_EXPECT_EQ_MSG(test, peer->nr, 2, "nothing to take back");
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_IDLE);
}

static void listener_on_all_addresses_is_preferred(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 2);
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_ANY, PORT2, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 6);
	expect_said(test, &peer->said[3], 4, RPCBIND_PROC_UNSET, 3, "tcp", "127.0.0.1.80.11");
	expect_said(test, &peer->said[5], 4, RPCBIND_PROC_SET, 3, "tcp", "0.0.0.0.80.12");
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_ANY, PORT2, false), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 10);
	expect_said(test, &peer->said[7], 4, RPCBIND_PROC_UNSET, 3, "tcp", "0.0.0.0.80.12");
	expect_said(test, &peer->said[9], 4, RPCBIND_PROC_SET, 3, "tcp", "127.0.0.1.80.11");
}

static void datagrams_do_where_there_is_no_stream(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_ASSERT_EQ(test, peer_start(peer, false), 0);
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer->nr, 2);
	expect_said(test, &peer->said[1], 4, RPCBIND_PROC_SET, 3, "tcp", "127.0.0.1.80.11");
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_UP);
}

static void without_rpcbind_there_is_service(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_EXPECT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_TROUBLE);
	/* told at the next change, once there is one */
	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	KUNIT_EXPECT_EQ(test, listen(IPPROTO_UDP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_EXPECT_EQ(test, peer->nr, 4);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_UP);
}

static void rpcbind_that_comes_later_is_found(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_EXPECT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	/* tried after 1, 3, 7, 15, 31 seconds; the next is after 63 */
	msleep(40 * MSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_TROUBLE);
	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	msleep(20 * MSEC_PER_SEC);
	KUNIT_EXPECT_EQ_MSG(test, peer->nr, 0, "ever more rarely");
	msleep(5 * MSEC_PER_SEC);
	KUNIT_ASSERT_EQ(test, peer->nr, 2);
	expect_said(test, &peer->said[1], 4, RPCBIND_PROC_SET, 3, "tcp", "127.0.0.1.80.11");
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_UP);
	msleep(10 * MSEC_PER_SEC);
	KUNIT_EXPECT_EQ_MSG(test, peer->nr, 2, "told once");
}

static void rpcbind_is_looked_for_soon_at_first(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_EXPECT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	msleep(40 * MSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, listen(IPPROTO_UDP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	msleep(1500);
	KUNIT_EXPECT_EQ(test, peer->nr, 4);
}

static void nothing_is_told_when_nobody_listens_any_more(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_EXPECT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, true), 0);
	KUNIT_EXPECT_EQ(test, listen(IPPROTO_TCP, INADDR_LOOPBACK, PORT, false), 0);
	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	msleep(5 * MSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, peer->nr, 0);
}

/* Milliseconds that listening takes. */
static unsigned int listen_takes(struct kunit *test, int ipproto)
{
	unsigned long start = jiffies;

	KUNIT_EXPECT_EQ(test, listen(ipproto, INADDR_LOOPBACK, PORT, true), 0);
	return jiffies_to_msecs(jiffies - start);
}

static void deaf_rpcbind_is_waited_for_once(struct kunit *test)
{
	struct peer *peer = test->priv;

	KUNIT_ASSERT_EQ(test, peer_start(peer, true), 0);
	peer->sock->sk->sk_rcvtimeo = 10 * HZ;
	peer->deaf = true;
	KUNIT_EXPECT_LT(test, listen_takes(test, IPPROTO_TCP), 2500);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_TROUBLE);
	KUNIT_EXPECT_LT(test, listen_takes(test, IPPROTO_UDP), 200);
	/* and is given another chance after a while */
	msleep(6000);
	peer->deaf = false;
	peer->nr = 0;
	KUNIT_EXPECT_EQ(test, listen(IPPROTO_TCP, INADDR_ANY, PORT2, true), 0);
	KUNIT_EXPECT_EQ(test, peer->nr, 4);
	KUNIT_EXPECT_EQ(test, state(), DITTO_FACILITY_UP);
}

static struct kunit_case bind_cases[] = {
	KUNIT_CASE(listener_is_registered_and_taken_back),
	KUNIT_CASE(program_that_comes_later_is_registered),
	KUNIT_CASE(older_versions_are_spoken),
	KUNIT_CASE(mapping_of_another_server_is_left_alone),
	KUNIT_CASE(listener_on_all_addresses_is_preferred),
	KUNIT_CASE(datagrams_do_where_there_is_no_stream),
	KUNIT_CASE(without_rpcbind_there_is_service),
	KUNIT_CASE(rpcbind_that_comes_later_is_found),
	KUNIT_CASE(rpcbind_is_looked_for_soon_at_first),
	KUNIT_CASE(nothing_is_told_when_nobody_listens_any_more),
	KUNIT_CASE(deaf_rpcbind_is_waited_for_once),
	{}
};

static struct kunit_suite bind_suite = {
	.name		= "rpc_bind",
	.init		= bind_test_init,
	.exit		= bind_test_exit,
	.test_cases	= bind_cases,
};
kunit_test_suite(bind_suite);
