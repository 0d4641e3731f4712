// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is written down twice says the same: the C side of the netlink
 * description, and the version. Manual pages are sound. Runs in this folder.
 */
#include <stdlib.h>
#include "tap.h"
#include "../../kernel/base/version.h"

TEST(the_netlink_files_are_what_the_description_says)
{
	CHECK_EQ(system("../../scripts/gen-uapi --check"), 0);
}

TEST(the_version_is_that_of_the_package)
{
	char line[256], want[256];
	bool found = false;
	FILE *f;

	f = fopen("../../dkms.conf", "re");
	if (!CHECK(f))
		return;
	snprintf(want, sizeof(want), "PACKAGE_VERSION=\"%s\"\n", DITTO_VERSION);
	while (fgets(line, sizeof(line), f))
		found |= !strcmp(line, want);
	fclose(f);
	CHECK(found);
}

TEST(manual_pages_have_no_faults)
{
	if (system("command -v man >/dev/null"))
		return;
	CHECK_EQ(system("for m in ../../Documentation/man/*.[578]; do "
			"LC_ALL=C.UTF-8 man --warnings -l -Tutf8 -Z \"$m\" 2>&1 >/dev/null; "
			"done | grep . && exit 1; exit 0"), 0);
}
