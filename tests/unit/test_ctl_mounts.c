// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of mountinfo, and what is below what.
 *
 * Uses: userspace/dittoctl/mounts.c userspace/dittoctl/util.c
 */
#include <stdlib.h>
#include "tap.h"
#include "../../userspace/dittoctl/mounts.h"

/* The mount point in a line; "" if it is not for showing. */
static const char *point(const char *line)
{
	static char path[256];
	char *got = mount_crossable(line);

	snprintf(path, sizeof(path), "%s", got ? got : "");
	free(got);
	return path;
}

TEST(mount_points_are_found)
{
	CHECK_STR(point("36 35 98:0 / /srv/a rw,noatime - ext4 /dev/sda1 rw\n"), "/srv/a");
	CHECK_STR(point("36 35 98:0 /sub /srv/a rw master:1 propagate_from:2 - xfs /dev/b rw\n"),
		  "/srv/a");
	CHECK_STR(point("22 1 0:21 / / rw - tmpfs none rw\n"), "/");
	CHECK_STR(point("36 35 8:1 / /mnt/f rw - fuseblk /dev/sdb1 rw\n"), "/mnt/f");
}

TEST(blanks_in_paths_are_read)
{
	CHECK_STR(point("1 2 8:1 / /a\\040b\\011c\\012d\\134e rw - ext4 x rw\n"), "/a b\tc\nd\\e");
	CHECK_STR(point("1 2 8:1 / /a\\ rw - ext4 x rw\n"), "/a\\");
	CHECK_STR(point("1 2 8:1 / /a\\04 rw - ext4 x rw\n"), "/a\\04");
	CHECK_STR(point("1 2 8:1 / /\\303\\251 rw - ext4 x rw\n"), "/\303\251");
}

TEST(what_is_never_shown_is_left_out)
{
	CHECK_STR(point("1 2 0:1 / /a rw - autofs systemd-1 rw\n"), "");
	CHECK_STR(point("1 2 0:1 / /a rw - nfs4 gone:/x rw\n"), "");
	CHECK_STR(point("1 2 0:1 / /a rw - fuse.sshfs x rw\n"), "");
	CHECK_STR(point("1 2 0:1 / /a rw shared:1 - fuse x rw\n"), "");
}

TEST(broken_lines_are_left_out)
{
	CHECK_STR(point(""), "");
	CHECK_STR(point("\n"), "");
	CHECK_STR(point("1 2 3 4"), "");
	CHECK_STR(point("1 2 3 4 /a"), "");
	CHECK_STR(point("1 2 3 4 /a rw ext4\n"), "");
	CHECK_STR(point("1 2 0:4 net:[4026531840] a rw - nsfs nsfs rw\n"), "");
}

TEST(below_is_below)
{
	CHECK(mount_is_below("/srv/a", "/srv"));
	CHECK(mount_is_below("/srv/a/b", "/srv"));
	CHECK(mount_is_below("/srv", "/"));
	CHECK(!mount_is_below("/srv", "/srv"));
	CHECK(!mount_is_below("/", "/"));
	CHECK(!mount_is_below("/srv2", "/srv"));
	CHECK(!mount_is_below("/", "/srv"));
}
