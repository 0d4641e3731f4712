// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading directories (vfs/ops.h), on a tmpfs of their own, also while they change.
 */
#include "vfs_env.h"

#define USER	1000
#define GROUP	100

#define MANY	300

/* What a reader has seen: how often each "fNNN", and the dots. */
struct seen {
	struct kunit	*test;
	unsigned int	count[MANY];
	unsigned int	dots;
	unsigned int	left;	/* entries until it has had enough */
	unsigned int	plain;	/* entries without attributes */
	u64		cookie;
	u64		cookies[MANY + 2];
	unsigned int	nr_cookies;
};

static bool see(void *arg, const struct ditto_dirent *entry)
{
	struct seen *seen = arg;
	char name[8] = {};
	unsigned int n;

	if (!seen->left)
		return false;
	seen->left--;
	seen->cookie = entry->cookie;
	KUNIT_EXPECT_NE(seen->test, entry->cookie, 0);
	if (seen->nr_cookies < ARRAY_SIZE(seen->cookies))
		seen->cookies[seen->nr_cookies++] = entry->cookie;
	if (entry->name[0] == '.') {
		seen->dots++;
		return true;
	}
	KUNIT_ASSERT_EQ(seen->test, entry->len, 4);
	memcpy(name, entry->name + 1, 3);
	KUNIT_ASSERT_EQ(seen->test, kstrtouint(name, 10, &n), 0);
	seen->count[n]++;
	if (!entry->attr.valid || !entry->handle.len)
		seen->plain++;
	else
		KUNIT_EXPECT_EQ(seen->test, entry->ino, entry->attr.st.ino);
	return true;
}

static void fill(struct vfs_env *env, struct ditto_object *dir, unsigned int nr)
{
	struct ditto_setattr none = {};
	struct ditto_wcc wcc;
	unsigned int i;
	char name[8];

	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "f%03u", i);
		KUNIT_ASSERT_EQ(env->test, ditto_create(&env->acc, dir, name, 4,
							DITTO_CREATE_GUARDED, &none, NULL, NULL,
							&wcc), 0);
	}
}

/* Removed behind the reader's back: those it has seen, and some it has not. */
static void thin_out(struct vfs_env *env, struct ditto_object *dir, struct seen *seen, bool *gone)
{
	struct ditto_wcc wcc;
	unsigned int i, k = 0;
	char name[8];

	for (i = 0; i < MANY && k < 5; i++) {
		if (gone[i] || (!seen->count[i] && i % 10))
			continue;
		snprintf(name, sizeof(name), "f%03u", i);
		KUNIT_EXPECT_EQ(env->test, ditto_remove(&env->acc, dir, name, 4, &wcc), 0);
		gone[i] = true;
		k++;
	}
}

static void readdir_in_steps(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	bool *gone = kunit_kcalloc(test, MANY, sizeof(*gone), GFP_KERNEL);
	unsigned int i, steps = 0;
	bool eof = false;

	fill(env, dir, MANY);
	seen->test = test;
	while (!eof && steps++ < MANY) {
		seen->left = 7;
		KUNIT_ASSERT_EQ(test, ditto_readdir(&env->acc, dir, seen->cookie, steps & 1, see,
						    seen, &eof), 0);
		thin_out(env, dir, seen, gone);
	}
	KUNIT_EXPECT_TRUE(test, eof);
	KUNIT_EXPECT_EQ(test, seen->dots, 2);
	for (i = 0; i < MANY; i++) {
		if (!gone[i])
			KUNIT_EXPECT_EQ_MSG(test, seen->count[i], 1, "f%03u", i);
		else
			KUNIT_EXPECT_LE_MSG(test, seen->count[i], 1, "f%03u", i);
	}
}

static void readdir_plus(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	bool eof = false;

	fill(env, dir, MANY);
	seen->test = test;
	seen->left = UINT_MAX;
	KUNIT_ASSERT_EQ(test, ditto_readdir(&env->acc, dir, 0, true, see, seen, &eof), 0);
	KUNIT_EXPECT_TRUE(test, eof);
	KUNIT_EXPECT_EQ(test, seen->left, UINT_MAX - MANY - 2);
	KUNIT_EXPECT_EQ(test, seen->plain, 0);
	/* Behind the last entry there is nothing, and that is no error. */
	seen->left = UINT_MAX;
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, seen->cookie, true, see, seen, &eof),
			0);
	KUNIT_EXPECT_TRUE(test, eof);
	KUNIT_EXPECT_EQ(test, seen->left, UINT_MAX);
}

static bool count_entry(void *arg, const struct ditto_dirent *entry)
{
	++*(unsigned int *)arg;
	return true;
}

/* Each cookie leads behind its entry, wherever the entries were gathered. */
static void readdir_cookies(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	unsigned int i, n;
	bool eof = false;

	fill(env, dir, MANY);
	seen->test = test;
	seen->left = UINT_MAX;
	KUNIT_ASSERT_EQ(test, ditto_readdir(&env->acc, dir, 0, false, see, seen, &eof), 0);
	KUNIT_ASSERT_EQ(test, seen->nr_cookies, MANY + 2);
	for (i = 0; i < seen->nr_cookies; i++) {
		n = 0;
		KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, seen->cookies[i], false,
						    count_entry, &n, &eof), 0);
		KUNIT_EXPECT_EQ_MSG(test, n, MANY + 1 - i, "behind entry %u", i);
	}
}

static void readdir_refusals(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *dir = env_mkdir(env, env->root, "d");
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);
	bool eof;

	fill(env, dir, 3);
	seen->test = test;
	seen->left = UINT_MAX;
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, file, 0, false, see, seen, &eof), -ENOTDIR);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, U64_MAX, false, see, seen, &eof),
			-EBADCOOKIE);
	env_chmod(env, dir, 0711);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, 0, false, see, seen, &eof), -EACCES);
	/* May read but not search: names without attributes. */
	env_user(env, 0, 0);
	env_chmod(env, dir, 0744);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, dir, 0, true, see, seen, &eof), 0);
	KUNIT_EXPECT_EQ(test, seen->plain, 3);
}

struct dots {
	u64	self, parent;
	u64	parent_by_attr;
};

static bool see_dots(void *arg, const struct ditto_dirent *entry)
{
	struct dots *dots = arg;

	if (entry->len == 1 && entry->name[0] == '.')
		dots->self = entry->ino;
	if (entry->len == 2 && entry->name[1] == '.') {
		dots->parent = entry->ino;
		dots->parent_by_attr = entry->attr.valid ? entry->attr.st.ino : 0;
	}
	return true;
}

/* The export's root is above itself, whatever the file system has above it. */
static void readdir_root_parent(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *shown = env_mkdir(env, env->root, "shown");
	struct vfs_env *inner = env_inner(test, env, shown);
	u64 ino = ditto_object_inode(shown)->i_ino;
	struct dots dots = {};
	bool eof;

	KUNIT_EXPECT_EQ(test, ditto_readdir(&inner->acc, inner->root, 0, false, see_dots, &dots,
					    &eof), 0);
	KUNIT_EXPECT_EQ(test, dots.self, ino);
	KUNIT_EXPECT_EQ(test, dots.parent, ino);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&inner->acc, inner->root, 0, true, see_dots, &dots,
					    &eof), 0);
	KUNIT_EXPECT_EQ(test, dots.parent_by_attr, ino);
	KUNIT_EXPECT_EQ(test, ditto_readdir(&env->acc, shown, 0, true, see_dots, &dots, &eof), 0);
	KUNIT_EXPECT_EQ(test, dots.parent, ditto_object_inode(env->root)->i_ino);
	KUNIT_EXPECT_EQ(test, dots.parent_by_attr, dots.parent);
}

static struct kunit_case vfs_dir_cases[] = {
	KUNIT_CASE(readdir_in_steps),
	KUNIT_CASE(readdir_plus),
	KUNIT_CASE(readdir_cookies),
	KUNIT_CASE(readdir_refusals),
	KUNIT_CASE(readdir_root_parent),
	{}
};

static struct kunit_suite vfs_dir_suite = {
	.name		= "vfs_dir",
	.init		= env_init,
	.test_cases	= vfs_dir_cases,
};
kunit_test_suite(vfs_dir_suite);
