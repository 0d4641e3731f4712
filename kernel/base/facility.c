// SPDX-License-Identifier: GPL-2.0-only
/* The list of facilities. */
#include <kunit/visibility.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include "base/facility.h"

static DEFINE_MUTEX(facilities_lock);
static LIST_HEAD(facilities);

/**
 * ditto_facility_register - show a facility in the status
 * @facility: stays where it is until ditto_facility_unregister()
 */
void ditto_facility_register(struct ditto_facility *facility)
{
	mutex_lock(&facilities_lock);
	list_add_tail(&facility->list, &facilities);
	mutex_unlock(&facilities_lock);
}
EXPORT_SYMBOL_GPL(ditto_facility_register);

/**
 * ditto_facility_unregister - show it no longer
 * @facility: was registered; nobody asks it any more on return
 */
void ditto_facility_unregister(struct ditto_facility *facility)
{
	mutex_lock(&facilities_lock);
	list_del(&facility->list);
	mutex_unlock(&facilities_lock);
}
EXPORT_SYMBOL_GPL(ditto_facility_unregister);

/**
 * ditto_facilities_for_each - look at all facilities, in the order they came
 * @fn: called with each; other than 0 ends it. May sleep, must not call into this file
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned other than that.
 */
int ditto_facilities_for_each(int (*fn)(void *arg, const struct ditto_facility *f), void *arg)
{
	struct ditto_facility *f;
	int err = 0;

	mutex_lock(&facilities_lock);
	list_for_each_entry(f, &facilities, list) {
		err = fn(arg, f);
		if (err)
			break;
	}
	mutex_unlock(&facilities_lock);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(ditto_facilities_for_each);
