// SPDX-License-Identifier: GPL-2.0-only
/* The status monitor's messages. Arguments end where they end: more bytes are bad. */
#include "nsm_xdr.h"

static bool nsm_end(const struct xdr *x)
{
	return !x->bad && !xdr_left(x);
}

/* A name that is empty, or could do harm on a terminal, names nobody. */
static bool nsm_name(struct xdr *x, char name[NSM_NAME_MAX + 1])
{
	const char *p;

	if (!xdr_get_string(x, name, NSM_NAME_MAX + 1) || !*name)
		return false;
	for (p = name; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	}
	return true;
}

/* Whom to call back may have no name. */
static bool nsm_id(struct xdr *x, struct nsm_id *id)
{
	xdr_get_string(x, id->name, sizeof(id->name));
	id->prog = xdr_get_u32(x);
	id->vers = xdr_get_u32(x);
	id->proc = xdr_get_u32(x);
	return !x->bad;
}

/**
 * nsm_get_name - arguments of SM_STAT
 * @x: the cursor
 * @name: gets the name
 *
 * Return: false if they are bad.
 */
bool nsm_get_name(struct xdr *x, char name[NSM_NAME_MAX + 1])
{
	return nsm_name(x, name) && nsm_end(x);
}

/**
 * nsm_get_id - arguments of SM_UNMON_ALL
 * @x: the cursor
 * @id: filled in
 *
 * Return: false if they are bad.
 */
bool nsm_get_id(struct xdr *x, struct nsm_id *id)
{
	return nsm_id(x, id) && nsm_end(x);
}

/**
 * nsm_get_mon - arguments of SM_MON, or of SM_UNMON
 * @x: the cursor
 * @mon: filled in
 * @with_priv: of SM_MON
 *
 * Return: false if they are bad.
 */
bool nsm_get_mon(struct xdr *x, struct nsm_mon *mon, bool with_priv)
{
	if (!nsm_name(x, mon->name) || !nsm_id(x, &mon->id))
		return false;
	if (with_priv)
		xdr_get_fixed(x, mon->priv, sizeof(mon->priv));
	return nsm_end(x);
}

/**
 * nsm_get_change - arguments of SM_NOTIFY
 * @x: the cursor
 * @change: filled in
 *
 * Return: false if they are bad.
 */
bool nsm_get_change(struct xdr *x, struct nsm_change *change)
{
	if (!nsm_name(x, change->name))
		return false;
	change->state = xdr_get_u32(x);
	return nsm_end(x);
}

/**
 * nsm_put_result - results of SM_STAT and SM_MON
 * @x: the cursor
 * @result: whether it is done
 * @state: our state number
 */
void nsm_put_result(struct xdr *x, enum nsm_result result, uint32_t state)
{
	xdr_put_u32(x, result);
	xdr_put_u32(x, state);
}

/**
 * nsm_put_change - arguments of SM_NOTIFY
 * @x: the cursor
 * @name: ours
 * @state: our state number
 */
void nsm_put_change(struct xdr *x, const char *name, uint32_t state)
{
	xdr_put_string(x, name);
	xdr_put_u32(x, state);
}

/**
 * nsm_put_status - arguments of the procedure that is called back
 * @x: the cursor
 * @name: of the peer, as it was given to SM_MON
 * @state: its new state number
 * @priv: as it was given to SM_MON
 */
void nsm_put_status(struct xdr *x, const char *name, uint32_t state,
		    const uint8_t priv[NSM_PRIV_LEN])
{
	xdr_put_string(x, name);
	xdr_put_u32(x, state);
	xdr_put_fixed(x, priv, NSM_PRIV_LEN);
}
