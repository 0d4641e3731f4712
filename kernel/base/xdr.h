/* SPDX-License-Identifier: GPL-2.0-only */
/* XDR (RFC 4506) items over a cursor and an encoder. Pure C. */
#ifndef DITTO_BASE_XDR_H
#define DITTO_BASE_XDR_H

#include "base/cursor.h"
#include "base/encoder.h"

/* Length with the padding to four bytes (RFC 4506 4.9); the caller bounds @len. */
static inline size_t xdr_padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static inline u32 xdr_get_u32(struct ditto_cursor *cur)
{
	return ditto_cursor_be32(cur);
}

static inline u64 xdr_get_u64(struct ditto_cursor *cur)
{
	return ditto_cursor_be64(cur);
}

/* RFC 4506 4.4: a bool is 0 or 1 and nothing else. */
static inline bool xdr_get_bool(struct ditto_cursor *cur)
{
	u32 v = ditto_cursor_be32(cur);

	if (v > 1)
		ditto_cursor_fail(cur);
	return v == 1;
}

const u8 *xdr_get_fixed(struct ditto_cursor *cur, u32 len, void *scratch);
const u8 *xdr_get_opaque(struct ditto_cursor *cur, u32 max, u32 *len, void *scratch);
bool xdr_get_opaque_span(struct ditto_cursor *cur, u32 max, struct ditto_span *span);

static inline void xdr_put_u32(struct ditto_encoder *enc, u32 v)
{
	ditto_encoder_be32(enc, v);
}

static inline void xdr_put_u64(struct ditto_encoder *enc, u64 v)
{
	ditto_encoder_be64(enc, v);
}

static inline void xdr_put_bool(struct ditto_encoder *enc, bool v)
{
	ditto_encoder_be32(enc, v);
}

void xdr_put_fixed(struct ditto_encoder *enc, const void *src, u32 len);
void xdr_put_opaque(struct ditto_encoder *enc, const void *src, u32 len);

#endif
