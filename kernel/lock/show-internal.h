/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by what shows claims and what tells of them. Inside of the lock manager only. */
#ifndef DITTO_LOCK_SHOW_INTERNAL_H
#define DITTO_LOCK_SHOW_INTERNAL_H

#include "lock/note.h"

void ditto_claim_place_of(const struct ditto_object *obj, char *buf,
			  struct ditto_claim_place *place);
void ditto_claim_party_of(const struct ditto_hold *hold, u64 claim, u64 since,
			  struct ditto_claim_party *who);
void ditto_claim_of_note(const struct ditto_note *note, struct ditto_claim_info *info);

#endif
