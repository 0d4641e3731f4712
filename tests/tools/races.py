#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Two clients change the same directory at the same time.

    races.py MOUNT MOUNT2 SERVERDIR [ROUNDS]

MOUNT and MOUNT2 are the same export mounted by two clients, SERVERDIR its
directory on the server. Prints TAP."""

import errno
import multiprocessing
import os
import random
import sys
import threading

import tap

ONE, TWO, HOME = sys.argv[1:4]
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 60


def attempt(fn, *args):
    """The error's number; 0 if there was none."""
    try:
        got = fn(*args)
        if fn is os.open:
            os.close(got)
        return 0
    except OSError as e:
        return e.errno


def worker(base, me, wait, results):
    excl = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    for i in range(ROUNDS):
        n = str(i)
        for what, fn, args in (
                ("create", os.open, (base + "/race/create" + n, excl)),
                ("mkdir", os.mkdir, (base + "/race/dir" + n,)),
                ("symlink", os.symlink, (str(me), base + "/race/sym" + n)),
                ("link", os.link, (base + "/race/file", base + "/race/link" + n)),
                ("unlink", os.unlink, (base + "/race/unlink" + n,)),
                ("rmdir", os.rmdir, (base + "/race/rmdir" + n,)),
                ("rename", os.rename, (base + "/race/from" + n,
                                       base + "/race/to%s-%d" % (n, me)))):
            wait.wait()
            results.put((what, i, attempt(fn, *args)))


LOSES = {"create": errno.EEXIST, "mkdir": errno.EEXIST, "symlink": errno.EEXIST,
         "link": errno.EEXIST, "unlink": errno.ENOENT, "rmdir": errno.ENOENT,
         "rename": errno.ENOENT}


def one_wins():
    """one wins"""
    os.mkdir(HOME + "/race")
    open(HOME + "/race/file", "w").close()
    for i in range(ROUNDS):
        for name in ("unlink", "from"):
            open("%s/race/%s%d" % (HOME, name, i), "w").close()
        os.mkdir("%s/race/rmdir%d" % (HOME, i))
    wait, results = multiprocessing.Barrier(2), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=worker, args=(base, me, wait, results))
               for me, base in enumerate((ONE, TWO))]
    for w in workers:
        w.start()
    got = {}
    for _ in range(2 * 7 * ROUNDS):
        what, i, error = results.get(timeout=120)
        got.setdefault((what, i), []).append(error)
    for w in workers:
        w.join()
    for what, loses in LOSES.items():
        bad = ["round %d: %r" % (i, [errno.errorcode.get(e, e) for e in errors])
               for (w, i), errors in got.items() if w == what and sorted(errors) != [0, loses]]
        tap.faults("%s by two clients at once: one succeeds" % what, bad)
    left = os.listdir(HOME + "/race")
    tap.eq(len(left), 1 + 5 * ROUNDS, "... and everything was done once")
    tap.eq(sorted(os.listdir(ONE + "/race")), sorted(left), "... as the clients see it")


# What a name that somebody else changes may say. ETXTBSY is the Linux client's own word for a
# rename over a file that it has open and could not put aside, for it has just gone.
FAIR = {0, errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY, errno.ESTALE, errno.ENOTDIR, errno.EISDIR,
        errno.EBUSY, errno.ETXTBSY}


def juggler(base, seed, rounds, results):
    rng = random.Random(seed)
    odd = []
    for _ in range(rounds):
        a, b = ("%s/juggle/%d" % (base, rng.randrange(6)) for _ in "ab")
        fn, args = rng.choice((
            (os.open, (a, os.O_CREAT | os.O_RDWR)), (os.mkdir, (a,)), (os.unlink, (a,)),
            (os.rmdir, (a,)), (os.rename, (a, b)), (os.rename, (a, b)), (os.link, (a, b)),
            (os.stat, (a,)), (os.listdir, (base + "/juggle",)), (os.rename, (a, b + "/sub"))))
        error = attempt(fn, *args)
        # into itself, or a link to a directory
        if error not in FAIR | {errno.EINVAL, errno.EPERM}:
            odd.append("%s %s: %s" % (fn.__name__, args, errno.errorcode.get(error, error)))
    results.put(odd)


def juggling():
    """juggling"""
    rounds = 5 * ROUNDS
    os.mkdir(HOME + "/juggle")
    results = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=juggler, args=(base, 17 * i, rounds, results))
               for i, base in enumerate((ONE, TWO, HOME, ONE, TWO))]
    for w in workers:
        w.start()
    odd = [line for _ in workers for line in results.get(timeout=300)]
    for w in workers:
        w.join()
    tap.faults("random changes from all sides end as they may", odd)
    views = [sorted(os.listdir(d + "/juggle")) for d in (ONE, TWO, HOME)]
    tap.ok(views[0] == views[1] == views[2], "... and all see the same at the end")


def changing_directory():
    """a directory that changes while it is listed"""
    number = 5000
    big = HOME + "/big"
    os.mkdir(big)
    for i in range(number):
        os.close(os.open("%s/stays-%d" % (big, i), os.O_CREAT | os.O_WRONLY))
    stop = threading.Event()

    def changer():
        i = 0
        while not stop.is_set():
            path = "%s/goes-%d" % (big, i)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
            os.rename(path, path + "-" + "x" * (i % 100))
            if i >= 20:
                os.unlink("%s/goes-%d-%s" % (big, i - 20, "x" * ((i - 20) % 100)))
            i += 1
            stop.wait(0.002)

    thread = threading.Thread(target=changer)
    thread.start()
    bad, rounds = [], 0
    try:
        for base in (ONE, TWO) * 2:
            names = [e.name for e in os.scandir(base + "/big")]
            stays = [n for n in names if n.startswith("stays-")]
            if len(stays) != number or len(set(stays)) != number:
                bad.append("%d listed, %d of them different" % (len(stays), len(set(stays))))
            rounds += 1
    finally:
        stop.set()
        thread.join()
    tap.faults("%d entries are listed once each while others come and go" % number, bad)
    for n in os.listdir(big):
        if n.startswith("goes-"):
            os.unlink(big + "/" + n)
    for i in range(0, number, 2):
        os.unlink("%s/stays-%d" % (big, i))
    tap.eq(len(os.listdir(ONE + "/big")), number // 2, "half of them removed on the server")
    gone = 0
    for e in os.scandir(TWO + "/big"):
        if gone < 600:
            os.unlink(e.path)
            gone += 1
    tap.eq(len(os.listdir(big)), number // 2 - gone, "removing while listing removes each")


def main():
    for test in (one_wins, juggling, changing_directory):
        tap.case(test)
    tap.done()


main()
