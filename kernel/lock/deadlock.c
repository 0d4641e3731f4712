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
 * circle its wait gives its place up and looks at the ranges alone.
 *
 * Locking: graph_lock, a spinlock, inside of the mutex of a file's claims.
 */
#include "lock/claims.h"

/* A search that has seen so many owners gives up and reports nothing. */
#define GRAPH_OWNERS	1024

static DEFINE_SPINLOCK(graph_lock);
static u64 graph_search;

/* Puts the owners an owner waits for on the list of those to look at. */
static unsigned int graph_expand(struct ditto_owner *owner, bool fair, struct list_head *todo)
{
	struct ditto_wait *wait;
	unsigned int n = 0;

	list_for_each_entry(wait, &owner->waits, on_owner) {
		struct ditto_owner *next = wait->blocker;

		if (!next || (wait->fair && !fair) || next->seen == graph_search)
			continue;
		next->seen = graph_search;
		list_add_tail(&next->todo, todo);
		n++;
	}
	return n;
}

/* The owners @from waits for, by however many steps, on @todo; is @to one of them? */
static bool graph_reaches(struct ditto_owner *from, const struct ditto_owner *to, bool fair,
			  struct list_head *todo)
{
	struct ditto_owner *owner;
	unsigned int n = 1;

	from->seen = ++graph_search;
	list_add(&from->todo, todo);
	list_for_each_entry(owner, todo, todo) {
		if (owner == to)
			return true;
		if (n > GRAPH_OWNERS)
			return false;
		n += graph_expand(owner, fair, todo);
	}
	return false;
}

static void graph_done(struct list_head *todo)
{
	while (!list_empty(todo))
		list_del_init(todo->next);
}

static void wait_unfair(struct ditto_wait *wait)
{
	wait->unfair = true;
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
	struct ditto_owner *owner = wait->hold->owner, *old = NULL;
	LIST_HEAD(todo);
	bool good = true;

	spin_lock(&graph_lock);
	if (blocker && !fair) {
		good = !graph_reaches(blocker, owner, false, &todo);
		graph_done(&todo);
	}
	if (good && blocker && graph_reaches(blocker, owner, true, &todo)) {
		graph_unfair(&todo);
		if (fair)
			wait_unfair(wait);
	}
	graph_done(&todo);
	if (good)
		old = edge_set(wait, blocker, fair);
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
