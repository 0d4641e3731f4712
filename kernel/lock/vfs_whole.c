// SPDX-License-Identifier: GPL-2.0-only
/*
 * One lock in the VFS for many ranges.
 *
 * The VFS keeps the locks of a file in a list, which it goes through for each new
 * one. So an owner who alone has many ranges on a file, all of them shared or all
 * exclusive, is represented there by one lock of the whole file, and what it does
 * then is a matter of our table alone.
 *
 * Before anybody else has a look at the file's locks in the VFS, they are made to
 * agree with the table again (ditto_vfs_exact()), byte by byte, without a moment in
 * which less is locked than should be. For local processes and other servers the
 * VFS calls for that: our lock is one that may be given up (lm_lock_expirable), which
 * is asked under a spinlock, and then, without any, it is told to give it up
 * (lm_expire_lock) and looks again.
 */
#include <linux/filelock.h>
#include <linux/hash.h>
#include <linux/module.h>
#include "compat/compat.h"
#include "lock/claims.h"

/* From so many ranges on. */
#define WHOLE_MIN	256
/* With so few left, they are placed exactly. */
#define WHOLE_FEW	128
/* Not again so shortly after somebody else had a look. */
#define WHOLE_PAUSE	HZ
#define WHOLE_HASH_BITS	6

/* Claims with an owner who has the whole file, by inode; and whether they were met. */
static struct hlist_head whole_hash[1 << WHOLE_HASH_BITS];
static DEFINE_SPINLOCK(whole_lock);
/* Held while those that were met are seen to: who finds none waits for who found them. */
static DEFINE_MUTEX(whole_mutex);

static struct hlist_head *whole_bucket(const struct inode *inode)
{
	return &whole_hash[hash_ptr((void *)inode, WHOLE_HASH_BITS)];
}

/**
 * ditto_vfs_whole_met - does a lock in the VFS stand for many?
 * @fl: an owner's lock that somebody else met
 *
 * Under a spinlock of the VFS.
 *
 * Return: true: ditto_vfs_whole_expire() will make it those that it stands for.
 */
bool ditto_vfs_whole_met(struct file_lock *fl)
{
	struct inode *inode = file_inode(fl->c.flc_file);
	struct ditto_claims *claims;
	bool found = false;

	spin_lock(&whole_lock);
	hlist_for_each_entry(claims, whole_bucket(inode), on_whole) {
		if (claims->node->inode != inode || claims->whole->owner != fl->c.flc_owner)
			continue;
		claims->whole_met = true;
		found = true;
		break;
	}
	spin_unlock(&whole_lock);
	return found;
}

static struct ditto_claims *whole_next_met(void)
{
	struct ditto_claims *claims;
	unsigned int i;

	spin_lock(&whole_lock);
	for (i = 0; i < ARRAY_SIZE(whole_hash); i++) {
		hlist_for_each_entry(claims, &whole_hash[i], on_whole) {
			if (!claims->whole_met)
				continue;
			claims->whole_met = false;
			ditto_node_hold(claims->node);
			goto found;
		}
	}
	claims = NULL;
found:
	spin_unlock(&whole_lock);
	return claims;
}

/**
 * ditto_vfs_whole_expire - let locks be exact that somebody met
 *
 * In the process that met one, without locks.
 */
void ditto_vfs_whole_expire(void)
{
	struct ditto_claims *claims;

	mutex_lock(&whole_mutex);
	while ((claims = whole_next_met())) {
		mutex_lock(&claims->lock);
		ditto_vfs_exact(claims);
		mutex_unlock(&claims->lock);
		ditto_node_put(claims->node);
	}
	mutex_unlock(&whole_mutex);
}

static void whole_unhash(struct ditto_claims *claims)
{
	spin_lock(&whole_lock);
	hlist_del_init(&claims->on_whole);
	claims->whole_met = false;
	spin_unlock(&whole_lock);
}

/* Found by whom it stands in the way of, from before it is there until it is no more. */
static void whole_hash_add(struct ditto_claims *claims, struct ditto_hold *hold)
{
	spin_lock(&whole_lock);
	claims->whole = hold;
	hlist_add_head(&claims->on_whole, whole_bucket(claims->node->inode));
	spin_unlock(&whole_lock);
}

static void whole_end(struct ditto_claims *claims)
{
	whole_unhash(claims);
	claims->whole = NULL;
	claims->whole_since = jiffies;
}

/**
 * ditto_vfs_whole_try - have one lock stand for all of an owner's, if that is worth it
 * @hold: the owner's, locked; the VFS and the table agree
 *
 * Nothing is lost if it does not come to be.
 */
void ditto_vfs_whole_try(struct ditto_hold *hold)
{
	struct ditto_claims *claims = hold->claims;
	const struct ditto_ranges *table = &claims->ranges;
	bool exclusive = ditto_ranges_kinds(table, false);
	struct ditto_conflict by;

	if (hold->ranges < WHOLE_MIN || claims->whole || hold->ranges != table->count ||
	    hold->owner->handle || claims->nr_waits || hold->file->file->f_op->lock)
		return;
	if (claims->whole_since && time_before(jiffies, claims->whole_since + WHOLE_PAUSE))
		return;
	if (exclusive && ditto_ranges_has_shared(table))
		return;
	whole_hash_add(claims, hold);
	if (!ditto_vfs_set(hold, &DITTO_RANGE_ALL, exclusive ? F_WRLCK : F_RDLCK, &by))
		claims->whole_exclusive = exclusive;
	else
		whole_end(claims);
}

/**
 * ditto_vfs_whole_has - is a range locked in the VFS by what stands for many?
 * @hold: whose it shall be; locked
 * @exclusive: how
 *
 * Return: true: there is nothing to be done there.
 */
bool ditto_vfs_whole_has(const struct ditto_hold *hold, bool exclusive)
{
	const struct ditto_claims *claims = hold->claims;

	return claims->whole == hold && claims->whole_exclusive == exclusive;
}

/**
 * ditto_vfs_whole_drop - give something back, if it is locked by what stands for many
 * @hold: whose it is; locked
 * @range: what; it may be out of the table already if it is everything
 * @err: set to 0 or an errno of the file system if so
 *
 * Return: true: there is nothing more to be done in the VFS; false: it is to be unlocked.
 */
bool ditto_vfs_whole_drop(struct ditto_hold *hold, const struct ditto_range *range, int *err)
{
	struct ditto_claims *claims = hold->claims;
	struct ditto_conflict by;

	if (claims->whole != hold)
		return false;
	*err = 0;
	if (!range->first && range->last == U64_MAX) {
		*err = ditto_vfs_set(hold, &DITTO_RANGE_ALL, F_UNLCK, &by);
		if (!*err)
			whole_end(claims);
	}
	return true;
}

/**
 * ditto_vfs_whole_settle - an owner has given something back
 * @hold: the owner's, locked; the table is as it shall be
 *
 * With few ranges left they are placed one by one; with none the lock goes, for which no
 * memory is needed.
 */
void ditto_vfs_whole_settle(struct ditto_hold *hold)
{
	if (hold->claims->whole == hold && hold->ranges <= WHOLE_FEW)
		ditto_vfs_exact(hold->claims);
}

/**
 * ditto_vfs_exact - make the VFS agree with the table
 * @claims: locked
 *
 * From the end on: so each gap is cut off the first lock that the VFS has of the owner.
 * Where there is no memory for one it stays locked, for everybody: who met it must not come
 * here again at once. The next one of ours tries again.
 *
 * Return: 0; -ENOLCK: no memory; an errno of the file system.
 */
int ditto_vfs_exact(struct ditto_claims *claims)
{
	struct ditto_range gap = { .last = U64_MAX };
	struct ditto_hold *hold = claims->whole;
	struct ditto_range_lock *lock;
	struct ditto_conflict by;
	int err = 0;

	lockdep_assert_held(&claims->lock);
	if (!hold)
		return 0;
	for (lock = ditto_ranges_last_of(&claims->ranges, hold); lock && !err;
	     lock = ditto_ranges_prev_of(lock)) {
		gap.first = lock->range.last + 1;
		if (lock->range.last != U64_MAX && gap.first <= gap.last)
			err = ditto_vfs_set(hold, &gap, F_UNLCK, &by);
		gap.last = lock->range.first - 1;
		if (!lock->range.first)
			break;
		cond_resched();
	}
	gap.first = 0;
	if (!lock && !err)
		err = ditto_vfs_set(hold, &gap, F_UNLCK, &by);
	if (err)
		whole_unhash(claims);
	else
		whole_end(claims);
	return err;
}
