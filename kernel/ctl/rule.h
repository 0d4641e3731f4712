/* SPDX-License-Identifier: GPL-2.0-only */
/* Client rules in messages. */
#ifndef DITTO_CTL_RULE_H
#define DITTO_CTL_RULE_H

#include <net/genetlink.h>

struct ditto_client_rule;

int ditto_ctl_parse_rule(struct genl_info *info, const struct nlattr *attr,
			 struct ditto_client_rule *rule);
int ditto_ctl_put_rule(struct sk_buff *skb, const struct ditto_client_rule *rule);

#endif
