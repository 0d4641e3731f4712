#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 150
# newest: full
#
# Locks: Linux clients with their own lock managers and status monitors, and
# processes of the server.

. "$(dirname "$0")/tools.sh"
need_ditto

STATE=$TMP/state
NSM_PORT=4045
dittod_start() {
	dittod --foreground --state-dir "$STATE" --port $NSM_PORT >>"$TMP/dittod.log" 2>&1 &
	daemon=$!
	poll_until 20 eval 'dittoctl status | grep -q "^dittod  *up: process $daemon\$"'
}
dittod_end() {
	kill "-${1:-TERM}" "$daemon"
	wait "$daemon"
}
at_exit 'kill $daemon'

NO_DITTOD=y
bridge_up
host_daemons server
server_start
dittod_start || bail "dittod comes up"
host_add client1 10.0.0.11
host_add client2 10.0.0.12
host_daemons client1
host_daemons client2
mk_fs ext4 locks 256
export_add locks /srv/locks '10.0.0.0/24,rw,no_root_squash'

ok "a client mounts" mount_locking client1 locks /mnt/1
ok "another one too" mount_locking client2 locks /mnt/2

tap_of timeout 300 python3 "$TOOLS/nlm.py" /srv/locks client1 /mnt/1 client2 /mnt/2

stat_now() { dittoctl stats --json | python3 -c '
import json, sys
sys.path.insert(0, sys.argv[1])
import tap
out = {}
tap.walk(json.load(sys.stdin), "", out)
print(out.get(sys.argv[2], 0))' "$TOOLS" "$1"; }
stat_is() { [ "$(stat_now "$1")" = "$2" ]; }

# locker NAME HOST COMMAND...: a process on a host, whose answers go to $TMP/NAME.
locker() {
	local name=$1 host=$2 command fd

	shift 2
	rm -f "$TMP/$name" "$TMP/$name.in"
	mkfifo "$TMP/$name.in"
	on "$host" bash -c 'echo $$ >"$1"; exec python3 "$2"' locker "$TMP/$name.pid" \
		"$TOOLS/locker.py" <"$TMP/$name.in" >"$TMP/$name" 2>&1 &
	exec {fd}>"$TMP/$name.in"
	for command; do
		echo "$command" >&$fd
	done
}
answers() { [ "$(grep -c . "$TMP/$1")" = "$2" ]; }
locker_kill() {
	local name

	for name; do
		kill -KILL "$(cat "$TMP/$name.pid")"
	done
}

# hold SERVERDIR MOUNT1 MOUNT2: client1 has two files locked, client2 waits for one of them.
hold() {
	: >"$1/a"
	: >"$1/b"
	locker holds client1 "open a $2/a rw" "lock a w 0 0" "open b $2/b rw" "lock b r 10 20"
	poll_until 20 answers holds 4 || return
	locker waits client2 "open a $3/a rw" "lock a w 0 0"
	poll_until 20 stat_is nlm.blocks 1
}

# ---- a client starts anew ----------------------------------------------------------

is "both clients are on record" "$(stat_now nlm.hosts)" 2
hold /srv/locks /mnt/1 /mnt/2
result $? "one client has a lock and another waits for it"
ok "the first one's status monitor says that it has restarted" \
	on client1 timeout 30 python3 "$TOOLS/nsmraw.py" call 10.0.0.1 $NSM_PORT \
	notify client1 77
ok "the other one has the lock" poll_until 5 answers waits 2
is "it has been called" "$(tail -n 1 "$TMP/waits" | cut -d' ' -f1)" ok
is "one host lost its locks" "$(stat_now nlm.reboots)" 1
locker third server "open b /srv/locks/b rw" "try b w 0 0" "open a /srv/locks/a rw" "try a w 0 0"
poll_until 20 answers third 4
is "what it had is free, what the other one has is not" \
	"$(cut -d' ' -f1 "$TMP/third" | tr '\n' ' ')" "ok ok ok EAGAIN "
locker_kill holds waits third
ok "a process that ends gives its locks back" poll_until 20 stat_is nlm.blocks 0

# ---- the daemon is away ------------------------------------------------------------

host_add client3 10.0.0.14
host_daemons client3
ok "a third client mounts" mount_locking client3 locks /mnt/3
dittod_end KILL
locker late client3 "open c /mnt/3/c rw" "try c w 0 0"
ok "its first lock waits for the daemon" poll_until 5 stat_is nlm.parked $(($(stat_now nlm.parked) + 1))
ok "those on record go on" on client1 python3 -c '
import fcntl; f = open("/mnt/1/d", "w"); fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)'
dittod_start || bail "dittod comes up again"
ok "the daemon comes back, and it has its lock" poll_until 30 answers late 2
is "it was granted" "$(tail -n 1 "$TMP/late" | cut -d' ' -f1)" ok
locker_kill late
poll_until 10 umount_nfs /mnt/3

# ---- by hand ---------------------------------------------------------------------

# A client without lock manager: the test is one.
host_add raw 10.0.0.13
host_daemons raw
tap_of on raw timeout 500 python3 "$TOOLS/nlmraw.py" 10.0.0.1 locks /srv/locks

# ---- exports and modules that go ---------------------------------------------------

mk_fs ext4 gone 64
hold /srv/locks /mnt/1 /mnt/2
result $? "one client has a lock and another waits for it"
ok "the export is removed" export_remove locks
ok "nobody waits any more" poll_until 5 stat_is nlm.blocks 0
ok "its file system can be unmounted" umount /srv/locks
locker_kill holds waits
umount -f -l /mnt/1
umount -f -l /mnt/2

export_add gone /srv/gone '10.0.0.0/24,rw,no_root_squash'
mount_locking client1 gone /mnt/3 soft,timeo=50,retrans=1
mount_locking client2 gone /mnt/4 soft,timeo=50,retrans=1
hold /srv/gone /mnt/3 /mnt/4
result $? "one client has a lock and another waits for it"
ok "the modules go" modules_unload
ok "the file system can be unmounted" umount /srv/gone
locker_kill holds waits
umount -f -l /mnt/3
umount -f -l /mnt/4

done_testing
