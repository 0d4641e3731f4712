/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing to export or register in user space. */
#ifndef SHIM_LINUX_INIT_H
#define SHIM_LINUX_INIT_H

#include <linux/compiler.h>

#endif
