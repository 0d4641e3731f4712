// SPDX-License-Identifier: GPL-2.0-only
/* Counters: groups, per-CPU storage of each network namespace, reading. */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rtnetlink.h>
#include <linux/module.h>
#include <net/netns/generic.h>
#include "base/stats.h"

static unsigned int stats_net_id;
/* Protects the list of groups; the order is that of their places. */
static DEFINE_MUTEX(stats_mutex);
static LIST_HEAD(stats_groups);

struct stats_net {
	struct ditto_stats __percpu *cpu;
};

/**
 * ditto_stats_of - the counters of a network namespace
 * @net: the namespace
 *
 * Return: per-CPU counters, valid as long as the namespace.
 */
struct ditto_stats __percpu *ditto_stats_of(const struct net *net)
{
	struct stats_net *sn = net_generic(net, stats_net_id);

	return sn->cpu;
}
EXPORT_SYMBOL_GPL(ditto_stats_of);

static u64 stats_sum(const struct net *net, unsigned int place)
{
	struct ditto_stats __percpu *stats = ditto_stats_of(net);
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->v[place]);
	return sum;
}

/**
 * ditto_stat_read - the value of one counter
 * @net: network namespace
 * @group: registered group
 * @i: which of its counters
 *
 * Return: sum over all CPUs; it may miss an addition of this moment.
 */
u64 ditto_stat_read(const struct net *net, const struct ditto_stat_group *group, unsigned int i)
{
	return stats_sum(net, group->first + i);
}
EXPORT_SYMBOL_GPL(ditto_stat_read);

/* A group starts from zero even where an unloaded one counted before. */
static void stats_clear(const struct ditto_stat_group *group)
{
	struct net *net;
	int cpu;

	down_read(&net_rwsem);
	for_each_net(net)
		for_each_possible_cpu(cpu)
			memset(&per_cpu_ptr(ditto_stats_of(net), cpu)->v[group->first], 0,
			       group->nr * sizeof(u64));
	up_read(&net_rwsem);
}

/**
 * ditto_stat_group_register - make a group's counters exist
 * @group: name, names and nr filled in; owned by the caller until unregistered
 *
 * Return: 0; -ENOSPC if DITTO_STATS_MAX counters are in use.
 */
int ditto_stat_group_register(struct ditto_stat_group *group)
{
	struct ditto_stat_group *g;
	unsigned int place = 0;
	int ret = 0;

	mutex_lock(&stats_mutex);
	list_for_each_entry(g, &stats_groups, list) {
		if (place + group->nr <= g->first)
			break;
		place = g->first + g->nr;
	}
	if (place + group->nr > DITTO_STATS_MAX) {
		ret = -ENOSPC;
	} else {
		group->first = place;
		stats_clear(group);
		list_add_tail(&group->list, &g->list);
	}
	mutex_unlock(&stats_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_stat_group_register);

/**
 * ditto_stat_group_unregister - give the counters back
 * @group: registered; nobody counts in it any more
 */
void ditto_stat_group_unregister(struct ditto_stat_group *group)
{
	mutex_lock(&stats_mutex);
	list_del(&group->list);
	mutex_unlock(&stats_mutex);
}
EXPORT_SYMBOL_GPL(ditto_stat_group_unregister);

/**
 * ditto_stats_for_each - all counters of a network namespace
 * @net: the namespace
 * @fn: called for each; a non-zero return ends the walk
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int ditto_stats_for_each(const struct net *net,
			 int (*fn)(void *arg, const char *group, const char *name, u64 value),
			 void *arg)
{
	struct ditto_stat_group *g;
	unsigned int i;
	int ret = 0;

	mutex_lock(&stats_mutex);
	list_for_each_entry(g, &stats_groups, list)
		for (i = 0; !ret && i < g->nr; i++)
			if (g->names[i])
				ret = fn(arg, g->name, g->names[i], stats_sum(net, g->first + i));
	mutex_unlock(&stats_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_stats_for_each);

static int __net_init stats_net_init(struct net *net)
{
	struct stats_net *sn = net_generic(net, stats_net_id);

	sn->cpu = alloc_percpu(struct ditto_stats);
	return sn->cpu ? 0 : -ENOMEM;
}

static void __net_exit stats_net_exit(struct net *net)
{
	struct stats_net *sn = net_generic(net, stats_net_id);

	free_percpu(sn->cpu);
}

static struct pernet_operations stats_net_ops = {
	.init	= stats_net_init,
	.exit	= stats_net_exit,
	.id	= &stats_net_id,
	.size	= sizeof(struct stats_net),
};

/**
 * ditto_stats_init - first of all layers
 *
 * Return: 0 or a negative errno.
 */
int ditto_stats_init(void)
{
	return register_pernet_subsys(&stats_net_ops);
}

/**
 * ditto_stats_exit - last of all layers
 */
void ditto_stats_exit(void)
{
	unregister_pernet_subsys(&stats_net_ops);
}
