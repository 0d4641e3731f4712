/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ONC RPC, client side: calls that the server makes (NLM GRANTED, NFSv4 callbacks).
 *
 * A struct rpc_client is one version of one program of one peer. Its calls go
 * over TCP, UDP, or a connection that the peer made to us. A call is started and
 * ends later, by its done() in process context; no thread waits for it.
 *
 *	client = rpc_client_new(&(struct rpc_client_args){ ... });
 *	call->proc = PROC_GRANTED;
 *	call->timeout = 5000;
 *	call->encode = put_arguments;
 *	call->decode = get_results;
 *	call->done = granted;
 *	rpc_client_call(client, call);
 *
 * encode(), decode() and done() of one call never run at the same time; they may
 * sleep, but not wait for another call. Several calls of a client are in work at
 * once, and travel in no particular order.
 *
 * done() gets 0, or what went wrong:
 *
 *	-ETIMEDOUT	no answer until the deadline
 *	-ECONNREFUSED	nobody listens; also after rpcbind was asked once more
 *	-ECONNRESET	the connection was lost, and the next one too; or it was one that
 *			the peer had made
 *	-EACCES		the call was denied
 *	-EOPNOTSUPP	there is no such program, version or procedure
 *	-EREMOTEIO	the peer failed (SYSTEM_ERR)
 *	-EPROTO		the answer makes no sense, or the peer could make none of the call
 *	-EMSGSIZE	encode() wrote too much, or failed
 *	-ECANCELED	rpc_client_shutdown(), or the network namespace goes
 *	others		of the network: -EHOSTUNREACH, -ENETUNREACH ..., or -ENOMEM
 *
 * Who owns what: the caller owns the memory of a call and all it points to, and
 * leaves them alone from rpc_client_call() until done() is called or
 * rpc_client_cancel() has returned. A call holds its client. Who holds a client
 * must have put it when its own pernet exit() returns.
 */
#ifndef DITTO_RPC_CLIENT_H
#define DITTO_RPC_CLIENT_H

#include <linux/socket.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include "base/cursor.h"
#include "base/encoder.h"
#include "rpc/msg.h"

struct ditto_conn;
struct ditto_req;
struct net;
struct rpc_client;

/**
 * struct rpc_client_args - whom to call, and how
 * @net: network namespace
 * @addr: the peer; port 0: its rpcbind is asked for the program's
 * @local: where calls come from; AF_UNSPEC: any address of ours. Its port is not looked at
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP
 * @prog: program number
 * @vers: version
 * @flavour: credential: RPC_FLAVOUR_NONE, or RPC_FLAVOUR_SYS for uid and gid 0
 * @privileged: TCP: from a port that only root can have. UDP always does if it can
 */
struct rpc_client_args {
	struct net		*net;
	struct sockaddr_storage	addr;
	struct sockaddr_storage	local;
	int			ipproto;
	u32			prog;
	u32			vers;
	enum rpc_auth_flavour	flavour;
	bool			privileged;
};

/**
 * struct rpc_outcall - a call of ours
 * @proc: procedure
 * @timeout: milliseconds until it has failed
 * @encode: writes the arguments; again for each transmission. NULL: none
 * @decode: reads the results; ditto_cursor_fail() (or reading past the end) makes it
 *	-EPROTO. NULL: they are not looked at
 * @done: it has ended; may free it
 *
 * The rest is rpc/'s; under the lock of the client's link where not said otherwise.
 * @client: held
 * @work: encodes, decodes, calls done(); brought forward by whatever happens to the
 *	call, and run by time otherwise
 * @on_link: in rpc_link's calls
 * @by_xid: in rpc_link's table
 * @linked: in both of these. Who takes it out of them ends the call
 * @xid: transaction id, the same for all transmissions
 * @deadline: jiffies when it has failed
 * @resend: datagrams: jiffies of the next transmission
 * @pause: datagrams: jiffies between the last one and that
 * @sent: transmissions, datagrams
 * @generation: of the connection it was sent on; 0: was not sent
 * @port: datagrams: where it was sent to
 * @retried: a connection was lost already
 * @relooked: rpcbind was asked again already
 * @err: how it has to end, unless there is @reply
 * @reply: the answer
 */
struct rpc_outcall {
	u32			proc;
	unsigned int		timeout;
	void			(*encode)(struct rpc_outcall *call, struct ditto_encoder *enc);
	void			(*decode)(struct rpc_outcall *call, struct ditto_cursor *cur);
	void			(*done)(struct rpc_outcall *call, int err);

	struct rpc_client	*client;
	struct delayed_work	work;
	struct list_head	on_link;
	struct hlist_node	by_xid;
	bool			linked;
	bool			retried;
	bool			relooked;
	u32			xid;
	unsigned long		deadline;
	unsigned long		resend;
	unsigned long		pause;
	unsigned int		sent;
	u32			generation;
	__be16			port;
	int			err;
	struct ditto_req	*reply;
};

struct rpc_client *rpc_client_new(const struct rpc_client_args *args);
struct rpc_client *rpc_client_on_conn(struct ditto_conn *conn, u32 prog, u32 vers,
				      enum rpc_auth_flavour flavour);
void rpc_client_get(struct rpc_client *client);
void rpc_client_flush(void);
void rpc_client_put(struct rpc_client *client);
void rpc_client_shutdown(struct rpc_client *client);
bool rpc_client_alive(struct rpc_client *client);

void rpc_client_call(struct rpc_client *client, struct rpc_outcall *call);
bool rpc_client_cancel(struct rpc_outcall *call);

#endif
