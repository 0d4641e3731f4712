// SPDX-License-Identifier: GPL-2.0-only
/* Requests to the kernel's family "ditto", over libnl. */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "ditto_netlink.h"
#include "ditto_nl.h"

/* Asked for as the socket's send buffer: all exports go in one message. */
#define NL_SEND_MAX	(256 << 20)

/**
 * struct ditto_nl - a connection to the kernel
 * @sock: the socket
 * @family: number of the family
 * @err: how the last request ended: 0 or a negative errno
 * @done: its last message has come
 * @interrupted: the dump was overtaken by a change
 * @bad: offset of the attribute at fault in the request; 0: none
 * @why: sentence about the last error
 * @fn: who gets the messages
 * @arg: for @fn
 */
struct ditto_nl {
	struct nl_sock	*sock;
	int		family;
	int		err;
	bool		done;
	bool		interrupted;
	uint32_t	bad;
	char		why[512];
	ditto_nl_fn	fn;
	void		*arg;
};

static int nl_fail(struct ditto_nl *nl, int err, const char *why)
{
	nl->err = err;
	snprintf(nl->why, sizeof(nl->why), "%s", why);
	return err;
}

/* libnl's own errors, where they say more than "it failed". */
static int nl_fail_lib(struct ditto_nl *nl, int nle)
{
	switch (-nle) {
	case NLE_NOMEM:
		return nl_fail(nl, -ENOMEM, strerror(ENOMEM));
	case NLE_PERM:
	case NLE_NOACCESS:
		return nl_fail(nl, -EPERM, strerror(EPERM));
	case NLE_OBJ_NOTFOUND:
		return nl_fail(nl, -ENOENT, "the kernel has no family \"" DITTO_FAMILY_NAME "\"");
	case NLE_MSGSIZE:
		return nl_fail(nl, -EMSGSIZE, "the request is too long");
	default:
		return nl_fail(nl, -EIO, nl_geterror(nle));
	}
}

/* The attributes of an extended acknowledgement. */
static void nl_read_ack(struct ditto_nl *nl, struct nlattr *attrs, int len)
{
	struct nlattr *attr;
	int rem;

	nla_for_each_attr(attr, attrs, len, rem) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(nl->why, sizeof(nl->why), "%.*s", nla_len(attr),
				 (const char *)nla_data(attr));
		else if (nla_type(attr) == NLMSGERR_ATTR_OFFS && nla_len(attr) >= 4)
			nl->bad = nla_get_u32(attr);
	}
}

static int nl_on_error(struct sockaddr_nl *who, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *nlh = (void *)((char *)e - NLMSG_HDRLEN);
	struct ditto_nl *nl = arg;
	size_t used = sizeof(*e);

	(void)who;
	nl_fail(nl, e->error, strerror(-e->error));
	nl->done = true;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		used += e->msg.nlmsg_len - NLMSG_HDRLEN;
	used = NLMSG_ALIGN(used);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && nlh->nlmsg_len > NLMSG_HDRLEN + used)
		nl_read_ack(nl, (struct nlattr *)((char *)e + used),
			    nlh->nlmsg_len - NLMSG_HDRLEN - used);
	return NL_STOP;
}

static int nl_on_ack(struct nl_msg *msg, void *arg)
{
	struct ditto_nl *nl = arg;

	(void)msg;
	nl->done = true;
	return NL_STOP;
}

/* The end of a dump carries its result. */
static int nl_on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct ditto_nl *nl = arg;
	int err = 0;

	nl->done = true;
	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0) {
		nl_fail(nl, err, strerror(-err));
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			nl_read_ack(nl, nlmsg_attrdata(nlh, sizeof(err)),
				    nlmsg_attrlen(nlh, sizeof(err)));
	}
	return NL_STOP;
}

static int nl_on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct ditto_nl *nl = arg;
	struct genlmsghdr *genl;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->interrupted = true;
	if (nlh->nlmsg_type != nl->family || !genlmsg_valid_hdr(nlh, 0))
		return NL_OK;
	genl = genlmsg_hdr(nlh);
	if (nl->fn && !nl->err)
		nl->err = nl->fn(nl->arg, genl->cmd, genlmsg_attrdata(genl, 0),
				 genlmsg_attrlen(genl, 0));
	return NL_OK;
}

static int nl_setup(struct ditto_nl *nl)
{
	int fd, on = 1, room = NL_SEND_MAX;
	int err;

	nl->sock = nl_socket_alloc();
	if (!nl->sock)
		return nl_fail(nl, -ENOMEM, strerror(ENOMEM));
	err = genl_connect(nl->sock);
	if (err)
		return nl_fail_lib(nl, err);
	fd = nl_socket_get_fd(nl->sock);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on)))
		return nl_fail(nl, -errno, strerror(errno));
	/* Only the privileged get it, and nobody else can use it. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	/* Large dump messages are asked their size of before they are read. */
	nl_socket_enable_msg_peek(nl->sock);
	nl_socket_modify_err_cb(nl->sock, NL_CB_CUSTOM, nl_on_error, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_ACK, NL_CB_CUSTOM, nl_on_ack, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_FINISH, NL_CB_CUSTOM, nl_on_finish, nl);
	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, nl_on_message, nl);
	return 0;
}

/* On a socket of its own, whose callbacks are libnl's. */
static int nl_find_family(struct ditto_nl *nl)
{
	struct nl_sock *sock = nl_socket_alloc();
	int family;

	if (!sock)
		return nl_fail(nl, -ENOMEM, strerror(ENOMEM));
	family = genl_connect(sock);
	if (!family)
		family = genl_ctrl_resolve(sock, DITTO_FAMILY_NAME);
	nl_socket_free(sock);
	if (family < 0)
		return nl_fail_lib(nl, family);
	nl->family = family;
	return 0;
}

/**
 * ditto_nl_open - connect to the kernel
 * @out: gets the connection, for ditto_nl_close(); also where there was an error, so that
 *	ditto_nl_why() can be asked; NULL without memory
 *
 * Return: 0; -ENOENT: the kernel does not know the family, its module is not loaded.
 */
int ditto_nl_open(struct ditto_nl **out)
{
	struct ditto_nl *nl = calloc(1, sizeof(*nl));
	int err;

	*out = nl;
	if (!nl)
		return -ENOMEM;
	err = nl_find_family(nl);
	if (!err)
		err = nl_setup(nl);
	return err;
}

/**
 * ditto_nl_close - end a connection
 * @nl: from ditto_nl_open(), or NULL
 */
void ditto_nl_close(struct ditto_nl *nl)
{
	if (!nl)
		return;
	if (nl->sock)
		nl_socket_free(nl->sock);
	free(nl);
}

/**
 * ditto_nl_msg - start a request
 * @nl: connection
 * @cmd: DITTO_CMD_*
 * @room: bytes of attributes to make room for; 0: a page
 *
 * Return: the message, for ditto_nl_do() or nlmsg_free(); NULL without memory.
 */
struct nl_msg *ditto_nl_msg(struct ditto_nl *nl, int cmd, size_t room)
{
	struct nl_msg *msg;

	msg = room ? nlmsg_alloc_size(room + NLMSG_HDRLEN + GENL_HDRLEN) : nlmsg_alloc();
	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0,
				NLM_F_REQUEST, cmd, DITTO_FAMILY_VERSION)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int nl_run(struct ditto_nl *nl, struct nl_msg *msg, ditto_nl_fn fn, void *arg)
{
	int err;

	nl->err = 0;
	nl->bad = 0;
	nl->done = false;
	nl->interrupted = false;
	nl->why[0] = '\0';
	nl->fn = fn;
	nl->arg = arg;
	err = nl_send_auto(nl->sock, msg);
	nlmsg_free(msg);
	if (err < 0)
		return nl_fail_lib(nl, err);
	while (!nl->done) {
		err = nl_recvmsgs_default(nl->sock);
		/* libnl's word for what the flag on the messages said already */
		if (err < 0 && !nl->done && err != -NLE_DUMP_INTR)
			return nl_fail_lib(nl, err);
	}
	return nl->err;
}

/**
 * ditto_nl_do - send a request and wait for its end
 * @nl: connection
 * @msg: from ditto_nl_msg(); is freed. NULL: there was no memory for it
 * @fn: gets the reply; may be NULL where there is none
 * @arg: for @fn
 *
 * Return: 0; what the kernel or @fn returned.
 */
int ditto_nl_do(struct ditto_nl *nl, struct nl_msg *msg, ditto_nl_fn fn, void *arg)
{
	if (!msg)
		return nl_fail(nl, -ENOMEM, strerror(ENOMEM));
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_ACK;
	return nl_run(nl, msg, fn, arg);
}

/**
 * ditto_nl_dump - ask for all there is of something
 * @nl: connection
 * @cmd: DITTO_CMD_*_GET
 * @fn: gets each entry
 * @arg: for @fn
 *
 * Return: 0; -EAGAIN: a change came in between, so that the entries do not fit together:
 * forget them and ask again; what the kernel or @fn returned.
 */
int ditto_nl_dump(struct ditto_nl *nl, int cmd, ditto_nl_fn fn, void *arg)
{
	return ditto_nl_dump_msg(nl, ditto_nl_msg(nl, cmd, 0), fn, arg);
}

/**
 * ditto_nl_dump_msg - ask for some of what there is of something
 * @nl: connection
 * @msg: from ditto_nl_msg(), says which; is freed. NULL: there was no memory for it
 * @fn: gets each entry
 * @arg: for @fn
 *
 * Return: as ditto_nl_dump().
 */
int ditto_nl_dump_msg(struct ditto_nl *nl, struct nl_msg *msg, ditto_nl_fn fn, void *arg)
{
	int err;

	if (!msg)
		return nl_fail(nl, -ENOMEM, strerror(ENOMEM));
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	err = nl_run(nl, msg, fn, arg);
	if (!err && nl->interrupted)
		return nl_fail(nl, -EAGAIN, "the server is being changed; try again");
	return err;
}

/**
 * ditto_nl_events - wait for events
 * @nl: connection
 * @name: group they are sent to, DITTO_MCGRP_*
 * @fn: gets each; other than 0 ends the waiting
 * @arg: for @fn
 *
 * Return: what @fn returned, or an error.
 */
int ditto_nl_events(struct ditto_nl *nl, const char *name, ditto_nl_fn fn, void *arg)
{
	struct nl_sock *sock = nl_socket_alloc();
	int err, group;

	if (!sock)
		return nl_fail(nl, -ENOMEM, strerror(ENOMEM));
	group = genl_connect(sock);
	if (!group)
		group = genl_ctrl_resolve_grp(sock, DITTO_FAMILY_NAME, name);
	nl_socket_free(sock);
	if (group < 0)
		return nl_fail_lib(nl, group);
	err = nl_socket_add_membership(nl->sock, group);
	if (err)
		return nl_fail_lib(nl, err);
	nl->err = 0;
	nl->fn = fn;
	nl->arg = arg;
	nl_socket_disable_seq_check(nl->sock);
	while (!err && !nl->err)
		err = nl_recvmsgs_default(nl->sock);
	/* libnl's word for a full buffer */
	if (err == -NLE_NOMEM)
		return nl_fail(nl, -ENOBUFS, "events came faster than they were read");
	return err ? nl_fail_lib(nl, err) : nl->err;
}

/**
 * ditto_nl_why - what went wrong
 * @nl: connection, or NULL
 *
 * Return: a sentence about the last error; the kernel's own where it gave one.
 */
const char *ditto_nl_why(const struct ditto_nl *nl)
{
	return nl ? nl->why : strerror(ENOMEM);
}

/**
 * ditto_nl_bad_attr - which attribute of the last request was at fault
 * @nl: connection
 * @offset: gets its place in the message, bytes from the netlink header
 *
 * Return: false if the kernel did not say.
 */
bool ditto_nl_bad_attr(const struct ditto_nl *nl, uint32_t *offset)
{
	*offset = nl->bad;
	return nl->bad;
}

/**
 * ditto_nl_get_uint - read a number
 * @attr: of the type "uint": four or eight bytes
 *
 * Return: the number; 0 if it is neither.
 */
uint64_t ditto_nl_get_uint(const struct nlattr *attr)
{
	uint64_t wide = 0;
	uint32_t narrow;

	switch (nla_len(attr)) {
	case sizeof(narrow):
		memcpy(&narrow, nla_data(attr), sizeof(narrow));
		return narrow;
	case sizeof(wide):
		memcpy(&wide, nla_data(attr), sizeof(wide));
		return wide;
	default:
		return 0;
	}
}

/**
 * ditto_nl_put_uint - write a number
 * @msg: request
 * @type: attribute
 * @value: the number
 *
 * Return: 0 or -NLE_NOMEM.
 */
int ditto_nl_put_uint(struct nl_msg *msg, int type, uint64_t value)
{
	if (value <= UINT32_MAX)
		return nla_put_u32(msg, type, value);
	return nla_put(msg, type, sizeof(value), &value);
}
