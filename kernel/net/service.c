// SPDX-License-Identifier: GPL-2.0-only
/*
 * Services and network namespaces: what exists, and that nothing is left when
 * one of them goes.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "net/internal.h"

unsigned int ditto_netns_id;
struct workqueue_struct *ditto_wq;
struct workqueue_struct *ditto_wq_spread;

/* Protects the list of services. */
static DEFINE_MUTEX(service_mutex);
static LIST_HEAD(services);

static const char *const net_stat_names[NET_STATS] = {
	[NET_ACCEPTED]		= "accepted",
	[NET_CONNECTED]		= "connected",
	[NET_CONNECT_FAILED]	= "connect_failed",
	[NET_REFUSED_LIMIT]	= "refused_limit",
	[NET_REFUSED_CLIENT]	= "refused_client_limit",
	[NET_CLOSED]		= "closed",
	[NET_CLOSED_IDLE]	= "closed_idle",
	[NET_CLOSED_SLOW]	= "closed_slow",
	[NET_CLOSED_STALLED]	= "closed_stalled",
	[NET_BAD_MARKER]	= "bad_marker",
	[NET_TOO_LONG]		= "too_long",
	[NET_NO_MEMORY]		= "no_memory",
	[NET_REQUESTS]		= "requests",
	[NET_DATAGRAMS]		= "datagrams",
	[NET_THROTTLED]		= "throttled",
	[NET_RECEIVED]		= "received_bytes",
	[NET_SENT]		= "sent_bytes",
	[NET_SEND_WAITS]	= "send_waits",
	[NET_ZERO_COPY_BYTES]	= "zero_copy_bytes",
};

struct ditto_stat_group ditto_net_stats = {
	.name	= "net",
	.names	= net_stat_names,
	.nr	= NET_STATS,
};

/* ---- services ---- */

static void req_ctor(void *mem)
{
}

/**
 * ditto_service_register - offer a service; it is served once somebody listens
 * @svc: filled in; owned by the caller until unregistered
 *
 * Return: 0; -EEXIST: the name is taken; -ENOMEM.
 */
int ditto_service_register(struct ditto_service *svc)
{
	struct ditto_service *other;
	char name[32];
	int ret = 0;

	snprintf(name, sizeof(name), "ditto_req_%s", svc->name);
	atomic_set(&svc->users, 1);
	init_waitqueue_head(&svc->idle);
	svc->dying = false;
	svc->req_cache = kmem_cache_create(name, svc->req_size, 0, SLAB_HWCACHE_ALIGN,
					   req_ctor);
	if (!svc->req_cache)
		return -ENOMEM;
	mutex_lock(&service_mutex);
	list_for_each_entry(other, &services, list)
		if (!strcmp(other->name, svc->name))
			ret = -EEXIST;
	if (!ret)
		list_add_tail(&svc->list, &services);
	mutex_unlock(&service_mutex);
	if (ret)
		kmem_cache_destroy(svc->req_cache);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_service_register);

/**
 * ditto_service_unregister - take a service back
 * @svc: registered
 *
 * Closes its listeners and connections in all network namespaces and waits until
 * their last request has ended.
 */
void ditto_service_unregister(struct ditto_service *svc)
{
	struct net *net;

	mutex_lock(&service_mutex);
	list_del(&svc->list);
	WRITE_ONCE(svc->dying, true);
	mutex_unlock(&service_mutex);
	/* pairs with ditto_conn_open() */
	smp_mb();

	/*
	 * Namespaces that come now cannot find the service any more; one that is not
	 * in the list any more closes everything by itself.
	 */
	down_read(&net_rwsem);
	for_each_net(net)
		ditto_listen_close_all(ditto_netns(net), svc);
	for_each_net(net)
		ditto_connect_cancel_all(ditto_netns(net), svc);
	for_each_net(net)
		ditto_conn_shutdown_all(ditto_netns(net), svc);
	up_read(&net_rwsem);
	ditto_service_put(svc);
	wait_event(svc->idle, !atomic_read(&svc->users));
	/* the one who woke us has left ditto_service_put() */
	flush_workqueue(ditto_wq_spread);
	flush_workqueue(ditto_wq);
	kmem_cache_destroy(svc->req_cache);
}
EXPORT_SYMBOL_GPL(ditto_service_unregister);

/**
 * ditto_service_find - a service to listen for, by name
 * @name: its name
 *
 * Return: the service, which cannot go until ditto_service_put(); or NULL.
 */
struct ditto_service *ditto_service_find(const char *name)
{
	struct ditto_service *svc, *found = NULL;

	mutex_lock(&service_mutex);
	list_for_each_entry(svc, &services, list)
		if (!svc->outgoing && !strcmp(svc->name, name)) {
			atomic_inc(&svc->users);
			found = svc;
		}
	mutex_unlock(&service_mutex);
	return found;
}

/**
 * ditto_service_put - a user of a service is gone
 * @svc: the service; not touched any more
 */
void ditto_service_put(struct ditto_service *svc)
{
	if (atomic_dec_and_test(&svc->users))
		wake_up(&svc->idle);
}

/**
 * ditto_services_for_each - walk the registered services that can be listened for
 * @fn: called for each; non-zero ends the walk
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int ditto_services_for_each(int (*fn)(void *arg, const struct ditto_service *svc), void *arg)
{
	struct ditto_service *svc;
	int ret = 0;

	mutex_lock(&service_mutex);
	list_for_each_entry(svc, &services, list) {
		if (svc->outgoing)
			continue;
		ret = fn(arg, svc);
		if (ret)
			break;
	}
	mutex_unlock(&service_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(ditto_services_for_each);

/* ---- network namespaces ---- */

/**
 * ditto_netns_put - a connection, attempt or listener of a namespace is gone
 * @dn: the namespace; not touched any more
 */
void ditto_netns_put(struct ditto_netns *dn)
{
	if (atomic_dec_and_test(&dn->users))
		wake_up(&dn->idle);
}

static int __net_init netns_init(struct net *net)
{
	struct ditto_netns *dn = ditto_netns(net);

	dn->net = net;
	mutex_init(&dn->lock);
	INIT_LIST_HEAD(&dn->listeners);
	spin_lock_init(&dn->connect_lock);
	INIT_LIST_HEAD(&dn->connects);
	xa_init_flags(&dn->conns, XA_FLAGS_ALLOC1);
	init_waitqueue_head(&dn->idle);
	atomic_set(&dn->users, 1);
	spin_lock_init(&dn->client_lock);
	ditto_limits_default(&dn->limits);
	INIT_DELAYED_WORK(&dn->reaper, ditto_conn_reap);
	queue_delayed_work(ditto_wq_spread, &dn->reaper, 2 * HZ);
	return 0;
}

/* Before any layer takes its state of the namespace away: requests use it. */
static void __net_exit netns_pre_exit(struct net *net)
{
	struct ditto_netns *dn = ditto_netns(net);

	spin_lock(&dn->connect_lock);
	WRITE_ONCE(dn->dying, true);
	spin_unlock(&dn->connect_lock);
	/* pairs with ditto_conn_open() */
	smp_mb();
	ditto_listen_close_all(dn, NULL);
	ditto_connect_cancel_all(dn, NULL);
	ditto_conn_shutdown_all(dn, NULL);
	cancel_delayed_work_sync(&dn->reaper);
	ditto_netns_put(dn);
	wait_event(dn->idle, !atomic_read(&dn->users));
	/* the one who woke us has left ditto_netns_put() */
	flush_workqueue(ditto_wq_spread);
	flush_workqueue(ditto_wq);
}

static void __net_exit netns_exit(struct net *net)
{
	xa_destroy(&ditto_netns(net)->conns);
}

static struct pernet_operations netns_ops = {
	.init		= netns_init,
	.pre_exit	= netns_pre_exit,
	.exit		= netns_exit,
	.id		= &ditto_netns_id,
	.size		= sizeof(struct ditto_netns),
};

/**
 * ditto_net_init - transports, in all network namespaces
 *
 * Return: 0 or a negative errno.
 */
int ditto_net_init(void)
{
	int ret = -ENOMEM;

	ditto_limits_prepare();
	/*
	 * The bound queue starts a request on the CPU its packet came to and wakes
	 * another worker only when one sleeps, which is all the handing-on that short
	 * requests need; long ones hand the reading role to the unbound queue.
	 */
	ditto_wq = alloc_workqueue("ditto", WQ_PERCPU, WQ_MAX_ACTIVE);
	ditto_wq_spread = alloc_workqueue("ditto-spread", WQ_UNBOUND | WQ_SYSFS, 0);
	if (!ditto_wq || !ditto_wq_spread)
		goto err_wq;
	ret = ditto_stat_group_register(&ditto_net_stats);
	if (ret)
		goto err_wq;
	ret = register_pernet_subsys(&netns_ops);
	if (ret)
		goto err_stats;
	ret = ditto_limits_init();
	if (ret)
		goto err_netns;
	return 0;

err_netns:
	unregister_pernet_subsys(&netns_ops);
err_stats:
	ditto_stat_group_unregister(&ditto_net_stats);
err_wq:
	if (ditto_wq_spread)
		destroy_workqueue(ditto_wq_spread);
	if (ditto_wq)
		destroy_workqueue(ditto_wq);
	return ret;
}

/**
 * ditto_net_exit - all services have been unregistered
 */
void ditto_net_exit(void)
{
	ditto_limits_exit();
	unregister_pernet_subsys(&netns_ops);
	ditto_stat_group_unregister(&ditto_net_stats);
	destroy_workqueue(ditto_wq_spread);
	destroy_workqueue(ditto_wq);
	/* connections are freed by RCU */
	rcu_barrier();
}
