#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 90
# newest: full
#
# Messages no client should send, and clients that are too many, too slow, gone,
# or ask twice. Meanwhile a Linux client works on a mount.

. "$(dirname "$0")/tools.sh"
need_ditto

server_start
host_add client1 10.0.0.11
mk_fs tmpfs bad 256
mk_fs tmpfs load 128
mk_fs tmpfs good 64
# The sizes a test asks for are no reason to run out of room.
export_add bad /srv/bad '*,rw,no_root_squash'
export_add load /srv/load '*,rw,no_root_squash'
export_add good /srv/good '*,rw,no_root_squash'
ulimit -n 20000
sysctl -q net.ipv4.tcp_max_syn_backlog=8192 net.core.somaxconn=8192

ok "a client mounts" mount_nfs client1 good /mnt/good
(
	i=0
	while [ ! -e "$TMP/stop" ]; do
		i=$((i + 1))
		echo "$i" >/mnt/good/count && [ "$(cat /mnt/good/count)" = "$i" ] &&
			mkdir /mnt/good/d && rmdir /mnt/good/d || { echo "round $i" >"$TMP/bystander"; exit; }
		sleep 0.5
	done
	echo "$i rounds" >"$TMP/bystander"
) &
bystander=$!

tap_of python3 "$TOOLS/badinput.py" 10.0.0.1 bad
tap_of python3 "$TOOLS/overload.py" 127.0.0.1 load

touch "$TMP/stop"
wait $bystander
like "another client never noticed" "$(cat "$TMP/bystander")" 'rounds'
is "no call ended for want of memory" "$(counter net.no_memory)" 0
umount_nfs /mnt/good
for e in bad load good; do
	export_remove $e
done
ok "all file systems are free" umount /srv/bad /srv/load /srv/good
ok "the modules unload" modules_unload
is "no slab cache is left" "$(slabs)" ""
done_testing
