// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl export: what is served. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "dittoctl.h"

enum { OPT_PATH = 256, OPT_NFS, OPT_SMB, OPT_CLIENT, OPT_FSID, OPT_OPTION, OPT_REPLACE };

/* Clients shown in a line of the list. */
#define CLIENTS_SHOWN	3

/* ---- add ---- */

static bool add_client(struct conf_share *share, const char *text, char why[WHY_SIZE])
{
	struct conf_client *client;

	share->clients = xgrow(share->clients, share->nr_clients, sizeof(*client));
	client = &share->clients[share->nr_clients++];
	return spec_parse(&client->spec, text, why);
}

/* Options with commas between them. */
static bool add_options(struct conf_share *share, const char *words, char why[WHY_SIZE])
{
	bool good = true;
	size_t len;
	char *word;

	for (; good; words += len + 1) {
		len = strcspn(words, ",");
		word = xstrndup(words, len);
		good = share_option(share, word, why);
		free(word);
		if (!words[len])
			break;
	}
	return good;
}

static bool add_path(struct conf_share *share, const char *path, char why[WHY_SIZE])
{
	free(share->path);
	share->path = xstrdup(path);
	return share_path(path, why);
}

static bool add_fsid(struct conf_share *share, const char *text, char why[WHY_SIZE])
{
	if (word_number(text, UINT64_MAX, &share->fsid) && share->fsid)
		return true;
	return say(why, "'%s' is not an fsid; write a number from 1", text);
}

static bool add_word(struct conf_share *share, int option, bool *replace, char why[WHY_SIZE])
{
	switch (option) {
	case OPT_PATH:
		return add_path(share, optarg, why);
	case OPT_NFS:
		share->flags |= DITTO_EXPORT_FLAGS_NFS;
		return true;
	case OPT_SMB:
		share->flags |= DITTO_EXPORT_FLAGS_SMB;
		return true;
	case OPT_CLIENT:
		return add_client(share, optarg, why);
	case OPT_FSID:
		return add_fsid(share, optarg, why);
	case OPT_OPTION:
		return add_options(share, optarg, why);
	case OPT_REPLACE:
	default:
		*replace = true;
		return true;
	}
}

/* Reads the command line. Returns an exit code; EXIT_OK if it was good. */
static int add_parse(struct ctl *ctl, int argc, char **argv, struct conf_share *share,
		     bool *replace)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "path", required_argument, NULL, OPT_PATH },
		{ "nfs", no_argument, NULL, OPT_NFS },
		{ "smb", no_argument, NULL, OPT_SMB },
		{ "client", required_argument, NULL, OPT_CLIENT },
		{ "fsid", required_argument, NULL, OPT_FSID },
		{ "option", required_argument, NULL, OPT_OPTION },
		{ "replace", no_argument, NULL, OPT_REPLACE },
		{ 0 }
	};
	char why[WHY_SIZE];
	int option;

	while ((option = ctl_option(ctl, argc, argv, options)) != -1) {
		if (!add_word(share, option, replace, why))
			return ctl_usage(ctl, "%s", why);
	}
	if (optind >= argc)
		return ctl_usage(ctl, "the name of the export is missing");
	if (optind + 1 < argc)
		return ctl_usage(ctl, "'%s' is too much", argv[optind + 1]);
	if (!share_name(argv[optind], why))
		return ctl_usage(ctl, "%s", why);
	if (!share->path)
		return ctl_usage(ctl, "export '%s' needs a path: --path /DIRECTORY", argv[optind]);
	share->name = xstrdup(argv[optind]);
	if (!(share->flags & (DITTO_EXPORT_FLAGS_NFS | DITTO_EXPORT_FLAGS_SMB)))
		share->flags |= DITTO_EXPORT_FLAGS_NFS;
	return EXIT_OK;
}

/* The server must have its key before the export is there. */
static int add_export(struct ctl *ctl, const struct conf_share *share, bool replace)
{
	struct exports exports = {};
	struct fault fault;
	int err;

	if (!export_resolve(&exports, share, &fault)) {
		exports_free(&exports);
		return ctl_refuse(ctl, "%s", fault.why);
	}
	err = key_load(ctl->nl, fault.why);
	if (err && (err == -EPERM || share->flags & DITTO_EXPORT_FLAGS_MAC)) {
		exports_free(&exports);
		return ctl_refused(ctl, err, fault.why);
	}
	if (err)
		ctl_note("%s", fault.why);
	err = export_add(ctl->nl, exports.list, replace, &fault);
	exports_free(&exports);
	if (err)
		return ctl_refused(ctl, err, fault.why);
	if (!share->nr_clients)
		ctl_note("nobody may use '%s' yet; add --client '*' or who may", share->name);
	return ctl_done(ctl);
}

static int run_add(struct ctl *ctl, int argc, char **argv)
{
	struct conf_share share = {};
	bool replace = false;
	int code;

	code = add_parse(ctl, argc, argv, &share, &replace);
	if (code == EXIT_OK)
		code = ctl_open(ctl) ? add_export(ctl, &share, replace) : EXIT_REFUSED;
	share_free(&share);
	return code;
}

const struct command cmd_export_add = {
	.name = "export add",
	.args = "NAME --path DIR [--nfs] [--smb] [--client WHO[,OPTION]...]... [--option WORD]...",
	.summary = "Serve a directory",
	.help =
	"  --path DIR     the directory\n"
	"  --nfs, --smb   over which protocol; without either, NFS\n"
	"  --client WHO[,OPTION]...\n"
	"                 who may use it: 192.0.2.7, 10.0.0.0/8, [2001:db8::]/32,\n"
	"                 host.example.org, @netgroup, or * for everybody; with the options\n"
	"                 rw, ro (default), root_squash (default), no_root_squash, all_squash,\n"
	"                 anonuid=, anongid=, sec=sys:krb5:krb5i:krb5p, secure, insecure (default)\n"
	"  --option WORD  crossmnt, mac, async, locks=mixed|mandatory|advisory\n"
	"  --fsid N       for a file system that has no UUID\n"
	"  --replace      instead of the export of that name; its clients go on\n"
	"\nFor example:\n"
	"  dittoctl export add demo --path /srv/demo --nfs --smb \\\n"
	"          --client 10.0.0.0/8,rw,no_root_squash --client 192.0.2.7,ro\n",
	.run = run_add,
};

/* ---- remove ---- */

static int run_remove(struct ctl *ctl, int argc, char **argv)
{
	struct nl_msg *msg;
	const char *name;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 1, 1))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	name = argv[optind];
	msg = ditto_nl_msg(ctl->nl, DITTO_CMD_EXPORT_REMOVE, 0);
	if (msg && nla_put_string(msg, DITTO_A_EXPORT_NAME, name)) {
		nlmsg_free(msg);
		return ctl_refuse(ctl, "the name is too long");
	}
	err = ditto_nl_do(ctl->nl, msg, NULL, NULL);
	if (err == -ENOENT)
		return ctl_refuse(ctl, "there is no export '%s'; dittoctl export list shows those "
				  "there are", name);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : ctl_done(ctl);
}

const struct command cmd_export_remove = {
	.name = "export remove",
	.args = "NAME",
	.summary = "Serve a directory no longer",
	.help = "When it is done, the file system can be unmounted.\n",
	.run = run_remove,
};

/* ---- list and show ---- */

static const char *served_over(uint32_t flags)
{
	bool nfs = flags & DITTO_EXPORT_FLAGS_NFS, smb = flags & DITTO_EXPORT_FLAGS_SMB;

	return nfs && smb ? "nfs,smb" : nfs ? "nfs" : smb ? "smb" : "-";
}

/* "10.0.0.0/8(rw) 192.0.2.7(ro) +2" */
static void clients_text(char *text, size_t size, const struct export *export)
{
	char client[80], options[160];
	size_t i, shown = 0, more = 0, used = 0;

	*text = '\0';
	for (i = 0; i < export->nr_rules; i++) {
		if (i && rule_same_client(&export->rules[i - 1], &export->rules[i]))
			continue;
		if (shown == CLIENTS_SHOWN) {
			more++;
			continue;
		}
		rule_print_client(client, sizeof(client), &export->rules[i]);
		rule_print_options(options, sizeof(options), &export->rules[i], ",");
		used += snprintf(text + used, size - used, "%s%s(%s)", shown ? " " : "", client,
				 options);
		shown++;
	}
	if (more)
		snprintf(text + used, size - used, " +%zu", more);
	if (!shown)
		snprintf(text, size, "nobody");
}

static void list_exports(const struct exports *exports)
{
	struct table table = { .columns = 4 };
	char clients[CLIENTS_SHOWN * 256 + 32];
	size_t i;

	table_add(&table, "NAME");
	table_add(&table, "PATH");
	table_add(&table, "OVER");
	table_add(&table, "CLIENTS");
	for (i = 0; i < exports->nr; i++) {
		clients_text(clients, sizeof(clients), &exports->list[i]);
		table_add(&table, "%s", exports->list[i].name);
		table_add(&table, "%s", exports->list[i].path);
		table_add(&table, "%s", served_over(exports->list[i].flags));
		table_add(&table, "%s", clients);
	}
	table_print(&table, "no exports");
}

static int run_list(struct ctl *ctl, int argc, char **argv)
{
	struct exports exports;
	size_t i;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = exports_get(ctl->nl, &exports);
	if (!err && ctl->json) {
		json_array(&ctl->j, NULL);
		for (i = 0; i < exports.nr; i++)
			export_print_json(&ctl->j, &exports.list[i]);
		json_close(&ctl->j);
	} else if (!err) {
		list_exports(&exports);
	}
	exports_free(&exports);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

const struct command cmd_export_list = {
	.name = "export list",
	.args = "",
	.summary = "List what is served",
	.run = run_list,
};

static const struct export *find_export(const struct exports *exports, const char *name)
{
	size_t i;

	for (i = 0; i < exports->nr; i++) {
		if (!strcmp(exports->list[i].name, name))
			return &exports->list[i];
	}
	return NULL;
}

static int show_one(struct ctl *ctl, const struct exports *exports, const char *name)
{
	const struct export *export = find_export(exports, name);
	const char **names, *near;
	size_t i;

	if (export) {
		if (ctl->json) {
			export_print_json(&ctl->j, export);
			return EXIT_OK;
		}
		export_print_conf(stdout, export);
		return EXIT_OK;
	}
	names = xcalloc(exports->nr + 1, sizeof(*names));
	for (i = 0; i < exports->nr; i++)
		names[i] = exports->list[i].name;
	near = word_near(name, names);
	free(names);
	if (near)
		return ctl_refuse(ctl, "there is no export '%s'; did you mean '%s'?", name, near);
	return ctl_refuse(ctl, "there is no export '%s'; dittoctl export list shows those there "
			  "are", name);
}

static int run_show(struct ctl *ctl, int argc, char **argv)
{
	struct exports exports;
	size_t i;
	int err, code = EXIT_OK;

	if (!ctl_options_none(ctl, argc, argv, 0, 1))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = exports_get(ctl->nl, &exports);
	if (err) {
		code = ctl_refused(ctl, err, ditto_nl_why(ctl->nl));
	} else if (optind < argc) {
		code = show_one(ctl, &exports, argv[optind]);
	} else if (ctl->json) {
		json_array(&ctl->j, NULL);
		for (i = 0; i < exports.nr; i++)
			export_print_json(&ctl->j, &exports.list[i]);
		json_close(&ctl->j);
	} else {
		for (i = 0; i < exports.nr; i++)
			export_print_conf(stdout, &exports.list[i]);
	}
	exports_free(&exports);
	return code;
}

const struct command cmd_export_show = {
	.name = "export show",
	.args = "[NAME]",
	.summary = "Show an export, or all, as it would stand in the configuration file",
	.run = run_show,
};
