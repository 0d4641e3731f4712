/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that speak TAP. A test is a function; checks within it go on after
 * one failed, and the test fails.
 *
 *	TEST(cursor_reads_across_segments)
 *	{
 *		CHECK(ditto_cursor_u32(&cur) == 7);
 *		CHECK_EQ(ditto_cursor_left(&cur), 0);
 *	}
 *
 * Tests register themselves; main() is here. Include it in one file only.
 */
#ifndef TAP_H
#define TAP_H

#include <stdio.h>
#include <string.h>
#include <linux/types.h>

struct tap_test {
	const char *name;
	void (*fn)(void);
	struct tap_test *next;
};

static struct tap_test *tap_first, **tap_last = &tap_first;
static bool tap_bad;

/* Runs before main(), in the order of the file. */
#define TEST(n)									\
static void n(void);								\
static struct tap_test tap_##n = { .name = #n, .fn = n };			\
__attribute__((constructor)) static void tap_add_##n(void)			\
{										\
	*tap_last = &tap_##n;							\
	tap_last = &tap_##n.next;						\
}										\
static void n(void)

#define CHECK(cond) ({								\
	bool __ok = !!(cond);							\
	if (!__ok) {								\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);		\
		tap_bad = true;							\
	}									\
	__ok;									\
})

#define CHECK_EQ(a, b) ({							\
	long long __a = (long long)(a), __b = (long long)(b);			\
	if (__a != __b) {							\
		printf("# %s:%d: %s is %lld (%#llx), not %s, %lld (%#llx)\n",	\
		       __FILE__, __LINE__, #a, __a, __a, #b, __b, __b);		\
		tap_bad = true;							\
	}									\
	__a == __b;								\
})

#define CHECK_STR(a, b) ({							\
	const char *__a = (a), *__b = (b);					\
	bool __ok = !strcmp(__a, __b);						\
	if (!__ok) {								\
		printf("# %s:%d: %s is \"%s\", not \"%s\"\n",			\
		       __FILE__, __LINE__, #a, __a, __b);			\
		tap_bad = true;							\
	}									\
	__ok;									\
})

#define CHECK_MEM(a, b, n) ({							\
	bool __ok = !memcmp(a, b, n);						\
	if (!__ok) {								\
		printf("# %s:%d: %s differs from %s\n",				\
		       __FILE__, __LINE__, #a, #b);				\
		tap_bad = true;							\
	}									\
	__ok;									\
})

int main(void)
{
	int n = 0, failed = 0;
	struct tap_test *t;

	/* What a crash leaves behind must show how far we came. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (t = tap_first; t; t = t->next) {
		tap_bad = false;
		t->fn();
		failed += tap_bad;
		printf("%sok %d - %s\n", tap_bad ? "not " : "", ++n, t->name);
	}
	printf("1..%d\n", n);
	return failed ? 1 : 0;
}

#endif
