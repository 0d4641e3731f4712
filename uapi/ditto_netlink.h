/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Made from uapi/ditto_netlink.yaml by scripts/gen-uapi. Change that, not this. */
/*
 * Control of the Ditto file server.
 *
 * Each network namespace has a server of its own: its exports, listeners,
 * connections, limits and counters. A request acts on the namespace of the
 * socket it comes from. Paths are looked up in the file system as the sender
 * sees it.
 *
 * Reading needs CAP_NET_ADMIN in the user namespace that owns the network
 * namespace; there is nothing here that an unprivileged user may see. Changing
 * needs CAP_NET_ADMIN in the initial user namespace, because who can export
 * a directory can reach every file below it. Settings marked "shared" are the
 * same in all namespaces.
 *
 * Everything is an attribute; no message has a fixed structure. Attributes of
 * variable size that occur several times (client rules, exports) stand in the
 * message one after the other, not in a list of their own, because one attribute
 * holds at most 64 KiB and there may be thousands of them. Numbers are of the
 * type "uint": four bytes, or eight where they do not fit.
 *
 * The tree, by message:
 *
 *   status-get         version, part[name, state, detail]..., how much there is
 *   export-add         name, path, flags, fsid, rule[...]..., replace
 *   export-remove      name
 *   export-apply       export[name, path, flags, fsid, rule[...]..., continues]...
 *   export-cross       name, path
 *   export-get         name, path, flags, fsid, rule[...]..., continues
 *   fh-key-set         key
 *   service-get        name, port, udp
 *   listen-add         service, transport, address, port
 *   listen-remove      service, transport, address, port
 *   listen-get         service, transport, address, port
 *   client-get         id, service, peer and local address, counters
 *   client-kill        id
 *   stats-get          group, name, value
 *   setting-get        name, help, value, min, max, default, shared
 *   setting-set        name, value
 *   daemon-attach      instance
 *   daemon-ready       nsm-state, grace-clients
 *   daemon-reply       id, error
 *   nsm-notify         name, address, scope, state
 *   grace-client       name, address, scope
 *   nsm-monitor        id, name, address, scope, local-address
 *   nsm-unmonitor      id, name, address, scope
 *   grace-list         id
 *   grace-done         id
 *   event              kind and what it happened to
 *   lock-get           file, client-id; id, hold, kind, state, whose, where, what, by whom
 *   lock-release       id, all
 *   lock-client-get    id, protocol, name, address, port, ranges, waits, age
 *   lock-client-forget id
 *   grace-get          active, left, expected, done
 *   grace-end
 *   lock-event         event, and of the claim what lock-get has
 *
 * where rule[] is [text, address, prefix, flags, sec, anon-uid, anon-gid].
 *
 * An export with more rules than fit into one attribute (or, in a dump, into one
 * message) is written in several parts. Each part after the first has its
 * name, the flag "continues" and further rules, nothing else, and follows the part
 * before it directly. The order of the rules is kept.
 *
 * A request that is refused changes nothing. Its extended acknowledgement carries a
 * sentence for the administrator, and points at the attribute at fault.
 *
 * A dump that was overtaken by a change carries NLM_F_DUMP_INTR; ask again.
 *
 * The daemon of a network namespace, dittod, keeps what must outlive the running
 * kernel. It makes its socket the daemon's with daemon-attach; there is one at a
 * time, and it is one until its socket is closed. The answer has the instance, a random
 * number that stays as long as the locks of this namespace do: where it is not the one
 * the daemon has on record, all locks are lost, and those who held them must be told.
 * The daemon puts that on record and says daemon-ready.
 *
 * From then on the kernel sends it requests, each with an id: nsm-monitor,
 * nsm-unmonitor, grace-list, grace-done. To each it answers with a daemon-reply when
 * what was asked for is on stable storage. A request that has no answer when the
 * daemon's socket is closed is sent again to the next one, so all of them may come twice.
 */
#ifndef _UAPI_DITTO_NETLINK_H
#define _UAPI_DITTO_NETLINK_H

#define DITTO_FAMILY_NAME	"ditto"
#define DITTO_FAMILY_VERSION	1

/* Bytes in the name of an export. */
#define DITTO_EXPORT_NAME_MAX	255

/* Bytes in a path. */
#define DITTO_PATH_MAX	4095

/* Bytes in a rule's client as it was written. */
#define DITTO_RULE_TEXT_MAX	63

/* Bytes in the name of a service, a setting, a group of counters. */
#define DITTO_NAME_MAX	63

/* Bytes of the key of file handles. */
#define DITTO_FH_KEY_LEN	16

/* Bytes in the name of a peer, as lock and status monitor protocols have it. */
#define DITTO_PEER_NAME_MAX	1024

/* How a part of the server is. */
enum ditto_part_state {
	DITTO_PART_STATE_ABSENT = 0,	/* Not in this version. */
	DITTO_PART_STATE_IDLE = 1,	/* There, but nothing listens for it. */
	DITTO_PART_STATE_UP = 2,	/* It answers. */
	DITTO_PART_STATE_TROUBLE = 3,	/* Something it needs is missing; the detail says what. */
};

/* How messages travel; numbered as in IP. */
enum ditto_transport {
	DITTO_TRANSPORT_TCP = 6,
	DITTO_TRANSPORT_UDP = 17,
};

/* Options of an export as a whole. */
enum ditto_export_flags {
	DITTO_EXPORT_FLAGS_NFS = 0x1,	/* Served over NFS. */
	DITTO_EXPORT_FLAGS_SMB = 0x2,	/* Served over SMB. */
	DITTO_EXPORT_FLAGS_CROSSMNT = 0x4,	/* File systems mounted below are shown too. */
	DITTO_EXPORT_FLAGS_MAC = 0x8,	/* File handles carry a MAC, so that they cannot be guessed. */
	DITTO_EXPORT_FLAGS_ASYNC = 0x10,	/* Answers before data is on stable storage. A crash may lose it. */
	DITTO_EXPORT_FLAGS_LOCKS_MANDATORY = 0x20,	/* Locked ranges stop the reads and writes of others, whoever locked them. */
	DITTO_EXPORT_FLAGS_LOCKS_ADVISORY = 0x40,	/* Locked ranges stop nobody's reads and writes but those over SMB. */
};

/* What a rule grants its clients. */
enum ditto_rule_flags {
	DITTO_RULE_FLAGS_RW = 0x1,	/* They may write. */
	DITTO_RULE_FLAGS_NO_ROOT_SQUASH = 0x2,	/* Their root is root here. */
	DITTO_RULE_FLAGS_ALL_SQUASH = 0x4,	/* All their users are the anonymous one. */
	DITTO_RULE_FLAGS_INSECURE = 0x8,	/* They may use source ports above 1023. */
};

/* Ways for a caller to say or prove who it is. */
enum ditto_sec_flavors {
	DITTO_SEC_FLAVORS_NONE = 0x1,
	DITTO_SEC_FLAVORS_SYS = 0x2,
	DITTO_SEC_FLAVORS_KRB5 = 0x4,
	DITTO_SEC_FLAVORS_KRB5I = 0x8,
	DITTO_SEC_FLAVORS_KRB5P = 0x10,
	DITTO_SEC_FLAVORS_NTLM = 0x20,
};

/* What happened. */
enum ditto_event_kind {
	DITTO_EVENT_KIND_EXPORT_ADDED = 0,
	DITTO_EVENT_KIND_EXPORT_REMOVED = 1,
	DITTO_EVENT_KIND_EXPORTS_APPLIED = 2,
	DITTO_EVENT_KIND_LISTENER_ADDED = 3,
	DITTO_EVENT_KIND_LISTENER_REMOVED = 4,
	DITTO_EVENT_KIND_CLIENT_KILLED = 5,
	DITTO_EVENT_KIND_SETTING_CHANGED = 6,
	DITTO_EVENT_KIND_CLAIM_RELEASED = 7,
	DITTO_EVENT_KIND_CLAIM_CLIENT_FORGOTTEN = 8,
	DITTO_EVENT_KIND_GRACE_ENDED = 9,
};

/* What is claimed of a file. */
enum ditto_lock_kind {
	DITTO_LOCK_KIND_RANGE = 0,	/* Some of its bytes. */
	DITTO_LOCK_KIND_SHARE = 1,	/* Its use, as long as it is open. */
	DITTO_LOCK_KIND_CACHE = 2,	/* Its contents. */
};

/* How a claim is. */
enum ditto_lock_state {
	DITTO_LOCK_STATE_HELD = 0,
	DITTO_LOCK_STATE_WAITING = 1,	/* Somebody wants it and waits for another. */
	DITTO_LOCK_STATE_BREAKING = 2,	/* Its holder was asked to give it up. */
};

/* What one does with an open file, and may deny to others. */
enum ditto_share_access {
	DITTO_SHARE_ACCESS_READ = 0x1,
	DITTO_SHARE_ACCESS_WRITE = 0x2,
	DITTO_SHARE_ACCESS_DELETE = 0x4,
};

/* What one may keep of a file. */
enum ditto_cache_bits {
	DITTO_CACHE_BITS_READ = 0x1,
	DITTO_CACHE_BITS_WRITE = 0x2,
	DITTO_CACHE_BITS_HANDLE = 0x4,
};

/* What happened to a claim. */
enum ditto_lock_event_kind {
	DITTO_LOCK_EVENT_KIND_GRANTED = 0,	/* At once. */
	DITTO_LOCK_EVENT_KIND_DENIED = 1,
	DITTO_LOCK_EVENT_KIND_WAITING = 2,
	DITTO_LOCK_EVENT_KIND_HANDED_OVER = 3,	/* Granted after it waited. */
	DITTO_LOCK_EVENT_KIND_RELEASED = 4,	/* By its owner, or by the administrator. */
	DITTO_LOCK_EVENT_KIND_REVOKED = 5,	/* With its owner, client or export, or as it was not given back in time. */
	DITTO_LOCK_EVENT_KIND_BREAKING = 6,	/* Cache: its holder was told to come down to these bits. */
};

/* A part of the server, as the status shows it. */
enum {
	/* string */
	DITTO_A_PART_NAME = 1,
	/* u32, part-state */
	DITTO_A_PART_STATE,
	/* string. A sentence about the state. */
	DITTO_A_PART_DETAIL,

	__DITTO_A_PART_END,
	DITTO_A_PART_MAX = __DITTO_A_PART_END - 1
};

/* The server as a whole. */
enum {
	/* string */
	DITTO_A_STATUS_VERSION = 1,
	/* nest of part, several */
	DITTO_A_STATUS_PART,
	/* uint. How many exports there are. */
	DITTO_A_STATUS_EXPORTS,
	/* uint. How many listening sockets there are. */
	DITTO_A_STATUS_LISTENERS,
	/* uint. How many connections there are. */
	DITTO_A_STATUS_CLIENTS,
	/*
	 * uint. Seconds of the grace period that are left. No grace period, no
	 * attribute.
	 */
	DITTO_A_STATUS_GRACE_LEFT,

	__DITTO_A_STATUS_END,
	DITTO_A_STATUS_MAX = __DITTO_A_STATUS_END - 1
};

/*
 * Who may use an export and how. The rule with the longest prefix that matches
 * decides; among equals the first.
 */
enum {
	/* string. The client as the administrator wrote it. */
	DITTO_A_RULE_TEXT = 1,
	/*
	 * binary. Four bytes of IPv4 or sixteen of IPv6 in network order. Without it
	 * the rule is for everybody.
	 */
	DITTO_A_RULE_ADDRESS,
	/* u32. How many leading bits of the address count. Without it all of them. */
	DITTO_A_RULE_PREFIX,
	/* u32, rule-flags */
	DITTO_A_RULE_FLAGS,
	/* u32, sec-flavors. Flavours allowed. Without it "sys". */
	DITTO_A_RULE_SEC,
	/* u32. The anonymous user. Without it 65534. */
	DITTO_A_RULE_ANON_UID,
	/* u32. The anonymous group. Without it 65534. */
	DITTO_A_RULE_ANON_GID,

	__DITTO_A_RULE_END,
	DITTO_A_RULE_MAX = __DITTO_A_RULE_END - 1
};

/* A directory with a name, and who may use it. */
enum {
	/* string. Clients mount SERVER:/NAME. */
	DITTO_A_EXPORT_NAME = 1,
	/* string. Absolute path of the directory. */
	DITTO_A_EXPORT_PATH,
	/* u32, export-flags */
	DITTO_A_EXPORT_FLAGS,
	/*
	 * uint. Names the file system in file handles, where it has no identity of its
	 * own that survives a reboot.
	 */
	DITTO_A_EXPORT_FSID,
	/* nest of rule, several */
	DITTO_A_EXPORT_RULE,
	/* flag. An export of this name may exist and is replaced. */
	DITTO_A_EXPORT_REPLACE,
	/* flag. These are further rules of the export just before. */
	DITTO_A_EXPORT_CONTINUES,

	__DITTO_A_EXPORT_END,
	DITTO_A_EXPORT_MAX = __DITTO_A_EXPORT_END - 1
};

/* All exports of a server. */
enum {
	/* nest of export, several */
	DITTO_A_APPLY_EXPORT = 1,

	__DITTO_A_APPLY_END,
	DITTO_A_APPLY_MAX = __DITTO_A_APPLY_END - 1
};

enum {
	/* binary. Secret that goes into the MAC of file handles. */
	DITTO_A_KEY_KEY = 1,

	__DITTO_A_KEY_END,
	DITTO_A_KEY_MAX = __DITTO_A_KEY_END - 1
};

/* What can be listened for. */
enum {
	/* string */
	DITTO_A_SERVICE_NAME = 1,
	/* u32. Where clients look for it. */
	DITTO_A_SERVICE_PORT,
	/* flag. Over UDP as well as TCP. */
	DITTO_A_SERVICE_UDP,

	__DITTO_A_SERVICE_END,
	DITTO_A_SERVICE_MAX = __DITTO_A_SERVICE_END - 1
};

/* A socket that waits for clients. */
enum {
	/* string */
	DITTO_A_LISTENER_SERVICE = 1,
	/* u32, transport. In a request, none means all that the service has. */
	DITTO_A_LISTENER_TRANSPORT,
	/*
	 * binary. Four bytes of IPv4 or sixteen of IPv6 in network order. In a
	 * request, none means all addresses of both.
	 */
	DITTO_A_LISTENER_ADDRESS,
	/* u32. In a request, none means the service's own. */
	DITTO_A_LISTENER_PORT,
	/* u32. Interface index of an IPv6 link-local address. */
	DITTO_A_LISTENER_SCOPE,

	__DITTO_A_LISTENER_END,
	DITTO_A_LISTENER_MAX = __DITTO_A_LISTENER_END - 1
};

/* A connection. */
enum {
	/* uint. Never used twice. */
	DITTO_A_CLIENT_ID = 1,
	/* string */
	DITTO_A_CLIENT_SERVICE,
	/* binary */
	DITTO_A_CLIENT_PEER_ADDRESS,
	/* u32 */
	DITTO_A_CLIENT_PEER_PORT,
	/* binary */
	DITTO_A_CLIENT_LOCAL_ADDRESS,
	/* u32 */
	DITTO_A_CLIENT_LOCAL_PORT,
	/* uint. Bytes. */
	DITTO_A_CLIENT_RECEIVED,
	/* uint. Bytes. */
	DITTO_A_CLIENT_SENT,
	/* uint. Messages handled. */
	DITTO_A_CLIENT_REQUESTS,
	/* uint. Messages being worked on or waiting to be sent. */
	DITTO_A_CLIENT_PENDING,
	/* uint. Milliseconds since it was accepted. */
	DITTO_A_CLIENT_AGE,
	/* uint. Milliseconds since its last message. */
	DITTO_A_CLIENT_IDLE,

	__DITTO_A_CLIENT_END,
	DITTO_A_CLIENT_MAX = __DITTO_A_CLIENT_END - 1
};

/* A counter. */
enum {
	/* string */
	DITTO_A_STAT_GROUP = 1,
	/* string */
	DITTO_A_STAT_NAME,
	/* uint */
	DITTO_A_STAT_VALUE,

	__DITTO_A_STAT_END,
	DITTO_A_STAT_MAX = __DITTO_A_STAT_END - 1
};

/* A number that can be changed while the server runs. */
enum {
	/* string */
	DITTO_A_SETTING_NAME = 1,
	/* uint */
	DITTO_A_SETTING_VALUE,
	/* string */
	DITTO_A_SETTING_HELP,
	/* uint */
	DITTO_A_SETTING_MIN_VALUE,
	/* uint */
	DITTO_A_SETTING_MAX_VALUE,
	/* uint */
	DITTO_A_SETTING_DEFAULT,
	/* flag. The same in all network namespaces. */
	DITTO_A_SETTING_SHARED,

	__DITTO_A_SETTING_END,
	DITTO_A_SETTING_MAX = __DITTO_A_SETTING_END - 1
};

enum {
	/* u32, event-kind */
	DITTO_A_EVENT_KIND = 1,
	/* string. Name of the export, the service or the setting. */
	DITTO_A_EVENT_NAME,
	/* uint. The setting's new value, or the id of the client or the claim. */
	DITTO_A_EVENT_VALUE,

	__DITTO_A_EVENT_END,
	DITTO_A_EVENT_MAX = __DITTO_A_EVENT_END - 1
};

/* What the kernel and the daemon tell each other. */
enum {
	/* uint. Another one means that all locks are lost. */
	DITTO_A_DAEMON_INSTANCE = 1,
	/*
	 * u32. State number of the status monitor: odd, and greater than before all
	 * locks were lost. Without it there is no status monitor.
	 */
	DITTO_A_DAEMON_NSM_STATE,
	/* uint. How many held locks before they were lost, and may reclaim them. */
	DITTO_A_DAEMON_GRACE_CLIENTS,
	/* uint. Of the request. */
	DITTO_A_DAEMON_ID,
	/* u32. A positive error number; 0 where all is well. */
	DITTO_A_DAEMON_ERROR,
	/* string. What the peer calls itself. */
	DITTO_A_DAEMON_NAME,
	/* binary. Four bytes of IPv4 or sixteen of IPv6 in network order. */
	DITTO_A_DAEMON_ADDRESS,
	/* u32. Interface index of an IPv6 link-local address. */
	DITTO_A_DAEMON_SCOPE,
	/* binary. Our address that the peer talks to. */
	DITTO_A_DAEMON_LOCAL_ADDRESS,
	/* u32. The peer's new state number. */
	DITTO_A_DAEMON_STATE,

	__DITTO_A_DAEMON_END,
	DITTO_A_DAEMON_MAX = __DITTO_A_DAEMON_END - 1
};

/*
 * A claim on a file, or somebody who waits for one. A range that is merged with
 * others of its owner, or split, may get another id.
 */
enum {
	/* uint. Never used twice. */
	DITTO_A_CLAIM_ID = 1,
	/* uint. The same for all that one owner has on one file. */
	DITTO_A_CLAIM_HOLD,
	/* u32, lock-kind */
	DITTO_A_CLAIM_KIND,
	/* u32, lock-state */
	DITTO_A_CLAIM_STATE,
	/* string */
	DITTO_A_CLAIM_PROTOCOL,
	/* uint */
	DITTO_A_CLAIM_CLIENT_ID,
	/* string */
	DITTO_A_CLAIM_CLIENT,
	/* string. The protocol's words for whom of the client's it is. */
	DITTO_A_CLAIM_OWNER,
	/* uint. Milliseconds since it was granted, or since it waits. */
	DITTO_A_CLAIM_AGE,
	/* string */
	DITTO_A_CLAIM_EXPORT,
	/*
	 * string. In the export, from the slash on. None: nobody has gone to the file
	 * by its name since the server is up.
	 */
	DITTO_A_CLAIM_PATH,
	/* uint */
	DITTO_A_CLAIM_INODE,
	/* flag. The file has no name any more. */
	DITTO_A_CLAIM_REMOVED,
	/* uint. Range: the first byte. */
	DITTO_A_CLAIM_FIRST,
	/* uint. Range: the last byte. All ones: to the end. */
	DITTO_A_CLAIM_LAST,
	/* flag. Range: no byte, the place before the first. */
	DITTO_A_CLAIM_EMPTY,
	/* flag. Range: nobody else may have it, not even shared. */
	DITTO_A_CLAIM_EXCLUSIVE,
	/* u32, share-access. Share: what its owner does. */
	DITTO_A_CLAIM_ACCESS,
	/* u32, share-access. Share: what others may not do. */
	DITTO_A_CLAIM_DENY,
	/* u32, cache-bits. Cache: what its owner may keep. */
	DITTO_A_CLAIM_BITS,
	/* uint. Of the claim waited for; none: a local process's. */
	DITTO_A_CLAIM_BY_ID,
	/* string. Of the one waited for; "local" is a process of this machine. */
	DITTO_A_CLAIM_BY_PROTOCOL,
	/* uint */
	DITTO_A_CLAIM_BY_CLIENT_ID,
	/* string */
	DITTO_A_CLAIM_BY_CLIENT,
	/* string */
	DITTO_A_CLAIM_BY_OWNER,
	/* uint. Milliseconds since that claim was granted. */
	DITTO_A_CLAIM_BY_AGE,
	/* flag. That one waits too, and was there before. */
	DITTO_A_CLAIM_BY_WAITS,
	/* string. Request: those on this file only. */
	DITTO_A_CLAIM_FILE,
	/* flag. Request: all its owner has on the file, and waits for there. */
	DITTO_A_CLAIM_ALL,
	/* u32, lock-event-kind */
	DITTO_A_CLAIM_EVENT,

	__DITTO_A_CLAIM_END,
	DITTO_A_CLAIM_MAX = __DITTO_A_CLAIM_END - 1
};

/* Somebody whose claims go together. */
enum {
	/* uint. Never used twice. */
	DITTO_A_HOLDER_ID = 1,
	/* string */
	DITTO_A_HOLDER_PROTOCOL,
	/* string */
	DITTO_A_HOLDER_NAME,
	/* binary */
	DITTO_A_HOLDER_ADDRESS,
	/* u32 */
	DITTO_A_HOLDER_PORT,
	/* uint. How many it has locked. */
	DITTO_A_HOLDER_RANGES,
	/* uint. How many it waits for. */
	DITTO_A_HOLDER_WAITS,
	/* uint. Milliseconds since it is known. */
	DITTO_A_HOLDER_AGE,

	__DITTO_A_HOLDER_END,
	DITTO_A_HOLDER_MAX = __DITTO_A_HOLDER_END - 1
};

/* The time after a restart in which clients reclaim what they had. */
enum {
	/* flag */
	DITTO_A_GRACE_ACTIVE = 1,
	/* uint. Milliseconds until it ends. */
	DITTO_A_GRACE_LEFT,
	/* uint. Clients on record that may reclaim. */
	DITTO_A_GRACE_EXPECTED,
	/* uint. Of these, how many are through. */
	DITTO_A_GRACE_DONE,

	__DITTO_A_GRACE_END,
	DITTO_A_GRACE_MAX = __DITTO_A_GRACE_END - 1
};

enum {
	/* What the server is and how it is. */
	DITTO_CMD_STATUS_GET = 1,
	/*
	 * Offer a directory, or change how it is offered: with "replace", clients go on
	 * with their file handles if the directory is the same.
	 */
	DITTO_CMD_EXPORT_ADD,
	/* Stop offering a directory. When the answer comes, its file system can be unmounted. */
	DITTO_CMD_EXPORT_REMOVE,
	/*
	 * Make these the exports: all of them or, if one is at fault, no change at all. Those
	 * that are not among them go. No attribute at all removes every export.
	 */
	DITTO_CMD_EXPORT_APPLY,
	/*
	 * Say that a file system is mounted at a path below an export with "crossmnt", so that
	 * handles of its files, which clients have from before a reboot, are found at once and
	 * not only when somebody has gone there by name. For each such file system, after
	 * export-add and export-apply. EXDEV: nothing is mounted there, or it is not below the
	 * export. EINVAL: it is of a kind that is not shown.
	 */
	DITTO_CMD_EXPORT_CROSS,
	/* The exports. */
	DITTO_CMD_EXPORT_GET,
	/*
	 * Set the key of file handles. Handles that were made with another one become
	 * stale, so set it before the first export.
	 */
	DITTO_CMD_FH_KEY_SET,
	/* The services. */
	DITTO_CMD_SERVICE_GET,
	/* Wait for clients of a service. */
	DITTO_CMD_LISTEN_ADD,
	/* Wait no longer. Connections that were made go on until their client closes them. */
	DITTO_CMD_LISTEN_REMOVE,
	/* The listeners. */
	DITTO_CMD_LISTEN_GET,
	/* The connections. */
	DITTO_CMD_CLIENT_GET,
	/* Close a connection. Its client will connect again if it wants to. */
	DITTO_CMD_CLIENT_KILL,
	/* The counters, since the namespace's server exists. */
	DITTO_CMD_STATS_GET,
	/* The settings. */
	DITTO_CMD_SETTING_GET,
	/* Change a setting. It acts at once. */
	DITTO_CMD_SETTING_SET,
	/* Become the daemon of the namespace, until the socket is closed. EBUSY: there is one. */
	DITTO_CMD_DAEMON_ATTACH,
	/* Requests may come. Said again when the state number changes. */
	DITTO_CMD_DAEMON_READY,
	/* A request is done. ENOENT: nobody waits for it any more. */
	DITTO_CMD_DAEMON_REPLY,
	/*
	 * A peer says that it has restarted: it holds none of its locks. The same state may be
	 * told twice.
	 */
	DITTO_CMD_NSM_NOTIFY,
	/* This one held locks before they were lost. Between grace-list and its reply. */
	DITTO_CMD_GRACE_CLIENT,
	/*
	 * To the daemon: put a peer on record, to be told when we have restarted, and listen to
	 * it when it has.
	 */
	DITTO_CMD_NSM_MONITOR,
	/* To the daemon: take a peer off the record. */
	DITTO_CMD_NSM_UNMONITOR,
	/* To the daemon: name those who may reclaim, one grace-client each. */
	DITTO_CMD_GRACE_LIST,
	/* To the daemon: who has not reclaimed by now never will. */
	DITTO_CMD_GRACE_DONE,
	/* Something was changed. */
	DITTO_CMD_EVENT,
	/*
	 * The claims of clients on files, and who waits for whom. Locks of local processes
	 * are not among them.
	 */
	DITTO_CMD_LOCK_GET,
	/*
	 * Take a claim away. Whoever waits for it gets on; its client is not told and goes on
	 * as if it had it.
	 */
	DITTO_CMD_LOCK_RELEASE,
	/* The clients the lock manager knows. */
	DITTO_CMD_LOCK_CLIENT_GET,
	/* Take all claims of a client away, as if it had been away for too long. */
	DITTO_CMD_LOCK_CLIENT_FORGET,
	/* The grace period. */
	DITTO_CMD_GRACE_GET,
	/* End the grace period: what was not reclaimed is free for all. */
	DITTO_CMD_GRACE_END,
	/* Something happened to a claim. */
	DITTO_CMD_LOCK_EVENT,

	__DITTO_CMD_END,
	DITTO_CMD_MAX = __DITTO_CMD_END - 1
};

#define DITTO_MCGRP_EVENTS	"events"
#define DITTO_MCGRP_LOCKS	"locks"

#endif
