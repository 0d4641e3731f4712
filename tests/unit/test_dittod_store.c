// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon's records: what was committed is there, what was not is not; peers come and
 * go, a restart turns them into those to be told; a file that is no good is never taken
 * for an empty one.
 *
 * Uses: userspace/lib/ditto_store.c userspace/lib/ditto_records.c
 * Libs: sqlite3
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tap.h"
#include "../../userspace/lib/ditto_store.h"

static char dir[64], file[128];

static void fresh(void)
{
	char command[160];

	if (*dir) {
		snprintf(command, sizeof(command), "rm -rf %s", dir);
		CHECK_EQ(system(command), 0);
	}
	strcpy(dir, "/tmp/dittod-store.XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/dittod.db", dir);
}

static struct store *begin(void)
{
	char why[STORE_WHY];
	struct store *st;

	if (store_open(&st, dir, false, why)) {
		printf("# %s\n", why);
		CHECK(!"the records open");
		exit(1);
	}
	return st;
}

/* How it does not open; the sentence names the file. */
static int refused(char why[STORE_WHY])
{
	struct store *st;
	int err = store_open(&st, dir, false, why);

	CHECK(!st);
	CHECK(err);
	CHECK(strstr(why, err == STORE_IN_USE ? dir : file));
	store_close(st);
	return err;
}

static struct store_peer kernel_peer(const char *name, const char *address)
{
	return (struct store_peer){
		.name = name, .address = address, .local = "10.0.0.1", .my_name = "server",
	};
}

static struct store_peer called_peer(const char *name, const char *address, uint32_t proc)
{
	return (struct store_peer){
		.name = name, .address = address, .local = "", .my_name = "me",
		.prog = 100021, .vers = 4, .proc = proc, .priv = "0123456789abcde",
	};
}

/* Written as one text: name@address/state,... */
static char seen[4096];

static int see(void *arg, const struct store_peer *p)
{
	size_t len = strlen(seen);

	snprintf(seen + len, sizeof(seen) - len, "%s%s@%s", len ? " " : "", p->name, p->address);
	if (p->prog)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "#%u:%.16s", p->proc,
			 (const char *)p->priv);
	if (p->state >= 0)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "/%lld",
			 (long long)p->state);
	return arg ? 7 : 0;
}

static const char *peers(struct store *st)
{
	*seen = '\0';
	CHECK_EQ(store_peers(st, see, NULL), 0);
	return seen;
}

static const char *like(struct store *st, const char *name, const char *address)
{
	*seen = '\0';
	CHECK_EQ(store_peers_like(st, name, address, see, NULL), 0);
	return seen;
}

static const char *unnotified(struct store *st)
{
	*seen = '\0';
	CHECK_EQ(store_unnotified(st, see, NULL), 0);
	return seen;
}

static const char *grace(struct store *st)
{
	*seen = '\0';
	CHECK_EQ(store_grace(st, see, NULL), 0);
	return seen;
}

static void monitor(struct store *st, struct store_peer p)
{
	CHECK_EQ(store_monitor(st, &p), 0);
}

static void unmonitor(struct store *st, struct store_peer p)
{
	CHECK_EQ(store_unmonitor(st, &p), 0);
}

TEST(what_was_committed_is_there_and_the_rest_is_not)
{
	struct store *st;

	fresh();
	st = begin();
	CHECK_STR(peers(st), "");
	monitor(st, kernel_peer("one", "10.0.0.11"));
	CHECK_EQ(store_commit(st), 0);
	monitor(st, kernel_peer("two", "10.0.0.12"));
	CHECK_STR(peers(st), "one@10.0.0.11 two@10.0.0.12");
	store_close(st);
	st = begin();
	CHECK_STR(peers(st), "one@10.0.0.11");
	store_close(st);
}

TEST(peers_come_once_and_go)
{
	struct store *st;

	fresh();
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	monitor(st, kernel_peer("ONE", "10.0.0.11"));
	monitor(st, kernel_peer("one", "fd00::11"));
	CHECK_STR(peers(st), "one@10.0.0.11 one@fd00::11");
	unmonitor(st, kernel_peer("nobody", "10.0.0.11"));
	unmonitor(st, kernel_peer("One", "10.0.0.11"));
	CHECK_STR(peers(st), "one@fd00::11");
	unmonitor(st, kernel_peer("one", ""));
	CHECK_STR(peers(st), "");
	CHECK_EQ(store_commit(st), 0);
	store_close(st);
}

TEST(whoever_wants_a_peer_monitored_wants_it_alone)
{
	struct store *st;
	struct store_peer who;

	fresh();
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	monitor(st, called_peer("one", "10.0.0.11", 1));
	monitor(st, called_peer("one", "10.0.0.11", 2));
	monitor(st, called_peer("two", "10.0.0.12", 2));
	unmonitor(st, called_peer("one", "10.0.0.11", 1));
	CHECK_STR(peers(st), "one@10.0.0.11 one@10.0.0.11#2:0123456789abcde "
			     "two@10.0.0.12#2:0123456789abcde");
	who = called_peer("", "", 2);
	CHECK_EQ(store_unmonitor_all(st, &who), 0);
	CHECK_STR(peers(st), "one@10.0.0.11");
	store_commit(st);
	store_close(st);
}

TEST(a_name_with_odd_bytes_is_a_name)
{
	struct store *st;

	fresh();
	st = begin();
	monitor(st, kernel_peer("o'ne\"; DROP TABLE peer;--", "10.0.0.11"));
	monitor(st, kernel_peer("\xff\xfe\x80", "10.0.0.12"));
	CHECK_EQ(store_commit(st), 0);
	CHECK_STR(like(st, "\xff\xfe\x80", "x"), "\xff\xfe\x80@10.0.0.12");
	unmonitor(st, kernel_peer("\xff\xfe\x80", "10.0.0.12"));
	CHECK_STR(peers(st), "o'ne\"; DROP TABLE peer;--@10.0.0.11");
	store_commit(st);
	store_close(st);
}

static int take_id(void *arg, const struct store_peer *p)
{
	*(int64_t *)arg = p->id;
	return 1;
}

static int64_t first_id(struct store *st)
{
	int64_t id = 0;

	CHECK_EQ(store_peers(st, take_id, &id), 1);
	return id;
}

TEST(peers_are_found_by_name_or_address)
{
	struct store *st;

	fresh();
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	monitor(st, kernel_peer("two", "10.0.0.12"));
	CHECK_STR(like(st, "ONE", "10.0.0.99"), "one@10.0.0.11");
	CHECK_STR(like(st, "x", "10.0.0.12"), "two@10.0.0.12");
	CHECK_STR(like(st, "x", "10.0.0.1"), "");
	CHECK_EQ(store_set_state(st, first_id(st), 9), 0);
	CHECK_STR(like(st, "one", ""), "one@10.0.0.11/9");
	monitor(st, kernel_peer("one", "10.0.0.11"));
	CHECK_STR(like(st, "one", ""), "one@10.0.0.11/9");
	CHECK_EQ(store_peers(st, see, st), 7);
	store_commit(st);
	store_close(st);
}

TEST(a_restart_of_the_server_tells_its_peers)
{
	struct store_host host = { .state = 5, .instance = 0xfedcba9876543210, .boot = "b" };
	struct store_host got;
	struct store *st;
	uint64_t count;

	fresh();
	st = begin();
	CHECK_EQ(store_host(st, &got), 0);
	CHECK_EQ(got.state, 1);
	CHECK_EQ(got.instance, 0);
	CHECK_STR(got.boot, "");
	monitor(st, kernel_peer("one", "10.0.0.11"));
	monitor(st, called_peer("nfs", "10.0.0.12", 1));
	CHECK_EQ(store_restarted(st, &host, false), 0);
	CHECK_EQ(store_commit(st), 0);
	store_close(st);
	st = begin();
	CHECK_EQ(store_host(st, &got), 0);
	CHECK_EQ(got.state, 5);
	CHECK(got.instance == host.instance);
	CHECK_STR(got.boot, "b");
	CHECK_STR(peers(st), "nfs@10.0.0.12#1:0123456789abcde");
	CHECK_STR(unnotified(st), "one@10.0.0.11");
	CHECK_STR(grace(st), "one@10.0.0.11");
	/* one comes back and the other does not: both may reclaim after the next restart */
	monitor(st, kernel_peer("three", "10.0.0.13"));
	CHECK_EQ(store_restarted(st, &host, false), 0);
	CHECK_STR(grace(st), "one@10.0.0.11 three@10.0.0.13");
	CHECK_EQ(store_grace_count(st, &count), 0);
	CHECK_EQ(count, 2);
	CHECK_EQ(store_notified(st, "ONE", "10.0.0.11"), 0);
	CHECK_EQ(store_notified(st, "three", "10.0.0.11"), 0);
	CHECK_STR(unnotified(st), "three@10.0.0.13");
	CHECK_EQ(store_grace_done(st), 0);
	CHECK_STR(grace(st), "");
	store_commit(st);
	store_close(st);
}

TEST(a_restart_of_the_machine_tells_all)
{
	struct store_host host = { .state = 5, .boot = "b" };
	struct store *st;

	fresh();
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	monitor(st, called_peer("nfs", "10.0.0.12", 1));
	monitor(st, called_peer("nfs", "10.0.0.12", 2));
	CHECK_EQ(store_restarted(st, &host, true), 0);
	CHECK_STR(peers(st), "");
	CHECK_STR(unnotified(st), "nfs@10.0.0.12 one@10.0.0.11");
	CHECK_STR(grace(st), "one@10.0.0.11");
	store_commit(st);
	store_close(st);
}

TEST(a_crash_that_is_simulated_leaves_the_kernels_peers)
{
	struct store_host got;
	struct store *st;

	fresh();
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	monitor(st, called_peer("nfs", "10.0.0.12", 1));
	CHECK_EQ(store_crashed(st, 3), 0);
	CHECK_EQ(store_commit(st), 0);
	CHECK_EQ(store_host(st, &got), 0);
	CHECK_EQ(got.state, 3);
	CHECK_STR(peers(st), "one@10.0.0.11");
	CHECK_STR(unnotified(st), "nfs@10.0.0.12 one@10.0.0.11");
	CHECK_STR(grace(st), "");
	store_close(st);
}

/* ---- commit ---- */

struct wait {
	struct store_waiter waiter;
	int calls, err;
};

static void called(struct store_waiter *waiter, int err)
{
	struct wait *w = (struct wait *)waiter;

	w->calls++;
	w->err = err;
}

TEST(waiters_are_called_once_by_the_commit)
{
	struct wait a = { .waiter.fn = called }, b = { .waiter.fn = called };
	struct store *st;

	fresh();
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	store_when_committed(st, &a.waiter);
	store_when_committed(st, &b.waiter);
	CHECK_EQ(a.calls, 0);
	CHECK_EQ(store_commit(st), 0);
	CHECK_EQ(store_commit(st), 0);
	CHECK_EQ(a.calls, 1);
	CHECK_EQ(b.calls, 1);
	CHECK_EQ(a.err, 0);
	store_close(st);
}

TEST(where_it_cannot_be_written_waiters_hear_of_it)
{
	struct wait a = { .waiter.fn = called };
	struct store_peer p;
	struct store *st;
	sqlite3 *other;

	fresh();
	st = begin();
	CHECK_EQ(sqlite3_open(file, &other), 0);
	CHECK_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), 0);
	p = kernel_peer("one", "10.0.0.11");
	CHECK(store_monitor(st, &p) < 0);
	store_when_committed(st, &a.waiter);
	CHECK(store_commit(st) < 0);
	CHECK_EQ(a.calls, 1);
	CHECK(a.err < 0);
	CHECK(strstr(store_why(st), file));
	sqlite3_close(other);
	/* and when it is over it is over */
	monitor(st, p);
	CHECK_EQ(store_commit(st), 0);
	CHECK_STR(peers(st), "one@10.0.0.11");
	store_close(st);
}

TEST(a_process_that_dies_leaves_what_it_committed)
{
	int round, status, fds[2];
	char last[16], name[16], want[64];
	struct store *st;
	ssize_t len;
	pid_t pid;

	fresh();
	for (round = 0; round < 5; round++) {
		CHECK_EQ(pipe(fds), 0);
		pid = fork();
		if (!pid) {
			int i;

			st = begin();
			for (i = 0; ; i++) {
				snprintf(name, sizeof(name), "p%d-%d", round, i);
				monitor(st, kernel_peer(name, "10.0.0.11"));
				if (store_commit(st) || write(fds[1], name, sizeof(name)) < 0)
					_exit(1);
			}
		}
		close(fds[1]);
		usleep(20000 + round * 7000);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		*last = '\0';
		while ((len = read(fds[0], name, sizeof(name))) == sizeof(name))
			strcpy(last, name);
		close(fds[0]);
		if (!*last)
			continue;
		st = begin();
		snprintf(want, sizeof(want), "%s@10.0.0.11", last);
		CHECK_STR(like(st, last, ""), want);
		store_close(st);
	}
}

/* ---- files that are no good ---- */

static void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, bytes, len), len);
	close(fd);
}

TEST(an_empty_file_is_damage)
{
	char why[STORE_WHY];

	fresh();
	write_file(file, "", 0);
	CHECK_EQ(refused(why), STORE_DAMAGED);
	CHECK(strstr(why, "empty"));
}

TEST(a_text_is_damage)
{
	char why[STORE_WHY], text[8192];

	fresh();
	memset(text, 'x', sizeof(text));
	write_file(file, text, sizeof(text));
	CHECK_EQ(refused(why), STORE_DAMAGED);
	CHECK(strstr(why, "damaged"));
	CHECK(strstr(why, "backup"));
}

TEST(a_log_without_its_file_is_damage)
{
	char why[STORE_WHY], wal[160];

	fresh();
	snprintf(wal, sizeof(wal), "%s-wal", file);
	write_file(wal, "something", 9);
	CHECK_EQ(refused(why), STORE_DAMAGED);
	CHECK(strstr(why, "gone"));
}

TEST(pages_that_are_overwritten_are_damage)
{
	char why[STORE_WHY], noise[4096], name[16];
	struct store *st;
	struct stat s;
	int fd, i;

	fresh();
	st = begin();
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		monitor(st, kernel_peer(name, "10.0.0.11"));
	}
	CHECK_EQ(store_commit(st), 0);
	store_close(st);
	memset(noise, 0x5a, sizeof(noise));
	fd = open(file, O_WRONLY);
	CHECK(!fstat(fd, &s) && s.st_size > 40960);
	for (i = 5; i < 9; i++)
		CHECK_EQ(pwrite(fd, noise, sizeof(noise), i * 4096), sizeof(noise));
	close(fd);
	CHECK_EQ(refused(why), STORE_DAMAGED);
}

static void sql(const char *text)
{
	sqlite3 *db;

	CHECK_EQ(sqlite3_open(file, &db), 0);
	CHECK_EQ(sqlite3_exec(db, text, NULL, NULL, NULL), 0);
	sqlite3_close(db);
}

TEST(another_programs_database_is_not_ours)
{
	char why[STORE_WHY];

	fresh();
	sql("CREATE TABLE x(y)");
	CHECK_EQ(refused(why), STORE_DAMAGED);
	CHECK(strstr(why, "not dittod's"));
}

TEST(a_newer_one_is_left_alone)
{
	char why[STORE_WHY];

	fresh();
	store_close(begin());
	sql("PRAGMA user_version = 99");
	CHECK_EQ(refused(why), STORE_DAMAGED);
	CHECK(strstr(why, "newer"));
	CHECK(strstr(why, "99"));
}

TEST(an_older_one_is_brought_up_to_date)
{
	struct store *st;

	fresh();
	/* version 0 has nothing but its mark */
	sql("PRAGMA application_id = 0x4469746f; CREATE TABLE old(x)");
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	CHECK_EQ(store_commit(st), 0);
	store_close(st);
	sql("DROP TABLE old");
	st = begin();
	CHECK_STR(peers(st), "one@10.0.0.11");
	store_close(st);
}

TEST(one_that_was_not_finished_is_made_again)
{
	char half[160];
	struct store *st;

	fresh();
	snprintf(half, sizeof(half), "%s.new", file);
	write_file(half, "half", 4);
	st = begin();
	CHECK_STR(peers(st), "");
	store_close(st);
	CHECK(access(half, F_OK));
}

TEST(two_do_not_share_it)
{
	char why[STORE_WHY];
	struct store *st, *look;

	fresh();
	st = begin();
	monitor(st, kernel_peer("one", "10.0.0.11"));
	CHECK_EQ(store_commit(st), 0);
	CHECK_EQ(refused(why), STORE_IN_USE);
	/* but somebody may look */
	CHECK_EQ(store_open(&look, dir, true, why), 0);
	CHECK_STR(peers(look), "one@10.0.0.11");
	CHECK(store_grace_done(look) < 0);
	CHECK(store_commit(look) < 0);
	store_close(look);
	store_close(st);
}

TEST(one_that_is_not_there_cannot_be_looked_at)
{
	char why[STORE_WHY];
	struct store *st;

	fresh();
	CHECK_EQ(store_open(&st, dir, true, why), -ENOENT);
	CHECK(!st);
	CHECK(access(file, F_OK));
}

TEST(ten_thousand_peers)
{
	struct store *st;
	char name[16];
	uint64_t count;
	struct store_host host = { .state = 3, .instance = 1 };
	int i;

	fresh();
	st = begin();
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		monitor(st, kernel_peer(name, "10.0.0.11"));
		if (i % 64 == 0)
			CHECK_EQ(store_commit(st), 0);
	}
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "p%d", i * 2);
		unmonitor(st, kernel_peer(name, "10.0.0.11"));
	}
	CHECK_EQ(store_restarted(st, &host, false), 0);
	CHECK_EQ(store_grace_count(st, &count), 0);
	CHECK_EQ(count, 5000);
	CHECK_EQ(store_commit(st), 0);
	store_close(st);
	fresh();
}
