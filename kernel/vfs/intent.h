/* SPDX-License-Identifier: GPL-2.0-only */
/* What operations say they are about to do, before they touch a file. Pure C. */
#ifndef DITTO_VFS_INTENT_H
#define DITTO_VFS_INTENT_H

/**
 * enum ditto_intent - what an operation is about to do
 * @DITTO_INTENT_READ_DATA: read data
 * @DITTO_INTENT_READ_META: read size, modification time or change attribute, of
 *	which a holder of W may have newer ones
 * @DITTO_INTENT_WRITE_DATA: write, set the size, allocate, punch, copy or clone into
 * @DITTO_INTENT_OPEN_READ: open for reading
 * @DITTO_INTENT_OPEN_WRITE: open for writing
 * @DITTO_INTENT_OPEN_OVERWRITE: open and throw the data away
 * @DITTO_INTENT_OPEN_DENIED: open although a SHARE stands in the way that a
 *	holder of H could give up. SHAREs are looked at again when it is done
 * @DITTO_INTENT_SET_META: set mode, owner, ACL, times or other attributes
 * @DITTO_INTENT_UNLINK: remove, rename, replace or link the file or directory.
 *	SHAREs are looked at when it is done
 * @DITTO_INTENT_LOCK: lock a range
 * @DITTO_INTENT_DIR_CHANGE: add, remove or rename an entry of the directory
 * @DITTO_INTENTS: how many there are
 */
enum ditto_intent {
	DITTO_INTENT_READ_DATA,
	DITTO_INTENT_READ_META,
	DITTO_INTENT_WRITE_DATA,
	DITTO_INTENT_OPEN_READ,
	DITTO_INTENT_OPEN_WRITE,
	DITTO_INTENT_OPEN_OVERWRITE,
	DITTO_INTENT_OPEN_DENIED,
	DITTO_INTENT_SET_META,
	DITTO_INTENT_UNLINK,
	DITTO_INTENT_LOCK,
	DITTO_INTENT_DIR_CHANGE,
	DITTO_INTENTS,
};

#endif
