// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that make, remove and move names (vfs/ops.h), on a tmpfs of their own.
 */
#include "vfs_env.h"

#define USER	1000
#define GROUP	100
#define OTHER	2000

/* ---- creation ------------------------------------------------------------ */

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

static struct kunit_case vfs_name_cases[] = {
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
	{}
};

static struct kunit_suite vfs_name_suite = {
	.name		= "vfs_name",
	.init		= env_init,
	.test_cases	= vfs_name_cases,
};
kunit_test_suite(vfs_name_suite);
