// SPDX-License-Identifier: GPL-2.0-only
/*
 * An owner with very many ranges has one lock in the VFS (lock/vfs_whole.c): that
 * nobody can tell, and that it is one as long as nobody looks.
 */
#include <linux/delay.h>
#include <linux/filelock.h>
#include <linux/kthread.h>
#include "lock_env.h"
#include "lock/claims.h"

#define MANY	300
/* Longer than the pause after somebody looked. */
#define PAUSE	1100

/* Every tenth byte. */
static void take_many(struct lock_owner *owner, bool exclusive)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		KUNIT_ASSERT_EQ(owner->env->test,
				lock_take(owner, 0, 10 * i, 10 * i, exclusive), 0);
}

/* How many locks the VFS has in its list. */
static unsigned int vfs_locks(struct lock_env *env)
{
	struct file_lock_context *ctx = locks_inode_context(ditto_object_inode(env->file[0]));
	struct file_lock_core *flc;
	unsigned int n = 0;

	if (!ctx)
		return 0;
	spin_lock(&ctx->flc_lock);
	list_for_each_entry(flc, &ctx->flc_posix, flc_list)
		n++;
	spin_unlock(&ctx->flc_lock);
	return n;
}

static void one_stands_for_many(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env);
	unsigned int i;

	take_many(a, EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	KUNIT_EXPECT_PTR_NE(test, lock_claims(env, 0)->whole, NULL);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 10 * i, 10 * i), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	/* with few left they are there one by one */
	for (; i < 200; i++)
		KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 10 * i, 10 * i), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), MANY - 200);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 10 * 200), F_WRLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 10 * 200 + 1), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 10 * 199), F_UNLCK);
}

/* A process finds what is locked locked, and what is not free. */
static void process_looks(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false);
	struct lock_owner *a = lock_someone(env);
	unsigned int i;

	take_many(a, EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 15, 15, F_WRLCK), 0);
	KUNIT_EXPECT_PTR_EQ(test, lock_claims(env, 0)->whole, NULL);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), MANY + 1);
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 10 * i), F_WRLCK);
		KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 10 * i + 9), F_UNLCK);
	}
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 10 * MANY), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 10, 10, F_RDLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 15, 15, SHARED), -EAGAIN);
	/* as long as the process has something, it stays so */
	msleep(PAUSE);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20000, 20000, EXCLUSIVE), 0);
	KUNIT_EXPECT_PTR_EQ(test, lock_claims(env, 0)->whole, NULL);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 15, 15, F_UNLCK), 0);
	msleep(PAUSE);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20010, 20010, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	/* a question is as good as a lock */
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 19999), F_UNLCK);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), MANY + 2);
}

/* Shared ones: who reads too does not have to look closer. */
static void shared(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false);
	struct lock_owner *a = lock_someone(env);

	take_many(a, SHARED);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, 100, F_RDLCK), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 2);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 10, 10, F_WRLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), MANY + 1);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 11, 11, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 11, 11, SHARED), -EAGAIN);
}

/* One of the other kind makes it exact. */
static void both_kinds(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env);

	take_many(a, EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 100, 100, SHARED), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), MANY);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 100), F_RDLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 110), F_WRLCK);
	msleep(PAUSE);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20000, 20000, EXCLUSIVE), 0);
	KUNIT_EXPECT_PTR_EQ(test, lock_claims(env, 0)->whole, NULL);
}

/* Another owner of ours takes, asks for and waits for what is between and what is not. */
static void another_owner(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct ditto_conflict by;

	take_many(a, EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, lock_test(b, 0, 15, 15, EXCLUSIVE, &by), 0);
	KUNIT_EXPECT_EQ(test, lock_test(b, 0, 10, 15, SHARED, &by), -EAGAIN);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 15, 15, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), MANY + 1);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 15, 15), 0);
	msleep(PAUSE);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20000, 20000, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 20, 20, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 20, 20), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 21), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20, 20, SHARED), -EAGAIN);
}

/* By a range that is not all there is, but all it has; and what is left when there is more. */
static void nearly_all_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_local *local = lock_local(env, 0, false);
	struct lock_owner *a = lock_someone(env);

	take_many(a, EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 10 * MANY), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 0);
	KUNIT_EXPECT_PTR_EQ(test, lock_claims(env, 0)->whole, NULL);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, TO_END, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, TO_END, F_UNLCK), 0);
	msleep(PAUSE);
	take_many(a, EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 1, TO_END), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	KUNIT_EXPECT_PTR_EQ(test, lock_claims(env, 0)->whole, NULL);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_WRLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 1), F_UNLCK);
}

/* All of it at once, by its owner, and by its end. */
static void all_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);

	take_many(a, EXCLUSIVE);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, TO_END), 0);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 0);
	msleep(PAUSE);
	take_many(b, SHARED);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 1);
	lock_client_drop(b->client);
	KUNIT_EXPECT_EQ(test, vfs_locks(env), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, TO_END, EXCLUSIVE), 0);
}

/**
 * struct looker - a process that looks again and again
 * @local: what it locks with
 * @wrong: times it got what it must not get, or not what is free
 * @looks: times it looked
 * @stop: it shall end
 * @done: it has
 */
struct looker {
	struct lock_local	*local;
	unsigned int		wrong;
	unsigned int		looks;
	bool			stop;
	struct completion	done;
};

static int looker(void *arg)
{
	struct looker *l = arg;
	u64 at = 0;

	while (!READ_ONCE(l->stop)) {
		at = (at + 70) % (10 * MANY);
		if (lock_local_set(l->local, at, at, F_RDLCK) != -EAGAIN)
			l->wrong++;
		if (lock_local_set(l->local, at + 5, at + 5, F_RDLCK))
			l->wrong++;
		lock_local_set(l->local, 0, TO_END, F_UNLCK);
		l->looks++;
		msleep(300);
	}
	complete(&l->done);
	return 0;
}

/* Two processes look while it becomes one lock and many again, and never see too little. */
static void lookers(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env);
	struct looker l[2] = {};
	unsigned int i, whole = 0;

	take_many(a, EXCLUSIVE);
	for (i = 0; i < ARRAY_SIZE(l); i++) {
		l[i].local = lock_local(env, 0, i);
		init_completion(&l[i].done);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kthread_run(looker, &l[i], "lock-looker"));
	}
	for (i = 0; i < 400; i++) {
		KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20000 + 2 * i, 20000 + 2 * i, EXCLUSIVE), 0);
		whole += !!READ_ONCE(lock_claims(env, 0)->whole);
		msleep(i % 40 ? 10 : PAUSE);
	}
	for (i = 0; i < ARRAY_SIZE(l); i++) {
		WRITE_ONCE(l[i].stop, true);
		wait_for_completion(&l[i].done);
		KUNIT_EXPECT_EQ(test, l[i].wrong, 0);
		KUNIT_EXPECT_GT(test, l[i].looks, 10);
	}
	KUNIT_EXPECT_GT(test, whole, 0);
}

static struct kunit_case lock_whole_cases[] = {
	KUNIT_CASE(one_stands_for_many),
	KUNIT_CASE(process_looks),
	KUNIT_CASE(shared),
	KUNIT_CASE(both_kinds),
	KUNIT_CASE(another_owner),
	KUNIT_CASE(nearly_all_goes),
	KUNIT_CASE(all_goes),
	KUNIT_CASE(lookers),
	{}
};

static struct kunit_suite lock_whole_suite = {
	.name		= "lock_whole",
	.init		= lock_env_init,
	.test_cases	= lock_whole_cases,
};
kunit_test_suite(lock_whole_suite);
