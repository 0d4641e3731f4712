// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending: replies are pushed without a lock, one sender at a time drains them
 * and never waits. Pages are spliced into the socket, not copied.
 */
#include <linux/bvec.h>
#include <net/tcp.h>
#include "compat/compat.h"
#include "net/internal.h"

/* Moves what was pushed since to the end of the queue, in the order of pushing. */
static void tx_collect(struct ditto_conn *conn)
{
	struct llist_node *node = llist_reverse_order(llist_del_all(&conn->tx_new));
	struct ditto_req *req, *tmp;

	llist_for_each_entry_safe(req, tmp, node, tx)
		list_add_tail(&req->tx_list, &conn->tx_queue);
}

/* Sends memory from *@pos of a reply on; counts up *@pos. */
static int tx_send_kvec(struct socket *sock, struct kvec *kv, unsigned int nr, size_t len,
			size_t skip, bool more)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0) };

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, kv, nr, len);
	iov_iter_advance(&msg.msg_iter, skip);
	return sock_sendmsg(sock, &msg);
}

static int tx_send_payload(struct socket *sock, const struct ditto_payload *p, size_t skip,
			   bool more)
{
	struct msghdr msg = {
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_SPLICE_PAGES |
			     (more ? MSG_MORE : 0),
	};

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, p->bv, p->nr, p->len);
	iov_iter_advance(&msg.msg_iter, skip);
	return sock_sendmsg(sock, &msg);
}

/*
 * Sends the next run of a reply: the marker and all memory up to a payload, or
 * one payload. Returns bytes sent (0: the reply is complete) or an error.
 */
static int tx_send_run(struct socket *sock, struct ditto_req *req, bool more)
{
	struct kvec kv[DITTO_ENCODER_PIECES + 1];
	struct ditto_encoder *enc = &req->enc;
	size_t at = DITTO_FRAME_LEN, len = 0, start = 0;
	unsigned int i, nr = 0;

	kv[nr].iov_base = req->marker;
	kv[nr++].iov_len = len = DITTO_FRAME_LEN;
	for (i = 0; i < enc->nr; i++) {
		struct ditto_piece *piece = &enc->pieces[i];

		if (piece->payload) {
			if (req->sent < at)
				break;
			if (req->sent < at + piece->len)
				return tx_send_payload(sock, piece->payload, req->sent - at,
						       more || i + 1 < enc->nr);
			nr = 0;
			len = 0;
			start = at + piece->len;
		} else {
			kv[nr].iov_base = piece->mem;
			kv[nr++].iov_len = piece->len;
			len += piece->len;
		}
		at += piece->len;
	}
	if (req->sent >= start + len)
		return 0;
	return tx_send_kvec(sock, kv, nr, len, req->sent - start, more || i < enc->nr);
}

/* As much of a reply as the socket takes: 0 when it is sent, -EAGAIN when the socket is full. */
static int tx_send_some(struct socket *sock, struct ditto_req *req, bool more)
{
	int n;

	while ((n = tx_send_run(sock, req, more)) > 0)
		req->sent += n;
	return n;
}

static u32 tx_total(const struct ditto_req *req)
{
	return DITTO_FRAME_LEN + req->enc.done;
}

/* The caller has CONN_SENDING. 0: nothing is left, -EAGAIN: the socket is full. */
static int tx_drain(struct ditto_conn *conn)
{
	struct ditto_req *req;
	int ret;

	for (;;) {
		bool more;

		if (!llist_empty(&conn->tx_new))
			tx_collect(conn);
		req = list_first_entry_or_null(&conn->tx_queue, struct ditto_req, tx_list);
		if (!req)
			return 0;
		if (test_bit(CONN_DEAD, &conn->flags)) {
			list_del(&req->tx_list);
			ditto_req_end(req);
			continue;
		}
		more = !list_is_last(&req->tx_list, &conn->tx_queue) ||
		       !llist_empty(&conn->tx_new);
		ret = tx_send_some(conn->sock, req, more);
		if (ret == -EAGAIN) {
			if (!conn->stalled)
				WRITE_ONCE(conn->stalled, jiffies | 1);
			return ret;
		}
		WRITE_ONCE(conn->stalled, 0);
		if (ret < 0) {
			ditto_conn_shutdown(conn);
			continue;
		}
		WRITE_ONCE(conn->sent, conn->sent + tx_total(req));
		list_del(&req->tx_list);
		ditto_req_end(req);
	}
}

/**
 * ditto_tx_run - send what is to be sent, unless somebody does already
 * @conn: the connection; the caller holds a reference
 */
void ditto_tx_run(struct ditto_conn *conn)
{
	struct sock *sk = conn->sock->sk;
	unsigned int tries = 0;
	int ret;

	for (;;) {
		if (test_and_set_bit(CONN_SENDING, &conn->flags))
			return;
		ret = tx_drain(conn);
		if (ret == -EAGAIN)
			set_bit(SOCK_NOSPACE, &conn->sock->flags);
		clear_bit_unlock(CONN_SENDING, &conn->flags);
		/* pairs with the push before test_and_set_bit(), and with sk_write_space */
		smp_mb__after_atomic();
		if (ret == -EAGAIN) {
			ditto_net_count(conn->dn, NET_SEND_WAITS, 1);
			if (!sk_stream_is_writeable(sk) && !test_bit(CONN_DEAD, &conn->flags))
				return;
			/* room, and yet refused: no memory for buffers; no event will tell */
			if (++tries == 3) {
				ditto_conn_retry_later(conn, 10);
				return;
			}
		} else if (llist_empty(&conn->tx_new)) {
			return;
		}
	}
}

/**
 * ditto_tx_push - a reply is ready to be sent
 * @req: the request, owned by the sender from here on
 */
void ditto_tx_push(struct ditto_req *req)
{
	struct ditto_conn *conn = req->conn;

	conn->svc->frame(req->marker, req->enc.done);
	/* the request, and with it its reference, may be gone once it is pushed */
	ditto_conn_get(conn);
	llist_add(&req->tx, &conn->tx_new);
	ditto_tx_run(conn);
	ditto_conn_put(conn);
}

/**
 * ditto_tx_work - the socket has room again, or the connection is gone
 * @work: of the connection; holds a reference
 */
void ditto_tx_work(struct work_struct *work)
{
	struct ditto_conn *conn = container_of(work, struct ditto_conn, tx_work);

	ditto_tx_run(conn);
	ditto_conn_put(conn);
}

/**
 * ditto_tx_write_space - sk_write_space of a connection's socket
 * @sk: the socket; softirq
 */
void ditto_tx_write_space(struct sock *sk)
{
	struct ditto_conn *conn;

	read_lock_bh(&sk->sk_callback_lock);
	conn = sk->sk_user_data;
	if (conn && sk_stream_is_writeable(sk)) {
		if (sk->sk_socket)
			clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		ditto_conn_get(conn);
		if (!queue_work(ditto_wq, &conn->tx_work))
			ditto_conn_put(conn);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}
