#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 150
# newest: full
# debug: yes
#
# The daemon: how it attaches to the kernel, what it keeps, what it tells other hosts'
# status monitors and hears from them. The protocols that want something of it are
# stood in for by the module ditto_rig; peers are small programs of their own.

. "$(dirname "$0")/tools.sh"
need_ditto

RIG=/sys/kernel/debug/ditto_rig
STATE=$TMP/state
LOG=$TMP/dittod.log
PORT=4045
export DITTO_STATE_DIR=$STATE
peers=2000
kills=12
[ -z "$FULL" ] || peers=10000 kills=60

rig_up() { modprobe ditto && modprobe ditto_rig; }
# The server is loaded anew: another instance.
rig_again() { modules_unload && rig_up; }
want() { echo "$*" >"$RIG/call"; }
heard() { cat "$RIG/heard"; }
forget() { echo >"$RIG/heard"; }

daemon=
daemon_up() { dittoctl status | grep -q "^dittod  *up: process $daemon\$"; }
# dittod_start OPTION...: start it, until it is attached.
dittod_start() {
	dittod --foreground --state-dir "$STATE" --port $PORT "$@" >>"$LOG" 2>&1 &
	daemon=$!
	poll_until 20 daemon_up
}
dittod_end() {
	local status=0

	kill "-${1:-TERM}" "$daemon" 2>/dev/null
	wait "$daemon" 2>/dev/null || status=$?
	daemon=
	return $status
}
at_exit '[ -z "$daemon" ] || kill -9 $daemon'

# in_records EXPRESSION: about what is on record, j.
in_records() {
	dittoctl nsm show --json | python3 -c '
import json, sys
j = json.load(sys.stdin)
names = [p["name"] for p in j["peers"]]
print(eval(sys.argv[1]))' "$1"
}
records_are() { [ "$(in_records "$1")" = "$2" ]; }

# nsm HOST ADDRESS [OPTION]... PROC ARGUMENT...: a call to dittod.
nsm() {
	local host=$1 address=$2

	shift 2
	on "$host" timeout 30 python3 "$TOOLS/nsmraw.py" call "$address" $PORT "$@"
}

# ends_with DESCRIPTION STATUS REGEX COMMAND...: exit code and words.
ends_with() {
	local what=$1 want=$2 regex=$3 out status=0

	shift 3
	out=$(timeout 30 "$@" 2>&1) || status=$?
	is "$what: exit code" "$status" "$want"
	like "$what: words" "$out" "$regex"
}

# peer_start HOST OPTION...: its status monitor and rpcbind; writes $TMP/HOST.heard.
peer_start() {
	local host=$1

	shift
	: >"$TMP/$host.heard"
	on "$host" python3 "$TOOLS/nsmraw.py" peer "$TMP/$host.heard" "$@" >"$TMP/$host.out" 2>&1 &
	at_exit "kill $! 2>/dev/null"
	poll_until 20 grep -q ready "$TMP/$host.out"
}
peer_heard() { [ "$(wc -l <"$TMP/$1.heard")" -ge "$2" ]; }
# Seconds from $1 until a peer heard for the first time.
peer_delay() { awk -v since="$1" 'NR == 1 { print int($1 - since + 0.999) }' "$TMP/$2.heard"; }
now() { date +%s.%N; }

# ---- the kernel's side ---------------------------------------------------------------

rig_up || bail "the modules load"
at_exit modules_unload
[ -n "${SKIP_RAW:-}" ] || tap_of timeout -k 2 200 python3 "$TOOLS/daemonraw.py"
# It has left some requests behind, which wait.
ok "the modules unload while requests wait" modules_unload
rig_up

# ---- it starts and ends ------------------------------------------------------------------

ok "help" dittod --help
like "the version" "$(dittod --version)" '^dittod [0-9]'
ends_with "an unknown option" 2 "unknown option '--nonsense'" dittod --nonsense
ends_with "a bad port" 2 'not a port' dittod --port 99999
ends_with "a bad level" 2 'not a level' dittod --log-level loud
echo 'log-level loud' >"$TMP/bad.conf"
ends_with "a bad setting" 2 "bad.conf:1: write log-level" dittod --config "$TMP/bad.conf"

like "status says that it is not there" "$(dittoctl status)" '^dittod +idle: it does not run: systemctl start dittod'
rpcbind_start
dittod_start
ok "it starts" daemon_up
like "status says so" "$(dittoctl status)" "^dittod +up: process $daemon"
like "and of the status monitor" "$(dittoctl status)" '^nsm +up: state 1'
for t in udp tcp udp6 tcp6; do
	like "it is registered over $t" "$(rpcinfo -s | grep 100024)" "\b$t\b"
done
is "over each it answers" "$(for a in 127.0.0.1 ::1; do nsm server $a stat x; nsm server $a --udp stat x; done | sort -u)" "0 1"
ends_with "a second one in this namespace" 5 "process $daemon is the daemon of this network namespace" \
	dittod --foreground --state-dir "$TMP/other"
ends_with "a second one with these records" 5 'another dittod keeps its records in' \
	dittod --foreground --state-dir "$STATE"
ok "neither harms the first" daemon_up
dittod_end
is "told to end it ends" $? 0
like "and is gone" "$(dittoctl status)" '^dittod +idle'
unlike "from rpcbind too" "$(rpcinfo -s)" 100024
ok "in the background it says when it is ready" timeout 30 dittod --state-dir "$STATE" --port $PORT
daemon=$(pgrep -x dittod)
ok "... and it is" daemon_up
kill $daemon
poll_until 10 eval '! pgrep -x dittod'

# The service manager's socket.
python3 - "$TMP/notify" >"$TMP/notified" <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(100).decode(), flush=True)
END
notified=$!
poll_until 10 test -S "$TMP/notify"
NOTIFY_SOCKET=$TMP/notify dittod_start
ok "the service manager is told" poll_until 10 grep -qx READY=1 "$TMP/notified"
kill -HUP $daemon
ok "... when settings are read again" poll_until 10 grep -qx RELOADING=1 "$TMP/notified"
dittod_end
ok "... and at the end" poll_until 10 grep -qx STOPPING=1 "$TMP/notified"
kill $notified

# ---- another status monitor --------------------------------------------------------------

mkdir -p /var/lib/nfs/sm /var/lib/nfs/sm.bak
if rpc.statd --no-notify && poll_until 10 pgrep -x rpc.statd; then
	ends_with "rpc.statd is running" 3 "rpc.statd \(process $(pgrep -x rpc.statd)\).*systemctl disable.*--no-nsm" \
		dittod --foreground --state-dir "$STATE"
	dittod_start --no-nsm
	ok "but beside it one may run" daemon_up
	like "that is none" "$(dittoctl status)" '^nsm +idle: dittod was told --no-nsm'
	dittod_end
	pkill -x rpc.statd
	poll_until 10 eval '! pgrep -x rpc.statd'
else
	skip 4 "rpc.statd does not start here"
fi

# ---- who is on record ----------------------------------------------------------------------

for n in 1 2 3; do
	host_add client$n 10.0.0.1$n fd00:d1::1$n
done
host_add client4 fd00:d1::14
printf '10.0.0.11 client1\nfd00:d1::11 client1\n10.0.0.12 client2\n' >>/etc/hosts
at_exit 'sed -i "/client/d" /etc/hosts'

dittod_start
ok "a peer is put on record" want monitor client1 10.0.0.11
ok "twice is once" want monitor client1 10.0.0.11
ok "one with IPv6" want monitor client4 fd00:d1::14
is "they are" "$(in_records '[(p["name"], p["address"], p["for"], p["state"]) for p in j["peers"]]')" \
	"[('client1', '10.0.0.11', 'kernel', None), ('client4', 'fd00:d1::14', 'kernel', None)]"
ok "one is taken off it" want unmonitor client4 fd00:d1::14
is "it is" "$(in_records names)" "['client1']"
like "in words too" "$(dittoctl nsm)" '^client1 +10.0.0.11 +kernel +- +20'

# Lock managers on this host.
is "root of this host may monitor" "$(nsm server 127.0.0.1 mon client2 100099 1)" "0 1"
is "over UDP and IPv6" "$(nsm server ::1 --udp mon 10.0.0.13 100099 1)" "0 1"
is "a name without an address cannot be" "$(nsm server 127.0.0.1 mon no-such-host.invalid 100099 1)" "1 1"
is "an ordinary user may not" "$(nsm server 127.0.0.1 --high mon client3 100099 1)" "AUTH_ERROR 5"
for p in "mon client3 100099 1" "unmon client2 100099 1" "unmon-all 100099 1" simu-crash; do
	is "another host may not: ${p%% *}" "$(nsm client1 10.0.0.1 $p)" "AUTH_ERROR 5"
done
is "all of it is on record" "$(in_records 'sorted(names)')" "['10.0.0.13', 'client1', 'client2']"
is "one is taken off again" "$(nsm server 127.0.0.1 unmon 10.0.0.13 100099 1)" "1"
is "anybody may ask for the state" "$(nsm client1 10.0.0.1 stat x)" "0 1"

# ---- a peer has restarted -------------------------------------------------------------------

forget
is "a peer says that it has restarted" "$(nsm client1 10.0.0.1 notify client1 3)" ""
is "the kernel hears it" "$(heard)" "rebooted client1 10.0.0.11 3"
is "it says it again" "$(nsm client1 10.0.0.1 --udp notify client1 3)" ""
is "and that is nothing new" "$(heard | wc -l)" 1
is "its state is on record" "$(in_records '[p["state"] for p in j["peers"] if p["name"] == "client1"]')" "[3]"
is "another host says it" "$(nsm client2 10.0.0.1 notify client1 5)" "AUTH_ERROR 5"
is "over UDP" "$(nsm client2 10.0.0.1 --udp notify client1 5)" "AUTH_ERROR 5"
is "a process of this host does" "$(nsm server 127.0.0.1 notify client1 5)" ""
is "nobody hears it" "$(heard | wc -l)" 1
is "it says so from another of its addresses" "$(nsm client1 fd00:d1::1 notify client1 5)" ""
is "that is heard" "$(heard | tail -n 1)" "rebooted client1 10.0.0.11 5"
is "a host that nobody knows" "$(nsm client3 10.0.0.1 notify client3 9)" ""
is "is nobody's" "$(heard | wc -l)" 2
# A lock manager on this host is called back.
python3 "$TOOLS/nsmraw.py" lockd "$TMP/lockd.heard" 100099 >"$TMP/lockd.out" 2>&1 &
lockd=$!
poll_until 20 grep -q ready "$TMP/lockd.out"
is "a peer of a lock manager here" "$(nsm client2 10.0.0.1 notify client2 7)" ""
is "... who is called back" "$(cat "$TMP/lockd.heard")" "100099 4 1 client2 7 0123456789abcdef"
kill $lockd
# Without the server nobody has locks, and the answer comes nevertheless.
modules_unload
is "a peer says so where no server is" "$(nsm client1 10.0.0.1 notify client1 7)" ""
rig_up
ok "it attaches when the server comes" poll_until 20 daemon_up
peer_start client1
ok "and tells the peer of it" poll_until 60 records_are 'j["unnotified"]' "[]"
: >"$TMP/client1.heard"

# ---- it dies ---------------------------------------------------------------------------------

# What was acknowledged before it was killed is on record.
(
	for ((i = 0; i < 200; i++)); do
		want monitor k$i 10.1.$((i / 100)).$((i % 100)) && echo k$i
	done >"$TMP/acked"
) 2>"$TMP/acked.err" &
writer=$!
for ((k = 0; k < kills; k++)); do
	sleep 0.$((RANDOM % 90 + 10))
	dittod_end KILL
	dittod_start || break
done
wait $writer
dittod_end KILL
is "all were acknowledged" "$(wc -l <"$TMP/acked") $(cat "$TMP/acked.err")" "200 "
is "and are on record" "$(in_records '[n for n in open("'"$TMP"'/acked").read().split() if n not in names]')" "[]"
dittod_start
is "nobody was told of anything" "$(in_records 'j["unnotified"]')" "[]"
for ((i = 0; i < 200; i++)); do
	want unmonitor k$i 10.1.$((i / 100)).$((i % 100))
done
is "and off it again" "$(in_records '[n for n in names if n[0] == "k"]')" "[]"

# ---- the server has restarted -----------------------------------------------------------------

peer_start client3 --tcp-only
peer_start client4 --mute 1
for p in "client1 10.0.0.11" "client2 10.0.0.12" "client3 10.0.0.13" "client4 fd00:d1::14" \
	"nobody 10.0.0.77"; do
	want monitor $p
done
state=$(in_records 'j["state"]')
dittod_end
dittod_start
sleep 3
is "when the daemon alone has, nobody is told" "$(cat "$TMP"/client?.heard)" ""
is "and the state stays" "$(in_records 'j["state"]')" "$state"

link_down client2
rig_again
since=$(now)
ok "a peer is told over UDP" poll_until 10 peer_heard client1 1
is "within 5 seconds" "$(($(peer_delay "$since" client1) <= 5))" 1
ok "one over IPv6, twice because it did not answer" poll_until 20 peer_heard client4 2
is "within 5 seconds" "$(($(peer_delay "$since" client4) <= 5))" 1
ok "one that has only TCP" poll_until 20 peer_heard client3 1
is "within 10 seconds" "$(($(peer_delay "$since" client3) <= 10))" 1
# ports below 1024, of those that libraries choose
PRIVILEGED='([0-9]{3}|10[01][0-9]|102[0-3])'
like "by our name, with the next odd state, from a privileged port" "$(cat "$TMP/client1.heard")" \
	"^[0-9.]+ udp 10.0.0.1 $PRIVILEGED $(hostname) $((state + 2))$"
like "over TCP too" "$(cat "$TMP/client3.heard")" \
	"^[0-9.]+ tcp 10.0.0.1 $PRIVILEGED $(hostname) $((state + 2))$"
is "the state is odd" $(((state + 2) % 2)) 1
like "the kernel knows it" "$(dittoctl status)" "^nsm +up: state $((state + 2))$"
is "who is away is told later" "$(in_records '[p["name"] for p in j["unnotified"]]')" "['client2', 'nobody']"
is "who was monitored by a lock manager here still is" "$(in_records '[p["for"] for p in j["peers"]]')" \
	"['program 100099.4']"
peer_start client2
link_up client2
ok "when it is there again" poll_until 60 peer_heard client2 1
ok "... it is told no more" poll_until 10 records_are '[p["name"] for p in j["unnotified"]]' "['nobody']"
is "those who know are not told again" "$(cat "$TMP/client1.heard" "$TMP/client3.heard" | wc -l)" 2

# Who may reclaim.
forget
ok "who may reclaim is asked for" want list
is "and told" "$(heard | grep ^grace | cut -d' ' -f2 | sort | paste -sd' ')" "client1 client2 client3 client4 nobody"
dittod_end KILL
dittod_start
ok "the daemon dies" want monitor client1 10.0.0.11
is "it is as it was" "$(in_records 'len(j["may_reclaim"])')" 5
ok "the grace period ends" want grace-done
is "nobody may any more" "$(in_records 'j["may_reclaim"]')" "[]"
rig_again
ok "the server restarts at once" poll_until 20 records_are '[p["name"] for p in j["may_reclaim"]]' "['client1']"
ok "... the peer is told" poll_until 10 peer_heard client1 2

# ---- a lock manager here, and the machine, have --------------------------------------------------

state=$(in_records 'j["state"]')
want monitor client3 10.0.0.13
lines=$(wc -l <"$TMP/client2.heard")
is "a lock manager here says so" "$(nsm server 127.0.0.1 simu-crash)" ""
is "the state goes up by two" "$(in_records 'j["state"]')" $((state + 2))
ok "its peers are told" poll_until 20 peer_heard client2 $((lines + 1))
ok "so are those of the kernel" poll_until 20 peer_heard client3 2
is "which stay on record" "$(in_records names)" "['client3']"

nsm server 127.0.0.1 mon client2 100099 1 >/dev/null
dittod_end
python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE host SET boot = ?", ("another",))
db.commit()' "$STATE/dittod.db"
lines=$(wc -l <"$TMP/client2.heard")
dittod_start
is "after another boot the state is greater" "$(in_records 'j["state"]')" $((state + 4))
ok "peers of lock managers here are told" poll_until 20 peer_heard client2 $((lines + 1))
ok "those of the kernel too" poll_until 20 peer_heard client3 3
is "nobody is monitored" "$(in_records names)" "[]"

# ---- many -----------------------------------------------------------------------------------------

forget
ok "$peers peers" want flood $peers
diag "$(heard)"
is "all are on record" "$(in_records 'len(names)')" $peers
first=$(sed -n 's/.* ms //p' <<<"$(heard)")
want monitor client1 10.0.0.11
: >"$TMP/client1.heard"
rig_again
since=$(now)
ok "they are gone; one that is there is told" poll_until 20 peer_heard client1 1
is "within 5 seconds" "$(($(peer_delay "$since" client1) <= 5))" 1
diag "$(in_records 'len(j["unnotified"])') to be told"
daemon_fds() { ls "/proc/$daemon/fd" | wc -l; }
sleep 6
is "few descriptors are in use ($(daemon_fds))" $(($(daemon_fds) < 600)) 1
ok "meanwhile it answers" want monitor client2 10.0.0.12

# ---- records that are no good -------------------------------------------------------------------------

dittod_end
is "it ends" $? 0
unlike "it did not complain of itself" "$(cat "$LOG")" 'AddressSanitizer|runtime error|assert'
cp "$STATE/dittod.db" "$TMP/good.db"
dd if=/dev/urandom of="$STATE/dittod.db" bs=1k count=64 conv=notrunc status=none
ends_with "a damaged file" 4 "$STATE/dittod.db.*(damaged|not dittod's)" \
	dittod --foreground --state-dir "$STATE"
: >"$STATE/dittod.db"
ends_with "an empty file" 4 "$STATE/dittod.db is empty.*backup" \
	dittod --foreground --state-dir "$STATE"
cp "$TMP/good.db" "$STATE/dittod.db"
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = 77")' \
	"$STATE/dittod.db"
ends_with "one of a newer version" 4 'newer version \(schema 77' \
	dittod --foreground --state-dir "$STATE"
ends_with "dittoctl says so too" 1 'newer version' dittoctl nsm show
diag "$(grep -vE 'has restarted|telling|attached|server is gone' "$LOG" | tail -n 20)"
done_testing
