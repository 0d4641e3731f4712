// SPDX-License-Identifier: GPL-2.0-only
/* Ranges out of what requests say. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/overflow.h>
#include "lock/range.h"

/**
 * ditto_range_from_length - the range of an NLM request
 * @offset: its first byte
 * @length: bytes; 0 is to the end, whatever the size. Those of NLM versions 1
 *	and 3 are widened as they are
 * @range: set to the range, if there is one
 *
 * Return: 0, or -EFBIG if it goes past the last possible byte.
 */
int ditto_range_from_length(u64 offset, u64 length, struct ditto_range *range)
{
	u64 last;

	if (!length)
		last = U64_MAX;
	else if (check_add_overflow(offset, length - 1, &last))
		return -EFBIG;
	*range = (struct ditto_range){ .first = offset, .last = last };
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_range_from_length);

/**
 * ditto_range_from_nfs4 - the range of an NFSv4 request
 * @offset: its first byte
 * @length: bytes; all ones is to the end, whatever the size
 * @range: set to the range, if there is one
 *
 * RFC 8881 18.10.3: no length that says the number of bytes reaches the very
 * last one.
 *
 * Return: 0, or -EINVAL if @length is 0 or too long.
 */
int ditto_range_from_nfs4(u64 offset, u64 length, struct ditto_range *range)
{
	u64 end;

	if (!length)
		return -EINVAL;
	if (length == U64_MAX)
		*range = (struct ditto_range){ .first = offset, .last = U64_MAX };
	else if (check_add_overflow(offset, length, &end))
		return -EINVAL;
	else
		*range = (struct ditto_range){ .first = offset, .last = end - 1 };
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_range_from_nfs4);

/**
 * ditto_range_from_smb - the range of an SMB request
 * @offset: its first byte
 * @length: bytes; 0 is the place in front of @offset
 * @range: set to the range, if there is one
 *
 * Return: 0, or -ERANGE if it goes past the last possible byte (MS-FSA 2.1.5.8).
 */
int ditto_range_from_smb(u64 offset, u64 length, struct ditto_range *range)
{
	u64 last = offset;

	if (length && check_add_overflow(offset, length - 1, &last))
		return -ERANGE;
	*range = (struct ditto_range){ .first = offset, .last = last, .empty = !length };
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_range_from_smb);

/**
 * ditto_range_overlaps - do two ranges have something in common?
 * @a: one
 * @b: the other
 *
 * An empty one does with what has bytes on both sides of it. Who sees whom is
 * another question: ditto_ranges_conflict().
 *
 * Return: whether they do.
 */
bool ditto_range_overlaps(const struct ditto_range *a, const struct ditto_range *b)
{
	return !ditto_range_nowhere(a) && !ditto_range_nowhere(b) &&
	       a->first <= ditto_range_end(b) && b->first <= ditto_range_end(a);
}
EXPORT_SYMBOL_GPL(ditto_range_overlaps);
