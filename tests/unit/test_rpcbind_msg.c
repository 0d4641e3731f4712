// SPDX-License-Identifier: GPL-2.0-only
/*
 * SET and UNSET in the three versions of RFC 1833, universal addresses, and
 * whatever rpcbind may answer.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c rpc/rpcbind_msg.c
 */
#include <stdlib.h>
#include <linux/kernel.h>
#include "rpc/rpcbind_msg.h"
#include "tap.h"

static bool no_room(struct ditto_encoder *enc, size_t min, u8 **mem, size_t *size)
{
	return false;
}

static const struct ditto_encoder_ops ops = { .grow = no_room };
static struct ditto_encoder enc;
static u8 out[RPCBIND_CALL_MAX];

static const struct rpcbind_map map4 = {
	.prog = 100003, .vers = 3, .netid = RPCBIND_TCP, .port = 2049, .uaddr = "0.0.0.0.8.1",
};

static void encode(u32 version, u32 proc, const struct rpcbind_map *map)
{
	ditto_encoder_init(&enc, &ops, out, sizeof(out), sizeof(out));
	rpcbind_put_call(&enc, 7, version, proc, map);
	CHECK(ditto_encoder_ok(&enc));
}

static const u8 head[] =
	"\0\0\0\7" "\0\0\0\0" "\0\0\0\2" "\0\1\x86\xa0" "\0\0\0\4" "\0\0\0\1"
	"\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "\0\1\x86\xa3" "\0\0\0\3";

TEST(version_4_speaks_in_strings)
{
	static const u8 tail[] =
		"\0\0\0\3" "tcp\0" "\0\0\0\xb" "0.0.0.0.8.1\0" "\0\0\0\x9" "superuser\0\0\0";

	encode(RPCBIND_VERS_4, RPCBIND_PROC_SET, &map4);
	CHECK_EQ(ditto_encoder_len(&enc), 48 + 40);
	CHECK_MEM(out, head, 48);
	CHECK_MEM(out + 48, tail, 40);
	encode(RPCBIND_VERS_3, RPCBIND_PROC_UNSET, &map4);
	CHECK_EQ(ditto_encoder_len(&enc), 48 + 40);
	CHECK_EQ(out[19], 3);
	CHECK_EQ(out[23], 2);
	CHECK_MEM(out + 48, tail, 40);
}

TEST(version_2_speaks_in_numbers)
{
	struct rpcbind_map map = map4;

	encode(RPCBIND_VERS_PMAP, RPCBIND_PROC_SET, &map);
	CHECK_EQ(ditto_encoder_len(&enc), 56);
	CHECK_EQ(out[19], 2);
	CHECK_MEM(out + 48, "\0\0\0\6" "\0\0\x8\1", 8);
	map.netid = RPCBIND_UDP;
	encode(RPCBIND_VERS_PMAP, RPCBIND_PROC_SET, &map);
	CHECK_MEM(out + 48, "\0\0\0\x11" "\0\0\x8\1", 8);
}

TEST(version_2_knows_no_ipv6)
{
	struct rpcbind_map map = map4;
	int netid;

	for (netid = 0; netid < RPCBIND_NETIDS; netid++) {
		map.netid = netid;
		CHECK(rpcbind_can_say(RPCBIND_VERS_4, &map));
		CHECK(rpcbind_can_say(RPCBIND_VERS_3, &map));
		CHECK_EQ(rpcbind_can_say(RPCBIND_VERS_PMAP, &map), netid < RPCBIND_TCP6);
	}
	CHECK_STR(rpcbind_netid_name(RPCBIND_TCP), "tcp");
	CHECK_STR(rpcbind_netid_name(RPCBIND_UDP), "udp");
	CHECK_STR(rpcbind_netid_name(RPCBIND_TCP6), "tcp6");
	CHECK_STR(rpcbind_netid_name(RPCBIND_UDP6), "udp6");
}

TEST(universal_addresses)
{
	static const u8 v4[4] = { 192, 0, 2, 255 };
	u8 v6[16] = { 0x20, 1, 0xd, 0xb8 };
	struct rpcbind_map map = map4;

	rpcbind_uaddr4(map.uaddr, v4, 2049);
	CHECK_STR(map.uaddr, "192.0.2.255.8.1");
	memset(map.uaddr, 0, sizeof(map.uaddr));
	rpcbind_uaddr6(map.uaddr, v6, 111);
	CHECK_STR(map.uaddr, "2001:db8:0:0:0:0:0:0.0.111");
	memset(v6, 0, sizeof(v6));
	rpcbind_uaddr6(map.uaddr, v6, 2049);
	CHECK_STR(map.uaddr, "::.8.1");
	memset(v6, 0xff, sizeof(v6));
	rpcbind_uaddr6(map.uaddr, v6, 65535);
	CHECK_STR(map.uaddr, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff.255.255");
	/* the longest there is fits into a call */
	map.netid = RPCBIND_TCP6;
	encode(RPCBIND_VERS_4, RPCBIND_PROC_SET, &map);
}

static enum rpcbind_answer answer(const void *bytes, size_t len)
{
	struct kvec seg = { .iov_base = memcpy(malloc(len + !len), bytes, len), .iov_len = len };
	enum rpcbind_answer ret;
	struct ditto_cursor cur;

	ditto_cursor_init(&cur, &seg, len);
	ret = rpcbind_get_answer(&cur, 7);
	free(seg.iov_base);
	return ret;
}

#define ANSWER(bytes)	answer(bytes, sizeof(bytes) - 1)
#define ACCEPTED	"\0\0\0\7" "\0\0\0\1" "\0\0\0\0" "\0\0\0\0\0\0\0\0"

TEST(answers_are_understood)
{
	CHECK_EQ(ANSWER(ACCEPTED "\0\0\0\0" "\0\0\0\1"), RPCBIND_TRUE);
	CHECK_EQ(ANSWER(ACCEPTED "\0\0\0\0" "\0\0\0\0"), RPCBIND_FALSE);
	CHECK_EQ(ANSWER(ACCEPTED "\0\0\0\0" "\0\0\0\2"), RPCBIND_BROKEN);
	CHECK_EQ(ANSWER(ACCEPTED "\0\0\0\2" "\0\0\0\2" "\0\0\0\2"), RPCBIND_WRONG_VERSION);
	CHECK_EQ(ANSWER(ACCEPTED "\0\0\0\1"), RPCBIND_BROKEN);
	CHECK_EQ(ANSWER(ACCEPTED "\0\0\0\5" "\0\0\0\1"), RPCBIND_BROKEN);
	CHECK_EQ(ANSWER("\0\0\0\x8" "\0\0\0\1" "\0\0\0\0"), RPCBIND_OTHER_XID);
	CHECK_EQ(ANSWER("\0\0\0\7" "\0\0\0\1" "\0\0\0\1" "\0\0\0\1" "\0\0\0\5"), RPCBIND_BROKEN);
	CHECK_EQ(ANSWER("\0\0\0\7" "\0\0\0\0" "\0\0\0\0"), RPCBIND_BROKEN);
	/* with a verifier */
	CHECK_EQ(ANSWER("\0\0\0\7" "\0\0\0\1" "\0\0\0\0" "\0\0\0\2\0\0\0\3xyz\0"
			"\0\0\0\0" "\0\0\0\1"), RPCBIND_TRUE);
	CHECK_EQ(ANSWER("\0\0\0\7" "\0\0\0\1" "\0\0\0\0" "\0\0\0\0\xff\xff\xff\xff"
			"\0\0\0\0" "\0\0\0\1"), RPCBIND_BROKEN);
}

TEST(an_answer_that_ends_early_is_broken)
{
	static const u8 good[] = ACCEPTED "\0\0\0\0" "\0\0\0\1";
	size_t len;

	for (len = 0; len < sizeof(good) - 1; len++)
		CHECK_EQ(answer(good, len), RPCBIND_BROKEN);
}

/* ---- asking for a port ---- */

static void query(u32 version, const struct rpcbind_map *map)
{
	ditto_encoder_init(&enc, &ops, out, sizeof(out), sizeof(out));
	rpcbind_put_query(&enc, version, map);
	CHECK(ditto_encoder_ok(&enc));
}

TEST(questions_name_program_and_transport)
{
	static const u8 strings[] =
		"\0\1\x86\xa3" "\0\0\0\3" "\0\0\0\3" "tcp\0" "\0\0\0\xb" "0.0.0.0.8.1\0" "\0\0\0\0";
	struct rpcbind_map map = map4;

	query(RPCBIND_VERS_4, &map);
	CHECK_EQ(ditto_encoder_len(&enc), sizeof(strings) - 1);
	CHECK_MEM(out, strings, sizeof(strings) - 1);
	query(RPCBIND_VERS_PMAP, &map);
	CHECK_EQ(ditto_encoder_len(&enc), 16);
	CHECK_MEM(out, "\0\1\x86\xa3" "\0\0\0\3" "\0\0\0\6" "\0\0\0\0", 16);
	map.netid = RPCBIND_UDP;
	query(RPCBIND_VERS_PMAP, &map);
	CHECK_EQ(out[11], 17);
}

static int port(u32 version, const void *bytes, size_t len)
{
	struct kvec seg = { .iov_base = memcpy(malloc(len + !len), bytes, len), .iov_len = len };
	struct ditto_cursor cur;
	int ret;

	ditto_cursor_init(&cur, &seg, len);
	ret = rpcbind_get_port(&cur, version);
	free(seg.iov_base);
	return ret;
}

static int port_of(const char *uaddr)
{
	u32 len = strlen(uaddr);
	u8 bytes[256] = {};

	put_unaligned_be32(len, bytes);
	memcpy(bytes + 4, uaddr, len);
	return port(RPCBIND_VERS_3, bytes, 4 + xdr_padded(len));
}

TEST(ports_are_read)
{
	CHECK_EQ(port(RPCBIND_VERS_PMAP, "\0\0\x8\1", 4), 2049);
	CHECK_EQ(port(RPCBIND_VERS_PMAP, "\0\0\xff\xff", 4), 65535);
	CHECK_EQ(port(RPCBIND_VERS_PMAP, "\0\0\0\0", 4), 0);
	CHECK_EQ(port(RPCBIND_VERS_PMAP, "\0\1\0\0", 4), -EPROTO);
	CHECK_EQ(port(RPCBIND_VERS_PMAP, "\xff\xff\xff\xff", 4), -EPROTO);
	CHECK_EQ(port(RPCBIND_VERS_PMAP, "\0\0\x8", 3), -EPROTO);

	CHECK_EQ(port_of(""), 0);
	CHECK_EQ(port_of("192.0.2.255.8.1"), 2049);
	CHECK_EQ(port_of("0.0.0.0.255.255"), 65535);
	CHECK_EQ(port_of("::.0.111"), 111);
	CHECK_EQ(port_of("2001:db8:0:0:0:0:0:0.0.111"), 111);
	CHECK_EQ(port_of("fe80::1%eth0.3.232"), 1000);
	CHECK_EQ(port_of("::.000.111"), 111);
	CHECK_EQ(port_of("x.0.0"), 0);
}

TEST(addresses_without_a_port_are_none)
{
	static const char *const bad[] = {
		"1", ".", "..", "8.1", ".8.", "1.2.3.4.8.", "1.2.3.4..1", "1.2.3.4.256.1",
		"1.2.3.4.8.256", "1.2.3.4.8.1000", "1.2.3.4.0008.1", "1.2.3.4.-8.1", "::.x.1",
		"1.2.3.4.8.1 ", "1.2.3.4. 8.1",
		"1111111111111111111111111111111111111111111111111111111111111.8.1",
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(port_of(bad[i]), -EPROTO);
	CHECK_EQ(port(RPCBIND_VERS_4, "\0\0\0\x4" "1.2", 7), -EPROTO);
	CHECK_EQ(port(RPCBIND_VERS_4, "\0\0\0", 3), -EPROTO);
}
