// SPDX-License-Identifier: GPL-2.0-only
/* Clients and owners. */
#include <linux/in.h>
#include <linux/in6.h>
#include <kunit/visibility.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include "compat/compat.h"
#include "lock/claims.h"
#include "lock/client.h"

/* Clients in order of their numbers; changed rarely. */
static DEFINE_MUTEX(clients_lock);
static LIST_HEAD(clients);
static u64 clients_last;

/**
 * ditto_client_init - a new client
 * @client: embedded in an object of the protocol, cleared; referenced by the caller
 * @ops: the protocol's functions
 * @net: network namespace
 * @name: as it is shown, cut to what fits
 * @addr: where it is, or NULL
 */
void ditto_client_init(struct ditto_client *client, const struct ditto_client_ops *ops,
		       struct net *net, const char *name, const struct sockaddr_storage *addr)
{
	client->ops = ops;
	client->net = net;
	strscpy(client->name, name, sizeof(client->name));
	if (addr)
		client->addr = *addr;
	client->since = ktime_get_boottime_ns();
	refcount_set(&client->ref, 1);
	atomic_set(&client->ranges, 0);
	atomic_set(&client->waits, 0);
	atomic_set(&client->shares, 0);
	atomic_set(&client->caches, 0);
	spin_lock_init(&client->lock);
	INIT_LIST_HEAD(&client->owners);
	client->gone = false;
	mutex_lock(&clients_lock);
	client->id = ++clients_last;
	list_add_tail(&client->list, &clients);
	mutex_unlock(&clients_lock);
}
EXPORT_SYMBOL_GPL(ditto_client_init);

/**
 * ditto_client_get - another reference
 * @client: held
 *
 * Return: @client.
 */
struct ditto_client *ditto_client_get(struct ditto_client *client)
{
	refcount_inc(&client->ref);
	return client;
}
EXPORT_SYMBOL_GPL(ditto_client_get);

/**
 * ditto_client_put - give a reference back
 * @client: may be freed by it; process context
 */
void ditto_client_put(struct ditto_client *client)
{
	if (!refcount_dec_and_mutex_lock(&client->ref, &clients_lock))
		return;
	list_del(&client->list);
	mutex_unlock(&clients_lock);
	WARN_ON_ONCE(!list_empty(&client->owners));
	client->ops->free(client);
}
EXPORT_SYMBOL_GPL(ditto_client_put);

/**
 * ditto_client_is_at - is this the client's address?
 * @client: the client
 * @addr: the address; its port is not looked at
 *
 * Return: true if so.
 */
bool ditto_client_is_at(const struct ditto_client *client, const struct sockaddr_storage *addr)
{
	const struct sockaddr_storage *own = &client->addr;

	if (own->ss_family != addr->ss_family)
		return false;
	if (addr->ss_family == AF_INET)
		return ((const struct sockaddr_in *)own)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)addr)->sin_addr.s_addr;
	return addr->ss_family == AF_INET6 &&
	       ipv6_addr_equal(&((const struct sockaddr_in6 *)own)->sin6_addr,
			       &((const struct sockaddr_in6 *)addr)->sin6_addr);
}
EXPORT_SYMBOL_GPL(ditto_client_is_at);

/* A hold of some owner of the client, referenced. */
static struct ditto_hold *client_hold(struct ditto_client *client)
{
	struct ditto_hold *hold = NULL;
	struct ditto_owner *owner;

	spin_lock(&client->lock);
	list_for_each_entry(owner, &client->owners, list) {
		hold = list_first_entry_or_null(&owner->holds, struct ditto_hold, on_owner);
		if (!hold)
			continue;
		ditto_hold_get(hold);
		/* the next search need not go by all those before it again */
		list_rotate_to_front(&owner->list, &client->owners);
		break;
	}
	spin_unlock(&client->lock);
	return hold;
}

/**
 * ditto_client_release - drop all claims of a client
 * @client: held; it may claim anew
 *
 * What it waits for ends with -ESTALE. Process context, sleeps.
 */
void ditto_client_release(struct ditto_client *client)
{
	struct ditto_hold *hold;

	while ((hold = client_hold(client))) {
		ditto_hold_release(hold, -ESTALE);
		ditto_hold_put(hold);
	}
}
EXPORT_SYMBOL_GPL(ditto_client_release);

/**
 * ditto_client_gone - drop all claims of a client and grant it nothing any more
 * @client: held
 *
 * Process context, sleeps.
 */
void ditto_client_gone(struct ditto_client *client)
{
	spin_lock(&client->lock);
	client->gone = true;
	spin_unlock(&client->lock);
	ditto_client_release(client);
}
EXPORT_SYMBOL_GPL(ditto_client_gone);

/**
 * ditto_client_forget - the administrator has a client forgotten
 * @net: network namespace
 * @id: its number
 *
 * Return: 0; -ENOENT: there is no such client.
 */
int ditto_client_forget(struct net *net, u64 id)
{
	struct ditto_client *client;

	mutex_lock(&clients_lock);
	list_for_each_entry(client, &clients, list) {
		if (client->id == id && net_eq(client->net, net) &&
		    refcount_inc_not_zero(&client->ref)) {
			mutex_unlock(&clients_lock);
			ditto_client_release(client);
			if (client->ops->forgotten)
				client->ops->forgotten(client);
			ditto_client_put(client);
			return 0;
		}
	}
	mutex_unlock(&clients_lock);
	return -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_client_forget);

/**
 * ditto_client_for_each - go through the clients of a namespace
 * @net: network namespace
 * @cursor: 0 at first; then behind which to go on
 * @fn: called for each, must not sleep for long; another value than 0 stops before that one
 * @arg: for @fn
 *
 * Return: 0 at the end, or what @fn returned.
 */
int ditto_client_for_each(struct net *net, u64 *cursor,
			  int (*fn)(void *arg, const struct ditto_client *client), void *arg)
{
	struct ditto_client *client;
	int ret = 0;

	mutex_lock(&clients_lock);
	list_for_each_entry(client, &clients, list) {
		if (client->id <= *cursor || !net_eq(client->net, net))
			continue;
		ret = fn(arg, client);
		if (ret)
			break;
		*cursor = client->id;
	}
	mutex_unlock(&clients_lock);
	return ret;
}

/* ---- owners -------------------------------------------------------------- */

/**
 * ditto_owner_init - a new owner
 * @owner: embedded in an object of the protocol; referenced by the caller
 * @client: its client; held by it from now on
 * @handle: an SMB open, whose ranges are exact
 */
void ditto_owner_init(struct ditto_owner *owner, struct ditto_client *client, bool handle)
{
	owner->client = ditto_client_get(client);
	memset(&owner->key, 0, sizeof(owner->key));
	owner->handle = handle;
	refcount_set(&owner->ref, 1);
	INIT_LIST_HEAD(&owner->holds);
	INIT_LIST_HEAD(&owner->waits);
	spin_lock(&client->lock);
	list_add_tail(&owner->list, &client->owners);
	spin_unlock(&client->lock);
}
EXPORT_SYMBOL_GPL(ditto_owner_init);

/**
 * ditto_owner_get - another reference
 * @owner: held
 *
 * Return: @owner.
 */
struct ditto_owner *ditto_owner_get(struct ditto_owner *owner)
{
	refcount_inc(&owner->ref);
	return owner;
}
EXPORT_SYMBOL_GPL(ditto_owner_get);

/**
 * ditto_owner_put - give a reference back
 * @owner: may be freed by it, and its client; process context
 */
void ditto_owner_put(struct ditto_owner *owner)
{
	struct ditto_client *client = owner->client;

	if (refcount_dec_not_one(&owner->ref))
		return;
	spin_lock(&client->lock);
	if (!refcount_dec_and_test(&owner->ref)) {
		spin_unlock(&client->lock);
		return;
	}
	list_del(&owner->list);
	spin_unlock(&client->lock);
	client->ops->free_owner(owner);
	ditto_client_put(client);
}
EXPORT_SYMBOL_GPL(ditto_owner_put);

/**
 * ditto_owner_release - drop all claims of an owner
 * @owner: held
 *
 * What it waits for ends with -ESTALE. Process context, sleeps.
 */
void ditto_owner_release(struct ditto_owner *owner)
{
	struct ditto_client *client = owner->client;
	struct ditto_hold *hold;

	for (;;) {
		spin_lock(&client->lock);
		hold = list_first_entry_or_null(&owner->holds, struct ditto_hold, on_owner);
		if (hold)
			ditto_hold_get(hold);
		spin_unlock(&client->lock);
		if (!hold)
			return;
		ditto_hold_release(hold, -ESTALE);
		ditto_hold_put(hold);
	}
}
EXPORT_SYMBOL_GPL(ditto_owner_release);
