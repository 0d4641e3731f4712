/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of NFS codecs: messages put together by hand, decoders held against
 * every way to cut a message short or in pieces, and what an encoder wrote.
 */
#ifndef NFS_WIRE_H
#define NFS_WIRE_H

#include <stdlib.h>
#include <string.h>
#include "base/cursor.h"
#include "base/encoder.h"
#include "tap.h"

/**
 * struct wire - bytes as they are sent
 * @data: the bytes
 * @len: how many there are so far
 */
struct wire {
	u8	data[16384];
	size_t	len;
};

static inline void wire_u32(struct wire *w, u32 v)
{
	put_unaligned_be32(v, w->data + w->len);
	w->len += 4;
}

static inline void wire_u64(struct wire *w, u64 v)
{
	wire_u32(w, v >> 32);
	wire_u32(w, (u32)v);
}

static inline void wire_raw(struct wire *w, const void *data, size_t len)
{
	memcpy(w->data + w->len, data, len);
	w->len += len;
}

static inline void wire_pad(struct wire *w)
{
	while (w->len % 4)
		w->data[w->len++] = 0;
}

static inline void wire_opaque(struct wire *w, const void *data, u32 len)
{
	wire_u32(w, len);
	wire_raw(w, data, len);
	wire_pad(w);
}

static inline void wire_str(struct wire *w, const char *s)
{
	wire_opaque(w, s, strlen(s));
}

/* A string of @len times @c. */
static inline void wire_run(struct wire *w, char c, u32 len)
{
	wire_u32(w, len);
	memset(w->data + w->len, c, len);
	w->len += len;
	wire_pad(w);
}

typedef bool (*wire_decode)(struct ditto_cursor *cur, void *args);
typedef void (*wire_check)(const void *args);

/* Decodes the first @len bytes, which lie alone on the heap. */
static inline bool wire_decode_cut(const struct wire *w, size_t len, wire_decode decode,
				   void *args, wire_check check)
{
	u8 *copy = malloc(len + !len);
	struct kvec seg = { .iov_base = copy, .iov_len = len };
	struct ditto_cursor cur;
	bool ok;

	memcpy(copy, w->data, len);
	ditto_cursor_init(&cur, &seg, len);
	ok = decode(&cur, args);
	if (ok && check)
		check(args);
	free(copy);
	return ok;
}

/* Decodes the message cut into segments of @step bytes, each alone on the heap. */
static inline bool wire_decode_split(const struct wire *w, size_t step, wire_decode decode,
				     void *args, wire_check check)
{
	size_t nr = (w->len + step - 1) / step, i;
	struct kvec *segs = calloc(nr + 1, sizeof(*segs));
	struct ditto_cursor cur;
	bool ok;

	for (i = 0; i < nr; i++) {
		size_t n = w->len - i * step < step ? w->len - i * step : step;

		segs[i].iov_base = malloc(n);
		segs[i].iov_len = n;
		memcpy(segs[i].iov_base, w->data + i * step, n);
	}
	ditto_cursor_init(&cur, segs, w->len);
	ok = decode(&cur, args);
	if (ok && check)
		check(args);
	for (i = 0; i < nr; i++)
		free(segs[i].iov_base);
	free(segs);
	return ok;
}

/*
 * Arguments of @size bytes: whole and in pieces they decode to what @check wants, cut short
 * anywhere they do not decode.
 */
static inline void wire_check_args(const struct wire *w, wire_decode decode, size_t size,
				   wire_check check)
{
	void *args = malloc(size);
	size_t n;

	memset(args, 0xee, size);
	CHECK(wire_decode_cut(w, w->len, decode, args, check));
	for (n = 1; n < 12; n++) {
		memset(args, 0xee, size);
		CHECK(wire_decode_split(w, n, decode, args, check));
	}
	for (n = 0; n < w->len; n++) {
		memset(args, 0xee, size);
		if (!CHECK(!wire_decode_cut(w, n, decode, args, NULL)))
			printf("# after %zu of %zu bytes\n", n, w->len);
	}
	free(args);
}

/* The message is refused as a whole. */
static inline bool wire_refused(const struct wire *w, wire_decode decode, size_t size)
{
	void *args = malloc(size);
	bool ok = wire_decode_cut(w, w->len, decode, args, NULL);

	free(args);
	return !ok;
}

/* ---- what an encoder writes ---- */

#define WIRE_CHUNK	64

struct wire_out {
	struct ditto_encoder	enc;
	u8			*chunks[512];
	unsigned int		nr;
	unsigned int		max;	/* chunks there are */
	u64			first[WIRE_CHUNK / 8];
};

static inline bool wire_out_grow(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	struct wire_out *out = (struct wire_out *)enc;
	size_t n = 8192;

	if (out->nr == out->max || min > n)
		return false;
	*mem = out->chunks[out->nr++] = malloc(n);
	*size = n;
	return true;
}

static inline void wire_out_drop(struct ditto_payload *payload)
{
}

static const struct ditto_encoder_ops wire_out_ops = {
	.grow	= wire_out_grow,
	.drop	= wire_out_drop,
};

static inline void wire_out_init(struct wire_out *out, u32 limit)
{
	memset(out, 0, sizeof(*out));
	out->max = 512;
	ditto_encoder_init(&out->enc, &wire_out_ops, out->first, sizeof(out->first), limit);
}

/* What was written, in one piece; the encoder is of no use afterwards. */
static inline void wire_out_flat(struct wire_out *out, struct wire *w)
{
	unsigned int i;

	w->len = 0;
	ditto_encoder_finish(&out->enc);
	CHECK(ditto_encoder_ok(&out->enc));
	for (i = 0; i < out->enc.nr; i++)
		wire_raw(w, out->enc.pieces[i].mem, out->enc.pieces[i].len);
	for (i = 0; i < out->nr; i++)
		free(out->chunks[i]);
	out->nr = 0;
}

static inline void wire_out_check(struct wire_out *out, const struct wire *want)
{
	struct wire *got = malloc(sizeof(*got));

	wire_out_flat(out, got);
	if (CHECK_EQ(got->len, want->len))
		CHECK_MEM(got->data, want->data, want->len);
	free(got);
}

#endif
