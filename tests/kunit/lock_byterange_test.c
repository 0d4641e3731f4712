// SPDX-License-Identifier: GPL-2.0-only
/*
 * RANGE claims (lock/byterange.c): who excludes whom, what is in the VFS, what is
 * counted, and what goes with an owner, a client or an export. Nobody waits here.
 */
#include "lock_env.h"
#include "vfs/export-internal.h"

#define BEHIND	((u64)OFFSET_MAX + 1)

/* ---- who excludes whom --------------------------------------------------- */

static void exclusion(struct kunit *test)
{
	static const struct {
		u64	first, last;
		bool	exclusive;
		int	err;
	} cases[] = {
		{ 0, 9, EXCLUSIVE, 0 },
		{ 0, 10, SHARED, -EAGAIN },
		{ 10, 10, SHARED, -EAGAIN },
		{ 15, 15, EXCLUSIVE, -EAGAIN },
		{ 20, 29, SHARED, 0 },
		{ 0, TO_END, SHARED, -EAGAIN },
		{ 29, 30, EXCLUSIVE, -EAGAIN },
		{ 30, 39, SHARED, 0 },
		{ 30, 39, EXCLUSIVE, -EAGAIN },
		{ 40, TO_END, EXCLUSIVE, 0 },
	};
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *holder = lock_owner(client), *other = lock_owner(client);
	int i;

	KUNIT_ASSERT_EQ(test, lock_take(holder, 0, 10, 19, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(holder, 0, 30, 39, SHARED), 0);
	/* each way in its turn, by an owner of the same client and by one of another */
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (i == ARRAY_SIZE(cases) / 2)
			other = lock_someone(env);
		KUNIT_EXPECT_EQ_MSG(test, lock_take(other, 0, cases[i].first, cases[i].last,
						    cases[i].exclusive), cases[i].err, "case %d", i);
		KUNIT_EXPECT_EQ(test, lock_drop(other, 0, cases[i].first, cases[i].last), 0);
	}
	/* another file is another matter */
	KUNIT_EXPECT_EQ(test, lock_take(other, 1, 0, TO_END, EXCLUSIVE), 0);
}

static void holder_is_told(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct ditto_range all = DITTO_RANGE_ALL;
	struct ditto_conflict by;
	char oh[16];

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 5, 7, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_ask(b, env->file[0], &all, EXCLUSIVE, NULL, &by), -EAGAIN);
	KUNIT_EXPECT_EQ(test, by.range.first, 5);
	KUNIT_EXPECT_EQ(test, by.range.last, 7);
	KUNIT_EXPECT_FALSE(test, by.exclusive);
	KUNIT_EXPECT_STREQ(test, by.protocol, "test");
	KUNIT_EXPECT_STREQ(test, by.client, "someone");
	KUNIT_EXPECT_EQ(test, by.svid, a->svid);
	snprintf(oh, sizeof(oh), "oh%u", a->svid);
	KUNIT_EXPECT_EQ(test, by.oh_len, strlen(oh));
	KUNIT_EXPECT_MEMEQ(test, by.oh, oh, strlen(oh));
}

static void question(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct ditto_conflict by;

	KUNIT_EXPECT_EQ(test, lock_test(a, 0, 0, TO_END, EXCLUSIVE, &by), 0);
	/* it leaves nothing */
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&lock_claims(env, 0)->holds));
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 100, 199, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_test(a, 0, 0, TO_END, EXCLUSIVE, &by), 0);
	KUNIT_EXPECT_EQ(test, lock_test(b, 0, 0, 99, EXCLUSIVE, &by), 0);
	KUNIT_EXPECT_EQ(test, lock_test(b, 0, 199, 200, SHARED, &by), -EAGAIN);
	KUNIT_EXPECT_EQ(test, by.range.first, 100);
	KUNIT_EXPECT_EQ(test, by.range.last, 199);
	KUNIT_EXPECT_TRUE(test, by.exclusive);
	KUNIT_EXPECT_EQ(test, by.svid, a->svid);
}

/* ---- a POSIX owner's map, and the VFS's ---------------------------------- */

static int ranges_of(struct lock_owner *owner)
{
	return atomic_read(&owner->client->client.ranges);
}

/* Says of ten bytes what the VFS knows: '-', 'r', 'w'. */
static const char *vfs_map(struct lock_env *env, char text[11])
{
	int i;

	for (i = 0; i < 10; i++) {
		switch (lock_vfs_at(env, 0, i)) {
		case F_UNLCK:
			text[i] = '-';
			break;
		case F_RDLCK:
			text[i] = 'r';
			break;
		default:
			text[i] = 'w';
		}
	}
	text[10] = 0;
	return text;
}

static void split_and_merge(struct kunit *test)
{
	static const struct {
		u64		first, last;
		int		type;
		const char	*map;
		int		ranges;
	} steps[] = {
		{ 2, 7, F_WRLCK, "--wwwwww--", 1 },
		{ 4, 5, F_RDLCK, "--wwrrww--", 3 },
		{ 4, 5, F_UNLCK, "--ww--ww--", 2 },
		{ 3, 6, F_RDLCK, "--wrrrrw--", 3 },
		{ 0, 9, F_UNLCK, "----------", 0 },
		{ 0, 1, F_RDLCK, "rr--------", 1 },
		{ 4, 5, F_RDLCK, "rr--rr----", 2 },
		{ 2, 3, F_RDLCK, "rrrrrr----", 1 },
		{ 0, 9, F_WRLCK, "wwwwwwwwww", 1 },
		{ 0, 0, F_UNLCK, "-wwwwwwwww", 1 },
		{ 9, 9, F_RDLCK, "-wwwwwwwwr", 2 },
		{ 5, 5, F_UNLCK, "-wwww-wwwr", 3 },
		{ 5, 5, F_UNLCK, "-wwww-wwwr", 3 },
		{ 0, TO_END, F_RDLCK, "rrrrrrrrrr", 1 },
		{ 1, TO_END, F_UNLCK, "r---------", 1 },
		{ 0, TO_END, F_UNLCK, "----------", 0 },
	};
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env);
	char map[11];
	int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (steps[i].type == F_UNLCK)
			KUNIT_EXPECT_EQ(test, lock_drop(owner, 0, steps[i].first, steps[i].last), 0);
		else
			KUNIT_EXPECT_EQ(test, lock_take(owner, 0, steps[i].first, steps[i].last,
							steps[i].type == F_WRLCK), 0);
		KUNIT_EXPECT_STREQ(test, vfs_map(env, map), steps[i].map);
		KUNIT_EXPECT_EQ_MSG(test, ranges_of(owner), steps[i].ranges, "step %d", i);
	}
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&lock_claims(env, 0)->holds));
}

static void upgrade_refused(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, lock_take(b, 0, 5, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), -EAGAIN);
	/* it has what it had */
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_RDLCK);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 4, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 2);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 1);
}

/* The VFS's offsets end at 2^63 - 1, ours at 2^64 - 1. */
static void behind_the_vfs(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct lock_local *local = lock_local(env, 0, false);
	struct ditto_conflict by;

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, BEHIND, TO_END, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 0, TO_END, SHARED), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_test(b, 0, TO_END, TO_END, SHARED, &by), -EAGAIN);
	KUNIT_EXPECT_EQ(test, by.range.first, BEHIND);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 0, OFFSET_MAX, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, OFFSET_MAX, F_RDLCK), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 0, OFFSET_MAX), 0);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, OFFSET_MAX, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_test(b, 0, 0, OFFSET_MAX, SHARED, &by), -EAGAIN);
	KUNIT_EXPECT_STREQ(test, by.protocol, "local");
	KUNIT_EXPECT_EQ(test, by.range.last, TO_END);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, BEHIND + 5, BEHIND + 6, SHARED), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 3);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, BEHIND + 5, BEHIND + 6, SHARED), 0);
	/* across the border */
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 0, OFFSET_MAX, F_UNLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, BEHIND + 4, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 3);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, OFFSET_MAX), F_WRLCK);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, OFFSET_MAX, BEHIND), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, OFFSET_MAX), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, OFFSET_MAX - 1), F_WRLCK);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, OFFSET_MAX, BEHIND, EXCLUSIVE), 0);
}

/* ---- opens, as SMB has them ---------------------------------------------- */

static int empty_take(struct lock_owner *owner, u64 at, bool exclusive)
{
	struct ditto_range range = { .first = at, .last = at, .empty = true };

	return lock_ask(owner, owner->env->file[0], &range, exclusive, NULL, NULL);
}

static int empty_drop(struct lock_owner *owner, u64 at)
{
	struct ditto_range range = { .first = at, .last = at, .empty = true };

	return ditto_range_unlock(&owner->owner, owner->env->file[0], &range);
}

static void handles_stack(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_handle(lock_client(env)), *b = lock_handle(lock_client(env));
	char map[11];

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 2, 5, EXCLUSIVE), 0);
	/* shared ones on one's own exclusive one, on each other, and beyond it */
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 4, 8, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 4, 8, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_EXPECT_STREQ(test, vfs_map(env, map), "rrwwwwrrrr");
	KUNIT_EXPECT_EQ(test, ranges_of(a), 4);
	/* an exclusive one on nothing, not even one's own */
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 5, 5, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 9, 9, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 5, 5, SHARED), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 6, 9, SHARED), 0);
	/* exactly what was locked */
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 2, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 10), -ENOENT);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 2, 5), 0);
	KUNIT_EXPECT_STREQ(test, vfs_map(env, map), "rrrrrrrrrr");
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_STREQ(test, vfs_map(env, map), "----rrrrrr");
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 4, 8), 0);
	KUNIT_EXPECT_STREQ(test, vfs_map(env, map), "----rrrrrr");
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 4, 8), 0);
	KUNIT_EXPECT_STREQ(test, vfs_map(env, map), "------rrrr");
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 4, 8), -ENOENT);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(b), 1);
}

/* Of an exclusive and a shared one of the same bytes the exclusive one is released first. */
static void handle_same_range_twice(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_handle(lock_client(env));

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 3), F_RDLCK);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 3), F_UNLCK);
}

static void handle_empty(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_handle(lock_client(env)), *b = lock_handle(lock_client(env));
	struct lock_owner *posix = lock_someone(env);

	KUNIT_ASSERT_EQ(test, empty_take(a, 5, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 5), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 4, 5, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 5, 6, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 5, 6), 0);
	KUNIT_EXPECT_EQ(test, lock_take(posix, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, empty_take(a, 0, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 2);
	KUNIT_EXPECT_EQ(test, lock_drop(posix, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, empty_drop(a, 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, empty_drop(a, 5), 0);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 4, 5, EXCLUSIVE), 0);
}

static void handles_against_posix(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *handle = lock_handle(lock_client(env)), *posix = lock_someone(env);
	struct lock_local *local = lock_local(env, 0, false);
	char map[11];

	KUNIT_ASSERT_EQ(test, lock_take(posix, 0, 0, 4, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_local_set(local, 8, 9, F_WRLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_take(handle, 0, 4, 5, SHARED), -EAGAIN);
	KUNIT_ASSERT_EQ(test, lock_take(handle, 0, 5, 6, EXCLUSIVE), 0);
	/* refused at its end: what it had, it has */
	KUNIT_EXPECT_EQ(test, lock_take(handle, 0, 5, 9, SHARED), -EAGAIN);
	KUNIT_EXPECT_STREQ(test, vfs_map(env, map), "wwwwwww-ww");
	KUNIT_EXPECT_EQ(test, ranges_of(handle), 1);
	KUNIT_EXPECT_EQ(test, lock_local_set(local, 8, 9, F_UNLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_take(handle, 0, 5, 9, SHARED), 0);
	KUNIT_EXPECT_STREQ(test, vfs_map(env, map), "wwwwwwwrrr");
	KUNIT_EXPECT_EQ(test, lock_take(posix, 0, 6, 6, SHARED), -EAGAIN);
	KUNIT_EXPECT_EQ(test, lock_take(posix, 0, 7, 9, SHARED), 0);
}

/* ---- whom it is refused -------------------------------------------------- */

static void not_a_file(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env->vfs, env->vfs->root, "dir");
	struct ditto_range all = DITTO_RANGE_ALL;
	struct lock_owner *owner = lock_someone(env);

	KUNIT_EXPECT_EQ(test, lock_ask(owner, dir, &all, SHARED, NULL, NULL), -EISDIR);
	KUNIT_EXPECT_TRUE(test, list_empty(&owner->owner.holds));
}

/* Who may read or write may lock, whatever way. */
static void permission(struct kunit *test)
{
	static const struct {
		u32	mode;
		int	err;
	} cases[] = { { 0644, 0 }, { 0622, 0 }, { 0600, -EACCES } };
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env);
	struct ditto_conflict by;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		env_chmod(env->vfs, env->file[i], cases[i].mode);
	env_user(env->vfs, 1000, 1000);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ(test, lock_take(owner, i, 0, 9, EXCLUSIVE), cases[i].err);
		KUNIT_EXPECT_EQ(test, lock_test(owner, i, 0, 9, EXCLUSIVE, &by), cases[i].err);
		KUNIT_EXPECT_EQ(test, lock_take(owner, i, 10, 19, SHARED), cases[i].err);
		KUNIT_EXPECT_EQ(test, lock_drop(owner, i, 0, TO_END), 0);
	}
	env_user(env->vfs, 0, 0);
}

/* ---- limits -------------------------------------------------------------- */

static void limit_per_file(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_handle(lock_client(env));
	u64 limited = lock_stat("ranges_limited");
	int i;

	lock_setting(env, "ranges-per-file", 5, 1000);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, lock_take(a, 0, 10 * i, 10 * i + 4, EXCLUSIVE), 0);
	for (i = 5; i < 7; i++)
		KUNIT_EXPECT_EQ(test, lock_take(b, 0, 10 * i, 10 * i + 4, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 100, 100, SHARED), -ENOLCK);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 100, 100, SHARED), -ENOLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 100), F_UNLCK);
	/* no split either, but whatever makes no more, and what is given back */
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 2, 2, SHARED), -ENOLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 2), F_WRLCK);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 2, 2), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 2), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 2, 2, SHARED), -ENOLCK);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 5, 6, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_limited") - limited, 4);
	/* two become one: there is room for one more */
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 10, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 2);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 2, 2), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 3);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 4, 4), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 4);
	KUNIT_EXPECT_EQ(test, lock_take(a, 1, 0, 0, SHARED), 0);
}

static void limit_per_client(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *a = lock_owner(client), *b = lock_owner(client);
	struct lock_owner *other = lock_someone(env);
	int i;

	lock_setting(env, "ranges-per-client", 4, 10000);
	KUNIT_EXPECT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_take(b, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 5, 5), 0);
	KUNIT_EXPECT_EQ(test, lock_take(b, 2, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 4);
	KUNIT_EXPECT_EQ(test, lock_take(b, 3, 0, 9, EXCLUSIVE), -ENOLCK);
	/* unlocking goes on to twice the limit */
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, lock_drop(b, 1, 2 * i + 1, 2 * i + 1), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 8);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 2, 7, 7), -ENOLCK);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 8);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, lock_take(other, 4, 10 * i, 10 * i, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_take(other, 4, 99, 99, EXCLUSIVE), -ENOLCK);
	lock_owner_drop(b);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 2);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 7, 7), 0);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 3);
}

static void limit_in_all(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	int i;

	lock_setting(env, "ranges", 6, 100000);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, lock_take(a, i, 0, 9, EXCLUSIVE), 0);
		KUNIT_EXPECT_EQ(test, lock_take(b, i, 20, 29, EXCLUSIVE), 0);
	}
	KUNIT_EXPECT_EQ(test, lock_take(a, 3, 0, 9, EXCLUSIVE), -ENOLCK);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 3);
	KUNIT_EXPECT_EQ(test, lock_drop(a, 0, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, lock_drop(b, 0, 22, 22), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 3, 0, 9, EXCLUSIVE), -ENOLCK);
	ditto_client_release(&b->client->client);
	KUNIT_EXPECT_EQ(test, ranges_of(b), 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, lock_take(a, 3, 10 * i, 10 * i + 4, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_take(a, 3, 100, 100, EXCLUSIVE), -ENOLCK);
}

/* ---- what goes ----------------------------------------------------------- */

static void nothing_stays(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env);

	KUNIT_EXPECT_EQ(test, lock_drop(owner, 0, 0, TO_END), 0);
	KUNIT_EXPECT_NULL(test, lock_claims(env, 0));
	KUNIT_ASSERT_EQ(test, lock_take(owner, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&owner->owner.ref), 2);
	KUNIT_EXPECT_EQ(test, lock_drop(owner, 0, 0, 3), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&owner->owner.ref), 2);
	KUNIT_EXPECT_EQ(test, lock_drop(owner, 0, 3, 100), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&owner->owner.ref), 1);
	KUNIT_EXPECT_TRUE(test, list_empty(&owner->owner.holds));
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&lock_claims(env, 0)->holds));
	/* refused: nothing comes of it */
	KUNIT_ASSERT_EQ(test, lock_take(lock_someone(env), 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, lock_take(owner, 0, 0, 9, EXCLUSIVE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, refcount_read(&owner->owner.ref), 1);
}

static void release(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *a = lock_owner(client), *b = lock_owner(client), *h = lock_handle(client);
	struct lock_owner *other = lock_someone(env);
	u64 revoked = lock_stat("revoked");
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, lock_take(a, i, 0, 0, EXCLUSIVE), 0);
		KUNIT_ASSERT_EQ(test, lock_take(a, i, 2, 2, EXCLUSIVE), 0);
		KUNIT_ASSERT_EQ(test, lock_take(b, i, 4, 4, EXCLUSIVE), 0);
		KUNIT_ASSERT_EQ(test, lock_take(h, i, 6, 6, SHARED), 0);
		KUNIT_ASSERT_EQ(test, lock_take(h, i, 6, 8, SHARED), 0);
		KUNIT_ASSERT_EQ(test, lock_take(other, i, 10, 19, EXCLUSIVE), 0);
	}
	ditto_owner_release(&a->owner);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 9);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 1, 2), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 1, 4), F_WRLCK);
	ditto_client_release(&client->client);
	KUNIT_EXPECT_EQ(test, ranges_of(a), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 1, 7), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 1, 10), F_WRLCK);
	KUNIT_EXPECT_EQ(test, lock_stat("revoked") - revoked, 15);
	/* it may go on, until it is gone */
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 0, 9, EXCLUSIVE), 0);
	ditto_client_gone(&client->client);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 0), F_UNLCK);
	KUNIT_EXPECT_EQ(test, lock_take(b, 0, 0, 9, EXCLUSIVE), -ESTALE);
	KUNIT_EXPECT_EQ(test, lock_take(other, 0, 0, 9, EXCLUSIVE), 0);
}

static void export_goes(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env->vfs, env->vfs->root, "dir"), *file;
	struct lock_owner *owner = lock_someone(env);
	struct ditto_range all = DITTO_RANGE_ALL;
	struct vfs_env *inner;

	inner = env_inner(test, env->vfs, dir);
	file = env_create(inner, inner->root, "file", 0600);
	KUNIT_ASSERT_EQ(test, lock_ask(owner, file, &all, EXCLUSIVE, NULL, NULL), 0);
	KUNIT_ASSERT_EQ(test, lock_take(owner, 0, 0, 9, EXCLUSIVE), 0);
	ditto_object_get(file);
	KUNIT_EXPECT_EQ(test, env_remove(inner, true), -EBUSY);
	KUNIT_EXPECT_EQ(test, ranges_of(owner), 1);
	KUNIT_EXPECT_EQ(test, lock_ask(owner, file, &all, SHARED, NULL, NULL), -ESTALE);
	KUNIT_EXPECT_EQ(test, lock_take(owner, 0, 0, 9, SHARED), 0);
	ditto_object_put(file);
}

/* A file without a name is not found by its handle; its holder still can unlock it. */
static void unlinked(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *owner = lock_someone(env), *other = lock_someone(env);
	struct ditto_handle handle = env->file[0]->handle;
	struct ditto_object *obj;
	struct ditto_wcc wcc;

	KUNIT_ASSERT_EQ(test, lock_take(owner, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, ditto_remove(&env->vfs->acc, env->vfs->root, "0", 1, &wcc), 0);
	KUNIT_EXPECT_NULL(test, ditto_owner_object(&other->owner, handle.raw, handle.len));
	obj = ditto_owner_object(&owner->owner, handle.raw, handle.len);
	KUNIT_ASSERT_PTR_EQ(test, obj, env->file[0]);
	KUNIT_EXPECT_EQ(test, lock_drop(owner, 0, 0, 9), 0);
	ditto_object_put(obj);
	KUNIT_EXPECT_NULL(test, ditto_owner_object(&owner->owner, handle.raw, handle.len));
}

static struct kunit_case lock_byterange_cases[] = {
	KUNIT_CASE(exclusion),
	KUNIT_CASE(holder_is_told),
	KUNIT_CASE(question),
	KUNIT_CASE(split_and_merge),
	KUNIT_CASE(upgrade_refused),
	KUNIT_CASE(behind_the_vfs),
	KUNIT_CASE(handles_stack),
	KUNIT_CASE(handle_same_range_twice),
	KUNIT_CASE(handle_empty),
	KUNIT_CASE(handles_against_posix),
	KUNIT_CASE(not_a_file),
	KUNIT_CASE(permission),
	KUNIT_CASE(limit_per_file),
	KUNIT_CASE(limit_per_client),
	KUNIT_CASE(limit_in_all),
	KUNIT_CASE(nothing_stays),
	KUNIT_CASE(release),
	KUNIT_CASE(export_goes),
	KUNIT_CASE(unlinked),
	{}
};

static struct kunit_suite lock_byterange_suite = {
	.name		= "lock_byterange",
	.init		= lock_env_init,
	.test_cases	= lock_byterange_cases,
};
kunit_test_suite(lock_byterange_suite);
