/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of SHARE and CACHE said a second time, as a text: what each kind of
 * holder is left with. KUnit and user space; LOCK_CHECK(cond) complains if
 * @cond is false and is @cond.
 */
#ifndef LOCK_RULES_CASES_H
#define LOCK_RULES_CASES_H

#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/string.h>
#include "lock/rules.h"

/* Letters of a state, "-" for nothing. */
static unsigned int state(const char *text, unsigned int len)
{
	unsigned int bits = 0;

	for (; len--; text++)
		bits |= *text == 'R' ? 1 : *text == 'W' ? 2 : *text == 'H' ? 4 : 0;
	return bits;
}

/* The n-th word; 8, which is no state, if there are fewer. */
static unsigned int nth_state(const char *text, unsigned int n)
{
	unsigned int len;

	for (;; n--) {
		while (*text == ' ')
			text++;
		len = strcspn(text, " ");
		if (!len)
			return 8;
		if (!n)
			return state(text, len);
		text += len;
	}
}

/* The states there are, smallest first. */
static const struct {
	enum ditto_cache_kind	kind;
	bool			directory;
	const char		*states;
} all_states[] = {
	{ DITTO_CACHE_LEASE,		false,	"- R RH RW RWH" },
	{ DITTO_CACHE_OPLOCK,		false,	"- R RW RWH" },
	{ DITTO_CACHE_DELEGATION,	false,	"- RH RWH" },
	{ DITTO_CACHE_LEASE,		true,	"- R RH" },
	{ DITTO_CACHE_OPLOCK,		true,	"-" },
	{ DITTO_CACHE_DELEGATION,	true,	"- R" },
};

/*
 * What SMB and delegations may keep, then what becomes of each state:
 *
 *	lease		R RH RW RWH
 *	oplock		R RW RWH
 *	delegation	RH RWH
 *	of a directory: lease R RH, delegation R
 */
static const struct {
	enum ditto_intent	intent;
	const char		*leaves;
	const char		*column[ARRAY_SIZE(all_states)];
} becomes[] = {
	{ DITTO_INTENT_READ_DATA, "RH RH",
		{ "- R RH R RH",	"- R R R",	"- RH -",	"- R RH", "-", "- R" } },
	{ DITTO_INTENT_READ_META, "RH RH",
		{ "- R RH R RH",	"- R R R",	"- RH -",	"- R RH", "-", "- R" } },
	{ DITTO_INTENT_WRITE_DATA, "- -",
		{ "- - - - -",		"- - - -",	"- - -",	"- - -",  "-", "- -" } },
	{ DITTO_INTENT_OPEN_READ, "RH RH",
		{ "- R RH R RH",	"- R R R",	"- RH -",	"- R RH", "-", "- R" } },
	{ DITTO_INTENT_OPEN_WRITE, "RH -",
		{ "- R RH R RH",	"- R R R",	"- - -",	"- R RH", "-", "- -" } },
	{ DITTO_INTENT_OPEN_OVERWRITE, "- -",
		{ "- - - - -",		"- - - -",	"- - -",	"- - -",  "-", "- -" } },
	{ DITTO_INTENT_OPEN_DENIED, "RW RW",
		{ "- R R RW RW",	"- R RW R",	"- - -",	"- R R",  "-", "- R" } },
	{ DITTO_INTENT_SET_META, "RH -",
		{ "- R RH R RH",	"- R R R",	"- - -",	"- R RH", "-", "- -" } },
	{ DITTO_INTENT_UNLINK, "RW -",
		{ "- R R RW RW",	"- R RW R",	"- - -",	"- R R",  "-", "- -" } },
	{ DITTO_INTENT_LOCK, "- RH",
		{ "- - - - -",		"- - - -",	"- RH -",	"- - -",  "-", "- R" } },
	{ DITTO_INTENT_DIR_CHANGE, "- -",
		{ "- - - - -",		"- - - -",	"- - -",	"- - -",  "-", "- -" } },
};

/* -1 if this kind has no such state; otherwise which one it is. */
static int find_state(unsigned int column, unsigned int bits)
{
	unsigned int n, s;

	for (n = 0; (s = nth_state(all_states[column].states, n)) != 8; n++)
		if (s == bits)
			return n;
	return -1;
}

static void case_share(void)
{
	/* Nothing, read, write and delete, as an open may say them. */
	unsigned int a, b, da, db, bit;

	for (a = 0; a < 8; a++)
		for (da = 0; da < 8; da++)
			for (b = 0; b < 8; b++)
				for (db = 0; db < 8; db++) {
					bool want = false;

					for (bit = 0; bit < 3; bit++)
						if ((a >> bit & db >> bit & 1) ||
						    (b >> bit & da >> bit & 1))
							want = true;
					LOCK_CHECK(ditto_share_conflicts(a, da, b, db) == want);
				}
	LOCK_CHECK(ditto_share_conflicts(DITTO_SHARE_WRITE, 0, 0, DITTO_SHARE_WRITE));
	LOCK_CHECK(!ditto_share_conflicts(DITTO_SHARE_DELETE, 0, 0,
					  DITTO_SHARE_READ | DITTO_SHARE_WRITE));
}

static void case_states(void)
{
	unsigned int c, bits, n, s, most;

	for (c = 0; c < ARRAY_SIZE(all_states); c++) {
		for (bits = 0; bits < 16; bits++) {
			LOCK_CHECK(ditto_cache_valid(bits, all_states[c].kind,
						     all_states[c].directory) ==
				   (find_state(c, bits) >= 0));
			for (n = most = 0; (s = nth_state(all_states[c].states, n)) != 8; n++)
				if ((s & bits) == s)
					most = s;
			LOCK_CHECK(ditto_cache_floor(bits, all_states[c].kind,
						     all_states[c].directory) == most);
		}
	}
}

static void case_breaks(void)
{
	unsigned int i, c, n, held, to, keep;

	LOCK_CHECK(ARRAY_SIZE(becomes) == DITTO_INTENTS);
	for (i = 0; i < DITTO_INTENTS; i++) {
		LOCK_CHECK(becomes[i].intent == i);
		for (c = 0; c < ARRAY_SIZE(all_states); c++) {
			keep = nth_state(becomes[i].leaves,
					 all_states[c].kind == DITTO_CACHE_DELEGATION);
			if (all_states[c].directory)
				keep &= ~DITTO_CACHE_W;
			LOCK_CHECK(ditto_cache_leaves(i, all_states[c].kind,
						      all_states[c].directory) == keep);
			for (n = 0; (held = nth_state(all_states[c].states, n)) != 8; n++) {
				to = ditto_cache_break_to(held, i, all_states[c].kind,
							  all_states[c].directory);
				LOCK_CHECK(to == nth_state(becomes[i].column[c], n));
				/* It is a state, it is left, and what is left is left alone. */
				LOCK_CHECK(find_state(c, to) >= 0);
				LOCK_CHECK(!(to & ~keep) && !(to & ~held));
				LOCK_CHECK((to == held) == !(held & ~keep));
			}
			LOCK_CHECK(nth_state(becomes[i].column[c], n) == 8);
		}
	}
}

/* Only who holds a delegation can be spoken to instead. */
static void case_instead(void)
{
	unsigned int i, kind, directory;

	for (i = 0; i < DITTO_INTENTS; i++)
		for (kind = 0; kind < DITTO_CACHE_KINDS; kind++)
			for (directory = 0; directory < 2; directory++) {
				bool deleg = kind == DITTO_CACHE_DELEGATION;

				LOCK_CHECK(ditto_cache_may_ask(i, kind, directory) ==
					   (deleg && !directory && i == DITTO_INTENT_READ_META));
				LOCK_CHECK(ditto_cache_may_notify(i, kind, directory) ==
					   (deleg && directory && i == DITTO_INTENT_DIR_CHANGE));
			}
}

/* ---- grants ---------------------------------------------------------------- */

/* Would one of the operations in work take something of it? By the text above. */
static bool under_fire(unsigned int bits, unsigned int c, u32 in_flight)
{
	unsigned int i;

	for (i = 0; i < DITTO_INTENTS; i++)
		if (in_flight & BIT(i) &&
		    nth_state(becomes[i].column[c], find_state(c, bits)) != bits)
			return true;
	return false;
}

/* The rules one by one; what none of them forbids is allowed. */
static bool allowed(unsigned int bits, unsigned int c, const struct ditto_cache_situation *s)
{
	unsigned int caches = s->others[0] | s->others[1] | s->others[2];
	bool delegation = all_states[c].kind == DITTO_CACHE_DELEGATION;
	bool file = !all_states[c].directory;

	if (s->recalled || s->writers)
		return false;
	if (caches & DITTO_CACHE_W)
		return false;
	if (bits & DITTO_CACHE_W && (caches || s->access))
		return false;
	/* Locks of others: no lease, no write delegation. */
	if (s->ranges && (!delegation || bits & DITTO_CACHE_W))
		return false;
	/* A read delegation bears no writer, and no denial of what it would allow. */
	if (delegation && file && (s->access & DITTO_SHARE_WRITE || s->deny & DITTO_SHARE_READ))
		return false;
	if (delegation && bits & DITTO_CACHE_W && s->deny)
		return false;
	return !under_fire(bits, c, s->in_flight);
}

static bool check_grant(unsigned int c, const struct ditto_cache_situation *s)
{
	unsigned int want, n, bits, most;

	for (want = 0; want < 8; want++) {
		most = 0;
		for (n = 1; (bits = nth_state(all_states[c].states, n)) != 8; n++)
			if ((bits & want) == bits && allowed(bits, c, s))
				most = bits;
		if (!LOCK_CHECK(ditto_cache_grantable(want, all_states[c].kind,
						      all_states[c].directory, s) == most))
			return false;
	}
	return true;
}

/* All of others' caches and flags, and so many opens, as access and denial. */
static bool check_grants(unsigned int c, u32 in_flight, unsigned int opens)
{
	unsigned int kind, caches, open, flags;

	for (kind = 0; kind < DITTO_CACHE_KINDS; kind++) {
		for (caches = 0; caches < 8; caches++) {
			for (open = 0; open < opens; open++) {
				for (flags = 0; flags < 8; flags++) {
					struct ditto_cache_situation s = {
						.access = open & 7, .deny = open >> 3,
						.in_flight = in_flight,
						.writers = flags & 1, .ranges = flags & 2,
						.recalled = flags & 4,
					};

					s.others[kind] = caches;
					if (!check_grant(c, &s))
						return false;
				}
			}
		}
	}
	return true;
}

/* No operation in work, each, and each pair. */
static void case_grants(void)
{
	unsigned int c, i, j;

	for (c = 0; c < ARRAY_SIZE(all_states); c++) {
		if (!check_grants(c, 0, 64))
			return;
		for (i = 0; i < DITTO_INTENTS; i++)
			for (j = i; j < DITTO_INTENTS; j++)
				if (!check_grants(c, (u32)(BIT(i) | BIT(j)), i == j ? 64 : 8))
					return;
	}
}

/* A few said in words, so that the two don't agree on nonsense. */
static void case_grants_in_words(void)
{
	struct ditto_cache_situation nobody = {}, s = {};

	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_LEASE, false, &nobody) == 7);
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_LEASE, true, &nobody) == DITTO_CACHE_RH);
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_DELEGATION, true, &nobody) ==
		   DITTO_CACHE_R);
	LOCK_CHECK(ditto_cache_grantable(DITTO_CACHE_W | DITTO_CACHE_H, DITTO_CACHE_LEASE, false,
					 &nobody) == 0);
	/* Somebody reads. */
	s.access = DITTO_SHARE_READ;
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_LEASE, false, &s) == DITTO_CACHE_RH);
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_OPLOCK, false, &s) == DITTO_CACHE_R);
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_DELEGATION, false, &s) == DITTO_CACHE_RH);
	/* And caches. */
	s.others[DITTO_CACHE_DELEGATION] = DITTO_CACHE_RH;
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_LEASE, false, &s) == DITTO_CACHE_RH);
	/* Somebody may write, */
	s.access |= DITTO_SHARE_WRITE;
	s.others[DITTO_CACHE_DELEGATION] = 0;
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_LEASE, false, &s) == DITTO_CACHE_RH);
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_DELEGATION, false, &s) == 0);
	/* and keeps it back, by a lease. */
	s.others[DITTO_CACHE_LEASE] = DITTO_CACHE_RW;
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_LEASE, false, &s) == 0);
	/* A remove is about to ask for H. */
	s = (struct ditto_cache_situation){ .in_flight = BIT(DITTO_INTENT_UNLINK) };
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_LEASE, false, &s) == DITTO_CACHE_RW);
	LOCK_CHECK(ditto_cache_grantable(7, DITTO_CACHE_DELEGATION, false, &s) == 0);
}

#endif
