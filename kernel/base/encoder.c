// SPDX-License-Identifier: GPL-2.0-only
/* Bounded writing of a reply: changing pieces, running out of room. */
#include <linux/export.h>
#include <linux/minmax.h>
#include "base/encoder.h"

/* The window ends where the chunk ends or the reply's limit is reached. */
static void encoder_window(struct ditto_encoder *enc, u8 *mem, size_t size)
{
	enc->start = mem;
	enc->p = mem;
	enc->end = mem + min_t(size_t, size, enc->limit - enc->done);
}

/* From here on nothing is written any more. */
static void encoder_fail(struct ditto_encoder *enc)
{
	enc->bad = true;
	enc->end = enc->p;
}

/* The bytes of the window so far become a piece; the window goes on behind them. */
static bool encoder_close(struct ditto_encoder *enc)
{
	u32 len = enc->p - enc->start;

	if (!len)
		return true;
	if (enc->nr == DITTO_ENCODER_PIECES)
		return false;
	enc->pieces[enc->nr++] = (struct ditto_piece){ .mem = enc->start, .len = len };
	enc->done += len;
	enc->start = enc->p;
	return true;
}

/**
 * ditto_encoder_init - start a reply
 * @enc: the encoder
 * @ops: where more memory comes from
 * @mem: the first chunk; owned by the caller
 * @size: its size in bytes, a multiple of 8
 * @limit: how long the reply may become, bytes
 */
void ditto_encoder_init(struct ditto_encoder *enc, const struct ditto_encoder_ops *ops,
			void *mem, size_t size, u32 limit)
{
	enc->ops = ops;
	enc->done = 0;
	enc->limit = limit;
	enc->nr = 0;
	enc->bad = false;
	encoder_window(enc, mem, size);
}
EXPORT_SYMBOL_GPL(ditto_encoder_init);

/**
 * ditto_encoder_reserve_slow - ditto_encoder_reserve() when the window is too small
 * @enc: the encoder
 * @len: bytes
 *
 * Return: room in a new chunk, or NULL.
 */
void *ditto_encoder_reserve_slow(struct ditto_encoder *enc, size_t len)
{
	size_t size;
	u8 *mem;

	if (enc->bad)
		return NULL;
	if (len > enc->limit - ditto_encoder_len(enc) || !encoder_close(enc) ||
	    !enc->ops->grow(enc, len, &mem, &size)) {
		encoder_fail(enc);
		return NULL;
	}
	encoder_window(enc, mem, size);
	enc->p += len;
	return mem;
}
EXPORT_SYMBOL_GPL(ditto_encoder_reserve_slow);

/**
 * ditto_encoder_put - write bytes, over as many chunks as it takes
 * @enc: the encoder
 * @src: the bytes; NULL writes zeros
 * @len: how many
 */
void ditto_encoder_put(struct ditto_encoder *enc, const void *src, size_t len)
{
	const u8 *from = src;

	while (len) {
		size_t n = min_t(size_t, len, enc->end - enc->p);
		u8 *p;

		/* a full window: what fits into the next chunk at once, in 4-byte items */
		if (!n)
			n = min_t(size_t, len, 512);
		p = ditto_encoder_reserve(enc, n);
		if (!p)
			return;
		if (from) {
			memcpy(p, from, n);
			from += n;
		} else {
			memset(p, 0, n);
		}
		len -= n;
	}
}
EXPORT_SYMBOL_GPL(ditto_encoder_put);

/**
 * ditto_encoder_zero - write zeros
 * @enc: the encoder
 * @len: how many
 */
void ditto_encoder_zero(struct ditto_encoder *enc, size_t len)
{
	ditto_encoder_put(enc, NULL, len);
}
EXPORT_SYMBOL_GPL(ditto_encoder_zero);

/**
 * ditto_encoder_payload - put pages into the reply
 * @enc: the encoder
 * @payload: the pages; the reply owns them from here on, whatever is returned
 * @len: their bytes
 *
 * Return: false if there is no room.
 */
bool ditto_encoder_payload(struct ditto_encoder *enc, struct ditto_payload *payload, u32 len)
{
	/* one piece is kept back for the bytes behind the payload */
	if (enc->bad || len > ditto_encoder_room(enc) || !encoder_close(enc) ||
	    enc->nr + 1 >= DITTO_ENCODER_PIECES) {
		enc->ops->drop(payload);
		encoder_fail(enc);
		return false;
	}
	enc->pieces[enc->nr++] = (struct ditto_piece){ .payload = payload, .len = len };
	enc->done += len;
	enc->end = enc->start + min_t(size_t, enc->end - enc->start, enc->limit - enc->done);
	return true;
}
EXPORT_SYMBOL_GPL(ditto_encoder_payload);

/**
 * ditto_encoder_mark - remember where the reply stands
 * @enc: the encoder, not bad
 * @mark: filled in
 */
void ditto_encoder_mark(const struct ditto_encoder *enc, struct ditto_encoder_mark *mark)
{
	*mark = (struct ditto_encoder_mark){
		.p = enc->p, .end = enc->end, .start = enc->start,
		.done = enc->done, .nr = enc->nr,
	};
}
EXPORT_SYMBOL_GPL(ditto_encoder_mark);

/**
 * ditto_encoder_rewind - take back what was written since a mark
 * @enc: the encoder; it may be bad and is good again afterwards
 * @mark: from ditto_encoder_mark() on a good encoder
 */
void ditto_encoder_rewind(struct ditto_encoder *enc, const struct ditto_encoder_mark *mark)
{
	while (enc->nr > mark->nr) {
		struct ditto_piece *piece = &enc->pieces[--enc->nr];

		if (piece->payload)
			enc->ops->drop(piece->payload);
	}
	enc->p = mark->p;
	enc->end = mark->end;
	enc->start = mark->start;
	enc->done = mark->done;
	enc->bad = false;
}
EXPORT_SYMBOL_GPL(ditto_encoder_rewind);

/**
 * ditto_encoder_finish - close the last piece; the pieces are the reply then
 * @enc: the encoder
 */
void ditto_encoder_finish(struct ditto_encoder *enc)
{
	if (!enc->bad && !encoder_close(enc))
		encoder_fail(enc);
}
EXPORT_SYMBOL_GPL(ditto_encoder_finish);
