// SPDX-License-Identifier: GPL-2.0-only
/* dittoctl settings and dittoctl set. */
#include <inttypes.h>
#include <stdlib.h>
#include "dittoctl.h"

static void print_settings(const struct settings *settings)
{
	struct table table = { .columns = 5 };
	size_t i;

	table_add(&table, "NAME");
	table_add(&table, "VALUE");
	table_add(&table, "DEFAULT");
	table_add(&table, "BOUNDS");
	table_add(&table, "WHAT");
	for (i = 0; i < settings->nr; i++) {
		const struct setting *s = &settings->list[i];

		table_add(&table, "%s", s->name);
		table_add(&table, "%" PRIu64, s->value);
		table_add(&table, "%" PRIu64, s->def);
		table_add(&table, "%" PRIu64 "-%" PRIu64, s->min, s->max);
		table_add(&table, "%s%s", s->help, s->shared ? " (in all network namespaces)" : "");
	}
	table_print(&table, "no settings");
}

static void print_settings_json(struct json *j, const struct settings *settings)
{
	size_t i;

	json_array(j, NULL);
	for (i = 0; i < settings->nr; i++) {
		const struct setting *s = &settings->list[i];

		json_object(j, NULL);
		json_string(j, "name", s->name);
		json_number(j, "value", s->value);
		json_number(j, "default", s->def);
		json_number(j, "min", s->min);
		json_number(j, "max", s->max);
		json_bool(j, "shared", s->shared);
		json_string(j, "help", s->help);
		json_close(j);
	}
	json_close(j);
}

static int run_settings(struct ctl *ctl, int argc, char **argv)
{
	struct settings settings;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 0, 0))
		return EXIT_USAGE;
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = settings_get(ctl->nl, &settings);
	if (!err && ctl->json)
		print_settings_json(&ctl->j, &settings);
	else if (!err)
		print_settings(&settings);
	settings_free(&settings);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : EXIT_OK;
}

const struct command cmd_settings = {
	.name = "settings",
	.args = "",
	.summary = "List the settings",
	.run = run_settings,
};

static int run_set(struct ctl *ctl, int argc, char **argv)
{
	struct settings settings;
	char why[WHY_SIZE];
	uint64_t value;
	bool good;
	int err;

	if (!ctl_options_none(ctl, argc, argv, 2, 2))
		return EXIT_USAGE;
	if (!word_amount(argv[optind + 1], &value))
		return ctl_usage(ctl, "'%s' is not a number", argv[optind + 1]);
	if (!ctl_open(ctl))
		return EXIT_REFUSED;
	err = settings_get(ctl->nl, &settings);
	good = err || setting_check(&settings, argv[optind], value, why);
	settings_free(&settings);
	if (!good)
		return ctl_refuse(ctl, "%s", why);
	if (!err)
		err = setting_set(ctl->nl, argv[optind], value);
	return err ? ctl_refused(ctl, err, ditto_nl_why(ctl->nl)) : ctl_done(ctl);
}

const struct command cmd_set = {
	.name = "set",
	.args = "NAME VALUE",
	.summary = "Change a setting; it acts at once",
	.help = "VALUE may end in K, M, G or T for powers of 1,024. It is lost when the modules are\n"
		"unloaded; to keep it, write it into the configuration file: set NAME VALUE\n",
	.run = run_set,
};
