// SPDX-License-Identifier: GPL-2.0-only
/*
 * An RPC service. Replies are short: one that a connection cannot take at once ends the
 * connection.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "addr.h"
#include "log.h"
#include "loop.h"
#include "svc.h"

/* Connections at a time; the one that is idle longest makes room. */
#define SVC_CONNS	128
/* Calls without a reply at a time; more are lost, and come again. */
#define SVC_REQS	2048
/* A connection that says nothing is closed after so many milliseconds. */
#define SVC_IDLE	60000
/* Datagrams taken in one turn. */
#define SVC_BATCH	64

/**
 * struct svc_conn - a connection
 * @lfd: its socket
 * @idle: closes it
 * @peer: who is at the other end
 * @reqs: calls without a reply
 * @next: connection, the one used last is first
 * @prev: the other way
 * @len: bytes in @message
 * @message: bytes of the call that have come
 * @have: bytes of the next fragment's marker and body
 * @want: bytes of the fragment; valid if four of the marker have come
 * @last: it is the last of the call
 * @marker: of the fragment
 */
struct svc_conn {
	struct loop_fd		lfd;
	struct loop_timer	idle;
	struct sockaddr_storage	peer;
	struct svc_req		*reqs;
	struct svc_conn		*next;
	struct svc_conn		*prev;
	size_t			len;
	size_t			have;
	size_t			want;
	bool			last;
	uint8_t			marker[4];
	uint8_t			message[SVC_CALL_MAX];
};

/* The one service. */
static struct {
	struct svc_program	program;
	struct loop_fd		sockets[RPCBIND_NR];	/* fd -1: none */
	unsigned int		ports[RPCBIND_NR];
	struct svc_conn		*first, *last;
	unsigned int		nr_conns;
	unsigned int		nr_reqs;
} svc = { .sockets = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 }, { .fd = -1 } } };

/* ---- calls ---- */

static void svc_call(struct svc_req *req, uint8_t *bytes, size_t len)
{
	enum rpc_status status;
	struct xdr x;

	xdr_init(&x, bytes, len);
	if (!rpc_get_call(&x, &req->call, &status)) {
		svc_drop(req);
		return;
	}
	if (status == RPC_SUCCESS && req->call.prog != svc.program.prog)
		status = RPC_PROG_UNAVAIL;
	else if (status == RPC_SUCCESS && req->call.vers != svc.program.vers)
		status = RPC_PROG_MISMATCH;
	if (status != RPC_SUCCESS)
		svc_refuse(req, status);
	else
		svc.program.handle(req, &x);
}

static struct svc_req *svc_req_new(const struct sockaddr_storage *peer)
{
	struct svc_req *req = svc.nr_reqs < SVC_REQS ? calloc(1, sizeof(*req)) : NULL;

	if (!req)
		return NULL;
	svc.nr_reqs++;
	req->peer = *peer;
	req->fd = -1;
	return req;
}

/* ---- datagrams ---- */

static void udp_local(struct msghdr *msg, struct sockaddr_storage *local)
{
	struct in6_pktinfo *info6;
	struct in_pktinfo *info;
	struct cmsghdr *cmsg;

	memset(local, 0, sizeof(*local));
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
			info = (struct in_pktinfo *)CMSG_DATA(cmsg);
			addr_set(local, AF_INET, &info->ipi_spec_dst, 0);
		} else if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
			info6 = (struct in6_pktinfo *)CMSG_DATA(cmsg);
			addr_set(local, AF_INET6, &info6->ipi6_addr, info6->ipi6_ifindex);
		}
	}
}

static bool udp_receive(int fd)
{
	uint8_t bytes[SVC_CALL_MAX], control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct sockaddr_storage peer = {};
	struct msghdr msg = {
		.msg_name = &peer, .msg_namelen = sizeof(peer),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct svc_req *req;
	ssize_t len;

	len = recvmsg(fd, &msg, MSG_DONTWAIT);
	if (len < 0)
		return errno == EINTR;
	if (msg.msg_flags & MSG_TRUNC)
		return true;
	req = svc_req_new(&peer);
	if (!req)
		return true;
	req->fd = fd;
	udp_local(&msg, &req->local);
	svc_call(req, bytes, len);
	return true;
}

static void udp_events(void *arg, uint32_t events)
{
	struct loop_fd *lfd = arg;
	int i;

	(void)events;
	for (i = 0; i < SVC_BATCH && udp_receive(lfd->fd); i++)
		;
}

static void udp_send(const struct svc_req *req, const uint8_t *bytes, size_t len)
{
	uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {};
	const struct sockaddr_in6 *in6 = (const void *)&req->local;
	const struct sockaddr_in *in = (const void *)&req->local;
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = len };
	struct msghdr msg = {
		.msg_name = (void *)&req->peer, .msg_namelen = addr_len(&req->peer),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct in6_pktinfo info6 = {};
	struct in_pktinfo info = {};

	switch (req->local.ss_family) {
	case AF_INET:
		info.ipi_spec_dst = in->sin_addr;
		cmsg->cmsg_level = IPPROTO_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
		break;
	case AF_INET6:
		info6.ipi6_addr = in6->sin6_addr;
		cmsg->cmsg_level = IPPROTO_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info6));
		memcpy(CMSG_DATA(cmsg), &info6, sizeof(info6));
		break;
	default:
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
	/* what is lost is asked for again */
	if (sendmsg(req->fd, &msg, MSG_DONTWAIT) < 0)
		log_debug("a reply cannot be sent: %s", strerror(errno));
}

/* ---- connections ---- */

static void conn_unlink(struct svc_conn *conn)
{
	*(conn->prev ? &conn->prev->next : &svc.first) = conn->next;
	*(conn->next ? &conn->next->prev : &svc.last) = conn->prev;
}

static void conn_link(struct svc_conn *conn)
{
	conn->prev = NULL;
	conn->next = svc.first;
	*(svc.first ? &svc.first->prev : &svc.last) = conn;
	svc.first = conn;
}

static void conn_close(struct svc_conn *conn)
{
	struct svc_req *req;

	for (req = conn->reqs; req; req = req->next)
		req->conn = NULL;
	conn_unlink(conn);
	svc.nr_conns--;
	loop_timer_clear(&conn->idle);
	loop_remove(&conn->lfd);
	close(conn->lfd.fd);
	free(conn);
}

static void conn_idle(void *arg)
{
	conn_close(arg);
}

static void conn_used(struct svc_conn *conn)
{
	conn_unlink(conn);
	conn_link(conn);
	loop_timer_set(&conn->idle, loop_now() + SVC_IDLE);
}

/* The call is complete; false: the connection is gone. */
static bool conn_call(struct svc_conn *conn)
{
	struct svc_req *req = svc_req_new(&conn->peer);
	size_t len = conn->len;

	conn->len = 0;
	if (!req) {
		conn_close(conn);
		return false;
	}
	req->conn = conn;
	req->next = conn->reqs;
	conn->reqs = req;
	conn_used(conn);
	svc_call(req, conn->message, len);
	/* a reply that could not be sent has closed it, and then it is not the first any more */
	return svc.first == conn;
}

/* Reads some; 1: there may be more, 0: not now, negative: it ends. */
static int conn_read(struct svc_conn *conn)
{
	struct xdr x;
	size_t room;
	ssize_t n;

	if (conn->have < 4) {
		n = recv(conn->lfd.fd, conn->marker + conn->have, 4 - conn->have, MSG_DONTWAIT);
	} else {
		room = conn->want - (conn->have - 4);
		n = recv(conn->lfd.fd, conn->message + conn->len, room, MSG_DONTWAIT);
	}
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -ECONNRESET;
	conn->have += n;
	if (conn->have < 4)
		return 1;
	if (conn->have == 4) {
		xdr_init(&x, conn->marker, 4);
		conn->want = xdr_get_u32(&x);
		conn->last = conn->want & RPC_LAST;
		conn->want &= ~(size_t)RPC_LAST;
		/* fragments without anything in them would never end */
		if (!conn->want || conn->len + conn->want > sizeof(conn->message))
			return -EMSGSIZE;
		return 1;
	}
	conn->len += n;
	if (conn->have - 4 == conn->want)
		conn->have = 0;
	return 1;
}

static void conn_events(void *arg, uint32_t events)
{
	struct svc_conn *conn = arg;
	int i, ret = 1;

	(void)events;
	for (i = 0; i < SVC_BATCH && ret > 0; i++) {
		ret = conn_read(conn);
		if (ret > 0 && !conn->have && conn->last && !conn_call(conn))
			return;
	}
	if (ret < 0)
		conn_close(conn);
}

static void conn_accept(void *arg, uint32_t events)
{
	struct sockaddr_storage peer = {};
	socklen_t size = sizeof(peer);
	struct loop_fd *lfd = arg;
	struct svc_conn *conn;
	int fd;

	(void)events;
	fd = accept4(lfd->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	conn = calloc(1, sizeof(*conn));
	if (!conn) {
		close(fd);
		return;
	}
	if (svc.nr_conns >= SVC_CONNS)
		conn_close(svc.last);
	conn->peer = peer;
	conn->lfd = (struct loop_fd){ .fd = fd, .fn = conn_events, .arg = conn };
	conn->idle.fn = conn_idle;
	conn->idle.arg = conn;
	if (loop_add(&conn->lfd, EPOLLIN)) {
		close(fd);
		free(conn);
		return;
	}
	svc.nr_conns++;
	conn_link(conn);
	loop_timer_set(&conn->idle, loop_now() + SVC_IDLE);
}

static void conn_forget(struct svc_req *req)
{
	struct svc_req **at = &req->conn->reqs;

	while (*at != req)
		at = &(*at)->next;
	*at = req->next;
}

static void conn_send(struct svc_conn *conn, uint8_t *record, size_t len)
{
	struct xdr x;

	xdr_init(&x, record, 4);
	xdr_put_u32(&x, RPC_LAST | len);
	if (send(conn->lfd.fd, record, 4 + len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)(4 + len))
		conn_close(conn);
}

/* ---- replies ---- */

static void svc_end(struct svc_req *req, enum rpc_status status, const void *results, size_t len)
{
	uint8_t record[4 + SVC_REPLY_MAX];
	struct svc_conn *conn = req->conn;
	struct xdr x;

	xdr_init(&x, record + 4, SVC_REPLY_MAX);
	rpc_put_reply(&x, req->call.xid, status, svc.program.vers);
	xdr_put_fixed(&x, results, len);
	if (conn)
		conn_forget(req);
	if (conn && !x.bad)
		conn_send(conn, record, xdr_len(&x));
	else if (req->fd >= 0 && !x.bad)
		udp_send(req, record + 4, xdr_len(&x));
	svc.nr_reqs--;
	free(req);
}

/**
 * svc_reply - a call has succeeded
 * @req: the call; is freed
 * @results: XDR
 * @len: bytes of it
 */
void svc_reply(struct svc_req *req, const void *results, size_t len)
{
	svc_end(req, RPC_SUCCESS, results, len);
}

/**
 * svc_refuse - a call has not succeeded
 * @req: the call; is freed
 * @status: why
 */
void svc_refuse(struct svc_req *req, enum rpc_status status)
{
	svc_end(req, status, "", 0);
}

/**
 * svc_drop - a call gets no reply; who sent it will send it again
 * @req: the call; is freed
 */
void svc_drop(struct svc_req *req)
{
	if (req->conn)
		conn_forget(req);
	svc.nr_reqs--;
	free(req);
}

/* ---- start and stop ---- */

static int svc_open(enum rpcbind_netid netid, unsigned int port)
{
	bool v6 = netid >= RPCBIND_UDP6, tcp = netid == RPCBIND_TCP || netid == RPCBIND_TCP6;
	int family = v6 ? AF_INET6 : AF_INET, on = 1, err;
	struct loop_fd *lfd = &svc.sockets[netid];
	struct sockaddr_storage addr;
	socklen_t size = sizeof(addr);

	lfd->fd = socket(family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC,
			 0);
	if (lfd->fd < 0)
		return -errno;
	if (v6)
		setsockopt(lfd->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (tcp)
		setsockopt(lfd->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else if (v6)
		setsockopt(lfd->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	else
		setsockopt(lfd->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	addr_any(&addr, family, port);
	if (bind(lfd->fd, (struct sockaddr *)&addr, addr_len(&addr)) ||
	    (tcp && listen(lfd->fd, 64)) ||
	    getsockname(lfd->fd, (struct sockaddr *)&addr, &size)) {
		err = -errno;
		close(lfd->fd);
		lfd->fd = -1;
		return err;
	}
	svc.ports[netid] = addr_port(&addr);
	lfd->fn = tcp ? conn_accept : udp_events;
	lfd->arg = lfd;
	return loop_add(lfd, EPOLLIN);
}

/**
 * svc_init - serve a program on all addresses
 * @program: which
 * @port: where; 0: anywhere
 *
 * A host without IPv6 is one.
 *
 * Return: 0; a negative errno.
 */
int svc_init(const struct svc_program *program, unsigned int port)
{
	int netid, err;

	svc.program = *program;
	for (netid = 0; netid < RPCBIND_NR; netid++) {
		err = svc_open(netid, port);
		if (err && !(err == -EAFNOSUPPORT && netid >= RPCBIND_UDP6)) {
			svc_exit();
			return err;
		}
	}
	return 0;
}

/**
 * svc_exit - serve it no longer; calls that are in work must be dropped before
 */
void svc_exit(void)
{
	int i;

	while (svc.first)
		conn_close(svc.first);
	for (i = 0; i < RPCBIND_NR; i++) {
		if (svc.sockets[i].fd < 0)
			continue;
		loop_remove(&svc.sockets[i]);
		close(svc.sockets[i].fd);
		svc.sockets[i].fd = -1;
		svc.ports[i] = 0;
	}
}

/**
 * svc_port - where the program is served
 * @netid: over which transport
 *
 * Return: its port; 0: not over this one.
 */
unsigned int svc_port(enum rpcbind_netid netid)
{
	return svc.ports[netid];
}
