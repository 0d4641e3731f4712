/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers, workqueues, allocation, credentials, LRU lists, socket addresses.
 */
#ifndef DITTO_COMPAT_MISC_H
#define DITTO_COMPAT_MISC_H

#include <linux/cred.h>
#include <linux/hrtimer.h>
#include <linux/list_lru.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#ifdef HAVE_FOLIO_BATCH_HEADER
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

/* Timers: one family of names. */
#ifndef timer_container_of
#define timer_container_of(var, timer, field) \
	container_of(timer, typeof(*var), field)
#endif
#ifndef HAVE_TIMER_DELETE_SYNC_TRY
#define timer_delete_sync_try		try_to_del_timer_sync
#define timer_destroy_on_stack		destroy_timer_on_stack
#endif

#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/*
 * Workqueues: the newest kernel warns about one that is neither per-CPU nor
 * unbound by its own word. Per-CPU used to be what a queue was by default.
 */
#ifndef HAVE_WQ_PERCPU
#define WQ_PERCPU			0
#define system_percpu_wq		system_wq
#define system_dfl_wq			system_unbound_wq
#endif

/* Allocation by type. The flags are optional in the newest kernel, not here. */
#ifndef kmalloc_obj
#define kmalloc_obj(obj, gfp)		((typeof(obj) *)kmalloc(sizeof(obj), gfp))
#define kzalloc_obj(obj, gfp)		((typeof(obj) *)kzalloc(sizeof(obj), gfp))
#define kmalloc_objs(obj, n, gfp) \
	((typeof(obj) *)kmalloc_array(n, sizeof(obj), gfp))
#define kzalloc_objs(obj, n, gfp) \
	((typeof(obj) *)kcalloc(n, sizeof(obj), gfp))
#define kvmalloc_objs(obj, n, gfp) \
	((typeof(obj) *)kvmalloc_array(n, sizeof(obj), gfp))
#define kvzalloc_objs(obj, n, gfp) \
	((typeof(obj) *)kvcalloc(n, sizeof(obj), gfp))
#endif

/*
 * Credentials: override_creds() and revert_creds() leave the reference counts
 * alone in the newest kernel, so that the caller must hold its own reference
 * from before the override to after the revert; revert_creds() returns what it
 * took away. The old pair takes a reference and puts the same one, which is
 * the same to a caller that holds its own.
 */
#ifndef HAVE_REVERT_CREDS_RETURN
static inline const struct cred *
ditto_compat_revert_creds(const struct cred *old)
{
	const struct cred *was = current_cred();

	revert_creds(old);
	return was;
}
#define revert_creds ditto_compat_revert_creds
#endif

/*
 * LRU lists: a walk callback no longer gets the lock. It runs under it still,
 * and must not drop it: the old kernel could not tell which lock that is.
 */
#ifndef HAVE_LIST_LRU_WALK_CB_NO_LOCK
typedef enum lru_status (*ditto_compat_lru_cb)(struct list_head *item,
					       struct list_lru_one *list,
					       void *arg);

struct ditto_compat_lru_walk {
	ditto_compat_lru_cb cb;
	void *arg;
};

static inline enum lru_status
ditto_compat_lru_step(struct list_head *item, struct list_lru_one *list,
		      spinlock_t *lock, void *arg)
{
	struct ditto_compat_lru_walk *walk = arg;

	return walk->cb(item, list, walk->arg);
}

static inline unsigned long
ditto_compat_list_lru_walk(struct list_lru *lru, ditto_compat_lru_cb cb,
			   void *arg, unsigned long nr)
{
	struct ditto_compat_lru_walk walk = { .cb = cb, .arg = arg };

	return list_lru_walk(lru, ditto_compat_lru_step, &walk, nr);
}
#define list_lru_walk ditto_compat_list_lru_walk

static inline unsigned long
ditto_compat_list_lru_shrink_walk(struct list_lru *lru,
				  struct shrink_control *sc,
				  ditto_compat_lru_cb cb, void *arg)
{
	struct ditto_compat_lru_walk walk = { .cb = cb, .arg = arg };

	return list_lru_shrink_walk(lru, sc, ditto_compat_lru_step, &walk);
}
#define list_lru_shrink_walk ditto_compat_list_lru_shrink_walk
#endif

/* Sockets: addresses whose size comes beside them have a type of their own. */
#ifndef HAVE_SOCKADDR_UNSIZED
#define sockaddr_unsized sockaddr
#endif

#endif
