// SPDX-License-Identifier: GPL-2.0-only
/* Addresses. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"

/**
 * addr_set - make an address of its bytes
 * @addr: gets it, with port 0
 * @family: AF_INET or AF_INET6
 * @bytes: four or sixteen, in network order
 * @scope: interface of a link-local address
 */
void addr_set(struct sockaddr_storage *addr, int family, const void *bytes, unsigned int scope)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;

	memset(addr, 0, sizeof(*addr));
	addr->ss_family = family;
	if (family == AF_INET) {
		memcpy(&in->sin_addr, bytes, sizeof(in->sin_addr));
	} else {
		memcpy(&in6->sin6_addr, bytes, sizeof(in6->sin6_addr));
		if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
			in6->sin6_scope_id = scope;
	}
}

/**
 * addr_any - the address that stands for all of ours
 * @addr: gets it
 * @family: AF_INET or AF_INET6
 * @port: its port
 */
void addr_any(struct sockaddr_storage *addr, int family, unsigned int port)
{
	static const uint8_t zero[16];

	addr_set(addr, family, zero, 0);
	addr_set_port(addr, port);
}

/**
 * addr_parse - read an address
 * @text: 192.0.2.1, 2001:db8::1, fe80::1%eth0
 * @addr: gets it
 *
 * Return: false if it is none.
 */
bool addr_parse(const char *text, struct sockaddr_storage *addr)
{
	char plain[INET6_ADDRSTRLEN], *end;
	const char *zone = strchr(text, '%');
	size_t len = zone ? (size_t)(zone - text) : strlen(text);
	unsigned int scope = 0;
	uint8_t bytes[16];

	if (len >= sizeof(plain))
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (!zone && inet_pton(AF_INET, plain, bytes) == 1) {
		addr_set(addr, AF_INET, bytes, 0);
		return true;
	}
	if (inet_pton(AF_INET6, plain, bytes) != 1)
		return false;
	if (zone) {
		scope = if_nametoindex(zone + 1);
		if (!scope)
			scope = strtoul(zone + 1, &end, 10);
	}
	addr_set(addr, AF_INET6, bytes, scope);
	addr_unmap(addr);
	return true;
}

/**
 * addr_text - write an address, without its port
 * @addr: which
 * @text: gets it; "" for none. addr_parse() reads it
 *
 * Return: @text
 */
const char *addr_text(const struct sockaddr_storage *addr, char text[ADDR_TEXT])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
	char name[IF_NAMESIZE];
	size_t len;

	*text = '\0';
	if (addr->ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, text, ADDR_TEXT);
	if (addr->ss_family != AF_INET6)
		return text;
	inet_ntop(AF_INET6, &in6->sin6_addr, text, ADDR_TEXT);
	if (!in6->sin6_scope_id)
		return text;
	len = strlen(text);
	/* the name, because numbers change with each boot */
	if (if_indextoname(in6->sin6_scope_id, name))
		snprintf(text + len, ADDR_TEXT - len, "%%%s", name);
	else
		snprintf(text + len, ADDR_TEXT - len, "%%%u", in6->sin6_scope_id);
	return text;
}

/**
 * addr_unmap - have an IPv4 address be one
 * @addr: is changed; its port stays
 */
void addr_unmap(struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	unsigned int port = addr_port(addr);
	uint8_t bytes[4];

	if (addr->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return;
	memcpy(bytes, &in6->sin6_addr.s6_addr[12], sizeof(bytes));
	addr_set(addr, AF_INET, bytes, 0);
	addr_set_port(addr, port);
}

/**
 * addr_same - is it the same host's address?
 * @a: one
 * @b: the other
 *
 * A link-local address whose interface is not known is the same on each.
 *
 * Return: true if it is.
 */
bool addr_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in6 *b6 = (const struct sockaddr_in6 *)b;
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in *b4 = (const struct sockaddr_in *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	if (a->ss_family != AF_INET6)
		return false;
	if (a6->sin6_scope_id && b6->sin6_scope_id && a6->sin6_scope_id != b6->sin6_scope_id)
		return false;
	return !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr));
}

/**
 * addr_is_loopback - does it not leave this host?
 * @addr: which
 *
 * Return: true for 127.0.0.0/8 and ::1.
 */
bool addr_is_loopback(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

	if (addr->ss_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return addr->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/**
 * addr_len - how long it is for the kernel
 * @addr: which
 *
 * Return: bytes.
 */
socklen_t addr_len(const struct sockaddr_storage *addr)
{
	return addr->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
					    sizeof(struct sockaddr_in6);
}

/**
 * addr_port - its port
 * @addr: which
 *
 * Return: number.
 */
unsigned int addr_port(const struct sockaddr_storage *addr)
{
	/* it stands in the same place in both */
	return ntohs(((const struct sockaddr_in *)addr)->sin_port);
}

/**
 * addr_set_port - give it another port
 * @addr: is changed
 * @port: number
 */
void addr_set_port(struct sockaddr_storage *addr, unsigned int port)
{
	((struct sockaddr_in *)addr)->sin_port = htons(port);
}
