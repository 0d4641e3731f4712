// SPDX-License-Identifier: GPL-2.0-only
/* Services and their listeners over netlink. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/string.h>
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "net/service.h"

/**
 * struct ctl_listen - a request about listeners
 * @service: name of the service
 * @addr: where; AF_UNSPEC: on all addresses
 * @protos: IPPROTO_TCP and IPPROTO_UDP as asked for, @nr of them
 * @nr: how many
 */
struct ctl_listen {
	const char		*service;
	struct sockaddr_storage	addr;
	int			protos[2];
	unsigned int		nr;
};

/**
 * struct ctl_service - looking for a service
 * @name: its name
 * @udp: it has datagrams too
 */
struct ctl_service {
	const char	*name;
	bool		udp;
};

static int ctl_find_service(void *arg, const struct ditto_service *svc)
{
	struct ctl_service *want = arg;

	if (strcmp(svc->name, want->name))
		return 0;
	want->udp = svc->udp;
	return 1;
}

static int ctl_parse_address(struct genl_info *info, struct sockaddr_storage *addr)
{
	const struct nlattr *address = info->attrs[DITTO_A_LISTENER_ADDRESS];
	const struct nlattr *scope = info->attrs[DITTO_A_LISTENER_SCOPE];
	const struct nlattr *port = info->attrs[DITTO_A_LISTENER_PORT];
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;

	/* The port stands in the same place in both, and in that for all addresses. */
	BUILD_BUG_ON(offsetof(struct sockaddr_in, sin_port) !=
		     offsetof(struct sockaddr_in6, sin6_port));
	addr->ss_family = AF_UNSPEC;
	in->sin_port = htons(port ? nla_get_u32(port) : 0);
	if (!address)
		return 0;
	switch (nla_len(address)) {
	case sizeof(in->sin_addr):
		addr->ss_family = AF_INET;
		memcpy(&in->sin_addr, nla_data(address), sizeof(in->sin_addr));
		return 0;
	case sizeof(in6->sin6_addr):
		addr->ss_family = AF_INET6;
		memcpy(&in6->sin6_addr, nla_data(address), sizeof(in6->sin6_addr));
		in6->sin6_scope_id = scope ? nla_get_u32(scope) : 0;
		return 0;
	default:
		return ditto_ctl_refuse(info, address, -EINVAL, "an address has 4 or 16 bytes");
	}
}

static int ctl_parse_transport(struct genl_info *info, const struct ctl_service *svc,
			       struct ctl_listen *listen)
{
	const struct nlattr *transport = info->attrs[DITTO_A_LISTENER_TRANSPORT];
	u32 proto = transport ? nla_get_u32(transport) : 0;

	if (transport && proto != DITTO_TRANSPORT_TCP && proto != DITTO_TRANSPORT_UDP)
		return ditto_ctl_refuse(info, transport, -EINVAL, "a transport is TCP or UDP");
	if (proto == DITTO_TRANSPORT_UDP && !svc->udp)
		return ditto_ctl_refuse(info, transport, -EPROTONOSUPPORT,
					"this service has no UDP; use TCP");
	if (proto != DITTO_TRANSPORT_UDP)
		listen->protos[listen->nr++] = IPPROTO_TCP;
	if (proto != DITTO_TRANSPORT_TCP && svc->udp)
		listen->protos[listen->nr++] = IPPROTO_UDP;
	return 0;
}

static int ctl_parse_listen(struct genl_info *info, struct ctl_listen *listen)
{
	const struct nlattr *name = info->attrs[DITTO_A_LISTENER_SERVICE];
	struct ctl_service svc = {};
	int err;

	if (!name)
		return ditto_ctl_refuse(info, NULL, -EINVAL,
					"which service? give its name, for example nfs");
	svc.name = nla_data(name);
	if (ditto_services_for_each(ctl_find_service, &svc) != 1)
		return ditto_ctl_refuse(info, name, -ENOENT,
					"there is no such service; load its module, for NFS modprobe ditto_nfs");
	listen->service = svc.name;
	err = ctl_parse_transport(info, &svc, listen);
	if (err)
		return err;
	return ctl_parse_address(info, &listen->addr);
}

static const char *ctl_listen_why(int err)
{
	switch (err) {
	case -EADDRINUSE:
		return "another server has this port; stop it, or listen on another port";
	case -EEXIST:
		return "it listens there already";
	case -EADDRNOTAVAIL:
		return "this host does not have that address";
	case -EACCES:
		return "the address cannot be bound to";
	case -ENOENT:
		return "nothing listens there; dittoctl listen list";
	default:
		return NULL;
	}
}

/**
 * ditto_ctl_listen_add - listen for a service, on all its transports or on none
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT: no such service; what binding returned.
 */
int ditto_ctl_listen_add(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct ctl_listen listen = {};
	unsigned int i;
	int err;

	err = ctl_parse_listen(info, &listen);
	if (err)
		return err;
	for (i = 0; !err && i < listen.nr; i++)
		err = ditto_listen_add(net, listen.service, listen.protos[i], &listen.addr);
	if (err) {
		while (--i)
			ditto_listen_remove(net, listen.service, listen.protos[i - 1],
					    &listen.addr);
		return ditto_ctl_refuse(info, NULL, err, ctl_listen_why(err));
	}
	ditto_ctl_changed(net, DITTO_EVENT_KIND_LISTENER_ADDED, listen.service, 0);
	return 0;
}

/**
 * ditto_ctl_listen_remove - stop listening, on one transport or all
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT: there was no such listener.
 */
int ditto_ctl_listen_remove(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct ctl_listen listen = {};
	unsigned int i, removed = 0;
	int err, last = -ENOENT;

	err = ctl_parse_listen(info, &listen);
	if (err)
		return err;
	for (i = 0; i < listen.nr; i++) {
		err = ditto_listen_remove(net, listen.service, listen.protos[i], &listen.addr);
		if (!err)
			removed++;
		else
			last = err;
	}
	if (!removed)
		return ditto_ctl_refuse(info, NULL, last, ctl_listen_why(last));
	ditto_ctl_changed(net, DITTO_EVENT_KIND_LISTENER_REMOVED, listen.service, 0);
	return 0;
}

static int ctl_dump_listener(void *arg, const struct ditto_listen_info *listener)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&listener->addr;
	struct ditto_ctl_dump *dump = arg;
	void *hdr;

	if (!ditto_ctl_dump_wants(dump))
		return 0;
	hdr = ditto_ctl_dump_begin(dump);
	if (!hdr ||
	    nla_put_string(dump->skb, DITTO_A_LISTENER_SERVICE, listener->service) ||
	    nla_put_u32(dump->skb, DITTO_A_LISTENER_TRANSPORT, listener->ipproto) ||
	    ditto_ctl_put_address(dump->skb, &listener->addr, DITTO_A_LISTENER_ADDRESS,
				  DITTO_A_LISTENER_PORT))
		return ditto_ctl_dump_cancel(dump, hdr);
	if (in6->sin6_family == AF_INET6 && in6->sin6_scope_id &&
	    nla_put_u32(dump->skb, DITTO_A_LISTENER_SCOPE, in6->sin6_scope_id))
		return ditto_ctl_dump_cancel(dump, hdr);
	ditto_ctl_dump_end(dump, hdr);
	return 0;
}

/**
 * ditto_ctl_listen_get - dump the listeners
 * @skb: room for messages
 * @cb: the dump
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_listen_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_LISTEN_GET };

	return ditto_ctl_dump_result(&dump, ditto_listen_for_each(sock_net(skb->sk),
								  ctl_dump_listener, &dump));
}

static int ctl_dump_service(void *arg, const struct ditto_service *svc)
{
	struct ditto_ctl_dump *dump = arg;
	void *hdr;

	if (!ditto_ctl_dump_wants(dump))
		return 0;
	hdr = ditto_ctl_dump_begin(dump);
	if (!hdr || nla_put_string(dump->skb, DITTO_A_SERVICE_NAME, svc->name) ||
	    nla_put_u32(dump->skb, DITTO_A_SERVICE_PORT, svc->default_port) ||
	    (svc->udp && nla_put_flag(dump->skb, DITTO_A_SERVICE_UDP)))
		return ditto_ctl_dump_cancel(dump, hdr);
	ditto_ctl_dump_end(dump, hdr);
	return 0;
}

/**
 * ditto_ctl_service_get - dump the services
 * @skb: room for messages
 * @cb: the dump
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_service_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_SERVICE_GET };

	return ditto_ctl_dump_result(&dump, ditto_services_for_each(ctl_dump_service, &dump));
}
