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

/* The name of this network namespace, of @size bytes at most; false: it has none. */
static bool netns_name(char *name, size_t size)
{
	struct stat mine, named;
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (stat("/proc/self/ns/net", &mine))
		return false;
	dir = opendir(STATE_NAMED_NETNS);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		found = !fstatat(dirfd(dir), entry->d_name, &named, 0) &&
			named.st_dev == mine.st_dev && named.st_ino == mine.st_ino;
		if (found)
			snprintf(name, size, "%s", entry->d_name);
	}
	closedir(dir);
	return found;
}

/**
 * state_netns_named - has this network namespace a name?
 *
 * Return: true if so.
 */
bool state_netns_named(void)
{
	char name[STATE_PATH];

	return netns_name(name, sizeof(name));
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
	char name[STATE_PATH - sizeof(DITTO_STATE "/netns/")];
	struct stat mine;

	if (dir && *dir)
		return dir;
	if (!state_own_netns())
		return DITTO_STATE;
	/* by its number if it has no name */
	if (!netns_name(name, sizeof(name)))
		snprintf(name, sizeof(name), "%lu",
			 stat("/proc/self/ns/net", &mine) ? 0 : (unsigned long)mine.st_ino);
	snprintf(path, STATE_PATH, DITTO_STATE "/netns/%s", name);
	return path;
}
