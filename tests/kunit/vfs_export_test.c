// SPDX-License-Identifier: GPL-2.0-only
/* Exports: adding, replacing, applying, removing; their handles over all that. */
#include "fixture.h"
#include "vfs_table.h"

static bool there(const char *name)
{
	struct ditto_export *exp = ditto_export_find(&init_net, name, strlen(name));

	if (exp)
		ditto_export_put(exp);
	return exp;
}

/* The handle of an export's root, which must be there. */
static struct ditto_handle root_handle(struct kunit *test, const char *name)
{
	struct ditto_export *exp = ditto_export_find(&init_net, name, strlen(name));
	struct ditto_handle handle = {};

	KUNIT_ASSERT_NOT_NULL(test, exp);
	KUNIT_EXPECT_EQ(test, ditto_handle_encode(exp, ditto_export_root(exp), &handle), 0);
	ditto_export_put(exp);
	return handle;
}

static int resolve(const struct ditto_handle *handle)
{
	struct ditto_object *obj = ditto_object_resolve(&init_net, handle->raw, handle->len);

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	ditto_object_put(obj);
	return 0;
}

static void add_find_remove(struct kunit *test)
{
	struct path path;
	const char *dir = table_dir(test, &path);

	KUNIT_EXPECT_EQ(test, table_add(test, table_config(test, "a/b", dir), false), 0);
	KUNIT_EXPECT_TRUE(test, there("a/b"));
	KUNIT_EXPECT_TRUE(test, there("/a/b"));
	KUNIT_EXPECT_TRUE(test, there("//a/b/"));
	KUNIT_EXPECT_FALSE(test, there("a"));
	KUNIT_EXPECT_FALSE(test, there("a/bc"));
	KUNIT_EXPECT_FALSE(test, there(""));
	KUNIT_EXPECT_EQ(test, table_add(test, table_config(test, "a/b", dir), false), -EEXIST);
	KUNIT_EXPECT_EQ(test, ditto_export_remove(&init_net, "a/b"), 0);
	KUNIT_EXPECT_FALSE(test, there("a/b"));
	KUNIT_EXPECT_EQ(test, ditto_export_remove(&init_net, "a/b"), -ENOENT);
}

static void add_refusals(struct kunit *test)
{
	static const char *const names[] = {
		"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "./a", "a b", "a\n", "a\x7f",
	};
	static const struct {
		const char *path;
		int err;
	} paths[] = {
		{ "tmp", -EINVAL }, { "/tmp/nowhere", -ENOENT }, { "/proc", -EINVAL },
		{ "/proc/self/mounts", -ENOTDIR }, { "", -EINVAL },
	};
	struct ditto_client_rule rule = { .family = AF_INET, .prefix = 33 };
	struct ditto_export_config *cfg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_EQ_MSG(test, table_add(test, table_config(test, names[i], "/tmp"),
						    false), -EINVAL, "%s", names[i]);
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		KUNIT_EXPECT_EQ_MSG(test, table_add(test, table_config(test, "x", paths[i].path),
						    false), paths[i].err, "%s", paths[i].path);
	cfg = table_config(test, "x", "/tmp");
	memset(cfg->name, 'x', sizeof(cfg->name));
	KUNIT_EXPECT_EQ(test, table_add(test, cfg, false), -EINVAL);
	cfg = table_config(test, "x", "/tmp");
	table_rules(test, cfg, &rule, 1);
	KUNIT_EXPECT_EQ(test, table_add(test, cfg, false), -EINVAL);
	rule.family = AF_UNIX;
	table_rules(test, cfg, &rule, 1);
	KUNIT_EXPECT_EQ(test, table_add(test, cfg, false), -EINVAL);
}

/* Rules and options change under clients that go on; what they decided on is asked again. */
static void replace_rules(struct kunit *test)
{
	struct path path;
	const char *dir = table_dir(test, &path);
	struct ditto_export_config *cfg = table_config(test, "x", dir);
	struct ditto_who *who = table_who(test, 0, 0, 0x0a000001, 700);
	struct ditto_export *exp;
	struct ditto_object *obj;
	struct ditto_grant grant;

	KUNIT_ASSERT_EQ(test, table_add(test, cfg, false), 0);
	exp = table_find(test, "x");
	obj = ditto_object_root(exp);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), 0);
	KUNIT_EXPECT_TRUE(test, grant.flags & DITTO_RULE_RW);

	cfg->rules[0].flags &= ~DITTO_RULE_RW;
	KUNIT_EXPECT_EQ(test, table_add(test, cfg, true), 0);
	KUNIT_EXPECT_PTR_EQ(test, table_find(test, "x"), exp);
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), 0);
	KUNIT_EXPECT_FALSE(test, grant.flags & DITTO_RULE_RW);
	KUNIT_EXPECT_EQ(test, resolve(&obj->handle), 0);

	cfg->nr_rules = 0;
	KUNIT_EXPECT_EQ(test, table_add(test, cfg, true), 0);
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), -EACCES);
	ditto_object_put(obj);
}

static void replace_path(struct kunit *test)
{
	struct path path, other;
	const char *dir = table_dir(test, &path);
	const char *dir2 = table_dir(test, &other);
	struct ditto_handle old, new;

	KUNIT_ASSERT_EQ(test, table_add(test, table_config(test, "x", dir), false), 0);
	old = root_handle(test, "x");
	KUNIT_EXPECT_EQ(test, resolve(&old), 0);
	KUNIT_ASSERT_EQ(test, table_add(test, table_config(test, "x", dir2), true), 0);
	new = root_handle(test, "x");
	KUNIT_EXPECT_EQ(test, resolve(&old), -ESTALE);
	KUNIT_EXPECT_EQ(test, resolve(&new), 0);
	/* And back: what the handle said is true again. */
	KUNIT_ASSERT_EQ(test, table_add(test, table_config(test, "x", dir), true), 0);
	KUNIT_EXPECT_EQ(test, resolve(&old), 0);
	KUNIT_EXPECT_EQ(test, resolve(&new), -ESTALE);
}

static int count_one(void *arg, const struct ditto_export_config *cfg,
		     const struct ditto_export *exp)
{
	char *names = arg;

	strlcat(names, cfg->name, 64);
	return 0;
}

static const char *names_now(struct kunit *test)
{
	char *names = kunit_kzalloc(test, 64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, names);
	ditto_export_for_each(&init_net, count_one, names);
	return names;
}

static void apply_all_or_nothing(struct kunit *test)
{
	struct ditto_export_config *cfgs = kunit_kcalloc(test, 3, sizeof(*cfgs), GFP_KERNEL);
	struct path path;
	const char *dir = table_dir(test, &path);
	struct ditto_handle handle;
	unsigned int bad = 99;

	KUNIT_ASSERT_NOT_NULL(test, cfgs);
	cfgs[0] = *table_config(test, "a", dir);
	cfgs[1] = *table_config(test, "b", dir);
	cfgs[2] = *table_config(test, "c", dir);
	KUNIT_EXPECT_EQ(test, table_apply(test, cfgs, 2, &bad), 0);
	KUNIT_EXPECT_STREQ(test, names_now(test), "ab");
	handle = root_handle(test, "b");

	cfgs[1].path = "/tmp/nowhere";
	KUNIT_EXPECT_EQ(test, table_apply(test, cfgs, 3, &bad), -ENOENT);
	KUNIT_EXPECT_EQ(test, bad, 1);
	KUNIT_EXPECT_STREQ(test, names_now(test), "ab");
	KUNIT_EXPECT_EQ(test, resolve(&handle), 0);

	cfgs[1].path = (char *)dir;
	strscpy(cfgs[2].name, "a", sizeof(cfgs[2].name));
	KUNIT_EXPECT_EQ(test, table_apply(test, cfgs, 3, &bad), -EEXIST);
	KUNIT_EXPECT_EQ(test, bad, 2);
	KUNIT_EXPECT_STREQ(test, names_now(test), "ab");

	strscpy(cfgs[2].name, "c", sizeof(cfgs[2].name));
	KUNIT_EXPECT_EQ(test, table_apply(test, cfgs + 1, 2, &bad), 0);
	KUNIT_EXPECT_STREQ(test, names_now(test), "bc");
	KUNIT_EXPECT_EQ(test, resolve(&handle), 0);
	KUNIT_EXPECT_EQ(test, table_apply(test, NULL, 0, &bad), 0);
	KUNIT_EXPECT_STREQ(test, names_now(test), "");
	KUNIT_EXPECT_EQ(test, resolve(&handle), -ESTALE);
}

static void keys(struct kunit *test)
{
	struct path path;
	const char *dir = table_dir(test, &path);
	struct ditto_export_config *x = table_config(test, "x", dir);
	struct ditto_export_config *y = table_config(test, "y", dir);
	struct ditto_handle first, second;

	KUNIT_ASSERT_EQ(test, table_add(test, x, false), 0);
	KUNIT_ASSERT_EQ(test, table_add(test, y, false), 0);
	first = root_handle(test, "x");
	second = root_handle(test, "y");
	KUNIT_EXPECT_MEMNEQ(test, first.raw, second.raw, first.len);

	/* In another order, after a while: the same. */
	KUNIT_EXPECT_EQ(test, ditto_export_remove(&init_net, "x"), 0);
	KUNIT_EXPECT_EQ(test, resolve(&first), -ESTALE);
	KUNIT_ASSERT_EQ(test, table_add(test, x, false), 0);
	KUNIT_EXPECT_EQ(test, resolve(&first), 0);
	second = root_handle(test, "x");
	KUNIT_EXPECT_MEMEQ(test, first.raw, second.raw, first.len);

	/* fsid= alone names the export, so two cannot have the same. */
	x->fsid = 7;
	y->fsid = 7;
	KUNIT_ASSERT_EQ(test, table_add(test, x, true), 0);
	KUNIT_EXPECT_EQ(test, table_add(test, y, true), -EEXIST);
	y->fsid = 8;
	KUNIT_EXPECT_EQ(test, table_add(test, y, true), 0);
	KUNIT_EXPECT_EQ(test, resolve(&first), -ESTALE);
}

/* A part of a file system: no bit of a handle may be changed. */
static void mac(struct kunit *test)
{
	static const u8 secret[16] = "0123456789abcdef";
	struct path path, sub;
	const char *dir = table_dir(test, &path);
	struct ditto_export_config *cfg = table_config(test, "x", dir);
	struct ditto_handle handle, bent;
	struct ditto_object *obj;
	unsigned int i;

	sub = path;
	sub.dentry = fixture_mkdir(test, path.dentry, "sub");
	KUNIT_ASSERT_EQ(test, table_add(test, cfg, false), 0);
	KUNIT_EXPECT_EQ(test, ditto_handle_encode(table_find(test, "x"), &sub, &handle), 0);
	KUNIT_EXPECT_TRUE(test, handle.raw[1] & DITTO_HANDLE_MAC);
	for (i = 8; i < 8 * handle.len; i++) {
		bent = handle;
		bent.raw[i / 8] ^= BIT(i % 8);
		KUNIT_EXPECT_NE(test, resolve(&bent), 0);
	}
	/* Without the MAC it has the right form, and is refused all the same. */
	bent = handle;
	bent.raw[1] &= ~DITTO_HANDLE_MAC;
	bent.len -= DITTO_HANDLE_MAC_LEN;
	KUNIT_EXPECT_EQ(test, resolve(&bent), -EBADF);
	obj = ditto_object_resolve(&init_net, handle.raw, handle.len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_EXPECT_PTR_EQ(test, obj->path.dentry, sub.dentry);
	ditto_object_put(obj);

	/* Another key, another MAC; exports there already go on with theirs. */
	ditto_export_set_key(&init_net, secret);
	KUNIT_EXPECT_EQ(test, resolve(&handle), 0);
	KUNIT_EXPECT_EQ(test, ditto_export_remove(&init_net, "x"), -EBUSY);
	KUNIT_EXPECT_EQ(test, table_add(test, cfg, false), 0);
	ditto_export_set_key(&init_net, NULL);
	KUNIT_EXPECT_EQ(test, resolve(&handle), -EBADF);
}

/* A removed export is gone at once; who still uses it goes on, and is waited for. */
static void remove_in_use(struct kunit *test)
{
	struct path path;
	const char *dir = table_dir(test, &path);
	unsigned long start = jiffies;
	struct ditto_export *exp;
	struct ditto_object *obj;

	KUNIT_ASSERT_EQ(test, table_add(test, table_config(test, "x", dir), false), 0);
	exp = ditto_export_find(&init_net, "x", 1);
	KUNIT_ASSERT_NOT_NULL(test, exp);
	obj = ditto_object_root(exp);
	ditto_export_put(exp);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, ditto_export_remove(&init_net, "x"), -EBUSY);
	KUNIT_EXPECT_GE(test, jiffies - start, 29 * HZ);
	KUNIT_EXPECT_FALSE(test, there("x"));
	KUNIT_EXPECT_EQ(test, resolve(&obj->handle), -ESTALE);
	KUNIT_EXPECT_STREQ(test, ditto_export_config(obj->exp)->name, "x");
	ditto_object_put(obj);
	/* What is removed and unused does not make anybody wait. */
	start = jiffies;
	KUNIT_ASSERT_EQ(test, table_add(test, table_config(test, "x", dir), false), 0);
	KUNIT_EXPECT_EQ(test, resolve(&(struct ditto_handle){}), -EBADF);
	KUNIT_EXPECT_EQ(test, ditto_export_remove(&init_net, "x"), 0);
	KUNIT_EXPECT_LT(test, jiffies - start, 5 * HZ);
}

/* /tmp/dev is a file system of its own (scripts/uml/init). */
static void crossing(struct kunit *test)
{
	struct ditto_export_config *cfg = table_config(test, "x", "/tmp");
	struct path dev = {}, mountpoint;
	struct ditto_handle handle;
	const char *why = NULL;
	struct ditto_export *exp;
	int err = 0;

	KUNIT_ASSERT_EQ(test, table_add(test, cfg, false), 0);
	exp = table_find(test, "x");
	dev.mnt = ditto_export_root(exp)->mnt;
	dev.dentry = fixture_lookup(test, ditto_export_root(exp)->dentry, "dev");
	path_get(&dev);
	mountpoint = dev;
	KUNIT_EXPECT_EQ(test, ditto_export_follow_down(exp, &dev), 0);
	KUNIT_EXPECT_TRUE(test, path_equal(&dev, &mountpoint));
	scoped_with_init_fs()
		err = ditto_export_cross(&init_net, "x", "/tmp/dev", &why);
	KUNIT_EXPECT_EQ(test, err, -EXDEV);

	cfg->flags |= DITTO_EXPORT_CROSSMNT;
	KUNIT_ASSERT_EQ(test, table_add(test, cfg, true), 0);
	KUNIT_EXPECT_EQ(test, ditto_export_follow_down(exp, &dev), 0);
	KUNIT_EXPECT_PTR_NE(test, dev.mnt, mountpoint.mnt);
	KUNIT_EXPECT_EQ(test, ditto_handle_encode(exp, &dev, &handle), 0);
	KUNIT_EXPECT_NE(test, get_unaligned_be32(handle.raw + 8), 0);
	KUNIT_EXPECT_EQ(test, resolve(&handle), 0);
	KUNIT_EXPECT_FALSE(test, ditto_export_is_root(exp, &dev));
	ditto_export_follow_up(exp, &dev);
	KUNIT_EXPECT_TRUE(test, path_equal(&dev, &mountpoint));
	path_put(&dev);

	/* As after a reboot: known again when the administrator's tool says so. */
	KUNIT_EXPECT_EQ(test, ditto_export_remove(&init_net, "x"), -EBUSY);
	KUNIT_ASSERT_EQ(test, table_add(test, cfg, false), 0);
	KUNIT_EXPECT_EQ(test, resolve(&handle), -ESTALE);
	scoped_with_init_fs()
		err = ditto_export_cross(&init_net, "x", "/tmp", &why);
	KUNIT_EXPECT_EQ(test, err, -EXDEV);
	scoped_with_init_fs()
		err = ditto_export_cross(&init_net, "x", "/tmp/dev", &why);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, resolve(&handle), 0);

	/* Not shown any more. */
	cfg->flags &= ~DITTO_EXPORT_CROSSMNT;
	KUNIT_ASSERT_EQ(test, table_add(test, cfg, true), 0);
	KUNIT_EXPECT_EQ(test, resolve(&handle), -ESTALE);
}

static struct kunit_case vfs_export_cases[] = {
	KUNIT_CASE(add_find_remove),
	KUNIT_CASE(add_refusals),
	KUNIT_CASE(replace_rules),
	KUNIT_CASE(replace_path),
	KUNIT_CASE(apply_all_or_nothing),
	KUNIT_CASE(keys),
	KUNIT_CASE(mac),
	KUNIT_CASE(remove_in_use),
	KUNIT_CASE(crossing),
	{}
};

static struct kunit_suite vfs_export_suite = {
	.name		= "vfs_export",
	.test_cases	= vfs_export_cases,
};
kunit_test_suite(vfs_export_suite);
