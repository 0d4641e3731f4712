/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facilities: the parts of the server as "dittoctl status" lists them (mount,
 * nfs3, rpcbind, ...). Who provides one registers it; the control layer, which
 * knows no protocol, asks it how it is.
 */
#ifndef DITTO_BASE_FACILITY_H
#define DITTO_BASE_FACILITY_H

#include <linux/list.h>
#include <linux/types.h>

struct net;

/* In the order of enum ditto_part_state of the netlink header. */
enum ditto_facility_state {
	DITTO_FACILITY_ABSENT,	/* not in this version */
	DITTO_FACILITY_IDLE,	/* there, but nothing listens for it */
	DITTO_FACILITY_UP,	/* it answers */
	DITTO_FACILITY_TROUBLE,	/* something it needs is missing; detail says what */
};

/**
 * struct ditto_facility - one line of the status
 * @name: its name, lower case
 * @service: the ditto_service whose listeners serve it; up where there is one. NULL: @state
 *	knows
 * @state: its state; may write a sentence to @detail, @size bytes, which is empty at
 *	first. May sleep. NULL: by @service, and without one it is absent
 */
struct ditto_facility {
	const char			*name;
	const char			*service;
	enum ditto_facility_state	(*state)(struct net *net, char *detail, size_t size);
	/* private: owned by facility.c */
	struct list_head		list;
};

void ditto_facility_register(struct ditto_facility *facility);
void ditto_facility_unregister(struct ditto_facility *facility);
int ditto_facilities_for_each(int (*fn)(void *arg, const struct ditto_facility *f), void *arg);

#endif
