#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 10
# newest: full
#
# The rig itself, against the kernel's own server: hosts reach each other, file
# systems are made, the client mounts from its own host and sees what is there.

. "$(dirname "$0")/lib.sh"

host_add client1 10.0.0.11 fd00:d1::11
host_add client2 10.0.0.12
host_add stranger 172.16.0.9
ok "client1 reaches the server" on client1 ping -c 1 -W 5 10.0.0.1
ok "over IPv6 too" on client1 ping -c 1 -W 5 fd00:d1::1
ok "client1 reaches client2" on client1 ping -c 1 -W 5 10.0.0.12
ok "a stranger reaches the server" on stranger ping -c 1 -W 5 172.16.0.1
is "a host has its own name" "$(on client1 hostname)" client1
is "which is not the server's" "$(hostname)" server
link_down client2
nok "a host without link reaches nobody" on client2 ping -c 1 -W 1 10.0.0.1
link_up client2
ok "and does again with it" poll_until 10 on client2 ping -c 1 -W 1 10.0.0.1

for fs in tmpfs ext4 xfs btrfs; do
	if [ $fs != tmpfs ] && ! modprobe -q $fs && ! grep -qw $fs /proc/filesystems; then
		skip 1 "no $fs in this kernel"
		continue
	fi
	ok "a $fs is made" mk_fs $fs on-$fs
done
is "it is one" "$(stat -f -c %T /srv/on-ext4)" ext2/ext3

ok "the kernel's server starts" knfsd_start /srv/on-ext4
echo hello >/srv/on-ext4/greeting
ok "client1 mounts from it" on client1 mount -t nfs \
	-o vers=3,nolock,proto=tcp,mountproto=tcp 10.0.0.1:/srv/on-ext4 /mnt
MOUNTED+=(/mnt)
is "and reads" "$(cat /mnt/greeting)" hello
like "from its own host" "$(grep ' /mnt ' /proc/mounts)" 'addr=10.0.0.1'
ok "writes as somebody else are refused" on client1 sh -c \
	'! setpriv --reuid=1000 --regid=1000 --clear-groups touch /mnt/new'
is "as_user is that user" "$(as_user 1000:1000,1001 id -G)" \
	"1000 1001"
ok "it unmounts" umount_nfs /mnt
knfsd_stop
nok "and no longer serves" on client1 timeout 20 mount -t nfs \
	-o vers=3,nolock,retry=0 10.0.0.1:/srv/on-ext4 /mnt
done_testing
