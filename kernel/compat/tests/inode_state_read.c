// SPDX-License-Identifier: GPL-2.0-only
/* i_state is behind accessors. */
#include <linux/fs.h>

unsigned int ditto_test(struct inode *inode);
unsigned int ditto_test(struct inode *inode)
{
	return inode_state_read_once(inode);
}
