// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ditto_rpc: ONC RPC over the transports of ditto. This file only says in which
 * order its parts start and stop.
 */
#include <linux/module.h>
#include "rpc/internal.h"
#include "rpc/replay.h"
#include "rpc/rpcbind.h"
#include "compat/compat.h"

static int __init ditto_rpc_init(void)
{
	int ret;

	ret = rpc_replay_init();
	if (ret)
		return ret;
	ret = rpcbind_init();
	if (ret)
		goto err_replay;
	ret = rpc_client_init();
	if (ret)
		goto err_rpcbind;
	ret = rpc_service_init();
	if (ret)
		goto err_client;
	return 0;

err_client:
	rpc_client_exit();
err_rpcbind:
	rpcbind_exit();
err_replay:
	rpc_replay_exit();
	return ret;
}

static void __exit ditto_rpc_exit(void)
{
	rpc_service_exit();
	rpc_client_exit();
	rpcbind_exit();
	rpc_replay_exit();
}

module_init(ditto_rpc_init);
module_exit(ditto_rpc_exit);

MODULE_AUTHOR("The Ditto authors");
MODULE_DESCRIPTION("ONC RPC for the Ditto file server");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DITTO");
