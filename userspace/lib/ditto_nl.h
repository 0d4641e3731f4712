/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netlink family "ditto" as seen from user space: requests, dumps, events,
 * and what the kernel says when it refuses. What the messages hold is told in
 * uapi/ditto_netlink.h.
 *
 * Functions that return int return 0 or a negative errno; ditto_nl_why() then has
 * a sentence about it.
 */
#ifndef DITTO_LIB_NL_H
#define DITTO_LIB_NL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ditto_nl;

/* Called with each message's attributes, @len bytes; other than 0 ends the dump. */
typedef int (*ditto_nl_fn)(void *arg, int cmd, struct nlattr *attrs, int len);

int ditto_nl_open(struct ditto_nl **nl);
void ditto_nl_close(struct ditto_nl *nl);

struct nl_msg *ditto_nl_msg(struct ditto_nl *nl, int cmd, size_t room);
int ditto_nl_do(struct ditto_nl *nl, struct nl_msg *msg, ditto_nl_fn fn, void *arg);
int ditto_nl_dump(struct ditto_nl *nl, int cmd, ditto_nl_fn fn, void *arg);
int ditto_nl_dump_msg(struct ditto_nl *nl, struct nl_msg *msg, ditto_nl_fn fn, void *arg);
int ditto_nl_events(struct ditto_nl *nl, const char *name, ditto_nl_fn fn, void *arg);

const char *ditto_nl_why(const struct ditto_nl *nl);
bool ditto_nl_bad_attr(const struct ditto_nl *nl, uint32_t *offset);

uint64_t ditto_nl_get_uint(const struct nlattr *attr);
int ditto_nl_put_uint(struct nl_msg *msg, int type, uint64_t value);

#endif
