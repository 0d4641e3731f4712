#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""64 owners of eight clients lock, wait, cancel and die on eight files, and local processes
with them.

    nlmstress.py SERVER EXPORT SERVERDIR ROUNDS

Each has a row in a table of the file: what it holds, as it was told. It says less there before it
gives something up, and more after it got it, so no two rows may ever exclude each other.
ROUNDS of each client; 0: until the server is gone, without local processes. As nlmraw.py, to be
run on a client with rpcbind and no lock manager. Prints TAP."""

import mmap
import os
import random
import subprocess
import sys
import tempfile
import threading

import rpcraw
import tap
from nlmlib import (BLOCKED, DEADLCK, DENIED, GRANTED, HOME, MANAGER, S_GRANTED, SERVER, Client, Lock,
                    fresh, stat)
from rpcraw import Items, opaque, u32

FILES, CLIENTS, OWNERS, BYTES = 8, 8, 64, 64
ROWS = OWNERS + 1
LOCKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "locker.py")
bad, granted = [0], [0]


class File:
    def __init__(self):
        self.fh, self.path = fresh()
        self.table = tempfile.NamedTemporaryFile()
        self.table.write(bytes(BYTES * ROWS))
        self.table.flush()
        self.rows = mmap.mmap(self.table.fileno(), BYTES * ROWS)

    def told(self, row, first, length, kind):
        """It has it now; nobody else may."""
        mine = row * BYTES
        self.rows[mine + first:mine + first + length] = kind * length
        for other in range(ROWS):
            at = other * BYTES + first
            theirs = self.rows[at:at + length]
            if other != row and (b"w" in theirs or kind == b"w" and any(theirs)):
                bad[0] += 1
        granted[0] += 1

    def row(self, row):
        return self.rows[row * BYTES:(row + 1) * BYTES]

    def least(self, row, first, length, most):
        """It has no more than that of it; what it had."""
        at = row * BYTES + first
        old = self.rows[at:at + length]
        self.rows[at:at + length] = bytes(min(b, most) for b in old)
        return old


class Owner:
    def __init__(self, number):
        self.number = number
        self.pending = None
        self.lock = threading.Lock()

    def wire(self, file, first, length, kind):
        return Lock(file.fh, owner=b"owner%d" % self.number, svid=self.number, start=first,
                    length=length, name=b"client%d" % (self.number % CLIENTS), exclusive=kind == b"w")


owners = [Owner(i) for i in range(OWNERS)]


def called(body):
    """GRANTED: is it wanted?"""
    items = Items(body)
    items.opaque()
    items.bool()
    items.opaque()
    fh = items.opaque()
    items.opaque()
    owner = owners[items.u32()]
    first = items.u64()
    with owner.lock:
        want = owner.pending
        if not want or want[0].fh != fh or want[1] != first:
            return DENIED
        want[0].told(owner.number, *want[1:])
        owner.pending = None
    return S_GRANTED


def take(self, data, proto, peer):
    items = Items(data)
    xid, _, _, _, _, proc = [items.u32() for _ in range(6)]
    for _ in range(2):
        items.u32()
        items.opaque()
    head = u32(xid) + u32(1) + u32(0) + u32(0) + u32(0) + u32(0)
    if proc != GRANTED:
        return head
    body = items.fixed(items.left())
    return head + opaque(Items(body).opaque()) + u32(called(body))


class Worker(threading.Thread):
    def __init__(self, number, files, rounds):
        super().__init__(daemon=True)
        self.rng = random.Random(number)
        self.mine = [o for o in owners if o.number % CLIENTS == number]
        self.files, self.rounds = files, rounds
        self.name_ = b"client%d" % number
        self.client = Client(proto="tcp" if number % 4 else "udp", name=self.name_)
        self.error = "it has not come to its end"

    def forget(self, owner):
        with owner.lock:
            owner.pending = None

    def cancel(self, owner):
        with owner.lock:
            want, owner.pending = owner.pending, None
        if want:
            self.client.cancel(owner.wire(*want))

    def lock(self, owner, file, first, length, kind):
        old = file.least(owner.number, first, length, 0 if kind == b"u" else
                         ord("r") if kind == b"r" else ord("w"))
        wire = owner.wire(file, first, length, kind)
        if kind == b"u":
            self.client.unlock(wire)
            return
        block = not any(file.row(owner.number)) and not owner.pending and self.rng.random() < 0.5
        if block:
            with owner.lock:
                owner.pending = (file, first, length, kind)
        status = self.client.lock(wire, block, proc=2)
        if status == BLOCKED:
            return
        if block:
            self.forget(owner)
        if status == S_GRANTED:
            file.told(owner.number, first, length, kind)
        elif status in (DENIED, DEADLCK):
            at = owner.number * BYTES + first
            file.rows[at:at + length] = old
        else:
            raise rpcraw.Malformed("LOCK: status %d" % status)

    def die(self):
        """The client starts anew."""
        for owner in self.mine:
            self.forget(owner)
            for file in self.files:
                file.least(owner.number, 0, BYTES, 0)
        self.client.free_all(self.name_)

    def step(self):
        owner = self.rng.choice(self.mine)
        if owner.pending and self.rng.random() < 0.7:
            self.cancel(owner)
        elif self.rng.random() < 0.005:
            self.die()
        elif not owner.pending:
            first = self.rng.randrange(BYTES)
            self.lock(owner, self.rng.choice(self.files), first,
                      self.rng.randrange(1, BYTES - first + 1), self.rng.choice((b"r", b"w", b"u")))

    def end(self):
        for owner in self.mine:
            self.cancel(owner)
            for file in self.files:
                file.least(owner.number, 0, BYTES, 0)
                self.client.unlock(owner.wire(file, 0, 0, b"w"))

    def run(self):
        try:
            done = 0
            while not self.rounds or done < self.rounds:
                self.step()
                done += 1
            self.end()
            self.error = None
        except (OSError, rpcraw.Malformed, rpcraw.Closed) as e:
            self.error = repr(e)


def main():
    rounds = int(sys.argv[4])
    type(MANAGER).take = take
    MANAGER.register()
    MANAGER.start()
    files = [File() for _ in range(FILES)]
    workers = [Worker(i, files, rounds) for i in range(CLIENTS)]
    local = []
    for file in files if rounds else ():
        p = subprocess.Popen(["nsenter", "--net=/proc/1/ns/net", sys.executable, LOCKER],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        p.stdin.write("open f %s rw\nmix f %s %d %d %d\n" %
                      (file.path, file.table.name, OWNERS, ROWS, rounds // 2))
        local.append(p)
    for w in workers:
        w.start()
    print("# at work on %s" % SERVER, flush=True)
    for w in workers:
        w.join()
    if not rounds:
        return
    tap.eq([w.error for w in workers], [None] * CLIENTS, "%d clients, %d calls each" %
           (CLIENTS, rounds))
    got = []
    for p in local:
        p.stdout.readline()
        got.append(p.stdout.readline().split())
        p.stdin.write("quit\n")
    tap.eq([(g[0], g[3]) for g in got], [("ok", "0")] * FILES, "a local process beside them on each file")
    tap.eq(bad[0], 0, "nobody had what another one had")
    tap.ok(granted[0] > OWNERS, "%d grants" % granted[0])
    tap.ok(tap.until(lambda: stat("nlm.blocks") == 0), "nobody waits any more")
    tap.diag("handed over: %d, cancelled: %d, circles: %d" % tuple(
        stat("lock." + name) for name in ("ranges_handed_over", "ranges_cancelled", "deadlocks")))
    tap.done()


main()
