// SPDX-License-Identifier: GPL-2.0-only
/*
 * File systems below exports with crossmnt. The kernel learns of one when a
 * client goes there by name; after a restart clients come with handles they have
 * from before. So it is told of all there are, whenever exports are put in place.
 */
#include <errno.h>
#include <stdlib.h>
#include "dittoctl.h"
#include "mounts.h"

/* Bytes of a request. */
#define CROSS_ROOM	(DITTO_EXPORT_NAME_MAX + DITTO_PATH_MAX + 64)

/* Not shown, hidden below another mount, or gone: nothing to be said about. */
static bool cross_harmless(int err)
{
	return err == -EINVAL || err == -EXDEV || err == -ENOENT;
}

static void cross_one(struct ditto_nl *nl, const struct export *export, const char *path)
{
	struct nl_msg *msg = ditto_nl_msg(nl, DITTO_CMD_EXPORT_CROSS, CROSS_ROOM);
	int err;

	if (msg && (nla_put_string(msg, DITTO_A_EXPORT_NAME, export->name) ||
		    nla_put_string(msg, DITTO_A_EXPORT_PATH, path))) {
		nlmsg_free(msg);
		return;
	}
	err = ditto_nl_do(nl, msg, NULL, NULL);
	if (err && !cross_harmless(err))
		ctl_note("export '%s': clients may have to look up %s by name first: %s",
			 export->name, path, ditto_nl_why(nl));
}

static void cross_export(struct ditto_nl *nl, const struct export *export, FILE *mountinfo)
{
	char *dir = realpath(export->path, NULL);
	char *line = NULL, *path;
	size_t size = 0;

	if (!dir)
		return;
	rewind(mountinfo);
	while (getline(&line, &size, mountinfo) > 0) {
		path = mount_crossable(line);
		if (path && mount_is_below(path, dir))
			cross_one(nl, export, path);
		free(path);
	}
	free(line);
	free(dir);
}

/**
 * exports_cross - tell the kernel what is mounted below exports with crossmnt
 * @nl: connection
 * @list: exports that are in place
 * @nr: how many
 *
 * As this process sees the file system. Failing is no error: what the kernel does not
 * know it learns when clients go there by name.
 */
void exports_cross(struct ditto_nl *nl, const struct export *list, size_t nr)
{
	FILE *mountinfo = NULL;
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!(list[i].flags & DITTO_EXPORT_FLAGS_CROSSMNT))
			continue;
		if (!mountinfo)
			mountinfo = fopen("/proc/self/mountinfo", "re");
		if (!mountinfo)
			return;
		cross_export(nl, &list[i], mountinfo);
	}
	if (mountinfo)
		fclose(mountinfo);
}
