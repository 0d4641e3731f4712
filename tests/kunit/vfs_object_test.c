// SPDX-License-Identifier: GPL-2.0-only
/* Objects and the files open on them: what is kept, and what lets go of it. */
#include <kunit/test-bug.h>
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/filelock.h>
#include <linux/kthread.h>
#include "fixture.h"
#include "vfs/node.h"
#include "vfs/stats.h"
#include "vfs_env.h"
#include "vfs_table.h"

#define USER	1000
#define GROUP	100

static u64 stat(enum ditto_vfs_stat which)
{
	return ditto_stat_read(&init_net, &ditto_vfs_stats, which);
}

/* An export in the table, with everything a caller needs on it. */
struct shown {
	struct ditto_access	acc;
	struct path		path;
	struct ditto_object	*root;
};

static void shown_end(void *arg)
{
	struct shown *s = arg;

	ditto_object_put(s->root);
	ditto_export_put(s->acc.exp);
	KUNIT_EXPECT_EQ(kunit_get_current_test(), ditto_export_remove(&init_net, "x"), 0);
}

static int shown_init(struct kunit *test)
{
	struct shown *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	const char *dir;

	KUNIT_ASSERT_NOT_NULL(test, s);
	dir = table_dir(test, &s->path);
	KUNIT_ASSERT_EQ(test, table_add(test, table_config(test, "x", dir), false), 0);
	s->acc.exp = ditto_export_find(&init_net, "x", 1);
	KUNIT_ASSERT_NOT_NULL(test, s->acc.exp);
	s->acc.grant.flags = DITTO_RULE_RW;
	s->root = ditto_object_root(s->acc.exp);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s->root);
	test->priv = s;
	return kunit_add_action_or_reset(test, shown_end, s);
}

/* A file with mode 0600, made as a local process would. */
static struct path make_file(struct kunit *test, const char *name)
{
	struct shown *s = test->priv;
	struct path path = { .mnt = s->path.mnt };
	struct delegated_inode di = {};
	struct qstr q = QSTR(name);
	struct dentry *child;

	child = start_creating(&nop_mnt_idmap, s->path.dentry, &q);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	KUNIT_EXPECT_EQ(test, vfs_create(&nop_mnt_idmap, child, S_IFREG | 0600, &di), 0);
	end_creating(child);
	path.dentry = fixture_lookup(test, s->path.dentry, name);
	return path;
}

static void remove_name(struct kunit *test, const char *name, bool dir)
{
	struct shown *s = test->priv;
	struct delegated_inode di = {};
	struct qstr q = QSTR(name);
	struct dentry *child;
	int err;

	child = start_removing(&nop_mnt_idmap, s->path.dentry, &q);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	if (dir)
		err = vfs_rmdir(&nop_mnt_idmap, d_inode(s->path.dentry), child, &di);
	else
		err = vfs_unlink(&nop_mnt_idmap, d_inode(s->path.dentry), child, &di);
	KUNIT_EXPECT_EQ(test, err, 0);
	end_removing(child);
}

static struct ditto_object *make_object(struct kunit *test, const struct path *path)
{
	struct shown *s = test->priv;
	struct ditto_object *obj = ditto_object_make(s->acc.exp, path);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	return obj;
}

static struct ditto_object *resolve(const struct ditto_handle *handle)
{
	return ditto_object_resolve(&init_net, handle->raw, handle->len);
}

static void set_owner(struct path *path, u32 uid, umode_t mode)
{
	d_inode(path->dentry)->i_uid = KUIDT_INIT(uid);
	d_inode(path->dentry)->i_mode = S_IFREG | mode;
}

static void become(struct kunit *test, u32 uid)
{
	struct vfs_env env = { .test = test };

	env_user(&env, uid, GROUP);
}

/* ---- objects ------------------------------------------------------------- */

static void handle_round_trip(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path), *again;
	struct ditto_handle handle = obj->handle;
	u64 hits = stat(DITTO_VFS_OBJECT_HITS), misses = stat(DITTO_VFS_OBJECT_MISSES);

	again = resolve(&handle);
	KUNIT_EXPECT_PTR_EQ(test, again, obj);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_OBJECT_HITS), hits + 1);
	ditto_object_put(again);
	again = ditto_object_make(s->acc.exp, &path);
	KUNIT_EXPECT_PTR_EQ(test, again, obj);
	ditto_object_put(again);
	ditto_object_put(obj);

	/* Out of the cache, the file system is asked, and answers the same. */
	ditto_object_forget_inode(d_inode(path.dentry));
	obj = resolve(&handle);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_OBJECT_MISSES), misses + 1);
	KUNIT_EXPECT_PTR_EQ(test, ditto_object_inode(obj), d_inode(path.dentry));
	KUNIT_EXPECT_MEMEQ(test, obj->handle.raw, handle.raw, handle.len);
	KUNIT_EXPECT_EQ(test, obj->handle.len, handle.len);
	again = ditto_object_make(s->acc.exp, &path);
	KUNIT_EXPECT_PTR_EQ(test, again, obj);
	ditto_object_put(again);
	ditto_object_put(obj);
}

static void names_of_nothing(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = { .mnt = s->path.mnt };
	struct ditto_handle handle = {};
	struct qstr q = QSTR("none");

	path.dentry = lookup_one_unlocked(&nop_mnt_idmap, &q, s->path.dentry);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, path.dentry);
	KUNIT_EXPECT_PTR_EQ(test, ditto_object_make(s->acc.exp, &path), ERR_PTR(-ENOENT));
	KUNIT_EXPECT_EQ(test, ditto_handle_encode(s->acc.exp, &path, &handle), -ENOENT);
	dput(path.dentry);
	KUNIT_EXPECT_PTR_EQ(test, resolve(&handle), ERR_PTR(-EBADF));
	/* Another file system altogether. */
	path.mnt = fixture_tmpfs(test);
	path.dentry = path.mnt->mnt_root;
	KUNIT_EXPECT_PTR_EQ(test, ditto_object_make(s->acc.exp, &path), ERR_PTR(-EXDEV));
}

/* A local process removes the file; the cache must not keep it alive. */
static void unlink_lets_go(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path);
	struct ditto_handle handle = obj->handle;
	u64 objects = stat(DITTO_VFS_OBJECTS), files = stat(DITTO_VFS_FILES);
	struct ditto_file *f;

	KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, true, &f), 0);
	ditto_file_put(f);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILES), files + 1);
	ditto_object_put(obj);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_OBJECTS), objects);
	remove_name(test, "f", false);
	msleep(100);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_OBJECTS), objects - 1);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILES), files);
	/* The test's own reference is the last. */
	KUNIT_EXPECT_EQ(test, d_count(path.dentry), 1);
	KUNIT_EXPECT_PTR_EQ(test, resolve(&handle), ERR_PTR(-ESTALE));
}

static void rmdir_lets_go(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = { .mnt = s->path.mnt };
	struct ditto_handle handle;
	struct ditto_object *obj;

	path.dentry = fixture_mkdir(test, s->path.dentry, "d");
	obj = make_object(test, &path);
	handle = obj->handle;
	ditto_object_put(obj);
	remove_name(test, "d", true);
	msleep(100);
	KUNIT_EXPECT_EQ(test, d_count(path.dentry), 1);
	KUNIT_EXPECT_PTR_EQ(test, resolve(&handle), ERR_PTR(-ESTALE));
}

static void unlinked_while_held(struct kunit *test)
{
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path), *late;
	struct shown *s = test->priv;

	remove_name(test, "f", false);
	KUNIT_EXPECT_PTR_EQ(test, resolve(&obj->handle), ERR_PTR(-ESTALE));
	/* Made after the removal: works, but is not kept. */
	late = ditto_object_make(s->acc.exp, &path);
	KUNIT_EXPECT_PTR_NE(test, late, obj);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, late);
	KUNIT_EXPECT_EQ(test, refcount_read(&late->ref), 1);
	ditto_object_put(late);
	ditto_object_put(obj);
}

static int resolver(void *arg)
{
	struct ditto_handle *handle = arg;
	int i;

	for (i = 0; i < 2000; i++) {
		struct ditto_object *obj = resolve(handle);

		if (!IS_ERR(obj))
			ditto_object_put(obj);
		if (i % 50 == 0)
			cond_resched();
	}
	return 0;
}

/* Asked for from all sides while it is thrown out again and again. */
static void forget_races(struct kunit *test)
{
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path);
	struct ditto_handle handle = obj->handle;
	struct task_struct *tasks[4];
	int i;

	ditto_object_put(obj);
	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		tasks[i] = kthread_run(resolver, &handle, "resolver");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tasks[i]);
		get_task_struct(tasks[i]);
	}
	for (i = 0; i < 500; i++) {
		ditto_object_forget_inode(d_inode(path.dentry));
		cond_resched();
	}
	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		kthread_stop(tasks[i]);
		put_task_struct(tasks[i]);
	}
	obj = resolve(&handle);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_EXPECT_LE(test, refcount_read(&obj->ref), 2);
	ditto_object_put(obj);
}

/* ---- files --------------------------------------------------------------- */

static void file_is_kept(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path);
	u64 opens = stat(DITTO_VFS_FILE_OPENS);
	struct ditto_file *r, *w, *f;

	KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, false, &r), 0);
	KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, true, &w), 0);
	KUNIT_EXPECT_PTR_NE(test, r->file, w->file);
	KUNIT_EXPECT_EQ(test, r->file->f_mode & (FMODE_READ | FMODE_WRITE), FMODE_READ);
	KUNIT_EXPECT_EQ(test, w->file->f_mode & (FMODE_READ | FMODE_WRITE), FMODE_WRITE);
	KUNIT_EXPECT_FALSE(test, w->file->f_flags & O_NONBLOCK);
	ditto_file_put(r);
	ditto_file_put(w);
	/* Another user, who may, gets the same one. */
	set_owner(&path, 0, 0666);
	become(test, USER);
	KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, true, &f), 0);
	KUNIT_EXPECT_PTR_EQ(test, f, w);
	ditto_file_put(f);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILE_OPENS), opens + 2);
	become(test, 0);
	ditto_object_put(obj);
}

static void file_rights(struct kunit *test)
{
	static const struct {
		u32 owner;
		umode_t mode;
		int read, write;
	} cases[] = {
		{ USER, 0000, 0, 0 },			/* the owner always may */
		{ 0, 0600, -EACCES, -EACCES },
		{ 0, 0604, 0, -EACCES },
		{ 0, 0602, -EACCES, 0 },
		{ 0, 0601, 0, -EACCES },		/* who may execute may read */
	};
	struct shown *s = test->priv;
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path);
	struct ditto_file *f;
	unsigned int i, w;

	/* In the cache by root, which must not make a difference. */
	for (w = 0; w < 2; w++) {
		KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, w, &f), 0);
		ditto_file_put(f);
	}
	become(test, USER);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		set_owner(&path, cases[i].owner, cases[i].mode);
		for (w = 0; w < 2; w++) {
			int err = ditto_file_get(&s->acc, obj, w, &f);

			KUNIT_EXPECT_EQ_MSG(test, err, w ? cases[i].write : cases[i].read,
					    "case %u", i);
			if (!err)
				ditto_file_put(f);
		}
	}
	set_owner(&path, USER, 0666);
	d_inode(path.dentry)->i_flags |= S_IMMUTABLE;
	KUNIT_EXPECT_EQ(test, ditto_file_get(&s->acc, obj, true, &f), -EPERM);
	d_inode(path.dentry)->i_flags &= ~S_IMMUTABLE;
	become(test, 0);
	KUNIT_EXPECT_EQ(test, ditto_file_get(&s->acc, s->root, false, &f), -EISDIR);
	ditto_object_put(obj);
}

static void files_age(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path);
	u64 files = stat(DITTO_VFS_FILES);
	struct ditto_file *r, *w;

	KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, false, &r), 0);
	KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, true, &w), 0);
	ditto_file_put(r);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILES), files + 2);
	/* One held goes out of the cache as well, but stays open. */
	msleep(9000);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILES), files + 2);
	KUNIT_EXPECT_EQ(test, refcount_read(&w->ref), 1);
	ditto_file_put(w);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILES), files + 1);
	msleep(62000);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILES), files);
	KUNIT_EXPECT_EQ(test, atomic_read(&d_inode(path.dentry)->i_writecount), 0);
	ditto_object_put(obj);
}

static void removed_export_closes(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = make_file(test, "f");
	unsigned int count = d_count(path.dentry);
	struct ditto_object *obj = make_object(test, &path);
	u64 files = stat(DITTO_VFS_FILES), objects = stat(DITTO_VFS_OBJECTS);
	struct ditto_file *f;

	KUNIT_ASSERT_EQ(test, ditto_file_get(&s->acc, obj, true, &f), 0);
	ditto_file_put(f);
	ditto_object_put(obj);
	kunit_release_action(test, shown_end, s);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_FILES), files);
	KUNIT_EXPECT_EQ(test, stat(DITTO_VFS_OBJECTS), objects - 2);
	KUNIT_EXPECT_EQ(test, d_count(path.dentry), count);
}

static bool break_asked(struct file_lease *lease)
{
	return false;
}

static int lease_change(struct file_lease *lease, int arg, struct list_head *dispose)
{
	return lease_modify(lease, arg, dispose);
}

static int __maybe_unused no_conflict(struct file *file, int arg)
{
	return 0;
}

static const struct lease_manager_operations lease_ops = {
	.lm_break	= break_asked,
	.lm_change	= lease_change,
	DITTO_LM_OPEN_CONFLICT(no_conflict)
};

/* A local process has a read lease: a reader goes on, a writer has to come again. */
static void lease_is_broken(struct kunit *test)
{
	struct shown *s = test->priv;
	struct path path = make_file(test, "f");
	struct ditto_object *obj = make_object(test, &path);
	struct file *file = dentry_open(&path, O_RDONLY, current_cred());
	struct file_lease *lease = locks_alloc_lease();
	struct ditto_file *f;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_NOT_NULL(test, lease);
	lease->c.flc_flags = FL_LEASE;
	lease->c.flc_type = F_RDLCK;
	lease->c.flc_owner = test;
	lease->c.flc_pid = current->tgid;
	lease->c.flc_file = file;
	lease->fl_lmops = &lease_ops;
	KUNIT_ASSERT_EQ(test, kernel_setlease(file, F_RDLCK, &lease, NULL), 0);
	KUNIT_EXPECT_EQ(test, ditto_file_get(&s->acc, obj, false, &f), 0);
	ditto_file_put(f);
	KUNIT_EXPECT_EQ(test, ditto_file_get(&s->acc, obj, true, &f), -EJUKEBOX);
	KUNIT_EXPECT_EQ(test, kernel_setlease(file, F_UNLCK, NULL, (void **)&test), 0);
	KUNIT_EXPECT_EQ(test, ditto_file_get(&s->acc, obj, true, &f), 0);
	ditto_file_put(f);
	fput(file);
	flush_delayed_fput();
	ditto_object_put(obj);
}

static struct kunit_case vfs_object_cases[] = {
	KUNIT_CASE(handle_round_trip),
	KUNIT_CASE(names_of_nothing),
	KUNIT_CASE(unlink_lets_go),
	KUNIT_CASE(rmdir_lets_go),
	KUNIT_CASE(unlinked_while_held),
	KUNIT_CASE(forget_races),
	KUNIT_CASE(file_is_kept),
	KUNIT_CASE(file_rights),
	KUNIT_CASE(files_age),
	KUNIT_CASE(removed_export_closes),
	KUNIT_CASE(lease_is_broken),
	{}
};

static struct kunit_suite vfs_object_suite = {
	.name		= "vfs_object",
	.init		= shown_init,
	.test_cases	= vfs_object_cases,
};
kunit_test_suite(vfs_object_suite);
