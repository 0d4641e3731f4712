/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Symbol namespaces: the newest kernel takes their names as strings, older
 * ones as bare words.
 */
#ifndef DITTO_COMPAT_MODULE_H
#define DITTO_COMPAT_MODULE_H

#include <linux/export.h>
#include <linux/module.h>

#ifndef HAVE_STRING_NAMESPACE
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns)		MODULE_INFO(import_ns, ns)
#undef EXPORT_SYMBOL_NS_GPL
#define EXPORT_SYMBOL_NS_GPL(sym, ns)	__EXPORT_SYMBOL(sym, "GPL", ns)
#endif

#endif
