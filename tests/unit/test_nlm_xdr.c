// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock manager on the wire, in both widths: arguments whole, in pieces, cut short
 * after every byte and with fields out of range; what is sent byte by byte.
 *
 * Uses: base/cursor.c base/encoder.c base/xdr.c nfs/nlm_xdr.c
 */
#include "nfs/nlm_xdr.h"
#include "nfs_wire.h"

static const u32 versions[] = { 1, 3, 4 };

/* Spoken by the codecs under test; set by each test. */
static u32 vers;

/* The room decoders are given: exactly what they say they need, or less. */
static u8 *room;
static struct nlm_scratch scratch;
static u32 room_short;

static struct nlm_scratch *scratch_for(const struct ditto_cursor *cur)
{
	u32 need = nlm_scratch_need(cur);

	CHECK(need <= ditto_cursor_left(cur) && need <= NLM_SCRATCH_MAX);
	need -= room_short < need ? room_short : need;
	free(room);
	room = malloc(need + !need);
	scratch.p = room;
	scratch.left = need;
	return &scratch;
}

#define DECODE(fn)								\
static bool d_##fn(struct ditto_cursor *cur, void *args)			\
{										\
	return nlm_get_##fn(cur, vers, args, scratch_for(cur));			\
}

DECODE(testargs)
DECODE(lockargs)
DECODE(cancargs)
DECODE(unlockargs)
DECODE(res)

static bool d_shareargs(struct ditto_cursor *cur, void *args)
{
	return nlm_get_shareargs(cur, args, scratch_for(cur));
}

static bool d_notify(struct ditto_cursor *cur, void *args)
{
	return nlm_get_notify(cur, args, scratch_for(cur));
}

static void done(void)
{
	free(room);
	room = NULL;
	room_short = 0;
}

static void check_obj(const struct nlm_netobj *obj, const char *want)
{
	if (CHECK_EQ(obj->len, strlen(want)) && CHECK(obj->data))
		CHECK_MEM(obj->data, want, obj->len);
}

static void check_string(const struct nlm_string *s, const char *want)
{
	if (CHECK_EQ(s->len, strlen(want)) && CHECK(s->bytes))
		CHECK_MEM(s->bytes, want, s->len);
}

/* ---- arguments ----------------------------------------------------------- */

#define COOKIE	"\x01\x02\x03\x04"
#define CALLER	"client.example"
#define FH	"a handle with no round length"
#define OH	"4711@client.example"

static void put_place(struct wire *w, u64 v)
{
	if (vers == 4)
		wire_u64(w, v);
	else
		wire_u32(w, v);
}

static const u64 OFFSET = 0x8765432112345678ULL, LEN = 0xfedcba98fffffffeULL;

static u64 place(u64 v)
{
	return vers == 4 ? v : (u32)v;
}

static void put_lock(struct wire *w)
{
	wire_str(w, CALLER);
	wire_str(w, FH);
	wire_str(w, OH);
	wire_u32(w, -4711);
	put_place(w, OFFSET);
	put_place(w, LEN);
}

static void check_lock(const struct nlm_lock *lock)
{
	check_string(&lock->caller_name, CALLER);
	check_obj(&lock->fh, FH);
	check_obj(&lock->oh, OH);
	CHECK_EQ(lock->svid, -4711);
	CHECK_EQ(lock->l_offset, place(OFFSET));
	CHECK_EQ(lock->l_len, place(LEN));
}

static void check_testargs(const void *p)
{
	const struct nlm_testargs *args = p;

	check_obj(&args->cookie, COOKIE);
	CHECK(args->exclusive);
	check_lock(&args->alock);
}

static void check_lockargs(const void *p)
{
	const struct nlm_lockargs *args = p;

	check_obj(&args->cookie, COOKIE);
	CHECK(args->block);
	CHECK(!args->exclusive);
	check_lock(&args->alock);
	CHECK(args->reclaim);
	CHECK_EQ(args->state, -17);
}

static void check_cancargs(const void *p)
{
	const struct nlm_cancargs *args = p;

	check_obj(&args->cookie, COOKIE);
	CHECK(!args->block);
	CHECK(args->exclusive);
	check_lock(&args->alock);
}

static void check_unlockargs(const void *p)
{
	const struct nlm_unlockargs *args = p;

	check_obj(&args->cookie, COOKIE);
	check_lock(&args->alock);
}

static void make_testargs(struct wire *w)
{
	w->len = 0;
	wire_str(w, COOKIE);
	wire_u32(w, 1);
	put_lock(w);
}

static void make_lockargs(struct wire *w)
{
	w->len = 0;
	wire_str(w, COOKIE);
	wire_u32(w, 1);
	wire_u32(w, 0);
	put_lock(w);
	wire_u32(w, 1);
	wire_u32(w, -17);
}

static void make_cancargs(struct wire *w)
{
	w->len = 0;
	wire_str(w, COOKIE);
	wire_u32(w, 0);
	wire_u32(w, 1);
	put_lock(w);
}

static void make_unlockargs(struct wire *w)
{
	w->len = 0;
	wire_str(w, COOKIE);
	put_lock(w);
}

#define TEST_ARGS(name)								\
TEST(name)									\
{										\
	struct wire w = {};							\
	unsigned int i;								\
										\
	for (i = 0; i < 3; i++) {						\
		vers = versions[i];						\
		make_##name(&w);						\
		wire_check_args(&w, d_##name, sizeof(struct nlm_##name),	\
				check_##name);					\
	}									\
	done();									\
}

TEST_ARGS(testargs)
TEST_ARGS(lockargs)
TEST_ARGS(cancargs)
TEST_ARGS(unlockargs)

static void make_shareargs(struct wire *w)
{
	w->len = 0;
	wire_str(w, COOKIE);
	wire_str(w, CALLER);
	wire_str(w, FH);
	wire_str(w, OH);
	wire_u32(w, FSM_DW);
	wire_u32(w, FSA_RW);
	wire_u32(w, 1);
}

static void check_shareargs(const void *p)
{
	const struct nlm_shareargs *args = p;

	check_obj(&args->cookie, COOKIE);
	check_string(&args->share.caller_name, CALLER);
	check_obj(&args->share.fh, FH);
	check_obj(&args->share.oh, OH);
	CHECK_EQ(args->share.mode, 2);
	CHECK_EQ(args->share.access, 3);
	CHECK(args->reclaim);
}

TEST_ARGS(shareargs)

static void make_notify(struct wire *w)
{
	w->len = 0;
	wire_str(w, CALLER);
	wire_u32(w, 0xfffffff1);
}

static void check_notify(const void *p)
{
	const struct nlm_notify *args = p;

	check_string(&args->name, CALLER);
	CHECK_EQ(args->state, 0xfffffff1);
}

TEST_ARGS(notify)

static void make_res(struct wire *w)
{
	w->len = 0;
	wire_str(w, COOKIE);
	wire_u32(w, NLM4_DEADLCK);
}

static void check_res(const void *p)
{
	const struct nlm_res *res = p;

	check_obj(&res->cookie, COOKIE);
	CHECK_EQ(res->stat, NLM4_DEADLCK);
}

TEST_ARGS(res)

/*
 * LOCK as it stands on the wire, byte by byte: a cookie of 4, block, not exclusive, caller
 * "abc", handle of 5, owner of 2, svid 7, the range, no reclaim, state 3.
 */
static const u8 LOCK4[] = {
	0, 0, 0, 4,  0xde, 0xad, 0xbe, 0xef,
	0, 0, 0, 1,  0, 0, 0, 0,
	0, 0, 0, 3,  'a', 'b', 'c', 0,
	0, 0, 0, 5,  1, 2, 3, 4, 5, 0, 0, 0,
	0, 0, 0, 2,  0xaa, 0xbb, 0, 0,
	0, 0, 0, 7,
	0, 0, 0, 1, 0, 0, 0, 2,
	0, 0, 0, 3, 0, 0, 0, 4,
	0, 0, 0, 0,  0, 0, 0, 3,
};

static const u8 LOCK1[] = {
	0, 0, 0, 4,  0xde, 0xad, 0xbe, 0xef,
	0, 0, 0, 1,  0, 0, 0, 0,
	0, 0, 0, 3,  'a', 'b', 'c', 0,
	0, 0, 0, 5,  1, 2, 3, 4, 5, 0, 0, 0,
	0, 0, 0, 2,  0xaa, 0xbb, 0, 0,
	0, 0, 0, 7,
	0x80, 0, 0, 2,
	0x90, 0, 0, 4,
	0, 0, 0, 0,  0, 0, 0, 3,
};

TEST(lock_byte_by_byte)
{
	struct nlm_lockargs args;
	struct wire w = {};

	vers = 4;
	wire_raw(&w, LOCK4, sizeof(LOCK4));
	CHECK(wire_decode_cut(&w, w.len, d_lockargs, &args, NULL));
	CHECK_EQ(args.cookie.len, 4);
	CHECK(args.block && !args.exclusive && !args.reclaim);
	CHECK_EQ(args.alock.caller_name.len, 3);
	CHECK_EQ(args.alock.fh.len, 5);
	CHECK_EQ(args.alock.oh.len, 2);
	CHECK_EQ(args.alock.svid, 7);
	CHECK_EQ(args.alock.l_offset, 0x100000002ULL);
	CHECK_EQ(args.alock.l_len, 0x300000004ULL);
	CHECK_EQ(args.state, 3);

	for (vers = 1; vers <= 3; vers += 2) {
		w.len = 0;
		wire_raw(&w, LOCK1, sizeof(LOCK1));
		CHECK(wire_decode_cut(&w, w.len, d_lockargs, &args, NULL));
		CHECK_EQ(args.alock.l_offset, 0x80000002);
		CHECK_EQ(args.alock.l_len, 0x90000004);
		CHECK_EQ(args.state, 3);
	}
	done();
}

/* ---- limits -------------------------------------------------------------- */

/* LOCK whose items have these lengths. */
static void make_sized(struct wire *w, u32 cookie, u32 caller, u32 fh, u32 oh)
{
	w->len = 0;
	wire_run(w, 'c', cookie);
	wire_u32(w, 0);
	wire_u32(w, 0);
	wire_run(w, 'n', caller);
	wire_run(w, 'f', fh);
	wire_run(w, 'o', oh);
	wire_u32(w, 0);
	put_place(w, 0);
	put_place(w, 0);
	wire_u32(w, 0);
	wire_u32(w, 0);
}

static u32 sizes[4];

static void check_run(const void *data, u32 len, char c, u32 want)
{
	const char *p = data;
	u32 i;

	CHECK_EQ(len, want);
	if (!CHECK(p))
		return;
	for (i = 0; i < len && p[i] == c; i++)
		;
	CHECK_EQ(i, want);
}

static void check_sized(const void *p)
{
	const struct nlm_lockargs *args = p;
	const struct nlm_lock *lock = &args->alock;

	check_run(args->cookie.data, args->cookie.len, 'c', sizes[0]);
	check_run(lock->caller_name.bytes, lock->caller_name.len, 'n', sizes[1]);
	check_run(lock->fh.data, lock->fh.len, 'f', sizes[2]);
	check_run(lock->oh.data, lock->oh.len, 'o', sizes[3]);
}

/* In one piece and in some, with the room asked for. */
static bool sized_ok(u32 cookie, u32 caller, u32 fh, u32 oh)
{
	static const size_t steps[] = { 1, 3, 7, 64, 333, 1000, 16384 };
	struct nlm_lockargs args;
	struct wire w = {};
	unsigned int i, ok = 0;

	sizes[0] = cookie;
	sizes[1] = caller;
	sizes[2] = fh;
	sizes[3] = oh;
	make_sized(&w, cookie, caller, fh, oh);
	for (i = 0; i < 7; i++)
		ok += wire_decode_split(&w, steps[i], d_lockargs, &args, check_sized);
	CHECK(ok == 0 || ok == 7);
	return ok;
}

TEST(lengths)
{
	unsigned int i;
	u32 n;

	for (i = 0; i < 3; i++) {
		vers = versions[i];
		CHECK(sized_ok(0, 0, 0, 0));
		CHECK(sized_ok(1024, 1024, 64, 1024));
		for (n = 0; n <= 4; n++) {
			CHECK(sized_ok(1024 - n, 1, 1, 1));
			CHECK(sized_ok(1, 1024 - n, 1, 1));
			CHECK(sized_ok(1, 1, 64 - n, 1));
			CHECK(sized_ok(1, 1, 1, 1024 - n));
			CHECK(!sized_ok(1025 + n, 1, 1, 1));
			CHECK(!sized_ok(1, 1025 + n, 1, 1));
			CHECK(!sized_ok(1, 1, 65 + n, 1));
			CHECK(!sized_ok(1, 1, 1, 1025 + n));
		}
	}
	done();
}

TEST(length_of_a_notified_name)
{
	struct nlm_notify args;
	struct wire w = {};
	u32 len;

	for (len = 1020; len <= 1030; len++) {
		w.len = 0;
		wire_run(&w, 'n', len);
		wire_u32(&w, 0);
		CHECK_EQ(wire_decode_split(&w, 100, d_notify, &args, NULL), len <= 1025);
	}
	done();
}

TEST(lengths_of_a_share)
{
	static const u32 most[] = { 1024, 1024, 64, 1024 };
	struct nlm_shareargs args;
	unsigned int i, j, over;
	struct wire w = {};

	for (i = 0; i < 4; i++) {
		for (over = 0; over <= 1; over++) {
			w.len = 0;
			for (j = 0; j < 4; j++)
				wire_run(&w, 'x', j == i ? most[j] + over : most[j]);
			wire_u32(&w, 0);
			wire_u32(&w, 0);
			wire_u32(&w, 0);
			CHECK_EQ(wire_decode_cut(&w, w.len, d_shareargs, &args, NULL), !over);
			CHECK_EQ(wire_decode_split(&w, 50, d_shareargs, &args, NULL), !over);
		}
	}
	done();
}

/* Lengths near 2^32, whose padding overflows 32 bits. */
TEST(lengths_that_cannot_be)
{
	struct nlm_lockargs args;
	struct wire w = {};
	u32 n;

	vers = 4;
	for (n = 0xfffffff8; n; n++) {
		w.len = 0;
		wire_u32(&w, n);
		wire_u64(&w, 0);
		wire_u64(&w, 0);
		CHECK(wire_refused(&w, d_lockargs, sizeof(args)));
		CHECK(!wire_decode_split(&w, 6, d_lockargs, &args, NULL));
	}
	done();
}

/* Room is asked for only if there may be use for it, and never written beyond. */
TEST(scratch_room)
{
	struct nlm_lockargs args;
	struct kvec segs[2];
	struct ditto_cursor cur;
	struct wire w = {};

	vers = 4;
	make_sized(&w, 8, 1000, 32, 20);
	segs[0] = (struct kvec){ .iov_base = w.data, .iov_len = w.len };
	ditto_cursor_init(&cur, segs, w.len);
	CHECK_EQ(nlm_scratch_need(&cur), 0);
	CHECK(d_lockargs(&cur, &args));
	CHECK(args.alock.caller_name.bytes == (char *)w.data + 4 + 8 + 4 + 4 + 4);

	segs[0].iov_len = 40;
	segs[1] = (struct kvec){ .iov_base = w.data + 40, .iov_len = w.len - 40 };
	ditto_cursor_init(&cur, segs, w.len);
	CHECK_EQ(nlm_scratch_need(&cur), w.len);
	CHECK(d_lockargs(&cur, &args));
	CHECK(args.cookie.data == w.data + 4);
	CHECK(args.alock.caller_name.bytes == (char *)room);
	CHECK_EQ(scratch.left, w.len - 1000);

	room_short = w.len - 1000;
	ditto_cursor_init(&cur, segs, w.len);
	CHECK(d_lockargs(&cur, &args));
	CHECK_EQ(scratch.left, 0);

	room_short++;
	ditto_cursor_init(&cur, segs, w.len);
	CHECK(!d_lockargs(&cur, &args));
	room_short = 0;

	make_sized(&w, 1024, 1024, 64, 1024);
	segs[1].iov_len = w.len - 40;
	ditto_cursor_init(&cur, segs, w.len);
	CHECK_EQ(nlm_scratch_need(&cur), NLM_SCRATCH_MAX);
	done();
}

/* ---- values that are refused --------------------------------------------- */

/* The word at @at may be 0 to @last and nothing else. */
static void only(struct wire *w, size_t at, u32 last, wire_decode decode)
{
	u32 values[] = { 0, 1, 2, 3, 4, 5, 6, 9, 10, 0x100, 0x1000000, 0x80000000, 0xffffffff };
	u32 was = get_unaligned_be32(w->data + at);
	u8 args[256];
	unsigned int i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		put_unaligned_be32(values[i], w->data + at);
		if (!CHECK_EQ(wire_decode_cut(w, w->len, decode, args, NULL), values[i] <= last))
			printf("# version %u, at %zu: %u\n", vers, at, values[i]);
	}
	put_unaligned_be32(was, w->data + at);
}

TEST(bools)
{
	struct wire w = {};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		vers = versions[i];
		make_testargs(&w);
		only(&w, 8, 1, d_testargs);
		make_lockargs(&w);
		only(&w, 8, 1, d_lockargs);
		only(&w, 12, 1, d_lockargs);
		only(&w, w.len - 8, 1, d_lockargs);
		make_cancargs(&w);
		only(&w, 8, 1, d_cancargs);
		only(&w, 12, 1, d_cancargs);
		make_shareargs(&w);
		only(&w, w.len - 4, 1, d_shareargs);
	}
	done();
}

TEST(enums)
{
	struct wire w = {};
	unsigned int i;

	make_shareargs(&w);
	only(&w, w.len - 12, 3, d_shareargs);
	only(&w, w.len - 8, 3, d_shareargs);
	for (i = 0; i < 3; i++) {
		vers = versions[i];
		make_res(&w);
		only(&w, w.len - 4, vers == 4 ? 9 : 5, d_res);
	}
	done();
}

/* ---- what we send -------------------------------------------------------- */

#define OBJ(bytes)	{ .data = (const u8 *)(bytes), .len = sizeof(bytes) - 1 }
#define STRING(s)	{ .bytes = (s), .len = sizeof(s) - 1 }

static void check_sent(struct wire_out *out, const void *want, size_t len)
{
	struct wire w = {};

	wire_raw(&w, want, len);
	wire_out_check(out, &w);
}

TEST(put_granted)
{
	static const u8 want4[] = {
		0, 0, 0, 2,  0xca, 0xfe, 0, 0,
		0, 0, 0, 1,
		0, 0, 0, 6,  's', 'e', 'r', 'v', 'e', 'r', 0, 0,
		0, 0, 0, 4,  9, 8, 7, 6,
		0, 0, 0, 1,  0xaa, 0, 0, 0,
		0xff, 0xff, 0xff, 0xfe,
		0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
		0, 0, 0, 0, 0, 0, 0, 1,
	};
	static const u8 want3[] = {
		0, 0, 0, 2,  0xca, 0xfe, 0, 0,
		0, 0, 0, 1,
		0, 0, 0, 6,  's', 'e', 'r', 'v', 'e', 'r', 0, 0,
		0, 0, 0, 4,  9, 8, 7, 6,
		0, 0, 0, 1,  0xaa, 0, 0, 0,
		0xff, 0xff, 0xff, 0xfe,
		0x80, 0, 0, 0,
		0x7f, 0xff, 0xff, 0xff,
	};
	struct nlm_testargs args = {
		.cookie		= OBJ("\xca\xfe"),
		.exclusive	= true,
		.alock = {
			.caller_name	= STRING("server"),
			.fh		= OBJ("\x09\x08\x07\x06"),
			.oh		= OBJ("\xaa"),
			.svid		= -2,
			.l_offset	= 0x7ffffffffffffffeULL,
			.l_len		= 1,
		},
	};
	struct wire_out out;

	wire_out_init(&out, 4096);
	nlm_put_testargs(&out.enc, 4, &args);
	check_sent(&out, want4, sizeof(want4));

	args.alock.l_offset = 0x80000000;
	args.alock.l_len = 0x7fffffff;
	for (vers = 1; vers <= 3; vers += 2) {
		wire_out_init(&out, 4096);
		nlm_put_testargs(&out.enc, vers, &args);
		check_sent(&out, want3, sizeof(want3));
	}
}

TEST(put_res)
{
	static const u8 want[] = { 0, 0, 0, 3,  1, 2, 3, 0,  0, 0, 0, 3 };
	struct nlm_res res = { .cookie = OBJ("\x01\x02\x03"), .stat = NLM4_BLOCKED };
	struct wire_out out;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		wire_out_init(&out, 4096);
		nlm_put_res(&out.enc, versions[i], &res);
		check_sent(&out, want, sizeof(want));
	}
}

TEST(put_no_cookie)
{
	static const u8 want[] = { 0, 0, 0, 0,  0, 0, 0, 0 };
	struct nlm_res res = { .stat = NLM4_GRANTED };
	struct wire_out out;

	wire_out_init(&out, 4096);
	nlm_put_res(&out.enc, 4, &res);
	check_sent(&out, want, sizeof(want));
}

/* The longest cookie comes back as it is. */
TEST(cookie_comes_back)
{
	struct nlm_lockargs args;
	struct wire w = {}, want = {};
	struct wire_out out;
	struct ditto_cursor cur;
	struct kvec seg;

	vers = 4;
	make_sized(&w, 1024, 5, 5, 5);
	seg = (struct kvec){ .iov_base = w.data, .iov_len = w.len };
	ditto_cursor_init(&cur, &seg, w.len);
	CHECK(d_lockargs(&cur, &args));
	wire_out_init(&out, 4096);
	nlm_put_res(&out.enc, 4, &(struct nlm_res){ args.cookie, NLM4_GRANTED });
	wire_run(&want, 'c', 1024);
	wire_u32(&want, 0);
	wire_out_check(&out, &want);
	done();
}

TEST(put_shareres)
{
	static const u8 want[] = { 0, 0, 0, 1,  0x55, 0, 0, 0,  0, 0, 0, 1,  0xff, 0xff, 0xff, 0xff };
	struct nlm_shareres res = { .cookie = OBJ("\x55"), .stat = NLM4_DENIED, .sequence = -1 };
	struct wire_out out;

	for (vers = 3; vers <= 4; vers++) {
		wire_out_init(&out, 4096);
		nlm_put_shareres(&out.enc, vers, &res);
		check_sent(&out, want, sizeof(want));
	}
}

/* Statuses: themselves in version 4, none above 5 in the others, and no holder but of DENIED. */
TEST(statuses)
{
	static const u8 old[] = { 0, 1, 2, 3, 4, 5, 2, 2, 2, 2 };
	struct nlm_testres test = { .holder = { .svid = 99 } };
	struct nlm_shareres share = {};
	struct wire_out out;
	struct wire got;
	u32 i, stat, want;

	for (i = 0; i < 3; i++) {
		for (stat = 0; stat <= NLM4_FAILED; stat++) {
			want = versions[i] == 4 ? stat : old[stat];
			CHECK_EQ(nlm_stat_in_version(versions[i], stat), want);

			wire_out_init(&out, 4096);
			nlm_put_res(&out.enc, versions[i], &(struct nlm_res){ .stat = stat });
			wire_out_flat(&out, &got);
			CHECK_EQ(got.len, 8);
			CHECK_EQ(get_unaligned_be32(got.data + 4), want);

			test.stat = stat;
			wire_out_init(&out, 4096);
			nlm_put_testres(&out.enc, versions[i], &test);
			wire_out_flat(&out, &got);
			CHECK_EQ(got.len, stat != 1 ? 8 : versions[i] == 4 ? 36 : 28);
			CHECK_EQ(get_unaligned_be32(got.data + 4), want);

			share.stat = stat;
			wire_out_init(&out, 4096);
			nlm_put_shareres(&out.enc, versions[i], &share);
			wire_out_flat(&out, &got);
			CHECK_EQ(got.len, 12);
			CHECK_EQ(get_unaligned_be32(got.data + 4), want);
		}
	}
}

TEST(put_holder)
{
	static const u8 want4[] = {
		0, 0, 0, 4,  't', 'e', 's', 't',
		0, 0, 0, 1,
		0, 0, 0, 1,
		0x80, 0, 0, 0,
		0, 0, 0, 3,  'o', 'w', 'n', 0,
		0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	static const u8 want3[] = {
		0, 0, 0, 4,  't', 'e', 's', 't',
		0, 0, 0, 1,
		0, 0, 0, 1,
		0x80, 0, 0, 0,
		0, 0, 0, 3,  'o', 'w', 'n', 0,
		0xff, 0xff, 0xff, 0xff,
		0, 0, 0, 0,
	};
	struct nlm_testres res = {
		.cookie = OBJ("test"),
		.stat = NLM4_DENIED,
		.holder = {
			.exclusive	= true,
			.svid		= (s32)0x80000000,
			.oh		= OBJ("own"),
			.l_offset	= 0x123456789abcdef0ULL,
			.l_len		= U64_MAX,
		},
	};
	struct wire_out out;

	wire_out_init(&out, 4096);
	nlm_put_testres(&out.enc, 4, &res);
	check_sent(&out, want4, sizeof(want4));
	for (vers = 1; vers <= 3; vers += 2) {
		wire_out_init(&out, 4096);
		nlm_put_testres(&out.enc, vers, &res);
		check_sent(&out, want3, sizeof(want3));
	}
}

/* How a range looks in 32 bits. */
TEST(narrow_ranges)
{
	static const struct {
		u64 offset, len;
		u32 want_offset, want_len;
	} cases[] = {
		{ 0, 0, 0, 0 },
		{ 0, 1, 0, 1 },
		{ 5, 0, 5, 0 },
		{ 0, 0xffffffff, 0, 0xffffffff },
		{ 0, 0x100000000ULL, 0, 0 },
		{ 0, 0x100000001ULL, 0, 0 },
		{ 1, 0xffffffff, 1, 0xffffffff },
		{ 2, 0xffffffff, 2, 0 },
		{ 2, 0xfffffffe, 2, 0xfffffffe },
		{ 0x80000000, 0x80000000, 0x80000000, 0x80000000 },
		{ 0x80000000, 0x80000001, 0x80000000, 0 },
		{ 0xffffffff, 0, 0xffffffff, 0 },
		{ 0xffffffff, 1, 0xffffffff, 1 },
		{ 0xffffffff, 2, 0xffffffff, 0 },
		{ 0x100000000ULL, 1, 0xffffffff, 0 },
		{ 0x100000005ULL, 0, 0xffffffff, 0 },
		{ U64_MAX, 1, 0xffffffff, 0 },
		{ U64_MAX, U64_MAX, 0xffffffff, 0 },
		{ 7, U64_MAX, 7, 0 },
	};
	struct nlm_testres res = { .stat = NLM4_DENIED };
	struct wire_out out;
	struct wire got;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		res.holder.l_offset = cases[i].offset;
		res.holder.l_len = cases[i].len;
		wire_out_init(&out, 4096);
		nlm_put_testres(&out.enc, 3, &res);
		wire_out_flat(&out, &got);
		CHECK_EQ(got.len, 28);
		CHECK_EQ(get_unaligned_be32(got.data + 20), cases[i].want_offset);
		CHECK_EQ(get_unaligned_be32(got.data + 24), cases[i].want_len);

		wire_out_init(&out, 4096);
		nlm_put_testres(&out.enc, 4, &res);
		wire_out_flat(&out, &got);
		CHECK_EQ(get_unaligned_be64(got.data + 20), cases[i].offset);
		CHECK_EQ(get_unaligned_be64(got.data + 28), cases[i].len);
	}
}

/*
 * GRANTED names the range as the client did, be it one that leaves 32 bits: it is how the
 * client finds the lock it waits for.
 */
TEST(granted_is_read_back)
{
	struct wire_out out;
	struct wire w = {}, again = {};
	struct nlm_testargs args;
	struct ditto_cursor cur;
	struct kvec seg;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		vers = versions[i];
		make_testargs(&w);
		seg = (struct kvec){ .iov_base = w.data, .iov_len = w.len };
		ditto_cursor_init(&cur, &seg, w.len);
		CHECK(d_testargs(&cur, &args));
		wire_out_init(&out, 4096);
		nlm_put_testargs(&out.enc, vers, &args);
		wire_out_flat(&out, &again);
		if (CHECK_EQ(again.len, w.len))
			CHECK_MEM(again.data, w.data, w.len);
	}
	done();
}

/* A reply that cannot be had whole is bad, nothing worse. */
TEST(no_room)
{
	struct nlm_testres res = { .cookie = OBJ("cookie"), .stat = NLM4_DENIED };
	struct wire_out out;
	u32 limit;

	for (limit = 0; limit < 44; limit += 4) {
		wire_out_init(&out, limit);
		nlm_put_testres(&out.enc, 4, &res);
		CHECK(!ditto_encoder_ok(&out.enc));
	}
	wire_out_init(&out, limit);
	nlm_put_testres(&out.enc, 4, &res);
	CHECK(ditto_encoder_ok(&out.enc));
}

/* The numbers of the standards. */
TEST(numbers)
{
	CHECK_EQ(NLMPROC_GRANTED, 5);
	CHECK_EQ(NLMPROC_TEST_MSG, 6);
	CHECK_EQ(NLMPROC_GRANTED_MSG, 10);
	CHECK_EQ(NLMPROC_TEST_RES, 11);
	CHECK_EQ(NLMPROC_GRANTED_RES, 15);
	CHECK_EQ(NLMPROC_NR_V1, 16);
	CHECK_EQ(NLMPROC_SHARE, 20);
	CHECK_EQ(NLMPROC_UNSHARE, 21);
	CHECK_EQ(NLMPROC_NM_LOCK, 22);
	CHECK_EQ(NLMPROC_FREE_ALL, 23);
	CHECK_EQ(NLM4_DEADLCK, 5);
	CHECK_EQ(NLM4_FAILED, 9);
	CHECK_EQ(FSM_DRW, 3);
	CHECK_EQ(FSA_RW, 3);
}
