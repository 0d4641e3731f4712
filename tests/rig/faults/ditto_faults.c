// SPDX-License-Identifier: GPL-2.0-only
/*
 * One mistake of each kind that the rig must notice, made on request: its own
 * test loads this module in place of ours. Never installed.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *fault = "";
module_param(fault, charp, 0);
MODULE_PARM_DESC(fault, "what to do wrong");

static struct kmem_cache *faults_cache;
static DEFINE_MUTEX(faults_a);
static DEFINE_MUTEX(faults_b);
static DEFINE_SPINLOCK(faults_spin);

static void faults_warn(void)
{
	WARN(1, "as asked\n");
}

static void faults_oops(void)
{
	int *volatile p = NULL;

	*p = 1;
}

static void faults_stuck(void)
{
	__module_get(THIS_MODULE);
}

/* An object that outlives the module's cache. */
static void faults_slab(void)
{
	faults_cache = kmem_cache_create("ditto_faults", 100, 0, 0, NULL);
	if (faults_cache)
		kmem_cache_alloc(faults_cache, GFP_KERNEL);
}

/* Loops: a stale pointer on some stack may hide one object. */
static void faults_leak(void)
{
	struct list_head *volatile p;
	int i;

	for (i = 0; i < 100; i++)
		p = kmalloc(200 + i, GFP_KERNEL);
	p = NULL;
}

static void faults_use_after_free(void)
{
	char *volatile p = kmalloc(40, GFP_KERNEL);

	kfree(p);
	if (p)
		p[3] = 1;
}

static void faults_lock_order(void)
{
	mutex_lock(&faults_a);
	mutex_lock(&faults_b);
	mutex_unlock(&faults_b);
	mutex_unlock(&faults_a);
	mutex_lock(&faults_b);
	mutex_lock(&faults_a);
	mutex_unlock(&faults_a);
	mutex_unlock(&faults_b);
}

static void faults_sleep(void)
{
	spin_lock(&faults_spin);
	msleep(1);
	spin_unlock(&faults_spin);
}

static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "warn", faults_warn },
	{ "oops", faults_oops },
	{ "stuck", faults_stuck },
	{ "slab", faults_slab },
	{ "leak", faults_leak },
	{ "use-after-free", faults_use_after_free },
	{ "lock-order", faults_lock_order },
	{ "sleep", faults_sleep },
};

static int __init faults_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (!strcmp(fault, faults[i].name))
			faults[i].make();
	return 0;
}

static void __exit faults_exit(void)
{
	kmem_cache_destroy(faults_cache);
}

module_init(faults_init);
module_exit(faults_exit);
MODULE_DESCRIPTION("Mistakes for the test of the test rig");
MODULE_LICENSE("GPL");
