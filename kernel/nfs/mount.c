// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MOUNT program: from the name of a directory to its file handle.
 *
 * Version 3 belongs to NFS version 3. Versions 1 and 2 belong to NFS version 2,
 * which is not served, so they have no MNT; tools that only look (showmount) use
 * what is left.
 *
 * "/NAME" is the export NAME, "/NAME/SUB/DIR" a directory below it. The way there
 * is walked with the server's own rights: a client may mount a directory whose
 * parents it may not enter, as it may be given one as an export. What it may do
 * there is asked on every call.
 */
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "base/facility.h"
#include "nfs/mount.h"
#include "nfs/mount_list.h"
#include "nfs/mount_xdr.h"
#include "rpc/rpc.h"
#include "vfs/access.h"
#include "vfs/object.h"
#include "vfs/ops.h"

#define COUNTER_REFUSED		MOUNT_NR_PROCS_V1

static const char *const counters[] = {
	[MOUNT_NULL]		= "null",
	[MOUNT_MNT]		= "mnt",
	[MOUNT_DUMP]		= "dump",
	[MOUNT_UMNT]		= "umnt",
	[MOUNT_UMNTALL]		= "umntall",
	[MOUNT_EXPORT]		= "export",
	[MOUNT_EXPORTALL]	= "exportall",
	[COUNTER_REFUSED]	= "mnt_refused",
};

static struct ditto_stat_group stats = {
	.name	= "mount",
	.names	= counters,
	.nr	= ARRAY_SIZE(counters),
};

static enum rpc_outcome null(struct rpc_call *call)
{
	return RPC_REPLY;
}

/* ---- MNT ----------------------------------------------------------------- */

/* The export a path leads into, held, and where the path goes on in it; NULL: none. */
static struct ditto_export *find_export(struct net *net, const struct mount_path *path,
					const char **rest)
{
	struct ditto_export *exp;
	u32 len = path->len;

	while (len) {
		exp = ditto_export_find(net, path->bytes, len);
		if (exp) {
			*rest = path->bytes + len;
			return exp;
		}
		while (len && path->bytes[--len] != '/')
			;
	}
	return NULL;
}

/*
 * May the client mount this, and what does the export let it do? A client that is allowed to,
 * but not with the flavour it used here, learns from the answer which it may use.
 */
static int mnt_check(const struct rpc_call *call, struct ditto_export *exp,
		     struct ditto_grant *grant)
{
	int err;

	if (!(ditto_export_config(exp)->flags & DITTO_EXPORT_NFS))
		return -ENOENT;
	err = ditto_export_check(exp, &call->who, grant);
	if (err == -EKEYREJECTED && call->who.sec != DITTO_SEC_NONE && grant->sec)
		err = 0;
	return err;
}

/* Walks down from *@obj, which is replaced by what @path leads to. */
static int mnt_walk(struct ditto_access *acc, struct ditto_object **obj, const char *path)
{
	while (*path) {
		struct ditto_object *child = NULL;
		size_t len;
		int err;

		path += *path == '/';
		len = strcspn(path, "/");
		err = ditto_lookup(acc, *obj, path, len, &child);
		if (err)
			return err;
		ditto_object_put(*obj);
		*obj = child;
		path += len;
	}
	return d_is_dir((*obj)->path.dentry) ? 0 : -ENOTDIR;
}

/* The directory @rest below the export's root, referenced, in *@obj. */
static int mnt_resolve(const struct rpc_call *call, struct ditto_export *exp,
		       const struct ditto_grant *grant, const char *rest,
		       struct ditto_object **obj)
{
	struct ditto_who who = call->who;
	struct ditto_access acc;
	const struct cred *old;
	int err;

	*obj = ditto_object_root(exp);
	if (IS_ERR(*obj))
		return PTR_ERR(*obj);
	if (!(grant->sec & who.sec))
		who.sec = grant->sec & -grant->sec;
	err = ditto_access_begin(&acc, exp, &who);
	if (!err) {
		old = override_creds(acc.saved);
		err = mnt_walk(&acc, obj, rest);
		revert_creds(old);
		ditto_access_end(&acc);
	}
	if (err)
		ditto_object_put(*obj);
	return err;
}

/* RPC flavours (RFC 5531 section 8.2, RFC 2623 section 2.2), those that need no set-up first. */
static unsigned int flavors_of(u32 sec, u32 flavors[MOUNT_FLAVORS_MAX])
{
	static const struct {
		enum ditto_sec	sec;
		u32		flavor;
	} known[MOUNT_FLAVORS_MAX] = {
		{ DITTO_SEC_SYS, 1 },
		{ DITTO_SEC_KRB5, 390003 },
		{ DITTO_SEC_KRB5I, 390004 },
		{ DITTO_SEC_KRB5P, 390005 },
		{ DITTO_SEC_NONE, 0 },
	};
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (sec & known[i].sec)
			flavors[nr++] = known[i].flavor;
	return nr;
}

static int mnt(struct rpc_call *call, struct mount_path *path)
{
	u32 flavors[MOUNT_FLAVORS_MAX];
	struct ditto_grant grant = {};
	struct ditto_object *obj;
	struct ditto_export *exp;
	const char *rest;
	int err;

	err = mount_path_clean(path);
	if (err)
		return err;
	exp = find_export(call->req.net, path, &rest);
	if (!exp)
		return -ENOENT;
	err = mnt_check(call, exp, &grant);
	if (!err)
		err = mnt_resolve(call, exp, &grant, rest, &obj);
	ditto_export_put(exp);
	if (err)
		return err;
	mount_list_add(call->req.net, &call->req.peer->addr, path->bytes, path->len);
	mount_put_ok(&call->req.enc, obj->handle.raw, obj->handle.len, flavors,
		     flavors_of(grant.sec, flavors));
	ditto_object_put(obj);
	return 0;
}

/* MNT (RFC 1813 5.2.1) */
static enum rpc_outcome mount_mnt(struct rpc_call *call)
{
	struct mount_path *path __free(kfree) = kmalloc(sizeof(*path), GFP_KERNEL);
	int err;

	if (!path)
		return RPC_SYSTEM_ERR;
	if (!mount_get_path(&call->args, path))
		return RPC_GARBAGE_ARGS;
	err = mnt(call, path);
	if (err == -ENOMEM)
		return RPC_SYSTEM_ERR;
	if (err)
		ditto_stat_inc(call->req.net, &stats, COUNTER_REFUSED);
	if (err == -EKEYREJECTED)
		return RPC_TOOWEAK;
	if (err)
		xdr_put_u32(&call->req.enc, mount_stat_of(err));
	return RPC_REPLY;
}

/* ---- the list of mounts -------------------------------------------------- */

static bool dump_one(void *arg, const char *host, const char *dir, u32 len)
{
	return mount_put_entry(arg, host, dir, len);
}

/* DUMP (RFC 1813 5.2.2): as many as fit */
static enum rpc_outcome mount_dump(struct rpc_call *call)
{
	mount_list_for_each(call->req.net, dump_one, &call->req.enc);
	mount_put_list_end(&call->req.enc);
	return RPC_REPLY;
}

/* UMNT (RFC 1813 5.2.3): there is nothing to say if there was nothing to remove */
static enum rpc_outcome mount_umnt(struct rpc_call *call)
{
	struct mount_path *path __free(kfree) = kmalloc(sizeof(*path), GFP_KERNEL);

	if (!path)
		return RPC_SYSTEM_ERR;
	if (!mount_get_path(&call->args, path))
		return RPC_GARBAGE_ARGS;
	if (!mount_path_clean(path))
		mount_list_remove(call->req.net, &call->req.peer->addr, path->bytes, path->len);
	return RPC_REPLY;
}

/* UMNTALL (RFC 1813 5.2.4) */
static enum rpc_outcome mount_umntall(struct rpc_call *call)
{
	mount_list_remove_host(call->req.net, &call->req.peer->addr);
	return RPC_REPLY;
}

/* ---- EXPORT -------------------------------------------------------------- */

/* A host name or netgroup became one rule for each of its addresses: it is shown once. */
static bool is_repeated(const struct ditto_export_config *cfg, unsigned int i)
{
	return i && !strcmp(cfg->rules[i].text, cfg->rules[i - 1].text);
}

static int export_one(void *arg, const struct ditto_export_config *cfg,
		      const struct ditto_export *exp)
{
	struct ditto_encoder *enc = arg;
	unsigned int i;

	if (!(cfg->flags & DITTO_EXPORT_NFS))
		return 0;
	if (!mount_put_export(enc, cfg->name))
		return 1;
	for (i = 0; i < cfg->nr_rules; i++)
		if (!is_repeated(cfg, i) && !mount_put_group(enc, cfg->rules[i].text))
			break;
	mount_put_list_end(enc);
	return 0;
}

/* EXPORT (RFC 1813 5.2.5): as many as fit */
static enum rpc_outcome mount_export(struct rpc_call *call)
{
	ditto_export_for_each(call->req.net, export_one, &call->req.enc);
	mount_put_list_end(&call->req.enc);
	return RPC_REPLY;
}

/* ---- the program --------------------------------------------------------- */

static const struct rpc_procedure procs_v1[MOUNT_NR_PROCS_V1] = {
	[MOUNT_NULL]		= { "NULL", null },
	[MOUNT_DUMP]		= { "DUMP", mount_dump },
	[MOUNT_UMNT]		= { "UMNT", mount_umnt },
	[MOUNT_UMNTALL]		= { "UMNTALL", mount_umntall },
	[MOUNT_EXPORT]		= { "EXPORT", mount_export },
	[MOUNT_EXPORTALL]	= { "EXPORTALL", mount_export },
};

static const struct rpc_procedure procs_v3[MOUNT_NR_PROCS] = {
	[MOUNT_NULL]		= { "NULL", null },
	[MOUNT_MNT]		= { "MNT", mount_mnt },
	[MOUNT_DUMP]		= { "DUMP", mount_dump },
	[MOUNT_UMNT]		= { "UMNT", mount_umnt },
	[MOUNT_UMNTALL]		= { "UMNTALL", mount_umntall },
	[MOUNT_EXPORT]		= { "EXPORT", mount_export },
};

static const struct rpc_version versions[] = {
	{ .vers = 1, .procs = procs_v1, .nr_procs = MOUNT_NR_PROCS_V1, .stats = &stats },
	{ .vers = 2, .procs = procs_v1, .nr_procs = MOUNT_NR_PROCS_V1, .stats = &stats },
	{ .vers = 3, .procs = procs_v3, .nr_procs = MOUNT_NR_PROCS, .stats = &stats },
};

static struct rpc_program program = {
	.name		= "mount",
	.prog		= MOUNT_PROGRAM,
	.versions	= versions,
	.nr_versions	= ARRAY_SIZE(versions),
	.owner		= THIS_MODULE,
};

static struct ditto_facility facility = {
	.name		= "mount",
	.service	= "nfs",
};

/**
 * mount_init - start serving MOUNT
 *
 * Return: 0 or a negative errno.
 */
int mount_init(void)
{
	int err;

	err = mount_list_init();
	if (err)
		return err;
	err = ditto_stat_group_register(&stats);
	if (err)
		goto list;
	err = rpc_program_register(&program);
	if (err)
		goto group;
	ditto_facility_register(&facility);
	return 0;

group:
	ditto_stat_group_unregister(&stats);
list:
	mount_list_exit();
	return err;
}

/**
 * mount_exit - stop; the last call has ended when it returns
 */
void mount_exit(void)
{
	ditto_facility_unregister(&facility);
	rpc_program_unregister(&program);
	ditto_stat_group_unregister(&stats);
	mount_list_exit();
}
