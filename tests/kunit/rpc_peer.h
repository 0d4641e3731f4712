/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both ends of a call that the server makes: the call, and a peer that is played
 * by the test itself, which reads what was sent and answers as it likes.
 */
#ifndef DITTO_KUNIT_RPC_PEER_H
#define DITTO_KUNIT_RPC_PEER_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/net.h>
#include "rpc/client.h"

/**
 * struct ask - a call with one argument
 * @call: the call
 * @over: done() has run
 * @runs: how often it did
 * @err: what it was told
 * @arg: the argument
 * @size: zeros behind it, bytes
 * @nr: words of the results
 * @words: the first of them
 */
struct ask {
	struct rpc_outcall	call;
	struct completion	over;
	atomic_t		runs;
	int			err;
	u32			arg;
	u32			size;
	u32			nr;
	u32			words[4];
};

void ask_init(struct ask *ask, u32 proc, unsigned int timeout, u32 arg);
int ask_wait(struct ask *ask);
int ask_now(struct rpc_client *client, struct ask *ask);

/**
 * struct peer_msg - a message as the peer has it
 * @bytes: all of it
 * @len: how many
 * @type: RPC_MSG_CALL or RPC_MSG_REPLY
 * @xid: transaction id
 * @prog: program, if it is a good call
 * @vers: version
 * @proc: procedure
 * @flavour: of the credential
 * @arg: the first word of its arguments
 * @port: the port that it came from, datagrams
 */
struct peer_msg {
	u8		bytes[4096];
	u32		len;
	u32		type;
	u32		xid;
	u32		prog;
	u32		vers;
	u32		proc;
	u32		flavour;
	u32		arg;
	u16		port;
};

struct socket *peer_open(struct kunit *test, int type, u16 port);
struct socket *peer_accept(struct kunit *test, struct socket *sock);
struct socket *peer_connect(struct kunit *test, u16 port);
int peer_receive(struct socket *sock, struct peer_msg *msg);
int peer_send(struct socket *sock, const u32 *words, u32 nr, u16 port);
void peer_close(struct kunit *test, struct socket *sock);

#define peer_say(sock, port, ...) ({						\
	const u32 peer_words[] = { __VA_ARGS__ };				\
	peer_send(sock, peer_words, ARRAY_SIZE(peer_words), port);		\
})

/* A reply up to its accept_stat. */
#define REPLIED(xid)	(xid), RPC_MSG_REPLY, RPC_REPLY_ACCEPTED, 0, 0

void loopback_addr(struct sockaddr_storage *ss, int family, u16 port);

#endif
