// SPDX-License-Identifier: GPL-2.0-only
/* Who has mounted what. */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "nfs/mount_list.h"

/* An address as text: IPv6 with a scope is the longest. */
#define HOST_LEN	64

/**
 * struct mount_list - the list of a network namespace
 * @lock: guards the rest
 * @entries: the oldest first
 * @nr: how many
 * @closed: the namespace goes; its connections are closed a little later
 */
struct mount_list {
	struct mutex		lock;
	struct list_head	entries;
	unsigned int		nr;
	bool			closed;
};

struct mount_entry {
	struct list_head	list;
	char			host[HOST_LEN];
	u32			len;
	char			dir[] __counted_by(len);
};

static unsigned int mount_list_id;

static struct mount_list *list_of(struct net *net)
{
	return net_generic(net, mount_list_id);
}

static void host_text(char text[HOST_LEN], const struct sockaddr_storage *host)
{
	snprintf(text, HOST_LEN, "%pISc", host);
}

static void drop(struct mount_list *list, struct mount_entry *entry)
{
	lockdep_assert_held(&list->lock);
	list_del(&entry->list);
	list->nr--;
	kfree(entry);
}

static void drop_if(struct mount_list *list, const char *host, const char *dir, u32 len)
{
	struct mount_entry *entry, *next;

	list_for_each_entry_safe(entry, next, &list->entries, list) {
		if (strcmp(entry->host, host))
			continue;
		if (!dir || (entry->len == len && !memcmp(entry->dir, dir, len)))
			drop(list, entry);
	}
}

/**
 * mount_list_add - a client has mounted a directory
 * @net: the network namespace
 * @host: the client
 * @dir: what it has mounted
 * @len: length of @dir, bytes
 *
 * Without memory the list stays as it is.
 */
void mount_list_add(struct net *net, const struct sockaddr_storage *host, const char *dir,
		    u32 len)
{
	struct mount_list *list = list_of(net);
	struct mount_entry *entry;

	entry = kmalloc(struct_size(entry, dir, len), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return;
	host_text(entry->host, host);
	entry->len = len;
	memcpy(entry->dir, dir, len);

	mutex_lock(&list->lock);
	drop_if(list, entry->host, dir, len);
	if (list->nr == MOUNT_LIST_MAX)
		drop(list, list_first_entry(&list->entries, struct mount_entry, list));
	list_add_tail(&entry->list, &list->entries);
	list->nr++;
	if (list->closed)
		drop(list, entry);
	mutex_unlock(&list->lock);
}

/**
 * mount_list_remove - a client has unmounted a directory
 * @net: the network namespace
 * @host: the client
 * @dir: what it had mounted; NULL: all it had
 * @len: length of @dir, bytes
 */
void mount_list_remove(struct net *net, const struct sockaddr_storage *host, const char *dir,
		       u32 len)
{
	struct mount_list *list = list_of(net);
	char text[HOST_LEN];

	host_text(text, host);
	mutex_lock(&list->lock);
	drop_if(list, text, dir, len);
	mutex_unlock(&list->lock);
}

/**
 * mount_list_remove_host - a client has unmounted all it had
 * @net: the network namespace
 * @host: the client
 */
void mount_list_remove_host(struct net *net, const struct sockaddr_storage *host)
{
	mount_list_remove(net, host, NULL, 0);
}

/**
 * mount_list_for_each - go through the list, the oldest entry first
 * @net: the network namespace
 * @fn: called with each entry; false stops. Holds up the list's other users
 * @arg: for @fn
 */
void mount_list_for_each(struct net *net,
			 bool (*fn)(void *arg, const char *host, const char *dir, u32 len),
			 void *arg)
{
	struct mount_list *list = list_of(net);
	struct mount_entry *entry;

	mutex_lock(&list->lock);
	list_for_each_entry(entry, &list->entries, list)
		if (!fn(arg, entry->host, entry->dir, entry->len))
			break;
	mutex_unlock(&list->lock);
}

static int __net_init mount_list_net_init(struct net *net)
{
	struct mount_list *list = list_of(net);

	mutex_init(&list->lock);
	INIT_LIST_HEAD(&list->entries);
	list->nr = 0;
	list->closed = false;
	return 0;
}

static void __net_exit mount_list_net_exit(struct net *net)
{
	struct mount_list *list = list_of(net);
	struct mount_entry *entry, *next;

	mutex_lock(&list->lock);
	list->closed = true;
	list_for_each_entry_safe(entry, next, &list->entries, list)
		drop(list, entry);
	mutex_unlock(&list->lock);
}

static struct pernet_operations mount_list_net_ops = {
	.init	= mount_list_net_init,
	.exit	= mount_list_net_exit,
	.id	= &mount_list_id,
	.size	= sizeof(struct mount_list),
};

/**
 * mount_list_init - make the lists
 *
 * Return: 0 or a negative errno.
 */
int mount_list_init(void)
{
	return register_pernet_subsys(&mount_list_net_ops);
}

/**
 * mount_list_exit - free the lists; nobody uses them any more
 */
void mount_list_exit(void)
{
	unregister_pernet_subsys(&mount_list_net_ops);
}
