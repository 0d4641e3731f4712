/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects: files and directories as clients know them, by file handle.
 *
 * An object is a file or directory seen through one export: its wire handle,
 * its dentry and mount. Objects in use are cached, found by the bytes of the
 * handle under RCU, bounded (LRU, shrinker), and dropped when the inode loses
 * its last link, the export is removed or its file system is unmounted.
 *
 * A handle's bytes are described in handle.h; at most 64. It names the export,
 * the file system mounted below it if that is not the export's own, and the
 * file as the file system names it, so it survives a reboot. A handle under an
 * export (or a mount) that is not its file system's root carries a MAC whatever
 * the export's options say, for nothing else keeps a client from asking for a
 * file outside it.
 *
 * Ownership: an object holds its export, its mount, its dentry (and with that
 * the inode) and its node. The cache holds one reference on each object in it.
 */
#ifndef DITTO_VFS_OBJECT_H
#define DITTO_VFS_OBJECT_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/llist.h>
#include <linux/path.h>
#include <linux/unaligned.h>
#include "vfs/export.h"
#include "vfs/handle.h"

struct ditto_node;

/**
 * struct ditto_object - what a handle stands for
 * @handle: the handle
 * @exp: the export it is seen through; held
 * @path: mount and dentry; held
 * @node: the inode's node once something needed one (open file, claim); held
 * @ref: one of the cache, one of each user
 * @hash: of @handle
 * @by_handle: objects by handle
 * @by_inode: objects by inode
 * @lru: all objects in the cache
 * @doom: objects the cache is about to drop
 * @flags: OBJECT_ bits of object.c
 * @rcu: frees it
 */
struct ditto_object {
	struct ditto_handle	handle;
	struct ditto_export	*exp;
	struct path		path;
	struct ditto_node	*node;

	/* owned by object.c */
	refcount_t		ref;
	u32			hash;
	struct hlist_node	by_handle;
	struct hlist_node	by_inode;
	struct list_head	lru;
	struct llist_node	doom;
	unsigned long		flags;
	struct rcu_head		rcu;
};

static inline struct inode *ditto_object_inode(const struct ditto_object *obj)
{
	return d_inode(obj->path.dentry);
}

/* Has the last name of it been removed? Directories say so by a flag. */
static inline bool ditto_inode_gone(const struct inode *inode)
{
	return !inode->i_nlink || IS_DEADDIR(inode);
}

/* Identifies the object's file system as clients see it; the same after a reboot. */
static inline u64 ditto_object_fsid(const struct ditto_object *obj)
{
	return get_unaligned_be64(obj->handle.raw + 4);
}

/*
 * resolve: the object of a handle, referenced. -EBADF: not a handle of ours (wrong form or MAC);
 * -ESTALE: file or export gone. root: an export's root. make: for a dentry found below @parent
 * (or @parent's own for crossmnt: @path.mnt may differ); referenced and cached. encode: only the
 * handle, nothing cached (READDIRPLUS). forget: drop what is cached for an inode that was removed.
 */
struct ditto_object *ditto_object_resolve(struct net *net, const u8 *raw, size_t len);
struct ditto_object *ditto_object_root(struct ditto_export *exp);
struct ditto_object *ditto_object_make(struct ditto_export *exp, const struct path *path);
int ditto_handle_encode(struct ditto_export *exp, const struct path *path,
			struct ditto_handle *handle);
void ditto_object_put(struct ditto_object *obj);
static inline struct ditto_object *ditto_object_get(struct ditto_object *obj)
{
	refcount_inc(&obj->ref);
	return obj;
}
void ditto_object_forget_inode(struct inode *inode);
void ditto_object_forget_export(struct ditto_export *exp);
/* As forget_inode, but in any context: a worker does the dropping. */
void ditto_object_doom_inode(struct inode *inode);

int ditto_object_init(void);
void ditto_object_exit(void);

#endif
