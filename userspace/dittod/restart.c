// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has anything but this daemon restarted? What tells it apart is on record:
 *
 * - another boot: all locks are lost, those in the kernel's server and those that a lock
 *   manager on this host had elsewhere. All peers are told.
 * - another instance of the server, in the same boot: those in the server are lost.
 *   Peers that have to do with it are told.
 * - neither: only this daemon has. Nobody is told; what was begun goes on.
 *
 * The new state number is on record before anybody hears of it. It is odd, for we are
 * up (XNFS 11.2), and goes up by two.
 */
#include <stdio.h>
#include <string.h>
#include "dittod.h"
#include "kernel.h"
#include "log.h"
#include "loop.h"
#include "notify.h"

/*
 * Peers reclaim their locks as soon as they are told, so they are told when the server is
 * there; or, if there is none, after so many milliseconds.
 */
#define RESTART_PATIENCE	30000

static struct {
	bool			begun;	/* peers are being told, if there are any */
	struct loop_timer	timer;
} restart;

static void read_boot(char boot[40])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	boot[0] = '\0';
	if (f && fgets(boot, 40, f))
		boot[strcspn(boot, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void restart_notify(void)
{
	restart.begun = true;
	loop_timer_clear(&restart.timer);
	notify_all(dittod.host.state);
}

static void restart_waited(void *arg)
{
	(void)arg;
	restart_notify();
}

/* Puts on record what is now; @lost: locks are, @all: everybody's. */
static int restart_record(const struct store_host *now, bool lost, bool all)
{
	int err;

	if (lost)
		store_restarted(dittod.store, now, all);
	else
		store_set_host(dittod.store, now);
	err = store_commit(dittod.store);
	if (err) {
		log_error("%s", store_why(dittod.store));
		return err;
	}
	dittod.host = *now;
	return 0;
}

/**
 * restart_init - look what is on record of this host, and what is new
 *
 * Return: 0, or an errno, which was said.
 */
int restart_init(void)
{
	struct store_host now;
	int err;

	err = store_host(dittod.store, &dittod.host);
	if (err) {
		log_error("%s", store_why(dittod.store));
		return err;
	}
	now = dittod.host;
	read_boot(now.boot);
	if (!*dittod.host.boot) {
		err = restart_record(&now, false, false);
	} else if (strcmp(now.boot, dittod.host.boot)) {
		now.state = (dittod.host.state + 2) | 1;
		now.instance = 0;
		err = restart_record(&now, true, true);
		log_info("this host has restarted: state %u", now.state);
	}
	restart.timer.fn = restart_waited;
	loop_timer_set(&restart.timer, loop_now() + RESTART_PATIENCE);
	return err;
}

/**
 * restart_attached - there is a server
 * @instance: whether it is the same as before
 */
void restart_attached(uint64_t instance)
{
	struct store_host now = dittod.host;
	bool lost = now.instance && now.instance != instance;
	uint64_t clients = 0;

	if (now.instance != instance) {
		now.instance = instance;
		if (lost)
			now.state = (now.state + 2) | 1;
		if (restart_record(&now, lost, false)) {
			loop_stop(EXIT_RECORDS);
			return;
		}
		if (lost)
			log_info("the server has restarted: state %u", now.state);
	}
	store_grace_count(dittod.store, &clients);
	kernel_ready(dittod.nsm, dittod.host.state, clients);
	if (lost || !restart.begun)
		restart_notify();
}

/**
 * restart_simulated - a lock manager on this host has said that it has restarted, and that
 * is on record
 */
void restart_simulated(void)
{
	uint64_t clients = 0;

	if (store_host(dittod.store, &dittod.host))
		log_error("%s", store_why(dittod.store));
	log_info("a lock manager on this host has restarted: state %u", dittod.host.state);
	store_grace_count(dittod.store, &clients);
	kernel_ready(dittod.nsm, dittod.host.state, clients);
	restart_notify();
}

/**
 * restart_exit - stop telling peers; they are on record
 */
void restart_exit(void)
{
	loop_timer_clear(&restart.timer);
	notify_exit();
}
