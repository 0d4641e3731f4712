/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grace: the time after a restart in which clients reclaim what they had.
 *
 * One clock per network namespace, for all protocols. While it runs only reclaims
 * are granted; nothing that could be somebody's of before is given to others.
 * It is started by who knows that there is something to be reclaimed (the daemon,
 * from its records), and ends at its time, when all who were on record have said that
 * they are through, or when the administrator ends it.
 */
#ifndef DITTO_LOCK_GRACE_H
#define DITTO_LOCK_GRACE_H

#include <linux/errno.h>
#include <linux/types.h>

struct net;

#define EGRACE	EHOSTDOWN

/**
 * struct ditto_grace_info - the clock as shown
 * @active: it runs
 * @left: milliseconds until it ends
 * @expected: clients on record that may reclaim
 * @done: of these, how many are through
 */
struct ditto_grace_info {
	bool	active;
	u64	left;
	u32	expected;
	u32	done;
};

bool ditto_grace_active(const struct net *net);
int ditto_grace_check(const struct net *net, bool reclaim);
void ditto_grace_start(struct net *net, u32 expected);
void ditto_grace_client_done(struct net *net);
int ditto_grace_end(struct net *net);
void ditto_grace_show(const struct net *net, struct ditto_grace_info *info);

int ditto_grace_init(void);
void ditto_grace_exit(void);

#endif
