/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON, written as it comes: objects and arrays are opened and closed like
 * brackets, members get a key inside an object and NULL inside an array. What is
 * written is valid whatever the strings hold: bytes that are not UTF-8 become
 * U+FFFD.
 */
#ifndef DITTO_CTL_JSON_H
#define DITTO_CTL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH	16

/**
 * struct json - a document being written
 * @out: where to
 * @compact: on one line
 * @depth: brackets that are open
 * @closing: closing bracket of each
 * @some: has it a member yet?
 */
struct json {
	FILE	*out;
	bool	compact;
	int	depth;
	char	closing[JSON_DEPTH];
	bool	some[JSON_DEPTH];
};

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_close(struct json *j);
void json_string(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
