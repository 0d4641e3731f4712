// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes and their cached open files.
 *
 * Locking: node_lock guards the hash of nodes, files_lock the slots, lists and
 * numbers of cached files. Both are taken to open and close only; I/O on a file
 * that is open finds it under RCU, through its object's node.
 *
 * Age: I/O leaves the time in the file and does not touch a list. Lists are in the
 * order in which files were last put at their ends; a sweep looks at the front
 * only, closes what has not been used for the idle time, and puts the rest at
 * the end. So a file is closed after one to two idle times. Files open for
 * writing have a short one, for they keep the file from being executed (ETXTBSY)
 * and leased on the server.
 */
#include <linux/exportfs.h>
#include <linux/file.h>
#include <linux/filelock.h>
#include <linux/hash.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/security.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "base/settings.h"
#include "vfs/export-internal.h"
#include "vfs/node.h"
#include "vfs/ops.h"
#include "vfs/stats.h"

#define NODE_HASH_BITS	14
#define FILES_HASH_BITS	10
#define FILES_SWEEP	HZ
/* How far a search for room looks before it takes what it finds. */
#define FILES_LOOK	16

static struct hlist_head *node_hash;
static DEFINE_SPINLOCK(node_lock);
static struct kmem_cache *node_cache;
static struct kmem_cache *file_cache;

static DEFINE_SPINLOCK(files_lock);
/* Held by who closes what the sweep or the shrinker took out, so that it can be waited for. */
static DEFINE_MUTEX(files_closing);
static struct list_head files_lru[2] = {
	LIST_HEAD_INIT(files_lru[0]), LIST_HEAD_INIT(files_lru[1]),
};
/* Taken out by the shrinker, which must not close files itself. */
static LIST_HEAD(files_gone);
static unsigned long files_count;
/* All files, by their inode. */
static struct hlist_head files_hash[1 << FILES_HASH_BITS];
static u32 files_max;
static u32 files_idle[2];
static atomic64_t files_losses = ATOMIC64_INIT(0);
static struct shrinker *files_shrinker;

static void files_sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(files_work, files_sweep);

static struct ditto_setting files_settings[] = {
	DITTO_SETTING_VAR("open-files", files_max, 64, 1 << 24, 65536,
			  "files kept open for I/O that comes without an open, at most"),
	DITTO_SETTING_VAR("open-files-read-idle", files_idle[0], 1, 86400, 30,
			  "seconds without a read after which such a file is closed"),
	DITTO_SETTING_VAR("open-files-write-idle", files_idle[1], 1, 86400, 3,
			  "seconds without a write after which such a file is closed"),
};

static struct ditto_setting_group files_setting_group = {
	.settings	= files_settings,
	.nr		= ARRAY_SIZE(files_settings),
};

/* ---- files --------------------------------------------------------------- */

static void file_free(struct rcu_head *rcu)
{
	kmem_cache_free(file_cache, container_of(rcu, struct ditto_file, rcu));
}

/*
 * As close(2) does it, but done when it returns: a worker's fput() would leave it
 * to later, and the mount busy until then.
 */
static void file_close(struct file *file)
{
	get_file(file);
	filp_close(file, NULL);
	__fput_sync(file);
}

/**
 * ditto_file_losses - how often written data turned out lost at close
 *
 * Return: a number that has changed if data written before may have been lost
 * without a COMMIT hearing of it.
 */
u64 ditto_file_losses(void)
{
	return atomic64_read(&files_losses);
}
EXPORT_SYMBOL_GPL(ditto_file_losses);

static struct hlist_head *files_bucket(const struct inode *inode)
{
	return &files_hash[hash_ptr((void *)inode, FILES_HASH_BITS)];
}

/**
 * ditto_files_open - how many files of ours are open on an inode
 * @inode: pinned by the caller
 * @write: for writing; if not, for reading
 *
 * A file is counted after it was opened, and until before it is closed.
 *
 * Return: their number.
 */
unsigned int ditto_files_open(const struct inode *inode, bool write)
{
	const struct ditto_file *f;
	unsigned int n = 0;

	spin_lock(&files_lock);
	hlist_for_each_entry(f, files_bucket(inode), by_inode)
		n += f->write == write && file_inode(f->file) == inode;
	spin_unlock(&files_lock);
	return n;
}

/**
 * ditto_file_put - give a file back
 * @f: from ditto_file_get()
 *
 * Process context, without a lock of the inode: the last one closes the file.
 */
void ditto_file_put(struct ditto_file *f)
{
	struct file *file = f->file;

	if (!refcount_dec_and_test(&f->ref))
		return;
	/*
	 * An error nobody has been told yet: the next to open the file may have
	 * it reported to somebody else in between, so the clients learn it here.
	 */
	if (f->write && filemap_check_wb_err(file->f_mapping, READ_ONCE(file->f_wb_err)))
		atomic64_inc(&files_losses);
	spin_lock(&files_lock);
	hlist_del(&f->by_inode);
	spin_unlock(&files_lock);
	file_close(file);
	ditto_vfs_gauge(f->net, DITTO_VFS_FILES, -1);
	call_rcu(&f->rcu, file_free);
}
EXPORT_SYMBOL_GPL(ditto_file_put);

/* Takes a file out of its slot and onto @gone; the slot's reference goes with it. */
static void file_unlink(struct ditto_file *f, struct list_head *gone)
{
	lockdep_assert_held(&files_lock);
	RCU_INIT_POINTER(f->node->files[f->write], NULL);
	f->node = NULL;
	list_move_tail(&f->lru, gone);
	files_count--;
}

static void files_put(struct list_head *gone)
{
	struct ditto_file *f;

	while ((f = list_first_entry_or_null(gone, struct ditto_file, lru))) {
		list_del_init(&f->lru);
		ditto_file_put(f);
	}
}

/* The file at the front of a list, if it was not used since it was put there; else another chance. */
static bool files_evict_one(struct list_head *lru, struct list_head *gone)
{
	struct ditto_file *f;
	int i;

	for (i = 0; !list_empty(lru); i++) {
		f = list_first_entry(lru, struct ditto_file, lru);
		if (i == FILES_LOOK || READ_ONCE(f->used) == f->queued) {
			file_unlink(f, gone);
			return true;
		}
		f->queued = READ_ONCE(f->used);
		list_move_tail(&f->lru, lru);
	}
	return false;
}

/* Room for one more: what is open for reading goes first, it costs least to open again. */
static void files_make_room(struct list_head *gone)
{
	while (files_count >= READ_ONCE(files_max)) {
		if (!files_evict_one(&files_lru[0], gone) &&
		    !files_evict_one(&files_lru[1], gone))
			return;
	}
}

static void files_sweep_kind(bool write, struct list_head *gone)
{
	unsigned long idle = READ_ONCE(files_idle[write]) * HZ;
	struct list_head *lru = &files_lru[write];
	unsigned long now = jiffies;
	struct ditto_file *f;

	while ((f = list_first_entry_or_null(lru, struct ditto_file, lru))) {
		if (time_before(now, f->queued + idle))
			return;
		if (!time_before(now, READ_ONCE(f->used) + idle)) {
			file_unlink(f, gone);
			continue;
		}
		f->queued = now;
		list_move_tail(&f->lru, lru);
	}
}

static void files_sweep(struct work_struct *work)
{
	LIST_HEAD(gone);
	bool more;

	mutex_lock(&files_closing);
	spin_lock(&files_lock);
	list_splice_init(&files_gone, &gone);
	files_sweep_kind(false, &gone);
	files_sweep_kind(true, &gone);
	more = files_count;
	spin_unlock(&files_lock);
	files_put(&gone);
	mutex_unlock(&files_closing);
	if (more)
		queue_delayed_work(system_percpu_wq, &files_work, FILES_SWEEP);
}

static unsigned long files_shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return READ_ONCE(files_count) ?: SHRINK_EMPTY;
}

static unsigned long files_shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long n = 0;

	if (!spin_trylock(&files_lock))
		return SHRINK_STOP;
	while (n < sc->nr_to_scan && files_evict_one(&files_lru[0], &files_gone))
		n++;
	spin_unlock(&files_lock);
	mod_delayed_work(system_percpu_wq, &files_work, 0);
	return n;
}

/* ---- nodes --------------------------------------------------------------- */

static struct hlist_head *node_bucket(const struct inode *inode)
{
	return &node_hash[hash_ptr((void *)inode, NODE_HASH_BITS)];
}

static struct ditto_node *node_find(const struct inode *inode)
{
	struct ditto_node *node;

	hlist_for_each_entry_rcu(node, node_bucket(inode), hash, lockdep_is_held(&node_lock)) {
		if (node->inode == inode && refcount_inc_not_zero(&node->ref))
			return node;
	}
	return NULL;
}

/**
 * ditto_node_get - the node of an inode
 * @inode: the caller's object pins it
 *
 * Return: referenced, made if there was none; NULL: no memory.
 */
struct ditto_node *ditto_node_get(struct inode *inode)
{
	struct ditto_node *node, *other;

	rcu_read_lock();
	node = node_find(inode);
	rcu_read_unlock();
	if (node)
		return node;
	node = kmem_cache_zalloc(node_cache, GFP_KERNEL);
	if (!node)
		return NULL;
	node->inode = inode;
	refcount_set(&node->ref, 1);
	spin_lock(&node_lock);
	other = node_find(inode);
	if (!other)
		hlist_add_head_rcu(&node->hash, node_bucket(inode));
	spin_unlock(&node_lock);
	if (!other)
		return node;
	kmem_cache_free(node_cache, node);
	return other;
}

/**
 * ditto_node_close_files - close an inode's cached files
 * @node: held
 *
 * Files in use are closed by their last user. Process context, no lock of the inode.
 */
void ditto_node_close_files(struct ditto_node *node)
{
	struct ditto_file *f;
	LIST_HEAD(gone);
	int i;

	spin_lock(&files_lock);
	for (i = 0; i < 2; i++) {
		f = rcu_dereference_protected(node->files[i], lockdep_is_held(&files_lock));
		if (f)
			file_unlink(f, &gone);
	}
	spin_unlock(&files_lock);
	files_put(&gone);
}
EXPORT_SYMBOL_GPL(ditto_node_close_files);

static void node_free(struct rcu_head *rcu)
{
	struct ditto_node *node = container_of(rcu, struct ditto_node, rcu);

	kfree(node->claims);
	kmem_cache_free(node_cache, node);
}

/**
 * ditto_node_put - give a node back
 * @node: from ditto_node_get()
 *
 * Process context: the last one closes the node's files. The caller pins the
 * inode until it returns.
 */
void ditto_node_put(struct ditto_node *node)
{
	if (!refcount_dec_and_test(&node->ref))
		return;
	spin_lock(&node_lock);
	hlist_del_rcu(&node->hash);
	spin_unlock(&node_lock);
	ditto_node_close_files(node);
	call_rcu(&node->rcu, node_free);
}

/**
 * ditto_node_flush - wait until files taken out of the cache are closed
 *
 * Those in use excepted. Process context.
 */
void ditto_node_flush(void)
{
	LIST_HEAD(gone);

	mutex_lock(&files_closing);
	spin_lock(&files_lock);
	list_splice_init(&files_gone, &gone);
	spin_unlock(&files_lock);
	files_put(&gone);
	mutex_unlock(&files_closing);
}

/* ---- opening ------------------------------------------------------------- */

/**
 * ditto_file_permission - may the caller do I/O?
 * @obj: a regular file
 * @write: to write; if not, to read
 *
 * With the caller's credentials. The owner may always: the file may have been
 * open when its mode changed, and NFSv3 has no open. Who may execute may
 * read, for paging a program in looks like reading it (RFC 1813 4.4).
 *
 * Return: 0, -EACCES, -EPERM (immutable, append-only), -EROFS.
 */
int ditto_file_permission(const struct ditto_object *obj, bool write)
{
	struct mnt_idmap *idmap = mnt_idmap(obj->path.mnt);
	struct inode *inode = ditto_object_inode(obj);
	int err;

	if (write) {
		if (IS_IMMUTABLE(inode) || IS_APPEND(inode))
			return -EPERM;
		if (__mnt_is_readonly(obj->path.mnt))
			return -EROFS;
	}
	if (vfsuid_eq_kuid(i_uid_into_vfsuid(idmap, inode), current_fsuid()))
		return 0;
	err = inode_permission(idmap, inode, write ? MAY_WRITE : MAY_READ);
	if (err == -EACCES && !write)
		err = inode_permission(idmap, inode, MAY_EXEC);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_file_permission);

/* File systems of this machine do not look at who opened a file. */
static bool file_sb_is_local(const struct super_block *sb)
{
	return sb->s_type->fs_flags & FS_REQUIRES_DEV || sb->s_magic == TMPFS_MAGIC;
}

/* May this open file serve the current caller through the object's mount? */
static bool file_suits(const struct ditto_file *f, const struct ditto_object *obj)
{
	return f->file->f_path.mnt == obj->path.mnt &&
	       (f->shared || uid_eq(f->file->f_cred->fsuid, current_fsuid()));
}

/* Breaks the leases that stand against this I/O, without waiting for their holders. */
static int file_break_lease(struct inode *inode, bool write)
{
	int err = break_lease(inode, (write ? O_WRONLY : O_RDONLY) | O_NONBLOCK);

	return err == -EWOULDBLOCK ? -EJUKEBOX : err;
}

static struct file *file_open(const struct ditto_object *obj, bool write)
{
	int flags = (write ? O_WRONLY : O_RDONLY) | O_LARGEFILE | O_NONBLOCK;
	struct file *file;
	int err;

	/* O_NONBLOCK: a lease made since the break is not waited for either. */
	file = dentry_open(&obj->path, flags, current_cred());
	if (IS_ERR(file))
		return file == ERR_PTR(-EWOULDBLOCK) ? ERR_PTR(-EJUKEBOX) : file;
	file->f_flags &= ~O_NONBLOCK;
	err = security_file_post_open(file, write ? MAY_WRITE : MAY_READ);
	if (!err)
		return file;
	file_close(file);
	return ERR_PTR(err);
}

static struct ditto_file *file_make(const struct ditto_access *acc, const struct ditto_object *obj,
				    bool write)
{
	struct ditto_file *f = kmem_cache_alloc(file_cache, GFP_KERNEL);
	struct file *file;

	if (!f)
		return ERR_PTR(-ENOMEM);
	file = file_open(obj, write);
	if (IS_ERR(file)) {
		kmem_cache_free(file_cache, f);
		return ERR_CAST(file);
	}
	f->file = file;
	f->write = write;
	f->shared = file_sb_is_local(file_inode(file)->i_sb);
	f->node = NULL;
	f->net = acc->exp->net;
	f->used = f->queued = jiffies;
	refcount_set(&f->ref, 1);
	INIT_LIST_HEAD(&f->lru);
	spin_lock(&files_lock);
	hlist_add_head(&f->by_inode, files_bucket(file_inode(file)));
	spin_unlock(&files_lock);
	ditto_vfs_count(f->net, DITTO_VFS_FILE_OPENS);
	ditto_vfs_gauge(f->net, DITTO_VFS_FILES, 1);
	return f;
}

/*
 * Puts a file into its slot, in place of one that does not suit; @f keeps its
 * reference. A file that has lost its last name since stays outside: nobody
 * would close it.
 */
static void file_cache_insert(struct ditto_file *f, struct ditto_node *node)
{
	struct ditto_file *old;
	LIST_HEAD(gone);
	bool first;

	spin_lock(&files_lock);
	old = rcu_dereference_protected(node->files[f->write], lockdep_is_held(&files_lock));
	if (old)
		file_unlink(old, &gone);
	files_make_room(&gone);
	refcount_inc(&f->ref);
	f->node = node;
	rcu_assign_pointer(node->files[f->write], f);
	list_add_tail(&f->lru, &files_lru[f->write]);
	first = !files_count++;
	if (ditto_inode_gone(node->inode))
		file_unlink(f, &gone);
	spin_unlock(&files_lock);
	files_put(&gone);
	if (first)
		queue_delayed_work(system_percpu_wq, &files_work, FILES_SWEEP);
}

/* The file in the slot, if it suits; referenced. */
static struct ditto_file *file_cached(struct ditto_node *node, const struct ditto_object *obj,
				      bool write)
{
	struct ditto_file *f;

	rcu_read_lock();
	f = rcu_dereference(node->files[write]);
	/* The reference first: without it the file inside may be closed already. */
	if (f && !refcount_inc_not_zero(&f->ref))
		f = NULL;
	rcu_read_unlock();
	if (f && unlikely(!file_suits(f, obj))) {
		ditto_file_put(f);
		f = NULL;
	}
	return f;
}

/**
 * ditto_file_get - the file to read from or to write to
 * @acc: begun by this task
 * @obj: what to do I/O on, held
 * @write: to write; if not, to read
 * @f: set to the file, for ditto_file_put() before @obj is put
 *
 * Process context; sleeps only when it has to open.
 *
 * Return: 0; -EISDIR; -EINVAL (not a regular file); -EACCES, -EPERM, -EROFS;
 * -EJUKEBOX (a lease is being broken); -ETXTBSY; -ENOMEM; what opening said.
 */
int ditto_file_get(struct ditto_access *acc, struct ditto_object *obj, bool write,
		   struct ditto_file **f)
{
	struct inode *inode = ditto_object_inode(obj);
	struct ditto_node *node;
	int err;

	if (unlikely(!S_ISREG(inode->i_mode)))
		return S_ISDIR(inode->i_mode) ? -EISDIR : -EINVAL;
	err = ditto_file_permission(obj, write);
	if (err)
		return err;
	err = file_break_lease(inode, write);
	if (unlikely(err))
		goto busy;
	node = ditto_object_node(obj);
	if (!node)
		return -ENOMEM;
	*f = file_cached(node, obj, write);
	if (likely(*f)) {
		if (READ_ONCE((*f)->used) != jiffies)
			WRITE_ONCE((*f)->used, jiffies);
		ditto_vfs_count(acc->exp->net, DITTO_VFS_FILE_HITS);
		return 0;
	}
	*f = file_make(acc, obj, write);
	if (!IS_ERR(*f)) {
		file_cache_insert(*f, node);
		return 0;
	}
	err = PTR_ERR(*f);
busy:
	if (err == -EJUKEBOX)
		ditto_vfs_count(acc->exp->net, DITTO_VFS_FILE_BUSY);
	return err;
}
EXPORT_SYMBOL_GPL(ditto_file_get);

/* ---- start and stop ------------------------------------------------------ */

/* One open file for 256 KiB of memory, the default at 16 GiB and more. */
static void files_scale(void)
{
	unsigned long n = totalram_pages() >> (18 - PAGE_SHIFT);

	files_max = clamp(n, 1024UL, 65536UL);
	files_settings[0].def = files_max;
	files_idle[0] = files_settings[1].def;
	files_idle[1] = files_settings[2].def;
}

static int files_start(void)
{
	files_scale();
	files_shrinker = shrinker_alloc(0, "ditto-files");
	if (!files_shrinker)
		return -ENOMEM;
	files_shrinker->count_objects = files_shrink_count;
	files_shrinker->scan_objects = files_shrink_scan;
	files_shrinker->seeks = DEFAULT_SEEKS;
	shrinker_register(files_shrinker);
	return ditto_settings_register(&files_setting_group);
}

static void node_free_memory(void)
{
	if (files_shrinker)
		shrinker_free(files_shrinker);
	files_shrinker = NULL;
	kmem_cache_destroy(file_cache);
	kmem_cache_destroy(node_cache);
	kvfree(node_hash);
}

/**
 * ditto_node_init - start the cache of nodes and open files
 *
 * Return: 0, -ENOMEM, or what the settings said.
 */
int ditto_node_init(void)
{
	int err = -ENOMEM;

	node_hash = kvcalloc(1 << NODE_HASH_BITS, sizeof(*node_hash), GFP_KERNEL);
	node_cache = KMEM_CACHE(ditto_node, 0);
	file_cache = KMEM_CACHE(ditto_file, 0);
	if (node_hash && node_cache && file_cache)
		err = files_start();
	if (err)
		node_free_memory();
	return err;
}

/**
 * ditto_node_exit - stop; all objects, and with them all nodes, are gone
 */
void ditto_node_exit(void)
{
	ditto_settings_unregister(&files_setting_group);
	shrinker_free(files_shrinker);
	files_shrinker = NULL;
	cancel_delayed_work_sync(&files_work);
	ditto_node_flush();
	WARN_ON_ONCE(files_count);
	rcu_barrier();
	node_free_memory();
}
