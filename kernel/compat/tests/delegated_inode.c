// SPDX-License-Identifier: GPL-2.0-only
/* A busy delegation comes back in struct delegated_inode. */
#include <linux/filelock.h>
#include <linux/fs.h>

int ditto_test(struct dentry *d, struct iattr *a, struct delegated_inode *di);
int ditto_test(struct dentry *d, struct iattr *a, struct delegated_inode *di)
{
	return is_delegated(di) ? break_deleg_wait(di) :
		try_break_deleg(d_inode(d), LEASE_BREAK_DIR_CREATE, di) ?:
		notify_change(&nop_mnt_idmap, d, a, di);
}
