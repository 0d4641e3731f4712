// SPDX-License-Identifier: GPL-2.0-only
/*
 * The status monitor (The Open Group, XNFS, chapter 11): program 100024, version 1.
 *
 * A host that has restarted says so (SM_NOTIFY) and says it again until it has a reply, so
 * it gets one when all is done: the kernel has dropped its locks, lock managers on this
 * host that asked for it (SM_MON) were called back, and its new state is on record. Until
 * then nothing is on record, and whatever happens it is told again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "dittod.h"
#include "job.h"
#include "kernel.h"
#include "log.h"
#include "loop.h"
#include "nsm_match.h"
#include "nsm_xdr.h"
#include "resolve.h"
#include "svc.h"

/* Names of peers being looked up at a time. */
#define NSM_LOOKS_MAX	64
/* A lock manager on this host answers in this time, milliseconds. */
#define NSM_CALL_BACK	5000

static unsigned int nsm_looks;

/* ---- answers ---- */

/**
 * struct answer - a result that waits for the commit
 * @waiter: for it
 * @req: the call
 * @results: XDR, @len bytes of it
 * @len: bytes
 */
struct answer {
	struct store_waiter	waiter;
	struct svc_req		*req;
	uint8_t			results[8];
	size_t			len;
};

static void answer_committed(struct store_waiter *waiter, int err)
{
	struct answer *a = (struct answer *)waiter;

	if (err)
		svc_refuse(a->req, RPC_SYSTEM_ERR);
	else
		svc_reply(a->req, a->results, a->len);
	free(a);
}

/* With which results; @a->len is 0 at first. */
static struct answer *answer_new(struct svc_req *req)
{
	struct answer *a = calloc(1, sizeof(*a));

	if (!a) {
		svc_drop(req);
		return NULL;
	}
	a->req = req;
	a->waiter.fn = answer_committed;
	return a;
}

static void answer_state(struct svc_req *req, int err)
{
	struct answer *a;
	struct xdr x;

	if (err) {
		log_error("%s", store_why(dittod.store));
		svc_refuse(req, RPC_SYSTEM_ERR);
		return;
	}
	a = answer_new(req);
	if (!a)
		return;
	xdr_init(&x, a->results, sizeof(a->results));
	xdr_put_u32(&x, dittod.host.state);
	a->len = xdr_len(&x);
	store_when_committed(dittod.store, &a->waiter);
}

static void answer_result(struct svc_req *req, enum nsm_result result)
{
	uint8_t results[8];
	struct xdr x;

	xdr_init(&x, results, sizeof(results));
	nsm_put_result(&x, result, dittod.host.state);
	svc_reply(req, results, sizeof(results));
}

/* ---- SM_MON and its kin: for lock managers on this host ---- */

/**
 * struct monitor - SM_MON at work
 * @mon: its arguments
 * @req: the call
 * @resolve: looks up the peer's name
 * @next: among those at work
 */
struct monitor {
	struct nsm_mon	mon;
	struct svc_req	*req;
	struct resolve	resolve;
	struct monitor	*next;
};

static struct monitor *monitors;

static struct store_peer peer_of(const struct nsm_mon *mon)
{
	struct store_peer peer = {
		.name = mon->name, .address = "", .local = "", .my_name = mon->id.name,
		.prog = mon->id.prog, .vers = mon->id.vers, .proc = mon->id.proc,
	};

	memcpy(peer.priv, mon->priv, sizeof(peer.priv));
	return peer;
}

static void monitor_free(struct monitor *m)
{
	struct monitor **at;

	for (at = &monitors; *at != m; at = &(*at)->next)
		;
	*at = m->next;
	resolve_cancel(&m->resolve);
	free(m);
}

static void monitor_resolved(void *arg, const struct sockaddr_storage *addrs, size_t nr)
{
	struct monitor *m = arg;
	struct store_peer peer = peer_of(&m->mon);
	struct svc_req *req = m->req;
	char text[ADDR_TEXT];
	struct answer *a;
	struct xdr x;

	if (!nr) {
		log_info("%s is not monitored: it has no address", m->mon.name);
		answer_result(req, NSM_FAIL);
	} else {
		peer.address = addr_text(&addrs[0], text);
		if (store_monitor(dittod.store, &peer)) {
			log_error("%s", store_why(dittod.store));
			answer_result(req, NSM_FAIL);
		} else if ((a = answer_new(req))) {
			xdr_init(&x, a->results, sizeof(a->results));
			nsm_put_result(&x, NSM_SUCC, dittod.host.state);
			a->len = xdr_len(&x);
			store_when_committed(dittod.store, &a->waiter);
		}
	}
	monitor_free(m);
}

static void nsm_mon(struct svc_req *req, struct xdr *args)
{
	struct monitor *m = calloc(1, sizeof(*m));
	struct sockaddr_storage addr;

	if (!m) {
		svc_drop(req);
		return;
	}
	if (!nsm_get_mon(args, &m->mon, true) || !m->mon.id.prog) {
		free(m);
		svc_refuse(req, RPC_GARBAGE_ARGS);
		return;
	}
	m->req = req;
	m->resolve.done = monitor_resolved;
	m->resolve.arg = m;
	m->next = monitors;
	monitors = m;
	if (addr_parse(m->mon.name, &addr))
		monitor_resolved(m, &addr, 1);
	else
		resolve_start(&m->resolve, m->mon.name);
}

static void nsm_unmon(struct svc_req *req, struct xdr *args)
{
	struct nsm_mon mon = {};
	struct store_peer peer;

	if (!nsm_get_mon(args, &mon, false) || !mon.id.prog) {
		svc_refuse(req, RPC_GARBAGE_ARGS);
		return;
	}
	peer = peer_of(&mon);
	answer_state(req, store_unmonitor(dittod.store, &peer));
}

static void nsm_unmon_all(struct svc_req *req, struct xdr *args)
{
	struct nsm_mon mon = {};
	struct store_peer who;

	if (!nsm_get_id(args, &mon.id) || !mon.id.prog) {
		svc_refuse(req, RPC_GARBAGE_ARGS);
		return;
	}
	who = peer_of(&mon);
	answer_state(req, store_unmonitor_all(dittod.store, &who));
}

/**
 * struct crash - SM_SIMU_CRASH at work
 * @waiter: for the commit
 * @req: the call
 */
struct crash {
	struct store_waiter	waiter;
	struct svc_req		*req;
};

static void crash_committed(struct store_waiter *waiter, int err)
{
	struct crash *c = (struct crash *)waiter;

	if (err) {
		svc_refuse(c->req, RPC_SYSTEM_ERR);
	} else {
		restart_simulated();
		svc_reply(c->req, "", 0);
	}
	free(c);
}

static void nsm_simu_crash(struct svc_req *req, struct xdr *args)
{
	struct crash *c;

	if (xdr_left(args)) {
		svc_refuse(req, RPC_GARBAGE_ARGS);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		svc_drop(req);
		return;
	}
	c->req = req;
	c->waiter.fn = crash_committed;
	store_crashed(dittod.store, dittod.host.state + 2);
	store_when_committed(dittod.store, &c->waiter);
}

/* ---- SM_NOTIFY ---- */

/**
 * struct hit - a peer on record that has restarted
 * @news: where it is told
 * @notice: tells the kernel
 * @job: calls a lock manager on this host back
 * @look: only if its name has the address the message came from
 * @id: of the record
 * @args: of the call back, @len bytes
 * @len: bytes
 * @call: the call back; program 0: the kernel
 * @peer: its address
 * @next: hit
 * @name: its name
 */
struct hit {
	struct news		*news;
	struct kernel_notice	notice;
	struct job		job;
	bool			look;
	int64_t			id;
	uint8_t			args[NSM_NAME_MAX + NSM_PRIV_LEN + 12];
	size_t			len;
	struct rpc_call		call;
	struct sockaddr_storage	peer;
	struct hit		*next;
	char			name[];
};

/**
 * struct news - SM_NOTIFY at work
 * @waiter: for the commit
 * @req: the call
 * @change: its arguments
 * @resolve: looks up the name
 * @hits: whom it speaks of
 * @pending: hits that are being told
 * @err: of one of them
 * @next: among those at work
 */
struct news {
	struct store_waiter	waiter;
	struct svc_req		*req;
	struct nsm_change	change;
	struct resolve		resolve;
	struct hit		*hits;
	unsigned int		pending;
	int			err;
	struct news		*next;
};

static struct news *news_list;

static void news_free(struct news *news)
{
	struct news **at;
	struct hit *hit;

	for (at = &news_list; *at != news; at = &(*at)->next)
		;
	*at = news->next;
	if (news->resolve.id)
		nsm_looks--;
	resolve_cancel(&news->resolve);
	while ((hit = news->hits)) {
		news->hits = hit->next;
		job_cancel(&hit->job);
		free(hit);
	}
	free(news);
}

static void news_committed(struct store_waiter *waiter, int err)
{
	struct news *news = (struct news *)waiter;

	if (err)
		svc_drop(news->req);
	else
		svc_reply(news->req, "", 0);
	news_free(news);
}

static void news_told(struct news *news)
{
	struct hit *hit;

	if (news->err) {
		log_warning("%s has restarted, and not all could be told of it: %s; waiting for it "
			    "to say so again", news->change.name, strerror(-news->err));
		svc_drop(news->req);
		news_free(news);
		return;
	}
	for (hit = news->hits; hit; hit = hit->next)
		store_set_state(dittod.store, hit->id, news->change.state);
	news->waiter.fn = news_committed;
	store_when_committed(dittod.store, &news->waiter);
}

static void hit_told(struct hit *hit, int err)
{
	struct news *news = hit->news;

	if (err)
		news->err = err;
	if (!--news->pending)
		news_told(news);
}

static void hit_noticed(struct kernel_notice *notice, int err)
{
	struct hit *hit = (struct hit *)((char *)notice - offsetof(struct hit, notice));

	/* where there is no server there are no locks */
	hit_told(hit, err == -ENOTCONN ? 0 : err);
}

static void hit_called(struct job *job, int err)
{
	/* a lock manager that is gone has no locks either */
	hit_told(job->arg, err == -ENOENT || err == -ECONNREFUSED ? 0 : err);
}

static void hit_tell(struct hit *hit)
{
	struct news *news = hit->news;

	if (!hit->call.prog) {
		hit->notice.done = hit_noticed;
		kernel_peer_rebooted(&hit->notice, hit->name, &hit->peer, news->change.state);
		return;
	}
	addr_parse("127.0.0.1", &hit->job.to);
	hit->job.call = hit->call;
	hit->job.args = hit->args;
	hit->job.len = hit->len;
	hit->job.timeout = NSM_CALL_BACK;
	hit->job.done = hit_called;
	hit->job.arg = hit;
	job_start(&hit->job);
}

static void news_tell(struct news *news)
{
	struct hit *hit;

	log_info("%s has restarted, state %u", news->change.name, news->change.state);
	for (hit = news->hits; hit; hit = hit->next)
		news->pending++;
	for (hit = news->hits; hit; hit = hit->next)
		hit_tell(hit);
}

/* Those whose address could not be found out are not spoken of. */
static void news_look_is_over(struct news *news, bool same)
{
	static struct log_limit limit;
	char text[ADDR_TEXT];
	struct hit **at, *hit;

	for (at = &news->hits; (hit = *at);) {
		if (!hit->look || same) {
			at = &hit->next;
			continue;
		}
		*at = hit->next;
		free(hit);
	}
	if (news->hits) {
		news_tell(news);
		return;
	}
	if (log_allowed(&limit, loop_now()))
		log_warning("%s says that %s has restarted, but that is not its address: refused",
			    addr_text(&news->req->peer, text), news->change.name);
	svc_refuse(news->req, RPC_TOO_WEAK);
	news_free(news);
}

static void news_resolved(void *arg, const struct sockaddr_storage *addrs, size_t nr)
{
	struct news *news = arg;
	bool same = false;
	size_t i;

	nsm_looks--;
	for (i = 0; i < nr && !same; i++)
		same = addr_same(&addrs[i], &news->req->peer);
	news_look_is_over(news, same);
}

static void hit_set_args(struct hit *hit, const struct store_peer *peer, uint32_t state)
{
	struct xdr x;

	xdr_init(&x, hit->args, sizeof(hit->args));
	nsm_put_status(&x, hit->name, state, peer->priv);
	hit->len = xdr_len(&x);
}

static int news_compare(void *arg, const struct store_peer *peer)
{
	size_t len = strlen(peer->name) + 1;
	struct sockaddr_storage addr = {};
	struct news *news = arg;
	enum nsm_match match;
	struct hit *hit;

	addr_parse(peer->address, &addr);
	match = nsm_match(peer->name, &addr, news->change.name, &news->req->peer);
	if (match == NSM_OTHER)
		return 0;
	if (peer->state == news->change.state)
		return 0;
	hit = calloc(1, sizeof(*hit) + len);
	if (!hit)
		return -ENOMEM;
	memcpy(hit->name, peer->name, len);
	hit->news = news;
	hit->look = match == NSM_LOOK;
	hit->id = peer->id;
	hit->peer = addr;
	hit->call = (struct rpc_call){
		.prog = peer->prog, .vers = peer->vers, .proc = peer->proc,
	};
	hit_set_args(hit, peer, news->change.state);
	hit->next = news->hits;
	news->hits = hit;
	return 0;
}

static void news_begin(struct news *news)
{
	bool look = false, same = false;
	struct hit *hit;

	for (hit = news->hits; hit; hit = hit->next) {
		look |= hit->look;
		same |= !hit->look;
	}
	if (!look && !same) {
		/* nobody here has to do with it, or it is known */
		svc_reply(news->req, "", 0);
		news_free(news);
	} else if (!look) {
		news_tell(news);
	} else if (nsm_looks < NSM_LOOKS_MAX) {
		nsm_looks++;
		news->resolve.done = news_resolved;
		news->resolve.arg = news;
		resolve_start(&news->resolve, news->change.name);
	} else {
		svc_drop(news->req);
		news_free(news);
	}
}

static void nsm_notify(struct svc_req *req, struct xdr *args)
{
	struct news *news = calloc(1, sizeof(*news));
	char text[ADDR_TEXT];

	if (!news) {
		svc_drop(req);
		return;
	}
	news->req = req;
	news->next = news_list;
	news_list = news;
	if (!nsm_get_change(args, &news->change)) {
		svc_refuse(req, RPC_GARBAGE_ARGS);
		news_free(news);
	} else if (store_peers_like(dittod.store, news->change.name, addr_text(&req->peer, text),
				    news_compare, news)) {
		svc_drop(req);
		news_free(news);
	} else {
		news_begin(news);
	}
}

/* ---- the program ---- */

static void nsm_stat(struct svc_req *req, struct xdr *args)
{
	char name[NSM_NAME_MAX + 1];

	if (!nsm_get_name(args, name))
		svc_refuse(req, RPC_GARBAGE_ARGS);
	else
		answer_result(req, NSM_SUCC);
}

/* Root on this host: what it asks makes others drop locks. */
static bool from_here(const struct svc_req *req)
{
	return addr_is_loopback(&req->peer) && addr_port(&req->peer) < 1024;
}

static void nsm_handle(struct svc_req *req, struct xdr *args)
{
	static void (*const procs[])(struct svc_req *req, struct xdr *args) = {
		[NSM_MON] = nsm_mon,
		[NSM_UNMON] = nsm_unmon,
		[NSM_UNMON_ALL] = nsm_unmon_all,
		[NSM_SIMU_CRASH] = nsm_simu_crash,
	};

	switch (req->call.proc) {
	case NSM_NULL:
		svc_reply(req, "", 0);
		break;
	case NSM_STAT:
		nsm_stat(req, args);
		break;
	case NSM_NOTIFY:
		nsm_notify(req, args);
		break;
	case NSM_MON:
	case NSM_UNMON:
	case NSM_UNMON_ALL:
	case NSM_SIMU_CRASH:
		if (from_here(req))
			procs[req->call.proc](req, args);
		else
			svc_refuse(req, RPC_TOO_WEAK);
		break;
	default:
		svc_refuse(req, RPC_PROC_UNAVAIL);
	}
}

/**
 * nsm_init - begin
 * @port: to serve at; 0: any
 *
 * Return: 0 or a negative errno.
 */
int nsm_init(unsigned int port)
{
	static const struct svc_program program = {
		.prog = NSM_PROGRAM, .vers = NSM_VERSION, .handle = nsm_handle,
	};

	return svc_init(&program, port);
}

/**
 * nsm_exit - end; calls in work get no reply. After the last commit
 */
void nsm_exit(void)
{
	while (monitors) {
		svc_drop(monitors->req);
		monitor_free(monitors);
	}
	while (news_list) {
		svc_drop(news_list->req);
		news_free(news_list);
	}
	svc_exit();
}
