// SPDX-License-Identifier: GPL-2.0-only
/* SET, UNSET and GETADDR of rpcbind (RFC 1833). Pure C. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include "rpc/msg.h"
#include "rpc/rpcbind_msg.h"

/* rpcbind takes the owner from the transport where it can; this is what it is told. */
#define RPCBIND_OWNER	"superuser"

static const char *const rpcbind_netids[RPCBIND_NETIDS] = {
	[RPCBIND_TCP]	= "tcp",
	[RPCBIND_UDP]	= "udp",
	[RPCBIND_TCP6]	= "tcp6",
	[RPCBIND_UDP6]	= "udp6",
};

/**
 * rpcbind_netid_name - a transport's network identifier (RFC 5665 section 5)
 * @netid: the transport
 *
 * Return: "tcp", "udp6" ...
 */
const char *rpcbind_netid_name(enum rpcbind_netid netid)
{
	return rpcbind_netids[netid];
}
EXPORT_SYMBOL_GPL(rpcbind_netid_name);

/**
 * rpcbind_uaddr4 - universal address of an IPv4 address and port (RFC 5665 5.2.3.3)
 * @uaddr: filled in, terminated
 * @addr: network order
 * @port: host order
 */
void rpcbind_uaddr4(char uaddr[RPCBIND_UADDR_MAX], const u8 addr[4], u16 port)
{
	snprintf(uaddr, RPCBIND_UADDR_MAX, "%u.%u.%u.%u.%u.%u", addr[0], addr[1], addr[2],
		 addr[3], port >> 8, port & 0xff);
}
EXPORT_SYMBOL_GPL(rpcbind_uaddr4);

/**
 * rpcbind_uaddr6 - universal address of an IPv6 address and port (RFC 5665 5.2.3.4)
 * @uaddr: filled in, terminated; the unspecified address as "::", others in full
 * @addr: network order
 * @port: host order
 */
void rpcbind_uaddr6(char uaddr[RPCBIND_UADDR_MAX], const u8 addr[16], u16 port)
{
	unsigned int i, any = 0;
	int n = 0;

	for (i = 0; i < 16; i++)
		any |= addr[i];
	if (!any)
		n = snprintf(uaddr, RPCBIND_UADDR_MAX, "::");
	for (i = 0; any && i < 16; i += 2)
		n += snprintf(uaddr + n, RPCBIND_UADDR_MAX - n, i ? ":%x" : "%x",
			      get_unaligned_be16(addr + i));
	snprintf(uaddr + n, RPCBIND_UADDR_MAX - n, ".%u.%u", port >> 8, port & 0xff);
}
EXPORT_SYMBOL_GPL(rpcbind_uaddr6);

/**
 * rpcbind_can_say - can a mapping be expressed in a version of the protocol?
 * @version: of rpcbind
 * @map: the mapping
 *
 * Return: false for IPv6 and the port mapper.
 */
bool rpcbind_can_say(u32 version, const struct rpcbind_map *map)
{
	return version != RPCBIND_VERS_PMAP || map->netid == RPCBIND_TCP ||
	       map->netid == RPCBIND_UDP;
}
EXPORT_SYMBOL_GPL(rpcbind_can_say);

static void rpcbind_put_string(struct ditto_encoder *enc, const char *s)
{
	xdr_put_opaque(enc, s, strlen(s));
}

/**
 * rpcbind_put_call - write a call to rpcbind
 * @enc: empty, with room for RPCBIND_CALL_MAX bytes
 * @xid: transaction id
 * @version: 2, 3 or 4
 * @proc: RPCBIND_PROC_SET, _UNSET or _GETADDR
 * @map: what to set, unset or ask for
 */
void rpcbind_put_call(struct ditto_encoder *enc, u32 xid, u32 version, u32 proc,
		      const struct rpcbind_map *map)
{
	xdr_put_u32(enc, xid);
	xdr_put_u32(enc, RPC_MSG_CALL);
	xdr_put_u32(enc, RPC_MSG_VERSION);
	xdr_put_u32(enc, RPCBIND_PROG);
	xdr_put_u32(enc, version);
	xdr_put_u32(enc, proc);
	xdr_put_u64(enc, 0);	/* credential: AUTH_NONE, empty */
	xdr_put_u64(enc, 0);	/* verifier: the same */
	if (proc == RPCBIND_PROC_GETADDR) {
		rpcbind_put_query(enc, version, map);
		return;
	}
	xdr_put_u32(enc, map->prog);
	xdr_put_u32(enc, map->vers);
	if (version == RPCBIND_VERS_PMAP) {
		xdr_put_u32(enc, map->netid == RPCBIND_TCP ? IPPROTO_TCP : IPPROTO_UDP);
		xdr_put_u32(enc, map->port);
		return;
	}
	rpcbind_put_string(enc, rpcbind_netid_name(map->netid));
	rpcbind_put_string(enc, map->uaddr);
	rpcbind_put_string(enc, RPCBIND_OWNER);
}
EXPORT_SYMBOL_GPL(rpcbind_put_call);

/* RPCBIND_TRUE: the results come next. */
static enum rpcbind_answer rpcbind_get_head(struct ditto_cursor *cur, u32 xid)
{
	struct ditto_span verf;
	u32 stat;

	if (xdr_get_u32(cur) != xid && ditto_cursor_ok(cur))
		return RPCBIND_OTHER_XID;
	if (xdr_get_u32(cur) != RPC_MSG_REPLY || xdr_get_u32(cur) != RPC_REPLY_ACCEPTED)
		return RPCBIND_BROKEN;
	xdr_get_u32(cur);
	xdr_get_opaque_span(cur, RPC_MSG_AUTH_MAX, &verf);
	stat = xdr_get_u32(cur);
	if (ditto_cursor_ok(cur) && stat == RPC_ACCEPT_PROG_MISMATCH)
		return RPCBIND_WRONG_VERSION;
	if (!ditto_cursor_ok(cur) || stat != RPC_ACCEPT_SUCCESS)
		return RPCBIND_BROKEN;
	return RPCBIND_TRUE;
}

/**
 * rpcbind_get_answer - read the reply to SET or UNSET
 * @cur: at the message's first byte
 * @xid: of the call
 *
 * Return: what rpcbind says.
 */
enum rpcbind_answer rpcbind_get_answer(struct ditto_cursor *cur, u32 xid)
{
	enum rpcbind_answer answer = rpcbind_get_head(cur, xid);
	u32 value;

	if (answer != RPCBIND_TRUE)
		return answer;
	value = xdr_get_bool(cur);
	if (!ditto_cursor_ok(cur))
		return RPCBIND_BROKEN;
	return value ? RPCBIND_TRUE : RPCBIND_FALSE;
}
EXPORT_SYMBOL_GPL(rpcbind_get_answer);

/**
 * rpcbind_put_query - write the arguments of GETADDR or GETPORT
 * @enc: behind the head of a call to RPCBIND_PROC_GETADDR
 * @version: 2, 3 or 4
 * @map: program, version and transport asked for; uaddr: where rpcbind itself is
 *	called, so that it answers with an address of the same network
 */
void rpcbind_put_query(struct ditto_encoder *enc, u32 version, const struct rpcbind_map *map)
{
	xdr_put_u32(enc, map->prog);
	xdr_put_u32(enc, map->vers);
	if (version == RPCBIND_VERS_PMAP) {
		xdr_put_u32(enc, map->netid == RPCBIND_TCP ? IPPROTO_TCP : IPPROTO_UDP);
		xdr_put_u32(enc, 0);
		return;
	}
	rpcbind_put_string(enc, rpcbind_netid_name(map->netid));
	rpcbind_put_string(enc, map->uaddr);
	rpcbind_put_string(enc, "");
}
EXPORT_SYMBOL_GPL(rpcbind_put_query);

/**
 * rpcbind_get_addr_answer - read the reply to GETADDR or GETPORT
 * @cur: at the message's first byte
 * @xid: of the call
 * @version: of the call
 * @port: set as rpcbind_get_port() says, if there are results
 *
 * Return: RPCBIND_TRUE if there are results, else why not.
 */
enum rpcbind_answer rpcbind_get_addr_answer(struct ditto_cursor *cur, u32 xid, u32 version,
					    int *port)
{
	enum rpcbind_answer answer = rpcbind_get_head(cur, xid);

	if (answer == RPCBIND_TRUE)
		*port = rpcbind_get_port(cur, version);
	return answer;
}

/* The digits that end at *@end, behind a dot; @end is moved to the dot. -1: not an octet. */
static int rpcbind_octet(const u8 *s, u32 *end)
{
	u32 i = *end, scale = 1, v = 0;

	while (i && s[i - 1] != '.') {
		if (s[i - 1] < '0' || s[i - 1] > '9' || scale > 100)
			return -1;
		v += (s[i - 1] - '0') * scale;
		scale *= 10;
		i--;
	}
	if (!i || i == *end || v > 255)
		return -1;
	*end = i - 1;
	return v;
}

/**
 * rpcbind_get_port - read the results of GETADDR or GETPORT
 * @cur: at the results
 * @version: of the question
 *
 * Of an address only the port is taken: the peer is reached where it was asked.
 *
 * Return: the port in host order; 0 if the program is not registered; -EPROTO if that is
 * no answer.
 */
int rpcbind_get_port(struct ditto_cursor *cur, u32 version)
{
	u8 scratch[64];
	int high, low;
	const u8 *s;
	u32 len;

	if (version == RPCBIND_VERS_PMAP) {
		u32 port = xdr_get_u32(cur);

		return ditto_cursor_ok(cur) && port <= 65535 ? (int)port : -EPROTO;
	}
	s = xdr_get_opaque(cur, sizeof(scratch), &len, scratch);
	if (!s)
		return -EPROTO;
	if (!len)
		return 0;
	low = rpcbind_octet(s, &len);
	high = low < 0 ? -1 : rpcbind_octet(s, &len);
	return high < 0 ? -EPROTO : high << 8 | low;
}
EXPORT_SYMBOL_GPL(rpcbind_get_port);
