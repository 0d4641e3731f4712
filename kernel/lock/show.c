// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims as the administrator sees them.
 *
 * A listing goes from hold to hold by their numbers. Of each it pins, it copies a few
 * claims at a time under the mutex of the file, and gives them away without locks. So
 * nobody waits for it long, and it may go on later where it stopped: what was there
 * all the time is shown once.
 */
#include <kunit/visibility.h>
#include <linux/ktime.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/show-internal.h"
#include "lock/share.h"
#include "vfs/export-internal.h"

/* Claims copied at a time. */
#define SHOW_AT_ONCE	16

enum { PART_RANGES, PART_SHARE, PART_CACHES, PART_WAITS };

/**
 * struct show - a listing
 * @n: claims in @info
 * @info: those that were copied
 * @next: where it goes on behind each of them
 * @path: room for a path
 */
struct show {
	unsigned int			n;
	struct ditto_claim_info		info[SHOW_AT_ONCE];
	struct ditto_claim_cursor	next[SHOW_AT_ONCE];
	char				path[PATH_MAX];
};

static u64 age_of(u64 since)
{
	u64 now = ktime_get_boottime_ns();

	return now > since ? div_u64(now - since, NSEC_PER_MSEC) : 0;
}

/* ---- where --------------------------------------------------------------- */

/* Puts a name before @path, which has @left bytes in front of it; false: no room. */
static bool prepend(char **path, size_t *left, const struct qstr *name)
{
	if (name->len + 1 > *left)
		return false;
	*left -= name->len + 1;
	*path -= name->len + 1;
	**path = '/';
	memcpy(*path + 1, name->name, name->len);
	return true;
}

/* One step up from @at, whose name is put before @path; false: there is no way on. */
static bool climb(struct ditto_export *exp, struct path *at, char **path, size_t *left)
{
	struct name_snapshot name;
	struct dentry *parent;
	bool room;

	ditto_export_follow_up(exp, at);
	if (IS_ROOT(at->dentry))
		return false;
	parent = dget_parent(at->dentry);
	take_dentry_name_snapshot(&name, at->dentry);
	room = prepend(path, left, &name.name);
	release_dentry_name_snapshot(&name);
	dput(at->dentry);
	at->dentry = parent;
	return room;
}

/**
 * ditto_claim_place_of - where a file is
 * @obj: the file, held
 * @buf: room for its path, PATH_MAX bytes
 * @place: filled in; its texts stay as long as @obj and @buf do
 *
 * Without spinlocks.
 */
void ditto_claim_place_of(const struct ditto_object *obj, char *buf,
			  struct ditto_claim_place *place)
{
	struct ditto_export *exp = obj->exp;
	struct path at = obj->path;
	size_t left = PATH_MAX - 1;
	char *path = buf + left;
	bool found = true;

	*path = '\0';
	path_get(&at);
	while (found && !ditto_export_is_root(exp, &at))
		found = climb(exp, &at, &path, &left);
	path_put(&at);
	place->export = ditto_export_config(exp)->name;
	place->path = "";
	if (found)
		place->path = *path ? path : "/";
	place->inode = ditto_object_inode(obj)->i_ino;
	place->removed = d_unlinked(obj->path.dentry) || !ditto_object_inode(obj)->i_nlink;
}

/* ---- who ----------------------------------------------------------------- */

/**
 * ditto_claim_party_of - whose something is
 * @hold: of a claim or wait
 * @claim: its number
 * @since: since when, boot time in ns
 * @who: filled in
 */
void ditto_claim_party_of(const struct ditto_hold *hold, u64 claim, u64 since,
			  struct ditto_claim_party *who)
{
	const struct ditto_owner *owner = hold->owner;
	const struct ditto_client *client = owner->client;

	who->claim = claim;
	who->client_id = client->id;
	strscpy(who->protocol, client->ops->protocol, sizeof(who->protocol));
	strscpy(who->client, client->name, sizeof(who->client));
	client->ops->describe(owner, who->owner);
	who->age = age_of(since);
}

/* Someone the lock manager only knows as somebody in the way. */
static void party_of_conflict(const struct ditto_conflict *by, struct ditto_claim_party *who)
{
	strscpy(who->protocol, by->protocol, sizeof(who->protocol));
	strscpy(who->client, by->client, sizeof(who->client));
	if (by->svid)
		snprintf(who->owner, sizeof(who->owner), "process %u", by->svid);
}

/**
 * ditto_claim_of_note - what has happened to a claim, as shown
 * @note: what has happened
 * @info: filled in
 */
void ditto_claim_of_note(const struct ditto_note *note, struct ditto_claim_info *info)
{
	memset(info, 0, sizeof(*info));
	info->kind = note->kind;
	info->hold = note->hold->number;
	if (note->event == DITTO_NOTE_BLOCKED)
		info->state = DITTO_CLAIM_WAITING;
	if (note->event == DITTO_NOTE_BREAKING)
		info->state = DITTO_CLAIM_BREAKING;
	if (note->range)
		info->range = *note->range;
	info->exclusive = note->exclusive;
	info->cache = note->cache;
	info->access = note->access;
	info->deny = note->deny;
	ditto_claim_party_of(note->hold, 0, ktime_get_boottime_ns(), &info->who);
	if (note->by && note->by->protocol)
		party_of_conflict(note->by, &info->by);
}

/* ---- copying ------------------------------------------------------------- */

/* The next free element, for a claim behind which the listing goes on at @pos; NULL: full. */
static struct ditto_claim_info *show_add(struct show *show, const struct ditto_claim_cursor *pos)
{
	struct ditto_claim_info *info;

	if (show->n == SHOW_AT_ONCE)
		return NULL;
	show->next[show->n] = *pos;
	info = &show->info[show->n++];
	memset(info, 0, sizeof(*info));
	return info;
}

/* False if there was no room for all. */
static bool copy_ranges(struct show *show, const struct ditto_hold *hold,
			struct ditto_claim_cursor *pos)
{
	const struct ditto_ranges *table = &hold->claims->ranges;
	struct ditto_claim_info *info;
	struct ditto_range_lock *lock;
	u32 seen = 0;

	for (lock = ditto_ranges_seek_of(table, hold, pos->first); lock;
	     lock = ditto_ranges_next_of(lock)) {
		if (lock->range.first != pos->first) {
			pos->first = lock->range.first;
			pos->skip = 0;
			seen = 0;
		}
		if (seen++ < pos->skip)
			continue;
		pos->skip = seen;
		info = show_add(show, pos);
		if (!info)
			return false;
		info->kind = DITTO_CLAIM_RANGE;
		info->range = lock->range;
		info->exclusive = lock->exclusive;
		info->hold = hold->number;
		ditto_claim_party_of(hold, lock->id, lock->since, &info->who);
	}
	pos->part = PART_SHARE;
	return true;
}

static bool copy_share(struct show *show, const struct ditto_hold *hold,
		       struct ditto_claim_cursor *pos)
{
	struct ditto_claim_info *info;

	pos->part = PART_CACHES;
	pos->first = 0;
	if (!hold->shared)
		return true;
	info = show_add(show, pos);
	if (!info)
		return false;
	info->kind = DITTO_CLAIM_SHARE;
	info->access = hold->access;
	info->deny = hold->deny;
	info->hold = hold->number;
	ditto_claim_party_of(hold, hold->share, hold->shared_since, &info->who);
	return true;
}

/* The oldest come first, and so the least numbers. */
static bool copy_caches(struct show *show, const struct ditto_hold *hold,
			struct ditto_claim_cursor *pos)
{
	struct ditto_claim_info *info;
	struct ditto_cache *cache;

	list_for_each_entry(cache, &hold->caches, on_hold) {
		if (cache->number <= pos->first)
			continue;
		pos->first = cache->number;
		info = show_add(show, pos);
		if (!info)
			return false;
		info->kind = DITTO_CLAIM_CACHE;
		info->cache = cache->bits;
		if (cache->state == DITTO_CACHE_BREAKING)
			info->state = DITTO_CLAIM_BREAKING;
		info->hold = hold->number;
		ditto_claim_party_of(hold, cache->number, cache->since, &info->who);
	}
	pos->part = PART_WAITS;
	pos->first = 0;
	return true;
}

/* Who was there before and waits for the same; NULL: nobody. */
static const struct ditto_wait *waits_before(const struct ditto_wait *wait)
{
	const struct ditto_wait *before;

	list_for_each_entry(before, &wait->hold->claims->waits, list) {
		if (before == wait)
			break;
		if (before->hold != wait->hold && (before->exclusive || wait->exclusive) &&
		    ditto_range_overlaps(&before->range, &wait->range))
			return before;
	}
	return NULL;
}

/* Whom a wait waits for. */
static void show_blocker(const struct ditto_wait *wait, struct ditto_claim_info *info)
{
	struct ditto_hold *hold = wait->hold;
	const struct ditto_wait *before;
	struct ditto_range_lock *lock;
	struct ditto_conflict by;

	lock = ditto_ranges_conflict(&hold->claims->ranges, hold, hold->owner->handle, &wait->range,
				     wait->exclusive);
	if (lock) {
		ditto_claim_party_of(range_hold(lock), lock->id, lock->since, &info->by);
		return;
	}
	before = hold->ranges ? NULL : waits_before(wait);
	if (before) {
		ditto_claim_party_of(before->hold, before->number, before->since, &info->by);
		info->by_waits = true;
	} else if (ditto_vfs_test(hold->claims, hold->file, hold->owner, &wait->range,
				  wait->exclusive, &by) == -EAGAIN) {
		party_of_conflict(&by, &info->by);
	}
}

static void copy_waits(struct show *show, const struct ditto_hold *hold,
		       struct ditto_claim_cursor *pos)
{
	struct ditto_claim_info *info;
	struct ditto_wait *wait;

	list_for_each_entry(wait, &hold->claims->waits, list) {
		if (wait->hold != hold || wait->number <= pos->first)
			continue;
		pos->first = wait->number;
		info = show_add(show, pos);
		if (!info)
			return;
		info->kind = DITTO_CLAIM_RANGE;
		info->state = DITTO_CLAIM_WAITING;
		info->range = wait->range;
		info->exclusive = wait->exclusive;
		info->hold = hold->number;
		ditto_claim_party_of(hold, wait->number, wait->since, &info->who);
		show_blocker(wait, info);
	}
}

/* Copies what comes next of a hold. */
static void show_copy(struct show *show, struct ditto_hold *hold, struct ditto_claim_cursor pos)
{
	struct ditto_claims *claims = hold->claims;
	bool room = true;

	show->n = 0;
	mutex_lock(&claims->lock);
	if (ditto_hold_find(claims, hold->owner) == hold) {
		if (pos.part == PART_RANGES)
			room = copy_ranges(show, hold, &pos);
		if (room && pos.part == PART_SHARE)
			room = copy_share(show, hold, &pos);
		if (room && pos.part == PART_CACHES)
			room = copy_caches(show, hold, &pos);
		if (room)
			copy_waits(show, hold, &pos);
	}
	mutex_unlock(&claims->lock);
}

/* ---- the listing --------------------------------------------------------- */

typedef int (*show_fn)(void *arg, const struct ditto_claim_place *place,
		       const struct ditto_claim_info *info);

static bool show_wants(const struct ditto_claim_filter *filter, const struct ditto_hold *hold)
{
	if (filter->client && hold->owner->client->id != filter->client)
		return false;
	return !filter->inode || ditto_object_inode(hold->obj) == filter->inode;
}

static int show_hold(struct show *show, struct ditto_hold *hold,
		     struct ditto_claim_cursor *cursor, show_fn fn, void *arg)
{
	struct ditto_claim_place place;
	unsigned int i;
	int ret;

	ditto_claim_place_of(hold->obj, show->path, &place);
	do {
		show_copy(show, hold, *cursor);
		for (i = 0; i < show->n; i++) {
			ret = fn(arg, &place, &show->info[i]);
			if (ret)
				return ret;
			*cursor = show->next[i];
		}
		cond_resched();
	} while (show->n);
	return 0;
}

/**
 * ditto_claims_show - show claims
 * @filter: which
 * @cursor: where to go on; moved behind the last one shown
 * @fn: called for each, without locks; another value than 0 stops before that one
 * @arg: for @fn
 *
 * Claims come and go meanwhile; one that is there from beginning to end is shown exactly once,
 * unless it is merged or split. Process context, sleeps.
 *
 * Return: 0 at the end; -ENOMEM; what @fn returned.
 */
int ditto_claims_show(const struct ditto_claim_filter *filter, struct ditto_claim_cursor *cursor,
		      show_fn fn, void *arg)
{
	struct show *show = kvmalloc(sizeof(*show), GFP_KERNEL);
	struct ditto_hold *hold;
	u64 number;
	int ret = 0;

	if (!show)
		return -ENOMEM;
	for (;;) {
		number = cursor->done;
		hold = ditto_hold_next(&number, filter->net, NULL);
		if (!hold)
			break;
		if (cursor->at != number)
			*cursor = (struct ditto_claim_cursor){ .done = cursor->done, .at = number };
		if (show_wants(filter, hold))
			ret = show_hold(show, hold, cursor, fn, arg);
		ditto_hold_put(hold);
		if (ret)
			break;
		cursor->done = number;
	}
	kvfree(show);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_claims_show);

/* ---- taking away --------------------------------------------------------- */

/* What a number means to a hold. */
enum { NUMBER_NONE, NUMBER_RANGE, NUMBER_SHARE, NUMBER_CACHE, NUMBER_WAIT };

static int number_find(struct ditto_hold *hold, u64 number, struct ditto_range *range)
{
	struct ditto_claims *claims = hold->claims;
	struct ditto_range_lock *lock;
	struct ditto_cache *cache;
	struct ditto_wait *wait;
	int found = NUMBER_NONE;

	mutex_lock(&claims->lock);
	ditto_ranges_for_each_of(lock, &claims->ranges, hold) {
		if (lock->id == number) {
			*range = lock->range;
			found = NUMBER_RANGE;
			goto out;
		}
	}
	if (hold->shared && hold->share == number)
		found = NUMBER_SHARE;
	list_for_each_entry(cache, &hold->caches, on_hold) {
		if (cache->number == number)
			found = NUMBER_CACHE;
	}
	list_for_each_entry(wait, &claims->waits, list) {
		if (wait->hold == hold && wait->number == number)
			found = NUMBER_WAIT;
	}
out:
	mutex_unlock(&claims->lock);
	return found;
}

/* What the owner does to these bytes meanwhile, it does to what is taken away anyway. */
static int number_release(struct ditto_hold *hold, u64 number, bool all)
{
	struct ditto_range range;
	int what = number_find(hold, number, &range);

	if (what == NUMBER_NONE)
		return -ENOENT;
	if (all) {
		ditto_hold_release(hold, -ESTALE);
		return 0;
	}
	if (what == NUMBER_WAIT)
		return -EINPROGRESS;
	if (what == NUMBER_RANGE)
		return ditto_range_unlock(hold->owner, hold->obj, &range);
	if (what == NUMBER_CACHE)
		return ditto_cache_recall(hold, number) ? 0 : -ENOENT;
	return ditto_share_drop(hold->owner, hold->obj) ? 0 : -ENOENT;
}

/**
 * ditto_claim_release - the administrator takes a claim away
 * @net: network namespace
 * @number: of the claim
 * @all: with all else its owner has on the file, and waits for there
 *
 * Who waited for it gets on. Its client is not told; but a cache is asked back, and taken
 * if it does not come in its time.
 *
 * Return: 0; -ENOENT: no such claim; -EINPROGRESS: it is not held, but waited for; errors of
 * ditto_range_unlock().
 */
int ditto_claim_release(struct net *net, u64 number, bool all)
{
	struct ditto_hold *hold;
	int err = -ENOENT;
	u64 at = 0;

	/* a claim is younger than its hold */
	while (err == -ENOENT && at < number && (hold = ditto_hold_next(&at, net, NULL))) {
		err = number_release(hold, number, all);
		ditto_hold_put(hold);
	}
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_claim_release);
