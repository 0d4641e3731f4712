// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cache of objects.
 *
 * An object in the cache is in two hashes, by handle and by inode, and on the
 * LRU list; the cache holds one reference on it for the three together. OBJECT_DEAD
 * says that it is leaving: who sets the bit takes it out and puts that reference.
 * Finding goes under RCU and may yield an object that is just leaving; it is
 * as good as any, only the next one to ask gets another.
 *
 * Locking: each hash has its own array of bucket locks, never two held at once.
 * The LRU list's lock is taken before a bucket lock (eviction), never inside
 * one. All are spinlocks, so that an unlink can make its inode's objects leave
 * in its own context; what sleeps (putting dentries, closing files) is left to
 * a worker then.
 */
#include <linux/exportfs.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/list_lru.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/random.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "base/settings.h"
#include "vfs/export-internal.h"
#include "vfs/node.h"
#include "vfs/object.h"
#include "vfs/stats.h"

/* Bits of ditto_object.flags. */
#define OBJECT_DEAD		0	/* leaving the cache */
#define OBJECT_USED		1	/* found since the LRU last looked */

#define OBJECT_LOCKS		256
/* Every so often a part of the LRU is looked at, so that what nobody uses goes. */
#define OBJECT_SWEEP		(60 * HZ)
#define OBJECT_SWEEP_PARTS	5
/* How many are looked at to make room for one. */
#define OBJECT_LOOK		8

/**
 * struct object_hash - objects by something
 * @buckets: 1 << object_bits of them
 * @locks: bucket i is changed under lock i % OBJECT_LOCKS
 */
struct object_hash {
	struct hlist_head	*buckets;
	spinlock_t		locks[OBJECT_LOCKS];
};

static struct object_hash by_handle;
static struct object_hash by_inode;
static unsigned int object_bits;
static u32 object_seed __read_mostly;
static u32 object_max;
static struct list_lru object_lru;
static struct kmem_cache *object_cache;
static struct shrinker *object_shrinker;
static LLIST_HEAD(object_doomed);

static void objects_bury_work(struct work_struct *work);
static DECLARE_WORK(object_work, objects_bury_work);
static void objects_sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(object_sweep_work, objects_sweep);

static struct ditto_setting object_settings[] = {
	DITTO_SETTING_VAR("objects", object_max, 1024, 1 << 26, 1 << 20,
			  "files and directories kept known by their handles, at most"),
};

static struct ditto_setting_group object_setting_group = {
	.settings	= object_settings,
	.nr		= ARRAY_SIZE(object_settings),
};

/* ---- the hashes ---------------------------------------------------------- */

static u32 handle_hash(const struct ditto_handle *handle)
{
	return jhash2((const u32 *)handle->raw, handle->len / 4, object_seed);
}

static struct hlist_head *handle_bucket(u32 hash)
{
	return &by_handle.buckets[hash & ((1U << object_bits) - 1)];
}

static spinlock_t *handle_lock(u32 hash)
{
	return &by_handle.locks[hash % OBJECT_LOCKS];
}

static struct hlist_head *inode_bucket(const struct inode *inode)
{
	return &by_inode.buckets[hash_ptr((void *)inode, object_bits)];
}

static spinlock_t *inode_lock_of(const struct inode *inode)
{
	return &by_inode.locks[hash_ptr((void *)inode, object_bits) % OBJECT_LOCKS];
}

static bool handle_same(const struct ditto_handle *a, const struct ditto_handle *b)
{
	return a->len == b->len && !memcmp(a->raw, b->raw, a->len);
}

/* Under RCU or the bucket's lock. Referenced. */
static struct ditto_object *find_handle(const struct net *net, const struct ditto_handle *handle,
					u32 hash)
{
	struct ditto_object *obj;

	hlist_for_each_entry_rcu(obj, handle_bucket(hash), by_handle,
				 lockdep_is_held(handle_lock(hash))) {
		if (obj->hash == hash && handle_same(&obj->handle, handle) &&
		    obj->exp->net == net && refcount_inc_not_zero(&obj->ref))
			return obj;
	}
	return NULL;
}

static struct ditto_object *find_inode(const struct ditto_export *exp, const struct vfsmount *mnt,
				       const struct inode *inode)
{
	struct ditto_object *obj;

	rcu_read_lock();
	hlist_for_each_entry_rcu(obj, inode_bucket(inode), by_inode) {
		if (obj->exp == exp && obj->path.mnt == mnt && ditto_object_inode(obj) == inode &&
		    refcount_inc_not_zero(&obj->ref))
			break;
	}
	rcu_read_unlock();
	return obj;
}

static void object_touch(struct ditto_object *obj)
{
	if (!test_bit(OBJECT_USED, &obj->flags))
		set_bit(OBJECT_USED, &obj->flags);
}

static void unhash(struct hlist_node *node, spinlock_t *lock)
{
	spin_lock(lock);
	if (!hlist_unhashed(node))
		hlist_del_init_rcu(node);
	spin_unlock(lock);
}

static void object_unhash(struct ditto_object *obj)
{
	unhash(&obj->by_handle, handle_lock(obj->hash));
	unhash(&obj->by_inode, inode_lock_of(ditto_object_inode(obj)));
}

/*
 * Takes an object out of the cache. True: it was this caller who did, and who
 * has to put the cache's reference. The caller holds one, or RCU and is in
 * front of the object in a hash.
 */
static bool object_leave(struct ditto_object *obj)
{
	if (test_and_set_bit(OBJECT_DEAD, &obj->flags))
		return false;
	object_unhash(obj);
	list_lru_del_obj(&object_lru, &obj->lru);
	return true;
}

static void object_free(struct rcu_head *rcu)
{
	kmem_cache_free(object_cache, container_of(rcu, struct ditto_object, rcu));
}

/**
 * ditto_object_put - give an object back
 * @obj: referenced; may be gone afterwards
 *
 * Process context: the last one closes files and puts the dentry.
 */
void ditto_object_put(struct ditto_object *obj)
{
	if (!refcount_dec_and_test(&obj->ref))
		return;
	ditto_vfs_gauge(obj->exp->net, DITTO_VFS_OBJECTS, -1);
	if (obj->node)
		ditto_node_put(obj->node);
	path_put(&obj->path);
	/* Last: a removed export's administrator waits for it, and unmounts then. */
	ditto_export_put(obj->exp);
	call_rcu(&obj->rcu, object_free);
}
EXPORT_SYMBOL_GPL(ditto_object_put);

static void object_drop(struct ditto_object *obj)
{
	if (object_leave(obj))
		ditto_object_put(obj);
}

/* ---- leaving ------------------------------------------------------------- */

static void object_doom(struct ditto_object *obj)
{
	if (llist_add(&obj->doom, &object_doomed))
		queue_work(system_percpu_wq, &object_work);
}

static void objects_bury(void)
{
	struct llist_node *doomed = llist_del_all(&object_doomed);
	struct ditto_object *obj, *next;

	llist_for_each_entry_safe(obj, next, doomed, doom) {
		struct ditto_node *node = READ_ONCE(obj->node);

		/* Others may still hold the object; its files shall not wait for them. */
		if (node)
			ditto_node_close_files(node);
		ditto_object_put(obj);
	}
}

static void objects_bury_work(struct work_struct *work)
{
	objects_bury();
}

/**
 * ditto_object_doom_inode - have an inode's objects dropped soon
 * @inode: it has lost its last link
 *
 * Any context but hard interrupts.
 */
void ditto_object_doom_inode(struct inode *inode)
{
	struct ditto_object *obj;

	rcu_read_lock();
	hlist_for_each_entry_rcu(obj, inode_bucket(inode), by_inode) {
		if (ditto_object_inode(obj) == inode && object_leave(obj))
			object_doom(obj);
	}
	rcu_read_unlock();
}

/**
 * ditto_object_forget_inode - drop an inode's objects and close its files
 * @inode: it has lost its last link, or has to be closed before it does; pinned
 *
 * Process context, without a lock of the inode. Objects in use go when their
 * users do, and so do files.
 */
void ditto_object_forget_inode(struct inode *inode)
{
	ditto_object_doom_inode(inode);
	/* The watch may have doomed them before; the worker need not be waited for. */
	objects_bury();
}
EXPORT_SYMBOL_GPL(ditto_object_forget_inode);

/**
 * ditto_object_forget_export - drop all objects of an export
 * @exp: dead, so that no new ones stay in the cache
 *
 * Process context. Objects in use go when their users do.
 */
void ditto_object_forget_export(struct ditto_export *exp)
{
	struct ditto_object *obj;
	unsigned long i;

	for (i = 0; i < 1UL << object_bits; i++) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(obj, &by_handle.buckets[i], by_handle) {
			if (obj->exp == exp && object_leave(obj))
				object_doom(obj);
		}
		rcu_read_unlock();
		cond_resched();
	}
	objects_bury();
}

static enum lru_status object_isolate(struct list_head *item, struct list_lru_one *list, void *arg)
{
	struct ditto_object *obj = container_of(item, struct ditto_object, lru);

	if (refcount_read(&obj->ref) > 1 || test_and_clear_bit(OBJECT_USED, &obj->flags))
		return LRU_ROTATE;
	if (test_and_set_bit(OBJECT_DEAD, &obj->flags))
		return LRU_SKIP;
	object_unhash(obj);
	list_lru_isolate_move(list, item, arg);
	return LRU_REMOVED;
}

/* Objects the LRU gave up: to the worker, because dropping them may sleep and recurse. */
static void objects_dispose(struct list_head *gone)
{
	struct ditto_object *obj, *next;

	list_for_each_entry_safe(obj, next, gone, lru) {
		list_del_init(&obj->lru);
		object_doom(obj);
	}
}

static void objects_trim(unsigned long look)
{
	LIST_HEAD(gone);

	list_lru_walk(&object_lru, object_isolate, &gone, look);
	objects_dispose(&gone);
}

static void objects_sweep(struct work_struct *work)
{
	objects_trim(list_lru_count(&object_lru) / OBJECT_SWEEP_PARTS + 1);
	queue_delayed_work(system_percpu_wq, &object_sweep_work, OBJECT_SWEEP);
}

static unsigned long objects_shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return list_lru_shrink_count(&object_lru, sc) ?: SHRINK_EMPTY;
}

static unsigned long objects_shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long n;
	LIST_HEAD(gone);

	n = list_lru_shrink_walk(&object_lru, sc, object_isolate, &gone);
	objects_dispose(&gone);
	return n;
}

/* ---- making -------------------------------------------------------------- */

static struct ditto_object *object_alloc(struct ditto_export *exp, const struct path *path,
					 const struct ditto_handle *handle, u32 hash)
{
	struct ditto_object *obj = kmem_cache_alloc(object_cache, GFP_KERNEL);

	if (!obj)
		return NULL;
	obj->handle = *handle;
	obj->exp = ditto_export_get(exp);
	obj->path = *path;
	path_get(&obj->path);
	obj->node = NULL;
	obj->hash = hash;
	obj->flags = 0;
	/* The caller's and the cache's. */
	refcount_set(&obj->ref, 2);
	INIT_HLIST_NODE(&obj->by_handle);
	INIT_HLIST_NODE(&obj->by_inode);
	INIT_LIST_HEAD(&obj->lru);
	ditto_vfs_gauge(exp->net, DITTO_VFS_OBJECTS, 1);
	return obj;
}

/* Into the hash by handle, unless another is there already: that one then, referenced. */
static struct ditto_object *object_hash_handle(struct ditto_object *obj)
{
	spinlock_t *lock = handle_lock(obj->hash);
	struct ditto_object *other;

	spin_lock(lock);
	other = find_handle(obj->exp->net, &obj->handle, obj->hash);
	if (!other)
		hlist_add_head_rcu(&obj->by_handle, handle_bucket(obj->hash));
	spin_unlock(lock);
	return other;
}

static void object_hash_inode(struct ditto_object *obj)
{
	const struct inode *inode = ditto_object_inode(obj);
	spinlock_t *lock = inode_lock_of(inode);

	spin_lock(lock);
	if (!test_bit(OBJECT_DEAD, &obj->flags))
		hlist_add_head_rcu(&obj->by_inode, inode_bucket(inode));
	spin_unlock(lock);
}

/*
 * The object of a file that had none in the cache. On the list first: from the
 * moment it is in a hash others may take it out of everything.
 */
static struct ditto_object *object_new(struct ditto_export *exp, const struct path *path,
				       const struct ditto_handle *handle, u32 hash)
{
	struct ditto_object *obj = object_alloc(exp, path, handle, hash);
	struct ditto_object *other;

	if (!obj)
		return ERR_PTR(-ENOMEM);
	if (list_lru_count(&object_lru) >= READ_ONCE(object_max))
		objects_trim(OBJECT_LOOK);
	list_lru_add_obj(&object_lru, &obj->lru);
	other = object_hash_handle(obj);
	if (other) {
		object_drop(obj);
		ditto_object_put(obj);
		return other;
	}
	object_hash_inode(obj);
	/* Removed meanwhile, by somebody who did not see it in the hash yet. */
	if (export_is_dead(exp) || ditto_inode_gone(ditto_object_inode(obj)))
		object_drop(obj);
	return obj;
}

static u64 handle_mac(const struct ditto_export *exp, const struct ditto_handle *handle)
{
	return siphash(handle->raw, handle->len - DITTO_HANDLE_MAC_LEN, &exp->mac_key);
}

/* The number of the file system @mnt in handles; what is cached knows it. 0: not under @exp. */
static u32 handle_fs(struct ditto_export *exp, struct vfsmount *mnt)
{
	struct ditto_object *root = find_inode(exp, mnt, d_inode(mnt->mnt_root));
	struct ditto_handle_parts parts;
	u32 fs = 0;

	if (!root)
		return export_mount_key(exp, mnt);
	if (ditto_handle_parse(&root->handle, &parts))
		fs = parts.fs;
	ditto_object_put(root);
	return fs;
}

/**
 * ditto_handle_encode - the wire handle of a file
 * @exp: the export it is seen through, held
 * @path: the file; mount and dentry held
 * @handle: set to the handle
 *
 * Caches nothing. Return: 0; -ENOENT (negative dentry); -EXDEV (not under this
 * export); -EOPNOTSUPP if the file system cannot name the file.
 */
int ditto_handle_encode(struct ditto_export *exp, const struct path *path,
			struct ditto_handle *handle)
{
	struct ditto_handle_parts parts = { .export = exp->key, .type = DITTO_FID_ROOT };
	struct fid *fid = (struct fid *)(handle->raw + DITTO_HANDLE_FIXED);
	int type, words = DITTO_HANDLE_FID_MAX / 4;
	const struct path *root = &exp->root;

	if (d_is_negative(path->dentry))
		return -ENOENT;
	if (path->mnt != root->mnt) {
		parts.fs = handle_fs(exp, path->mnt);
		if (!parts.fs)
			return -EXDEV;
	}
	parts.fid = handle->raw + DITTO_HANDLE_FIXED;
	if (path->dentry != (parts.fs ? path->mnt->mnt_root : root->dentry)) {
		type = exportfs_encode_inode_fh(d_inode(path->dentry), fid, &words, NULL, 0);
		if (type <= 0 || type >= DITTO_FID_INVALID)
			return -EOPNOTSUPP;
		parts.type = type;
		parts.fid_len = words * 4;
	}
	parts.has_mac = export_handle_needs_mac(exp, path->mnt);
	if (!ditto_handle_build(handle, &parts))
		return -EOPNOTSUPP;
	if (parts.has_mac)
		ditto_handle_set_mac(handle, handle_mac(exp, handle));
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_handle_encode);

/**
 * ditto_object_make - the object of a file found by name
 * @exp: the export it is seen through, held
 * @path: the file; mount and dentry held
 *
 * Process context. Return: referenced; -ENOENT, -EXDEV, -EOPNOTSUPP as
 * ditto_handle_encode(); -ENOMEM.
 */
struct ditto_object *ditto_object_make(struct ditto_export *exp, const struct path *path)
{
	struct ditto_handle handle;
	struct ditto_object *obj;
	u32 hash;
	int err;

	if (d_is_negative(path->dentry))
		return ERR_PTR(-ENOENT);
	obj = find_inode(exp, path->mnt, d_inode(path->dentry));
	if (!obj) {
		err = ditto_handle_encode(exp, path, &handle);
		if (err)
			return ERR_PTR(err);
		hash = handle_hash(&handle);
		ditto_vfs_count(exp->net, DITTO_VFS_OBJECT_MADE);
		return object_new(exp, path, &handle, hash);
	}
	object_touch(obj);
	return obj;
}
EXPORT_SYMBOL_GPL(ditto_object_make);

/**
 * ditto_object_root - the object of an export's root
 * @exp: held
 *
 * Return: as ditto_object_make().
 */
struct ditto_object *ditto_object_root(struct ditto_export *exp)
{
	return ditto_object_make(exp, &exp->root);
}
EXPORT_SYMBOL_GPL(ditto_object_root);

/**
 * ditto_object_node - the node of an object
 * @obj: held
 *
 * Return: lives as long as @obj; NULL: no memory.
 */
struct ditto_node *ditto_object_node(struct ditto_object *obj)
{
	struct ditto_node *node, *other;

	/* Pairs with the cmpxchg() below: what is seen is whole. */
	node = smp_load_acquire(&obj->node);
	if (likely(node))
		return node;
	node = ditto_node_get(ditto_object_inode(obj));
	if (!node)
		return NULL;
	other = cmpxchg(&obj->node, NULL, node);
	if (!other)
		return node;
	ditto_node_put(node);
	return other;
}
EXPORT_SYMBOL_GPL(ditto_object_node);

/* ---- resolving ----------------------------------------------------------- */

/*
 * Directories come connected to their root, so those outside an export that is
 * a part of its file system are told by that. For files the MAC stands in.
 */
static int handle_acceptable(void *arg, struct dentry *dentry)
{
	const struct path *root = arg;

	return !d_is_dir(dentry) || root->dentry == dentry->d_sb->s_root ||
	       is_subdir(dentry, root->dentry);
}

/* What the file system says, as clients have to hear it. */
static int decode_error(int err)
{
	switch (err) {
	case -ENOMEM:
		return err;
	case -ETIMEDOUT:
	case -EAGAIN:
	case -EINTR:
	case -ERESTARTSYS:
	case -EJUKEBOX:
		return -EJUKEBOX;
	}
	return -ESTALE;
}

/* The file of a handle on a mount whose visible root is @root. */
static int handle_decode(const struct ditto_handle_parts *parts, const struct path *root,
			 struct path *path)
{
	const struct cred *saved;
	struct dentry *dentry;
	struct fid *fid = (struct fid *)parts->fid;

	if (parts->type == DITTO_FID_ROOT) {
		*path = *root;
		path_get(path);
		return 0;
	}
	/* Reconnecting walks through directories the caller may not see. */
	saved = override_creds(kernel_cred());
	dentry = exportfs_decode_fh_raw(root->mnt, fid, parts->fid_len / 4, parts->type, 0,
					handle_acceptable, (void *)root);
	revert_creds(saved);
	if (IS_ERR_OR_NULL(dentry))
		return dentry ? decode_error(PTR_ERR(dentry)) : -ESTALE;
	if (d_is_negative(dentry)) {
		dput(dentry);
		return -ESTALE;
	}
	path->mnt = mntget(root->mnt);
	path->dentry = dentry;
	return 0;
}

/* Takes a handle that is not in the cache to its export and file system. */
static struct ditto_object *object_decode(struct ditto_export *exp,
					  const struct ditto_handle *handle, u32 hash,
					  const struct ditto_handle_parts *parts)
{
	struct path root = exp->root, path;
	struct ditto_object *obj;
	int err;

	/* One comparison of 64 bits tells nothing by its time. */
	if (parts->has_mac && parts->mac != handle_mac(exp, handle))
		return ERR_PTR(-EBADF);
	if (parts->fs) {
		err = export_mount_find(exp, parts->fs, &root);
		if (err)
			return ERR_PTR(err);
	} else {
		path_get(&root);
	}
	err = -EBADF;
	if (parts->has_mac == export_handle_needs_mac(exp, root.mnt))
		err = handle_decode(parts, &root, &path);
	path_put(&root);
	if (err)
		return ERR_PTR(err);
	obj = object_new(exp, &path, handle, hash);
	path_put(&path);
	return obj;
}

static struct ditto_object *object_resolve_slow(struct net *net, const struct ditto_handle *handle,
						u32 hash)
{
	struct ditto_handle_parts parts;
	struct ditto_export *exp;
	struct ditto_object *obj;

	if (!ditto_handle_parse(handle, &parts))
		return ERR_PTR(-EBADF);
	ditto_vfs_count(net, DITTO_VFS_OBJECT_MISSES);
	exp = export_find_key(net, parts.export);
	if (!exp)
		return ERR_PTR(-ESTALE);
	obj = object_decode(exp, handle, hash, &parts);
	ditto_export_put(exp);
	return obj;
}

static void count_failure(struct net *net, int err)
{
	if (err == -ESTALE)
		ditto_vfs_count(net, DITTO_VFS_STALE);
	else if (err == -EBADF)
		ditto_vfs_count(net, DITTO_VFS_BADHANDLE);
}

/**
 * ditto_object_resolve - the object of a wire handle
 * @net: network namespace it came in
 * @raw: @len bytes, as received
 * @len: length
 *
 * Process context; sleeps only when the handle is not in the cache. Whether the
 * caller may use the export is not asked here but by ditto_access_begin().
 *
 * Return: referenced; -EBADF: none of our handles (form, MAC); -ESTALE: export
 * or file gone; -EJUKEBOX: the file system cannot say now; -ENOMEM.
 */
struct ditto_object *ditto_object_resolve(struct net *net, const u8 *raw, size_t len)
{
	struct ditto_handle handle;
	struct ditto_object *obj;
	u32 hash;

	if (!ditto_handle_load(&handle, raw, len)) {
		count_failure(net, -EBADF);
		return ERR_PTR(-EBADF);
	}
	hash = handle_hash(&handle);
	rcu_read_lock();
	obj = find_handle(net, &handle, hash);
	rcu_read_unlock();
	if (likely(obj)) {
		object_touch(obj);
		ditto_vfs_count(net, DITTO_VFS_OBJECT_HITS);
	} else {
		obj = object_resolve_slow(net, &handle, hash);
	}
	if (!IS_ERR(obj) && unlikely(ditto_inode_gone(ditto_object_inode(obj)))) {
		object_drop(obj);
		ditto_object_put(obj);
		obj = ERR_PTR(-ESTALE);
	}
	if (IS_ERR(obj))
		count_failure(net, PTR_ERR(obj));
	return obj;
}
EXPORT_SYMBOL_GPL(ditto_object_resolve);

/* ---- start and stop ------------------------------------------------------ */

static int object_hash_init(struct object_hash *hash)
{
	unsigned int i;

	for (i = 0; i < OBJECT_LOCKS; i++)
		spin_lock_init(&hash->locks[i]);
	hash->buckets = kvcalloc(1UL << object_bits, sizeof(*hash->buckets), GFP_KERNEL);
	return hash->buckets ? 0 : -ENOMEM;
}

/* An object for 64 KiB of memory: with its dentry and inode it takes some 2 KiB. */
static void objects_scale(void)
{
	unsigned long n = totalram_pages() >> (16 - PAGE_SHIFT);

	object_max = clamp(n, 8192UL, 1UL << 20);
	object_settings[0].def = object_max;
	object_bits = order_base_2(object_max / 2);
}

static int objects_init(void)
{
	int err = object_hash_init(&by_handle);

	if (!err)
		err = object_hash_init(&by_inode);
	if (!err)
		err = list_lru_init(&object_lru);
	if (err)
		return err;
	object_cache = KMEM_CACHE(ditto_object, 0);
	object_shrinker = shrinker_alloc(SHRINKER_NUMA_AWARE, "ditto-objects");
	if (!object_cache || !object_shrinker)
		return -ENOMEM;
	object_shrinker->count_objects = objects_shrink_count;
	object_shrinker->scan_objects = objects_shrink_scan;
	object_shrinker->seeks = DEFAULT_SEEKS;
	return ditto_settings_register(&object_setting_group);
}

static void objects_free_memory(void)
{
	if (object_shrinker)
		shrinker_free(object_shrinker);
	object_shrinker = NULL;
	kmem_cache_destroy(object_cache);
	list_lru_destroy(&object_lru);
	kvfree(by_inode.buckets);
	kvfree(by_handle.buckets);
}

/**
 * ditto_object_init - start the cache of objects
 *
 * Return: 0, -ENOMEM, or what the settings said.
 */
int ditto_object_init(void)
{
	int err;

	object_seed = get_random_u32();
	objects_scale();
	err = objects_init();
	if (err) {
		objects_free_memory();
		return err;
	}
	shrinker_register(object_shrinker);
	queue_delayed_work(system_percpu_wq, &object_sweep_work, OBJECT_SWEEP);
	return 0;
}

/**
 * ditto_object_exit - stop; all exports, and with them all objects, are gone
 */
void ditto_object_exit(void)
{
	ditto_settings_unregister(&object_setting_group);
	cancel_delayed_work_sync(&object_sweep_work);
	flush_work(&object_work);
	WARN_ON_ONCE(list_lru_count(&object_lru));
	rcu_barrier();
	objects_free_memory();
}
