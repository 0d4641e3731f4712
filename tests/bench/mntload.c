// SPDX-License-Identifier: GPL-2.0-only
/*
 * mntload - what an application's operations cost through mounts.
 *
 *   mntload LABEL THREADS N DIR...
 *
 * One process works in each DIR (mounts of the same server from several
 * clients); prints a line of JSON per kind of operation (meter.h), counted over
 * all of them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "meter.h"

#define MB	(1 << 20)
#define BIG	16	/* MiB */
#define ENTRIES	10000

static char *buf;

static void name(char *to, const char *dir, const char *what, long i)
{
	snprintf(to, 4096, "%s/%s-%ld", dir, what, i);
}

static int open_big(const char *dir, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/big", dir);
	fd = open(path, flags | O_DIRECT, 0644);
	if (fd < 0)
		fail("open %s", path);
	return fd;
}

static void io(const char *dir, bool write, size_t size, long n, bool random)
{
	int fd = open_big(dir, write ? O_RDWR | O_CREAT : O_RDONLY);
	long i, slots = (long)BIG * MB / size;
	unsigned int x = 12345;

	for (i = 0; i < n; i++) {
		off_t at;

		x = x * 1103515245 + 12345;
		at = (random ? (x >> 8) % slots : i % slots) * (off_t)size;
		if ((write ? pwrite(fd, buf, size, at) : pread(fd, buf, size, at)) != (ssize_t)size)
			fail("%s at %ld", write ? "write" : "read", (long)at);
	}
	if (write && fsync(fd))
		fail("fsync");
	close(fd);
}

static void op_seq_write(const char *dir, long n) { io(dir, true, MB, n, false); }
static void op_seq_read(const char *dir, long n) { io(dir, false, MB, n, false); }
static void op_rand_read(const char *dir, long n) { io(dir, false, 4096, n, true); }
static void op_rand_write(const char *dir, long n) { io(dir, true, 4096, n, true); }

static void op_create(const char *dir, long n)
{
	char path[4096];
	long i;
	int fd;

	for (i = 0; i < n; i++) {
		name(path, dir, "f", i);
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644);
		if (fd < 0)
			fail("create %s", path);
		close(fd);
	}
}

/* Mounted with noac and lookupcache=none: each of these is at least one call. */
static void op_stat(const char *dir, long n)
{
	char path[4096];
	struct stat st;
	long i;

	for (i = 0; i < n; i++) {
		name(path, dir, "f", i);
		if (stat(path, &st))
			fail("stat %s", path);
	}
}

static void op_getattr(const char *dir, long n)
{
	struct stat st;
	long i;
	int fd = open_big(dir, O_RDONLY);

	for (i = 0; i < n; i++)
		if (fstat(fd, &st))
			fail("fstat");
	close(fd);
}

static void op_access(const char *dir, long n)
{
	char path[4096];
	long i;

	for (i = 0; i < n; i++) {
		name(path, dir, "f", i);
		if (access(path, R_OK))
			fail("access %s", path);
	}
}

static void op_remove(const char *dir, long n)
{
	char path[4096];
	long i;

	for (i = 0; i < n; i++) {
		name(path, dir, "f", i);
		if (unlink(path))
			fail("unlink %s", path);
	}
}

static void op_list(const char *dir, long n)
{
	char path[4096];
	struct dirent *e;
	struct stat st;
	long i, seen;

	snprintf(path, sizeof(path), "%s/../list", dir);
	for (i = 0; i < n; i++) {
		DIR *d = opendir(path);

		if (!d)
			fail("opendir %s", path);
		/* as ls -l does, so that the client asks for attributes too */
		for (seen = 0; (e = readdir(d)); seen++)
			if (seen < 3)
				fstatat(dirfd(d), e->d_name, &st, 0);
		closedir(d);
		if (seen < ENTRIES)
			fail("%s has %ld entries", path, seen);
	}
}

static void measure(const char *label, const char *threads, const char *op,
		    void (*fn)(const char *dir, long n), long n, long weight, char **dirs, int nr)
{
	struct meter m;
	int i, status, bad = 0;

	meter_start(&m, threads);
	for (i = 0; i < nr; i++) {
		if (fork())
			continue;
		fn(dirs[i], n);
		_exit(0);
	}
	for (i = 0; i < nr; i++) {
		wait(&status);
		bad |= status;
	}
	if (bad) {
		errno = 0;
		fail("%s", op);
	}
	meter_stop(&m, threads, label, op, n * nr * weight);
}

int main(int argc, char **argv)
{
	const char *label = argv[1], *threads = argv[2];
	char **dirs = argv + 4;
	int nr = argc - 4;
	long n;

	if (argc < 5) {
		fputs("usage: mntload LABEL THREADS N DIR...\n", stderr);
		return 2;
	}
	n = atol(argv[3]);
	buf = mmap(NULL, MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buf == MAP_FAILED)
		fail("memory");
	memset(buf, 0x5a, MB);
	measure(label, threads, "seq-write-1m", op_seq_write, BIG, 1, dirs, nr);
	measure(label, threads, "seq-read-1m", op_seq_read, BIG, 1, dirs, nr);
	measure(label, threads, "rand-read-4k", op_rand_read, n, 1, dirs, nr);
	measure(label, threads, "rand-write-4k", op_rand_write, n, 1, dirs, nr);
	measure(label, threads, "create", op_create, n, 1, dirs, nr);
	measure(label, threads, "getattr", op_getattr, n, 1, dirs, nr);
	measure(label, threads, "lookup-stat", op_stat, n, 1, dirs, nr);
	measure(label, threads, "access", op_access, n, 1, dirs, nr);
	measure(label, threads, "remove", op_remove, n, 1, dirs, nr);
	measure(label, threads, "list-10000", op_list, 1, ENTRIES, dirs, nr);
	return 0;
}
