/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of dittod have in common. */
#ifndef DITTOD_DITTOD_H
#define DITTOD_DITTOD_H

#include <stdbool.h>
#include <stdint.h>
#include "ditto_store.h"

/* Exit codes; the unit does not start it again after the later ones. */
enum {
	EXIT_OK			= 0,
	EXIT_FAILED		= 1,
	EXIT_USAGE		= 2,
	EXIT_OTHER_MONITOR	= 3,
	EXIT_RECORDS		= 4,
	EXIT_OTHER_DAEMON	= 5,
};

/**
 * struct dittod - the daemon
 * @store: its records
 * @host: this host, as it is on record
 * @my_name: what it calls itself
 * @nsm: it is a status monitor
 */
struct dittod {
	struct store		*store;
	struct store_host	host;
	const char		*my_name;
	bool			nsm;
};

extern struct dittod dittod;

/* requests.c */
struct kernel_ops;
extern const struct kernel_ops request_ops;

/* restart.c */
int restart_init(void);
void restart_attached(uint64_t instance);
void restart_simulated(void);
void restart_exit(void);

/* nsm.c */
int nsm_init(unsigned int port);
void nsm_exit(void);

/* register.c */
int register_init(void);
void register_again(void);
void register_exit(void);
bool register_other_monitor(void);

#endif
