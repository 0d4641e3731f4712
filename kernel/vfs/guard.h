/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking before touching: every operation of this folder that reads or changes
 * what somebody may have a claim on is between a begin and an end of a guard.
 *
 * Who has claims (lock/) keeps a summary of them in the node. An operation first
 * makes itself seen in the node's counters, then looks at the summary: if nothing
 * there concerns it, it goes on. Whoever makes a claim first sets the summary, then
 * looks at the counters. With a full barrier between the two steps on either side
 * one of them always sees the other.
 */
#ifndef DITTO_VFS_GUARD_H
#define DITTO_VFS_GUARD_H

#include <linux/atomic.h>
#include "vfs/access.h"
#include "vfs/deny.h"
#include "vfs/intent.h"
#include "vfs/node.h"
#include "vfs/object.h"

/* The summary of a node: what claims there are on it. */
#define DITTO_SUMMARY_DENY_READ		BIT(0)
#define DITTO_SUMMARY_DENY_WRITE	BIT(1)
#define DITTO_SUMMARY_DENY_DELETE	BIT(2)
#define DITTO_SUMMARY_RANGE_POSIX	BIT(3)	/* ranges that stop I/O where locks=mandatory */
#define DITTO_SUMMARY_RANGE_HANDLE	BIT(4)	/* ranges that stop I/O unless locks=advisory */
#define DITTO_SUMMARY_CACHE_R		BIT(5)
#define DITTO_SUMMARY_CACHE_W		BIT(6)
#define DITTO_SUMMARY_CACHE_H		BIT(7)

/**
 * struct ditto_guard - an operation that has asked
 * @node: the node of what it touches; NULL: none, nothing to end
 * @intent: what it does
 * @held: @node has a reference of its own
 */
struct ditto_guard {
	struct ditto_node	*node;
	enum ditto_intent	intent;
	bool			held;
};

/**
 * struct ditto_guard_ops - what lock/ does for guards
 * @ask: the summary says that there may be something: 0: go on; -ESHAREDENIED, -ERANGELOCKED;
 *	-EJUKEBOX: a holder was asked to give way; @acc->park, if there, is told when it has.
 *	May sleep
 */
struct ditto_guard_ops {
	int (*ask)(struct ditto_access *acc, struct ditto_node *node, enum ditto_intent intent,
		   u64 first, u64 last);
};

void ditto_guard_set_ops(const struct ditto_guard_ops *ops);
int ditto_guard_begin(struct ditto_guard *guard, struct ditto_access *acc,
		      struct ditto_object *obj, enum ditto_intent intent, u64 first, u64 last);
int ditto_guard_begin_inode(struct ditto_guard *guard, struct ditto_access *acc,
			    struct inode *inode, enum ditto_intent intent);
void ditto_guard_end(struct ditto_guard *guard);

#endif
