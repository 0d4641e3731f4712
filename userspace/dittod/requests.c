// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel wants: answered when it is on stable storage, never before. */
#include <errno.h>
#include <stdlib.h>
#include "addr.h"
#include "ditto_netlink.h"
#include "dittod.h"
#include "kernel.h"
#include "log.h"
#include "loop.h"

/**
 * struct pending - an answer that waits for the commit
 * @waiter: for it
 * @id: of the request
 */
struct pending {
	struct store_waiter	waiter;
	uint64_t		id;
};

static void request_committed(struct store_waiter *waiter, int err)
{
	struct pending *p = (struct pending *)waiter;

	kernel_reply(p->id, err);
	free(p);
}

static void request_end(uint64_t id, int err)
{
	struct pending *p = err ? NULL : calloc(1, sizeof(*p));

	if (!p) {
		kernel_reply(id, err > 0 ? -EIO : err ? err : -ENOMEM);
		return;
	}
	p->id = id;
	p->waiter.fn = request_committed;
	store_when_committed(dittod.store, &p->waiter);
}

static void request_peer(const struct kernel_request *request)
{
	char address[ADDR_TEXT], local[ADDR_TEXT];
	struct store_peer peer = {
		.name = request->name,
		.address = addr_text(&request->peer, address),
		.local = addr_text(&request->local, local),
		.my_name = dittod.my_name,
	};
	static struct log_limit limit;
	int err;

	if (!*peer.name || !*peer.address)
		err = -EINVAL;
	else if (request->cmd == DITTO_CMD_NSM_MONITOR)
		err = store_monitor(dittod.store, &peer);
	else
		err = store_unmonitor(dittod.store, &peer);
	if (err && err != -EINVAL && log_allowed(&limit, loop_now()))
		log_error("%s", store_why(dittod.store));
	request_end(request->id, err);
}

static int request_grace_client(void *arg, const struct store_peer *peer)
{
	struct sockaddr_storage addr;

	(void)arg;
	if (addr_parse(peer->address, &addr))
		kernel_grace_client(peer->name, &addr);
	return 0;
}

static void requested(const struct kernel_request *request)
{
	switch (request->cmd) {
	case DITTO_CMD_NSM_MONITOR:
	case DITTO_CMD_NSM_UNMONITOR:
		request_peer(request);
		break;
	case DITTO_CMD_GRACE_LIST:
		request_end(request->id, store_grace(dittod.store, request_grace_client, NULL));
		break;
	case DITTO_CMD_GRACE_DONE:
		request_end(request->id, store_grace_done(dittod.store));
		break;
	default:
		kernel_reply(request->id, -EOPNOTSUPP);
	}
}

const struct kernel_ops request_ops = {
	.attached	= restart_attached,
	.request	= requested,
};
