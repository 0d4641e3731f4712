// SPDX-License-Identifier: GPL-2.0-only
/* One caller's access to an export: rules, credentials, umask. */
#include <linux/mount.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include "compat/compat.h"
#include "net/service.h"
#include "vfs/access.h"
#include "vfs/cred.h"

/**
 * ditto_access_begin - let a caller onto an export
 * @acc: set up for the operation
 * @exp: the export; the caller holds it, by itself or through an object
 * @who: who asks
 *
 * On success the task runs with the caller's credentials until
 * ditto_access_end(), which the same task has to call.
 *
 * Return: 0; -EACCES (address, port or id not allowed), -EKEYREJECTED
 * (authentication flavour not allowed), -ENOMEM. Nothing is to be ended then.
 */
int ditto_access_begin(struct ditto_access *acc, struct ditto_export *exp,
		       const struct ditto_who *who)
{
	int err = ditto_export_check(exp, who, &acc->grant);

	if (err)
		return err;
	acc->cred = ditto_cred_get(who, &acc->grant);
	if (IS_ERR(acc->cred))
		return PTR_ERR(acc->cred);
	acc->exp = exp;
	acc->peer = who->peer ? &who->peer->addr : NULL;
	acc->owner = NULL;
	acc->park = NULL;
	acc->parent_key = NULL;
	acc->want_change = false;
	acc->saved = override_creds(acc->cred->cred);
	return 0;
}
EXPORT_SYMBOL_GPL(ditto_access_begin);

/**
 * ditto_access_end - go back to the task's own credentials
 * @acc: begun
 */
void ditto_access_end(struct ditto_access *acc)
{
	revert_creds(acc->saved);
	ditto_cred_put(acc->cred);
}
EXPORT_SYMBOL_GPL(ditto_access_end);

/**
 * ditto_access_may_write - may this caller change anything here at all?
 * @acc: begun
 *
 * Return: 0; -EROFS if the rule is read-only, or the export's mount or file system is.
 */
int ditto_access_may_write(const struct ditto_access *acc)
{
	if (!(acc->grant.flags & DITTO_RULE_RW))
		return -EROFS;
	return __mnt_is_readonly(ditto_export_root(acc->exp)->mnt) ? -EROFS : 0;
}
EXPORT_SYMBOL_GPL(ditto_access_may_write);

/**
 * ditto_umask_begin - put the task's umask aside
 * @umask: remembers it
 *
 * The task gets a struct fs_struct of its own on the stack, with the same root
 * and working directory, because it shares the one it has with other kernel
 * threads. Nothing is done where the umask is 0.
 */
void ditto_umask_begin(struct ditto_umask *umask)
{
	struct fs_struct *fs = current->fs;

	umask->saved = NULL;
	if (!fs->umask)
		return;
	memset(&umask->own, 0, sizeof(umask->own));
	ditto_compat_fs_struct_lock_init(&umask->own);
	umask->own.users = 1;
	get_fs_root(fs, &umask->own.root);
	get_fs_pwd(fs, &umask->own.pwd);
	umask->saved = fs;
	/* /proc looks at another task's root under its task_lock. */
	task_lock(current);
	current->fs = &umask->own;
	task_unlock(current);
}
EXPORT_SYMBOL_GPL(ditto_umask_begin);

/**
 * ditto_umask_end - take the umask back
 * @umask: from ditto_umask_begin()
 */
void ditto_umask_end(struct ditto_umask *umask)
{
	if (!umask->saved)
		return;
	task_lock(current);
	current->fs = umask->saved;
	task_unlock(current);
	path_put(&umask->own.root);
	path_put(&umask->own.pwd);
}
EXPORT_SYMBOL_GPL(ditto_umask_end);
