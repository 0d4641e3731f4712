#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The status monitor's protocol by hand, from both sides.

    nsmraw.py call ADDRESS PORT [--udp] [--from ADDRESS] [--high] PROC ARGUMENT...
        null | stat NAME | mon NAME PROG PROC | unmon NAME PROG PROC |
        unmon-all PROG PROC | simu-crash | notify NAME STATE
        prints the results, or what the reply refuses
    nsmraw.py port ADDRESS [udp|tcp]
        where its rpcbind says that the status monitor is
    nsmraw.py peer LOG [--udp-only|--tcp-only] [--mute N] [--rpcbind-mute]
        be the status monitor, and rpcbind, of all addresses of this host, and write down
        each SM_NOTIFY: time, transport, source, source port, name, state. --mute: leave
        the first N without a reply. Ends when it is killed
    nsmraw.py lockd LOG PROG
        be a lock manager that is called back, registered with rpcbind: writes name, state
        and the private bytes"""

import os
import select
import socket
import struct
import sys
import time

import rpcraw
from rpcraw import Items, opaque, u32

NSM, RPCBIND = 100024, 100000
PROCS = ("null", "stat", "mon", "unmon", "unmon-all", "simu-crash", "notify")
PRIV = b"0123456789abcdef"


def arguments(proc, words):
    def my_id(prog, number):
        return opaque(b"localhost") + u32(int(prog)) + u32(4) + u32(int(number))

    if proc == "stat":
        return opaque(words[0].encode())
    if proc == "mon":
        return opaque(words[0].encode()) + my_id(*words[1:]) + PRIV
    if proc == "unmon":
        return opaque(words[0].encode()) + my_id(*words[1:])
    if proc == "unmon-all":
        return my_id(*words)
    if proc == "notify":
        return opaque(words[0].encode()) + u32(int(words[1]))
    return b""


def call(argv):
    address, port = argv[0], int(argv[1])
    proto, source, low = "tcp", None, "low"
    argv = argv[2:]
    while argv[0].startswith("--"):
        if argv[0] == "--udp":
            proto = "udp"
        elif argv[0] == "--high":
            low = 0
        elif argv[0] == "--from":
            source = argv.pop(1)
        argv = argv[1:]
    source = (source or ("::" if ":" in address else "0.0.0.0"), low)
    c = rpcraw.Connection(address, port, proto=proto, source=source, timeout=20,
                          credential=rpcraw.NONE)
    reply = c.call(NSM, 1, PROCS.index(argv[0]), arguments(argv[0], argv[1:]))
    if reply.accept != rpcraw.SUCCESS:
        print(reply)
        return 1
    items = Items(reply.results)
    print(*[items.u32() for _ in range(items.left() // 4)])
    return 0


def port(argv):
    address, proto = argv[0], argv[1] if len(argv) > 1 else "tcp"
    c = rpcraw.Connection(address, 111, proto="tcp", timeout=10, credential=rpcraw.NONE)
    netid = proto.encode() + (b"6" if ":" in address else b"")
    reply = c.call(RPCBIND, 4, 3, u32(NSM) + u32(1) + opaque(netid) + opaque(b"") + opaque(b""))
    uaddr = Items(reply.results).opaque().decode()
    if not uaddr:
        return 1
    high, low = uaddr.split(".")[-2:]
    print(int(high) * 256 + int(low))
    return 0


# ---- a server for few --------------------------------------------------------

class Server:
    """Calls over UDP and TCP, IPv4 and IPv6, on one port; handle() returns the results, or
    None for no reply."""

    def __init__(self, at, protos=("udp", "tcp")):
        self.sockets = []
        for family in (socket.AF_INET, socket.AF_INET6):
            for proto in protos:
                kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
                s = socket.socket(family, kind)
                if family == socket.AF_INET6:
                    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind(("", at))
                except OSError:
                    if family == socket.AF_INET6:
                        continue
                    raise
                if proto == "tcp":
                    s.listen(100)
                self.sockets.append(s)

    def answer(self, data, proto, source):
        items = Items(data)
        xid, _, _, prog, vers, proc = (items.u32() for _ in range(6))
        for _ in range(2):
            items.u32()
            items.opaque()
        results = self.handle(prog, vers, proc, items, proto, source)
        if results is None:
            return None
        return u32(xid) + u32(1) + u32(0) + u32(0) + u32(0) + u32(0) + results

    def ready(self, s):
        if s.type == socket.SOCK_DGRAM:
            data, source = s.recvfrom(65536)
            reply = self.answer(data, "udp", source)
            if reply:
                s.sendto(reply, source)
            return
        c, source = s.accept()
        c.settimeout(5)
        try:
            head = c.recv(4, socket.MSG_WAITALL)
            data = c.recv(struct.unpack(">I", head)[0] & 0x7fffffff, socket.MSG_WAITALL)
            reply = self.answer(data, "tcp", source)
            if reply:
                c.sendall(rpcraw.record(reply))
                c.recv(1)
        except (OSError, struct.error):
            pass
        c.close()


class Peer(Server):
    def __init__(self, at, protos, log, mute):
        super().__init__(at, protos)
        self.log, self.mute = log, mute

    def handle(self, prog, vers, proc, items, proto, source):
        if proc != PROCS.index("notify"):
            return b""
        name = items.opaque().decode()
        self.log.write("%.3f %s %s %d %s %d\n" % (time.time(), proto, source[0], source[1],
                                                  name, items.u32()))
        self.log.flush()
        self.mute -= 1
        return None if self.mute >= 0 else b""


class Rpcbind(Server):
    """Knows the status monitor alone."""

    def __init__(self, at, protos, mute):
        super().__init__(111)
        self.at, self.protos, self.mute = at, protos, mute

    def handle(self, prog, vers, proc, items, proto, source):
        if self.mute or proc != 3:
            return None if self.mute else b""
        asked, _ = items.u32(), items.u32()
        if vers == 2:
            wanted = "tcp" if items.u32() == 6 else "udp"
        else:
            wanted = items.opaque().decode()[:3]
        known = asked == NSM and wanted in self.protos
        if vers == 2:
            return u32(self.at if known else 0)
        return opaque(b"::.%d.%d" % (self.at >> 8, self.at & 255) if known else b"")


def serve(servers):
    where = {s: server for server in servers for s in server.sockets}
    print("ready", flush=True)
    while True:
        for s in select.select(list(where), [], [])[0]:
            where[s].ready(s)


def peer(argv):
    log = open(argv[0], "a", encoding="utf-8")
    protos, mute, silent = ("udp", "tcp"), 0, False
    rest = argv[1:]
    while rest:
        word = rest.pop(0)
        if word == "--udp-only":
            protos = ("udp",)
        elif word == "--tcp-only":
            protos = ("tcp",)
        elif word == "--mute":
            mute = int(rest.pop(0))
        elif word == "--rpcbind-mute":
            silent = True
    serve([Peer(33333, protos, log, mute), Rpcbind(33333, protos, silent)])


class Lockd(Server):
    def __init__(self, at, log):
        super().__init__(at)
        self.log = log

    def handle(self, prog, vers, proc, items, proto, source):
        name, state = items.opaque().decode(), items.u32()
        self.log.write("%d %d %d %s %d %s\n" % (prog, vers, proc, name, state,
                                                items.fixed(16).decode()))
        self.log.flush()
        return b""


def lockd(argv):
    prog, at = int(argv[1]), 33334
    c = rpcraw.Connection("127.0.0.1", 111, source=("127.0.0.1", "low"), credential=rpcraw.NONE)
    for proto in (17, 6):
        c.call(RPCBIND, 2, 1, u32(prog) + u32(4) + u32(proto) + u32(at))
    c.close()
    serve([Lockd(at, open(argv[0], "a", encoding="utf-8"))])


if __name__ == "__main__":
    sys.exit({"call": call, "port": port, "peer": peer, "lockd": lockd}[sys.argv[1]](sys.argv[2:]))
