// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges and the table of them, against a model that knows no trees.
 *
 * Uses: lock/range.c lock/ranges.c
 */
#include "tap.h"

#define LOCK_CHECK(cond)	CHECK(cond)
#include "../kunit/lock_range_cases.h"

TEST(ranges_of_nlm)		{ case_from_length(); }
TEST(ranges_of_nfs4)		{ case_from_nfs4(); }
TEST(ranges_of_smb)		{ case_from_smb(); }
TEST(overlaps)			{ case_overlap(); }
TEST(io_meets_each)		{ case_io_of_each(); }
TEST(every_pair_in_every_order)	{ case_pairs(); }
TEST(every_map_and_all_that_can_be_done_to_it) { case_every_map(7); }
TEST(age)			{ case_age(); }
TEST(listing)			{ case_listing(); }
TEST(of_owner)			{ case_of_owner(); }
TEST(a_hundred_thousand)	{ case_many(100000); }

/* A million steps. */
TEST(random_steps)
{
	u64 seed;

	for (seed = 1; seed <= 8 && !tap_bad; seed++)
		case_random(seed, seed % 2 ? 8 : MODEL_CELLS, 100000, 5);
	for (; seed <= 28 && !tap_bad; seed++)
		case_random(seed, 4 + seed % 8, 10000, 1);
}
