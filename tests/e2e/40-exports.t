#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 60
#
# Who may use an export: at MOUNT, and on every call with a handle that came from
# somewhere else. Changes of the rules act at once, a removed export lets its file
# system go, handles stay the same when it comes back.

. "$(dirname "$0")/tools.sh"
need_ditto

rpcbind_start
server_start
host_add client1 10.0.0.11 fd00:d1::11
host_add client2 10.0.0.12
host_add stranger 172.16.0.9 fd00:d2::9
mk_fs ext4 demo 64
echo demo >/srv/demo/file
chmod 666 /srv/demo/file
mkdir /srv/demo/dir
ln -s file /srv/demo/link

# from HOST ARGUMENT...: a call by hand from there.
from() {
	local host=$1 server=10.0.0.1

	shift
	[ "$host" != stranger ] || server=172.16.0.1
	on "$host" "$TOOLS/nfsraw" --server $server "$@"
}

# answers HOST HANDLE [OPTION...]: the different statuses of all procedures
answers() {
	local host=$1 handle=$2

	shift 2
	from "$host" "$@" every "$handle" | cut -d' ' -f2- | sort -u | paste -sd,
}

# Replace an export's rules.
rules() {
	local name=$1 path=$2 rule args=()

	shift 2
	for rule; do
		args+=(--client "$rule")
	done
	dittoctl export add "$name" --path "$path" --nfs --replace "${args[@]}"
}

# ---- not allowed ---------------------------------------------------------------

export_add demo /srv/demo '10.0.0.0/24,rw,no_root_squash'
before=$(counter mount.mnt_refused)
SERVER=172.16.0.1 fails_with "MOUNT from a network that is not allowed" \
	'access denied|Permission denied' mount_nfs stranger demo /mnt/no
ok "... is counted" test "$(counter mount.mnt_refused)" -gt "$before"
is "MNT says ACCES" "$(from stranger mnt /demo)" ACCES
is "... also over UDP" "$(from stranger --udp mnt /demo)" ACCES
is "an allowed client is told what is not there" "$(from client1 mnt /nothing)" NOENT
is "... and what is no directory" "$(from client1 mnt /demo/file)" NOTDIR
is "nobody mounts above an export" "$(from client1 mnt /demo/../..)" ACCES
ok "a directory of an export is mounted by its path" from client1 mnt //demo///./dir/

root=$(from client1 mnt /demo)
file=$(from client1 lookup "$root" file)
link=$(from client1 lookup "$root" link)
is "an allowed client reads the file" "$(from client1 read "$file")" demo
before=$(counter vfs.refused_address)
for handle in "$root" "$file" "$link"; do
	is "with its handle, a stranger gets ACCES from every procedure" \
		"$(answers stranger "$handle")" ACCES
	is "... over UDP" "$(answers stranger "$handle" --udp)" ACCES
done
is "... and is counted each time" "$(($(counter vfs.refused_address) - before))" 126
is "... and has changed nothing" "$(ls /srv/demo)" "$(printf 'dir\nfile\nlink\nlost+found')"
SERVER=10.0.0.1 nok "the server's other address does not help" mount_nfs stranger demo /mnt/no

# ---- which rule ----------------------------------------------------------------

write() { from "$1" ${3:-} write "$file" "$2"; }
rules demo /srv/demo '*,ro' '10.0.0.0/8,ro' '10.0.0.0/24,ro' '10.0.0.12,rw' '10.0.0.12,ro' \
	'172.16.0.0/16,rw,sec=krb5'
is "the longest prefix decides: one may write" "$(write client2 deux)" ""
is "... the others not" "$(write client1 eins)" ROFS
is "... which is so for each procedure that changes something" \
	"$(from client1 every "$root" | grep -c ROFS)" 11
is "what one wrote is there" "$(cat /srv/demo/file)" deux
is "a flavour that is not enough is told" "$(answers stranger "$file")" "AUTH_ERROR 5"
like "... at MOUNT too, with those that are" "$(from stranger mnt /demo)" '^01'
rules demo /srv/demo '10.0.0.11,rw,sec=none:sys' '10.0.0.12,rw'
is "sec=none takes AUTH_NONE" "$(from client1 --auth none read "$file")" deux
is "sec=sys does not" "$(from client2 --auth none read "$file")" "AUTH_ERROR 5"
is "AUTH_NONE is the anonymous user" \
	"$(from client1 --auth none create "$root" anon)" ACCES
rules demo /srv/demo '10.0.0.0/24,rw,secure,no_root_squash'
is "secure: not from a port above 1023" "$(from client1 read "$file")" ACCES
is "... but from one below" "$(from client1 --low read "$file")" deux
is "... MNT the same" "$(from client1 mnt /demo)" ACCES
rules demo /srv/demo '[fd00:d1::]/64,rw'
is "a rule for IPv6" "$(from client1 --server fd00:d1::1 read "$file")" deux
is "... is not for others" "$(from stranger --server fd00:d2::1 read "$file")" ACCES
is "... nor for IPv4" "$(from client1 read "$file")" ACCES
echo '10.0.0.12 client2.test' >>/etc/hosts
rules demo /srv/demo 'client2.test,rw'
is "a rule for a host by its name" "$(from client2 read "$file")" deux
is "... is not for others" "$(from client1 read "$file")" ACCES
sed -i '/client2.test/d' /etc/hosts
dittoctl export add none --path /srv/demo --nfs 2>/dev/null
is "without any rule nobody is allowed" "$(from client1 mnt /none)" ACCES
export_remove none
dittoctl export add smb --path /srv/demo --smb --client '*' 2>/dev/null
is "what is not for NFS is not there" "$(from client1 mnt /smb)" NOENT
export_remove smb

# ---- changes act at once ---------------------------------------------------------

rules demo /srv/demo '10.0.0.0/24,rw,no_root_squash'
mount_nfs client1 demo /mnt/1 actimeo=0 || bail "mount"
ok "a mounted client writes" dd if=/dev/zero of=/mnt/1/w bs=4k count=1 conv=fsync status=none
rules demo /srv/demo '10.0.0.0/24,ro'
fails_with "after a change to ro it does not" 'Read-only' touch /mnt/1/new
rules demo /srv/demo '10.0.0.12,rw'
fails_with "without a rule it has no access" 'Permission denied' ls /mnt/1
rules demo /srv/demo '10.0.0.0/24,rw,no_root_squash'
ok "with one again it goes on" touch /mnt/1/new
exec 9</mnt/1/file
rules demo /srv/demo '10.0.0.0/24,rw,all_squash,anonuid=77'
is "squashed it may still read what all may" "$(cat <&9)" deux
exec 9<&-
chmod 600 /srv/demo/file
fails_with "... and nothing else" 'Permission denied' cat /mnt/1/file
chmod 666 /srv/demo/file
rules demo /srv/demo '10.0.0.0/24,rw,no_root_squash'

# ---- removed -------------------------------------------------------------------

export_remove demo
is "handles of a removed export are stale" "$(answers client1 "$file")" STALE
fails_with "... for the client" 'Stale' ls /mnt/1
is "... and MNT finds nothing" "$(from client1 mnt /demo)" NOENT
ok "its file system is unmounted at once" umount /srv/demo
ok "... and mounted again" mount -t ext4 -o loop /dev/shm/demo.img /srv/demo
export_add demo /srv/demo '10.0.0.0/24,rw,no_root_squash'
is "old handles work again" "$(from client1 read "$file")" deux
is "... and are the same bytes" "$(from client1 mnt /demo)" "$root"
is "... the client goes on" "$(cat /mnt/1/file)" deux

cat >"$TMP/load.sh" <<-'END'
	while [ ! -e /tmp/load.stop ]; do
		dd if=/dev/zero of=$1/load-$2 bs=64k count=40 conv=fsync
		cat $1/load-* ; ls -lR $1; rm -f $1/load-$2
	done >/dev/null 2>&1
END
rm -f /tmp/load.stop
mount_nfs client2 demo /mnt/2
for i in 1 2; do
	bash "$TMP/load.sh" /mnt/$i $i &
done
busy() { [ "$(($(counter nfs3.write) - before))" -gt 20 ]; }
for round in 1 2 3; do
	before=$(counter nfs3.write)
	ok "clients are at work ($round)" poll_until 30 busy
	ok "... the export is removed" timeout 20 dittoctl export remove demo
	ok "... and its file system unmounted at once" umount /srv/demo
	mount -t ext4 -o loop /dev/shm/demo.img /srv/demo
	ok "... and it comes back" export_add demo /srv/demo '10.0.0.0/24,rw,no_root_squash'
done
touch /tmp/load.stop
wait
ok "the clients are well" eval 'rm -f /mnt/1/load-*; dd if=/dev/urandom of=/mnt/1/after bs=1M count=2 \
	conv=fsync status=none && cmp /mnt/1/after /srv/demo/after'

# ---- the list ------------------------------------------------------------------

export_add other /srv/demo/dir 10.0.0.12
like "showmount -e names the exports" "$(showmount -e --no-headers 127.0.0.1)" '^/demo +10.0.0.0/24$'
like "... and their clients" "$(showmount -e --no-headers 127.0.0.1)" '^/other .*10\.0\.0\.12'
like "showmount -a names who has mounted what" "$(showmount -a --no-headers 127.0.0.1)" \
	'^10\.0\.0\.11:/demo$'
like "showmount -d names what is mounted" "$(showmount -d --no-headers 127.0.0.1)" '^/demo$'
on client2 umount /mnt/2
unlike "... until it is unmounted" "$(showmount -a --no-headers 127.0.0.1)" '10\.0\.0\.12:/demo'
export_remove other

# ---- the server is loaded anew ---------------------------------------------------

cat >"$TMP/conf" <<-'END'
	share demo {
		path /srv/demo
		nfs
		client 10.0.0.0/24 rw no_root_squash
	}
	share sub {
		path /srv/demo/dir
		nfs
		client 10.0.0.0/24 rw no_root_squash
		client 172.16.0.0/16 rw no_root_squash
	}
	share mac {
		path /srv/demo
		nfs
		client * ro
		option mac
	}
END
echo inside >/srv/demo/dir/inside
ok "a configuration is applied" dittoctl apply "$TMP/conf"
is "the handle is the same with it" "$(from client1 mnt /demo)" "$root"
handles() {
	local e r

	for e in demo sub mac demo/dir; do
		r=$(from client1 mnt /$e)
		echo "$e $r"
	done
	from client1 lookup "$root" dir inside
}
all=$(handles)
exec 9</mnt/1/file
ok "the modules go while a client has it mounted" modules_unload
(sleep 0.2; dd if=/dev/zero of=/mnt/1/while-away bs=1M count=1 conv=fsync status=none) &
away=$!
modules_load
dittoctl apply "$TMP/conf"
dittoctl listen add nfs --port $NFS_PORT 2>/dev/null
wait $away
is "when they come back the client goes on" $? 0
is "... with files it had open" "$(cat <&9)" deux
exec 9<&-
is "all handles are the same bytes" "$(handles)" "$all"

# ---- no way out of an export ---------------------------------------------------

rules demo /srv/demo '10.0.0.0/24,rw,no_root_squash'
sub=$(from stranger mnt /sub)
inside=$(from stranger lookup "$sub" inside)
is "a client of a sub-directory reads what is in it" "$(from stranger read "$inside")" inside
# The same file as another export's handle would name it.
guess() { echo "${1:0:8}${2:8:8}${1:16}"; }
is "an id of another export is of no use" "$(answers stranger "$(guess "$file" "$sub")")" BADHANDLE
is "... nor its root's" "$(answers stranger "$(guess "$root" "$sub")")" BADHANDLE
is "... nor with the flags of this one" \
	"$(answers stranger "$(guess "${sub:0:4}${file:4}" "$sub")")" BADHANDLE
is "... nor with its MAC" "$(answers stranger "$(guess "${sub:0:4}${file:4}${sub: -16}" "$sub")")" \
	BADHANDLE
parent=$(from stranger lookup "$sub" ..)
is "LOOKUP of .. stays in the export" "$parent" "$sub"
like "a flipped bit of a handle with a MAC is seen" "$(from stranger flip "$sub" | paste -sd' ')" \
	"^BADHANDLE [0-9]+( STALE [0-9]+)?$"
mac=$(from client1 mnt /mac)
is "an export with the option mac" "$(from client1 flip "$mac" | cut -d' ' -f1 | sort -u |
	grep -cE '^(OK|SERVERFAULT|IO)')" 0
unlike "a handle without one may be guessed, but never crashes" \
	"$(from client1 flip "$root" | paste -sd' ')" 'SERVERFAULT'

# ---- file systems below ----------------------------------------------------------

mkdir -p /srv/demo/below
echo under >/srv/demo/below/under
mk_fs tmpfs demo/below 16
echo above >/srv/demo/below/above
is "a file system below is not shown" "$(ls /mnt/1/below)" under
dittoctl export add demo --path /srv/demo --nfs --replace --option crossmnt \
	--client '10.0.0.0/24,rw,no_root_squash'
drop_caches
is "with crossmnt it is" "$(cat /mnt/1/below/above)" above
ok "... as a file system of its own" test "$(stat -c %d /mnt/1/below/above)" != "$(stat -c %d /mnt/1/file)"
is "... which can be written" "$(echo new >/mnt/1/below/new; cat /srv/demo/below/new)" new
mounted=$(from client1 mnt /demo/below)
is "... and mounted by itself" "$(from client1 list "$mounted" | paste -sd,)" .,..,above,new
umount /mnt/1/below 2>/dev/null
umount_nfs /mnt/1
export_remove mac
export_remove sub

# ---- ... are known after a restart -------------------------------------------------

cross() { python3 "$TOOLS/ctlraw.py" cross "$@"; }
mkdir '/srv/demo/below/two words' /srv/demo/kind
mount -t tmpfs two '/srv/demo/below/two words' || bail "a file system below the one below"
mount -t proc proc /srv/demo/kind
echo deep >'/srv/demo/below/two words/deep'
above=$(from client1 lookup "$mounted" above)
deep=$(from client1 lookup "$mounted" 'two words' deep)
cat >"$TMP/conf" <<-'END'
	share demo {
		path /srv/demo
		nfs
		option crossmnt
		client 10.0.0.0/24 rw no_root_squash
	}
END
ok "LOOKUP is counted" test "$(counter nfs3.lookup)" -gt 0
ok "the modules go" modules_unload
modules_load
ok "a configuration with crossmnt is applied" dittoctl apply "$TMP/conf"
is "a handle of a file below is good again" "$(from client1 read "$above")" above
is "... two file systems below too" "$(from client1 read "$deep")" deep
export_remove demo
ok "the export is added anew" dittoctl export add demo --path /srv/../srv/demo --nfs \
	--option crossmnt --client '10.0.0.0/24,rw,no_root_squash'
is "the handle is good again" "$(from client1 read "$deep")" deep
is "... and nobody has looked up a name" "$(counter nfs3.lookup)" 0
is "what is known may be told again" "$(cross demo /srv/demo/below)" "ok "
is "a directory is no file system" "$(cross demo /srv/demo/dir)" \
	"EXDEV nothing is mounted at the path"
is "... nor is the export itself below it" "$(cross demo /srv/demo)" \
	"EXDEV the path is not below the export's directory"
is "... nor what is elsewhere" "$(cross demo /proc)" \
	"EXDEV the path is not below the export's directory"
like "one that cannot be shown is refused" "$(cross demo /srv/demo/kind)" \
	'^EINVAL .* not shown$'
is "a path there is none of" "$(cross demo /srv/demo/none)" "ENOENT the path does not exist"
export_remove demo
ok "what is below is unmounted" umount '/srv/demo/below/two words' /srv/demo/kind
dittoctl export add demo --path /srv/demo --nfs --option crossmnt \
	--client '10.0.0.0/24,rw,no_root_squash'
is "its handle is stale" "$(answers client1 "$deep")" STALE
is "... that of what is still there is not" "$(from client1 read "$above")" above

dittoctl export add demo --path /srv/demo --nfs --replace --client '10.0.0.0/24,rw,no_root_squash'
like "without crossmnt handles are stale" "$(answers client1 "$mounted")" '^(STALE|ACCES|BADHANDLE)$'
like "... and nothing below can be made known" "$(cross demo /srv/demo/below)" '^EXDEV .*crossmnt$'
export_remove demo
ok "the file system below can be unmounted" umount /srv/demo/below

is "no call ended in a server fault" "$(counter nfs3.err_serverfault)" 0
done_testing
