// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host names. The helper process gets a number and a name, and answers with the number
 * and addresses. If it dies another one is made.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "addr.h"
#include "log.h"
#include "nsm_xdr.h"
#include "resolve.h"

#define RESOLVE_PATIENCE	10000

struct question {
	uint32_t	id;
	char		name[NSM_NAME_MAX + 1];
};

struct answer {
	uint32_t		id;
	uint32_t		nr;
	struct sockaddr_storage	addrs[RESOLVE_ADDRS];
};

static struct {
	struct loop_fd	lfd;
	pid_t		child;
	uint32_t	id;
	struct resolve	*pending;
} resolver = { .lfd = { .fd = -1 } };

/* ---- the helper ---- */

static void helper_look(const char *name, struct answer *answer)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *list, *ai;

	answer->nr = 0;
	if (getaddrinfo(name, NULL, &hints, &list))
		return;
	for (ai = list; ai && answer->nr < RESOLVE_ADDRS; ai = ai->ai_next) {
		struct sockaddr_storage *addr = &answer->addrs[answer->nr];

		if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
			continue;
		memset(addr, 0, sizeof(*addr));
		memcpy(addr, ai->ai_addr, ai->ai_addrlen);
		addr_unmap(addr);
		answer->nr++;
	}
	freeaddrinfo(list);
}

static void __attribute__((noreturn)) helper_run(int fd)
{
	struct question question;
	struct answer answer;
	sigset_t none;
	ssize_t len;
	int null, i;

	/* no file, socket or signal of the daemon's is this one's business */
	dup2(fd, 3);
	close_range(4, ~0u, 0);
	null = open("/dev/null", O_RDWR);
	for (i = 0; i < 3; i++)
		dup2(null, i);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_NAME, "dittod-resolve");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while ((len = recv(3, &question, sizeof(question), 0)) == sizeof(question)) {
		memset(&answer, 0, sizeof(answer));
		answer.id = question.id;
		helper_look(question.name, &answer);
		if (send(3, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

/* ---- the daemon's end ---- */

static void resolve_remove(struct resolve *resolve)
{
	struct resolve **at;

	for (at = &resolver.pending; *at && *at != resolve; at = &(*at)->next)
		;
	if (*at)
		*at = resolve->next;
	loop_timer_clear(&resolve->timer);
	resolve->id = 0;
}

static void resolve_expired(void *arg)
{
	struct resolve *resolve = arg;

	resolve_remove(resolve);
	resolve->done(resolve->arg, NULL, 0);
}

static void helper_end(void)
{
	if (resolver.lfd.fd < 0)
		return;
	loop_remove(&resolver.lfd);
	close(resolver.lfd.fd);
	resolver.lfd.fd = -1;
	kill(resolver.child, SIGKILL);
	waitpid(resolver.child, NULL, 0);
}

static void helper_events(void *arg, uint32_t events)
{
	struct answer answer;
	struct resolve *r;
	ssize_t len;

	(void)arg;
	(void)events;
	len = recv(resolver.lfd.fd, &answer, sizeof(answer), MSG_DONTWAIT);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len != sizeof(answer) || answer.nr > RESOLVE_ADDRS) {
		log_warning("the process that looks up host names has died");
		helper_end();
		return;
	}
	for (r = resolver.pending; r; r = r->next) {
		if (r->id != answer.id)
			continue;
		resolve_remove(r);
		r->done(r->arg, answer.addrs, answer.nr);
		return;
	}
}

static int helper_start(void)
{
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	resolver.child = fork();
	if (!resolver.child)
		helper_run(fds[1]);
	err = resolver.child < 0 ? -errno : 0;
	close(fds[1]);
	if (err) {
		close(fds[0]);
		return err;
	}
	resolver.lfd.fd = fds[0];
	resolver.lfd.fn = helper_events;
	return loop_add(&resolver.lfd, EPOLLIN);
}

/**
 * resolve_init - begin
 *
 * Return: 0 or a negative errno.
 */
int resolve_init(void)
{
	return helper_start();
}

/**
 * resolve_exit - end; no name is being looked up any more
 */
void resolve_exit(void)
{
	helper_end();
}

/**
 * resolve_start - look up a name
 * @resolve: whom to tell; its done() is called, unless it is cancelled
 * @name: the name; an address is one too
 */
void resolve_start(struct resolve *resolve, const char *name)
{
	struct question question = { .id = ++resolver.id };
	bool sent = false;

	strncpy(question.name, name, sizeof(question.name) - 1);
	if (resolver.lfd.fd >= 0 || !helper_start())
		sent = send(resolver.lfd.fd, &question, sizeof(question),
			    MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(question);
	resolve->id = question.id;
	resolve->next = resolver.pending;
	resolver.pending = resolve;
	resolve->timer.fn = resolve_expired;
	resolve->timer.arg = resolve;
	loop_timer_set(&resolve->timer, sent ? loop_now() + RESOLVE_PATIENCE : 0);
}

/**
 * resolve_cancel - it is of no interest any more; done() is not called
 * @resolve: may have ended
 */
void resolve_cancel(struct resolve *resolve)
{
	if (resolve->id)
		resolve_remove(resolve);
}
