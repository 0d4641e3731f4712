// SPDX-License-Identifier: GPL-2.0-only
/* NFS version 3: attributes. GETATTR, SETATTR, ACCESS. */
#include <linux/fs.h>
#include <linux/time64.h>
#include <linux/uidgid.h>
#include "nfs/nfs3.h"

static_assert(NFS3_SET_MODE == DITTO_SET_MODE && NFS3_SET_UID == DITTO_SET_UID &&
	      NFS3_SET_GID == DITTO_SET_GID && NFS3_SET_SIZE == DITTO_SET_SIZE &&
	      NFS3_SET_ATIME == DITTO_SET_ATIME && NFS3_SET_MTIME == DITTO_SET_MTIME &&
	      NFS3_SET_ATIME_NOW == DITTO_SET_ATIME_NOW &&
	      NFS3_SET_MTIME_NOW == DITTO_SET_MTIME_NOW);
static_assert(NFS3_ACCESS_READ == DITTO_MAY_READ && NFS3_ACCESS_LOOKUP == DITTO_MAY_LOOKUP &&
	      NFS3_ACCESS_MODIFY == DITTO_MAY_MODIFY && NFS3_ACCESS_EXTEND == DITTO_MAY_EXTEND &&
	      NFS3_ACCESS_DELETE == DITTO_MAY_DELETE && NFS3_ACCESS_EXECUTE == DITTO_MAY_EXECUTE);

#define NFS3_ACCESS_ALL		0x3f

static u32 ftype_of(umode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NF3REG;
	case S_IFDIR:
		return NF3DIR;
	case S_IFBLK:
		return NF3BLK;
	case S_IFCHR:
		return NF3CHR;
	case S_IFLNK:
		return NF3LNK;
	case S_IFSOCK:
		return NF3SOCK;
	default:
		return NF3FIFO;
	}
}

/* The wire has 32 bits without a sign: what lies outside goes to the nearer end. */
static struct nfs3_time time_of(const struct timespec64 *time)
{
	if (time->tv_sec < 0)
		return (struct nfs3_time){ 0, 0 };
	if (time->tv_sec > U32_MAX)
		return (struct nfs3_time){ U32_MAX, 0 };
	return (struct nfs3_time){ time->tv_sec, time->tv_nsec };
}

static struct timespec64 time_from_wire(const struct nfs3_time *time)
{
	return (struct timespec64){ .tv_sec = time->sec, .tv_nsec = time->nsec };
}

/**
 * nfs3_sattr_from_wire - what SETATTR and the creating procedures set
 * @from: as decoded
 * @to: filled in
 *
 * Return: 0, or -EINVAL for a time that is none.
 */
int nfs3_sattr_from_wire(const struct nfs3_sattr *from, struct ditto_setattr *to)
{
	if (from->atime.nsec >= NSEC_PER_SEC || from->mtime.nsec >= NSEC_PER_SEC)
		return -EINVAL;
	*to = (struct ditto_setattr){
		.set	= from->set,
		.mode	= from->mode & S_IALLUGO,
		.uid	= from->uid,
		.gid	= from->gid,
		.size	= from->size,
		.atime	= time_from_wire(&from->atime),
		.mtime	= time_from_wire(&from->mtime),
	};
	return 0;
}

/**
 * nfs3_fattr_of - attributes as they are sent
 * @from: valid attributes
 * @to: filled in
 */
void nfs3_fattr_of(const struct ditto_attr *from, struct nfs3_fattr *to)
{
	const struct kstat *st = &from->st;

	to->type = ftype_of(st->mode);
	to->mode = st->mode & S_IALLUGO;
	to->nlink = st->nlink;
	to->uid = from_kuid_munged(&init_user_ns, st->uid);
	to->gid = from_kgid_munged(&init_user_ns, st->gid);
	to->size = st->size;
	to->used = (u64)st->blocks << 9;
	to->major = MAJOR(st->rdev);
	to->minor = MINOR(st->rdev);
	to->fsid = from->fsid;
	to->fileid = st->ino;
	to->atime = time_of(&st->atime);
	to->mtime = time_of(&st->mtime);
	to->ctime = time_of(&st->ctime);
}

/**
 * nfs3_put_attr_of - post_op_attr (RFC 1813 2.5)
 * @enc: the reply
 * @attr: attributes, perhaps not valid
 */
void nfs3_put_attr_of(struct ditto_encoder *enc, const struct ditto_attr *attr)
{
	struct nfs3_fattr fattr;

	if (!attr->valid) {
		nfs3_put_post_op_attr(enc, NULL);
		return;
	}
	nfs3_fattr_of(attr, &fattr);
	nfs3_put_post_op_attr(enc, &fattr);
}

/**
 * nfs3_put_wcc_of - wcc_data (RFC 1813 2.5)
 * @enc: the reply
 * @wcc: attributes before and after, either perhaps not valid
 */
void nfs3_put_wcc_of(struct ditto_encoder *enc, const struct ditto_wcc *wcc)
{
	struct nfs3_wcc_attr before;
	struct nfs3_fattr after;

	/*
	 * A client takes "before" for its own state of the object and keeps its cache if it
	 * is; without "after" it says nothing.
	 */
	if (wcc->before_valid && wcc->after.valid) {
		before.size = wcc->size;
		before.mtime = time_of(&wcc->mtime);
		before.ctime = time_of(&wcc->ctime);
	}
	if (wcc->after.valid)
		nfs3_fattr_of(&wcc->after, &after);
	nfs3_put_wcc(enc, wcc->before_valid && wcc->after.valid ? &before : NULL,
		     wcc->after.valid ? &after : NULL);
}

/**
 * nfs3_getattr - GETATTR (RFC 1813 3.3.1)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_getattr(struct rpc_call *call)
{
	struct nfs3_fh_args *args = nfs3_args(call, struct nfs3_fh_args);
	struct ditto_attr attr;
	struct ditto_guard asked = {};
	struct nfs3_fattr fattr;
	struct nfs3_op op;
	int err;

	if (!nfs3_get_fh_args(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->fh, &op);
	/* who has the file's newest data may not have written it yet */
	if (!err)
		err = ditto_guard_begin(&asked, &op.acc, op.obj, DITTO_INTENT_READ_META, 0, 0);
	if (!err)
		err = ditto_getattr(&op.acc, op.obj, &attr);
	ditto_guard_end(&asked);
	nfs3_end(&op);
	if (nfs3_put_status(call, err)) {
		nfs3_fattr_of(&attr, &fattr);
		nfs3_put_fattr(&call->req.enc, &fattr);
	}
	return nfs3_done(call, err);
}

static int setattr(struct nfs3_op *op, const struct nfs3_setattr_args *args,
		   struct ditto_wcc *wcc)
{
	struct timespec64 guard = time_from_wire(&args->guard);
	struct ditto_setattr sattr;
	int err;

	err = nfs3_sattr_from_wire(&args->attr, &sattr);
	if (err)
		return err;
	err = ditto_setattr(&op->acc, op->obj, &sattr, args->guarded ? &guard : NULL, wcc);
	return args->guarded && err == -EAGAIN ? -ENOTSYNC : err;
}

/**
 * nfs3_setattr - SETATTR (RFC 1813 3.3.2)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_setattr(struct rpc_call *call)
{
	struct nfs3_setattr_args *args = nfs3_args(call, struct nfs3_setattr_args);
	struct ditto_wcc wcc = {};
	struct nfs3_op op;
	int err;

	if (!nfs3_get_setattr(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = setattr(&op, args, &wcc);
	nfs3_op_wcc(&op, &wcc);
	nfs3_end(&op);
	return nfs3_done_wcc(call, err, &wcc);
}

/**
 * nfs3_access - ACCESS (RFC 1813 3.3.4)
 * @call: the call
 *
 * Bits we do not know are not granted.
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_access(struct rpc_call *call)
{
	struct nfs3_access_args *args = nfs3_args(call, struct nfs3_access_args);
	struct ditto_attr attr;
	struct nfs3_op op;
	u32 granted = 0;
	int err;

	if (!nfs3_get_access(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = ditto_may(&op.acc, op.obj, args->access & NFS3_ACCESS_ALL, &granted);
	nfs3_op_attr(&op, &attr);
	nfs3_end(&op);
	if (err)
		return nfs3_done_attr(call, err, &attr);
	nfs3_put_status(call, 0);
	nfs3_put_attr_of(&call->req.enc, &attr);
	xdr_put_u32(&call->req.enc, granted);
	return nfs3_done(call, 0);
}
