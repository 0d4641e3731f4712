#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The netlink family "ditto" by hand: what dittoctl would never send.

    ctlraw.py wrong          requests that are wrong in one point each, then random ones
    ctlraw.py many RULES     an export with so many client rules, added, shown and applied
    ctlraw.py denied         every operation, as somebody who may not
    ctlraw.py cross NAME PATH
                             say that a file system is mounted there; prints "ok", or the
                             error and the sentence, and no TAP

wrong and many need an export "base" of /srv/ctl. Prints TAP."""

import os
import random
import re
import socket
import struct
import sys

import tap

HEADER = os.path.join(os.path.dirname(__file__), "../../uapi/ditto_netlink.h")
GENL_CTRL, CTRL_GETFAMILY = 16, 3
REQUEST, ACK, DUMP, NESTED = 0x1, 0x4, 0x300, 0x8000
NLMSG_ERROR, NLMSG_DONE = 2, 3
ERRORS = {1: "EPERM", 2: "ENOENT", 7: "E2BIG", 12: "ENOMEM", 17: "EEXIST", 18: "EXDEV",
          20: "ENOTDIR", 22: "EINVAL", 34: "ERANGE", 93: "EPROTONOSUPPORT", 95: "EOPNOTSUPP", 99:
          "EADDRNOTAVAIL"}


def constants():
    """Names of the header's enums, with their values."""
    found = {}
    with open(HEADER, encoding="utf-8") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    for body in re.findall(r"enum[^{]*{(.*?)}", text, re.S):
        value = 0
        for name, given in re.findall(r"(\w+)(?:\s*=\s*(0x[0-9a-f]+|\d+|__\w+ - 1))?\s*[,\n]",
                                      body):
            if not given.startswith("__"):
                value = int(given, 0) if given else value
                found[name] = value
                value += 1
    return found


C = constants()


def attr(kind, data=b""):
    return struct.pack("=HH", len(data) + 4, kind) + data + b"\0" * (-len(data) % 4)


def text(kind, value):
    return attr(C["DITTO_A_" + kind], value.encode() + b"\0")


def number(kind, value):
    return attr(C["DITTO_A_" + kind], struct.pack("=I", value))


def nest(kind, *parts):
    return attr(C["DITTO_A_" + kind] | NESTED, b"".join(parts))


def attrs(data):
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4 or size > len(data):
            return
        yield kind & 0x3fff, data[4:size]
        data = data[(size + 3) & ~3:]


class Family:
    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.setsockopt(270, 11, 1)        # NETLINK_EXT_ACK
        self.sock.setsockopt(270, 10, 1)        # NETLINK_CAP_ACK
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, 32, 64 << 20)   # SO_SNDBUFFORCE
        except PermissionError:
            pass
        self.sock.settimeout(20)
        self.seq = 0
        self.groups = {}
        reply = self.talk(GENL_CTRL, CTRL_GETFAMILY, 1, attr(2, b"ditto\0"), ACK)[2]
        for kind, value in attrs(reply[0][4:]):
            if kind == 1:
                self.id = struct.unpack("=H", value)[0]
            elif kind == 7:
                for _, group in attrs(value):
                    group = dict(attrs(group))
                    self.groups[group[1][:-1].decode()] = struct.unpack("=I", group[2])[0]

    def send(self, kind, payload, flags):
        self.seq += 1
        self.sock.send(struct.pack("=IHHII", 16 + len(payload), kind, REQUEST | flags, self.seq,
                                   0) + payload)

    def receive(self):
        """(error, sentence, messages) of the request sent last."""
        messages = []
        while True:
            data = self.sock.recv(1 << 20)
            while len(data) >= 16:
                size, kind, flags, seq, _ = struct.unpack_from("=IHHII", data)
                body, data = data[16:size], data[(size + 3) & ~3:]
                if seq != self.seq:
                    continue
                if kind not in (NLMSG_ERROR, NLMSG_DONE):
                    messages.append(body)
                    continue
                error = -struct.unpack_from("=i", body)[0] if len(body) >= 4 else 0
                rest = body[20 if kind == NLMSG_ERROR else 4:] if flags & 0x200 else b""
                why = dict(attrs(rest)).get(1, b"\0")[:-1].decode()
                return ERRORS.get(error, str(error)) if error else "ok", why, messages

    def talk(self, family, cmd, version, payload, flags):
        self.send(family, struct.pack("=BBH", cmd, version, 0) + payload, flags)
        return self.receive()

    def do(self, op, *parts, flags=ACK):
        return self.talk(self.id, C["DITTO_CMD_" + op], 1, b"".join(parts), flags)


def rule(i=0):
    return nest("EXPORT_RULE", text("RULE_TEXT", "rule%d" % i),
                attr(C["DITTO_A_RULE_ADDRESS"], struct.pack(">I", 0x0a000000 + i)),
                number("RULE_FLAGS", 1))


def export(name, *rest):
    return text("EXPORT_NAME", name) + text("EXPORT_PATH", "/srv/ctl") + b"".join(rest)


def names(family):
    return sorted(dict(attrs(m[4:]))[C["DITTO_A_EXPORT_NAME"]][:-1].decode()
                  for m in family.do("EXPORT_GET", flags=DUMP)[2])


WRONG = [
    ("an export without a name", "EINVAL", "EXPORT_ADD", text("EXPORT_PATH", "/srv/ctl")),
    ("an export without a path", "EINVAL", "EXPORT_ADD", text("EXPORT_NAME", "x")),
    ("an empty name", "EINVAL", "EXPORT_ADD", export("")),
    ("a name that climbs", "EINVAL", "EXPORT_ADD", export("a/../b")),
    ("a name with a slash at its end", "EINVAL", "EXPORT_ADD", export("a/")),
    ("a name that is too long", "ERANGE|EINVAL", "EXPORT_ADD", export("x" * 256)),
    ("a string without its end", "EINVAL", "EXPORT_ADD",
     attr(C["DITTO_A_EXPORT_NAME"], b"x") + text("EXPORT_PATH", "/srv/ctl")),
    ("a path that is not absolute", "EINVAL", "EXPORT_ADD",
     text("EXPORT_NAME", "x") + text("EXPORT_PATH", "srv/ctl")),
    ("a path that is not there", "ENOENT", "EXPORT_ADD",
     text("EXPORT_NAME", "x") + text("EXPORT_PATH", "/nowhere")),
    ("a path to a file", "ENOTDIR", "EXPORT_ADD",
     text("EXPORT_NAME", "x") + text("EXPORT_PATH", "/etc/passwd")),
    ("a name that is taken", "EEXIST", "EXPORT_ADD", export("base")),
    ("flags there are none of", "EINVAL", "EXPORT_ADD",
     export("x", number("EXPORT_FLAGS", 0x80000000))),
    ("an attribute there is none of", "EINVAL", "EXPORT_ADD", export("x", attr(99, b"abcd"))),
    ("an attribute of another operation", "EINVAL", "EXPORT_ADD",
     export("x", attr(C["DITTO_A_EXPORT_CONTINUES"]))),
    ("a nest that is not marked as one", "EINVAL", "EXPORT_ADD",
     export("x", attr(C["DITTO_A_EXPORT_RULE"], number("RULE_FLAGS", 1)))),
    ("a rule with an odd address", "EINVAL", "EXPORT_ADD",
     export("x", nest("EXPORT_RULE", attr(C["DITTO_A_RULE_ADDRESS"], b"12345")))),
    ("a rule with a short address", "ERANGE", "EXPORT_ADD",
     export("x", nest("EXPORT_RULE", attr(C["DITTO_A_RULE_ADDRESS"], b"123")))),
    ("a prefix longer than the address", "EINVAL", "EXPORT_ADD",
     export("x", nest("EXPORT_RULE", attr(C["DITTO_A_RULE_ADDRESS"], b"1234"),
                      number("RULE_PREFIX", 33)))),
    ("a prefix without an address", "EINVAL", "EXPORT_ADD",
     export("x", nest("EXPORT_RULE", number("RULE_PREFIX", 3)))),
    ("an IPv4 address in IPv6 dress", "EINVAL", "EXPORT_ADD",
     export("x", nest("EXPORT_RULE", attr(C["DITTO_A_RULE_ADDRESS"],
                                          b"\0" * 10 + b"\xff\xff\1\2\3\4")))),
    ("a rule without a flavour", "EINVAL", "EXPORT_ADD",
     export("x", nest("EXPORT_RULE", number("RULE_SEC", 0)))),
    ("an anonymous user that is none", "EINVAL", "EXPORT_ADD",
     export("x", nest("EXPORT_RULE", number("RULE_ANON_UID", 0xffffffff)))),
    ("an unknown export to remove", "ENOENT", "EXPORT_REMOVE", text("EXPORT_NAME", "nothing")),
    ("no export to remove", "EINVAL", "EXPORT_REMOVE", b""),
    ("a crossing of an unknown export", "ENOENT", "EXPORT_CROSS",
     text("EXPORT_NAME", "nothing") + text("EXPORT_PATH", "/proc")),
    ("a crossing without a path", "EINVAL", "EXPORT_CROSS", text("EXPORT_NAME", "base")),
    ("a crossing without crossmnt", "EXDEV", "EXPORT_CROSS",
     text("EXPORT_NAME", "base") + text("EXPORT_PATH", "/proc")),
    ("a part before its export", "EINVAL", "EXPORT_APPLY",
     nest("APPLY_EXPORT", text("EXPORT_NAME", "x"), attr(C["DITTO_A_EXPORT_CONTINUES"]), rule())),
    ("a part of another export", "EINVAL", "EXPORT_APPLY",
     nest("APPLY_EXPORT", export("x")) +
     nest("APPLY_EXPORT", text("EXPORT_NAME", "y"), attr(C["DITTO_A_EXPORT_CONTINUES"]), rule())),
    ("a part with a path", "EINVAL", "EXPORT_APPLY",
     nest("APPLY_EXPORT", export("x")) +
     nest("APPLY_EXPORT", export("x", attr(C["DITTO_A_EXPORT_CONTINUES"])))),
    ("the same export twice", "EEXIST|EINVAL", "EXPORT_APPLY",
     nest("APPLY_EXPORT", export("x")) * 2),
    ("a good export before a bad one", "ENOENT", "EXPORT_APPLY",
     nest("APPLY_EXPORT", export("x")) +
     nest("APPLY_EXPORT", text("EXPORT_NAME", "y"), text("EXPORT_PATH", "/nowhere"))),
    ("a key that is too short", "ERANGE|EINVAL", "FH_KEY_SET", attr(C["DITTO_A_KEY_KEY"], b"x" * 15)),
    ("a key that is too long", "ERANGE|EINVAL", "FH_KEY_SET", attr(C["DITTO_A_KEY_KEY"], b"x" * 17)),
    ("no key", "EINVAL", "FH_KEY_SET", b""),
    ("an unknown service", "ENOENT", "LISTEN_ADD", text("LISTENER_SERVICE", "nothing")),
    ("no service", "EINVAL", "LISTEN_ADD", b""),
    ("port 0", "ERANGE|EINVAL", "LISTEN_ADD",
     text("LISTENER_SERVICE", "nfs") + number("LISTENER_PORT", 0)),
    ("port 65536", "ERANGE|EINVAL", "LISTEN_ADD",
     text("LISTENER_SERVICE", "nfs") + number("LISTENER_PORT", 65536)),
    ("a transport between TCP and UDP", "EINVAL", "LISTEN_ADD",
     text("LISTENER_SERVICE", "nfs") + number("LISTENER_TRANSPORT", 7)),
    ("an address of eight bytes", "EINVAL", "LISTEN_ADD",
     text("LISTENER_SERVICE", "nfs") + attr(C["DITTO_A_LISTENER_ADDRESS"], b"12345678")),
    ("an address of somebody else", "EADDRNOTAVAIL", "LISTEN_ADD",
     text("LISTENER_SERVICE", "nfs") + attr(C["DITTO_A_LISTENER_ADDRESS"], b"\1\2\3\4")),
    ("a listener that is not there", "ENOENT", "LISTEN_REMOVE",
     text("LISTENER_SERVICE", "nfs") + number("LISTENER_PORT", 1)),
    ("an unknown client", "ENOENT", "CLIENT_KILL",
     attr(C["DITTO_A_CLIENT_ID"], struct.pack("=Q", 1 << 60))),
    ("a client's id of two bytes", "ERANGE|EINVAL", "CLIENT_KILL",
     attr(C["DITTO_A_CLIENT_ID"], b"12")),
    ("an unknown setting", "ENOENT", "SETTING_SET",
     text("SETTING_NAME", "nothing") + number("SETTING_VALUE", 1)),
    ("a setting out of bounds", "ERANGE", "SETTING_SET",
     text("SETTING_NAME", "send-timeout") + number("SETTING_VALUE", 0)),
    ("a setting without a value", "EINVAL", "SETTING_SET", text("SETTING_NAME", "send-timeout")),
    ("an attribute where there is none", "EINVAL", "STATUS_GET", number("STATUS_EXPORTS", 1)),
]

# What the kernel's own checks refuse has its words, all else a sentence of ours.
SENTENCE = re.compile(r"\w+ \w+")


def wrong(family):
    before = names(family)
    for what, want, op, payload in WRONG:
        error, why, _ = family.do(op, payload)
        if not tap.ok(re.fullmatch(want, error) and SENTENCE.search(why),
                      "%s: %s, in words" % (what, want)):
            tap.diag("%s: %s" % (error, why))
    tap.eq(family.talk(family.id, 99, 1, b"", ACK)[0], "EOPNOTSUPP",
           "an operation there is none of")
    tap.eq(family.do("EXPORT_ADD", flags=DUMP)[0], "EOPNOTSUPP", "a dump of what has none")
    tap.eq(names(family), before, "nothing of it changed the exports")
    noise(family)
    tap.eq(names(family), before, "nor did noise")


def noise(family):
    """Random bytes behind good headers: answered every time."""
    rng = random.Random(1)
    ops = [n for n in C if n.startswith("DITTO_CMD_") and n != "DITTO_CMD_EXPORT_APPLY"]
    for _ in range(4000):
        cmd = C[rng.choice(ops)]
        payload = b""
        for _ in range(rng.randrange(5)):
            data = rng.randbytes(rng.choice((0, 1, 4, 8, 16, rng.randrange(64))))
            if rng.random() < .3:
                data = attr(rng.randrange(10), data)
            payload += attr(rng.randrange(14) | rng.choice((0, 0, NESTED)), data)
        if rng.random() < .1:
            payload = payload[:rng.randrange(len(payload) + 1)]
        family.talk(family.id, cmd, rng.randrange(3), payload, rng.choice((ACK, ACK, ACK, DUMP)))
    tap.ok(True, "4000 random requests were answered")


def count_rules(family, name):
    """How many rules an export has, over all its parts, and are they in order?"""
    count = parts = 0
    ordered = True
    for m in family.do("EXPORT_GET", flags=DUMP)[2]:
        got = list(attrs(m[4:]))
        if dict(got)[C["DITTO_A_EXPORT_NAME"]] != name.encode() + b"\0":
            continue
        ordered &= bool(parts) == any(k == C["DITTO_A_EXPORT_CONTINUES"] for k, _ in got)
        parts += 1
        for kind, value in got:
            if kind == C["DITTO_A_EXPORT_RULE"]:
                words = dict(attrs(value))
                ordered &= words[C["DITTO_A_RULE_TEXT"]] == b"rule%d\0" % count
                count += 1
    return count, parts, ordered


def many(family, nr):
    rules = [rule(i) for i in range(nr)]
    tap.eq(family.do("EXPORT_ADD", export("many", *rules))[0], "ok",
           "an export with %d rules is added" % nr)
    count, parts, ordered = count_rules(family, "many")
    if not tap.ok(count == nr and parts > 1 and ordered,
                  "and shown whole, in order, in parts"):
        tap.diag("%d rules in %d parts" % (count, parts))
    base = nest("APPLY_EXPORT", export("base"))
    cut = [nest("APPLY_EXPORT", text("EXPORT_NAME", "many"),
                attr(C["DITTO_A_EXPORT_CONTINUES"]), *rules[i:i + 400])
           for i in range(400, nr, 400)]
    first = nest("APPLY_EXPORT", export("many", *rules[:400]))
    tap.eq(family.do("EXPORT_APPLY", base, first, *cut)[0], "ok", "it is applied in parts")
    count, _, ordered = count_rules(family, "many")
    tap.ok(count == nr and ordered, "and is whole again")
    tap.eq(family.do("EXPORT_APPLY", base)[0], "ok", "and goes")
    tap.eq(names(family), ["base"], "only the other stays")


# What is sent to user space only; there is nothing to ask for.
SENT = {"EVENT", "LOCK_EVENT", "NSM_MONITOR", "NSM_UNMONITOR", "GRACE_LIST", "GRACE_DONE"}


def denied(family):
    for op in sorted(n[len("DITTO_CMD_"):] for n in C if n.startswith("DITTO_CMD_")):
        if op in SENT:
            continue
        flags = DUMP if op.endswith("_GET") and op not in ("STATUS_GET", "GRACE_GET") else ACK
        error, _, messages = family.do(op, flags=flags)
        tap.ok(error == "EPERM" and not messages, "%s is denied (%s)" % (op, error))
    for group in ("events", "locks"):
        try:
            family.sock.setsockopt(270, 1, family.groups[group])    # NETLINK_ADD_MEMBERSHIP
            tap.ok(False, "the group %s is denied" % group)
        except PermissionError:
            tap.ok(True, "the group %s is denied" % group)


if __name__ == "__main__":
    if sys.argv[1] == "wrong":
        wrong(Family())
    elif sys.argv[1] == "cross":
        print(*Family().do("EXPORT_CROSS", text("EXPORT_NAME", sys.argv[2]),
                           text("EXPORT_PATH", sys.argv[3]))[:2])
        sys.exit()
    elif sys.argv[1] == "many":
        many(Family(), int(sys.argv[2]))
    else:
        denied(Family())
    tap.done()
