#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 100
# newest: full
#
# Restarts: clients reclaim their locks from a server that has started anew, while others try
# to have them; clients that cannot be reached while they wait; a client that has died.

. "$(dirname "$0")/tools.sh"
need_ditto

export DITTO_STATE_DIR=$TMP/state
bridge_up
host_daemons server
server_start
mk_fs ext4 data 64
serve() { export_add data /srv/data '10.0.0.0/24,rw,no_root_squash'; }
serve
: >/srv/data/a
: >/srv/data/b
chmod 666 /srv/data/*
for i in 1 2 3; do
	host_add "client$i" "10.0.0.1$i"
	host_daemons "client$i"
	ok "client$i mounts" mount_locking "client$i" data "/mnt/$i"
done

stat_now() { dittoctl stats --json | python3 -c '
import json, sys
sys.path.insert(0, sys.argv[1])
import tap
out = {}
tap.walk(json.load(sys.stdin), "", out)
print(out.get(sys.argv[2], 0))' "$TOOLS" "$1"; }
stat_is() { [ "$(stat_now "$1")" = "$2" ]; }

# locker NAME HOST COMMAND...: a process whose answers go to $TMP/NAME; tell NAME COMMAND.
locker() {
	local name=$1 host=$2 command fd

	shift 2
	rm -f "$TMP/$name" "$TMP/$name.in"
	mkfifo "$TMP/$name.in"
	on "$host" python3 "$TOOLS/locker.py" <"$TMP/$name.in" >"$TMP/$name" 2>&1 &
	eval "pid_$name=$!"
	exec {fd}>"$TMP/$name.in"
	eval "fd_$name=$fd"
	for command; do
		echo "$command" >&$fd
	done
}
tell() {
	local fd=fd_$1

	echo "$2" >&"${!fd}"
}
answers() { [ "$(grep -c . "$TMP/$1")" -ge "$2" ]; }
answer() { sed -n "$2p" "$TMP/$1" | cut -d' ' -f1; }
# What clients have, one line each: CLIENT FIRST LAST STATE
locks() { dittoctl locks --json | python3 -c '
import json, sys
for l in json.load(sys.stdin):
    print(l["client"], l["first"], l["last"], l["state"])' | sort; }
locks_are() { [ "$(locks)" = "$1" ]; }
in_grace() { dittoctl status --json | grep -q '"grace": *[0-9]'; }
no_grace() { ! in_grace; }

# ---- the server restarts ---------------------------------------------------------------

locker holds client1 "open a /mnt/1/a rw" "try a w 0 10" "try a r 50 10"
locker other client2 "open a /mnt/2/a rw" "try a w 100 10"
ok "two clients have locks" poll_until 20 eval 'answers holds 3 && answers other 2'
had=$(locks)
is "three ranges" "$(wc -l <<<"$had")" 3
ok "the server goes" modules_unload
modules_load
# who is there before the clients are back
locker local server "open a /srv/data/a rw" "open b /srv/data/b rw"
serve
ok "and comes again" dittoctl listen add nfs --port "$NFS_PORT"
ok "the grace period begins" poll_until 10 in_grace
locker thief client3 "open a /mnt/3/a rw" "try a w 5 1"
locker new client3 "open b /mnt/3/b rw" "lock b w 0 0"
ok "the clients have reclaimed their locks" poll_until 30 locks_are "$had"
is "that is counted" "$(stat_now lock.ranges_reclaimed)" 3
ok "somebody else's new claims are told to wait" poll_until 20 eval '[ "$(stat_now lock.refused_in_grace)" -ge 2 ]'
ok "it is still grace" in_grace
nok "the thief was not answered" answers thief 2
nok "nor who wants what is free" answers new 2
tell local "try a w 5 1"
ok "a local process is answered" poll_until 5 answers local 3
is "it meets what was reclaimed" "$(answer local 3)" EAGAIN
ok "grace is ended" dittoctl grace end
ok "it has" no_grace
ok "the thief has his answer" poll_until 40 answers thief 2
is "he does not get it" "$(answer thief 2)" EAGAIN
ok "who wanted what is free has it" poll_until 40 answers new 2
is "with success" "$(answer new 2)" ok
tell holds "unlock a 0 10"
poll_until 20 answers holds 4
tell thief "try a w 5 1"
ok "the holder still can give it back" poll_until 20 answers thief 3
is "and then another may have it" "$(answer thief 3)" ok

# ---- and again, with one of them gone for good ----------------------------------------------

for i in holds other thief new local; do
	tell $i quit
done
ok "nothing is locked" poll_until 20 locks_are ""
locker gone client1 "open a /mnt/1/a rw" "try a w 0 10"
locker other client2 "open a /mnt/2/a rw" "try a w 100 10"
ok "two clients have locks" poll_until 20 eval 'answers gone 2 && answers other 2'
link_down client1
ok "the server goes" modules_unload
modules_load
serve
ok "and comes again, and cannot reach one of them" dittoctl listen add nfs --port "$NFS_PORT"
ok "the other one has reclaimed its lock" poll_until 30 eval '[ "$(stat_now lock.ranges_reclaimed)" = 1 ]'
locker heir client3 "open a /mnt/3/a rw" "lock a w 0 10"
ok "a third one wants what the lost one had" poll_until 20 eval '[ "$(stat_now lock.refused_in_grace)" -ge 1 ]'
dittoctl grace end
ok "and has it after the grace period" poll_until 40 answers heir 2
link_up client1
ok "the lost one is back, and too late" poll_until 60 eval \
	'dittoctl stats --json | grep -q refused; [ "$(locks | grep -c client1)" = 0 ]'
tell gone "test a w 0 10"
ok "it is told who has it" poll_until 60 answers gone 3
for i in gone other heir; do
	tell $i quit
done
ok "nothing is locked" poll_until 30 locks_are ""

# ---- out of reach while it waits ---------------------------------------------------------------

locker first client1 "open b /mnt/1/b rw" "try b w 0 0"
ok "one has it" poll_until 20 answers first 2
locker waits client2 "open b /mnt/2/b rw" "lock b w 0 0"
ok "one waits for it" poll_until 20 stat_is nlm.blocks 1
locker next client3 "open b /mnt/3/b rw" "lock b w 0 0"
ok "and another one" poll_until 20 stat_is nlm.blocks 2
link_down client2
tell first "unlock b 0 0"
ok "who cannot be reached does not keep it from the other" poll_until 100 answers next 2
is "who has it" "$(answer next 2)" ok
link_up client2
tell next "unlock b 0 0"
ok "and has it when it is back and asks" poll_until 100 answers waits 2
is "with success" "$(answer waits 2)" ok
tell waits "unlock b 0 0"
for i in first waits next; do
	tell $i quit
done
ok "nothing is locked" poll_until 30 locks_are ""

done_testing
