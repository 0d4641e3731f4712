// SPDX-License-Identifier: GPL-2.0-only
/* The grace period of a network namespace. */
#include <kunit/visibility.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "base/settings.h"
#include "compat/compat.h"
#include "lock/grace.h"
#include "lock/stats.h"

/**
 * struct grace_net - the clock of a namespace
 * @lock: guards the rest; @active is also read without
 * @active: it runs
 * @end: when it ends, jiffies
 * @expected: clients on record
 * @done: of these, how many are through
 * @seconds: how long it takes, a setting
 * @work: ends it
 */
struct grace_net {
	spinlock_t		lock;
	bool			active;
	unsigned long		end;
	u32			expected;
	u32			done;
	u32			seconds;
	struct delayed_work	work;
};

static unsigned int grace_net_id;

static struct grace_net *grace_of(const struct net *net)
{
	return net_generic(net, grace_net_id);
}

/**
 * ditto_grace_active - does the clock run?
 * @net: network namespace
 *
 * Return: true as long as it does.
 */
bool ditto_grace_active(const struct net *net)
{
	return READ_ONCE(grace_of(net)->active);
}
EXPORT_SYMBOL_GPL(ditto_grace_active);

/**
 * ditto_grace_check - may a claim be made now?
 * @net: network namespace
 * @reclaim: it is one from before the restart
 *
 * Return: 0; -EGRACE: a new one while the clock runs, or an old one when it does not. That is
 * counted.
 */
int ditto_grace_check(const struct net *net, bool reclaim)
{
	if (likely(ditto_grace_active(net) == reclaim))
		return 0;
	ditto_lock_count(net, DITTO_LOCK_GRACED);
	return -EGRACE;
}
EXPORT_SYMBOL_GPL(ditto_grace_check);

static void grace_stop_locked(struct grace_net *grace)
{
	WRITE_ONCE(grace->active, false);
}

static void grace_work(struct work_struct *work)
{
	struct grace_net *grace = container_of(to_delayed_work(work), struct grace_net, work);

	spin_lock(&grace->lock);
	/* it may have been started anew just now, or be given more time */
	if (time_before(jiffies, grace->end))
		mod_delayed_work(system_percpu_wq, &grace->work, grace->end - jiffies);
	else
		grace_stop_locked(grace);
	spin_unlock(&grace->lock);
}

/**
 * ditto_grace_start - start the clock
 * @net: network namespace
 * @expected: clients on record that may have something to reclaim; 0: nobody has, and it is
 *	not started
 *
 * If it runs already, it starts anew.
 */
void ditto_grace_start(struct net *net, u32 expected)
{
	struct grace_net *grace = grace_of(net);
	unsigned long time;

	if (!expected)
		return;
	spin_lock(&grace->lock);
	time = READ_ONCE(grace->seconds) * HZ;
	grace->expected = expected;
	grace->done = 0;
	grace->end = jiffies + time;
	WRITE_ONCE(grace->active, true);
	spin_unlock(&grace->lock);
	mod_delayed_work(system_percpu_wq, &grace->work, time);
}
EXPORT_SYMBOL_GPL(ditto_grace_start);

/**
 * ditto_grace_client_done - a client on record has reclaimed all it had, or is known to be gone
 * @net: network namespace
 *
 * With the last one the clock ends.
 */
void ditto_grace_client_done(struct net *net)
{
	struct grace_net *grace = grace_of(net);

	spin_lock(&grace->lock);
	if (grace->active && ++grace->done >= grace->expected)
		grace_stop_locked(grace);
	spin_unlock(&grace->lock);
}
EXPORT_SYMBOL_GPL(ditto_grace_client_done);

/**
 * ditto_grace_end - the administrator ends the clock
 * @net: network namespace
 *
 * Return: 0; -ENOENT: it does not run.
 */
int ditto_grace_end(struct net *net)
{
	struct grace_net *grace = grace_of(net);
	bool was;

	spin_lock(&grace->lock);
	was = grace->active;
	grace_stop_locked(grace);
	spin_unlock(&grace->lock);
	return was ? 0 : -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_grace_end);

/**
 * ditto_grace_show - the clock as the administrator sees it
 * @net: network namespace
 * @info: filled in
 */
void ditto_grace_show(const struct net *net, struct ditto_grace_info *info)
{
	struct grace_net *grace = grace_of(net);
	long left;

	spin_lock(&grace->lock);
	left = (long)(grace->end - jiffies);
	info->active = grace->active;
	info->left = grace->active && left > 0 ? jiffies_to_msecs(left) : 0;
	info->expected = grace->expected;
	info->done = grace->done;
	spin_unlock(&grace->lock);
}
EXPORT_SYMBOL_IF_KUNIT(ditto_grace_show);

static int __net_init grace_net_init(struct net *net)
{
	struct grace_net *grace = grace_of(net);

	spin_lock_init(&grace->lock);
	grace->seconds = 90;
	INIT_DELAYED_WORK(&grace->work, grace_work);
	return 0;
}

static void __net_exit grace_net_exit(struct net *net)
{
	cancel_delayed_work_sync(&grace_of(net)->work);
}

static struct pernet_operations grace_net_ops = {
	.init	= grace_net_init,
	.exit	= grace_net_exit,
	.id	= &grace_net_id,
	.size	= sizeof(struct grace_net),
};

static u64 seconds_get(struct net *net, const struct ditto_setting *s)
{
	return READ_ONCE(grace_of(net)->seconds);
}

static int seconds_set(struct net *net, const struct ditto_setting *s, u64 value)
{
	struct grace_net *grace = grace_of(net);

	spin_lock(&grace->lock);
	/* a clock that runs is moved by the difference */
	if (grace->active) {
		grace->end += ((long)value - (long)grace->seconds) * HZ;
		mod_delayed_work(system_percpu_wq, &grace->work,
				 max((long)(grace->end - jiffies), 0L));
	}
	WRITE_ONCE(grace->seconds, value);
	spin_unlock(&grace->lock);
	return 0;
}

static const struct ditto_setting grace_settings[] = {
	{
		.name	= "grace-time",
		.help	= "seconds clients have to reclaim what they held before a restart",
		.min	= 10,
		.max	= 3600,
		.def	= 90,
		.get	= seconds_get,
		.set	= seconds_set,
	},
};

static struct ditto_setting_group grace_setting_group = {
	.settings	= grace_settings,
	.nr		= ARRAY_SIZE(grace_settings),
};

/**
 * ditto_grace_init - start
 *
 * Return: 0 or a negative errno.
 */
int ditto_grace_init(void)
{
	int ret = register_pernet_subsys(&grace_net_ops);

	if (ret)
		return ret;
	ret = ditto_settings_register(&grace_setting_group);
	if (ret)
		unregister_pernet_subsys(&grace_net_ops);
	return ret;
}

/**
 * ditto_grace_exit - stop
 */
void ditto_grace_exit(void)
{
	ditto_settings_unregister(&grace_setting_group);
	unregister_pernet_subsys(&grace_net_ops);
}
