#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a mounted directory must do for programs, and what it must refuse.

    posix.py MOUNT MOUNT2 SERVERDIR

MOUNT and MOUNT2 are the same export mounted by two clients, without caching of
attributes; SERVERDIR is its directory on the server. Run as root, not squashed.
Prints TAP."""

import contextlib
import errno
import os
import socket
import stat
import sys

import tap

ONE, TWO, HOME = sys.argv[1:4]


@contextlib.contextmanager
def user(uid, gid=None, groups=()):
    os.setgroups(list(groups))
    os.setegid(uid if gid is None else gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups([])


def one(*parts):
    return os.path.join(ONE, *parts)


def two(*parts):
    return os.path.join(TWO, *parts)


def home(*parts):
    return os.path.join(HOME, *parts)


def put(path, data=b"data", mode=0o644):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)
    os.chmod(path, mode)
    return path


def get(path):
    with open(path, "rb") as f:
        return f.read()


def word(fn, *args, **named):
    """The name of the error a call ends with, or None."""
    try:
        got = fn(*args, **named)
        if isinstance(got, int) and fn is os.open:
            os.close(got)
        return None
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e.errno))


def refuses(want, name, fn, *args, **named):
    tap.eq(word(fn, *args, **named), want, name)


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


# ---- names and trees -----------------------------------------------------

def trees():
    """trees"""
    names = ["d%02d-%s" % (i, "x" * 25) for i in range(60)]
    bottom = one("deep", *names)
    os.makedirs(bottom)
    put(os.path.join(bottom, "file"), b"at the bottom")
    tap.eq(get(two("deep", *names, "file")), b"at the bottom", "60 directories deep")
    os.rename(one("deep", *names[:30]), one("moved"))
    tap.eq(get(one("moved", *names[30:], "file")), b"at the bottom", "a moved tree is whole")
    tap.eq(get(two("moved", *names[30:], "file")), b"at the bottom", "... for the other client too")
    refuses("EINVAL", "a directory does not move into itself", os.rename, one("moved"),
            one("moved", names[30], "in"))
    refuses("ENOTEMPTY", "rmdir of a directory with entries", os.rmdir, one("moved"))
    os.makedirs(one("wide"))
    for d in range(8):
        os.mkdir(one("wide", str(d)))
        for f in range(8):
            put(one("wide", str(d), str(f)), b"%d/%d" % (d, f))
    seen = {p[len(TWO):] + "/" + f for p, _, files in os.walk(two("wide")) for f in files}
    tap.eq(len(seen), 64, "the other client walks the tree")
    tap.eq(os.stat(one("wide")).st_nlink, 10, "links of a directory count its subdirectories")


def names():
    """names"""
    bad = []
    for name in (b"n" * 255, "Größe-日本語-🐧".encode(), b"\xff\xfe\x80 latin1 \xe9", b"new\nline",
                 b" space ", b"-rf", b"...", b"a\\b:c*d?e\"f<g>h|i", b"\x01\x7f", b".hidden"):
        path = os.path.join(ONE.encode(), b"names-" + name if len(name) < 249 else name)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(fd, name)
        os.close(fd)
        base = os.path.basename(path)
        if base not in os.listdir(ONE.encode()) or base not in os.listdir(HOME.encode()):
            bad.append("%r is not listed" % base)
        if get(os.path.join(TWO.encode(), base)) != name:
            bad.append("%r is something else" % base)
        os.unlink(path)
    tap.faults("names of 255 bytes, of any characters, of no characters", bad)
    refuses("ENAMETOOLONG", "a name of 256 bytes", os.mkdir, one("n" * 256))
    refuses("ENAMETOOLONG", "... of 256 bytes, looked up", os.lstat, one("m" * 256))
    refuses("ENOENT", "a name that is not there", os.stat, one("nothing"))


# ---- kinds of files ------------------------------------------------------

def links():
    """links"""
    put(one("target"), b"target")
    for to, got in (("target", b"target"), (one("target"), b"target"), ("./../" + os.path.basename(ONE)
                    + "/target", b"target")):
        os.symlink(to, one("sym"))
        tap.eq((os.readlink(two("sym")), get(one("sym"))), (to, got), "a symbolic link to " + to[:20])
        os.unlink(one("sym"))
    for n in (1, 1023, 1024, 4000, 4095):
        os.symlink("t" * n, one("sym"))
        if not tap.ok(os.readlink(two("sym")) == "t" * n, "a target of %d bytes" % n):
            break
        os.unlink(one("sym"))
    tap.eq(os.lstat(one("target")).st_nlink, 1, "a file has one link")
    os.symlink("loop", one("loop"))
    refuses("ELOOP", "a link to itself", open, one("loop"))
    refuses("EEXIST", "a link where something is", os.symlink, "x", one("loop"))
    refuses("EINVAL", "readlink of a file", os.readlink, one("target"))

    os.link(one("target"), one("hard"))
    a, b = os.stat(one("target")), os.stat(two("hard"))
    tap.eq((a.st_ino, a.st_nlink, b.st_nlink), (b.st_ino, 2, 2), "a hard link is the same file")
    put(two("hard"), b"changed")
    tap.eq(get(one("target")), b"changed", "... whoever writes it")
    os.unlink(one("target"))
    tap.eq((get(one("hard")), os.stat(one("hard")).st_nlink), (b"changed", 1),
           "... and stays when the first name goes")
    refuses("EEXIST", "a hard link where something is", os.link, one("hard"), one("loop"))
    refuses("EPERM", "a hard link to a directory", os.link, one("wide"), one("wide2"))


def specials():
    """special files"""
    os.mkfifo(one("fifo"), 0o640)
    tap.ok(stat.S_ISFIFO(os.stat(two("fifo")).st_mode), "a fifo is one for the other client")
    reader = os.open(one("fifo"), os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(one("fifo"), os.O_WRONLY)
    os.write(writer, b"through")
    tap.eq(os.read(reader, 10), b"through", "a fifo works on the client")
    os.close(writer)
    os.close(reader)
    for kind, name in ((stat.S_IFCHR, "chr"), (stat.S_IFBLK, "blk")):
        os.mknod(one(name), 0o600 | kind, os.makedev(42, 1234))
        got = [os.lstat(p(name)) for p in (two, home)]
        tap.ok(all(stat.S_IFMT(s.st_mode) == kind and s.st_rdev == os.makedev(42, 1234)
                   for s in got), "a device node: " + name)
    os.mknod(one("null"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    tap.eq(get(one("null")), b"", "... which works")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(one("sock"))
    tap.ok(stat.S_ISSOCK(os.stat(two("sock")).st_mode), "a socket")
    with user(1000):
        refuses("EACCES", "no files where a user may not write", os.mkfifo, one("fifo2"))
    os.mkdir(one("open"))
    os.chmod(one("open"), 0o777)
    with user(1000):
        refuses("EPERM", "users make no devices", os.mknod, one("open", "dev"),
                0o600 | stat.S_IFCHR, os.makedev(1, 3))
        refuses(None, "... but fifos", os.mkfifo, one("open", "fifo"))
    for name in ("fifo", "chr", "blk", "null", "sock"):
        os.unlink(one(name))


# ---- who may what --------------------------------------------------------

def permissions():
    """permissions"""
    os.mkdir(one("p"))
    os.chmod(one("p"), 0o755)
    put(one("p", "secret"), mode=0o600)
    os.mkdir(one("p", "closed"))
    os.chmod(one("p", "closed"), 0o700)
    put(one("p", "closed", "in"), mode=0o666)
    put(one("p", "group"), mode=0o640)
    os.chown(one("p", "group"), 0, 5005)
    with user(1000):
        refuses("EACCES", "reading what others may not read", open, one("p", "secret"), "rb")
        refuses("EACCES", "writing it", open, one("p", "secret"), "ab")
        refuses("EACCES", "looking into a closed directory", os.stat, one("p", "closed", "in"))
        refuses("EACCES", "listing it", os.listdir, one("p", "closed"))
        refuses("EACCES", "making a file", open, one("p", "new"), "w")
        refuses("EACCES", "removing one", os.unlink, one("p", "secret"))
        refuses("EACCES", "renaming one", os.rename, one("p", "secret"), one("p", "s2"))
        refuses("EPERM", "chmod of another's file", os.chmod, one("p", "secret"), 0o666)
        refuses("EPERM", "chown of another's file", os.chown, one("p", "secret"), 1000, -1)
        refuses("EPERM", "times of another's file", os.utime, one("p", "secret"), (1, 1))
        tap.eq([os.access(one("p", "secret"), m, effective_ids=True)
                for m in (os.R_OK, os.W_OK)], [False, False], "access() says so")
        refuses("EACCES", "a file of another group", open, one("p", "group"), "rb")
    with user(1000, groups=(5001, 5005)):
        refuses(None, "... which a supplementary group opens", open, one("p", "group"), "rb")
    with user(1000, groups=range(6000, 6015)):
        refuses("EACCES", "... and others do not", open, two("p", "group"), "rb")
    put(one("p", "run"), b"#!/bin/sh\nexit 7\n", 0o111)
    with user(1000):
        refuses("EACCES", "what may only be executed is not read", open, one("p", "run"), "rb")
    put(one("p", "mine"), mode=0o600)
    os.chown(one("p", "mine"), 1000, 1000)
    with user(1000, groups=(5005,)):
        fd = os.open(one("p", "mine"), os.O_RDWR)
        os.chmod(one("p", "mine"), 0)
        os.write(fd, b"still")
        os.fsync(fd)
        tap.eq(os.pread(fd, 5, 0), b"still", "an open file stays usable for its owner")
        os.close(fd)
        os.chmod(one("p", "mine"), 0o600)
        refuses("EPERM", "giving a file away", os.chown, one("p", "mine"), 1001, -1)
        refuses(None, "... but to one of one's groups", os.chown, one("p", "mine"), -1, 5005)
        refuses("EPERM", "... and to no other", os.chown, one("p", "mine"), -1, 5006)


def sticky():
    """sticky directories"""
    os.mkdir(one("tmp"))
    os.chmod(one("tmp"), 0o1777)
    tap.eq(mode(two("tmp")), 0o1777, "the sticky bit is there")
    with user(1000):
        put(one("tmp", "his"), mode=0o666)
        put(one("tmp", "his2"), mode=0o666)
    with user(1001):
        refuses("EPERM", "another's file is not removed", os.unlink, one("tmp", "his"))
        refuses("EPERM", "... nor renamed", os.rename, one("tmp", "his"), one("tmp", "mine"))
        put(one("tmp", "mine"))
        refuses("EPERM", "... nor replaced", os.rename, one("tmp", "mine"), one("tmp", "his"))
        refuses(None, "one's own is", os.unlink, one("tmp", "mine"))
    with user(1000):
        refuses(None, "the owner may", os.unlink, one("tmp", "his"))
    refuses(None, "root may", os.unlink, one("tmp", "his2"))


def set_id():
    """set-id bits"""
    os.mkdir(one("s"))
    os.chmod(one("s"), 0o777)
    for how in ("write", "truncate", "chown"):
        put(one("s", how), b"program", 0o6777)
        os.chown(one("s", how), 1000, 1000)
        os.chmod(one("s", how), 0o6777)
        tap.eq(mode(two("s", how)), 0o6777, "set-id bits are set")
        with user(1001):
            if how == "write":
                put_end(one("s", how))
            elif how == "truncate":
                os.truncate(one("s", how), 3)
        if how == "chown":
            with user(1000, groups=(1000, 5005)):
                os.chown(one("s", how), -1, 5005)
        tap.eq([mode(p("s", how)) & 0o6000 for p in (one, two, home)], [0, 0, 0],
               "a %s clears them" % how)
    os.mkdir(one("sg"))
    os.chown(one("sg"), 0, 5005)
    os.chmod(one("sg"), 0o2777)
    with user(1000):
        put(one("sg", "file"))
        os.mkdir(one("sg", "dir"))
    tap.eq(os.stat(two("sg", "file")).st_gid, 5005, "a set-gid directory gives its group")
    tap.eq((os.stat(two("sg", "dir")).st_gid, mode(two("sg", "dir")) & 0o2000), (5005, 0o2000),
           "... and its bit to directories")
    with user(1000):
        put(one("s", "plain"), mode=0o755)
        os.chown(one("s", "plain"), 1000, 1000)
    os.chown(one("s", "plain"), 1000, 5005)
    with user(1000):
        os.chmod(one("s", "plain"), 0o2755)
    tap.eq(mode(home("s", "plain")), 0o755, "no set-gid for a group one is not in")


def put_end(path):
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.write(fd, b"more")
    os.close(fd)


# ---- data ----------------------------------------------------------------

def sizes():
    """sizes"""
    fd = os.open(one("huge"), os.O_RDWR | os.O_CREAT, 0o644)
    for at in (5 << 30, (4 << 30) - 2, 0):
        os.pwrite(fd, b"mark", at)
    os.fsync(fd)
    os.close(fd)
    fd = os.open(two("huge"), os.O_RDWR)
    tap.eq(os.fstat(fd).st_size, (5 << 30) + 4, "a file of more than 4 GiB")
    tap.eq([os.pread(fd, 4, at) for at in (5 << 30, (4 << 30) - 2, 0)], [b"mark"] * 3,
           "... its data beyond, at and below 4 GiB")
    tap.eq(os.pread(fd, 100000, 1 << 30), bytes(100000), "... and its holes")
    tap.ok(os.fstat(fd).st_blocks * 512 < 1 << 20, "... which take no room")
    os.ftruncate(fd, (6 << 30) + 1)
    tap.eq(os.stat(home("huge")).st_size, (6 << 30) + 1, "it grows")
    os.ftruncate(fd, 2)
    tap.eq(os.pread(fd, 10, 0), b"ma", "... and shrinks")
    os.ftruncate(fd, 8)
    tap.eq(os.pread(fd, 10, 0), b"ma" + bytes(6), "what was cut off is zero when it grows again")
    refuses("EFBIG", "no file is longer than the file system can", os.ftruncate, fd, 2**63 - 1)
    os.close(fd)
    os.unlink(one("huge"))

    put(one("log"), b"")
    for i in range(20):
        put_end((one, two)[i % 2]("log"))
    tap.eq(get(one("log")), b"more" * 20, "appending in turn, each sees the other's end")


def exclusive():
    """exclusive creation"""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    refuses(None, "O_EXCL makes a file", os.open, one("excl"), flags, 0o640)
    s = os.stat(two("excl"))
    tap.eq((stat.S_IMODE(s.st_mode), s.st_size), (0o640, 0), "... with its mode")
    tap.ok(abs(s.st_mtime - os.stat(home()).st_mtime) < 600, "... and sane times")
    refuses("EEXIST", "... once", os.open, one("excl"), flags, 0o640)
    refuses("EEXIST", "... also for the other client", os.open, two("excl"), flags, 0o640)
    os.symlink("nowhere", one("dangling"))
    refuses("EEXIST", "O_EXCL follows no link", os.open, one("dangling"), flags, 0o640)
    refuses("EISDIR", "a directory is not opened to write", os.open, one("wide"), os.O_WRONLY)
    refuses("ENOTDIR", "a file is no directory", os.open, one("excl", "x"), os.O_RDONLY)
    refuses("EEXIST", "mkdir of what is there", os.mkdir, one("excl"))
    refuses("EISDIR", "unlink of a directory", os.unlink, one("wide"))
    refuses("ENOTDIR", "rmdir of a file", os.rmdir, one("excl"))
    refuses("ENOTDIR", "a directory over a file", os.rename, one("wide"), one("excl"))
    refuses("EISDIR", "a file over a directory", os.rename, one("excl"), one("wide"))
    refuses("ENOTEMPTY", "a directory over a full one", os.rename, one("s"), one("wide"))


def times():
    """times"""
    put(one("times"))
    for ns in (10**9 + 1, 1234567890123456789, 4102444800 * 10**9 + 5):
        os.utime(one("times"), ns=(ns, ns + 7))
        s = os.stat(two("times"))
        tap.eq((s.st_atime_ns, s.st_mtime_ns), (ns, ns + 7), "times to the nanosecond: %d" % ns)
    before = os.stat(home("times")).st_ctime_ns
    os.chmod(one("times"), 0o600)
    tap.ok(os.stat(two("times")).st_ctime_ns > before, "chmod changes ctime")
    os.utime(one("times"))
    tap.ok(abs(os.stat(one("times")).st_mtime - os.stat(home("times")).st_ctime) < 5,
           "touch sets the server's time")


# ---- files that go -------------------------------------------------------

def removed_while_open():
    """files removed while open"""
    put(one("open-file"), b"contents")
    fd = os.open(one("open-file"), os.O_RDWR)
    os.unlink(one("open-file"))
    silly = [n for n in os.listdir(ONE) if n.startswith(".nfs")]
    tap.eq(len(silly), 1, "a file removed while open is renamed")
    os.write(fd, b"CONTENTS")
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    tap.eq(os.pread(fd, 10, 0), b"CONTENTS", "... and can be used")
    os.close(fd)
    tap.ok(tap.until(lambda: not [n for n in os.listdir(HOME) if n.startswith(".nfs")]),
           "... until it is closed")

    put(one("going"), b"x" * 100)
    fd = os.open(one("going"), os.O_RDONLY)
    os.unlink(home("going"))
    refuses("ESTALE", "a file removed on the server is stale", os.fstat, fd)
    tap.ok(word(os.pread, fd, 100, 0) in ("ESTALE", None), "... and does no harm")
    os.close(fd)
    refuses("ENOENT", "... its name is gone", os.stat, one("going"))
    os.mkdir(one("gone"))
    fd = os.open(one("gone"), os.O_RDONLY)
    os.rmdir(home("gone"))
    tap.ok(word(os.stat, "x", dir_fd=fd) in ("ESTALE", "ENOENT"), "a directory too")
    os.close(fd)
    put(two("again"), b"first")
    inode = os.stat(one("again")).st_ino
    os.unlink(two("again"))
    put(two("again"), b"second")
    tap.eq(get(one("again")), b"second", "a name that is reused is the new file")
    tap.diag("inode %d, then %d" % (inode, os.stat(one("again")).st_ino))


def two_clients():
    """two clients"""
    put(one("shared"), b"one")
    tap.eq(get(two("shared")), b"one", "what one writes the other reads")
    put(two("shared"), b"longer than before")
    tap.eq(get(one("shared")), b"longer than before", "... and back")
    os.truncate(one("shared"), 6)
    tap.eq(get(two("shared")), b"longer", "truncation")
    fd = os.open(two("shared"), os.O_RDONLY)
    put(home("shared"), b"server")
    tap.ok(tap.until(lambda: os.pread(fd, 10, 0) == b"server", 10), "a change made on the server")
    os.close(fd)
    os.chmod(one("shared"), 0o604)
    os.chown(one("shared"), 7, 8)
    s = os.stat(two("shared"))
    tap.eq((stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid), (0o604, 7, 8), "mode and owner")
    os.rename(one("shared"), one("shared2"))
    refuses("ENOENT", "a renamed file has left its name", os.stat, two("shared"))
    tap.eq(get(two("shared2")), b"server", "... and has its new one")
    put(one("over"), b"over")
    os.rename(one("over"), one("shared2"))
    tap.eq(get(two("shared2")), b"over", "rename over a file replaces it")
    os.mkdir(two("both"))
    put(one("both", "file"))
    refuses("ENOTEMPTY", "a directory the other has filled", os.rmdir, two("both"))
    os.unlink(two("both", "file"))
    refuses(None, "... and emptied", os.rmdir, one("both"))
    tap.ok(not os.path.exists(two("both")), "... is gone for both")


def main():
    os.umask(0o022)
    tests = (trees, names, links, specials, permissions, sticky, set_id, sizes, exclusive, times,
             removed_while_open, two_clients)
    wanted = sys.argv[4:]
    for test in tests:
        if not wanted or test.__name__ in wanted:
            tap.diag(test.__doc__)
            tap.case(test)
    tap.done()


main()
