// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM: LOCKs that wait.
 *
 * Everything that can happen to a block is decided under its owner's mutex, by its state:
 *
 *	NEW	being asked for. Nobody knows of it; if the lock manager grants it before it
 *		is on the lists, granted() waits for the mutex.
 *	WAITING	in the lock manager's queue. Left by granted(), or by whoever drops it. The
 *		lock manager may have decided already, and granted() be on its way:
 *		ditto_range_cancel() says so, and wait.err what it has decided.
 *	GRANTED	the owner has the range. The client is told until it answers.
 *	ENDED	off the lists. Whatever is still on its way (granted(), a callback's end, its
 *		retry) finds this and does nothing but put its reference.
 *
 * The races:
 *
 *   CANCEL against the grant: if the lock manager has granted it, CANCEL is refused as
 *   too late and the callback goes out. The client unlocks then, or refuses the callback;
 *   either frees the range. If it failed, there is nothing left to cancel.
 *
 *   UNLOCK against the grant: the block is dropped before the range is unlocked, so a
 *   grant that was decided is unlocked with it, and no callback follows.
 *
 *   LOCK again against the callback: the client has the range by the answer to LOCK.
 *   The block is dropped first; should the client refuse the callback that is still
 *   out, nothing is unlocked.
 *
 *   Refused callback against LOCKs of other threads of the process: what the owner was
 *   granted since is noted in the block and left alone.
 *
 *   The host starts anew, or is forgotten: all its blocks are dropped, then its claims.
 *   A grant decided in between is one of these claims.
 *
 *   The export is removed: the lock manager ends waits with -ESTALE. A block that was
 *   granted holds nothing of the export; its range is gone, taking it back finds no file.
 *
 *   The module or namespace goes: no requests come any more. Blocks are dropped, calls
 *   of ours are ended, and it is waited until the last reference is put.
 */
#include <linux/slab.h>
#include "compat/compat.h"
#include "nfs/nlm.h"

static struct nlm_net *block_net(const struct nlm_block *block)
{
	return nlm_host_of(block->owner)->nn;
}

/* The lock manager has decided. Without locks. */
static void block_granted(struct ditto_wait *wait, int err)
{
	struct nlm_block *block = container_of(wait, struct nlm_block, wait);

	mutex_lock(&block->owner->lock);
	if (block->state == NLM_BLOCK_WAITING) {
		if (err) {
			nlm_block_drop(block);
		} else {
			block->state = NLM_BLOCK_GRANTED;
			nlm_callback_start(block);
		}
	}
	mutex_unlock(&block->owner->lock);
	nlm_block_put(block);
}

/**
 * nlm_block_new - a block to wait with
 * @rq: the request
 * @owner: for whom, held
 * @range: of what
 *
 * Return: the block; NULL: no memory, or the host has too many.
 */
struct nlm_block *nlm_block_new(struct nlm_req *rq, struct nlm_owner *owner,
				const struct ditto_range *range)
{
	const struct nlm_netobj *fh = &rq->lock->fh;
	struct nlm_block *block;

	if (READ_ONCE(rq->host->nr_blocks) >= NLM_BLOCKS_MAX)
		return NULL;
	block = kzalloc_obj(*block, GFP_KERNEL_ACCOUNT);
	if (!block)
		return NULL;
	ditto_owner_get(&owner->owner);
	block->owner = owner;
	block->wait.granted = block_granted;
	block->exclusive = rq->exclusive;
	block->range = *range;
	block->l_offset = rq->lock->l_offset;
	block->l_len = rq->lock->l_len;
	block->fh_len = min_t(u32, fh->len, NLM_FHSIZE);
	memcpy(block->fh, fh->data, block->fh_len);
	nlm_block_asked_again(block, rq);
	return block;
}

/**
 * nlm_block_free - it need not wait
 * @block: from nlm_block_new(), and not queued
 */
void nlm_block_free(struct nlm_block *block)
{
	nlm_owner_put(block->owner);
	kfree(block);
}

/**
 * nlm_block_get - another reference
 * @block: held, or on a list whose lock is held
 */
void nlm_block_get(struct nlm_block *block)
{
	refcount_inc(&block->ref);
}

/**
 * nlm_block_put - give a reference back
 * @block: may be freed by it
 */
void nlm_block_put(struct nlm_block *block)
{
	struct nlm_net *nn = block_net(block);

	if (!refcount_dec_and_test(&block->ref))
		return;
	nlm_block_free(block);
	nlm_unbusy(nn);
}

/**
 * nlm_block_queued - a block waits in the lock manager
 * @block: new; its owner is locked, and has been since before it was queued
 */
void nlm_block_queued(struct nlm_block *block)
{
	struct nlm_host *host = nlm_host_of(block->owner);
	struct nlm_net *nn = host->nn;

	lockdep_assert_held(&block->owner->lock);
	nlm_callback_prepare(block);
	/* the lists' and the wait's */
	refcount_set(&block->ref, 2);
	block->state = NLM_BLOCK_WAITING;
	list_add_tail(&block->on_owner, &block->owner->blocks);
	nlm_count(nn, NLM_STAT_BLOCKS);
	spin_lock(&nn->lock);
	nn->busy++;
	host->nr_blocks++;
	list_add_tail(&block->on_host, &host->blocks);
	spin_unlock(&nn->lock);
	nlm_callback_expect(block);
}

/**
 * nlm_block_asked_again - the client asks for the same once more
 * @block: new or waiting; its owner is locked
 * @rq: the request. The client is told the way it asked the last time
 */
void nlm_block_asked_again(struct nlm_block *block, const struct nlm_req *rq)
{
	block->vers = rq->vers;
	block->ipproto = rq->ipproto;
	block->msg = !rq->call;
	block->local = rq->who->peer->local;
}

static bool block_is_of(const struct nlm_block *block, const struct nlm_netobj *fh)
{
	return block->fh_len == fh->len && !memcmp(block->fh, fh->data, fh->len);
}

static bool same_range(const struct ditto_range *a, const struct ditto_range *b)
{
	return a->first == b->first && a->last == b->last;
}

/**
 * nlm_block_find - an owner's block
 * @owner: locked
 * @fh: of which file
 * @range: of what
 * @exclusive: how
 *
 * Return: the one block that is for exactly this, or NULL.
 */
struct nlm_block *nlm_block_find(struct nlm_owner *owner, const struct nlm_netobj *fh,
				 const struct ditto_range *range, bool exclusive)
{
	struct nlm_block *block;

	lockdep_assert_held(&owner->lock);
	list_for_each_entry(block, &owner->blocks, on_owner)
		if (block->exclusive == exclusive && same_range(&block->range, range) &&
		    block_is_of(block, fh))
			return block;
	return NULL;
}

/* ---- ends ------------------------------------------------------------------ */

static void block_end(struct nlm_block *block)
{
	struct nlm_host *host = nlm_host_of(block->owner);
	struct nlm_net *nn = host->nn;

	lockdep_assert_held(&block->owner->lock);
	block->state = NLM_BLOCK_ENDED;
	list_del_init(&block->on_owner);
	spin_lock(&nn->lock);
	list_del_init(&block->on_host);
	host->nr_blocks--;
	spin_unlock(&nn->lock);
	ditto_stat_add(nn->net, &nlm_stats, NLM_STAT_BLOCKS, -1);
	nlm_callback_stop(block);
	nlm_block_put(block);
}

/**
 * nlm_block_drop - neither wait nor tell any more
 * @block: on the lists; its owner is locked, and held by the caller. What was granted stays so
 */
void nlm_block_drop(struct nlm_block *block)
{
	/* granted() cannot be past its first lines as long as it is WAITING: the wait is good */
	if (block->state == NLM_BLOCK_WAITING && !ditto_range_cancel(&block->wait))
		nlm_block_put(block);
	block_end(block);
}

/**
 * nlm_block_cancel - do not wait any more, if it waits
 * @block: on the lists; its owner is locked, and held by the caller
 *
 * Return: 0; -EAGAIN: it has been granted.
 */
int nlm_block_cancel(struct nlm_block *block)
{
	if (block->state != NLM_BLOCK_WAITING)
		return -EAGAIN;
	if (!ditto_range_cancel(&block->wait))
		nlm_block_put(block);
	else if (!block->wait.err)
		return -EAGAIN;
	block_end(block);
	return 0;
}

/* The end of the kept range that covers @at, or 0; *@next: where the next one behind it begins. */
static const struct ditto_range *kept_at(const struct nlm_block *block, u64 at, u64 *next)
{
	const struct ditto_range *kept;

	*next = U64_MAX;
	for (kept = block->kept; kept < block->kept + block->nr_kept; kept++) {
		if (kept->first <= at && kept->last >= at)
			return kept;
		if (kept->first > at)
			*next = min(*next, kept->first);
	}
	return NULL;
}

/* Unlocks all of the range that is not kept. */
static int block_unlock(struct nlm_block *block, struct ditto_object *obj)
{
	struct ditto_range part = { .first = block->range.first };
	const struct ditto_range *kept;
	u64 next;
	int err;

	for (;;) {
		kept = kept_at(block, part.first, &next);
		if (kept) {
			part.last = kept->last;
		} else {
			part.last = block->range.last;
			if (next <= part.last && next != U64_MAX)
				part.last = next - 1;
			err = ditto_range_unlock(&block->owner->owner, obj, &part);
			if (err)
				return err;
		}
		if (part.last >= block->range.last)
			return 0;
		part.first = part.last + 1;
	}
}

/**
 * nlm_block_give_back - the client does not want what it was granted
 * @block: granted; its owner is locked, and held by the caller
 *
 * Return: 0: the block has ended; -ENOLCK: no memory, it is as it was.
 */
int nlm_block_give_back(struct nlm_block *block)
{
	struct ditto_object *obj = nlm_owner_file(block->owner, block->fh, block->fh_len);
	int err = 0;

	if (!IS_ERR(obj)) {
		err = block_unlock(block, obj);
		ditto_object_put(obj);
	}
	if (err == -ENOLCK)
		return err;
	block_end(block);
	return 0;
}

/* ---- what else the owner does ---------------------------------------------- */

static void block_keep(struct nlm_block *block, const struct ditto_range *range)
{
	struct ditto_range *last = &block->kept[NLM_BLOCK_KEPT - 1];

	if (block->nr_kept < NLM_BLOCK_KEPT) {
		block->kept[block->nr_kept++] = *range;
		return;
	}
	last->first = min(last->first, range->first);
	last->last = max(last->last, range->last);
}

/**
 * nlm_blocks_locked - an owner was granted a range by LOCK
 * @owner: locked
 * @fh: of which file
 * @range: of what
 * @exclusive: how
 *
 * Who has been answered this way need not be called back, nor wait.
 */
void nlm_blocks_locked(struct nlm_owner *owner, const struct nlm_netobj *fh,
		       const struct ditto_range *range, bool exclusive)
{
	struct nlm_block *block, *next;

	lockdep_assert_held(&owner->lock);
	list_for_each_entry_safe(block, next, &owner->blocks, on_owner) {
		if (!block_is_of(block, fh))
			continue;
		if (block->exclusive == exclusive && same_range(&block->range, range))
			nlm_block_drop(block);
		else if (ditto_range_overlaps(&block->range, range))
			block_keep(block, range);
	}
}

/**
 * nlm_blocks_unlocked - an owner is about to unlock a range
 * @owner: locked
 * @fh: of which file
 * @range: of what
 *
 * What it wants just this range for is not wanted any more.
 */
void nlm_blocks_unlocked(struct nlm_owner *owner, const struct nlm_netobj *fh,
			 const struct ditto_range *range)
{
	struct nlm_block *block, *next;

	lockdep_assert_held(&owner->lock);
	list_for_each_entry_safe(block, next, &owner->blocks, on_owner)
		if (block_is_of(block, fh) && same_range(&block->range, range))
			nlm_block_drop(block);
}

static struct nlm_block *host_block(struct nlm_host *host)
{
	struct nlm_block *block;

	spin_lock(&host->nn->lock);
	block = list_first_entry_or_null(&host->blocks, struct nlm_block, on_host);
	if (block)
		nlm_block_get(block);
	spin_unlock(&host->nn->lock);
	return block;
}

/**
 * nlm_blocks_drop - a host waits for nothing any more, and is told nothing
 * @host: held
 */
void nlm_blocks_drop(struct nlm_host *host)
{
	struct nlm_block *block;

	while ((block = host_block(host))) {
		mutex_lock(&block->owner->lock);
		if (block->state != NLM_BLOCK_ENDED)
			nlm_block_drop(block);
		mutex_unlock(&block->owner->lock);
		nlm_block_put(block);
	}
}

/* ---- GRANTED_RES ----------------------------------------------------------- */

/* A block by what the client sends back, referenced. */
static struct nlm_block *block_by_cookie(struct nlm_net *nn, const struct nlm_netobj *cookie)
{
	struct nlm_block *block;
	__be32 raw[2];

	if (cookie->len != sizeof(raw))
		return NULL;
	memcpy(raw, cookie->data, sizeof(raw));
	if (be32_to_cpu(raw[0]) != nn->salt)
		return NULL;
	xa_lock(&nn->blocks);
	block = xa_load(&nn->blocks, be32_to_cpu(raw[1]));
	if (block)
		nlm_block_get(block);
	xa_unlock(&nn->blocks);
	return block;
}

/**
 * nlm_granted_res - GRANTED_RES (XNFS 10): what a client says to GRANTED_MSG
 * @rq: the request
 *
 * Return: 0.
 */
int nlm_granted_res(struct nlm_req *rq)
{
	const struct nlm_res *res = &rq->args.res;
	struct nlm_block *block = block_by_cookie(rq->nn, &res->cookie);
	struct nlm_host *host;

	if (!block)
		return 0;
	host = nlm_host_of(block->owner);
	mutex_lock(&block->owner->lock);
	if (block->state == NLM_BLOCK_GRANTED &&
	    nlm_same_address(&host->client.addr, &rq->who->peer->addr))
		nlm_callback_answer(block, res->stat);
	mutex_unlock(&block->owner->lock);
	nlm_block_put(block);
	return 0;
}
