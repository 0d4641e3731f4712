/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exports: named directories and who may use them, per network namespace.
 *
 * The table is replaced as a whole under one mutex and read under RCU. An
 * export is referenced by the objects (object.h) under it; removing it unhooks
 * it, drops its objects and closes its files, so that its file system can be
 * unmounted as soon as the remove returns.
 */
#ifndef DITTO_VFS_EXPORT_H
#define DITTO_VFS_EXPORT_H

#include <linux/path.h>
#include <linux/refcount.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <linux/uuid.h>
#include <net/net_namespace.h>
#include "vfs/identity.h"

#define DITTO_EXPORT_NAME_MAX	255

/* Options of an export as a whole. */
#define DITTO_EXPORT_NFS	BIT(0)	/* served over NFS */
#define DITTO_EXPORT_SMB	BIT(1)	/* served over SMB (kept for the time it is) */
#define DITTO_EXPORT_CROSSMNT	BIT(2)	/* file systems mounted below are shown too */
#define DITTO_EXPORT_MAC	BIT(3)	/* file handles carry a MAC */
#define DITTO_EXPORT_ASYNC	BIT(4)	/* answers before data is on stable storage */
/* Ranges stop reads and writes: by default those that SMB has to do with. */
#define DITTO_EXPORT_LOCKS_MANDATORY	BIT(5)	/* all */
#define DITTO_EXPORT_LOCKS_ADVISORY	BIT(6)	/* none, but SMB's own */

/* What a client rule grants. */
#define DITTO_RULE_RW		BIT(0)	/* may write */
#define DITTO_RULE_ROOT		BIT(1)	/* root stays root (no_root_squash) */
#define DITTO_RULE_ALLSQUASH	BIT(2)	/* everybody is anonymous */
#define DITTO_RULE_INSECURE	BIT(3)	/* source ports over 1023 allowed (default: on) */

/**
 * struct ditto_client_rule - who, and what they may
 * @addr: address in network order; @family AF_UNSPEC matches everybody
 * @family: AF_INET, AF_INET6 or AF_UNSPEC
 * @prefix: leading bits of @addr that count
 * @flags: DITTO_RULE_*
 * @sec: bits of enum ditto_sec that are allowed
 * @anon_uid: user for the squashed
 * @anon_gid: group for the squashed
 * @text: the rule's client as the administrator wrote it (host name, netgroup, subnet)
 *
 * The rule with the longest prefix that matches decides; among equals the first.
 */
struct ditto_client_rule {
	u8	addr[16];
	u16	family;
	u8	prefix;
	u32	flags;
	u32	sec;
	u32	anon_uid;
	u32	anon_gid;
	char	text[64];
};

/**
 * struct ditto_export_config - an export as the administrator describes it
 * @name: its name; clients mount "server:/NAME"; no slash at either end
 * @path: absolute path on the server
 * @flags: DITTO_EXPORT_*
 * @fsid: identifies the file system across reboots if it has no UUID of its own; 0: none
 * @nr_rules: how many rules there are
 * @rules: client rules
 */
struct ditto_export_config {
	char				name[DITTO_EXPORT_NAME_MAX + 1];
	char				*path;
	u32				flags;
	u64				fsid;
	unsigned int			nr_rules;
	struct ditto_client_rule	*rules;
};

struct ditto_export;

/**
 * struct ditto_grant - what the export lets one caller do
 * @flags: DITTO_RULE_*
 * @sec: bits of enum ditto_sec that are allowed
 * @anon_uid: user for the squashed
 * @anon_gid: group for the squashed
 */
struct ditto_grant {
	u32	flags;
	u32	sec;
	u32	anon_uid;
	u32	anon_gid;
};

/* Control; all in the administrator's call (paths are resolved there). On error *why is a
 * sentence that names the fix, or NULL. */
int ditto_export_add(struct net *net, const struct ditto_export_config *cfg, bool replace,
		     const char **why);
/* -EBUSY, -EINTR: removed, but a request still uses it (waits half a minute, killable). */
int ditto_export_remove(struct net *net, const char *name);
/* All of @cfgs or nothing; exports not in @cfgs go away. *@bad: index of the culprit. */
int ditto_export_apply(struct net *net, const struct ditto_export_config *cfgs, unsigned int nr,
		       unsigned int *bad, const char **why);
int ditto_export_for_each(struct net *net,
			  int (*fn)(void *arg, const struct ditto_export_config *cfg,
				    const struct ditto_export *exp), void *arg);
/* 16-byte server key of file handle MACs, for exports added from then on; until one is set, and
 * after NULL, it is made from the file system's identity (the same after a reboot, but no secret). */
int ditto_export_set_key(struct net *net, const u8 key[16]);
/* Makes what is mounted at @path below a crossmnt export known, so that handles from before a
 * reboot are found without a lookup by name; for the administrator's tool after add and apply. */
int ditto_export_cross(struct net *net, const char *name, const char *path, const char **why);

/* Protocol side. find: takes a reference. */
struct ditto_export *ditto_export_find(struct net *net, const char *name, size_t len);
struct ditto_export *ditto_export_get(struct ditto_export *exp);
void ditto_export_put(struct ditto_export *exp);
const struct ditto_export_config *ditto_export_config(const struct ditto_export *exp);
const struct path *ditto_export_root(const struct ditto_export *exp);
/*
 * For walking names. is_root: ".." stays there. follow_down: from a directory, referenced, to the
 * root of what is mounted on it if the export shows that; 0 also if not. follow_up: from the root of
 * a mount below the export to the directory it is mounted on.
 */
bool ditto_export_is_root(const struct ditto_export *exp, const struct path *path);
int ditto_export_follow_down(struct ditto_export *exp, struct path *path);
void ditto_export_follow_up(struct ditto_export *exp, struct path *path);
/*
 * May this caller use the export at all, and how? 0, -EACCES (address not allowed or port not
 * privileged), -EKEYREJECTED (allowed, but not with this flavour). Cheap: cached in who->peer.
 */
int ditto_export_check(struct ditto_export *exp, const struct ditto_who *who,
		       struct ditto_grant *grant);

int ditto_export_init(void);
void ditto_export_exit(void);

#endif
