// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl apply, check and stop. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "apply.h"

#define FILE_MAX	(16 << 20)

enum { OPT_NO_DITTOD = 256 };

/**
 * struct source - a configuration file
 * @name: as it is called in errors
 * @text: what it says, @len bytes
 * @len: how many
 */
struct source {
	const char	*name;
	char		*text;
	size_t		len;
};

/* "-" is the standard input. */
static bool source_read(struct source *source, const char *name, char why[WHY_SIZE])
{
	bool input = !strcmp(name, "-");
	FILE *f = input ? stdin : fopen(name, "re");
	size_t got;

	source->name = input ? "standard input" : name;
	source->text = NULL;
	source->len = 0;
	if (!f)
		return say(why, "cannot read %s: %s", name, strerror(errno));
	do {
		source->text = xgrow(source->text, source->len ? source->len / 65536 : 0, 65536);
		got = fread(source->text + source->len, 1, 65536, f);
		source->len += got;
	} while (got == 65536 && source->len < FILE_MAX);
	if (ferror(f))
		say(why, "cannot read %s: %s", name, strerror(errno));
	else if (source->len >= FILE_MAX)
		say(why, "%s is longer than 16 MiB", name);
	else
		*why = '\0';
	if (!input)
		fclose(f);
	return !*why;
}

static int by_line(const void *a, const void *b)
{
	const struct conf_error *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

static void print_errors_json(struct ctl *ctl, const struct source *source,
			      const struct conf *conf)
{
	size_t i;

	json_object(&ctl->j, NULL);
	json_bool(&ctl->j, "ok", !conf->nr_errors);
	json_string(&ctl->j, "file", source->name);
	json_array(&ctl->j, "errors");
	for (i = 0; i < conf->nr_errors; i++) {
		json_object(&ctl->j, NULL);
		if (conf->errors[i].line)
			json_number(&ctl->j, "line", conf->errors[i].line);
		else
			json_null(&ctl->j, "line");
		json_string(&ctl->j, "error", conf->errors[i].text);
		json_close(&ctl->j);
	}
	json_close(&ctl->j);
	json_close(&ctl->j);
}

/* Errors as FILE:LINE: SENTENCE. */
static int report(struct ctl *ctl, const struct source *source, struct conf *conf)
{
	size_t i;

	if (conf->nr_errors)
		qsort(conf->errors, conf->nr_errors, sizeof(*conf->errors), by_line);
	for (i = 0; i < conf->nr_errors; i++) {
		text_clean(conf->errors[i].text);
		if (conf->errors[i].line)
			fprintf(stderr, "%s:%u: %s\n", source->name, conf->errors[i].line,
				conf->errors[i].text);
		else
			fprintf(stderr, "dittoctl: %s\n", conf->errors[i].text);
	}
	if (ctl->json)
		print_errors_json(ctl, source, conf);
	return conf->nr_errors ? EXIT_REFUSED : EXIT_OK;
}

/* Shares become exports; with @look, their directories are looked at too. */
static void resolve_all(struct conf *conf, struct exports *exports, bool look)
{
	const struct conf_share *share;
	struct fault fault;
	struct stat st;
	size_t i;

	for (i = 0; i < conf->nr_shares; i++) {
		share = &conf->shares[i];
		if (!export_resolve(exports, share, &fault))
			conf_fault(conf, fault.line, "%s", fault.why);
		if (!look)
			continue;
		if (stat(share->path, &st))
			conf_fault(conf, share->line, "share '%s': %s: %s%s", share->name,
				   share->path, strerror(errno),
				   errno == ENOENT ? "; create the directory" : "");
		else if (!S_ISDIR(st.st_mode))
			conf_fault(conf, share->line, "share '%s': %s is not a directory; share "
				   "the directory it is in", share->name, share->path);
	}
}

static void note_lonely(const struct source *source, const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nr_shares; i++) {
		if (!conf->shares[i].nr_clients)
			ctl_note("%s:%u: nobody may use share '%s'; add for example: client * ro",
				 source->name, conf->shares[i].line, conf->shares[i].name);
	}
}

static int do_apply(struct ctl *ctl, const struct source *source)
{
	struct exports exports = {};
	struct conf conf;
	int err = 0, code;

	if (conf_parse(&conf, source->text, source->len))
		resolve_all(&conf, &exports, false);
	if (!conf.nr_errors)
		err = apply_conf(ctl->nl, &conf, &exports);
	if (err == -EPERM) {
		code = ctl_refused(ctl, err, NULL);
	} else {
		code = report(ctl, source, &conf);
		if (code == EXIT_OK)
			note_lonely(source, &conf);
	}
	exports_free(&exports);
	conf_free(&conf);
	return code;
}

static int run_apply(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		COMMON_OPTIONS,
		{ "no-dittod", no_argument, NULL, OPT_NO_DITTOD },
		{ 0 }
	};
	bool daemon = true;
	struct source source;
	char why[WHY_SIZE];
	int code;

	while (ctl_option(ctl, argc, argv, options) != -1)
		daemon = false;
	if (optind + 1 < argc)
		return ctl_usage(ctl, "'%s' is too much", argv[optind + 1]);
	if (!source_read(&source, optind < argc ? argv[optind] : DEFAULT_CONF, why))
		code = ctl_refuse(ctl, "%s", why);
	else
		code = ctl_open(ctl) ? do_apply(ctl, &source) : EXIT_REFUSED;
	free(source.text);
	if (code == EXIT_OK && daemon)
		daemon_start(ctl);
	return code;
}

const struct command cmd_apply = {
	.name = "apply",
	.args = "[FILE] [--no-dittod]",
	.summary = "Make the server what a configuration file says, or leave it as it is",
	.help = "FILE is /etc/ditto/ditto.conf if it is left out, and the standard input if it is -.\n"
		"All or nothing: where a line is wrong or something fails, nothing changes.\n"
		"Clients go on; only what the file does not have any more goes. See ditto.conf(5).\n"
		"The daemon is started if it does not run, unless --no-dittod is said.\n",
	.run = run_apply,
};

static int run_check(struct ctl *ctl, int argc, char **argv)
{
	struct exports exports = {};
	struct source source;
	char why[WHY_SIZE];
	struct conf conf;
	int code;

	if (!ctl_options_none(ctl, argc, argv, 0, 1))
		return EXIT_USAGE;
	if (!source_read(&source, optind < argc ? argv[optind] : DEFAULT_CONF, why)) {
		free(source.text);
		return ctl_refuse(ctl, "%s", why);
	}
	if (conf_parse(&conf, source.text, source.len))
		resolve_all(&conf, &exports, true);
	code = report(ctl, &source, &conf);
	if (code == EXIT_OK)
		note_lonely(&source, &conf);
	exports_free(&exports);
	conf_free(&conf);
	free(source.text);
	return code;
}

const struct command cmd_check = {
	.name = "check",
	.args = "[FILE]",
	.summary = "Look for errors in a configuration file and change nothing",
	.help = "FILE is as for apply. The server need not run. Host names are looked up, and\n"
		"directories must be there.\n",
	.run = run_check,
};

static int run_stop(struct ctl *ctl, int argc, char **argv)
{
	char why[WHY_SIZE];
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = apply_nothing(ctl->nl, why);
	return err ? ctl_refused(ctl, err, why) : ctl_done(ctl);
}

const struct command cmd_stop = {
	.name = "stop",
	.args = "",
	.summary = "Listen no longer, close all connections and serve nothing",
	.help = "Clients wait for the server to come back. The modules stay, with their settings; to remove them: modprobe -r ditto_nfs\n",
	.run = run_stop,
};
