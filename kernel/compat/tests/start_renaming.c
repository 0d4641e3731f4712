// SPDX-License-Identifier: GPL-2.0-only
/* start_renaming() locks and looks up; struct renamedata names the parents. */
#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/namei.h>

int ditto_test(struct dentry *parent, struct qstr *name);
int ditto_test(struct dentry *parent, struct qstr *name)
{
	struct delegated_inode di = { };
	struct renamedata rd = {
		.mnt_idmap = &nop_mnt_idmap,
		.old_parent = parent,
		.new_parent = parent,
		.delegated_inode = &di,
	};
	int err = start_renaming(&rd, 0, name, name) ?: vfs_rename(&rd);

	end_renaming(&rd);
	return err;
}
