// SPDX-License-Identifier: GPL-2.0-only
/* From the server's errors to NFS version 3 statuses. */
#include <linux/bits.h>
#include "nfs/nfs3_status.h"
#include "nfs/nfs3_xdr.h"
#include "vfs/deny.h"

#define S(name)		BIT(NFS3_S_##name)

/*
 * What every procedure with arguments may answer. ACCES: the export's rules are
 * checked on every call; JUKEBOX: a holder in another protocol has to be asked.
 */
#define ANY	(S(OK) | S(STALE) | S(BADHANDLE) | S(SERVERFAULT) | S(JUKEBOX) | S(ACCES))

/*
 * Procedures that put a name into a directory (RFC 1813 3.3.8 - 3.3.11), and
 * PERM and INVAL: what mknod, an append-only or immutable directory and a name
 * the file system cannot store come to.
 */
#define MAKE	(ANY | S(IO) | S(EXIST) | S(NOTDIR) | S(NOSPC) | S(ROFS) | S(NAMETOOLONG) | \
		 S(DQUOT) | S(NOTSUPP) | S(PERM) | S(INVAL))

/*
 * Procedures that take a name out (RFC 1813 3.3.12, 3.3.13), and PERM: sticky
 * and immutable directories; NOSPC and DQUOT: file systems that copy on write.
 */
#define UNMAKE	(ANY | S(IO) | S(NOENT) | S(NOTDIR) | S(NAMETOOLONG) | S(ROFS) | S(PERM) | \
		 S(NOSPC) | S(DQUOT))

static const u32 allowed[NFS3_NR_PROCS] = {
	[NFS3_GETATTR]		= ANY | S(IO),
	[NFS3_SETATTR]		= ANY | S(IO) | S(PERM) | S(INVAL) | S(NOSPC) | S(ROFS) |
				  S(DQUOT) | S(NOT_SYNC),
	[NFS3_LOOKUP]		= ANY | S(IO) | S(NOENT) | S(NOTDIR) | S(NAMETOOLONG),
	[NFS3_ACCESS]		= ANY | S(IO),
	[NFS3_READLINK]		= ANY | S(IO) | S(INVAL) | S(NOTSUPP),
	[NFS3_READ]		= ANY | S(IO) | S(NXIO) | S(INVAL),
	/* PERM: the file is immutable or may only be appended to */
	[NFS3_WRITE]		= ANY | S(IO) | S(FBIG) | S(DQUOT) | S(NOSPC) | S(ROFS) |
				  S(INVAL) | S(PERM),
	[NFS3_CREATE]		= MAKE,
	/* a directory's links are its subdirectories */
	[NFS3_MKDIR]		= MAKE | S(MLINK),
	[NFS3_SYMLINK]		= MAKE,
	[NFS3_MKNOD]		= MAKE | S(BADTYPE),
	/* the name is a directory's: what a local unlink says */
	[NFS3_REMOVE]		= UNMAKE | S(ISDIR),
	[NFS3_RMDIR]		= UNMAKE | S(INVAL) | S(EXIST) | S(NOTEMPTY) | S(NOTSUPP),
	[NFS3_RENAME]		= UNMAKE | S(EXIST) | S(XDEV) | S(ISDIR) | S(INVAL) | S(MLINK) |
				  S(NOTEMPTY) | S(NOTSUPP),
	[NFS3_LINK]		= MAKE | S(XDEV) | S(MLINK),
	[NFS3_READDIR]		= ANY | S(IO) | S(NOTDIR) | S(BAD_COOKIE) | S(TOOSMALL),
	[NFS3_READDIRPLUS]	= ANY | S(IO) | S(NOTDIR) | S(BAD_COOKIE) | S(TOOSMALL) |
				  S(NOTSUPP),
	[NFS3_FSSTAT]		= ANY | S(IO),
	[NFS3_FSINFO]		= ANY,
	[NFS3_PATHCONF]		= ANY,
	/* unstable data meets the disk only here, and so do the disk's refusals */
	[NFS3_COMMIT]		= ANY | S(IO) | S(INVAL) | S(NOSPC) | S(DQUOT) | S(ROFS),
};

/* The nearest other status, when a procedure may not answer with one; ends at SERVERFAULT. */
static const u8 nearest[NFS3_NR_STATS] = {
	[NFS3_S_OK]		= NFS3_S_SERVERFAULT,
	[NFS3_S_PERM]		= NFS3_S_ACCES,
	[NFS3_S_NOENT]		= NFS3_S_STALE,	/* by handle: it was there */
	[NFS3_S_IO]		= NFS3_S_SERVERFAULT,
	[NFS3_S_NXIO]		= NFS3_S_IO,
	[NFS3_S_ACCES]		= NFS3_S_SERVERFAULT,
	[NFS3_S_EXIST]		= NFS3_S_IO,
	[NFS3_S_XDEV]		= NFS3_S_INVAL,
	[NFS3_S_NODEV]		= NFS3_S_NXIO,
	[NFS3_S_NOTDIR]		= NFS3_S_INVAL,
	[NFS3_S_ISDIR]		= NFS3_S_INVAL,	/* RFC 1813 3.3.6: not ISDIR */
	[NFS3_S_INVAL]		= NFS3_S_IO,
	[NFS3_S_FBIG]		= NFS3_S_INVAL,	/* RFC 1813 3.3.2 */
	[NFS3_S_NOSPC]		= NFS3_S_IO,
	[NFS3_S_ROFS]		= NFS3_S_ACCES,
	[NFS3_S_MLINK]		= NFS3_S_NOSPC,
	[NFS3_S_NAMETOOLONG]	= NFS3_S_INVAL,
	[NFS3_S_NOTEMPTY]	= NFS3_S_EXIST,
	[NFS3_S_DQUOT]		= NFS3_S_NOSPC,
	[NFS3_S_STALE]		= NFS3_S_SERVERFAULT,
	[NFS3_S_REMOTE]		= NFS3_S_IO,
	[NFS3_S_BADHANDLE]	= NFS3_S_SERVERFAULT,
	[NFS3_S_NOT_SYNC]	= NFS3_S_JUKEBOX,
	[NFS3_S_BAD_COOKIE]	= NFS3_S_INVAL,
	[NFS3_S_NOTSUPP]	= NFS3_S_INVAL,
	[NFS3_S_TOOSMALL]	= NFS3_S_INVAL,
	[NFS3_S_SERVERFAULT]	= NFS3_S_SERVERFAULT,
	[NFS3_S_BADTYPE]	= NFS3_S_INVAL,
	[NFS3_S_JUKEBOX]	= NFS3_S_SERVERFAULT,
};

static const u16 wire[NFS3_NR_STATS] = {
	[NFS3_S_OK]		= NFS3_OK,
	[NFS3_S_PERM]		= NFS3ERR_PERM,
	[NFS3_S_NOENT]		= NFS3ERR_NOENT,
	[NFS3_S_IO]		= NFS3ERR_IO,
	[NFS3_S_NXIO]		= NFS3ERR_NXIO,
	[NFS3_S_ACCES]		= NFS3ERR_ACCES,
	[NFS3_S_EXIST]		= NFS3ERR_EXIST,
	[NFS3_S_XDEV]		= NFS3ERR_XDEV,
	[NFS3_S_NODEV]		= NFS3ERR_NODEV,
	[NFS3_S_NOTDIR]		= NFS3ERR_NOTDIR,
	[NFS3_S_ISDIR]		= NFS3ERR_ISDIR,
	[NFS3_S_INVAL]		= NFS3ERR_INVAL,
	[NFS3_S_FBIG]		= NFS3ERR_FBIG,
	[NFS3_S_NOSPC]		= NFS3ERR_NOSPC,
	[NFS3_S_ROFS]		= NFS3ERR_ROFS,
	[NFS3_S_MLINK]		= NFS3ERR_MLINK,
	[NFS3_S_NAMETOOLONG]	= NFS3ERR_NAMETOOLONG,
	[NFS3_S_NOTEMPTY]	= NFS3ERR_NOTEMPTY,
	[NFS3_S_DQUOT]		= NFS3ERR_DQUOT,
	[NFS3_S_STALE]		= NFS3ERR_STALE,
	[NFS3_S_REMOTE]		= NFS3ERR_REMOTE,
	[NFS3_S_BADHANDLE]	= NFS3ERR_BADHANDLE,
	[NFS3_S_NOT_SYNC]	= NFS3ERR_NOT_SYNC,
	[NFS3_S_BAD_COOKIE]	= NFS3ERR_BAD_COOKIE,
	[NFS3_S_NOTSUPP]	= NFS3ERR_NOTSUPP,
	[NFS3_S_TOOSMALL]	= NFS3ERR_TOOSMALL,
	[NFS3_S_SERVERFAULT]	= NFS3ERR_SERVERFAULT,
	[NFS3_S_BADTYPE]	= NFS3ERR_BADTYPE,
	[NFS3_S_JUKEBOX]	= NFS3ERR_JUKEBOX,
};

/* What an error means, whatever the procedure. */
static enum nfs3_stat stat_of_errno(int err)
{
	switch (-err) {
	case 0:			return NFS3_S_OK;
	case EPERM:		return NFS3_S_PERM;
	case ENOENT:		return NFS3_S_NOENT;
	case ENXIO:		return NFS3_S_NXIO;
	case EEXIST:		return NFS3_S_EXIST;
	case EXDEV:		return NFS3_S_XDEV;
	case ENODEV:		return NFS3_S_NODEV;
	case ENOTDIR:		return NFS3_S_NOTDIR;
	case EISDIR:		return NFS3_S_ISDIR;
	case EFBIG:		return NFS3_S_FBIG;
	case ENOSPC:		return NFS3_S_NOSPC;
	case EROFS:		return NFS3_S_ROFS;
	case EMLINK:		return NFS3_S_MLINK;
	case ENAMETOOLONG:	return NFS3_S_NAMETOOLONG;
	case ENOTEMPTY:		return NFS3_S_NOTEMPTY;
	case EDQUOT:		return NFS3_S_DQUOT;
	case ESTALE:		return NFS3_S_STALE;
	case EREMOTE:		return NFS3_S_REMOTE;
	case EBADHANDLE:	return NFS3_S_BADHANDLE;
	case ENOTSYNC:		return NFS3_S_NOT_SYNC;
	case EBADCOOKIE:	return NFS3_S_BAD_COOKIE;
	case ETOOSMALL:		return NFS3_S_TOOSMALL;
	case EBADTYPE:		return NFS3_S_BADTYPE;

	case EACCES:
	case EBUSY:		/* a mount point, a share mode that forbids it */
	case ETXTBSY:
	case ESHAREDENIED:	/* somebody's open denies it */
	case ERANGELOCKED:	/* somebody's lock is mandatory here */
	case ENOKEY:		/* an encrypted directory that is locked */
	case EKEYREVOKED:
	case EKEYREJECTED:
		return NFS3_S_ACCES;

	case EINVAL:
	case ELOOP:		/* a symbolic link where there must be none */
	case EOVERFLOW:		/* an id or a size that cannot be stored */
	case ERANGE:
	case EILSEQ:		/* a name that is not in the file system's encoding */
		return NFS3_S_INVAL;

	case EIO:
	case EUCLEAN:		/* a damaged file system */
	case EBADMSG:
	case EREMOTEIO:
		return NFS3_S_IO;

	case EOPNOTSUPP:
	case ENOTSUPP:
	case ENOSYS:
		return NFS3_S_NOTSUPP;

	/* It may work when the client asks again. */
	case EJUKEBOX:
	case EAGAIN:
	case ENOMEM:
	case ENOBUFS:
	case ENFILE:
	case EMFILE:
	case ETIMEDOUT:
	case EINTR:
	case ERESTARTSYS:
	case EKEYEXPIRED:
		return NFS3_S_JUKEBOX;

	default:
		return NFS3_S_SERVERFAULT;
	}
}

/* Where a procedure has its own word for an error. */
static enum nfs3_stat stat_of_proc(u32 proc, enum nfs3_stat stat)
{
	switch (proc) {
	case NFS3_LOOKUP:
		/* RFC 1813 3.2, 1 and 5: no name, or one that we cannot handle */
		return stat == NFS3_S_INVAL ? NFS3_S_ACCES : stat;
	case NFS3_READDIR:
	case NFS3_READDIRPLUS:
		/* the only argument a directory can refuse */
		return stat == NFS3_S_INVAL ? NFS3_S_BAD_COOKIE : stat;
	case NFS3_CREATE:
		/* the name is taken, though not by a file */
		return stat == NFS3_S_ISDIR ? NFS3_S_EXIST : stat;
	default:
		return stat;
	}
}

/**
 * nfs3_stat_of - the status a procedure answers an error with
 * @proc: enum nfs3_proc
 * @err: 0 or a negative errno; EBADHANDLE, ENOTSYNC, EBADCOOKIE, ETOOSMALL and EBADTYPE name
 *	their statuses
 *
 * Return: the status; NFS3_S_SERVERFAULT if nothing fits.
 */
enum nfs3_stat nfs3_stat_of(u32 proc, int err)
{
	enum nfs3_stat stat = stat_of_errno(err);

	if (stat == NFS3_S_OK)
		return stat;
	if (proc >= NFS3_NR_PROCS)
		return NFS3_S_SERVERFAULT;
	stat = stat_of_proc(proc, stat);
	while (stat != NFS3_S_SERVERFAULT && !(allowed[proc] & BIT(stat)))
		stat = nearest[stat];
	return stat;
}

/**
 * nfs3_stat_wire - a status as it is sent (nfsstat3, RFC 1813 2.5)
 * @stat: the status
 *
 * Return: its number.
 */
u32 nfs3_stat_wire(enum nfs3_stat stat)
{
	return wire[stat];
}
