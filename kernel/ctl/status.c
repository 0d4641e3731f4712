// SPDX-License-Identifier: GPL-2.0-only
/* The server as a whole. */
#include <linux/string.h>
#include "base/facility.h"
#include "base/version.h"
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "lock/grace.h"
#include "net/service.h"
#include "vfs/export.h"

static_assert((int)DITTO_FACILITY_ABSENT == (int)DITTO_PART_STATE_ABSENT);
static_assert((int)DITTO_FACILITY_IDLE == (int)DITTO_PART_STATE_IDLE);
static_assert((int)DITTO_FACILITY_UP == (int)DITTO_PART_STATE_UP);
static_assert((int)DITTO_FACILITY_TROUBLE == (int)DITTO_PART_STATE_TROUBLE);

/* Room for the status: every facility may have a sentence. */
#define CTL_STATUS_SIZE		16384

/**
 * struct ctl_status - a status being written
 * @skb: the reply
 * @net: network namespace
 */
struct ctl_status {
	struct sk_buff	*skb;
	struct net	*net;
};

static int ctl_count_export(void *arg, const struct ditto_export_config *cfg,
			    const struct ditto_export *exp)
{
	++*(u64 *)arg;
	return 0;
}

static int ctl_count_listener(void *arg, const struct ditto_listen_info *listener)
{
	++*(u64 *)arg;
	return 0;
}

static int ctl_count_client(void *arg, const struct ditto_conn_info *conn)
{
	++*(u64 *)arg;
	return 0;
}

static int ctl_is_for(void *service, const struct ditto_listen_info *listener)
{
	return !strcmp(listener->service, service);
}

/* Without words of its own a facility is up where its service has a listener. */
static enum ditto_facility_state ctl_facility_state(struct net *net,
						    const struct ditto_facility *f,
						    char *detail, size_t size)
{
	if (f->state)
		return f->state(net, detail, size);
	if (!f->service)
		return DITTO_FACILITY_ABSENT;
	if (ditto_listen_for_each(net, ctl_is_for, (void *)f->service))
		return DITTO_FACILITY_UP;
	return DITTO_FACILITY_IDLE;
}

static int ctl_put_facility(void *arg, const struct ditto_facility *f)
{
	struct ctl_status *status = arg;
	struct sk_buff *skb = status->skb;
	char detail[256] = "";
	struct nlattr *nest;
	u32 state;

	state = ctl_facility_state(status->net, f, detail, sizeof(detail));
	nest = nla_nest_start(skb, DITTO_A_STATUS_PART);
	if (!nest || nla_put_string(skb, DITTO_A_PART_NAME, f->name) ||
	    nla_put_u32(skb, DITTO_A_PART_STATE, state))
		return -EMSGSIZE;
	if (*detail && nla_put_string(skb, DITTO_A_PART_DETAIL, detail))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int ctl_put_status(struct ctl_status *status)
{
	u64 exports = 0, listeners = 0, clients = 0, cursor = 0;
	struct ditto_grace_info grace;
	struct net *net = status->net;
	int err;

	if (nla_put_string(status->skb, DITTO_A_STATUS_VERSION, DITTO_VERSION))
		return -EMSGSIZE;
	ditto_grace_show(net, &grace);
	if (grace.active && nla_put_uint(status->skb, DITTO_A_STATUS_GRACE_LEFT,
					 DIV_ROUND_UP_ULL(grace.left, MSEC_PER_SEC)))
		return -EMSGSIZE;
	err = ditto_facilities_for_each(ctl_put_facility, status);
	if (err)
		return err;
	err = ditto_export_for_each(net, ctl_count_export, &exports);
	if (err)
		return err;
	err = ditto_listen_for_each(net, ctl_count_listener, &listeners);
	if (err)
		return err;
	err = ditto_conn_for_each(net, &cursor, ctl_count_client, &clients);
	if (err)
		return err;
	if (nla_put_uint(status->skb, DITTO_A_STATUS_EXPORTS, exports) ||
	    nla_put_uint(status->skb, DITTO_A_STATUS_LISTENERS, listeners) ||
	    nla_put_uint(status->skb, DITTO_A_STATUS_CLIENTS, clients))
		return -EMSGSIZE;
	return 0;
}

/**
 * ditto_ctl_status_get - say what the server is and how it is
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or an error.
 */
int ditto_ctl_status_get(struct sk_buff *skb, struct genl_info *info)
{
	struct ctl_status status = { .net = genl_info_net(info) };
	void *hdr;
	int err;

	status.skb = genlmsg_new(CTL_STATUS_SIZE, GFP_KERNEL);
	if (!status.skb)
		return -ENOMEM;
	err = -EMSGSIZE;
	hdr = genlmsg_iput(status.skb, info);
	if (!hdr)
		goto out;
	err = ctl_put_status(&status);
	if (err)
		goto out;
	genlmsg_end(status.skb, hdr);
	return genlmsg_reply(status.skb, info);

out:
	nlmsg_free(status.skb);
	return err;
}
