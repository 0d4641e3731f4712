// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs: which there are, and what their calls hold.
 *
 * The list is read under RCU. Each call holds its program from the moment it is
 * found until the call has been finished, parked or not; unregistering unlinks
 * the program, then waits for the last call, so that its module's code and
 * memory are not used any more.
 */
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include "rpc/internal.h"
#include "rpc/rpcbind.h"
#include "compat/compat.h"

/* Protects changes of the list; innermost. */
static DEFINE_MUTEX(program_mutex);
static LIST_HEAD(program_list);

static void program_idle(struct percpu_ref *ref)
{
	struct rpc_program *program = container_of(ref, struct rpc_program, users);

	complete(&program->idle);
}

/*
 * Numbers of programs that were here and are not now: their module is being
 * replaced. Changed under program_mutex, 0 where there is none.
 */
static u32 program_gone[8];

static void program_remember(u32 prog, bool gone)
{
	u32 from = gone ? 0 : prog;
	size_t i;

	lockdep_assert_held(&program_mutex);
	for (i = 0; i < ARRAY_SIZE(program_gone); i++) {
		if (program_gone[i] != from)
			continue;
		WRITE_ONCE(program_gone[i], gone ? prog : 0);
		if (gone)
			return;
	}
}

/**
 * rpc_program_awaited - is a program that is not here likely to come back?
 * @prog: program number
 *
 * Its clients shall wait: told that there is no such program, they would give
 * up on files they have open.
 *
 * Return: true if it was here before.
 */
bool rpc_program_awaited(u32 prog)
{
	size_t i;

	for (i = 0; prog && i < ARRAY_SIZE(program_gone); i++)
		if (READ_ONCE(program_gone[i]) == prog)
			return true;
	return false;
}

/**
 * rpc_program_get - find a program and hold it
 * @prog: program number
 *
 * Return: the program, to be given back by rpc_program_put(), or NULL.
 */
struct rpc_program *rpc_program_get(u32 prog)
{
	struct rpc_program *program;

	rcu_read_lock();
	list_for_each_entry_rcu(program, &program_list, list)
		if (program->prog == prog)
			goto found;
	program = NULL;
found:
	if (program && !percpu_ref_tryget_live(&program->users))
		program = NULL;
	rcu_read_unlock();
	return program;
}

/**
 * rpc_program_version - a version of a program
 * @program: the program
 * @vers: version number
 *
 * Return: the version, or NULL.
 */
const struct rpc_version *rpc_program_version(const struct rpc_program *program, u32 vers)
{
	unsigned int i;

	for (i = 0; i < program->nr_versions; i++)
		if (program->versions[i].vers == vers)
			return &program->versions[i];
	return NULL;
}

/**
 * rpc_program_for_each - all versions of all programs
 * @fn: called for each; a non-zero return ends the walk; must not sleep long
 * @arg: for @fn
 *
 * Return: 0, or what @fn returned.
 */
int rpc_program_for_each(int (*fn)(void *arg, u32 prog, u32 vers), void *arg)
{
	struct rpc_program *program;
	unsigned int i;
	int ret = 0;

	mutex_lock(&program_mutex);
	list_for_each_entry(program, &program_list, list)
		for (i = 0; !ret && i < program->nr_versions; i++)
			ret = fn(arg, program->prog, program->versions[i].vers);
	mutex_unlock(&program_mutex);
	return ret;
}

static int program_add(struct rpc_program *program)
{
	struct rpc_program *other;
	int ret = 0;

	mutex_lock(&program_mutex);
	list_for_each_entry(other, &program_list, list)
		if (other->prog == program->prog)
			ret = -EEXIST;
	if (!ret) {
		list_add_tail_rcu(&program->list, &program_list);
		program_remember(program->prog, false);
	}
	mutex_unlock(&program_mutex);
	return ret;
}

/**
 * rpc_program_register - serve a program on all listeners there are and will be
 * @program: filled in by its owner, with at least one version; stays the owner's
 *
 * It is announced to the rpcbind of each network namespace that has a listener.
 * Sleeps, as long as rpcbind takes to answer (two seconds at most for each).
 *
 * Return: 0; -EEXIST if the program number is taken; -EINVAL; -ENOMEM.
 */
int rpc_program_register(struct rpc_program *program)
{
	int ret;

	if (!program->nr_versions)
		return -EINVAL;
	init_completion(&program->idle);
	ret = percpu_ref_init(&program->users, program_idle, 0, GFP_KERNEL);
	if (ret)
		return ret;
	ret = program_add(program);
	if (ret) {
		percpu_ref_exit(&program->users);
		return ret;
	}
	rpcbind_programs_changed();
	return 0;
}
EXPORT_SYMBOL_GPL(rpc_program_register);

/**
 * rpc_program_unregister - stop serving a program
 * @program: registered; no call of it is in work any more on return
 *
 * Calls the program has parked must come to their end without it.
 */
void rpc_program_unregister(struct rpc_program *program)
{
	mutex_lock(&program_mutex);
	program_remember(program->prog, true);
	list_del_rcu(&program->list);
	mutex_unlock(&program_mutex);
	rpcbind_programs_changed();

	percpu_ref_kill(&program->users);
	wait_for_completion(&program->idle);
	/* whoever walks the list may still stand on this entry */
	synchronize_rcu();
	percpu_ref_exit(&program->users);
}
EXPORT_SYMBOL_GPL(rpc_program_unregister);
