// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wire handles: one file, one handle, one form.
 *
 * Uses: vfs/handle.c
 */
#include "vfs/handle.h"
#include "tap.h"

static const u8 fid[DITTO_HANDLE_FID_MAX] = {
	0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
};

static struct ditto_handle_parts parts_of(u8 type, u8 fid_len, bool mac)
{
	return (struct ditto_handle_parts){
		.export = 0x01020304, .fs = 0xa0b0c0d0, .type = type,
		.fid_len = fid_len, .fid = fid, .has_mac = mac,
	};
}

TEST(a_handle_has_the_layout_that_is_written_down)
{
	static const u8 want[] = {
		1, 1, 0x81, 8, 1, 2, 3, 4, 0xa0, 0xb0, 0xc0, 0xd0,
		0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4,
		0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
	};
	struct ditto_handle_parts parts = parts_of(0x81, 8, true);
	struct ditto_handle handle;

	CHECK(ditto_handle_build(&handle, &parts));
	ditto_handle_set_mac(&handle, 0x1122334455667788ULL);
	CHECK_EQ(handle.len, sizeof(want));
	CHECK_MEM(handle.raw, want, sizeof(want));
}

TEST(what_is_built_parses_to_the_same)
{
	struct ditto_handle_parts in, out;
	struct ditto_handle handle;
	int len, mac;

	for (len = 0; len <= DITTO_HANDLE_FID_MAX; len += 4) {
		for (mac = 0; mac < 2; mac++) {
			in = parts_of(len ? 7 : DITTO_FID_ROOT, len, mac);
			CHECK(ditto_handle_build(&handle, &in));
			if (mac)
				ditto_handle_set_mac(&handle, 42);
			CHECK(ditto_handle_parse(&handle, &out));
			CHECK_EQ(out.export, in.export);
			CHECK_EQ(out.fs, in.fs);
			CHECK_EQ(out.type, in.type);
			CHECK_EQ(out.fid_len, len);
			CHECK_MEM(out.fid, fid, len);
			CHECK_EQ(out.has_mac, mac);
			CHECK_EQ(out.mac, mac ? 42 : 0);
		}
	}
	CHECK_EQ(handle.len, DITTO_HANDLE_MAX);
}

TEST(a_file_identifier_may_lie_at_its_place_already)
{
	struct ditto_handle_parts parts = parts_of(1, 12, false);
	struct ditto_handle handle;

	memcpy(handle.raw + DITTO_HANDLE_FIXED, fid, 12);
	parts.fid = handle.raw + DITTO_HANDLE_FIXED;
	CHECK(ditto_handle_build(&handle, &parts));
	CHECK_MEM(handle.raw + DITTO_HANDLE_FIXED, fid, 12);
}

TEST(identifiers_no_handle_can_carry_are_refused)
{
	static const struct {
		u8 type, len;
	} bad[] = {
		{ DITTO_FID_ROOT, 4 }, { 1, 0 }, { 1, 3 }, { 1, 46 }, { 1, 48 },
		{ DITTO_FID_INVALID, 8 }, { 1, 252 },
	};
	struct ditto_handle_parts parts;
	struct ditto_handle handle;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		parts = parts_of(bad[i].type, bad[i].len, false);
		CHECK(!ditto_handle_build(&handle, &parts));
	}
}

TEST(lengths_no_handle_has_are_refused_when_loaded)
{
	u8 raw[DITTO_HANDLE_MAX + 8] = { };
	struct ditto_handle handle;
	size_t len;

	for (len = 0; len <= sizeof(raw); len++)
		CHECK_EQ(ditto_handle_load(&handle, raw, len),
			 len >= 12 && len <= 64 && len % 4 == 0);
}

TEST(every_change_of_the_first_four_bytes_is_refused)
{
	struct ditto_handle_parts parts = parts_of(5, 8, true), out;
	struct ditto_handle good, handle;
	unsigned int byte, value;

	CHECK(ditto_handle_build(&good, &parts));
	for (byte = 0; byte < 4; byte++) {
		for (value = 0; value < 256; value++) {
			handle = good;
			handle.raw[byte] = value;
			/* Of types, only the two that are not any file system's. */
			if (byte == 2)
				CHECK_EQ(ditto_handle_parse(&handle, &out),
					 value != DITTO_FID_ROOT && value != DITTO_FID_INVALID);
			else
				CHECK_EQ(ditto_handle_parse(&handle, &out),
					 value == good.raw[byte]);
		}
	}
}

TEST(a_handle_cut_short_or_made_longer_is_refused)
{
	struct ditto_handle_parts parts = parts_of(5, 8, false), out;
	struct ditto_handle handle;

	CHECK(ditto_handle_build(&handle, &parts));
	memset(handle.raw + handle.len, 0, sizeof(handle.raw) - handle.len);
	handle.len += 4;
	CHECK(!ditto_handle_parse(&handle, &out));
	handle.len -= 8;
	CHECK(!ditto_handle_parse(&handle, &out));
	handle.len = 8;
	CHECK(!ditto_handle_parse(&handle, &out));
}
