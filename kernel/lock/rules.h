/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one claim on a file means to everybody else, as tables.
 *
 * There are three kinds of claims, whatever protocol made them:
 *
 * RANGE	bytes of a file, shared or exclusive; range.h has its rules
 * SHARE	an open: the access it has, and the access it denies to others
 * CACHE	what a holder may do without asking: keep what it has read (R), keep
 *		back what it writes (W), keep the file open when its program has
 *		closed it (H); on a directory, keep what is in it
 *
 * Every operation says what it intends before it touches a file. An intent may
 * take bits from the caches of others; the holder is told and the operation
 * waits until the holder has obeyed. A client's own caches are never touched, so
 * callers leave them out.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_LOCK_RULES_H
#define DITTO_LOCK_RULES_H

#include <linux/bits.h>
#include <linux/types.h>
#include "vfs/intent.h"

/* ---- SHARE ----------------------------------------------------------------- */

/* Access had, or denied to others. */
#define DITTO_SHARE_READ	0x1
#define DITTO_SHARE_WRITE	0x2
#define DITTO_SHARE_DELETE	0x4
#define DITTO_SHARE_ALL		0x7

bool ditto_share_conflicts(unsigned int access_a, unsigned int deny_a,
			   unsigned int access_b, unsigned int deny_b);

/* ---- CACHE ----------------------------------------------------------------- */

#define DITTO_CACHE_R		0x1
#define DITTO_CACHE_W		0x2
#define DITTO_CACHE_H		0x4
#define DITTO_CACHE_RH		(DITTO_CACHE_R | DITTO_CACHE_H)
#define DITTO_CACHE_RW		(DITTO_CACHE_R | DITTO_CACHE_W)
#define DITTO_CACHE_RWH		(DITTO_CACHE_R | DITTO_CACHE_W | DITTO_CACHE_H)

/**
 * enum ditto_cache_kind - how a cache can be taken back
 * @DITTO_CACHE_LEASE: bit by bit (SMB leases)
 * @DITTO_CACHE_OPLOCK: down to R, or to nothing: nobody can be told of RH (SMB
 *	oplocks; files only)
 * @DITTO_CACHE_DELEGATION: as a whole (NFSv4)
 * @DITTO_CACHE_KINDS: how many there are
 *
 * A kind has these states, and nothing is always one:
 *
 *		file			directory
 * lease	R RH RW RWH		R RH
 * oplock	R RW RWH
 * delegation	RH RWH			R
 */
enum ditto_cache_kind {
	DITTO_CACHE_LEASE,
	DITTO_CACHE_OPLOCK,
	DITTO_CACHE_DELEGATION,
	DITTO_CACHE_KINDS,
};

bool ditto_cache_valid(unsigned int bits, enum ditto_cache_kind kind, bool directory);
unsigned int ditto_cache_floor(unsigned int bits, enum ditto_cache_kind kind, bool directory);
unsigned int ditto_cache_leaves(enum ditto_intent intent, enum ditto_cache_kind kind,
				bool directory);
unsigned int ditto_cache_break_to(unsigned int held, enum ditto_intent intent,
				  enum ditto_cache_kind kind, bool directory);
bool ditto_cache_may_ask(enum ditto_intent intent, enum ditto_cache_kind kind, bool directory);
bool ditto_cache_may_notify(enum ditto_intent intent, enum ditto_cache_kind kind, bool directory);

/**
 * struct ditto_cache_situation - what a grant has to get on with
 * @others: all CACHE bits that others hold, by kind; what is being taken back
 *	counts until it is gone
 * @access: DITTO_SHARE_ access of all that others have open; of no meaning on a
 *	directory
 * @deny: what they deny; likewise
 * @in_flight: operations of others in work, BIT(intent) each
 * @writers: somebody writes without a claim: a local process, a stateless WRITE
 * @ranges: others hold ranges
 * @recalled: a cache on it was taken back a short time ago
 */
struct ditto_cache_situation {
	u8	others[DITTO_CACHE_KINDS];
	u8	access;
	u8	deny;
	u32	in_flight;
	bool	writers;
	bool	ranges;
	bool	recalled;
};

unsigned int ditto_cache_grantable(unsigned int want, enum ditto_cache_kind kind, bool directory,
				   const struct ditto_cache_situation *situation);

#endif
