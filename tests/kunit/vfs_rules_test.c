// SPDX-License-Identifier: GPL-2.0-only
/* Who may use an export, and as whom. */
#include <linux/cred.h>
#include <net/ipv6.h>
#include "fixture.h"
#include "vfs/cred.h"
#include "vfs_table.h"

#define IP(a, b, c, d)	((a) << 24 | (b) << 16 | (c) << 8 | (d))

static struct ditto_client_rule v4(u32 addr, u8 prefix, u32 flags)
{
	struct ditto_client_rule rule = {
		.family = AF_INET, .prefix = prefix, .flags = flags | DITTO_RULE_INSECURE,
	};

	put_unaligned_be32(addr, rule.addr);
	return rule;
}

/* An export with these rules. */
static struct ditto_export *with(struct kunit *test, const struct ditto_client_rule *rules,
				 unsigned int nr)
{
	struct ditto_export_config *cfg = table_config(test, "x", "/tmp");

	table_rules(test, cfg, rules, nr);
	KUNIT_ASSERT_EQ(test, table_add(test, cfg, true), 0);
	return table_find(test, "x");
}

/* What a rule's flags tell it by: RW is the longest, ROOT the next. */
static int asked(struct kunit *test, struct ditto_export *exp, u32 addr)
{
	struct ditto_who *who = table_who(test, 0, 0, addr, 700);
	struct ditto_grant grant = {};
	int err, again;

	err = ditto_export_check(exp, who, &grant);
	again = ditto_export_check(exp, who, &grant);
	KUNIT_EXPECT_EQ(test, err, again);
	return err ? err : grant.flags & ~DITTO_RULE_INSECURE;
}

static void nobody(struct kunit *test)
{
	struct ditto_export *exp = with(test, NULL, 0);

	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(127, 0, 0, 1)), -EACCES);
}

static void longest_prefix(struct kunit *test)
{
	const struct ditto_client_rule rules[] = {
		v4(IP(10, 0, 0, 0), 8, 0),
		v4(IP(10, 1, 2, 0), 23, DITTO_RULE_RW),
		v4(IP(10, 1, 2, 0), 23, DITTO_RULE_ROOT),
		v4(IP(10, 1, 3, 7), 32, DITTO_RULE_ALLSQUASH),
		v4(IP(192, 168, 0, 128), 25, DITTO_RULE_ROOT),
	};
	struct ditto_export *exp = with(test, rules, ARRAY_SIZE(rules));

	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(10, 9, 9, 9)), 0);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(10, 1, 2, 0)), DITTO_RULE_RW);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(10, 1, 3, 255)), DITTO_RULE_RW);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(10, 1, 4, 0)), 0);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(10, 1, 3, 7)), DITTO_RULE_ALLSQUASH);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(192, 168, 0, 128)), DITTO_RULE_ROOT);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(192, 168, 0, 127)), -EACCES);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(11, 0, 0, 0)), -EACCES);
}

static void everybody_is_last(struct kunit *test)
{
	const struct ditto_client_rule rules[] = {
		{ .flags = DITTO_RULE_INSECURE },
		v4(0, 0, DITTO_RULE_RW),
	};
	struct ditto_export *exp = with(test, rules, ARRAY_SIZE(rules));
	struct ditto_who *who = table_who(test, 0, 0, 0, 0);
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&who->peer->addr;
	struct ditto_grant grant = {};

	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(1, 2, 3, 4)), DITTO_RULE_RW);
	sin6->sin6_family = AF_INET6;
	sin6->sin6_addr = in6addr_loopback;
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), 0);
	KUNIT_EXPECT_EQ(test, grant.flags, DITTO_RULE_INSECURE);
	/* Neither is for what has no IP address. */
	who = table_who(test, 0, 0, 0, 0);
	who->peer->addr.ss_family = AF_UNIX;
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), -EACCES);
}

static void ipv6(struct kunit *test)
{
	struct ditto_client_rule rules[2] = {
		{ .family = AF_INET6, .prefix = 61, .flags = DITTO_RULE_INSECURE,
		  .addr = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0x08 } },
		/* ::ffff:10.0.0.0/104 is 10.0.0.0/8. */
		{ .family = AF_INET6, .prefix = 104, .flags = DITTO_RULE_INSECURE | DITTO_RULE_RW,
		  .addr = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10 } },
	};
	struct ditto_export *exp = with(test, rules, ARRAY_SIZE(rules));
	struct ditto_who *who;
	struct sockaddr_in6 *sin6;
	struct ditto_grant grant = {};
	unsigned int last;

	for (last = 0; last < 32; last++) {
		who = table_who(test, 0, 0, 0, 0);
		sin6 = (struct sockaddr_in6 *)&who->peer->addr;
		sin6->sin6_family = AF_INET6;
		memcpy(&sin6->sin6_addr, rules[0].addr, 16);
		sin6->sin6_addr.s6_addr[7] = last;
		KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant),
				last >= 8 && last < 16 ? 0 : -EACCES);
	}
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(10, 2, 3, 4)), DITTO_RULE_RW);
	KUNIT_EXPECT_EQ(test, asked(test, exp, IP(11, 2, 3, 4)), -EACCES);
	/* A client of an IPv6 socket that is an IPv4 one. */
	who = table_who(test, 0, 0, 0, 0);
	sin6 = (struct sockaddr_in6 *)&who->peer->addr;
	sin6->sin6_family = AF_INET6;
	ipv6_addr_set_v4mapped(htonl(IP(10, 2, 3, 4)), &sin6->sin6_addr);
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), 0);
}

static void ports_and_flavours(struct kunit *test)
{
	struct ditto_client_rule rules[2] = {
		v4(IP(10, 0, 0, 1), 32, 0), v4(IP(10, 0, 0, 2), 32, 0),
	};
	struct ditto_export *exp;
	struct ditto_grant grant;
	struct ditto_who *who;

	rules[0].flags &= ~DITTO_RULE_INSECURE;
	rules[1].sec = DITTO_SEC_KRB5 | DITTO_SEC_KRB5P;
	exp = with(test, rules, 2);
	who = table_who(test, 0, 0, IP(10, 0, 0, 1), 1023);
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), 0);
	who = table_who(test, 0, 0, IP(10, 0, 0, 1), 1024);
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), -EACCES);
	who = table_who(test, 0, 0, IP(10, 0, 0, 2), 65535);
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), -EKEYREJECTED);
	who->sec = DITTO_SEC_KRB5I;
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), -EKEYREJECTED);
	who->sec = DITTO_SEC_KRB5P;
	KUNIT_EXPECT_EQ(test, ditto_export_check(exp, who, &grant), 0);
}

/* More exports than a peer remembers, asked in turn: each answer is the right one. */
static void many_exports(struct kunit *test)
{
	struct ditto_who *who = table_who(test, 0, 0, IP(10, 0, 0, 1), 700);
	struct ditto_export *exps[3 * DITTO_PEER_RULES];
	struct ditto_client_rule rule;
	struct ditto_export_config *cfg;
	struct ditto_grant grant;
	struct path path;
	const char *dir = table_dir(test, &path);
	char name[] = "a";
	int i;

	for (i = 0; i < ARRAY_SIZE(exps); i++) {
		name[0] = 'a' + i;
		cfg = table_config(test, name, dir);
		rule = v4(IP(10, 0, 0, i % 2), 32, 0);
		table_rules(test, cfg, &rule, 1);
		KUNIT_ASSERT_EQ(test, table_add(test, cfg, false), 0);
		exps[i] = table_find(test, name);
	}
	for (i = 0; i < 4 * ARRAY_SIZE(exps); i++)
		KUNIT_EXPECT_EQ(test, ditto_export_check(exps[i % ARRAY_SIZE(exps)], who, &grant),
				i % 2 ? 0 : -EACCES);
}

/* ---- as whom ------------------------------------------------------------- */

static const struct ditto_grant squash = { .anon_uid = 65534, .anon_gid = 65533 };
static const struct ditto_grant all_squash = {
	.flags = DITTO_RULE_ALLSQUASH, .anon_uid = 65534, .anon_gid = 65533,
};
static const struct ditto_grant no_squash = {
	.flags = DITTO_RULE_ROOT, .anon_uid = 65534, .anon_gid = 65533,
};

static void put_cred_of(void *dc)
{
	ditto_cred_put(dc);
}

static const struct cred *cred_of(struct kunit *test, const struct ditto_who *who,
				  const struct ditto_grant *grant)
{
	struct ditto_cred *dc = ditto_cred_get(who, grant);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dc);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, put_cred_of, dc), 0);
	return dc->cred;
}

static bool in_group(const struct cred *cred, u32 gid)
{
	int i;

	for (i = 0; i < cred->group_info->ngroups; i++) {
		if (gid_eq(cred->group_info->gid[i], KGIDT_INIT(gid)))
			return true;
	}
	return false;
}

#define EXPECT_IDS(cred, uid, gid) do {						\
	KUNIT_EXPECT_EQ(test, from_kuid(&init_user_ns, (cred)->fsuid), (uid));	\
	KUNIT_EXPECT_EQ(test, from_kgid(&init_user_ns, (cred)->fsgid), (gid));	\
} while (0)

static void squash_root(struct kunit *test)
{
	struct ditto_who *who = table_who(test, 0, 0, 0, 0);
	const struct cred *cred;

	who->nr_groups = 3;
	who->groups[0] = 100;
	who->groups[1] = 0;
	who->groups[2] = 5;
	cred = cred_of(test, who, &squash);
	EXPECT_IDS(cred, 65534, 65533);
	KUNIT_EXPECT_TRUE(test, cap_isclear(cred->cap_effective));
	KUNIT_EXPECT_EQ(test, cred->group_info->ngroups, 3);
	KUNIT_EXPECT_TRUE(test, in_group(cred, 100));
	KUNIT_EXPECT_TRUE(test, in_group(cred, 5));
	KUNIT_EXPECT_TRUE(test, in_group(cred, 65533));
	KUNIT_EXPECT_FALSE(test, in_group(cred, 0));

	cred = cred_of(test, who, &all_squash);
	EXPECT_IDS(cred, 65534, 65533);
	KUNIT_EXPECT_EQ(test, cred->group_info->ngroups, 0);

	cred = cred_of(test, who, &no_squash);
	EXPECT_IDS(cred, 0, 0);
	KUNIT_EXPECT_TRUE(test, in_group(cred, 0));
	KUNIT_EXPECT_TRUE(test, cap_raised(cred->cap_effective, CAP_DAC_OVERRIDE));
	KUNIT_EXPECT_TRUE(test, cap_raised(cred->cap_effective, CAP_CHOWN));
	KUNIT_EXPECT_FALSE(test, cap_raised(cred->cap_effective, CAP_SYS_ADMIN));
	KUNIT_EXPECT_FALSE(test, cap_raised(cred->cap_effective, CAP_SYS_MODULE));

	/* Nobody in particular is nobody, whatever the rule says of root. */
	who->sec = DITTO_SEC_NONE;
	EXPECT_IDS(cred_of(test, who, &no_squash), 65534, 65533);
}

static void users(struct kunit *test)
{
	struct ditto_who *who = table_who(test, 1000, 0, 0, 0);
	const struct cred *cred = cred_of(test, who, &squash);

	/* Root's group is squashed without root. */
	EXPECT_IDS(cred, 1000, 65533);
	cred = cred_of(test, who, &no_squash);
	EXPECT_IDS(cred, 1000, 0);
	KUNIT_EXPECT_TRUE(test, cap_isclear(cred->cap_effective));
	KUNIT_EXPECT_TRUE(test, cap_isclear(cred->cap_permitted));
	who->uid = -1;
	who->gid = -1;
	EXPECT_IDS(cred_of(test, who, &no_squash), 65534, 65533);
	who->uid = 1000;
	who->gid = 100;
	who->nr_groups = 1000;
	KUNIT_EXPECT_EQ(test, cred_of(test, who, &squash)->group_info->ngroups,
			DITTO_WHO_GROUPS);
}

static void shared(struct kunit *test)
{
	struct ditto_who *a = table_who(test, 1000, 100, 0, 0);
	struct ditto_who *b = table_who(test, 1000, 100, 0, 0);

	a->nr_groups = b->nr_groups = 1;
	a->groups[0] = b->groups[0] = 7;
	/* Behind the last group is nothing. */
	b->groups[1] = 8;
	KUNIT_EXPECT_PTR_EQ(test, cred_of(test, a, &squash), cred_of(test, b, &squash));
	/* Rules that come to the same for this caller share too. */
	KUNIT_EXPECT_PTR_EQ(test, cred_of(test, a, &squash), cred_of(test, b, &no_squash));
	b->nr_groups = 2;
	KUNIT_EXPECT_PTR_NE(test, cred_of(test, a, &squash), cred_of(test, b, &squash));
}

/* More callers than the cache is made for, all at once and again. */
static void many_callers(struct kunit *test)
{
	struct ditto_who *who = table_who(test, 0, 100, 0, 0);
	struct ditto_cred *dc;
	unsigned int i;

	for (i = 0; i < 3 * 4096; i++) {
		who->uid = 100000 + i % 6000;
		dc = ditto_cred_get(who, &squash);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dc);
		KUNIT_EXPECT_EQ(test, from_kuid(&init_user_ns, dc->cred->fsuid), who->uid);
		ditto_cred_put(dc);
	}
}

static void access_is_balanced(struct kunit *test)
{
	struct ditto_client_rule rule = v4(IP(10, 0, 0, 1), 32, DITTO_RULE_RW);
	struct ditto_export *exp = with(test, &rule, 1);
	struct ditto_who *who = table_who(test, 1000, 100, IP(10, 0, 0, 1), 700);
	const struct cred *own = current_cred();
	struct ditto_access acc;

	KUNIT_ASSERT_EQ(test, ditto_access_begin(&acc, exp, who), 0);
	EXPECT_IDS(current_cred(), 1000, 100);
	KUNIT_EXPECT_EQ(test, ditto_access_may_write(&acc), 0);
	ditto_access_end(&acc);
	KUNIT_EXPECT_PTR_EQ(test, current_cred(), own);
	who->sec = DITTO_SEC_KRB5;
	KUNIT_EXPECT_EQ(test, ditto_access_begin(&acc, exp, who), -EKEYREJECTED);
	KUNIT_EXPECT_PTR_EQ(test, current_cred(), own);
	rule.flags &= ~DITTO_RULE_RW;
	exp = with(test, &rule, 1);
	who->sec = DITTO_SEC_SYS;
	KUNIT_ASSERT_EQ(test, ditto_access_begin(&acc, exp, who), 0);
	KUNIT_EXPECT_EQ(test, ditto_access_may_write(&acc), -EROFS);
	ditto_access_end(&acc);
}

static void umask_aside(struct kunit *test)
{
	struct fs_struct *own = current->fs;
	struct ditto_umask umask, again;

	ditto_umask_begin(&umask);
	KUNIT_EXPECT_EQ(test, current->fs->umask, 0);
	ditto_umask_begin(&again);
	KUNIT_EXPECT_EQ(test, current->fs->umask, 0);
	ditto_umask_end(&again);
	KUNIT_EXPECT_EQ(test, current->fs->umask, 0);
	ditto_umask_end(&umask);
	KUNIT_EXPECT_PTR_EQ(test, current->fs, own);
}

static struct kunit_case vfs_rules_cases[] = {
	KUNIT_CASE(nobody),
	KUNIT_CASE(longest_prefix),
	KUNIT_CASE(everybody_is_last),
	KUNIT_CASE(ipv6),
	KUNIT_CASE(ports_and_flavours),
	KUNIT_CASE(many_exports),
	KUNIT_CASE(squash_root),
	KUNIT_CASE(users),
	KUNIT_CASE(shared),
	KUNIT_CASE(many_callers),
	KUNIT_CASE(access_is_balanced),
	KUNIT_CASE(umask_aside),
	{}
};

static struct kunit_suite vfs_rules_suite = {
	.name		= "vfs_rules",
	.test_cases	= vfs_rules_cases,
};
kunit_test_suite(vfs_rules_suite);
