/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The replay cache: what became of calls that must not be executed twice.
 *
 * A client that hears nothing sends its call again. A call that changes
 * something and is not idempotent (REMOVE, exclusive CREATE, RENAME ...) is
 * therefore remembered with its reply, and a retransmission is answered from
 * memory; one that comes while the first is still in work is dropped.
 *
 * A retransmission is known by the client's address and port, the caller's uid,
 * xid, program, version and procedure, the length of the arguments and a
 * checksum of their first 256 bytes. The port counts over TCP too: clients that
 * reconnect to send a call again keep it for just that reason, while two
 * programs on one host may well count their xids from the same number and do
 * the same thing, one after the other.
 *
 * Kept are the accept_stat and the results, not the reply's head, so that a
 * flavour may sign the answer to the retransmission anew. Results longer than
 * RPC_REPLAY_BODY are not kept, and neither are those that the encoder had no
 * room for: the call counts as executed, and its retransmission is answered
 * with SYSTEM_ERR, because executing it again would be wrong and silence would
 * hang the client. The results of all NFSv3 procedures that change something
 * are less than 350 bytes long.
 */
#ifndef DITTO_RPC_REPLAY_H
#define DITTO_RPC_REPLAY_H

#include <linux/types.h>
#include "base/encoder.h"

struct net;
struct rpc_call;
struct rpc_replay;
struct rpc_replay_cache;

#define RPC_REPLAY_BODY		512
#define RPC_REPLAY_SUMMED	256
/* How long a reply is remembered, seconds. */
#define RPC_REPLAY_AGE		120

/* Entries in each network namespace: default and range of the setting. */
#define RPC_REPLAY_DEFAULT	4096
#define RPC_REPLAY_MIN		16
#define RPC_REPLAY_MAX		65536

/**
 * struct rpc_replay_key - what a retransmission has in common with its call
 * @addr: the client's address; IPv4 in the first four bytes
 * @scope: of an IPv6 link-local address
 * @family: AF_INET or AF_INET6
 * @port: network order
 * @uid: of the caller
 * @xid: transaction id
 * @prog: program number
 * @vers: version
 * @proc: procedure
 * @len: length of the arguments, bytes
 * @sum: checksum of the first RPC_REPLAY_SUMMED of them
 *
 * Compared as memory: no padding.
 */
struct rpc_replay_key {
	u8	addr[16];
	u32	scope;
	u16	family;
	__be16	port;
	u32	uid;
	u32	xid;
	u32	prog;
	u32	vers;
	u32	proc;
	u32	len;
	u32	sum;
};
static_assert(sizeof(struct rpc_replay_key) == 52);

enum rpc_replay_verdict {
	RPC_REPLAY_NEW,		/* execute it; remembered in the entry */
	RPC_REPLAY_UNCACHED,	/* execute it; no room to remember it */
	RPC_REPLAY_BUSY,	/* in work already: drop it */
	RPC_REPLAY_DONE,	/* executed: answer with the bytes kept */
	RPC_REPLAY_LOST,	/* executed, but the reply was not kept */
};

struct rpc_replay_cache *rpc_replay_cache_new(unsigned int age);
void rpc_replay_cache_free(struct rpc_replay_cache *cache);
unsigned int rpc_replay_cache_entries(const struct rpc_replay_cache *cache);
enum rpc_replay_verdict rpc_replay_begin(struct rpc_replay_cache *cache,
					 const struct rpc_replay_key *key,
					 struct rpc_replay **entry, void *body, u32 *len);
bool rpc_replay_done(struct rpc_replay *entry, const struct ditto_encoder *enc,
		     const struct ditto_encoder_mark *from);
void rpc_replay_forget(struct rpc_replay *entry);
int rpc_replay_set_max(unsigned int max);
unsigned int rpc_replay_get_max(void);

enum rpc_replay_verdict rpc_replay_call(struct rpc_call *call, u32 *len);

int rpc_replay_init(void);
void rpc_replay_exit(void);

#endif
