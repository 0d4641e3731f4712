// SPDX-License-Identifier: GPL-2.0-only
/*
 * Removal of names, and with the last one of what they named.
 */
#include <linux/mount.h>
#include <linux/namei.h>
#include "vfs/name.h"

/* Locks the directory and removes @name. *@victim: what it named, referenced. */
static int remove_locked(struct ditto_access *acc, struct ditto_object *dir, struct qstr *name,
			 bool directory, struct ditto_wcc *wcc, struct inode **victim,
			 struct ditto_guard *asked)
{
	struct mnt_idmap *idmap = mnt_idmap(dir->path.mnt);
	struct inode *parent = ditto_object_inode(dir);
	struct dentry *child;
	int err;

	child = start_removing(idmap, dir->path.dentry, name);
	if (IS_ERR(child))
		return PTR_ERR(child);
	ditto_wcc_before(acc, dir, wcc, true);
	*victim = d_inode(child);
	ihold(*victim);
	/* who may not remove it shall not have others give way */
	err = inode_permission(idmap, parent, MAY_WRITE | MAY_EXEC);
	if (!err)
		err = ditto_guard_begin_inode(asked, acc, *victim, DITTO_INTENT_UNLINK);
	if (err)
		goto out;
	if (directory)
		err = vfs_rmdir(idmap, parent, child, NULL);
	else
		err = vfs_unlink(idmap, parent, child, NULL);
out:
	ditto_wcc_after(acc, dir, wcc);
	end_removing(child);
	return err;
}

/*
 * The victim's reference is the last one, if it is, when the directory is
 * unlocked: freeing a large file takes long.
 */
static int remove_name(struct ditto_access *acc, struct ditto_object *dir, struct qstr *name,
		       bool directory, struct ditto_wcc *wcc)
{
	struct ditto_guard asked = {}, asked_victim = {};
	struct inode *victim = NULL;
	int err;

	err = ditto_access_may_write(acc);
	if (!err)
		err = ditto_guard_begin(&asked, acc, dir, DITTO_INTENT_DIR_CHANGE, 0, 0);
	if (err)
		return err;
	err = mnt_want_write(dir->path.mnt);
	if (err)
		goto out;
	if (!directory)
		ditto_name_close(dir, name);
	err = remove_locked(acc, dir, name, directory, wcc, &victim, &asked_victim);
	mnt_drop_write(dir->path.mnt);
	ditto_guard_end(&asked_victim);
	if (!err && (directory || !victim->i_nlink))
		ditto_object_forget_inode(victim);
	iput(victim);
	if (!err)
		err = ditto_attr_commit(acc, &dir->path);
out:
	ditto_guard_end(&asked);
	return ditto_name_error(dir, err);
}

/**
 * ditto_remove - remove a name of anything but a directory (RFC 1813 3.3.12)
 * @acc: the caller's access
 * @dir: the directory
 * @name: @len bytes
 * @len: bytes
 * @dir_wcc: filled in
 *
 * Return: 0, -ENOENT, -EISDIR, -EACCES, -EPERM (sticky directory, immutable file), -EROFS, -EBUSY
 * (something is mounted there), -EINVAL ("." and ".."), -ENOTDIR, -ENAMETOOLONG, -ESTALE,
 * -EJUKEBOX, or what the file system said.
 */
int ditto_remove(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		 struct ditto_wcc *dir_wcc)
{
	struct qstr qname = QSTR_LEN(name, len);
	int err;

	ditto_wcc_none(dir_wcc);
	err = ditto_name_check(dir, name, len);
	if (!err && (ditto_name_is_dot(name, len) || ditto_name_is_dotdot(name, len)))
		err = -EINVAL;
	if (!err)
		err = remove_name(acc, dir, &qname, false, dir_wcc);
	if (!dir_wcc->after.valid)
		ditto_wcc_after_unlocked(acc, dir, dir_wcc);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_remove);

/**
 * ditto_rmdir - remove an empty directory (RFC 1813 3.3.13)
 * @acc: the caller's access
 * @dir: the directory it is in
 * @name: @len bytes
 * @len: bytes
 * @dir_wcc: filled in
 *
 * Return: as ditto_remove(), but -ENOTDIR if it is none, -ENOTEMPTY, -EEXIST for "..".
 */
int ditto_rmdir(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		struct ditto_wcc *dir_wcc)
{
	struct qstr qname = QSTR_LEN(name, len);
	int err;

	ditto_wcc_none(dir_wcc);
	err = ditto_name_check(dir, name, len);
	if (!err && ditto_name_is_dot(name, len))
		err = -EINVAL;
	if (!err && ditto_name_is_dotdot(name, len))
		err = -EEXIST;
	if (!err)
		err = remove_name(acc, dir, &qname, true, dir_wcc);
	if (!dir_wcc->after.valid)
		ditto_wcc_after_unlocked(acc, dir, dir_wcc);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_rmdir);
