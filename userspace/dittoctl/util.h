/* SPDX-License-Identifier: GPL-2.0-only */
/* Small things all of dittoctl uses: memory that does not fail, words, sentences. */
#ifndef DITTO_CTL_UTIL_H
#define DITTO_CTL_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

/* Room for a sentence about an error. */
#define WHY_SIZE	512

void *xcalloc(size_t nr, size_t size);
void *xgrow(void *array, size_t nr, size_t size);
char *xstrndup(const char *s, size_t len);
char *xstrdup(const char *s);

bool say(char why[WHY_SIZE], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *word_near(const char *word, const char *const *known);
bool word_number(const char *word, uint64_t max, uint64_t *value);
bool word_amount(const char *word, uint64_t *value);

#endif
