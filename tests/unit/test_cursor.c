// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire cursor, against every way of cutting a message into segments.
 *
 * Uses: base/cursor.c base/xdr.c base/encoder.c
 */
#include <stdlib.h>
#include "base/cursor.h"
#include "base/xdr.h"
#include "tap.h"

#define N 12

static u8 message[N] = { 0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o', 0, 0, 0 };

/*
 * Cuts the message where @cuts has bits, each piece in exactly as much memory as
 * it needs, with empty segments in between.
 */
static unsigned int cut(const u8 *from, size_t len, unsigned int cuts, struct kvec *segs)
{
	unsigned int n = 0;
	size_t i, start = 0;

	for (i = 1; i <= len; i++) {
		if (i < len && !(cuts & (1u << (i - 1))))
			continue;
		segs[n].iov_base = malloc(i - start);
		segs[n].iov_len = i - start;
		memcpy(segs[n++].iov_base, from + start, i - start);
		start = i;
		if (i < len && cuts & 1) {
			segs[n].iov_base = NULL;
			segs[n++].iov_len = 0;
		}
	}
	return n;
}

static void release(struct kvec *segs, unsigned int n)
{
	while (n--)
		free(segs[n].iov_base);
}

TEST(an_opaque_reads_the_same_however_it_is_cut)
{
	struct kvec segs[2 * N];
	struct ditto_cursor cur;
	unsigned int cuts, n;
	u8 scratch[16];
	const u8 *p;
	u32 len;

	for (cuts = 0; cuts < 1u << (N - 1); cuts++) {
		n = cut(message, N, cuts, segs);
		ditto_cursor_init(&cur, segs, N);
		p = xdr_get_opaque(&cur, 8, &len, scratch);
		if (!CHECK(p) || !CHECK_EQ(len, 5) || !CHECK_MEM(p, "hello", 5) ||
		    !CHECK_EQ(ditto_cursor_left(&cur), 0))
			break;
		release(segs, n);
	}
}

TEST(every_shorter_message_is_refused)
{
	struct kvec segs[2 * N];
	struct ditto_cursor cur;
	unsigned int n, i;
	size_t len;
	u8 scratch[16];
	u32 got;

	for (len = 0; len < N; len++) {
		for (i = 0; i < 2; i++) {
			n = cut(message, len, i ? 0xffff : 0, segs);
			ditto_cursor_init(&cur, segs, len);
			CHECK(!xdr_get_opaque(&cur, 8, &got, scratch));
			CHECK_EQ(got, 0);
			CHECK(!ditto_cursor_ok(&cur));
			CHECK_EQ(ditto_cursor_left(&cur), 0);
			release(segs, n);
		}
	}
}

TEST(a_bad_cursor_stays_bad_and_yields_zeros)
{
	struct kvec seg = { message, 6 };
	struct ditto_cursor cur;
	struct ditto_span span;
	u8 raw[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };

	ditto_cursor_init(&cur, &seg, 6);
	CHECK_EQ(ditto_cursor_be64(&cur), (u64)5 << 32);
	CHECK(!ditto_cursor_ok(&cur));
	CHECK_EQ(ditto_cursor_be32(&cur), 0);
	CHECK(!ditto_cursor_copy(&cur, raw, 1));
	CHECK_EQ(raw[0], 0);
	CHECK(!ditto_cursor_bytes(&cur, 0, raw));
	CHECK(!ditto_cursor_skip(&cur, 1));
	CHECK(!ditto_cursor_span(&cur, 1, &span));
	CHECK_EQ(span.len, 0);
}

TEST(lengths_over_the_limit_are_refused_before_anything_is_read)
{
	u8 huge[8] = { 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4 };
	struct kvec seg = { huge, 8 };
	struct ditto_cursor cur;
	struct ditto_span span;
	u32 len;

	ditto_cursor_init(&cur, &seg, 8);
	CHECK(!xdr_get_opaque(&cur, 400, &len, huge));
	ditto_cursor_init(&cur, &seg, 8);
	CHECK(!xdr_get_opaque_span(&cur, U32_MAX, &span));
	CHECK(!ditto_cursor_ok(&cur));
}

TEST(a_span_covers_exactly_its_segments)
{
	struct kvec segs[2 * N];
	struct ditto_cursor cur;
	struct ditto_span span;
	unsigned int cuts, n, i;
	size_t off, len, at;
	u8 out[N];

	for (cuts = 0; cuts < 1u << (N - 1); cuts += 7) {
		n = cut(message, N, cuts, segs);
		for (off = 0; off < N; off++) {
			for (len = 0; off + len <= N; len++) {
				size_t skip;

				ditto_cursor_init(&cur, segs, N);
				ditto_cursor_skip(&cur, off);
				CHECK(ditto_cursor_span(&cur, len, &span));
				CHECK_EQ(ditto_cursor_left(&cur), N - off - len);
				at = 0;
				skip = span.offset;
				for (i = 0; i < span.nr_segs; i++) {
					size_t k = span.seg[i].iov_len - skip;

					if (k > len - at)
						k = len - at;
					if (k)
						memcpy(out + at, (u8 *)span.seg[i].iov_base + skip, k);
					at += k;
					skip = 0;
				}
				CHECK_EQ(at, len);
				CHECK_MEM(out, message + off, len);
			}
		}
		release(segs, n);
	}
}

TEST(a_bool_is_zero_or_one)
{
	u8 two[4] = { 0, 0, 0, 2 };
	struct kvec seg = { two, 4 };
	struct ditto_cursor cur;

	ditto_cursor_init(&cur, &seg, 4);
	CHECK(!xdr_get_bool(&cur));
	CHECK(!ditto_cursor_ok(&cur));
}

TEST(an_empty_message_has_nothing)
{
	struct ditto_cursor cur;
	u8 scratch[1];

	ditto_cursor_init(&cur, NULL, 0);
	CHECK_EQ(ditto_cursor_left(&cur), 0);
	CHECK(ditto_cursor_bytes(&cur, 0, scratch) == scratch);
	CHECK_EQ(ditto_cursor_be32(&cur), 0);
	CHECK(!ditto_cursor_ok(&cur));
}
