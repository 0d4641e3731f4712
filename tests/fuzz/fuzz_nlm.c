// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock manager's arguments and results: whatever comes and however it is cut, a
 * decoder stays inside the message and the room it asked for, and what it accepts it
 * accepts the same way in one piece; a lock that is sent on as GRANTED reads the
 * same again, a holder is never sent wider than its version is.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c nfs/nlm_xdr.c
 */
#include "nfs/nlm_xdr.h"
#include "fuzz.h"

union any_args {
	struct nlm_testargs	test;
	struct nlm_lockargs	lock;
	struct nlm_cancargs	cancel;
	struct nlm_unlockargs	unlock;
	struct nlm_shareargs	share;
	struct nlm_notify	notify;
	struct nlm_res		res;
};

/* Sums of what was decoded, to compare two ways of cutting. */
static u64 sum;

static void add(const void *p, size_t len)
{
	const u8 *b = p;

	while (len--)
		sum = (sum ^ *b++) * 0x100000001b3ULL;
}

static void see_u64(u64 v)
{
	add(&v, sizeof(v));
}

static void see_bytes(const void *p, u32 len, u32 max)
{
	FUZZ_CHECK(p && len <= max);
	see_u64(len);
	add(p, len);
}

static void see_obj(const struct nlm_netobj *obj, u32 max)
{
	see_bytes(obj->data, obj->len, max);
}

static void see_lock(const struct nlm_lock *lock, u32 vers)
{
	see_bytes(lock->caller_name.bytes, lock->caller_name.len, NLM_MAXSTRLEN);
	see_obj(&lock->fh, NLM_FHSIZE);
	see_obj(&lock->oh, NLM_MAXNETOBJ);
	see_u64(lock->svid);
	see_u64(lock->l_offset);
	see_u64(lock->l_len);
	FUZZ_CHECK(vers == 4 || (lock->l_offset <= U32_MAX && lock->l_len <= U32_MAX));
}

/* ---- what we send -------------------------------------------------------- */

static bool no_more(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	return false;
}

static void drop(struct ditto_payload *payload)
{
}

static const struct ditto_encoder_ops encoder_ops = { .grow = no_more, .drop = drop };

static bool same_obj(const struct nlm_netobj *a, const struct nlm_netobj *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void send_granted(const struct nlm_testargs *args, u32 vers)
{
	static u8 mem[4096] __attribute__((aligned(8)));
	const struct nlm_lock *lock = &args->alock;
	struct nlm_scratch none = {};
	struct ditto_encoder enc;
	struct nlm_testargs again;
	struct ditto_cursor cur;
	struct kvec seg;

	ditto_encoder_init(&enc, &encoder_ops, mem, sizeof(mem), sizeof(mem));
	nlm_put_testargs(&enc, vers, args);
	FUZZ_CHECK(ditto_encoder_ok(&enc));
	seg = (struct kvec){ .iov_base = mem, .iov_len = ditto_encoder_len(&enc) };
	ditto_cursor_init(&cur, &seg, seg.iov_len);
	FUZZ_CHECK(nlm_get_testargs(&cur, vers, &again, &none));
	FUZZ_CHECK(!ditto_cursor_left(&cur));
	FUZZ_CHECK(same_obj(&again.cookie, &args->cookie));
	FUZZ_CHECK(again.exclusive == args->exclusive);
	FUZZ_CHECK(again.alock.caller_name.len == lock->caller_name.len);
	FUZZ_CHECK(same_obj(&again.alock.fh, &lock->fh));
	FUZZ_CHECK(same_obj(&again.alock.oh, &lock->oh));
	FUZZ_CHECK(again.alock.svid == lock->svid);
	FUZZ_CHECK(again.alock.l_offset == lock->l_offset);
	FUZZ_CHECK(again.alock.l_len == lock->l_len);
}

/* The lock that was decoded stands in the way of somebody who speaks version 3. */
static void send_holder(const struct nlm_testargs *args)
{
	static u8 mem[4096] __attribute__((aligned(8)));
	struct nlm_testres res = {
		.cookie	= args->cookie,
		.stat	= NLM4_DENIED,
		.holder	= {
			.oh		= args->alock.oh,
			.l_offset	= args->alock.l_offset,
			.l_len		= args->alock.l_len,
		},
	};
	u32 offset, len, written;
	struct ditto_encoder enc;

	ditto_encoder_init(&enc, &encoder_ops, mem, sizeof(mem), sizeof(mem));
	nlm_put_testres(&enc, 3, &res);
	FUZZ_CHECK(ditto_encoder_ok(&enc));
	written = ditto_encoder_len(&enc);
	offset = get_unaligned_be32(mem + written - 8);
	len = get_unaligned_be32(mem + written - 4);
	FUZZ_CHECK(offset <= res.holder.l_offset);
	FUZZ_CHECK(offset == res.holder.l_offset || (offset == U32_MAX && !len));
	FUZZ_CHECK(!len || len == res.holder.l_len);
	FUZZ_CHECK(!len || (u64)offset + len - 1 <= U32_MAX);
}

/* ---- what comes ---------------------------------------------------------- */

static bool decode_test(struct ditto_cursor *cur, u32 vers, struct nlm_testargs *args,
			struct nlm_scratch *scratch)
{
	if (!nlm_get_testargs(cur, vers, args, scratch))
		return false;
	see_obj(&args->cookie, NLM_MAXNETOBJ);
	see_u64(args->exclusive);
	see_lock(&args->alock, vers);
	send_granted(args, vers);
	send_holder(args);
	return true;
}

static bool decode_lock(struct ditto_cursor *cur, u32 vers, struct nlm_lockargs *args,
			struct nlm_scratch *scratch)
{
	if (!nlm_get_lockargs(cur, vers, args, scratch))
		return false;
	see_obj(&args->cookie, NLM_MAXNETOBJ);
	see_u64(args->block | args->exclusive << 1 | args->reclaim << 2);
	see_u64(args->state);
	see_lock(&args->alock, vers);
	return true;
}

static bool decode_share(struct ditto_cursor *cur, struct nlm_shareargs *args,
			 struct nlm_scratch *scratch)
{
	const struct nlm_share *share = &args->share;

	if (!nlm_get_shareargs(cur, args, scratch))
		return false;
	FUZZ_CHECK(share->mode <= FSM_DRW && share->access <= FSA_RW);
	see_obj(&args->cookie, NLM_MAXNETOBJ);
	see_bytes(share->caller_name.bytes, share->caller_name.len, NLM_MAXSTRLEN);
	see_obj(&share->fh, NLM_FHSIZE);
	see_obj(&share->oh, NLM_MAXNETOBJ);
	see_u64(share->mode | share->access << 2 | args->reclaim << 4);
	return true;
}

static bool decode(struct ditto_cursor *cur, u32 proc, u32 vers, union any_args *a,
		   struct nlm_scratch *scratch)
{
	switch (proc) {
	case NLMPROC_TEST:
		return decode_test(cur, vers, &a->test, scratch);
	case NLMPROC_LOCK:
		return decode_lock(cur, vers, &a->lock, scratch);
	case NLMPROC_CANCEL:
		if (!nlm_get_cancargs(cur, vers, &a->cancel, scratch))
			return false;
		see_obj(&a->cancel.cookie, NLM_MAXNETOBJ);
		see_u64(a->cancel.block | a->cancel.exclusive << 1);
		see_lock(&a->cancel.alock, vers);
		return true;
	case NLMPROC_UNLOCK:
		if (!nlm_get_unlockargs(cur, vers, &a->unlock, scratch))
			return false;
		see_obj(&a->unlock.cookie, NLM_MAXNETOBJ);
		see_lock(&a->unlock.alock, vers);
		return true;
	case NLMPROC_GRANTED:
		if (!nlm_get_res(cur, vers, &a->res, scratch))
			return false;
		FUZZ_CHECK(a->res.stat == nlm_stat_in_version(vers, a->res.stat));
		see_obj(&a->res.cookie, NLM_MAXNETOBJ);
		see_u64(a->res.stat);
		return true;
	case NLMPROC_NULL:
		if (!nlm_get_notify(cur, &a->notify, scratch))
			return false;
		see_bytes(a->notify.name.bytes, a->notify.name.len, NLM_MAXNAMELEN);
		see_u64(a->notify.state);
		return true;
	default:
		return decode_share(cur, &a->share, scratch);
	}
}

/* Decodes a message with the room it asks for; what it says is summed up. */
static bool run(const struct kvec *segs, size_t len, u32 seed, size_t *left)
{
	struct nlm_scratch scratch;
	struct ditto_cursor cur;
	union any_args args;
	u8 *room;
	bool ok;

	ditto_cursor_init(&cur, segs, len);
	scratch.left = nlm_scratch_need(&cur);
	FUZZ_CHECK(scratch.left <= len && scratch.left <= NLM_SCRATCH_MAX);
	room = malloc(scratch.left + !scratch.left);
	scratch.p = room;
	sum = 0;
	ok = decode(&cur, seed % 7, seed / 7 % 2 ? 4 : 3, &args, &scratch);
	*left = ditto_cursor_left(&cur);
	free(room);
	return ok;
}

/* The first word says how to cut and what to decode; then come the arguments. */
static void fuzz_one(const u8 *data, size_t len)
{
	size_t left, left_whole;
	struct fuzz_segs segs;
	bool ok, ok_whole;
	struct kvec whole;
	u32 seed;
	u64 seen;

	if (len < 4)
		return;
	seed = get_unaligned_be32(data);
	whole = (struct kvec){ .iov_base = (void *)(data + 4), .iov_len = len - 4 };

	fuzz_segs_cut(&segs, data + 4, len - 4, seed);
	ok = run(segs.vec, len - 4, seed, &left);
	seen = sum;
	ok_whole = run(&whole, len - 4, seed, &left_whole);
	FUZZ_CHECK(ok == ok_whole);
	FUZZ_CHECK(!ok || (seen == sum && left == left_whole));
	fuzz_segs_free(&segs);
}
