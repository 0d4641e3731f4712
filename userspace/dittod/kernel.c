// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon's netlink socket. It is opened when the server is loaded, and opened anew
 * where a message was lost: the kernel sends all that has no answer again then. A second
 * socket listens for the server being loaded and unloaded.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include "addr.h"
#include "ditto_netlink.h"
#include "ditto_nl.h"
#include "kernel.h"
#include "log.h"
#include "loop.h"

/* Room for what the kernel wants while we wait for the disk. */
#define KERNEL_ROOM	(1 << 20)
/* Messages taken in one turn. */
#define KERNEL_BATCH	128
/* After a failure to attach it is tried again, milliseconds. */
#define KERNEL_RETRY	1000

static struct {
	const struct kernel_ops	*ops;
	struct nl_sock		*sock;		/* NULL: not attached */
	struct loop_fd		lfd;
	int			family;
	uint32_t		seq;
	struct nl_sock		*ctrl;
	struct loop_fd		ctrl_lfd;
	struct loop_timer	retry;
	struct loop_timer	fail;		/* ends the notices that cannot be told */
	struct kernel_notice	*notices;	/* without an acknowledgement */
	struct kernel_notice	*failed;
	bool			lost;		/* messages were; attach anew */
	bool			absent;		/* there is no server */
	uint64_t		instance;	/* while attaching */
	int			err;
	char			why[128];
} kernel;

static void kernel_attach_or_wait(void);

/* ---- notices ---- */

static void notices_fail(void *arg)
{
	struct kernel_notice *n;

	(void)arg;
	while ((n = kernel.failed)) {
		kernel.failed = n->next;
		n->done(n, kernel.absent ? -ENOTCONN : -EAGAIN);
	}
}

static void notice_fail(struct kernel_notice *n)
{
	n->next = kernel.failed;
	kernel.failed = n;
	kernel.fail.fn = notices_fail;
	loop_timer_set(&kernel.fail, 0);
}

static void notice_ended(uint32_t seq, int err)
{
	struct kernel_notice **at, *n;

	for (at = &kernel.notices; (n = *at); at = &n->next) {
		if (n->seq != seq)
			continue;
		*at = n->next;
		n->done(n, err);
		return;
	}
}

/* ---- messages in ---- */

static void read_address(const struct nlattr *attr, struct sockaddr_storage *addr,
			 unsigned int scope)
{
	if (nla_len(attr) == 4)
		addr_set(addr, AF_INET, nla_data(attr), 0);
	else if (nla_len(attr) == 16)
		addr_set(addr, AF_INET6, nla_data(attr), scope);
}

static void read_request(int cmd, struct nlattr *attrs, int len)
{
	struct kernel_request request = { .cmd = cmd, .name = "" };
	struct nlattr *attr, *peer = NULL;
	unsigned int scope = 0;
	int rem;

	nla_for_each_attr(attr, attrs, len, rem) {
		switch (nla_type(attr)) {
		case DITTO_A_DAEMON_ID:
			request.id = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_DAEMON_NAME:
			request.name = nla_data(attr);
			break;
		case DITTO_A_DAEMON_ADDRESS:
			peer = attr;
			break;
		case DITTO_A_DAEMON_SCOPE:
			scope = nla_get_u32(attr);
			break;
		case DITTO_A_DAEMON_LOCAL_ADDRESS:
			read_address(attr, &request.local, 0);
			break;
		}
	}
	if (peer)
		read_address(peer, &request.peer, scope);
	kernel.ops->request(&request);
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nlattr *attr;

	(void)arg;
	if (nlh->nlmsg_type != kernel.family || !genlmsg_valid_hdr(nlh, 0))
		return NL_OK;
	if (genl->cmd != DITTO_CMD_DAEMON_ATTACH) {
		read_request(genl->cmd, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0));
		return NL_OK;
	}
	attr = genlmsg_attrdata(genl, 0);
	if (nla_ok(attr, genlmsg_attrlen(genl, 0)) && nla_type(attr) == DITTO_A_DAEMON_INSTANCE)
		kernel.instance = ditto_nl_get_uint(attr);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)arg;
	kernel.err = 0;
	notice_ended(nlmsg_hdr(msg)->nlmsg_seq, 0);
	return NL_OK;
}

static int on_error(struct sockaddr_nl *who, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *nlh = (void *)((char *)e - NLMSG_HDRLEN);
	size_t used = NLMSG_HDRLEN + sizeof(*e);
	struct nlattr *attr;
	int rem;

	(void)who;
	(void)arg;
	kernel.err = e->error;
	strncpy(kernel.why, strerror(-e->error), sizeof(kernel.why) - 1);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && nlh->nlmsg_len > used) {
		nla_for_each_attr(attr, (struct nlattr *)((char *)nlh + used),
				  (int)(nlh->nlmsg_len - used), rem) {
			if (nla_type(attr) == NLMSGERR_ATTR_MSG)
				nla_strlcpy(kernel.why, attr, sizeof(kernel.why));
		}
	}
	notice_ended(e->msg.nlmsg_seq, e->error);
	return NL_SKIP;
}

/* ---- messages out ---- */

static struct nl_msg *message(int cmd, int flags, uint32_t seq)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, seq, kernel.family, 0, NLM_F_REQUEST | flags,
				cmd, DITTO_FAMILY_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* The kernel deals with it before this returns. */
static int message_send(struct nl_msg *msg, int err)
{
	if (!msg)
		return -ENOMEM;
	if (!err) {
		nl_complete_msg(kernel.sock, msg);
		err = nl_send(kernel.sock, msg);
	}
	nlmsg_free(msg);
	return err < 0 ? -EIO : 0;
}

static int put_peer(struct nl_msg *msg, const char *name, const struct sockaddr_storage *peer)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *in = (const struct sockaddr_in *)peer;
	int err = nla_put_string(msg, DITTO_A_DAEMON_NAME, name);

	if (err)
		return err;
	if (peer->ss_family == AF_INET)
		return nla_put(msg, DITTO_A_DAEMON_ADDRESS, 4, &in->sin_addr);
	if (in6->sin6_scope_id)
		err = nla_put_u32(msg, DITTO_A_DAEMON_SCOPE, in6->sin6_scope_id);
	return err ? err : nla_put(msg, DITTO_A_DAEMON_ADDRESS, 16, &in6->sin6_addr);
}

/**
 * kernel_ready - say that requests may come
 * @nsm: we are the status monitor
 * @state: our state number
 * @grace_clients: how many may reclaim
 */
void kernel_ready(bool nsm, uint32_t state, uint64_t grace_clients)
{
	struct nl_msg *msg;
	int err = 0;

	if (!kernel.sock)
		return;
	msg = message(DITTO_CMD_DAEMON_READY, 0, ++kernel.seq);
	if (msg && nsm)
		err = nla_put_u32(msg, DITTO_A_DAEMON_NSM_STATE, state);
	if (msg && !err)
		err = ditto_nl_put_uint(msg, DITTO_A_DAEMON_GRACE_CLIENTS, grace_clients);
	if (message_send(msg, err))
		kernel.lost = true;
}

/**
 * kernel_reply - what it wanted is done
 * @id: of the request
 * @err: 0 or a negative errno
 */
void kernel_reply(uint64_t id, int err)
{
	struct nl_msg *msg;
	int bad = 0;

	if (!kernel.sock)
		return;
	msg = message(DITTO_CMD_DAEMON_REPLY, 0, ++kernel.seq);
	if (msg)
		bad = ditto_nl_put_uint(msg, DITTO_A_DAEMON_ID, id);
	if (msg && !bad && err)
		bad = nla_put_u32(msg, DITTO_A_DAEMON_ERROR, -err);
	if (message_send(msg, bad))
		kernel.lost = true;
}

/**
 * kernel_grace_client - one of those who may reclaim
 * @name: its name
 * @peer: its address
 */
void kernel_grace_client(const char *name, const struct sockaddr_storage *peer)
{
	struct nl_msg *msg;

	if (!kernel.sock)
		return;
	msg = message(DITTO_CMD_GRACE_CLIENT, 0, ++kernel.seq);
	if (message_send(msg, msg ? put_peer(msg, name, peer) : 0))
		kernel.lost = true;
}

/**
 * kernel_peer_rebooted - a peer has restarted
 * @notice: whom to tell that the kernel knows
 * @name: the peer's name
 * @peer: its address
 * @state: its new state number
 */
void kernel_peer_rebooted(struct kernel_notice *notice, const char *name,
			  const struct sockaddr_storage *peer, uint32_t state)
{
	struct nl_msg *msg;
	int err;

	notice->seq = ++kernel.seq;
	if (!kernel.sock) {
		notice_fail(notice);
		return;
	}
	msg = message(DITTO_CMD_NSM_NOTIFY, NLM_F_ACK, notice->seq);
	err = msg ? put_peer(msg, name, peer) : 0;
	if (msg && !err)
		err = nla_put_u32(msg, DITTO_A_DAEMON_STATE, state);
	if (message_send(msg, err)) {
		kernel.lost = true;
		notice_fail(notice);
		return;
	}
	notice->next = kernel.notices;
	kernel.notices = notice;
}

/* ---- coming and going ---- */

static void kernel_detach(void)
{
	struct kernel_notice *n;

	if (!kernel.sock)
		return;
	loop_remove(&kernel.lfd);
	nl_socket_free(kernel.sock);
	kernel.sock = NULL;
	while ((n = kernel.notices)) {
		kernel.notices = n->next;
		notice_fail(n);
	}
}

static void kernel_events(void *arg, uint32_t events)
{
	int i, err = 0;

	(void)arg;
	(void)events;
	/* all there is, so that one commit is for all of it */
	for (i = 0; !err && i < KERNEL_BATCH; i++)
		err = nl_recvmsgs_default(kernel.sock);
	if (!err || err == -NLE_AGAIN || err == -NLE_INTR)
		return;
	log_warning("messages of the kernel were lost (%s); attaching anew", nl_geterror(err));
	kernel.lost = true;
}

static int sock_open(struct nl_sock **out)
{
	struct nl_sock *sock = nl_socket_alloc();
	int on = 1;

	*out = sock;
	if (!sock)
		return -ENOMEM;
	nl_socket_disable_seq_check(sock);
	nl_socket_disable_auto_ack(sock);
	if (genl_connect(sock))
		return -EPROTONOSUPPORT;
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
}

/* The kernel's answer is there when sending returns. */
static int kernel_ask_attach(void)
{
	struct nl_msg *msg = message(DITTO_CMD_DAEMON_ATTACH, NLM_F_ACK, ++kernel.seq);
	int room = KERNEL_ROOM, fd = nl_socket_get_fd(kernel.sock), err;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	nl_socket_modify_cb(kernel.sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, NULL);
	nl_socket_modify_cb(kernel.sock, NL_CB_ACK, NL_CB_CUSTOM, on_ack, NULL);
	nl_socket_modify_err_cb(kernel.sock, NL_CB_CUSTOM, on_error, NULL);
	nl_socket_set_nonblocking(kernel.sock);
	kernel.instance = 0;
	kernel.err = -EAGAIN;
	err = message_send(msg, 0);
	while (!err && kernel.err == -EAGAIN && !nl_recvmsgs_default(kernel.sock))
		;
	if (err || kernel.err)
		return err ? err : kernel.err;
	return kernel.instance ? 0 : -EPROTO;
}

static int kernel_find_family(void)
{
	struct nl_sock *sock;
	int ret = sock_open(&sock);

	if (!ret) {
		nl_socket_enable_auto_ack(sock);
		ret = genl_ctrl_resolve(sock, DITTO_FAMILY_NAME);
		ret = ret < 0 ? -ENOENT : ret;
	}
	nl_socket_free(sock);
	return ret;
}

/* 0, -ENOENT: the server is not loaded, or why it refused. */
static int kernel_attach(void)
{
	int err;

	kernel.family = kernel_find_family();
	kernel.absent = kernel.family == -ENOENT;
	if (kernel.family < 0)
		return kernel.family;
	err = sock_open(&kernel.sock);
	if (!err)
		err = kernel_ask_attach();
	if (!err) {
		kernel.lfd = (struct loop_fd){
			.fd = nl_socket_get_fd(kernel.sock), .fn = kernel_events,
		};
		err = loop_add(&kernel.lfd, EPOLLIN);
	}
	if (err) {
		nl_socket_free(kernel.sock);
		kernel.sock = NULL;
		return err;
	}
	kernel.lost = false;
	return 0;
}

static void kernel_retry(void *arg)
{
	(void)arg;
	kernel_attach_or_wait();
}

static void kernel_attach_or_wait(void)
{
	static struct log_limit limit;
	int err;

	if (kernel.sock)
		return;
	err = kernel_attach();
	if (!err) {
		log_info("attached to the server in the kernel");
		kernel.ops->attached(kernel.instance);
		return;
	}
	/* another socket listens for its being loaded */
	if (err == -ENOENT)
		return;
	if (log_allowed(&limit, loop_now()))
		log_warning("cannot attach to the server in the kernel: %s", kernel.why);
	kernel.retry.fn = kernel_retry;
	loop_timer_set(&kernel.retry, loop_now() + KERNEL_RETRY);
}

/**
 * kernel_turn - where messages were lost, attach anew; at the end of each turn
 */
void kernel_turn(void)
{
	if (!kernel.lost || !kernel.sock)
		return;
	kernel.lost = false;
	kernel_detach();
	kernel_attach_or_wait();
}

/* ---- the server is loaded and unloaded ---- */

static int on_ctrl(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nlattr *attr;
	int rem;

	(void)arg;
	if (nlh->nlmsg_type != GENL_ID_CTRL || !genlmsg_valid_hdr(nlh, 0))
		return NL_OK;
	nla_for_each_attr(attr, genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0), rem) {
		if (nla_type(attr) != CTRL_ATTR_FAMILY_NAME ||
		    nla_strcmp(attr, DITTO_FAMILY_NAME))
			continue;
		if (genl->cmd == CTRL_CMD_DELFAMILY && kernel.sock) {
			log_info("the server in the kernel is gone");
			kernel.absent = true;
			kernel_detach();
		} else if (genl->cmd == CTRL_CMD_NEWFAMILY) {
			/* the old one may have gone unnoticed */
			kernel_detach();
			kernel_attach_or_wait();
		}
	}
	return NL_OK;
}

static void ctrl_events(void *arg, uint32_t events)
{
	(void)arg;
	(void)events;
	if (nl_recvmsgs_default(kernel.ctrl) != -NLE_NOMEM)
		return;
	/* some were lost: whatever they said, look */
	kernel_detach();
	kernel_attach_or_wait();
}

static int ctrl_init(void)
{
	int group, err;

	err = sock_open(&kernel.ctrl);
	if (err)
		return err;
	group = genl_ctrl_resolve_grp(kernel.ctrl, "nlctrl", "notify");
	if (group < 0 || nl_socket_add_membership(kernel.ctrl, group))
		return -EPROTONOSUPPORT;
	nl_socket_modify_cb(kernel.ctrl, NL_CB_VALID, NL_CB_CUSTOM, on_ctrl, NULL);
	nl_socket_set_nonblocking(kernel.ctrl);
	kernel.ctrl_lfd = (struct loop_fd){
		.fd = nl_socket_get_fd(kernel.ctrl), .fn = ctrl_events,
	};
	return loop_add(&kernel.ctrl_lfd, EPOLLIN);
}

/**
 * kernel_init - attach, if there is a server
 * @ops: who deals with it
 *
 * Return: 0, also if there is none; KERNEL_OTHER_DAEMON, or a negative errno, which was said.
 */
int kernel_init(const struct kernel_ops *ops)
{
	int err;

	kernel.ops = ops;
	err = ctrl_init();
	if (err) {
		log_error("no generic netlink: %s", strerror(-err));
		return err;
	}
	err = kernel_attach();
	if (err == -ENOENT) {
		log_info("the server is not loaded; waiting for it (modprobe ditto_nfs)");
		return 0;
	}
	if (err == -EBUSY) {
		log_error("%s; stop it first", kernel.why);
		return KERNEL_OTHER_DAEMON;
	}
	if (err == -EPERM)
		log_error("this needs root, outside of containers");
	else if (err)
		log_error("cannot attach to the server in the kernel: %s", strerror(-err));
	return err;
}

/**
 * kernel_begin - deal with the server that kernel_init() found
 */
void kernel_begin(void)
{
	if (kernel.sock)
		kernel.ops->attached(kernel.instance);
}

/**
 * kernel_exit - detach
 */
void kernel_exit(void)
{
	kernel_detach();
	loop_timer_clear(&kernel.retry);
	loop_timer_clear(&kernel.fail);
	notices_fail(NULL);
	if (kernel.ctrl) {
		loop_remove(&kernel.ctrl_lfd);
		nl_socket_free(kernel.ctrl);
		kernel.ctrl = NULL;
	}
}
