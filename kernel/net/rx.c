// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving: the reading role and the cutting of a stream into messages.
 *
 * A short message is copied into its request. A long one stays where the
 * network put it: the request keeps (clones of) the socket buffers and refers
 * to their bytes, so that a WRITE's payload is copied once, into the page cache.
 */
#include <linux/tcp.h>
#include <net/tcp.h>
#include "compat/compat.h"
#include "net/internal.h"

/* Wake the reader of a long message when this much of it has come. */
#define RX_LOWAT_MAX	(256 * 1024)
/* Requests this long keep a CPU busy: the next one may run elsewhere. */
#define RX_SPREAD	(64 * 1024)

enum { RX_AGAIN, RX_COMPLETE };

/* ---- long messages: refer to the bytes of a socket buffer ---- */

static int rx_refer_range(struct ditto_req *req, struct sk_buff *skb, u32 off, u32 len)
{
	u32 start = skb_headlen(skb);
	struct sk_buff *frag_skb;
	int i;

	if (off < start) {
		u32 n = min(len, start - off);

		if (!ditto_req_add_seg(req, skb->data + off, n))
			return -ENOMEM;
		off += n;
		len -= n;
	}
	for (i = 0; len && i < skb_shinfo(skb)->nr_frags; i++) {
		skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		u32 size = skb_frag_size(frag);

		if (off < start + size) {
			u32 n = min(len, start + size - off);

			if (!ditto_req_add_seg(req, skb_frag_address(frag) + off - start, n))
				return -ENOMEM;
			off += n;
			len -= n;
		}
		start += size;
	}
	if (!len)
		return 0;
	skb_walk_frags(skb, frag_skb) {
		if (off < start + frag_skb->len) {
			u32 n = min(len, start + frag_skb->len - off);
			int err = rx_refer_range(req, frag_skb, off - start, n);

			if (err)
				return err;
			off += n;
			len -= n;
			if (!len)
				return 0;
		}
		start += frag_skb->len;
	}
	return -EFAULT;
}

/*
 * A buffer is held for the message. What counts is the memory, not the bytes in
 * it: many tiny segments could otherwise pin far more than the message's length.
 */
static bool rx_hold(struct ditto_req *req, struct sk_buff *skb)
{
	struct sk_buff *clone;

	/* another fragment of the message in the buffer held last */
	if (req->skbs && req->skbs->head == skb->head)
		return true;
	clone = skb_clone(skb, GFP_NOFS);
	if (!clone)
		return false;
	clone->next = req->skbs;
	req->skbs = clone;
	ditto_req_charge(req, clone->truesize);
	return true;
}

static int rx_refer(struct ditto_req *req, struct sk_buff *skb, u32 off, u32 len)
{
	int err;

	/* bytes in device memory cannot be read by the CPU; nobody binds such queues to us */
	if (!skb_frags_readable(skb))
		return -EFAULT;
	if (!rx_hold(req, skb))
		return -ENOMEM;
	err = rx_refer_range(req, skb, off, len);
	if (!err && req->charged / 8 > READ_ONCE(req->conn->svc->max_record))
		err = -EMSGSIZE;
	return err;
}

/* ---- framing ---- */

/* A marker is complete: the next part of the message begins. */
static int rx_begin_part(struct ditto_conn *conn)
{
	struct ditto_service *svc = conn->svc;
	u32 len;

	conn->marker_got = 0;
	if (!svc->unframe(conn->marker, &len, &conn->last_part)) {
		ditto_net_count(conn->dn, NET_BAD_MARKER, 1);
		return -EPROTO;
	}
	/* an empty part that is not the last could be repeated for ever */
	if (!len && !conn->last_part) {
		ditto_net_count(conn->dn, NET_BAD_MARKER, 1);
		return -EPROTO;
	}
	/* the limit may have been lowered below what has come already */
	if ((u64)conn->total + len > READ_ONCE(svc->max_record)) {
		ditto_net_count(conn->dn, NET_TOO_LONG, 1);
		return -EMSGSIZE;
	}
	conn->part = len;
	conn->total += len;
	return 0;
}

/* Where a message that consists of one short part is copied to. */
static bool rx_is_short(const struct ditto_conn *conn)
{
	return conn->last_part && conn->total <= DITTO_REQ_INLINE;
}

static int rx_take(struct ditto_conn *conn, struct sk_buff *skb, u32 off, u32 len)
{
	struct ditto_req *req = conn->rx;

	if (!rx_is_short(conn) || req->skbs)
		return rx_refer(req, skb, off, len);
	if (skb_copy_bits(skb, off, req->inline_rx + conn->got, len))
		return -EFAULT;
	return ditto_req_add_seg(req, req->inline_rx + conn->got, len) ? 0 : -ENOMEM;
}

static bool rx_complete(const struct ditto_conn *conn)
{
	return conn->last_part && !conn->part && !conn->marker_got && conn->started;
}

/* Consumes bytes of @skb until the message is complete or they are used up. */
static int rx_actor(read_descriptor_t *desc, struct sk_buff *skb, unsigned int off, size_t len)
{
	struct ditto_conn *conn = desc->arg.data;
	size_t used = 0;
	int err = 0;

	/* within one buffer we are called again even though we asked to stop */
	if (!desc->count)
		return 0;
	while (used < len) {
		u32 n;

		if (!conn->started) {
			conn->started = jiffies | 1;
			conn->total = 0;
			conn->got = 0;
			conn->last_part = false;
			conn->part = 0;
		}
		if (!conn->part) {
			n = min_t(u32, DITTO_FRAME_LEN - conn->marker_got, len - used);
			err = skb_copy_bits(skb, off + used, conn->marker + conn->marker_got, n);
			if (err)
				break;
			conn->marker_got += n;
			used += n;
			if (conn->marker_got < DITTO_FRAME_LEN)
				break;
			err = rx_begin_part(conn);
		} else {
			n = min_t(u32, conn->part, len - used);
			err = rx_take(conn, skb, off + used, n);
			if (err)
				break;
			conn->part -= n;
			conn->got += n;
			used += n;
		}
		if (err)
			break;
		if (rx_complete(conn)) {
			desc->count = 0;
			break;
		}
	}
	if (err) {
		desc->error = err;
		desc->count = 0;
	}
	return used;
}

/* The reader sleeps until a good part of what is missing has come. */
static void rx_set_lowat(struct ditto_conn *conn)
{
	struct sock *sk = conn->sock->sk;
	int want = 1;

	if (conn->part > 1)
		want = min_t(int, min_t(u32, conn->part, RX_LOWAT_MAX),
			     max(1, READ_ONCE(sk->sk_rcvbuf) / 4));
	if (READ_ONCE(sk->sk_rcvlowat) != want)
		WRITE_ONCE(sk->sk_rcvlowat, want);
}

static void rx_finish(struct ditto_conn *conn)
{
	struct ditto_req *req = conn->rx;

	req->len = conn->got;
	conn->started = 0;
}

/**
 * ditto_rx_stream - read from a TCP socket until a message is complete
 * @conn: the connection; the caller has the reading role
 *
 * Return: 1 with a complete message in conn->rx, 0 if more has to come first, negative if the
 * connection is to be closed: -EPIPE at its orderly end.
 */
int ditto_rx_stream(struct ditto_conn *conn)
{
	struct sock *sk = conn->sock->sk;
	read_descriptor_t desc = { .arg.data = conn, .count = 1 };
	int n;

	lock_sock(sk);
	n = tcp_read_sock(sk, &desc, rx_actor);
	release_sock(sk);
	if (n > 0)
		WRITE_ONCE(conn->received, conn->received + n);
	if (desc.error) {
		if (desc.error == -ENOMEM)
			ditto_net_count(conn->dn, NET_NO_MEMORY, 1);
		return desc.error;
	}
	if (rx_complete(conn)) {
		rx_finish(conn);
		rx_set_lowat(conn);
		return RX_COMPLETE;
	}
	if (n < 0)
		return n;
	if (sk->sk_err || sk->sk_state == TCP_CLOSE)
		return -ECONNRESET;
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return tcp_inq(sk) > 0 ? RX_AGAIN : -EPIPE;
	rx_set_lowat(conn);
	return RX_AGAIN;
}

/* ---- the reading role ---- */

static bool rx_has_more(struct ditto_conn *conn)
{
	struct sock *sk = conn->sock->sk;

	if (test_bit(CONN_MORE, &conn->flags))
		return true;
	if (!conn->stream)
		return !skb_queue_empty_lockless(&sk->sk_receive_queue);
	if (tcp_inq(sk) >= READ_ONCE(sk->sk_rcvlowat))
		return true;
	/* the end may have come together with the last message, and is told once */
	return READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN && !test_bit(CONN_EOF, &conn->flags);
}

/*
 * Should this connection stop reading for now? A message that has begun is read
 * to its end as far as the connection's own limits go; the limit of all
 * connections together holds always (the reaper closes those that never finish).
 * Up to twice that limit, who holds nothing goes on, message by message: clients
 * that take no replies do not stop those that do.
 */
static bool rx_over_limit(struct ditto_conn *conn)
{
	const struct ditto_limits *lim = &conn->dn->limits;
	u64 all = atomic_long_read(&conn->dn->held);
	int own = atomic_read(&conn->held);

	if (all >= READ_ONCE(lim->max_bytes) && (own || all / 2 >= READ_ONCE(lim->max_bytes)))
		return true;
	return !conn->started &&
	       (atomic_read(&conn->pending) >= READ_ONCE(lim->max_requests) ||
		own >= READ_ONCE(lim->max_conn_bytes));
}

/* Hands the role, and the reference that belongs to it, to a worker. */
static void rx_queue(struct ditto_conn *conn, bool spread)
{
	queue_work(spread ? ditto_wq_spread : ditto_wq, &conn->rx->work);
}

/**
 * ditto_rx_kick - something came: see that somebody reads
 * @conn: the connection; any context
 */
void ditto_rx_kick(struct ditto_conn *conn)
{
	set_bit(CONN_MORE, &conn->flags);
	if (test_and_set_bit(CONN_READING, &conn->flags))
		return;
	ditto_conn_get(conn);
	rx_queue(conn, false);
}

/**
 * ditto_rx_resume - take the role back that was set aside, if the limits allow
 * @conn: the connection
 */
void ditto_rx_resume(struct ditto_conn *conn)
{
	if (rx_over_limit(conn) || !test_and_clear_bit(CONN_THROTTLED, &conn->flags))
		return;
	ditto_conn_get(conn);
	rx_queue(conn, false);
}

/* Gives the role up; true if it has to be taken again at once. */
static bool rx_release(struct ditto_conn *conn)
{
	clear_bit_unlock(CONN_READING, &conn->flags);
	/* pairs with set_bit() and test_and_set_bit() in ditto_rx_kick() */
	smp_mb__after_atomic();
	return rx_has_more(conn) && !test_and_set_bit(CONN_READING, &conn->flags);
}

/* True if the role has been set aside (or given back to the end of a request). */
static bool rx_throttle(struct ditto_conn *conn)
{
	if (likely(!rx_over_limit(conn)))
		return false;
	ditto_net_count(conn->dn, NET_THROTTLED, 1);
	set_bit(CONN_THROTTLED, &conn->flags);
	/* pairs with ditto_req_end() */
	smp_mb__after_atomic();
	if (!rx_over_limit(conn) && test_and_clear_bit(CONN_THROTTLED, &conn->flags))
		return false;
	/* the bytes of all connections together have no one place to wake from */
	ditto_conn_retry_later(conn, 20);
	return true;
}

static void rx_end_of_stream(struct ditto_conn *conn, int err)
{
	if (err == -EPIPE) {
		set_bit(CONN_EOF, &conn->flags);
		/* pairs with the decrement in ditto_req_end() */
		smp_mb__after_atomic();
		if (atomic_read(&conn->pending))
			return;
	}
	ditto_conn_shutdown(conn);
}

/* After a message: pass the role on, or give it up. The role's reference goes with it. */
static void rx_pass_on(struct ditto_conn *conn, bool spread)
{
	if (rx_has_more(conn) || rx_release(conn))
		rx_queue(conn, spread);
	else
		ditto_conn_put(conn);
}

/**
 * ditto_rx_work - read one message, pass the reading role on, execute the message
 * @work: of the connection's next request
 */
void ditto_rx_work(struct work_struct *work)
{
	struct ditto_req *req = container_of(work, struct ditto_req, work);
	struct ditto_conn *conn = req->conn;
	struct ditto_req *next;
	int ret;

	do {
		if (test_bit(CONN_DEAD, &conn->flags) || rx_throttle(conn))
			goto put;
		clear_bit(CONN_MORE, &conn->flags);
		smp_mb__after_atomic();
		ret = conn->stream ? ditto_rx_stream(conn) : ditto_udp_receive(conn);
		if (ret < 0) {
			rx_end_of_stream(conn, ret);
			goto put;
		}
		if (ret == RX_COMPLETE)
			goto complete;
	} while (rx_has_more(conn) || rx_release(conn));
put:
	ditto_conn_put(conn);
	return;

complete:
	next = ditto_req_alloc(conn);
	if (!next) {
		ditto_net_count(conn->dn, NET_NO_MEMORY, 1);
		ditto_conn_shutdown(conn);
		goto put;
	}
	conn->rx = next;
	conn->requests++;
	WRITE_ONCE(conn->last, jiffies);
	atomic_inc(&conn->pending);
	ditto_conn_get(conn);
	rx_pass_on(conn, req->len > RX_SPREAD);

	ditto_net_count(conn->dn, NET_REQUESTS, 1);
	ditto_req_ready(req);
	conn->svc->handle(req);
}
