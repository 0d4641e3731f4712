/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ONC RPC version 2 (RFC 5531), server side: programs register their versions
 * and procedures here; calls reach a procedure parsed and authenticated.
 */
#ifndef DITTO_RPC_RPC_H
#define DITTO_RPC_RPC_H

#include <linux/completion.h>
#include <linux/percpu-refcount.h>
#include <linux/types.h>
#include "base/stats.h"
#include "base/xdr.h"
#include "net/service.h"
#include "vfs/identity.h"

struct rpc_auth_ops;
struct rpc_call;
struct rpc_replay;

/* How a procedure ended. */
enum rpc_outcome {
	RPC_REPLY,		/* results are in call->req.enc (accept_stat SUCCESS) */
	RPC_GARBAGE_ARGS,	/* the arguments did not decode */
	RPC_SYSTEM_ERR,		/* no memory and the like */
	RPC_TOOWEAK,		/* MSG_DENIED, AUTH_ERROR, AUTH_TOOWEAK */
	RPC_DROP,		/* no answer; the client will ask again */
	RPC_PARKED,		/* set aside; rpc_call_finish() is called later */
};

/**
 * struct rpc_procedure - one procedure of a version
 * @name: as counted and traced
 * @handle: decodes call->args, does the work, encodes into call->req.enc
 * @replay: not idempotent: goes through the replay cache
 */
struct rpc_procedure {
	const char		*name;
	enum rpc_outcome	(*handle)(struct rpc_call *call);
	bool			replay;
};

/**
 * struct rpc_version - one version of a program
 * @vers: version number
 * @procs: procedures by number; entries without handle are not available
 * @nr_procs: how many
 * @stats: counter per procedure, in the same order; registered by the owner as
 *	long as the program is; may be NULL
 */
struct rpc_version {
	u32				vers;
	const struct rpc_procedure	*procs;
	unsigned int			nr_procs;
	struct ditto_stat_group		*stats;
};

/**
 * struct rpc_program - a program served on every listener of the service "nfs"
 * @name: as shown
 * @prog: program number
 * @versions: its versions, ascending; gaps answer PROG_MISMATCH with the range
 * @nr_versions: how many
 * @owner: module of the procedures
 */
struct rpc_program {
	const char			*name;
	u32				prog;
	const struct rpc_version	*versions;
	unsigned int			nr_versions;
	struct module			*owner;

	/* private: owned by rpc/ */
	struct list_head		list;
	struct percpu_ref		users;	/* one for each call in work */
	struct completion		idle;
};

#define RPC_CALL_PRIV	768

/**
 * struct rpc_call - a call being served
 * @req: the transport's request; the first member
 * @xid: transaction id
 * @prog: program number
 * @vers: version
 * @proc: procedure
 * @args: the procedure's arguments, not yet read
 * @who: the caller as its credential says; see vfs/identity.h
 * @procedure: what serves it
 * @version: of which version
 * @program: of which program; held until the call is finished
 * @auth: flavour of its credential
 * @replay: its entry of the replay cache; owned by rpc/
 * @results: where the accept_stat stands; owned by rpc/
 * @args_start: @args before anything of them was read; rpc/
 * @parked: memory the program keeps for a call set aside (kmalloc), freed with the call;
 *	NULL at first
 * @priv: room for the program's own state (arguments, file handles), so that it
 *	survives parking; cast by the program, sizes checked with static_assert
 */
struct rpc_call {
	struct ditto_req		req;
	u32				xid;
	u32				prog;
	u32				vers;
	u32				proc;
	struct ditto_cursor		args;
	struct ditto_who		who;
	const struct rpc_procedure	*procedure;
	const struct rpc_version	*version;
	struct rpc_program		*program;
	const struct rpc_auth_ops	*auth;
	struct rpc_replay		*replay;
	struct ditto_encoder_mark	results;
	struct ditto_cursor		args_start;
	void				*parked;
	u64				priv[RPC_CALL_PRIV / 8];
};

int rpc_program_register(struct rpc_program *program);
void rpc_program_unregister(struct rpc_program *program);
void rpc_call_finish(struct rpc_call *call, enum rpc_outcome outcome);
void rpc_call_again(struct rpc_call *call);
u32 rpc_payload_max(void);

#endif
