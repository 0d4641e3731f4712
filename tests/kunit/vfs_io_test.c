// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and writing files (vfs/read.c, vfs/write.c) on a tmpfs, where data is
 * read out of the page cache and holes have no pages.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uio.h>
#include "vfs_env.h"
#include "vfs/node.h"

#define USER	1000
#define GROUP	100
#define MIB	(1U << 20)

/* Byte of the pattern at an offset: differs between neighbours and between pages. */
static u8 pattern_at(u64 offset)
{
	return offset + (offset >> 8) + (offset >> 16) + 1;
}

static void free_buffer(void *buf)
{
	kvfree(buf);
}

static u8 *buffer(struct kunit *test, size_t len)
{
	u8 *buf = kvmalloc(len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_buffer, buf), 0);
	return buf;
}

static u8 *pattern(struct kunit *test, u64 offset, size_t len)
{
	u8 *p = buffer(test, len);
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = pattern_at(offset + i);
	return p;
}

static struct ditto_object *file_with_pattern(struct vfs_env *env, size_t len)
{
	struct ditto_object *file = env_create(env, env->root, "f", 0644);

	KUNIT_ASSERT_EQ(env->test, env_write(env, file, 0, pattern(env->test, 0, len), len), len);
	return file;
}

/* Bytes read into @buf, which has room for what was asked; or an error. */
static int read_into(struct vfs_env *env, struct ditto_object *file, u64 offset, u32 count,
		     u8 *buf, bool *eof)
{
	struct ditto_payload *p = NULL;
	unsigned int i;
	struct iov_iter iter;
	size_t sum = 0;
	int err;

	*eof = false;
	err = ditto_read(&env->acc, file, offset, count, &p, eof);
	if (err)
		return err;
	for (i = 0; i < p->nr; i++)
		sum += p->bv[i].bv_len;
	KUNIT_EXPECT_LE(env->test, p->nr, p->max);
	KUNIT_EXPECT_EQ(env->test, sum, p->len);
	KUNIT_EXPECT_LE(env->test, p->len, count);
	iov_iter_bvec(&iter, ITER_SOURCE, p->bv, p->nr, p->len);
	KUNIT_EXPECT_EQ(env->test, copy_from_iter(buf, p->len, &iter), p->len);
	err = p->len;
	ditto_payload_free(p);
	return err;
}

static void expect_pattern(struct kunit *test, const u8 *buf, u64 offset, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (buf[i] == pattern_at(offset + i))
			continue;
		KUNIT_FAIL(test, "byte %llu is %02x", offset + i, buf[i]);
		return;
	}
}

static void expect_zeros(struct kunit *test, const u8 *buf, size_t len)
{
	KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, len));
}

/* ---- reading ------------------------------------------------------------- */

static void read_around_the_end(struct kunit *test)
{
	static const struct {
		u64	offset;
		u32	count;
		int	len;
		bool	eof;
	} cases[] = {
		{ 0, 0, 0, false },
		{ 0, 10000, 10000, true },
		{ 0, 9999, 9999, false },
		{ 0, 10001, 10000, true },
		{ 0, MIB, 10000, true },
		{ 0, U32_MAX, 10000, true },
		{ 1, 1, 1, false },
		{ 4095, 2, 2, false },
		{ 4096, 4096, 4096, false },
		{ 4097, 4096, 4096, false },
		{ 8191, 4096, 1809, true },
		{ 9999, 1, 1, true },
		{ 10000, 0, 0, true },
		{ 10000, 1, 0, true },
		{ 20000, 5, 0, true },
		{ S64_MAX, 5, 0, true },
		{ U64_MAX, U32_MAX, 0, true },
	};
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 10000);
	u8 *buf = buffer(test, 10000);
	bool eof;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, read_into(env, file, cases[i].offset, cases[i].count,
						    buf, &eof), cases[i].len, "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, eof, cases[i].eof, "case %d", i);
		expect_pattern(test, buf, cases[i].offset, cases[i].len);
	}
}

static void read_long(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 5 * MIB);
	u8 *buf = buffer(test, 4 * MIB);
	bool eof;

	KUNIT_EXPECT_EQ(test, read_into(env, file, 3, MIB, buf, &eof), MIB);
	KUNIT_EXPECT_FALSE(test, eof);
	expect_pattern(test, buf, 3, MIB);
	/* More than a reply can have is cut. */
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, U32_MAX, buf, &eof), 4 * MIB);
	KUNIT_EXPECT_FALSE(test, eof);
	expect_pattern(test, buf, 0, 4 * MIB);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 4 * MIB, U32_MAX, buf, &eof), MIB);
	KUNIT_EXPECT_TRUE(test, eof);
	expect_pattern(test, buf, 4 * MIB, MIB);
}

static unsigned int zero_pages(struct vfs_env *env, struct ditto_object *file, u64 offset, u32 count)
{
	struct ditto_payload *p = NULL;
	unsigned int i, n = 0;
	bool eof;

	KUNIT_ASSERT_EQ(env->test, ditto_read(&env->acc, file, offset, count, &p, &eof), 0);
	for (i = 0; i < p->nr; i++)
		n += p->bv[i].bv_page == ZERO_PAGE(0);
	ditto_payload_free(p);
	return n;
}

/* A file of one byte in the middle of nothing. */
static void read_hole(struct kunit *test)
{
	struct ditto_setattr size = { .set = DITTO_SET_SIZE, .size = 200000 };
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	u8 *buf = buffer(test, 200000);
	struct ditto_wcc wcc;
	bool eof;

	KUNIT_ASSERT_EQ(test, env_write(env, file, 100000, "x", 1), 1);
	KUNIT_ASSERT_EQ(test, ditto_setattr(&env->acc, file, &size, NULL, &wcc), 0);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, MIB, buf, &eof), 200000);
	KUNIT_EXPECT_TRUE(test, eof);
	expect_zeros(test, buf, 100000);
	KUNIT_EXPECT_EQ(test, buf[100000], 'x');
	expect_zeros(test, buf + 100001, 99999);
	/* Unaligned, inside the hole: no page of the file there, and none is made. */
	KUNIT_EXPECT_EQ(test, read_into(env, file, 5001, 5000, buf, &eof), 5000);
	expect_zeros(test, buf, 5000);
	KUNIT_EXPECT_EQ(test, zero_pages(env, file, 5001, 5000), 2);
	KUNIT_EXPECT_EQ(test, ditto_object_inode(file)->i_mapping->nrpages, 1);
}

/* Allocated but never written: there are pages, but they are not up to date. */
static void read_allocated(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 5000);
	u8 *buf = buffer(test, 50000);
	struct ditto_file *f;
	bool eof;

	KUNIT_ASSERT_EQ(test, ditto_file_get(&env->acc, file, true, &f), 0);
	KUNIT_EXPECT_EQ(test, vfs_fallocate(f->file, 0, 0, 50000), 0);
	ditto_file_put(f);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, MIB, buf, &eof), 50000);
	KUNIT_EXPECT_TRUE(test, eof);
	expect_pattern(test, buf, 0, 5000);
	expect_zeros(test, buf + 5000, 45000);
}

/* What was cut off does not come back, and is not shown. */
static void read_behind_truncation(struct kunit *test)
{
	struct ditto_setattr size = { .set = DITTO_SET_SIZE, .size = 10 };
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 4096);
	struct ditto_wcc wcc;
	u8 buf[200];
	bool eof;

	KUNIT_ASSERT_EQ(test, ditto_setattr(&env->acc, file, &size, NULL, &wcc), 0);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, sizeof(buf), buf, &eof), 10);
	KUNIT_EXPECT_TRUE(test, eof);
	size.size = 100;
	KUNIT_ASSERT_EQ(test, ditto_setattr(&env->acc, file, &size, NULL, &wcc), 0);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, sizeof(buf), buf, &eof), 100);
	expect_pattern(test, buf, 0, 10);
	expect_zeros(test, buf + 10, 90);
}

/* Cached pages go out as they lie: no copy, as long as they are referenced. */
static void read_shares_pages(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 4096);
	struct ditto_payload *p = NULL;
	struct folio *folio;
	bool eof;
	int refs;

	folio = filemap_get_folio(ditto_object_inode(file)->i_mapping, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(folio));
	refs = folio_ref_count(folio);
	KUNIT_ASSERT_EQ(test, ditto_read(&env->acc, file, 100, 200, &p, &eof), 0);
	KUNIT_EXPECT_EQ(test, p->nr, 1);
	KUNIT_EXPECT_PTR_EQ(test, p->bv[0].bv_page, folio_page(folio, 0));
	KUNIT_EXPECT_EQ(test, p->bv[0].bv_offset, 100);
	KUNIT_EXPECT_EQ(test, p->bv[0].bv_len, 200);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs + 1);
	ditto_payload_free(p);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs);
	folio_put(folio);
}

static void read_permission(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 100);
	struct ditto_object *mine;
	u8 buf[100];
	bool eof;

	KUNIT_EXPECT_EQ(test, read_into(env, env->root, 0, 10, buf, &eof), -EISDIR);
	env_chmod(env, file, 0640);
	env_chmod(env, env->root, 0777);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, 10, buf, &eof), -EACCES);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "x", 1), -EACCES);
	/* The owner may always; paging a program in looks like reading it. */
	mine = env_create(env, env->root, "m", 0);
	KUNIT_EXPECT_EQ(test, env_write(env, mine, 0, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, read_into(env, mine, 0, 10, buf, &eof), 1);
	env_user(env, 0, 0);
	env_chmod(env, file, 0711);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, 10, buf, &eof), 10);
}

/* ---- writing ------------------------------------------------------------- */

/* Cut wherever the network cut it, beginning inside a segment, empty ones between. */
static void write_segments(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	u8 *data = pattern(test, 0, 10000);
	struct kvec segs[] = {
		{ data, 100 }, { data + 100, 1 }, { data, 0 }, { data + 101, 4895 },
		{ data + 4996, 3 }, { data, 0 }, { data + 4999, 5001 }, { data, 9000 },
	};
	struct ditto_span span = { .seg = segs, .offset = 60, .len = 9000, .nr_segs = 7 };
	enum ditto_stable stable = DITTO_UNSTABLE;
	u8 *buf = buffer(test, 10000);
	struct ditto_wcc wcc;
	u32 written;
	bool eof;

	KUNIT_EXPECT_EQ(test, ditto_write(&env->acc, file, 60, &span, &stable, &written, &wcc), 0);
	KUNIT_EXPECT_EQ(test, written, 9000);
	KUNIT_EXPECT_TRUE(test, wcc.before_valid && wcc.after.valid);
	KUNIT_EXPECT_FALSE(test, wcc.atomic);
	KUNIT_EXPECT_EQ(test, wcc.size, 0);
	KUNIT_EXPECT_EQ(test, wcc.after.st.size, 9060);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, 10000, buf, &eof), 9060);
	expect_zeros(test, buf, 60);
	expect_pattern(test, buf + 60, 60, 9000);
	span.seg = &segs[6];
	span.offset = 5000;
	span.len = 1;
	span.nr_segs = 1;
	KUNIT_EXPECT_EQ(test, ditto_write(&env->acc, file, 0, &span, &stable, &written, &wcc), 0);
	KUNIT_EXPECT_EQ(test, read_into(env, file, 0, 1, buf, &eof), 1);
	KUNIT_EXPECT_EQ(test, buf[0], pattern_at(9999));
}

static void write_refusals(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);

	KUNIT_EXPECT_EQ(test, env_write(env, file, S64_MAX, "ab", 2), -EFBIG);
	KUNIT_EXPECT_EQ(test, env_write(env, file, U64_MAX, "ab", 2), -EFBIG);
	KUNIT_EXPECT_EQ(test, env_write(env, file, U64_MAX, "", 0), -EFBIG);
	KUNIT_EXPECT_EQ(test, env_write(env, file, S64_MAX, "", 0), 0);
	KUNIT_EXPECT_EQ(test, env_write(env, env->root, 0, "ab", 2), -EISDIR);
	env->acc.grant.flags = 0;
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "ab", 2), -EROFS);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "", 0), -EROFS);
	env->acc.grant.flags = DITTO_RULE_RW;
	KUNIT_EXPECT_EQ(test, i_size_read(ditto_object_inode(file)), 0);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 5ULL << 32, "ab", 2), 2);
	KUNIT_EXPECT_EQ(test, i_size_read(ditto_object_inode(file)), (5LL << 32) + 2);
}

static void write_drops_setid(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 06777);

	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "a", 1), 1);
	KUNIT_EXPECT_EQ(test, ditto_object_inode(file)->i_mode, S_IFREG | 06777);
	env_user(env, USER, GROUP);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "a", 1), 1);
	KUNIT_EXPECT_EQ(test, ditto_object_inode(file)->i_mode, S_IFREG | 0777);
}

/* ---- stable storage ------------------------------------------------------- */

static u64 verifier(void)
{
	u8 raw[8];

	ditto_write_verifier(&init_net, raw);
	return get_unaligned_be64(raw);
}

static void commit_keeps_verifier(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 10000);
	u64 before = verifier();
	struct ditto_wcc wcc;

	KUNIT_EXPECT_NE(test, before, 0);
	KUNIT_EXPECT_EQ(test, ditto_commit(&env->acc, file, 0, 0, &wcc), 0);
	KUNIT_EXPECT_TRUE(test, wcc.before_valid && wcc.after.valid);
	KUNIT_EXPECT_EQ(test, ditto_commit(&env->acc, file, 5000, 10, &wcc), 0);
	KUNIT_EXPECT_EQ(test, ditto_commit(&env->acc, file, U64_MAX, U32_MAX, &wcc), 0);
	KUNIT_EXPECT_EQ(test, ditto_commit(&env->acc, file, S64_MAX, U32_MAX, &wcc), 0);
	KUNIT_EXPECT_EQ(test, verifier(), before);
	env->acc.grant.flags = 0;
	KUNIT_EXPECT_EQ(test, ditto_commit(&env->acc, file, 0, 0, &wcc), -EROFS);
}

/* Data that could not be written back: every client has to send again what it keeps. */
static void lost_data_changes_verifier(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = file_with_pattern(env, 10000);
	struct address_space *mapping = ditto_object_inode(file)->i_mapping;
	u64 before = verifier();
	struct ditto_wcc wcc;

	mapping_set_error(mapping, -EIO);
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "x", 1), 1);
	KUNIT_EXPECT_NE(test, verifier(), before);
	before = verifier();
	KUNIT_EXPECT_EQ(test, env_write(env, file, 0, "x", 1), 1);
	KUNIT_EXPECT_EQ(test, verifier(), before);
	mapping_set_error(mapping, -ENOSPC);
	KUNIT_EXPECT_EQ(test, ditto_commit(&env->acc, file, 0, 0, &wcc), 0);
	KUNIT_EXPECT_NE(test, verifier(), before);
}

/* No storage more stable than this: the client need not keep what it wrote. */
static void write_in_memory_is_stable(struct kunit *test)
{
	struct vfs_env *env = test->priv;
	struct ditto_object *file = env_create(env, env->root, "f", 0644);
	struct kvec seg = { "abc", 3 };
	struct ditto_span span = { .seg = &seg, .len = 3, .nr_segs = 1 };
	enum ditto_stable how[] = { DITTO_UNSTABLE, DITTO_DATA_SYNC, DITTO_FILE_SYNC };
	struct ditto_wcc wcc;
	u32 written;
	int i;

	for (i = 0; i < ARRAY_SIZE(how); i++) {
		KUNIT_EXPECT_EQ(test, ditto_write(&env->acc, file, 0, &span, &how[i], &written,
						  &wcc), 0);
		KUNIT_EXPECT_EQ(test, how[i], DITTO_FILE_SYNC);
	}
}

static struct kunit_case vfs_io_cases[] = {
	KUNIT_CASE(read_around_the_end),
	KUNIT_CASE(read_long),
	KUNIT_CASE(read_hole),
	KUNIT_CASE(read_allocated),
	KUNIT_CASE(read_behind_truncation),
	KUNIT_CASE(read_shares_pages),
	KUNIT_CASE(read_permission),
	KUNIT_CASE(write_segments),
	KUNIT_CASE(write_refusals),
	KUNIT_CASE(write_drops_setid),
	KUNIT_CASE(commit_keeps_verifier),
	KUNIT_CASE(lost_data_changes_verifier),
	KUNIT_CASE(write_in_memory_is_stable),
	{}
};

static struct kunit_suite vfs_io_suite = {
	.name		= "vfs_io",
	.init		= env_init,
	.test_cases	= vfs_io_cases,
};
kunit_test_suite(vfs_io_suite);
