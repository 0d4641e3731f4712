// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM: calls of ours. GRANTED and GRANTED_MSG tell a client that what it waited for is its
 * own now.
 *
 * A client that does not answer is told again and again for a while. Then it is taken to
 * have gone, or to have no idea of what it asked for, and the range goes to who is next. It
 * comes back to ask if that was wrong.
 *
 * One call of a block is in work at a time: it is sent again by its retry, which is set by
 * its end. Both have a reference, and do nothing if the block has ended meanwhile.
 */
#include <linux/slab.h>
#include "compat/compat.h"
#include "nfs/nlm.h"
#include "rpc/rpcbind.h"

/* How long one call waits for its answer, ms. */
#define GRANTED_PATIENCE	5000
#define GRANTED_PAUSE		HZ
#define GRANTED_PAUSE_MAX	(15 * HZ)
/* A connection that was not used for so long may have been closed. */
#define WAY_COOLS		(45 * HZ)
/* No retry begins after so long. */
#define GRANTED_GIVE_UP		(60 * HZ)

/* ---- ways to a host -------------------------------------------------------- */

/* This machine's own client has lost its place at rpcbind to us (rpc/rpcbind.h); others: 0. */
static u16 host_port(const struct nlm_host *host, u32 vers, int ipproto,
		     const struct sockaddr_storage *local)
{
	if (!nlm_same_address(&host->client.addr, local))
		return 0;
	return rpcbind_other_port(host->nn->net, NLM_PROGRAM, vers, ipproto, local->ss_family);
}

static struct rpc_client *host_client_new(const struct nlm_host *host, u32 vers, int ipproto,
					  const struct sockaddr_storage *local, u16 port)
{
	struct rpc_client_args args = {
		.net		= host->nn->net,
		.addr		= host->client.addr,
		.local		= *local,
		.ipproto	= ipproto,
		.prog		= NLM_PROGRAM,
		.vers		= vers,
		.flavour	= RPC_FLAVOUR_SYS,
		.privileged	= true,
	};
	struct rpc_client *client;

	/* at the same place for IPv6 */
	((struct sockaddr_in *)&args.addr)->sin_port = htons(port);
	client = rpc_client_new(&args);
	return IS_ERR(client) ? NULL : client;
}

static struct nlm_host_rpc *host_way(struct nlm_host *host, u32 vers, int ipproto,
				     const struct sockaddr_storage *local, u16 port)
{
	struct nlm_host_rpc *rpc;

	lockdep_assert_held(&host->rpc_lock);
	for (rpc = host->rpc; rpc < host->rpc + ARRAY_SIZE(host->rpc); rpc++)
		if (rpc->client && rpc->vers == vers && rpc->ipproto == ipproto && rpc->port == port &&
		    nlm_same_address(&rpc->local, local))
			return rpc;
	return NULL;
}

/**
 * nlm_host_client - the way to a host
 * @host: held
 * @vers: version of NLM it speaks
 * @ipproto: transport
 * @local: where calls shall come from: clients take them from the address they talk to only
 *
 * Return: for rpc_client_put(); NULL: no memory, or the namespace goes.
 */
struct rpc_client *nlm_host_client(struct nlm_host *host, u32 vers, int ipproto,
				   const struct sockaddr_storage *local)
{
	u16 port = host_port(host, vers, ipproto, local);
	struct rpc_client *client = NULL;
	struct nlm_host_rpc *rpc;

	mutex_lock(&host->rpc_lock);
	if (READ_ONCE(host->nn->closing))
		goto unlock;
	rpc = host_way(host, vers, ipproto, local, port);
	if (rpc)
		goto found;
	client = host_client_new(host, vers, ipproto, local, port);
	if (!client)
		goto unlock;
	rpc = &host->rpc[host->rpc_next++ % ARRAY_SIZE(host->rpc)];
	if (rpc->client)
		rpc_client_put(rpc->client);
	*rpc = (struct nlm_host_rpc){
		.client = client, .local = *local, .vers = vers, .ipproto = ipproto, .port = port,
	};
found:
	rpc->used = jiffies;
	client = rpc->client;
	rpc_client_get(client);
unlock:
	mutex_unlock(&host->rpc_lock);
	return client;
}

/**
 * nlm_host_hang_up - end all calls to a host
 * @host: held; no lock of ours is held, and this is no end of a call
 *
 * Their done() has been called on return.
 */
void nlm_host_hang_up(struct nlm_host *host)
{
	struct rpc_client *client;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(host->rpc); i++) {
		mutex_lock(&host->rpc_lock);
		client = host->rpc[i].client;
		host->rpc[i].client = NULL;
		mutex_unlock(&host->rpc_lock);
		if (!client)
			continue;
		rpc_client_shutdown(client);
		rpc_client_put(client);
	}
}

/**
 * nlm_host_forget_ways - a host is being freed
 * @host: no calls to it are in work, for they hold it; this may be the end of the last one
 */
void nlm_host_forget_ways(struct nlm_host *host)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(host->rpc); i++)
		if (host->rpc[i].client)
			rpc_client_put(host->rpc[i].client);
}

/* ---- GRANTED --------------------------------------------------------------- */

static struct nlm_net *block_net(const struct nlm_block *block)
{
	return nlm_host_of(block->owner)->nn;
}

static void granted_encode(struct rpc_outcall *call, struct ditto_encoder *enc)
{
	const struct nlm_block *block = container_of(call, struct nlm_block, call);
	const struct nlm_owner *owner = block->owner;
	const struct nlm_host *host = nlm_host_of(owner);
	struct nlm_testargs args = {
		.cookie		= { (const u8 *)block->cookie, sizeof(block->cookie) },
		.exclusive	= block->exclusive,
		.alock		= {
			.caller_name	= { host->name, host->name_len },
			.fh		= { block->fh, block->fh_len },
			.oh		= { owner->oh, owner->oh_len },
			.svid		= owner->svid,
			.l_offset	= block->l_offset,
			.l_len		= block->l_len,
		},
	};

	nlm_put_testargs(enc, block->vers, &args);
}

static void granted_decode(struct rpc_outcall *call, struct ditto_cursor *cur)
{
	struct nlm_block *block = container_of(call, struct nlm_block, call);
	struct nlm_scratch scratch = {};
	u32 need = nlm_scratch_need(cur);
	struct nlm_res res;
	u8 *room = NULL;

	if (need) {
		room = kmalloc(need, GFP_KERNEL);
		scratch = (struct nlm_scratch){ .p = room, .left = room ? need : 0 };
	}
	if (nlm_get_res(cur, block->vers, &res, &scratch))
		block->stat = res.stat;
	kfree(room);
}

/* While a call is out its end does that. */
static void callback_again(struct nlm_block *block)
{
	lockdep_assert_held(&block->owner->lock);
	if (block->calling)
		return;
	nlm_block_get(block);
	if (!queue_delayed_work(nlm_wq, &block->retry, block->pause))
		nlm_block_put(block);
	block->pause = min(block->pause * 2, GRANTED_PAUSE_MAX);
}

static void granted_done(struct rpc_outcall *call, int err)
{
	struct nlm_block *block = container_of(call, struct nlm_block, call);

	mutex_lock(&block->owner->lock);
	block->calling = false;
	if (block->state == NLM_BLOCK_GRANTED) {
		/* a message's answer is a call of the client's */
		if (!err && !block->msg)
			nlm_callback_answer(block, block->stat);
		else
			callback_again(block);
	}
	mutex_unlock(&block->owner->lock);
	nlm_block_put(block);
}

static void callback_send(struct nlm_block *block)
{
	struct nlm_host *host = nlm_host_of(block->owner);
	struct rpc_client *client;

	lockdep_assert_held(&block->owner->lock);
	client = nlm_host_client(host, block->vers, block->ipproto, &block->local);
	if (!client) {
		callback_again(block);
		return;
	}
	block->stat = NLM4_FAILED;
	block->call.proc = block->msg ? NLMPROC_GRANTED_MSG : NLMPROC_GRANTED;
	block->call.timeout = GRANTED_PATIENCE;
	block->call.encode = granted_encode;
	block->call.decode = block->msg ? NULL : granted_decode;
	block->call.done = granted_done;
	block->calling = true;
	nlm_block_get(block);
	nlm_count(host->nn, NLM_STAT_GRANTED_SENT);
	rpc_client_call(client, &block->call);
	rpc_client_put(client);
}

/* ---- before it is time ----------------------------------------------------- */

/**
 * struct nlm_ping - a call of NULL
 * @call: the call
 * @host: held
 */
struct nlm_ping {
	struct rpc_outcall	call;
	struct nlm_host		*host;
};

static void ping_done(struct rpc_outcall *call, int err)
{
	struct nlm_ping *ping = container_of(call, struct nlm_ping, call);

	nlm_host_put(ping->host);
	kfree(ping);
}

/* Is the way to the client likely to be known, and a connection to be there? */
static bool way_is_warm(struct nlm_host *host, const struct nlm_block *block)
{
	u16 port = host_port(host, block->vers, block->ipproto, &block->local);
	struct nlm_host_rpc *rpc;
	bool warm;

	mutex_lock(&host->rpc_lock);
	rpc = host_way(host, block->vers, block->ipproto, &block->local, port);
	warm = rpc && time_before(jiffies, rpc->used + WAY_COOLS);
	mutex_unlock(&host->rpc_lock);
	return warm;
}

/**
 * nlm_callback_expect - a client may have to be called soon
 * @block: begins to wait
 *
 * To ask its rpcbind and to connect takes longer than to call: it is done while the client
 * waits, or the lock would change hands that much later.
 */
void nlm_callback_expect(struct nlm_block *block)
{
	struct nlm_host *host = nlm_host_of(block->owner);
	struct rpc_client *client;
	struct nlm_ping *ping;

	if (way_is_warm(host, block))
		return;
	client = nlm_host_client(host, block->vers, block->ipproto, &block->local);
	if (!client)
		return;
	ping = kzalloc_obj(*ping, GFP_KERNEL);
	if (ping) {
		ditto_client_get(&host->client);
		ping->host = host;
		ping->call.proc = NLMPROC_NULL;
		ping->call.timeout = GRANTED_PATIENCE;
		ping->call.done = ping_done;
		nlm_count(host->nn, NLM_STAT_PINGS);
		rpc_client_call(client, &ping->call);
	}
	rpc_client_put(client);
}

static void retry_work(struct work_struct *work)
{
	struct nlm_block *block = container_of(to_delayed_work(work), struct nlm_block, retry);
	struct nlm_net *nn = block_net(block);

	mutex_lock(&block->owner->lock);
	if (block->state != NLM_BLOCK_GRANTED)
		goto unlock;
	if (time_before(jiffies, block->until)) {
		nlm_count(nn, NLM_STAT_GRANTED_RETRIED);
		callback_send(block);
	} else if (nlm_block_give_back(block)) {
		callback_again(block);
	} else {
		nlm_count(nn, NLM_STAT_GRANTED_FAILED);
	}
unlock:
	mutex_unlock(&block->owner->lock);
	nlm_block_put(block);
}

/**
 * nlm_callback_prepare - a block may have to be told of
 * @block: new
 */
void nlm_callback_prepare(struct nlm_block *block)
{
	INIT_DELAYED_WORK(&block->retry, retry_work);
}

/* Only what is answered by a call of its own has to be found by its cookie. */
static void callback_name(struct nlm_block *block)
{
	struct nlm_net *nn = block_net(block);

	if (block->msg && xa_alloc_cyclic(&nn->blocks, &block->id, block,
					  XA_LIMIT(1, U32_MAX), &nn->next_block, GFP_KERNEL) < 0)
		block->id = 0;
	block->cookie[0] = cpu_to_be32(nn->salt);
	block->cookie[1] = cpu_to_be32(block->id);
}

/**
 * nlm_callback_start - tell the client that it has been granted its range
 * @block: has just been; its owner is locked
 */
void nlm_callback_start(struct nlm_block *block)
{
	lockdep_assert_held(&block->owner->lock);
	callback_name(block);
	block->pause = GRANTED_PAUSE;
	block->until = jiffies + GRANTED_GIVE_UP;
	callback_send(block);
}

/**
 * nlm_callback_stop - the client need not be told any more
 * @block: its owner is locked. A call that is out comes to its end by itself
 */
void nlm_callback_stop(struct nlm_block *block)
{
	lockdep_assert_held(&block->owner->lock);
	if (block->id)
		xa_erase(&block_net(block)->blocks, block->id);
	block->id = 0;
	if (cancel_delayed_work(&block->retry))
		nlm_block_put(block);
}

/**
 * nlm_callback_answer - the client has answered
 * @block: granted; its owner is locked, and held by the caller
 * @stat: enum nlm_stats
 */
void nlm_callback_answer(struct nlm_block *block, u32 stat)
{
	struct nlm_net *nn = block_net(block);

	switch (stat) {
	case NLM4_GRANTED:
		nlm_count(nn, NLM_STAT_GRANTED_ANSWERED);
		nlm_block_drop(block);
		break;
	case NLM4_DENIED_GRACE_PERIOD:
		callback_again(block);
		break;
	default:
		nlm_count(nn, NLM_STAT_GRANTED_DENIED);
		if (nlm_block_give_back(block))
			callback_again(block);
		break;
	}
}
