// SPDX-License-Identifier: GPL-2.0-only
/* struct folio_batch has a header of its own. */
#include <linux/folio_batch.h>

unsigned int ditto_test(struct folio_batch *batch);
unsigned int ditto_test(struct folio_batch *batch)
{
	return folio_batch_count(batch);
}
