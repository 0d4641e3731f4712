/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event loop: one thread, descriptors, timers. Functions are called one after the
 * other and may add and remove anything, themselves too. At the end of each turn, when
 * all that had come was looked at, the turn function is called.
 */
#ifndef DITTOD_LOOP_H
#define DITTOD_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/**
 * struct loop_fd - a descriptor that is waited for; part of something greater
 * @fd: the descriptor; stays its owner's
 * @fn: called with the events, EPOLL*
 * @arg: for @fn
 */
struct loop_fd {
	int	fd;
	void	(*fn)(void *arg, uint32_t events);
	void	*arg;
};

/**
 * struct loop_timer - a time that is waited for; part of something greater. Zeroed at first
 * @fn: called once
 * @arg: for @fn
 * @due: milliseconds of loop_now()
 * @place: in the heap, from 1; 0: not set
 */
struct loop_timer {
	void		(*fn)(void *arg);
	void		*arg;
	uint64_t	due;
	size_t		place;
};

int loop_init(void (*turn)(void *arg), void *arg);
void loop_exit(void);
int loop_run(void);
void loop_stop(int status);
uint64_t loop_now(void);

int loop_add(struct loop_fd *lfd, uint32_t events);
int loop_change(struct loop_fd *lfd, uint32_t events);
void loop_remove(struct loop_fd *lfd);

void loop_timer_set(struct loop_timer *timer, uint64_t due);
void loop_timer_clear(struct loop_timer *timer);

#endif
