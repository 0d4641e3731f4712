/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all commands of dittoctl share: the call they were made with, how they
 * reach the kernel, how they refuse.
 */
#ifndef DITTO_CTL_DITTOCTL_H
#define DITTO_CTL_DITTOCTL_H

#include <getopt.h>
#include "exports.h"

#define DEFAULT_CONF	"/etc/ditto/ditto.conf"

/* Exit codes. */
enum {
	EXIT_OK		= 0,
	EXIT_REFUSED	= 1,
	EXIT_USAGE	= 2,
};

struct ctl;

/**
 * struct command - a command
 * @name: its words, for example "export add"
 * @args: what comes behind them
 * @summary: one line
 * @help: the rest of its --help; may be NULL
 * @run: does it; gets the words behind the name, argv[0] is the command's last word;
 *	returns an exit code
 */
struct command {
	const char	*name;
	const char	*args;
	const char	*summary;
	const char	*help;
	int		(*run)(struct ctl *ctl, int argc, char **argv);
};

/**
 * struct ctl - the call
 * @command: what is to be done
 * @json: the answer is to be JSON
 * @nl: connection to the kernel, where the command needs one
 * @j: the JSON document
 */
struct ctl {
	const struct command	*command;
	bool			json;
	struct ditto_nl		*nl;
	struct json		j;
};

/* Options that every command has; the first two of each array. */
#define COMMON_OPTIONS { "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }

int ctl_option(struct ctl *ctl, int argc, char **argv, const struct option *options);
bool ctl_options_none(struct ctl *ctl, int argc, char **argv, int min, int max);
int ctl_usage(const struct ctl *ctl, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool ctl_open(struct ctl *ctl);
int ctl_refuse(struct ctl *ctl, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int ctl_refused(struct ctl *ctl, int err, const char *why);
int ctl_done(struct ctl *ctl);
void ctl_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

extern const struct command cmd_status, cmd_stop, cmd_events;
extern const struct command cmd_export_add, cmd_export_remove, cmd_export_list, cmd_export_show;
extern const struct command cmd_listen_add, cmd_listen_remove, cmd_listen_list;
extern const struct command cmd_clients_list, cmd_clients_kill;
extern const struct command cmd_nsm_show;
extern const struct command cmd_clients_forget, cmd_locks_list, cmd_locks_why;
extern const struct command cmd_locks_release, cmd_locks_clients;
extern const struct command cmd_grace_show, cmd_grace_end;
extern const struct command cmd_stats, cmd_settings, cmd_set;
extern const struct command cmd_apply, cmd_check;

/* listeners.c */

/**
 * struct listener - a listener as the kernel has it
 * @service: for whom
 * @transport: DITTO_TRANSPORT_*
 * @family: AF_INET or AF_INET6
 * @addr: in network order
 * @port: number
 * @scope: interface of a link-local address
 */
struct listener {
	char		service[DITTO_NAME_MAX + 1];
	int		transport;
	int		family;
	uint8_t		addr[16];
	uint16_t	port;
	uint32_t	scope;
};

struct listeners {
	struct listener	*list;
	size_t		nr;
};

/**
 * struct service - what can be listened for
 * @name: its name
 * @port: its usual port
 * @udp: over UDP as well
 */
struct service {
	char		name[DITTO_NAME_MAX + 1];
	uint16_t	port;
	bool		udp;
};

struct services {
	struct service	*list;
	size_t		nr;
};

int services_get(struct ditto_nl *nl, struct services *services);
const struct service *services_find(const struct services *services, const char *name);
unsigned int listener_port(struct ditto_nl *nl, const struct conf_listen *listen);
int listeners_get(struct ditto_nl *nl, struct listeners *listeners);
int listener_request(struct ditto_nl *nl, int cmd, const struct conf_listen *listen);
void listener_conf(const struct listener *listener, struct conf_listen *listen);
const char *transport_name(int transport);

/* cmd_clients.c */
int clients_kill_all(struct ditto_nl *nl);

/* daemon.c */
void daemon_start(struct ctl *ctl);

/* cmd_status.c */
int status_of_part(struct ditto_nl *nl, const char *name);

/* settings.c */

/**
 * struct setting - a setting as the kernel has it
 * @name: its name
 * @help: what it does
 * @value: now
 * @min: least
 * @max: greatest
 * @def: after loading
 * @shared: the same in all network namespaces
 */
struct setting {
	char		*name;
	char		*help;
	uint64_t	value;
	uint64_t	min;
	uint64_t	max;
	uint64_t	def;
	bool		shared;
};

struct settings {
	struct setting	*list;
	size_t		nr;
};

int settings_get(struct ditto_nl *nl, struct settings *settings);
void settings_free(struct settings *settings);
const struct setting *settings_find(const struct settings *settings, const char *name);
bool setting_check(const struct settings *settings, const char *name, uint64_t value,
		   char why[WHY_SIZE]);
int setting_set(struct ditto_nl *nl, const char *name, uint64_t value);

/* holder.c */
bool port_holder(int transport, unsigned int port, char why[WHY_SIZE]);

/* key.c */
int key_load(struct ditto_nl *nl, char why[WHY_SIZE]);

/* table.c */

/**
 * struct table - lines in columns
 * @cells: the texts, row by row; the first row is the heading
 * @nr: texts
 * @columns: columns
 */
struct table {
	char		**cells;
	size_t		nr;
	unsigned int	columns;
};

void table_add(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void table_print(struct table *table, const char *nothing);
char *text_clean(char *text);

#endif
