// SPDX-License-Identifier: GPL-2.0-only
/*
 * NFS version 3: what makes something under a name. CREATE, MKDIR, SYMLINK, MKNOD.
 *
 * The mode a client sends is final: its umask is in it already.
 */
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include "nfs/nfs3.h"

static_assert((int)NFS3_UNCHECKED == (int)DITTO_CREATE_UNCHECKED &&
	      (int)NFS3_GUARDED == (int)DITTO_CREATE_GUARDED &&
	      (int)NFS3_EXCLUSIVE == (int)DITTO_CREATE_EXCLUSIVE);

/*
 * Ends a procedure that made @child in @op's directory, or failed to. The handle goes with it,
 * so that the client need not look it up.
 */
static enum rpc_outcome made(struct rpc_call *call, struct nfs3_op *op, int err,
			     struct ditto_object *child, struct ditto_wcc *wcc)
{
	struct ditto_encoder *enc = &call->req.enc;
	struct ditto_attr attr;

	if (!err && ditto_getattr(&op->acc, child, &attr))
		attr.valid = false;
	nfs3_op_wcc(op, wcc);
	nfs3_end(op);
	if (err)
		return nfs3_done_wcc(call, err, wcc);
	nfs3_put_status(call, 0);
	nfs3_put_post_op_fh(enc, child->handle.raw, child->handle.len);
	nfs3_put_attr_of(enc, &attr);
	nfs3_put_wcc_of(enc, wcc);
	ditto_object_put(child);
	return nfs3_done(call, 0);
}

/* Begins such a procedure: the directory, the name, the attributes. */
static int making(struct rpc_call *call, const struct nfs3_dirop *where,
		  const struct nfs3_sattr *attr, struct nfs3_op *op, struct ditto_setattr *sattr)
{
	int err;

	err = nfs3_begin(call, &where->dir, op);
	if (!err)
		err = nfs3_name_check(&where->name, -EEXIST, -EEXIST);
	if (!err)
		err = nfs3_sattr_from_wire(attr, sattr);
	return err;
}

/**
 * nfs3_create - CREATE (RFC 1813 3.3.8)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_create(struct rpc_call *call)
{
	struct nfs3_create_args *args = nfs3_args(call, struct nfs3_create_args);
	struct ditto_object *child = NULL;
	struct ditto_setattr sattr;
	struct ditto_wcc wcc = {};
	struct nfs3_op op;
	int err;

	if (!nfs3_get_create(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = making(call, &args->where, &args->attr, &op, &sattr);
	if (!err)
		err = ditto_create(&op.acc, op.obj, args->where.name.bytes, args->where.name.len,
				   (enum ditto_create_how)args->how, &sattr, args->verf, &child,
				   &wcc);
	return made(call, &op, err, child, &wcc);
}

/**
 * nfs3_mkdir - MKDIR (RFC 1813 3.3.9)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_mkdir(struct rpc_call *call)
{
	struct nfs3_mkdir_args *args = nfs3_args(call, struct nfs3_mkdir_args);
	struct ditto_object *child = NULL;
	struct ditto_setattr sattr;
	struct ditto_wcc wcc = {};
	struct nfs3_op op;
	int err;

	if (!nfs3_get_mkdir(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = making(call, &args->where, &args->attr, &op, &sattr);
	if (!err)
		err = ditto_mkdir(&op.acc, op.obj, args->where.name.bytes, args->where.name.len,
				  &sattr, &child, &wcc);
	return made(call, &op, err, child, &wcc);
}

/* The target as a string in memory of its own; an error pointer if it cannot be one. */
static char *symlink_target(struct nfs3_symlink_args *args)
{
	u32 len = args->target_len;
	char *target;

	if (!len)
		return ERR_PTR(-EINVAL);
	if (len >= PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	target = kmalloc(len + 1, GFP_KERNEL);
	if (!target)
		return ERR_PTR(-ENOMEM);
	ditto_cursor_copy(&args->target_at, target, len);
	target[len] = '\0';
	if (strlen(target) != len) {
		kfree(target);
		return ERR_PTR(-EINVAL);
	}
	return target;
}

/**
 * nfs3_symlink - SYMLINK (RFC 1813 3.3.10)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_symlink(struct rpc_call *call)
{
	struct nfs3_symlink_args *args = nfs3_args(call, struct nfs3_symlink_args);
	struct ditto_object *child = NULL;
	struct ditto_setattr sattr;
	struct ditto_wcc wcc = {};
	struct nfs3_op op;
	char *target;
	int err;

	if (!nfs3_get_symlink(&call->args, args))
		return RPC_GARBAGE_ARGS;
	target = symlink_target(args);
	err = making(call, &args->where, &args->attr, &op, &sattr);
	if (!err)
		err = PTR_ERR_OR_ZERO(target);
	if (!err)
		err = ditto_symlink(&op.acc, op.obj, args->where.name.bytes,
				    args->where.name.len, target, &sattr, &child, &wcc);
	if (!IS_ERR(target))
		kfree(target);
	return made(call, &op, err, child, &wcc);
}

/* File type and device number; -EBADTYPE, or -EINVAL for a number we cannot store. */
static int mknod_type(const struct nfs3_mknod_args *args, umode_t *mode, dev_t *rdev)
{
	*rdev = MKDEV(args->major, args->minor);
	switch (args->type) {
	case NF3CHR:
		*mode = S_IFCHR;
		break;
	case NF3BLK:
		*mode = S_IFBLK;
		break;
	case NF3SOCK:
		*mode = S_IFSOCK;
		break;
	case NF3FIFO:
		*mode = S_IFIFO;
		break;
	default:
		return -EBADTYPE;
	}
	return MAJOR(*rdev) == args->major && MINOR(*rdev) == args->minor ? 0 : -EINVAL;
}

/**
 * nfs3_mknod - MKNOD (RFC 1813 3.3.11)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_mknod(struct rpc_call *call)
{
	struct nfs3_mknod_args *args = nfs3_args(call, struct nfs3_mknod_args);
	struct ditto_object *child = NULL;
	struct ditto_setattr sattr;
	struct ditto_wcc wcc = {};
	struct nfs3_op op;
	umode_t mode = 0;
	dev_t rdev = 0;
	int err;

	if (!nfs3_get_mknod(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = making(call, &args->where, &args->attr, &op, &sattr);
	if (!err)
		err = mknod_type(args, &mode, &rdev);
	if (!err && (sattr.set & DITTO_SET_MODE))
		mode |= sattr.mode;
	if (!err)
		err = ditto_mknod(&op.acc, op.obj, args->where.name.bytes, args->where.name.len,
				  mode, rdev, &sattr, &child, &wcc);
	return made(call, &op, err, child, &wcc);
}
