// SPDX-License-Identifier: GPL-2.0-only
/* kernel_bind() takes a struct sockaddr_unsized. */
#include <linux/net.h>

int ditto_test(struct socket *sock, struct sockaddr_unsized *addr);
int ditto_test(struct socket *sock, struct sockaddr_unsized *addr)
{
	return kernel_bind(sock, addr, 16);
}
