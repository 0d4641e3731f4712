// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cached kernel credentials.
 *
 * Locking: cred_lock guards the hash and the list; finding goes under RCU. An
 * entry found under RCU may have left the cache, then its reference count is 0.
 */
#include <kunit/visibility.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include "compat/compat.h"
#include "base/settings.h"
#include "vfs/access.h"
#include "vfs/cred.h"
#include "vfs/stats.h"

#define CRED_HASH_BITS		10
/* Credentials nobody has asked for so long are given back. */
#define CRED_IDLE		(600 * HZ)
#define CRED_SWEEP		(60 * HZ)
/* How far a sweep for room looks before it takes what it finds. */
#define CRED_LOOK		16

static struct hlist_head cred_hash[1 << CRED_HASH_BITS];
/* Those that somebody may run with, in the cache or not. */
static struct hlist_head cred_live[1 << CRED_HASH_BITS];
static LIST_HEAD(cred_lru);
static unsigned int cred_count;
static DEFINE_SPINLOCK(cred_lock);
static u32 cred_seed __read_mostly;
static struct kmem_cache *cred_cache;
static u32 cred_max = 4096;

static const struct ditto_setting cred_settings[] = {
	DITTO_SETTING_VAR("credentials", cred_max, 16, 1 << 20, 4096,
			  "cached credentials of callers, at most"),
};

static struct ditto_setting_group cred_setting_group = {
	.settings	= cred_settings,
	.nr		= ARRAY_SIZE(cred_settings),
};

static void cred_sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(cred_work, cred_sweep);

/* Group 0 is as good as root where files are group root's, so it is squashed with it. */
static u32 squash_gid(u32 gid, const struct ditto_grant *grant)
{
	return gid || grant->flags & DITTO_RULE_ROOT ? gid : grant->anon_gid;
}

/* Who @who is to the file system, by the rules of the export. */
static void cred_squash(struct ditto_cred_key *key, const struct ditto_who *who,
			const struct ditto_grant *grant)
{
	unsigned int i;

	memset(key, 0, sizeof(*key));
	key->ns = who->net->user_ns;
	if (grant->flags & DITTO_RULE_ALLSQUASH || who->sec == DITTO_SEC_NONE) {
		key->uid = grant->anon_uid;
		key->gid = grant->anon_gid;
		return;
	}
	key->uid = who->uid || grant->flags & DITTO_RULE_ROOT ? who->uid : grant->anon_uid;
	key->gid = squash_gid(who->gid, grant);
	/* No id to the kernel, which says so by it. */
	if (key->uid == (u32)-1)
		key->uid = grant->anon_uid;
	if (key->gid == (u32)-1)
		key->gid = grant->anon_gid;
	key->nr_groups = min_t(u32, who->nr_groups, DITTO_WHO_GROUPS);
	for (i = 0; i < key->nr_groups; i++)
		key->groups[i] = squash_gid(who->groups[i], grant);
}

static u32 cred_hash_of(const struct ditto_cred_key *key)
{
	u32 hash = jhash2(key->groups, key->nr_groups, cred_seed);

	return jhash_3words(hash, key->uid, key->gid, (u32)(uintptr_t)key->ns);
}

static bool cred_same(const struct ditto_cred_key *a, const struct ditto_cred_key *b)
{
	return a->ns == b->ns && a->uid == b->uid && a->gid == b->gid &&
	       a->nr_groups == b->nr_groups &&
	       !memcmp(a->groups, b->groups, a->nr_groups * sizeof(a->groups[0]));
}

static struct ditto_cred *cred_find(const struct ditto_cred_key *key, u32 hash)
{
	struct ditto_cred *dc;

	hlist_for_each_entry_rcu(dc, &cred_hash[hash_32(hash, CRED_HASH_BITS)], by_key,
				 lockdep_is_held(&cred_lock)) {
		if (dc->hash == hash && cred_same(&dc->key, key) && refcount_inc_not_zero(&dc->ref))
			return dc;
	}
	return NULL;
}

static struct group_info *cred_groups(const struct ditto_cred_key *key)
{
	struct group_info *gi = groups_alloc(key->nr_groups);
	unsigned int i, n = 0;

	if (!gi)
		return NULL;
	for (i = 0; i < key->nr_groups; i++) {
		kgid_t gid = make_kgid(key->ns, key->groups[i]);

		if (gid_valid(gid))
			gi->gid[n++] = gid;
	}
	gi->ngroups = n;
	groups_sort(gi);
	return gi;
}

/*
 * Root that is not squashed gets the privileges over files and nothing else;
 * everybody else gets none at all. Both are of the user namespace of the
 * server, so that a container's root has no power outside it.
 */
static void cred_set_caps(struct cred *cred, const struct ditto_cred_key *key)
{
	cap_clear(cred->cap_effective);
	cap_clear(cred->cap_inheritable);
	cap_clear(cred->cap_ambient);
	if (!key->uid)
		cred->cap_effective = cap_raise_nfsd_set(cred->cap_effective,
							 cred->cap_permitted);
	cred->cap_permitted = cred->cap_effective;
	if (cred->user_ns != key->ns) {
		put_user_ns(cred->user_ns);
		cred->user_ns = get_user_ns(key->ns);
	}
}

static struct cred *cred_kernel(const struct ditto_cred_key *key)
{
	kuid_t uid = make_kuid(key->ns, key->uid);
	kgid_t gid = make_kgid(key->ns, key->gid);
	struct group_info *gi;
	struct cred *cred;

	if (!uid_valid(uid) || !gid_valid(gid))
		return ERR_PTR(-EACCES);
	cred = prepare_kernel_cred(&init_task);
	if (!cred)
		return ERR_PTR(-ENOMEM);
	gi = cred_groups(key);
	if (!gi) {
		put_cred(cred);
		return ERR_PTR(-ENOMEM);
	}
	set_groups(cred, gi);
	put_group_info(gi);
	cred->fsuid = uid;
	cred->fsgid = gid;
	cred_set_caps(cred, key);
	return cred;
}

static void cred_free(struct rcu_head *rcu)
{
	struct ditto_cred *dc = container_of(rcu, struct ditto_cred, rcu);

	kmem_cache_free(cred_cache, dc);
}

/**
 * ditto_cred_put - give credentials back
 * @dc: from ditto_cred_get()
 *
 * Any context that may free kernel credentials.
 */
void ditto_cred_put(struct ditto_cred *dc)
{
	if (!refcount_dec_and_test(&dc->ref))
		return;
	spin_lock(&cred_lock);
	hlist_del_rcu(&dc->by_cred);
	spin_unlock(&cred_lock);
	put_cred(dc->cred);
	put_user_ns(dc->key.ns);
	call_rcu(&dc->rcu, cred_free);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cred_put);

static struct hlist_head *cred_live_bucket(const struct cred *cred)
{
	return &cred_live[hash_ptr(cred, CRED_HASH_BITS)];
}

static struct ditto_cred *cred_make(const struct ditto_cred_key *key, u32 hash)
{
	struct ditto_cred *dc = kmem_cache_alloc(cred_cache, GFP_KERNEL);
	struct cred *cred;

	if (!dc)
		return ERR_PTR(-ENOMEM);
	cred = cred_kernel(key);
	if (IS_ERR(cred)) {
		kmem_cache_free(cred_cache, dc);
		return ERR_CAST(cred);
	}
	dc->cred = cred;
	dc->key = *key;
	get_user_ns(key->ns);
	dc->hash = hash;
	dc->used = jiffies;
	refcount_set(&dc->ref, 1);
	spin_lock(&cred_lock);
	hlist_add_head_rcu(&dc->by_cred, cred_live_bucket(cred));
	spin_unlock(&cred_lock);
	return dc;
}

/* Takes an entry out of the cache; the caller puts it onto @gone and its reference later. */
static void cred_unlink(struct ditto_cred *dc, struct list_head *gone)
{
	lockdep_assert_held(&cred_lock);
	hlist_del_rcu(&dc->by_key);
	list_move(&dc->lru, gone);
	cred_count--;
}

/* One entry less: the first of a few that has not been used since the last look. */
static void cred_make_room(struct list_head *gone)
{
	struct ditto_cred *dc;
	int i;

	for (i = 0; cred_count; i++) {
		dc = list_first_entry(&cred_lru, struct ditto_cred, lru);
		if (i == CRED_LOOK || time_after(jiffies, READ_ONCE(dc->used) + HZ)) {
			cred_unlink(dc, gone);
			return;
		}
		list_move_tail(&dc->lru, &cred_lru);
	}
}

static void cred_put_all(struct list_head *gone)
{
	struct ditto_cred *dc, *next;

	list_for_each_entry_safe(dc, next, gone, lru)
		ditto_cred_put(dc);
}

/* Puts @dc into the cache unless another was quicker; the one to use, referenced. */
static struct ditto_cred *cred_insert(struct ditto_cred *dc)
{
	struct ditto_cred *other;
	LIST_HEAD(gone);

	spin_lock(&cred_lock);
	other = cred_find(&dc->key, dc->hash);
	if (!other) {
		if (cred_count >= READ_ONCE(cred_max))
			cred_make_room(&gone);
		refcount_inc(&dc->ref);
		hlist_add_head_rcu(&dc->by_key,
				   &cred_hash[hash_32(dc->hash, CRED_HASH_BITS)]);
		list_add_tail(&dc->lru, &cred_lru);
		cred_count++;
	}
	spin_unlock(&cred_lock);
	cred_put_all(&gone);
	if (!other)
		return dc;
	ditto_cred_put(dc);
	return other;
}

/**
 * ditto_cred_get - the credentials a caller acts with
 * @who: the caller
 * @grant: what the export gives it; decides the squashing
 *
 * Process context, may sleep when the caller is new.
 *
 * Return: referenced, for ditto_cred_put(); -ENOMEM; -EACCES if the id has no
 * place in the user namespace.
 */
struct ditto_cred *ditto_cred_get(const struct ditto_who *who, const struct ditto_grant *grant)
{
	struct ditto_cred_key key;
	struct ditto_cred *dc;
	u32 hash;

	cred_squash(&key, who, grant);
	hash = cred_hash_of(&key);
	rcu_read_lock();
	dc = cred_find(&key, hash);
	rcu_read_unlock();
	if (dc) {
		if (READ_ONCE(dc->used) != jiffies)
			WRITE_ONCE(dc->used, jiffies);
		ditto_vfs_count(who->net, DITTO_VFS_CRED_HITS);
		return dc;
	}
	ditto_vfs_count(who->net, DITTO_VFS_CRED_MISSES);
	dc = cred_make(&key, hash);
	return IS_ERR(dc) ? dc : cred_insert(dc);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_cred_get);

/**
 * ditto_access_active - is this task in the middle of a client's operation?
 *
 * Any context; of meaning in a task's own.
 *
 * Return: true between ditto_access_begin() and ditto_access_end().
 */
bool ditto_access_active(void)
{
	const struct cred *cred = current_cred();
	const struct ditto_cred *dc;
	bool found = false;

	rcu_read_lock();
	hlist_for_each_entry_rcu(dc, cred_live_bucket(cred), by_cred) {
		if (dc->cred == cred) {
			found = true;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/* Drops the entries for which @ns fits (NULL: all) and that nobody has used for @idle. */
static void cred_drop(const struct user_namespace *ns, unsigned long idle)
{
	struct ditto_cred *dc, *next;
	LIST_HEAD(gone);

	spin_lock(&cred_lock);
	list_for_each_entry_safe(dc, next, &cred_lru, lru) {
		if (ns && dc->key.ns != ns)
			continue;
		if (!idle || time_after(jiffies, READ_ONCE(dc->used) + idle))
			cred_unlink(dc, &gone);
	}
	spin_unlock(&cred_lock);
	cred_put_all(&gone);
}

/**
 * ditto_cred_forget_ns - drop the cached credentials of a user namespace
 * @ns: the namespace; the last server in it has gone
 */
void ditto_cred_forget_ns(struct user_namespace *ns)
{
	cred_drop(ns, 0);
}

static void cred_sweep(struct work_struct *work)
{
	cred_drop(NULL, CRED_IDLE);
	queue_delayed_work(system_percpu_wq, &cred_work, CRED_SWEEP);
}

/**
 * ditto_cred_init - start the cache of credentials, and the counters of vfs/
 *
 * Return: 0, -ENOMEM, -ENOSPC (counters).
 */
int ditto_cred_init(void)
{
	int err;

	cred_seed = get_random_u32();
	cred_cache = KMEM_CACHE(ditto_cred, 0);
	if (!cred_cache)
		return -ENOMEM;
	err = ditto_stat_group_register(&ditto_vfs_stats);
	if (err)
		goto out_cache;
	err = ditto_settings_register(&cred_setting_group);
	if (err)
		goto out_stats;
	queue_delayed_work(system_percpu_wq, &cred_work, CRED_SWEEP);
	return 0;

out_stats:
	ditto_stat_group_unregister(&ditto_vfs_stats);
out_cache:
	kmem_cache_destroy(cred_cache);
	return err;
}

/**
 * ditto_cred_exit - drop all credentials; nobody uses any now
 */
void ditto_cred_exit(void)
{
	cancel_delayed_work_sync(&cred_work);
	cred_drop(NULL, 0);
	rcu_barrier();
	ditto_settings_unregister(&cred_setting_group);
	ditto_stat_group_unregister(&ditto_vfs_stats);
	kmem_cache_destroy(cred_cache);
}
