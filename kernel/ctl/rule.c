// SPDX-License-Identifier: GPL-2.0-only
/* Client rules in messages: read out of them, written into them. */
#include <linux/in6.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "ctl/rule.h"
#include "vfs/export.h"
#include "vfs/identity.h"

#define CTL_NOBODY	65534

/* The header for user space and the layers below say the same in two places. */
static_assert(DITTO_EXPORT_FLAGS_NFS == DITTO_EXPORT_NFS);
static_assert(DITTO_EXPORT_FLAGS_SMB == DITTO_EXPORT_SMB);
static_assert(DITTO_EXPORT_FLAGS_CROSSMNT == DITTO_EXPORT_CROSSMNT);
static_assert(DITTO_EXPORT_FLAGS_MAC == DITTO_EXPORT_MAC);
static_assert(DITTO_EXPORT_FLAGS_ASYNC == DITTO_EXPORT_ASYNC);
static_assert(DITTO_EXPORT_FLAGS_LOCKS_MANDATORY == DITTO_EXPORT_LOCKS_MANDATORY);
static_assert(DITTO_EXPORT_FLAGS_LOCKS_ADVISORY == DITTO_EXPORT_LOCKS_ADVISORY);
static_assert(DITTO_RULE_FLAGS_RW == DITTO_RULE_RW);
static_assert(DITTO_RULE_FLAGS_NO_ROOT_SQUASH == DITTO_RULE_ROOT);
static_assert(DITTO_RULE_FLAGS_ALL_SQUASH == DITTO_RULE_ALLSQUASH);
static_assert(DITTO_RULE_FLAGS_INSECURE == DITTO_RULE_INSECURE);
static_assert((int)DITTO_SEC_FLAVORS_NONE == (int)DITTO_SEC_NONE);
static_assert((int)DITTO_SEC_FLAVORS_SYS == (int)DITTO_SEC_SYS);
static_assert((int)DITTO_SEC_FLAVORS_KRB5 == (int)DITTO_SEC_KRB5);
static_assert((int)DITTO_SEC_FLAVORS_KRB5I == (int)DITTO_SEC_KRB5I);
static_assert((int)DITTO_SEC_FLAVORS_KRB5P == (int)DITTO_SEC_KRB5P);
static_assert((int)DITTO_SEC_FLAVORS_NTLM == (int)DITTO_SEC_NTLM);
static_assert(DITTO_RULE_TEXT_MAX + 1 == sizeof_field(struct ditto_client_rule, text));

/* Bits behind the prefix are cleared: "10.0.0.7/8" means the network it is in. */
static void ctl_mask(u8 *addr, unsigned int bytes, unsigned int prefix)
{
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		unsigned int keep = clamp_t(int, (int)prefix - (int)i * 8, 0, 8);

		addr[i] &= 0xff00 >> keep;
	}
}

static int ctl_parse_network(struct genl_info *info, struct nlattr **tb,
			     struct ditto_client_rule *rule)
{
	const struct nlattr *prefix = tb[DITTO_A_RULE_PREFIX];
	const struct nlattr *addr = tb[DITTO_A_RULE_ADDRESS];
	unsigned int bits;

	if (!addr) {
		rule->family = AF_UNSPEC;
		if (prefix)
			return ditto_ctl_refuse(info, prefix, -EINVAL,
						"a prefix needs an address before it");
		return 0;
	}
	bits = nla_len(addr) * 8;
	if (bits != 32 && bits != 128)
		return ditto_ctl_refuse(info, addr, -EINVAL, "an address has 4 or 16 bytes");
	if (bits == 128 && ipv6_addr_v4mapped(nla_data(addr)))
		return ditto_ctl_refuse(info, addr, -EINVAL,
					"an IPv4 address is written in four bytes");
	rule->family = bits == 32 ? AF_INET : AF_INET6;
	rule->prefix = prefix ? nla_get_u32(prefix) : bits;
	if (rule->prefix > bits)
		return ditto_ctl_refuse(info, prefix, -EINVAL,
					"the prefix is longer than the address");
	memcpy(rule->addr, nla_data(addr), bits / 8);
	ctl_mask(rule->addr, bits / 8, rule->prefix);
	return 0;
}

/* The anonymous user or group; all ones is nobody's number. */
static int ctl_parse_anon(struct genl_info *info, const struct nlattr *attr, u32 *id)
{
	*id = attr ? nla_get_u32(attr) : CTL_NOBODY;
	if (*id == U32_MAX)
		return ditto_ctl_refuse(info, attr, -EINVAL,
					"4294967295 is no user or group; take another number");
	return 0;
}

/**
 * ditto_ctl_parse_rule - read a client rule
 * @info: the request
 * @attr: the rule, checked against its policy
 * @rule: gets it
 *
 * Return: 0 or -EINVAL.
 */
int ditto_ctl_parse_rule(struct genl_info *info, const struct nlattr *attr,
			 struct ditto_client_rule *rule)
{
	struct nlattr *tb[DITTO_A_RULE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, DITTO_A_RULE_MAX, attr, NULL, info->extack);
	if (err)
		return err;
	err = ctl_parse_network(info, tb, rule);
	if (err)
		return err;
	if (tb[DITTO_A_RULE_TEXT])
		nla_strscpy(rule->text, tb[DITTO_A_RULE_TEXT], sizeof(rule->text));
	if (tb[DITTO_A_RULE_FLAGS])
		rule->flags = nla_get_u32(tb[DITTO_A_RULE_FLAGS]);
	rule->sec = DITTO_SEC_SYS;
	if (tb[DITTO_A_RULE_SEC])
		rule->sec = nla_get_u32(tb[DITTO_A_RULE_SEC]);
	if (!rule->sec)
		return ditto_ctl_refuse(info, tb[DITTO_A_RULE_SEC], -EINVAL,
					"a rule needs a flavour, for example sec=sys");
	err = ctl_parse_anon(info, tb[DITTO_A_RULE_ANON_UID], &rule->anon_uid);
	if (err)
		return err;
	return ctl_parse_anon(info, tb[DITTO_A_RULE_ANON_GID], &rule->anon_gid);
}

/**
 * ditto_ctl_put_rule - write a client rule
 * @skb: the message
 * @rule: the rule
 *
 * Return: 0, or -EMSGSIZE, and the message is as it was.
 */
int ditto_ctl_put_rule(struct sk_buff *skb, const struct ditto_client_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, DITTO_A_EXPORT_RULE);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, DITTO_A_RULE_TEXT, rule->text))
		goto full;
	if (rule->family != AF_UNSPEC &&
	    (nla_put(skb, DITTO_A_RULE_ADDRESS, rule->family == AF_INET ? 4 : 16, rule->addr) ||
	     nla_put_u32(skb, DITTO_A_RULE_PREFIX, rule->prefix)))
		goto full;
	if (nla_put_u32(skb, DITTO_A_RULE_FLAGS, rule->flags) ||
	    nla_put_u32(skb, DITTO_A_RULE_SEC, rule->sec) ||
	    nla_put_u32(skb, DITTO_A_RULE_ANON_UID, rule->anon_uid) ||
	    nla_put_u32(skb, DITTO_A_RULE_ANON_GID, rule->anon_gid))
		goto full;
	nla_nest_end(skb, nest);
	return 0;

full:
	nla_nest_cancel(skb, nest);
	return -EMSGSIZE;
}
