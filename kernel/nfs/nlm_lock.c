// SPDX-License-Identifier: GPL-2.0-only
/* NLM: TEST, LOCK, NM_LOCK, UNLOCK and CANCEL, in both forms. */
#include "compat/compat.h"
#include "nfs/nlm.h"

/* ---- files ----------------------------------------------------------------- */

static struct ditto_object *resolve(struct net *net, const u8 *fh, u32 len)
{
	struct ditto_object *obj = ditto_object_resolve(net, fh, len);

	return obj == ERR_PTR(-EBADF) ? ERR_PTR(-ESTALE) : obj;
}

/**
 * nlm_file_begin - find a file and take on the caller's credentials
 * @rq: the request
 * @fh: the file's handle
 * @file: set up; to be ended with nlm_file_end() whatever is returned
 *
 * Return: 0; -ESTALE; -EACCES: the export's rules do not allow this client; -EKEYREJECTED: not
 * with this flavour; another errno.
 */
int nlm_file_begin(struct nlm_req *rq, const struct nlm_netobj *fh, struct nlm_file *file)
{
	struct ditto_object *obj = resolve(rq->nn->net, fh->data, fh->len);
	int err;

	file->obj = NULL;
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	/* a handle from when the export was served over NFS */
	err = -ESTALE;
	if (ditto_export_config(obj->exp)->flags & DITTO_EXPORT_NFS)
		err = ditto_access_begin(&file->acc, obj->exp, rq->who);
	if (err)
		ditto_object_put(obj);
	else
		file->obj = obj;
	return err;
}

/**
 * nlm_file_end - give back what nlm_file_begin() took
 * @file: the access; may have failed to begin
 */
void nlm_file_end(struct nlm_file *file)
{
	if (!file->obj)
		return;
	ditto_access_end(&file->acc);
	ditto_object_put(file->obj);
	file->obj = NULL;
}

/**
 * nlm_owner_file - a file that an owner may have claims on
 * @owner: the owner
 * @fh: the file's handle
 * @len: bytes in @fh
 *
 * What is claimed can be given back even if the file has lost its last name, or the
 * client may not use it any more.
 *
 * Return: the file, for ditto_object_put(); -ESTALE and other errnos.
 */
struct ditto_object *nlm_owner_file(struct nlm_owner *owner, const u8 *fh, u32 len)
{
	struct ditto_object *obj = resolve(owner->owner.client->net, fh, len);
	struct ditto_object *held;

	if (!IS_ERR(obj))
		return obj;
	held = ditto_owner_object(&owner->owner, fh, len);
	return held ?: obj;
}

static int req_range(const struct nlm_req *rq, struct ditto_range *range)
{
	return ditto_range_from_length(rq->lock->l_offset, rq->lock->l_len, range);
}

/* ---- TEST ------------------------------------------------------------------ */

static int test_file(struct nlm_req *rq, struct nlm_file *file)
{
	struct ditto_range_request test = {
		.acc = &file->acc, .obj = file->obj, .exclusive = rq->exclusive,
	};
	struct nlm_owner *owner;
	int err;

	err = req_range(rq, &test.range) ?: nlm_req_host(rq, true);
	if (err)
		return err;
	owner = nlm_owner_make(rq->host, rq->lock);
	if (!owner)
		return -ENOLCK;
	test.owner = &owner->owner;
	err = ditto_range_test(&test);
	rq->by = test.by;
	nlm_owner_put(owner);
	return err;
}

/**
 * nlm_test - TEST (XNFS 10): could it be locked?
 * @rq: the request
 *
 * Return: 0; -EAGAIN: no (@rq->by); another errno.
 */
int nlm_test(struct nlm_req *rq)
{
	struct nlm_file file;
	int err;

	err = nlm_file_begin(rq, &rq->lock->fh, &file);
	if (!err)
		err = test_file(rq, &file);
	nlm_file_end(&file);
	return err;
}

/* ---- LOCK ------------------------------------------------------------------ */

static int lock_with_block(struct nlm_req *rq, struct nlm_owner *owner,
			   struct ditto_range_request *lock)
{
	struct nlm_block *block = nlm_block_new(rq, owner, &lock->range);
	int err;

	if (!block)
		return -ENOLCK;
	lock->wait = &block->wait;
	err = ditto_range_lock(lock);
	if (err == -EINPROGRESS)
		nlm_block_queued(block);
	else
		nlm_block_free(block);
	return err;
}

/*
 * A request for what is waited for already, or was just granted: the client asks from time to
 * time, and may have missed our callback. What waits goes on waiting. What was granted is
 * asked for anew, for it may have been taken away since; as a rule the owner still has it
 * and gets it at once, and the callback has become pointless.
 */
static int lock_locked(struct nlm_req *rq, struct nlm_owner *owner,
		       struct ditto_range_request *lock)
{
	const struct nlm_netobj *fh = &rq->lock->fh;
	bool wait = rq->args.lock.block && !lock->reclaim;
	struct nlm_block *old;
	int err;

	lockdep_assert_held(&owner->lock);
	old = nlm_block_find(owner, fh, &lock->range, lock->exclusive);
	if (wait && old && old->state == NLM_BLOCK_WAITING) {
		nlm_block_asked_again(old, rq);
		return -EINPROGRESS;
	}
	err = wait ? lock_with_block(rq, owner, lock) : ditto_range_lock(lock);
	if (!err)
		nlm_blocks_locked(owner, fh, &lock->range, lock->exclusive);
	else if (err == -EINPROGRESS && old)
		nlm_block_drop(old);
	return err;
}

static int lock_file(struct nlm_req *rq, struct nlm_file *file, const struct ditto_range *range)
{
	struct ditto_range_request lock = {
		.acc		= &file->acc,
		.obj		= file->obj,
		.range		= *range,
		.exclusive	= rq->exclusive,
		.reclaim	= rq->args.lock.reclaim,
	};
	struct nlm_owner *owner = nlm_owner_make(rq->host, rq->lock);
	int err;

	if (!owner)
		return -ENOLCK;
	lock.owner = &owner->owner;
	mutex_lock(&owner->lock);
	err = lock_locked(rq, owner, &lock);
	mutex_unlock(&owner->lock);
	nlm_owner_put(owner);
	return err;
}

static int do_lock(struct nlm_req *rq, bool monitored)
{
	struct ditto_range range;
	struct nlm_file file;
	int err;

	err = req_range(rq, &range);
	if (err)
		return err;
	err = nlm_file_begin(rq, &rq->lock->fh, &file);
	/* who may not use the file is not remembered either */
	if (!err)
		err = nlm_req_host(rq, true);
	if (!err)
		err = ditto_grace_check(rq->nn->net, rq->args.lock.reclaim);
	if (!err && monitored && READ_ONCE(rq->host->record) != NLM_RECORDED) {
		/* the export can be removed meanwhile; the file is looked for anew then */
		nlm_file_end(&file);
		err = nlm_monitor(rq);
		if (err)
			return err;
		err = nlm_file_begin(rq, &rq->lock->fh, &file);
	}
	if (!err)
		err = lock_file(rq, &file, &range);
	nlm_file_end(&file);
	return err;
}

/**
 * nlm_lock - LOCK (XNFS 10)
 * @rq: the request
 *
 * The state number is not looked at: clients send that of their status monitor, which may
 * start anew although they have not. It is the monitor's word that counts.
 *
 * Return: 0; -EINPROGRESS: it waits; NLM_PARKED; another errno.
 */
int nlm_lock(struct nlm_req *rq)
{
	return do_lock(rq, true);
}

/**
 * nlm_nm_lock - NM_LOCK (XNFS 10): by a host that has no status monitor
 * @rq: the request
 *
 * Return: as nlm_lock(), but it is not parked.
 */
int nlm_nm_lock(struct nlm_req *rq)
{
	return do_lock(rq, false);
}

/* ---- UNLOCK and CANCEL ----------------------------------------------------- */

/* The owner of the request, if it is known. */
static int req_owner(struct nlm_req *rq, struct nlm_owner **owner)
{
	int err = nlm_req_host(rq, false);

	*owner = !err && rq->host ? nlm_owner_find(rq->host, rq->lock) : NULL;
	return err;
}

/**
 * nlm_unlock - UNLOCK (XNFS 10)
 * @rq: the request
 *
 * A LOCK for the same range that still waits is not wanted any more either: who unlocks
 * because its CANCEL came too late means both.
 *
 * Return: 0, also if there was nothing to unlock; -ESTALE, -EFBIG; another errno.
 */
int nlm_unlock(struct nlm_req *rq)
{
	const struct nlm_netobj *fh = &rq->lock->fh;
	struct ditto_object *obj;
	struct nlm_owner *owner;
	struct ditto_range range;
	int err;

	err = req_range(rq, &range) ?: req_owner(rq, &owner);
	if (err)
		return err;
	obj = owner ? nlm_owner_file(owner, fh->data, fh->len) :
		      resolve(rq->nn->net, fh->data, fh->len);
	if (owner) {
		mutex_lock(&owner->lock);
		nlm_blocks_unlocked(owner, fh, &range);
		err = IS_ERR(obj) ? 0 : ditto_range_unlock(&owner->owner, obj, &range);
		mutex_unlock(&owner->lock);
		nlm_owner_put(owner);
	}
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	ditto_object_put(obj);
	return err;
}

/**
 * nlm_cancel - CANCEL (XNFS 10): a LOCK that waits is not wanted any more
 * @rq: the request
 *
 * If nothing waits it is refused (XNFS leaves that open): the client may have been granted the
 * range without knowing it yet, and will unlock it when told that it came too late.
 * To take the range back instead would be wrong where the client already held a part of it.
 *
 * Return: 0; -EAGAIN: there is no such LOCK waiting; -EFBIG.
 */
int nlm_cancel(struct nlm_req *rq)
{
	struct nlm_owner *owner;
	struct nlm_block *block;
	struct ditto_range range;
	int err;

	err = req_range(rq, &range) ?: req_owner(rq, &owner);
	if (err)
		return err;
	if (!owner)
		return -EAGAIN;
	mutex_lock(&owner->lock);
	block = nlm_block_find(owner, &rq->lock->fh, &range, rq->exclusive);
	err = block ? nlm_block_cancel(block) : -EAGAIN;
	mutex_unlock(&owner->lock);
	nlm_owner_put(owner);
	return err;
}
