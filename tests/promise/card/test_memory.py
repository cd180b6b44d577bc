# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats L-03, D-03: the PIN in memory, on one locked page that no core
holds, and gone after the operation whatever its end."""

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import unittest

from card_case import PIN, CanaryCase, Later, main, wait_until

ANOTHER = "620518"  # well-formed and wrong


def mappings(pid):
    """(start, end, flags, name) of each mapping that can be read."""
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as smaps:
        text = smaps.read()
    for part in re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", text, flags=re.M):
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)(.*)", part)
        flags = re.search(r"^VmFlags: (.*)$", part, re.M)
        if head and flags and head[3].startswith("r"):
            yield (int(head[1], 16), int(head[2], 16), flags[1].split(),
                   head[4].split()[-1])


def holders(pid, pin):
    """(name, flags) of each mapping of the process that holds the PIN as
    digits or as the card gets it."""
    needles = (pin.encode(), bytes.fromhex(f"2{len(pin)}{pin}FFFF"))
    held = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for start, end, flags, name in mappings(pid):
            try:
                mem.seek(start)
                data = mem.read(end - start)
                if any(needle in data for needle in needles):
                    held.append((name, flags))
            except (OSError, ValueError, OverflowError):
                continue
    return held


@unittest.skipUnless(os.getuid() == 0, "looking into a process needs root")
@unittest.skipIf("address" in os.environ.get("BEID_SANITIZE", ""),
                 "a sanitizer keeps freed memory")
class Memory(CanaryCase):
    def setUp(self):
        self.card.do("counters-reset")

    def held(self):
        """A login that stands still while the card checks the PIN."""
        self.assertEqual(self.login().status, 200)
        trace = os.path.join(self.stack.directory, "trace")
        self.card.trace_to(trace)
        self.assertEqual(self.login().status, 200)
        self.card.do("trace", "--off")
        with open(trace, encoding="utf-8") as lines:
            sent = [line for line in lines if " > " in line]
        at = 1 + next(i for i, line in enumerate(sent) if "> 00200001" in line
                      and not line.rstrip().endswith("> 00200001"))
        self.card.do("fault", "--at", str(at), "--do", "hold")
        self.screen.wait_closed()
        login, window = self.stack.begin()
        self.screen.type_line(window, PIN)
        self.card.do("fault", "--wait")
        return login

    def no_pin_anywhere(self, *pins):
        self.screen.wait_closed()
        for pin in pins or (PIN,):
            for pid in self.processes():
                self.assertEqual(holders(pid, pin), [], pid)

    def test_d03_the_page_of_the_pin(self):
        """It is where the PIN is, locked and left out of cores."""
        login = self.held()
        worker = self.worker()
        where = holders(worker, PIN)
        print(f"while the card checks it, the PIN is on: {where}")
        self.assertTrue(where)
        for name, flags in where:
            self.assertLessEqual({"lo", "dd"}, set(flags), name)
        for pid in self.processes():
            if pid != worker:
                self.assertEqual(holders(pid, PIN), [], pid)
        self.card.do("release")
        self.assertEqual(login.result().status, 200)
        self.no_pin_anywhere()

    def test_l03_gone_after_every_end(self):
        self.assertEqual(self.login().status, 200)
        self.no_pin_anywhere()
        # Wrong, then cancelled.
        login, window = self.stack.begin()
        asked = self.prompt.count()
        self.screen.type_line(window, ANOTHER)
        wait_until(lambda: self.prompt.count() > asked, 20, "another prompt")
        self.screen.press(self.screen.wait_window(), "Escape")
        self.assertEqual(login.result().code, "user_cancelled")
        self.no_pin_anywhere(PIN, ANOTHER)
        # The card leaves while it checks the PIN.
        self.card.do("tries", "--set", "3")
        login = self.held()
        self.card.do("remove")
        self.assertEqual(login.result().code, "card_removed")
        self.card.do("insert")
        self.wait_card("supported")
        self.no_pin_anywhere()
        self.assertEqual(self.login().status, 200)

    def test_l03_no_core(self):
        """A crash with the PIN in memory leaves no file behind."""
        login = self.held()
        worker = self.worker()
        folder = os.readlink(f"/proc/{worker}/cwd")
        before = set(os.listdir(folder))
        os.kill(worker, signal.SIGSEGV)
        self.card.do("release")
        self.assertEqual(login.result().code, "internal")
        self.agent.program.expect("by signal 11")
        new = {name for name in set(os.listdir(folder)) - before
               if name.startswith("core")}
        self.assertEqual(new, set())
        wait_until(lambda: self.worker() not in (None, worker), 20, "another")
        self.wait_card("supported")
        self.assertEqual(self.login().status, 200)

    def test_l03_negative_control_of_cores(self):
        """A process without that protection leaves one on this machine."""
        with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as text:
            pattern = text.read().strip()
        if pattern[:1] in "|/" or resource.getrlimit(
                resource.RLIMIT_CORE)[1] == 0:
            self.skipTest("cores go elsewhere here")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, "-c",
                 "import os, resource as r, signal\n"
                 "r.setrlimit(r.RLIMIT_CORE, (-1, -1))\n"
                 "os.kill(os.getpid(), signal.SIGSEGV)"],
                cwd=folder, check=False)
            self.assertTrue(os.listdir(folder))


if __name__ == "__main__":
    main()
