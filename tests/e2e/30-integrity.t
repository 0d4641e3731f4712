#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 90
# newest: full
#
# What is written is what is read: random work on files held against a copy in
# memory, fio with checksums, dbench, trees copied in and out.

. "$(dirname "$0")/tools.sh"

server_start
host_add client1 10.0.0.11
host_add client2 10.0.0.12
mk_fs ext4 data 600
mk_fs tmpfs fast 200
export_add data /srv/data '*,rw,no_root_squash'
export_add fast /srv/fast '*,rw,no_root_squash'
c_tool fsxlike

# the short check is the same each time
seed=${SEED:-${FULL:+$RANDOM}}
seed=${seed:-1}
operations=600
[ -z "$FULL" ] || operations=20000

# ---- fsxlike -------------------------------------------------------------------

# fsx DESCRIPTION EXPORT MOUNT-OPTIONS ARGUMENT...
fsx() {
	local what=$1 export=$2 options=$3

	shift 3
	mount_nfs client1 "$export" /mnt/1 "$options" || bail "mount $options"
	seed=$((seed + 1))
	ok "$what, seed $seed" "$TMP/fsxlike" -s $seed -n $operations "$@" /mnt/1/fsx
	ok "... and so it is on the server" cmp /mnt/1/fsx "/srv/$export/fsx"
	umount_nfs /mnt/1
}
fsx "random work on ext4" data ''
fsx "... on tmpfs" fast '' -l 1048576
fsx "... with small transfers" data rsize=4096,wsize=8192
fsx "... synchronously" fast sync
fsx "... past the cache too" data '' -D
mount_nfs client2 fast /mnt/2
fsx "... with another client looking on" fast '' -o /mnt/2/fsx -l 65536
umount_nfs /mnt/2

# ---- fio -----------------------------------------------------------------------

fio_run() {
	local dir=$1

	shift
	fio --directory="$dir" --size=8M --verify=crc32c --verify_fatal=1 --do_verify=1 \
		--verify_state_save=0 --group_reporting --minimal --fallocate=none --create_on_open=1 "$@"
}
mount_nfs client1 data /mnt/1
ok "fio: random writes of 4 KiB, verified" fio_run /mnt/1 --name=small --rw=randwrite --bs=4k \
	--size=${FULL:+6}2M --end_fsync=1
ok "fio: mixed sizes by two jobs" fio_run /mnt/1 --name=mixed --rw=randwrite \
	--bsrange=512-128k --numjobs=2 --end_fsync=1
ok "fio: large writes past the cache" fio_run /mnt/1 --name=direct --rw=write --bs=1M --direct=1 \
	--size=32M
ok "fio: with fsync now and then" fio_run /mnt/1 --name=sync --rw=randwrite --bs=16k --fsync=8 \
	--size=2M
rm -f /mnt/1/*.0

# ---- trees ---------------------------------------------------------------------

make_tree() {
	python3 - "$1" "${FULL:+10}40" <<-'END'
		import os, random, sys
		rng = random.Random(7)
		base, number = sys.argv[1], int(sys.argv[2])
		for d in range(5):
		    os.makedirs("%s/%d/sub" % (base, d))
		    for f in range(number // 5):
		        with open("%s/%d/%s%d" % (base, d, "sub/" * (f % 2), f), "wb") as out:
		            out.write(rng.randbytes(rng.choice((0, 1, 4095, 4096, 4097, 70000, 300000))))
		        os.utime(out.name, (f * 1000003, f * 1000003))
		        os.chmod(out.name, 0o600 + f % 64)
		    os.symlink("../%d" % d, "%s/%d/link" % (base, d))
	END
}
sums() (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
shape() (cd "$1" && find . -type f -printf '%P %m %s %Ts %n\n' -o -type l -printf '%P %l\n' | sort)

make_tree "$TMP/tree"
ok "a tree is copied in" cp -a "$TMP/tree" /mnt/1/
drop_caches
is "its sums are the same on the mount" "$(sums /mnt/1/tree)" "$(sums "$TMP/tree")"
is "... and on the server" "$(sums /srv/data/tree)" "$(sums "$TMP/tree")"
is "modes, sizes, times and links too" "$(shape /mnt/1/tree)" "$(shape "$TMP/tree")"
ok "it is copied out" cp -a /mnt/1/tree "$TMP/out"
ok "... unchanged" diff -r --no-dereference "$TMP/tree" "$TMP/out"
ok "through tar" eval 'mkdir /mnt/1/tar && tar -C "$TMP/tree" -c . | tar -C /mnt/1/tar -x'
is "... unchanged" "$(sums /srv/data/tar)" "$(sums "$TMP/tree")"
ok "and removed" rm -r /mnt/1/tree /mnt/1/tar

# ---- dbench --------------------------------------------------------------------

loadfile=$(ls /usr/share/dbench/client.txt /usr/share/dbench/loadfiles/client.txt 2>/dev/null | head -1)
if [ -n "$loadfile" ]; then
	# What dbench does, each file once: its own clock runs too long here.
	head -n "${FULL:+4}4000" "$loadfile" >"$TMP/loadfile"
	ok "dbench, two clients" dbench -c "$TMP/loadfile" -D /mnt/1 --timelimit="${FULL:+12}8" 2
else
	skip 1 "no dbench here"
fi
if [ -z "$PEER" ]; then
	is "no call ended in a server fault" "$(counter nfs3.err_serverfault)" 0
	is "no call failed for want of input and output" "$(counter nfs3.err_io)" 0
fi
peer_stop
done_testing
