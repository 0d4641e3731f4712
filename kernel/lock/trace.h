/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of the lock manager: one event for each way a claim can go.
 *
 * Bytes of a share are its access and denial, bits of read 1, write 2, delete 4; of a
 * cache read 1, write 2, handle 4.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ditto

#if !defined(DITTO_LOCK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DITTO_LOCK_TRACE_H

#include <linux/tracepoint.h>
#include "lock/claims.h"
#include "lock/note.h"

DECLARE_EVENT_CLASS(ditto_claim,
	TP_PROTO(const struct ditto_note *note),
	TP_ARGS(note),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u8, kind)
		__field(bool, exclusive)
		__field(u64, first)
		__field(u64, last)
		__field(u32, by_svid)
		__string(protocol, note->hold->owner->client->ops->protocol)
		__string(client, note->hold->owner->client->name)
		__array(char, owner, DITTO_OWNER_TEXT)
		__string(by_protocol, note->by && note->by->protocol ? note->by->protocol : "")
		__string(by_client, note->by && note->by->protocol ? note->by->client : "")
	),
	TP_fast_assign(
		const struct ditto_owner *owner = note->hold->owner;
		const struct inode *inode = ditto_object_inode(note->hold->obj);

		__entry->dev = inode->i_sb->s_dev;
		__entry->ino = inode->i_ino;
		__entry->kind = note->kind;
		__entry->exclusive = note->exclusive;
		__entry->first = note->range ? note->range->first :
					note->access | note->cache;
		__entry->last = note->range ? note->range->last : note->deny;
		__entry->by_svid = note->by ? note->by->svid : 0;
		__assign_str(protocol);
		__assign_str(client);
		owner->client->ops->describe(owner, __entry->owner);
		__assign_str(by_protocol);
		__assign_str(by_client);
	),
	TP_printk("%s %u:%u/%llu %s%llu-%llu by %s %s (%s)%s%s %s %u",
		  __print_symbolic(__entry->kind, { DITTO_CLAIM_RANGE, "range" },
				   { DITTO_CLAIM_SHARE, "share" }, { DITTO_CLAIM_CACHE, "cache" }),
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->exclusive ? "exclusive " : "", __entry->first, __entry->last,
		  __get_str(protocol), __get_str(client), __entry->owner,
		  __get_str(by_protocol)[0] ? " against " : "", __get_str(by_protocol),
		  __get_str(by_client), __entry->by_svid)
);

#define DITTO_CLAIM_EVENT(name)						\
	DEFINE_EVENT(ditto_claim, ditto_lock_##name,			\
		TP_PROTO(const struct ditto_note *note),		\
		TP_ARGS(note))

DITTO_CLAIM_EVENT(granted);
DITTO_CLAIM_EVENT(denied);
DITTO_CLAIM_EVENT(blocked);
DITTO_CLAIM_EVENT(handed);
DITTO_CLAIM_EVENT(released);
DITTO_CLAIM_EVENT(revoked);
DITTO_CLAIM_EVENT(breaking);

DECLARE_EVENT_CLASS(ditto_park,
	TP_PROTO(const struct ditto_park *park),
	TP_ARGS(park),
	TP_STRUCT__entry(
		__field(const void *, park)
		__field(dev_t, dev)
		__field(u64, ino)
	),
	TP_fast_assign(
		/* the request, and with it the file, stays as long as it is joined */
		const struct inode *inode = park->claims ? park->claims->node->inode : NULL;

		__entry->park = park;
		__entry->dev = inode ? inode->i_sb->s_dev : 0;
		__entry->ino = inode ? inode->i_ino : 0;
	),
	TP_printk("request %p waits for claims of %u:%u/%llu", __entry->park,
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino)
);

#define DITTO_PARK_EVENT(name)						\
	DEFINE_EVENT(ditto_park, ditto_lock_##name,			\
		TP_PROTO(const struct ditto_park *park),		\
		TP_ARGS(park))

DITTO_PARK_EVENT(parked);
DITTO_PARK_EVENT(resumed);

#endif

/* Found by -I, as all our headers are. */
#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH lock
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
