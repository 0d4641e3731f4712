# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What several end-to-end tests share beside lib.sh: the programs of tests/tools,
# the server's counters, and another server in its place.
#
# FULL=1 makes tests longer. PEER=knfsd has server_start, export_add and
# export_remove drive the kernel's own server, to see whether a test asks for
# what servers do.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

TOOLS=$E2E/../tools
FULL=${FULL:-}
PEER=${PEER:-}
SERVER_ADDRESS=10.0.0.1
export PYTHONDONTWRITEBYTECODE=1 FULL

# tap_of COMMAND...: run a program that prints TAP; its tests become ours.
tap_of() {
	local line status planned='' seen=0 fifo=$TMP/tap_of pid

	rm -f "$fifo"
	mkfifo "$fifo"
	"$@" >"$fifo" 2>&1 &
	pid=$!
	while IFS= read -r line; do
		case $line in
		'ok '*|'not ok '*)
			seen=$((seen + 1))
			[[ $line == ok* ]]
			result $? "${line#*ok * - }"
			;;
		1..*) planned=${line#1..} ;;
		'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done <"$fifo"
	wait $pid
	status=$?
	if [ "$planned" != "$seen" ] || [ $status -gt 1 ]; then
		result 1 "$(basename "$1") ${2:+$(basename "$2") }came to its end (status $status)"
	fi
}

# c_tool NAME: build tests/tools/NAME.c; it is $TMP/NAME then.
c_tool() {
	cc -O1 -o "$TMP/$1" "$TOOLS/$1.c" || bail "$1 is built"
}

# nfsraw ARGUMENT...: one call by hand; see tests/tools/nfsraw.
nfsraw() { "$TOOLS/nfsraw" "$@"; }

# counter GROUP.NAME: a counter of the server; 0 if there is none of that name.
counter() {
	dittoctl stats --json | python3 -c '
import json, sys
got = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    got = got.get(key, 0) if isinstance(got, dict) else 0
print(got)' "$1"
}

# setting NAME VALUE: until the test ends (the modules go then).
setting() { dittoctl set "$1" "$2"; }

# rises COUNTER BY DESCRIPTION COMMAND...: the command succeeds or not, but the counter goes up.
rises() {
	local name=$1 by=$2 what=$3 before

	shift 3
	before=$(counter "$name")
	"$@" >"$TMP/rises.log" 2>&1
	is "$what" "$(($(counter "$name") - before))" "$by"
}

# slabs: our slab caches and how many objects are in use in each.
slabs() { awk '/^ditto/ { print $1, $2 }' /proc/slabinfo; }

# Where everybody is, for the one who finds out why a test hangs.
server_state() {
	local p stack

	dittoctl clients
	dittoctl stats | grep -vE ' 0$'
	ss -tnmoi
	for p in $(pgrep kworker); do
		stack=$(cat "/proc/$p/stack" 2>/dev/null)
		[[ $stack != *ditto* ]] || echo "$p $(cat "/proc/$p/comm")
$stack"
	done
}

# in_time SECONDS COMMAND...: it ends in that time, or the server's state is shown.
in_time() {
	local seconds=$1 status=0

	shift
	timeout -k 2 "$seconds" "$@" || status=$?
	[ $status != 124 ] && [ $status != 137 ] || server_state
	return $status
}

need_ditto() {
	[ -z "$PEER" ] || skip_all "is about Ditto's own ways"
}

# A test's file systems are still in use by a peer when it ends.
peer_stop() { [ -z "$PEER" ] || { umount_all; knfsd_stop; }; }

# peer_fails DESCRIPTION: is that test known to fail with the peer?
peer_fails() { grep -qxF -- "$1" "$E2E/$PEER.todo"; }

# ---- another server ----------------------------------------------------------

case $PEER in
'') ;;
knfsd)
	# What it does otherwise is known; a test that fails for another reason is not.
	eval "$(declare -f result | sed '1s/result/own_result/')"
	result() {
		if [ "$1" != 0 ] && peer_fails "$2"; then
			TAP_COUNT=$((TAP_COUNT + 1))
			echo "not ok $TAP_COUNT - $2 # TODO not with $PEER"
		else
			own_result "$@"
		fi
	}

	PEER_EXPORTS=/run/peer-exports

	server_start() {
		mkdir -p "$PEER_EXPORTS"
		rm -f "$PEER_EXPORTS"/*
		knfsd_start || bail "knfsd starts"
	}

	# One line of exports(5) for each, so that one can be replaced.
	export_add() {
		local name=$1 path=$2 rule who fsid

		shift 2
		fsid=$(cksum <<<"$path" | cut -d' ' -f1)
		{
			printf '%s' "$path"
			for rule; do
				who=${rule%%,*}
				rule=${rule#"$who"}
				printf ' %s(insecure,no_subtree_check,fsid=%s%s)' "$who" "$fsid" "$rule"
			done
			echo
		} >"$PEER_EXPORTS/$name"
		cat "$PEER_EXPORTS"/* >/etc/exports
		exportfs -ra
	}

	export_remove() {
		rm -f "$PEER_EXPORTS/$1"
		cat "$PEER_EXPORTS"/* >/etc/exports 2>/dev/null
		exportfs -ra
	}

	# Its MOUNT has a port of its own, which rpcbind knows.
	eval "$(declare -f mount_nfs | sed '1s/mount_nfs/mount_path/; s/mountport=[^,]*,//')"
	mount_nfs() {
		local host=$1 path

		path=$(cut -d' ' -f1 "$PEER_EXPORTS/${2%%/*}" 2>/dev/null)
		[[ $2 != */* ]] || path=$path/${2#*/}
		shift 2
		mount_path "$host" "${path#/}" "$@"
	}
	;;
*) skip_all "no peer '$PEER'" ;;
esac
