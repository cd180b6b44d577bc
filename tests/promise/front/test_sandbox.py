# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The walls of front and of the card worker, tried from inside: each layer,
and what a process without them could do."""

import os
import re
import signal
import socket
import sys
import tempfile
import unittest

from front_case import Agent, main, wait_until
from kernel_without import landlock_abi, without

SIGSYS = f"by signal {signal.SIGSYS.value}"
# What seccomp answers with an error; everything else ends the process.
REFUSED = {"open": "EACCES", "write": "EACCES"}
KILLED = ("socket", "connect", "exec", "fork", "ptrace", "signal", "mmapwx",
          "thread", "owner", "load")
# The listener, connected by a send: front alone has one.
KILLED_FRONT = KILLED + ("fastopen",)
# What Landlock alone, before seccomp, answers (its ABI where it began).
LANDLOCK = {"open": ("EACCES", 1), "write": ("EACCES", 1),
            "exec": ("EACCES", 1), "connect": ("EACCES", 4),
            "signal": ("EPERM", 6), "thread": ("EPERM", 6)}
# Landlock does not speak of these, so the attacks themselves are seen to work.
FREE = ("socket", "fork", "load")


# From this ABI on it speaks of Unix sockets by their path.
SOCKETS = 9


@unittest.skipIf("address" in os.environ.get("BEID_SANITIZE", ""),
                 "a sanitizer build has no sandbox")
class Walls(unittest.TestCase):
    def attack(self, process, word):
        """What the agent said while this process attacked itself."""
        agent = Agent(options=("--self-attack", f"{process}:{word}"))
        try:
            wait_until(lambda: any(self.over(line, process, word)
                                   for line in agent.program.lines), 20,
                       f"the end of {process}:{word}")
        except Exception:
            print(*agent.program.lines, sep="\n", file=sys.stderr)
            raise
        finally:
            agent.stop()
        return "\n".join(agent.program.lines)

    @staticmethod
    def over(line, process, word):
        name = "front" if process == "front" else "the card worker"
        return f"self-attack {word}: " in line or re.search(
            rf"{name} ended.* by signal", line)

    def test_seccomp_answers_paths_with_an_error(self):
        for process in ("front", "card"):
            for word, error in REFUSED.items():
                with self.subTest(process=process, attack=word):
                    self.assertIn(f"self-attack {word}: {error}",
                                  self.attack(process, word))

    def test_l08_no_library_is_loaded_any_more(self):
        """Its file cannot be opened, and one that is open not be run."""
        for process in ("front", "card"):
            said = self.attack(process, "dlopen")
            self.assertIn("self-attack dlopen starts", said)
            self.assertNotIn("self-attack dlopen: succeeded", said)

    def test_seccomp_ends_the_process(self):
        for process in ("front", "card"):
            for word in KILLED_FRONT if process == "front" else KILLED:
                with self.subTest(process=process, attack=word):
                    said = self.attack(process, word)
                    self.assertIn(f"self-attack {word} starts", said)
                    self.assertIn(SIGSYS, said)
                    self.assertNotIn(f"self-attack {word}: ", said)

    def test_landlock_alone(self):
        abi = landlock_abi()
        if abi < 1:
            self.skipTest("this kernel has no Landlock")
        for process in ("front", "card"):
            for word, (error, since) in LANDLOCK.items():
                if abi < since:
                    continue
                with self.subTest(process=process, attack=word):
                    self.assertIn(
                        f"self-attack landlock-{word}: {error}",
                        self.attack(process, f"landlock-{word}"))

    def test_negative_control(self):
        """Before seccomp what only seccomp forbids works."""
        for process in ("front", "card"):
            for word in FREE:
                with self.subTest(process=process, attack=word):
                    self.assertIn(
                        f"self-attack landlock-{word}: succeeded",
                        self.attack(process, f"landlock-{word}"))
        # Landlock's rule for connect may come to know it: EACCES.
        self.assertRegex(self.attack("front", "landlock-fastopen"),
                         "self-attack landlock-fastopen: (succeeded|EACCES)")

    def test_another_programs_socket(self):
        """By its path: pcscd's is the only one that the worker may reach."""
        walled = landlock_abi() >= SOCKETS
        with tempfile.TemporaryDirectory(prefix="b-") as directory:
            path = os.path.join(directory, "bus")
            with socket.socket(socket.AF_UNIX) as bus:
                bus.bind(path)
                bus.listen(8)
                for process, stage in (("front", "landlock-"),
                                       ("card", "landlock-"), ("card", "")):
                    word = f"{stage}unix={path}"
                    with self.subTest(process=process, attack=word):
                        self.assertIn(
                            f"self-attack {word}: "
                            + ("EACCES" if walled else "succeeded"),
                            self.attack(process, word))
                said = self.attack("front", f"unix={path}")
                self.assertIn(SIGSYS, said)
                self.assertNotIn(f"self-attack unix={path}: ", said)
        print(f"Landlock ABI {landlock_abi()}: sockets of other programs are "
              f"{'walled off' if walled else 'left to AppArmor'}")

    def test_a_layer_that_fails_stops_the_start(self):
        for layer, said in (("landlock", "Landlock is there and fails"),
                            ("seccomp", "seccomp is there and fails")):
            with self.subTest(layer=layer):
                agent = Agent(wrapper=without(f"{layer}-enter"))
                try:
                    agent.program.expect(said)
                    self.assertEqual(agent.program.process.wait(20), 1)
                finally:
                    agent.stop()
                self.assertNotIn("listening on",
                                 "\n".join(agent.program.lines))

    def test_a_layer_that_is_missing_is_said(self):
        """By both processes; the other layer is in force."""
        for layer, said in (("landlock", "offers no Landlock"),
                            ("seccomp", "offers no seccomp")):
            with self.subTest(layer=layer):
                agent = Agent(wrapper=without(layer))
                try:
                    agent.ready()
                    wait_until(lambda: sum(said in line for line
                                           in agent.program.lines) == 2, 20,
                               f"two warnings of {layer}")
                    self.assertEqual(agent.ask().status, 200)
                finally:
                    self.assertEqual(agent.stop(), 0)

    def test_filters_are_in_force(self):
        """As the kernel tells it, for every thread."""
        agent = Agent().ready()
        try:
            wait_until(lambda: len(agent.children()) == 2, 20, "children")
            agent.ask()
            for pid in agent.children().values():
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/status",
                              encoding="utf-8") as status:
                        self.assertIn("Seccomp:\t2", status.read())
        finally:
            self.assertEqual(agent.stop(), 0)

    def test_few_calls_are_left(self):
        """Threats section 6: at most 25 for front, which design.md gives about
        30; the card worker has libpcsclite and the journal besides."""
        agent = Agent(options=("--log-level", "debug"))
        try:
            agent.ready()
            wait_until(lambda: sum("system calls left" in line for line
                                   in agent.program.lines) == 2, 20,
                       "both filters")
        finally:
            agent.stop()
        said = "\n".join(agent.program.lines)
        front = int(re.search(r"front: (\d+) system calls left", said)[1])
        card = int(re.search(r"card worker: (\d+) system calls left", said)[1])
        print(f"system calls left: front {front}, card worker {card}")
        # A new one has to be argued for, here as well.
        self.assertEqual((front, card), (24, 52))


if __name__ == "__main__":
    main()
