# SPDX-License-Identifier: GPL-2.0
"""ONC RPC (RFC 5531) by hand, for what no well-behaved client sends.

XDR items, calls over TCP and UDP with AUTH_NONE, AUTH_SYS or anything at all,
records and fragments as the caller wants them. Nothing is checked before it is
sent; everything is checked when it comes back."""

import errno
import os
import socket
import struct
import threading
import time

CALL, REPLY = 0, 1
MSG_ACCEPTED, MSG_DENIED = 0, 1
SUCCESS, PROG_UNAVAIL, PROG_MISMATCH, PROC_UNAVAIL, GARBAGE_ARGS, SYSTEM_ERR = range(6)
RPC_MISMATCH, AUTH_ERROR = 0, 1
AUTH_OK, AUTH_BADCRED, AUTH_REJECTEDCRED, AUTH_BADVERF, AUTH_REJECTEDVERF, AUTH_TOOWEAK = range(6)
AUTH_NONE, AUTH_SYS, AUTH_SHORT, AUTH_DH, RPCSEC_GSS = 0, 1, 2, 3, 6
LAST = 0x80000000


class Malformed(Exception):
    """The other side sent something that is not what the protocol says."""


class Closed(Exception):
    """The other side has closed the connection."""


# ---- XDR (RFC 4506) ------------------------------------------------------

def u32(value):
    return struct.pack(">I", value & 0xffffffff)


def u64(value):
    return struct.pack(">Q", value & 0xffffffffffffffff)


def pad(data):
    return data + bytes(-len(data) % 4)


def opaque(data, length=None):
    """Variable length; a length that is given is a lie about the bytes behind it."""
    return u32(len(data) if length is None else length) + pad(data)


class Items:
    """Reads XDR items; what is not there is Malformed."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def fixed(self, n):
        if self.at + n > len(self.data):
            raise Malformed("%d bytes wanted, %d left" % (n, len(self.data) - self.at))
        out = self.data[self.at:self.at + n]
        self.at += n
        return out

    def u32(self):
        return struct.unpack(">I", self.fixed(4))[0]

    def u64(self):
        return struct.unpack(">Q", self.fixed(8))[0]

    def bool(self):
        v = self.u32()
        if v > 1:
            raise Malformed("a boolean that is %d" % v)
        return bool(v)

    def opaque(self, most=0xffffffff):
        n = self.u32()
        if n > most:
            raise Malformed("%d bytes where %d are allowed" % (n, most))
        out = self.fixed(n)
        if any(self.fixed(-n % 4)):
            raise Malformed("padding that is not zero")
        return out

    def end(self):
        if self.at != len(self.data):
            raise Malformed("%d bytes too many" % (len(self.data) - self.at))

    def left(self):
        return len(self.data) - self.at


# ---- credentials ---------------------------------------------------------

def cred(flavour, body=b"", length=None):
    return u32(flavour) + opaque(body, length)


NONE = cred(AUTH_NONE)


def sys_body(uid=0, gid=0, groups=(), name=b"raw", stamp=0, nr=None):
    return (u32(stamp) + opaque(name) + u32(uid) + u32(gid) +
            u32(len(groups) if nr is None else nr) + b"".join(u32(g) for g in groups))


def sys(uid=0, gid=0, groups=(), **more):
    return cred(AUTH_SYS, sys_body(uid, gid, groups, **more))


# ---- messages ------------------------------------------------------------

_next_xid = [int.from_bytes(os.urandom(4), "big")]
_xid_lock = threading.Lock()


def new_xid():
    with _xid_lock:
        _next_xid[0] = (_next_xid[0] + 1) & 0xffffffff
        return _next_xid[0]


def call_message(xid, prog, vers, proc, args=b"", credential=NONE, verifier=NONE, rpcvers=2,
                 direction=CALL):
    return (u32(xid) + u32(direction) + u32(rpcvers) + u32(prog) + u32(vers) + u32(proc) +
            credential + verifier + args)


class Reply:
    """A reply, taken apart. `accept` is None if the call was denied; `results` are the bytes
    of a call that succeeded."""

    def __init__(self, data):
        items = Items(data)
        self.size = len(data)
        self.data = data
        self.accept = self.denied = self.low = self.high = self.auth = None
        self.results = b""
        self.xid = items.u32()
        if items.u32() != REPLY:
            raise Malformed("not a reply")
        stat = items.u32()
        if stat == MSG_ACCEPTED:
            self._accepted(items)
        elif stat == MSG_DENIED:
            self._denied(items)
        else:
            raise Malformed("reply_stat %d" % stat)

    def _accepted(self, items):
        items.u32()
        items.opaque(400)
        self.accept = items.u32()
        if self.accept == SUCCESS:
            self.results = items.fixed(items.left())
        elif self.accept == PROG_MISMATCH:
            self.low, self.high = items.u32(), items.u32()
        elif self.accept > SYSTEM_ERR:
            raise Malformed("accept_stat %d" % self.accept)
        items.end()

    def _denied(self, items):
        self.denied = items.u32()
        if self.denied == RPC_MISMATCH:
            self.low, self.high = items.u32(), items.u32()
        elif self.denied == AUTH_ERROR:
            self.auth = items.u32()
        else:
            raise Malformed("reject_stat %d" % self.denied)
        items.end()

    def __str__(self):
        if self.accept is not None:
            return ("SUCCESS", "PROG_UNAVAIL", "PROG_MISMATCH", "PROC_UNAVAIL", "GARBAGE_ARGS",
                    "SYSTEM_ERR")[self.accept]
        return "RPC_MISMATCH" if self.denied == RPC_MISMATCH else "AUTH_ERROR %d" % self.auth


def record(message, fragments=None):
    """The message as one record; cut at the sizes in fragments, the last one takes the rest."""
    out, at = b"", 0
    for size in fragments or ():
        part = message[at:at + size]
        at += len(part)
        out += u32(len(part)) + part
    return out + u32(LAST | (len(message) - at)) + message[at:]


# ---- transports ----------------------------------------------------------

def connect(address, port, source=None, timeout=30, kind=socket.SOCK_STREAM, buffers=None):
    """A connected socket; source is (address, port), a port of 0 is any, 'low' a privileged one."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    ports = [0]
    if source and source[1] == "low":
        ports = [(os.getpid() * 7 + i) % 500 + 512 for i in range(500)]
    elif source:
        ports = [source[1]]
    for p in ports:
        s = socket.socket(family, kind)
        s.settimeout(timeout)
        if buffers:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffers)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffers)
        try:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if source:
                # two datagram sockets would share the port, and take each other's replies
                if kind == socket.SOCK_STREAM:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind((source[0], p))
            s.connect((address, port))
            return s
        except OSError as e:
            s.close()
            if e.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL) or p == ports[-1]:
                raise
    raise OSError(errno.EADDRINUSE, "no port")


class Connection:
    """One transport to one server. credential and retry apply to call()."""

    def __init__(self, address, port=2049, proto="tcp", source=None, timeout=30,
                 credential=None, buffers=None):
        self.proto = proto
        self.timeout = timeout
        self.credential = sys() if credential is None else credential
        kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
        self.sock = connect(address, port, source, timeout, kind, buffers)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # -- parts, for those who want to do it differently

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as e:
            raise Closed() from e

    def read(self, n):
        out = b""
        while len(out) < n:
            try:
                part = self.sock.recv(n - len(out))
            except (ConnectionResetError, BrokenPipeError) as e:
                raise Closed() from e
            if not part:
                raise Closed()
            out += part
        return out

    def receive(self, most=0x7fffffff):
        """The bytes of the next message."""
        if self.proto == "udp":
            return self.sock.recv(65536)
        out = b""
        while True:
            marker = struct.unpack(">I", self.read(4))[0]
            if len(out) + (marker & ~LAST) > most:
                raise Malformed("a record of %d bytes" % (len(out) + (marker & ~LAST)))
            out += self.read(marker & ~LAST)
            if marker & LAST:
                return out

    def send_message(self, message, fragments=None):
        if self.proto == "udp":
            self.sock.send(message)
        else:
            self.send(record(message, fragments))

    def reply(self, xid=None, most=0x7fffffff):
        """The next reply; with xid the one to that call, and no other may come before."""
        reply = Reply(self.receive(most))
        if xid is not None and reply.xid != xid:
            raise Malformed("reply to %#x, waiting for %#x" % (reply.xid, xid))
        return reply

    def closed(self, seconds=None):
        """Does the server close the connection in that time? Replies are thrown away."""
        end = time.monotonic() + (seconds or self.timeout)
        try:
            while True:
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self.sock.settimeout(left)
                if not self.sock.recv(65536):
                    return True
        except socket.timeout:
            return False
        except OSError:
            return True
        finally:
            self.sock.settimeout(self.timeout)

    # -- the usual way

    def start(self, prog, vers, proc, args=b"", **more):
        """Send a call; its xid."""
        more.setdefault("credential", self.credential)
        xid = more.pop("xid", None)
        xid = new_xid() if xid is None else xid
        fragments = more.pop("fragments", None)
        self.send_message(call_message(xid, prog, vers, proc, args, **more), fragments)
        return xid

    def call(self, prog, vers, proc, args=b"", **more):
        return self.reply(self.start(prog, vers, proc, args, **more))
