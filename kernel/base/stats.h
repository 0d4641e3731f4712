/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters: per CPU, per network namespace, in groups that their owners name.
 * A layer or protocol registers a group once; its counters then exist in every
 * namespace. Counting is one add without a lock; reading sums over the CPUs.
 */
#ifndef DITTO_BASE_STATS_H
#define DITTO_BASE_STATS_H

#include <linux/percpu.h>
#include <net/net_namespace.h>

/* Counters of all groups together. */
#define DITTO_STATS_MAX		1024

/**
 * struct ditto_stat_group - the counters of one owner
 * @name: the group's name, as dittoctl and the metrics show it
 * @names: the counters' names, @nr of them; NULL entries are not shown
 * @nr: how many
 * @first: place of the first one among all, set by registration
 */
struct ditto_stat_group {
	const char		*name;
	const char *const	*names;
	unsigned int		nr;
	unsigned int		first;
	/* private: owned by stats.c */
	struct list_head	list;
};

struct ditto_stats {
	u64	v[DITTO_STATS_MAX];
};

int ditto_stat_group_register(struct ditto_stat_group *group);
void ditto_stat_group_unregister(struct ditto_stat_group *group);
struct ditto_stats __percpu *ditto_stats_of(const struct net *net);
u64 ditto_stat_read(const struct net *net, const struct ditto_stat_group *group, unsigned int i);
int ditto_stats_for_each(const struct net *net,
			 int (*fn)(void *arg, const char *group, const char *name, u64 value),
			 void *arg);
int ditto_stats_init(void);
void ditto_stats_exit(void);

static inline void ditto_stat_add(const struct net *net, const struct ditto_stat_group *group,
				  unsigned int i, u64 n)
{
	this_cpu_add(ditto_stats_of(net)->v[group->first + i], n);
}

static inline void ditto_stat_inc(const struct net *net, const struct ditto_stat_group *group,
				  unsigned int i)
{
	ditto_stat_add(net, group, i, 1);
}

#endif
