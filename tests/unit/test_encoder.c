// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reply encoder: chunks of every size, limits at every byte, rewinding.
 *
 * Uses: base/encoder.c base/cursor.c base/xdr.c
 */
#include <stdlib.h>
#include <linux/kernel.h>
#include "base/encoder.h"
#include "base/xdr.h"
#include "tap.h"

static u8 *chunks[64];
static unsigned int nr_chunks, grow_size, grow_left;
static int payloads;

static bool grow(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	if (!grow_left || nr_chunks == ARRAY_SIZE(chunks))
		return false;
	grow_left--;
	*size = min > grow_size ? round_up(min, 8) : grow_size;
	*mem = chunks[nr_chunks++] = malloc(*size);
	return true;
}

static void drop(struct ditto_payload *payload)
{
	payloads--;
}

static const struct ditto_encoder_ops ops = { .grow = grow, .drop = drop };

static u8 first[16];
static struct ditto_encoder enc;

static void begin(unsigned int size, u32 limit)
{
	while (nr_chunks)
		free(chunks[--nr_chunks]);
	grow_size = size;
	grow_left = 1000;
	payloads = 0;
	ditto_encoder_init(&enc, &ops, first, sizeof(first), limit);
}

/* The reply as bytes; payloads show as '#'. */
static u32 flatten(u8 *out)
{
	u32 at = 0;
	int i;

	ditto_encoder_finish(&enc);
	for (i = 0; i < enc.nr; i++) {
		if (enc.pieces[i].payload)
			memset(out + at, '#', enc.pieces[i].len);
		else
			memcpy(out + at, enc.pieces[i].mem, enc.pieces[i].len);
		at += enc.pieces[i].len;
	}
	CHECK_EQ(at, enc.done);
	return at;
}

TEST(what_is_put_comes_out_whatever_the_chunks)
{
	static u8 want[200], got[300];
	unsigned int size, len, i;

	for (i = 0; i < sizeof(want); i++)
		want[i] = i * 7;
	for (size = 32; size <= 256; size += 8) {
		for (len = 0; len <= sizeof(want); len++) {
			begin(size, 1000);
			ditto_encoder_be32(&enc, 0x01020304);
			xdr_put_opaque(&enc, want, len);
			ditto_encoder_be64(&enc, 0x05060708090a0b0cULL);
			CHECK(ditto_encoder_ok(&enc));
			CHECK_EQ(flatten(got), 16 + xdr_padded(len));
			CHECK_EQ(got[3], 4);
			CHECK_EQ(got[7], len);
			CHECK_MEM(got + 8, want, len);
			CHECK_EQ(got[8 + xdr_padded(len) + 7], 0x0c);
		}
	}
}

TEST(no_limit_is_overrun_by_a_byte)
{
	static u8 src[100], got[300];
	u32 limit, len;

	for (limit = 0; limit < 80; limit++) {
		for (len = 0; len < 100; len++) {
			begin(32, limit);
			ditto_encoder_put(&enc, src, len);
			CHECK_EQ(ditto_encoder_ok(&enc), len <= limit);
			CHECK(ditto_encoder_len(&enc) <= limit);
			if (ditto_encoder_ok(&enc))
				CHECK_EQ(ditto_encoder_room(&enc), limit - len);
			else
				CHECK_EQ(ditto_encoder_room(&enc), 0);
		}
	}
	flatten(got);
}

TEST(a_bad_encoder_swallows)
{
	begin(32, 4);
	ditto_encoder_be64(&enc, 1);
	CHECK(!ditto_encoder_ok(&enc));
	CHECK(!ditto_encoder_reserve(&enc, 1));
	CHECK(!ditto_encoder_reserve(&enc, 4));
	ditto_encoder_zero(&enc, 100);
	CHECK(!ditto_encoder_ok(&enc));
	payloads = 1;
	CHECK(!ditto_encoder_payload(&enc, (void *)1, 0));
	CHECK_EQ(payloads, 0);
}

TEST(no_memory_is_an_end_like_no_room)
{
	begin(32, 1000);
	grow_left = 1;
	ditto_encoder_zero(&enc, 700);
	CHECK(!ditto_encoder_ok(&enc));
}

TEST(a_rewind_takes_back_bytes_chunks_and_payloads)
{
	static u8 before[1000], after[1000];
	struct ditto_encoder_mark mark;
	unsigned int lead, more;
	u32 len;

	for (lead = 0; lead < 60; lead += 4) {
		for (more = 0; more < 200; more += 4) {
			begin(32, 400);
			ditto_encoder_zero(&enc, lead);
			ditto_encoder_mark(&enc, &mark);
			ditto_encoder_zero(&enc, more);
			payloads = 1;
			ditto_encoder_payload(&enc, (void *)1, 8);
			ditto_encoder_zero(&enc, 300);
			ditto_encoder_rewind(&enc, &mark);
			CHECK_EQ(payloads, 0);
			CHECK(ditto_encoder_ok(&enc));
			CHECK_EQ(ditto_encoder_len(&enc), lead);
			ditto_encoder_be32(&enc, 0xdeadbeef);
			len = flatten(after);
			CHECK_EQ(len, lead + 4);
			CHECK_MEM(after, before, lead);
			CHECK_EQ(after[lead], 0xde);
		}
	}
}

TEST(a_payload_stands_where_it_was_put)
{
	static u8 got[100];

	begin(32, 100);
	ditto_encoder_be32(&enc, 0x41414141);
	payloads = 1;
	CHECK(ditto_encoder_payload(&enc, (void *)1, 5));
	ditto_encoder_zero(&enc, 3);
	ditto_encoder_be32(&enc, 0x42424242);
	CHECK_EQ(flatten(got), 16);
	CHECK_MEM(got, "AAAA#####\0\0\0BBBB", 16);
	CHECK_EQ(payloads, 1);
}

TEST(a_payload_past_the_limit_is_given_back)
{
	begin(32, 10);
	ditto_encoder_be32(&enc, 0);
	payloads = 1;
	CHECK(!ditto_encoder_payload(&enc, (void *)1, 7));
	CHECK_EQ(payloads, 0);
	CHECK(!ditto_encoder_ok(&enc));
}

TEST(pieces_run_out_without_harm)
{
	int i;

	begin(8, 100000);
	payloads = DITTO_ENCODER_PIECES + 4;
	for (i = 0; i < DITTO_ENCODER_PIECES + 4; i++) {
		ditto_encoder_be32(&enc, i);
		ditto_encoder_payload(&enc, (void *)1, 1);
	}
	CHECK(!ditto_encoder_ok(&enc));
	CHECK(enc.nr <= DITTO_ENCODER_PIECES);
	ditto_encoder_finish(&enc);
}
