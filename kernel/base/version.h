/* SPDX-License-Identifier: GPL-2.0-only */
/* The version, as in dkms.conf; tests/unit/test_ctl_made.c holds them together. */
#ifndef DITTO_BASE_VERSION_H
#define DITTO_BASE_VERSION_H

#define DITTO_VERSION	"0.1.0"

#endif
