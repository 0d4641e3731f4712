/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Caches of the protocol "test" (lock_env.h), and what clients and local processes do to
 * them. A cache is dropped at the end of the test, and then freed or the test fails.
 */
#ifndef DITTO_KUNIT_LOCK_CACHES_H
#define DITTO_KUNIT_LOCK_CACHES_H

#include "lock_env.h"
#include "lock/cache.h"
#include "lock/share.h"
#include "vfs/cred.h"

#define R	DITTO_CACHE_R
#define W	DITTO_CACHE_W
#define H	DITTO_CACHE_H
#define RH	DITTO_CACHE_RH
#define RW	DITTO_CACHE_RW
#define RWH	DITTO_CACHE_RWH

/**
 * struct lock_cache - a cache and what its holder was told
 * @cache: as the lock manager knows it
 * @env: its environment
 * @obey: recalls are acknowledged at once
 * @answers: questions are answered at once
 * @deaf: questions cannot be asked
 * @recalls: times it was told to give way
 * @to: to what, the last time
 * @revokes: times it was taken
 * @asks: times it was asked
 * @freed: completed by free()
 */
struct lock_cache {
	struct ditto_cache	cache;
	struct lock_env		*env;
	bool			obey;
	bool			answers;
	bool			deaf;
	atomic_t		recalls;
	unsigned int		to;
	atomic_t		revokes;
	atomic_t		asks;
	struct completion	freed;
};

struct lock_cache *lock_cache(struct lock_env *env);
/* From and to a client's credentials; no assertion between them. */
void lock_client_begin(struct lock_env *env, const struct cred **saved);
void lock_client_end(const struct cred *saved);

unsigned int lock_grant(struct lock_cache *lc, struct lock_owner *owner, struct ditto_object *obj,
			enum ditto_cache_kind kind, unsigned int want);
unsigned int lock_upgrade(struct lock_cache *lc, struct lock_owner *owner,
			  struct ditto_object *obj, unsigned int want);
/* As an operation that ends at once; @owner may be NULL. */
int lock_intend(struct lock_env *env, struct lock_owner *owner, struct ditto_object *obj,
		enum ditto_intent intent);
/* Was it told @n times by now, the last time to come down to @to? Waits a little. */
bool lock_told(struct lock_cache *lc, int n, unsigned int to);
unsigned int lock_bits(struct lock_cache *lc);
enum ditto_cache_state lock_state(struct lock_cache *lc);
/* As if no cache had been taken back lately. */
void lock_forget_recall(struct ditto_object *obj);
u32 lock_summary(struct ditto_object *obj);

#endif
