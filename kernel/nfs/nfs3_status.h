/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the server's errors to NFS version 3 statuses (nfsstat3, RFC 1813 2.6).
 *
 * No errno reaches the wire. Each procedure has the set of statuses it may
 * answer with: those RFC 1813 lists for it and a few that it must have because
 * file systems really fail that way. An error outside the set becomes the
 * nearest one inside.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_NFS_NFS3_STATUS_H
#define DITTO_NFS_NFS3_STATUS_H

#include <linux/errno.h>
#include <linux/types.h>

/* The statuses in a row, so that they can be counted and put into sets. */
enum nfs3_stat {
	NFS3_S_OK,
	NFS3_S_PERM,
	NFS3_S_NOENT,
	NFS3_S_IO,
	NFS3_S_NXIO,
	NFS3_S_ACCES,
	NFS3_S_EXIST,
	NFS3_S_XDEV,
	NFS3_S_NODEV,
	NFS3_S_NOTDIR,
	NFS3_S_ISDIR,
	NFS3_S_INVAL,
	NFS3_S_FBIG,
	NFS3_S_NOSPC,
	NFS3_S_ROFS,
	NFS3_S_MLINK,
	NFS3_S_NAMETOOLONG,
	NFS3_S_NOTEMPTY,
	NFS3_S_DQUOT,
	NFS3_S_STALE,
	NFS3_S_REMOTE,
	NFS3_S_BADHANDLE,
	NFS3_S_NOT_SYNC,
	NFS3_S_BAD_COOKIE,
	NFS3_S_NOTSUPP,
	NFS3_S_TOOSMALL,
	NFS3_S_SERVERFAULT,
	NFS3_S_BADTYPE,
	NFS3_S_JUKEBOX,
	NFS3_NR_STATS,
};

/* enum nfs3_stat and the numbers on the wire */
#define NFS3_OK			0
#define NFS3ERR_PERM		1
#define NFS3ERR_NOENT		2
#define NFS3ERR_IO		5
#define NFS3ERR_NXIO		6
#define NFS3ERR_ACCES		13
#define NFS3ERR_EXIST		17
#define NFS3ERR_XDEV		18
#define NFS3ERR_NODEV		19
#define NFS3ERR_NOTDIR		20
#define NFS3ERR_ISDIR		21
#define NFS3ERR_INVAL		22
#define NFS3ERR_FBIG		27
#define NFS3ERR_NOSPC		28
#define NFS3ERR_ROFS		30
#define NFS3ERR_MLINK		31
#define NFS3ERR_NAMETOOLONG	63
#define NFS3ERR_NOTEMPTY	66
#define NFS3ERR_DQUOT		69
#define NFS3ERR_STALE		70
#define NFS3ERR_REMOTE		71
#define NFS3ERR_BADHANDLE	10001
#define NFS3ERR_NOT_SYNC	10002
#define NFS3ERR_BAD_COOKIE	10003
#define NFS3ERR_NOTSUPP		10004
#define NFS3ERR_TOOSMALL	10005
#define NFS3ERR_SERVERFAULT	10006
#define NFS3ERR_BADTYPE		10007
#define NFS3ERR_JUKEBOX		10008

enum nfs3_stat nfs3_stat_of(u32 proc, int err);
u32 nfs3_stat_wire(enum nfs3_stat stat);

#endif
