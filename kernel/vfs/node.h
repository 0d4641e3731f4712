/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes: inodes in use by any protocol, and the files open on them.
 *
 * There is one node per inode, however many exports, handles and protocols it
 * is seen through; what is shared between them hangs off it.
 *
 * Ownership: a node holds no reference on its inode. Objects (object.h) hold
 * references on the node and pin the inode by their dentry, so whoever uses a
 * node holds an object of it. With its last object the node goes, and closes
 * its files. Nodes and cached files are found under RCU and freed by RCU.
 *
 * A cached file is open for reading or for writing, never both: a caller who
 * may only write must not need a file system's consent to read. It serves
 * all stateless I/O of its kind on the inode through its mount; the caller's
 * permission is checked on each call, not only when it is opened. Where the
 * file system lives elsewhere (NFS, FUSE, overlays), which looks at who opened
 * a file, it serves the callers with the opener's user only.
 */
#ifndef DITTO_VFS_NODE_H
#define DITTO_VFS_NODE_H

#include <linux/fs.h>
#include <linux/refcount.h>
#include "vfs/access.h"
#include "vfs/intent.h"
#include "vfs/object.h"

/**
 * struct ditto_file - an open file shared by all I/O of its kind on an inode
 * @file: the open file; lives as long as a reference on this is held
 * @ref: one of the node's slot while cached, one of each user
 * @write: open for writing; if not, for reading
 * @shared: may serve callers other than the user who opened it
 * @used: when it was last asked for, jiffies
 * @queued: when it was last put at the end of the list, jiffies
 * @node: the node whose slot it is in; only valid while it is there
 * @net: network namespace it is counted in
 * @lru: the cached files of its kind, least recently queued first
 * @by_inode: all of them, cached or not
 * @rcu: frees it
 */
struct ditto_file {
	struct file		*file;
	refcount_t		ref;
	bool			write;
	bool			shared;
	unsigned long		used;
	unsigned long		queued;
	struct ditto_node	*node;
	struct net		*net;
	struct list_head	lru;
	struct hlist_node	by_inode;
	struct rcu_head		rcu;
};

/**
 * struct ditto_node - an inode in use
 * @inode: the inode; pinned by the objects that hold the node, not by the node
 * @ref: one of each object
 * @files: cached open files, for reading and for writing; changed under the
 *	lock of node.c, read under RCU
 * @claims: what is claimed on the inode; NULL until the first claim, never changed after;
 *	belongs to lock/, freed with the node
 * @summary: what the claims mean to operations, DITTO_SUMMARY_ bits; see guard.h
 * @in_flight: operations in work, by what they intend
 * @hash: nodes by inode
 * @rcu: frees it
 */
struct ditto_node {
	struct inode			*inode;
	refcount_t			ref;
	struct ditto_file __rcu		*files[2];
	struct ditto_claims		*claims;
	u32				summary;
	atomic_t			in_flight[DITTO_INTENTS];
	struct hlist_node		hash;
	struct rcu_head			rcu;
};

/*
 * The file to read from (@write false) or to write to, referenced. Call between
 * ditto_access_begin() and _end(), on every operation: it checks the caller's
 * permission each time. 0, -EISDIR, -EINVAL (not a regular file), -EACCES,
 * -EPERM (immutable, append-only), -EROFS (file system or mount), -EJUKEBOX (a
 * lease is being broken), -ETXTBSY (writing to a running program), -ENOMEM, or
 * what opening said.
 * The rules of the export are asked by ditto_access_may_write().
 */
int __must_check ditto_file_get(struct ditto_access *acc, struct ditto_object *obj, bool write,
				struct ditto_file **f);
/* May close the file (sleeps): hold no lock of the inode. */
void ditto_file_put(struct ditto_file *f);

/*
 * NFS's rules for I/O (RFC 1813 4.4): 0 or -EACCES and the like. The owner may always read and
 * write, for the file may have been open when its mode changed; who may execute may read.
 */
int ditto_file_permission(const struct ditto_object *obj, bool write);

/*
 * How often written data was found lost when its file was closed; the write verifier has to
 * change with it.
 */
u64 ditto_file_losses(void);

/* How many of these are open on an inode for reading, or for writing. */
unsigned int ditto_files_open(const struct inode *inode, bool write);

/* The node of an object, made if need be; lives as long as the object. NULL: no memory. */
struct ditto_node *ditto_object_node(struct ditto_object *obj);

/* For object.c: the node of an inode, made if need be, referenced; giving it back. */
struct ditto_node *ditto_node_get(struct inode *inode);
void ditto_node_put(struct ditto_node *node);
static inline void ditto_node_hold(struct ditto_node *node)
{
	refcount_inc(&node->ref);
}
/* Closes the cached files of an inode, now or as soon as nobody uses them. Sleeps. */
void ditto_node_close_files(struct ditto_node *node);
/* Returns when every file taken out of the cache before is closed, unless it is in use. */
void ditto_node_flush(void);

#endif
