// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intents: operations of all protocols ask here before they touch a file that
 * somebody has a claim on (vfs/guard.h).
 */
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/park.h"
#include "lock/share.h"
#include "lock/stats.h"
#include "vfs/export-internal.h"
#include "vfs/guard.h"

/* What an operation does in terms of a SHARE; 0: nothing a SHARE could deny. */
static unsigned int intent_access(enum ditto_intent intent)
{
	switch (intent) {
	case DITTO_INTENT_READ_DATA:
		return DITTO_SHARE_READ;
	case DITTO_INTENT_WRITE_DATA:
		return DITTO_SHARE_WRITE;
	default:
		return 0;
	}
}

/* Kinds of ranges that stop this caller's reads and writes (coherence: locks=). */
static unsigned int intent_ranges(const struct ditto_access *acc)
{
	u32 flags = ditto_export_config(acc->exp)->flags;

	/* an SMB open is stopped by all of them, whatever the export says */
	if (acc->owner && acc->owner->handle)
		return DITTO_RANGES_BOTH;
	if (flags & DITTO_EXPORT_LOCKS_ADVISORY)
		return 0;
	return flags & DITTO_EXPORT_LOCKS_MANDATORY ? DITTO_RANGES_BOTH : DITTO_RANGES_HANDLE;
}

/*
 * A stateless operation is not stopped by ranges of its own host: which of its
 * processes asks cannot be seen.
 */
static int ask_ranges(const struct ditto_access *acc, struct ditto_claims *claims, bool write,
		      u64 first, u64 last)
{
	struct ditto_range range = { .first = first, .last = last };
	unsigned int kinds = intent_ranges(acc);
	struct ditto_range_lock *lock;
	struct ditto_hold *own = NULL;
	bool handle = false;

	if (acc->owner) {
		own = ditto_hold_find(claims, acc->owner);
		handle = acc->owner->handle;
	}
	lock = ditto_ranges_io_conflict(&claims->ranges, own, handle, &range, write, kinds);
	if (!lock)
		return 0;
	if (acc->owner || !acc->peer)
		return -ERANGELOCKED;
	ditto_ranges_for_each_over(lock, &claims->ranges, &range) {
		if (!(kinds & (lock->handle ? DITTO_RANGES_HANDLE : DITTO_RANGES_POSIX)) ||
		    (!write && !lock->exclusive))
			continue;
		if (!ditto_client_is_at(range_hold(lock)->owner->client, acc->peer))
			return -ERANGELOCKED;
	}
	return 0;
}

static int intent_ask(struct ditto_access *acc, struct ditto_node *node,
		      enum ditto_intent intent, u64 first, u64 last)
{
	struct ditto_claims *claims = ditto_claims_of(node);
	unsigned int access = intent_access(intent);
	int err = 0;

	mutex_lock(&claims->lock);
	if (access)
		err = ditto_share_ask(claims, acc, access);
	if (!err && access)
		err = ask_ranges(acc, claims, access == DITTO_SHARE_WRITE, first, last);
	/* last: nobody shall give something up for what is refused anyway */
	if (!err)
		err = ditto_caches_ask(claims, acc, acc->owner, intent);
	mutex_unlock(&claims->lock);
	if (err && err != -EJUKEBOX)
		ditto_lock_count(acc->exp->net, DITTO_LOCK_IO_DENIED);
	return err;
}

const struct ditto_guard_ops ditto_intent_ops = {
	.ask	= intent_ask,
};
