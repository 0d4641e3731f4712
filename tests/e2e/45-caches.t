#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 25
# newest: full
#
# What the server keeps for its clients, files known by handle and files open for
# I/O, and what makes it let go: somebody on the server removes a file or runs it,
# there are too many, memory is short, nobody has asked for a while.

. "$(dirname "$0")/tools.sh"
need_ditto

server_start
host_add client1 10.0.0.11
mk_fs ext4 demo 96
chmod 777 /srv/demo
export_add demo /srv/demo '10.0.0.0/24,rw,no_root_squash'
mount_nfs client1 demo /mnt/1 actimeo=0 || bail "mount"

free_mb() { df --output=avail -m /srv/demo | tail -n 1; }
files() { counter vfs.files_open; }
objects() { counter vfs.objects_cached; }
at_most() { [ "$("$1")" -le "$2" ]; }

# ---- removed on the server -------------------------------------------------------

before=$(free_mb)
dd if=/dev/zero of=/mnt/1/big bs=1M count=40 conv=fsync status=none
cat /mnt/1/big >/dev/null
room() { [ "$(free_mb)" -ge $((before - 2)) ]; }
nok "a big file takes room" room
kept=$(objects)
rm /srv/demo/big
ok "removed on the server, its room is free at once" poll_until 5 room
ok "... and it is not known any more" test "$(objects)" -lt "$kept"
ok "the client sees that" test ! -e /mnt/1/big

exec 9>/mnt/1/open
dd if=/dev/zero bs=1M count=40 status=none >&9
sync -f /mnt/1
rm /srv/demo/open
ok "so is that of a file the client has open" poll_until 5 room
exec 9>&- 2>/dev/null

mkdir /mnt/1/dir
touch /mnt/1/dir/file
kept=$(objects)
rm -r /srv/demo/dir
gone() { [ "$(objects)" -le $((kept - 2)) ]; }
ok "a directory removed on the server is let go" poll_until 5 gone

# ---- used on the server ------------------------------------------------------------

cp /bin/true /mnt/1/program
sync -f /mnt/1
ok "a program a client has written runs on the server soon" poll_until 10 /srv/demo/program
ok "... and from the client" /mnt/1/program

# ---- too many ----------------------------------------------------------------------

mkdir /srv/demo/many
for i in $(seq 300); do
	echo "$i" >"/srv/demo/many/$i"
done
setting open-files 64
cat /mnt/1/many/* | sort -n >"$TMP/read"
ok "300 files are read with 64 open" cmp "$TMP/read" <(seq 300)
ok "... never more" at_most files 64
setting open-files 65536
setting objects 1024
for i in $(seq 1500); do
	: >"/srv/demo/many/x$i"
done
ls -l /mnt/1/many >/dev/null
stat -c %n /mnt/1/many/x* >"$TMP/names"
is "1500 files are looked at with 1024 known" "$(wc -l <"$TMP/names")" 1500
ok "... not many more" at_most objects 1100
setting objects 100000
cat /mnt/1/many/? >/dev/null
drop_caches
cat /mnt/1/many/?? >/dev/null
drop_caches
drop_caches
ok "when memory is short, nearly all are let go" poll_until 10 at_most objects 200
is "... and found again" "$(cat /mnt/1/many/7)" 7

# ---- idle --------------------------------------------------------------------------

setting open-files-read-idle 1
echo new >/mnt/1/many/7
cat /mnt/1/many/8 >/dev/null
ok "files are closed when nobody has used them for a while" poll_until 20 at_most files 0

umount_nfs /mnt/1
export_remove demo
ok "the file system can be unmounted" umount /srv/demo
is "nothing is known" "$(objects)" 0
is "nothing is open" "$(files)" 0
done_testing
