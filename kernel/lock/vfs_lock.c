// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges in the VFS: local processes and other servers meet ours there, and we theirs.
 *
 * All an owner has on a file is placed there under one VFS owner, itself. Of an SMB
 * open, whose ranges may lie on top of each other, the VFS knows for each byte the
 * strongest; when one of them goes, the bytes it covered are set anew. The VFS
 * knows no byte behind OFFSET_MAX; what lies there is in our table only.
 *
 * A wait is placed there as well where the file system leaves locks to the VFS.
 * Elsewhere (network and cluster file systems) nobody would tell, and it is
 * tried again from time to time.
 *
 * Who has very many is there with one lock of the whole file: vfs_whole.c.
 *
 * The mutex of the file's claims is held by all callers.
 */
#include <linux/file.h>
#include <linux/filelock.h>
#include <linux/module.h>
#include "compat/compat.h"
#include "lock/claims.h"

/* How often a lock is tried that another machine has. */
#define VFS_POLL	(HZ / 4)

static struct ditto_wait *wait_of(struct file_lock *fl)
{
	return container_of(fl, struct ditto_wait, vfs);
}

/* What a wait waits for in the VFS has changed. Under a spinlock of the VFS. */
static void vfs_notify(struct file_lock *fl)
{
	ditto_wait_kick(wait_of(fl), 0);
}

/* The same for all, for those of an owner become one where they meet. */
static const struct lock_manager_operations vfs_lock_ops = {
	.lm_mod_owner		= THIS_MODULE,
	.lm_notify		= vfs_notify,
	.lm_lock_expirable	= ditto_vfs_whole_met,
	.lm_expire_lock		= ditto_vfs_whole_expire,
};

/* False if the VFS knows none of these bytes. */
static bool vfs_prepare(struct file_lock *fl, struct file *file, struct ditto_owner *owner,
			const struct ditto_range *range, int type)
{
	if (range->empty || range->first > OFFSET_MAX)
		return false;
	locks_init_lock(fl);
	fl->c.flc_owner = owner;
	/* nobody's on this machine */
	fl->c.flc_pid = -1;
	fl->c.flc_file = file;
	fl->c.flc_flags = FL_POSIX;
	fl->c.flc_type = type;
	fl->fl_start = range->first;
	fl->fl_end = min_t(u64, range->last, OFFSET_MAX);
	fl->fl_lmops = &vfs_lock_ops;
	return true;
}

static void vfs_conflict(const struct file_lock *fl, const struct ditto_range *range,
			 bool exclusive, struct ditto_conflict *by)
{
	memset(by, 0, sizeof(*by));
	by->protocol = "local";
	by->oh_len = scnprintf((char *)by->oh, sizeof(by->oh), "local");
	if (!fl) {
		by->range = *range;
		by->exclusive = true;
		return;
	}
	by->range.first = fl->fl_start;
	by->range.last = fl->fl_end == OFFSET_MAX ? U64_MAX : fl->fl_end;
	by->exclusive = fl->c.flc_type == F_WRLCK;
	by->svid = fl->c.flc_pid > 0 ? fl->c.flc_pid : 0;
}

/**
 * ditto_vfs_set - set bytes of an owner in the VFS
 * @hold: the owner's, locked
 * @range: which
 * @type: F_RDLCK, F_WRLCK or F_UNLCK
 * @by: filled in for -EAGAIN
 *
 * Return: 0; -EAGAIN: a local process has some of them; -ENOLCK: no memory, no locks; an
 * errno of the file system.
 */
int ditto_vfs_set(struct ditto_hold *hold, const struct ditto_range *range, int type,
		  struct ditto_conflict *by)
{
	struct file *file = hold->file->file;
	struct file_lock conflict;
	struct file_lock fl;
	int err;

	if (!vfs_prepare(&fl, file, hold->owner, range, type))
		return 0;
	locks_init_lock(&conflict);
	conflict.c.flc_type = F_UNLCK;
	err = vfs_lock_file(file, F_SETLK, &fl, &conflict);
	if (err == -EAGAIN || err == -EACCES) {
		vfs_conflict(conflict.c.flc_type == F_UNLCK ? NULL : &conflict, range,
			     type == F_WRLCK, by);
		err = -EAGAIN;
	}
	locks_release_private(&conflict);
	locks_release_private(&fl);
	/* no locks for want of memory, or there are none on this file system, or not at once */
	if (err == -ENOMEM || err == -EOPNOTSUPP || err > 0)
		err = -ENOLCK;
	return err;
}

/* How bytes from @first on are locked by a hold, and up to which byte: *@last at most. */
static int hold_type_at(struct ditto_hold *hold, u64 first, u64 *last)
{
	int type = F_UNLCK;
	struct ditto_range_lock *lock;

	ditto_ranges_for_each_of(lock, &hold->claims->ranges, hold) {
		if (lock->range.empty || lock->range.last < first || lock->range.first > *last)
			continue;
		if (lock->range.first > first) {
			*last = lock->range.first - 1;
			continue;
		}
		*last = min(*last, lock->range.last);
		if (lock->exclusive)
			type = F_WRLCK;
		else if (type == F_UNLCK)
			type = F_RDLCK;
	}
	return type;
}

/* Makes the VFS agree with the table on these bytes, which are weaker there than in the VFS. */
static int vfs_resync(struct ditto_hold *hold, const struct ditto_range *range)
{
	struct ditto_range part = { .first = range->first };
	struct ditto_conflict by;
	int err = 0, ret;
	int type;

	if (range->empty)
		return 0;
	for (;;) {
		part.last = range->last;
		type = hold_type_at(hold, part.first, &part.last);
		ret = ditto_vfs_set(hold, &part, type, &by);
		if (ret)
			err = ret;
		if (part.last == range->last)
			return err;
		part.first = part.last + 1;
	}
}

/* A shared range of an SMB open: where it has an exclusive one, that stays. */
static int vfs_lock_under(struct ditto_hold *hold, const struct ditto_range *range,
			  struct ditto_conflict *by)
{
	struct ditto_range part = { .first = range->first };
	int err;

	for (;;) {
		part.last = range->last;
		if (hold_type_at(hold, part.first, &part.last) == F_UNLCK) {
			err = ditto_vfs_set(hold, &part, F_RDLCK, by);
			if (err)
				break;
		}
		if (part.last == range->last)
			return 0;
		part.first = part.last + 1;
	}
	vfs_resync(hold, range);
	return err;
}

/**
 * ditto_vfs_lock - place a range in the VFS
 * @hold: whose it is; it is not in the table yet
 * @range: what
 * @exclusive: how
 * @by: filled in for -EAGAIN
 *
 * Return: 0; -EAGAIN: a local process has it; -ENOLCK: no memory, no locks; an errno of
 * the file system.
 */
int ditto_vfs_lock(struct ditto_hold *hold, const struct ditto_range *range, bool exclusive,
		   struct ditto_conflict *by)
{
	int err;

	lockdep_assert_held(&hold->claims->lock);
	if (range->empty || ditto_vfs_whole_has(hold, exclusive))
		return 0;
	err = ditto_vfs_exact(hold->claims);
	if (err)
		return err;
	if (hold->owner->handle && !exclusive)
		return vfs_lock_under(hold, range, by);
	return ditto_vfs_set(hold, range, exclusive ? F_WRLCK : F_RDLCK, by);
}

/**
 * ditto_vfs_unlock - take a range out of the VFS
 * @hold: whose it is; an SMB open's is out of the table already
 * @range: what
 *
 * Return: 0; -ENOLCK: no memory; an errno of the file system.
 */
int ditto_vfs_unlock(struct ditto_hold *hold, const struct ditto_range *range)
{
	struct ditto_conflict by;
	int err;

	lockdep_assert_held(&hold->claims->lock);
	if (ditto_vfs_whole_drop(hold, range, &err))
		return err;
	if (hold->owner->handle)
		return vfs_resync(hold, range);
	return ditto_vfs_set(hold, range, F_UNLCK, &by);
}

/**
 * ditto_vfs_test - does a local process have a range?
 * @claims: the file's claims, locked
 * @f: the file, open
 * @owner: who asks
 * @range: what
 * @exclusive: how
 * @by: filled in for -EAGAIN
 *
 * Return: 0: no; -EAGAIN: yes; an errno of the file system.
 */
int ditto_vfs_test(struct ditto_claims *claims, struct ditto_file *f, struct ditto_owner *owner,
		   const struct ditto_range *range, bool exclusive, struct ditto_conflict *by)
{
	struct file_lock fl;
	int err;

	/* where one of ours has it all, no local process has anything that is exclusive */
	if (claims->whole && (claims->whole_exclusive || !exclusive))
		return 0;
	err = ditto_vfs_exact(claims);
	if (err)
		return err;
	if (!vfs_prepare(&fl, f->file, owner, range, exclusive ? F_WRLCK : F_RDLCK))
		return 0;
	/* there is nobody to call back for a question */
	fl.fl_lmops = NULL;
	err = vfs_test_lock(f->file, &fl);
	if (!err && fl.c.flc_type != F_UNLCK) {
		vfs_conflict(&fl, range, exclusive, by);
		err = -EAGAIN;
	}
	locks_release_private(&fl);
	return err;
}

/**
 * ditto_vfs_wait - have the VFS tell when a wait may have become possible
 * @wait: queued
 * @ours: a range of our table is in its way, and when that goes it is looked at anyway; if
 *	not, the VFS has refused it
 *
 * Return: -EAGAIN: it will be kicked; -EDEADLK: it would wait for ever, for local
 * processes wait for it.
 */
int ditto_vfs_wait(struct ditto_wait *wait, bool ours)
{
	struct ditto_hold *hold = wait->hold;
	struct file *file = hold->file->file;
	int err;

	/* looked at again, also where there is no memory for that now */
	if (file->f_op->lock || ditto_vfs_exact(hold->claims)) {
		if (!ours)
			ditto_wait_kick(wait, VFS_POLL);
		return -EAGAIN;
	}
	if (!vfs_prepare(&wait->vfs, file, hold->owner, &wait->range,
			 wait->exclusive ? F_WRLCK : F_RDLCK))
		return -EAGAIN;
	/* it shall wait, but take nothing: not even if what stood in the way has just gone */
	wait->vfs.c.flc_flags |= FL_SLEEP | FL_ACCESS;
	wait->posted = true;
	err = vfs_lock_file(file, F_SETLKW, &wait->vfs, NULL);
	if (err == FILE_LOCK_DEFERRED)
		return -EAGAIN;
	wait->posted = false;
	locks_release_private(&wait->vfs);
	if (err == -EDEADLK)
		return err;
	/* the VFS knows less than the table: behind OFFSET_MAX, nothing */
	if (!ours)
		ditto_wait_kick(wait, err ? VFS_POLL : 0);
	return -EAGAIN;
}

/**
 * ditto_vfs_unwait - have the VFS forget a wait
 * @wait: may have been placed there
 */
void ditto_vfs_unwait(struct ditto_wait *wait)
{
	if (!wait->posted)
		return;
	locks_delete_block(&wait->vfs);
	locks_release_private(&wait->vfs);
	wait->posted = false;
}

/**
 * ditto_vfs_file - open the file a lock is to be placed on
 * @rq: the request
 * @file: set to the file, for ditto_file_put()
 *
 * Whoever may read or write a file may lock it; how does not matter to the VFS. File
 * systems with locks of their own want it open for writing to lock it exclusively.
 *
 * Return: 0 or as ditto_file_get().
 */
int ditto_vfs_file(struct ditto_range_request *rq, struct ditto_file **file)
{
	int err = ditto_file_get(rq->acc, rq->obj, false, file);

	if (err == -EACCES || (!err && rq->exclusive && (*file)->file->f_op->lock)) {
		if (!err)
			ditto_file_put(*file);
		err = ditto_file_get(rq->acc, rq->obj, true, file);
	}
	if (err)
		*file = NULL;
	return err;
}
