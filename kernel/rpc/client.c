// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients and their calls; client.h says what they are to their users.
 *
 * A call has one work item, and all that touches its owner's memory (encode(),
 * decode(), done()) happens there, so never twice at a time. The work asks "what
 * does this call need next?" and does it: a port, a connection, to be sent, to be
 * sent again, to end. Events do no more than note what happened and bring the
 * work forward; they do both under the link's lock, and only for calls that are
 * linked. A call is unlinked under that lock by its work, which then ends it, or
 * by the one who cancels it. So:
 *
 *   reply against timer: the work that runs by time finds the reply noted, or
 *   unlinks the call first, and the reply finds no call;
 *   reply against loss: both may be noted, the reply counts;
 *   anything against cancelling: whoever unlinks first. If that is the work, the
 *   canceller waits for the work's end, and done() has run. If it is the
 *   canceller, a work in the middle of sending finds the call unlinked and does
 *   no more; the canceller waits for that, too.
 */
#include <linux/inet.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <net/ipv6.h>
#include "compat/compat.h"
#include "rpc/internal.h"
#include "rpc/link.h"

/* Jiffies until a datagram is sent again; doubles each time. */
#define CLIENT_RESEND		(HZ / 2)
/* Transmissions without an answer after which rpcbind is asked whether the port is right. */
#define CLIENT_DOUBT		2

/* ---- addresses ---- */

/* Ports aside. */
static bool client_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	if (!ipv6_addr_equal(&a6->sin6_addr, &b6->sin6_addr))
		return false;
	return !(ipv6_addr_type(&a6->sin6_addr) & IPV6_ADDR_LINKLOCAL) || !a6->sin6_scope_id ||
	       a6->sin6_scope_id == b6->sin6_scope_id;
}

/* ---- the end of a call ---- */

/* The call is over for its owner, too, and not touched any more. */
static void client_call_ended(struct rpc_client *client)
{
	struct rpc_link *link = client->link;
	struct rpc_client_net *rn = link->rn;

	spin_lock(&link->lock);
	if (!--client->nr_calls)
		wake_up_all(&client->ended);
	spin_unlock(&link->lock);
	spin_lock(&rn->lock);
	if (!--rn->nr_calls)
		wake_up_all(&rn->ended);
	spin_unlock(&rn->lock);
	rpc_client_put(client);
}

static int call_read_reply(struct rpc_outcall *call)
{
	struct ditto_req *req = call->reply;
	struct ditto_cursor cur;
	u32 xid;
	int err;

	ditto_cursor_init(&cur, req->segs, req->len);
	rpc_msg_get_reply_xid(&cur, &xid);
	err = rpc_msg_get_reply(&cur);
	if (!err && call->decode) {
		call->decode(call, &cur);
		if (!ditto_cursor_ok(&cur))
			err = -EPROTO;
	}
	ditto_req_drop(req);
	return err;
}

/* The call is unlinked. */
static void call_end(struct rpc_outcall *call)
{
	struct rpc_client *client = call->client;
	int err = call->err;

	/* an event that came while we ran has brought us forward once more */
	cancel_delayed_work(&call->work);
	if (call->reply)
		err = call_read_reply(call);
	call->done(call, err);
	client_call_ended(client);
}

/* ---- sending ---- */

static void call_put_head(const struct rpc_outcall *call, struct ditto_encoder *enc)
{
	const struct rpc_client *client = call->client;

	rpc_msg_put_call(enc, call->xid, client->prog, client->vers, call->proc);
	if (client->flavour == RPC_FLAVOUR_SYS)
		rpc_auth_put_root(enc, call->xid, init_utsname()->nodename);
	else
		rpc_auth_put_none(enc);
	rpc_auth_put_none(enc);
}

static int call_send(struct rpc_outcall *call, struct ditto_conn *conn)
{
	struct ditto_peer to = call->client->peer;
	struct ditto_req *req;

	((struct sockaddr_in *)&to.addr)->sin_port = call->port;
	req = ditto_req_make(conn, &to);
	if (!req)
		return -ENOMEM;
	call_put_head(call, &req->enc);
	if (call->encode)
		call->encode(call, &req->enc);
	if (!ditto_encoder_ok(&req->enc)) {
		ditto_req_drop(req);
		return -EMSGSIZE;
	}
	ditto_req_reply(req);
	return 0;
}

/* ---- what a call needs next ---- */

enum call_step { CALL_WAIT, CALL_LOOK_UP, CALL_CONNECT, CALL_SEND };

static enum call_step call_first_send(struct rpc_outcall *call)
{
	struct rpc_link *link = call->client->link;

	if (call->sent++)
		rpc_client_count(link, RPC_CLIENT_RESENT);
	call->generation = link->generation;
	call->port = rpc_client_port(call->client);
	call->pause = CLIENT_RESEND;
	call->resend = jiffies + call->pause;
	return CALL_SEND;
}

/* The time has come to send a datagram again. */
static enum call_step call_resend(struct rpc_outcall *call)
{
	struct rpc_client *client = call->client;

	/* asked only once: whatever the answer, it is sent after that */
	if (client->ask && call->sent == CLIENT_DOUBT && !call->relooked) {
		call->relooked = true;
		rpc_client_set_port(client, 0);
		client->looking = true;
		return CALL_LOOK_UP;
	}
	call->sent++;
	rpc_client_count(client->link, RPC_CLIENT_RESENT);
	call->port = rpc_client_port(client);
	call->pause *= 2;
	call->resend = jiffies + call->pause;
	return CALL_SEND;
}

static enum call_step call_connect(struct rpc_outcall *call)
{
	struct rpc_client *client = call->client;
	struct rpc_link *link = client->link;

	link->connecting = true;
	if (link->kind == RPC_LINK_STREAM) {
		link->connect.addr = client->peer.addr;
		link->connect.local = client->peer.local;
		link->connect.privileged = client->privileged;
	}
	return CALL_CONNECT;
}

static enum call_step call_next(struct rpc_outcall *call)
{
	struct rpc_client *client = call->client;
	struct rpc_link *link = client->link;

	if (client->looking)
		return CALL_WAIT;
	if (client->ask && !rpc_client_port(client)) {
		client->looking = true;
		return CALL_LOOK_UP;
	}
	if (!link->conn)
		return link->connecting ? CALL_WAIT : call_connect(call);
	if (call->generation != link->generation)
		return call_first_send(call);
	if (link->kind == RPC_LINK_DATAGRAM && time_after_eq(jiffies, call->resend))
		return call_resend(call);
	return CALL_WAIT;
}

/* Jiffies until the call needs something without anything happening. */
static unsigned long call_patience(const struct rpc_outcall *call)
{
	const struct rpc_link *link = call->client->link;
	unsigned long until = call->deadline;

	if (link->kind == RPC_LINK_DATAGRAM && !call->client->looking &&
	    call->generation == link->generation && time_before(call->resend, until))
		until = call->resend;
	return time_after(until, jiffies) ? until - jiffies : 0;
}

static bool call_is_over(struct rpc_outcall *call)
{
	struct rpc_client *client = call->client;

	if (!call->reply && !call->err && time_after_eq(jiffies, call->deadline)) {
		rpc_client_count(client->link, RPC_CLIENT_TIMEOUTS);
		call->err = -ETIMEDOUT;
		/* over UDP nothing else tells that the program has moved */
		if (client->ask && client->link->kind == RPC_LINK_DATAGRAM && !client->looking)
			rpc_client_set_port(client, 0);
	}
	return call->reply || call->err;
}

static int call_do(struct rpc_outcall *call, enum call_step step, struct ditto_conn *conn)
{
	int err = 0;

	switch (step) {
	case CALL_WAIT:
		break;
	case CALL_LOOK_UP:
		rpc_lookup_start(call->client);
		break;
	case CALL_CONNECT:
		rpc_link_open(call->client->link);
		break;
	case CALL_SEND:
		err = call_send(call, conn);
		ditto_conn_put(conn);
		break;
	}
	return err;
}

static void call_work(struct work_struct *work)
{
	struct rpc_outcall *call = container_of(work, struct rpc_outcall, work.work);
	struct rpc_link *link = call->client->link;
	struct ditto_conn *conn = NULL;
	enum call_step step;
	int err;

	spin_lock(&link->lock);
	if (!call->linked)
		goto unlock;
	if (call_is_over(call)) {
		rpc_link_call_gone(link, call);
		spin_unlock(&link->lock);
		call_end(call);
		return;
	}
	step = call_next(call);
	if (step == CALL_SEND) {
		conn = link->conn;
		ditto_conn_get(conn);
	}
	if (step != CALL_WAIT) {
		spin_unlock(&link->lock);
		err = call_do(call, step, conn);
		spin_lock(&link->lock);
		if (!call->linked)
			goto unlock;
		if (err && !call->err)
			call->err = err;
	}
	/* does nothing if something has happened since, for then it is queued already */
	queue_delayed_work(rpc_client_wq, &call->work, call->err ? 0 : call_patience(call));
unlock:
	spin_unlock(&link->lock);
}

/**
 * rpc_client_call - start a call
 * @client: whom to call; the caller has a reference
 * @call: filled in down to done(); not to be touched until that is called
 *
 * Process context. Nothing but the lack of an answer to this is different for a client
 * that is shut down: done() is called, as ever.
 */
void rpc_client_call(struct rpc_client *client, struct rpc_outcall *call)
{
	struct rpc_link *link = client->link;

	INIT_DELAYED_WORK(&call->work, call_work);
	call->client = client;
	call->retried = false;
	call->relooked = false;
	call->deadline = jiffies + msecs_to_jiffies(call->timeout);
	call->sent = 0;
	call->generation = 0;
	call->port = 0;
	call->reply = NULL;
	rpc_client_get(client);
	rpc_client_count(link, RPC_CLIENT_CALLS);
	spin_lock(&link->rn->lock);
	link->rn->nr_calls++;
	spin_unlock(&link->rn->lock);
	spin_lock(&link->lock);
	call->err = client->dead ? -ECANCELED : link->err;
	client->nr_calls++;
	rpc_link_call_added(link, call);
	queue_delayed_work(rpc_client_wq, &call->work, 0);
	spin_unlock(&link->lock);
}
EXPORT_SYMBOL_GPL(rpc_client_call);

/**
 * rpc_client_cancel - give a call up
 * @call: started; the caller sees to it that its memory is there. Not in done() of any
 *	call, and not under a lock that encode(), decode() or done() takes
 *
 * Waits for encode(), decode() or done() if one of them runs.
 *
 * Return: true: done() was not called and will not be; false: done() has run.
 */
bool rpc_client_cancel(struct rpc_outcall *call)
{
	struct rpc_client *client = call->client;
	struct rpc_link *link = client->link;
	struct ditto_req *reply = NULL;
	bool mine;

	spin_lock(&link->lock);
	mine = call->linked;
	if (mine) {
		rpc_link_call_gone(link, call);
		reply = call->reply;
	}
	spin_unlock(&link->lock);
	cancel_delayed_work_sync(&call->work);
	if (!mine)
		return false;
	if (reply)
		ditto_req_drop(reply);
	client_call_ended(client);
	return true;
}
EXPORT_SYMBOL_GPL(rpc_client_cancel);

/* ---- replies ---- */

static bool call_is_answered_by(const struct rpc_outcall *call, const struct ditto_req *req)
{
	const struct sockaddr_storage *from = &req->peer->addr;

	if (call->client->link->kind != RPC_LINK_DATAGRAM)
		return true;
	return call->port && ((const struct sockaddr_in *)from)->sin_port == call->port &&
	       client_same_host(&call->client->peer.addr, from);
}

/**
 * rpc_client_take_reply - give a message to the call it answers
 * @link: of the connection that it came by
 * @req: the message
 *
 * Return: true if it was a reply to a call, or to one that has ended: the message is
 * taken. False: it is the caller's.
 */
bool rpc_client_take_reply(struct rpc_link *link, struct ditto_req *req)
{
	struct rpc_outcall *call;
	struct ditto_cursor cur;
	bool known = false;
	u32 xid;

	ditto_cursor_init(&cur, req->segs, req->len);
	if (!rpc_msg_get_reply_xid(&cur, &xid))
		return false;
	spin_lock(&link->lock);
	call = rpc_link_find(link, xid);
	if (call && call_is_answered_by(call, req)) {
		known = true;
		if (!call->reply) {
			call->reply = req;
			req = NULL;
			rpc_outcall_kick(call);
		}
	} else if (link->kind != RPC_LINK_DATAGRAM) {
		known = rpc_link_issued(link, xid);
	}
	spin_unlock(&link->lock);
	if (known)
		rpc_client_count(link, req ? RPC_CLIENT_LATE : RPC_CLIENT_REPLIES);
	if (known && req)
		ditto_req_drop(req);
	return known;
}

/* ---- clients ---- */

static struct rpc_client *client_alloc(u32 prog, u32 vers, enum rpc_auth_flavour flavour)
{
	struct rpc_client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	if (!client)
		return NULL;
	refcount_set(&client->ref, 1);
	client->prog = prog;
	client->vers = vers;
	client->flavour = flavour;
	init_waitqueue_head(&client->ended);
	return client;
}

static bool client_args_ok(const struct rpc_client_args *args, const struct ditto_peer *peer)
{
	if (args->ipproto != IPPROTO_TCP && args->ipproto != IPPROTO_UDP)
		return false;
	if (args->flavour != RPC_FLAVOUR_NONE && args->flavour != RPC_FLAVOUR_SYS)
		return false;
	if (peer->addr.ss_family != AF_INET && peer->addr.ss_family != AF_INET6)
		return false;
	return peer->local.ss_family == AF_UNSPEC ||
	       peer->local.ss_family == peer->addr.ss_family;
}

/**
 * rpc_client_new - a program to be called
 * @args: which and where; nothing of it is kept
 *
 * Nothing is sent before the first call. Process context.
 *
 * Return: the client, with a reference; or ERR_PTR: -EINVAL, -ENOMEM, -ECANCELED if the
 * network namespace is going.
 */
struct rpc_client *rpc_client_new(const struct rpc_client_args *args)
{
	struct rpc_client *client = client_alloc(args->prog, args->vers, args->flavour);
	struct rpc_link *link;

	if (!client)
		return ERR_PTR(-ENOMEM);
	client->ipproto = args->ipproto;
	client->privileged = args->privileged;
	ditto_peer_set(&client->peer.addr, &args->addr);
	if (args->local.ss_family != AF_UNSPEC)
		ditto_peer_set(&client->peer.local, &args->local);
	client->ask = !rpc_client_port(client);
	if (!client_args_ok(args, &client->peer)) {
		kfree(client);
		return ERR_PTR(-EINVAL);
	}
	link = rpc_link_for(args->net, args->ipproto, client->peer.addr.ss_family);
	if (IS_ERR(link)) {
		kfree(client);
		return ERR_CAST(link);
	}
	client->link = link;
	return client;
}
EXPORT_SYMBOL_GPL(rpc_client_new);

/**
 * rpc_client_on_conn - a program of a client, to be called over its own connection
 * @conn: a TCP connection of the service "nfs"; the caller has a reference
 * @prog: program number
 * @vers: version
 * @flavour: credential
 *
 * RFC 8881 2.10.3.1. Replies are told from the client's calls by their message type.
 * Calls end with -ECONNRESET when the connection is gone, and can never be made again.
 *
 * Return: the client, with a reference, which does not hold up the connection; or
 * ERR_PTR: -EINVAL, -ENOMEM, -ECANCELED if the network namespace is going.
 */
struct rpc_client *rpc_client_on_conn(struct ditto_conn *conn, u32 prog, u32 vers,
				      enum rpc_auth_flavour flavour)
{
	struct rpc_client *client;
	struct rpc_link *link;

	if (!ditto_conn_is_stream(conn))
		return ERR_PTR(-EINVAL);
	client = client_alloc(prog, vers, flavour);
	if (!client)
		return ERR_PTR(-ENOMEM);
	link = rpc_link_on_conn(conn);
	if (IS_ERR(link)) {
		kfree(client);
		return ERR_CAST(link);
	}
	client->link = link;
	return client;
}
EXPORT_SYMBOL_GPL(rpc_client_on_conn);

/**
 * rpc_client_get - take a reference
 * @client: a client that has one
 */
void rpc_client_get(struct rpc_client *client)
{
	refcount_inc(&client->ref);
}
EXPORT_SYMBOL_GPL(rpc_client_get);

/**
 * rpc_client_put - drop a reference; with the last one its connection is closed
 * @client: the client; process context
 *
 * Calls in work hold it until they have ended.
 */
void rpc_client_put(struct rpc_client *client)
{
	if (!refcount_dec_and_test(&client->ref))
		return;
	rpc_link_release(client->link);
	kfree(client);
}
EXPORT_SYMBOL_GPL(rpc_client_put);

static bool client_is_quiet(struct rpc_client *client)
{
	bool quiet;

	spin_lock(&client->link->lock);
	quiet = !client->nr_calls;
	spin_unlock(&client->link->lock);
	return quiet;
}

/* All calls end, now or when they come; returns the client of a lookup, held. */
static struct rpc_client *client_kill(struct rpc_client *client)
{
	struct rpc_link *link = client->link;
	struct rpc_client *binder;
	struct rpc_outcall *call;

	spin_lock(&link->lock);
	client->dead = true;
	list_for_each_entry(call, &link->calls, on_link) {
		if (call->client != client || call->err)
			continue;
		call->err = -ECANCELED;
		rpc_outcall_kick(call);
	}
	binder = client->binder;
	if (binder)
		rpc_client_get(binder);
	spin_unlock(&link->lock);
	return binder;
}

/**
 * rpc_client_shutdown - end all calls of a client, and let none begin
 * @client: the client; the caller keeps its reference
 *
 * Waits until done() of each has returned. Not in done() of a call.
 */
void rpc_client_shutdown(struct rpc_client *client)
{
	struct rpc_client *binder = client_kill(client);

	if (binder) {
		client_kill(binder);
		rpc_client_put(binder);
	}
	wait_event(client->ended, client_is_quiet(client));
}
EXPORT_SYMBOL_GPL(rpc_client_shutdown);

/**
 * rpc_client_alive - may calls still be answered?
 * @client: the client
 *
 * Return: false if it is shut down, or was on a connection that is gone.
 */
bool rpc_client_alive(struct rpc_client *client)
{
	bool alive;

	spin_lock(&client->link->lock);
	alive = !client->dead && !client->link->err;
	spin_unlock(&client->link->lock);
	return alive;
}
EXPORT_SYMBOL_GPL(rpc_client_alive);

/* ---- ports ---- */

/**
 * rpc_client_lookup_begun - let a lookup be ended with its client
 * @client: whose port is looked up
 * @binder: the client that the lookup uses, and holds
 */
void rpc_client_lookup_begun(struct rpc_client *client, struct rpc_client *binder)
{
	spin_lock(&client->link->lock);
	client->binder = binder;
	if (client->dead)
		binder->dead = true;
	spin_unlock(&client->link->lock);
}

/**
 * rpc_client_looked_up - a lookup has ended
 * @client: whose port was looked up
 * @result: the port in host order, 0 if the program is not registered, or a
 *	negative errno
 *
 * Time that is up is up for the lookup only: calls know their own deadline.
 */
void rpc_client_looked_up(struct rpc_client *client, int result)
{
	struct rpc_link *link = client->link;
	struct rpc_outcall *call;

	spin_lock(&link->lock);
	client->binder = NULL;
	client->looking = false;
	if (result > 0)
		rpc_client_set_port(client, htons(result));
	list_for_each_entry(call, &link->calls, on_link) {
		if (call->client != client)
			continue;
		if (result <= 0 && result != -ETIMEDOUT && !call->err)
			call->err = result ?: -EOPNOTSUPP;
		rpc_outcall_kick(call);
	}
	spin_unlock(&link->lock);
}
