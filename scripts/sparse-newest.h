/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the newest kernel's headers use and the distribution's sparse does not
 * know, in terms it does know. Only sparse sees this (scripts/check-build).
 */
#define __typeof_unqual__	__typeof__
#define __builtin_strlen(s)	(sizeof(s) - 1)
