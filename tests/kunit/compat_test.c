// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kernel/compat promises at run time, the same on every kernel. These are
 * facts no compiler sees: who holds which lock after an error, who is told of a
 * busy delegation, who counts a reference.
 */
#include <linux/file.h>
#include <linux/namei.h>
#include <linux/posix_acl.h>
#include "compat/compat.h"
#include "fixture.h"

/* ---- locked lookups ------------------------------------------------------ */

static void start_creating_missing(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct qstr name = QSTR("new");
	struct dentry *child;

	child = start_creating(&nop_mnt_idmap, root, &name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	KUNIT_EXPECT_TRUE(test, d_is_negative(child));
	KUNIT_EXPECT_FALSE(test, fixture_unlocked(root));
	KUNIT_EXPECT_EQ(test, vfs_create(&nop_mnt_idmap, child, 0600, NULL), 0);
	end_creating(child);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
	KUNIT_EXPECT_TRUE(test, d_is_reg(fixture_lookup(test, root, "new")));
}

/* An existing name is no error: the caller may want to know what is there. */
static void start_creating_existing(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct qstr name = QSTR("old");
	struct dentry *child;

	fixture_mkdir(test, root, "old");
	child = start_creating(&nop_mnt_idmap, root, &name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	KUNIT_EXPECT_TRUE(test, d_is_dir(child));
	KUNIT_EXPECT_EQ(test, vfs_create(&nop_mnt_idmap, child, 0600, NULL), -EEXIST);
	end_creating(child);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
}

static const char * const no_names[] = { "", ".", "..", "a/b", "/" };

static void start_creating_no_name(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct qstr zero = QSTR_LEN("a\0b", 3);
	int i;

	for (i = 0; i < ARRAY_SIZE(no_names); i++) {
		struct qstr name = QSTR(no_names[i]);

		KUNIT_EXPECT_PTR_EQ(test, start_creating(&nop_mnt_idmap, root, &name),
				    ERR_PTR(-EACCES));
		KUNIT_EXPECT_PTR_EQ(test, start_removing(&nop_mnt_idmap, root, &name),
				    ERR_PTR(-EACCES));
	}
	KUNIT_EXPECT_PTR_EQ(test, start_creating(&nop_mnt_idmap, root, &zero),
			    ERR_PTR(-EACCES));
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
}

static void start_removing_missing(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct qstr name = QSTR("none");

	KUNIT_EXPECT_PTR_EQ(test, start_removing(&nop_mnt_idmap, root, &name),
			    ERR_PTR(-ENOENT));
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
}

/* A failed vfs_mkdir() has put the child and unlocked the parent. */
static void mkdir_error_unlocks(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct qstr name = QSTR("dir");
	struct dentry *child;
	int count;

	fixture_mkdir(test, root, "dir");
	child = start_creating(&nop_mnt_idmap, root, &name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	count = d_count(child);
	KUNIT_EXPECT_PTR_EQ(test, vfs_mkdir(&nop_mnt_idmap, d_inode(root), child, 0700, NULL),
			    ERR_PTR(-EEXIST));
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
	KUNIT_EXPECT_EQ(test, d_count(child), count - 1);
	/* Is for every result of the two. */
	end_creating(ERR_PTR(-EEXIST));
}

static void end_creating_keep_keeps(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct qstr name = QSTR("dir");
	struct dentry *child;

	child = start_creating(&nop_mnt_idmap, root, &name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	child = vfs_mkdir(&nop_mnt_idmap, d_inode(root), child, 0700, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	child = end_creating_keep(child);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
	KUNIT_EXPECT_TRUE(test, d_is_dir(child));
	dput(child);
	KUNIT_EXPECT_PTR_EQ(test, end_creating_keep(ERR_PTR(-EIO)), ERR_PTR(-EIO));
}

/* ---- renames ------------------------------------------------------------- */

static int rename_in(struct dentry *from, const char *old, struct dentry *to,
		     const char *new, unsigned int flags)
{
	struct qstr old_name = QSTR(old), new_name = QSTR(new);
	struct renamedata rd = {
		.mnt_idmap = &nop_mnt_idmap,
		.old_parent = from,
		.new_parent = to,
		.flags = flags,
	};
	int err = start_renaming(&rd, 0, &old_name, &new_name);

	if (err)
		return err;
	err = vfs_rename(&rd);
	end_renaming(&rd);
	return err;
}

static void rename_rules(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct dentry *a = fixture_mkdir(test, root, "a");
	struct dentry *b = fixture_mkdir(test, a, "b");

	KUNIT_EXPECT_EQ(test, rename_in(root, "none", root, "c", 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, rename_in(root, "..", root, "c", 0), -EACCES);
	KUNIT_EXPECT_EQ(test, rename_in(root, "a", a, "b", RENAME_NOREPLACE), -EEXIST);
	KUNIT_EXPECT_EQ(test, rename_in(root, "a", root, "c", RENAME_EXCHANGE), -ENOENT);
	/* Into itself, and over what it is in. */
	KUNIT_EXPECT_EQ(test, rename_in(root, "a", b, "c", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, rename_in(a, "b", root, "a", 0), -ENOTEMPTY);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(a));

	KUNIT_EXPECT_EQ(test, rename_in(a, "b", root, "c", 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, fixture_lookup(test, root, "c"), b);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(a));
}

/* The dentry is what is moved; a parent given beside it must be its own. */
static void rename_dentry(struct kunit *test)
{
	struct dentry *root = fixture_tmpfs(test)->mnt_root;
	struct dentry *a = fixture_mkdir(test, root, "a");
	struct qstr name = QSTR("b");
	struct renamedata rd = {
		.mnt_idmap = &nop_mnt_idmap,
		.old_parent = a,
		.new_parent = root,
	};

	KUNIT_EXPECT_EQ(test, start_renaming_dentry(&rd, 0, a, &name), -EINVAL);
	rd.old_parent = NULL;
	KUNIT_ASSERT_EQ(test, start_renaming_dentry(&rd, 0, a, &name), 0);
	KUNIT_EXPECT_PTR_EQ(test, rd.old_parent, root);
	KUNIT_EXPECT_EQ(test, vfs_rename(&rd), 0);
	end_renaming(&rd);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(root));
	KUNIT_EXPECT_PTR_EQ(test, fixture_lookup(test, root, "b"), a);
}

/* ---- delegations --------------------------------------------------------- */

static int breaks;

static bool count_break(struct file_lease *lease)
{
	breaks++;
	/* Nobody times it out. */
	lease->fl_break_time = 0;
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

static const struct lease_manager_operations test_lease_ops = {
	.lm_break = count_break,
	.lm_change = give_up,
	DITTO_LM_OPEN_CONFLICT(no_conflict)
};

/* Grants a delegation on @file with @file itself as its owner. */
static int delegate(struct file *file, int type)
{
	struct file_lease *lease = locks_alloc_lease();
	int err;

	if (!lease)
		return -ENOMEM;
	breaks = 0;
	lease->fl_lmops = &test_lease_ops;
	lease->c.flc_flags = FL_DELEG;
	lease->c.flc_type = type;
	lease->c.flc_owner = file;
	lease->c.flc_file = file;
	lease->c.flc_pid = current->tgid;
	err = kernel_setlease(file, type, &lease, NULL);
	if (lease)
		locks_free_lease(lease);
	return err;
}

static void undelegate(struct file *file)
{
	kernel_setlease(file, F_UNLCK, NULL, (void **)&file);
}

static int unlink_in(struct dentry *dir, const char *name, struct delegated_inode *di)
{
	struct qstr q = QSTR(name);
	struct dentry *child;
	int err;

	child = start_removing(&nop_mnt_idmap, dir, &q);
	if (IS_ERR(child))
		return PTR_ERR(child);
	err = vfs_unlink(&nop_mnt_idmap, d_inode(dir), child, di);
	end_removing(child);
	return err;
}

/*
 * The caller learns which inode is busy, holds it and its file system, and waits
 * for the holder after it dropped all locks.
 */
static void unlink_finds_delegation(struct kunit *test)
{
	struct vfsmount *mnt = fixture_tmpfs(test);
	struct file *file = fixture_open(test, mnt, "f", O_CREAT | O_RDWR);
	int active = atomic_read(&mnt->mnt_sb->s_active);
	struct delegated_inode di = { };

	KUNIT_ASSERT_EQ(test, delegate(file, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, unlink_in(mnt->mnt_root, "f", NULL), -EWOULDBLOCK);
	KUNIT_EXPECT_EQ(test, breaks, 1);
	KUNIT_EXPECT_EQ(test, unlink_in(mnt->mnt_root, "f", &di), -EWOULDBLOCK);
	KUNIT_ASSERT_TRUE(test, is_delegated(&di));
	KUNIT_EXPECT_PTR_EQ(test, di.di_inode, file_inode(file));
	KUNIT_EXPECT_EQ(test, atomic_read(&mnt->mnt_sb->s_active), active + 1);
	KUNIT_EXPECT_TRUE(test, fixture_unlocked(mnt->mnt_root));

	undelegate(file);
	KUNIT_EXPECT_EQ(test, break_deleg_wait(&di), 0);
	KUNIT_EXPECT_FALSE(test, is_delegated(&di));
	KUNIT_EXPECT_EQ(test, atomic_read(&mnt->mnt_sb->s_active), active);
	KUNIT_EXPECT_EQ(test, unlink_in(mnt->mnt_root, "f", &di), 0);
	KUNIT_EXPECT_FALSE(test, is_delegated(&di));
}

static void setattr_finds_delegation(struct kunit *test)
{
	struct vfsmount *mnt = fixture_tmpfs(test);
	struct file *file = fixture_open(test, mnt, "f", O_CREAT | O_RDONLY);
	struct iattr attr = { .ia_valid = ATTR_MODE, .ia_mode = S_IFREG | 0400 };
	struct dentry *dentry = file->f_path.dentry;
	struct delegated_inode di = { };

	KUNIT_ASSERT_EQ(test, delegate(file, F_RDLCK), 0);
	inode_lock(d_inode(dentry));
	KUNIT_EXPECT_EQ(test, notify_change(&nop_mnt_idmap, dentry, &attr, &di), -EWOULDBLOCK);
	inode_unlock(d_inode(dentry));
	KUNIT_EXPECT_TRUE(test, is_delegated(&di));
	undelegate(file);
	if (is_delegated(&di))
		KUNIT_EXPECT_EQ(test, break_deleg_wait(&di), 0);
}

static void break_by_flags(struct kunit *test)
{
	struct vfsmount *mnt = fixture_tmpfs(test);
	struct file *file = fixture_open(test, mnt, "f", O_CREAT | O_RDONLY);
	struct inode *inode = file_inode(file);
	struct delegated_inode di = { };

	KUNIT_EXPECT_EQ(test, try_break_deleg(inode, 0, &di), 0);
	KUNIT_ASSERT_EQ(test, delegate(file, F_RDLCK), 0);
	/* A reader does not break what lets others read. */
	KUNIT_EXPECT_EQ(test, break_deleg(inode, LEASE_BREAK_OPEN_RDONLY |
					  LEASE_BREAK_NONBLOCK), 0);
	KUNIT_EXPECT_EQ(test, breaks, 0);
	KUNIT_EXPECT_EQ(test, break_deleg(inode, LEASE_BREAK_NONBLOCK), -EWOULDBLOCK);
	KUNIT_EXPECT_EQ(test, breaks, 1);
	KUNIT_EXPECT_EQ(test, try_break_deleg(inode, 0, &di), -EWOULDBLOCK);
	KUNIT_EXPECT_TRUE(test, is_delegated(&di));
	undelegate(file);
	if (is_delegated(&di))
		KUNIT_EXPECT_EQ(test, break_deleg_wait(&di), 0);
}

/* A change in a directory breaks its delegation only where the kernel can. */
static void directory_delegation(struct kunit *test)
{
	struct vfsmount *mnt = fixture_tmpfs(test);
	struct file *dir = fixture_open(test, mnt, "/", O_RDONLY | O_DIRECTORY);
	struct delegated_inode di = { };
	struct qstr name = QSTR("new");
	struct dentry *child;
	int err;

	KUNIT_ASSERT_EQ(test, delegate(dir, F_RDLCK), 0);
	child = start_creating(&nop_mnt_idmap, mnt->mnt_root, &name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	err = vfs_create(&nop_mnt_idmap, child, 0600, &di);
	end_creating(child);
	KUNIT_EXPECT_EQ(test, err, DITTO_HAVE_DIR_LEASES ? -EWOULDBLOCK : 0);
	KUNIT_EXPECT_EQ(test, is_delegated(&di), DITTO_HAVE_DIR_LEASES);
	KUNIT_EXPECT_EQ(test, breaks, DITTO_HAVE_DIR_LEASES);
	undelegate(dir);
	if (is_delegated(&di))
		KUNIT_EXPECT_EQ(test, break_deleg_wait(&di), 0);
}

static void locks_of_local_files(struct kunit *test)
{
	struct vfsmount *mnt = fixture_tmpfs(test);

	/* No lock operation of its own: the kernel's can be answered later. */
	KUNIT_EXPECT_TRUE(test, ditto_compat_can_async_lock(
			  fixture_open(test, mnt, "f", O_CREAT | O_RDWR)));
}

/* ---- the rest ------------------------------------------------------------ */

static void creds_keep_their_count(struct kunit *test)
{
	struct cred *cred = prepare_creds();
	const struct cred *old;
	long count;

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cred->fsuid = KUIDT_INIT(1234);
	count = atomic_long_read(&cred->usage);
	old = override_creds(cred);
	KUNIT_EXPECT_TRUE(test, uid_eq(current_fsuid(), KUIDT_INIT(1234)));
	KUNIT_EXPECT_PTR_EQ(test, revert_creds(old), cred);
	KUNIT_EXPECT_PTR_EQ(test, current_cred(), old);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&cred->usage), count);
	put_cred(cred);
}

static void acl_to_xattr(struct kunit *test)
{
	struct posix_acl *acl = posix_acl_from_mode(0640, GFP_KERNEL), *again;
	size_t size = 0;
	void *buf;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, acl);
	buf = posix_acl_to_xattr(&init_user_ns, acl, &size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_EXPECT_EQ(test, size, posix_acl_xattr_size(acl->a_count));
	again = posix_acl_from_xattr(&init_user_ns, buf, size);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, again);
	KUNIT_EXPECT_EQ(test, again->a_count, acl->a_count);
	posix_acl_release(again);
	posix_acl_release(acl);
	kfree(buf);
}

static enum lru_status drop_item(struct list_head *item,
				 struct list_lru_one *list, void *arg)
{
	list_lru_isolate_move(list, item, arg);
	return LRU_REMOVED;
}

static void lru_walks(struct kunit *test)
{
	struct list_head items[3];
	struct list_lru lru;
	LIST_HEAD(dropped);
	int i;

	KUNIT_ASSERT_EQ(test, list_lru_init(&lru), 0);
	for (i = 0; i < ARRAY_SIZE(items); i++) {
		INIT_LIST_HEAD(&items[i]);
		KUNIT_EXPECT_TRUE(test, list_lru_add(&lru, &items[i], 0, NULL));
	}
	KUNIT_EXPECT_EQ(test, list_lru_walk(&lru, drop_item, &dropped, 2), 2);
	KUNIT_EXPECT_PTR_EQ(test, dropped.next, &items[1]);
	KUNIT_EXPECT_EQ(test, list_lru_count(&lru), 1);
	KUNIT_EXPECT_EQ(test, list_lru_walk(&lru, drop_item, &dropped, 9), 1);
	list_lru_destroy(&lru);
}

struct test_timers {
	struct timer_list timer;
	struct hrtimer hrtimer;
	struct completion fired;
	struct completion hfired;
};

static void timer_fired(struct timer_list *timer)
{
	struct test_timers *t = timer_container_of(t, timer, timer);

	complete(&t->fired);
}

static enum hrtimer_restart hrtimer_fired(struct hrtimer *hrtimer)
{
	struct test_timers *t = container_of(hrtimer, struct test_timers, hrtimer);

	complete(&t->hfired);
	return HRTIMER_NORESTART;
}

/* Takes a minute of the kernel's time, and none of ours. */
static void timers_fire(struct kunit *test)
{
	struct test_timers *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	ktime_t start = ktime_get();

	KUNIT_ASSERT_NOT_NULL(test, t);
	init_completion(&t->fired);
	init_completion(&t->hfired);
	timer_setup(&t->timer, timer_fired, 0);
	hrtimer_setup(&t->hrtimer, hrtimer_fired, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	mod_timer(&t->timer, jiffies + 60 * HZ);
	hrtimer_start(&t->hrtimer, ktime_set(30, 0), HRTIMER_MODE_REL);
	wait_for_completion(&t->hfired);
	KUNIT_EXPECT_GE(test, ktime_ms_delta(ktime_get(), start), 30000);
	wait_for_completion(&t->fired);
	KUNIT_EXPECT_GE(test, ktime_ms_delta(ktime_get(), start), 60000);
	KUNIT_EXPECT_EQ(test, timer_delete_sync_try(&t->timer), 0);
	timer_shutdown_sync(&t->timer);
	hrtimer_cancel(&t->hrtimer);
}

static struct kunit_case compat_cases[] = {
	KUNIT_CASE(start_creating_missing),
	KUNIT_CASE(start_creating_existing),
	KUNIT_CASE(start_creating_no_name),
	KUNIT_CASE(start_removing_missing),
	KUNIT_CASE(mkdir_error_unlocks),
	KUNIT_CASE(end_creating_keep_keeps),
	KUNIT_CASE(rename_rules),
	KUNIT_CASE(rename_dentry),
	KUNIT_CASE(unlink_finds_delegation),
	KUNIT_CASE(setattr_finds_delegation),
	KUNIT_CASE(break_by_flags),
	KUNIT_CASE(directory_delegation),
	KUNIT_CASE(locks_of_local_files),
	KUNIT_CASE(creds_keep_their_count),
	KUNIT_CASE(acl_to_xattr),
	KUNIT_CASE(lru_walks),
	KUNIT_CASE(timers_fire),
	{ }
};

static struct kunit_suite compat_suite = {
	.name = "ditto_compat",
	.test_cases = compat_cases,
};
kunit_test_suite(compat_suite);
