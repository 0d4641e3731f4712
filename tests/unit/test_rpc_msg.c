// SPDX-License-Identifier: GPL-2.0-only
/*
 * RPC messages and credentials: what RFC 5531 section 9 and appendix A say of
 * good calls, of bad ones, and of every byte at which a good one may end.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c rpc/msg.c rpc/auth.c
 */
#include <stdlib.h>
#include <linux/kernel.h>
#include "rpc/auth.h"
#include "rpc/msg.h"
#include "tap.h"

#define XID	0x1234abcd

/* ---- a call, field by field ---- */

static u8 msg[2048];
static u32 msg_len;

static void put(u32 v)
{
	put_unaligned_be32(v, msg + msg_len);
	msg_len += 4;
}

static void put_bytes(u32 len, u8 fill)
{
	memset(msg + msg_len, fill, xdr_padded(len));
	msg_len += xdr_padded(len);
}

static void put_head(u32 type, u32 rpcvers)
{
	msg_len = 0;
	put(XID);
	put(type);
	put(rpcvers);
	put(100003);
	put(3);
	put(7);
}

/* Flavour and a body of @len arbitrary bytes. */
static void put_auth(u32 flavour, u32 len)
{
	put(flavour);
	put(len);
	put_bytes(len, 0xaa);
}

/* AUTH_SYS with a name of @name bytes, @gids groups and @extra bytes behind them. */
static void put_sys(u32 name, u32 gids, u32 extra)
{
	u32 at, i;

	put(RPC_FLAVOUR_SYS);
	at = msg_len;
	put(0);
	put(0x5eed);
	put(name);
	put_bytes(name, 'n');
	put(1000);
	put(2000);
	put(gids);
	for (i = 0; i < gids; i++)
		put(3000 + i);
	put_bytes(extra, 0);
	put_unaligned_be32(msg_len - at - 4, msg + at);
}

static void put_sys_call(u32 name, u32 gids, u32 extra)
{
	put_head(RPC_MSG_CALL, 2);
	put_sys(name, gids, extra);
	put_auth(RPC_FLAVOUR_NONE, 0);
}

/* ---- reading it, however it is cut ---- */

static struct rpc_msg_call call;
static struct ditto_who who;
static const struct rpc_auth_ops *ops;
static struct ditto_cursor cur;
static u8 *parts[2];
static struct kvec segs[2];

/* Decodes the first @len bytes, in two blocks of exactly their size cut at @cut. */
static enum rpc_decode decode(u32 len, u32 cut)
{
	u32 i, part[2] = { min(cut, len), len - min(cut, len) };

	for (i = 0; i < 2; i++) {
		free(parts[i]);
		parts[i] = memcpy(malloc(part[i] + !part[i]), msg + (i ? part[0] : 0), part[i]);
		segs[i].iov_base = parts[i];
		segs[i].iov_len = part[i];
	}
	ditto_cursor_init(&cur, segs, len);
	return rpc_msg_get_call(&cur, &call);
}

static enum rpc_auth_stat authenticate(void)
{
	memset(&who, 0x77, sizeof(who));
	ops = NULL;
	if (!CHECK_EQ(decode(msg_len, 0), RPC_DECODE_OK))
		return RPC_AUTH_OK;
	return rpc_auth_accept(&call, &who, &ops);
}

TEST(a_good_call_is_read_wherever_it_is_cut)
{
	u32 cut, i;

	put_sys_call(7, 3, 0);
	put(0xa1a2a3a4);
	for (cut = 0; cut <= msg_len; cut++) {
		CHECK_EQ(decode(msg_len, cut), RPC_DECODE_OK);
		CHECK_EQ(call.xid, XID);
		CHECK_EQ(call.prog, 100003);
		CHECK_EQ(call.vers, 3);
		CHECK_EQ(call.proc, 7);
		CHECK_EQ(call.cred.flavour, RPC_FLAVOUR_SYS);
		CHECK_EQ(call.verf.flavour, RPC_FLAVOUR_NONE);
		CHECK_EQ(ditto_cursor_left(&call.cred.body), 4 + 4 + 8 + 12 + 12);
		CHECK_EQ(ditto_cursor_left(&call.verf.body), 0);
		CHECK_EQ(rpc_auth_accept(&call, &who, &ops), RPC_AUTH_OK);
		CHECK_EQ(who.sec, DITTO_SEC_SYS);
		CHECK_EQ(who.uid, 1000);
		CHECK_EQ(who.gid, 2000);
		CHECK_EQ(who.nr_groups, 3);
		for (i = 0; i < 3; i++)
			CHECK_EQ(who.groups[i], 3000 + i);
		/* the arguments come next */
		CHECK_EQ(ditto_cursor_left(&cur), 4);
		CHECK_EQ(ditto_cursor_be32(&cur), 0xa1a2a3a4);
	}
}

/* What a valid call that ends after @len bytes is. Its credential takes 8 + 20 + 8 bytes. */
static enum rpc_decode cut_short(u32 len)
{
	if (len < 24)
		return RPC_DECODE_NOT_CALL;
	if (len < 24 + 36)
		return RPC_DECODE_BADCRED;
	if (len < 24 + 36 + 8)
		return RPC_DECODE_BADVERF;
	return RPC_DECODE_OK;
}

TEST(a_call_may_end_at_every_byte)
{
	u32 len, cut;

	put_sys_call(5, 0, 0);
	CHECK_EQ(msg_len, 24 + 36 + 8);
	for (len = 0; len <= msg_len; len++)
		for (cut = 0; cut <= len; cut++)
			CHECK_EQ(decode(len, cut), cut_short(len));
}

TEST(what_is_no_call_is_told_apart)
{
	put_head(RPC_MSG_REPLY, 2);
	put_auth(0, 0);
	put_auth(0, 0);
	CHECK_EQ(decode(msg_len, 0), RPC_DECODE_NOT_CALL);
	put_head(2, 2);
	CHECK_EQ(decode(msg_len, 0), RPC_DECODE_NOT_CALL);
	put_head(0xffffffff, 2);
	CHECK_EQ(decode(msg_len, 0), RPC_DECODE_NOT_CALL);
	/* a reply of another version is no call of another version */
	put_head(RPC_MSG_REPLY, 3);
	CHECK_EQ(decode(msg_len, 0), RPC_DECODE_NOT_CALL);
}

TEST(another_rpc_version_needs_nothing_behind_it)
{
	static const u32 versions[] = { 0, 1, 3, 0xffffffff };
	u32 i, len;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		put_head(RPC_MSG_CALL, versions[i]);
		for (len = 12; len <= msg_len; len++) {
			CHECK_EQ(decode(len, 0), RPC_DECODE_MISMATCH);
			CHECK_EQ(call.xid, XID);
		}
	}
}

TEST(an_opaque_auth_has_400_bytes_at_most)
{
	static const u32 lens[] = {
		0, 1, 2, 3, 4, 399, 400, 401, 404, 1024, 0x7fffffff, 0x80000000, 0xfffffffc,
		0xfffffffd, 0xffffffff
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		bool good = lens[i] <= RPC_MSG_AUTH_MAX;

		put_head(RPC_MSG_CALL, 2);
		put(RPC_FLAVOUR_NONE);
		put(lens[i]);
		put_bytes(min(lens[i], 1024u), 0);
		put_auth(RPC_FLAVOUR_NONE, 0);
		CHECK_EQ(decode(msg_len, 0), good ? RPC_DECODE_OK : RPC_DECODE_BADCRED);
		if (good)
			CHECK_EQ(ditto_cursor_left(&call.cred.body), lens[i]);

		put_head(RPC_MSG_CALL, 2);
		put_auth(RPC_FLAVOUR_NONE, 0);
		put(RPC_FLAVOUR_NONE);
		put(lens[i]);
		put_bytes(min(lens[i], 1024u), 0);
		CHECK_EQ(decode(msg_len, 0), good ? RPC_DECODE_OK : RPC_DECODE_BADVERF);
		if (good) {
			CHECK_EQ(ditto_cursor_left(&call.verf.body), lens[i]);
			CHECK_EQ(ditto_cursor_left(&cur), 0);
		}
	}
}

TEST(a_body_is_read_to_its_end_and_no_further)
{
	u32 cut, i;

	put_head(RPC_MSG_CALL, 2);
	put_auth(99, 6);
	put_auth(98, 3);
	put(1);
	for (cut = 0; cut <= msg_len; cut++) {
		CHECK_EQ(decode(msg_len, cut), RPC_DECODE_OK);
		for (i = 0; i < 6; i++)
			CHECK(ditto_cursor_skip(&call.cred.body, 1));
		CHECK(!ditto_cursor_skip(&call.cred.body, 1));
		CHECK(ditto_cursor_skip(&call.verf.body, 3));
		CHECK(!ditto_cursor_skip(&call.verf.body, 1));
		CHECK_EQ(ditto_cursor_left(&cur), 4);
	}
}

/* ---- credentials ---- */

TEST(auth_sys_takes_names_of_255_and_16_groups)
{
	u32 name, gids;

	for (name = 0; name <= 300; name++) {
		put_sys_call(name, 0, 0);
		CHECK_EQ(authenticate(), name <= 255 ? RPC_AUTH_OK : RPC_AUTH_BADCRED);
	}
	for (gids = 0; gids <= 20; gids++) {
		put_sys_call(4, gids, 0);
		CHECK_EQ(authenticate(), gids <= 16 ? RPC_AUTH_OK : RPC_AUTH_BADCRED);
		if (gids <= 16)
			CHECK_EQ(who.nr_groups, gids);
	}
	/* both at their limits: 4 + 4 + 256 + 8 + 4 + 64 = 340 bytes */
	put_sys_call(255, 16, 0);
	CHECK_EQ(authenticate(), RPC_AUTH_OK);
	CHECK_EQ(who.groups[15], 3015);
}

TEST(auth_sys_has_nothing_behind_its_groups)
{
	u32 extra;

	for (extra = 4; extra <= 40; extra += 4) {
		put_sys_call(4, 2, extra);
		CHECK_EQ(authenticate(), RPC_AUTH_BADCRED);
	}
}

TEST(auth_sys_may_end_at_every_byte)
{
	u32 whole, len;

	put_sys_call(9, 4, 0);
	whole = get_unaligned_be32(msg + 28);
	for (len = 0; len <= whole; len++) {
		put_sys_call(9, 4, 0);
		/* a shorter body, with its padding, and the verifier after it */
		put_unaligned_be32(len, msg + 28);
		msg_len = 32 + xdr_padded(len);
		put_auth(RPC_FLAVOUR_NONE, 0);
		CHECK_EQ(authenticate(), len == whole ? RPC_AUTH_OK : RPC_AUTH_BADCRED);
	}
}

TEST(auth_sys_lengths_that_lie_are_refused)
{
	static const u32 lies[] = { 17, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		put_sys_call(8, 1, 0);
		put_unaligned_be32(lies[i], msg + 36);	/* the name's */
		CHECK_EQ(authenticate(), RPC_AUTH_BADCRED);
		put_sys_call(8, 1, 0);
		put_unaligned_be32(lies[i], msg + 56);	/* the groups' */
		CHECK_EQ(authenticate(), RPC_AUTH_BADCRED);
	}
}

TEST(auth_none_is_nobody_whatever_its_body)
{
	put_head(RPC_MSG_CALL, 2);
	put_auth(RPC_FLAVOUR_NONE, 0);
	put_auth(RPC_FLAVOUR_NONE, 0);
	CHECK_EQ(authenticate(), RPC_AUTH_OK);
	CHECK_EQ(who.sec, DITTO_SEC_NONE);
	CHECK_EQ(who.uid, (u32)-1);
	CHECK_EQ(who.gid, (u32)-1);
	CHECK_EQ(who.nr_groups, 0);
	put_head(RPC_MSG_CALL, 2);
	put_auth(RPC_FLAVOUR_NONE, 400);
	put_auth(RPC_FLAVOUR_NONE, 13);
	CHECK_EQ(authenticate(), RPC_AUTH_OK);
}

TEST(the_verifier_is_auth_none)
{
	u32 flavour;

	for (flavour = 0; flavour < 8; flavour++) {
		put_head(RPC_MSG_CALL, 2);
		put_auth(RPC_FLAVOUR_NONE, 0);
		put_auth(flavour, 0);
		CHECK_EQ(authenticate(), flavour ? RPC_AUTH_BADVERF : RPC_AUTH_OK);
		put_head(RPC_MSG_CALL, 2);
		put_sys(3, 1, 0);
		put_auth(flavour, 0);
		CHECK_EQ(authenticate(), flavour ? RPC_AUTH_BADVERF : RPC_AUTH_OK);
	}
}

TEST(other_flavours_are_rejected)
{
	static const u32 flavours[] = {
		RPC_FLAVOUR_SHORT, RPC_FLAVOUR_DH, 4, 5, RPC_FLAVOUR_GSS, RPC_FLAVOUR_TLS,
		390003, 0x80000000, 0xffffffff
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(flavours); i++) {
		put_head(RPC_MSG_CALL, 2);
		put_auth(flavours[i], 20);
		put_auth(RPC_FLAVOUR_NONE, 0);
		CHECK_EQ(authenticate(), RPC_AUTH_REJECTEDCRED);
		CHECK(!ops);
	}
}

/* ---- replies ---- */

static bool no_room(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	return false;
}

static u8 chunks[8][64];
static unsigned int nr_chunks;

static bool next_chunk(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	if (nr_chunks == ARRAY_SIZE(chunks))
		return false;
	*mem = chunks[nr_chunks++];
	*size = sizeof(chunks[0]);
	return true;
}

static void drop(struct ditto_payload *payload)
{
}

static const struct ditto_encoder_ops fixed_ops = { .grow = no_room };
static const struct ditto_encoder_ops chunk_ops = { .grow = next_chunk, .drop = drop };
static struct ditto_encoder enc;
static u8 out[128];

static void begin_reply(void)
{
	ditto_encoder_init(&enc, &fixed_ops, out, sizeof(out), sizeof(out));
}

/* The reply consists of these words. */
static void check_reply(const u32 *want, u32 nr)
{
	u32 i;

	CHECK(ditto_encoder_ok(&enc));
	if (CHECK_EQ(ditto_encoder_len(&enc), 4 * nr))
		for (i = 0; i < nr; i++)
			CHECK_EQ(get_unaligned_be32(out + 4 * i), want[i]);
}

#define CHECK_REPLY(...) do {							\
	static const u32 words[] = { __VA_ARGS__ };				\
	check_reply(words, ARRAY_SIZE(words));					\
} while (0)

TEST(denials_are_what_the_rfc_says)
{
	static const enum rpc_auth_stat stats[] = {
		RPC_AUTH_BADCRED, RPC_AUTH_REJECTEDCRED, RPC_AUTH_BADVERF,
		RPC_AUTH_REJECTEDVERF, RPC_AUTH_TOOWEAK, RPC_AUTH_CREDPROBLEM, RPC_AUTH_CTXPROBLEM,
	};
	static const u32 numbers[] = { 1, 2, 3, 4, 5, 13, 14 };
	u32 i;

	begin_reply();
	rpc_msg_put_mismatch(&enc, XID);
	CHECK_REPLY(XID, 1, 1, 0, 2, 2);
	for (i = 0; i < ARRAY_SIZE(stats); i++) {
		begin_reply();
		rpc_msg_put_auth_error(&enc, XID, stats[i]);
		CHECK_EQ(ditto_encoder_len(&enc), 20);
		CHECK_MEM(out, "\x12\x34\xab\xcd\0\0\0\1\0\0\0\1\0\0\0\1", 16);
		CHECK_EQ(get_unaligned_be32(out + 16), numbers[i]);
	}
}

TEST(acceptances_are_what_the_rfc_says)
{
	put_sys_call(3, 1, 0);
	CHECK_EQ(authenticate(), RPC_AUTH_OK);
	begin_reply();
	rpc_msg_put_accepted(&enc, XID);
	ops->put_verifier(&enc, &who);
	xdr_put_u32(&enc, RPC_ACCEPT_SUCCESS);
	CHECK_REPLY(XID, 1, 0, 0, 0, 0);

	begin_reply();
	rpc_msg_put_accepted(&enc, XID);
	ops->put_verifier(&enc, &who);
	rpc_msg_put_prog_mismatch(&enc, 1, 3);
	CHECK_REPLY(XID, 1, 0, 0, 0, 2, 1, 3);

	CHECK_EQ(RPC_ACCEPT_PROG_UNAVAIL, 1);
	CHECK_EQ(RPC_ACCEPT_PROC_UNAVAIL, 3);
	CHECK_EQ(RPC_ACCEPT_GARBAGE_ARGS, 4);
	CHECK_EQ(RPC_ACCEPT_SYSTEM_ERR, 5);
}

TEST(record_marks_carry_31_bits_and_a_flag)
{
	u8 marker[4];
	bool last;
	u32 len;

	rpc_record_put(marker, 0x01020304);
	CHECK_MEM(marker, "\x81\x02\x03\x04", 4);
	rpc_record_get(marker, &len, &last);
	CHECK_EQ(len, 0x01020304);
	CHECK(last);
	rpc_record_get((const u8 *)"\x7f\xff\xff\xff", &len, &last);
	CHECK_EQ(len, 0x7fffffff);
	CHECK(!last);
	rpc_record_get((const u8 *)"\x80\0\0\0", &len, &last);
	CHECK_EQ(len, 0);
	CHECK(last);
}

/* ---- copying what was written since a mark ---- */

TEST(what_was_written_since_a_mark_is_copied)
{
	static u8 first[32], copy[512];
	struct ditto_encoder_mark mark;
	u32 lead, len, i;

	for (lead = 0; lead <= 64; lead += 4) {
		for (len = 0; len <= 300; len += 4) {
			nr_chunks = 0;
			ditto_encoder_init(&enc, &chunk_ops, first, sizeof(first), 1000);
			ditto_encoder_zero(&enc, lead);
			ditto_encoder_mark(&enc, &mark);
			for (i = 0; i < len; i += 4)
				xdr_put_u32(&enc, 0xc0de0000 + i);
			CHECK(ditto_encoder_ok(&enc));
			memset(copy, 0x55, sizeof(copy));
			CHECK_EQ(rpc_msg_copy_since(&enc, &mark, copy, len), len);
			for (i = 0; i < len; i += 4)
				CHECK_EQ(get_unaligned_be32(copy + i), 0xc0de0000 + i);
			CHECK_EQ(copy[len], 0x55);
			if (len)
				CHECK_EQ(rpc_msg_copy_since(&enc, &mark, copy, len - 1), -1);
		}
	}
}

TEST(pages_are_not_copied)
{
	static u8 first[32], copy[512];
	struct ditto_encoder_mark before, after;

	nr_chunks = 0;
	ditto_encoder_init(&enc, &chunk_ops, first, sizeof(first), 1000);
	xdr_put_u32(&enc, 1);
	ditto_encoder_mark(&enc, &before);
	xdr_put_u32(&enc, 2);
	CHECK(ditto_encoder_payload(&enc, (void *)1, 8));
	ditto_encoder_mark(&enc, &after);
	xdr_put_u32(&enc, 3);
	CHECK_EQ(rpc_msg_copy_since(&enc, &before, copy, sizeof(copy)), -1);
	CHECK_EQ(rpc_msg_copy_since(&enc, &after, copy, sizeof(copy)), 4);
	CHECK_EQ(get_unaligned_be32(copy), 3);
}

/* ---- calls of our own ---- */

static u32 our_call(bool sys, const char *machine)
{
	static u8 first[2048];

	ditto_encoder_init(&enc, &chunk_ops, first, sizeof(first), sizeof(first));
	rpc_msg_put_call(&enc, XID, 100021, 4, 10);
	if (sys)
		rpc_auth_put_root(&enc, 0x5eed, machine);
	else
		rpc_auth_put_none(&enc);
	rpc_auth_put_none(&enc);
	xdr_put_u32(&enc, 0xa1a2a3a4);
	CHECK(ditto_encoder_ok(&enc));
	msg_len = ditto_encoder_len(&enc);
	memcpy(msg, first, msg_len);
	return msg_len;
}

TEST(what_we_call_is_what_we_would_take)
{
	char name[301];
	u32 len;

	for (len = 0; len <= 300; len++) {
		memset(name, 'n', sizeof(name));
		name[len] = 0;
		our_call(true, name);
		CHECK_EQ(authenticate(), RPC_AUTH_OK);
		CHECK_EQ(call.xid, XID);
		CHECK_EQ(call.prog, 100021);
		CHECK_EQ(call.vers, 4);
		CHECK_EQ(call.proc, 10);
		CHECK_EQ(who.sec, DITTO_SEC_SYS);
		CHECK_EQ(who.uid, 0);
		CHECK_EQ(who.gid, 0);
		CHECK_EQ(who.nr_groups, 0);
		CHECK_EQ(get_unaligned_be32(msg + 36), min(len, 255u));
		CHECK_EQ(ditto_cursor_be32(&cur), 0xa1a2a3a4);
		CHECK_EQ(ditto_cursor_left(&cur), 0);
	}
	our_call(false, NULL);
	CHECK_EQ(msg_len, 24 + 8 + 8 + 4);
	CHECK_EQ(authenticate(), RPC_AUTH_OK);
	CHECK_EQ(who.sec, DITTO_SEC_NONE);
	CHECK_EQ(ditto_cursor_be32(&cur), 0xa1a2a3a4);
}

/* Reads the first @len bytes as a reply; 1: it is none. */
static int answer(u32 len, u32 cut)
{
	u32 xid;

	decode(len, cut);
	ditto_cursor_init(&cur, segs, len);
	if (!rpc_msg_get_reply_xid(&cur, &xid))
		return 1;
	CHECK_EQ(xid, XID);
	return rpc_msg_get_reply(&cur);
}

static void put_reply(u32 stat, u32 verf)
{
	msg_len = 0;
	put(XID);
	put(RPC_MSG_REPLY);
	put(RPC_REPLY_ACCEPTED);
	put_auth(RPC_FLAVOUR_NONE, verf);
	put(stat);
}

TEST(each_answer_has_its_errno)
{
	static const int accepted[] = {
		0, -EOPNOTSUPP, -EOPNOTSUPP, -EOPNOTSUPP, -EPROTO, -EREMOTEIO, -EPROTO
	};
	u32 stat, cut, reject;

	for (stat = 0; stat < ARRAY_SIZE(accepted); stat++) {
		put_reply(stat, 7);
		put(0xb1b2b3b4);
		for (cut = 0; cut <= msg_len; cut++) {
			CHECK_EQ(answer(msg_len, cut), accepted[stat]);
			CHECK_EQ(ditto_cursor_be32(&cur), 0xb1b2b3b4);
		}
	}
	for (reject = 0; reject < 3; reject++) {
		msg_len = 0;
		put(XID);
		put(RPC_MSG_REPLY);
		put(RPC_REPLY_DENIED);
		put(reject);
		CHECK_EQ(answer(msg_len, 0), -EACCES);
	}
	put_unaligned_be32(2, msg + 8);
	CHECK_EQ(answer(msg_len, 0), -EPROTO);
	put_unaligned_be32(RPC_MSG_CALL, msg + 4);
	CHECK_EQ(answer(msg_len, 0), 1);
	put_unaligned_be32(2, msg + 4);
	CHECK_EQ(answer(msg_len, 0), 1);
}

TEST(an_answer_may_end_at_every_byte)
{
	u32 len;

	put_reply(RPC_ACCEPT_SUCCESS, 5);
	for (len = 0; len < msg_len; len++)
		CHECK_EQ(answer(len, len / 2), len < 8 ? 1 : -EPROTO);
	CHECK_EQ(answer(msg_len, 0), 0);
	/* a verifier is held against its limit */
	put_reply(RPC_ACCEPT_SUCCESS, RPC_MSG_AUTH_MAX);
	CHECK_EQ(answer(msg_len, 0), 0);
	put_reply(RPC_ACCEPT_SUCCESS, RPC_MSG_AUTH_MAX + 1);
	CHECK_EQ(answer(msg_len, 0), -EPROTO);
}
