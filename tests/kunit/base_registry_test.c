// SPDX-License-Identifier: GPL-2.0-only
/* Settings and facilities: who registers them, how they are found and changed. */
#include <kunit/test.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include "base/facility.h"
#include "base/settings.h"
#include "compat/compat.h"

static u32 small = 5;
static u64 large = 1ULL << 40;
static u64 owned;
static int owner_says;

static u64 owned_get(struct net *net, const struct ditto_setting *s)
{
	return owned;
}

static int owned_set(struct net *net, const struct ditto_setting *s, u64 value)
{
	if (owner_says)
		return owner_says;
	owned = value;
	return 0;
}

static const struct ditto_setting settings[] = {
	DITTO_SETTING_VAR("test-small", small, 1, 10, 5, "a small one"),
	DITTO_SETTING_VAR("test-large", large, 0, U64_MAX, 7, "a large one"),
	{
		.name = "test-owned", .help = "one with functions", .max = 100,
		.get = owned_get, .set = owned_set,
	},
};

static struct ditto_setting_group group = {
	.settings	= settings,
	.nr		= ARRAY_SIZE(settings),
};

struct sought {
	const char	*name;
	u64		value;
	int		found;
};

static int seek(void *arg, const struct ditto_setting *s, u64 value)
{
	struct sought *sought = arg;

	if (!strcmp(s->name, sought->name)) {
		sought->value = value;
		sought->found++;
	}
	return 0;
}

/* The value that is shown, or -1 if the setting is not there once. */
static s64 shown(const char *name)
{
	struct sought sought = { .name = name };

	ditto_settings_for_each(&init_net, seek, &sought);
	return sought.found == 1 ? (s64)sought.value : -1;
}

static void settings_come_and_go(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, shown("test-small"), -1);
	KUNIT_ASSERT_EQ(test, ditto_settings_register(&group), 0);
	KUNIT_EXPECT_EQ(test, shown("test-small"), 5);
	KUNIT_EXPECT_EQ(test, shown("test-large"), 1LL << 40);
	ditto_settings_unregister(&group);
	KUNIT_EXPECT_EQ(test, shown("test-small"), -1);
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-small", 5), -ENOENT);
}

static void settings_stay_in_bounds(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, ditto_settings_register(&group), 0);
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-small", 10), 0);
	KUNIT_EXPECT_EQ(test, small, 10);
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-small", 11), -ERANGE);
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-small", 0), -ERANGE);
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-small", 1ULL << 32), -ERANGE);
	KUNIT_EXPECT_EQ(test, small, 10);
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-large", U64_MAX), 0);
	KUNIT_EXPECT_EQ(test, large, U64_MAX);
	ditto_settings_unregister(&group);
	small = 5;
	large = 1ULL << 40;
}

static void the_owner_may_refuse(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, ditto_settings_register(&group), 0);
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-owned", 42), 0);
	KUNIT_EXPECT_EQ(test, shown("test-owned"), 42);
	owner_says = -EBUSY;
	KUNIT_EXPECT_EQ(test, ditto_setting_set(&init_net, "test-owned", 43), -EBUSY);
	KUNIT_EXPECT_EQ(test, shown("test-owned"), 42);
	owner_says = 0;
	ditto_settings_unregister(&group);
}

static void a_name_is_taken_once(struct kunit *test)
{
	static struct ditto_setting_group other = { .settings = &settings[1], .nr = 1 };

	KUNIT_ASSERT_EQ(test, ditto_settings_register(&group), 0);
	KUNIT_EXPECT_EQ(test, ditto_settings_register(&other), -EEXIST);
	KUNIT_EXPECT_EQ(test, shown("test-large"), 1LL << 40);
	ditto_settings_unregister(&group);
	KUNIT_EXPECT_EQ(test, ditto_settings_register(&other), 0);
	ditto_settings_unregister(&other);
}

static int look(void *arg, const struct ditto_facility *f)
{
	struct sought *sought = arg;

	if (!strcmp(f->name, sought->name))
		sought->found++;
	return sought->found;
}

static void facilities_come_and_go(struct kunit *test)
{
	static struct ditto_facility facility = { .name = "test" };
	struct sought sought = { .name = "test" };

	KUNIT_EXPECT_EQ(test, ditto_facilities_for_each(look, &sought), 0);
	ditto_facility_register(&facility);
	KUNIT_EXPECT_EQ(test, ditto_facilities_for_each(look, &sought), 1);
	ditto_facility_unregister(&facility);
	sought.found = 0;
	KUNIT_EXPECT_EQ(test, ditto_facilities_for_each(look, &sought), 0);
}

static struct kunit_case registry_cases[] = {
	KUNIT_CASE(settings_come_and_go),
	KUNIT_CASE(settings_stay_in_bounds),
	KUNIT_CASE(the_owner_may_refuse),
	KUNIT_CASE(a_name_is_taken_once),
	KUNIT_CASE(facilities_come_and_go),
	{}
};

static struct kunit_suite registry_suite = {
	.name		= "base_registry",
	.test_cases	= registry_cases,
};
kunit_test_suite(registry_suite);
