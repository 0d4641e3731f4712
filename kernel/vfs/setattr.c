// SPDX-License-Identifier: GPL-2.0-only
/*
 * Setting attributes, of an object that exists and of one just created.
 */
#include <linux/filelock.h>
#include <linux/mount.h>
#include "compat/compat.h"
#include "vfs/attr.h"
#include "vfs/guard.h"
#include "vfs/node.h"

#define SET_TIMES_CLIENT	(DITTO_SET_ATIME | DITTO_SET_MTIME)
#define SET_TIMES_SERVER	(DITTO_SET_ATIME_NOW | DITTO_SET_MTIME_NOW)

static int iattr_ids(const struct ditto_setattr *sattr, struct iattr *ia)
{
	if (sattr->set & DITTO_SET_UID) {
		kuid_t uid = make_kuid(&init_user_ns, sattr->uid);

		if (!uid_valid(uid))
			return -EINVAL;
		ia->ia_vfsuid = VFSUIDT_INIT(uid);
		ia->ia_valid |= ATTR_UID;
	}
	if (sattr->set & DITTO_SET_GID) {
		kgid_t gid = make_kgid(&init_user_ns, sattr->gid);

		if (!gid_valid(gid))
			return -EINVAL;
		ia->ia_vfsgid = VFSGIDT_INIT(gid);
		ia->ia_valid |= ATTR_GID;
	}
	return 0;
}

/*
 * To the server's clock: who may write may. To any other time: the owner. The
 * VFS tells the two apart by TOUCH and TIMES_SET, for both times together.
 */
static int iattr_times(const struct ditto_setattr *sattr, struct iattr *ia)
{
	if (sattr->set & DITTO_SET_ATIME) {
		if ((unsigned long)sattr->atime.tv_nsec >= NSEC_PER_SEC)
			return -EINVAL;
		ia->ia_atime = sattr->atime;
		ia->ia_valid |= ATTR_ATIME | ATTR_ATIME_SET;
	} else if (sattr->set & DITTO_SET_ATIME_NOW) {
		ia->ia_valid |= ATTR_ATIME;
	}
	if (sattr->set & DITTO_SET_MTIME) {
		if ((unsigned long)sattr->mtime.tv_nsec >= NSEC_PER_SEC)
			return -EINVAL;
		ia->ia_mtime = sattr->mtime;
		ia->ia_valid |= ATTR_MTIME | ATTR_MTIME_SET;
	} else if (sattr->set & DITTO_SET_MTIME_NOW) {
		ia->ia_valid |= ATTR_MTIME;
	}
	if (sattr->set & SET_TIMES_CLIENT)
		ia->ia_valid |= ATTR_TIMES_SET;
	else if (sattr->set & SET_TIMES_SERVER)
		ia->ia_valid |= ATTR_TOUCH;
	return 0;
}

/* All but the size, which has rules of its own. */
static int iattr_from(const struct inode *inode, const struct ditto_setattr *sattr,
		      struct iattr *ia)
{
	int err;

	*ia = (struct iattr){};
	if (sattr->set & DITTO_SET_MODE) {
		ia->ia_mode = (sattr->mode & S_IALLUGO) | (inode->i_mode & ~S_IALLUGO);
		ia->ia_valid |= ATTR_MODE;
	}
	err = iattr_ids(sattr, ia);
	if (!err)
		err = iattr_times(sattr, ia);
	if (ia->ia_valid)
		ia->ia_valid |= ATTR_CTIME;
	return err;
}

/*
 * A file that gets a new owner or group loses its privileges, as with chown(2).
 * A mode in the same request counts as set after that: it stands as it is, as
 * far as the caller may set it.
 */
static void iattr_drop_privileges(struct mnt_idmap *idmap, struct inode *inode, struct iattr *ia)
{
	if (!(ia->ia_valid & (ATTR_UID | ATTR_GID)) || S_ISDIR(inode->i_mode))
		return;
	ia->ia_valid |= ATTR_KILL_PRIV;
	if (!(ia->ia_valid & ATTR_MODE))
		ia->ia_valid |= ATTR_KILL_SUID | setattr_should_drop_sgid(idmap, inode);
}

/*
 * The inode is locked, write access is held. Changing the size drops
 * privileges like a write does; by FORCE, as the caller need not own the file.
 */
static int set_size(struct mnt_idmap *idmap, struct dentry *dentry, u64 size)
{
	struct inode *inode = d_inode(dentry);
	struct iattr ia = {
		.ia_valid = ATTR_SIZE | ATTR_MTIME | ATTR_CTIME,
		.ia_size = size,
	};
	int kill = setattr_should_drop_suidgid(idmap, inode);

	if (!IS_NOSEC(inode))
		ia.ia_valid |= ATTR_KILL_PRIV;
	if (kill)
		ia.ia_valid |= kill | ATTR_FORCE;
	return notify_change(idmap, dentry, &ia, NULL);
}

/* What has to be right before the inode is locked; on 0 write access is held. */
static int prepare_size(struct ditto_object *obj, u64 size)
{
	struct inode *inode = ditto_object_inode(obj);
	int err;

	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode))
		return -EINVAL;
	if (size > inode->i_sb->s_maxbytes)
		return -EFBIG;
	err = ditto_file_permission(obj, true);
	if (err)
		return err;
	if (IS_APPEND(inode) || IS_IMMUTABLE(inode))
		return -EPERM;
	err = get_write_access(inode);
	if (err)
		return err;
	err = break_lease(inode, O_WRONLY | O_NONBLOCK);
	if (err)
		put_write_access(inode);
	return err;
}

/* NFSv3 compares what it last showed: 32 bits of seconds (RFC 1813 3.3.2). */
static bool same_ctime(const struct inode *inode, const struct timespec64 *guard)
{
	struct timespec64 ctime = inode_get_ctime(inode);

	return (u32)ctime.tv_sec == (u32)guard->tv_sec && ctime.tv_nsec == guard->tv_nsec;
}

/* The inode is locked. Size first, so that times in the same request last. */
static int set_locked(struct ditto_object *obj, const struct ditto_setattr *sattr,
		      struct iattr *ia)
{
	struct mnt_idmap *idmap = mnt_idmap(obj->path.mnt);
	struct dentry *dentry = obj->path.dentry;
	int err = 0;

	if (sattr->set & DITTO_SET_SIZE)
		err = set_size(idmap, dentry, sattr->size);
	if (err || !ia->ia_valid)
		return err;
	iattr_drop_privileges(idmap, d_inode(dentry), ia);
	return notify_change(idmap, dentry, ia, NULL);
}

static int set_and_note(struct ditto_access *acc, struct ditto_object *obj,
			const struct ditto_setattr *sattr, const struct timespec64 *guard,
			struct ditto_wcc *wcc)
{
	struct inode *inode = ditto_object_inode(obj);
	struct iattr ia;
	int err;

	inode_lock(inode);
	ditto_wcc_before(acc, obj, wcc, true);
	if (guard && !same_ctime(inode, guard)) {
		err = -EAGAIN;
	} else {
		err = iattr_from(inode, sattr, &ia);
		if (!err)
			err = ditto_vfs_error(set_locked(obj, sattr, &ia));
	}
	ditto_wcc_after(acc, obj, wcc);
	inode_unlock(inode);
	return err;
}

/* A new size changes data from there, or from the old end, on. */
static int ask_setattr(struct ditto_guard *asked, struct ditto_access *acc,
		       struct ditto_object *obj, const struct ditto_setattr *sattr)
{
	u64 first;

	if (!(sattr->set & DITTO_SET_SIZE))
		return ditto_guard_begin(asked, acc, obj, DITTO_INTENT_SET_META, 0, U64_MAX);
	first = min_t(u64, sattr->size, i_size_read(ditto_object_inode(obj)));
	return ditto_guard_begin(asked, acc, obj, DITTO_INTENT_WRITE_DATA, first, U64_MAX);
}

/**
 * ditto_setattr - set attributes of an object (RFC 1813 3.3.2)
 * @acc: the caller's access
 * @obj: the object
 * @sattr: what to set; the size is set first
 * @guard: NULL, or the ctime the object must still have
 * @wcc: filled in
 *
 * Return: 0; -EAGAIN: @guard does not match; -EPERM, -EACCES, -EROFS; -EISDIR or -EINVAL: a size
 * for what has none; -EFBIG; -ETXTBSY: the file is a running program; -EJUKEBOX: a lease or
 * delegation is being recalled; or what the file system said.
 */
int ditto_setattr(struct ditto_access *acc, struct ditto_object *obj,
		  const struct ditto_setattr *sattr, const struct timespec64 *guard,
		  struct ditto_wcc *wcc)
{
	struct inode *inode = ditto_object_inode(obj);
	bool size = sattr->set & DITTO_SET_SIZE;
	struct ditto_guard asked;
	int err;

	ditto_wcc_none(wcc);
	err = ditto_access_may_write(acc);
	if (!err)
		err = mnt_want_write(obj->path.mnt);
	if (err)
		goto out;
	err = ask_setattr(&asked, acc, obj, sattr);
	if (err)
		goto out_drop;
	if (size)
		err = ditto_vfs_error(prepare_size(obj, sattr->size));
	if (err)
		goto out_end;
	err = set_and_note(acc, obj, sattr, guard, wcc);
	if (size)
		put_write_access(inode);
	if (!err)
		err = ditto_attr_commit(acc, &obj->path);
out_end:
	ditto_guard_end(&asked);
out_drop:
	mnt_drop_write(obj->path.mnt);
out:
	if (!wcc->after.valid)
		ditto_wcc_after_unlocked(acc, obj, wcc);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_setattr);

/* Ids that the caller could not have given later are not worth failing for. */
static void drop_foreign_ids(struct iattr *ia)
{
	if (capable(CAP_CHOWN))
		return;
	ia->ia_valid &= ~ATTR_UID;
	if (ia->ia_valid & ATTR_GID && !vfsgid_in_group_p(ia->ia_vfsgid))
		ia->ia_valid &= ~ATTR_GID;
}

/*
 * What is left to set in a new object, besides its size. New ids would drop
 * privileges; those that were asked for together with the ids stay.
 */
static int iattr_new(const struct ditto_setattr *sattr, struct inode *inode, struct iattr *ia)
{
	struct ditto_setattr rest = *sattr;
	int err;

	rest.set &= ~DITTO_SET_MODE;
	err = iattr_from(inode, &rest, ia);
	if (err)
		return err;
	drop_foreign_ids(ia);
	if (!S_ISLNK(inode->i_mode) && ia->ia_valid & (ATTR_UID | ATTR_GID)) {
		ia->ia_mode = inode->i_mode;
		ia->ia_valid |= ATTR_MODE | ATTR_CTIME;
	}
	return 0;
}

/**
 * ditto_setattr_new - give a new object the attributes that creating it could not
 * @acc: the caller's access
 * @child: the new object; its directory is locked
 * @sattr: what was asked for
 *
 * Nothing is changed when creating did it all, which is the usual case.
 *
 * Return: 0, or what the file system said; the object is there all the same.
 */
int ditto_setattr_new(struct ditto_access *acc, const struct path *child,
		      const struct ditto_setattr *sattr)
{
	struct mnt_idmap *idmap = mnt_idmap(child->mnt);
	struct inode *inode = d_inode(child->dentry);
	struct iattr ia;
	bool size;
	int err;

	size = sattr->set & DITTO_SET_SIZE && sattr->size && S_ISREG(inode->i_mode);
	err = iattr_new(sattr, inode, &ia);
	if (err || !(size || ia.ia_valid & ~ATTR_CTIME))
		return err;
	inode_lock(inode);
	if (size)
		err = set_size(idmap, child->dentry, sattr->size);
	if (!err && ia.ia_valid & ~ATTR_CTIME) {
		iattr_drop_privileges(idmap, inode, &ia);
		err = notify_change(idmap, child->dentry, &ia, NULL);
	}
	inode_unlock(inode);
	return ditto_vfs_error(err);
}
