// SPDX-License-Identifier: GPL-2.0-only
/*
 * NLM: the client machines of a network namespace.
 *
 * A host is known by its address and by what it calls itself. It comes with its first
 * request and stays in the table until it has had no claims, and made no requests,
 * for a while; the reaper then takes it out and off the daemon's record. Whoever finds
 * a host does so under nn->lock, where the reaper sees that nobody else has it.
 */
#include <linux/ctype.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/netns/generic.h>
#include "compat/compat.h"
#include "nfs/nlm.h"

/* How long a host is kept without claims and requests. */
#define HOST_IDLE	(5 * 60 * HZ)
#define HOST_REAP	(60 * HZ)

static unsigned int nlm_net_id;
static DEFINE_MUTEX(nets_lock);
static LIST_HEAD(nets);

/**
 * nlm_net_of - the lock manager's clients in a namespace
 * @net: the namespace
 *
 * Return: them.
 */
struct nlm_net *nlm_net_of(const struct net *net)
{
	return net_generic(net, nlm_net_id);
}

/**
 * nlm_busy - there is one more of what the namespace must wait for
 * @nn: the namespace
 */
void nlm_busy(struct nlm_net *nn)
{
	spin_lock(&nn->lock);
	nn->busy++;
	spin_unlock(&nn->lock);
}

/**
 * nlm_unbusy - there is one less
 * @nn: the namespace; may be gone afterwards
 */
void nlm_unbusy(struct nlm_net *nn)
{
	spin_lock(&nn->lock);
	if (!--nn->busy)
		wake_up_all(&nn->idle);
	spin_unlock(&nn->lock);
}

/* ---- addresses and names --------------------------------------------------- */

/**
 * nlm_same_address - are these the same but for the port?
 * @a: an address
 * @b: another
 *
 * Return: true if they are.
 */
bool nlm_same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	if (!ipv6_addr_equal(&a6->sin6_addr, &b6->sin6_addr))
		return false;
	return !(ipv6_addr_type(&a6->sin6_addr) & IPV6_ADDR_LINKLOCAL) ||
	       a6->sin6_scope_id == b6->sin6_scope_id;
}

static void set_port(struct sockaddr_storage *addr, u16 port)
{
	if (addr->ss_family == AF_INET6)
		((struct sockaddr_in6 *)addr)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)addr)->sin_port = htons(port);
}

static struct hlist_head *host_bucket(struct nlm_net *nn, const struct sockaddr_storage *addr,
				      const char *name, u32 len)
{
	u32 hash;

	if (addr->ss_family == AF_INET6)
		hash = jhash(&((const struct sockaddr_in6 *)addr)->sin6_addr, 16, nn->seed);
	else
		hash = jhash(&((const struct sockaddr_in *)addr)->sin_addr, 4, nn->seed);
	return &nn->hosts[jhash(name, len, hash) >> (32 - NLM_HOST_BITS)];
}

static bool host_is(const struct nlm_host *host, const struct sockaddr_storage *addr,
		    const char *name, u32 len)
{
	return host->name_len == len && !memcmp(host->name, name, len) &&
	       nlm_same_address(&host->client.addr, addr);
}

static struct nlm_host *find_locked(struct nlm_net *nn, const struct sockaddr_storage *addr,
				    const char *name, u32 len)
{
	struct nlm_host *host;

	lockdep_assert_held(&nn->lock);
	hlist_for_each_entry(host, host_bucket(nn, addr, name, len), in_table) {
		if (host_is(host, addr, name, len)) {
			ditto_client_get(&host->client);
			WRITE_ONCE(host->used, jiffies);
			return host;
		}
	}
	return NULL;
}

/**
 * nlm_host_find - a host that is known
 * @nn: the namespace
 * @addr: its address; the port is of no meaning
 * @name: what it calls itself
 * @len: bytes in @name
 *
 * Return: the host, for nlm_host_put(); NULL: it is not known.
 */
struct nlm_host *nlm_host_find(struct nlm_net *nn, const struct sockaddr_storage *addr,
			       const char *name, u32 len)
{
	struct nlm_host *host;

	spin_lock(&nn->lock);
	host = find_locked(nn, addr, name, len);
	spin_unlock(&nn->lock);
	return host;
}

/* ---- coming ---------------------------------------------------------------- */

/* The name as it is shown. */
static void shown_name(char shown[DITTO_CLIENT_NAME], const char *name, u32 len)
{
	u32 i;

	len = min_t(u32, len, DITTO_CLIENT_NAME - 1);
	for (i = 0; i < len; i++)
		shown[i] = isascii(name[i]) && isgraph(name[i]) ? name[i] : '?';
	shown[i] = '\0';
}

static struct nlm_host *host_new(struct nlm_net *nn, const struct ditto_peer *peer,
				 const char *name, u32 len)
{
	struct sockaddr_storage addr = peer->addr;
	char shown[DITTO_CLIENT_NAME];
	struct nlm_host *host;

	host = kzalloc(struct_size(host, name, len + 1), GFP_KERNEL_ACCOUNT);
	if (!host)
		return NULL;
	set_port(&addr, 0);
	host->nn = nn;
	host->used = jiffies;
	host->local = peer->local;
	host->name_len = len;
	memcpy(host->name, name, len);
	INIT_LIST_HEAD(&host->parked);
	INIT_LIST_HEAD(&host->blocks);
	INIT_LIST_HEAD(&host->leaving);
	mutex_init(&host->rpc_lock);
	nlm_monitor_init(host);
	shown_name(shown, name, len);
	nlm_busy(nn);
	nlm_count(nn, NLM_STAT_HOSTS);
	ditto_client_init(&host->client, &nlm_client_ops, nn->net, shown, &addr);
	return host;
}

/*
 * Puts a host into the table, which takes the caller's reference, or finds that it is there by
 * now. NULL: the table is full.
 */
static struct nlm_host *host_insert(struct nlm_net *nn, struct nlm_host *host)
{
	const struct sockaddr_storage *addr = &host->client.addr;
	struct nlm_host *found;

	spin_lock(&nn->lock);
	found = find_locked(nn, addr, host->name, host->name_len);
	if (!found && nn->nr_hosts < NLM_HOSTS_MAX && !nn->closing) {
		nn->nr_hosts++;
		hlist_add_head(&host->in_table,
			       host_bucket(nn, addr, host->name, host->name_len));
		ditto_client_get(&host->client);
		found = host;
	}
	if (!found && !nn->closing) {
		nn->full = true;
		mod_delayed_work(nlm_wq, &nn->reaper, 0);
	}
	spin_unlock(&nn->lock);
	if (found != host)
		nlm_host_put(host);
	return found;
}

static const struct nlm_string *req_name(const struct nlm_req *rq)
{
	return rq->lock ? &rq->lock->caller_name : &rq->args.share.share.caller_name;
}

static struct nlm_host *host_make(struct nlm_net *nn, const struct ditto_peer *peer,
				  const char *name, u32 len)
{
	struct nlm_host *host = host_new(nn, peer, name, len);

	return host ? host_insert(nn, host) : NULL;
}

/**
 * nlm_req_host - find the host of a request
 * @rq: the request, with a lock or a share; @rq->host is set unless it is known already
 * @make: make it if there is none
 *
 * One without a name is called by its address.
 *
 * Return: 0, also if it is not known and shall not be made; -EINVAL: nobody is called that;
 * -ENOLCK: no memory, or there are too many; -ESHUTDOWN: we are going.
 */
int nlm_req_host(struct nlm_req *rq, bool make)
{
	const struct ditto_peer *peer = rq->who->peer;
	struct nlm_string name = *req_name(rq);
	char text[DITTO_CLIENT_NAME];

	if (rq->host)
		return 0;
	if (memchr(name.bytes, '\0', name.len))
		return -EINVAL;
	if (!name.len) {
		name.len = scnprintf(text, sizeof(text), "%pISc", &peer->addr);
		name.bytes = text;
	}
	rq->host = nlm_host_find(rq->nn, &peer->addr, name.bytes, name.len);
	if (rq->host || !make)
		return 0;
	rq->host = host_make(rq->nn, peer, name.bytes, name.len);
	if (rq->host)
		return 0;
	return READ_ONCE(rq->nn->closing) ? -ESHUTDOWN : -ENOLCK;
}

/* ---- going ----------------------------------------------------------------- */

/**
 * nlm_host_free - a host's last reference is gone
 * @client: the host
 */
void nlm_host_free(struct ditto_client *client)
{
	struct nlm_host *host = container_of(client, struct nlm_host, client);
	struct nlm_net *nn = host->nn;

	nlm_host_forget_ways(host);
	WARN_ON_ONCE(!list_empty(&host->blocks) || !list_empty(&host->parked));
	ditto_stat_add(nn->net, &nlm_stats, NLM_STAT_HOSTS, -1);
	kfree(host);
	nlm_unbusy(nn);
}

/**
 * nlm_host_lost - a host has lost all it had
 * @host: held
 *
 * What it waits for and what it is being told is forgotten before the lock manager is
 * told: nothing granted later can be taken for it. Sleeps.
 */
void nlm_host_lost(struct nlm_host *host)
{
	nlm_blocks_drop(host);
	ditto_client_release(&host->client);
}

/**
 * nlm_host_forgotten - the administrator has a host forgotten
 * @client: the host; the lock manager has dropped its claims already
 *
 * There is no way in NLM to tell it.
 */
void nlm_host_forgotten(struct ditto_client *client)
{
	nlm_blocks_drop(container_of(client, struct nlm_host, client));
}

static void table_remove(struct nlm_host *host)
{
	lockdep_assert_held(&host->nn->lock);
	hlist_del_init(&host->in_table);
	host->nn->nr_hosts--;
}

/*
 * Takes one out of the table that may go; the table's reference is the caller's. It is off the
 * record under the same lock: if it comes anew at once, it is put on record after that.
 */
static struct nlm_host *reap_one(struct nlm_net *nn, unsigned int *bucket)
{
	unsigned long idle = nn->full ? HZ : HOST_IDLE;
	struct nlm_host *host;

	lockdep_assert_held(&nn->lock);
	for (; *bucket < ARRAY_SIZE(nn->hosts); ++*bucket) {
		hlist_for_each_entry(host, &nn->hosts[*bucket], in_table) {
			if (refcount_read(&host->client.ref) == 1 &&
			    time_after(jiffies, READ_ONCE(host->used) + idle)) {
				table_remove(host);
				nlm_unmonitor(host);
				return host;
			}
		}
	}
	return NULL;
}

static void reaper_work(struct work_struct *work)
{
	struct nlm_net *nn = container_of(to_delayed_work(work), struct nlm_net, reaper);
	unsigned int bucket = 0;
	struct nlm_host *host;

	for (;;) {
		spin_lock(&nn->lock);
		host = reap_one(nn, &bucket);
		if (!host)
			nn->full = false;
		spin_unlock(&nn->lock);
		if (!host)
			break;
		nlm_host_put(host);
	}
	queue_delayed_work(nlm_wq, &nn->reaper, HOST_REAP);
}

/* One by one: none is found any more, and none has requests. */
static void hosts_drop(struct nlm_net *nn)
{
	struct nlm_host *host;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nn->hosts); i++) {
		for (;;) {
			spin_lock(&nn->lock);
			host = hlist_entry_safe(nn->hosts[i].first, struct nlm_host, in_table);
			if (host)
				table_remove(host);
			spin_unlock(&nn->lock);
			if (!host)
				break;
			nlm_blocks_drop(host);
			ditto_client_gone(&host->client);
			nlm_host_hang_up(host);
			nlm_host_put(host);
		}
	}
}

/* ---- namespaces ------------------------------------------------------------ */

static int __net_init nlm_net_init(struct net *net)
{
	struct nlm_net *nn = nlm_net_of(net);

	nn->net = net;
	spin_lock_init(&nn->lock);
	init_waitqueue_head(&nn->idle);
	INIT_LIST_HEAD(&nn->leaving);
	INIT_DELAYED_WORK(&nn->reaper, reaper_work);
	xa_init_flags(&nn->blocks, XA_FLAGS_ALLOC);
	nn->salt = get_random_u32();
	nn->seed = get_random_u32();
	nlm_grace_init(nn);
	mutex_lock(&nets_lock);
	list_add_tail(&nn->list, &nets);
	mutex_unlock(&nets_lock);
	queue_delayed_work(nlm_wq, &nn->reaper, HOST_REAP);
	return 0;
}

/* Its connections wait for their requests next: none shall be set aside any more. */
static void __net_exit nlm_net_pre_exit(struct net *net)
{
	nlm_monitor_close(nlm_net_of(net));
}

/* No requests are in work, except for messages, which nobody waits for. */
static void __net_exit nlm_net_exit(struct net *net)
{
	struct nlm_net *nn = nlm_net_of(net);

	mutex_lock(&nets_lock);
	list_del(&nn->list);
	mutex_unlock(&nets_lock);
	nlm_monitor_close(nn);
	cancel_delayed_work_sync(&nn->reaper);
	cancel_delayed_work_sync(&nn->grace_work);
	do {
		/* those whose messages were in work come as they end */
		hosts_drop(nn);
	} while (!wait_event_timeout(nn->idle, !READ_ONCE(nn->busy), HZ / 10));
	/* whoever was the last has let go of the lock, and of our code */
	ditto_range_flush();
	spin_lock(&nn->lock);
	spin_unlock(&nn->lock);
	xa_destroy(&nn->blocks);
}

static struct pernet_operations nlm_net_ops = {
	.init		= nlm_net_init,
	.pre_exit	= nlm_net_pre_exit,
	.exit		= nlm_net_exit,
	.id		= &nlm_net_id,
	.size		= sizeof(struct nlm_net),
};

/**
 * nlm_nets_for_each - go through the namespaces
 * @fn: called for each; may sleep
 */
void nlm_nets_for_each(void (*fn)(struct nlm_net *nn))
{
	struct nlm_net *nn;

	mutex_lock(&nets_lock);
	list_for_each_entry(nn, &nets, list)
		fn(nn);
	mutex_unlock(&nets_lock);
}

/**
 * nlm_hosts_init - make the tables
 *
 * Return: 0 or a negative errno.
 */
int nlm_hosts_init(void)
{
	return register_pernet_subsys(&nlm_net_ops);
}

/**
 * nlm_hosts_close - have no request wait for anything: the program is about to go
 */
void nlm_hosts_close(void)
{
	nlm_nets_for_each(nlm_monitor_close);
}

/**
 * nlm_hosts_exit - drop all claims of all hosts, and the tables; no request is in work
 *
 * The hosts stay on the daemon's record: they are told of the restart.
 */
void nlm_hosts_exit(void)
{
	unregister_pernet_subsys(&nlm_net_ops);
}
