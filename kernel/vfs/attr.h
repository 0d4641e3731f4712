/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes, for the operations of this folder: what is read before and after
 * a change, what is written to a new object, when a change is on stable storage.
 */
#ifndef DITTO_VFS_ATTR_H
#define DITTO_VFS_ATTR_H

#include "vfs/ops.h"

struct iattr;

/*
 * Attributes of what @path leads to; @fsid goes into them. 0, or what the file
 * system said; @attr is then not valid. Needs no lock.
 */
int ditto_attr_read(const struct ditto_access *acc, const struct path *path, u64 fsid,
		    struct ditto_attr *attr);

/*
 * before: right before a change; @locked: the inode's lock is held, and stays so
 * until after. after: when it is done, or has failed. none: neither is known.
 */
void ditto_wcc_none(struct ditto_wcc *wcc);
void ditto_wcc_before(const struct ditto_access *acc, const struct ditto_object *obj,
		      struct ditto_wcc *wcc, bool locked);
void ditto_wcc_after(const struct ditto_access *acc, const struct ditto_object *obj,
		     struct ditto_wcc *wcc);
/* As after, where the lock was lost on the way (a failed start, a failed mkdir). */
void ditto_wcc_after_unlocked(const struct ditto_access *acc, const struct ditto_object *obj,
			      struct ditto_wcc *wcc);

/*
 * Puts what has changed about an object (attributes, a directory's names) on stable storage, unless
 * the export is asynchronous or its file system has none. Hold no lock of its inode.
 */
int ditto_attr_commit(const struct ditto_access *acc, const struct path *path);

/* Gives a new object what creating it could not; its directory's lock is held, its own is taken. */
int ditto_setattr_new(struct ditto_access *acc, const struct path *child,
		      const struct ditto_setattr *sattr);

/* What a caller of the VFS is told instead of -EWOULDBLOCK, and of an object that is gone. */
static inline int ditto_vfs_error(int err)
{
	return err == -EWOULDBLOCK ? -EJUKEBOX : err;
}

#endif
