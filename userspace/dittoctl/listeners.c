// SPDX-License-Identifier: GPL-2.0-only
/* Listeners in messages: to the kernel and back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "dittoctl.h"

#define DUMP_TRIES	20

/**
 * transport_name - how a transport is called
 * @transport: DITTO_TRANSPORT_*
 *
 * Return: its name.
 */
const char *transport_name(int transport)
{
	return transport == DITTO_TRANSPORT_UDP ? "udp" : "tcp";
}

static int read_listener(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct listeners *listeners = arg;
	struct listener *listener;
	struct nlattr *attr;
	int rem;

	(void)cmd;
	listeners->list = xgrow(listeners->list, listeners->nr, sizeof(*listener));
	listener = &listeners->list[listeners->nr++];
	nla_for_each_attr(attr, attrs, len, rem) {
		switch (nla_type(attr)) {
		case DITTO_A_LISTENER_SERVICE:
			nla_strlcpy(listener->service, attr, sizeof(listener->service));
			break;
		case DITTO_A_LISTENER_TRANSPORT:
			listener->transport = nla_get_u32(attr);
			break;
		case DITTO_A_LISTENER_ADDRESS:
			listener->family = nla_len(attr) == 4 ? AF_INET : AF_INET6;
			nla_memcpy(listener->addr, attr, sizeof(listener->addr));
			break;
		case DITTO_A_LISTENER_PORT:
			listener->port = nla_get_u32(attr);
			break;
		case DITTO_A_LISTENER_SCOPE:
			listener->scope = nla_get_u32(attr);
			break;
		}
	}
	return 0;
}

/**
 * listeners_get - ask the kernel for its listeners
 * @nl: connection
 * @listeners: gets them; free its list in every case
 *
 * Return: 0 or a negative errno.
 */
int listeners_get(struct ditto_nl *nl, struct listeners *listeners)
{
	int tries, err = -EAGAIN;

	listeners->list = NULL;
	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		free(listeners->list);
		memset(listeners, 0, sizeof(*listeners));
		err = ditto_nl_dump(nl, DITTO_CMD_LISTEN_GET, read_listener, listeners);
	}
	return err;
}

/**
 * listener_request - add or remove a listener
 * @nl: connection
 * @cmd: DITTO_CMD_LISTEN_ADD or DITTO_CMD_LISTEN_REMOVE
 * @listen: which
 *
 * Return: 0 or a negative errno.
 */
int listener_request(struct ditto_nl *nl, int cmd, const struct conf_listen *listen)
{
	struct nl_msg *msg = ditto_nl_msg(nl, cmd, 0);
	int err = 0;

	if (!msg)
		return ditto_nl_do(nl, NULL, NULL, NULL);
	err = nla_put_string(msg, DITTO_A_LISTENER_SERVICE, listen->service);
	if (!err && listen->transport)
		err = nla_put_u32(msg, DITTO_A_LISTENER_TRANSPORT, listen->transport);
	if (!err && listen->family != AF_UNSPEC)
		err = nla_put(msg, DITTO_A_LISTENER_ADDRESS,
			      listen->family == AF_INET ? 4 : 16, listen->addr);
	if (!err && listen->port)
		err = nla_put_u32(msg, DITTO_A_LISTENER_PORT, listen->port);
	if (!err && listen->scope)
		err = nla_put_u32(msg, DITTO_A_LISTENER_SCOPE, listen->scope);
	if (err) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return ditto_nl_do(nl, msg, NULL, NULL);
}

/**
 * listener_conf - a listener as it would stand in the file
 * @listener: the listener
 * @listen: gets it; its service is the listener's
 */
void listener_conf(const struct listener *listener, struct conf_listen *listen)
{
	memset(listen, 0, sizeof(*listen));
	listen->service = (char *)listener->service;
	listen->family = listener->family;
	memcpy(listen->addr, listener->addr, sizeof(listen->addr));
	listen->scope = listener->scope;
	listen->port = listener->port;
	listen->transport = listener->transport;
}

static int read_service(void *arg, int cmd, struct nlattr *attrs, int len)
{
	struct services *services = arg;
	struct service *service;
	struct nlattr *attr;
	int rem;

	(void)cmd;
	services->list = xgrow(services->list, services->nr, sizeof(*service));
	service = &services->list[services->nr++];
	nla_for_each_attr(attr, attrs, len, rem) {
		if (nla_type(attr) == DITTO_A_SERVICE_NAME)
			nla_strlcpy(service->name, attr, sizeof(service->name));
		else if (nla_type(attr) == DITTO_A_SERVICE_PORT)
			service->port = nla_get_u32(attr);
		else if (nla_type(attr) == DITTO_A_SERVICE_UDP)
			service->udp = true;
	}
	return 0;
}

/**
 * services_get - ask the kernel which services can be listened for
 * @nl: connection
 * @services: gets them; free its list in every case
 *
 * Return: 0 or a negative errno.
 */
int services_get(struct ditto_nl *nl, struct services *services)
{
	int tries, err = -EAGAIN;

	services->list = NULL;
	for (tries = 0; err == -EAGAIN && tries < DUMP_TRIES; tries++) {
		free(services->list);
		memset(services, 0, sizeof(*services));
		err = ditto_nl_dump(nl, DITTO_CMD_SERVICE_GET, read_service, services);
	}
	return err;
}

/**
 * services_find - a service by its name
 * @services: where to look
 * @name: its name
 *
 * Return: the service, or NULL.
 */
const struct service *services_find(const struct services *services, const char *name)
{
	size_t i;

	for (i = 0; i < services->nr; i++) {
		if (!strcmp(services->list[i].name, name))
			return &services->list[i];
	}
	return NULL;
}

/**
 * listener_port - the port a listener would have
 * @nl: connection
 * @listen: the listener
 *
 * Return: its own, or else its service's; 0 if there is no such service.
 */
unsigned int listener_port(struct ditto_nl *nl, const struct conf_listen *listen)
{
	const struct service *service;
	unsigned int port = listen->port;
	struct services services;

	if (port)
		return port;
	if (!services_get(nl, &services)) {
		service = services_find(&services, listen->service);
		port = service ? service->port : 0;
	}
	free(services.list);
	return port;
}
