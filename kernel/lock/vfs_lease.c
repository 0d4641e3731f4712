// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches in the VFS: local processes and other servers make ours give way, and stand
 * in their way.
 *
 * All caches on a file are represented by one lease of the kind the VFS asks for
 * every change (FL_DELEG): for writing if one of them has W, for reading if not. Its
 * breaking has all of them broken, by a worker, for it is told under a spinlock; the
 * process that needs the file waits in the VFS until the lease is gone, or weak
 * enough. Operations of clients do not concern it: they have asked (vfs/guard.h).
 *
 * Where the kernel knows no leases of directories, a mark tells of what was changed
 * in one, when it has been. File systems that have no leases get no caches.
 *
 * The mutex of the file's claims is held by all callers, unless it is said otherwise.
 */
#include <linux/file.h>
#include <linux/filelock.h>
#include <linux/fsnotify_backend.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "lock/claims.h"

/* How soon it is tried again to weaken a lease of a file that was just locked. */
#define LEASE_RETRY	(HZ / 100 + 1)
/*
 * The VFS takes a lease that is not given up in its own time. Caches are taken at
 * the deadline of each, so it need not; this is longer than any of them.
 */
#define LEASE_NEVER	(3600 * HZ)

/* Bits of ditto_vfs_lease.broken */
enum { BROKEN_READ, BROKEN_WRITE };

/**
 * struct ditto_vfs_lease - what stands for the caches of a file
 * @claims: the file's claims, whose node is held; NULL until it is placed
 * @obj: the file; held
 * @f: it, open; NULL: a directory
 * @dir: the directory, open
 * @mark: tells of changes in the directory; NULL: the lease does
 * @type: F_UNLCK: not placed; F_RDLCK, F_WRLCK
 * @broken: somebody needs the file, BROKEN_ bits
 * @ref: one as long as it is placed, one of each queued @work
 * @work: breaks the caches, or weakens the lease
 * @close: closes the file
 */
struct ditto_vfs_lease {
	struct ditto_claims	*claims;
	struct ditto_object	*obj;
	struct ditto_file	*f;
	struct file		*dir;
	struct lease_mark	*mark;
	int			type;
	unsigned long		broken;
	refcount_t		ref;
	struct delayed_work	work;
	struct work_struct	close;
};

/**
 * struct lease_mark - hears of changes in a directory
 * @mark: what fsnotify knows of it
 * @lease: whom to tell; NULL: nobody any more; under mark_lock
 */
struct lease_mark {
	struct fsnotify_mark	mark;
	struct ditto_vfs_lease	*lease;
};

static struct workqueue_struct *lease_wq;
static struct fsnotify_group *mark_group;
static DEFINE_SPINLOCK(mark_lock);

static struct file *lease_file(const struct ditto_vfs_lease *lease)
{
	return lease->f ? lease->f->file : lease->dir;
}

/* ---- the end of one ------------------------------------------------------ */

static void lease_close(struct ditto_vfs_lease *lease)
{
	if (lease->f)
		ditto_file_put(lease->f);
	if (lease->dir)
		__fput_sync(lease->dir);
	if (lease->claims)
		ditto_node_put(lease->claims->node);
	ditto_object_put(lease->obj);
	kfree(lease);
}

static void lease_close_work(struct work_struct *work)
{
	lease_close(container_of(work, struct ditto_vfs_lease, close));
}

static void lease_put(struct ditto_vfs_lease *lease)
{
	if (refcount_dec_and_test(&lease->ref))
		queue_work(lease_wq, &lease->close);
}

/* Any context. */
static void lease_kick(struct ditto_vfs_lease *lease, unsigned long delay)
{
	bool queued;

	refcount_inc(&lease->ref);
	queued = delay ? queue_delayed_work(lease_wq, &lease->work, delay) :
		!mod_delayed_work(lease_wq, &lease->work, 0);
	if (!queued)
		lease_put(lease);
}

/* ---- being broken -------------------------------------------------------- */

static void lease_broken(struct ditto_vfs_lease *lease, int how)
{
	set_bit(how, &lease->broken);
	lease_kick(lease, 0);
}

/* Under a spinlock of the VFS. */
static bool lease_break(struct file_lease *fl)
{
	struct ditto_vfs_lease *lease = fl->c.flc_owner;

	/* who waits to read looks at this one, too */
	fl->fl_break_time = jiffies + LEASE_NEVER;
	if (fl->c.flc_flags & FL_UNLOCK_PENDING) {
		lease_broken(lease, BROKEN_WRITE);
	} else {
		fl->fl_downgrade_time = jiffies + LEASE_NEVER;
		lease_broken(lease, BROKEN_READ);
	}
	return false;
}

static int lease_change(struct file_lease *fl, int type, struct list_head *dispose)
{
	if (type == F_WRLCK && fl->c.flc_flags & (FL_UNLOCK_PENDING | FL_DOWNGRADE_PENDING))
		return -EAGAIN;
	/* these are looked at whether it is being broken or not */
	fl->fl_downgrade_time = 0;
	if (!(fl->c.flc_flags & FL_UNLOCK_PENDING))
		fl->fl_break_time = 0;
	return lease_modify(fl, type, dispose);
}

static bool lease_is_breakers(struct file_lease *fl)
{
	return ditto_access_active();
}

/* Looked for by ditto_vfs_local_bars(), when the lease is there. */
static int __maybe_unused lease_open_conflict(struct file *file, int type)
{
	return 0;
}

static const struct lease_manager_operations lease_ops = {
	.lm_break		= lease_break,
	.lm_change		= lease_change,
	.lm_breaker_owns_lease	= lease_is_breakers,
	DITTO_LM_OPEN_CONFLICT(lease_open_conflict)
};

/* Somebody has changed a directory. In the task that did it, with locks held. */
static int mark_event(struct fsnotify_mark *mark, u32 mask, struct inode *inode,
		      struct inode *dir, const struct qstr *name, u32 cookie)
{
	struct lease_mark *lm = container_of(mark, struct lease_mark, mark);

	if (ditto_access_active())
		return 0;
	spin_lock(&mark_lock);
	if (lm->lease)
		lease_broken(lm->lease, BROKEN_WRITE);
	spin_unlock(&mark_lock);
	return 0;
}

static void mark_free(struct fsnotify_mark *mark)
{
	kfree(container_of(mark, struct lease_mark, mark));
}

static const struct fsnotify_ops mark_ops = {
	.handle_inode_event	= mark_event,
	.free_mark		= mark_free,
};

/* ---- in and out of the VFS ----------------------------------------------- */

static int mark_place(struct ditto_vfs_lease *lease)
{
	struct lease_mark *lm;
	int err;

	if (lease->mark)
		return 0;
	lm = kzalloc_obj(*lm, GFP_KERNEL);
	if (!lm)
		return -ENOMEM;
	fsnotify_init_mark(&lm->mark, mark_group);
	lm->mark.mask = FS_CREATE | FS_DELETE | FS_MOVED_FROM | FS_MOVED_TO;
	lm->lease = lease;
	err = fsnotify_add_inode_mark(&lm->mark, ditto_object_inode(lease->obj), 0);
	if (err)
		fsnotify_put_mark(&lm->mark);
	else
		lease->mark = lm;
	return err;
}

static void mark_remove(struct ditto_vfs_lease *lease)
{
	struct lease_mark *lm = lease->mark;

	spin_lock(&mark_lock);
	lm->lease = NULL;
	spin_unlock(&mark_lock);
	fsnotify_destroy_mark(&lm->mark, mark_group);
	fsnotify_put_mark(&lm->mark);
	lease->mark = NULL;
}

/* Places it, or changes its type. */
static int lease_place(struct ditto_vfs_lease *lease, int type)
{
	struct file *file = lease_file(lease);
	struct file_lease *fl;
	int err;

	if (lease->dir && !DITTO_HAVE_DIR_LEASES)
		return mark_place(lease);
	fl = locks_alloc_lease();
	if (!fl)
		return -ENOMEM;
	fl->fl_lmops = &lease_ops;
	fl->c.flc_flags = FL_DELEG;
	fl->c.flc_type = type;
	fl->c.flc_owner = lease;
	fl->c.flc_file = file;
	fl->c.flc_pid = current->tgid;
	err = kernel_setlease(file, type, &fl, NULL);
	/* it is the VFS's now, unless there was one to be changed */
	if (fl)
		locks_free_lease(fl);
	return err;
}

static void lease_remove(struct ditto_vfs_lease *lease)
{
	void *owner = lease;

	if (lease->mark)
		mark_remove(lease);
	else
		kernel_setlease(lease_file(lease), F_UNLCK, NULL, &owner);
	lease->type = F_UNLCK;
	lease->claims->lease = NULL;
	if (cancel_delayed_work(&lease->work))
		lease_put(lease);
	lease_put(lease);
}

/* The caches have been broken, or a lease could not be weakened at once. */
static void lease_work(struct work_struct *work)
{
	struct ditto_vfs_lease *lease = container_of(to_delayed_work(work),
						     struct ditto_vfs_lease, work);
	struct ditto_claims *claims = lease->claims;
	unsigned long broken;

	mutex_lock(&claims->lock);
	if (claims->lease == lease) {
		broken = xchg(&lease->broken, 0);
		if (broken)
			ditto_caches_break_local(claims, broken & BIT(BROKEN_WRITE));
		ditto_vfs_lease_sync(claims);
	}
	mutex_unlock(&claims->lock);
	lease_put(lease);
}

/* ---- for cache.c --------------------------------------------------------- */

/**
 * ditto_vfs_lease_prepare - open what a lease may be placed on
 * @acc: the caller's access, begun
 * @obj: the file or directory
 *
 * Without locks. Who may neither read nor write a file gets no cache of it.
 *
 * Return: for ditto_vfs_lease_set() and ditto_vfs_lease_discard(); NULL: there can be no lease.
 */
struct ditto_vfs_lease *ditto_vfs_lease_prepare(struct ditto_access *acc,
						struct ditto_object *obj)
{
	struct ditto_vfs_lease *lease;
	int err;

	lease = kzalloc_obj(*lease, GFP_KERNEL);
	if (!lease)
		return NULL;
	lease->type = F_UNLCK;
	refcount_set(&lease->ref, 1);
	INIT_DELAYED_WORK(&lease->work, lease_work);
	INIT_WORK(&lease->close, lease_close_work);
	if (S_ISDIR(ditto_object_inode(obj)->i_mode)) {
		lease->dir = dentry_open(&obj->path, O_RDONLY | O_LARGEFILE | O_NONBLOCK,
					 current_cred());
		err = PTR_ERR_OR_ZERO(lease->dir);
	} else {
		err = ditto_file_get(acc, obj, false, &lease->f);
		if (err == -EACCES)
			err = ditto_file_get(acc, obj, true, &lease->f);
	}
	if (err) {
		kfree(lease);
		return NULL;
	}
	lease->obj = ditto_object_get(obj);
	return lease;
}

/**
 * ditto_vfs_lease_discard - a lease was not needed
 * @lease: from ditto_vfs_lease_prepare(); NULL: it was
 *
 * Without locks.
 */
void ditto_vfs_lease_discard(struct ditto_vfs_lease *lease)
{
	if (lease)
		lease_close(lease);
}

/**
 * ditto_vfs_lease_set - have the VFS know of caches
 * @claims: locked; the caches are about to be granted
 * @spare: a lease to place if there is none; set to NULL if it was taken
 * @bits: of the caches, DITTO_CACHE_ bits
 *
 * Return: 0; -EAGAIN: somebody on this machine is in the way, or may be; -EINVAL, -EOPNOTSUPP:
 * no leases here; -ENOMEM.
 */
int ditto_vfs_lease_set(struct ditto_claims *claims, struct ditto_vfs_lease **spare,
			unsigned int bits)
{
	int type = bits & DITTO_CACHE_W ? F_WRLCK : F_RDLCK;
	struct ditto_vfs_lease *lease = claims->lease;
	int err;

	lockdep_assert_held(&claims->lock);
	if (lease && (lease->type == type || lease->type == F_WRLCK))
		return 0;
	if (!lease) {
		lease = *spare;
		if (!lease)
			return -EAGAIN;
		/* it may be broken before this returns */
		lease->claims = claims;
		ditto_node_hold(claims->node);
	}
	err = lease_place(lease, type);
	if (!err) {
		lease->type = type;
		if (!claims->lease) {
			claims->lease = lease;
			*spare = NULL;
		}
	} else if (!claims->lease) {
		lease->claims = NULL;
		ditto_node_put(claims->node);
	}
	return err;
}

/**
 * ditto_vfs_lease_sync - let the VFS know of no more than there is
 * @claims: locked
 */
void ditto_vfs_lease_sync(struct ditto_claims *claims)
{
	struct ditto_vfs_lease *lease = claims->lease;
	unsigned int bits;

	if (!lease)
		return;
	bits = ditto_caches_bits(claims);
	if (!bits) {
		lease_remove(lease);
	} else if (lease->type == F_WRLCK && !(bits & DITTO_CACHE_W)) {
		/* it is refused while the inode is locked, too */
		if (lease_place(lease, F_RDLCK))
			lease_kick(lease, LEASE_RETRY);
		else
			lease->type = F_RDLCK;
	}
}

/**
 * ditto_vfs_local_bars - what cannot be cached for what local processes have open
 * @inode: the inode; the lease is placed
 *
 * Who opens it from now on meets the lease, and is counted before it does.
 *
 * Return: DITTO_CACHE_ bits.
 */
unsigned int ditto_vfs_local_bars(const struct inode *inode)
{
	if (!S_ISREG(inode->i_mode))
		return 0;
	/* pairs with the one in break_lease() */
	smp_mb();
	if (atomic_read(&inode->i_writecount) > (int)ditto_files_open(inode, true))
		return DITTO_CACHE_RWH;
	if (atomic_read(&inode->i_readcount) > (int)ditto_files_open(inode, false))
		return DITTO_CACHE_W;
	return 0;
}

/* ---- start and stop ------------------------------------------------------ */

/**
 * ditto_vfs_lease_flush - wait until the files of leases that are gone are closed
 */
void ditto_vfs_lease_flush(void)
{
	/* what breaks a lease may be the one to put it */
	flush_workqueue(lease_wq);
	flush_workqueue(lease_wq);
}

/**
 * ditto_vfs_lease_start - start
 *
 * Return: 0 or a negative errno.
 */
int ditto_vfs_lease_start(void)
{
	mark_group = fsnotify_alloc_group(&mark_ops, 0);
	if (IS_ERR(mark_group))
		return PTR_ERR(mark_group);
	lease_wq = alloc_workqueue("ditto-lease", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (lease_wq)
		return 0;
	fsnotify_put_group(mark_group);
	return -ENOMEM;
}

/**
 * ditto_vfs_lease_stop - stop; no caches are left
 */
void ditto_vfs_lease_stop(void)
{
	ditto_vfs_lease_flush();
	destroy_workqueue(lease_wq);
	fsnotify_put_group(mark_group);
	fsnotify_wait_marks_destroyed();
}
