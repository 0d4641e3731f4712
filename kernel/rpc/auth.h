/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authentication flavours of ONC RPC: from a call's credential and verifier to
 * a ditto_who, and the verifier of the reply. Pure C.
 *
 * A flavour is one struct rpc_auth_ops in the table of auth.c. One that keeps
 * contexts, or protects arguments and results, finds both there: @accept sees
 * the whole head of the call before the arguments are read, and @put_verifier
 * is asked before the results are written.
 */
#ifndef DITTO_RPC_AUTH_H
#define DITTO_RPC_AUTH_H

#include "rpc/msg.h"
#include "vfs/identity.h"

/* RFC 5531 appendix A. */
#define RPC_AUTH_SYS_NAME_MAX	255

/**
 * struct rpc_auth_ops - an authentication flavour
 * @flavour: its number
 * @accept: judge a call: RPC_AUTH_OK and @who's sec, uid, gid and groups filled
 *	in, or the reason for the refusal
 * @put_verifier: write the opaque_auth of an accepted reply
 */
struct rpc_auth_ops {
	enum rpc_auth_flavour	flavour;
	enum rpc_auth_stat	(*accept)(struct rpc_msg_call *call, struct ditto_who *who);
	void			(*put_verifier)(struct ditto_encoder *enc,
						const struct ditto_who *who);
};

enum rpc_auth_stat rpc_auth_accept(struct rpc_msg_call *call, struct ditto_who *who,
				   const struct rpc_auth_ops **ops);
void rpc_auth_put_none(struct ditto_encoder *enc);
void rpc_auth_put_root(struct ditto_encoder *enc, u32 stamp, const char *machine);

#endif
