// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl nsm show: what dittod has on record of other hosts. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include "ditto_state.h"
#include "ditto_store.h"
#include "dittoctl.h"

/* Peers are shown as they come. */
struct nsm_list {
	struct ctl	*ctl;
	struct table	table;
};

static void nsm_time(int64_t seconds, char text[32])
{
	time_t t = seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		*text = '\0';
}

/* For whom: the kernel, or a lock manager on this host. */
static void nsm_for(const struct store_peer *peer, char text[48])
{
	if (peer->prog)
		snprintf(text, 48, "program %" PRIu32 ".%" PRIu32, peer->prog, peer->vers);
	else
		snprintf(text, 48, "kernel");
}

static int show_peer(void *arg, const struct store_peer *peer)
{
	struct nsm_list *list = arg;
	char since[32], who[48];

	nsm_time(peer->added, since);
	nsm_for(peer, who);
	table_add(&list->table, "%s", peer->name);
	table_add(&list->table, "%s", peer->address);
	table_add(&list->table, "%s", who);
	if (peer->state < 0)
		table_add(&list->table, "-");
	else
		table_add(&list->table, "%" PRId64, peer->state);
	table_add(&list->table, "%s", since);
	return 0;
}

static int show_name(void *arg, const struct store_peer *peer)
{
	struct nsm_list *list = arg;

	table_add(&list->table, "%s", peer->name);
	table_add(&list->table, "%s", peer->address);
	return 0;
}

static int json_peer(void *arg, const struct store_peer *peer)
{
	struct json *j = arg;
	char since[32], who[48];

	nsm_time(peer->added, since);
	nsm_for(peer, who);
	json_object(j, NULL);
	json_string(j, "name", peer->name);
	json_string(j, "address", peer->address);
	json_string(j, "local", *peer->local ? peer->local : NULL);
	json_string(j, "for", who);
	if (peer->state < 0)
		json_null(j, "state");
	else
		json_number(j, "state", peer->state);
	json_string(j, "since", since);
	json_close(j);
	return 0;
}

static int json_name(void *arg, const struct store_peer *peer)
{
	struct json *j = arg;
	char since[32];

	json_object(j, NULL);
	json_string(j, "name", peer->name);
	json_string(j, "address", peer->address);
	if (peer->added) {
		nsm_time(peer->added, since);
		json_string(j, "since", since);
	}
	json_close(j);
	return 0;
}

static int show_json(struct ctl *ctl, struct store *store, const struct store_host *host)
{
	struct json *j = &ctl->j;
	int err;

	json_object(j, NULL);
	json_number(j, "state", host->state);
	json_array(j, "peers");
	err = store_peers(store, json_peer, j);
	json_close(j);
	json_array(j, "unnotified");
	if (!err)
		err = store_unnotified(store, json_name, j);
	json_close(j);
	json_array(j, "may_reclaim");
	if (!err)
		err = store_grace(store, json_name, j);
	json_close(j);
	json_close(j);
	return err;
}

/* A table of names with a heading, where there are any. */
static int show_names(struct ctl *ctl, struct store *store, const char *title,
		      int (*walk)(struct store *store, store_peer_fn fn, void *arg))
{
	struct nsm_list list = { .ctl = ctl, .table = { .columns = 2 } };
	int err;

	table_add(&list.table, "PEER");
	table_add(&list.table, "ADDRESS");
	err = walk(store, show_name, &list);
	printf("\n%s:\n", title);
	table_print(&list.table, "none");
	return err;
}

static int show_text(struct ctl *ctl, struct store *store, const struct store_host *host)
{
	struct nsm_list list = { .ctl = ctl, .table = { .columns = 5 } };
	int err;

	printf("state %" PRIu32 "\n\nmonitored:\n", host->state);
	table_add(&list.table, "PEER");
	table_add(&list.table, "ADDRESS");
	table_add(&list.table, "FOR");
	table_add(&list.table, "STATE");
	table_add(&list.table, "SINCE");
	err = store_peers(store, show_peer, &list);
	table_print(&list.table, "none");
	if (!err)
		err = show_names(ctl, store, "to be told that we have restarted", store_unnotified);
	if (!err)
		err = show_names(ctl, store, "may reclaim", store_grace);
	return err;
}

static int run_nsm_show(struct ctl *ctl, int argc, char **argv)
{
	char path[STATE_PATH], why[STORE_WHY];
	const char *dir = state_dir(path);
	struct store_host host;
	struct store *store;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	err = store_open(&store, dir, true, why);
	if (err == -ENOENT)
		return ctl_refuse(ctl, "dittod has no records in %s; start it with: systemctl start "
				  "dittod", dir);
	if (err == -EACCES)
		return ctl_refuse(ctl, "the records in %s are root's; run it with sudo", dir);
	if (err)
		return ctl_refuse(ctl, "%s", why);
	err = store_host(store, &host);
	if (!err)
		err = ctl->json ? show_json(ctl, store, &host) : show_text(ctl, store, &host);
	if (err)
		ctl_refuse(ctl, "%s", store_why(store));
	store_close(store);
	return err ? EXIT_REFUSED : EXIT_OK;
}

const struct command cmd_nsm_show = {
	.name = "nsm show",
	.args = "",
	.summary = "Show which hosts the status monitor has on record",
	.help = "Monitored are those that hold locks here, and those where this host holds some; the\n"
		"former may reclaim theirs after a restart. The records are dittod's; it need not run.\n",
	.run = run_nsm_show,
};
