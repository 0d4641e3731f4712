// SPDX-License-Identifier: GPL-2.0-only
/* start_creating() and its relatives lock the parent and look up the child. */
#include <linux/namei.h>

struct dentry *ditto_test(struct dentry *parent, struct qstr *name);
struct dentry *ditto_test(struct dentry *parent, struct qstr *name)
{
	struct dentry *child = start_creating(&nop_mnt_idmap, parent, name);

	end_creating(child);
	child = start_removing(&nop_mnt_idmap, parent, name);
	end_removing(child);
	end_dirop(start_removing_noperm(parent, name));
	return end_creating_keep(start_creating_noperm(parent, name));
}
