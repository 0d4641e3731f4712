// SPDX-License-Identifier: GPL-2.0-only
/*
 * RANGE claims: lock, test, unlock, wait.
 *
 * A range is granted if the table of the file (range.h) knows no conflict and the
 * VFS takes it; it is in both from then on. Both are changed under the mutex of the
 * file's claims, so they agree whenever it is free.
 *
 * Who has to wait is handed to wait.c.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "base/settings.h"
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/grace.h"
#include "lock/note.h"
#include "lock/stats.h"

/* So many times the limits may be reached by unlocking. */
#define LIMIT_FOR_HOLES	2

static struct kmem_cache *range_cache;
static atomic_t ranges_all = ATOMIC_INIT(0);
static atomic_t waits_all = ATOMIC_INIT(0);
static u32 ranges_per_file;
static u32 ranges_per_client;
static u32 ranges_in_all;

static struct ditto_setting range_settings[] = {
	DITTO_SETTING_VAR("ranges-per-file", ranges_per_file, 1, 1 << 20, 1000,
			  "byte ranges locked in one file, at most; and waited for, at most"),
	DITTO_SETTING_VAR("ranges-per-client", ranges_per_client, 1, 1 << 24, 10000,
			  "byte ranges locked by one client, at most; and waited for, at most"),
	DITTO_SETTING_VAR("ranges", ranges_in_all, 1, 1 << 26, 100000,
			  "byte ranges locked in all, at most; and waited for, at most"),
};

static struct ditto_setting_group range_setting_group = {
	.settings	= range_settings,
	.nr		= ARRAY_SIZE(range_settings),
};

/* ---- memory and limits --------------------------------------------------- */

static void range_free(struct ditto_range_lock *lock)
{
	if (lock)
		kmem_cache_free(range_cache, lock);
}

static void ranges_free(struct list_head *freed)
{
	struct ditto_range_lock *lock, *next;

	list_for_each_entry_safe(lock, next, freed, freed)
		range_free(lock);
}

/**
 * ditto_spares_free - free the ranges that were not needed
 * @spare: what is left of ditto_spares_alloc(); all NULL afterwards
 */
void ditto_spares_free(struct ditto_range_lock **spare)
{
	int i;

	for (i = 0; i < DITTO_RANGES_SPARES; i++) {
		range_free(spare[i]);
		spare[i] = NULL;
	}
}

/**
 * ditto_spares_alloc - memory for what a change of an owner's ranges may need
 * @spare: DITTO_RANGES_SPARES of them, NULL; for ditto_spares_free(), in any case
 *
 * Return: true; false: no memory.
 */
bool ditto_spares_alloc(struct ditto_range_lock **spare)
{
	int i;

	for (i = 0; i < DITTO_RANGES_SPARES; i++) {
		spare[i] = kmem_cache_zalloc(range_cache, GFP_KERNEL);
		if (!spare[i])
			return false;
	}
	return true;
}

static bool charge(atomic_t *count, int more, u32 max)
{
	if (atomic_add_return(more, count) <= max)
		return true;
	atomic_sub(more, count);
	return false;
}

/*
 * May @hold have @more ranges? Counts them if so. @times the limits: holes in what is held
 * make more of it, and who gives something back should not be refused at once.
 */
static bool ranges_charge(struct ditto_hold *hold, int more, u32 times)
{
	struct ditto_client *client = hold->owner->client;

	if (more <= 0)
		return true;
	if (hold->claims->ranges.count + more > times * READ_ONCE(ranges_per_file) ||
	    !charge(&client->ranges, more, times * READ_ONCE(ranges_per_client)))
		goto limit;
	if (charge(&ranges_all, more, times * READ_ONCE(ranges_in_all)))
		return true;
	atomic_sub(more, &client->ranges);
limit:
	ditto_lock_count(client->net, DITTO_LOCK_LIMITED);
	return false;
}

static void ranges_uncharge(struct ditto_hold *hold, int fewer)
{
	if (fewer <= 0)
		return;
	atomic_sub(fewer, &hold->owner->client->ranges);
	atomic_sub(fewer, &ranges_all);
}

/* The hold has so many ranges more, or fewer; charged already if more. */
static void hold_count(struct ditto_hold *hold, long delta)
{
	struct ditto_ranges *table = &hold->claims->ranges;
	unsigned int kinds = ditto_ranges_kinds(table, true);

	ditto_claims_summarize(hold->claims,
			       DITTO_SUMMARY_RANGE_POSIX | DITTO_SUMMARY_RANGE_HANDLE,
			       (kinds & DITTO_RANGES_POSIX ? DITTO_SUMMARY_RANGE_POSIX : 0) |
			       (kinds & DITTO_RANGES_HANDLE ? DITTO_SUMMARY_RANGE_HANDLE : 0));
	hold->users += delta;
	hold->ranges += delta;
	ranges_uncharge(hold, -delta);
}

/**
 * ditto_wait_charge - may a hold have one more wait? They are bounded as ranges are
 * @hold: locked
 *
 * Return: true: it is counted for its client; false: no.
 */
bool ditto_wait_charge(struct ditto_hold *hold)
{
	struct ditto_client *client = hold->owner->client;

	if (hold->claims->nr_waits < READ_ONCE(ranges_per_file) &&
	    charge(&client->waits, 1, READ_ONCE(ranges_per_client))) {
		if (charge(&waits_all, 1, READ_ONCE(ranges_in_all)))
			return true;
		atomic_dec(&client->waits);
	}
	ditto_lock_count(client->net, DITTO_LOCK_LIMITED);
	return false;
}

/**
 * ditto_wait_uncharge - there is one wait less
 * @client: whose it was
 */
void ditto_wait_uncharge(struct ditto_client *client)
{
	atomic_dec(&client->waits);
	atomic_dec(&waits_all);
}

/* ---- conflicts ----------------------------------------------------------- */

/**
 * ditto_range_holder - tell who has a range
 * @lock: in the table; its claims are locked
 * @by: filled in
 */
void ditto_range_holder(const struct ditto_range_lock *lock, struct ditto_conflict *by)
{
	const struct ditto_owner *owner = range_hold(lock)->owner;
	const struct ditto_client *client = owner->client;

	memset(by, 0, sizeof(*by));
	by->range = lock->range;
	by->exclusive = lock->exclusive;
	by->protocol = client->ops->protocol;
	strscpy(by->client, client->name, sizeof(by->client));
	if (client->ops->holder) {
		client->ops->holder(owner, by);
		return;
	}
	by->oh_len = scnprintf((char *)by->oh, DITTO_CONFLICT_OH, "%s:%s", by->protocol,
				by->client);
}

/**
 * ditto_range_conflict - what of ours stands in the way of a range?
 * @hold: whose it shall be; locked
 * @range: the range
 * @exclusive: how
 *
 * Return: the first one in the table, or NULL.
 */
struct ditto_range_lock *ditto_range_conflict(struct ditto_hold *hold,
					      const struct ditto_range *range, bool exclusive)
{
	return ditto_ranges_conflict(&hold->claims->ranges, hold, hold->owner->handle, range,
				     exclusive);
}

/* ---- taking and giving back ---------------------------------------------- */

static void spare_name(struct ditto_range_lock *spare)
{
	spare->id = ditto_claim_number();
	spare->since = ktime_get_boottime_ns();
}

static void set_range(struct ditto_hold *hold, const struct ditto_range *range,
		      enum ditto_range_type type, struct ditto_range_lock **spare,
		      struct list_head *freed)
{
	struct ditto_ranges *table = &hold->claims->ranges;
	size_t before = table->count;
	unsigned int used, i;

	for (i = 0; i < DITTO_RANGES_SPARES; i++)
		spare_name(spare[i]);
	used = ditto_ranges_set(table, hold, range, type, spare, freed);
	/* those taken are the first ones */
	for (i = 0; i < used; i++)
		spare[i] = NULL;
	hold_count(hold, (long)table->count - (long)before);
}

/* A POSIX owner's range: merges with what it has. */
static int take_posix(struct ditto_hold *hold, const struct ditto_range *range, bool exclusive,
		      struct ditto_range_lock **spare, struct ditto_conflict *by)
{
	enum ditto_range_type type = exclusive ? DITTO_RANGE_EXCLUSIVE : DITTO_RANGE_SHARED;
	struct ditto_ranges *table = &hold->claims->ranges;
	LIST_HEAD(freed);
	long more;
	int err;

	more = (long)ditto_ranges_plan(table, hold, range, type).count - (long)table->count;
	if (!ranges_charge(hold, more, 1))
		return -ENOLCK;
	err = ditto_vfs_lock(hold, range, exclusive, by);
	if (err) {
		ranges_uncharge(hold, more);
		return err;
	}
	set_range(hold, range, type, spare, &freed);
	ranges_free(&freed);
	ditto_vfs_whole_try(hold);
	return 0;
}

/* An SMB open's range: an element of its own. */
static int take_handle(struct ditto_hold *hold, const struct ditto_range *range, bool exclusive,
		       struct ditto_range_lock **spare, struct ditto_conflict *by)
{
	struct ditto_range_lock *lock = spare[0];
	int err;

	if (!ranges_charge(hold, 1, 1))
		return -ENOLCK;
	err = ditto_vfs_lock(hold, range, exclusive, by);
	if (err) {
		ranges_uncharge(hold, 1);
		return err;
	}
	spare_name(lock);
	lock->range = *range;
	lock->owner = hold;
	lock->exclusive = exclusive;
	lock->handle = true;
	ditto_ranges_add(&hold->claims->ranges, lock);
	spare[0] = NULL;
	hold_count(hold, 1);
	return 0;
}

/**
 * ditto_range_take - take what the table does not forbid
 * @hold: for whom; locked, the caller is one of its users
 * @range: of what
 * @exclusive: how
 * @spare: from ditto_spares_alloc(); what is used becomes NULL
 * @by: filled in for -EAGAIN
 *
 * Return: 0; -EAGAIN: a local process has it; -ENOLCK: a limit; another errno of the file
 * system.
 */
int ditto_range_take(struct ditto_hold *hold, const struct ditto_range *range, bool exclusive,
		     struct ditto_range_lock **spare, struct ditto_conflict *by)
{
	int err;

	if (hold->owner->handle)
		err = take_handle(hold, range, exclusive, spare, by);
	else
		err = take_posix(hold, range, exclusive, spare, by);
	if (err == -EAGAIN)
		ditto_lock_count(hold->owner->client->net, DITTO_LOCK_LOCAL);
	return err;
}

/* -ENOENT: it has no such range. Otherwise it keeps it if it fails. */
static int drop_handle(struct ditto_hold *hold, const struct ditto_range *range)
{
	struct ditto_range_lock *lock = ditto_ranges_find(&hold->claims->ranges, hold, range);
	int err;

	if (!lock)
		return -ENOENT;
	ditto_ranges_del(&hold->claims->ranges, lock);
	err = ditto_vfs_unlock(hold, range);
	if (err) {
		ditto_ranges_add(&hold->claims->ranges, lock);
		return err;
	}
	range_free(lock);
	hold_count(hold, -1);
	return 0;
}

/* What is left may be one range more than before. */
static int drop_posix(struct ditto_hold *hold, const struct ditto_range *range,
		      struct ditto_range_lock **spare)
{
	struct ditto_ranges *table = &hold->claims->ranges;
	LIST_HEAD(freed);
	long more;
	int err;

	if (!hold->ranges)
		return 0;
	more = (long)ditto_ranges_plan(table, hold, range, DITTO_RANGE_NONE).count -
	       (long)table->count;
	if (!ranges_charge(hold, more, LIMIT_FOR_HOLES))
		return -ENOLCK;
	err = ditto_vfs_unlock(hold, range);
	if (err) {
		ranges_uncharge(hold, more);
		return err;
	}
	set_range(hold, range, DITTO_RANGE_NONE, spare, &freed);
	ranges_free(&freed);
	ditto_vfs_whole_settle(hold);
	return 0;
}

/* ---- requests ------------------------------------------------------------ */

static void lock_note(struct ditto_hold *hold, const struct ditto_range_request *rq, int err)
{
	enum ditto_note_event event = DITTO_NOTE_DENIED;

	if (err == -EINPROGRESS)
		event = DITTO_NOTE_BLOCKED;
	else if (!err)
		event = DITTO_NOTE_GRANTED;
	ditto_note_range(event, hold, &rq->range, rq->exclusive,
			 err == -EAGAIN || err == -EINPROGRESS ? &rq->by : NULL);
}

static int lock_locked(struct ditto_hold *hold, struct ditto_range_request *rq,
		       struct ditto_range_lock **spare)
{
	struct ditto_range_lock *lock = ditto_range_conflict(hold, &rq->range, rq->exclusive);
	struct ditto_wait *before = NULL;
	int err = -EAGAIN;

	if (lock)
		ditto_range_holder(lock, &rq->by);
	else if (rq->wait)
		before = ditto_wait_before(hold, &rq->range, rq->exclusive, NULL);
	if (!lock && !before)
		err = ditto_range_take(hold, &rq->range, rq->exclusive, spare, &rq->by);
	if (err == -EAGAIN && rq->wait)
		err = ditto_wait_begin(hold, rq);
	lock_note(hold, rq, err);
	return err;
}

static void lock_count(const struct ditto_range_request *rq, int err)
{
	const struct net *net = rq->owner->client->net;

	if (!err)
		ditto_lock_count(net, rq->reclaim ? DITTO_LOCK_RECLAIMED : DITTO_LOCK_GRANTED);
	else if (err == -EAGAIN)
		ditto_lock_count(net, DITTO_LOCK_DENIED);
}

static int lock_request(struct ditto_range_request *rq, struct ditto_claims *claims,
			struct ditto_hold **spare_hold, struct ditto_range_lock **spare,
			struct ditto_file **file)
{
	struct ditto_hold *hold;
	LIST_HEAD(gone);
	int err;

	mutex_lock(&claims->lock);
	hold = ditto_hold_begin(claims, rq->owner, rq->obj, spare_hold, &gone);
	if (IS_ERR(hold)) {
		err = PTR_ERR(hold);
		goto out;
	}
	if (!hold->file)
		swap(hold->file, *file);
	err = ditto_caches_ask(claims, rq->acc, rq->owner, DITTO_INTENT_LOCK);
	if (!err)
		err = lock_locked(hold, rq, spare);
	/* a lock that became a shared one lets others in */
	if (!err && !rq->exclusive)
		ditto_waits_retry(claims, &gone);
	ditto_hold_end(hold, &gone);
out:
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	return err;
}

/**
 * ditto_range_lock - lock a range, or change how it is locked
 * @rq: what, and for whom
 *
 * With the caller's credentials (@rq->acc): who may neither read nor write the
 * file may not lock it.
 *
 * Return: 0; -EAGAIN: somebody else has it (@rq->by); -EINPROGRESS: @rq->wait waits for it;
 * -EDEADLK: it would wait for ever; -ENOLCK: a limit or no memory; -EGRACE: not now, or
 * nothing can be reclaimed any more; -EJUKEBOX: holders of caches were told to give way
 * (@rq->acc->park); -ESTALE: client or export are gone; -EACCES, -EISDIR and
 * what else ditto_file_get() says; an errno of the file system's own locks.
 */
int ditto_range_lock(struct ditto_range_request *rq)
{
	struct ditto_range_lock *spare[DITTO_RANGES_SPARES] = {};
	struct ditto_hold *hold = NULL;
	struct ditto_file *file = NULL;
	struct ditto_claims *claims;
	int err;

	err = ditto_grace_check(rq->owner->client->net, rq->reclaim);
	if (err)
		goto count;
	claims = ditto_claims_make(rq->obj);
	hold = ditto_hold_alloc();
	err = -ENOLCK;
	if (!claims || !hold || !ditto_spares_alloc(spare))
		goto out;
	err = ditto_vfs_file(rq, &file);
	if (!err)
		err = lock_request(rq, claims, &hold, spare, &file);
	if (file)
		ditto_file_put(file);
out:
	ditto_spares_free(spare);
	ditto_hold_free(hold);
count:
	lock_count(rq, err);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_range_lock);

/**
 * ditto_range_test - could a range be locked?
 * @rq: what, and for whom; @rq->wait is not looked at
 *
 * Return: 0; -EAGAIN: no (@rq->by); -EGRACE; -ENOLCK: no memory; errors as
 * ditto_range_lock() for files that cannot be locked.
 */
int ditto_range_test(struct ditto_range_request *rq)
{
	struct ditto_range_lock *lock = NULL;
	struct ditto_file *file = NULL;
	struct ditto_claims *claims;
	struct ditto_hold *hold;
	int err;

	err = ditto_grace_check(rq->owner->client->net, rq->reclaim);
	if (err)
		return err;
	claims = ditto_claims_make(rq->obj);
	if (!claims)
		return -ENOLCK;
	err = ditto_vfs_file(rq, &file);
	if (err)
		return err;
	mutex_lock(&claims->lock);
	hold = ditto_hold_find(claims, rq->owner);
	lock = ditto_ranges_conflict(&claims->ranges, hold, rq->owner->handle, &rq->range,
				     rq->exclusive);
	if (lock) {
		ditto_range_holder(lock, &rq->by);
		err = -EAGAIN;
	} else {
		err = ditto_vfs_test(claims, file, rq->owner, &rq->range, rq->exclusive,
				     &rq->by);
	}
	mutex_unlock(&claims->lock);
	ditto_file_put(file);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_range_test);

/**
 * ditto_range_unlock - give a range back
 * @owner: whose it is
 * @obj: the file
 * @range: POSIX: whatever it has of it; SMB: exactly this one
 *
 * Return: 0, also if a POSIX owner had nothing of it; -ENOENT: an SMB open has no such
 * range; -ENOLCK: no memory, or a hole would make twice as many ranges as may be; an errno
 * of the file system. Nothing has changed then.
 */
int ditto_range_unlock(struct ditto_owner *owner, struct ditto_object *obj,
		       const struct ditto_range *range)
{
	struct ditto_range_lock *spare[DITTO_RANGES_SPARES] = {};
	struct ditto_node *node = ditto_object_node(obj);
	struct ditto_claims *claims;
	struct ditto_hold *hold;
	LIST_HEAD(gone);
	int err;

	claims = node ? ditto_claims_of(node) : NULL;
	if (!claims)
		return owner->handle ? -ENOENT : 0;
	if (!ditto_spares_alloc(spare)) {
		ditto_spares_free(spare);
		return -ENOLCK;
	}
	mutex_lock(&claims->lock);
	hold = ditto_hold_find(claims, owner);
	err = owner->handle ? -ENOENT : 0;
	if (hold) {
		hold->users++;
		err = owner->handle ? drop_handle(hold, range) : drop_posix(hold, range, spare);
		if (!err)
			ditto_note_range(DITTO_NOTE_RELEASED, hold, range, false, NULL);
		ditto_hold_end(hold, &gone);
		ditto_waits_retry(claims, &gone);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	ditto_spares_free(spare);
	if (!err)
		ditto_lock_count(owner->client->net, DITTO_LOCK_RELEASED);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_range_unlock);

/* ---- owners that go ------------------------------------------------------ */

/**
 * ditto_ranges_forget - drop all ranges of a hold, and end its waits
 * @hold: locked; the caller is one of its users
 * @why: what the waits end with
 * @gone: for ditto_holds_put()
 *
 * The caller has others try again afterwards.
 */
void ditto_ranges_forget(struct ditto_hold *hold, int why, struct list_head *gone)
{
	struct ditto_ranges *table = &hold->claims->ranges;
	struct ditto_range_lock *lock;
	LIST_HEAD(freed);
	size_t n;

	ditto_waits_release(hold, why, gone);
	if (!hold->ranges)
		return;
	n = ditto_ranges_drop(table, hold, &freed);
	ditto_vfs_unlock(hold, &DITTO_RANGE_ALL);
	hold_count(hold, -(long)n);
	list_for_each_entry(lock, &freed, freed)
		ditto_note_range(DITTO_NOTE_REVOKED, hold, &lock->range, lock->exclusive, NULL);
	ranges_free(&freed);
	ditto_stat_add(hold->owner->client->net, &ditto_lock_stats, DITTO_LOCK_REVOKED, n);
}

/**
 * ditto_byterange_start - start
 *
 * Return: 0 or a negative errno.
 */
int ditto_byterange_start(void)
{
	int ret = -ENOMEM;

	ranges_per_file = range_settings[0].def;
	ranges_per_client = range_settings[1].def;
	ranges_in_all = range_settings[2].def;
	range_cache = kmem_cache_create("ditto_range", sizeof(struct ditto_range_lock), 0, 0, NULL);
	if (!range_cache)
		return ret;
	ret = ditto_wait_start();
	if (ret)
		goto err_cache;
	ret = ditto_settings_register(&range_setting_group);
	if (!ret)
		return 0;
	ditto_wait_stop();
err_cache:
	kmem_cache_destroy(range_cache);
	return ret;
}

/**
 * ditto_byterange_stop - stop; no claims are left
 */
void ditto_byterange_stop(void)
{
	ditto_settings_unregister(&range_setting_group);
	ditto_wait_stop();
	WARN_ON_ONCE(atomic_read(&ranges_all) || atomic_read(&waits_all));
	kmem_cache_destroy(range_cache);
}
