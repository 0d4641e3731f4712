// SPDX-License-Identifier: GPL-2.0-only
/*
 * Caches and local processes (lock/vfs_lease.c): a process that opens, removes or changes
 * what a client caches has to wait until the client has given way; clients do not
 * wait for themselves there; what processes have open is not cached.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/namei.h>
#include "fixture.h"
#include "lock_caches.h"

/* ---- a local process that may have to wait ------------------------------- */

/**
 * struct process - a thread that needs a file
 * @env: its environment
 * @obj: the file
 * @name: what the file is called, to be removed
 * @flags: how to open it
 * @fn: what it does
 * @err: how that ended
 * @done: that it has
 * @task: the thread
 */
struct process {
	struct lock_env		*env;
	struct ditto_object	*obj;
	const char		*name;
	int			flags;
	int			(*fn)(struct process *p);
	int			err;
	struct completion	done;
	struct task_struct	*task;
};

static int open_and_close(struct process *p)
{
	struct file *file = dentry_open(&p->obj->path, p->flags | O_LARGEFILE, current_cred());

	if (IS_ERR(file))
		return PTR_ERR(file);
	__fput_sync(file);
	return 0;
}

static int remove_once(struct process *p, struct delegated_inode *di)
{
	struct dentry *root = p->env->vfs->root->path.dentry, *child;
	struct qstr name = QSTR(p->name);
	int err;

	child = start_removing_noperm(root, &name);
	if (IS_ERR(child))
		return PTR_ERR(child);
	err = vfs_unlink(&nop_mnt_idmap, d_inode(root), child, di);
	end_removing(child);
	return err;
}

/* As unlink(2). */
static int unlink(struct process *p)
{
	struct delegated_inode di;
	int err;

	do {
		memset(&di, 0, sizeof(di));
		err = remove_once(p, &di);
	} while (is_delegated(&di) && !(err = break_deleg_wait(&di)));
	return err;
}

/* As chmod(2). */
static int change_mode(struct process *p)
{
	struct iattr attr = { .ia_valid = ATTR_MODE, .ia_mode = S_IFREG | 0640 };
	struct dentry *dentry = p->obj->path.dentry;
	struct delegated_inode di;
	int err;

	do {
		memset(&di, 0, sizeof(di));
		inode_lock(d_inode(dentry));
		err = notify_change(&nop_mnt_idmap, dentry, &attr, &di);
		inode_unlock(d_inode(dentry));
	} while (is_delegated(&di) && !(err = break_deleg_wait(&di)));
	return err;
}

static int process_thread(void *arg)
{
	struct process *p = arg;

	p->err = p->fn(p);
	complete(&p->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static void end_process(void *arg)
{
	struct process *p = arg;

	kthread_stop(p->task);
	put_task_struct(p->task);
}

static struct process *process(struct lock_env *env, unsigned int file, int (*fn)(struct process *),
			       int flags)
{
	static const char names[][2] = { "0", "1", "2", "3", "4", "5", "6", "7" };
	struct process *p = kunit_kzalloc(env->test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, p);
	p->env = env;
	p->obj = env->file[file];
	p->name = names[file];
	p->flags = flags;
	p->fn = fn;
	init_completion(&p->done);
	p->task = kthread_create(process_thread, p, "ditto-test-local");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(env->test, p->task);
	get_task_struct(p->task);
	KUNIT_ASSERT_EQ(env->test, kunit_add_action_or_reset(env->test, end_process, p), 0);
	wake_up_process(p->task);
	return p;
}

static bool waits(struct process *p)
{
	return !wait_for_completion_timeout(&p->done, HZ / 5);
}

static int ended(struct process *p)
{
	return wait_for_completion_timeout(&p->done, 10 * HZ) ? p->err : -ETIME;
}

static struct lock_cache *held(struct lock_env *env, unsigned int file, enum ditto_cache_kind kind,
			       unsigned int bits)
{
	struct lock_cache *lc = lock_cache(env);

	KUNIT_ASSERT_EQ(env->test, lock_grant(lc, lock_someone(env), env->file[file], kind, bits),
			bits);
	return lc;
}

/* ---- they make ours give way --------------------------------------------- */

static void writer_takes_all(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *a = held(env, 0, DITTO_CACHE_LEASE, RH);
	struct lock_cache *b = held(env, 0, DITTO_CACHE_DELEGATION, RH);
	u64 breaks = lock_stat("breaks_by_local");
	struct process *p;

	p = process(env, 0, open_and_close, O_WRONLY | O_NONBLOCK);
	KUNIT_EXPECT_EQ(test, ended(p), -EWOULDBLOCK);
	KUNIT_EXPECT_TRUE(test, lock_told(a, 1, 0));
	KUNIT_EXPECT_TRUE(test, lock_told(b, 1, 0));
	KUNIT_EXPECT_EQ(test, lock_stat("breaks_by_local"), breaks + 2);
	p = process(env, 0, open_and_close, O_WRONLY);
	KUNIT_EXPECT_TRUE(test, waits(p));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&a->cache, 0), 0);
	KUNIT_EXPECT_TRUE(test, waits(p));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&b->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, ended(p), 0);
	KUNIT_EXPECT_TRUE(test, lock_told(a, 1, 0));
}

static void reader_takes_w(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, DITTO_CACHE_LEASE, RWH);
	struct lock_cache *deleg = held(env, 1, DITTO_CACHE_DELEGATION, RWH);
	struct lock_cache *reader = held(env, 2, DITTO_CACHE_DELEGATION, RH);
	struct process *p, *q;

	p = process(env, 0, open_and_close, O_RDONLY);
	q = process(env, 1, open_and_close, O_RDONLY);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
	KUNIT_EXPECT_TRUE(test, lock_told(deleg, 1, 0));
	KUNIT_EXPECT_TRUE(test, waits(p));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RH), 0);
	KUNIT_EXPECT_EQ(test, ended(p), 0);
	KUNIT_EXPECT_TRUE(test, waits(q));
	ditto_cache_drop(&deleg->cache);
	KUNIT_EXPECT_EQ(test, ended(q), 0);
	/* R and H are no reason to wait, then as before */
	KUNIT_EXPECT_EQ(test, ended(process(env, 0, open_and_close, O_RDONLY)), 0);
	KUNIT_EXPECT_EQ(test, ended(process(env, 2, open_and_close, O_RDONLY)), 0);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
	KUNIT_EXPECT_TRUE(test, lock_told(reader, 0, 0));
	/* and what is left goes for a writer */
	p = process(env, 0, open_and_close, O_WRONLY);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 2, 0));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, ended(p), 0);
}

static void change_and_removal(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *a = held(env, 0, DITTO_CACHE_DELEGATION, RH);
	struct lock_cache *b = held(env, 1, DITTO_CACHE_DELEGATION, RWH);
	struct process *p = process(env, 0, unlink, 0), *q = process(env, 1, change_mode, 0);

	KUNIT_EXPECT_TRUE(test, lock_told(a, 1, 0));
	KUNIT_EXPECT_TRUE(test, lock_told(b, 1, 0));
	KUNIT_EXPECT_TRUE(test, waits(p));
	KUNIT_EXPECT_TRUE(test, waits(q));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&a->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&b->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, ended(p), 0);
	KUNIT_EXPECT_EQ(test, ended(q), 0);
}

/* At our deadline, not at the 45 seconds of the VFS; and without anybody's help. */
static void holder_is_forced(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, DITTO_CACHE_DELEGATION, RWH);
	struct process *p = process(env, 0, open_and_close, O_WRONLY);

	ssleep(55);
	KUNIT_EXPECT_FALSE(test, try_wait_for_completion(&p->done));
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_BREAKING);
	ssleep(60);
	KUNIT_EXPECT_EQ(test, ended(p), 0);
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_REVOKED);
	KUNIT_EXPECT_EQ(test, atomic_read(&lc->revokes), 1);
}

static void two_want_it(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *lc = held(env, 0, DITTO_CACHE_LEASE, RWH);
	struct process *p = process(env, 0, open_and_close, O_RDONLY), *q;

	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
	q = process(env, 0, open_and_close, O_WRONLY);
	KUNIT_EXPECT_TRUE(test, waits(q));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RH), 0);
	KUNIT_EXPECT_EQ(test, ended(p), 0);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 2, 0));
	KUNIT_EXPECT_TRUE(test, waits(q));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	KUNIT_EXPECT_EQ(test, ended(q), 0);
}

/* ---- clients are not local ----------------------------------------------- */

static void clients_do_not_wait_there(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env);
	struct vfs_env as_owner = *env->vfs;
	struct lock_cache *lc = lock_cache(env);
	struct ditto_setattr sattr = { .set = DITTO_SET_MODE, .mode = 0640 };
	int wrote, changed, linked, removed;
	const struct cred *saved;
	struct ditto_attr attr;
	struct ditto_wcc wcc;

	as_owner.acc.owner = &owner->owner;
	KUNIT_ASSERT_EQ(test, lock_grant(lc, owner, env->file[0], DITTO_CACHE_DELEGATION, RWH), RWH);
	lock_client_begin(env, &saved);
	wrote = env_write(&as_owner, env->file[0], 0, "x", 1);
	changed = ditto_setattr(&as_owner.acc, env->file[0], &sattr, NULL, &wcc);
	linked = ditto_link(&as_owner.acc, env->file[0], env->vfs->root, "l", 1, &attr, &wcc);
	removed = ditto_remove(&as_owner.acc, env->vfs->root, "l", 1, &wcc);
	lock_client_end(saved);
	KUNIT_EXPECT_EQ(test, wrote, 1);
	KUNIT_EXPECT_EQ(test, changed, 0);
	KUNIT_EXPECT_EQ(test, linked, 0);
	KUNIT_EXPECT_EQ(test, removed, 0);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 0, 0));
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_GRANTED);
}

/* ---- what they have is not cached ---------------------------------------- */

static void local_opens_bar(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_cache *a = lock_cache(env), *b = lock_cache(env), *c = lock_cache(env);
	u64 refused = lock_stat("caches_refused_local");
	struct file *file;

	lock_local(env, 0, false);
	KUNIT_EXPECT_EQ(test, lock_grant(a, lock_someone(env), env->file[0], DITTO_CACHE_LEASE, R), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("caches_refused_local"), refused + 1);
	KUNIT_EXPECT_EQ(test, lock_summary(env->file[0]), 0);
	file = dentry_open(&env->file[1]->path, O_RDONLY | O_LARGEFILE, current_cred());
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_EXPECT_EQ(test, lock_grant(b, lock_someone(env), env->file[1], DITTO_CACHE_LEASE, RWH), RH);
	__fput_sync(file);
	KUNIT_EXPECT_EQ(test, lock_upgrade(b, lock_someone(env), env->file[1], RWH), RH);
	ditto_cache_drop(&b->cache);
	/* what clients have written to is kept open for a while, which is no reason */
	KUNIT_ASSERT_EQ(test, env_write(env->vfs, env->file[2], 0, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, lock_grant(c, lock_someone(env), env->file[2], DITTO_CACHE_DELEGATION,
					 RWH), RWH);
}

static void barred_upgrade(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env);
	struct lock_cache *lc = lock_cache(env);
	struct file *file;

	KUNIT_ASSERT_EQ(test, lock_grant(lc, owner, env->file[0], DITTO_CACHE_LEASE, RH), RH);
	file = dentry_open(&env->file[0]->path, O_RDONLY | O_LARGEFILE, current_cred());
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_EXPECT_EQ(test, lock_upgrade(lc, owner, env->file[0], RWH), RH);
	__fput_sync(file);
	KUNIT_EXPECT_EQ(test, lock_upgrade(lc, owner, env->file[0], RWH), RWH);
	/* the lease in the VFS has become a stronger one */
	file = dentry_open(&env->file[0]->path, O_RDONLY | O_NONBLOCK | O_LARGEFILE, current_cred());
	KUNIT_EXPECT_PTR_EQ(test, file, ERR_PTR(-EWOULDBLOCK));
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
}

/* ---- directories --------------------------------------------------------- */

static int make_directory(struct process *p)
{
	struct qstr name = QSTR("made");
	struct delegated_inode di;
	struct dentry *child;
	int err;

	do {
		memset(&di, 0, sizeof(di));
		child = start_creating_noperm(p->obj->path.dentry, &name);
		if (IS_ERR(child))
			return PTR_ERR(child);
		child = vfs_mkdir(&nop_mnt_idmap, ditto_object_inode(p->obj), child, 0700, &di);
		err = PTR_ERR_OR_ZERO(child);
		if (!err)
			end_creating(child);
	} while (is_delegated(&di) && !(err = break_deleg_wait(&di)));
	return err;
}

static void directories(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env->vfs, env->vfs->root, "d");
	struct lock_cache *lc = lock_cache(env);
	struct process *p;

	KUNIT_ASSERT_EQ(test, lock_grant(lc, lock_someone(env), dir, DITTO_CACHE_LEASE, RH), RH);
	env->file[7] = dir;
	p = process(env, 7, make_directory, 0);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
	/* older kernels tell when it is done */
	KUNIT_EXPECT_EQ(test, waits(p), !!DITTO_HAVE_DIR_LEASES);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	if (DITTO_HAVE_DIR_LEASES)
		KUNIT_EXPECT_EQ(test, ended(p), 0);
	KUNIT_EXPECT_EQ(test, p->err, 0);
}

static void own_change_of_directory(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env->vfs, env->vfs->root, "d");
	struct lock_owner *owner = lock_someone(env);
	struct ditto_access acc = env->vfs->acc;
	struct lock_cache *lc = lock_cache(env);
	struct ditto_setattr none = {};
	const struct cred *saved;
	struct ditto_wcc wcc;
	int err;

	acc.owner = &owner->owner;
	KUNIT_ASSERT_EQ(test, lock_grant(lc, owner, dir, DITTO_CACHE_DELEGATION, R), R);
	lock_client_begin(env, &saved);
	err = ditto_mkdir(&acc, dir, "e", 1, &none, NULL, &wcc);
	lock_client_end(saved);
	KUNIT_EXPECT_EQ(test, err, 0);
	msleep(100);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 0, 0));
	/* another client's is a break */
	lock_client_begin(env, &saved);
	err = ditto_mkdir(&env->vfs->acc, dir, "f", 1, &none, NULL, &wcc);
	lock_client_end(saved);
	KUNIT_EXPECT_EQ(test, err, -EJUKEBOX);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, 0));
}

static struct kunit_case lock_lease_cases[] = {
	KUNIT_CASE(writer_takes_all),
	KUNIT_CASE(reader_takes_w),
	KUNIT_CASE(change_and_removal),
	KUNIT_CASE(holder_is_forced),
	KUNIT_CASE(two_want_it),
	KUNIT_CASE(clients_do_not_wait_there),
	KUNIT_CASE(local_opens_bar),
	KUNIT_CASE(barred_upgrade),
	KUNIT_CASE(directories),
	KUNIT_CASE(own_change_of_directory),
	{}
};

static struct kunit_suite lock_lease_suite = {
	.name		= "lock_lease",
	.init		= lock_env_init,
	.test_cases	= lock_lease_cases,
};
kunit_test_suite(lock_lease_suite);
