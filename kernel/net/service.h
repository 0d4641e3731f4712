/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transports: listeners, connections, requests. Knows no protocol.
 *
 * A protocol registers a service. Listeners of the service accept connections
 * (TCP) or datagrams (UDP); each complete message becomes a request, and the
 * service's handle() is called with it in process context, on a worker of its
 * own, while the next message of the same connection is read by another.
 * handle() may sleep. It ends each request exactly once, then or later, from
 * any process context: ditto_req_reply() or ditto_req_drop().
 *
 * Ownership: a request holds its connection; a connection holds its service
 * and lives until its last request has ended. conn_close() is called once
 * after that. Everything of a network namespace is closed when it goes.
 */
#ifndef DITTO_NET_SERVICE_H
#define DITTO_NET_SERVICE_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include "base/cursor.h"
#include "base/encoder.h"
#include "base/payload.h"

struct ditto_conn;
struct ditto_listener;
struct ditto_req;
struct module;

/* A marker before each message on a stream: both ONC RPC and SMB have four bytes. */
#define DITTO_FRAME_LEN		4
/* Messages up to this size are copied out of the socket; longer ones stay in its buffers. */
#define DITTO_REQ_INLINE	1024
/* First chunk of a reply. */
#define DITTO_REPLY_INLINE	1024

/**
 * struct ditto_service - what a protocol gives to be served
 * @name: as in "dittoctl listen add NAME"
 * @owner: module of the functions
 * @default_port: port in host order
 * @udp: datagrams as well as streams
 * @outgoing: its connections are those that it makes itself (net/connect.h): nobody can
 *	listen for it, it and they are not shown, and count against no client
 * @req_size: size of the protocol's request; struct ditto_req is its first member
 * @max_record: longest message accepted, bytes; may change at run time
 * @reply_limit: longest reply; 0: as @max_record
 * @unframe: reads a marker: length of the part that follows, and whether it is the
 *	message's last part; false: not of this protocol, the connection is closed
 * @frame: writes the marker of a reply of @len bytes
 * @conn_open: a new connection; sets its private data; an error refuses it. May be NULL
 * @conn_lost: the connection is closed; requests may still be in work. Called once, in
 *	process context, if conn_open() succeeded. May be NULL
 * @conn_close: the connection has no request and gets none any more. May be NULL
 * @handle: a message has come
 * @listening: a listener of this service was added or removed, in the context of the
 *	administrator's call; for registration with rpcbind. May be NULL
 */
struct ditto_service {
	const char	*name;
	struct module	*owner;
	u16		default_port;
	bool		udp;
	bool		outgoing;
	size_t		req_size;
	u32		max_record;
	u32		reply_limit;

	bool (*unframe)(const u8 marker[DITTO_FRAME_LEN], u32 *len, bool *last);
	void (*frame)(u8 marker[DITTO_FRAME_LEN], u32 len);
	int (*conn_open)(struct ditto_conn *conn);
	void (*conn_lost)(struct ditto_conn *conn);
	void (*conn_close)(struct ditto_conn *conn);
	void (*handle)(struct ditto_req *req);
	void (*listening)(struct net *net, const struct sockaddr_storage *addr, int ipproto,
			  bool up);

	/* private: owned by net/ */
	struct list_head	list;
	struct kmem_cache	*req_cache;
	atomic_t		users;
	wait_queue_head_t	idle;
	bool			dying;
};

#define DITTO_PEER_RULES	4

/**
 * struct ditto_peer - who is at the other end
 * @addr: address and port; an IPv4-mapped address is given as IPv4
 * @local: address and port the peer talked to
 * @rules: cache of export decisions for @addr; all 0 at first, then owned by vfs/ (rules.c)
 */
struct ditto_peer {
	struct sockaddr_storage	addr;
	struct sockaddr_storage	local;
	u64			rules[DITTO_PEER_RULES];
};

/**
 * struct ditto_req - one message and its reply
 * @work: reads the message, then has it handled
 * @conn: the connection (or UDP socket) it came by; held
 * @peer: who sent it
 * @net: network namespace it came in
 * @segs: the message without its marker, @len bytes in @nr_segs segments
 * @nr_segs: how many
 * @len: how long it is
 * @enc: the reply, without marker; the service writes it before ditto_req_reply()
 */
struct ditto_req {
	struct work_struct	work;
	struct ditto_conn	*conn;
	struct ditto_peer	*peer;
	struct net		*net;
	struct kvec		*segs;
	unsigned int		nr_segs;
	u32			len;
	struct ditto_encoder	enc;

	/* private: owned by net/; see req.c */
	unsigned int		max_segs;
	u32			charged;	/* bytes counted against the limits */
	u32			sent;		/* bytes of marker and reply already sent */
	struct llist_node	tx;
	struct list_head	tx_list;
	struct sk_buff		*skbs;		/* buffers the message lies in */
	void			*linear;	/* memory a long message was copied to */
	struct ditto_req_chunk	*chunks;	/* further memory of the reply */
	struct ditto_peer	*own_peer;	/* UDP: the sender of this datagram */
	u8			marker[DITTO_FRAME_LEN];
	struct kvec		inline_segs[8];
	u8			inline_rx[DITTO_REQ_INLINE] __aligned(8);
	u8			inline_tx[DITTO_REPLY_INLINE] __aligned(8);
};

int ditto_service_register(struct ditto_service *svc);
void ditto_service_unregister(struct ditto_service *svc);

void ditto_req_reply(struct ditto_req *req);
void ditto_req_drop(struct ditto_req *req);
void ditto_req_reset_reply(struct ditto_req *req);

void *ditto_conn_private(const struct ditto_conn *conn);
void ditto_conn_set_private(struct ditto_conn *conn, void *data);
u64 ditto_conn_id(const struct ditto_conn *conn);
bool ditto_conn_is_stream(const struct ditto_conn *conn);
bool ditto_conn_alive(const struct ditto_conn *conn);
void ditto_conn_shutdown(struct ditto_conn *conn);
void ditto_conn_get(struct ditto_conn *conn);
void ditto_conn_put(struct ditto_conn *conn);

/* For the control layer: listeners and connections of a network namespace. */

/**
 * struct ditto_listen_info - a listener as shown
 * @service: name of its service
 * @addr: address and port it is bound to
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP
 */
struct ditto_listen_info {
	const char		*service;
	struct sockaddr_storage	addr;
	int			ipproto;
};

/**
 * struct ditto_conn_info - a connection as shown
 * @id: its number, never used twice
 * @service: name of its service
 * @peer: address and port of the client
 * @local: address and port it talks to
 * @received: bytes
 * @sent: bytes
 * @requests: messages handled
 * @pending: requests being worked on or waiting to be sent
 * @age: milliseconds since it was accepted
 * @idle: milliseconds since the last message
 */
struct ditto_conn_info {
	u64			id;
	const char		*service;
	struct sockaddr_storage	peer;
	struct sockaddr_storage	local;
	u64			received;
	u64			sent;
	u64			requests;
	u32			pending;
	u64			age;
	u64			idle;
};

/* addr->ss_family AF_UNSPEC: all addresses, IPv4 and IPv6; port 0 in addr: the service's. */
int ditto_listen_add(struct net *net, const char *service, int ipproto,
		     const struct sockaddr_storage *addr);
int ditto_listen_remove(struct net *net, const char *service, int ipproto,
			const struct sockaddr_storage *addr);
int ditto_listen_for_each(struct net *net, int (*fn)(void *arg, const struct ditto_listen_info *i),
			  void *arg);
/* @cursor: 0 at first, then where to go on; fn's non-zero return stops before that entry. */
int ditto_conn_for_each(struct net *net, u64 *cursor,
			int (*fn)(void *arg, const struct ditto_conn_info *i), void *arg);
int ditto_conn_kill(struct net *net, u64 id);
int ditto_services_for_each(int (*fn)(void *arg, const struct ditto_service *svc), void *arg);

int ditto_net_init(void);
void ditto_net_exit(void);

#endif
