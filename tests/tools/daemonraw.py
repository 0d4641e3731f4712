#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's side of the daemon, looked at by a daemon that does as it likes.

    daemonraw.py         needs the modules ditto and ditto_rig, and no daemon. Prints TAP"""

import errno
import os
import socket
import struct
import subprocess
import threading
import time

import ctlraw
import tap
from ctlraw import ACK, C, attr, attrs, number, text

RIG = "/sys/kernel/debug/ditto_rig/"
WINDOW = 64


def want(line):
    """Want something, as a protocol does; 0 or the errno it ended with."""
    try:
        fd = os.open(RIG + "call", os.O_WRONLY)
        try:
            os.write(fd, line.encode())
        finally:
            os.close(fd)
        return 0
    except OSError as e:
        return e.errno


class Want(threading.Thread):
    """The same, in the background."""

    def __init__(self, line):
        super().__init__(daemon=True)
        self.line, self.error = line, None
        self.start()

    def run(self):
        self.error = want(self.line)

    def end(self, seconds=10):
        self.join(seconds)
        return self.error


def heard():
    with open(RIG + "heard", encoding="utf-8") as f:
        return f.read().splitlines()


def forget():
    with open(RIG + "heard", "w", encoding="utf-8") as f:
        f.write("x")


class Daemon(ctlraw.Family):
    def __init__(self, ready=True):
        self.id, self.requests = None, []
        super().__init__()
        self.error, self.why, messages = self.do("DAEMON_ATTACH")
        self.instance = None
        for kind, value in (attrs(messages[0][4:]) if messages else ()):
            if kind == C["DITTO_A_DAEMON_INSTANCE"]:
                self.instance = int.from_bytes(value, "little")
        if self.error == "ok" and ready:
            self.ready()

    def ready(self, state=1, clients=0):
        return self.do("DAEMON_READY", number("DAEMON_NSM_STATE", state),
                       number("DAEMON_GRACE_CLIENTS", clients))[0]

    def keep(self, data):
        """Requests come between answers."""
        while len(data) >= 16:
            size, kind, _, seq, _ = struct.unpack_from("=IHHII", data)
            if kind == self.id and not seq:
                self.requests.append((data[16], {k: v for k, v in attrs(data[20:size])}))
            data = data[(size + 3) & ~3:]

    def receive(self):
        real = self.sock

        class Sock:
            def recv(_, n):
                data = real.recv(n)
                self.keep(data)
                return data

        self.sock = Sock()
        try:
            return super().receive()
        finally:
            self.sock = real

    def next(self, seconds=5):
        """(command, name, address, id) of the next request; None if there is none."""
        end = time.monotonic() + seconds
        while not self.requests and time.monotonic() < end:
            self.sock.settimeout(max(end - time.monotonic(), 0.01))
            try:
                self.keep(self.sock.recv(65536))
            except socket.timeout:
                pass
        self.sock.settimeout(20)
        if not self.requests:
            return None
        cmd, a = self.requests.pop(0)
        name = a.get(C["DITTO_A_DAEMON_NAME"], b"\0")[:-1].decode()
        address = a.get(C["DITTO_A_DAEMON_ADDRESS"], b"")
        family = {4: socket.AF_INET, 16: socket.AF_INET6}.get(len(address))
        return (next(n[10:] for n in C if n.startswith("DITTO_CMD_") and C[n] == cmd), name,
                socket.inet_ntop(family, address) if family else "",
                int.from_bytes(a[C["DITTO_A_DAEMON_ID"]], "little"))

    def reply(self, ident, error=0):
        parts = [attr(C["DITTO_A_DAEMON_ID"], struct.pack("=Q", ident))]
        if error:
            parts.append(number("DAEMON_ERROR", error))
        return self.do("DAEMON_REPLY", *parts)[0]

    def reply_blindly(self, ident):
        self.send(self.id, struct.pack("=BBH", C["DITTO_CMD_DAEMON_REPLY"], 1, 0) +
                  attr(C["DITTO_A_DAEMON_ID"], struct.pack("=Q", ident)), 0)

    def close(self):
        self.sock.close()


def peer(name, address, *more):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return (text("DAEMON_NAME", name),
            attr(C["DITTO_A_DAEMON_ADDRESS"], socket.inet_pton(family, address))) + more


def one_at_a_time():
    first = Daemon()
    tap.ok(first.error == "ok" and first.instance, "a daemon attaches and is told the instance")
    second = Daemon(ready=False)
    tap.ok(second.error == "16" and "process %d " % os.getpid() in second.why,
           "a second one is refused and told whose place it is (%s, %s)"
           % (second.error, second.why))
    tap.eq(first.do("DAEMON_ATTACH")[0], "16", "so is the first when it attaches again")
    for op, parts in (("DAEMON_READY", ()), ("DAEMON_REPLY", ()),
                      ("NSM_NOTIFY", peer("a", "10.0.0.1", number("DAEMON_STATE", 1))),
                      ("GRACE_CLIENT", peer("a", "10.0.0.1"))):
        tap.eq(second.do(op, *parts)[0], "EPERM", "%s is for the daemon alone" % op)
    first.close()
    third = Daemon(ready=False)
    tap.ok(third.error == "ok" and third.instance == first.instance,
           "when it is gone another one may, and the instance is the same")
    third.close()
    second.close()


def requests_and_answers():
    waits = Want("monitor early 10.0.0.11")
    time.sleep(0.3)
    tap.eq(waits.error, None, "without a daemon a request waits")
    d = Daemon(ready=False)
    tap.eq(d.next(0.5), None, "until the daemon is ready")
    d.ready(7, 3)
    got = d.next()
    tap.eq(got[:3], ("NSM_MONITOR", "early", "10.0.0.11"), "then it is sent")
    tap.eq(waits.error, None, "and waits for the answer")
    tap.eq(d.reply(got[3]), "ok", "which comes")
    tap.eq(waits.end(), 0, "and ends it")
    tap.eq(d.reply(got[3]), "ENOENT", "a second answer is to nobody")
    tap.ok("ready 1 7 3" in heard(), "what the daemon said was heard")
    w = Want("unmonitor six fd00:d1::11")
    got = d.next()
    tap.eq(got[:3], ("NSM_UNMONITOR", "six", "fd00:d1::11"), "IPv6, no longer")
    d.reply(got[3], errno.ENOSPC)
    tap.eq(w.end(), errno.ENOSPC, "the daemon's error comes through")
    tap.eq(want("monitor slow 10.0.0.11 300"), errno.ETIMEDOUT, "an answer that takes too long")
    got = d.next()
    tap.eq(d.reply(got[3]), "ENOENT", "is to nobody when it comes")
    tap.eq(want("cancel gone 10.0.0.11"), errno.ECANCELED, "a request is taken back")
    while d.next(0.3):
        pass
    d.close()


def death_and_order():
    names = ["n%d" % i for i in range(5)]
    d = Daemon()
    waits = []
    for n in names[:3]:
        waits.append(Want("monitor %s 10.0.0.11" % n))
        time.sleep(0.05)
    sent = [d.next() for _ in range(3)]
    tap.eq([s[1] for s in sent], names[:3], "requests come in order")
    d.reply(sent[1][3])
    d.close()
    for n in names[3:]:
        waits.append(Want("monitor %s 10.0.0.11" % n))
        time.sleep(0.05)
    tap.eq([w.error for w in waits], [None, 0, None, None, None],
           "a daemon dies; what it had not answered waits")
    d = Daemon()
    again = [d.next() for _ in range(4)]
    tap.eq([a[1] for a in again], ["n0", "n2", "n3", "n4"], "and is sent again, before the rest")
    tap.eq(again[0][3], sent[0][3], "under the same number")
    for a in reversed(again):
        d.reply(a[3])
    tap.eq([w.end() for w in waits], [0] * 5, "answers in any order")
    d.close()


def limits():
    # a kernel that looks at everything would take minutes
    most, many = (10000, 20000) if "debug" not in os.uname().release else (500, 500)
    forget()
    flood = Want("flood %d" % many)
    time.sleep(3)
    d = Daemon()
    first = []
    while len(first) < WINDOW + 1:
        r = d.next(1)
        if not r:
            break
        first.append(r)
    tap.eq(len(first), WINDOW, "so many requests at a time")
    for r in first:
        d.reply_blindly(r[3])
    count = len(first)
    while True:
        r = d.next(2)
        if not r:
            break
        d.reply_blindly(r[3])
        count += 1
    tap.eq(count, most, "so many wait")
    tap.eq(flood.end(), 0, "and all end")
    tap.ok(any(line.startswith("flood %d good %d full %d" % (many, most, many - most))
               for line in heard()),
           "the rest was refused")
    tap.diag(heard())
    d.close()


def news():
    forget()
    d = Daemon()
    tap.eq(d.do("NSM_NOTIFY", *peer("c1", "10.0.0.11", number("DAEMON_STATE", 5)))[0], "ok",
           "a restart is told")
    d.do("NSM_NOTIFY", *peer("c2", "fd00:d1::11", number("DAEMON_STATE", 4294967295)))
    tap.eq(heard()[-2:], ["rebooted c1 10.0.0.11 5", "rebooted c2 fd00:d1::11 4294967295"],
           "and heard")
    tap.eq(d.do("NSM_NOTIFY", *peer("c1", "10.0.0.11"))[0], "EINVAL", "not without a state")
    tap.eq(d.do("NSM_NOTIFY", text("DAEMON_NAME", "c1"), number("DAEMON_STATE", 1))[0], "EINVAL",
           "not without an address")
    tap.eq(d.do("NSM_NOTIFY", text("DAEMON_NAME", "c1"), attr(C["DITTO_A_DAEMON_ADDRESS"], b"12345"),
                number("DAEMON_STATE", 1))[0], "EINVAL", "not with half of one")
    w = Want("list")
    got = d.next()
    tap.eq(got[0], "GRACE_LIST", "who may reclaim is asked for")
    for i in range(3):
        d.do("GRACE_CLIENT", *peer("g%d" % i, "10.0.0.%d" % i))
    d.reply(got[3])
    tap.eq(w.end(), 0, "and answered")
    tap.eq(heard()[-3:], ["grace g%d 10.0.0.%d" % (i, i) for i in range(3)], "one by one, before")
    w = Want("grace-done")
    got = d.next()
    tap.eq(got[0], "GRACE_DONE", "the end of it is told")
    d.reply(got[3])
    tap.eq(w.end(), 0, "and put on record")
    d.close()


def namespaces():
    forget()
    subprocess.check_call(["ip", "netns", "add", "raw"])
    with open("/run/netns/raw") as inner, open("/proc/self/ns/net") as outer:
        os.setns(inner.fileno())
        there = Daemon(ready=False)
        want("leave 200")
        os.setns(outer.fileno())
    here = Daemon()
    tap.ok(there.error == here.error == "ok" and there.instance != here.instance,
           "each namespace has a daemon and an instance of its own")
    tap.eq(here.next(0.3), None, "requests stay in theirs")
    there.ready()
    got = there.next()
    tap.eq(got[1], "l0", "where its daemon gets them")
    there.reply(got[3])
    there.close()
    subprocess.check_call(["ip", "netns", "del", "raw"])
    tap.ok(tap.until(lambda: len(heard()) >= 201 and
                     sum(line.endswith(" -125") for line in heard()) == 199),
           "when it goes all of them end")
    want("leave 10")
    for _ in range(10):
        here.next()
    here.close()


if __name__ == "__main__":
    assert ACK
    for test in (one_at_a_time, requests_and_answers, death_and_order, limits, news, namespaces):
        tap.case(test)
    tap.done()
