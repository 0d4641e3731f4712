/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses. An IPv4 address is one wherever it comes from: ::ffff:a.b.c.d is not
 * seen behind addr_unmap(). Ports are looked at only where it is said.
 */
#ifndef DITTOD_ADDR_H
#define DITTOD_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Room for an address as text, with its interface. */
#define ADDR_TEXT	(INET6_ADDRSTRLEN + 24)

bool addr_parse(const char *text, struct sockaddr_storage *addr);
const char *addr_text(const struct sockaddr_storage *addr, char text[ADDR_TEXT]);
void addr_unmap(struct sockaddr_storage *addr);
bool addr_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b);
bool addr_is_loopback(const struct sockaddr_storage *addr);
socklen_t addr_len(const struct sockaddr_storage *addr);
unsigned int addr_port(const struct sockaddr_storage *addr);
void addr_set_port(struct sockaddr_storage *addr, unsigned int port);
void addr_set(struct sockaddr_storage *addr, int family, const void *bytes, unsigned int scope);
void addr_any(struct sockaddr_storage *addr, int family, unsigned int port);

#endif
