// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the administrator sees of claims (lock/show.c): all there is, once, while
 * others come and go; whom waits wait for; and what is taken away.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include "lock_caches.h"
#include "lock/show.h"

#define SHOW_MAX	512

/**
 * struct seen - claims that were shown
 * @stop: after so many calls; 0: never
 * @n: how many
 * @info: what
 * @path: path of the last one
 * @export: export of the last one
 * @removed: the last one's file had no name
 */
struct seen {
	unsigned int		stop;
	unsigned int		n;
	struct ditto_claim_info	info[SHOW_MAX];
	char			path[32];
	char			export[32];
	bool			removed;
};

static int see(void *arg, const struct ditto_claim_place *place,
	       const struct ditto_claim_info *info)
{
	struct seen *seen = arg;

	if (seen->stop && seen->n == seen->stop)
		return -EMSGSIZE;
	if (seen->n < SHOW_MAX)
		seen->info[seen->n] = *info;
	seen->n++;
	strscpy(seen->path, place->path, sizeof(seen->path));
	strscpy(seen->export, place->export, sizeof(seen->export));
	seen->removed = place->removed;
	return 0;
}

static struct seen *seen_new(struct kunit *test)
{
	struct seen *seen = kunit_kzalloc(test, sizeof(*seen), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, seen);
	return seen;
}

static int show(struct seen *seen, u64 client, const struct inode *inode)
{
	struct ditto_claim_filter filter = { .net = &init_net, .client = client, .inode = inode };
	struct ditto_claim_cursor cursor = {};

	seen->n = 0;
	return ditto_claims_show(&filter, &cursor, see, seen);
}

static int share(struct lock_owner *owner, unsigned int file, unsigned int access,
		 unsigned int deny)
{
	struct ditto_conflict by;

	return ditto_share_set(&owner->env->vfs->acc, owner->env->file[file], &owner->owner, access,
			       deny, false, &by);
}

/* ---- what is shown ------------------------------------------------------- */

static void nothing(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct seen *seen = seen_new(test);

	lock_someone(env);
	KUNIT_EXPECT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, seen->n, 0);
}

static void all_of_it(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env);
	struct seen *seen = seen_new(test);
	char text[DITTO_OWNER_TEXT];

	KUNIT_ASSERT_EQ(test, lock_take(a, 3, 10, 19, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 3, 30, TO_END, SHARED), 0);
	KUNIT_ASSERT_EQ(test, share(a, 3, DITTO_SHARE_READ, DITTO_SHARE_WRITE), 0);
	KUNIT_ASSERT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_ASSERT_EQ(test, seen->n, 3);
	snprintf(text, sizeof(text), "%u", a->svid);
	KUNIT_EXPECT_STREQ(test, seen->info[0].who.protocol, "test");
	KUNIT_EXPECT_STREQ(test, seen->info[0].who.client, "someone");
	KUNIT_EXPECT_STREQ(test, seen->info[0].who.owner, text);
	KUNIT_EXPECT_EQ(test, seen->info[0].who.client_id, a->client->client.id);
	KUNIT_EXPECT_EQ(test, seen->info[0].kind, DITTO_CLAIM_RANGE);
	KUNIT_EXPECT_EQ(test, seen->info[0].state, DITTO_CLAIM_HELD);
	KUNIT_EXPECT_EQ(test, seen->info[0].range.first, 10);
	KUNIT_EXPECT_EQ(test, seen->info[0].range.last, 19);
	KUNIT_EXPECT_TRUE(test, seen->info[0].exclusive);
	KUNIT_EXPECT_EQ(test, seen->info[1].range.last, TO_END);
	KUNIT_EXPECT_FALSE(test, seen->info[1].exclusive);
	KUNIT_EXPECT_EQ(test, seen->info[2].kind, DITTO_CLAIM_SHARE);
	KUNIT_EXPECT_EQ(test, seen->info[2].access, DITTO_SHARE_READ);
	KUNIT_EXPECT_EQ(test, seen->info[2].deny, DITTO_SHARE_WRITE);
	KUNIT_EXPECT_EQ(test, seen->info[0].hold, seen->info[2].hold);
	KUNIT_EXPECT_NE(test, seen->info[0].who.claim, seen->info[1].who.claim);
	KUNIT_EXPECT_NE(test, seen->info[0].who.claim, seen->info[2].who.claim);
	KUNIT_EXPECT_STREQ(test, seen->path, "/3");
	KUNIT_EXPECT_STREQ(test, seen->export, ditto_export_config(env->vfs->exp)->name);
	KUNIT_EXPECT_FALSE(test, seen->removed);
}

static void filters(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct seen *seen = seen_new(test);
	int i;

	for (i = 0; i < 4; i++) {
		KUNIT_ASSERT_EQ(test, lock_take(a, i, 0, 0, SHARED), 0);
		KUNIT_ASSERT_EQ(test, lock_take(b, i, 0, 0, SHARED), 0);
	}
	KUNIT_EXPECT_EQ(test, show(seen, b->client->client.id, NULL), 0);
	KUNIT_EXPECT_EQ(test, seen->n, 4);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, seen->info[i].who.client_id, b->client->client.id);
	KUNIT_EXPECT_EQ(test, show(seen, 0, ditto_object_inode(env->file[2])), 0);
	KUNIT_EXPECT_EQ(test, seen->n, 2);
	KUNIT_EXPECT_STREQ(test, seen->path, "/2");
	KUNIT_EXPECT_EQ(test, show(seen, a->client->client.id, ditto_object_inode(env->file[5])), 0);
	KUNIT_EXPECT_EQ(test, seen->n, 0);
}

static void waits(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env), *c = lock_someone(env);
	struct seen *seen = seen_new(test);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 5, 14, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, lock_wait(c, 0, 10, 12, EXCLUSIVE, &env->wait[1]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_ASSERT_EQ(test, seen->n, 3);
	KUNIT_EXPECT_EQ(test, seen->info[1].state, DITTO_CLAIM_WAITING);
	KUNIT_EXPECT_EQ(test, seen->info[1].range.first, 5);
	KUNIT_EXPECT_EQ(test, seen->info[1].by.claim, seen->info[0].who.claim);
	KUNIT_EXPECT_EQ(test, seen->info[1].by.client_id, a->client->client.id);
	KUNIT_EXPECT_FALSE(test, seen->info[1].by_waits);
	/* nothing is in its way, but there is one who was there before */
	KUNIT_EXPECT_EQ(test, seen->info[2].by.claim, seen->info[1].who.claim);
	KUNIT_EXPECT_TRUE(test, seen->info[2].by_waits);
	/* it waits, so there is nothing to release */
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[1].who.claim, false),
			-EINPROGRESS);
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[1].who.claim, true), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), -ESTALE);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[1]), 0);
}

static void local_holder(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env);
	struct lock_local *local = lock_local(env, 0, false);
	struct seen *seen = seen_new(test);

	KUNIT_ASSERT_EQ(test, lock_local_set(local, 0, 99, F_WRLCK), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(a, 0, 50, 59, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_ASSERT_EQ(test, seen->n, 1);
	KUNIT_EXPECT_STREQ(test, seen->info[0].by.protocol, "local");
	KUNIT_EXPECT_EQ(test, seen->info[0].by.claim, 0);
	KUNIT_ASSERT_EQ(test, lock_local_set(local, 0, 99, F_UNLCK), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
}

/* Beside a range and a share of the same owner, while it is held and while it is taken back. */
static void caches(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct ditto_object *obj = env->file[0];
	struct lock_cache *lc = lock_cache(env);
	struct seen *seen = seen_new(test);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, SHARED), 0);
	KUNIT_ASSERT_EQ(test, share(a, 0, DITTO_SHARE_READ, 0), 0);
	KUNIT_ASSERT_EQ(test, lock_grant(lc, a, obj, DITTO_CACHE_LEASE, RWH), RWH);
	KUNIT_ASSERT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_ASSERT_EQ(test, seen->n, 3);
	KUNIT_EXPECT_EQ(test, seen->info[2].kind, DITTO_CLAIM_CACHE);
	KUNIT_EXPECT_EQ(test, seen->info[2].state, DITTO_CLAIM_HELD);
	KUNIT_EXPECT_EQ(test, seen->info[2].cache, RWH);
	KUNIT_EXPECT_EQ(test, seen->info[2].hold, seen->info[0].hold);
	KUNIT_EXPECT_GT(test, seen->info[2].who.claim, seen->info[1].who.claim);
	KUNIT_EXPECT_EQ(test, lock_intend(env, b, obj, DITTO_INTENT_OPEN_READ), -EJUKEBOX);
	KUNIT_ASSERT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_ASSERT_EQ(test, seen->n, 3);
	KUNIT_EXPECT_EQ(test, seen->info[2].state, DITTO_CLAIM_BREAKING);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 1, RH));
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, RH), 0);
	/* the administrator wants it back: it is asked for, and may still be written back */
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[2].who.claim, false), 0);
	KUNIT_EXPECT_TRUE(test, lock_told(lc, 2, 0));
	KUNIT_EXPECT_EQ(test, lock_state(lc), DITTO_CACHE_BREAKING);
	KUNIT_EXPECT_EQ(test, ditto_cache_ack(&lc->cache, 0), 0);
	KUNIT_ASSERT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, seen->n, 2);
}

/* ---- going on later ------------------------------------------------------ */

/* A few at a time, through ranges, shares and waits of several owners. */
static void cursor_goes_on(struct kunit *test)
{
	struct ditto_claim_filter filter = { .net = &init_net };
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_handle(lock_client(env));
	struct seen *seen = seen_new(test);
	unsigned int step, i, total = 0;

	for (i = 0; i < 40; i++)
		KUNIT_ASSERT_EQ(test, lock_take(a, 0, 1000 + 2 * i, 1000 + 2 * i, SHARED), 0);
	/* several that begin at the same byte */
	for (i = 0; i < 40; i++)
		KUNIT_ASSERT_EQ(test, lock_take(b, 1, 7, 7 + i % 3, SHARED), 0);
	KUNIT_ASSERT_EQ(test, share(a, 0, DITTO_SHARE_READ, 0), 0);
	KUNIT_ASSERT_EQ(test, share(b, 1, DITTO_SHARE_READ, 0), 0);
	for (step = 1; step < 40; step += 6) {
		struct ditto_claim_cursor cursor = {};

		total = 0;
		do {
			seen->n = 0;
			seen->stop = step;
			i = ditto_claims_show(&filter, &cursor, see, seen);
			total += seen->n;
		} while (i);
		KUNIT_EXPECT_EQ_MSG(test, total, 82, "by %u", step);
	}
}

/**
 * struct churn - one who locks and unlocks
 * @owner: for whom
 * @stop: it shall end
 * @done: it has
 */
struct churn {
	struct lock_owner	*owner;
	bool			stop;
	struct completion	done;
};

static int churn(void *arg)
{
	struct churn *c = arg;
	unsigned int i = 0;

	while (!READ_ONCE(c->stop)) {
		lock_take(c->owner, i % LOCK_FILES, 0, i % 50, SHARED);
		lock_drop(c->owner, (i + 3) % LOCK_FILES, 0, TO_END);
		i++;
		/* or the clock stands still, and the other one never wakes up */
		fsleep(100);
	}
	complete(&c->done);
	return 0;
}

/* What is there all the time is shown once, whatever goes on beside it. */
static void others_come_and_go(struct kunit *test)
{
	struct ditto_claim_filter filter = { .net = &init_net };
	struct lock_env *env = test->priv;
	struct lock_owner *steady = lock_someone(env);
	struct seen *seen = seen_new(test);
	struct task_struct *task;
	struct churn c = {};
	unsigned int round, i, mine, ret;

	for (i = 0; i < 64; i++)
		KUNIT_ASSERT_EQ(test, lock_take(steady, i % LOCK_FILES, 1000 + 2 * i, 1000 + 2 * i,
						SHARED), 0);
	c.owner = lock_someone(env);
	init_completion(&c.done);
	task = kthread_run(churn, &c, "lock-churn");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	for (round = 0; round < 50; round++) {
		struct ditto_claim_cursor cursor = {};

		mine = 0;
		do {
			seen->n = 0;
			seen->stop = 5;
			ret = ditto_claims_show(&filter, &cursor, see, seen);
			for (i = 0; i < seen->n; i++)
				mine += seen->info[i].who.client_id == steady->client->client.id;
			/* the other one has its turn */
			msleep(1);
		} while (ret);
		KUNIT_EXPECT_EQ(test, mine, 64);
	}
	WRITE_ONCE(c.stop, true);
	wait_for_completion(&c.done);
}

/* ---- taking away --------------------------------------------------------- */

static void release_one(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct seen *seen = seen_new(test);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 20, 29, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 0, 0, 9, EXCLUSIVE, &env->wait[0]), -EINPROGRESS);
	KUNIT_ASSERT_EQ(test, show(seen, a->client->client.id, NULL), 0);
	KUNIT_ASSERT_EQ(test, seen->n, 2);
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[0].who.claim, false), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[0].who.claim, false), -ENOENT);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 25), F_WRLCK);
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[1].who.claim, false), 0);
	KUNIT_EXPECT_EQ(test, lock_vfs_at(env, 0, 25), F_UNLCK);
}

static void release_share_and_all(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct seen *seen = seen_new(test);

	KUNIT_ASSERT_EQ(test, share(a, 0, DITTO_SHARE_READ, DITTO_SHARE_ALL), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_EXPECT_EQ(test, share(b, 0, DITTO_SHARE_READ, 0), -ESHAREDENIED);
	KUNIT_ASSERT_EQ(test, show(seen, 0, NULL), 0);
	KUNIT_ASSERT_EQ(test, seen->n, 2);
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[1].who.claim, false), 0);
	KUNIT_EXPECT_EQ(test, share(b, 0, DITTO_SHARE_READ, 0), 0);
	KUNIT_ASSERT_EQ(test, share(a, 0, DITTO_SHARE_READ, 0), 0);
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, seen->info[0].who.claim, true), 0);
	KUNIT_ASSERT_EQ(test, show(seen, a->client->client.id, NULL), 0);
	KUNIT_EXPECT_EQ(test, seen->n, 0);
	/* no number that was never given, and none of a hold */
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, U64_MAX, false), -ENOENT);
	KUNIT_EXPECT_EQ(test, ditto_claim_release(&init_net, 0, true), -ENOENT);
}

static void forget(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	struct seen *seen = seen_new(test);

	KUNIT_ASSERT_EQ(test, lock_take(a, 0, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_take(a, 1, 0, 9, EXCLUSIVE), 0);
	KUNIT_ASSERT_EQ(test, lock_wait(b, 1, 0, 9, SHARED, &env->wait[0]), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, ditto_client_forget(&init_net, a->client->client.id), 0);
	KUNIT_EXPECT_EQ(test, lock_await(&env->wait[0]), 0);
	KUNIT_EXPECT_EQ(test, show(seen, a->client->client.id, NULL), 0);
	KUNIT_EXPECT_EQ(test, seen->n, 0);
	KUNIT_EXPECT_EQ(test, ditto_client_forget(&init_net, U64_MAX), -ENOENT);
}

static struct kunit_case lock_show_cases[] = {
	KUNIT_CASE(nothing),
	KUNIT_CASE(all_of_it),
	KUNIT_CASE(filters),
	KUNIT_CASE(waits),
	KUNIT_CASE(local_holder),
	KUNIT_CASE(caches),
	KUNIT_CASE(cursor_goes_on),
	KUNIT_CASE(others_come_and_go),
	KUNIT_CASE(release_one),
	KUNIT_CASE(release_share_and_all),
	KUNIT_CASE(forget),
	{}
};

static struct kunit_suite lock_show_suite = {
	.name		= "lock_show",
	.init		= lock_env_init,
	.test_cases	= lock_show_cases,
};
kunit_test_suite(lock_show_suite);
