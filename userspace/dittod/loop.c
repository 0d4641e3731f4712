// SPDX-License-Identifier: GPL-2.0-only
/* The event loop: epoll, and a binary heap of timers. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "log.h"
#include "loop.h"

#define LOOP_EVENTS	64
/* Timers called in one turn; more of them do not keep what comes waiting. */
#define LOOP_TIMERS	64

/* The one of the process. */
static struct {
	int			fd;
	bool			stopped;
	int			status;
	void			(*turn)(void *arg);
	void			*turn_arg;
	struct epoll_event	events[LOOP_EVENTS];
	int			nr_events;
	struct loop_timer	**heap;		/* from 1 */
	size_t			nr_timers;
	size_t			room;
} loop = { .fd = -1 };

/**
 * loop_init - make the loop
 * @turn: called at the end of each turn; may be NULL
 * @arg: for @turn
 *
 * Return: 0 or a negative errno.
 */
int loop_init(void (*turn)(void *arg), void *arg)
{
	loop.fd = epoll_create1(EPOLL_CLOEXEC);
	loop.turn = turn;
	loop.turn_arg = arg;
	loop.stopped = false;
	return loop.fd < 0 ? -errno : 0;
}

/**
 * loop_exit - destroy the loop; what is in it stays its owner's
 */
void loop_exit(void)
{
	close(loop.fd);
	loop.fd = -1;
	free(loop.heap);
	loop.heap = NULL;
	loop.room = 0;
	loop.nr_timers = 0;
}

/**
 * loop_now - the time
 *
 * Return: milliseconds since some moment, also while the machine sleeps.
 */
uint64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- descriptors ---- */

/**
 * loop_add - wait for a descriptor
 * @lfd: which; stays until loop_remove()
 * @events: EPOLLIN, EPOLLOUT
 *
 * Return: 0 or a negative errno.
 */
int loop_add(struct loop_fd *lfd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = lfd };

	return epoll_ctl(loop.fd, EPOLL_CTL_ADD, lfd->fd, &ev) ? -errno : 0;
}

/**
 * loop_change - wait for something else of a descriptor
 * @lfd: was added
 * @events: EPOLLIN, EPOLLOUT
 *
 * Return: 0 or a negative errno.
 */
int loop_change(struct loop_fd *lfd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = lfd };

	return epoll_ctl(loop.fd, EPOLL_CTL_MOD, lfd->fd, &ev) ? -errno : 0;
}

/**
 * loop_remove - wait for it no longer; before it is closed
 * @lfd: was added; its function is not called any more
 */
void loop_remove(struct loop_fd *lfd)
{
	int i;

	epoll_ctl(loop.fd, EPOLL_CTL_DEL, lfd->fd, NULL);
	/* what has come for it in this turn */
	for (i = 0; i < loop.nr_events; i++) {
		if (loop.events[i].data.ptr == lfd)
			loop.events[i].data.ptr = NULL;
	}
}

/* ---- timers ---- */

static void heap_put(struct loop_timer *timer, size_t place)
{
	loop.heap[place] = timer;
	timer->place = place;
}

static void heap_up(struct loop_timer *timer, size_t place)
{
	for (; place > 1 && loop.heap[place / 2]->due > timer->due; place /= 2)
		heap_put(loop.heap[place / 2], place);
	heap_put(timer, place);
}

static void heap_down(struct loop_timer *timer, size_t place)
{
	size_t child;

	for (; (child = 2 * place) <= loop.nr_timers; place = child) {
		if (child < loop.nr_timers && loop.heap[child + 1]->due < loop.heap[child]->due)
			child++;
		if (loop.heap[child]->due >= timer->due)
			break;
		heap_put(loop.heap[child], place);
	}
	heap_put(timer, place);
}

/**
 * loop_timer_clear - it is not called
 * @timer: may be set
 */
void loop_timer_clear(struct loop_timer *timer)
{
	struct loop_timer *last;
	size_t place = timer->place;

	if (!place)
		return;
	timer->place = 0;
	last = loop.heap[loop.nr_timers--];
	if (last == timer)
		return;
	if (place > 1 && loop.heap[place / 2]->due > last->due)
		heap_up(last, place);
	else
		heap_down(last, place);
}

/**
 * loop_timer_set - call it at a time
 * @timer: may be set to another time
 * @due: milliseconds of loop_now()
 */
void loop_timer_set(struct loop_timer *timer, uint64_t due)
{
	struct loop_timer **more;

	loop_timer_clear(timer);
	if (loop.nr_timers + 2 > loop.room) {
		more = reallocarray(loop.heap, loop.room ? loop.room * 2 : 64, sizeof(*more));
		if (!more) {
			log_error("out of memory");
			abort();
		}
		loop.heap = more;
		loop.room = loop.room ? loop.room * 2 : 64;
	}
	timer->due = due;
	heap_up(timer, ++loop.nr_timers);
}

static void loop_timers(void)
{
	uint64_t now = loop_now();
	struct loop_timer *timer;
	int i;

	for (i = 0; i < LOOP_TIMERS && !loop.stopped; i++) {
		if (!loop.nr_timers || loop.heap[1]->due > now)
			break;
		timer = loop.heap[1];
		loop_timer_clear(timer);
		timer->fn(timer->arg);
	}
}

static int loop_wait(void)
{
	uint64_t now;

	if (!loop.nr_timers)
		return -1;
	now = loop_now();
	if (loop.heap[1]->due <= now)
		return 0;
	if (loop.heap[1]->due - now > 3600000)
		return 3600000;
	return loop.heap[1]->due - now;
}

/* ---- the loop ---- */

/**
 * loop_run - until loop_stop()
 *
 * Return: what loop_stop() was given, or a negative errno.
 */
int loop_run(void)
{
	struct loop_fd *lfd;
	int i;

	while (!loop.stopped) {
		loop.nr_events = epoll_wait(loop.fd, loop.events, LOOP_EVENTS, loop_wait());
		if (loop.nr_events < 0 && errno != EINTR)
			return -errno;
		for (i = 0; i < loop.nr_events && !loop.stopped; i++) {
			lfd = loop.events[i].data.ptr;
			if (lfd)
				lfd->fn(lfd->arg, loop.events[i].events);
		}
		loop.nr_events = 0;
		loop_timers();
		if (loop.turn)
			loop.turn(loop.turn_arg);
	}
	return loop.status;
}

/**
 * loop_stop - end loop_run(), with this turn
 * @status: what it returns
 */
void loop_stop(int status)
{
	loop.stopped = true;
	loop.status = status;
}
