/* SPDX-License-Identifier: GPL-2.0-only */
/* SHARE claims, as protocols see them. See lock.h. */
#ifndef DITTO_LOCK_SHARE_H
#define DITTO_LOCK_SHARE_H

#include "lock/lock.h"

int ditto_share_set(struct ditto_access *acc, struct ditto_object *obj,
		    struct ditto_owner *owner, unsigned int access, unsigned int deny,
		    bool reclaim, struct ditto_conflict *by);
bool ditto_share_get(struct ditto_owner *owner, struct ditto_object *obj, unsigned int *access,
		     unsigned int *deny);
bool ditto_share_drop(struct ditto_owner *owner, struct ditto_object *obj);

#endif
