// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that move, and second names. Handles do not depend on names, so they
 * stay what they are.
 */
#include <linux/mount.h>
#include <linux/namei.h>
#include "vfs/name.h"

/* Both ends of a rename and what becomes of them. */
struct rename_end {
	struct ditto_object	*dir;
	struct qstr		name;
	struct ditto_wcc	*wcc;
};

static int rename_check(const struct rename_end *end)
{
	const char *name = (const char *)end->name.name;
	int err = ditto_name_check(end->dir, name, end->name.len);

	if (err)
		return err;
	if (ditto_name_is_dot(name, end->name.len) || ditto_name_is_dotdot(name, end->name.len))
		return -EINVAL;
	return 0;
}

/* What a rename has asked about. */
struct rename_asked {
	struct ditto_guard	from;
	struct ditto_guard	to;
	struct ditto_guard	what;
	struct ditto_guard	victim;
};

static int rename_ask_dirs(struct ditto_access *acc, struct rename_end *from,
			   struct rename_end *to, struct rename_asked *asked)
{
	int err = ditto_guard_begin(&asked->from, acc, from->dir, DITTO_INTENT_DIR_CHANGE, 0, 0);

	if (!err && to->dir != from->dir)
		err = ditto_guard_begin(&asked->to, acc, to->dir, DITTO_INTENT_DIR_CHANGE, 0, 0);
	return err;
}

/* With both directories locked. Who may not rename it shall not have others give way. */
static int rename_ask(struct ditto_access *acc, struct renamedata *rd, struct inode *victim,
		      struct rename_asked *asked)
{
	int err = inode_permission(rd->mnt_idmap, d_inode(rd->old_parent), MAY_WRITE | MAY_EXEC);

	if (!err && rd->new_parent != rd->old_parent)
		err = inode_permission(rd->mnt_idmap, d_inode(rd->new_parent),
				       MAY_WRITE | MAY_EXEC);
	if (!err)
		err = ditto_guard_begin_inode(&asked->what, acc, d_inode(rd->old_dentry),
					      DITTO_INTENT_UNLINK);
	if (!err && victim)
		err = ditto_guard_begin_inode(&asked->victim, acc, victim, DITTO_INTENT_UNLINK);
	return err;
}

/*
 * Locks both directories and renames. *@victim: what had the new name before
 * and was replaced, referenced, or NULL.
 */
static int rename_locked(struct ditto_access *acc, struct rename_end *from,
			 struct rename_end *to, struct inode **victim, struct rename_asked *asked)
{
	struct renamedata rd = {
		.mnt_idmap = mnt_idmap(from->dir->path.mnt),
		.old_parent = from->dir->path.dentry,
		.new_parent = to->dir->path.dentry,
	};
	int err;

	err = start_renaming(&rd, 0, &from->name, &to->name);
	if (err)
		return err;
	ditto_wcc_before(acc, from->dir, from->wcc, true);
	ditto_wcc_before(acc, to->dir, to->wcc, true);
	if (d_is_positive(rd.new_dentry) && d_inode(rd.new_dentry) != d_inode(rd.old_dentry)) {
		*victim = d_inode(rd.new_dentry);
		ihold(*victim);
	}
	err = rename_ask(acc, &rd, *victim, asked);
	if (!err)
		err = vfs_rename(&rd);
	ditto_wcc_after(acc, from->dir, from->wcc);
	ditto_wcc_after(acc, to->dir, to->wcc);
	end_renaming(&rd);
	return err;
}

static bool is_gone(const struct inode *inode)
{
	return !inode->i_nlink || IS_DEADDIR(inode);
}

static int rename_mounted(struct ditto_access *acc, struct rename_end *from,
			  struct rename_end *to)
{
	struct rename_asked asked = {};
	struct inode *victim = NULL;
	int err;

	err = rename_ask_dirs(acc, from, to, &asked);
	if (!err)
		err = mnt_want_write(from->dir->path.mnt);
	if (err)
		goto out;
	ditto_name_close(to->dir, &to->name);
	err = rename_locked(acc, from, to, &victim, &asked);
	mnt_drop_write(from->dir->path.mnt);
	ditto_guard_end(&asked.what);
	ditto_guard_end(&asked.victim);
	if (!err && victim && is_gone(victim))
		ditto_object_forget_inode(victim);
	iput(victim);
	if (!err)
		err = ditto_attr_commit(acc, &to->dir->path);
	if (!err && to->dir != from->dir)
		err = ditto_attr_commit(acc, &from->dir->path);
out:
	ditto_guard_end(&asked.from);
	ditto_guard_end(&asked.to);
	return ditto_name_error(from->dir, ditto_name_error(to->dir, err));
}

/**
 * ditto_rename - give an object another name, in place of what has that name (RFC 1813 3.3.14)
 * @acc: the caller's access
 * @from: the directory the object is in
 * @name: its name there, @len bytes
 * @len: bytes
 * @to: the directory it shall be in, seen through the same export and mount
 * @to_name: its name there, @to_len bytes
 * @to_len: bytes
 * @from_wcc: filled in for @from
 * @to_wcc: filled in for @to
 *
 * Two names of one file stay both.
 *
 * Return: 0, -ENOENT, -EXDEV, -EINVAL ("." and "..", or a directory into itself), -ENOTEMPTY,
 * -EISDIR, -ENOTDIR, -EACCES, -EPERM, -EROFS, -EBUSY, -ENAMETOOLONG, -ESTALE, -EJUKEBOX, or what
 * the file system said.
 */
int ditto_rename(struct ditto_access *acc, struct ditto_object *from, const char *name, u32 len,
		 struct ditto_object *to, const char *to_name, u32 to_len,
		 struct ditto_wcc *from_wcc, struct ditto_wcc *to_wcc)
{
	struct rename_end source = { from, QSTR_LEN(name, len), from_wcc };
	struct rename_end target = { to, QSTR_LEN(to_name, to_len), to_wcc };
	int err;

	ditto_wcc_none(from_wcc);
	ditto_wcc_none(to_wcc);
	err = rename_check(&source);
	if (!err)
		err = rename_check(&target);
	if (!err && (from->exp != to->exp || from->path.mnt != to->path.mnt))
		err = -EXDEV;
	if (!err)
		err = ditto_access_may_write(acc);
	if (!err)
		err = rename_mounted(acc, &source, &target);
	if (!from_wcc->after.valid)
		ditto_wcc_after_unlocked(acc, from, from_wcc);
	if (!to_wcc->after.valid)
		ditto_wcc_after_unlocked(acc, to, to_wcc);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_rename);

static int link_check(const struct ditto_object *obj, const struct ditto_object *dir)
{
	if (d_is_dir(obj->path.dentry))
		return -EISDIR;
	if (obj->exp != dir->exp || obj->path.mnt != dir->path.mnt)
		return -EXDEV;
	return 0;
}

/**
 * ditto_link - give an object a further name (RFC 1813 3.3.15)
 * @acc: the caller's access
 * @obj: the object, not a directory
 * @dir: the directory the name is to be in, seen through the same export and mount
 * @name: @len bytes
 * @len: bytes
 * @attr: attributes of @obj after, also on error
 * @dir_wcc: filled in
 *
 * Return: 0, -EISDIR, -EXDEV, -EEXIST, -EMLINK, -EACCES, -EPERM, -EROFS, -ENOTDIR, -ENAMETOOLONG,
 * -EINVAL, -ESTALE (also: @obj has no name any more), -EJUKEBOX, or what the file system said.
 */
int ditto_link(struct ditto_access *acc, struct ditto_object *obj, struct ditto_object *dir,
	       const char *name, u32 len, struct ditto_attr *attr, struct ditto_wcc *dir_wcc)
{
	struct inode *inode = ditto_object_inode(obj);
	struct ditto_guard asked = {};
	struct ditto_nameop op;
	int err;

	err = ditto_nameop_start(&op, acc, dir, name, len, dir_wcc);
	if (err)
		goto out;
	err = link_check(obj, dir);
	if (!err)
		err = ditto_guard_begin(&asked, acc, obj, DITTO_INTENT_UNLINK, 0, U64_MAX);
	if (!err)
		err = vfs_link(obj->path.dentry, mnt_idmap(dir->path.mnt),
			       ditto_object_inode(dir), op.child, NULL);
	ditto_nameop_end(&op);
	ditto_guard_end(&asked);
	if (err == -ENOENT && !inode->i_nlink)
		err = -ESTALE;
	if (!err)
		err = ditto_attr_commit(acc, &dir->path);
	if (!err)
		err = ditto_attr_commit(acc, &obj->path);
	err = ditto_name_error(dir, err);
out:
	ditto_attr_read(acc, &obj->path, ditto_object_fsid(obj), attr);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_link);
