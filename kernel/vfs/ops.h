/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on objects, for every protocol alike. All take the caller's
 * struct ditto_access (begun), run in process context with its credentials, and
 * return 0 or a negative errno; the protocol maps it. Names are bytes without
 * a slash or NUL and not "." or ".." except for lookup; the functions check that
 * themselves (-EINVAL, -ENAMETOOLONG).
 *
 * Besides the usual ones: -EJUKEBOX: somebody's lease has to be broken first, ask
 * again; -ESTALE: the object is gone; -EROFS: read-only export.
 */
#ifndef DITTO_VFS_OPS_H
#define DITTO_VFS_OPS_H

#include <linux/stat.h>
#include <linux/statfs.h>
#include "base/cursor.h"
#include "base/payload.h"
#include "vfs/access.h"
#include "vfs/object.h"

#ifndef EJUKEBOX
#include <linux/errno.h>
#endif

/**
 * struct ditto_attr - attributes of an object
 * @valid: the rest is filled in
 * @st: as stat; ids are those of the server's initial user namespace as seen through the mount
 * @change: a number that changes with every change: the file system's counter if the access
 *	wants it and there is one, else made from ctime and as fine as that
 * @fsid: identifies the file system, the same after a reboot
 */
struct ditto_attr {
	bool		valid;
	struct kstat	st;
	u64		change;
	u64		fsid;
};

/**
 * struct ditto_wcc - attributes before and after an operation (RFC 1813 2.6)
 * @before_valid: @size, @mtime, @ctime are from just before, under the inode's lock
 * @atomic: nothing else can have changed it between before and after
 * @size: before, bytes
 * @mtime: before
 * @ctime: before
 * @before_change: the change number before
 * @after: attributes right after, also when the operation failed
 */
struct ditto_wcc {
	bool			before_valid;
	bool			atomic;
	u64			size;
	struct timespec64	mtime;
	struct timespec64	ctime;
	u64			before_change;
	struct ditto_attr	after;
};

/**
 * struct ditto_setattr - attributes to set
 * @set: which (bits below)
 * @mode: permissions
 * @uid: owner
 * @gid: group
 * @size: bytes
 * @atime: of the last access
 * @mtime: of the last change of the content
 */
struct ditto_setattr {
	u32			set;
#define DITTO_SET_MODE		BIT(0)
#define DITTO_SET_UID		BIT(1)
#define DITTO_SET_GID		BIT(2)
#define DITTO_SET_SIZE		BIT(3)
#define DITTO_SET_ATIME		BIT(4)	/* to @atime */
#define DITTO_SET_MTIME		BIT(5)
#define DITTO_SET_ATIME_NOW	BIT(6)	/* to the server's clock */
#define DITTO_SET_MTIME_NOW	BIT(7)
	u32			mode;
	u32			uid;
	u32			gid;
	u64			size;
	struct timespec64	atime;
	struct timespec64	mtime;
};

/* attr.c */
int ditto_getattr(struct ditto_access *acc, struct ditto_object *obj, struct ditto_attr *attr);
/* @guard: NULL, or the ctime the object must still have (-EAGAIN otherwise: NFS3ERR_NOT_SYNC). */
int ditto_setattr(struct ditto_access *acc, struct ditto_object *obj,
		  const struct ditto_setattr *sattr, const struct timespec64 *guard,
		  struct ditto_wcc *wcc);

#define DITTO_MAY_READ		BIT(0)
#define DITTO_MAY_LOOKUP	BIT(1)
#define DITTO_MAY_MODIFY	BIT(2)
#define DITTO_MAY_EXTEND	BIT(3)
#define DITTO_MAY_DELETE	BIT(4)
#define DITTO_MAY_EXECUTE	BIT(5)
/* Which of @want (DITTO_MAY_*) the caller may do; only the bits that make sense for the type. */
int ditto_may(struct ditto_access *acc, struct ditto_object *obj, u32 want, u32 *granted);

/**
 * struct ditto_fsinfo - what a file system can do
 * @st: as statfs
 * @max_file_size: bytes
 * @max_links: names of one file
 * @max_name: bytes of a name
 * @time_granularity_ns: the smallest difference of two times, nanoseconds
 * @case_insensitive: names that differ in case only are the same
 * @case_preserving: names are shown in the case they were made with
 * @links: has hard links
 * @symlinks: has symbolic links
 */
struct ditto_fsinfo {
	struct kstatfs	st;
	u64		max_file_size;
	u32		max_links;
	u32		max_name;
	u32		time_granularity_ns;
	bool		case_insensitive;
	bool		case_preserving;
	bool		links;
	bool		symlinks;
};
int ditto_fsinfo(struct ditto_access *acc, struct ditto_object *obj, struct ditto_fsinfo *info);

/* name.c: *@child is referenced; NULL in @child: not wanted */
int ditto_lookup(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		 struct ditto_object **child);
/* Content into @buf (@size bytes, at least PATH_MAX); *@len without a NUL. */
int ditto_readlink(struct ditto_access *acc, struct ditto_object *obj, char *buf, u32 size,
		   u32 *len);

enum ditto_create_how {
	DITTO_CREATE_UNCHECKED,	/* an existing regular file is opened; size 0 if asked */
	DITTO_CREATE_GUARDED,	/* -EEXIST if it exists */
	DITTO_CREATE_EXCLUSIVE,	/* exists with the same verifier: success */
};

int ditto_create(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		 enum ditto_create_how how, const struct ditto_setattr *sattr,
		 const u8 verifier[8], struct ditto_object **child, struct ditto_wcc *dir_wcc);
int ditto_mkdir(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		const struct ditto_setattr *sattr, struct ditto_object **child,
		struct ditto_wcc *dir_wcc);
int ditto_symlink(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		  const char *target, const struct ditto_setattr *sattr,
		  struct ditto_object **child, struct ditto_wcc *dir_wcc);
/* @mode has the file type; @rdev for devices */
int ditto_mknod(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		umode_t mode, dev_t rdev, const struct ditto_setattr *sattr,
		struct ditto_object **child, struct ditto_wcc *dir_wcc);
int ditto_remove(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		 struct ditto_wcc *dir_wcc);
int ditto_rmdir(struct ditto_access *acc, struct ditto_object *dir, const char *name, u32 len,
		struct ditto_wcc *dir_wcc);
/* Both directories seen through the same export, else -EXDEV. */
int ditto_rename(struct ditto_access *acc, struct ditto_object *from, const char *name, u32 len,
		 struct ditto_object *to, const char *to_name, u32 to_len,
		 struct ditto_wcc *from_wcc, struct ditto_wcc *to_wcc);
int ditto_link(struct ditto_access *acc, struct ditto_object *obj, struct ditto_object *dir,
	       const char *name, u32 len, struct ditto_attr *attr, struct ditto_wcc *dir_wcc);

/* io.c */
/* At most @count bytes from @offset; *@payload (may have len 0) belongs to the caller; *@eof. */
int ditto_read(struct ditto_access *acc, struct ditto_object *obj, u64 offset, u32 count,
	       struct ditto_payload **payload, bool *eof);

enum ditto_stable {
	DITTO_UNSTABLE,
	DITTO_DATA_SYNC,
	DITTO_FILE_SYNC,
};
/* *@stable: in: wanted, out: reached. *@written bytes. Data is taken straight from the message. */
int ditto_write(struct ditto_access *acc, struct ditto_object *obj, u64 offset,
		const struct ditto_span *data, enum ditto_stable *stable, u32 *written,
		struct ditto_wcc *wcc);
/* count 0: to the end */
int ditto_commit(struct ditto_access *acc, struct ditto_object *obj, u64 offset, u32 count,
		 struct ditto_wcc *wcc);
/* Changes when written data that was not committed may have been lost. */
void ditto_write_verifier(struct net *net, u8 verifier[8]);

/* dir.c */
/**
 * struct ditto_dirent - an entry of a directory
 * @name: @len bytes
 * @len: of the name
 * @ino: inode number
 * @cookie: where to go on behind it
 * @attr: not valid if it was not asked for or could not be had
 * @handle: of length 0 if it was not asked for or could not be had
 */
struct ditto_dirent {
	const char		*name;
	u32			len;
	u64			ino;
	u64			cookie;
	struct ditto_attr	attr;
	struct ditto_handle	handle;
};

/*
 * Calls @emit for the entries behind @cookie (0: from the start, "." and ".." first) until it
 * returns false or the directory ends (*@eof). @plus: with attributes and handles. The entry
 * for which emit returned false is not consumed.
 */
int ditto_readdir(struct ditto_access *acc, struct ditto_object *dir, u64 cookie, bool plus,
		  bool (*emit)(void *arg, const struct ditto_dirent *entry), void *arg, bool *eof);

int ditto_node_init(void);	/* node.c: inodes in use and their open files */
void ditto_node_exit(void);

#endif
