# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The case of tests/contract/agent with a PIN that can be looked for, and the
search itself: raw, base64, hexadecimal and UTF-16."""

import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "contract", "agent"))

from agent_case import APPLET, AgentCase, main  # noqa: E402, F401
from process import children_of, wait_until  # noqa: E402, F401
from stack import Later  # noqa: E402, F401

PIN = "739205"


def forms(text):
    """The ways in which text may be written, in lower case where case says
    nothing; base64 at each of the three offsets, edges left out."""
    raw = text.encode()
    yield "raw", raw
    yield "utf-16", text.encode("utf-16-le")
    yield "utf-16be", text.encode("utf-16-be")
    for case in (raw.hex(), raw.hex().upper()):
        yield "hex", case.encode()
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        begin, end = (0, 2, 3)[offset], len(whole) - whole.count(b"=")
        tail = (len(raw) + offset) % 3
        part = whole[begin:end - (1 if tail else 0)]
        yield "base64", part
        yield "base64url", part.replace(b"+", b"-").replace(b"/", b"_")


def found(texts, data):
    """(what, form) for each canary in data."""
    return [(what, form) for what, text in texts.items()
            for form, needle in forms(text) if needle in data]


class CanaryCase(AgentCase):
    card_options = ("--readers", "1", "--pin", PIN)

    def processes(self):
        """The ids of supervisor, front, card worker and prompt."""
        return [self.agent.program.pid,
                *children_of(self.agent.program.pid)]

    def worker(self):
        return next((p for p, line in children_of(
            self.agent.program.pid).items() if "beid-agent-card" in line),
            None)

    def login(self, pin=PIN, **members):
        self.screen.wait_closed()
        return self.stack.login(pin, **members)
