// SPDX-License-Identifier: GPL-2.0-only
/* The lease manager looks for conflicting opens itself. */
#include <linux/filelock.h>

int ditto_test(const struct lease_manager_operations *ops, struct file *file);
int ditto_test(const struct lease_manager_operations *ops, struct file *file)
{
	return ops->lm_open_conflict(file, F_WRLCK);
}
