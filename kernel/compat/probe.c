// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses each shim once, the way callers do, so that a kernel on which one does
 * not compile or link is found before a caller is. Never loaded; what the
 * shims do at run time is in tests/kunit/compat_test.c.
 */
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/posix_acl.h>
#include "compat/compat.h"

/* What the functions below are called with; nothing here is real. */
static struct mnt_idmap *idmap;
static struct dentry *parent;
static struct qstr name;

static int probe_lookup(void)
{
	struct dentry *a = lookup_one(idmap, &name, parent);
	struct dentry *b = lookup_one_unlocked(idmap, &name, parent);
	struct dentry *c = lookup_one_positive_unlocked(idmap, &name, parent);

	name = QSTR("x");
	name = QSTR_LEN("x", 1);
	return PTR_ERR_OR_ZERO(a) ?: PTR_ERR_OR_ZERO(b) ?: PTR_ERR_OR_ZERO(c);
}

static int probe_create(struct delegated_inode *di)
{
	struct inode *dir = d_inode(parent);
	struct dentry *child;
	int err;

	child = start_creating(idmap, parent, &name);
	if (IS_ERR(child))
		return PTR_ERR(child);
	err = vfs_create(idmap, child, 0600, di) ?:
		vfs_mknod(idmap, dir, child, S_IFIFO, 0, di) ?:
		vfs_symlink(idmap, dir, child, "x", di) ?:
		vfs_link(parent, idmap, dir, child, di);
	if (!err)
		child = vfs_mkdir(idmap, dir, child, 0700, di);
	end_creating(child);
	return err;
}

static int probe_remove(struct delegated_inode *di)
{
	struct inode *dir = d_inode(parent);
	struct dentry *child;
	int err;

	child = start_removing(idmap, parent, &name);
	if (IS_ERR(child))
		return PTR_ERR(child);
	err = vfs_unlink(idmap, dir, child, di) ?:
		vfs_rmdir(idmap, dir, child, di);
	end_removing(child);
	end_dirop(start_removing_noperm(parent, &name));
	end_dirop(start_removing_dentry(parent, child));
	dput(end_creating_keep(start_creating_noperm(parent, &name)));
	return err;
}

static int probe_rename(struct delegated_inode *di)
{
	struct renamedata rd = {
		.mnt_idmap = idmap,
		.old_parent = parent,
		.new_parent = parent,
		.delegated_inode = di,
	};
	int err = start_renaming(&rd, 0, &name, &name) ?:
		start_renaming_dentry(&rd, 0, parent, &name);

	if (!err)
		err = vfs_rename(&rd);
	end_renaming(&rd);
	return err;
}

static int probe_leases(struct file *file, struct iattr *attr)
{
	static const struct lease_manager_operations ops = {
		DITTO_LM_OPEN_CONFLICT(NULL)
	};
	struct delegated_inode di = { };
	struct inode *inode = file_inode(file);
	struct file_lease *lease = locks_alloc_lease();
	int err;

	if (!lease)
		return -ENOMEM;
	lease->fl_lmops = &ops;
	err = kernel_setlease(file, F_WRLCK, &lease, NULL);
	if (lease)
		locks_free_lease(lease);
	if (err)
		return err;
	err = notify_change(idmap, parent, attr, &di) ?:
		break_deleg(inode, LEASE_BREAK_NONBLOCK) ?:
		try_break_deleg(inode, LEASE_BREAK_DIR_CREATE, &di);
	if (is_delegated(&di))
		err = break_deleg_wait(&di);
	return err ?: DITTO_HAVE_DIR_LEASES + ditto_compat_can_async_lock(file);
}

static int probe_inode(struct dir_context *ctx, const struct posix_acl *acl)
{
	size_t size = inode_state_read_once(d_inode(parent));

	ditto_compat_dir_room(ctx, PAGE_SIZE);
	kfree(posix_acl_to_xattr(&init_user_ns, acl, &size, GFP_KERNEL));
	return size;
}

struct probe_timers {
	struct timer_list timer;
	struct hrtimer hrtimer;
};

static void probe_timer(struct timer_list *timer)
{
	struct probe_timers *t = timer_container_of(t, timer, timer);

	timer_delete_sync_try(&t->timer);
}

static enum hrtimer_restart probe_hrtimer(struct hrtimer *timer)
{
	return HRTIMER_NORESTART;
}

static struct workqueue_struct *probe_time(void)
{
	struct probe_timers *t = kzalloc_obj(*t, GFP_KERNEL);

	if (!t)
		return system_percpu_wq;
	timer_setup_on_stack(&t->timer, probe_timer, 0);
	timer_destroy_on_stack(&t->timer);
	hrtimer_setup(&t->hrtimer, probe_hrtimer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	kfree(t);
	return alloc_workqueue("probe", WQ_PERCPU, 0) ?: system_dfl_wq;
}

static void probe_alloc(void)
{
	kfree(kmalloc_obj(name, GFP_KERNEL));
	kfree(kmalloc_objs(name, 2, GFP_KERNEL));
	kfree(kzalloc_objs(name, 2, GFP_KERNEL));
	kvfree(kvmalloc_objs(name, 2, GFP_KERNEL));
	kvfree(kvzalloc_objs(name, 2, GFP_KERNEL));
}

static void probe_creds(const struct cred *cred)
{
	const struct cred *old = override_creds(cred);

	WARN_ON(revert_creds(old) != cred);
}

static enum lru_status probe_lru_step(struct list_head *item,
				      struct list_lru_one *list, void *arg)
{
	list_lru_isolate_move(list, item, arg);
	return LRU_REMOVED;
}

static int probe_lru(struct list_lru *lru, struct shrink_control *sc)
{
	LIST_HEAD(drop);

	return list_lru_walk(lru, probe_lru_step, &drop, 1) +
		list_lru_shrink_walk(lru, sc, probe_lru_step, &drop);
}

static int probe_socket(struct socket *sock)
{
	struct sockaddr_storage addr = { };
	struct folio_batch batch;

	folio_batch_init(&batch);
	return kernel_bind(sock, (struct sockaddr_unsized *)&addr, sizeof(addr)) ?:
		kernel_connect(sock, (struct sockaddr_unsized *)&addr,
			       sizeof(addr), 0);
}

static int __init ditto_probe_init(void)
{
	struct delegated_inode di = { };

	probe_alloc();
	probe_creds(current_cred());
	destroy_workqueue(probe_time());
	return probe_lookup() ?: probe_create(&di) ?: probe_remove(&di) ?:
		probe_rename(&di) ?: probe_leases(NULL, NULL) ?:
		probe_socket(NULL) ?: probe_inode(NULL, NULL) ?:
		probe_lru(NULL, NULL) ?: -ENODEV;
}
module_init(ditto_probe_init);

MODULE_DESCRIPTION("Compile test of kernel/compat");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DITTO");
