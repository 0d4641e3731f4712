// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes: what an object looks like, what a change did to it, who may do
 * what with it, and what its file system can do. Setting them: setattr.c.
 */
#include <linux/backing-dev.h>
#include <linux/exportfs.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/statfs.h>
#include <linux/writeback.h>
#include "compat/compat.h"
#include "vfs/attr.h"

/*
 * A change number of a time: grows with it, and differs where the times do. A
 * second has fewer than 2^30 nanoseconds.
 */
static u64 change_of_time(const struct timespec64 *ctime)
{
	return ((u64)ctime->tv_sec << 30) + ctime->tv_nsec;
}

/*
 * A counter may lose its last steps in a crash and take them again for other
 * changes; the time in it keeps the two apart. Directories are logged with
 * each change, so their counters lose nothing.
 */
static u64 change_of_stat(const struct kstat *st)
{
	if (!(st->result_mask & STATX_CHANGE_COOKIE))
		return change_of_time(&st->ctime);
	if (!S_ISREG(st->mode) || st->attributes & STATX_ATTR_CHANGE_MONOTONIC)
		return st->change_cookie;
	return st->change_cookie + change_of_time(&st->ctime);
}

/**
 * ditto_attr_read - attributes of what a path leads to
 * @acc: the caller's access
 * @path: mount and dentry
 * @fsid: of the file system as clients see it, from the object's handle
 * @attr: filled in; not valid on error
 *
 * Return: 0, or what the file system said.
 */
int ditto_attr_read(const struct ditto_access *acc, const struct path *path, u64 fsid,
		    struct ditto_attr *attr)
{
	u32 mask = STATX_BASIC_STATS;
	int err;

	if (acc->want_change)
		mask |= STATX_CHANGE_COOKIE;
	err = vfs_getattr(path, &attr->st, mask, AT_STATX_SYNC_AS_STAT);
	attr->valid = !err;
	if (err)
		return err;
	attr->change = change_of_stat(&attr->st);
	attr->fsid = fsid;
	return 0;
}

/**
 * ditto_getattr - attributes of an object (RFC 1813 3.3.1)
 * @acc: the caller's access; every caller of the export may ask
 * @obj: the object
 * @attr: filled in; not valid on error
 *
 * Return: 0, or what the file system said.
 */
int ditto_getattr(struct ditto_access *acc, struct ditto_object *obj, struct ditto_attr *attr)
{
	return ditto_attr_read(acc, &obj->path, ditto_object_fsid(obj), attr);
}
EXPORT_SYMBOL_GPL(ditto_getattr);

static unsigned long export_op_flags(const struct super_block *sb)
{
	return sb->s_export_op ? sb->s_export_op->flags : 0;
}

/**
 * ditto_wcc_none - say that nothing is known
 * @wcc: cleared
 */
void ditto_wcc_none(struct ditto_wcc *wcc)
{
	wcc->before_valid = false;
	wcc->atomic = false;
	wcc->before_change = 0;
	wcc->after.valid = false;
}

/**
 * ditto_wcc_before - note what an object looks like before a change (RFC 1813 2.6)
 * @acc: the caller's access
 * @obj: what will be changed
 * @wcc: the part before is filled in
 * @locked: the caller holds the inode's lock, and will until ditto_wcc_after()
 *
 * A local inode holds all that is needed; others are asked like any stat().
 */
void ditto_wcc_before(const struct ditto_access *acc, const struct ditto_object *obj,
		      struct ditto_wcc *wcc, bool locked)
{
	struct inode *inode = ditto_object_inode(obj);
	unsigned long flags = export_op_flags(inode->i_sb);
	struct ditto_attr attr;

	ditto_wcc_none(wcc);
	if (flags & EXPORT_OP_NOWCC)
		return;
	if (acc->want_change || flags & EXPORT_OP_REMOTE_FS) {
		if (ditto_attr_read(acc, &obj->path, ditto_object_fsid(obj), &attr))
			return;
		wcc->size = attr.st.size;
		wcc->mtime = attr.st.mtime;
		wcc->ctime = attr.st.ctime;
		wcc->before_change = attr.change;
	} else {
		wcc->size = i_size_read(inode);
		wcc->mtime = inode_get_mtime(inode);
		wcc->ctime = inode_get_ctime(inode);
		wcc->before_change = change_of_time(&wcc->ctime);
	}
	wcc->before_valid = true;
	wcc->atomic = locked && !(flags & EXPORT_OP_NOATOMIC_ATTR);
}

/**
 * ditto_wcc_after - note what an object looks like after a change
 * @acc: the caller's access
 * @obj: what was changed, or was not because of an error
 * @wcc: the part after is filled in
 *
 * If ditto_wcc_before() was told that the inode's lock is held, it is still.
 */
void ditto_wcc_after(const struct ditto_access *acc, const struct ditto_object *obj,
		     struct ditto_wcc *wcc)
{
	if (ditto_attr_read(acc, &obj->path, ditto_object_fsid(obj), &wcc->after))
		wcc->atomic = false;
}

/**
 * ditto_wcc_after_unlocked - as ditto_wcc_after() where the lock was lost since
 * @acc: the caller's access
 * @obj: what was changed, or was not because of an error
 * @wcc: the part after is filled in
 */
void ditto_wcc_after_unlocked(const struct ditto_access *acc, const struct ditto_object *obj,
			      struct ditto_wcc *wcc)
{
	wcc->atomic = false;
	ditto_attr_read(acc, &obj->path, ditto_object_fsid(obj), &wcc->after);
}

/*
 * A file system that lies on others (overlayfs) has nothing to write back
 * itself; what it can do is to pass fsync() on.
 */
static int commit_through_file(const struct path *path)
{
	const struct file_operations *fop = d_inode(path->dentry)->i_fop;
	struct file *file;
	int err;

	if (!fop->fsync || fop->fsync == noop_fsync)
		return 0;
	file = dentry_open(path, O_RDONLY | O_LARGEFILE | O_NONBLOCK, current_cred());
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = vfs_fsync(file, 0);
	__fput_sync(file);
	return err;
}

/**
 * ditto_attr_commit - put what has changed about an object on stable storage
 * @acc: the caller's access
 * @path: what was changed; its lock is not held
 *
 * RFC 1813 4.8 wants every change of a name or attribute stable before the
 * answer. File systems that live in memory have nothing to wait for.
 *
 * Return: 0, or what the file system said.
 */
int ditto_attr_commit(const struct ditto_access *acc, const struct path *path)
{
	struct inode *inode = d_inode(path->dentry);
	const struct export_operations *ops = inode->i_sb->s_export_op;

	if (ditto_export_config(acc->exp)->flags & DITTO_EXPORT_ASYNC)
		return 0;
	if (ops && ops->commit_metadata)
		return ops->commit_metadata(inode);
	if (inode->i_sb->s_bdi == &noop_backing_dev_info)
		return commit_through_file(path);
	return sync_inode_metadata(inode, 1);
}

/* One question to the file system; what cannot be asked is not allowed. */
static bool may(const struct ditto_object *obj, int mask)
{
	return !inode_permission(mnt_idmap(obj->path.mnt), ditto_object_inode(obj), mask);
}

static bool may_write(struct ditto_access *acc, const struct ditto_object *obj, int mask)
{
	if (ditto_access_may_write(acc) || __mnt_is_readonly(obj->path.mnt))
		return false;
	return may(obj, MAY_WRITE | mask);
}

/*
 * Names are changed by who may search and write; those of an append-only
 * directory are there to stay.
 */
static u32 may_directory(struct ditto_access *acc, const struct ditto_object *obj, u32 want)
{
	const u32 change = DITTO_MAY_MODIFY | DITTO_MAY_EXTEND | DITTO_MAY_DELETE;
	u32 granted = 0;

	if (want & DITTO_MAY_READ && may(obj, MAY_READ))
		granted |= DITTO_MAY_READ;
	if (want & DITTO_MAY_LOOKUP && may(obj, MAY_EXEC))
		granted |= DITTO_MAY_LOOKUP;
	if (want & change && may_write(acc, obj, MAY_EXEC))
		granted |= want & change;
	if (IS_APPEND(ditto_object_inode(obj)))
		granted &= ~(DITTO_MAY_MODIFY | DITTO_MAY_DELETE);
	return granted;
}

static u32 may_other(struct ditto_access *acc, const struct ditto_object *obj, u32 want)
{
	const u32 change = DITTO_MAY_MODIFY | DITTO_MAY_EXTEND;
	u32 granted = 0;

	if (want & DITTO_MAY_READ && may(obj, MAY_READ))
		granted |= DITTO_MAY_READ;
	if (want & DITTO_MAY_EXECUTE && may(obj, MAY_EXEC))
		granted |= DITTO_MAY_EXECUTE;
	if (want & change && may_write(acc, obj, 0))
		granted |= want & change;
	if (IS_APPEND(ditto_object_inode(obj)))
		granted &= ~DITTO_MAY_MODIFY;
	return granted;
}

/**
 * ditto_may - which kinds of access a caller has (RFC 1813 3.3.4)
 * @acc: the caller's access
 * @obj: the object
 * @want: the kinds asked for, DITTO_MAY_*
 * @granted: those of @want that are allowed; LOOKUP and DELETE mean something
 *	for directories only, EXECUTE for anything but
 *
 * Return: 0.
 */
int ditto_may(struct ditto_access *acc, struct ditto_object *obj, u32 want, u32 *granted)
{
	if (d_is_dir(obj->path.dentry))
		*granted = may_directory(acc, obj, want);
	else
		*granted = may_other(acc, obj, want);
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_may);

static bool folds_case(const struct inode *inode)
{
	return IS_CASEFOLDED(inode) || inode->i_sb->s_magic == MSDOS_SUPER_MAGIC ||
	       inode->i_sb->s_magic == EXFAT_SUPER_MAGIC;
}

/**
 * ditto_fsinfo - what an object's file system is and can do (RFC 1813 3.3.18-20)
 * @acc: the caller's access
 * @obj: the object
 * @info: filled in
 *
 * Return: 0, or what the file system said.
 */
int ditto_fsinfo(struct ditto_access *acc, struct ditto_object *obj, struct ditto_fsinfo *info)
{
	struct super_block *sb = obj->path.dentry->d_sb;
	const struct inode_operations *root = d_inode(sb->s_root)->i_op;
	int err;

	err = vfs_statfs(&obj->path, &info->st);
	if (err)
		return err;
	info->max_file_size = sb->s_maxbytes;
	info->max_links = sb->s_max_links ? sb->s_max_links : U32_MAX;
	info->max_name = info->st.f_namelen;
	info->time_granularity_ns = max(sb->s_time_gran, 1U);
	info->case_insensitive = folds_case(ditto_object_inode(obj));
	info->case_preserving = true;
	info->links = root->link;
	info->symlinks = root->symlink;
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_fsinfo);
