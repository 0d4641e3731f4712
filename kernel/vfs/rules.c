// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may use an export.
 *
 * The search for the rule that fits a client's address is done once for each
 * connection and configuration: what it found is kept in the peer, as one 64-bit
 * word of generation and outcome, so that workers of the same connection read
 * and write it without a lock and never see half of one and half of another.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/module.h>
#include <net/ipv6.h>
#include "compat/compat.h"
#include "net/service.h"
#include "vfs/export-internal.h"
#include "vfs/stats.h"

/* A decision: generation in the upper 40 bits, outcome in the lower 24. */
#define DECISION_BITS		24
#define DECISION_MASK		((1ULL << DECISION_BITS) - 1)
#define DECISION_REFUSED	DECISION_MASK

static_assert(EXPORT_RULES_MAX < DECISION_REFUSED);

struct rules_addr {
	const u8	*bytes;
	u16		family;
	u16		port;
};

/* An IPv4 client of an IPv6 socket counts as what it is. False: no address rules know. */
static bool rules_addr(struct rules_addr *ra, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)ss;

	switch (ss->ss_family) {
	case AF_INET:
		ra->family = AF_INET;
		ra->bytes = (const u8 *)&sin->sin_addr;
		ra->port = ntohs(sin->sin_port);
		return true;
	case AF_INET6:
		ra->family = AF_INET6;
		ra->bytes = sin6->sin6_addr.s6_addr;
		ra->port = ntohs(sin6->sin6_port);
		if (ipv6_addr_v4mapped(&sin6->sin6_addr)) {
			ra->family = AF_INET;
			ra->bytes += 12;
		}
		return true;
	}
	return false;
}

static bool prefix_matches(const u8 *a, const u8 *b, unsigned int bits)
{
	unsigned int bytes = bits / 8;

	if (memcmp(a, b, bytes))
		return false;
	return bits % 8 == 0 || !((a[bytes] ^ b[bytes]) >> (8 - bits % 8));
}

/* How well a rule fits: leading bits that agree, 0 for the rule for everybody, -1 not at all. */
static int rule_fit(const struct ditto_client_rule *rule, const struct rules_addr *ra)
{
	const struct in6_addr *in6 = (const struct in6_addr *)rule->addr;
	const u8 *addr = rule->addr;
	int prefix = rule->prefix;
	u16 family = rule->family;

	if (family == AF_UNSPEC)
		return 0;
	if (family == AF_INET6 && prefix >= 96 && ipv6_addr_v4mapped(in6)) {
		family = AF_INET;
		addr += 12;
		prefix -= 96;
	}
	if (family != ra->family || !prefix_matches(addr, ra->bytes, prefix))
		return -1;
	/* A named network of all addresses is still nearer than everybody. */
	return prefix + 1;
}

/* The rule with the longest prefix, the first among equals; then its word on ports. */
static u64 rules_decide(const struct export_conf *conf, const struct sockaddr_storage *ss)
{
	const struct ditto_client_rule *rules = conf->cfg.rules;
	struct rules_addr ra;
	int best = -1, fit;
	u64 found = 0;
	unsigned int i;

	if (!rules_addr(&ra, ss))
		return DECISION_REFUSED;
	for (i = 0; i < conf->cfg.nr_rules; i++) {
		fit = rule_fit(&rules[i], &ra);
		if (fit > best) {
			best = fit;
			found = i;
		}
	}
	if (best < 0)
		return DECISION_REFUSED;
	if (!(rules[found].flags & DITTO_RULE_INSECURE) && ra.port >= 1024)
		return DECISION_REFUSED;
	return found;
}

static u64 rules_outcome(const struct export_conf *conf, struct ditto_peer *peer)
{
	u64 *slot = &peer->rules[conf->generation % DITTO_PEER_RULES];
	u64 cached = READ_ONCE(*slot);
	u64 outcome;

	if (likely(cached >> DECISION_BITS == conf->generation))
		return cached & DECISION_MASK;
	outcome = rules_decide(conf, &peer->addr);
	WRITE_ONCE(*slot, conf->generation << DECISION_BITS | outcome);
	return outcome;
}

/**
 * ditto_export_check - may this caller use the export, and how?
 * @exp: the export, held
 * @who: the caller
 * @grant: set to what it may, on success and on -EKEYREJECTED (so that MOUNT can name the
 *	flavours)
 *
 * Any context; no lock, no allocation.
 *
 * Return: 0; -EACCES if its address or port is not allowed, or nobody is;
 * -EKEYREJECTED if it is, but not with the flavour it used.
 */
int ditto_export_check(struct ditto_export *exp, const struct ditto_who *who,
		       struct ditto_grant *grant)
{
	const struct export_conf *conf = export_conf(exp);
	const struct ditto_client_rule *rule;
	u64 outcome;

	outcome = rules_outcome(conf, who->peer);
	if (unlikely(outcome == DECISION_REFUSED)) {
		ditto_vfs_count(exp->net, DITTO_VFS_REFUSED_ADDRESS);
		return -EACCES;
	}
	rule = &conf->cfg.rules[outcome];
	grant->flags = rule->flags;
	grant->sec = rule->sec;
	grant->anon_uid = rule->anon_uid;
	grant->anon_gid = rule->anon_gid;
	if (unlikely(!(rule->sec & who->sec))) {
		ditto_vfs_count(exp->net, DITTO_VFS_REFUSED_SEC);
		return -EKEYREJECTED;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_export_check);
