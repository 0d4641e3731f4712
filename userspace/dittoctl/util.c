// SPDX-License-Identifier: GPL-2.0-only
/* Memory, words, sentences. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util.h"

/* Longest word that is compared with the known ones. */
#define WORD_MAX	32

static void *checked(void *p)
{
	if (p)
		return p;
	fputs("dittoctl: out of memory\n", stderr);
	exit(1);
}

/**
 * xcalloc - zeroed memory, or the end of the program
 * @nr: elements
 * @size: bytes of each
 *
 * Return: the memory, for free().
 */
void *xcalloc(size_t nr, size_t size)
{
	return checked(calloc(nr ? nr : 1, size));
}

/**
 * xgrow - make room for one more element at the end of an array
 * @array: of @nr elements; NULL where there are none
 * @nr: elements it has
 * @size: bytes of each
 *
 * The room grows in powers of two, so it needs no count of its own.
 *
 * Return: the array where it is now; its new element is zeroed.
 */
void *xgrow(void *array, size_t nr, size_t size)
{
	if (!(nr & (nr - 1)))
		array = checked(reallocarray(array, nr ? nr * 2 : 1, size));
	memset((char *)array + nr * size, 0, size);
	return array;
}

/**
 * xstrndup - copy of a string, or the end of the program
 * @s: the string
 * @len: at most so many bytes of it
 *
 * Return: the copy, for free().
 */
char *xstrndup(const char *s, size_t len)
{
	return checked(strndup(s, len));
}

/**
 * xstrdup - copy of a string, or the end of the program
 * @s: the string
 *
 * Return: the copy, for free().
 */
char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

/**
 * say - write a sentence about what is wrong
 * @why: gets it
 * @fmt: as printf()
 *
 * Return: false, so that a check can end with it.
 */
bool say(char why[WHY_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, WHY_SIZE, fmt, ap);
	va_end(ap);
	return false;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

/* How many letters to add, drop, change or swap with the next to get from @a to @b. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];
	size_t i, j, la = strlen(a), lb = strlen(b);

	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (j = 0; j <= lb; j++)
		d[0][j] = j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
					d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1, d[i][j]);
		}
	}
	return d[la][lb];
}

/**
 * word_near - the word that was probably meant
 * @word: as written
 * @known: the words there are, up to NULL
 *
 * Return: the nearest, or NULL if none is near.
 */
const char *word_near(const char *word, const char *const *known)
{
	unsigned int best, d;
	const char *near = NULL;

	if (strlen(word) > WORD_MAX)
		return NULL;
	best = strlen(word) / 3 + 1;
	for (; *known; known++) {
		if (strlen(*known) > WORD_MAX)
			continue;
		d = distance(word, *known);
		if (d < best || (d == best && !near)) {
			best = d;
			near = *known;
		}
	}
	return near;
}

/**
 * word_number - read a number
 * @word: decimal, or hexadecimal with 0x
 * @max: greatest value allowed
 * @value: gets it
 *
 * Return: false if it is none, or greater.
 */
bool word_number(const char *word, uint64_t max, uint64_t *value)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*word))
		return false;
	errno = 0;
	v = strtoull(word, &end, word[0] == '0' && (word[1] | 32) == 'x' ? 16 : 10);
	if (errno || *end || v > max)
		return false;
	*value = v;
	return true;
}

/**
 * word_amount - read a number that may end in K, M, G or T for powers of 1,024
 * @word: as written
 * @value: gets it
 *
 * Return: false if it is none, or too great.
 */
bool word_amount(const char *word, uint64_t *value)
{
	static const char units[] = "KMGT";
	size_t len = strlen(word);
	const char *unit;
	char number[32];
	int shift;

	if (!len || len >= sizeof(number))
		return false;
	unit = strchr(units, toupper((unsigned char)word[len - 1]));
	if (!unit)
		return word_number(word, UINT64_MAX, value);
	shift = 10 * (unit - units + 1);
	memcpy(number, word, len - 1);
	number[len - 1] = '\0';
	if (!word_number(number, UINT64_MAX >> shift, value))
		return false;
	*value <<= shift;
	return true;
}
