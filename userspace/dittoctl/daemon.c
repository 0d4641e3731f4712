// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts dittod where it is needed and does not run: through the service manager in the
 * machine's own network namespace, by itself elsewhere.
 */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ditto_netlink.h"
#include "ditto_state.h"
#include "dittoctl.h"

#define DAEMON		"dittod"
/* How it ends where another status monitor runs: dittod(8). */
#define OTHER_MONITOR	3
/* One that is starting is ready by then. */
#define START_SECONDS	20

extern char **environ;

/* Returns the exit status; -1 if it could not be run. */
static int run(const char *program, char *const argv[])
{
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, program, NULL, NULL, argv, environ))
		return -1;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* True if the service manager is the one to start it. */
static bool is_managed(void)
{
	char *const argv[] = { "systemctl", "--quiet", "is-enabled", "dittod.service", NULL };
	int status;

	if (state_own_netns() || access("/run/systemd/system", F_OK))
		return false;
	status = run("systemctl", argv);
	/* 4: there is no such unit */
	return status >= 0 && status != 4;
}

static int start_managed(void)
{
	char *const argv[] = { "systemctl", "start", "dittod.service", NULL };

	return run("systemctl", argv);
}

/* The one that was installed with this program. */
static int start_itself(char *option)
{
	char path[512] = "";
	char *const argv[] = { DAEMON, option, NULL };
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(DAEMON) - 1);
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return run(DAEMON, argv);
	strcpy(slash + 1, DAEMON);
	return run(path, argv);
}

static bool is_up(struct ditto_nl *nl)
{
	return status_of_part(nl, DAEMON) == DITTO_PART_STATE_UP;
}

/* Does it become ready? It says so to the kernel when it has begun to work. */
static bool wait_until_up(struct ditto_nl *nl)
{
	int i;

	for (i = 0; i < START_SECONDS * 10; i++) {
		if (is_up(nl))
			return true;
		usleep(100000);
	}
	return false;
}

/**
 * daemon_start - see to it that dittod runs
 * @ctl: open
 *
 * It is started if clients are waited for. What goes wrong is said; the server works
 * without, but for locks of NFS version 3.
 */
void daemon_start(struct ctl *ctl)
{
	bool managed;
	int status;

	/* trouble: clients are waited for, and it does not run */
	if (status_of_part(ctl->nl, DAEMON) != DITTO_PART_STATE_TROUBLE)
		return;
	managed = is_managed();
	status = managed ? start_managed() : start_itself(NULL);
	if (status == OTHER_MONITOR && !managed) {
		ctl_note("dittod is started with --no-nsm: it does not hear of clients that restart");
		status = start_itself("--no-nsm");
	}
	if (status)
		ctl_note("dittod did not start; until it does, locks of NFS version 3 are refused. "
			 "%s", managed ? "See: journalctl -u dittod" : "Try: dittod --foreground");
	else if (!wait_until_up(ctl->nl))
		ctl_note("dittod is not ready yet; locks of NFS version 3 wait for it");
}
