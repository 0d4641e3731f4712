/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A protocol made for tests of lock/: clients, owners, and files for them to lock
 * on a tmpfs; and local processes on the same files.
 *
 * At the end of a test whatever is left is released, and then nothing may be left:
 * no claim in a table, no lock in the VFS, no client, owner or number of ranges.
 */
#ifndef DITTO_KUNIT_LOCK_ENV_H
#define DITTO_KUNIT_LOCK_ENV_H

#include <linux/completion.h>
#include "vfs_env.h"
#include "lock/claims.h"

#define LOCK_FILES	8
#define LOCK_WAITS	128

struct lock_env;

/**
 * struct lock_wait - a wait
 * @wait: as the lock manager knows it
 * @env: its environment
 * @done: granted() was called
 * @err: with this
 * @order: and it was the how manieth call
 * @by: who was in the way when it began
 */
struct lock_wait {
	struct ditto_wait	wait;
	struct lock_env		*env;
	struct completion	done;
	int			err;
	int			order;
	struct ditto_conflict	by;
};

/**
 * struct lock_env - files and those who lock them
 * @test: the running test
 * @vfs: the export
 * @file: files "0", "1", ... in it
 * @lock: guards @clients
 * @clients: those not dropped
 * @nr_clients: not freed yet
 * @nr_owners: not freed yet
 * @grants: how often granted() was called
 * @wait: to wait with; they outlive a test that fails
 */
struct lock_env {
	struct kunit		*test;
	struct vfs_env		*vfs;
	struct ditto_object	*file[LOCK_FILES];
	spinlock_t		lock;
	struct list_head	clients;
	atomic_t		nr_clients;
	atomic_t		nr_owners;
	atomic_t		grants;
	struct lock_wait	wait[LOCK_WAITS];
};

/**
 * struct lock_client - a client of the protocol "test"
 * @client: as the lock manager knows it
 * @env: its environment
 * @list: clients of @env
 * @owners: those not dropped; used by one thread only
 */
struct lock_client {
	struct ditto_client	client;
	struct lock_env		*env;
	struct list_head	list;
	struct list_head	owners;
};

/**
 * struct lock_owner - an owner
 * @owner: as the lock manager knows it
 * @env: its environment
 * @client: its client
 * @svid: its number, told about it as a holder
 * @list: owners of @client
 */
struct lock_owner {
	struct ditto_owner	owner;
	struct lock_env		*env;
	struct lock_client	*client;
	u32			svid;
	struct list_head	list;
};

/**
 * struct lock_local - a process of this machine, with a file open
 * @env: its environment
 * @file: the file
 * @ofd: its locks belong to the open file, not to the process
 * @id: the process; itself, unless the test says that two are one
 * @task: waits in lock_local_begin()
 * @done: it waits no longer
 * @err: what it was told
 * @first: of what it waits for
 * @last: likewise
 * @type: likewise
 */
struct lock_local {
	struct lock_env		*env;
	struct file		*file;
	bool			ofd;
	void			*id;
	struct task_struct	*task;
	struct completion	done;
	int			err;
	u64			first;
	u64			last;
	int			type;
};

/* How a range is locked. */
#define SHARED		false
#define EXCLUSIVE	true
#define TO_END		U64_MAX

/* For struct kunit_suite: test->priv becomes an environment. */
int lock_env_init(struct kunit *test);
struct lock_env *lock_env_new(struct kunit *test);
/* The claims on a file; NULL: none were ever made. */
struct ditto_claims *lock_claims(struct lock_env *env, unsigned int file);
/* What a counter of the lock manager says. */
u64 lock_stat(const char *name);
/* Sets a setting until the end of the test. */
void lock_setting(struct lock_env *env, const char *name, u64 value, u64 after);

struct lock_client *lock_client(struct lock_env *env);
struct lock_owner *lock_owner(struct lock_client *client);
struct lock_owner *lock_handle(struct lock_client *client);
/* An owner of a client of its own. */
struct lock_owner *lock_someone(struct lock_env *env);
void lock_owner_drop(struct lock_owner *owner);
void lock_client_drop(struct lock_client *client);

/* Requests: as the functions of lock.h. @by may be NULL. */
int lock_ask(struct lock_owner *owner, struct ditto_object *obj, const struct ditto_range *range,
	     bool exclusive, struct lock_wait *wait, struct ditto_conflict *by);
int lock_take(struct lock_owner *owner, unsigned int file, u64 first, u64 last, bool exclusive);
int lock_test(struct lock_owner *owner, unsigned int file, u64 first, u64 last, bool exclusive,
	      struct ditto_conflict *by);
int lock_drop(struct lock_owner *owner, unsigned int file, u64 first, u64 last);
int lock_wait(struct lock_owner *owner, unsigned int file, u64 first, u64 last, bool exclusive,
	      struct lock_wait *wait);
/* How a wait ended; -ETIME: it has not, for as long as ten seconds. */
int lock_await(struct lock_wait *wait);
/* Is it still waiting, a while later? */
bool lock_waits(struct lock_wait *wait);

struct lock_local *lock_local(struct lock_env *env, unsigned int file, bool ofd);
/* F_RDLCK, F_WRLCK, F_UNLCK, as fcntl(F_SETLK) does it. */
int lock_local_set(struct lock_local *local, u64 first, u64 last, int type);
/* As fcntl(F_SETLKW); a signal ends it. */
int lock_local_wait(struct lock_local *local, u64 first, u64 last, int type);
/*
 * The same in a thread of its own, of which only one at a time: begin returns when it waits, or
 * has it; end with what it was told, or with -ETIME.
 */
void lock_local_begin(struct lock_local *local, u64 first, u64 last, int type);
int lock_local_end(struct lock_local *local);
bool lock_local_waits(struct lock_local *local);
/* The strongest lock on a byte as seen by a stranger in the VFS: F_UNLCK: none. */
int lock_vfs_at(struct lock_env *env, unsigned int file, u64 byte);

#endif
