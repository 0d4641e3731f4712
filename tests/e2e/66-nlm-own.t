#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 40
# newest: full
#
# A machine that is server and client: its client's lock manager registers itself at
# rpcbind where ours is, and both have to be found.

. "$(dirname "$0")/tools.sh"
need_ditto

rpcbind_start
server_start
mk_fs ext4 own 64
export_add own /srv/own '*,rw,no_root_squash'
echo data >/srv/own/file
chmod 666 /srv/own/file

# ours VERSION TRANSPORT: is NLM registered where we listen?
nlm_port() { rpcinfo -p 127.0.0.1 | awk -v v="$1" -v t="$2" '$1 == 100021 && $2 == v && $3 == t { print $4 }'; }
ours() {
	dittoctl status
	rpcinfo -p 127.0.0.1
	[ "$(nlm_port 4 tcp)" = "$NFS_PORT" ] && [ "$(nlm_port 4 udp)" = "$NFS_PORT" ]
}

# locker NAME COMMAND...: a process whose answers go to $TMP/NAME.
locker() {
	local name=$1 fd command

	shift
	rm -f "$TMP/$name.in"
	mkfifo "$TMP/$name.in"
	python3 "$TOOLS/locker.py" <"$TMP/$name.in" >"$TMP/$name" 2>&1 &
	at_exit "kill -9 $! 2>/dev/null || :"
	exec {fd}>"$TMP/$name.in"
	eval "$name=$fd"
	for command; do
		echo "$command" >&$fd
	done
}
tell() { echo "$2" >&"${!1}"; }
answers() { [ "$(grep -c . "$TMP/$1")" = "$2" ]; }
answer() { sed -n "$2p" "$TMP/$1" | cut -d' ' -f1; }
seconds() { sed -n "$2p" "$TMP/$1" | cut -d' ' -f2; }

ok "NLM is registered" poll_until 10 ours
host_add client1 10.0.0.11
mkdir -p /mnt/own /mnt/again
for address in 127.0.0.1 10.0.0.1; do
	ok "$address: the machine mounts its own export, with locks" \
		timeout 60 mount -t nfs -o "vers=3,proto=tcp,mountproto=tcp" "$address:/own" /mnt/own
	ok "$address: NLM is registered where we are" ours
	diag "$(dittoctl status)"
	locker through "open f /mnt/own/file rw" "lock f w 0 10"
	ok "$address: a lock through the mount" poll_until 20 answers through 2
	is "$address: is granted" "$(answer through 2)" ok
	is "$address: by our server" "$(dittoctl locks --json | python3 -c '
import json, sys
print([(l["protocol"], l["kind"], l["first"], l["last"]) for l in json.load(sys.stdin)])')" \
		"[('nlm', 'range', 0, 9)]"
	locker beside "open f /srv/own/file rw" "try f w 5 1" "lock f w 5 1"
	ok "$address: a process beside it" poll_until 20 answers beside 2
	is "$address: is refused" "$(answer beside 2)" EAGAIN
	tell through "unlock f 0 10"
	ok "$address: and gets it in the end" poll_until 20 answers beside 3
	tell through "lock f w 0 10"
	ok "$address: now the one through the mount waits" poll_until 20 \
		eval 'dittoctl locks | grep -q waiting'
	tell beside "unlock f 5 1"
	ok "$address: until it is called back" poll_until 40 answers through 4
	took=$(echo "$(seconds beside 4) $(seconds through 4)" | awk '{ printf "%d", ($2 - $1) * 1000 }')
	diag "handed over in $took ms"
	result $((took >= 5000)) "$address: not after a while by asking again"
	tell through quit
	tell beside quit
	ok "$address: it is unmounted" poll_until 20 umount /mnt/own
	ok "$address: the mapping comes back after the client's lock manager took it along" \
		poll_until 30 ours
done

done_testing
