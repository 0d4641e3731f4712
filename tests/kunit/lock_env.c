// SPDX-License-Identifier: GPL-2.0-only
/* A protocol made for tests of lock/, and local processes. */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/filelock.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "lock_env.h"
#include "base/settings.h"
#include "base/stats.h"

/* ---- the protocol -------------------------------------------------------- */

static void free_client(struct ditto_client *client)
{
	struct lock_client *lc = container_of(client, struct lock_client, client);

	KUNIT_EXPECT_EQ(lc->env->test, atomic_read(&client->ranges), 0);
	KUNIT_EXPECT_EQ(lc->env->test, atomic_read(&client->waits), 0);
	atomic_dec(&lc->env->nr_clients);
	kfree(lc);
}

static void free_owner(struct ditto_owner *owner)
{
	struct lock_owner *lo = container_of(owner, struct lock_owner, owner);

	KUNIT_EXPECT_TRUE(lo->env->test, list_empty(&owner->holds));
	KUNIT_EXPECT_TRUE(lo->env->test, list_empty(&owner->waits));
	atomic_dec(&lo->env->nr_owners);
	kfree(lo);
}

static void describe(const struct ditto_owner *owner, char text[DITTO_OWNER_TEXT])
{
	snprintf(text, DITTO_OWNER_TEXT, "%u", container_of(owner, struct lock_owner, owner)->svid);
}

static void holder(const struct ditto_owner *owner, struct ditto_conflict *by)
{
	by->svid = container_of(owner, struct lock_owner, owner)->svid;
	by->oh_len = scnprintf((char *)by->oh, DITTO_CONFLICT_OH, "oh%u", by->svid);
}

static const struct ditto_client_ops ops = {
	.protocol	= "test",
	.module		= THIS_MODULE,
	.free		= free_client,
	.free_owner	= free_owner,
	.describe	= describe,
	.holder		= holder,
};

/**
 * lock_client - a new client
 * @env: the environment
 *
 * Return: the client; goes away with the test.
 */
struct lock_client *lock_client(struct lock_env *env)
{
	struct lock_client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, client);
	client->env = env;
	INIT_LIST_HEAD(&client->owners);
	ditto_client_init(&client->client, &ops, &init_net, "someone", NULL);
	atomic_inc(&env->nr_clients);
	spin_lock(&env->lock);
	list_add_tail(&client->list, &env->clients);
	spin_unlock(&env->lock);
	return client;
}

static struct lock_owner *owner_new(struct lock_client *client, bool handle)
{
	static atomic_t svid = ATOMIC_INIT(0);
	struct lock_owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL);
	struct lock_env *env = client->env;

	KUNIT_ASSERT_NOT_NULL(env->test, owner);
	owner->env = env;
	owner->client = client;
	owner->svid = atomic_inc_return(&svid);
	ditto_owner_init(&owner->owner, &client->client, handle);
	atomic_inc(&env->nr_owners);
	list_add_tail(&owner->list, &client->owners);
	return owner;
}

/**
 * lock_owner - a new POSIX owner
 * @client: its client
 *
 * Return: the owner; goes away with its client.
 */
struct lock_owner *lock_owner(struct lock_client *client)
{
	return owner_new(client, false);
}

/**
 * lock_handle - a new owner as SMB has them
 * @client: its client
 *
 * Return: the owner; goes away with its client.
 */
struct lock_owner *lock_handle(struct lock_client *client)
{
	return owner_new(client, true);
}

/**
 * lock_someone - a new POSIX owner of a new client
 * @env: the environment
 *
 * Return: the owner; goes away with the test.
 */
struct lock_owner *lock_someone(struct lock_env *env)
{
	return lock_owner(lock_client(env));
}

/**
 * lock_owner_drop - release and put an owner
 * @owner: not to be used any more
 */
void lock_owner_drop(struct lock_owner *owner)
{
	list_del(&owner->list);
	ditto_owner_release(&owner->owner);
	ditto_owner_put(&owner->owner);
}

/**
 * lock_client_drop - a client goes, with its owners
 * @client: not to be used any more
 */
void lock_client_drop(struct lock_client *client)
{
	struct lock_owner *owner, *next;
	struct lock_env *env = client->env;

	ditto_client_gone(&client->client);
	list_for_each_entry_safe(owner, next, &client->owners, list) {
		list_del(&owner->list);
		ditto_owner_put(&owner->owner);
	}
	spin_lock(&env->lock);
	list_del(&client->list);
	spin_unlock(&env->lock);
	ditto_client_put(&client->client);
}

/* ---- requests ------------------------------------------------------------ */

static void granted(struct ditto_wait *wait, int err)
{
	struct lock_wait *lw = container_of(wait, struct lock_wait, wait);

	lw->err = err;
	lw->order = atomic_inc_return(&lw->env->grants);
	complete(&lw->done);
}

/**
 * lock_ask - lock a range
 * @owner: for whom
 * @obj: the file
 * @range: of what
 * @exclusive: how
 * @wait: to wait with, of any content but not waiting; or NULL
 * @by: filled in with who is in the way, or NULL
 *
 * Return: as ditto_range_lock().
 */
int lock_ask(struct lock_owner *owner, struct ditto_object *obj, const struct ditto_range *range,
	     bool exclusive, struct lock_wait *wait, struct ditto_conflict *by)
{
	struct ditto_range_request rq = {
		.acc = &owner->env->vfs->acc, .obj = obj, .owner = &owner->owner,
		.range = *range, .exclusive = exclusive, .wait = wait ? &wait->wait : NULL,
	};
	int err;

	if (wait) {
		memset(wait, 0, sizeof(*wait));
		wait->env = owner->env;
		wait->wait.granted = granted;
		init_completion(&wait->done);
	}
	err = ditto_range_lock(&rq);
	if (by)
		*by = rq.by;
	return err;
}

/**
 * lock_take - lock a range or be refused
 * @owner: for whom
 * @file: number of the file
 * @first: first byte
 * @last: last byte
 * @exclusive: how
 *
 * Return: as ditto_range_lock().
 */
int lock_take(struct lock_owner *owner, unsigned int file, u64 first, u64 last, bool exclusive)
{
	struct ditto_range range = { .first = first, .last = last };

	return lock_ask(owner, owner->env->file[file], &range, exclusive, NULL, NULL);
}

/**
 * lock_test - ask for a range
 * @owner: for whom
 * @file: number of the file
 * @first: first byte
 * @last: last byte
 * @exclusive: how
 * @by: filled in with who is in the way
 *
 * Return: as ditto_range_test().
 */
int lock_test(struct lock_owner *owner, unsigned int file, u64 first, u64 last, bool exclusive,
	      struct ditto_conflict *by)
{
	struct ditto_range_request rq = {
		.acc = &owner->env->vfs->acc, .obj = owner->env->file[file],
		.owner = &owner->owner, .range = { .first = first, .last = last },
		.exclusive = exclusive,
	};
	int err = ditto_range_test(&rq);

	*by = rq.by;
	return err;
}

/**
 * lock_drop - unlock a range
 * @owner: whose
 * @file: number of the file
 * @first: first byte
 * @last: last byte
 *
 * Return: as ditto_range_unlock().
 */
int lock_drop(struct lock_owner *owner, unsigned int file, u64 first, u64 last)
{
	struct ditto_range range = { .first = first, .last = last };

	return ditto_range_unlock(&owner->owner, owner->env->file[file], &range);
}

/**
 * lock_wait - lock a range or wait for it
 * @owner: for whom
 * @file: number of the file
 * @first: first byte
 * @last: last byte
 * @exclusive: how
 * @wait: to wait with
 *
 * Return: as ditto_range_lock().
 */
int lock_wait(struct lock_owner *owner, unsigned int file, u64 first, u64 last, bool exclusive,
	      struct lock_wait *wait)
{
	struct ditto_range range = { .first = first, .last = last };
	struct ditto_conflict by;
	int err = lock_ask(owner, owner->env->file[file], &range, exclusive, wait, &by);

	wait->by = by;
	return err;
}

/**
 * lock_await - wait for the end of a wait
 * @wait: began with lock_wait()
 *
 * Return: what it ended with; -ETIME: it has not.
 */
int lock_await(struct lock_wait *wait)
{
	return wait_for_completion_timeout(&wait->done, 10 * HZ) ? wait->err : -ETIME;
}

/**
 * lock_waits - does it wait still?
 * @wait: began with lock_wait()
 *
 * Return: true if nothing has come of it for a while.
 */
bool lock_waits(struct lock_wait *wait)
{
	return !wait_for_completion_timeout(&wait->done, HZ / 10);
}

/* ---- local processes ----------------------------------------------------- */

/* The thread of lock_local_begin() ends, if need be by a signal. */
static void stop_thread(struct lock_local *local)
{
	if (!local->task)
		return;
	send_sig(SIGKILL, local->task, 1);
	kthread_stop(local->task);
	local->task = NULL;
}

static void end_local(void *arg)
{
	struct lock_local *local = arg;

	stop_thread(local);
	locks_remove_posix(local->file, local->id);
	fput(local->file);
	/* also where it was put off */
	flush_delayed_fput();
}

/**
 * lock_local - a process with a file open
 * @env: the environment
 * @file: number of the file
 * @ofd: it shall lock for the open file
 *
 * Return: it closes the file at the end of the test.
 */
struct lock_local *lock_local(struct lock_env *env, unsigned int file, bool ofd)
{
	struct lock_local *local = kunit_kzalloc(env->test, sizeof(*local), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, local);
	local->env = env;
	local->ofd = ofd;
	local->id = local;
	local->file = dentry_open(&env->file[file]->path, O_RDWR | O_LARGEFILE, current_cred());
	KUNIT_ASSERT_NOT_ERR_OR_NULL(env->test, local->file);
	KUNIT_ASSERT_EQ(env->test, kunit_add_action_or_reset(env->test, end_local, local), 0);
	return local;
}

static void local_prepare(struct lock_local *local, struct file_lock *fl, u64 first, u64 last,
			  int type)
{
	locks_init_lock(fl);
	fl->c.flc_flags = FL_POSIX | (local->ofd ? FL_OFDLCK : 0);
	fl->c.flc_owner = local->ofd ? (void *)local->file : local->id;
	fl->c.flc_pid = 4711;
	fl->c.flc_file = local->file;
	fl->c.flc_type = type;
	fl->fl_start = first;
	fl->fl_end = min_t(u64, last, OFFSET_MAX);
}

/**
 * lock_local_set - fcntl(F_SETLK)
 * @local: the process
 * @first: first byte
 * @last: last byte
 * @type: F_RDLCK, F_WRLCK or F_UNLCK
 *
 * Return: 0, -EAGAIN.
 */
int lock_local_set(struct lock_local *local, u64 first, u64 last, int type)
{
	struct file_lock fl;
	int err;

	local_prepare(local, &fl, first, last, type);
	err = vfs_lock_file(local->file, F_SETLK, &fl, NULL);
	locks_release_private(&fl);
	return err;
}

/**
 * lock_local_wait - fcntl(F_SETLKW)
 * @local: the process
 * @first: first byte
 * @last: last byte
 * @type: F_RDLCK or F_WRLCK
 *
 * Return: 0, -EDEADLK, -ERESTARTSYS.
 */
int lock_local_wait(struct lock_local *local, u64 first, u64 last, int type)
{
	struct file_lock fl;
	int err;

	local_prepare(local, &fl, first, last, type);
	fl.c.flc_flags |= FL_SLEEP;
	err = locks_lock_file_wait(local->file, &fl);
	locks_release_private(&fl);
	return err;
}

static int local_thread(void *arg)
{
	struct lock_local *local = arg;

	allow_signal(SIGKILL);
	local->err = lock_local_wait(local, local->first, local->last, local->type);
	complete(&local->done);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/**
 * lock_local_begin - fcntl(F_SETLKW)
 * @local: the process
 * @first: first byte
 * @last: last byte
 * @type: F_RDLCK or F_WRLCK
 */
void lock_local_begin(struct lock_local *local, u64 first, u64 last, int type)
{
	KUNIT_ASSERT_NULL(local->env->test, local->task);
	local->first = first;
	local->last = last;
	local->type = type;
	init_completion(&local->done);
	local->task = kthread_run(local_thread, local, "lock_local");
	KUNIT_ASSERT_FALSE(local->env->test, IS_ERR(local->task));
	lock_local_waits(local);
}

/**
 * lock_local_end - what became of lock_local_begin()?
 * @local: the process
 *
 * Return: 0, -EDEADLK; -ETIME: it waits still; it is given up then.
 */
int lock_local_end(struct lock_local *local)
{
	int err = wait_for_completion_timeout(&local->done, 10 * HZ) ? local->err : -ETIME;

	stop_thread(local);
	return err;
}

/**
 * lock_local_waits - does it wait still?
 * @local: the process
 *
 * Return: true if nothing has come of it for a while.
 */
bool lock_local_waits(struct lock_local *local)
{
	msleep(100);
	return !completion_done(&local->done);
}

/* Would a stranger be refused this type? */
static bool vfs_refuses(struct file *file, u64 byte, int type)
{
	struct file_lock fl;
	bool refused;

	locks_init_lock(&fl);
	fl.c.flc_flags = FL_POSIX;
	fl.c.flc_owner = &fl;
	fl.c.flc_file = file;
	fl.c.flc_type = type;
	fl.fl_start = fl.fl_end = byte;
	refused = !vfs_test_lock(file, &fl) && fl.c.flc_type != F_UNLCK;
	locks_release_private(&fl);
	return refused;
}

/**
 * lock_vfs_at - how a byte is locked in the VFS
 * @env: the environment
 * @file: number of the file
 * @byte: the byte
 *
 * Return: F_WRLCK, F_RDLCK, F_UNLCK.
 */
int lock_vfs_at(struct lock_env *env, unsigned int file, u64 byte)
{
	struct ditto_file *f;
	int type = F_UNLCK;

	KUNIT_ASSERT_EQ(env->test, ditto_file_get(&env->vfs->acc, env->file[file], false, &f), 0);
	if (vfs_refuses(f->file, byte, F_RDLCK))
		type = F_WRLCK;
	else if (vfs_refuses(f->file, byte, F_WRLCK))
		type = F_RDLCK;
	ditto_file_put(f);
	return type;
}

/* ---- the environment ----------------------------------------------------- */

/**
 * lock_claims - the claims on a file
 * @env: the environment
 * @file: number of the file
 *
 * Return: the claims; NULL: none were ever made.
 */
struct ditto_claims *lock_claims(struct lock_env *env, unsigned int file)
{
	struct ditto_node *node = ditto_object_node(env->file[file]);

	return node ? ditto_claims_of(node) : NULL;
}

struct wanted {
	const char	*name;
	u64		value;
};

static int find_stat(void *arg, const char *group, const char *name, u64 value)
{
	struct wanted *wanted = arg;

	if (!strcmp(group, "lock") && !strcmp(name, wanted->name))
		wanted->value = value;
	return 0;
}

/**
 * lock_stat - what a counter says
 * @name: of the counter
 *
 * Return: its value.
 */
u64 lock_stat(const char *name)
{
	struct wanted wanted = { .name = name };

	ditto_stats_for_each(&init_net, find_stat, &wanted);
	return wanted.value;
}

struct setting_was {
	const char	*name;
	u64		value;
};

static void restore_setting(void *arg)
{
	const struct setting_was *was = arg;

	ditto_setting_set(&init_net, was->name, was->value);
}

/**
 * lock_setting - set a setting
 * @env: the environment
 * @name: its name
 * @value: to what
 * @after: and to this at the end of the test
 */
void lock_setting(struct lock_env *env, const char *name, u64 value, u64 after)
{
	struct setting_was *was = kunit_kzalloc(env->test, sizeof(*was), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, was);
	was->name = name;
	was->value = after;
	KUNIT_ASSERT_EQ(env->test, ditto_setting_set(&init_net, name, value), 0);
	KUNIT_ASSERT_EQ(env->test, kunit_add_action_or_reset(env->test, restore_setting, was), 0);
}

static void check_file(struct lock_env *env, unsigned int file)
{
	struct ditto_claims *claims = lock_claims(env, file);

	KUNIT_EXPECT_FALSE(env->test, vfs_inode_has_locks(ditto_object_inode(env->file[file])));
	if (!claims)
		return;
	mutex_lock(&claims->lock);
	KUNIT_EXPECT_TRUE(env->test, RB_EMPTY_ROOT(&claims->holds));
	KUNIT_EXPECT_TRUE(env->test, RB_EMPTY_ROOT(&claims->ranges.by_first));
	KUNIT_EXPECT_TRUE(env->test, RB_EMPTY_ROOT(&claims->ranges.by_owner));
	KUNIT_EXPECT_EQ(env->test, claims->ranges.count, 0);
	KUNIT_EXPECT_TRUE(env->test, list_empty(&claims->waits));
	KUNIT_EXPECT_EQ(env->test, claims->nr_waits, 0);
	mutex_unlock(&claims->lock);
}

static void end_env(void *arg)
{
	struct lock_env *env = arg;
	unsigned int i;

	while (!list_empty(&env->clients))
		lock_client_drop(list_first_entry(&env->clients, struct lock_client, list));
	ditto_range_flush();
	KUNIT_EXPECT_EQ(env->test, atomic_read(&env->nr_owners), 0);
	KUNIT_EXPECT_EQ(env->test, atomic_read(&env->nr_clients), 0);
	for (i = 0; i < LOCK_FILES; i++)
		check_file(env, i);
}

/**
 * lock_env_new - an environment
 * @test: the running test
 *
 * Return: the environment; goes away with the test.
 */
struct lock_env *lock_env_new(struct kunit *test)
{
	struct lock_env *env = kunit_kzalloc(test, sizeof(*env), GFP_KERNEL);
	char name[2] = "0";
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, env);
	env->test = test;
	env->vfs = env_new(test);
	spin_lock_init(&env->lock);
	INIT_LIST_HEAD(&env->clients);
	for (i = 0; i < LOCK_FILES; i++, name[0]++)
		env->file[i] = env_create(env->vfs, env->vfs->root, name, 0600);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end_env, env), 0);
	return env;
}

/**
 * lock_env_init - init function of a suite
 * @test: the running test
 *
 * Return: 0; test->priv is an environment.
 */
int lock_env_init(struct kunit *test)
{
	test->priv = lock_env_new(test);
	return 0;
}
