// SPDX-License-Identifier: GPL-2.0-only
/* Asking before touching. */
#include <linux/module.h>
#include "compat/compat.h"
#include "vfs/guard.h"

#define DENY_ANY	(DITTO_SUMMARY_DENY_READ | DITTO_SUMMARY_DENY_WRITE)
#define CACHE_RH	(DITTO_SUMMARY_CACHE_R | DITTO_SUMMARY_CACHE_H)
#define CACHE_ANY	(CACHE_RH | DITTO_SUMMARY_CACHE_W)

/* What in a summary may concern an intent. Ranges are for data only, see guard_concern(). */
static const u32 concern[DITTO_INTENTS] = {
	[DITTO_INTENT_READ_DATA]	= DITTO_SUMMARY_DENY_READ | DITTO_SUMMARY_CACHE_W,
	[DITTO_INTENT_READ_META]	= DITTO_SUMMARY_CACHE_W,
	[DITTO_INTENT_WRITE_DATA]	= DITTO_SUMMARY_DENY_WRITE | CACHE_ANY,
	[DITTO_INTENT_OPEN_READ]	= CACHE_ANY,
	[DITTO_INTENT_OPEN_WRITE]	= CACHE_ANY,
	[DITTO_INTENT_OPEN_OVERWRITE]	= CACHE_ANY,
	[DITTO_INTENT_OPEN_DENIED]	= CACHE_ANY,
	[DITTO_INTENT_SET_META]		= CACHE_ANY,
	[DITTO_INTENT_UNLINK]		= DITTO_SUMMARY_DENY_DELETE | CACHE_ANY,
	[DITTO_INTENT_LOCK]		= CACHE_ANY,
	[DITTO_INTENT_DIR_CHANGE]	= CACHE_ANY,
};

static const struct ditto_guard_ops *guard_ops;

/**
 * ditto_guard_set_ops - who answers
 * @ops: set when the module starts, NULL before it goes
 */
void ditto_guard_set_ops(const struct ditto_guard_ops *ops)
{
	guard_ops = ops;
}

static u32 guard_concern(const struct ditto_access *acc, enum ditto_intent intent)
{
	u32 flags = ditto_export_config(acc->exp)->flags, mask = concern[intent];

	if (intent != DITTO_INTENT_READ_DATA && intent != DITTO_INTENT_WRITE_DATA)
		return mask;
	if (!(flags & DITTO_EXPORT_LOCKS_ADVISORY))
		mask |= DITTO_SUMMARY_RANGE_HANDLE;
	if (flags & DITTO_EXPORT_LOCKS_MANDATORY)
		mask |= DITTO_SUMMARY_RANGE_POSIX;
	return mask;
}

static int guard_begin(struct ditto_guard *guard, struct ditto_access *acc, u64 first, u64 last)
{
	struct ditto_node *node = guard->node;
	int err;

	atomic_inc(&node->in_flight[guard->intent]);
	/* see the head of guard.h */
	smp_mb__after_atomic();
	/* the claims are there for who sees that there are some */
	if (likely(!(smp_load_acquire(&node->summary) & guard_concern(acc, guard->intent))))
		return 0;
	err = guard_ops->ask(acc, node, guard->intent, first, last);
	if (err)
		ditto_guard_end(guard);
	return err;
}

/**
 * ditto_guard_begin - ask before touching an object
 * @guard: for ditto_guard_end()
 * @acc: the caller's access
 * @obj: the object; held until the end
 * @intent: what is going to be done
 * @first: the first byte concerned, if it is data
 * @last: the last one
 *
 * Process context, may sleep. Nothing is to be ended on error.
 *
 * Return: 0; -ENOMEM; -ESHAREDENIED; -ERANGELOCKED; -EJUKEBOX: somebody was asked to give way.
 */
int ditto_guard_begin(struct ditto_guard *guard, struct ditto_access *acc,
		      struct ditto_object *obj, enum ditto_intent intent, u64 first, u64 last)
{
	guard->node = ditto_object_node(obj);
	if (unlikely(!guard->node))
		return -ENOMEM;
	guard->intent = intent;
	guard->held = false;
	return guard_begin(guard, acc, first, last);
}
EXPORT_SYMBOL_GPL(ditto_guard_begin);

/**
 * ditto_guard_begin_inode - ask before touching what was found by its name
 * @guard: for ditto_guard_end()
 * @acc: the caller's access
 * @inode: pinned until the end
 * @intent: what is going to be done
 *
 * As ditto_guard_begin(); may be called with the directory locked.
 *
 * Return: as ditto_guard_begin().
 */
int ditto_guard_begin_inode(struct ditto_guard *guard, struct ditto_access *acc,
			    struct inode *inode, enum ditto_intent intent)
{
	guard->node = ditto_node_get(inode);
	if (unlikely(!guard->node))
		return -ENOMEM;
	guard->intent = intent;
	guard->held = true;
	return guard_begin(guard, acc, 0, U64_MAX);
}

/**
 * ditto_guard_end - the operation is done
 * @guard: begun; may be called again, without effect
 *
 * Process context.
 */
void ditto_guard_end(struct ditto_guard *guard)
{
	struct ditto_node *node = guard->node;

	if (!node)
		return;
	atomic_dec(&node->in_flight[guard->intent]);
	guard->node = NULL;
	if (guard->held)
		ditto_node_put(node);
}
EXPORT_SYMBOL_GPL(ditto_guard_end);
