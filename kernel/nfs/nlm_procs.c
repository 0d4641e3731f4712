// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM: the program's tables, and what all procedures have in common. Arguments are decoded,
 * the request is run, perhaps set aside and run again, and its results are encoded: into the
 * reply, or into a call of ours.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "base/facility.h"
#include "compat/compat.h"
#include "nfs/nlm.h"

static const char *const counters[NLM_STATS] = {
	[NLMPROC_NULL]			= "null",
	[NLMPROC_TEST]			= "test",
	[NLMPROC_LOCK]			= "lock",
	[NLMPROC_CANCEL]		= "cancel",
	[NLMPROC_UNLOCK]		= "unlock",
	[NLMPROC_TEST_MSG]		= "test_msg",
	[NLMPROC_LOCK_MSG]		= "lock_msg",
	[NLMPROC_CANCEL_MSG]		= "cancel_msg",
	[NLMPROC_UNLOCK_MSG]		= "unlock_msg",
	[NLMPROC_GRANTED_RES]		= "granted_res",
	[NLMPROC_SHARE]			= "share",
	[NLMPROC_UNSHARE]		= "unshare",
	[NLMPROC_NM_LOCK]		= "nm_lock",
	[NLMPROC_FREE_ALL]		= "free_all",
	[NLM_STAT_GRANTED_SENT]		= "granted_sent",
	[NLM_STAT_GRANTED_ANSWERED]	= "granted_answered",
	[NLM_STAT_GRANTED_DENIED]	= "granted_denied",
	[NLM_STAT_GRANTED_RETRIED]	= "granted_retried",
	[NLM_STAT_GRANTED_FAILED]	= "granted_failed",
	[NLM_STAT_PINGS]		= "pings",
	[NLM_STAT_RESULTS_FAILED]	= "results_failed",
	[NLM_STAT_PARKED]		= "parked",
	[NLM_STAT_UNRECORDED]		= "unrecorded",
	[NLM_STAT_REBOOTS]		= "reboots",
	[NLM_STAT_HOSTS]		= "hosts",
	[NLM_STAT_BLOCKS]		= "blocks",
};

struct ditto_stat_group nlm_stats = {
	.name	= "nlm",
	.names	= counters,
	.nr	= NLM_STATS,
};

struct workqueue_struct *nlm_wq;

/* ---- arguments and results ------------------------------------------------- */

static bool get_test(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch)
{
	rq->lock = &rq->args.test.alock;
	if (!nlm_get_testargs(cur, rq->vers, &rq->args.test, scratch))
		return false;
	rq->exclusive = rq->args.test.exclusive;
	return true;
}

static bool get_lock(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch)
{
	rq->lock = &rq->args.lock.alock;
	if (!nlm_get_lockargs(cur, rq->vers, &rq->args.lock, scratch))
		return false;
	rq->exclusive = rq->args.lock.exclusive;
	return true;
}

static bool get_cancel(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch)
{
	rq->lock = &rq->args.cancel.alock;
	if (!nlm_get_cancargs(cur, rq->vers, &rq->args.cancel, scratch))
		return false;
	rq->exclusive = rq->args.cancel.exclusive;
	return true;
}

static bool get_unlock(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch)
{
	rq->lock = &rq->args.unlock.alock;
	return nlm_get_unlockargs(cur, rq->vers, &rq->args.unlock, scratch);
}

static bool get_share(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch)
{
	return nlm_get_shareargs(cur, &rq->args.share, scratch);
}

static bool get_notify(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch)
{
	return nlm_get_notify(cur, &rq->args.notify, scratch);
}

static bool get_res(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch)
{
	return nlm_get_res(cur, rq->vers, &rq->args.res, scratch);
}

static void put_res(const struct nlm_req *rq, struct ditto_encoder *enc)
{
	struct nlm_res res = { .cookie = rq->args.cookie, .stat = rq->stat };

	nlm_put_res(enc, rq->vers, &res);
}

static void put_test(const struct nlm_req *rq, struct ditto_encoder *enc)
{
	const struct ditto_conflict *by = &rq->by;
	struct nlm_testres res = {
		.cookie	= rq->args.cookie,
		.stat	= rq->stat,
		.holder	= {
			.exclusive	= by->exclusive,
			.svid		= by->svid,
			.oh		= { by->oh, by->oh_len },
			.l_offset	= by->range.first,
		},
	};

	if (by->range.last != U64_MAX)
		res.holder.l_len = by->range.last - by->range.first + 1;
	nlm_put_testres(enc, rq->vers, &res);
}

static void put_share(const struct nlm_req *rq, struct ditto_encoder *enc)
{
	struct nlm_shareres res = { .cookie = rq->args.cookie, .stat = rq->stat };

	nlm_put_shareres(enc, rq->vers, &res);
}

static void put_nothing(const struct nlm_req *rq, struct ditto_encoder *enc)
{
}

/* By the procedure of the synchronous form. */
static const struct nlm_op ops[NLMPROC_NR] = {
	[NLMPROC_TEST]		= { NLMPROC_TEST_RES, get_test, nlm_test, put_test },
	[NLMPROC_LOCK]		= { NLMPROC_LOCK_RES, get_lock, nlm_lock, put_res },
	[NLMPROC_CANCEL]	= { NLMPROC_CANCEL_RES, get_cancel, nlm_cancel, put_res },
	[NLMPROC_UNLOCK]	= { NLMPROC_UNLOCK_RES, get_unlock, nlm_unlock, put_res },
	[NLMPROC_GRANTED_RES]	= { 0, get_res, nlm_granted_res, put_nothing },
	[NLMPROC_SHARE]		= { 0, get_share, nlm_share, put_share },
	[NLMPROC_UNSHARE]	= { 0, get_share, nlm_unshare, put_share },
	[NLMPROC_NM_LOCK]	= { 0, get_lock, nlm_nm_lock, put_res },
	[NLMPROC_FREE_ALL]	= { 0, get_notify, nlm_free_all, put_nothing },
};

/**
 * nlm_stat_of - the status of what has happened
 * @err: 0 or a negative errno
 *
 * Return: enum nlm_stats, of version 4.
 */
u32 nlm_stat_of(int err)
{
	switch (err) {
	case 0:
		return NLM4_GRANTED;
	case -EAGAIN:
		return NLM4_DENIED;
	case -EINPROGRESS:
		return NLM4_BLOCKED;
	case -EGRACE:
	case -EJUKEBOX:
		/* later: somebody has to give way first; NLM has no other word for it */
		return NLM4_DENIED_GRACE_PERIOD;
	case -EDEADLK:
		return NLM4_DEADLCK;
	case -ENOLCK:
	case -ENOMEM:
		return NLM4_DENIED_NOLOCKS;
	case -ESTALE:
		return NLM4_STALE_FH;
	case -EROFS:
		return NLM4_ROFS;
	case -EFBIG:
	case -EOVERFLOW:
		return NLM4_FBIG;
	default:
		return NLM4_FAILED;
	}
}

/* ---- requests -------------------------------------------------------------- */

/**
 * nlm_req_init - a new request
 * @rq: filled in, but for the arguments
 * @call: the call
 * @op: what is asked for
 */
void nlm_req_init(struct nlm_req *rq, struct rpc_call *call, const struct nlm_op *op)
{
	memset(rq, 0, sizeof(*rq));
	rq->nn = nlm_net_of(call->req.net);
	rq->call = call;
	rq->who = &call->who;
	rq->op = op;
	rq->vers = call->vers;
	rq->ipproto = ditto_conn_is_stream(call->req.conn) ? IPPROTO_TCP : IPPROTO_UDP;
	INIT_LIST_HEAD(&rq->parked);
	INIT_WORK(&rq->work, nlm_req_resume);
}

/**
 * nlm_req_decode - decode a request's arguments
 * @rq: the request
 * @cur: in front of them; what they lie in stays as long as the request
 *
 * Return: 0; -EBADMSG: they are malformed; -ENOMEM.
 */
int nlm_req_decode(struct nlm_req *rq, struct ditto_cursor *cur)
{
	struct nlm_scratch scratch = {};
	u32 need = nlm_scratch_need(cur);

	if (need) {
		rq->room = kmalloc(need, GFP_KERNEL);
		if (!rq->room)
			return -ENOMEM;
		scratch = (struct nlm_scratch){ .p = rq->room, .left = need };
	}
	return rq->op->get(rq, cur, &scratch) ? 0 : -EBADMSG;
}

/**
 * nlm_req_release - give back what a request holds
 * @rq: the request, over
 */
void nlm_req_release(struct nlm_req *rq)
{
	if (rq->host)
		nlm_host_put(rq->host);
	kfree(rq->room);
}

/* A call's request is done. One that comes while we go is for who comes next. */
static enum rpc_outcome req_outcome(struct nlm_req *rq, int err)
{
	rq->stat = nlm_stat_of(err);
	rq->op->put(rq, &rq->call->req.enc);
	nlm_req_release(rq);
	if (err == -ESHUTDOWN)
		return RPC_DROP;
	return err == -EKEYREJECTED ? RPC_TOOWEAK : RPC_REPLY;
}

/**
 * nlm_req_resume - go on with a request that was parked, or begin with a message
 * @work: the request's
 */
void nlm_req_resume(struct work_struct *work)
{
	struct nlm_req *rq = container_of(work, struct nlm_req, work);
	int err = rq->op->run(rq);

	if (err == NLM_PARKED)
		return;
	if (rq->call) {
		rpc_call_finish(rq->call, req_outcome(rq, err));
	} else {
		rq->stat = nlm_stat_of(err);
		nlm_msg_end(rq);
	}
}

/* ---- procedures ------------------------------------------------------------ */

static enum rpc_outcome null(struct rpc_call *call)
{
	return RPC_REPLY;
}

/* All procedures that answer by their reply. */
static enum rpc_outcome sync(struct rpc_call *call)
{
	struct nlm_req *rq = (struct nlm_req *)call->priv;
	int err;

	static_assert(sizeof(*rq) <= RPC_CALL_PRIV);
	nlm_req_init(rq, call, &ops[call->proc]);
	err = nlm_req_decode(rq, &call->args);
	if (err) {
		nlm_req_release(rq);
		return err == -ENOMEM ? RPC_SYSTEM_ERR : RPC_GARBAGE_ARGS;
	}
	err = rq->op->run(rq);
	return err == NLM_PARKED ? RPC_PARKED : req_outcome(rq, err);
}

static enum rpc_outcome message(struct rpc_call *call)
{
	static_assert(NLMPROC_UNLOCK_MSG - NLMPROC_TEST_MSG == NLMPROC_UNLOCK - NLMPROC_TEST);
	return nlm_msg(call, &ops[call->proc - NLMPROC_TEST_MSG + NLMPROC_TEST]);
}

/*
 * The replay cache is for all that changes something: a LOCK that is late and comes after
 * the UNLOCK must not be granted again. The results of others (TEST_RES ...) are sent to
 * clients only, as is GRANTED.
 */
#define PROCS_V1							\
	[NLMPROC_NULL]		= { "NULL", null },			\
	[NLMPROC_TEST]		= { "TEST", sync },			\
	[NLMPROC_LOCK]		= { "LOCK", sync, .replay = true },	\
	[NLMPROC_CANCEL]	= { "CANCEL", sync, .replay = true },	\
	[NLMPROC_UNLOCK]	= { "UNLOCK", sync, .replay = true },	\
	[NLMPROC_TEST_MSG]	= { "TEST_MSG", message },		\
	[NLMPROC_LOCK_MSG]	= { "LOCK_MSG", message, .replay = true }, \
	[NLMPROC_CANCEL_MSG]	= { "CANCEL_MSG", message, .replay = true }, \
	[NLMPROC_UNLOCK_MSG]	= { "UNLOCK_MSG", message, .replay = true }, \
	[NLMPROC_GRANTED_RES]	= { "GRANTED_RES", sync }

static const struct rpc_procedure procs_v1[NLMPROC_NR_V1] = {
	PROCS_V1,
};

static const struct rpc_procedure procs[NLMPROC_NR] = {
	PROCS_V1,
	[NLMPROC_SHARE]		= { "SHARE", sync, .replay = true },
	[NLMPROC_UNSHARE]	= { "UNSHARE", sync, .replay = true },
	[NLMPROC_NM_LOCK]	= { "NM_LOCK", sync, .replay = true },
	[NLMPROC_FREE_ALL]	= { "FREE_ALL", sync, .replay = true },
};

static const struct rpc_version versions[] = {
	{ .vers = NLM_VERSION_1, .procs = procs_v1, .nr_procs = NLMPROC_NR_V1,
	  .stats = &nlm_stats },
	{ .vers = NLM_VERSION_3, .procs = procs, .nr_procs = NLMPROC_NR, .stats = &nlm_stats },
	{ .vers = NLM_VERSION_4, .procs = procs, .nr_procs = NLMPROC_NR, .stats = &nlm_stats },
};

static struct rpc_program program = {
	.name		= "nlm",
	.prog		= NLM_PROGRAM,
	.versions	= versions,
	.nr_versions	= ARRAY_SIZE(versions),
	.owner		= THIS_MODULE,
};

static struct ditto_facility facility = {
	.name		= "nlm",
	.service	= "nfs",
};

/**
 * nlm_init - start serving NLM
 *
 * Return: 0 or a negative errno.
 */
int nlm_init(void)
{
	int err = -ENOMEM;

	nlm_owners_init();
	nlm_wq = alloc_workqueue("ditto-nlm", WQ_UNBOUND, 0);
	if (!nlm_wq)
		return err;
	err = ditto_stat_group_register(&nlm_stats);
	if (err)
		goto wq;
	err = nlm_hosts_init();
	if (err)
		goto group;
	err = nlm_monitor_start();
	if (err)
		goto hosts;
	err = rpc_program_register(&program);
	if (err)
		goto monitor;
	ditto_facility_register(&facility);
	return 0;

monitor:
	nlm_monitor_stop();
hosts:
	nlm_hosts_exit();
group:
	ditto_stat_group_unregister(&nlm_stats);
wq:
	destroy_workqueue(nlm_wq);
	return err;
}

/**
 * nlm_exit - stop; all claims of its clients are gone when it returns
 */
void nlm_exit(void)
{
	ditto_facility_unregister(&facility);
	nlm_monitor_stop();
	nlm_hosts_close();
	rpc_program_unregister(&program);
	nlm_hosts_exit();
	ditto_stat_group_unregister(&nlm_stats);
	/* what ended calls and upcalls is still on its way out of our functions */
	rpc_client_flush();
	ditto_daemon_flush();
	destroy_workqueue(nlm_wq);
}
