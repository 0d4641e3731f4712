# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The library of all end-to-end tests. They run as root in a guest and print
# TAP; one kernel holds the server and all its clients, each a network namespace:
#
#      root namespace ("server")
#      dittoctl, /srv/..., ditto.ko            client1           client2       stranger
#     +---------------------------------+   +-----------+     +-----------+  +----------+
#     | br0  10.0.0.1/24  fd00:d1::1/64 |   | eth0      |     | eth0      |  | eth0     |
#     |      172.16.0.1/24 ...          |   | 10.0.0.11 |     | 10.0.0.12 |  |172.16.0.9|
#     |  |        |          |          |   | fd00:d1:: |     | fd00:d1:: |  |          |
#     | v-client1 v-client2 v-stranger  |   |        11 |     |        12 |  |          |
#     +--|--------|----------|----------+   +-----|-----+     +-----|-----+  +----|-----+
#        |        |          |                    |                 |             |
#        |        |          +--------------------|-----------------|-------------+
#        |        +-------------------------------|-----------------+
#        +----------------------------------------+
#
# A test reads: . "$(dirname "$0")/lib.sh"; server_start; host_add client1
# 10.0.0.11; ...; ok "what should be" command...; done_testing. All it made goes
# away at its end, the modules too, and the kernel's log is looked at.
#
# Comments at the head of a .t file that the runner reads:
#   # weight: SECONDS   what it takes on a stock kernel (10), to deal out the work
#   # debug: yes        it is one of those that run on the debug kernel
#   # newest: full      on the newest kernel it runs in the long check only
#   # full: yes         it runs in the long check only

set -u
E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TEST_NAME=$(basename "$0" .t)
TMP=$(mktemp -d "/tmp/$TEST_NAME.XXXXXX")
NFS_PORT=2049
# Keys and records of the test's own.
export DITTO_STATE_DIR=$TMP/state

# ---- TAP ---------------------------------------------------------------------

TAP_COUNT=0
TAP_FAILED=0
TAP_DONE=

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

# result STATUS DESCRIPTION: the test line itself.
result() {
	TAP_COUNT=$((TAP_COUNT + 1))
	if [ "$1" = 0 ]; then
		echo "ok $TAP_COUNT - $2"
	else
		TAP_FAILED=$((TAP_FAILED + 1))
		echo "not ok $TAP_COUNT - $2"
	fi
	return 0
}

# ok DESCRIPTION COMMAND...: the command succeeds.
ok() {
	local what=$1 out status=0

	shift
	out=$("$@" 2>&1) || status=$?
	result $status "$what"
	[ $status = 0 ] || diag "'$*' ended with $status:
$(tail -n 40 <<<"$out")"
}

# nok DESCRIPTION COMMAND...: the command fails (not by a signal or a time-out).
nok() {
	local what=$1 out status=0

	shift
	out=$("$@" 2>&1) || status=$?
	if [ $status -gt 0 ] && [ $status -lt 124 ]; then
		result 0 "$what"
	else
		result 1 "$what"
		diag "'$*' ended with $status:
$(tail -n 40 <<<"$out")"
	fi
}

# is DESCRIPTION GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		result 0 "$1"
	else
		result 1 "$1"
		diag "got:    $2
wanted: $3"
	fi
}

# like DESCRIPTION GOT REGEX (extended)
like() {
	if grep -qE -- "$3" <<<"$2"; then
		result 0 "$1"
	else
		result 1 "$1"
		diag "got:    $2
wanted: $3"
	fi
}

# unlike DESCRIPTION GOT REGEX
unlike() {
	if grep -qE -- "$3" <<<"$2"; then
		result 1 "$1"
		diag "got:      $2
unwanted: $3"
	else
		result 0 "$1"
	fi
}

# fails_with DESCRIPTION REGEX COMMAND...: it fails, and says so.
fails_with() {
	local what=$1 regex=$2 out status=0

	shift 2
	out=$("$@" 2>&1) || status=$?
	if [ $status != 0 ] && grep -qE -- "$regex" <<<"$out"; then
		result 0 "$what"
	else
		result 1 "$what"
		diag "'$*' ended with $status:
$(tail -n 40 <<<"$out")
wanted: $regex"
	fi
}

# skip COUNT REASON: that many tests make no sense here.
skip() {
	local i

	for i in $(seq "$1"); do
		TAP_COUNT=$((TAP_COUNT + 1))
		echo "ok $TAP_COUNT # SKIP $2"
	done
}

skip_all() {
	echo "1..0 # SKIP $*"
	TAP_DONE=y
	exit 0
}

# The test can't go on.
bail() {
	result 1 "$*"
	exit 1
}

# ---- what happens at the end ---------------------------------------------------

AT_EXIT=()

# at_exit COMMAND: run it when the test ends; last in, first out.
at_exit() { AT_EXIT+=("$1"); }

SPLAT='WARNING:|BUG:|Oops|KASAN|UBSAN|INFO: (task|rcu|possible)|suspicious RCU|possible .*deadlock|ODEBUG|refcount_t:|corruption'

clean_up() {
	local i

	cd /
	umount_all
	# An exported file system is in use.
	[ -z "$(modules_loaded)" ] || dittoctl stop >/dev/null 2>&1
	daemon_stop
	others_stop
	for ((i = ${#AT_EXIT[@]} - 1; i >= 0; i--)); do
		eval "${AT_EXIT[$i]}" >"$TMP/exit.log" 2>&1 || diag "at exit: ${AT_EXIT[$i]}: $(cat "$TMP/exit.log")"
	done
	AT_EXIT=()
}

# End of every test: what it made goes, then the plan is printed.
done_testing() {
	clean_up
	unlike "the kernel did not complain" \
		"$(dmesg | sed "1,/e2e: begin $TEST_NAME/d")" "$SPLAT"
	echo "1..$TAP_COUNT"
	TAP_DONE=y
	[ $TAP_FAILED = 0 ]
	exit
}

on_exit() {
	local status=$?

	trap - EXIT INT TERM
	if [ -z "$TAP_DONE" ]; then
		clean_up
		echo "not ok $((TAP_COUNT + 1)) - $TEST_NAME came to its end (status $status)"
		echo "1..$((TAP_COUNT + 1))"
		status=1
	fi
	rm -rf "$TMP"
	exit $status
}

trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# On the console too, so that what the kernel says can be told apart.
echo "<4>e2e: begin $TEST_NAME" >/dev/kmsg 2>/dev/null || :

# ---- waiting -------------------------------------------------------------------

# A kernel that checks every lock and access takes its time.
PATIENCE=1
[ ! -e /proc/lockdep ] || PATIENCE=5

# poll_until SECONDS COMMAND...: until the command succeeds; fails when time is up.
poll_until() {
	local end=$((SECONDS + $1 * PATIENCE))

	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# ---- hosts ---------------------------------------------------------------------

BRIDGE=
declare -A BRIDGE_NETS

bridge_up() {
	[ -z "$BRIDGE" ] || return 0
	ip link add br0 type bridge || return
	ip link set br0 up
	at_exit 'ip link del br0'
	BRIDGE=br0
}

# The server's address in the network of ADDRESS: its first.
bridge_address() {
	local net nodad=

	case $1 in
	*:*) net=${1%::*}::1/64 nodad=nodad ;;
	*) net=${1%.*}.1/24 ;;
	esac
	[ -z "${BRIDGE_NETS[$net]:-}" ] || return 0
	ip addr add "$net" dev br0 ${nodad:-}
	BRIDGE_NETS[$net]=y
}

# host_add NAME ADDRESS...: a host with these addresses (IPv4 /24, IPv6 /64);
# the server is .1 or ::1 in each of their networks.
host_add() {
	local name=$1 address

	shift
	bridge_up || return
	ip netns add "$name" || return
	mkdir -p /run/uts
	: >"/run/uts/$name"
	unshare --uts="/run/uts/$name" hostname "$name"
	# A client that still asks a server which has gone keeps its network namespace alive.
	at_exit "umount /run/uts/$name; ip link del v-$name; ip netns del $name"
	ip link add "v-$name" type veth peer name eth0 netns "$name" || return
	ip link set "v-$name" master br0 up
	ip -n "$name" link set lo up
	ip -n "$name" link set eth0 up
	for address; do
		bridge_address "$address"
		case $address in
		*:*) ip -n "$name" addr add "$address/64" dev eth0 nodad ;;
		*)
			ip -n "$name" addr add "$address/24" dev eth0
			ip -n "$name" route replace default via "${address%.*}.1"
			;;
		esac
	done
}

# on HOST COMMAND...: on that host; "server" is the root namespace. Mounts made
# there stay (ip netns exec would drop them with its mount namespace).
on() {
	local name=$1

	shift
	if [ "$name" = server ]; then
		"$@"
	else
		nsenter --net="/run/netns/$name" --uts="/run/uts/$name" -- "$@"
	fi
}

# as_user UID[:GID[,GID...]] COMMAND...: with these ids and no capability.
as_user() {
	local ids=$1 uid gids

	shift
	uid=${ids%%:*}
	gids=$uid
	[ "$ids" = "$uid" ] || gids=${ids#*:}
	setpriv --reuid="$uid" --regid="${gids%%,*}" --groups="$gids" -- "$@"
}

# Lose a host's link, and bring it back.
link_down() { ip link set "v-$1" down; }
link_up() { ip link set "v-$1" up; }

# ---- file systems --------------------------------------------------------------

# mk_fs tmpfs|ext4|xfs|btrfs NAME [MB]: a file system at /srv/NAME.
mk_fs() {
	local type=$1 name=$2 mb=${3:-256} dir=/srv/$2

	mkdir -p "$dir"
	case $type in
	tmpfs)
		mount -t tmpfs -o "size=${mb}m,mode=755" "$name" "$dir" || return
		;;
	*)
		[ "$type" != xfs ] || [ "$mb" -ge 320 ] || mb=320
		modprobe loop 2>/dev/null
		truncate -s "${mb}M" "/dev/shm/$name.img"
		"mkfs.$type" -q "/dev/shm/$name.img" || return
		mount -t "$type" -o loop "/dev/shm/$name.img" "$dir" || return
		at_exit "rm -f /dev/shm/$name.img"
		;;
	esac
	at_exit "! mountpoint -q $dir || umount $dir"
}

# ---- the server ----------------------------------------------------------------

modules_loaded() { awk '$1 ~ /^ditto/ { print $1 }' /proc/modules; }

modules_load() { modprobe "${@:-ditto_nfs}"; }

# Unload ours, users before what they use; fails when one stays.
modules_unload() {
	local m i

	for i in 1 2 3 4 5 6; do
		for m in $(modules_loaded); do
			rmmod "$m" 2>/dev/null
		done
		[ -n "$(modules_loaded)" ] || return 0
		[ "$i" = 1 ] || sleep 0.2
	done
	grep '^ditto' /proc/modules
	return 1
}

# server_start [HOST]: load the modules and listen for NFS (and MOUNT, on the
# same port, over TCP and UDP, IPv4 and IPv6). NO_DITTOD=y: the test starts dittod.
server_start() {
	local host=${1:-server}

	modules_load || bail "the modules load"
	[ "$host" != server ] || at_exit modules_unload
	on "$host" dittoctl listen add nfs --port "$NFS_PORT" ${NO_DITTOD:+--no-dittod} ||
		bail "the server listens"
}

server_stop() { modules_unload; }

# The daemons, which dittoctl started on the server and on other hosts.
daemon_stop() {
	pkill -x dittod || return 0
	poll_until 10 eval '! pgrep -x dittod'
}

# Other daemons that a test has started; one left behind would be found by the next test.
others_stop() {
	pkill -x rpcbind
	pkill -x rpc.statd
	poll_until 10 eval '! pgrep -x "rpcbind|rpc.statd"'
	rm -f /run/rpcbind.sock /run/rpcbind.lock
}

# export_add NAME PATH CLIENT_RULE...: e.g. export_add demo /srv/demo '10.0.0.0/8,rw'
export_add() {
	local name=$1 path=$2 rule args=()

	shift 2
	for rule; do
		args+=(--client "$rule")
	done
	dittoctl export add "$name" --path "$path" --nfs "${args[@]}"
}

export_remove() { dittoctl export remove "$1"; }

# status_of HOST JQ-LIKE.PATH: one value of dittoctl status --json.
status_of() {
	on "$1" dittoctl status --json | python3 -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[int(key)] if key.isdigit() else value[key]
print(value if isinstance(value, (str, int)) else json.dumps(value))' "$2"
}

# ---- the Linux client ----------------------------------------------------------

# mount_nfs HOST EXPORT DIR [OPTIONS]: SERVER:/EXPORT at DIR, as that host.
mount_nfs() {
	local host=$1 export=$2 dir=$3 opts=${4:-} server=${SERVER:-10.0.0.1}

	[ "$host" != server ] || server=${SERVER:-127.0.0.1}
	case $server in *:*) server="[$server]" ;; esac
	mkdir -p "$dir"
	on "$host" timeout 60 mount -t nfs -o \
		"vers=3,nolock,proto=tcp,port=$NFS_PORT,mountport=$NFS_PORT,mountproto=tcp${opts:+,$opts}" \
		"$server:/$export" "$dir"
}

# host_daemons HOST: its rpcbind and, but for the server, its status monitor. They have a /run
# and a /var/lib/nfs of their own, so that each finds those of its host.
host_daemons() {
	local host=$1 dir="$TMP/$1"

	mkdir -p "$dir"
	on "$host" unshare -m --propagation private bash -e -c '
		mount -t tmpfs run /run
		mkdir -p /run/rpcbind
		mount -t tmpfs nfs /var/lib/nfs
		mkdir -p /var/lib/nfs/sm /var/lib/nfs/sm.bak
		chown -R statd /var/lib/nfs 2>/dev/null || :
		rpcbind -w -f >/dev/null 2>&1 & echo $! >"$1/rpcbind"
		for i in $(seq 50); do
			rpcinfo -p 127.0.0.1 >/dev/null 2>&1 && break
			sleep 0.1
		done
		[ "$2" = server ] || { rpc.statd -F --no-notify >/dev/null 2>&1 & echo $! >"$1/statd"; }
	' daemons "$dir" "$host"
	at_exit "kill \$(cat $dir/rpcbind $dir/statd 2>/dev/null)"
}

# mount_locking HOST EXPORT DIR [OPTIONS]: as mount_nfs, with locks.
mount_locking() {
	local host=$1 dir=$3

	mkdir -p "$dir"
	on "$host" timeout 60 mount -t nfs -o \
		"vers=3,proto=tcp,port=$NFS_PORT,mountport=$NFS_PORT,mountproto=tcp${4:+,$4}" \
		"10.0.0.1:/$2" "$dir"
}

umount_nfs() { timeout 60 umount "$@"; }

# Whatever is mounted over NFS, the last one first; by force where the server is gone.
umount_all() {
	local dir

	awk '$3 ~ /^nfs4?$/ { print $2 }' /proc/mounts | tac | while read -r dir; do
		timeout 30 umount "$dir" 2>/dev/null || umount -f -l "$dir"
	done
}

# Forget what clients and server have cached of clean pages and inodes.
drop_caches() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

# ---- the kernel's own server, as a peer ----------------------------------------

# knfsd_start DIR...: exports them to everybody, NFSv3 and v4, on port 2049.
knfsd_start() {
	local dir n=100

	modprobe lockd nlm_grace_period=1 nlm_timeout=3 2>/dev/null
	modprobe nfsd || return
	mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
	mkdir -p /run/rpc_pipefs /run/rpcbind /var/lib/nfs/nfsdcld
	mountpoint -q /run/rpc_pipefs || mount -t rpc_pipefs sunrpc /run/rpc_pipefs
	rpcbind_start
	pgrep -x rpc.statd >/dev/null || rpc.statd --no-notify
	: >/etc/exports
	for dir; do
		n=$((n + 1))
		echo "$dir *(rw,no_root_squash,insecure,no_subtree_check,fsid=$n)" >>/etc/exports
	done
	exportfs -ra
	pgrep -x rpc.mountd >/dev/null || rpc.mountd
	pgrep -x nfsdcld >/dev/null || nfsdcld
	echo 10 >/proc/fs/nfsd/nfsv4gracetime
	echo 10 >/proc/fs/nfsd/nfsv4leasetime
	rpc.nfsd 8 || return
	at_exit knfsd_stop
}

knfsd_stop() {
	rpc.nfsd 0
	exportfs -ua
	pkill -x rpc.mountd
	pkill -x nfsdcld
	pkill -x rpc.statd
	return 0
}

rpcbind_start() {
	pgrep -x rpcbind >/dev/null && return
	rpcbind -w
}
