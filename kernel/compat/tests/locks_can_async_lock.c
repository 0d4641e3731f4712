// SPDX-License-Identifier: GPL-2.0-only
/* The file operations say whether locks are asynchronous. */
#include <linux/filelock.h>

bool ditto_test(struct file *file);
bool ditto_test(struct file *file)
{
	return locks_can_async_lock(file->f_op);
}
