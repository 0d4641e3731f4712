/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MOUNT protocol on the wire: version 3 (RFC 1813 appendix I), versions 1
 * and 2 (RFC 1094 appendix A) where they differ.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_NFS_MOUNT_XDR_H
#define DITTO_NFS_MOUNT_XDR_H

#include "base/xdr.h"

#define MOUNT_PROGRAM		100005

/* RFC 1813 5.1.4 */
#define MOUNT_PATH_MAX		1024
#define MOUNT_NAME_MAX		255

enum mount_proc {
	MOUNT_NULL,
	MOUNT_MNT,
	MOUNT_DUMP,
	MOUNT_UMNT,
	MOUNT_UMNTALL,
	MOUNT_EXPORT,
	MOUNT_NR_PROCS,
	MOUNT_EXPORTALL = MOUNT_NR_PROCS,	/* versions 1 and 2; the same as EXPORT */
	MOUNT_NR_PROCS_V1,
};

/* RFC 1813 5.1.5, mountstat3 */
#define MNT3_OK			0
#define MNT3ERR_PERM		1
#define MNT3ERR_NOENT		2
#define MNT3ERR_IO		5
#define MNT3ERR_ACCES		13
#define MNT3ERR_NOTDIR		20
#define MNT3ERR_INVAL		22
#define MNT3ERR_NAMETOOLONG	63
#define MNT3ERR_NOTSUPP		10004
#define MNT3ERR_SERVERFAULT	10006

/* The most flavours an export can allow (AUTH_NONE, AUTH_SYS, three of Kerberos). */
#define MOUNT_FLAVORS_MAX	5

/**
 * struct mount_path - a directory as a client names it (dirpath)
 * @bytes: @len bytes, normalized by mount_path_clean(); NUL behind them
 * @len: 0: "/"
 * @too_long: longer than MOUNT_PATH_MAX on the wire
 */
struct mount_path {
	u32	len;
	bool	too_long;
	char	bytes[MOUNT_PATH_MAX + 1];
};

bool mount_get_path(struct ditto_cursor *cur, struct mount_path *path);
int mount_path_clean(struct mount_path *path);
u32 mount_stat_of(int err);
void mount_put_ok(struct ditto_encoder *enc, const u8 *fh, u32 len, const u32 *flavors,
		  unsigned int nr);
bool mount_put_entry(struct ditto_encoder *enc, const char *host, const char *dir, u32 dir_len);
bool mount_put_export(struct ditto_encoder *enc, const char *name);
bool mount_put_group(struct ditto_encoder *enc, const char *name);
void mount_put_list_end(struct ditto_encoder *enc);

#endif
