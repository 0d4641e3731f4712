// SPDX-License-Identifier: GPL-2.0-only
/* The Network Lock Manager on the wire. */
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include "nfs/nlm_xdr.h"

/* They lie in a call that is set aside, beside what the lock manager keeps there. */
static_assert(sizeof(struct nlm_lockargs) <= 128);
static_assert(sizeof(struct nlm_shareargs) <= 128);

/* ---- items --------------------------------------------------------------- */

/**
 * nlm_scratch_need - room that decoding arguments or results may take
 * @cur: in front of them
 *
 * With that much in struct nlm_scratch no decoder fails for want of room.
 *
 * Return: bytes; 0 if they lie in one piece; at most NLM_SCRATCH_MAX.
 */
u32 nlm_scratch_need(const struct ditto_cursor *cur)
{
	if (!cur->rest)
		return 0;
	return min_t(size_t, ditto_cursor_left(cur), NLM_SCRATCH_MAX);
}

/* Variable-length bytes, where they lie or else in @scratch; never NULL. */
static const u8 *get_bytes(struct ditto_cursor *cur, u32 max, u32 *len,
			   struct nlm_scratch *scratch)
{
	static const u8 nothing[1];
	u32 n = xdr_get_u32(cur);
	u8 *room = n <= scratch->left ? scratch->p : NULL;
	const u8 *p = NULL;

	if (n <= max && n)
		p = xdr_get_fixed(cur, n, room);
	*len = p ? n : 0;
	if (p) {
		if (p == room) {
			scratch->p += n;
			scratch->left -= n;
		}
		return p;
	}
	if (n)
		ditto_cursor_fail(cur);
	return nothing;
}

static void get_netobj(struct ditto_cursor *cur, u32 max, struct nlm_netobj *obj,
		       struct nlm_scratch *scratch)
{
	obj->data = get_bytes(cur, max, &obj->len, scratch);
}

static void get_string(struct ditto_cursor *cur, u32 max, struct nlm_string *string,
		       struct nlm_scratch *scratch)
{
	string->bytes = (const char *)get_bytes(cur, max, &string->len, scratch);
}

static void get_cookie(struct ditto_cursor *cur, struct nlm_netobj *cookie,
		       struct nlm_scratch *scratch)
{
	get_netobj(cur, NLM_MAXNETOBJ, cookie, scratch);
}

/* An enum of which @last is the last (RFC 4506 4.3: no other is valid). */
static u32 get_enum(struct ditto_cursor *cur, u32 last)
{
	u32 v = xdr_get_u32(cur);

	if (v > last)
		ditto_cursor_fail(cur);
	return v;
}

static void put_netobj(struct ditto_encoder *enc, const struct nlm_netobj *obj)
{
	xdr_put_opaque(enc, obj->data, obj->len);
}

/* An offset or a length. */
static u64 get_place(struct ditto_cursor *cur, u32 vers)
{
	return vers < NLM_VERSION_4 ? xdr_get_u32(cur) : xdr_get_u64(cur);
}

static void put_range(struct ditto_encoder *enc, u32 vers, u64 offset, u64 len)
{
	if (vers < NLM_VERSION_4) {
		xdr_put_u32(enc, offset);
		xdr_put_u32(enc, len);
	} else {
		xdr_put_u64(enc, offset);
		xdr_put_u64(enc, len);
	}
}

/*
 * A range for those who know 32 bits. If it ends behind them it goes to the end of the
 * file, if it starts behind them it starts at the last byte there is: a client learns
 * of a lock that is in the way, if not of its exact place.
 */
static void narrow_range(u64 *offset, u64 *len)
{
	if (*offset > U32_MAX) {
		*offset = U32_MAX;
		*len = 0;
	}
	if (*len > U32_MAX - *offset + 1 || *len > U32_MAX)
		*len = 0;
}

static void get_lock(struct ditto_cursor *cur, u32 vers, struct nlm_lock *lock,
		     struct nlm_scratch *scratch)
{
	get_string(cur, NLM_MAXSTRLEN, &lock->caller_name, scratch);
	get_netobj(cur, NLM_FHSIZE, &lock->fh, scratch);
	get_netobj(cur, NLM_MAXNETOBJ, &lock->oh, scratch);
	lock->svid = xdr_get_u32(cur);
	lock->l_offset = get_place(cur, vers);
	lock->l_len = get_place(cur, vers);
}

/* ---- arguments ----------------------------------------------------------- */

/**
 * nlm_get_testargs - arguments of TEST, TEST_MSG, GRANTED and GRANTED_MSG (XNFS 10)
 * @cur: the arguments
 * @vers: version of the call
 * @args: filled in; valid as long as the message and @scratch are
 * @scratch: room, see nlm_scratch_need()
 *
 * Return: false if they are malformed.
 */
bool nlm_get_testargs(struct ditto_cursor *cur, u32 vers, struct nlm_testargs *args,
		      struct nlm_scratch *scratch)
{
	get_cookie(cur, &args->cookie, scratch);
	args->exclusive = xdr_get_bool(cur);
	get_lock(cur, vers, &args->alock, scratch);
	return ditto_cursor_ok(cur);
}

/**
 * nlm_get_lockargs - arguments of LOCK, LOCK_MSG and NM_LOCK (XNFS 10)
 * @cur: the arguments
 * @vers: version of the call
 * @args: filled in; valid as long as the message and @scratch are
 * @scratch: room, see nlm_scratch_need()
 *
 * Return: false if they are malformed.
 */
bool nlm_get_lockargs(struct ditto_cursor *cur, u32 vers, struct nlm_lockargs *args,
		      struct nlm_scratch *scratch)
{
	get_cookie(cur, &args->cookie, scratch);
	args->block = xdr_get_bool(cur);
	args->exclusive = xdr_get_bool(cur);
	get_lock(cur, vers, &args->alock, scratch);
	args->reclaim = xdr_get_bool(cur);
	args->state = xdr_get_u32(cur);
	return ditto_cursor_ok(cur);
}

/**
 * nlm_get_cancargs - arguments of CANCEL and CANCEL_MSG (XNFS 10)
 * @cur: the arguments
 * @vers: version of the call
 * @args: filled in; valid as long as the message and @scratch are
 * @scratch: room, see nlm_scratch_need()
 *
 * Return: false if they are malformed.
 */
bool nlm_get_cancargs(struct ditto_cursor *cur, u32 vers, struct nlm_cancargs *args,
		      struct nlm_scratch *scratch)
{
	get_cookie(cur, &args->cookie, scratch);
	args->block = xdr_get_bool(cur);
	args->exclusive = xdr_get_bool(cur);
	get_lock(cur, vers, &args->alock, scratch);
	return ditto_cursor_ok(cur);
}

/**
 * nlm_get_unlockargs - arguments of UNLOCK and UNLOCK_MSG (XNFS 10)
 * @cur: the arguments
 * @vers: version of the call
 * @args: filled in; valid as long as the message and @scratch are
 * @scratch: room, see nlm_scratch_need()
 *
 * Return: false if they are malformed.
 */
bool nlm_get_unlockargs(struct ditto_cursor *cur, u32 vers, struct nlm_unlockargs *args,
			struct nlm_scratch *scratch)
{
	get_cookie(cur, &args->cookie, scratch);
	get_lock(cur, vers, &args->alock, scratch);
	return ditto_cursor_ok(cur);
}

/**
 * nlm_get_shareargs - arguments of SHARE and UNSHARE, alike in versions 3 and 4 (XNFS 10)
 * @cur: the arguments
 * @args: filled in; valid as long as the message and @scratch are
 * @scratch: room, see nlm_scratch_need()
 *
 * Return: false if they are malformed.
 */
bool nlm_get_shareargs(struct ditto_cursor *cur, struct nlm_shareargs *args,
		       struct nlm_scratch *scratch)
{
	struct nlm_share *share = &args->share;

	get_cookie(cur, &args->cookie, scratch);
	get_string(cur, NLM_MAXSTRLEN, &share->caller_name, scratch);
	get_netobj(cur, NLM_FHSIZE, &share->fh, scratch);
	get_netobj(cur, NLM_MAXNETOBJ, &share->oh, scratch);
	share->mode = get_enum(cur, FSM_DRW);
	share->access = get_enum(cur, FSA_RW);
	args->reclaim = xdr_get_bool(cur);
	return ditto_cursor_ok(cur);
}

/**
 * nlm_get_notify - arguments of FREE_ALL, alike in versions 3 and 4 (XNFS 10)
 * @cur: the arguments
 * @args: filled in; valid as long as the message and @scratch are
 * @scratch: room, see nlm_scratch_need()
 *
 * Return: false if they are malformed.
 */
bool nlm_get_notify(struct ditto_cursor *cur, struct nlm_notify *args,
		    struct nlm_scratch *scratch)
{
	get_string(cur, NLM_MAXNAMELEN, &args->name, scratch);
	args->state = xdr_get_u32(cur);
	return ditto_cursor_ok(cur);
}

/**
 * nlm_put_testargs - arguments of GRANTED and GRANTED_MSG (XNFS 10)
 * @enc: the call
 * @vers: the version the client asked for the lock in
 * @args: the lock; its range as the client gave it, by which it knows the lock (so in
 *	versions 1 and 3 it has 32 bits)
 */
void nlm_put_testargs(struct ditto_encoder *enc, u32 vers, const struct nlm_testargs *args)
{
	const struct nlm_lock *lock = &args->alock;

	put_netobj(enc, &args->cookie);
	xdr_put_bool(enc, args->exclusive);
	xdr_put_opaque(enc, lock->caller_name.bytes, lock->caller_name.len);
	put_netobj(enc, &lock->fh);
	put_netobj(enc, &lock->oh);
	xdr_put_u32(enc, lock->svid);
	put_range(enc, vers, lock->l_offset, lock->l_len);
}

/* ---- results ------------------------------------------------------------- */

/**
 * nlm_get_res - the answer to GRANTED, or the arguments of GRANTED_RES (XNFS 10)
 * @cur: the results
 * @vers: version of the call
 * @res: filled in; valid as long as the message and @scratch are
 * @scratch: room, see nlm_scratch_need()
 *
 * LOCK_RES, CANCEL_RES and UNLOCK_RES have the same form.
 *
 * Return: false if they are malformed.
 */
bool nlm_get_res(struct ditto_cursor *cur, u32 vers, struct nlm_res *res,
		 struct nlm_scratch *scratch)
{
	get_cookie(cur, &res->cookie, scratch);
	res->stat = get_enum(cur, vers < NLM_VERSION_4 ? NLM4_DEADLCK : NLM4_FAILED);
	return ditto_cursor_ok(cur);
}

/**
 * nlm_stat_in_version - a status as a version can say it
 * @vers: the version
 * @stat: enum nlm_stats
 *
 * What versions 1 and 3 have no word for would not be different the next time. NLM4_DENIED
 * has the client try again, and in the results of TEST a holder follows it, so it becomes
 * NLM4_DENIED_NOLOCKS, which ends in an error for the process that asked.
 *
 * Return: the status to send.
 */
u32 nlm_stat_in_version(u32 vers, u32 stat)
{
	if (vers < NLM_VERSION_4 && stat > NLM4_DEADLCK)
		return NLM4_DENIED_NOLOCKS;
	return stat;
}

/**
 * nlm_put_res - results of LOCK, CANCEL, UNLOCK, NM_LOCK and GRANTED; their _RES (XNFS 10)
 * @enc: the reply, or the call of a _RES
 * @vers: version of the call
 * @res: the results
 */
void nlm_put_res(struct ditto_encoder *enc, u32 vers, const struct nlm_res *res)
{
	put_netobj(enc, &res->cookie);
	xdr_put_u32(enc, nlm_stat_in_version(vers, res->stat));
}

/**
 * nlm_put_testres - results of TEST; TEST_RES (XNFS 10)
 * @enc: the reply, or the call of a _RES
 * @vers: version of the call
 * @res: the results. In versions 1 and 3 a holder's range that does not fit in 32 bits is
 *	sent as far as it does: to the end of the file, from byte 2^32 - 1 at most
 */
void nlm_put_testres(struct ditto_encoder *enc, u32 vers, const struct nlm_testres *res)
{
	const struct nlm_holder *holder = &res->holder;
	u64 offset = holder->l_offset, len = holder->l_len;

	put_netobj(enc, &res->cookie);
	xdr_put_u32(enc, nlm_stat_in_version(vers, res->stat));
	if (res->stat != NLM4_DENIED)
		return;
	xdr_put_bool(enc, holder->exclusive);
	xdr_put_u32(enc, holder->svid);
	put_netobj(enc, &holder->oh);
	if (vers < NLM_VERSION_4)
		narrow_range(&offset, &len);
	put_range(enc, vers, offset, len);
}

/**
 * nlm_put_shareres - results of SHARE and UNSHARE (XNFS 10)
 * @enc: the reply
 * @vers: version of the call
 * @res: the results
 */
void nlm_put_shareres(struct ditto_encoder *enc, u32 vers, const struct nlm_shareres *res)
{
	put_netobj(enc, &res->cookie);
	xdr_put_u32(enc, nlm_stat_in_version(vers, res->stat));
	xdr_put_u32(enc, res->sequence);
}
