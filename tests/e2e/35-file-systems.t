#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 60
# newest: full
#
# The file systems whose page cache is sent as it lies, read cold: data larger
# than the read-ahead, holes, large directories, and what each of them makes of
# modes and ACLs.

. "$(dirname "$0")/tools.sh"

C=/mnt/fs

# same DESCRIPTION FILE: with nothing cached, the client reads what the server has.
same() {
	drop_caches
	ok "$fs: $1" cmp "$C/$2" "$S/$2"
}

mode_of() { stat -c %a "$@"; }

data() {
	dd if=/dev/urandom of="$TMP/random" bs=1M count=9 status=none
	ok "$fs: a file is written" cp "$TMP/random" $C/big
	same "... and read from the device" big
	ok "$fs: its content is right" cmp "$TMP/random" $C/big
	# read backwards: no read-ahead fits
	drop_caches
	ok "$fs: block by block from the end" python3 - $C/big "$TMP/random" <<'PY'
import sys
a, b = (open(n, "rb", buffering=0) for n in sys.argv[1:])
size = a.seek(0, 2)
for at in range(size - size % 30011, -1, -30011):
    a.seek(at), b.seek(at)
    assert a.read(30011) == b.read(30011), at
PY
	ok "$fs: cut and grown again" eval "truncate -s 1000001 $C/big; truncate -s 1500000 $C/big"
	same "... zeros are behind the cut" big
}

holes() {
	local at

	truncate -s 40M $C/sparse
	for at in 1 4097 70000 5000000 33554431; do
		printf x | dd of=$C/sparse bs=1 seek=$at conv=notrunc status=none
	done
	same "holes are zeros" sparse
	is "$fs: and stay holes" "$(($(stat -c %b $S/sparse) < 4096))" 1
	fallocate -l 3M $S/allocated
	printf x | dd of=$S/allocated bs=1 seek=2000000 conv=notrunc status=none
	same "what was allocated but not written is zeros" allocated
	fallocate -p -o 8192 -l 65536 $S/big
	same "a hole punched" big
}

directories() {
	mkdir $C/many
	(cd $C/many && seq -f 'a-rather-long-name-for-a-file-%g' 2500 | xargs touch)
	drop_caches
	is "$fs: every name is listed" "$(ls -f $C/many | wc -l)" 2502
	is "$fs: ... once" "$(ls -f $C/many | sort | uniq -d)" ''
	is "$fs: with attributes" "$(find $C/many -type f -size 0 | wc -l)" 2500
	is "$fs: numbers as on the server" "$(ls -i $C/many | md5sum)" "$(ls -i $S/many | md5sum)"
	ok "$fs: removed while it is listed" find $C/many -type f -delete
	ok "$fs: nothing is left" rmdir $C/many
}

names() {
	(umask 0; : >$C/open; mkdir $C/opendir; mkfifo $C/fifo)
	is "$fs: the mode is the client's" "$(mode_of $S/open $S/opendir $S/fifo | xargs)" '666 777 666'
	ok "$fs: exclusive creation" eval '(set -C; umask 027; : >$C/exclusive)'
	is "$fs: has its mode in the end" "$(mode_of $S/exclusive)" 640
	is "$fs: and present times, not the verifier's" \
		"$(find $S/exclusive -mmin -10 -amin -10)" $S/exclusive
	mkdir $S/acl
	setfacl -d -m u:1000:rwx,o::--- $S/acl
	(umask 0; : >$C/acl/file)
	is "$fs: the directory's default ACL counts" "$(mode_of $S/acl/file)" 660
	chown 0:100 $S/opendir && chmod 2777 $S/opendir
	ok "$fs: a file in a set-gid directory" as_user 1000:1000 touch $C/opendir/file
	is "$fs: has its group" "$(stat -c %u:%g $S/opendir/file)" 1000:100
	ok "$fs: a link" ln $C/open $C/second
	ok "$fs: renamed onto itself" python3 -c "import os; os.rename('$C/open', '$C/second')"
	is "$fs: both stay" "$(stat -c %h $S/open $S/second | xargs)" '2 2'
}

# Lies on another file system, and is read by its own means.
mk_overlay() {
	local base=/srv/base

	mk_fs ext4 base 400 && mkdir -p $base/{lower,upper,work} $S &&
		modprobe overlay && mount -t overlay overlay $S -o \
		"lowerdir=$base/lower,upperdir=$base/upper,workdir=$base/work,index=on,nfs_export=on"
}

server_start
host_add client1 10.0.0.11
for fs in ${FILE_SYSTEMS:-ext4 xfs btrfs tmpfs overlay}; do
	S=/srv/$fs
	if [ $fs = overlay ]; then
		make=mk_overlay
	else
		make="mk_fs $fs $fs 400"
	fi
	if ! $make; then
		skip 1 "no $fs here"
		continue
	fi
	dittoctl export add $fs --path $S --nfs --fsid 7 --client '*,rw,no_root_squash' ||
		bail "$fs is exported"
	ok "$fs: the client mounts it" mount_nfs client1 $fs $C
	data
	holes
	directories
	names
	ok "$fs: unmounted" umount_nfs $C
	ok "$fs: no more exported" export_remove $fs
	ok "$fs: free at once" umount $S
	rm -f "/dev/shm/$fs.img"
done
done_testing
