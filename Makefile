# SPDX-License-Identifier: GPL-2.0-only
#
# make help      what there is to make
#
# Everything is built under build/; a kernel's modules are built from a copy
# of the sources, because kbuild leaves its objects beside them.

KDIR		?= /lib/modules/$(shell uname -r)/build
O		?= build/modules
JOBS		?= $(shell nproc)
DESTDIR		?=
VERSION		:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

KSOURCES	:= kernel uapi Kbuild
OUT		= $(abspath $(O))

.DEFAULT_GOAL := modules

# ---- modules -------------------------------------------------------------

# Our variables are ours: O means something else to kbuild. What it shall see
# goes through KBUILD_ARGS, with W, C and V for short.
MAKEOVERRIDES	:=
KARGS		= $(foreach v,W C V CC CF ARCH,$(if $(filter command line,$(origin $(v))),$(v)='$($(v))')) $(KBUILD_ARGS)

.PHONY: modules copy
modules: copy
	scripts/compat-config $(KDIR) kernel/compat/tests $(OUT) $(KARGS)
	$(MAKE) -C $(KDIR) M=$(OUT) $(KARGS) modules

copy:
	scripts/copy-sources $(OUT) $(KSOURCES)
