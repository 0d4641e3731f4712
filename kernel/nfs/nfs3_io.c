// SPDX-License-Identifier: GPL-2.0-only
/* NFS version 3: data. READ, WRITE, COMMIT. */
#include <linux/minmax.h>
#include "nfs/nfs3.h"

static_assert((int)NFS3_UNSTABLE == (int)DITTO_UNSTABLE &&
	      (int)NFS3_DATA_SYNC == (int)DITTO_DATA_SYNC &&
	      (int)NFS3_FILE_SYNC == (int)DITTO_FILE_SYNC);

/* READ3resok without its data, and the padding behind it. */
#define READ_OVERHEAD	(4 + NFS3_POST_OP_ATTR_LEN + 12 + 3)

/**
 * nfs3_max_io - the largest READ and WRITE
 * @call: the call
 *
 * Return: bytes, a multiple of 4096.
 */
u32 nfs3_max_io(const struct rpc_call *call)
{
	return ditto_conn_is_stream(call->req.conn) ? rpc_payload_max() : NFS3_UDP_MAX_IO;
}

static void put_read(struct ditto_encoder *enc, const struct ditto_attr *attr,
		     struct ditto_payload *payload, bool eof)
{
	u32 len = payload ? payload->len : 0;

	nfs3_put_attr_of(enc, attr);
	xdr_put_u32(enc, len);
	xdr_put_bool(enc, eof);
	xdr_put_u32(enc, len);
	if (len) {
		ditto_encoder_payload(enc, payload, len);
		ditto_encoder_zero(enc, xdr_padded(len) - len);
	} else if (payload) {
		ditto_payload_free(payload);
	}
}

/**
 * nfs3_read - READ (RFC 1813 3.3.6)
 * @call: the call
 *
 * The data is sent from the pages it lies in. More than the largest transfer, or than fits into
 * the reply, is a short read.
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_read(struct rpc_call *call)
{
	struct nfs3_range_args *args = nfs3_args(call, struct nfs3_range_args);
	struct ditto_payload *payload = NULL;
	struct ditto_attr attr;
	struct nfs3_op op;
	bool eof = false;
	u32 count, room;
	int err;

	if (!nfs3_get_range(&call->args, args))
		return RPC_GARBAGE_ARGS;
	room = ditto_encoder_room(&call->req.enc);
	if (room < READ_OVERHEAD)
		return RPC_SYSTEM_ERR;
	count = min3(args->count, nfs3_max_io(call), room - READ_OVERHEAD);
	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = ditto_read(&op.acc, op.obj, args->offset, count, &payload, &eof);
	nfs3_op_attr(&op, &attr);
	nfs3_end(&op);
	if (err)
		return nfs3_done_attr(call, err, &attr);
	nfs3_put_status(call, 0);
	put_read(&call->req.enc, &attr, payload, eof);
	return nfs3_done(call, 0);
}

/* Refuses what cannot be a write before it gets near a file. */
static int write_check(const struct nfs3_write_args *args)
{
	if (args->count != args->len)
		return -EINVAL;
	if (args->offset > S64_MAX || args->data.len > S64_MAX - args->offset)
		return -EFBIG;
	return 0;
}

/**
 * nfs3_write - WRITE (RFC 1813 3.3.7)
 * @call: the call
 *
 * The data goes from the message to the file. More than the largest transfer is a short write;
 * a count that is not the length of the data is NFS3ERR_INVAL.
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_write(struct rpc_call *call)
{
	struct nfs3_write_args *args = nfs3_args(call, struct nfs3_write_args);
	struct ditto_encoder *enc = &call->req.enc;
	enum ditto_stable stable;
	struct ditto_wcc wcc = {};
	u8 verf[NFS3_VERFSIZE];
	struct nfs3_op op;
	u32 written = 0;
	int err;

	if (!nfs3_get_write(&call->args, args, nfs3_max_io(call)))
		return RPC_GARBAGE_ARGS;
	stable = (enum ditto_stable)args->stable;
	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = write_check(args);
	/* before the data: were it lost in between, the client must see the old one */
	ditto_write_verifier(call->req.net, verf);
	if (!err)
		err = ditto_write(&op.acc, op.obj, args->offset, &args->data, &stable, &written,
				  &wcc);
	nfs3_op_wcc(&op, &wcc);
	nfs3_end(&op);
	if (err)
		return nfs3_done_wcc(call, err, &wcc);
	nfs3_put_status(call, 0);
	nfs3_put_wcc_of(enc, &wcc);
	xdr_put_u32(enc, written);
	xdr_put_u32(enc, stable);
	ditto_encoder_put(enc, verf, NFS3_VERFSIZE);
	return nfs3_done(call, 0);
}

/**
 * nfs3_commit - COMMIT (RFC 1813 3.3.21)
 * @call: the call
 *
 * A range that no file can have means all of the file: there is no status to refuse it with.
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_commit(struct rpc_call *call)
{
	struct nfs3_range_args *args = nfs3_args(call, struct nfs3_range_args);
	struct ditto_wcc wcc = {};
	u8 verf[NFS3_VERFSIZE];
	struct nfs3_op op;
	int err;

	if (!nfs3_get_range(&call->args, args))
		return RPC_GARBAGE_ARGS;
	if (args->offset > S64_MAX || args->count > S64_MAX - args->offset) {
		args->offset = 0;
		args->count = 0;
	}
	err = nfs3_begin(call, &args->fh, &op);
	if (!err)
		err = ditto_commit(&op.acc, op.obj, args->offset, args->count, &wcc);
	/* after the data: a failure to write it back has changed it */
	ditto_write_verifier(call->req.net, verf);
	nfs3_op_wcc(&op, &wcc);
	nfs3_end(&op);
	if (err)
		return nfs3_done_wcc(call, err, &wcc);
	nfs3_put_status(call, 0);
	nfs3_put_wcc_of(&call->req.enc, &wcc);
	ditto_encoder_put(&call->req.enc, verf, NFS3_VERFSIZE);
	return nfs3_done(call, 0);
}
