// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHARE claims (lock/share.c), and what shares and ranges mean to reads and writes
 * that come without one (lock/intent.c, vfs/guard.c).
 */
#include <linux/in.h>
#include "base/payload.h"
#include "lock_env.h"
#include "lock/share.h"

#define R	DITTO_SHARE_READ
#define W	DITTO_SHARE_WRITE
#define D	DITTO_SHARE_DELETE

static int share(struct lock_owner *owner, unsigned int file, unsigned int access,
		 unsigned int deny)
{
	struct lock_env *env = owner->env;
	struct ditto_conflict by;
	int err;

	err = ditto_share_set(&env->vfs->acc, env->file[file], &owner->owner, access, deny, false,
			      &by);
	if (err == -ESHAREDENIED)
		KUNIT_EXPECT_STREQ(env->test, by.protocol, "test");
	return err;
}

static bool unshare(struct lock_owner *owner, unsigned int file)
{
	return ditto_share_drop(&owner->owner, owner->env->file[file]);
}

static int do_read(struct lock_env *env, unsigned int file, u64 offset, u32 count)
{
	struct ditto_payload *payload = NULL;
	bool eof;
	int err = ditto_read(&env->vfs->acc, env->file[file], offset, count, &payload, &eof);

	if (!err && payload)
		ditto_payload_free(payload);
	return err;
}

static int do_write(struct lock_env *env, unsigned int file, u64 offset, size_t len)
{
	char data[64] = {};
	int ret = env_write(env->vfs, env->file[file], offset, data, len);

	return min(ret, 0);
}

static int do_resize(struct lock_env *env, unsigned int file, u64 size)
{
	struct ditto_setattr sattr = { .set = DITTO_SET_SIZE, .size = size };
	struct ditto_wcc wcc;

	return ditto_setattr(&env->vfs->acc, env->file[file], &sattr, NULL, &wcc);
}

/* Every share against every other, in both orders, and what is left after. */
static void pairs(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	unsigned int i, j;

	for (i = 1; i < 64; i++) {
		for (j = 1; j < 64; j++) {
			/* in words: what one does is not what the other denies */
			bool clash = ((i & 7) & (j >> 3)) || ((j & 7) & (i >> 3));
			int err;

			KUNIT_ASSERT_EQ(test, share(a, 0, i & 7, i >> 3), 0);
			err = share(b, 0, j & 7, j >> 3);
			KUNIT_EXPECT_EQ_MSG(test, err, clash ? -ESHAREDENIED : 0,
					    "%u beside %u", j, i);
			KUNIT_EXPECT_EQ(test, unshare(b, 0), !clash);
			KUNIT_EXPECT_TRUE(test, unshare(a, 0));
		}
	}
	KUNIT_EXPECT_EQ(test, lock_claims(env, 0)->node->summary, 0);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&lock_claims(env, 0)->holds));
}

/* An owner's own share is no obstacle to its next one, and a refusal leaves the old one. */
static void change(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	unsigned int access, deny;

	KUNIT_EXPECT_EQ(test, share(a, 0, R, R), 0);
	KUNIT_EXPECT_EQ(test, share(a, 0, R | W, R | W), 0);
	KUNIT_EXPECT_EQ(test, share(b, 0, W, 0), -ESHAREDENIED);
	KUNIT_EXPECT_EQ(test, share(a, 0, R, 0), 0);
	KUNIT_EXPECT_EQ(test, share(b, 0, W, 0), 0);
	KUNIT_EXPECT_EQ(test, share(a, 0, R, W), -ESHAREDENIED);
	KUNIT_EXPECT_TRUE(test, ditto_share_get(&a->owner, env->file[0], &access, &deny));
	KUNIT_EXPECT_EQ(test, access, R);
	KUNIT_EXPECT_EQ(test, deny, 0);
	KUNIT_EXPECT_TRUE(test, unshare(b, 0));
	KUNIT_EXPECT_FALSE(test, unshare(b, 0));
	KUNIT_EXPECT_FALSE(test, ditto_share_get(&b->owner, env->file[0], &access, &deny));
	KUNIT_EXPECT_EQ(test, share(a, 0, R, W), 0);
}

/* Shares go with their owner and their client, and are gone then. */
static void release(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);
	u64 revoked = lock_stat("revoked");

	KUNIT_ASSERT_EQ(test, share(a, 0, W, R | W), 0);
	KUNIT_ASSERT_EQ(test, share(a, 1, W, R | W), 0);
	KUNIT_EXPECT_EQ(test, share(b, 1, R, 0), -ESHAREDENIED);
	ditto_owner_release(&a->owner);
	KUNIT_EXPECT_EQ(test, lock_stat("revoked") - revoked, 2);
	KUNIT_EXPECT_EQ(test, share(b, 0, R, W), 0);
	KUNIT_EXPECT_EQ(test, share(b, 1, R, W), 0);
	ditto_client_gone(&b->client->client);
	KUNIT_EXPECT_EQ(test, share(b, 0, R, W), -ESTALE);
	KUNIT_EXPECT_EQ(test, share(a, 0, W, R | W), 0);
}

/* Reads and writes without a share meet what others deny, and nothing else. */
static void stateless(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env);
	u64 denied;
	int i;

	KUNIT_ASSERT_EQ(test, do_write(env, 0, 0, 32), 0);
	for (i = 0; i < 8; i++) {
		denied = lock_stat("io_denied");
		KUNIT_ASSERT_EQ(test, share(a, 0, R | W, i), 0);
		KUNIT_EXPECT_EQ(test, do_read(env, 0, 0, 8), i & R ? -ESHAREDENIED : 0);
		KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), i & W ? -ESHAREDENIED : 0);
		KUNIT_EXPECT_EQ(test, do_resize(env, 0, 16), i & W ? -ESHAREDENIED : 0);
		KUNIT_EXPECT_EQ(test, lock_stat("io_denied") - denied,
				!!(i & R) + 2 * !!(i & W));
		/* another file, and the same one by its owner's own */
		KUNIT_EXPECT_EQ(test, do_write(env, 1, 0, 8), 0);
		env->vfs->acc.owner = &a->owner;
		KUNIT_EXPECT_EQ(test, do_read(env, 0, 0, 8), 0);
		KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), 0);
		env->vfs->acc.owner = NULL;
	}
	unshare(a, 0);
	KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), 0);
}

static struct sockaddr_storage address(u32 host)
{
	struct sockaddr_storage addr = {};
	struct sockaddr_in *in = (struct sockaddr_in *)&addr;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(host);
	in->sin_port = htons(host & 0xffff);
	return addr;
}

/* A host's reads and writes do not meet the shares of clients on the same host. */
static void same_host(struct kunit *test)
{
	struct sockaddr_storage here = address(0x0a000001), there = address(0x0a000002);
	struct lock_env *env = test->priv;
	struct lock_owner *a = lock_someone(env), *b = lock_someone(env);

	a->client->client.addr = here;
	b->client->client.addr = there;
	KUNIT_ASSERT_EQ(test, share(a, 0, R, W), 0);
	/* the port says nothing */
	((struct sockaddr_in *)&here)->sin_port = htons(7);
	env->vfs->acc.peer = &here;
	KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), 0);
	env->vfs->acc.peer = &there;
	KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), -ESHAREDENIED);
	/* nor does its own share help against another's */
	KUNIT_ASSERT_EQ(test, share(b, 0, R, 0), 0);
	KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), -ESHAREDENIED);
	env->vfs->acc.peer = NULL;
	KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), -ESHAREDENIED);
}

/* What locks= makes of ranges: who is stopped by which, by how many bytes. */
static void ranges(struct kunit *test)
{
	static const struct {
		u32	flags;
		bool	handle;		/* whose range: an SMB open's */
		bool	stops;
	} cases[] = {
		{ 0, false, false },
		{ 0, true, true },
		{ DITTO_EXPORT_LOCKS_MANDATORY, false, true },
		{ DITTO_EXPORT_LOCKS_MANDATORY, true, true },
		{ DITTO_EXPORT_LOCKS_ADVISORY, false, false },
		{ DITTO_EXPORT_LOCKS_ADVISORY, true, false },
	};
	struct lock_env *env = test->priv;
	struct ditto_export_config *cfg;
	struct lock_owner *owner;
	u32 flags;
	int i;

	cfg = (struct ditto_export_config *)ditto_export_config(env->vfs->exp);
	flags = cfg->flags;
	KUNIT_ASSERT_EQ(test, do_write(env, 0, 0, 64), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int no = cases[i].stops ? -ERANGELOCKED : 0;

		cfg->flags = flags | cases[i].flags;
		owner = cases[i].handle ? lock_handle(lock_client(env)) : lock_someone(env);
		KUNIT_ASSERT_EQ(test, lock_take(owner, 0, 10, 19, EXCLUSIVE), 0);
		KUNIT_EXPECT_EQ_MSG(test, do_read(env, 0, 19, 1), no, "case %d", i);
		KUNIT_EXPECT_EQ(test, do_read(env, 0, 0, 10), 0);
		KUNIT_EXPECT_EQ(test, do_read(env, 0, 20, 10), 0);
		KUNIT_EXPECT_EQ(test, do_write(env, 0, 5, 6), no);
		KUNIT_EXPECT_EQ(test, do_write(env, 0, 20, 5), 0);
		KUNIT_EXPECT_EQ(test, do_resize(env, 0, 64), 0);
		KUNIT_EXPECT_EQ(test, do_resize(env, 0, 15), no);
		KUNIT_EXPECT_EQ(test, do_write(env, 0, 40, 24), 0);
		KUNIT_EXPECT_EQ(test, lock_drop(owner, 0, 10, 19), 0);
		/* a shared one stops writes only */
		KUNIT_ASSERT_EQ(test, lock_take(owner, 0, 10, 19, SHARED), 0);
		KUNIT_EXPECT_EQ(test, do_read(env, 0, 0, 64), 0);
		KUNIT_EXPECT_EQ(test, do_write(env, 0, 15, 1), no);
		KUNIT_EXPECT_EQ(test, lock_drop(owner, 0, 10, 19), 0);
		KUNIT_EXPECT_EQ(test, do_write(env, 0, 15, 1), 0);
	}
	cfg->flags = flags;
}

/* Operations are counted while they are in work, and not after. */
static void in_flight(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct ditto_node *node = ditto_object_node(env->file[0]);
	struct lock_owner *a = lock_someone(env);
	struct ditto_guard guard = {};
	int i;

	KUNIT_ASSERT_EQ(test, ditto_guard_begin(&guard, &env->vfs->acc, env->file[0],
						DITTO_INTENT_WRITE_DATA, 0, 9), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&node->in_flight[DITTO_INTENT_WRITE_DATA]), 1);
	ditto_guard_end(&guard);
	ditto_guard_end(&guard);
	/* one that is refused is not in work */
	KUNIT_ASSERT_EQ(test, share(a, 0, R, R | W), 0);
	KUNIT_EXPECT_EQ(test, do_write(env, 0, 0, 8), -ESHAREDENIED);
	KUNIT_EXPECT_EQ(test, do_read(env, 0, 0, 8), -ESHAREDENIED);
	for (i = 0; i < DITTO_INTENTS; i++)
		KUNIT_EXPECT_EQ(test, atomic_read(&node->in_flight[i]), 0);
}

static void limits(struct kunit *test)
{
	struct lock_env *env = test->priv;
	struct lock_client *client = lock_client(env);
	struct lock_owner *a = lock_owner(client), *b = lock_owner(client);
	u64 limited = lock_stat("ranges_limited");

	lock_setting(env, "shares-per-client", 2, 10000);
	KUNIT_EXPECT_EQ(test, share(a, 0, R, 0), 0);
	KUNIT_EXPECT_EQ(test, share(b, 0, R, 0), 0);
	KUNIT_EXPECT_EQ(test, share(a, 1, R, 0), -ENOLCK);
	/* what is there may be changed, and given back for another */
	KUNIT_EXPECT_EQ(test, share(b, 0, R | W, 0), 0);
	KUNIT_EXPECT_TRUE(test, ditto_share_drop(&b->owner, env->file[0]));
	KUNIT_EXPECT_EQ(test, share(a, 1, R, 0), 0);
	lock_setting(env, "shares-per-file", 1, 1000);
	KUNIT_EXPECT_EQ(test, share(lock_someone(env), 0, R, 0), -ENOLCK);
	lock_setting(env, "shares", 2, 100000);
	KUNIT_EXPECT_EQ(test, share(lock_someone(env), 2, R, 0), -ENOLCK);
	KUNIT_EXPECT_EQ(test, lock_stat("ranges_limited") - limited, 3);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pairs),
	KUNIT_CASE(change),
	KUNIT_CASE(release),
	KUNIT_CASE(stateless),
	KUNIT_CASE(same_host),
	KUNIT_CASE(ranges),
	KUNIT_CASE(in_flight),
	KUNIT_CASE(limits),
	{}
};

static struct kunit_suite suite = {
	.name		= "lock_share",
	.init		= lock_env_init,
	.test_cases	= cases,
};
kunit_test_suite(suite);
