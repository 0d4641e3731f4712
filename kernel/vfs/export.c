// SPDX-License-Identifier: GPL-2.0-only
/*
 * One export: what it is made of, its configuration, its life.
 *
 * An export is named in wire handles by 32 bits made from its file system's
 * UUID, its directory and its name, or from its fsid= alone. So handles survive a
 * reboot, do not depend on the order in which exports are added, and go stale
 * when an export is renamed. A file system without an identity of its own
 * (FUSE, many network file systems) can be exported with fsid= only: after a
 * remount its handles could mean other files.
 *
 * Life: in the table (one reference) -> retired: dead, its objects and files
 * dropped -> last user gone: root put, drained -> freed by RCU.
 */
#include <kunit/visibility.h>
#include <linux/exportfs.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/mount.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include "compat/compat.h"
#include "vfs/export-internal.h"
#include "vfs/node.h"
#include "vfs/object.h"

/* How long an administrator waits for requests that still use a removed export. */
#define EXPORT_DRAIN		(30 * HZ)

#define EXPORT_FLAGS	(DITTO_EXPORT_NFS | DITTO_EXPORT_SMB | DITTO_EXPORT_CROSSMNT | \
			 DITTO_EXPORT_MAC | DITTO_EXPORT_ASYNC | \
			 DITTO_EXPORT_LOCKS_MANDATORY | DITTO_EXPORT_LOCKS_ADVISORY)
#define LOCKS_FLAGS	(DITTO_EXPORT_LOCKS_MANDATORY | DITTO_EXPORT_LOCKS_ADVISORY)
#define RULE_FLAGS	(DITTO_RULE_RW | DITTO_RULE_ROOT | DITTO_RULE_ALLSQUASH | \
			 DITTO_RULE_INSECURE)

/* Not secrets: these make numbers that have to be the same on every boot. */
static const siphash_key_t identity_key = { { 0x646974746f206673ULL, 0x6964656e74697479ULL } };
static const siphash_key_t wire_key = { { 0x646974746f206578ULL, 0x706f7274206b6579ULL } };
static const siphash_key_t mac_key_lo = { { 0x646974746f206d61ULL, 0x63206b6579206c6fULL } };
static const siphash_key_t mac_key_hi = { { 0x646974746f206d61ULL, 0x63206b6579206869ULL } };

static atomic64_t export_generation = ATOMIC64_INIT(0);

static int refuse(const char **why, int err, const char *sentence)
{
	*why = sentence;
	return err;
}

/**
 * export_fs_identity - what tells a file system from all others, across reboots
 * @sb: the file system
 *
 * Return: a number made from its UUID, or from its device number where it lies
 * on a device and has none; 0 if it has no identity.
 */
u64 export_fs_identity(const struct super_block *sb)
{
	u64 id = 0;

	if (!uuid_is_null(&sb->s_uuid))
		id = siphash(sb->s_uuid.b, sizeof(sb->s_uuid.b), &identity_key);
	else if (sb->s_type->fs_flags & FS_REQUIRES_DEV)
		id = siphash_1u32(new_encode_dev(sb->s_dev), &identity_key);
	else
		return 0;
	return id ?: 1;
}

/* A directory of a file system: the same after a reboot, another after it was replaced. */
static u64 root_identity(const struct path *root, const siphash_key_t *key)
{
	const struct inode *inode = d_inode(root->dentry);

	return siphash_3u64(export_fs_identity(inode->i_sb), inode->i_ino,
			    inode->i_generation, key);
}

static u32 export_make_key(const struct ditto_export_config *cfg, const struct path *root)
{
	u64 key;

	if (cfg->fsid)
		key = siphash_1u64(cfg->fsid, &wire_key);
	else
		key = siphash_2u64(root_identity(root, &wire_key),
				   siphash(cfg->name, strlen(cfg->name), &wire_key), &wire_key);
	return (u32)key ?: 1;
}

static bool name_char_ok(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f;
}

static bool name_ok(const char *name)
{
	size_t i, start = 0, len = strnlen(name, DITTO_EXPORT_NAME_MAX + 1);

	if (!len || len > DITTO_EXPORT_NAME_MAX)
		return false;
	for (i = 0; i <= len; i++) {
		if (i < len && name[i] != '/') {
			if (!name_char_ok(name[i]))
				return false;
			continue;
		}
		/* A component ends here; none may be empty, "." or "..". */
		if (i == start || (i - start <= 2 && !strncmp(name + start, "..", i - start)))
			return false;
		start = i + 1;
	}
	return true;
}

static int rule_check(const struct ditto_client_rule *rule, const char **why)
{
	if (rule->flags & ~RULE_FLAGS)
		return refuse(why, -EINVAL, "a client rule has an option this version does not know");
	switch (rule->family) {
	case AF_UNSPEC:
		return 0;
	case AF_INET:
		if (rule->prefix <= 32)
			return 0;
		break;
	case AF_INET6:
		if (rule->prefix <= 128)
			return 0;
		break;
	}
	return refuse(why, -EINVAL,
		      "a client rule is no IPv4 network (prefix 0-32) or IPv6 network (0-128)");
}

/**
 * export_check_config - is a description of an export sound by itself?
 * @cfg: the description
 * @why: set to a sentence if it is not
 *
 * Return: 0, -EINVAL, -E2BIG (rules).
 */
int export_check_config(const struct ditto_export_config *cfg, const char **why)
{
	unsigned int i;
	int err;

	if (!name_ok(cfg->name))
		return refuse(why, -EINVAL, "an export's name is 1 to 255 bytes without blanks, without a slash at either end and without . or .. as a part");
	if (!cfg->path || cfg->path[0] != '/')
		return refuse(why, -EINVAL, "the path has to start with a slash");
	if ((cfg->flags & LOCKS_FLAGS) == LOCKS_FLAGS)
		return refuse(why, -EINVAL, "locks cannot be mandatory and advisory at once");
	if (cfg->flags & ~EXPORT_FLAGS)
		return refuse(why, -EINVAL, "the export has an option this version does not know");
	if (cfg->nr_rules > EXPORT_RULES_MAX)
		return refuse(why, -E2BIG, "an export has at most 65536 client rules; name networks instead of hosts");
	for (i = 0; i < cfg->nr_rules; i++) {
		err = rule_check(&cfg->rules[i], why);
		if (err)
			return err;
	}
	return 0;
}

/* Can clients name files of this file system at all, and will they find them again? */
static int export_check_fs(const struct ditto_export_config *cfg, const struct path *root,
			   const char **why)
{
	struct super_block *sb = root->dentry->d_sb;
	struct ditto_handle handle;
	int words = DITTO_HANDLE_FID_MAX / 4;
	int type;

	if (!exportfs_may_export(sb->s_export_op))
		return refuse(why, -EINVAL, "this kind of file system cannot be exported: it has no file handles; export the file system below it");
	type = exportfs_encode_inode_fh(d_inode(root->dentry),
					(struct fid *)(handle.raw + DITTO_HANDLE_FIXED),
					&words, NULL, 0);
	if (type < 0 || type >= DITTO_FID_INVALID)
		return refuse(why, -EINVAL, "this file system cannot be exported: its file handles are longer than 44 bytes, or not enabled (overlayfs: mount with nfs_export=on)");
	if (!cfg->fsid && !export_fs_identity(sb))
		return refuse(why, -EINVAL, "this file system has no UUID by which clients would find their files again; give the export an fsid= number of its own");
	return 0;
}

/**
 * export_resolve - find and check an export's directory
 * @cfg: checked description
 * @root: set to the directory, to be put by the caller
 * @why: set to a sentence on some errors
 *
 * In the administrator's own call: a kernel thread may see another root.
 *
 * Return: 0, -EINVAL, or what the lookup said.
 */
int export_resolve(const struct ditto_export_config *cfg, struct path *root, const char **why)
{
	int err = kern_path(cfg->path, LOOKUP_FOLLOW, root);

	if (err)
		return refuse(why, err, err == -ENOENT ? "the path does not exist" : NULL);
	if (!d_is_dir(root->dentry))
		err = refuse(why, -ENOTDIR, "the path is not a directory");
	else
		err = export_check_fs(cfg, root, why);
	if (err)
		path_put(root);
	return err;
}

/**
 * export_conf_free - free a configuration and those before it
 * @conf: may be NULL
 */
void export_conf_free(struct export_conf *conf)
{
	struct export_conf *older;

	for (; conf; conf = older) {
		older = conf->older;
		kvfree(conf->cfg.rules);
		kfree(conf->cfg.path);
		kfree(conf);
	}
}

/**
 * export_conf_make - an own copy of a description, with a generation of its own
 * @cfg: checked description
 *
 * Return: for export_conf_free() or export_conf_set(); NULL: no memory.
 */
struct export_conf *export_conf_make(const struct ditto_export_config *cfg)
{
	struct export_conf *conf = kmalloc_obj(*conf, GFP_KERNEL_ACCOUNT);
	size_t bytes = cfg->nr_rules * sizeof(*cfg->rules);

	if (!conf)
		return NULL;
	conf->cfg = *cfg;
	conf->older = NULL;
	conf->generation = atomic64_inc_return(&export_generation);
	conf->cfg.path = kstrdup(cfg->path, GFP_KERNEL_ACCOUNT);
	conf->cfg.rules = bytes ? kvmalloc(bytes, GFP_KERNEL_ACCOUNT) : NULL;
	if (!conf->cfg.path || (bytes && !conf->cfg.rules)) {
		export_conf_free(conf);
		return NULL;
	}
	if (bytes)
		memcpy(conf->cfg.rules, cfg->rules, bytes);
	return conf;
}

/**
 * export_conf_same - would this description change anything?
 * @conf: the configuration in force
 * @cfg: the new description
 *
 * Return: true if not.
 */
bool export_conf_same(const struct export_conf *conf, const struct ditto_export_config *cfg)
{
	return !strcmp(conf->cfg.path, cfg->path) && conf->cfg.flags == cfg->flags &&
	       conf->cfg.fsid == cfg->fsid && conf->cfg.nr_rules == cfg->nr_rules &&
	       !memcmp(conf->cfg.rules, cfg->rules, cfg->nr_rules * sizeof(*cfg->rules));
}

/**
 * export_conf_set - put a configuration into force
 * @exp: the export
 * @conf: from export_conf_make(); belongs to the export now
 *
 * Under the table's mutex. Decisions cached in peers die with the old generation.
 */
void export_conf_set(struct ditto_export *exp, struct export_conf *conf)
{
	conf->older = rcu_dereference_protected(exp->conf, 1);
	rcu_assign_pointer(exp->conf, conf);
}

/**
 * export_keeps - can an export go on under a new description?
 * @exp: the export, of the same name
 * @cfg: the new description
 * @root: its directory
 *
 * Return: true if handles made under the old one stay right under the new one.
 * Those of file systems below do not, once they are not to be shown any more.
 */
bool export_keeps(const struct ditto_export *exp, const struct ditto_export_config *cfg,
		  const struct path *root)
{
	const struct ditto_export_config *old = &export_conf(exp)->cfg;

	return path_equal(&exp->root, root) && old->fsid == cfg->fsid &&
	       !((old->flags ^ cfg->flags) & DITTO_EXPORT_MAC) &&
	       !(old->flags & ~cfg->flags & DITTO_EXPORT_CROSSMNT);
}

/**
 * export_handle_needs_mac - must handles under a mount carry a MAC?
 * @exp: the export
 * @mnt: its own mount or one below
 *
 * They must wherever only a part of the file system is shown: the file system
 * itself would resolve the handle of any of its files.
 */
bool export_handle_needs_mac(const struct ditto_export *exp, const struct vfsmount *mnt)
{
	if (exp->mac)
		return true;
	return mnt != exp->root.mnt && mnt->mnt_root != mnt->mnt_sb->s_root;
}

/**
 * export_create - make an export
 * @net: network namespace
 * @cfg: checked description
 * @root: its directory; the export takes a reference of its own
 * @server_key: key for MACs; NULL: one made from the file system's identity
 * @why: set to a sentence on some errors
 *
 * Return: the export with one reference (the table's), or -ENOMEM.
 */
struct ditto_export *export_create(struct net *net, const struct ditto_export_config *cfg,
				   const struct path *root, const siphash_key_t *server_key,
				   const char **why)
{
	struct ditto_export *exp = kzalloc_obj(*exp, GFP_KERNEL_ACCOUNT);
	struct export_conf *conf = export_conf_make(cfg);

	if (!exp || !conf) {
		kfree(exp);
		export_conf_free(conf);
		return ERR_PTR(-ENOMEM);
	}
	exp->net = net;
	exp->root = *root;
	path_get(&exp->root);
	exp->key = export_make_key(cfg, root);
	exp->mac = cfg->flags & DITTO_EXPORT_MAC || root->dentry != root->dentry->d_sb->s_root;
	if (server_key) {
		exp->mac_key = *server_key;
	} else {
		exp->mac_key.key[0] = root_identity(root, &mac_key_lo);
		exp->mac_key.key[1] = root_identity(root, &mac_key_hi);
	}
	RCU_INIT_POINTER(exp->conf, conf);
	refcount_set(&exp->users, 1);
	kref_init(&exp->memory);
	init_completion(&exp->drained);
	spin_lock_init(&exp->lock);
	exp->watch = ditto_watch_get(root->dentry->d_sb);
	return exp;
}
EXPORT_SYMBOL_IF_KUNIT(export_create);

static void export_free_rcu(struct rcu_head *rcu)
{
	struct ditto_export *exp = container_of(rcu, struct ditto_export, rcu);

	export_conf_free(rcu_dereference_protected(exp->conf, 1));
	kfree(exp);
}

static void export_free(struct kref *memory)
{
	struct ditto_export *exp = container_of(memory, struct ditto_export, memory);

	call_rcu(&exp->rcu, export_free_rcu);
}

/**
 * ditto_export_get - another reference
 * @exp: held already
 *
 * Return: @exp.
 */
struct ditto_export *ditto_export_get(struct ditto_export *exp)
{
	refcount_inc(&exp->users);
	return exp;
}
EXPORT_SYMBOL_GPL(ditto_export_get);

/**
 * ditto_export_put - give a reference back
 * @exp: held; may be gone afterwards
 *
 * Process context: the last one puts the directory.
 */
void ditto_export_put(struct ditto_export *exp)
{
	if (!refcount_dec_and_test(&exp->users))
		return;
	ditto_watch_put(exp->watch);
	export_mounts_free(exp);
	path_put(&exp->root);
	complete_all(&exp->drained);
	kref_put(&exp->memory, export_free);
}
EXPORT_SYMBOL_GPL(ditto_export_put);

/**
 * export_is_dead - has the export been removed?
 * @exp: held
 */
bool export_is_dead(const struct ditto_export *exp)
{
	return READ_ONCE(exp->dead);
}

/* What is claimed under an export that goes; set when the module starts. */
static void (*export_removed)(struct ditto_export *exp);

/**
 * ditto_export_on_removal - have exports told of that are removed
 * @fn: called after the export is marked dead and in no table, before its objects go; NULL: none
 *
 * While no export is there.
 */
void ditto_export_on_removal(void (*fn)(struct ditto_export *exp))
{
	export_removed = fn;
}

/**
 * export_retire - let an export go that is in no table any more
 * @exp: the export; the table's reference passes to this function
 * @wait_killable: wait as an administrator does: killable, for half a minute
 *
 * The caller has waited for RCU readers of the table.
 *
 * Return: 0: nothing of the file system is held any more; -EBUSY, -EINTR:
 * something is still, until the last request is through.
 */
int export_retire(struct ditto_export *exp, bool wait_killable)
{
	long left = 1;

	WRITE_ONCE(exp->dead, true);
	if (export_removed)
		export_removed(exp);
	ditto_object_forget_export(exp);
	kref_get(&exp->memory);
	ditto_export_put(exp);
	if (wait_killable)
		left = wait_for_completion_killable_timeout(&exp->drained, EXPORT_DRAIN);
	else
		wait_for_completion(&exp->drained);
	kref_put(&exp->memory, export_free);
	/* Files on their way out, ours and what a worker's fput() has put off. */
	ditto_node_flush();
	flush_delayed_fput();
	if (left < 0)
		return -EINTR;
	return left ? 0 : -EBUSY;
}
EXPORT_SYMBOL_IF_KUNIT(export_retire);

/**
 * ditto_export_config - how an export is configured now
 * @exp: held
 *
 * Return: stays as it is and valid while @exp is held, also when the
 * administrator puts another in its place.
 */
const struct ditto_export_config *ditto_export_config(const struct ditto_export *exp)
{
	return &export_conf(exp)->cfg;
}
EXPORT_SYMBOL_GPL(ditto_export_config);

/**
 * ditto_export_root - the directory of an export
 * @exp: held
 *
 * Return: valid while @exp is held.
 */
const struct path *ditto_export_root(const struct ditto_export *exp)
{
	return &exp->root;
}
EXPORT_SYMBOL_GPL(ditto_export_root);
