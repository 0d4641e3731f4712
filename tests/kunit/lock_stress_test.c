// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges at random: one operation after the other, beside a model of a few bytes;
 * and many at a time, after which nothing may be left.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sched/signal.h>
#include "lock_env.h"

/* A kernel that checks every access or lock is many times slower; the plain one goes all the way. */
#define CHECKED		(IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_PROVE_LOCKING))
#define MODEL_STEPS	(CHECKED ? 10000 : 100000)

#define BEHIND	((u64)OFFSET_MAX + 1)

/* ---- against a model ----------------------------------------------------- */

/*
 * All offsets in cells: single bytes, and what lies between them. The VFS knows
 * the first ones only.
 */
#define SINGLE		40
#define VFS_CELLS	(SINGLE + 3)
#define CELLS		(VFS_CELLS + 4)

static u64 cell_first(unsigned int cell)
{
	static const u64 high[] = {
		SINGLE, OFFSET_MAX - 1, OFFSET_MAX, BEHIND, BEHIND + 1, BEHIND + 2, U64_MAX,
	};

	return cell < SINGLE ? cell : high[cell - SINGLE];
}

static u64 cell_last(unsigned int cell)
{
	return cell == CELLS - 1 ? U64_MAX : cell_first(cell + 1) - 1;
}

enum { POSIX, HANDLE, LOCAL };

#define PLAYERS	10
#define STACK	12

/* Somebody with ranges, and what it should have. */
struct player {
	int			kind;
	struct lock_owner	*owner;
	struct lock_local	*local;
	u8			map[CELLS];	/* 0, 1: shared, 2: exclusive */
	unsigned int		depth;
	struct {
		u8		a, b, type;
	} stack[STACK];
};

struct model {
	struct lock_env		*env;
	struct rnd_state	rnd;
	struct player		player[PLAYERS];
};

static u32 dice(struct model *m, u32 sides)
{
	return prandom_u32_state(&m->rnd) % sides;
}

/* What a HANDLE's ranges make of its cells. */
static void remap(struct player *p)
{
	unsigned int i, c;

	memset(p->map, 0, sizeof(p->map));
	for (i = 0; i < p->depth; i++)
		for (c = p->stack[i].a; c <= p->stack[i].b; c++)
			p->map[c] = max(p->map[c], p->stack[i].type);
}

static bool may_have(struct model *m, struct player *p, unsigned int a, unsigned int b, u8 type)
{
	struct player *q;
	unsigned int c;

	for (q = m->player; q < m->player + PLAYERS; q++) {
		if (q == p && !(p->kind == HANDLE && type == 2))
			continue;
		for (c = a; c <= b; c++)
			if (q->map[c] && q->map[c] + type > 2)
				return false;
	}
	return true;
}

static void play_take(struct model *m, struct player *p, unsigned int a, unsigned int b, u8 type)
{
	bool good = may_have(m, p, a, b, type);
	struct ditto_conflict by;
	int err;

	if (p->kind == LOCAL) {
		err = lock_local_set(p->local, cell_first(a), cell_last(b),
				     type == 2 ? F_WRLCK : F_RDLCK);
	} else {
		if (p->kind == HANDLE && p->depth == STACK)
			return;
		err = lock_test(p->owner, 0, cell_first(a), cell_last(b), type == 2, &by);
		KUNIT_EXPECT_EQ(m->env->test, err, good ? 0 : -EAGAIN);
		err = lock_take(p->owner, 0, cell_first(a), cell_last(b), type == 2);
	}
	KUNIT_EXPECT_EQ(m->env->test, err, good ? 0 : -EAGAIN);
	if (!good)
		return;
	if (p->kind != HANDLE) {
		memset(p->map + a, type, b - a + 1);
		return;
	}
	p->stack[p->depth].a = a;
	p->stack[p->depth].b = b;
	p->stack[p->depth++].type = type;
	remap(p);
}

/* Exactly these cells, the exclusive ones first. */
static int stack_drop(struct player *p, unsigned int a, unsigned int b)
{
	int i, best = -1;

	for (i = 0; i < p->depth; i++)
		if (p->stack[i].a == a && p->stack[i].b == b &&
		    (best < 0 || p->stack[i].type > p->stack[best].type))
			best = i;
	if (best < 0)
		return -ENOENT;
	p->stack[best] = p->stack[--p->depth];
	remap(p);
	return 0;
}

static void play_drop(struct model *m, struct player *p, unsigned int a, unsigned int b)
{
	int err, expected = 0;

	if (p->kind == LOCAL) {
		err = lock_local_set(p->local, cell_first(a), cell_last(b), F_UNLCK);
	} else {
		if (p->kind == HANDLE && p->depth && dice(m, 4)) {
			unsigned int i = dice(m, p->depth);

			a = p->stack[i].a;
			b = p->stack[i].b;
		}
		err = lock_drop(p->owner, 0, cell_first(a), cell_last(b));
	}
	if (p->kind == HANDLE)
		expected = stack_drop(p, a, b);
	else
		memset(p->map + a, 0, b - a + 1);
	KUNIT_EXPECT_EQ(m->env->test, err, expected);
}

static void play_release(struct player *p)
{
	if (p->kind == LOCAL)
		return;
	ditto_owner_release(&p->owner->owner);
	p->depth = 0;
	memset(p->map, 0, sizeof(p->map));
}

static void play(struct model *m)
{
	struct player *p = &m->player[dice(m, PLAYERS)];
	unsigned int cells = p->kind == LOCAL ? VFS_CELLS : CELLS;
	unsigned int a = dice(m, cells), b = min(a + dice(m, dice(m, 8) ? 6 : cells), cells - 1);
	u32 what = dice(m, 100);

	if (what == 0)
		play_release(p);
	else if (what < 45)
		play_drop(m, p, a, b);
	else
		play_take(m, p, a, b, 1 + what % 2);
}

/* How many ranges a player should have in the table. */
static unsigned int expected_ranges(const struct player *p)
{
	unsigned int n = 0, c;

	if (p->kind == LOCAL)
		return 0;
	if (p->kind == HANDLE)
		return p->depth;
	for (c = 0; c < CELLS; c++)
		n += p->map[c] && (!c || p->map[c] != p->map[c - 1]);
	return n;
}

static bool model_agrees(struct model *m)
{
	static const int type[] = { F_UNLCK, F_RDLCK, F_WRLCK };
	unsigned int c, i, strongest, n = 0;
	struct ditto_claims *claims;

	for (c = 0; c < VFS_CELLS; c++) {
		strongest = 0;
		for (i = 0; i < PLAYERS; i++)
			strongest = max(strongest, m->player[i].map[c]);
		if (lock_vfs_at(m->env, 0, cell_first(c)) != type[strongest] ||
		    lock_vfs_at(m->env, 0, min_t(u64, cell_last(c), OFFSET_MAX)) != type[strongest])
			return false;
	}
	for (i = 0; i < PLAYERS; i++) {
		c = expected_ranges(&m->player[i]);
		n += c;
		if (m->player[i].owner &&
		    atomic_read(&m->player[i].owner->client->client.ranges) != c)
			return false;
	}
	claims = lock_claims(m->env, 0);
	return !claims || claims->ranges.count == n;
}

static void beside_model(struct kunit *test)
{
	static const int kinds[PLAYERS] = {
		POSIX, POSIX, POSIX, POSIX, POSIX, HANDLE, HANDLE, HANDLE, LOCAL, LOCAL,
	};
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	struct lock_env *env = test->priv;
	struct player *p;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->env = env;
	prandom_seed_state(&m->rnd, 1);
	for (i = 0; i < PLAYERS; i++) {
		p = &m->player[i];
		p->kind = kinds[i];
		if (p->kind == LOCAL)
			p->local = lock_local(env, 0, i % 2);
		else if (p->kind == HANDLE)
			p->owner = lock_handle(lock_client(env));
		else
			p->owner = lock_someone(env);
	}
	for (i = 0; i < MODEL_STEPS; i++) {
		play(m);
		if (i % 61 == 0 && !model_agrees(m))
			KUNIT_FAIL(test, "step %d: they disagree", i);
		if (READ_ONCE(test->status) == KUNIT_FAILURE)
			return;
		if (i % 256 == 0)
			cond_resched();
	}
}

/* ---- many at a time ------------------------------------------------------ */

#define CLIENTS		8
#define OWNERS		64
#define MIXERS		6
#define WAITERS		2	/* local processes that wait */
#define SLOTS		64
#define STEPS		(CHECKED ? 600 : 3000)

struct stress;

/* A wait, as a protocol keeps it. */
struct slot {
	struct ditto_wait	wait;
	struct stress		*s;
	struct mutex		lock;
	bool			waiting;
};

/**
 * struct stress - the whole
 * @env: where
 * @lock: guards @client, @owner
 * @client: those of now
 * @owner: theirs, eight of each, two of them handles
 * @other: the files seen through an export that is removed while all go on
 * @slot: waits
 * @steps: made by all mixers
 * @granted: requests by what came of them
 * @waited: began to wait
 * @handed: granted to those who waited
 * @failed: waits that ended otherwise
 * @cancelled: waits that were cancelled
 */
struct stress {
	struct lock_env		*env;
	spinlock_t		lock;
	struct lock_client	*client[CLIENTS];
	struct lock_owner	*owner[OWNERS];
	struct ditto_object	*other[LOCK_FILES];
	struct slot		slot[SLOTS];
	atomic_t		steps;
	atomic_t		granted;
	atomic_t		waited;
	atomic_t		handed;
	atomic_t		failed;
	atomic_t		cancelled;
};

/* One thread. */
struct mixer {
	struct stress		*s;
	struct rnd_state	rnd;
	struct task_struct	*task;
	struct completion	done;
	struct lock_local	*local[LOCK_FILES];
	bool			stale;
};

static u32 roll(struct mixer *m, u32 sides)
{
	return prandom_u32_state(&m->rnd) % sides;
}

static void slot_granted(struct ditto_wait *wait, int err)
{
	struct slot *slot = container_of(wait, struct slot, wait);

	/* not before ditto_range_lock() has returned to who began it */
	mutex_lock(&slot->lock);
	KUNIT_EXPECT_TRUE(slot->s->env->test, slot->waiting);
	slot->waiting = false;
	atomic_inc(err ? &slot->s->failed : &slot->s->handed);
	mutex_unlock(&slot->lock);
}

static void slot_cancel(struct slot *slot)
{
	mutex_lock(&slot->lock);
	if (slot->waiting && !ditto_range_cancel(&slot->wait)) {
		slot->waiting = false;
		atomic_inc(&slot->s->cancelled);
	}
	mutex_unlock(&slot->lock);
}

static struct ditto_range some_range(struct mixer *m)
{
	u64 first = roll(m, 64);

	switch (roll(m, 16)) {
	case 0:
		return (struct ditto_range){ .first = first, .last = U64_MAX };
	case 1:
		return (struct ditto_range){ .first = BEHIND + first, .last = BEHIND + first };
	case 2:
		return DITTO_RANGE_ALL;
	default:
		return (struct ditto_range){ .first = first, .last = first + roll(m, 12) };
	}
}

static struct lock_owner *some_owner(struct mixer *m)
{
	struct lock_owner *owner;

	spin_lock(&m->s->lock);
	owner = m->s->owner[roll(m, OWNERS)];
	ditto_owner_get(&owner->owner);
	spin_unlock(&m->s->lock);
	return owner;
}

static struct ditto_object *some_file(struct mixer *m)
{
	unsigned int i = roll(m, LOCK_FILES);

	return m->stale || roll(m, 2) ? m->s->env->file[i] : m->s->other[i];
}

static void requested(struct mixer *m, int err)
{
	switch (err) {
	case 0:
		atomic_inc(&m->s->granted);
		break;
	case -EINPROGRESS:
		atomic_inc(&m->s->waited);
		break;
	case -EAGAIN:
	case -EDEADLK:
	case -ENOLCK:
	case -ESTALE:
		break;
	default:
		KUNIT_FAIL(m->s->env->test, "a range was refused with %d", err);
	}
}

static void mix_lock(struct mixer *m, struct lock_owner *owner, bool wait)
{
	struct slot *slot = &m->s->slot[roll(m, SLOTS)];
	struct ditto_range_request rq = {
		.acc = &m->s->env->vfs->acc, .obj = some_file(m), .owner = &owner->owner,
		.range = some_range(m), .exclusive = roll(m, 2),
	};
	int err;

	if (!wait) {
		err = ditto_range_lock(&rq);
		requested(m, err);
		return;
	}
	mutex_lock(&slot->lock);
	if (!slot->waiting) {
		memset(&slot->wait, 0, sizeof(slot->wait));
		slot->wait.granted = slot_granted;
		rq.wait = &slot->wait;
		err = ditto_range_lock(&rq);
		slot->waiting = err == -EINPROGRESS;
		requested(m, err);
	}
	mutex_unlock(&slot->lock);
}

/* The range an open has first in a file; false: it has none. */
static bool handle_range(struct lock_owner *owner, struct ditto_object *obj,
			 struct ditto_range *range)
{
	struct ditto_claims *claims = ditto_claims_of(ditto_object_node(obj));
	struct ditto_range_lock *lock;

	if (!claims)
		return false;
	mutex_lock(&claims->lock);
	ditto_ranges_for_each(lock, &claims->ranges) {
		if (range_hold(lock)->owner == &owner->owner) {
			*range = lock->range;
			break;
		}
	}
	mutex_unlock(&claims->lock);
	return lock;
}

static void mix_unlock(struct mixer *m, struct lock_owner *owner)
{
	struct ditto_object *obj = some_file(m);
	struct ditto_range range = some_range(m);
	int err;

	if (owner->owner.handle && !handle_range(owner, obj, &range))
		return;
	err = ditto_range_unlock(&owner->owner, obj, &range);
	if (err && err != -ENOENT && err != -ENOLCK)
		KUNIT_FAIL(m->s->env->test, "a range was not unlocked: %d", err);
}

static void mix_test(struct mixer *m, struct lock_owner *owner)
{
	struct ditto_range_request rq = {
		.acc = &m->s->env->vfs->acc, .obj = some_file(m), .owner = &owner->owner,
		.range = some_range(m), .exclusive = roll(m, 2),
	};

	ditto_range_test(&rq);
}

static void mix_local(struct mixer *m)
{
	struct lock_local *local = m->local[roll(m, LOCK_FILES)];
	u64 first = roll(m, 64);

	if (roll(m, 3))
		lock_local_set(local, 0, TO_END, F_UNLCK);
	else
		lock_local_set(local, first, first + roll(m, 10), roll(m, 2) ? F_RDLCK : F_WRLCK);
}

static void make_owners(struct stress *s, struct lock_client *client, struct lock_owner **owner)
{
	int i;

	for (i = 0; i < OWNERS / CLIENTS; i++)
		owner[i] = i < 2 ? lock_handle(client) : lock_owner(client);
}

/* A client goes, and comes back as another. */
static void mix_client(struct mixer *m)
{
	struct lock_client *client = lock_client(m->s->env);
	struct lock_owner *owner[OWNERS / CLIENTS];
	unsigned int which = roll(m, CLIENTS);

	make_owners(m->s, client, owner);
	spin_lock(&m->s->lock);
	swap(client, m->s->client[which]);
	memcpy(m->s->owner + which * ARRAY_SIZE(owner), owner, sizeof(owner));
	spin_unlock(&m->s->lock);
	lock_client_drop(client);
}

static void mix(struct mixer *m)
{
	struct lock_owner *owner = some_owner(m);
	u32 what = roll(m, 1000);

	if (what < 250)
		mix_lock(m, owner, false);
	else if (what < 450)
		mix_lock(m, owner, true);
	else if (what < 750)
		mix_unlock(m, owner);
	else if (what < 800)
		slot_cancel(&m->s->slot[roll(m, SLOTS)]);
	else if (what < 850)
		mix_test(m, owner);
	else if (what < 980)
		mix_local(m);
	else if (what < 990)
		ditto_owner_release(&owner->owner);
	else if (what < 995)
		ditto_client_release(&owner->client->client);
	else
		mix_client(m);
	ditto_owner_put(&owner->owner);
}

static void rest(struct mixer *m)
{
	if (!roll(m, 16))
		usleep_range(100, 1000);
	else
		cond_resched();
}

/* Until it is told to stop: who started it has a reference on it. */
static void await_stop(void)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static void put_others(struct stress *s)
{
	int i;

	for (i = 0; i < LOCK_FILES; i++)
		ditto_object_put(s->other[i]);
}

static int mixer_thread(void *arg)
{
	struct mixer *m = arg;
	int i;

	for (i = 0; i < STEPS; i++) {
		/* the export goes at half-time; its objects are let go a little later */
		if (!m->stale && i > STEPS * 3 / 4) {
			m->stale = true;
			put_others(m->s);
		}
		mix(m);
		atomic_inc(&m->s->steps);
		rest(m);
	}
	complete(&m->done);
	await_stop();
	return 0;
}

static int waiter_thread(void *arg)
{
	struct lock_local *local;
	struct mixer *m = arg;
	u64 first;

	allow_signal(SIGKILL);
	while (!kthread_should_stop() && !signal_pending(current)) {
		local = m->local[roll(m, LOCK_FILES)];
		first = roll(m, 64);
		if (roll(m, 2))
			lock_local_wait(local, first, first + roll(m, 10),
					roll(m, 2) ? F_RDLCK : F_WRLCK);
		else
			lock_local_set(local, 0, TO_END, F_UNLCK);
		rest(m);
	}
	complete(&m->done);
	await_stop();
	return 0;
}

static void stress_start(struct stress *s, struct mixer *m, int i)
{
	int f;

	m->s = s;
	prandom_seed_state(&m->rnd, i + 1);
	init_completion(&m->done);
	for (f = 0; f < LOCK_FILES; f++) {
		if (i < MIXERS)
			ditto_object_get(s->other[f]);
		m->local[f] = lock_local(s->env, f, i % 2);
		/* a process is one for all its files */
		m->local[f]->id = m;
	}
}

static void stress_run(struct stress *s, struct mixer *mixer, struct vfs_env *inner)
{
	struct kunit *test = s->env->test;
	int i;

	for (i = 0; i < MIXERS + WAITERS; i++)
		stress_start(s, &mixer[i], i);
	for (i = 0; i < MIXERS + WAITERS; i++)
		mixer[i].task = kthread_run(i < MIXERS ? mixer_thread : waiter_thread, &mixer[i],
					    "lock_stress%d", i);
	while (atomic_read(&s->steps) < MIXERS * STEPS / 2)
		msleep(20);
	KUNIT_EXPECT_EQ(test, env_remove(inner, true), 0);
	for (i = 0; i < MIXERS + WAITERS; i++) {
		if (i < MIXERS)
			wait_for_completion(&mixer[i].done);
		else
			send_sig(SIGKILL, mixer[i].task, 1);
		kthread_stop(mixer[i].task);
	}
}

static void drop_all(struct lock_owner *owner, struct ditto_object *obj)
{
	struct ditto_range range = DITTO_RANGE_ALL;

	if (!owner->owner.handle)
		ditto_range_unlock(&owner->owner, obj, &range);
	else
		while (handle_range(owner, obj, &range) &&
		       !ditto_range_unlock(&owner->owner, obj, &range))
			;
}

static unsigned int nr_waiting(struct stress *s)
{
	unsigned int n = 0, i;

	ditto_range_flush();
	for (i = 0; i < SLOTS; i++)
		n += READ_ONCE(s->slot[i].waiting);
	return n;
}

/* With everything unlocked, and unlocked again when it was handed over, nobody waits. */
static void stress_drain(struct stress *s, struct mixer *mixer)
{
	unsigned int round, i, f;

	for (i = 0; i < MIXERS + WAITERS; i++)
		for (f = 0; f < LOCK_FILES; f++)
			lock_local_set(mixer[i].local[f], 0, TO_END, F_UNLCK);
	for (round = 0; round < SLOTS + 10 && nr_waiting(s); round++) {
		for (i = 0; i < OWNERS; i++)
			for (f = 0; f < LOCK_FILES; f++)
				drop_all(s->owner[i], s->env->file[f]);
		msleep(20);
	}
	KUNIT_EXPECT_EQ(s->env->test, nr_waiting(s), 0);
}

/* The number of ranges in all is as it was: one range, and it is full. */
static void nothing_is_counted(struct lock_env *env)
{
	struct lock_owner *owner = lock_someone(env);

	lock_setting(env, "ranges", 1, 100000);
	KUNIT_EXPECT_EQ(env->test, lock_take(owner, 0, 0, 0, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(env->test, lock_take(owner, 0, 2, 2, EXCLUSIVE), -ENOLCK);
	KUNIT_EXPECT_EQ(env->test, lock_drop(owner, 0, 0, 0), 0);
}

static void stress(struct kunit *test)
{
	struct mixer *mixer = kunit_kcalloc(test, MIXERS + WAITERS, sizeof(*mixer), GFP_KERNEL);
	struct stress *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	u64 granted = lock_stat("ranges_granted"), waited = lock_stat("ranges_blocked");
	u64 handed = lock_stat("ranges_handed_over"), cancelled = lock_stat("ranges_cancelled");
	struct lock_env *env = test->priv;
	struct vfs_env *inner;
	char name[2] = "0";
	int i;

	KUNIT_ASSERT_NOT_NULL(test, mixer);
	KUNIT_ASSERT_NOT_NULL(test, s);
	s->env = env;
	spin_lock_init(&s->lock);
	inner = env_inner(test, env->vfs, env->vfs->root);
	for (i = 0; i < LOCK_FILES; i++, name[0]++)
		s->other[i] = env_lookup(inner, inner->root, name);
	for (i = 0; i < SLOTS; i++) {
		s->slot[i].s = s;
		mutex_init(&s->slot[i].lock);
	}
	for (i = 0; i < CLIENTS; i++) {
		s->client[i] = lock_client(env);
		make_owners(s, s->client[i], s->owner + i * OWNERS / CLIENTS);
	}
	lock_setting(env, "ranges-per-file", 60, 1000);
	stress_run(s, mixer, inner);
	stress_drain(s, mixer);
	for (i = 0; i < CLIENTS; i++)
		lock_client_drop(s->client[i]);
	ditto_range_flush();
	KUNIT_EXPECT_EQ(test, atomic_read(&env->nr_clients), 0);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_granted") - granted, atomic_read(&s->granted));
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_blocked") - waited, atomic_read(&s->waited));
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_handed_over") - handed, atomic_read(&s->handed));
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_cancelled") - cancelled,
			atomic_read(&s->cancelled));
	KUNIT_EXPECT_EQ(test, atomic_read(&s->waited), atomic_read(&s->handed) +
			atomic_read(&s->failed) + atomic_read(&s->cancelled));
	kunit_info(test, "%d granted, %d waited: %d handed over, %d failed, %d cancelled",
		   atomic_read(&s->granted), atomic_read(&s->waited), atomic_read(&s->handed),
		   atomic_read(&s->failed), atomic_read(&s->cancelled));
	/* each way was gone */
	KUNIT_EXPECT_GT(test, atomic_read(&s->handed), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&s->failed), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&s->cancelled), 0);
	nothing_is_counted(env);
}

static struct kunit_case lock_stress_cases[] = {
	KUNIT_CASE_SLOW(beside_model),
	KUNIT_CASE_SLOW(stress),
	{}
};

static struct kunit_suite lock_stress_suite = {
	.name		= "lock_stress",
	.init		= lock_env_init,
	.test_cases	= lock_stress_cases,
};
kunit_test_suite(lock_stress_suite);
