/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NFS version 3 (RFC 1813) on the wire: the arguments of its procedures as they
 * come, the parts of its results as they go. No meaning here, only form.
 *
 * A decoder returns false when the bytes are not the arguments the RFC
 * describes; the call is then answered with GARBAGE_ARGS. What the RFC answers
 * with a status of its own (a name that is too long, a type that cannot be
 * made) is decoded and left to the procedure.
 *
 * Handles and names point into the message, which outlives the call, or into
 * the scratch room beside them if the network cut them in two.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_NFS_NFS3_XDR_H
#define DITTO_NFS_NFS3_XDR_H

#include "base/xdr.h"

#define NFS3_PROGRAM		100003
#define NFS3_VERSION		3

/* RFC 1813 2.4 */
#define NFS3_FHSIZE		64
#define NFS3_VERFSIZE		8

/* The longest name we take; longer ones are NFS3ERR_NAMETOOLONG. */
#define NFS3_NAME_MAX		255

enum nfs3_proc {
	NFS3_NULL,
	NFS3_GETATTR,
	NFS3_SETATTR,
	NFS3_LOOKUP,
	NFS3_ACCESS,
	NFS3_READLINK,
	NFS3_READ,
	NFS3_WRITE,
	NFS3_CREATE,
	NFS3_MKDIR,
	NFS3_SYMLINK,
	NFS3_MKNOD,
	NFS3_REMOVE,
	NFS3_RMDIR,
	NFS3_RENAME,
	NFS3_LINK,
	NFS3_READDIR,
	NFS3_READDIRPLUS,
	NFS3_FSSTAT,
	NFS3_FSINFO,
	NFS3_PATHCONF,
	NFS3_COMMIT,
	NFS3_NR_PROCS,
};

/* RFC 1813 2.5, ftype3 */
enum nfs3_ftype {
	NF3REG = 1,
	NF3DIR,
	NF3BLK,
	NF3CHR,
	NF3LNK,
	NF3SOCK,
	NF3FIFO,
};

/* RFC 1813 3.3.8, createmode3 */
enum nfs3_createmode {
	NFS3_UNCHECKED,
	NFS3_GUARDED,
	NFS3_EXCLUSIVE,
};

/* RFC 1813 3.3.7, stable_how */
enum nfs3_stable {
	NFS3_UNSTABLE,
	NFS3_DATA_SYNC,
	NFS3_FILE_SYNC,
};

/* RFC 1813 3.3.4 */
#define NFS3_ACCESS_READ	0x01
#define NFS3_ACCESS_LOOKUP	0x02
#define NFS3_ACCESS_MODIFY	0x04
#define NFS3_ACCESS_EXTEND	0x08
#define NFS3_ACCESS_DELETE	0x10
#define NFS3_ACCESS_EXECUTE	0x20

/* RFC 1813 3.3.19 */
#define NFS3_FSF_LINK		0x01
#define NFS3_FSF_SYMLINK	0x02
#define NFS3_FSF_HOMOGENEOUS	0x08
#define NFS3_FSF_CANSETTIME	0x10

/**
 * struct nfs3_fh - a file handle (nfs_fh3)
 * @data: @len bytes
 * @len: at most NFS3_FHSIZE
 * @scratch: the bytes, if they were cut
 */
struct nfs3_fh {
	const u8	*data;
	u32		len;
	u8		scratch[NFS3_FHSIZE];
};

/**
 * struct nfs3_name - a name in a directory (filename3)
 * @bytes: @len bytes; NULL if there are more than NFS3_NAME_MAX
 * @len: how long it is on the wire
 * @scratch: the bytes, if they were cut
 */
struct nfs3_name {
	const char	*bytes;
	u32		len;
	char		scratch[NFS3_NAME_MAX];
};

/**
 * struct nfs3_dirop - a directory and a name in it (diropargs3)
 * @dir: the directory
 * @name: the name
 */
struct nfs3_dirop {
	struct nfs3_fh		dir;
	struct nfs3_name	name;
};

/**
 * struct nfs3_time - a point in time (nfstime3)
 * @sec: seconds since 1970, unsigned
 * @nsec: nanoseconds
 */
struct nfs3_time {
	u32	sec;
	u32	nsec;
};

/**
 * struct nfs3_sattr - attributes to set (sattr3)
 * @set: which: NFS3_SET_*
 * @mode: permissions
 * @uid: owner
 * @gid: group
 * @size: bytes
 * @atime: of the last access
 * @mtime: of the last change of the content
 */
struct nfs3_sattr {
	u32			set;
#define NFS3_SET_MODE		0x01
#define NFS3_SET_UID		0x02
#define NFS3_SET_GID		0x04
#define NFS3_SET_SIZE		0x08
#define NFS3_SET_ATIME		0x10	/* to @atime */
#define NFS3_SET_MTIME		0x20
#define NFS3_SET_ATIME_NOW	0x40	/* to the server's time */
#define NFS3_SET_MTIME_NOW	0x80
	u32			mode;
	u32			uid;
	u32			gid;
	u64			size;
	struct nfs3_time	atime;
	struct nfs3_time	mtime;
};

/* GETATTR, READLINK, FSSTAT, FSINFO, PATHCONF */
struct nfs3_fh_args {
	struct nfs3_fh	fh;
};

struct nfs3_setattr_args {
	struct nfs3_fh		fh;
	struct nfs3_sattr	attr;
	bool			guarded;
	struct nfs3_time	guard;
};

struct nfs3_access_args {
	struct nfs3_fh	fh;
	u32		access;
};

/* READ, COMMIT */
struct nfs3_range_args {
	struct nfs3_fh	fh;
	u64		offset;
	u32		count;
};

/**
 * struct nfs3_write_args - arguments of WRITE
 * @fh: the file
 * @offset: where to, bytes
 * @count: how much the client says it sends
 * @stable: how safe it has to be, enum nfs3_stable
 * @len: how much it sends
 * @data: the data, at most what the decoder was told to take
 */
struct nfs3_write_args {
	struct nfs3_fh		fh;
	u64			offset;
	u32			count;
	u32			stable;
	u32			len;
	struct ditto_span	data;
};

/* @attr: unless @how is NFS3_EXCLUSIVE; @verf: only then */
struct nfs3_create_args {
	struct nfs3_dirop	where;
	u32			how;
	struct nfs3_sattr	attr;
	u8			verf[NFS3_VERFSIZE];
};

struct nfs3_mkdir_args {
	struct nfs3_dirop	where;
	struct nfs3_sattr	attr;
};

/**
 * struct nfs3_symlink_args - arguments of SYMLINK
 * @where: its directory and name
 * @attr: of the link
 * @target_at: where the target's bytes start
 * @target_len: how many there are; all of them are in the message
 */
struct nfs3_symlink_args {
	struct nfs3_dirop	where;
	struct nfs3_sattr	attr;
	struct ditto_cursor	target_at;
	u32			target_len;
};

/**
 * struct nfs3_mknod_args - arguments of MKNOD
 * @where: its directory and name
 * @type: a number; when it is none of NF3CHR, NF3BLK, NF3SOCK, NF3FIFO nothing follows it
 * @attr: of what is made
 * @major: of NF3CHR and NF3BLK
 * @minor: of NF3CHR and NF3BLK
 */
struct nfs3_mknod_args {
	struct nfs3_dirop	where;
	u32			type;
	struct nfs3_sattr	attr;
	u32			major;
	u32			minor;
};

struct nfs3_rename_args {
	struct nfs3_dirop	from;
	struct nfs3_dirop	to;
};

struct nfs3_link_args {
	struct nfs3_fh		fh;
	struct nfs3_dirop	link;
};

/**
 * struct nfs3_readdir_args - arguments of READDIR and READDIRPLUS
 * @fh: the directory
 * @cookie: of the entry to go on behind; 0: from the start
 * @verf: goes with @cookie
 * @dircount: READDIRPLUS: most bytes of names, numbers and cookies
 * @maxcount: most bytes of results behind the status
 */
struct nfs3_readdir_args {
	struct nfs3_fh	fh;
	u64		cookie;
	u8		verf[NFS3_VERFSIZE];
	u32		dircount;
	u32		maxcount;
};

/**
 * struct nfs3_fattr - attributes of an object (fattr3)
 * @type: enum nfs3_ftype
 * @mode: permissions
 * @nlink: names it has
 * @uid: owner
 * @gid: group
 * @size: bytes
 * @used: bytes on disk
 * @major: of a device
 * @minor: of a device
 * @fsid: its file system
 * @fileid: its number there
 * @atime: of the last access
 * @mtime: of the last change of the content
 * @ctime: of the last change of anything
 */
struct nfs3_fattr {
	u32			type;
	u32			mode;
	u32			nlink;
	u32			uid;
	u32			gid;
	u64			size;
	u64			used;
	u32			major;
	u32			minor;
	u64			fsid;
	u64			fileid;
	struct nfs3_time	atime;
	struct nfs3_time	mtime;
	struct nfs3_time	ctime;
};

/**
 * struct nfs3_wcc_attr - what an object was before an operation (wcc_attr)
 * @size: bytes
 * @mtime: of the last change of the content
 * @ctime: of the last change of anything
 */
struct nfs3_wcc_attr {
	u64			size;
	struct nfs3_time	mtime;
	struct nfs3_time	ctime;
};

/* Bytes of these items on the wire. */
#define NFS3_FATTR_LEN		84
#define NFS3_POST_OP_ATTR_LEN	(4 + NFS3_FATTR_LEN)

/* All in bytes, except the files. */
struct nfs3_fsstat {
	u64	tbytes;
	u64	fbytes;
	u64	abytes;
	u64	tfiles;
	u64	ffiles;
	u64	afiles;
	u32	invarsec;
};

struct nfs3_fsinfo {
	u32			rtmax;
	u32			rtpref;
	u32			rtmult;
	u32			wtmax;
	u32			wtpref;
	u32			wtmult;
	u32			dtpref;
	u64			maxfilesize;
	struct nfs3_time	time_delta;
	u32			properties;
};

struct nfs3_pathconf {
	u32	linkmax;
	u32	name_max;
	bool	no_trunc;
	bool	chown_restricted;
	bool	case_insensitive;
	bool	case_preserving;
};

/**
 * struct nfs3_entry - an entry of a directory (entry3, entryplus3)
 * @fileid: the number of what it names
 * @name: @len bytes
 * @len: of the name
 * @cookie: where to go on behind it
 * @attr: NULL: none follow
 * @fh: a handle, @fh_len bytes; NULL: none follows
 * @fh_len: of the handle
 */
struct nfs3_entry {
	u64				fileid;
	const char			*name;
	u32				len;
	u64				cookie;
	const struct nfs3_fattr		*attr;
	const u8			*fh;
	u32				fh_len;
};

bool nfs3_get_fh_args(struct ditto_cursor *cur, struct nfs3_fh_args *args);
bool nfs3_get_setattr(struct ditto_cursor *cur, struct nfs3_setattr_args *args);
bool nfs3_get_dirop(struct ditto_cursor *cur, struct nfs3_dirop *args);
bool nfs3_get_access(struct ditto_cursor *cur, struct nfs3_access_args *args);
bool nfs3_get_range(struct ditto_cursor *cur, struct nfs3_range_args *args);
bool nfs3_get_write(struct ditto_cursor *cur, struct nfs3_write_args *args, u32 max);
bool nfs3_get_create(struct ditto_cursor *cur, struct nfs3_create_args *args);
bool nfs3_get_mkdir(struct ditto_cursor *cur, struct nfs3_mkdir_args *args);
bool nfs3_get_symlink(struct ditto_cursor *cur, struct nfs3_symlink_args *args);
bool nfs3_get_mknod(struct ditto_cursor *cur, struct nfs3_mknod_args *args);
bool nfs3_get_rename(struct ditto_cursor *cur, struct nfs3_rename_args *args);
bool nfs3_get_link(struct ditto_cursor *cur, struct nfs3_link_args *args);
bool nfs3_get_readdir(struct ditto_cursor *cur, struct nfs3_readdir_args *args);
bool nfs3_get_readdirplus(struct ditto_cursor *cur, struct nfs3_readdir_args *args);

void nfs3_put_fattr(struct ditto_encoder *enc, const struct nfs3_fattr *attr);
void nfs3_put_post_op_attr(struct ditto_encoder *enc, const struct nfs3_fattr *attr);
void nfs3_put_wcc(struct ditto_encoder *enc, const struct nfs3_wcc_attr *before,
		  const struct nfs3_fattr *after);
void nfs3_put_post_op_fh(struct ditto_encoder *enc, const u8 *fh, u32 len);
void nfs3_put_fsstat(struct ditto_encoder *enc, const struct nfs3_fsstat *st);
void nfs3_put_fsinfo(struct ditto_encoder *enc, const struct nfs3_fsinfo *info);
void nfs3_put_pathconf(struct ditto_encoder *enc, const struct nfs3_pathconf *conf);

u32 nfs3_entry_len(const struct nfs3_entry *entry);
u32 nfs3_entryplus_len(const struct nfs3_entry *entry);
void nfs3_put_entry(struct ditto_encoder *enc, const struct nfs3_entry *entry);
void nfs3_put_entryplus(struct ditto_encoder *enc, const struct nfs3_entry *entry);
void nfs3_put_dir_end(struct ditto_encoder *enc, bool eof);

/* Behind the last entry: no further one, and whether it was the last of all. */
#define NFS3_DIR_END_LEN	8

#endif
