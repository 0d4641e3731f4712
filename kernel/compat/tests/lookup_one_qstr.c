// SPDX-License-Identifier: GPL-2.0-only
/* lookup_one() and its relatives take a struct qstr. */
#include <linux/namei.h>

struct dentry *ditto_test(struct qstr *name, struct dentry *base);
struct dentry *ditto_test(struct qstr *name, struct dentry *base)
{
	return lookup_one(&nop_mnt_idmap, name, base) ?:
		lookup_one_unlocked(&nop_mnt_idmap, name, base) ?:
		lookup_one_positive_unlocked(&nop_mnt_idmap, name, base);
}
