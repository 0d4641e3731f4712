#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: locks of Ditto and of knfsd with its lock manager, on the same
# directory, one after the other, for both want to be found by rpcbind.
#
#   locks.sh FS N ROUNDS MAX

. "$(dirname "$0")/../e2e/lib.sh"

fs=$1
n=$2
rounds=$3
max=$4
bin=/ditto/build/bench/bin
dir=/srv/bench

mk_fs "$fs" bench 700 || bail "$fs at $dir"
mkdir -m 777 "$dir/list"
(cd "$dir/list" && seq -f 'entry-%06g' 1 "$max" | xargs touch)
# the hosts' processes have a /run of their own each, so that each finds its rpcbind
host_daemons server || bail "rpcbind"
for i in 1 2; do
	host_add "c$i" "10.0.0.$((10 + i))" && host_daemons "c$i" || bail "host c$i"
	mkdir -p "/mnt/$i"
done

port_of() { rpcinfo -p 127.0.0.1 | awk -v p="$1" -v v="$2" '$1 == p && $2 == v && $3 == "tcp" { print $4; exit }'; }

start_ditto() {
	modules_load && dittoctl listen add nfs &&
		dittoctl export add bench --path "$dir" --nfs --client '*,rw,no_root_squash' &&
		dittoctl set ranges-per-file 1000000 && dittoctl set ranges-per-client 1000000 &&
		dittoctl set ranges 2000000
}
stop_ditto() { dittoctl stop && daemon_stop && modules_unload; }

start_knfsd() {
	rpc.statd --no-notify -F --port 4046 >/dev/null 2>&1 &
	statd=$!
	poll_until 10 port_of 100024 1
	knfsd_start "$dir"
}
stop_knfsd() {
	rpc.nfsd 0
	exportfs -ua
	pkill -x rpc.mountd
	pkill -x nfsdcld
	kill $statd
	wait $statd 2>/dev/null
	return 0
}

# measure SERVER EXPORT THREADS
measure() {
	local i

	"$bin/lockload" "$1:$fs:1" 127.0.0.1 2049 "$(port_of 100005 3)" "$(port_of 100021 4)" "$2" \
		"$3" "$n" "$max" >>/out/locks || bail "lockload against $1"
	for i in 1 2; do
		on "c$i" timeout 60 mount -t nfs -o vers=3,proto=tcp,mountproto=tcp "10.0.0.1:$2" "/mnt/$i" ||
			bail "mount from $1"
	done
	"$bin/lockmnt" "$1:$fs:2" "$3" "$n" /mnt/1 /mnt/2 >>/out/locks || bail "lockmnt against $1"
	umount /mnt/1 /mnt/2 || bail "umount"
}

: >/out/locks
for round in $(seq "$rounds"); do
	order="ditto knfsd"
	[ $((round % 2)) = 1 ] || order="knfsd ditto"
	for server in $order; do
		start_$server || bail "$server starts"
		if [ $server = ditto ]; then
			measure ditto /bench kworker
		else
			measure knfsd "$dir" lockd,nfsd
		fi
		stop_$server || bail "$server stops"
	done
done
result 0 "measured"
done_testing
