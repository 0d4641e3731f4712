/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few messages of RFC 1833 that a server needs: SET and UNSET, and to see what
 * became of it and to call its clients back GETADDR, of rpcbind versions 3 and 4 and of the port mapper
 * (version 2, where the last is GETPORT). Pure C.
 */
#ifndef DITTO_RPC_RPCBIND_MSG_H
#define DITTO_RPC_RPCBIND_MSG_H

#include "base/xdr.h"

#define RPCBIND_PROG		100000
#define RPCBIND_PORT		111
#define RPCBIND_VERS_PMAP	2
#define RPCBIND_VERS_3		3
#define RPCBIND_VERS_4		4

/* The procedures have the same numbers in all versions. */
#define RPCBIND_PROC_SET	1
#define RPCBIND_PROC_UNSET	2
#define RPCBIND_PROC_GETADDR	3

/* Transports a program can be reached by. */
enum rpcbind_netid {
	RPCBIND_TCP,
	RPCBIND_UDP,
	RPCBIND_TCP6,
	RPCBIND_UDP6,
	RPCBIND_NETIDS
};

/* Longest "universal address": eight groups of four digits, colons, two octets of port. */
#define RPCBIND_UADDR_MAX	48
/* No call is longer. */
#define RPCBIND_CALL_MAX	192

/**
 * struct rpcbind_map - a program's version on one transport
 * @prog: program number
 * @vers: version
 * @netid: transport
 * @port: host order
 * @uaddr: universal address (RFC 5665), terminated
 */
struct rpcbind_map {
	u32			prog;
	u32			vers;
	enum rpcbind_netid	netid;
	u16			port;
	char			uaddr[RPCBIND_UADDR_MAX];
};

enum rpcbind_answer {
	RPCBIND_TRUE,
	RPCBIND_FALSE,
	RPCBIND_WRONG_VERSION,	/* PROG_MISMATCH: try another one */
	RPCBIND_OTHER_XID,	/* the answer to another call */
	RPCBIND_BROKEN,		/* refused, or no RPC reply at all */
};

const char *rpcbind_netid_name(enum rpcbind_netid netid);
void rpcbind_uaddr4(char uaddr[RPCBIND_UADDR_MAX], const u8 addr[4], u16 port);
void rpcbind_uaddr6(char uaddr[RPCBIND_UADDR_MAX], const u8 addr[16], u16 port);
bool rpcbind_can_say(u32 version, const struct rpcbind_map *map);
void rpcbind_put_call(struct ditto_encoder *enc, u32 xid, u32 version, u32 proc,
		      const struct rpcbind_map *map);
enum rpcbind_answer rpcbind_get_answer(struct ditto_cursor *cur, u32 xid);
enum rpcbind_answer rpcbind_get_addr_answer(struct ditto_cursor *cur, u32 xid, u32 version,
					    int *port);
void rpcbind_put_query(struct ditto_encoder *enc, u32 version, const struct rpcbind_map *map);
int rpcbind_get_port(struct ditto_cursor *cur, u32 version);

#endif
