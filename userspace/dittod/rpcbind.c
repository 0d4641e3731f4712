// SPDX-License-Identifier: GPL-2.0-only
/*
 * rpcbind. Other hosts are asked in version 2 over IPv4, which every port mapper knows,
 * and in version 3 over IPv6. Our own is told in version 4, through its local socket or
 * the loopback interface, waiting for each answer: it is on this host, and given up after
 * two seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "addr.h"
#include "ditto_state.h"
#include "job.h"
#include "rpcbind.h"

#define RPCBIND_PROGRAM		100000
#define RPCBIND_PATIENCE	2	/* seconds */
#define RPCBIND_UADDR_MAX	256
/* Longest answer: all that is registered on this host. */
#define RPCBIND_ANSWER_MAX	65536

enum { PMAP_GETPORT = 3 };
enum { RPCB_SET = 1, RPCB_UNSET, RPCB_GETADDR, RPCB_DUMP };

/**
 * struct rpcbind - a conversation with our own
 * @fd: the connection
 * @xid: of the last question
 * @bytes: question and answer
 */
struct rpcbind {
	int		fd;
	uint32_t	xid;
	uint8_t		bytes[RPCBIND_ANSWER_MAX];
};

/**
 * rpcbind_netid_name - what rpcbind calls a transport
 * @netid: which
 *
 * Return: its name.
 */
const char *rpcbind_netid_name(enum rpcbind_netid netid)
{
	static const char *const names[] = { "udp", "tcp", "udp6", "tcp6" };

	return names[netid];
}

/* ---- messages ---- */

static void put_map(struct xdr *x, uint32_t prog, uint32_t vers, enum rpcbind_netid netid,
		    const char *uaddr)
{
	xdr_put_u32(x, prog);
	xdr_put_u32(x, vers);
	xdr_put_string(x, rpcbind_netid_name(netid));
	xdr_put_string(x, uaddr);
	xdr_put_string(x, "superuser");
}

/* The port is in the last two numbers (RFC 5665 section 5.2.3.3). */
static unsigned int uaddr_port(const char *uaddr)
{
	const char *low = strrchr(uaddr, '.'), *high;
	unsigned long h, l;

	if (!low)
		return 0;
	for (high = low; high > uaddr && high[-1] != '.'; high--)
		;
	if (high == uaddr)
		return 0;
	h = strtoul(high, NULL, 10);
	l = strtoul(low + 1, NULL, 10);
	return h > 255 || l > 255 ? 0 : h << 8 | l;
}

/**
 * rpcbind_put_question - ask another host where a program is
 * @x: the cursor
 * @xid: of the question
 * @call: its program and version
 * @family: over which the answer is to be used
 * @tcp: and which transport
 */
void rpcbind_put_question(struct xdr *x, uint32_t xid, const struct rpc_call *call, int family,
			  bool tcp)
{
	bool v6 = family == AF_INET6;
	struct rpc_call ask = {
		.xid = xid, .prog = RPCBIND_PROGRAM,
		.vers = v6 ? 3 : 2, .proc = v6 ? RPCB_GETADDR : PMAP_GETPORT,
	};

	rpc_put_call(x, &ask);
	if (v6) {
		put_map(x, call->prog, call->vers, tcp ? RPCBIND_TCP6 : RPCBIND_UDP6, "");
		return;
	}
	xdr_put_u32(x, call->prog);
	xdr_put_u32(x, call->vers);
	xdr_put_u32(x, tcp ? IPPROTO_TCP : IPPROTO_UDP);
	xdr_put_u32(x, 0);
}

/**
 * rpcbind_get_port - read the answer
 * @x: the cursor, behind the head
 * @family: as it was asked
 *
 * Return: the port; 0 if there is none.
 */
unsigned int rpcbind_get_port(struct xdr *x, int family)
{
	char uaddr[RPCBIND_UADDR_MAX];
	uint32_t port;

	if (family == AF_INET6)
		return xdr_get_string(x, uaddr, sizeof(uaddr)) ? uaddr_port(uaddr) : 0;
	port = xdr_get_u32(x);
	return x->bad || port > 65535 ? 0 : port;
}

/* ---- ways to our own ---- */

/* A path is seen from every network namespace; who listens there must be in ours. */
static bool peer_is_here(int fd)
{
	socklen_t size = sizeof(struct ucred);
	struct stat ours, theirs;
	struct ucred cred;
	char path[64];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", cred.pid);
	if (stat("/proc/self/ns/net", &ours))
		return false;
	/* who may not look is not root, and sees no other namespace's files either */
	if (stat(path, &theirs))
		return errno == EACCES || errno == EPERM || !cred.pid;
	return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static int connect_local(const char *name, bool abstract)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(name);

	if (fd < 0)
		return -errno;
	memcpy(addr.sun_path + abstract, name, len);
	if (!connect(fd, (struct sockaddr *)&addr,
		     offsetof(struct sockaddr_un, sun_path) + len + 1) &&
	    (abstract || peer_is_here(fd)))
		return fd;
	close(fd);
	return -ENOENT;
}

static int connect_loopback(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err, on = 1;
	struct sockaddr_storage addr;

	if (fd < 0)
		return -errno;
	addr_parse("127.0.0.1", &addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	bind_privileged(fd, &addr);
	addr_set_port(&addr, RPCBIND_PORT);
	if (!connect(fd, (struct sockaddr *)&addr, addr_len(&addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/**
 * rpcbind_open - begin a conversation with our own rpcbind
 * @rb: gets it
 *
 * Return: 0; a negative errno: there is none.
 */
int rpcbind_open(struct rpcbind **rb)
{
	struct timeval patience = { .tv_sec = RPCBIND_PATIENCE };
	struct rpcbind *r = calloc(1, sizeof(*r));

	*rb = NULL;
	if (!r)
		return -ENOMEM;
	r->fd = -1;
	/* a socket in the file system is the machine's, from all network namespaces */
	if (!state_own_netns()) {
		r->fd = connect_local("/run/rpcbind.sock", true);
		if (r->fd < 0)
			r->fd = connect_local("/run/rpcbind.sock", false);
	}
	if (r->fd < 0)
		r->fd = connect_loopback();
	if (r->fd < 0) {
		int err = r->fd;

		free(r);
		return err;
	}
	setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(r->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	r->xid = random();
	*rb = r;
	return 0;
}

/**
 * rpcbind_close - end the conversation
 * @rb: from rpcbind_open(), or NULL
 */
void rpcbind_close(struct rpcbind *rb)
{
	if (!rb)
		return;
	close(rb->fd);
	free(rb);
}

/* ---- what it is told ---- */

static int read_whole(int fd, uint8_t *bytes, size_t len)
{
	ssize_t n;

	for (; len; bytes += n, len -= n) {
		n = recv(fd, bytes, len, 0);
		if (n <= 0)
			return n ? -errno : -EPIPE;
	}
	return 0;
}

/* The length of the answer, which may come in several fragments, or an error. */
static int read_answer(struct rpcbind *rb)
{
	uint8_t bytes[4];
	struct xdr marker;
	uint32_t len;
	size_t have = 0;
	int err;

	do {
		err = read_whole(rb->fd, bytes, sizeof(bytes));
		if (err)
			return err;
		xdr_init(&marker, bytes, sizeof(bytes));
		len = xdr_get_u32(&marker);
		if ((len & ~RPC_LAST) > sizeof(rb->bytes) - have)
			return -EPROTO;
		err = read_whole(rb->fd, rb->bytes + have, len & ~RPC_LAST);
		if (err)
			return err;
		have += len & ~RPC_LAST;
	} while (!(len & RPC_LAST));
	return have;
}

static void question_begin(struct rpcbind *rb, struct xdr *x, uint32_t proc)
{
	struct rpc_call call = {
		.xid = ++rb->xid, .prog = RPCBIND_PROGRAM, .vers = 4, .proc = proc,
	};

	xdr_init(x, rb->bytes, sizeof(rb->bytes));
	xdr_put_u32(x, 0);
	rpc_put_call(x, &call);
}

/* Asks what is in @x, which stands behind the head of the answer then. */
static int ask(struct rpcbind *rb, struct xdr *x)
{
	enum rpc_status status;
	struct xdr marker;
	uint32_t xid;
	int len = xdr_len(x);

	if (x->bad)
		return -EINVAL;
	xdr_init(&marker, rb->bytes, 4);
	xdr_put_u32(&marker, RPC_LAST | (len - 4));
	if (send(rb->fd, rb->bytes, len, MSG_NOSIGNAL) != len)
		return -EPIPE;
	len = read_answer(rb);
	if (len < 0)
		return len;
	xdr_init(x, rb->bytes, len);
	if (!rpc_get_reply(x, &xid, &status) || xid != rb->xid || status != RPC_SUCCESS)
		return -EPROTO;
	return 0;
}

/**
 * rpcbind_lookup - where is a program?
 * @rb: the conversation
 * @prog: program
 * @vers: version
 * @netid: transport
 *
 * Asked for one address it would say what suits the transport it was asked over, whatever
 * @netid is; so it is asked for all.
 *
 * Return: its port, 0 if it is not registered, or a negative errno.
 */
int rpcbind_lookup(struct rpcbind *rb, uint32_t prog, uint32_t vers, enum rpcbind_netid netid)
{
	char name[RPCBIND_UADDR_MAX], uaddr[RPCBIND_UADDR_MAX];
	struct xdr x;
	bool same;
	int err;

	question_begin(rb, &x, RPCB_DUMP);
	err = ask(rb, &x);
	while (!err && xdr_get_u32(&x) == 1) {
		same = xdr_get_u32(&x) == prog;
		same &= xdr_get_u32(&x) == vers;
		xdr_get_string(&x, name, sizeof(name));
		xdr_get_string(&x, uaddr, sizeof(uaddr));
		xdr_skip_opaque(&x, RPCBIND_UADDR_MAX);
		if (same && !x.bad && !strcmp(name, rpcbind_netid_name(netid)))
			return uaddr_port(uaddr);
	}
	return err ? err : x.bad ? -EPROTO : 0;
}

/**
 * rpcbind_set - register a program on all our addresses
 * @rb: the conversation
 * @prog: program
 * @vers: version
 * @netid: transport
 * @port: where it is
 *
 * Return: 0; -EEXIST: it is registered already; another negative errno.
 */
int rpcbind_set(struct rpcbind *rb, uint32_t prog, uint32_t vers, enum rpcbind_netid netid,
		unsigned int port)
{
	char uaddr[RPCBIND_UADDR_MAX];
	struct xdr x;
	int err;

	snprintf(uaddr, sizeof(uaddr), "%s.%u.%u", netid >= RPCBIND_UDP6 ? "::" : "0.0.0.0",
		 port >> 8, port & 255);
	question_begin(rb, &x, RPCB_SET);
	put_map(&x, prog, vers, netid, uaddr);
	err = ask(rb, &x);
	return err ? err : xdr_get_u32(&x) ? 0 : -EEXIST;
}

/**
 * rpcbind_unset - register it no longer
 * @rb: the conversation
 * @prog: program
 * @vers: version
 * @netid: transport
 *
 * Return: 0; -ENOENT: it was not; another negative errno.
 */
int rpcbind_unset(struct rpcbind *rb, uint32_t prog, uint32_t vers, enum rpcbind_netid netid)
{
	struct xdr x;
	int err;

	question_begin(rb, &x, RPCB_UNSET);
	put_map(&x, prog, vers, netid, "");
	err = ask(rb, &x);
	return err ? err : xdr_get_u32(&x) ? 0 : -ENOENT;
}
