// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM and the status monitor: hosts on record, hosts that restart, our own restart.
 *
 * A host is granted nothing before it is on stable storage that it will be told of our
 * restart. The first LOCK of a host has the daemon put it on record; it and all that come
 * meanwhile are parked at the host and go on together. Where there is no daemon they wait
 * for one, but not for long.
 *
 * The daemon's worker that ends upcalls must not be held up, so what follows from one is
 * done by a worker of ours.
 */
#include "compat/compat.h"
#include "nfs/nlm.h"

#define RECORD_PATIENCE		(30 * HZ)
#define UNRECORD_PATIENCE	(60 * HZ)
/* How often it is looked whether the grace period is over. */
#define GRACE_LOOK		HZ

/* ---- on record ------------------------------------------------------------- */

/* The host is held by the upcall, here and below. */
static void upcall_done(struct ditto_upcall *upcall, int err)
{
	struct nlm_host *host = container_of(upcall, struct nlm_host, nsm.upcall);

	host->err = err;
	queue_work(nlm_wq, &host->recorded);
}

static void recorded_work(struct work_struct *work)
{
	struct nlm_host *host = container_of(work, struct nlm_host, recorded);
	struct nlm_net *nn = host->nn;
	struct nlm_req *rq, *next;
	LIST_HEAD(parked);

	spin_lock(&nn->lock);
	list_del_init(&host->leaving);
	host->record = host->err ? NLM_UNRECORDED : NLM_RECORDED;
	list_splice_init(&host->parked, &parked);
	spin_unlock(&nn->lock);
	list_for_each_entry_safe(rq, next, &parked, parked) {
		if (host->err)
			nlm_count(nn, NLM_STAT_UNRECORDED);
		rq->resumed = true;
		queue_work(nlm_wq, &rq->work);
	}
	nlm_host_put(host);
}

/* Sent under the lock, so that whoever sees the host's state may cancel it. */
static void upcall_send(struct nlm_host *host, bool monitor)
{
	lockdep_assert_held(&host->nn->lock);
	ditto_client_get(&host->client);
	if (monitor) {
		host->nsm.upcall.timeout = RECORD_PATIENCE;
		ditto_nsm_monitor(host->nn->net, &host->nsm);
	} else {
		host->nsm.upcall.timeout = UNRECORD_PATIENCE;
		ditto_nsm_unmonitor(host->nn->net, &host->nsm);
	}
}

/**
 * nlm_monitor_init - prepare a host for being put on record
 * @host: new
 */
void nlm_monitor_init(struct nlm_host *host)
{
	INIT_WORK(&host->recorded, recorded_work);
	host->record = NLM_UNRECORDED;
	host->nsm.upcall.done = upcall_done;
}

/**
 * nlm_monitor - see to it that a request's host is on record
 * @rq: the request, with its host
 *
 * Return: 0: it is; NLM_PARKED: the request goes on when it is, or cannot be; it is not
 * the caller's any more. -ENOLCK: it cannot be. -ESHUTDOWN: we are going.
 */
int nlm_monitor(struct nlm_req *rq)
{
	struct nlm_host *host = rq->host;
	struct nlm_net *nn = rq->nn;
	int err = 0;

	if (READ_ONCE(host->record) == NLM_RECORDED)
		return 0;
	spin_lock(&nn->lock);
	if (host->record == NLM_RECORDED)
		goto unlock;
	if (rq->resumed || nn->closing) {
		err = nn->closing ? -ESHUTDOWN : -ENOLCK;
		goto unlock;
	}
	err = NLM_PARKED;
	nlm_count(nn, NLM_STAT_PARKED);
	list_add_tail(&rq->parked, &host->parked);
	if (host->record == NLM_UNRECORDED) {
		host->record = NLM_RECORDING;
		host->nsm.name = host->name;
		host->nsm.peer = host->client.addr;
		host->nsm.local = host->local;
		upcall_send(host, true);
	}
unlock:
	spin_unlock(&nn->lock);
	return err;
}

/**
 * nlm_unmonitor - take a host off the record
 * @host: out of the table, held; it has no claims and no requests. nn->lock is held
 */
void nlm_unmonitor(struct nlm_host *host)
{
	struct nlm_net *nn = host->nn;

	lockdep_assert_held(&nn->lock);
	if (host->record != NLM_RECORDED || nn->closing)
		return;
	list_add_tail(&host->leaving, &nn->leaving);
	upcall_send(host, false);
}

/**
 * nlm_monitor_close - let no request wait for the daemon any more
 * @nn: the namespace; hosts that are on record stay there
 */
void nlm_monitor_close(struct nlm_net *nn)
{
	struct nlm_host *host;
	unsigned int i;

	spin_lock(&nn->lock);
	nn->closing = true;
	for (i = 0; i < ARRAY_SIZE(nn->hosts); i++)
		hlist_for_each_entry(host, &nn->hosts[i], in_table)
			if (host->record == NLM_RECORDING)
				ditto_upcall_cancel(&host->nsm.upcall);
	list_for_each_entry(host, &nn->leaving, leaving)
		ditto_upcall_cancel(&host->nsm.upcall);
	if (nn->grace_said)
		ditto_upcall_cancel(&nn->grace_over);
	spin_unlock(&nn->lock);
}

/* ---- others restart -------------------------------------------------------- */

/**
 * nlm_free_all - FREE_ALL (XNFS 10): a host without status monitor has started anew
 * @rq: the request
 *
 * Whoever says so must be at that host's address.
 *
 * Return: 0.
 */
int nlm_free_all(struct nlm_req *rq)
{
	const struct nlm_string *name = &rq->args.notify.name;
	struct nlm_host *host;

	host = nlm_host_find(rq->nn, &rq->who->peer->addr, name->bytes, name->len);
	if (host) {
		nlm_count(rq->nn, NLM_STAT_REBOOTS);
		nlm_host_lost(host);
		nlm_host_put(host);
	}
	return 0;
}

/*
 * A host that is told of by two ways, or again because we were slow, may have made new
 * claims meanwhile: a state number counts once.
 */
static void peer_rebooted(struct net *net, const char *name, const struct sockaddr_storage *peer,
			  u32 state)
{
	struct nlm_net *nn = nlm_net_of(net);
	struct nlm_host *host;
	bool again;

	host = nlm_host_find(nn, peer, name, strlen(name));
	if (!host)
		return;
	spin_lock(&nn->lock);
	again = host->reboot && host->reboot == state;
	host->reboot = state;
	spin_unlock(&nn->lock);
	if (!again) {
		nlm_count(nn, NLM_STAT_REBOOTS);
		nlm_host_lost(host);
	}
	nlm_host_put(host);
}

/* ---- we have restarted ----------------------------------------------------- */

static void grace_over_done(struct ditto_upcall *upcall, int err)
{
	struct nlm_net *nn = container_of(upcall, struct nlm_net, grace_over);

	spin_lock(&nn->lock);
	nn->grace_said = false;
	spin_unlock(&nn->lock);
	nlm_unbusy(nn);
}

static void grace_look(struct work_struct *work)
{
	struct nlm_net *nn = container_of(to_delayed_work(work), struct nlm_net, grace_work);

	if (ditto_grace_active(nn->net)) {
		queue_delayed_work(nlm_wq, &nn->grace_work, GRACE_LOOK);
		return;
	}
	spin_lock(&nn->lock);
	if (!nn->closing) {
		nn->busy++;
		nn->grace_said = true;
		ditto_daemon_grace_done(nn->net, &nn->grace_over);
	}
	spin_unlock(&nn->lock);
}

/* Once: a daemon that comes anew before it has heard of the end says the same again. */
static void grace_begin(struct nlm_net *nn, const struct ditto_daemon_info *info)
{
	bool first = false;

	spin_lock(&nn->lock);
	if (info->grace_clients && !nn->graced && !nn->closing)
		first = nn->graced = true;
	spin_unlock(&nn->lock);
	if (!first)
		return;
	ditto_grace_start(nn->net, min_t(u64, info->grace_clients, U32_MAX));
	queue_delayed_work(nlm_wq, &nn->grace_work, GRACE_LOOK);
}

static void daemon_ready(struct net *net, const struct ditto_daemon_info *info)
{
	grace_begin(nlm_net_of(net), info);
}

/* A daemon may have said what it had to say before we were here. */
static void grace_ask(struct nlm_net *nn)
{
	struct ditto_daemon_info info;

	ditto_daemon_get(nn->net, &info);
	grace_begin(nn, &info);
}

/**
 * nlm_grace_init - prepare for the grace period
 * @nn: the namespace
 */
void nlm_grace_init(struct nlm_net *nn)
{
	INIT_DELAYED_WORK(&nn->grace_work, grace_look);
	nn->grace_over.done = grace_over_done;
}

static const struct ditto_nsm_ops nsm_ops = {
	.ready		= daemon_ready,
	.peer_rebooted	= peer_rebooted,
};

/**
 * nlm_monitor_start - hear of restarts
 *
 * Return: 0; -EBUSY: somebody else does.
 */
int nlm_monitor_start(void)
{
	int err = ditto_nsm_register(&nsm_ops);

	if (!err)
		nlm_nets_for_each(grace_ask);
	return err;
}

/**
 * nlm_monitor_stop - hear of them no longer
 */
void nlm_monitor_stop(void)
{
	ditto_nsm_unregister(&nsm_ops);
}
