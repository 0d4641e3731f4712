/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registration of our programs with the local rpcbind.
 *
 * For every transport that some listener serves, and every version of every
 * program, rpcbind is told where to find it. What was told is kept, so that
 * exactly that is taken back. A mapping that another server has is left alone.
 *
 * But the lock manager of this machine's own NFS client registers NLM as well, to be
 * called back, and takes the mapping from who has it. It is no server, and asks again
 * after what nobody tells it; so the mapping is taken back, and where the other one is
 * kept in mind, to call it there.
 *
 * rpcbind is asked in the context of whoever adds or removes a listener or
 * loads or unloads a program, never for more than RPCBIND_PATIENCE; by a worker
 * later, if it was not there. Whatever it answers is no error: the facility
 * "rpcbind" shows it.
 */
#ifndef DITTO_RPC_RPCBIND_H
#define DITTO_RPC_RPCBIND_H

#include <linux/jiffies.h>
#include <linux/socket.h>
#include "rpc/rpcbind_msg.h"

struct net;
struct socket;

/* Jiffies spent on one conversation at most. */
#define RPCBIND_PATIENCE	(2 * HZ)

/**
 * struct rpcbind_talk - a conversation with an rpcbind
 * @net: network namespace it serves
 * @sock: connected to it
 * @stream: with record marks
 * @vers: version of the protocol it understands, as far as known
 * @xid: of the last call
 * @deadline: jiffies when patience ends
 */
struct rpcbind_talk {
	struct net	*net;
	struct socket	*sock;
	bool		stream;
	u32		vers;
	u32		xid;
	unsigned long	deadline;
};

/* rpcbind_talk.c */
int rpcbind_talk_open(struct rpcbind_talk *talk, struct net *net);
int rpcbind_talk_ask(struct rpcbind_talk *talk, u32 proc, const struct rpcbind_map *map);
int rpcbind_talk_port(struct rpcbind_talk *talk, const struct rpcbind_map *map);
void rpcbind_talk_close(struct rpcbind_talk *talk);

/* rpcbind.c */
void rpcbind_listening(struct net *net, const struct sockaddr_storage *addr, int ipproto,
		       bool up);
void rpcbind_programs_changed(void);
void rpcbind_check(struct net *net);
u16 rpcbind_other_port(struct net *net, u32 prog, u32 vers, int ipproto, sa_family_t family);
int rpcbind_init(void);
void rpcbind_exit(void);

#endif
