// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody on this machine holds a lease or delegation on what a client wants
 * to change: the client is told to ask again, the recall is on its way, and no
 * thread waits.
 */
#include <linux/file.h>
#include <linux/filelock.h>
#include "fixture.h"
#include "vfs_env.h"

/**
 * struct holder - a local holder of a lease
 * @file: open file, which is the owner too
 * @breaks: how often it was asked to give the lease up
 */
struct holder {
	struct file	*file;
	int		breaks;
};

static struct holder *current_holder;

static bool count_break(struct file_lease *lease)
{
	current_holder->breaks++;
	lease->fl_break_time = 0;	/* nobody times it out */
	return false;
}

static int give_up(struct file_lease *lease, int arg, struct list_head *dispose)
{
	return arg & F_UNLCK ? lease_modify(lease, arg, dispose) : -EAGAIN;
}

static int no_conflict(struct file *file, int arg)
{
	return 0;
}

static const struct lease_manager_operations holder_ops = {
	.lm_break = count_break,
	.lm_change = give_up,
	DITTO_LM_OPEN_CONFLICT(no_conflict)
};

static void let_go(void *arg)
{
	struct holder *holder = arg;

	if (!holder->file)
		return;
	kernel_setlease(holder->file, F_UNLCK, NULL, (void **)&holder->file);
	__fput_sync(holder->file);
	holder->file = NULL;
}

/* Opens @obj and takes a lease (FL_LEASE or FL_DELEG) of that type on it. */
static struct holder *hold(struct vfs_env *env, struct ditto_object *obj, int kind, int type)
{
	int flags = type == F_WRLCK ? O_RDWR : O_RDONLY;
	struct kunit *test = env->test;
	struct file_lease *lease = locks_alloc_lease();
	struct holder *holder;
	int err;

	holder = kunit_kzalloc(test, sizeof(*holder), GFP_KERNEL);
	holder->file = dentry_open(&obj->path, flags, current_cred());
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, holder->file);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, let_go, holder), 0);
	current_holder = holder;
	lease->fl_lmops = &holder_ops;
	lease->c.flc_flags = kind;
	lease->c.flc_type = type;
	lease->c.flc_owner = holder->file;
	lease->c.flc_file = holder->file;
	lease->c.flc_pid = current->tgid;
	err = kernel_setlease(holder->file, type, &lease, NULL);
	if (lease)
		locks_free_lease(lease);
	KUNIT_ASSERT_EQ(test, err, 0);
	return holder;
}

static int set_mode(struct vfs_env *env, struct ditto_object *obj)
{
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE, .mode = 0640 };
	struct ditto_wcc wcc;
	int err = ditto_setattr(&env->acc, obj, &sattr, NULL, &wcc);

	KUNIT_EXPECT_TRUE(env->test, wcc.after.valid);
	return err;
}

static int cut(struct vfs_env *env, struct ditto_object *obj)
{
	struct ditto_setattr sattr = { .set = DITTO_SET_SIZE };
	struct ditto_wcc wcc;

	return ditto_setattr(&env->acc, obj, &sattr, NULL, &wcc);
}

static int read_one(struct vfs_env *env, struct ditto_object *obj)
{
	struct ditto_payload *p = NULL;
	bool eof;
	int err = ditto_read(&env->acc, obj, 0, 1, &p, &eof);

	if (!err)
		ditto_payload_free(p);
	return err;
}

static int remove_f(struct vfs_env *env)
{
	struct ditto_wcc wcc;
	int err = ditto_remove(&env->acc, env->root, "f", 1, &wcc);

	KUNIT_EXPECT_TRUE(env->test, wcc.after.valid);
	return err;
}

static int link_g(struct vfs_env *env, struct ditto_object *obj)
{
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	return ditto_link(&env->acc, obj, env->root, "g", 1, &attr, &wcc);
}

static void delegation_is_recalled(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct holder *holder;

	env_create(env, env->root, "other", 0644);
	holder = hold(env, file, FL_DELEG, F_RDLCK);
	KUNIT_EXPECT_EQ(test, read_one(env, file), 0);
	KUNIT_EXPECT_EQ(test, holder->breaks, 0);
	KUNIT_EXPECT_EQ(test, set_mode(env, file), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, holder->breaks, 1);
	KUNIT_EXPECT_EQ(test, cut(env, file), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "x", 1), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, link_g(env, file), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "f", env->root, "h"), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "other", env->root, "f"), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, remove_f(env), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(env->root->path.dentry));
	KUNIT_EXPECT_EQ(test, holder->breaks, 1);
	let_go(holder);
	KUNIT_EXPECT_EQ(test, set_mode(env, file), 0);
	KUNIT_EXPECT_EQ(test, cut(env, file), 0);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, link_g(env, file), 0);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "other", env->root, "f"), 0);
	KUNIT_EXPECT_EQ(test, remove_f(env), 0);
}

static void write_delegation_is_recalled_by_reading(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct holder *holder = hold(env, file, FL_DELEG, F_WRLCK);

	KUNIT_EXPECT_EQ(test, read_one(env, file), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, holder->breaks, 1);
	let_go(holder);
	KUNIT_EXPECT_EQ(test, read_one(env, file), 0);
}

/* A lease is for who opens; removing and renaming do not concern it. */
static void lease_is_broken_by_writing(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct holder *holder = hold(env, file, FL_LEASE, F_RDLCK);

	KUNIT_EXPECT_EQ(test, read_one(env, file), 0);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "x", 1), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, holder->breaks, 1);
	KUNIT_EXPECT_EQ(test, cut(env, file), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, env_rename(env, env->root, "f", env->root, "h"), 0);
	let_go(holder);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "x", 1), 1);
}

/* Where the kernel breaks them. */
static void directory_delegation_is_recalled(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_setattr none = {};
	struct holder *holder;
	struct ditto_wcc wcc;

	if (!DITTO_HAVE_DIR_LEASES)
		kunit_skip(test, "this kernel breaks no directory delegations");
	env_create(env, dir, "f", 0644);
	holder = hold(env, dir, FL_DELEG, F_RDLCK);
	KUNIT_EXPECT_EQ(test, ditto_mkdir(&env->acc, dir, "e", 1, &none, NULL, &wcc), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, wcc.after.valid);
	KUNIT_EXPECT_EQ(test, holder->breaks, 1);
	KUNIT_EXPECT_EQ(test, ditto_create(&env->acc, dir, "g", 1, DITTO_CREATE_GUARDED, &none,
					   NULL, NULL, &wcc), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, ditto_symlink(&env->acc, dir, "l", 1, "x", &none, NULL, &wcc),
			-EJUKEBOX);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, dir, "f", 1, &wcc), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, env_rename(env, dir, "f", env->root, "f"), -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(dir->path.dentry));
	let_go(holder);
	KUNIT_EXPECT_EQ(test, ditto_mkdir(&env->acc, dir, "e", 1, &none, NULL, &wcc), 0);
	KUNIT_EXPECT_EQ(test, ditto_remove(&env->acc, dir, "f", 1, &wcc), 0);
}

static struct kunit_case vfs_deleg_cases[] = {
	KUNIT_CASE(delegation_is_recalled),
	KUNIT_CASE(write_delegation_is_recalled_by_reading),
	KUNIT_CASE(lease_is_broken_by_writing),
	KUNIT_CASE(directory_delegation_is_recalled),
	{}
};

static struct kunit_suite vfs_deleg_suite = {
	.name		= "vfs_deleg",
	.init		= env_init,
	.test_cases	= vfs_deleg_cases,
};
kunit_test_suite(vfs_deleg_suite);
