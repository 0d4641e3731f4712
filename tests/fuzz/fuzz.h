/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every fuzzer shares. A target is one file, fuzz_*.c, that defines
 *
 *	static void fuzz_one(const u8 *data, size_t len)
 *
 * and includes this header. @data is a heap block of exactly @len bytes, so
 * that reading one byte too far is seen; it is freed afterwards.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>
#include <linux/uio.h>

static void fuzz_one(const u8 *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	u8 *copy = malloc(len);

	if (!copy && len)
		return 0;
	if (len)
		memcpy(copy, data, len);
	fuzz_one(copy, len);
	free(copy);
	return 0;
}

/* Ends the run, as a failed assertion of the target's own. */
#define FUZZ_CHECK(cond) do {							\
	if (!(cond)) {								\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		abort();							\
	}									\
} while (0)

/**
 * struct fuzz_segs - a message cut into segments, each a heap block of its own
 * @vec: the segments
 * @nr: how many
 */
struct fuzz_segs {
	struct kvec vec[16];
	unsigned int nr;
};

/*
 * Cuts @len bytes the way a network might: @seed says where. Give back with
 * fuzz_segs_free().
 */
static inline void fuzz_segs_cut(struct fuzz_segs *segs, const u8 *data,
				 size_t len, u32 seed)
{
	size_t max = sizeof(segs->vec) / sizeof(segs->vec[0]);

	for (segs->nr = 0; segs->nr < max; segs->nr++) {
		size_t n = len;

		if (segs->nr < max - 1 && len) {
			seed = seed * 1103515245 + 12345;
			n = (seed >> 16) % (len < 64 ? len + 1 : 64);
		}
		segs->vec[segs->nr].iov_base = memcpy(malloc(n + !n), data, n);
		segs->vec[segs->nr].iov_len = n;
		data += n;
		len -= n;
		if (!len) {
			segs->nr++;
			break;
		}
	}
}

static inline void fuzz_segs_free(struct fuzz_segs *segs)
{
	while (segs->nr)
		free(segs->vec[--segs->nr].iov_base);
}

#endif
