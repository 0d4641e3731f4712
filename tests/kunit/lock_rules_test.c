// SPDX-License-Identifier: GPL-2.0-only
/* The rules of SHARE and CACHE; the same tests as in tests/unit. */
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
#include "lock_rules_cases.h"

static void share(struct kunit *test)
{
	case_share();
}

static void states(struct kunit *test)
{
	case_states();
}

static void breaks(struct kunit *test)
{
	case_breaks();
}

static void instead(struct kunit *test)
{
	case_instead();
}

static void grants(struct kunit *test)
{
	case_grants();
}

static void grants_in_words(struct kunit *test)
{
	case_grants_in_words();
}

static int lock_rules_init(struct kunit *test)
{
	running = test;
	return 0;
}

static struct kunit_case lock_rules_cases[] = {
	KUNIT_CASE(share),
	KUNIT_CASE(states),
	KUNIT_CASE(breaks),
	KUNIT_CASE(instead),
	KUNIT_CASE(grants),
	KUNIT_CASE(grants_in_words),
	{}
};

static struct kunit_suite lock_rules_suite = {
	.name		= "lock_rules",
	.init		= lock_rules_init,
	.test_cases	= lock_rules_cases,
};
kunit_test_suite(lock_rules_suite);
