// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of ranges: whatever is done to it in whatever order, it answers
 * like the model does. A byte says what the file is made of; then every five are a
 * step.
 *
 * Uses: lock/range.c lock/ranges.c
 */
#include "fuzz.h"

#define LOCK_CHECK(cond)	({ FUZZ_CHECK(cond); true; })
#include "../kunit/lock_model.h"

static void fuzz_one(const u8 *data, size_t len)
{
	struct model m;

	if (!len)
		return;
	model_init(&m, 4 + data[0] / 3 % (MODEL_CELLS - 3), data[0] % 3, 1);
	for (data++, len--; len >= 5; data += 5, len -= 5) {
		model_step(&m, data[0], data[1], data[2], data[3], data[4]);
		model_check(&m);
	}
	model_end(&m);
}
