// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading directories.
 *
 * The file system hands out entries with the directory locked, so they are
 * gathered first and shown to the caller after: finding an entry's attributes
 * takes the lock again. Cookies are the file system's own positions, wide
 * enough to survive changes of the directory and restarts of the server.
 */
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/security.h>
#include "vfs/name.h"

/* Entries gathered at a time, bytes: about a hundred, so that little is read in vain. */
#define GATHER_SIZE	PAGE_SIZE

/* A gathered entry. */
struct record {
	u64	ino;
	u64	next;	/* position behind it; 0: not known yet */
	u32	len;
	char	name[];
};

struct gather {
	struct dir_context	ctx;
	u8			*buf;
	size_t			used;
	struct record		*last;
};

/* One call of ditto_readdir(). */
struct walk {
	struct ditto_access	*acc;
	struct ditto_object	*dir;
	bool			plus;
	bool			search;	/* the caller may look entries up */
	bool			(*emit)(void *arg, const struct ditto_dirent *entry);
	void			*arg;
	struct ditto_dirent	entry;
};

static size_t record_size(u32 len)
{
	return ALIGN(struct_size_t(struct record, name, len), 8);
}

/* Called by the file system, directory locked. An entry's position ends the one before it. */
static bool gather_entry(struct dir_context *ctx, const char *name, int len, loff_t offset,
			 u64 ino, unsigned int type)
{
	struct gather *g = container_of(ctx, struct gather, ctx);
	struct record *rec = (struct record *)(g->buf + g->used);

	if (g->last)
		g->last->next = offset;
	if (len <= 0 || len > NAME_MAX)
		return true;
	if (record_size(len) > GATHER_SIZE - g->used)
		return false;
	rec->ino = ino;
	rec->next = 0;
	rec->len = len;
	memcpy(rec->name, name, len);
	g->used += record_size(len);
	g->last = rec;
	return true;
}

static int gather(struct file *file, struct gather *g)
{
	int err;

	g->used = 0;
	g->last = NULL;
	err = iterate_dir(file, &g->ctx);
	if (err)
		return err;
	/* Nothing came behind it: the last one ends where the file system stands. */
	if (g->last && !g->last->next)
		g->last->next = g->ctx.pos;
	return 0;
}

static void describe(struct walk *w, const struct path *path)
{
	struct ditto_dirent *entry = &w->entry;
	u64 fsid;

	if (ditto_handle_encode(w->dir->exp, path, &entry->handle)) {
		entry->handle.len = 0;
		return;
	}
	/* As ditto_object_fsid(). */
	fsid = get_unaligned_be64(entry->handle.raw + 4);
	ditto_attr_read(w->acc, path, fsid, &entry->attr);
}

/*
 * What has the name now; it may be gone, or be another than was gathered. Most
 * entries are in the dcache, where no lock and no permission is asked again.
 */
static struct dentry *find(struct ditto_object *dir, const struct record *rec)
{
	struct qstr name = QSTR_LEN(rec->name, rec->len);
	struct dentry *parent = dir->path.dentry;
	struct dentry *child;

	if (!(parent->d_flags & DCACHE_OP_HASH)) {
		name.hash = full_name_hash(parent, rec->name, rec->len);
		child = d_lookup(parent, &name);
		if (child && d_is_positive(child) && !(child->d_flags & DCACHE_OP_REVALIDATE))
			return child;
		dput(child);
	}
	return lookup_one_positive_unlocked(mnt_idmap(dir->path.mnt), &name, parent);
}

static void describe_child(struct walk *w, const struct record *rec)
{
	struct path path = { .mnt = w->dir->path.mnt, .dentry = find(w->dir, rec) };

	if (IS_ERR(path.dentry))
		return;
	if (likely(!d_managed(path.dentry))) {
		describe(w, &path);
		if (w->entry.attr.valid)
			w->entry.ino = w->entry.attr.st.ino;
		dput(path.dentry);
		return;
	}
	mntget(path.mnt);
	if (!ditto_export_follow_down(w->dir->exp, &path))
		describe(w, &path);
	path_put(&path);
}

/*
 * ".." of a mounted file system's root, or of the export's, is not what the
 * file system thinks.
 */
static void describe_parent(struct walk *w)
{
	const struct path *dir = &w->dir->path;
	struct path up;

	if (!w->plus && dir->dentry != dir->mnt->mnt_root &&
	    !ditto_export_is_root(w->dir->exp, dir))
		return;
	if (ditto_name_parent(w->dir->exp, dir, &up))
		return;
	describe(w, &up);
	if (w->entry.attr.valid)
		w->entry.ino = w->entry.attr.st.ino;
	path_put(&up);
}

static bool emit_record(struct walk *w, const struct record *rec)
{
	struct ditto_dirent *entry = &w->entry;

	entry->name = rec->name;
	entry->len = rec->len;
	entry->ino = rec->ino;
	entry->cookie = rec->next;
	entry->attr.valid = false;
	entry->handle.len = 0;
	if (unlikely(ditto_name_is_dotdot(rec->name, rec->len)))
		describe_parent(w);
	else if (unlikely(ditto_name_is_dot(rec->name, rec->len) && w->plus))
		describe(w, &w->dir->path);
	else if (w->plus && w->search)
		describe_child(w, rec);
	return w->emit(w->arg, entry);
}

/* False: the caller has had enough. */
static bool emit_gathered(struct walk *w, const struct gather *g)
{
	const struct record *rec;
	size_t at;

	for (at = 0; at < g->used; at += record_size(rec->len)) {
		rec = (const struct record *)(g->buf + at);
		if (!emit_record(w, rec))
			return false;
	}
	return true;
}

static struct file *open_at(struct ditto_object *dir, u64 cookie)
{
	struct file *file;
	loff_t pos;

	file = dentry_open(&dir->path, O_RDONLY | O_LARGEFILE, current_cred());
	if (IS_ERR(file))
		return file;
	/* Where positions are hashes, the long ones. */
	file->f_mode |= FMODE_64BITHASH;
	if (!cookie)
		return file;
	pos = vfs_llseek(file, cookie, SEEK_SET);
	if (pos == cookie)
		return file;
	__fput_sync(file);
	return ERR_PTR(pos < 0 && pos != -EINVAL ? pos : -EBADCOOKIE);
}

static int walk_file(struct walk *w, struct file *file, bool *eof)
{
	struct gather g = { .ctx.actor = gather_entry };
	int err;

	g.buf = (u8 *)__get_free_page(GFP_KERNEL);
	if (!g.buf)
		return -ENOMEM;
	ditto_compat_dir_room(&g.ctx, GATHER_SIZE);
	for (;;) {
		err = gather(file, &g);
		if (err)
			break;
		if (!g.used) {
			*eof = true;
			break;
		}
		if (!emit_gathered(w, &g))
			break;
	}
	free_page((unsigned long)g.buf);
	return err;
}

/**
 * ditto_readdir - entries of a directory (RFC 1813 3.3.16, 3.3.17)
 * @acc: the caller's access
 * @dir: the directory
 * @cookie: that of the entry to go on behind; 0: from the start
 * @plus: with attributes and handles
 * @emit: called for each entry, "." and ".." too; sleeps as it likes; false: no more
 * @arg: for @emit
 * @eof: set if the last entry was shown
 *
 * An entry that vanishes between reading its name and its attributes is shown
 * without attributes.
 *
 * Return: 0, -ENOTDIR, -EACCES, -EBADCOOKIE: @cookie is none of this directory's, -ESTALE, -ENOMEM,
 * or what the file system said.
 */
int ditto_readdir(struct ditto_access *acc, struct ditto_object *dir, u64 cookie, bool plus,
		  bool (*emit)(void *arg, const struct ditto_dirent *entry), void *arg, bool *eof)
{
	struct walk w = { .acc = acc, .dir = dir, .plus = plus, .emit = emit, .arg = arg };
	struct mnt_idmap *idmap = mnt_idmap(dir->path.mnt);
	struct inode *inode = ditto_object_inode(dir);
	struct file *file;
	int err;

	*eof = false;
	if (!S_ISDIR(inode->i_mode))
		return -ENOTDIR;
	if (cookie > LLONG_MAX)
		return -EBADCOOKIE;
	err = inode_permission(idmap, inode, MAY_READ);
	if (err)
		return err;
	w.search = plus && !inode_permission(idmap, inode, MAY_EXEC);
	file = open_at(dir, cookie);
	if (IS_ERR(file))
		return ditto_name_error(dir, PTR_ERR(file));
	err = walk_file(&w, file, eof);
	__fput_sync(file);
	return ditto_name_error(dir, err);
}
EXPORT_SYMBOL_GPL(ditto_readdir);
