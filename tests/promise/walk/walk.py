# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat L-08, what walks have in common: the states that the code has, the
messages that a process can get, and the state that a process says it is in."""

import os
import re
import sys
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "..", "..")
for place in (("..", "faults"), ("..", "..", "harness"),
              ("..", "..", "contract", "worker")):
    sys.path.insert(0, os.path.join(HERE, *place))

from process import wait_until  # noqa: E402

STEP = re.compile(r"\w+: from (\S+) to (\S+)$")
ELSE = "in all other states"


def source(*parts):
    with open(os.path.join(SOURCE, *parts), encoding="utf-8") as file:
        return file.read()


def states_of(*parts):
    """The words for the states in the code's own table, in its order."""
    text = source(*parts)
    enum = re.search(r"enum \w+_state \{(.*?)\w+_STATES\s*\}", text, re.S)
    if enum is None:  # the enum has a header of its own
        enum = re.search(r"enum \w+_state \{(.*?)\w+_STATES\s*\}", source(
            *parts[:-1], parts[-1].replace(".c", ".h")), re.S)
    names = re.findall(r"^\s*([A-Z_]+),", enum[1], re.M)
    words = dict(re.findall(r"\[([A-Z_]+)\]\s*=\s*\{?\s*\"([a-z-]+)\"", text))
    return [words[name] for name in names]


def messages_to(process):
    """Names of the messages that PROTOCOL.md lets a process get."""
    rows = re.findall(r"^\| 0x[0-9a-f]{2} \| (\w+) \| (\w+) → (\w+) \|",
                      source("agent", "wire", "PROTOCOL.md"), re.M)
    return {name for name, _, to in rows if to == process}


def routes():
    """The words for what can be asked over HTTP."""
    return set(re.findall(r"\[API_[A-Z_]+\] = \"([a-z-]+)\"",
                          source("agent", "api", "api.c")))


class Saying:
    """The lines of a process, and the state that it has told last."""

    def __init__(self, stream, state):
        self.lines = []
        self.steps = []
        self.state = state
        self.thread = threading.Thread(target=self._read, args=(stream,),
                                       daemon=True)
        self.thread.start()

    def _read(self, stream):
        for line in stream:
            line = line.decode(errors="replace").rstrip("\n")
            self.lines.append(line)
            step = STEP.search(line)
            if step and self.takes(step.groups()):
                self.steps.append(step.groups())
                self.state = step[2]
        stream.close()

    def takes(self, step):
        return True

    def wait(self, state, seconds=20):
        wait_until(lambda: self.state == state, seconds,
                   f"the state {state}, it is {self.state}: "
                   f"{self.lines[-8:]}", 0.002)

    def has(self, words):
        return any(words in line for line in self.lines)


class Walk(unittest.TestCase):
    """STATES are the code's, TABLE has for each event what it leads to: one
    outcome, or one for each of some states and one for all others."""

    STATES = ()
    TABLE = {}
    HEARD = set()  # messages and routes that are not events of their own name

    def outcome(self, event, state):
        row = self.TABLE[event]
        if not isinstance(row, dict):
            return row
        return row[state] if state in row else row[ELSE]

    def check_table(self, must_hear):
        """No state and no event is missing, none is made up."""
        self.assertGreater(len(self.STATES), 5)
        for event, row in self.TABLE.items():
            if isinstance(row, dict):
                unknown = set(row) - set(self.STATES) - {ELSE}
                self.assertFalse(unknown, event)
                if ELSE not in row:
                    self.assertEqual(set(row), set(self.STATES), event)
        heard = {word for event in self.TABLE for word in event.split(", ")}
        self.assertFalse(must_hear - heard - self.HEARD)

    def walk(self, only=lambda state: True, events=None):
        walked = 0
        for state in filter(only, self.STATES):
            for event in events or self.TABLE:
                with self.subTest(state=state, event=event):
                    self.pair(state, event, self.outcome(event, state))
                walked += 1
        print(f"{walked} pairs of state and event", flush=True)
        self.assertGreater(walked, 0)
