// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of SHARE and CACHE, against the same said as a text.
 *
 * Uses: lock/rules.c
 */
#include "tap.h"

#define LOCK_CHECK(cond)	CHECK(cond)
#include "../kunit/lock_rules_cases.h"

TEST(shares)			{ case_share(); }
TEST(states)			{ case_states(); }
TEST(what_breaks_leave)		{ case_breaks(); }
TEST(what_can_be_done_instead)	{ case_instead(); }
TEST(grants)			{ case_grants(); }
TEST(grants_in_words)		{ case_grants_in_words(); }
