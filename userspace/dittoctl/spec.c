// SPDX-License-Identifier: GPL-2.0-only
/* Reading a client and its options. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "spec.h"

#define NOBODY		65534

const char *const spec_flavors[] = { "none", "sys", "krb5", "krb5i", "krb5p", "ntlm", NULL };

/* Words that exclude each other have the same topic. */
enum topic { TOPIC_WRITE, TOPIC_ROOT, TOPIC_ALL, TOPIC_PORT, TOPIC_UID, TOPIC_GID, TOPIC_SEC };

static const struct option_word {
	const char	*word;
	enum topic	topic;
	uint32_t	set, clear;
} option_words[] = {
	{ "rw", TOPIC_WRITE, DITTO_RULE_FLAGS_RW, 0 },
	{ "ro", TOPIC_WRITE, 0, DITTO_RULE_FLAGS_RW },
	{ "root_squash", TOPIC_ROOT, 0, DITTO_RULE_FLAGS_NO_ROOT_SQUASH },
	{ "no_root_squash", TOPIC_ROOT, DITTO_RULE_FLAGS_NO_ROOT_SQUASH, 0 },
	{ "all_squash", TOPIC_ALL, DITTO_RULE_FLAGS_ALL_SQUASH, 0 },
	{ "no_all_squash", TOPIC_ALL, 0, DITTO_RULE_FLAGS_ALL_SQUASH },
	{ "secure", TOPIC_PORT, 0, DITTO_RULE_FLAGS_INSECURE },
	{ "insecure", TOPIC_PORT, DITTO_RULE_FLAGS_INSECURE, 0 },
};

static const char *const option_names[] = {
	"rw", "ro", "root_squash", "no_root_squash", "all_squash", "no_all_squash", "secure",
	"insecure", "anonuid=", "anongid=", "sec=", NULL
};

/**
 * spec_init - everybody, read-only, root squashed, AUTH_SYS, from any port
 * @spec: gets it
 */
void spec_init(struct spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	spec->flags = DITTO_RULE_FLAGS_INSECURE;
	spec->sec = DITTO_SEC_FLAVORS_SYS;
	spec->anon_uid = NOBODY;
	spec->anon_gid = NOBODY;
}

/* Bits behind the prefix must be clear; @clean gets the address with them cleared. */
static bool network_clean(const struct spec *spec, uint8_t clean[16])
{
	unsigned int bytes = spec->family == AF_INET ? 4 : 16;
	unsigned int i, keep;

	for (i = 0; i < bytes; i++) {
		keep = spec->prefix > i * 8 ? spec->prefix - i * 8 : 0;
		clean[i] = keep >= 8 ? spec->addr[i] : spec->addr[i] & (uint8_t)(0xff00 >> keep);
	}
	return !memcmp(clean, spec->addr, bytes);
}

/* "8", or of IPv4 also "255.0.0.0". */
static bool network_prefix(struct spec *spec, const char *text)
{
	unsigned int max = spec->family == AF_INET ? 32 : 128;
	struct in_addr mask;
	uint64_t bits;
	uint32_t m;

	if (word_number(text, max, &bits)) {
		spec->prefix = bits;
		return true;
	}
	if (spec->family != AF_INET || inet_pton(AF_INET, text, &mask) != 1)
		return false;
	m = ntohl(mask.s_addr);
	if (m && (~m & (~m + 1)))
		return false;
	spec->prefix = m ? 32 - __builtin_ctz(m) : 0;
	return true;
}

static bool network_mapped(const struct spec *spec)
{
	return spec->family == AF_INET6 && IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)spec->addr);
}

/* @addr is the part of @who before the prefix, @prefix behind the slash or NULL. */
static bool spec_network(struct spec *spec, const char *who, const char *addr,
			 const char *prefix, char why[WHY_SIZE])
{
	char text[INET6_ADDRSTRLEN];
	uint8_t clean[16] = {};

	spec->kind = SPEC_NETWORK;
	if (inet_pton(AF_INET, addr, spec->addr) == 1)
		spec->family = AF_INET;
	else if (inet_pton(AF_INET6, addr, spec->addr) == 1)
		spec->family = AF_INET6;
	else
		return say(why, "'%s' is not an address", addr);
	spec->prefix = spec->family == AF_INET ? 32 : 128;
	if (prefix && !network_prefix(spec, prefix))
		return say(why, "'/%s' is not a prefix; write /0 to /%d", prefix,
			   spec->family == AF_INET ? 32 : 128);
	if (network_mapped(spec))
		return say(why, "'%s' is an IPv4 address; write it as one", addr);
	if (!network_clean(spec, clean)) {
		inet_ntop(spec->family, clean, text, sizeof(text));
		return say(why, "'%s' has bits behind its prefix; write %s/%d or the address alone",
			   who, text, spec->prefix);
	}
	return true;
}

/* RFC 1123 section 2.1, and the underscore that is found in the wild. */
static bool host_sound(const char *name)
{
	const char *p;

	for (p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("-._", *p))
			return false;
		if (*p == '.' && (p == name || p[1] == '.'))
			return false;
	}
	return *name && *name != '-';
}

static bool spec_name(struct spec *spec, const char *who, char why[WHY_SIZE])
{
	if (strpbrk(who, "*?["))
		return say(why, "'%s' is a pattern of host names; write their subnet or a @netgroup",
			   who);
	if (strspn(who, "0123456789.") == strlen(who))
		return say(why, "'%s' is not an address", who);
	if (!host_sound(who))
		return say(why, "'%s' is no host, address or subnet; write for example 192.0.2.7, "
			   "10.0.0.0/8, [2001:db8::]/32, host.example.org, @netgroup or *", who);
	spec->kind = SPEC_HOST;
	return true;
}

/**
 * spec_who - read who the client is
 * @spec: gets it
 * @who: "*", "@netgroup", address, address/prefix, [IPv6], [IPv6]/prefix or host name
 * @why: gets a sentence if it is none of them
 *
 * Return: true if it is good.
 */
bool spec_who(struct spec *spec, const char *who, char why[WHY_SIZE])
{
	char copy[sizeof(spec->who)], *addr = copy, *slash, *end;

	if (!*who)
		return say(why, "the client is empty; write an address, a host, a @netgroup or *");
	if (strlen(who) >= sizeof(spec->who))
		return say(why, "the client is longer than %zu bytes; write its address",
			   sizeof(spec->who) - 1);
	strcpy(spec->who, who);
	if (!strcmp(who, "*")) {
		spec->kind = SPEC_EVERYBODY;
		return true;
	}
	if (*who == '@') {
		spec->kind = SPEC_NETGROUP;
		return who[1] ? true : say(why, "'@' needs the name of a netgroup behind it");
	}
	strcpy(copy, who);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (*addr == '[') {
		end = addr + strlen(addr) - 1;
		if (*end != ']')
			return say(why, "'%s' has no ']' behind the address", who);
		*end = '\0';
		addr++;
	}
	if (strchr(addr, '%'))
		return say(why, "'%s': leave out '%s', rules know no interfaces", who,
			   strchr(addr, '%'));
	if (slash || addr != copy || strchr(addr, ':') || inet_addr(addr) != INADDR_NONE)
		return spec_network(spec, who, addr, slash, why);
	return spec_name(spec, who, why);
}

static bool option_flavor(struct spec *spec, const char *word, size_t len, char why[WHY_SIZE])
{
	unsigned int i;

	for (i = 0; spec_flavors[i]; i++) {
		if (strlen(spec_flavors[i]) == len && !strncmp(spec_flavors[i], word, len)) {
			spec->sec |= 1U << i;
			return true;
		}
	}
	return say(why, "'%.*s' is no flavour; write none, sys, krb5, krb5i or krb5p", (int)len,
		   word);
}

static bool option_sec(struct spec *spec, const char *words, char why[WHY_SIZE])
{
	size_t len;

	spec->sec = 0;
	for (;; words += len + 1) {
		len = strcspn(words, ":");
		if (!option_flavor(spec, words, len, why))
			return false;
		if (!words[len])
			return true;
	}
}

static bool option_anon(uint32_t *id, const char *option, const char *value, char why[WHY_SIZE])
{
	uint64_t number;

	if (!word_number(value, UINT32_MAX - 1, &number))
		return say(why, "'%s' needs a number, for example %.8s65534", option, option);
	*id = number;
	return true;
}

/* Two words on the same topic contradict each other, or one is there by mistake. */
static bool option_once(struct spec *spec, enum topic topic, const char *option,
			char why[WHY_SIZE])
{
	if (spec->given & (1U << topic))
		return say(why, "'%s' and another option before it exclude each other; "
			   "leave one out", option);
	spec->given |= 1U << topic;
	return true;
}

static bool option_unknown(const char *option, char why[WHY_SIZE])
{
	static const char *const share[] = { "async", "crossmnt", "mac", NULL };
	static const char *const idle[] = {
		"sync", "subtree_check", "no_subtree_check", "wdelay", "no_wdelay", "hide",
		"nohide", NULL
	};
	const char *near;
	int i;

	for (i = 0; share[i]; i++) {
		if (!strcmp(option, share[i]))
			return say(why, "'%s' is no option of a client but of the share: option %s",
				   option, option);
	}
	for (i = 0; idle[i]; i++) {
		if (!strcmp(option, idle[i]))
			return say(why, "'%s' is not needed here; leave it out", option);
	}
	if (!strncmp(option, "fsid=", 5))
		return say(why, "the fsid belongs to the share: fsid %s", option + 5);
	near = word_near(option, option_names);
	if (near)
		return say(why, "unknown option '%s'; did you mean '%s'?", option, near);
	return say(why, "unknown option '%s'; there are rw, ro, root_squash, no_root_squash, "
		   "all_squash, secure, insecure, anonuid=, anongid= and sec=", option);
}

/**
 * spec_option - read one option
 * @spec: gets it
 * @option: the word
 * @why: gets a sentence if it is wrong
 *
 * Return: true if it is good.
 */
bool spec_option(struct spec *spec, const char *option, char why[WHY_SIZE])
{
	const struct option_word *w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option_words); i++) {
		w = &option_words[i];
		if (strcmp(option, w->word))
			continue;
		spec->flags = (spec->flags & ~w->clear) | w->set;
		return option_once(spec, w->topic, option, why);
	}
	if (!strncmp(option, "anonuid=", 8))
		return option_once(spec, TOPIC_UID, option, why) &&
		       option_anon(&spec->anon_uid, option, option + 8, why);
	if (!strncmp(option, "anongid=", 8))
		return option_once(spec, TOPIC_GID, option, why) &&
		       option_anon(&spec->anon_gid, option, option + 8, why);
	if (!strncmp(option, "sec=", 4))
		return option_once(spec, TOPIC_SEC, option, why) &&
		       option_sec(spec, option + 4, why);
	return option_unknown(option, why);
}

/**
 * spec_options - read options with commas between them
 * @spec: gets them
 * @options: the words
 * @why: gets a sentence if one is wrong
 *
 * Return: true if all are good.
 */
bool spec_options(struct spec *spec, const char *options, char why[WHY_SIZE])
{
	bool good = true;
	size_t len;
	char *word;

	for (;; options += len + 1) {
		len = strcspn(options, ",");
		if (!len)
			return say(why, "an option is empty; there is a ',' too many");
		word = xstrndup(options, len);
		good = spec_option(spec, word, why);
		free(word);
		if (!good || !options[len])
			return good;
	}
}

/**
 * spec_parse - read a client with its options
 * @spec: gets it
 * @text: WHO or WHO,OPTION,OPTION...
 * @why: gets a sentence if it is wrong
 *
 * Return: true if it is good.
 */
bool spec_parse(struct spec *spec, const char *text, char why[WHY_SIZE])
{
	size_t len = strcspn(text, ",");
	char *who = xstrndup(text, len);
	bool good;

	spec_init(spec);
	good = spec_who(spec, who, why);
	free(who);
	if (good && text[len])
		good = spec_options(spec, text + len + 1, why);
	return good;
}
