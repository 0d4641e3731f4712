// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHARE claims: who has a file open for what, and what others may not do meanwhile.
 *
 * An owner has one share on a file, in its hold: the union of what its protocol has
 * open for it. The claims count for each kind of access and of denial how many
 * shares have it, so that a conflict is found without looking at them one by one.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include "base/settings.h"
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/note.h"
#include "lock/share.h"
#include "lock/stats.h"

static atomic_t shares_all = ATOMIC_INIT(0);
static u32 shares_per_file;
static u32 shares_per_client;
static u32 shares_in_all;

static struct ditto_setting share_settings[] = {
	DITTO_SETTING_VAR("shares-per-file", shares_per_file, 1, 1 << 20, 1000,
			  "owners that have one file open with a share, at most"),
	DITTO_SETTING_VAR("shares-per-client", shares_per_client, 1, 1 << 24, 10000,
			  "shares of one client, at most"),
	DITTO_SETTING_VAR("shares", shares_in_all, 1, 1 << 26, 100000,
			  "shares in all, at most"),
};

static struct ditto_setting_group share_setting_group = {
	.settings	= share_settings,
	.nr		= ARRAY_SIZE(share_settings),
};

/* May there be one more? It is counted if so. */
static bool share_charge(const struct ditto_hold *hold)
{
	struct ditto_client *client = hold->owner->client;

	if (hold->claims->nr_shares >= READ_ONCE(shares_per_file))
		goto limit;
	if (atomic_inc_return(&client->shares) > READ_ONCE(shares_per_client))
		goto client;
	if (atomic_inc_return(&shares_all) <= READ_ONCE(shares_in_all))
		return true;
	atomic_dec(&shares_all);
client:
	atomic_dec(&client->shares);
limit:
	ditto_lock_count(client->net, DITTO_LOCK_LIMITED);
	return false;
}

static void share_uncharge(const struct ditto_hold *hold)
{
	atomic_dec(&hold->owner->client->shares);
	atomic_dec(&shares_all);
}

static void share_count(u32 *count, unsigned int bits, int n)
{
	int i;

	for (i = 0; i < DITTO_SHARE_KINDS; i++) {
		if (bits & BIT(i))
			count[i] += n;
	}
}

/* What others than @own have: bits of which there are more than its own. */
static unsigned int share_others(const u32 *count, unsigned int own)
{
	unsigned int bits = 0;
	int i;

	for (i = 0; i < DITTO_SHARE_KINDS; i++) {
		if (count[i] > !!(own & BIT(i)))
			bits |= BIT(i);
	}
	return bits;
}

static u32 share_summary(const struct ditto_claims *claims)
{
	u32 summary = 0;

	if (claims->denies[0])
		summary |= DITTO_SUMMARY_DENY_READ;
	if (claims->denies[1])
		summary |= DITTO_SUMMARY_DENY_WRITE;
	if (claims->denies[2])
		summary |= DITTO_SUMMARY_DENY_DELETE;
	return summary;
}

/* Puts a share in place of what the hold had; charged if it had none. */
static void share_put(struct ditto_hold *hold, unsigned int access, unsigned int deny)
{
	struct ditto_claims *claims = hold->claims;

	share_count(claims->accesses, hold->access, -1);
	share_count(claims->denies, hold->deny, -1);
	if (!hold->shared && (access || deny)) {
		hold->shared = true;
		hold->share = ditto_claim_number();
		hold->shared_since = ktime_get_boottime_ns();
		hold->users++;
		claims->nr_shares++;
		list_add_tail(&hold->on_shares, &claims->shares);
	} else if (hold->shared && !access && !deny) {
		hold->shared = false;
		hold->users--;
		claims->nr_shares--;
		share_uncharge(hold);
		list_del(&hold->on_shares);
	}
	hold->access = access;
	hold->deny = deny;
	share_count(claims->accesses, access, 1);
	share_count(claims->denies, deny, 1);
	ditto_claims_summarize(claims, DITTO_SUMMARY_DENY_READ | DITTO_SUMMARY_DENY_WRITE |
			       DITTO_SUMMARY_DENY_DELETE, share_summary(claims));
}

static void share_conflict(const struct ditto_hold *hold, struct ditto_conflict *by)
{
	const struct ditto_client *client = hold->owner->client;

	memset(by, 0, sizeof(*by));
	by->protocol = client->ops->protocol;
	strscpy(by->client, client->name, sizeof(by->client));
}

/*
 * Would somebody else's share stand against this one? Those of @own, and of clients
 * at @peer, do not count.
 */
static struct ditto_hold *share_find(const struct ditto_claims *claims,
				     const struct ditto_hold *own,
				     const struct sockaddr_storage *peer,
				     unsigned int access, unsigned int deny)
{
	struct ditto_hold *hold;

	list_for_each_entry(hold, &claims->shares, on_shares) {
		if (hold == own || (peer && ditto_client_is_at(hold->owner->client, peer)))
			continue;
		if (ditto_share_conflicts(hold->access, hold->deny, access, deny))
			return hold;
	}
	return NULL;
}

/*
 * A share is in the way. Those who may be able to give theirs up are asked: -EJUKEBOX;
 * -ESHAREDENIED if there is none.
 */
static int share_ask_sharers(struct ditto_claims *claims, struct ditto_access *acc,
			     const struct ditto_hold *own, const struct sockaddr_storage *peer,
			     unsigned int access, unsigned int deny)
{
	struct ditto_hold *hold;
	int err = -ESHAREDENIED;

	list_for_each_entry(hold, &claims->shares, on_shares) {
		if (hold == own || (peer && ditto_client_is_at(hold->owner->client, peer)))
			continue;
		if (ditto_share_conflicts(hold->access, hold->deny, access, deny) &&
		    ditto_caches_ask_sharer(claims, acc, hold))
			err = -EJUKEBOX;
	}
	return err;
}

/* What else an open means to others: they may have to give up caches. */
static int share_ask_caches(struct ditto_hold *hold, struct ditto_access *acc, unsigned int access)
{
	unsigned int more = access & ~hold->access;

	if (more & DITTO_SHARE_WRITE)
		return ditto_caches_ask(hold->claims, acc, hold->owner, DITTO_INTENT_OPEN_WRITE);
	if (more & DITTO_SHARE_READ)
		return ditto_caches_ask(hold->claims, acc, hold->owner, DITTO_INTENT_OPEN_READ);
	return 0;
}

static int share_set(struct ditto_hold *hold, struct ditto_access *acc, unsigned int access,
		     unsigned int deny, struct ditto_conflict *by)
{
	struct ditto_claims *claims = hold->claims;
	struct ditto_hold *other = NULL;
	int err;

	if (ditto_share_conflicts(share_others(claims->accesses, hold->access),
				  share_others(claims->denies, hold->deny), access, deny))
		other = share_find(claims, hold, NULL, access, deny);
	if (other) {
		share_conflict(other, by);
		return share_ask_sharers(claims, acc, hold, NULL, access, deny);
	}
	err = share_ask_caches(hold, acc, access);
	if (err)
		return err;
	if (!hold->shared && (access || deny) && !share_charge(hold))
		return -ENOLCK;
	share_put(hold, access, deny);
	return 0;
}

/**
 * ditto_share_set - open a file, or change how it is open
 * @acc: the caller's access, begun
 * @obj: the file
 * @owner: for whom
 * @access: what it is going to do, DITTO_SHARE_ bits
 * @deny: what others may not do meanwhile
 * @reclaim: it was open before the server's restart
 * @by: filled in for -ESHAREDENIED
 *
 * In place of what the owner had on the file. Permissions are the protocol's to check.
 *
 * Return: 0; -ESHAREDENIED: somebody else's share is against it, and nothing has changed;
 * -EJUKEBOX: holders of caches were told to give way (@acc->park), nothing has changed;
 * -EGRACE; -ESTALE: client or export are gone; -ENOLCK: a limit; -ENOMEM.
 */
int ditto_share_set(struct ditto_access *acc, struct ditto_object *obj,
		    struct ditto_owner *owner, unsigned int access, unsigned int deny,
		    bool reclaim, struct ditto_conflict *by)
{
	struct net *net = owner->client->net;
	struct ditto_hold *hold, *spare;
	struct ditto_claims *claims;
	LIST_HEAD(gone);
	int err;

	err = ditto_grace_check(net, reclaim);
	if (err)
		return err;
	claims = ditto_claims_make(obj);
	spare = claims ? ditto_hold_alloc() : NULL;
	if (!spare)
		return -ENOMEM;
	mutex_lock(&claims->lock);
	hold = ditto_hold_begin(claims, owner, obj, &spare, &gone);
	err = PTR_ERR_OR_ZERO(hold);
	if (!err) {
		err = share_set(hold, acc, access, deny, by);
		/* a break is under way: neither yet */
		if (err != -EJUKEBOX)
			ditto_note_share(err ? DITTO_NOTE_DENIED : DITTO_NOTE_GRANTED, hold, access,
					 deny, err ? by : NULL);
		ditto_hold_end(hold, &gone);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	ditto_hold_free(spare);
	if (!err)
		ditto_lock_count(net, DITTO_LOCK_SHARES);
	else if (err == -ESHAREDENIED)
		ditto_lock_count(net, DITTO_LOCK_SHARES_DENIED);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_share_set);

/**
 * ditto_share_get - how an owner has a file open
 * @owner: the owner
 * @obj: the file
 * @access: set, DITTO_SHARE_ bits
 * @deny: set
 *
 * Return: true; false: not at all.
 */
bool ditto_share_get(struct ditto_owner *owner, struct ditto_object *obj, unsigned int *access,
		     unsigned int *deny)
{
	struct ditto_node *node = ditto_object_node(obj);
	struct ditto_claims *claims = node ? ditto_claims_of(node) : NULL;
	struct ditto_hold *hold;
	bool shared = false;

	*access = *deny = 0;
	if (!claims)
		return false;
	mutex_lock(&claims->lock);
	hold = ditto_hold_find(claims, owner);
	if (hold && hold->shared) {
		shared = true;
		*access = hold->access;
		*deny = hold->deny;
	}
	mutex_unlock(&claims->lock);
	return shared;
}
EXPORT_SYMBOL_GPL(ditto_share_get);

/**
 * ditto_share_drop - an owner closes a file
 * @owner: the owner
 * @obj: the file
 *
 * Return: true; false: it did not have it open.
 */
bool ditto_share_drop(struct ditto_owner *owner, struct ditto_object *obj)
{
	struct ditto_node *node = ditto_object_node(obj);
	struct ditto_claims *claims = node ? ditto_claims_of(node) : NULL;
	struct ditto_hold *hold;
	bool shared = false;
	LIST_HEAD(gone);

	if (!claims)
		return false;
	mutex_lock(&claims->lock);
	hold = ditto_hold_find(claims, owner);
	if (hold) {
		shared = hold->shared;
		if (shared)
			ditto_note_share(DITTO_NOTE_RELEASED, hold, hold->access, hold->deny, NULL);
		hold->users++;
		share_put(hold, 0, 0);
		ditto_hold_end(hold, &gone);
	}
	mutex_unlock(&claims->lock);
	ditto_holds_put(&gone);
	return shared;
}
EXPORT_SYMBOL_GPL(ditto_share_drop);

/**
 * ditto_share_forget - drop the share of a hold
 * @hold: its claims are locked; the caller is one of its users
 */
void ditto_share_forget(struct ditto_hold *hold)
{
	if (!hold->shared)
		return;
	ditto_note_share(DITTO_NOTE_REVOKED, hold, hold->access, hold->deny, NULL);
	share_put(hold, 0, 0);
	ditto_lock_count(hold->owner->client->net, DITTO_LOCK_REVOKED);
}

/**
 * ditto_share_ask - may somebody without a share do this?
 * @claims: locked
 * @acc: the caller's access: its owner's share does not count; without an owner, those of
 *	clients at its peer do not
 * @access: what it does, DITTO_SHARE_ bits
 *
 * Return: 0; -ESHAREDENIED; -EJUKEBOX: the holder was asked to give it up.
 */
int ditto_share_ask(struct ditto_claims *claims, struct ditto_access *acc, unsigned int access)
{
	const struct ditto_hold *own = acc->owner ? ditto_hold_find(claims, acc->owner) : NULL;
	const struct sockaddr_storage *peer = acc->owner ? NULL : acc->peer;

	if (!share_find(claims, own, peer, access, 0))
		return 0;
	return share_ask_sharers(claims, acc, own, peer, access, 0);
}

/**
 * ditto_share_start - start
 *
 * Return: 0 or a negative errno.
 */
int ditto_share_start(void)
{
	shares_per_file = share_settings[0].def;
	shares_per_client = share_settings[1].def;
	shares_in_all = share_settings[2].def;
	return ditto_settings_register(&share_setting_group);
}

/**
 * ditto_share_stop - stop; no claims are left
 */
void ditto_share_stop(void)
{
	ditto_settings_unregister(&share_setting_group);
	WARN_ON_ONCE(atomic_read(&shares_all));
}
