# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The journal on a full disk, and when its writer is killed in the middle."""

import json
import os
import subprocess
import unittest

from cli_case import Ended, main
from process import NotAllowed
from stack import PIN, Agent, Later, Stack, built, home_in

ALONE = ["unshare", "--mount", "--propagation", "private", "sh", "-ec"]
SMALL = 'mount -t tmpfs -o size=64k,mode=700 none "$0"; {} exec "$@"'
FILL = 'cat /dev/zero >"$0/filler" 2>/dev/null || true;'
PAGE = 4096


class Disk(unittest.TestCase):
    """Each agent of a test has the disk that its wrapper gives it."""

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack("1.8")
        cls.env = {**os.environ, **home_in(cls.stack.directory),
                   "LC_ALL": "C"}
        cls.state = cls.env["XDG_STATE_HOME"]
        os.makedirs(cls.state, exist_ok=True)

    @classmethod
    def tearDownClass(cls):
        cls.stack.stop()

    def start(self, *wrapper):
        """The agent of the stack, started through a wrapper."""
        if self.stack.agent:
            self.stack.agent.stop()
            self.stack.agent = None
        self.stack.agent = Agent(
            self.stack.directory,
            {**self.stack.screen.env, **self.stack.card.env,
             **home_in(self.stack.directory)},
            self.stack.prompt.script, wrapper=wrapper)
        return self.stack.agent

    def inside(self, *command):
        """A program that sees the disk as the agent does."""
        pid = self.stack.agent.program.pid
        return Ended(subprocess.run(
            ["nsenter", f"--target={pid}", "--mount", *command], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60, check=False))

    def verify(self):
        return self.inside(built("agent", "beid-agent"), "journal", "--json",
                           "verify")

    def finding(self, name):
        done = self.inside(built("agent", "beid-agent"), "doctor", "--json")
        return name in {f["finding"] for f in json.loads(done.out)["findings"]}

    def login(self):
        answer = self.stack.login()
        self.assertEqual(answer.status, 200, answer)
        self.stack.screen.wait_closed()

    def told(self, text):
        return any(text in line for line in self.stack.agent.program.lines)


class Full(Disk):
    @classmethod
    def setUpClass(cls):
        if subprocess.run([*ALONE, SMALL.format(""), "/mnt", "true"],
                          check=False, stderr=subprocess.DEVNULL).returncode:
            raise NotAllowed("a small disk needs a mount namespace")
        super().setUpClass()

    def size(self):
        return int(self.inside("stat", "-c", "%s", os.path.join(
            self.state, "beid-agent", "journal")).out)

    def test_a_disk_that_fills_up(self):
        self.start(*ALONE, SMALL.format(""), self.state)
        self.stack.card.do("remove")
        # What is left of the last block can be written on any disk.
        entry = 0
        while not entry or PAGE - self.size() % PAGE > entry:
            before = self.size()
            answer = self.stack.agent.authenticate(waitForCard=False)
            self.assertEqual(answer.code, "no_card", answer)
            entry = self.size() - before
            self.assertGreater(entry, 0)
        self.stack.card.do("insert")
        lines = self.verify().json["lines"]
        self.inside("sh", "-c", FILL, self.state)
        self.login()
        self.assertTrue(self.told("the journal cannot be written"))
        done = self.verify()
        self.assertEqual((done.json["lines"], done.json["missed"]),
                         (lines, 1), done)
        self.assertTrue(done.json["whole"])
        self.assertTrue(self.finding("journal-missed"))
        self.inside("rm", os.path.join(self.state, "filler"))
        self.login()
        done = self.verify()
        self.assertEqual((done.status, done.json["lines"],
                          done.json["missed"]), (0, lines + 1, 1), done)

    def test_a_disk_that_is_full_at_the_start(self):
        self.start(*ALONE, SMALL.format(FILL), self.state)
        self.assertTrue(self.told("journal cannot be opened"))
        self.login()
        self.assertTrue(self.finding("journal-unavailable"))


class Killed(Disk):
    def test_between_line_and_head(self):
        """The card worker dies with the line written and the head not."""
        if subprocess.run(["strace", "-D", "-o", "/dev/null", "true"],
                          check=False, stderr=subprocess.DEVNULL).returncode:
            raise NotAllowed("nothing can be traced here")
        self.login()
        self.assertEqual(self.verify().json["lines"], 1)
        self.start("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e",
                   "trace=pwrite64", "-e",
                   "inject=pwrite64:signal=SIGKILL:when=1")
        call = Later(self.stack.agent.authenticate)
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        answer = call.result()
        self.assertIn(answer.status, (200, 500), answer)
        done = self.verify()
        self.assertEqual((done.status, done.json["damage"]),
                         (1, "end-wrong"), done)
        self.start()
        self.login()
        done = self.verify()
        self.assertEqual((done.status, done.json["lines"],
                          done.json["missed"]), (0, 3, 1), done)
        self.assertTrue(self.finding("journal-missed"))


del Disk  # nothing to run in itself

if __name__ == "__main__":
    main()
