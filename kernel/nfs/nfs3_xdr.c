// SPDX-License-Identifier: GPL-2.0-only
/* NFS version 3 (RFC 1813) on the wire. */
#include "nfs/nfs3_xdr.h"

/* ---- arguments ----------------------------------------------------------- */

static void get_fh(struct ditto_cursor *cur, struct nfs3_fh *fh)
{
	fh->data = xdr_get_opaque(cur, NFS3_FHSIZE, &fh->len, fh->scratch);
}

/* Length of a string whose bytes are all in the message. */
static u32 get_len(struct ditto_cursor *cur)
{
	u32 len = xdr_get_u32(cur);

	if (len > ditto_cursor_left(cur))
		ditto_cursor_fail(cur);
	return len;
}

/* A name of any length: what the file system cannot take has its own status. */
static void get_name(struct ditto_cursor *cur, struct nfs3_name *name)
{
	name->len = get_len(cur);
	if (name->len <= NFS3_NAME_MAX) {
		name->bytes = (const char *)xdr_get_fixed(cur, name->len, name->scratch);
		return;
	}
	name->bytes = NULL;
	ditto_cursor_skip(cur, xdr_padded(name->len));
}

static void get_dirop(struct ditto_cursor *cur, struct nfs3_dirop *args)
{
	get_fh(cur, &args->dir);
	get_name(cur, &args->name);
}

static void get_time(struct ditto_cursor *cur, struct nfs3_time *time)
{
	time->sec = xdr_get_u32(cur);
	time->nsec = xdr_get_u32(cur);
}

/* time_how: not at all, to the server's time, to the one that follows. */
static u32 get_time_how(struct ditto_cursor *cur, struct nfs3_time *time, u32 now, u32 given)
{
	switch (xdr_get_u32(cur)) {
	case 0:
		return 0;
	case 1:
		return now;
	case 2:
		get_time(cur, time);
		return given;
	default:
		ditto_cursor_fail(cur);
		return 0;
	}
}

static void get_sattr(struct ditto_cursor *cur, struct nfs3_sattr *attr)
{
	memset(attr, 0, sizeof(*attr));
	if (xdr_get_bool(cur)) {
		attr->mode = xdr_get_u32(cur);
		attr->set |= NFS3_SET_MODE;
	}
	if (xdr_get_bool(cur)) {
		attr->uid = xdr_get_u32(cur);
		attr->set |= NFS3_SET_UID;
	}
	if (xdr_get_bool(cur)) {
		attr->gid = xdr_get_u32(cur);
		attr->set |= NFS3_SET_GID;
	}
	if (xdr_get_bool(cur)) {
		attr->size = xdr_get_u64(cur);
		attr->set |= NFS3_SET_SIZE;
	}
	attr->set |= get_time_how(cur, &attr->atime, NFS3_SET_ATIME_NOW, NFS3_SET_ATIME);
	attr->set |= get_time_how(cur, &attr->mtime, NFS3_SET_MTIME_NOW, NFS3_SET_MTIME);
}

/**
 * nfs3_get_fh_args - arguments that are one file handle
 * @cur: the arguments
 * @args: filled in
 *
 * GETATTR, READLINK, FSSTAT, FSINFO and PATHCONF (RFC 1813 3.3.1, 3.3.5, 3.3.18-20).
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_fh_args(struct ditto_cursor *cur, struct nfs3_fh_args *args)
{
	get_fh(cur, &args->fh);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_setattr - arguments of SETATTR (RFC 1813 3.3.2)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_setattr(struct ditto_cursor *cur, struct nfs3_setattr_args *args)
{
	get_fh(cur, &args->fh);
	get_sattr(cur, &args->attr);
	args->guarded = xdr_get_bool(cur);
	if (args->guarded)
		get_time(cur, &args->guard);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_dirop - arguments that are a directory and a name
 * @cur: the arguments
 * @args: filled in
 *
 * LOOKUP, REMOVE and RMDIR (RFC 1813 3.3.3, 3.3.12, 3.3.13).
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_dirop(struct ditto_cursor *cur, struct nfs3_dirop *args)
{
	get_dirop(cur, args);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_access - arguments of ACCESS (RFC 1813 3.3.4)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_access(struct ditto_cursor *cur, struct nfs3_access_args *args)
{
	get_fh(cur, &args->fh);
	args->access = xdr_get_u32(cur);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_range - arguments of READ and COMMIT (RFC 1813 3.3.6, 3.3.21)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_range(struct ditto_cursor *cur, struct nfs3_range_args *args)
{
	get_fh(cur, &args->fh);
	args->offset = xdr_get_u64(cur);
	args->count = xdr_get_u32(cur);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_write - arguments of WRITE (RFC 1813 3.3.7)
 * @cur: the arguments
 * @args: filled in
 * @max: most bytes of data to take into @args->data
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_write(struct ditto_cursor *cur, struct nfs3_write_args *args, u32 max)
{
	u32 take;

	get_fh(cur, &args->fh);
	args->offset = xdr_get_u64(cur);
	args->count = xdr_get_u32(cur);
	args->stable = xdr_get_u32(cur);
	if (args->stable > NFS3_FILE_SYNC)
		ditto_cursor_fail(cur);
	args->len = get_len(cur);
	take = args->len < max ? args->len : max;
	ditto_cursor_span(cur, take, &args->data);
	ditto_cursor_skip(cur, xdr_padded(args->len) - take);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_create - arguments of CREATE (RFC 1813 3.3.8)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_create(struct ditto_cursor *cur, struct nfs3_create_args *args)
{
	get_dirop(cur, &args->where);
	args->how = xdr_get_u32(cur);
	memset(&args->attr, 0, sizeof(args->attr));
	memset(args->verf, 0, sizeof(args->verf));
	switch (args->how) {
	case NFS3_UNCHECKED:
	case NFS3_GUARDED:
		get_sattr(cur, &args->attr);
		break;
	case NFS3_EXCLUSIVE:
		ditto_cursor_copy(cur, args->verf, NFS3_VERFSIZE);
		break;
	default:
		ditto_cursor_fail(cur);
	}
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_mkdir - arguments of MKDIR (RFC 1813 3.3.9)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_mkdir(struct ditto_cursor *cur, struct nfs3_mkdir_args *args)
{
	get_dirop(cur, &args->where);
	get_sattr(cur, &args->attr);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_symlink - arguments of SYMLINK (RFC 1813 3.3.10)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_symlink(struct ditto_cursor *cur, struct nfs3_symlink_args *args)
{
	get_dirop(cur, &args->where);
	get_sattr(cur, &args->attr);
	args->target_len = get_len(cur);
	args->target_at = *cur;
	ditto_cursor_skip(cur, xdr_padded(args->target_len));
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_mknod - arguments of MKNOD (RFC 1813 3.3.11)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_mknod(struct ditto_cursor *cur, struct nfs3_mknod_args *args)
{
	get_dirop(cur, &args->where);
	args->type = xdr_get_u32(cur);
	args->major = 0;
	args->minor = 0;
	memset(&args->attr, 0, sizeof(args->attr));
	switch (args->type) {
	case NF3CHR:
	case NF3BLK:
		get_sattr(cur, &args->attr);
		args->major = xdr_get_u32(cur);
		args->minor = xdr_get_u32(cur);
		break;
	case NF3SOCK:
	case NF3FIFO:
		get_sattr(cur, &args->attr);
		break;
	}
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_rename - arguments of RENAME (RFC 1813 3.3.14)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_rename(struct ditto_cursor *cur, struct nfs3_rename_args *args)
{
	get_dirop(cur, &args->from);
	get_dirop(cur, &args->to);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_link - arguments of LINK (RFC 1813 3.3.15)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_link(struct ditto_cursor *cur, struct nfs3_link_args *args)
{
	get_fh(cur, &args->fh);
	get_dirop(cur, &args->link);
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_readdir - arguments of READDIR (RFC 1813 3.3.16)
 * @cur: the arguments
 * @args: filled in; @args->dircount is @args->maxcount
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_readdir(struct ditto_cursor *cur, struct nfs3_readdir_args *args)
{
	get_fh(cur, &args->fh);
	args->cookie = xdr_get_u64(cur);
	ditto_cursor_copy(cur, args->verf, NFS3_VERFSIZE);
	args->maxcount = xdr_get_u32(cur);
	args->dircount = args->maxcount;
	return ditto_cursor_ok(cur);
}

/**
 * nfs3_get_readdirplus - arguments of READDIRPLUS (RFC 1813 3.3.17)
 * @cur: the arguments
 * @args: filled in
 *
 * Return: false if they are malformed.
 */
bool nfs3_get_readdirplus(struct ditto_cursor *cur, struct nfs3_readdir_args *args)
{
	get_fh(cur, &args->fh);
	args->cookie = xdr_get_u64(cur);
	ditto_cursor_copy(cur, args->verf, NFS3_VERFSIZE);
	args->dircount = xdr_get_u32(cur);
	args->maxcount = xdr_get_u32(cur);
	return ditto_cursor_ok(cur);
}

/* ---- results ------------------------------------------------------------- */

static u8 *add_u32(u8 *p, u32 v)
{
	put_unaligned_be32(v, p);
	return p + 4;
}

static u8 *add_u64(u8 *p, u64 v)
{
	return add_u32(add_u32(p, v >> 32), (u32)v);
}

static u8 *add_time(u8 *p, const struct nfs3_time *time)
{
	return add_u32(add_u32(p, time->sec), time->nsec);
}

/**
 * nfs3_put_fattr - attributes (fattr3, RFC 1813 2.5)
 * @enc: the reply
 * @attr: the attributes
 */
void nfs3_put_fattr(struct ditto_encoder *enc, const struct nfs3_fattr *attr)
{
	u8 *p = ditto_encoder_reserve(enc, NFS3_FATTR_LEN);

	if (!p)
		return;
	p = add_u32(p, attr->type);
	p = add_u32(p, attr->mode);
	p = add_u32(p, attr->nlink);
	p = add_u32(p, attr->uid);
	p = add_u32(p, attr->gid);
	p = add_u64(p, attr->size);
	p = add_u64(p, attr->used);
	p = add_u32(p, attr->major);
	p = add_u32(p, attr->minor);
	p = add_u64(p, attr->fsid);
	p = add_u64(p, attr->fileid);
	p = add_time(p, &attr->atime);
	p = add_time(p, &attr->mtime);
	add_time(p, &attr->ctime);
}

/**
 * nfs3_put_post_op_attr - attributes if there are any (post_op_attr, RFC 1813 2.5)
 * @enc: the reply
 * @attr: the attributes; NULL: none
 */
void nfs3_put_post_op_attr(struct ditto_encoder *enc, const struct nfs3_fattr *attr)
{
	xdr_put_bool(enc, attr);
	if (attr)
		nfs3_put_fattr(enc, attr);
}

/**
 * nfs3_put_wcc - attributes before and after (wcc_data, RFC 1813 2.5)
 * @enc: the reply
 * @before: NULL: not known
 * @after: NULL: not known
 */
void nfs3_put_wcc(struct ditto_encoder *enc, const struct nfs3_wcc_attr *before,
		  const struct nfs3_fattr *after)
{
	u8 *p;

	xdr_put_bool(enc, before);
	if (before) {
		p = ditto_encoder_reserve(enc, 24);
		if (p)
			add_time(add_time(add_u64(p, before->size), &before->mtime),
				 &before->ctime);
	}
	nfs3_put_post_op_attr(enc, after);
}

/**
 * nfs3_put_post_op_fh - a file handle if there is one (post_op_fh3, RFC 1813 2.5)
 * @enc: the reply
 * @fh: the handle; NULL: none
 * @len: its length, bytes
 */
void nfs3_put_post_op_fh(struct ditto_encoder *enc, const u8 *fh, u32 len)
{
	xdr_put_bool(enc, fh);
	if (fh)
		xdr_put_opaque(enc, fh, len);
}

/**
 * nfs3_put_fsstat - FSSTAT3resok behind its attributes (RFC 1813 3.3.18)
 * @enc: the reply
 * @st: what to say
 */
void nfs3_put_fsstat(struct ditto_encoder *enc, const struct nfs3_fsstat *st)
{
	xdr_put_u64(enc, st->tbytes);
	xdr_put_u64(enc, st->fbytes);
	xdr_put_u64(enc, st->abytes);
	xdr_put_u64(enc, st->tfiles);
	xdr_put_u64(enc, st->ffiles);
	xdr_put_u64(enc, st->afiles);
	xdr_put_u32(enc, st->invarsec);
}

/**
 * nfs3_put_fsinfo - FSINFO3resok behind its attributes (RFC 1813 3.3.19)
 * @enc: the reply
 * @info: what to say
 */
void nfs3_put_fsinfo(struct ditto_encoder *enc, const struct nfs3_fsinfo *info)
{
	xdr_put_u32(enc, info->rtmax);
	xdr_put_u32(enc, info->rtpref);
	xdr_put_u32(enc, info->rtmult);
	xdr_put_u32(enc, info->wtmax);
	xdr_put_u32(enc, info->wtpref);
	xdr_put_u32(enc, info->wtmult);
	xdr_put_u32(enc, info->dtpref);
	xdr_put_u64(enc, info->maxfilesize);
	xdr_put_u32(enc, info->time_delta.sec);
	xdr_put_u32(enc, info->time_delta.nsec);
	xdr_put_u32(enc, info->properties);
}

/**
 * nfs3_put_pathconf - PATHCONF3resok behind its attributes (RFC 1813 3.3.20)
 * @enc: the reply
 * @conf: what to say
 */
void nfs3_put_pathconf(struct ditto_encoder *enc, const struct nfs3_pathconf *conf)
{
	xdr_put_u32(enc, conf->linkmax);
	xdr_put_u32(enc, conf->name_max);
	xdr_put_bool(enc, conf->no_trunc);
	xdr_put_bool(enc, conf->chown_restricted);
	xdr_put_bool(enc, conf->case_insensitive);
	xdr_put_bool(enc, conf->case_preserving);
}

/**
 * nfs3_entry_len - how long an entry of READDIR is on the wire
 * @entry: the entry; its name is at most NFS3_NAME_MAX bytes long
 *
 * Return: bytes, with the word that says that it follows.
 */
u32 nfs3_entry_len(const struct nfs3_entry *entry)
{
	return 4 + 8 + 4 + xdr_padded(entry->len) + 8;
}

/**
 * nfs3_entryplus_len - how long an entry of READDIRPLUS is on the wire
 * @entry: the entry; its name is at most NFS3_NAME_MAX bytes long
 *
 * Return: bytes, with the word that says that it follows.
 */
u32 nfs3_entryplus_len(const struct nfs3_entry *entry)
{
	u32 len = nfs3_entry_len(entry) + 4 + 4;

	if (entry->attr)
		len += NFS3_FATTR_LEN;
	if (entry->fh)
		len += 4 + xdr_padded(entry->fh_len);
	return len;
}

/**
 * nfs3_put_entry - an entry of READDIR (entry3, RFC 1813 3.3.16)
 * @enc: the reply
 * @entry: the entry
 */
void nfs3_put_entry(struct ditto_encoder *enc, const struct nfs3_entry *entry)
{
	xdr_put_bool(enc, true);
	xdr_put_u64(enc, entry->fileid);
	xdr_put_opaque(enc, entry->name, entry->len);
	xdr_put_u64(enc, entry->cookie);
}

/**
 * nfs3_put_entryplus - an entry of READDIRPLUS (entryplus3, RFC 1813 3.3.17)
 * @enc: the reply
 * @entry: the entry
 */
void nfs3_put_entryplus(struct ditto_encoder *enc, const struct nfs3_entry *entry)
{
	nfs3_put_entry(enc, entry);
	nfs3_put_post_op_attr(enc, entry->attr);
	nfs3_put_post_op_fh(enc, entry->fh, entry->fh_len);
}

/**
 * nfs3_put_dir_end - what comes behind the entries of a directory
 * @enc: the reply
 * @eof: the directory has no more
 */
void nfs3_put_dir_end(struct ditto_encoder *enc, bool eof)
{
	xdr_put_bool(enc, false);
	xdr_put_bool(enc, eof);
}
