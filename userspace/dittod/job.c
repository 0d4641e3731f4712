// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls to other hosts. A job first asks the host's rpcbind, if need be, then calls;
 * each of the two is a step: a message out, and one in that answers it.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>
#include "addr.h"
#include "job.h"
#include "log.h"
#include "rpcbind.h"

#define JOB_MESSAGE_MAX	2048
/* An answer is a number or an address. */
#define JOB_ANSWER_MAX	1024
/* Streams at a time. */
#define JOB_STREAMS	512
#define JOB_HASH	4096	/* a power of two */
/* Datagrams are sent again after 0.7, 1.4, 2.8 seconds. */
#define JOB_RESEND	700

/* Where bindresvport(3) looks for ports, without those of well-known services. */
#define PORT_LOW	665
#define PORT_HIGH	1023

enum job_state {
	JOB_IDLE,
	JOB_WAITING,	/* for a stream */
	JOB_PORT,	/* for rpcbind's answer */
	JOB_CALL,	/* for the answer */
	JOB_ENDED,	/* for the loop, to call done() */
};

/**
 * struct job_stream - the TCP connection of a step
 * @lfd: its socket
 * @connected: it is
 * @len: bytes of the answer that have come
 * @answer: marker and answer
 */
struct job_stream {
	struct loop_fd	lfd;
	bool		connected;
	size_t		len;
	uint8_t		answer[4 + JOB_ANSWER_MAX];
};

/* All jobs. */
static struct {
	struct loop_fd	udp[2];			/* IPv4, IPv6; fd -1: none */
	struct job	*hash[JOB_HASH];	/* of datagrams, by xid */
	struct job	*waiting;		/* for a stream, in order */
	struct job	**last;
	unsigned int	streams;
	uint32_t	xid;
} jobs = { .udp = { { .fd = -1 }, { .fd = -1 } }, .last = &jobs.waiting };

static void job_step(struct job *job);
static void stream_events(void *arg, uint32_t events);

/* ---- ports ---- */

static bool port_is_taken(unsigned int port)
{
	static const uint16_t others[] = { 749, 873, 989, 990, 992, 993, 994, 995 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (others[i] == port)
			return true;
	}
	return false;
}

/**
 * bind_privileged - bind a socket to a port that only root has, if we may
 * @fd: the socket
 * @from: address to bind to; its port is of no meaning
 *
 * Return: 0; a negative errno: it is not bound.
 */
int bind_privileged(int fd, const struct sockaddr_storage *from)
{
	unsigned int span = PORT_HIGH - PORT_LOW + 1, start = random() % span, i, port;
	struct sockaddr_storage addr = *from;

	for (i = 0; i < span; i++) {
		port = PORT_LOW + (start + i) % span;
		if (port_is_taken(port))
			continue;
		addr_set_port(&addr, port);
		if (!bind(fd, (struct sockaddr *)&addr, addr_len(&addr)))
			return 0;
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}

/* ---- one step's message ---- */

static size_t job_message(const struct job *job, uint8_t message[JOB_MESSAGE_MAX])
{
	struct rpc_call call = job->call;
	struct xdr x;

	xdr_init(&x, message, JOB_MESSAGE_MAX);
	call.xid = job->xid;
	if (job->state == JOB_PORT) {
		rpcbind_put_question(&x, job->xid, &job->call, job->to.ss_family, job->tcp);
	} else {
		rpc_put_call(&x, &call);
		xdr_put_fixed(&x, job->args, job->len);
	}
	return x.bad ? 0 : xdr_len(&x);
}

/* ---- ends ---- */

static void hash_add(struct job *job)
{
	struct job **head = &jobs.hash[job->xid % JOB_HASH];

	job->next = *head;
	if (*head)
		(*head)->link = &job->next;
	job->link = head;
	*head = job;
}

static void hash_remove(struct job *job)
{
	if (!job->link)
		return;
	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
	job->link = NULL;
}

static void waiting_remove(struct job *job)
{
	struct job **at;

	for (at = &jobs.waiting; *at && *at != job; at = &(*at)->next)
		;
	if (!*at)
		return;
	*at = job->next;
	if (jobs.last == &job->next)
		jobs.last = at;
}

static void stream_close(struct job *job)
{
	struct linger now = { .l_onoff = 1 };
	struct job_stream *s = job->stream;

	if (!s)
		return;
	/* no port is to stay taken for a minute because we closed first */
	setsockopt(s->lfd.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	loop_remove(&s->lfd);
	close(s->lfd.fd);
	free(s);
	job->stream = NULL;
	jobs.streams--;
}

/* Whoever waits for a stream begins. */
static void streams_go_on(void)
{
	struct job *job;

	while (jobs.streams < JOB_STREAMS && (job = jobs.waiting)) {
		waiting_remove(job);
		job->deadline = loop_now() + job->timeout;
		job_step(job);
	}
}

static void job_ended(void *arg)
{
	struct job *job = arg;

	job->state = JOB_IDLE;
	streams_go_on();
	job->done(job, job->err);
}

static void job_end(struct job *job, int err)
{
	hash_remove(job);
	stream_close(job);
	job->state = JOB_ENDED;
	job->err = err;
	job->timer.fn = job_ended;
	loop_timer_set(&job->timer, 0);
}

/* ---- answers ---- */

static int job_status(enum rpc_status status)
{
	switch (status) {
	case RPC_SUCCESS:
		return 0;
	case RPC_PROG_UNAVAIL:
	case RPC_PROG_MISMATCH:
	case RPC_PROC_UNAVAIL:
		return -ENOENT;
	default:
		return -EACCES;
	}
}

/* @x stands behind the head of an answer to this step. */
static void job_answer(struct job *job, struct xdr *x, enum rpc_status status)
{
	unsigned int port;
	int err = job_status(status);

	hash_remove(job);
	stream_close(job);
	if (err || job->state == JOB_CALL) {
		job_end(job, err);
		return;
	}
	port = rpcbind_get_port(x, job->to.ss_family);
	if (!port) {
		job_end(job, -ENOENT);
		return;
	}
	addr_set_port(&job->peer, port);
	job->state = JOB_CALL;
	job_step(job);
}

/* ---- datagrams ---- */

static struct loop_fd *udp_of(const struct job *job)
{
	return &jobs.udp[job->to.ss_family == AF_INET6];
}

static size_t udp_source(struct msghdr *msg, const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	struct in6_pktinfo info6 = {};
	struct in_pktinfo info = {};

	if (from->ss_family == AF_INET) {
		info.ipi_spec_dst = in->sin_addr;
		cmsg->cmsg_level = IPPROTO_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	info6.ipi6_addr = in6->sin6_addr;
	cmsg->cmsg_level = IPPROTO_IPV6;
	cmsg->cmsg_type = IPV6_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info6));
	memcpy(CMSG_DATA(cmsg), &info6, sizeof(info6));
	return CMSG_SPACE(sizeof(info6));
}

/* What gets lost is sent again; so is what could not be sent. */
static void udp_send(struct job *job)
{
	uint8_t message[JOB_MESSAGE_MAX], control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {};
	struct iovec iov = { .iov_base = message, .iov_len = job_message(job, message) };
	struct msghdr msg = {
		.msg_name = &job->peer, .msg_namelen = addr_len(&job->peer),
		.msg_iov = &iov, .msg_iovlen = 1,
	};

	if (job->from.ss_family == job->to.ss_family) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		msg.msg_controllen = udp_source(&msg, &job->from);
		if (sendmsg(udp_of(job)->fd, &msg, MSG_DONTWAIT) >= 0 || errno == EAGAIN)
			return;
		/* an address that is not ours any more */
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
	if (sendmsg(udp_of(job)->fd, &msg, MSG_DONTWAIT) < 0 && errno != EAGAIN)
		log_debug("a datagram cannot be sent: %s", strerror(errno));
}

static void udp_timer(void *arg)
{
	struct job *job = arg;
	uint64_t now = loop_now(), due;

	if (now >= job->deadline) {
		job_end(job, -ETIMEDOUT);
		return;
	}
	udp_send(job);
	due = now + ((uint64_t)JOB_RESEND << job->sends++);
	loop_timer_set(&job->timer, due < job->deadline ? due : job->deadline);
}

static void udp_message(struct sockaddr_storage *from, uint8_t *bytes, size_t len)
{
	enum rpc_status status;
	struct job *job;
	uint32_t xid;
	struct xdr x;

	xdr_init(&x, bytes, len);
	if (!rpc_get_reply(&x, &xid, &status))
		return;
	for (job = jobs.hash[xid % JOB_HASH]; job; job = job->next) {
		if (job->xid != xid || !addr_same(from, &job->peer) ||
		    addr_port(from) != addr_port(&job->peer))
			continue;
		job_answer(job, &x, status);
		return;
	}
}

static void udp_events(void *arg, uint32_t events)
{
	uint8_t bytes[JOB_ANSWER_MAX];
	struct sockaddr_storage from;
	struct loop_fd *lfd = arg;
	socklen_t size;
	ssize_t len;
	int i;

	(void)events;
	for (i = 0; i < 256; i++) {
		size = sizeof(from);
		len = recvfrom(lfd->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &size);
		if (len < 0)
			return;
		udp_message(&from, bytes, len);
	}
}

static void udp_step(struct job *job)
{
	job->sends = 0;
	hash_add(job);
	job->timer.fn = udp_timer;
	udp_timer(job);
}

/* ---- streams ---- */

static void stream_timeout(void *arg)
{
	job_end(arg, -ETIMEDOUT);
}

static int stream_connect(struct job *job, int fd)
{
	struct sockaddr_storage any;
	int on = 1;

	addr_any(&any, job->peer.ss_family, 0);
	/* several streams to different hosts have the same port */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (job->from.ss_family != job->to.ss_family || bind_privileged(fd, &job->from))
		bind_privileged(fd, &any);
	if (connect(fd, (struct sockaddr *)&job->peer, addr_len(&job->peer)) &&
	    errno != EINPROGRESS)
		return -errno;
	return 0;
}

static void stream_step(struct job *job)
{
	struct job_stream *s = calloc(1, sizeof(*s));
	int err = -ENOMEM;

	if (!s)
		goto out;
	s->lfd.fn = stream_events;
	s->lfd.arg = job;
	s->lfd.fd = socket(job->peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->lfd.fd < 0) {
		err = -errno;
		goto out;
	}
	err = stream_connect(job, s->lfd.fd);
	if (!err)
		err = loop_add(&s->lfd, EPOLLOUT);
	if (err) {
		close(s->lfd.fd);
		goto out;
	}
	jobs.streams++;
	job->stream = s;
	job->timer.fn = stream_timeout;
	loop_timer_set(&job->timer, job->deadline);
	return;
out:
	free(s);
	job_end(job, err);
}

static int stream_write(struct job *job)
{
	uint8_t record[4 + JOB_MESSAGE_MAX];
	struct job_stream *s = job->stream;
	socklen_t size = sizeof(int);
	struct xdr marker;
	int err = 0;
	size_t len;

	if (getsockopt(s->lfd.fd, SOL_SOCKET, SO_ERROR, &err, &size) || err)
		return -err;
	len = job_message(job, record + 4);
	xdr_init(&marker, record, 4);
	xdr_put_u32(&marker, RPC_LAST | len);
	/* it is the first on this connection, so there is room for it */
	if (send(s->lfd.fd, record, 4 + len, MSG_NOSIGNAL) != (ssize_t)(4 + len))
		return -EPIPE;
	s->connected = true;
	return loop_change(&s->lfd, EPOLLIN);
}

/* 1: the answer is complete, 0: not yet. It comes in one fragment. */
static int stream_read(struct job_stream *s)
{
	struct xdr x;
	uint32_t marker;
	ssize_t n;

	n = recv(s->lfd.fd, s->answer + s->len, sizeof(s->answer) - s->len, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -ECONNRESET;
	s->len += n;
	if (s->len < 4)
		return 0;
	xdr_init(&x, s->answer, 4);
	marker = xdr_get_u32(&x);
	if (!(marker & RPC_LAST) || (marker & ~RPC_LAST) > JOB_ANSWER_MAX)
		return -EPROTO;
	return s->len >= 4 + (marker & ~RPC_LAST);
}

static void stream_events(void *arg, uint32_t events)
{
	struct job *job = arg;
	struct job_stream *s = job->stream;
	uint8_t answer[JOB_ANSWER_MAX];
	enum rpc_status status;
	uint32_t xid;
	struct xdr x;
	int ret;

	(void)events;
	ret = s->connected ? stream_read(s) : stream_write(job);
	if (ret < 0)
		job_end(job, ret);
	if (ret <= 0)
		return;
	/* the stream goes before it is read */
	memcpy(answer, s->answer + 4, s->len - 4);
	xdr_init(&x, answer, s->len - 4);
	if (rpc_get_reply(&x, &xid, &status) && xid == job->xid)
		job_answer(job, &x, status);
	else
		job_end(job, -EPROTO);
}

/* ---- jobs ---- */

static void job_step(struct job *job)
{
	job->xid = ++jobs.xid;
	if (job->state == JOB_WAITING)
		job->state = addr_port(&job->to) ? JOB_CALL : JOB_PORT;
	if (job->state == JOB_PORT)
		addr_set_port(&job->peer, RPCBIND_PORT);
	if (job->tcp)
		stream_step(job);
	else if (udp_of(job)->fd < 0)
		job_end(job, -EAFNOSUPPORT);
	else
		udp_step(job);
}

/**
 * job_start - call
 * @job: what; its done() is called in any case, unless it is cancelled
 */
void job_start(struct job *job)
{
	job->peer = job->to;
	job->state = JOB_WAITING;
	job->timer.arg = job;
	job->deadline = loop_now() + job->timeout;
	if (!job->tcp || (jobs.streams < JOB_STREAMS && !jobs.waiting)) {
		job_step(job);
		return;
	}
	job->next = NULL;
	*jobs.last = job;
	jobs.last = &job->next;
}

/**
 * job_cancel - call no longer; done() is not called
 * @job: may have ended, or never been started
 */
void job_cancel(struct job *job)
{
	if (job->state == JOB_IDLE)
		return;
	if (job->state == JOB_WAITING)
		waiting_remove(job);
	hash_remove(job);
	stream_close(job);
	loop_timer_clear(&job->timer);
	job->state = JOB_IDLE;
	streams_go_on();
}

static int udp_open(struct loop_fd *lfd, int family)
{
	struct sockaddr_storage any;
	int on = 1;

	lfd->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (lfd->fd < 0)
		return -errno;
	if (family == AF_INET6)
		setsockopt(lfd->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	addr_any(&any, family, 0);
	/* from another port where we may not have one of these */
	bind_privileged(lfd->fd, &any);
	lfd->fn = udp_events;
	lfd->arg = lfd;
	return loop_add(lfd, EPOLLIN);
}

/**
 * job_init - open the sockets
 *
 * Return: 0; a negative errno: neither IPv4 nor IPv6 can be had.
 */
int job_init(void)
{
	unsigned int seed;
	int err4, err6;

	if (getrandom(&jobs.xid, sizeof(jobs.xid), 0) < 0 ||
	    getrandom(&seed, sizeof(seed), 0) < 0)
		return -errno;
	srandom(seed);
	err4 = udp_open(&jobs.udp[0], AF_INET);
	err6 = udp_open(&jobs.udp[1], AF_INET6);
	return err4 && err6 ? err4 : 0;
}

/**
 * job_exit - close the sockets; there is no job any more
 */
void job_exit(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (jobs.udp[i].fd < 0)
			continue;
		loop_remove(&jobs.udp[i]);
		close(jobs.udp[i].fd);
		jobs.udp[i].fd = -1;
	}
}
