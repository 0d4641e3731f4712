/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients as the administrator writes them: who (an address, a subnet, a host,
 * a netgroup, everybody) and what they may. A spec becomes one rule or more when
 * names are resolved (resolve.h).
 */
#ifndef DITTO_CTL_SPEC_H
#define DITTO_CTL_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ditto_netlink.h"
#include "util.h"

enum spec_kind {
	SPEC_EVERYBODY,
	SPEC_NETWORK,
	SPEC_HOST,
	SPEC_NETGROUP,
};

/**
 * struct spec - a client and what it may
 * @kind: what @who is
 * @who: as it was written; a host's name, a netgroup's name behind '@'
 * @family: SPEC_NETWORK: AF_INET or AF_INET6
 * @addr: SPEC_NETWORK: the address, in network order
 * @prefix: SPEC_NETWORK: leading bits that count
 * @flags: DITTO_RULE_FLAGS_*
 * @sec: DITTO_SEC_FLAVORS_*
 * @anon_uid: user of the squashed
 * @anon_gid: group of the squashed
 * @given: which options were written, to find contradictions; spec.c
 */
struct spec {
	enum spec_kind	kind;
	char		who[DITTO_RULE_TEXT_MAX + 1];
	int		family;
	uint8_t		addr[16];
	uint8_t		prefix;
	uint32_t	flags;
	uint32_t	sec;
	uint32_t	anon_uid;
	uint32_t	anon_gid;
	uint32_t	given;
};

void spec_init(struct spec *spec);
bool spec_who(struct spec *spec, const char *who, char why[WHY_SIZE]);
bool spec_option(struct spec *spec, const char *option, char why[WHY_SIZE]);
bool spec_options(struct spec *spec, const char *options, char why[WHY_SIZE]);
bool spec_parse(struct spec *spec, const char *text, char why[WHY_SIZE]);

/* Words of the flavours by bit, for those that write them out. */
extern const char *const spec_flavors[];

#endif
