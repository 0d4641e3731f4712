#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 10
# debug: yes
#
# The modules load, unload and load again, and leave nothing.

. "$(dirname "$0")/lib.sh"

rounds=20

ok "the modules load" modules_load ditto_nfs
like "ditto is there" "$(modules_loaded)" '^ditto$'
like "ditto_rpc is there" "$(modules_loaded)" '^ditto_rpc$'
like "ditto_nfs is there" "$(modules_loaded)" '^ditto_nfs$'
fails_with "a module in use does not unload" "in use" rmmod ditto
ok "they unload" modules_unload
is "none is left" "$(modules_loaded)" ""

again() {
	local i

	for ((i = 1; i <= rounds; i++)); do
		modprobe ditto_nfs || return
		modules_unload || return
	done
}
ok "$rounds times again" again

is "no slab cache is left" "$(grep -o '^ditto[^ ]*' /proc/slabinfo)" ""
is "no taint but 'out of tree' and 'unsigned'" \
	"$(($(cat /proc/sys/kernel/tainted) & ~((1 << 12) | (1 << 13))))" 0
done_testing
