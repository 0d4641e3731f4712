// SPDX-License-Identifier: GPL-2.0-only
/* NFS version 3: file systems. FSSTAT, FSINFO, PATHCONF. */
#include <linux/sizes.h>
#include <linux/time64.h>
#include "nfs/nfs3.h"
#include "nfs/nlm.h"
#include "rpc/rpcbind.h"

/* What the three have in common: the object's attributes and its file system. */
static int begin_fs(struct rpc_call *call, struct ditto_fsinfo *info, struct ditto_attr *attr)
{
	struct nfs3_fh_args *args = nfs3_args(call, struct nfs3_fh_args);
	struct nfs3_op op;
	int err;

	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = ditto_fsinfo(&op.acc, op.obj, info);
	nfs3_op_attr(&op, attr);
	nfs3_end(&op);
	return err;
}

/**
 * nfs3_fsstat - FSSTAT (RFC 1813 3.3.18)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_fsstat(struct rpc_call *call)
{
	struct ditto_fsinfo info;
	struct ditto_attr attr;
	struct nfs3_fsstat st;
	u64 block;
	int err;

	if (!nfs3_get_fh_args(&call->args, nfs3_args(call, struct nfs3_fh_args)))
		return RPC_GARBAGE_ARGS;
	err = begin_fs(call, &info, &attr);
	if (err)
		return nfs3_done_attr(call, err, &attr);
	block = info.st.f_bsize;
	st = (struct nfs3_fsstat){
		.tbytes	= info.st.f_blocks * block,
		.fbytes	= info.st.f_bfree * block,
		.abytes	= info.st.f_bavail * block,
		.tfiles	= info.st.f_files,
		.ffiles	= info.st.f_ffree,
		.afiles	= info.st.f_ffree,
	};
	nfs3_put_status(call, 0);
	nfs3_put_attr_of(&call->req.enc, &attr);
	nfs3_put_fsstat(&call->req.enc, &st);
	return nfs3_done(call, 0);
}

static u32 properties(const struct ditto_fsinfo *info)
{
	u32 bits = NFS3_FSF_HOMOGENEOUS | NFS3_FSF_CANSETTIME;

	if (info->links)
		bits |= NFS3_FSF_LINK;
	if (info->symlinks)
		bits |= NFS3_FSF_SYMLINK;
	return bits;
}

/**
 * nfs3_fsinfo - FSINFO (RFC 1813 3.3.19)
 * @call: the call
 *
 * The transfer sizes depend on how the client asks: over UDP they are smaller. It is asked
 * at each mount. The client of this machine has just started its lock manager then, which
 * registers at rpcbind what is ours.
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_fsinfo(struct rpc_call *call)
{
	u32 io = nfs3_max_io(call);
	struct ditto_fsinfo info;
	struct ditto_attr attr;
	struct nfs3_fsinfo out;
	int err;

	if (!nfs3_get_fh_args(&call->args, nfs3_args(call, struct nfs3_fh_args)))
		return RPC_GARBAGE_ARGS;
	err = begin_fs(call, &info, &attr);
	if (err)
		return nfs3_done_attr(call, err, &attr);
	if (nlm_same_address(&call->who.peer->addr, &call->who.peer->local))
		rpcbind_check(call->req.net);
	out = (struct nfs3_fsinfo){
		.rtmax		= io,
		.rtpref		= io,
		.rtmult		= SZ_4K,
		.wtmax		= io,
		.wtpref		= io,
		.wtmult		= SZ_4K,
		.dtpref		= min_t(u32, io, SZ_64K),
		.maxfilesize	= info.max_file_size,
		.time_delta	= {
			.sec	= info.time_granularity_ns / NSEC_PER_SEC,
			.nsec	= info.time_granularity_ns % NSEC_PER_SEC,
		},
		.properties	= properties(&info),
	};
	nfs3_put_status(call, 0);
	nfs3_put_attr_of(&call->req.enc, &attr);
	nfs3_put_fsinfo(&call->req.enc, &out);
	return nfs3_done(call, 0);
}

/**
 * nfs3_pathconf - PATHCONF (RFC 1813 3.3.20)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_pathconf(struct rpc_call *call)
{
	struct nfs3_pathconf conf;
	struct ditto_fsinfo info;
	struct ditto_attr attr;
	int err;

	if (!nfs3_get_fh_args(&call->args, nfs3_args(call, struct nfs3_fh_args)))
		return RPC_GARBAGE_ARGS;
	err = begin_fs(call, &info, &attr);
	if (err)
		return nfs3_done_attr(call, err, &attr);
	conf = (struct nfs3_pathconf){
		.linkmax		= info.max_links,
		.name_max		= min_t(u32, info.max_name, NFS3_NAME_MAX),
		.no_trunc		= true,
		.chown_restricted	= true,
		.case_insensitive	= info.case_insensitive,
		.case_preserving	= info.case_preserving,
	};
	nfs3_put_status(call, 0);
	nfs3_put_attr_of(&call->req.enc, &attr);
	nfs3_put_pathconf(&call->req.enc, &conf);
	return nfs3_done(call, 0);
}
