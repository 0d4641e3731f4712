/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control: the generic netlink family of uapi/ditto_netlink.yaml. It knows the
 * layers below and no protocol. One file per noun; main.c has the family, the
 * helpers all nouns use and the order of init.
 */
#ifndef DITTO_CTL_CTL_H
#define DITTO_CTL_CTL_H

#include <linux/netlink.h>
#include <linux/socket.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "ditto_netlink.h"

int ditto_ctl_init(void);
void ditto_ctl_exit(void);

/* Operations; the table in policy.h leads here. */
int ditto_ctl_status_get(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_export_add(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_export_remove(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_export_apply(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_export_cross(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_export_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_fh_key_set(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_service_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_listen_add(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_listen_remove(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_listen_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_client_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_client_kill(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_stats_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_setting_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_setting_set(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_daemon_attach(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_daemon_ready(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_daemon_reply(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_nsm_notify(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_grace_client(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_lock_start(struct netlink_callback *cb);
int ditto_ctl_lock_done(struct netlink_callback *cb);
int ditto_ctl_lock_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_lock_release(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_lock_client_get(struct sk_buff *skb, struct netlink_callback *cb);
int ditto_ctl_lock_client_forget(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_grace_get(struct sk_buff *skb, struct genl_info *info);
int ditto_ctl_grace_end(struct sk_buff *skb, struct genl_info *info);

/**
 * struct ditto_ctl_dump - a dump being continued
 * @skb: room for messages
 * @cb: the dump; args[0] counts the entries that were sent
 * @index: entry being looked at
 * @cmd: what the messages are
 */
struct ditto_ctl_dump {
	struct sk_buff		*skb;
	struct netlink_callback	*cb;
	unsigned long		index;
	u8			cmd;
};

bool ditto_ctl_dump_wants(struct ditto_ctl_dump *dump);
void *ditto_ctl_dump_begin(struct ditto_ctl_dump *dump);
void ditto_ctl_dump_end(struct ditto_ctl_dump *dump, void *hdr);
int ditto_ctl_dump_cancel(struct ditto_ctl_dump *dump, void *hdr);
int ditto_ctl_dump_result(struct ditto_ctl_dump *dump, int err);

int ditto_ctl_refuse(struct genl_info *info, const struct nlattr *attr, int err,
		     const char *why);
void ditto_ctl_changed(struct net *net, enum ditto_event_kind kind, const char *name,
		       u64 value);
int ditto_ctl_put_address(struct sk_buff *skb, const struct sockaddr_storage *addr,
			  int address, int port);

#endif
