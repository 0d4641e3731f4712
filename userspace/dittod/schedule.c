// SPDX-License-Identifier: GPL-2.0-only
/* The pauses between tries. */
#include "schedule.h"

/**
 * schedule_is_tcp - how the next try goes
 * @schedule: the tries so far
 *
 * Return: true for TCP, false for UDP.
 */
bool schedule_is_tcp(const struct schedule *schedule)
{
	return schedule->tries % 2;
}

/**
 * schedule_failed - a try has failed
 * @schedule: is moved on
 * @now: milliseconds
 * @due: when the next one begins
 *
 * The first two come without a pause in between, so that a peer that can only be reached
 * over TCP does not wait.
 *
 * Return: false if the peer is given up.
 */
bool schedule_failed(struct schedule *schedule, uint64_t now, uint64_t *due)
{
	uint64_t pause = 0;

	schedule->tries++;
	if (schedule->tries > 7)
		pause = SCHEDULE_PAUSE_MAX_MS;
	else if (schedule->tries > 1)
		pause = 1000u << (schedule->tries - 2);
	*due = now + pause;
	return *due - schedule->start < SCHEDULE_END_MS;
}
