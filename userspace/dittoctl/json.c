// SPDX-License-Identifier: GPL-2.0-only
/* The JSON writer (RFC 8259). */
#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include "json.h"

/* Length of the UTF-8 sequence at @s, or 0 if there is none (RFC 3629 section 4). */
static int utf8_len(const unsigned char *s)
{
	static const struct {
		unsigned char lead_lo, lead_hi, next_lo, next_hi;
		int len;
	} forms[] = {
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i;
	int n;

	if (*s < 0x80)
		return 1;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (*s < forms[i].lead_lo || *s > forms[i].lead_hi)
			continue;
		if (s[1] < forms[i].next_lo || s[1] > forms[i].next_hi)
			return 0;
		for (n = 2; n < forms[i].len; n++) {
			if ((s[n] & 0xc0) != 0x80)
				return 0;
		}
		return forms[i].len;
	}
	return 0;
}

static void json_text(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int n;

	putc('"', out);
	for (; *s; s += n) {
		n = utf8_len(s);
		if (!n) {
			fputs("\\ufffd", out);
			n = 1;
		} else if (*s == '"' || *s == '\\') {
			fprintf(out, "\\%c", *s);
		} else if (*s < 0x20 || *s == 0x7f) {
			fprintf(out, "\\u%04x", *s);
		} else {
			fwrite(s, 1, n, out);
		}
	}
	putc('"', out);
}

static void json_line(struct json *j)
{
	if (!j->compact)
		fprintf(j->out, "\n%*s", j->depth * 2, "");
}

/* Everything that stands before a member's value. */
static void json_member(struct json *j, const char *key)
{
	if (!j->depth)
		return;
	if (j->some[j->depth - 1])
		putc(',', j->out);
	j->some[j->depth - 1] = true;
	json_line(j);
	assert(!key == (j->closing[j->depth - 1] == ']'));
	if (key) {
		json_text(j->out, key);
		fputs(j->compact ? ":" : ": ", j->out);
	}
}

static void json_open(struct json *j, const char *key, char open, char closing)
{
	json_member(j, key);
	assert(j->depth < JSON_DEPTH);
	putc(open, j->out);
	j->closing[j->depth] = closing;
	j->some[j->depth] = false;
	j->depth++;
}

/**
 * json_object - open an object
 * @j: the document
 * @key: inside an object its key, else NULL
 */
void json_object(struct json *j, const char *key)
{
	json_open(j, key, '{', '}');
}

/**
 * json_array - open an array
 * @j: the document
 * @key: inside an object its key, else NULL
 */
void json_array(struct json *j, const char *key)
{
	json_open(j, key, '[', ']');
}

/**
 * json_close - close the innermost object or array; with the outermost the line ends
 * @j: the document
 */
void json_close(struct json *j)
{
	assert(j->depth);
	j->depth--;
	if (j->some[j->depth])
		json_line(j);
	putc(j->closing[j->depth], j->out);
	if (!j->depth)
		putc('\n', j->out);
}

/**
 * json_string - write a string
 * @j: the document
 * @key: inside an object its key, else NULL
 * @value: the string; NULL is written as null
 */
void json_string(struct json *j, const char *key, const char *value)
{
	if (!value) {
		json_null(j, key);
		return;
	}
	json_member(j, key);
	json_text(j->out, value);
}

/**
 * json_number - write a number
 * @j: the document
 * @key: inside an object its key, else NULL
 * @value: the number
 */
void json_number(struct json *j, const char *key, uint64_t value)
{
	json_member(j, key);
	fprintf(j->out, "%" PRIu64, value);
}

/**
 * json_bool - write true or false
 * @j: the document
 * @key: inside an object its key, else NULL
 * @value: which
 */
void json_bool(struct json *j, const char *key, bool value)
{
	json_member(j, key);
	fputs(value ? "true" : "false", j->out);
}

/**
 * json_null - write null
 * @j: the document
 * @key: inside an object its key, else NULL
 */
void json_null(struct json *j, const char *key)
{
	json_member(j, key);
	fputs("null", j->out);
}
