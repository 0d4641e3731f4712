/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One caller's access to an export: the only door through which a protocol
 * reaches files. Between ditto_access_begin() and ditto_access_end() the task
 * runs with the caller's (squashed) credentials.
 */
#ifndef DITTO_VFS_ACCESS_H
#define DITTO_VFS_ACCESS_H

#include <linux/cred.h>
#include <linux/fs_struct.h>
#include "vfs/export.h"
#include "vfs/identity.h"

struct ditto_cache_key;
struct ditto_cred;
struct ditto_owner;
struct ditto_park;

/**
 * struct ditto_access - a caller on an export, for the length of one operation
 * @exp: the export
 * @grant: what its rules give the caller
 * @cred: the caller's cached credentials, held
 * @saved: the task's own, to go back to
 * @peer: where a stateless caller is; NULL: not known
 * @owner: for whom claims are its own; NULL: the caller is stateless. Set by the protocol
 * @park: told when it may try again, if somebody has to give way first; NULL: nobody.
 *	Set by the protocol
 * @parent_key: of whose directory caches a change leaves alone, beside the owner's client; NULL: the
 *	key of zeros. Set by the protocol
 * @want_change: attributes shall carry the file system's change counter (begin: no); a
 *	protocol that shows it to clients sets this, for asking has a price at each write
 */
struct ditto_access {
	struct ditto_export	*exp;
	struct ditto_grant	grant;
	struct ditto_cred	*cred;
	const struct cred	*saved;
	const struct sockaddr_storage *peer;
	const struct ditto_owner *owner;
	struct ditto_park	*park;
	const struct ditto_cache_key *parent_key;
	bool			want_change;
};

/* 0, or as ditto_export_check(), or -ENOMEM; on error nothing is to be ended. */
int ditto_access_begin(struct ditto_access *acc, struct ditto_export *exp,
		       const struct ditto_who *who);
void ditto_access_end(struct ditto_access *acc);
/* Is this task between the two? Any context. */
bool ditto_access_active(void);

/**
 * struct ditto_umask - a task's umask put aside
 * @saved: where the task's own lies; NULL: it was 0 already
 * @own: stands in for it
 */
struct ditto_umask {
	struct fs_struct	*saved;
	struct fs_struct	own;
};

/*
 * The VFS and file systems clear the bits of the task's umask in the mode of
 * what they create, and a worker shares its umask with other kernel threads.
 * Clients have applied theirs already: surround vfs_create(), vfs_mkdir(),
 * vfs_mknod() and vfs_symlink() with these.
 */
void ditto_umask_begin(struct ditto_umask *umask);
void ditto_umask_end(struct ditto_umask *umask);

/* -EROFS unless the rules and the file system let this caller write. */
int ditto_access_may_write(const struct ditto_access *acc);

/* Cached kernel credentials (cred.c): per user, groups and squash; bounded, aged. */
int ditto_cred_init(void);
void ditto_cred_exit(void);

#endif
