// SPDX-License-Identifier: GPL-2.0-only
/* Ranges and the table of them; the same tests as in tests/unit, with fewer steps. */
#include <kunit/test.h>
#include "compat/compat.h"

static struct kunit *running;

#define LOCK_CHECK(cond) ({						\
	bool __ok = !!(cond);						\
									\
	if (!__ok)							\
		KUNIT_FAIL(running, "%s:%d: %s", __FILE__, __LINE__, #cond); \
	__ok;								\
})
#include "lock_range_cases.h"

static void from_length(struct kunit *test)
{
	case_from_length();
}

static void from_nfs4(struct kunit *test)
{
	case_from_nfs4();
}

static void from_smb(struct kunit *test)
{
	case_from_smb();
}

static void overlap(struct kunit *test)
{
	case_overlap();
}

static void io_of_each(struct kunit *test)
{
	case_io_of_each();
}

static void pairs(struct kunit *test)
{
	case_pairs();
}

static void every_map(struct kunit *test)
{
	case_every_map(5);
}

static void age(struct kunit *test)
{
	case_age();
}

static void listing(struct kunit *test)
{
	case_listing();
}

static void of_owner(struct kunit *test)
{
	case_of_owner();
}

static void many(struct kunit *test)
{
	case_many(100000);
}

/* A hundred thousand steps. */
static void random_steps(struct kunit *test)
{
	u64 seed;

	for (seed = 101; seed <= 110; seed++)
		case_random(seed, seed % 2 ? 8 : MODEL_CELLS, 10000, 4);
}

static int lock_range_init(struct kunit *test)
{
	running = test;
	return 0;
}

static struct kunit_case lock_range_cases[] = {
	KUNIT_CASE(from_length),
	KUNIT_CASE(from_nfs4),
	KUNIT_CASE(from_smb),
	KUNIT_CASE(overlap),
	KUNIT_CASE(io_of_each),
	KUNIT_CASE(pairs),
	KUNIT_CASE(every_map),
	KUNIT_CASE(age),
	KUNIT_CASE(listing),
	KUNIT_CASE(of_owner),
	KUNIT_CASE(many),
	KUNIT_CASE(random_steps),
	{}
};

static struct kunit_suite lock_range_suite = {
	.name		= "lock_range",
	.init		= lock_range_init,
	.test_cases	= lock_range_cases,
};
kunit_test_suite(lock_range_suite);
