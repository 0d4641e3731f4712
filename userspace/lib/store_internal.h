/* SPDX-License-Identifier: GPL-2.0-only */
/* The two halves of the store: ditto_store.c opens and commits, ditto_records.c asks. */
#ifndef DITTO_LIB_STORE_INTERNAL_H
#define DITTO_LIB_STORE_INTERNAL_H

#include <sqlite3.h>
#include "ditto_store.h"

/* The statements, prepared when they are first used. */
enum statement {
	ST_BEGIN, ST_COMMIT, ST_ROLLBACK,
	ST_MONITOR, ST_UNMONITOR, ST_UNMONITOR_ALL, ST_SET_STATE, ST_COUNT,
	ST_PEERS, ST_PEERS_LIKE,
	ST_HOST, ST_SET_HOST, ST_SET_HOST_STATE,
	ST_NOTIFY_ALL, ST_NOTIFY_KERNEL, ST_GRACE_KERNEL, ST_FORGET_ALL, ST_FORGET_KERNEL,
	ST_FORGET_CALLED,
	ST_UNNOTIFIED, ST_NOTIFIED,
	ST_GRACE, ST_GRACE_COUNT, ST_GRACE_DONE,
	ST_NR,
};

/**
 * struct store - an open database
 * @db: SQLite's
 * @path: of the file
 * @lock_fd: holds the lock file; -1: none
 * @statements: prepared ones
 * @peers: on record; -1: not counted yet
 * @dirty: there are changes that are not committed
 * @failed: a change could not be made, so none of them will be
 * @waiters: for the commit, in order
 * @last: where the next one is put
 * @why: about the last error
 */
struct store {
	sqlite3			*db;
	char			*path;
	int			lock_fd;
	sqlite3_stmt		*statements[ST_NR];
	int64_t			peers;
	bool			dirty;
	int			failed;
	struct store_waiter	*waiters;
	struct store_waiter	**last;
	char			why[STORE_WHY];
};

extern const char *const store_statements[ST_NR];

int store_say(struct store *st, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int store_fail(struct store *st, int rc);
sqlite3_stmt *store_statement(struct store *st, enum statement which);
sqlite3_stmt *store_change(struct store *st, enum statement which);
int store_run(struct store *st, sqlite3_stmt *stmt);
const char *store_text(sqlite3_stmt *stmt, int column);

#endif
