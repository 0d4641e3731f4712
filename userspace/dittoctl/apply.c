// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making the server what a configuration says. The exports change in one step
 * in the kernel; listeners and settings are changed one by one around that, and
 * put back if something fails. The order:
 *
 *   key, settings, new listeners, exports, then the listeners that are too many go
 *
 * so that whatever can fail has been done when the exports change. But a server
 * that listens nowhere yet gets its exports before its listeners: a client that
 * found a listener and no export would be told that its files are gone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "apply.h"

/**
 * struct apply - a configuration being put in place
 * @nl: connection
 * @conf: the configuration; gets the errors
 * @exports: its shares, resolved
 * @services: what can be listened for
 * @wanted: the listeners it asks for, each on its own
 * @lines: of the file, of each of @wanted
 * @before: what was there, to go back to
 * @added: listeners that are new
 * @settings_done: how many of the settings were changed
 * @exports_done: the exports were changed
 */
struct apply {
	struct ditto_nl		*nl;
	struct conf		*conf;
	const struct exports	*exports;
	struct services		services;
	struct listeners	wanted;
	unsigned int		*lines;
	struct {
		struct exports		exports;
		struct listeners	listeners;
		struct settings		settings;
	} before;
	struct listeners	added;
	size_t			settings_done;
	bool			exports_done;
};

static bool same_listener(const struct listener *a, const struct listener *b)
{
	return !strcmp(a->service, b->service) && a->transport == b->transport &&
	       a->family == b->family && a->port == b->port && a->scope == b->scope &&
	       !memcmp(a->addr, b->addr, sizeof(a->addr));
}

static bool has_listener(const struct listeners *listeners, const struct listener *l)
{
	size_t i;

	for (i = 0; i < listeners->nr; i++) {
		if (same_listener(&listeners->list[i], l))
			return true;
	}
	return false;
}

static void add_listener(struct listeners *listeners, const struct listener *l)
{
	listeners->list = xgrow(listeners->list, listeners->nr, sizeof(*l));
	listeners->list[listeners->nr++] = *l;
}

static int fail(struct apply *a, unsigned int line, int err, const char *why)
{
	conf_fault(a->conf, line, "%s", why);
	return err;
}

/* ---- what is wanted ---- */

static void want_listener(struct apply *a, const struct listener *l, unsigned int line)
{
	if (has_listener(&a->wanted, l))
		return;
	a->lines = xgrow(a->lines, a->wanted.nr, sizeof(*a->lines));
	a->lines[a->wanted.nr] = line;
	add_listener(&a->wanted, l);
}

/* A line of the file stands for up to four sockets: TCP and UDP, IPv4 and IPv6. */
static void want_listeners(struct apply *a, const struct conf_listen *listen,
			   const struct service *service)
{
	static const int transports[] = { DITTO_TRANSPORT_TCP, DITTO_TRANSPORT_UDP };
	static const int families[] = { AF_INET, AF_INET6 };
	struct listener l = {};
	int t, f;

	memcpy(l.service, service->name, sizeof(l.service));
	memcpy(l.addr, listen->addr, sizeof(l.addr));
	l.scope = listen->scope;
	l.port = listen->port ? listen->port : service->port;
	for (t = 0; t < 2; t++) {
		l.transport = transports[t];
		if (listen->transport ? listen->transport != l.transport :
		    l.transport == DITTO_TRANSPORT_UDP && !service->udp)
			continue;
		for (f = 0; f < 2; f++) {
			l.family = families[f];
			if (listen->family == AF_UNSPEC || listen->family == l.family)
				want_listener(a, &l, listen->line);
		}
	}
}

static int unknown_service(struct apply *a, const struct conf_listen *listen)
{
	const char *names[16], *near;
	size_t i, n;

	for (i = n = 0; i < a->services.nr && n < 15; i++)
		names[n++] = a->services.list[i].name;
	names[n] = NULL;
	near = word_near(listen->service, names);
	if (near)
		conf_fault(a->conf, listen->line, "there is no service '%s'; did you mean '%s'?",
			   listen->service, near);
	else
		conf_fault(a->conf, listen->line, "there is no service '%s'; load its module, for "
			   "NFS: modprobe ditto_nfs", listen->service);
	return -ENOENT;
}

/* Without a word about listeners, NFS is listened for as usual. */
static int want_all_listeners(struct apply *a)
{
	static const struct conf_listen usual = { .service = "nfs", .family = AF_UNSPEC };
	const struct conf_listen *listens = a->conf->listens;
	size_t i, nr = a->conf->nr_listens;
	const struct service *service;
	int err = 0;

	if (!nr && !a->conf->listen_none) {
		listens = &usual;
		nr = 1;
	}
	for (i = 0; i < nr; i++) {
		service = services_find(&a->services, listens[i].service);
		if (service)
			want_listeners(a, &listens[i], service);
		else
			err = unknown_service(a, &listens[i]);
	}
	return err;
}

static int check_settings(struct apply *a)
{
	const struct conf_set *set;
	char why[WHY_SIZE];
	int err = 0;
	size_t i;

	for (i = 0; i < a->conf->nr_sets; i++) {
		set = &a->conf->sets[i];
		if (!setting_check(&a->before.settings, set->name, set->value, why))
			err = fail(a, set->line, -EINVAL, why);
	}
	return err;
}

/* What there is now, and whether what is wanted makes sense. */
static int prepare(struct apply *a)
{
	int err;

	err = services_get(a->nl, &a->services);
	if (!err)
		err = listeners_get(a->nl, &a->before.listeners);
	if (!err)
		err = settings_get(a->nl, &a->before.settings);
	if (!err)
		err = exports_get(a->nl, &a->before.exports);
	if (err)
		return fail(a, 0, err, ditto_nl_why(a->nl));
	err = want_all_listeners(a);
	return check_settings(a) ? -EINVAL : err;
}

/* ---- doing it ---- */

static int do_key(struct apply *a)
{
	char why[WHY_SIZE];
	size_t i;
	int err;

	err = key_load(a->nl, why);
	if (!err)
		return 0;
	if (err == -EPERM)
		return fail(a, 0, err, why);
	for (i = 0; i < a->exports->nr; i++) {
		if (a->exports->list[i].flags & DITTO_EXPORT_FLAGS_MAC)
			return fail(a, a->exports->list[i].line, err, why);
	}
	if (a->exports->nr)
		ctl_note("%s", why);
	return 0;
}

static int do_exports(struct apply *a)
{
	struct fault fault;
	int err = exports_apply(a->nl, a->exports, &fault);

	a->exports_done = !err;
	return err ? fail(a, fault.line, err, fault.why) : 0;
}

static int do_settings(struct apply *a)
{
	const struct conf_set *set;
	int err;

	for (; a->settings_done < a->conf->nr_sets; a->settings_done++) {
		set = &a->conf->sets[a->settings_done];
		err = setting_set(a->nl, set->name, set->value);
		if (err)
			return fail(a, set->line, err, ditto_nl_why(a->nl));
	}
	return 0;
}

/* On all addresses of a machine without IPv6, or without IPv4, the other is enough. */
static bool family_missing(const struct listener *l, int err)
{
	static const uint8_t any[16];

	return (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL) &&
	       !memcmp(l->addr, any, sizeof(any));
}

static int do_listener(struct apply *a, const struct listener *l, unsigned int line)
{
	struct conf_listen listen;
	char why[WHY_SIZE];
	int err;

	if (has_listener(&a->before.listeners, l))
		return 0;
	listener_conf(l, &listen);
	err = listener_request(a->nl, DITTO_CMD_LISTEN_ADD, &listen);
	if (family_missing(l, err))
		return 0;
	if (err) {
		say(why, "%s", ditto_nl_why(a->nl));
		if (err == -EADDRINUSE)
			port_holder(l->transport, l->port, why);
		return fail(a, line, err, why);
	}
	add_listener(&a->added, l);
	return 0;
}

static int do_listeners(struct apply *a)
{
	size_t i;
	int err;

	for (i = 0; i < a->wanted.nr; i++) {
		err = do_listener(a, &a->wanted.list[i], a->lines[i]);
		if (err)
			return err;
	}
	return 0;
}

static void drop_listener(struct apply *a, const struct listener *l)
{
	struct conf_listen listen;

	listener_conf(l, &listen);
	if (listener_request(a->nl, DITTO_CMD_LISTEN_REMOVE, &listen))
		ctl_note("a listener for %s on port %u cannot be removed: %s", l->service, l->port,
			 ditto_nl_why(a->nl));
}

static void drop_surplus(struct apply *a)
{
	size_t i;

	for (i = 0; i < a->before.listeners.nr; i++) {
		if (!has_listener(&a->wanted, &a->before.listeners.list[i]))
			drop_listener(a, &a->before.listeners.list[i]);
	}
}

/* The opposite order of doing it. */
static void undo(struct apply *a)
{
	const struct setting *old;
	struct fault fault;
	size_t i;

	for (i = a->added.nr; i--; )
		drop_listener(a, &a->added.list[i]);
	for (i = a->settings_done; i--; ) {
		old = settings_find(&a->before.settings, a->conf->sets[i].name);
		if (old && setting_set(a->nl, old->name, old->value))
			ctl_note("setting '%s' cannot be put back: %s", old->name,
				 ditto_nl_why(a->nl));
	}
	if (a->exports_done && exports_apply(a->nl, &a->before.exports, &fault))
		ctl_note("the exports cannot be put back: %s", fault.why);
}

static int do_all(struct apply *a)
{
	bool listens = a->before.listeners.nr;
	int err;

	err = do_key(a);
	if (!err)
		err = do_settings(a);
	if (!err)
		err = listens ? do_listeners(a) : do_exports(a);
	if (!err)
		err = listens ? do_exports(a) : do_listeners(a);
	if (err)
		undo(a);
	else
		drop_surplus(a);
	return err;
}

/**
 * apply_conf - make the server what a configuration says
 * @nl: connection
 * @conf: the configuration; gets the errors
 * @exports: its shares, resolved
 *
 * Return: 0; a negative errno, and the server is as it was.
 */
int apply_conf(struct ditto_nl *nl, struct conf *conf, const struct exports *exports)
{
	struct apply a = { .nl = nl, .conf = conf, .exports = exports };
	int err;

	err = prepare(&a);
	if (!err)
		err = do_all(&a);
	free(a.services.list);
	free(a.wanted.list);
	free(a.added.list);
	free(a.lines);
	free(a.before.listeners.list);
	settings_free(&a.before.settings);
	exports_free(&a.before.exports);
	return err;
}

/**
 * apply_nothing - no listener and no export any more
 * @nl: connection
 * @why: gets a sentence if it fails
 *
 * Listeners go first, then connections: clients shall wait for the server to come
 * back, not be told that their files are gone.
 *
 * Return: 0 or a negative errno.
 */
int apply_nothing(struct ditto_nl *nl, char why[WHY_SIZE])
{
	const struct exports none = {};
	struct listeners listeners;
	struct conf_listen listen;
	struct fault fault;
	size_t i;
	int err;

	err = listeners_get(nl, &listeners);
	for (i = 0; !err && i < listeners.nr; i++) {
		listener_conf(&listeners.list[i], &listen);
		err = listener_request(nl, DITTO_CMD_LISTEN_REMOVE, &listen);
		if (err == -ENOENT)
			err = 0;
	}
	free(listeners.list);
	if (!err)
		err = clients_kill_all(nl);
	if (err) {
		say(why, "%s", ditto_nl_why(nl));
		return err;
	}
	err = exports_apply(nl, &none, &fault);
	if (err)
		say(why, "%s", fault.why);
	return err;
}
