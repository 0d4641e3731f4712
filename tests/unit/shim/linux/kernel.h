/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include_next <linux/kernel.h>
#include <ctype.h>
#include <stdio.h>
#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#define upper_32_bits(n)	((u32)((n) >> 32))
#define lower_32_bits(n)	((u32)(n))

/* Unlike snprintf(), these return what was written. */
#define scnprintf(buf, size, ...) ({						\
	size_t __size = (size);							\
	int __n = snprintf(buf, __size, __VA_ARGS__);				\
	!__size ? 0 : __n >= (int)__size ? (int)__size - 1 : __n;		\
})

#endif
