/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An RPC service: calls that come over UDP and TCP, IPv4 and IPv6, and their replies,
 * at once or later.
 */
#ifndef DITTOD_SVC_H
#define DITTOD_SVC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "rpcbind.h"
#include "xdr.h"

/* Longest call: a name of each kind, and what stands around them. */
#define SVC_CALL_MAX	4096
#define SVC_REPLY_MAX	64

struct svc_conn;

/**
 * struct svc_req - a call that has no reply yet
 * @peer: who calls; an IPv4-mapped address is IPv4
 * @call: its head
 * @local: UDP: address it was sent to, which the reply comes from
 * @fd: UDP: the socket
 * @conn: TCP: the connection; NULL: it is gone
 * @next: among those of the connection
 */
struct svc_req {
	struct sockaddr_storage	peer;
	struct rpc_call		call;
	struct sockaddr_storage	local;
	int			fd;
	struct svc_conn		*conn;
	struct svc_req		*next;
};

/**
 * struct svc_program - what is served
 * @prog: program
 * @vers: the one version there is
 * @handle: a call has come, its arguments are in @args. It ends with svc_reply(),
 *	svc_refuse() or svc_drop(), then or later
 */
struct svc_program {
	uint32_t	prog;
	uint32_t	vers;
	void		(*handle)(struct svc_req *req, struct xdr *args);
};

int svc_init(const struct svc_program *program, unsigned int port);
void svc_exit(void);
unsigned int svc_port(enum rpcbind_netid netid);

void svc_reply(struct svc_req *req, const void *results, size_t len);
void svc_refuse(struct svc_req *req, enum rpc_status status);
void svc_drop(struct svc_req *req);

#endif
