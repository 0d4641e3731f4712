/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations that change a directory or an inode.
 */
#ifndef DITTO_COMPAT_FS_H
#define DITTO_COMPAT_FS_H

#include <linux/fs.h>
#include <linux/posix_acl_xattr.h>
#include <linux/slab.h>
#include "compat/locks.h"
#include "compat/namei.h"

#ifndef HAVE_VFS_DIROP_DELEG
/*
 * The newest kernel's operations that add or remove a name may have to break
 * the directory's delegation and say so in @di. Older ones never break it, so
 * @di stays as it was.
 */

/* The directory comes from the dentry; the call is always exclusive. */
static inline int ditto_compat_vfs_create(struct mnt_idmap *idmap,
					  struct dentry *child, umode_t mode,
					  struct delegated_inode *di)
{
	return vfs_create(idmap, d_inode(child->d_parent), child, mode, true);
}
#define vfs_create ditto_compat_vfs_create

/*
 * On success the caller gets the dentry to go on with, which need not be
 * @child; on failure @child is put and its parent unlocked already. Where the
 * file system left @child without an inode, look it up.
 */
static inline struct dentry *
ditto_compat_vfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
		       struct dentry *child, umode_t mode,
		       struct delegated_inode *di)
{
	int err = vfs_mkdir(idmap, dir, child, mode);
	struct dentry *made = child;

	if (!err && unlikely(d_unhashed(child) || d_is_negative(child))) {
		struct qstr name = child->d_name;

		made = ditto_compat_lookup_excl(&name, child->d_parent, 0);
		err = PTR_ERR_OR_ZERO(made);
		if (!err)
			dput(child);
	}
	if (!err)
		return made;
	end_creating(child);
	return ERR_PTR(err);
}
#define vfs_mkdir ditto_compat_vfs_mkdir

static inline int ditto_compat_vfs_mknod(struct mnt_idmap *idmap,
					 struct inode *dir,
					 struct dentry *child, umode_t mode,
					 dev_t dev, struct delegated_inode *di)
{
	return vfs_mknod(idmap, dir, child, mode, dev);
}
#define vfs_mknod ditto_compat_vfs_mknod

static inline int ditto_compat_vfs_symlink(struct mnt_idmap *idmap,
					   struct inode *dir,
					   struct dentry *child,
					   const char *target,
					   struct delegated_inode *di)
{
	return vfs_symlink(idmap, dir, child, target);
}
#define vfs_symlink ditto_compat_vfs_symlink

static inline int ditto_compat_vfs_rmdir(struct mnt_idmap *idmap,
					 struct inode *dir,
					 struct dentry *child,
					 struct delegated_inode *di)
{
	return vfs_rmdir(idmap, dir, child);
}
#define vfs_rmdir ditto_compat_vfs_rmdir
#endif

#ifndef HAVE_DELEGATED_INODE
/* These report a busy delegation on every kernel, in the old or the new type. */
static inline int ditto_compat_vfs_link(struct dentry *target,
					struct mnt_idmap *idmap,
					struct inode *dir, struct dentry *child,
					struct delegated_inode *di)
{
	struct inode *busy = NULL;
	int err = vfs_link(target, idmap, dir, child, di ? &busy : NULL);

	return ditto_compat_delegated(di, busy, err);
}
#define vfs_link ditto_compat_vfs_link

static inline int ditto_compat_vfs_unlink(struct mnt_idmap *idmap,
					  struct inode *dir,
					  struct dentry *child,
					  struct delegated_inode *di)
{
	struct inode *busy = NULL;
	int err = vfs_unlink(idmap, dir, child, di ? &busy : NULL);

	return ditto_compat_delegated(di, busy, err);
}
#define vfs_unlink ditto_compat_vfs_unlink

static inline int ditto_compat_notify_change(struct mnt_idmap *idmap,
					     struct dentry *dentry,
					     struct iattr *attr,
					     struct delegated_inode *di)
{
	struct inode *busy = NULL;
	int err = notify_change(idmap, dentry, attr, di ? &busy : NULL);

	return ditto_compat_delegated(di, busy, err);
}
#define notify_change ditto_compat_notify_change
#endif

#ifndef HAVE_INODE_STATE_READ
/* The newest kernel keeps i_state behind accessors. */
static inline unsigned int inode_state_read_once(struct inode *inode)
{
	return READ_ONCE(inode->i_state);
}
#endif

#ifndef HAVE_ACL_TO_XATTR_ALLOC
/*
 * Returns a buffer the caller frees, or NULL if there is no memory, instead of
 * filling one; @size becomes its length in bytes.
 */
static inline void *
ditto_compat_posix_acl_to_xattr(struct user_namespace *ns,
				const struct posix_acl *acl, size_t *size,
				gfp_t gfp)
{
	size_t len = posix_acl_xattr_size(acl->a_count);
	void *buf = kmalloc(len, gfp);

	if (!buf)
		return NULL;
	if (posix_acl_to_xattr(ns, acl, buf, len) < 0) {
		kfree(buf);
		return NULL;
	}
	*size = len;
	return buf;
}
#define posix_acl_to_xattr ditto_compat_posix_acl_to_xattr
#endif

/**
 * ditto_compat_dir_room - tell a file system how much the caller can take
 * @ctx: the directory read about to start
 * @bytes: room for entries, as a hint how far to read ahead; 0 unknown
 *
 * Kernels without the hint go without.
 */
static inline void ditto_compat_dir_room(struct dir_context *ctx, int bytes)
{
#ifdef HAVE_DIR_CONTEXT_COUNT
	ctx->count = bytes;
#endif
}

#endif
