#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 30
# newest: full
#
# The netlink family itself: what dittoctl would never send does no harm, nobody
# without the capability gets a word out of it, exports with thousands of client
# rules are carried whole, and network namespaces with a server in them go away.

. "$(dirname "$0")/tools.sh"

export DITTO_STATE_DIR=$TMP/state

modules_load || bail "the modules load"
at_exit modules_unload
mk_fs tmpfs ctl
ok "an export" dittoctl export add base --path /srv/ctl --client '*'
tap_of as_user 65534 python3 "$TOOLS/ctlraw.py" denied
tap_of python3 "$TOOLS/ctlraw.py" wrong
tap_of python3 "$TOOLS/ctlraw.py" many 3000

# ---- dumps and changes at the same time -------------------------------------------

changes() {
	local i

	for i in 1 2 3 4 5 6 7 8; do
		dittoctl export add "more$i" --path /srv/ctl --client 10.0.0.0/8 || return
		dittoctl export remove "more$((i - 1))" 2>/dev/null
	done
}
changes &
pid=$!
whole() {
	while kill -0 $pid 2>/dev/null; do
		dittoctl export list --json | python3 -c '
import json, sys
names = [e["name"] for e in json.load(sys.stdin)]
sys.exit(names.count("base") != 1 or len(set(names)) != len(names))' || return
	done
}
ok "a list is whole while exports change" whole
wait $pid
ok "all changes were made" test "$(dittoctl export list | grep -c '^more')" = 1
dittoctl stop

# ---- namespaces that go ------------------------------------------------------------

host_add client1 10.0.0.11
ok "a server on another host" on client1 dittoctl listen add nfs
ok "with an export" on client1 dittoctl export add there --path /srv/ctl --client '*'
exec 5<>/dev/tcp/10.0.0.11/2049
ok "and a client" poll_until 10 sh -c \
	'nsenter --net=/run/netns/client1 dittoctl clients | grep -q 10.0.0.1:'
umount_served() { umount /srv/ctl; }
nok "its file system is in use" umount_served
umount /run/uts/client1
AT_EXIT=("${AT_EXIT[@]/*client1*/true}")
ip netns del client1
ok "with the host goes its server" poll_until 30 umount_served
exec 5>&-
done_testing
