// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM: calls in two halves. A message (TEST_MSG, LOCK_MSG ...) is answered at once with
 * nothing; what came of it is told to the client by a call of ours (TEST_RES ...). So it has to
 * outlive its call, with all that it says and who says it.
 */
#include <linux/slab.h>
#include "compat/compat.h"
#include "nfs/nlm.h"

/* More than the longest arguments. */
#define MSG_ARGS_MAX	4096
/* How long results are sent, ms. */
#define MSG_PATIENCE	10000

/**
 * struct nlm_message - a message in work
 * @rq: the request
 * @who: the sender
 * @peer: where it is
 * @out: the results
 * @len: bytes in @args
 * @args: as they came
 */
struct nlm_message {
	struct nlm_req		rq;
	struct ditto_who	who;
	struct ditto_peer	peer;
	struct rpc_outcall	out;
	u32			len;
	u8			args[] __counted_by(len);
};

/* Messages are no calls any more, so nothing else bounds them. */
static bool message_charge(struct nlm_net *nn)
{
	bool good;

	spin_lock(&nn->lock);
	good = nn->nr_messages < NLM_MESSAGES_MAX && !nn->closing;
	if (good) {
		nn->nr_messages++;
		nn->busy++;
	}
	spin_unlock(&nn->lock);
	return good;
}

static void message_free(struct nlm_message *msg)
{
	struct nlm_net *nn = msg->rq.nn;

	nlm_req_release(&msg->rq);
	kfree(msg);
	spin_lock(&nn->lock);
	nn->nr_messages--;
	spin_unlock(&nn->lock);
	nlm_unbusy(nn);
}

static struct nlm_message *message_new(struct rpc_call *call, const struct nlm_op *op)
{
	size_t len = ditto_cursor_left(&call->args);
	struct nlm_message *msg;

	msg = kzalloc(struct_size(msg, args, len), GFP_KERNEL_ACCOUNT);
	if (!msg)
		return NULL;
	msg->len = len;
	ditto_cursor_copy(&call->args, msg->args, len);
	/* but not what is cached about it, which others change */
	msg->peer.addr = call->req.peer->addr;
	msg->peer.local = call->req.peer->local;
	msg->who = call->who;
	msg->who.peer = &msg->peer;
	nlm_req_init(&msg->rq, call, op);
	msg->rq.call = NULL;
	msg->rq.who = &msg->who;
	return msg;
}

/**
 * nlm_msg - take a message
 * @call: the call that brings it
 * @op: what is asked for
 *
 * Return: how the call ended; the message is in work then.
 */
enum rpc_outcome nlm_msg(struct rpc_call *call, const struct nlm_op *op)
{
	struct nlm_net *nn = nlm_net_of(call->req.net);
	struct ditto_cursor cur;
	struct nlm_message *msg;
	struct kvec seg;
	int err;

	if (ditto_cursor_left(&call->args) > MSG_ARGS_MAX)
		return RPC_GARBAGE_ARGS;
	if (!message_charge(nn))
		return RPC_DROP;
	msg = message_new(call, op);
	if (!msg) {
		spin_lock(&nn->lock);
		nn->nr_messages--;
		spin_unlock(&nn->lock);
		nlm_unbusy(nn);
		return RPC_SYSTEM_ERR;
	}
	seg = (struct kvec){ .iov_base = msg->args, .iov_len = msg->len };
	ditto_cursor_init(&cur, &seg, msg->len);
	err = nlm_req_decode(&msg->rq, &cur);
	if (err) {
		message_free(msg);
		return err == -ENOMEM ? RPC_SYSTEM_ERR : RPC_GARBAGE_ARGS;
	}
	queue_work(nlm_wq, &msg->rq.work);
	return RPC_REPLY;
}

/* ---- results --------------------------------------------------------------- */

static void results_encode(struct rpc_outcall *out, struct ditto_encoder *enc)
{
	const struct nlm_message *msg = container_of(out, struct nlm_message, out);

	msg->rq.op->put(&msg->rq, enc);
}

static void results_done(struct rpc_outcall *out, int err)
{
	struct nlm_message *msg = container_of(out, struct nlm_message, out);

	if (err)
		nlm_count(msg->rq.nn, NLM_STAT_RESULTS_FAILED);
	message_free(msg);
}

/* One who is not known as a host is answered too. */
static struct rpc_client *results_client(const struct nlm_message *msg)
{
	const struct nlm_req *rq = &msg->rq;
	struct rpc_client_args args = {
		.net		= rq->nn->net,
		.addr		= msg->peer.addr,
		.local		= msg->peer.local,
		.ipproto	= rq->ipproto,
		.prog		= NLM_PROGRAM,
		.vers		= rq->vers,
		.flavour	= RPC_FLAVOUR_SYS,
		.privileged	= true,
	};
	struct rpc_client *client;

	if (READ_ONCE(rq->nn->closing))
		return NULL;
	if (rq->host)
		return nlm_host_client(rq->host, rq->vers, rq->ipproto, &msg->peer.local);
	if (args.addr.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&args.addr)->sin6_port = 0;
	else
		((struct sockaddr_in *)&args.addr)->sin_port = 0;
	client = rpc_client_new(&args);
	return IS_ERR(client) ? NULL : client;
}

/**
 * nlm_msg_end - send what came of a message
 * @rq: a message's request, done; not the caller's any more
 */
void nlm_msg_end(struct nlm_req *rq)
{
	struct nlm_message *msg = container_of(rq, struct nlm_message, rq);
	struct rpc_client *client = results_client(msg);

	if (!client) {
		nlm_count(rq->nn, NLM_STAT_RESULTS_FAILED);
		message_free(msg);
		return;
	}
	msg->out.proc = rq->op->res;
	msg->out.timeout = MSG_PATIENCE;
	msg->out.encode = results_encode;
	msg->out.done = results_done;
	rpc_client_call(client, &msg->out);
	rpc_client_put(client);
}
