#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 30
# newest: full
# debug: yes
#
# NFS version 3 and MOUNT to the letter of RFC 1813, by raw calls (tests/tools/nfs3wire.py):
# statuses, sizes and counts the Linux client never shows.

. "$(dirname "$0")/tools.sh"
need_ditto

mk_fs ext4 wire 256
mk_fs tmpfs other 16
server_start
ok "an export" export_add wire /srv/wire '*,rw,no_root_squash'
ok "and another" export_add other /srv/other '*,rw,no_root_squash'
tap_of python3 "$TOOLS/nfs3wire.py" 127.0.0.1 wire /srv/wire other
is "no error without a name" "$(counter nfs3.err_serverfault)" 0
export_remove wire
export_remove other
ok "the file systems are free" umount /srv/wire /srv/other
done_testing
