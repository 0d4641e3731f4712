// SPDX-License-Identifier: GPL-2.0-only
/*
 * The replay cache; replay.h says what it is for.
 *
 * One table per network namespace, made at the first call that needs it. Each
 * bucket has its lock and keeps its entries in the order of their completion,
 * oldest first; those in work are passed over. The table as a whole is bounded:
 * at the bound a new call takes over the oldest entry of its own bucket, or, if
 * that has none, of the next bucket that has one. So once the table is full,
 * nothing is allocated any more and nothing is shared between buckets.
 *
 * An entry in work belongs to its call alone: nobody else frees or changes it.
 * The table lives until the last of them is given back, even if the namespace
 * goes before (percpu_ref).
 */
#include <linux/jhash.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/netns/generic.h>
#include "rpc/internal.h"
#include "rpc/replay.h"
#include "compat/compat.h"

#define REPLAY_BITS	10
#define REPLAY_BUCKETS	(1u << REPLAY_BITS)
enum { REPLAY_IN_WORK, REPLAY_KEPT, REPLAY_NOT_KEPT };

/**
 * struct rpc_replay - a call that was or is being executed
 * @link: in its bucket
 * @cache: table it belongs to; an entry in work holds it
 * @bucket: which bucket
 * @state: in work, or executed with or without a reply in @body
 * @len: bytes in @body
 * @done: jiffies when it was executed
 * @key: what a retransmission has in common with it
 * @body: accept_stat and results
 */
struct rpc_replay {
	struct list_head	link;
	struct rpc_replay_cache	*cache;
	u16			bucket;
	u16			state;
	u32			len;
	unsigned long		done;
	struct rpc_replay_key	key;
	u8			body[RPC_REPLAY_BODY];
};

/**
 * struct replay_bucket - a part of the table
 * @lock: protects @entries and their state
 * @entries: oldest first
 */
struct replay_bucket {
	spinlock_t		lock;
	struct list_head	entries;
};

/**
 * struct rpc_replay_cache - the table of a network namespace
 * @users: one for each entry in work
 * @link: in replay_caches
 * @nr: entries
 * @seed: of the hash, so that nobody can aim at one bucket
 * @age: how long a reply is remembered, jiffies
 * @sweep: throws out what is too old
 * @free: after the last user
 * @buckets: by hash of the key
 */
struct rpc_replay_cache {
	struct percpu_ref	users;
	struct list_head	link;
	atomic_t		nr;
	u32			seed;
	unsigned long		age;
	struct delayed_work	sweep;
	struct work_struct	free;
	struct replay_bucket	buckets[REPLAY_BUCKETS];
};

static struct kmem_cache *replay_slab;
static struct workqueue_struct *replay_wq;
static unsigned int replay_max = RPC_REPLAY_DEFAULT;

/* Protects the list of all tables. */
static DEFINE_MUTEX(replay_mutex);
static LIST_HEAD(replay_caches);

/* A constructor keeps the allocator from clearing what is about to be written. */
static void replay_ctor(void *entry)
{
	INIT_LIST_HEAD(&((struct rpc_replay *)entry)->link);
}

static void replay_sweep_later(struct rpc_replay_cache *cache)
{
	queue_delayed_work(replay_wq, &cache->sweep, cache->age / 4);
}

static void replay_free_entry(struct rpc_replay_cache *cache, struct rpc_replay *entry)
{
	kmem_cache_free(replay_slab, entry);
	atomic_dec(&cache->nr);
}

/* A fresh entry as long as the table is below its bound. */
static struct rpc_replay *replay_alloc(struct rpc_replay_cache *cache)
{
	struct rpc_replay *entry;

	if (atomic_read(&cache->nr) >= READ_ONCE(replay_max))
		return NULL;
	if (atomic_inc_return(&cache->nr) > READ_ONCE(replay_max))
		goto full;
	entry = kmem_cache_alloc(replay_slab, GFP_NOFS);
	if (!entry)
		goto full;
	entry->cache = cache;
	if (!delayed_work_pending(&cache->sweep))
		replay_sweep_later(cache);
	return entry;
full:
	atomic_dec(&cache->nr);
	return NULL;
}

/* Takes the oldest executed entry out of a bucket, whose lock is held. */
static struct rpc_replay *replay_oldest(struct replay_bucket *bucket)
{
	struct rpc_replay *entry;

	lockdep_assert_held(&bucket->lock);
	list_for_each_entry(entry, &bucket->entries, link) {
		if (entry->state == REPLAY_IN_WORK)
			continue;
		list_del(&entry->link);
		return entry;
	}
	return NULL;
}

/* The same from any bucket behind @start. */
static struct rpc_replay *replay_steal(struct rpc_replay_cache *cache, unsigned int start)
{
	struct rpc_replay *entry = NULL;
	unsigned int i;

	for (i = 1; !entry && i < REPLAY_BUCKETS; i++) {
		struct replay_bucket *bucket =
			&cache->buckets[(start + i) & (REPLAY_BUCKETS - 1)];

		if (list_empty(&bucket->entries))
			continue;
		spin_lock(&bucket->lock);
		entry = replay_oldest(bucket);
		spin_unlock(&bucket->lock);
	}
	return entry;
}

static bool replay_expired(const struct rpc_replay *entry)
{
	return entry->state != REPLAY_IN_WORK &&
	       time_after(jiffies, entry->done + entry->cache->age);
}

static struct rpc_replay *replay_find(struct replay_bucket *bucket,
				      const struct rpc_replay_key *key)
{
	struct rpc_replay *entry;

	lockdep_assert_held(&bucket->lock);
	list_for_each_entry(entry, &bucket->entries, link)
		if (entry->key.xid == key->xid && !memcmp(&entry->key, key, sizeof(*key)) &&
		    !replay_expired(entry))
			return entry;
	return NULL;
}

static enum rpc_replay_verdict replay_verdict(const struct rpc_replay *entry, void *body,
					      u32 *len)
{
	switch (entry->state) {
	case REPLAY_IN_WORK:
		return RPC_REPLAY_BUSY;
	case REPLAY_KEPT:
		memcpy(body, entry->body, entry->len);
		*len = entry->len;
		return RPC_REPLAY_DONE;
	default:
		return RPC_REPLAY_LOST;
	}
}

/**
 * rpc_replay_begin - has this call been here before?
 * @cache: the table
 * @key: the call
 * @entry: set for RPC_REPLAY_NEW: to be ended by rpc_replay_done() or _forget()
 * @body: room for RPC_REPLAY_BODY bytes, filled in for RPC_REPLAY_DONE
 * @len: set with @body
 *
 * May sleep for memory. Return: what to do with the call.
 */
enum rpc_replay_verdict rpc_replay_begin(struct rpc_replay_cache *cache,
					 const struct rpc_replay_key *key,
					 struct rpc_replay **entry, void *body, u32 *len)
{
	unsigned int nr = jhash2((const u32 *)key, sizeof(*key) / 4, cache->seed) >>
			  (32 - REPLAY_BITS);
	struct replay_bucket *bucket = &cache->buckets[nr];
	struct rpc_replay *found, *fresh;
	enum rpc_replay_verdict verdict;
	bool stolen = false;

	fresh = replay_alloc(cache);
again:
	spin_lock(&bucket->lock);
	found = replay_find(bucket, key);
	if (found) {
		verdict = replay_verdict(found, body, len);
		spin_unlock(&bucket->lock);
		if (fresh)
			replay_free_entry(cache, fresh);
		return verdict;
	}
	if (!fresh)
		fresh = replay_oldest(bucket);
	if (!fresh && !stolen) {
		/* the same call may come in meanwhile: look again afterwards */
		spin_unlock(&bucket->lock);
		stolen = true;
		fresh = replay_steal(cache, nr);
		goto again;
	}
	if (fresh) {
		fresh->bucket = nr;
		fresh->state = REPLAY_IN_WORK;
		fresh->key = *key;
		list_add_tail(&fresh->link, &bucket->entries);
		percpu_ref_get(&cache->users);
	}
	spin_unlock(&bucket->lock);
	*entry = fresh;
	return fresh ? RPC_REPLAY_NEW : RPC_REPLAY_UNCACHED;
}
EXPORT_SYMBOL_GPL(rpc_replay_begin);

/**
 * rpc_replay_done - a call has been executed; remember its reply
 * @entry: from rpc_replay_begin(); not the caller's any more
 * @enc: the reply; NULL if there is none that could be kept
 * @from: where its accept_stat stands
 *
 * Return: true if the reply is kept.
 */
bool rpc_replay_done(struct rpc_replay *entry, const struct ditto_encoder *enc,
		     const struct ditto_encoder_mark *from)
{
	struct rpc_replay_cache *cache = entry->cache;
	struct replay_bucket *bucket = &cache->buckets[entry->bucket];
	int len = enc ? rpc_msg_copy_since(enc, from, entry->body, sizeof(entry->body)) : -1;

	entry->len = max(len, 0);
	entry->done = jiffies;
	spin_lock(&bucket->lock);
	entry->state = len < 0 ? REPLAY_NOT_KEPT : REPLAY_KEPT;
	list_move_tail(&entry->link, &bucket->entries);
	spin_unlock(&bucket->lock);
	percpu_ref_put(&cache->users);
	return len >= 0;
}
EXPORT_SYMBOL_GPL(rpc_replay_done);

/**
 * rpc_replay_forget - a call has not been executed; its retransmission may be
 * @entry: from rpc_replay_begin(); freed
 */
void rpc_replay_forget(struct rpc_replay *entry)
{
	struct rpc_replay_cache *cache = entry->cache;
	struct replay_bucket *bucket = &cache->buckets[entry->bucket];

	spin_lock(&bucket->lock);
	list_del(&entry->link);
	spin_unlock(&bucket->lock);
	replay_free_entry(cache, entry);
	percpu_ref_put(&cache->users);
}
EXPORT_SYMBOL_GPL(rpc_replay_forget);

/* ---- growing old ---- */

/* Frees what has been executed: all that is too old, and @more of the rest. */
static unsigned int replay_prune(struct rpc_replay_cache *cache, struct replay_bucket *bucket,
				 unsigned int more)
{
	struct rpc_replay *entry, *next;
	unsigned int freed = 0;
	LIST_HEAD(out);

	spin_lock(&bucket->lock);
	list_for_each_entry_safe(entry, next, &bucket->entries, link) {
		if (entry->state == REPLAY_IN_WORK)
			continue;
		if (!replay_expired(entry)) {
			/* the rest is younger */
			if (!more)
				break;
			more--;
		}
		list_move(&entry->link, &out);
	}
	spin_unlock(&bucket->lock);
	list_for_each_entry_safe(entry, next, &out, link) {
		replay_free_entry(cache, entry);
		freed++;
	}
	return freed;
}

static void replay_sweep(struct work_struct *work)
{
	struct rpc_replay_cache *cache =
		container_of(to_delayed_work(work), struct rpc_replay_cache, sweep);
	unsigned int i;

	for (i = 0; i < REPLAY_BUCKETS; i++) {
		if (!list_empty(&cache->buckets[i].entries))
			replay_prune(cache, &cache->buckets[i], 0);
		cond_resched();
	}
	if (atomic_read(&cache->nr))
		replay_sweep_later(cache);
}

/* Brings a table down to the bound, the oldest of each bucket first. */
static void replay_trim(struct rpc_replay_cache *cache)
{
	unsigned int i, freed;

	do {
		freed = 0;
		for (i = 0; i < REPLAY_BUCKETS; i++) {
			if (atomic_read(&cache->nr) <= READ_ONCE(replay_max))
				return;
			if (!list_empty(&cache->buckets[i].entries))
				freed += replay_prune(cache, &cache->buckets[i], 1);
		}
		cond_resched();
	} while (freed);
}

/**
 * rpc_replay_set_max - set how many calls each network namespace remembers
 * @max: RPC_REPLAY_MIN to RPC_REPLAY_MAX; acts at once
 *
 * Return: 0, or -ERANGE.
 */
int rpc_replay_set_max(unsigned int max)
{
	struct rpc_replay_cache *cache;

	if (max < RPC_REPLAY_MIN || max > RPC_REPLAY_MAX)
		return -ERANGE;
	mutex_lock(&replay_mutex);
	WRITE_ONCE(replay_max, max);
	list_for_each_entry(cache, &replay_caches, link)
		replay_trim(cache);
	mutex_unlock(&replay_mutex);
	return 0;
}
EXPORT_SYMBOL_GPL(rpc_replay_set_max);

/**
 * rpc_replay_get_max - how many calls each network namespace remembers
 *
 * Return: the setting.
 */
unsigned int rpc_replay_get_max(void)
{
	return READ_ONCE(replay_max);
}
EXPORT_SYMBOL_GPL(rpc_replay_get_max);

/* ---- tables ---- */

static void replay_cache_release(struct work_struct *work)
{
	struct rpc_replay_cache *cache = container_of(work, struct rpc_replay_cache, free);
	unsigned int i;

	cancel_delayed_work_sync(&cache->sweep);
	for (i = 0; i < REPLAY_BUCKETS; i++)
		replay_prune(cache, &cache->buckets[i], UINT_MAX);
	WARN_ON_ONCE(atomic_read(&cache->nr));
	percpu_ref_exit(&cache->users);
	kvfree(cache);
}

/* After the last user; softirq. */
static void replay_cache_unused(struct percpu_ref *ref)
{
	struct rpc_replay_cache *cache = container_of(ref, struct rpc_replay_cache, users);

	queue_work(replay_wq, &cache->free);
}

/**
 * rpc_replay_cache_new - make a table
 * @age: how long a reply is remembered, seconds
 *
 * Return: the table, or NULL without memory.
 */
struct rpc_replay_cache *rpc_replay_cache_new(unsigned int age)
{
	struct rpc_replay_cache *cache = kvzalloc(sizeof(*cache), GFP_KERNEL);
	unsigned int i;

	if (!cache)
		return NULL;
	if (percpu_ref_init(&cache->users, replay_cache_unused, 0, GFP_KERNEL)) {
		kvfree(cache);
		return NULL;
	}
	cache->seed = get_random_u32();
	cache->age = age * HZ;
	INIT_DELAYED_WORK(&cache->sweep, replay_sweep);
	INIT_WORK(&cache->free, replay_cache_release);
	for (i = 0; i < REPLAY_BUCKETS; i++) {
		spin_lock_init(&cache->buckets[i].lock);
		INIT_LIST_HEAD(&cache->buckets[i].entries);
	}
	mutex_lock(&replay_mutex);
	list_add(&cache->link, &replay_caches);
	mutex_unlock(&replay_mutex);
	return cache;
}
EXPORT_SYMBOL_GPL(rpc_replay_cache_new);

/**
 * rpc_replay_cache_free - give a table up
 * @cache: the table; no call begins in it any more. Entries in work may still be
 *	ended; the memory goes with the last one.
 */
void rpc_replay_cache_free(struct rpc_replay_cache *cache)
{
	mutex_lock(&replay_mutex);
	list_del(&cache->link);
	mutex_unlock(&replay_mutex);
	percpu_ref_kill(&cache->users);
}
EXPORT_SYMBOL_GPL(rpc_replay_cache_free);

/**
 * rpc_replay_cache_entries - how many entries a table has
 * @cache: the table
 *
 * Return: the number, in work or not.
 */
unsigned int rpc_replay_cache_entries(const struct rpc_replay_cache *cache)
{
	return atomic_read(&cache->nr);
}
EXPORT_SYMBOL_GPL(rpc_replay_cache_entries);

/* ---- calls ---- */

/**
 * struct replay_net - what a network namespace has
 * @cache: its table, made at the first call that needs it
 * @dead: the namespace goes; no table is made any more
 */
struct replay_net {
	struct rpc_replay_cache __rcu	*cache;
	bool				dead;
};

static unsigned int replay_net_id;
/* Protects setting of the pointers above. */
static DEFINE_MUTEX(replay_net_mutex);

static struct rpc_replay_cache *replay_cache_make(struct replay_net *rn)
{
	struct rpc_replay_cache *cache = rpc_replay_cache_new(RPC_REPLAY_AGE), *old;
	bool dead;

	if (!cache)
		return NULL;
	percpu_ref_get(&cache->users);
	mutex_lock(&replay_net_mutex);
	old = rcu_dereference_protected(rn->cache, lockdep_is_held(&replay_net_mutex));
	dead = rn->dead || old;
	if (!dead)
		rcu_assign_pointer(rn->cache, cache);
	mutex_unlock(&replay_net_mutex);
	if (!dead)
		return cache;
	/* somebody else made it first: this call goes unremembered, as any may */
	percpu_ref_put(&cache->users);
	rpc_replay_cache_free(cache);
	return NULL;
}

/* The namespace's table, held. */
static struct rpc_replay_cache *replay_cache_get(const struct net *net)
{
	struct replay_net *rn = net_generic(net, replay_net_id);
	struct rpc_replay_cache *cache;

	rcu_read_lock();
	cache = rcu_dereference(rn->cache);
	if (likely(cache && percpu_ref_tryget_live(&cache->users))) {
		rcu_read_unlock();
		return cache;
	}
	rcu_read_unlock();
	return replay_cache_make(rn);
}

static u32 replay_checksum(const struct rpc_call *call, u32 len, u32 seed)
{
	struct ditto_cursor cur = call->args;
	u8 scratch[RPC_REPLAY_SUMMED];
	const u8 *bytes;

	len = min_t(u32, len, sizeof(scratch));
	bytes = ditto_cursor_bytes(&cur, len, scratch);
	return bytes ? jhash(bytes, len, seed) : 0;
}

static void replay_key(struct rpc_replay_key *key, const struct rpc_call *call, u32 seed)
{
	const struct sockaddr_storage *ss = &call->req.peer->addr;

	memset(key, 0, sizeof(*key));
	key->family = ss->ss_family;
	if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

		memcpy(key->addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
		key->scope = in6->sin6_scope_id;
		key->port = in6->sin6_port;
	} else {
		const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

		memcpy(key->addr, &in->sin_addr, sizeof(in->sin_addr));
		key->port = in->sin_port;
	}
	key->uid = call->who.uid;
	key->xid = call->xid;
	key->prog = call->prog;
	key->vers = call->vers;
	key->proc = call->proc;
	key->len = ditto_cursor_left(&call->args);
	key->sum = replay_checksum(call, key->len, seed);
}

/**
 * rpc_replay_call - has this call been here before?
 * @call: arguments not yet read. For RPC_REPLAY_NEW its @replay is set; for
 *	RPC_REPLAY_DONE its @priv holds accept_stat and results.
 * @len: how long they are, bytes
 *
 * Return: what to do with the call.
 */
enum rpc_replay_verdict rpc_replay_call(struct rpc_call *call, u32 *len)
{
	struct rpc_replay_cache *cache = replay_cache_get(call->req.net);
	enum rpc_replay_verdict verdict;
	struct rpc_replay_key key;

	static_assert(sizeof(call->priv) >= RPC_REPLAY_BODY);
	if (!cache)
		return RPC_REPLAY_UNCACHED;
	replay_key(&key, call, cache->seed);
	verdict = rpc_replay_begin(cache, &key, &call->replay, call->priv, len);
	percpu_ref_put(&cache->users);
	return verdict;
}

static void __net_exit replay_net_exit(struct net *net)
{
	struct replay_net *rn = net_generic(net, replay_net_id);
	struct rpc_replay_cache *cache;

	mutex_lock(&replay_net_mutex);
	rn->dead = true;
	cache = rcu_replace_pointer(rn->cache, NULL, lockdep_is_held(&replay_net_mutex));
	mutex_unlock(&replay_net_mutex);
	if (cache)
		rpc_replay_cache_free(cache);
}

static struct pernet_operations replay_net_ops = {
	.exit	= replay_net_exit,
	.id	= &replay_net_id,
	.size	= sizeof(struct replay_net),
};

/**
 * rpc_replay_init - get ready to make tables
 *
 * Return: 0 or -ENOMEM.
 */
int __init rpc_replay_init(void)
{
	int ret = -ENOMEM;

	replay_slab = kmem_cache_create("ditto_replay", sizeof(struct rpc_replay), 0, 0,
					replay_ctor);
	if (!replay_slab)
		return ret;
	replay_wq = alloc_workqueue("ditto_replay", WQ_UNBOUND, 0);
	if (!replay_wq)
		goto destroy_slab;
	ret = register_pernet_subsys(&replay_net_ops);
	if (!ret)
		return 0;
	destroy_workqueue(replay_wq);
destroy_slab:
	kmem_cache_destroy(replay_slab);
	return ret;
}

/**
 * rpc_replay_exit - give up all tables and wait until they are gone
 *
 * No call is in work any more.
 */
void rpc_replay_exit(void)
{
	unregister_pernet_subsys(&replay_net_ops);
	/* percpu_ref_kill() ends in an RCU callback, which queues the rest */
	rcu_barrier();
	destroy_workqueue(replay_wq);
	kmem_cache_destroy(replay_slab);
}
