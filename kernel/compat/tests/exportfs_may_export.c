// SPDX-License-Identifier: GPL-2.0-only
/* File systems that may not be exported although their handles decode. */
#include <linux/exportfs.h>

bool ditto_test(const struct export_operations *ops);
bool ditto_test(const struct export_operations *ops)
{
	return exportfs_may_export(ops);
}
