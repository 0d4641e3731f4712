/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file (ditto.conf(5)): one statement a line, shares as blocks.
 *
 *   listen nfs port 2049
 *   set idle-timeout 600
 *   share demo {
 *           path /srv/demo
 *           client 10.0.0.0/8 rw no_root_squash
 *           option crossmnt
 *   }
 *
 * Reading goes on behind an error, so that all of them are told at once.
 */
#ifndef DITTO_CTL_CONF_H
#define DITTO_CTL_CONF_H

#include "spec.h"

/**
 * struct conf_client - a client of a share
 * @spec: who, and what they may
 * @line: where it stands; 0 on the command line
 */
struct conf_client {
	struct spec	spec;
	unsigned int	line;
};

/**
 * struct conf_share - a directory with a name
 * @name: clients mount SERVER:/NAME
 * @path: the directory; NULL: not told
 * @flags: DITTO_EXPORT_FLAGS_*
 * @fsid: 0: none
 * @clients: @nr_clients of them
 * @nr_clients: how many
 * @line: where it begins
 */
struct conf_share {
	char			*name;
	char			*path;
	uint32_t		flags;
	uint64_t		fsid;
	struct conf_client	*clients;
	size_t			nr_clients;
	unsigned int		line;
};

/**
 * struct conf_listen - where to listen
 * @service: for whom
 * @family: AF_INET, AF_INET6; AF_UNSPEC: all addresses of both
 * @addr: the address, in network order
 * @scope: interface of a link-local address
 * @port: 0: the service's own
 * @transport: DITTO_TRANSPORT_*; 0: all that the service has
 * @line: where it stands
 */
struct conf_listen {
	char		*service;
	int		family;
	uint8_t		addr[16];
	uint32_t	scope;
	uint16_t	port;
	int		transport;
	unsigned int	line;
};

/**
 * struct conf_set - a setting
 * @name: which
 * @value: to what
 * @line: where it stands
 */
struct conf_set {
	char		*name;
	uint64_t	value;
	unsigned int	line;
};

/**
 * struct conf_error - what is wrong
 * @line: where
 * @text: a sentence that names the fix
 */
struct conf_error {
	unsigned int	line;
	char		*text;
};

/**
 * struct conf - a file
 * @shares: @nr_shares of them
 * @nr_shares: how many
 * @listens: @nr_listens of them
 * @nr_listens: how many
 * @sets: @nr_sets of them
 * @nr_sets: how many
 * @errors: @nr_errors of them, in the order of the lines
 * @nr_errors: how many
 * @listen_none: "listen none": no listener at all
 */
struct conf {
	struct conf_share	*shares;
	size_t			nr_shares;
	struct conf_listen	*listens;
	size_t			nr_listens;
	struct conf_set		*sets;
	size_t			nr_sets;
	struct conf_error	*errors;
	size_t			nr_errors;
	bool			listen_none;
};

bool conf_parse(struct conf *conf, const char *text, size_t len);
void conf_free(struct conf *conf);
void conf_fault(struct conf *conf, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The parts that the command line has too. */
void share_free(struct conf_share *share);
bool share_name(const char *name, char why[WHY_SIZE]);
bool share_path(const char *path, char why[WHY_SIZE]);
bool share_option(struct conf_share *share, const char *word, char why[WHY_SIZE]);
bool listen_service(const char *service, char why[WHY_SIZE]);
bool listen_address(struct conf_listen *listen, const char *text, char why[WHY_SIZE]);
bool listen_port(struct conf_listen *listen, const char *text, char why[WHY_SIZE]);

#endif
