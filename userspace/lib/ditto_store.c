// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon's records.
 *
 * The file is made under another name and gets its own when it is complete, so one
 * that is empty or torn is damage and never taken for a new one. It is written ahead
 * (WAL) and every commit waits for the disk (synchronous=FULL).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "ditto_store.h"
#include "store_internal.h"

#define STORE_FILE	"dittod.db"
#define STORE_LOCK	"dittod.lock"
/* What to do about one that is no good; it is for people to decide. */
#define STORE_FIX	"Put it back from a backup; or move it away, with what begins with its " \
			"name, to start anew: then clients that held locks are not told of the " \
			"restart, and lose them"
/* "Dito": other people's databases are not ours. */
#define STORE_APPLICATION	0x4469746f

/* What brings a database from one schema to the next; never change a step that was released. */
static const char *const steps[] = {
	/* 0 to 1 */
	"CREATE TABLE host("
	"	one INTEGER PRIMARY KEY CHECK (one = 1),"
	"	state INTEGER NOT NULL,"
	"	instance INTEGER NOT NULL,"
	"	boot TEXT NOT NULL"
	");"
	"INSERT INTO host VALUES(1, 1, 0, '');"
	"CREATE TABLE peer("
	"	id INTEGER PRIMARY KEY,"
	"	name TEXT NOT NULL COLLATE NOCASE,"
	"	address TEXT NOT NULL,"
	"	local TEXT NOT NULL,"
	"	my_name TEXT NOT NULL,"
	"	prog INTEGER NOT NULL,"
	"	vers INTEGER NOT NULL,"
	"	proc INTEGER NOT NULL,"
	"	priv BLOB NOT NULL,"
	"	state INTEGER NOT NULL,"
	"	added INTEGER NOT NULL,"
	"	UNIQUE (name, address, my_name, prog, vers, proc)"
	");"
	"CREATE INDEX peer_address ON peer(address);"
	/* who does not know yet that we have restarted */
	"CREATE TABLE notify("
	"	name TEXT NOT NULL COLLATE NOCASE,"
	"	address TEXT NOT NULL,"
	"	local TEXT NOT NULL,"
	"	my_name TEXT NOT NULL,"
	"	since INTEGER NOT NULL,"
	"	PRIMARY KEY (name, address)"
	") WITHOUT ROWID;"
	/* who held locks that are lost, and may reclaim them */
	"CREATE TABLE grace("
	"	name TEXT NOT NULL COLLATE NOCASE,"
	"	address TEXT NOT NULL,"
	"	PRIMARY KEY (name, address)"
	") WITHOUT ROWID;",
};

#define STORE_SCHEMA	((int)(sizeof(steps) / sizeof(steps[0])))

/**
 * store_say - write a sentence about an error
 * @st: the records
 * @err: the error
 * @fmt: as printf()
 *
 * Return: @err
 */
int store_say(struct store *st, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(st->why, sizeof(st->why), fmt, ap);
	va_end(ap);
	return err;
}

/**
 * store_fail - what SQLite said
 * @st: the records; a sentence that names the file is left there
 * @rc: SQLITE_*
 *
 * Return: STORE_DAMAGED or a negative errno.
 */
int store_fail(struct store *st, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return store_say(st, -ENOSPC, "%s: the disk is full", st->path);
	case SQLITE_NOMEM:
		return store_say(st, -ENOMEM, "%s: out of memory", st->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return store_say(st, -EBUSY, "%s: another program is using it", st->path);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return store_say(st, -EACCES, "%s: %s", st->path, sqlite3_errmsg(st->db));
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return store_say(st, STORE_DAMAGED,
				 "%s is damaged (%s). " STORE_FIX, st->path,
				 sqlite3_errmsg(st->db));
	default:
		return store_say(st, -EIO, "%s: %s", st->path, sqlite3_errmsg(st->db));
	}
}

/* ---- statements ---- */

/**
 * store_statement - a statement that only looks
 * @st: the records
 * @which: ST_*
 *
 * Return: the statement, prepared; NULL where there was an error, which is in st->failed then.
 */
sqlite3_stmt *store_statement(struct store *st, enum statement which)
{
	sqlite3_stmt **stmt = &st->statements[which];
	int rc = SQLITE_OK;

	if (!*stmt)
		rc = sqlite3_prepare_v3(st->db, store_statements[which], -1, SQLITE_PREPARE_PERSISTENT,
					stmt, NULL);
	if (rc) {
		st->failed = store_fail(st, rc);
		return NULL;
	}
	return *stmt;
}

/**
 * store_run - run a statement that has no rows
 * @st: the records
 * @stmt: the statement, its values bound; they are let go
 *
 * Return: 0 or an error.
 */
int store_run(struct store *st, sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);
	int err = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_fail(st, rc);

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return err;
}

/**
 * store_change - a statement that changes something
 * @st: the records
 * @which: ST_*
 *
 * After one that failed nothing is changed any more until the commit, which fails too.
 *
 * Return: the statement, prepared; NULL where there was an error, which is in st->failed then.
 */
sqlite3_stmt *store_change(struct store *st, enum statement which)
{
	sqlite3_stmt *stmt;

	if (st->failed)
		return NULL;
	if (!st->dirty) {
		stmt = store_statement(st, ST_BEGIN);
		if (stmt)
			st->failed = store_run(st, stmt);
		if (st->failed)
			return NULL;
		st->dirty = true;
	}
	return store_statement(st, which);
}

/**
 * store_text - a text in a row
 * @stmt: the statement that has the row
 * @column: its number
 *
 * Return: the text, good until the next row; never NULL.
 */
const char *store_text(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}

/* ---- opening ---- */

static int store_pragma(struct store *st, const char *name, int *value)
{
	sqlite3_stmt *stmt;
	char text[64];
	int rc;

	snprintf(text, sizeof(text), "PRAGMA %s", name);
	rc = sqlite3_prepare_v2(st->db, text, -1, &stmt, NULL);
	if (rc)
		return store_fail(st, rc);
	rc = sqlite3_step(stmt);
	*value = rc == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(st, rc);
}

static int store_exec(struct store *st, const char *sql)
{
	int rc = sqlite3_exec(st->db, sql, NULL, NULL, NULL);

	return rc ? store_fail(st, rc) : 0;
}

/* From the schema it has to ours, a step at a time, each all or nothing. */
static int store_migrate(struct store *st, int from)
{
	char end[64];
	int err = 0, n;

	for (n = from; !err && n < STORE_SCHEMA; n++) {
		snprintf(end, sizeof(end), "PRAGMA user_version = %d; COMMIT", n + 1);
		err = store_exec(st, "BEGIN IMMEDIATE");
		if (!err)
			err = store_exec(st, steps[n]);
		if (!err)
			err = store_exec(st, end);
	}
	return err;
}

static int store_connect(struct store *st, const char *path, int flags)
{
	int rc = sqlite3_open_v2(path, &st->db, flags, NULL);

	if (rc)
		return store_fail(st, rc);
	sqlite3_extended_result_codes(st->db, 1);
	sqlite3_busy_timeout(st->db, 2000);
	return 0;
}

/* On the disk, and its name too. */
static int store_sync(struct store *st, const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	int err = fd < 0 || fsync(fd) ? store_say(st, -errno, "%s: %s", path, strerror(errno)) : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

static int store_make(struct store *st, const char *dir)
{
	char fresh[4096];
	int err;

	snprintf(fresh, sizeof(fresh), "%s.new", st->path);
	if (unlink(fresh) && errno != ENOENT)
		return store_say(st, -errno, "%s: %s", fresh, strerror(errno));
	err = store_connect(st, fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if (!err)
		err = store_migrate(st, 0);
	if (!err) {
		char sql[64];

		snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", STORE_APPLICATION);
		err = store_exec(st, sql);
	}
	sqlite3_close(st->db);
	st->db = NULL;
	if (!err)
		err = store_sync(st, fresh, 0);
	if (!err && rename(fresh, st->path))
		err = store_say(st, -errno, "%s: %s", st->path, strerror(errno));
	return err ? err : store_sync(st, dir, O_DIRECTORY);
}

static int store_damaged(struct store *st, const char *how)
{
	return store_say(st, STORE_DAMAGED, "%s %s. " STORE_FIX, st->path, how);
}

/* A file that is not there was never there, unless it has left something. */
static int store_look(struct store *st, const char *dir)
{
	char wal[4096];
	struct stat s;

	if (!stat(st->path, &s))
		return s.st_size ? 0 : store_damaged(st, "is empty");
	if (errno != ENOENT)
		return store_say(st, -errno, "%s: %s", st->path, strerror(errno));
	snprintf(wal, sizeof(wal), "%s-wal", st->path);
	if (!stat(wal, &s) && s.st_size)
		return store_damaged(st, "is gone, but its log is not");
	return store_make(st, dir);
}

static int store_check_schema(struct store *st, bool read_only)
{
	int application, schema, err;

	err = store_pragma(st, "application_id", &application);
	if (!err)
		err = store_pragma(st, "user_version", &schema);
	if (err)
		return err;
	if (application != STORE_APPLICATION)
		return store_damaged(st, "is a database, but not dittod's");
	if (schema > STORE_SCHEMA)
		return store_say(st, STORE_DAMAGED,
			   "%s was written by a newer version (schema %d, this one knows %d); "
			   "install that version again, or put the file back from a backup",
			   st->path, schema, STORE_SCHEMA);
	if (schema == STORE_SCHEMA)
		return 0;
	if (read_only)
		return store_say(st, -EAGAIN,
			   "%s was written by an older version; start dittod, which brings it up to "
			   "date", st->path);
	return store_migrate(st, schema);
}

static int store_check_pages(struct store *st)
{
	sqlite3_stmt *stmt;
	int rc, err = 0;

	rc = sqlite3_prepare_v2(st->db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (!rc)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW)
		err = store_fail(st, rc);
	else if (strcmp(store_text(stmt, 0), "ok"))
		err = store_fail(st, SQLITE_CORRUPT);
	sqlite3_finalize(stmt);
	return err;
}

static int store_lock(struct store *st, const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/" STORE_LOCK, dir);
	st->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (st->lock_fd < 0)
		return store_say(st, -errno, "%s: %s", path, strerror(errno));
	if (!flock(st->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	return store_say(st, STORE_IN_USE,
		   "another dittod keeps its records in %s; each needs a folder of its own "
		   "(--state-dir)", dir);
}

static int store_prepare(struct store *st, const char *dir, bool read_only)
{
	struct stat s;
	int err;

	if (read_only) {
		if (stat(st->path, &s))
			return store_say(st, -errno, "%s: %s", st->path, strerror(errno));
		err = store_connect(st, st->path, SQLITE_OPEN_READONLY);
		return err ? err : store_check_schema(st, true);
	}
	err = store_lock(st, dir);
	if (!err)
		err = store_look(st, dir);
	if (!err)
		err = store_connect(st, st->path, SQLITE_OPEN_READWRITE);
	if (!err)
		err = store_check_schema(st, false);
	if (!err)
		err = store_check_pages(st);
	if (!err)
		err = store_exec(st, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	return err;
}

/**
 * store_open - open the records, or make them
 * @store: gets them, for store_close(); NULL where there was an error
 * @dir: folder they are in
 * @read_only: only look, beside the daemon that has them
 * @why: gets a sentence where there was an error
 *
 * Return: 0; STORE_DAMAGED; STORE_IN_USE; a negative errno.
 */
int store_open(struct store **store, const char *dir, bool read_only, char why[STORE_WHY])
{
	struct store *st = calloc(1, sizeof(*st));
	int err;

	*store = NULL;
	if (!st || asprintf(&st->path, "%s/" STORE_FILE, dir) < 0) {
		free(st);
		snprintf(why, STORE_WHY, "out of memory");
		return -ENOMEM;
	}
	st->lock_fd = -1;
	st->peers = -1;
	st->last = &st->waiters;
	err = store_prepare(st, dir, read_only);
	if (err) {
		snprintf(why, STORE_WHY, "%s", st->why);
		store_close(st);
		return err;
	}
	*store = st;
	return 0;
}

/**
 * store_close - close the records; what was not committed is not on record
 * @store: from store_open(), or NULL
 */
void store_close(struct store *store)
{
	int i;

	if (!store)
		return;
	for (i = 0; i < ST_NR; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store->path);
	free(store);
}

/**
 * store_why - what went wrong
 * @store: the records
 *
 * Return: a sentence about the last error.
 */
const char *store_why(const struct store *store)
{
	return store->why;
}

/* ---- commit ---- */

static int store_end(struct store *st)
{
	sqlite3_stmt *stmt;
	int err = st->failed;

	if (st->dirty) {
		stmt = err ? NULL : store_statement(st, ST_COMMIT);
		if (stmt)
			err = store_run(st, stmt);
		else
			err = st->failed;
		if (err) {
			st->peers = -1;
			sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
		}
	}
	st->dirty = false;
	st->failed = 0;
	return err;
}

/**
 * store_commit - make the changes last, all or none
 * @store: the records
 *
 * Whoever waits for it is called. These may change something, which is for the next one.
 *
 * Return: 0, or an errno: nothing was changed since the last one.
 */
int store_commit(struct store *store)
{
	struct store_waiter *waiters = store->waiters, *w;
	int err;

	if (!waiters && !store->dirty && !store->failed)
		return 0;
	err = store_end(store);
	store->waiters = NULL;
	store->last = &store->waiters;
	while ((w = waiters)) {
		waiters = w->next;
		w->fn(w, err > 0 ? -EIO : err);
	}
	return err;
}

/**
 * store_when_committed - wait for the next commit
 * @store: the records
 * @waiter: who; stays until it was called
 */
void store_when_committed(struct store *store, struct store_waiter *waiter)
{
	waiter->next = NULL;
	*store->last = waiter;
	store->last = &waiter->next;
}

