// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ditto_nfs: the NFS programs, served over ditto_rpc. This file only says in which
 * order its parts start and stop.
 */
#include <linux/module.h>
#include "compat/compat.h"
#include "nfs/mount.h"
#include "nfs/nfs3.h"
#include "nfs/nlm.h"

static int __init ditto_nfs_init(void)
{
	int err;

	err = nfs3_init();
	if (err)
		return err;
	err = mount_init();
	if (err)
		goto nfs3;
	err = nlm_init();
	if (err)
		goto mount;
	return 0;

mount:
	mount_exit();
nfs3:
	nfs3_exit();
	return err;
}

static void __exit ditto_nfs_exit(void)
{
	nlm_exit();
	mount_exit();
	nfs3_exit();
}

module_init(ditto_nfs_init);
module_exit(ditto_nfs_exit);

MODULE_AUTHOR("The Ditto authors");
MODULE_DESCRIPTION("NFS for the Ditto file server");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DITTO");
