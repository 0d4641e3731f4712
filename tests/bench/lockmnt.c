// SPDX-License-Identifier: GPL-2.0-only
/*
 * lockmnt - what a process's locks cost through mounts, and how soon they are handed over.
 *
 *   lockmnt LABEL THREADS N DIR1 DIR2
 *
 * The file "locked" in two mounts of the same server by different clients. Prints
 * lines of JSON (meter.h); of a hand-over the time from the unlock on.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "meter.h"

struct shared {
	volatile double	freed;
	volatile double	got;
};

static int file(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/locked", dir);
	fd = open(path, O_RDWR | O_CREAT, 0666);
	if (fd < 0)
		fail("open %s", path);
	return fd;
}

static void lock(int fd, int how, int type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	if (fcntl(fd, how, &l))
		fail("fcntl");
}

static void uncontended(const char *label, const char *threads, long n, int fd)
{
	struct meter m;
	long i;

	meter_start(&m, threads);
	for (i = 0; i < n; i++) {
		lock(fd, F_SETLK, F_WRLCK);
		lock(fd, F_SETLK, F_UNLCK);
	}
	meter_stop(&m, threads, label, "lock+unlock through a mount", n);
}

/* One round: the child waits for what we have, until it gets it. */
static double hand_over(struct shared *shared, int fd, const char *dir)
{
	char byte;
	int fds[2], other, status;
	pid_t pid;

	lock(fd, F_SETLKW, F_WRLCK);
	if (pipe(fds))
		fail("pipe");
	pid = fork();
	if (!pid) {
		other = file(dir);
		if (write(fds[1], "", 1) != 1)
			fail("pipe");
		lock(other, F_SETLKW, F_WRLCK);
		shared->got = meter_clock();
		lock(other, F_SETLK, F_UNLCK);
		_exit(0);
	}
	if (read(fds[0], &byte, 1) != 1)
		fail("pipe");
	/* until it waits at the server */
	usleep(300000);
	shared->freed = meter_clock();
	lock(fd, F_SETLK, F_UNLCK);
	if (waitpid(pid, &status, 0) != pid || status)
		fail("who waited");
	close(fds[0]);
	close(fds[1]);
	return shared->got - shared->freed;
}

int main(int argc, char **argv)
{
	struct shared *shared;
	double sum = 0;
	long n, i;
	int fd;

	if (argc != 6) {
		fputs("usage: lockmnt LABEL THREADS N DIR1 DIR2\n", stderr);
		return 2;
	}
	n = atol(argv[3]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("memory");
	fd = file(argv[4]);
	hand_over(shared, fd, argv[5]);
	uncontended(argv[1], argv[2], n, fd);
	n = n / 10 + 1;
	for (i = 0; i < n; i++)
		sum += hand_over(shared, fd, argv[5]);
	printf("{\"label\":\"%s\",\"op\":\"hand-over between mounts\",\"n\":%ld,\"ns\":%.1f,"
	       "\"server_ns\":0}\n", argv[1], n, sum / n);
	return 0;
}
