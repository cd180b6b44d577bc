#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""One including file per foreign header; rooms look down, never up."""

import os
import re

import tree as trees

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# A foreign header, and the only places that may include it. A place that ends
# in "/" is a room in which one file, and no more, includes it.
FOREIGN = [
    (r"winscard\.h|wintypes\.h|pcsclite\.h|reader\.h",
     ["pkcs11/card/scard.h", "tests/virtual/ifd/", "tests/fuzz/pcsc/"]),
    (r"(PCSC/)?ifdhandler\.h", ["tests/virtual/ifd/"]),
    # In the benchmarks: the bare server that the agent is measured beside.
    (r"microhttpd\.h",
     ["agent/http/", "portal/reference/", "tests/virtual/responder/",
      "tests/bench/http_hello.c"]),
    (r"(cjson/)?cJSON\.h",
     # The portal reads what the agent answered, and a municipality what the
     # portal told it.
     ["agent/api/json.c", "portal/verify/", "portal/reference/json.c",
      "portal/reference/identity.c"]),
    # A municipality asks the portal, server to server.
    (r"curl/curl\.h", ["portal/verify/fetch.c",
                       "portal/reference/town_link.c"]),
    (r"sqlite3\.h", ["portal/reference/"]),
    (r"hiredis/hiredis\.h", ["portal/reference/"]),
    # The second makes the calls of the first, with any module.
    (r"libp11\.h", ["agent/worker/token.c",
                    "tests/contract/clients/libp11_client.c"]),
    (r"assuan\.h|gpg-error\.h", ["agent/prompt/pinentry.c"]),
    (r"ini\.h", ["agent/policy/"]),
    (r"seccomp\.h", ["agent/sys/seccomp.c"]),
    # Two questions to the kernel: whose TCP socket is it (front, before its
    # filter), and who is connected to a Unix socket (doctor; its unit test
    # makes answers of the kernel).
    (r"linux/inet_diag\.h", ["agent/sys/"]),
    (r"linux/unix_diag\.h",
     ["agent/sys/", "tests/unit/agent/unix_clients_test.c"]),
    (r"linux/(netlink|sock_diag)\.h",
     ["agent/sys/peer_diag.c", "agent/sys/unix_clients.c",
      "tests/unit/agent/unix_clients_test.c"]),
    (r"gettext-po\.h", ["agent/po/"]),
    (r"jpeglib\.h", ["tests/virtual/issue/"]),
    (r"cmocka\.h", ["tests/unit/unit.h"]),
]

# Foreign headers that whole rooms are about.
ROOM_WIDE = [
    (r"p11-kit/\S+\.h",
     r"(pkcs11/token/|pkcs11/[^/]+$|agent/worker/|agent/cli/module\.c$"
     r"|tests/)"),
    (r"openssl/\S+\.h",
     r"(pkcs11/token/|pkcs11/card/identity_verify\.c$"
     r"|agent/(worker|policy|api|http|journal)/|portal/|tests/)"),
    (r"linux/\S+\.h", r"(agent/sys/|tests/)"),
]

LIBC = re.compile(
    r"(assert|ctype|dirent|dlfcn|endian|errno|fcntl|fenv|float|getopt|ifaddrs"
    r"|ftw|inttypes|langinfo|limits|link|locale|malloc|math|netdb|poll|pthread|pty"
    r"|pwd|sched|semaphore|setjmp|signal|spawn|stdalign|stdarg|stdatomic"
    r"|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|syslog"
    r"|termios|threads|time|uchar|unistd|wchar|wctype"
    r"|sys/\w+|net/\w+|netinet/\w+|arpa/\w+)\.h")

# Our header that is the door to a foreign one -> who goes through it.
DOORS = {
    "pkcs11/card/scard.h": {"pkcs11/card/pcsc.c", "pkcs11/card/pcsc_card.c"},
}

# Room -> rooms that it may include from, besides itself and include/.
MAY = {
    "include": [],
    "pkcs11/base": [],
    "pkcs11/card": [],
    "pkcs11/rv": [],
    "pkcs11/token": ["pkcs11/card", "pkcs11/rv"],
    "pkcs11/entry": ["pkcs11/token", "pkcs11/card", "pkcs11/rv"],
    "agent/sys": [],
    "agent/po": [],
    "agent/wire": [],
    "agent/journal": ["agent/sys"],
    "agent/policy": ["agent/po", "agent/sys", "agent/wire"],
    "agent/prompt": ["agent/po", "agent/sys", "agent/wire"],
    "agent/worker": ["agent/prompt", "agent/po", "agent/sys", "agent/wire",
                     "agent/journal"],
    "agent/api": ["agent/policy", "agent/wire", "agent/po", "agent/sys"],
    "agent/http": ["agent/api", "agent/policy", "agent/wire", "agent/po",
                   "agent/sys"],
    "agent/cli": ["agent/http", "agent/api", "agent/policy", "agent/wire",
                  "agent/po", "agent/sys", "agent/journal", "agent/worker",
                  # pin change asks in the same windows
                  "agent/prompt", "pkcs11/card"],
    "agent/main": ["agent/cli", "agent/http", "agent/sys"],
    "portal/verify": [],
    "portal/reference": [],
}

# Everything that may lie at the top (design.md section 2), dotfiles besides.
TOP = {"agent", "pkcs11", "include", "portal", "tests", "packaging",
       "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE"}

# One family of endpoints never calls another.
ENDPOINTS = {"status", "events", "authenticate", "step_up",
             "signing_certificate", "sign"}

# Roots that quoted includes are looked up under, after the file's own folder.
ROOTS = ["agent", "pkcs11", "portal"]


def room_of(name):
    """agent/http/x.c -> agent/http; pkcs11/rv.c -> pkcs11/rv, the other files
    next to it -> pkcs11/entry; tests -> None"""
    parts = name.split("/")
    if parts[0] == "pkcs11" and len(parts) == 2:
        return "pkcs11/rv" if parts[1].startswith("rv.") else "pkcs11/entry"
    if parts[0] == "tests":
        return None
    if parts[0] == "include":
        return "include"
    if len(parts) == 2:
        return parts[0] + "/" + parts[1].split(".")[0]
    return "/".join(parts[:2])


def resolve(tree, name, target):
    """The tree's file that a quoted include means, or None."""
    known = set(tree.files)
    for folder in [os.path.dirname(name)] + ROOTS:
        candidate = os.path.normpath(os.path.join(folder, target))
        if candidate in known:
            return candidate
    if name.startswith("tests/"):
        # Tests look into any room; their targets say which folders.
        return next((file for file in tree.files
                     if file.endswith("/" + target)), None)
    return None


def foreign(name, target, users):
    """What is wrong with a <...> include that is not ours, or None."""
    for index, (pattern, places) in enumerate(FOREIGN):
        if re.fullmatch(pattern, target):
            for place in places:
                if name == place or (place.endswith("/")
                                     and name.startswith(place)):
                    users.setdefault((index, place), set()).add(name)
                    return None
            return f"<{target}> belongs in {' or '.join(places)} only"
    for pattern, rooms in ROOM_WIDE:
        if re.fullmatch(pattern, target):
            if re.match(rooms, name):
                return None
            return f"<{target}> does not belong in this room"
    if LIBC.fullmatch(target):
        return None
    return f"<{target}> is a foreign header without a place in this list"


def own(tree, name, target):
    """What is wrong with an include of one of our headers, or None."""
    if target.startswith("beid/"):
        found = "include/" + target
        return None if found in tree.files else f"{target} does not exist"
    found = resolve(tree, name, target)
    if found is None:
        return f'"{target}" is not a file of the tree'
    if name not in DOORS.get(found, {name}):
        return f"{found} is only for {' and '.join(sorted(DOORS[found]))}"
    here, there = room_of(name), room_of(found)
    if here is None or here == there:
        return endpoint(name, found) if here == "agent/api" else None
    if there is None:
        return f"{here} includes {found} of the tests"
    if there not in MAY.get(here, []) and there != "include":
        return f"{here} must not look into {there} ({found})"
    return cli(name, found) if here == "agent/cli" else None


def cli(name, found):
    """doctor tells why a card cannot be reached; "beid-agent card" reads it
    through the module, and parses and verifies with the code that the module
    has for that (one place). The module's return values are translated by
    the worker's table (one place, too); sign hashes its file as
    the worker does. Nothing else of it is for the command line, least of all
    what handles a PIN."""
    one, other = os.path.basename(name), os.path.basename(found)
    if room_of(found) == "pkcs11/card" and "doctor" not in one and not (
            one.startswith("card") and other.startswith("identity")):
        return "only doctor, and card for identity*, may look into pkcs11/card"
    if room_of(found) == "agent/worker" and other != "cryptoki_error.h" \
            and not (one.startswith("sign_file") and other == "digest.h"):
        return ("the command line may use no more of it than cryptoki_error.h,"
                " and sign for digest.h")
    return None


def endpoint(name, found):
    one, other = (os.path.basename(path).split(".")[0] for path in
                  (name, found))
    if one != other and {one, other} <= ENDPOINTS:
        return f"the endpoint {one} includes the endpoint {other}"
    return None


def run(tree):
    findings, users = [], {}
    for name in tree.c_files():
        for number, line in enumerate(tree.lines(name), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            kind, target = match.groups()
            if kind == '"' or target.startswith("beid/"):
                wrong = own(tree, name, target)
            else:
                wrong = foreign(name, target, users)
            if wrong:
                findings.append(f"{name}:{number}: {wrong}")
    for (index, place), names in sorted(users.items()):
        if len(names) > 1:
            findings.append(f"{place}: /{FOREIGN[index][0]}/ is included by "
                            f"{len(names)} files: {' '.join(sorted(names))}")
    for name in tree.c_files():
        room = room_of(name)
        if room is not None and room not in MAY:
            findings.append(f"{name}:1: the room {room} is not in design.md "
                            "section 2")
    for top in sorted({name.split("/")[0] for name in tree.files} - TOP):
        if not top.startswith("."):
            findings.append(f"{top}:1: does not belong at the top")
    return findings


if __name__ == "__main__":
    trees.main(run)
