# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats H-05 and L-03 in the card worker: the n-th allocation, read or
write of a login fails. No crash, one answer, no try lost, no PIN left in
memory, and the next login works."""

import errno
import os
import shutil
import sys
import tempfile
import time
import unittest

from faults import MEMORY, READING, WRITING, Plan, main
from played import HERE, Played, pin

sys.path.insert(0, os.path.join(HERE, "..", "card"))

from stack import VirtualCard, built  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
PIN = "739205"
# A worker that cannot be sure what its card thread is at ends by itself, and
# one that has no memory inside libcrypto ends before that can damage any
# (agent/worker/memory.h). Never by a signal.
NO_MEMORY = 4
ENDED = (0, 1, NO_MEMORY)
ANSWERS = {"ok", "cancelled", "prompt", "internal", "card", "card-reset",
           "reader", "no-service", "no-reader", "no-card", "card-removed",
           "card-mute", "signature", "no-certificate", "card-unknown", "-2",
           "-3", "-4", "-5", "-10"}
# Kind, and how many of its calls are tried, spread over the whole login; all
# with BEID_FAULTS_ALL. A socket of pcscd that breaks for one read only does
# not exist: libpcsclite would wait for the rest of the answer, and the worker
# 30 seconds for it. What pcscd can do is in unit/token/pcsc_fault_test.c.
FAULTS = [
    ("memory", MEMORY, 0, 0, 300),
    ("read, interrupted", READING, errno.EINTR, 0, 50),
    ("write, interrupted", WRITING, errno.EINTR, 0, 50),
]


def memory_holds(pid, needles):
    """Is one of these in the readable memory of a process?"""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            span, flags = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if not flags.startswith("rw"):
                continue
            try:
                mem.seek(start)
                data = mem.read(end - start)
            except (OSError, OverflowError, ValueError):
                continue
            if any(needle in data for needle in needles):
                return True
    return False


class WorkerFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="beid")
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.card = VirtualCard(os.path.join(cls.directory, "v"), APPLET,
                               ("--pin", PIN))
        cls.addClassCleanup(cls.card.stop)
        cls.plan = Plan(cls.directory)

    def setUp(self):
        self.worker = None
        self.starts = 0
        self.ends = {}
        self.begin()

    def tearDown(self):
        self.worker.kill()

    def begin(self):
        if self.worker is not None:
            self.worker.kill()
        self.starts += 1
        self.plan.disarm()
        self.worker = Played(
            built("agent", "beid-agent-card"),
            built("pkcs11", "beid-agent-pkcs11.so"), ("--log-level", "error"),
            env={**os.environ, **self.card.env, **self.plan.env})
        self.worker.person = self.type
        self.assertEqual(self.login(), "ok")

    def type(self, kind):
        """A person who has read it: the worker's clock is set forward, and
        the worker sees at both of its looks that nobody answered yet."""
        time.sleep(0.005)
        self.typed += 1
        worker, looks = self.worker, self.plan.get("idle")
        self.plan.ahead(1600)
        end = time.monotonic() + 5
        while (self.plan.get("idle") < looks + 2 and worker.screen is not None
               and worker.process.poll() is None and time.monotonic() < end):
            time.sleep(0.001)
        return pin(PIN) if kind == "GETPIN" else None

    def login(self):
        self.typed = 0
        operation = self.worker.authenticate(chain=True)
        reply = self.worker.reply(operation, 60)
        del self.worker.replies[operation]
        return reply["err"]

    def count(self, kind, error, first):
        """How many calls of this kind a login makes."""
        self.plan.arm(kind, 10 ** 9, error, first)
        self.assertEqual(self.login(), "ok")
        left = self.plan.get("left")
        self.plan.disarm()
        return 10 ** 9 - left

    def one(self, fault, number):
        """What came of a login whose number-th call failed."""
        name, kind, error, first, _ = fault
        where = (name, number)
        self.card.do("counters-reset")
        self.plan.arm(kind, number, error, first)
        try:
            err = self.login()
        except (AssertionError, OSError):
            if not self.worker.failure:
                raise
            err = "ended"
        else:
            self.assertIn(err, ANSWERS, where)
        self.plan.disarm()
        count = self.card.counters()
        self.assertLessEqual(count["verify"], self.typed, (*where, err))
        self.assertEqual(count["tries_left"], 3, (*where, err))
        self.no_pin_is_left(where, err)
        return err

    def no_pin_is_left(self, where, err):
        try:
            held = os.getuid() == 0 and memory_holds(
                self.worker.process.pid,
                (PIN.encode(), bytes.fromhex(f"26{PIN}FFFF")))
        except (ProcessLookupError, FileNotFoundError):
            return  # it ended
        self.assertFalse(held, f"the PIN, after {where}: {err}")

    def goes_on(self, where):
        """The next login works, of the next worker if this one ended; the
        supervisor starts it."""
        try:
            self.assertEqual(self.login(), "ok", where)
        except (AssertionError, OSError):
            status = self.worker.process.wait(20)
            self.assertIn(status, ENDED, where)
            self.ends[status] = self.ends.get(status, 0) + 1
            self.begin()

    def test_h05_worker(self):
        for fault in FAULTS:
            name, kind, error, first, enough = fault
            with self.subTest(fault=name):
                total = self.count(kind, error, first)
                self.assertGreater(total, 3, name)
                step = 1 if os.environ.get("BEID_FAULTS_ALL") else \
                    max(1, total // enough)
                began = time.monotonic()
                seen = {}
                for number in range(1, total + 1, step):
                    err = self.one(fault, number)
                    seen[err] = seen.get(err, 0) + 1
                    if err != "ok":
                        self.goes_on((name, number))
                # What ends it is libcrypto's lack of memory, and that does.
                self.assertIn(NO_MEMORY, self.ends)
                print(f"{name}: {total} calls, {seen}, ended {self.ends}, "
                      f"{time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
