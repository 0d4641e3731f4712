/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom does a host that says it has restarted speak of? */
#ifndef DITTOD_NSM_MATCH_H
#define DITTOD_NSM_MATCH_H

#include <stdbool.h>
#include <sys/socket.h>

/* What a peer on record has to do with it. */
enum nsm_match {
	NSM_OTHER,	/* nothing */
	NSM_SAME,	/* it is the peer */
	NSM_LOOK,	/* it is, if the name has the address the message came from */
};

bool nsm_names_same(const char *a, const char *b);
enum nsm_match nsm_match(const char *peer_name, const struct sockaddr_storage *peer,
			 const char *name, const struct sockaddr_storage *from);

#endif
