/* SPDX-License-Identifier: GPL-2.0-only */
/* The MOUNT program (RFC 1813 appendix I, RFC 1094 appendix A). */
#ifndef DITTO_NFS_MOUNT_H
#define DITTO_NFS_MOUNT_H

int mount_init(void);
void mount_exit(void);

#endif
