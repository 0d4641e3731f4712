/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exports as the kernel has them: shares whose clients were resolved to rules.
 * They are made here from shares, put into messages, and read out of dumps.
 */
#ifndef DITTO_CTL_EXPORTS_H
#define DITTO_CTL_EXPORTS_H

#include "conf.h"
#include "ditto_nl.h"
#include "json.h"

/**
 * struct rule - a client rule
 * @text: the client as it was written
 * @family: AF_INET, AF_INET6; AF_UNSPEC: everybody
 * @addr: in network order
 * @prefix: leading bits that count
 * @flags: DITTO_RULE_FLAGS_*
 * @sec: DITTO_SEC_FLAVORS_*
 * @anon_uid: user of the squashed
 * @anon_gid: group of the squashed
 * @line: of the file; 0: none
 */
struct rule {
	char		text[DITTO_RULE_TEXT_MAX + 1];
	int		family;
	uint8_t		addr[16];
	uint8_t		prefix;
	uint32_t	flags;
	uint32_t	sec;
	uint32_t	anon_uid;
	uint32_t	anon_gid;
	unsigned int	line;
};

/**
 * struct export - an export
 * @name: its name
 * @path: its directory
 * @flags: DITTO_EXPORT_FLAGS_*
 * @fsid: 0: none
 * @rules: @nr_rules of them
 * @nr_rules: how many
 * @line: of the file; 0: none
 */
struct export {
	char		*name;
	char		*path;
	uint32_t	flags;
	uint64_t	fsid;
	struct rule	*rules;
	size_t		nr_rules;
	unsigned int	line;
};

/**
 * struct exports - some exports
 * @list: @nr of them
 * @nr: how many
 */
struct exports {
	struct export	*list;
	size_t		nr;
};

/**
 * struct fault - what is wrong with an export
 * @line: of the file; 0: none
 * @why: the sentence
 */
struct fault {
	unsigned int	line;
	char		why[WHY_SIZE];
};

void exports_free(struct exports *exports);

/* resolve.c: names become addresses. */
bool export_resolve(struct exports *exports, const struct conf_share *share, struct fault *fault);

/* exports.c: to the kernel and back. */
int exports_get(struct ditto_nl *nl, struct exports *exports);
int exports_apply(struct ditto_nl *nl, const struct exports *exports, struct fault *fault);
int export_add(struct ditto_nl *nl, const struct export *export, bool replace,
	       struct fault *fault);

/* cross.c: what is mounted below them. */
void exports_cross(struct ditto_nl *nl, const struct export *list, size_t nr);

/* show.c: for people and programs. */
void export_print_conf(FILE *out, const struct export *export);
void export_print_json(struct json *json, const struct export *export);
void rule_print_client(char *text, size_t size, const struct rule *rule);
void rule_print_options(char *text, size_t size, const struct rule *rule, const char *between);
bool rule_same_client(const struct rule *a, const struct rule *b);
void address_print(char *text, size_t size, int family, const uint8_t *addr);

#endif
