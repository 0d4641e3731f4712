#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Locks of Linux clients and local processes on the same files.

    nlm.py SERVERDIR HOST1 MOUNT1 HOST2 MOUNT2 [CASE...]

HOST1 and HOST2 have SERVERDIR mounted. Prints TAP."""

import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time

import tap

HOME, ONE, DIR1, TWO, DIR2 = sys.argv[1:6]
HERE = os.path.dirname(os.path.abspath(__file__))
# What a lock may take to change hands; a client that nobody called asks after 30 s.
HAND_OVER = 1.0
PATIENCE = 5 if os.path.exists("/proc/lockdep") else 1


class Process:
    """A locker (locker.py) on a host, with the file NAME open as f."""

    everyone = []

    def __init__(self, host, name=None, mode="rw"):
        self.dir = {"server": HOME, ONE: DIR1, TWO: DIR2}[host]
        command = [sys.executable, HERE + "/locker.py"]
        if host != "server":
            command = ["nsenter", "--net=/run/netns/" + host, "--uts=/run/uts/" + host,
                       "--"] + command
        self.proc = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     text=True, bufsize=1)
        Process.everyone.append(self)
        if name:
            self.open(name, mode)

    def start(self, line):
        self.proc.stdin.write(line + "\n")

    def answer(self, seconds=40):
        """The answer to what was started."""
        signal.alarm(seconds * PATIENCE)
        try:
            return self.proc.stdout.readline().strip()
        finally:
            signal.alarm(0)

    def do(self, line, seconds=40):
        self.start(line)
        return self.answer(seconds)

    def word(self, line, seconds=40):
        """How it ended: "ok", or the error."""
        return self.do(line, seconds).split()[0].replace("EDEADLOCK", "EDEADLK")

    def open(self, name, mode="rw", stands="f"):
        got = self.word("open %s %s/%s %s" % (stands, self.dir, name, mode))
        if got != "ok":
            raise RuntimeError("open %s: %s" % (name, got))

    def quiet(self, seconds):
        """Nothing is answered for so long."""
        return not select.select([self.proc.stdout], [], [], seconds)[0]

    def interrupt(self):
        self.proc.send_signal(signal.SIGUSR1)

    def end(self):
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()


def expired(*_):
    raise TimeoutError("no answer")


signal.signal(signal.SIGALRM, expired)
_files = [0]


def fresh():
    """The name of a new file."""
    _files[0] += 1
    name = "file%d" % _files[0]
    with open(os.path.join(HOME, name), "wb") as f:
        f.write(b"0123456789" * 100)
    os.chmod(os.path.join(HOME, name), 0o666)
    return name


def case(fn):
    tap.case(fn)
    for p in Process.everyone:
        p.end()
    Process.everyone.clear()


PAIRS = [(ONE, TWO), (ONE, "server"), ("server", ONE), (ONE, ONE)]


def exclusion():
    """one has it, the other does not get it"""
    for a, b in PAIRS:
        name = fresh()
        x, y = Process(a, name), Process(b, name)
        what = "%s, then %s: " % (a, b)
        tap.eq(x.word("try f w 10 20"), "ok", what + "the first one locks")
        tap.eq(y.word("try f w 15 1"), "EAGAIN", what + "the second one is refused")
        tap.eq(y.word("try f r 0 0"), "EAGAIN", what + "to read, too")
        tap.ok(y.do("test f w 0 0").split()[2:5] == ["w", "10", "20"], what + "it sees which")
        tap.eq(y.word("try f w 30 0"), "ok", what + "but gets what is beside it")
        tap.eq(x.word("unlock f 10 20"), "ok", what + "the first one unlocks")
        tap.eq(y.word("try f w 10 20"), "ok", what + "now the second one has it")


def sharing():
    """readers share"""
    for a, b in PAIRS:
        name = fresh()
        x, y = Process(a, name), Process(b, name)
        what = "%s and %s: " % (a, b)
        tap.eq((x.word("try f r 0 10"), y.word("try f r 5 10")), ("ok", "ok"),
               what + "both read")
        tap.eq(x.word("try f w 0 10"), "EAGAIN", what + "no upgrade while the other reads")
        tap.eq(y.word("unlock f 5 10"), "ok", what + "the other unlocks")
        tap.eq(x.word("try f w 0 10"), "ok", what + "now it is upgraded")
        tap.eq(y.word("try f r 5 1"), "EAGAIN", what + "and excludes")
        tap.eq(x.word("try f r 0 10"), "ok", what + "downgrade")
        tap.eq(y.word("try f r 5 1"), "ok", what + "lets readers in")


def splitting():
    """an unlock in the middle splits"""
    name = fresh()
    x, y = Process(ONE, name), Process(TWO, name)
    x.do("try f w 0 100")
    tap.eq(x.word("unlock f 40 20"), "ok", "the middle is unlocked")
    tap.eq([y.word("try f w %d 1" % at) for at in (39, 40, 59, 60)],
           ["EAGAIN", "ok", "ok", "EAGAIN"], "just the middle is free")


def hand_over():
    """a lock that is waited for is handed over at once"""
    for a, b in PAIRS:
        name = fresh()
        x, y = Process(a, name), Process(b, name)
        what = "%s to %s: " % (a, b)
        x.do("try f w 0 0")
        y.start("lock f w 0 0")
        tap.ok(y.quiet(0.5), what + "it waits")
        freed = float(x.do("unlock f 0 0").split()[1])
        got = y.answer().split()
        took = float(got[1]) - freed if got[0] == "ok" else -1
        tap.ok(got[0] == "ok" and took < HAND_OVER * PATIENCE,
               what + "it gets it in %.1f ms" % (took * 1000))
        tap.eq(x.word("try f w 0 1"), "EAGAIN", what + "and has it")


def nothing():
    """what is not locked can be unlocked"""
    name = fresh()
    x, y = Process(ONE, name), Process(TWO, name)
    tap.eq(x.word("unlock f 0 0"), "ok", "unlock where there is no lock")
    x.do("try f w 0 10")
    tap.eq((x.word("unlock f 5 100"), y.word("try f w 5 0")), ("ok", "ok"),
           "unlock more than is locked")


def interrupted():
    """who is interrupted does not wait on"""
    for a, b in ((ONE, TWO), ("server", ONE)):
        name = fresh()
        x, y = Process(a, name), Process(b, name)
        x.do("try f w 0 0")
        y.start("lock f w 0 0")
        y.quiet(0.5)
        y.interrupt()
        tap.eq(y.answer(), "EINTR", "%s is interrupted" % b)
        tap.ok(tap.until(lambda: tap.stat("nlm.blocks") == 0), "nobody waits any more")
        x.do("unlock f 0 0")
        tap.eq(x.word("try f w 0 0"), "ok", "the lock is free")


def queue():
    """many wait, and get it one after the other"""
    name = fresh()
    first = Process(ONE, name)
    first.do("try f w 0 0")
    waiting = [Process(h, name) for h in (TWO, ONE, "server", TWO, ONE, TWO, "server", ONE)]
    for p in waiting:
        p.start("lock f w 0 0")
    time.sleep(1 * PATIENCE)
    first.do("unlock f 0 0")
    left, got = list(waiting), 0
    start = time.monotonic()
    while left:
        ready = select.select([p.proc.stdout for p in left], [], [], 20 * PATIENCE)[0]
        if len(ready) != 1:
            break
        p = next(p for p in left if p.proc.stdout is ready[0])
        if p.answer().split()[0] != "ok":
            break
        left.remove(p)
        got += 1
        p.do("unlock f 0 0")
    tap.eq(got, len(waiting), "each of %d in turn, never two at a time (%.2f s)" %
           (len(waiting), time.monotonic() - start))


def readers_wake():
    """all readers that wait get in together"""
    name = fresh()
    writer = Process(ONE, name)
    writer.do("try f w 0 0")
    readers = [Process(h, name) for h in (TWO, ONE, TWO, "server")]
    for p in readers:
        p.start("lock f r 0 0")
    time.sleep(1 * PATIENCE)
    writer.do("unlock f 0 0")
    tap.eq([p.answer().split()[0] for p in readers], ["ok"] * 4, "four readers get in")


def read_only():
    """a file opened for reading can be locked by flock"""
    name = fresh()
    x, y = Process(ONE, name, "r"), Process(TWO, name, "r")
    tap.eq(x.word("flock f ex"), "ok", "exclusive, on a file opened for reading")
    tap.eq(y.word("flock f sh"), "EAGAIN", "excludes the other client")
    y.start("flockw f ex")
    y.quiet(0.3)
    tap.eq((x.word("flock f un"), y.answer().split()[0]), ("ok", "ok"), "and is handed over")


def circle():
    """a circle of waits is refused"""
    for a, b in ((ONE, TWO), (ONE, "server"), ("server", TWO)):
        name = fresh()
        x, y = Process(a, name), Process(b, name)
        x.do("try f w 0 10")
        y.do("try f w 10 10")
        x.start("lock f w 10 10")
        x.quiet(0.5 * PATIENCE)
        tap.eq(y.word("lock f w 0 10"), "EDEADLK", "%s and %s wait for each other" % (a, b))
        y.do("unlock f 10 10")
        tap.eq(x.answer().split()[0], "ok", "the other one gets on")


def removed():
    """a file that was removed meanwhile"""
    name = fresh()
    x, y = Process(ONE, name), Process(TWO, name)
    x.do("try f w 0 10")
    y.start("lock f w 0 10")
    y.quiet(0.3)
    os.unlink(os.path.join(HOME, name))
    tap.eq(x.word("unlock f 0 10"), "ok", "it can be unlocked")
    tap.ok(y.answer().split()[0] in ("ok", "ESTALE", "ENOLCK"), "who waits is answered")
    y.do("unlock f 0 10")
    y.do("close f")
    x.do("close f")
    tap.ok(tap.until(lambda: not tap.stat("nlm.blocks")), "nothing is left of it")


def ends():
    """the last bytes"""
    name = fresh()
    x, y = Process(ONE, name), Process(TWO, name)
    top = (1 << 63) - 1
    tap.eq(x.word("try f w %d 1" % (top - 1)), "ok", "the last byte but one")
    tap.eq((y.word("try f w %d 1" % (top - 1)), y.word("try f w %d 1" % (top - 2)),
            y.word("try f r %d 0" % (top - 1))), ("EAGAIN", "ok", "EAGAIN"), "just that")


def thousands():
    """10,000 files locked by one client"""
    count = 10000 if PATIENCE == 1 else 1000
    os.mkdir(os.path.join(HOME, "many"), 0o777)
    os.chmod(os.path.join(HOME, "many"), 0o777)
    x = Process(ONE)
    start = time.monotonic()
    tap.eq(x.word("many %s/many/f %d" % (DIR1, count), 280), "ok", "%d files" % count)
    took = time.monotonic() - start
    y = Process(TWO)
    names = ["many/f%d" % i for i in (0, count // 2, count - 1)]
    for i, name in enumerate(names):
        y.open(name, stands=str(i))
    tap.eq([y.word("try %d w 0 0" % i) for i in range(3)], ["EAGAIN"] * 3, "all are locked")
    start = time.monotonic()
    tap.eq(x.word("unmany", 280), "ok", "they are unlocked")
    tap.diag("locked and made in %.1f s, unlocked in %.1f s" % (took, time.monotonic() - start))
    tap.eq([y.word("try %d w 0 0" % i) for i in range(3)], ["ok"] * 3, "none is locked")


def mixed():
    """random locks of many, checked against what each was told"""
    count = 1000 if os.environ.get("FULL") else 150
    name = fresh()
    with tempfile.NamedTemporaryFile() as shm:
        shm.write(bytes(64 * 8))
        shm.flush()
        everyone = [Process(h, name) for h in (ONE, TWO, "server", ONE, TWO, ONE, TWO, "server")]
        for i, p in enumerate(everyone):
            p.start("mix f %s %d 8 %d" % (shm.name, i, count))
        got = [p.answer(280).split() for p in everyone]
    tap.eq([g[0] for g in got], ["ok"] * 8, "8 processes lock and unlock %d times" % count)
    tap.eq([g[3] for g in got], ["0"] * 8, "nobody had what another one had")
    tap.diag("granted: " + " ".join(g[2] for g in got))


CASES = (exclusion, sharing, splitting, nothing, hand_over, queue, readers_wake, interrupted,
         read_only, circle, removed, ends, mixed, thousands)


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
    only = sys.argv[6:]
    for fn in CASES:
        if not only or fn.__name__ in only:
            case(fn)
    tap.done()


main()
