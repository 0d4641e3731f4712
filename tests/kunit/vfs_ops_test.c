// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on objects (vfs/ops.h), on a tmpfs of their own: lookup and
 * attributes. What changes names is in vfs_name_test.c, reading directories in
 * vfs_dir_test.c, data in vfs_io_test.c.
 */
#include "vfs_env.h"

#define USER	1000
#define GROUP	100
#define OTHER	2000

/* ---- lookup -------------------------------------------------------------- */

static void lookup_dots(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "dir");

	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, dir, ".."), env->root);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, dir, "."), dir);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, env->root, "."), env->root);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, env->root, ".."), env->root);
}

static void lookup_refusals(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "file", 0644);
	struct ditto_object *dir = env_mkdir(env, env->root, "dir");
	char *longest = kunit_kzalloc(test, NAME_MAX + 1, GFP_KERNEL);
	struct ditto_object *child;

	memset(longest, 'x', NAME_MAX + 1);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, env->root, "none", 4, &child), -ENOENT);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, file, "x", 1, &child), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, env->root, "", 0, &child), -EINVAL);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, env->root, "a/b", 3, &child), -EINVAL);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, env->root, "a\0b", 3, &child), -EINVAL);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, env->root, longest, NAME_MAX, &child),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, env->root, longest, NAME_MAX + 1, &child),
			-ENAMETOOLONG);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, dir, "x", 1, &child), -EACCES);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&env->acc, dir, "..", 2, &child), -EACCES);
}

/* A directory moved out of the export keeps its handle; it must not lead out. */
static void lookup_moved_out(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *shown = env_mkdir(env, env->root, "shown");
	struct ditto_object *sub = env_mkdir(env, shown, "sub");
	struct vfs_env *inner = env_inner(test, env, shown);
	struct ditto_object *seen = env_lookup(inner, inner->root, "sub");
	struct ditto_object *child;

	KUNIT_EXPECT_PTR_EQ(test, env_lookup(inner, seen, ".."), inner->root);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, sub, ".."), shown);
	KUNIT_EXPECT_EQ(test, env_rename(env, shown, "sub", env->root, "out"), 0);
	KUNIT_EXPECT_EQ(test, ditto_lookup(&inner->acc, seen, "..", 2, &child), -ESTALE);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, sub, ".."), env->root);
}

static void readlink_target(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	char *buf = kunit_kzalloc(test, PATH_MAX, GFP_KERNEL);
	struct ditto_setattr none = {};
	struct ditto_object *link = NULL;
	struct ditto_wcc wcc;
	u32 len = 0;

	KUNIT_ASSERT_EQ(test, ditto_symlink(&env->acc, env->root, "l", 1, "../a b", &none, &link,
					    &wcc), 0);
	env_keep(env, link);
	KUNIT_EXPECT_TRUE(test, d_is_symlink(link->path.dentry));
	KUNIT_EXPECT_EQ(test, ditto_readlink(&env->acc, link, buf, PATH_MAX, &len), 0);
	KUNIT_EXPECT_EQ(test, len, 6);
	KUNIT_EXPECT_MEMEQ(test, buf, "../a b", 6);
	KUNIT_EXPECT_EQ(test, ditto_readlink(&env->acc, link, buf, 5, &len), -ENAMETOOLONG);
	KUNIT_EXPECT_EQ(test, ditto_readlink(&env->acc, env->root, buf, PATH_MAX, &len), -EINVAL);
	KUNIT_EXPECT_EQ(test, ditto_symlink(&env->acc, env->root, "m", 1, "", &none, NULL, &wcc),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, ditto_symlink(&env->acc, env->root, "l", 1, "x", &none, NULL, &wcc),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, ditto_symlink(&env->acc, link, "l", 1, "x", &none, NULL, &wcc),
			-ENOTDIR);
}

/* ---- attributes ---------------------------------------------------------- */

static int set(struct vfs_env *env, struct ditto_object *obj, struct ditto_setattr sattr)
{
	struct ditto_wcc wcc;

	return ditto_setattr(&env->acc, obj, &sattr, NULL, &wcc);
}

#define SET(env, obj, ...)	set(env, obj, (struct ditto_setattr){ __VA_ARGS__ })

static void setattr_guard(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE, .mode = 0600 };
	struct timespec64 guard;
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_getattr(&env->acc, file, &attr), 0);
	guard = attr.st.ctime;
	guard.tv_nsec ^= 1;
	KUNIT_EXPECT_EQ(test, ditto_setattr(&env->acc, file, &sattr, &guard, &wcc), -EAGAIN);
	KUNIT_EXPECT_EQ(test, wcc.after.st.mode, S_IFREG | 0644);
	KUNIT_EXPECT_TRUE(test, timespec64_equal(&wcc.ctime, &attr.st.ctime));
	KUNIT_EXPECT_EQ(test, ditto_setattr(&env->acc, file, &sattr, &attr.st.ctime, &wcc), 0);
	KUNIT_EXPECT_EQ(test, wcc.after.st.mode, S_IFREG | 0600);
	KUNIT_EXPECT_TRUE(test, wcc.before_valid && wcc.atomic);
}

static void setattr_size(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_wcc wcc;

	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_SIZE, .size = 5ULL << 30), 0);
	KUNIT_EXPECT_EQ(test, i_size_read(ditto_object_inode(file)), 5LL << 30);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_SIZE, .size = U64_MAX), -EFBIG);
	KUNIT_EXPECT_EQ(test, SET(env, dir, .set = DITTO_SET_SIZE), -EISDIR);
	env_chmod(env, env->root, 0777);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_SIZE), -EACCES);
	file = env_create(env, env->root, "mine", 0400);
	/* It may have been open for writing when it got that mode. */
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_SIZE, .size = 9), 0);
	KUNIT_EXPECT_EQ(test, i_size_read(ditto_object_inode(file)), 9);
	env->acc.grant.flags = 0;
	KUNIT_EXPECT_EQ(test, ditto_setattr(&env->acc, file, &(struct ditto_setattr){}, NULL, &wcc),
			-EROFS);
}

/* To now: whoever may write. To another time: the owner. */
static void setattr_times(struct kunit *test)
{
	const u32 now = DITTO_SET_ATIME_NOW | DITTO_SET_MTIME_NOW;
	struct timespec64 then = { .tv_sec = 1000000, .tv_nsec = 7 };
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0666);
	struct ditto_object *closed = env_create(env, env->root, "g", 0644);
	struct ditto_attr attr;

	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_ATIME | DITTO_SET_MTIME_NOW,
				  .atime = then), 0);
	KUNIT_ASSERT_EQ(test, ditto_getattr(&env->acc, file, &attr), 0);
	KUNIT_EXPECT_TRUE(test, timespec64_equal(&attr.st.atime, &then));
	KUNIT_EXPECT_GT(test, attr.st.mtime.tv_sec, then.tv_sec);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_SIZE | DITTO_SET_MTIME, .size = 10,
				  .mtime = then), 0);
	KUNIT_ASSERT_EQ(test, ditto_getattr(&env->acc, file, &attr), 0);
	KUNIT_EXPECT_TRUE(test, timespec64_equal(&attr.st.mtime, &then));
	then.tv_nsec = NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_MTIME, .mtime = then), -EINVAL);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = now), 0);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_MTIME), -EPERM);
	KUNIT_EXPECT_EQ(test, SET(env, closed, .set = now), -EACCES);
}

static void setattr_owner(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 06755);

	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_UID, .uid = USER), 0);
	KUNIT_EXPECT_EQ(test, mode_of(file), S_IFREG | 0755);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_GID | DITTO_SET_MODE, .gid = GROUP,
				  .mode = 04711), 0);
	KUNIT_EXPECT_EQ(test, mode_of(file), S_IFREG | 04711);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_UID, .uid = U32_MAX), -EINVAL);
	env_user(env, OTHER, GROUP);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_MODE, .mode = 0777), -EPERM);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_UID, .uid = OTHER), -EPERM);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_UID, .uid = OTHER), -EPERM);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_GID, .gid = OTHER), -EPERM);
	/* Its owner, but not a member of its group any more. */
	env_user(env, USER, USER);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_MODE, .mode = 02755), 0);
	KUNIT_EXPECT_EQ(test, mode_of(file), S_IFREG | 0755);
	KUNIT_EXPECT_EQ(test, i_uid_read(ditto_object_inode(file)), USER);
}

/* Whoever changes the content of a set-id file without being root takes the bits off it. */
static void setattr_size_drops_setid(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 06777);

	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_SIZE, .size = 1), 0);
	KUNIT_EXPECT_EQ(test, mode_of(file), S_IFREG | 06777);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, SET(env, file, .set = DITTO_SET_SIZE, .size = 2), 0);
	KUNIT_EXPECT_EQ(test, mode_of(file), S_IFREG | 0777);
}

static u32 may(struct vfs_env *env, struct ditto_object *obj)
{
	u32 granted = 0;

	KUNIT_EXPECT_EQ(env->test, ditto_may(&env->acc, obj, 0x3f, &granted), 0);
	return granted;
}

static void may_what(struct kunit *test)
{
	const u32 change = DITTO_MAY_MODIFY | DITTO_MAY_EXTEND;
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0754);
	struct ditto_object *dir = env_mkdir(env, env->root, "d");

	KUNIT_EXPECT_EQ(test, may(env, file), DITTO_MAY_READ | change | DITTO_MAY_EXECUTE);
	KUNIT_EXPECT_EQ(test, may(env, dir),
			DITTO_MAY_READ | DITTO_MAY_LOOKUP | change | DITTO_MAY_DELETE);
	env->acc.grant.flags = 0;
	KUNIT_EXPECT_EQ(test, may(env, file), DITTO_MAY_READ | DITTO_MAY_EXECUTE);
	KUNIT_EXPECT_EQ(test, may(env, dir), DITTO_MAY_READ | DITTO_MAY_LOOKUP);
	env->acc.grant.flags = DITTO_RULE_RW;
	env_chmod(env, dir, 0755);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, may(env, file), DITTO_MAY_READ);
	KUNIT_EXPECT_EQ(test, may(env, dir), DITTO_MAY_READ | DITTO_MAY_LOOKUP);
}

static void fsinfo_of(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_fsinfo info;

	KUNIT_ASSERT_EQ(test, ditto_fsinfo(&env->acc, env->root, &info), 0);
	KUNIT_EXPECT_EQ(test, info.max_name, NAME_MAX);
	KUNIT_EXPECT_GT(test, info.max_file_size, 1ULL << 32);
	KUNIT_EXPECT_TRUE(test, info.links && info.symlinks && info.case_preserving);
	KUNIT_EXPECT_FALSE(test, info.case_insensitive);
}

static struct kunit_case vfs_ops_cases[] = {
	KUNIT_CASE(lookup_dots),
	KUNIT_CASE(lookup_refusals),
	KUNIT_CASE(lookup_moved_out),
	KUNIT_CASE(readlink_target),
	KUNIT_CASE(setattr_guard),
	KUNIT_CASE(setattr_size),
	KUNIT_CASE(setattr_times),
	KUNIT_CASE(setattr_owner),
	KUNIT_CASE(setattr_size_drops_setid),
	KUNIT_CASE(may_what),
	KUNIT_CASE(fsinfo_of),
	{}
};

static struct kunit_suite vfs_ops_suite = {
	.name		= "vfs_ops",
	.init		= env_init,
	.test_cases	= vfs_ops_cases,
};
kunit_test_suite(vfs_ops_suite);
