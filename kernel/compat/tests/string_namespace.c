// SPDX-License-Identifier: GPL-2.0-only
/* MODULE_IMPORT_NS() takes a string. */
#include <linux/module.h>

#undef MODULE_INFO
#define MODULE_INFO(tag, info) enum { namespace_size = sizeof(info) }
MODULE_IMPORT_NS("DITTO");
static_assert(namespace_size == sizeof("DITTO"));
