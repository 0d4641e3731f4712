#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 120
#
# The Linux client, NFS version 3: what programs do on a mount, two clients that
# see and disturb each other, read-only and squashed exports, a full file system.

. "$(dirname "$0")/tools.sh"

server_start
host_add client1 10.0.0.11
host_add client2 10.0.0.12
# Large enough for mkfs to make it as it makes large ones.
mk_fs ext4 demo 600
export_add demo /srv/demo '10.0.0.0/24,rw,no_root_squash'

# ---- one client ----------------------------------------------------------------

ok "the client mounts" mount_nfs client1 demo /mnt/1
mountpoint -q /mnt/1 || bail "there is a mount to go on with"
ok "a second one too" mount_nfs client2 demo /mnt/2
like "it is NFS version 3" "$(findmnt -no FSTYPE,OPTIONS /mnt/1)" '^nfs .*vers=3,'
room() { df --output=itotal,iused "$1" | tail -1; df -BM --output=size "$1" | tail -1; }
is "df shows the server's room" "$(room /mnt/1)" "$(room /srv/demo)"

# A small C project: clone, build, run, look after it.
make_repository() (
	set -e
	mkdir "$TMP/project"
	cd "$TMP/project"
	for i in 1 2 3; do
		echo "int f$i(int x) { return x * $i; }" >f$i.c
		echo "int f$i(int x);" >f$i.h
	done
	cat >main.c <<-'END'
		#include "f1.h"
		#include "f2.h"
		#include "f3.h"
		int main(void) { return f1(1) + f2(2) + f3(3) == 14 ? 0 : 1; }
	END
	printf '*.o\nproduct\n' >.gitignore
	cat >Makefile <<-'END'
		product: main.o f1.o f2.o f3.o; $(CC) -o $@ $^
		main.o: f1.h f2.h f3.h
	END
	git init -q -b main .
	git add .
	git -c user.name=t -c user.email=t@example.org commit -q -m "project: start"
)
ok "a project to clone" make_repository
ok "git clone onto the mount" git clone -q "$TMP/project" /mnt/1/project
ok "make there" make -s -C /mnt/1/project
ok "the program runs" /mnt/1/project/product
is "git status is clean" "$(git -C /mnt/1/project status --porcelain)" ""
ok "the other client's make has nothing to do" make -s -q -C /mnt/2/project
ok "git fsck on the server" git -c safe.directory='*' -C /srv/demo/project fsck --strict
ok "the tree is removed" rm -r /mnt/1/project
nok "... also for the other client" test -e /srv/demo/project

# ---- both ----------------------------------------------------------------------

umount_nfs /mnt/1 /mnt/2
ok "unmount and mount again" mount_nfs client1 demo /mnt/1 actimeo=0,lookupcache=none
ok "... the second client" mount_nfs client2 demo /mnt/2 actimeo=0,lookupcache=none
tap_of python3 "$TOOLS/posix.py" /mnt/1 /mnt/2 /srv/demo
mk_fs tmpfs races 128
export_add races /srv/races '*,rw,no_root_squash'
mount_nfs client1 races /mnt/r1 actimeo=0,lookupcache=none
mount_nfs client2 races /mnt/r2 actimeo=0,lookupcache=none
tap_of python3 "$TOOLS/races.py" /mnt/r1 /mnt/r2 /srv/races ${FULL:+400}

# ---- read-only -----------------------------------------------------------------

export_add ro /srv/races '10.0.0.11,ro,no_root_squash' '10.0.0.12,rw,no_root_squash'
ok "a read-only export mounts" mount_nfs client1 ro /mnt/ro
echo read >/srv/races/readable
is "it is read" "$(cat /mnt/ro/readable)" read
for change in 'touch /mnt/ro/new' 'rm /mnt/ro/readable' 'mkdir /mnt/ro/d' 'ln -s x /mnt/ro/l' \
	'mv /mnt/ro/readable /mnt/ro/r2' 'chmod 600 /mnt/ro/readable' \
	'dd if=/dev/zero of=/mnt/ro/readable count=1 conv=notrunc,fsync'; do
	# What asks ACCESS first hears that it may not.
	fails_with "not changed: $change" 'Read-only file system|Permission denied' $change
done
[ -n "$PEER" ] || is "the client in the same rules that may write does" \
	"$(mount_nfs client2 ro /mnt/rw && echo new >/mnt/rw/new; cat /srv/races/new)" new

# ---- squash --------------------------------------------------------------------

mk_fs tmpfs squash 16
chmod 777 /srv/squash
mkdir -m 755 /srv/squash/roots
echo secret >/srv/squash/secret
chmod 600 /srv/squash/secret
owner() { stat -c %u:%g "/srv/squash/$1"; }

export_add squash /srv/squash '*,rw'
mount_nfs client1 squash /mnt/sq
touch /mnt/sq/root
is "root is squashed" "$(owner root)" 65534:65534
fails_with "... and may not what root may" 'Permission denied' cat /mnt/sq/secret
fails_with "... nor write into root's directory" 'Permission denied' touch /mnt/sq/roots/x
fails_with "... nor give files away" 'not permitted' chown 1000 /mnt/sq/root
as_user 1000:1001 touch /mnt/sq/user
is "users are not" "$(owner user)" 1000:1001
umount_nfs /mnt/sq

export_remove squash
export_add squash /srv/squash '*,rw,all_squash,anonuid=1234,anongid=1235'
mount_nfs client1 squash /mnt/sq
touch /mnt/sq/root2
as_user 1000 touch /mnt/sq/user2
is "all are squashed" "$(owner root2) $(owner user2)" "1234:1235 1234:1235"
umount_nfs /mnt/sq

export_remove squash
export_add squash /srv/squash '*,rw,no_root_squash'
mount_nfs client1 squash /mnt/sq
touch /mnt/sq/root3
is "root is root" "$(owner root3) $(cat /mnt/sq/secret)" "0:0 secret"
umount_nfs /mnt/sq

# ---- a full file system ----------------------------------------------------------

fill() {
	local out

	out=$(in_time 120 dd if=/dev/zero of="$1/fill" bs=64k count=4000 conv=fsync 2>&1) &&
		return 1
	grep -q 'No space left' <<<"$out" || { echo "$out"; return 1; }
}
for type in tmpfs ext4; do
	mk_fs $type "full-$type" 16
	export_add "full-$type" "/srv/full-$type" '*,rw,no_root_squash'
	ok "$type: mount" mount_nfs client1 "full-$type" /mnt/full
	echo kept >/mnt/full/kept
	ok "$type: writing until it is full says so" fill /mnt/full
	is "$type: nothing is left" "$(($(df --output=avail /srv/full-$type | tail -1) < 128))" 1
	fails_with "$type: a file that finds no room" 'No space left' \
		dd if=/dev/zero of=/mnt/full/other bs=1M count=1 conv=fsync
	is "$type: what was there is there" "$(cat /mnt/full/kept)" kept
	ok "$type: the large file goes" rm /mnt/full/fill
	ok "$type: then there is room" dd if=/dev/urandom of=/mnt/full/fits bs=1M count=4 conv=fsync
	ok "$type: and it is right" cmp /mnt/full/fits "/srv/full-$type/fits"
	umount_nfs /mnt/full
done

if [ -z "$PEER" ]; then
	is "no call was malformed" "$(counter rpc.garbage_arguments)" 0
	is "no call ended in a server fault" "$(counter nfs3.err_serverfault)" 0
	ok "with clients unmounted, exports go" eval \
		'umount_all; for e in demo ro races squash full-tmpfs full-ext4; do
			export_remove $e || exit 1; done'
	ok "... and their file systems at once" umount /srv/demo /srv/races /srv/squash \
		/srv/full-tmpfs /srv/full-ext4
fi
peer_stop
done_testing
