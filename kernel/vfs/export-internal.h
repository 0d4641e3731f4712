/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files behind export.h share.
 *
 *	export.c	one export: making, configuring, holding and letting go
 *	table.c		the exports of a network namespace
 *	rules.c		who may use an export
 *	mounts.c	file systems mounted below an export
 *	watch.c		hearing of files that lose their last link
 */
#ifndef DITTO_VFS_EXPORT_INTERNAL_H
#define DITTO_VFS_EXPORT_INTERNAL_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/siphash.h>
#include "vfs/export.h"
#include "vfs/handle.h"

struct ditto_watch;

/* Rules an export can have: their number fits the peers' cache of decisions with room to spare. */
#define EXPORT_RULES_MAX	65536

/**
 * struct export_conf - an export's configuration, immutable
 * @cfg: own copy of the administrator's description
 * @generation: never the same for two configurations; part of the peers' cached decisions
 * @older: the one before. Kept until the export goes, because ditto_export_config()
 *	hands out pointers without a reference
 */
struct export_conf {
	struct ditto_export_config	cfg;
	u64				generation;
	struct export_conf		*older;
};

/**
 * struct ditto_export - a directory that clients may use
 * @net: network namespace it is served in
 * @root: the directory; held until the last user has gone
 * @key: names it in wire handles
 * @mac: its handles carry a MAC
 * @mac_key: key of the MACs
 * @conf: what the administrator said, RCU
 * @users: one of the table, one of each object, each finder
 * @dead: out of the table; nothing is cached under it any more
 * @drained: the last user has gone, @root is put
 * @memory: one of @users, one of a waiter for @drained
 * @lock: for changes of @mounts
 * @mounts: file systems mounted below that were crossed into, RCU
 * @nr_mounts: how many
 * @watch: hears of unlinks on its file system
 * @rcu: frees it
 */
struct ditto_export {
	struct net			*net;
	struct path			root;
	u32				key;
	bool				mac;
	siphash_key_t			mac_key;
	struct export_conf __rcu	*conf;
	refcount_t			users;
	bool				dead;
	struct completion		drained;
	struct kref			memory;
	spinlock_t			lock;
	struct hlist_head		mounts;
	unsigned int			nr_mounts;
	struct ditto_watch		*watch;
	struct rcu_head			rcu;
};

static inline const struct export_conf *export_conf(const struct ditto_export *exp)
{
	return rcu_dereference_check(exp->conf, 1);	/* @older says why */
}

/* export.c */
struct ditto_export *export_create(struct net *net, const struct ditto_export_config *cfg,
				   const struct path *root, const siphash_key_t *server_key,
				   const char **why);
int export_check_config(const struct ditto_export_config *cfg, const char **why);
int export_resolve(const struct ditto_export_config *cfg, struct path *root, const char **why);
bool export_keeps(const struct ditto_export *exp, const struct ditto_export_config *cfg,
		  const struct path *root);
struct export_conf *export_conf_make(const struct ditto_export_config *cfg);
void export_conf_free(struct export_conf *conf);
bool export_conf_same(const struct export_conf *conf, const struct ditto_export_config *cfg);
void export_conf_set(struct ditto_export *exp, struct export_conf *conf);
int export_retire(struct ditto_export *exp, bool wait_killable);
void ditto_export_on_removal(void (*fn)(struct ditto_export *exp));
bool export_is_dead(const struct ditto_export *exp);

/* table.c */
struct ditto_export *export_find_key(struct net *net, u32 key);

/* mounts.c */
u32 export_mount_key(struct ditto_export *exp, struct vfsmount *mnt);
int export_mount_find(struct ditto_export *exp, u32 key, struct path *root);
void export_mounts_free(struct ditto_export *exp);
bool export_handle_needs_mac(const struct ditto_export *exp, const struct vfsmount *mnt);
u64 export_fs_identity(const struct super_block *sb);

/* watch.c */
struct ditto_watch *ditto_watch_get(struct super_block *sb);
void ditto_watch_put(struct ditto_watch *watch);
int ditto_watch_init(void);
void ditto_watch_exit(void);

#endif
