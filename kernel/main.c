// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ditto: the protocol-independent half of the server. This file only
 * says in which order its parts start and stop.
 */
#include <linux/module.h>
#include "compat/compat.h"

static int __init ditto_init(void)
{
	return 0;
}

static void __exit ditto_exit(void)
{
}

module_init(ditto_init);
module_exit(ditto_exit);

MODULE_AUTHOR("The Ditto authors");
MODULE_DESCRIPTION("Ditto multiprotocol file server");
MODULE_LICENSE("GPL");
