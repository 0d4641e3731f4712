// SPDX-License-Identifier: GPL-2.0-only
/* All timer functions are called timer_something(). */
#include <linux/timer.h>

int ditto_test(struct timer_list *timer);
int ditto_test(struct timer_list *timer)
{
	timer_destroy_on_stack(timer);
	return timer_delete_sync_try(timer);
}
