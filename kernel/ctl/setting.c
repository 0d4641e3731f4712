// SPDX-License-Identifier: GPL-2.0-only
/* Settings over netlink. */
#include "base/settings.h"
#include "compat/compat.h"
#include "ctl/ctl.h"

static int ctl_put_setting(struct sk_buff *skb, const struct ditto_setting *s, u64 value)
{
	if (nla_put_string(skb, DITTO_A_SETTING_NAME, s->name) ||
	    nla_put_uint(skb, DITTO_A_SETTING_VALUE, value) ||
	    nla_put_string(skb, DITTO_A_SETTING_HELP, s->help) ||
	    nla_put_uint(skb, DITTO_A_SETTING_MIN_VALUE, s->min) ||
	    nla_put_uint(skb, DITTO_A_SETTING_MAX_VALUE, s->max) ||
	    nla_put_uint(skb, DITTO_A_SETTING_DEFAULT, s->def))
		return -EMSGSIZE;
	return s->shared ? nla_put_flag(skb, DITTO_A_SETTING_SHARED) : 0;
}

static int ctl_dump_setting(void *arg, const struct ditto_setting *s, u64 value)
{
	struct ditto_ctl_dump *dump = arg;
	void *hdr;

	if (!ditto_ctl_dump_wants(dump))
		return 0;
	hdr = ditto_ctl_dump_begin(dump);
	if (!hdr || ctl_put_setting(dump->skb, s, value))
		return ditto_ctl_dump_cancel(dump, hdr);
	ditto_ctl_dump_end(dump, hdr);
	return 0;
}

/**
 * ditto_ctl_setting_get - dump the settings
 * @skb: room for messages
 * @cb: the dump
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_setting_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_SETTING_GET };

	return ditto_ctl_dump_result(&dump, ditto_settings_for_each(sock_net(skb->sk),
								    ctl_dump_setting, &dump));
}

static const char *ctl_setting_why(int err)
{
	switch (err) {
	case -ENOENT:
		return "there is no such setting; dittoctl settings";
	case -ERANGE:
		return "the value is out of bounds; dittoctl settings shows them";
	case -EINVAL:
		return "the value is within its bounds, but not one it may have; dittoctl settings says which";
	default:
		return NULL;
	}
}

/**
 * ditto_ctl_setting_set - change a setting
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT; -ERANGE; what the setting's owner returned.
 */
int ditto_ctl_setting_set(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *value = info->attrs[DITTO_A_SETTING_VALUE];
	const struct nlattr *name = info->attrs[DITTO_A_SETTING_NAME];
	struct net *net = genl_info_net(info);
	int err;

	if (!name)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "which setting? give its name");
	if (!value)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "to what? give a value");
	err = ditto_setting_set(net, nla_data(name), nla_get_uint(value));
	if (err)
		return ditto_ctl_refuse(info, err == -ENOENT ? name : value, err,
					ctl_setting_why(err));
	ditto_ctl_changed(net, DITTO_EVENT_KIND_SETTING_CHANGED, nla_data(name),
			  nla_get_uint(value));
	return 0;
}
