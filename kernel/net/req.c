// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: their memory, their end.
 *
 * Requests come from a slab cache with a constructor, so that the allocator
 * does not clear two kilobytes for each of them.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "net/internal.h"

/* Memory of a long reply: each chunk twice the one before. */
struct ditto_req_chunk {
	struct ditto_req_chunk	*next;
	u32			size;
	u8			data[] __aligned(8);
};

/* Replies from this length on count against the limits; short ones are many and cost little. */
#define REPLY_CHARGED	16384u

#define CHUNK_MIN	4096u
#define CHUNK_MAX	(256u * 1024)

static bool req_grow(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	struct ditto_req *req = container_of(enc, struct ditto_req, enc);
	u32 want = req->chunks ? min(2 * req->chunks->size, CHUNK_MAX) : CHUNK_MIN;
	struct ditto_req_chunk *chunk;

	want = round_up(max_t(u32, want, min), 8);
	chunk = kvmalloc(struct_size(chunk, data, want), GFP_NOFS);
	if (!chunk)
		return false;
	chunk->size = want;
	chunk->next = req->chunks;
	req->chunks = chunk;
	*mem = chunk->data;
	*size = want;
	return true;
}

static const struct ditto_encoder_ops req_encoder_ops = {
	.grow	= req_grow,
	.drop	= ditto_payload_free,
};

static u32 req_reply_limit(const struct ditto_req *req)
{
	const struct ditto_service *svc = req->conn->svc;

	/* what fits into one datagram beside the headers */
	if (!req->conn->stream)
		return 65000;
	return svc->reply_limit ? svc->reply_limit : READ_ONCE(svc->max_record);
}

static void req_drop_reply(struct ditto_req *req)
{
	struct ditto_req_chunk *chunk = req->chunks;
	unsigned int i;

	for (i = 0; i < req->enc.nr; i++)
		if (req->enc.pieces[i].payload)
			ditto_payload_free(req->enc.pieces[i].payload);
	req->enc.nr = 0;
	while (chunk) {
		struct ditto_req_chunk *next = chunk->next;

		kvfree(chunk);
		chunk = next;
	}
	req->chunks = NULL;
}

/**
 * ditto_req_reset_reply - forget what was written of the reply and start it again
 * @req: the request, not yet replied
 */
void ditto_req_reset_reply(struct ditto_req *req)
{
	req_drop_reply(req);
	ditto_encoder_init(&req->enc, &req_encoder_ops, req->inline_tx, sizeof(req->inline_tx),
			   req_reply_limit(req));
}
EXPORT_SYMBOL_GPL(ditto_req_reset_reply);

/**
 * ditto_req_alloc - a request to be filled by a connection's reader
 * @conn: the connection; no reference is taken
 *
 * Return: the request, or NULL.
 */
struct ditto_req *ditto_req_alloc(struct ditto_conn *conn)
{
	struct ditto_req *req = kmem_cache_alloc(conn->svc->req_cache, GFP_NOFS);

	if (!req)
		return NULL;
	INIT_WORK(&req->work, ditto_rx_work);
	req->conn = conn;
	req->peer = &conn->peer;
	req->net = conn->dn->net;
	req->segs = req->inline_segs;
	req->max_segs = ARRAY_SIZE(req->inline_segs);
	req->nr_segs = 0;
	req->len = 0;
	req->charged = 0;
	req->sent = 0;
	req->skbs = NULL;
	req->linear = NULL;
	req->chunks = NULL;
	req->own_peer = NULL;
	req->enc.nr = 0;
	return req;
}

/**
 * ditto_req_ready - a message is complete: prepare its reply
 * @req: the request
 */
void ditto_req_ready(struct ditto_req *req)
{
	ditto_encoder_init(&req->enc, &req_encoder_ops, req->inline_tx, sizeof(req->inline_tx),
			   req_reply_limit(req));
}

/**
 * ditto_req_make - a message of ours that answers none
 * @conn: the connection; the caller has a reference
 * @to: datagrams: the address it goes to, and the one it comes from (all 0: any of ours).
 *	Streams: NULL
 *
 * Its encoder is empty. It is ended like a request that came: ditto_req_reply() sends
 * what was written, ditto_req_drop() does not.
 *
 * Return: the message, or NULL without memory.
 */
struct ditto_req *ditto_req_make(struct ditto_conn *conn, const struct ditto_peer *to)
{
	struct ditto_req *req = ditto_req_alloc(conn);

	if (!req)
		return NULL;
	if (!conn->stream) {
		req->own_peer = kmemdup(to, sizeof(*to), GFP_NOFS);
		if (!req->own_peer) {
			ditto_req_free(req);
			return NULL;
		}
		req->own_peer->local.ss_family = to->addr.ss_family;
		req->peer = req->own_peer;
	}
	atomic_inc(&conn->pending);
	ditto_conn_get(conn);
	ditto_req_ready(req);
	return req;
}
EXPORT_SYMBOL_GPL(ditto_req_make);

/**
 * ditto_req_charge - count memory that a request holds against the limits
 * @req: the request; given back by ditto_req_release_message() and when it ends
 * @bytes: how much
 */
void ditto_req_charge(struct ditto_req *req, u32 bytes)
{
	req->charged += bytes;
	atomic_add(bytes, &req->conn->held);
	atomic_long_add(bytes, &req->conn->dn->held);
}

static void req_uncharge(struct ditto_req *req)
{
	if (!req->charged)
		return;
	atomic_sub(req->charged, &req->conn->held);
	atomic_long_sub(req->charged, &req->conn->dn->held);
	req->charged = 0;
}

/**
 * ditto_req_add_seg - a further segment of the message
 * @req: the request being received
 * @base: its bytes
 * @len: how many
 *
 * Return: the segment, or NULL without memory.
 */
struct kvec *ditto_req_add_seg(struct ditto_req *req, void *base, size_t len)
{
	struct kvec *seg;

	if (req->nr_segs) {
		seg = &req->segs[req->nr_segs - 1];
		if (seg->iov_base + seg->iov_len == base) {
			seg->iov_len += len;
			return seg;
		}
	}
	if (req->nr_segs == req->max_segs) {
		unsigned int max = req->max_segs < 64 ? 320 : 2 * req->max_segs;
		struct kvec *segs = kvmalloc_array(max, sizeof(*segs), GFP_NOFS);

		if (!segs)
			return NULL;
		ditto_req_charge(req, max * sizeof(*segs));
		memcpy(segs, req->segs, req->nr_segs * sizeof(*segs));
		if (req->segs != req->inline_segs)
			kvfree(req->segs);
		req->segs = segs;
		req->max_segs = max;
	}
	seg = &req->segs[req->nr_segs++];
	seg->iov_base = base;
	seg->iov_len = len;
	return seg;
}

/**
 * ditto_req_linear - memory for a message that is copied
 * @req: the request being received
 * @len: its length, bytes
 *
 * Return: the memory, or NULL.
 */
void *ditto_req_linear(struct ditto_req *req, size_t len)
{
	if (len <= sizeof(req->inline_rx))
		return req->inline_rx;
	req->linear = kvmalloc(len, GFP_NOFS);
	return req->linear;
}

/**
 * ditto_req_release_message - give the message's buffers back, before the reply is sent
 * @req: the request; its segments are not read any more
 */
void ditto_req_release_message(struct ditto_req *req)
{
	if (req->skbs) {
		kfree_skb_list(req->skbs);
		req->skbs = NULL;
	}
	if (req->linear) {
		kvfree(req->linear);
		req->linear = NULL;
	}
	if (req->segs != req->inline_segs) {
		kvfree(req->segs);
		req->segs = req->inline_segs;
	}
	req->nr_segs = 0;
	req_uncharge(req);
}

/**
 * ditto_req_free - free a request that is not pending
 * @req: the request
 */
void ditto_req_free(struct ditto_req *req)
{
	ditto_req_release_message(req);
	req_drop_reply(req);
	kfree(req->own_peer);
	kmem_cache_free(req->conn->svc->req_cache, req);
}

/**
 * ditto_req_end - a pending request is over: answered, dropped, or its connection gone
 * @req: the request; freed
 */
void ditto_req_end(struct ditto_req *req)
{
	struct ditto_conn *conn = req->conn;

	ditto_req_free(req);
	if (atomic_dec_and_test(&conn->pending) && test_bit(CONN_EOF, &conn->flags))
		ditto_conn_shutdown(conn);
	/* pairs with the reader that sets CONN_THROTTLED and looks again */
	smp_mb__after_atomic();
	if (test_bit(CONN_THROTTLED, &conn->flags))
		ditto_rx_resume(conn);
	ditto_conn_put(conn);
}

/**
 * ditto_req_reply - send the reply that was written to req->enc
 * @req: the request; not touched by the service any more. If the encoder is bad
 *	there is no reply to send and the request is dropped.
 *
 * Any process context, not holding locks of the service's hot path.
 */
void ditto_req_reply(struct ditto_req *req)
{
	ditto_encoder_finish(&req->enc);
	if (!ditto_encoder_ok(&req->enc)) {
		ditto_req_end(req);
		return;
	}
	ditto_req_release_message(req);
	if (req->conn->stream) {
		/* a client that takes no replies shall not make more and more of them */
		if (req->enc.done >= REPLY_CHARGED)
			ditto_req_charge(req, req->enc.done);
		ditto_tx_push(req);
	} else {
		ditto_udp_send(req);
		ditto_req_end(req);
	}
}
EXPORT_SYMBOL_GPL(ditto_req_reply);

/**
 * ditto_req_drop - end a request without a reply
 * @req: the request; not touched by the service any more
 */
void ditto_req_drop(struct ditto_req *req)
{
	ditto_req_end(req);
}
EXPORT_SYMBOL_GPL(ditto_req_drop);
