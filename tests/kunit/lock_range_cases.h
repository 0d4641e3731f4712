/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of the table of ranges, for KUnit and for user space; each ends at the
 * first difference. LOCK_CHECK() as in lock_model.h.
 */
#ifndef LOCK_RANGE_CASES_H
#define LOCK_RANGE_CASES_H

#include "lock_model.h"

#define UNIVERSE	8
#define SHAPES		(UNIVERSE * (UNIVERSE + 1) / 2 + UNIVERSE)

/* All ranges of a universe of cells, then all places. */
static struct shape nth_shape(unsigned int n, unsigned int cells)
{
	unsigned int first;

	for (first = 0; first < cells; first++) {
		if (n < cells - first)
			return (struct shape){ .first = first, .last = first + n };
		n -= cells - first;
	}
	return (struct shape){ .first = n, .last = n, .empty = true };
}

/* ---- ranges ---------------------------------------------------------------- */

static bool range_is(const struct ditto_range *range, u64 first, u64 last, bool empty)
{
	return range->first == first && range->last == last && range->empty == empty;
}

static void case_from_length(void)
{
	struct ditto_range r;

	LOCK_CHECK(!ditto_range_from_length(0, 0, &r) && range_is(&r, 0, U64_MAX, false));
	LOCK_CHECK(!ditto_range_from_length(7, 0, &r) && range_is(&r, 7, U64_MAX, false));
	LOCK_CHECK(!ditto_range_from_length(7, 1, &r) && range_is(&r, 7, 7, false));
	LOCK_CHECK(!ditto_range_from_length(0, U64_MAX, &r) && range_is(&r, 0, U64_MAX - 1, false));
	LOCK_CHECK(!ditto_range_from_length(1, U64_MAX, &r) && range_is(&r, 1, U64_MAX, false));
	LOCK_CHECK(ditto_range_from_length(2, U64_MAX, &r) == -EFBIG);
	LOCK_CHECK(!ditto_range_from_length(U64_MAX, 0, &r) &&
		   range_is(&r, U64_MAX, U64_MAX, false));
	LOCK_CHECK(!ditto_range_from_length(U64_MAX, 1, &r) &&
		   range_is(&r, U64_MAX, U64_MAX, false));
	LOCK_CHECK(ditto_range_from_length(U64_MAX, 2, &r) == -EFBIG);
	LOCK_CHECK(!ditto_range_from_length(U32_MAX, 1, &r) &&
		   range_is(&r, U32_MAX, U32_MAX, false));
}

static void case_from_nfs4(void)
{
	struct ditto_range r;

	LOCK_CHECK(ditto_range_from_nfs4(0, 0, &r) == -EINVAL);
	LOCK_CHECK(!ditto_range_from_nfs4(0, U64_MAX, &r) && range_is(&r, 0, U64_MAX, false));
	LOCK_CHECK(!ditto_range_from_nfs4(U64_MAX, U64_MAX, &r) &&
		   range_is(&r, U64_MAX, U64_MAX, false));
	LOCK_CHECK(!ditto_range_from_nfs4(3, 4, &r) && range_is(&r, 3, 6, false));
	LOCK_CHECK(!ditto_range_from_nfs4(1, U64_MAX - 1, &r) &&
		   range_is(&r, 1, U64_MAX - 1, false));
	LOCK_CHECK(ditto_range_from_nfs4(2, U64_MAX - 1, &r) == -EINVAL);
	LOCK_CHECK(ditto_range_from_nfs4(U64_MAX, 1, &r) == -EINVAL);
	LOCK_CHECK(!ditto_range_from_nfs4(U64_MAX - 1, 1, &r) &&
		   range_is(&r, U64_MAX - 1, U64_MAX - 1, false));
}

static void case_from_smb(void)
{
	struct ditto_range r;

	LOCK_CHECK(!ditto_range_from_smb(0, 0, &r) && range_is(&r, 0, 0, true));
	LOCK_CHECK(!ditto_range_from_smb(U64_MAX, 0, &r) && range_is(&r, U64_MAX, U64_MAX, true));
	LOCK_CHECK(!ditto_range_from_smb(5, 3, &r) && range_is(&r, 5, 7, false));
	LOCK_CHECK(!ditto_range_from_smb(U64_MAX, 1, &r) && range_is(&r, U64_MAX, U64_MAX, false));
	LOCK_CHECK(!ditto_range_from_smb(1, U64_MAX, &r) && range_is(&r, 1, U64_MAX, false));
	LOCK_CHECK(ditto_range_from_smb(2, U64_MAX, &r) == -ERANGE);
	LOCK_CHECK(ditto_range_from_smb(U64_MAX, 2, &r) == -ERANGE);
}

static void case_overlap(void)
{
	struct ditto_range x, y;
	unsigned int i, j, rest;
	struct shape a, b;
	struct model m;

	for (rest = 0; rest < 3; rest++) {
		model_init(&m, UNIVERSE, rest, 1);
		for (i = 0; i < SHAPES; i++) {
			for (j = 0; j < SHAPES; j++) {
				a = nth_shape(i, UNIVERSE);
				b = nth_shape(j, UNIVERSE);
				x = model_range(&m, a);
				y = model_range(&m, b);
				if (!LOCK_CHECK(ditto_range_overlaps(&x, &y) ==
						model_overlap(a, b)))
					return;
			}
		}
	}
}

/* ---- all of them, small ---------------------------------------------------- */

/* All I/O there is against what is in the table. */
static bool all_io(struct model *m)
{
	unsigned int i, how, who;

	for (i = 0; i < SHAPES; i++)
		for (how = 0; how < 8; how++)
			for (who = 0; who <= MODEL_OWNERS; who += MODEL_POSIX / 2)
				if (!model_io(m, who, nth_shape(i, UNIVERSE), how & 1, how >> 1))
					return false;
	return true;
}

/* An element of each shape, kind and type; what it does to all I/O. */
static void case_io_of_each(void)
{
	unsigned int i, how, rest;
	struct model m;
	bool ok = true;

	for (rest = 0; rest < 3; rest++) {
		for (i = 0; i < SHAPES && ok; i++) {
			for (how = 0; how < 4 && ok; how++) {
				model_init(&m, UNIVERSE, rest, 1);
				ok = model_lock(&m, how & 2 ? MODEL_POSIX : 0,
						nth_shape(i, UNIVERSE), how & 1) &&
				     all_io(&m) && model_check(&m);
				ok = model_end(&m) && ok;
			}
		}
	}
}

/* One, then another; is it granted, and what is there afterwards? */
static bool pair(unsigned int rest, unsigned int a, unsigned int b, unsigned int how)
{
	unsigned int first = how & 4 ? MODEL_POSIX : 0, second = how & 8 ? MODEL_POSIX : 0;
	struct model m;
	bool ok;

	if (!(how & 16))
		second++;
	model_init(&m, UNIVERSE, rest, 1);
	ok = model_lock(&m, first, nth_shape(a, UNIVERSE), how & 1) &&
	     model_lock(&m, second, nth_shape(b, UNIVERSE), how & 2) &&
	     model_check(&m) &&
	     model_check_over(&m, nth_shape((a + b) % SHAPES, UNIVERSE)) &&
	     (!model_is_handle(first) || model_remove(&m, first, nth_shape(b, UNIVERSE))) &&
	     (!model_is_handle(second) || model_remove(&m, second, nth_shape(b, UNIVERSE))) &&
	     model_check(&m);
	return model_end(&m) && ok;
}

/* Every pair in both orders, kinds, types, of one owner and of two. */
static void case_pairs(void)
{
	unsigned int rest, a, b, how;

	for (rest = 0; rest < 3; rest++)
		for (a = 0; a < SHAPES; a++)
			for (b = 0; b < SHAPES; b++)
				for (how = 0; how < 32; how++)
					if (!pair(rest, a, b, how))
						return;
}

/* What a POSIX owner can hold of some cells, and all that it can do to it. */
static void case_every_map(unsigned int cells)
{
	unsigned int maps = 1, map, n, i, op, rest;
	struct model m;
	bool ok = true;

	for (i = 0; i < cells; i++)
		maps *= 3;
	for (map = 0; map < maps && ok; map++) {
		for (op = 0; op < 3 * cells * (cells + 1) / 2 && ok; op++) {
			rest = (map + op) % 3;
			model_init(&m, cells, rest, 1);
			/* Of another owner, to be left alone. */
			ok = model_set(&m, 1, (struct shape){ .last = cells - 1 },
				       DITTO_RANGE_SHARED);
			for (i = 0, n = map; i < cells; i++, n /= 3)
				if (n % 3)
					ok = ok && model_set(&m, 0, (struct shape){ i, i }, n % 3);
			ok = ok && model_set(&m, 0, nth_shape(op / 3, cells), op % 3) &&
			     model_check(&m);
			ok = model_end(&m) && ok;
		}
	}
}

/* ---- many, at random ------------------------------------------------------- */

/* Each seed is a run of its own. */
static void case_random(u64 seed, unsigned int cells, unsigned int steps, unsigned int every)
{
	unsigned int i, owners;
	struct model m;
	bool ok = true;

	model_init(&m, cells, seed % 3, seed);
	/* In some runs there is but one kind, or few opens that stack much. */
	owners = seed % 4 == 3 ? MODEL_POSIX + 2 : MODEL_OWNERS;
	for (i = 0; i < steps && ok; i++) {
		ok = model_step(&m, model_random(&m, 256), model_random(&m, owners),
				model_random(&m, 256), model_random(&m, 256),
				model_random(&m, 256));
		if (i % every == 0)
			ok = ok && model_check(&m);
	}
	ok = model_check(&m) && ok;
	LOCK_CHECK(m.done > steps / 16 && m.denied > steps / 16);
	ok = model_end(&m) && ok;
	LOCK_CHECK(ok);
}

/* ---- what a picture can't show --------------------------------------------- */

/* New elements keep their numbers, what grows and what is cut keeps its age. */
static void case_age(void)
{
	static const struct ditto_range middle = { .first = 40, .last = 59 };
	static const struct ditto_range all = { .first = 0, .last = 99 };
	static const struct ditto_range low = { .first = 0, .last = 49 };
	struct ditto_range_lock element[6] = {}, *lock;
	struct ditto_range_lock *spare[2];
	struct ditto_ranges table;
	unsigned int i;
	LIST_HEAD(freed);

	ditto_ranges_init(&table);
	for (i = 0; i < 6; i++) {
		element[i].id = i;
		element[i].since = 100 + i;
	}
	spare[0] = &element[0];
	spare[1] = &element[1];
	LOCK_CHECK(ditto_ranges_set(&table, &table, &all, DITTO_RANGE_SHARED, spare, &freed) == 1);
	LOCK_CHECK(!spare[0] && spare[1] == &element[1]);
	LOCK_CHECK(element[0].since == 100 && !element[0].handle);

	spare[0] = &element[2];
	LOCK_CHECK(ditto_ranges_set(&table, &table, &middle, DITTO_RANGE_EXCLUSIVE, spare,
				    &freed) == 2);
	ditto_ranges_for_each(lock, &table)
		LOCK_CHECK(lock->since == (lock->exclusive ? 101 : 100));
	LOCK_CHECK(list_empty(&freed) && table.count == 3);

	/* Grows into the lower one, and out of the middle. */
	spare[0] = spare[1] = NULL;
	LOCK_CHECK(!ditto_ranges_set(&table, &table, &low, DITTO_RANGE_SHARED, spare, &freed));
	lock = ditto_ranges_seek(&table, 0, 0);
	LOCK_CHECK(lock == &element[0] && range_is(&lock->range, 0, 49, false));
	lock = ditto_ranges_next(lock);
	LOCK_CHECK(lock && lock->exclusive && range_is(&lock->range, 50, 59, false));
	LOCK_CHECK(lock && lock->since == 101);

	/* All one: the lowest stays, the others are given back. */
	element[0].since = 300;
	LOCK_CHECK(!ditto_ranges_set(&table, &table, &all, DITTO_RANGE_SHARED, spare, &freed));
	LOCK_CHECK(table.count == 1 && element[0].since == 100);
	LOCK_CHECK(range_is(&element[0].range, 0, 99, false));
	LOCK_CHECK(ditto_ranges_drop(&table, &table, &freed) == 1 && !table.count);
	i = 0;
	list_for_each_entry(lock, &freed, freed)
		i++;
	LOCK_CHECK(i == 3);
}

/* A listing taken in pieces, while what was seen last goes. */
static void case_listing(void)
{
	struct ditto_range_lock element[6] = {}, *lock;
	struct ditto_ranges table;
	unsigned int i, seen = 0;
	u64 first = 0, id = 0;

	ditto_ranges_init(&table);
	for (i = 0; i < 6; i++) {
		element[i].id = 10 - i;
		element[i].owner = &element[i];
		element[i].range.first = element[i].range.last = i / 3 ? U64_MAX : 0;
		ditto_ranges_add(&table, &element[i]);
	}
	while ((lock = ditto_ranges_seek(&table, first, id))) {
		LOCK_CHECK(lock == &element[seen < 3 ? 2 - seen : 8 - seen]);
		seen++;
		first = lock->range.first;
		id = lock->id + 1;
		ditto_ranges_del(&table, lock);
		if (seen > 6)
			break;
	}
	LOCK_CHECK(seen == 6 && !table.count);
}

/* Those of an owner among those of others, in both directions. */
static void case_of_owner(void)
{
	struct ditto_range_lock element[64] = {}, *lock;
	char owner[4] = {};
	struct ditto_ranges table;
	unsigned int i, n;

	ditto_ranges_init(&table);
	LOCK_CHECK(!ditto_ranges_last_of(&table, &owner[0]) && !ditto_ranges_has_shared(&table));
	for (i = 0; i < 64; i++) {
		n = i * 37 % 64;
		element[n].id = n;
		/* nobody is owner 2 */
		element[n].owner = &owner[n % 3 == 2 ? 3 : n % 3];
		element[n].range.first = element[n].range.last = 10 * n;
		element[n].exclusive = n != 5;
		ditto_ranges_add(&table, &element[n]);
		LOCK_CHECK(ditto_ranges_has_shared(&table) == !!element[5].owner);
	}
	LOCK_CHECK(!ditto_ranges_first_of(&table, &owner[2]));
	LOCK_CHECK(!ditto_ranges_last_of(&table, &owner[2]));
	for (i = 0; i < 3; i++) {
		char *who = &owner[i == 2 ? 3 : i];

		n = i;
		ditto_ranges_for_each_of(lock, &table, who) {
			LOCK_CHECK(lock == &element[n]);
			n += 3;
		}
		LOCK_CHECK(n >= 64);
		for (lock = ditto_ranges_last_of(&table, who); lock;
		     lock = ditto_ranges_prev_of(lock)) {
			n -= 3;
			LOCK_CHECK(lock == &element[n]);
		}
		LOCK_CHECK(n == i);
	}
	ditto_ranges_del(&table, &element[5]);
	LOCK_CHECK(!ditto_ranges_has_shared(&table));
}

/* Any answer out of @count elements, many times: no time for looking at each. */
static void case_many(unsigned int count)
{
	struct ditto_range_lock *lock = kvcalloc(count, sizeof(*lock), GFP_KERNEL);
	struct ditto_range range = {}, all = DITTO_RANGE_ALL;
	char holder = 0, open = 0, other = 0;
	struct ditto_ranges table;
	unsigned int i, bad = 0;

	if (!LOCK_CHECK(lock))
		return;
	ditto_ranges_init(&table);
	/* Shared elements, and at the very end an exclusive one. */
	for (i = 0; i < count; i++) {
		lock[i].id = i;
		lock[i].owner = &holder;
		lock[i].range = (struct ditto_range){ .first = 4 * i, .last = 4 * i + 1 };
		lock[i].exclusive = i == count - 1;
		ditto_ranges_add(&table, &lock[i]);
	}
	for (i = 0; i < count; i++) {
		range = (struct ditto_range){ .first = 4 * i, .last = 4 * i + 3 };
		bad += ditto_ranges_conflict(&table, &open, true, &range, true) != &lock[i];
		bad += ditto_ranges_conflict(&table, &other, false, &all, false) !=
		       &lock[count - 1];
		bad += !!ditto_ranges_io_conflict(&table, NULL, false, &all, true,
						  DITTO_RANGES_POSIX);
		range.first += 2;
		bad += !!ditto_ranges_conflict(&table, &open, true, &range, true);
		range = lock[i].range;
		bad += ditto_ranges_find(&table, &holder, &range) != &lock[i];
	}
	LOCK_CHECK(!bad && table.count == count);
	for (i = 0; i < count; i++)
		ditto_ranges_del(&table, &lock[i]);
	LOCK_CHECK(!table.count);
	kvfree(lock);
}

#endif
