/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an operation costs: time in which the processor was not idle, and the
 * part of it that the server's threads used. In a guest with a counted clock
 * (scripts/vm --icount) one nanosecond is one instruction.
 */
#ifndef DITTO_BENCH_METER_H
#define DITTO_BENCH_METER_H

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct meter {
	double	clock;		/* ns */
	double	idle;		/* ns, in steps of 10 ms */
	double	server;		/* ns the server's threads ran */
};

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("FAIL ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (%s)\n", strerror(errno));
	exit(1);
}

static inline double meter_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static inline double meter_idle(void)
{
	unsigned long long user, nice, sys, idle, iowait;
	FILE *f = fopen("/proc/stat", "r");

	if (!f || fscanf(f, "cpu %llu %llu %llu %llu %llu", &user, &nice, &sys, &idle, &iowait) != 5)
		fail("/proc/stat");
	fclose(f);
	return (idle + iowait) * (1e9 / sysconf(_SC_CLK_TCK));
}

/* Run time of all kernel threads whose name starts with one of the comma-separated @names. */
static inline double meter_threads(const char *names)
{
	char path[300], comm[64], list[128], *name, *save;
	double sum = 0;
	struct dirent *e;
	DIR *d;

	if (!names || !*names)
		return 0;
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		unsigned long long ran;
		FILE *f;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (!fgets(comm, sizeof(comm), f))
			comm[0] = 0;
		fclose(f);
		snprintf(list, sizeof(list), "%s", names);
		for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save))
			if (!strncmp(comm, name, strlen(name)))
				break;
		if (!name)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/schedstat", e->d_name);
		f = fopen(path, "r");
		if (f && fscanf(f, "%llu", &ran) == 1)
			sum += ran;
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	return sum;
}

static inline void meter_start(struct meter *m, const char *threads)
{
	m->server = meter_threads(threads);
	m->idle = meter_idle();
	m->clock = meter_clock();
}

/* One line of JSON: what, how often, ns per operation in all and by the server's threads. */
static inline void meter_stop(const struct meter *m, const char *threads, const char *label,
			      const char *op, long n)
{
	double clock = meter_clock() - m->clock;
	double idle = meter_idle() - m->idle;
	double server = meter_threads(threads) - m->server;
	double busy = idle > 0.2 * clock ? clock - idle : clock;

	printf("{\"label\":\"%s\",\"op\":\"%s\",\"n\":%ld,\"ns\":%.1f,\"server_ns\":%.1f}\n",
	       label, op, n, busy / n, server / n);
	fflush(stdout);
}

#endif
