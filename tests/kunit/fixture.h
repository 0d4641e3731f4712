/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests need around them. Everything made here goes away with the test.
 */
#ifndef DITTO_KUNIT_FIXTURE_H
#define DITTO_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/mount.h>

struct vfsmount *fixture_tmpfs(struct kunit *test);
struct file *fixture_open(struct kunit *test, struct vfsmount *mnt,
			  const char *name, int flags);
struct dentry *fixture_lookup(struct kunit *test, struct dentry *dir,
			      const char *name);
struct dentry *fixture_mkdir(struct kunit *test, struct dentry *dir,
			     const char *name);
bool fixture_unlocked(struct dentry *dir);
void fixture_lo_up(struct net *net);

#endif
