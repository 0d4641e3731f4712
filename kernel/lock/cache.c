// SPDX-License-Identifier: GPL-2.0-only
/*
 * CACHE claims: break, acknowledge, revoke.
 *
 * What the holder is told, it is told by the cache's work item, which afterwards
 * waits for the deadline. A queued work item has a reference on the cache, and the
 * cache one on the node, so that the claims are there for it. Whatever is given back
 * ends in caches_changed(): summary, lease in the VFS, those who wait.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include "base/settings.h"
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/note.h"
#include "lock/stats.h"

/* How long a holder has to answer a question before it is told to give up. */
#define CACHE_PATIENCE	HZ
/* How long an answer is good. */
#define CACHE_FRESH	HZ

static struct workqueue_struct *cache_wq;
static atomic_t caches_all = ATOMIC_INIT(0);
static u32 caches_per_file;
static u32 caches_per_client;
static u32 caches_in_all;
static u32 lease_time;
static u32 recall_time;

static struct ditto_setting cache_settings[] = {
	DITTO_SETTING_VAR("caches-per-file", caches_per_file, 1, 1 << 16, 1000,
			  "leases, oplocks and delegations on one file, at most"),
	DITTO_SETTING_VAR("caches-per-client", caches_per_client, 1, 1 << 24, 10000,
			  "leases, oplocks and delegations of one client, at most"),
	DITTO_SETTING_VAR("caches", caches_in_all, 0, 1 << 26, 10000,
			  "leases, oplocks and delegations in all, at most; 0: none"),
	DITTO_SETTING_VAR("lease-break-time", lease_time, 5, 120, 35,
			  "seconds until a lease or oplock is taken from who does not give it back"),
	DITTO_SETTING_VAR("recall-time", recall_time, 10, 600, 90,
			  "seconds until a delegation is taken from who does not give it back"),
};

static struct ditto_setting_group cache_setting_group = {
	.settings	= cache_settings,
	.nr		= ARRAY_SIZE(cache_settings),
};

static struct net *cache_net(const struct ditto_cache *cache)
{
	return cache->hold->owner->client->net;
}

static bool same_key(const struct ditto_cache_key *a, const struct ditto_cache_key *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/**
 * ditto_cache_same_holder - are these one holder to caches?
 * @a: an owner
 * @b: another, or the same
 *
 * Return: true if so.
 */
bool ditto_cache_same_holder(const struct ditto_owner *a, const struct ditto_owner *b)
{
	return a == b || (a->client == b->client && same_key(&a->key, &b->key));
}

/**
 * ditto_cache_charge - may there be one more cache?
 * @claims: locked
 * @client: whose it would be
 *
 * Return: true, and it is counted.
 */
bool ditto_cache_charge(struct ditto_claims *claims, struct ditto_client *client)
{
	if (claims->nr_caches >= READ_ONCE(caches_per_file))
		return false;
	if (atomic_inc_return(&client->caches) > READ_ONCE(caches_per_client))
		goto client;
	if (atomic_inc_return(&caches_all) <= READ_ONCE(caches_in_all))
		return true;
	atomic_dec(&caches_all);
client:
	atomic_dec(&client->caches);
	return false;
}

/**
 * ditto_cache_uncharge - there is one less, or it did not come to be
 * @client: whose it was
 */
void ditto_cache_uncharge(struct ditto_client *client)
{
	atomic_dec(&client->caches);
	atomic_dec(&caches_all);
}

/* ---- references and the work item ---------------------------------------- */

/**
 * ditto_cache_get - another reference
 * @cache: held
 */
void ditto_cache_get(struct ditto_cache *cache)
{
	refcount_inc(&cache->ref);
}
EXPORT_SYMBOL_GPL(ditto_cache_get);

/**
 * ditto_cache_put - give a reference back
 * @cache: freed by the last one; process context, without locks
 */
void ditto_cache_put(struct ditto_cache *cache)
{
	if (!refcount_dec_and_test(&cache->ref))
		return;
	if (cache->claims)
		ditto_node_put(cache->claims->node);
	cache->ops->free(cache);
}
EXPORT_SYMBOL_GPL(ditto_cache_put);

/* Not the last one: may be done with locks held. */
static void cache_unref(struct ditto_cache *cache)
{
	refcount_dec(&cache->ref);
}

static void cache_kick(struct ditto_cache *cache, unsigned long delay)
{
	refcount_inc(&cache->ref);
	if (mod_delayed_work(cache_wq, &cache->work, delay))
		cache_unref(cache);
}

static void cache_calm(struct ditto_cache *cache)
{
	if (cancel_delayed_work(&cache->work))
		cache_unref(cache);
}

/* ---- what changes -------------------------------------------------------- */

/**
 * ditto_caches_bits - what is held on a file, all caches together
 * @claims: locked
 *
 * Return: DITTO_CACHE_ bits. What is being taken back counts until it is gone.
 */
unsigned int ditto_caches_bits(const struct ditto_claims *claims)
{
	const struct ditto_cache *cache;
	unsigned int bits = 0;

	lockdep_assert_held(&claims->lock);
	list_for_each_entry(cache, &claims->caches, list)
		bits |= cache->bits;
	return bits;
}

/**
 * ditto_caches_settle - let summary and VFS say what there is
 * @claims: locked
 */
void ditto_caches_settle(struct ditto_claims *claims)
{
	ditto_claims_summarize(claims, DITTO_SUMMARY_CACHES,
			       ditto_cache_summary(ditto_caches_bits(claims)));
	ditto_vfs_lease_sync(claims);
}

static void caches_changed(struct ditto_claims *claims)
{
	ditto_caches_settle(claims);
	ditto_parks_kick(claims);
}

/**
 * ditto_cache_link - put a cache among the claims
 * @cache: not granted; charged; its bits are set
 * @hold: whose it is; its claims are locked
 * @rq: how it was asked for
 */
void ditto_cache_link(struct ditto_cache *cache, struct ditto_hold *hold,
		      const struct ditto_cache_request *rq)
{
	if (!cache->claims) {
		ditto_node_hold(hold->claims->node);
		cache->claims = hold->claims;
	}
	cache->hold = hold;
	cache->key = rq->owner->key;
	cache->kind = rq->kind;
	cache->directory = S_ISDIR(hold->claims->node->inode->i_mode);
	cache->state = DITTO_CACHE_GRANTED;
	cache->number = ditto_claim_number();
	cache->since = ktime_get_boottime_ns();
	cache->asked = cache->want_ask = cache->mute = cache->answered = false;
	ditto_cache_get(cache);
	hold->users++;
	list_add_tail(&cache->list, &hold->claims->caches);
	list_add_tail(&cache->on_hold, &hold->caches);
	hold->claims->nr_caches++;
	ditto_note_cache(DITTO_NOTE_GRANTED, hold, cache->bits);
}

/*
 * It is not among the claims any more. Of a revoked one the holder's protocol is
 * told; for one given back the caller has a reference.
 */
static void cache_unlink(struct ditto_cache *cache, enum ditto_cache_state state,
			 struct list_head *gone)
{
	struct ditto_hold *hold = cache->hold;

	ditto_note_cache(state == DITTO_CACHE_REVOKED ? DITTO_NOTE_REVOKED : DITTO_NOTE_RELEASED,
			 hold, cache->bits);
	list_del_init(&cache->list);
	list_del_init(&cache->on_hold);
	hold->claims->nr_caches--;
	ditto_cache_uncharge(hold->owner->client);
	cache->hold = NULL;
	cache->bits = 0;
	cache->state = state;
	cache->want_ask = false;
	cache->tell = state == DITTO_CACHE_REVOKED;
	if (cache->tell)
		cache_kick(cache, 0);
	else
		cache_calm(cache);
	/* neither is the last: the work item has one, or the caller */
	cache_unref(cache);
	ditto_hold_end(hold, gone);
}

/* ---- breaking ------------------------------------------------------------ */

static unsigned long cache_time(const struct ditto_cache *cache)
{
	return HZ * (unsigned long)(cache->kind == DITTO_CACHE_DELEGATION ?
				    READ_ONCE(recall_time) : READ_ONCE(lease_time));
}

/* The holder has to be told, and has its time from now on. */
static void break_begin(struct ditto_cache *cache, unsigned int to)
{
	cache->state = DITTO_CACHE_BREAKING;
	cache->to = to;
	cache->tell = true;
	cache->deadline = jiffies + cache_time(cache);
	cache->claims->recalled = true;
	cache->claims->recalled_at = jiffies;
	ditto_lock_count(cache_net(cache), DITTO_LOCK_BREAKS);
	ditto_note_cache(DITTO_NOTE_BREAKING, cache->hold, to);
	cache_kick(cache, 0);
}

static void cache_break(struct ditto_cache *cache, unsigned int to)
{
	if (cache->state == DITTO_CACHE_GRANTED)
		break_begin(cache, to);
	else if (cache->to & ~to)
		/* it hears of it at once if it was not told yet, else when it has obeyed */
		cache->to = ditto_cache_floor(cache->to & to, cache->kind, cache->directory);
}

enum question {
	QUESTION_NONE,		/* it cannot be asked: break it */
	QUESTION_WAIT,		/* it is being asked */
	QUESTION_ANSWERED,	/* it has just answered */
};

static enum question cache_question(struct ditto_cache *cache, enum ditto_intent intent)
{
	if (!cache->ops->ask || cache->mute || cache->state != DITTO_CACHE_GRANTED ||
	    !ditto_cache_may_ask(intent, cache->kind, cache->directory))
		return QUESTION_NONE;
	if (cache->asked)
		return time_before(jiffies, cache->question + CACHE_PATIENCE) ?
			QUESTION_WAIT : QUESTION_NONE;
	if (cache->answered && time_before(jiffies, cache->answer + CACHE_FRESH))
		return QUESTION_ANSWERED;
	cache->asked = true;
	cache->want_ask = true;
	cache->question = jiffies;
	cache_kick(cache, 0);
	return QUESTION_WAIT;
}

/* True if it has to be waited for. */
static bool cache_ask(struct ditto_cache *cache, enum ditto_intent intent)
{
	unsigned int to = ditto_cache_break_to(cache->bits, intent, cache->kind, cache->directory);

	if (to == cache->bits)
		return false;
	switch (cache_question(cache, intent)) {
	case QUESTION_ANSWERED:
		return false;
	case QUESTION_WAIT:
		return true;
	default:
		cache_break(cache, to);
		return true;
	}
}

static int asked(struct ditto_claims *claims, struct ditto_access *acc, bool wait)
{
	if (!wait)
		return 0;
	if (acc->park)
		ditto_park_join(acc->park, claims);
	return -EJUKEBOX;
}

/* Is it the cache of who asks? */
static bool cache_is_own(const struct ditto_cache *cache, const struct ditto_access *acc,
			 const struct ditto_owner *owner, enum ditto_intent intent)
{
	static const struct ditto_cache_key zero;
	const struct ditto_cache_key *key;

	if (!owner || cache->hold->owner->client != owner->client)
		return false;
	key = intent == DITTO_INTENT_DIR_CHANGE ? acc->parent_key ?: &zero : &owner->key;
	return same_key(&cache->key, key);
}

/**
 * ditto_caches_ask - have others give way
 * @claims: locked
 * @acc: the caller's access
 * @owner: for whom; its own caches are left alone; NULL: nobody
 * @intent: what is going to be done
 *
 * Return: 0: nobody is in the way; -EJUKEBOX: somebody was told, and @acc->park, if there,
 * is told when it has obeyed.
 */
int ditto_caches_ask(struct ditto_claims *claims, struct ditto_access *acc,
		     const struct ditto_owner *owner, enum ditto_intent intent)
{
	struct ditto_cache *cache;
	bool wait = false;

	lockdep_assert_held(&claims->lock);
	list_for_each_entry(cache, &claims->caches, list) {
		if (!cache_is_own(cache, acc, owner, intent))
			wait |= cache_ask(cache, intent);
	}
	return asked(claims, acc, wait);
}

/**
 * ditto_caches_ask_sharer - have one give up a share that it keeps for itself only
 * @claims: locked
 * @acc: the caller's access
 * @sharer: whose share stands in the way
 *
 * Who caches H may have closed the file already and just not said so.
 *
 * Return: 0: that cannot be; -EJUKEBOX: as ditto_caches_ask().
 */
int ditto_caches_ask_sharer(struct ditto_claims *claims, struct ditto_access *acc,
			    const struct ditto_hold *sharer)
{
	struct ditto_cache *cache;
	bool wait = false;

	lockdep_assert_held(&claims->lock);
	list_for_each_entry(cache, &claims->caches, list) {
		if (cache->bits & DITTO_CACHE_H &&
		    ditto_cache_same_holder(cache->hold->owner, sharer->owner))
			wait |= cache_ask(cache, DITTO_INTENT_OPEN_DENIED);
	}
	return asked(claims, acc, wait);
}

/**
 * ditto_caches_break_local - a local process is in need of the file
 * @claims: locked
 * @write: to write, remove or change it, which cannot be told apart; if not, to read
 */
void ditto_caches_break_local(struct ditto_claims *claims, bool write)
{
	struct ditto_cache *cache;

	lockdep_assert_held(&claims->lock);
	list_for_each_entry(cache, &claims->caches, list) {
		unsigned int to = write ? 0 :
			ditto_cache_break_to(cache->bits, DITTO_INTENT_OPEN_READ, cache->kind,
					     cache->directory);

		if (to == cache->bits)
			continue;
		cache_break(cache, to);
		ditto_lock_count(cache_net(cache), DITTO_LOCK_BREAKS_LOCAL);
	}
}

/* ---- telling the holder -------------------------------------------------- */

enum errand { ERRAND_NONE, ERRAND_RECALL, ERRAND_REVOKED, ERRAND_ASK };

static enum errand break_errand(struct ditto_cache *cache, struct list_head *gone)
{
	unsigned long now = jiffies;

	if (cache->tell) {
		cache->tell = false;
		cache->told = cache->to;
		cache_kick(cache, time_before(now, cache->deadline) ? cache->deadline - now : 0);
		return ERRAND_RECALL;
	}
	if (time_before(now, cache->deadline)) {
		cache_kick(cache, cache->deadline - now);
		return ERRAND_NONE;
	}
	ditto_lock_count(cache_net(cache), DITTO_LOCK_BREAKS_FORCED);
	cache_unlink(cache, DITTO_CACHE_REVOKED, gone);
	caches_changed(cache->claims);
	return ERRAND_NONE;
}

/* What is to be done for a cache now. */
static enum errand cache_errand(struct ditto_cache *cache, struct list_head *gone)
{
	switch (cache->state) {
	case DITTO_CACHE_BREAKING:
		return break_errand(cache, gone);
	case DITTO_CACHE_REVOKED:
		if (!cache->tell)
			break;
		cache->tell = false;
		return ERRAND_REVOKED;
	case DITTO_CACHE_GRANTED:
		if (!cache->want_ask)
			break;
		cache->want_ask = false;
		return ERRAND_ASK;
	default:
		break;
	}
	return ERRAND_NONE;
}

static void cache_work(struct work_struct *work)
{
	struct ditto_cache *cache = container_of(to_delayed_work(work), struct ditto_cache, work);
	struct ditto_claims *claims = cache->claims;
	enum errand errand;
	unsigned int to;
	LIST_HEAD(gone);

	mutex_lock(&claims->lock);
	errand = cache_errand(cache, &gone);
	to = cache->told;
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	if (errand == ERRAND_RECALL)
		cache->ops->recall(cache, to);
	else if (errand == ERRAND_REVOKED)
		cache->ops->revoked(cache);
	else if (errand == ERRAND_ASK && !cache->ops->ask(cache))
		ditto_cache_answer(cache, false);
	ditto_cache_put(cache);
}

/* ---- giving back --------------------------------------------------------- */

static void ack_locked(struct ditto_cache *cache, unsigned int bits, struct list_head *gone)
{
	struct net *net = cache_net(cache);

	cache->bits = bits;
	if (!bits) {
		ditto_lock_count(net, DITTO_LOCK_CACHES_RETURNED);
		cache_unlink(cache, DITTO_CACHE_NONE, gone);
	} else if (bits & ~cache->to) {
		/* somebody wants still more of it */
		break_begin(cache, ditto_cache_floor(bits & cache->to, cache->kind,
						     cache->directory));
	} else {
		cache->state = DITTO_CACHE_GRANTED;
		cache_calm(cache);
	}
}

/**
 * ditto_cache_ack - the holder has obeyed
 * @cache: it was told to give of
 * @bits: what it keeps: no more than it was told
 *
 * Process context, without locks; may be called from recall().
 *
 * Return: 0; -EINVAL: that is more than it was told, or no state; -ENOENT: it was not told
 * anything; -ESTALE: all of it has been taken.
 */
int ditto_cache_ack(struct ditto_cache *cache, unsigned int bits)
{
	struct ditto_claims *claims = cache->claims;
	LIST_HEAD(gone);
	int err = 0;

	if (!claims)
		return -ENOENT;
	mutex_lock(&claims->lock);
	if (cache->state == DITTO_CACHE_REVOKED)
		err = -ESTALE;
	else if (cache->state != DITTO_CACHE_BREAKING || cache->tell)
		err = -ENOENT;
	else if (bits & ~cache->told || !ditto_cache_valid(bits, cache->kind, cache->directory))
		err = -EINVAL;
	if (!err) {
		ack_locked(cache, bits, &gone);
		caches_changed(claims);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_cache_ack);

/**
 * ditto_cache_answer - the holder has answered a question, or will not
 * @cache: ask() was called for
 * @usable: the protocol has what the holder knows; if not, the cache is taken back
 *
 * Process context, without locks.
 */
void ditto_cache_answer(struct ditto_cache *cache, bool usable)
{
	struct ditto_claims *claims = cache->claims;

	mutex_lock(&claims->lock);
	cache->asked = false;
	cache->answered = usable;
	cache->mute = !usable;
	cache->answer = jiffies;
	ditto_parks_kick(claims);
	mutex_unlock(&claims->lock);
}
EXPORT_SYMBOL_GPL(ditto_cache_answer);

/**
 * ditto_cache_drop - give a cache back
 * @cache: granted or not, being broken or not
 *
 * Process context, without locks.
 */
void ditto_cache_drop(struct ditto_cache *cache)
{
	struct ditto_claims *claims = cache->claims;
	LIST_HEAD(gone);

	if (!claims)
		return;
	mutex_lock(&claims->lock);
	if (cache->hold) {
		ditto_lock_count(cache_net(cache), DITTO_LOCK_CACHES_RETURNED);
		cache_unlink(cache, DITTO_CACHE_NONE, &gone);
		caches_changed(claims);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
}
EXPORT_SYMBOL_GPL(ditto_cache_drop);

/**
 * ditto_cache_show - what is the matter with a cache
 * @cache: the cache
 * @bits: set to what the holder has
 * @to: set to what it has to come down to, the same if it need not
 *
 * Process context, without locks.
 *
 * Return: its state.
 */
enum ditto_cache_state ditto_cache_show(struct ditto_cache *cache, unsigned int *bits,
					unsigned int *to)
{
	struct ditto_claims *claims = cache->claims;
	enum ditto_cache_state state;

	*bits = *to = 0;
	if (!claims)
		return DITTO_CACHE_NONE;
	mutex_lock(&claims->lock);
	state = cache->state;
	*bits = cache->bits;
	*to = state == DITTO_CACHE_BREAKING ? cache->to : cache->bits;
	mutex_unlock(&claims->lock);
	return state;
}
EXPORT_SYMBOL_GPL(ditto_cache_show);

/**
 * ditto_cache_recall - ask a cache back
 * @hold: whose it is; without locks
 * @number: the cache's
 *
 * The holder is told to give all of it up, and has its time for that.
 *
 * Return: false: there is none of that number.
 */
bool ditto_cache_recall(struct ditto_hold *hold, u64 number)
{
	struct ditto_claims *claims = hold->claims;
	struct ditto_cache *cache;
	bool found = false;

	mutex_lock(&claims->lock);
	list_for_each_entry(cache, &hold->caches, on_hold) {
		if (cache->number == number) {
			cache_break(cache, 0);
			found = true;
		}
	}
	mutex_unlock(&claims->lock);
	return found;
}

/**
 * ditto_caches_forget - take the caches of a hold
 * @hold: its claims are locked; the caller is one of its users
 * @gone: for ditto_holds_put()
 */
void ditto_caches_forget(struct ditto_hold *hold, struct list_head *gone)
{
	struct ditto_cache *cache, *next;

	if (list_empty(&hold->caches))
		return;
	list_for_each_entry_safe(cache, next, &hold->caches, on_hold) {
		ditto_lock_count(cache_net(cache), DITTO_LOCK_REVOKED);
		cache_unlink(cache, DITTO_CACHE_REVOKED, gone);
	}
	caches_changed(hold->claims);
}

/* ---- start and stop ------------------------------------------------------ */

/**
 * ditto_cache_init - prepare a cache for being granted
 * @cache: embedded in an object of the protocol, which has the first reference
 * @ops: the protocol's functions
 */
void ditto_cache_init(struct ditto_cache *cache, const struct ditto_cache_ops *ops)
{
	memset(cache, 0, sizeof(*cache));
	cache->ops = ops;
	refcount_set(&cache->ref, 1);
	INIT_LIST_HEAD(&cache->list);
	INIT_LIST_HEAD(&cache->on_hold);
	INIT_DELAYED_WORK(&cache->work, cache_work);
}
EXPORT_SYMBOL_GPL(ditto_cache_init);

/**
 * ditto_cache_flush - let those be told whose caches were taken
 *
 * When it returns, the functions of the caches have been called and have returned
 * for whatever happened before, and files that were kept open for caches
 * which are gone have been closed. Process context, sleeps; not from one of those
 * functions.
 */
void ditto_cache_flush(void)
{
	flush_workqueue(cache_wq);
	ditto_vfs_lease_flush();
}
EXPORT_SYMBOL_GPL(ditto_cache_flush);

/**
 * ditto_cache_start - start
 *
 * Return: 0 or a negative errno.
 */
int ditto_cache_start(void)
{
	int ret;

	caches_per_file = cache_settings[0].def;
	caches_per_client = cache_settings[1].def;
	caches_in_all = cache_settings[2].def;
	lease_time = cache_settings[3].def;
	recall_time = cache_settings[4].def;
	cache_wq = alloc_workqueue("ditto-cache", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!cache_wq)
		return -ENOMEM;
	ret = ditto_settings_register(&cache_setting_group);
	if (ret)
		destroy_workqueue(cache_wq);
	return ret;
}

/**
 * ditto_cache_stop - stop; no caches are left
 */
void ditto_cache_stop(void)
{
	ditto_settings_unregister(&cache_setting_group);
	destroy_workqueue(cache_wq);
	WARN_ON_ONCE(atomic_read(&caches_all));
}
