// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tests need around them: file systems, files, the network.
 */
#include <linux/file.h>
#include <linux/namei.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include "compat/compat.h"
#include "fixture.h"

static void put_mount(void *mnt)
{
	/* Files closed by a kernel thread are closed later. */
	flush_delayed_fput();
	kern_unmount(mnt);
}

/**
 * fixture_tmpfs - a file system of the test's own
 * @test: the running test
 *
 * Return: an empty tmpfs, unmounted at the end of the test.
 */
struct vfsmount *fixture_tmpfs(struct kunit *test)
{
	struct file_system_type *type = get_fs_type("tmpfs");
	struct vfsmount *mnt;

	KUNIT_ASSERT_NOT_NULL(test, type);
	mnt = kern_mount(type);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mnt);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_mount, mnt), 0);
	return mnt;
}

static void put_file(void *file)
{
	fput(file);
}

/**
 * fixture_open - open a file
 * @test: the running test
 * @mnt: the file system
 * @name: path below its root
 * @flags: as open(2) takes them
 *
 * Return: the file, closed at the end of the test.
 */
struct file *fixture_open(struct kunit *test, struct vfsmount *mnt,
			  const char *name, int flags)
{
	struct file *file = file_open_root_mnt(mnt, name, flags, 0600);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_file, file), 0);
	return file;
}

static void put_dentry(void *dentry)
{
	dput(dentry);
}

/**
 * fixture_lookup - find what must be there
 * @test: the running test
 * @dir: where, not locked
 * @name: of what
 *
 * Return: the dentry, put at the end of the test.
 */
struct dentry *fixture_lookup(struct kunit *test, struct dentry *dir,
			      const char *name)
{
	struct qstr q = QSTR(name);
	struct dentry *child;

	child = lookup_one_positive_unlocked(&nop_mnt_idmap, &q, dir);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_dentry, child), 0);
	return child;
}

/**
 * fixture_mkdir - make a directory
 * @test: the running test
 * @dir: where, not locked
 * @name: its name
 *
 * Return: the dentry, put at the end of the test.
 */
struct dentry *fixture_mkdir(struct kunit *test, struct dentry *dir,
			     const char *name)
{
	struct delegated_inode di = { };
	struct qstr q = QSTR(name);
	struct dentry *child;

	child = start_creating(&nop_mnt_idmap, dir, &q);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	child = vfs_mkdir(&nop_mnt_idmap, d_inode(dir), child, 0700, &di);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);
	end_creating(child);
	return fixture_lookup(test, dir, name);
}

/**
 * fixture_unlocked - is nobody changing a directory?
 * @dir: the directory
 *
 * Return: true if its lock is free.
 */
bool fixture_unlocked(struct dentry *dir)
{
	bool free = inode_trylock(d_inode(dir));

	if (free)
		inode_unlock(d_inode(dir));
	return free;
}

/**
 * fixture_lo_up - make loopback work
 * @net: in this network namespace
 */
void fixture_lo_up(struct net *net)
{
	rtnl_lock();
	dev_change_flags(net->loopback_dev, net->loopback_dev->flags | IFF_UP, NULL);
	rtnl_unlock();
}
