/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parking: a request that has to wait for a holder to give way is set aside
 * without a thread, and begun anew when there is hope.
 *
 * A request that meets a break is told -EJUKEBOX. Its protocol undoes what it has
 * begun and calls ditto_park_commit(); some time later resume() is called, and it
 * runs the request from its start. A request may be parked several times, but not
 * longer in all than the setting "park-time"; then it answers what its protocol has
 * for "ask again later".
 *
 * What it waits for tells it (ditto_park_join()), if it is a claim of ours. A local
 * process's lease does not; and whether the client is still there is to be seen, too:
 * so it also looks by itself, at growing intervals.
 */
#ifndef DITTO_LOCK_PARK_H
#define DITTO_LOCK_PARK_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct ditto_claims;
struct net;

/**
 * struct ditto_park - a request that may be parked
 * @resume: begins the request anew; once for each commit, in process context
 */
struct ditto_park {
	void (*resume)(struct ditto_park *park);

	/* private: owned by park.c */
	struct net		*net;
	unsigned long		deadline;	/* jiffies; of meaning once parked */
	unsigned long		interval;	/* of looking, jiffies; 0: not parked yet */
	struct ditto_claims	*claims;	/* that tell it; NULL: none do */
	bool			kicked;		/* they have told; the rest is under their lock */
	bool			committed;	/* @work is queued */
	struct list_head	list;
	struct delayed_work	work;
};

void ditto_park_init(struct ditto_park *park, struct net *net,
		     void (*resume)(struct ditto_park *park));
bool ditto_park_commit(struct ditto_park *park);
void ditto_park_cancel(struct ditto_park *park);

int ditto_park_start(void);
void ditto_park_stop(void);

#endif
