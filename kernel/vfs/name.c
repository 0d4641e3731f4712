// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names: what they lead to, without ever leaving the export, and the frame of
 * the operations that make new ones (create.c, rename.c).
 */
#include <linux/exportfs.h>
#include <linux/limits.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include "vfs/name.h"

/**
 * ditto_name_check - refuse what cannot be a name
 * @dir: the directory it is to be in
 * @name: @len bytes, no NUL needed behind them
 * @len: bytes
 *
 * "." and ".." pass: what they mean depends on the operation.
 *
 * Return: 0, -ENOTDIR, -ENAMETOOLONG, -EINVAL.
 */
int ditto_name_check(const struct ditto_object *dir, const char *name, u32 len)
{
	if (!d_is_dir(dir->path.dentry))
		return -ENOTDIR;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	if (!len || memchr(name, '/', len) || memchr(name, '\0', len))
		return -EINVAL;
	return 0;
}

/**
 * ditto_name_error - an error as the caller shall see it
 * @dir: the directory the operation was on
 * @err: what the VFS said
 *
 * Names in a removed directory are not missing: the directory is. A delegation
 * being recalled is no reason to wait here.
 *
 * Return: @err, -ESTALE or -EJUKEBOX.
 */
int ditto_name_error(const struct ditto_object *dir, int err)
{
	if (err == -ENOENT && IS_DEADDIR(ditto_object_inode(dir)))
		return -ESTALE;
	return ditto_vfs_error(err);
}

/**
 * ditto_name_parent - the directory above another
 * @exp: the export
 * @dir: a directory seen through it
 * @up: the directory above, referenced; @dir itself if that is the export's root
 *
 * A directory may have been moved out of the export by somebody else while a
 * client holds its handle; the way up must not lead the client after it.
 *
 * Return: 0, or -ESTALE.
 */
int ditto_name_parent(struct ditto_export *exp, const struct path *dir, struct path *up)
{
	struct dentry *above;

	*up = *dir;
	path_get(up);
	if (ditto_export_is_root(exp, up))
		return 0;
	ditto_export_follow_up(exp, up);
	if (ditto_export_is_root(exp, up))
		return 0;
	above = dget_parent(up->dentry);
	dput(up->dentry);
	up->dentry = above;
	if (path_is_under(up, ditto_export_root(exp)))
		return 0;
	path_put(up);
	return -ESTALE;
}

/**
 * ditto_name_close - close an object's files before its name goes
 * @dir: the directory, not locked
 * @name: the name; it need not exist
 *
 * Only for file systems that ask for it. One opened again before the name is
 * gone costs no more than a name that stays until it is closed.
 */
void ditto_name_close(struct ditto_object *dir, const struct qstr *name)
{
	const struct export_operations *ops = dir->path.dentry->d_sb->s_export_op;
	struct qstr qname = QSTR_LEN(name->name, name->len);
	struct dentry *child;

	if (!ops || !(ops->flags & EXPORT_OP_CLOSE_BEFORE_UNLINK))
		return;
	child = lookup_one_positive_unlocked(mnt_idmap(dir->path.mnt), &qname, dir->path.dentry);
	if (IS_ERR(child))
		return;
	ditto_object_forget_inode(d_inode(child));
	dput(child);
}

/* Searching needs execute permission also where no directory is searched. */
static int lookup_dots(struct ditto_object *dir, u32 len, struct path *path)
{
	int err;

	err = inode_permission(mnt_idmap(dir->path.mnt), ditto_object_inode(dir), MAY_EXEC);
	if (err)
		return err;
	if (len == 2)
		return ditto_name_parent(dir->exp, &dir->path, path);
	*path = dir->path;
	path_get(path);
	return 0;
}

static int lookup_name(struct ditto_object *dir, const char *name, u32 len, struct path *path)
{
	struct qstr qname = QSTR_LEN(name, len);
	struct dentry *child;
	int err;

	child = lookup_one_positive_unlocked(mnt_idmap(dir->path.mnt), &qname, dir->path.dentry);
	if (IS_ERR(child))
		return PTR_ERR(child);
	path->mnt = mntget(dir->path.mnt);
	path->dentry = child;
	err = ditto_export_follow_down(dir->exp, path);
	if (err)
		path_put(path);
	return err;
}

/**
 * ditto_lookup - what a name leads to (RFC 1813 3.3.3)
 * @acc: the caller's access
 * @dir: the directory
 * @name: @len bytes; may be "." or ".."
 * @len: bytes
 * @child: the object, referenced
 *
 * Symbolic links are not followed. ".." of the export's root is the root.
 *
 * Return: 0, -ENOENT, -EACCES, -ENOTDIR, -ENAMETOOLONG, -EINVAL, -ESTALE, or what the file system
 * said.
 */
int ditto_lookup(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		 struct ditto_object **child)
{
	struct ditto_object *obj;
	struct path path;
	int err;

	err = ditto_name_check(dir, name, len);
	if (err)
		return err;
	if (ditto_name_is_dot(name, len) || ditto_name_is_dotdot(name, len))
		err = lookup_dots(dir, len, &path);
	else
		err = lookup_name(dir, name, len, &path);
	if (err)
		return ditto_name_error(dir, err);
	obj = ditto_object_make(dir->exp, &path);
	path_put(&path);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	*child = obj;
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_lookup);

/**
 * ditto_readlink - what a symbolic link says (RFC 1813 3.3.5)
 * @acc: the caller's access; links are for everybody
 * @obj: the link
 * @buf: gets the content, without a NUL
 * @size: room in @buf, bytes
 * @len: how long it is
 *
 * Return: 0, -EINVAL: not a link; -ENAMETOOLONG: longer than @size; or what the file system said.
 */
int ditto_readlink(struct ditto_access *acc, struct ditto_object *obj, char *buf, u32 size,
		   u32 *len)
{
	DEFINE_DELAYED_CALL(done);
	const char *target;
	size_t n;
	int err = 0;

	if (!d_is_symlink(obj->path.dentry))
		return -EINVAL;
	touch_atime(&obj->path);
	target = vfs_get_link(obj->path.dentry, &done);
	if (IS_ERR(target))
		return PTR_ERR(target);
	n = strlen(target);
	if (n <= size) {
		memcpy(buf, target, n);
		*len = n;
	} else {
		err = -ENAMETOOLONG;
	}
	do_delayed_call(&done);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_readlink);

/**
 * ditto_nameop_start - begin to make a name
 * @op: the operation, filled in
 * @acc: the caller's access
 * @dir: the directory
 * @name: @len bytes
 * @len: bytes
 * @wcc: the directory's attributes before; on error also after
 *
 * On 0 the directory is locked and @op->child is what has the name: an object,
 * or nothing yet (negative dentry). The umask of the task is 0 until the end.
 *
 * Return: 0, -ENOTDIR, -ENAMETOOLONG, -EINVAL, -EEXIST ("." and ".." always do), -EROFS, -EACCES,
 * -ESTALE, or what the file system said.
 */
int ditto_nameop_start(struct ditto_nameop *op, struct ditto_access *acc,
		       struct ditto_object *dir, const char *name, u32 len,
		       struct ditto_wcc *wcc)
{
	struct dentry *child;
	int err;

	*op = (struct ditto_nameop){
		.acc = acc, .dir = dir, .wcc = wcc, .name = QSTR_LEN(name, len),
	};
	ditto_wcc_none(wcc);
	err = ditto_name_check(dir, name, len);
	if (!err && (ditto_name_is_dot(name, len) || ditto_name_is_dotdot(name, len)))
		err = -EEXIST;
	if (!err)
		err = ditto_access_may_write(acc);
	if (!err)
		err = ditto_guard_begin(&op->asked, acc, dir, DITTO_INTENT_DIR_CHANGE, 0, 0);
	if (err)
		goto refuse;
	err = mnt_want_write(dir->path.mnt);
	if (err)
		goto end;
	child = start_creating(mnt_idmap(dir->path.mnt), dir->path.dentry, &op->name);
	if (IS_ERR(child)) {
		mnt_drop_write(dir->path.mnt);
		err = ditto_name_error(dir, PTR_ERR(child));
		goto end;
	}
	op->child = child;
	ditto_wcc_before(acc, dir, wcc, true);
	ditto_umask_begin(&op->umask);
	return 0;

end:
	ditto_guard_end(&op->asked);
refuse:
	ditto_wcc_after_unlocked(acc, dir, wcc);
	return err;
}

/**
 * ditto_nameop_end - end what ditto_nameop_start() began
 * @op: the operation; @op->child NULL: the file system's refusal has ended the rest already
 */
void ditto_nameop_end(struct ditto_nameop *op)
{
	ditto_umask_end(&op->umask);
	if (op->child) {
		ditto_wcc_after(op->acc, op->dir, op->wcc);
		end_creating(op->child);
		op->child = NULL;
	} else {
		ditto_wcc_after_unlocked(op->acc, op->dir, op->wcc);
	}
	mnt_drop_write(op->dir->path.mnt);
	ditto_guard_end(&op->asked);
}
