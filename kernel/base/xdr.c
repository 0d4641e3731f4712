// SPDX-License-Identifier: GPL-2.0-only
/* XDR (RFC 4506): the items of variable or larger size. */
#include <linux/export.h>
#include "base/xdr.h"

/**
 * xdr_get_fixed - fixed-length opaque data (RFC 4506 4.9)
 * @cur: the cursor
 * @len: length, bytes
 * @scratch: room for @len bytes
 *
 * Return: the bytes, in the message or in @scratch; NULL if the message is too short.
 */
const u8 *xdr_get_fixed(struct ditto_cursor *cur, u32 len, void *scratch)
{
	const u8 *p = ditto_cursor_bytes(cur, len, scratch);

	if (p && !ditto_cursor_skip(cur, xdr_padded(len) - len))
		return NULL;
	return p;
}
EXPORT_SYMBOL_GPL(xdr_get_fixed);

/**
 * xdr_get_opaque - variable-length opaque data or a string (RFC 4506 4.10, 4.11)
 * @cur: the cursor; bad if the length is over @max
 * @max: longest length allowed
 * @len: set to the length; 0 on failure
 * @scratch: room for @max bytes
 *
 * Return: the bytes (not terminated), in the message or in @scratch; NULL on failure.
 */
const u8 *xdr_get_opaque(struct ditto_cursor *cur, u32 max, u32 *len, void *scratch)
{
	u32 n = ditto_cursor_be32(cur);
	const u8 *p;

	*len = 0;
	if (n > max) {
		ditto_cursor_fail(cur);
		return NULL;
	}
	p = xdr_get_fixed(cur, n, scratch);
	if (p)
		*len = n;
	return p;
}
EXPORT_SYMBOL_GPL(xdr_get_opaque);

/**
 * xdr_get_opaque_span - variable-length opaque data that stays where it is
 * @cur: the cursor; bad if the length is over @max
 * @max: longest length allowed
 * @span: filled in; its length is the item's
 *
 * Return: true if the item was there.
 */
bool xdr_get_opaque_span(struct ditto_cursor *cur, u32 max, struct ditto_span *span)
{
	u32 n = ditto_cursor_be32(cur);

	if (n > max)
		ditto_cursor_fail(cur);
	return ditto_cursor_span(cur, n, span) &&
	       ditto_cursor_skip(cur, xdr_padded(n) - n);
}
EXPORT_SYMBOL_GPL(xdr_get_opaque_span);

/**
 * xdr_put_fixed - fixed-length opaque data with its padding
 * @enc: the encoder
 * @src: the bytes
 * @len: how many
 */
void xdr_put_fixed(struct ditto_encoder *enc, const void *src, u32 len)
{
	ditto_encoder_put(enc, src, len);
	ditto_encoder_zero(enc, xdr_padded(len) - len);
}
EXPORT_SYMBOL_GPL(xdr_put_fixed);

/**
 * xdr_put_opaque - variable-length opaque data or a string
 * @enc: the encoder
 * @src: the bytes
 * @len: how many
 */
void xdr_put_opaque(struct ditto_encoder *enc, const void *src, u32 len)
{
	xdr_put_u32(enc, len);
	xdr_put_fixed(enc, src, len);
}
EXPORT_SYMBOL_GPL(xdr_put_opaque);
