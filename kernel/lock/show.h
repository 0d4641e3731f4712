/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims as the administrator sees them, and takes them away.
 *
 * Every claim, wait and hold has a number, which is never used again. A range that
 * is merged with others of its owner, or split, may get another.
 */
#ifndef DITTO_LOCK_SHOW_H
#define DITTO_LOCK_SHOW_H

#include "lock/client.h"
#include "lock/range.h"

struct inode;
struct net;

#define DITTO_PROTOCOL_NAME	16

enum ditto_claim_kind {
	DITTO_CLAIM_RANGE,
	DITTO_CLAIM_SHARE,
	DITTO_CLAIM_CACHE,
};

enum ditto_claim_state {
	DITTO_CLAIM_HELD,
	DITTO_CLAIM_WAITING,
	DITTO_CLAIM_BREAKING,
};

/**
 * struct ditto_claim_party - whose a claim is
 * @claim: its number; 0: a local process's
 * @client_id: number of the client; 0: a local process
 * @protocol: as shown; "local" of a local process; empty: not known
 * @client: name
 * @owner: line of the protocol about the owner; of a local process its number
 * @age: milliseconds since the claim was granted or waited for; of no meaning for a local
 *	process
 */
struct ditto_claim_party {
	u64	claim;
	u64	client_id;
	char	protocol[DITTO_PROTOCOL_NAME];
	char	client[DITTO_CLIENT_NAME];
	char	owner[DITTO_OWNER_TEXT];
	u64	age;
};

/**
 * struct ditto_claim_info - a claim as shown
 * @kind: what it is
 * @state: held; waiting: somebody wants it; breaking: its holder is being asked for it
 * @who: whose it is
 * @hold: number of what the owner has on the file
 * @range: of a range
 * @exclusive: of a range
 * @access: of a share, DITTO_SHARE_ bits
 * @deny: of a share, DITTO_SHARE_ bits
 * @cache: of a cache, DITTO_CACHE_ bits
 * @by: of one that waits: the first that is in its way
 * @by_waits: that one waits too, and was there before
 */
struct ditto_claim_info {
	enum ditto_claim_kind		kind;
	enum ditto_claim_state		state;
	struct ditto_claim_party	who;
	u64				hold;
	struct ditto_range		range;
	bool				exclusive;
	u8				access;
	u8				deny;
	u8				cache;
	struct ditto_claim_party	by;
	bool				by_waits;
};

/**
 * struct ditto_claim_place - the file of a claim
 * @export: name of the export it was made in
 * @path: below the export's directory, from the slash on; empty: not known, as nobody has gone
 *	there by name since the server is up
 * @inode: number of the inode
 * @removed: it has no name any more; @path is the last one
 */
struct ditto_claim_place {
	const char	*export;
	const char	*path;
	u64		inode;
	bool		removed;
};

/**
 * struct ditto_claim_filter - which claims are to be shown
 * @net: those of this network namespace
 * @client: those of this client only; 0: of all
 * @inode: those on this file only, held by the caller; NULL: on all
 */
struct ditto_claim_filter {
	struct net		*net;
	u64			client;
	const struct inode	*inode;
};

/**
 * struct ditto_claim_cursor - where a listing goes on
 * @done: hold that is through
 * @at: hold being shown
 * @part: which of its claims come next
 * @skip: how many at @first have been shown
 * @first: ranges: the byte the next one starts at, or behind; waits: number of the last one
 *
 * All zero at first.
 */
struct ditto_claim_cursor {
	u64	done;
	u64	at;
	u32	part;
	u32	skip;
	u64	first;
};

int ditto_claims_show(const struct ditto_claim_filter *filter, struct ditto_claim_cursor *cursor,
		      int (*fn)(void *arg, const struct ditto_claim_place *place,
				const struct ditto_claim_info *info), void *arg);
int ditto_claim_release(struct net *net, u64 number, bool all);

#endif
