/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lookup of one name, alone or together with the lock that a change of the
 * directory needs.
 */
#ifndef DITTO_COMPAT_NAMEI_H
#define DITTO_COMPAT_NAMEI_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/stringhash.h>
#include "compat/locks.h"

#ifndef QSTR_LEN
#define QSTR_LEN(n, l)	((struct qstr)QSTR_INIT(n, l))
#endif
#ifndef QSTR
#define QSTR(n)		QSTR_LEN(n, strlen(n))
#endif

#ifndef HAVE_LOOKUP_ONE_QSTR
/* Names come as struct qstr instead of pointer and length. */
static inline struct dentry *
ditto_compat_lookup_one(struct mnt_idmap *idmap, struct qstr *name,
			struct dentry *base)
{
	return lookup_one(idmap, name->name, base, name->len);
}
#define lookup_one ditto_compat_lookup_one

static inline struct dentry *
ditto_compat_lookup_one_unlocked(struct mnt_idmap *idmap, struct qstr *name,
				 struct dentry *base)
{
	return lookup_one_unlocked(idmap, name->name, base, name->len);
}
#define lookup_one_unlocked ditto_compat_lookup_one_unlocked

static inline struct dentry *
ditto_compat_lookup_one_positive_unlocked(struct mnt_idmap *idmap,
					  struct qstr *name,
					  struct dentry *base)
{
	return lookup_one_positive_unlocked(idmap, name->name, base, name->len);
}
#define lookup_one_positive_unlocked ditto_compat_lookup_one_positive_unlocked
#endif

#ifndef HAVE_START_CREATING
/*
 * The newest kernel locks the parent and finds the child in one step, and
 * hides how the parent is locked. Here: check and hash the name, lock, look
 * up, and undo the lock if the child is not what the caller asked for.
 */

/* Refuses what is no name of a directory entry, hashes the rest. */
static inline int ditto_compat_hash_name(struct qstr *name, struct dentry *base)
{
	const char *c = (const char *)name->name;

	name->hash = full_name_hash(base, c, name->len);
	if (!name->len || memchr(c, '/', name->len) || memchr(c, '\0', name->len))
		return -EACCES;
	if (c[0] == '.' && (name->len == 1 || (name->len == 2 && c[1] == '.')))
		return -EACCES;
	if (base->d_flags & DCACHE_OP_HASH) {
		int err = base->d_op->d_hash(base, name);

		return err < 0 ? err : 0;
	}
	return 0;
}

static inline int ditto_compat_name(struct mnt_idmap *idmap, struct qstr *name,
				    struct dentry *base)
{
	int err = ditto_compat_hash_name(name, base);

	return err ? err : inode_permission(idmap, d_inode(base), MAY_EXEC);
}

/*
 * Finds a name whose parent is locked. A missing one is an error without
 * LOOKUP_CREATE, an existing one is with LOOKUP_EXCL.
 */
static inline struct dentry *
ditto_compat_lookup_excl(struct qstr *name, struct dentry *base,
			 unsigned int flags)
{
	struct dentry *child = lookup_one_qstr_excl(name, base, flags);
	int err = 0;

	if (IS_ERR(child))
		return child;
	if (d_is_negative(child) && !(flags & LOOKUP_CREATE))
		err = -ENOENT;
	else if (d_is_positive(child) && (flags & LOOKUP_EXCL))
		err = -EEXIST;
	if (!err)
		return child;
	dput(child);
	return ERR_PTR(err);
}

static inline struct dentry *
ditto_compat_start_dirop(struct dentry *parent, struct qstr *name,
			 unsigned int flags)
{
	struct dentry *child;

	inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
	child = ditto_compat_lookup_excl(name, parent, flags);
	if (IS_ERR(child))
		inode_unlock(d_inode(parent));
	return child;
}

static inline struct dentry *start_creating(struct mnt_idmap *idmap,
					    struct dentry *parent,
					    struct qstr *name)
{
	int err = ditto_compat_name(idmap, name, parent);

	if (err)
		return ERR_PTR(err);
	return ditto_compat_start_dirop(parent, name, LOOKUP_CREATE);
}

static inline struct dentry *start_removing(struct mnt_idmap *idmap,
					    struct dentry *parent,
					    struct qstr *name)
{
	int err = ditto_compat_name(idmap, name, parent);

	if (err)
		return ERR_PTR(err);
	return ditto_compat_start_dirop(parent, name, 0);
}

static inline struct dentry *start_creating_noperm(struct dentry *parent,
						   struct qstr *name)
{
	int err = ditto_compat_hash_name(name, parent);

	if (err)
		return ERR_PTR(err);
	return ditto_compat_start_dirop(parent, name, LOOKUP_CREATE);
}

static inline struct dentry *start_removing_noperm(struct dentry *parent,
						   struct qstr *name)
{
	int err = ditto_compat_hash_name(name, parent);

	if (err)
		return ERR_PTR(err);
	return ditto_compat_start_dirop(parent, name, 0);
}

static inline struct dentry *start_removing_dentry(struct dentry *parent,
						   struct dentry *child)
{
	int err = 0;

	inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
	if (IS_DEADDIR(d_inode(parent)) || child->d_parent != parent ||
	    d_unhashed(child))
		err = -EINVAL;
	else if (d_is_negative(child))
		err = -ENOENT;
	if (!err)
		return dget(child);
	inode_unlock(d_inode(parent));
	return ERR_PTR(err);
}

static inline void end_dirop(struct dentry *child)
{
	if (IS_ERR(child))
		return;
	inode_unlock(d_inode(child->d_parent));
	dput(child);
}

static inline void end_creating(struct dentry *child)
{
	end_dirop(child);
}

static inline struct dentry *end_creating_keep(struct dentry *child)
{
	if (!IS_ERR(child))
		dget(child);
	end_dirop(child);
	return child;
}

static inline void end_removing(struct dentry *child)
{
	end_dirop(child);
}
#endif

#ifndef HAVE_START_RENAMING
/*
 * One idmap for both directories, which are given as dentries; both are
 * locked and both names found in one step.
 */
struct ditto_compat_renamedata {
	struct mnt_idmap *mnt_idmap;
	struct dentry *old_parent;
	struct dentry *old_dentry;
	struct dentry *new_parent;
	struct dentry *new_dentry;
	struct delegated_inode *delegated_inode;
	unsigned int flags;
};

static inline int
ditto_compat_vfs_rename(const struct ditto_compat_renamedata *rd)
{
	struct inode *busy = NULL;
	struct renamedata old = {
		.old_mnt_idmap	 = rd->mnt_idmap,
		.old_dir	 = d_inode(rd->old_parent),
		.old_dentry	 = rd->old_dentry,
		.new_mnt_idmap	 = rd->mnt_idmap,
		.new_dir	 = d_inode(rd->new_parent),
		.new_dentry	 = rd->new_dentry,
		.delegated_inode = rd->delegated_inode ? &busy : NULL,
		.flags		 = rd->flags,
	};
	int err = vfs_rename(&old);

	return ditto_compat_delegated(rd->delegated_inode, busy, err);
}
#define vfs_rename ditto_compat_vfs_rename
#define renamedata ditto_compat_renamedata

/* Neither end may be an ancestor of the other; @trap is the one that is. */
static inline int ditto_compat_rename_trap(const struct renamedata *rd,
					   const struct dentry *from,
					   const struct dentry *to,
					   const struct dentry *trap)
{
	if (from == trap)
		return -EINVAL;
	if (to == trap)
		return rd->flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	return 0;
}

static inline unsigned int
ditto_compat_rename_flags(const struct renamedata *rd)
{
	unsigned int flags = LOOKUP_RENAME_TARGET | LOOKUP_CREATE;

	if (rd->flags & RENAME_EXCHANGE)
		flags = 0;
	if (rd->flags & RENAME_NOREPLACE)
		flags |= LOOKUP_EXCL;
	return flags;
}

static inline int start_renaming(struct renamedata *rd, int lookup_flags,
				 struct qstr *old_last, struct qstr *new_last)
{
	struct dentry *from, *to, *trap;
	int err;

	err = ditto_compat_name(rd->mnt_idmap, old_last, rd->old_parent);
	if (!err)
		err = ditto_compat_name(rd->mnt_idmap, new_last, rd->new_parent);
	if (err)
		return err;
	trap = lock_rename(rd->old_parent, rd->new_parent);
	if (IS_ERR(trap))
		return PTR_ERR(trap);
	from = ditto_compat_lookup_excl(old_last, rd->old_parent, lookup_flags);
	err = PTR_ERR_OR_ZERO(from);
	if (err)
		goto unlock;
	to = ditto_compat_lookup_excl(new_last, rd->new_parent, lookup_flags |
				      ditto_compat_rename_flags(rd));
	err = PTR_ERR_OR_ZERO(to);
	if (err)
		goto put_from;
	err = ditto_compat_rename_trap(rd, from, to, trap);
	if (err)
		goto put_to;
	rd->old_dentry = from;
	rd->new_dentry = to;
	dget(rd->old_parent);
	return 0;

put_to:
	dput(to);
put_from:
	dput(from);
unlock:
	unlock_rename(rd->old_parent, rd->new_parent);
	return err;
}

static inline int start_renaming_dentry(struct renamedata *rd,
					int lookup_flags,
					struct dentry *old_dentry,
					struct qstr *new_last)
{
	struct dentry *to, *trap;
	int err;

	err = ditto_compat_name(rd->mnt_idmap, new_last, rd->new_parent);
	if (err)
		return err;
	trap = lock_rename_child(old_dentry, rd->new_parent);
	if (IS_ERR(trap))
		return PTR_ERR(trap);
	/* Removed, or moved away from the parent the caller insists on. */
	err = -EINVAL;
	if (d_unhashed(old_dentry) ||
	    (rd->old_parent && rd->old_parent != old_dentry->d_parent))
		goto unlock;
	to = ditto_compat_lookup_excl(new_last, rd->new_parent, lookup_flags |
				      ditto_compat_rename_flags(rd));
	err = PTR_ERR_OR_ZERO(to);
	if (err)
		goto unlock;
	err = ditto_compat_rename_trap(rd, old_dentry, to, trap);
	if (err) {
		dput(to);
		goto unlock;
	}
	rd->old_dentry = dget(old_dentry);
	rd->new_dentry = to;
	rd->old_parent = dget(old_dentry->d_parent);
	return 0;

unlock:
	unlock_rename(old_dentry->d_parent, rd->new_parent);
	return err;
}

static inline void end_renaming(struct renamedata *rd)
{
	unlock_rename(rd->old_parent, rd->new_parent);
	dput(rd->old_dentry);
	dput(rd->new_dentry);
	dput(rd->old_parent);
}
#endif

#endif
