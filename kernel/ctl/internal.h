/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the control layer that deal with the daemon. */
#ifndef DITTO_CTL_INTERNAL_H
#define DITTO_CTL_INTERNAL_H

#include <linux/types.h>

struct ditto_daemon_info;
struct genl_family;
struct genl_info;
struct net;

extern struct genl_family ditto_ctl_family;

/* daemon.c */
int ditto_daemon_check(struct genl_info *info);
int ditto_daemon_init(void);
void ditto_daemon_exit(void);

/* lock.c */
void ditto_ctl_lock_init(void);
void ditto_ctl_lock_exit(void);

/* nsm.c */
void ditto_nsm_ready(struct net *net, const struct ditto_daemon_info *info);

#endif
