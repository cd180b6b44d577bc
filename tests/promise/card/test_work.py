# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat W-11: how long a stranger waits for his refusal tells nothing about
card and reader, because the same is done for it whatever they hold. Counted in
system calls: a clock on a busy machine would prove nothing."""

import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from card_case import PIN, CanaryCase, main, wait_until
from stack import NONCE, Stack

EVIL = "https://evil.example"
REQUESTS = 40
# How often the loop turns, and sets its next deadline, is up to who is faster,
# front or the caller.
LOOP = ("epoll_wait", "epoll_pwait", "restart_syscall", "timerfd_settime")


@unittest.skipUnless(os.getuid() == 0, "tracing the agent needs root")
@unittest.skipIf(os.environ.get("BEID_SANITIZE"), "no tracing of sanitizers")
class Work(CanaryCase):
    def names(self):
        """front, worker, supervisor -> process id"""
        found = {"supervisor": self.agent.program.pid}
        for pid in self.processes()[1:]:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as line:
                words = line.read()
            if "--internal-front" in words:
                found["front"] = pid
            elif "beid-agent-card" in words:
                found["worker"] = pid
        return found

    def traced(self, pids, work):
        """The system calls that the processes made while work() ran; being
        traced wakes them, so that they are left alone for a moment first."""
        with tempfile.NamedTemporaryFile("r", encoding="utf-8") as file:
            tracer = subprocess.Popen(
                ["strace", "-f", "-qq", "-o", file.name,
                 *(word for pid in pids for word in ("-p", str(pid)))],
                stderr=subprocess.DEVNULL)
            try:
                wait_until(lambda: all(self.is_traced(pid) for pid in pids),
                           20, "strace")
                begin = -1
                while begin != os.path.getsize(file.name):
                    begin = os.path.getsize(file.name)
                    time.sleep(0.5)
                work()
                time.sleep(0.2)
            finally:
                tracer.send_signal(signal.SIGINT)
                tracer.wait(20)
            file.seek(begin)
            return [line for line in file.read().split("\n")
                    if re.match(r"\d+ +\w+\(", line)
                    and "<detached ...>" not in line]

    @staticmethod
    def is_traced(pid):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/status",
                      encoding="utf-8") as status:
                if "TracerPid:\t0\n" in status.read():
                    return False
        return True

    def refuse(self, origin):
        answer = self.agent.request("POST", "/v1/authenticate",
                                    {"challengeNonce": NONCE,
                                     "waitForCard": False}, origin=origin)
        self.assertEqual((answer.status, answer.body), (403, b""))

    def front_work(self, origin=EVIL):
        """The calls of the least that front did for one refusal: in others
        the caller came between two steps, which costs another look."""
        front = self.names()["front"]
        lines = self.traced([front], lambda: [
            self.refuse(origin) for _ in range(REQUESTS)])
        works, now = [], None
        for line in lines:
            name = re.match(r"\d+ +(\w+)\(", line)[1]
            if name == "accept4" and "= -1" not in line:
                now = []
                works.append(now)
            if now is not None and name not in LOOP and "= -1 EAGAIN" \
                    not in line:
                now.append(name)
        self.assertEqual(len(works), REQUESTS)
        # The log tells of 20 in a minute: others take one call less. The last
        # one may have been cut off.
        return min((tuple(one) for one in works[:-1]),
                   key=lambda one: (len(one), one))

    def others_rest(self):
        """Worker and supervisor do nothing at all for a refusal."""
        names = self.names()
        self.assertEqual(self.traced(
            [names["worker"], names["supervisor"]],
            lambda: [self.refuse(EVIL) for _ in range(3)]), [])

    def test_w11_the_same_work_whatever_the_reader_holds(self):
        with_card = self.front_work()
        print(f"for a refusal: {' '.join(with_card)}")
        self.assertIn("accept4", with_card)
        self.others_rest()
        self.card.do("remove")
        self.wait_card("none")
        self.assertEqual(self.front_work(), with_card)
        self.others_rest()
        self.card.do("insert")
        self.wait_card("supported")
        # While the citizen is asked ...
        self.screen.wait_closed()
        login, window = self.stack.begin()
        self.assertEqual(self.front_work(), with_card)
        self.screen.type_line(window, PIN)
        self.assertEqual(login.result().status, 200)
        # ... without pcscd, and without a reader.
        self.card.do("pcscd-kill")
        self.assertEqual(self.front_work(), with_card)
        self.others_rest()
        self.card.do("pcscd-start")
        self.wait_card("supported")
        with Stack(card=("--readers", "0")) as other:
            mine, self.agent = self.agent, other.agent
            try:
                self.assertEqual(self.front_work(), with_card)
                self.others_rest()
            finally:
                self.agent = mine

    def test_w11_negative_control(self):
        """What does look at the reader is seen as other work."""
        names = self.names()
        lines = self.traced([names["worker"]], self.agent.status)
        self.assertNotEqual(lines, [])
        self.assertNotEqual(self.front_work(), self.status_work())

    def status_work(self):
        lines = self.traced([self.names()["front"]], self.agent.status)
        return tuple(re.match(r"\d+ +(\w+)\(", line)[1] for line in lines
                     if "= -1 EAGAIN" not in line)


if __name__ == "__main__":
    main()
