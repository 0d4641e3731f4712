/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CACHE claims, as protocols see them: leases, oplocks and delegations.
 *
 * A protocol embeds a struct ditto_cache in its object and asks for a grant, which
 * is never more than can be had without asking anybody. When an operation of
 * somebody else needs it back, the holder is told (recall) what it may keep. It has
 * to say within its time that it has obeyed (ditto_cache_ack(), or
 * ditto_cache_drop()); if not, all of it is taken (revoked).
 *
 *	none --grant--> granted --> breaking --ack--> granted, with less
 *	                    |           |-----ack 0, drop--> none
 *	                    |           |-----time is up--> revoked
 *	                    |-----client, owner or export are gone--> revoked
 *	                    |-----drop--> none
 *
 * Breaks that come while one is in work are merged: the holder is told of the
 * least of them, again if it had been told of more.
 *
 * A client's caches of the same key are one holder's and do not stand against
 * each other, nor against what an owner of that client and key does.
 */
#ifndef DITTO_LOCK_CACHE_H
#define DITTO_LOCK_CACHE_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>
#include "lock/client.h"
#include "lock/rules.h"
#include "vfs/access.h"
#include "vfs/object.h"

struct ditto_cache;
struct ditto_claims;
struct ditto_hold;

/**
 * struct ditto_cache_ops - what a protocol does for its caches
 * @recall: tell the holder to come down to @to (DITTO_CACHE_ bits). A holder that need not
 *	answer may be answered for in it
 * @revoked: all of it was taken; it is not among the claims any more
 * @ask: ask the holder for the attributes it has (CB_GETATTR). True: ditto_cache_answer() will
 *	be called. NULL: such holders cannot be asked
 * @free: the last reference is gone
 *
 * All in process context, without locks. Of @recall, @revoked and @ask only one is
 * called at a time for a cache.
 */
struct ditto_cache_ops {
	void (*recall)(struct ditto_cache *cache, unsigned int to);
	void (*revoked)(struct ditto_cache *cache);
	bool (*ask)(struct ditto_cache *cache);
	void (*free)(struct ditto_cache *cache);
};

/**
 * enum ditto_cache_state - what is the matter with a cache
 * @DITTO_CACHE_NONE: nothing is granted
 * @DITTO_CACHE_GRANTED: the holder has it
 * @DITTO_CACHE_BREAKING: the holder has it, and was told to give of it
 * @DITTO_CACHE_REVOKED: it was taken from the holder
 */
enum ditto_cache_state {
	DITTO_CACHE_NONE,
	DITTO_CACHE_GRANTED,
	DITTO_CACHE_BREAKING,
	DITTO_CACHE_REVOKED,
};

/**
 * struct ditto_cache - a cache
 *
 * The protocol holds a reference whenever it calls something here. A cache is for
 * one file all its life; it may be granted again when it was given back.
 */
struct ditto_cache {
	/* private: owned by cache.c, under the mutex of the claims */
	const struct ditto_cache_ops	*ops;
	refcount_t			ref;	/* the protocol's, the claims', a queued work's */
	struct ditto_claims		*claims;	/* of the first grant; holds the node */
	struct ditto_hold		*hold;	/* while granted; is a user of it */
	struct ditto_cache_key		key;
	enum ditto_cache_kind		kind;
	enum ditto_cache_state		state;
	bool				directory;
	u8				bits;	/* what the holder has */
	u8				to;	/* breaking: what it has to come down to */
	u8				told;	/* breaking: what it was told */
	bool				tell;	/* breaking: it is still to be told */
	bool				want_ask;	/* it is still to be asked */
	bool				asked;	/* asked at @question, no answer yet */
	bool				mute;	/* asking is of no use */
	bool				answered;	/* at @answer */
	unsigned long			question;
	unsigned long			answer;
	unsigned long			deadline;	/* breaking, jiffies */
	u64				number;	/* of the grant; never used again */
	u64				since;	/* of the grant, boot time in ns */
	struct list_head		list;	/* claims->caches */
	struct list_head		on_hold;	/* hold->caches */
	struct delayed_work		work;
};

/**
 * struct ditto_cache_request - a cache asked for
 * @acc: the caller's access, begun
 * @obj: the file or directory
 * @owner: for whom; a holder is known by its client and key
 * @cache: to grant
 * @kind: how it can be taken back
 * @want: DITTO_CACHE_ bits
 * @reclaim: it was held before the server's restart
 * @own: operations that the caller itself has in work on the file, a number for each
 *	intent; NULL: none
 */
struct ditto_cache_request {
	struct ditto_access	*acc;
	struct ditto_object	*obj;
	struct ditto_owner	*owner;
	struct ditto_cache	*cache;
	enum ditto_cache_kind	kind;
	unsigned int		want;
	bool			reclaim;
	const u8		*own;
};

void ditto_cache_init(struct ditto_cache *cache, const struct ditto_cache_ops *ops);
void ditto_cache_get(struct ditto_cache *cache);
void ditto_cache_put(struct ditto_cache *cache);
unsigned int ditto_cache_grant(struct ditto_cache_request *rq);
unsigned int ditto_cache_upgrade(struct ditto_cache_request *rq);
int ditto_cache_ack(struct ditto_cache *cache, unsigned int bits);
void ditto_cache_answer(struct ditto_cache *cache, bool usable);
void ditto_cache_drop(struct ditto_cache *cache);
enum ditto_cache_state ditto_cache_show(struct ditto_cache *cache, unsigned int *bits,
					unsigned int *to);
void ditto_cache_flush(void);

#endif
