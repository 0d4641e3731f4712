// SPDX-License-Identifier: GPL-2.0-only
/* Connections over netlink. */
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "net/service.h"

static int ctl_put_client(struct sk_buff *skb, const struct ditto_conn_info *conn)
{
	if (nla_put_uint(skb, DITTO_A_CLIENT_ID, conn->id) ||
	    nla_put_string(skb, DITTO_A_CLIENT_SERVICE, conn->service) ||
	    ditto_ctl_put_address(skb, &conn->peer, DITTO_A_CLIENT_PEER_ADDRESS,
				  DITTO_A_CLIENT_PEER_PORT) ||
	    ditto_ctl_put_address(skb, &conn->local, DITTO_A_CLIENT_LOCAL_ADDRESS,
				  DITTO_A_CLIENT_LOCAL_PORT) ||
	    nla_put_uint(skb, DITTO_A_CLIENT_RECEIVED, conn->received) ||
	    nla_put_uint(skb, DITTO_A_CLIENT_SENT, conn->sent) ||
	    nla_put_uint(skb, DITTO_A_CLIENT_REQUESTS, conn->requests) ||
	    nla_put_uint(skb, DITTO_A_CLIENT_PENDING, conn->pending) ||
	    nla_put_uint(skb, DITTO_A_CLIENT_AGE, conn->age) ||
	    nla_put_uint(skb, DITTO_A_CLIENT_IDLE, conn->idle))
		return -EMSGSIZE;
	return 0;
}

static int ctl_dump_client(void *arg, const struct ditto_conn_info *conn)
{
	struct ditto_ctl_dump *dump = arg;
	void *hdr = ditto_ctl_dump_begin(dump);

	if (!hdr || ctl_put_client(dump->skb, conn))
		return ditto_ctl_dump_cancel(dump, hdr);
	genlmsg_end(dump->skb, hdr);
	return 0;
}

/**
 * ditto_ctl_client_get - dump the connections
 * @skb: room for messages
 * @cb: the dump; where it goes on is kept in its context
 *
 * Connections come and go all the time; the dump has each one that was there
 * from beginning to end exactly once.
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_client_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_CLIENT_GET };
	u64 *cursor = (u64 *)cb->ctx;

	static_assert(sizeof(cb->ctx) >= sizeof(*cursor));
	return ditto_ctl_dump_result(&dump, ditto_conn_for_each(sock_net(skb->sk), cursor,
								ctl_dump_client, &dump));
}

/**
 * ditto_ctl_client_kill - close a connection
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT: no such connection.
 */
int ditto_ctl_client_kill(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[DITTO_A_CLIENT_ID];
	struct net *net = genl_info_net(info);
	int err;

	if (!id)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "which client? give its id");
	err = ditto_conn_kill(net, nla_get_uint(id));
	if (err == -ENOENT)
		return ditto_ctl_refuse(info, id, err,
					"there is no such client (any more); dittoctl clients");
	if (!err)
		ditto_ctl_changed(net, DITTO_EVENT_KIND_CLIENT_KILLED, NULL, nla_get_uint(id));
	return err;
}
