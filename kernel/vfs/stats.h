/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of vfs/, group "vfs". */
#ifndef DITTO_VFS_STATS_H
#define DITTO_VFS_STATS_H

#include "base/stats.h"

enum ditto_vfs_stat {
	DITTO_VFS_OBJECT_HITS,		/* handle found in the cache */
	DITTO_VFS_OBJECT_MISSES,	/* handle taken to its file system */
	DITTO_VFS_OBJECT_MADE,		/* objects made for names looked up */
	DITTO_VFS_OBJECTS,		/* objects cached now */
	DITTO_VFS_STALE,		/* handles whose file or export is gone */
	DITTO_VFS_BADHANDLE,		/* handles that are none of ours */
	DITTO_VFS_FILE_HITS,		/* I/O on a file that was open already */
	DITTO_VFS_FILE_OPENS,		/* files opened */
	DITTO_VFS_FILES,		/* cached files open now */
	DITTO_VFS_FILE_BUSY,		/* I/O put off because a lease had to be broken */
	DITTO_VFS_CRED_HITS,		/* credentials found in the cache */
	DITTO_VFS_CRED_MISSES,		/* credentials made */
	DITTO_VFS_REFUSED_ADDRESS,	/* calls from an address or port not allowed */
	DITTO_VFS_REFUSED_SEC,		/* calls with a security flavour not allowed */
	DITTO_VFS_NR_STATS,
};

extern struct ditto_stat_group ditto_vfs_stats;

static inline void ditto_vfs_count(const struct net *net, enum ditto_vfs_stat stat)
{
	ditto_stat_inc(net, &ditto_vfs_stats, stat);
}

/* For what comes and goes: @n may be negative. */
static inline void ditto_vfs_gauge(const struct net *net, enum ditto_vfs_stat stat, long n)
{
	ditto_stat_add(net, &ditto_vfs_stats, stat, n);
}

#endif
