// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounded reading of a received message: the slow paths, where a read crosses
 * from one segment to the next.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include "base/cursor.h"

/**
 * ditto_cursor_init - start reading a message
 * @cur: the cursor
 * @segs: the message's segments; they must hold at least @len bytes and outlive @cur
 * @len: length of the message, bytes
 */
void ditto_cursor_init(struct ditto_cursor *cur, const struct kvec *segs,
		       size_t len)
{
	size_t here = len ? min(len, segs->iov_len) : 0;

	cur->seg = segs;
	cur->p = here ? segs->iov_base : NULL;
	cur->end = here ? cur->p + here : NULL;
	cur->rest = len - here;
	cur->bad = false;
}
EXPORT_SYMBOL_GPL(ditto_cursor_init);

/* Moves to the next segment that holds bytes; the caller knows there is one. */
static void cursor_next(struct ditto_cursor *cur)
{
	size_t here;

	do {
		cur->seg++;
		here = min(cur->rest, cur->seg->iov_len);
	} while (!here);
	cur->p = cur->seg->iov_base;
	cur->end = cur->p + here;
	cur->rest -= here;
}

/* True when @len more bytes are there; otherwise the cursor is bad. */
static bool cursor_need(struct ditto_cursor *cur, size_t len)
{
	if (ditto_cursor_left(cur) >= len)
		return true;
	ditto_cursor_fail(cur);
	return false;
}

/**
 * ditto_cursor_copy - copy the next bytes out of the message
 * @cur: the cursor
 * @dst: where to, @len bytes; cleared if the message is too short; NULL to drop them
 * @len: how many bytes
 *
 * Return: true if they were there.
 */
bool ditto_cursor_copy(struct ditto_cursor *cur, void *dst, size_t len)
{
	u8 *to = dst;

	if (!cursor_need(cur, len)) {
		if (to)
			memset(to, 0, len);
		return false;
	}
	while (len) {
		size_t n;

		if (cur->p == cur->end)
			cursor_next(cur);
		n = min_t(size_t, len, cur->end - cur->p);
		if (to) {
			memcpy(to, cur->p, n);
			to += n;
		}
		cur->p += n;
		len -= n;
	}
	return true;
}
EXPORT_SYMBOL_GPL(ditto_cursor_copy);

/**
 * ditto_cursor_skip - pass over bytes
 * @cur: the cursor
 * @len: how many bytes
 *
 * Return: true if they were there.
 */
bool ditto_cursor_skip(struct ditto_cursor *cur, size_t len)
{
	if (len <= (size_t)(cur->end - cur->p)) {
		cur->p += len;
		return true;
	}
	return ditto_cursor_copy(cur, NULL, len);
}
EXPORT_SYMBOL_GPL(ditto_cursor_skip);

/**
 * ditto_cursor_bytes - the next bytes as one piece
 * @cur: the cursor
 * @len: how many bytes
 * @scratch: room for @len bytes, used only if they lie in several segments
 *
 * Return: the bytes, in the message or in @scratch; NULL if the message is too short.
 */
const u8 *ditto_cursor_bytes(struct ditto_cursor *cur, size_t len, void *scratch)
{
	const u8 *p;

	if (len > (size_t)(cur->end - cur->p))
		return ditto_cursor_copy(cur, scratch, len) ? scratch : NULL;
	if (cur->bad)
		return NULL;
	p = len ? cur->p : scratch;
	cur->p += len;
	return p;
}
EXPORT_SYMBOL_GPL(ditto_cursor_bytes);

/**
 * ditto_cursor_span - take the next bytes without touching them
 * @cur: the cursor, moved behind the span
 * @len: how many bytes
 * @span: filled in
 *
 * Return: true if they were there; otherwise @span is empty.
 */
bool ditto_cursor_span(struct ditto_cursor *cur, size_t len, struct ditto_span *span)
{
	memset(span, 0, sizeof(*span));
	if (!cursor_need(cur, len))
		return false;
	if (!len)
		return true;
	if (cur->p == cur->end)
		cursor_next(cur);
	span->seg = cur->seg;
	span->offset = cur->p - (const u8 *)cur->seg->iov_base;
	span->len = len;
	ditto_cursor_skip(cur, len);
	span->nr_segs = cur->seg - span->seg + 1;
	return true;
}
EXPORT_SYMBOL_GPL(ditto_cursor_span);
