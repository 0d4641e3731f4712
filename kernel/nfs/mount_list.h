/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has mounted what, as far as MNT and UMNT have told (RFC 1813 5.2.2): a
 * list for people to look at, nothing is decided by it. Per network namespace,
 * bounded, in memory only; when it is full the oldest entry goes.
 */
#ifndef DITTO_NFS_MOUNT_LIST_H
#define DITTO_NFS_MOUNT_LIST_H

#include <linux/socket.h>
#include <linux/types.h>

struct net;

#define MOUNT_LIST_MAX	4096

void mount_list_add(struct net *net, const struct sockaddr_storage *host, const char *dir,
		    u32 len);
void mount_list_remove(struct net *net, const struct sockaddr_storage *host, const char *dir,
		       u32 len);
void mount_list_remove_host(struct net *net, const struct sockaddr_storage *host);
void mount_list_for_each(struct net *net,
			 bool (*fn)(void *arg, const char *host, const char *dir, u32 len),
			 void *arg);
int mount_list_init(void);
void mount_list_exit(void);

#endif
