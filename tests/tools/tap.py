# SPDX-License-Identifier: GPL-2.0
"""TAP from Python, and the few things every such test needs."""

import json
import subprocess
import sys
import time
import traceback

_state = {"n": 0, "failed": 0}


def diag(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def ok(good, name):
    _state["n"] += 1
    if not good:
        _state["failed"] += 1
    print("%sok %d - %s" % ("" if good else "not ", _state["n"], name.replace("#", "")),
          flush=True)
    return bool(good)


def eq(got, want, name):
    if not ok(got == want, name):
        diag("got %r, want %r" % (got, want))
    return got == want


def skip(name, why):
    _state["n"] += 1
    print("ok %d - %s # SKIP %s" % (_state["n"], name, why), flush=True)


def faults(name, found):
    """One test of many cases: found says what went wrong in each that did."""
    found = list(found)
    if not ok(not found, name):
        for line in found[:20]:
            diag(line)
        if len(found) > 20:
            diag("... and %d more" % (len(found) - 20))


def case(fn):
    """Run a test function; an exception is a failure with a name."""
    try:
        fn()
    except Exception:                            # a test reports, whatever it was
        ok(False, fn.__doc__ or fn.__name__)
        diag(traceback.format_exc())


def until(condition, seconds=20, pause=0.1):
    """Wait for a condition; its last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= end:
            return value
        time.sleep(pause)


def done():
    print("1..%d" % _state["n"], flush=True)
    sys.exit(1 if _state["failed"] else 0)


# ---- the server, from its own side ---------------------------------------

def run(*command):
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if out.returncode:
        raise RuntimeError("%s: %s" % (" ".join(command), out.stdout.strip()))
    return out.stdout


def stats():
    """Counters as {"group.name": value}."""
    out = {}
    walk(json.loads(run("dittoctl", "stats", "--json")), "", out)
    return out


def walk(tree, prefix, out):
    if isinstance(tree, dict):
        for key, value in tree.items():
            walk(value, prefix + ("." if prefix else "") + key, out)
    else:
        out[prefix] = tree


def stat(name):
    return stats().get(name, 0)


def setting(name, value):
    run("dittoctl", "set", name, str(value))


class Settings:
    """with Settings(**{"idle-timeout": 2}): the settings are put back at the end."""

    def __init__(self, **values):
        self.values = {k.replace("_", "-"): v for k, v in values.items()}

    def __enter__(self):
        now = json.loads(run("dittoctl", "settings", "--json"))
        self.old = {s["name"]: s["value"] for s in now if s["name"] in self.values}
        for name, value in self.values.items():
            setting(name, value)

    def __exit__(self, *_):
        for name, value in self.old.items():
            setting(name, value)
