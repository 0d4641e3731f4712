// SPDX-License-Identifier: GPL-2.0-only
/*
 * The service "nfs": ONC RPC calls from the transports to the procedures and
 * the replies back.
 *
 * A message is judged in this order: is it a call at all, is it RPC version 2,
 * are credential and verifier good (rpc/msg.h, rpc/auth.c), is there the
 * program, its version, the procedure, has the call been here before
 * (rpc/replay.h). Then it is the procedure's, until rpc_call_finish().
 */
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include "base/settings.h"
#include "rpc/internal.h"
#include "rpc/replay.h"
#include "rpc/rpcbind.h"
#include "compat/compat.h"

#define RPC_PORT		2049

/* A message may be this much longer than the payload of one READ or WRITE. */
#define RPC_HEADERS		65536
#define RPC_PAYLOAD_DEFAULT	(1u << 20)
#define RPC_PAYLOAD_MIN		65536
#define RPC_PAYLOAD_MAX		(4u << 20)

static const char *const rpc_stat_names[RPC_STATS] = {
	[RPC_STAT_CALLS]		= "calls",
	[RPC_STAT_BAD_MESSAGES]		= "bad_messages",
	[RPC_STAT_VERSION_MISMATCH]	= "version_mismatch",
	[RPC_STAT_AUTH_ERRORS]		= "auth_errors",
	[RPC_STAT_TOO_WEAK]		= "auth_too_weak",
	[RPC_STAT_PROG_UNAVAIL]		= "program_unavailable",
	[RPC_STAT_PROG_MISMATCH]	= "program_mismatch",
	[RPC_STAT_PROC_UNAVAIL]		= "procedure_unavailable",
	[RPC_STAT_GARBAGE_ARGS]		= "garbage_arguments",
	[RPC_STAT_SYSTEM_ERRORS]	= "system_errors",
	[RPC_STAT_DROPPED]		= "dropped",
	[RPC_STAT_REPLAY_HITS]		= "replay_hits",
	[RPC_STAT_REPLAY_IN_PROGRESS]	= "replay_in_progress",
	[RPC_STAT_REPLAY_MISSES]	= "replay_misses",
	[RPC_STAT_REPLAY_UNCACHED]	= "replay_uncached",
	[RPC_STAT_REPLAY_TOO_LONG]	= "replay_too_long",
};

struct ditto_stat_group rpc_stats = {
	.name	= "rpc",
	.names	= rpc_stat_names,
	.nr	= RPC_STATS,
};

/* ---- record marking (RFC 5531 section 11) ---- */

/**
 * rpc_service_unframe - read a record mark
 * @marker: the mark
 * @len: set to the length of the fragment that follows
 * @last: set if it is the message's last
 *
 * Return: true: any 32 bits are a mark; the length is held against max_record by net/.
 */
bool rpc_service_unframe(const u8 marker[DITTO_FRAME_LEN], u32 *len, bool *last)
{
	rpc_record_get(marker, len, last);
	return true;
}

/**
 * rpc_service_frame - write a record mark
 * @marker: the mark
 * @len: of the message, which follows in one fragment
 */
void rpc_service_frame(u8 marker[DITTO_FRAME_LEN], u32 len)
{
	rpc_record_put(marker, len);
}

/* ---- replies ---- */

/* Head and verifier of an accepted reply; the accept_stat comes next. */
static void call_put_accepted(struct rpc_call *call)
{
	rpc_msg_put_accepted(&call->req.enc, call->xid);
	call->auth->put_verifier(&call->req.enc, &call->who);
	ditto_encoder_mark(&call->req.enc, &call->results);
}

/* Replaces all that came after the verifier by an accept_stat. */
static void call_put_error(struct rpc_call *call, enum rpc_accept_stat stat)
{
	ditto_encoder_rewind(&call->req.enc, &call->results);
	xdr_put_u32(&call->req.enc, stat);
}

static void call_deny(struct rpc_call *call, enum rpc_auth_stat stat)
{
	ditto_req_reset_reply(&call->req);
	rpc_msg_put_auth_error(&call->req.enc, call->xid, stat);
}

/*
 * Results are in the encoder, if there was room for them. If there was not, the
 * call has been executed all the same: that is remembered, but not its reply.
 */
static void call_finish_reply(struct rpc_call *call)
{
	bool good = ditto_encoder_ok(&call->req.enc);

	if (call->replay &&
	    !rpc_replay_done(call->replay, good ? &call->req.enc : NULL, &call->results))
		rpc_count(call->req.net, RPC_STAT_REPLAY_TOO_LONG);
	call->replay = NULL;
	if (!good) {
		rpc_count(call->req.net, RPC_STAT_SYSTEM_ERRORS);
		call_put_error(call, RPC_ACCEPT_SYSTEM_ERR);
	}
}

/**
 * rpc_call_finish - end a call: answer it, or not
 * @call: the call; not touched by the procedure any more
 * @outcome: any but RPC_PARKED. Except for RPC_REPLY the procedure has changed
 *	nothing: a retransmission will be executed.
 *
 * What a procedure has written before it failed is taken back. Process context.
 */
void rpc_call_finish(struct rpc_call *call, enum rpc_outcome outcome)
{
	struct rpc_program *program = call->program;
	const struct net *net = call->req.net;

	kfree(call->parked);
	if (outcome != RPC_REPLY && call->replay) {
		rpc_replay_forget(call->replay);
		call->replay = NULL;
	}
	switch (outcome) {
	case RPC_REPLY:
		call_finish_reply(call);
		break;
	case RPC_GARBAGE_ARGS:
		rpc_count(net, RPC_STAT_GARBAGE_ARGS);
		call_put_error(call, RPC_ACCEPT_GARBAGE_ARGS);
		break;
	case RPC_TOOWEAK:
		rpc_count(net, RPC_STAT_TOO_WEAK);
		call_deny(call, RPC_AUTH_TOOWEAK);
		break;
	case RPC_DROP:
		rpc_count(net, RPC_STAT_DROPPED);
		ditto_req_drop(&call->req);
		goto put;
	default:
		WARN_ON_ONCE(outcome != RPC_SYSTEM_ERR);
		rpc_count(net, RPC_STAT_SYSTEM_ERRORS);
		call_put_error(call, RPC_ACCEPT_SYSTEM_ERR);
		break;
	}
	ditto_req_reply(&call->req);
put:
	rpc_program_put(program);
}
EXPORT_SYMBOL_GPL(rpc_call_finish);

/* ---- calls ---- */

/* No answer, and on a stream none to what comes behind it: the client will connect again. */
static void call_hang_up(struct ditto_req *req)
{
	if (ditto_conn_is_stream(req->conn))
		ditto_conn_shutdown(req->conn);
	ditto_req_drop(req);
}

/* Runs the procedure, whatever was found out about the call before. */
static void call_execute(struct rpc_call *call)
{
	enum rpc_outcome outcome;

	call->args_start = call->args;
	call->parked = NULL;
	xdr_put_u32(&call->req.enc, RPC_ACCEPT_SUCCESS);
	outcome = call->procedure->handle(call);
	if (outcome != RPC_PARKED)
		rpc_call_finish(call, outcome);
}

/**
 * rpc_call_again - run a parked call's procedure from its start
 * @call: its procedure returned RPC_PARKED, and has left nothing half-way
 *
 * What it had read and written is taken back. Process context.
 */
void rpc_call_again(struct rpc_call *call)
{
	enum rpc_outcome outcome;

	call->args = call->args_start;
	ditto_encoder_rewind(&call->req.enc, &call->results);
	xdr_put_u32(&call->req.enc, RPC_ACCEPT_SUCCESS);
	outcome = call->procedure->handle(call);
	if (outcome != RPC_PARKED)
		rpc_call_finish(call, outcome);
}
EXPORT_SYMBOL_GPL(rpc_call_again);

/*
 * For a procedure that must not be executed twice: true if the call has been
 * here before and is dealt with.
 */
static bool call_is_replay(struct rpc_call *call)
{
	const struct net *net = call->req.net;
	u32 len;

	switch (rpc_replay_call(call, &len)) {
	case RPC_REPLAY_NEW:
		rpc_count(net, RPC_STAT_REPLAY_MISSES);
		return false;
	case RPC_REPLAY_UNCACHED:
		rpc_count(net, RPC_STAT_REPLAY_UNCACHED);
		return false;
	case RPC_REPLAY_BUSY:
		rpc_count(net, RPC_STAT_REPLAY_IN_PROGRESS);
		ditto_req_drop(&call->req);
		return true;
	case RPC_REPLAY_DONE:
		ditto_encoder_put(&call->req.enc, call->priv, len);
		break;
	case RPC_REPLAY_LOST:
		xdr_put_u32(&call->req.enc, RPC_ACCEPT_SYSTEM_ERR);
		break;
	}
	rpc_count(net, RPC_STAT_REPLAY_HITS);
	ditto_req_reply(&call->req);
	return true;
}

static const struct rpc_procedure *version_procedure(const struct rpc_version *version, u32 proc)
{
	const struct rpc_procedure *procedure;

	if (proc >= version->nr_procs)
		return NULL;
	procedure = &version->procs[array_index_nospec(proc, version->nr_procs)];
	return procedure->handle ? procedure : NULL;
}

/*
 * Finds what serves the call; the program is held then. If there is nothing, the
 * accept_stat is written.
 */
static bool call_find_procedure(struct rpc_call *call)
{
	struct ditto_encoder *enc = &call->req.enc;
	const struct net *net = call->req.net;
	struct rpc_program *program = rpc_program_get(call->prog);

	if (!program) {
		rpc_count(net, RPC_STAT_PROG_UNAVAIL);
		xdr_put_u32(enc, RPC_ACCEPT_PROG_UNAVAIL);
		return false;
	}
	call->version = rpc_program_version(program, call->vers);
	if (!call->version) {
		rpc_count(net, RPC_STAT_PROG_MISMATCH);
		rpc_msg_put_prog_mismatch(enc, program->versions[0].vers,
					  program->versions[program->nr_versions - 1].vers);
		goto put;
	}
	call->procedure = version_procedure(call->version, call->proc);
	if (!call->procedure) {
		rpc_count(net, RPC_STAT_PROC_UNAVAIL);
		xdr_put_u32(enc, RPC_ACCEPT_PROC_UNAVAIL);
		goto put;
	}
	call->program = program;
	return true;
put:
	rpc_program_put(program);
	return false;
}

/* The call is well-formed and its caller known. */
static void call_dispatch(struct rpc_call *call)
{
	struct rpc_program *program;

	call_put_accepted(call);
	if (!call_find_procedure(call)) {
		if (rpc_program_awaited(call->prog))
			call_hang_up(&call->req);
		else
			ditto_req_reply(&call->req);
		return;
	}
	if (call->version->stats)
		ditto_stat_inc(call->req.net, call->version->stats, call->proc);
	program = call->program;
	if (call->procedure->replay && call_is_replay(call))
		rpc_program_put(program);
	else
		call_execute(call);
}

static void call_refuse(struct rpc_call *call, enum rpc_auth_stat stat)
{
	rpc_count(call->req.net, RPC_STAT_AUTH_ERRORS);
	rpc_msg_put_auth_error(&call->req.enc, call->xid, stat);
	ditto_req_reply(&call->req);
}

static void call_authenticate(struct rpc_call *call, struct rpc_msg_call *msg)
{
	enum rpc_auth_stat stat;

	call->prog = msg->prog;
	call->vers = msg->vers;
	call->proc = msg->proc;
	call->replay = NULL;
	call->who.net = call->req.net;
	call->who.peer = call->req.peer;
	stat = rpc_auth_accept(msg, &call->who, &call->auth);
	if (stat == RPC_AUTH_OK)
		call_dispatch(call);
	else
		call_refuse(call, stat);
}

static void service_handle(struct ditto_req *req)
{
	struct rpc_call *call = container_of(req, struct rpc_call, req);
	struct rpc_msg_call msg;
	enum rpc_decode found;

	ditto_cursor_init(&call->args, req->segs, req->len);
	found = rpc_msg_get_call(&call->args, &msg);
	if (found == RPC_DECODE_NOT_CALL) {
		/* a client that is called over its own connection answers by it */
		if (rpc_link_reply(req))
			return;
		rpc_count(req->net, RPC_STAT_BAD_MESSAGES);
		call_hang_up(req);
		return;
	}
	rpc_count(req->net, RPC_STAT_CALLS);
	call->xid = msg.xid;
	switch (found) {
	case RPC_DECODE_MISMATCH:
		rpc_count(req->net, RPC_STAT_VERSION_MISMATCH);
		rpc_msg_put_mismatch(&req->enc, msg.xid);
		ditto_req_reply(req);
		break;
	case RPC_DECODE_BADCRED:
		call_refuse(call, RPC_AUTH_BADCRED);
		break;
	case RPC_DECODE_BADVERF:
		call_refuse(call, RPC_AUTH_BADVERF);
		break;
	default:
		call_authenticate(call, &msg);
		break;
	}
}

static struct ditto_service rpc_service = {
	.name		= "nfs",
	.owner		= THIS_MODULE,
	.default_port	= RPC_PORT,
	.udp		= true,
	.req_size	= sizeof(struct rpc_call),
	.max_record	= RPC_PAYLOAD_DEFAULT + RPC_HEADERS,
	.unframe	= rpc_service_unframe,
	.frame		= rpc_service_frame,
	.conn_lost	= rpc_link_conn_lost,
	.conn_close	= rpc_link_conn_close,
	.handle		= service_handle,
	.listening	= rpcbind_listening,
};

/* ---- settings ---- */

/**
 * rpc_payload_max - how many bytes one READ or WRITE may carry
 *
 * Return: the setting max-transfer, bytes.
 */
u32 rpc_payload_max(void)
{
	return READ_ONCE(rpc_service.max_record) - RPC_HEADERS;
}
EXPORT_SYMBOL_GPL(rpc_payload_max);

static u64 max_transfer_get(struct net *net, const struct ditto_setting *s)
{
	return rpc_payload_max();
}

static int max_transfer_set(struct net *net, const struct ditto_setting *s, u64 value)
{
	if (value % 4096)
		return -EINVAL;
	WRITE_ONCE(rpc_service.max_record, value + RPC_HEADERS);
	return 0;
}

static u64 replay_entries_get(struct net *net, const struct ditto_setting *s)
{
	return rpc_replay_get_max();
}

static int replay_entries_set(struct net *net, const struct ditto_setting *s, u64 value)
{
	return rpc_replay_set_max(value);
}

static const struct ditto_setting service_settings[] = {
	{
		.name	= "max-transfer",
		.help	= "bytes in one READ or WRITE, a multiple of 4096",
		.min	= RPC_PAYLOAD_MIN,
		.max	= RPC_PAYLOAD_MAX,
		.def	= RPC_PAYLOAD_DEFAULT,
		.shared	= true,
		.get	= max_transfer_get,
		.set	= max_transfer_set,
	},
	{
		.name	= "replay-entries",
		.help	= "calls remembered to answer retransmissions, in each network namespace",
		.min	= RPC_REPLAY_MIN,
		.max	= RPC_REPLAY_MAX,
		.def	= RPC_REPLAY_DEFAULT,
		.shared	= true,
		.get	= replay_entries_get,
		.set	= replay_entries_set,
	},
};

static struct ditto_setting_group service_setting_group = {
	.settings	= service_settings,
	.nr		= ARRAY_SIZE(service_settings),
};

/* ---- start and stop ---- */

/**
 * rpc_service_init - offer the service "nfs" to the transports
 *
 * Return: 0 or a negative errno.
 */
int __init rpc_service_init(void)
{
	int ret = ditto_stat_group_register(&rpc_stats);

	if (ret)
		return ret;
	ret = ditto_settings_register(&service_setting_group);
	if (ret)
		goto err_stats;
	ret = ditto_service_register(&rpc_service);
	if (ret)
		goto err_settings;
	return 0;

err_settings:
	ditto_settings_unregister(&service_setting_group);
err_stats:
	ditto_stat_group_unregister(&rpc_stats);
	return ret;
}

/**
 * rpc_service_exit - close all listeners and connections, wait for the last call
 */
void rpc_service_exit(void)
{
	ditto_service_unregister(&rpc_service);
	ditto_settings_unregister(&service_setting_group);
	ditto_stat_group_unregister(&rpc_stats);
}
