// SPDX-License-Identifier: GPL-2.0-only
/*
 * dittod: keeps what must outlive the kernel's server, and is the status monitor. One
 * thread, one loop; whatever a turn of it changes is committed at its end, and only then
 * is anybody answered.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "ditto_state.h"
#include "dittod.h"
#include "job.h"
#include "kernel.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "nsm_xdr.h"
#include "resolve.h"

#ifndef DITTO_VERSION
#define DITTO_VERSION "unknown"
#endif

#define DEFAULT_CONF	"/etc/ditto/dittod.conf"

struct dittod dittod = { .nsm = true };

/* What it was called with. */
static struct {
	bool		foreground;
	const char	*state_dir;
	const char	*conf;
	const char	*log_level;
	unsigned int	port;
	char		my_name[NSM_NAME_MAX + 1];
	char		state_path[STATE_PATH];
} options = { .conf = DEFAULT_CONF };

static struct loop_fd signals;
static struct loop_fd netns = { .fd = -1 };
/* Tells who waits for us to be ready, where we run in the background; -1: nobody. */
static int ready_fd = -1;

/* ---- options ---- */

static void print_help(FILE *out)
{
	fputs("dittod [OPTION]... - daemon of the Ditto file server\n\n"
	      "  --foreground       stay in the foreground\n"
	      "  --state-dir DIR    where the records are kept (" DITTO_STATE ")\n"
	      "  --my-name NAME     what other hosts call this one (its host name)\n"
	      "  --no-nsm           be no status monitor: another one is\n"
	      "  --port N           port of the status monitor (any)\n"
	      "  --log-level LEVEL  error, warning, info or debug (info)\n"
	      "  --config FILE      settings, read again at SIGHUP (" DEFAULT_CONF ")\n"
	      "  --version\n"
	      "  --help\n\n"
	      "See dittod(8).\n", out);
}

static int usage(const char *why, const char *word)
{
	fprintf(stderr, "dittod: %s'%s'; dittod --help explains\n", why, word);
	return EXIT_USAGE;
}

static int read_port(const char *word)
{
	char *end;
	unsigned long port = strtoul(word, &end, 10);

	if (!*word || *end || !port || port > 65535)
		return usage("not a port: ", word);
	options.port = port;
	return -1;
}

static int read_name(const char *name)
{
	if (!*name || strlen(name) > NSM_NAME_MAX || strpbrk(name, " \t\n"))
		return usage("not a host name: ", name);
	strcpy(options.my_name, name);
	return -1;
}

/* -1: go on, else the exit code. */
static int read_option(int c, char **argv)
{
	switch (c) {
	case 'f':
		options.foreground = true;
		return -1;
	case 's':
		options.state_dir = optarg;
		return -1;
	case 'n':
		return read_name(optarg);
	case 'N':
		dittod.nsm = false;
		return -1;
	case 'p':
		return read_port(optarg);
	case 'l':
		options.log_level = optarg;
		return log_set_level(optarg) ? -1 : usage("not a level: ", optarg);
	case 'c':
		options.conf = optarg;
		return -1;
	case 'v':
		puts("dittod " DITTO_VERSION);
		return EXIT_OK;
	case 'h':
		print_help(stdout);
		return EXIT_OK;
	case ':':
		return usage("a value is missing: ", argv[optind - 1]);
	default:
		return usage("unknown option ", argv[optind - 1]);
	}
}

static int read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "state-dir", required_argument, NULL, 's' },
		{ "my-name", required_argument, NULL, 'n' },
		{ "no-nsm", no_argument, NULL, 'N' },
		{ "port", required_argument, NULL, 'p' },
		{ "log-level", required_argument, NULL, 'l' },
		{ "config", required_argument, NULL, 'c' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int c, code = -1;

	opterr = 0;
	while (code < 0 && (c = getopt_long(argc, argv, ":", known, NULL)) != -1)
		code = read_option(c, argv);
	if (code < 0 && optind < argc)
		return usage("too much: ", argv[optind]);
	if (!*options.my_name && gethostname(options.my_name, sizeof(options.my_name) - 1))
		strcpy(options.my_name, "localhost");
	return code;
}

/* ---- settings ---- */

static bool read_setting(char *line, int number)
{
	char *word, *value, *rest;

	line[strcspn(line, "#\n")] = '\0';
	word = strtok_r(line, " \t", &rest);
	if (!word)
		return true;
	value = strtok_r(NULL, " \t", &rest);
	if (strcmp(word, "log-level")) {
		log_error("%s:%d: unknown setting '%s'; there is log-level", options.conf, number,
			  word);
		return false;
	}
	/* what stands on the command line goes first */
	if (value && !strtok_r(NULL, " \t", &rest) &&
	    (options.log_level || log_set_level(value)))
		return true;
	log_error("%s:%d: write log-level error, warning, info or debug", options.conf, number);
	return false;
}

/* Without the file everything is as usual. */
static bool read_conf(void)
{
	FILE *f = fopen(options.conf, "re");
	bool good = true;
	char line[512];
	int number = 0;

	if (!f) {
		if (errno == ENOENT)
			return true;
		log_error("%s: %s", options.conf, strerror(errno));
		return false;
	}
	while (fgets(line, sizeof(line), f))
		good &= read_setting(line, ++number);
	fclose(f);
	return good;
}

/* ---- the service manager ---- */

/* As sd_notify(3). */
static void tell_manager(const char *what)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, len);
	if (*path == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, what, strlen(what), MSG_NOSIGNAL, (struct sockaddr *)&addr,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		log_warning("cannot tell the service manager: %s", strerror(errno));
	close(fd);
}

static void tell_ready(void)
{
	char code = EXIT_OK;

	tell_manager("READY=1");
	if (ready_fd < 0)
		return;
	if (write(ready_fd, &code, 1) < 0)
		log_debug("nobody waits for us to be ready");
	close(ready_fd);
	ready_fd = -1;
	log_open(true);
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		log_warning("cannot leave the terminal: %s", strerror(errno));
}

/*
 * Goes on in the background; who called is let go when all is ready, and what goes wrong
 * before is its to see. Does not return there.
 */
static void go_to_background(void)
{
	char code = EXIT_FAILED;
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) || (pid = fork()) < 0) {
		log_error("cannot go to the background: %s", strerror(errno));
		exit(EXIT_FAILED);
	}
	if (pid) {
		close(fds[1]);
		if (read(fds[0], &code, 1) != 1 && waitpid(pid, &status, 0) == pid &&
		    WIFEXITED(status))
			code = WEXITSTATUS(status);
		_exit(code);
	}
	close(fds[0]);
	ready_fd = fds[1];
	setsid();
	if (chdir("/"))
		log_warning("/: %s", strerror(errno));
}

/* ---- start, run, stop ---- */

static void end_of_turn(void *arg)
{
	static struct log_limit limit;

	(void)arg;
	if (store_commit(dittod.store) && log_allowed(&limit, loop_now()))
		log_error("%s; nothing is put on record until that is over",
			  store_why(dittod.store));
	kernel_turn();
}

static void on_signal(void *arg, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)arg;
	(void)events;
	if (read(signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo != SIGHUP) {
		loop_stop(EXIT_OK);
		return;
	}
	tell_manager("RELOADING=1");
	if (!options.log_level)
		log_set_level("info");
	if (read_conf())
		log_info("settings were read again");
	if (dittod.nsm)
		register_again();
	tell_manager("READY=1");
}

/* Its network namespace has no name any more: it was deleted, and only we keep it. */
static void on_netns(void *arg, uint32_t events)
{
	char buf[4096];

	(void)arg;
	(void)events;
	while (read(netns.fd, buf, sizeof(buf)) > 0)
		;
	if (state_netns_named())
		return;
	log_info("the network namespace is gone");
	loop_stop(EXIT_OK);
}

/* One without a name goes with its processes; we are for somebody else's then. */
static int start_netns(void)
{
	if (!state_own_netns() || !state_netns_named())
		return 0;
	netns.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (netns.fd < 0)
		return -errno;
	netns.fn = on_netns;
	if (inotify_add_watch(netns.fd, STATE_NAMED_NETNS, IN_DELETE) < 0)
		return -errno;
	return loop_add(&netns, EPOLLIN);
}

static int start_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	signals.fn = on_signal;
	return signals.fd < 0 ? -errno : loop_add(&signals, EPOLLIN);
}

/* A descriptor for each of many connections. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* With the folders it is in. */
static bool make_dir(const char *dir)
{
	char path[PATH_MAX];
	char *end;

	if (strlen(dir) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(path, dir);
	for (end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		*end = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return false;
		*end = '/';
	}
	return !mkdir(path, 0755) || errno == EEXIST;
}

static int start_store(void)
{
	char why[STORE_WHY];
	int err;

	umask(077);
	if (!make_dir(options.state_dir)) {
		log_error("%s: %s", options.state_dir, strerror(errno));
		return EXIT_RECORDS;
	}
	err = store_open(&dittod.store, options.state_dir, false, why);
	if (err)
		log_error("%s", why);
	if (err == STORE_IN_USE)
		return EXIT_OTHER_DAEMON;
	return err ? EXIT_RECORDS : EXIT_OK;
}

static int start_nsm(void)
{
	int err;

	if (!dittod.nsm)
		return EXIT_OK;
	if (register_other_monitor())
		return EXIT_OTHER_MONITOR;
	err = nsm_init(options.port);
	if (!err)
		return EXIT_OK;
	log_error("the status monitor cannot listen%s: %s", options.port ? " on its port" : "",
		  strerror(-err));
	return EXIT_FAILED;
}

static int failed(const char *what, int err)
{
	log_error("%s: %s", what, strerror(-err));
	return EXIT_FAILED;
}

/* In an order in which nothing is changed before it is sure that we are the only one. */
static int start(void)
{
	int err, code;

	raise_limits();
	err = loop_init(end_of_turn, NULL);
	if (!err)
		err = start_signals();
	if (!err)
		err = start_netns();
	if (err)
		return failed("no event loop", err);
	err = resolve_init();
	if (err)
		return failed("cannot make a process", err);
	code = start_store();
	if (code)
		return code;
	err = kernel_init(&request_ops);
	if (err)
		return err == KERNEL_OTHER_DAEMON ? EXIT_OTHER_DAEMON : EXIT_FAILED;
	code = start_nsm();
	if (code)
		return code;
	err = job_init();
	if (err)
		return failed("no sockets", err);
	notify_init(dittod.store, dittod.my_name);
	if (restart_init())
		return EXIT_RECORDS;
	kernel_begin();
	return dittod.nsm ? register_init() : EXIT_OK;
}

static void stop(void)
{
	if (dittod.nsm)
		register_exit();
	restart_exit();
	kernel_exit();
	if (dittod.store)
		store_commit(dittod.store);
	nsm_exit();
	job_exit();
	resolve_exit();
	store_close(dittod.store);
	if (signals.fd > 0) {
		loop_remove(&signals);
		close(signals.fd);
	}
	if (netns.fd >= 0) {
		loop_remove(&netns);
		close(netns.fd);
	}
	loop_exit();
}

int main(int argc, char **argv)
{
	int code;

	/* where it was started from must not be kept open */
	close_range(3, ~0U, 0);
	options.state_dir = state_dir(options.state_path);
	log_open(false);
	code = read_options(argc, argv);
	if (code >= 0)
		return code;
	dittod.my_name = options.my_name;
	if (!read_conf())
		return EXIT_USAGE;
	if (!options.foreground)
		go_to_background();
	code = start();
	if (!code) {
		tell_ready();
		code = loop_run();
		if (code < 0)
			code = failed("the event loop has ended", code);
		tell_manager("STOPPING=1");
	}
	stop();
	return code;
}
