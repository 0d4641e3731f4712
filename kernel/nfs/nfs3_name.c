// SPDX-License-Identifier: GPL-2.0-only
/*
 * NFS version 3: names. LOOKUP, READLINK, REMOVE, RMDIR, RENAME, LINK.
 */
#include <linux/limits.h>
#include <linux/slab.h>
#include "nfs/nfs3.h"

/**
 * nfs3_lookup - LOOKUP (RFC 1813 3.3.3)
 * @call: the call
 *
 * "." and ".." are looked up as any name; ".." of an export's root is that root. Names that
 * cannot be are told apart by vfs/.
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_lookup(struct rpc_call *call)
{
	struct nfs3_dirop *args = nfs3_args(call, struct nfs3_dirop);
	struct ditto_encoder *enc = &call->req.enc;
	struct ditto_attr attr, dir_attr;
	struct ditto_object *child = NULL;
	struct nfs3_op op;
	int err;

	if (!nfs3_get_dirop(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->dir, &op);
	if (!err)
		err = args->name.bytes ? ditto_lookup(&op.acc, op.obj, args->name.bytes,
						      args->name.len, &child) : -ENAMETOOLONG;
	if (!err && ditto_getattr(&op.acc, child, &attr))
		attr.valid = false;
	nfs3_op_attr(&op, &dir_attr);
	nfs3_end(&op);
	if (err)
		return nfs3_done_attr(call, err, &dir_attr);
	nfs3_put_status(call, 0);
	xdr_put_opaque(enc, child->handle.raw, child->handle.len);
	nfs3_put_attr_of(enc, &attr);
	nfs3_put_attr_of(enc, &dir_attr);
	ditto_object_put(child);
	return nfs3_done(call, 0);
}

/**
 * nfs3_readlink - READLINK (RFC 1813 3.3.5)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_readlink(struct rpc_call *call)
{
	struct nfs3_fh_args *args = nfs3_args(call, struct nfs3_fh_args);
	char *buf __free(kfree) = NULL;
	struct ditto_attr attr;
	struct nfs3_op op;
	u32 len = 0;
	int err;

	if (!nfs3_get_fh_args(&call->args, args))
		return RPC_GARBAGE_ARGS;
	buf = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!buf)
		return RPC_SYSTEM_ERR;
	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = ditto_readlink(&op.acc, op.obj, buf, PATH_MAX, &len);
	nfs3_op_attr(&op, &attr);
	nfs3_end(&op);
	if (err)
		return nfs3_done_attr(call, err, &attr);
	nfs3_put_status(call, 0);
	nfs3_put_attr_of(&call->req.enc, &attr);
	xdr_put_opaque(&call->req.enc, buf, len);
	return nfs3_done(call, 0);
}

/* REMOVE and RMDIR but for what they remove and their word for "." and "..". */
static enum rpc_outcome unmake(struct rpc_call *call, int dot, int dotdot,
			       int (*remove)(struct ditto_access *acc, struct ditto_object *dir,
					     const char *name, u32 len,
					     struct ditto_wcc *dir_wcc))
{
	struct nfs3_dirop *args = nfs3_args(call, struct nfs3_dirop);
	struct ditto_wcc wcc = {};
	struct nfs3_op op;
	int err;

	if (!nfs3_get_dirop(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->dir, &op);
	if (!err)
		err = nfs3_name_check(&args->name, dot, dotdot);
	if (!err)
		err = remove(&op.acc, op.obj, args->name.bytes, args->name.len, &wcc);
	nfs3_op_wcc(&op, &wcc);
	nfs3_end(&op);
	return nfs3_done_wcc(call, err, &wcc);
}

/**
 * nfs3_remove - REMOVE (RFC 1813 3.3.12)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_remove(struct rpc_call *call)
{
	return unmake(call, -EISDIR, -EISDIR, ditto_remove);
}

/**
 * nfs3_rmdir - RMDIR (RFC 1813 3.3.13)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_rmdir(struct rpc_call *call)
{
	return unmake(call, -EINVAL, -EEXIST, ditto_rmdir);
}

static int rename_names(const struct nfs3_rename_args *args)
{
	int err = nfs3_name_check(&args->from.name, -EINVAL, -EINVAL);

	return err ? err : nfs3_name_check(&args->to.name, -EINVAL, -EINVAL);
}

/**
 * nfs3_rename - RENAME (RFC 1813 3.3.14)
 * @call: the call
 *
 * Both directories must be seen through one export, whose rules were checked; of a directory in
 * another one not even attributes are told.
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_rename(struct rpc_call *call)
{
	struct nfs3_rename_args *args = nfs3_args(call, struct nfs3_rename_args);
	struct ditto_wcc from_wcc = {}, to_wcc = {};
	struct ditto_object *to = NULL;
	struct nfs3_op op;
	int err;

	if (!nfs3_get_rename(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->from.dir, &op);
	if (!err)
		err = nfs3_resolve(call, &args->to.dir, &to);
	if (!err && to->exp != op.obj->exp)
		err = -EXDEV;
	if (!err)
		err = rename_names(args);
	if (!err)
		err = ditto_rename(&op.acc, op.obj, args->from.name.bytes, args->from.name.len,
				   to, args->to.name.bytes, args->to.name.len,
				   &from_wcc, &to_wcc);
	nfs3_op_wcc(&op, &from_wcc);
	if (!to_wcc.after.valid && to && to->exp == op.obj->exp &&
	    ditto_getattr(&op.acc, to, &to_wcc.after))
		to_wcc.after.valid = false;
	if (to)
		ditto_object_put(to);
	nfs3_end(&op);
	nfs3_put_status(call, err);
	nfs3_put_wcc_of(&call->req.enc, &from_wcc);
	nfs3_put_wcc_of(&call->req.enc, &to_wcc);
	return nfs3_done(call, err);
}

/**
 * nfs3_link - LINK (RFC 1813 3.3.15)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_link(struct rpc_call *call)
{
	struct nfs3_link_args *args = nfs3_args(call, struct nfs3_link_args);
	struct ditto_attr attr = { .valid = false };
	struct ditto_object *dir = NULL;
	struct ditto_wcc wcc = {};
	struct nfs3_op op;
	int err;

	if (!nfs3_get_link(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = nfs3_resolve(call, &args->link.dir, &dir);
	if (!err && dir->exp != op.obj->exp)
		err = -EXDEV;
	if (!err)
		err = nfs3_name_check(&args->link.name, -EEXIST, -EEXIST);
	if (!err)
		err = ditto_link(&op.acc, op.obj, dir, args->link.name.bytes,
				 args->link.name.len, &attr, &wcc);
	if (!attr.valid)
		nfs3_op_attr(&op, &attr);
	if (!wcc.after.valid && dir && dir->exp == op.obj->exp &&
	    ditto_getattr(&op.acc, dir, &wcc.after))
		wcc.after.valid = false;
	if (dir)
		ditto_object_put(dir);
	nfs3_end(&op);
	nfs3_put_status(call, err);
	nfs3_put_attr_of(&call->req.enc, &attr);
	nfs3_put_wcc_of(&call->req.enc, &wcc);
	return nfs3_done(call, err);
}
