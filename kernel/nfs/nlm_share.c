// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM: SHARE and UNSHARE, files opened as DOS does. They come from hosts that have no status
 * monitor and say FREE_ALL when they start anew. An owner is named by its handle alone, and
 * has a file open once: a SHARE takes the place of the one before.
 */
#include "compat/compat.h"
#include "lock/share.h"
#include "nfs/nlm.h"
#include "vfs/deny.h"
#include "vfs/node.h"

static_assert((int)FSA_R == DITTO_SHARE_READ && (int)FSA_W == DITTO_SHARE_WRITE &&
	      (int)FSA_RW == (DITTO_SHARE_READ | DITTO_SHARE_WRITE));
static_assert((int)FSM_DR == DITTO_SHARE_READ && (int)FSM_DW == DITTO_SHARE_WRITE &&
	      (int)FSM_DRW == (DITTO_SHARE_READ | DITTO_SHARE_WRITE));

/* May the caller do what it wants to open the file for? */
static int share_permission(struct nlm_file *file, u32 access)
{
	struct ditto_file *open;
	int err = 0;

	if (!d_is_reg(file->obj->path.dentry))
		return -EISDIR;
	if (access & FSA_R) {
		err = ditto_file_get(&file->acc, file->obj, false, &open);
		if (!err)
			ditto_file_put(open);
	}
	if (!err && (access & FSA_W)) {
		err = ditto_file_get(&file->acc, file->obj, true, &open);
		if (!err)
			ditto_file_put(open);
	}
	return err;
}

static int share_file(struct nlm_req *rq, struct nlm_file *file)
{
	const struct nlm_shareargs *args = &rq->args.share;
	struct nlm_lock who = { .oh = args->share.oh };
	struct nlm_owner *owner;
	int err;

	err = share_permission(file, args->share.access) ?: nlm_req_host(rq, true);
	if (err)
		return err;
	owner = nlm_owner_make(rq->host, &who);
	if (!owner)
		return -ENOLCK;
	mutex_lock(&owner->lock);
	err = ditto_share_set(&file->acc, file->obj, &owner->owner, args->share.access,
			      args->share.mode, args->reclaim, &rq->by);
	mutex_unlock(&owner->lock);
	nlm_owner_put(owner);
	return err == -ESHAREDENIED ? -EAGAIN : err;
}

/**
 * nlm_share - SHARE (XNFS 10)
 * @rq: the request
 *
 * Return: 0; -EAGAIN: somebody else's share is against it; another errno.
 */
int nlm_share(struct nlm_req *rq)
{
	struct nlm_file file;
	int err;

	err = nlm_file_begin(rq, &rq->args.share.share.fh, &file);
	if (!err)
		err = share_file(rq, &file);
	nlm_file_end(&file);
	return err;
}

/**
 * nlm_unshare - UNSHARE (XNFS 10)
 * @rq: the request
 *
 * Return: 0, also if there was nothing to close; -ESTALE and other errnos.
 */
int nlm_unshare(struct nlm_req *rq)
{
	const struct nlm_share *share = &rq->args.share.share;
	struct nlm_lock who = { .oh = share->oh };
	struct nlm_owner *owner = NULL;
	struct ditto_object *obj;
	int err;

	err = nlm_req_host(rq, false);
	if (!err && rq->host)
		owner = nlm_owner_find(rq->host, &who);
	if (!owner)
		return err;
	obj = nlm_owner_file(owner, share->fh.data, share->fh.len);
	if (!IS_ERR(obj)) {
		mutex_lock(&owner->lock);
		ditto_share_drop(&owner->owner, obj);
		mutex_unlock(&owner->lock);
		ditto_object_put(obj);
	}
	nlm_owner_put(owner);
	return PTR_ERR_OR_ZERO(obj);
}
