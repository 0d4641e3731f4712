// SPDX-License-Identifier: GPL-2.0-only
/* What is in the records: peers, this host, who is to be notified, who may reclaim. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "ditto_store.h"
#include "store_internal.h"

#define PEER_COLUMNS	"id, name, address, local, my_name, prog, vers, proc, priv, state, added"

const char *const store_statements[ST_NR] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_MONITOR] = "INSERT INTO peer(name, address, local, my_name, prog, vers, proc, priv,"
		" state, added) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, -1, ?9)"
		" ON CONFLICT DO UPDATE SET local = ?3, priv = ?8",
	[ST_UNMONITOR] = "DELETE FROM peer WHERE name = ?1 AND (?2 = '' OR address = ?2)"
		" AND (?5 = 0 OR my_name = ?4) AND prog = ?5 AND vers = ?6 AND proc = ?7",
	[ST_UNMONITOR_ALL] = "DELETE FROM peer WHERE my_name = ?4 AND prog = ?5 AND vers = ?6"
		" AND proc = ?7",
	[ST_SET_STATE] = "UPDATE peer SET state = ?2 WHERE id = ?1",
	[ST_COUNT] = "SELECT count(*) FROM peer",
	[ST_PEERS] = "SELECT " PEER_COLUMNS " FROM peer ORDER BY name, address, prog",
	[ST_PEERS_LIKE] = "SELECT " PEER_COLUMNS " FROM peer WHERE name = ?1 OR address = ?2",
	[ST_HOST] = "SELECT state, instance, boot FROM host",
	[ST_SET_HOST] = "UPDATE host SET state = ?1, instance = ?2, boot = ?3",
	[ST_SET_HOST_STATE] = "UPDATE host SET state = ?1",
	[ST_NOTIFY_ALL] = "INSERT OR REPLACE INTO notify"
		" SELECT name, address, local, my_name, ?1 FROM peer",
	[ST_NOTIFY_KERNEL] = "INSERT OR REPLACE INTO notify"
		" SELECT name, address, local, my_name, ?1 FROM peer WHERE prog = 0",
	[ST_GRACE_KERNEL] = "INSERT OR IGNORE INTO grace"
		" SELECT name, address FROM peer WHERE prog = 0",
	[ST_FORGET_ALL] = "DELETE FROM peer",
	[ST_FORGET_KERNEL] = "DELETE FROM peer WHERE prog = 0",
	[ST_FORGET_CALLED] = "DELETE FROM peer WHERE prog != 0",
	[ST_UNNOTIFIED] = "SELECT 0, name, address, local, my_name, 0, 0, 0, x'', -1, since"
		" FROM notify ORDER BY name, address",
	[ST_NOTIFIED] = "DELETE FROM notify WHERE name = ?1 AND address = ?2",
	[ST_GRACE] = "SELECT 0, name, address, '', '', 0, 0, 0, x'', -1, 0 FROM grace"
		" ORDER BY name, address",
	[ST_GRACE_COUNT] = "SELECT count(*) FROM grace",
	[ST_GRACE_DONE] = "DELETE FROM grace",
};

static int store_run_change(struct store *st, sqlite3_stmt *stmt)
{
	if (stmt)
		st->failed = store_run(st, stmt);
	return st->failed;
}

static int64_t store_now(void)
{
	return time(NULL);
}

/* The values of a peer, by their numbers in the statements above. */
static void store_bind_peer(sqlite3_stmt *stmt, const struct store_peer *p)
{
	int most = sqlite3_bind_parameter_count(stmt);

	if (p->name)
		sqlite3_bind_text(stmt, 1, p->name, -1, SQLITE_STATIC);
	if (p->address)
		sqlite3_bind_text(stmt, 2, p->address, -1, SQLITE_STATIC);
	if (p->local)
		sqlite3_bind_text(stmt, 3, p->local, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, p->my_name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 5, p->prog);
	sqlite3_bind_int64(stmt, 6, p->vers);
	sqlite3_bind_int64(stmt, 7, p->proc);
	if (most >= 9) {
		sqlite3_bind_blob(stmt, 8, p->priv, sizeof(p->priv), SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 9, store_now());
	}
}

/* Calls @fn for each row of PEER_COLUMNS. */
static int store_walk(struct store *st, sqlite3_stmt *stmt, store_peer_fn fn, void *arg)
{
	int rc = SQLITE_DONE, err = 0;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct store_peer p = {
			.id = sqlite3_column_int64(stmt, 0),
			.name = store_text(stmt, 1),
			.address = store_text(stmt, 2),
			.local = store_text(stmt, 3),
			.my_name = store_text(stmt, 4),
			.prog = sqlite3_column_int64(stmt, 5),
			.vers = sqlite3_column_int64(stmt, 6),
			.proc = sqlite3_column_int64(stmt, 7),
			.state = sqlite3_column_int64(stmt, 9),
			.added = sqlite3_column_int64(stmt, 10),
		};

		if (sqlite3_column_bytes(stmt, 8) == sizeof(p.priv))
			memcpy(p.priv, sqlite3_column_blob(stmt, 8), sizeof(p.priv));
		err = fn(arg, &p);
	}
	if (!err && rc != SQLITE_DONE)
		err = store_fail(st, rc);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return err;
}

static int store_number(struct store *st, enum statement which, int64_t *value)
{
	sqlite3_stmt *stmt = store_statement(st, which);
	int rc, err;

	if (!stmt)
		return st->failed;
	rc = sqlite3_step(stmt);
	*value = sqlite3_column_int64(stmt, 0);
	err = rc == SQLITE_ROW ? 0 : store_fail(st, rc);
	sqlite3_reset(stmt);
	return err;
}

/* ---- peers ---- */

/**
 * store_monitor - put a peer on record
 * @store: the records
 * @peer: which; its @id, @state and @added are of no meaning. If it is there already, what
 *	may differ is renewed
 *
 * Return: 0; -ENOSPC: there are too many.
 */
int store_monitor(struct store *store, const struct store_peer *peer)
{
	sqlite3_stmt *stmt;
	int err;

	/* the count may be too great: one that was there already was counted again */
	if (store->peers < 0 || store->peers >= STORE_PEERS_MAX) {
		err = store_number(store, ST_COUNT, &store->peers);
		if (err)
			return err;
	}
	if (store->peers >= STORE_PEERS_MAX)
		return store_say(store, -ENOSPC, "%s has %d peers already", store->path,
				 STORE_PEERS_MAX);
	stmt = store_change(store, ST_MONITOR);
	if (stmt)
		store_bind_peer(stmt, peer);
	store->peers++;
	return store_run_change(store, stmt);
}

static int store_forget(struct store *st, sqlite3_stmt *stmt)
{
	int err = store_run_change(st, stmt);

	if (!err && st->peers >= 0)
		st->peers -= sqlite3_changes(st->db);
	return err;
}

/**
 * store_unmonitor - take a peer off the record
 * @store: the records
 * @peer: which; an address of "" is any. Its @priv, @id, @state and @added are of no meaning
 *
 * Return: 0, also if it was not there.
 */
int store_unmonitor(struct store *store, const struct store_peer *peer)
{
	sqlite3_stmt *stmt = store_change(store, ST_UNMONITOR);

	if (stmt)
		store_bind_peer(stmt, peer);
	return store_forget(store, stmt);
}

/**
 * store_unmonitor_all - take all peers off the record that somebody wanted there
 * @store: the records
 * @who: its @my_name, @prog, @vers and @proc
 *
 * Return: 0, also if there was none.
 */
int store_unmonitor_all(struct store *store, const struct store_peer *who)
{
	sqlite3_stmt *stmt = store_change(store, ST_UNMONITOR_ALL);
	struct store_peer any = *who;

	any.name = NULL;
	any.address = NULL;
	any.local = NULL;
	if (stmt)
		store_bind_peer(stmt, &any);
	return store_forget(store, stmt);
}

/**
 * store_set_state - note a peer's state number
 * @store: the records
 * @id: of the peer
 * @state: the number
 *
 * Return: 0.
 */
int store_set_state(struct store *store, int64_t id, uint32_t state)
{
	sqlite3_stmt *stmt = store_change(store, ST_SET_STATE);

	if (stmt) {
		sqlite3_bind_int64(stmt, 1, id);
		sqlite3_bind_int64(stmt, 2, state);
	}
	return store_run_change(store, stmt);
}

/**
 * store_peers - look at all peers, by name
 * @store: the records
 * @fn: called for each
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int store_peers(struct store *store, store_peer_fn fn, void *arg)
{
	sqlite3_stmt *stmt = store_statement(store, ST_PEERS);

	return stmt ? store_walk(store, stmt, fn, arg) : store->failed;
}

/**
 * store_peers_like - look at the peers that have a name or an address
 * @store: the records
 * @name: the name
 * @address: the address
 * @fn: called for each
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int store_peers_like(struct store *store, const char *name, const char *address,
		     store_peer_fn fn, void *arg)
{
	sqlite3_stmt *stmt = store_statement(store, ST_PEERS_LIKE);

	if (!stmt)
		return store->failed;
	sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, address, -1, SQLITE_STATIC);
	return store_walk(store, stmt, fn, arg);
}

/* ---- this host ---- */

/**
 * store_host - what is known of this host
 * @store: the records
 * @host: filled in
 *
 * Return: 0.
 */
int store_host(struct store *store, struct store_host *host)
{
	sqlite3_stmt *stmt = store_statement(store, ST_HOST);
	int rc, err = 0;

	if (!stmt)
		return store->failed;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		host->state = sqlite3_column_int64(stmt, 0);
		host->instance = sqlite3_column_int64(stmt, 1);
		snprintf(host->boot, sizeof(host->boot), "%s", store_text(stmt, 2));
	} else {
		err = store_fail(store, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
	}
	sqlite3_reset(stmt);
	return err;
}

static int store_at(struct store *st, enum statement which, int64_t time)
{
	sqlite3_stmt *stmt = store_change(st, which);

	if (stmt && sqlite3_bind_parameter_count(stmt))
		sqlite3_bind_int64(stmt, 1, time);
	return store_run_change(st, stmt);
}

/**
 * store_set_host - note what is known of this host
 * @store: the records
 * @host: as it is now
 *
 * Return: 0.
 */
int store_set_host(struct store *store, const struct store_host *host)
{
	sqlite3_stmt *stmt = store_change(store, ST_SET_HOST);

	if (stmt) {
		sqlite3_bind_int64(stmt, 1, host->state);
		sqlite3_bind_int64(stmt, 2, (int64_t)host->instance);
		sqlite3_bind_text(stmt, 3, host->boot, -1, SQLITE_STATIC);
	}
	return store_run_change(store, stmt);
}

/**
 * store_restarted - all locks are lost
 * @store: the records
 * @host: as it is now
 * @all: the locks that others on this host hold elsewhere too: the machine has restarted
 *
 * Peers on record are to be notified from now on, and those with locks in the kernel may
 * reclaim them. Who may reclaim from an earlier time still may.
 *
 * Return: 0.
 */
int store_restarted(struct store *store, const struct store_host *host, bool all)
{
	store_set_host(store, host);
	store_at(store, ST_GRACE_KERNEL, 0);
	store_at(store, all ? ST_NOTIFY_ALL : ST_NOTIFY_KERNEL, store_now());
	store->peers = -1;
	return store_at(store, all ? ST_FORGET_ALL : ST_FORGET_KERNEL, 0);
}

/**
 * store_crashed - somebody on this host says that it has lost its locks
 * @store: the records
 * @state: our new state number
 *
 * All peers are to be notified. Those of the kernel, which has lost nothing, stay on
 * record.
 *
 * Return: 0.
 */
int store_crashed(struct store *store, uint32_t state)
{
	store_at(store, ST_SET_HOST_STATE, state);
	store_at(store, ST_NOTIFY_ALL, store_now());
	store->peers = -1;
	return store_at(store, ST_FORGET_CALLED, 0);
}

/* ---- who is to be notified ---- */

/**
 * store_unnotified - look at the peers that do not know yet that we have restarted
 * @store: the records
 * @fn: called for each; its @added is since when it is to be notified
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int store_unnotified(struct store *store, store_peer_fn fn, void *arg)
{
	sqlite3_stmt *stmt = store_statement(store, ST_UNNOTIFIED);

	return stmt ? store_walk(store, stmt, fn, arg) : store->failed;
}

/**
 * store_notified - a peer knows, or is given up
 * @store: the records
 * @name: its name
 * @address: its address
 *
 * Return: 0.
 */
int store_notified(struct store *store, const char *name, const char *address)
{
	sqlite3_stmt *stmt = store_change(store, ST_NOTIFIED);

	if (stmt) {
		sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 2, address, -1, SQLITE_STATIC);
	}
	return store_run_change(store, stmt);
}

/* ---- who may reclaim ---- */

/**
 * store_grace - look at those who may reclaim
 * @store: the records
 * @fn: called for each; only @name and @address have a meaning
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int store_grace(struct store *store, store_peer_fn fn, void *arg)
{
	sqlite3_stmt *stmt = store_statement(store, ST_GRACE);

	return stmt ? store_walk(store, stmt, fn, arg) : store->failed;
}

/**
 * store_grace_count - how many may reclaim
 * @store: the records
 * @count: gets it
 *
 * Return: 0.
 */
int store_grace_count(struct store *store, uint64_t *count)
{
	int64_t value = 0;
	int err = store_number(store, ST_GRACE_COUNT, &value);

	*count = value;
	return err;
}

/**
 * store_grace_done - nobody may reclaim any more
 * @store: the records
 *
 * Return: 0.
 */
int store_grace_done(struct store *store)
{
	return store_at(store, ST_GRACE_DONE, 0);
}
