// SPDX-License-Identifier: GPL-2.0-only
/* The grace period (lock/grace.c), and ranges asked for in it. */
#include <linux/delay.h>
#include "lock_env.h"

#define SECONDS	10	/* the least there can be */

static void end_grace(void *unused)
{
	ditto_grace_end(&init_net);
}

static int grace_init(struct kunit *test)
{
	struct lock_env *env = lock_env_new(test);

	test->priv = env;
	lock_setting(env, "grace-time", SECONDS, 90);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end_grace, NULL), 0);
	return 0;
}

static int reclaim(struct lock_owner *owner, u64 first, u64 last, struct lock_wait *wait)
{
	struct ditto_range_request rq = {
		.acc = &owner->env->vfs->acc, .obj = owner->env->file[0], .owner = &owner->owner,
		.range = { .first = first, .last = last }, .exclusive = true, .reclaim = true,
		.wait = wait ? &wait->wait : NULL,
	};

	return ditto_range_lock(&rq);
}

static void only_reclaims(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	u64 graced = lock_stat("refused_in_grace"), reclaimed = lock_stat("ranges_reclaimed");
	struct ditto_conflict by;

	KUNIT_EXPECT_EQ(test, reclaim(a, 0, 9, NULL), -EGRACE);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 20, 29, EXCLUSIVE), 0);
	ditto_grace_start(&init_net, 1);
	KUNIT_EXPECT_EQ(test, reclaim(a, 0, 9, NULL), 0);
	KUNIT_EXPECT_EQ(test, reclaim(b, 5, 9, NULL), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 100, 109, SHARED), -EGRACE);
	KUNIT_EXPECT_EQ(test, lock_wait(b, 0, 0, 9, SHARED, &env->wait[0]), -EGRACE);
	KUNIT_EXPECT_EQ(test, lock_test(b, 0, 0, 9, SHARED, &by), -EGRACE);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 5, 9), 0);
	KUNIT_EXPECT_EQ(test, reclaim(b, 5, 9, NULL), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("refused_in_grace") - graced, 4);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_reclaimed") - reclaimed, 2);
	KUNIT_EXPECT_EQ(test, ditto_grace_end(&init_net), 0);
	KUNIT_EXPECT_EQ(test, ditto_grace_end(&init_net), -ENOENT);
	KUNIT_EXPECT_EQ(test, reclaim(a, 40, 49, NULL), -EGRACE);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 100, 109, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 0, 9, SHARED), -EAGAIN);
}

/* Who waited when it began is served when it can be: it was there before. */
static void wait_goes_on(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	ditto_grace_start(&init_net, 1);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

static void ends_in_time(struct kunit *test)
{
	struct ditto_grace_info info;

	ditto_grace_start(&init_net, 0);
	KUNIT_EXPECT_FALSE(test, ditto_grace_active(&init_net));
	ditto_grace_start(&init_net, 3);
	ditto_grace_client_done(&init_net);
	ditto_grace_show(&init_net, &info);
	KUNIT_EXPECT_TRUE(test, info.active);
	KUNIT_EXPECT_EQ(test, info.expected, 3);
	KUNIT_EXPECT_EQ(test, info.done, 1);
	KUNIT_EXPECT_GT(test, info.left, (SECONDS - 1) * 1000);
	KUNIT_EXPECT_LE(test, info.left, SECONDS * 1000);
	msleep((SECONDS - 1) * 1000);
	KUNIT_EXPECT_TRUE(test, ditto_grace_active(&init_net));
	msleep(1500);
	KUNIT_EXPECT_FALSE(test, ditto_grace_active(&init_net));
	ditto_grace_show(&init_net, &info);
	KUNIT_EXPECT_FALSE(test, info.active);
	KUNIT_EXPECT_EQ(test, info.left, 0);
}

static void ends_early(struct kunit *test)
{
	ditto_grace_start(&init_net, 2);
	ditto_grace_client_done(&init_net);
	KUNIT_EXPECT_TRUE(test, ditto_grace_active(&init_net));
	ditto_grace_client_done(&init_net);
	KUNIT_EXPECT_FALSE(test, ditto_grace_active(&init_net));
	/* one too many does no harm */
	ditto_grace_client_done(&init_net);
	KUNIT_EXPECT_FALSE(test, ditto_grace_active(&init_net));
}

/* The clock of the one before, ended early, does not end the next. */
static void starts_anew(struct kunit *test)
{
	struct ditto_grace_info info;

	ditto_grace_start(&init_net, 1);
	msleep((SECONDS - 2) * 1000);
	KUNIT_EXPECT_EQ(test, ditto_grace_end(&init_net), 0);
	ditto_grace_start(&init_net, 5);
	ditto_grace_show(&init_net, &info);
	KUNIT_EXPECT_EQ(test, info.expected, 5);
	KUNIT_EXPECT_EQ(test, info.done, 0);
	msleep(4000);
	KUNIT_EXPECT_TRUE(test, ditto_grace_active(&init_net));
	/* and while it runs */
	ditto_grace_start(&init_net, 2);
	msleep((SECONDS - 2) * 1000);
	KUNIT_EXPECT_TRUE(test, ditto_grace_active(&init_net));
	msleep(3000);
	KUNIT_EXPECT_FALSE(test, ditto_grace_active(&init_net));
}

static void time_is_changed(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_grace_info info;

	ditto_grace_start(&init_net, 1);
	lock_setting(env, "grace-time", 3600, 90);
	ditto_grace_show(&init_net, &info);
	KUNIT_EXPECT_GT(test, info.left, 3590 * 1000);
	msleep(2 * SECONDS * 1000);
	KUNIT_EXPECT_TRUE(test, ditto_grace_active(&init_net));
	/* more has gone by than there shall be */
	lock_setting(env, "grace-time", SECONDS, 90);
	msleep(500);
	KUNIT_EXPECT_FALSE(test, ditto_grace_active(&init_net));
}

static struct kunit_case lock_grace_cases[] = {
	KUNIT_CASE(only_reclaims),
	KUNIT_CASE(wait_goes_on),
	KUNIT_CASE(ends_in_time),
	KUNIT_CASE(ends_early),
	KUNIT_CASE(starts_anew),
	KUNIT_CASE(time_is_changed),
	{}
};

static struct kunit_suite lock_grace_suite = {
	.name		= "lock_grace",
	.init		= grace_init,
	.test_cases	= lock_grace_cases,
};
kunit_test_suite(lock_grace_suite);
