/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of rpc/ share. */
#ifndef DITTO_RPC_INTERNAL_H
#define DITTO_RPC_INTERNAL_H

#include "base/stats.h"
#include "rpc/auth.h"
#include "rpc/msg.h"
#include "rpc/rpc.h"

/* Counters of the group "rpc"; their names are in service.c. */
enum rpc_stat {
	RPC_STAT_CALLS,			/* well-formed calls */
	RPC_STAT_BAD_MESSAGES,		/* not calls at all */
	RPC_STAT_VERSION_MISMATCH,	/* calls of another RPC version */
	RPC_STAT_AUTH_ERRORS,		/* bad or unknown credentials and verifiers */
	RPC_STAT_TOO_WEAK,		/* credentials the program did not take */
	RPC_STAT_PROG_UNAVAIL,
	RPC_STAT_PROG_MISMATCH,
	RPC_STAT_PROC_UNAVAIL,
	RPC_STAT_GARBAGE_ARGS,
	RPC_STAT_SYSTEM_ERRORS,
	RPC_STAT_DROPPED,		/* by their procedure */
	RPC_STAT_REPLAY_HITS,		/* answered from the replay cache */
	RPC_STAT_REPLAY_IN_PROGRESS,	/* dropped: the first one is still in work */
	RPC_STAT_REPLAY_MISSES,		/* executed and remembered */
	RPC_STAT_REPLAY_UNCACHED,	/* executed, but there was no room to remember */
	RPC_STAT_REPLAY_TOO_LONG,	/* remembered, but the reply was too long to keep */
	RPC_STATS
};

extern struct ditto_stat_group rpc_stats;

static inline void rpc_count(const struct net *net, enum rpc_stat i)
{
	ditto_stat_inc(net, &rpc_stats, i);
}

/* program.c */
struct rpc_program *rpc_program_get(u32 prog);
bool rpc_program_awaited(u32 prog);
const struct rpc_version *rpc_program_version(const struct rpc_program *program, u32 vers);
int rpc_program_for_each(int (*fn)(void *arg, u32 prog, u32 vers), void *arg);

static inline void rpc_program_put(struct rpc_program *program)
{
	percpu_ref_put(&program->users);
}

/* link.c */
void rpc_link_conn_lost(struct ditto_conn *conn);
void rpc_link_conn_close(struct ditto_conn *conn);
bool rpc_link_reply(struct ditto_req *req);
int rpc_client_init(void);
void rpc_client_exit(void);

/* service.c */
bool rpc_service_unframe(const u8 marker[DITTO_FRAME_LEN], u32 *len, bool *last);
void rpc_service_frame(u8 marker[DITTO_FRAME_LEN], u32 len);
int rpc_service_init(void);
void rpc_service_exit(void);

#endif
