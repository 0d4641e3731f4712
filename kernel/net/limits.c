// SPDX-License-Identifier: GPL-2.0-only
/* The limits of the transports, as settings of each network namespace. */
#include <linux/mm.h>
#include <linux/sizes.h>
#include "base/settings.h"
#include "net/internal.h"

/* Where a setting lies in struct ditto_limits is its @data. */
static void *limit_field(struct net *net, const struct ditto_setting *s)
{
	return (void *)&ditto_netns(net)->limits + (unsigned long)s->data;
}

static u64 limit_get(struct net *net, const struct ditto_setting *s)
{
	void *field = limit_field(net, s);

	return s->size == sizeof(u64) ? READ_ONCE(*(u64 *)field) : READ_ONCE(*(u32 *)field);
}

static int limit_set(struct net *net, const struct ditto_setting *s, u64 value)
{
	void *field = limit_field(net, s);

	if (s->size == sizeof(u64))
		WRITE_ONCE(*(u64 *)field, value);
	else
		WRITE_ONCE(*(u32 *)field, value);
	return 0;
}

#define LIMIT(nm, field, lo, hi, start, txt) {					\
	.name = (nm), .help = (txt), .min = (lo), .max = (hi), .def = (start),	\
	.get = limit_get, .set = limit_set,					\
	.data = (void *)offsetof(struct ditto_limits, field),			\
	.size = sizeof_field(struct ditto_limits, field),			\
}

enum { LIMIT_CONNS, LIMIT_CLIENT, LIMIT_REQUESTS, LIMIT_BYTES, LIMIT_CONN_BYTES, LIMIT_IDLE,
       LIMIT_SEND };

static struct ditto_setting limit_settings[] = {
	[LIMIT_CONNS] = LIMIT("max-connections", max_conns, 1, 1000000, 65536,
			      "connections in all"),
	[LIMIT_CLIENT] = LIMIT("max-connections-per-client", max_conns_per_client, 1, 1000000,
			       16384, "connections of one client address"),
	[LIMIT_REQUESTS] = LIMIT("max-requests", max_requests, 1, 65536, 256,
				 "requests in work on one connection"),
	[LIMIT_BYTES] = LIMIT("max-receive-bytes", max_bytes, SZ_4M, SZ_1G * 1024ULL, 0,
			      "bytes that messages and replies in work hold in all"),
	[LIMIT_CONN_BYTES] = LIMIT("max-connection-bytes", max_conn_bytes, SZ_1M, SZ_1G, SZ_64M,
				   "bytes that messages and replies of one connection hold"),
	[LIMIT_IDLE] = LIMIT("idle-timeout", idle_timeout, 0, 30 * 86400, 900,
			     "seconds without a message until a connection is closed, 0: never"),
	[LIMIT_SEND] = LIMIT("send-timeout", send_timeout, 1, 86400, 60,
			     "seconds a client may take to send a message or to take a reply"),
};

static struct ditto_setting_group limit_group = {
	.settings	= limit_settings,
	.nr		= ARRAY_SIZE(limit_settings),
};

/**
 * ditto_limits_default - the limits a namespace starts with
 * @limits: filled in
 */
void ditto_limits_default(struct ditto_limits *limits)
{
	limits->max_conns = limit_settings[LIMIT_CONNS].def;
	limits->max_conns_per_client = limit_settings[LIMIT_CLIENT].def;
	limits->max_requests = limit_settings[LIMIT_REQUESTS].def;
	limits->max_bytes = limit_settings[LIMIT_BYTES].def;
	limits->max_conn_bytes = limit_settings[LIMIT_CONN_BYTES].def;
	limits->idle_timeout = limit_settings[LIMIT_IDLE].def;
	limits->send_timeout = limit_settings[LIMIT_SEND].def;
}

/**
 * ditto_limits_prepare - what depends on this machine; before any namespace starts
 */
void ditto_limits_prepare(void)
{
	u64 ram = (u64)totalram_pages() << PAGE_SHIFT;

	limit_settings[LIMIT_BYTES].def = clamp_t(u64, ram / 8, SZ_64M, SZ_1G * 1024ULL);
}

/**
 * ditto_limits_init - offer the limits as settings
 *
 * Return: 0 or a negative errno.
 */
int ditto_limits_init(void)
{
	return ditto_settings_register(&limit_group);
}

/**
 * ditto_limits_exit - take the settings back
 */
void ditto_limits_exit(void)
{
	ditto_settings_unregister(&limit_group);
}
