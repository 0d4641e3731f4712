# SPDX-License-Identifier: GPL-2.0-only
#
# make help      what there is to make
#
# Everything is built under build/; a kernel's modules are built from a copy
# of the sources, because kbuild leaves its objects beside them.

KDIR		?= /lib/modules/$(shell uname -r)/build
KERNEL		?= 6.12
DESTDIR		?=
JOBS		?= $(shell nproc)
VERSION		:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

.DEFAULT_GOAL := help
.PHONY: help clean

# Each target says what it does behind ##, for this list.
help:
	@echo "Targets (every output goes below build/):"
	@sed -n 's/^\([a-z][a-z-]*\):.*## */  \1|/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

clean: ## remove what was built (O=DIR: only there)
	rm -rf $(if $(filter command line,$(origin O)),$(O),build)

# ---- modules -------------------------------------------------------------

# Variables given to us are ours: O means something else to kbuild. What kbuild
# shall see goes by name, or in KBUILD_ARGS.
MAKEOVERRIDES	:=
O		?= build/modules
OUT		= $(abspath $(O))
given		= $(foreach v,$(1),$(if $(filter command line,$(origin $(v))),$(v)='$($(v))'))
COMPILER	= $(call given,CC ARCH) $(KBUILD_ARGS)
KARGS		= $(COMPILER) $(call given,W C V CF KBUILD_CHECKSRC)
KSOURCES	= kernel uapi Kbuild $(if $(DITTO_KUNIT),tests/kunit) \
		  $(if $(DITTO_RIG),tests/rig/upcall)
RELEASE		= $(shell cat $(KDIR)/include/config/kernel.release)
MODDIR		= updates/ditto
export DITTO_KUNIT DITTO_PROBE DITTO_RIG DITTO_CFLAGS

.PHONY: modules install uninstall dkms-install

modules: ## modules for the kernel built in KDIR, into O
	@mkdir -p uapi
	scripts/copy-sources $(OUT) $(KSOURCES)
	@mkdir -p $(OUT)/uapi
	+scripts/compat-config $(KDIR) kernel/compat/tests $(OUT) $(COMPILER)
	+$(MAKE) -C $(KDIR) M=$(OUT) $(KARGS) modules

install: modules ## install modules and tools (DESTDIR=DIR: below DIR)
	$(MAKE) -C $(KDIR) M=$(OUT) $(KARGS) INSTALL_MOD_DIR=$(MODDIR) \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	$(if $(DESTDIR),,depmod $(RELEASE))
	$(MAKE) -C userspace O=$(abspath build/tools) DESTDIR=$(DESTDIR) install

# What DKMS needs to build, wherever it keeps it.
DKMS_SRC	= $(DESTDIR)/usr/src/ditto-$(VERSION)
DKMS_FILES	= Kbuild Makefile dkms.conf LICENSE scripts/compat-config scripts/copy-sources

dkms-install: ## install modules by DKMS for every kernel, and the tools
	rm -rf $(DKMS_SRC)
	mkdir -p $(DKMS_SRC)
	cp -p --parents $(DKMS_FILES) $(DKMS_SRC)/
	find kernel uapi -type f -name '*.[ch]' -exec cp -p --parents -t $(DKMS_SRC) {} +
ifeq ($(DESTDIR),)
	dkms add ditto/$(VERSION)
	for k in /lib/modules/*/build/Makefile; do \
		r=$${k%/build/Makefile}; r=$${r##*/}; \
		dkms install ditto/$(VERSION) -k $$r || exit 1; \
	done
endif
	$(MAKE) -C userspace O=$(abspath build/tools) DESTDIR=$(DESTDIR) install

uninstall: ## remove everything either of the two installed
ifeq ($(DESTDIR),)
	if command -v dkms >/dev/null; then \
		dkms status ditto | sed -n 's|^ditto/\([^,: ]*\).*|\1|p' | sort -u | \
		while read -r v; do dkms remove ditto/$$v --all || exit 1; done; \
	fi
endif
	rm -rf $(DESTDIR)/usr/src/ditto-*
	for d in $(DESTDIR)/lib/modules/*/$(MODDIR); do \
		[ -d "$$d" ] || continue; \
		rm -rf "$$d" && rmdir --ignore-fail-on-non-empty "$${d%/*}"; \
		$(if $(DESTDIR),,r=$${d#*/lib/modules/}; depmod "$${r%%/*}";) \
	done
	$(MAKE) -C userspace O=$(abspath build/tools) DESTDIR=$(DESTDIR) uninstall

# ---- in the Debian 13 tree -----------------------------------------------

# One build at a time in one folder, whoever asks for it.
VM_OUT		= build/vm/$(KERNEL)
locked		= mkdir -p $(1) && flock $(1)/.lock
in_tree		= scripts/image chroot -- env -u MAKEFLAGS -u MAKELEVEL make -j$(JOBS)

.PHONY: vm-modules tools

vm-modules: ## modules for KERNEL=6.12, newest or debug, into build/vm/KERNEL/modules
	$(call locked,$(VM_OUT)) $(in_tree) -s modules O=$(VM_OUT)/obj DITTO_RIG=1 \
		KDIR=$$(scripts/image kdir $(KERNEL))
	mkdir -p $(VM_OUT)/modules
	for m in $(VM_OUT)/obj/*.ko; do \
		strip -g -o $(VM_OUT)/modules/$${m##*/} $$m || exit 1; \
	done

tools: ## the daemon and the tool, into build/tools
	$(call locked,build/tools) $(in_tree) -s -C userspace O=../build/tools

# ---- tests ---------------------------------------------------------------

.PHONY: sparse kunit unit fuzz

sparse: ## build modules for both kernels, no warning allowed (W=1, sparse)
	scripts/check-build

kunit: ## KUnit suites in User Mode Linux, plain and sanitizers
	scripts/kunit --variant all

unit: ## pure C under the address sanitizer, in user space
	@$(MAKE) -s -C tests/unit O=$(abspath build/unit)

FUZZ_SECONDS	?= 60
fuzz: ## fuzzers (FUZZ_SECONDS=60 each, TARGET=one only)
	@$(MAKE) -s -C tests/fuzz O=$(abspath build/fuzz) \
		SECONDS=$(FUZZ_SECONDS) $(if $(TARGET),TARGET=$(TARGET))

# ---- rig -----------------------------------------------------------------

# Each of these sets up what it needs: packages of the host, images, kernels.
.PHONY: deps images vm run run-check e2e check check-full bench

deps:
	@scripts/deps

images: deps ## the Debian 13 tree, kernels and images of the guests
	@scripts/image all

vm: deps ## a shell in a guest with our modules (KERNEL=6.12, newest, debug)
	@scripts/vm --kernel $(KERNEL) --shell

run: deps ## serve a folder from a guest until Ctrl-C, and say how to reach it
	@scripts/run-demo --kernel $(KERNEL)

run-check: deps ## see that make run works
	@scripts/run-demo --kernel $(KERNEL) --check

e2e: deps ## end-to-end tests on KERNEL (TESTS=... only those)
	@tests/e2e/run --kernel $(KERNEL) $(TESTS)

check: deps ## everything continuous integration runs
	@scripts/check

check-full: deps ## the same and much more, for hours
	@scripts/check --full

bench: deps ## Ditto and the kernel's own server side by side
	@scripts/bench
