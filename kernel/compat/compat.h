/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels Ditto runs on.
 *
 * All code is written to the newest kernel's names and semantics. Where an
 * older kernel lacks them, the headers below emulate the newest one on top of
 * what is there, so that callers carry no condition at all: include
 * "compat/compat.h" and use the newest kernel's API.
 *
 * Which emulation is needed is found by compile tests (compat/tests/, one fact
 * each, run by scripts/compat-config), never by version number: stable series
 * backport API changes, and distributions more so. The result is
 * generated/compat_config.h with one HAVE_ macro per fact that holds.
 *
 * A shim for a function that exists on the old kernel with another signature
 * is an inline function ditto_compat_NAME and a macro NAME that leads to it.
 * That is why this header comes after the linux/ headers in a source file.
 *
 * The shims, by header:
 *
 * module.h  MODULE_IMPORT_NS("NS") and EXPORT_SYMBOL_NS_GPL(sym, "NS") with a
 *           string
 * locks.h   struct delegated_inode, is_delegated(), break_deleg_wait(),
 *           break_deleg() and try_break_deleg() with LEASE_BREAK_ flags,
 *           locks_can_async_lock() for a file, DITTO_LM_OPEN_CONFLICT()
 * namei.h   lookup_one*() by struct qstr, QSTR(), QSTR_LEN(), start_creating*(),
 *           start_removing*(), end_creating*(), end_removing(), end_dirop(),
 *           struct renamedata with parents, start_renaming*(), end_renaming()
 * fs.h      vfs_create(), vfs_mkdir(), vfs_mknod(), vfs_symlink(), vfs_rmdir(),
 *           vfs_link(), vfs_unlink(), vfs_rename(), notify_change() with the
 *           newest arguments and error rules, inode_state_read_once(),
 *           posix_acl_to_xattr() that allocates, dir_context hints
 * misc.h    timer_*() names, hrtimer_setup(), WQ_PERCPU and the system
 *           workqueues' names, k*alloc_obj(), override_creds() without
 *           reference counting, list_lru walk callbacks without a lock,
 *           folio_batch.h, struct sockaddr_unsized
 * export.h  exportfs_may_export(), scoped_with_init_fs(), the lock of a struct
 *           fs_struct
 */
#ifndef DITTO_COMPAT_COMPAT_H
#define DITTO_COMPAT_COMPAT_H

#include "compat_config.h"
#include "compat/module.h"
#include "compat/misc.h"
#include "compat/locks.h"
#include "compat/namei.h"
#include "compat/fs.h"
#include "compat/export.h"

#endif
