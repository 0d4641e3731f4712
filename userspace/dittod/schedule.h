/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a peer is told again that we have restarted: tries of five seconds, by turns over
 * UDP and TCP, with longer and longer pauses, for a quarter of an hour.
 */
#ifndef DITTOD_SCHEDULE_H
#define DITTOD_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_TRY_MS		5000
#define SCHEDULE_PAUSE_MAX_MS	60000
#define SCHEDULE_END_MS		(15 * 60 * 1000)

/**
 * struct schedule - the tries at one peer
 * @start: milliseconds when it began
 * @tries: that failed
 */
struct schedule {
	uint64_t	start;
	unsigned int	tries;
};

bool schedule_failed(struct schedule *schedule, uint64_t now, uint64_t *due);
bool schedule_is_tcp(const struct schedule *schedule);

#endif
