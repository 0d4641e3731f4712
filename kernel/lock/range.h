/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Byte ranges locked in one file.
 *
 * Two kinds of elements share a table and exclude each other:
 *
 * POSIX	of NLM, NFSv4 and local processes. What an owner holds is a map
 *		from bytes to nothing, shared or exclusive; its elements are the
 *		runs of that map, so they never overlap, and neighbours of the
 *		same type are one. ditto_ranges_set() is the only way to change
 *		it. An owner never conflicts with itself.
 * HANDLE	of an SMB open. Each is an element of its own, released by naming
 *		it exactly. Shared ones stack on each other and on the open's own
 *		exclusive one; an exclusive one stacks on nothing. It may be
 *		empty: a place between two bytes, which only HANDLE elements see.
 *
 * Owners are told apart by pointer; one pointer is of one kind in all tables.
 * The elements belong to the caller, who embeds them in what it wants to know
 * about a lock, allocates and frees them. Nothing here allocates, sleeps or
 * locks: a table is the caller's to protect, for reading as well.
 *
 * All answers take time in proportion to the logarithm of the number of
 * elements, plus the elements of the asking owner that overlap. A request that
 * only exclusive elements can stop does not look at shared ones, and so on.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_LOCK_RANGE_H
#define DITTO_LOCK_RANGE_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * struct ditto_range - bytes of a file
 * @first: the first byte; of an empty range, the byte it lies in front of
 * @last: the last byte, U64_MAX being "to the end, wherever that is"; of an
 *	empty range the same as @first
 * @empty: no byte at all (SMB only)
 */
struct ditto_range {
	u64	first;
	u64	last;
	bool	empty;
};

#define DITTO_RANGE_ALL	((struct ditto_range){ .last = U64_MAX })

int ditto_range_from_length(u64 offset, u64 length, struct ditto_range *range);
int ditto_range_from_nfs4(u64 offset, u64 length, struct ditto_range *range);
int ditto_range_from_smb(u64 offset, u64 length, struct ditto_range *range);
bool ditto_range_overlaps(const struct ditto_range *a, const struct ditto_range *b);

/*
 * Two ranges overlap when each starts no later than the other ends. An empty
 * range ends before it starts: [5, 4] overlaps what starts at 4 or before and
 * ends at 5 or behind, which is what has bytes on both sides of it, and never
 * another empty one (MS-FSA 2.1.4.10). So one comparison serves all.
 */
static inline u64 ditto_range_end(const struct ditto_range *range)
{
	return range->empty ? range->first - 1 : range->last;
}

/* In front of byte 0 there is no byte: this one overlaps nothing. */
static inline bool ditto_range_nowhere(const struct ditto_range *range)
{
	return range->empty && !range->first;
}

enum ditto_range_type {
	DITTO_RANGE_NONE,
	DITTO_RANGE_SHARED,
	DITTO_RANGE_EXCLUSIVE,
};

/* Kinds of elements, for masks. */
#define DITTO_RANGES_POSIX	0x1
#define DITTO_RANGES_HANDLE	0x2
#define DITTO_RANGES_BOTH	(DITTO_RANGES_POSIX | DITTO_RANGES_HANDLE)

/* POSIX, HANDLE, HANDLE and empty; each shared or exclusive. */
#define DITTO_RANGE_CLASSES	6

/* How far the elements of each class in a subtree reach; this file's own. */
struct ditto_range_reach {
	u64	last[DITTO_RANGE_CLASSES];
	u8	classes;
};

/**
 * struct ditto_range_lock - one element of a table
 * @range: what is locked
 * @owner: whose it is; compared, never followed
 * @id: the caller's number for it; of two that start at the same byte the lower
 *	one is found first
 * @since: when it was granted, nanoseconds, in the caller's clock; an element
 *	that grew keeps the earliest
 * @exclusive: or shared
 * @handle: HANDLE, not POSIX
 * @by_first: all elements of the table in order of (first, id)
 * @by_owner: the same in order of (owner, first, ...)
 * @freed: next on a list of elements that have left the table
 * @reach: of the subtree below @by_first
 *
 * To be read only while it is in a table, except for @id and @since of a spare,
 * which the caller sets.
 */
struct ditto_range_lock {
	struct ditto_range	range;
	void			*owner;
	u64			id;
	u64			since;
	bool			exclusive;
	bool			handle;
	union {
		struct rb_node	by_first;
		struct list_head freed;
	};
	struct rb_node		by_owner;
	struct ditto_range_reach reach;
};

/**
 * struct ditto_ranges - the ranges of one file
 * @by_first: all elements, for conflicts and listings
 * @by_owner: all elements, for what belongs to an owner
 * @count: how many
 */
struct ditto_ranges {
	struct rb_root	by_first;
	struct rb_root	by_owner;
	size_t		count;
};

/* No ditto_ranges_set() needs more new elements than this. */
#define DITTO_RANGES_SPARES	2

/**
 * struct ditto_ranges_plan - what ditto_ranges_set() will do
 * @spares: new elements it takes, at most DITTO_RANGES_SPARES
 * @gone: elements it gives back
 * @count: elements in the table afterwards
 */
struct ditto_ranges_plan {
	unsigned int	spares;
	size_t		gone;
	size_t		count;
};

void ditto_ranges_init(struct ditto_ranges *table);
unsigned int ditto_ranges_kinds(const struct ditto_ranges *table, bool write);
bool ditto_ranges_has_shared(const struct ditto_ranges *table);

struct ditto_range_lock *
ditto_ranges_conflict(const struct ditto_ranges *table, const void *owner, bool handle,
		      const struct ditto_range *range, bool exclusive);
struct ditto_range_lock *
ditto_ranges_io_conflict(const struct ditto_ranges *table, const void *owner, bool handle,
			 const struct ditto_range *range, bool write, unsigned int kinds);

struct ditto_ranges_plan
ditto_ranges_plan(const struct ditto_ranges *table, const void *owner,
		  const struct ditto_range *range, enum ditto_range_type type);
unsigned int ditto_ranges_set(struct ditto_ranges *table, void *owner,
			      const struct ditto_range *range, enum ditto_range_type type,
			      struct ditto_range_lock *spare[DITTO_RANGES_SPARES],
			      struct list_head *freed);

void ditto_ranges_add(struct ditto_ranges *table, struct ditto_range_lock *lock);
void ditto_ranges_del(struct ditto_ranges *table, struct ditto_range_lock *lock);
struct ditto_range_lock *
ditto_ranges_find(const struct ditto_ranges *table, const void *owner,
		  const struct ditto_range *range);
size_t ditto_ranges_drop(struct ditto_ranges *table, const void *owner,
			    struct list_head *freed);

struct ditto_range_lock *ditto_ranges_seek(const struct ditto_ranges *table, u64 first, u64 id);
struct ditto_range_lock *ditto_ranges_next(const struct ditto_range_lock *lock);
struct ditto_range_lock *
ditto_ranges_first_over(const struct ditto_ranges *table, const struct ditto_range *range);
struct ditto_range_lock *
ditto_ranges_next_over(const struct ditto_range_lock *lock, const struct ditto_range *range);
struct ditto_range_lock *
ditto_ranges_first_of(const struct ditto_ranges *table, const void *owner);
struct ditto_range_lock *
ditto_ranges_seek_of(const struct ditto_ranges *table, const void *owner, u64 first);
struct ditto_range_lock *ditto_ranges_next_of(const struct ditto_range_lock *lock);
struct ditto_range_lock *
ditto_ranges_last_of(const struct ditto_ranges *table, const void *owner);
struct ditto_range_lock *ditto_ranges_prev_of(const struct ditto_range_lock *lock);

/* All elements, lowest first. */
#define ditto_ranges_for_each(lock, table)				\
	for (lock = ditto_ranges_seek(table, 0, 0); lock; lock = ditto_ranges_next(lock))

/* All that overlap @range, of whatever kind and owner, lowest first. */
#define ditto_ranges_for_each_over(lock, table, range)			\
	for (lock = ditto_ranges_first_over(table, range); lock;	\
	     lock = ditto_ranges_next_over(lock, range))

/* All of @who, lowest first. */
#define ditto_ranges_for_each_of(lock, table, who)			\
	for (lock = ditto_ranges_first_of(table, who); lock;		\
	     lock = ditto_ranges_next_of(lock))

#endif
