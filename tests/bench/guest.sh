#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: Ditto and knfsd serve the same directory at once, on ports of
# their own; the same load runs against one and the other by turns. Lines of JSON
# (tests/bench/meter.h) go to /out/results.
#
#   guest.sh FS "CLIENTS..." N ROUNDS [raw|mount|all]

. "$(dirname "$0")/../e2e/lib.sh"

fs=$1
clients=$2
n=$3
rounds=$4
what=${5:-all}
bin=/ditto/build/bench/bin
dir=/srv/bench
ditto_port=20490
options="vers=3,nolock,proto=tcp,mountproto=tcp,noac,lookupcache=none"

mk_fs "$fs" bench 700 || bail "$fs at $dir"
mkdir -m 777 "$dir/list"
(cd "$dir/list" && seq -f 'entry-%06g' 1 10000 | xargs touch)
modules_load || bail "the modules load"
at_exit modules_unload
dittoctl listen add nfs --port $ditto_port --no-dittod || bail "Ditto listens"
dittoctl export add bench --path "$dir" --nfs --client '*,rw,no_root_squash' ||
	bail "Ditto exports"
# knfsd sizes its largest transfer by the memory there is; here both get 1 MiB
modprobe nfsd && mount -t nfsd nfsd /proc/fs/nfsd && echo 1048576 >/proc/fs/nfsd/max_block_size ||
	bail "knfsd takes 1 MiB"
knfsd_start "$dir" || bail "knfsd starts"
mountd=$(rpcinfo -p 127.0.0.1 | awk '$1 == 100005 && $2 == 3 && $3 == "tcp" { print $4; exit }')
[ -n "$mountd" ] || bail "knfsd's mountd is registered"

for i in $(seq 16); do
	host_add "c$i" "10.0.0.$((10 + i))" || bail "host c$i"
done

# label SERVER CLIENTS
label() { echo "$1:$fs:$2"; }

raw() {
	rm -f "$dir"/raw-*
	if [ "$1" = ditto ]; then
		"$bin/rawload" "$(label ditto "$2")" 127.0.0.1 $ditto_port $ditto_port /bench kworker "$2" "$n"
	else
		"$bin/rawload" "$(label knfsd "$2")" 127.0.0.1 2049 "$mountd" "$dir" nfsd "$2" "$n"
	fi >>/out/raw || bail "rawload against $1"
}

# mounts SERVER CLIENTS: one for each client, from its own namespace.
mounts() {
	local i dirs=()

	for i in $(seq "$2"); do
		mkdir -p "/mnt/$i" "$dir/c$i"
		if [ "$1" = ditto ]; then
			on "c$i" mount -t nfs -o "$options,port=$ditto_port,mountport=$ditto_port" \
				10.0.0.1:/bench "/mnt/$i"
		else
			on "c$i" mount -t nfs -o "$options,mountport=$mountd" 10.0.0.1:"$dir" "/mnt/$i"
		fi || bail "mount from $1"
		dirs+=("/mnt/$i/c$i")
	done
	# the same amount of work in all, however many clients share it
	"$bin/mntload" "$(label "$1" "$2")" kworker,nfsd $((n / $2 + 1)) "${dirs[@]}" \
		>>/out/mount || bail "mntload against $1"
	for i in $(seq "$2"); do
		umount "/mnt/$i" || bail "umount"
		rm -rf "$dir/c$i"
	done
}

: >/out/raw
: >/out/mount
for c in $clients; do
	for round in $(seq "$rounds"); do
		# whoever comes first pays for what the file system does once
		order="ditto knfsd"
		[ $((round % 2)) = 1 ] || order="knfsd ditto"
		for server in $order; do
			[ "$what" = mount ] || raw $server "$c"
			[ "$what" = raw ] || mounts $server "$c"
		done
	done
done
rm -f "$dir"/raw-*
result 0 "measured"
done_testing
