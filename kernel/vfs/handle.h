/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wire handles: the bytes by which clients know files.
 *
 * Layout, all numbers big endian:
 *
 *	0	version (1)
 *	1	flags (DITTO_HANDLE_MAC)
 *	2	type of the file identifier; 0: the root of the file system, without one
 *	3	length of the file identifier, bytes, a multiple of 4, at most 44
 *	4	export (32 bits)
 *	8	file system mounted below the export's own (32 bits); 0: the export's own
 *	12	file identifier, as the file system made it (exportfs)
 *	...	MAC over all bytes before it (64 bits), if flagged
 *
 * One file has one handle and one handle has one form, so handles are
 * compared by their bytes. Nothing in them depends on the running kernel.
 *
 * Pure C: builds in the kernel, in KUnit and in user space.
 */
#ifndef DITTO_VFS_HANDLE_H
#define DITTO_VFS_HANDLE_H

#include <linux/types.h>
#include <linux/bits.h>

#define DITTO_HANDLE_MAX	64
#define DITTO_HANDLE_FIXED	12
#define DITTO_HANDLE_FID_MAX	44
#define DITTO_HANDLE_MAC_LEN	8

#define DITTO_HANDLE_VERSION	1
#define DITTO_HANDLE_MAC	BIT(0)

/* File identifier types: the one we give a meaning to, and exportfs's "none". */
#define DITTO_FID_ROOT		0
#define DITTO_FID_INVALID	0xff

/**
 * struct ditto_handle - a wire handle
 * @len: bytes of @raw in use, a multiple of 4
 * @raw: the bytes
 */
struct ditto_handle {
	u8	len;
	u8	raw[DITTO_HANDLE_MAX] __aligned(4);
};

/**
 * struct ditto_handle_parts - what is in a handle
 * @export: the export
 * @fs: file system below it; 0: the export's own
 * @type: type of the file identifier
 * @fid_len: its length in bytes
 * @fid: the file identifier; points into the handle it was read from
 * @has_mac: the handle carries @mac
 * @mac: its MAC
 */
struct ditto_handle_parts {
	u32		export;
	u32		fs;
	u8		type;
	u8		fid_len;
	const u8	*fid;
	bool		has_mac;
	u64		mac;
};

bool ditto_handle_load(struct ditto_handle *handle, const u8 *raw, size_t len);
bool ditto_handle_parse(const struct ditto_handle *handle, struct ditto_handle_parts *parts);
bool ditto_handle_build(struct ditto_handle *handle, const struct ditto_handle_parts *parts);
void ditto_handle_set_mac(struct ditto_handle *handle, u64 mac);

#endif
