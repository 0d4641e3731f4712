// SPDX-License-Identifier: GPL-2.0-only
/* posix_acl_to_xattr() allocates the buffer. */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/posix_acl_xattr.h>

void *ditto_test(const struct posix_acl *acl, size_t *size);
void *ditto_test(const struct posix_acl *acl, size_t *size)
{
	return posix_acl_to_xattr(&init_user_ns, acl, size, GFP_KERNEL);
}
