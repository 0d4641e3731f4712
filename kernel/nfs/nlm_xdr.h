/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Network Lock Manager on the wire: versions 1 and 3 (X/Open C702, XNFS,
 * chapter 10) and 4 (RFC 1813 appendix II, XNFS chapter 14). No meaning here,
 * only form.
 *
 * There is one set of structures for all versions, with the widths and the
 * numbers of version 4; what version is spoken is said to every codec. On the
 * wire versions 1 and 3 differ from it in two ways:
 *
 *   - offsets and lengths have 32 bits;
 *   - the statuses end with NLM4_DEADLCK.
 *
 * Ranges are given as they came: a length of 0 is to the end of the file, and
 * whether offset and length make sense is for the lock manager to say.
 *
 * A decoder returns false when the bytes are not the arguments the standard
 * describes; the call is then answered with GARBAGE_ARGS.
 *
 * Names, handles, owners and cookies may be 1 KiB each and are not kept in the
 * structures, which are small enough to lie in a call that is set aside. They
 * point into the message, which lives until the call is answered, or into
 * struct nlm_scratch if the network cut them in two; what shall live longer is
 * copied. How much scratch room a call needs nlm_scratch_need() says, most
 * often none.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_NFS_NLM_XDR_H
#define DITTO_NFS_NLM_XDR_H

#include "base/xdr.h"

#define NLM_PROGRAM		100021
#define NLM_VERSION_1		1
#define NLM_VERSION_3		3	/* 1 with SHARE, UNSHARE, NM_LOCK and FREE_ALL */
#define NLM_VERSION_4		4

/* Longest items, bytes (XNFS 10). */
#define NLM_MAXSTRLEN		1024		/* LM_MAXSTRLEN */
#define NLM_MAXNAMELEN		1025		/* MAXNAMELEN, LM_MAXSTRLEN + 1 */
#define NLM_MAXNETOBJ		1024		/* MAXNETOBJ_SZ */
#define NLM_FHSIZE		64		/* of version 4: NFS3_FHSIZE */

/* The numbers are the same in all versions. */
enum nlm_proc {
	NLMPROC_NULL,
	NLMPROC_TEST,
	NLMPROC_LOCK,
	NLMPROC_CANCEL,
	NLMPROC_UNLOCK,
	NLMPROC_GRANTED,
	NLMPROC_TEST_MSG,
	NLMPROC_LOCK_MSG,
	NLMPROC_CANCEL_MSG,
	NLMPROC_UNLOCK_MSG,
	NLMPROC_GRANTED_MSG,
	NLMPROC_TEST_RES,
	NLMPROC_LOCK_RES,
	NLMPROC_CANCEL_RES,
	NLMPROC_UNLOCK_RES,
	NLMPROC_GRANTED_RES,
	NLMPROC_NR_V1,
	NLMPROC_SHARE = 20,	/* from version 3 on */
	NLMPROC_UNSHARE,
	NLMPROC_NM_LOCK,
	NLMPROC_FREE_ALL,
	NLMPROC_NR,
};

/* RFC 1813 6.1.4, nlm4_stats; the first six are nlm_stats of versions 1 and 3. */
enum nlm_stats {
	NLM4_GRANTED,
	NLM4_DENIED,
	NLM4_DENIED_NOLOCKS,
	NLM4_BLOCKED,
	NLM4_DENIED_GRACE_PERIOD,
	NLM4_DEADLCK,
	NLM4_ROFS,
	NLM4_STALE_FH,
	NLM4_FBIG,
	NLM4_FAILED,
};

/* XNFS 10, fsh_mode: what others are denied */
enum nlm_fsh_mode {
	FSM_DN,		/* nothing */
	FSM_DR,		/* reading */
	FSM_DW,		/* writing */
	FSM_DRW,	/* both */
};

/* XNFS 10, fsh_access: what is going to be done */
enum nlm_fsh_access {
	FSA_NONE,
	FSA_R,
	FSA_W,
	FSA_RW,
};

/**
 * struct nlm_netobj - bytes that mean something to their sender only (netobj)
 * @data: @len bytes; never NULL when decoded
 * @len: at most NLM_MAXNETOBJ
 */
struct nlm_netobj {
	const u8	*data;
	u32		len;
};

/**
 * struct nlm_string - a name, not terminated
 * @bytes: @len bytes, any; never NULL when decoded
 * @len: how many
 */
struct nlm_string {
	const char	*bytes;
	u32		len;
};

/**
 * struct nlm_scratch - where items go that were cut in two
 * @p: room; lives as long as what was decoded with its help
 * @left: bytes of it that are still free
 */
struct nlm_scratch {
	u8	*p;
	u32	left;
};

/* Three items at their longest and a handle: no call needs more. */
#define NLM_SCRATCH_MAX		(3 * 1024 + NLM_FHSIZE)

/**
 * struct nlm_lock - a range of a file and who is to own it (nlm_lock, nlm4_lock)
 * @caller_name: the client's host, as its status monitor calls it; at most NLM_MAXSTRLEN bytes
 * @fh: the file; at most NLM_FHSIZE bytes in any version
 * @oh: with @svid: the owner
 * @svid: process on the client
 * @l_offset: first byte
 * @l_len: how many bytes; 0: to the end of the file
 */
struct nlm_lock {
	struct nlm_string	caller_name;
	struct nlm_netobj	fh;
	struct nlm_netobj	oh;
	s32			svid;
	u64			l_offset;
	u64			l_len;
};

/**
 * struct nlm_testargs - TEST, TEST_MSG, GRANTED, GRANTED_MSG
 * @cookie: comes back with the result
 * @exclusive: a write lock
 * @alock: which
 */
struct nlm_testargs {
	struct nlm_netobj	cookie;
	bool			exclusive;
	struct nlm_lock		alock;
};

/**
 * struct nlm_lockargs - LOCK, LOCK_MSG, NM_LOCK
 * @cookie: comes back with the result
 * @block: the client waits; GRANTED tells it
 * @exclusive: a write lock
 * @reclaim: it was held before the server restarted
 * @state: state number of the client's status monitor
 * @alock: which
 */
struct nlm_lockargs {
	struct nlm_netobj	cookie;
	bool			block;
	bool			exclusive;
	bool			reclaim;
	s32			state;
	struct nlm_lock		alock;
};

/**
 * struct nlm_cancargs - CANCEL, CANCEL_MSG: names a LOCK by what it asked for
 * @cookie: comes back with the result
 * @block: as in the LOCK
 * @exclusive: as in the LOCK
 * @alock: as in the LOCK
 */
struct nlm_cancargs {
	struct nlm_netobj	cookie;
	bool			block;
	bool			exclusive;
	struct nlm_lock		alock;
};

/**
 * struct nlm_unlockargs - UNLOCK, UNLOCK_MSG
 * @cookie: comes back with the result
 * @alock: which
 */
struct nlm_unlockargs {
	struct nlm_netobj	cookie;
	struct nlm_lock		alock;
};

/**
 * struct nlm_share - a file opened as DOS does (nlm_share, nlm4_share)
 * @caller_name: as in struct nlm_lock
 * @fh: as in struct nlm_lock
 * @oh: the owner
 * @mode: enum nlm_fsh_mode
 * @access: enum nlm_fsh_access
 */
struct nlm_share {
	struct nlm_string	caller_name;
	struct nlm_netobj	fh;
	struct nlm_netobj	oh;
	u32			mode;
	u32			access;
};

/**
 * struct nlm_shareargs - SHARE, UNSHARE
 * @cookie: comes back with the result
 * @share: the file and how it is opened
 * @reclaim: it was held before the server restarted
 */
struct nlm_shareargs {
	struct nlm_netobj	cookie;
	struct nlm_share	share;
	bool			reclaim;
};

/**
 * struct nlm_notify - FREE_ALL: a client has started anew
 * @name: the client; at most NLM_MAXNAMELEN bytes
 * @state: of no meaning, clients send 0
 */
struct nlm_notify {
	struct nlm_string	name;
	u32			state;
};

/**
 * struct nlm_res - results of LOCK, CANCEL, UNLOCK, GRANTED, NM_LOCK; their _RES
 * @cookie: of the call
 * @stat: enum nlm_stats
 */
struct nlm_res {
	struct nlm_netobj	cookie;
	u32			stat;
};

/**
 * struct nlm_holder - a lock that is in the way (nlm_holder, nlm4_holder)
 * @exclusive: a write lock
 * @svid: process on its client
 * @oh: with @svid: the owner
 * @l_offset: first byte
 * @l_len: how many bytes; 0: to the end of the file
 */
struct nlm_holder {
	bool			exclusive;
	s32			svid;
	struct nlm_netobj	oh;
	u64			l_offset;
	u64			l_len;
};

/**
 * struct nlm_testres - results of TEST; TEST_RES
 * @cookie: of the call
 * @stat: enum nlm_stats
 * @holder: only when @stat is NLM4_DENIED
 */
struct nlm_testres {
	struct nlm_netobj	cookie;
	u32			stat;
	struct nlm_holder	holder;
};

/**
 * struct nlm_shareres - results of SHARE and UNSHARE
 * @cookie: of the call
 * @stat: enum nlm_stats
 * @sequence: of no meaning; 0
 */
struct nlm_shareres {
	struct nlm_netobj	cookie;
	u32			stat;
	s32			sequence;
};

u32 nlm_scratch_need(const struct ditto_cursor *cur);

bool nlm_get_testargs(struct ditto_cursor *cur, u32 vers, struct nlm_testargs *args,
		      struct nlm_scratch *scratch);
bool nlm_get_lockargs(struct ditto_cursor *cur, u32 vers, struct nlm_lockargs *args,
		      struct nlm_scratch *scratch);
bool nlm_get_cancargs(struct ditto_cursor *cur, u32 vers, struct nlm_cancargs *args,
		      struct nlm_scratch *scratch);
bool nlm_get_unlockargs(struct ditto_cursor *cur, u32 vers, struct nlm_unlockargs *args,
			struct nlm_scratch *scratch);
bool nlm_get_shareargs(struct ditto_cursor *cur, struct nlm_shareargs *args,
		       struct nlm_scratch *scratch);
bool nlm_get_notify(struct ditto_cursor *cur, struct nlm_notify *args,
		    struct nlm_scratch *scratch);
bool nlm_get_res(struct ditto_cursor *cur, u32 vers, struct nlm_res *res,
		 struct nlm_scratch *scratch);

u32 nlm_stat_in_version(u32 vers, u32 stat);
void nlm_put_testargs(struct ditto_encoder *enc, u32 vers, const struct nlm_testargs *args);
void nlm_put_res(struct ditto_encoder *enc, u32 vers, const struct nlm_res *res);
void nlm_put_testres(struct ditto_encoder *enc, u32 vers, const struct nlm_testres *res);
void nlm_put_shareres(struct ditto_encoder *enc, u32 vers, const struct nlm_shareres *res);

#endif
