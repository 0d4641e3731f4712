// SPDX-License-Identifier: GPL-2.0-only
/* Exports in the table of init_net, for tests. */
#include <linux/fs_struct.h>
#include <linux/namei.h>
#include "fixture.h"
#include "vfs_table.h"

static void put_path(void *path)
{
	path_put(path);
}

/**
 * table_dir - a directory to export
 * @test: the running test
 * @path: set to its place; lives as long as the test needs it
 *
 * Return: its path.
 */
const char *table_dir(struct kunit *test, struct path *path)
{
	static atomic_t next = ATOMIC_INIT(0);
	struct path *tmp = kunit_kzalloc(test, sizeof(*tmp), GFP_KERNEL);
	char *name = kunit_kzalloc(test, 32, GFP_KERNEL);
	int err = -ENOENT;

	KUNIT_ASSERT_NOT_NULL(test, tmp);
	KUNIT_ASSERT_NOT_NULL(test, name);
	scoped_with_init_fs()
		err = kern_path("/tmp", 0, tmp);
	KUNIT_ASSERT_EQ(test, err, 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_path, tmp), 0);
	snprintf(name, 32, "/tmp/vfs%d", atomic_inc_return(&next));
	path->mnt = tmp->mnt;
	path->dentry = fixture_mkdir(test, tmp->dentry, name + strlen("/tmp/"));
	return name;
}

/**
 * table_config - a description of an export
 * @test: the running test
 * @name: its name
 * @dir: its path
 *
 * Return: to be changed as needed.
 */
struct ditto_export_config *table_config(struct kunit *test, const char *name, const char *dir)
{
	static const struct ditto_client_rule all = {
		.flags = DITTO_RULE_RW | DITTO_RULE_ROOT | DITTO_RULE_INSECURE,
	};
	struct ditto_export_config *cfg = kunit_kzalloc(test, sizeof(*cfg), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, cfg);
	strscpy(cfg->name, name, sizeof(cfg->name));
	cfg->path = (char *)dir;
	cfg->flags = DITTO_EXPORT_NFS;
	table_rules(test, cfg, &all, 1);
	return cfg;
}

/**
 * table_rules - set the rules of a description
 * @test: the running test
 * @cfg: the description
 * @rules: @nr rules, copied
 * @nr: how many
 */
void table_rules(struct kunit *test, struct ditto_export_config *cfg,
		 const struct ditto_client_rule *rules, unsigned int nr)
{
	unsigned int i;

	cfg->nr_rules = nr;
	cfg->rules = kunit_kcalloc(test, nr + 1, sizeof(*rules), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cfg->rules);
	for (i = 0; i < nr; i++) {
		cfg->rules[i] = rules[i];
		if (!rules[i].sec)
			cfg->rules[i].sec = DITTO_SEC_SYS;
		if (!rules[i].anon_uid)
			cfg->rules[i].anon_uid = 65534;
		if (!rules[i].anon_gid)
			cfg->rules[i].anon_gid = 65534;
	}
}

static bool remove_at_end;

static void remove_all(void *unused)
{
	const char *why;
	unsigned int bad;

	remove_at_end = false;
	ditto_export_apply(&init_net, NULL, 0, &bad, &why);
}

/* Once in a test, before anything holds an export: so it comes after all that is put. */
static void have_removed(struct kunit *test)
{
	if (remove_at_end)
		return;
	remove_at_end = true;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, remove_all, NULL), 0);
}

/**
 * table_add - add an export
 * @test: the running test; all exports are removed at its end
 * @cfg: description
 * @replace: may exist
 *
 * Return: as ditto_export_add(). An error in the description must have a reason.
 */
int table_add(struct kunit *test, const struct ditto_export_config *cfg, bool replace)
{
	const char *why = NULL;
	int err = -ENOENT;

	scoped_with_init_fs()
		err = ditto_export_add(&init_net, cfg, replace, &why);
	have_removed(test);
	if (err == -EINVAL || err == -EEXIST)
		KUNIT_EXPECT_NOT_NULL(test, why);
	return err;
}

/**
 * table_apply - set all exports
 * @test: the running test; all exports are removed at its end
 * @cfgs: descriptions
 * @nr: how many
 * @bad: set to the one at fault
 *
 * Return: as ditto_export_apply().
 */
int table_apply(struct kunit *test, const struct ditto_export_config *cfgs, unsigned int nr,
		unsigned int *bad)
{
	const char *why = NULL;
	int err = -ENOENT;

	scoped_with_init_fs()
		err = ditto_export_apply(&init_net, cfgs, nr, bad, &why);
	have_removed(test);
	return err;
}

static void put_export(void *exp)
{
	ditto_export_put(exp);
}

/**
 * table_find - find what must be there
 * @test: the running test
 * @name: name of an export
 *
 * Return: held until the end of the test.
 */
struct ditto_export *table_find(struct kunit *test, const char *name)
{
	struct ditto_export *exp = ditto_export_find(&init_net, name, strlen(name));

	KUNIT_ASSERT_NOT_NULL(test, exp);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_export, exp), 0);
	return exp;
}

/**
 * table_who - a caller
 * @test: the running test
 * @uid: user
 * @gid: group
 * @addr: IPv4 address, host order
 * @port: source port
 *
 * Return: with a peer of its own, to be changed as needed.
 */
struct ditto_who *table_who(struct kunit *test, u32 uid, u32 gid, u32 addr, u16 port)
{
	struct ditto_who *who = kunit_kzalloc(test, sizeof(*who), GFP_KERNEL);
	struct ditto_peer *peer = kunit_kzalloc(test, sizeof(*peer), GFP_KERNEL);
	struct sockaddr_in *sin;

	KUNIT_ASSERT_NOT_NULL(test, who);
	KUNIT_ASSERT_NOT_NULL(test, peer);
	sin = (struct sockaddr_in *)&peer->addr;
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = htonl(addr);
	sin->sin_port = htons(port);
	who->net = &init_net;
	who->peer = peer;
	who->sec = DITTO_SEC_SYS;
	who->uid = uid;
	who->gid = gid;
	return who;
}
