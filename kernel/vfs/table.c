// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exports of a network namespace.
 *
 * Readers find an export by name or by its number in wire handles under RCU, in
 * a table that never changes. An administrator's change makes a new table as
 * a whole and puts it in the place of the old one: all of it or nothing.
 *
 * Locking: the mutex of the namespace serialises changes. It is not held while
 * removed exports are drained, for the requests waited for may need it.
 */
#include <kunit/visibility.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/netns/generic.h>
#include "compat/compat.h"
#include "vfs/cred.h"
#include "vfs/export-internal.h"

/**
 * struct export_table - exports in force, immutable
 * @rcu: frees it
 * @nr: how many
 * @mask: number of slots in @by_name and @by_key less one
 * @all: the exports, in the administrator's order
 * @by_name: open addressing by hash of the name; NULL ends a chain
 * @by_key: the same by key
 */
struct export_table {
	struct rcu_head		rcu;
	unsigned int		nr;
	u32			mask;
	struct ditto_export	**all;
	struct ditto_export	**by_name;
	struct ditto_export	**by_key;
};

/**
 * struct export_net - exports of a network namespace
 * @lock: serialises changes
 * @table: what is in force; NULL: nothing
 * @mac_key: server key of handle MACs
 * @has_mac_key: the administrator has given one
 */
struct export_net {
	struct mutex			lock;
	struct export_table __rcu	*table;
	siphash_key_t			mac_key;
	bool				has_mac_key;
};

/**
 * struct export_plan - an export in a table to be
 * @exp: the export
 * @conf: to be put into force; NULL: none, or @exp is new
 * @fresh: @exp was made for this table
 */
struct export_plan {
	struct ditto_export	*exp;
	struct export_conf	*conf;
	bool			fresh;
};

/* A change being prepared: up to @max exports. */
struct export_change {
	struct net		*net;
	struct export_net	*en;
	struct export_table	*old;
	unsigned int		nr;
	struct export_plan	*plans;
};

static unsigned int export_net_id;

static const char *export_name(const struct ditto_export *exp)
{
	return export_conf(exp)->cfg.name;
}

static struct export_table *table_alloc(unsigned int nr)
{
	u32 slots = roundup_pow_of_two(2 * nr + 1);
	struct export_table *table;

	table = kvzalloc(sizeof(*table) + (nr + 2 * slots) * sizeof(table->all[0]),
			 GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	table->mask = slots - 1;
	table->all = (struct ditto_export **)(table + 1);
	table->by_name = table->all + nr;
	table->by_key = table->by_name + slots;
	return table;
}

static u32 name_hash(const char *name, size_t len)
{
	return jhash(name, len, 0);
}

static struct ditto_export *table_by_name(const struct export_table *table, const char *name,
					  size_t len)
{
	struct ditto_export *exp;
	u32 i;

	if (!table)
		return NULL;
	for (i = name_hash(name, len); (exp = table->by_name[i & table->mask]); i++) {
		const char *its = export_name(exp);

		if (strlen(its) == len && !memcmp(its, name, len))
			return exp;
	}
	return NULL;
}

static struct ditto_export *table_by_key(const struct export_table *table, u32 key)
{
	struct ditto_export *exp;
	u32 i;

	if (!table)
		return NULL;
	for (i = key; (exp = table->by_key[i & table->mask]); i++) {
		if (exp->key == key)
			return exp;
	}
	return NULL;
}

static void table_add(struct export_table *table, struct ditto_export *exp)
{
	const char *name = export_name(exp);
	u32 i;

	table->all[table->nr++] = exp;
	for (i = name_hash(name, strlen(name)); table->by_name[i & table->mask]; i++)
		;
	table->by_name[i & table->mask] = exp;
	for (i = exp->key; table->by_key[i & table->mask]; i++)
		;
	table->by_key[i & table->mask] = exp;
}

static struct export_table *table_locked(const struct export_net *en)
{
	return rcu_dereference_protected(en->table, lockdep_is_held(&en->lock));
}

/* ---- changes ------------------------------------------------------------- */

static int change_begin(struct export_change *ch, struct net *net, unsigned int more)
{
	unsigned int max;

	ch->net = net;
	ch->en = net_generic(net, export_net_id);
	ch->nr = 0;
	mutex_lock(&ch->en->lock);
	ch->old = table_locked(ch->en);
	max = more + (ch->old ? ch->old->nr : 0);
	ch->plans = kvzalloc_objs(*ch->plans, max + 1, GFP_KERNEL);
	if (ch->plans)
		return 0;
	mutex_unlock(&ch->en->lock);
	return -ENOMEM;
}

static void change_keep(struct export_change *ch, struct ditto_export *exp)
{
	ch->plans[ch->nr++].exp = exp;
}

/* Plans an export of this description: the old one under a new configuration, or a new one. */
static int change_plan(struct export_change *ch, const struct ditto_export_config *cfg,
		       const char **why)
{
	const siphash_key_t *key = ch->en->has_mac_key ? &ch->en->mac_key : NULL;
	struct export_plan *plan = &ch->plans[ch->nr];
	struct ditto_export *exp;
	struct path root;
	int err;

	err = export_check_config(cfg, why);
	if (!err)
		err = export_resolve(cfg, &root, why);
	if (err)
		return err;
	exp = table_by_name(ch->old, cfg->name, strlen(cfg->name));
	if (!exp || !export_keeps(exp, cfg, &root)) {
		exp = export_create(ch->net, cfg, &root, key, why);
		plan->fresh = true;
	} else if (!export_conf_same(export_conf(exp), cfg)) {
		plan->conf = export_conf_make(cfg);
		if (!plan->conf)
			exp = ERR_PTR(-ENOMEM);
	}
	path_put(&root);
	if (IS_ERR(exp)) {
		plan->fresh = false;
		return PTR_ERR(exp);
	}
	plan->exp = exp;
	ch->nr++;
	return 0;
}

static void change_abort(struct export_change *ch)
{
	unsigned int i;

	for (i = 0; i < ch->nr; i++) {
		export_conf_free(ch->plans[i].conf);
		if (ch->plans[i].fresh)
			ditto_export_put(ch->plans[i].exp);
	}
	mutex_unlock(&ch->en->lock);
	kvfree(ch->plans);
}

/* The new table; an error and the plan at fault in *@bad if two exports get into each other's way. */
static struct export_table *change_build(struct export_change *ch, unsigned int *bad,
					 const char **why)
{
	struct export_table *table = table_alloc(ch->nr);
	const char *name;
	unsigned int i;

	if (!table)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < ch->nr; i++) {
		struct ditto_export *exp = ch->plans[i].exp;

		*bad = i;
		name = export_name(exp);
		if (table_by_name(table, name, strlen(name))) {
			*why = "two exports have this name";
			kvfree(table);
			return ERR_PTR(-EEXIST);
		}
		if (table_by_key(table, exp->key)) {
			*why = "another export has the same fsid=, or by chance the same number in file handles; give this one an fsid= of its own";
			kvfree(table);
			return ERR_PTR(-EEXIST);
		}
		table_add(table, exp);
	}
	return table;
}

static bool table_has(const struct export_table *table, const struct ditto_export *exp)
{
	return table_by_key(table, exp->key) == exp;
}

/*
 * Lets the exports go that are in @old and not in @new. By then nobody can
 * change @old: it is this change's own.
 */
static int change_retire(struct export_table *old, const unsigned long *leaving, bool wait)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < old->nr; i++) {
		int err;

		if (!test_bit(i, leaving))
			continue;
		err = export_retire(old->all[i], wait);
		if (!ret)
			ret = err;
	}
	return ret;
}

/*
 * Puts the new table into force and drains what left; *@busy says if all of it
 * was drained. Ends the change, whatever happens.
 */
static int change_commit(struct export_change *ch, unsigned int *bad, const char **why, int *busy)
{
	struct export_table *table = change_build(ch, bad, why);
	unsigned int i, nr_old = ch->old ? ch->old->nr : 0;
	struct export_table *old = ch->old;
	unsigned long *leaving = NULL;

	*busy = 0;
	if (!IS_ERR(table))
		leaving = bitmap_zalloc(nr_old + 1, GFP_KERNEL);
	if (!leaving) {
		change_abort(ch);
		if (IS_ERR(table))
			return PTR_ERR(table);
		kvfree(table);
		return -ENOMEM;
	}
	for (i = 0; i < nr_old; i++)
		__assign_bit(i, leaving, !table_has(table, old->all[i]));
	for (i = 0; i < ch->nr; i++) {
		if (ch->plans[i].conf)
			export_conf_set(ch->plans[i].exp, ch->plans[i].conf);
	}
	rcu_assign_pointer(ch->en->table, table);
	mutex_unlock(&ch->en->lock);
	kvfree(ch->plans);
	if (old) {
		synchronize_rcu();
		*busy = change_retire(old, leaving, true);
		kvfree(old);
	}
	bitmap_free(leaving);
	return 0;
}

/**
 * ditto_export_add - add an export, or change one
 * @net: network namespace
 * @cfg: its description
 * @replace: an export of this name may exist; its clients go on if path, fsid
 *	and MAC stay as they are
 * @why: set to a sentence that names the fix, or NULL
 *
 * In the administrator's call.
 *
 * Return: 0; -EEXIST; -EINVAL, -ENOTDIR, -E2BIG, or what the path lookup said;
 * -ENOMEM.
 */
int ditto_export_add(struct net *net, const struct ditto_export_config *cfg, bool replace,
		     const char **why)
{
	struct export_change ch;
	struct ditto_export *old;
	unsigned int i, bad;
	int err, busy;

	*why = NULL;
	err = change_begin(&ch, net, 1);
	if (err)
		return err;
	old = table_by_name(ch.old, cfg->name, strnlen(cfg->name, sizeof(cfg->name)));
	if (old && !replace) {
		*why = "an export of this name exists; remove it first, or replace it";
		change_abort(&ch);
		return -EEXIST;
	}
	for (i = 0; ch.old && i < ch.old->nr; i++) {
		if (ch.old->all[i] != old)
			change_keep(&ch, ch.old->all[i]);
	}
	err = change_plan(&ch, cfg, why);
	if (err) {
		change_abort(&ch);
		return err;
	}
	return change_commit(&ch, &bad, why, &busy);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_add);

/**
 * ditto_export_remove - stop exporting
 * @net: network namespace
 * @name: of the export
 *
 * New requests find it gone at once. Waits until the requests that use it are
 * through, killable and for half a minute at most.
 *
 * Return: 0: its file system is not held any more; -ENOENT; -ENOMEM; -EBUSY,
 * -EINTR: it is removed, but a request still uses it.
 */
int ditto_export_remove(struct net *net, const char *name)
{
	struct export_change ch;
	struct ditto_export *exp;
	unsigned int i, bad;
	const char *why;
	int err, busy;

	err = change_begin(&ch, net, 0);
	if (err)
		return err;
	exp = table_by_name(ch.old, name, strlen(name));
	if (!exp) {
		change_abort(&ch);
		return -ENOENT;
	}
	for (i = 0; i < ch.old->nr; i++) {
		if (ch.old->all[i] != exp)
			change_keep(&ch, ch.old->all[i]);
	}
	err = change_commit(&ch, &bad, &why, &busy);
	return err ?: busy;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_remove);

/**
 * ditto_export_apply - export exactly this
 * @net: network namespace
 * @cfgs: all exports there shall be
 * @nr: how many
 * @bad: set to the index of the one at fault, on error
 * @why: set to a sentence that names the fix, or NULL
 *
 * Exports that stay as they are, or change in their options only, keep what
 * their clients have.
 *
 * Return: as ditto_export_add(); on error nothing has changed.
 */
int ditto_export_apply(struct net *net, const struct ditto_export_config *cfgs, unsigned int nr,
		       unsigned int *bad, const char **why)
{
	struct export_change ch;
	int err, busy;

	*why = NULL;
	*bad = 0;
	err = change_begin(&ch, net, nr);
	if (err)
		return err;
	for (*bad = 0; *bad < nr; ++*bad) {
		err = change_plan(&ch, &cfgs[*bad], why);
		if (err) {
			change_abort(&ch);
			return err;
		}
	}
	return change_commit(&ch, bad, why, &busy);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_apply);

/**
 * ditto_export_for_each - all exports of a network namespace
 * @net: the namespace
 * @fn: called for each; a non-zero return ends the walk. May sleep; must not
 *	change exports
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int ditto_export_for_each(struct net *net,
			  int (*fn)(void *arg, const struct ditto_export_config *cfg,
				    const struct ditto_export *exp), void *arg)
{
	struct export_net *en = net_generic(net, export_net_id);
	const struct export_table *table;
	unsigned int i;
	int ret = 0;

	mutex_lock(&en->lock);
	table = table_locked(en);
	for (i = 0; !ret && table && i < table->nr; i++)
		ret = fn(arg, &export_conf(table->all[i])->cfg, table->all[i]);
	mutex_unlock(&en->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_export_for_each);

/**
 * ditto_export_set_key - set the server's key of file handle MACs
 * @net: network namespace
 * @key: 16 secret bytes, the same after a reboot; NULL: none any more
 *
 * Acts on exports added from now on. Without a key, one is made from the file
 * system's identity: handles survive a reboot then too, but somebody who knows
 * the UUID of the file system can forge them.
 *
 * Return: 0.
 */
int ditto_export_set_key(struct net *net, const u8 key[16])
{
	struct export_net *en = net_generic(net, export_net_id);

	mutex_lock(&en->lock);
	en->has_mac_key = key;
	if (key) {
		en->mac_key.key[0] = get_unaligned_le64(key);
		en->mac_key.key[1] = get_unaligned_le64(key + 8);
	}
	mutex_unlock(&en->lock);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_export_set_key);

/* ---- finding ------------------------------------------------------------- */

/**
 * ditto_export_find - an export by name
 * @net: network namespace
 * @name: @len bytes; slashes at either end do not count
 * @len: length
 *
 * Return: referenced, or NULL.
 */
struct ditto_export *ditto_export_find(struct net *net, const char *name, size_t len)
{
	struct export_net *en = net_generic(net, export_net_id);
	struct ditto_export *exp;

	while (len && name[0] == '/') {
		name++;
		len--;
	}
	while (len && name[len - 1] == '/')
		len--;
	rcu_read_lock();
	exp = table_by_name(rcu_dereference(en->table), name, len);
	if (exp && !refcount_inc_not_zero(&exp->users))
		exp = NULL;
	rcu_read_unlock();
	return exp;
}
EXPORT_SYMBOL_GPL(ditto_export_find);

/**
 * export_find_key - an export by its number in wire handles
 * @net: network namespace
 * @key: the number
 *
 * Return: referenced, or NULL.
 */
struct ditto_export *export_find_key(struct net *net, u32 key)
{
	struct export_net *en = net_generic(net, export_net_id);
	struct ditto_export *exp;

	rcu_read_lock();
	exp = table_by_key(rcu_dereference(en->table), key);
	if (exp && !refcount_inc_not_zero(&exp->users))
		exp = NULL;
	rcu_read_unlock();
	return exp;
}

/* ---- namespaces ---------------------------------------------------------- */

static int __net_init export_net_start(struct net *net)
{
	struct export_net *en = net_generic(net, export_net_id);

	mutex_init(&en->lock);
	return 0;
}

/* The namespace's listeners and connections are closed by now: nobody holds an export for long. */
static void __net_exit export_net_stop(struct net *net)
{
	struct export_net *en = net_generic(net, export_net_id);
	struct export_table *table;
	unsigned int i;

	mutex_lock(&en->lock);
	table = table_locked(en);
	RCU_INIT_POINTER(en->table, NULL);
	mutex_unlock(&en->lock);
	if (table) {
		synchronize_rcu();
		for (i = 0; i < table->nr; i++)
			export_retire(table->all[i], false);
		kvfree(table);
	}
	memzero_explicit(&en->mac_key, sizeof(en->mac_key));
	ditto_cred_forget_ns(net->user_ns);
}

static struct pernet_operations export_net_ops = {
	.init	= export_net_start,
	.exit	= export_net_stop,
	.id	= &export_net_id,
	.size	= sizeof(struct export_net),
};

/**
 * ditto_export_init - be able to export
 *
 * Objects must be there before and stay until ditto_export_exit() has returned.
 *
 * Return: 0, -ENOMEM.
 */
int ditto_export_init(void)
{
	int err = ditto_watch_init();

	if (err)
		return err;
	err = register_pernet_subsys(&export_net_ops);
	if (err)
		ditto_watch_exit();
	return err;
}

/**
 * ditto_export_exit - remove all exports of all namespaces
 */
void ditto_export_exit(void)
{
	unregister_pernet_subsys(&export_net_ops);
	rcu_barrier();
	ditto_watch_exit();
}
