// SPDX-License-Identifier: GPL-2.0-only
/* Lines of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
#include <stdlib.h>
#include <string.h>
#include "mounts.h"
#include "util.h"

/* The word that begins at @p ends here. */
static const char *word_end(const char *p)
{
	return p + strcspn(p, " \n");
}

/* The @n-th word behind the first; NULL if there are not so many. */
static const char *word_nth(const char *p, unsigned int n)
{
	for (; n; n--) {
		p = word_end(p);
		if (*p++ != ' ')
			return NULL;
	}
	return p;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Blanks and backslashes stand in the file as \ooo. */
static char *unescape(const char *p, const char *end)
{
	char *path = xstrndup(p, end - p), *to = path;

	while (p < end) {
		if (*p == '\\' && end - p >= 4 && is_octal(p[1]) && is_octal(p[2]) &&
		    is_octal(p[3])) {
			*to++ = (p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0');
			p += 4;
		} else {
			*to++ = *p++;
		}
	}
	*to = '\0';
	return path;
}

/*
 * Kinds whose files have no handles that stay the same. The kernel would refuse
 * them as well, but only to look at them may mount something or wait for a
 * server that is gone.
 */
static bool never_shown(const char *type)
{
	static const char *const types[] = {
		"autofs", "nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "afs", "fuse", NULL
	};
	size_t i, len = strcspn(type, " \n.");

	for (i = 0; types[i]; i++) {
		if (strlen(types[i]) == len && !strncmp(types[i], type, len))
			return true;
	}
	return false;
}

/**
 * mount_crossable - where a file system is mounted that an export may show
 * @line: of mountinfo
 *
 * Return: the path, for free(); NULL if it cannot be shown, or the line is not sound.
 */
char *mount_crossable(const char *line)
{
	const char *point = word_nth(line, 4), *rest, *type;

	rest = point ? word_nth(point, 1) : NULL;
	/* any number of optional fields, up to a hyphen */
	type = rest ? strstr(rest, " - ") : NULL;
	if (!type || *point != '/' || never_shown(type + 3))
		return NULL;
	return unescape(point, word_end(point));
}

/**
 * mount_is_below - does a path lead below a directory?
 * @path: absolute, without "." and ".."
 * @dir: the same
 *
 * Return: true if it does; false also if they are the same.
 */
bool mount_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1)
		return path[1];
	return !strncmp(path, dir, len) && path[len] == '/';
}
