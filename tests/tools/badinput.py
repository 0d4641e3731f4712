#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Messages no client should send, and what the server makes of them.

    badinput.py SERVER EXPORT

Runs in the server's network namespace, on an export that is its own to spoil.
Prints TAP. SEED=N repeats a run; FULL=1 tries more."""

import os
import random
import socket
import struct
import sys
import time

import nfs3
import rpcraw
import tap
from nfs3 import MOUNT, NFS
from rpcraw import LAST, Closed, Malformed, cred, opaque, sys_body, u32

SERVER, EXPORT = sys.argv[1], "/" + sys.argv[2].strip("/")
FULL = bool(os.environ.get("FULL"))
SEED = int(os.environ.get("SEED") or 20130613)
RECORD_MAX = (1 << 20) + 65536

client = None               # a connection that must live through everything
root = keep = keepdir = None


def fresh(**more):
    return nfs3.Client(SERVER, **more)


def alive(found, after):
    """The server answers the old connection; said in found if it does not."""
    try:
        client.nfs(nfs3.NULL)
    except (OSError, Closed, Malformed, nfs3.Refused) as e:
        found.append("no answer after %s: %r" % (after, e))
        connect()


def connect():
    global client, root
    client = fresh()
    root = client.root(EXPORT)


# ---- records (RFC 5531 11) -----------------------------------------------

def is_closed(data, why, found):
    """The server closes a connection on which this was sent."""
    c = fresh()
    try:
        c.send(data)
        if not c.closed(10):
            found.append(why + ": the connection stays open")
    except Closed:
        pass
    c.close()
    alive(found, why)


def null_call(xid=1, **more):
    return rpcraw.call_message(xid, NFS, 3, 0, **more)


def records():
    """records"""
    found = []
    before = tap.stats()
    is_closed(u32(LAST | (RECORD_MAX + 1)), "a record longer than allowed", found)
    is_closed(u32(LAST | 0x7fffffff), "the longest record there is", found)
    is_closed(u32(0x7fffffff), "the longest fragment there is", found)
    half = u32(RECORD_MAX // 2 + 1) + bytes(RECORD_MAX // 2 + 1)
    is_closed(half + u32(LAST | (RECORD_MAX // 2)), "two fragments longer than a record", found)
    tap.faults("records that are too long end their connection", found)
    tap.ok(tap.stat("net.too_long") - before["net.too_long"] == 4, "... and are counted")

    found = []
    before = tap.stats()
    is_closed(u32(0), "an empty fragment", found)
    is_closed(u32(0) * 1000, "a thousand empty fragments", found)
    is_closed(u32(4) + u32(1) + u32(0) * 8, "empty fragments in a message", found)
    tap.faults("empty fragments end their connection", found)
    tap.ok(tap.stat("net.bad_marker") - before["net.bad_marker"] == 3, "... and are counted")

    found = []
    is_closed(u32(LAST), "an empty record", found)
    for n in (1, 4, 8, 20, 23):
        is_closed(rpcraw.record(null_call()[:n]), "a record of %d bytes" % n, found)
    is_closed(rpcraw.record(null_call(direction=1)), "a reply", found)
    is_closed(rpcraw.record(null_call(direction=2)), "a message of no direction", found)
    tap.faults("what is not a call ends its connection", found)


def answered(message, fragments, what, found, c=None):
    c = c or client
    try:
        c.send_message(message, fragments)
        reply = c.reply()
        if reply.accept != rpcraw.SUCCESS:
            found.append("%s: %s" % (what, reply))
        return reply
    except (Closed, OSError, Malformed) as e:
        found.append("%s: %r" % (what, e))
        connect()


def fragments():
    """fragments"""
    found = []
    message = null_call()
    for size in (1, 2, 3, 4, 7, 39):
        answered(message, [size] * (len(message) // size), "fragments of %d" % size, found)
    answered(message, [len(message)], "an empty last fragment", found)
    tap.faults("a call in tiny fragments is answered", found)

    found = []
    for length, size in ((65536, 100), (65536, 1000), (1 << 20, 4000), (1 << 20, 8999),
                         (1 << 20, 65536)):
        data = random.Random(length + size).randbytes(length)
        args = nfs3.encode(nfs3.args(nfs3.WRITE, keep, data=data))
        message = rpcraw.call_message(7, NFS, 3, nfs3.WRITE, args, rpcraw.sys())
        what = "%d bytes in fragments of %d" % (length, size)
        reply = answered(message, [size] * (len(message) // size), what, found)
        if reply and nfs3.decode(nfs3.WRITE, reply.results).count != length:
            found.append(what + ": not all was written")
        got = client.nfs(nfs3.READ, keep, count=length)
        if got.data != data:
            found.append(what + ": other data is read")
    tap.faults("a long WRITE in fragments arrives whole", found)

    found = []
    c = fresh()
    for cut in range(1, 44):
        data = rpcraw.record(null_call(xid=cut))
        c.send(data[:cut])
        c.send(data[cut:])
        if c.reply().xid != cut:
            found.append("cut at %d" % cut)
    c.send(b"".join(rpcraw.record(null_call(xid=i)) for i in range(500)))
    if {c.reply().xid for i in range(500)} != set(range(500)):
        found.append("500 calls in one go")
    tap.faults("calls that come in pieces or in heaps are answered", found)

    found = []
    for cut in (0, 2, 4, 20, 43):
        c = fresh()
        c.send(rpcraw.record(null_call())[:cut])
        c.sock.shutdown(socket.SHUT_WR)
        if not c.closed(10):
            found.append("after %d bytes" % cut)
    tap.faults("a connection that ends within a record is closed", found)


# ---- calls (RFC 5531 9) --------------------------------------------------

def expect(want, what, found, prog=NFS, vers=3, proc=0, args=b"", **more):
    try:
        reply = client.call(prog, vers, proc, args, **more)
    except (Closed, OSError, Malformed) as e:
        found.append("%s: %r" % (what, e))
        connect()
        return
    got = str(reply) if reply.low is None else "%s %d-%d" % (reply, reply.low, reply.high)
    if got != want:
        found.append("%s: %s, not %s" % (what, got, want))


def headers():
    """heads of calls"""
    found = []
    for v in (0, 1, 3, 0x80000000, 0xffffffff):
        expect("RPC_MISMATCH 2-2", "RPC version %d" % v, found, rpcvers=v)
    for p in (0, 1, NFS - 1, NFS + 1, 100000, 100099, 0x40000000, 0xffffffff):
        expect("PROG_UNAVAIL", "program %d" % p, found, prog=p)
    for v in (0, 1, 2, 5, 0x80000003, 0xffffffff):
        expect("PROG_MISMATCH 3-3", "NFS version %d" % v, found, vers=v)
    for v in (0, 4, 0xffffffff):
        expect("PROG_MISMATCH 1-3", "MOUNT version %d" % v, found, prog=MOUNT, vers=v)
    for p in (22, 23, 255, 0x80000000, 0xffffffff):
        expect("PROC_UNAVAIL", "procedure %d" % p, found, proc=p)
    for p in (6, 255, 0xffffffff):
        expect("PROC_UNAVAIL", "MOUNT procedure %d" % p, found, prog=MOUNT, proc=p)
    tap.faults("a wrong version, program or procedure is answered as RFC 5531 says", found)

    found = []
    bad = "AUTH_ERROR %d" % rpcraw.AUTH_BADCRED
    rejected = "AUTH_ERROR %d" % rpcraw.AUTH_REJECTEDCRED
    for f in (2, 3, 4, 5, 6, 7, 390003, 0x7fffffff, 0xffffffff):
        expect(rejected, "flavour %d" % f, found, credential=cred(f, bytes(16)))
    body = sys_body(1, 2, (3, 4))
    for n in range(len(body)):
        expect(bad, "a credential cut at %d" % n, found, credential=cred(1, body[:n]))
    for what, body in (
            ("more behind a credential", body + bytes(4)),
            ("17 groups", sys_body(groups=range(17))),
            ("a group less than said", sys_body(groups=(1,), nr=2)),
            ("a group more than said", sys_body(groups=(1, 2), nr=1)),
            ("a multitude of groups", sys_body(nr=0xffffffff)),
            ("half a multitude of groups", sys_body(nr=0x7fffffff)),
            ("a machine name of 256", sys_body(name=bytes(256))),
            ("no room for the name", u32(0) + u32(0xffffffff) + bytes(16))):
        expect(bad, what, found, credential=cred(1, body))
    for n in (401, 0x7fffffff, 0xffffffff):
        expect(bad, "a credential of %d" % n, found, credential=cred(1, bytes(404), n))
    expect("SUCCESS", "16 groups", found, credential=rpcraw.sys(groups=range(16)))
    expect("SUCCESS", "a name of 255", found, credential=rpcraw.sys(name=b"n" * 255))
    tap.faults("bad credentials are answered with AUTH_ERROR", found)

    found = []
    bad = "AUTH_ERROR %d" % rpcraw.AUTH_BADVERF
    for f in (1, 2, 6, 0xffffffff):
        expect(bad, "verifier of flavour %d" % f, found, verifier=cred(f))
    for n in (401, 0x7fffffff, 0xffffffff):
        expect(bad, "a verifier of %d" % n, found, verifier=cred(0, bytes(404), n))
    expect("SUCCESS", "a verifier of 400", found, verifier=cred(0, bytes(400)))
    tap.faults("bad verifiers are answered with AUTH_ERROR", found)


# ---- arguments -----------------------------------------------------------

def calls():
    """One good call of each procedure with arguments: program, procedure, name, fields."""
    for proc in range(1, 22):
        first = root
        if proc in (nfs3.READ, nfs3.WRITE, nfs3.COMMIT, nfs3.GETATTR, nfs3.LINK, nfs3.SETATTR):
            first = keep
        fields = nfs3.args(proc, first, "none", root, "none2", data=b"0123456789abcde",
                           guard=(1, 2) if proc == nfs3.SETATTR else None, type=nfs3.CHR,
                           attr=nfs3.sattr(0o600, 0, 0, 10, (1, 2), "now"))
        yield NFS, proc, nfs3.PROCS[proc], fields
    yield MOUNT, nfs3.MNT, "MNT", nfs3.mount_args(nfs3.MNT, EXPORT)
    yield MOUNT, nfs3.UMNT, "UMNT", nfs3.mount_args(nfs3.UMNT, EXPORT)


def judge(reply, prog, proc, what, found, garbage=None):
    """A reply must be well-formed; garbage says whether it must be GARBAGE_ARGS."""
    try:
        if reply.accept == rpcraw.SUCCESS:
            (nfs3.decode if prog == NFS else nfs3.decode_mount)(proc, reply.results)
        elif reply.accept != rpcraw.GARBAGE_ARGS:
            found.append("%s: %s" % (what, reply))
            return
    except Malformed as e:
        found.append("%s: malformed results: %s" % (what, e))
        return
    if garbage is not None and garbage != (reply.accept == rpcraw.GARBAGE_ARGS):
        found.append("%s: %s, %s" % (what, reply, reply.results[:4].hex()))


def volley(cases, found):
    """Send many calls, then judge the replies. A case: program, procedure, what it is,
    arguments, garbage."""
    cases = list(cases)
    for at in range(0, len(cases), 50):
        some = {rpcraw.new_xid(): c for c in cases[at:at + 50]}
        try:
            client.send(b"".join(rpcraw.record(rpcraw.call_message(
                xid, c[0], 3, c[1], c[3], client.credential)) for xid, c in some.items()))
            while some:
                reply = client.reply()
                prog, proc, what, args, garbage = some.pop(reply.xid)
                judge(reply, prog, proc, what, found, garbage)
        except (Closed, OSError, Malformed, KeyError) as e:
            found.append("%r; not answered: %s" % (e, ", ".join(c[2] for c in some.values())))
            connect()


def names():
    return sorted(e.name for e in client.list(root))


def truncated():
    """arguments cut at every byte"""
    found, cases = [], []
    for prog, proc, name, fields in calls():
        data = nfs3.encode(fields)
        for n in range(len(data)):
            cases.append((prog, proc, "%s cut at %d" % (name, n), data[:n], True))
    before = names()
    volley(cases, found)
    tap.faults("arguments cut at any byte are GARBAGE_ARGS (%d calls)" % len(cases), found)
    tap.eq(names(), before, "... and nothing was made or removed by them")


LENGTHS = (0, 1, 63, 64, 65, 255, 256, 1024, 1025, 0xffff, 0x10000, 1 << 20, (1 << 20) + 1,
           0x7ffffffc, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff)


def lengths_of(prog, proc, name, fields):
    """Lengths that are lies, and long items that are not."""
    for i, f in enumerate(fields):
        if f.kind != "opaque":
            continue
        head, tail = nfs3.encode(fields[:i]), nfs3.encode(fields[i + 1:])
        for n in LENGTHS:
            what = "%s, %s says %d bytes" % (name, f.name, n)
            data = head + opaque(f.value, n) + tail
            over = n > len(data) - len(head) - 4
            yield prog, proc, what, data, True if over or (f.most and n > f.most) else None
        for n in (0, 1, 3, 4, 63, 64, 65, 255, 256, 1023, 1024, 1025, 4095, 4096, 70000):
            what = "%s, %s of %d bytes" % (name, f.name, n)
            garbage = f.most == 64 and n > 64
            yield prog, proc, what, head + opaque(b"z" * n) + tail, garbage
        data = head + u32(5) + b"abcde\1\2\3" + tail
        yield prog, proc, "%s, %s with bad padding" % (name, f.name), data, None


def numbers_of(prog, proc, name, fields):
    for i, f in enumerate(fields):
        head, tail = nfs3.encode(fields[:i]), nfs3.encode(fields[i + 1:])
        if f.kind == "u64":
            for v in (0, 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 4096, 2**64 - 1):
                yield prog, proc, "%s, %s %#x" % (name, f.name, v), head + rpcraw.u64(v) + tail, None
        elif f.kind in ("u32", "bool", "enum"):
            for v in (0, 1, 2, 3, 7, 8, 0x7fff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff):
                garbage = None
                if f.kind == "bool" and v > 1 or f.kind == "enum" and f.name[:4] == "set " and v > 2:
                    garbage = True
                yield prog, proc, "%s, %s %#x" % (name, f.name, v), head + u32(v) + tail, garbage


def limits():
    """every item at its limits"""
    for what, cases_of in (("length", lengths_of), ("number", numbers_of)):
        found, cases = [], []
        for call in calls():
            cases += cases_of(*call)
        volley(cases, found)
        alive(found, what)
        tap.faults("every %s at its limits is answered well (%d calls)" % (what, len(cases)), found)
    c = client.nfs(nfs3.GETATTR, keep)
    if not c.ok:
        tap.diag("the file went: %s" % c.status)


def trailing():
    """bytes behind the arguments"""
    found = []
    for n in (1, 4, 400, 70000):
        cases = [(prog, proc, "%s and %d bytes" % (name, n), nfs3.encode(fields) + bytes(n), None)
                 for prog, proc, name, fields in calls()]
        volley(cases, found)
    alive(found, "trailing bytes")
    tap.faults("bytes behind the arguments do no harm", found)


def names_refused():
    """names that cannot be"""
    found = []
    for proc in (nfs3.LOOKUP, nfs3.CREATE, nfs3.MKDIR, nfs3.SYMLINK, nfs3.MKNOD, nfs3.REMOVE,
                 nfs3.RMDIR, nfs3.RENAME, nfs3.LINK):
        for name in (b"", b"a/b", b"/", b"../x", b"a\0b", b"\0", b"n" * 256, b"n" * 5000,
                     b".", b".."):
            if proc == nfs3.LOOKUP and name in (b".", b".."):
                continue
            got = client.nfs(proc, keep if proc == nfs3.LINK else root, name, root,
                             name if proc == nfs3.LINK else "none2")
            if got.ok:
                found.append("%s %r: %s" % (nfs3.PROCS[proc], name[:20], got.status))
            if len(name) > 255 and got.status != "NAMETOOLONG":
                found.append("%s of %d bytes: %s" % (nfs3.PROCS[proc], len(name), got.status))
    got = client.nfs(nfs3.LOOKUP, root, "..")
    if got.ok and got.fh != root:
        found.append("LOOKUP .. leaves the export")
    tap.faults("names that cannot be are refused by every procedure", found)


# ---- sizes of replies ----------------------------------------------------

def reply_sizes():
    """sizes of replies"""
    found = []
    for n in range(400):
        client.nfs(nfs3.CREATE, keepdir, "file-%d-%s" % (n, "n" * (n % 200)))
    for proc in (nfs3.READDIR, nfs3.READDIRPLUS):
        for count in (0, 1, 64, 103, 104, 200, 256, 512, 1000, 4096, 8191, 65536, 1 << 20,
                      0x7fffffff, 0xffffffff):
            got = client.nfs(proc, keepdir, count=count, dircount=count)
            what = "%s of %d" % (nfs3.PROCS[proc], count)
            # 24 bytes: the head of the reply; 4: the status, which the count leaves out
            if got.ok and got.size - 24 - 4 > count:
                found.append("%s: %d bytes" % (what, got.size))
            if got.size > RECORD_MAX:
                found.append("%s: longer than a record" % what)
            if not got.ok and got.status != "TOOSMALL":
                found.append("%s: %s" % (what, got.status))
            if count >= 4096 and not got.entries:
                found.append("%s: no entry" % what)
    tap.faults("READDIR and READDIRPLUS are never longer than asked", found)

    found = []
    client.nfs(nfs3.SETATTR, keep, attr=nfs3.sattr(size=5 << 20))
    most = client.nfs(nfs3.FSINFO, root).rtmax
    for count in (0, 1, 4095, most, most + 1, 2 * most, 0x7fffffff, 0xffffffff):
        got = client.nfs(nfs3.READ, keep, count=count)
        if not got.ok or len(got.data) != min(count, most):
            found.append("READ of %d: %s, %d bytes" % (count, got.status, len(got.data or b"")))
    for offset in (5 << 20, 2**62, 2**63 - 1, 2**63, 2**64 - 1):
        got = client.nfs(nfs3.READ, keep, offset=offset, count=4096)
        if got.ok and (got.data or not got.eof):
            found.append("READ at %d: %d bytes" % (offset, len(got.data)))
    tap.faults("READ gives what was asked, rtmax at most, and nothing past the end", found)

    found = []
    with fresh(proto="udp") as udp:
        most = udp.nfs(nfs3.FSINFO, root).rtmax
        for count in (most, most + 1, 0xffffffff):
            got = udp.nfs(nfs3.READ, keep, count=count)
            if not got.ok or len(got.data) != min(count, most):
                found.append("READ of %d over UDP: %s" % (count, got.status))
        if most > 65536 or most < 8192:
            found.append("rtmax %d over UDP" % most)
        for proc in (nfs3.READDIR, nfs3.READDIRPLUS):
            got = udp.nfs(proc, keepdir, count=0xffffffff, dircount=0xffffffff)
            if not got.ok or not got.entries:
                found.append("%s over UDP: %s" % (nfs3.PROCS[proc], got.status))
    tap.faults("over UDP replies fit into a datagram", found)


# ---- random bytes --------------------------------------------------------

def random_stream(rng):
    """A connection's worth of bytes that are nothing, or something that went wrong."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 3000))
    if kind == 1:
        return rpcraw.record(rng.randbytes(rng.randrange(0, 2000)))
    prog, proc, _, fields = rng.choice(list(calls()))
    data = nfs3.encode(fields)
    if kind == 2:
        data = rng.randbytes(rng.randrange(0, 300))
    message = bytearray(rpcraw.call_message(rng.getrandbits(32), prog, 3, proc, data, rpcraw.sys()))
    for _ in range(rng.randrange(1, 6)):
        message[rng.randrange(len(message))] ^= 1 << rng.randrange(8)
    return rpcraw.record(bytes(message))


def noise():
    """random bytes"""
    rng = random.Random(SEED)
    tap.diag("SEED=%d" % SEED)
    found = []
    for _ in range(2000 if FULL else 150):
        c = rpcraw.connect(SERVER, 2049)
        try:
            c.sendall(random_stream(rng))
            if rng.randrange(2):
                c.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        c.close()
    alive(found, "random bytes over TCP")
    # Mutations that leave the head of the call alone are answered, whatever they are.
    cases = []
    for _ in range(6000 if FULL else 600):
        prog, proc, name, fields = rng.choice(list(calls()))
        data = bytearray(nfs3.encode(fields))
        for _ in range(rng.randrange(1, 5)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        cases.append((prog, proc, "%s %s" % (name, data.hex()), bytes(data), None))
    volley(cases, found)
    alive(found, "mutated calls")
    tap.faults("random bytes and mutated calls over TCP do no harm", found)

    found = []
    s = rpcraw.connect(SERVER, 2049, kind=socket.SOCK_DGRAM)
    for _ in range(5000 if FULL else 500):
        try:
            s.send(random_stream(rng)[4:] or b"x")
        except ConnectionRefusedError:
            found.append("nobody listens any more")
            break
    s.send(b"")
    s.close()
    with fresh(proto="udp") as udp:
        if not tap.until(lambda: udp_answers(udp), 10):
            found.append("no answer over UDP")
    alive(found, "random bytes over UDP")
    tap.faults("random datagrams do no harm", found)


def udp_answers(udp):
    udp.sock.settimeout(1)
    try:
        return udp.nfs(nfs3.NULL).ok
    except OSError:
        return False


def main():
    global keep, keepdir
    os.chdir("/")
    connect()
    keep = client.nfs(nfs3.CREATE, root, "keep").fh
    client.nfs(nfs3.WRITE, keep, data=b"0123456789" * 100, stable=nfs3.FILE_SYNC)
    keepdir = client.nfs(nfs3.MKDIR, root, "keepdir", attr=nfs3.sattr(mode=0o755)).fh
    started = time.monotonic()
    for test in (records, fragments, headers, truncated, limits, trailing, names_refused,
                 reply_sizes, noise):
        tap.case(test)
        if FULL:
            tap.diag("%s: %.1f s" % (test.__doc__, time.monotonic() - started))
    tap.done()


if __name__ == "__main__":
    assert struct.calcsize(">I") == 4
    main()
