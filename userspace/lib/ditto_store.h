/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon keeps on stable storage, in an SQLite database.
 *
 * Changes gather until store_commit(), which makes them last, all or none, and then
 * calls whoever waits for that with store_when_committed(). Nobody is told that
 * something is on record before.
 *
 * Functions that return int return 0 or a negative errno; store_why() then has a
 * sentence about it.
 */
#ifndef DITTO_LIB_STORE_H
#define DITTO_LIB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* Peers on record, at most. */
#define STORE_PEERS_MAX		100000

/* Room for a sentence about an error. */
#define STORE_WHY		1024

/* How store_open() failed, where it was not an errno. */
#define STORE_DAMAGED		1	/* the file is no good; the sentence names it and the fix */
#define STORE_IN_USE		2	/* another daemon has it */

/**
 * struct store_peer - a host on record
 * @id: of the record
 * @name: what it calls itself
 * @address: as text
 * @local: our address that it talks to, as text; "" if it is not known
 * @my_name: what whoever wants it monitored calls this host
 * @prog: whom to call back on this host; 0: the kernel
 * @vers: version
 * @proc: procedure
 * @priv: what it gets then
 * @state: the peer's last state number; -1: not known
 * @added: seconds since 1970
 */
struct store_peer {
	int64_t		id;
	const char	*name;
	const char	*address;
	const char	*local;
	const char	*my_name;
	uint32_t	prog;
	uint32_t	vers;
	uint32_t	proc;
	uint8_t		priv[16];
	int64_t		state;
	int64_t		added;
};

/* The strings are good until it returns; other than 0 ends the walk. It changes nothing. */
typedef int (*store_peer_fn)(void *arg, const struct store_peer *peer);

/**
 * struct store_waiter - waits for the next store_commit()
 * @fn: called with its result
 * @next: owned by ditto_store.c
 */
struct store_waiter {
	void			(*fn)(struct store_waiter *waiter, int err);
	struct store_waiter	*next;
};

int store_open(struct store **store, const char *dir, bool read_only, char why[STORE_WHY]);
void store_close(struct store *store);
const char *store_why(const struct store *store);

int store_commit(struct store *store);
void store_when_committed(struct store *store, struct store_waiter *waiter);

int store_monitor(struct store *store, const struct store_peer *peer);
int store_unmonitor(struct store *store, const struct store_peer *peer);
int store_unmonitor_all(struct store *store, const struct store_peer *who);
int store_set_state(struct store *store, int64_t id, uint32_t state);
int store_peers(struct store *store, store_peer_fn fn, void *arg);
int store_peers_like(struct store *store, const char *name, const char *address,
		     store_peer_fn fn, void *arg);

/**
 * struct store_host - this host
 * @state: its state number
 * @instance: of the kernel's locks, as it was last; 0: never
 * @boot: identifier of the last boot, or ""
 */
struct store_host {
	uint32_t	state;
	uint64_t	instance;
	char		boot[40];
};

int store_host(struct store *store, struct store_host *host);
int store_set_host(struct store *store, const struct store_host *host);
int store_restarted(struct store *store, const struct store_host *host, bool all);
int store_crashed(struct store *store, uint32_t state);

int store_unnotified(struct store *store, store_peer_fn fn, void *arg);
int store_notified(struct store *store, const char *name, const char *address);

int store_grace(struct store *store, store_peer_fn fn, void *arg);
int store_grace_count(struct store *store, uint64_t *count);
int store_grace_done(struct store *store);

#endif
