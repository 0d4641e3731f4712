// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our place in rpcbind: it is taken if nobody who answers has it, looked after, and given
 * back.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "addr.h"
#include "dittod.h"
#include "log.h"
#include "loop.h"
#include "nsm_xdr.h"
#include "rpcbind.h"
#include "svc.h"

/* rpcbind may be started later, or anew; milliseconds. */
#define REGISTER_AGAIN	30000

static struct loop_timer again;

/* ---- another status monitor ---- */

/* Does a status monitor of this host answer at a port? Waits for it for a second at most. */
static bool answers(enum rpcbind_netid netid, unsigned int port)
{
	bool tcp = netid == RPCBIND_TCP || netid == RPCBIND_TCP6;
	struct rpc_call call = { .xid = 1, .prog = NSM_PROGRAM, .vers = NSM_VERSION };
	struct timeval second = { .tv_sec = 1 };
	struct sockaddr_storage addr;
	enum rpc_status status;
	uint8_t bytes[128];
	bool good = false;
	uint32_t xid;
	struct xdr x;
	ssize_t len;
	int fd;

	addr_parse(netid >= RPCBIND_UDP6 ? "::1" : "127.0.0.1", &addr);
	addr_set_port(&addr, port);
	fd = socket(addr.ss_family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	xdr_init(&x, bytes, sizeof(bytes));
	rpc_put_call(&x, &call);
	if (connect(fd, (struct sockaddr *)&addr, addr_len(&addr)))
		goto out;
	/* who takes a connection there is somebody */
	good = tcp;
	if (tcp || send(fd, bytes, xdr_len(&x), MSG_NOSIGNAL) < 0)
		goto out;
	len = recv(fd, bytes, sizeof(bytes), 0);
	if (len > 0) {
		xdr_init(&x, bytes, len);
		good = rpc_get_reply(&x, &xid, &status);
	}
out:
	close(fd);
	return good;
}

/* The process of a name, as text; "" if there is none. */
static void find_process(const char *name, char pid[17])
{
	DIR *d = opendir("/proc");
	char path[64], comm[64];
	struct dirent *e;
	FILE *f;

	*pid = '\0';
	while (d && !*pid && (e = readdir(d))) {
		if (!isdigit((unsigned char)*e->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/comm", e->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fgets(comm, sizeof(comm), f)) {
			comm[strcspn(comm, "\n")] = '\0';
			if (!strcmp(comm, name))
				snprintf(pid, 17, "%.16s", e->d_name);
		}
		fclose(f);
	}
	if (d)
		closedir(d);
}

static void say_other_monitor(enum rpcbind_netid netid, unsigned int port)
{
	char pid[17];

	find_process("rpc.statd", pid);
	if (*pid)
		log_error("another status monitor is running: rpc.statd (process %s), on %s port %u; "
			  "stop it with: systemctl disable --now rpc-statd rpc-statd-notify, or start "
			  "dittod with --no-nsm", pid, rpcbind_netid_name(netid), port);
	else
		log_error("another status monitor is running, on %s port %u; stop it, or start dittod "
			  "with --no-nsm", rpcbind_netid_name(netid), port);
}

/**
 * register_other_monitor - is there another status monitor on this host?
 *
 * Return: true if there is, which was said.
 */
bool register_other_monitor(void)
{
	struct rpcbind *rb;
	bool found = false;
	int netid, port;

	if (rpcbind_open(&rb))
		return false;
	for (netid = 0; !found && netid < RPCBIND_NR; netid++) {
		port = rpcbind_lookup(rb, NSM_PROGRAM, NSM_VERSION, netid);
		found = port > 0 && answers(netid, port);
		if (found)
			say_other_monitor(netid, port);
	}
	rpcbind_close(rb);
	return found;
}

/* ---- our place ---- */

static int register_one(struct rpcbind *rb, enum rpcbind_netid netid)
{
	int port = rpcbind_lookup(rb, NSM_PROGRAM, NSM_VERSION, netid);

	if (port < 0 || port == (int)svc_port(netid))
		return port < 0 ? port : 0;
	/* somebody who died without giving it back; who answers was looked for at the start */
	if (port && !answers(netid, port))
		rpcbind_unset(rb, NSM_PROGRAM, NSM_VERSION, netid);
	return rpcbind_set(rb, NSM_PROGRAM, NSM_VERSION, netid, svc_port(netid));
}

static int register_all(void)
{
	struct rpcbind *rb;
	int netid, ret, err;

	err = rpcbind_open(&rb);
	if (err)
		return err;
	for (netid = 0; netid < RPCBIND_NR; netid++) {
		if (!svc_port(netid))
			continue;
		ret = register_one(rb, netid);
		if (ret && !err)
			err = ret;
	}
	rpcbind_close(rb);
	return err;
}

/**
 * register_again - see to it that we are registered
 */
void register_again(void)
{
	static int last;
	int err = register_all();

	if (err == -EEXIST && err != last)
		log_warning("rpcbind has another status monitor on record; other hosts do not reach "
			    "this one");
	else if (err && err != last)
		log_warning("no rpcbind (%s): other hosts do not reach the status monitor; start it "
			    "with: systemctl start rpcbind", strerror(-err));
	else if (!err && last)
		log_info("registered with rpcbind");
	last = err;
	loop_timer_set(&again, loop_now() + REGISTER_AGAIN);
}

static void register_timer(void *arg)
{
	(void)arg;
	register_again();
}

/**
 * register_init - register with rpcbind, now and whenever it has forgotten us
 *
 * Return: 0, also where there is no rpcbind.
 */
int register_init(void)
{
	again.fn = register_timer;
	register_again();
	return 0;
}

/**
 * register_exit - give our place back
 */
void register_exit(void)
{
	struct rpcbind *rb;
	int netid;

	loop_timer_clear(&again);
	if (rpcbind_open(&rb))
		return;
	for (netid = 0; netid < RPCBIND_NR; netid++) {
		if (svc_port(netid) &&
		    rpcbind_lookup(rb, NSM_PROGRAM, NSM_VERSION, netid) == (int)svc_port(netid))
			rpcbind_unset(rb, NSM_PROGRAM, NSM_VERSION, netid);
	}
	rpcbind_close(rb);
}
