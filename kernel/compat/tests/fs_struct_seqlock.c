// SPDX-License-Identifier: GPL-2.0-only
/* One seqlock guards a task's root, working directory and umask. */
#include <linux/fs_struct.h>

void ditto_test(struct fs_struct *fs);
void ditto_test(struct fs_struct *fs)
{
	seqlock_init(&fs->seq);
}
