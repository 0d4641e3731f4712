// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hearing of files that lose their last link.
 *
 * The cache of objects holds dentries, so a file removed by anybody, here or
 * over the network, would keep its space until the cache lets go. One mark on
 * each super block with exports tells of it; a worker then drops what is
 * cached. The mark holds nothing: the file system can be unmounted.
 */
#include <linux/fs.h>
#include <linux/fsnotify_backend.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "vfs/export-internal.h"
#include "vfs/object.h"

/**
 * struct ditto_watch - a super block being watched
 * @mark: what fsnotify knows of it; counts the references
 * @sb: the super block; NULL once it was unmounted; under watch_sb_lock
 * @users: exports and crossed mounts that need it; under watch_mutex
 * @list: all watches; under watch_mutex
 */
struct ditto_watch {
	struct fsnotify_mark	mark;
	struct super_block	*sb;
	unsigned int		users;
	struct list_head	list;
};

static struct fsnotify_group *watch_group;
static DEFINE_MUTEX(watch_mutex);
static LIST_HEAD(watches);
static DEFINE_SPINLOCK(watch_sb_lock);

/*
 * Runs in the task that made the change, with locks of the file system held.
 * An unlink shows as a change of the link count, an rmdir as a delete.
 */
static int watch_event(struct fsnotify_group *group, u32 mask, const void *data, int data_type,
		       struct inode *dir, const struct qstr *name, u32 cookie,
		       struct fsnotify_iter_info *iter)
{
	struct inode *inode = fsnotify_data_inode(data, data_type);

	if (inode && ditto_inode_gone(inode))
		ditto_object_doom_inode(inode);
	return 0;
}

static void watch_freeing(struct fsnotify_mark *mark, struct fsnotify_group *group)
{
	struct ditto_watch *watch = container_of(mark, struct ditto_watch, mark);

	spin_lock(&watch_sb_lock);
	watch->sb = NULL;
	spin_unlock(&watch_sb_lock);
}

static void watch_free(struct fsnotify_mark *mark)
{
	kfree(container_of(mark, struct ditto_watch, mark));
}

static const struct fsnotify_ops watch_ops = {
	.handle_event	= watch_event,
	.freeing_mark	= watch_freeing,
	.free_mark	= watch_free,
};

static struct ditto_watch *watch_find(const struct super_block *sb)
{
	struct ditto_watch *watch;

	lockdep_assert_held(&watch_mutex);
	list_for_each_entry(watch, &watches, list) {
		bool found;

		spin_lock(&watch_sb_lock);
		found = watch->sb == sb;
		spin_unlock(&watch_sb_lock);
		if (found)
			return watch;
	}
	return NULL;
}

static struct ditto_watch *watch_make(struct super_block *sb)
{
	struct ditto_watch *watch = kzalloc_obj(*watch, GFP_KERNEL);

	if (!watch)
		return NULL;
	fsnotify_init_mark(&watch->mark, watch_group);
	watch->mark.mask = FS_ATTRIB | FS_DELETE;
	watch->sb = sb;
	if (fsnotify_add_mark(&watch->mark, sb, FSNOTIFY_OBJ_TYPE_SB, 0)) {
		fsnotify_put_mark(&watch->mark);
		return NULL;
	}
	list_add(&watch->list, &watches);
	return watch;
}

/**
 * ditto_watch_get - watch a super block
 * @sb: the super block; the caller keeps it from being unmounted meanwhile
 *
 * Return: for ditto_watch_put(); NULL if it cannot be watched, which only means
 * that removed files go away later.
 */
struct ditto_watch *ditto_watch_get(struct super_block *sb)
{
	struct ditto_watch *watch;

	mutex_lock(&watch_mutex);
	watch = watch_find(sb);
	if (!watch)
		watch = watch_make(sb);
	if (watch)
		watch->users++;
	mutex_unlock(&watch_mutex);
	return watch;
}

/**
 * ditto_watch_put - one user less
 * @watch: from ditto_watch_get(); may be NULL
 */
void ditto_watch_put(struct ditto_watch *watch)
{
	bool last;

	if (!watch)
		return;
	mutex_lock(&watch_mutex);
	last = !--watch->users;
	if (last)
		list_del(&watch->list);
	mutex_unlock(&watch_mutex);
	if (!last)
		return;
	fsnotify_destroy_mark(&watch->mark, watch_group);
	fsnotify_put_mark(&watch->mark);
}

/**
 * ditto_watch_init - be able to watch
 *
 * Return: 0 or what fsnotify said.
 */
int ditto_watch_init(void)
{
	watch_group = fsnotify_alloc_group(&watch_ops, 0);
	return PTR_ERR_OR_ZERO(watch_group);
}

/**
 * ditto_watch_exit - nobody watches any more; waits until fsnotify has let go
 */
void ditto_watch_exit(void)
{
	fsnotify_put_group(watch_group);
	fsnotify_wait_marks_destroyed();
}
