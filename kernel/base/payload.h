/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that a reply sends where they lie: page cache of a file, or pages
 * filled for one reply. Made by vfs/, given to the encoder, sent by net/.
 */
#ifndef DITTO_BASE_PAYLOAD_H
#define DITTO_BASE_PAYLOAD_H

#include <linux/bvec.h>
#include <linux/types.h>

/**
 * struct ditto_payload - a run of bytes in pages
 * @bv: the pieces, in order; each holds one reference on its page (bv_page)
 * @nr: pieces in use
 * @max: pieces there is room for
 * @len: bytes in all pieces
 */
struct ditto_payload {
	struct bio_vec	*bv;
	unsigned int	nr;
	unsigned int	max;
	u32		len;
	/* private: what @bv is where that is enough */
	struct bio_vec	inline_bv[4];
};

struct ditto_payload *ditto_payload_alloc(unsigned int max);
void ditto_payload_free(struct ditto_payload *payload);
int ditto_payload_init(void);
void ditto_payload_exit(void);

#endif
