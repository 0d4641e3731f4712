// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claims of a node, and holds: what one owner has on one file.
 *
 * A hold comes into being with an owner's first request on a file and goes with
 * the last of its users. It is found by its owner (under the mutex of the claims),
 * by the owner's client (to release everything when that goes), and in the tree of
 * all holds (to release what lies under an export that is removed, and for listings).
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/stats.h"
#include "vfs/export-internal.h"

/* So many holds are looked at before the lock is given back. */
#define HOLDS_AT_ONCE	128

static struct kmem_cache *hold_cache;
static atomic64_t last_number = ATOMIC64_INIT(0);
/* All holds by number; the one with the highest, behind which new ones go. */
static DEFINE_SPINLOCK(holds_lock);
static struct rb_root holds = RB_ROOT;
static struct rb_node *holds_last;

/**
 * ditto_claim_number - a number for a claim, a wait or a hold
 *
 * Return: the number; never used before, and greater than all of them.
 */
u64 ditto_claim_number(void)
{
	return atomic64_inc_return(&last_number);
}

/**
 * ditto_claims_make - the claims of an object's node, made if there were none
 * @obj: held by the caller, as long as it uses the claims
 *
 * Return: the claims; NULL: no memory.
 */
struct ditto_claims *ditto_claims_make(struct ditto_object *obj)
{
	struct ditto_node *node = ditto_object_node(obj);
	struct ditto_claims *claims, *other;

	if (!node)
		return NULL;
	claims = ditto_claims_of(node);
	if (claims)
		return claims;
	claims = kzalloc(sizeof(*claims), GFP_KERNEL);
	if (!claims)
		return NULL;
	mutex_init(&claims->lock);
	claims->node = node;
	claims->holds = RB_ROOT;
	ditto_ranges_init(&claims->ranges);
	INIT_LIST_HEAD(&claims->waits);
	INIT_LIST_HEAD(&claims->shares);
	INIT_LIST_HEAD(&claims->parked);
	INIT_LIST_HEAD(&claims->caches);
	other = cmpxchg(&node->claims, NULL, claims);
	if (!other)
		return claims;
	kfree(claims);
	return other;
}

/**
 * ditto_claims_summarize - tell operations what there is to be asked for
 * @claims: locked
 * @mask: the bits of the summary that change
 * @summary: what they are now
 *
 * Whoever adds bits and has to know what is in work looks at the node's counters
 * after it: there is a full barrier at the end.
 */
void ditto_claims_summarize(struct ditto_claims *claims, u32 mask, u32 summary)
{
	struct ditto_node *node = claims->node;

	lockdep_assert_held(&claims->lock);
	WRITE_ONCE(node->summary, (node->summary & ~mask) | summary);
	/* see the head of vfs/guard.h */
	smp_mb();
}

/* ---- holds --------------------------------------------------------------- */

/**
 * ditto_hold_alloc - a hold to be put in place by ditto_hold_begin()
 *
 * Return: a hold for ditto_hold_begin() or ditto_hold_free(); NULL: no memory.
 */
struct ditto_hold *ditto_hold_alloc(void)
{
	return kmem_cache_zalloc(hold_cache, GFP_KERNEL);
}

/**
 * ditto_hold_free - free a hold that was not needed
 * @hold: from ditto_hold_alloc(), or NULL
 */
void ditto_hold_free(struct ditto_hold *hold)
{
	if (hold)
		kmem_cache_free(hold_cache, hold);
}

/**
 * ditto_hold_find - what an owner has on a file
 * @claims: the file's claims, locked
 * @owner: the owner
 *
 * Return: its hold, or NULL.
 */
struct ditto_hold *ditto_hold_find(struct ditto_claims *claims, const struct ditto_owner *owner)
{
	struct rb_node *at = claims->holds.rb_node;

	lockdep_assert_held(&claims->lock);
	while (at) {
		struct ditto_hold *hold = rb_entry(at, struct ditto_hold, by_owner);

		if (hold->owner == owner)
			return hold;
		at = owner < hold->owner ? at->rb_left : at->rb_right;
	}
	return NULL;
}

static void hold_insert(struct ditto_claims *claims, struct ditto_hold *hold)
{
	struct rb_node **at = &claims->holds.rb_node, *parent = NULL;

	while (*at) {
		parent = *at;
		at = hold->owner < rb_entry(parent, struct ditto_hold, by_owner)->owner ?
			&parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&hold->by_owner, parent, at);
	rb_insert_color(&hold->by_owner, &claims->holds);
}

static void hold_number(struct ditto_hold *hold)
{
	spin_lock(&holds_lock);
	hold->number = ditto_claim_number();
	rb_link_node(&hold->by_number, holds_last,
		     holds_last ? &holds_last->rb_right : &holds.rb_node);
	rb_insert_color(&hold->by_number, &holds);
	holds_last = &hold->by_number;
	spin_unlock(&holds_lock);
}

/* False if its client is gone: nobody has seen the hold then. */
static bool hold_publish(struct ditto_hold *hold)
{
	struct ditto_client *client = hold->owner->client;
	bool gone;

	spin_lock(&client->lock);
	gone = client->gone;
	if (!gone)
		list_add_tail(&hold->on_owner, &hold->owner->holds);
	spin_unlock(&client->lock);
	if (gone)
		return false;
	hold_number(hold);
	return true;
}

static void hold_unpublish(struct ditto_hold *hold)
{
	spin_lock(&hold->owner->client->lock);
	list_del_init(&hold->on_owner);
	spin_unlock(&hold->owner->client->lock);
	spin_lock(&holds_lock);
	if (holds_last == &hold->by_number)
		holds_last = rb_prev(holds_last);
	rb_erase(&hold->by_number, &holds);
	spin_unlock(&holds_lock);
}

/**
 * ditto_hold_begin - begin to use what an owner has on a file
 * @claims: the file's claims, locked
 * @owner: the owner
 * @obj: the file, held
 * @spare: a hold to take if there is none; set to NULL if it was taken
 * @gone: for ditto_holds_put()
 *
 * To be ended with ditto_hold_end().
 *
 * Return: the hold, with one user more; -ESTALE: the client or the export is gone.
 */
struct ditto_hold *ditto_hold_begin(struct ditto_claims *claims, struct ditto_owner *owner,
				    struct ditto_object *obj, struct ditto_hold **spare,
				    struct list_head *gone)
{
	struct ditto_hold *hold = ditto_hold_find(claims, owner);

	if (hold) {
		hold->users++;
		return hold;
	}
	hold = *spare;
	hold->claims = claims;
	hold->owner = owner;
	hold->obj = obj;
	hold->users = 1;
	INIT_LIST_HEAD(&hold->caches);
	refcount_set(&hold->ref, 1);
	if (!hold_publish(hold))
		return ERR_PTR(-ESTALE);
	*spare = NULL;
	ditto_owner_get(owner);
	ditto_object_get(obj);
	hold_insert(claims, hold);
	/* pairs with claims_forget_export(): it finds the hold, or this finds the export dead */
	smp_mb();
	if (!export_is_dead(obj->exp))
		return hold;
	ditto_hold_end(hold, gone);
	return ERR_PTR(-ESTALE);
}

/**
 * ditto_hold_end - a claim, wait or request of it has ended
 * @hold: its claims are locked
 * @gone: it is put on this list if that was the last; for ditto_holds_put()
 */
void ditto_hold_end(struct ditto_hold *hold, struct list_head *gone)
{
	struct ditto_claims *claims = hold->claims;

	lockdep_assert_held(&claims->lock);
	if (--hold->users)
		return;
	rb_erase(&hold->by_owner, &claims->holds);
	hold_unpublish(hold);
	list_add_tail(&hold->list, gone);
}

/**
 * ditto_holds_put - put what ditto_hold_end() has collected
 * @gone: the list; empty afterwards
 *
 * Without locks: closes files, sleeps.
 */
void ditto_holds_put(struct list_head *gone)
{
	struct ditto_hold *hold;

	while ((hold = list_first_entry_or_null(gone, struct ditto_hold, list))) {
		list_del_init(&hold->list);
		ditto_hold_put(hold);
	}
}

/**
 * ditto_hold_get - look at a hold from outside
 * @hold: found in a list whose lock is held
 *
 * It may end meanwhile; it is then no longer among its claims' holds.
 */
void ditto_hold_get(struct ditto_hold *hold)
{
	refcount_inc(&hold->ref);
}

/**
 * ditto_hold_put - give a reference back
 * @hold: the last one puts what it holds; without locks, sleeps
 */
void ditto_hold_put(struct ditto_hold *hold)
{
	if (!refcount_dec_and_test(&hold->ref))
		return;
	if (hold->file)
		ditto_file_put(hold->file);
	ditto_owner_put(hold->owner);
	ditto_object_put(hold->obj);
	kmem_cache_free(hold_cache, hold);
}

/* The first hold behind a number. */
static struct ditto_hold *holds_seek(u64 number)
{
	struct rb_node *at = holds.rb_node;
	struct ditto_hold *hold, *found = NULL;

	while (at) {
		hold = rb_entry(at, struct ditto_hold, by_number);
		if (hold->number > number) {
			found = hold;
			at = at->rb_left;
		} else {
			at = at->rb_right;
		}
	}
	return found;
}

/**
 * ditto_hold_next - go through the holds
 * @number: 0 at first; of the last one seen, set by this
 * @net: those of this network namespace only; NULL: of all
 * @exp: those under this export only; NULL: under all
 *
 * One that is there from beginning to end is found exactly once, whatever comes and goes.
 * Process context, without locks.
 *
 * Return: the next one, referenced; it may have ended. NULL: that was the last.
 */
struct ditto_hold *ditto_hold_next(u64 *number, const struct net *net,
				   const struct ditto_export *exp)
{
	struct ditto_hold *hold;
	int left;

	do {
		spin_lock(&holds_lock);
		hold = holds_seek(*number);
		for (left = HOLDS_AT_ONCE; hold && left; left--) {
			*number = hold->number;
			if ((!net || net_eq(hold->owner->client->net, net)) &&
			    (!exp || hold->obj->exp == exp)) {
				ditto_hold_get(hold);
				spin_unlock(&holds_lock);
				return hold;
			}
			hold = rb_entry_safe(rb_next(&hold->by_number), struct ditto_hold,
					     by_number);
		}
		spin_unlock(&holds_lock);
		cond_resched();
	} while (hold);
	return NULL;
}

/**
 * ditto_hold_release - drop all claims of an owner on a file
 * @hold: referenced
 * @why: what its waits end with, a negative errno
 */
void ditto_hold_release(struct ditto_hold *hold, int why)
{
	struct ditto_claims *claims = hold->claims;
	LIST_HEAD(gone);

	mutex_lock(&claims->lock);
	/* one more user: it shall not go in the middle */
	if (ditto_hold_find(claims, hold->owner) == hold) {
		hold->users++;
		ditto_ranges_forget(hold, why, &gone);
		ditto_share_forget(hold);
		ditto_caches_forget(hold, &gone);
		ditto_hold_end(hold, &gone);
		ditto_waits_retry(claims, &gone);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
}

/**
 * ditto_owner_object - the object of a file an owner has claims on, by its handle
 * @owner: the owner
 * @raw: the handle
 * @len: its length, bytes
 *
 * A file that has lost its last name is not found by its handle any more; who has
 * claims on it must still be able to give them back.
 *
 * Return: the object, referenced; NULL: none.
 */
struct ditto_object *ditto_owner_object(struct ditto_owner *owner, const u8 *raw, size_t len)
{
	struct ditto_object *obj = NULL;
	struct ditto_hold *hold;

	spin_lock(&owner->client->lock);
	list_for_each_entry(hold, &owner->holds, on_owner) {
		if (hold->obj->handle.len == len &&
		    !memcmp(hold->obj->handle.raw, raw, len)) {
			obj = ditto_object_get(hold->obj);
			break;
		}
	}
	spin_unlock(&owner->client->lock);
	return obj;
}
EXPORT_SYMBOL_GPL(ditto_owner_object);

/* ---- exports that go ----------------------------------------------------- */

/* An export was removed: whatever is claimed under it goes, or it would pin its file system. */
static void claims_forget_export(struct ditto_export *exp)
{
	struct ditto_hold *hold;
	u64 number = 0;

	/* the export is marked dead; see ditto_hold_begin() */
	smp_mb();
	/* what comes behind us finds the export dead by itself */
	while ((hold = ditto_hold_next(&number, NULL, exp))) {
		ditto_hold_release(hold, -ESTALE);
		ditto_hold_put(hold);
	}
	/* files closed, holders told */
	ditto_cache_flush();
}

/**
 * ditto_lock_init - start the lock manager
 *
 * Return: 0, -ENOMEM, or what registering its counters and settings said.
 */
int ditto_lock_init(void)
{
	int ret;

	hold_cache = KMEM_CACHE(ditto_hold, 0);
	if (!hold_cache)
		return -ENOMEM;
	ret = ditto_lock_stats_start();
	if (ret)
		goto err_cache;
	ret = ditto_byterange_start();
	if (ret)
		goto err_stats;
	ret = ditto_share_start();
	if (ret)
		goto err_byterange;
	ret = ditto_park_start();
	if (ret)
		goto err_share;
	ret = ditto_vfs_lease_start();
	if (ret)
		goto err_park;
	ret = ditto_cache_start();
	if (ret)
		goto err_lease;
	ditto_guard_set_ops(&ditto_intent_ops);
	ditto_export_on_removal(claims_forget_export);
	return 0;

err_lease:
	ditto_vfs_lease_stop();
err_park:
	ditto_park_stop();
err_share:
	ditto_share_stop();
err_byterange:
	ditto_byterange_stop();
err_stats:
	ditto_lock_stats_stop();
err_cache:
	kmem_cache_destroy(hold_cache);
	return ret;
}

/**
 * ditto_lock_exit - stop; all clients are gone
 */
void ditto_lock_exit(void)
{
	ditto_export_on_removal(NULL);
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&holds));
	ditto_cache_stop();
	ditto_vfs_lease_stop();
	ditto_park_stop();
	ditto_share_stop();
	ditto_byterange_stop();
	ditto_lock_stats_stop();
	kmem_cache_destroy(hold_cache);
}
