// SPDX-License-Identifier: GPL-2.0-only
/*
 * CACHE claims: grant, enlarge.
 *
 * A grant is optional and loses every tie. It is first announced in the node's
 * summary and in the VFS, and only then looked whether anybody is in the middle of
 * something that would break it (vfs/guard.h has the other half of that).
 */
#include <linux/module.h>
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/stats.h"

/* Nothing is granted on what was taken back so short a time ago. */
#define CACHE_RECALLED	(30 * HZ)

/* What others have on the file. */
static void situation_of(const struct ditto_claims *claims, const struct ditto_owner *owner,
			 struct ditto_cache_situation *s)
{
	const struct ditto_cache *cache;
	const struct ditto_hold *hold;
	struct rb_node *at;

	memset(s, 0, sizeof(*s));
	list_for_each_entry(cache, &claims->caches, list) {
		if (!ditto_cache_same_holder(cache->hold->owner, owner))
			s->others[cache->kind] |= cache->bits;
		/* however long it takes */
		s->recalled |= cache->state == DITTO_CACHE_BREAKING;
	}
	for (at = rb_first(&claims->holds); at; at = rb_next(at)) {
		hold = rb_entry(at, struct ditto_hold, by_owner);
		if (ditto_cache_same_holder(hold->owner, owner))
			continue;
		s->access |= hold->access;
		s->deny |= hold->deny;
		s->ranges |= hold->ranges > 0;
	}
	s->recalled |= claims->recalled &&
		time_before(jiffies, claims->recalled_at + CACHE_RECALLED);
}

/* Operations of others in work. The summary has been set before. */
static u32 in_flight(const struct ditto_node *node, const u8 *own)
{
	u32 intents = 0;
	int i;

	for (i = 0; i < DITTO_INTENTS; i++) {
		if (atomic_read(&node->in_flight[i]) > (own ? own[i] : 0))
			intents |= BIT(i);
	}
	return intents;
}

/* Why nothing, or not more, is granted. */
static unsigned int refuse(const struct ditto_cache_request *rq, enum ditto_lock_stat why)
{
	ditto_lock_count(rq->owner->client->net, why);
	return 0;
}

/*
 * How much of a cache can be had. It is announced when this returns: to be followed
 * by ditto_caches_settle(), whatever comes of it.
 */
static unsigned int grant_bits(struct ditto_claims *claims, const struct ditto_cache_request *rq,
			       struct ditto_vfs_lease **lease)
{
	struct inode *inode = claims->node->inode;
	bool directory = S_ISDIR(inode->i_mode);
	struct ditto_cache_situation s;
	unsigned int bits, local;
	int err;

	if (!list_empty(&claims->parked) || claims->nr_waits)
		return refuse(rq, DITTO_LOCK_CACHES_BUSY);
	situation_of(claims, rq->owner, &s);
	bits = ditto_cache_grantable(rq->want, rq->kind, directory, &s);
	if (!bits)
		return refuse(rq, s.recalled ? DITTO_LOCK_CACHES_RECALLED :
			      DITTO_LOCK_CACHES_CONFLICT);
	/* from here on nobody goes by without a look at the claims */
	ditto_claims_summarize(claims, DITTO_SUMMARY_CACHES,
			       ditto_cache_summary(bits | ditto_caches_bits(claims)));
	err = ditto_vfs_lease_set(claims, lease, bits);
	if (err && bits & DITTO_CACHE_W) {
		bits = ditto_cache_grantable(bits & ~DITTO_CACHE_W, rq->kind, directory, &s);
		err = bits ? ditto_vfs_lease_set(claims, lease, bits) : err;
	}
	if (err)
		return refuse(rq, DITTO_LOCK_CACHES_LOCAL);
	local = ditto_vfs_local_bars(inode);
	bits = ditto_cache_grantable(bits & ~local, rq->kind, directory, &s);
	if (!bits)
		return refuse(rq, DITTO_LOCK_CACHES_LOCAL);
	s.in_flight = in_flight(claims->node, rq->own);
	bits = ditto_cache_grantable(bits, rq->kind, directory, &s);
	return bits ?: refuse(rq, DITTO_LOCK_CACHES_BUSY);
}

static unsigned int grant_locked(struct ditto_hold *hold, struct ditto_cache_request *rq,
				 struct ditto_vfs_lease **lease)
{
	struct ditto_cache *cache = rq->cache;
	struct ditto_claims *claims = hold->claims;
	unsigned int bits;

	if (WARN_ON_ONCE(cache->state == DITTO_CACHE_GRANTED ||
			 cache->state == DITTO_CACHE_BREAKING) ||
	    WARN_ON_ONCE(cache->claims && cache->claims != claims))
		return 0;
	if (!ditto_cache_charge(claims, rq->owner->client))
		return refuse(rq, DITTO_LOCK_CACHES_LIMITED);
	bits = grant_bits(claims, rq, lease);
	if (bits) {
		cache->bits = bits;
		ditto_cache_link(cache, hold, rq);
		ditto_lock_count(rq->owner->client->net, DITTO_LOCK_CACHES);
	} else {
		ditto_cache_uncharge(rq->owner->client);
	}
	ditto_caches_settle(claims);
	return bits;
}

static unsigned int upgrade_locked(struct ditto_hold *hold, struct ditto_cache_request *rq,
				   struct ditto_vfs_lease **lease)
{
	struct ditto_cache *cache = rq->cache;
	unsigned int bits;

	if (cache->hold != hold || cache->state != DITTO_CACHE_GRANTED)
		return cache->bits;
	rq->want |= cache->bits;
	if (rq->want == cache->bits)
		return cache->bits;
	bits = grant_bits(hold->claims, rq, lease);
	if (bits != cache->bits && !(cache->bits & ~bits)) {
		cache->bits = bits;
		ditto_lock_count(rq->owner->client->net, DITTO_LOCK_CACHES);
	}
	ditto_caches_settle(hold->claims);
	return cache->bits;
}

static unsigned int
cache_request(struct ditto_cache_request *rq,
	      unsigned int (*locked)(struct ditto_hold *hold, struct ditto_cache_request *rq,
				     struct ditto_vfs_lease **lease))
{
	struct ditto_vfs_lease *lease;
	struct ditto_claims *claims;
	struct ditto_hold *hold, *spare;
	unsigned int bits = 0;
	LIST_HEAD(gone);

	if (ditto_grace_check(rq->owner->client->net, rq->reclaim))
		return 0;
	claims = ditto_claims_make(rq->obj);
	spare = claims ? ditto_hold_alloc() : NULL;
	if (!spare)
		return refuse(rq, DITTO_LOCK_CACHES_LIMITED);
	lease = ditto_vfs_lease_prepare(rq->acc, rq->obj);
	if (!lease) {
		ditto_hold_free(spare);
		return refuse(rq, DITTO_LOCK_CACHES_LOCAL);
	}
	mutex_lock(&claims->lock);
	hold = ditto_hold_begin(claims, rq->owner, rq->obj, &spare, &gone);
	if (!IS_ERR(hold)) {
		bits = locked(hold, rq, &lease);
		ditto_hold_end(hold, &gone);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	ditto_hold_free(spare);
	ditto_vfs_lease_discard(lease);
	return bits;
}

/**
 * ditto_cache_grant - grant what can be had of a cache
 * @rq: what, and for whom
 *
 * The rest is up to those who come later. Why nothing, or not all, was granted is
 * counted. Process context, sleeps.
 *
 * Return: DITTO_CACHE_ bits; 0: nothing.
 */
unsigned int ditto_cache_grant(struct ditto_cache_request *rq)
{
	return cache_request(rq, grant_locked);
}
EXPORT_SYMBOL_GPL(ditto_cache_grant);

/**
 * ditto_cache_upgrade - enlarge a cache that is held
 * @rq: the cache, by the owner it was granted to, and what more is wanted
 *
 * Only as a whole, and not while it is being taken back. Process context, sleeps.
 *
 * Return: what is held now, DITTO_CACHE_ bits. 0: nothing is held any more, or there is
 * no memory or this is the grace period, and what is held has not changed: see
 * ditto_cache_show().
 */
unsigned int ditto_cache_upgrade(struct ditto_cache_request *rq)
{
	return cache_request(rq, upgrade_locked);
}
EXPORT_SYMBOL_GPL(ditto_cache_upgrade);
