// SPDX-License-Identifier: GPL-2.0-only
/*
 * NFS version 3: listing directories. READDIR, READDIRPLUS.
 *
 * Cookies are the file system's and stay good while the directory changes, so the cookie
 * verifier is always zero (RFC 1813 3.3.16) and what a client sends for it does not matter.
 * NFS3ERR_BAD_COOKIE is for a cookie the file system refuses.
 */
#include "nfs/nfs3.h"

/* The part of a READDIR3resok in front of its entries: attributes and verifier. */
#define HEAD_LEN(attr)	(((attr)->valid ? NFS3_POST_OP_ATTR_LEN : 4) + NFS3_VERFSIZE)

/**
 * struct listing - a directory being listed into a reply
 * @enc: the reply
 * @plus: READDIRPLUS
 * @nr: entries so far
 * @room: bytes of the results still free, the end of the list not counted
 * @dir_room: bytes of names, numbers and cookies still wanted
 * @full: the next entry did not fit
 * @fattr: the entry's attributes
 */
struct listing {
	struct ditto_encoder	*enc;
	bool			plus;
	u32			nr;
	u32			room;
	u32			dir_room;
	bool			full;
	struct nfs3_fattr	fattr;
};

/* Encodes one entry if it fits; what fits half is taken back. */
static bool put_entry(struct listing *list, const struct nfs3_entry *entry, u32 len)
{
	struct ditto_encoder_mark mark;

	ditto_encoder_mark(list->enc, &mark);
	if (list->plus)
		nfs3_put_entryplus(list->enc, entry);
	else
		nfs3_put_entry(list->enc, entry);
	if (ditto_encoder_room(list->enc) >= NFS3_DIR_END_LEN) {
		list->room -= len;
		list->nr++;
		return true;
	}
	ditto_encoder_rewind(list->enc, &mark);
	return false;
}

/*
 * For ditto_readdir(). RFC 1813 3.3.17: maxcount bounds the results, dircount the part of them
 * that is not attributes and handles. The latter says what the client wants rather than what it
 * can take, so one entry goes out whatever it says.
 */
static bool emit(void *arg, const struct ditto_dirent *dirent)
{
	struct listing *list = arg;
	struct nfs3_entry entry = {
		.fileid	= dirent->ino,
		.name	= dirent->name,
		.len	= dirent->len,
		.cookie	= dirent->cookie,
	};
	u32 dir_len = nfs3_entry_len(&entry);
	u32 len = dir_len;

	if (list->plus) {
		if (dirent->attr.valid) {
			nfs3_fattr_of(&dirent->attr, &list->fattr);
			entry.attr = &list->fattr;
		}
		if (dirent->handle.len) {
			entry.fh = dirent->handle.raw;
			entry.fh_len = dirent->handle.len;
		}
		len = nfs3_entryplus_len(&entry);
	}
	if (len > list->room || (list->nr && dir_len > list->dir_room) ||
	    !put_entry(list, &entry, len)) {
		list->full = true;
		return false;
	}
	list->dir_room -= min(dir_len, list->dir_room);
	return true;
}

/* Where the entries are to be cut off, in bytes; false if not even an empty list fits. */
static bool list_room(struct listing *list, const struct nfs3_readdir_args *args, u32 head)
{
	/* the counts are for what follows the status */
	u32 room = min(args->maxcount, ditto_encoder_room(list->enc) - 4);

	list->dir_room = args->dircount;
	if (room < head + NFS3_DIR_END_LEN)
		return false;
	list->room = room - head - NFS3_DIR_END_LEN;
	return true;
}

static enum rpc_outcome list(struct rpc_call *call, bool plus)
{
	struct nfs3_readdir_args *args = nfs3_args(call, struct nfs3_readdir_args);
	struct ditto_encoder *enc = &call->req.enc;
	struct listing list = { .enc = enc, .plus = plus };
	struct ditto_encoder_mark start;
	struct ditto_attr attr;
	struct nfs3_op op;
	bool eof = false;
	int err;

	if (!(plus ? nfs3_get_readdirplus : nfs3_get_readdir)(&call->args, args))
		return RPC_GARBAGE_ARGS;
	err = nfs3_begin(call, &args->fh, &op);
	nfs3_op_attr(&op, &attr);
	ditto_encoder_mark(enc, &start);
	if (!err && !list_room(&list, args, HEAD_LEN(&attr)))
		err = -ETOOSMALL;
	if (!err) {
		xdr_put_u32(enc, NFS3_OK);
		nfs3_put_attr_of(enc, &attr);
		ditto_encoder_zero(enc, NFS3_VERFSIZE);
		err = ditto_readdir(&op.acc, op.obj, args->cookie, plus, emit, &list, &eof);
	}
	nfs3_end(&op);
	if (!err && list.full && !list.nr)
		err = -ETOOSMALL;
	if (err) {
		ditto_encoder_rewind(enc, &start);
		return nfs3_done_attr(call, err, &attr);
	}
	nfs3_put_dir_end(enc, eof && !list.full);
	return nfs3_done(call, 0);
}

/**
 * nfs3_readdir - READDIR (RFC 1813 3.3.16)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_readdir(struct rpc_call *call)
{
	return list(call, false);
}

/**
 * nfs3_readdirplus - READDIRPLUS (RFC 1813 3.3.17)
 * @call: the call
 *
 * Return: how it ended.
 */
enum rpc_outcome nfs3_readdirplus(struct rpc_call *call)
{
	return list(call, true);
}
