// SPDX-License-Identifier: GPL-2.0-only
/*
 * NFS version 3 on the wire: the parts of results, byte by byte.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c nfs/nfs3_xdr.c
 */
#include "nfs/nfs3_xdr.h"
#include "nfs_wire.h"

static const u8 FH[28] = "a handle of 28 bytes, no NUL";

static const struct nfs3_fattr FATTR = {
	.type = NF3BLK, .mode = 0640, .nlink = 3, .uid = 0xfffffffe, .gid = 5,
	.size = 0x0102030405060708ULL, .used = 0x1112131415161718ULL,
	.major = 8, .minor = 17, .fsid = 0x2122232425262728ULL,
	.fileid = 0x3132333435363738ULL,
	.atime = { 1, 2 }, .mtime = { 3, 4 }, .ctime = { 5, 6 },
};

/* fattr3 as RFC 1813 2.5 has it. */
static void want_fattr(struct wire *w)
{
	u32 i;

	wire_u32(w, 3);
	wire_u32(w, 0640);
	wire_u32(w, 3);
	wire_u32(w, 0xfffffffe);
	wire_u32(w, 5);
	wire_u64(w, 0x0102030405060708ULL);
	wire_u64(w, 0x1112131415161718ULL);
	wire_u32(w, 8);
	wire_u32(w, 17);
	wire_u64(w, 0x2122232425262728ULL);
	wire_u64(w, 0x3132333435363738ULL);
	for (i = 1; i <= 6; i++)
		wire_u32(w, i);
}

TEST(put_fattr_and_post_op_attr)
{
	struct wire_out out;
	struct wire want = {};

	wire_out_init(&out, 4096);
	nfs3_put_fattr(&out.enc, &FATTR);
	CHECK_EQ(ditto_encoder_len(&out.enc), NFS3_FATTR_LEN);
	nfs3_put_post_op_attr(&out.enc, &FATTR);
	CHECK_EQ(ditto_encoder_len(&out.enc), NFS3_FATTR_LEN + NFS3_POST_OP_ATTR_LEN);
	nfs3_put_post_op_attr(&out.enc, NULL);

	want_fattr(&want);
	wire_u32(&want, 1);
	want_fattr(&want);
	wire_u32(&want, 0);
	wire_out_check(&out, &want);
}

TEST(put_wcc)
{
	static const struct nfs3_wcc_attr before = { 0x4142434445464748ULL, { 7, 8 }, { 9, 10 } };
	struct wire_out out;
	struct wire want = {};
	u32 i;

	wire_out_init(&out, 4096);
	nfs3_put_wcc(&out.enc, &before, &FATTR);
	nfs3_put_wcc(&out.enc, NULL, &FATTR);
	nfs3_put_wcc(&out.enc, NULL, NULL);

	wire_u32(&want, 1);
	wire_u64(&want, 0x4142434445464748ULL);
	for (i = 7; i <= 10; i++)
		wire_u32(&want, i);
	wire_u32(&want, 1);
	want_fattr(&want);
	wire_u32(&want, 0);
	wire_u32(&want, 1);
	want_fattr(&want);
	wire_u64(&want, 0);
	wire_out_check(&out, &want);
}

TEST(put_post_op_fh)
{
	struct wire_out out;
	struct wire want = {};

	wire_out_init(&out, 4096);
	nfs3_put_post_op_fh(&out.enc, FH, 27);
	nfs3_put_post_op_fh(&out.enc, NULL, 0);
	wire_u32(&want, 1);
	wire_opaque(&want, FH, 27);
	wire_u32(&want, 0);
	wire_out_check(&out, &want);
}

TEST(put_file_system_results)
{
	static const struct nfs3_fsstat st = { 1, 2, 3, 4, 5, 6, 7 };
	static const struct nfs3_fsinfo info = { 1, 2, 3, 4, 5, 6, 7, 8, { 9, 10 }, 0x1b };
	static const struct nfs3_pathconf conf = { 32000, 255, true, true, false, true };
	struct wire_out out;
	struct wire want = {};
	u32 i;

	wire_out_init(&out, 4096);
	nfs3_put_fsstat(&out.enc, &st);
	nfs3_put_fsinfo(&out.enc, &info);
	nfs3_put_pathconf(&out.enc, &conf);

	for (i = 1; i <= 6; i++)
		wire_u64(&want, i);
	wire_u32(&want, 7);
	for (i = 1; i <= 7; i++)
		wire_u32(&want, i);
	wire_u64(&want, 8);
	wire_u32(&want, 9);
	wire_u32(&want, 10);
	wire_u32(&want, 0x1b);
	wire_u32(&want, 32000);
	wire_u32(&want, 255);
	wire_u32(&want, 1);
	wire_u32(&want, 1);
	wire_u32(&want, 0);
	wire_u32(&want, 1);
	wire_out_check(&out, &want);
}

TEST(put_entries)
{
	struct nfs3_entry entry = {
		.fileid = 0x1234, .name = "name!", .len = 5, .cookie = 0x5678,
	};
	struct wire_out out;
	struct wire want = {};

	wire_out_init(&out, 4096);
	nfs3_put_entry(&out.enc, &entry);
	nfs3_put_entryplus(&out.enc, &entry);
	entry.attr = &FATTR;
	entry.fh = FH;
	entry.fh_len = sizeof(FH);
	nfs3_put_entryplus(&out.enc, &entry);
	nfs3_put_dir_end(&out.enc, true);

	wire_u32(&want, 1);
	wire_u64(&want, 0x1234);
	wire_str(&want, "name!");
	wire_u64(&want, 0x5678);
	wire_u32(&want, 1);
	wire_u64(&want, 0x1234);
	wire_str(&want, "name!");
	wire_u64(&want, 0x5678);
	wire_u64(&want, 0);
	wire_u32(&want, 1);
	wire_u64(&want, 0x1234);
	wire_str(&want, "name!");
	wire_u64(&want, 0x5678);
	wire_u32(&want, 1);
	want_fattr(&want);
	wire_u32(&want, 1);
	wire_opaque(&want, FH, sizeof(FH));
	wire_u32(&want, 0);
	wire_u32(&want, 1);
	wire_out_check(&out, &want);
}

/* The lengths that READDIR counts with are those that are written. */
TEST(entry_lengths)
{
	static const char name[256] = { [0 ... 254] = 'n' };
	struct nfs3_entry entry = { .name = name };
	struct wire_out out;
	struct wire flat;
	int mask;

	for (entry.len = 0; entry.len <= 255; entry.len++)
		for (mask = 0; mask < 4; mask++) {
			entry.attr = mask & 1 ? &FATTR : NULL;
			entry.fh = mask & 2 ? FH : NULL;
			entry.fh_len = mask & 2 ? entry.len % 28 + 1 : 0;
			wire_out_init(&out, 4096);
			nfs3_put_entryplus(&out.enc, &entry);
			CHECK_EQ(ditto_encoder_len(&out.enc), nfs3_entryplus_len(&entry));
			wire_out_flat(&out, &flat);
			wire_out_init(&out, 4096);
			nfs3_put_entry(&out.enc, &entry);
			CHECK_EQ(ditto_encoder_len(&out.enc), nfs3_entry_len(&entry));
			wire_out_flat(&out, &flat);
		}
}

/* Without room nothing is written, and the encoder says so. */
TEST(no_room)
{
	struct wire_out out;
	u32 limit;

	for (limit = 0; limit < NFS3_POST_OP_ATTR_LEN + 28; limit++) {
		struct nfs3_wcc_attr before = {};

		wire_out_init(&out, limit);
		nfs3_put_wcc(&out.enc, &before, &FATTR);
		CHECK_EQ(ditto_encoder_ok(&out.enc), false);
		while (out.nr)
			free(out.chunks[--out.nr]);
	}
}
