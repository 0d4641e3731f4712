/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The claims on one file, and who has them. Inside of the lock manager only.
 *
 * A node gets its struct ditto_claims with the first claim that is made on it and
 * keeps it until it is freed. A hold is one owner's share in them: it is there as
 * long as the owner has a claim, waits for one, or is in the middle of a request;
 * it pins the object, and with that the node, and the open file.
 *
 * Locking: claims->lock, a mutex, guards all claims, holds and waits of a file and
 * is held over calls into the VFS's locks, which may sleep. Two of them are never
 * held together. Inside it: client->lock, the lock of deadlock.c. What has to be
 * put when a hold goes may sleep and take other locks, so holds are collected
 * and put after the mutex has been released.
 */
#ifndef DITTO_LOCK_CLAIMS_H
#define DITTO_LOCK_CLAIMS_H

#include <linux/mutex.h>
#include <linux/rbtree.h>
#include "lock/cache.h"
#include "lock/lock.h"
#include "lock/park.h"
#include "vfs/guard.h"
#include "vfs/node.h"

/* Kinds of access a share may have or deny. */
#define DITTO_SHARE_KINDS	3

/**
 * struct ditto_claims - all claims on a file
 * @lock: guards the rest
 * @node: whose they are
 * @holds: by owner
 * @ranges: the ranges
 * @waits: who waits for ranges, the oldest first
 * @nr_waits: how many
 * @shares: holds with a share
 * @nr_shares: how many
 * @accesses: how many shares read, write, delete
 * @denies: how many deny that
 * @parked: requests that wait for a break
 * @whole: who has the whole file in the VFS instead of its ranges; NULL: nobody
 * @whole_exclusive: it has it exclusively
 * @whole_met: somebody else met it there; under the lock of vfs_whole.c
 * @whole_since: when this was last ended, jiffies; 0: never
 * @on_whole: among those that have a @whole; under the lock of vfs_whole.c
 * @caches: the caches
 * @nr_caches: how many
 * @recalled: one was taken back, at
 * @recalled_at: this time, jiffies
 * @lease: what stands for them in the VFS; NULL: nothing
 */
struct ditto_claims {
	struct mutex		lock;
	struct ditto_node	*node;
	struct rb_root		holds;
	struct ditto_ranges	ranges;
	struct list_head	waits;
	unsigned int		nr_waits;
	struct list_head	shares;
	unsigned int		nr_shares;
	u32			accesses[DITTO_SHARE_KINDS];
	u32			denies[DITTO_SHARE_KINDS];
	struct list_head	parked;
	struct ditto_hold	*whole;
	bool			whole_exclusive;
	bool			whole_met;
	unsigned long		whole_since;
	struct hlist_node	on_whole;
	struct list_head	caches;
	unsigned int		nr_caches;
	bool			recalled;
	unsigned long		recalled_at;
	struct ditto_vfs_lease	*lease;
};

/**
 * struct ditto_hold - what an owner has on a file
 * @claims: the file's claims
 * @owner: the owner; held
 * @obj: the object it came by; held
 * @file: an open file for the VFS's locks; held once something needed it
 * @number: of the hold; never used again, and greater than that of any before it
 * @users: claims, waits and requests in work; at 0 the hold goes; under claims->lock
 * @ranges: how many of them are ranges
 * @shared: one of them is a share
 * @share: its number
 * @shared_since: when it was granted, boot time in ns
 * @access: what the share does, DITTO_SHARE_ bits
 * @deny: what it denies to others
 * @on_shares: in claims->shares
 * @caches: its caches
 * @by_owner: in claims->holds
 * @on_owner: in owner->holds; under client->lock
 * @by_number: all holds; under the lock of claims.c
 * @list: those about to be put
 * @ref: one as long as it is in claims->holds, one of each who looks from outside
 */
struct ditto_hold {
	struct ditto_claims	*claims;
	struct ditto_owner	*owner;
	struct ditto_object	*obj;
	struct ditto_file	*file;
	u64			number;
	unsigned int		users;
	unsigned int		ranges;
	bool			shared;
	u8			access;
	u8			deny;
	u64			share;
	u64			shared_since;
	struct list_head	on_shares;
	struct list_head	caches;
	struct rb_node		by_owner;
	struct list_head	on_owner;
	struct rb_node		by_number;
	struct list_head	list;
	refcount_t		ref;
};

static inline struct ditto_hold *range_hold(const struct ditto_range_lock *lock)
{
	return lock->owner;
}

static inline struct ditto_claims *ditto_claims_of(const struct ditto_node *node)
{
	return smp_load_acquire(&node->claims);
}

/* claims.c */
struct ditto_claims *ditto_claims_make(struct ditto_object *obj);
void ditto_claims_summarize(struct ditto_claims *claims, u32 mask, u32 summary);
u64 ditto_claim_number(void);
struct ditto_hold *ditto_hold_find(struct ditto_claims *claims, const struct ditto_owner *owner);
struct ditto_hold *ditto_hold_next(u64 *number, const struct net *net,
				   const struct ditto_export *exp);
struct ditto_hold *ditto_hold_begin(struct ditto_claims *claims, struct ditto_owner *owner,
				    struct ditto_object *obj, struct ditto_hold **spare,
				    struct list_head *gone);
struct ditto_hold *ditto_hold_alloc(void);
void ditto_hold_free(struct ditto_hold *hold);
void ditto_hold_get(struct ditto_hold *hold);
void ditto_hold_put(struct ditto_hold *hold);
void ditto_hold_end(struct ditto_hold *hold, struct list_head *gone);
void ditto_holds_put(struct list_head *gone);
void ditto_hold_release(struct ditto_hold *hold, int why);

/* byterange.c */
struct ditto_range_lock *ditto_range_conflict(struct ditto_hold *hold,
					      const struct ditto_range *range, bool exclusive);
void ditto_range_holder(const struct ditto_range_lock *lock, struct ditto_conflict *by);
int ditto_range_take(struct ditto_hold *hold, const struct ditto_range *range, bool exclusive,
		     struct ditto_range_lock **spare, struct ditto_conflict *by);
bool ditto_wait_charge(struct ditto_hold *hold);
void ditto_wait_uncharge(struct ditto_client *client);
bool ditto_spares_alloc(struct ditto_range_lock **spare);
void ditto_spares_free(struct ditto_range_lock **spare);
void ditto_ranges_forget(struct ditto_hold *hold, int why, struct list_head *gone);
int ditto_byterange_start(void);
void ditto_byterange_stop(void);

/* wait.c */
int ditto_wait_begin(struct ditto_hold *hold, struct ditto_range_request *rq);
struct ditto_wait *ditto_wait_before(struct ditto_hold *hold, const struct ditto_range *range,
				     bool exclusive, const struct ditto_wait *end);
void ditto_wait_kick(struct ditto_wait *wait, unsigned long delay);
void ditto_waits_retry(struct ditto_claims *claims, struct list_head *gone);
void ditto_waits_release(struct ditto_hold *hold, int why, struct list_head *gone);
int ditto_wait_start(void);
void ditto_wait_stop(void);

/* vfs_lock.c */
int ditto_vfs_lock(struct ditto_hold *hold, const struct ditto_range *range, bool exclusive,
		   struct ditto_conflict *by);
int ditto_vfs_unlock(struct ditto_hold *hold, const struct ditto_range *range);
int ditto_vfs_test(struct ditto_claims *claims, struct ditto_file *f, struct ditto_owner *owner,
		   const struct ditto_range *range, bool exclusive, struct ditto_conflict *by);
int ditto_vfs_set(struct ditto_hold *hold, const struct ditto_range *range, int type,
		  struct ditto_conflict *by);
int ditto_vfs_wait(struct ditto_wait *wait, bool ours);
void ditto_vfs_unwait(struct ditto_wait *wait);
int ditto_vfs_file(struct ditto_range_request *rq, struct ditto_file **file);

/* vfs_whole.c */
void ditto_vfs_whole_try(struct ditto_hold *hold);
bool ditto_vfs_whole_has(const struct ditto_hold *hold, bool exclusive);
bool ditto_vfs_whole_drop(struct ditto_hold *hold, const struct ditto_range *range, int *err);
bool ditto_vfs_whole_met(struct file_lock *fl);
void ditto_vfs_whole_expire(void);
void ditto_vfs_whole_settle(struct ditto_hold *hold);
int ditto_vfs_exact(struct ditto_claims *claims);

/* share.c */
void ditto_share_forget(struct ditto_hold *hold);
int ditto_share_start(void);
void ditto_share_stop(void);
int ditto_share_ask(struct ditto_claims *claims, struct ditto_access *acc, unsigned int access);

/* What a summary says of caches. */
#define DITTO_SUMMARY_CACHES							\
	(DITTO_SUMMARY_CACHE_R | DITTO_SUMMARY_CACHE_W | DITTO_SUMMARY_CACHE_H)

static inline u32 ditto_cache_summary(unsigned int bits)
{
	return (bits & DITTO_CACHE_R ? DITTO_SUMMARY_CACHE_R : 0) |
	       (bits & DITTO_CACHE_W ? DITTO_SUMMARY_CACHE_W : 0) |
	       (bits & DITTO_CACHE_H ? DITTO_SUMMARY_CACHE_H : 0);
}

/* cache.c */
bool ditto_cache_same_holder(const struct ditto_owner *a, const struct ditto_owner *b);
bool ditto_cache_charge(struct ditto_claims *claims, struct ditto_client *client);
void ditto_cache_uncharge(struct ditto_client *client);
void ditto_cache_link(struct ditto_cache *cache, struct ditto_hold *hold,
		      const struct ditto_cache_request *rq);
void ditto_caches_settle(struct ditto_claims *claims);
int ditto_caches_ask(struct ditto_claims *claims, struct ditto_access *acc,
		     const struct ditto_owner *owner, enum ditto_intent intent);
int ditto_caches_ask_sharer(struct ditto_claims *claims, struct ditto_access *acc,
			    const struct ditto_hold *sharer);
void ditto_caches_break_local(struct ditto_claims *claims, bool write);
bool ditto_cache_recall(struct ditto_hold *hold, u64 number);
void ditto_caches_forget(struct ditto_hold *hold, struct list_head *gone);
unsigned int ditto_caches_bits(const struct ditto_claims *claims);
int ditto_cache_start(void);
void ditto_cache_stop(void);

/* vfs_lease.c */
struct ditto_vfs_lease *ditto_vfs_lease_prepare(struct ditto_access *acc,
						struct ditto_object *obj);
void ditto_vfs_lease_discard(struct ditto_vfs_lease *lease);
int ditto_vfs_lease_set(struct ditto_claims *claims, struct ditto_vfs_lease **spare,
			unsigned int bits);
void ditto_vfs_lease_sync(struct ditto_claims *claims);
unsigned int ditto_vfs_local_bars(const struct inode *inode);
void ditto_vfs_lease_flush(void);
int ditto_vfs_lease_start(void);
void ditto_vfs_lease_stop(void);

/* park.c */
void ditto_park_join(struct ditto_park *park, struct ditto_claims *claims);
void ditto_parks_kick(struct ditto_claims *claims);

/* intent.c */
extern const struct ditto_guard_ops ditto_intent_ops;

/* deadlock.c */
bool ditto_deadlock_block(struct ditto_wait *wait, struct ditto_owner *blocker, bool fair);
void ditto_deadlock_unblock(struct ditto_wait *wait);

#endif
