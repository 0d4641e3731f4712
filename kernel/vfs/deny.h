/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors of our own, for what others hold. Pure C. */
#ifndef DITTO_VFS_DENY_H
#define DITTO_VFS_DENY_H

#include <linux/errno.h>

/* A share of somebody else denies it. */
#define ESHAREDENIED	EUSERS
/* A range of somebody else is in the way. */
#define ERANGELOCKED	ELNRNG

#endif
