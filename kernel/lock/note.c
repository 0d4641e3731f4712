// SPDX-License-Identifier: GPL-2.0-only
/* Tells tracepoints and the watcher what happens to claims. */
#include <kunit/visibility.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/show-internal.h"

#define CREATE_TRACE_POINTS
#include "lock/trace.h"

static const struct ditto_note_watcher *note_watcher;

/**
 * ditto_note_watch - hear of what happens to claims
 * @watcher: is told from now on; NULL: nobody. Stays until nothing can happen any more
 */
void ditto_note_watch(const struct ditto_note_watcher *watcher)
{
	WRITE_ONCE(note_watcher, watcher);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_note_watch);

static void note_trace(const struct ditto_note *note)
{
	switch (note->event) {
	case DITTO_NOTE_GRANTED:
		trace_ditto_lock_granted(note);
		break;
	case DITTO_NOTE_DENIED:
		trace_ditto_lock_denied(note);
		break;
	case DITTO_NOTE_BLOCKED:
		trace_ditto_lock_blocked(note);
		break;
	case DITTO_NOTE_HANDED:
		trace_ditto_lock_handed(note);
		break;
	case DITTO_NOTE_RELEASED:
		trace_ditto_lock_released(note);
		break;
	case DITTO_NOTE_REVOKED:
		trace_ditto_lock_revoked(note);
		break;
	case DITTO_NOTE_BREAKING:
		trace_ditto_lock_breaking(note);
		break;
	default:
		break;
	}
}

static void note_pass_on(const struct ditto_note_watcher *watcher, struct net *net,
			 const struct ditto_note *note)
{
	struct ditto_claim_place place;
	struct ditto_claim_info *info;
	char *path;

	info = kmalloc(sizeof(*info), GFP_KERNEL);
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (info && path) {
		ditto_claim_of_note(note, info);
		ditto_claim_place_of(note->hold->obj, path, &place);
		watcher->note(net, note->event, &place, info);
	}
	kfree(path);
	kfree(info);
}

static void note_tell(const struct ditto_note *note)
{
	const struct ditto_note_watcher *watcher = READ_ONCE(note_watcher);
	struct net *net = note->hold->owner->client->net;

	note_trace(note);
	if (watcher && watcher->wants(net))
		note_pass_on(watcher, net, note);
}

/**
 * ditto_note_range - something has happened to a range
 * @event: what
 * @hold: whose it is; its claims are locked
 * @range: which
 * @exclusive: how
 * @by: who stood in the way, or NULL
 */
void ditto_note_range(enum ditto_note_event event, const struct ditto_hold *hold,
		      const struct ditto_range *range, bool exclusive,
		      const struct ditto_conflict *by)
{
	struct ditto_note note = {
		.event = event, .hold = hold, .kind = DITTO_CLAIM_RANGE, .range = range,
		.exclusive = exclusive, .by = by,
	};

	note_tell(&note);
}

/**
 * ditto_note_share - something has happened to a share
 * @event: what
 * @hold: whose it is; its claims are locked
 * @access: what it does
 * @deny: what it denies
 * @by: who stood in the way, or NULL
 */
void ditto_note_share(enum ditto_note_event event, const struct ditto_hold *hold,
		      unsigned int access, unsigned int deny, const struct ditto_conflict *by)
{
	struct ditto_note note = {
		.event = event, .hold = hold, .kind = DITTO_CLAIM_SHARE, .access = access,
		.deny = deny, .by = by,
	};

	note_tell(&note);
}

/**
 * ditto_note_cache - something has happened to a cache
 * @event: what
 * @hold: whose it is; its claims are locked
 * @bits: what is held; breaking: what may be kept
 */
void ditto_note_cache(enum ditto_note_event event, const struct ditto_hold *hold,
		      unsigned int bits)
{
	struct ditto_note note = {
		.event = event, .hold = hold, .kind = DITTO_CLAIM_CACHE, .cache = bits,
	};

	note_tell(&note);
}

/**
 * ditto_note_park - a request was set aside, or goes on
 * @event: DITTO_NOTE_PARKED or DITTO_NOTE_RESUMED
 * @park: the request's
 */
void ditto_note_park(enum ditto_note_event event, const struct ditto_park *park)
{
	if (event == DITTO_NOTE_PARKED)
		trace_ditto_lock_parked(park);
	else
		trace_ditto_lock_resumed(park);
}
