// SPDX-License-Identifier: GPL-2.0-only
/*
 * Payloads are recycled through slab caches with a constructor: the allocator
 * does not clear such objects, and clearing them would cost more than the
 * payload's own work.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "base/payload.h"

/* 1 MiB in 4 KiB pages that starts inside a page. */
#define PAYLOAD_BVECS	257

static struct kmem_cache *payload_cache;
static struct kmem_cache *payload_bv_cache;

static void payload_ctor(void *mem)
{
}

/**
 * ditto_payload_alloc - an empty payload
 * @max: pieces it must have room for
 *
 * Return: the payload, or NULL.
 */
struct ditto_payload *ditto_payload_alloc(unsigned int max)
{
	struct ditto_payload *p = kmem_cache_alloc(payload_cache, GFP_NOFS);

	if (!p)
		return NULL;
	p->nr = 0;
	p->len = 0;
	if (max <= ARRAY_SIZE(p->inline_bv)) {
		p->max = ARRAY_SIZE(p->inline_bv);
		p->bv = p->inline_bv;
	} else if (max <= PAYLOAD_BVECS) {
		p->max = PAYLOAD_BVECS;
		p->bv = kmem_cache_alloc(payload_bv_cache, GFP_NOFS);
	} else {
		p->max = max;
		p->bv = kvmalloc_array(max, sizeof(*p->bv), GFP_NOFS);
	}
	if (!p->bv) {
		kmem_cache_free(payload_cache, p);
		return NULL;
	}
	return p;
}
EXPORT_SYMBOL_GPL(ditto_payload_alloc);

/**
 * ditto_payload_free - drop a payload and its references on pages
 * @payload: the payload, or NULL
 */
void ditto_payload_free(struct ditto_payload *payload)
{
	unsigned int i;

	if (!payload)
		return;
	for (i = 0; i < payload->nr; i++)
		put_page(payload->bv[i].bv_page);
	if (payload->max > PAYLOAD_BVECS)
		kvfree(payload->bv);
	else if (payload->bv != payload->inline_bv)
		kmem_cache_free(payload_bv_cache, payload->bv);
	kmem_cache_free(payload_cache, payload);
}
EXPORT_SYMBOL_GPL(ditto_payload_free);

/**
 * ditto_payload_init - make the caches
 *
 * Return: 0 or -ENOMEM.
 */
int ditto_payload_init(void)
{
	payload_cache = kmem_cache_create("ditto_payload", sizeof(struct ditto_payload), 0,
					  SLAB_HWCACHE_ALIGN, payload_ctor);
	if (!payload_cache)
		return -ENOMEM;
	payload_bv_cache = kmem_cache_create("ditto_payload_bv",
					     PAYLOAD_BVECS * sizeof(struct bio_vec), 0, 0,
					     payload_ctor);
	if (!payload_bv_cache) {
		kmem_cache_destroy(payload_cache);
		return -ENOMEM;
	}
	return 0;
}

/**
 * ditto_payload_exit - all payloads have been freed
 */
void ditto_payload_exit(void)
{
	kmem_cache_destroy(payload_bv_cache);
	kmem_cache_destroy(payload_cache);
}
