/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other layers want of the daemon, and hear from it.
 *
 * dittod keeps what must outlive the running kernel. There is one per network
 * namespace, or none for a while; uapi/ditto_netlink.yaml tells how it comes and
 * goes. Whoever wants something of it sends an upcall. An upcall waits where there is no
 * daemon, is sent again where the one that got it died, and ends exactly once.
 *
 * What the daemon hears from other hosts' status monitors goes to the hooks of
 * struct ditto_nsm_ops.
 */
#ifndef DITTO_CTL_DAEMON_H
#define DITTO_CTL_DAEMON_H

#include <linux/list.h>
#include <linux/socket.h>
#include <linux/timer.h>
#include <linux/types.h>

struct net;
struct sk_buff;

/* Upcalls of a network namespace that wait at one time. */
#define DITTO_UPCALLS_MAX	10000

/**
 * struct ditto_upcall - something wanted of the daemon
 * @cmd: DITTO_CMD_*, one of those the daemon gets. It may get it twice
 * @timeout: jiffies until it ends with -ETIMEDOUT; 0: it waits for ever
 * @put: writes the attributes behind the id; 0 or -EMSGSIZE. May be NULL. They fit
 *	into DITTO_UPCALL_SIZE bytes
 * @done: it has ended: 0, what the daemon answered, -ETIMEDOUT, -ECANCELED,
 *	or -ENOBUFS: too many are waiting. Called once, by a worker that ends the
 *	namespace's upcalls one after the other; it may sleep, but not wait for another
 *	upcall. The upcall is the caller's again and may be freed
 *
 * The caller sets these and keeps the rest as it is.
 */
struct ditto_upcall {
	u8			cmd;
	unsigned long		timeout;
	int			(*put)(const struct ditto_upcall *upcall, struct sk_buff *skb);
	void			(*done)(struct ditto_upcall *upcall, int err);

	/* private: owned by daemon.c */
	struct list_head	list;
	struct timer_list	timer;
	struct net		*net;
	u64			id;
	int			err;
	int			state;
};

/* Room for the attributes of an upcall. */
#define DITTO_UPCALL_SIZE	2048

void ditto_upcall_send(struct net *net, struct ditto_upcall *upcall);
void ditto_upcall_cancel(struct ditto_upcall *upcall);

/**
 * struct ditto_daemon_info - the daemon of a network namespace
 * @ready: it is there and takes requests
 * @has_nsm: it is a status monitor too
 * @nsm_state: our state number; odd
 * @grace_clients: how many held locks before they were lost, and may reclaim them
 *
 * What it said last stays when it goes.
 */
struct ditto_daemon_info {
	bool	ready;
	bool	has_nsm;
	u32	nsm_state;
	u64	grace_clients;
};

void ditto_daemon_flush(void);
void ditto_daemon_get(struct net *net, struct ditto_daemon_info *info);

/**
 * struct ditto_nsm_upcall - a peer to be monitored, or no longer
 * @upcall: the caller sets its done and timeout
 * @name: what the peer calls itself; stays until the upcall has ended
 * @peer: its address; the port is of no meaning
 * @local: our address that it talks to; AF_UNSPEC: not known
 */
struct ditto_nsm_upcall {
	struct ditto_upcall	upcall;
	const char		*name;
	struct sockaddr_storage	peer;
	struct sockaddr_storage	local;
};

void ditto_nsm_monitor(struct net *net, struct ditto_nsm_upcall *nsm);
void ditto_nsm_unmonitor(struct net *net, struct ditto_nsm_upcall *nsm);
void ditto_daemon_grace_list(struct net *net, struct ditto_upcall *upcall);
void ditto_daemon_grace_done(struct net *net, struct ditto_upcall *upcall);

/**
 * struct ditto_nsm_ops - who wants to hear of restarts
 * @ready: a daemon takes requests, or says anew what it knows. Who begins to serve a namespace
 *	asks ditto_daemon_get() for what was said before
 * @peer_rebooted: a peer that is monitored has restarted and holds none of its locks.
 *	@state is its new state number; the same may come again and then means nothing new
 * @grace_client: one of those who may reclaim, called for each before a ditto_daemon_grace_list()
 *	ends; again for all of them if the daemon dies on the way
 *
 * All of them may be NULL, may sleep, and must not wait for the network or for an
 * upcall: the daemon waits for them.
 */
struct ditto_nsm_ops {
	void (*ready)(struct net *net, const struct ditto_daemon_info *info);
	void (*peer_rebooted)(struct net *net, const char *name,
			      const struct sockaddr_storage *peer, u32 state);
	void (*grace_client)(struct net *net, const char *name,
			     const struct sockaddr_storage *peer);
};

int ditto_nsm_register(const struct ditto_nsm_ops *ops);
void ditto_nsm_unregister(const struct ditto_nsm_ops *ops);

#endif
