// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wire cursor: whatever a decoder asks of it and however the message is
 * cut, it never reads outside, gives the same bytes as the message in one
 * piece, and stays bad once it is.
 *
 * Uses: base/cursor.c
 */
#include "base/cursor.h"
#include "fuzz.h"

/* One step of a decoder; @data and @done are the message in one piece. */
static void step(struct ditto_cursor *cur, const u8 *data, size_t *done, u8 op)
{
	size_t want = (op >> 2) + 1, had = ditto_cursor_left(cur);
	bool fits = ditto_cursor_ok(cur) && want <= had;
	struct ditto_span span;
	u8 buf[64];
	const u8 *p;
	u32 v;

	switch (op & 3) {
	case 0:
		fits = ditto_cursor_ok(cur) && had >= (want = 4);
		v = ditto_cursor_be32(cur);
		FUZZ_CHECK(v == (fits ? get_unaligned_be32(data + *done) : 0));
		break;
	case 1:
		FUZZ_CHECK(ditto_cursor_copy(cur, buf, want) == fits);
		FUZZ_CHECK(!fits || !memcmp(buf, data + *done, want));
		break;
	case 2:
		p = ditto_cursor_bytes(cur, want, buf);
		FUZZ_CHECK(!p == !fits);
		FUZZ_CHECK(!p || !memcmp(p, data + *done, want));
		break;
	case 3:
		FUZZ_CHECK(ditto_cursor_span(cur, want, &span) == fits);
		FUZZ_CHECK(!fits || span.len == want);
		break;
	}
	FUZZ_CHECK(ditto_cursor_ok(cur) == fits);
	if (fits)
		*done += want;
}

static void fuzz_one(const u8 *data, size_t len)
{
	struct fuzz_segs segs;
	struct ditto_cursor cur;
	size_t done = 0, i;

	if (len < 4)
		return;
	fuzz_segs_cut(&segs, data, len, get_unaligned_be32(data));
	ditto_cursor_init(&cur, segs.vec, len);
	/* The message itself says what is done to it. */
	for (i = 0; i < len; i++)
		step(&cur, data, &done, data[i]);
	fuzz_segs_free(&segs);
}
