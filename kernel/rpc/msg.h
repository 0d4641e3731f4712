/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ONC RPC version 2 messages (RFC 5531 section 9): reading a call, writing
 * the head of a reply; and for calls of our own the other way round. Pure C.
 *
 * What becomes of a message that is not a good call:
 *
 *   shorter than xid and message type, not a CALL, or a version 2 call that
 *   ends before its procedure number	nobody to answer: RPC_DECODE_NOT_CALL.
 *					A datagram is dropped; a stream is
 *					closed, because whoever sends this does
 *					not speak RPC, or has lost its framing.
 *   another RPC version		MSG_DENIED, RPC_MISMATCH 2-2, whatever
 *					follows the version number
 *   credential over 400 bytes or cut	MSG_DENIED, AUTH_ERROR, AUTH_BADCRED
 *   verifier over 400 bytes or cut	MSG_DENIED, AUTH_ERROR, AUTH_BADVERF
 *
 * Arguments that end early are the procedure's affair (GARBAGE_ARGS).
 *
 * What becomes of a call of ours, by the reply:
 *
 *   accepted, SUCCESS			0
 *   accepted, PROG_UNAVAIL,
 *   PROG_MISMATCH, PROC_UNAVAIL	-EOPNOTSUPP
 *   accepted, SYSTEM_ERR		-EREMOTEIO
 *   denied, for whatever reason	-EACCES
 *   accepted, GARBAGE_ARGS; anything
 *   else; a reply that ends early	-EPROTO
 */
#ifndef DITTO_RPC_MSG_H
#define DITTO_RPC_MSG_H

#include "base/xdr.h"

#define RPC_MSG_VERSION		2
/* Longest body of an opaque_auth (RFC 5531 8.2). */
#define RPC_MSG_AUTH_MAX	400

enum rpc_msg_type {
	RPC_MSG_CALL		= 0,
	RPC_MSG_REPLY		= 1,
};

enum rpc_reply_stat {
	RPC_REPLY_ACCEPTED	= 0,
	RPC_REPLY_DENIED	= 1,
};

enum rpc_accept_stat {
	RPC_ACCEPT_SUCCESS	= 0,
	RPC_ACCEPT_PROG_UNAVAIL	= 1,
	RPC_ACCEPT_PROG_MISMATCH = 2,
	RPC_ACCEPT_PROC_UNAVAIL	= 3,
	RPC_ACCEPT_GARBAGE_ARGS	= 4,
	RPC_ACCEPT_SYSTEM_ERR	= 5,
};

enum rpc_reject_stat {
	RPC_REJECT_MISMATCH	= 0,
	RPC_REJECT_AUTH		= 1,
};

/* RFC 5531 section 9; the last two are RPCSEC_GSS's. */
enum rpc_auth_stat {
	RPC_AUTH_OK		= 0,
	RPC_AUTH_BADCRED	= 1,
	RPC_AUTH_REJECTEDCRED	= 2,
	RPC_AUTH_BADVERF	= 3,
	RPC_AUTH_REJECTEDVERF	= 4,
	RPC_AUTH_TOOWEAK	= 5,
	RPC_AUTH_CREDPROBLEM	= 13,
	RPC_AUTH_CTXPROBLEM	= 14,
};

enum rpc_auth_flavour {
	RPC_FLAVOUR_NONE	= 0,
	RPC_FLAVOUR_SYS		= 1,
	RPC_FLAVOUR_SHORT	= 2,
	RPC_FLAVOUR_DH		= 3,
	RPC_FLAVOUR_GSS		= 6,
	RPC_FLAVOUR_TLS		= 7,
};

/**
 * struct rpc_msg_auth - an opaque_auth of a call
 * @flavour: how to understand it
 * @body: reads its body and nothing else
 */
struct rpc_msg_auth {
	u32			flavour;
	struct ditto_cursor	body;
};

/**
 * struct rpc_msg_call - the head of a call
 * @xid: transaction id, echoed in the reply
 * @prog: program number
 * @vers: version of the program
 * @proc: procedure number
 * @cred: who calls
 * @verf: what proves it
 */
struct rpc_msg_call {
	u32			xid;
	u32			prog;
	u32			vers;
	u32			proc;
	struct rpc_msg_auth	cred;
	struct rpc_msg_auth	verf;
};

/* What rpc_msg_get_call() found; see the top of this file. */
enum rpc_decode {
	RPC_DECODE_OK,
	RPC_DECODE_NOT_CALL,
	RPC_DECODE_MISMATCH,
	RPC_DECODE_BADCRED,
	RPC_DECODE_BADVERF,
};

enum rpc_decode rpc_msg_get_call(struct ditto_cursor *cur, struct rpc_msg_call *call);
void rpc_msg_put_call(struct ditto_encoder *enc, u32 xid, u32 prog, u32 vers, u32 proc);
bool rpc_msg_get_reply_xid(struct ditto_cursor *cur, u32 *xid);
int rpc_msg_get_reply(struct ditto_cursor *cur);
void rpc_msg_put_mismatch(struct ditto_encoder *enc, u32 xid);
void rpc_msg_put_auth_error(struct ditto_encoder *enc, u32 xid, enum rpc_auth_stat stat);
void rpc_msg_put_accepted(struct ditto_encoder *enc, u32 xid);
void rpc_msg_put_prog_mismatch(struct ditto_encoder *enc, u32 low, u32 high);
int rpc_msg_copy_since(const struct ditto_encoder *enc, const struct ditto_encoder_mark *mark,
		       void *dst, u32 size);

/* Record marking (RFC 5531 section 11): bit 31 says "last fragment". */
#define RPC_RECORD_LAST		(1u << 31)

static inline void rpc_record_get(const u8 marker[4], u32 *len, bool *last)
{
	u32 v = get_unaligned_be32(marker);

	*len = v & ~RPC_RECORD_LAST;
	*last = v & RPC_RECORD_LAST;
}

static inline void rpc_record_put(u8 marker[4], u32 len)
{
	put_unaligned_be32(len | RPC_RECORD_LAST, marker);
}

#endif
