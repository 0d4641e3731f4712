/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel: what it wants of us, and what it is told. uapi/ditto_netlink.h has the
 * messages.
 *
 * The server may not be loaded, and may come and go. When it comes we attach, and
 * say that we are ready when the instance it told is on record.
 */
#ifndef DITTOD_KERNEL_H
#define DITTOD_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* How kernel_init() failed, where it was not an errno. */
#define KERNEL_OTHER_DAEMON	1

/**
 * struct kernel_request - what it wants
 * @cmd: DITTO_CMD_*
 * @id: for kernel_reply()
 * @name: a peer's name, or ""
 * @peer: its address, or AF_UNSPEC
 * @local: our address that it talks to, or AF_UNSPEC
 */
struct kernel_request {
	int			cmd;
	uint64_t		id;
	const char		*name;
	struct sockaddr_storage	peer;
	struct sockaddr_storage	local;
};

/**
 * struct kernel_ops - who deals with it
 * @attached: it is there; all its locks are lost if @instance is another one than before
 * @request: it wants something; is answered with kernel_reply(), once
 */
struct kernel_ops {
	void	(*attached)(uint64_t instance);
	void	(*request)(const struct kernel_request *request);
};

/**
 * struct kernel_notice - tells the kernel that a peer has restarted
 * @done: called once, never from in here: 0; -ENOTCONN: there is no server; -EAGAIN: it could
 *	not be told
 * @seq: owned by kernel.c
 * @next: owned by kernel.c
 */
struct kernel_notice {
	void			(*done)(struct kernel_notice *notice, int err);
	uint32_t		seq;
	struct kernel_notice	*next;
};

int kernel_init(const struct kernel_ops *ops);
void kernel_begin(void);
void kernel_exit(void);
void kernel_turn(void);
void kernel_ready(bool nsm, uint32_t state, uint64_t grace_clients);
void kernel_reply(uint64_t id, int err);
void kernel_grace_client(const char *name, const struct sockaddr_storage *peer);
void kernel_peer_rebooted(struct kernel_notice *notice, const char *name,
			  const struct sockaddr_storage *peer, uint32_t state);

#endif
