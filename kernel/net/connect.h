/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections and messages that come from us: a service that calls others.
 *
 * Such a service sets ditto_service.outgoing. Its stream connections are made by
 * ditto_conn_connect(), its datagram sockets by ditto_datagram_open(); both are
 * connections like all others from then on: what comes is given to handle(), and
 * conn_lost() tells of the end. A message that answers none is a request made by
 * ditto_req_make(), which any service may do on any of its connections.
 *
 * Nobody waits in here: a connection is tried by its socket's events and a timer.
 */
#ifndef DITTO_NET_CONNECT_H
#define DITTO_NET_CONNECT_H

#include "net/service.h"

/**
 * struct ditto_connect - an attempt to connect
 * @net: network namespace
 * @svc: service the connection will belong to; outgoing
 * @addr: whom to connect to
 * @local: where to connect from; AF_UNSPEC: any address. The port is not looked at
 * @privileged: from a port that only root can have
 * @timeout: milliseconds until the attempt has failed
 * @private: for ditto_conn_private() of the connection, from conn_open() on
 * @done: how it ended: @conn, with a reference for the callee, or NULL and a negative
 *	errno: -ECONNREFUSED, -ETIMEDOUT, -ECANCELED ... Called once, in process context,
 *	if ditto_conn_connect() returned 0; @c is the caller's again then.
 */
struct ditto_connect {
	struct net		*net;
	struct ditto_service	*svc;
	struct sockaddr_storage	addr;
	struct sockaddr_storage	local;
	bool			privileged;
	unsigned int		timeout;
	void			*private;
	void			(*done)(struct ditto_connect *c, struct ditto_conn *conn, int err);

	/* private: owned by net/; see connect.c */
	struct list_head	list;
	struct delayed_work	work;
	struct socket		*sock;
	unsigned long		deadline;
	bool			active;
	bool			cancelled;
	bool			attached;
	void			(*saved_state_change)(struct sock *sk);
	void			(*saved_error_report)(struct sock *sk);
};

int ditto_conn_connect(struct ditto_connect *c);
void ditto_conn_connect_cancel(struct ditto_connect *c);
int ditto_datagram_open(struct net *net, struct ditto_service *svc, int family, void *private,
			struct ditto_conn **out);
struct ditto_req *ditto_req_make(struct ditto_conn *conn, const struct ditto_peer *to);
struct net *ditto_conn_net(const struct ditto_conn *conn);
void *ditto_conn_claim_private(struct ditto_conn *conn, void *data);
void ditto_peer_set(struct sockaddr_storage *dst, const struct sockaddr_storage *src);

#endif
