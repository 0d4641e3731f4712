// SPDX-License-Identifier: GPL-2.0-only
/* Per-CPU workqueues are asked for by name. */
#include <linux/workqueue.h>

struct workqueue_struct *ditto_test(void);
struct workqueue_struct *ditto_test(void)
{
	return alloc_workqueue("x", WQ_PERCPU, 0) ?:
		system_percpu_wq ?: system_dfl_wq;
}
