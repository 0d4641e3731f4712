/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients and owners: whose claims they are.
 *
 * A client is a machine, session or lease whose claims go together when it goes:
 * an NLM host, an NFSv4 client id, an SMB client. An owner is what conflicts are
 * decided between: a process of the client, an open. Protocols embed both in
 * objects of their own and describe them for others.
 *
 * Ownership: an owner holds its client; each hold (claims.h) and each wait holds
 * its owner. A protocol holds what it has in its own tables. Both are freed by
 * the protocol's functions with the last reference, in process context.
 *
 * Locking: client->lock, a spinlock, guards the lists of owners and of their
 * holds. It nests inside the mutex of a node's claims.
 */
#ifndef DITTO_LOCK_CLIENT_H
#define DITTO_LOCK_CLIENT_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <net/net_namespace.h>

struct ditto_client;
struct ditto_conflict;
struct ditto_owner;
struct module;

#define DITTO_CLIENT_NAME	64
#define DITTO_OWNER_TEXT	80

/**
 * struct ditto_cache_key - tells holders of caches apart that are the same client's
 * @bytes: an SMB lease key; all zeros where a client is one holder (NFSv4)
 */
struct ditto_cache_key {
	u8	bytes[16];
};

/**
 * struct ditto_client_ops - what a protocol does for its clients and owners
 * @protocol: its name as shown: "nlm", "nfs4", "smb"
 * @module: of the functions
 * @free: the client's last reference is gone
 * @free_owner: the owner's last reference is gone
 * @describe: writes a line about an owner for the administrator; any context
 * @holder: fills in what NLM tells about a holder: svid and owner handle. May be NULL: they
 *	are made from the protocol's and the client's name
 * @forgotten: the administrator had the client forgotten: its claims are gone, it shall be
 *	told what its protocol has for that. May be NULL
 */
struct ditto_client_ops {
	const char	*protocol;
	struct module	*module;
	void (*free)(struct ditto_client *client);
	void (*free_owner)(struct ditto_owner *owner);
	void (*describe)(const struct ditto_owner *owner, char text[DITTO_OWNER_TEXT]);
	void (*holder)(const struct ditto_owner *owner, struct ditto_conflict *by);
	void (*forgotten)(struct ditto_client *client);
};

/**
 * struct ditto_client - whose claims go together
 * @ops: its protocol's functions
 * @net: network namespace
 * @id: number it is shown by; never used again
 * @name: as shown; host name, or its address
 * @addr: where it is; AF_UNSPEC: not known
 * @since: when it was made, boot time in ns
 * @ref: one of the protocol's table, one of each owner
 * @ranges: how many it has on all files
 * @waits: how many it waits for
 * @shares: how many it has on all files
 * @caches: how many caches it has
 * @lock: guards @owners and the lists of their holds
 * @owners: its owners
 * @gone: nothing is granted any more; under @lock
 * @list: all clients of the namespace
 */
struct ditto_client {
	const struct ditto_client_ops	*ops;
	struct net			*net;
	u64				id;
	char				name[DITTO_CLIENT_NAME];
	struct sockaddr_storage		addr;
	u64				since;

	/* owned by client.c */
	refcount_t			ref;
	atomic_t			ranges;
	atomic_t			waits;
	atomic_t			shares;
	atomic_t			caches;
	spinlock_t			lock;
	struct list_head		owners;
	bool				gone;
	struct list_head		list;
};

/**
 * struct ditto_owner - between whom conflicts are decided
 * @client: its client; held
 * @key: whose caches are its own, beside the client; set by the protocol after
 *	ditto_owner_init(), which clears it
 * @handle: an SMB open: ranges are exact and may stack; if not, a POSIX owner: they merge
 * @ref: one of the protocol, one of each hold and wait
 * @list: the client's owners
 * @holds: files it has claims on; under client->lock
 * @waits: what it waits for; under the lock of deadlock.c
 * @seen: number of the last search that came by
 * @todo: on the list of that search
 */
struct ditto_owner {
	struct ditto_client	*client;
	struct ditto_cache_key	key;
	bool			handle;

	/* owned by client.c and deadlock.c */
	refcount_t		ref;
	struct list_head	list;
	struct list_head	holds;
	struct list_head	waits;
	u64			seen;
	struct list_head	todo;
};

void ditto_client_init(struct ditto_client *client, const struct ditto_client_ops *ops,
		       struct net *net, const char *name, const struct sockaddr_storage *addr);
struct ditto_client *ditto_client_get(struct ditto_client *client);
void ditto_client_put(struct ditto_client *client);
bool ditto_client_is_at(const struct ditto_client *client, const struct sockaddr_storage *addr);
void ditto_client_release(struct ditto_client *client);
void ditto_client_gone(struct ditto_client *client);
int ditto_client_forget(struct net *net, u64 id);
int ditto_client_for_each(struct net *net, u64 *cursor,
			  int (*fn)(void *arg, const struct ditto_client *client), void *arg);

void ditto_owner_init(struct ditto_owner *owner, struct ditto_client *client, bool handle);
struct ditto_owner *ditto_owner_get(struct ditto_owner *owner);
void ditto_owner_put(struct ditto_owner *owner);
void ditto_owner_release(struct ditto_owner *owner);

#endif
