// SPDX-License-Identifier: GPL-2.0-only
/* Operations that add or remove a name take a struct delegated_inode. */
#include <linux/fs.h>

struct dentry *ditto_test(struct dentry *d, struct delegated_inode *di);
struct dentry *ditto_test(struct dentry *d, struct delegated_inode *di)
{
	struct inode *dir = d_inode(d->d_parent);

	vfs_create(&nop_mnt_idmap, d, 0600, di);
	vfs_mknod(&nop_mnt_idmap, dir, d, S_IFIFO, 0, di);
	vfs_symlink(&nop_mnt_idmap, dir, d, "x", di);
	vfs_rmdir(&nop_mnt_idmap, dir, d, di);
	return vfs_mkdir(&nop_mnt_idmap, dir, d, 0700, di);
}
