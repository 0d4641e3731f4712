// SPDX-License-Identifier: GPL-2.0-only
/* The callback of an LRU walk does not get the lock. */
#include <linux/list_lru.h>

enum lru_status ditto_test(list_lru_walk_cb cb);
enum lru_status ditto_test(list_lru_walk_cb cb)
{
	return cb(NULL, NULL, NULL);
}
