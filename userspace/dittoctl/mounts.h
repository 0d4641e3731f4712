/* SPDX-License-Identifier: GPL-2.0-only */
/* What is mounted, as /proc/self/mountinfo tells it. */
#ifndef DITTO_CTL_MOUNTS_H
#define DITTO_CTL_MOUNTS_H

#include <stdbool.h>

char *mount_crossable(const char *line);
bool mount_is_below(const char *path, const char *dir);

#endif
