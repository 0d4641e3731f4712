# SPDX-License-Identifier: GPL-2.0
"""NFS version 3 and MOUNT (RFC 1813) by hand, on top of rpcraw.

The arguments of a procedure are a list of fields, so that a test can go over
them one by one and say something else in each. The results are decoded to the
last byte: what is left over or missing is Malformed."""

from collections import namedtuple

import rpcraw
from rpcraw import Items, Malformed, opaque, u32, u64

NFS, MOUNT = 100003, 100005

(NULL, GETATTR, SETATTR, LOOKUP, ACCESS, READLINK, READ, WRITE, CREATE, MKDIR, SYMLINK, MKNOD,
 REMOVE, RMDIR, RENAME, LINK, READDIR, READDIRPLUS, FSSTAT, FSINFO, PATHCONF, COMMIT) = range(22)
PROCS = ("NULL GETATTR SETATTR LOOKUP ACCESS READLINK READ WRITE CREATE MKDIR SYMLINK MKNOD REMOVE "
         "RMDIR RENAME LINK READDIR READDIRPLUS FSSTAT FSINFO PATHCONF COMMIT").split()
MNT_NULL, MNT, DUMP, UMNT, UMNTALL, EXPORT = range(6)
MOUNT_PROCS = "NULL MNT DUMP UMNT UMNTALL EXPORT".split()

STATUS = {
    0: "OK", 1: "PERM", 2: "NOENT", 5: "IO", 6: "NXIO", 13: "ACCES", 17: "EXIST", 18: "XDEV",
    19: "NODEV", 20: "NOTDIR", 21: "ISDIR", 22: "INVAL", 27: "FBIG", 28: "NOSPC", 30: "ROFS",
    31: "MLINK", 63: "NAMETOOLONG", 66: "NOTEMPTY", 69: "DQUOT", 70: "STALE", 71: "REMOTE",
    10001: "BADHANDLE", 10002: "NOT_SYNC", 10003: "BAD_COOKIE", 10004: "NOTSUPP",
    10005: "TOOSMALL", 10006: "SERVERFAULT", 10007: "BADTYPE", 10008: "JUKEBOX"}
MOUNT_STATUS = {0: "OK", 1: "PERM", 2: "NOENT", 5: "IO", 13: "ACCES", 20: "NOTDIR", 22: "INVAL",
                63: "NAMETOOLONG", 10004: "NOTSUPP", 10006: "SERVERFAULT"}

REG, DIR, BLK, CHR, LNK, SOCK, FIFO = range(1, 8)
UNSTABLE, DATA_SYNC, FILE_SYNC = range(3)
UNCHECKED, GUARDED, EXCLUSIVE = range(3)


# ---- arguments -----------------------------------------------------------

class Field:
    """One item of some arguments. kind: u32, u64, bool, enum, fixed, opaque; most: an opaque's
    greatest length; values: what an enum may be."""

    def __init__(self, name, kind, value, most=None, values=()):
        self.name, self.kind, self.value, self.most, self.values = name, kind, value, most, values

    def bytes(self):
        if self.kind in ("u32", "bool", "enum"):
            return u32(self.value)
        if self.kind == "u64":
            return u64(self.value)
        if self.kind == "fixed":
            return self.value
        return opaque(self.value)


def fh(value, name="handle"):
    return [Field(name, "opaque", value, most=64)]


def where(directory, name, what="name"):
    name = name.encode() if isinstance(name, str) else name
    return fh(directory, what + ".dir") + [Field(what, "opaque", name)]


def sattr(mode=None, uid=None, gid=None, size=None, atime=None, mtime=None):
    """Times: None, "now" or (seconds, nanoseconds)."""
    out = []
    for name, value in (("mode", mode), ("uid", uid), ("gid", gid), ("size", size)):
        out.append(Field("set " + name, "bool", value is not None))
        if value is not None:
            out.append(Field(name, "u64" if name == "size" else "u32", value))
    for name, value in (("atime", atime), ("mtime", mtime)):
        how = 0 if value is None else 1 if value == "now" else 2
        out.append(Field("set " + name, "enum", how, values=(0, 1, 2)))
        if how == 2:
            out += [Field(name, "u32", value[0]), Field(name + " nsec", "u32", value[1])]
    return out


def args(proc, handle=b"", name="x", handle2=b"", name2="y", **given):
    """The fields of a procedure's arguments; what is not given is harmless."""
    get = given.get
    attr = given.get("attr") or sattr(mode=0o644)
    if proc == NULL:
        return []
    if proc in (GETATTR, READLINK, FSSTAT, FSINFO, PATHCONF):
        return fh(handle)
    if proc == SETATTR:
        guard = get("guard")
        out = fh(handle) + attr + [Field("guarded", "bool", guard is not None)]
        if guard is not None:
            out += [Field("guard", "u32", guard[0]), Field("guard nsec", "u32", guard[1])]
        return out
    if proc in (LOOKUP, REMOVE, RMDIR):
        return where(handle, name)
    if proc == ACCESS:
        return fh(handle) + [Field("access", "u32", get("access", 0x3f))]
    if proc in (READ, COMMIT):
        return fh(handle) + [Field("offset", "u64", get("offset", 0)),
                             Field("count", "u32", get("count", 4096))]
    if proc == WRITE:
        data = get("data", b"data")
        return fh(handle) + [Field("offset", "u64", get("offset", 0)),
                             Field("count", "u32", get("count", len(data))),
                             Field("stable", "enum", get("stable", UNSTABLE), values=(0, 1, 2)),
                             Field("data", "opaque", data)]
    if proc == CREATE:
        how = get("how", UNCHECKED)
        out = where(handle, name) + [Field("how", "enum", how, values=(0, 1, 2))]
        if how == EXCLUSIVE:
            return out + [Field("verifier", "fixed", get("verifier", bytes(8)))]
        return out + attr
    if proc == MKDIR:
        return where(handle, name) + attr
    if proc == SYMLINK:
        target = get("target", "target")
        return where(handle, name) + attr + [
            Field("target", "opaque", target.encode() if isinstance(target, str) else target)]
    if proc == MKNOD:
        kind = get("type", FIFO)
        out = where(handle, name) + [Field("type", "enum", kind, values=(CHR, BLK, SOCK, FIFO))]
        if kind in (CHR, BLK, SOCK, FIFO):
            out += attr
        if kind in (CHR, BLK):
            out += [Field("major", "u32", get("major", 1)), Field("minor", "u32", get("minor", 3))]
        return out
    if proc == RENAME:
        return where(handle, name, "from") + where(handle2 or handle, name2, "to")
    if proc == LINK:
        return fh(handle) + where(handle2, name2)
    if proc in (READDIR, READDIRPLUS):
        out = fh(handle) + [Field("cookie", "u64", get("cookie", 0)),
                            Field("verifier", "fixed", get("verifier", bytes(8)))]
        if proc == READDIRPLUS:
            out.append(Field("dircount", "u32", get("dircount", 8192)))
        return out + [Field("count", "u32", get("count", 8192))]
    raise ValueError(proc)


def mount_args(proc, path="/"):
    if proc in (MNT, UMNT):
        return [Field("path", "opaque", path.encode() if isinstance(path, str) else path,
                      most=1024)]
    return []


def encode(fields):
    return b"".join(f.bytes() for f in fields)


# ---- results -------------------------------------------------------------

Attr = namedtuple("Attr", "type mode nlink uid gid size used major minor fsid fileid "
                          "atime mtime ctime")
Before = namedtuple("Before", "size mtime ctime")
Entry = namedtuple("Entry", "fileid name cookie attr fh")


class Result:
    """What a call came to: status (a word) and what was decoded, as attributes."""

    def __init__(self, **items):
        self.__dict__.update(items)

    def __getattr__(self, name):
        return None

    @property
    def ok(self):
        return self.status == "OK"

    def __repr__(self):
        return "Result(%s)" % ", ".join("%s=%r" % i for i in self.__dict__.items())


def get_time(items):
    sec, nsec = items.u32(), items.u32()
    if nsec >= 1000000000:
        raise Malformed("%d nanoseconds" % nsec)
    return sec, nsec


def get_attr(items):
    kind = items.u32()
    if not REG <= kind <= FIFO:
        raise Malformed("a file of type %d" % kind)
    words = [items.u32() for _ in range(4)]
    size, used = items.u64(), items.u64()
    major, minor = items.u32(), items.u32()
    fsid, fileid = items.u64(), items.u64()
    return Attr(kind, *words, size, used, major, minor, fsid, fileid,
                get_time(items), get_time(items), get_time(items))


def get_post(items):
    return get_attr(items) if items.bool() else None


def get_wcc(items):
    before = None
    if items.bool():
        before = Before(items.u64(), get_time(items), get_time(items))
    return before, get_post(items)


def get_handle(items):
    return items.opaque(64)


def get_entries(items, plus):
    entries = []
    while items.bool():
        fileid, name, cookie = items.u64(), items.opaque(255), items.u64()
        if not name or b"/" in name or b"\0" in name:
            raise Malformed("a name of %r" % name)
        attr = get_post(items) if plus else None
        handle = get_handle(items) if plus and items.bool() else None
        entries.append(Entry(fileid, name, cookie, attr, handle))
    return entries


def result_good(proc, items):
    if proc == GETATTR:
        return {"attr": get_attr(items)}
    if proc in (SETATTR, REMOVE, RMDIR):
        before, after = get_wcc(items)
        return {"before": before, "after": after}
    if proc == LOOKUP:
        return {"fh": get_handle(items), "attr": get_post(items), "dir": get_post(items)}
    if proc == ACCESS:
        return {"attr": get_post(items), "access": items.u32()}
    if proc == READLINK:
        return {"attr": get_post(items), "target": items.opaque()}
    if proc == READ:
        out = {"attr": get_post(items), "count": items.u32(), "eof": items.bool(),
               "data": items.opaque()}
        if out["count"] != len(out["data"]):
            raise Malformed("a count of %d for %d bytes" % (out["count"], len(out["data"])))
        return out
    if proc == WRITE:
        before, after = get_wcc(items)
        return {"before": before, "after": after, "count": items.u32(), "committed": items.u32(),
                "verifier": items.fixed(8)}
    if proc in (CREATE, MKDIR, SYMLINK, MKNOD):
        handle = get_handle(items) if items.bool() else None
        attr = get_post(items)
        before, after = get_wcc(items)
        return {"fh": handle, "attr": attr, "before": before, "after": after}
    if proc == RENAME:
        return {"from_dir": get_wcc(items), "to_dir": get_wcc(items)}
    if proc == LINK:
        return {"attr": get_post(items), "dir": get_wcc(items)}
    if proc in (READDIR, READDIRPLUS):
        return {"dir": get_post(items), "verifier": items.fixed(8),
                "entries": get_entries(items, proc == READDIRPLUS), "eof": items.bool()}
    if proc == FSSTAT:
        names = "tbytes fbytes abytes tfiles ffiles afiles".split()
        out = {"attr": get_post(items)}
        out.update((n, items.u64()) for n in names)
        out["invarsec"] = items.u32()
        return out
    if proc == FSINFO:
        names = "rtmax rtpref rtmult wtmax wtpref wtmult dtpref".split()
        out = {"attr": get_post(items)}
        out.update((n, items.u32()) for n in names)
        out.update(maxfilesize=items.u64(), time_delta=get_time(items), properties=items.u32())
        return out
    if proc == PATHCONF:
        out = {"attr": get_post(items), "linkmax": items.u32(), "name_max": items.u32()}
        for n in "no_trunc chown_restricted case_insensitive case_preserving".split():
            out[n] = items.bool()
        return out
    before, after = get_wcc(items)               # COMMIT
    return {"before": before, "after": after, "verifier": items.fixed(8)}


def result_bad(proc, items):
    if proc == GETATTR:
        return {}
    if proc in (LOOKUP, ACCESS, READLINK, READ, READDIR, READDIRPLUS, FSSTAT, FSINFO, PATHCONF):
        return {"attr": get_post(items)}
    if proc == RENAME:
        return {"from_dir": get_wcc(items), "to_dir": get_wcc(items)}
    if proc == LINK:
        return {"attr": get_post(items), "dir": get_wcc(items)}
    before, after = get_wcc(items)
    return {"before": before, "after": after}


def decode(proc, data):
    """The results of an NFS procedure that was accepted."""
    items = Items(data)
    if proc == NULL:
        items.end()
        return Result(status="OK")
    status = items.u32()
    if status not in STATUS:
        raise Malformed("a status of %d" % status)
    out = (result_bad if status else result_good)(proc, items)
    items.end()
    return Result(status=STATUS[status], **out)


def decode_mount(proc, data, vers=3):
    items = Items(data)
    out = {}
    if proc == MNT:
        status = items.u32()
        if vers == 3 and status not in MOUNT_STATUS:
            raise Malformed("a status of %d" % status)
        out["status"] = MOUNT_STATUS.get(status, str(status))
        if not status and vers == 3:
            out["fh"] = get_handle(items)
            out["flavors"] = [items.u32() for _ in range(items.u32())]
        elif not status:
            out["fh"] = items.fixed(32)
    elif proc == DUMP:
        out["mounts"] = []
        while items.bool():
            out["mounts"].append((items.opaque(255), items.opaque(1024)))
    elif proc == EXPORT:
        out["exports"] = {}
        while items.bool():
            name = items.opaque(1024)
            groups = out["exports"][name] = []
            while items.bool():
                groups.append(items.opaque(255))
    items.end()
    out.setdefault("status", "OK")
    return Result(**out)


# ---- a client ------------------------------------------------------------

class Refused(Exception):
    """The call did not come to its procedure; .reply says why."""

    def __init__(self, reply):
        super().__init__(str(reply))
        self.reply = reply


class Client(rpcraw.Connection):
    """NFS and MOUNT calls over one connection; both are on the same port."""

    def nfs(self, proc, handle=b"", name="x", handle2=b"", name2="y", rpc=None, **given):
        """Call a procedure with args() of these; rpc: more for rpcraw's start()."""
        fields = args(proc, handle, name, handle2, name2, **given)
        reply = self.call(NFS, 3, proc, encode(fields), **(rpc or {}))
        if reply.accept != rpcraw.SUCCESS:
            raise Refused(reply)
        out = decode(proc, reply.results)
        out.size = reply.size
        return out

    def mount(self, proc, path="/", vers=3, **rpc):
        reply = self.call(MOUNT, vers, proc, encode(mount_args(proc, path)), **rpc)
        if reply.accept != rpcraw.SUCCESS:
            raise Refused(reply)
        return decode_mount(proc, reply.results, vers)

    def root(self, path):
        """The handle of an export, or of a directory in one."""
        got = self.mount(MNT, path)
        if not got.ok:
            raise OSError("MNT %s: %s" % (path, got.status))
        return got.fh

    def walk(self, handle, *names):
        for name in names:
            got = self.nfs(LOOKUP, handle, name)
            if not got.ok:
                raise OSError("LOOKUP %s: %s" % (name, got.status))
            handle = got.fh
        return handle

    def list(self, handle, plus=False, **given):
        """All entries of a directory; the same name twice is Malformed."""
        entries, seen, cookie, verifier = [], set(), 0, bytes(8)
        while True:
            got = self.nfs(READDIRPLUS if plus else READDIR, handle, cookie=cookie,
                           verifier=verifier, **given)
            if not got.ok:
                raise OSError("READDIR: " + got.status)
            for e in got.entries:
                if e.name in seen:
                    raise Malformed("%r twice" % e.name)
                seen.add(e.name)
            entries += got.entries
            if got.eof:
                return entries
            if not got.entries:
                raise Malformed("no entries and no end")
            cookie, verifier = got.entries[-1].cookie, got.verifier
