# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Calls that fail inside a process of the agent (failing.c), and a front that
has a supervisor and a card worker played by the test."""

import errno
import fcntl
import mmap
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "harness"))

from process import wait_until  # noqa: E402
from run_tests import main  # noqa: E402, F401

BUILD = os.environ["BEID_BUILD"]
MEMORY, READING, WRITING, ACCEPTING, WATCHING, HEARING = 1, 2, 4, 8, 16, 32


class Plan:
    """The numbers that failing.c looks at; see there."""

    LAYOUT = {"kinds": 0, "left": 4, "hits": 8, "error": 12, "first": 16,
              "idle": 20}
    LIVE, AHEAD = 24, 32

    def __init__(self, directory):
        self.path = os.path.join(directory, "plan")
        with open(self.path, "w+b") as file:
            file.write(bytes(4096))
            file.flush()
            self.memory = mmap.mmap(file.fileno(), 4096)
        self.env = {"LD_PRELOAD": os.environ["BEID_FAILING"],
                    "BEID_FAULTS": self.path}

    def put(self, name, value):
        struct.pack_into("=I", self.memory, self.LAYOUT[name], value)

    def get(self, name):
        return struct.unpack_from("=I", self.memory, self.LAYOUT[name])[0]

    def arm(self, kinds, number, error=errno.EIO, first=0):
        """The number-th of these calls fails, once."""
        for name, value in (("kinds", kinds), ("error", error),
                            ("first", first), ("hits", 0), ("left", number)):
            self.put(name, value)

    def disarm(self):
        """Did a call fail?"""
        self.put("left", 0)
        return self.get("hits") > 0

    @property
    def live(self):
        return struct.unpack_from("=q", self.memory, self.LIVE)[0]

    def forget(self):
        """For a process that begins."""
        struct.pack_into("=q", self.memory, self.LIVE, 0)

    def ahead(self, milliseconds):
        """The process's clock goes forward by that much."""
        now = struct.unpack_from("=q", self.memory, self.AHEAD)[0]
        struct.pack_into("=q", self.memory, self.AHEAD, now + milliseconds)


def field(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


def packet(kind, operation=0, fields=b""):
    return struct.pack(">IBI", 5 + len(fields), kind, operation) + fields


def start(program, arguments, ends, env):
    """A process that has these ends from descriptor 3 on: put there by a
    shell, from numbers that are never as low themselves."""
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 100) for end in ends]
    moves = "".join(f" {number}<&{end}" for number, end in enumerate(high, 3))
    closes = "".join(f" {end}<&-" for end in high)
    process = subprocess.Popen(
        ["/bin/bash", "-c", f'export LD_PRELOAD="$1"; shift; exec{moves}'
         f'{closes} "$@"', "start", env.get("LD_PRELOAD", ""), program,
         *arguments],
        pass_fds=high, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={name: value for name, value in env.items()
             if name != "LD_PRELOAD"})
    for end in high:
        os.close(end)
    return process


class Front:
    """A front of its own; the test is its supervisor and its worker."""

    PORTAL = ("name.nl=Proef\nname.en=Test\nallow=authenticate, step-up\n"
              "environment=test\norigin=https://localhost:18443\n")
    WORDS = {0x01: (0x41, b"\0\1\0\1"),  # STATUS: one reader with a card
             0x02: (0x43, struct.pack(">bBI", 0, 255, 0) + field(b"\x30" * 900)
                    + b"\2" + field(b"\1" * 96) + b"\0\0")}
    WORDS[0x04] = WORDS[0x02]  # STEP_UP, kind access

    def __init__(self, portal=""):
        self.directory = tempfile.mkdtemp(prefix="beid-fault-")
        self.plan = Plan(self.directory)
        self.portal = os.path.join(self.directory, "demo.conf")
        with open(self.portal, "w", encoding="utf-8") as conf:
            conf.write(self.PORTAL + portal)
        self.listener = socket.socket()
        self.listener.setblocking(False)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(100)
        self.port = self.listener.getsockname()[1]
        self.starts = 0
        self.process = None
        self.again()

    def again(self):
        """A front, as the supervisor starts one."""
        self.plan.disarm()
        self.plan.forget()
        self.starts += 1
        self.ready = threading.Event()
        worker, worker_end = socket.socketpair(socket.AF_UNIX,
                                               socket.SOCK_SEQPACKET)
        self.supervisor, end = socket.socketpair(socket.AF_UNIX,
                                                 socket.SOCK_SEQPACKET)
        self.process = start(
            os.path.join(BUILD, "agent", "beid-agent"),
            ("--internal-front", "error", "development",
             "first"),
            (worker_end, end, self.listener), {**os.environ, **self.plan.env})
        worker_end.close()
        end.close()
        self.play(self.work, worker)
        self.play(self.supervise, self.supervisor)
        self.supervisor.send(packet(0x82))
        self.supervisor.send(packet(0x85, 0, b"\0" + field(b"")))
        with open(self.portal, "rb") as file:
            socket.send_fds(self.supervisor, [packet(
                0x83, 0, field("demo.conf") + b"\1")], [file.fileno()])
        self.supervisor.send(packet(0x84))
        if not self.ready.wait(30):
            raise AssertionError("front does not begin")

    @staticmethod
    def play(part, end):
        threading.Thread(target=part, args=(end,), daemon=True).start()

    def work(self, end):
        """Answers as a card worker does; ends when front lets go of it."""
        try:
            while data := end.recv(65536):
                _, kind, operation = struct.unpack_from(">IBI", data)
                if kind in self.WORDS:
                    reply, fields = self.WORDS[kind]
                    end.send(packet(reply, operation, fields))
        except OSError:
            pass
        end.close()
        self.give_worker()

    def supervise(self, end):
        try:
            while data := end.recv(65536):
                if data[4] == 0x91:
                    self.ready.set()
        except OSError:
            pass

    def give_worker(self):
        """One that ended is started afresh."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            socket.send_fds(self.supervisor, [packet(0x81)],
                            [theirs.fileno()])
            self.play(self.work, ours)
        except OSError:
            ours.close()
        theirs.close()

    def ended(self):
        """Its exit status, or None while it lives."""
        return self.process.poll()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        self.supervisor.shutdown(socket.SHUT_RDWR)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.supervisor.close()
            self.listener.close()
            shutil.rmtree(self.directory)
