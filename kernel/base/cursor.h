/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounded reading of a received message.
 *
 * A message is a list of segments (struct kvec) that follow each other, cut
 * wherever the network cut it. The cursor walks over them; no decoder ever
 * touches a buffer by itself. A read past the end makes the cursor bad, and a
 * bad cursor stays bad and yields zeros, so a decoder reads all its fields and
 * asks ditto_cursor_ok() once.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_BASE_CURSOR_H
#define DITTO_BASE_CURSOR_H

#include <linux/types.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <linux/unaligned.h>

/**
 * struct ditto_cursor - a place in a message of several segments
 * @p: next byte of the current segment
 * @end: end of the current segment's part of the message
 * @seg: the segment @p lies in
 * @rest: bytes of the message behind @end
 * @bad: a read went past the end, or a decoder refused what it saw
 */
struct ditto_cursor {
	const u8		*p;
	const u8		*end;
	const struct kvec	*seg;
	size_t			rest;
	bool			bad;
};

/**
 * struct ditto_span - a run of bytes inside a message, not copied
 * @seg: the segment it starts in
 * @offset: where in @seg it starts, bytes
 * @len: how long it is, bytes
 * @nr_segs: how many segments it touches (0 when @len is 0)
 */
struct ditto_span {
	const struct kvec	*seg;
	size_t			offset;
	size_t			len;
	unsigned int		nr_segs;
};

void ditto_cursor_init(struct ditto_cursor *cur, const struct kvec *segs,
		       size_t len);
bool ditto_cursor_copy(struct ditto_cursor *cur, void *dst, size_t len);
bool ditto_cursor_skip(struct ditto_cursor *cur, size_t len);
const u8 *ditto_cursor_bytes(struct ditto_cursor *cur, size_t len, void *scratch);
bool ditto_cursor_span(struct ditto_cursor *cur, size_t len, struct ditto_span *span);

/* Bytes of the message that are still to be read. */
static inline size_t ditto_cursor_left(const struct ditto_cursor *cur)
{
	return cur->bad ? 0 : (size_t)(cur->end - cur->p) + cur->rest;
}

/* True as long as every read so far lay inside the message. */
static inline bool ditto_cursor_ok(const struct ditto_cursor *cur)
{
	return !cur->bad;
}

/* A decoder's own refusal: from here on the cursor yields nothing. */
static inline void ditto_cursor_fail(struct ditto_cursor *cur)
{
	cur->bad = true;
	cur->p = cur->end;
	cur->rest = 0;
}

static inline u32 ditto_cursor_be32(struct ditto_cursor *cur)
{
	u8 raw[4];

	if (cur->end - cur->p >= 4) {
		u32 v = get_unaligned_be32(cur->p);

		cur->p += 4;
		return v;
	}
	return ditto_cursor_copy(cur, raw, 4) ? get_unaligned_be32(raw) : 0;
}

static inline u64 ditto_cursor_be64(struct ditto_cursor *cur)
{
	u64 hi = ditto_cursor_be32(cur);

	return hi << 32 | ditto_cursor_be32(cur);
}

#endif
