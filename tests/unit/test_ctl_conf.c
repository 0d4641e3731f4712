// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration file of dittoctl: what is read, and what is said about errors.
 *
 * Uses: userspace/dittoctl/conf.c userspace/dittoctl/share.c userspace/dittoctl/spec.c userspace/dittoctl/util.c
 */
#include <stdlib.h>
#include <sys/socket.h>
#include "tap.h"
#include "../../userspace/dittoctl/conf.h"

static struct conf conf;

static bool parse(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	bool good;

	/* exactly as long as the text, so that reading on is seen */
	memcpy(copy, text, len);
	copy = realloc(copy, len ? len : 1);
	conf_free(&conf);
	good = conf_parse(&conf, copy, len);
	free(copy);
	return good;
}

/* All errors, as dittoctl prints them but for the file's name. */
static const char *errors(const char *text)
{
	static char all[8192];
	size_t i, used = 0;

	parse(text);
	all[0] = '\0';
	for (i = 0; i < conf.nr_errors; i++)
		used += snprintf(all + used, sizeof(all) - used, "%s%u: %s", i ? "\n" : "",
				 conf.errors[i].line, conf.errors[i].text);
	conf_free(&conf);
	return all;
}

TEST(nothing_is_a_configuration)
{
	CHECK(parse(""));
	CHECK(parse("\n\n   \n\t# a comment\n"));
	CHECK_EQ(conf.nr_shares, 0);
	CHECK_EQ(conf.nr_listens, 0);
	conf_free(&conf);
}

TEST(a_share_has_all_its_words)
{
	const struct conf_share *share;

	CHECK(parse("share demo {\n"
		    "\tpath /srv/demo\n"
		    "\tnfs\n"
		    "\tsmb\n"
		    "\tclient 10.0.0.0/8 rw no_root_squash\n"
		    "\tclient 192.0.2.7,ro\n"
		    "\toption crossmnt mac locks=mandatory\n"
		    "\tfsid 0x10\n"
		    "}\n"));
	CHECK_EQ(conf.nr_shares, 1);
	share = conf.shares;
	CHECK_STR(share->name, "demo");
	CHECK_STR(share->path, "/srv/demo");
	CHECK_EQ(share->flags, DITTO_EXPORT_FLAGS_NFS | DITTO_EXPORT_FLAGS_SMB |
		 DITTO_EXPORT_FLAGS_LOCKS_MANDATORY |
		 DITTO_EXPORT_FLAGS_CROSSMNT | DITTO_EXPORT_FLAGS_MAC);
	CHECK_EQ(share->fsid, 16);
	CHECK_EQ(share->line, 1);
	CHECK_EQ(share->nr_clients, 2);
	CHECK_EQ(share->clients[0].line, 5);
	CHECK_EQ(share->clients[0].spec.prefix, 8);
	CHECK_EQ(share->clients[0].spec.flags, DITTO_RULE_FLAGS_RW |
		 DITTO_RULE_FLAGS_NO_ROOT_SQUASH | DITTO_RULE_FLAGS_INSECURE);
	CHECK_EQ(share->clients[1].spec.prefix, 32);
	CHECK_EQ(share->clients[1].spec.flags, DITTO_RULE_FLAGS_INSECURE);
	conf_free(&conf);
}

TEST(without_a_protocol_it_is_nfs)
{
	CHECK(parse("share a {\npath /a\n}"));
	CHECK_EQ(conf.shares[0].flags, DITTO_EXPORT_FLAGS_NFS);
	CHECK(parse("share a {\npath /a\nsmb\n}"));
	CHECK_EQ(conf.shares[0].flags, DITTO_EXPORT_FLAGS_SMB);
	conf_free(&conf);
}

TEST(words_may_be_quoted)
{
	CHECK(parse("share a {\n path \"/srv/two words # \\\"x\\\" \\\\\" # comment\n}\n"));
	CHECK_STR(conf.shares[0].path, "/srv/two words # \"x\" \\");
	CHECK(parse("share \"{\" {\npath /a\"b c\"d\n}"));
	CHECK_STR(conf.shares[0].name, "{");
	CHECK_STR(conf.shares[0].path, "/ab cd");
	CHECK(parse("share a {\npath /a#b\n}"));
	CHECK_STR(conf.shares[0].path, "/a#b");
	conf_free(&conf);
}

TEST(other_systems_lines_are_read)
{
	CHECK(parse("\xef\xbb\xbfshare a {\r\npath /a\r\n}\r\n"));
	CHECK_STR(conf.shares[0].path, "/a");
	conf_free(&conf);
}

TEST(listeners_and_settings)
{
	CHECK(parse("listen nfs\n"
		    "listen nfs port 2050 tcp\n"
		    "listen nfs address 192.0.2.1 udp\n"
		    "listen nfs address [2001:db8::1] tcp udp\n"
		    "set idle-timeout 600\n"
		    "set max-bytes 64M\n"));
	CHECK_EQ(conf.nr_listens, 4);
	CHECK_STR(conf.listens[0].service, "nfs");
	CHECK_EQ(conf.listens[0].port, 0);
	CHECK_EQ(conf.listens[0].transport, 0);
	CHECK_EQ(conf.listens[0].family, AF_UNSPEC);
	CHECK_EQ(conf.listens[1].port, 2050);
	CHECK_EQ(conf.listens[1].transport, DITTO_TRANSPORT_TCP);
	CHECK_EQ(conf.listens[2].family, AF_INET);
	CHECK_EQ(conf.listens[2].transport, DITTO_TRANSPORT_UDP);
	CHECK_EQ(conf.listens[3].family, AF_INET6);
	CHECK_EQ(conf.listens[3].transport, 0);
	CHECK_EQ(conf.nr_sets, 2);
	CHECK_STR(conf.sets[0].name, "idle-timeout");
	CHECK_EQ(conf.sets[0].value, 600);
	CHECK_EQ(conf.sets[1].value, 64 << 20);
	CHECK(parse("listen none\n"));
	CHECK(conf.listen_none);
	conf_free(&conf);
}

TEST(unknown_words_get_the_nearest)
{
	CHECK_STR(errors("shard demo {\n}"),
		  "1: unknown word 'shard' outside a share; did you mean 'share'?\n"
		  "2: '}' outside a share; begin one with: share NAME {");
	CHECK_STR(errors("share a {\npath /a\nclinet *\n}"),
		  "3: unknown word 'clinet' in a share; did you mean 'client'?");
	CHECK_STR(errors("share a {\npath /a\nbanana\n}"),
		  "3: unknown word 'banana' in a share; there are path, nfs, smb, client, option, "
		  "fsid");
	CHECK_STR(errors("banana"),
		  "1: unknown word 'banana' outside a share; there are share, listen, set");
	CHECK_STR(errors("share a {\npath /a\noption crosmnt\n}"),
		  "3: unknown option 'crosmnt'; did you mean 'crossmnt'?");
	CHECK_STR(errors("share a {\npath /a\noption purple\n}"),
		  "3: unknown option 'purple'; there are crossmnt, mac, async and locks=");
	CHECK_STR(errors("share a {\npath /a\noption locks=advisory locks=mandatory\n}"),
		  "3: 'locks=mandatory' and another locks= before it exclude each other; leave one "
		  "out");
	CHECK_STR(errors("share a {\npath /a\noption lock=advisory\n}"),
		  "3: unknown option 'lock=advisory'; did you mean 'locks=advisory'?");
	CHECK_STR(errors("share a {\npath /a\nclient * rx\n}"),
		  "3: unknown option 'rx'; did you mean 'rw'?");
	CHECK_STR(errors("listen nfs prot 3"),
		  "1: unknown word 'prot' for a listener; did you mean 'port'?");
}

TEST(blocks_are_watched)
{
	CHECK_STR(errors("share a {\npath /a\n"),
		  "2: the file ends inside share 'a', which begins in line 1; add: }");
	CHECK_STR(errors("share a {\npath /a\nshare b {\npath /b\n}"),
		  "3: 'share' inside share 'a'; is its '}' missing?");
	CHECK_STR(errors("share a {\npath /a\nlisten nfs\n}"),
		  "3: 'listen' inside share 'a'; is its '}' missing?");
	CHECK_STR(errors("path /a"),
		  "1: 'path' outside a share; begin one with: share NAME {");
	CHECK_STR(errors("share a\npath /a\n}"), "1: a share begins with: share NAME {");
	CHECK_STR(errors("share a { x\n"),
		  "1: 'x' is too much here: share NAME {");
	CHECK_STR(errors("share"), "1: 'share' needs more behind it: share NAME {");
}

TEST(a_share_must_be_whole)
{
	CHECK_STR(errors("\nshare a {\nclient *\n}"),
		  "2: share 'a' has no path; add: path /DIRECTORY");
	CHECK_STR(errors("share a {\npath srv\n}"),
		  "2: the path 'srv' is not absolute; begin it with '/'\n"
		  "1: share 'a' has no path; add: path /DIRECTORY");
	CHECK_STR(errors("share a {\npath /a\npath /b\n}"),
		  "3: share 'a' has a path already; make two shares of it");
	CHECK_STR(errors("share a {\npath /a\n}\nshare a {\npath /b\n}"),
		  "4: share 'a' is there already, in line 1; rename one or join them");
	CHECK_STR(errors("share ../a {\npath /a\n}"),
		  "1: '../a' is no name for a share; write it without '.', '..' and without '/' at "
		  "its ends");
	CHECK_STR(errors("share \"a b\" {\npath /a\n}"),
		  "1: the name of a share has a blank or a control character in it; write for "
		  "example '_'");
	CHECK_STR(errors("share a {\npath /a\nfsid zero\n}"),
		  "3: 'zero' is not an fsid; write a number from 1");
	CHECK_STR(errors("share a {\npath /a\nfsid 0\n}"),
		  "3: '0' is not an fsid; write a number from 1");
	CHECK_STR(errors("share a {\npath\n}"),
		  "2: 'path' needs more behind it: path /DIRECTORY\n"
		  "1: share 'a' has no path; add: path /DIRECTORY");
	CHECK_STR(errors("share a {\npath /a /b\n}"),
		  "2: '/b' is too much here: path /DIRECTORY\n"
		  "1: share 'a' has no path; add: path /DIRECTORY");
}

TEST(listeners_and_settings_are_checked)
{
	CHECK_STR(errors("listen nfs port"), "1: 'port' needs a value behind it");
	CHECK_STR(errors("listen nfs port 65536"),
		  "1: '65536' is not a port; write a number from 1 to 65535");
	CHECK_STR(errors("listen nfs port 0"),
		  "1: '0' is not a port; write a number from 1 to 65535");
	CHECK_STR(errors("listen nfs address 1.2.3"),
		  "1: '1.2.3' is not an address; write IPv4, IPv6 or * for all");
	CHECK_STR(errors("listen nfs address fe80::1%nosuch0"),
		  "1: there is no interface 'nosuch0'");
	CHECK_STR(errors("listen none\nlisten nfs"),
		  "2: 'listen none' and a listener; leave one of them out");
	CHECK_STR(errors("set idle-timeout soon"), "1: 'soon' is not a number");
	CHECK_STR(errors("set idle-timeout"), "1: 'set' needs more behind it: set NAME VALUE");
	CHECK_STR(errors("set a 99999999999999999999"), "1: '99999999999999999999' is not a number");
}

TEST(the_text_itself_is_checked)
{
	CHECK_STR(errors("share \"a {\n"),
		  "1: a quotation mark is not closed; add: \"");
	conf_free(&conf);
	conf_parse(&conf, "share a\0 {\n", 11);
	CHECK_EQ(conf.nr_errors, 1);
	CHECK_STR(conf.errors[0].text, "a NUL byte; is this a text file?");
	conf_free(&conf);
}

TEST(too_many_words_are_told)
{
	char line[512] = "listen nfs";
	int i;

	for (i = 0; i < 70; i++)
		strcat(line, " tcp");
	CHECK_STR(errors(line), "1: more than 63 words; use more lines");
}

TEST(errors_do_not_hide_one_another)
{
	CHECK_STR(errors("share a {\n"
			 "\tpath srv\n"
			 "\tclient 10.0.0.0/33\n"
			 "\tclient * ro,rw\n"
			 "}\n"
			 "lisen nfs\n"),
		  "2: the path 'srv' is not absolute; begin it with '/'\n"
		  "3: '/33' is not a prefix; write /0 to /32\n"
		  "4: 'rw' and another option before it exclude each other; leave one out\n"
		  "1: share 'a' has no path; add: path /DIRECTORY\n"
		  "6: unknown word 'lisen' outside a share; did you mean 'listen'?");
}

TEST(the_number_of_errors_is_bounded)
{
	char text[8 * 200 + 1] = "";
	int i;

	for (i = 0; i < 200; i++)
		strcat(text, "banana\n");
	parse(text);
	CHECK_EQ(conf.nr_errors, 50);
	conf_free(&conf);
}
