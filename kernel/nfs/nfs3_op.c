// SPDX-License-Identifier: GPL-2.0-only
/* NFS version 3: what all procedures begin and end with. */
#include <linux/slab.h>
#include "lock/park.h"
#include "nfs/nfs3.h"

/**
 * struct nfs3_parked - what a parked call needs
 * @park: how it is told
 * @call: the call
 */
struct nfs3_parked {
	struct ditto_park	park;
	struct rpc_call		*call;
};

/**
 * nfs3_resolve - the object of a file handle
 * @call: the call
 * @fh: the handle
 * @obj: set to the object, referenced; to NULL on error
 *
 * Return: 0, -EBADHANDLE (not a handle of ours), -ESTALE (the object is gone) or another errno.
 */
int nfs3_resolve(struct rpc_call *call, const struct nfs3_fh *fh, struct ditto_object **obj)
{
	struct ditto_object *found;

	*obj = NULL;
	found = ditto_object_resolve(call->req.net, fh->data, fh->len);
	if (IS_ERR(found))
		return PTR_ERR(found) == -EBADF ? -EBADHANDLE : PTR_ERR(found);
	*obj = found;
	return 0;
}

/**
 * nfs3_begin - find an object and take on the caller's credentials
 * @call: the call
 * @fh: the object's handle
 * @op: set up; to be ended with nfs3_end() whatever is returned
 *
 * Return: 0; as nfs3_resolve(); -EACCES: the export's rules do not allow this client;
 * -EKEYREJECTED: not with this flavour.
 */
int nfs3_begin(struct rpc_call *call, const struct nfs3_fh *fh, struct nfs3_op *op)
{
	int err;

	err = nfs3_resolve(call, fh, &op->obj);
	if (err)
		return err;
	/* a handle from when the export was served over NFS */
	if (!(ditto_export_config(op->obj->exp)->flags & DITTO_EXPORT_NFS))
		err = -ESTALE;
	else
		err = ditto_access_begin(&op->acc, op->obj->exp, &call->who);
	if (!err && unlikely(call->parked))
		op->acc.park = &((struct nfs3_parked *)call->parked)->park;
	if (err) {
		ditto_object_put(op->obj);
		op->obj = NULL;
	}
	return err;
}

/**
 * nfs3_end - give back what nfs3_begin() took
 * @op: the access; may have failed to begin
 */
void nfs3_end(struct nfs3_op *op)
{
	if (!op->obj)
		return;
	ditto_access_end(&op->acc);
	ditto_object_put(op->obj);
	op->obj = NULL;
}

/**
 * nfs3_name_check - is this a name for something in a directory?
 * @name: as it came
 * @dot: what to return for "."
 * @dotdot: what to return for ".."
 *
 * RFC 1813 3.2: an empty name and bytes that cannot be in a name are NFS3ERR_ACCES.
 *
 * Return: 0, -EACCES, -ENAMETOOLONG, @dot or @dotdot.
 */
int nfs3_name_check(const struct nfs3_name *name, int dot, int dotdot)
{
	if (!name->len)
		return -EACCES;
	if (!name->bytes)
		return -ENAMETOOLONG;
	if (memchr(name->bytes, '/', name->len) || memchr(name->bytes, '\0', name->len))
		return -EACCES;
	if (name->bytes[0] != '.')
		return 0;
	if (name->len == 1)
		return dot;
	return name->len == 2 && name->bytes[1] == '.' ? dotdot : 0;
}

/**
 * nfs3_op_attr - attributes of the object to go into the results
 * @op: the access
 * @attr: filled in; not valid if the call has no access or they cannot be had
 *
 * An error here does not fail the operation (RFC 1813 2.5, post_op_attr).
 */
void nfs3_op_attr(struct nfs3_op *op, struct ditto_attr *attr)
{
	if (!op->obj || ditto_getattr(&op->acc, op->obj, attr))
		attr->valid = false;
}

/**
 * nfs3_op_wcc - make sure there are attributes from after the operation
 * @op: the access
 * @wcc: cleared before the operation; @wcc->after is filled in if the operation did not
 */
void nfs3_op_wcc(struct nfs3_op *op, struct ditto_wcc *wcc)
{
	if (!wcc->after.valid)
		nfs3_op_attr(op, &wcc->after);
}

/**
 * nfs3_put_status - encode how the call ended
 * @call: the call, nothing encoded yet
 * @err: 0 or a negative errno
 *
 * Return: true if it ended well.
 */
bool nfs3_put_status(struct rpc_call *call, int err)
{
	enum nfs3_stat stat = nfs3_stat_of(call->proc, err);

	xdr_put_u32(&call->req.enc, nfs3_stat_wire(stat));
	if (stat == NFS3_S_OK)
		return true;
	/* it may not be the end of it: nfs3_done() */
	if (err != -EJUKEBOX)
		nfs3_count_error(call, stat);
	return false;
}

static void parked_resume(struct ditto_park *park)
{
	struct rpc_call *call = container_of(park, struct nfs3_parked, park)->call;

	if (ditto_conn_alive(call->req.conn))
		rpc_call_again(call);
	else
		rpc_call_finish(call, RPC_DROP);
}

/*
 * Somebody has to give way first. Sets the call aside; it has no access to
 * anything any more. False: it has waited long enough, or there is no memory.
 */
static bool park(struct rpc_call *call)
{
	struct nfs3_parked *parked = call->parked;

	if (!parked) {
		parked = kmalloc(sizeof(*parked), GFP_KERNEL);
		if (!parked)
			return false;
		parked->call = call;
		ditto_park_init(&parked->park, call->req.net, parked_resume);
		call->parked = parked;
	}
	return ditto_park_commit(&parked->park);
}

/**
 * nfs3_done - the results are encoded
 * @call: the call
 * @err: what nfs3_begin() or the operation returned
 *
 * Whether there was room for the results is seen by rpc/: the operation has been done then.
 * An operation that has to wait for somebody to give way is begun anew later, unless it has
 * waited long enough; the call is not to be touched after RPC_PARKED.
 *
 * Return: what the procedure returns to rpc/.
 */
enum rpc_outcome nfs3_done(struct rpc_call *call, int err)
{
	if (unlikely(err == -EJUKEBOX)) {
		if (park(call))
			return RPC_PARKED;
		nfs3_count_error(call, NFS3_S_JUKEBOX);
	}
	if (unlikely(call->parked))
		ditto_park_cancel(&((struct nfs3_parked *)call->parked)->park);
	return err == -EKEYREJECTED ? RPC_TOOWEAK : RPC_REPLY;
}

/**
 * nfs3_done_attr - results of a failed procedure that are a status and attributes
 * @call: the call
 * @err: a negative errno
 * @attr: the attributes
 *
 * Return: what the procedure returns to rpc/.
 */
enum rpc_outcome nfs3_done_attr(struct rpc_call *call, int err, const struct ditto_attr *attr)
{
	nfs3_put_status(call, err);
	nfs3_put_attr_of(&call->req.enc, attr);
	return nfs3_done(call, err);
}

/**
 * nfs3_done_wcc - results that are a status and attributes before and after
 * @call: the call
 * @err: 0 or a negative errno
 * @wcc: the attributes
 *
 * Return: what the procedure returns to rpc/.
 */
enum rpc_outcome nfs3_done_wcc(struct rpc_call *call, int err, const struct ditto_wcc *wcc)
{
	nfs3_put_status(call, err);
	nfs3_put_wcc_of(&call->req.enc, wcc);
	return nfs3_done(call, err);
}
