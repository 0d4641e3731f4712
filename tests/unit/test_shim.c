// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shim itself: what it stands in for must behave like the kernel's.
 */
#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/rbtree_augmented.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/stat.h>
#include <linux/time64.h>
#include <linux/uio.h>
#include <linux/unaligned.h>
#include <linux/bvec.h>
#include <kunit/visibility.h>
#include "tap.h"

unsigned int shim_alloc_fail;

TEST(strscpy_truncates_and_says_so)
{
	char dst[4] = "zzz";

	CHECK_EQ(strscpy(dst, "ab", sizeof(dst)), 2);
	CHECK_STR(dst, "ab");
	CHECK_EQ(strscpy(dst, "abcd"), -E2BIG);
	CHECK_STR(dst, "abc");
	CHECK_EQ(strscpy(dst, "", 0), -E2BIG);
}

TEST(byte_order_ignores_alignment)
{
	u8 raw[9] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };

	CHECK_EQ(get_unaligned_be32(raw + 1), 0x01020304);
	CHECK_EQ(get_unaligned_le64(raw + 1), 0x0807060504030201ULL);
	put_unaligned_be16(0xa0b0, raw + 3);
	CHECK_EQ(raw[3], 0xa0);
	CHECK_EQ(raw[4], 0xb0);
}

TEST(sizes_saturate)
{
	struct { u32 n; u64 item[]; } *p = NULL;

	CHECK_EQ(size_mul(SIZE_MAX, 2), SIZE_MAX);
	CHECK_EQ(size_add(SIZE_MAX, 1), SIZE_MAX);
	CHECK_EQ(size_sub(1, 2), SIZE_MAX);
	CHECK_EQ(struct_size(p, item, 2), 24);
	CHECK(!kmalloc_array(SIZE_MAX / 2, 4, GFP_KERNEL));
}

TEST(allocations_fail_on_demand)
{
	void *p;

	shim_alloc_fail = 2;
	p = kzalloc(8, GFP_KERNEL);
	CHECK(p);
	kfree(p);
	CHECK(!kzalloc(8, GFP_KERNEL));
	p = kmemdup("x", 2, GFP_KERNEL);
	CHECK(p);
	kfree(p);
}

TEST(lists_keep_order)
{
	struct item { int v; struct list_head link; } a = { 1 }, b = { 2 }, *i, *n;
	LIST_HEAD(head);
	int seen = 0;

	list_add_tail(&a.link, &head);
	list_add_tail(&b.link, &head);
	list_for_each_entry(i, &head, link)
		seen = seen * 10 + i->v;
	CHECK_EQ(seen, 12);
	list_for_each_entry_safe(i, n, &head, link)
		list_del(&i->link);
	CHECK(list_empty(&head));
}

TEST(numbers_are_read_whole)
{
	u32 v = 7;

	CHECK_EQ(kstrtou32("12\n", 10, &v), 0);
	CHECK_EQ(v, 12);
	CHECK_EQ(kstrtou32("12x", 10, &v), -EINVAL);
	CHECK_EQ(kstrtou32("", 10, &v), -EINVAL);
	CHECK_EQ(kstrtou32("-1", 10, &v), -EINVAL);
	CHECK_EQ(kstrtou32("4294967296", 10, &v), -ERANGE);
	CHECK_EQ(v, 12);
}

TEST(small_helpers)
{
	char buf[4];

	CHECK_EQ(scnprintf(buf, sizeof(buf), "%s", "abcdef"), 3);
	CHECK_EQ(fls(0), 0);
	CHECK_EQ(fls64(1ULL << 40), 41);
	CHECK_EQ(GENMASK(7, 4), 0xf0);
	CHECK_EQ(round_up(5U, 4), 8);
	CHECK_EQ(ALIGN(8U, 4), 8);
	CHECK_EQ(min_t(u32, 3, 4), 3);
	CHECK_EQ(clamp(9, 1, 5), 5);
	CHECK(IS_ERR(ERR_PTR(-ENOENT)));
	CHECK(!IS_ERR(buf));
	CHECK(mem_is_zero("\0\0", 2));
	CHECK_EQ(sizeof(u64), 8);
	CHECK_EQ(U32_MAX, 0xffffffff);
}

struct leaf {
	struct rb_node rb;
	unsigned int key, size;
};

static bool leaf_size(struct leaf *leaf, bool exit)
{
	unsigned int size = 1;

	if (leaf->rb.rb_left)
		size += rb_entry(leaf->rb.rb_left, struct leaf, rb)->size;
	if (leaf->rb.rb_right)
		size += rb_entry(leaf->rb.rb_right, struct leaf, rb)->size;
	if (exit && leaf->size == size)
		return true;
	leaf->size = size;
	return false;
}

RB_DECLARE_CALLBACKS(static, leaf_callbacks, struct leaf, rb, size, leaf_size)

static void leaf_add(struct rb_root *root, struct leaf *leaf)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = leaf->key < rb_entry(parent, struct leaf, rb)->key ?
			&parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&leaf->rb, parent, link);
	leaf->size = 1;
	leaf_callbacks.propagate(parent, NULL);
	rb_insert_augmented(&leaf->rb, root, &leaf_callbacks);
}

static unsigned int leaf_depth(const struct rb_node *rb)
{
	unsigned int depth = 0;

	for (; rb; rb = rb_parent(rb))
		depth++;
	return depth;
}

TEST(trees_are_ordered_balanced_and_know_their_parts)
{
	struct leaf leaf[1000], *at;
	struct rb_root root = RB_ROOT;
	unsigned int i, key, deepest = 0;
	struct rb_node *rb;

	for (i = 0; i < 1000; i++) {
		leaf[i].key = i;
		leaf_add(&root, &leaf[i]);
	}
	for (key = 0, rb = rb_first(&root); rb; rb = rb_next(rb), key++) {
		at = rb_entry(rb, struct leaf, rb);
		CHECK_EQ(at->key, key);
		deepest = max(deepest, leaf_depth(rb));
	}
	CHECK_EQ(key, 1000);
	CHECK(deepest < 60);
	for (i = 0; i < 1000; i++) {
		CHECK_EQ(rb_entry(root.rb_node, struct leaf, rb)->size, 1000 - i);
		rb_erase_augmented(&leaf[i * 7 % 1000].rb, &root, &leaf_callbacks);
	}
	CHECK(RB_EMPTY_ROOT(&root));
	CHECK(!rb_first(&root) && !rb_entry_safe(rb_first(&root), struct leaf, rb));
}
