// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of ranges of one file: a tree in order of offset that knows of each
 * subtree how far the elements of each class in it reach, and a tree in order
 * of owner.
 */
#include <kunit/visibility.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/rbtree_augmented.h>
#include <linux/string.h>
#include "lock/range.h"

enum range_class {
	POSIX_SHARED,
	HANDLE_SHARED,
	EMPTY_SHARED,
	POSIX_EXCLUSIVE,
	HANDLE_EXCLUSIVE,
	EMPTY_EXCLUSIVE,
};
static_assert(EMPTY_EXCLUSIVE + 1 == DITTO_RANGE_CLASSES);

#define POSIX_CLASSES	(BIT(POSIX_SHARED) | BIT(POSIX_EXCLUSIVE))
#define HANDLE_CLASSES	(BIT(HANDLE_SHARED) | BIT(HANDLE_EXCLUSIVE))
#define EMPTY_CLASSES	(BIT(EMPTY_SHARED) | BIT(EMPTY_EXCLUSIVE))
#define ALL_CLASSES	(POSIX_CLASSES | HANDLE_CLASSES | EMPTY_CLASSES)
#define EXCLUSIVE_CLASSES (BIT(POSIX_EXCLUSIVE) | BIT(HANDLE_EXCLUSIVE) | BIT(EMPTY_EXCLUSIVE))

/* ---- the tree in order of offset ------------------------------------------- */

static struct ditto_range_lock *by_first(const struct rb_node *rb)
{
	return rb_entry(rb, struct ditto_range_lock, by_first);
}

static enum range_class class_of(const struct ditto_range_lock *lock)
{
	enum range_class class = POSIX_SHARED;

	if (lock->handle)
		class = lock->range.empty ? EMPTY_SHARED : HANDLE_SHARED;
	return lock->exclusive ? class + POSIX_EXCLUSIVE : class;
}

static void reach_add(struct ditto_range_reach *reach, const struct rb_node *rb)
{
	const struct ditto_range_reach *more;
	unsigned int class;

	if (!rb)
		return;
	more = &by_first(rb)->reach;
	for (class = 0; class < DITTO_RANGE_CLASSES; class++)
		reach->last[class] = max(reach->last[class], more->last[class]);
	reach->classes |= more->classes;
}

static struct ditto_range_reach reach_own(const struct ditto_range_lock *lock)
{
	struct ditto_range_reach reach = {};

	if (!ditto_range_nowhere(&lock->range)) {
		reach.classes = BIT(class_of(lock));
		reach.last[class_of(lock)] = ditto_range_end(&lock->range);
	}
	return reach;
}

/* True if @exit and nothing changed. */
static bool reach_compute(struct ditto_range_lock *lock, bool exit)
{
	struct ditto_range_reach reach = reach_own(lock);

	reach_add(&reach, lock->by_first.rb_left);
	reach_add(&reach, lock->by_first.rb_right);
	if (exit && reach.classes == lock->reach.classes &&
	    !memcmp(reach.last, lock->reach.last, sizeof(reach.last)))
		return true;
	lock->reach = reach;
	return false;
}

RB_DECLARE_CALLBACKS(static, reach_callbacks, struct ditto_range_lock, by_first, reach,
		     reach_compute)

static bool first_before(const struct ditto_range_lock *a, u64 first, u64 id)
{
	return a->range.first < first || (a->range.first == first && a->id < id);
}

static void first_insert(struct ditto_ranges *table, struct ditto_range_lock *lock)
{
	struct rb_node **link = &table->by_first.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = first_before(lock, by_first(parent)->range.first, by_first(parent)->id) ?
			&parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&lock->by_first, parent, link);
	lock->reach = reach_own(lock);
	reach_callbacks.propagate(parent, NULL);
	rb_insert_augmented(&lock->by_first, &table->by_first, &reach_callbacks);
}

/* What to look for: elements of these classes that overlap [from, to]. */
struct probe {
	u64		from;
	u64		to;
	unsigned int	classes;
};

static struct probe probe_of(const struct ditto_range *range, unsigned int classes)
{
	return (struct probe){
		.from = range->first, .to = ditto_range_end(range),
		.classes = ditto_range_nowhere(range) ? 0 : classes,
	};
}

static bool reaches(const struct ditto_range_reach *reach, const struct probe *probe)
{
	unsigned int classes = reach->classes & probe->classes, class;

	for (class = 0; classes; class++, classes >>= 1)
		if (classes & 1 && reach->last[class] >= probe->from)
			return true;
	return false;
}

static bool subtree_reaches(const struct rb_node *rb, const struct probe *probe)
{
	return rb && reaches(&by_first(rb)->reach, probe);
}

static bool lock_reaches(const struct ditto_range_lock *lock, const struct probe *probe)
{
	struct ditto_range_reach reach = reach_own(lock);

	return reaches(&reach, probe);
}

/*
 * Of a subtree that reaches, the lowest element that does. If that starts
 * behind the probe, so do all others that reach it.
 */
static struct ditto_range_lock *subtree_lowest(const struct rb_node *rb, const struct probe *probe)
{
	for (;;) {
		if (subtree_reaches(rb->rb_left, probe))
			rb = rb->rb_left;
		else if (lock_reaches(by_first(rb), probe))
			break;
		else
			rb = rb->rb_right;
	}
	return by_first(rb)->range.first <= probe->to ? by_first(rb) : NULL;
}

static struct ditto_range_lock *probe_first(const struct ditto_ranges *table,
					    const struct probe *probe)
{
	const struct rb_node *root = table->by_first.rb_node;

	return subtree_reaches(root, probe) ? subtree_lowest(root, probe) : NULL;
}

static struct ditto_range_lock *probe_next(const struct ditto_range_lock *lock,
					   const struct probe *probe)
{
	const struct rb_node *rb = &lock->by_first, *from;

	if (subtree_reaches(rb->rb_right, probe))
		return subtree_lowest(rb->rb_right, probe);
	for (from = rb, rb = rb_parent(rb); rb; from = rb, rb = rb_parent(rb)) {
		if (from == rb->rb_right)
			continue;
		if (by_first(rb)->range.first > probe->to)
			break;
		if (lock_reaches(by_first(rb), probe))
			return by_first(rb);
		if (subtree_reaches(rb->rb_right, probe))
			return subtree_lowest(rb->rb_right, probe);
	}
	return NULL;
}

/* ---- the tree in order of owner -------------------------------------------- */

static struct ditto_range_lock *by_owner(const struct rb_node *rb)
{
	return rb_entry_safe(rb, struct ditto_range_lock, by_owner);
}

static int compare(u64 a, u64 b)
{
	return a < b ? -1 : a > b;
}

/* Of equal ranges the exclusive one comes first: it is unlocked first. */
static int owner_compare(const void *owner, const struct ditto_range *range, bool exclusive,
			 const struct ditto_range_lock *lock)
{
	return compare((unsigned long)owner, (unsigned long)lock->owner) ?:
	       compare(range->first, lock->range.first) ?:
	       compare(range->empty, lock->range.empty) ?:
	       compare(range->last, lock->range.last) ?:
	       compare(!exclusive, !lock->exclusive);
}

static void owner_insert(struct ditto_ranges *table, struct ditto_range_lock *lock)
{
	struct rb_node **link = &table->by_owner.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = owner_compare(lock->owner, &lock->range, lock->exclusive,
				     by_owner(parent)) < 0 ?
			&parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&lock->by_owner, parent, link);
	rb_insert_color(&lock->by_owner, &table->by_owner);
}

/* The POSIX owner's lowest that ends at @from or behind; they don't overlap. */
static struct ditto_range_lock *owner_reaching(const struct ditto_ranges *table,
					       const void *owner, u64 from)
{
	const struct rb_node *rb = table->by_owner.rb_node;
	struct ditto_range_lock *lock, *found = NULL;
	int cmp;

	while (rb) {
		lock = by_owner(rb);
		cmp = compare((unsigned long)owner, (unsigned long)lock->owner) ?:
		      compare(from, lock->range.last);
		if (cmp <= 0 && lock->owner == owner)
			found = lock;
		rb = cmp <= 0 ? rb->rb_left : rb->rb_right;
	}
	return found;
}

static bool range_same(const struct ditto_range *a, const struct ditto_range *b)
{
	return a->first == b->first && a->last == b->last && a->empty == b->empty;
}

/* ---- the table ------------------------------------------------------------- */

static void table_insert(struct ditto_ranges *table, struct ditto_range_lock *lock)
{
	first_insert(table, lock);
	owner_insert(table, lock);
	table->count++;
}

/**
 * ditto_ranges_init - make a table, with nothing in it
 * @table: to be made; has nothing to be given back when it is empty again
 */
void ditto_ranges_init(struct ditto_ranges *table)
{
	*table = (struct ditto_ranges){ .by_first = RB_ROOT, .by_owner = RB_ROOT };
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_init);

/**
 * ditto_ranges_kinds - which kinds of elements could stop somebody's I/O
 * @table: the table
 * @write: writing, which shared ones stop too
 *
 * For a summary that saves asking ditto_ranges_io_conflict(); takes no time.
 *
 * Return: DITTO_RANGES_POSIX, DITTO_RANGES_HANDLE, both or 0.
 */
unsigned int ditto_ranges_kinds(const struct ditto_ranges *table, bool write)
{
	const struct rb_node *root = table->by_first.rb_node;
	unsigned int classes = write ? ALL_CLASSES : EXCLUSIVE_CLASSES;

	classes &= root ? by_first(root)->reach.classes : 0;
	return (classes & POSIX_CLASSES ? DITTO_RANGES_POSIX : 0) |
	       (classes & (HANDLE_CLASSES | EMPTY_CLASSES) ? DITTO_RANGES_HANDLE : 0);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_kinds);

/**
 * ditto_ranges_has_shared - is any element shared?
 * @table: the table
 *
 * Return: true if so.
 */
bool ditto_ranges_has_shared(const struct ditto_ranges *table)
{
	return table->count &&
		by_first(table->by_first.rb_node)->reach.classes & ALL_CLASSES & ~EXCLUSIVE_CLASSES;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_has_shared);

/* POSIX does not see empty ranges, nor they it. */
static unsigned int classes_seen(bool handle, const struct ditto_range *range)
{
	if (!handle)
		return range->empty ? 0 : POSIX_CLASSES | HANDLE_CLASSES;
	return range->empty ? HANDLE_CLASSES : ALL_CLASSES;
}

/**
 * ditto_ranges_conflict - what stands in the way of a lock?
 * @table: the table
 * @owner: who wants it
 * @handle: a HANDLE element, otherwise POSIX
 * @range: what is wanted
 * @exclusive: or shared
 *
 * Others' elements do if they overlap and one of the two is exclusive. One's
 * own do for an exclusive HANDLE element only (MS-FSA 2.1.4.10).
 *
 * Return: the lowest element in the way, or NULL.
 */
struct ditto_range_lock *
ditto_ranges_conflict(const struct ditto_ranges *table, const void *owner, bool handle,
		      const struct ditto_range *range, bool exclusive)
{
	unsigned int classes = exclusive ? ALL_CLASSES : EXCLUSIVE_CLASSES;
	struct probe probe = probe_of(range, classes_seen(handle, range) & classes);
	struct ditto_range_lock *lock = probe_first(table, &probe);

	while (lock && lock->owner == owner && !(handle && exclusive))
		lock = probe_next(lock, &probe);
	return lock;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_conflict);

/**
 * ditto_ranges_io_conflict - what stands in the way of reading or writing?
 * @table: the table
 * @owner: who wants to; one without elements, such as NULL, has none of its own
 * @handle: through an SMB open, otherwise not
 * @range: what is to be read or written
 * @write: or read
 * @kinds: elements of these kinds count (the export's locks= says which)
 *
 * Others' exclusive elements stop reading, any of others' writing. One's own
 * shared HANDLE elements stop writing as well (MS-FSA 2.1.4.10).
 *
 * Return: the lowest element in the way, or NULL.
 */
struct ditto_range_lock *
ditto_ranges_io_conflict(const struct ditto_ranges *table, const void *owner, bool handle,
			 const struct ditto_range *range, bool write, unsigned int kinds)
{
	unsigned int classes = write ? ALL_CLASSES : EXCLUSIVE_CLASSES;
	struct ditto_range_lock *lock;
	struct probe probe;

	if (!(kinds & DITTO_RANGES_POSIX))
		classes &= ~POSIX_CLASSES;
	if (!(kinds & DITTO_RANGES_HANDLE))
		classes &= ~(HANDLE_CLASSES | EMPTY_CLASSES);
	probe = probe_of(range, classes_seen(handle, range) & classes);
	lock = probe_first(table, &probe);
	while (lock && lock->owner == owner && !(handle && !lock->exclusive))
		lock = probe_next(lock, &probe);
	return lock;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_io_conflict);

/* ---- POSIX ----------------------------------------------------------------- */

/* A change of a POSIX owner's map; without @table it is only looked at. */
struct change {
	struct ditto_ranges		*table;
	void				*owner;
	struct ditto_range		range;
	enum ditto_range_type		type;
	struct ditto_range_lock		**spare;
	struct list_head		*freed;
	/* Of the same type and touching: grows to be all of them. */
	struct ditto_range_lock		*keep;
	struct ditto_range		merged;
	unsigned int			spares;
	size_t				gone;
};

static void change_insert(struct change *change, const struct ditto_range *range,
			  bool exclusive, const struct ditto_range_lock *part_of)
{
	struct ditto_range_lock *lock;

	change->spares++;
	if (!change->table)
		return;
	lock = *change->spare;
	*change->spare++ = NULL;
	lock->range = *range;
	lock->owner = change->owner;
	lock->exclusive = exclusive;
	lock->handle = false;
	if (part_of)
		lock->since = part_of->since;
	table_insert(change->table, lock);
}

static void change_drop(struct change *change, struct ditto_range_lock *lock)
{
	change->gone++;
	if (!change->table)
		return;
	ditto_ranges_del(change->table, lock);
	list_add_tail(&lock->freed, change->freed);
}

static void change_resize(struct change *change, struct ditto_range_lock *lock, u64 first, u64 last)
{
	if (!change->table || (lock->range.first == first && lock->range.last == last))
		return;
	ditto_ranges_del(change->table, lock);
	lock->range.first = first;
	lock->range.last = last;
	table_insert(change->table, lock);
}

static void change_merge(struct change *change, struct ditto_range_lock *lock)
{
	change->merged.first = min(change->merged.first, lock->range.first);
	change->merged.last = max(change->merged.last, lock->range.last);
	if (!change->keep) {
		change->keep = lock;
		return;
	}
	if (change->table)
		change->keep->since = min(change->keep->since, lock->since);
	change_drop(change, lock);
}

/* Takes the range out of an element of another type; a neighbour stays as it is. */
static void change_cut(struct change *change, struct ditto_range_lock *lock)
{
	struct ditto_range was = lock->range, tail = { .last = was.last };

	if (was.first >= change->range.first) {
		if (was.last <= change->range.last)
			change_drop(change, lock);
		else
			change_resize(change, lock, change->range.last + 1, was.last);
		return;
	}
	change_resize(change, lock, was.first, change->range.first - 1);
	if (was.last > change->range.last) {
		tail.first = change->range.last + 1;
		change_insert(change, &tail, lock->exclusive, lock);
	}
}

static enum ditto_range_type type_of(const struct ditto_range_lock *lock)
{
	return lock->exclusive ? DITTO_RANGE_EXCLUSIVE : DITTO_RANGE_SHARED;
}

static void change_walk(struct change *change, const struct ditto_ranges *table)
{
	const struct ditto_range *range = &change->range;
	struct ditto_range_lock *lock, *next;
	u64 from, to;

	/* With the neighbours. */
	from = range->first ? range->first - 1 : 0;
	to = range->last == U64_MAX ? U64_MAX : range->last + 1;
	change->merged = *range;
	for (lock = owner_reaching(table, change->owner, from);
	     lock && lock->range.first <= to; lock = next) {
		next = ditto_ranges_next_of(lock);
		if (type_of(lock) == change->type)
			change_merge(change, lock);
		else
			change_cut(change, lock);
	}
	if (change->keep)
		change_resize(change, change->keep, change->merged.first, change->merged.last);
	else if (change->type != DITTO_RANGE_NONE)
		change_insert(change, range, change->type == DITTO_RANGE_EXCLUSIVE, NULL);
}

/**
 * ditto_ranges_plan - what ditto_ranges_set() would do
 * @table: the table
 * @owner: a POSIX owner
 * @range: not empty
 * @type: as for ditto_ranges_set()
 *
 * Holds as long as the table does not change. So room is found, limits are
 * looked at, and only then is anything done.
 *
 * Return: the elements needed, given back, and left.
 */
struct ditto_ranges_plan
ditto_ranges_plan(const struct ditto_ranges *table, const void *owner,
		  const struct ditto_range *range, enum ditto_range_type type)
{
	struct change change = { .owner = (void *)owner, .range = *range, .type = type };

	change_walk(&change, table);
	return (struct ditto_ranges_plan){
		.spares = change.spares, .gone = change.gone,
		.count = table->count + change.spares - change.gone,
	};
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_plan);

/**
 * ditto_ranges_set - change what a POSIX owner holds
 * @table: the table
 * @owner: whose map it is
 * @range: these bytes, at least one
 * @type: what they shall be; DITTO_RANGE_NONE unlocks
 * @spare: new elements, as many as ditto_ranges_plan() said, or just
 *	DITTO_RANGES_SPARES; those taken are set to NULL. Their id and since are
 *	kept, but a piece cut off has the since of what it was cut from
 * @freed: gets the elements no longer needed, linked by their @freed, at its end
 *
 * Splits, merges, upgrades and downgrades. Asks nobody: ditto_ranges_conflict()
 * was asked before, under the same lock. Can't fail.
 *
 * Return: how many elements of @spare were taken.
 */
unsigned int ditto_ranges_set(struct ditto_ranges *table, void *owner,
			      const struct ditto_range *range, enum ditto_range_type type,
			      struct ditto_range_lock *spare[DITTO_RANGES_SPARES],
			      struct list_head *freed)
{
	struct change change = {
		.table = table, .owner = owner, .range = *range, .type = type,
		.spare = spare, .freed = freed,
	};

	if (WARN_ON_ONCE(range->empty))
		return 0;
	change_walk(&change, table);
	return change.spares;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_set);

/* ---- HANDLE ---------------------------------------------------------------- */

/**
 * ditto_ranges_add - put in a HANDLE element
 * @table: the table
 * @lock: range, owner, id, since and exclusive are set; not in a table
 *
 * Asks nobody: ditto_ranges_conflict() was asked before, under the same lock.
 */
void ditto_ranges_add(struct ditto_ranges *table, struct ditto_range_lock *lock)
{
	lock->handle = true;
	table_insert(table, lock);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_add);

/**
 * ditto_ranges_del - take an element out, of whatever kind
 * @table: the table
 * @lock: in it; the caller's from now on
 */
void ditto_ranges_del(struct ditto_ranges *table, struct ditto_range_lock *lock)
{
	rb_erase_augmented(&lock->by_first, &table->by_first, &reach_callbacks);
	rb_erase(&lock->by_owner, &table->by_owner);
	table->count--;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_del);

/**
 * ditto_ranges_find - the element that an SMB unlock names
 * @table: the table
 * @owner: the open
 * @range: exactly what was locked
 *
 * Where an exclusive element and shared ones match, the exclusive one is meant
 * (MS-FSA 2.1.5.9).
 *
 * Return: the element, for ditto_ranges_del(), or NULL.
 */
struct ditto_range_lock *
ditto_ranges_find(const struct ditto_ranges *table, const void *owner,
		  const struct ditto_range *range)
{
	const struct rb_node *rb = table->by_owner.rb_node;
	struct ditto_range_lock *found = NULL;

	while (rb) {
		if (owner_compare(owner, range, true, by_owner(rb)) <= 0) {
			found = by_owner(rb);
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found && found->owner == owner && range_same(&found->range, range) ? found : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_find);

/**
 * ditto_ranges_drop - take out all that belongs to an owner, of either kind
 * @table: the table
 * @owner: the owner
 * @freed: gets the elements, linked by their @freed, at its end
 *
 * Return: how many there were.
 */
size_t ditto_ranges_drop(struct ditto_ranges *table, const void *owner,
			    struct list_head *freed)
{
	struct ditto_range_lock *lock, *next;
	size_t was = table->count;

	for (lock = ditto_ranges_first_of(table, owner); lock; lock = next) {
		next = ditto_ranges_next_of(lock);
		ditto_ranges_del(table, lock);
		list_add_tail(&lock->freed, freed);
	}
	return was - table->count;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_drop);

/* ---- looking around -------------------------------------------------------- */

/**
 * ditto_ranges_seek - start or go on with a listing
 * @table: the table
 * @first: where to start, byte
 * @id: and of the elements that start there, with which; one more than that of
 *	the last one seen goes on behind it
 *
 * Return: the lowest element from there on, or NULL.
 */
struct ditto_range_lock *ditto_ranges_seek(const struct ditto_ranges *table, u64 first, u64 id)
{
	const struct rb_node *rb = table->by_first.rb_node;
	struct ditto_range_lock *found = NULL;

	while (rb) {
		if (first_before(by_first(rb), first, id)) {
			rb = rb->rb_right;
		} else {
			found = by_first(rb);
			rb = rb->rb_left;
		}
	}
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_seek);

/**
 * ditto_ranges_next - the next element of the table
 * @lock: in the table
 *
 * Return: the one after it in order of (first, id), or NULL.
 */
struct ditto_range_lock *ditto_ranges_next(const struct ditto_range_lock *lock)
{
	const struct rb_node *rb = rb_next(&lock->by_first);

	return rb ? by_first(rb) : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_next);

/**
 * ditto_ranges_first_over - the first element that overlaps a range
 * @table: the table
 * @range: the range
 *
 * Return: the lowest, of whatever kind and owner, or NULL.
 */
struct ditto_range_lock *
ditto_ranges_first_over(const struct ditto_ranges *table, const struct ditto_range *range)
{
	struct probe probe = probe_of(range, ALL_CLASSES);

	return probe_first(table, &probe);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_first_over);

/**
 * ditto_ranges_next_over - the next element that overlaps a range
 * @lock: in the table, overlaps @range
 * @range: the range
 *
 * Return: the one after it, or NULL.
 */
struct ditto_range_lock *
ditto_ranges_next_over(const struct ditto_range_lock *lock, const struct ditto_range *range)
{
	struct probe probe = probe_of(range, ALL_CLASSES);

	return probe_next(lock, &probe);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_next_over);

/**
 * ditto_ranges_first_of - the first element of an owner
 * @table: the table
 * @owner: the owner
 *
 * Return: the lowest, or NULL.
 */
struct ditto_range_lock *
ditto_ranges_first_of(const struct ditto_ranges *table, const void *owner)
{
	return ditto_ranges_seek_of(table, owner, 0);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_first_of);

/**
 * ditto_ranges_seek_of - start or go on with the elements of an owner
 * @table: the table
 * @owner: the owner
 * @first: where to start, byte
 *
 * Return: the first one of those that begin there or behind, or NULL.
 */
struct ditto_range_lock *
ditto_ranges_seek_of(const struct ditto_ranges *table, const void *owner, u64 first)
{
	const struct rb_node *rb = table->by_owner.rb_node;
	struct ditto_range_lock *found = NULL, *lock;

	while (rb) {
		lock = by_owner(rb);
		if ((compare((unsigned long)owner, (unsigned long)lock->owner) ?:
		     compare(first, lock->range.first)) <= 0) {
			found = lock;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found && found->owner == owner ? found : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_seek_of);

/**
 * ditto_ranges_next_of - the next element of the same owner
 * @lock: in the table
 *
 * Return: the one after it, or NULL.
 */
struct ditto_range_lock *ditto_ranges_next_of(const struct ditto_range_lock *lock)
{
	struct ditto_range_lock *next = by_owner(rb_next(&lock->by_owner));

	return next && next->owner == lock->owner ? next : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_next_of);

/**
 * ditto_ranges_last_of - the last element of an owner
 * @table: the table
 * @owner: the owner
 *
 * Return: the highest, or NULL.
 */
struct ditto_range_lock *
ditto_ranges_last_of(const struct ditto_ranges *table, const void *owner)
{
	const struct rb_node *rb = table->by_owner.rb_node;
	struct ditto_range_lock *found = NULL, *lock;

	while (rb) {
		lock = by_owner(rb);
		if ((unsigned long)lock->owner <= (unsigned long)owner) {
			found = lock;
			rb = rb->rb_right;
		} else {
			rb = rb->rb_left;
		}
	}
	return found && found->owner == owner ? found : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_last_of);

/**
 * ditto_ranges_prev_of - the element of the same owner before one
 * @lock: in the table
 *
 * Return: the one before it, or NULL.
 */
struct ditto_range_lock *ditto_ranges_prev_of(const struct ditto_range_lock *lock)
{
	struct ditto_range_lock *prev = by_owner(rb_prev(&lock->by_owner));

	return prev && prev->owner == lock->owner ? prev : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_ranges_prev_of);
