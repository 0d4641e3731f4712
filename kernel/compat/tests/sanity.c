// SPDX-License-Identifier: GPL-2.0-only
/* Must compile: what every kernel we support has. */
#include <linux/filelock.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <net/sock.h>

struct file_lease *ditto_test(void);
struct file_lease *ditto_test(void)
{
	return locks_alloc_lease();
}

MODULE_LICENSE("GPL");
