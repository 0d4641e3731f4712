// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module ditto_kunit: every *_test.c of this folder. They run when the module
 * is loaded (scripts/kunit). Suites register themselves in their own files.
 */
#include <linux/module.h>
#include "compat/compat.h"

MODULE_DESCRIPTION("KUnit tests of the Ditto file server");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("DITTO");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
