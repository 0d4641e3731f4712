// SPDX-License-Identifier: GPL-2.0-only
/*
 * CACHE claims (lock/cache.c) of clients among each other: every state against every
 * intent, whose caches are left alone, breaks that come together, deadlines, and what
 * keeps a grant from being made.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include "lock_caches.h"

/* ---- against the rules --------------------------------------------------- */

static void one_intent(struct lock_env *env, struct ditto_object *obj, enum ditto_cache_kind kind,
		       unsigned int bits, enum ditto_intent intent)
{
	bool directory = S_ISDIR(ditto_object_inode(obj)->i_mode);
	unsigned int to = ditto_cache_break_to(bits, intent, kind, directory);
	struct lock_owner *holder = lock_someone(env), *other = lock_someone(env);
	struct lock_cache *lc = lock_cache(env);
	struct kunit *test = env->test;

	lc->deaf = true;
	KUNIT_EXPECT_EQ(test, lock_grant(lc, holder, obj, kind, bits), bits);
	KUNIT_EXPECT_EQ(test, lock_summary(obj), bits);
	if (to == bits) {
		KUNIT_EXPECT_EQ(test, lock_intend(env, other, obj, intent), 0);
		KUNIT_EXPECT_TRUE(test, lock_told(lc, 0, 0));
		goto out;
	}
	KUNIT_EXPECT_EQ(test, lock_intend(env, other, obj, intent), -EJUKEBOX);
	/* asking is tried first where it could do */
	if (ditto_cache_may_ask(intent, kind, directory)) {
		msleep(20);
		KUNIT_EXPECT_EQ(test, lock_intend(env, other, obj, intent), -EJUKEBOX);
	}
	KUNIT_EXPECT_TRUE_MSG(test, lock_told(lc, 1, to), "kind %d bits %u intent %d", kind, bits,
			      intent);
	/* it counts until it is given back */
	KUNIT_EXPECT_EQ(test, lock_summary(obj), bits);
	KUNIT_EXPECT_EQ(test, lock_intend(env, other, obj, intent), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, to), 0);
	KUNIT_EXPECT_EQ(test, lock_summary(obj), to);
	KUNIT_EXPECT_EQ(test, lock_intend(env, other, obj, intent), 0);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, to));
out:
	KUNIT_EXPECT_EQ(test, lock_bits(lc), to);
	ditto_cache_drop(&lc->cache);
	KUNIT_EXPECT_EQ(test, lock_summary(obj), 0);
	lock_client_drop(holder->client);
	lock_client_drop(other->client);
	lock_forget_recall(obj);
}

static void every_intent(struct lock_env *env, struct ditto_object *obj)
{
	bool directory = S_ISDIR(ditto_object_inode(obj)->i_mode);
	unsigned int kind, bits, intent, n = 0;

	for (kind = 0; kind < DITTO_CACHE_KINDS; kind++) {
		for (bits = 1; bits <= RWH; bits++) {
			if (!ditto_cache_valid(bits, kind, directory))
				continue;
			for (intent = 0; intent < DITTO_INTENTS; intent++, n++)
				one_intent(env, obj, kind, bits, intent);
		}
	}
	KUNIT_EXPECT_EQ(env->test, n, (directory ? 3 : 9) * DITTO_INTENTS);
}

static void files(struct kunit *test)
{
	struct lock_env *env = test->priv;

	every_intent(env, env->file[0]);
}

static void directories(struct kunit *test)
{
	struct lock_env *env = test->priv;

	every_intent(env, env_mkdir(env->vfs, env->vfs->root, "d"));
}

/* ---- whose it is --------------------------------------------------------- */

static void own_cache(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *holder = lock_owner(client), *same = lock_owner(client);
	struct lock_owner *keyed = lock_owner(client), *stranger = lock_someone(env);
	struct lock_cache *lc = lock_cache(env);

	keyed->owner.key.bytes[3] = 1;
	KUNIT_ASSERT_EQ(test, lock_grant(lc, holder, env->file[0], DITTO_CACHE_LEASE, RWH), RWH);
	KUNIT_EXPECT_EQ(test, lock_intend(env, holder, env->file[0], DITTO_INTENT_WRITE_DATA), 0);
	KUNIT_EXPECT_EQ(test, lock_intend(env, same, env->file[0], DITTO_INTENT_UNLINK), 0);
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_GRANTED);
	KUNIT_EXPECT_EQ(test, lock_intend(env, keyed, env->file[0], DITTO_INTENT_OPEN_READ), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RH), 0);
	KUNIT_EXPECT_EQ(test, lock_intend(env, stranger, env->file[0], DITTO_INTENT_WRITE_DATA),
			-EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 2, 0));
}

static int change(struct lock_env *env, struct lock_owner *owner, struct ditto_object *dir,
		  const struct ditto_cache_key *parent_key)
{
	struct ditto_access acc = env->vfs->acc;
	struct ditto_guard guard;
	int err;

	acc.owner = &owner->owner;
	acc.parent_key = parent_key;
	err = ditto_guard_begin(&guard, &acc, dir, DITTO_INTENT_DIR_CHANGE, 0, 0);
	if (!err)
		ditto_guard_end(&guard);
	return err;
}

static void parent_key(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env->vfs, env->vfs->root, "d");
	struct lock_client *client = lock_client(env);
	struct lock_owner *holder = lock_owner(client), *other = lock_owner(client);
	struct ditto_cache_key key = { .bytes = { 1, 2, 3 } }, wrong = { .bytes = { 1, 2 } };
	struct lock_cache *lc = lock_cache(env);

	holder->owner.key = key;
	KUNIT_ASSERT_EQ(test, lock_grant(lc, holder, dir, DITTO_CACHE_LEASE, RH), RH);
	KUNIT_EXPECT_EQ(test, change(env, other, dir, &key), 0);
	KUNIT_EXPECT_EQ(test, change(env, lock_someone(env), dir, &key), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	lock_forget_recall(dir);
	KUNIT_ASSERT_EQ(test, lock_grant(lc, holder, dir, DITTO_CACHE_LEASE, RH), RH);
	KUNIT_EXPECT_EQ(test, change(env, other, dir, &wrong), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 2, 0));
}

static void beside_others(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *a = lock_cache(env), *b = lock_cache(env);
	struct lock_cache *c = lock_cache(env), *d = lock_cache(env);
	struct lock_owner *one = lock_someone(env), *two = lock_someone(env);

	KUNIT_EXPECT_EQ(test, lock_grant(a, one, env->file[0], DITTO_CACHE_DELEGATION, RH), RH);
	KUNIT_EXPECT_EQ(test, lock_grant(b, two, env->file[0], DITTO_CACHE_LEASE, RWH), RH);
	/* both go for a writer, and one ack is not enough */
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_WRITE_DATA), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(a, 1, 0));
	KUNIT_EXPECT_TRUE(test, lock_told(b, 1, 0));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&a->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_WRITE_DATA), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&b->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_WRITE_DATA), 0);
	/* beside W there is nothing */
	KUNIT_EXPECT_EQ(test, lock_grant(c, one, env->file[1], DITTO_CACHE_OPLOCK, RW), RW);
	KUNIT_EXPECT_EQ(test, lock_grant(d, two, env->file[1], DITTO_CACHE_LEASE, R), 0);
}

static void upgrade(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *one = lock_someone(env), *two = lock_someone(env);
	struct lock_cache *a = lock_cache(env), *b = lock_cache(env);

	KUNIT_ASSERT_EQ(test, lock_grant(a, one, env->file[0], DITTO_CACHE_LEASE, R), R);
	KUNIT_EXPECT_EQ(test, lock_upgrade(a, one, env->file[0], RH), RH);
	KUNIT_EXPECT_EQ(test, lock_upgrade(a, one, env->file[0], RWH), RWH);
	KUNIT_EXPECT_EQ(test, lock_summary(env->file[0]), RWH);
	KUNIT_EXPECT_EQ(test, lock_intend(env, two, env->file[0], DITTO_INTENT_OPEN_READ), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(a, 1, RH));
	/* not in the middle of a break */
	KUNIT_EXPECT_EQ(test, lock_upgrade(a, one, env->file[0], RWH), RWH);
	KUNIT_EXPECT_EQ(test, lock_state(a), DITTO_CACHE_BREAKING);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&a->cache, RH), 0);
	lock_forget_recall(env->file[0]);
	KUNIT_EXPECT_EQ(test, lock_grant(b, two, env->file[0], DITTO_CACHE_LEASE, R), R);
	KUNIT_EXPECT_EQ(test, lock_upgrade(a, one, env->file[0], RWH), RH);
}

/* ---- breaks -------------------------------------------------------------- */

static void breaks_merge(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *obj = env->file[0];
	struct lock_cache *lc = lock_cache(env);

	KUNIT_ASSERT_EQ(test, lock_grant(lc, lock_someone(env), obj, DITTO_CACHE_LEASE, RWH), RWH);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_UNLINK), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RW));
	/* in work: it is told when it has obeyed */
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_READ_DATA), -EJUKEBOX);
	msleep(20);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RW));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RW), 0);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 2, R));
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_BREAKING);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, R), 0);
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_GRANTED);
	/* two at once: told of the least */
	KUNIT_EXPECT_EQ(test, lock_upgrade(lc, lock_someone(env), obj, RWH), R);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_WRITE_DATA), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_WRITE_DATA), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 3, 0));
}

static void acks(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *obj = env->file[0];
	struct lock_cache *lc = lock_cache(env);
	struct lock_owner *holder = lock_someone(env);

	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), -ENOENT);
	KUNIT_ASSERT_EQ(test, lock_grant(lc, holder, obj, DITTO_CACHE_LEASE, RWH), RWH);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RH), -ENOENT);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_OPEN_READ), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RWH), -EINVAL);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, H), -EINVAL);
	/* less than it may keep */
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, R), 0);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, R), -ENOENT);
	KUNIT_EXPECT_EQ(test, lock_bits(lc), R);
	/* a client that goes loses it */
	lock_client_drop(holder->client);
	ditto_cache_flush();
	KUNIT_EXPECT_EQ(test, atomic_read(&lc->revokes), 1);
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_REVOKED);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), -ESTALE);
	KUNIT_EXPECT_EQ(test, lock_summary(obj), 0);
}

/* Nobody waits for it, and it is taken all the same. */
static void deadline(struct kunit *test)
{
	static const struct { enum ditto_cache_kind kind; unsigned int s; } cases[] = {
		{ DITTO_CACHE_LEASE, 35 }, { DITTO_CACHE_OPLOCK, 35 }, { DITTO_CACHE_DELEGATION, 90 },
	};
	struct lock_env *env = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct lock_cache *lc = lock_cache(env);
		u64 forced = lock_stat("breaks_forced");

		KUNIT_ASSERT_EQ(test, lock_grant(lc, lock_someone(env), env->file[i], cases[i].kind,
						 RWH), RWH);
		KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[i], DITTO_INTENT_WRITE_DATA),
				-EJUKEBOX);
		/* timers as long as these are up to an eighth late */
		ssleep(cases[i].s * 4 / 5);
		KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_BREAKING);
		ssleep(cases[i].s * 2 / 5);
		KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_REVOKED);
		KUNIT_EXPECT_EQ(test, atomic_read(&lc->revokes), 1);
		KUNIT_EXPECT_EQ(test, atomic_read(&lc->recalls), 1);
		KUNIT_EXPECT_EQ(test, lock_stat("breaks_forced"), forced + 1);
		KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[i], DITTO_INTENT_WRITE_DATA), 0);
	}
}

/* The second break has its own time. */
static void deadline_of_merged(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = lock_cache(env);

	lock_setting(env, "lease-break-time", 10, 35);
	KUNIT_ASSERT_EQ(test, lock_grant(lc, lock_someone(env), env->file[0], DITTO_CACHE_LEASE, RWH),
			RWH);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_READ_DATA), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_WRITE_DATA), -EJUKEBOX);
	ssleep(8);
	/* whichever it was told first, it obeys */
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, lc->to), 0);
	KUNIT_EXPECT_TRUE(test, lock_bits(lc) == 0 || lock_told(lc, 2, 0));
	ssleep(4);
	KUNIT_EXPECT_NE(test, lock_state(lc), DITTO_CACHE_REVOKED);
	ssleep(8);
	KUNIT_EXPECT_EQ(test, lock_bits(lc), 0);
}

/* ---- questions ----------------------------------------------------------- */

static void questions(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *obj = env->file[0];
	struct lock_cache *lc = lock_cache(env);

	KUNIT_ASSERT_EQ(test, lock_grant(lc, lock_someone(env), obj, DITTO_CACHE_DELEGATION, RWH), RWH);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_READ_META), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_READ_META), -EJUKEBOX);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&lc->asks), 1);
	ditto_cache_answer(&lc->cache, true);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_READ_META), 0);
	KUNIT_EXPECT_EQ(test, lock_bits(lc), RWH);
	KUNIT_EXPECT_EQ(test, atomic_read(&lc->recalls), 0);
	/* an answer does not last */
	ssleep(2);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_READ_META), -EJUKEBOX);
	msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&lc->asks), 2);
	/* no answer: it has to go */
	ssleep(2);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_READ_META), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
}

/* ---- what keeps a grant from being made ---------------------------------- */

static void recalled_lately(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *obj = env->file[0];
	struct lock_cache *lc = lock_cache(env), *again = lock_cache(env);
	u64 refused = lock_stat("caches_refused_recalled");

	lc->obey = true;
	KUNIT_ASSERT_EQ(test, lock_grant(lc, lock_someone(env), obj, DITTO_CACHE_DELEGATION, RH), RH);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, obj, DITTO_INTENT_WRITE_DATA), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
	ssleep(28);
	KUNIT_EXPECT_EQ(test, lock_grant(again, lock_someone(env), obj, DITTO_CACHE_LEASE, R), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("caches_refused_recalled"), refused + 1);
	KUNIT_EXPECT_EQ(test, lock_summary(obj), 0);
	ssleep(3);
	KUNIT_EXPECT_EQ(test, lock_grant(again, lock_someone(env), obj, DITTO_CACHE_LEASE, R), R);
}

static void in_work(struct kunit *test)
{
	u8 own[DITTO_INTENTS] = { [DITTO_INTENT_OPEN_WRITE] = 1 };
	struct lock_env *env = test->priv;
	struct ditto_object *obj = env->file[0];
	struct lock_owner *owner = lock_someone(env);
	struct lock_cache *lc = lock_cache(env);
	struct ditto_cache_request rq = {
		.acc = &env->vfs->acc, .obj = obj, .owner = &owner->owner, .cache = &lc->cache,
		.kind = DITTO_CACHE_DELEGATION, .want = RWH, .own = own,
	};
	u64 busy = lock_stat("caches_refused_busy");
	struct ditto_guard open, write;

	KUNIT_ASSERT_EQ(test, ditto_guard_begin(&open, &env->vfs->acc, obj, DITTO_INTENT_OPEN_WRITE,
						0, 0), 0);
	KUNIT_EXPECT_EQ(test, lock_grant(lc, owner, obj, DITTO_CACHE_DELEGATION, RWH), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("caches_refused_busy"), busy + 1);
	KUNIT_EXPECT_EQ(test, lock_summary(obj), 0);
	KUNIT_ASSERT_EQ(test, ditto_guard_begin(&write, &env->vfs->acc, obj, DITTO_INTENT_WRITE_DATA,
						0, 0), 0);
	KUNIT_EXPECT_EQ(test, ditto_cache_grant(&rq), 0);
	ditto_guard_end(&write);
	/* its own open is no reason */
	KUNIT_EXPECT_EQ(test, ditto_cache_grant(&rq), RWH);
	ditto_guard_end(&open);
}

static void what_others_have(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *one = lock_someone(env), *two = lock_someone(env);
	struct lock_cache *a = lock_cache(env), *b = lock_cache(env), *c = lock_cache(env);
	struct ditto_conflict by;

	KUNIT_ASSERT_EQ(test, ditto_share_set(&env->vfs->acc, env->file[0], &one->owner,
					      DITTO_SHARE_READ, 0, false, &by), 0);
	KUNIT_EXPECT_EQ(test, lock_grant(a, two, env->file[0], DITTO_CACHE_LEASE, RWH), RH);
	/* one's own opens do not count */
	ditto_cache_drop(&a->cache);
	KUNIT_EXPECT_EQ(test, lock_grant(b, one, env->file[0], DITTO_CACHE_LEASE, RWH), RWH);
	KUNIT_ASSERT_EQ(test, lock_take(one, 1, 0, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_grant(c, two, env->file[1], DITTO_CACHE_LEASE, RWH), 0);
	KUNIT_EXPECT_EQ(test, lock_grant(c, two, env->file[1], DITTO_CACHE_DELEGATION, RH), RH);
}

static void limits(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *owner = lock_owner(client);
	struct lock_cache *a = lock_cache(env), *b = lock_cache(env), *c = lock_cache(env);
	u64 limited = lock_stat("caches_refused_limit");

	KUNIT_ASSERT_EQ(test, lock_grant(a, owner, env->file[0], DITTO_CACHE_LEASE, R), R);
	lock_setting(env, "caches-per-file", 1, 1000);
	KUNIT_EXPECT_EQ(test, lock_grant(b, owner, env->file[0], DITTO_CACHE_LEASE, R), 0);
	lock_setting(env, "caches-per-client", 1, 10000);
	KUNIT_EXPECT_EQ(test, lock_grant(b, owner, env->file[1], DITTO_CACHE_LEASE, R), 0);
	KUNIT_EXPECT_EQ(test, lock_grant(b, lock_someone(env), env->file[1], DITTO_CACHE_LEASE, R), R);
	ditto_cache_drop(&b->cache);
	lock_setting(env, "caches", 1, 10000);
	KUNIT_EXPECT_EQ(test, lock_grant(c, lock_someone(env), env->file[2], DITTO_CACHE_LEASE, R), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("caches_refused_limit"), limited + 3);
	ditto_cache_drop(&a->cache);
	KUNIT_EXPECT_EQ(test, lock_grant(c, lock_someone(env), env->file[2], DITTO_CACHE_LEASE, R), R);
}

static int write_again_and_again(void *arg)
{
	struct lock_env *env = arg;
	struct ditto_node *node = ditto_object_node(env->file[0]);
	struct ditto_guard guard;
	int wrong = 0, i = 0;

	while (!kthread_should_stop()) {
		if (!ditto_guard_begin(&guard, &env->vfs->acc, env->file[0],
				       DITTO_INTENT_WRITE_DATA, 0, 0)) {
			/* nobody may come to cache what is being written */
			if (i++ % 3)
				cond_resched();
			else
				usleep_range(10, 100);
			mutex_lock(&node->claims->lock);
			wrong += !list_empty(&node->claims->caches);
			mutex_unlock(&node->claims->lock);
			ditto_guard_end(&guard);
		}
		usleep_range(10, 50);
	}
	return wrong;
}

static void grants_beside_writers(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env);
	struct lock_cache *lc = lock_cache(env);
	struct task_struct *task;
	int granted = 0, i;

	lc->obey = true;
	KUNIT_ASSERT_EQ(test, lock_grant(lc, owner, env->file[0], DITTO_CACHE_LEASE, R), R);
	task = kthread_run(write_again_and_again, env, "ditto-test-writer");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	for (i = 0; i < 2000; i++) {
		if (lock_state(lc) != DITTO_CACHE_GRANTED && lock_state(lc) != DITTO_CACHE_BREAKING) {
			lock_forget_recall(env->file[0]);
			granted += lock_grant(lc, owner, env->file[0], DITTO_CACHE_LEASE, RWH) != 0;
		}
		usleep_range(5, 30);
	}
	KUNIT_EXPECT_EQ(test, kthread_stop(task), 0);
	KUNIT_EXPECT_GT(test, granted, 10);
}

/* ---- beside the other claims --------------------------------------------- */

static void ranges_ask(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *holder = lock_someone(env), *other = lock_someone(env);
	struct lock_cache *lc = lock_cache(env), *deleg = lock_cache(env);
	struct lock_cache *writer = lock_cache(env);

	KUNIT_ASSERT_EQ(test, lock_grant(lc, holder, env->file[0], DITTO_CACHE_LEASE, RH), RH);
	KUNIT_EXPECT_EQ(test, lock_take(holder, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_take(other, 0, 20, 29, EXCLUSIVE), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, lock_take(other, 0, 20, 29, EXCLUSIVE), 0);
	/* a read delegation stays, a write delegation goes */
	KUNIT_ASSERT_EQ(test, lock_grant(deleg, holder, env->file[1], DITTO_CACHE_DELEGATION, RH), RH);
	KUNIT_EXPECT_EQ(test, lock_take(other, 1, 0, 9, EXCLUSIVE), 0);
	ditto_cache_drop(&deleg->cache);
	KUNIT_EXPECT_EQ(test, lock_grant(deleg, holder, env->file[1], DITTO_CACHE_DELEGATION, RWH), RH);
	KUNIT_ASSERT_EQ(test, lock_grant(writer, holder, env->file[2], DITTO_CACHE_DELEGATION, RWH), RWH);
	KUNIT_EXPECT_EQ(test, lock_take(other, 2, 0, 9, SHARED), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(writer, 1, 0));
}

static int open_as(struct lock_env *env, struct lock_owner *owner, unsigned int access,
		   unsigned int deny)
{
	struct ditto_conflict by;

	return ditto_share_set(&env->vfs->acc, env->file[0], &owner->owner, access, deny, false, &by);
}

static void shares_ask(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *holder = lock_someone(env), *other = lock_someone(env);
	struct lock_cache *lc = lock_cache(env);

	KUNIT_ASSERT_EQ(test, open_as(env, holder, DITTO_SHARE_READ, DITTO_SHARE_WRITE), 0);
	KUNIT_ASSERT_EQ(test, lock_grant(lc, holder, env->file[0], DITTO_CACHE_LEASE, RWH), RWH);
	/* it may have closed it, and just not said so */
	KUNIT_EXPECT_EQ(test, open_as(env, other, DITTO_SHARE_WRITE, 0), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RW));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RW), 0);
	/* it has not */
	KUNIT_EXPECT_EQ(test, open_as(env, other, DITTO_SHARE_WRITE, 0), -ESHAREDENIED);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RW));
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_WRITE_DATA),
			-ESHAREDENIED);
	/* it closes: W has to go for another's open, as of any */
	KUNIT_EXPECT_TRUE(test, ditto_share_drop(&holder->owner, env->file[0]));
	KUNIT_EXPECT_EQ(test, open_as(env, other, DITTO_SHARE_WRITE, 0), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 2, R));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, R), 0);
	KUNIT_EXPECT_EQ(test, open_as(env, other, DITTO_SHARE_WRITE, 0), 0);
}

static void stateless_meets_share(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *holder = lock_someone(env);
	struct lock_cache *lc = lock_cache(env);

	KUNIT_ASSERT_EQ(test, open_as(env, holder, DITTO_SHARE_READ, DITTO_SHARE_READ), 0);
	KUNIT_ASSERT_EQ(test, lock_grant(lc, holder, env->file[0], DITTO_CACHE_LEASE, RH), RH);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_READ_DATA), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, R));
	KUNIT_EXPECT_TRUE(test, ditto_share_drop(&holder->owner, env->file[0]));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, R), 0);
	KUNIT_EXPECT_EQ(test, lock_intend(env, NULL, env->file[0], DITTO_INTENT_READ_DATA), 0);
}

static void export_removed(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct vfs_env *inner;
	struct ditto_object *dir, *file;
	struct lock_cache *lc = lock_cache(env), *on_dir = lock_cache(env);
	struct lock_owner *owner = lock_someone(env);

	dir = env_mkdir(env->vfs, env->vfs->root, "d");
	inner = env_inner(test, env->vfs, dir);
	file = env_create(inner, inner->root, "f", 0600);
	KUNIT_ASSERT_EQ(test, lock_grant(lc, owner, file, DITTO_CACHE_LEASE, RWH), RWH);
	KUNIT_ASSERT_EQ(test, lock_grant(on_dir, owner, inner->root, DITTO_CACHE_LEASE, RH), RH);
	KUNIT_EXPECT_EQ(test, env_remove(inner, false), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&lc->revokes), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&on_dir->revokes), 1);
}

static struct kunit_case lock_cache_cases[] = {
	KUNIT_CASE(files),
	KUNIT_CASE(directories),
	KUNIT_CASE(own_cache),
	KUNIT_CASE(parent_key),
	KUNIT_CASE(beside_others),
	KUNIT_CASE(upgrade),
	KUNIT_CASE(breaks_merge),
	KUNIT_CASE(acks),
	KUNIT_CASE(deadline),
	KUNIT_CASE(deadline_of_merged),
	KUNIT_CASE(questions),
	KUNIT_CASE(recalled_lately),
	KUNIT_CASE(in_work),
	KUNIT_CASE(what_others_have),
	KUNIT_CASE(limits),
	KUNIT_CASE(grants_beside_writers),
	KUNIT_CASE(ranges_ask),
	KUNIT_CASE(shares_ask),
	KUNIT_CASE(stateless_meets_share),
	KUNIT_CASE(export_removed),
	{}
};

static struct kunit_suite lock_cache_suite = {
	.name		= "lock_cache",
	.init		= lock_env_init,
	.test_cases	= lock_cache_cases,
};
kunit_test_suite(lock_cache_suite);
