// SPDX-License-Identifier: GPL-2.0-only
/*
 * MOUNT on the wire: paths and their one form, results, lists that do not fit.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c nfs/mount_xdr.c
 */
#include <linux/errno.h>
#include "nfs/mount_xdr.h"
#include "nfs_wire.h"

static bool d_path(struct ditto_cursor *cur, void *args)
{
	return mount_get_path(cur, args);
}

static void check_path(const void *args)
{
	const struct mount_path *path = args;

	CHECK(!path->too_long);
	CHECK_EQ(path->len, 9);
	CHECK_STR(path->bytes, "/demo/sub");
}

TEST(path)
{
	struct wire w = {};

	wire_str(&w, "/demo/sub");
	wire_check_args(&w, d_path, sizeof(struct mount_path), check_path);
}

TEST(path_length)
{
	static const u32 lens[] = { 0, 1, 1023, 1024, 1025, 1028, 5000 };
	struct mount_path path;
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		w.len = 0;
		wire_run(&w, 'p', lens[i]);
		CHECK(wire_decode_split(&w, 333, d_path, &path, NULL));
		CHECK_EQ(path.too_long, lens[i] > 1024);
		CHECK_EQ(path.len, lens[i] > 1024 ? 0 : lens[i]);
		CHECK_EQ(mount_path_clean(&path), lens[i] > 1024 ? -ENAMETOOLONG : 0);
	}
	for (i = 0; i < 3; i++) {
		w.len = 0;
		wire_u32(&w, 0xfffffffd + i);
		wire_u64(&w, 0);
		CHECK(wire_refused(&w, d_path, sizeof(path)));
	}
}

static int clean(struct mount_path *path, const char *from, u32 len)
{
	memset(path, 0xee, sizeof(*path));
	path->too_long = false;
	path->len = len;
	memcpy(path->bytes, from, len);
	path->bytes[len] = '\0';
	return mount_path_clean(path);
}

TEST(one_form_of_a_path)
{
	static const char *const cases[][2] = {
		{ "/demo", "demo" }, { "demo", "demo" }, { "/demo/", "demo" },
		{ "//demo//sub///", "demo/sub" }, { "/", "" }, { "", "" }, { "////", "" },
		{ "/./demo/.", "demo" }, { "/demo/./sub", "demo/sub" }, { ".", "" },
		{ "/demo/.../x", "demo/.../x" }, { "/demo/.hidden", "demo/.hidden" },
		{ "/demo/..sub", "demo/..sub" }, { "/a b/c", "a b/c" },
	};
	struct mount_path path;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_EQ(clean(&path, cases[i][0], strlen(cases[i][0])), 0);
		CHECK_STR(path.bytes, cases[i][1]);
		CHECK_EQ(path.len, strlen(cases[i][1]));
	}
}

TEST(paths_that_are_refused)
{
	struct mount_path path;

	CHECK_EQ(clean(&path, "/demo/..", 8), -EACCES);
	CHECK_EQ(clean(&path, "/demo/../etc", 12), -EACCES);
	CHECK_EQ(clean(&path, "..", 2), -EACCES);
	CHECK_EQ(clean(&path, "/../demo", 8), -EACCES);
	CHECK_EQ(clean(&path, "/demo\0/x", 8), -EINVAL);
}

/* RFC 1813 5.1.5 has ten statuses and no others. */
TEST(every_error_has_a_status)
{
	static const u32 known[] = { 1, 2, 5, 13, 20, 22, 63, 10004, 10006 };
	unsigned int i;
	int err;

	CHECK_EQ(mount_stat_of(0), MNT3_OK);
	for (err = 1; err < 4200; err++) {
		u32 stat = mount_stat_of(-err);

		for (i = 0; i < 9 && known[i] != stat; i++)
			;
		if (!CHECK(i < 9))
			printf("# errno %d: %u\n", err, stat);
	}
	CHECK_EQ(mount_stat_of(-EACCES), MNT3ERR_ACCES);
	CHECK_EQ(mount_stat_of(-ENOENT), MNT3ERR_NOENT);
	CHECK_EQ(mount_stat_of(-ENOTDIR), MNT3ERR_NOTDIR);
	CHECK_EQ(mount_stat_of(-ENAMETOOLONG), MNT3ERR_NAMETOOLONG);
	CHECK_EQ(mount_stat_of(-EPROTO), MNT3ERR_SERVERFAULT);
}

TEST(put_ok)
{
	static const u32 flavors[] = { 1, 390003, 0 };
	struct wire_out out;
	struct wire want = {};

	wire_out_init(&out, 4096);
	mount_put_ok(&out.enc, (const u8 *)"handle", 6, flavors, 3);
	wire_u32(&want, 0);
	wire_str(&want, "handle");
	wire_u32(&want, 3);
	wire_u32(&want, 1);
	wire_u32(&want, 390003);
	wire_u32(&want, 0);
	wire_out_check(&out, &want);
}

TEST(put_dump)
{
	struct wire_out out;
	struct wire want = {};

	wire_out_init(&out, 4096);
	CHECK(mount_put_entry(&out.enc, "10.1.2.3", "demo/sub and rest", 8));
	CHECK(mount_put_entry(&out.enc, "2001:db8::1", "x", 1));
	mount_put_list_end(&out.enc);
	wire_u32(&want, 1);
	wire_str(&want, "10.1.2.3");
	wire_str(&want, "/demo/sub");
	wire_u32(&want, 1);
	wire_str(&want, "2001:db8::1");
	wire_str(&want, "/x");
	wire_u32(&want, 0);
	wire_out_check(&out, &want);
}

TEST(put_exports)
{
	struct wire_out out;
	struct wire want = {};

	wire_out_init(&out, 4096);
	CHECK(mount_put_export(&out.enc, "demo"));
	CHECK(mount_put_group(&out.enc, "10.0.0.0/8"));
	CHECK(mount_put_group(&out.enc, "*"));
	mount_put_list_end(&out.enc);
	CHECK(mount_put_export(&out.enc, "a/b"));
	mount_put_list_end(&out.enc);
	mount_put_list_end(&out.enc);
	wire_u32(&want, 1);
	wire_str(&want, "/demo");
	wire_u32(&want, 1);
	wire_str(&want, "10.0.0.0/8");
	wire_u32(&want, 1);
	wire_str(&want, "*");
	wire_u32(&want, 0);
	wire_u32(&want, 1);
	wire_str(&want, "/a/b");
	wire_u32(&want, 0);
	wire_u32(&want, 0);
	wire_out_check(&out, &want);
}

/* Reads the exports back; false if they are malformed. */
static bool read_exports(const struct wire *w, unsigned int *nr)
{
	struct kvec seg = { .iov_base = (void *)w->data, .iov_len = w->len };
	struct ditto_cursor cur;
	u8 scratch[1024];
	u32 len;

	*nr = 0;
	ditto_cursor_init(&cur, &seg, w->len);
	while (xdr_get_bool(&cur)) {
		xdr_get_opaque(&cur, 1024, &len, scratch);
		while (xdr_get_bool(&cur))
			xdr_get_opaque(&cur, 255, &len, scratch);
		++*nr;
	}
	return ditto_cursor_ok(&cur) && !ditto_cursor_left(&cur);
}

/* However little room there is: what is sent is a list, as long as it can be. */
TEST(lists_that_do_not_fit_end_well)
{
	unsigned int i, nr, last = 0;
	struct wire_out out;
	struct wire flat;
	u32 limit;

	for (limit = 12; limit < 800; limit += 4) {
		wire_out_init(&out, limit);
		for (i = 0; i < 10; i++) {
			if (!mount_put_export(&out.enc, "some-export"))
				break;
			if (mount_put_group(&out.enc, "192.168.0.0/16"))
				mount_put_group(&out.enc, "*");
			mount_put_list_end(&out.enc);
		}
		mount_put_list_end(&out.enc);
		CHECK(ditto_encoder_ok(&out.enc));
		wire_out_flat(&out, &flat);
		CHECK(read_exports(&flat, &nr));
		CHECK(nr >= last && nr <= 10);
		last = nr;
	}
	CHECK_EQ(last, 10);
}

/* A chunk that cannot be had is no room either. */
TEST(dump_without_memory_ends_well)
{
	struct wire_out out;
	struct wire flat;
	int n = 0;

	wire_out_init(&out, 1 << 20);
	out.max = 0;
	while (mount_put_entry(&out.enc, "host", "dir", 3))
		n++;
	CHECK_EQ(n, 3);
	mount_put_list_end(&out.enc);
	wire_out_flat(&out, &flat);
	CHECK_EQ(flat.len, 3 * 20 + 4);
}
