// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors as NFS version 3 statuses: whatever a file system says, a procedure answers
 * with a number RFC 1813 defines, and one it may answer with.
 *
 * Uses: nfs/nfs3_status.c
 */
#include "nfs/nfs3_status.h"
#include "nfs/nfs3_xdr.h"
#include "tap.h"

#define MAX_ERRNO_TESTED	4200

/* The lists under ERRORS of RFC 1813 3.3.1 - 3.3.21, as printed there. */
#define E(name)	NFS3ERR_##name
static const u32 rfc[NFS3_NR_PROCS][24] = {
	[NFS3_GETATTR] = { E(IO), E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_SETATTR] = { E(PERM), E(IO), E(ACCES), E(INVAL), E(NOSPC), E(ROFS), E(DQUOT),
		E(NOT_SYNC), E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_LOOKUP] = { E(IO), E(NOENT), E(ACCES), E(NOTDIR), E(NAMETOOLONG), E(STALE),
		E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_ACCESS] = { E(IO), E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_READLINK] = { E(IO), E(INVAL), E(ACCES), E(STALE), E(BADHANDLE), E(NOTSUPP),
		E(SERVERFAULT) },
	[NFS3_READ] = { E(IO), E(NXIO), E(ACCES), E(INVAL), E(STALE), E(BADHANDLE),
		E(SERVERFAULT) },
	[NFS3_WRITE] = { E(IO), E(ACCES), E(FBIG), E(DQUOT), E(NOSPC), E(ROFS), E(INVAL),
		E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_CREATE] = { E(IO), E(ACCES), E(EXIST), E(NOTDIR), E(NOSPC), E(ROFS),
		E(NAMETOOLONG), E(DQUOT), E(STALE), E(BADHANDLE), E(NOTSUPP), E(SERVERFAULT) },
	[NFS3_MKDIR] = { E(IO), E(ACCES), E(EXIST), E(NOTDIR), E(NOSPC), E(ROFS),
		E(NAMETOOLONG), E(DQUOT), E(STALE), E(BADHANDLE), E(NOTSUPP), E(SERVERFAULT) },
	[NFS3_SYMLINK] = { E(IO), E(ACCES), E(EXIST), E(NOTDIR), E(NOSPC), E(ROFS),
		E(NAMETOOLONG), E(DQUOT), E(STALE), E(BADHANDLE), E(NOTSUPP), E(SERVERFAULT) },
	[NFS3_MKNOD] = { E(IO), E(ACCES), E(EXIST), E(NOTDIR), E(NOSPC), E(ROFS),
		E(NAMETOOLONG), E(DQUOT), E(STALE), E(BADHANDLE), E(NOTSUPP), E(SERVERFAULT),
		E(BADTYPE) },
	[NFS3_REMOVE] = { E(NOENT), E(IO), E(ACCES), E(NOTDIR), E(NAMETOOLONG), E(ROFS),
		E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_RMDIR] = { E(NOENT), E(IO), E(ACCES), E(INVAL), E(EXIST), E(NOTDIR),
		E(NAMETOOLONG), E(ROFS), E(NOTEMPTY), E(STALE), E(BADHANDLE), E(NOTSUPP),
		E(SERVERFAULT) },
	[NFS3_RENAME] = { E(NOENT), E(IO), E(ACCES), E(EXIST), E(XDEV), E(NOTDIR), E(ISDIR),
		E(INVAL), E(NOSPC), E(ROFS), E(MLINK), E(NAMETOOLONG), E(NOTEMPTY), E(DQUOT),
		E(STALE), E(BADHANDLE), E(NOTSUPP), E(SERVERFAULT) },
	[NFS3_LINK] = { E(IO), E(ACCES), E(EXIST), E(XDEV), E(NOTDIR), E(INVAL), E(NOSPC),
		E(ROFS), E(MLINK), E(NAMETOOLONG), E(DQUOT), E(STALE), E(BADHANDLE),
		E(NOTSUPP), E(SERVERFAULT) },
	[NFS3_READDIR] = { E(IO), E(ACCES), E(NOTDIR), E(BAD_COOKIE), E(TOOSMALL), E(STALE),
		E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_READDIRPLUS] = { E(IO), E(ACCES), E(NOTDIR), E(BAD_COOKIE), E(TOOSMALL),
		E(STALE), E(BADHANDLE), E(NOTSUPP), E(SERVERFAULT) },
	[NFS3_FSSTAT] = { E(IO), E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_FSINFO] = { E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_PATHCONF] = { E(STALE), E(BADHANDLE), E(SERVERFAULT) },
	[NFS3_COMMIT] = { E(IO), E(STALE), E(BADHANDLE), E(SERVERFAULT) },
};

/*
 * Beyond them ("these lists are not intended to be the definitive statement", RFC 1813 3), what
 * a client has a use for: the export's rules and a break in flight everywhere, and what file
 * systems really say.
 */
static const u32 beyond[NFS3_NR_PROCS][8] = {
	[NFS3_WRITE]	= { E(PERM) },
	[NFS3_CREATE]	= { E(PERM), E(INVAL) },
	[NFS3_MKDIR]	= { E(PERM), E(INVAL), E(MLINK) },
	[NFS3_SYMLINK]	= { E(PERM), E(INVAL) },
	[NFS3_MKNOD]	= { E(PERM), E(INVAL) },
	[NFS3_REMOVE]	= { E(PERM), E(NOSPC), E(DQUOT), E(ISDIR) },
	[NFS3_RMDIR]	= { E(PERM), E(NOSPC), E(DQUOT) },
	[NFS3_RENAME]	= { E(PERM) },
	[NFS3_LINK]	= { E(PERM) },
	[NFS3_COMMIT]	= { E(INVAL), E(NOSPC), E(DQUOT), E(ROFS) },
};

static bool listed(const u32 *list, unsigned int max, u32 stat)
{
	unsigned int i;

	for (i = 0; i < max && list[i]; i++)
		if (list[i] == stat)
			return true;
	return false;
}

static bool may_answer(u32 proc, u32 stat)
{
	return stat == NFS3ERR_ACCES || stat == NFS3ERR_JUKEBOX ||
	       listed(rfc[proc], 24, stat) || listed(beyond[proc], 8, stat);
}

static u32 answer(u32 proc, int err)
{
	return nfs3_stat_wire(nfs3_stat_of(proc, err));
}

TEST(every_error_of_every_procedure)
{
	u32 proc;
	int err;

	for (proc = NFS3_GETATTR; proc < NFS3_NR_PROCS; proc++) {
		CHECK_EQ(answer(proc, 0), NFS3_OK);
		for (err = 1; err < MAX_ERRNO_TESTED; err++)
			if (!CHECK(may_answer(proc, answer(proc, -err))))
				printf("# procedure %u, errno %d: %u\n", proc, err,
				       answer(proc, -err));
	}
}

/* What a procedure may say it says, where there is an error for it. */
TEST(no_error_is_lost_without_need)
{
	static const struct {
		int err;
		u32 stat;
	} direct[] = {
		{ -EPERM, E(PERM) }, { -ENOENT, E(NOENT) }, { -EIO, E(IO) }, { -ENXIO, E(NXIO) },
		{ -EACCES, E(ACCES) }, { -EEXIST, E(EXIST) }, { -EXDEV, E(XDEV) },
		{ -ENOTDIR, E(NOTDIR) }, { -EISDIR, E(ISDIR) }, { -EFBIG, E(FBIG) },
		{ -ENOSPC, E(NOSPC) }, { -EROFS, E(ROFS) }, { -EMLINK, E(MLINK) },
		{ -ENAMETOOLONG, E(NAMETOOLONG) }, { -ENOTEMPTY, E(NOTEMPTY) },
		{ -EDQUOT, E(DQUOT) }, { -ESTALE, E(STALE) }, { -EBADHANDLE, E(BADHANDLE) },
		{ -ENOTSYNC, E(NOT_SYNC) }, { -EBADCOOKIE, E(BAD_COOKIE) },
		{ -EOPNOTSUPP, E(NOTSUPP) }, { -ETOOSMALL, E(TOOSMALL) },
		{ -EBADTYPE, E(BADTYPE) }, { -EJUKEBOX, E(JUKEBOX) },
	};
	unsigned int i;
	u32 proc;

	for (proc = NFS3_GETATTR; proc < NFS3_NR_PROCS; proc++)
		for (i = 0; i < sizeof(direct) / sizeof(direct[0]); i++)
			if (may_answer(proc, direct[i].stat))
				CHECK_EQ(answer(proc, direct[i].err), direct[i].stat);
}

TEST(errors_with_a_meaning_of_their_own)
{
	/* RFC 1813 3.2: names we cannot handle */
	CHECK_EQ(answer(NFS3_LOOKUP, -EINVAL), E(ACCES));
	/* RFC 1813 3.3.6, 3.3.7: not ISDIR */
	CHECK_EQ(answer(NFS3_READ, -EISDIR), E(INVAL));
	CHECK_EQ(answer(NFS3_WRITE, -EISDIR), E(INVAL));
	CHECK_EQ(answer(NFS3_READLINK, -EINVAL), E(INVAL));
	/* RFC 1813 3.3.2: a size that is too large */
	CHECK_EQ(answer(NFS3_SETATTR, -EFBIG), E(INVAL));
	CHECK_EQ(answer(NFS3_SETATTR, -EOVERFLOW), E(INVAL));
	CHECK_EQ(answer(NFS3_READDIR, -EINVAL), E(BAD_COOKIE));
	CHECK_EQ(answer(NFS3_READDIRPLUS, -EINVAL), E(BAD_COOKIE));
	CHECK_EQ(answer(NFS3_CREATE, -EISDIR), E(EXIST));
	CHECK_EQ(answer(NFS3_RMDIR, -ENOTEMPTY), E(NOTEMPTY));
	CHECK_EQ(answer(NFS3_RMDIR, -EBUSY), E(ACCES));
	/* a directory that was removed while it was open */
	CHECK_EQ(answer(NFS3_READDIR, -ENOENT), E(STALE));
	CHECK_EQ(answer(NFS3_CREATE, -ENOENT), E(STALE));
	CHECK_EQ(answer(NFS3_COMMIT, -ENOSPC), E(NOSPC));
}

TEST(what_may_work_later_is_jukebox)
{
	static const int errs[] = { EJUKEBOX, EAGAIN, ENOMEM, ENFILE, EINTR, ERESTARTSYS,
				    ETIMEDOUT };
	unsigned int i;
	u32 proc;

	for (proc = NFS3_GETATTR; proc < NFS3_NR_PROCS; proc++)
		for (i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
			CHECK_EQ(answer(proc, -errs[i]), E(JUKEBOX));
}

TEST(what_nobody_knows_is_serverfault)
{
	CHECK_EQ(answer(NFS3_READ, -EPROTO), E(SERVERFAULT));
	CHECK_EQ(answer(NFS3_READ, -EBADF), E(SERVERFAULT));
	CHECK_EQ(answer(NFS3_READ, -4095), E(SERVERFAULT));
	CHECK_EQ(answer(NFS3_READ, 17), E(SERVERFAULT));
	CHECK_EQ(answer(NFS3_NR_PROCS, -EIO), E(SERVERFAULT));
	CHECK_EQ(answer(0xffffffff, -EIO), E(SERVERFAULT));
}
