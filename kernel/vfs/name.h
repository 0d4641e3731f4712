/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names in directories, for the operations of this folder: which are none, and
 * what they lead to inside an export.
 */
#ifndef DITTO_VFS_NAME_H
#define DITTO_VFS_NAME_H

#include <linux/dcache.h>
#include <linux/path.h>
#include "compat/compat.h"
#include "vfs/attr.h"
#include "vfs/guard.h"

static inline bool ditto_name_is_dot(const char *name, u32 len)
{
	return len == 1 && name[0] == '.';
}

static inline bool ditto_name_is_dotdot(const char *name, u32 len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

/* 0; -ENOTDIR, -ENAMETOOLONG, or -EINVAL: no byte string that can be a name. */
int ditto_name_check(const struct ditto_object *dir, const char *name, u32 len);

/*
 * The directory above @dir, the export's root being above itself. @up is
 * referenced. -ESTALE: @dir was moved out of the export.
 */
int ditto_name_parent(struct ditto_export *exp, const struct path *dir, struct path *up);

/**
 * struct ditto_nameop - the creation of a name, from start to end
 * @acc: the caller's access
 * @dir: the directory
 * @wcc: what becomes of it
 * @name: the name
 * @child: what has the name, with @dir locked; NULL before the start and after the end
 * @umask: the task's, put aside
 * @asked: about the directory
 */
struct ditto_nameop {
	struct ditto_access	*acc;
	struct ditto_object	*dir;
	struct ditto_wcc	*wcc;
	struct qstr		name;
	struct dentry		*child;
	struct ditto_umask	umask;
	struct ditto_guard	asked;
};

/*
 * start: checks the name, gets write access, locks the directory and finds the
 * name, which may exist. On error nothing is to be ended, and @op->wcc is filled
 * in. end: fills in the rest of @op->wcc and undoes all of that.
 */
int ditto_nameop_start(struct ditto_nameop *op, struct ditto_access *acc,
		       struct ditto_object *dir, const char *name, u32 len,
		       struct ditto_wcc *wcc);
void ditto_nameop_end(struct ditto_nameop *op);

/*
 * Closes what is open of the object that has a name, where the file system wants
 * that before the name goes (NFS would keep the file under another name).
 */
void ditto_name_close(struct ditto_object *dir, const struct qstr *name);

/* An error of an operation on names in @dir, as the caller shall see it. */
int ditto_name_error(const struct ditto_object *dir, int err);

#endif
