/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_UNALIGNED_H
#define SHIM_LINUX_UNALIGNED_H

#include <endian.h>
#include <string.h>
#include <asm/byteorder.h>
#include <linux/types.h>

#define cpu_to_be16(x)	htobe16(x)
#define cpu_to_be32(x)	htobe32(x)
#define cpu_to_be64(x)	htobe64(x)
#define cpu_to_le16(x)	htole16(x)
#define cpu_to_le32(x)	htole32(x)
#define cpu_to_le64(x)	htole64(x)
#define be16_to_cpu(x)	be16toh(x)
#define be32_to_cpu(x)	be32toh(x)
#define be64_to_cpu(x)	be64toh(x)
#define le16_to_cpu(x)	le16toh(x)
#define le32_to_cpu(x)	le32toh(x)
#define le64_to_cpu(x)	le64toh(x)

#define __shim_unaligned(bits, end)						\
static inline u##bits get_unaligned_##end##bits(const void *p)			\
{										\
	uint##bits##_t v;							\
										\
	memcpy(&v, p, sizeof(v));						\
	return end##bits##toh(v);						\
}										\
static inline void put_unaligned_##end##bits(u##bits v, void *p)		\
{										\
	uint##bits##_t w = hto##end##bits(v);					\
										\
	memcpy(p, &w, sizeof(w));						\
}
__shim_unaligned(16, be)
__shim_unaligned(32, be)
__shim_unaligned(64, be)
__shim_unaligned(16, le)
__shim_unaligned(32, le)
__shim_unaligned(64, le)

#define get_unaligned(p) ({							\
	__typeof__(*(p)) __v;							\
	memcpy(&__v, p, sizeof(__v));						\
	__v;									\
})
#define put_unaligned(v, p) ({							\
	__typeof__(*(p)) __v = (v);						\
	memcpy(p, &__v, sizeof(__v));						\
})

#endif
