/* SPDX-License-Identifier: GPL-2.0-only */
/* Claims as the kernel has them, read and put into words. */
#ifndef DITTO_CTL_CLAIMS_H
#define DITTO_CTL_CLAIMS_H

#include "dittoctl.h"

/**
 * struct party - whose a claim is
 * @claim: its id; 0: it has none
 * @client_id: 0: not one of our clients
 * @protocol: NULL: not known; "local" is a process of this machine
 * @client: name
 * @owner: whom of the client's
 * @age: milliseconds since it was granted, or is waited for
 */
struct party {
	uint64_t	claim;
	uint64_t	client_id;
	char		*protocol;
	char		*client;
	char		*owner;
	uint64_t	age;
};

/**
 * struct claim - a claim, or what has happened to one
 * @event: DITTO_LOCK_EVENT_KIND_*, where it is an event
 * @hold: the same for all one owner has on one file
 * @kind: DITTO_LOCK_KIND_*
 * @state: DITTO_LOCK_STATE_*
 * @who: whose it is
 * @export: the export's name
 * @path: in the export; NULL: not known
 * @inode: number
 * @removed: the file has no name any more
 * @first: of a range: first byte
 * @last: of a range: last byte; UINT64_MAX: to the end
 * @empty: of a range: no byte
 * @exclusive: of a range
 * @access: of a share: DITTO_SHARE_ACCESS_*
 * @deny: of a share: DITTO_SHARE_ACCESS_*
 * @bits: of a cache: DITTO_CACHE_BITS_*
 * @by: who is in the way
 * @by_waits: and waits too
 */
struct claim {
	uint32_t	event;
	uint64_t	hold;
	uint32_t	kind;
	uint32_t	state;
	struct party	who;
	char		*export;
	char		*path;
	uint64_t	inode;
	bool		removed;
	uint64_t	first;
	uint64_t	last;
	bool		empty;
	bool		exclusive;
	uint32_t	access;
	uint32_t	deny;
	uint32_t	bits;
	struct party	by;
	bool		by_waits;
};

struct claims {
	struct claim	*list;
	size_t		nr;
};

/* Which claims are meant. @file: NULL: on all files. @client: id or name; NULL: of all. */
struct claim_filter {
	const char	*file;
	const char	*client;
};

/* Room for what is claimed, and for a file. */
#define CLAIM_TEXT	160

void claim_read(struct claim *claim, struct nlattr *attrs, int len);
void claim_free(struct claim *claim);
int claims_get(struct ditto_nl *nl, const struct claim_filter *filter, struct claims *claims);
void claims_free(struct claims *claims);
bool claim_is_of(const struct claim *claim, const char *client);
char *claim_path(struct ditto_nl *nl, const char *file);
char *claim_file(const struct claim *claim);
char *party_text(const struct party *party);
void claim_what(const struct claim *claim, char text[CLAIM_TEXT]);
const char *claim_state(const struct claim *claim);
void claim_json(struct json *j, const struct claim *claim);

#endif
