// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family, what all its nouns use, and the order of init. */
#include <linux/in.h>
#include <linux/in6.h>
#include <net/netns/generic.h>
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "ctl/internal.h"
#include "ctl/policy.h"

/**
 * struct ctl_net - what the control layer keeps per network namespace
 * @changes: counts changes, so that a dump that was overtaken by one can say so
 */
struct ctl_net {
	atomic_t changes;
};

static unsigned int ctl_net_id;

struct genl_family ditto_ctl_family __ro_after_init = {
	.name		= DITTO_FAMILY_NAME,
	.version	= DITTO_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= ditto_nl_ops,
	.n_split_ops	= ARRAY_SIZE(ditto_nl_ops),
	.mcgrps		= ditto_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(ditto_nl_groups),
};

static struct ctl_net *ctl_net(const struct net *net)
{
	return net_generic(net, ctl_net_id);
}

/**
 * ditto_ctl_dump_wants - is it this entry's turn?
 * @dump: the dump
 *
 * Return: false if an earlier call sent the entry.
 */
bool ditto_ctl_dump_wants(struct ditto_ctl_dump *dump)
{
	return dump->index++ >= dump->cb->args[0];
}

/**
 * ditto_ctl_dump_begin - start the message of an entry
 * @dump: the dump
 *
 * Return: the message, for ditto_ctl_dump_end() or ditto_ctl_dump_cancel(); NULL if there is
 * no room.
 */
void *ditto_ctl_dump_begin(struct ditto_ctl_dump *dump)
{
	const struct net *net = sock_net(dump->skb->sk);
	struct netlink_callback *cb = dump->cb;
	void *hdr;

	hdr = genlmsg_put(dump->skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &ditto_ctl_family, NLM_F_MULTI, dump->cmd);
	if (!hdr)
		return NULL;
	cb->seq = (unsigned int)atomic_read(&ctl_net(net)->changes) | 1;
	genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/**
 * ditto_ctl_dump_end - the entry is complete
 * @dump: the dump
 * @hdr: its message
 */
void ditto_ctl_dump_end(struct ditto_ctl_dump *dump, void *hdr)
{
	genlmsg_end(dump->skb, hdr);
	dump->cb->args[0] = dump->index;
}

/**
 * ditto_ctl_dump_cancel - the entry did not fit and comes again in the next call
 * @dump: the dump
 * @hdr: its message, or NULL
 *
 * Return: -EMSGSIZE, to end the walk.
 */
int ditto_ctl_dump_cancel(struct ditto_ctl_dump *dump, void *hdr)
{
	genlmsg_cancel(dump->skb, hdr);
	return -EMSGSIZE;
}

/**
 * ditto_ctl_dump_result - what a dumpit function returns
 * @dump: the dump
 * @err: what ended the walk
 *
 * Return: how much there is to send (0: the dump is complete), or an error.
 */
int ditto_ctl_dump_result(struct ditto_ctl_dump *dump, int err)
{
	if (err == -EMSGSIZE && dump->skb->len)
		return dump->skb->len;
	return err;
}

/**
 * ditto_ctl_refuse - say why a request fails
 * @info: the request
 * @attr: attribute at fault, or NULL
 * @err: error to return
 * @why: sentence that names the fix; a constant of this module. NULL: none
 *
 * Return: @err
 */
int ditto_ctl_refuse(struct genl_info *info, const struct nlattr *attr, int err,
		     const char *why)
{
	struct netlink_ext_ack *extack = info->extack;

	if (!extack)
		return err;
	if (why)
		extack->_msg = why;
	if (attr)
		extack->bad_attr = attr;
	return err;
}

static int ctl_put_event(struct sk_buff *skb, enum ditto_event_kind kind, const char *name,
			 u64 value)
{
	void *hdr = genlmsg_put(skb, 0, 0, &ditto_ctl_family, 0, DITTO_CMD_EVENT);

	if (!hdr || nla_put_u32(skb, DITTO_A_EVENT_KIND, kind) ||
	    (name && nla_put_string(skb, DITTO_A_EVENT_NAME, name)) ||
	    nla_put_uint(skb, DITTO_A_EVENT_VALUE, value))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ditto_ctl_changed - something was changed: dumps going on notice, and listeners are told
 * @net: network namespace
 * @kind: what
 * @name: of the export, service or setting; may be NULL
 * @value: a setting's value, a client's id; else 0
 */
void ditto_ctl_changed(struct net *net, enum ditto_event_kind kind, const char *name, u64 value)
{
	struct sk_buff *skb;

	atomic_add(2, &ctl_net(net)->changes);
	if (!genl_has_listeners(&ditto_ctl_family, net, 0))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	if (ctl_put_event(skb, kind, name, value))
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&ditto_ctl_family, net, skb, 0, 0, GFP_KERNEL);
}

/**
 * ditto_ctl_put_address - write an address and a port as attributes
 * @skb: the message
 * @addr: the address
 * @address: attribute for the address
 * @port: attribute for the port
 *
 * Return: 0 or -EMSGSIZE.
 */
int ditto_ctl_put_address(struct sk_buff *skb, const struct sockaddr_storage *addr,
			  int address, int port)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	switch (addr->ss_family) {
	case AF_INET:
		if (nla_put(skb, address, sizeof(in->sin_addr), &in->sin_addr))
			return -EMSGSIZE;
		return nla_put_u32(skb, port, ntohs(in->sin_port));
	case AF_INET6:
		if (nla_put(skb, address, sizeof(in6->sin6_addr), &in6->sin6_addr))
			return -EMSGSIZE;
		return nla_put_u32(skb, port, ntohs(in6->sin6_port));
	default:
		return 0;
	}
}

static struct pernet_operations ctl_net_ops = {
	.id	= &ctl_net_id,
	.size	= sizeof(struct ctl_net),
};

/**
 * ditto_ctl_init - open the control interface
 *
 * Last of all layers: from here on requests come.
 *
 * Return: 0 or an error.
 */
int ditto_ctl_init(void)
{
	int err;

	err = register_pernet_subsys(&ctl_net_ops);
	if (err)
		return err;
	err = ditto_daemon_init();
	if (err)
		goto out_net;
	err = genl_register_family(&ditto_ctl_family);
	if (err)
		goto out_daemon;
	ditto_ctl_lock_init();
	return 0;

out_daemon:
	ditto_daemon_exit();
out_net:
	unregister_pernet_subsys(&ctl_net_ops);
	return err;
}

/**
 * ditto_ctl_exit - close the control interface; no request is being served on return
 */
void ditto_ctl_exit(void)
{
	ditto_ctl_lock_exit();
	genl_unregister_family(&ditto_ctl_family);
	ditto_daemon_exit();
	unregister_pernet_subsys(&ctl_net_ops);
}
