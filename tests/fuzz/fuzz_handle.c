// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wire handles: whatever bytes a client sends, nothing outside them is read,
 * and bytes that are a handle are the only form of what is in it.
 *
 * Uses: vfs/handle.c
 */
#include "vfs/handle.h"
#include "fuzz.h"

static void fuzz_one(const u8 *data, size_t len)
{
	struct ditto_handle handle, again;
	struct ditto_handle_parts parts;

	if (!ditto_handle_load(&handle, data, len))
		return;
	FUZZ_CHECK(handle.len == len && !memcmp(handle.raw, data, len));
	if (!ditto_handle_parse(&handle, &parts))
		return;
	FUZZ_CHECK(parts.fid >= handle.raw && parts.fid + parts.fid_len <= handle.raw + len);
	FUZZ_CHECK(ditto_handle_build(&again, &parts));
	if (parts.has_mac)
		ditto_handle_set_mac(&again, parts.mac);
	FUZZ_CHECK(again.len == handle.len && !memcmp(again.raw, handle.raw, len));
}
