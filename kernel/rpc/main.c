// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ditto_rpc: ONC RPC over the transports of ditto. This file only says in which
 * order its parts start and stop.
 */
#include <linux/module.h>
#include "compat/compat.h"

static int __init ditto_rpc_init(void)
{
	return 0;
}

static void __exit ditto_rpc_exit(void)
{
}

module_init(ditto_rpc_init);
module_exit(ditto_rpc_exit);

MODULE_AUTHOR("The Ditto authors");
MODULE_DESCRIPTION("ONC RPC for the Ditto file server");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DITTO");
