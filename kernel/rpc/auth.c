// SPDX-License-Identifier: GPL-2.0-only
/*
 * AUTH_NONE and AUTH_SYS (RFC 5531 10.1 and appendix A). Pure C.
 *
 * What is answered to a credential that is not taken:
 *
 *   a flavour that is not served		AUTH_REJECTEDCRED: the client may
 *						come back with another one. This is
 *						also what appendix A asks for an
 *						AUTH_SHORT that is not known, and
 *						no AUTH_SHORT is ever handed out.
 *   AUTH_SYS that does not decode, has a
 *   longer name or more groups than allowed,
 *   or bytes behind them			AUTH_BADCRED
 *   a verifier of a flavour other than
 *   AUTH_NONE, where that is asked for		AUTH_BADVERF
 *
 * The body of an AUTH_NONE credential or verifier is undefined (10.1) and thus
 * not looked at.
 */
#include <linux/array_size.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include "rpc/auth.h"

/**
 * rpc_auth_put_none - write an empty AUTH_NONE, as credential or verifier
 * @enc: where
 */
void rpc_auth_put_none(struct ditto_encoder *enc)
{
	xdr_put_u32(enc, RPC_FLAVOUR_NONE);
	xdr_put_u32(enc, 0);
}
EXPORT_SYMBOL_GPL(rpc_auth_put_none);

/**
 * rpc_auth_put_root - write an AUTH_SYS credential: uid 0, gid 0, no groups
 * @enc: where
 * @stamp: an arbitrary number
 * @machine: our name; cut off after RPC_AUTH_SYS_NAME_MAX bytes
 */
void rpc_auth_put_root(struct ditto_encoder *enc, u32 stamp, const char *machine)
{
	u32 len = min_t(size_t, strlen(machine), RPC_AUTH_SYS_NAME_MAX);

	xdr_put_u32(enc, RPC_FLAVOUR_SYS);
	xdr_put_u32(enc, 5 * 4 + xdr_padded(len));
	xdr_put_u32(enc, stamp);
	xdr_put_opaque(enc, machine, len);
	xdr_put_u32(enc, 0);
	xdr_put_u32(enc, 0);
	xdr_put_u32(enc, 0);
}
EXPORT_SYMBOL_GPL(rpc_auth_put_root);

static void auth_put_none(struct ditto_encoder *enc, const struct ditto_who *who)
{
	rpc_auth_put_none(enc);
}

/* Nobody: an id that no user has, for the export's anonymous ids to replace. */
static enum rpc_auth_stat auth_none_accept(struct rpc_msg_call *call, struct ditto_who *who)
{
	if (call->verf.flavour != RPC_FLAVOUR_NONE)
		return RPC_AUTH_BADVERF;
	who->sec = DITTO_SEC_NONE;
	who->uid = (u32)-1;
	who->gid = (u32)-1;
	who->nr_groups = 0;
	return RPC_AUTH_OK;
}

static enum rpc_auth_stat auth_sys_accept(struct rpc_msg_call *call, struct ditto_who *who)
{
	struct ditto_cursor *cur = &call->cred.body;
	struct ditto_span name;
	u32 i, nr;

	xdr_get_u32(cur);	/* stamp: arbitrary, the client's own */
	xdr_get_opaque_span(cur, RPC_AUTH_SYS_NAME_MAX, &name);
	who->uid = xdr_get_u32(cur);
	who->gid = xdr_get_u32(cur);
	nr = xdr_get_u32(cur);
	if (nr > DITTO_WHO_GROUPS)
		return RPC_AUTH_BADCRED;
	for (i = 0; i < nr; i++)
		who->groups[i] = xdr_get_u32(cur);
	if (!ditto_cursor_ok(cur) || ditto_cursor_left(cur))
		return RPC_AUTH_BADCRED;
	if (call->verf.flavour != RPC_FLAVOUR_NONE)
		return RPC_AUTH_BADVERF;
	who->nr_groups = nr;
	who->sec = DITTO_SEC_SYS;
	return RPC_AUTH_OK;
}

static const struct rpc_auth_ops auth_flavours[] = {
	{
		.flavour	= RPC_FLAVOUR_SYS,
		.accept		= auth_sys_accept,
		.put_verifier	= auth_put_none,
	},
	{
		.flavour	= RPC_FLAVOUR_NONE,
		.accept		= auth_none_accept,
		.put_verifier	= auth_put_none,
	},
};

/**
 * rpc_auth_accept - find out who calls
 * @call: the call's head; the bodies of credential and verifier are read
 * @who: sec, uid, gid and groups are filled in if the call is accepted
 * @ops: set to the flavour if the call is accepted
 *
 * Whether the flavour is good enough is for the program to say: procedure 0
 * takes any (RFC 2623 2.3.1), an export has its own list.
 *
 * Return: RPC_AUTH_OK, or what to tell the client; see the top of this file.
 */
enum rpc_auth_stat rpc_auth_accept(struct rpc_msg_call *call, struct ditto_who *who,
				   const struct rpc_auth_ops **ops)
{
	enum rpc_auth_stat stat;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(auth_flavours); i++) {
		if (auth_flavours[i].flavour != call->cred.flavour)
			continue;
		stat = auth_flavours[i].accept(call, who);
		if (stat == RPC_AUTH_OK)
			*ops = &auth_flavours[i];
		return stat;
	}
	return RPC_AUTH_REJECTEDCRED;
}
EXPORT_SYMBOL_GPL(rpc_auth_accept);
