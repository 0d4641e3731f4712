/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of net/ share.
 *
 * The reading role: whoever sets CONN_READING owns conn->rx (the request being
 * filled) and the framing state, and holds a reference on the connection for
 * it. The role lies in the work item of conn->rx: queueing that work hands the
 * role to a worker. When a message is complete the worker puts a fresh request
 * in conn->rx, hands the role on (or gives it up), and becomes the executor of
 * the message. sk_data_ready takes the role if nobody has it.
 *
 * Sending: finished requests are pushed on conn->tx_new without a lock; whoever
 * sets CONN_SENDING sends them all. Nobody ever waits for a slow client:
 * a full socket leaves the rest to sk_write_space.
 */
#ifndef DITTO_NET_INTERNAL_H
#define DITTO_NET_INTERNAL_H

#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/xarray.h>
#include <net/netns/generic.h>
#include <net/sock.h>
#include "base/stats.h"
#include "net/connect.h"
#include "net/service.h"

enum {
	CONN_READING,	/* the reading role is taken */
	CONN_MORE,	/* something came since the reader last looked */
	CONN_THROTTLED,	/* the role is set aside until requests end */
	CONN_SENDING,	/* somebody sends */
	CONN_EOF,	/* the peer sends no more; close when all is answered */
	CONN_DEAD,	/* closed; queued replies are dropped */
};

struct ditto_netns;
struct ditto_client;

/**
 * struct ditto_conn - a connection, or a UDP socket with all its senders
 * @svc: whom it belongs to
 * @dn: the transports of its network namespace
 * @sock: the socket; released by @free_work
 * @private: what the service keeps for it
 * @ref: one of the table, one of the reading role, one per request, one per queued work
 * @flags: bits CONN_*
 * @stream: TCP
 * @client: counts the connections of its address; NULL over UDP
 * @rx: the next request; owned by the reading role
 * @marker: of the current part, as far as it came
 * @marker_got: bytes of it
 * @last_part: the current part is the message's last
 * @part: bytes of the current part (record fragment) still to come
 * @total: bytes of the current message announced so far
 * @got: bytes of it received
 * @started: jiffies when the current message's first byte came, 0 between messages
 * @udp_buf: UDP: takes a datagram of any size
 * @pending: requests handed out and not yet ended
 * @held: bytes of long messages and of replies to be sent
 * @tx_new: replies that were pushed, the last first
 * @tx_queue: replies to be sent, in order; owned by who sends
 * @stalled: jiffies since when the client takes no reply, 0 if it does
 * @tx_work: sends when the socket has room again
 * @peer: the client
 * @id: its number, in the table and for the administrator
 * @born: jiffies when it was accepted
 * @last: jiffies when the last message came
 * @received: bytes
 * @sent: bytes
 * @requests: messages
 * @retry: reads and sends again after a pause
 * @close_work: after the end, takes it away from the socket's callbacks and the table
 * @free_work: releases the socket after the last reference
 * @saved_data_ready: the socket's own callback
 * @saved_write_space: the same
 * @saved_state_change: the same
 * @saved_error_report: the same
 * @rcu: frees it
 */
struct ditto_conn {
	struct ditto_service	*svc;
	struct ditto_netns	*dn;
	struct socket		*sock;
	void			*private;
	refcount_t		ref;
	unsigned long		flags;
	bool			stream;
	struct ditto_client	*client;

	struct ditto_req	*rx;
	u8			marker[DITTO_FRAME_LEN];
	u8			marker_got;
	bool			last_part;
	u32			part;
	u32			total;
	u32			got;
	unsigned long		started;
	void			*udp_buf;

	atomic_t		pending;
	atomic_t		held;

	struct llist_head	tx_new;
	struct list_head	tx_queue;
	unsigned long		stalled;
	struct work_struct	tx_work;

	struct ditto_peer	peer;
	u64			id;
	unsigned long		born;
	unsigned long		last;
	u64			received;
	u64			sent;
	u64			requests;

	struct delayed_work	retry;
	struct work_struct	close_work;
	struct work_struct	free_work;
	void			(*saved_data_ready)(struct sock *sk);
	void			(*saved_write_space)(struct sock *sk);
	void			(*saved_state_change)(struct sock *sk);
	void			(*saved_error_report)(struct sock *sk);
	struct rcu_head		rcu;
};

/**
 * struct ditto_listener - a bound socket
 * @list: of the namespace
 * @svc: for whom it listens
 * @dn: the transports of its network namespace
 * @sock: TCP: the socket that accepts
 * @udp: UDP: the socket as a connection
 * @addr: address and port it is bound to
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP
 * @accept_work: accepts what has come
 * @saved_data_ready: the socket's own callback
 */
struct ditto_listener {
	struct list_head	list;
	struct ditto_service	*svc;
	struct ditto_netns	*dn;
	struct socket		*sock;
	struct ditto_conn	*udp;
	struct sockaddr_storage	addr;
	int			ipproto;
	struct work_struct	accept_work;
	void			(*saved_data_ready)(struct sock *sk);
};

#define DITTO_CLIENT_BITS	10

/**
 * struct ditto_limits - limits of a network namespace; each acts at once (limits.c)
 * @max_conns: connections in all
 * @max_conns_per_client: connections of one address
 * @max_requests: requests in work on one connection
 * @max_bytes: bytes of memory that long messages and replies hold in all
 * @max_conn_bytes: bytes of memory that long messages and replies of one connection hold
 * @idle_timeout: seconds without a message before a connection is closed; 0: never
 * @send_timeout: seconds a client may take to send a message or to accept a reply
 */
struct ditto_limits {
	u32	max_conns;
	u32	max_conns_per_client;
	u32	max_requests;
	u64	max_bytes;
	u32	max_conn_bytes;
	u32	idle_timeout;
	u32	send_timeout;
};

/**
 * struct ditto_netns - the transports of a network namespace
 * @net: the namespace
 * @lock: protects @listeners; taken outside everything else of net/
 * @listeners: struct ditto_listener
 * @connect_lock: protects @connects and what of an attempt others than its work touch; a leaf
 * @connects: attempts to connect, each of which counts as a user (connect.c)
 * @dying: set once, before all of it is closed
 * @conns: connections by number; one reference each
 * @next_id: where the search for a number begins
 * @nr_conns: connections that were accepted, or made by us
 * @held: bytes of long messages and of replies, of all connections
 * @users: connections, attempts and listeners that still exist
 * @idle: woken when @users is 0
 * @limits: its limits
 * @reaper: closes connections that are idle, slow or stalled
 * @client_lock: protects @clients
 * @clients: addresses that have connections, and how many
 */
struct ditto_netns {
	struct net		*net;
	struct mutex		lock;
	struct list_head	listeners;
	spinlock_t		connect_lock;
	struct list_head	connects;
	bool			dying;
	struct xarray		conns;
	u32			next_id;
	atomic_t		nr_conns;
	atomic_long_t		held;
	atomic_t		users;
	wait_queue_head_t	idle;
	struct ditto_limits	limits;
	struct delayed_work	reaper;
	spinlock_t		client_lock;
	struct hlist_head	clients[1 << DITTO_CLIENT_BITS];
};

enum net_stat {
	NET_ACCEPTED,
	NET_CONNECTED,
	NET_CONNECT_FAILED,
	NET_REFUSED_LIMIT,
	NET_REFUSED_CLIENT,
	NET_CLOSED,
	NET_CLOSED_IDLE,
	NET_CLOSED_SLOW,
	NET_CLOSED_STALLED,
	NET_BAD_MARKER,
	NET_TOO_LONG,
	NET_NO_MEMORY,
	NET_REQUESTS,
	NET_DATAGRAMS,
	NET_THROTTLED,
	NET_RECEIVED,
	NET_SENT,
	NET_SEND_WAITS,
	NET_ZERO_COPY_BYTES,
	NET_STATS
};

extern struct ditto_stat_group ditto_net_stats;
extern struct workqueue_struct *ditto_wq;
extern struct workqueue_struct *ditto_wq_spread;
extern unsigned int ditto_netns_id;

/* req.c */
struct ditto_req *ditto_req_alloc(struct ditto_conn *conn);
void ditto_req_free(struct ditto_req *req);
void ditto_req_ready(struct ditto_req *req);
void ditto_req_end(struct ditto_req *req);
void ditto_req_release_message(struct ditto_req *req);
void ditto_req_charge(struct ditto_req *req, u32 bytes);
struct kvec *ditto_req_add_seg(struct ditto_req *req, void *base, size_t len);
void *ditto_req_linear(struct ditto_req *req, size_t len);

/* rx.c */
void ditto_rx_work(struct work_struct *work);
void ditto_rx_kick(struct ditto_conn *conn);
void ditto_rx_resume(struct ditto_conn *conn);
int ditto_rx_stream(struct ditto_conn *conn);

/* udp.c */
int ditto_udp_receive(struct ditto_conn *conn);
void ditto_udp_send(struct ditto_req *req);

/* tx.c */
void ditto_tx_push(struct ditto_req *req);
void ditto_tx_run(struct ditto_conn *conn);
void ditto_tx_work(struct work_struct *work);
void ditto_tx_write_space(struct sock *sk);

/* conn.c */
int ditto_conn_open(struct ditto_netns *dn, struct ditto_service *svc, struct socket *sock,
		    bool stream, void *private, struct ditto_conn **out);
void ditto_conn_shutdown_now(struct ditto_conn *conn);
void ditto_conn_reap(struct work_struct *work);
void ditto_conn_retry_later(struct ditto_conn *conn, unsigned int ms);
void ditto_conn_shutdown_all(struct ditto_netns *dn, const struct ditto_service *svc);

/* connect.c */
void ditto_connect_cancel_all(struct ditto_netns *dn, const struct ditto_service *svc);

/* sock.c */
int ditto_sock_create(struct net *net, int family, int ipproto, struct socket **out);
int ditto_sock_addr_len(const struct sockaddr_storage *addr);
int ditto_sock_bind(struct socket *sock, const struct sockaddr_storage *addr);
int ditto_sock_bind_privileged(struct socket *sock, const struct sockaddr_storage *addr,
			       unsigned int *nth);

/* listen.c */
void ditto_listen_close_all(struct ditto_netns *dn, struct ditto_service *svc);

/* limits.c */
void ditto_limits_prepare(void);
void ditto_limits_default(struct ditto_limits *limits);
int ditto_limits_init(void);
void ditto_limits_exit(void);

/* service.c */
struct ditto_service *ditto_service_find(const char *name);
void ditto_service_put(struct ditto_service *svc);
void ditto_netns_put(struct ditto_netns *dn);

static inline struct ditto_netns *ditto_netns(const struct net *net)
{
	return net_generic(net, ditto_netns_id);
}

static inline void ditto_net_count(const struct ditto_netns *dn, enum net_stat i, u64 n)
{
	ditto_stat_add(dn->net, &ditto_net_stats, i, n);
}

#endif
