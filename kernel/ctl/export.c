// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exports over netlink: add, remove, apply, cross, dump, and the key of file handles.
 * What comes in is turned into struct ditto_export_config; strings stay where they
 * are in the message.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "ctl/rule.h"
#include "vfs/export.h"

/* Exports of one namespace, and rules of all of them together. */
#define CTL_EXPORTS_MAX		65536
#define CTL_RULES_MAX		1048576

/**
 * struct ctl_exports - exports as they stand in a message
 * @cfgs: @nr of them
 * @rules: all their rules, in the order of the message
 * @nr: exports
 * @nr_rules: rules
 */
struct ctl_exports {
	struct ditto_export_config	*cfgs;
	struct ditto_client_rule	*rules;
	unsigned int			nr;
	unsigned int			nr_rules;
};

static void ctl_exports_free(struct ctl_exports *exports)
{
	kvfree(exports->cfgs);
	kvfree(exports->rules);
}

static int ctl_exports_alloc(struct genl_info *info, struct ctl_exports *exports)
{
	if (exports->nr > CTL_EXPORTS_MAX)
		return ditto_ctl_refuse(info, NULL, -E2BIG, "more than 65536 exports");
	if (exports->nr_rules > CTL_RULES_MAX)
		return ditto_ctl_refuse(info, NULL, -E2BIG,
					"more than 1048576 client rules; write subnets");
	exports->cfgs = kvcalloc(exports->nr, sizeof(*exports->cfgs), GFP_KERNEL_ACCOUNT);
	exports->rules = kvcalloc(exports->nr_rules, sizeof(*exports->rules),
				  GFP_KERNEL_ACCOUNT);
	if (!exports->cfgs || !exports->rules) {
		ctl_exports_free(exports);
		return -ENOMEM;
	}
	return 0;
}

/* What an error of the export layer means, where it gave no sentence itself. */
static const char *ctl_export_why(int err)
{
	switch (err) {
	case -EEXIST:
		return "an export of this name is there already; replace or remove it";
	case -ENOENT:
		return "there is no such path; create the directory first";
	case -ENOTDIR:
		return "the path is not a directory; export the directory it is in";
	case -EACCES:
		return "the path cannot be reached";
	case -ELOOP:
		return "the path has too many symbolic links";
	case -EOPNOTSUPP:
		return "the file system there has no file handles and cannot be exported";
	case -EINVAL:
		return "the export is not sound";
	default:
		return NULL;
	}
}

static const char *ctl_remove_why(int err)
{
	return err == -ENOENT ? "there is no export of this name; dittoctl export list" : NULL;
}

/* Fills in all but the rules. */
static int ctl_parse_export(struct genl_info *info, struct nlattr **tb,
			    const struct nlattr *whole, struct ditto_export_config *cfg)
{
	const struct nlattr *name = tb[DITTO_A_EXPORT_NAME];
	const struct nlattr *path = tb[DITTO_A_EXPORT_PATH];

	if (!name)
		return ditto_ctl_refuse(info, whole, -EINVAL, "an export needs a name");
	if (!path)
		return ditto_ctl_refuse(info, whole, -EINVAL, "an export needs a path");
	nla_strscpy(cfg->name, name, sizeof(cfg->name));
	cfg->path = nla_data(path);
	if (tb[DITTO_A_EXPORT_FLAGS])
		cfg->flags = nla_get_u32(tb[DITTO_A_EXPORT_FLAGS]);
	if (tb[DITTO_A_EXPORT_FSID])
		cfg->fsid = nla_get_uint(tb[DITTO_A_EXPORT_FSID]);
	return 0;
}

/**
 * ditto_ctl_export_add - offer a directory, or change how
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -EINVAL: not sound; -EEXIST; what looking up the path returned.
 */
int ditto_ctl_export_add(struct sk_buff *skb, struct genl_info *info)
{
	bool replace = nla_get_flag(info->attrs[DITTO_A_EXPORT_REPLACE]);
	struct ctl_exports exports = { .nr = 1 };
	struct net *net = genl_info_net(info);
	struct nlattr *attr;
	const char *why = NULL;
	int err, rem, n = 0;

	nlmsg_for_each_attr_type(attr, DITTO_A_EXPORT_RULE, info->nlhdr, GENL_HDRLEN, rem)
		exports.nr_rules++;
	err = ctl_exports_alloc(info, &exports);
	if (err)
		return err;
	err = ctl_parse_export(info, info->attrs, NULL, exports.cfgs);
	if (err)
		goto out;
	nlmsg_for_each_attr_type(attr, DITTO_A_EXPORT_RULE, info->nlhdr, GENL_HDRLEN, rem) {
		err = ditto_ctl_parse_rule(info, attr, &exports.rules[n++]);
		if (err)
			goto out;
	}
	exports.cfgs->rules = exports.rules;
	exports.cfgs->nr_rules = n;
	err = ditto_export_add(net, exports.cfgs, replace, &why);
	if (err)
		ditto_ctl_refuse(info, info->attrs[DITTO_A_EXPORT_PATH], err,
				 why ?: ctl_export_why(err));
	else
		ditto_ctl_changed(net, DITTO_EVENT_KIND_EXPORT_ADDED, exports.cfgs->name, 0);
out:
	ctl_exports_free(&exports);
	return err;
}

/**
 * ditto_ctl_export_remove - stop offering a directory
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -ENOENT: no such export.
 */
int ditto_ctl_export_remove(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[DITTO_A_EXPORT_NAME];
	struct net *net = genl_info_net(info);
	int err;

	if (!name)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "which export? give its name");
	err = ditto_export_remove(net, nla_data(name));
	if (err)
		return ditto_ctl_refuse(info, name, err, ctl_remove_why(err));
	ditto_ctl_changed(net, DITTO_EVENT_KIND_EXPORT_REMOVED, nla_data(name), 0);
	return 0;
}

static bool ctl_continues(const struct nlattr *export)
{
	return nla_find_nested(export, DITTO_A_EXPORT_CONTINUES);
}

/* How many exports and rules there are. */
static void ctl_apply_count(struct genl_info *info, struct ctl_exports *exports)
{
	struct nlattr *attr, *rule;
	int rem, rest;

	nlmsg_for_each_attr_type(attr, DITTO_A_APPLY_EXPORT, info->nlhdr, GENL_HDRLEN, rem) {
		if (!ctl_continues(attr))
			exports->nr++;
		nla_for_each_nested_type(rule, DITTO_A_EXPORT_RULE, attr, rest)
			exports->nr_rules++;
	}
}

/* A further part of the export before it. */
static int ctl_apply_continue(struct genl_info *info, struct nlattr **tb,
			      const struct nlattr *whole, const struct ditto_export_config *cfg)
{
	if (!cfg || !tb[DITTO_A_EXPORT_NAME] ||
	    nla_strcmp(tb[DITTO_A_EXPORT_NAME], cfg->name))
		return ditto_ctl_refuse(info, whole, -EINVAL,
					"it continues an export that is not just before it");
	if (tb[DITTO_A_EXPORT_PATH] || tb[DITTO_A_EXPORT_FLAGS] || tb[DITTO_A_EXPORT_FSID])
		return ditto_ctl_refuse(info, whole, -EINVAL,
					"what continues an export has rules only");
	return 0;
}

static int ctl_apply_parse(struct genl_info *info, struct ctl_exports *exports)
{
	struct ditto_client_rule *rules = exports->rules;
	struct ditto_export_config *cfg = NULL;
	struct nlattr *tb[DITTO_A_EXPORT_MAX + 1];
	struct nlattr *attr, *rule;
	int err, rem, rest;

	nlmsg_for_each_attr_type(attr, DITTO_A_APPLY_EXPORT, info->nlhdr, GENL_HDRLEN, rem) {
		/* Its inside was checked with the message. */
		err = nla_parse_nested(tb, DITTO_A_EXPORT_MAX, attr, NULL, info->extack);
		if (err)
			return err;
		if (tb[DITTO_A_EXPORT_REPLACE])
			return ditto_ctl_refuse(info, tb[DITTO_A_EXPORT_REPLACE], -EINVAL,
						"apply replaces all exports anyway");
		if (tb[DITTO_A_EXPORT_CONTINUES]) {
			err = ctl_apply_continue(info, tb, attr, cfg);
		} else {
			cfg = cfg ? cfg + 1 : exports->cfgs;
			cfg->rules = rules;
			err = ctl_parse_export(info, tb, attr, cfg);
		}
		if (err)
			return err;
		nla_for_each_nested_type(rule, DITTO_A_EXPORT_RULE, attr, rest) {
			err = ditto_ctl_parse_rule(info, rule, rules++);
			if (err)
				return err;
			cfg->nr_rules++;
		}
	}
	return 0;
}

/* The attribute that holds export number @n. */
static const struct nlattr *ctl_apply_attr(struct genl_info *info, unsigned int n)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr_type(attr, DITTO_A_APPLY_EXPORT, info->nlhdr, GENL_HDRLEN, rem) {
		if (!ctl_continues(attr) && !n--)
			return attr;
	}
	return NULL;
}

/**
 * ditto_ctl_export_apply - make these the exports, all or nothing
 * @skb: the request
 * @info: the request
 *
 * Return: 0; as ditto_ctl_export_add(), the culprit is the bad attribute.
 */
int ditto_ctl_export_apply(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct ctl_exports exports = {};
	const char *why = NULL;
	unsigned int bad = 0;
	int err;

	ctl_apply_count(info, &exports);
	err = ctl_exports_alloc(info, &exports);
	if (err)
		return err;
	err = ctl_apply_parse(info, &exports);
	if (err)
		goto out;
	err = ditto_export_apply(net, exports.cfgs, exports.nr, &bad, &why);
	if (err)
		ditto_ctl_refuse(info, ctl_apply_attr(info, bad), err,
				 why ?: ctl_export_why(err));
	else
		ditto_ctl_changed(net, DITTO_EVENT_KIND_EXPORTS_APPLIED, NULL, exports.nr);
out:
	ctl_exports_free(&exports);
	return err;
}

/**
 * ditto_ctl_export_cross - make a file system mounted below an export known
 * @skb: the request
 * @info: the request
 *
 * Return: as ditto_export_cross(); -EINVAL: no name or no path.
 */
int ditto_ctl_export_cross(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[DITTO_A_EXPORT_NAME];
	struct nlattr *path = info->attrs[DITTO_A_EXPORT_PATH];
	const char *why = NULL;
	int err;

	if (!name)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "which export? give its name");
	if (!path)
		return ditto_ctl_refuse(info, NULL, -EINVAL,
					"which file system? give the path where it is mounted");
	err = ditto_export_cross(genl_info_net(info), nla_data(name), nla_data(path), &why);
	if (!err)
		return 0;
	return ditto_ctl_refuse(info, err == -ENOENT ? NULL : path, err,
				why ?: ctl_export_why(err));
}

/**
 * ditto_ctl_fh_key_set - set the key of file handles
 * @skb: the request
 * @info: the request
 *
 * Return: 0 or an error.
 */
int ditto_ctl_fh_key_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *key = info->attrs[DITTO_A_KEY_KEY];

	if (!key)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "which key? give 16 bytes");
	return ditto_export_set_key(genl_info_net(info), nla_data(key));
}

static int ctl_put_export(struct sk_buff *skb, const struct ditto_export_config *cfg,
			  bool continues)
{
	if (nla_put_string(skb, DITTO_A_EXPORT_NAME, cfg->name))
		return -EMSGSIZE;
	if (continues)
		return nla_put_flag(skb, DITTO_A_EXPORT_CONTINUES);
	if (nla_put_string(skb, DITTO_A_EXPORT_PATH, cfg->path) ||
	    nla_put_u32(skb, DITTO_A_EXPORT_FLAGS, cfg->flags))
		return -EMSGSIZE;
	return cfg->fsid ? nla_put_uint(skb, DITTO_A_EXPORT_FSID, cfg->fsid) : 0;
}

/*
 * An export whose rules do not all fit goes on in the next message. args[1] says
 * where: 0 nothing of it was sent, else one more than the rules that were.
 */
static int ctl_dump_export(void *arg, const struct ditto_export_config *cfg,
			   const struct ditto_export *exp)
{
	struct ditto_ctl_dump *dump = arg;
	long *part = &dump->cb->args[1];
	unsigned int first, i;
	void *hdr;

	if (!ditto_ctl_dump_wants(dump))
		return 0;
	first = *part ? *part - 1 : 0;
	hdr = ditto_ctl_dump_begin(dump);
	if (!hdr || ctl_put_export(dump->skb, cfg, *part))
		return ditto_ctl_dump_cancel(dump, hdr);
	for (i = first; i < cfg->nr_rules; i++) {
		if (ditto_ctl_put_rule(dump->skb, &cfg->rules[i]))
			break;
	}
	if (i < cfg->nr_rules && i == first && *part)
		return ditto_ctl_dump_cancel(dump, hdr);
	if (i < cfg->nr_rules) {
		genlmsg_end(dump->skb, hdr);
		*part = i + 1;
		return -EMSGSIZE;
	}
	ditto_ctl_dump_end(dump, hdr);
	*part = 0;
	return 0;
}

/**
 * ditto_ctl_export_get - dump the exports
 * @skb: room for messages
 * @cb: the dump
 *
 * Return: as dumpit functions do.
 */
int ditto_ctl_export_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ditto_ctl_dump dump = { .skb = skb, .cb = cb, .cmd = DITTO_CMD_EXPORT_GET };

	return ditto_ctl_dump_result(&dump, ditto_export_for_each(sock_net(skb->sk),
								  ctl_dump_export, &dump));
}
