// SPDX-License-Identifier: GPL-2.0-only
/*
 * The status monitor's messages, whom they speak of, and when they are sent again.
 *
 * Uses: userspace/dittod/xdr.c userspace/dittod/nsm_xdr.c userspace/dittod/nsm_match.c
 * Uses: userspace/dittod/addr.c userspace/dittod/schedule.c
 */
#include <stdlib.h>
#include "tap.h"
#include "../../userspace/dittod/addr.h"
#include "../../userspace/dittod/nsm_match.h"
#include "../../userspace/dittod/nsm_xdr.h"
#include "../../userspace/dittod/schedule.h"

/* Every prefix of a message is bad, and so is one byte more. */
#define CHECK_BOUNDS(bytes, len, get) do {					\
	size_t __n;								\
	for (__n = 0; __n <= (len) + 4; __n++) {				\
		uint8_t *__copy = malloc(__n ? __n : 1);			\
		struct xdr x;							\
		memcpy(__copy, bytes, __n);					\
		xdr_init(&x, __copy, __n);					\
		if (!CHECK((get) == (__n == (len))))				\
			printf("# with %zu bytes of %zu\n", __n, (size_t)(len));	\
		free(__copy);							\
	}									\
} while (0)

static uint8_t bytes[8192];
static struct xdr out;

static void begin(void)
{
	memset(bytes, 0, sizeof(bytes));
	xdr_init(&out, bytes, sizeof(bytes));
}

static void put_id(void)
{
	xdr_put_string(&out, "localhost");
	xdr_put_u32(&out, 100021);
	xdr_put_u32(&out, 4);
	xdr_put_u32(&out, 24);
}

TEST(notify_is_read_and_written)
{
	static const uint8_t want[] = {
		0, 0, 0, 5, 'h', 'o', 's', 't', '1', 0, 0, 0, 0, 0, 1, 3,
	};
	struct nsm_change change;

	begin();
	nsm_put_change(&out, "host1", 259);
	CHECK_EQ(xdr_len(&out), sizeof(want));
	CHECK_MEM(bytes, want, sizeof(want));
	CHECK_BOUNDS(bytes, sizeof(want), nsm_get_change(&x, &change));
	xdr_init(&out, bytes, sizeof(want));
	CHECK(nsm_get_change(&out, &change));
	CHECK_STR(change.name, "host1");
	CHECK_EQ(change.state, 259);
}

TEST(mon_is_read)
{
	struct nsm_mon mon;
	size_t len;

	begin();
	xdr_put_string(&out, "peer");
	put_id();
	xdr_put_fixed(&out, "0123456789abcdef", 16);
	len = xdr_len(&out);
	CHECK_BOUNDS(bytes, len, nsm_get_mon(&x, &mon, true));
	xdr_init(&out, bytes, len);
	CHECK(nsm_get_mon(&out, &mon, true));
	CHECK_STR(mon.name, "peer");
	CHECK_STR(mon.id.name, "localhost");
	CHECK_EQ(mon.id.prog, 100021);
	CHECK_EQ(mon.id.vers, 4);
	CHECK_EQ(mon.id.proc, 24);
	CHECK_MEM(mon.priv, "0123456789abcdef", 16);
}

TEST(unmon_and_unmon_all_and_stat_are_read)
{
	char name[NSM_NAME_MAX + 1];
	struct nsm_mon mon;
	struct nsm_id id;
	size_t len;

	begin();
	xdr_put_string(&out, "peer");
	put_id();
	len = xdr_len(&out);
	CHECK_BOUNDS(bytes, len, nsm_get_mon(&x, &mon, false));
	begin();
	put_id();
	len = xdr_len(&out);
	CHECK_BOUNDS(bytes, len, nsm_get_id(&x, &id));
	begin();
	xdr_put_string(&out, "peers");
	len = xdr_len(&out);
	CHECK_BOUNDS(bytes, len, nsm_get_name(&x, name));
}

static bool name_is_good(const char *text, size_t len)
{
	char name[NSM_NAME_MAX + 1];
	struct xdr x;

	begin();
	xdr_put_u32(&out, len);
	xdr_put_fixed(&out, text, len);
	xdr_init(&x, bytes, xdr_len(&out));
	return nsm_get_name(&x, name);
}

TEST(names_have_bounds)
{
	char most[NSM_NAME_MAX + 1];
	struct xdr x;
	char name[NSM_NAME_MAX + 1];

	memset(most, 'a', sizeof(most));
	CHECK(name_is_good("a", 1));
	CHECK(name_is_good("fe80::1%eth0", 12));
	CHECK(name_is_good("\xc3\xa4", 2));
	CHECK(!name_is_good("", 0));
	CHECK(!name_is_good("a\0b", 3));
	CHECK(!name_is_good("a b", 3));
	CHECK(!name_is_good("a\n", 2));
	CHECK(!name_is_good("\x1b[2J", 4));
	CHECK(!name_is_good("\x7f", 1));
	CHECK(name_is_good(most, NSM_NAME_MAX));
	CHECK(!name_is_good(most, NSM_NAME_MAX + 1));
	/* a length that lies */
	begin();
	xdr_put_u32(&out, 0xffffffff);
	xdr_put_u32(&out, 0);
	xdr_init(&x, bytes, 8);
	CHECK(!nsm_get_name(&x, name));
}

TEST(results_are_written)
{
	static const uint8_t result[] = { 0, 0, 0, 1, 0, 0, 0, 9 };
	static const uint8_t priv[16] = { 1, 2, 3, [15] = 16 };
	struct xdr x;
	char name[16];
	uint8_t got[16];

	begin();
	nsm_put_result(&out, NSM_FAIL, 9);
	CHECK_EQ(xdr_len(&out), 8);
	CHECK_MEM(bytes, result, 8);
	begin();
	nsm_put_status(&out, "peer", 7, priv);
	xdr_init(&x, bytes, xdr_len(&out));
	CHECK(xdr_get_string(&x, name, sizeof(name)));
	CHECK_STR(name, "peer");
	CHECK_EQ(xdr_get_u32(&x), 7);
	xdr_get_fixed(&x, got, sizeof(got));
	CHECK_MEM(got, priv, sizeof(got));
	CHECK(!x.bad && !xdr_left(&x));
}

TEST(what_does_not_fit_is_not_written)
{
	uint8_t small[6] = { 0 };
	struct xdr x;

	xdr_init(&x, small, sizeof(small));
	xdr_put_u32(&x, 1);
	CHECK(!x.bad);
	xdr_put_u32(&x, 2);
	CHECK(x.bad);
	CHECK_EQ(small[4], 0);
	CHECK_EQ(xdr_left(&x), 0);
}

/* ---- RPC ---- */

TEST(a_call_is_read_as_it_was_written)
{
	struct rpc_call call = { .xid = 77, .prog = 100024, .vers = 1, .proc = 6 }, got;
	enum rpc_status status;
	size_t len, n;

	begin();
	rpc_put_call(&out, &call);
	len = xdr_len(&out);
	CHECK_EQ(len, 40);
	xdr_init(&out, bytes, len);
	CHECK(rpc_get_call(&out, &got, &status));
	CHECK_EQ(status, RPC_SUCCESS);
	CHECK_EQ(got.xid, 77);
	CHECK_EQ(got.prog, 100024);
	CHECK_EQ(got.proc, 6);
	for (n = 0; n < len; n++) {
		struct xdr x;

		xdr_init(&x, bytes, n);
		CHECK(!rpc_get_call(&x, &got, &status) || status == RPC_GARBAGE_ARGS);
	}
	bytes[11] = 3;
	xdr_init(&out, bytes, len);
	CHECK(rpc_get_call(&out, &got, &status));
	CHECK_EQ(status, RPC_VERS_MISMATCH);
	bytes[7] = 1;
	xdr_init(&out, bytes, len);
	CHECK(!rpc_get_call(&out, &got, &status));
}

TEST(replies_are_read_as_they_were_written)
{
	static const enum rpc_status all[] = {
		RPC_SUCCESS, RPC_PROG_UNAVAIL, RPC_PROG_MISMATCH, RPC_PROC_UNAVAIL,
		RPC_GARBAGE_ARGS, RPC_SYSTEM_ERR, RPC_VERS_MISMATCH, RPC_TOO_WEAK,
	};
	enum rpc_status status;
	uint32_t xid;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		begin();
		rpc_put_reply(&out, 5, all[i], 1);
		xdr_init(&out, bytes, xdr_len(&out));
		CHECK(rpc_get_reply(&out, &xid, &status));
		CHECK_EQ(xid, 5);
		CHECK_EQ(status, all[i] >= RPC_VERS_MISMATCH ? RPC_DENIED : all[i]);
	}
	for (i = 0; i < 24; i++) {
		begin();
		rpc_put_reply(&out, 5, RPC_SUCCESS, 1);
		xdr_init(&out, bytes, i);
		CHECK(!rpc_get_reply(&out, &xid, &status));
	}
}

/* ---- addresses ---- */

static const char *round_trip(const char *text)
{
	static char got[ADDR_TEXT];
	struct sockaddr_storage addr;

	return addr_parse(text, &addr) ? addr_text(&addr, got) : "none";
}

TEST(addresses_are_read_and_written)
{
	CHECK_STR(round_trip("10.0.0.1"), "10.0.0.1");
	CHECK_STR(round_trip("::ffff:10.0.0.1"), "10.0.0.1");
	CHECK_STR(round_trip("2001:DB8:0:0::1"), "2001:db8::1");
	CHECK_STR(round_trip("fe80::1%lo"), "fe80::1%lo");
	CHECK_STR(round_trip("2001:db8::1%lo"), "2001:db8::1");
	CHECK_STR(round_trip("10.0.0.1%lo"), "none");
	CHECK_STR(round_trip("client1"), "none");
	CHECK_STR(round_trip(""), "none");
	CHECK_STR(round_trip("10.0.0.1.10.0.0.1.10.0.0.1.10.0.0.1.10.0.0.1.10.0.0.1"), "none");
}

/* ---- whom it speaks of ---- */

static enum nsm_match match(const char *peer_name, const char *peer, const char *name,
			    const char *from)
{
	struct sockaddr_storage a = {}, b = {};

	CHECK(addr_parse(peer, &a) && addr_parse(from, &b));
	/* ports have nothing to do with it */
	addr_set_port(&b, 777);
	return nsm_match(peer_name, &a, name, &b);
}

TEST(a_host_speaks_of_itself)
{
	CHECK_EQ(match("c1", "10.0.0.11", "c1", "10.0.0.11"), NSM_SAME);
	CHECK_EQ(match("c1", "10.0.0.11", "C1", "10.0.0.11"), NSM_SAME);
	CHECK_EQ(match("c1", "10.0.0.11", "c1.example.com", "10.0.0.11"), NSM_SAME);
	CHECK_EQ(match("c1.example.com", "10.0.0.11", "c1", "10.0.0.11"), NSM_SAME);
	CHECK_EQ(match("10.0.0.11", "10.0.0.11", "c1", "10.0.0.11"), NSM_SAME);
	CHECK_EQ(match("c1", "10.0.0.11", "10.0.0.11", "10.0.0.11"), NSM_SAME);
	CHECK_EQ(match("c1", "fd00::11", "c1", "fd00::11"), NSM_SAME);
	CHECK_EQ(match("c1", "127.0.0.1", "c1", "127.0.0.1"), NSM_SAME);
}

TEST(and_of_nobody_else)
{
	CHECK_EQ(match("c1", "10.0.0.11", "c2", "10.0.0.12"), NSM_OTHER);
	CHECK_EQ(match("c1", "10.0.0.11", "c2", "10.0.0.11"), NSM_OTHER);
	CHECK_EQ(match("c1.a.com", "10.0.0.11", "c1.b.com", "10.0.0.11"), NSM_OTHER);
	CHECK_EQ(match("c1", "10.0.0.11", "c11", "10.0.0.11"), NSM_OTHER);
	CHECK_EQ(match("c1", "10.0.0.11", "10.0.0.11", "10.0.0.12"), NSM_OTHER);
	CHECK_EQ(match("10.0.0.11", "10.0.0.11", "c1", "10.0.0.12"), NSM_OTHER);
}

TEST(from_another_address_its_name_must_have_it)
{
	CHECK_EQ(match("c1", "10.0.0.11", "c1", "10.0.0.12"), NSM_LOOK);
	CHECK_EQ(match("c1", "10.0.0.11", "c1", "fd00::11"), NSM_LOOK);
	/* nobody on this host speaks for others */
	CHECK_EQ(match("c1", "10.0.0.11", "c1", "127.0.0.1"), NSM_OTHER);
	CHECK_EQ(match("c1", "10.0.0.11", "c1", "::1"), NSM_OTHER);
	/* half a name from another address is another host's */
	CHECK_EQ(match("c1.example.com", "10.0.0.11", "c1", "10.0.0.12"), NSM_OTHER);
}

/* ---- when it is said again ---- */

TEST(tries_go_by_turns_with_longer_and_longer_pauses)
{
	static const unsigned int pauses[] = {
		0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000,
	};
	struct schedule s = { .start = 1000000 };
	uint64_t now = s.start, due;
	size_t i;

	CHECK(!schedule_is_tcp(&s));
	for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		now += SCHEDULE_TRY_MS;
		CHECK(schedule_failed(&s, now, &due));
		CHECK_EQ(due - now, pauses[i]);
		CHECK_EQ(schedule_is_tcp(&s), i % 2 == 0);
		now = due;
	}
}

TEST(after_a_quarter_of_an_hour_it_is_given_up)
{
	struct schedule s = { .start = 5 };
	uint64_t now = s.start, due;
	unsigned int tries = 0;

	for (;;) {
		now += SCHEDULE_TRY_MS;
		tries++;
		if (!schedule_failed(&s, now, &due))
			break;
		CHECK(due > s.start && due - s.start < SCHEDULE_END_MS);
		now = due;
	}
	CHECK(now - s.start > SCHEDULE_END_MS - 70000 && now - s.start <= SCHEDULE_END_MS);
	CHECK(tries > 15 && tries < 25);
	/* tries that fail at once make it no shorter */
	s = (struct schedule){ .start = 0 };
	now = 0;
	tries = 0;
	while (schedule_failed(&s, now, &due)) {
		now = due;
		tries++;
	}
	CHECK(now > SCHEDULE_END_MS - 61000);
	CHECK(tries < 30);
}
