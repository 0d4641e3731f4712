// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl: finds the command, and gives all commands the same manners. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dittoctl.h"

#ifndef DITTO_VERSION
#define DITTO_VERSION "unknown"
#endif

static const struct command *const commands[] = {
	&cmd_status,
	&cmd_export_add, &cmd_export_remove, &cmd_export_list, &cmd_export_show,
	&cmd_listen_add, &cmd_listen_remove, &cmd_listen_list,
	&cmd_clients_list, &cmd_clients_kill, &cmd_clients_forget,
	&cmd_locks_list, &cmd_locks_why, &cmd_locks_release, &cmd_locks_clients,
	&cmd_grace_show, &cmd_grace_end,
	&cmd_nsm_show,
	&cmd_stats, &cmd_settings, &cmd_set,
	&cmd_apply, &cmd_check, &cmd_stop, &cmd_events,
	NULL
};

/* What is meant where only the first word is there. */
static const struct {
	const char		*word;
	const struct command	*command;
} short_forms[] = {
	{ "clients", &cmd_clients_list },
	{ "listen", &cmd_listen_list },
	{ "export", &cmd_export_list },
	{ "nsm", &cmd_nsm_show },
	{ "locks", &cmd_locks_list },
	{ "grace", &cmd_grace_show },
};

static void print_help(const struct command *command)
{
	printf("dittoctl %s%s%s\n\n%s.\n", command->name, *command->args ? " " : "",
	       command->args, command->summary);
	if (command->help)
		printf("\n%s", command->help);
	printf("\n  --json   answer in JSON\n  --help   this text\n");
}

/* All commands, or those that begin with the word @group. */
static void print_commands(FILE *out, const char *group)
{
	const struct command *const *c;
	size_t len = strlen(group);
	char line[256];

	for (c = commands; *c; c++) {
		if (len && (strncmp((*c)->name, group, len) || (*c)->name[len] != ' '))
			continue;
		snprintf(line, sizeof(line), "%s %s", (*c)->name, (*c)->args);
		if (strlen(line) > 32)
			fprintf(out, "  %s\n  %-32s  %s\n", line, "", (*c)->summary);
		else
			fprintf(out, "  %-32s  %s\n", line, (*c)->summary);
	}
}

static void print_overview(FILE *out)
{
	fputs("dittoctl COMMAND [OPTION]... - control of the Ditto file server\n\n", out);
	print_commands(out, "");
	fputs("\nEach command has --json and --help. Exit status: 0 done, 1 refused, 2 wrong use.\n"
	      "See dittoctl(8), ditto.conf(5), ditto(7).\n", out);
}

/**
 * ctl_usage - the command was called wrongly
 * @ctl: the call
 * @fmt: as printf(): what is wrong
 *
 * Return: the exit code.
 */
int ctl_usage(const struct ctl *ctl, const char *fmt, ...)
{
	va_list ap;

	fputs("dittoctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: dittoctl %s %s\n", ctl->command->name, ctl->command->args);
	return EXIT_USAGE;
}

static void unknown_option(struct ctl *ctl, const char *word, const struct option *options)
{
	const char *names[32], *near;
	char name[64];
	size_t n = 0;

	for (; options->name && n < 31; options++)
		names[n++] = options->name;
	names[n] = NULL;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	near = !strncmp(name, "--", 2) ? word_near(name + 2, names) : NULL;
	if (near)
		ctl_usage(ctl, "unknown option '%s'; did you mean '--%s'?", name, near);
	else
		ctl_usage(ctl, "unknown option '%s'", name);
}

/**
 * ctl_option - the next option; as getopt_long(), but the common ones are dealt with
 * @ctl: the call
 * @argc: words
 * @argv: words
 * @options: the command's options; they begin with COMMON_OPTIONS and have no letters
 *
 * Does not return where the option is wrong or asks for help.
 *
 * Return: its value, or -1 behind the last.
 */
int ctl_option(struct ctl *ctl, int argc, char **argv, const struct option *options)
{
	const char *word;
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, ":", options, NULL);
	switch (c) {
	case 'j':
		ctl->json = true;
		return ctl_option(ctl, argc, argv, options);
	case 'h':
		print_help(ctl->command);
		exit(EXIT_OK);
	case ':':
		ctl_usage(ctl, "'%s' needs a value", argv[optind - 1]);
		exit(EXIT_USAGE);
	case '?':
		/* a word of several letters is not moved over yet */
		word = argv[optind - 1];
		unknown_option(ctl, *word == '-' ? word : argv[optind], options);
		exit(EXIT_USAGE);
	default:
		return c;
	}
}

/**
 * ctl_options_none - read the options of a command that has only the common ones
 * @ctl: the call
 * @argc: words
 * @argv: words
 * @min: words that must stand beside the options, at least
 * @max: and at most
 *
 * Return: true if it was called well; the words begin at argv[optind].
 */
bool ctl_options_none(struct ctl *ctl, int argc, char **argv, int min, int max)
{
	static const struct option options[] = { COMMON_OPTIONS, { 0 } };

	while (ctl_option(ctl, argc, argv, options) != -1)
		;
	if (argc - optind < min) {
		ctl_usage(ctl, "something is missing");
		return false;
	}
	if (argc - optind > max) {
		ctl_usage(ctl, "'%s' is too much", argv[optind + max]);
		return false;
	}
	return true;
}

static int refuse(struct ctl *ctl, const char *why)
{
	fprintf(stderr, "dittoctl: %s\n", why);
	if (ctl->json) {
		json_object(&ctl->j, NULL);
		json_bool(&ctl->j, "ok", false);
		json_string(&ctl->j, "error", why);
		json_close(&ctl->j);
	}
	return EXIT_REFUSED;
}

/**
 * ctl_refuse - say that the command failed, and why
 * @ctl: the call
 * @fmt: as printf(): a sentence that names the fix
 *
 * Return: the exit code.
 */
int ctl_refuse(struct ctl *ctl, const char *fmt, ...)
{
	char why[2 * WHY_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return refuse(ctl, why);
}

/**
 * ctl_refused - say that the kernel refused, and why
 * @ctl: the call
 * @err: the negative errno
 * @why: the sentence, from ditto_nl_why() or with more before it
 *
 * Return: the exit code.
 */
int ctl_refused(struct ctl *ctl, int err, const char *why)
{
	if (err == -EPERM && geteuid())
		return refuse(ctl, "this needs root; run it with sudo");
	if (err == -EPERM)
		return refuse(ctl, "this needs the capability CAP_NET_ADMIN of the whole machine; "
			      "run it outside of the container");
	return refuse(ctl, why);
}

/**
 * ctl_open - connect to the kernel
 * @ctl: the call
 *
 * Return: false if there is no server; was told.
 */
bool ctl_open(struct ctl *ctl)
{
	int err = ditto_nl_open(&ctl->nl);

	if (err == -ENOENT)
		ctl_refuse(ctl, "the server is not loaded; load it with: modprobe ditto_nfs");
	else if (err)
		ctl_refused(ctl, err, ditto_nl_why(ctl->nl));
	return !err;
}

/**
 * ctl_done - the end of a command that answers nothing but that it is done
 * @ctl: the call
 *
 * Return: the exit code.
 */
int ctl_done(struct ctl *ctl)
{
	if (ctl->json) {
		json_object(&ctl->j, NULL);
		json_bool(&ctl->j, "ok", true);
		json_close(&ctl->j);
	}
	return EXIT_OK;
}

/**
 * ctl_note - say something the administrator should know
 * @fmt: as printf()
 */
void ctl_note(const char *fmt, ...)
{
	va_list ap;

	fputs("dittoctl: note: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	putc('\n', stderr);
}

/* Is it the first word of several commands? */
static bool is_group(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(short_forms); i++) {
		if (!strcmp(word, short_forms[i].word))
			return true;
	}
	return false;
}

/* The command whose words @argv begins with; @used gets how many they are. */
static const struct command *find_command(int argc, char **argv, int *used)
{
	const struct command *const *c;
	const char *blank;
	size_t i, len;

	for (c = commands; *c; c++) {
		blank = strchr((*c)->name, ' ');
		len = blank ? (size_t)(blank - (*c)->name) : strlen((*c)->name);
		if (strlen(argv[0]) != len || strncmp(argv[0], (*c)->name, len))
			continue;
		*used = blank ? 2 : 1;
		if (!blank || (argc > 1 && !strcmp(argv[1], blank + 1)))
			return *c;
	}
	*used = 1;
	for (i = 0; i < ARRAY_SIZE(short_forms); i++) {
		if (!strcmp(argv[0], short_forms[i].word) && (argc == 1 || *argv[1] == '-'))
			return short_forms[i].command;
	}
	return NULL;
}

/* What was meant: where the first word is known, both are looked at, else that one. */
static int unknown_command(int argc, char **argv)
{
	bool group = is_group(argv[0]) && argc > 1;
	const char *words[64], *near;
	char firsts[64][16], text[64];
	size_t n;

	snprintf(text, sizeof(text), "%.30s%s%.30s", argv[0], group ? " " : "",
		 group ? argv[1] : "");
	for (n = 0; commands[n]; n++) {
		words[n] = commands[n]->name;
		if (group)
			continue;
		snprintf(firsts[n], sizeof(firsts[n]), "%.*s", (int)strcspn(words[n], " "),
			 words[n]);
		words[n] = firsts[n];
	}
	words[n] = NULL;
	near = word_near(text, words);
	fprintf(stderr, "dittoctl: unknown command '%s'", text);
	if (near)
		fprintf(stderr, "; did you mean '%s'?\n", near);
	else
		fputs("; dittoctl --help lists them\n", stderr);
	return EXIT_USAGE;
}

static int finish(int code)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "dittoctl: cannot write the answer: %s\n", strerror(errno));
		return EXIT_REFUSED;
	}
	return code;
}

int main(int argc, char **argv)
{
	struct ctl ctl = { .j.out = stdout };
	int used, code;

	while (argc > 1 && !strcmp(argv[1], "--json")) {
		ctl.json = true;
		argc--;
		argv++;
	}
	if (argc < 2) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		print_overview(stdout);
		return finish(EXIT_OK);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("dittoctl " DITTO_VERSION);
		return finish(EXIT_OK);
	}
	if (argc == 3 && is_group(argv[1]) && !strcmp(argv[2], "--help")) {
		print_commands(stdout, argv[1]);
		return finish(EXIT_OK);
	}
	ctl.command = find_command(argc - 1, argv + 1, &used);
	if (!ctl.command)
		return unknown_command(argc - 1, argv + 1);
	code = ctl.command->run(&ctl, argc - used, argv + used);
	ditto_nl_close(ctl.nl);
	return finish(code);
}
