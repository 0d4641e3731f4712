// SPDX-License-Identifier: GPL-2.0-only
/* The parts of shares and listeners, as the file and the command line have them. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"

/* Each part between slashes is a name of its own. */
static bool name_part(const char *part, size_t len)
{
	return len && strncmp(part, ".", len) && (len != 2 || strncmp(part, "..", 2));
}

/**
 * share_name - is it a name for a share?
 * @name: as written
 * @why: gets a sentence if it is not
 *
 * Return: true if it is good.
 */
bool share_name(const char *name, char why[WHY_SIZE])
{
	const char *p;
	size_t len;

	if (!*name)
		return say(why, "a share needs a name that is not empty");
	if (strlen(name) > DITTO_EXPORT_NAME_MAX)
		return say(why, "the name of a share has at most %d bytes", DITTO_EXPORT_NAME_MAX);
	for (p = name; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return say(why, "the name of a share has a blank or a control character "
				   "in it; write for example '_'");
	}
	for (p = name; ; p += len + 1) {
		len = strcspn(p, "/");
		if (!name_part(p, len))
			return say(why, "'%s' is no name for a share; write it without '.', '..' "
				   "and without '/' at its ends", name);
		if (!p[len])
			return true;
	}
}

/**
 * share_path - is it a path for a share?
 * @path: as written
 * @why: gets a sentence if it is not
 *
 * Return: true if it is good.
 */
bool share_path(const char *path, char why[WHY_SIZE])
{
	const char *p;

	for (p = path; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return say(why, "the path has a control character in it; rename the "
				   "directory");
	}
	if (*path != '/')
		return say(why, "the path '%s' is not absolute; begin it with '/'", path);
	if (strlen(path) > DITTO_PATH_MAX)
		return say(why, "a path has at most %d bytes", DITTO_PATH_MAX);
	return true;
}

/**
 * share_option - read an option of a share
 * @share: gets it
 * @word: as written
 * @why: gets a sentence if there is no such option
 *
 * Return: true if it is good.
 */
bool share_option(struct conf_share *share, const char *word, char why[WHY_SIZE])
{
	static const char *const words[] = {
		"crossmnt", "mac", "async", "locks=mixed", "locks=mandatory", "locks=advisory", NULL
	};
	static const uint32_t flags[] = {
		DITTO_EXPORT_FLAGS_CROSSMNT, DITTO_EXPORT_FLAGS_MAC, DITTO_EXPORT_FLAGS_ASYNC,
		0, DITTO_EXPORT_FLAGS_LOCKS_MANDATORY, DITTO_EXPORT_FLAGS_LOCKS_ADVISORY
	};
	const uint32_t locks = DITTO_EXPORT_FLAGS_LOCKS_MANDATORY |
			       DITTO_EXPORT_FLAGS_LOCKS_ADVISORY;
	const char *near;
	int i;

	for (i = 0; words[i]; i++) {
		if (!strcmp(word, words[i])) {
			if (!strncmp(word, "locks=", 6) && share->flags & locks & ~flags[i])
				return say(why, "'%s' and another locks= before it exclude each "
					   "other; leave one out", word);
			share->flags |= flags[i];
			return true;
		}
	}
	near = word_near(word, words);
	if (near)
		return say(why, "unknown option '%s'; did you mean '%s'?", word, near);
	return say(why, "unknown option '%s'; there are crossmnt, mac, async and locks=", word);
}

/**
 * share_free - free what a share holds
 * @share: the share
 */
void share_free(struct conf_share *share)
{
	free(share->name);
	free(share->path);
	free(share->clients);
}

/**
 * listen_service - can it be the name of a service?
 * @service: as written
 * @why: gets a sentence if it cannot
 *
 * Return: true if it can.
 */
bool listen_service(const char *service, char why[WHY_SIZE])
{
	if (!*service || strlen(service) > DITTO_NAME_MAX)
		return say(why, "'%.64s' is no service; write for example nfs", service);
	return true;
}

/**
 * listen_address - read the address to listen on
 * @listen: gets it
 * @text: IPv4, IPv6 (also in brackets, also with %INTERFACE) or "*" for all
 * @why: gets a sentence if it is none
 *
 * Return: true if it is good.
 */
bool listen_address(struct conf_listen *listen, const char *text, char why[WHY_SIZE])
{
	char copy[INET6_ADDRSTRLEN + IF_NAMESIZE + 2], *addr = copy, *zone;

	listen->family = AF_UNSPEC;
	if (!strcmp(text, "*"))
		return true;
	if (strlen(text) >= sizeof(copy))
		return say(why, "'%s' is not an address", text);
	strcpy(copy, text);
	if (*addr == '[' && addr[strlen(addr) - 1] == ']') {
		addr[strlen(addr) - 1] = '\0';
		addr++;
	}
	zone = strchr(addr, '%');
	if (zone) {
		*zone++ = '\0';
		listen->scope = if_nametoindex(zone);
		if (!listen->scope)
			return say(why, "there is no interface '%s'", zone);
	}
	if (inet_pton(AF_INET6, addr, listen->addr) == 1)
		listen->family = AF_INET6;
	else if (!zone && inet_pton(AF_INET, addr, listen->addr) == 1)
		listen->family = AF_INET;
	else
		return say(why, "'%s' is not an address; write IPv4, IPv6 or * for all", text);
	return true;
}

/**
 * listen_port - read the port to listen on
 * @listen: gets it
 * @text: as written
 * @why: gets a sentence if it is none
 *
 * Return: true if it is good.
 */
bool listen_port(struct conf_listen *listen, const char *text, char why[WHY_SIZE])
{
	uint64_t port;

	if (!word_number(text, 65535, &port) || !port)
		return say(why, "'%s' is not a port; write a number from 1 to 65535", text);
	listen->port = port;
	return true;
}
