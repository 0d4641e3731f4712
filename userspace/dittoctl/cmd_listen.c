// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl listen: where clients are waited for. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "dittoctl.h"

enum { OPT_PORT = 256, OPT_ADDRESS, OPT_TCP, OPT_UDP, OPT_NO_DITTOD };

/* Reads the command line. Returns an exit code; EXIT_OK if it was good. */
static int listen_parse(struct ctl *ctl, int argc, char **argv, struct conf_listen *listen,
			bool *daemon)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "port", required_argument, NULL, OPT_PORT },
		{ "address", required_argument, NULL, OPT_ADDRESS },
		{ "tcp", no_argument, NULL, OPT_TCP },
		{ "udp", no_argument, NULL, OPT_UDP },
		{ "no-dittod", no_argument, NULL, OPT_NO_DITTOD },
		{ 0 }
	};
	bool adds = ctl->command == &cmd_listen_add;
	bool tcp = false, udp = false, good = true;
	char why[WHY_SIZE];
	int option;

	while ((option = ctl_option(ctl, argc, argv, options)) != -1) {
		if (option == OPT_PORT)
			good = listen_port(listen, optarg, why);
		else if (option == OPT_ADDRESS)
			good = listen_address(listen, optarg, why);
		else if (option == OPT_TCP)
			tcp = true;
		else if (option == OPT_UDP)
			udp = true;
		else if (adds)
			*daemon = false;
		else
			return ctl_usage(ctl, "--no-dittod is for listen add");
		if (!good)
			return ctl_usage(ctl, "%s", why);
	}
	if (optind >= argc)
		return ctl_usage(ctl, "the name of the service is missing, for example nfs");
	if (optind + 1 < argc)
		return ctl_usage(ctl, "'%s' is too much", argv[optind + 1]);
	if (!listen_service(argv[optind], why))
		return ctl_usage(ctl, "%s", why);
	listen->service = argv[optind];
	if (tcp != udp)
		listen->transport = tcp ? DITTO_TRANSPORT_TCP : DITTO_TRANSPORT_UDP;
	return EXIT_OK;
}

static int run_request(struct ctl *ctl, int cmd, int argc, char **argv)
{
	bool daemon = cmd == DITTO_CMD_LISTEN_ADD;
	struct conf_listen listen = {};
	char why[WHY_SIZE];
	int code, err;

	code = listen_parse(ctl, argc, argv, &listen, &daemon);
	if (code != EXIT_OK)
		return code;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = listener_request(ctl->nl, cmd, &listen);
	if (!err) {
		if (daemon)
			daemon_start(ctl);
		return ctl_done(ctl);
	}
	say(why, "%s", ditto_nl_why(ctl->nl));
	if (err == -EADDRINUSE)
		port_holder(listen.transport, listener_port(ctl->nl, &listen), why);
	return ctl_refused(ctl, err, why);
}

static int run_add(struct ctl *ctl, int argc, char **argv)
{
	return run_request(ctl, DITTO_CMD_LISTEN_ADD, argc, argv);
}

static int run_remove(struct ctl *ctl, int argc, char **argv)
{
	return run_request(ctl, DITTO_CMD_LISTEN_REMOVE, argc, argv);
}

const struct command cmd_listen_add = {
	.name = "listen add",
	.args = "SERVICE [--port N] [--address A] [--tcp] [--udp] [--no-dittod]",
	.summary = "Wait for clients of a service",
	.help =
	"  --port N       instead of the service's own\n"
	"  --address A    on this address only, IPv4 or IPv6; else on all\n"
	"  --tcp, --udp   over this one only; else over all that the service has\n"
	"  --no-dittod    do not start the daemon if it does not run\n"
	"\nThe service of all NFS versions and of MOUNT is nfs, on port 2049.\n",
	.run = run_add,
};

const struct command cmd_listen_remove = {
	.name = "listen remove",
	.args = "SERVICE [--port N] [--address A] [--tcp] [--udp]",
	.summary = "Wait no longer",
	.help = "The options are as in listen add. Clients that are connected stay.\n",
	.run = run_remove,
};

static void list_table(const struct listeners *listeners)
{
	struct table table = { .columns = 4 };
	char text[INET6_ADDRSTRLEN];
	size_t i;

	table_add(&table, "SERVICE");
	table_add(&table, "TRANSPORT");
	table_add(&table, "ADDRESS");
	table_add(&table, "PORT");
	for (i = 0; i < listeners->nr; i++) {
		const struct listener *l = &listeners->list[i];

		address_print(text, sizeof(text), l->family, l->addr);
		table_add(&table, "%s", l->service);
		table_add(&table, "%s", transport_name(l->transport));
		table_add(&table, "%s", text);
		table_add(&table, "%u", l->port);
	}
	table_print(&table, "no listeners");
}

static void list_json(struct json *j, const struct listeners *listeners)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	json_array(j, NULL);
	for (i = 0; i < listeners->nr; i++) {
		const struct listener *l = &listeners->list[i];

		address_print(text, sizeof(text), l->family, l->addr);
		json_object(j, NULL);
		json_string(j, "service", l->service);
		json_string(j, "transport", transport_name(l->transport));
		json_string(j, "address", text);
		json_number(j, "port", l->port);
		json_close(j);
	}
	json_close(j);
}

static int run_list(struct ctl *ctl, int argc, char **argv)
{
	struct listeners listeners;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = listeners_get(ctl->nl, &listeners);
	if (!err && ctl->json)
		list_json(&ctl->j, &listeners);
	else if (!err)
		list_table(&listeners);
	free(listeners.list);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

const struct command cmd_listen_list = {
	.name = "listen list",
	.args = "",
	.summary = "List where clients are waited for",
	.run = run_list,
};
