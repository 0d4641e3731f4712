# SPDX-License-Identifier: GPL-2.0
"""NLM by hand: calls in each version over each transport, and a lock manager that answers
callbacks as a test wants. The first three words of the command line are SERVER EXPORT
SERVERDIR."""

import json
import os
import queue
import select
import socket
import struct
import sys
import threading

import nfs3
import rpcraw
import tap
from rpcraw import Items, opaque, u32, u64

NLM = 100021
(NULL, TEST, LOCK, CANCEL, UNLOCK, GRANTED, TEST_MSG, LOCK_MSG, CANCEL_MSG, UNLOCK_MSG, GRANTED_MSG,
 TEST_RES, LOCK_RES, CANCEL_RES, UNLOCK_RES, GRANTED_RES) = range(16)
SHARE, UNSHARE, NM_LOCK, FREE_ALL = range(20, 24)
(S_GRANTED, DENIED, NOLOCKS, BLOCKED, GRACE, DEADLCK, ROFS, STALE, FBIG, FAILED) = range(10)

SERVER, EXPORT, HOME = sys.argv[1:4]
TOP = (1 << 64) - 1


def place(vers, value):
    return u64(value) if vers == 4 else u32(value)


def stat(name):
    """A counter of the server, which is in the first network namespace."""
    out = {}
    tap.walk(json.loads(tap.run("nsenter", "--net=/proc/1/ns/net", "dittoctl", "stats",
                                "--json")), "", out)
    return out.get(name, 0)


class Lock:
    """A range of a file, and who asks for it."""

    def __init__(self, fh, owner=b"one", svid=1, start=0, length=0, name=b"rawhost",
                 exclusive=True):
        self.fh, self.owner, self.svid, self.start, self.length = fh, owner, svid, start, length
        self.name, self.exclusive = name, exclusive

    def wire(self, vers):
        return (opaque(self.name) + opaque(self.fh) + opaque(self.owner) + u32(self.svid) +
                place(vers, self.start) + place(vers, self.length))

    def but(self, **other):
        new = Lock(self.fh)
        new.__dict__.update(self.__dict__)
        new.__dict__.update(other)
        return new


class Manager(threading.Thread):
    """The client's lock manager: takes calls over TCP and UDP, keeps them in a queue, and
    answers with what answer(proc, items) returns; None: not at all."""

    def __init__(self):
        super().__init__(daemon=True)
        self.calls = queue.Queue()
        self.stat = S_GRANTED
        self.mute = False
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("0.0.0.0", 0))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.bind(("0.0.0.0", 0))
        self.tcp.listen(8)
        self.streams = []

    def register(self):
        with rpcraw.Connection("127.0.0.1", 111, source=("127.0.0.1", "low"),
                               credential=rpcraw.NONE) as c:
            for vers in (1, 3, 4):
                c.call(100000, 2, 2, u32(NLM) + u32(vers) + u32(0) + u32(0))
                for proto, sock in ((17, self.udp), (6, self.tcp)):
                    c.call(100000, 2, 1, u32(NLM) + u32(vers) + u32(proto) +
                           u32(sock.getsockname()[1]))

    def run(self):
        while True:
            ready = select.select([self.udp, self.tcp] + self.streams, [], [])[0]
            for s in ready:
                if s is self.udp:
                    data, peer = s.recvfrom(65536)
                    reply = self.take(data, "udp", peer)
                    if reply:
                        s.sendto(reply, peer)
                elif s is self.tcp:
                    self.streams.append(s.accept()[0])
                else:
                    self.stream(s)

    def stream(self, s):
        head = s.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            self.streams.remove(s)
            s.close()
            return
        size = struct.unpack(">I", head)[0] & 0x7fffffff
        reply = self.take(s.recv(size, socket.MSG_WAITALL), "tcp", s.getpeername())
        if reply:
            s.sendall(rpcraw.record(reply))

    def take(self, data, proto, peer):
        items = Items(data)
        xid, _, _, prog, vers, proc = [items.u32() for _ in range(6)]
        for _ in range(2):
            items.u32()
            items.opaque()
        assert prog == NLM
        body = items.fixed(items.left())
        if proc != NULL:
            self.calls.put((proto, vers, proc, body, peer))
        if self.mute and proc != NULL:
            return None
        head = u32(xid) + u32(1) + u32(0) + u32(0) + u32(0) + u32(0)
        if proc == GRANTED:
            return head + opaque(Items(body).opaque()) + u32(self.stat)
        return head

    def expect(self, proc, seconds=20):
        """The next call: (proto, vers, Items, peer); any other procedure is an error."""
        try:
            proto, vers, got, body, peer = self.calls.get(timeout=seconds)
        except queue.Empty:
            return None
        if got != proc:
            raise rpcraw.Malformed("call of %d, waiting for %d" % (got, proc))
        return proto, vers, Items(body), peer

    def quiet(self, seconds):
        try:
            return self.calls.get(timeout=seconds) is None
        except queue.Empty:
            return True


MANAGER = Manager()


class Client:
    """Calls NLM in one version over one transport."""

    def __init__(self, vers=4, proto="tcp", source=None, name=b"rawhost"):
        self.vers, self.proto, self.name = vers, proto, name
        self.c = rpcraw.Connection(SERVER, 2049, proto=proto,
                                   source=(source or "0.0.0.0", "low"), timeout=20)
        self.count = 0

    def cookie(self):
        self.count += 1
        return b"cookie%d" % self.count

    def call(self, proc, args, **more):
        reply = self.c.call(NLM, self.vers, proc, args, **more)
        if reply.accept != rpcraw.SUCCESS:
            raise rpcraw.Malformed(str(reply))
        return Items(reply.results)

    def simple(self, proc, args, **more):
        """The status; the cookie must be ours."""
        cookie = self.cookie()
        items = self.call(proc, opaque(cookie) + args, **more)
        return self.status(items, cookie)

    @staticmethod
    def status(items, cookie, more=False):
        if items.opaque() != cookie:
            raise rpcraw.Malformed("another cookie")
        stat = items.u32()
        if not more:
            items.end()
        return stat

    def lock_args(self, lock, block=False, reclaim=False):
        return (u32(block) + u32(lock.exclusive) + lock.wire(self.vers) + u32(reclaim) + u32(1))

    def lock(self, lock, block=False, reclaim=False, proc=NM_LOCK, **more):
        if proc == NM_LOCK and self.vers == 1:
            proc = LOCK
        return self.simple(proc, self.lock_args(lock, block, reclaim), **more)

    def unlock(self, lock, **more):
        return self.simple(UNLOCK, lock.wire(self.vers), **more)

    def cancel(self, lock, block=True):
        return self.simple(CANCEL, u32(block) + u32(lock.exclusive) + lock.wire(self.vers))

    def test(self, lock):
        """(status, holder)"""
        cookie = self.cookie()
        items = self.call(TEST, opaque(cookie) + u32(lock.exclusive) + lock.wire(self.vers))
        stat = self.status(items, cookie, True)
        return stat, self.holder(items, stat)

    def holder(self, items, stat):
        if stat != DENIED:
            items.end()
            return None
        get = items.u64 if self.vers == 4 else items.u32
        holder = (items.bool(), items.u32(), items.opaque(), get(), get())
        items.end()
        return holder

    def message(self, proc, args):
        """Sends a message; its cookie."""
        cookie = self.cookie()
        self.call(proc, opaque(cookie) + args).end()
        return cookie

    def share(self, fh, owner, mode, access, reclaim=False, proc=SHARE):
        cookie = self.cookie()
        items = self.call(proc, opaque(cookie) + opaque(self.name) + opaque(fh) + opaque(owner) +
                          u32(mode) + u32(access) + u32(reclaim))
        stat = self.status(items, cookie, True)
        items.u32()
        items.end()
        return stat

    def free_all(self, name=None):
        self.call(FREE_ALL, opaque(name or self.name) + u32(0)).end()


_files = [0]
ROOT = [None, None]


def fresh():
    """The handle of a new file, and its path on the server."""
    if not ROOT[0]:
        ROOT[1] = nfs3.Client(SERVER, source=("0.0.0.0", "low"))
        ROOT[0] = ROOT[1].root("/" + EXPORT)
    _files[0] += 1
    name = "raw%d" % _files[0]
    with open(os.path.join(HOME, name), "wb") as f:
        f.write(b"x" * 1000)
    os.chmod(os.path.join(HOME, name), 0o666)
    return ROOT[1].walk(ROOT[0], name), os.path.join(HOME, name)
