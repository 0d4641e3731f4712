/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the messages of the status monitor's protocol hold (The Open Group, Protocols for
 * Interworking: XNFS, Version 3W, chapter 11).
 */
#ifndef DITTOD_NSM_XDR_H
#define DITTOD_NSM_XDR_H

#include "xdr.h"

#define NSM_PROGRAM	100024
#define NSM_VERSION	1
#define NSM_NAME_MAX	1024	/* SM_MAXSTRLEN */
#define NSM_PRIV_LEN	16	/* SM_PRIV_SIZE */

enum nsm_proc {
	NSM_NULL,
	NSM_STAT,
	NSM_MON,
	NSM_UNMON,
	NSM_UNMON_ALL,
	NSM_SIMU_CRASH,
	NSM_NOTIFY,
};

enum nsm_result {
	NSM_SUCC,
	NSM_FAIL,
};

/**
 * struct nsm_id - whom to call back
 * @name: of its host
 * @prog: program
 * @vers: version
 * @proc: procedure
 */
struct nsm_id {
	char		name[NSM_NAME_MAX + 1];
	uint32_t	prog;
	uint32_t	vers;
	uint32_t	proc;
};

/**
 * struct nsm_mon - who is to be monitored, for whom
 * @name: the peer's
 * @id: whom to call back
 * @priv: what it gets then
 */
struct nsm_mon {
	char		name[NSM_NAME_MAX + 1];
	struct nsm_id	id;
	uint8_t		priv[NSM_PRIV_LEN];
};

/**
 * struct nsm_change - a host has restarted
 * @name: its name
 * @state: its new state number
 */
struct nsm_change {
	char		name[NSM_NAME_MAX + 1];
	uint32_t	state;
};

bool nsm_get_name(struct xdr *x, char name[NSM_NAME_MAX + 1]);
bool nsm_get_id(struct xdr *x, struct nsm_id *id);
bool nsm_get_mon(struct xdr *x, struct nsm_mon *mon, bool with_priv);
bool nsm_get_change(struct xdr *x, struct nsm_change *change);

void nsm_put_result(struct xdr *x, enum nsm_result result, uint32_t state);
void nsm_put_change(struct xdr *x, const char *name, uint32_t state);
void nsm_put_status(struct xdr *x, const char *name, uint32_t state,
		    const uint8_t priv[NSM_PRIV_LEN]);

#endif
