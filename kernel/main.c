// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ditto: the protocol-independent half of the server. This file only
 * says in which order its parts start and stop.
 */
#include <linux/module.h>
#include "compat/compat.h"
#include "base/payload.h"
#include "base/stats.h"
#include "ctl/ctl.h"
#include "lock/grace.h"
#include "lock/lock.h"
#include "net/service.h"
#include "vfs/access.h"
#include "vfs/export.h"
#include "vfs/object.h"
#include "vfs/ops.h"

static const struct {
	int (*init)(void);
	void (*exit)(void);
} parts[] = {
	{ ditto_stats_init,	ditto_stats_exit },
	{ ditto_payload_init,	ditto_payload_exit },
	{ ditto_cred_init,	ditto_cred_exit },
	{ ditto_node_init,	ditto_node_exit },
	{ ditto_object_init,	ditto_object_exit },
	{ ditto_export_init,	ditto_export_exit },
	{ ditto_grace_init,	ditto_grace_exit },
	{ ditto_lock_init,	ditto_lock_exit },
	/* after the files: closing a namespace ends its requests first */
	{ ditto_net_init,	ditto_net_exit },
	{ ditto_ctl_init,	ditto_ctl_exit },
};

static void ditto_stop(int n)
{
	while (n--)
		parts[n].exit();
}

static int __init ditto_init(void)
{
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		ret = parts[i].init();
		if (ret) {
			ditto_stop(i);
			return ret;
		}
	}
	return 0;
}

static void __exit ditto_exit(void)
{
	ditto_stop(ARRAY_SIZE(parts));
}

module_init(ditto_init);
module_exit(ditto_exit);

MODULE_AUTHOR("The Ditto authors");
MODULE_DESCRIPTION("Ditto multiprotocol file server");
MODULE_LICENSE("GPL");
