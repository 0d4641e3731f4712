// SPDX-License-Identifier: GPL-2.0-only
/* Counters of the lock manager. */
#include "lock/stats.h"

static const char *const lock_stat_names[DITTO_LOCK_STATS] = {
	[DITTO_LOCK_GRANTED]		= "ranges_granted",
	[DITTO_LOCK_DENIED]		= "ranges_denied",
	[DITTO_LOCK_BLOCKED]		= "ranges_blocked",
	[DITTO_LOCK_HANDED]		= "ranges_handed_over",
	[DITTO_LOCK_WAITED]		= "ranges_waited_ns",
	[DITTO_LOCK_CANCELLED]		= "ranges_cancelled",
	[DITTO_LOCK_DEADLOCKS]		= "deadlocks",
	[DITTO_LOCK_RELEASED]		= "ranges_released",
	[DITTO_LOCK_REVOKED]		= "revoked",
	[DITTO_LOCK_RECLAIMED]		= "ranges_reclaimed",
	[DITTO_LOCK_LIMITED]		= "ranges_limited",
	[DITTO_LOCK_GRACED]		= "refused_in_grace",
	[DITTO_LOCK_LOCAL]		= "local_conflicts",
	[DITTO_LOCK_PARKED]		= "parked",
	[DITTO_LOCK_RESUMED]		= "resumed",
	[DITTO_LOCK_SHARES]		= "shares_granted",
	[DITTO_LOCK_SHARES_DENIED]	= "shares_denied",
	[DITTO_LOCK_IO_DENIED]		= "io_denied",
	[DITTO_LOCK_CACHES]		= "caches_granted",
	[DITTO_LOCK_CACHES_RETURNED]	= "caches_returned",
	[DITTO_LOCK_CACHES_CONFLICT]	= "caches_refused_conflict",
	[DITTO_LOCK_CACHES_BUSY]	= "caches_refused_busy",
	[DITTO_LOCK_CACHES_RECALLED]	= "caches_refused_recalled",
	[DITTO_LOCK_CACHES_LOCAL]	= "caches_refused_local",
	[DITTO_LOCK_CACHES_LIMITED]	= "caches_refused_limit",
	[DITTO_LOCK_BREAKS]		= "breaks",
	[DITTO_LOCK_BREAKS_LOCAL]	= "breaks_by_local",
	[DITTO_LOCK_BREAKS_FORCED]	= "breaks_forced",
};

struct ditto_stat_group ditto_lock_stats = {
	.name	= "lock",
	.names	= lock_stat_names,
	.nr	= DITTO_LOCK_STATS,
};

/**
 * ditto_lock_stats_start - register the counters
 *
 * Return: 0 or a negative errno.
 */
int ditto_lock_stats_start(void)
{
	return ditto_stat_group_register(&ditto_lock_stats);
}

/**
 * ditto_lock_stats_stop - take the counters away
 */
void ditto_lock_stats_stop(void)
{
	ditto_stat_group_unregister(&ditto_lock_stats);
}
