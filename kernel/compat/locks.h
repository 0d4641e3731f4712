/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leases, delegations and who waits for their break.
 */
#ifndef DITTO_COMPAT_LOCKS_H
#define DITTO_COMPAT_LOCKS_H

#include <linux/exportfs.h>
#include <linux/filelock.h>
#include <linux/fs.h>

#ifndef HAVE_DELEGATED_INODE
/*
 * Older kernels hand out a bare struct inode pointer. The newest one wraps it
 * and pins the super block too, because the caller may drop its mount before
 * it waits.
 */
struct delegated_inode {
	struct inode *di_inode;
};

static inline bool is_delegated(struct delegated_inode *di)
{
	return di->di_inode;
}

/* What an old vfs function left in @inode, as the newest kernel leaves it. */
static inline int ditto_compat_delegated(struct delegated_inode *di,
					 struct inode *inode, int err)
{
	if (inode) {
		atomic_inc(&inode->i_sb->s_active);
		di->di_inode = inode;
	}
	return err;
}

static inline int ditto_compat_break_deleg_wait(struct delegated_inode *di)
{
	struct super_block *sb = di->di_inode->i_sb;
	int err = break_deleg_wait(&di->di_inode);

	deactivate_super(sb);
	return err;
}
#define break_deleg_wait ditto_compat_break_deleg_wait

/*
 * Breaks are asked for by LEASE_BREAK_ flags instead of an open mode. Older
 * kernels never break a directory's delegation; the DIR_ flags say nothing
 * there.
 */
#define LEASE_BREAK_LEASE		BIT(0)
#define LEASE_BREAK_DELEG		BIT(1)
#define LEASE_BREAK_LAYOUT		BIT(2)
#define LEASE_BREAK_NONBLOCK		BIT(3)
#define LEASE_BREAK_OPEN_RDONLY		BIT(4)
#define LEASE_BREAK_DIR_CREATE		BIT(5)
#define LEASE_BREAK_DIR_DELETE		BIT(6)
#define LEASE_BREAK_DIR_RENAME		BIT(7)

static inline int ditto_compat_break_deleg(struct inode *inode,
					   unsigned int flags)
{
	unsigned int mode = flags & LEASE_BREAK_OPEN_RDONLY ? O_RDONLY : O_WRONLY;

	if (flags & LEASE_BREAK_NONBLOCK)
		mode |= O_NONBLOCK;
	return break_deleg(inode, mode);
}
#define break_deleg ditto_compat_break_deleg

static inline int ditto_compat_try_break_deleg(struct inode *inode,
					       unsigned int flags,
					       struct delegated_inode *di)
{
	int err = break_deleg(inode, flags | LEASE_BREAK_NONBLOCK);

	if (err == -EWOULDBLOCK && di) {
		ihold(inode);
		ditto_compat_delegated(di, inode, err);
	}
	return err;
}
#define try_break_deleg ditto_compat_try_break_deleg
#endif

/*
 * Whether a lock request on @file may be answered later through lm_grant. The
 * newest kernel asks the file operations, older ones the export operations.
 */
static inline bool ditto_compat_can_async_lock(const struct file *file)
{
#ifdef HAVE_LOCKS_CAN_ASYNC_LOCK
	return locks_can_async_lock(file->f_op);
#else
	const struct export_operations *ops = file_inode(file)->i_sb->s_export_op;

	return !file->f_op->lock || (ops && exportfs_lock_op_is_async(ops));
#endif
}

/*
 * The newest kernel leaves it to the lease manager to look for opens that
 * conflict with a new lease, and calls lm_open_conflict without asking whether
 * it is there; older ones look themselves. Use in the initialiser of struct
 * lease_manager_operations.
 */
#ifdef HAVE_LM_OPEN_CONFLICT
#define DITTO_LM_OPEN_CONFLICT(fn)	.lm_open_conflict = (fn),
#else
#define DITTO_LM_OPEN_CONFLICT(fn)
#endif

/* Kernels that break a directory's delegation have masks for its events. */
#ifdef FL_IGN_DIR_CREATE
#define DITTO_HAVE_DIR_LEASES		1
#else
#define DITTO_HAVE_DIR_LEASES		0
#endif

#endif
