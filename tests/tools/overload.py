#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Clients that are too many, too slow, gone, or ask twice.

    overload.py SERVER EXPORT

Runs in the server's network namespace, on an export that is its own to spoil.
Prints TAP. FULL=1 takes longer."""

import json
import os
import random
import resource
import socket
import struct
import sys
import threading
import time

import nfs3
import rpcraw
import tap
from nfs3 import NFS
from rpcraw import Closed, Malformed, u32

SERVER, EXPORT = sys.argv[1], "/" + sys.argv[2].strip("/")
FULL = bool(os.environ.get("FULL"))
CONNECTIONS = 5000

client = root = None


def fresh(**more):
    return nfs3.Client(SERVER, **more)


def mem_available():
    with open("/proc/meminfo") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("MemAvailable")) // 1024


def counted(before, name, want, seconds=20):
    """The counter has gone up by that much, now or soon; what it has gone up by."""
    tap.until(lambda: tap.stat(name) - before.get(name, 0) >= want, seconds)
    return tap.stat(name) - before.get(name, 0)


class Witness(threading.Thread):
    """Another client, at work meanwhile; .worst is its longest wait in seconds."""

    def __init__(self):
        super().__init__(daemon=True)
        self.client = fresh()
        self.handle = self.client.root(EXPORT)
        self.worst, self.calls, self.error, self.stopped = 0.0, 0, None, False

    def run(self):
        try:
            while not self.stopped:
                start = time.monotonic()
                if not self.client.nfs(nfs3.GETATTR, self.handle).ok:
                    self.error = "GETATTR fails"
                self.worst = max(self.worst, time.monotonic() - start)
                self.calls += 1
                time.sleep(0.02)
        except (OSError, Closed, Malformed) as e:
            self.error = repr(e)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        self.join()
        self.client.close()

    def judge(self, name):
        """Not stalled; how fast it is depends on what else runs on this machine."""
        self.__exit__()
        good = tap.ok(not self.error and self.calls and self.worst < 20, name)
        if not good:
            tap.diag("%d calls, the slowest took %.1f s, %s" % (self.calls, self.worst, self.error))


# ---- slow and silent -----------------------------------------------------

def slow_senders():
    """slow senders"""
    number = 200
    before = tap.stats()
    message = rpcraw.record(rpcraw.call_message(1, NFS, 3, 0) + bytes(2000))
    conns = [rpcraw.connect(SERVER, 2049) for _ in range(number)]
    with Witness() as witness, tap.Settings(send_timeout=3):
        sent, closed, at = 0, 0, time.monotonic()
        while conns and time.monotonic() - at < 60:
            for c in list(conns):
                try:
                    c.send(message[sent:sent + 1])
                except OSError:
                    conns.remove(c)
                    closed += 1
            sent += 1
            time.sleep(0.1)
        witness.judge("%d slow senders do not hold up others" % number)
    tap.eq(closed, number, "they are closed after send-timeout")
    tap.ok(sent < len(message), "... before their message is complete")
    tap.eq(counted(before, "net.closed_slow", number), number, "... and counted")


def idle():
    """half-open connections"""
    before = tap.stats()
    quiet = [fresh() for _ in range(20)]
    quiet[0].nfs(nfs3.NULL)
    with tap.Settings(idle_timeout=2), Witness() as witness:
        closed = [c.closed(15) for c in quiet]
        witness.judge("a client that is not idle goes on")
    tap.ok(all(closed), "idle connections are closed after idle-timeout")
    tap.ok(counted(before, "net.closed_idle", 20) >= 20, "... and counted")
    client.close()
    connect()

    with fresh() as c:
        args = nfs3.encode(nfs3.args(nfs3.GETATTR, root))
        xids = [c.start(NFS, 3, nfs3.GETATTR, args) for _ in range(20)]
        c.sock.shutdown(socket.SHUT_WR)
        got = sorted(c.reply().xid for _ in xids)
        tap.eq(got, sorted(xids), "who has stopped sending still gets every answer")
        tap.ok(c.closed(10), "... and is closed then")


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def resets():
    """RST within a WRITE"""
    before = tap.stats()
    open_before = clients()
    handle = client.nfs(nfs3.CREATE, root, "reset").fh
    data = nfs3.encode(nfs3.args(nfs3.WRITE, handle, data=bytes(1 << 20)))
    message = rpcraw.record(rpcraw.call_message(1, NFS, 3, nfs3.WRITE, data, rpcraw.sys()))
    rng = random.Random(5)
    for i in range(60):
        c = rpcraw.connect(SERVER, 2049)
        try:
            c.sendall(message[:rng.randrange(1, len(message))])
        except OSError:
            pass
        reset(c)
    for i in range(60):
        c = fresh()
        for _ in range(rng.randrange(1, 8)):
            c.start(NFS, 3, nfs3.READDIRPLUS, nfs3.encode(nfs3.args(nfs3.READDIRPLUS, root)))
        reset(c.sock)
    tap.eq(client.nfs(nfs3.GETATTR, handle).attr.size, 0, "half a WRITE writes nothing")
    tap.ok(counted(before, "net.accepted", 120) >= 120, "all connections came")
    tap.ok(tap.until(lambda: clients() <= open_before), "connections that were reset go")
    tap.ok(client.nfs(nfs3.NULL).ok, "the server goes on")


def clients():
    return len(json.loads(tap.run("dittoctl", "clients", "--json")))


# ---- replies nobody takes ------------------------------------------------

def fill_directory(number):
    directory = client.nfs(nfs3.MKDIR, root, "many", attr=nfs3.sattr(mode=0o755)).fh
    for at in range(0, number, 100):
        for i in range(at, at + 100):
            client.start(NFS, 3, nfs3.CREATE, nfs3.encode(
                nfs3.args(nfs3.CREATE, directory, "n" * 200 + str(i))))
        for i in range(100):
            client.reply()
    return directory


class Deaf:
    """A client that asks and asks and reads nothing."""

    def __init__(self, calls):
        self.sock = rpcraw.connect(SERVER, 2049, buffers=4096)
        self.sock.setblocking(False)
        self.calls, self.sent = calls, 0

    def ask(self):
        try:
            self.sent += self.sock.send(self.calls[self.sent:])
        except OSError:
            pass


def deaf(what, proc, handle, **given):
    """Calls with replies of 1 MiB; see how many are executed."""
    number, room = 8, 4
    before = tap.stats()
    name = "nfs3." + nfs3.PROCS[proc].lower()
    args = nfs3.encode(nfs3.args(proc, handle, **given))
    calls = b"".join(rpcraw.record(rpcraw.call_message(i, NFS, 3, proc, args, rpcraw.sys()))
                     for i in range(200))
    free = mem_available()
    with Witness() as witness, tap.Settings(send_timeout=8, max_connection_bytes=room << 20):
        clients_ = [Deaf(calls) for _ in range(number)]
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for c in clients_:
                c.ask()
            time.sleep(0.05)
        done = tap.stat(name) - before[name]
        least = mem_available()
        tap.ok(tap.stat("net.throttled") > before["net.throttled"],
               "clients that take no %s replies are not read from any more" % what)
        # what the limit holds, what lies in sockets, and what was in work at the limit
        tap.ok(number <= done <= number * (room + 8), "... %d calls were executed" % done)
        tap.ok(free - least < 150, "... which took %d MB of memory" % (free - least))
        witness.judge("... others are not held up")
        stalled = counted(before, "net.closed_stalled", number, 40)
        tap.eq(stalled, number, "... and they are closed after send-timeout")
    for c in clients_:
        c.sock.close()
    tap.ok(tap.until(lambda: mem_available() > free - 60, 15), "... and give back what they held")


def deaf_clients():
    """clients that never read"""
    handle = client.nfs(nfs3.CREATE, root, "big").fh
    client.nfs(nfs3.WRITE, handle, data=bytes(1 << 20))
    directory = fill_directory(4000)
    deaf("READ", nfs3.READ, handle, count=1 << 20)
    deaf("READDIRPLUS", nfs3.READDIRPLUS, directory, count=1 << 20, dircount=1 << 20)


# ---- many ----------------------------------------------------------------

def many():
    """5,000 connections"""
    resource.setrlimit(resource.RLIMIT_NOFILE, (CONNECTIONS + 200, CONNECTIONS + 200))
    before = tap.stats()
    open_before = clients()
    family = SERVER.count(".") == 3
    conns, failed = [], 0
    for i in range(CONNECTIONS):
        source = ("127.0.%d.1" % (1 + i % 10), 0) if family and SERVER.startswith("127.") else None
        try:
            conns.append(rpcraw.connect(SERVER, 2049, source=source))
        except OSError:
            failed += 1
    tap.eq(failed, 0, "%d connections are made" % CONNECTIONS)
    call = rpcraw.record(rpcraw.call_message(77, NFS, 3, 0))
    with Witness() as witness:
        bad = 0
        for c in conns:
            c.sendall(call)
        for c in conns:
            try:
                bad += c.recv(100)[4:8] != u32(77)
            except OSError:
                bad += 1
        tap.eq(bad, 0, "each of them is answered")
        witness.judge("... and nobody is held up")
    tap.ok(counted(before, "net.accepted", CONNECTIONS) >= CONNECTIONS, "... and counted")
    tap.ok(clients() >= open_before + CONNECTIONS, "dittoctl shows them all")
    for c in conns:
        c.close()
    tap.ok(tap.until(lambda: clients() <= open_before, 60), "when they close they are gone")


def refused(limit, counter, value, **more):
    before = tap.stats()
    with tap.Settings(**{limit: value}):
        conns, kept = [fresh() for _ in range(60)], 0
        for c in conns:
            try:
                kept += c.nfs(nfs3.NULL).ok
            except (Closed, OSError):
                pass
        for c in conns:
            c.close()
    tap.ok(value - 5 <= kept <= value, "%s holds (%d of 60 at %d)" % (limit, kept, value))
    tap.eq(counted(before, counter, 60 - kept), 60 - kept, "... what is refused is counted")
    tap.ok(tap.until(can_connect), "... and room comes back")


def can_connect():
    try:
        with fresh() as c:
            return c.nfs(nfs3.NULL).ok
    except (Closed, OSError):
        return False


def limits():
    """limits of connections"""
    tap.until(lambda: clients() <= 1, 30)
    refused("max-connections-per-client", "net.refused_client_limit", 20)
    tap.until(lambda: clients() <= 1, 30)
    refused("max-connections", "net.refused_limit", 30)


def pipelining():
    """requests in flight"""
    handle = client.nfs(nfs3.CREATE, root, "stream").fh
    data = os.urandom(65536)
    want = {}
    with tap.Settings(max_requests=4), fresh() as c:
        sender = threading.Thread(target=lambda: [
            c.send_message(rpcraw.call_message(i, NFS, 3, nfs3.WRITE, nfs3.encode(
                nfs3.args(nfs3.WRITE, handle, offset=65536 * i, data=data)), rpcraw.sys()))
            for i in range(64)])
        sender.start()
        for _ in range(64):
            reply = c.reply()
            want[reply.xid] = nfs3.decode(nfs3.WRITE, reply.results).count
        sender.join()
    tap.eq(want, {i: 65536 for i in range(64)}, "at max-requests calls wait and none is lost")
    with tap.Settings(max_connection_bytes=1 << 20), fresh() as c:
        for i in range(8):
            got = c.nfs(nfs3.WRITE, handle, offset=i << 20, data=bytes(1 << 20))
            if not got.ok or got.count != 1 << 20:
                tap.diag("WRITE %d: %r" % (i, got))
                break
        tap.eq(i, 7, "at max-connection-bytes the longest WRITE still goes through")


# ---- the same call again -------------------------------------------------

class Caller:
    """A client that keeps its port when it connects again, as clients do."""

    def __init__(self):
        self.client = fresh()
        self.address = self.client.sock.getsockname()[:2]

    def again(self):
        """The connection is lost; a new one from the same port."""
        reset(self.client.sock)
        self.client = fresh(source=self.address)


def twice(caller, proc, reconnect=False, **given):
    """A call and its retransmission: the result, and whether the second answer is the first."""
    args, xid = nfs3.encode(nfs3.args(proc, **given)), rpcraw.new_xid()
    first = caller.client.call(NFS, 3, proc, args, xid=xid)
    if reconnect:
        caller.again()
    second = caller.client.call(NFS, 3, proc, args, xid=xid)
    return nfs3.decode(proc, first.results), first.data == second.data


def replays():
    """retransmissions"""
    directory = client.nfs(nfs3.MKDIR, root, "replays", attr=nfs3.sattr(mode=0o755)).fh
    for name in ("removed", "renamed", "linked"):
        handle = client.nfs(nfs3.CREATE, directory, name).fh
    client.nfs(nfs3.MKDIR, directory, "rmdir")
    caller = Caller()
    cases = (
        (nfs3.CREATE, dict(handle=directory, name="guarded", how=nfs3.GUARDED)),
        (nfs3.MKDIR, dict(handle=directory, name="dir")),
        (nfs3.SYMLINK, dict(handle=directory, name="link")),
        (nfs3.MKNOD, dict(handle=directory, name="fifo")),
        (nfs3.LINK, dict(handle=handle, handle2=directory, name2="linked2")),
        (nfs3.RENAME, dict(handle=directory, name="renamed", name2="renamed2")),
        (nfs3.REMOVE, dict(handle=directory, name="removed")),
        (nfs3.RMDIR, dict(handle=directory, name="rmdir")),
        (nfs3.SETATTR, dict(handle=handle, attr=nfs3.sattr(mode=0o600))))
    found = []
    before = tap.stats()
    for proc, given in cases:
        for reconnect in (False, True):
            what = nfs3.PROCS[proc] + (", connected again" if reconnect else "")
            got, same = twice(caller, proc, reconnect, **given)
            if not got.ok and not reconnect:
                found.append("%s: %s" % (what, got.status))
            if not same:
                found.append(what + ": another answer")
    tap.faults("a call that is sent again is answered as the first time", found)
    tap.eq(tap.stat("rpc.replay_hits") - before["rpc.replay_hits"], 2 * len(cases),
           "... from the replay cache")
    names = sorted(e.name.decode() for e in client.list(directory) if e.name[:1] != b".")
    tap.eq(names, ["dir", "fifo", "guarded", "link", "linked", "linked2", "renamed2"],
           "... each was executed once")
    caller.client.close()

    before = tap.stats()
    xid = rpcraw.new_xid()
    got = [client.nfs(nfs3.CREATE, directory, "same-%d" % i, how=nfs3.GUARDED, rpc={"xid": xid})
           for i in range(5)]
    tap.ok(all(g.ok for g in got), "the same xid with other arguments is another call")
    got = client.nfs(nfs3.REMOVE, directory, "same-1",
                     rpc={"xid": xid, "credential": rpcraw.sys(uid=12345)})
    tap.eq(got.status, "ACCES", "... and one of another user")
    with fresh() as other:
        got = other.nfs(nfs3.CREATE, directory, "same-4", how=nfs3.GUARDED, rpc={"xid": xid})
    tap.eq(got.status, "EXIST", "... and one of another program on the same host")
    client.nfs(nfs3.GETATTR, directory, rpc={"xid": xid})
    tap.eq(tap.stat("rpc.replay_hits"), before["rpc.replay_hits"], "no replay was seen in them")

    found, answers = [], {}
    with fresh(proto="udp") as udp:
        for i in range(10):
            args = nfs3.encode(nfs3.args(nfs3.CREATE, directory, "u%d" % i, how=nfs3.GUARDED))
            message = rpcraw.call_message(1000 + i, NFS, 3, nfs3.CREATE, args, rpcraw.sys())
            for _ in range(3):
                udp.send_message(message)
        udp.sock.settimeout(3)
        try:
            while sum(map(len, answers.values())) < 30:
                reply = udp.reply()
                answers.setdefault(reply.xid, []).append(reply)
        except socket.timeout:
            pass                                 # those that came while the first was in work
        for i in range(10):
            got = answers.get(1000 + i, [])
            if not got or len({r.data for r in got}) != 1:
                found.append("call %d: %d answers" % (i, len(got)))
            elif not nfs3.decode(nfs3.CREATE, got[0].results).ok:
                found.append("call %d was executed twice" % i)
    tap.faults("datagrams that come three times are executed once", found)


def connect():
    global client, root
    client = fresh()
    root = client.root(EXPORT)


def main():
    connect()
    for test in (replays, pipelining, idle, resets, slow_senders, deaf_clients, many, limits):
        start = time.monotonic()
        tap.case(test)
        tap.diag("%s: %.1f s" % (test.__doc__, time.monotonic() - start))
    tap.done()


main()
