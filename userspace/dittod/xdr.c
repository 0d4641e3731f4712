// SPDX-License-Identifier: GPL-2.0-only
/* XDR items, and the heads of RPC calls and replies. */
#include <string.h>
#include "xdr.h"

enum { MSG_CALL, MSG_REPLY };
enum { REPLY_ACCEPTED, REPLY_DENIED };
enum { DENIED_RPC_MISMATCH, DENIED_AUTH_ERROR };

#define RPC_VERSION		2
#define RPC_AUTH_NONE		0
#define RPC_AUTH_MAX		400	/* RFC 5531 section 8.2 */
#define RPC_AUTH_TOOWEAK	5

/**
 * xdr_init - begin
 * @x: the cursor
 * @bytes: to be read, or room to write to
 * @len: how many
 */
void xdr_init(struct xdr *x, void *bytes, size_t len)
{
	x->start = bytes;
	x->at = bytes;
	x->end = x->at + len;
	x->bad = false;
}

/**
 * xdr_len - how much was read or written
 * @x: the cursor
 *
 * Return: bytes.
 */
size_t xdr_len(const struct xdr *x)
{
	return x->at - x->start;
}

/**
 * xdr_left - how much is left
 * @x: the cursor
 *
 * Return: bytes; 0 if it is bad.
 */
size_t xdr_left(const struct xdr *x)
{
	return x->bad ? 0 : x->end - x->at;
}

/* The next @len bytes and their padding; NULL if there are not so many. */
static uint8_t *xdr_take(struct xdr *x, size_t len)
{
	size_t padded = (len + 3) & ~(size_t)3;
	uint8_t *at = x->at;

	if (x->bad || padded < len || (size_t)(x->end - x->at) < padded) {
		x->bad = true;
		return NULL;
	}
	x->at += padded;
	return at;
}

/**
 * xdr_get_u32 - read a number
 * @x: the cursor
 *
 * Return: the number; 0 if it is bad.
 */
uint32_t xdr_get_u32(struct xdr *x)
{
	uint8_t *b = xdr_take(x, 4);

	if (!b)
		return 0;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/**
 * xdr_get_string - read a string
 * @x: the cursor
 * @text: gets it, with a zero byte behind
 * @size: room there; a string that does not fit is bad, and so is one with a zero byte
 *
 * Return: false if it is bad.
 */
bool xdr_get_string(struct xdr *x, char *text, size_t size)
{
	uint32_t len = xdr_get_u32(x);
	uint8_t *b = len < size ? xdr_take(x, len) : NULL;

	*text = '\0';
	if (!b || memchr(b, 0, len)) {
		x->bad = true;
		return false;
	}
	memcpy(text, b, len);
	text[len] = '\0';
	return true;
}

/**
 * xdr_get_fixed - read bytes whose number is known
 * @x: the cursor
 * @bytes: gets them
 * @len: how many
 */
void xdr_get_fixed(struct xdr *x, void *bytes, size_t len)
{
	uint8_t *b = xdr_take(x, len);

	if (b)
		memcpy(bytes, b, len);
	else
		memset(bytes, 0, len);
}

/**
 * xdr_skip_opaque - read bytes behind their number, and forget them
 * @x: the cursor
 * @max: more are bad
 */
void xdr_skip_opaque(struct xdr *x, size_t max)
{
	uint32_t len = xdr_get_u32(x);

	if (len > max)
		x->bad = true;
	else
		xdr_take(x, len);
}

/**
 * xdr_put_u32 - write a number
 * @x: the cursor
 * @value: the number
 */
void xdr_put_u32(struct xdr *x, uint32_t value)
{
	uint8_t *b = xdr_take(x, 4);

	if (!b)
		return;
	b[0] = value >> 24;
	b[1] = value >> 16;
	b[2] = value >> 8;
	b[3] = value;
}

/**
 * xdr_put_fixed - write bytes whose number is known
 * @x: the cursor
 * @bytes: which
 * @len: how many
 */
void xdr_put_fixed(struct xdr *x, const void *bytes, size_t len)
{
	uint8_t *b = xdr_take(x, len);

	if (!b)
		return;
	memcpy(b, bytes, len);
	memset(b + len, 0, x->at - b - len);
}

/**
 * xdr_put_string - write a string
 * @x: the cursor
 * @text: the string
 */
void xdr_put_string(struct xdr *x, const char *text)
{
	size_t len = strlen(text);

	xdr_put_u32(x, len);
	xdr_put_fixed(x, text, len);
}

/**
 * rpc_put_call - write the head of a call, without credentials
 * @x: the cursor
 * @call: the call; its arguments come next
 */
void rpc_put_call(struct xdr *x, const struct rpc_call *call)
{
	xdr_put_u32(x, call->xid);
	xdr_put_u32(x, MSG_CALL);
	xdr_put_u32(x, RPC_VERSION);
	xdr_put_u32(x, call->prog);
	xdr_put_u32(x, call->vers);
	xdr_put_u32(x, call->proc);
	xdr_put_u32(x, RPC_AUTH_NONE);
	xdr_put_u32(x, 0);
	xdr_put_u32(x, RPC_AUTH_NONE);
	xdr_put_u32(x, 0);
}

/**
 * rpc_get_call - read the head of a call; who calls is known by address, not by credentials
 * @x: the cursor; the arguments come next
 * @call: the call
 * @status: RPC_SUCCESS, or what is to be replied
 *
 * Return: false if it is no call and gets no reply.
 */
bool rpc_get_call(struct xdr *x, struct rpc_call *call, enum rpc_status *status)
{
	uint32_t version;

	call->xid = xdr_get_u32(x);
	if (xdr_get_u32(x) != MSG_CALL || x->bad)
		return false;
	version = xdr_get_u32(x);
	call->prog = xdr_get_u32(x);
	call->vers = xdr_get_u32(x);
	call->proc = xdr_get_u32(x);
	if (x->bad)
		return false;
	*status = RPC_SUCCESS;
	if (version != RPC_VERSION) {
		*status = RPC_VERS_MISMATCH;
		return true;
	}
	xdr_get_u32(x);
	xdr_skip_opaque(x, RPC_AUTH_MAX);
	xdr_get_u32(x);
	xdr_skip_opaque(x, RPC_AUTH_MAX);
	if (x->bad)
		*status = RPC_GARBAGE_ARGS;
	return true;
}

/**
 * rpc_put_reply - write the head of a reply
 * @x: the cursor; results come next where it is RPC_SUCCESS
 * @xid: of the call
 * @status: the result
 * @vers: with RPC_PROG_MISMATCH the only version there is
 */
void rpc_put_reply(struct xdr *x, uint32_t xid, enum rpc_status status, uint32_t vers)
{
	xdr_put_u32(x, xid);
	xdr_put_u32(x, MSG_REPLY);
	if (status == RPC_VERS_MISMATCH) {
		xdr_put_u32(x, REPLY_DENIED);
		xdr_put_u32(x, DENIED_RPC_MISMATCH);
		xdr_put_u32(x, RPC_VERSION);
		xdr_put_u32(x, RPC_VERSION);
		return;
	}
	if (status >= RPC_TOO_WEAK) {
		xdr_put_u32(x, REPLY_DENIED);
		xdr_put_u32(x, DENIED_AUTH_ERROR);
		xdr_put_u32(x, RPC_AUTH_TOOWEAK);
		return;
	}
	xdr_put_u32(x, REPLY_ACCEPTED);
	xdr_put_u32(x, RPC_AUTH_NONE);
	xdr_put_u32(x, 0);
	xdr_put_u32(x, status);
	if (status == RPC_PROG_MISMATCH) {
		xdr_put_u32(x, vers);
		xdr_put_u32(x, vers);
	}
}

/**
 * rpc_get_reply - read the head of a reply
 * @x: the cursor; the results come next
 * @xid: of the call
 * @status: RPC_SUCCESS if there are results
 *
 * Return: false if it is no reply.
 */
bool rpc_get_reply(struct xdr *x, uint32_t *xid, enum rpc_status *status)
{
	uint32_t accept;

	*xid = xdr_get_u32(x);
	if (xdr_get_u32(x) != MSG_REPLY || x->bad)
		return false;
	*status = RPC_DENIED;
	if (xdr_get_u32(x) != REPLY_ACCEPTED)
		return !x->bad;
	xdr_get_u32(x);
	xdr_skip_opaque(x, RPC_AUTH_MAX);
	accept = xdr_get_u32(x);
	if (x->bad)
		return false;
	if (accept <= RPC_SYSTEM_ERR)
		*status = accept;
	return true;
}
