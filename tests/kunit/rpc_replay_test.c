// SPDX-License-Identifier: GPL-2.0-only
/*
 * The replay cache: a call is executed once, answered as often as it comes, and
 * forgotten only when it is the oldest, too old, or was never executed.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include "base/xdr.h"
#include "compat/compat.h"
#include "rpc/replay.h"

/* Seconds until a reply is forgotten, in these tests. */
#define AGE	8

/* A table with the default bound, given up at the end whatever happens. */
struct fixture {
	struct rpc_replay_cache	*cache;
	struct rpc_replay_key	key;
	u8			body[RPC_REPLAY_BODY];
	u32			len;
};

static int replay_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->cache = rpc_replay_cache_new(AGE);
	KUNIT_ASSERT_NOT_NULL(test, f->cache);
	f->key.family = AF_INET;
	f->key.addr[3] = 1;
	f->key.prog = 100003;
	f->key.vers = 3;
	f->key.proc = 12;
	f->key.len = 40;
	test->priv = f;
	return 0;
}

static void replay_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	rpc_replay_set_max(RPC_REPLAY_DEFAULT);
	if (f && f->cache)
		rpc_replay_cache_free(f->cache);
}

static enum rpc_replay_verdict begin(struct fixture *f, struct rpc_replay **entry)
{
	*entry = NULL;
	f->len = 0;
	return rpc_replay_begin(f->cache, &f->key, entry, f->body, &f->len);
}

static bool no_grow(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	return false;
}

static const struct ditto_encoder_ops encoder_ops = { .grow = no_grow };

/* Ends a call with results of @len bytes, each of them @fill, behind a head. */
static bool done(struct rpc_replay *entry, u8 fill, u32 len)
{
	static u8 reply[1024];
	struct ditto_encoder_mark mark;
	struct ditto_encoder enc;
	u8 *p;

	ditto_encoder_init(&enc, &encoder_ops, reply, sizeof(reply), sizeof(reply));
	ditto_encoder_zero(&enc, 20);
	ditto_encoder_mark(&enc, &mark);
	p = ditto_encoder_reserve(&enc, len);
	if (!p)
		return rpc_replay_done(entry, NULL, NULL);
	memset(p, fill, len);
	return rpc_replay_done(entry, &enc, &mark);
}

/* Executes the call with this xid; true if it had not been here before. */
static bool execute(struct fixture *f, u32 xid)
{
	struct rpc_replay *entry;

	f->key.xid = xid;
	switch (begin(f, &entry)) {
	case RPC_REPLAY_NEW:
		done(entry, xid, 8);
		return true;
	case RPC_REPLAY_UNCACHED:
		return true;
	default:
		return false;
	}
}

static void replay_is_answered_from_memory(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_replay *entry;
	int i;

	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	KUNIT_EXPECT_TRUE(test, done(entry, 0x5a, 116));
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, begin(f, &entry), RPC_REPLAY_DONE);
		KUNIT_EXPECT_NULL(test, entry);
		KUNIT_EXPECT_EQ(test, f->len, 116);
		KUNIT_EXPECT_EQ(test, f->body[0], 0x5a);
		KUNIT_EXPECT_EQ(test, f->body[115], 0x5a);
	}
	KUNIT_EXPECT_EQ(test, rpc_replay_cache_entries(f->cache), 1);
}

static void replay_in_work_is_told(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_replay *entry, *other;

	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	KUNIT_EXPECT_EQ(test, begin(f, &other), RPC_REPLAY_BUSY);
	KUNIT_EXPECT_EQ(test, begin(f, &other), RPC_REPLAY_BUSY);
	/* however long it takes */
	msleep(2 * AGE * 1000);
	KUNIT_EXPECT_EQ(test, begin(f, &other), RPC_REPLAY_BUSY);
	done(entry, 1, 4);
	KUNIT_EXPECT_EQ(test, begin(f, &other), RPC_REPLAY_DONE);
}

static void replay_of_what_was_not_executed_is_new(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_replay *entry;

	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	rpc_replay_forget(entry);
	KUNIT_EXPECT_EQ(test, rpc_replay_cache_entries(f->cache), 0);
	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	done(entry, 1, 4);
}

static void replay_differs_in_any_field(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_replay *entry;
	size_t i;

	KUNIT_ASSERT_TRUE(test, execute(f, 7));
	for (i = 0; i < sizeof(f->key); i++) {
		((u8 *)&f->key)[i] ^= 0x40;
		KUNIT_EXPECT_EQ_MSG(test, begin(f, &entry), RPC_REPLAY_NEW, "byte %zu", i);
		if (entry)
			rpc_replay_forget(entry);
		((u8 *)&f->key)[i] ^= 0x40;
		KUNIT_EXPECT_EQ(test, begin(f, &entry), RPC_REPLAY_DONE);
	}
}

static void replay_of_a_long_reply_is_lost(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_replay *entry;

	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	KUNIT_EXPECT_TRUE(test, done(entry, 2, RPC_REPLAY_BODY));
	KUNIT_EXPECT_EQ(test, begin(f, &entry), RPC_REPLAY_DONE);
	KUNIT_EXPECT_EQ(test, f->len, RPC_REPLAY_BODY);

	f->key.xid++;
	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	KUNIT_EXPECT_FALSE(test, done(entry, 2, RPC_REPLAY_BODY + 4));
	KUNIT_EXPECT_EQ(test, begin(f, &entry), RPC_REPLAY_LOST);

	f->key.xid++;
	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	KUNIT_EXPECT_FALSE(test, rpc_replay_done(entry, NULL, NULL));
	KUNIT_EXPECT_EQ(test, begin(f, &entry), RPC_REPLAY_LOST);
}

static void replay_cache_is_bounded(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, kept = 0;

	KUNIT_ASSERT_EQ(test, rpc_replay_set_max(64), 0);
	for (i = 0; i < 10000; i++) {
		KUNIT_ASSERT_TRUE(test, execute(f, i));
		KUNIT_ASSERT_LE(test, rpc_replay_cache_entries(f->cache), 64u);
	}
	/* looking must not push out: executed again it would be new for ever */
	for (i = 10000; i-- > 0;) {
		struct rpc_replay *entry;

		f->key.xid = i;
		switch (begin(f, &entry)) {
		case RPC_REPLAY_DONE:
			kept++;
			break;
		case RPC_REPLAY_NEW:
			rpc_replay_forget(entry);
			break;
		default:
			KUNIT_FAIL(test, "xid %u", i);
		}
		if (i == 9999)
			KUNIT_EXPECT_EQ_MSG(test, kept, 1, "the last one is kept");
	}
	KUNIT_EXPECT_GT(test, kept, 0);
	KUNIT_EXPECT_LE(test, kept, 64);
}

static void replay_in_work_is_never_pushed_out(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_replay *entries[RPC_REPLAY_MIN], *other;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, rpc_replay_set_max(RPC_REPLAY_MIN), 0);
	for (i = 0; i < RPC_REPLAY_MIN; i++) {
		f->key.xid = i;
		KUNIT_ASSERT_EQ(test, begin(f, &entries[i]), RPC_REPLAY_NEW);
	}
	for (i = 0; i < RPC_REPLAY_MIN; i++) {
		f->key.xid = 1000 + i;
		KUNIT_EXPECT_EQ(test, begin(f, &other), RPC_REPLAY_UNCACHED);
		f->key.xid = i;
		KUNIT_EXPECT_EQ(test, begin(f, &other), RPC_REPLAY_BUSY);
	}
	for (i = 0; i < RPC_REPLAY_MIN; i++)
		done(entries[i], i, 4);
	/* one place is free again, in whatever bucket */
	KUNIT_EXPECT_TRUE(test, execute(f, 1000));
	KUNIT_EXPECT_FALSE(test, execute(f, 1000));
	KUNIT_EXPECT_EQ(test, rpc_replay_cache_entries(f->cache), RPC_REPLAY_MIN);
}

static void replay_setting_acts_at_once(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i, kept = 0;

	KUNIT_EXPECT_EQ(test, rpc_replay_set_max(RPC_REPLAY_MIN - 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, rpc_replay_set_max(RPC_REPLAY_MAX + 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, rpc_replay_get_max(), RPC_REPLAY_DEFAULT);
	for (i = 0; i < 1000; i++)
		execute(f, i);
	KUNIT_EXPECT_EQ(test, rpc_replay_cache_entries(f->cache), 1000);
	KUNIT_EXPECT_EQ(test, rpc_replay_set_max(100), 0);
	KUNIT_EXPECT_EQ(test, rpc_replay_get_max(), 100);
	KUNIT_EXPECT_EQ(test, rpc_replay_cache_entries(f->cache), 100);
	KUNIT_EXPECT_EQ(test, rpc_replay_set_max(200), 0);
	for (i = 2000; i < 2100; i++)
		execute(f, i);
	for (i = 2000; i < 2100; i++)
		kept += !execute(f, i);
	KUNIT_EXPECT_EQ(test, kept, 100);
	KUNIT_EXPECT_EQ(test, rpc_replay_cache_entries(f->cache), 200);
}

static void replay_grows_too_old(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, execute(f, 1));
	msleep(AGE * 1000 / 2);
	KUNIT_EXPECT_FALSE(test, execute(f, 1));
	KUNIT_EXPECT_TRUE(test, execute(f, 2));
	msleep(AGE * 1000 * 6 / 10);
	/* a hit does not make it younger */
	KUNIT_EXPECT_TRUE(test, execute(f, 1));
	KUNIT_EXPECT_FALSE(test, execute(f, 2));
	/* and what nobody asks for any more is given back */
	msleep(2 * AGE * 1000);
	KUNIT_EXPECT_EQ(test, rpc_replay_cache_entries(f->cache), 0);
}

static void replay_outlives_its_namespace(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rpc_replay *entry, *other;

	KUNIT_ASSERT_TRUE(test, execute(f, 1));
	f->key.xid = 2;
	KUNIT_ASSERT_EQ(test, begin(f, &entry), RPC_REPLAY_NEW);
	f->key.xid = 3;
	KUNIT_ASSERT_EQ(test, begin(f, &other), RPC_REPLAY_NEW);
	rpc_replay_cache_free(f->cache);
	f->cache = NULL;
	msleep(100);
	KUNIT_EXPECT_TRUE(test, done(entry, 1, 4));
	msleep(100);
	rpc_replay_forget(other);
}

/* ---- many at once ---- */

#define RACE_THREADS	4
#define RACE_KEYS	32
#define RACE_ROUNDS	2000

struct race {
	struct fixture	*f;
	atomic_t	in_work[RACE_KEYS];
	atomic_t	executed[RACE_KEYS];
	atomic_t	twice;
	atomic_t	running;
	struct completion over;
};

static int race_thread(void *arg)
{
	struct race *race = arg;
	struct rpc_replay_key key = race->f->key;
	unsigned int round, len, i;
	struct rpc_replay *entry;
	u8 *body = kmalloc(RPC_REPLAY_BODY, GFP_KERNEL);

	for (round = 0; body && round < RACE_ROUNDS; round++) {
		i = get_random_u32_below(RACE_KEYS);
		key.xid = i;
		if (rpc_replay_begin(race->f->cache, &key, &entry, body, &len) ==
		    RPC_REPLAY_NEW) {
			if (atomic_inc_return(&race->in_work[i]) > 1)
				atomic_inc(&race->twice);
			atomic_inc(&race->executed[i]);
			cond_resched();
			atomic_dec(&race->in_work[i]);
			if (round % 8)
				rpc_replay_done(entry, NULL, NULL);
			else
				rpc_replay_forget(entry);
		}
		cond_resched();
	}
	kfree(body);
	if (atomic_dec_and_test(&race->running))
		complete(&race->over);
	return 0;
}

/* With fewer places than keys, so that taking over and stealing go on all the time. */
static void replay_is_executed_by_one_at_a_time(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->f = test->priv;
	init_completion(&race->over);
	atomic_set(&race->running, RACE_THREADS);
	KUNIT_ASSERT_EQ(test, rpc_replay_set_max(RPC_REPLAY_MIN), 0);
	for (i = 0; i < RACE_THREADS; i++) {
		struct task_struct *t = kthread_run(race_thread, race, "replay-%u", i);

		if (IS_ERR(t) && atomic_dec_and_test(&race->running))
			complete(&race->over);
	}
	wait_for_completion(&race->over);
	KUNIT_EXPECT_EQ(test, atomic_read(&race->twice), 0);
	for (i = 0; i < RACE_KEYS; i++)
		KUNIT_EXPECT_GT(test, atomic_read(&race->executed[i]), 0);
	KUNIT_EXPECT_LE(test, rpc_replay_cache_entries(race->f->cache), RPC_REPLAY_MIN);
}

static struct kunit_case replay_cases[] = {
	KUNIT_CASE(replay_is_answered_from_memory),
	KUNIT_CASE(replay_in_work_is_told),
	KUNIT_CASE(replay_of_what_was_not_executed_is_new),
	KUNIT_CASE(replay_differs_in_any_field),
	KUNIT_CASE(replay_of_a_long_reply_is_lost),
	KUNIT_CASE(replay_cache_is_bounded),
	KUNIT_CASE(replay_in_work_is_never_pushed_out),
	KUNIT_CASE(replay_setting_acts_at_once),
	KUNIT_CASE(replay_grows_too_old),
	KUNIT_CASE(replay_outlives_its_namespace),
	KUNIT_CASE(replay_is_executed_by_one_at_a_time),
	{}
};

static struct kunit_suite replay_suite = {
	.name		= "rpc_replay",
	.init		= replay_test_init,
	.exit		= replay_test_exit,
	.test_cases	= replay_cases,
};
kunit_test_suite(replay_suite);
