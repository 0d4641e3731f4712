// SPDX-License-Identifier: GPL-2.0-only
/*
 * NFS version 3 on the wire: the arguments of every procedure whole, in pieces,
 * cut short after every byte and with fields out of range.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c nfs/nfs3_xdr.c
 */
#include "nfs/nfs3_xdr.h"
#include "nfs_wire.h"

static const u8 FH[28] = "a handle of 28 bytes, no NUL";
static const u8 FH2[64] = "another one that has the full 64 bytes a handle may be long.....";

#define DECODE(fn, type)							\
static bool d_##fn(struct ditto_cursor *cur, void *args)			\
{										\
	return nfs3_get_##fn(cur, (type *)args);				\
}

DECODE(fh_args, struct nfs3_fh_args)
DECODE(setattr, struct nfs3_setattr_args)
DECODE(dirop, struct nfs3_dirop)
DECODE(access, struct nfs3_access_args)
DECODE(range, struct nfs3_range_args)
DECODE(create, struct nfs3_create_args)
DECODE(mkdir, struct nfs3_mkdir_args)
DECODE(symlink, struct nfs3_symlink_args)
DECODE(mknod, struct nfs3_mknod_args)
DECODE(rename, struct nfs3_rename_args)
DECODE(link, struct nfs3_link_args)
DECODE(readdir, struct nfs3_readdir_args)
DECODE(readdirplus, struct nfs3_readdir_args)

static u32 write_max = 1 << 20;

static bool d_write(struct ditto_cursor *cur, void *args)
{
	return nfs3_get_write(cur, args, write_max);
}

static void put_fh(struct wire *w)
{
	wire_opaque(w, FH, sizeof(FH));
}

static void put_dirop(struct wire *w, const char *name)
{
	put_fh(w);
	wire_str(w, name);
}

/* All there is to set, times given by the client. */
static void put_sattr(struct wire *w)
{
	wire_u32(w, 1);
	wire_u32(w, 04755);
	wire_u32(w, 1);
	wire_u32(w, 1000);
	wire_u32(w, 1);
	wire_u32(w, 100);
	wire_u32(w, 1);
	wire_u64(w, 0x123456789aULL);
	wire_u32(w, 2);
	wire_u32(w, 0xfffffffe);
	wire_u32(w, 999999999);
	wire_u32(w, 2);
	wire_u32(w, 7);
	wire_u32(w, 8);
}

static void put_sattr_none(struct wire *w)
{
	int i;

	for (i = 0; i < 6; i++)
		wire_u32(w, 0);
}

static void check_fh(const struct nfs3_fh *fh)
{
	if (CHECK_EQ(fh->len, sizeof(FH)))
		CHECK_MEM(fh->data, FH, sizeof(FH));
}

static void check_name(const struct nfs3_name *name, const char *want)
{
	if (CHECK_EQ(name->len, strlen(want)) && CHECK(name->bytes))
		CHECK_MEM(name->bytes, want, name->len);
}

static void check_sattr(const struct nfs3_sattr *attr)
{
	CHECK_EQ(attr->set, NFS3_SET_MODE | NFS3_SET_UID | NFS3_SET_GID | NFS3_SET_SIZE |
		 NFS3_SET_ATIME | NFS3_SET_MTIME);
	CHECK_EQ(attr->mode, 04755);
	CHECK_EQ(attr->uid, 1000);
	CHECK_EQ(attr->gid, 100);
	CHECK_EQ(attr->size, 0x123456789aULL);
	CHECK_EQ(attr->atime.sec, 0xfffffffe);
	CHECK_EQ(attr->atime.nsec, 999999999);
	CHECK_EQ(attr->mtime.sec, 7);
	CHECK_EQ(attr->mtime.nsec, 8);
}

/* ---- handles and names ---- */

static void check_fh_args(const void *args)
{
	check_fh(&((const struct nfs3_fh_args *)args)->fh);
}

TEST(getattr_readlink_fsstat_fsinfo_pathconf)
{
	struct wire w = {};

	put_fh(&w);
	wire_check_args(&w, d_fh_args, sizeof(struct nfs3_fh_args), check_fh_args);
}

TEST(handle_length)
{
	struct nfs3_fh_args args;
	struct wire w = {};

	wire_opaque(&w, FH2, 64);
	CHECK(wire_decode_cut(&w, w.len, d_fh_args, &args, NULL));
	CHECK_EQ(args.fh.len, 64);

	w.len = 0;
	wire_run(&w, 'x', 65);
	CHECK(wire_refused(&w, d_fh_args, sizeof(args)));

	/* a handle that is none is for the procedure to refuse */
	w.len = 0;
	wire_u32(&w, 0);
	CHECK(wire_decode_cut(&w, w.len, d_fh_args, &args, NULL));
	CHECK_EQ(args.fh.len, 0);

	w.len = 0;
	wire_u32(&w, 0xffffffff);
	wire_raw(&w, FH2, 64);
	CHECK(wire_refused(&w, d_fh_args, sizeof(args)));
}

static void check_lookup(const void *args)
{
	const struct nfs3_dirop *dirop = args;

	check_fh(&dirop->dir);
	check_name(&dirop->name, "file");
}

TEST(lookup_remove_rmdir)
{
	struct wire w = {};

	put_dirop(&w, "file");
	wire_check_args(&w, d_dirop, sizeof(struct nfs3_dirop), check_lookup);
}

TEST(name_length)
{
	static const u32 lens[] = { 0, 1, 3, 4, 5, 254, 255 };
	struct nfs3_dirop args;
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		w.len = 0;
		put_fh(&w);
		wire_run(&w, 'n', lens[i]);
		CHECK(wire_decode_cut(&w, w.len, d_dirop, &args, NULL));
		CHECK_EQ(args.name.len, lens[i]);
		CHECK(wire_decode_split(&w, 7, d_dirop, &args, NULL));
		CHECK_EQ(args.name.len, lens[i]);
	}
}

/* They have their own status, so they decode, and what follows them decodes too. */
TEST(name_too_long)
{
	static const u32 lens[] = { 256, 257, 1024, 4096, 5001 };
	struct nfs3_rename_args args;
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		w.len = 0;
		put_fh(&w);
		wire_run(&w, 'n', lens[i]);
		put_dirop(&w, "to");
		CHECK(wire_decode_split(&w, 100, d_rename, &args, NULL));
		CHECK(!args.from.name.bytes);
		CHECK_EQ(args.from.name.len, lens[i]);
		CHECK_EQ(args.to.name.len, 2);
		CHECK(!wire_decode_cut(&w, 32 + 4 + lens[i], d_rename, &args, NULL));
	}
}

/* A length that is not there must not wrap around. */
TEST(name_length_beyond_the_message)
{
	static const u32 lens[] = { 9, 256, 0x7fffffff, 0xfffffffc, 0xfffffffd, 0xffffffff };
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		w.len = 0;
		put_fh(&w);
		wire_u32(&w, lens[i]);
		wire_u64(&w, 0);
		CHECK(wire_refused(&w, d_dirop, sizeof(struct nfs3_dirop)));
	}
}

static void check_rename(const void *p)
{
	const struct nfs3_rename_args *args = p;

	check_fh(&args->from.dir);
	check_name(&args->from.name, "from here");
	CHECK_EQ(args->to.dir.len, 64);
	CHECK_MEM(args->to.dir.data, FH2, 64);
	check_name(&args->to.name, "to");
}

TEST(args_of_rename)
{
	struct wire w = {};

	put_dirop(&w, "from here");
	wire_opaque(&w, FH2, 64);
	wire_str(&w, "to");
	wire_check_args(&w, d_rename, sizeof(struct nfs3_rename_args), check_rename);
}

static void check_link(const void *p)
{
	const struct nfs3_link_args *args = p;

	CHECK_EQ(args->fh.len, 64);
	check_fh(&args->link.dir);
	check_name(&args->link.name, "l");
}

TEST(args_of_link)
{
	struct wire w = {};

	wire_opaque(&w, FH2, 64);
	put_dirop(&w, "l");
	wire_check_args(&w, d_link, sizeof(struct nfs3_link_args), check_link);
}

/* ---- attributes ---- */

static void check_setattr(const void *p)
{
	const struct nfs3_setattr_args *args = p;

	check_fh(&args->fh);
	check_sattr(&args->attr);
	CHECK(args->guarded);
	CHECK_EQ(args->guard.sec, 5);
	CHECK_EQ(args->guard.nsec, 6);
}

TEST(args_of_setattr)
{
	struct wire w = {};

	put_fh(&w);
	put_sattr(&w);
	wire_u32(&w, 1);
	wire_u32(&w, 5);
	wire_u32(&w, 6);
	wire_check_args(&w, d_setattr, sizeof(struct nfs3_setattr_args), check_setattr);
}

static void check_setattr_none(const void *p)
{
	const struct nfs3_setattr_args *args = p;

	CHECK_EQ(args->attr.set, 0);
	CHECK(!args->guarded);
}

TEST(setattr_of_nothing)
{
	struct wire w = {};

	put_fh(&w);
	put_sattr_none(&w);
	wire_u32(&w, 0);
	wire_check_args(&w, d_setattr, sizeof(struct nfs3_setattr_args), check_setattr_none);
}

TEST(setattr_each_alone)
{
	static const u32 bits[6][3] = {
		{ 0, NFS3_SET_MODE, 1 }, { 0, NFS3_SET_UID, 1 }, { 0, NFS3_SET_GID, 1 },
		{ 0, NFS3_SET_SIZE, 2 },
		{ NFS3_SET_ATIME_NOW, NFS3_SET_ATIME, 2 },
		{ NFS3_SET_MTIME_NOW, NFS3_SET_MTIME, 2 },
	};
	struct nfs3_setattr_args args;
	unsigned int i, how, k;
	struct wire w = {};

	for (i = 0; i < 6; i++)
		for (how = 1; how < 4; how++) {
			bool given = i < 4 ? how == 1 : how == 2;
			bool good = given || (i >= 4 && how == 1);

			w.len = 0;
			put_fh(&w);
			for (k = 0; k < i; k++)
				wire_u32(&w, 0);
			wire_u32(&w, how);
			for (k = 0; given && k < bits[i][2]; k++)
				wire_u32(&w, 1);
			for (k = i + 1; k < 6; k++)
				wire_u32(&w, 0);
			wire_u32(&w, 0);
			CHECK_EQ(wire_decode_cut(&w, w.len, d_setattr, &args, NULL), good);
			if (good)
				CHECK_EQ(args.attr.set, given ? bits[i][1] : bits[i][0]);
		}
}

TEST(setattr_guard_is_a_bool)
{
	struct wire w = {};

	put_fh(&w);
	put_sattr_none(&w);
	wire_u32(&w, 2);
	wire_u64(&w, 0);
	CHECK(wire_refused(&w, d_setattr, sizeof(struct nfs3_setattr_args)));
}

static void check_access(const void *p)
{
	const struct nfs3_access_args *args = p;

	check_fh(&args->fh);
	CHECK_EQ(args->access, 0x8000003f);
}

TEST(args_of_access)
{
	struct wire w = {};

	put_fh(&w);
	wire_u32(&w, 0x8000003f);
	wire_check_args(&w, d_access, sizeof(struct nfs3_access_args), check_access);
}

/* ---- data ---- */

static void check_range(const void *p)
{
	const struct nfs3_range_args *args = p;

	check_fh(&args->fh);
	CHECK_EQ(args->offset, 0xfffffffffffffff0ULL);
	CHECK_EQ(args->count, 0xffffffff);
}

TEST(read_commit)
{
	struct wire w = {};

	put_fh(&w);
	wire_u64(&w, 0xfffffffffffffff0ULL);
	wire_u32(&w, 0xffffffff);
	wire_check_args(&w, d_range, sizeof(struct nfs3_range_args), check_range);
}

static void put_write(struct wire *w, u32 count, u32 stable, const void *data, u32 len)
{
	put_fh(w);
	wire_u64(w, 1ULL << 40);
	wire_u32(w, count);
	wire_u32(w, stable);
	wire_opaque(w, data, len);
}

/* The span's bytes, wherever they lie. */
static void check_span(const struct ditto_span *span, const void *want, u32 len)
{
	const struct kvec *seg = span->seg;
	size_t offset = span->offset, left = len;
	unsigned int segs = 0;
	const u8 *p = want;

	if (!CHECK_EQ(span->len, len))
		return;
	while (left) {
		size_t n = seg->iov_len - offset < left ? seg->iov_len - offset : left;

		CHECK_MEM((u8 *)seg->iov_base + offset, p, n);
		p += n;
		left -= n;
		offset = 0;
		seg++;
		segs++;
	}
	CHECK_EQ(span->nr_segs, segs);
}

static void check_write(const void *p)
{
	const struct nfs3_write_args *args = p;

	check_fh(&args->fh);
	CHECK_EQ(args->offset, 1ULL << 40);
	CHECK_EQ(args->count, 13);
	CHECK_EQ(args->stable, NFS3_FILE_SYNC);
	CHECK_EQ(args->len, 13);
	check_span(&args->data, "thirteen byte", 13);
}

TEST(args_of_write)
{
	struct wire w = {};

	put_write(&w, 13, 2, "thirteen byte", 13);
	wire_check_args(&w, d_write, sizeof(struct nfs3_write_args), check_write);
}

TEST(write_of_nothing)
{
	struct nfs3_write_args args;
	struct wire w = {};

	put_write(&w, 0, 0, "", 0);
	CHECK(wire_decode_cut(&w, w.len, d_write, &args, NULL));
	CHECK_EQ(args.data.len, 0);
	CHECK_EQ(args.data.nr_segs, 0);
}

static void check_short_write(const void *p)
{
	const struct nfs3_write_args *args = p;

	CHECK_EQ(args->count, 13);
	CHECK_EQ(args->len, 13);
	check_span(&args->data, "thirteen byte", 8);
}

/* More than we take: the rest is passed over, and must be there all the same. */
TEST(write_longer_than_wtmax)
{
	struct wire w = {};

	write_max = 8;
	put_write(&w, 13, 1, "thirteen byte", 13);
	wire_check_args(&w, d_write, sizeof(struct nfs3_write_args), check_short_write);
	write_max = 1 << 20;
}

TEST(write_count_is_not_the_length)
{
	struct nfs3_write_args args;
	struct wire w = {};

	put_write(&w, 99, 1, "thirteen byte", 13);
	CHECK(wire_decode_cut(&w, w.len, d_write, &args, NULL));
	CHECK_EQ(args.count, 99);
	CHECK_EQ(args.len, 13);
}

TEST(write_stable_how)
{
	struct wire w = {};

	put_write(&w, 4, 3, "data", 4);
	CHECK(wire_refused(&w, d_write, sizeof(struct nfs3_write_args)));
}

TEST(write_length_beyond_the_message)
{
	static const u32 lens[] = { 5, 8, 0x100000, 0xfffffffd, 0xffffffff };
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		w.len = 0;
		put_write(&w, lens[i], 0, "data", 4);
		put_unaligned_be32(lens[i], w.data + w.len - 8);
		CHECK(wire_refused(&w, d_write, sizeof(struct nfs3_write_args)));
	}
}

/* ---- making things ---- */

static void check_create(const void *p)
{
	const struct nfs3_create_args *args = p;

	check_fh(&args->where.dir);
	check_name(&args->where.name, "new");
	check_sattr(&args->attr);
}

static void check_create_exclusive(const void *p)
{
	const struct nfs3_create_args *args = p;

	check_name(&args->where.name, "new");
	CHECK_EQ(args->how, NFS3_EXCLUSIVE);
	CHECK_EQ(args->attr.set, 0);
	CHECK_MEM(args->verf, "verifier", 8);
}

TEST(args_of_create)
{
	struct wire w = {};
	u32 how;

	for (how = NFS3_UNCHECKED; how <= NFS3_GUARDED; how++) {
		w.len = 0;
		put_dirop(&w, "new");
		wire_u32(&w, how);
		put_sattr(&w);
		wire_check_args(&w, d_create, sizeof(struct nfs3_create_args), check_create);
	}
	w.len = 0;
	put_dirop(&w, "new");
	wire_u32(&w, NFS3_EXCLUSIVE);
	wire_raw(&w, "verifier", 8);
	wire_check_args(&w, d_create, sizeof(struct nfs3_create_args), check_create_exclusive);
}

TEST(create_unknown_mode)
{
	struct wire w = {};

	put_dirop(&w, "new");
	wire_u32(&w, 3);
	put_sattr(&w);
	CHECK(wire_refused(&w, d_create, sizeof(struct nfs3_create_args)));
}

static void check_mkdir(const void *p)
{
	const struct nfs3_mkdir_args *args = p;

	check_name(&args->where.name, "dir");
	check_sattr(&args->attr);
}

TEST(args_of_mkdir)
{
	struct wire w = {};

	put_dirop(&w, "dir");
	put_sattr(&w);
	wire_check_args(&w, d_mkdir, sizeof(struct nfs3_mkdir_args), check_mkdir);
}

static void check_symlink(const void *p)
{
	const struct nfs3_symlink_args *args = p;
	struct ditto_cursor at = args->target_at;
	char target[10];

	check_name(&args->where.name, "link");
	check_sattr(&args->attr);
	CHECK_EQ(args->target_len, 10);
	CHECK(ditto_cursor_copy(&at, target, 10));
	CHECK_MEM(target, "../target!", 10);
}

TEST(args_of_symlink)
{
	struct wire w = {};

	put_dirop(&w, "link");
	put_sattr(&w);
	wire_str(&w, "../target!");
	wire_check_args(&w, d_symlink, sizeof(struct nfs3_symlink_args), check_symlink);
}

TEST(symlink_target_length)
{
	static const u32 lens[] = { 0, 1, 4095, 4096, 9000 };
	struct nfs3_symlink_args args;
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		w.len = 0;
		put_dirop(&w, "link");
		put_sattr_none(&w);
		wire_run(&w, 't', lens[i]);
		CHECK(wire_decode_cut(&w, w.len, d_symlink, &args, NULL));
		CHECK_EQ(args.target_len, lens[i]);
	}
	w.len = 0;
	put_dirop(&w, "link");
	put_sattr_none(&w);
	wire_u32(&w, 0xffffffff);
	CHECK(wire_refused(&w, d_symlink, sizeof(args)));
}

static u32 mknod_type;

static void check_mknod(const void *p)
{
	const struct nfs3_mknod_args *args = p;
	bool device = mknod_type == NF3CHR || mknod_type == NF3BLK;

	check_name(&args->where.name, "node");
	CHECK_EQ(args->type, mknod_type);
	check_sattr(&args->attr);
	CHECK_EQ(args->major, device ? 8 : 0);
	CHECK_EQ(args->minor, device ? 17 : 0);
}

TEST(args_of_mknod)
{
	static const u32 types[] = { NF3CHR, NF3BLK, NF3SOCK, NF3FIFO };
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		mknod_type = types[i];
		w.len = 0;
		put_dirop(&w, "node");
		wire_u32(&w, types[i]);
		put_sattr(&w);
		if (i < 2) {
			wire_u32(&w, 8);
			wire_u32(&w, 17);
		}
		wire_check_args(&w, d_mknod, sizeof(struct nfs3_mknod_args), check_mknod);
	}
}

/* RFC 1813 3.3.11: an illegal type has its own status, and nothing follows it. */
TEST(mknod_illegal_types)
{
	static const u32 types[] = { 0, NF3REG, NF3DIR, NF3LNK, 8, 0xffffffff };
	struct nfs3_mknod_args args;
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		w.len = 0;
		put_dirop(&w, "node");
		wire_u32(&w, types[i]);
		CHECK(wire_decode_cut(&w, w.len, d_mknod, &args, NULL));
		CHECK_EQ(args.type, types[i]);
		CHECK_EQ(args.attr.set, 0);
	}
}

/* ---- directories ---- */

static void check_readdir(const void *p)
{
	const struct nfs3_readdir_args *args = p;

	check_fh(&args->fh);
	CHECK_EQ(args->cookie, 0x1122334455667788ULL);
	CHECK_MEM(args->verf, "verifier", 8);
	CHECK_EQ(args->maxcount, 4096);
	CHECK_EQ(args->dircount, 4096);
}

static void check_readdirplus(const void *p)
{
	const struct nfs3_readdir_args *args = p;

	check_fh(&args->fh);
	CHECK_EQ(args->cookie, 0x1122334455667788ULL);
	CHECK_EQ(args->dircount, 512);
	CHECK_EQ(args->maxcount, 8192);
}

TEST(readdir_readdirplus)
{
	struct wire w = {};

	put_fh(&w);
	wire_u64(&w, 0x1122334455667788ULL);
	wire_raw(&w, "verifier", 8);
	wire_u32(&w, 4096);
	wire_check_args(&w, d_readdir, sizeof(struct nfs3_readdir_args), check_readdir);
	w.len -= 4;
	wire_u32(&w, 512);
	wire_u32(&w, 8192);
	wire_check_args(&w, d_readdirplus, sizeof(struct nfs3_readdir_args), check_readdirplus);
}
