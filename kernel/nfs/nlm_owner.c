// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM: processes on client machines, as owners of claims.
 *
 * The table holds no references. An owner whose last one is gone is still found until
 * it has been taken out, and passed by: it had no claims, so a new one of the same
 * name is as good.
 */
#include <linux/ctype.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "nfs/nlm.h"

#define OWNER_BITS	12

static struct owner_bucket {
	spinlock_t		lock;
	struct hlist_head	owners;
} buckets[1 << OWNER_BITS];

static u32 owner_salt;

static struct owner_bucket *owner_bucket(const struct nlm_host *host, s32 svid, const u8 *oh,
					 u32 len)
{
	u32 hash = jhash(oh, len, owner_salt ^ svid);

	return &buckets[jhash_2words(hash, (u32)host->client.id, owner_salt) >>
			(32 - OWNER_BITS)];
}

static struct nlm_owner *find_locked(struct owner_bucket *bucket, const struct nlm_host *host,
				     const struct nlm_lock *lock)
{
	struct nlm_owner *owner;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(owner, &bucket->owners, in_table) {
		if (owner->owner.client == &host->client && owner->svid == lock->svid &&
		    owner->oh_len == lock->oh.len &&
		    !memcmp(owner->oh, lock->oh.data, owner->oh_len) &&
		    refcount_inc_not_zero(&owner->owner.ref))
			return owner;
	}
	return NULL;
}

/**
 * nlm_owner_find - an owner that is known
 * @host: its host
 * @lock: says which
 *
 * Return: the owner, for nlm_owner_put(); NULL: there is none, and it has no claims.
 */
struct nlm_owner *nlm_owner_find(struct nlm_host *host, const struct nlm_lock *lock)
{
	struct owner_bucket *bucket = owner_bucket(host, lock->svid, lock->oh.data, lock->oh.len);
	struct nlm_owner *owner;

	spin_lock(&bucket->lock);
	owner = find_locked(bucket, host, lock);
	spin_unlock(&bucket->lock);
	return owner;
}

static struct nlm_owner *owner_new(struct nlm_host *host, const struct nlm_lock *lock)
{
	struct nlm_owner *owner;

	owner = kzalloc(struct_size(owner, oh, lock->oh.len), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return NULL;
	mutex_init(&owner->lock);
	INIT_LIST_HEAD(&owner->blocks);
	owner->svid = lock->svid;
	owner->oh_len = lock->oh.len;
	memcpy(owner->oh, lock->oh.data, lock->oh.len);
	ditto_owner_init(&owner->owner, &host->client, false);
	return owner;
}

/**
 * nlm_owner_make - an owner, made if it is not known
 * @host: its host, held
 * @lock: says which
 *
 * Return: the owner, for nlm_owner_put(); NULL: no memory.
 */
struct nlm_owner *nlm_owner_make(struct nlm_host *host, const struct nlm_lock *lock)
{
	struct owner_bucket *bucket = owner_bucket(host, lock->svid, lock->oh.data, lock->oh.len);
	struct nlm_owner *owner = nlm_owner_find(host, lock);
	struct nlm_owner *other;

	if (owner)
		return owner;
	owner = owner_new(host, lock);
	if (!owner)
		return NULL;
	spin_lock(&bucket->lock);
	other = find_locked(bucket, host, lock);
	if (!other)
		hlist_add_head(&owner->in_table, &bucket->owners);
	spin_unlock(&bucket->lock);
	if (!other)
		return owner;
	nlm_owner_put(owner);
	return other;
}

static void owner_free(struct ditto_owner *o)
{
	struct nlm_owner *owner = container_of(o, struct nlm_owner, owner);
	struct owner_bucket *bucket = owner_bucket(nlm_host_of(owner), owner->svid, owner->oh,
						   owner->oh_len);

	spin_lock(&bucket->lock);
	if (!hlist_unhashed(&owner->in_table))
		hlist_del(&owner->in_table);
	spin_unlock(&bucket->lock);
	WARN_ON_ONCE(!list_empty(&owner->blocks));
	kfree(owner);
}

/* Owner handles are text as most clients make them, but need not be. */
static void owner_describe(const struct ditto_owner *o, char text[DITTO_OWNER_TEXT])
{
	const struct nlm_owner *owner = container_of(o, struct nlm_owner, owner);
	u32 len = owner->oh_len, i;

	for (i = 0; i < len; i++)
		if (!isascii(owner->oh[i]) || !isprint(owner->oh[i]))
			break;
	if (i == len)
		scnprintf(text, DITTO_OWNER_TEXT, "process %u \"%.*s\"", (u32)owner->svid,
			  (int)min_t(u32, len, 48), owner->oh);
	else
		scnprintf(text, DITTO_OWNER_TEXT, "process %u %*phN", (u32)owner->svid,
			  (int)min_t(u32, len, 24), owner->oh);
}

static void owner_holder(const struct ditto_owner *o, struct ditto_conflict *by)
{
	const struct nlm_owner *owner = container_of(o, struct nlm_owner, owner);

	by->svid = owner->svid;
	by->oh_len = min_t(u32, owner->oh_len, DITTO_CONFLICT_OH);
	memcpy(by->oh, owner->oh, by->oh_len);
}

const struct ditto_client_ops nlm_client_ops = {
	.protocol	= "nlm",
	.module		= THIS_MODULE,
	.free		= nlm_host_free,
	.free_owner	= owner_free,
	.describe	= owner_describe,
	.holder		= owner_holder,
	.forgotten	= nlm_host_forgotten,
};

/**
 * nlm_owners_init - make the table
 */
void nlm_owners_init(void)
{
	unsigned int i;

	owner_salt = get_random_u32();
	for (i = 0; i < ARRAY_SIZE(buckets); i++)
		spin_lock_init(&buckets[i].lock);
}
