// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON writer: valid whatever the strings hold.
 *
 * Uses: userspace/dittoctl/json.c
 */
#include <stdlib.h>
#include "tap.h"
#include "../../userspace/dittoctl/json.h"

static char *text;
static size_t text_len;

static struct json begin(bool compact)
{
	struct json j = { .compact = compact };

	free(text);
	text = NULL;
	j.out = open_memstream(&text, &text_len);
	return j;
}

/* A string alone in an array. */
static const char *written(const char *value)
{
	struct json j = begin(true);

	json_array(&j, NULL);
	json_string(&j, NULL, value);
	json_close(&j);
	fclose(j.out);
	return text;
}

TEST(members_and_elements)
{
	struct json j = begin(true);

	json_object(&j, NULL);
	json_string(&j, "a", "x");
	json_number(&j, "b", UINT64_MAX);
	json_array(&j, "c");
	json_bool(&j, NULL, true);
	json_bool(&j, NULL, false);
	json_null(&j, NULL);
	json_object(&j, NULL);
	json_close(&j);
	json_close(&j);
	json_object(&j, "d");
	json_string(&j, "e", NULL);
	json_close(&j);
	json_close(&j);
	fclose(j.out);
	CHECK_STR(text, "{\"a\":\"x\",\"b\":18446744073709551615,\"c\":[true,false,null,{}],"
			"\"d\":{\"e\":null}}\n");
}

TEST(it_is_indented_for_people)
{
	struct json j = begin(false);

	json_object(&j, NULL);
	json_array(&j, "a");
	json_number(&j, NULL, 1);
	json_number(&j, NULL, 2);
	json_close(&j);
	json_array(&j, "b");
	json_close(&j);
	json_close(&j);
	fclose(j.out);
	CHECK_STR(text, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}\n");
}

TEST(a_writer_can_be_used_again)
{
	struct json j = begin(true);

	json_array(&j, NULL);
	json_close(&j);
	json_object(&j, NULL);
	json_close(&j);
	fclose(j.out);
	CHECK_STR(text, "[]\n{}\n");
}

TEST(strings_are_escaped)
{
	CHECK_STR(written("a\"b\\c/"), "[\"a\\\"b\\\\c/\"]\n");
	CHECK_STR(written("\n\t\x01\x7f"), "[\"\\u000a\\u0009\\u0001\\u007f\"]\n");
	CHECK_STR(written(""), "[\"\"]\n");
}

TEST(utf8_stays_and_the_rest_is_replaced)
{
	CHECK_STR(written("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
		  "[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"]\n");
	/* cut short, alone, overlong, a surrogate, too great, no lead byte */
	CHECK_STR(written("\xc3"), "[\"\\ufffd\"]\n");
	CHECK_STR(written("\x80x"), "[\"\\ufffdx\"]\n");
	CHECK_STR(written("\xc0\xaf"), "[\"\\ufffd\\ufffd\"]\n");
	CHECK_STR(written("\xe0\x80\xaf"), "[\"\\ufffd\\ufffd\\ufffd\"]\n");
	CHECK_STR(written("\xed\xa0\x80"), "[\"\\ufffd\\ufffd\\ufffd\"]\n");
	CHECK_STR(written("\xf4\x90\x80\x80"), "[\"\\ufffd\\ufffd\\ufffd\\ufffd\"]\n");
	CHECK_STR(written("\xff"), "[\"\\ufffd\"]\n");
	CHECK_STR(written("\xe2\x82"), "[\"\\ufffd\\ufffd\"]\n");
	free(text);
	text = NULL;
}
