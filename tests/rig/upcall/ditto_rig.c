// SPDX-License-Identifier: GPL-2.0-only
/*
 * For end-to-end tests: wants of the daemon what protocols want, and writes down what they
 * would hear. In debugfs, folder ditto_rig:
 *
 *   call    write one line; the write ends when the upcall has, with its error:
 *             monitor NAME ADDRESS [MS]      MS: time-out in milliseconds
 *             unmonitor NAME ADDRESS [MS]
 *             list [MS]
 *             grace-done [MS]
 *             flood COUNT                    as many monitors at a time; peers f0, f1, ...
 *             cancel NAME ADDRESS            monitor, taken back at once
 *             leave COUNT                    as flood, but the write ends at once
 *   heard   read: a line for each hook that was called, each flood, and each upcall of
 *           leave that has ended; write: forget
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/inet.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include "compat/compat.h"
#include "ctl/daemon.h"

#define RIG_LINE	1280
#define RIG_FLOOD_MAX	20000

/* One upcall of either kind. */
struct rig_call {
	struct ditto_nsm_upcall	nsm;
	struct list_head	left;
	struct completion	ended;
	char			name[1088];
	int			err;
};

static struct dentry *rig_dir;
static DEFINE_MUTEX(rig_lock);
static char *rig_heard;
static size_t rig_len;
static LIST_HEAD(rig_left);
static DECLARE_WAIT_QUEUE_HEAD(rig_left_wait);

#define RIG_HEARD	(512 << 10)

#define rig_say(fmt, ...)							\
do {										\
	mutex_lock(&rig_lock);							\
	rig_len += scnprintf(rig_heard + rig_len, RIG_HEARD - rig_len, fmt,	\
			     ##__VA_ARGS__);					\
	mutex_unlock(&rig_lock);						\
} while (0)

/* ---- what is heard ---- */

static void rig_ready(struct net *net, const struct ditto_daemon_info *info)
{
	rig_say("ready %d %u %llu\n", info->has_nsm, info->nsm_state, info->grace_clients);
}

static void rig_rebooted(struct net *net, const char *name, const struct sockaddr_storage *peer,
			 u32 state)
{
	rig_say("rebooted %s %pISc %u\n", name, peer, state);
}

static void rig_grace_client(struct net *net, const char *name,
			     const struct sockaddr_storage *peer)
{
	rig_say("grace %s %pISc\n", name, peer);
}

static const struct ditto_nsm_ops rig_ops = {
	.ready		= rig_ready,
	.peer_rebooted	= rig_rebooted,
	.grace_client	= rig_grace_client,
};

/* ---- what is wanted ---- */

static void rig_done(struct ditto_upcall *upcall, int err)
{
	struct rig_call *call = container_of(upcall, struct rig_call, nsm.upcall);

	call->err = err;
	complete(&call->ended);
}

static int rig_address(const char *text, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;

	if (in4_pton(text, -1, (u8 *)&in->sin_addr, -1, NULL))
		addr->ss_family = AF_INET;
	else if (in6_pton(text, -1, (u8 *)&in6->sin6_addr, -1, NULL))
		addr->ss_family = AF_INET6;
	else
		return -EINVAL;
	return 0;
}

static struct rig_call *rig_call_new(void)
{
	struct rig_call *call = kzalloc_obj(*call, GFP_KERNEL);

	if (!call)
		return NULL;
	init_completion(&call->ended);
	call->nsm.upcall.done = rig_done;
	call->nsm.name = call->name;
	return call;
}

static int rig_wait(struct rig_call *call)
{
	int err;

	if (wait_for_completion_killable(&call->ended)) {
		ditto_upcall_cancel(&call->nsm.upcall);
		wait_for_completion(&call->ended);
	}
	err = call->err;
	kfree(call);
	return err;
}

static int rig_one(struct net *net, const char *what, const char *name, const char *addr,
		   unsigned int ms)
{
	struct rig_call *call = rig_call_new();

	if (!call)
		return -ENOMEM;
	call->nsm.upcall.timeout = msecs_to_jiffies(ms);
	strscpy(call->name, name, sizeof(call->name));
	if (*addr && rig_address(addr, &call->nsm.peer)) {
		kfree(call);
		return -EINVAL;
	}
	if (!strcmp(what, "unmonitor"))
		ditto_nsm_unmonitor(net, &call->nsm);
	else if (!strcmp(what, "list"))
		ditto_daemon_grace_list(net, &call->nsm.upcall);
	else if (!strcmp(what, "grace-done"))
		ditto_daemon_grace_done(net, &call->nsm.upcall);
	else
		ditto_nsm_monitor(net, &call->nsm);
	if (!strcmp(what, "cancel"))
		ditto_upcall_cancel(&call->nsm.upcall);
	return rig_wait(call);
}

static int rig_flood(struct net *net, unsigned int count)
{
	unsigned int i, made, good = 0, full = 0;
	struct rig_call **calls;
	u64 start = ktime_get_ns();
	int err;

	if (!count || count > RIG_FLOOD_MAX)
		return -EINVAL;
	calls = kvcalloc(count, sizeof(*calls), GFP_KERNEL);
	if (!calls)
		return -ENOMEM;
	for (made = 0; made < count; made++) {
		struct sockaddr_in *in;

		calls[made] = rig_call_new();
		if (!calls[made])
			break;
		in = (struct sockaddr_in *)&calls[made]->nsm.peer;
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(0x0a090000 + made);
		snprintf(calls[made]->name, sizeof(calls[made]->name), "f%u", made);
		ditto_nsm_monitor(net, &calls[made]->nsm);
	}
	for (i = 0; i < made; i++) {
		err = rig_wait(calls[i]);
		good += !err;
		full += err == -ENOBUFS;
	}
	kvfree(calls);
	rig_say("flood %u good %u full %u ms %llu\n", made, good, full,
		(ktime_get_ns() - start) / NSEC_PER_MSEC);
	return 0;
}

static void rig_left_done(struct ditto_upcall *upcall, int err)
{
	struct rig_call *call = container_of(upcall, struct rig_call, nsm.upcall);

	rig_say("left %s %d\n", call->name, err);
	mutex_lock(&rig_lock);
	list_del(&call->left);
	kfree(call);
	wake_up(&rig_left_wait);
	mutex_unlock(&rig_lock);
}

static int rig_leave(struct net *net, unsigned int count)
{
	struct rig_call *call;
	unsigned int i;

	for (i = 0; i < count; i++) {
		call = rig_call_new();
		if (!call)
			return -ENOMEM;
		call->nsm.upcall.done = rig_left_done;
		snprintf(call->name, sizeof(call->name), "l%u", i);
		rig_address("10.0.0.99", &call->nsm.peer);
		mutex_lock(&rig_lock);
		list_add_tail(&call->left, &rig_left);
		mutex_unlock(&rig_lock);
		ditto_nsm_monitor(net, &call->nsm);
	}
	return 0;
}

static void rig_left_end(void)
{
	struct rig_call *call;

	mutex_lock(&rig_lock);
	list_for_each_entry(call, &rig_left, left)
		ditto_upcall_cancel(&call->nsm.upcall);
	mutex_unlock(&rig_lock);
	wait_event(rig_left_wait, list_empty(&rig_left));
	/* the last one lets go of it before its memory goes */
	mutex_lock(&rig_lock);
	mutex_unlock(&rig_lock);
}

static ssize_t rig_call_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct net *net = current->nsproxy->net_ns;
	char *line, *words[4] = { "", "", "", "" }, *rest;
	unsigned int n = 0, number = 0;
	int err;

	if (len >= RIG_LINE)
		return -E2BIG;
	line = memdup_user_nul(from, len);
	if (IS_ERR(line))
		return PTR_ERR(line);
	rest = strim(line);
	while (rest && n < ARRAY_SIZE(words))
		words[n++] = strsep(&rest, " ");
	if (n == 2 || n == 4)
		err = kstrtouint(words[n - 1], 0, &number);
	else
		err = 0;
	if (err)
		goto out;
	if (!strcmp(words[0], "flood"))
		err = rig_flood(net, number);
	else if (!strcmp(words[0], "leave"))
		err = rig_leave(net, number);
	else if (!strcmp(words[0], "list") || !strcmp(words[0], "grace-done"))
		err = rig_one(net, words[0], "", "", number);
	else if (n >= 3)
		err = rig_one(net, words[0], words[1], words[2], number);
	else
		err = -EINVAL;
out:
	kfree(line);
	return err ?: len;
}

static const struct file_operations rig_call_fops = {
	.owner	= THIS_MODULE,
	.write	= rig_call_write,
};

static int rig_heard_show(struct seq_file *seq, void *v)
{
	mutex_lock(&rig_lock);
	seq_write(seq, rig_heard, rig_len);
	mutex_unlock(&rig_lock);
	return 0;
}

static int rig_heard_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, rig_heard_show, NULL, RIG_HEARD);
}

static ssize_t rig_heard_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	mutex_lock(&rig_lock);
	rig_len = 0;
	mutex_unlock(&rig_lock);
	return len;
}

static const struct file_operations rig_heard_fops = {
	.owner		= THIS_MODULE,
	.open		= rig_heard_open,
	.read		= seq_read,
	.write		= rig_heard_write,
	.release	= single_release,
};

static int __init rig_init(void)
{
	int err;

	rig_heard = kvmalloc(RIG_HEARD, GFP_KERNEL);
	if (!rig_heard)
		return -ENOMEM;
	err = ditto_nsm_register(&rig_ops);
	if (err) {
		kvfree(rig_heard);
		return err;
	}
	rig_dir = debugfs_create_dir("ditto_rig", NULL);
	debugfs_create_file("call", 0200, rig_dir, NULL, &rig_call_fops);
	debugfs_create_file("heard", 0600, rig_dir, NULL, &rig_heard_fops);
	return 0;
}

static void __exit rig_exit(void)
{
	debugfs_remove(rig_dir);
	rig_left_end();
	ditto_nsm_unregister(&rig_ops);
	kvfree(rig_heard);
}

module_init(rig_init);
module_exit(rig_exit);

MODULE_AUTHOR("The Ditto authors");
MODULE_DESCRIPTION("Stands in for protocols in tests of the daemon");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DITTO");
