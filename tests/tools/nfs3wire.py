#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""NFS version 3 and MOUNT to the letter of RFC 1813: what a careful client sees and the
Linux client does not ask for. Each case names its section.

    nfs3wire.py SERVER EXPORT DIRECTORY OTHER-EXPORT

Runs where DIRECTORY, which is the export, can also be looked at from the server's side.
Prints TAP."""

import os
import stat
import sys

import nfs3
import rpcraw
import tap
from nfs3 import (BLK, CHR, DATA_SYNC, EXCLUSIVE, FIFO, FILE_SYNC, GUARDED, SOCK, UNCHECKED,
                  UNSTABLE, sattr)
from tap import eq, ok

SERVER, EXPORT, DIR, OTHER = sys.argv[1:5]
EXPORT = "/" + EXPORT.strip("/")
client = nfs3.Client(SERVER)
user = nfs3.Client(SERVER, credential=rpcraw.sys(1000, 1000, []))
root = client.root(EXPORT)

READDIR_HEAD = 4 + 84 + 8           # attributes, verifier


def nfs(proc, *args, **given):
    return client.nfs(proc, *args, **given)


def status(proc, *args, **given):
    return nfs(proc, *args, **given).status


def path(*names):
    return os.path.join(DIR, *names)


def directory(name):
    """A new directory of this name, with its handle."""
    return nfs(nfs3.MKDIR, root, name, attr=sattr(mode=0o755)).fh


def file(where, name, data=b""):
    handle = nfs(nfs3.CREATE, where, name, attr=sattr(mode=0o644)).fh
    if data:
        nfs(nfs3.WRITE, handle, data=data, stable=FILE_SYNC)
    return handle


def results_length(proc, handle, **given):
    """Bytes behind the status, and the results."""
    reply = client.call(nfs3.NFS, 3, proc, nfs3.encode(nfs3.args(proc, handle, **given)))
    return len(reply.results) - 4, nfs3.decode(proc, reply.results)


# ---- names (3.2) ---------------------------------------------------------

def test_names():
    d = directory("names")
    f = file(d, "file")
    eq(nfs(nfs3.LOOKUP, d, ".").fh, d, "3.2: '.' is the directory")
    eq(nfs(nfs3.LOOKUP, d, "..").fh, root, "3.2: '..' is the one above")
    eq(nfs(nfs3.LOOKUP, root, "..").fh, root, "4.3: '..' of the root is the root")
    eq(status(nfs3.LOOKUP, f, "x"), "NOTDIR", "3.3.3: a name in a file")
    got = nfs(nfs3.LOOKUP, d, "missing")
    eq(got.status, "NOENT", "3.3.3: a name that is not there")
    ok(got.attr and got.attr.type == nfs3.DIR, "3.3.3: ... with the directory's attributes")

    takes = [(nfs3.LOOKUP, ()), (nfs3.CREATE, ()), (nfs3.MKDIR, ()), (nfs3.SYMLINK, ()),
             (nfs3.MKNOD, ()), (nfs3.REMOVE, ()), (nfs3.RMDIR, ())]
    found = []
    for proc, _ in takes:
        for name, want in (("", "ACCES"), ("a/b", "ACCES"), (b"a\0b", "ACCES"), ("/", "ACCES"),
                           ("n" * 256, "NAMETOOLONG"), ("n" * 5000, "NAMETOOLONG")):
            got = status(proc, d, name)
            if got != want:
                found.append("%s of %r: %s" % (nfs3.PROCS[proc], name[:9], got))
    for names in (("", "b"), ("file", ""), ("file", "a/b"), ("a/b", "b")):
        if status(nfs3.RENAME, d, names[0], d, names[1]) != "ACCES":
            found.append("RENAME of %r" % (names,))
        if status(nfs3.LINK, f, "", d, names[0]) not in ("ACCES", "EXIST"):
            found.append("LINK to %r" % names[0])
    tap.faults("3.2: names that are none are ACCES, long ones NAMETOOLONG", found)

    for proc in (nfs3.CREATE, nfs3.MKDIR, nfs3.SYMLINK, nfs3.MKNOD):
        eq([status(proc, d, n) for n in (".", "..")], ["EXIST"] * 2,
           "3.3.9: %s of '.' and '..'" % nfs3.PROCS[proc])
    eq([status(nfs3.RMDIR, d, n) for n in (".", "..")], ["INVAL", "EXIST"],
       "3.3.13: RMDIR of '.' and '..'")
    eq([status(nfs3.RENAME, d, "file", d, "."), status(nfs3.RENAME, d, "..", d, "x")],
       ["INVAL"] * 2, "3.3.14: RENAME of '.' and '..'")
    eq(sorted(os.listdir(path("names"))), ["file"], "nothing was made or lost on the way")


# ---- attributes (3.3.1, 3.3.2, 3.3.4) --------------------------------------

def test_attributes():
    d = directory("attributes")
    f = file(d, "file", b"x" * 5000)
    st, a = os.stat(path("attributes", "file")), nfs(nfs3.GETATTR, f).attr
    eq((a.type, a.mode, a.nlink, a.uid, a.gid, a.size, a.used, a.fileid),
       (nfs3.REG, st.st_mode & 0o7777, st.st_nlink, st.st_uid, st.st_gid, st.st_size,
        st.st_blocks * 512, st.st_ino), "3.3.1: attributes are the file's")
    eq([t[0] * 10**9 + t[1] for t in (a.atime, a.mtime, a.ctime)],
       [st.st_atime_ns, st.st_mtime_ns, st.st_ctime_ns], "3.3.1: times to the nanosecond")
    eq(nfs(nfs3.GETATTR, root).attr.fsid, a.fsid, "3.3.1: one file system, one fsid")

    wrong = (a.ctime[0], a.ctime[1] ^ 1)
    got = nfs(nfs3.SETATTR, f, attr=sattr(mode=0o600), guard=wrong)
    eq(got.status, "NOT_SYNC", "3.3.2: a guard that does not match")
    eq(nfs(nfs3.GETATTR, f).attr.mode, 0o644, "3.3.2: ... changes nothing")
    ok(got.after and got.after.mode == 0o644, "3.3.2: ... and says what there is")
    got = nfs(nfs3.SETATTR, f, attr=sattr(mode=0o600), guard=a.ctime)
    eq(got.status, "OK", "3.3.2: a guard that does")
    eq(got.before and (got.before.size, got.before.mtime, got.before.ctime),
       (a.size, a.mtime, a.ctime), "2.5: what was before is told exactly")
    eq(got.after.mode, 0o600, "2.5: and what is after")
    eq(status(nfs3.SETATTR, f, attr=sattr(mtime=(1, 10**9))), "INVAL", "a time that is none")
    nfs(nfs3.SETATTR, f, attr=sattr(atime=(2**31 + 5, 6), mtime=(7, 999999999)))
    a = nfs(nfs3.GETATTR, f).attr
    eq((a.atime, a.mtime), ((2**31 + 5, 6), (7, 999999999)), "3.3.2: times beyond 2038")
    ok(status(nfs3.SETATTR, f, attr=sattr(size=2**63)) in ("INVAL", "FBIG"),
       "3.3.2: a size no file can have")
    ok(status(nfs3.SETATTR, d, attr=sattr(size=0)) in ("INVAL", "ISDIR"),
       "3.3.2: a size for a directory")
    eq(status(nfs3.SETATTR, f, attr=sattr()), "OK", "3.3.2: nothing at all")
    nfs(nfs3.SETATTR, f, attr=sattr(mode=0o755))
    eq(user.nfs(nfs3.SETATTR, f, attr=sattr(mode=0o777)).status, "PERM", "3.3.2: not the owner")

    got = nfs(nfs3.ACCESS, f, access=0xffffffff)
    eq(got.access & ~0x3f, 0, "3.3.4: bits without a meaning are not granted")
    eq(user.nfs(nfs3.ACCESS, f, access=0x3f).access, 0x21, "3.3.4: others may read and execute")
    eq(user.nfs(nfs3.ACCESS, d, access=0x3f).access & 0x1f, 0x03, "3.3.4: and search")
    eq(user.nfs(nfs3.ACCESS, f, access=0x04).access, 0, "3.3.4: not what was not asked")


# ---- data (3.3.6, 3.3.7, 3.3.21) -----------------------------------------

def test_read():
    d = directory("read")
    f = file(d, "file", bytes(range(256)) * 40)

    def read(offset, count, handle=f):
        got = nfs(nfs3.READ, handle, offset=offset, count=count)
        return got.status, got.count, got.eof

    eq(read(0, 100), ("OK", 100, False), "3.3.6: some bytes")
    eq(read(10140, 100), ("OK", 100, True), "3.3.6: up to the end is the end")
    eq(read(10139, 100), ("OK", 100, False), "3.3.6: one byte before is not")
    eq(read(10200, 100), ("OK", 40, True), "3.3.6: past the end is short")
    eq([read(o, 100) for o in (10240, 10241, 2**40, 2**63 - 1, 2**63, 2**64 - 1)],
       [("OK", 0, True)] * 6, "3.3.6: behind the end is nothing, and the end")
    eq(read(0, 0)[:2], ("OK", 0), "3.3.6: a count of 0")
    eq(read(2**64 - 1, 2**32 - 1), ("OK", 0, True), "3.3.6: sums that wrap around")
    info = nfs(nfs3.FSINFO, root)
    big = file(d, "big")
    nfs(nfs3.SETATTR, big, attr=sattr(size=8 << 20))
    eq(read(0, 2**32 - 1, big), ("OK", info.rtmax, False), "3.3.6: no more than rtmax")
    os.mkfifo(path("read", "fifo"))
    os.symlink("file", path("read", "link"))
    eq([status(nfs3.READ, nfs(nfs3.LOOKUP, d, n).fh) for n in (".", "fifo", "link")],
       ["INVAL"] * 3, "3.3.6: what is no file")
    eq(status(nfs3.READLINK, f), "INVAL", "3.3.5: what is no link")
    eq(nfs(nfs3.READLINK, nfs(nfs3.LOOKUP, d, "link").fh).target, b"file", "3.3.5: what is one")
    nfs(nfs3.SETATTR, f, attr=sattr(mode=0o600))
    eq(user.nfs(nfs3.READ, f).status, "ACCES", "3.3.6: somebody else's file")
    nfs(nfs3.SETATTR, f, attr=sattr(uid=1000, mode=0))
    eq(user.nfs(nfs3.READ, f).status, "OK", "4.4: the owner may, whatever the mode")
    nfs(nfs3.SETATTR, f, attr=sattr(uid=0, mode=0o711))
    eq(user.nfs(nfs3.READ, f).status, "OK", "4.4: who may execute may read")


def test_write():
    d = directory("write")
    f = file(d, "file")
    first = nfs(nfs3.WRITE, f, data=b"one")
    for stable in (UNSTABLE, DATA_SYNC, FILE_SYNC):
        got = nfs(nfs3.WRITE, f, data=b"two", stable=stable)
        ok(got.ok and got.committed >= stable, "3.3.7: committed as asked (%d)" % stable)
        eq(got.verifier, first.verifier, "3.3.7: the verifier stays")
    eq(nfs(nfs3.COMMIT, f, offset=0, count=0).verifier, first.verifier,
       "3.3.21: and is COMMIT's")
    eq([status(nfs3.COMMIT, f, offset=o, count=c) for o, c in
        ((1, 1), (2**40, 4096), (2**63, 1), (2**64 - 1, 2**32 - 1))], ["OK"] * 4,
       "3.3.21: any range will do")
    eq([status(nfs3.COMMIT, d), status(nfs3.WRITE, d)], ["INVAL"] * 2, "3.3.7: not a directory")

    before = nfs(nfs3.GETATTR, f).attr
    got = nfs(nfs3.WRITE, f, data=b"", stable=FILE_SYNC)
    eq((got.status, got.count), ("OK", 0), "3.3.7: nothing to write")
    eq(nfs(nfs3.GETATTR, f).attr.mtime, before.mtime, "3.3.7: ... does not touch the time")
    eq([status(nfs3.WRITE, f, data=b"data", count=c) for c in (3, 5, 2**32 - 1)], ["INVAL"] * 3,
       "a count that is not the length")
    eq(open(path("write", "file"), "rb").read(), b"two", "... writes nothing")
    ok(all(status(nfs3.WRITE, f, offset=o, data=b"x") in ("FBIG", "INVAL")
           for o in (2**63 - 1, 2**63, 2**64 - 1)), "3.3.7: where no file can reach")
    info = nfs(nfs3.FSINFO, root)
    data = os.urandom(info.wtmax + 4096)
    got = nfs(nfs3.WRITE, f, data=data, stable=FILE_SYNC)
    eq((got.status, got.count), ("OK", info.wtmax), "3.3.7: more than wtmax is written short")
    ok(open(path("write", "file"), "rb").read() == data[:info.wtmax], "... and that is written")
    eq(got.before and got.before.size, 3, "3.3.7: wcc data of a write")
    eq(got.after.size, info.wtmax, "... before and after")
    eq(status(nfs3.WRITE, f, offset=2**32 + 1, data=b"far"), "OK", "past 4 GiB")
    eq(nfs(nfs3.READ, f, offset=2**32, count=10).data, b"\0far", "... and read there")
    nfs(nfs3.SETATTR, f, attr=sattr(mode=0o644))
    eq(user.nfs(nfs3.WRITE, f, data=b"x").status, "ACCES", "3.3.7: somebody else's file")


# ---- making things (3.3.8 - 3.3.11) --------------------------------------

def test_create():
    d = directory("create")
    a = sattr(mode=0o4751, size=100, mtime=(5, 6))
    got = nfs(nfs3.CREATE, d, "file", attr=a)
    eq((got.attr.mode, got.attr.size, got.attr.mtime), (0o4751, 100, (5, 6)),
       "3.3.8: made with its attributes")
    ok(got.before and got.after and got.after.mtime != got.before.mtime,
       "3.3.8: the directory before and after")
    f = got.fh
    nfs(nfs3.WRITE, f, data=b"content", stable=FILE_SYNC)
    got = nfs(nfs3.CREATE, d, "file", attr=sattr(mode=0o600))
    eq((got.status, got.fh), ("OK", f), "3.3.8: UNCHECKED finds it again")
    eq(nfs(nfs3.READ, f).data[:7], b"content", "... as it was")
    nfs(nfs3.CREATE, d, "file", attr=sattr(size=0))
    eq(nfs(nfs3.GETATTR, f).attr.size, 0, "... and truncates it if asked")
    eq(status(nfs3.CREATE, d, "file", how=GUARDED), "EXIST", "3.3.8: GUARDED does not")
    nfs(nfs3.MKDIR, d, "dir")
    eq([status(nfs3.CREATE, d, "dir", how=h) for h in (UNCHECKED, GUARDED, EXCLUSIVE)],
       ["EXIST"] * 3, "3.3.8: the name is a directory's")

    for verifier in (b"verifier", bytes(8), b"\xff" * 8, b"\x7f\xff\xff\xff\x80\0\0\1"):
        name = verifier.hex()
        one = nfs(nfs3.CREATE, d, name, how=EXCLUSIVE, verifier=verifier)
        two = nfs(nfs3.CREATE, d, name, how=EXCLUSIVE, verifier=verifier)
        eq((two.status, two.fh), ("OK", one.fh), "3.3.8: the same verifier again")
        other = bytes([verifier[0]]) + bytes(b ^ 1 for b in verifier[1:])
        eq(status(nfs3.CREATE, d, name, how=EXCLUSIVE, verifier=other), "EXIST",
           "3.3.8: another verifier")
    eq(user.nfs(nfs3.CREATE, d, "x").status, "ACCES", "3.3.8: somebody else's directory")
    eq(status(nfs3.CREATE, f, "x"), "NOTDIR", "3.3.8: in a file")


def test_make():
    d = directory("make")
    got = nfs(nfs3.MKDIR, d, "dir", attr=sattr(mode=0o1770, gid=12))
    eq((got.attr.type, got.attr.mode, got.attr.gid), (nfs3.DIR, 0o1770, 12), "3.3.9: MKDIR")
    eq(status(nfs3.MKDIR, d, "dir"), "EXIST", "3.3.9: twice")
    got = nfs(nfs3.SYMLINK, d, "link", target="a" * 60)
    eq((got.attr.type, got.attr.size), (nfs3.LNK, 60), "3.3.10: SYMLINK")
    eq(os.readlink(path("make", "link")), "a" * 60, "3.3.10: says what it shall")
    eq([status(nfs3.SYMLINK, d, "l", target=t) for t in (b"", b"a\0b", b"t" * 4096, b"t" * 9000)],
       ["INVAL", "INVAL", "NAMETOOLONG", "NAMETOOLONG"], "3.3.10: targets that are none")
    for kind, is_it in ((CHR, stat.S_ISCHR), (BLK, stat.S_ISBLK), (SOCK, stat.S_ISSOCK),
                        (FIFO, stat.S_ISFIFO)):
        name = "node%d" % kind
        got = nfs(nfs3.MKNOD, d, name, type=kind, major=259, minor=1048575)
        st = os.lstat(path("make", name))
        ok(got.ok and got.attr.type == kind and is_it(st.st_mode), "3.3.11: %s" % name)
        if kind in (CHR, BLK):
            eq((os.major(st.st_rdev), os.minor(st.st_rdev), got.attr.major, got.attr.minor),
               (259, 1048575) * 2, "3.3.11: its number")
    eq([status(nfs3.MKNOD, d, "x", type=t) for t in (0, nfs3.REG, nfs3.DIR, nfs3.LNK, 8, 2**32 - 1)],
       ["BADTYPE"] * 6, "3.3.11: types that cannot be made")
    eq(status(nfs3.MKNOD, d, "x", type=CHR, major=2**20, minor=0), "INVAL",
       "3.3.11: a number we cannot store")
    nfs(nfs3.SETATTR, d, attr=sattr(mode=0o777))
    eq(user.nfs(nfs3.MKNOD, d, "x", type=CHR).status, "PERM", "3.3.11: a device, not by root")
    eq(user.nfs(nfs3.MKNOD, d, "theirs", type=FIFO).status, "OK", "3.3.11: a FIFO is for all")
    eq(os.lstat(path("make", "theirs")).st_uid, 1000, "3.3.11: and whose it is")


# ---- removing, renaming, linking (3.3.12 - 3.3.15) -----------------------

def test_remove():
    d = directory("remove")
    f = file(d, "file")
    sub = nfs(nfs3.MKDIR, d, "sub").fh
    file(sub, "in")
    eq(status(nfs3.REMOVE, d, "sub"), "ISDIR", "3.3.12: REMOVE of a directory")
    eq(status(nfs3.RMDIR, d, "file"), "NOTDIR", "3.3.13: RMDIR of a file")
    eq(status(nfs3.RMDIR, d, "sub"), "NOTEMPTY", "3.3.13: RMDIR of one that is not empty")
    eq([status(p, d, "missing") for p in (nfs3.REMOVE, nfs3.RMDIR)], ["NOENT"] * 2,
       "3.3.12: what is not there")
    got = nfs(nfs3.REMOVE, d, "file")
    ok(got.ok and got.before and got.after.mtime != got.before.mtime, "3.3.12: REMOVE, wcc data")
    eq(status(nfs3.GETATTR, f), "STALE", "2.6: its handle is stale")
    nfs(nfs3.REMOVE, sub, "in")
    eq(status(nfs3.RMDIR, d, "sub"), "OK", "3.3.13: RMDIR")
    eq([status(nfs3.GETATTR, sub), status(nfs3.CREATE, sub, "x"), status(nfs3.READDIR, sub)],
       ["STALE"] * 3, "2.6: and that directory is")


def test_rename():
    d = directory("rename")
    other = client.root("/" + OTHER)
    file(d, "a", b"a")
    file(d, "b", b"b")
    sub, full = nfs(nfs3.MKDIR, d, "sub").fh, nfs(nfs3.MKDIR, d, "full").fh
    file(full, "in")
    handle = nfs(nfs3.LOOKUP, d, "a").fh
    got = nfs(nfs3.RENAME, d, "a", sub, "c")
    ok(got.ok and all(w[0] and w[1] for w in (got.from_dir, got.to_dir)), "3.3.14: RENAME, wcc data")
    eq(status(nfs3.GETATTR, handle), "OK", "3.3.14: the handle stays good")
    eq(status(nfs3.RENAME, sub, "c", d, "b"), "OK", "3.3.14: over another file")
    eq(open(path("rename", "b")).read(), "a", "3.3.14: which it replaces")
    eq(status(nfs3.LINK, handle, "", d, "same"), "OK", "3.3.15: LINK")
    eq(status(nfs3.RENAME, d, "same", d, "b"), "OK", "3.3.14: over the same file")
    eq(nfs(nfs3.GETATTR, handle).attr.nlink, 2, "3.3.14: ... does nothing")
    ok(status(nfs3.RENAME, d, "sub", d, "full") in ("NOTEMPTY", "EXIST"), "3.3.14: over a full one")
    ok(status(nfs3.RENAME, d, "b", d, "sub") in ("ISDIR", "EXIST"), "3.3.14: file over directory")
    ok(status(nfs3.RENAME, d, "sub", d, "b") in ("NOTDIR", "EXIST"), "3.3.14: directory over file")
    eq(status(nfs3.RENAME, d, "sub", sub, "in"), "INVAL", "3.3.14: into itself")
    eq(status(nfs3.RENAME, d, "missing", d, "x"), "NOENT", "3.3.14: what is not there")
    got = nfs(nfs3.RENAME, d, "b", other, "b")
    eq(got.status, "XDEV", "3.3.14: into another export")
    eq(got.to_dir, (None, None), "... whose attributes are not told")

    got = nfs(nfs3.LINK, handle, "", sub, "link")
    ok(got.ok and got.attr.nlink == 3 and got.dir[0] and got.dir[1], "3.3.15: attributes, wcc data")
    eq(status(nfs3.LINK, handle, "", sub, "link"), "EXIST", "3.3.15: the name exists")
    eq(status(nfs3.LINK, handle, "", handle, "x"), "NOTDIR", "3.3.15: in a file")
    got = nfs(nfs3.LINK, handle, "", other, "x")
    eq((got.status, got.dir), ("XDEV", (None, None)), "3.3.15: into another export")
    ok(status(nfs3.LINK, sub, "", d, "x") in ("INVAL", "PERM", "ISDIR"), "3.3.15: of a directory")


# ---- directories (3.3.16, 3.3.17) ----------------------------------------

def entry_length(name):
    return 4 + 8 + 4 + (len(name) + 3) // 4 * 4 + 8


def listing(d, proc, **given):
    """All names by calls of this size; None if one was longer than it may be."""
    names, cookie = [], 0
    most = given.get("count")
    while True:
        length, got = results_length(proc, d, cookie=cookie, **given)
        if not got.ok or length > most or not got.entries and not got.eof:
            return got.status, length
        if proc == nfs3.READDIRPLUS and len(got.entries) > 1 and \
                sum(entry_length(e.name) for e in got.entries) > given["dircount"]:
            return "dircount"
        names += [e.name for e in got.entries]
        if got.eof:
            return sorted(names)
        cookie = got.entries[-1].cookie


def test_readdir():
    d = directory("readdir")
    want = [b".", b".."]
    for i in range(150):
        want.append(b"%d" % i + b"n" * (i % 97))
        open(os.path.join(path("readdir").encode(), want[-1]), "w").close()
    want.sort()
    least = READDIR_HEAD + entry_length(b".") + 8
    eq(status(nfs3.READDIR, d, count=least - 1), "TOOSMALL", "3.3.16: not one entry fits")
    got = nfs(nfs3.READDIR, d, count=least)
    eq((got.status, len(got.entries), got.eof), ("OK", 1, False), "3.3.16: exactly one does")
    eq(got.verifier, bytes(8), "3.3.16: cookies are always valid, so the verifier is zero")
    eq([status(nfs3.READDIR, d, count=c) for c in (0, 1, 100)], ["TOOSMALL"] * 3,
       "3.3.16: nor does anything in less")
    for count in (256, 300, 512, 1000, 4096, 4097, 8192, 65536, 1 << 20, 2**32 - 1):
        eq(listing(d, nfs3.READDIR, count=count), want, "3.3.16: in pieces of %d" % count)
    for count in (512, 1000, 4096, 8192, 32768, 1 << 20):
        for dircount in (512, 1 << 20):
            eq(listing(d, nfs3.READDIRPLUS, count=count, dircount=dircount), want,
               "3.3.17: in pieces of %d, %d" % (count, dircount))
    eq(len(nfs(nfs3.READDIRPLUS, d, count=65536, dircount=0).entries), 1,
       "3.3.17: one entry, however few are wanted")
    eq(status(nfs3.READDIRPLUS, d, count=200, dircount=8192), "TOOSMALL",
       "3.3.17: not one fits")
    found = []
    for e in nfs(nfs3.READDIRPLUS, d, count=65536, dircount=65536).entries:
        got = nfs(nfs3.LOOKUP, d, e.name)
        if (got.fh, got.attr.fileid) != (e.fh, e.attr.fileid) or e.fileid != e.attr.fileid:
            found.append(e.name.decode())
    tap.faults("3.3.17: handles and attributes are those LOOKUP gives", found)
    eq([status(p, d, cookie=2**63) for p in (nfs3.READDIR, nfs3.READDIRPLUS)],
       ["BAD_COOKIE"] * 2, "3.3.16: a cookie that is none")
    eq(nfs(nfs3.READDIR, d, verifier=b"whatever").status, "OK", "3.3.16: any verifier will do")
    eq(status(nfs3.READDIR, file(root, "no-directory")), "NOTDIR", "3.3.16: what is no directory")
    nfs(nfs3.SETATTR, d, attr=sattr(mode=0o711))
    eq(user.nfs(nfs3.READDIR, d).status, "ACCES", "3.3.16: nobody else may")
    nfs(nfs3.SETATTR, d, attr=sattr(mode=0o744))
    got = user.nfs(nfs3.READDIRPLUS, d)
    ok(got.ok and got.entries and not any(e.fh for e in got.entries if e.name not in (b".", b"..")),
       "3.3.17: who may not search sees names only")


def test_readdir_changing():
    d = directory("changing")
    keep = {b"keep%d" % i for i in range(200)}
    for name in keep | {b"go%d" % i for i in range(200)}:
        open(os.path.join(path("changing").encode(), name), "w").close()
    seen, cookie, n = [], 0, 0
    while True:
        got = nfs(nfs3.READDIR, d, cookie=cookie, count=512)
        seen += [e.name for e in got.entries]
        for e in got.entries:
            if e.name.startswith(b"go"):
                os.unlink(os.path.join(path("changing").encode(), e.name))
        open(path("changing", "new%d" % n), "w").close()
        n += 1
        if got.eof:
            break
        cookie = got.entries[-1].cookie
    kept = sorted(name for name in seen if name.startswith(b"keep"))
    eq(kept, sorted(keep), "3.3.16: what stays is seen once while all around it changes")


# ---- file systems (3.3.18 - 3.3.20) --------------------------------------

def test_file_system():
    st = os.statvfs(DIR)
    got = nfs(nfs3.FSSTAT, root)
    eq((got.tbytes, got.tfiles, got.invarsec), (st.f_blocks * st.f_frsize, st.f_files, 0),
       "3.3.18: FSSTAT")
    ok(got.abytes <= got.fbytes <= got.tbytes, "3.3.18: no more free than there is")
    got = nfs(nfs3.FSINFO, root)
    eq((got.rtmax, got.wtmax, got.rtpref, got.wtpref, got.dtpref),
       (1 << 20,) * 4 + (65536,), "3.3.19: transfer sizes")
    eq(got.properties, 0x1b, "3.3.19: links, symbolic links, homogeneous, times")
    eq(got.time_delta, (0, 1), "3.3.19: nanoseconds")
    ok(got.maxfilesize > 2**40, "3.3.19: large files")
    eq(status(nfs3.WRITE, file(root, "limit"), offset=got.maxfilesize, data=b"x"), "FBIG",
       "3.3.19: and not larger")
    got = nfs(nfs3.PATHCONF, root)
    eq((got.name_max, got.no_trunc, got.chown_restricted, got.case_insensitive,
        got.case_preserving), (255, True, True, False, True), "3.3.20: PATHCONF")
    ok(got.linkmax > 1000, "3.3.20: links")


def test_udp():
    with nfs3.Client(SERVER, proto="udp") as udp:
        f = udp.nfs(nfs3.LOOKUP, root, "limit").fh
        udp.nfs(nfs3.SETATTR, f, attr=sattr(size=1 << 20))
        info = udp.nfs(nfs3.FSINFO, root)
        ok(info.rtmax <= 61440 and info.wtmax <= 61440, "3.3.19: what fits into a datagram")
        eq(udp.nfs(nfs3.READ, f, count=1 << 20).count, info.rtmax, "3.3.6: a short read by UDP")
        eq(udp.nfs(nfs3.READDIR, client.root(EXPORT + "/readdir"), count=1 << 20).eof, True,
           "3.3.16: a directory by UDP")


# ---- MOUNT (5.2) ---------------------------------------------------------

def test_mount():
    def mnt(name):
        return client.mount(nfs3.MNT, name).status

    got = client.mount(nfs3.MNT, EXPORT)
    eq((got.fh, got.flavors), (root, [1]), "5.2.1: MNT: the handle, AUTH_SYS")
    eq([mnt(EXPORT + p) for p in ("/", "//", "/.", "/./names", "//names/")], ["OK"] * 5,
       "5.2.1: paths in other words")
    eq(client.root(EXPORT + "/names"), nfs(nfs3.LOOKUP, root, "names").fh,
       "5.2.1: a directory below")
    eq([mnt(p) for p in ("/", "/nothing", EXPORT + "/nothing", EXPORT + "x", EXPORT[:-1])],
       ["NOENT"] * 5, "5.2.1: what is not there")
    eq([mnt(EXPORT + p) for p in ("/..", "/../" + OTHER, "/names/../..")], ["ACCES"] * 3,
       "5.2.1: the way up")
    os.symlink("/etc", path("outside"))
    eq([mnt(EXPORT + p) for p in ("/names/file", "/outside", "/outside/ssl")], ["NOTDIR"] * 3,
       "5.2.1: what is no directory")
    eq(mnt("/" + "n" * 1024), "NAMETOOLONG", "5.2.1: more than MNTPATHLEN")
    eq(mnt(EXPORT + "/" + "n" * 300), "NAMETOOLONG", "5.2.1: a name that is too long")
    os.mkdir(path("closed"), 0o700)
    os.mkdir(path("closed", "open"), 0o755)
    eq(user.mount(nfs3.MNT, EXPORT + "/closed/open").status, "OK",
       "5.2.1: below a directory the caller may not enter")

    def mounts():
        return {m[1] for m in client.mount(nfs3.DUMP).mounts}

    export = EXPORT.encode()
    ok({export, export + b"/names"} <= mounts(), "5.2.2: DUMP")
    client.mount(nfs3.UMNT, EXPORT + "//names/")
    ok(export in mounts() and export + b"/names" not in mounts(), "5.2.3: UMNT")
    client.mount(nfs3.UMNTALL)
    eq(mounts(), set(), "5.2.4: UMNTALL")
    for vers in (1, 2, 3):
        got = client.mount(nfs3.EXPORT, vers=vers)
        eq(sorted(got.exports), sorted([export, b"/" + OTHER.encode()]), "5.2.5: EXPORT, v%d" % vers)
        client.mount(nfs3.MNT_NULL, vers=vers)
    try:
        client.mount(nfs3.MNT, EXPORT, vers=1)
        ok(False, "version 1 has no MNT: there is no NFS version 2")
    except nfs3.Refused as e:
        eq(e.reply.accept, rpcraw.PROC_UNAVAIL, "version 1 has no MNT: there is no NFS version 2")
    with nfs3.Client(SERVER, credential=rpcraw.NONE) as nobody:
        try:
            nobody.mount(nfs3.MNT, EXPORT)
            ok(False, "5.2.1: AUTH_SYS or better is required")
        except nfs3.Refused:
            ok(True, "5.2.1: AUTH_SYS or better is required")
        eq(len(nobody.mount(nfs3.EXPORT).exports), 2, "5.2.5: but not to look")


for test in (test_names, test_attributes, test_read, test_write, test_create, test_make,
             test_remove, test_rename, test_readdir, test_readdir_changing, test_file_system,
             test_udp, test_mount):
    tap.case(test)
client.close()
user.close()
tap.done()
