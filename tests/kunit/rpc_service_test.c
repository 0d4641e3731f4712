// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls to a program of the test's own over the loopback: each outcome of a
 * procedure and each refusal as the client sees it, retransmissions, parked
 * calls, and a program that goes while it is called.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/in.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "base/stats.h"
#include "base/xdr.h"
#include "compat/compat.h"
#include "net/service.h"
#include "rpc/msg.h"
#include "rpc/rpc.h"

#define PORT	20490
#define PROG	0x2000d177

/* ---- the program ---- */

enum {
	PROC_NULL, PROC_WHO, PROC_GARBAGE, PROC_SYSTEM_ERR, PROC_TOOWEAK, PROC_DROP, PROC_PARK,
	PROC_COUNT, PROC_LONG, PROC_OVERFLOW, PROC_HOLE, PROC_COUNT_FAIL, PROC_COUNT_PARK, PROCS
};

static atomic_t counter;
static struct completion parked, go_on;

static enum rpc_outcome proc_null(struct rpc_call *call)
{
	return RPC_REPLY;
}

static enum rpc_outcome proc_who(struct rpc_call *call)
{
	xdr_put_u32(&call->req.enc, call->who.sec);
	xdr_put_u32(&call->req.enc, call->who.uid);
	xdr_put_u32(&call->req.enc, call->who.nr_groups);
	return RPC_REPLY;
}

/* What a procedure wrote before it failed must not be seen. */
static enum rpc_outcome write_and(struct rpc_call *call, enum rpc_outcome outcome)
{
	ditto_encoder_zero(&call->req.enc, 6000);
	return outcome;
}

static enum rpc_outcome proc_garbage(struct rpc_call *call)
{
	return write_and(call, RPC_GARBAGE_ARGS);
}

static enum rpc_outcome proc_system_err(struct rpc_call *call)
{
	return write_and(call, RPC_SYSTEM_ERR);
}

static enum rpc_outcome proc_tooweak(struct rpc_call *call)
{
	return write_and(call, RPC_TOOWEAK);
}

static enum rpc_outcome proc_drop(struct rpc_call *call)
{
	return write_and(call, RPC_DROP);
}

static enum rpc_outcome proc_count(struct rpc_call *call)
{
	xdr_put_u32(&call->req.enc, atomic_inc_return(&counter));
	return RPC_REPLY;
}

static enum rpc_outcome proc_count_fail(struct rpc_call *call)
{
	atomic_inc(&counter);
	return RPC_SYSTEM_ERR;
}

static enum rpc_outcome proc_long(struct rpc_call *call)
{
	proc_count(call);
	ditto_encoder_zero(&call->req.enc, 1000);
	return RPC_REPLY;
}

static enum rpc_outcome proc_overflow(struct rpc_call *call)
{
	proc_count(call);
	while (ditto_encoder_ok(&call->req.enc))
		ditto_encoder_zero(&call->req.enc, 4096);
	return RPC_REPLY;
}

/* The work lies in the call's own room. */
struct park {
	struct work_struct	work;
	struct rpc_call		*call;
};

static void park_work(struct work_struct *work)
{
	struct park *park = container_of(work, struct park, work);
	struct rpc_call *call = park->call;

	complete(&parked);
	wait_for_completion(&go_on);
	xdr_put_u32(&call->req.enc, atomic_inc_return(&counter));
	rpc_call_finish(call, RPC_REPLY);
}

static enum rpc_outcome proc_park(struct rpc_call *call)
{
	struct park *park = (struct park *)call->priv;

	static_assert(sizeof(*park) <= RPC_CALL_PRIV);
	park->call = call;
	INIT_WORK(&park->work, park_work);
	schedule_work(&park->work);
	return RPC_PARKED;
}

static const struct rpc_procedure procs[PROCS] = {
	[PROC_NULL]		= { .name = "null", .handle = proc_null },
	[PROC_WHO]		= { .name = "who", .handle = proc_who },
	[PROC_GARBAGE]		= { .name = "garbage", .handle = proc_garbage },
	[PROC_SYSTEM_ERR]	= { .name = "system_err", .handle = proc_system_err },
	[PROC_TOOWEAK]		= { .name = "tooweak", .handle = proc_tooweak },
	[PROC_DROP]		= { .name = "drop", .handle = proc_drop },
	[PROC_PARK]		= { .name = "park", .handle = proc_park },
	[PROC_COUNT]		= { .name = "count", .handle = proc_count, .replay = true },
	[PROC_LONG]		= { .name = "long", .handle = proc_long, .replay = true },
	[PROC_OVERFLOW]		= { .name = "overflow", .handle = proc_overflow, .replay = true },
	[PROC_HOLE]		= { .name = "hole" },
	[PROC_COUNT_FAIL]	= { .name = "fail", .handle = proc_count_fail, .replay = true },
	[PROC_COUNT_PARK]	= { .name = "cpark", .handle = proc_park, .replay = true },
};

static const char *const proc_names[PROCS] = {
	"null", "who", "garbage", "system_err", "tooweak", "drop", "park", "count", "long",
	"overflow", NULL, "fail", "cpark",
};

static struct ditto_stat_group proc_stats = {
	.name	= "rpc_service_test",
	.names	= proc_names,
	.nr	= PROCS,
};

static const struct rpc_version versions[] = {
	{ .vers = 2, .procs = procs, .nr_procs = PROCS, .stats = &proc_stats },
	{ .vers = 5, .procs = procs, .nr_procs = 1 },
};

static struct rpc_program program = {
	.name		= "test",
	.prog		= PROG,
	.versions	= versions,
	.nr_versions	= ARRAY_SIZE(versions),
	.owner		= THIS_MODULE,
};

/* ---- the client ---- */

struct client {
	struct socket	*sock;
	bool		stream;
	u8		msg[4096];
	u32		len;
	u8		reply[8192];
	u32		reply_len;
};

/* What a test has; everything but the listeners is the test's memory. */
struct fixture {
	struct client	tcp;
	struct client	udp;
	bool		registered;
};

static int client_connect(struct client *c, int type)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int ret = sock_create_kern(&init_net, AF_INET, type, 0, &c->sock);

	if (ret)
		return ret;
	c->stream = type == SOCK_STREAM;
	c->sock->sk->sk_rcvtimeo = HZ;
	return kernel_connect(c->sock, (struct sockaddr_unsized *)&addr, sizeof(addr), 0);
}

static void client_close(struct client *c)
{
	if (c->sock)
		sock_release(c->sock);
	c->sock = NULL;
}

static void put(struct client *c, u32 v)
{
	put_unaligned_be32(v, c->msg + c->len);
	c->len += 4;
}

/* The head of a call as AUTH_SYS user 1000 with one more group. */
static void call_head(struct client *c, u32 xid, u32 vers, u32 proc)
{
	u32 words[] = {
		xid, 0, 2, PROG, vers, proc, 1, 24, 0, 0, 1000, 1000, 1, 100, 0, 0
	};
	int i;

	c->len = 0;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		put(c, words[i]);
}

static int client_send(struct client *c)
{
	u8 marker[4];
	struct kvec vec[2] = { { marker, 4 }, { c->msg, c->len } };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

	rpc_record_put(marker, c->len);
	return kernel_sendmsg(c->sock, &msg, vec + !c->stream, 1 + c->stream,
			      c->len + 4 * c->stream);
}

static int client_read(struct client *c, void *buf, u32 len, int flags)
{
	struct kvec vec = { buf, len };
	struct msghdr msg = {};

	return kernel_recvmsg(c->sock, &msg, &vec, 1, len, flags);
}

/* Length of the reply, 0 if the connection was closed, or an error: -EAGAIN for silence. */
static int client_receive(struct client *c)
{
	u8 marker[4];
	bool last;
	u32 len;
	int ret;

	memset(c->reply, 0xee, sizeof(c->reply));
	if (c->stream) {
		ret = client_read(c, marker, 4, MSG_WAITALL);
		if (ret != 4)
			return ret;
		rpc_record_get(marker, &len, &last);
		if (!last || len > sizeof(c->reply))
			return -EPROTO;
		ret = client_read(c, c->reply, len, MSG_WAITALL);
	} else {
		ret = client_read(c, c->reply, sizeof(c->reply), 0);
	}
	c->reply_len = ret > 0 ? ret : 0;
	return ret;
}

static int ask(struct client *c)
{
	int ret = client_send(c);

	return ret < 0 ? ret : client_receive(c);
}

static void expect_words(struct kunit *test, struct client *c, int got, const u32 *want, u32 nr)
{
	u32 i;

	KUNIT_ASSERT_EQ(test, got, 4 * nr);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, get_unaligned_be32(c->reply + 4 * i), want[i],
				    "word %u", i);
}

#define EXPECT_REPLY(test, c, ret, ...) do {					\
	static const u32 words[] = { __VA_ARGS__ };				\
	expect_words(test, c, ret, words, ARRAY_SIZE(words));			\
} while (0)

#define ACCEPTED(xid)	(xid), 1, 0, 0, 0

/* ---- around a test ---- */

static int listen(int ipproto, bool up)
{
	struct sockaddr_storage ss = {};
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;

	in->sin_family = AF_INET;
	in->sin_port = htons(PORT);
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (up)
		return ditto_listen_add(&init_net, "nfs", ipproto, &ss);
	return ditto_listen_remove(&init_net, "nfs", ipproto, &ss);
}

static int service_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, f);
	test->priv = f;
	atomic_set(&counter, 0);
	init_completion(&parked);
	init_completion(&go_on);
	ret = ditto_stat_group_register(&proc_stats);
	if (ret)
		return ret;
	ret = rpc_program_register(&program);
	if (ret) {
		ditto_stat_group_unregister(&proc_stats);
		return ret;
	}
	f->registered = true;
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_TCP, true), 0);
	KUNIT_ASSERT_EQ(test, listen(IPPROTO_UDP, true), 0);
	KUNIT_ASSERT_EQ(test, client_connect(&f->tcp, SOCK_STREAM), 0);
	KUNIT_ASSERT_EQ(test, client_connect(&f->udp, SOCK_DGRAM), 0);
	return 0;
}

static void service_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	client_close(&f->tcp);
	client_close(&f->udp);
	listen(IPPROTO_TCP, false);
	listen(IPPROTO_UDP, false);
	if (!f->registered)
		return;
	rpc_program_unregister(&program);
	ditto_stat_group_unregister(&proc_stats);
}

/* ---- tests ---- */

static void call_is_answered(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct client *clients[] = { &f->tcp, &f->udp };
	int i;

	for (i = 0; i < 2; i++) {
		call_head(clients[i], 11, 2, PROC_NULL);
		EXPECT_REPLY(test, clients[i], ask(clients[i]), ACCEPTED(11), 0);
		call_head(clients[i], 12, 2, PROC_WHO);
		EXPECT_REPLY(test, clients[i], ask(clients[i]), ACCEPTED(12), 0,
			     DITTO_SEC_SYS, 1000, 1);
	}
	KUNIT_EXPECT_EQ(test, ditto_stat_read(&init_net, &proc_stats, PROC_NULL), 2);
	KUNIT_EXPECT_EQ(test, ditto_stat_read(&init_net, &proc_stats, PROC_WHO), 2);
	KUNIT_EXPECT_EQ(test, ditto_stat_read(&init_net, &proc_stats, PROC_COUNT), 0);
}

static void call_of_nothing_is_refused(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->tcp;

	call_head(c, 1, 2, PROC_NULL);
	put_unaligned_be32(PROG + 1, c->msg + 12);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(1), 1);
	call_head(c, 2, 3, PROC_NULL);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(2), 2, 2, 5);
	call_head(c, 3, 2, PROC_HOLE);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(3), 3);
	call_head(c, 4, 2, PROCS);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(4), 3);
	call_head(c, 5, 5, 1);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(5), 3);
	call_head(c, 6, 2, 0xffffffff);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(6), 3);
}

static void outcome_reaches_the_client(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->tcp;

	call_head(c, 1, 2, PROC_GARBAGE);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(1), 4);
	call_head(c, 2, 2, PROC_SYSTEM_ERR);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(2), 5);
	call_head(c, 3, 2, PROC_TOOWEAK);
	EXPECT_REPLY(test, c, ask(c), 3, 1, 1, 1, 5);
	call_head(c, 4, 2, PROC_DROP);
	KUNIT_EXPECT_EQ(test, ask(c), -EAGAIN);
	/* the connection is none the worse for it */
	call_head(c, 5, 2, PROC_NULL);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(5), 0);
}

static void call_that_is_wrong_is_denied(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->udp;

	call_head(c, 1, 2, PROC_NULL);
	put_unaligned_be32(3, c->msg + 8);
	EXPECT_REPLY(test, c, ask(c), 1, 1, 1, 0, 2, 2);
	call_head(c, 2, 2, PROC_NULL);
	put_unaligned_be32(17, c->msg + 48);
	EXPECT_REPLY(test, c, ask(c), 2, 1, 1, 1, RPC_AUTH_BADCRED);
	call_head(c, 3, 2, PROC_NULL);
	put_unaligned_be32(401, c->msg + 28);
	EXPECT_REPLY(test, c, ask(c), 3, 1, 1, 1, RPC_AUTH_BADCRED);
	call_head(c, 4, 2, PROC_NULL);
	put_unaligned_be32(RPC_FLAVOUR_GSS, c->msg + 24);
	EXPECT_REPLY(test, c, ask(c), 4, 1, 1, 1, RPC_AUTH_REJECTEDCRED);
	call_head(c, 5, 2, PROC_NULL);
	put_unaligned_be32(RPC_FLAVOUR_SYS, c->msg + 56);
	EXPECT_REPLY(test, c, ask(c), 5, 1, 1, 1, RPC_AUTH_BADVERF);
	call_head(c, 6, 2, PROC_NULL);
	put_unaligned_be32(4, c->msg + 60);
	EXPECT_REPLY(test, c, ask(c), 6, 1, 1, 1, RPC_AUTH_BADVERF);
}

/* A stream that does not speak RPC is closed, a datagram dropped. */
static void what_is_no_call_is_not_answered(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 len;

	for (len = 0; len < 24; len += 4) {
		call_head(&f->udp, 1, 2, PROC_NULL);
		f->udp.len = len;
		KUNIT_EXPECT_EQ(test, ask(&f->udp), -EAGAIN);
		call_head(&f->tcp, 1, 2, PROC_NULL);
		f->tcp.len = len;
		KUNIT_EXPECT_EQ(test, ask(&f->tcp), 0);
		client_close(&f->tcp);
		KUNIT_ASSERT_EQ(test, client_connect(&f->tcp, SOCK_STREAM), 0);
	}
	call_head(&f->tcp, 1, 2, PROC_NULL);
	put_unaligned_be32(RPC_MSG_REPLY, f->tcp.msg + 4);
	KUNIT_EXPECT_EQ(test, ask(&f->tcp), 0);
	call_head(&f->udp, 2, 2, PROC_NULL);
	EXPECT_REPLY(test, &f->udp, ask(&f->udp), ACCEPTED(2), 0);
}

static void retransmission_is_not_executed(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct client *c = &f->tcp;
	int i;

	call_head(c, 77, 2, PROC_COUNT);
	put(c, 0xabcd);
	for (i = 0; i < 3; i++)
		EXPECT_REPLY(test, c, ask(c), ACCEPTED(77), 0, 1);
	/* other arguments, another call */
	put_unaligned_be32(0xabce, c->msg + c->len - 4);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(77), 0, 2);
	/* one more byte of them, too */
	put(c, 0);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(77), 0, 3);
	/* from another port it is another client: a second program, or UDP */
	client_close(c);
	KUNIT_ASSERT_EQ(test, client_connect(c, SOCK_STREAM), 0);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(77), 0, 4);
	call_head(&f->udp, 77, 2, PROC_COUNT);
	put(&f->udp, 0xabcd);
	EXPECT_REPLY(test, &f->udp, ask(&f->udp), ACCEPTED(77), 0, 5);
	EXPECT_REPLY(test, &f->udp, ask(&f->udp), ACCEPTED(77), 0, 5);
	KUNIT_EXPECT_EQ(test, atomic_read(&counter), 5);
}

static void retransmission_without_reply_is_told(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->tcp;

	call_head(c, 101, 2, PROC_LONG);
	KUNIT_EXPECT_EQ(test, ask(c), 24 + 4 + 1000);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(101), 5);
	KUNIT_EXPECT_EQ(test, atomic_read(&counter), 1);
	/* a reply that does not fit: executed, and said so */
	call_head(c, 102, 2, PROC_OVERFLOW);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(102), 5);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(102), 5);
	KUNIT_EXPECT_EQ(test, atomic_read(&counter), 2);
}

static void retransmission_of_a_failure_is_executed(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->tcp;

	call_head(c, 201, 2, PROC_COUNT_FAIL);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(201), 5);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(201), 5);
	KUNIT_EXPECT_EQ(test, atomic_read(&counter), 2);
}

static void retransmission_of_a_parked_call_is_dropped(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->tcp;

	call_head(c, 301, 2, PROC_COUNT_PARK);
	KUNIT_ASSERT_GT(test, client_send(c), 0);
	wait_for_completion(&parked);
	KUNIT_EXPECT_EQ(test, ask(c), -EAGAIN);
	complete(&go_on);
	EXPECT_REPLY(test, c, client_receive(c), ACCEPTED(301), 0, 1);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(301), 0, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&counter), 1);
}

static void others_overtake_a_parked_call(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->tcp;

	call_head(c, 1, 2, PROC_PARK);
	KUNIT_ASSERT_GT(test, client_send(c), 0);
	wait_for_completion(&parked);
	call_head(c, 2, 2, PROC_NULL);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(2), 0);
	complete(&go_on);
	EXPECT_REPLY(test, c, client_receive(c), ACCEPTED(1), 0, 1);
}

/* The client goes away; the call ends all the same. */
static void parked_call_outlives_its_connection(struct kunit *test)
{
	struct client *c = &((struct fixture *)test->priv)->tcp;

	call_head(c, 1, 2, PROC_PARK);
	KUNIT_ASSERT_GT(test, client_send(c), 0);
	wait_for_completion(&parked);
	client_close(c);
	msleep(100);
	complete(&go_on);
	msleep(100);
	KUNIT_EXPECT_EQ(test, atomic_read(&counter), 1);
}

static void unregister_now(struct work_struct *work)
{
	rpc_program_unregister(&program);
}

static void program_goes_after_its_last_call(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct client *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	struct client *c = &f->tcp;
	struct work_struct work;

	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_ASSERT_EQ(test, client_connect(other, SOCK_STREAM), 0);
	KUNIT_EXPECT_EQ(test, rpc_program_register(&(struct rpc_program){
		.prog = PROG, .versions = versions, .nr_versions = 1 }), -EEXIST);
	call_head(c, 1, 2, PROC_PARK);
	KUNIT_ASSERT_GT(test, client_send(c), 0);
	wait_for_completion(&parked);
	f->registered = false;
	INIT_WORK_ONSTACK(&work, unregister_now);
	queue_work(system_dfl_wq, &work);
	msleep(500);
	KUNIT_EXPECT_TRUE_MSG(test, work_busy(&work), "it waits for the parked call");
	/* Found no more, and yet not gone: who asks is sent away to ask again. */
	call_head(other, 2, 2, PROC_NULL);
	KUNIT_EXPECT_EQ(test, ask(other), 0);
	client_close(other);
	complete(&go_on);
	EXPECT_REPLY(test, c, client_receive(c), ACCEPTED(1), 0, 1);
	flush_work(&work);
	destroy_work_on_stack(&work);
	KUNIT_ASSERT_EQ(test, rpc_program_register(&program), 0);
	f->registered = true;
	call_head(c, 3, 2, PROC_NULL);
	EXPECT_REPLY(test, c, ask(c), ACCEPTED(3), 0);
}

static struct kunit_case service_cases[] = {
	KUNIT_CASE(call_is_answered),
	KUNIT_CASE(call_of_nothing_is_refused),
	KUNIT_CASE(outcome_reaches_the_client),
	KUNIT_CASE(call_that_is_wrong_is_denied),
	KUNIT_CASE(what_is_no_call_is_not_answered),
	KUNIT_CASE(retransmission_is_not_executed),
	KUNIT_CASE(retransmission_without_reply_is_told),
	KUNIT_CASE(retransmission_of_a_failure_is_executed),
	KUNIT_CASE(retransmission_of_a_parked_call_is_dropped),
	KUNIT_CASE(others_overtake_a_parked_call),
	KUNIT_CASE(parked_call_outlives_its_connection),
	KUNIT_CASE(program_goes_after_its_last_call),
	{}
};

static struct kunit_suite service_suite = {
	.name		= "rpc_service",
	.init		= service_test_init,
	.exit		= service_test_exit,
	.test_cases	= service_cases,
};
kunit_test_suite(service_suite);
