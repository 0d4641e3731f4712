// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon of a network namespace: how it comes and goes, and what is wanted of it.
 *
 * An upcall is waiting, then sent, then ended. What was sent and has no answer
 * when the daemon goes is waiting again, before all others, so that the order is kept.
 * One worker per namespace sends and calls done(), so an upcall cannot be freed
 * while it is being sent.
 */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/netns/generic.h>
#include "base/facility.h"
#include "compat/compat.h"
#include "ctl/ctl.h"
#include "ctl/daemon.h"
#include "ctl/internal.h"
#include "net/service.h"

/* Requests the daemon has at one time; they fit into the buffer of its socket. */
#define DAEMON_WINDOW	64
/* Where a request could not be sent it is tried again after so long. */
#define DAEMON_RETRY	(HZ / 10)

enum upcall_state {
	UPCALL_NEW,
	UPCALL_WAITING,
	UPCALL_SENT,
	UPCALL_ENDED,
};

/**
 * struct daemon_net - the daemon of a namespace, and what is wanted of it
 * @net: the namespace
 * @lock: protects the rest; taken in timers
 * @portid: netlink address of the daemon's socket; 0: there is none
 * @pid: the process that attached
 * @info: what it said
 * @instance: stays as long as the namespace's locks do
 * @next_id: of an upcall
 * @waiting: upcalls to be sent
 * @sent: upcalls without an answer, oldest first
 * @ended: upcalls whose done() is to be called
 * @nr: how many are waiting or sent
 * @nr_sent: how many are sent
 * @dying: new upcalls end at once
 * @work: sends and ends
 */
struct daemon_net {
	struct net			*net;
	spinlock_t			lock;
	u32				portid;
	struct pid			*pid;
	struct ditto_daemon_info	info;
	u64				instance;
	u64				next_id;
	struct list_head		waiting;
	struct list_head		sent;
	struct list_head		ended;
	unsigned int			nr;
	unsigned int			nr_sent;
	bool				dying;
	struct delayed_work		work;
};

static unsigned int daemon_net_id;
static struct workqueue_struct *daemon_wq;

static struct daemon_net *daemon_net(const struct net *net)
{
	return net_generic(net, daemon_net_id);
}

static void daemon_kick(struct daemon_net *dn)
{
	mod_delayed_work(daemon_wq, &dn->work, 0);
}

/* ---- upcalls ---- */

static void upcall_end(struct daemon_net *dn, struct ditto_upcall *upcall, int err)
{
	lockdep_assert_held(&dn->lock);
	if (upcall->state == UPCALL_SENT)
		dn->nr_sent--;
	if (upcall->state != UPCALL_NEW)
		dn->nr--;
	upcall->err = err;
	upcall->state = UPCALL_ENDED;
	list_move_tail(&upcall->list, &dn->ended);
	daemon_kick(dn);
}

static void upcall_expired(struct timer_list *timer)
{
	struct ditto_upcall *upcall = timer_container_of(upcall, timer, timer);
	struct daemon_net *dn = daemon_net(upcall->net);

	spin_lock(&dn->lock);
	if (upcall->state != UPCALL_ENDED)
		upcall_end(dn, upcall, -ETIMEDOUT);
	spin_unlock(&dn->lock);
}

/**
 * ditto_upcall_send - want something of the daemon
 * @net: network namespace; stays until the upcall has ended
 * @upcall: what; its done() is called in any case, and never from in here
 *
 * In any context that is not a hardware interrupt.
 */
void ditto_upcall_send(struct net *net, struct ditto_upcall *upcall)
{
	struct daemon_net *dn = daemon_net(net);

	upcall->net = net;
	upcall->state = UPCALL_NEW;
	INIT_LIST_HEAD(&upcall->list);
	timer_setup(&upcall->timer, upcall_expired, 0);
	spin_lock_bh(&dn->lock);
	upcall->id = ++dn->next_id;
	if (dn->dying) {
		upcall_end(dn, upcall, -ECANCELED);
	} else if (dn->nr >= DITTO_UPCALLS_MAX) {
		upcall_end(dn, upcall, -ENOBUFS);
	} else {
		dn->nr++;
		upcall->state = UPCALL_WAITING;
		list_add_tail(&upcall->list, &dn->waiting);
		if (upcall->timeout)
			mod_timer(&upcall->timer, jiffies + upcall->timeout);
		daemon_kick(dn);
	}
	spin_unlock_bh(&dn->lock);
}
EXPORT_SYMBOL_GPL(ditto_upcall_send);

/**
 * ditto_upcall_cancel - want it no longer
 * @upcall: was sent, and is not freed yet
 *
 * Its done() gets -ECANCELED, soon, unless it has ended before. The daemon may have
 * done what was wanted.
 */
void ditto_upcall_cancel(struct ditto_upcall *upcall)
{
	struct daemon_net *dn = daemon_net(upcall->net);

	spin_lock_bh(&dn->lock);
	if (upcall->state != UPCALL_ENDED)
		upcall_end(dn, upcall, -ECANCELED);
	spin_unlock_bh(&dn->lock);
}
EXPORT_SYMBOL_GPL(ditto_upcall_cancel);

static struct sk_buff *upcall_message(const struct ditto_upcall *upcall)
{
	struct sk_buff *skb = genlmsg_new(DITTO_UPCALL_SIZE, GFP_KERNEL);
	void *hdr;

	if (!skb)
		return NULL;
	hdr = genlmsg_put(skb, 0, 0, &ditto_ctl_family, 0, upcall->cmd);
	if (WARN_ON_ONCE(!hdr || nla_put_uint(skb, DITTO_A_DAEMON_ID, upcall->id) ||
			 (upcall->put && upcall->put(upcall, skb)))) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

/* The next one that may be sent, which is sent then; NULL if there is none. */
static struct ditto_upcall *daemon_next(struct daemon_net *dn, u32 *portid)
{
	struct ditto_upcall *upcall = NULL;

	spin_lock_bh(&dn->lock);
	if (dn->info.ready && dn->nr_sent < DAEMON_WINDOW)
		upcall = list_first_entry_or_null(&dn->waiting, struct ditto_upcall, list);
	if (upcall) {
		*portid = dn->portid;
		upcall->state = UPCALL_SENT;
		dn->nr_sent++;
		list_move_tail(&upcall->list, &dn->sent);
	}
	spin_unlock_bh(&dn->lock);
	return upcall;
}

/* It was not sent after all. */
static void daemon_unsend(struct daemon_net *dn, struct ditto_upcall *upcall)
{
	spin_lock_bh(&dn->lock);
	if (upcall->state == UPCALL_SENT) {
		upcall->state = UPCALL_WAITING;
		dn->nr_sent--;
		list_move(&upcall->list, &dn->waiting);
	}
	spin_unlock_bh(&dn->lock);
	queue_delayed_work(daemon_wq, &dn->work, DAEMON_RETRY);
}

static void daemon_send(struct daemon_net *dn)
{
	struct ditto_upcall *upcall;
	struct sk_buff *skb;
	u32 portid;
	int err;

	while ((upcall = daemon_next(dn, &portid))) {
		skb = upcall_message(upcall);
		err = skb ? genlmsg_unicast(dn->net, skb, portid) : -ENOMEM;
		/* refused: its socket is being closed, which has it waiting again */
		if (err && err != -ECONNREFUSED) {
			daemon_unsend(dn, upcall);
			return;
		}
	}
}

static void daemon_end(struct daemon_net *dn)
{
	struct ditto_upcall *upcall;

	for (;;) {
		spin_lock_bh(&dn->lock);
		upcall = list_first_entry_or_null(&dn->ended, struct ditto_upcall, list);
		if (upcall)
			list_del_init(&upcall->list);
		spin_unlock_bh(&dn->lock);
		if (!upcall)
			return;
		timer_delete_sync(&upcall->timer);
		upcall->done(upcall, upcall->err);
	}
}

static void daemon_work(struct work_struct *work)
{
	struct daemon_net *dn = container_of(work, struct daemon_net, work.work);

	daemon_send(dn);
	daemon_end(dn);
}

/* ---- the daemon comes and goes ---- */

static void daemon_detach(struct daemon_net *dn)
{
	struct ditto_upcall *upcall;

	lockdep_assert_held(&dn->lock);
	dn->portid = 0;
	dn->info.ready = false;
	put_pid(dn->pid);
	dn->pid = NULL;
	list_for_each_entry(upcall, &dn->sent, list)
		upcall->state = UPCALL_WAITING;
	list_splice_init(&dn->sent, &dn->waiting);
	dn->nr_sent = 0;
}

/* Some netlink socket is closed; the kernel's own have no address. */
static int daemon_released(struct notifier_block *nb, unsigned long event, void *data)
{
	struct netlink_notify *notify = data;
	struct daemon_net *dn;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	dn = daemon_net(notify->net);
	spin_lock_bh(&dn->lock);
	if (dn->portid && dn->portid == notify->portid)
		daemon_detach(dn);
	spin_unlock_bh(&dn->lock);
	return NOTIFY_DONE;
}

static struct notifier_block daemon_notifier = {
	.notifier_call	= daemon_released,
};

static int daemon_refuse_second(struct daemon_net *dn, struct genl_info *info)
{
	struct netlink_ext_ack *extack = info->extack;
	pid_t pid;

	lockdep_assert_held(&dn->lock);
	pid = pid_vnr(dn->pid);
	if (extack) {
		snprintf(extack->_msg_buf, sizeof(extack->_msg_buf),
			 "process %d is the daemon of this network namespace", pid);
		extack->_msg = extack->_msg_buf;
	}
	return -EBUSY;
}

static int daemon_attach(struct daemon_net *dn, struct genl_info *info)
{
	int err = 0;

	spin_lock_bh(&dn->lock);
	if (dn->portid) {
		err = daemon_refuse_second(dn, info);
	} else {
		dn->portid = info->snd_portid;
		dn->pid = get_pid(task_tgid(current));
	}
	spin_unlock_bh(&dn->lock);
	return err;
}

/**
 * ditto_ctl_daemon_attach - make the sender's socket the daemon's
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -EBUSY: there is a daemon.
 */
int ditto_ctl_daemon_attach(struct sk_buff *skb, struct genl_info *info)
{
	struct daemon_net *dn = daemon_net(genl_info_net(info));
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	err = -EMSGSIZE;
	hdr = genlmsg_iput(reply, info);
	if (!hdr || nla_put_uint(reply, DITTO_A_DAEMON_INSTANCE, dn->instance))
		goto out;
	genlmsg_end(reply, hdr);
	err = daemon_attach(dn, info);
	if (err)
		goto out;
	return genlmsg_reply(reply, info);

out:
	nlmsg_free(reply);
	return err;
}

/**
 * ditto_daemon_check - does a request come from the daemon?
 * @info: the request
 *
 * Return: 0; -EPERM if it does not.
 */
int ditto_daemon_check(struct genl_info *info)
{
	struct daemon_net *dn = daemon_net(genl_info_net(info));
	bool same;

	spin_lock_bh(&dn->lock);
	same = dn->portid == info->snd_portid;
	spin_unlock_bh(&dn->lock);
	if (same)
		return 0;
	return ditto_ctl_refuse(info, NULL, -EPERM,
				"only the daemon may say that; attach first");
}

/**
 * ditto_ctl_daemon_ready - the daemon takes requests
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -EPERM: the sender is not the daemon.
 */
int ditto_ctl_daemon_ready(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *clients = info->attrs[DITTO_A_DAEMON_GRACE_CLIENTS];
	const struct nlattr *state = info->attrs[DITTO_A_DAEMON_NSM_STATE];
	struct daemon_net *dn = daemon_net(genl_info_net(info));
	struct ditto_daemon_info said = {
		.ready		= true,
		.has_nsm	= state,
		.nsm_state	= state ? nla_get_u32(state) : 0,
		.grace_clients	= clients ? nla_get_uint(clients) : 0,
	};
	int err;

	err = ditto_daemon_check(info);
	if (err)
		return err;
	/* its socket cannot be closed while it is in here */
	spin_lock_bh(&dn->lock);
	dn->info = said;
	spin_unlock_bh(&dn->lock);
	ditto_nsm_ready(dn->net, &said);
	daemon_kick(dn);
	return 0;
}

/**
 * ditto_ctl_daemon_reply - the daemon has done what was wanted
 * @skb: the request
 * @info: the request
 *
 * Return: 0; -EINVAL: of what?; -ENOENT: nobody waits for it; -EPERM: the sender is not
 * the daemon.
 */
int ditto_ctl_daemon_reply(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *error = info->attrs[DITTO_A_DAEMON_ERROR];
	const struct nlattr *id = info->attrs[DITTO_A_DAEMON_ID];
	struct daemon_net *dn = daemon_net(genl_info_net(info));
	struct ditto_upcall *upcall;
	int err;

	err = ditto_daemon_check(info);
	if (err)
		return err;
	if (!id)
		return ditto_ctl_refuse(info, NULL, -EINVAL, "to which request? give its id");
	err = -ENOENT;
	spin_lock_bh(&dn->lock);
	list_for_each_entry(upcall, &dn->sent, list) {
		if (upcall->id != nla_get_uint(id))
			continue;
		upcall_end(dn, upcall, error ? -(int)nla_get_u32(error) : 0);
		err = 0;
		break;
	}
	spin_unlock_bh(&dn->lock);
	return err;
}

/**
 * ditto_daemon_get - the daemon, as it is now
 * @net: network namespace
 * @info: filled in
 */
void ditto_daemon_get(struct net *net, struct ditto_daemon_info *info)
{
	struct daemon_net *dn = daemon_net(net);

	spin_lock_bh(&dn->lock);
	*info = dn->info;
	spin_unlock_bh(&dn->lock);
}
EXPORT_SYMBOL_GPL(ditto_daemon_get);

/**
 * ditto_daemon_flush - wait until no done() is being called any more
 *
 * For who has no upcall left, and whose functions are going: the last of them may still be on
 * its way back. Process context, without locks.
 */
void ditto_daemon_flush(void)
{
	flush_workqueue(daemon_wq);
}
EXPORT_SYMBOL_GPL(ditto_daemon_flush);

/* ---- how it is ---- */

static int daemon_is_needed(void *arg, const struct ditto_listen_info *listener)
{
	return 1;
}

static enum ditto_facility_state daemon_state(struct net *net, char *detail, size_t size)
{
	struct daemon_net *dn = daemon_net(net);
	pid_t pid = 0;
	bool ready;

	spin_lock_bh(&dn->lock);
	if (dn->pid)
		pid = pid_vnr(dn->pid);
	ready = dn->info.ready;
	spin_unlock_bh(&dn->lock);
	if (ready) {
		scnprintf(detail, size, "process %d", pid);
		return DITTO_FACILITY_UP;
	}
	if (pid) {
		scnprintf(detail, size, "process %d is starting", pid);
		return DITTO_FACILITY_IDLE;
	}
	scnprintf(detail, size, "it does not run: systemctl start dittod");
	return ditto_listen_for_each(net, daemon_is_needed, NULL) ? DITTO_FACILITY_TROUBLE :
								    DITTO_FACILITY_IDLE;
}

static struct ditto_facility daemon_facility = {
	.name	= "dittod",
	.state	= daemon_state,
};

static enum ditto_facility_state daemon_nsm_state(struct net *net, char *detail, size_t size)
{
	struct ditto_daemon_info info;

	ditto_daemon_get(net, &info);
	if (info.ready && info.has_nsm) {
		scnprintf(detail, size, "state %u", info.nsm_state);
		return DITTO_FACILITY_UP;
	}
	if (info.ready)
		scnprintf(detail, size, "dittod was told --no-nsm");
	else
		scnprintf(detail, size, "dittod does it");
	return DITTO_FACILITY_IDLE;
}

static struct ditto_facility daemon_nsm_facility = {
	.name	= "nsm",
	.state	= daemon_nsm_state,
};

/* ---- start and stop ---- */

static int __net_init daemon_net_init(struct net *net)
{
	struct daemon_net *dn = daemon_net(net);

	dn->net = net;
	spin_lock_init(&dn->lock);
	INIT_LIST_HEAD(&dn->waiting);
	INIT_LIST_HEAD(&dn->sent);
	INIT_LIST_HEAD(&dn->ended);
	INIT_DELAYED_WORK(&dn->work, daemon_work);
	while (!dn->instance)
		dn->instance = get_random_u64();
	return 0;
}

/* Whoever waits for an upcall is let go before the layers below take their state away. */
static void __net_exit daemon_net_pre_exit(struct net *net)
{
	struct daemon_net *dn = daemon_net(net);
	struct ditto_upcall *upcall, *next;

	spin_lock_bh(&dn->lock);
	dn->dying = true;
	list_splice_init(&dn->sent, &dn->waiting);
	list_for_each_entry_safe(upcall, next, &dn->waiting, list)
		upcall_end(dn, upcall, -ECANCELED);
	spin_unlock_bh(&dn->lock);
	flush_delayed_work(&dn->work);
}

/* By now nobody sends any more. */
static void __net_exit daemon_net_exit(struct net *net)
{
	struct daemon_net *dn = daemon_net(net);

	flush_delayed_work(&dn->work);
	cancel_delayed_work_sync(&dn->work);
	WARN_ON_ONCE(dn->nr || !list_empty(&dn->ended));
	put_pid(dn->pid);
}

static struct pernet_operations daemon_net_ops = {
	.init		= daemon_net_init,
	.pre_exit	= daemon_net_pre_exit,
	.exit		= daemon_net_exit,
	.id		= &daemon_net_id,
	.size		= sizeof(struct daemon_net),
};

/**
 * ditto_daemon_init - before the family is registered
 *
 * Return: 0 or an error.
 */
int ditto_daemon_init(void)
{
	int err;

	daemon_wq = alloc_workqueue("ditto_daemon", WQ_UNBOUND, 0);
	if (!daemon_wq)
		return -ENOMEM;
	err = register_pernet_subsys(&daemon_net_ops);
	if (err)
		goto out_wq;
	err = netlink_register_notifier(&daemon_notifier);
	if (err)
		goto out_net;
	ditto_facility_register(&daemon_facility);
	ditto_facility_register(&daemon_nsm_facility);
	return 0;

out_net:
	unregister_pernet_subsys(&daemon_net_ops);
out_wq:
	destroy_workqueue(daemon_wq);
	return err;
}

/**
 * ditto_daemon_exit - after the family is gone
 */
void ditto_daemon_exit(void)
{
	ditto_facility_unregister(&daemon_nsm_facility);
	ditto_facility_unregister(&daemon_facility);
	netlink_unregister_notifier(&daemon_notifier);
	unregister_pernet_subsys(&daemon_net_ops);
	destroy_workqueue(daemon_wq);
}
