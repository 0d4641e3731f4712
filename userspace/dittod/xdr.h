/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XDR (RFC 4506) and the frame of RPC messages (RFC 5531), read and written within
 * bounds. What does not fit makes the cursor bad and reads as 0; look once, at the end.
 */
#ifndef DITTOD_XDR_H
#define DITTOD_XDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct xdr - bytes being read or written
 * @at: the next one
 * @end: behind the last one
 * @start: the first one
 * @bad: something did not fit
 */
struct xdr {
	uint8_t	*at;
	uint8_t	*end;
	uint8_t	*start;
	bool	bad;
};

void xdr_init(struct xdr *x, void *bytes, size_t len);
size_t xdr_len(const struct xdr *x);
size_t xdr_left(const struct xdr *x);

uint32_t xdr_get_u32(struct xdr *x);
bool xdr_get_string(struct xdr *x, char *text, size_t size);
void xdr_get_fixed(struct xdr *x, void *bytes, size_t len);
void xdr_skip_opaque(struct xdr *x, size_t max);

void xdr_put_u32(struct xdr *x, uint32_t value);
void xdr_put_string(struct xdr *x, const char *text);
void xdr_put_fixed(struct xdr *x, const void *bytes, size_t len);

/* accept_stat and what stands for the other refusals (RFC 5531 section 9) */
enum rpc_status {
	RPC_SUCCESS		= 0,
	RPC_PROG_UNAVAIL	= 1,
	RPC_PROG_MISMATCH	= 2,
	RPC_PROC_UNAVAIL	= 3,
	RPC_GARBAGE_ARGS	= 4,
	RPC_SYSTEM_ERR		= 5,
	RPC_VERS_MISMATCH,	/* of RPC itself */
	RPC_TOO_WEAK,		/* AUTH_TOOWEAK: refused for security reasons */
	RPC_DENIED,		/* in a reply: any other refusal */
};

/**
 * struct rpc_call - the head of a call
 * @xid: goes into the reply
 * @prog: program
 * @vers: version
 * @proc: procedure
 */
struct rpc_call {
	uint32_t	xid;
	uint32_t	prog;
	uint32_t	vers;
	uint32_t	proc;
};

/* A record marker (RFC 5531 section 11) */
#define RPC_LAST	0x80000000u

void rpc_put_call(struct xdr *x, const struct rpc_call *call);
bool rpc_get_call(struct xdr *x, struct rpc_call *call, enum rpc_status *status);
void rpc_put_reply(struct xdr *x, uint32_t xid, enum rpc_status status, uint32_t vers);
bool rpc_get_reply(struct xdr *x, uint32_t *xid, enum rpc_status *status);

#endif
