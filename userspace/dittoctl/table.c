// SPDX-License-Identifier: GPL-2.0-only
/* Lines in columns, as wide as their longest text. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dittoctl.h"

/**
 * text_clean - make a text safe to show: control characters become '?'
 * @text: is changed
 *
 * Return: @text
 */
char *text_clean(char *text)
{
	char *p;

	for (p = text; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
	return text;
}

/**
 * table_add - add the next text
 * @table: the table
 * @fmt: as printf()
 */
void table_add(struct table *table, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	table->cells = xgrow(table->cells, table->nr, sizeof(*table->cells));
	table->cells[table->nr++] = len < 0 ? xstrdup("") : text_clean(text);
}

/**
 * table_print - print a table and free it
 * @table: the table; its last row is complete
 * @nothing: said where it has no row but the heading
 */
void table_print(struct table *table, const char *nothing)
{
	unsigned int *widths = xcalloc(table->columns, sizeof(*widths));
	unsigned int column;
	size_t i;

	for (i = 0; i < table->nr; i++) {
		column = i % table->columns;
		if (strlen(table->cells[i]) > widths[column])
			widths[column] = strlen(table->cells[i]);
	}
	for (i = 0; i < table->nr && table->nr > table->columns; i++) {
		column = i % table->columns;
		if (column == table->columns - 1)
			printf("%s\n", table->cells[i]);
		else
			printf("%-*s  ", widths[column], table->cells[i]);
	}
	if (table->nr <= table->columns)
		puts(nothing);
	for (i = 0; i < table->nr; i++)
		free(table->cells[i]);
	free(table->cells);
	free(widths);
}
