// SPDX-License-Identifier: GPL-2.0-only
/* Counters over netlink. */
#include "base/stats.h"
#include "compat/compat.h"
#include "ctl/ctl.h"

static int ctl_dump_stat(void *arg, const char *group, const char *name, u64 value)
{
	struct ditto_ctl_dump *dump = arg;
	void *hdr;

	if (!ditto_ctl_dump_wants(dump))
		return 0;
	hdr = ditto_ctl_dump_begin(dump);
	if (!hdr || nla_put_string(dump->skb, DITTO_A_STAT_GROUP, group) ||
	    nla_put_string(dump->skb, DITTO_A_STAT_NAME, name) ||
	    nla_put_uint(dump->skb, DITTO_A_STAT_VALUE, value))
		return ditto_ctl_dump_cancel(dump, hdr);
	ditto_ctl_dump_end(dump, hdr);
	return 0;
}

/**
 * ditto_ctl_stats_get - dump the counters
 * @skb: room for messages
 * @cb: the dump
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_stats_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_STATS_GET };

	return ditto_ctl_dump_result(&dump, ditto_stats_for_each(sock_net(skb->sk),
								 ctl_dump_stat, &dump));
}
