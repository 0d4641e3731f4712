/* SPDX-License-Identifier: GPL-2.0-only */
/* Where what outlives the kernel is kept. */
#ifndef DITTO_LIB_STATE_H
#define DITTO_LIB_STATE_H

#include <stdbool.h>

#define DITTO_STATE	"/var/lib/ditto"
#define STATE_PATH	256
/* Where ip-netns(8) keeps the names of network namespaces. */
#define STATE_NAMED_NETNS	"/run/netns"

bool state_own_netns(void);
bool state_netns_named(void);
const char *state_dir(char path[STATE_PATH]);

#endif
