/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel credentials of callers, made once and shared.
 *
 * What a caller claims to be goes through the squash rules and the user
 * namespace of its network namespace; what comes out identifies the entry. The
 * cache holds a reference on each entry in it, and so does each access.
 */
#ifndef DITTO_VFS_CRED_H
#define DITTO_VFS_CRED_H

#include <linux/cred.h>
#include <linux/refcount.h>
#include "vfs/export.h"
#include "vfs/identity.h"

/**
 * struct ditto_cred_key - what makes two callers the same
 * @ns: user namespace the ids belong to
 * @uid: user after squashing
 * @gid: group after squashing
 * @nr_groups: further groups in @groups; the rest of @groups is 0
 * @groups: further groups after squashing, in the caller's order
 */
struct ditto_cred_key {
	struct user_namespace	*ns;
	u32			uid;
	u32			gid;
	u32			nr_groups;
	u32			groups[DITTO_WHO_GROUPS];
};

/**
 * struct ditto_cred - cached credentials
 * @cred: the kernel's form of them; held
 * @key: who they stand for; holds its user namespace
 * @hash: of @key
 * @used: when they were last asked for, jiffies
 * @ref: one of the cache, one of each user
 * @by_key: entries by @key
 * @by_cred: entries in use by @cred
 * @lru: all entries, least recently looked at by the sweep first
 * @rcu: frees it
 */
struct ditto_cred {
	const struct cred	*cred;
	struct ditto_cred_key	key;
	u32			hash;
	unsigned long		used;
	refcount_t		ref;
	struct hlist_node	by_key;
	struct hlist_node	by_cred;
	struct list_head	lru;
	struct rcu_head		rcu;
};

struct ditto_cred *ditto_cred_get(const struct ditto_who *who, const struct ditto_grant *grant);
void ditto_cred_put(struct ditto_cred *cred);
void ditto_cred_forget_ns(struct user_namespace *ns);

#endif
