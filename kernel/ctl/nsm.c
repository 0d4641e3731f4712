// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers on record: what is wanted of the daemon about them, and what it hears of
 * them. The status monitor's protocol itself (The Open Group, Protocols for
 * Interworking: XNFS, chapter 11) is spoken by the daemon.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/rwsem.h>
#include <net/ipv6.h>
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "ctl/daemon.h"
#include "ctl/internal.h"

/* Held for reading while a hook runs. */
static DECLARE_RWSEM(nsm_sem);
static const struct ditto_nsm_ops *nsm_ops;

/* ---- to the daemon ---- */

static int nsm_put_address(struct sk_buff *skb, const struct sockaddr_storage *addr, int type)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	switch (addr->ss_family) {
	case AF_INET:
		return nla_put(skb, type, sizeof(in->sin_addr), &in->sin_addr);
	case AF_INET6:
		if (ipv6_addr_v4mapped(&in6->sin6_addr))
			return nla_put(skb, type, 4, &in6->sin6_addr.s6_addr32[3]);
		if (type == DITTO_A_DAEMON_ADDRESS && in6->sin6_scope_id &&
		    nla_put_u32(skb, DITTO_A_DAEMON_SCOPE, in6->sin6_scope_id))
			return -EMSGSIZE;
		return nla_put(skb, type, sizeof(in6->sin6_addr), &in6->sin6_addr);
	default:
		return 0;
	}
}

static int nsm_put(const struct ditto_upcall *upcall, struct sk_buff *skb)
{
	const struct ditto_nsm_upcall *nsm = container_of(upcall, struct ditto_nsm_upcall, upcall);

	if (nla_put_string(skb, DITTO_A_DAEMON_NAME, nsm->name) ||
	    nsm_put_address(skb, &nsm->peer, DITTO_A_DAEMON_ADDRESS))
		return -EMSGSIZE;
	if (upcall->cmd != DITTO_CMD_NSM_MONITOR)
		return 0;
	return nsm_put_address(skb, &nsm->local, DITTO_A_DAEMON_LOCAL_ADDRESS);
}

static void nsm_send(struct net *net, struct ditto_nsm_upcall *nsm, u8 cmd)
{
	BUILD_BUG_ON(DITTO_PEER_NAME_MAX + 128 > DITTO_UPCALL_SIZE);
	nsm->upcall.cmd = cmd;
	nsm->upcall.put = nsm_put;
	ditto_upcall_send(net, &nsm->upcall);
}

/**
 * ditto_nsm_monitor - put a peer on record
 * @net: network namespace
 * @nsm: the peer, its name at most DITTO_PEER_NAME_MAX bytes; done() is called with 0 when it
 *	is on stable storage that it is told of our next restart
 *
 * Putting it on record twice is putting it on record.
 */
void ditto_nsm_monitor(struct net *net, struct ditto_nsm_upcall *nsm)
{
	nsm_send(net, nsm, DITTO_CMD_NSM_MONITOR);
}
EXPORT_SYMBOL_GPL(ditto_nsm_monitor);

/**
 * ditto_nsm_unmonitor - take a peer off the record
 * @net: network namespace
 * @nsm: the peer, its name and address as they were; taking off one that is not there is no
 *	error
 */
void ditto_nsm_unmonitor(struct net *net, struct ditto_nsm_upcall *nsm)
{
	nsm_send(net, nsm, DITTO_CMD_NSM_UNMONITOR);
}
EXPORT_SYMBOL_GPL(ditto_nsm_unmonitor);

/**
 * ditto_daemon_grace_list - have the daemon name those who may reclaim
 * @net: network namespace
 * @upcall: ends when grace_client() was called for each of them
 */
void ditto_daemon_grace_list(struct net *net, struct ditto_upcall *upcall)
{
	upcall->cmd = DITTO_CMD_GRACE_LIST;
	upcall->put = NULL;
	ditto_upcall_send(net, upcall);
}
EXPORT_SYMBOL_GPL(ditto_daemon_grace_list);

/**
 * ditto_daemon_grace_done - the grace period is over
 * @net: network namespace
 * @upcall: ends when it is on stable storage that nobody may reclaim what was lost before now
 */
void ditto_daemon_grace_done(struct net *net, struct ditto_upcall *upcall)
{
	upcall->cmd = DITTO_CMD_GRACE_DONE;
	upcall->put = NULL;
	ditto_upcall_send(net, upcall);
}
EXPORT_SYMBOL_GPL(ditto_daemon_grace_done);

/* ---- from the daemon ---- */

/**
 * ditto_nsm_register - hear of restarts
 * @ops: whom to call; stay until ditto_nsm_unregister()
 *
 * Return: 0; -EBUSY: somebody does.
 */
int ditto_nsm_register(const struct ditto_nsm_ops *ops)
{
	int err = 0;

	down_write(&nsm_sem);
	if (nsm_ops)
		err = -EBUSY;
	else
		nsm_ops = ops;
	up_write(&nsm_sem);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_nsm_register);

/**
 * ditto_nsm_unregister - hear of them no longer
 * @ops: were registered; none of them is being called on return
 */
void ditto_nsm_unregister(const struct ditto_nsm_ops *ops)
{
	down_write(&nsm_sem);
	if (nsm_ops == ops)
		nsm_ops = NULL;
	up_write(&nsm_sem);
}
EXPORT_SYMBOL_GPL(ditto_nsm_unregister);

/**
 * ditto_nsm_ready - a daemon takes requests
 * @net: network namespace
 * @info: what it said
 */
void ditto_nsm_ready(struct net *net, const struct ditto_daemon_info *info)
{
	down_read(&nsm_sem);
	if (nsm_ops && nsm_ops->ready)
		nsm_ops->ready(net, info);
	up_read(&nsm_sem);
}

static int nsm_get_peer(struct genl_info *info, struct sockaddr_storage *peer)
{
	const struct nlattr *address = info->attrs[DITTO_A_DAEMON_ADDRESS];
	const struct nlattr *scope = info->attrs[DITTO_A_DAEMON_SCOPE];
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)peer;
	struct sockaddr_in *in = (struct sockaddr_in *)peer;

	if (!info->attrs[DITTO_A_DAEMON_NAME] || !address)
		return ditto_ctl_refuse(info, NULL, -EINVAL,
					"which peer? give its name and its address");
	switch (nla_len(address)) {
	case sizeof(in->sin_addr):
		peer->ss_family = AF_INET;
		memcpy(&in->sin_addr, nla_data(address), sizeof(in->sin_addr));
		return 0;
	case sizeof(in6->sin6_addr):
		peer->ss_family = AF_INET6;
		memcpy(&in6->sin6_addr, nla_data(address), sizeof(in6->sin6_addr));
		in6->sin6_scope_id = scope ? nla_get_u32(scope) : 0;
		return 0;
	default:
		return ditto_ctl_refuse(info, address, -EINVAL, "an address has 4 or 16 bytes");
	}
}

/**
 * ditto_ctl_nsm_notify - a peer has restarted
 * @skb: the request
 * @info: the request
 *
 * Return: 0, all its locks being gone; -EINVAL; -EPERM: the sender is not the daemon.
 */
int ditto_ctl_nsm_notify(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *state = info->attrs[DITTO_A_DAEMON_STATE];
	struct sockaddr_storage peer = {};
	int err;

	err = ditto_daemon_check(info) ?: nsm_get_peer(info, &peer);
	if (err)
		return err;
	if (!state)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "what is its new state number?");
	down_read(&nsm_sem);
	if (nsm_ops && nsm_ops->peer_rebooted)
		nsm_ops->peer_rebooted(genl_info_net(info),
				       nla_data(info->attrs[DITTO_A_DAEMON_NAME]), &peer,
				       nla_get_u32(state));
	up_read(&nsm_sem);
	return 0;
}

/**
 * ditto_ctl_grace_client - one of those who may reclaim
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -EINVAL; -EPERM: the sender is not the daemon.
 */
int ditto_ctl_grace_client(struct sk_buff *skb, struct genl_info *info)
{
	struct sockaddr_storage peer = {};
	int err;

	err = ditto_daemon_check(info) ?: nsm_get_peer(info, &peer);
	if (err)
		return err;
	down_read(&nsm_sem);
	if (nsm_ops && nsm_ops->grace_client)
		nsm_ops->grace_client(genl_info_net(info),
				      nla_data(info->attrs[DITTO_A_DAEMON_NAME]), &peer);
	up_read(&nsm_sem);
	return 0;
}
