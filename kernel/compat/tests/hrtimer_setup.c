// SPDX-License-Identifier: GPL-2.0-only
/* hrtimer_setup() replaces hrtimer_init(). */
#include <linux/hrtimer.h>

void ditto_test(struct hrtimer *t, enum hrtimer_restart (*fn)(struct hrtimer *));
void ditto_test(struct hrtimer *t, enum hrtimer_restart (*fn)(struct hrtimer *))
{
	hrtimer_setup(t, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
