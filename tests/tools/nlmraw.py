#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""NLM by hand: versions 1, 3 and 4 over TCP and UDP, in both forms, with a lock manager that
answers callbacks as the test wants.

    nlmraw.py SERVER EXPORT SERVERDIR

To be run as root on a client that has rpcbind and no lock manager. Prints TAP."""

import os
import sys
import time

import rpcraw
import tap
from nlmlib import (BLOCKED, CANCEL, CANCEL_MSG, CANCEL_RES, Client, DENIED, FAILED, FBIG,
    FREE_ALL, GRACE, GRANTED, GRANTED_MSG, GRANTED_RES, LOCK, LOCK_MSG, LOCK_RES, Lock, MANAGER,
    NLM, NM_LOCK, NOLOCKS, ROOT, SERVER, SHARE, STALE, S_GRANTED, TEST, TEST_MSG, TEST_RES, TOP,
    UNLOCK, UNLOCK_MSG, UNLOCK_RES, UNSHARE, fresh, stat)
from rpcraw import Items, opaque, u32

EVERY = [(v, p) for v in (1, 3, 4) for p in ("tcp", "udp")]


def clean():
    Client().free_all()
    MANAGER.mute, MANAGER.stat = False, S_GRANTED
    while not MANAGER.calls.empty():
        MANAGER.calls.get()


def synchronous():
    """TEST, LOCK and UNLOCK in all versions over both transports"""
    for vers, proto in EVERY:
        c = Client(vers, proto)
        one = Lock(fresh()[0], start=10, length=20)
        two = one.but(owner=b"two", svid=2, start=15, length=0)
        got = [c.test(one)[0], c.lock(one), c.lock(one), c.lock(two), c.test(two)[0],
               c.unlock(one), c.unlock(one), c.test(two)[0], c.lock(two), c.unlock(two)]
        tap.eq(got, [S_GRANTED, S_GRANTED, S_GRANTED, DENIED, DENIED, S_GRANTED, S_GRANTED,
                     S_GRANTED, S_GRANTED, S_GRANTED], "version %d over %s" % (vers, proto))


def holders():
    """TEST says who has it"""
    one = Lock(fresh()[0], owner=b"somebody", svid=77, start=5, length=6)
    c4, c3 = Client(4), Client(3)
    c4.lock(one)
    tap.eq(c4.test(one.but(owner=b"other", start=0, length=0))[1], (True, 77, b"somebody", 5, 6),
           "owner, process and range")
    big = one.but(start=1 << 33, length=0, exclusive=False)
    c4.lock(big)
    tap.eq(c3.test(one.but(owner=b"other", start=0xffffffff, length=0))[1],
           (False, 77, b"somebody", 0xffffffff, 0), "a range that version 3 has no words for")


def edges():
    """ranges to the end of what 64 bits can say"""
    c = Client()
    lock = Lock(fresh()[0])
    other = lock.but(owner=b"two")
    tap.eq(c.lock(lock.but(start=TOP, length=1)), S_GRANTED, "the very last byte")
    tap.eq(c.test(other.but(start=1, length=0)), (DENIED, (True, 1, b"one", TOP, 0)), "is seen")
    tap.eq(c.lock(other.but(start=0, length=TOP)), S_GRANTED, "all before it is free")
    tap.eq(c.unlock(lock.but(start=TOP, length=1)), S_GRANTED, "and is unlocked")
    tap.eq([c.lock(lock.but(start=TOP, length=2)), c.unlock(lock.but(start=2, length=TOP)),
            c.test(lock.but(start=2, length=TOP))[0],
            c.cancel(lock.but(start=2, length=TOP))], [FBIG] * 4, "more than that is refused")


def refusals():
    """handles of nothing, and files that cannot be locked"""
    c, c3 = Client(), Client(3)
    fh, path = fresh()
    lock = Lock(fh)
    bad = lock.but(fh=b"\x55" * 32)
    tap.eq([c.lock(bad), c.test(bad)[0], c.unlock(bad)], [STALE] * 3, "not a handle")
    tap.eq([c3.lock(bad)], [NOLOCKS], "version 3 has no word for it")
    tap.eq(c.lock(lock.but(fh=b"")), STALE, "an empty handle")
    tap.eq(c.lock(lock.but(fh=ROOT[0])), FAILED, "a directory")
    tap.eq(c.lock(lock.but(name=b"a\0b")), FAILED, "a name that is none")
    tap.eq(c.lock(lock, reclaim=True), GRACE, "a reclaim when there is nothing to reclaim")
    tap.eq(c.cancel(lock), DENIED, "CANCEL of nothing")
    os.chmod(path, 0o600)
    tap.eq(c.lock(lock, credential=rpcraw.sys(1234, 1234)), FAILED,
           "a file the caller may not use")
    os.unlink(path)
    tap.eq(c.lock(lock), STALE, "a file that is gone")


def again():
    """a call that comes twice"""
    for vers, proto in EVERY:
        c = Client(vers, proto)
        one = Lock(fresh()[0])
        two = one.but(owner=b"two")
        xid = rpcraw.new_xid()
        proc = LOCK if vers == 1 else NM_LOCK
        args = opaque(b"c") + c.lock_args(one)
        first = c.c.call(NLM, vers, proc, args, xid=xid).data
        c.unlock(one)
        second = c.c.call(NLM, vers, proc, args, xid=xid).data
        tap.ok(first == second and c.lock(two) == S_GRANTED,
               "a late LOCK does not lock again: version %d over %s" % (vers, proto))


def granted_args(vers, items):
    cookie, exclusive = items.opaque(), items.bool()
    name, fh, owner, svid = items.opaque(), items.opaque(), items.opaque(), items.u32()
    get = items.u64 if vers == 4 else items.u32
    start, length = get(), get()
    items.end()
    return cookie, Lock(fh, owner, svid, start, length, name, exclusive)


def called_back(vers, proto, what):
    c = Client(vers, proto)
    one = Lock(fresh()[0], start=3, length=4)
    two = one.but(owner=b"two", svid=5)
    tap.eq((c.lock(one), c.lock(two, True), c.lock(two, True)), (S_GRANTED, BLOCKED, BLOCKED),
           what + "it waits, however often it asks")
    tap.eq(stat("nlm.blocks"), 1, what + "once")
    start = time.monotonic()
    c.unlock(one)
    call = MANAGER.expect(GRANTED)
    if not tap.ok(call, what + "GRANTED comes"):
        return
    tap.diag("%.1f ms" % ((time.monotonic() - start) * 1000))
    got = granted_args(vers, call[2])[1]
    tap.ok(call[:2] == (proto, vers) and call[3][0] == SERVER and
           got.wire(vers) == two.wire(vers) and got.exclusive,
           what + "the same way, from where it was asked, for the same")
    tap.ok(tap.until(lambda: stat("nlm.blocks") == 0), what + "that was all")
    tap.eq((c.lock(one), MANAGER.quiet(0.5)), (DENIED, True), what + "it has it")


def callbacks():
    """GRANTED in all versions over both transports"""
    for vers, proto in EVERY:
        called_back(vers, proto, "version %d over %s: " % (vers, proto))
        clean()


def unwanted():
    """a client that does not want what it is granted"""
    c = Client()
    one = Lock(fresh()[0])
    two, three = one.but(owner=b"two"), one.but(owner=b"three")
    MANAGER.stat = DENIED
    c.lock(one)
    c.lock(two, True)
    c.unlock(one)
    tap.ok(MANAGER.expect(GRANTED), "it is called")
    tap.ok(tap.until(lambda: c.test(three)[0] == S_GRANTED, 5), "its refusal frees the range")
    tap.ok(MANAGER.quiet(1.5), "it is not called again")


def slow():
    """a client that answers late, or by asking again"""
    c = Client(4, "udp")
    one = Lock(fresh()[0])
    two, three = one.but(owner=b"two"), one.but(owner=b"three")
    MANAGER.mute = True
    c.lock(one)
    c.lock(two, True)
    c.unlock(one)
    tap.ok(MANAGER.expect(GRANTED) and MANAGER.expect(GRANTED), "it is called until it answers")
    tap.eq(c.lock(three), DENIED, "meanwhile nobody else gets it")
    tap.eq(c.lock(two, True), S_GRANTED, "it asks again: it has it")
    tap.eq(stat("nlm.blocks"), 0, "and need not be called")
    MANAGER.mute, MANAGER.stat = False, DENIED
    tap.ok(tap.until(lambda: c.lock(three) == DENIED, 1) and not time.sleep(6) and
           c.lock(three) == DENIED, "whatever it says to the call that was out")
    tap.eq((c.unlock(two), c.lock(three)), (S_GRANTED, S_GRANTED), "it unlocks as ever")


def gone():
    """a client that never answers"""
    c = Client(4, "udp")
    one = Lock(fresh()[0])
    two, three = one.but(owner=b"two"), one.but(owner=b"three")
    MANAGER.mute = True
    c.lock(one)
    c.lock(two, True)
    start = time.monotonic()
    c.unlock(one)
    tap.ok(tap.until(lambda: c.test(three)[0] == S_GRANTED, 100, 1), "the range is taken back")
    took = time.monotonic() - start
    tap.ok(50 < took < 95, "after %.0f s" % took)
    tap.eq(stat("nlm.blocks"), 0, "nothing is left")


def cancelled():
    """CANCEL"""
    c = Client()
    one = Lock(fresh()[0])
    two = one.but(owner=b"two")
    c.lock(one)
    c.lock(two, True)
    tap.eq([c.cancel(two.but(length=5)), c.cancel(two.but(exclusive=False)),
            c.cancel(two.but(svid=9)), c.cancel(two), c.cancel(two)],
           [DENIED, DENIED, DENIED, S_GRANTED, DENIED], "only what waits, once")
    c.unlock(one)
    tap.ok(MANAGER.quiet(0.5) and c.lock(one) == S_GRANTED, "it was not granted")
    c.lock(two, True)
    MANAGER.mute = True
    c.unlock(one)
    MANAGER.expect(GRANTED)
    tap.eq((c.cancel(two), c.lock(one)), (DENIED, DENIED), "too late: it has it")
    tap.eq((c.unlock(two), c.lock(one)), (S_GRANTED, S_GRANTED), "until it unlocks")


def messages():
    """calls in two halves"""
    for vers, proto in EVERY:
        what = "version %d over %s: " % (vers, proto)
        c = Client(vers, proto)
        one = Lock(fresh()[0])
        two = one.but(owner=b"two")

        def result(proc, cookie, more=False):
            call = MANAGER.expect(proc)
            if not call or call[:2] != (proto, vers):
                return None
            stat = Client.status(call[2], cookie, more)
            return (stat, c.holder(call[2], stat)) if more else stat

        got = [result(LOCK_RES, c.message(LOCK_MSG, c.lock_args(one))),
               result(LOCK_RES, c.message(LOCK_MSG, c.lock_args(two))),
               result(TEST_RES, c.message(TEST_MSG, u32(1) + two.wire(vers)), True),
               result(LOCK_RES, c.message(LOCK_MSG, c.lock_args(two, True))),
               result(CANCEL_RES, c.message(CANCEL_MSG, u32(1) + u32(1) + two.wire(vers))),
               result(LOCK_RES, c.message(LOCK_MSG, c.lock_args(two, True)))]
        tap.eq(got, [S_GRANTED, DENIED, (DENIED, (True, 1, b"one", 0, 0)), BLOCKED, S_GRANTED,
                     BLOCKED], what + "results come as calls")
        cookie = c.message(UNLOCK_MSG, one.wire(vers))
        calls = dict(MANAGER.calls.get(timeout=20)[2:4] for _ in range(2))
        if not tap.eq(sorted(calls), [GRANTED_MSG, UNLOCK_RES],
                      what + "GRANTED_MSG comes, before or after the result of UNLOCK"):
            continue
        tap.eq(Client.status(Items(calls[UNLOCK_RES]), cookie), S_GRANTED, what + "unlocked")
        cookie = granted_args(vers, Items(calls[GRANTED_MSG]))[0]
        c.call(GRANTED_RES, opaque(cookie) + u32(S_GRANTED)).end()
        tap.ok(tap.until(lambda: stat("nlm.blocks") == 0, 5), what + "GRANTED_RES ends it")
        tap.eq(c.lock(one), DENIED, what + "it has it")
        clean()


def free_all():
    """FREE_ALL frees what that host has, and nothing else"""
    c = Client()
    one = Lock(fresh()[0], start=0, length=10)
    other = one.but(name=b"otherhost", start=20, length=10)
    waits = one.but(owner=b"two")
    probe = one.but(owner=b"three", name=b"third")
    c.lock(one)
    c.lock(other)
    c.lock(waits, True)
    c.free_all()
    tap.eq((c.test(probe)[0], c.test(probe.but(start=20))[0]), (S_GRANTED, DENIED),
           "the other host's is still there")
    tap.ok(MANAGER.quiet(0.5) and not stat("nlm.blocks"), "who waited is not called")
    c.free_all(b"otherhost")
    tap.eq(c.test(probe.but(length=0))[0], S_GRANTED, "until it starts anew itself")
    c.free_all(b"nobody")


def shares():
    """SHARE and UNSHARE"""
    for vers in (3, 4):
        c = Client(vers)
        fh = fresh()[0]
        got = [c.share(fh, b"one", 2, 1), c.share(fh, b"two", 0, 2), c.share(fh, b"two", 0, 1),
               c.share(fh, b"three", 1, 1), c.share(fh, b"one", 0, 1), c.share(fh, b"two", 0, 2),
               c.share(fh, b"two", 0, 0, proc=UNSHARE), c.share(fh, b"two", 0, 0, proc=UNSHARE)]
        tap.eq(got, [S_GRANTED, DENIED, S_GRANTED, DENIED, S_GRANTED, S_GRANTED, S_GRANTED,
                     S_GRANTED], "version %d" % vers)
        c.free_all()
        tap.eq(c.share(fh, b"three", 3, 3), S_GRANTED, "FREE_ALL closes them")
        c.free_all()
    tap.eq(c.share(ROOT[0], b"one", 0, 1), FAILED, "a directory")


def limit():
    """a host that waits for too much"""
    c = Client()
    files = [Lock(fresh()[0]) for _ in range(20)]
    for one in files:
        c.lock(one)
    got = [c.lock(files[i % 20].but(owner=b"w%d" % i), True) for i in range(1050)]
    tap.eq((set(got[:1000]), set(got[1000:])), ({BLOCKED}, {NOLOCKS}), "is told so")
    c.free_all()
    tap.eq(stat("nlm.blocks"), 0, "and all of it goes")


def nonsense():
    """what is no call, and calls that are not for a server"""
    c = Client()
    got = [str(c.c.call(NLM, 4, proc, b"")) for proc in
           (TEST, LOCK, CANCEL, UNLOCK, TEST_MSG, LOCK_MSG, CANCEL_MSG, UNLOCK_MSG, GRANTED_RES,
            SHARE, UNSHARE, NM_LOCK, FREE_ALL)]
    tap.eq(set(got), {"GARBAGE_ARGS"}, "no arguments")
    got = [str(c.c.call(NLM, 4, proc, b"")) for proc in
           (GRANTED, GRANTED_MSG, TEST_RES, LOCK_RES, CANCEL_RES, UNLOCK_RES, 16, 19, 24)]
    tap.eq(set(got), {"PROC_UNAVAIL"}, "not for a server")
    tap.eq([str(c.c.call(NLM, 1, proc, b"")) for proc in (SHARE, NM_LOCK, FREE_ALL)],
           ["PROC_UNAVAIL"] * 3, "not in version 1")
    tap.eq(str(c.c.call(NLM, 2, 0, b"")), "PROG_MISMATCH", "no version 2")
    c.call(GRANTED_RES, opaque(b"12345678") + u32(0)).end()
    tap.ok(True, "an answer to nothing")


CASES = (synchronous, holders, edges, refusals, again, callbacks, unwanted, slow, cancelled,
         messages, free_all, shares, limit, nonsense, gone)


def main():
    MANAGER.register()
    MANAGER.start()
    only = sys.argv[4:]
    for fn in CASES:
        if not only or fn.__name__ in only:
            tap.diag(fn.__doc__)
            tap.case(fn)
            clean()
    tap.done()


main()
