# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What a traced program and those that it started did with files, sockets and
programs: read from the files that "strace -ff -y" wrote."""

import glob
import os
import re

CALLS = ("%file,mmap,mprotect,read,pread64,write,pwrite64,writev,readv,flock,"
         "ftruncate,fsync,connect,socket,clone,clone3,fork,vfork")
COMMAND = ("strace", "-ff", "-y", "-s", "4096", "-e", "trace=" + CALLS, "-o")
CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+|\?)(?:<([^>]*)>)?")
OPENED = re.compile(r"O_(RDONLY|WRONLY|RDWR)")
FIRST_FD = re.compile(r"^\d+<(/[^>]*)>")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
WRITES = ("write", "pwrite64", "writev", "ftruncate")
READS = ("read", "pread64", "readv")
CHANGES = ("mkdir", "mkdirat", "unlink", "unlinkat", "rename", "renameat",
           "renameat2", "link", "linkat", "symlink", "chmod", "fchmodat")


class Deed:
    """One thing done: program is what the process was running."""

    def __init__(self, place, kind, what, how=""):
        self.place = place  # the names of what was started, from the first
        self.kind = kind  # file, exec, socket
        self.what = what
        self.how = how

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __hash__(self):
        return hash((self.place, self.kind, self.what, self.how))

    def __repr__(self):
        return f"{'>'.join(self.place)}: {self.kind} {self.what} {self.how}"


def flags_of(arguments):
    mode = OPENED.search(arguments)
    how = {"RDONLY": "r", "WRONLY": "w", "RDWR": "rw"}[mode[1]] if mode else ""
    return how + ("w" if "O_CREAT" in arguments and "w" not in how else "")


def file_deeds(name, arguments, result):
    """(path, permissions) of one call, if it is about a file by path."""
    first = FIRST_FD.match(arguments)
    if name in ("open", "openat", "creat") and result:
        yield result, "w" if name == "creat" else flags_of(arguments)
    elif name == "mmap" and "PROT_EXEC" in arguments:
        mapped = re.search(r"\d+<(/[^>]*)>", arguments)
        if mapped:
            yield mapped[1], "m"
    elif first and name in WRITES:
        yield first[1], "w"
    elif first and name in READS:
        yield first[1], "r"
    elif first and name == "flock":
        yield first[1], "k"
    elif name == "connect" and 'sun_path="' in arguments:
        yield re.search(r'sun_path="([^"]*)"', arguments)[1], "rw"
    elif name in CHANGES:
        for path in QUOTED.findall(arguments):
            if path.startswith("/"):
                yield path, "w"


class Trace:
    def __init__(self, prefix):
        self._lines = {}
        for path in glob.glob(glob.escape(prefix) + ".*"):
            with open(path, encoding="utf-8", errors="replace") as file:
                self._lines[int(path.rpartition(".")[2])] = file.readlines()
        self.deeds = set()
        born = {int(match[3]) for lines in self._lines.values()
                for match in map(CALL.match, lines)
                if match and match[1] in ("clone", "clone3", "fork", "vfork")
                and match[3].isdigit()}
        for pid in set(self._lines) - born:
            self._follow(pid, ())

    def _follow(self, pid, place):
        for line in self._lines.get(pid, ()):
            match = CALL.match(line)
            if not match:
                continue
            name, arguments, result, target = match.groups()
            failed = result.startswith(("-", "?"))
            if failed and name != "connect":  # to try is to call somebody
                continue
            if name in ("clone", "clone3", "fork", "vfork"):
                self._follow(int(result), place)
            elif name == "execve":
                path = QUOTED.match(arguments)[1]
                path = place[-1] if path == "/proc/self/exe" \
                    else os.path.realpath(path)
                self.deeds.add(Deed(place, "exec", path))
                place += (path,)
            elif name == "connect" and "sa_family=AF_" in arguments:
                family = re.search(r"sa_family=AF_(\w+)", arguments)[1]
                address = re.search(r'inet_addr\("([^"]+)"\)', arguments)
                self.deeds.add(Deed(place, "connect", family.lower(),
                                    address[1] if address else ""))
                for path, how in () if failed else \
                        file_deeds(name, arguments, target):
                    self.deeds.add(Deed(place, "file", path, how))
            elif name == "socket":
                kind = re.match(r"AF_(\w+), SOCK_(\w+)", arguments)
                self.deeds.add(Deed(place, "socket", kind[1].lower(),
                                    kind[2].lower()))
            else:
                for path, how in file_deeds(name, arguments, target):
                    if path.startswith("/") and how:
                        self.deeds.add(Deed(place, "file", path, how))
