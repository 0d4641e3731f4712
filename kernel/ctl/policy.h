/* SPDX-License-Identifier: GPL-2.0-only */
/* Made from uapi/ditto_netlink.yaml by scripts/gen-uapi. Change that, not this. */
#ifndef DITTO_CTL_POLICY_H
#define DITTO_CTL_POLICY_H

#include <net/genetlink.h>
#include "ctl/ctl.h"
#include "ditto_netlink.h"

static const struct nla_policy ditto_rule_nl_policy[DITTO_A_RULE_ANON_GID + 1] = {
	[DITTO_A_RULE_TEXT] = { .type = NLA_NUL_STRING, .len = DITTO_RULE_TEXT_MAX },
	[DITTO_A_RULE_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[DITTO_A_RULE_PREFIX] = NLA_POLICY_MAX(NLA_U32, 128),
	[DITTO_A_RULE_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[DITTO_A_RULE_SEC] = NLA_POLICY_MASK(NLA_U32, 0x3f),
	[DITTO_A_RULE_ANON_UID] = { .type = NLA_U32 },
	[DITTO_A_RULE_ANON_GID] = { .type = NLA_U32 },
};

static const struct nla_policy ditto_export_add_nl_policy[DITTO_A_EXPORT_REPLACE + 1] = {
	[DITTO_A_EXPORT_NAME] = { .type = NLA_NUL_STRING, .len = DITTO_EXPORT_NAME_MAX },
	[DITTO_A_EXPORT_PATH] = { .type = NLA_NUL_STRING, .len = DITTO_PATH_MAX },
	[DITTO_A_EXPORT_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7f),
	[DITTO_A_EXPORT_FSID] = { .type = NLA_UINT },
	[DITTO_A_EXPORT_RULE] = NLA_POLICY_NESTED(ditto_rule_nl_policy),
	[DITTO_A_EXPORT_REPLACE] = { .type = NLA_FLAG },
};

static const struct nla_policy ditto_export_remove_nl_policy[DITTO_A_EXPORT_NAME + 1] = {
	[DITTO_A_EXPORT_NAME] = { .type = NLA_NUL_STRING, .len = DITTO_EXPORT_NAME_MAX },
};

static const struct nla_policy ditto_export_nl_policy[DITTO_A_EXPORT_CONTINUES + 1] = {
	[DITTO_A_EXPORT_NAME] = { .type = NLA_NUL_STRING, .len = DITTO_EXPORT_NAME_MAX },
	[DITTO_A_EXPORT_PATH] = { .type = NLA_NUL_STRING, .len = DITTO_PATH_MAX },
	[DITTO_A_EXPORT_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7f),
	[DITTO_A_EXPORT_FSID] = { .type = NLA_UINT },
	[DITTO_A_EXPORT_RULE] = NLA_POLICY_NESTED(ditto_rule_nl_policy),
	[DITTO_A_EXPORT_REPLACE] = { .type = NLA_FLAG },
	[DITTO_A_EXPORT_CONTINUES] = { .type = NLA_FLAG },
};

static const struct nla_policy ditto_export_apply_nl_policy[DITTO_A_APPLY_EXPORT + 1] = {
	[DITTO_A_APPLY_EXPORT] = NLA_POLICY_NESTED(ditto_export_nl_policy),
};

static const struct nla_policy ditto_export_cross_nl_policy[DITTO_A_EXPORT_PATH + 1] = {
	[DITTO_A_EXPORT_NAME] = { .type = NLA_NUL_STRING, .len = DITTO_EXPORT_NAME_MAX },
	[DITTO_A_EXPORT_PATH] = { .type = NLA_NUL_STRING, .len = DITTO_PATH_MAX },
};

static const struct nla_policy ditto_fh_key_set_nl_policy[DITTO_A_KEY_KEY + 1] = {
	[DITTO_A_KEY_KEY] = NLA_POLICY_EXACT_LEN(DITTO_FH_KEY_LEN),
};

static const struct netlink_range_validation ditto_listener_port_range = {
	.min = 1,
	.max = 65535,
};

static const struct nla_policy ditto_listen_add_nl_policy[DITTO_A_LISTENER_SCOPE + 1] = {
	[DITTO_A_LISTENER_SERVICE] = { .type = NLA_NUL_STRING, .len = DITTO_NAME_MAX },
	[DITTO_A_LISTENER_TRANSPORT] = NLA_POLICY_RANGE(NLA_U32, 6, 17),
	[DITTO_A_LISTENER_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[DITTO_A_LISTENER_PORT] = NLA_POLICY_FULL_RANGE(NLA_U32, &ditto_listener_port_range),
	[DITTO_A_LISTENER_SCOPE] = { .type = NLA_U32 },
};

static const struct nla_policy ditto_listen_remove_nl_policy[DITTO_A_LISTENER_SCOPE + 1] = {
	[DITTO_A_LISTENER_SERVICE] = { .type = NLA_NUL_STRING, .len = DITTO_NAME_MAX },
	[DITTO_A_LISTENER_TRANSPORT] = NLA_POLICY_RANGE(NLA_U32, 6, 17),
	[DITTO_A_LISTENER_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[DITTO_A_LISTENER_PORT] = NLA_POLICY_FULL_RANGE(NLA_U32, &ditto_listener_port_range),
	[DITTO_A_LISTENER_SCOPE] = { .type = NLA_U32 },
};

static const struct nla_policy ditto_client_kill_nl_policy[DITTO_A_CLIENT_ID + 1] = {
	[DITTO_A_CLIENT_ID] = { .type = NLA_UINT },
};

static const struct nla_policy ditto_setting_set_nl_policy[DITTO_A_SETTING_VALUE + 1] = {
	[DITTO_A_SETTING_NAME] = { .type = NLA_NUL_STRING, .len = DITTO_NAME_MAX },
	[DITTO_A_SETTING_VALUE] = { .type = NLA_UINT },
};

static const struct nla_policy ditto_daemon_ready_nl_policy[DITTO_A_DAEMON_GRACE_CLIENTS + 1] = {
	[DITTO_A_DAEMON_NSM_STATE] = { .type = NLA_U32 },
	[DITTO_A_DAEMON_GRACE_CLIENTS] = { .type = NLA_UINT },
};

static const struct nla_policy ditto_daemon_reply_nl_policy[DITTO_A_DAEMON_ERROR + 1] = {
	[DITTO_A_DAEMON_ID] = { .type = NLA_UINT },
	[DITTO_A_DAEMON_ERROR] = NLA_POLICY_MAX(NLA_U32, 4095),
};

static const struct nla_policy ditto_nsm_notify_nl_policy[DITTO_A_DAEMON_STATE + 1] = {
	[DITTO_A_DAEMON_NAME] = { .type = NLA_NUL_STRING, .len = DITTO_PEER_NAME_MAX },
	[DITTO_A_DAEMON_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[DITTO_A_DAEMON_SCOPE] = { .type = NLA_U32 },
	[DITTO_A_DAEMON_STATE] = { .type = NLA_U32 },
};

static const struct nla_policy ditto_grace_client_nl_policy[DITTO_A_DAEMON_SCOPE + 1] = {
	[DITTO_A_DAEMON_NAME] = { .type = NLA_NUL_STRING, .len = DITTO_PEER_NAME_MAX },
	[DITTO_A_DAEMON_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[DITTO_A_DAEMON_SCOPE] = { .type = NLA_U32 },
};

static const struct nla_policy ditto_lock_get_nl_policy[DITTO_A_CLAIM_FILE + 1] = {
	[DITTO_A_CLAIM_CLIENT_ID] = { .type = NLA_UINT },
	[DITTO_A_CLAIM_FILE] = { .type = NLA_NUL_STRING, .len = DITTO_PATH_MAX },
};

static const struct nla_policy ditto_lock_release_nl_policy[DITTO_A_CLAIM_ALL + 1] = {
	[DITTO_A_CLAIM_ID] = { .type = NLA_UINT },
	[DITTO_A_CLAIM_ALL] = { .type = NLA_FLAG },
};

static const struct nla_policy ditto_lock_client_forget_nl_policy[DITTO_A_HOLDER_ID + 1] = {
	[DITTO_A_HOLDER_ID] = { .type = NLA_UINT },
};

/* Of operations that take nothing: without a policy the kernel would look at nothing. */
static const struct nla_policy ditto_nothing_nl_policy[] = {
	[1] = { .type = NLA_REJECT },
};

static const struct genl_split_ops ditto_nl_ops[] = {
	{
		.cmd = DITTO_CMD_STATUS_GET,
		.doit = ditto_ctl_status_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_EXPORT_ADD,
		.doit = ditto_ctl_export_add,
		.policy = ditto_export_add_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_export_add_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_EXPORT_REMOVE,
		.doit = ditto_ctl_export_remove,
		.policy = ditto_export_remove_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_export_remove_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_EXPORT_APPLY,
		.doit = ditto_ctl_export_apply,
		.policy = ditto_export_apply_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_export_apply_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_EXPORT_CROSS,
		.doit = ditto_ctl_export_cross,
		.policy = ditto_export_cross_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_export_cross_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_EXPORT_GET,
		.dumpit = ditto_ctl_export_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_FH_KEY_SET,
		.doit = ditto_ctl_fh_key_set,
		.policy = ditto_fh_key_set_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_fh_key_set_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_SERVICE_GET,
		.dumpit = ditto_ctl_service_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_LISTEN_ADD,
		.doit = ditto_ctl_listen_add,
		.policy = ditto_listen_add_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_listen_add_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_LISTEN_REMOVE,
		.doit = ditto_ctl_listen_remove,
		.policy = ditto_listen_remove_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_listen_remove_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_LISTEN_GET,
		.dumpit = ditto_ctl_listen_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_CLIENT_GET,
		.dumpit = ditto_ctl_client_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_CLIENT_KILL,
		.doit = ditto_ctl_client_kill,
		.policy = ditto_client_kill_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_client_kill_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_STATS_GET,
		.dumpit = ditto_ctl_stats_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_SETTING_GET,
		.dumpit = ditto_ctl_setting_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_SETTING_SET,
		.doit = ditto_ctl_setting_set,
		.policy = ditto_setting_set_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_setting_set_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_DAEMON_ATTACH,
		.doit = ditto_ctl_daemon_attach,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_DAEMON_READY,
		.doit = ditto_ctl_daemon_ready,
		.policy = ditto_daemon_ready_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_daemon_ready_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_DAEMON_REPLY,
		.doit = ditto_ctl_daemon_reply,
		.policy = ditto_daemon_reply_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_daemon_reply_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_NSM_NOTIFY,
		.doit = ditto_ctl_nsm_notify,
		.policy = ditto_nsm_notify_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nsm_notify_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_GRACE_CLIENT,
		.doit = ditto_ctl_grace_client,
		.policy = ditto_grace_client_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_grace_client_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_LOCK_GET,
		.start = ditto_ctl_lock_start,
		.done = ditto_ctl_lock_done,
		.dumpit = ditto_ctl_lock_get,
		.policy = ditto_lock_get_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_lock_get_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_LOCK_RELEASE,
		.doit = ditto_ctl_lock_release,
		.policy = ditto_lock_release_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_lock_release_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_LOCK_CLIENT_GET,
		.dumpit = ditto_ctl_lock_client_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DUMP | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_LOCK_CLIENT_FORGET,
		.doit = ditto_ctl_lock_client_forget,
		.policy = ditto_lock_client_forget_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_lock_client_forget_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_GRACE_GET,
		.doit = ditto_ctl_grace_get,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd = DITTO_CMD_GRACE_END,
		.doit = ditto_ctl_grace_end,
		.policy = ditto_nothing_nl_policy,
		.maxattr = ARRAY_SIZE(ditto_nothing_nl_policy) - 1,
		.flags = GENL_CMD_CAP_DO | GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group ditto_nl_groups[] = {
	{ .name = DITTO_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
	{ .name = DITTO_MCGRP_LOCKS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

#endif
