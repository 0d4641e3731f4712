#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 30
# newest: full
#
# Other clients and tools: libnfs, rpcinfo, showmount, UDP, IPv6, the oldest
# versions of MOUNT.

. "$(dirname "$0")/tools.sh"
need_ditto

rpcbind_start
server_start
host_add client1 10.0.0.11 fd00:d1::11
mk_fs tmpfs demo 64
export_add demo /srv/demo '*,rw,no_root_squash,insecure'
echo hello >/srv/demo/hello
mkdir /srv/demo/dir
dd if=/dev/urandom of=/srv/demo/large bs=1M count=5 status=none

# ---- libnfs ----------------------------------------------------------------------

url() { echo "nfs://$1/demo$2?nfsport=$NFS_PORT&mountport=$NFS_PORT${3:+&$3}"; }
like "nfs-ls lists an export" "$(on client1 nfs-ls "$(url 10.0.0.1 /)")" ' hello$'
like "... and all below it" "$(on client1 nfs-ls -R "$(url 10.0.0.1 /)" | grep -c .)" '^[3-9]'
is "nfs-cat shows a file" "$(on client1 nfs-cat "$(url 10.0.0.1 /hello)")" hello
ok "nfs-cp copies out" on client1 nfs-cp "$(url 10.0.0.1 /large)" "$TMP/large"
ok "... unchanged" cmp "$TMP/large" /srv/demo/large
ok "nfs-cp copies in" on client1 nfs-cp "$TMP/large" "$(url 10.0.0.1 /dir/copy)"
ok "... unchanged" cmp "$TMP/large" /srv/demo/dir/copy
chmod 777 /srv/demo
as_user 1000 nfs-cp /srv/demo/large "$(url 10.0.0.1 /mine)" >"$TMP/mine" 2>&1
is "a user's copy is his" "$(stat -c %u /srv/demo/mine)" 1000
like "libnfs finds the ports by itself" "$(on client1 nfs-ls nfs://10.0.0.1/demo/)" ' hello$'
fails_with "what is not exported" 'NOENT|No such|ACCES' on client1 nfs-ls "$(url 10.0.0.1 /../nothing)"

# ---- rpcinfo, showmount ------------------------------------------------------------

registered=$(on client1 rpcinfo -p 10.0.0.1)
for line in '100003 +3 +tcp +2049' '100003 +3 +udp +2049' '100005 +3 +tcp +2049' '100005 +1 +udp +2049'; do
	like "rpcbind knows $line" "$registered" "$line"
done
like "... and IPv6" "$(rpcinfo -s 127.0.0.1 | grep 100003)" 'tcp6'
ok "rpcinfo: a NULL call over TCP" on client1 rpcinfo -t 10.0.0.1 100003 3
ok "... UDP" on client1 rpcinfo -u 10.0.0.1 100003 3
ok "... MOUNT" on client1 rpcinfo -u 10.0.0.1 100005 3
ok "... MOUNT version 1" on client1 rpcinfo -t 10.0.0.1 100005 1
fails_with "... a version that is not there" 'not available|mismatch' rpcinfo -t 127.0.0.1 100003 2
like "showmount -e" "$(on client1 showmount -e 10.0.0.1)" '^/demo'
ok "showmount -a" on client1 showmount -a 10.0.0.1
ok "showmount -d" on client1 showmount -d 10.0.0.1

# ---- UDP -------------------------------------------------------------------------

udp() { on client1 "$TOOLS/nfsraw" --udp --server 10.0.0.1 "$@"; }
root=$(udp mnt /demo)
file=$(udp lookup "$root" hello)
is "NFS version 3 over UDP reads" "$(udp read "$file")" hello
new=$(udp create "$root" by-udp)
ok "... writes" udp write "$new" "through datagrams"
is "... what it should" "$(cat /srv/demo/by-udp)" "through datagrams"
ok "... and removes" udp remove "$root" by-udp
nok "... really" test -e /srv/demo/by-udp
is "each procedure answers over UDP as over TCP" "$(udp every "$root")" \
	"$(on client1 "$TOOLS/nfsraw" --server 10.0.0.1 every "$root")"
# The Linux client leaves UDP out by default; where it has it, it shall work.
if mount_nfs client1 demo /mnt/udp proto=udp,mountproto=udp 2>"$TMP/udp"; then
	ok "a mount over UDP" cmp /mnt/udp/large /srv/demo/large
	umount_nfs /mnt/udp
else
	skip 1 "the client has no UDP: $(head -1 "$TMP/udp")"
fi

# ---- IPv6 ------------------------------------------------------------------------

SERVER=fd00:d1::1 ok "a mount over IPv6" mount_nfs client1 demo /mnt/6 proto=tcp6,mountproto=tcp6
is "... is one" "$(findmnt -no OPTIONS /mnt/6 | grep -o 'proto=tcp6' | head -1)" proto=tcp6
is "... reads" "$(cat /mnt/6/hello)" hello
ok "... writes" dd if=/dev/urandom of=/mnt/6/six bs=1M count=3 conv=fsync status=none
ok "... what it should" cmp /mnt/6/six /srv/demo/six
like "the server shows the client's address" "$(dittoctl clients)" 'fd00:d1::11'
like "showmount -a too" "$(showmount -a --no-headers 127.0.0.1)" 'fd00:d1::11.*/demo'
umount_nfs /mnt/6

# ---- locks and grace, of nobody ------------------------------------------------------

is "no locks" "$(dittoctl locks)" 'no locks'
is "... in JSON" "$(dittoctl locks list --json)" '[]'
is "no clients with locks" "$(dittoctl locks clients)" 'no clients with locks'
is "no locks on a file" "$(dittoctl locks --file /srv/demo/hello)" 'no locks'
is "... by its name in an export" "$(dittoctl locks --file demo:/hello --json)" '[]'
fails_with "... that is not there" 'no file .*EXPORT:/PATH' dittoctl locks --file demo:/nothing
fails_with "... with a word too much" 'did you mean --file' dittoctl locks list /srv/demo/hello
like "why nobody waits" "$(dittoctl locks why /srv/demo/hello)" 'no client holds anything'
is "... in JSON" "$(dittoctl locks why demo:/hello --json)" '[]'
fails_with "a lock that is not there" 'no lock 4711.*dittoctl locks shows' dittoctl locks release 4711
fails_with "... all of it" 'no lock 4711' dittoctl locks release 4711 --all
fails_with "... that has no number" 'not the id of a lock' dittoctl locks release mine
fails_with "... that is not named" 'which lock' dittoctl locks release
fails_with "a client that is not there" 'no client 4711.*dittoctl locks clients' \
	dittoctl clients forget 4711
is "no grace period" "$(dittoctl grace)" 'no grace period'
like "... in JSON" "$(dittoctl grace show --json | tr -d '\n ')" '"active":false,"left_ms":0'
fails_with "... nothing to end" 'no grace period' dittoctl grace end
as_user 65534 dittoctl locks >"$TMP/locks" 2>&1
like "locks are the administrator's to see" "$(cat "$TMP/locks")" 'needs root'
timeout 2 dittoctl locks --watch >"$TMP/watch" 2>&1
is "nothing happens to locks" "$? $(cat "$TMP/watch")" '124 '

# ---- mount's ways ----------------------------------------------------------------

ok "a mount that asks rpcbind for everything" on client1 timeout 60 mount -t nfs -o vers=3,nolock \
	10.0.0.1:/demo /mnt/6
umount_nfs /mnt/6
ok "MOUNT over UDP" mount_nfs client1 demo /mnt/6 mountproto=udp
umount_nfs /mnt/6
ok "a directory of an export" mount_nfs client1 demo/dir /mnt/6
ok "... is that directory" cmp /mnt/6/copy /srv/demo/dir/copy
umount_nfs /mnt/6
fails_with "version 4 is not there yet" 'not supported|refused|No such|Protocol' on client1 timeout 60 \
	mount -t nfs -o vers=4.2,port=$NFS_PORT 10.0.0.1:/demo /mnt/6

ok "no listener, no registration" dittoctl listen remove nfs
unlike "... rpcbind has forgotten it" "$(rpcinfo -p 127.0.0.1)" '100003'

# ---- rpcbind comes later -----------------------------------------------------------

rpcbind_is() { dittoctl status | grep -qE "^rpcbind +$1"; }
rpcbind_knows() { rpcinfo -p 127.0.0.1 | grep -qE '100003 +3 +tcp +2049'; }
rpcbind_stop() {
	pkill -x rpcbind
	poll_until 10 sh -c '! pgrep -x rpcbind' && rm -f /run/rpcbind.sock
}
ok "rpcbind goes" rpcbind_stop
ok "the server listens without it" dittoctl listen add nfs
ok "... and says so" rpcbind_is trouble
rpcbind -w
ok "rpcbind is found when it comes" poll_until 20 rpcbind_knows
ok "... which is seen" rpcbind_is up
dittoctl listen remove nfs
ok "rpcbind goes again" rpcbind_stop
dittoctl listen add nfs
ok "the modules go while it is being waited for" modules_unload
modules_load
done_testing
