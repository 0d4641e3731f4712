#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 40
# debug: yes
#
# NFS version 3 through the Linux client: each procedure does what it is for, on
# the server's file system too, and the server counted it.

. "$(dirname "$0")/tools.sh"

S=/srv/demo	# as the server sees it
C=/mnt/demo	# as the client does
P=/mnt/plain	# with READDIR instead of READDIRPLUS

# count GROUP.NAME: a counter of the server. Some hundred times, hence without an interpreter.
count() {
	dittoctl --json stats --group "${1%.*}" | sed -nE "s/.*\"${1#*.}\": *([0-9]+).*/\1/p"
}

# reaches PROCEDURE DESCRIPTION COMMAND...: it succeeds, and by that procedure.
reaches() {
	local proc=$1 what=$2 before out status=0

	shift 2
	before=$(count nfs3.$proc)
	out=$("$@" 2>&1) || status=$?
	if [ $status = 0 ] && [ "$(count nfs3.$proc)" -gt "$before" ]; then
		result 0 "$what ($proc)"
	else
		result 1 "$what ($proc)"
		diag "'$*' ended with $status, $proc $before -> $(count nfs3.$proc)
$out"
	fi
}

# answers STATUS DESCRIPTION COMMAND...: it fails, and the server said so.
answers() {
	local stat=err_$1 what=$2 before out status=0

	shift 2
	before=$(count nfs3.$stat)
	out=$("$@" 2>&1) || status=$?
	if [ $status != 0 ] && [ "$(count nfs3.$stat)" -gt "$before" ]; then
		result 0 "$what ($stat)"
	else
		result 1 "$what ($stat)"
		diag "'$*' ended with $status, $stat $before -> $(count nfs3.$stat)
$out"
	fi
}

modes() { stat -c '%F %a %u:%g' "$@"; }

mk_fs ext4 demo 256
chmod 755 $S
echo "from the server" >$S/greeting
mkdir $S/many
(cd $S/many && seq 1000 | xargs touch)
server_start
host_add client1 10.0.0.11
ok "an export is added" export_add demo $S '10.0.0.0/24,rw,no_root_squash'

# ---- mounting

for proc in null fsinfo pathconf; do
	eval "before_$proc=\$(count nfs3.$proc)"
done
ok "the client mounts it" mount_nfs client1 demo $C
mountpoint -q $C || bail "there is a mount to test"
for proc in null fsinfo pathconf; do
	eval "before=\$before_$proc"
	ok "mounting asks for $proc" test "$(count nfs3.$proc)" -gt "$before"
done
ok "MOUNT was asked" test "$(count mount.mnt)" -ge 1
like "transfers are of 1 MiB" "$(grep " $C " /proc/mounts)" 'rsize=1048576,wsize=1048576'
like "names of 255 bytes" "$(getconf NAME_MAX $C)" '^255$'
ok "it mounts without READDIRPLUS" mount_nfs client1 demo $P nordirplus,nosharecache

# ---- looking

reaches lookup "a file is found" stat $C/greeting
reaches access "and opened" test -r $C/greeting
is "its content is the server's" "$(cat $C/greeting)" "from the server"
reaches readdirplus "a directory is listed with attributes" ls -l $C
reaches readdirplus "a large one too" sh -c "[ \$(ls -l $C/many | wc -l) = 1001 ]"
reaches readdir "or without them" sh -c "[ \$(ls -f $P/many | sort -u | wc -l) = 1002 ]"
is "no name is lost or double" "$(ls -f $P/many | sort)" "$(ls -f $S/many | sort)"
reaches fsstat "how full it is" df $C
is "as the server says" "$(df -m --output=size,itotal $C | tail -1)" \
	"$(df -m --output=size,itotal $S | tail -1)"

# ---- data

dd if=/dev/urandom of=$TMP/data bs=1M count=9 2>/dev/null
reaches write "a file is written" dd if=$TMP/data of=$C/data bs=1M
reaches commit "and committed" dd if=$TMP/data of=$C/data bs=1M conv=fsync,notrunc
ok "it is on the server" cmp $TMP/data $S/data
ok "the client forgets" drop_caches
reaches read "and reads it back" cmp $TMP/data $C/data
for size in 1 3 4095 4097 1048577; do
	# a name of its own each: the client may remember for a while that there was none
	head -c $size $TMP/data >$S/odd-$size
	cp $S/odd-$size $C/copy-$size
	ok "$size bytes come and go" \
		sh -c "cmp $S/odd-$size $C/odd-$size && cmp $S/odd-$size $S/copy-$size"
	rm $C/odd-$size $C/copy-$size
done
ok "past 4 GiB" sh -c "echo far >$TMP/far && dd if=$TMP/far of=$C/large bs=1 seek=5000000000 conv=notrunc,fsync"
is "the file is that long" "$(stat -c %s $S/large)" 5000000004
ok "and a hole before that" sh -c "[ \$(stat -c %b $S/large) -lt 100 ]"
drop_caches
is "read back" "$(dd if=$C/large bs=1 skip=5000000000 2>/dev/null)" far
is "a hole reads as zeros" "$(head -c 1000 $C/large | tr -d '\0' | wc -c)" 0
ok "synchronous writes" dd if=$TMP/data of=$C/sync bs=4k count=16 oflag=sync
ok "direct ones" dd if=$TMP/data of=$C/direct bs=64k count=16 oflag=direct
ok "and direct reads" sh -c "dd if=$C/direct bs=64k iflag=direct | cmp -n 1048576 - $TMP/data"
before=$(count nfs3.write)
: >$C/empty
is "nothing to write is not written" "$(count nfs3.write)" "$before"

# ---- making

reaches create "a file is made" sh -c "umask 027; : >$C/file"
is "with the client's mode" "$(modes $S/file)" "regular empty file 640 0:0"
reaches create "exclusively" sh -c "set -C; umask 022; echo x >$C/exclusive"
is "with its attributes" "$(modes $S/exclusive)" "regular file 644 0:0"
is "and not in the past" "$(find $S/exclusive -newermt '-1 hour')" $S/exclusive
touch $S/behind
answers exist "but not what the server has meanwhile" python3 -c "
import os
os.open('$C/behind', os.O_CREAT | os.O_EXCL)"
reaches mkdir "a directory" mkdir -m 2775 $C/dir
is "with its mode" "$(modes $S/dir)" "directory 2775 0:0"
reaches symlink "a symbolic link" ln -s "../some where/else" $C/link
drop_caches
reaches readlink "which is read" sh -c "[ \"\$(readlink $C/link)\" = '../some where/else' ]"
is "and is one" "$(readlink $S/link)" "../some where/else"
long=$(head -c 1000 /dev/zero | tr '\0' l)
ok "a long one" ln -s "$long" $C/long-link
drop_caches
is "is kept whole" "$(readlink $C/long-link)" "$long"
reaches mknod "a FIFO" mkfifo -m 600 $C/fifo
is "is one" "$(modes $S/fifo)" "fifo 600 0:0"
reaches mknod "a device" mknod -m 640 $C/null c 1 3
is "with its number" "$(stat -c '%F %t:%T' $S/null)" "character special file 1:3"
reaches mknod "another kind" mknod $C/disk b 259 1048575
is "with a large number" "$(stat -c '%F %Hr:%Lr' $S/disk)" "block special file 259:1048575"
reaches mknod "a socket" python3 -c "
import os, socket
os.chdir('$C'); socket.socket(socket.AF_UNIX).bind('socket')"
is "is one" "$(stat -c %F $S/socket)" socket
reaches link "a second name" ln $C/file $C/file2
is "of the same file" "$(stat -c %i $S/file2)" "$(stat -c %i $S/file)"
is "counted" "$(stat -c %h $C/file)" 2
name=$(head -c 255 /dev/zero | tr '\0' n)
ok "a name of 255 bytes" touch "$C/$name"
ok "is there" test -e "$S/$name"
ok "a name that is no UTF-8" touch "$C/$(printf 'a\377b c\nd')"
ok "is there too" test -e "$S/$(printf 'a\377b c\nd')"

# ---- changing

reaches setattr "the mode" chmod 4751 $C/file
is "is set" "$(modes $S/file)" "regular empty file 4751 0:0"
reaches setattr "the owner" chown 1001:1002 $C/file
is "is set, and set-id is gone" "$(modes $S/file)" "regular empty file 751 1001:1002"
reaches setattr "a time" touch -d '2001-02-03 04:05:06.789 UTC' $C/file
is "is set" "$(TZ=UTC stat -c %y $S/file)" "2001-02-03 04:05:06.789000000 +0000"
reaches setattr "the server's time" touch $C/file
is "is now" "$(find $S/file -newermt '-1 min')" $S/file
reaches setattr "the size" truncate -s 70000 $C/file
is "is set" "$(stat -c %s $S/file)" 70000
reaches rename "a file is renamed" mv $C/file $C/dir/moved
ok "and is there" test -e $S/dir/moved
reaches rename "over another" sh -c "echo new >$C/new && mv $C/new $C/dir/moved"
is "which it replaces" "$(cat $S/dir/moved)" new
reaches rename "a directory too" mv $C/dir $C/dir2

# ---- removing

reaches remove "a file is removed" rm $C/file2
nok "and is gone" test -e $S/file2
answers notempty "a directory that is not empty stays" sh -c \
	"rmdir $C/dir2"
rm $C/dir2/moved
reaches rmdir "an empty one goes" rmdir $C/dir2
nok "and is gone" test -e $S/dir2

# ---- refusals

answers noent "what is not there" stat $C/nothing
nok "a name that is too long" touch "$C/${name}n"
root=$(on client1 "$TOOLS/nfsraw" --server 10.0.0.1 mnt /demo)
is "which the server finds too" "$(on client1 "$TOOLS/nfsraw" --server 10.0.0.1 create "$root" "${name}n")" NAMETOOLONG
echo gone >$S/stale
exec 7<$C/stale
rm $S/stale
answers stale "a file that is gone" sh -c "echo 3 >/proc/sys/vm/drop_caches; cat <&7"
exec 7<&-
mkdir -m 700 $S/private
install -m 600 /dev/null $S/private/secret
nok "a directory of somebody else's" as_user 1000 ls $C/private
nok "a file of somebody else's" as_user 1000 sh -c "echo x >$C/greeting"
is "which stays as it was" "$(cat $S/greeting)" "from the server"
mkdir -m 1777 $S/sticky
as_user 1000 touch $C/sticky/mine
nok "the sticky bit holds" as_user 1001 rm -f $C/sticky/mine
ok "for others only" as_user 1000 rm $C/sticky/mine

# ---- groups of the caller

install -d -m 770 -g 1005 $S/group
ok "a further group counts" as_user 1000:1000,1003,1005 touch $C/group/file
nok "one that the caller is not in does not" as_user 1000:1000,1003 touch $C/group/file2

# ---- read-only, root squash

ok "the export becomes read-only" dittoctl export add demo --replace --path $S --nfs --client 10.0.0.0/24,ro,no_root_squash
nok "nothing is made" mkdir $C/new-dir
is "because it is" "$(on client1 "$TOOLS/nfsraw" --server 10.0.0.1 mkdir "$root" new-dir)" ROFS
nok "nothing written" sh -c "echo x >>$C/greeting"
is "it can still be read" "$(cat $C/greeting)" "from the server"
ok "the export squashes root" dittoctl export add demo --replace --path $S --nfs --client 10.0.0.0/24,rw
nok "root is nobody" mkdir $C/new-dir
is "and may not" "$(on client1 "$TOOLS/nfsraw" --server 10.0.0.1 mkdir "$root" new-dir)" ACCES
ok "others are who they are" as_user 1000 touch $C/sticky/again
ok "nobody may where everybody may" touch $C/sticky/squashed
is "as nobody" "$(stat -c %u:%g $S/sticky/squashed)" 65534:65534
ok "no client is allowed" dittoctl export add demo --replace --path $S --nfs --client 10.9.0.0/24,rw
drop_caches
answers acces "all is refused" stat $C/many/1
dittoctl export add demo --replace --path $S --nfs --client 10.0.0.0/24,rw,no_root_squash

# ---- a subdirectory, and what is none

mkdir -p $S/sub/dir
echo deep >$S/sub/dir/file
ok "a subdirectory is mounted" mount_nfs client1 demo/sub/dir /mnt/sub
is "and is that one" "$(cat /mnt/sub/file)" deep
umount_nfs /mnt/sub
refused=$(count mount.mnt_refused)
for what in demo/greeting demo/nothing demo/../etc nothing demo/sub/../../many; do
	nok "$what is not" mount_nfs client1 "$what" /mnt/none retry=0
done
ln -s /etc $S/outside
nok "a link is not followed" mount_nfs client1 demo/outside /mnt/none retry=0
ok "and the server said so" test "$(count mount.mnt_refused)" -ge $((refused + 4))

ok "it unmounts" umount_nfs $P
ok "and mounts again" mount_nfs client1 demo $P
is "all is still there" "$(ls -A $P | wc -l)" "$(ls -A $S | wc -l)"

for proc in null getattr setattr lookup access readlink read write create mkdir symlink mknod \
	remove rmdir rename link readdir readdirplus fsstat fsinfo pathconf commit; do
	ok "$proc was used" test "$(count nfs3.$proc)" -gt 0
done
for stat in serverfault badhandle io; do
	is "no $stat ever" "$(count nfs3.err_$stat)" 0
done
done_testing
