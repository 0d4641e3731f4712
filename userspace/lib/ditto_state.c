// SPDX-License-Identifier: GPL-2.0-only
/*
 * The folder of the records. There is a server, and with it a daemon, in each network
 * namespace; that of the machine has the folder itself, the others have one in it each.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "ditto_state.h"

#define NAMED_NETNS	"/run/netns"

/**
 * state_own_netns - is this another network namespace than the machine's?
 *
 * Return: true if so; false where that cannot be found out.
 */
bool state_own_netns(void)
{
	struct stat mine, first;

	return !stat("/proc/self/ns/net", &mine) && !stat("/proc/1/ns/net", &first) &&
	       (mine.st_dev != first.st_dev || mine.st_ino != first.st_ino);
}

/* By its name, as ip-netns(8) gives it; by its number if it has none. */
static void netns_dir(char path[STATE_PATH])
{
	struct stat mine = {}, named;
	struct dirent *entry;
	DIR *dir;

	stat("/proc/self/ns/net", &mine);
	snprintf(path, STATE_PATH, DITTO_STATE "/netns/%lu", (unsigned long)mine.st_ino);
	dir = opendir(NAMED_NETNS);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (fstatat(dirfd(dir), entry->d_name, &named, 0) ||
		    named.st_dev != mine.st_dev || named.st_ino != mine.st_ino)
			continue;
		snprintf(path, STATE_PATH, DITTO_STATE "/netns/%.200s", entry->d_name);
		break;
	}
	closedir(dir);
}

/**
 * state_dir - the folder of this network namespace's records
 * @path: room for it
 *
 * Return: it: $DITTO_STATE_DIR if that is set.
 */
const char *state_dir(char path[STATE_PATH])
{
	const char *dir = getenv("DITTO_STATE_DIR");

	if (dir && *dir)
		return dir;
	snprintf(path, STATE_PATH, "%s", DITTO_STATE);
	if (state_own_netns())
		netns_dir(path);
	return path;
}
