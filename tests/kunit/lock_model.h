/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of ranges beside a model of it that knows no trees: the file is a
 * handful of cells, each a run of bytes that no request ever cuts, a POSIX
 * owner has an array of what it holds of each cell, and the elements of SMB opens
 * are written on a list. Each step is done to both, and all answers are
 * compared.
 *
 * Serves KUnit, the tests in user space and the fuzzer. Who includes it says
 * before what a check is:
 *
 *	LOCK_CHECK(cond)	complains if @cond is false; its value is @cond
 */
#ifndef LOCK_MODEL_H
#define LOCK_MODEL_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include "lock/range.h"

#define MODEL_CELLS	24
#define MODEL_POSIX	4	/* owners below this are POSIX, */
#define MODEL_OWNERS	8	/* from there on SMB opens */
#define MODEL_HANDLES	48	/* elements of all opens */

/* Cells @first to @last, or the place in front of cell @first. */
struct shape {
	u8	first;
	u8	last;
	bool	empty;
};

/* What a shape has: cells, places inside of it, the place that it is. */
struct extent {
	u32	cells;
	u32	inside;
	u32	place;
};

struct model_handle {
	struct shape	shape;
	u8		owner;
	bool		exclusive;
	bool		seen;
};

struct model {
	struct ditto_ranges	table;
	unsigned int		cells;
	u64			start[MODEL_CELLS];
	u8			map[MODEL_POSIX][MODEL_CELLS];
	struct model_handle	handle[MODEL_HANDLES];
	unsigned int		handles;
	u64			id;
	u64			rng;
	/* What happened, so that a run that tested nothing is seen. */
	unsigned int		denied;
	unsigned int		done;
};

/* Owners are addresses; nothing is there. */
static char model_owner[MODEL_OWNERS + 1];

static u32 model_random(struct model *m, u32 below)
{
	m->rng ^= m->rng << 13;
	m->rng ^= m->rng >> 7;
	m->rng ^= m->rng << 17;
	return (u32)(m->rng >> 32) % below;
}

/*
 * Cells of one byte, but for one that is all the rest: the last one (@rest 0), the
 * first one (1) or, with some of odd sizes, one in the middle (2).
 */
static void model_init(struct model *m, unsigned int cells, unsigned int rest, u64 seed)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	ditto_ranges_init(&m->table);
	m->cells = cells;
	m->rng = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (i = 1; i < cells; i++) {
		m->start[i] = i;
		if (rest == 1 || (rest == 2 && i > cells / 2))
			m->start[i] = U64_MAX - (cells - 1 - i);
	}
	if (rest == 2 && cells > 4) {
		m->start[cells / 2 - 1] = 4096;
		m->start[cells / 2] = S64_MAX;
	}
}

static bool model_is_handle(unsigned int owner)
{
	return owner >= MODEL_POSIX && owner < MODEL_OWNERS;
}

static struct ditto_range model_range(const struct model *m, struct shape shape)
{
	struct ditto_range range = { .first = m->start[shape.first], .empty = shape.empty };

	if (shape.empty)
		range.last = range.first;
	else
		range.last = shape.last + 1U < m->cells ? m->start[shape.last + 1] - 1 : U64_MAX;
	return range;
}

/* False if the range's ends are not those of cells. */
static bool model_shape(const struct model *m, const struct ditto_range *range, struct shape *shape)
{
	unsigned int first, last;

	for (first = 0; first < m->cells; first++)
		if (m->start[first] == range->first)
			break;
	if (first == m->cells)
		return false;
	*shape = (struct shape){ .first = first, .last = first, .empty = range->empty };
	if (range->empty)
		return range->last == range->first;
	for (last = first; last + 1 < m->cells; last++)
		if (m->start[last + 1] - 1 >= range->last)
			break;
	shape->last = last;
	return model_range(m, *shape).last == range->last;
}

static struct extent model_extent(struct shape shape)
{
	struct extent extent = {};

	if (shape.empty) {
		extent.place = BIT(shape.first);
	} else {
		extent.cells = (u32)GENMASK(shape.last, shape.first);
		extent.inside = extent.cells & extent.cells << 1;
	}
	return extent;
}

static bool model_overlap(struct shape a, struct shape b)
{
	struct extent x = model_extent(a), y = model_extent(b);

	return x.cells & y.cells || x.place & y.inside || x.inside & y.place;
}

/* ---- what the model thinks ------------------------------------------------- */

/* One element, as either side tells it. */
struct element {
	struct shape	shape;
	unsigned int	owner;
	bool		exclusive;
};

/* The run of cells that starts at @cell; false if none does. */
static bool model_run(const struct model *m, unsigned int owner, unsigned int cell,
		      struct element *e)
{
	const u8 *map = m->map[owner];
	unsigned int last = cell;

	if (!map[cell] || (cell && map[cell - 1] == map[cell]))
		return false;
	while (last + 1 < m->cells && map[last + 1] == map[cell])
		last++;
	*e = (struct element){
		.shape = { .first = cell, .last = last },
		.owner = owner, .exclusive = map[cell] == DITTO_RANGE_EXCLUSIVE,
	};
	return true;
}

/*
 * All elements, one after the other: @cursor starts at 0 and counts. False at the
 * end; some that are not there come as false in @there.
 */
static bool model_each(const struct model *m, unsigned int *cursor, struct element *e, bool *there)
{
	unsigned int n = (*cursor)++, maps = MODEL_POSIX * m->cells;

	if (n < maps) {
		*there = model_run(m, n / m->cells, n % m->cells, e);
		return true;
	}
	n -= maps;
	*there = n < m->handles;
	if (*there)
		*e = (struct element){ .shape = m->handle[n].shape, .owner = m->handle[n].owner,
				       .exclusive = m->handle[n].exclusive };
	return *there;
}

/* Does @e keep @want from being locked? */
static bool model_stops_lock(const struct element *e, const struct element *want)
{
	if (!model_overlap(e->shape, want->shape))
		return false;
	if (e->shape.empty || want->shape.empty)
		if (!model_is_handle(e->owner) || !model_is_handle(want->owner))
			return false;
	if (e->owner == want->owner)
		return want->exclusive && model_is_handle(want->owner);
	return e->exclusive || want->exclusive;
}

/* Does @e keep @who from reading, or writing, the bytes? */
static bool model_stops_io(const struct element *e, unsigned int who, struct shape bytes,
			   bool write, unsigned int kinds)
{
	if (!(kinds & (model_is_handle(e->owner) ? DITTO_RANGES_HANDLE : DITTO_RANGES_POSIX)))
		return false;
	if (!model_overlap(e->shape, bytes))
		return false;
	if (e->shape.empty || bytes.empty)
		if (!model_is_handle(e->owner) || !model_is_handle(who))
			return false;
	if (e->owner == who)
		return model_is_handle(who) && write && !e->exclusive;
	return write || e->exclusive;
}

/* ---- comparing ------------------------------------------------------------- */

/* What an element of the table is, in the model's terms. */
static bool model_read(const struct model *m, const struct ditto_range_lock *lock,
		       struct element *e)
{
	e->owner = (char *)lock->owner - model_owner;
	e->exclusive = lock->exclusive;
	return LOCK_CHECK(e->owner < MODEL_OWNERS) &&
	       LOCK_CHECK(lock->handle == model_is_handle(e->owner)) &&
	       LOCK_CHECK(model_shape(m, &lock->range, &e->shape));
}

static bool model_same(const struct element *a, const struct element *b)
{
	return a->owner == b->owner && a->exclusive == b->exclusive &&
	       a->shape.first == b->shape.first && a->shape.last == b->shape.last &&
	       a->shape.empty == b->shape.empty;
}

/* Marks one element of the model as found in the table. */
static bool model_mark(struct model *m, const struct element *e)
{
	struct element run;
	unsigned int i;

	if (!model_is_handle(e->owner))
		return model_run(m, e->owner, e->shape.first, &run) && model_same(&run, e);
	for (i = 0; i < m->handles; i++) {
		struct element h = { .shape = m->handle[i].shape, .owner = m->handle[i].owner,
				     .exclusive = m->handle[i].exclusive };

		if (!m->handle[i].seen && model_same(&h, e)) {
			m->handle[i].seen = true;
			return true;
		}
	}
	return false;
}

static unsigned int model_count(const struct model *m, unsigned int owner)
{
	unsigned int cursor = 0, count = 0;
	struct element e;
	bool there;

	while (model_each(m, &cursor, &e, &there))
		count += there && (owner == MODEL_OWNERS || e.owner == owner);
	return count;
}

static bool model_check_owner(const struct model *m, unsigned int owner)
{
	const struct ditto_range_lock *lock;
	unsigned int count = 0;
	u64 from = 0;

	ditto_ranges_for_each_of(lock, &m->table, &model_owner[owner]) {
		if (!LOCK_CHECK(lock->owner == &model_owner[owner]) ||
		    !LOCK_CHECK(lock->range.first >= from))
			return false;
		from = lock->range.first;
		count++;
	}
	return LOCK_CHECK(count == model_count(m, owner));
}

static bool model_check_kinds(const struct model *m)
{
	unsigned int write, kinds, cursor;
	struct element e;
	bool there;

	for (write = 0; write < 2; write++) {
		kinds = 0;
		cursor = 0;
		while (model_each(m, &cursor, &e, &there)) {
			if (!there || (!write && !e.exclusive) ||
			    (e.shape.empty && !e.shape.first))
				continue;
			kinds |= model_is_handle(e.owner) ? DITTO_RANGES_HANDLE :
							    DITTO_RANGES_POSIX;
		}
		if (!LOCK_CHECK(ditto_ranges_kinds(&m->table, write) == kinds))
			return false;
	}
	return true;
}

/* Everything, both ways. */
static bool model_check(struct model *m)
{
	const struct ditto_range_lock *lock, *last = NULL;
	unsigned int count = 0, i;
	struct element e;

	for (i = 0; i < m->handles; i++)
		m->handle[i].seen = false;
	ditto_ranges_for_each(lock, &m->table) {
		if (!model_read(m, lock, &e) || !LOCK_CHECK(model_mark(m, &e)))
			return false;
		if (last && !LOCK_CHECK(last->range.first < lock->range.first ||
					(last->range.first == lock->range.first &&
					 last->id < lock->id)))
			return false;
		if (!LOCK_CHECK(ditto_ranges_seek(&m->table, lock->range.first, lock->id) == lock))
			return false;
		last = lock;
		count++;
	}
	/* All found are there, and as many as there are. */
	if (!LOCK_CHECK(count == model_count(m, MODEL_OWNERS)) ||
	    !LOCK_CHECK(m->table.count == count))
		return false;
	for (i = 0; i < MODEL_OWNERS; i++)
		if (!model_check_owner(m, i))
			return false;
	return model_check_kinds(m);
}

/* All that overlap, as the table tells them, are all that do, in order. */
static bool model_check_over(const struct model *m, struct shape shape)
{
	struct ditto_range range = model_range(m, shape);
	const struct ditto_range_lock *lock;
	unsigned int cursor = 0, count = 0;
	struct element e;
	u64 from = 0;
	bool there;

	ditto_ranges_for_each_over(lock, &m->table, &range) {
		if (!model_read(m, lock, &e) || !LOCK_CHECK(model_overlap(e.shape, shape)) ||
		    !LOCK_CHECK(lock->range.first >= from))
			return false;
		from = lock->range.first;
		count++;
	}
	while (model_each(m, &cursor, &e, &there))
		count -= there && model_overlap(e.shape, shape);
	return LOCK_CHECK(!count);
}

/*
 * An answer: NULL if nothing is in the way by the model, else something that is,
 * and nothing that is starts lower. @io: by the rules for I/O of these kinds.
 */
static bool model_check_answer(const struct model *m, const struct ditto_range_lock *got,
			       const struct element *want, bool io, unsigned int kinds)
{
	unsigned int cursor = 0, lowest = MODEL_CELLS;
	struct element e;
	bool there;

#define STOPS (io ? model_stops_io(&e, want->owner, want->shape, want->exclusive, kinds) : \
		    model_stops_lock(&e, want))
	while (model_each(m, &cursor, &e, &there))
		if (there && STOPS && e.shape.first < lowest)
			lowest = e.shape.first;
	if (!got)
		return LOCK_CHECK(lowest == MODEL_CELLS);
	return model_read(m, got, &e) && LOCK_CHECK(STOPS) &&
	       LOCK_CHECK(e.shape.first == lowest);
#undef STOPS
}

/* ---- steps ----------------------------------------------------------------- */

static struct ditto_range_lock *model_alloc(struct model *m)
{
	struct ditto_range_lock *lock = kzalloc(sizeof(*lock), GFP_KERNEL);

	if (lock)
		lock->id = ++m->id;
	return lock;
}

/* Is it free to lock? Both sides agree, or it is an error. */
static bool model_ask(struct model *m, const struct element *want, bool *free)
{
	struct ditto_range range = model_range(m, want->shape);
	const struct ditto_range_lock *got;

	got = ditto_ranges_conflict(&m->table, &model_owner[want->owner],
				    model_is_handle(want->owner), &range, want->exclusive);
	*free = !got;
	m->denied += !!got;
	return model_check_answer(m, got, want, false, 0);
}

/* @bytes read, or written, by @who; MODEL_OWNERS is one that holds nothing. */
static bool model_io(struct model *m, unsigned int who, struct shape bytes, bool write,
		     unsigned int kinds)
{
	struct element want = { .shape = bytes, .owner = who, .exclusive = write };
	struct ditto_range range = model_range(m, bytes);
	const struct ditto_range_lock *got;

	got = ditto_ranges_io_conflict(&m->table, who < MODEL_OWNERS ? &model_owner[who] : NULL,
				       model_is_handle(who), &range, write, kinds);
	return model_check_answer(m, got, &want, true, kinds);
}

static unsigned int model_free(struct list_head *freed)
{
	struct ditto_range_lock *lock, *next;
	unsigned int count = 0;

	list_for_each_entry_safe(lock, next, freed, freed) {
		list_del(&lock->freed);
		kfree(lock);
		count++;
	}
	return count;
}

/* Gives the table as many new elements as it said it would take, and no more. */
static bool model_set(struct model *m, unsigned int owner, struct shape shape,
		      enum ditto_range_type type)
{
	struct ditto_range_lock *spare[DITTO_RANGES_SPARES] = {};
	struct ditto_range range = model_range(m, shape);
	struct ditto_ranges_plan plan;
	unsigned int i, used;
	LIST_HEAD(freed);

	plan = ditto_ranges_plan(&m->table, &model_owner[owner], &range, type);
	if (!LOCK_CHECK(plan.spares <= DITTO_RANGES_SPARES))
		return false;
	for (i = 0; i < plan.spares; i++) {
		spare[i] = model_alloc(m);
		if (!LOCK_CHECK(spare[i]))
			return false;
	}
	used = ditto_ranges_set(&m->table, &model_owner[owner], &range, type, spare, &freed);
	for (i = shape.first; i <= shape.last; i++)
		m->map[owner][i] = type;
	m->done++;
	return LOCK_CHECK(used == plan.spares) &&
	       LOCK_CHECK(model_free(&freed) == plan.gone) &&
	       LOCK_CHECK(m->table.count == plan.count) &&
	       LOCK_CHECK(!spare[0] && !spare[1]);
}

static bool model_add(struct model *m, unsigned int owner, struct shape shape, bool exclusive)
{
	struct ditto_range_lock *lock = model_alloc(m);

	if (!LOCK_CHECK(lock) || !LOCK_CHECK(m->handles < MODEL_HANDLES))
		return false;
	lock->range = model_range(m, shape);
	lock->owner = &model_owner[owner];
	lock->exclusive = exclusive;
	ditto_ranges_add(&m->table, lock);
	m->handle[m->handles++] = (struct model_handle){
		.shape = shape, .owner = owner, .exclusive = exclusive,
	};
	m->done++;
	return true;
}

static void model_forget(struct model *m, unsigned int i)
{
	m->handle[i] = m->handle[--m->handles];
}

/* Releases one by its exact range; that there is none both must agree on. */
static bool model_remove(struct model *m, unsigned int owner, struct shape shape)
{
	struct ditto_range range = model_range(m, shape);
	unsigned int found = MODEL_HANDLES, i;
	struct ditto_range_lock *lock;

	for (i = 0; i < m->handles; i++) {
		struct element e = { .shape = m->handle[i].shape, .owner = m->handle[i].owner };
		struct element want = { .shape = shape, .owner = owner };

		if (model_same(&e, &want) &&
		    (found == MODEL_HANDLES || m->handle[i].exclusive))
			found = i;
	}
	lock = ditto_ranges_find(&m->table, &model_owner[owner], &range);
	if (!LOCK_CHECK(!!lock == (found < MODEL_HANDLES)))
		return false;
	if (!lock)
		return true;
	if (!LOCK_CHECK(lock->exclusive == m->handle[found].exclusive))
		return false;
	model_forget(m, found);
	ditto_ranges_del(&m->table, lock);
	kfree(lock);
	m->done++;
	return true;
}

static bool model_drop(struct model *m, unsigned int owner)
{
	unsigned int count = model_count(m, owner), i;
	LIST_HEAD(freed);
	size_t dropped;

	dropped = ditto_ranges_drop(&m->table, &model_owner[owner], &freed);
	if (!model_is_handle(owner))
		memset(m->map[owner], 0, sizeof(m->map[owner]));
	for (i = m->handles; i; i--)
		if (m->handle[i - 1].owner == owner)
			model_forget(m, i - 1);
	return LOCK_CHECK(dropped == count) && LOCK_CHECK(model_free(&freed) == count);
}

/* Nothing is left, and nothing leaks. */
static bool model_end(struct model *m)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < MODEL_OWNERS; i++)
		ok = model_drop(m, i) && ok;
	return LOCK_CHECK(!m->table.count) && LOCK_CHECK(!m->table.by_first.rb_node) &&
	       LOCK_CHECK(!m->table.by_owner.rb_node) && ok;
}

/* Takes a lock or a place if it is free, as the owner's kind does. */
static bool model_lock(struct model *m, unsigned int owner, struct shape shape, bool exclusive)
{
	struct element want = { .shape = shape, .owner = owner, .exclusive = exclusive };
	bool free;

	if (!model_ask(m, &want, &free))
		return false;
	if (!free || (shape.empty && !model_is_handle(owner)))
		return true;
	if (model_is_handle(owner))
		return m->handles == MODEL_HANDLES || model_add(m, owner, shape, exclusive);
	return model_set(m, owner, shape, exclusive ? DITTO_RANGE_EXCLUSIVE : DITTO_RANGE_SHARED);
}

/* @pick: which of the opens' elements */
static bool model_remove_one(struct model *m, unsigned int pick)
{
	struct model_handle *h;

	if (!m->handles)
		return true;
	h = &m->handle[pick % m->handles];
	return model_remove(m, h->owner, h->shape);
}

/**
 * model_step - do one thing to both sides and compare
 * @m: both
 * @op: what to do
 * @who: for whom
 * @a: one end
 * @b: the other
 * @how: details
 *
 * Any numbers will do. Return: false if the two differ.
 */
static bool model_step(struct model *m, u8 op, u8 who, u8 a, u8 b, u8 how)
{
	struct shape shape = { .first = a % m->cells, .last = b % m->cells };
	unsigned int owner = who % MODEL_OWNERS;

	if (shape.first > shape.last)
		shape = (struct shape){ .first = shape.last, .last = shape.first };
	if (how & 0x80 && how & 0x40)
		shape = (struct shape){ .first = shape.first, .last = shape.first, .empty = true };
	switch (op % 16) {
	case 0 ... 5:
		return model_lock(m, owner, shape, how & 1);
	case 6 ... 8:
		if (model_is_handle(owner))
			return model_remove_one(m, how);
		shape.empty = false;
		return model_set(m, owner, shape, DITTO_RANGE_NONE);
	case 9:
		return !model_is_handle(owner) || model_remove(m, owner, shape);
	case 10 ... 13:
		return model_io(m, who % (MODEL_OWNERS + 1), shape, how & 1, how >> 1 & 3);
	case 14:
		return model_check_over(m, shape);
	default:
		return how & 7 || model_drop(m, owner);
	}
}

#endif
