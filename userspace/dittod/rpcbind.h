/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rpcbind (RFC 1833): what is asked of other hosts', and what our own is told.
 */
#ifndef DITTOD_RPCBIND_H
#define DITTOD_RPCBIND_H

#include <stdbool.h>
#include "xdr.h"

#define RPCBIND_PORT	111

void rpcbind_put_question(struct xdr *x, uint32_t xid, const struct rpc_call *call, int family,
			  bool tcp);
unsigned int rpcbind_get_port(struct xdr *x, int family);

/* The transports, as rpcbind calls them. */
enum rpcbind_netid {
	RPCBIND_UDP,
	RPCBIND_TCP,
	RPCBIND_UDP6,
	RPCBIND_TCP6,
	RPCBIND_NR,
};

const char *rpcbind_netid_name(enum rpcbind_netid netid);

struct rpcbind;

int rpcbind_open(struct rpcbind **rb);
void rpcbind_close(struct rpcbind *rb);
int rpcbind_lookup(struct rpcbind *rb, uint32_t prog, uint32_t vers, enum rpcbind_netid netid);
int rpcbind_set(struct rpcbind *rb, uint32_t prog, uint32_t vers, enum rpcbind_netid netid,
		unsigned int port);
int rpcbind_unset(struct rpcbind *rb, uint32_t prog, uint32_t vers, enum rpcbind_netid netid);

#endif
