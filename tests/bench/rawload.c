// SPDX-License-Identifier: GPL-2.0-only
/*
 * rawload - a client that costs next to nothing: NFSv3 calls straight over TCP.
 *
 *   rawload LABEL SERVER PORT MOUNTPORT EXPORT THREADS CLIENTS N
 *
 * Sends N calls of each kind over CLIENTS connections, one call outstanding on
 * each, and prints a line of JSON per kind (meter.h). THREADS names the
 * server's kernel threads, so that its own share shows beside the whole.
 */
#include "raw.h"

static int conns[64], nr_conns;

static void put_name(const struct handle *dir, long i)
{
	char name[32];

	snprintf(name, sizeof(name), "raw-%ld", i);
	put_handle(dir);
	put_bytes(name, strlen(name));
}

/* No attribute is set but the mode. */
static void put_sattr(void)
{
	put(1);
	put(0644);
	put(0);
	put(0);
	put(0);
	put(0);
	put(0);
}

static struct handle create(const struct handle *dir, long i)
{
	struct handle h = {};
	uint8_t *p;

	call(100003, 3, 8);
	put_name(dir, i);
	put(0);
	put_sattr();
	send_all(conns[0]);
	p = reply_ok(conns[0], "create");
	if (!get(p))
		fail("create: no handle");
	h.len = get(p + 4);
	memcpy(h.data, p + 8, h.len);
	return h;
}

enum kind { K_NULL, K_GETATTR, K_ACCESS, K_LOOKUP, K_CREATE, K_REMOVE, K_READ, K_WRITE, K_READDIR };

static uint8_t payload[1 << 20];

static void request(enum kind k, const struct handle *dir, const struct handle *file, long i,
		    uint32_t size, uint64_t span)
{
	uint64_t off = span > size ? (uint64_t)(i * 2654435761u % (span / size)) * size : 0;

	switch (k) {
	case K_NULL:
		call(100003, 3, 0);
		break;
	case K_GETATTR:
		call(100003, 3, 1);
		put_handle(file);
		break;
	case K_ACCESS:
		call(100003, 3, 4);
		put_handle(file);
		put(0x1f);
		break;
	case K_LOOKUP:
		call(100003, 3, 3);
		put_name(dir, 0);
		break;
	case K_CREATE:
		call(100003, 3, 8);
		put_name(dir, i + 1000000);
		put(1);
		put_sattr();
		break;
	case K_REMOVE:
		call(100003, 3, 12);
		put_name(dir, i + 1000000);
		break;
	case K_READ:
		call(100003, 3, 6);
		put_handle(file);
		put(off >> 32);
		put(off);
		put(size);
		break;
	case K_WRITE:
		call(100003, 3, 7);
		put_handle(file);
		put(off >> 32);
		put(off);
		put(size);
		put(0);
		put_bytes(payload, size);
		break;
	case K_READDIR:
		call(100003, 3, 17);
		put_handle(dir);
		put(0);
		put(0);
		put(0);
		put(0);
		put(8192);
		put(65536);
		break;
	}
}

static void run(const char *label, const char *threads, const char *op, enum kind k,
		const struct handle *dir, const struct handle *file, long n, uint32_t size,
		uint64_t span)
{
	struct meter m;
	long i;
	int c;

	meter_start(&m, threads);
	for (i = 0; i < n; i += nr_conns) {
		for (c = 0; c < nr_conns; c++) {
			request(k, dir, file, i + c, size, span);
			send_all(conns[c]);
		}
		for (c = 0; c < nr_conns; c++) {
			size_t len;
			uint8_t *p = reply(conns[c], &len);

			if (k != K_NULL && get(p))
				fail("%s: status %u", op, get(p));
		}
	}
	meter_stop(&m, threads, label, op, i);
}

int main(int argc, char **argv)
{
	const char *label, *host, *threads;
	struct handle root, file;
	uint64_t span = 16 << 20, off;
	long n;
	int c;

	if (argc != 9) {
		fputs("usage: rawload LABEL SERVER PORT MOUNTPORT EXPORT THREADS CLIENTS N\n", stderr);
		return 2;
	}
	raw_init();
	label = argv[1];
	host = argv[2];
	threads = argv[6];
	nr_conns = atoi(argv[7]);
	n = atol(argv[8]);
	if (nr_conns < 1 || nr_conns > 64)
		fail("arguments");
	root = mnt(host, atoi(argv[4]), argv[5]);
	for (c = 0; c < nr_conns; c++)
		conns[c] = dial(host, atoi(argv[3]));
	file = create(&root, 0);
	memset(payload, 0x5a, sizeof(payload));
	for (off = 0; off < span; off += sizeof(payload)) {
		call(100003, 3, 7);
		put_handle(&file);
		put(off >> 32);
		put(off);
		put(sizeof(payload));
		put(0);
		put_bytes(payload, sizeof(payload));
		send_all(conns[0]);
		reply_ok(conns[0], "write");
	}

	run(label, threads, "warm-up", K_GETATTR, &root, &file, n / 4 + 1, 0, 0);
	run(label, threads, "null", K_NULL, &root, &file, n, 0, 0);
	run(label, threads, "getattr", K_GETATTR, &root, &file, n, 0, 0);
	run(label, threads, "access", K_ACCESS, &root, &file, n, 0, 0);
	run(label, threads, "lookup", K_LOOKUP, &root, &file, n, 0, 0);
	run(label, threads, "create", K_CREATE, &root, &file, n, 0, 0);
	run(label, threads, "readdirplus", K_READDIR, &root, &file, n / 50 + 1, 0, 0);
	run(label, threads, "remove", K_REMOVE, &root, &file, n, 0, 0);
	run(label, threads, "read-4k", K_READ, &root, &file, n, 4096, span);
	run(label, threads, "write-4k", K_WRITE, &root, &file, n, 4096, span);
	run(label, threads, "read-1m", K_READ, &root, &file, n / 20 + 1, 1 << 20, span);
	run(label, threads, "write-1m", K_WRITE, &root, &file, n / 20 + 1, 1 << 20, span);
	return 0;
}
