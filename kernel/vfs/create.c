// SPDX-License-Identifier: GPL-2.0-only
/*
 * New objects: files, directories, symbolic links and special files.
 *
 * Each creation runs inside one lock of the directory, from the attributes
 * before to those after; what has changed is brought to stable storage after
 * the lock is dropped, so that creations in one directory share their commits.
 */
#include <linux/limits.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include "vfs/name.h"

/* Permission bits of objects whose creator did not say: nobody else's. */
#define MODE_FILE	0600
#define MODE_DIRECTORY	0700

static umode_t mode_wanted(const struct ditto_setattr *sattr, umode_t unsaid)
{
	return sattr->set & DITTO_SET_MODE ? sattr->mode & S_IALLUGO : unsaid;
}

/* The file system may have made the object under another dentry than the one it was given. */
static int settle(struct ditto_object *dir, struct qstr *name, struct path *path)
{
	struct dentry *found;

	if (likely(d_is_positive(path->dentry) && !d_unhashed(path->dentry)))
		return 0;
	found = lookup_one_positive_unlocked(mnt_idmap(path->mnt), name, dir->path.dentry);
	if (IS_ERR(found))
		return PTR_ERR(found);
	dput(path->dentry);
	path->dentry = found;
	return 0;
}

static int hand_out(struct ditto_object *dir, const struct path *path,
		    struct ditto_object **child)
{
	struct ditto_object *obj;

	if (!child)
		return 0;
	obj = ditto_object_make(dir->exp, path);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	*child = obj;
	return 0;
}

/*
 * The last step of every creation. @err: how it went so far; @child: NULL if
 * the object is not wanted.
 */
static int finish(struct ditto_nameop *op, int err, struct ditto_object **child)
{
	struct ditto_object *dir = op->dir;
	struct path path = { .mnt = dir->path.mnt };

	if (err) {
		ditto_nameop_end(op);
		return ditto_name_error(dir, err);
	}
	path.dentry = dget(op->child);
	ditto_nameop_end(op);
	err = settle(dir, &op->name, &path);
	if (!err)
		err = ditto_attr_commit(op->acc, &dir->path);
	if (!err)
		err = ditto_attr_commit(op->acc, &path);
	if (!err)
		err = hand_out(dir, &path, child);
	dput(path.dentry);
	return err;
}

/* What @sattr asks for beyond what the object got when it was made; directory locked. */
static int dress(struct ditto_nameop *op, const struct ditto_setattr *sattr)
{
	struct path path = { .mnt = op->dir->path.mnt, .dentry = op->child };

	if (unlikely(d_is_negative(op->child)))
		return 0;
	return ditto_setattr_new(op->acc, &path, sattr);
}

/*
 * An exclusive creation keeps its verifier in the times of the file (RFC 1813
 * 3.3.8). File systems are not at ease with seconds past 2^31, so the highest
 * bit of each half shows in the fraction of the second.
 */
static struct timespec64 verifier_time(const u8 half[4], struct inode *inode)
{
	u32 v = get_unaligned_be32(half);
	struct timespec64 t = {
		.tv_sec = v & 0x7fffffff,
		.tv_nsec = v >> 31 ? NSEC_PER_SEC / 2 : 0,
	};

	return timestamp_truncate(t, inode);
}

static void verifier_set(const u8 verifier[8], struct inode *inode, struct ditto_setattr *sattr)
{
	sattr->set |= DITTO_SET_ATIME | DITTO_SET_MTIME;
	sattr->mtime = verifier_time(verifier, inode);
	sattr->atime = verifier_time(verifier + 4, inode);
}

static bool verifier_matches(const u8 verifier[8], struct inode *inode)
{
	struct timespec64 mtime = verifier_time(verifier, inode);
	struct timespec64 atime = verifier_time(verifier + 4, inode);
	struct timespec64 now_mtime = inode_get_mtime(inode);
	struct timespec64 now_atime = inode_get_atime(inode);

	return S_ISREG(inode->i_mode) && !i_size_read(inode) &&
	       timespec64_equal(&mtime, &now_mtime) && timespec64_equal(&atime, &now_atime);
}

/* Makes the file; the name is free and the directory locked. */
static int create_new(struct ditto_nameop *op, enum ditto_create_how how,
		      const struct ditto_setattr *sattr, const u8 verifier[8])
{
	bool exclusive = how == DITTO_CREATE_EXCLUSIVE;
	struct ditto_setattr all = *sattr;
	umode_t mode;
	int err;

	mode = mode_wanted(sattr, exclusive ? 0 : MODE_FILE);
	err = vfs_create(mnt_idmap(op->dir->path.mnt), op->child, mode | S_IFREG, NULL);
	if (err)
		return err;
	if (exclusive && d_is_positive(op->child))
		verifier_set(verifier, d_inode(op->child), &all);
	return dress(op, &all);
}

/*
 * The name exists. *@reuse: the file that has it is the answer, with the mount
 * it is on.
 */
static int create_existing(struct ditto_nameop *op, enum ditto_create_how how,
			   const u8 verifier[8], struct path *reuse)
{
	struct inode *inode = d_inode(op->child);

	if (how == DITTO_CREATE_GUARDED || !S_ISREG(inode->i_mode))
		return -EEXIST;
	if (how == DITTO_CREATE_EXCLUSIVE && !verifier_matches(verifier, inode))
		return -EEXIST;
	reuse->mnt = mntget(op->dir->path.mnt);
	reuse->dentry = dget(op->child);
	return 0;
}

/* Of the attributes asked for, a file that was there already takes the size only. */
static int reuse_file(struct ditto_access *acc, struct ditto_object *dir, struct path *path,
		      enum ditto_create_how how, const struct ditto_setattr *sattr,
		      struct ditto_object **child)
{
	struct ditto_setattr size = { .set = DITTO_SET_SIZE, .size = sattr->size };
	struct ditto_object *obj;
	struct ditto_wcc wcc;
	int err;

	err = ditto_export_follow_down(dir->exp, path);
	if (err)
		return err;
	obj = ditto_object_make(dir->exp, path);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (how == DITTO_CREATE_UNCHECKED && sattr->set & DITTO_SET_SIZE)
		err = ditto_setattr(acc, obj, &size, NULL, &wcc);
	if (err || !child)
		ditto_object_put(obj);
	else
		*child = obj;
	return err;
}

/**
 * ditto_create - make a regular file (RFC 1813 3.3.8)
 * @acc: the caller's access
 * @dir: the directory
 * @name: @len bytes
 * @len: bytes
 * @how: what to do if the name exists
 * @sattr: attributes to begin with; with DITTO_CREATE_EXCLUSIVE the times are not free
 * @verifier: for DITTO_CREATE_EXCLUSIVE
 * @child: the file, referenced; NULL if it is not wanted
 * @dir_wcc: filled in
 *
 * Return: 0, -EEXIST (also: the name is not that of a regular file), -EACCES, -EROFS, -ENOTDIR,
 * -ENAMETOOLONG, -EINVAL, -ENOSPC, -EDQUOT, -ESTALE, -EJUKEBOX, or what the file system said.
 */
int ditto_create(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		 enum ditto_create_how how, const struct ditto_setattr *sattr,
		 const u8 verifier[8], struct ditto_object **child, struct ditto_wcc *dir_wcc)
{
	struct ditto_nameop op;
	struct path reuse;
	int err;

	err = ditto_nameop_start(&op, acc, dir, name, len, dir_wcc);
	if (err)
		return err;
	if (d_is_negative(op.child))
		return finish(&op, create_new(&op, how, sattr, verifier), child);
	err = create_existing(&op, how, verifier, &reuse);
	ditto_nameop_end(&op);
	if (err)
		return err;
	err = reuse_file(acc, dir, &reuse, how, sattr, child);
	path_put(&reuse);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_create);

/**
 * ditto_mkdir - make a directory (RFC 1813 3.3.9)
 * @acc: the caller's access
 * @dir: the directory it is made in
 * @name: @len bytes
 * @len: bytes
 * @sattr: attributes to begin with
 * @child: the new directory, referenced; NULL if it is not wanted
 * @dir_wcc: filled in
 *
 * Return: as ditto_create().
 */
int ditto_mkdir(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		const struct ditto_setattr *sattr, struct ditto_object **child,
		struct ditto_wcc *dir_wcc)
{
	umode_t mode = mode_wanted(sattr, MODE_DIRECTORY);
	struct ditto_nameop op;
	struct dentry *made;
	int err;

	err = ditto_nameop_start(&op, acc, dir, name, len, dir_wcc);
	if (err)
		return err;
	/* A refusal has put the dentry and unlocked the directory. */
	made = vfs_mkdir(mnt_idmap(dir->path.mnt), ditto_object_inode(dir), op.child,
			 mode | S_IFDIR, NULL);
	if (IS_ERR(made)) {
		op.child = NULL;
		return finish(&op, PTR_ERR(made), child);
	}
	op.child = made;
	return finish(&op, dress(&op, sattr), child);
}
EXPORT_SYMBOL_GPL(ditto_mkdir);

static int target_check(const char *target)
{
	size_t len = strlen(target);

	if (!len)
		return -ENOENT;
	return len >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/**
 * ditto_symlink - make a symbolic link (RFC 1813 3.3.10)
 * @acc: the caller's access
 * @dir: the directory
 * @name: @len bytes
 * @len: bytes
 * @target: what it says, with a NUL; never looked at
 * @sattr: attributes to begin with; a link has no mode
 * @child: the link, referenced; NULL if it is not wanted
 * @dir_wcc: filled in
 *
 * Return: as ditto_create(); -ENOENT: @target is empty.
 */
int ditto_symlink(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		  const char *target, const struct ditto_setattr *sattr,
		  struct ditto_object **child, struct ditto_wcc *dir_wcc)
{
	struct ditto_nameop op;
	int err;

	err = ditto_nameop_start(&op, acc, dir, name, len, dir_wcc);
	if (err)
		return err;
	err = target_check(target);
	if (!err)
		err = vfs_symlink(mnt_idmap(dir->path.mnt), ditto_object_inode(dir), op.child,
				  target, NULL);
	if (!err)
		err = dress(&op, sattr);
	return finish(&op, err, child);
}
EXPORT_SYMBOL_GPL(ditto_symlink);

/* Device nodes are for who may make them here; the VFS lets everybody make a whiteout. */
static int special_check(umode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	case S_IFCHR:
	case S_IFBLK:
		return capable(CAP_MKNOD) ? 0 : -EPERM;
	default:
		return -EINVAL;
	}
}

/**
 * ditto_mknod - make a special file (RFC 1813 3.3.11)
 * @acc: the caller's access
 * @dir: the directory
 * @name: @len bytes
 * @len: bytes
 * @mode: the type: FIFO, socket, character or block device
 * @rdev: the device, for the latter two
 * @sattr: attributes to begin with
 * @child: the special file, referenced; NULL if it is not wanted
 * @dir_wcc: filled in
 *
 * Return: as ditto_create(); -EINVAL: not one of these types; -EPERM: a device, and not root.
 */
int ditto_mknod(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		umode_t mode, dev_t rdev, const struct ditto_setattr *sattr,
		struct ditto_object **child, struct ditto_wcc *dir_wcc)
{
	umode_t bits = mode_wanted(sattr, MODE_FILE);
	struct ditto_nameop op;
	int err;

	if (!S_ISCHR(mode) && !S_ISBLK(mode))
		rdev = 0;
	err = ditto_nameop_start(&op, acc, dir, name, len, dir_wcc);
	if (err)
		return err;
	err = special_check(mode);
	if (!err)
		err = vfs_mknod(mnt_idmap(dir->path.mnt), ditto_object_inode(dir), op.child,
				(mode & S_IFMT) | bits, rdev, NULL);
	if (!err)
		err = dress(&op, sattr);
	return finish(&op, err, child);
}
EXPORT_SYMBOL_GPL(ditto_mknod);
