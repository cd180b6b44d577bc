# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat L-03: another process of the same user asks the kernel for the
memory of ours."""

import ctypes
import errno
import os
import re
import signal
import subprocess
import sys
import unittest

from front_case import main, needs_root, wait_until
from test_callers import ALICE, agent_of

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_SEIZE, PTRACE_DETACH = 16, 0x4206, 17
AS_ALICE = ("setpriv", f"--reuid={ALICE}", f"--regid={ALICE}",
            "--clear-groups")


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def word(failed):
    return errno.errorcode[ctypes.get_errno()] if failed else "done"


def attempt(pid):
    """What the three ways into a process are answered with."""
    address = 0x10000
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
            address = int(re.search(r"^(\w+)-.*\[stack\]", maps.read(),
                                    re.M)[1], 16)
    except OSError:
        pass
    room = ctypes.create_string_buffer(16)
    ours = Vector(ctypes.cast(room, ctypes.c_void_p), len(room))
    theirs = Vector(address, len(room))
    said = []
    for call in (LIBC.process_vm_readv, LIBC.process_vm_writev):
        said.append(word(call(pid, ctypes.byref(ours), 1,
                              ctypes.byref(theirs), 1, 0) < 0))
    for how in (PTRACE_ATTACH, PTRACE_SEIZE):
        failed = LIBC.ptrace(how, pid, None, None) < 0
        said.append(word(failed))
        if not failed:
            if how == PTRACE_ATTACH:
                os.waitpid(pid, 0)
                LIBC.ptrace(PTRACE_DETACH, pid, None, None)
            else:
                os.kill(pid, signal.SIGKILL)
    return said


@needs_root
class Inside(unittest.TestCase):
    def attempts(self, *pids):
        """By a helper process of that user."""
        done = subprocess.run(
            [*AS_ALICE, sys.executable, os.path.abspath(__file__), "attempt",
             *map(str, pids)], stdout=subprocess.PIPE, text=True, check=True,
            timeout=60)
        return [line.split() for line in done.stdout.splitlines()]

    def test_l03_ptrace_and_process_vm_readv(self):
        agent = agent_of(ALICE)
        try:
            wait_until(lambda: len(agent.children()) == 2, 20, "children")
            pids = (agent.program.pid, *agent.children().values())
            self.assertEqual(self.attempts(*pids), [["EPERM"] * 4] * 3)
        finally:
            self.assertEqual(agent.stop(), 0)

    def test_l03_negative_control(self):
        """An ordinary process of that user can be looked into."""
        try:
            with open("/proc/sys/kernel/yama/ptrace_scope",
                      encoding="utf-8") as scope:
                if scope.read().strip() != "0":
                    self.skipTest("this machine forbids it for all")
        except FileNotFoundError:
            pass
        with subprocess.Popen([*AS_ALICE, "sleep", "600"]) as victim:
            try:
                wait_until(lambda: b"sleep" in open(
                    f"/proc/{victim.pid}/comm", "rb").read(), 20, "sleep")
                self.assertEqual(self.attempts(victim.pid), [["done"] * 4])
            finally:
                victim.kill()


if __name__ == "__main__":
    if sys.argv[1:2] == ["attempt"]:
        for one in sys.argv[2:]:
            print(*attempt(int(one)), flush=True)
    else:
        main()
