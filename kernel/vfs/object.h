/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects: files and directories as clients know them, by file handle.
 *
 * An object is a file or directory seen through one export: its wire handle,
 * its dentry and mount. Objects in use are cached, found by the bytes of the
 * handle under RCU, bounded (LRU, shrinker), and dropped when the inode loses
 * its last link, the export is removed or its file system is unmounted.
 *
 * Wire handle, at most 64 bytes: version, flags, type and length of the file
 * identifier (4 bytes); export (4); file system below the export (4, 0: the
 * export's own); the file system's own identifier (exportfs, at most 44); MAC (8,
 * only if flagged). Nothing in it depends on the running kernel, so a handle
 * survives a reboot.
 */
#ifndef DITTO_VFS_OBJECT_H
#define DITTO_VFS_OBJECT_H

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/path.h>
#include "vfs/export.h"

#define DITTO_HANDLE_MAX	64

struct ditto_node;

/**
 * struct ditto_handle - a wire handle
 * @len: bytes of @raw in use
 */
struct ditto_handle {
	u8	len;
	u8	raw[DITTO_HANDLE_MAX] __aligned(4);
};

/**
 * struct ditto_object - what a handle stands for
 * @handle: the handle
 * @exp: the export it is seen through; held
 * @path: mount and dentry; held
 * @node: the inode's node once something needed one (open file, claim); held
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
	unsigned long		flags;
	struct rcu_head		rcu;
};

static inline struct inode *ditto_object_inode(const struct ditto_object *obj)
{
	return d_inode(obj->path.dentry);
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
void ditto_object_forget_inode(struct inode *inode);
void ditto_object_forget_export(struct ditto_export *exp);

int ditto_object_init(void);
void ditto_object_exit(void);

#endif
