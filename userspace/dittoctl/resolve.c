// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shares become exports: host names and netgroups are looked up once, now, and
 * the kernel gets addresses. It never waits for a name server.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "exports.h"

static struct rule *rule_new(struct export *export, const struct conf_client *client)
{
	const struct spec *spec = &client->spec;
	struct rule *rule;

	export->rules = xgrow(export->rules, export->nr_rules, sizeof(*rule));
	rule = &export->rules[export->nr_rules++];
	memcpy(rule->text, spec->who, sizeof(rule->text));
	rule->flags = spec->flags;
	rule->sec = spec->sec;
	rule->anon_uid = spec->anon_uid;
	rule->anon_gid = spec->anon_gid;
	rule->line = client->line;
	return rule;
}

/* Returns false if the address is of no use in a rule. */
static bool address_of(const struct sockaddr *sa, int *family, uint8_t addr[16])
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	*family = sa->sa_family;
	if (sa->sa_family == AF_INET) {
		memcpy(addr, &in->sin_addr, 4);
		return true;
	}
	if (sa->sa_family != AF_INET6 || IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return false;
	memcpy(addr, &in6->sin6_addr, 16);
	return true;
}

static void host_rule(struct export *export, const struct conf_client *client,
		      const struct sockaddr *sa, size_t first)
{
	uint8_t addr[16] = {};
	struct rule *rule;
	int family;
	size_t i;

	if (!address_of(sa, &family, addr))
		return;
	for (i = first; i < export->nr_rules; i++) {
		rule = &export->rules[i];
		if (rule->family == family && !memcmp(rule->addr, addr, sizeof(addr)))
			return;
	}
	rule = rule_new(export, client);
	rule->family = family;
	memcpy(rule->addr, addr, sizeof(addr));
	rule->prefix = family == AF_INET ? 32 : 128;
}

/* Rules for all addresses of a host, without those there are since @first. */
static bool host_rules(struct export *export, const struct conf_client *client, const char *host,
		       size_t first, char why[WHY_SIZE])
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *ai;
	int err;

	err = getaddrinfo(host, NULL, &hints, &list);
	if (err == EAI_AGAIN)
		return say(why, "host '%s': no name server answers; write its address, or try "
			   "again", host);
	if (err)
		return say(why, "host '%s' has no address (%s); correct its name or write its "
			   "address", host, gai_strerror(err));
	for (ai = list; ai; ai = ai->ai_next)
		host_rule(export, client, ai->ai_addr, first);
	freeaddrinfo(list);
	return true;
}

/* The names of a netgroup's hosts; getaddrinfo() may ask for netgroups itself meanwhile. */
static bool netgroup_hosts(const char *group, char ***hosts, size_t *nr, char why[WHY_SIZE])
{
	char *host, *user, *domain;
	bool good = true;

	*hosts = NULL;
	*nr = 0;
	if (!setnetgrent(group))
		return say(why, "netgroup '%s' is not known; see /etc/netgroup and the line "
			   "'netgroup' of /etc/nsswitch.conf", group);
	while (good && getnetgrent(&host, &user, &domain)) {
		if (!host) {
			good = say(why, "netgroup '%s' has an entry without a host, which means "
				   "everybody; if that is meant, write *", group);
		} else if (strcmp(host, "-")) {
			*hosts = xgrow(*hosts, *nr, sizeof(**hosts));
			(*hosts)[(*nr)++] = xstrdup(host);
		}
	}
	endnetgrent();
	if (good && !*nr)
		good = say(why, "netgroup '%s' has no hosts, or is not known", group);
	return good;
}

static bool netgroup_rules(struct export *export, const struct conf_client *client,
			   char why[WHY_SIZE])
{
	const char *group = client->spec.who + 1;
	size_t first = export->nr_rules;
	size_t i, nr, found = 0;
	char **hosts;
	bool good;

	good = netgroup_hosts(group, &hosts, &nr, why);
	for (i = 0; good && i < nr; i++) {
		if (host_rules(export, client, hosts[i], first, why))
			found++;
		else
			fprintf(stderr, "dittoctl: note: netgroup '%s': %s\n", group, why);
	}
	for (i = 0; i < nr; i++)
		free(hosts[i]);
	free(hosts);
	if (good && !found)
		return say(why, "netgroup '%s': none of its hosts has an address", group);
	return good;
}

static bool client_rules(struct export *export, const struct conf_client *client,
			 char why[WHY_SIZE])
{
	const struct spec *spec = &client->spec;
	struct rule *rule;

	switch (spec->kind) {
	case SPEC_HOST:
		return host_rules(export, client, spec->who, export->nr_rules, why);
	case SPEC_NETGROUP:
		return netgroup_rules(export, client, why);
	case SPEC_NETWORK:
		rule = rule_new(export, client);
		rule->family = spec->family;
		memcpy(rule->addr, spec->addr, sizeof(rule->addr));
		rule->prefix = spec->prefix;
		return true;
	case SPEC_EVERYBODY:
	default:
		rule_new(export, client)->family = AF_UNSPEC;
		return true;
	}
}

/**
 * export_resolve - make an export from a share
 * @exports: gets it
 * @share: the share
 * @fault: gets what is wrong
 *
 * Return: true if all names were found.
 */
bool export_resolve(struct exports *exports, const struct conf_share *share, struct fault *fault)
{
	struct export *export;
	size_t i;

	exports->list = xgrow(exports->list, exports->nr, sizeof(*export));
	export = &exports->list[exports->nr++];
	export->name = xstrdup(share->name);
	export->path = xstrdup(share->path);
	export->flags = share->flags;
	export->fsid = share->fsid;
	export->line = share->line;
	for (i = 0; i < share->nr_clients; i++) {
		fault->line = share->clients[i].line;
		if (!client_rules(export, &share->clients[i], fault->why))
			return false;
	}
	return true;
}

/**
 * exports_free - free exports
 * @exports: has none afterwards
 */
void exports_free(struct exports *exports)
{
	size_t i;

	for (i = 0; i < exports->nr; i++) {
		free(exports->list[i].name);
		free(exports->list[i].path);
		free(exports->list[i].rules);
	}
	free(exports->list);
	memset(exports, 0, sizeof(*exports));
}
