/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of host names. Looking them up may take long, so a process of its own does
 * it, one after the other.
 */
#ifndef DITTOD_RESOLVE_H
#define DITTOD_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "loop.h"

#define RESOLVE_ADDRS	16

/**
 * struct resolve - a name being looked up. Zeroed at first
 * @done: called once, never from in here, with its addresses; none: it has none, or it
 *	took longer than ten seconds
 * @arg: for @done
 */
struct resolve {
	void			(*done)(void *arg, const struct sockaddr_storage *addrs, size_t nr);
	void			*arg;

	/* private: owned by resolve.c */
	uint32_t		id;
	struct loop_timer	timer;
	struct resolve		*next;
};

int resolve_init(void);
void resolve_exit(void);
void resolve_start(struct resolve *resolve, const char *name);
void resolve_cancel(struct resolve *resolve);

#endif
