// SPDX-License-Identifier: GPL-2.0-only
/* Names of the counters of vfs/. Registered by cred.c, the first part of vfs/ to start. */
#include <kunit/visibility.h>
#include "compat/compat.h"
#include "vfs/stats.h"

static const char *const vfs_stat_names[DITTO_VFS_NR_STATS] = {
	[DITTO_VFS_OBJECT_HITS]		= "object_hits",
	[DITTO_VFS_OBJECT_MISSES]	= "object_misses",
	[DITTO_VFS_OBJECT_MADE]		= "objects_made",
	[DITTO_VFS_OBJECTS]		= "objects_cached",
	[DITTO_VFS_STALE]		= "stale",
	[DITTO_VFS_BADHANDLE]		= "bad_handle",
	[DITTO_VFS_FILE_HITS]		= "file_hits",
	[DITTO_VFS_FILE_OPENS]		= "file_opens",
	[DITTO_VFS_FILES]		= "files_open",
	[DITTO_VFS_FILE_BUSY]		= "file_busy",
	[DITTO_VFS_CRED_HITS]		= "cred_hits",
	[DITTO_VFS_CRED_MISSES]		= "cred_misses",
	[DITTO_VFS_REFUSED_ADDRESS]	= "refused_address",
	[DITTO_VFS_REFUSED_SEC]		= "refused_sec",
};

struct ditto_stat_group ditto_vfs_stats = {
	.name	= "vfs",
	.names	= vfs_stat_names,
	.nr	= DITTO_VFS_NR_STATS,
};
EXPORT_SYMBOL_IF_KUNIT(ditto_vfs_stats);
