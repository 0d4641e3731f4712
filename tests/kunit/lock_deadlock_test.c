// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for whom (lock/deadlock.c): circles of owners are found, whatever closes
 * them, and nothing else is taken for one.
 */
#include <linux/delay.h>
#include "lock_env.h"

static int waits(struct lock_owner *owner, unsigned int file, u64 first, u64 last, bool exclusive,
		 int wait)
{
	return lock_wait(owner, file, first, last, exclusive, &owner->env->wait[wait]);
}

static void two_upgrades(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	u64 deadlocks = lock_stat("deadlocks");

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_take(b, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, waits(a, 0, 0, 9, EXCLUSIVE, 0), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(b, 0, 0, 9, EXCLUSIVE, 1), -EDEADLK);
	KUNIT_EXPECT_EQ(test, env->wait[1].by.svid, a->svid);
	KUNIT_EXPECT_EQ(test, lock_stat("deadlocks") - deadlocks, 1);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	/* who doesn't wait is only refused */
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 0, 9, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&env->wait[1].done));
}

static void three_files(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *owner[3] = {
		lock_owner(client), lock_someone(env), lock_handle(client),
	};
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, lock_take(owner[i], i, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, waits(owner[0], 1, 5, 5, SHARED, 0), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(owner[1], 2, 5, 5, SHARED, 1), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(owner[2], 0, 5, 5, SHARED, 2), -EDEADLK);
	KUNIT_EXPECT_EQ(test, waits(owner[2], 0, 10, 10, SHARED, 2), 0);
	/* without the one in the middle there is none */
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&env->wait[1].wait), 0);
	KUNIT_EXPECT_EQ(test, waits(owner[2], 0, 5, 5, SHARED, 2), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(owner[1], 2, 5, 5, SHARED, 1), -EDEADLK);
	KUNIT_EXPECT_EQ(test, lock_drop(owner[1], 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(owner[0], 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[2]), 0);
}

/* The one it waits for changes while it waits: that closes the circle. */
static void closed_by_hand_over(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(c, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(b, 0, 10, 10, EXCLUSIVE), 0);
	/* b waits for a, then c does; b, before it, will wait for c's file */
	KUNIT_EXPECT_EQ(test, waits(b, 0, 0, 9, EXCLUSIVE, 0), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(c, 0, 0, 9, EXCLUSIVE, 1), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(b, 1, 0, 9, SHARED, 2), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	/* c waits for b now, which waits for c */
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), -EDEADLK);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[2]));
	KUNIT_EXPECT_EQ(test, lock_drop(c, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[2]), 0);
}

/* Two are in the way; the circle leads through the one that isn't the first. */
static void second_holder(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 4, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(b, 0, 5, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(c, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, waits(c, 0, 0, 9, SHARED, 0), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(b, 1, 0, 9, SHARED, 1), -EINPROGRESS);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	/* as soon as that is all that is left */
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 4), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), -EDEADLK);
	KUNIT_EXPECT_EQ(test, lock_drop(c, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
}

/* A place in a queue is no lock: where it would close a circle it is given up. */
static void fairness_is_no_deadlock(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *r = lock_someone(env), *w = lock_someone(env), *x = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(r, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_take(x, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, waits(w, 0, 0, 9, EXCLUSIVE, 0), -EINPROGRESS);
	/* x behind w, which waits for r; then r for x */
	KUNIT_EXPECT_EQ(test, waits(x, 0, 0, 9, SHARED, 1), -EINPROGRESS);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[1]));
	KUNIT_EXPECT_EQ(test, waits(r, 1, 0, 9, SHARED, 2), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(x, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[2]), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(x, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(r, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

/* The same with the place in the queue taken last. */
static void fairness_closes_circle(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *r = lock_someone(env), *w = lock_someone(env), *x = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(r, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_take(x, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, waits(w, 0, 0, 9, EXCLUSIVE, 0), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(r, 1, 0, 9, SHARED, 2), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(x, 0, 0, 9, SHARED, 1), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
	/* a range of its own in the other's way is one */
	KUNIT_EXPECT_EQ(test, waits(x, 0, 0, 9, EXCLUSIVE, 1), -EDEADLK);
	KUNIT_EXPECT_EQ(test, lock_drop(x, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[2]), 0);
}

/*
 * A process may be waiting for who stands behind one that waits for the process:
 * that is known to nobody, so the place is given up after a while.
 */
static void fairness_and_a_process(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *w = lock_someone(env), *x = lock_someone(env);
	struct lock_local *local0 = lock_local(env, 0, false), *local1 = lock_local(env, 1, false);

	KUNIT_ASSERT_EQ(test, lock_local_set(local0, 0, 4, F_WRLCK), 0);
	KUNIT_ASSERT_EQ(test, lock_take(x, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, waits(w, 0, 0, 9, EXCLUSIVE, 0), -EINPROGRESS);
	lock_local_begin(local1, 0, 9, F_WRLCK);
	KUNIT_EXPECT_EQ(test, waits(x, 0, 5, 9, EXCLUSIVE, 1), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
	KUNIT_EXPECT_TRUE(test, lock_local_waits(local1));
	KUNIT_EXPECT_EQ(test, lock_drop(x, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_local_end(local1), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local0, 0, 4, F_UNLCK), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	KUNIT_EXPECT_EQ(test, lock_drop(x, 0, 5, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

/* A process that waits for us, and we then for it; and the other way round. */
static void circle_through_process(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct lock_local *local = lock_local(env, 0, false), *other = lock_local(env, 1, false);

	/* one process, two files */
	other->id = local;
	KUNIT_ASSERT_EQ(test, lock_local_set(local, 0, 9, F_WRLCK), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 1, 0, 9, EXCLUSIVE), 0);
	lock_local_begin(other, 0, 9, F_RDLCK);
	KUNIT_EXPECT_TRUE(test, lock_local_waits(other));
	KUNIT_EXPECT_EQ(test, waits(a, 0, 0, 9, SHARED, 0), -EDEADLK);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_local_end(other), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(other, 0, 9, F_UNLCK), 0);

	KUNIT_ASSERT_EQ(test, lock_take(a, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(b, 2, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, waits(a, 2, 0, 9, SHARED, 0), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(b, 0, 0, 9, SHARED, 1), -EINPROGRESS);
	lock_local_begin(other, 0, 9, F_RDLCK);
	KUNIT_EXPECT_EQ(test, lock_local_end(other), -EDEADLK);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 9, F_UNLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 2, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

/* Long, and not closed until the very end. */
static void long_chain(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *owner[LOCK_WAITS];
	int i;

	for (i = 0; i < LOCK_WAITS; i++) {
		owner[i] = lock_owner(client);
		KUNIT_ASSERT_EQ(test, lock_take(owner[i], 0, i, i, EXCLUSIVE), 0);
	}
	for (i = 1; i < LOCK_WAITS; i++)
		KUNIT_EXPECT_EQ(test, waits(owner[i], 0, i - 1, i - 1, SHARED, i), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(owner[0], 0, i - 1, i - 1, SHARED, 0), -EDEADLK);
	KUNIT_EXPECT_EQ(test, waits(owner[0], 0, i - 2, i - 1, SHARED, 0), -EDEADLK);
	for (i = 0; i < LOCK_WAITS - 1; i++) {
		KUNIT_EXPECT_EQ(test, lock_drop(owner[i], 0, 0, TO_END), 0);
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[i + 1]), 0);
	}
}

/* An owner's own ranges and waits are no circle; an open's own range, never to go, is. */
static void oneself(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct lock_owner *handle = lock_handle(lock_client(env));
	int i;

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, waits(b, 0, i, 9, i != 1, i), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[i]), 0);
	KUNIT_EXPECT_EQ(test, waits(b, 0, 0, 9, SHARED, 0), 0);
	KUNIT_EXPECT_EQ(test, waits(b, 0, 0, 9, EXCLUSIVE, 0), 0);
	KUNIT_ASSERT_EQ(test, lock_take(handle, 1, 0, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, waits(handle, 1, 0, 9, EXCLUSIVE, 0), -EDEADLK);
}

/* Who has nothing and waits closes no circle, however many wait for each other's places. */
static void crossed_queues(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *h0 = lock_someone(env), *h1 = lock_someone(env);
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(h0, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_take(h1, 1, 0, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, waits(a, 0, 0, 9, EXCLUSIVE, 0), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(b, 1, 0, 9, EXCLUSIVE, 1), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(a, 1, 0, 9, SHARED, 2), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, waits(b, 0, 0, 9, SHARED, 3), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[2]), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[3]), 0);
	/* each has a shared range where the other waits for all: the second one is refused */
	KUNIT_EXPECT_EQ(test, lock_drop(h0, 0, 0, 9), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	KUNIT_EXPECT_EQ(test, lock_drop(h1, 1, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), -EDEADLK);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

static struct kunit_case lock_deadlock_cases[] = {
	KUNIT_CASE(two_upgrades),
	KUNIT_CASE(three_files),
	KUNIT_CASE(closed_by_hand_over),
	KUNIT_CASE(second_holder),
	KUNIT_CASE(fairness_is_no_deadlock),
	KUNIT_CASE(fairness_closes_circle),
	KUNIT_CASE(fairness_and_a_process),
	KUNIT_CASE(circle_through_process),
	KUNIT_CASE(long_chain),
	KUNIT_CASE(oneself),
	KUNIT_CASE(crossed_queues),
	{}
};

static struct kunit_suite lock_deadlock_suite = {
	.name		= "lock_deadlock",
	.init		= lock_env_init,
	.test_cases	= lock_deadlock_cases,
};
kunit_test_suite(lock_deadlock_suite);
