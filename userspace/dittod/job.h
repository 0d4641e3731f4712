/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RPC calls to other hosts, any number at a time. Those over UDP share a socket per
 * address family; those over TCP have one each, and wait for their turn where there are
 * too many. Where the port is not known the host's rpcbind is asked first.
 */
#ifndef DITTOD_JOB_H
#define DITTOD_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "loop.h"
#include "xdr.h"

struct job_stream;

/**
 * struct job - a call. Zeroed at first
 * @to: the host; port 0: where its rpcbind says
 * @from: our address that it knows, AF_UNSPEC: any
 * @tcp: over TCP
 * @call: program, version, procedure
 * @args: its arguments; stay until it has ended
 * @len: bytes of them
 * @timeout: milliseconds for all of it
 * @done: it has ended: 0; -ETIMEDOUT; -ECONNREFUSED; -ENOENT: the host has no such
 *	program; -EACCES: it refused; -EPROTO. Called once, never from in here
 * @arg: for @done
 */
struct job {
	struct sockaddr_storage	to;
	struct sockaddr_storage	from;
	bool			tcp;
	struct rpc_call		call;
	const uint8_t		*args;
	size_t			len;
	unsigned int		timeout;
	void			(*done)(struct job *job, int err);
	void			*arg;

	/* private: owned by job.c */
	int			state;
	int			err;
	unsigned int		sends;
	uint64_t		deadline;
	struct loop_timer	timer;
	struct sockaddr_storage	peer;
	uint32_t		xid;
	struct job		*next;
	struct job		**link;
	struct job_stream	*stream;
};

int job_init(void);
void job_exit(void);
void job_start(struct job *job);
void job_cancel(struct job *job);

int bind_privileged(int fd, const struct sockaddr_storage *from);

#endif
