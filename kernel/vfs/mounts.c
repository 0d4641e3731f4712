// SPDX-License-Identifier: GPL-2.0-only
/*
 * File systems mounted below an export (crossmnt).
 *
 * One that a client has crossed into gets a number of 32 bits for its wire
 * handles, made from its identity and from where it is mounted, so it is the
 * same after a reboot. To find the file system of such a handle again, the
 * export remembers the handle of the directory it is mounted on, and goes down
 * from there. Nothing is pinned by that: a file system below an export can be
 * unmounted when its own files have gone out of the caches. After a
 * reboot a number is known again once anybody has crossed by name, or when the
 * administrator's tool has said ditto_export_cross().
 */
#include <kunit/visibility.h>
#include <linux/exportfs.h>
#include <linux/mount.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "vfs/export-internal.h"
#include "vfs/object.h"

/* File systems below an export that can be known at a time. */
#define MOUNTS_MAX	4096
/* Mounts on mounts on mounts ... */
#define MOUNTS_DEPTH	16

static const siphash_key_t mount_key = { { 0x646974746f206d6fULL, 0x756e74206b657973ULL } };

/**
 * struct export_mount - a file system below an export
 * @key: its number in wire handles
 * @on: handle of the directory it is mounted on, under the same export
 * @watch: hears of unlinks on it
 * @list: of the export; RCU
 * @rcu: frees it
 */
struct export_mount {
	u32			key;
	struct ditto_handle	on;
	struct ditto_watch	*watch;
	struct hlist_node	list;
	struct rcu_head		rcu;
};

static bool is_mount_root(const struct path *path)
{
	return path->dentry == path->mnt->mnt_root;
}

/*
 * From anywhere on a mount to the directory it is mounted on, past mounts
 * stacked there. False if it is the export's own mount or not below the export.
 */
static bool mount_climb(const struct ditto_export *exp, struct path *path)
{
	if (path->mnt == exp->root.mnt)
		return false;
	do {
		if (!follow_up(path))
			return false;
	} while (path->mnt != exp->root.mnt && is_mount_root(path));
	return true;
}

static u32 mount_key_of(struct ditto_export *exp, struct vfsmount *mnt, int depth)
{
	u64 id = export_fs_identity(mnt->mnt_sb);
	u64 ino = d_inode(mnt->mnt_root)->i_ino;
	u64 parent = 0, on;
	struct path path;
	u64 key = 0;

	path.mnt = mntget(mnt);
	path.dentry = dget(mnt->mnt_root);
	if (!depth || !mount_climb(exp, &path))
		goto out;
	on = d_inode(path.dentry)->i_ino;
	if (path.mnt != exp->root.mnt) {
		parent = mount_key_of(exp, path.mnt, depth - 1);
		if (!parent)
			goto out;
	}
	key = siphash_4u64(id, ino, parent, on, &mount_key);
	key = (u32)key ?: 1;
out:
	path_put(&path);
	return key;
}

/**
 * export_mount_key - the number of a mount in wire handles
 * @exp: the export, held
 * @mnt: a mount below its own, held
 *
 * Return: the number; 0 if it is not below the export.
 */
u32 export_mount_key(struct ditto_export *exp, struct vfsmount *mnt)
{
	return mount_key_of(exp, mnt, MOUNTS_DEPTH);
}

static struct export_mount *mount_find(struct ditto_export *exp, u32 key)
{
	struct export_mount *em;

	hlist_for_each_entry_rcu(em, &exp->mounts, list, lockdep_is_held(&exp->lock)) {
		if (em->key == key)
			return em;
	}
	return NULL;
}

static void mount_free(struct export_mount *em)
{
	ditto_watch_put(em->watch);
	kfree_rcu(em, rcu);
}

static int mount_insert(struct ditto_export *exp, struct export_mount *em)
{
	struct export_mount *other;
	int err = 0;

	spin_lock(&exp->lock);
	other = mount_find(exp, em->key);
	if (!other && exp->nr_mounts >= MOUNTS_MAX) {
		err = -ENOSPC;
	} else if (!other) {
		hlist_add_head_rcu(&em->list, &exp->mounts);
		exp->nr_mounts++;
	}
	spin_unlock(&exp->lock);
	if (other || err)
		mount_free(em);
	return err;
}

/* Makes the mount that @root is the root of known to the export. */
static int mount_register(struct ditto_export *exp, const struct path *root)
{
	u32 key = export_mount_key(exp, root->mnt);
	struct export_mount *em;
	struct path on = *root;
	bool known;
	int err;

	if (!key)
		return -EXDEV;
	rcu_read_lock();
	known = mount_find(exp, key);
	rcu_read_unlock();
	if (known)
		return 0;
	em = kzalloc_obj(*em, GFP_KERNEL_ACCOUNT);
	if (!em)
		return -ENOMEM;
	em->key = key;
	path_get(&on);
	if (mount_climb(exp, &on))
		err = ditto_handle_encode(exp, &on, &em->on);
	else
		err = -EXDEV;
	path_put(&on);
	if (err) {
		kfree(em);
		return err;
	}
	em->watch = ditto_watch_get(root->mnt->mnt_sb);
	return mount_insert(exp, em);
}

/* Can files of this file system be named by handles that stay right? */
static bool mount_may_cross(const struct super_block *sb)
{
	return exportfs_may_export(sb->s_export_op) && export_fs_identity(sb);
}

/**
 * ditto_export_is_root - is this an export's root?
 * @exp: the export
 * @path: the place
 *
 * Return: true where ".." must not lead further up.
 */
bool ditto_export_is_root(const struct ditto_export *exp, const struct path *path)
{
	return path_equal(path, &exp->root);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_is_root);

/**
 * ditto_export_follow_down - go into what is mounted on a directory
 * @exp: the export
 * @path: the directory, referenced; becomes the root of the mount on it
 *
 * Stays where it is without crossmnt, where nothing is mounted, and where the
 * file system mounted there cannot be exported or has no identity of its own.
 * May sleep, may mount (autofs).
 *
 * Return: 0, -ENOMEM, -ENOSPC, or what an automount said; @path is unchanged then.
 */
int ditto_export_follow_down(struct ditto_export *exp, struct path *path)
{
	struct path down = *path;
	int err;

	if (!d_managed(path->dentry) ||
	    !(export_conf(exp)->cfg.flags & DITTO_EXPORT_CROSSMNT))
		return 0;
	path_get(&down);
	err = follow_down(&down, LOOKUP_AUTOMOUNT);
	if (err || down.mnt == path->mnt || !mount_may_cross(down.mnt->mnt_sb))
		goto out;
	err = mount_register(exp, &down);
	if (!err)
		swap(*path, down);
out:
	path_put(&down);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_follow_down);

/**
 * ditto_export_follow_up - from the root of a mount to the directory it is mounted on
 * @exp: the export
 * @path: a place under it, referenced; changed in place
 *
 * For "..": stays where it is unless @path is the root of a mount below the export.
 */
void ditto_export_follow_up(struct ditto_export *exp, struct path *path)
{
	if (path->mnt != exp->root.mnt && is_mount_root(path))
		mount_climb(exp, path);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_follow_up);

/**
 * export_mount_find - the file system of a handle's number
 * @exp: the export, held
 * @key: the number
 * @root: set to the root of the mount, to be put by the caller
 *
 * Return: 0; -ESTALE if it is not known or not mounted any more; -ENOMEM.
 */
int export_mount_find(struct ditto_export *exp, u32 key, struct path *root)
{
	struct export_mount *em;
	struct ditto_object *obj;
	struct ditto_handle on;
	int err;

	rcu_read_lock();
	em = mount_find(exp, key);
	if (em)
		on = em->on;
	rcu_read_unlock();
	if (!em)
		return -ESTALE;
	obj = ditto_object_resolve(exp->net, on.raw, on.len);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	*root = obj->path;
	path_get(root);
	ditto_object_put(obj);
	err = follow_down(root, 0);
	if (!err && is_mount_root(root) && export_mount_key(exp, root->mnt) == key)
		return 0;
	path_put(root);
	return err == -ENOMEM ? err : -ESTALE;
}

/**
 * export_mounts_free - forget the file systems below an export
 * @exp: its last user has gone
 */
void export_mounts_free(struct ditto_export *exp)
{
	struct export_mount *em;
	struct hlist_node *next;

	hlist_for_each_entry_safe(em, next, &exp->mounts, list) {
		hlist_del_rcu(&em->list);
		mount_free(em);
	}
}

/* Is there something to cross into, and may it be? */
static int cross_check(struct ditto_export *exp, const struct path *root, const char **why)
{
	if (!is_mount_root(root)) {
		*why = "nothing is mounted at the path";
		return -EXDEV;
	}
	if (root->mnt == exp->root.mnt || !path_is_under(root, &exp->root)) {
		*why = "the path is not below the export's directory";
		return -EXDEV;
	}
	if (!mount_may_cross(root->mnt->mnt_sb)) {
		*why = "the file system mounted there has no file handles or no UUID, so that it is not shown";
		return -EINVAL;
	}
	return 0;
}

/**
 * ditto_export_cross - make a file system mounted below an export known
 * @net: network namespace
 * @name: of an export with crossmnt
 * @path: where the file system is mounted
 * @why: set to a sentence on some errors
 *
 * In the administrator's call, after ditto_export_add(): handles that clients
 * have from before a reboot are found again then without a lookup by name.
 *
 * Return: 0; -ENOENT: no such export or path; -EXDEV: not a mount below the export,
 * or the export is not crossmnt; -EINVAL: the file system cannot be exported;
 * -ENOSPC; -ENOMEM.
 */
int ditto_export_cross(struct net *net, const char *name, const char *path, const char **why)
{
	struct ditto_export *exp = ditto_export_find(net, name, strlen(name));
	struct path root;
	int err;

	if (!exp) {
		*why = "there is no export of this name; dittoctl export list";
		return -ENOENT;
	}
	if (!(export_conf(exp)->cfg.flags & DITTO_EXPORT_CROSSMNT)) {
		*why = "the export does not show what is mounted below it; give it the option crossmnt";
		err = -EXDEV;
		goto out;
	}
	err = kern_path(path, LOOKUP_FOLLOW | LOOKUP_AUTOMOUNT, &root);
	if (err) {
		*why = err == -ENOENT ? "the path does not exist" : NULL;
		goto out;
	}
	err = cross_check(exp, &root, why);
	if (!err)
		err = mount_register(exp, &root);
	if (err == -ENOSPC)
		*why = "4096 file systems below the export are known, and there cannot be more";
	path_put(&root);
out:
	ditto_export_put(exp);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_cross);
