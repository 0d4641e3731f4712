/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory: from the C library, so that the sanitizer watches it. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>
#include <linux/overflow.h>
#include <linux/types.h>

#define GFP_KERNEL	1U
#define GFP_ATOMIC	2U
#define GFP_NOFS	4U

/* A test sets it to make the n-th allocation from now on fail; 0 is never. */
extern unsigned int shim_alloc_fail __attribute__((weak));

static inline void *kmalloc(size_t n, gfp_t gfp)
{
	(void)gfp;
	if (&shim_alloc_fail && shim_alloc_fail && !--shim_alloc_fail)
		return NULL;
	return n == SIZE_MAX ? NULL : malloc(n ? n : 1);
}

static inline void *kzalloc(size_t n, gfp_t gfp)
{
	void *p = kmalloc(n, gfp);

	return p ? memset(p, 0, n) : NULL;
}

static inline void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc(array_size(n, size), gfp);
}

static inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kzalloc(array_size(n, size), gfp);
}

static inline void *kmemdup(const void *p, size_t n, gfp_t gfp)
{
	void *q = kmalloc(n, gfp);

	return q ? memcpy(q, p, n) : NULL;
}

static inline char *kstrndup(const char *s, size_t n, gfp_t gfp)
{
	size_t len = strnlen(s, n);
	char *q = kmalloc(len + 1, gfp);

	if (!q)
		return NULL;
	memcpy(q, s, len);
	q[len] = '\0';
	return q;
}

static inline void kfree(const void *p)
{
	free((void *)p);
}

#define kvmalloc	kmalloc
#define kvzalloc	kzalloc
#define kvcalloc	kcalloc
#define kvfree		kfree
#define kmalloc_obj(obj, gfp)	((__typeof__(obj) *)kmalloc(sizeof(obj), gfp))
#define kzalloc_obj(obj, gfp)	((__typeof__(obj) *)kzalloc(sizeof(obj), gfp))
#define kzalloc_objs(obj, n, gfp) ((__typeof__(obj) *)kcalloc(n, sizeof(obj), gfp))

#endif
