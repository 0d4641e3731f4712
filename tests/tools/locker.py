#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A process that locks what it is told to, line by line:

    open NAME PATH r|w|rw       NAME stands for the file in what follows
    lock NAME r|w START LENGTH  waits
    try NAME r|w START LENGTH
    test NAME r|w START LENGTH
    unlock NAME START LENGTH
    flock NAME sh|ex|un         does not wait; flockw does
    close NAME
    many PATH COUNT             create and lock COUNT files PATH0, PATH1, ...
    unmany                      unlock them again
    mix NAME SHM ID PROCESSES COUNT
                                COUNT random locks of bytes 0 to 63, each checked against what the
                                other processes say they have in the file SHM
    quit

A line answers each: "ok SECONDS [MORE]" or an error's name, SECONDS being the clock
of the machine when it was done. LENGTH 0 is to the end. SIGUSR1 interrupts a wait."""

import errno
import fcntl
import mmap
import os
import random
import signal
import struct
import sys
import time

FLOCK = "hhqqi4x"
KIND = {"r": fcntl.F_RDLCK, "w": fcntl.F_WRLCK, "u": fcntl.F_UNLCK}
MODE = {"r": os.O_RDONLY, "w": os.O_WRONLY, "rw": os.O_RDWR}
FLOCKS = {"sh": fcntl.LOCK_SH, "ex": fcntl.LOCK_EX, "un": fcntl.LOCK_UN}
files = {}
many = []


class Interrupted(Exception):
    pass


def interrupt(*_):
    raise Interrupted()


def control(fd, command, kind, start, length):
    arg = struct.pack(FLOCK, KIND[kind], os.SEEK_SET, start, length, 0)
    return struct.unpack(FLOCK, fcntl.fcntl(fd, command, arg))


BYTES = 64


def mix(fd, shm, me, processes, count):
    """Each process has a row of BYTES in shm: 0, r or w is what it holds, as it was told. It
    says less before it gives something up, and more after it got it. It waits only while it
    has nothing: processes of one client wait for each other without the server's knowing, so
    nobody would see a circle."""
    rng = random.Random(me)
    with open(shm, "r+b") as f:
        rows = mmap.mmap(f.fileno(), BYTES * processes)
    mine = me * BYTES
    bad = got = 0
    for _ in range(count):
        first = rng.randrange(BYTES)
        length = rng.randrange(1, BYTES - first + 1)
        kind = rng.choice("rwu")
        old = rows[mine + first:mine + first + length]
        if kind != "w":
            keep = b"r" if kind == "r" else b"\0"
            rows[mine + first:mine + first + length] = bytes(
                min(b, keep[0]) for b in old)
        try:
            free = not any(rows[mine:mine + BYTES])
            control(fd, fcntl.F_SETLKW if free else fcntl.F_SETLK, kind, first, length)
        except OSError as e:
            if e.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            rows[mine + first:mine + first + length] = old
            continue
        got += 1
        if kind != "u":
            rows[mine + first:mine + first + length] = kind.encode() * length
            for other in range(processes):
                theirs = rows[other * BYTES + first:other * BYTES + first + length]
                if other != me and (ord("w") in theirs or kind == "w" and any(theirs)):
                    bad += 1
    rows[mine:mine + BYTES] = bytes(BYTES)
    control(fd, fcntl.F_SETLK, "u", 0, 0)
    return "%d %d" % (got, bad)


def do(words):
    what, args = words[0], words[1:]
    if what == "open":
        files[args[0]] = os.open(args[1], MODE[args[2]] | (os.O_CREAT if "w" in args[2] else 0),
                                 0o666)
    elif what in ("lock", "try"):
        control(files[args[0]], fcntl.F_SETLKW if what == "lock" else fcntl.F_SETLK, args[1],
                int(args[2]), int(args[3]))
    elif what == "test":
        kind, _, start, length, pid = control(files[args[0]], fcntl.F_GETLK, args[1],
                                              int(args[2]), int(args[3]))
        if kind == fcntl.F_UNLCK:
            return "free"
        return "%s %d %d %d" % ("w" if kind == fcntl.F_WRLCK else "r", start, length, pid)
    elif what == "unlock":
        control(files[args[0]], fcntl.F_SETLK, "u", int(args[1]), int(args[2]))
    elif what in ("flock", "flockw"):
        fcntl.flock(files[args[0]], FLOCKS[args[1]] | (fcntl.LOCK_NB if what == "flock" else 0))
    elif what == "close":
        os.close(files.pop(args[0]))
    elif what == "many":
        for i in range(int(args[1])):
            many.append(os.open("%s%d" % (args[0], i), os.O_RDWR | os.O_CREAT, 0o666))
            control(many[-1], fcntl.F_SETLK, "w", 0, 0)
    elif what == "unmany":
        for fd in many:
            control(fd, fcntl.F_SETLK, "u", 0, 0)
            os.close(fd)
        many.clear()
    elif what == "mix":
        return mix(files[args[0]], args[1], *[int(a) for a in args[2:]])
    else:
        raise ValueError(what)
    return ""


def main():
    signal.signal(signal.SIGUSR1, interrupt)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "quit":
            return
        try:
            more = do(words)
            print("ok %.6f %s" % (time.monotonic(), more), flush=True)
        except Interrupted:
            print("EINTR", flush=True)
        except OSError as e:
            print(errno.errorcode[e.errno], flush=True)


main()
