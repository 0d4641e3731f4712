#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 60
# newest: full
# debug: yes
#
# Very many at once: clients that lock, wait, cancel and start anew, and local processes, on the
# same few files; and the modules go while they are at it.

. "$(dirname "$0")/tools.sh"
need_ditto

export DITTO_STATE_DIR=$TMP/state
rounds=400
[ -z "$FULL" ] || rounds=4000
[ ! -e /proc/lockdep ] || rounds=$((rounds / 4))
bridge_up
host_daemons server
server_start
host_add raw 10.0.0.13
host_daemons raw
mk_fs ext4 locks 64
chmod 777 /srv/locks
serve() { export_add locks /srv/locks '10.0.0.0/24,rw,no_root_squash'; }
serve

tap_of on raw timeout 1500 python3 "$TOOLS/nlmstress.py" 10.0.0.1 locks /srv/locks $rounds
is "nothing is locked" "$(dittoctl locks --json)" "[]"

for i in 1 2; do
	on raw python3 "$TOOLS/nlmstress.py" 10.0.0.1 locks /srv/locks 0 >"$TMP/load" 2>&1 &
	load=$!
	at_exit "kill -9 $load 2>/dev/null || :"
	ok "clients are at work ($i)" poll_until 60 eval '[ "$(dittoctl locks | wc -l)" -gt 20 ]'
	ok "the modules go meanwhile" modules_unload
	kill -9 $load
	wait $load 2>/dev/null
	modules_load
	serve
	dittoctl listen add nfs --port "$NFS_PORT"
	poll_until 20 eval 'dittoctl grace show | grep -q left && dittoctl grace end'
done

done_testing
