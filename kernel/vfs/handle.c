// SPDX-License-Identifier: GPL-2.0-only
/* Reading and writing wire handles. Pure: what they stand for is object.c's business. */
#include <linux/string.h>
#include <linux/unaligned.h>
#include "vfs/handle.h"

static bool fid_ok(u8 type, u8 len)
{
	if (type == DITTO_FID_ROOT)
		return !len;
	return type != DITTO_FID_INVALID && len && len <= DITTO_HANDLE_FID_MAX && len % 4 == 0;
}

/**
 * ditto_handle_load - take a handle over from a message
 * @handle: set to the bytes
 * @raw: the bytes, aligned or not
 * @len: how many
 *
 * Looks at the length only, so that a handle in use is found without being
 * taken apart; ditto_handle_parse() does the rest.
 *
 * Return: false if no handle of ours has this length.
 */
bool ditto_handle_load(struct ditto_handle *handle, const u8 *raw, size_t len)
{
	if (len < DITTO_HANDLE_FIXED || len > DITTO_HANDLE_MAX || len % 4)
		return false;
	handle->len = len;
	memcpy(handle->raw, raw, len);
	return true;
}

/**
 * ditto_handle_parse - take a handle apart
 * @handle: the handle
 * @parts: set to what is in it; points into @handle
 *
 * Return: false if it is not exactly of the form that ditto_handle_build() makes.
 */
bool ditto_handle_parse(const struct ditto_handle *handle, struct ditto_handle_parts *parts)
{
	const u8 *raw = handle->raw;
	size_t mac_len;

	if (handle->len < DITTO_HANDLE_FIXED || raw[0] != DITTO_HANDLE_VERSION)
		return false;
	if (raw[1] & ~DITTO_HANDLE_MAC || !fid_ok(raw[2], raw[3]))
		return false;
	mac_len = raw[1] & DITTO_HANDLE_MAC ? DITTO_HANDLE_MAC_LEN : 0;
	if (handle->len != DITTO_HANDLE_FIXED + raw[3] + mac_len)
		return false;

	parts->export = get_unaligned_be32(raw + 4);
	parts->fs = get_unaligned_be32(raw + 8);
	parts->type = raw[2];
	parts->fid_len = raw[3];
	parts->fid = raw + DITTO_HANDLE_FIXED;
	parts->has_mac = mac_len;
	parts->mac = mac_len ? get_unaligned_be64(raw + handle->len - mac_len) : 0;
	return true;
}

/**
 * ditto_handle_build - put a handle together
 * @handle: set to the handle
 * @parts: what goes into it; @parts->fid may already lie at its place in
 *	@handle. The MAC is left 0 for ditto_handle_set_mac()
 *
 * Return: false if the file identifier is not one a handle can carry.
 */
bool ditto_handle_build(struct ditto_handle *handle, const struct ditto_handle_parts *parts)
{
	u8 *raw = handle->raw;

	if (!fid_ok(parts->type, parts->fid_len))
		return false;
	memmove(raw + DITTO_HANDLE_FIXED, parts->fid, parts->fid_len);
	raw[0] = DITTO_HANDLE_VERSION;
	raw[1] = parts->has_mac ? DITTO_HANDLE_MAC : 0;
	raw[2] = parts->type;
	raw[3] = parts->fid_len;
	put_unaligned_be32(parts->export, raw + 4);
	put_unaligned_be32(parts->fs, raw + 8);
	handle->len = DITTO_HANDLE_FIXED + parts->fid_len;
	if (parts->has_mac) {
		handle->len += DITTO_HANDLE_MAC_LEN;
		ditto_handle_set_mac(handle, 0);
	}
	return true;
}

/**
 * ditto_handle_set_mac - write the MAC of a handle
 * @handle: a handle built with @has_mac
 * @mac: over all its bytes but the last DITTO_HANDLE_MAC_LEN
 */
void ditto_handle_set_mac(struct ditto_handle *handle, u64 mac)
{
	put_unaligned_be64(mac, handle->raw + handle->len - DITTO_HANDLE_MAC_LEN);
}
