// SPDX-License-Identifier: GPL-2.0-only
/* Reading the configuration file. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "conf.h"

/* Words in a line that are looked at; more are told to be too many. */
#define WORDS_MAX	64
/* Errors that are told. */
#define ERRORS_MAX	50

/**
 * struct reader - a file being read
 * @conf: gets what it says
 * @line: number of the line
 * @share: the share whose block is open, as an index; -1: none
 * @words: the line's words, @nr of them, without quotes
 * @quoted: which of them had quotes, so that "{" can be a name
 * @nr: how many
 */
struct reader {
	struct conf	*conf;
	unsigned int	line;
	long		share;
	char		*words[WORDS_MAX];
	bool		quoted[WORDS_MAX];
	size_t		nr;
};

/**
 * struct statement - what a line can begin with
 * @word: the word
 * @usage: how it is written, for errors
 * @min: words behind it, at least
 * @max: and at most
 * @read: takes them
 */
struct statement {
	const char	*word;
	const char	*usage;
	size_t		min, max;
	void		(*read)(struct reader *r);
};

/**
 * conf_fault - tell an error
 * @conf: the file
 * @line: where
 * @fmt: as printf()
 */
void conf_fault(struct conf *conf, unsigned int line, const char *fmt, ...)
{
	struct conf_error *e;
	char text[WHY_SIZE];
	va_list ap;

	if (conf->nr_errors >= ERRORS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	conf->errors = xgrow(conf->errors, conf->nr_errors, sizeof(*e));
	e = &conf->errors[conf->nr_errors++];
	e->line = line;
	e->text = xstrdup(text);
}

static struct conf_share *reader_share(struct reader *r)
{
	return &r->conf->shares[r->share];
}

/* ---- inside a share ---- */

static void read_path(struct reader *r)
{
	struct conf_share *share = reader_share(r);
	char why[WHY_SIZE];

	if (share->path)
		conf_fault(r->conf, r->line, "share '%s' has a path already; make two shares of it",
			   share->name);
	else if (!share_path(r->words[1], why))
		conf_fault(r->conf, r->line, "%s", why);
	else
		share->path = xstrdup(r->words[1]);
}

static void read_nfs(struct reader *r)
{
	reader_share(r)->flags |= DITTO_EXPORT_FLAGS_NFS;
}

static void read_smb(struct reader *r)
{
	reader_share(r)->flags |= DITTO_EXPORT_FLAGS_SMB;
}

static void read_client(struct reader *r)
{
	struct conf_share *share = reader_share(r);
	struct conf_client *client;
	struct spec spec;
	char why[WHY_SIZE];
	size_t i;

	/* "10.0.0.0/8,rw" is one word and means the same */
	if (!spec_parse(&spec, r->words[1], why)) {
		conf_fault(r->conf, r->line, "%s", why);
		return;
	}
	for (i = 2; i < r->nr; i++) {
		if (!spec_options(&spec, r->words[i], why)) {
			conf_fault(r->conf, r->line, "%s", why);
			return;
		}
	}
	share->clients = xgrow(share->clients, share->nr_clients, sizeof(*client));
	client = &share->clients[share->nr_clients++];
	client->spec = spec;
	client->line = r->line;
}

static void read_option(struct reader *r)
{
	char why[WHY_SIZE];
	size_t i;

	for (i = 1; i < r->nr; i++) {
		if (!share_option(reader_share(r), r->words[i], why))
			conf_fault(r->conf, r->line, "%s", why);
	}
}

static void read_fsid(struct reader *r)
{
	struct conf_share *share = reader_share(r);

	if (!word_number(r->words[1], UINT64_MAX, &share->fsid) || !share->fsid)
		conf_fault(r->conf, r->line, "'%s' is not an fsid; write a number from 1",
			   r->words[1]);
}

static void read_end(struct reader *r)
{
	struct conf_share *share = reader_share(r);

	if (!share->path)
		conf_fault(r->conf, share->line, "share '%s' has no path; add: path /DIRECTORY",
			   share->name);
	if (!(share->flags & (DITTO_EXPORT_FLAGS_NFS | DITTO_EXPORT_FLAGS_SMB)))
		share->flags |= DITTO_EXPORT_FLAGS_NFS;
	r->share = -1;
}

/* ---- outside ---- */

static const struct conf_share *find_share(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->nr_shares; i++) {
		if (!strcmp(conf->shares[i].name, name))
			return &conf->shares[i];
	}
	return NULL;
}

static void read_share(struct reader *r)
{
	struct conf *conf = r->conf;
	const struct conf_share *other = find_share(conf, r->words[1]);
	struct conf_share *share;
	char why[WHY_SIZE];

	if (!share_name(r->words[1], why))
		conf_fault(conf, r->line, "%s", why);
	else if (other)
		conf_fault(conf, r->line, "share '%s' is there already, in line %u; rename one "
			   "or join them", other->name, other->line);
	if (strcmp(r->words[2], "{") || r->quoted[2])
		conf_fault(conf, r->line, "a share begins with: share NAME {");
	conf->shares = xgrow(conf->shares, conf->nr_shares, sizeof(*share));
	r->share = conf->nr_shares++;
	share = reader_share(r);
	share->name = xstrdup(r->words[1]);
	share->line = r->line;
}

static bool read_transport(struct conf_listen *listen, const char *word)
{
	int transport;

	if (!strcmp(word, "tcp"))
		transport = DITTO_TRANSPORT_TCP;
	else if (!strcmp(word, "udp"))
		transport = DITTO_TRANSPORT_UDP;
	else
		return false;
	/* both words mean both */
	listen->transport = listen->transport ? 0 : transport;
	return true;
}

/* Takes the word at *@i and its value; returns false if something is wrong. */
static bool read_listen_word(struct reader *r, struct conf_listen *listen, size_t *i,
			     char why[WHY_SIZE])
{
	static const char *const known[] = { "port", "address", "tcp", "udp", NULL };
	const char *word = r->words[*i], *value = r->words[*i + 1], *near;

	if (read_transport(listen, word))
		return true;
	if (!strcmp(word, "port") || !strcmp(word, "address")) {
		if (++*i >= r->nr)
			return say(why, "'%s' needs a value behind it", word);
		return *word == 'p' ? listen_port(listen, value, why) :
				      listen_address(listen, value, why);
	}
	near = word_near(word, known);
	if (near)
		return say(why, "unknown word '%s' for a listener; did you mean '%s'?", word, near);
	return say(why, "unknown word '%s' for a listener; there are port, address, tcp and udp",
		   word);
}

static void read_listen(struct reader *r)
{
	struct conf_listen listen = { .family = AF_UNSPEC, .line = r->line };
	struct conf *conf = r->conf;
	char why[WHY_SIZE];
	size_t i;

	if (!strcmp(r->words[1], "none") && r->nr == 2) {
		conf->listen_none = true;
		return;
	}
	if (!listen_service(r->words[1], why)) {
		conf_fault(conf, r->line, "%s", why);
		return;
	}
	for (i = 2; i < r->nr; i++) {
		if (!read_listen_word(r, &listen, &i, why)) {
			conf_fault(conf, r->line, "%s", why);
			return;
		}
	}
	listen.service = xstrdup(r->words[1]);
	conf->listens = xgrow(conf->listens, conf->nr_listens, sizeof(listen));
	conf->listens[conf->nr_listens++] = listen;
}

static void read_set(struct reader *r)
{
	struct conf *conf = r->conf;
	struct conf_set set = { .line = r->line };

	if (!word_amount(r->words[2], &set.value)) {
		conf_fault(conf, r->line, "'%s' is not a number", r->words[2]);
		return;
	}
	set.name = xstrdup(r->words[1]);
	conf->sets = xgrow(conf->sets, conf->nr_sets, sizeof(set));
	conf->sets[conf->nr_sets++] = set;
}

static const struct statement share_statements[] = {
	{ "path", "path /DIRECTORY", 1, 1, read_path },
	{ "nfs", "nfs", 0, 0, read_nfs },
	{ "smb", "smb", 0, 0, read_smb },
	{ "client", "client WHO [OPTION]...", 1, WORDS_MAX, read_client },
	{ "option", "option WORD...", 1, WORDS_MAX, read_option },
	{ "fsid", "fsid NUMBER", 1, 1, read_fsid },
	{ "}", "}", 0, 0, read_end },
	{ 0 }
};

static const struct statement outer_statements[] = {
	{ "share", "share NAME {", 2, 2, read_share },
	{ "listen", "listen SERVICE [port NUMBER] [address ADDRESS] [tcp] [udp]", 1, WORDS_MAX,
	  read_listen },
	{ "set", "set NAME VALUE", 2, 2, read_set },
	{ 0 }
};

static const struct statement *find_statement(const struct statement *s, const char *word)
{
	for (; s->word; s++) {
		if (!strcmp(s->word, word))
			return s;
	}
	return NULL;
}

static const char *near_statement(const struct statement *s, const char *word)
{
	const char *words[16];
	size_t n = 0;

	for (; s->word && n < 15; s++)
		words[n++] = s->word;
	words[n] = NULL;
	return word_near(word, words);
}

/* The statement is known, but not here; or something like it is known. */
static void unknown_statement(struct reader *r)
{
	bool inside = r->share >= 0;
	const struct statement *here = inside ? share_statements : outer_statements;
	const struct statement *there = inside ? outer_statements : share_statements;
	const char *where = inside ? "in a share" : "outside a share";
	const char *word = r->words[0], *near;

	if (find_statement(there, word)) {
		if (inside)
			conf_fault(r->conf, r->line, "'%s' inside share '%s'; is its '}' missing?",
				   word, reader_share(r)->name);
		else
			conf_fault(r->conf, r->line, "'%s' outside a share; begin one with: "
				   "share NAME {", word);
		return;
	}
	near = near_statement(here, word);
	if (near)
		conf_fault(r->conf, r->line, "unknown word '%s' %s; did you mean '%s'?", word,
			   where, near);
	else
		conf_fault(r->conf, r->line, "unknown word '%s' %s; there are %s", word, where,
			   inside ? "path, nfs, smb, client, option, fsid" : "share, listen, set");
}

static void read_line(struct reader *r)
{
	const struct statement *s;
	size_t have;

	s = r->quoted[0] ? NULL : find_statement(r->share >= 0 ? share_statements :
						 outer_statements, r->words[0]);
	/* a block that was not closed: go on as if it had been */
	if (!s && r->share >= 0 && !strcmp(r->words[0], "share") && !r->quoted[0]) {
		unknown_statement(r);
		read_end(r);
		s = find_statement(outer_statements, r->words[0]);
	}
	if (!s) {
		unknown_statement(r);
		return;
	}
	have = r->nr - 1;
	/* without its brace a share is told by read_share(), which opens it all the same */
	if (s->read == read_share && have == 1) {
		r->words[r->nr++] = xstrdup("");
		have++;
	}
	if (have < s->min)
		conf_fault(r->conf, r->line, "'%s' needs more behind it: %s", s->word, s->usage);
	else if (have > s->max)
		conf_fault(r->conf, r->line, "'%s' is too much here: %s", r->words[s->max + 1],
			   s->usage);
	else
		s->read(r);
	/* but a block that is closed with too much is closed */
	if (have > s->max && s->read == read_end)
		read_end(r);
}

/* ---- lines and words ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/*
 * A quoted word from @p to before @end; "\"" and "\\" stand for the mark and the
 * backslash. Returns what is behind the closing mark, or NULL if there is none.
 */
static const char *quoted_word(const char *p, const char *end, char *word, size_t *len)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < end && (p[1] == '"' || p[1] == '\\'))
			p++;
		word[(*len)++] = *p;
	}
	return p < end ? p + 1 : NULL;
}

/* One word. Returns what is behind it, or NULL if a mark is missing. */
static const char *next_word(struct reader *r, const char *p, const char *end)
{
	char *word = xcalloc(end - p + 1, 1);
	bool quoted = false;
	size_t len = 0;

	while (p && p < end && !is_blank(*p)) {
		if (*p == '"') {
			quoted = true;
			p = quoted_word(p, end, word, &len);
		} else {
			word[len++] = *p++;
		}
	}
	if (p && r->nr < WORDS_MAX) {
		r->quoted[r->nr] = quoted;
		r->words[r->nr++] = word;
	} else {
		free(word);
	}
	return p;
}

static void split_line(struct reader *r, const char *p, const char *end)
{
	r->nr = 0;
	while (p) {
		while (p < end && is_blank(*p))
			p++;
		if (p == end || *p == '#')
			return;
		if (r->nr == WORDS_MAX - 1) {
			conf_fault(r->conf, r->line, "more than %d words; use more lines",
				   WORDS_MAX - 1);
			return;
		}
		p = next_word(r, p, end);
	}
	conf_fault(r->conf, r->line, "a quotation mark is not closed; add: \"");
}

static void one_line(struct reader *r, const char *p, const char *end)
{
	size_t errors = r->conf->nr_errors;
	size_t i;

	if (memchr(p, '\0', end - p)) {
		conf_fault(r->conf, r->line, "a NUL byte; is this a text file?");
		return;
	}
	split_line(r, p, end);
	if (r->nr && r->conf->nr_errors == errors)
		read_line(r);
	for (i = 0; i < r->nr; i++)
		free(r->words[i]);
}

/**
 * conf_parse - read a configuration
 * @conf: gets it, and its errors; conf_free() in every case
 * @text: the file, @len bytes, need not end in a NUL
 * @len: how many
 *
 * Return: true if there is no error.
 */
bool conf_parse(struct conf *conf, const char *text, size_t len)
{
	struct reader r = { .conf = conf, .share = -1 };
	const char *p = text, *end = text + len, *newline;

	memset(conf, 0, sizeof(*conf));
	/* some editors begin a file with a byte order mark */
	if (len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	while (p < end) {
		r.line++;
		newline = memchr(p, '\n', end - p);
		one_line(&r, p, newline ? newline : end);
		p = newline ? newline + 1 : end;
	}
	if (r.share >= 0) {
		conf_fault(conf, r.line, "the file ends inside share '%s', which begins in line "
			   "%u; add: }", reader_share(&r)->name, reader_share(&r)->line);
		read_end(&r);
	}
	if (conf->listen_none && conf->nr_listens)
		conf_fault(conf, conf->listens[0].line, "'listen none' and a listener; leave one "
			   "of them out");
	return !conf->nr_errors;
}

/**
 * conf_free - free what a configuration holds
 * @conf: was given to conf_parse()
 */
void conf_free(struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nr_shares; i++)
		share_free(&conf->shares[i]);
	for (i = 0; i < conf->nr_listens; i++)
		free(conf->listens[i].service);
	for (i = 0; i < conf->nr_sets; i++)
		free(conf->sets[i].name);
	for (i = 0; i < conf->nr_errors; i++)
		free(conf->errors[i].text);
	free(conf->shares);
	free(conf->listens);
	free(conf->sets);
	free(conf->errors);
	memset(conf, 0, sizeof(*conf));
}
