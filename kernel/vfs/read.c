// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading files.
 *
 * Where a file system keeps its data in the page cache and reads from nowhere
 * else, a reply is made of the page cache's own pages. Whatever is unusual on
 * the way (an error, a page that is not up to date, swap) is left to the file
 * system's own read, which copies.
 */
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/swap.h>
#include <linux/uio.h>
#include "compat/compat.h"
#include "vfs/attr.h"
#include "vfs/guard.h"
#include "vfs/node.h"

/* No read is longer; a client that wants more asks again. */
#define READ_MAX	(4U << 20)

/* Pages of a copied reply are allocated in blocks of up to this order. */
#define COPY_ORDER	3

/**
 * struct read_run - a read under way
 * @file: open for reading
 * @payload: what has been read
 * @pos: the next byte of the file
 * @end: the byte behind the last one wanted
 */
struct read_run {
	struct file		*file;
	struct ditto_payload	*payload;
	u64			pos;
	u64			end;
};

static void payload_add(struct ditto_payload *p, struct page *page, unsigned int offset,
			unsigned int len)
{
	bvec_set_page(&p->bv[p->nr++], page, len, offset);
	p->len += len;
}

/* File systems whose reads are reads of the page cache, under no lock that matters. */
static bool reads_page_cache(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (IS_DAX(inode) || file->f_flags & O_DIRECT)
		return false;
	switch (inode->i_sb->s_magic) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case TMPFS_MAGIC:
		return true;
	}
	return false;
}

static bool is_tmpfs(const struct file *file)
{
	return file_inode(file)->i_sb->s_magic == TMPFS_MAGIC;
}

/* Read-ahead goes on when the page that marks its window is reached. */
static void read_ahead(struct read_run *run, struct folio *folio)
{
	pgoff_t last = (run->end - 1) >> PAGE_SHIFT;

	page_cache_async_readahead(run->file->f_mapping, &run->file->f_ra, run->file, folio,
				   last >= folio->index ? last - folio->index + 1 : 1);
}

/* Waits until a folio can be read. False: something is wrong with it. */
static bool folio_ready(struct read_run *run, struct folio *folio)
{
	if (folio_test_readahead(folio))
		read_ahead(run, folio);
	if (unlikely(!folio_test_uptodate(folio))) {
		folio_wait_locked(folio);
		if (!folio_test_uptodate(folio) || !folio->mapping)
			return false;
	}
	return !folio_contain_hwpoisoned_page(folio);
}

/* Consecutive folios from run->pos on, referenced; none is ready yet. */
static unsigned int folios_find(struct read_run *run, struct folio_batch *batch)
{
	struct address_space *mapping = run->file->f_mapping;
	pgoff_t index = run->pos >> PAGE_SHIFT;
	pgoff_t last = (run->end - 1) >> PAGE_SHIFT;
	pgoff_t next = index;
	unsigned int nr;

	folio_batch_init(batch);
	nr = filemap_get_folios_contig(mapping, &next, last, batch);
	if (nr || is_tmpfs(run->file))
		return nr;
	page_cache_sync_readahead(mapping, &run->file->f_ra, run->file, index, last - index + 1);
	next = index;
	return filemap_get_folios_contig(mapping, &next, last, batch);
}

/*
 * Adds what a folio holds of the file before @size, and gives the reference on
 * it away. False: it holds nothing of it, and the reference is the caller's.
 */
static bool folio_add(struct read_run *run, struct folio *folio, u64 size)
{
	u64 end = min(run->end, size);
	size_t offset, len;

	if (run->pos >= end || !folio_contains(folio, run->pos >> PAGE_SHIFT))
		return false;
	offset = offset_in_folio(folio, run->pos);
	len = min_t(u64, folio_size(folio) - offset, end - run->pos);
	if (mapping_writably_mapped(run->file->f_mapping))
		flush_dcache_folio(folio);
	if (!offset || (run->pos ^ run->file->f_ra.prev_pos) >> folio_shift(folio))
		folio_mark_accessed(folio);
	payload_add(run->payload, folio_page(folio, offset >> PAGE_SHIFT),
		    offset_in_page(offset), len);
	run->pos += len;
	return true;
}

/*
 * Adds the folios of a batch. The size of the file counts once they are up to
 * date: what is behind it is nobody's to see. False: no further this way.
 */
static bool folios_add(struct read_run *run, struct folio_batch *batch)
{
	unsigned int nr = folio_batch_count(batch);
	unsigned int i, good, taken = 0;
	u64 size;

	for (good = 0; good < nr; good++)
		if (!folio_ready(run, batch->folios[good]))
			break;
	size = i_size_read(file_inode(run->file));
	while (taken < good && folio_add(run, batch->folios[taken], size))
		taken++;
	for (i = taken; i < nr; i++)
		folio_put(batch->folios[i]);
	return taken == nr;
}

/*
 * A page of a tmpfs file that is neither in memory nor in swap was never
 * written: the tree of its page cache has no entry for it, where one in swap
 * has. Such a run of pages is sent as so many times the zero page.
 */
static bool hole_add(struct read_run *run)
{
	struct address_space *mapping = run->file->f_mapping;
	unsigned long index = run->pos >> PAGE_SHIFT;
	unsigned long next = index;
	u64 end;

	if (!is_tmpfs(run->file))
		return false;
	if (xa_find(&mapping->i_pages, &next, (run->end - 1) >> PAGE_SHIFT, XA_PRESENT)) {
		if (next == index)
			return false;
		end = (u64)next << PAGE_SHIFT;
	} else {
		end = run->end;
	}
	end = min_t(u64, end, i_size_read(file_inode(run->file)));
	if (run->pos >= end)
		return false;
	while (run->pos < end) {
		unsigned int offset = offset_in_page(run->pos);
		unsigned int len = min_t(u64, PAGE_SIZE - offset, end - run->pos);
		struct page *zero = ZERO_PAGE(0);

		get_page(zero);
		payload_add(run->payload, zero, offset, len);
		run->pos += len;
	}
	return true;
}

/* As far as the page cache serves; the rest is the file system's. */
static void read_cached(struct read_run *run)
{
	struct folio_batch batch;

	while (run->pos < run->end) {
		bool more;

		if (folios_find(run, &batch))
			more = folios_add(run, &batch);
		else
			more = hole_add(run);
		if (!more)
			break;
	}
	run->file->f_ra.prev_pos = run->pos;
	file_accessed(run->file);
	fsnotify_access(run->file);
}

/* Pages for @len bytes; they are not in the payload's length yet. */
static int copy_prepare(struct ditto_payload *p, size_t len)
{
	while (len) {
		unsigned int order = min(get_order(len), COPY_ORDER);
		struct page *page = NULL;
		size_t n;

		if (order)
			page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_NORETRY |
					   __GFP_NOWARN, order);
		if (!page) {
			order = 0;
			page = alloc_page(GFP_KERNEL);
		}
		if (!page)
			return -ENOMEM;
		n = min_t(size_t, len, PAGE_SIZE << order);
		bvec_set_page(&p->bv[p->nr++], page, n, 0);
		len -= n;
	}
	return 0;
}

/* Keeps @len bytes of the pages from piece @first on. */
static void copy_trim(struct ditto_payload *p, unsigned int first, size_t len)
{
	unsigned int i, keep = first;

	p->len += len;
	for (i = first; i < p->nr; i++) {
		if (!len) {
			put_page(p->bv[i].bv_page);
			continue;
		}
		p->bv[i].bv_len = min_t(size_t, len, p->bv[i].bv_len);
		len -= p->bv[i].bv_len;
		keep++;
	}
	p->nr = keep;
}

/* By the file system's own means. Bytes read, or an error if there were none. */
static ssize_t read_copied(struct read_run *run)
{
	struct ditto_payload *p = run->payload;
	size_t len = run->end - run->pos;
	unsigned int first = p->nr;
	struct iov_iter iter;
	struct kiocb kiocb;
	ssize_t ret;

	ret = copy_prepare(p, len);
	if (!ret) {
		iov_iter_bvec(&iter, ITER_DEST, &p->bv[first], p->nr - first, len);
		init_sync_kiocb(&kiocb, run->file);
		kiocb.ki_pos = run->pos;
		ret = vfs_iocb_iter_read(run->file, &kiocb, &iter);
	}
	copy_trim(p, first, max_t(ssize_t, ret, 0));
	if (ret > 0)
		run->pos += ret;
	return ret;
}

/* Reads run->pos to run->end, or less. *@eof: nothing is behind. */
static int read_run(struct read_run *run, u64 size, bool cached, bool *eof)
{
	loff_t pos = run->pos;
	ssize_t ret = 0;

	ret = rw_verify_area(READ, run->file, &pos, run->end - run->pos);
	if (ret < 0)
		return ret;
	ret = 0;
	if (cached)
		read_cached(run);
	/* What is short of the end although the size says otherwise could not be had there. */
	if (run->pos < run->end && run->pos < min_t(u64, size, i_size_read(file_inode(run->file))))
		ret = read_copied(run);
	if (ret < 0 && !run->payload->len)
		return ret;
	*eof = run->pos >= i_size_read(file_inode(run->file)) || !run->payload->len;
	return 0;
}

static int read_file(struct file *file, u64 offset, u32 count, struct ditto_payload **payload,
		     bool *eof)
{
	struct inode *inode = file_inode(file);
	bool cached = reads_page_cache(file);
	u64 size = cached ? i_size_read(inode) : inode->i_sb->s_maxbytes;
	struct read_run run = { .file = file, .pos = offset };
	int err = 0;

	count = min_t(u64, count, offset < size ? size - offset : 0);
	run.end = offset + count;
	run.payload = ditto_payload_alloc(DIV_ROUND_UP(offset_in_page(offset) + count, PAGE_SIZE));
	if (!run.payload)
		return -ENOMEM;
	if (count)
		err = read_run(&run, size, cached, eof);
	else
		*eof = offset >= i_size_read(inode);
	if (err)
		ditto_payload_free(run.payload);
	else
		*payload = run.payload;
	return err;
}

/* Of a range that may be empty or have no end a file could have. */
static u64 last_byte(u64 offset, u32 count)
{
	u64 last;

	return check_add_overflow(offset, (u64)count - !!count, &last) ? U64_MAX : last;
}

/**
 * ditto_read - read from a file (RFC 1813 3.3.6)
 * @acc: the caller's access
 * @obj: the file
 * @offset: first byte
 * @count: bytes; fewer may be read though the file has more
 * @payload: what was read, may be empty; the caller's to free
 * @eof: the file ends with what was read, or before it
 *
 * Return: 0, -EISDIR, -EINVAL (not a regular file), -EACCES, -EIO, -ESTALE, -EJUKEBOX, -ENOMEM, or
 * what the file system said.
 */
int ditto_read(struct ditto_access *acc, struct ditto_object *obj, u64 offset, u32 count,
	       struct ditto_payload **payload, bool *eof)
{
	struct ditto_guard guard;
	struct ditto_file *f;
	int err;

	err = ditto_file_get(acc, obj, false, &f);
	if (err)
		return err;
	count = min(count, READ_MAX);
	err = ditto_guard_begin(&guard, acc, obj, DITTO_INTENT_READ_DATA, offset,
				last_byte(offset, count));
	if (!err) {
		err = read_file(f->file, offset, count, payload, eof);
		ditto_guard_end(&guard);
	}
	ditto_file_put(f);
	return ditto_vfs_error(err);
}
EXPORT_SYMBOL_GPL(ditto_read);
