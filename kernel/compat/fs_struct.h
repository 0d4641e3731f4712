/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task's root, working directory and umask.
 */
#ifndef DITTO_COMPAT_FS_STRUCT_H
#define DITTO_COMPAT_FS_STRUCT_H

#include <linux/fs_struct.h>

/* The newest kernel guards them by one seqlock, older ones by a lock and a count. */
static inline void ditto_compat_fs_struct_lock_init(struct fs_struct *fs)
{
#ifdef HAVE_FS_STRUCT_SEQLOCK
	seqlock_init(&fs->seq);
#else
	spin_lock_init(&fs->lock);
	seqcount_spinlock_init(&fs->seq, &fs->lock);
#endif
}

#endif
