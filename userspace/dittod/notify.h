/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling peers that we have restarted: all at the same time, each as often as the
 * schedule says. Who is to be told is on record until it knows.
 */
#ifndef DITTOD_NOTIFY_H
#define DITTOD_NOTIFY_H

#include <stddef.h>
#include <stdint.h>
#include "ditto_store.h"

void notify_init(struct store *store, const char *my_name);
void notify_exit(void);
void notify_all(uint32_t state);
size_t notify_pending(void);

#endif
