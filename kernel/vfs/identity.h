/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who asks. The authentication layer of a protocol fills in a ditto_who; vfs/
 * turns it, with the export's squash rules, into cached kernel credentials.
 */
#ifndef DITTO_VFS_IDENTITY_H
#define DITTO_VFS_IDENTITY_H

#include <linux/types.h>
#include <linux/bits.h>

struct ditto_peer;
struct net;

/* How the caller proved who it is; bits of an export's sec= option. */
enum ditto_sec {
	DITTO_SEC_NONE	= BIT(0),
	DITTO_SEC_SYS	= BIT(1),
	DITTO_SEC_KRB5	= BIT(2),
	DITTO_SEC_KRB5I	= BIT(3),
	DITTO_SEC_KRB5P	= BIT(4),
	DITTO_SEC_NTLM	= BIT(5),
};

/* AUTH_SYS carries 16 groups (RFC 5531 appendix A). */
#define DITTO_WHO_GROUPS	16

/**
 * struct ditto_who - the caller, as it says or proved
 * @net: network namespace
 * @peer: other end of the connection
 * @sec: how it was authenticated
 * @uid: numeric user
 * @gid: numeric group
 * @nr_groups: how many further groups
 * @groups: their numbers
 */
struct ditto_who {
	struct net		*net;
	struct ditto_peer	*peer;
	enum ditto_sec		sec;
	u32			uid;
	u32			gid;
	u32			nr_groups;
	u32			groups[DITTO_WHO_GROUPS];
};

#endif
