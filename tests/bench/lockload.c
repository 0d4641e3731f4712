// SPDX-License-Identifier: GPL-2.0-only
/*
 * lockload - what a lock costs that nobody else wants, beside how many others.
 *
 *   lockload LABEL SERVER PORT MOUNTPORT NLMPORT EXPORT THREADS N MAX
 *
 * NLM version 4 straight over TCP. Locks and unlocks N times while the same
 * client has 1, 10, ... MAX ranges locked in the same file, then while it has 1, 10, ...
 * MAX of the files list/entry-000001 on; prints a line of JSON for each (meter.h).
 */
#include "raw.h"

#define NLM_TEST	1
#define NLM_LOCK	2
#define NLM_UNLOCK	4
#define NLM_GRANTED	0
#define NLM_IN_GRACE	4

static int nfs, nlm;

static void put64(uint64_t v)
{
	put(v >> 32);
	put(v);
}

/* Returns the status. */
static uint32_t ask(uint32_t proc, const struct handle *h, uint32_t svid, uint64_t at)
{
	uint8_t *p;
	size_t len;

	call(100021, 4, proc);
	put_bytes("1234", 4);
	if (proc == NLM_LOCK)
		put(0);
	if (proc != NLM_UNLOCK)
		put(1);
	put_bytes("raw", 3);
	put_handle(h);
	put_bytes(&svid, 4);
	put(svid);
	put64(at);
	put64(1);
	if (proc == NLM_LOCK) {
		put(0);
		put(0);
	}
	send_all(nlm);
	p = reply(nlm, &len);
	return get(p + 4 + ((get(p) + 3) & ~3u));
}

static void must(uint32_t proc, const struct handle *h, uint32_t svid, uint64_t at)
{
	uint32_t status = ask(proc, h, svid, at);

	errno = 0;
	if (status != NLM_GRANTED)
		fail("procedure %u at %llu: status %u", proc, (unsigned long long)at, status);
}

/* The first one: the server may be in grace, and puts us on record. */
static void begin(const struct handle *h)
{
	int i;

	for (i = 0; ask(NLM_LOCK, h, 1, 0) == NLM_IN_GRACE && i < 600; i++)
		usleep(200000);
	must(NLM_LOCK, h, 1, 0);
	must(NLM_UNLOCK, h, 1, 0);
}

static void pairs(const char *label, const char *threads, const char *what, long held, long n,
		  const struct handle *files, long nr)
{
	char op[64];
	struct meter m;
	long i;

	snprintf(op, sizeof(op), "lock+unlock, %ld %s held", held, what);
	meter_start(&m, threads);
	for (i = 0; i < n; i++) {
		uint64_t at = (uint64_t)(i * 2654435761u % held) * 10 + 5;
		const struct handle *h = &files[(i * 40503u) % nr];

		must(NLM_LOCK, h, 2, at);
		must(NLM_UNLOCK, h, 2, at);
	}
	meter_stop(&m, threads, label, op, n);
}

static void ranges(const char *label, const char *threads, const struct handle *h, long n, long max)
{
	long held, i = 0;

	for (held = 1; held <= max; held *= 10) {
		for (; i < held; i++)
			must(NLM_LOCK, h, 2, i * 10);
		pairs(label, threads, "ranges", held, n, h, 1);
	}
	while (i--)
		must(NLM_UNLOCK, h, 2, i * 10);
}

static void files(const char *label, const char *threads, const struct handle *dir, long n, long max)
{
	struct handle *h = calloc(max, sizeof(*h));
	long held, i = 0;
	char name[32];

	for (held = 1; held <= max; held *= 10) {
		for (; i < held; i++) {
			snprintf(name, sizeof(name), "entry-%06ld", i + 1);
			h[i] = lookup(nfs, dir, name);
			must(NLM_LOCK, &h[i], 2, 0);
		}
		pairs(label, threads, "files", held, n, h, held);
	}
	while (i--)
		must(NLM_UNLOCK, &h[i], 2, 0);
	free(h);
}

int main(int argc, char **argv)
{
	struct handle root, list, file;

	if (argc != 10) {
		fputs("usage: lockload LABEL SERVER PORT MOUNTPORT NLMPORT EXPORT THREADS N MAX\n", stderr);
		return 2;
	}
	raw_init();
	root = mnt(argv[2], atoi(argv[4]), argv[6]);
	nfs = dial(argv[2], atoi(argv[3]));
	nlm = dial(argv[2], atoi(argv[5]));
	list = lookup(nfs, &root, "list");
	file = lookup(nfs, &list, "entry-000001");
	begin(&file);
	ranges(argv[1], argv[7], &file, atol(argv[8]), atol(argv[9]));
	files(argv[1], argv[7], &list, atol(argv[8]), atol(argv[9]));
	return 0;
}
