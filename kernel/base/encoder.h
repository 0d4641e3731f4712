/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bounded writing of a reply.
 *
 * A reply is a list of pieces: memory that is copied when the reply is sent,
 * and payloads (pages of a file) that are sent where they lie. The encoder
 * writes into a window of the current chunk of memory and asks for another
 * chunk when that is full. Running out of room makes it bad; a bad encoder
 * swallows what is written to it, so a codec writes everything and asks
 * ditto_encoder_ok() once. Chunk sizes are multiples of 8, so a 4-byte item is
 * never cut in two as long as the reply consists of them.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_BASE_ENCODER_H
#define DITTO_BASE_ENCODER_H

#include <linux/types.h>
#include <linux/string.h>
#include <linux/unaligned.h>

struct ditto_payload;
struct ditto_encoder;

/* Pieces a reply can have: enough for 1 MiB of pages of READDIR and some payloads. */
#define DITTO_ENCODER_PIECES	16

/**
 * struct ditto_piece - a part of a reply
 * @mem: bytes to copy, when @payload is NULL
 * @payload: pages to send as they are; owned by the reply
 * @len: bytes
 */
struct ditto_piece {
	u8			*mem;
	struct ditto_payload	*payload;
	u32			len;
};

/**
 * struct ditto_encoder_ops - where an encoder's memory comes from
 * @grow: a further chunk of at least @min bytes: sets *@mem and *@size (a
 *	multiple of 8), false if there is none. The reply owns it.
 * @drop: gives a payload back that is not going to be sent
 */
struct ditto_encoder_ops {
	bool (*grow)(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size);
	void (*drop)(struct ditto_payload *payload);
};

/**
 * struct ditto_encoder - a reply being written
 * @p: next byte to write
 * @end: end of the window
 * @start: where the current piece starts
 * @done: bytes in the pieces before the current one
 * @limit: how long the reply may become
 * @nr: number of closed pieces
 * @bad: no room, no memory, or the codec gave up
 * @ops: where memory comes from
 * @pieces: the closed pieces
 */
struct ditto_encoder {
	u8				*p;
	u8				*end;
	u8				*start;
	u32				done;
	u32				limit;
	u16				nr;
	bool				bad;
	const struct ditto_encoder_ops	*ops;
	struct ditto_piece		pieces[DITTO_ENCODER_PIECES];
};

/* A place to come back to. */
struct ditto_encoder_mark {
	u8	*p, *end, *start;
	u32	done;
	u16	nr;
};

void ditto_encoder_init(struct ditto_encoder *enc, const struct ditto_encoder_ops *ops,
			void *mem, size_t size, u32 limit);
void *ditto_encoder_reserve_slow(struct ditto_encoder *enc, size_t len);
void ditto_encoder_put(struct ditto_encoder *enc, const void *src, size_t len);
void ditto_encoder_zero(struct ditto_encoder *enc, size_t len);
bool ditto_encoder_payload(struct ditto_encoder *enc, struct ditto_payload *payload, u32 len);
void ditto_encoder_mark(const struct ditto_encoder *enc, struct ditto_encoder_mark *mark);
void ditto_encoder_rewind(struct ditto_encoder *enc, const struct ditto_encoder_mark *mark);
void ditto_encoder_finish(struct ditto_encoder *enc);

/* Bytes written so far. */
static inline u32 ditto_encoder_len(const struct ditto_encoder *enc)
{
	return enc->done + (u32)(enc->p - enc->start);
}

/* Bytes that may still be written. */
static inline u32 ditto_encoder_room(const struct ditto_encoder *enc)
{
	return enc->bad ? 0 : enc->limit - ditto_encoder_len(enc);
}

static inline bool ditto_encoder_ok(const struct ditto_encoder *enc)
{
	return !enc->bad;
}

/**
 * ditto_encoder_reserve - room for bytes in one piece, to be filled in now or later
 * @enc: the encoder
 * @len: bytes, at most 4096
 *
 * Return: the room, or NULL if there is none (the encoder is bad then).
 */
static inline void *ditto_encoder_reserve(struct ditto_encoder *enc, size_t len)
{
	u8 *p = enc->p;

	if ((size_t)(enc->end - p) < len)
		return ditto_encoder_reserve_slow(enc, len);
	enc->p = p + len;
	return p;
}

static inline void ditto_encoder_be32(struct ditto_encoder *enc, u32 v)
{
	void *p = ditto_encoder_reserve(enc, 4);

	if (p)
		put_unaligned_be32(v, p);
}

static inline void ditto_encoder_be64(struct ditto_encoder *enc, u64 v)
{
	ditto_encoder_be32(enc, v >> 32);
	ditto_encoder_be32(enc, (u32)v);
}

#endif
