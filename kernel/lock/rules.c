// SPDX-License-Identifier: GPL-2.0-only
/* The tables of what claims mean to others. */
#include <kunit/visibility.h>
#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/export.h>
#include "lock/rules.h"

#define R	DITTO_CACHE_R
#define W	DITTO_CACHE_W
#define H	DITTO_CACHE_H

/**
 * ditto_share_conflicts - do two opens exclude each other?
 * @access_a: DITTO_SHARE_ access the one has
 * @deny_a: and denies to others
 * @access_b: access the other has
 * @deny_b: and denies to others
 *
 * Return: whether they do.
 */
bool ditto_share_conflicts(unsigned int access_a, unsigned int deny_a,
			   unsigned int access_b, unsigned int deny_b)
{
	return (access_a & deny_b) || (access_b & deny_a);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_share_conflicts);

/* Sets of states: bit n is the state with the cache bits n. */
static const u8 states[DITTO_CACHE_KINDS][2] = {
	[DITTO_CACHE_LEASE] = {
		BIT(0) | BIT(R) | BIT(R | H) | BIT(R | W) | BIT(R | W | H),
		BIT(0) | BIT(R) | BIT(R | H),
	},
	[DITTO_CACHE_OPLOCK] = {
		BIT(0) | BIT(R) | BIT(R | W) | BIT(R | W | H),
		BIT(0),
	},
	[DITTO_CACHE_DELEGATION] = {
		BIT(0) | BIT(R | H) | BIT(R | W | H),
		BIT(0) | BIT(R),
	},
};

static const u8 by_size[] = { R | W | H, R | W, R | H, R };

/**
 * ditto_cache_valid - can a cache be in this state?
 * @bits: the state, DITTO_CACHE_ bits
 * @kind: of the cache
 * @directory: on a directory
 *
 * Return: whether this kind has it.
 */
bool ditto_cache_valid(unsigned int bits, enum ditto_cache_kind kind, bool directory)
{
	return !(bits & ~(R | W | H)) && states[kind][directory] & BIT(bits);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cache_valid);

/**
 * ditto_cache_floor - the most that is possible with these bits
 * @bits: DITTO_CACHE_ bits, in any combination
 * @kind: of the cache
 * @directory: on a directory
 *
 * Return: the largest state whose bits are all in @bits. No kind has two that
 * neither is part of the other.
 */
unsigned int ditto_cache_floor(unsigned int bits, enum ditto_cache_kind kind, bool directory)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(by_size); i++)
		if (!(by_size[i] & ~bits) && ditto_cache_valid(by_size[i], kind, directory))
			return by_size[i];
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cache_floor);

/*
 * What each intent leaves to others. A delegation that loses a bit is lost, so
 * R H means that a read delegation stays and a write delegation goes.
 */
static const struct {
	u8	smb;
	u8	delegation;
} leaves[DITTO_INTENTS] = {
	[DITTO_INTENT_READ_DATA]	= { R | H,	R | H },
	[DITTO_INTENT_READ_META]	= { R | H,	R | H },
	[DITTO_INTENT_WRITE_DATA]	= { 0,		0 },
	[DITTO_INTENT_OPEN_READ]	= { R | H,	R | H },
	[DITTO_INTENT_OPEN_WRITE]	= { R | H,	0 },
	[DITTO_INTENT_OPEN_OVERWRITE]	= { 0,		0 },
	[DITTO_INTENT_OPEN_DENIED]	= { R | W,	R | W },
	[DITTO_INTENT_SET_META]		= { R | H,	0 },
	[DITTO_INTENT_UNLINK]		= { R | W,	0 },
	[DITTO_INTENT_LOCK]		= { 0,		R | H },
	[DITTO_INTENT_DIR_CHANGE]	= { 0,		0 },
};

/**
 * ditto_cache_leaves - what others may keep when an intent is carried out
 * @intent: the intent
 * @kind: of their cache
 * @directory: on a directory
 *
 * Return: DITTO_CACHE_ bits. What becomes of a cache that has others as well:
 * ditto_cache_break_to().
 */
unsigned int ditto_cache_leaves(enum ditto_intent intent, enum ditto_cache_kind kind,
				bool directory)
{
	unsigned int bits = kind == DITTO_CACHE_DELEGATION ?
		leaves[intent].delegation : leaves[intent].smb;

	return directory ? bits & ~W : bits;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cache_leaves);

/**
 * ditto_cache_break_to - what an intent makes of another's cache
 * @held: its state
 * @intent: the intent
 * @kind: of the cache
 * @directory: on a directory
 *
 * Return: the state it has to come down to; @held if it may stay as it is.
 */
unsigned int ditto_cache_break_to(unsigned int held, enum ditto_intent intent,
				  enum ditto_cache_kind kind, bool directory)
{
	unsigned int bits = ditto_cache_leaves(intent, kind, directory);

	if (!(held & ~bits))
		return held;
	switch (kind) {
	case DITTO_CACHE_LEASE:
		return ditto_cache_floor(held & bits, kind, directory);
	case DITTO_CACHE_OPLOCK:
		return held & bits & R;
	default:
		return 0;
	}
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cache_break_to);

/**
 * ditto_cache_may_ask - can the holder be asked instead?
 * @intent: the intent
 * @kind: of the cache, whose state the intent would break
 * @directory: on a directory
 *
 * The holder of a write delegation may be asked for the size, times and change
 * attribute it knows of (CB_GETATTR, RFC 8881 10.4.3), and keeps it.
 *
 * Return: whether that will do.
 */
bool ditto_cache_may_ask(enum ditto_intent intent, enum ditto_cache_kind kind, bool directory)
{
	return intent == DITTO_INTENT_READ_META && kind == DITTO_CACHE_DELEGATION && !directory;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cache_may_ask);

/**
 * ditto_cache_may_notify - can the holder be told of the event instead?
 * @intent: the intent
 * @kind: of the cache, whose state the intent would break
 * @directory: on a directory
 *
 * The holder of a directory delegation that asked for such events is told and
 * keeps it (CB_NOTIFY, RFC 8881 10.9).
 *
 * Return: whether that will do.
 */
bool ditto_cache_may_notify(enum ditto_intent intent, enum ditto_cache_kind kind, bool directory)
{
	return intent == DITTO_INTENT_DIR_CHANGE && kind == DITTO_CACHE_DELEGATION && directory;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cache_may_notify);

/* What stands on a file counts like the operation that put it there. */
static u32 pressure(const struct ditto_cache_situation *situation, bool directory)
{
	u32 intents = situation->in_flight;

	if (situation->writers)
		intents |= BIT(DITTO_INTENT_WRITE_DATA);
	if (situation->ranges)
		intents |= BIT(DITTO_INTENT_LOCK);
	if (directory)
		return intents;
	if (situation->access)
		intents |= BIT(DITTO_INTENT_OPEN_READ);
	if (situation->access & DITTO_SHARE_WRITE)
		intents |= BIT(DITTO_INTENT_OPEN_WRITE);
	return intents;
}

/* Would none of these intents break it? */
static bool withstands(unsigned int bits, u32 intents, enum ditto_cache_kind kind, bool directory)
{
	unsigned int intent;

	for (intent = 0; intent < DITTO_INTENTS; intent++)
		if (intents & BIT(intent) &&
		    ditto_cache_break_to(bits, intent, kind, directory) != bits)
			return false;
	return true;
}

/* A client with a delegation opens the file without asking, whatever others deny. */
static unsigned int denied(const struct ditto_cache_situation *situation)
{
	if (situation->deny & DITTO_SHARE_READ)
		return R | W | H;
	return situation->deny ? W : 0;
}

/**
 * ditto_cache_grantable - how much of a cache can be granted
 * @want: DITTO_CACHE_ bits wanted, in any combination
 * @kind: of the cache
 * @directory: on a directory
 * @situation: what else there is
 *
 * A grant loses every tie. There is none on what was taken back a short time ago,
 * none beside a W of somebody else's, W only where nobody else has the file open
 * or caches anything, and never more than any operation in work or open would
 * leave.
 *
 * Return: the largest state, of the bits in @want; 0 is nothing.
 */
unsigned int ditto_cache_grantable(unsigned int want, enum ditto_cache_kind kind, bool directory,
				   const struct ditto_cache_situation *situation)
{
	u32 intents = pressure(situation, directory);
	unsigned int others = 0, i;

	for (i = 0; i < DITTO_CACHE_KINDS; i++)
		others |= situation->others[i];
	if (situation->recalled || others & W)
		return 0;
	if (others)
		want &= ~W;
	if (kind == DITTO_CACHE_DELEGATION && !directory)
		want &= ~denied(situation);
	for (i = 0; i < ARRAY_SIZE(by_size); i++)
		if (by_size[i] == ditto_cache_floor(want & by_size[i], kind, directory) &&
		    withstands(by_size[i], intents, kind, directory))
			return by_size[i];
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cache_grantable);
