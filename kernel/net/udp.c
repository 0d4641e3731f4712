// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP: a bound socket is one connection with many senders. Datagrams are
 * copied (they are short); each request carries its sender, and the reply
 * leaves from the address the datagram came to.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include "compat/compat.h"
#include "net/internal.h"

union udp_control {
	u8			raw[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr		align;
};

/* The local address from the control message the socket was asked to add. */
static void udp_local(struct msghdr *msg, void *control, const struct ditto_conn *conn,
		      struct ditto_peer *peer)
{
	struct cmsghdr *cmsg = control;

	peer->local = conn->peer.local;
	if (sizeof(union udp_control) - msg->msg_controllen < sizeof(*cmsg))
		return;
	if (cmsg->cmsg_level == SOL_IP && cmsg->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo *info = CMSG_DATA(cmsg);
		struct sockaddr_in *in = (struct sockaddr_in *)&peer->local;

		in->sin_family = AF_INET;
		in->sin_addr = info->ipi_spec_dst;
	} else if (cmsg->cmsg_level == SOL_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo *info = CMSG_DATA(cmsg);
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&peer->local;

		in6->sin6_family = AF_INET6;
		in6->sin6_addr = info->ipi6_addr;
		in6->sin6_scope_id = info->ipi6_ifindex;
	}
}

/**
 * ditto_udp_receive - take one datagram
 * @conn: the socket; the caller has the reading role
 *
 * Return: 1 with the datagram in conn->rx; 0 if there is none (or it was lost for
 * lack of memory); never an error: a UDP socket is not closed by what it receives.
 */
int ditto_udp_receive(struct ditto_conn *conn)
{
	struct sockaddr_storage from = {};
	union udp_control control = {};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct kvec kv = { .iov_base = conn->udp_buf, .iov_len = 65536 };
	struct ditto_req *req = conn->rx;
	void *mem;
	int n;

	n = kernel_recvmsg(conn->sock, &msg, &kv, 1, kv.iov_len, MSG_DONTWAIT);
	if (n == -EAGAIN)
		return 0;
	if (n <= 0) {
		/* an ICMP error or an empty datagram: look for the next one */
		set_bit(CONN_MORE, &conn->flags);
		return 0;
	}
	WRITE_ONCE(conn->received, conn->received + n);
	ditto_net_count(conn->dn, NET_DATAGRAMS, 1);
	set_bit(CONN_MORE, &conn->flags);
	mem = ditto_req_linear(req, n);
	req->own_peer = kzalloc(sizeof(*req->own_peer), GFP_NOFS);
	if (!mem || !req->own_peer) {
		ditto_net_count(conn->dn, NET_NO_MEMORY, 1);
		ditto_req_release_message(req);
		kfree(req->own_peer);
		req->own_peer = NULL;
		return 0;
	}
	memcpy(mem, conn->udp_buf, n);
	ditto_req_add_seg(req, mem, n);
	req->len = n;
	ditto_peer_set(&req->own_peer->addr, &from);
	udp_local(&msg, &control, conn, req->own_peer);
	req->peer = req->own_peer;
	return 1;
}

/* Makes the reply leave from the address the datagram was sent to. */
static size_t udp_source(const struct ditto_peer *peer, union udp_control *control)
{
	struct cmsghdr *cmsg = &control->align;

	memset(control, 0, sizeof(*control));
	if (peer->local.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&peer->local;
		struct in6_pktinfo *info = CMSG_DATA(cmsg);

		cmsg->cmsg_level = SOL_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(*info));
		info->ipi6_addr = in6->sin6_addr;
		info->ipi6_ifindex = in6->sin6_scope_id;
		return CMSG_SPACE(sizeof(*info));
	} else {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&peer->local;
		struct in_pktinfo *info = CMSG_DATA(cmsg);

		cmsg->cmsg_level = SOL_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(*info));
		info->ipi_spec_dst = in->sin_addr;
		return CMSG_SPACE(sizeof(*info));
	}
}

/**
 * ditto_udp_send - send a reply as one datagram
 * @req: the request; its encoder is finished. What cannot be sent is lost, as datagrams are
 */
void ditto_udp_send(struct ditto_req *req)
{
	struct kvec kv[DITTO_ENCODER_PIECES];
	struct ditto_peer *peer = req->own_peer;
	union udp_control control;
	struct msghdr msg = {
		.msg_name = &peer->addr,
		.msg_namelen = peer->addr.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
								: sizeof(struct sockaddr_in),
		.msg_control = &control,
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL,
	};
	u8 *flat = NULL, *to;
	unsigned int i, j;
	int n;

	msg.msg_controllen = udp_source(peer, &control);
	for (i = 0; i < req->enc.nr; i++) {
		kv[i].iov_base = req->enc.pieces[i].mem;
		kv[i].iov_len = req->enc.pieces[i].len;
		if (req->enc.pieces[i].payload)
			break;
	}
	if (i < req->enc.nr) {
		/* pages: made one piece, a datagram is short */
		flat = kvmalloc(req->enc.done, GFP_NOFS);
		if (!flat)
			return;
		for (i = 0, to = flat; i < req->enc.nr; i++) {
			struct ditto_piece *piece = &req->enc.pieces[i];

			for (j = 0; piece->payload && j < piece->payload->nr; j++) {
				memcpy_from_bvec(to, &piece->payload->bv[j]);
				to += piece->payload->bv[j].bv_len;
			}
			if (!piece->payload) {
				memcpy(to, piece->mem, piece->len);
				to += piece->len;
			}
		}
		kv[0].iov_base = flat;
		kv[0].iov_len = req->enc.done;
		i = 1;
	}
	n = kernel_sendmsg(req->conn->sock, &msg, kv, i, req->enc.done);
	if (n > 0)
		WRITE_ONCE(req->conn->sent, req->conn->sent + n);
	kvfree(flat);
}
