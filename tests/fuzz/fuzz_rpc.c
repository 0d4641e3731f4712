// SPDX-License-Identifier: GPL-2.0-only
/*
 * RPC calls and credentials, replies, and rpcbind's answers: the verdict does not
 * depend on where the network cut the message, an accepted caller has at most 16
 * groups, bodies and arguments lie inside the message, and what is answered is
 * one of the replies of RFC 5531 section 9.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c rpc/msg.c rpc/auth.c rpc/rpcbind_msg.c
 */
#include "rpc/auth.h"
#include "rpc/msg.h"
#include "rpc/rpcbind_msg.h"
#include "fuzz.h"

/* All there is to know about a message. */
struct verdict {
	enum rpc_decode decode;
	enum rpc_auth_stat auth;
	struct ditto_who who;
	u32 xid, prog, vers, proc;
	size_t cred, verf, args;
	enum rpcbind_answer answer;
	u32 reply_xid;
	bool is_reply;
	int result, port[2];
	u8 reply[64];
	u32 reply_len;
};

static bool no_room(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	return false;
}

static const struct ditto_encoder_ops encoder_ops = { .grow = no_room };

static void authenticate(struct verdict *v, struct rpc_msg_call *call, struct ditto_encoder *enc)
{
	const struct rpc_auth_ops *ops = NULL;

	v->auth = rpc_auth_accept(call, &v->who, &ops);
	if (v->auth != RPC_AUTH_OK) {
		FUZZ_CHECK(!ops);
		rpc_msg_put_auth_error(enc, call->xid, v->auth);
		/* what the credential left behind is of no meaning */
		memset(&v->who, 0, sizeof(v->who));
		return;
	}
	FUZZ_CHECK(ops && v->who.nr_groups <= DITTO_WHO_GROUPS);
	FUZZ_CHECK(v->who.sec == DITTO_SEC_SYS || v->who.sec == DITTO_SEC_NONE);
	rpc_msg_put_accepted(enc, call->xid);
	ops->put_verifier(enc, &v->who);
	rpc_msg_put_prog_mismatch(enc, call->vers, call->vers);
}

static void judge_reply(struct verdict *v, const struct kvec *segs, size_t len)
{
	struct ditto_cursor cur;
	u32 i;

	ditto_cursor_init(&cur, segs, len);
	v->is_reply = rpc_msg_get_reply_xid(&cur, &v->reply_xid);
	if (v->is_reply)
		v->result = rpc_msg_get_reply(&cur);
	for (i = 0; i < 2; i++) {
		ditto_cursor_init(&cur, segs, len);
		v->port[i] = rpcbind_get_port(&cur, i ? RPCBIND_VERS_4 : RPCBIND_VERS_PMAP);
		FUZZ_CHECK(v->port[i] <= 65535);
	}
}

static void judge(struct verdict *v, const struct kvec *segs, size_t len, u32 xid)
{
	struct rpc_msg_call call;
	struct ditto_encoder enc;
	struct ditto_cursor cur;

	memset(v, 0, sizeof(*v));
	ditto_encoder_init(&enc, &encoder_ops, v->reply, sizeof(v->reply), sizeof(v->reply));
	ditto_cursor_init(&cur, segs, len);
	v->answer = rpcbind_get_answer(&cur, xid);
	judge_reply(v, segs, len);
	ditto_cursor_init(&cur, segs, len);
	v->decode = rpc_msg_get_call(&cur, &call);
	switch (v->decode) {
	case RPC_DECODE_NOT_CALL:
		return;
	case RPC_DECODE_MISMATCH:
		rpc_msg_put_mismatch(&enc, call.xid);
		break;
	case RPC_DECODE_BADCRED:
		rpc_msg_put_auth_error(&enc, call.xid, RPC_AUTH_BADCRED);
		break;
	case RPC_DECODE_BADVERF:
		rpc_msg_put_auth_error(&enc, call.xid, RPC_AUTH_BADVERF);
		break;
	case RPC_DECODE_OK:
		v->prog = call.prog;
		v->vers = call.vers;
		v->proc = call.proc;
		v->cred = ditto_cursor_left(&call.cred.body);
		v->verf = ditto_cursor_left(&call.verf.body);
		v->args = ditto_cursor_left(&cur);
		FUZZ_CHECK(v->cred <= RPC_MSG_AUTH_MAX && v->verf <= RPC_MSG_AUTH_MAX);
		FUZZ_CHECK(40 + xdr_padded(v->cred) + xdr_padded(v->verf) + v->args == len);
		authenticate(v, &call, &enc);
		break;
	}
	v->xid = call.xid;
	FUZZ_CHECK(ditto_encoder_ok(&enc));
	v->reply_len = ditto_encoder_len(&enc);
	FUZZ_CHECK(v->reply_len >= 20 && get_unaligned_be32(v->reply) == v->xid);
}

static void fuzz_one(const u8 *data, size_t len)
{
	struct kvec whole = { .iov_base = (void *)data, .iov_len = len };
	struct verdict one, cut;
	struct fuzz_segs segs;
	u32 xid = len >= 4 ? get_unaligned_be32(data) : 0;

	judge(&one, &whole, len, xid);
	fuzz_segs_cut(&segs, data, len, len * 2654435761u + xid);
	judge(&cut, segs.vec, len, xid);
	FUZZ_CHECK(!memcmp(&one, &cut, sizeof(one)));
	fuzz_segs_free(&segs);
}
