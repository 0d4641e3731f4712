// SPDX-License-Identifier: GPL-2.0-only
/* struct dir_context carries a hint how much to read. */
#include <linux/fs.h>

void ditto_test(struct dir_context *ctx);
void ditto_test(struct dir_context *ctx)
{
	ctx->count = 1;
}
