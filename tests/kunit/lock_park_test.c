// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parked requests (lock/park.c): NFSv3-like reads and writes through vfs/ that meet a
 * holder, are set aside, and go on when it gives way, is forced to, or does not.
 */
#include <linux/delay.h>
#include "lock_caches.h"

/**
 * struct request - a stateless read or write
 * @park: how it is set aside
 * @env: its environment
 * @obj: the file
 * @write: or read
 * @gone: its connection is: it ends when it is resumed
 * @runs: how often it was begun, or ended instead
 * @err: how it ended
 * @since: when it began, jiffies
 * @took: jiffies
 * @done: it has ended
 */
struct request {
	struct ditto_park	park;
	struct lock_env		*env;
	struct ditto_object	*obj;
	bool			write;
	bool			gone;
	int			runs;
	int			err;
	unsigned long		since;
	unsigned long		took;
	struct completion	done;
};

static int operate(struct request *rq)
{
	struct vfs_env env = *rq->env->vfs;
	struct ditto_payload *p = NULL;
	const struct cred *saved;
	bool eof;
	int err;

	env.acc.park = &rq->park;
	lock_client_begin(rq->env, &saved);
	if (rq->write) {
		err = env_write(&env, rq->obj, 0, "x", 1);
		err = err == 1 ? 0 : err;
	} else {
		err = ditto_read(&env.acc, rq->obj, 0, 1, &p, &eof);
		if (!err)
			ditto_payload_free(p);
	}
	lock_client_end(saved);
	return err;
}

static void run(struct request *rq)
{
	rq->runs++;
	rq->err = operate(rq);
	if (rq->err == -EJUKEBOX && ditto_park_commit(&rq->park))
		return;
	ditto_park_cancel(&rq->park);
	rq->took = jiffies - rq->since;
	complete(&rq->done);
}

static void resume(struct ditto_park *park)
{
	struct request *rq = container_of(park, struct request, park);

	if (rq->gone) {
		rq->runs++;
		rq->err = -ECONNRESET;
		complete(&rq->done);
		return;
	}
	run(rq);
}

static struct request *start(struct lock_env *env, unsigned int file, bool write)
{
	struct request *rq = kunit_kzalloc(env->test, sizeof(*rq), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, rq);
	rq->env = env;
	rq->obj = env->file[file];
	rq->write = write;
	rq->since = jiffies;
	init_completion(&rq->done);
	ditto_park_init(&rq->park, &init_net, resume);
	run(rq);
	return rq;
}

static int ended(struct request *rq)
{
	return wait_for_completion_timeout(&rq->done, 60 * HZ) ? rq->err : -ETIME;
}

static struct lock_cache *held(struct lock_env *env, unsigned int file, unsigned int bits)
{
	struct lock_cache *lc = lock_cache(env);

	KUNIT_ASSERT_EQ(env->test, lock_grant(lc, lock_someone(env), env->file[file],
					      DITTO_CACHE_LEASE, bits), bits);
	return lc;
}

static bool nobody_parked(struct lock_env *env, unsigned int file)
{
	struct ditto_claims *claims = lock_claims(env, file);
	bool none;

	mutex_lock(&claims->lock);
	none = list_empty(&claims->parked);
	mutex_unlock(&claims->lock);
	return none;
}

static void goes_on_at_once(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH);
	u64 parked = lock_stat("parked"), resumed = lock_stat("resumed");
	struct request *rq = start(env, 0, true);

	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
	KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&rq->done));
	msleep(100);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, ended(rq), 0);
	KUNIT_EXPECT_EQ(test, rq->runs, 2);
	/* not at its next look: these are 250 ms apart */
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(rq->took), 200);
	KUNIT_EXPECT_EQ(test, lock_stat("parked"), parked + 1);
	KUNIT_EXPECT_EQ(test, lock_stat("resumed"), resumed + 1);
	KUNIT_EXPECT_TRUE(test, nobody_parked(env, 0));
}

static void holder_answers_at_once(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH);
	struct request *rq;

	lc->obey = true;
	rq = start(env, 0, false);
	KUNIT_EXPECT_EQ(test, ended(rq), 0);
	KUNIT_EXPECT_EQ(test, lock_bits(lc), RH);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(rq->took), 100);
}

static void holder_drops_or_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env);
	struct lock_cache *a = held(env, 0, RWH), *b = lock_cache(env);
	struct request *rq = start(env, 0, true);

	ditto_cache_drop(&a->cache);
	KUNIT_EXPECT_EQ(test, ended(rq), 0);
	KUNIT_ASSERT_EQ(test, lock_grant(b, owner, env->file[1], DITTO_CACHE_LEASE, RWH), RWH);
	rq = start(env, 1, true);
	lock_client_drop(owner->client);
	KUNIT_EXPECT_EQ(test, ended(rq), 0);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(rq->took), 200);
}

static void time_is_up(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH);
	struct request *rq = start(env, 0, true);

	KUNIT_EXPECT_EQ(test, ended(rq), -EJUKEBOX);
	KUNIT_EXPECT_GE(test, jiffies_to_msecs(rq->took), 2000);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(rq->took), 2300);
	KUNIT_EXPECT_TRUE(test, nobody_parked(env, 0));
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_BREAKING);
	/* not at all, if so set */
	lock_setting(env, "park-time", 0, 2000);
	rq = start(env, 0, true);
	KUNIT_EXPECT_TRUE(test, try_wait_for_completion(&rq->done));
	KUNIT_EXPECT_EQ(test, rq->err, -EJUKEBOX);
}

static void holder_is_forced(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH);
	struct request *rq;

	lock_setting(env, "park-time", 30000, 2000);
	lock_setting(env, "lease-break-time", 5, 35);
	rq = start(env, 0, false);
	KUNIT_EXPECT_EQ(test, ended(rq), 0);
	KUNIT_EXPECT_GE(test, jiffies_to_msecs(rq->took), 4900);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(rq->took), 5200);
	ditto_cache_flush();
	KUNIT_EXPECT_EQ(test, atomic_read(&lc->revokes), 1);
}

/* Set aside again, for another reason, in the same two seconds. */
static void parked_twice(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RH), *other = held(env, 0, R);
	struct request *rq = start(env, 0, true);

	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
	KUNIT_EXPECT_TRUE(test, lock_told(other, 1, 0));
	msleep(50);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	msleep(50);
	KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&rq->done));
	KUNIT_EXPECT_FALSE(test, nobody_parked(env, 0));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&other->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, ended(rq), 0);
	KUNIT_EXPECT_EQ(test, rq->runs, 3);
}

static void many_at_once(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH);
	struct request *rq[50];
	int i;

	for (i = 0; i < ARRAY_SIZE(rq); i++)
		rq[i] = start(env, 0, i & 1);
	/* the first wants to read, and so it was told if it was told at once */
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH) || lock_told(lc, 1, 0));
	lc->obey = true;
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, lc->to), 0);
	for (i = 0; i < ARRAY_SIZE(rq); i++)
		KUNIT_EXPECT_EQ(test, ended(rq[i]), 0);
	KUNIT_EXPECT_EQ(test, lock_bits(lc), 0);
}

static void connection_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH);
	struct request *rq = start(env, 0, true);
	unsigned long since = jiffies;

	rq->gone = true;
	KUNIT_EXPECT_EQ(test, ended(rq), -ECONNRESET);
	/* nobody has told it: it has looked */
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - since), 400);
	KUNIT_EXPECT_TRUE(test, nobody_parked(env, 0));
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
}

/* It is told while it looks by itself and has got as far as the lock: it is resumed once. */
static void told_while_it_looks(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH);
	struct ditto_claims *claims = lock_claims(env, 0);
	struct request *rq = start(env, 0, true);

	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
	rq->gone = true;
	mutex_lock(&claims->lock);
	msleep(400);
	KUNIT_EXPECT_FALSE(test, list_empty(&claims->parked));
	ditto_parks_kick(claims);
	mutex_unlock(&claims->lock);
	KUNIT_EXPECT_EQ(test, ended(rq), -ECONNRESET);
	msleep(400);
	KUNIT_EXPECT_EQ(test, rq->runs, 2);
	KUNIT_EXPECT_TRUE(test, nobody_parked(env, 0));
}

/* It met a break but was not set aside; then it was never told of anything. */
static void cancelled(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct request *rq = kunit_kzalloc(test, sizeof(*rq), GFP_KERNEL);
	struct lock_cache *lc = held(env, 0, RWH);

	KUNIT_ASSERT_NOT_NULL(test, rq);
	rq->env = env;
	rq->obj = env->file[0];
	ditto_park_init(&rq->park, &init_net, resume);
	/* may be cancelled without having met anything */
	ditto_park_cancel(&rq->park);
	KUNIT_EXPECT_EQ(test, operate(rq), -EJUKEBOX);
	KUNIT_EXPECT_FALSE(test, nobody_parked(env, 0));
	ditto_park_cancel(&rq->park);
	KUNIT_EXPECT_TRUE(test, nobody_parked(env, 0));
	ditto_cache_drop(&lc->cache);
	/* nothing was granted while somebody waited; now it can be */
	lock_forget_recall(env->file[0]);
	KUNIT_EXPECT_EQ(test, lock_grant(lc, lock_someone(env), env->file[0], DITTO_CACHE_LEASE, R), R);
}

static void no_grant_past_the_parked(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, RWH), *late = lock_cache(env);
	struct request *rq = start(env, 0, false);

	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
	lock_forget_recall(env->file[0]);
	KUNIT_EXPECT_EQ(test, lock_grant(late, lock_someone(env), env->file[0], DITTO_CACHE_LEASE, R), 0);
	KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&rq->done));
	KUNIT_EXPECT_EQ(test, rq->runs, 1);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RH), 0);
	KUNIT_EXPECT_EQ(test, ended(rq), 0);
}

static struct kunit_case lock_park_cases[] = {
	KUNIT_CASE(goes_on_at_once),
	KUNIT_CASE(holder_answers_at_once),
	KUNIT_CASE(holder_drops_or_goes),
	KUNIT_CASE(time_is_up),
	KUNIT_CASE(holder_is_forced),
	KUNIT_CASE(parked_twice),
	KUNIT_CASE(many_at_once),
	KUNIT_CASE(connection_goes),
	KUNIT_CASE(told_while_it_looks),
	KUNIT_CASE(cancelled),
	KUNIT_CASE(no_grant_past_the_parked),
	{}
};

static struct kunit_suite lock_park_suite = {
	.name		= "lock_park",
	.init		= lock_env_init,
	.test_cases	= lock_park_cases,
};
kunit_test_suite(lock_park_suite);
