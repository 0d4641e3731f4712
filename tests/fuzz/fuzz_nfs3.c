// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arguments of NFS version 3: whatever comes and however it is cut, a
 * decoder stays inside the message, and what it accepts it accepts the same way in
 * one piece; names and handles it hands out can be read to their end.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c nfs/nfs3_xdr.c
 */
#include "nfs/nfs3_xdr.h"
#include "fuzz.h"

union any_args {
	struct nfs3_fh_args		fh;
	struct nfs3_setattr_args	setattr;
	struct nfs3_dirop		dirop;
	struct nfs3_access_args		access;
	struct nfs3_range_args		range;
	struct nfs3_write_args		write;
	struct nfs3_create_args		create;
	struct nfs3_mkdir_args		mkdir;
	struct nfs3_symlink_args	symlink;
	struct nfs3_mknod_args		mknod;
	struct nfs3_rename_args		rename;
	struct nfs3_link_args		link;
	struct nfs3_readdir_args	readdir;
};

/* Sums of what was decoded, to compare two ways of cutting. */
static u64 sum;

static void add(const void *p, size_t len)
{
	const u8 *b = p;

	while (len--)
		sum = (sum ^ *b++) * 0x100000001b3ULL;
}

static void see_u64(u64 v)
{
	add(&v, sizeof(v));
}

static void see_fh(const struct nfs3_fh *fh)
{
	FUZZ_CHECK(fh->len <= NFS3_FHSIZE);
	see_u64(fh->len);
	add(fh->data, fh->len);
}

static void see_name(const struct nfs3_name *name)
{
	FUZZ_CHECK(!name->bytes == (name->len > NFS3_NAME_MAX));
	see_u64(name->len);
	if (name->bytes)
		add(name->bytes, name->len);
}

static void see_dirop(const struct nfs3_dirop *args)
{
	see_fh(&args->dir);
	see_name(&args->name);
}

static void see_sattr(const struct nfs3_sattr *attr)
{
	FUZZ_CHECK(!(attr->set & ~0xffu));
	FUZZ_CHECK((attr->set & (NFS3_SET_ATIME | NFS3_SET_ATIME_NOW)) !=
		   (NFS3_SET_ATIME | NFS3_SET_ATIME_NOW));
	see_u64(attr->set);
	see_u64(attr->size);
	see_u64(attr->mode);
}

static void see_span(const struct ditto_span *span)
{
	const struct kvec *seg = span->seg;
	size_t offset = span->offset, left = span->len;
	unsigned int i;

	for (i = 0; i < span->nr_segs; i++, seg++) {
		size_t n = seg->iov_len - offset;

		n = n < left ? n : left;
		add((u8 *)seg->iov_base + offset, n);
		left -= n;
		offset = 0;
	}
	FUZZ_CHECK(!left);
}

static bool decode_by_name(struct ditto_cursor *cur, u32 proc, union any_args *a)
{
	switch (proc) {
	case NFS3_CREATE:
		if (!nfs3_get_create(cur, &a->create))
			return false;
		FUZZ_CHECK(a->create.how <= NFS3_EXCLUSIVE);
		see_dirop(&a->create.where);
		see_sattr(&a->create.attr);
		return true;
	case NFS3_MKDIR:
		if (!nfs3_get_mkdir(cur, &a->mkdir))
			return false;
		see_dirop(&a->mkdir.where);
		see_sattr(&a->mkdir.attr);
		return true;
	case NFS3_SYMLINK: {
		u8 target[4096];

		if (!nfs3_get_symlink(cur, &a->symlink))
			return false;
		see_dirop(&a->symlink.where);
		if (a->symlink.target_len <= sizeof(target)) {
			FUZZ_CHECK(ditto_cursor_copy(&a->symlink.target_at, target,
						     a->symlink.target_len));
			add(target, a->symlink.target_len);
		}
		return true;
	}
	case NFS3_MKNOD:
		if (!nfs3_get_mknod(cur, &a->mknod))
			return false;
		see_dirop(&a->mknod.where);
		see_sattr(&a->mknod.attr);
		return true;
	case NFS3_RENAME:
		if (!nfs3_get_rename(cur, &a->rename))
			return false;
		see_dirop(&a->rename.from);
		see_dirop(&a->rename.to);
		return true;
	case NFS3_LINK:
		if (!nfs3_get_link(cur, &a->link))
			return false;
		see_fh(&a->link.fh);
		see_dirop(&a->link.link);
		return true;
	default:
		if (!nfs3_get_dirop(cur, &a->dirop))
			return false;
		see_dirop(&a->dirop);
		return true;
	}
}

static bool decode_by_handle(struct ditto_cursor *cur, u32 proc, union any_args *a)
{
	bool ok;

	switch (proc) {
	case NFS3_SETATTR:
		ok = nfs3_get_setattr(cur, &a->setattr);
		if (ok)
			see_sattr(&a->setattr.attr);
		break;
	case NFS3_ACCESS:
		ok = nfs3_get_access(cur, &a->access);
		break;
	case NFS3_READ:
	case NFS3_COMMIT:
		ok = nfs3_get_range(cur, &a->range);
		break;
	case NFS3_WRITE:
		ok = nfs3_get_write(cur, &a->write, 24);
		if (ok) {
			FUZZ_CHECK(a->write.stable <= NFS3_FILE_SYNC);
			FUZZ_CHECK(a->write.data.len <= 24 &&
				   a->write.data.len <= a->write.len);
			see_span(&a->write.data);
		}
		break;
	case NFS3_READDIR:
		ok = nfs3_get_readdir(cur, &a->readdir);
		break;
	case NFS3_READDIRPLUS:
		ok = nfs3_get_readdirplus(cur, &a->readdir);
		break;
	default:
		ok = nfs3_get_fh_args(cur, &a->fh);
		break;
	}
	if (ok)
		see_fh(&a->fh.fh);
	return ok;
}

static bool decode(struct ditto_cursor *cur, u32 proc, union any_args *args)
{
	switch (proc) {
	case NFS3_LOOKUP:
	case NFS3_CREATE:
	case NFS3_MKDIR:
	case NFS3_SYMLINK:
	case NFS3_MKNOD:
	case NFS3_REMOVE:
	case NFS3_RMDIR:
	case NFS3_RENAME:
	case NFS3_LINK:
		return decode_by_name(cur, proc, args);
	default:
		return decode_by_handle(cur, proc, args);
	}
}

/* The first word says how to cut and what to decode; then come the arguments. */
static void fuzz_one(const u8 *data, size_t len)
{
	struct fuzz_segs segs;
	struct ditto_cursor cur;
	union any_args *args;
	struct kvec whole;
	bool ok, ok_whole;
	size_t left;
	u32 seed;
	u64 seen;

	if (len < 4)
		return;
	seed = get_unaligned_be32(data);
	data += 4;
	len -= 4;
	args = malloc(sizeof(*args));

	fuzz_segs_cut(&segs, data, len, seed);
	ditto_cursor_init(&cur, segs.vec, len);
	sum = 0;
	ok = decode(&cur, seed % NFS3_NR_PROCS, args);
	left = ditto_cursor_left(&cur);
	seen = sum;

	whole = (struct kvec){ .iov_base = (void *)data, .iov_len = len };
	ditto_cursor_init(&cur, &whole, len);
	sum = 0;
	ok_whole = decode(&cur, seed % NFS3_NR_PROCS, args);
	FUZZ_CHECK(ok == ok_whole);
	FUZZ_CHECK(!ok || (seen == sum && left == ditto_cursor_left(&cur)));

	free(args);
	fuzz_segs_free(&segs);
}
