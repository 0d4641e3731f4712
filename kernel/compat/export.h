/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may be exported, and a worker's root, working directory and umask.
 */
#ifndef DITTO_COMPAT_EXPORT_H
#define DITTO_COMPAT_EXPORT_H

#include <linux/exportfs.h>
#include <linux/fs_struct.h>

/*
 * The newest kernel keeps file systems out that open files by handle in a way
 * of their own; older ones have none of those.
 */
#ifndef HAVE_EXPORTFS_MAY_EXPORT
static inline bool exportfs_may_export(const struct export_operations *ops)
{
	return exportfs_can_decode_fh(ops);
}
#endif

/*
 * Kernel threads see an empty root in the newest kernel; this lets one look paths
 * up as user space does, for the statement behind it.
 */
#ifndef scoped_with_init_fs
#define scoped_with_init_fs()
#endif

/* One seqlock guards a struct fs_struct; on older kernels a lock and a count do. */
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
