// SPDX-License-Identifier: GPL-2.0-only
/* Settings in messages: to the kernel and back. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "dittoctl.h"

#define DUMP_TRIES	20

static int read_setting(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct settings *settings = arg;
	struct setting *s;
	struct nlattr *attr;
	int rem;

	(void)cmd;
	settings->list = xgrow(settings->list, settings->nr, sizeof(*s));
	s = &settings->list[settings->nr++];
	nla_for_each_attr(attr, attrs, len, rem) {
		switch (nla_type(attr)) {
		case DITTO_A_SETTING_NAME:
			s->name = xstrndup(nla_data(attr), nla_len(attr));
			break;
		case DITTO_A_SETTING_HELP:
			s->help = xstrndup(nla_data(attr), nla_len(attr));
			break;
		case DITTO_A_SETTING_VALUE:
			s->value = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_SETTING_MIN_VALUE:
			s->min = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_SETTING_MAX_VALUE:
			s->max = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_SETTING_DEFAULT:
			s->def = ditto_nl_get_uint(attr);
			break;
		case DITTO_A_SETTING_SHARED:
			s->shared = true;
			break;
		}
	}
	return s->name && s->help ? 0 : -EPROTO;
}

/**
 * settings_free - free settings
 * @settings: has none afterwards
 */
void settings_free(struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings->nr; i++) {
		free(settings->list[i].name);
		free(settings->list[i].help);
	}
	free(settings->list);
	memset(settings, 0, sizeof(*settings));
}

/**
 * settings_get - ask the kernel for its settings
 * @nl: connection
 * @settings: gets them; settings_free() in every case
 *
 * Return: 0 or a negative errno.
 */
int settings_get(struct ditto_nl *nl, struct settings *settings)
{
	int tries, err = -EAGAIN;

	memset(settings, 0, sizeof(*settings));
	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		settings_free(settings);
		err = ditto_nl_dump(nl, DITTO_CMD_SETTING_GET, read_setting, settings);
	}
	return err;
}

/**
 * settings_find - a setting by its name
 * @settings: where to look
 * @name: its name
 *
 * Return: the setting, or NULL.
 */
const struct setting *settings_find(const struct settings *settings, const char *name)
{
	size_t i;

	for (i = 0; i < settings->nr; i++) {
		if (!strcmp(settings->list[i].name, name))
			return &settings->list[i];
	}
	return NULL;
}

/**
 * setting_check - is there such a setting, and may it have this value?
 * @settings: those there are
 * @name: its name
 * @value: the value
 * @why: gets a sentence if not
 *
 * Return: true if it may.
 */
bool setting_check(const struct settings *settings, const char *name, uint64_t value,
		   char why[WHY_SIZE])
{
	const struct setting *s = settings_find(settings, name);
	const char **names, *near;
	size_t i;

	if (!s) {
		names = xcalloc(settings->nr + 1, sizeof(*names));
		for (i = 0; i < settings->nr; i++)
			names[i] = settings->list[i].name;
		near = word_near(name, names);
		free(names);
		if (near)
			return say(why, "there is no setting '%s'; did you mean '%s'?", name, near);
		return say(why, "there is no setting '%s'; dittoctl settings lists them", name);
	}
	if (value < s->min || value > s->max)
		return say(why, "'%s' must be from %" PRIu64 " to %" PRIu64, name, s->min, s->max);
	return true;
}

/**
 * setting_set - change a setting
 * @nl: connection
 * @name: which
 * @value: to what
 *
 * Return: 0 or a negative errno.
 */
int setting_set(struct ditto_nl *nl, const char *name, uint64_t value)
{
	struct nl_msg *msg = ditto_nl_msg(nl, DITTO_CMD_SETTING_SET, 0);

	if (msg && (nla_put_string(msg, DITTO_A_SETTING_NAME, name) ||
		    ditto_nl_put_uint(msg, DITTO_A_SETTING_VALUE, value))) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return ditto_nl_do(nl, msg, NULL, NULL);
}
