// SPDX-License-Identifier: GPL-2.0-only
/*
 * What rpcbind shall know, what it was told, and how to get from one to the
 * other. Every change - of listeners or of programs - ends in rpcbind_sync().
 * While there is no rpcbind to tell, it is tried again and again, ever more
 * rarely: it may be started after us.
 *
 * A mapping names one address for each (program, version, transport), so of
 * several listeners of a transport one is registered: one on all addresses if
 * there is such, else the oldest.
 *
 * A network namespace that goes is not cleaned up after: nobody is in it who
 * could listen, so its rpcbind is gone before.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/ipv6.h>
#include <net/netns/generic.h>
#include "base/facility.h"
#include "rpc/internal.h"
#include "rpc/rpcbind.h"
#include "compat/compat.h"

/* After a conversation that ran out of time none is tried for so long. */
#define RPCBIND_SULK	(5 * HZ)
/* Until the first new attempt to reach an rpcbind; then twice as long each time, at most: */
#define RPCBIND_AGAIN	HZ
#define RPCBIND_AGAIN_MAX	(60 * HZ)
/* How often it is looked whether rpcbind still has our mappings; where somebody took some: */
#define RPCBIND_LOOK		(20 * HZ)
#define RPCBIND_LOOK_OFTEN	(5 * HZ)

#define NFS_PROGRAM		100003
#define NFS_V3			3
#define NLM_PROGRAM		100021

/**
 * struct rpcbind_listener - an address we listen on
 * @link: in rpcbind_net's listeners
 * @addr: the address
 * @netid: its transport
 */
struct rpcbind_listener {
	struct list_head	link;
	struct sockaddr_storage	addr;
	enum rpcbind_netid	netid;
};

/**
 * struct rpcbind_entry - a mapping that is wanted or was told
 * @link: in rpcbind_net's entries
 * @told: what rpcbind has been told, if @set
 * @want: what it shall know, if @wanted; program, version and transport are the same
 * @wanted: by a listener and a program
 * @set: rpcbind has it from us
 * @refused: rpcbind would not take it: it has another one
 * @other: port of who had taken it from us, and has lost it again; 0: nobody
 */
struct rpcbind_entry {
	struct list_head	link;
	struct rpcbind_map	told;
	struct rpcbind_map	want;
	bool			wanted;
	bool			set;
	bool			refused;
	u16			other;
};

/**
 * struct rpcbind_net - registration in a network namespace
 * @link: in rpcbind_nets while there are listeners
 * @net: the namespace
 * @listeners: struct rpcbind_listener, oldest first
 * @entries: struct rpcbind_entry
 * @err: how the last conversation ended: 0 or a negative errno
 * @vers: version of the protocol it was held in
 * @tried: jiffies when it ended
 * @look: it is to be looked whether rpcbind still has what it was told
 * @again: tries again, or looks
 * @delay: jiffies until @again runs the next time
 */
struct rpcbind_net {
	struct list_head	link;
	struct net		*net;
	struct list_head	listeners;
	struct list_head	entries;
	int			err;
	u32			vers;
	unsigned long		tried;
	bool			look;
	struct delayed_work	again;
	unsigned long		delay;
};

static unsigned int rpcbind_net_id;
/* Protects all of the above, held over conversations; outside the list of programs. */
static DEFINE_MUTEX(rpcbind_mutex);
static LIST_HEAD(rpcbind_nets);

static enum rpcbind_netid rpcbind_netid_of(int ipproto, sa_family_t family)
{
	if (ipproto == IPPROTO_TCP)
		return family == AF_INET6 ? RPCBIND_TCP6 : RPCBIND_TCP;
	return family == AF_INET6 ? RPCBIND_UDP6 : RPCBIND_UDP;
}

/* ---- what rpcbind shall know ---- */

static bool rpcbind_is_any(const struct sockaddr_storage *ss)
{
	if (ss->ss_family == AF_INET6)
		return ipv6_addr_any(&((const struct sockaddr_in6 *)ss)->sin6_addr);
	return ((const struct sockaddr_in *)ss)->sin_addr.s_addr == htonl(INADDR_ANY);
}

static void rpcbind_map_address(struct rpcbind_map *map, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

	if (ss->ss_family == AF_INET6) {
		map->port = ntohs(in6->sin6_port);
		rpcbind_uaddr6(map->uaddr, in6->sin6_addr.s6_addr, map->port);
	} else {
		map->port = ntohs(in->sin_port);
		rpcbind_uaddr4(map->uaddr, (const u8 *)&in->sin_addr, map->port);
	}
}

static struct rpcbind_entry *rpcbind_entry_get(struct rpcbind_net *rn, u32 prog, u32 vers,
					       enum rpcbind_netid netid)
{
	struct rpcbind_entry *e;

	list_for_each_entry(e, &rn->entries, link)
		if (e->want.prog == prog && e->want.vers == vers && e->want.netid == netid)
			return e;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return NULL;
	e->want.prog = prog;
	e->want.vers = vers;
	e->want.netid = netid;
	list_add_tail(&e->link, &rn->entries);
	return e;
}

/* What rpcbind_want() needs to know. */
struct rpcbind_wish {
	struct rpcbind_net		*rn;
	const struct rpcbind_listener	*l;
};

static int rpcbind_want(void *arg, u32 prog, u32 vers)
{
	struct rpcbind_wish *wish = arg;
	struct rpcbind_entry *e = rpcbind_entry_get(wish->rn, prog, vers, wish->l->netid);

	if (!e)
		return -ENOMEM;
	if (!e->wanted)
		rpcbind_map_address(&e->want, &wish->l->addr);
	e->wanted = true;
	return 0;
}

static void rpcbind_want_all(struct rpcbind_net *rn)
{
	struct rpcbind_wish wish = { .rn = rn };
	struct rpcbind_listener *l;
	struct rpcbind_entry *e;
	int any;

	list_for_each_entry(e, &rn->entries, link)
		e->wanted = false;
	for (any = 1; any >= 0; any--) {
		list_for_each_entry(l, &rn->listeners, link) {
			wish.l = l;
			if (rpcbind_is_any(&l->addr) == any)
				rpc_program_for_each(rpcbind_want, &wish);
		}
	}
}

/* ---- telling it ---- */

static bool rpcbind_stale(const struct rpcbind_entry *e)
{
	return e->set && (!e->wanted || strcmp(e->told.uaddr, e->want.uaddr));
}

static bool rpcbind_missing(const struct rpcbind_entry *e)
{
	return e->wanted && !e->set;
}

static bool rpcbind_has_work(const struct rpcbind_net *rn)
{
	struct rpcbind_entry *e;

	list_for_each_entry(e, &rn->entries, link)
		if (rpcbind_stale(e) || rpcbind_missing(e))
			return true;
	return false;
}

/*
 * The port mapper forgets TCP and UDP together when told to forget one; the other
 * is told again then.
 */
static void rpcbind_forgot_both(struct rpcbind_net *rn, const struct rpcbind_map *gone)
{
	struct rpcbind_entry *e;

	list_for_each_entry(e, &rn->entries, link)
		if (e->told.prog == gone->prog && e->told.vers == gone->vers)
			e->set = false;
}

static int rpcbind_take_back(struct rpcbind_net *rn, struct rpcbind_talk *talk)
{
	struct rpcbind_entry *e;
	int ret;

	list_for_each_entry(e, &rn->entries, link) {
		if (!rpcbind_stale(e))
			continue;
		ret = rpcbind_talk_ask(talk, RPCBIND_PROC_UNSET, &e->told);
		if (ret < 0 && ret != -EOPNOTSUPP)
			return ret;
		e->set = false;
		if (talk->vers == RPCBIND_VERS_PMAP)
			rpcbind_forgot_both(rn, &e->told);
	}
	return 0;
}

/* Ours is the NFS server that clients of this machine find. */
static bool rpcbind_is_ours(const struct rpcbind_net *rn)
{
	const struct rpcbind_entry *e;

	list_for_each_entry(e, &rn->entries, link)
		if (e->set && e->told.prog == NFS_PROGRAM && e->told.vers == NFS_V3)
			return true;
	return false;
}

/* What it has not any more, it is told again. */
static int rpcbind_look(struct rpcbind_net *rn, struct rpcbind_talk *talk)
{
	struct rpcbind_entry *e;
	int port;

	list_for_each_entry(e, &rn->entries, link) {
		if (!e->set)
			continue;
		port = rpcbind_talk_port(talk, &e->told);
		if (port == -EOPNOTSUPP || port == e->told.port)
			continue;
		if (port < 0)
			return port;
		e->set = false;
		e->other = 0;
	}
	return 0;
}

/* Takes a mapping from who has it. Returns as rpcbind_talk_ask(). */
static int rpcbind_take(struct rpcbind_entry *e, struct rpcbind_talk *talk)
{
	int port = rpcbind_talk_port(talk, &e->want);
	int ret;

	if (port < 0)
		return port;
	ret = rpcbind_talk_ask(talk, RPCBIND_PROC_UNSET, &e->want);
	if (ret < 0)
		return ret;
	e->other = port;
	return rpcbind_talk_ask(talk, RPCBIND_PROC_SET, &e->want);
}

static int rpcbind_tell(struct rpcbind_net *rn, struct rpcbind_talk *talk)
{
	struct rpcbind_entry *e;
	int ret;

	list_for_each_entry(e, &rn->entries, link) {
		if (!rpcbind_missing(e))
			continue;
		ret = rpcbind_talk_ask(talk, RPCBIND_PROC_SET, &e->want);
		if (!ret && e->want.prog == NLM_PROGRAM && rpcbind_is_ours(rn))
			ret = rpcbind_take(e, talk);
		if (ret < 0 && ret != -EOPNOTSUPP)
			return ret;
		e->set = ret > 0;
		e->refused = !ret;
		e->told = e->want;
	}
	return 0;
}

static int rpcbind_converse(struct rpcbind_net *rn)
{
	struct rpcbind_talk talk;
	int ret = rpcbind_talk_open(&talk, rn->net);

	if (ret)
		return ret;
	ret = rpcbind_take_back(rn, &talk);
	if (!ret && rn->look)
		ret = rpcbind_look(rn, &talk);
	if (!ret)
		ret = rpcbind_tell(rn, &talk);
	rn->look = false;
	rn->vers = talk.vers;
	rpcbind_talk_close(&talk);
	return ret;
}

static void rpcbind_drop_unwanted(struct rpcbind_net *rn)
{
	struct rpcbind_entry *e, *next;

	list_for_each_entry_safe(e, next, &rn->entries, link) {
		if (e->wanted)
			continue;
		list_del(&e->link);
		kfree(e);
	}
}

static bool rpcbind_was_taken(const struct rpcbind_net *rn)
{
	const struct rpcbind_entry *e;

	list_for_each_entry(e, &rn->entries, link)
		if (e->other)
			return true;
	return false;
}

/* Where nobody listens any more nothing is planned, so that what goes can cancel it. */
static void rpcbind_plan(struct rpcbind_net *rn)
{
	if (list_empty(&rn->listeners) || !check_net(rn->net)) {
		cancel_delayed_work(&rn->again);
		return;
	}
	if (rn->err && rpcbind_has_work(rn)) {
		mod_delayed_work(system_long_wq, &rn->again, rn->delay);
		rn->delay = min_t(unsigned long, rn->delay * 2, RPCBIND_AGAIN_MAX);
		return;
	}
	mod_delayed_work(system_long_wq, &rn->again,
			 rpcbind_was_taken(rn) ? RPCBIND_LOOK_OFTEN : RPCBIND_LOOK);
}

/*
 * Makes rpcbind know what it shall. What it could not be told, because it was not
 * there, is tried again later and at the next change; what it could not be made to
 * forget is not remembered, for then it has died or does not listen to us.
 */
static void rpcbind_sync(struct rpcbind_net *rn)
{
	bool sulking = rn->err == -ETIMEDOUT && time_before(jiffies, rn->tried + RPCBIND_SULK);

	lockdep_assert_held(&rpcbind_mutex);
	rpcbind_want_all(rn);
	if (check_net(rn->net) && !sulking && (rn->look || rpcbind_has_work(rn))) {
		rn->err = rpcbind_converse(rn);
		rn->tried = jiffies;
	}
	rpcbind_drop_unwanted(rn);
	rpcbind_plan(rn);
}

/* A change: rpcbind is worth many attempts again. */
static void rpcbind_changed(struct rpcbind_net *rn)
{
	rn->delay = RPCBIND_AGAIN;
	rpcbind_sync(rn);
}

/* As init sees the file system, and with it the socket there. */
static void rpcbind_again(struct work_struct *work)
{
	struct rpcbind_net *rn = container_of(to_delayed_work(work), struct rpcbind_net, again);

	mutex_lock(&rpcbind_mutex);
	if (!list_empty(&rn->listeners)) {
		rn->look = true;
		scoped_with_init_fs()
			rpcbind_sync(rn);
	}
	mutex_unlock(&rpcbind_mutex);
}

/**
 * rpcbind_check - see to it that rpcbind still has our mappings
 * @net: network namespace
 *
 * For when somebody may just have taken them. Sleeps for RPCBIND_PATIENCE at most.
 */
void rpcbind_check(struct net *net)
{
	struct rpcbind_net *rn = net_generic(net, rpcbind_net_id);

	mutex_lock(&rpcbind_mutex);
	if (!list_empty(&rn->listeners)) {
		rn->look = true;
		scoped_with_init_fs()
			rpcbind_sync(rn);
	}
	mutex_unlock(&rpcbind_mutex);
}
EXPORT_SYMBOL_GPL(rpcbind_check);

/**
 * rpcbind_other_port - where is who had taken a mapping from us?
 * @net: network namespace
 * @prog: program
 * @vers: version
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP
 * @family: AF_INET or AF_INET6
 *
 * Return: the port; 0: there is nobody.
 */
u16 rpcbind_other_port(struct net *net, u32 prog, u32 vers, int ipproto, sa_family_t family)
{
	struct rpcbind_net *rn = net_generic(net, rpcbind_net_id);
	enum rpcbind_netid netid = rpcbind_netid_of(ipproto, family);
	const struct rpcbind_entry *e;
	u16 port = 0;

	mutex_lock(&rpcbind_mutex);
	list_for_each_entry(e, &rn->entries, link)
		if (e->want.prog == prog && e->want.vers == vers && e->want.netid == netid)
			port = e->other;
	mutex_unlock(&rpcbind_mutex);
	return port;
}
EXPORT_SYMBOL_GPL(rpcbind_other_port);

/* ---- what changes ---- */

static struct rpcbind_listener *rpcbind_listener_find(struct rpcbind_net *rn,
						      const struct sockaddr_storage *addr,
						      enum rpcbind_netid netid)
{
	struct rpcbind_listener *l;

	list_for_each_entry(l, &rn->listeners, link)
		if (l->netid == netid && !memcmp(&l->addr, addr, sizeof(*addr)))
			return l;
	return NULL;
}

static void rpcbind_listener_add(struct rpcbind_net *rn, const struct sockaddr_storage *addr,
				 enum rpcbind_netid netid)
{
	struct rpcbind_listener *l = kzalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return;
	l->addr = *addr;
	l->netid = netid;
	if (list_empty(&rn->listeners))
		list_add_tail(&rn->link, &rpcbind_nets);
	list_add_tail(&l->link, &rn->listeners);
}

static void rpcbind_listener_remove(struct rpcbind_net *rn, struct rpcbind_listener *l)
{
	list_del(&l->link);
	kfree(l);
	if (list_empty(&rn->listeners))
		list_del(&rn->link);
}

/**
 * rpcbind_listening - a listener of the service has come or gone
 * @net: network namespace
 * @addr: what it is bound to
 * @ipproto: IPPROTO_TCP or IPPROTO_UDP
 * @up: come
 *
 * In the context of the administrator's call, whose view of the file system shows
 * rpcbind's socket. Sleeps for RPCBIND_PATIENCE at most.
 */
void rpcbind_listening(struct net *net, const struct sockaddr_storage *addr, int ipproto, bool up)
{
	struct rpcbind_net *rn = net_generic(net, rpcbind_net_id);
	enum rpcbind_netid netid = rpcbind_netid_of(ipproto, addr->ss_family);
	struct rpcbind_listener *l;

	mutex_lock(&rpcbind_mutex);
	l = rpcbind_listener_find(rn, addr, netid);
	if (up && !l)
		rpcbind_listener_add(rn, addr, netid);
	else if (!up && l)
		rpcbind_listener_remove(rn, l);
	rpcbind_changed(rn);
	mutex_unlock(&rpcbind_mutex);
}

/**
 * rpcbind_programs_changed - a program has come or gone
 *
 * Tells the rpcbind of every network namespace that has a listener.
 */
void rpcbind_programs_changed(void)
{
	struct rpcbind_net *rn;

	mutex_lock(&rpcbind_mutex);
	list_for_each_entry(rn, &rpcbind_nets, link)
		rpcbind_changed(rn);
	mutex_unlock(&rpcbind_mutex);
}

/* ---- how it is ---- */

static enum ditto_facility_state rpcbind_describe(const struct rpcbind_net *rn, char *detail,
						  size_t size)
{
	const struct rpcbind_entry *e, *refused = NULL;
	unsigned int set = 0;

	list_for_each_entry(e, &rn->entries, link) {
		set += e->set;
		if (e->refused && !refused)
			refused = e;
	}
	if (rn->err == -ETIMEDOUT) {
		scnprintf(detail, size, "rpcbind did not answer within %u seconds",
			  RPCBIND_PATIENCE / HZ);
		return DITTO_FACILITY_TROUBLE;
	}
	if (rn->err) {
		scnprintf(detail, size,
			  "no rpcbind: NFSv3 clients must be told port= and mountport=");
		return DITTO_FACILITY_TROUBLE;
	}
	if (refused) {
		scnprintf(detail, size,
			  "another server has registered program %u version %u over %s",
			  refused->want.prog, refused->want.vers,
			  rpcbind_netid_name(refused->want.netid));
		return DITTO_FACILITY_TROUBLE;
	}
	if (!set)
		return DITTO_FACILITY_IDLE;
	scnprintf(detail, size, "%u mappings, protocol version %u", set, rn->vers);
	return DITTO_FACILITY_UP;
}

static enum ditto_facility_state rpcbind_state(struct net *net, char *detail, size_t size)
{
	struct rpcbind_net *rn = net_generic(net, rpcbind_net_id);
	enum ditto_facility_state state = DITTO_FACILITY_IDLE;

	mutex_lock(&rpcbind_mutex);
	if (!list_empty(&rn->listeners))
		state = rpcbind_describe(rn, detail, size);
	mutex_unlock(&rpcbind_mutex);
	return state;
}

static struct ditto_facility rpcbind_facility = {
	.name	= "rpcbind",
	.state	= rpcbind_state,
};

/* ---- start and stop ---- */

static int __net_init rpcbind_net_init(struct net *net)
{
	struct rpcbind_net *rn = net_generic(net, rpcbind_net_id);

	rn->net = net;
	INIT_LIST_HEAD(&rn->listeners);
	INIT_LIST_HEAD(&rn->entries);
	INIT_DELAYED_WORK(&rn->again, rpcbind_again);
	return 0;
}

static void __net_exit rpcbind_net_exit(struct net *net)
{
	struct rpcbind_net *rn = net_generic(net, rpcbind_net_id);
	struct rpcbind_listener *l, *next;

	mutex_lock(&rpcbind_mutex);
	list_for_each_entry_safe(l, next, &rn->listeners, link)
		rpcbind_listener_remove(rn, l);
	rpcbind_want_all(rn);
	rpcbind_drop_unwanted(rn);
	mutex_unlock(&rpcbind_mutex);
	/* Without a listener it plans no other; it takes the mutex, so not under it. */
	cancel_delayed_work_sync(&rn->again);
}

static struct pernet_operations rpcbind_net_ops = {
	.init	= rpcbind_net_init,
	.exit	= rpcbind_net_exit,
	.id	= &rpcbind_net_id,
	.size	= sizeof(struct rpcbind_net),
};

/**
 * rpcbind_init - before the service is offered
 *
 * Return: 0 or a negative errno.
 */
int __init rpcbind_init(void)
{
	int ret = register_pernet_subsys(&rpcbind_net_ops);

	if (!ret)
		ditto_facility_register(&rpcbind_facility);
	return ret;
}

/**
 * rpcbind_exit - after the service is gone, and with it the last listener
 */
void rpcbind_exit(void)
{
	ditto_facility_unregister(&rpcbind_facility);
	unregister_pernet_subsys(&rpcbind_net_ops);
}
