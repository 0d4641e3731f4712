// SPDX-License-Identifier: GPL-2.0-only
/* The MOUNT protocol on the wire. */
#include <linux/errno.h>
#include "nfs/mount_xdr.h"

/* What must still fit behind an item of a list for the list to be ended well. */
#define LIST_TAIL	12

/**
 * mount_get_path - arguments of MNT and UMNT (RFC 1813 5.2.1, 5.2.3)
 * @cur: the arguments
 * @path: filled in; a path that is too long is passed over and marked so
 *
 * Return: false if they are malformed.
 */
bool mount_get_path(struct ditto_cursor *cur, struct mount_path *path)
{
	u32 len = xdr_get_u32(cur);

	path->len = 0;
	path->bytes[0] = '\0';
	if (len > ditto_cursor_left(cur))
		ditto_cursor_fail(cur);
	path->too_long = len > MOUNT_PATH_MAX;
	if (!path->too_long && ditto_cursor_copy(cur, path->bytes, len)) {
		path->len = len;
		path->bytes[len] = '\0';
	}
	ditto_cursor_skip(cur, xdr_padded(len) - path->len);
	return ditto_cursor_ok(cur);
}

/**
 * mount_path_clean - bring a path into its one form: names with one slash between two
 * @path: the path, as decoded; it is absolute whether it starts with a slash or not
 *
 * Return: 0; -ENAMETOOLONG; -EINVAL if there is a NUL in it; -EACCES if it goes up: clients have
 * no reason to, and above an export there is nothing.
 */
int mount_path_clean(struct mount_path *path)
{
	const char *from = path->bytes, *end = from + path->len;
	char *to = path->bytes;

	if (path->too_long)
		return -ENAMETOOLONG;
	if (memchr(from, '\0', path->len))
		return -EINVAL;
	while (from < end) {
		const char *slash = memchr(from, '/', end - from);
		size_t len = (slash ? slash : end) - from;

		if (len == 2 && from[0] == '.' && from[1] == '.')
			return -EACCES;
		if (len && !(len == 1 && from[0] == '.')) {
			if (to != path->bytes)
				*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from = slash ? slash + 1 : end;
	}
	*to = '\0';
	path->len = to - path->bytes;
	return 0;
}

/**
 * mount_stat_of - the status MNT answers an error with (mountstat3, RFC 1813 5.1.5)
 * @err: 0 or a negative errno
 *
 * Return: its number.
 */
u32 mount_stat_of(int err)
{
	switch (-err) {
	case 0:
		return MNT3_OK;
	case EPERM:
		return MNT3ERR_PERM;
	case ENOENT:
	case ESTALE:	/* gone while we looked */
		return MNT3ERR_NOENT;
	case EACCES:
	case EXDEV:	/* a file system below the export that is not shown */
		return MNT3ERR_ACCES;
	case ENOTDIR:
	case ELOOP:
		return MNT3ERR_NOTDIR;
	case EINVAL:
		return MNT3ERR_INVAL;
	case ENAMETOOLONG:
		return MNT3ERR_NAMETOOLONG;
	case EOPNOTSUPP:
		return MNT3ERR_NOTSUPP;
	case EIO:
		return MNT3ERR_IO;
	default:
		return MNT3ERR_SERVERFAULT;
	}
}

/**
 * mount_put_ok - results of an MNT that succeeded (mountres3, RFC 1813 5.2.1)
 * @enc: the reply
 * @fh: the directory's handle
 * @len: its length, bytes
 * @flavors: RPC flavours the directory may be used with, the preferred one first
 * @nr: how many
 */
void mount_put_ok(struct ditto_encoder *enc, const u8 *fh, u32 len, const u32 *flavors,
		  unsigned int nr)
{
	unsigned int i;

	xdr_put_u32(enc, MNT3_OK);
	xdr_put_opaque(enc, fh, len);
	xdr_put_u32(enc, nr);
	for (i = 0; i < nr; i++)
		xdr_put_u32(enc, flavors[i]);
}

/* An item of a list is taken back if there is no room for it and the list's end. */
static bool keep(struct ditto_encoder *enc, const struct ditto_encoder_mark *mark)
{
	if (ditto_encoder_room(enc) >= LIST_TAIL)
		return true;
	ditto_encoder_rewind(enc, mark);
	return false;
}

/**
 * mount_put_entry - an entry of DUMP (mountbody, RFC 1813 5.2.2)
 * @enc: the reply
 * @host: the client
 * @dir: what it has mounted, without the slash in front
 * @dir_len: its length, less than MOUNT_PATH_MAX
 *
 * Return: false if it does not fit; the list can still be ended then.
 */
bool mount_put_entry(struct ditto_encoder *enc, const char *host, const char *dir, u32 dir_len)
{
	struct ditto_encoder_mark mark;

	ditto_encoder_mark(enc, &mark);
	xdr_put_bool(enc, true);
	xdr_put_opaque(enc, host, strlen(host));
	xdr_put_u32(enc, dir_len + 1);
	ditto_encoder_put(enc, "/", 1);
	ditto_encoder_put(enc, dir, dir_len);
	ditto_encoder_zero(enc, xdr_padded(dir_len + 1) - (dir_len + 1));
	return keep(enc, &mark);
}

/**
 * mount_put_export - start an entry of EXPORT (exportnode, RFC 1813 5.2.5)
 * @enc: the reply
 * @name: the export's name, without the slash in front
 *
 * Its groups follow, then mount_put_list_end().
 *
 * Return: false if it does not fit; the list can still be ended then.
 */
bool mount_put_export(struct ditto_encoder *enc, const char *name)
{
	struct ditto_encoder_mark mark;
	u32 len = strlen(name);

	ditto_encoder_mark(enc, &mark);
	xdr_put_bool(enc, true);
	xdr_put_u32(enc, len + 1);
	ditto_encoder_put(enc, "/", 1);
	ditto_encoder_put(enc, name, len);
	ditto_encoder_zero(enc, xdr_padded(len + 1) - (len + 1));
	return keep(enc, &mark);
}

/**
 * mount_put_group - a client of an entry of EXPORT (groupnode, RFC 1813 5.2.5)
 * @enc: the reply
 * @name: the client
 *
 * Return: false if it does not fit; the lists can still be ended then.
 */
bool mount_put_group(struct ditto_encoder *enc, const char *name)
{
	struct ditto_encoder_mark mark;

	ditto_encoder_mark(enc, &mark);
	xdr_put_bool(enc, true);
	xdr_put_opaque(enc, name, strlen(name));
	return keep(enc, &mark);
}

/**
 * mount_put_list_end - nothing more in this list
 * @enc: the reply
 */
void mount_put_list_end(struct ditto_encoder *enc)
{
	xdr_put_bool(enc, false);
}
