// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds a port. The kernel says that it is taken; /proc says by which socket,
 * and which process has it. A socket that no process has is a kernel server's.
 */
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dittoctl.h"

/* State of listening sockets in /proc/net/tcp; of bound ones in /proc/net/udp. */
#define STATE_LISTEN	0x0a
#define STATE_BOUND	0x07

/* What one has to do to be rid of servers that are often met. */
static const struct {
	const char	*process;
	const char	*fix;
} known[] = {
	{ "ganesha.nfsd", "systemctl stop nfs-ganesha" },
	{ "unfsd", "systemctl stop unfs3" },
	{ "smbd", "systemctl stop smbd" },
	{ "rpc.mountd", "systemctl stop nfs-server" },
	{ "ksmbd.mountd", "systemctl stop ksmbd" },
};

/* Inode of the socket bound to @port in one of the tables of /proc/net; 0: none. */
static uint64_t port_inode(const char *file, unsigned int port, unsigned int state)
{
	unsigned int local, st;
	uint64_t inode, found = 0;
	char line[512];
	FILE *f = fopen(file, "re");

	if (!f)
		return 0;
	while (!found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u "
			   "%*u %" SCNu64, &local, &st, &inode) != 3)
			continue;
		if (local == port && st == state)
			found = inode;
	}
	fclose(f);
	return found;
}

static uint64_t transport_inode(int transport, unsigned int port)
{
	bool tcp = transport == DITTO_TRANSPORT_TCP;
	uint64_t inode;

	inode = port_inode(tcp ? "/proc/net/tcp" : "/proc/net/udp", port,
			   tcp ? STATE_LISTEN : STATE_BOUND);
	if (!inode)
		inode = port_inode(tcp ? "/proc/net/tcp6" : "/proc/net/udp6", port,
				   tcp ? STATE_LISTEN : STATE_BOUND);
	return inode;
}

static bool process_has(const char *pid, const char *socket)
{
	char dir[64], link[384], target[64];
	bool found = false;
	struct dirent *e;
	ssize_t len;
	DIR *d;

	snprintf(dir, sizeof(dir), "/proc/%.16s/fd", pid);
	d = opendir(dir);
	if (!d)
		return false;
	while (!found && (e = readdir(d))) {
		snprintf(link, sizeof(link), "%s/%s", dir, e->d_name);
		len = readlink(link, target, sizeof(target) - 1);
		if (len > 0) {
			target[len] = '\0';
			found = !strcmp(target, socket);
		}
	}
	closedir(d);
	return found;
}

static void process_name(const char *pid, char *name, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, size, f))
		snprintf(name, size, "a process");
	if (f)
		fclose(f);
	name[strcspn(name, "\n")] = '\0';
	text_clean(name);
}

/* First process for which @match holds. */
static bool find_process(bool (*match)(const char *pid, const char *arg), const char *arg,
			 char pid[17])
{
	DIR *d = opendir("/proc");
	bool found = false;
	struct dirent *e;

	if (!d)
		return false;
	while (!found && (e = readdir(d))) {
		if (!isdigit((unsigned char)*e->d_name))
			continue;
		found = match(e->d_name, arg);
		snprintf(pid, 17, "%.16s", e->d_name);
	}
	closedir(d);
	return found;
}

static bool process_is(const char *pid, const char *name)
{
	char comm[64];

	process_name(pid, comm, sizeof(comm));
	return !strncmp(comm, name, strlen(name));
}

/* A socket without a process: which kernel server is running? */
static bool kernel_holder(unsigned int port, char why[WHY_SIZE])
{
	char pid[17];

	if (find_process(process_is, "nfsd", pid))
		return say(why, "port %u: the kernel's own NFS server (knfsd) is listening; "
			   "stop it with: systemctl stop nfs-server", port), true;
	if (find_process(process_is, "lockd", pid))
		return say(why, "port %u: the kernel's lock manager (lockd) is listening; "
			   "unmount what is mounted over NFSv3, or use another port", port), true;
	if (find_process(process_is, "ksmbd", pid))
		return say(why, "port %u: the kernel's own SMB server (ksmbd) is listening; "
			   "stop it with: systemctl stop ksmbd", port), true;
	return say(why, "port %u: a part of the kernel is listening; stop it, or use another "
		   "port", port), true;
}

static bool process_holder(unsigned int port, const char *pid, char why[WHY_SIZE])
{
	char name[64];
	size_t i;

	process_name(pid, name, sizeof(name));
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(name, known[i].process))
			return say(why, "port %u: %s (process %s) is listening; stop it with: %s",
				   port, name, pid, known[i].fix), true;
	}
	return say(why, "port %u: %s (process %s) is listening; stop it, or use another port",
		   port, name, pid), true;
}

/**
 * port_holder - say who holds a port of this network namespace
 * @transport: DITTO_TRANSPORT_*; 0: either
 * @port: its number
 * @why: gets a sentence that names the fix
 *
 * Return: false if nobody was found.
 */
bool port_holder(int transport, unsigned int port, char why[WHY_SIZE])
{
	uint64_t inode = 0;
	char socket[64], pid[17];

	if (transport != DITTO_TRANSPORT_UDP)
		inode = transport_inode(DITTO_TRANSPORT_TCP, port);
	if (!inode && transport != DITTO_TRANSPORT_TCP)
		inode = transport_inode(DITTO_TRANSPORT_UDP, port);
	if (!inode)
		return false;
	snprintf(socket, sizeof(socket), "socket:[%" PRIu64 "]", inode);
	if (find_process(process_has, socket, pid))
		return process_holder(port, pid, why);
	return kernel_holder(port, why);
}
