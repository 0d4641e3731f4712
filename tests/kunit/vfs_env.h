/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An export of a tmpfs, and a caller on it, for tests of vfs/ operations. The
 * export is in no table: kernel threads of new kernels have no paths to export.
 */
#ifndef DITTO_KUNIT_VFS_ENV_H
#define DITTO_KUNIT_VFS_ENV_H

#include <kunit/test.h>
#include "compat/compat.h"
#include "vfs/ops.h"

/**
 * struct vfs_env - an export and a caller
 * @test: the running test
 * @exp: the export
 * @root: its root
 * @acc: the caller, root with write access to begin with; see env_user()
 * @removed: the export has been removed
 * @nr_objects: how many are in @objects
 * @objects: what env_keep() was given
 */
struct vfs_env {
	struct kunit		*test;
	struct ditto_export	*exp;
	struct ditto_object	*root;
	struct ditto_access	acc;
	bool			removed;
	unsigned int		nr_objects;
	struct ditto_object	*objects[64];
};

/* For struct kunit_suite: test->priv becomes an environment. */
int env_init(struct kunit *test);
/* A further one on a file system of its own, and one of a directory of @env's. */
struct vfs_env *env_new(struct kunit *test);
struct vfs_env *env_inner(struct kunit *test, struct vfs_env *env, struct ditto_object *dir);
/* Removes the export before the end of the test; -EBUSY if somebody still holds something of it. */
int env_remove(struct vfs_env *env, bool patient);

/* From now on the task is this user, in this group only; 0 has all capabilities. */
void env_user(struct vfs_env *env, u32 uid, u32 gid);

/* Objects are put at the end of the test, or by drop_all. */
struct ditto_object *env_keep(struct vfs_env *env, struct ditto_object *obj);
void env_drop_all(struct vfs_env *env);

/* These must succeed. */
struct ditto_object *env_lookup(struct vfs_env *env, struct ditto_object *dir, const char *name);
struct ditto_object *env_mkdir(struct vfs_env *env, struct ditto_object *dir, const char *name);
struct ditto_object *env_create(struct vfs_env *env, struct ditto_object *dir, const char *name,
				u32 mode);
void env_chmod(struct vfs_env *env, struct ditto_object *obj, u32 mode);

static inline umode_t mode_of(struct ditto_object *obj)
{
	return ditto_object_inode(obj)->i_mode;
}

struct ditto_object *env_resolve(struct vfs_env *env, const struct ditto_handle *handle);
int env_rename(struct vfs_env *env, struct ditto_object *from, const char *name,
	       struct ditto_object *to, const char *to_name);
/* Bytes written, or an error. */
int env_write(struct vfs_env *env, struct ditto_object *obj, u64 offset, const void *data,
	      size_t len);

#endif
