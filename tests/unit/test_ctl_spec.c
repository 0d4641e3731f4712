// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients of shares as they are written.
 *
 * Uses: userspace/dittoctl/spec.c userspace/dittoctl/util.c
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include "tap.h"
#include "../../userspace/dittoctl/spec.h"

static struct spec spec;

/* What is said about a client; "" if it is good. */
static const char *why(const char *text)
{
	static char sentence[WHY_SIZE];

	sentence[0] = '\0';
	return spec_parse(&spec, text, sentence) ? "" : sentence;
}

static bool is_network(const char *text, int family, const void *addr, int prefix)
{
	return !*why(text) && spec.kind == SPEC_NETWORK && spec.family == family &&
	       !memcmp(spec.addr, addr, family == AF_INET ? 4 : 16) && spec.prefix == prefix;
}

TEST(everybody)
{
	CHECK_STR(why("*"), "");
	CHECK_EQ(spec.kind, SPEC_EVERYBODY);
	CHECK_EQ(spec.flags, DITTO_RULE_FLAGS_INSECURE);
	CHECK_EQ(spec.sec, DITTO_SEC_FLAVORS_SYS);
	CHECK_EQ(spec.anon_uid, 65534);
	CHECK_EQ(spec.anon_gid, 65534);
}

TEST(networks)
{
	static const u8 v6[16] = { 0x20, 0x01, 0x0d, 0xb8 }, zero[16];

	CHECK(is_network("192.0.2.7", AF_INET, "\xc0\x00\x02\x07", 32));
	CHECK(is_network("10.0.0.0/8", AF_INET, "\x0a\x00\x00\x00", 8));
	CHECK(is_network("10.0.0.0/255.0.0.0", AF_INET, "\x0a\x00\x00\x00", 8));
	CHECK(is_network("0.0.0.0/0", AF_INET, zero, 0));
	CHECK(is_network("0.0.0.0/0.0.0.0", AF_INET, zero, 0));
	CHECK(is_network("1.2.3.4/255.255.255.255", AF_INET, "\x01\x02\x03\x04", 32));
	CHECK(is_network("[2001:db8::]/32", AF_INET6, v6, 32));
	CHECK(is_network("2001:db8::/32", AF_INET6, v6, 32));
	CHECK(is_network("[2001:db8::]", AF_INET6, v6, 128));
	CHECK(is_network("::/0", AF_INET6, zero, 0));
}

TEST(bad_networks)
{
	CHECK_STR(why("10.0.0.0/33"), "'/33' is not a prefix; write /0 to /32");
	CHECK_STR(why("10.0.0.0/"), "'/' is not a prefix; write /0 to /32");
	CHECK_STR(why("10.0.0.0/-1"), "'/-1' is not a prefix; write /0 to /32");
	CHECK_STR(why("10.0.0.0/255.0.255.0"), "'/255.0.255.0' is not a prefix; write /0 to /32");
	CHECK_STR(why("[2001:db8::]/129"), "'/129' is not a prefix; write /0 to /128");
	CHECK_STR(why("10.1.2.3/8"), "'10.1.2.3/8' has bits behind its prefix; write 10.0.0.0/8 or "
				     "the address alone");
	CHECK_STR(why("[2001:db8::1]/32"), "'[2001:db8::1]/32' has bits behind its prefix; write "
					   "2001:db8::/32 or the address alone");
	CHECK_STR(why("10.0.0.256"), "'10.0.0.256' is not an address");
	CHECK_STR(why("10.1"), "'10.1' is not an address");
	CHECK_STR(why("example.org/8"), "'example.org' is not an address");
	CHECK_STR(why("[2001:db8::/32"), "'[2001:db8::/32' has no ']' behind the address");
	CHECK_STR(why("["), "'[' has no ']' behind the address");
	CHECK_STR(why("fe80::1%eth0"), "'fe80::1%eth0': leave out '%eth0', rules know no interfaces");
	CHECK_STR(why("::ffff:10.0.0.1"),
		  "'::ffff:10.0.0.1' is an IPv4 address; write it as one");
}

TEST(names)
{
	CHECK_STR(why("client1"), "");
	CHECK_EQ(spec.kind, SPEC_HOST);
	CHECK_STR(spec.who, "client1");
	CHECK_STR(why("a-b.example.org,rw"), "");
	CHECK_STR(spec.who, "a-b.example.org");
	CHECK_STR(why("@trusted,rw"), "");
	CHECK_EQ(spec.kind, SPEC_NETGROUP);
	CHECK_STR(spec.who, "@trusted");
}

TEST(bad_names)
{
	CHECK_STR(why(""), "the client is empty; write an address, a host, a @netgroup or *");
	CHECK_STR(why("@"), "'@' needs the name of a netgroup behind it");
	CHECK_STR(why("*.example.org"), "'*.example.org' is a pattern of host names; write their "
					"subnet or a @netgroup");
	CHECK_STR(why("a..b"), "'a..b' is no host, address or subnet; write for example 192.0.2.7, "
			       "10.0.0.0/8, [2001:db8::]/32, host.example.org, @netgroup or *");
	CHECK_STR(why("123456789012345678901234567890123456789012345678901234567890.abc"),
		  "the client is longer than 63 bytes; write its address");
}

TEST(options)
{
	CHECK_STR(why("*,rw,no_root_squash,secure"), "");
	CHECK_EQ(spec.flags, DITTO_RULE_FLAGS_RW | DITTO_RULE_FLAGS_NO_ROOT_SQUASH);
	CHECK_STR(why("*,ro,root_squash,all_squash,anonuid=1000,anongid=0x10"), "");
	CHECK_EQ(spec.flags, DITTO_RULE_FLAGS_ALL_SQUASH | DITTO_RULE_FLAGS_INSECURE);
	CHECK_EQ(spec.anon_uid, 1000);
	CHECK_EQ(spec.anon_gid, 16);
	CHECK_STR(why("*,sec=sys:krb5p"), "");
	CHECK_EQ(spec.sec, DITTO_SEC_FLAVORS_SYS | DITTO_SEC_FLAVORS_KRB5P);
	CHECK_STR(why("*,sec=krb5"), "");
	CHECK_EQ(spec.sec, DITTO_SEC_FLAVORS_KRB5);
	CHECK_STR(why("*,anonuid=4294967294"), "");
}

TEST(bad_options)
{
	CHECK_STR(why("*,"), "an option is empty; there is a ',' too many");
	CHECK_STR(why("*,rw,,secure"), "an option is empty; there is a ',' too many");
	CHECK_STR(why("*,ro,rw"),
		  "'rw' and another option before it exclude each other; leave one out");
	CHECK_STR(why("*,no_root_sqash"),
		  "unknown option 'no_root_sqash'; did you mean 'no_root_squash'?");
	CHECK_STR(why("*,async"), "'async' is no option of a client but of the share: option async");
	CHECK_STR(why("*,fsid=3"), "the fsid belongs to the share: fsid 3");
	CHECK_STR(why("*,no_subtree_check"), "'no_subtree_check' is not needed here; leave it out");
	CHECK_STR(why("*,anonuid=-1"),
		  "'anonuid=-1' needs a number, for example anonuid=65534");
	CHECK_STR(why("*,anongid=4294967295"),
		  "'anongid=4294967295' needs a number, for example anongid=65534");
	CHECK_STR(why("*,sec="), "'' is no flavour; write none, sys, krb5, krb5i or krb5p");
	CHECK_STR(why("*,sec=sys:"), "'' is no flavour; write none, sys, krb5, krb5i or krb5p");
	CHECK_STR(why("*,sec=kerberos"),
		  "'kerberos' is no flavour; write none, sys, krb5, krb5i or krb5p");
}

TEST(near_words)
{
	static const char *const words[] = { "path", "client", "option", NULL };

	CHECK_STR(word_near("pth", words), "path");
	CHECK_STR(word_near("ptah", words), "path");
	CHECK_STR(word_near("clients", words), "client");
	CHECK(!word_near("zebra", words));
	CHECK(!word_near("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", words));
}

TEST(numbers)
{
	uint64_t v = 7;

	CHECK(word_number("18446744073709551615", UINT64_MAX, &v) && v == UINT64_MAX);
	CHECK(!word_number("18446744073709551616", UINT64_MAX, &v));
	CHECK(!word_number("", 10, &v) && !word_number(" 1", 10, &v) && !word_number("1 ", 10, &v));
	CHECK(!word_number("0x", 10, &v) && !word_number("11", 10, &v));
	CHECK(word_amount("1k", &v) && v == 1024);
	CHECK(word_amount("16777215T", &v) && v == 16777215ULL << 40);
	CHECK(!word_amount("16777216T", &v));
	CHECK(!word_amount("M", &v) && !word_amount("", &v) && !word_amount("1MM", &v));
}
