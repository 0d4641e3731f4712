/* SPDX-License-Identifier: GPL-2.0-only */
/* Attributes that take more than one look: client rules. */
#ifndef DITTO_CTL_PARSE_H
#define DITTO_CTL_PARSE_H

#include <net/genetlink.h>

struct ditto_client_rule;

int ctl_parse_rule(struct genl_info *info, const struct nlattr *attr,
		   struct ditto_client_rule *rule);

#endif
