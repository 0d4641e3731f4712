// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on objects (vfs/ops.h), on a tmpfs of their own: names, attributes,
 * directories. Data is in vfs_io_test.c.
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

/* ---- creation ------------------------------------------------------------ */

static umode_t mode_of(struct ditto_object *obj)
{
	return ditto_object_inode(obj)->i_mode;
}

/* The mode is the client's; this task's umask (0022) has no say in it. */
static void create_mode(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE, .mode = 0777 };
	struct ditto_object *dir = NULL, *fifo = NULL;
	struct ditto_wcc wcc;

	KUNIT_EXPECT_EQ(test, mode_of(env_create(env, env->root, "f", 0666)), S_IFREG | 0666);
	KUNIT_EXPECT_EQ(test, mode_of(env_create(env, env->root, "g", 06755)), S_IFREG | 06755);
	KUNIT_ASSERT_EQ(test, ditto_mkdir(&env->acc, env->root, "d", 1, &sattr, &dir, &wcc), 0);
	env_keep(env, dir);
	KUNIT_EXPECT_EQ(test, mode_of(dir), S_IFDIR | 0777);
	KUNIT_ASSERT_EQ(test, ditto_mknod(&env->acc, env->root, "p", 1, S_IFIFO, 0, &sattr, &fifo,
					  &wcc), 0);
	env_keep(env, fifo);
	KUNIT_EXPECT_EQ(test, mode_of(fifo), S_IFIFO | 0777);
}

static void create_wcc(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_setattr none = {};
	struct ditto_attr before;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_getattr(&env->acc, env->root, &before), 0);
	KUNIT_ASSERT_EQ(test, ditto_create(&env->acc, env->root, "f", 1, DITTO_CREATE_GUARDED, &none,
					   NULL, NULL, &wcc), 0);
	KUNIT_EXPECT_TRUE(test, wcc.before_valid);
	KUNIT_EXPECT_TRUE(test, wcc.atomic);
	KUNIT_EXPECT_TRUE(test, wcc.after.valid);
	KUNIT_EXPECT_EQ(test, wcc.size, before.st.size);
	KUNIT_EXPECT_TRUE(test, timespec64_equal(&wcc.mtime, &before.st.mtime));
	KUNIT_EXPECT_TRUE(test, timespec64_equal(&wcc.ctime, &before.st.ctime));
	KUNIT_EXPECT_GT(test, wcc.after.st.size, before.st.size);
	KUNIT_EXPECT_EQ(test, wcc.after.fsid, before.fsid);
	/* Refused after a look at the directory, and before it. */
	KUNIT_EXPECT_EQ(test, ditto_create(&env->acc, env->root, "f", 1, DITTO_CREATE_GUARDED,
					   &none, NULL, NULL, &wcc), -EEXIST);
	KUNIT_EXPECT_TRUE(test, wcc.before_valid && wcc.atomic && wcc.after.valid);
	KUNIT_EXPECT_EQ(test, ditto_create(&env->acc, env->root, ".", 1, DITTO_CREATE_GUARDED,
					   &none, NULL, NULL, &wcc), -EEXIST);
	KUNIT_EXPECT_FALSE(test, wcc.before_valid || wcc.atomic);
	KUNIT_EXPECT_TRUE(test, wcc.after.valid);
}

static int create_unchecked(struct vfs_env *env, const char *name, struct ditto_setattr *sattr,
			    struct ditto_object **child)
{
	struct ditto_wcc wcc;

	return ditto_create(&env->acc, env->root, name, strlen(name), DITTO_CREATE_UNCHECKED,
			    sattr, NULL, child, &wcc);
}

static void create_over_existing(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE, .mode = 0600 };
	struct inode *inode = ditto_object_inode(file);
	struct ditto_object *again = NULL;

	env_mkdir(env, env->root, "d");
	KUNIT_ASSERT_EQ(test, env_write(env, file, 0, "data", 4), 4);
	KUNIT_EXPECT_EQ(test, create_unchecked(env, "f", &sattr, &again), 0);
	env_keep(env, again);
	KUNIT_EXPECT_PTR_EQ(test, again, file);
	KUNIT_EXPECT_EQ(test, inode->i_mode, S_IFREG | 0644);
	KUNIT_EXPECT_EQ(test, i_size_read(inode), 4);
	sattr.set = DITTO_SET_SIZE;
	sattr.size = 0;
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, create_unchecked(env, "f", &sattr, NULL), -EACCES);
	KUNIT_EXPECT_EQ(test, i_size_read(inode), 4);
	env_user(env, 0, 0);
	KUNIT_EXPECT_EQ(test, create_unchecked(env, "f", &sattr, NULL), 0);
	KUNIT_EXPECT_EQ(test, i_size_read(inode), 0);
	KUNIT_EXPECT_EQ(test, create_unchecked(env, "d", &sattr, NULL), -EEXIST);
}

static int create_exclusive(struct vfs_env *env, u64 verifier, struct ditto_object **child)
{
	struct ditto_setattr none = {};
	struct ditto_wcc wcc;
	u8 raw[8];
	int err;

	put_unaligned_be64(verifier, raw);
	err = ditto_create(&env->acc, env->root, "x", 1, DITTO_CREATE_EXCLUSIVE, &none, raw, child,
			   &wcc);
	if (!err && child)
		env_keep(env, *child);
	return err;
}

/* All 64 bits of the verifier count, as long as nobody sets the times. */
static void create_exclusive_verifier(struct kunit *test)
{
	const u64 verifier = 0x8123456789abcdefULL;
	struct vfs_env *env = test->priv;
	struct ditto_setattr touch = { .set = DITTO_SET_MTIME_NOW | DITTO_SET_ATIME_NOW };
	struct ditto_object *first = NULL, *second = NULL;
	struct ditto_wcc wcc;
	int bit;

	KUNIT_ASSERT_EQ(test, create_exclusive(env, verifier, &first), 0);
	KUNIT_EXPECT_EQ(test, mode_of(first), S_IFREG);
	KUNIT_EXPECT_EQ(test, create_exclusive(env, verifier, &second), 0);
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_EQ(test, create_exclusive(env, verifier ^ BIT_ULL(bit), NULL),
				-EEXIST);
	KUNIT_EXPECT_EQ(test, ditto_setattr(&env->acc, first, &touch, NULL, &wcc), 0);
	KUNIT_EXPECT_EQ(test, create_exclusive(env, verifier, NULL), -EEXIST);
}

static void create_in_sgid_directory(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE | DITTO_SET_GID, .mode = 02777,
				       .gid = GROUP };
	struct ditto_object *dir = NULL, *sub, *file;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_mkdir(&env->acc, env->root, "d", 1, &sattr, &dir, &wcc), 0);
	env_keep(env, dir);
	sattr.set = DITTO_SET_MODE;
	KUNIT_ASSERT_EQ(test, ditto_setattr(&env->acc, dir, &sattr, NULL, &wcc), 0);
	env_user(env, USER, USER);
	sub = env_mkdir(env, dir, "sub");
	file = env_create(env, dir, "file", 0644);
	KUNIT_EXPECT_EQ(test, i_gid_read(ditto_object_inode(sub)), GROUP);
	KUNIT_EXPECT_TRUE(test, mode_of(sub) & S_ISGID);
	KUNIT_EXPECT_EQ(test, i_gid_read(ditto_object_inode(file)), GROUP);
	KUNIT_EXPECT_EQ(test, i_uid_read(ditto_object_inode(file)), USER);
}

/* Ids a caller cannot give away are no reason to fail; those root gives are kept. */
static void create_with_ids(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_setattr sattr = {
		.set = DITTO_SET_MODE | DITTO_SET_UID | DITTO_SET_GID | DITTO_SET_SIZE,
		.mode = 04755, .uid = OTHER, .gid = OTHER, .size = 10000,
	};
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_object *mine = NULL, *given = NULL;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_create(&env->acc, dir, "g", 1, DITTO_CREATE_GUARDED, &sattr,
					   NULL, &given, &wcc), 0);
	env_keep(env, given);
	KUNIT_EXPECT_EQ(test, i_uid_read(ditto_object_inode(given)), OTHER);
	KUNIT_EXPECT_EQ(test, mode_of(given), S_IFREG | 04755);
	KUNIT_EXPECT_EQ(test, i_size_read(ditto_object_inode(given)), 10000);
	env_chmod(env, dir, 0777);
	env_user(env, USER, GROUP);
	KUNIT_ASSERT_EQ(test, ditto_create(&env->acc, dir, "m", 1, DITTO_CREATE_GUARDED, &sattr,
					   NULL, &mine, &wcc), 0);
	env_keep(env, mine);
	KUNIT_EXPECT_EQ(test, i_uid_read(ditto_object_inode(mine)), USER);
	KUNIT_EXPECT_EQ(test, i_gid_read(ditto_object_inode(mine)), GROUP);
}

/* A link has an owner but no mode. */
static void symlink_with_ids(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_setattr sattr = {
		.set = DITTO_SET_MODE | DITTO_SET_UID | DITTO_SET_GID | DITTO_SET_MTIME,
		.mode = 0600, .uid = USER, .gid = GROUP, .mtime = { .tv_sec = 5 },
	};
	struct ditto_object *link = NULL;
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_symlink(&env->acc, env->root, "l", 1, "x", &sattr, &link,
					    &wcc), 0);
	env_keep(env, link);
	KUNIT_ASSERT_EQ(test, ditto_getattr(&env->acc, link, &attr), 0);
	KUNIT_EXPECT_EQ(test, attr.st.mode, S_IFLNK | 0777);
	KUNIT_EXPECT_EQ(test, i_uid_read(ditto_object_inode(link)), USER);
	KUNIT_EXPECT_EQ(test, i_gid_read(ditto_object_inode(link)), GROUP);
	KUNIT_EXPECT_EQ(test, attr.st.mtime.tv_sec, 5);
	KUNIT_EXPECT_EQ(test, ditto_setattr(&env->acc, link, &sattr, NULL, &wcc), -EOPNOTSUPP);
}

static void mknod_rules(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_setattr none = {};
	struct ditto_object *dev = NULL;
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_mknod(&env->acc, env->root, "c", 1, S_IFCHR, MKDEV(1, 3),
					  &none, &dev, &wcc), 0);
	env_keep(env, dev);
	KUNIT_EXPECT_EQ(test, ditto_getattr(&env->acc, dev, &attr), 0);
	KUNIT_EXPECT_EQ(test, attr.st.rdev, MKDEV(1, 3));
	KUNIT_EXPECT_EQ(test, ditto_mknod(&env->acc, env->root, "r", 1, S_IFREG, 0, &none, NULL,
					  &wcc), -EINVAL);
	env_chmod(env, env->root, 0777);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_mknod(&env->acc, env->root, "b", 1, S_IFBLK, MKDEV(1, 1),
					  &none, NULL, &wcc), -EPERM);
	/* A whiteout, which the VFS lets pass. */
	KUNIT_EXPECT_EQ(test, ditto_mknod(&env->acc, env->root, "w", 1, S_IFCHR, 0, &none, NULL,
					  &wcc), -EPERM);
	KUNIT_EXPECT_EQ(test, ditto_mknod(&env->acc, env->root, "s", 1, S_IFSOCK, MKDEV(1, 1),
					  &none, NULL, &wcc), 0);
}

static void create_refusals(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_setattr none = {};
	struct ditto_wcc wcc;

	KUNIT_EXPECT_EQ(test, ditto_mkdir(&env->acc, env->root, "d", 1, &none, NULL, &wcc),
			-EEXIST);
	KUNIT_EXPECT_TRUE(test, wcc.after.valid);
	KUNIT_EXPECT_EQ(test, ditto_mkdir(&env->acc, env->root, "..", 2, &none, NULL, &wcc),
			-EEXIST);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_mkdir(&env->acc, env->root, "e", 1, &none, NULL, &wcc),
			-EACCES);
	KUNIT_EXPECT_TRUE(test, wcc.before_valid && wcc.after.valid);
	env_user(env, 0, 0);
	env->acc.grant.flags = 0;
	KUNIT_EXPECT_EQ(test, ditto_mkdir(&env->acc, dir, "e", 1, &none, NULL, &wcc), -EROFS);
	env->acc.grant.flags = DITTO_RULE_RW;
	KUNIT_EXPECT_EQ(test, ditto_rmdir(&env->acc, env->root, "d", 1, &wcc), 0);
	KUNIT_EXPECT_EQ(test, ditto_mkdir(&env->acc, dir, "e", 1, &none, NULL, &wcc), -ESTALE);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, dir, "e", 1, &wcc), -ESTALE);
}

/* ---- removal, renames, links ---------------------------------------------- */

static void remove_kinds(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_wcc wcc;

	env_create(env, env->root, "f", 0644);
	env_create(env, dir, "x", 0644);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "d", 1, &wcc), -EISDIR);
	KUNIT_EXPECT_EQ(test, ditto_rmdir(&env->acc, env->root, "f", 1, &wcc), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, ditto_rmdir(&env->acc, env->root, "d", 1, &wcc), -ENOTEMPTY);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "n", 1, &wcc), -ENOENT);
	KUNIT_EXPECT_TRUE(test, wcc.after.valid);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, ".", 1, &wcc), -EINVAL);
	KUNIT_EXPECT_EQ(test, ditto_rmdir(&env->acc, env->root, ".", 1, &wcc), -EINVAL);
	KUNIT_EXPECT_EQ(test, ditto_rmdir(&env->acc, env->root, "..", 2, &wcc), -EEXIST);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, dir, "x", 1, &wcc), 0);
	KUNIT_EXPECT_TRUE(test, wcc.atomic);
	KUNIT_EXPECT_LT(test, wcc.after.st.size, wcc.size);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "f", 1, &wcc), 0);
	KUNIT_EXPECT_EQ(test, ditto_rmdir(&env->acc, env->root, "d", 1, &wcc), 0);
}

static void remove_sticky(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_wcc wcc;

	env_create(env, env->root, "roots", 0666);
	env_chmod(env, env->root, 01777);
	env_user(env, USER, GROUP);
	env_create(env, env->root, "mine", 0600);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "roots", 5, &wcc), -EPERM);
	env_user(env, OTHER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "mine", 4, &wcc), -EPERM);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "mine", env->root, "stolen"), -EPERM);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "mine", 4, &wcc), 0);
}

/* A removed file's handle is stale, unless it has another name. */
static void remove_makes_stale(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct ditto_handle handle = file->handle;
	struct ditto_object *found;
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_link(&env->acc, file, env->root, "g", 1, &attr, &wcc), 0);
	KUNIT_EXPECT_EQ(test, attr.st.nlink, 2);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "f", 1, &wcc), 0);
	found = env_resolve(env, &handle);
	KUNIT_ASSERT_FALSE(test, IS_ERR(found));
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, env->root, "g", 1, &wcc), 0);
	KUNIT_EXPECT_EQ(test, ditto_link(&env->acc, file, env->root, "h", 1, &attr, &wcc), -ESTALE);
	env_drop_all(env);
	KUNIT_EXPECT_PTR_EQ(test, env_resolve(env, &handle), ERR_PTR(-ESTALE));
}

static void rename_over(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *a = env_mkdir(env, env->root, "a");
	struct ditto_object *b = env_mkdir(env, env->root, "b");
	struct ditto_object *file = env_create(env, a, "f", 0644);
	struct ditto_handle handle = file->handle;
	struct ditto_wcc from, to;

	env_create(env, b, "g", 0644);
	KUNIT_EXPECT_EQ(test, ditto_rename(&env->acc, a, "f", 1, b, "g", 1, &from, &to), 0);
	KUNIT_EXPECT_TRUE(test, from.atomic && to.atomic);
	KUNIT_EXPECT_LT(test, from.after.st.size, from.size);
	KUNIT_EXPECT_EQ(test, to.after.st.size, to.size);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, b, "g"), file);
	KUNIT_EXPECT_PTR_EQ(test, env_resolve(env, &handle), file);
	KUNIT_EXPECT_EQ(test, env_rename(env, a, "f", b, "g"), -ENOENT);
}

static void rename_refusals(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct vfs_env *elsewhere = env_new(test);
	struct ditto_object *a = env_mkdir(env, env->root, "a");
	struct ditto_object *b = env_mkdir(env, env->root, "b");
	struct ditto_object *sub = env_mkdir(env, a, "sub");

	env_create(env, env->root, "f", 0644);
	env_mkdir(env, b, "full");
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "a", env->root, "b"), -ENOTEMPTY);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "f", env->root, "b"), -EISDIR);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "a", env->root, "f"), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "a", sub, "x"), -EINVAL);
	KUNIT_EXPECT_EQ(test, env_rename(env, a, "sub", env->root, "a"), -ENOTEMPTY);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, ".", env->root, "x"), -EINVAL);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "a", env->root, ".."), -EINVAL);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "f", elsewhere->root, "f"), -EXDEV);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "a", b, "a"), 0);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, sub, ".."), a);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, a, ".."), b);
}

/* RFC 1813 3.3.14: two names of one file stay as they are. */
static void rename_same_file(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, ditto_link(&env->acc, file, env->root, "g", 1, &attr, &wcc), 0);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "f", env->root, "g"), 0);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "f", env->root, "f"), 0);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, env->root, "f"), file);
	KUNIT_EXPECT_PTR_EQ(test, env_lookup(env, env->root, "g"), file);
}

static void link_refusals(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct vfs_env *elsewhere = env_new(test);
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	KUNIT_EXPECT_EQ(test, ditto_link(&env->acc, dir, env->root, "e", 1, &attr, &wcc), -EISDIR);
	KUNIT_EXPECT_TRUE(test, attr.valid);
	KUNIT_EXPECT_EQ(test, ditto_link(&env->acc, file, env->root, "d", 1, &attr, &wcc),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, ditto_link(&env->acc, file, elsewhere->root, "f", 1, &attr, &wcc),
			-EXDEV);
	KUNIT_EXPECT_EQ(test, ditto_link(&env->acc, file, file, "f", 1, &attr, &wcc), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, attr.st.nlink, 1);
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

/* ---- directories --------------------------------------------------------- */

#define MANY	300

/* What a reader has seen: how often each "fNNN", and the dots. */
struct seen {
	struct kunit	*test;
	unsigned int	count[MANY];
	unsigned int	dots;
	unsigned int	left;	/* entries until it has had enough */
	unsigned int	plain;	/* entries without attributes */
	u64		cookie;
	u64		cookies[MANY + 2];
	unsigned int	nr_cookies;
};

static bool see(void *arg, const struct ditto_dirent *entry)
{
	struct seen *seen = arg;
	char name[8] = {};
	unsigned int n;

	if (!seen->left)
		return false;
	seen->left--;
	seen->cookie = entry->cookie;
	KUNIT_EXPECT_NE(seen->test, entry->cookie, 0);
	if (seen->nr_cookies < ARRAY_SIZE(seen->cookies))
		seen->cookies[seen->nr_cookies++] = entry->cookie;
	if (entry->name[0] == '.') {
		seen->dots++;
		return true;
	}
	KUNIT_ASSERT_EQ(seen->test, entry->len, 4);
	memcpy(name, entry->name + 1, 3);
	KUNIT_ASSERT_EQ(seen->test, kstrtouint(name, 10, &n), 0);
	seen->count[n]++;
	if (!entry->attr.valid || !entry->handle.len)
		seen->plain++;
	else
		KUNIT_EXPECT_EQ(seen->test, entry->ino, entry->attr.st.ino);
	return true;
}

static void fill(struct vfs_env *env, struct ditto_object *dir, unsigned int nr)
{
	struct ditto_setattr none = {};
	struct ditto_wcc wcc;
	unsigned int i;
	char name[8];

	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "f%03u", i);
		KUNIT_ASSERT_EQ(env->test, ditto_create(&env->acc, dir, name, 4,
							DITTO_CREATE_GUARDED, &none, NULL, NULL,
							&wcc), 0);
	}
}

/* Removed behind the reader's back: those it has seen, and some it has not. */
static void thin_out(struct vfs_env *env, struct ditto_object *dir, struct seen *seen, bool *gone)
{
	struct ditto_wcc wcc;
	unsigned int i, k = 0;
	char name[8];

	for (i = 0; i < MANY && k < 5; i++) {
		if (gone[i] || (!seen->count[i] && i % 10))
			continue;
		snprintf(name, sizeof(name), "f%03u", i);
		KUNIT_EXPECT_EQ(env->test, ditto_remove(&env->acc, dir, name, 4, &wcc), 0);
		gone[i] = true;
		k++;
	}
}

static void readdir_in_steps(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	bool *gone = kunit_kcalloc(test, MANY, sizeof(*gone), GFP_KERNEL);
	unsigned int i, steps = 0;
	bool eof = false;

	fill(env, dir, MANY);
	seen->test = test;
	while (!eof && steps++ < MANY) {
		seen->left = 7;
		KUNIT_ASSERT_EQ(test, ditto_readdir(&env->acc, dir, seen->cookie, steps & 1, see,
						    seen, &eof), 0);
		thin_out(env, dir, seen, gone);
	}
	KUNIT_EXPECT_TRUE(test, eof);
	KUNIT_EXPECT_EQ(test, seen->dots, 2);
	for (i = 0; i < MANY; i++) {
		if (!gone[i])
			KUNIT_EXPECT_EQ_MSG(test, seen->count[i], 1, "f%03u", i);
		else
			KUNIT_EXPECT_LE_MSG(test, seen->count[i], 1, "f%03u", i);
	}
}

static void readdir_plus(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	bool eof = false;

	fill(env, dir, MANY);
	seen->test = test;
	seen->left = UINT_MAX;
	KUNIT_ASSERT_EQ(test, ditto_readdir(&env->acc, dir, 0, true, see, seen, &eof), 0);
	KUNIT_EXPECT_TRUE(test, eof);
	KUNIT_EXPECT_EQ(test, seen->left, UINT_MAX - MANY - 2);
	KUNIT_EXPECT_EQ(test, seen->plain, 0);
	/* Behind the last entry there is nothing, and that is no error. */
	seen->left = UINT_MAX;
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, seen->cookie, true, see, seen, &eof),
			0);
	KUNIT_EXPECT_TRUE(test, eof);
	KUNIT_EXPECT_EQ(test, seen->left, UINT_MAX);
}

static bool count_entry(void *arg, const struct ditto_dirent *entry)
{
	++*(unsigned int *)arg;
	return true;
}

/* Each cookie leads behind its entry, wherever the entries were gathered. */
static void readdir_cookies(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	unsigned int i, n;
	bool eof = false;

	fill(env, dir, MANY);
	seen->test = test;
	seen->left = UINT_MAX;
	KUNIT_ASSERT_EQ(test, ditto_readdir(&env->acc, dir, 0, false, see, seen, &eof), 0);
	KUNIT_ASSERT_EQ(test, seen->nr_cookies, MANY + 2);
	for (i = 0; i < seen->nr_cookies; i++) {
		n = 0;
		KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, seen->cookies[i], false,
						    count_entry, &n, &eof), 0);
		KUNIT_EXPECT_EQ_MSG(test, n, MANY + 1 - i, "behind entry %u", i);
	}
}

static void readdir_refusals(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	bool eof;

	fill(env, dir, 3);
	seen->test = test;
	seen->left = UINT_MAX;
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, file, 0, false, see, seen, &eof), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, U64_MAX, false, see, seen, &eof),
			-EBADCOOKIE);
	env_chmod(env, dir, 0711);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, 0, false, see, seen, &eof), -EACCES);
	/* May read but not search: names without attributes. */
	env_user(env, 0, 0);
	env_chmod(env, dir, 0744);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, 0, true, see, seen, &eof), 0);
	KUNIT_EXPECT_EQ(test, seen->plain, 3);
}

struct dots {
	u64	self, parent;
	u64	parent_by_attr;
};

static bool see_dots(void *arg, const struct ditto_dirent *entry)
{
	struct dots *dots = arg;

	if (entry->len == 1 && entry->name[0] == '.')
		dots->self = entry->ino;
	if (entry->len == 2 && entry->name[1] == '.') {
		dots->parent = entry->ino;
		dots->parent_by_attr = entry->attr.valid ? entry->attr.st.ino : 0;
	}
	return true;
}

/* The export's root is above itself, whatever the file system has above it. */
static void readdir_root_parent(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *shown = env_mkdir(env, env->root, "shown");
	struct vfs_env *inner = env_inner(test, env, shown);
	u64 ino = ditto_object_inode(shown)->i_ino;
	struct dots dots = {};
	bool eof;

	KUNIT_EXPECT_EQ(test, ditto_readdir(&inner->acc, inner->root, 0, false, see_dots, &dots,
					    &eof), 0);
	KUNIT_EXPECT_EQ(test, dots.self, ino);
	KUNIT_EXPECT_EQ(test, dots.parent, ino);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&inner->acc, inner->root, 0, true, see_dots, &dots,
					    &eof), 0);
	KUNIT_EXPECT_EQ(test, dots.parent_by_attr, ino);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, shown, 0, true, see_dots, &dots, &eof), 0);
	KUNIT_EXPECT_EQ(test, dots.parent, ditto_object_inode(env->root)->i_ino);
	KUNIT_EXPECT_EQ(test, dots.parent_by_attr, dots.parent);
}

static struct kunit_case vfs_ops_cases[] = {
	KUNIT_CASE(lookup_dots),
	KUNIT_CASE(lookup_refusals),
	KUNIT_CASE(lookup_moved_out),
	KUNIT_CASE(readlink_target),
	KUNIT_CASE(create_mode),
	KUNIT_CASE(create_wcc),
	KUNIT_CASE(create_over_existing),
	KUNIT_CASE(create_exclusive_verifier),
	KUNIT_CASE(create_in_sgid_directory),
	KUNIT_CASE(create_with_ids),
	KUNIT_CASE(symlink_with_ids),
	KUNIT_CASE(mknod_rules),
	KUNIT_CASE(create_refusals),
	KUNIT_CASE(remove_kinds),
	KUNIT_CASE(remove_sticky),
	KUNIT_CASE(remove_makes_stale),
	KUNIT_CASE(rename_over),
	KUNIT_CASE(rename_refusals),
	KUNIT_CASE(rename_same_file),
	KUNIT_CASE(link_refusals),
	KUNIT_CASE(setattr_guard),
	KUNIT_CASE(setattr_size),
	KUNIT_CASE(setattr_times),
	KUNIT_CASE(setattr_owner),
	KUNIT_CASE(setattr_size_drops_setid),
	KUNIT_CASE(may_what),
	KUNIT_CASE(fsinfo_of),
	KUNIT_CASE(readdir_in_steps),
	KUNIT_CASE(readdir_plus),
	KUNIT_CASE(readdir_cookies),
	KUNIT_CASE(readdir_refusals),
	KUNIT_CASE(readdir_root_parent),
	{}
};

static struct kunit_suite vfs_ops_suite = {
	.name		= "vfs_ops",
	.init		= env_init,
	.test_cases	= vfs_ops_cases,
};
kunit_test_suite(vfs_ops_suite);
