// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parked requests.
 *
 * A park belongs to its request. While it is joined to the claims of a node it is on
 * their list (or was, until they told it) and holds the node; both, and @kicked and
 * @committed, are under the mutex of the claims. The work item takes it off and lets
 * the node go before it resumes the request, so whoever finds a park on a list
 * may touch it as long as it has the mutex.
 */
#include <kunit/visibility.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include "base/settings.h"
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/note.h"
#include "lock/park.h"
#include "lock/stats.h"

/* How soon, and how seldom at last, a request looks by itself. */
#define PARK_FIRST	1
#define PARK_LAST	(HZ / 10)
/* With somebody to tell it, only to see whether there is still a client. */
#define PARK_TOLD	(HZ / 4)

static struct workqueue_struct *park_wq;
static u32 park_time;

static struct ditto_setting park_settings[] = {
	DITTO_SETTING_VAR("park-time", park_time, 0, 30000, 2000,
			  "milliseconds a request waits here for another client to give way"),
};

static struct ditto_setting_group park_setting_group = {
	.settings	= park_settings,
	.nr		= ARRAY_SIZE(park_settings),
};

/**
 * ditto_park_init - prepare a request for being parked
 * @park: part of the request
 * @net: its network namespace
 * @resume: begins it anew
 */
void ditto_park_init(struct ditto_park *park, struct net *net,
		     void (*resume)(struct ditto_park *park))
{
	memset(park, 0, sizeof(*park));
	park->net = net;
	park->resume = resume;
	INIT_LIST_HEAD(&park->list);
}
EXPORT_SYMBOL_GPL(ditto_park_init);

/**
 * ditto_park_join - be told when claims have moved
 * @park: of a request that met a break
 * @claims: locked; its node is held by the request
 */
void ditto_park_join(struct ditto_park *park, struct ditto_claims *claims)
{
	lockdep_assert_held(&claims->lock);
	if (park->claims)
		return;
	ditto_node_hold(claims->node);
	park->claims = claims;
	park->kicked = false;
	park->committed = false;
	list_add_tail(&park->list, &claims->parked);
}

/**
 * ditto_parks_kick - claims have moved: whoever is parked for them may try again
 * @claims: locked
 */
void ditto_parks_kick(struct ditto_claims *claims)
{
	struct ditto_park *park, *next;

	lockdep_assert_held(&claims->lock);
	list_for_each_entry_safe(park, next, &claims->parked, list) {
		list_del_init(&park->list);
		park->kicked = true;
		/* one that is about to run by itself tries again anyway, and must not run twice */
		if (park->committed && cancel_delayed_work(&park->work))
			queue_delayed_work(park_wq, &park->work, 0);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ditto_parks_kick);

/* Nobody tells it any more. */
static void park_leave(struct ditto_park *park)
{
	struct ditto_claims *claims = park->claims;

	if (!claims)
		return;
	mutex_lock(&claims->lock);
	list_del_init(&park->list);
	park->claims = NULL;
	mutex_unlock(&claims->lock);
	ditto_node_put(claims->node);
}

static void park_work(struct work_struct *work)
{
	struct ditto_park *park = container_of(to_delayed_work(work), struct ditto_park, work);

	ditto_note_park(DITTO_NOTE_RESUMED, park);
	park_leave(park);
	if (time_before(jiffies, park->deadline))
		ditto_lock_count(park->net, DITTO_LOCK_RESUMED);
	park->resume(park);
}

/* When to look next, jiffies from now; 0: the time is up. */
static unsigned long park_delay(struct ditto_park *park)
{
	long left;

	if (!park->interval) {
		park->deadline = jiffies + msecs_to_jiffies(READ_ONCE(park_time));
		park->interval = PARK_FIRST;
		ditto_note_park(DITTO_NOTE_PARKED, park);
		ditto_lock_count(park->net, DITTO_LOCK_PARKED);
	} else {
		park->interval = min_t(unsigned long, 2 * park->interval, PARK_LAST);
	}
	left = (long)(park->deadline - jiffies);
	if (left <= 0)
		return 0;
	return min_t(unsigned long, left, park->claims ? PARK_TOLD : park->interval);
}

/**
 * ditto_park_commit - set a request aside
 * @park: the request has undone what it had begun
 *
 * Return: true: resume() will be called, maybe before this returns: the request is
 * not to be touched any more. False: it has been parked long enough.
 */
bool ditto_park_commit(struct ditto_park *park)
{
	struct ditto_claims *claims = park->claims;
	unsigned long delay = park_delay(park);

	if (!delay) {
		park_leave(park);
		return false;
	}
	INIT_DELAYED_WORK(&park->work, park_work);
	if (!claims) {
		queue_delayed_work(park_wq, &park->work, delay);
		return true;
	}
	mutex_lock(&claims->lock);
	park->committed = true;
	queue_delayed_work(park_wq, &park->work, park->kicked ? 0 : delay);
	/* the work item cannot get past this mutex, so the node is still there */
	mutex_unlock(&claims->lock);
	return true;
}
EXPORT_SYMBOL_GPL(ditto_park_commit);

/**
 * ditto_park_cancel - a request ends without having been set aside
 * @park: not committed; may not have met anything
 */
void ditto_park_cancel(struct ditto_park *park)
{
	park_leave(park);
}
EXPORT_SYMBOL_GPL(ditto_park_cancel);

/**
 * ditto_park_start - start
 *
 * Return: 0 or a negative errno.
 */
int ditto_park_start(void)
{
	int ret;

	park_time = park_settings[0].def;
	park_wq = alloc_workqueue("ditto-park", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!park_wq)
		return -ENOMEM;
	ret = ditto_settings_register(&park_setting_group);
	if (ret)
		destroy_workqueue(park_wq);
	return ret;
}

/**
 * ditto_park_stop - stop; no request is left
 */
void ditto_park_stop(void)
{
	ditto_settings_unregister(&park_setting_group);
	destroy_workqueue(park_wq);
}
