/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <linux/types.h>

static inline ssize_t shim_strscpy(char *dst, const char *src, size_t size)
{
	size_t len = size ? strnlen(src, size) : 0;

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return len;
}
#define __shim_strscpy2(dst, src)	shim_strscpy(dst, src, sizeof(dst))
#define __shim_strscpy3(dst, src, size)	shim_strscpy(dst, src, size)
#define __shim_strscpy_pick(a, b, c, name, ...) name
#define strscpy(...) __shim_strscpy_pick(__VA_ARGS__, __shim_strscpy3, \
					 __shim_strscpy2)(__VA_ARGS__)

static inline void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; n--, b++)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

static inline bool mem_is_zero(const void *p, size_t n)
{
	return !memchr_inv(p, 0, n);
}

static inline bool strstarts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static inline int match_string(const char *const *array, size_t n, const char *s)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], s))
			return i;
	return -EINVAL;
}

#define memzero_explicit(p, n)	explicit_bzero(p, n)

#endif
