/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KSTRTOX_H
#define SHIM_LINUX_KSTRTOX_H

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <linux/types.h>

static inline int kstrtoull(const char *s, unsigned int base, unsigned long long *v)
{
	char *end;

	if (*s == '+')
		s++;
	if (!isalnum((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	*v = strtoull(s, &end, base);
	if (end == s || (*end && !(*end == '\n' && !end[1])))
		return -EINVAL;
	return errno == ERANGE ? -ERANGE : 0;
}

#define __shim_kstrto(name, type, limit)					\
static inline int name(const char *s, unsigned int base, type *res)		\
{										\
	unsigned long long v;							\
	int err = kstrtoull(s, base, &v);					\
										\
	if (!err && v > (limit))						\
		err = -ERANGE;							\
	if (!err)								\
		*res = v;							\
	return err;								\
}
__shim_kstrto(kstrtou64, u64, U64_MAX)
__shim_kstrto(kstrtou32, u32, U32_MAX)
__shim_kstrto(kstrtou16, u16, U16_MAX)
__shim_kstrto(kstrtou8, u8, U8_MAX)
__shim_kstrto(kstrtouint, unsigned int, U32_MAX)

#endif
