// SPDX-License-Identifier: GPL-2.0-only
/* Caches of the protocol "test". */
#include <linux/delay.h>
#include "lock_caches.h"

static struct lock_cache *cache_of(struct ditto_cache *cache)
{
	return container_of(cache, struct lock_cache, cache);
}

static void recall(struct ditto_cache *cache, unsigned int to)
{
	struct lock_cache *lc = cache_of(cache);

	lc->to = to;
	atomic_inc(&lc->recalls);
	if (lc->obey)
		KUNIT_EXPECT_EQ(lc->env->test, ditto_cache_ack(cache, to), 0);
}

static void revoked(struct ditto_cache *cache)
{
	atomic_inc(&cache_of(cache)->revokes);
}

static bool ask(struct ditto_cache *cache)
{
	struct lock_cache *lc = cache_of(cache);

	if (lc->deaf)
		return false;
	atomic_inc(&lc->asks);
	if (lc->answers)
		ditto_cache_answer(cache, true);
	return true;
}

static void free_cache(struct ditto_cache *cache)
{
	complete(&cache_of(cache)->freed);
}

static const struct ditto_cache_ops cache_ops = {
	.recall		= recall,
	.revoked	= revoked,
	.ask		= ask,
	.free		= free_cache,
};

static void end_cache(void *arg)
{
	struct lock_cache *lc = arg;

	ditto_cache_drop(&lc->cache);
	ditto_cache_put(&lc->cache);
	ditto_cache_flush();
	KUNIT_EXPECT_TRUE(lc->env->test, try_wait_for_completion(&lc->freed));
}

/**
 * lock_cache - a cache, not granted
 * @env: the environment
 *
 * Return: the cache; goes away with the test.
 */
struct lock_cache *lock_cache(struct lock_env *env)
{
	struct lock_cache *lc = kunit_kzalloc(env->test, sizeof(*lc), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, lc);
	lc->env = env;
	init_completion(&lc->freed);
	ditto_cache_init(&lc->cache, &cache_ops);
	KUNIT_ASSERT_EQ(env->test, kunit_add_action_or_reset(env->test, end_cache, lc), 0);
	return lc;
}

/**
 * lock_client_begin - this task works for a client from now on
 * @env: the environment
 * @saved: what it was before
 *
 * As ditto_access_begin() does it for root.
 */
void lock_client_begin(struct lock_env *env, const struct cred **saved)
{
	static const struct ditto_grant grant = { .flags = DITTO_RULE_RW | DITTO_RULE_ROOT };
	static const struct ditto_who who = { .net = &init_net, .sec = DITTO_SEC_SYS };
	struct ditto_cred *dc = ditto_cred_get(&who, &grant);

	/* the cache of credentials keeps it */
	*saved = override_creds(dc->cred);
	ditto_cred_put(dc);
}

/**
 * lock_client_end - this task is a local process again
 * @saved: from lock_client_begin()
 */
void lock_client_end(const struct cred *saved)
{
	revert_creds(saved);
}

/**
 * lock_grant - ask for a cache
 * @lc: the cache
 * @owner: for whom
 * @obj: on what
 * @kind: of it
 * @want: bits
 *
 * Return: as ditto_cache_grant().
 */
unsigned int lock_grant(struct lock_cache *lc, struct lock_owner *owner, struct ditto_object *obj,
			enum ditto_cache_kind kind, unsigned int want)
{
	struct ditto_cache_request rq = {
		.acc = &lc->env->vfs->acc, .obj = obj, .owner = &owner->owner,
		.cache = &lc->cache, .kind = kind, .want = want,
	};
	const struct cred *saved;
	unsigned int bits;

	lock_client_begin(lc->env, &saved);
	bits = ditto_cache_grant(&rq);
	lock_client_end(saved);
	return bits;
}

/**
 * lock_upgrade - ask for more of a cache
 * @lc: the cache
 * @owner: for whom
 * @obj: on what
 * @want: bits
 *
 * Return: as ditto_cache_upgrade().
 */
unsigned int lock_upgrade(struct lock_cache *lc, struct lock_owner *owner,
			  struct ditto_object *obj, unsigned int want)
{
	struct ditto_cache_request rq = {
		.acc = &lc->env->vfs->acc, .obj = obj, .owner = &owner->owner,
		.cache = &lc->cache, .kind = lc->cache.kind, .want = want,
	};
	const struct cred *saved;
	unsigned int bits;

	lock_client_begin(lc->env, &saved);
	bits = ditto_cache_upgrade(&rq);
	lock_client_end(saved);
	return bits;
}

/**
 * lock_intend - ask for an operation
 * @env: the environment
 * @owner: for whom, or NULL
 * @obj: on what
 * @intent: the operation
 *
 * Return: as ditto_guard_begin().
 */
int lock_intend(struct lock_env *env, struct lock_owner *owner, struct ditto_object *obj,
		enum ditto_intent intent)
{
	struct ditto_access acc = env->vfs->acc;
	struct ditto_guard guard;
	int err;

	acc.owner = owner ? &owner->owner : NULL;
	err = ditto_guard_begin(&guard, &acc, obj, intent, 0, 0);
	if (!err)
		ditto_guard_end(&guard);
	return err;
}

/**
 * lock_told - was a holder told?
 * @lc: its cache
 * @n: so often in all
 * @to: the last time, to come down to this
 *
 * Return: whether so, within a second.
 */
bool lock_told(struct lock_cache *lc, int n, unsigned int to)
{
	int i;

	for (i = 0; i < 100 && atomic_read(&lc->recalls) < n; i++)
		msleep(10);
	return atomic_read(&lc->recalls) == n && (!n || lc->to == to);
}

/**
 * lock_bits - what a holder has
 * @lc: its cache
 *
 * Return: DITTO_CACHE_ bits.
 */
unsigned int lock_bits(struct lock_cache *lc)
{
	unsigned int bits, to;

	ditto_cache_show(&lc->cache, &bits, &to);
	return bits;
}

/**
 * lock_state - the state of a cache
 * @lc: the cache
 *
 * Return: its state.
 */
enum ditto_cache_state lock_state(struct lock_cache *lc)
{
	unsigned int bits, to;

	return ditto_cache_show(&lc->cache, &bits, &to);
}

/**
 * lock_forget_recall - as if it had been long ago
 * @obj: of what
 */
void lock_forget_recall(struct ditto_object *obj)
{
	struct ditto_claims *claims = ditto_claims_of(ditto_object_node(obj));

	mutex_lock(&claims->lock);
	claims->recalled = false;
	mutex_unlock(&claims->lock);
}

/**
 * lock_summary - what operations are told of caches
 * @obj: of what
 *
 * Return: DITTO_CACHE_ bits.
 */
u32 lock_summary(struct ditto_object *obj)
{
	u32 summary = READ_ONCE(ditto_object_node(obj)->summary);

	return (summary & DITTO_SUMMARY_CACHE_R ? R : 0) |
	       (summary & DITTO_SUMMARY_CACHE_W ? W : 0) |
	       (summary & DITTO_SUMMARY_CACHE_H ? H : 0);
}
