// SPDX-License-Identifier: GPL-2.0-only
/* Claims: reading them, and the words for them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "claims.h"

#define DUMP_TRIES	20

/* ---- reading ------------------------------------------------------------- */

static uint64_t *claim_number(struct claim *c, int type)
{
	switch (type) {
	case DITTO_A_CLAIM_ID:
		return &c->who.claim;
	case DITTO_A_CLAIM_HOLD:
		return &c->hold;
	case DITTO_A_CLAIM_CLIENT_ID:
		return &c->who.client_id;
	case DITTO_A_CLAIM_AGE:
		return &c->who.age;
	case DITTO_A_CLAIM_INODE:
		return &c->inode;
	case DITTO_A_CLAIM_FIRST:
		return &c->first;
	case DITTO_A_CLAIM_LAST:
		return &c->last;
	case DITTO_A_CLAIM_BY_ID:
		return &c->by.claim;
	case DITTO_A_CLAIM_BY_CLIENT_ID:
		return &c->by.client_id;
	case DITTO_A_CLAIM_BY_AGE:
		return &c->by.age;
	default:
		return NULL;
	}
}

static uint32_t *claim_word(struct claim *c, int type)
{
	switch (type) {
	case DITTO_A_CLAIM_KIND:
		return &c->kind;
	case DITTO_A_CLAIM_STATE:
		return &c->state;
	case DITTO_A_CLAIM_ACCESS:
		return &c->access;
	case DITTO_A_CLAIM_DENY:
		return &c->deny;
	case DITTO_A_CLAIM_BITS:
		return &c->bits;
	case DITTO_A_CLAIM_EVENT:
		return &c->event;
	default:
		return NULL;
	}
}

static char **claim_string(struct claim *c, int type)
{
	switch (type) {
	case DITTO_A_CLAIM_PROTOCOL:
		return &c->who.protocol;
	case DITTO_A_CLAIM_CLIENT:
		return &c->who.client;
	case DITTO_A_CLAIM_OWNER:
		return &c->who.owner;
	case DITTO_A_CLAIM_EXPORT:
		return &c->export;
	case DITTO_A_CLAIM_PATH:
		return &c->path;
	case DITTO_A_CLAIM_BY_PROTOCOL:
		return &c->by.protocol;
	case DITTO_A_CLAIM_BY_CLIENT:
		return &c->by.client;
	case DITTO_A_CLAIM_BY_OWNER:
		return &c->by.owner;
	default:
		return NULL;
	}
}

static bool *claim_flag(struct claim *c, int type)
{
	switch (type) {
	case DITTO_A_CLAIM_REMOVED:
		return &c->removed;
	case DITTO_A_CLAIM_EMPTY:
		return &c->empty;
	case DITTO_A_CLAIM_EXCLUSIVE:
		return &c->exclusive;
	case DITTO_A_CLAIM_BY_WAITS:
		return &c->by_waits;
	default:
		return NULL;
	}
}

/**
 * claim_read - read a claim out of a message
 * @claim: cleared; filled in, for claim_free()
 * @attrs: the message's attributes
 * @len: bytes of them
 */
void claim_read(struct claim *claim, struct nlattr *attrs, int len)
{
	struct nlattr *attr;
	int rem, type;

	nla_for_each_attr(attr, attrs, len, rem) {
		type = nla_type(attr);
		if (claim_number(claim, type)) {
			*claim_number(claim, type) = ditto_nl_get_uint(attr);
		} else if (claim_word(claim, type)) {
			*claim_word(claim, type) = nla_get_u32(attr);
		} else if (claim_flag(claim, type)) {
			*claim_flag(claim, type) = true;
		} else if (claim_string(claim, type)) {
			free(*claim_string(claim, type));
			*claim_string(claim, type) = xstrndup(nla_data(attr), nla_len(attr));
		}
	}
}

static void party_free(struct party *party)
{
	free(party->protocol);
	free(party->client);
	free(party->owner);
}

/**
 * claim_free - free what a claim has
 * @claim: from claim_read()
 */
void claim_free(struct claim *claim)
{
	party_free(&claim->who);
	party_free(&claim->by);
	free(claim->export);
	free(claim->path);
}

/**
 * claims_free - free claims
 * @claims: from claims_get()
 */
void claims_free(struct claims *claims)
{
	size_t i;

	for (i = 0; i < claims->nr; i++)
		claim_free(&claims->list[i]);
	free(claims->list);
	memset(claims, 0, sizeof(*claims));
}

/**
 * claim_is_of - is it a client's?
 * @claim: the claim
 * @client: id or name; NULL: anybody
 *
 * Return: true if so.
 */
bool claim_is_of(const struct claim *claim, const char *client)
{
	uint64_t id;

	if (!client)
		return true;
	if (claim->who.client && !strcmp(claim->who.client, client))
		return true;
	return word_number(client, UINT64_MAX, &id) && claim->who.client_id == id;
}

/**
 * struct reading - claims being read
 * @claims: where to
 * @client: of this one only
 */
struct reading {
	struct claims	*claims;
	const char	*client;
};

static int read_claim(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct reading *reading = arg;
	struct claims *claims = reading->claims;
	struct claim claim = {};

	(void)cmd;
	claim_read(&claim, attrs, len);
	if (!claim_is_of(&claim, reading->client)) {
		claim_free(&claim);
		return 0;
	}
	claims->list = xgrow(claims->list, claims->nr, sizeof(claim));
	claims->list[claims->nr++] = claim;
	return 0;
}

/**
 * claims_get - ask for claims
 * @nl: connection to the kernel
 * @filter: which
 * @claims: filled in, for claims_free()
 *
 * Return: 0 or a negative errno.
 */
int claims_get(struct ditto_nl *nl, const struct claim_filter *filter, struct claims *claims)
{
	struct reading reading = { .claims = claims, .client = filter->client };
	struct nl_msg *msg;
	int tries, err = -EAGAIN;

	memset(claims, 0, sizeof(*claims));
	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		claims_free(claims);
		msg = ditto_nl_msg(nl, DITTO_CMD_LOCK_GET, 2 * DITTO_PATH_MAX);
		if (msg && filter->file && nla_put_string(msg, DITTO_A_CLAIM_FILE, filter->file)) {
			nlmsg_free(msg);
			msg = NULL;
		}
		err = ditto_nl_dump_msg(nl, msg, read_claim, &reading);
	}
	return err;
}

/**
 * claim_path - the file that is meant
 * @nl: connection to the kernel
 * @file: a path, or EXPORT:/PATH as it is shown
 *
 * Return: its path here, for free(); @file's copy if it is no such.
 */
char *claim_path(struct ditto_nl *nl, const char *file)
{
	const char *colon = strstr(file, ":/");
	struct exports exports;
	char *path = NULL;
	size_t i;

	if (!colon || !access(file, F_OK) || exports_get(nl, &exports))
		return xstrdup(file);
	for (i = 0; i < exports.nr && !path; i++) {
		const struct export *e = &exports.list[i];

		if (strlen(e->name) == (size_t)(colon - file) &&
		    !strncmp(e->name, file, colon - file) &&
		    asprintf(&path, "%s%s", e->path, colon + 1) < 0)
			path = NULL;
	}
	exports_free(&exports);
	return path ? path : xstrdup(file);
}

/* ---- words --------------------------------------------------------------- */

/**
 * claim_file - where a claim is
 * @claim: the claim
 *
 * Return: EXPORT:/PATH, for free().
 */
char *claim_file(const struct claim *claim)
{
	const char *export = claim->export ? claim->export : "?";
	char *text;
	int len;

	if (claim->path)
		len = asprintf(&text, "%s:%s%s", export, claim->path,
			       claim->removed ? " (removed)" : "");
	else
		len = asprintf(&text, "%s:(inode %" PRIu64 ")%s", export, claim->inode,
			       claim->removed ? " (removed)" : "");
	return len < 0 ? xstrdup("?") : text_clean(text);
}

/**
 * party_text - whose a claim is
 * @party: of a claim
 *
 * Return: words, for free().
 */
char *party_text(const struct party *party)
{
	bool owner = party->owner && *party->owner;
	char *text;
	int len;

	if (party->protocol && !strcmp(party->protocol, "local"))
		len = asprintf(&text, "a program on this machine%s%s%s", owner ? " (" : "",
			       owner ? party->owner : "", owner ? ")" : "");
	else
		len = asprintf(&text, "client %s (%s%s%s)", party->client ? party->client : "?",
			       party->protocol ? party->protocol : "?", owner ? ", " : "",
			       owner ? party->owner : "");
	return len < 0 ? xstrdup("?") : text_clean(text);
}

static void range_text(const struct claim *c, char text[CLAIM_TEXT])
{
	const char *how = c->exclusive ? " exclusive" : " shared";

	/* what is unlocked may have been either */
	if (c->event == DITTO_LOCK_EVENT_KIND_RELEASED && !c->exclusive && !c->who.claim)
		how = "";
	if (c->empty)
		snprintf(text, CLAIM_TEXT, "no byte at %" PRIu64 "%s", c->first, how);
	else if (c->last == UINT64_MAX && !c->first)
		snprintf(text, CLAIM_TEXT, "all bytes%s", how);
	else if (c->last == UINT64_MAX)
		snprintf(text, CLAIM_TEXT, "bytes %" PRIu64 "-end%s", c->first, how);
	else
		snprintf(text, CLAIM_TEXT, "bytes %" PRIu64 "-%" PRIu64 "%s", c->first, c->last,
			 how);
}

static const char *const access_words[] = { "read", "write", "delete" };
static const char *const bit_words[] = { "read", "write", "handle" };

static void words_text(char *text, size_t size, const char *const *words, uint32_t bits)
{
	size_t i, used = 0;

	snprintf(text, size, "nothing");
	for (i = 0; i < 3; i++) {
		if (bits & (1u << i))
			used += snprintf(text + used, size - used, "%s%s", used ? "+" : "",
					 words[i]);
	}
}

/**
 * claim_what - what is claimed
 * @claim: the claim
 * @text: filled in
 */
void claim_what(const struct claim *claim, char text[CLAIM_TEXT])
{
	char access[32], deny[32];

	switch (claim->kind) {
	case DITTO_LOCK_KIND_RANGE:
		range_text(claim, text);
		break;
	case DITTO_LOCK_KIND_SHARE:
		words_text(access, sizeof(access), access_words, claim->access);
		words_text(deny, sizeof(deny), access_words, claim->deny);
		snprintf(text, CLAIM_TEXT, "open for %s, denies %s", access, deny);
		break;
	default:
		words_text(access, sizeof(access), bit_words, claim->bits);
		snprintf(text, CLAIM_TEXT, "cache of %s", access);
	}
}

/**
 * claim_state - the word for a claim's state
 * @claim: the claim
 *
 * Return: the word, as it is in JSON too.
 */
const char *claim_state(const struct claim *claim)
{
	switch (claim->state) {
	case DITTO_LOCK_STATE_WAITING:
		return "waiting";
	case DITTO_LOCK_STATE_BREAKING:
		return "breaking";
	default:
		return "held";
	}
}

/* ---- JSON ---------------------------------------------------------------- */

static void json_words(struct json *j, const char *key, const char *const *words, uint32_t bits)
{
	size_t i;

	json_array(j, key);
	for (i = 0; i < 3; i++) {
		if (bits & (1u << i))
			json_string(j, NULL, words[i]);
	}
	json_close(j);
}

static void json_id(struct json *j, const char *key, uint64_t id)
{
	if (id)
		json_number(j, key, id);
	else
		json_null(j, key);
}

static void json_party(struct json *j, const struct party *party)
{
	json_id(j, "id", party->claim);
	json_string(j, "protocol", party->protocol);
	json_id(j, "client_id", party->client_id);
	json_string(j, "client", party->client);
	json_string(j, "owner", party->owner);
	json_number(j, "age_ms", party->age);
}

static void json_what(struct json *j, const struct claim *c)
{
	switch (c->kind) {
	case DITTO_LOCK_KIND_RANGE:
		json_string(j, "kind", "range");
		json_number(j, "first", c->first);
		if (c->last == UINT64_MAX)
			json_null(j, "last");
		else
			json_number(j, "last", c->last);
		json_bool(j, "empty", c->empty);
		json_bool(j, "exclusive", c->exclusive);
		break;
	case DITTO_LOCK_KIND_SHARE:
		json_string(j, "kind", "share");
		json_words(j, "access", access_words, c->access);
		json_words(j, "deny", access_words, c->deny);
		break;
	default:
		json_string(j, "kind", "cache");
		json_words(j, "bits", bit_words, c->bits);
	}
}

/**
 * claim_json - the members of a claim's object
 * @j: inside an object
 * @claim: the claim
 */
void claim_json(struct json *j, const struct claim *claim)
{
	json_party(j, &claim->who);
	json_number(j, "hold", claim->hold);
	json_string(j, "state", claim_state(claim));
	json_string(j, "export", claim->export);
	json_string(j, "path", claim->path);
	json_number(j, "inode", claim->inode);
	json_bool(j, "removed", claim->removed);
	json_what(j, claim);
	if (!claim->by.protocol) {
		json_null(j, "waits_for");
		return;
	}
	json_object(j, "waits_for");
	json_party(j, &claim->by);
	json_bool(j, "waits", claim->by_waits);
	json_close(j);
}
