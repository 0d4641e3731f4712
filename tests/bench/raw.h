/* SPDX-License-Identifier: GPL-2.0-only */
/* ONC RPC over TCP for load generators, with as little as possible of their own. */
#ifndef DITTO_BENCH_RAW_H
#define DITTO_BENCH_RAW_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <signal.h>
#include <sys/socket.h>
#include "meter.h"

#define MAXMSG	(1200 * 1024)

struct msg {
	uint8_t	*b;
	size_t	n;
};

struct handle {
	uint32_t	len;
	uint8_t		data[64];
};

static struct msg tx;
static uint8_t *rx;
static uint32_t xid = 1;

static void put(uint32_t v)
{
	v = htonl(v);
	memcpy(tx.b + tx.n, &v, 4);
	tx.n += 4;
}

static void put_bytes(const void *p, uint32_t len)
{
	put(len);
	memset(tx.b + tx.n + (len & ~3u), 0, 4);
	memcpy(tx.b + tx.n, p, len);
	tx.n += (len + 3) & ~3u;
}

static void put_handle(const struct handle *h)
{
	put_bytes(h->data, h->len);
}

static uint32_t get(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return ntohl(v);
}

static void call(uint32_t prog, uint32_t vers, uint32_t proc)
{
	tx.n = 4;
	put(xid++);
	put(0);
	put(2);
	put(prog);
	put(vers);
	put(proc);
	put(1);			/* AUTH_SYS */
	put(24);
	put(0);
	put_bytes("raw", 3);
	put(0);
	put(0);
	put(0);
	put(0);
	put(0);
}

static void send_all(int fd)
{
	size_t at = 0;
	uint32_t mark = htonl(0x80000000u | (uint32_t)(tx.n - 4));

	memcpy(tx.b, &mark, 4);
	while (at < tx.n) {
		ssize_t k = send(fd, tx.b + at, tx.n - at, 0);

		if (k <= 0)
			fail("send");
		at += k;
	}
}

static void recv_all(int fd, uint8_t *to, size_t len)
{
	while (len) {
		ssize_t k = recv(fd, to, len, MSG_WAITALL);

		if (k <= 0)
			fail("recv");
		to += k;
		len -= k;
	}
}

/* Receives a reply; returns its results, behind a successful reply header. */
static uint8_t *reply(int fd, size_t *len)
{
	uint32_t mark;

	recv_all(fd, rx, 4);
	mark = get(rx);
	*len = mark & 0x7fffffff;
	if (!(mark & 0x80000000u) || *len > MAXMSG)
		fail("reply marker %x", mark);
	recv_all(fd, rx, *len);
	if (*len < 24 || get(rx + 4) != 1 || get(rx + 8) || get(rx + 12) || get(rx + 16) ||
	    get(rx + 20))
		fail("reply refused");
	*len -= 24;
	return rx + 24;
}

static inline uint8_t *reply_ok(int fd, const char *what)
{
	size_t len;
	uint8_t *p = reply(fd, &len);

	if (get(p))
		fail("%s: status %u", what, get(p));
	return p + 4;
}

static int dial(const char *host, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, i;

	a.sin_addr.s_addr = inet_addr(host);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* a privileged port, as servers by default want it */
	for (i = 1023; i > 600; i--) {
		struct sockaddr_in l = { .sin_family = AF_INET, .sin_port = htons(i) };

		if (!bind(fd, (struct sockaddr *)&l, sizeof(l)))
			break;
	}
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
		fail("connect %s:%d", host, port);
	return fd;
}

static inline struct handle mnt(const char *host, int port, const char *export)
{
	int fd = dial(host, port);
	struct handle h;
	uint8_t *p;

	call(100005, 3, 1);
	put_bytes(export, strlen(export));
	send_all(fd);
	p = reply_ok(fd, "mount");
	h.len = get(p);
	memcpy(h.data, p + 4, h.len);
	close(fd);
	return h;
}

static inline void raw_init(void)
{
	signal(SIGPIPE, SIG_IGN);
	xid = (uint32_t)getpid() << 16 | 1;
	tx.b = malloc(MAXMSG);
	rx = malloc(MAXMSG);
	if (!tx.b || !rx)
		fail("memory");
}

/* Without attributes. */
static inline struct handle lookup(int fd, const struct handle *dir, const char *name)
{
	struct handle h;
	uint8_t *p;

	call(100003, 3, 3);
	put_handle(dir);
	put_bytes(name, strlen(name));
	send_all(fd);
	p = reply_ok(fd, name);
	h.len = get(p);
	memcpy(h.data, p + 4, h.len);
	return h;
}

#endif
