/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lock manager, as protocols see it.
 *
 * What somebody may hold on a file is one of three claims (rules.h): a RANGE of
 * its bytes, a SHARE of its use, a CACHE of its contents. All claims on a file are
 * kept at its node, whatever protocol made them, and conflicts are decided
 * here and nowhere else. Ranges are also placed in the VFS, so that local
 * processes and other servers meet them, and theirs are met by ours.
 *
 * A claim pins the object it was made on. What has to be open for it is held open
 * with it. Claims go when they are given back, when their owner or client is
 * released, and when their export is removed.
 *
 * All functions are called in process context without locks.
 */
#ifndef DITTO_LOCK_LOCK_H
#define DITTO_LOCK_LOCK_H

#include <linux/errno.h>
#include <linux/filelock.h>
#include <linux/workqueue.h>
#include "lock/client.h"
#include "lock/grace.h"
#include "lock/range.h"
#include "lock/rules.h"
#include "vfs/access.h"
#include "vfs/object.h"

struct ditto_hold;

#define DITTO_CONFLICT_OH	64

/**
 * struct ditto_conflict - who stands in the way
 * @range: of what
 * @exclusive: and how
 * @protocol: of the holder; "local" for a process of this machine
 * @client: the holder's client; empty for a process
 * @svid: process number as its protocol tells it
 * @oh_len: bytes in @oh
 * @oh: the owner handle NLM shows
 */
struct ditto_conflict {
	struct ditto_range	range;
	bool			exclusive;
	const char		*protocol;
	char			client[DITTO_CLIENT_NAME];
	u32			svid;
	u32			oh_len;
	u8			oh[DITTO_CONFLICT_OH];
};

/**
 * struct ditto_wait - a range waited for
 * @granted: called once, without locks, maybe before ditto_range_lock() has returned: @err 0: the
 *	range is held now; -EDEADLK; -ESTALE: the owner, client or export is gone; -ENOLCK: a
 *	limit; an errno of the file system. The wait is the protocol's again, and may be freed
 *	in it
 *
 * The protocol clears it, sets @granted, and leaves the rest alone until the wait
 * has been granted or cancelled.
 */
struct ditto_wait {
	void (*granted)(struct ditto_wait *wait, int err);

	/* private: owned by wait.c */
	struct ditto_hold	*hold;
	u64			number;		/* it is shown by */
	struct ditto_range	range;
	bool			exclusive;
	bool			notified;	/* something has changed for it */
	bool			posted;		/* @vfs waits in the VFS */
	bool			unfair;		/* need not wait for those before it */
	u8			state;
	int			err;
	u64			since;
	struct ditto_range_lock	*spare[DITTO_RANGES_SPARES];
	struct list_head	list;		/* the node's waits, oldest first */
	struct file_lock	vfs;
	struct delayed_work	retry;
	struct work_struct	grant;

	/* private: owned by deadlock.c */
	struct ditto_owner	*blocker;
	bool			fair;		/* @blocker is only before it in the queue */
	struct list_head	on_owner;
};

/**
 * struct ditto_range_request - a range asked for
 * @acc: the caller's access, begun
 * @obj: the file
 * @owner: for whom
 * @range: of what
 * @exclusive: how
 * @reclaim: it was held before the server's restart
 * @wait: to wait with; NULL: not to wait
 * @by: filled in if it is denied or waits
 */
struct ditto_range_request {
	struct ditto_access	*acc;
	struct ditto_object	*obj;
	struct ditto_owner	*owner;
	struct ditto_range	range;
	bool			exclusive;
	bool			reclaim;
	struct ditto_wait	*wait;
	struct ditto_conflict	by;
};

/* byterange.c */
int ditto_range_lock(struct ditto_range_request *rq);
int ditto_range_test(struct ditto_range_request *rq);
int ditto_range_unlock(struct ditto_owner *owner, struct ditto_object *obj,
		       const struct ditto_range *range);

/* wait.c */
int ditto_range_cancel(struct ditto_wait *wait);
void ditto_range_flush(void);

/* claims.c */
struct ditto_object *ditto_owner_object(struct ditto_owner *owner, const u8 *raw, size_t len);

int ditto_lock_init(void);
void ditto_lock_exit(void);

#endif
