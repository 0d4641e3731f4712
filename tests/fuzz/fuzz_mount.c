// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paths of MOUNT: whatever comes and however it is cut, the decoder stays inside
 * the message, and a path that is accepted has one form: no slash at either end, none
 * twice, nothing in it that goes nowhere or up.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c nfs/mount_xdr.c
 */
#include "nfs/mount_xdr.h"
#include "fuzz.h"

static void check_form(const struct mount_path *path)
{
	const char *p = path->bytes;
	size_t n;

	FUZZ_CHECK(path->len <= MOUNT_PATH_MAX);
	FUZZ_CHECK(strlen(p) == path->len);
	while (*p) {
		n = strcspn(p, "/");
		FUZZ_CHECK(n);
		FUZZ_CHECK(!(n == 1 && p[0] == '.'));
		FUZZ_CHECK(!(n == 2 && p[0] == '.' && p[1] == '.'));
		p += n;
		if (*p)
			FUZZ_CHECK(*++p);
	}
}

static void fuzz_one(const u8 *data, size_t len)
{
	struct mount_path *path, *again;
	struct fuzz_segs segs;
	struct ditto_cursor cur;

	if (len < 4)
		return;
	fuzz_segs_cut(&segs, data + 4, len - 4, get_unaligned_be32(data));
	path = malloc(sizeof(*path));
	again = malloc(sizeof(*again));

	ditto_cursor_init(&cur, segs.vec, len - 4);
	if (mount_get_path(&cur, path)) {
		FUZZ_CHECK(path->too_long || path->len <= len - 8);
		if (!mount_path_clean(path)) {
			check_form(path);
			*again = *path;
			FUZZ_CHECK(!mount_path_clean(again));
			FUZZ_CHECK(!strcmp(again->bytes, path->bytes));
		}
	}
	free(again);
	free(path);
	fuzz_segs_free(&segs);
}
