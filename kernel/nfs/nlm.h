/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Network Lock Manager (X/Open C702, XNFS, chapters 10 and 14), server side.
 *
 * A host is a client machine: a struct ditto_client. An owner is a process on it:
 * a struct ditto_owner. A block is a LOCK that waits, or that was granted by a
 * callback the client has not answered yet. A request is a call in work, or a
 * message (the _MSG form of a call), whose results are sent as a call of ours.
 *
 * Ownership: an owner holds its host, a block its owner, a request its host. The
 * table of hosts holds each host until it was idle for a while; the table of
 * owners holds nothing. Nothing here holds a file: what is claimed is held by the
 * lock manager, and found again by its handle. So an export can be removed at
 * any time.
 *
 * Locking: owner->lock, a mutex, makes the requests of an owner one after the other,
 * and guards its blocks; it is held over calls into the lock manager. Two of them
 * are never held together. Inside it: host->rpc_lock, then the spinlocks: nn->lock, a
 * bucket of the table of owners, the xarray of blocks.
 */
#ifndef DITTO_NFS_NLM_H
#define DITTO_NFS_NLM_H

#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include "ctl/daemon.h"
#include "lock/lock.h"
#include "nfs/nlm_xdr.h"
#include "rpc/client.h"
#include "rpc/rpc.h"

/* In a network namespace. */
#define NLM_HOSTS_MAX		10000
#define NLM_MESSAGES_MAX	1024
/* Of a host. */
#define NLM_BLOCKS_MAX		1000

#define NLM_HOST_BITS		10

/* Procedures first, as rpc/ counts them. */
enum nlm_counter {
	NLM_STAT_GRANTED_SENT = NLMPROC_NR,	/* callbacks */
	NLM_STAT_GRANTED_ANSWERED,		/* of these, taken by the client */
	NLM_STAT_GRANTED_DENIED,		/* not wanted any more */
	NLM_STAT_GRANTED_RETRIED,		/* sent again */
	NLM_STAT_GRANTED_FAILED,		/* given up, and the range taken back */
	NLM_STAT_PINGS,				/* calls that find the way to a client */
	NLM_STAT_RESULTS_FAILED,		/* results of messages that did not arrive */
	NLM_STAT_PARKED,			/* requests set aside until their host is on record */
	NLM_STAT_UNRECORDED,			/* refused, for it could not be put on record */
	NLM_STAT_REBOOTS,			/* hosts that lost all they had by starting anew */
	NLM_STAT_HOSTS,				/* there are */
	NLM_STAT_BLOCKS,			/* there are */
	NLM_STATS,
};

/**
 * struct nlm_net - the lock manager's clients in a network namespace
 * @net: the namespace
 * @list: all of them; under the mutex of nlm_host.c
 * @lock: guards the rest but for the xarray; a leaf
 * @hosts: by address and name
 * @nr_hosts: how many are in the table
 * @nr_messages: how many are in work
 * @busy: hosts, blocks, messages and upcalls that exist
 * @idle: woken when there are none
 * @closing: no request is parked any more
 * @full: the table was; hosts go without being idle for long
 * @reaper: takes hosts that are idle out of the table
 * @leaving: hosts being taken off the record
 * @blocks: by the number in their cookie
 * @next_block: where the search for a number begins
 * @salt: the rest of a cookie, so that one from before a restart is not ours
 * @seed: of the table of hosts; told to nobody
 * @graced: the grace period has been started, or was over, once
 * @grace_work: says when it is over
 * @grace_said: @grace_over has been sent, and has not ended
 * @grace_over: says so to the daemon
 */
struct nlm_net {
	struct net		*net;
	struct list_head	list;
	spinlock_t		lock;
	struct hlist_head	hosts[1 << NLM_HOST_BITS];
	unsigned int		nr_hosts;
	unsigned int		nr_messages;
	unsigned int		busy;
	wait_queue_head_t	idle;
	bool			closing;
	bool			full;
	struct delayed_work	reaper;
	struct list_head	leaving;
	struct xarray		blocks;
	u32			next_block;
	u32			salt;
	u32			seed;
	bool			graced;
	bool			grace_said;
	struct delayed_work	grace_work;
	struct ditto_upcall	grace_over;
};

enum nlm_record {
	NLM_UNRECORDED,
	NLM_RECORDING,
	NLM_RECORDED,
};

/* How many clients of ours a host may need: two versions' and transports' worth. */
#define NLM_HOST_CLIENTS	4

/**
 * struct nlm_host - a client machine
 * @client: what the lock manager knows; its @addr is the address, without port
 * @nn: the namespace
 * @in_table: by address and name; under nn->lock
 * @used: jiffies of the last request
 * @record: will it be told of our restart? under nn->lock
 * @local: our address that it talked to first
 * @parked: requests that wait for @record; under nn->lock
 * @nsm: puts it on record, or off
 * @recorded: goes on when that is done
 * @err: how it ended
 * @reboot: state number of its last restart that we heard of, or 0; under nn->lock
 * @blocks: struct nlm_block; under nn->lock
 * @nr_blocks: how many
 * @leaving: in nn->leaving, while it is being taken off the record
 * @rpc_lock: guards @rpc and @rpc_next
 * @rpc: for calls of ours
 * @rpc_next: the one to be replaced next
 * @name_len: bytes in @name
 * @name: what it calls itself, any bytes but 0; terminated
 */
struct nlm_host {
	struct ditto_client	client;
	struct nlm_net		*nn;
	struct hlist_node	in_table;
	unsigned long		used;
	enum nlm_record		record;
	struct sockaddr_storage	local;
	struct list_head	parked;
	struct ditto_nsm_upcall	nsm;
	struct work_struct	recorded;
	int			err;
	u32			reboot;
	struct list_head	blocks;
	unsigned int		nr_blocks;
	struct list_head	leaving;
	struct mutex		rpc_lock;
	struct nlm_host_rpc {
		struct rpc_client	*client;
		struct sockaddr_storage	local;
		u32			vers;
		int			ipproto;
		u16			port;
		unsigned long		used;
	} rpc[NLM_HOST_CLIENTS];
	unsigned int		rpc_next;
	u32			name_len;
	char			name[];
};

/**
 * struct nlm_owner - a process on a host
 * @owner: what the lock manager knows
 * @in_table: by host, @svid and @oh; under the bucket's lock
 * @lock: see above
 * @blocks: struct nlm_block
 * @svid: the process
 * @oh_len: bytes in @oh
 * @oh: what its host calls it
 */
struct nlm_owner {
	struct ditto_owner	owner;
	struct hlist_node	in_table;
	struct mutex		lock;
	struct list_head	blocks;
	s32			svid;
	u32			oh_len;
	u8			oh[];
};

static inline struct nlm_host *nlm_host_of(const struct nlm_owner *owner)
{
	return container_of(owner->owner.client, struct nlm_host, client);
}

struct nlm_op;

/* Room for a procedure's arguments. The cookie comes first in all that have one. */
union nlm_args {
	struct nlm_netobj	cookie;
	struct nlm_testargs	test;
	struct nlm_lockargs	lock;
	struct nlm_cancargs	cancel;
	struct nlm_unlockargs	unlock;
	struct nlm_shareargs	share;
	struct nlm_notify	notify;
	struct nlm_res		res;
};

/**
 * struct nlm_req - a call or message in work
 * @nn: the namespace
 * @call: to be answered; NULL: a message
 * @who: the caller
 * @op: what is asked for
 * @vers: version it is spoken in
 * @ipproto: transport it came by
 * @args: decoded; point into the call, the message, or @room
 * @lock: the lock in @args
 * @exclusive: how, in those that say so
 * @room: items that were cut in two, or NULL
 * @host: the host it is about, held; NULL: not looked for yet, or unknown
 * @resumed: it has been parked
 * @stat: enum nlm_stats, when done
 * @by: who stands in the way, of TEST
 * @parked: in host->parked
 * @work: goes on after that; runs a message
 */
struct nlm_req {
	struct nlm_net		*nn;
	struct rpc_call		*call;
	const struct ditto_who	*who;
	const struct nlm_op	*op;
	u32			vers;
	int			ipproto;
	union nlm_args		args;
	struct nlm_lock		*lock;
	bool			exclusive;
	u8			*room;
	struct nlm_host		*host;
	bool			resumed;
	u32			stat;
	struct ditto_conflict	by;
	struct list_head	parked;
	struct work_struct	work;
};

/* Another return value of nlm_op.run(): the request is not the caller's any more. */
#define NLM_PARKED	1

/**
 * struct nlm_op - what a procedure, its _MSG and its _RES have in common
 * @res: procedure of the _RES; 0: it has no asynchronous form
 * @get: decodes the arguments
 * @run: does it: 0, a negative errno, or NLM_PARKED
 * @put: encodes the results
 */
struct nlm_op {
	u32	res;
	bool	(*get)(struct nlm_req *rq, struct ditto_cursor *cur, struct nlm_scratch *scratch);
	int	(*run)(struct nlm_req *rq);
	void	(*put)(const struct nlm_req *rq, struct ditto_encoder *enc);
};

/**
 * struct nlm_file - a request's access to a file
 * @obj: the file; NULL: none
 * @acc: begun as long as @obj is there
 */
struct nlm_file {
	struct ditto_object	*obj;
	struct ditto_access	acc;
};

enum nlm_block_state {
	NLM_BLOCK_NEW,		/* nobody knows of it */
	NLM_BLOCK_WAITING,	/* in the lock manager's queue */
	NLM_BLOCK_GRANTED,	/* its range is held; the client is being told */
	NLM_BLOCK_ENDED,	/* off all lists */
};

/* Ranges granted otherwise since; more than these are taken for one. */
#define NLM_BLOCK_KEPT		4

/**
 * struct nlm_block - a LOCK that waits, or was granted and the client is being told
 * @wait: in the lock manager's queue
 * @owner: for whom; held
 * @ref: one as long as it is on the lists, one of the wait, the callback and its retry each
 * @state: under owner->lock, and so is the rest that changes
 * @on_owner: in owner->blocks
 * @on_host: in host->blocks; under nn->lock
 * @id: its number in nn->blocks
 * @cookie: what the client answers with
 * @exclusive: how
 * @range: of what
 * @l_offset: as it was asked for
 * @l_len: likewise
 * @vers: version it was asked for in
 * @ipproto: transport it was asked for by
 * @msg: it was asked for by a message, and so is GRANTED
 * @local: our address it was asked of
 * @fh_len: bytes in @fh
 * @fh: the file
 * @kept: ranges the owner got by a LOCK since the grant: not taken back with it
 * @nr_kept: how many
 * @call: GRANTED or GRANTED_MSG
 * @calling: @call is out
 * @stat: what the client said to it
 * @retry: sends it again
 * @pause: jiffies until then
 * @until: jiffies when it is given up
 */
struct nlm_block {
	struct ditto_wait	wait;
	struct nlm_owner	*owner;
	refcount_t		ref;
	enum nlm_block_state	state;
	struct list_head	on_owner;
	struct list_head	on_host;
	u32			id;
	__be32			cookie[2];
	bool			exclusive;
	struct ditto_range	range;
	u64			l_offset;
	u64			l_len;
	u32			vers;
	int			ipproto;
	bool			msg;
	struct sockaddr_storage	local;
	u32			fh_len;
	u8			fh[NLM_FHSIZE];
	struct ditto_range	kept[NLM_BLOCK_KEPT];
	unsigned int		nr_kept;
	struct rpc_outcall	call;
	bool			calling;
	u32			stat;
	struct delayed_work	retry;
	unsigned long		pause;
	unsigned long		until;
};

extern struct workqueue_struct *nlm_wq;
extern struct ditto_stat_group nlm_stats;

static inline void nlm_count(const struct nlm_net *nn, enum nlm_counter i)
{
	ditto_stat_inc(nn->net, &nlm_stats, i);
}

/* nlm_host.c */
struct nlm_net *nlm_net_of(const struct net *net);
void nlm_busy(struct nlm_net *nn);
void nlm_unbusy(struct nlm_net *nn);
bool nlm_same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
struct nlm_host *nlm_host_find(struct nlm_net *nn, const struct sockaddr_storage *addr,
			       const char *name, u32 len);
int nlm_req_host(struct nlm_req *rq, bool make);
static inline void nlm_host_put(struct nlm_host *host)
{
	ditto_client_put(&host->client);
}
void nlm_host_lost(struct nlm_host *host);
void nlm_host_free(struct ditto_client *client);
void nlm_host_forgotten(struct ditto_client *client);
void nlm_nets_for_each(void (*fn)(struct nlm_net *nn));
int nlm_hosts_init(void);
void nlm_hosts_close(void);
void nlm_hosts_exit(void);

/* nlm_owner.c */
struct nlm_owner *nlm_owner_find(struct nlm_host *host, const struct nlm_lock *lock);
struct nlm_owner *nlm_owner_make(struct nlm_host *host, const struct nlm_lock *lock);
static inline void nlm_owner_put(struct nlm_owner *owner)
{
	ditto_owner_put(&owner->owner);
}
extern const struct ditto_client_ops nlm_client_ops;
void nlm_owners_init(void);

/* nlm_lock.c */
int nlm_file_begin(struct nlm_req *rq, const struct nlm_netobj *fh, struct nlm_file *file);
void nlm_file_end(struct nlm_file *file);
struct ditto_object *nlm_owner_file(struct nlm_owner *owner, const u8 *fh, u32 len);
int nlm_test(struct nlm_req *rq);
int nlm_lock(struct nlm_req *rq);
int nlm_nm_lock(struct nlm_req *rq);
int nlm_unlock(struct nlm_req *rq);
int nlm_cancel(struct nlm_req *rq);

/* nlm_share.c */
int nlm_share(struct nlm_req *rq);
int nlm_unshare(struct nlm_req *rq);

/* nlm_block.c */
struct nlm_block *nlm_block_new(struct nlm_req *rq, struct nlm_owner *owner,
				const struct ditto_range *range);
void nlm_block_free(struct nlm_block *block);
void nlm_block_get(struct nlm_block *block);
void nlm_block_put(struct nlm_block *block);
void nlm_block_queued(struct nlm_block *block);
struct nlm_block *nlm_block_find(struct nlm_owner *owner, const struct nlm_netobj *fh,
				 const struct ditto_range *range, bool exclusive);
void nlm_block_asked_again(struct nlm_block *block, const struct nlm_req *rq);
void nlm_block_drop(struct nlm_block *block);
int nlm_block_cancel(struct nlm_block *block);
int nlm_block_give_back(struct nlm_block *block);
void nlm_blocks_locked(struct nlm_owner *owner, const struct nlm_netobj *fh,
		       const struct ditto_range *range, bool exclusive);
void nlm_blocks_unlocked(struct nlm_owner *owner, const struct nlm_netobj *fh,
			 const struct ditto_range *range);
void nlm_blocks_drop(struct nlm_host *host);
int nlm_granted_res(struct nlm_req *rq);

/* nlm_callback.c */
struct rpc_client *nlm_host_client(struct nlm_host *host, u32 vers, int ipproto,
				   const struct sockaddr_storage *local);
void nlm_host_hang_up(struct nlm_host *host);
void nlm_host_forget_ways(struct nlm_host *host);
void nlm_callback_prepare(struct nlm_block *block);
void nlm_callback_expect(struct nlm_block *block);
void nlm_callback_start(struct nlm_block *block);
void nlm_callback_stop(struct nlm_block *block);
void nlm_callback_answer(struct nlm_block *block, u32 stat);

/* nlm_monitor.c */
int nlm_monitor(struct nlm_req *rq);
void nlm_monitor_init(struct nlm_host *host);
void nlm_unmonitor(struct nlm_host *host);
void nlm_monitor_close(struct nlm_net *nn);
int nlm_free_all(struct nlm_req *rq);
void nlm_grace_init(struct nlm_net *nn);
int nlm_monitor_start(void);
void nlm_monitor_stop(void);

/* nlm_msg.c */
enum rpc_outcome nlm_msg(struct rpc_call *call, const struct nlm_op *op);
void nlm_msg_end(struct nlm_req *rq);

/* nlm_procs.c */
void nlm_req_init(struct nlm_req *rq, struct rpc_call *call, const struct nlm_op *op);
int nlm_req_decode(struct nlm_req *rq, struct ditto_cursor *cur);
void nlm_req_resume(struct work_struct *work);
void nlm_req_release(struct nlm_req *rq);
u32 nlm_stat_of(int err);
int nlm_init(void);
void nlm_exit(void);

#endif
