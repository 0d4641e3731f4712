// SPDX-License-Identifier: GPL-2.0-only
/* Claims, those who have them, and the grace period, over netlink. */
#include <linux/ktime.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "ctl/internal.h"
#include "lock/grace.h"
#include "lock/lock.h"
#include "lock/note.h"

/* Place of the group of claims in the table of groups. */
#define CTL_GROUP_LOCKS		1
/* Room for an event: a path, an export, two owners. */
#define CTL_LOCK_EVENT_SIZE	(PATH_MAX + 2048)

static_assert((int)DITTO_CLAIM_RANGE == (int)DITTO_LOCK_KIND_RANGE);
static_assert((int)DITTO_CLAIM_SHARE == (int)DITTO_LOCK_KIND_SHARE);
static_assert((int)DITTO_CLAIM_CACHE == (int)DITTO_LOCK_KIND_CACHE);
static_assert((int)DITTO_CLAIM_HELD == (int)DITTO_LOCK_STATE_HELD);
static_assert((int)DITTO_CLAIM_WAITING == (int)DITTO_LOCK_STATE_WAITING);
static_assert((int)DITTO_CLAIM_BREAKING == (int)DITTO_LOCK_STATE_BREAKING);
static_assert((int)DITTO_NOTE_GRANTED == (int)DITTO_LOCK_EVENT_KIND_GRANTED);
static_assert((int)DITTO_NOTE_REVOKED == (int)DITTO_LOCK_EVENT_KIND_REVOKED);
static_assert((int)DITTO_NOTE_BREAKING == (int)DITTO_LOCK_EVENT_KIND_BREAKING);
static_assert(DITTO_SHARE_DELETE == (int)DITTO_SHARE_ACCESS_DELETE);
static_assert(DITTO_CACHE_W == (int)DITTO_CACHE_BITS_WRITE);

/**
 * struct ctl_locks - a listing of claims being dumped
 * @filter: which
 * @cursor: where it goes on
 * @file: the file of the filter, held; without a dentry where all are wanted
 */
struct ctl_locks {
	struct ditto_claim_filter	filter;
	struct ditto_claim_cursor	cursor;
	struct path			file;
};

/* ---- writing a claim ----------------------------------------------------- */

static int put_flag(struct sk_buff *skb, int attr, bool set)
{
	return set ? nla_put_flag(skb, attr) : 0;
}

static int put_place(struct sk_buff *skb, const struct ditto_claim_place *place)
{
	if (nla_put_string(skb, DITTO_A_CLAIM_EXPORT, place->export) ||
	    (*place->path && nla_put_string(skb, DITTO_A_CLAIM_PATH, place->path)) ||
	    nla_put_uint(skb, DITTO_A_CLAIM_INODE, place->inode))
		return -EMSGSIZE;
	return put_flag(skb, DITTO_A_CLAIM_REMOVED, place->removed);
}

static int put_what(struct sk_buff *skb, const struct ditto_claim_info *info)
{
	switch (info->kind) {
	case DITTO_CLAIM_RANGE:
		if (nla_put_uint(skb, DITTO_A_CLAIM_FIRST, info->range.first) ||
		    nla_put_uint(skb, DITTO_A_CLAIM_LAST, info->range.last) ||
		    put_flag(skb, DITTO_A_CLAIM_EMPTY, info->range.empty))
			return -EMSGSIZE;
		return put_flag(skb, DITTO_A_CLAIM_EXCLUSIVE, info->exclusive);
	case DITTO_CLAIM_SHARE:
		if (nla_put_u32(skb, DITTO_A_CLAIM_ACCESS, info->access))
			return -EMSGSIZE;
		return nla_put_u32(skb, DITTO_A_CLAIM_DENY, info->deny);
	default:
		return nla_put_u32(skb, DITTO_A_CLAIM_BITS, info->cache);
	}
}

static int put_who(struct sk_buff *skb, const struct ditto_claim_party *who)
{
	if ((who->claim && nla_put_uint(skb, DITTO_A_CLAIM_ID, who->claim)) ||
	    nla_put_string(skb, DITTO_A_CLAIM_PROTOCOL, who->protocol) ||
	    nla_put_uint(skb, DITTO_A_CLAIM_CLIENT_ID, who->client_id) ||
	    nla_put_string(skb, DITTO_A_CLAIM_CLIENT, who->client) ||
	    nla_put_string(skb, DITTO_A_CLAIM_OWNER, who->owner) ||
	    nla_put_uint(skb, DITTO_A_CLAIM_AGE, who->age))
		return -EMSGSIZE;
	return 0;
}

/* Who is in the way; nothing where that is not known. */
static int put_by(struct sk_buff *skb, const struct ditto_claim_info *info)
{
	const struct ditto_claim_party *by = &info->by;

	if (!*by->protocol)
		return 0;
	if (nla_put_string(skb, DITTO_A_CLAIM_BY_PROTOCOL, by->protocol) ||
	    nla_put_string(skb, DITTO_A_CLAIM_BY_CLIENT, by->client) ||
	    nla_put_string(skb, DITTO_A_CLAIM_BY_OWNER, by->owner))
		return -EMSGSIZE;
	if (!by->claim)
		return 0;
	if (nla_put_uint(skb, DITTO_A_CLAIM_BY_ID, by->claim) ||
	    nla_put_uint(skb, DITTO_A_CLAIM_BY_CLIENT_ID, by->client_id) ||
	    nla_put_uint(skb, DITTO_A_CLAIM_BY_AGE, by->age))
		return -EMSGSIZE;
	return put_flag(skb, DITTO_A_CLAIM_BY_WAITS, info->by_waits);
}

static int put_claim(struct sk_buff *skb, const struct ditto_claim_place *place,
		     const struct ditto_claim_info *info)
{
	if (nla_put_uint(skb, DITTO_A_CLAIM_HOLD, info->hold) ||
	    nla_put_u32(skb, DITTO_A_CLAIM_KIND, info->kind) ||
	    nla_put_u32(skb, DITTO_A_CLAIM_STATE, info->state) ||
	    put_who(skb, &info->who) || put_place(skb, place) || put_what(skb, info))
		return -EMSGSIZE;
	return put_by(skb, info);
}

/* ---- claims -------------------------------------------------------------- */

static int lock_dump(void *arg, const struct ditto_claim_place *place,
		     const struct ditto_claim_info *info)
{
	struct ditto_ctl_dump *dump = arg;
	void *hdr = ditto_ctl_dump_begin(dump);

	if (!hdr || put_claim(dump->skb, place, info))
		return ditto_ctl_dump_cancel(dump, hdr);
	genlmsg_end(dump->skb, hdr);
	return 0;
}

static int lock_find_file(struct netlink_callback *cb, const struct nlattr *attr,
			  struct ctl_locks *locks)
{
	int err = kern_path(nla_data(attr), LOOKUP_FOLLOW, &locks->file);

	if (err) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attr, "there is no such file");
		return err;
	}
	locks->filter.inode = d_inode(locks->file.dentry);
	return 0;
}

/**
 * ditto_ctl_lock_start - begin to dump claims
 * @cb: the dump
 *
 * Return: 0; -ENOMEM; what looking up the file said.
 */
int ditto_ctl_lock_start(struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	const struct nlattr *client = info->attrs[DITTO_A_CLAIM_CLIENT_ID];
	const struct nlattr *file = info->attrs[DITTO_A_CLAIM_FILE];
	struct ctl_locks *locks = kzalloc(sizeof(*locks), GFP_KERNEL);
	int err = 0;

	if (!locks)
		return -ENOMEM;
	locks->filter.net = sock_net(cb->skb->sk);
	if (client)
		locks->filter.client = nla_get_uint(client);
	if (file)
		err = lock_find_file(cb, file, locks);
	if (err)
		kfree(locks);
	else
		cb->args[0] = (long)locks;
	return err;
}

/**
 * ditto_ctl_lock_done - a dump of claims has ended
 * @cb: the dump
 *
 * Return: 0.
 */
int ditto_ctl_lock_done(struct netlink_callback *cb)
{
	struct ctl_locks *locks = (struct ctl_locks *)cb->args[0];

	if (locks->file.dentry)
		path_put(&locks->file);
	kfree(locks);
	return 0;
}

/**
 * ditto_ctl_lock_get - dump claims
 * @skb: room for messages
 * @cb: the dump
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_lock_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_LOCK_GET };
	struct ctl_locks *locks = (struct ctl_locks *)cb->args[0];

	return ditto_ctl_dump_result(&dump, ditto_claims_show(&locks->filter, &locks->cursor,
							      lock_dump, &dump));
}

/**
 * ditto_ctl_lock_release - take a claim away
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT: no such claim; -EINPROGRESS: it is waited for; errors of the file system.
 */
int ditto_ctl_lock_release(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[DITTO_A_CLAIM_ID];
	struct net *net = genl_info_net(info);
	int err;

	if (!id)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "which claim? give its id");
	err = ditto_claim_release(net, nla_get_uint(id),
				  nla_get_flag(info->attrs[DITTO_A_CLAIM_ALL]));
	if (err == -ENOENT)
		return ditto_ctl_refuse(info, id, err,
					"there is no such claim (any more); dittoctl locks");
	if (err == -EINPROGRESS)
		return ditto_ctl_refuse(info, id, err,
					"it is not held, but waited for; release what it waits for, or all of its owner");
	if (!err)
		ditto_ctl_changed(net, DITTO_EVENT_KIND_CLAIM_RELEASED, NULL, nla_get_uint(id));
	return err;
}

/* ---- clients ------------------------------------------------------------- */

static int lock_client_dump(void *arg, const struct ditto_client *client)
{
	u64 age = div_u64(ktime_get_boottime_ns() - client->since, NSEC_PER_MSEC);
	struct ditto_ctl_dump *dump = arg;
	struct sk_buff *skb = dump->skb;
	void *hdr = ditto_ctl_dump_begin(dump);

	if (!hdr || nla_put_uint(skb, DITTO_A_HOLDER_ID, client->id) ||
	    nla_put_string(skb, DITTO_A_HOLDER_PROTOCOL, client->ops->protocol) ||
	    nla_put_string(skb, DITTO_A_HOLDER_NAME, client->name) ||
	    ditto_ctl_put_address(skb, &client->addr, DITTO_A_HOLDER_ADDRESS,
				  DITTO_A_HOLDER_PORT) ||
	    nla_put_uint(skb, DITTO_A_HOLDER_RANGES, atomic_read(&client->ranges)) ||
	    nla_put_uint(skb, DITTO_A_HOLDER_WAITS, atomic_read(&client->waits)) ||
	    nla_put_uint(skb, DITTO_A_HOLDER_AGE, age))
		return ditto_ctl_dump_cancel(dump, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ditto_ctl_lock_client_get - dump those who have claims
 * @skb: room for messages
 * @cb: the dump; where it goes on is kept in its context
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_lock_client_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_LOCK_CLIENT_GET };
	u64 *cursor = (u64 *)cb->ctx;

	return ditto_ctl_dump_result(&dump, ditto_client_for_each(sock_net(skb->sk), cursor,
								  lock_client_dump, &dump));
}

/**
 * ditto_ctl_lock_client_forget - take all claims of a client away
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT: no such client.
 */
int ditto_ctl_lock_client_forget(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[DITTO_A_HOLDER_ID];
	struct net *net = genl_info_net(info);
	int err;

	if (!id)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "which client? give its id");
	err = ditto_client_forget(net, nla_get_uint(id));
	if (err)
		return ditto_ctl_refuse(info, id, err,
					"there is no such client (any more); dittoctl locks clients");
	ditto_ctl_changed(net, DITTO_EVENT_KIND_CLAIM_CLIENT_FORGOTTEN, NULL, nla_get_uint(id));
	return 0;
}

/* ---- grace --------------------------------------------------------------- */

/**
 * ditto_ctl_grace_get - show the grace period
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or an error.
 */
int ditto_ctl_grace_get(struct sk_buff *skb, struct genl_info *info)
{
	struct ditto_grace_info grace;
	struct sk_buff *reply;
	void *hdr;

	ditto_grace_show(genl_info_net(info), &grace);
	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_iput(reply, info);
	if (!hdr || put_flag(reply, DITTO_A_GRACE_ACTIVE, grace.active) ||
	    nla_put_uint(reply, DITTO_A_GRACE_LEFT, grace.left) ||
	    nla_put_uint(reply, DITTO_A_GRACE_EXPECTED, grace.expected) ||
	    nla_put_uint(reply, DITTO_A_GRACE_DONE, grace.done)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

/**
 * ditto_ctl_grace_end - end the grace period
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT: there is none.
 */
int ditto_ctl_grace_end(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	int err = ditto_grace_end(net);

	if (err)
		return ditto_ctl_refuse(info, NULL, err, "there is no grace period to end");
	ditto_ctl_changed(net, DITTO_EVENT_KIND_GRACE_ENDED, NULL, 0);
	return 0;
}

/* ---- events -------------------------------------------------------------- */

static bool lock_event_wants(struct net *net)
{
	return genl_has_listeners(&ditto_ctl_family, net, CTL_GROUP_LOCKS);
}

static void lock_event(struct net *net, enum ditto_note_event event,
		       const struct ditto_claim_place *place, const struct ditto_claim_info *info)
{
	struct sk_buff *skb = genlmsg_new(CTL_LOCK_EVENT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return;
	hdr = genlmsg_put(skb, 0, 0, &ditto_ctl_family, 0, DITTO_CMD_LOCK_EVENT);
	if (!hdr || nla_put_u32(skb, DITTO_A_CLAIM_EVENT, event) || put_claim(skb, place, info)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&ditto_ctl_family, net, skb, 0, CTL_GROUP_LOCKS, GFP_KERNEL);
}

static const struct ditto_note_watcher lock_watcher = {
	.wants	= lock_event_wants,
	.note	= lock_event,
};

/**
 * ditto_ctl_lock_init - begin to tell of claims; the family is registered
 */
void ditto_ctl_lock_init(void)
{
	ditto_note_watch(&lock_watcher);
}

/**
 * ditto_ctl_lock_exit - tell no longer; nobody has claims any more
 */
void ditto_ctl_lock_exit(void)
{
	ditto_note_watch(NULL);
}
