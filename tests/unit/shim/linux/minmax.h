/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#include <linux/types.h>

/* Refuses what the kernel's refuses: a comparison of unlike signs. */
#define __shim_same_sign(a, b)							\
	(__builtin_constant_p(a) || __builtin_constant_p(b) ||			\
	 ((__typeof__(a))-1 < (__typeof__(a))1) == ((__typeof__(b))-1 < (__typeof__(b))1))
#define __shim_cmp(a, op, b) ({							\
	__typeof__(a) __a = (a);						\
	__typeof__(b) __b = (b);						\
	_Static_assert(__shim_same_sign(a, b), "min/max of unlike signs");	\
	__a op __b ? __a : __b;							\
})
#define min(a, b)		__shim_cmp(a, <, b)
#define max(a, b)		__shim_cmp(a, >, b)
#define min_t(type, a, b)	__shim_cmp((type)(a), <, (type)(b))
#define max_t(type, a, b)	__shim_cmp((type)(a), >, (type)(b))
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define clamp_t(type, v, lo, hi) min_t(type, max_t(type, v, lo), hi)
#define umin(a, b)		min_t(u64, a, b)
#define umax(a, b)		max_t(u64, a, b)
#define swap(a, b) \
	do { __typeof__(a) __t = (a); (a) = (b); (b) = __t; } while (0)

#endif
