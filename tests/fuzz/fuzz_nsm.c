// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the status monitor gets from the network: calls, replies, arguments. What is
 * accepted is written again as it came, where it has one form.
 *
 * Uses: userspace/dittod/xdr.c userspace/dittod/nsm_xdr.c userspace/dittod/nsm_match.c
 * Uses: userspace/dittod/addr.c
 */
#include "../../userspace/dittod/addr.h"
#include "../../userspace/dittod/nsm_match.h"
#include "../../userspace/dittod/nsm_xdr.h"
#include "fuzz.h"

static void check_name(const char *name)
{
	const char *p;

	FUZZ_CHECK(*name && strlen(name) <= NSM_NAME_MAX);
	for (p = name; *p; p++)
		FUZZ_CHECK((unsigned char)*p > ' ' && *p != 0x7f);
}

static void check_change(const struct nsm_change *change, const u8 *data, size_t len)
{
	struct sockaddr_storage from;
	uint8_t again[2048];
	char text[ADDR_TEXT];
	struct xdr x;

	check_name(change->name);
	xdr_init(&x, again, sizeof(again));
	nsm_put_change(&x, change->name, change->state);
	/* padding is not looked at */
	FUZZ_CHECK(!x.bad && xdr_len(&x) == len);
	FUZZ_CHECK(!memcmp(again, data, 4 + strlen(change->name)));
	addr_parse("10.0.0.11", &from);
	nsm_match(change->name, &from, "client1.example.com", &from);
	if (addr_parse(change->name, &from))
		FUZZ_CHECK(strlen(addr_text(&from, text)) < ADDR_TEXT);
}

static void fuzz_one(const u8 *data, size_t len)
{
	static struct nsm_change change;
	static struct nsm_mon mon;
	enum rpc_status status;
	struct rpc_call call;
	struct xdr x;
	uint32_t xid;
	size_t head;

	xdr_init(&x, (void *)data, len);
	rpc_get_reply(&x, &xid, &status);
	FUZZ_CHECK(xdr_len(&x) <= len);
	xdr_init(&x, (void *)data, len);
	if (!rpc_get_call(&x, &call, &status) || status != RPC_SUCCESS)
		return;
	head = xdr_len(&x);
	switch (call.proc % 7) {
	case NSM_STAT:
		if (nsm_get_name(&x, change.name))
			check_name(change.name);
		break;
	case NSM_MON:
	case NSM_UNMON:
		if (nsm_get_mon(&x, &mon, call.proc % 7 == NSM_MON))
			check_name(mon.name);
		break;
	case NSM_UNMON_ALL:
		nsm_get_id(&x, &mon.id);
		break;
	case NSM_NOTIFY:
		if (nsm_get_change(&x, &change))
			check_change(&change, data + head, len - head);
		break;
	}
	FUZZ_CHECK(xdr_len(&x) <= len);
}
