/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings: numbers an administrator may change while the server runs, shown by
 * "dittoctl settings". A layer or protocol registers a table of its own once;
 * the control layer finds them by name. A value that is set acts at once.
 */
#ifndef DITTO_BASE_SETTINGS_H
#define DITTO_BASE_SETTINGS_H

#include <linux/list.h>
#include <linux/types.h>

struct net;

/**
 * struct ditto_setting - one number
 * @name: as in "dittoctl set NAME VALUE": lower case, digits and dashes, at most 63
 * @help: what it does and its unit, one line
 * @min: least value
 * @max: greatest value
 * @def: value after loading
 * @shared: one value for all network namespaces; @net is then of no meaning to @get, @set
 * @get: current value. NULL: the u32 or u64 that @data points to
 * @set: takes a value within @min and @max; an error leaves the old one. May sleep. NULL: stores
 *	it in @data
 * @data: for @get and @set
 * @size: sizeof of what @data points to (4 or 8) where @get or @set is NULL
 */
struct ditto_setting {
	const char	*name;
	const char	*help;
	u64		min;
	u64		max;
	u64		def;
	bool		shared;
	u64		(*get)(struct net *net, const struct ditto_setting *s);
	int		(*set)(struct net *net, const struct ditto_setting *s, u64 value);
	void		*data;
	size_t		size;
};

/* A shared setting kept in a variable (u32 or u64) that is read with READ_ONCE(). */
#define DITTO_SETTING_VAR(nm, var, lo, hi, start, txt) {			\
	.name = (nm), .help = (txt), .min = (lo), .max = (hi), .def = (start),	\
	.shared = true, .data = &(var), .size = sizeof(var),			\
}

/**
 * struct ditto_setting_group - the settings of one owner
 * @settings: @nr of them
 * @nr: how many
 */
struct ditto_setting_group {
	const struct ditto_setting	*settings;
	unsigned int			nr;
	/* private: owned by settings.c */
	struct list_head		list;
};

int ditto_settings_register(struct ditto_setting_group *group);
void ditto_settings_unregister(struct ditto_setting_group *group);

/* For the control layer. */
int ditto_settings_for_each(struct net *net,
			    int (*fn)(void *arg, const struct ditto_setting *s, u64 value),
			    void *arg);
int ditto_setting_set(struct net *net, const char *name, u64 value);

#endif
