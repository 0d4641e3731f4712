/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NFS version 3 (RFC 1813), the procedures. All have the same shape: decode,
 * begin (find the object, check the export's rules, take on the caller's
 * credentials), do, end, and only then encode: until everything is known nothing
 * is in the reply that would have to be taken back.
 */
#ifndef DITTO_NFS_NFS3_H
#define DITTO_NFS_NFS3_H

#include "nfs/nfs3_status.h"
#include "nfs/nfs3_xdr.h"
#include "rpc/rpc.h"
#include "vfs/access.h"
#include "vfs/guard.h"
#include "vfs/object.h"
#include "vfs/ops.h"

/* Over UDP a transfer has to fit into one datagram, and should into few fragments. */
#define NFS3_UDP_MAX_IO		(32u * 1024)

/**
 * struct nfs3_op - a call's access to one object
 * @obj: the object; NULL: the call has no access to it
 * @acc: the access, begun as long as @obj is there
 */
struct nfs3_op {
	struct ditto_object	*obj;
	struct ditto_access	acc;
};

/* Room for a procedure's arguments in its call. */
#define nfs3_args(call, type) ({					\
	static_assert(sizeof(type) <= RPC_CALL_PRIV);			\
	(type *)(call)->priv; })

/* nfs3_op.c */
int nfs3_begin(struct rpc_call *call, const struct nfs3_fh *fh, struct nfs3_op *op);
void nfs3_end(struct nfs3_op *op);
int nfs3_resolve(struct rpc_call *call, const struct nfs3_fh *fh, struct ditto_object **obj);
int nfs3_name_check(const struct nfs3_name *name, int dot, int dotdot);
void nfs3_op_attr(struct nfs3_op *op, struct ditto_attr *attr);
void nfs3_op_wcc(struct nfs3_op *op, struct ditto_wcc *wcc);
bool nfs3_put_status(struct rpc_call *call, int err);
enum rpc_outcome nfs3_done(struct rpc_call *call, int err);
enum rpc_outcome nfs3_done_attr(struct rpc_call *call, int err, const struct ditto_attr *attr);
enum rpc_outcome nfs3_done_wcc(struct rpc_call *call, int err, const struct ditto_wcc *wcc);

/* nfs3_attr.c */
int nfs3_sattr_from_wire(const struct nfs3_sattr *from, struct ditto_setattr *to);
void nfs3_fattr_of(const struct ditto_attr *from, struct nfs3_fattr *to);
void nfs3_put_attr_of(struct ditto_encoder *enc, const struct ditto_attr *attr);
void nfs3_put_wcc_of(struct ditto_encoder *enc, const struct ditto_wcc *wcc);
enum rpc_outcome nfs3_getattr(struct rpc_call *call);
enum rpc_outcome nfs3_setattr(struct rpc_call *call);
enum rpc_outcome nfs3_access(struct rpc_call *call);

/* nfs3_name.c */
enum rpc_outcome nfs3_lookup(struct rpc_call *call);
enum rpc_outcome nfs3_readlink(struct rpc_call *call);
enum rpc_outcome nfs3_remove(struct rpc_call *call);
enum rpc_outcome nfs3_rmdir(struct rpc_call *call);
enum rpc_outcome nfs3_rename(struct rpc_call *call);
enum rpc_outcome nfs3_link(struct rpc_call *call);

/* nfs3_create.c */
enum rpc_outcome nfs3_create(struct rpc_call *call);
enum rpc_outcome nfs3_mkdir(struct rpc_call *call);
enum rpc_outcome nfs3_symlink(struct rpc_call *call);
enum rpc_outcome nfs3_mknod(struct rpc_call *call);

/* nfs3_io.c */
u32 nfs3_max_io(const struct rpc_call *call);
enum rpc_outcome nfs3_read(struct rpc_call *call);
enum rpc_outcome nfs3_write(struct rpc_call *call);
enum rpc_outcome nfs3_commit(struct rpc_call *call);

/* nfs3_dir.c */
enum rpc_outcome nfs3_readdir(struct rpc_call *call);
enum rpc_outcome nfs3_readdirplus(struct rpc_call *call);

/* nfs3_fs.c */
enum rpc_outcome nfs3_fsstat(struct rpc_call *call);
enum rpc_outcome nfs3_fsinfo(struct rpc_call *call);
enum rpc_outcome nfs3_pathconf(struct rpc_call *call);

/* nfs3_procs.c */
void nfs3_count_error(const struct rpc_call *call, enum nfs3_stat stat);
int nfs3_init(void);
void nfs3_exit(void);

#endif
