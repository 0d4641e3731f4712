/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of the lock manager, one for every way a claim can go. */
#ifndef DITTO_LOCK_STATS_H
#define DITTO_LOCK_STATS_H

#include "base/stats.h"

enum ditto_lock_stat {
	DITTO_LOCK_GRANTED,		/* ranges granted at once */
	DITTO_LOCK_DENIED,		/* ranges refused for a conflict */
	DITTO_LOCK_BLOCKED,		/* ranges that had to wait */
	DITTO_LOCK_HANDED,		/* ranges granted to those who waited */
	DITTO_LOCK_WAITED,		/* nanoseconds they waited, in all */
	DITTO_LOCK_CANCELLED,		/* waits given up by their client */
	DITTO_LOCK_DEADLOCKS,		/* waits refused, for nobody would ever get on */
	DITTO_LOCK_RELEASED,		/* ranges unlocked */
	DITTO_LOCK_REVOKED,		/* claims taken from clients and exports that are gone */
	DITTO_LOCK_RECLAIMED,		/* ranges reclaimed after a restart */
	DITTO_LOCK_LIMITED,		/* ranges refused at a limit */
	DITTO_LOCK_GRACED,		/* requests refused in the grace period */
	DITTO_LOCK_LOCAL,		/* conflicts with local processes */
	DITTO_LOCK_PARKED,		/* requests set aside until a break has ended */
	DITTO_LOCK_RESUMED,		/* of these, gone on in time */
	DITTO_LOCK_SHARES,		/* shares granted */
	DITTO_LOCK_SHARES_DENIED,	/* shares refused */
	DITTO_LOCK_IO_DENIED,		/* reads and writes refused by a share or range */
	DITTO_LOCK_CACHES,		/* caches granted, and enlarged */
	DITTO_LOCK_CACHES_RETURNED,	/* caches given back by their holders */
	DITTO_LOCK_CACHES_CONFLICT,	/* refused for what others have */
	DITTO_LOCK_CACHES_BUSY,		/* refused for an operation in work, or somebody waits */
	DITTO_LOCK_CACHES_RECALLED,	/* refused, for one was taken back a short time ago */
	DITTO_LOCK_CACHES_LOCAL,	/* refused for local processes, or by the file system */
	DITTO_LOCK_CACHES_LIMITED,	/* refused at a limit */
	DITTO_LOCK_BREAKS,		/* holders asked to give way */
	DITTO_LOCK_BREAKS_LOCAL,	/* times local processes had that done */
	DITTO_LOCK_BREAKS_FORCED,	/* holders that did not in time */
	DITTO_LOCK_STATS,
};

extern struct ditto_stat_group ditto_lock_stats;

static inline void ditto_lock_count(const struct net *net, enum ditto_lock_stat i)
{
	ditto_stat_inc(net, &ditto_lock_stats, i);
}

int ditto_lock_stats_start(void);
void ditto_lock_stats_stop(void);

#endif
