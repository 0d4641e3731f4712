#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# weight: 120
#
# The server goes while clients work, and comes back. It goes soon, leaves nothing
# behind, clients go on where they were, and what was committed is there.

. "$(dirname "$0")/tools.sh"
need_ditto

rounds=5
[ -z "$FULL" ] || rounds=50
down=20		# seconds the modules may take to go, under load

server_start
host_add client1 10.0.0.11
host_add client2 10.0.0.12
mk_fs ext4 data 256
mkdir -p /srv/data/fill
dd if=/dev/urandom of=/srv/data/steady bs=1M count=8 status=none
cat >"$TMP/conf" <<-'END'
	listen nfs
	share data {
		path /srv/data
		nfs
		client 10.0.0.0/24 rw no_root_squash
	}
END
dittoctl stop
ok "a configuration is applied" dittoctl apply "$TMP/conf"
# A reconnecting client waits longer after each failure: make it look again soon.
mount_nfs client1 data /mnt/1 timeo=20 || bail "mount"
mount_nfs client2 data /mnt/2 timeo=20,sync || bail "mount"

# ---- load ------------------------------------------------------------------------

# Each writer keeps a journal outside of the mount of what fsync() has promised.
cat >"$TMP/writer.py" <<'END'
import os, random, sys
base, journal, stop, seed = sys.argv[1:5]
rng = random.Random(int(seed))
log = open(journal, "w", buffering=1)
n = 0
while not os.path.exists(stop):
    name = "w%s-%d" % (seed, n % 20)
    data = rng.randbytes(rng.randrange(1, 200000))
    with open(base + "/" + name + ".new", "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    try:
        os.rename(base + "/" + name + ".new", base + "/" + name)
    except FileNotFoundError:
        # sent again to a server that had done it before it restarted: NFSv3 cannot tell
        if open(base + "/" + name, "rb").read() != data:
            raise
    fd = os.open(base, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
    log.write("%s %d %08x\n" % (name, len(data), __import__("zlib").crc32(data)))
    n += 1
log.write("end\n")
END
cat >"$TMP/check.py" <<'END'
import os, sys, zlib
bad = 0
for journal in sys.argv[2:]:
    last = {}
    lines = open(journal).read().splitlines()
    if not lines or lines[-1] != "end":
        print(journal, "has no end"); bad = 1
    else:
        lines.pop()
    for line in lines:
        name, size, crc = line.split()
        last[name] = (int(size), int(crc, 16))
    print(len(lines), "files promised")
    bad |= not last
    for name, want in last.items():
        data = open(sys.argv[1] + "/" + name, "rb").read()
        if (len(data), zlib.crc32(data)) != want:
            print(name, "is", len(data), "bytes, not what was promised"); bad = 1
sys.exit(bad)
END
for i in 1 2; do
	python3 "$TMP/writer.py" /mnt/$i "$TMP/journal.$i" "$TMP/stop" $i >"$TMP/writer.$i" 2>&1 &
	pids[i]=$!
done
# Reads past the cache, lists and looks; a mistake ends it.
(
	sum=$(md5sum </srv/data/steady)
	while [ ! -e "$TMP/stop" ]; do
		[ "$(dd if=/mnt/1/steady bs=256k iflag=direct status=none | md5sum)" = "$sum" ] || exit 1
		ls -l /mnt/1/ /mnt/2/fill >/dev/null 2>&1 || :
	done
) &
reader=$!
# Unstable data in flight all the time: its COMMITs meet another verifier.
(
	n=0
	while [ ! -e "$TMP/stop" ]; do
		n=$((n + 1))
		fio --directory=/mnt/1/fill --name=f$((n % 3)) --size=6M --rw=randwrite --bs=16k \
			--end_fsync=1 --verify=crc32c --verify_fatal=1 --do_verify=1 --minimal \
			--fallocate=none --randseed=$n --verify_state_save=0 >"$TMP/fio.log" 2>&1 || exit 1
	done
) &
filler=$!

# ---- rounds ------------------------------------------------------------------------

progress() { cat "$TMP"/journal.* 2>/dev/null | wc -l; }
advanced() { [ "$(progress)" -gt "$seen" ]; }

# unload_how: as an admin would: stop serving, then take the modules away.
unload_politely() { dittoctl stop && modules_unload; }
unload_listen() { dittoctl listen remove nfs && modules_unload; }
unload_bluntly() { modules_unload; }
ways=(politely bluntly listen)

# A writer that has died says so at the end.
for ((round = 1; round <= rounds; round++)); do
	[ ! -s "$TMP/writer.1" ] && [ ! -s "$TMP/writer.2" ] || break
	way=${ways[round % 3]}
	seen=$(progress)
	ok "round $round: clients are at work" poll_until 60 advanced
	start=$SECONDS
	ok "... the modules unload under load, $way" in_time 120 bash -c "
		$(declare -f modules_unload modules_loaded unload_$way); unload_$way"
	took=$((SECONDS - start))
	ok "... within $down seconds ($took)" test $took -le $((down * PATIENCE))
	is "... and leave no slab cache" "$(slabs)" ""
	[ $((round % 2)) = 0 ] || {
		ok "... the file system is free meanwhile" umount /srv/data
		mount -t ext4 -o loop /dev/shm/data.img /srv/data
	}
	modules_load
	ok "... they come back" dittoctl apply "$TMP/conf"
	seen=$(progress)
	ok "... and the clients go on" poll_until 90 advanced
done

touch "$TMP/stop"
wait ${pids[1]}; is "the writer went through all of it" "$? $(cat "$TMP/writer.1")" "0 "
wait ${pids[2]}; is "the synchronous writer too" "$? $(cat "$TMP/writer.2")" "0 "
wait $reader; is "the reader too" $? 0
wait $filler; is "fio found what it had written" $? 0
[ -z "$(grep -i 'verify\|error' "$TMP/fio.log")" ] || diag "$(cat "$TMP/fio.log")"
drop_caches
ok "what fsync() promised is there" python3 "$TMP/check.py" /srv/data "$TMP"/journal.*
diag "$(python3 "$TMP/check.py" /srv/data "$TMP"/journal.*)"

# ---- the verifier --------------------------------------------------------------------

ok "an unstable WRITE is lost unless sent again" python3 - "$TOOLS" "$TMP/conf" <<'END'
import subprocess, sys
sys.path.insert(0, sys.argv[1])
import nfs3
def connect():
    c = nfs3.Client("10.0.0.1")
    return c, c.root("/data")
c, root = connect()
handle = c.nfs(nfs3.CREATE, root, "verifier").fh
first = c.nfs(nfs3.WRITE, handle, data=b"x" * 100).verifier
assert c.nfs(nfs3.WRITE, handle, data=b"y" * 100).verifier == first
assert c.nfs(nfs3.COMMIT, handle, count=0).verifier == first, "it stays"
c.close()
subprocess.check_call("dittoctl stop; rmmod ditto_nfs ditto_rpc ditto && modprobe ditto_nfs && "
                      "dittoctl apply " + sys.argv[2], shell=True)
c, root = connect()
second = c.nfs(nfs3.COMMIT, handle, count=0)
assert second.ok, "the handle is good"
assert second.verifier != first, "it changes"
assert second.verifier == c.nfs(nfs3.WRITE, handle, data=b"z").verifier
END

# ---- and away --------------------------------------------------------------------------

ok "the clients unmount" umount_nfs /mnt/1 /mnt/2
ok "... and mount again" mount_nfs client1 data /mnt/1
ok "... and see it all" cmp /mnt/1/steady /srv/data/steady
umount_nfs /mnt/1
ok "the server stops" dittoctl stop
ok "its file system is free" umount /srv/data
ok "the modules unload" modules_unload
is "no slab cache is left" "$(slabs)" ""
is "no socket of its is left" "$(ss -Htnl "sport = :2049"; ss -Hunl "sport = :2049")" ""
done_testing
