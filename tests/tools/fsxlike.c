// SPDX-License-Identifier: GPL-2.0
/*
 * Does random things to a file and checks that it always holds what it should.
 *
 *	fsxlike [-s SEED] [-n OPERATIONS] [-l LENGTH] [-o OTHER] [-D] FILE
 *
 * A copy of the file is kept in memory; whatever is read from the file, by
 * read() or through a mapping, is compared with it, and so is its size. -o names the
 * same file as another client sees it: after each close it must be the same there.
 * -D also reads and writes with O_DIRECT. The seed is printed, and with it a
 * run can be had again; a mismatch prints the last operations.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HISTORY	40
#define BLOCK	4096

static unsigned char *model, *buf;
static long model_size, max_len = 256 * 1024;
static const char *path, *other;
static char history[HISTORY][80];
static unsigned long op_nr;
static unsigned long long rng;
static int fd = -1, direct;

static unsigned long rnd(unsigned long below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return below ? (rng >> 16) % below : 0;
}

static void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(history[op_nr % HISTORY], sizeof(history[0]), fmt, ap);
	va_end(ap);
}

static void fail(const char *fmt, ...)
{
	unsigned long i = op_nr < HISTORY ? 0 : op_nr - HISTORY + 1;
	va_list ap;

	va_start(ap, fmt);
	printf("operation %lu: ", op_nr);
	vprintf(fmt, ap);
	printf(" (errno: %s)\nthe last operations:\n", strerror(errno));
	for (; i <= op_nr; i++)
		printf("  %lu %s\n", i, history[i % HISTORY]);
	exit(1);
}

static void compare(const unsigned char *got, long from, long len, const char *how)
{
	long i;

	if (!memcmp(got, model + from, len))
		return;
	for (i = 0; got[i] == model[from + i]; i++)
		;
	fail("%s: byte %ld is %#x, should be %#x", how, from + i, got[i], model[from + i]);
}

static void check_size(int file, const char *how)
{
	struct stat st;

	if (fstat(file, &st))
		fail("fstat");
	if (st.st_size != model_size)
		fail("%s: size %ld, should be %ld", how, (long)st.st_size, model_size);
}

static void grow(long size)
{
	if (size > model_size)
		model_size = size;
}

static void do_write(void)
{
	long off = rnd(max_len), len = 1 + rnd(rnd(8) ? 20000 : max_len);
	int how = rnd(10);
	long i;

	if (how == 0)
		off = model_size;
	if (off + len > max_len)
		len = max_len - off;
	if (!len)
		return;
	for (i = 0; i < len; i++)
		buf[i] = rnd(256);
	note("write %ld at %ld%s", len, off, how == 0 ? " (at the end)" : "");
	if (pwrite(fd, buf, len, off) != len)
		fail("pwrite");
	memcpy(model + off, buf, len);
	grow(off + len);
}

static void do_append(void)
{
	long i, len = 1 + rnd(5000);
	int f;

	if (model_size + len > max_len)
		return;
	note("append %ld", len);
	f = open(path, O_WRONLY | O_APPEND);
	if (f < 0)
		fail("open to append");
	for (i = 0; i < len; i++)
		buf[i] = rnd(256);
	if (write(f, buf, len) != len)
		fail("append");
	if (close(f))
		fail("close");
	memcpy(model + model_size, buf, len);
	model_size += len;
}

static void do_read(void)
{
	long off = rnd(max_len), len = 1 + rnd(rnd(8) ? 30000 : max_len), want, n;

	want = off >= model_size ? 0 : model_size - off < len ? model_size - off : len;
	note("read %ld at %ld", len, off);
	n = pread(fd, buf, len, off);
	if (n != want)
		fail("read gives %ld bytes, should be %ld", n, want);
	compare(buf, off, n, "read");
}

static void do_truncate(void)
{
	long to = rnd(3) ? rnd(max_len) : rnd(model_size + 1);

	note("truncate to %ld from %ld", to, model_size);
	if (ftruncate(fd, to))
		fail("ftruncate");
	if (to < model_size)
		memset(model + to, 0, model_size - to);
	model_size = to;
}

static void do_map(void)
{
	long off, len, i, start, page = sysconf(_SC_PAGESIZE);
	int writing = rnd(2);
	unsigned char *map;

	if (!model_size)
		return;
	off = rnd(model_size);
	len = 1 + rnd(model_size - off);
	start = off & ~(page - 1);
	note("%s %ld at %ld through a mapping", writing ? "write" : "read", len, off);
	map = mmap(NULL, off - start + len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, start);
	if (map == MAP_FAILED)
		fail("mmap");
	compare(map + (off - start), off, len, "mapping");
	if (writing) {
		for (i = 0; i < len; i++)
			map[off - start + i] = model[off + i] = rnd(256);
		/* a client need not look for mapped pages before it reads past its cache */
		if ((rnd(2) || direct) && msync(map, off - start + len, MS_SYNC))
			fail("msync");
	}
	munmap(map, off - start + len);
}

static void do_direct(void)
{
	long off = rnd(max_len / BLOCK) * BLOCK, len = (1 + rnd(8)) * BLOCK, want, n;
	int f, writing = rnd(2);

	if (!direct)
		return;
	if (off + len > max_len)
		len = max_len - off;
	note("%s %ld at %ld directly", writing ? "write" : "read", len, off);
	f = open(path, O_RDWR | O_DIRECT);
	if (f < 0)
		fail("open O_DIRECT");
	if (writing) {
		for (n = 0; n < len; n++)
			buf[n] = rnd(256);
		if (pwrite(f, buf, len, off) != len)
			fail("direct write");
		memcpy(model + off, buf, len);
		grow(off + len);
	} else {
		want = off >= model_size ? 0 : model_size - off < len ? model_size - off : len;
		n = pread(f, buf, len, off);
		if (n != want)
			fail("direct read gives %ld bytes, should be %ld", n, want);
		compare(buf, off, n, "direct read");
	}
	close(f);
}

static void verify(const char *name)
{
	int f = open(name, O_RDONLY);
	long n, at = 0;

	if (f < 0)
		fail("open %s", name);
	check_size(f, name);
	while ((n = pread(f, buf, 65536, at)) > 0) {
		if (at + n > model_size)
			fail("%s: bytes past the end", name);
		compare(buf, at, n, name);
		at += n;
	}
	if (n < 0 || at != model_size)
		fail("%s: end at %ld, should be %ld", name, at, model_size);
	close(f);
}

/*
 * A client knows by a file's times that it was changed, and before Linux 6.13 they go with
 * the clock's ticks: what is changed in the tick in which another one looked is not seen.
 */
static void next_tick(void)
{
	struct timespec then, now;

	clock_gettime(CLOCK_REALTIME_COARSE, &then);
	do {
		usleep(500);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec == then.tv_sec && now.tv_nsec == then.tv_nsec);
}

static void do_reopen(void)
{
	note("close and open");
	if (close(fd))
		fail("close");
	if (other) {
		verify(other);
		next_tick();
	}
	fd = open(path, O_RDWR);
	if (fd < 0)
		fail("open");
	check_size(fd, "after open");
}

static void do_sync(void)
{
	int drop = rnd(2);

	note("fsync%s", drop ? ", drop cached pages" : "");
	if (fsync(fd))
		fail("fsync");
	if (drop)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static void (*const ops[])(void) = {
	do_write, do_write, do_write, do_append, do_read, do_read, do_read, do_truncate,
	do_map, do_map, do_direct, do_reopen, do_sync,
};

int main(int argc, char **argv)
{
	unsigned long seed = time(NULL) ^ getpid(), nr = 1000;
	int c;

	while ((c = getopt(argc, argv, "s:n:l:o:D")) != -1) {
		switch (c) {
		case 's':
			seed = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			nr = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			max_len = strtol(optarg, NULL, 0);
			break;
		case 'o':
			other = optarg;
			break;
		case 'D':
			direct = 1;
			break;
		default:
			return 2;
		}
	}
	if (optind != argc - 1) {
		fprintf(stderr, "fsxlike: one file\n");
		return 2;
	}
	path = argv[optind];
	rng = (seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
	max_len = (max_len + BLOCK - 1) / BLOCK * BLOCK;
	model = calloc(1, max_len + BLOCK);
	if (!model || posix_memalign((void **)&buf, BLOCK, max_len + 65536))
		return 2;
	printf("seed %lu, %lu operations on %ld bytes\n", seed, nr, max_len);
	fflush(stdout);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		fail("open");
	for (op_nr = 1; op_nr <= nr; op_nr++) {
		note("nothing");
		ops[rnd(sizeof(ops) / sizeof(ops[0]))]();
		if (op_nr % 16 == 0)
			check_size(fd, "fstat");
	}
	op_nr = nr;
	if (close(fd))
		fail("close");
	verify(path);
	if (other)
		verify(other);
	return 0;
}
