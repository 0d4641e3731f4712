// SPDX-License-Identifier: GPL-2.0-only
/* revert_creds() returns what it took away: no reference counting. */
#include <linux/cred.h>

const struct cred *ditto_test(const struct cred *old);
const struct cred *ditto_test(const struct cred *old)
{
	return revert_creds(old);
}
