/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ordered trees with the kernel's interface. They are balanced by chance: each
 * node has a priority made from its address and none is above one of a higher.
 */
#ifndef SHIM_LINUX_RBTREE_H
#define SHIM_LINUX_RBTREE_H

#include <linux/container_of.h>
#include <linux/types.h>

struct rb_node {
	struct rb_node *up, *rb_left, *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

#define RB_ROOT			((struct rb_root){ NULL })
#define RB_EMPTY_ROOT(root)	(!(root)->rb_node)
#define rb_parent(node)		((node)->up)
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member) ({					\
	__typeof__(ptr) __rb = (ptr);						\
	__rb ? rb_entry(__rb, type, member) : NULL;				\
})

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	*node = (struct rb_node){ .up = parent };
	*link = node;
}

static inline u64 __shim_rb_priority(const struct rb_node *node)
{
	u64 x = (uintptr_t)node * 0x9e3779b97f4a7c15ULL;

	return (x ^ x >> 29) * 0xbf58476d1ce4e5b9ULL;
}

static inline void __shim_rb_replace(struct rb_root *root, struct rb_node *up,
				     const struct rb_node *old, struct rb_node *new)
{
	if (!up)
		root->rb_node = new;
	else if (up->rb_left == old)
		up->rb_left = new;
	else
		up->rb_right = new;
	if (new)
		new->up = up;
}

/* @node changes places with its parent. */
static inline void __shim_rb_raise(struct rb_root *root, struct rb_node *node,
				   const struct rb_augment_callbacks *augment)
{
	struct rb_node *old = node->up, *child;

	__shim_rb_replace(root, old->up, old, node);
	if (old->rb_left == node) {
		child = node->rb_right;
		node->rb_right = old;
		old->rb_left = child;
	} else {
		child = node->rb_left;
		node->rb_left = old;
		old->rb_right = child;
	}
	old->up = node;
	if (child)
		child->up = old;
	if (augment)
		augment->rotate(old, node);
}

static inline void __shim_rb_insert(struct rb_node *node, struct rb_root *root,
				    const struct rb_augment_callbacks *augment)
{
	while (node->up && __shim_rb_priority(node) > __shim_rb_priority(node->up))
		__shim_rb_raise(root, node, augment);
}

/* Goes down until it is a leaf. */
static inline void __shim_rb_erase(struct rb_node *node, struct rb_root *root,
				   const struct rb_augment_callbacks *augment)
{
	struct rb_node *left, *right;

	while (left = node->rb_left, right = node->rb_right, left || right) {
		bool go_left = !right ||
			(left && __shim_rb_priority(left) > __shim_rb_priority(right));

		__shim_rb_raise(root, go_left ? left : right, augment);
	}
	__shim_rb_replace(root, node->up, node, NULL);
	if (augment)
		augment->propagate(node->up, NULL);
}

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	__shim_rb_insert(node, root, NULL);
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	__shim_rb_erase(node, root, NULL);
}

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	const struct rb_node *from;

	if (node->rb_right) {
		node = node->rb_right;
		while (node->rb_left)
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	do {
		from = node;
		node = node->up;
	} while (node && from == node->rb_right);
	return (struct rb_node *)node;
}

static inline struct rb_node *rb_prev(const struct rb_node *node)
{
	const struct rb_node *from;

	if (node->rb_left) {
		node = node->rb_left;
		while (node->rb_right)
			node = node->rb_right;
		return (struct rb_node *)node;
	}
	do {
		from = node;
		node = node->up;
	} while (node && from == node->rb_left);
	return (struct rb_node *)node;
}

#endif
