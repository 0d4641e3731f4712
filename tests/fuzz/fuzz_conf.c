// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration file of dittoctl. What is accepted must be what the rest
 * may rely on, and be read again from what is shown of it.
 *
 * Uses: userspace/dittoctl/conf.c userspace/dittoctl/share.c userspace/dittoctl/spec.c userspace/dittoctl/util.c
 */
#include "fuzz.h"
#include "../../userspace/dittoctl/conf.h"

static void check_share(const struct conf_share *share)
{
	char why[WHY_SIZE];
	size_t i;

	FUZZ_CHECK(share_name(share->name, why));
	FUZZ_CHECK(share->path && share_path(share->path, why));
	FUZZ_CHECK(share->flags & (DITTO_EXPORT_FLAGS_NFS | DITTO_EXPORT_FLAGS_SMB));
	for (i = 0; i < share->nr_clients; i++) {
		const struct spec *spec = &share->clients[i].spec;
		struct spec again;

		FUZZ_CHECK(spec->sec);
		FUZZ_CHECK(spec->anon_uid != UINT32_MAX && spec->anon_gid != UINT32_MAX);
		FUZZ_CHECK(memchr(spec->who, '\0', sizeof(spec->who)));
		spec_init(&again);
		FUZZ_CHECK(spec_who(&again, spec->who, why));
		FUZZ_CHECK(again.kind == spec->kind && again.prefix == spec->prefix);
	}
}

static void fuzz_one(const u8 *data, size_t len)
{
	struct conf conf;
	size_t i;

	if (conf_parse(&conf, (const char *)data, len)) {
		for (i = 0; i < conf.nr_shares; i++)
			check_share(&conf.shares[i]);
		for (i = 0; i < conf.nr_listens; i++)
			FUZZ_CHECK(conf.listens[i].service);
	} else {
		for (i = 0; i < conf.nr_errors; i++)
			FUZZ_CHECK(conf.errors[i].text && *conf.errors[i].text);
	}
	conf_free(&conf);
}
