// SPDX-License-Identifier: GPL-2.0-only
/* NFS version 3: the program's table, its counters. */
#include <linux/module.h>
#include "base/facility.h"
#include "nfs/nfs3.h"

/* Procedures first, as rpc/ counts them; then the statuses other than OK. */
#define STAT_ERRORS	NFS3_NR_PROCS
#define NR_COUNTERS	(STAT_ERRORS + NFS3_NR_STATS - 1)
#define ERROR(name)	[STAT_ERRORS + NFS3_S_##name - 1]

static const char *const counters[NR_COUNTERS] = {
	[NFS3_NULL]		= "null",
	[NFS3_GETATTR]		= "getattr",
	[NFS3_SETATTR]		= "setattr",
	[NFS3_LOOKUP]		= "lookup",
	[NFS3_ACCESS]		= "access",
	[NFS3_READLINK]		= "readlink",
	[NFS3_READ]		= "read",
	[NFS3_WRITE]		= "write",
	[NFS3_CREATE]		= "create",
	[NFS3_MKDIR]		= "mkdir",
	[NFS3_SYMLINK]		= "symlink",
	[NFS3_MKNOD]		= "mknod",
	[NFS3_REMOVE]		= "remove",
	[NFS3_RMDIR]		= "rmdir",
	[NFS3_RENAME]		= "rename",
	[NFS3_LINK]		= "link",
	[NFS3_READDIR]		= "readdir",
	[NFS3_READDIRPLUS]	= "readdirplus",
	[NFS3_FSSTAT]		= "fsstat",
	[NFS3_FSINFO]		= "fsinfo",
	[NFS3_PATHCONF]		= "pathconf",
	[NFS3_COMMIT]		= "commit",
	ERROR(PERM)		= "err_perm",
	ERROR(NOENT)		= "err_noent",
	ERROR(IO)		= "err_io",
	ERROR(NXIO)		= "err_nxio",
	ERROR(ACCES)		= "err_acces",
	ERROR(EXIST)		= "err_exist",
	ERROR(XDEV)		= "err_xdev",
	ERROR(NODEV)		= "err_nodev",
	ERROR(NOTDIR)		= "err_notdir",
	ERROR(ISDIR)		= "err_isdir",
	ERROR(INVAL)		= "err_inval",
	ERROR(FBIG)		= "err_fbig",
	ERROR(NOSPC)		= "err_nospc",
	ERROR(ROFS)		= "err_rofs",
	ERROR(MLINK)		= "err_mlink",
	ERROR(NAMETOOLONG)	= "err_nametoolong",
	ERROR(NOTEMPTY)		= "err_notempty",
	ERROR(DQUOT)		= "err_dquot",
	ERROR(STALE)		= "err_stale",
	ERROR(REMOTE)		= "err_remote",
	ERROR(BADHANDLE)	= "err_badhandle",
	ERROR(NOT_SYNC)		= "err_not_sync",
	ERROR(BAD_COOKIE)	= "err_bad_cookie",
	ERROR(NOTSUPP)		= "err_notsupp",
	ERROR(TOOSMALL)		= "err_toosmall",
	ERROR(SERVERFAULT)	= "err_serverfault",
	ERROR(BADTYPE)		= "err_badtype",
	ERROR(JUKEBOX)		= "err_jukebox",
};

static struct ditto_stat_group stats = {
	.name	= "nfs3",
	.names	= counters,
	.nr	= NR_COUNTERS,
};

/**
 * nfs3_count_error - count a call that did not end well
 * @call: the call
 * @stat: its status, not NFS3_S_OK
 */
void nfs3_count_error(const struct rpc_call *call, enum nfs3_stat stat)
{
	ditto_stat_inc(call->req.net, &stats, STAT_ERRORS + stat - 1);
}

/* NULL (RFC 1813 3.3.0): nothing in, nothing out. */
static enum rpc_outcome null(struct rpc_call *call)
{
	return RPC_REPLY;
}

/* The replay cache is for what a second execution would answer differently or undo. */
static const struct rpc_procedure procs[NFS3_NR_PROCS] = {
	[NFS3_NULL]		= { "NULL", null },
	[NFS3_GETATTR]		= { "GETATTR", nfs3_getattr },
	[NFS3_SETATTR]		= { "SETATTR", nfs3_setattr, .replay = true },
	[NFS3_LOOKUP]		= { "LOOKUP", nfs3_lookup },
	[NFS3_ACCESS]		= { "ACCESS", nfs3_access },
	[NFS3_READLINK]		= { "READLINK", nfs3_readlink },
	[NFS3_READ]		= { "READ", nfs3_read },
	[NFS3_WRITE]		= { "WRITE", nfs3_write },
	[NFS3_CREATE]		= { "CREATE", nfs3_create, .replay = true },
	[NFS3_MKDIR]		= { "MKDIR", nfs3_mkdir, .replay = true },
	[NFS3_SYMLINK]		= { "SYMLINK", nfs3_symlink, .replay = true },
	[NFS3_MKNOD]		= { "MKNOD", nfs3_mknod, .replay = true },
	[NFS3_REMOVE]		= { "REMOVE", nfs3_remove, .replay = true },
	[NFS3_RMDIR]		= { "RMDIR", nfs3_rmdir, .replay = true },
	[NFS3_RENAME]		= { "RENAME", nfs3_rename, .replay = true },
	[NFS3_LINK]		= { "LINK", nfs3_link, .replay = true },
	[NFS3_READDIR]		= { "READDIR", nfs3_readdir },
	[NFS3_READDIRPLUS]	= { "READDIRPLUS", nfs3_readdirplus },
	[NFS3_FSSTAT]		= { "FSSTAT", nfs3_fsstat },
	[NFS3_FSINFO]		= { "FSINFO", nfs3_fsinfo },
	[NFS3_PATHCONF]		= { "PATHCONF", nfs3_pathconf },
	[NFS3_COMMIT]		= { "COMMIT", nfs3_commit },
};

static const struct rpc_version versions[] = {
	{ .vers = NFS3_VERSION, .procs = procs, .nr_procs = NFS3_NR_PROCS, .stats = &stats },
};

static struct rpc_program program = {
	.name		= "nfs",
	.prog		= NFS3_PROGRAM,
	.versions	= versions,
	.nr_versions	= ARRAY_SIZE(versions),
	.owner		= THIS_MODULE,
};

static struct ditto_facility facility = {
	.name		= "nfs3",
	.service	= "nfs",
};

/**
 * nfs3_init - start serving NFS version 3
 *
 * Return: 0 or a negative errno.
 */
int nfs3_init(void)
{
	int err = ditto_stat_group_register(&stats);

	if (err)
		return err;
	err = rpc_program_register(&program);
	if (err) {
		ditto_stat_group_unregister(&stats);
		return err;
	}
	ditto_facility_register(&facility);
	return 0;
}

/**
 * nfs3_exit - stop; the last call has ended when it returns
 */
void nfs3_exit(void)
{
	ditto_facility_unregister(&facility);
	rpc_program_unregister(&program);
	ditto_stat_group_unregister(&stats);
}
