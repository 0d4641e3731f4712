// SPDX-License-Identifier: GPL-2.0-only
/* Telling peers that we have restarted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "addr.h"
#include "job.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "nsm_xdr.h"
#include "schedule.h"

/* So many peers are begun with in a millisecond. */
#define NOTIFY_PACE	10

/**
 * struct notify_task - a peer to be told
 * @job: the call of this try
 * @timer: begins the next try
 * @schedule: the tries
 * @text: its address as it is on record
 * @args: of the call
 * @next: task
 * @link: what leads here
 * @name: the peer's
 */
struct notify_task {
	struct job		job;
	struct loop_timer	timer;
	struct schedule		schedule;
	char			text[ADDR_TEXT];
	uint8_t			args[NSM_NAME_MAX + 12];
	struct notify_task	*next;
	struct notify_task	**link;
	char			name[];
};

static struct {
	struct store		*store;
	const char		*my_name;
	struct notify_task	*tasks;
	size_t			nr;
	uint32_t		state;
	uint64_t		start;
} notify;

static void task_free(struct notify_task *task)
{
	job_cancel(&task->job);
	loop_timer_clear(&task->timer);
	*task->link = task->next;
	if (task->next)
		task->next->link = task->link;
	notify.nr--;
	free(task);
}

static void task_forget(struct notify_task *task)
{
	/* where this cannot be committed it is told again after a restart, which does no harm */
	store_notified(notify.store, task->name, task->text);
	task_free(task);
	if (!notify.nr)
		log_info("no peer is left to be told of the restart");
}

static void task_done(struct job *job, int err)
{
	struct notify_task *task = job->arg;
	uint64_t due;

	if (!err) {
		log_debug("%s (%s) knows of the restart", task->name, task->text);
		task_forget(task);
		return;
	}
	log_debug("%s (%s) was not told of the restart: %s", task->name, task->text,
		  err == -ENOENT ? "no status monitor there" : strerror(-err));
	if (schedule_failed(&task->schedule, loop_now(), &due)) {
		loop_timer_set(&task->timer, due);
		return;
	}
	log_warning("%s (%s) cannot be told of the restart: no answer for 15 minutes; it may hold "
		    "on to locks that are lost", task->name, task->text);
	task_forget(task);
}

static void task_try(void *arg)
{
	struct notify_task *task = arg;

	task->job.tcp = schedule_is_tcp(&task->schedule);
	job_start(&task->job);
}

static void task_set_args(struct notify_task *task, const char *my_name)
{
	struct xdr x;

	xdr_init(&x, task->args, sizeof(task->args));
	nsm_put_change(&x, *my_name ? my_name : notify.my_name, notify.state);
	task->job.args = task->args;
	task->job.len = xdr_len(&x);
}

/* How long ago it was begun, as far as the clocks can be trusted. */
static uint64_t task_start(uint64_t now, int64_t since)
{
	int64_t ago = ((int64_t)time(NULL) - since) * 1000;

	if (ago < 0 || ago > SCHEDULE_END_MS / 2)
		ago = SCHEDULE_END_MS / 2;
	return (uint64_t)ago < now ? now - ago : 0;
}

static int task_new(void *arg, const struct store_peer *peer)
{
	struct notify_task *task;
	size_t len = strlen(peer->name) + 1;

	(void)arg;
	task = calloc(1, sizeof(*task) + len);
	if (!task)
		return -ENOMEM;
	memcpy(task->name, peer->name, len);
	strncpy(task->text, peer->address, sizeof(task->text) - 1);
	if (!addr_parse(peer->address, &task->job.to))
		log_warning("%s cannot be told of the restart: its address '%s' is none", peer->name,
			    peer->address);
	addr_parse(peer->local, &task->job.from);
	task->job.call = (struct rpc_call){
		.prog = NSM_PROGRAM, .vers = NSM_VERSION, .proc = NSM_NOTIFY,
	};
	task->job.timeout = SCHEDULE_TRY_MS;
	task->job.done = task_done;
	task->job.arg = task;
	task->timer.fn = task_try;
	task->timer.arg = task;
	task->schedule.start = task_start(notify.start, peer->added);
	task_set_args(task, peer->my_name);
	task->next = notify.tasks;
	task->link = &notify.tasks;
	if (task->next)
		task->next->link = &task->next;
	notify.tasks = task;
	loop_timer_set(&task->timer, notify.start + notify.nr++ / NOTIFY_PACE);
	return 0;
}

/**
 * notify_init - begin
 * @store: has the peers
 * @my_name: what we call ourselves where a peer's record does not say; stays
 */
void notify_init(struct store *store, const char *my_name)
{
	notify.store = store;
	notify.my_name = my_name;
}

/**
 * notify_exit - end; who was not told yet is still on record
 */
void notify_exit(void)
{
	while (notify.tasks)
		task_free(notify.tasks);
}

/**
 * notify_all - tell all who are to be told; those it began with before begin anew
 * @state: our state number
 */
void notify_all(uint32_t state)
{
	notify_exit();
	notify.state = state;
	notify.start = loop_now();
	if (store_unnotified(notify.store, task_new, NULL))
		log_error("not all peers are told of the restart: %s", store_why(notify.store));
	if (notify.nr)
		log_info("telling %zu peers of the restart, state %u", notify.nr, state);
}

/**
 * notify_pending - how many are still to be told
 *
 * Return: their number.
 */
size_t notify_pending(void)
{
	return notify.nr;
}
