// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for ranges.
 *
 * Who waits is in a queue of the file, the oldest first. Whatever may have freed a
 * range goes through the queue and hands over what can be had, in the context of the
 * one who freed it; the waiter's protocol hears of it from a worker of its own. A
 * waiter whose owner has nothing on the file stands behind those before it that
 * it conflicts with. A wait is also placed in the VFS (vfs_lock.c): it tells when a
 * local process unlocks, and finds deadlocks that lead through local processes.
 *
 * A wait ends once: granted, failed or cancelled, decided under the mutex of the
 * file's claims.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/note.h"
#include "lock/stats.h"

enum { WAIT_NONE, WAIT_QUEUED, WAIT_ENDED, WAIT_CANCELLED };

/* How often those are looked at who wait for nothing but their turn. */
#define WAIT_LOOK	HZ

static struct workqueue_struct *wait_wq;
/* Guards wait->hold, which is NULL unless the wait is queued or about to be granted. */
static DEFINE_SPINLOCK(wait_lock);

/**
 * ditto_wait_before - whom does a request stand behind?
 * @hold: whose it is; locked. Who has something of the file stands behind nobody
 * @range: of what
 * @exclusive: how
 * @end: of those before this wait only; NULL: of all
 *
 * Return: the oldest wait of another owner that it conflicts with, or NULL.
 */
struct ditto_wait *ditto_wait_before(struct ditto_hold *hold, const struct ditto_range *range,
				     bool exclusive, const struct ditto_wait *end)
{
	struct ditto_wait *wait;

	if (hold->ranges)
		return NULL;
	list_for_each_entry(wait, &hold->claims->waits, list) {
		if (wait == end)
			return NULL;
		if (wait->hold != hold && (exclusive || wait->exclusive) &&
		    ditto_range_overlaps(range, &wait->range))
			return wait;
	}
	return NULL;
}

static struct net *wait_net(const struct ditto_wait *wait)
{
	return wait->hold->owner->client->net;
}

/* Out of the queue, by whatever end. Its hold loses a user, the wait keeps its reference. */
static void wait_unqueue(struct ditto_wait *wait, u8 state, struct list_head *gone)
{
	struct ditto_hold *hold = wait->hold;

	lockdep_assert_held(&hold->claims->lock);
	/* nobody kicks it any more after these two */
	ditto_vfs_unwait(wait);
	ditto_deadlock_unblock(wait);
	list_del_init(&wait->list);
	hold->claims->nr_waits--;
	ditto_wait_uncharge(hold->owner->client);
	wait->state = state;
	ditto_hold_end(hold, gone);
}

/* The hold of a wait, referenced; NULL: it has been granted or cancelled. */
static struct ditto_hold *wait_hold_get(struct ditto_wait *wait)
{
	struct ditto_hold *hold;

	spin_lock(&wait_lock);
	hold = wait->hold;
	if (hold)
		ditto_hold_get(hold);
	spin_unlock(&wait_lock);
	return hold;
}

/* Takes the hold out of a wait that has ended; its reference is the caller's. */
static struct ditto_hold *wait_hold_take(struct ditto_wait *wait)
{
	struct ditto_hold *hold;

	spin_lock(&wait_lock);
	hold = wait->hold;
	wait->hold = NULL;
	spin_unlock(&wait_lock);
	return hold;
}

static void wait_end(struct ditto_wait *wait, int err, struct list_head *gone)
{
	struct ditto_hold *hold = wait->hold;
	struct net *net = wait_net(wait);

	wait_unqueue(wait, WAIT_ENDED, gone);
	wait->err = err;
	if (!err) {
		ditto_note_range(DITTO_NOTE_HANDED, hold, &wait->range, wait->exclusive, NULL);
		ditto_lock_count(net, DITTO_LOCK_HANDED);
		ditto_stat_add(net, &ditto_lock_stats, DITTO_LOCK_WAITED,
			       ktime_get_boottime_ns() - wait->since);
	} else if (err == -EDEADLK) {
		ditto_lock_count(net, DITTO_LOCK_DEADLOCKS);
	}
	queue_work(wait_wq, &wait->grant);
}

/*
 * Notes whom a wait waits for, and that the VFS shall tell. Returns -EAGAIN if it
 * waits, -EDEADLK if it would do so for ever.
 */
static int wait_for(struct ditto_wait *wait, struct ditto_owner *blocker, bool fair)
{
	if (!ditto_deadlock_block(wait, blocker, fair))
		return -EDEADLK;
	if (!fair)
		return ditto_vfs_wait(wait, blocker);
	/* nothing in the VFS keeps it from those who are only before it */
	ditto_wait_kick(wait, WAIT_LOOK);
	return -EAGAIN;
}

/* 0: it holds the range now; -EAGAIN: it has to wait on; another: it cannot be had. */
static int wait_try(struct ditto_wait *wait, struct ditto_conflict *by)
{
	struct ditto_hold *hold = wait->hold;
	struct ditto_range_lock *lock;
	struct ditto_wait *before;
	int err;

	ditto_vfs_unwait(wait);
	WRITE_ONCE(wait->notified, false);
	lock = ditto_range_conflict(hold, &wait->range, wait->exclusive);
	if (lock) {
		ditto_range_holder(lock, by);
		return wait_for(wait, range_hold(lock)->owner, false);
	}
	before = READ_ONCE(wait->unfair) ? NULL :
		ditto_wait_before(hold, &wait->range, wait->exclusive, wait);
	if (before)
		return wait_for(wait, before->hold->owner, true);
	err = ditto_range_take(hold, &wait->range, wait->exclusive, wait->spare, by);
	return err == -EAGAIN ? wait_for(wait, NULL, false) : err;
}

/* Is there any hope for a wait? If not, whom it waits for may still have changed. */
static int wait_retry(struct ditto_wait *wait)
{
	struct ditto_range_lock *lock;
	struct ditto_conflict by;

	if (wait->posted && !READ_ONCE(wait->notified)) {
		lock = ditto_range_conflict(wait->hold, &wait->range, wait->exclusive);
		return ditto_deadlock_block(wait, lock ? range_hold(lock)->owner : NULL, false) ?
			-EAGAIN : -EDEADLK;
	}
	return wait_try(wait, &by);
}

/**
 * ditto_waits_retry - hand over what can be had
 * @claims: locked; something has been given back
 * @gone: for ditto_holds_put()
 */
void ditto_waits_retry(struct ditto_claims *claims, struct list_head *gone)
{
	struct ditto_wait *wait, *next;
	bool again;
	int err;

	lockdep_assert_held(&claims->lock);
	do {
		again = false;
		list_for_each_entry_safe(wait, next, &claims->waits, list) {
			err = wait_retry(wait);
			if (err == -EAGAIN)
				continue;
			/* bytes it had exclusively may have become shared ones, for those before it */
			again |= !err && !wait->exclusive;
			wait_end(wait, err, gone);
		}
	} while (again);
}

/* Somebody outside has unlocked, or it is time to look again: for this one alone. */
static void wait_retry_work(struct work_struct *work)
{
	struct ditto_wait *wait = container_of(to_delayed_work(work), struct ditto_wait, retry);
	struct ditto_claims *claims = wait->hold->claims;
	LIST_HEAD(gone);
	int err;

	mutex_lock(&claims->lock);
	if (wait->state == WAIT_QUEUED && READ_ONCE(wait->notified)) {
		err = wait_retry(wait);
		if (err != -EAGAIN) {
			wait_end(wait, err, &gone);
			/* those who were behind it */
			ditto_waits_retry(claims, &gone);
		}
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
}

/* Gives the wait back to its protocol. It may be freed by that. */
static void wait_grant_work(struct work_struct *work)
{
	struct ditto_wait *wait = container_of(work, struct ditto_wait, grant);
	struct ditto_hold *hold;

	cancel_delayed_work_sync(&wait->retry);
	ditto_spares_free(wait->spare);
	hold = wait_hold_take(wait);
	wait->granted(wait, wait->err);
	ditto_hold_put(hold);
}

/**
 * ditto_wait_kick - have a wait look again
 * @wait: queued
 * @delay: jiffies from now; if it shall look again anyway, it is left at that
 *
 * Any context.
 */
void ditto_wait_kick(struct ditto_wait *wait, unsigned long delay)
{
	WRITE_ONCE(wait->notified, true);
	if (delay)
		queue_delayed_work(wait_wq, &wait->retry, delay);
	else
		mod_delayed_work(wait_wq, &wait->retry, 0);
}

/**
 * ditto_wait_begin - queue a request that was refused
 * @hold: whose it is; locked, the request is one of its users
 * @rq: the request, with something to wait with
 *
 * Return: -EINPROGRESS; 0: it could be had after all; -EDEADLK; -ENOLCK: a limit or no memory;
 * another errno of the file system.
 */
int ditto_wait_begin(struct ditto_hold *hold, struct ditto_range_request *rq)
{
	struct ditto_wait *wait = rq->wait;
	LIST_HEAD(gone);
	int err;

	if (!ditto_wait_charge(hold))
		return -ENOLCK;
	if (!ditto_spares_alloc(wait->spare)) {
		ditto_wait_uncharge(hold->owner->client);
		ditto_spares_free(wait->spare);
		return -ENOLCK;
	}
	wait->hold = hold;
	wait->number = ditto_claim_number();
	wait->range = rq->range;
	wait->exclusive = rq->exclusive;
	wait->since = ktime_get_boottime_ns();
	wait->state = WAIT_QUEUED;
	INIT_LIST_HEAD(&wait->on_owner);
	INIT_DELAYED_WORK(&wait->retry, wait_retry_work);
	INIT_WORK(&wait->grant, wait_grant_work);
	ditto_hold_get(hold);
	hold->users++;
	list_add_tail(&wait->list, &hold->claims->waits);
	hold->claims->nr_waits++;
	memset(&rq->by, 0, sizeof(rq->by));
	err = wait_try(wait, &rq->by);
	if (err == -EAGAIN) {
		ditto_lock_count(wait_net(wait), DITTO_LOCK_BLOCKED);
		return -EINPROGRESS;
	}
	wait_unqueue(wait, WAIT_NONE, &gone);
	/* the request itself is a user: the hold stays, and so does what refers to it */
	refcount_dec(&wait_hold_take(wait)->ref);
	ditto_spares_free(wait->spare);
	if (err == -EDEADLK)
		ditto_lock_count(hold->owner->client->net, DITTO_LOCK_DEADLOCKS);
	return err;
}

/**
 * ditto_waits_release - end all waits of a hold
 * @hold: locked; the caller is one of its users
 * @why: what they end with
 * @gone: for ditto_holds_put()
 */
void ditto_waits_release(struct ditto_hold *hold, int why, struct list_head *gone)
{
	struct ditto_wait *wait, *next;

	list_for_each_entry_safe(wait, next, &hold->claims->waits, list) {
		if (wait->hold == hold)
			wait_end(wait, why, gone);
	}
}

/**
 * ditto_range_cancel - wait no longer
 * @wait: was queued by ditto_range_lock(); not freed meanwhile
 *
 * Process context; not from @wait->granted().
 *
 * Return: 0: granted() is not called; the wait is the caller's. -EALREADY: it has ended,
 * granted() has been or will be called.
 */
int ditto_range_cancel(struct ditto_wait *wait)
{
	struct ditto_hold *hold = wait_hold_get(wait);
	struct ditto_claims *claims;
	LIST_HEAD(gone);
	bool queued;

	if (!hold)
		return -EALREADY;
	claims = hold->claims;
	mutex_lock(&claims->lock);
	queued = wait->state == WAIT_QUEUED;
	if (queued) {
		wait_unqueue(wait, WAIT_CANCELLED, &gone);
		/* who stood behind it */
		ditto_waits_retry(claims, &gone);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	if (queued) {
		cancel_delayed_work_sync(&wait->retry);
		ditto_spares_free(wait->spare);
		ditto_hold_put(wait_hold_take(wait));
		ditto_lock_count(hold->owner->client->net, DITTO_LOCK_CANCELLED);
	}
	ditto_hold_put(hold);
	return queued ? 0 : -EALREADY;
}
EXPORT_SYMBOL_GPL(ditto_range_cancel);

/**
 * ditto_range_flush - let those be told whose waits have ended
 *
 * For a protocol that stops: when it returns, granted() has been called and has
 * returned for every wait that had ended before. Process context, sleeps; not
 * from granted().
 */
void ditto_range_flush(void)
{
	flush_workqueue(wait_wq);
}
EXPORT_SYMBOL_GPL(ditto_range_flush);

/**
 * ditto_wait_start - start
 *
 * Return: 0 or -ENOMEM.
 */
int ditto_wait_start(void)
{
	wait_wq = alloc_workqueue("ditto-lock", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	return wait_wq ? 0 : -ENOMEM;
}

/**
 * ditto_wait_stop - stop; nobody waits any more
 */
void ditto_wait_stop(void)
{
	destroy_workqueue(wait_wq);
}
