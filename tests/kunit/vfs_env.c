// SPDX-License-Identifier: GPL-2.0-only
/*
 * An export of a tmpfs, and a caller on it, for tests of vfs/ operations.
 */
#include <linux/cred.h>
#include <linux/uio.h>
#include "fixture.h"
#include "vfs_env.h"
#include "vfs/export-internal.h"

/**
 * env_remove - remove the export
 * @env: its environment; what it keeps is put
 * @patient: somebody holds something of it, so it cannot come to an end
 *
 * Return: as export_retire().
 */
int env_remove(struct vfs_env *env, bool patient)
{
	env->removed = true;
	env_drop_all(env);
	ditto_object_put(env->root);
	return export_retire(env->exp, patient);
}

static void env_end(void *arg)
{
	struct vfs_env *env = arg;

	if (!env->removed)
		env_remove(env, false);
}

static struct vfs_env *env_of(struct kunit *test, const struct path *path)
{
	static atomic_t fsid = ATOMIC_INIT(0);
	struct ditto_export_config *cfg;
	struct vfs_env *env;
	const char *why;

	env = kunit_kzalloc(test, sizeof(*env), GFP_KERNEL);
	cfg = kunit_kzalloc(test, sizeof(*cfg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, env);
	KUNIT_ASSERT_NOT_NULL(test, cfg);
	strscpy(cfg->name, "test", sizeof(cfg->name));
	cfg->path = "/test";
	cfg->fsid = atomic_inc_return(&fsid);
	env->test = test;
	env->exp = export_create(&init_net, cfg, path, NULL, &why);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, env->exp);
	env->root = ditto_object_root(env->exp);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, env->root);
	env->acc.exp = env->exp;
	env->acc.grant.flags = DITTO_RULE_RW;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, env_end, env), 0);
	return env;
}

/**
 * env_new - an environment on a file system of its own
 * @test: the running test
 *
 * Return: the environment; goes away with the test.
 */
struct vfs_env *env_new(struct kunit *test)
{
	struct vfsmount *mnt = fixture_tmpfs(test);
	struct path path = { .mnt = mnt, .dentry = mnt->mnt_root };
	struct vfs_env *env = env_of(test, &path);

	/* The root of a bare tmpfs is for everybody to write. */
	env_chmod(env, env->root, 0755);
	return env;
}

/**
 * env_inner - an export of a directory of another one
 * @test: the running test
 * @env: the other
 * @dir: the directory
 *
 * Return: the environment; goes away with the test.
 */
struct vfs_env *env_inner(struct kunit *test, struct vfs_env *env, struct ditto_object *dir)
{
	return env_of(test, &dir->path);
}

/**
 * env_init - init function of a suite
 * @test: the running test
 *
 * Return: 0; test->priv is an environment.
 */
int env_init(struct kunit *test)
{
	test->priv = env_new(test);
	return 0;
}

/**
 * env_user - become somebody
 * @env: for its test
 * @uid: user; 0 has all capabilities, others have none
 * @gid: the only group
 *
 * Each test runs in a thread of its own, so nothing needs to be undone.
 */
void env_user(struct vfs_env *env, u32 uid, u32 gid)
{
	struct cred *cred = prepare_kernel_cred(&init_task);
	struct group_info *none = groups_alloc(0);

	KUNIT_ASSERT_NOT_NULL(env->test, cred);
	KUNIT_ASSERT_NOT_NULL(env->test, none);
	set_groups(cred, none);
	put_group_info(none);
	cred->uid = cred->euid = cred->suid = cred->fsuid = KUIDT_INIT(uid);
	cred->gid = cred->egid = cred->sgid = cred->fsgid = KGIDT_INIT(gid);
	if (uid) {
		cap_clear(cred->cap_effective);
		cap_clear(cred->cap_permitted);
		cap_clear(cred->cap_inheritable);
	}
	commit_creds(cred);
}

/**
 * env_keep - have an object put at the end of the test
 * @env: the environment
 * @obj: referenced
 *
 * Return: @obj.
 */
struct ditto_object *env_keep(struct vfs_env *env, struct ditto_object *obj)
{
	KUNIT_ASSERT_NOT_ERR_OR_NULL(env->test, obj);
	KUNIT_ASSERT_LT(env->test, env->nr_objects, ARRAY_SIZE(env->objects));
	env->objects[env->nr_objects++] = obj;
	return obj;
}

/**
 * env_drop_all - put what env_keep() was given
 * @env: the environment
 */
void env_drop_all(struct vfs_env *env)
{
	while (env->nr_objects)
		ditto_object_put(env->objects[--env->nr_objects]);
}

/**
 * env_lookup - look up what must be there
 * @env: the environment
 * @dir: where
 * @name: of what
 *
 * Return: the object, kept.
 */
struct ditto_object *env_lookup(struct vfs_env *env, struct ditto_object *dir, const char *name)
{
	struct ditto_object *obj = NULL;

	KUNIT_ASSERT_EQ(env->test, ditto_lookup(&env->acc, dir, name, strlen(name), &obj), 0);
	return env_keep(env, obj);
}

/**
 * env_mkdir - make a directory with mode 0700
 * @env: the environment
 * @dir: where
 * @name: its name
 *
 * Return: the object, kept.
 */
struct ditto_object *env_mkdir(struct vfs_env *env, struct ditto_object *dir, const char *name)
{
	struct ditto_setattr none = {};
	struct ditto_object *obj = NULL;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(env->test, ditto_mkdir(&env->acc, dir, name, strlen(name), &none, &obj,
					       &wcc), 0);
	return env_keep(env, obj);
}

/**
 * env_create - make a file
 * @env: the environment
 * @dir: where
 * @name: its name
 * @mode: its mode
 *
 * Return: the object, kept.
 */
struct ditto_object *env_create(struct vfs_env *env, struct ditto_object *dir, const char *name,
				u32 mode)
{
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE, .mode = mode };
	struct ditto_object *obj = NULL;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(env->test, ditto_create(&env->acc, dir, name, strlen(name),
						DITTO_CREATE_GUARDED, &sattr, NULL, &obj, &wcc), 0);
	return env_keep(env, obj);
}

/**
 * env_chmod - set a mode
 * @env: the environment
 * @obj: of what
 * @mode: the mode
 */
void env_chmod(struct vfs_env *env, struct ditto_object *obj, u32 mode)
{
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE, .mode = mode };
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(env->test, ditto_setattr(&env->acc, obj, &sattr, NULL, &wcc), 0);
}

/**
 * env_resolve - what a handle leads to
 * @env: the environment
 * @handle: the handle
 *
 * Return: the object, kept, or an error pointer.
 */
struct ditto_object *env_resolve(struct vfs_env *env, const struct ditto_handle *handle)
{
	struct ditto_object *obj = ditto_object_resolve(&init_net, handle->raw, handle->len);

	return IS_ERR(obj) ? obj : env_keep(env, obj);
}

/**
 * env_rename - rename without a look at the attributes
 * @env: the environment
 * @from: where from
 * @name: the name there
 * @to: where to
 * @to_name: the name there
 *
 * Return: as ditto_rename().
 */
int env_rename(struct vfs_env *env, struct ditto_object *from, const char *name,
	       struct ditto_object *to, const char *to_name)
{
	struct ditto_wcc from_wcc, to_wcc;

	return ditto_rename(&env->acc, from, name, strlen(name), to, to_name, strlen(to_name),
			    &from_wcc, &to_wcc);
}

/**
 * env_write - write from one piece of memory
 * @env: the environment
 * @obj: the file
 * @offset: where to
 * @data: @len bytes
 * @len: bytes
 *
 * Return: bytes written, or an error of ditto_write().
 */
int env_write(struct vfs_env *env, struct ditto_object *obj, u64 offset, const void *data,
	      size_t len)
{
	struct kvec seg = { .iov_base = (void *)data, .iov_len = len };
	struct ditto_span span = { .seg = &seg, .len = len, .nr_segs = 1 };
	enum ditto_stable stable = DITTO_UNSTABLE;
	struct ditto_wcc wcc;
	u32 written;
	int err;

	err = ditto_write(&env->acc, obj, offset, &span, &stable, &written, &wcc);
	return err ? err : written;
}
