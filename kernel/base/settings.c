// SPDX-License-Identifier: GPL-2.0-only
/* Settings by name: registration, reading and changing. */
#include <kunit/visibility.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include "base/settings.h"

/* Held while a setting is read or changed, so that its owner cannot leave meanwhile. */
static DEFINE_MUTEX(settings_lock);
static LIST_HEAD(settings_groups);

static const struct ditto_setting *settings_find(const char *name)
{
	struct ditto_setting_group *group;
	unsigned int i;

	lockdep_assert_held(&settings_lock);
	list_for_each_entry(group, &settings_groups, list) {
		for (i = 0; i < group->nr; i++) {
			if (!strcmp(group->settings[i].name, name))
				return &group->settings[i];
		}
	}
	return NULL;
}

static bool setting_valid(const struct ditto_setting *s)
{
	if (!s->name || !s->help || s->min > s->max || s->def < s->min || s->def > s->max)
		return false;
	if (s->get && s->set)
		return true;
	return s->data && (s->size == sizeof(u64) ||
			   (s->size == sizeof(u32) && s->max <= U32_MAX));
}

/**
 * ditto_settings_register - make settings known
 * @group: the settings; stays where it is until ditto_settings_unregister()
 *
 * Return: 0; -EINVAL if one is not sound; -EEXIST if a name is taken.
 */
int ditto_settings_register(struct ditto_setting_group *group)
{
	unsigned int i;
	int err = 0;

	mutex_lock(&settings_lock);
	for (i = 0; !err && i < group->nr; i++) {
		if (WARN_ON_ONCE(!setting_valid(&group->settings[i])))
			err = -EINVAL;
		else if (settings_find(group->settings[i].name))
			err = -EEXIST;
	}
	if (!err)
		list_add_tail(&group->list, &settings_groups);
	mutex_unlock(&settings_lock);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_settings_register);

/**
 * ditto_settings_unregister - make settings unknown again
 * @group: was registered; none of it is in use any more on return
 */
void ditto_settings_unregister(struct ditto_setting_group *group)
{
	mutex_lock(&settings_lock);
	list_del(&group->list);
	mutex_unlock(&settings_lock);
}
EXPORT_SYMBOL_GPL(ditto_settings_unregister);

static u64 setting_read(struct net *net, const struct ditto_setting *s)
{
	if (s->get)
		return s->get(net, s);
	if (s->size == sizeof(u32))
		return READ_ONCE(*(u32 *)s->data);
	return READ_ONCE(*(u64 *)s->data);
}

static int setting_write(struct net *net, const struct ditto_setting *s, u64 value)
{
	if (s->set)
		return s->set(net, s, value);
	if (s->size == sizeof(u32))
		WRITE_ONCE(*(u32 *)s->data, value);
	else
		WRITE_ONCE(*(u64 *)s->data, value);
	return 0;
}

/**
 * ditto_settings_for_each - look at all settings
 * @net: network namespace whose values are wanted
 * @fn: called with each setting and its value; other than 0 ends it. Must not
 *	call into this file
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned other than that.
 */
int ditto_settings_for_each(struct net *net,
			    int (*fn)(void *arg, const struct ditto_setting *s, u64 value),
			    void *arg)
{
	struct ditto_setting_group *group;
	unsigned int i;
	int err = 0;

	mutex_lock(&settings_lock);
	list_for_each_entry(group, &settings_groups, list) {
		for (i = 0; !err && i < group->nr; i++) {
			const struct ditto_setting *s = &group->settings[i];

			err = fn(arg, s, setting_read(net, s));
		}
		if (err)
			break;
	}
	mutex_unlock(&settings_lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_settings_for_each);

/**
 * ditto_setting_set - change a setting
 * @net: network namespace
 * @name: which one
 * @value: its new value
 *
 * Return: 0; -ENOENT: no setting of that name; -ERANGE: not within its bounds; what
 * the setting's owner returned.
 */
int ditto_setting_set(struct net *net, const char *name, u64 value)
{
	const struct ditto_setting *s;
	int err;

	mutex_lock(&settings_lock);
	s = settings_find(name);
	if (!s)
		err = -ENOENT;
	else if (value < s->min || value > s->max)
		err = -ERANGE;
	else
		err = setting_write(net, s, value);
	mutex_unlock(&settings_lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_setting_set);
