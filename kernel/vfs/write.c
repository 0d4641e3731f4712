// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing files, and bringing what was written to stable storage.
 *
 * Data goes from the message into the page cache, copied once. Unstable writes
 * stay there until COMMIT or until the system writes them back.
 *
 * The write verifier tells clients whether the data they keep for a COMMIT may
 * be dropped. It changes when the modules are loaded, because then what was in
 * the page cache may be lost, and when writing data back has failed, on
 * whatever file: the error shows once, maybe not to the client that wrote.
 */
#include <linux/atomic.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/once.h>
#include <linux/pagemap.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/uio.h>
#include "compat/compat.h"
#include "vfs/attr.h"
#include "vfs/guard.h"
#include "vfs/node.h"

static atomic64_t write_losses = ATOMIC64_INIT(0);

/**
 * ditto_write_verifier - tells one life of written data from another (RFC 1813 3.3.7)
 * @net: network namespace; all of them share the page cache and what becomes of it
 * @verifier: filled in
 */
void ditto_write_verifier(struct net *net, u8 verifier[8])
{
	static u64 seed __read_mostly;

	get_random_once(&seed, sizeof(seed));
	put_unaligned_be64(seed + atomic64_read(&write_losses) + ditto_file_losses(), verifier);
}
EXPORT_SYMBOL_GPL(ditto_write_verifier);

/*
 * Data written through @file, or through another one on the inode, did not
 * reach its place. Noted once per error.
 */
static void notice_losses(struct file *file)
{
	if (likely(!filemap_check_wb_err(file->f_mapping, READ_ONCE(file->f_wb_err))))
		return;
	if (file_check_and_advance_wb_err(file))
		atomic64_inc(&write_losses);
}

static bool is_async(const struct ditto_access *acc)
{
	return ditto_export_config(acc->exp)->flags & DITTO_EXPORT_ASYNC;
}

/* A file of a file system in memory is as stable as it gets. */
static bool never_on_storage(const struct file *file)
{
	return file->f_op->fsync == noop_fsync;
}

static int iocb_flags_for(enum ditto_stable stable)
{
	switch (stable) {
	case DITTO_DATA_SYNC:
		return IOCB_DSYNC;
	case DITTO_FILE_SYNC:
		return IOCB_DSYNC | IOCB_SYNC;
	default:
		return 0;
	}
}

/*
 * Writes for others must go on when there are too many dirty pages, for these
 * may be the clients' (a client on this machine, or one whose memory waits for
 * us): they are held back by their own device only.
 */
static ssize_t write_throttled(struct file *file, struct kiocb *kiocb, struct iov_iter *iter)
{
	const struct export_operations *ops = file_inode(file)->i_sb->s_export_op;
	unsigned int flags = current->flags;
	ssize_t ret;

	if (!ops || !(ops->flags & EXPORT_OP_REMOTE_FS))
		current->flags |= PF_LOCAL_THROTTLE;
	ret = vfs_iocb_iter_write(file, kiocb, iter);
	current_restore_flags(flags, PF_LOCAL_THROTTLE);
	return ret;
}

static ssize_t write_span(struct file *file, u64 offset, const struct ditto_span *data,
			  int flags)
{
	struct iov_iter iter;
	struct kiocb kiocb;

	iov_iter_kvec(&iter, ITER_SOURCE, data->seg, data->nr_segs, data->offset + data->len);
	iov_iter_advance(&iter, data->offset);
	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = offset;
	kiocb.ki_flags |= flags;
	return write_throttled(file, &kiocb, &iter);
}

/* With an open file: writes and says how stable that is. */
static int write_file(struct ditto_access *acc, struct file *file, u64 offset,
		      const struct ditto_span *data, enum ditto_stable *stable, u32 *written)
{
	bool sync = *stable != DITTO_UNSTABLE && !is_async(acc);
	ssize_t ret = 0;

	if (data->len)
		ret = write_span(file, offset, data, sync ? iocb_flags_for(*stable) : 0);
	if (ret < 0) {
		/* Failing to sync may have taken the error from those who wrote before. */
		if (sync)
			atomic64_inc(&write_losses);
		return ret;
	}
	notice_losses(file);
	*written = ret;
	if (never_on_storage(file))
		*stable = DITTO_FILE_SYNC;
	return 0;
}

/**
 * ditto_write - write to a file (RFC 1813 3.3.7)
 * @acc: the caller's access
 * @obj: the file
 * @offset: where to
 * @data: what; a part of the message
 * @stable: in: how stable it shall be; out: how stable it is, not less
 * @written: bytes written; fewer than there were if there is no room for more
 * @wcc: filled in; before and after are not atomic
 *
 * Return: 0, -EISDIR, -EINVAL (not a regular file), -EACCES, -EROFS, -EFBIG, -ENOSPC, -EDQUOT,
 * -EIO, -ESTALE, -EJUKEBOX, or what the file system said; nothing was written then.
 */
int ditto_write(struct ditto_access *acc, struct ditto_object *obj, u64 offset,
		const struct ditto_span *data, enum ditto_stable *stable, u32 *written,
		struct ditto_wcc *wcc)
{
	struct ditto_guard guard;
	struct ditto_file *f;
	int err;

	*written = 0;
	ditto_wcc_none(wcc);
	err = ditto_access_may_write(acc);
	if (!err && (data->len > INT_MAX || offset > LLONG_MAX - data->len))
		err = -EFBIG;
	if (!err)
		err = ditto_file_get(acc, obj, true, &f);
	if (err)
		goto out;
	err = ditto_guard_begin(&guard, acc, obj, DITTO_INTENT_WRITE_DATA, offset,
				data->len ? offset + data->len - 1 : offset);
	if (!err) {
		ditto_wcc_before(acc, obj, wcc, false);
		err = write_file(acc, f->file, offset, data, stable, written);
		ditto_guard_end(&guard);
	}
	ditto_file_put(f);
out:
	ditto_wcc_after_unlocked(acc, obj, wcc);
	return ditto_vfs_error(err);
}
EXPORT_SYMBOL_GPL(ditto_write);

/* The whole file, unless the end of the range is a place in a file. */
static int commit_file(struct file *file, u64 offset, u32 count)
{
	loff_t end = LLONG_MAX;
	int err;

	if (offset > LLONG_MAX)
		offset = 0;
	else if (count && offset + count - 1 < LLONG_MAX)
		end = offset + count - 1;
	err = vfs_fsync_range(file, offset, end, 0);
	if (err)
		atomic64_inc(&write_losses);
	else
		notice_losses(file);
	/* That is how a file system says that it cannot. */
	return err == -EINVAL ? -EOPNOTSUPP : err;
}

/**
 * ditto_commit - bring written data to stable storage (RFC 1813 3.3.21)
 * @acc: the caller's access
 * @obj: the file
 * @offset: first byte
 * @count: bytes; 0: to the end
 * @wcc: filled in; before and after are not atomic
 *
 * Data that the system wrote back by itself may still depend on a journal that
 * it did not write, so the file system is asked even if no page is dirty.
 *
 * Return: as ditto_write(); -EOPNOTSUPP: the file system has no stable storage it knows of.
 */
int ditto_commit(struct ditto_access *acc, struct ditto_object *obj, u64 offset, u32 count,
		 struct ditto_wcc *wcc)
{
	struct ditto_file *f;
	int err;

	ditto_wcc_none(wcc);
	err = ditto_access_may_write(acc);
	if (!err)
		err = ditto_file_get(acc, obj, true, &f);
	if (err)
		goto out;
	ditto_wcc_before(acc, obj, wcc, false);
	if (!is_async(acc))
		err = commit_file(f->file, offset, count);
	ditto_file_put(f);
out:
	ditto_wcc_after_unlocked(acc, obj, wcc);
	return ditto_vfs_error(err);
}
EXPORT_SYMBOL_GPL(ditto_commit);
