// SPDX-License-Identifier: GPL-2.0-only
/* ONC RPC version 2 messages (RFC 5531 section 9). Pure C. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include "rpc/msg.h"

/*
 * Reads an opaque_auth (RFC 5531 8.2). The body stays in the message, under a
 * cursor that ends where the body ends; @cur moves behind it.
 */
static bool msg_get_auth(struct ditto_cursor *cur, struct rpc_msg_auth *auth)
{
	size_t len, here;

	auth->flavour = xdr_get_u32(cur);
	len = xdr_get_u32(cur);
	if (!ditto_cursor_ok(cur) || len > RPC_MSG_AUTH_MAX)
		return false;
	auth->body = *cur;
	if (!ditto_cursor_skip(cur, xdr_padded(len)))
		return false;
	here = min_t(size_t, len, auth->body.end - auth->body.p);
	auth->body.end = auth->body.p + here;
	auth->body.rest = len - here;
	return true;
}

/**
 * rpc_msg_get_call - read the head of a call
 * @cur: at the message's first byte; moved to the arguments
 * @call: filled in as far as the verdict says: @xid unless RPC_DECODE_NOT_CALL,
 *	all of it for RPC_DECODE_OK. The bodies refer to the message.
 *
 * Return: what it is; see the top of msg.h for what to do about it.
 */
enum rpc_decode rpc_msg_get_call(struct ditto_cursor *cur, struct rpc_msg_call *call)
{
	u32 type, rpcvers;

	call->xid = xdr_get_u32(cur);
	type = xdr_get_u32(cur);
	rpcvers = xdr_get_u32(cur);
	if (!ditto_cursor_ok(cur) || type != RPC_MSG_CALL)
		return RPC_DECODE_NOT_CALL;
	if (rpcvers != RPC_MSG_VERSION)
		return RPC_DECODE_MISMATCH;
	call->prog = xdr_get_u32(cur);
	call->vers = xdr_get_u32(cur);
	call->proc = xdr_get_u32(cur);
	if (!ditto_cursor_ok(cur))
		return RPC_DECODE_NOT_CALL;
	if (!msg_get_auth(cur, &call->cred))
		return RPC_DECODE_BADCRED;
	if (!msg_get_auth(cur, &call->verf))
		return RPC_DECODE_BADVERF;
	return RPC_DECODE_OK;
}
EXPORT_SYMBOL_GPL(rpc_msg_get_call);

/**
 * rpc_msg_put_call - begin a call of ours
 * @enc: an empty message
 * @xid: transaction id
 * @prog: program number
 * @vers: version of the program
 * @proc: procedure number
 *
 * Credential, verifier and arguments follow.
 */
void rpc_msg_put_call(struct ditto_encoder *enc, u32 xid, u32 prog, u32 vers, u32 proc)
{
	xdr_put_u32(enc, xid);
	xdr_put_u32(enc, RPC_MSG_CALL);
	xdr_put_u32(enc, RPC_MSG_VERSION);
	xdr_put_u32(enc, prog);
	xdr_put_u32(enc, vers);
	xdr_put_u32(enc, proc);
}
EXPORT_SYMBOL_GPL(rpc_msg_put_call);

/**
 * rpc_msg_get_reply_xid - find out whether a message is a reply, and to what
 * @cur: at the message's first byte; moved to the reply_stat
 * @xid: set to the transaction id
 *
 * Return: true for a reply.
 */
bool rpc_msg_get_reply_xid(struct ditto_cursor *cur, u32 *xid)
{
	*xid = xdr_get_u32(cur);
	return xdr_get_u32(cur) == RPC_MSG_REPLY && ditto_cursor_ok(cur);
}
EXPORT_SYMBOL_GPL(rpc_msg_get_reply_xid);

static int msg_accept_errno(u32 stat)
{
	switch (stat) {
	case RPC_ACCEPT_SUCCESS:
		return 0;
	case RPC_ACCEPT_PROG_UNAVAIL:
	case RPC_ACCEPT_PROG_MISMATCH:
	case RPC_ACCEPT_PROC_UNAVAIL:
		return -EOPNOTSUPP;
	case RPC_ACCEPT_SYSTEM_ERR:
		return -EREMOTEIO;
	default:
		return -EPROTO;
	}
}

/**
 * rpc_msg_get_reply - read the rest of a reply's head
 * @cur: at the reply_stat; moved to the results
 *
 * A verifier is not looked at but for its length: AUTH_NONE and AUTH_SYS prove nothing.
 *
 * Return: 0 if results follow; or a negative errno, see the top of msg.h.
 */
int rpc_msg_get_reply(struct ditto_cursor *cur)
{
	u32 stat = xdr_get_u32(cur);
	struct rpc_msg_auth verf;

	if (!ditto_cursor_ok(cur) || stat > RPC_REPLY_DENIED)
		return -EPROTO;
	if (stat == RPC_REPLY_DENIED)
		return -EACCES;
	if (!msg_get_auth(cur, &verf))
		return -EPROTO;
	stat = xdr_get_u32(cur);
	return ditto_cursor_ok(cur) ? msg_accept_errno(stat) : -EPROTO;
}
EXPORT_SYMBOL_GPL(rpc_msg_get_reply);

static void msg_put_reply(struct ditto_encoder *enc, u32 xid, enum rpc_reply_stat stat)
{
	xdr_put_u32(enc, xid);
	xdr_put_u32(enc, RPC_MSG_REPLY);
	xdr_put_u32(enc, stat);
}

/**
 * rpc_msg_put_mismatch - refuse a call of another RPC version
 * @enc: an empty reply
 * @xid: the call's
 */
void rpc_msg_put_mismatch(struct ditto_encoder *enc, u32 xid)
{
	msg_put_reply(enc, xid, RPC_REPLY_DENIED);
	xdr_put_u32(enc, RPC_REJECT_MISMATCH);
	xdr_put_u32(enc, RPC_MSG_VERSION);
	xdr_put_u32(enc, RPC_MSG_VERSION);
}
EXPORT_SYMBOL_GPL(rpc_msg_put_mismatch);

/**
 * rpc_msg_put_auth_error - refuse a call for its credential or verifier
 * @enc: an empty reply
 * @xid: the call's
 * @stat: why
 */
void rpc_msg_put_auth_error(struct ditto_encoder *enc, u32 xid, enum rpc_auth_stat stat)
{
	msg_put_reply(enc, xid, RPC_REPLY_DENIED);
	xdr_put_u32(enc, RPC_REJECT_AUTH);
	xdr_put_u32(enc, stat);
}
EXPORT_SYMBOL_GPL(rpc_msg_put_auth_error);

/**
 * rpc_msg_put_accepted - begin the reply to an accepted call
 * @enc: an empty reply
 * @xid: the call's
 *
 * The flavour's verifier, an accept_stat and the results follow.
 */
void rpc_msg_put_accepted(struct ditto_encoder *enc, u32 xid)
{
	msg_put_reply(enc, xid, RPC_REPLY_ACCEPTED);
}
EXPORT_SYMBOL_GPL(rpc_msg_put_accepted);

/**
 * rpc_msg_put_prog_mismatch - accept_stat: the program has other versions
 * @enc: reply that ends with the verifier
 * @low: lowest version there is
 * @high: highest version there is
 */
void rpc_msg_put_prog_mismatch(struct ditto_encoder *enc, u32 low, u32 high)
{
	xdr_put_u32(enc, RPC_ACCEPT_PROG_MISMATCH);
	xdr_put_u32(enc, low);
	xdr_put_u32(enc, high);
}
EXPORT_SYMBOL_GPL(rpc_msg_put_prog_mismatch);

/**
 * rpc_msg_copy_since - copy what was written since a mark
 * @enc: the reply, good
 * @mark: where to start; taken on @enc and not rewound past since
 * @dst: room for @size bytes
 * @size: most bytes wanted
 *
 * Return: how many bytes there are, or -1 if there are more than @size or some
 * of them are pages that were never copied into the reply.
 */
int rpc_msg_copy_since(const struct ditto_encoder *enc, const struct ditto_encoder_mark *mark,
		       void *dst, u32 size)
{
	/* what lies before the mark in the piece that was open when it was set */
	u32 skip = mark->p - mark->start;
	u32 len = ditto_encoder_len(enc) - mark->done - skip;
	u8 *to = dst;
	u16 i;

	if (len > size)
		return -1;
	for (i = mark->nr; i < enc->nr; i++) {
		const struct ditto_piece *piece = &enc->pieces[i];

		if (piece->payload)
			return -1;
		memcpy(to, piece->mem + skip, piece->len - skip);
		to += piece->len - skip;
		skip = 0;
	}
	memcpy(to, enc->start + skip, enc->p - enc->start - skip);
	return len;
}
EXPORT_SYMBOL_GPL(rpc_msg_copy_since);
