/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to claims, told to those who watch: tracepoints, and one watcher who
 * passes it on to the administrator's tool. While nobody watches it costs next to
 * nothing. Inside of the lock manager and for ctl/ only.
 */
#ifndef DITTO_LOCK_NOTE_H
#define DITTO_LOCK_NOTE_H

#include "lock/show.h"

struct ditto_conflict;
struct ditto_hold;
struct ditto_park;
struct ditto_range;
struct net;

enum ditto_note_event {
	DITTO_NOTE_GRANTED,	/* at once */
	DITTO_NOTE_DENIED,
	DITTO_NOTE_BLOCKED,	/* it waits */
	DITTO_NOTE_HANDED,	/* granted after a wait */
	DITTO_NOTE_RELEASED,	/* by its owner, or by the administrator */
	DITTO_NOTE_REVOKED,	/* with its client, export or owner */
	DITTO_NOTE_BREAKING,	/* its holder was told to give of it */
	DITTO_NOTE_PARKED,	/* a request was set aside */
	DITTO_NOTE_RESUMED,	/* and goes on */
	DITTO_NOTE_EVENTS,
};

/**
 * struct ditto_note - something that has happened to a claim
 * @event: what
 * @hold: of whom, on which file; its claims are locked
 * @kind: of the claim
 * @range: of a range
 * @exclusive: of a range; of no meaning where it was released
 * @access: of a share
 * @deny: of a share
 * @cache: of a cache, DITTO_CACHE_ bits; breaking: what it may keep
 * @by: who stood in the way; NULL: nobody. Its protocol is NULL where that is not known
 */
struct ditto_note {
	enum ditto_note_event		event;
	const struct ditto_hold		*hold;
	enum ditto_claim_kind		kind;
	const struct ditto_range	*range;
	bool				exclusive;
	u8				access;
	u8				deny;
	u8				cache;
	const struct ditto_conflict	*by;
};

/**
 * struct ditto_note_watcher - who passes notes on
 * @wants: does anybody listen in this namespace?
 * @note: something has happened; with the mutex of the file's claims held, may allocate. The
 *	claim has no number here
 */
struct ditto_note_watcher {
	bool (*wants)(struct net *net);
	void (*note)(struct net *net, enum ditto_note_event event,
		     const struct ditto_claim_place *place, const struct ditto_claim_info *info);
};

void ditto_note_watch(const struct ditto_note_watcher *watcher);
void ditto_note_range(enum ditto_note_event event, const struct ditto_hold *hold,
		      const struct ditto_range *range, bool exclusive,
		      const struct ditto_conflict *by);
void ditto_note_share(enum ditto_note_event event, const struct ditto_hold *hold,
		      unsigned int access, unsigned int deny, const struct ditto_conflict *by);
void ditto_note_cache(enum ditto_note_event event, const struct ditto_hold *hold,
		      unsigned int bits);
void ditto_note_park(enum ditto_note_event event, const struct ditto_park *park);

#endif
