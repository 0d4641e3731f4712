/* SPDX-License-Identifier: GPL-2.0-only */
/* Making the server what a configuration says, or leaving it as it was. */
#ifndef DITTO_CTL_APPLY_H
#define DITTO_CTL_APPLY_H

#include "dittoctl.h"

int apply_conf(struct ditto_nl *nl, struct conf *conf, const struct exports *exports);
int apply_nothing(struct ditto_nl *nl, char why[WHY_SIZE]);

#endif
