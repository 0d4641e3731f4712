// SPDX-License-Identifier: GPL-2.0-only
/* Exports and rules, as people and programs read them. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "exports.h"

#define NOBODY	65534

static void append(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

/**
 * address_print - write an address
 * @text: gets it
 * @size: bytes of @text
 * @family: AF_INET, AF_INET6, or AF_UNSPEC, which is written as "*"
 * @addr: in network order
 */
void address_print(char *text, size_t size, int family, const uint8_t *addr)
{
	if (family == AF_UNSPEC || !inet_ntop(family, addr, text, size))
		snprintf(text, size, "*");
}

/**
 * rule_print_client - write who a rule is for
 * @text: gets it
 * @size: bytes of @text
 * @rule: the rule; one that was not made from a text is written as address and prefix
 */
void rule_print_client(char *text, size_t size, const struct rule *rule)
{
	char addr[INET6_ADDRSTRLEN];
	bool whole;

	if (*rule->text) {
		snprintf(text, size, "%s", rule->text);
		return;
	}
	address_print(addr, sizeof(addr), rule->family, rule->addr);
	whole = rule->prefix == (rule->family == AF_INET ? 32 : 128);
	if (rule->family == AF_UNSPEC || whole)
		snprintf(text, size, "%s", addr);
	else if (rule->family == AF_INET)
		snprintf(text, size, "%s/%u", addr, rule->prefix);
	else
		snprintf(text, size, "[%s]/%u", addr, rule->prefix);
}

/**
 * rule_print_options - write what a rule grants, as options
 * @text: gets them
 * @size: bytes of @text
 * @rule: the rule
 * @between: what stands between two options
 */
void rule_print_options(char *text, size_t size, const struct rule *rule, const char *between)
{
	const char *colon = "";
	unsigned int i;

	*text = '\0';
	append(text, size, "%s", rule->flags & DITTO_RULE_FLAGS_RW ? "rw" : "ro");
	if (rule->flags & DITTO_RULE_FLAGS_NO_ROOT_SQUASH)
		append(text, size, "%sno_root_squash", between);
	if (rule->flags & DITTO_RULE_FLAGS_ALL_SQUASH)
		append(text, size, "%sall_squash", between);
	if (!(rule->flags & DITTO_RULE_FLAGS_INSECURE))
		append(text, size, "%ssecure", between);
	if (rule->anon_uid != NOBODY)
		append(text, size, "%sanonuid=%u", between, rule->anon_uid);
	if (rule->anon_gid != NOBODY)
		append(text, size, "%sanongid=%u", between, rule->anon_gid);
	if (rule->sec == DITTO_SEC_FLAVORS_SYS)
		return;
	append(text, size, "%ssec=", between);
	for (i = 0; spec_flavors[i]; i++) {
		if (rule->sec & (1U << i)) {
			append(text, size, "%s%s", colon, spec_flavors[i]);
			colon = ":";
		}
	}
}

/**
 * rule_same_client - were two rules made from one client, a host or a netgroup?
 * @a: one
 * @b: the other
 *
 * Return: true if they were, as far as can be told.
 */
bool rule_same_client(const struct rule *a, const struct rule *b)
{
	return *a->text && !strcmp(a->text, b->text) && a->flags == b->flags &&
	       a->sec == b->sec && a->anon_uid == b->anon_uid && a->anon_gid == b->anon_gid;
}

/* A word of the file, in quotes where it needs them. */
static void print_word(FILE *out, const char *word)
{
	if (*word && !strpbrk(word, " \t\r\v\f\"") && *word != '#' && strcmp(word, "{")) {
		fputs(word, out);
		return;
	}
	putc('"', out);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			putc('\\', out);
		putc(*word, out);
	}
	putc('"', out);
}

/**
 * export_print_conf - write an export as a block of the configuration file
 * @out: where to
 * @export: the export
 */
void export_print_conf(FILE *out, const struct export *export)
{
	char text[256];
	size_t i;

	fputs("share ", out);
	print_word(out, export->name);
	fputs(" {\n\tpath ", out);
	print_word(out, export->path);
	putc('\n', out);
	if (export->flags & DITTO_EXPORT_FLAGS_NFS)
		fputs("\tnfs\n", out);
	if (export->flags & DITTO_EXPORT_FLAGS_SMB)
		fputs("\tsmb\n", out);
	for (i = 0; i < export->nr_rules; i++) {
		if (i && rule_same_client(&export->rules[i - 1], &export->rules[i]))
			continue;
		rule_print_client(text, sizeof(text), &export->rules[i]);
		fputs("\tclient ", out);
		print_word(out, text);
		rule_print_options(text, sizeof(text), &export->rules[i], " ");
		fprintf(out, " %s\n", text);
	}
	if (export->flags & DITTO_EXPORT_FLAGS_CROSSMNT)
		fputs("\toption crossmnt\n", out);
	if (export->flags & DITTO_EXPORT_FLAGS_MAC)
		fputs("\toption mac\n", out);
	if (export->flags & DITTO_EXPORT_FLAGS_ASYNC)
		fputs("\toption async\n", out);
	if (export->flags & DITTO_EXPORT_FLAGS_LOCKS_MANDATORY)
		fputs("\toption locks=mandatory\n", out);
	if (export->flags & DITTO_EXPORT_FLAGS_LOCKS_ADVISORY)
		fputs("\toption locks=advisory\n", out);
	if (export->fsid)
		fprintf(out, "\tfsid %" PRIu64 "\n", export->fsid);
	fputs("}\n", out);
}

static void json_rule(struct json *j, const struct rule *rule)
{
	char text[256];
	unsigned int i;

	json_object(j, NULL);
	rule_print_client(text, sizeof(text), rule);
	json_string(j, "client", text);
	if (rule->family != AF_UNSPEC) {
		address_print(text, sizeof(text), rule->family, rule->addr);
		json_string(j, "address", text);
		json_number(j, "prefix", rule->prefix);
	} else {
		json_null(j, "address");
		json_null(j, "prefix");
	}
	json_bool(j, "rw", rule->flags & DITTO_RULE_FLAGS_RW);
	json_bool(j, "root_squash", !(rule->flags & DITTO_RULE_FLAGS_NO_ROOT_SQUASH));
	json_bool(j, "all_squash", rule->flags & DITTO_RULE_FLAGS_ALL_SQUASH);
	json_bool(j, "secure", !(rule->flags & DITTO_RULE_FLAGS_INSECURE));
	json_array(j, "sec");
	for (i = 0; spec_flavors[i]; i++) {
		if (rule->sec & (1U << i))
			json_string(j, NULL, spec_flavors[i]);
	}
	json_close(j);
	json_number(j, "anonuid", rule->anon_uid);
	json_number(j, "anongid", rule->anon_gid);
	json_close(j);
}

/**
 * export_print_json - write an export as a JSON object
 * @j: the document
 * @export: the export
 */
void export_print_json(struct json *j, const struct export *export)
{
	size_t i;

	json_object(j, NULL);
	json_string(j, "name", export->name);
	json_string(j, "path", export->path);
	json_bool(j, "nfs", export->flags & DITTO_EXPORT_FLAGS_NFS);
	json_bool(j, "smb", export->flags & DITTO_EXPORT_FLAGS_SMB);
	json_bool(j, "crossmnt", export->flags & DITTO_EXPORT_FLAGS_CROSSMNT);
	json_bool(j, "mac", export->flags & DITTO_EXPORT_FLAGS_MAC);
	json_bool(j, "async", export->flags & DITTO_EXPORT_FLAGS_ASYNC);
	json_string(j, "locks", export->flags & DITTO_EXPORT_FLAGS_LOCKS_MANDATORY ? "mandatory" :
		    export->flags & DITTO_EXPORT_FLAGS_LOCKS_ADVISORY ? "advisory" : "mixed");
	if (export->fsid)
		json_number(j, "fsid", export->fsid);
	else
		json_null(j, "fsid");
	json_array(j, "clients");
	for (i = 0; i < export->nr_rules; i++)
		json_rule(j, &export->rules[i]);
	json_close(j);
	json_close(j);
}
