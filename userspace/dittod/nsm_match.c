// SPDX-License-Identifier: GPL-2.0-only
/*
 * Anybody can send a message that says of any host that it has restarted, and have it
 * lose its locks. So the host itself must have sent it: from the address it has on
 * record, or from another one that its name has.
 */
#include <string.h>
#include <strings.h>
#include "addr.h"
#include "nsm_match.h"

/* @a is the first part of @b, or all of it. */
static bool is_short(const char *a, const char *b)
{
	size_t len = strlen(a);

	return !strncasecmp(a, b, len) && (!b[len] || b[len] == '.') && !strchr(a, '.');
}

/**
 * nsm_names_same - are these names of one host, if they come from one address?
 * @a: one
 * @b: the other; either may lack the domain
 *
 * Return: true if they are.
 */
bool nsm_names_same(const char *a, const char *b)
{
	return !strcasecmp(a, b) || is_short(a, b) || is_short(b, a);
}

static bool is_address(const char *name, const struct sockaddr_storage *addr)
{
	struct sockaddr_storage parsed;

	return addr_parse(name, &parsed) && addr_same(&parsed, addr);
}

/**
 * nsm_match - does a message that a host has restarted speak of a peer?
 * @peer_name: name of the peer as it is on record, or its address
 * @peer: its address
 * @name: who has restarted, as the message says
 * @from: where it came from
 *
 * A message from our own loopback address speaks of peers there only.
 *
 * Return: whether it does.
 */
enum nsm_match nsm_match(const char *peer_name, const struct sockaddr_storage *peer,
			 const char *name, const struct sockaddr_storage *from)
{
	if (addr_same(peer, from) &&
	    (nsm_names_same(peer_name, name) || is_address(peer_name, from) ||
	     is_address(name, from)))
		return NSM_SAME;
	if (!strcasecmp(peer_name, name) && !addr_is_loopback(from))
		return NSM_LOOK;
	return NSM_OTHER;
}
