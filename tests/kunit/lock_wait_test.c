// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for ranges (lock/byterange.c): in which order they are handed over, by
 * what, and every way a wait can end.
 */
#include <linux/delay.h>
#include "lock_env.h"

#define BEHIND	((u64)OFFSET_MAX + 1)

/* ---- handing over -------------------------------------------------------- */

static void handed_over(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	u64 blocked = lock_stat("ranges_blocked"), handed = lock_stat("ranges_handed_over");
	struct lock_wait *wait = &env->wait[0];

	/* what can be had is not waited for */
	KUNIT_EXPECT_EQ(test, lock_wait(a, 0, 0, 9, EXCLUSIVE, wait), 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&wait->done));
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 5, 14, SHARED, wait), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, wait->by.svid, a->svid);
	KUNIT_EXPECT_TRUE(test, lock_waits(wait));
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 10), F_UNLCK);
	KUNIT_EXPECT_EQ(test, atomic_read(&b->client->client.waits), 1);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 4), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(wait));
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 4, 9), 0);
	/* it has it at once, whenever it is told */
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 5), F_RDLCK);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_await(wait), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&b->client->client.ranges), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&b->client->client.waits), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_blocked") - blocked, 1);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_handed_over") - handed, 1);
	/* granted() is called once */
	KUNIT_EXPECT_TRUE(test, lock_waits(wait));
	KUNIT_EXPECT_EQ(test, atomic_read(&env->grants), 1);
}

/* First come, first served. */
static void in_order(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *owner[6];
	int i, j;

	for (i = 0; i < 6; i++)
		owner[i] = lock_someone(env);
	KUNIT_ASSERT_EQ(test, lock_take(owner[0], 0, 0, 9, EXCLUSIVE), 0);
	for (i = 1; i < 6; i++)
		KUNIT_ASSERT_EQ(test, lock_wait(owner[i], 0, 0, 9, EXCLUSIVE, &env->wait[i]),
				-EINPROGRESS);
	for (i = 1; i < 6; i++) {
		KUNIT_EXPECT_EQ(test, lock_drop(owner[i - 1], 0, 0, 9), 0);
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[i]), 0);
		KUNIT_EXPECT_EQ(test, env->wait[i].order, i);
		for (j = i + 1; j < 6; j++)
			KUNIT_EXPECT_FALSE(test, completion_done(&env->wait[j].done));
	}
}

/* All that can be had together is handed over together. */
static void several_at_once(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *holder = lock_someone(env);
	int i;

	KUNIT_ASSERT_EQ(test, lock_take(holder, 0, 0, TO_END, EXCLUSIVE), 0);
	for (i = 0; i < 8; i++)
		KUNIT_ASSERT_EQ(test, lock_wait(lock_someone(env), 0, i < 4 ? 0 : 10 * i,
						10 * i + 9, i >= 4, &env->wait[i]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(holder, 0, 0, TO_END), 0);
	KUNIT_EXPECT_EQ(test, lock_claims(env, 0)->nr_waits, 0);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[i]), 0);
}

/* Readers don't pass by a writer that waits, unless they have something of the file already. */
static void writer_is_not_starved(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *r1 = lock_someone(env), *r2 = lock_someone(env), *w = lock_someone(env);
	struct lock_owner *r3 = lock_someone(env), *r4 = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(r1, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_take(r4, 0, 100, 100, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(w, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_wait(r2, 0, 5, 6, SHARED, &env->wait[1]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_wait(r4, 0, 5, 6, SHARED, &env->wait[2]), 0);
	/* who doesn't wait doesn't queue */
	KUNIT_EXPECT_EQ(test, lock_take(r3, 0, 5, 6, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(r3, 0, 5, 6), 0);
	msleep(5000);
	KUNIT_EXPECT_FALSE(test, completion_done(&env->wait[1].done));
	KUNIT_EXPECT_EQ(test, lock_drop(r4, 0, 5, 6), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(r1, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[1]));
	KUNIT_EXPECT_EQ(test, lock_drop(w, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
}

static void by_downgrade(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 0, 4, SHARED, &env->wait[0]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, lock_wait(c, 0, 5, 9, EXCLUSIVE, &env->wait[1]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[1]));
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
}

/*
 * What is handed over makes a shared range of an exclusive one, and lets in one that
 * waited longer; @base: where the VFS says so, and where it knows nothing.
 */
static void downgraded_by_hand_over(struct kunit *test, u64 base)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, base, base + 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(b, 0, base + 10, base + 19, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(c, 0, base, base + 9, SHARED, &env->wait[0]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, lock_wait(a, 0, base, base + 19, SHARED, &env->wait[1]),
			-EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, base + 10, base + 19), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	ditto_owner_release(&a->owner);
	ditto_owner_release(&c->owner);
}

static void by_hand_over(struct kunit *test)
{
	downgraded_by_hand_over(test, 0);
	downgraded_by_hand_over(test, BEHIND);
}

static void upgrade(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_take(b, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(c, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, lock_wait(a, 0, 0, 9, EXCLUSIVE, &env->wait[1]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
	/* c has waited longer, but for a; a does not for c */
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_WRLCK);
	KUNIT_EXPECT_EQ(test, atomic_read(&a->client->client.ranges), 1);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

/*
 * Of what is waited for the VFS knows only a part, or nothing. It would let the
 * wait have its part, again and again: with time standing still this would never end.
 */
static void behind_the_vfs(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);
	struct lock_local *local = lock_local(env, 0, false);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, BEHIND, TO_END, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 0, TO_END, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_wait(c, 0, BEHIND + 5, BEHIND + 5, SHARED, &env->wait[1]),
			-EINPROGRESS);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	/* it has taken nothing of what it could */
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 9, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, TO_END), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 9, F_UNLCK), 0);
	/* @c may have had its turn while @b waited for a process */
	if (completion_done(&env->wait[1].done)) {
		KUNIT_EXPECT_EQ(test, lock_drop(c, 0, 0, TO_END), 0);
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
		return;
	}
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, TO_END), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
}

static void handles_wait(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_handle(lock_client(env)), *b = lock_handle(lock_client(env));
	struct ditto_range place = { .first = 5, .last = 5, .empty = true };
	struct lock_owner *posix = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 0, 9, SHARED, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_ask(b, env->file[0], &place, EXCLUSIVE, &env->wait[1], NULL),
			-EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_wait(posix, 0, 0, 0, EXCLUSIVE, &env->wait[2]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[1]));
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	/* its own shared one is in the way of the exclusive place now */
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), -EDEADLK);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[2]));
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[2]), 0);
}

/* ---- cancelling ---------------------------------------------------------- */

static void cancel_waiting(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	u64 cancelled = lock_stat("ranges_cancelled");
	struct lock_wait *wait = &env->wait[0];
	int i;

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	/* and it can be used again */
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 0, 9, EXCLUSIVE, wait), -EINPROGRESS);
		KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), 0);
		KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), -EALREADY);
		KUNIT_EXPECT_EQ(test, refcount_read(&b->owner.ref), 1);
	}
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(wait));
	KUNIT_EXPECT_EQ(test, atomic_read(&env->grants), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_cancelled") - cancelled, 3);
}

/* Granted, and its protocol not told yet; then told. */
static void cancel_granted(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct lock_wait *wait = &env->wait[0];

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 0, 9, EXCLUSIVE, wait), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), -EALREADY);
	KUNIT_EXPECT_EQ(test, lock_await(wait), 0);
	ditto_range_flush();
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), -EALREADY);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_WRLCK);
	/* also when nothing of the owner is left on the file */
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), -EALREADY);
}

static void cancel_failed(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct lock_wait *wait = &env->wait[0];

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 0, 9, EXCLUSIVE, wait), -EINPROGRESS);
	ditto_owner_release(&b->owner);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), -EALREADY);
	KUNIT_EXPECT_EQ(test, lock_await(wait), -ESTALE);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), -EALREADY);
	/* never waited */
	KUNIT_EXPECT_EQ(test, lock_wait(a, 1, 0, 9, EXCLUSIVE, wait), 0);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&wait->wait), -EALREADY);
}

/* Who was behind it goes on. */
static void cancel_lets_others_in(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *r = lock_someone(env), *w = lock_someone(env), *r2 = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(r, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(w, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, lock_wait(r2, 0, 0, 9, SHARED, &env->wait[1]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&env->wait[0].wait), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
}

/* ---- whose owner, client or export goes ---------------------------------- */

struct dying {
	struct ditto_wait	wait;
	struct completion	*done;
	int			*err;
};

static void granted_and_freed(struct ditto_wait *wait, int err)
{
	struct dying *dying = container_of(wait, struct dying, wait);
	struct completion *done = dying->done;

	*dying->err = err;
	kfree(dying);
	complete(done);
}

/* The wait is freed when it ends. */
static void wait_dies(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct dying *dying = kzalloc(sizeof(*dying), GFP_KERNEL);
	int ended = 1;
	struct ditto_range_request rq = {
		.acc = &env->vfs->acc, .obj = env->file[0], .owner = &b->owner,
		.range = DITTO_RANGE_ALL, .wait = &dying->wait,
	};

	KUNIT_ASSERT_NOT_NULL(test, dying);
	dying->wait.granted = granted_and_freed;
	dying->done = &done;
	dying->err = &ended;
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, ditto_range_lock(&rq), -EINPROGRESS);
	lock_owner_drop(a);
	wait_for_completion(&done);
	KUNIT_EXPECT_EQ(test, ended, 0);
}

static void owner_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);
	u64 handed = lock_stat("ranges_handed_over");
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, lock_take(a, i, 0, 9, SHARED), 0);
		KUNIT_ASSERT_EQ(test, lock_wait(b, i, 0, 9, EXCLUSIVE, &env->wait[i]),
				-EINPROGRESS);
		KUNIT_ASSERT_EQ(test, lock_wait(c, i, 0, 9, SHARED, &env->wait[3 + i]),
				-EINPROGRESS);
	}
	KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 5, 9, EXCLUSIVE, &env->wait[6]), -EINPROGRESS);
	lock_owner_drop(b);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[i]), -ESTALE);
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[3 + i]), 0);
	}
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[6]), -ESTALE);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_handed_over") - handed, 3);
	/* the holder */
	KUNIT_ASSERT_EQ(test, lock_drop(c, 0, 0, 9), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(c, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	lock_owner_drop(a);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

static void client_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *h;
	struct lock_client *client = lock_client(env);
	int i;

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	for (i = 0; i < 8; i++)
		KUNIT_ASSERT_EQ(test, lock_wait(lock_owner(client), 0, i, 9, i % 2, &env->wait[i]),
				-EINPROGRESS);
	h = lock_handle(client);
	KUNIT_ASSERT_EQ(test, lock_take(h, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 1, 0, 9, EXCLUSIVE, &env->wait[8]), -EINPROGRESS);
	lock_client_drop(client);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[i]), -ESTALE);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[8]), 0);
	KUNIT_EXPECT_EQ(test, lock_claims(env, 0)->nr_waits, 0);
}

/* Of a file below two exports, what came by the one that goes. */
static void export_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env->vfs, env->vfs->root, "dir"), *inside, *outside;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);
	struct ditto_range all = DITTO_RANGE_ALL;
	struct vfs_env *inner;

	inner = env_inner(test, env->vfs, dir);
	inside = env_create(inner, inner->root, "file", 0600);
	outside = env_lookup(env->vfs, dir, "file");
	KUNIT_ASSERT_EQ(test, lock_ask(a, inside, &all, SHARED, NULL, NULL), 0);
	KUNIT_ASSERT_EQ(test, lock_ask(b, outside, &all, EXCLUSIVE, &env->wait[0], NULL),
			-EINPROGRESS);
	KUNIT_ASSERT_EQ(test, lock_ask(c, inside, &all, EXCLUSIVE, &env->wait[1], NULL),
			-EINPROGRESS);
	KUNIT_EXPECT_EQ(test, env_remove(inner, false), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), -ESTALE);
	KUNIT_EXPECT_EQ(test, lock_ask(c, outside, &all, SHARED, NULL, NULL), -EAGAIN);
}

/* ---- limits -------------------------------------------------------------- */

static void limits(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	u64 limited = lock_stat("ranges_limited");
	int i;

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 1, 0, 9, EXCLUSIVE), 0);
	lock_setting(env, "ranges-per-file", 3, 1000);
	lock_setting(env, "ranges-per-client", 4, 10000);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, lock_wait(b, 0, i, i, EXCLUSIVE, &env->wait[i]),
				i < 3 ? -EINPROGRESS : -ENOLCK);
	KUNIT_EXPECT_EQ(test, lock_wait(lock_someone(env), 0, 0, 9, EXCLUSIVE, &env->wait[3]),
			-ENOLCK);
	for (i = 3; i < 5; i++)
		KUNIT_EXPECT_EQ(test, lock_wait(b, 1, i, i, EXCLUSIVE, &env->wait[i]),
				i < 4 ? -EINPROGRESS : -ENOLCK);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_limited") - limited, 3);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&env->wait[0].wait), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(b, 1, 4, 4, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	/* it could be handed over, but is one range too many */
	KUNIT_EXPECT_EQ(test, lock_take(b, 2, 0, 0, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(b, 2, 2, 2, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(b, 3, 2, 2, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[3]), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&b->client->client.ranges), 4);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	for (i = 1; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[i]), -ENOLCK);
}

static struct kunit_case lock_wait_cases[] = {
	KUNIT_CASE(handed_over),
	KUNIT_CASE(in_order),
	KUNIT_CASE(several_at_once),
	KUNIT_CASE(writer_is_not_starved),
	KUNIT_CASE(by_downgrade),
	KUNIT_CASE(by_hand_over),
	KUNIT_CASE(upgrade),
	KUNIT_CASE(behind_the_vfs),
	KUNIT_CASE(handles_wait),
	KUNIT_CASE(cancel_waiting),
	KUNIT_CASE(cancel_granted),
	KUNIT_CASE(cancel_failed),
	KUNIT_CASE(cancel_lets_others_in),
	KUNIT_CASE(wait_dies),
	KUNIT_CASE(owner_goes),
	KUNIT_CASE(client_goes),
	KUNIT_CASE(export_goes),
	KUNIT_CASE(limits),
	{}
};

static struct kunit_suite lock_wait_suite = {
	.name		= "lock_wait",
	.init		= lock_env_init,
	.test_cases	= lock_wait_cases,
};
kunit_test_suite(lock_wait_suite);
