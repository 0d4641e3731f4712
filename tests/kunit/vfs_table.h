/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exports in the table of init_net, of directories below /tmp. Everything made
 * here goes away with the test, but for the directories.
 */
#ifndef DITTO_KUNIT_VFS_TABLE_H
#define DITTO_KUNIT_VFS_TABLE_H

#include <kunit/test.h>
#include <linux/in.h>
#include "compat/compat.h"
#include "net/service.h"
#include "vfs/access.h"
#include "vfs/export.h"
#include "vfs/object.h"

/* A new directory: its path, and in *@path its place, held until the end of the test. */
const char *table_dir(struct kunit *test, struct path *path);

/* Name, path and one rule: everybody, everything, root stays root. */
struct ditto_export_config *table_config(struct kunit *test, const char *name, const char *dir);
/* Lets @cfg have these rules alone; missing sec: sys, missing anonymous: 65534. */
void table_rules(struct kunit *test, struct ditto_export_config *cfg,
		 const struct ditto_client_rule *rules, unsigned int nr);

/* As ditto_export_add() and _apply(), with the paths of user space. */
int table_add(struct kunit *test, const struct ditto_export_config *cfg, bool replace);
int table_apply(struct kunit *test, const struct ditto_export_config *cfgs, unsigned int nr,
		unsigned int *bad);
/* An export that must be there, held until the end of the test. */
struct ditto_export *table_find(struct kunit *test, const char *name);

/* A caller with AUTH_SYS from an IPv4 address. */
struct ditto_who *table_who(struct kunit *test, u32 uid, u32 gid, u32 addr, u16 port);

#endif
