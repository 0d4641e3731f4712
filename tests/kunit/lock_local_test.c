// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of ours and of local processes (lock/vfs_lock.c): they exclude each other
 * in both orders, wait for each other, and are handed over both ways.
 */
#include "lock_env.h"

/* ---- excluding ----------------------------------------------------------- */

static void process_first(struct kunit *test, bool ofd)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *handle = lock_handle(lock_client(env));
	struct lock_local *local = lock_local(env, 0, ofd);
	struct ditto_range range = { .first = 5, .last = 25 };
	u64 conflicts = lock_stat("local_conflicts");
	struct ditto_conflict by;

	KUNIT_ASSERT_EQ(test, lock_local_set(local, 10, 19, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_ask(a, env->file[0], &range, SHARED, NULL, &by), -EAGAIN);
	KUNIT_EXPECT_STREQ(test, by.protocol, "local");
	KUNIT_EXPECT_STREQ(test, by.client, "");
	KUNIT_EXPECT_EQ(test, by.range.first, 10);
	KUNIT_EXPECT_EQ(test, by.range.last, 19);
	KUNIT_EXPECT_TRUE(test, by.exclusive);
	KUNIT_EXPECT_EQ(test, by.svid, 4711);
	KUNIT_EXPECT_EQ(test, lock_stat("local_conflicts") - conflicts, 1);
	KUNIT_EXPECT_EQ(test, lock_test(a, 0, 19, 30, EXCLUSIVE, &by), -EAGAIN);
	KUNIT_EXPECT_EQ(test, by.range.last, 19);
	KUNIT_EXPECT_EQ(test, lock_test(handle, 0, 19, 30, EXCLUSIVE, &by), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(handle, 0, 0, 10, SHARED), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20, 25, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 10, 19, F_RDLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 12, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(handle, 0, 0, 12, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 19, 20, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 10, 19, F_WRLCK), -EAGAIN);
}

static void process_was_first(struct kunit *test)
{
	process_first(test, false);
}

static void open_file_was_first(struct kunit *test)
{
	process_first(test, true);
}

static void process_comes_later(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false), *ofd = lock_local(env, 0, true);
	struct lock_owner *a = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 10, 19, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 30, 39, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 19, 19, F_RDLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_local_set(ofd, 10, 10, F_RDLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 20, 39, F_WRLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 20, 39, F_RDLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(ofd, 0, 9, F_WRLCK), 0);
	/* what processes have of it ours can't have: not by upgrading either */
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 30, 30, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 30), F_RDLCK);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 10, 14), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(ofd, 0, 14, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 14, 14, F_RDLCK), -EAGAIN);
}

/* Of an open's ranges on top of each other a process meets what is left of them. */
static void under_a_handle(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *handle = lock_handle(lock_client(env));
	struct lock_local *local = lock_local(env, 0, false);

	KUNIT_ASSERT_EQ(test, lock_take(handle, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(handle, 0, 5, 14, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 14, 14, F_WRLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 10, 14, F_RDLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 5, 5, F_RDLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_drop(handle, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 5, 5, F_RDLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 5, 5, F_WRLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 4, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(handle, 0, 5, 14), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 14, F_WRLCK), 0);
}

/* ---- waiting ------------------------------------------------------------- */

static void handed_over_by_process(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false), *ofd = lock_local(env, 0, true);
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_local_set(local, 0, 9, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(a, 0, 0, 4, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_STREQ(test, env->wait[0].by.protocol, "local");
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 5, 9, SHARED, &env->wait[1]), -EINPROGRESS);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	/* what it doesn't need any more, and what others may share */
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 3, F_UNLCK), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 4, 9, F_RDLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 9, F_UNLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	/* an open file, by being closed */
	KUNIT_EXPECT_EQ(test, lock_local_set(ofd, 20, 29, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(a, 0, 0, 29, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	locks_remove_posix(ofd->file, ofd->file);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

static void handed_over_to_process(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false), *ofd = lock_local(env, 0, true);
	struct lock_owner *a = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	lock_local_begin(local, 0, 4, F_WRLCK);
	lock_local_begin(ofd, 5, 9, F_RDLCK);
	KUNIT_EXPECT_TRUE(test, lock_local_waits(local));
	KUNIT_EXPECT_TRUE(test, lock_local_waits(ofd));
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_local_end(ofd), 0);
	KUNIT_EXPECT_TRUE(test, lock_local_waits(local));
	lock_owner_drop(a);
	KUNIT_EXPECT_EQ(test, lock_local_end(local), 0);
}

/* First one of ours, then a process, are in the way; and the other way round. */
static void handed_over_in_turn(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct lock_local *local = lock_local(env, 0, false);
	int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
		KUNIT_ASSERT_EQ(test, lock_local_set(local, 5, 14, F_RDLCK), 0);
		KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 0, 14, EXCLUSIVE, &env->wait[0]),
				-EINPROGRESS);
		if (i)
			KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 14, F_UNLCK), 0);
		else
			KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
		KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
		if (i)
			KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
		else
			KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 14, F_UNLCK), 0);
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
		KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 14), 0);
	}
}

/*
 * All wait for the same holder, in the VFS's own queue; none is forgotten, and ours
 * come in their order. When the process does is up to it.
 */
static void all_wait(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false);
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);
	bool process = false;
	int i;

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	lock_local_begin(local, 0, 9, F_WRLCK);
	KUNIT_EXPECT_EQ(test, lock_wait(c, 0, 0, 9, EXCLUSIVE, &env->wait[1]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	for (i = 0; i < 3; i++) {
		if (!process && !lock_local_waits(local)) {
			process = true;
			KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 9, F_UNLCK), 0);
		} else if (i - process == 0) {
			KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
			KUNIT_EXPECT_FALSE(test, completion_done(&env->wait[1].done));
			KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
		} else {
			KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
			KUNIT_EXPECT_EQ(test, lock_drop(c, 0, 0, 9), 0);
		}
	}
	KUNIT_EXPECT_TRUE(test, process);
	KUNIT_EXPECT_EQ(test, lock_local_end(local), 0);
}

/* The process behind a wait of ours that is given up. */
static void process_behind_wait(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *first = lock_local(env, 0, false), *last = lock_local(env, 0, false);
	struct lock_owner *a = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_local_set(first, 0, 9, F_RDLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(a, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	lock_local_begin(last, 0, 9, F_WRLCK);
	KUNIT_EXPECT_EQ(test, ditto_range_cancel(&env->wait[0].wait), 0);
	KUNIT_EXPECT_TRUE(test, lock_local_waits(last));
	KUNIT_EXPECT_EQ(test, lock_local_set(first, 0, 9, F_UNLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_local_end(last), 0);
	/* and one given up when it has been told: it has looked already, or never will */
	KUNIT_EXPECT_EQ(test, lock_wait(a, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_local_set(last, 0, 9, F_UNLCK), 0);
	if (ditto_range_cancel(&env->wait[0].wait)) {
		KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
		KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	}
	KUNIT_EXPECT_TRUE(test, lock_waits(&env->wait[0]));
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_UNLCK);
}

/* A process that takes it again before the wait has looked. */
static void process_is_faster(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false);
	struct lock_owner *a = lock_someone(env);
	int i;

	KUNIT_ASSERT_EQ(test, lock_local_set(local, 0, 9, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(a, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 9, F_UNLCK), 0);
		if (lock_local_set(local, 0, 9, F_WRLCK))
			break;
		cond_resched();
	}
	lock_local_set(local, 0, 9, F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

static void released_with_process_waiting(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false);
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_local_set(local, 0, 9, F_WRLCK), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 10, 19, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 0, 4, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	lock_local_begin(local, 10, 19, F_WRLCK);
	lock_client_drop(b->client);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), -ESTALE);
	KUNIT_EXPECT_TRUE(test, lock_local_waits(local));
	lock_client_drop(a->client);
	KUNIT_EXPECT_EQ(test, lock_local_end(local), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 15), F_WRLCK);
}

static struct kunit_case lock_local_cases[] = {
	KUNIT_CASE(process_was_first),
	KUNIT_CASE(open_file_was_first),
	KUNIT_CASE(process_comes_later),
	KUNIT_CASE(under_a_handle),
	KUNIT_CASE(handed_over_by_process),
	KUNIT_CASE(handed_over_to_process),
	KUNIT_CASE(handed_over_in_turn),
	KUNIT_CASE(all_wait),
	KUNIT_CASE(process_behind_wait),
	KUNIT_CASE(process_is_faster),
	KUNIT_CASE(released_with_process_waiting),
	{}
};

static struct kunit_suite lock_local_suite = {
	.name		= "lock_local",
	.init		= lock_env_init,
	.test_cases	= lock_local_cases,
};
kunit_test_suite(lock_local_suite);
