/* SPDX-License-Identifier: GPL-2.0-only */
/* Ordered trees that know something of each subtree. */
#ifndef SHIM_LINUX_RBTREE_AUGMENTED_H
#define SHIM_LINUX_RBTREE_AUGMENTED_H

#include <linux/rbtree.h>

static inline void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
				       const struct rb_augment_callbacks *augment)
{
	__shim_rb_insert(node, root, augment);
}

static inline void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
				      const struct rb_augment_callbacks *augment)
{
	__shim_rb_erase(node, root, augment);
}

#define RB_DECLARE_CALLBACKS(scope, name, type, field, known, compute)		\
static void name##_propagate(struct rb_node *rb, struct rb_node *stop)		\
{										\
	while (rb != stop && !compute(rb_entry(rb, type, field), true))		\
		rb = rb_parent(rb);						\
}										\
static void name##_copy(struct rb_node *old, struct rb_node *new)		\
{										\
	rb_entry(new, type, field)->known = rb_entry(old, type, field)->known;	\
}										\
static void name##_rotate(struct rb_node *old, struct rb_node *new)		\
{										\
	name##_copy(old, new);							\
	compute(rb_entry(old, type, field), false);				\
}										\
scope const struct rb_augment_callbacks name = {				\
	.propagate = name##_propagate,						\
	.copy = name##_copy,							\
	.rotate = name##_rotate,						\
};

#endif
