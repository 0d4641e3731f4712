// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for whom, across files and protocols.
 *
 * Each wait names one owner it waits for: the holder of the first range in its way,
 * or who stands before it in the queue. A new edge that closes a circle is refused.
 * When a holder goes and another is in the way, the edge is set anew, so no circle
 * of first holders is missed. Circles through local processes are found by the
 * VFS (vfs_lock.c).
 *
 * An edge that only says "is before me" (fair) makes no deadlock: where it closes a
 * circle its wait gives its place up and looks at the ranges alone. So it does after
 * a while where those before it wait for a local process, which may wait for it.
 *
 * Owners are put under the mutex of a file's claims, but never the last reference:
 * whoever is waited for has a hold, and holds that went are put after all edges
 * of the file have been set anew.
 *
 * Locking: graph_lock, a spinlock, inside of the mutex of a file's claims.
 */
#include <linux/ktime.h>
#include "lock/claims.h"

/* A search that has seen so many owners gives up. */
#define GRAPH_OWNERS	1024
/* How long one is fair to those who may wait for it by ways that are not known. */
#define GRAPH_PATIENCE	NSEC_PER_SEC

/* What a search has found. */
enum { GRAPH_NOTHING, GRAPH_CIRCLE, GRAPH_UNKNOWN };

static DEFINE_SPINLOCK(graph_lock);
static u64 graph_search;

/* Puts the owners an owner waits for on the list of those to look at. */
static unsigned int graph_expand(struct ditto_owner *owner, bool fair, struct list_head *todo,
				 int *found)
{
	struct ditto_wait *wait;
	unsigned int n = 0;

	list_for_each_entry(wait, &owner->waits, on_owner) {
		struct ditto_owner *next = wait->blocker;

		if (!next)
			*found = GRAPH_UNKNOWN;
		if (!next || (wait->fair && !fair) || next->seen == graph_search)
			continue;
		next->seen = graph_search;
		list_add_tail(&next->todo, todo);
		n++;
	}
	return n;
}

/* The owners @from waits for, by however many steps, on @todo; is @to one of them? */
static int graph_reaches(struct ditto_owner *from, const struct ditto_owner *to, bool fair,
			 struct list_head *todo)
{
	int found = GRAPH_NOTHING;
	struct ditto_owner *owner;
	unsigned int n = 1;

	from->seen = ++graph_search;
	list_add(&from->todo, todo);
	list_for_each_entry(owner, todo, todo) {
		if (owner == to)
			return GRAPH_CIRCLE;
		if (n > GRAPH_OWNERS)
			return GRAPH_UNKNOWN;
		n += graph_expand(owner, fair, todo, &found);
	}
	return found;
}

static void graph_done(struct list_head *todo)
{
	while (!list_empty(todo))
		list_del_init(todo->next);
}

static void wait_unfair(struct ditto_wait *wait)
{
	WRITE_ONCE(wait->unfair, true);
	ditto_wait_kick(wait, 0);
}

/* Places in queues close a circle: whoever may be part of it gives its own up. */
static void graph_unfair(struct list_head *owners)
{
	struct ditto_owner *owner;
	struct ditto_wait *wait;

	list_for_each_entry(owner, owners, todo) {
		list_for_each_entry(wait, &owner->waits, on_owner) {
			if (wait->fair)
				wait_unfair(wait);
		}
	}
}

/* @wait shall be behind others, so @fair, or waits for a range: does it have to be unfair? */
static void graph_check_fair(struct ditto_wait *wait, struct ditto_owner *blocker, bool fair)
{
	LIST_HEAD(todo);
	int found;

	found = graph_reaches(blocker, wait->hold->owner, true, &todo);
	if (found == GRAPH_CIRCLE)
		graph_unfair(&todo);
	if (fair && (found == GRAPH_CIRCLE ||
		     (found == GRAPH_UNKNOWN &&
		      ktime_get_boottime_ns() - wait->since >= GRAPH_PATIENCE)))
		wait_unfair(wait);
	graph_done(&todo);
}

static struct ditto_owner *edge_set(struct ditto_wait *wait, struct ditto_owner *blocker,
				    bool fair)
{
	struct ditto_owner *old = wait->blocker;

	wait->blocker = blocker ? ditto_owner_get(blocker) : NULL;
	wait->fair = fair;
	if (list_empty(&wait->on_owner))
		list_add(&wait->on_owner, &wait->hold->owner->waits);
	return old;
}

/**
 * ditto_deadlock_block - a wait waits for an owner
 * @wait: queued, or about to be; its claims are locked
 * @blocker: whom it waits for; NULL: for nobody we know
 * @fair: only because it is before it in the queue
 *
 * Return: true; false: the other waits for it; nothing is changed then.
 */
bool ditto_deadlock_block(struct ditto_wait *wait, struct ditto_owner *blocker, bool fair)
{
	struct ditto_owner *old = NULL;
	LIST_HEAD(todo);
	bool good = true;

	spin_lock(&graph_lock);
	/* an edge that was there before closes nothing now */
	if (blocker == wait->blocker && !fair && !wait->fair && !list_empty(&wait->on_owner))
		goto out;
	if (blocker && !fair) {
		good = graph_reaches(blocker, wait->hold->owner, false, &todo) != GRAPH_CIRCLE;
		graph_done(&todo);
	}
	if (good && blocker)
		graph_check_fair(wait, blocker, fair);
	if (good)
		old = edge_set(wait, blocker, fair);
out:
	spin_unlock(&graph_lock);
	if (old)
		ditto_owner_put(old);
	return good;
}

/**
 * ditto_deadlock_unblock - a wait has ended
 * @wait: its claims are locked
 */
void ditto_deadlock_unblock(struct ditto_wait *wait)
{
	struct ditto_owner *old;

	spin_lock(&graph_lock);
	old = wait->blocker;
	wait->blocker = NULL;
	list_del_init(&wait->on_owner);
	spin_unlock(&graph_lock);
	if (old)
		ditto_owner_put(old);
}
