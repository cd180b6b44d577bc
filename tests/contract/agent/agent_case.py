# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A test case with one whole stack for all tests of its class."""

import hashlib
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))

from process import children_of, run, wait_until  # noqa: E402
from run_tests import main  # noqa: E402, F401
from stack import ORIGIN, Stack, built, home_in  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
MAX_TRIES = 3


class AgentCase(unittest.TestCase):
    """Every test begins with a fresh card, inserted, with all its tries."""

    card_options = ("--readers", "1")
    portal = None  # what stands in the portal's file besides

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(APPLET, cls.card_options, portal=cls.portal)
        cls.card = cls.stack.card
        cls.agent = cls.stack.agent
        cls.screen = cls.stack.screen
        cls.prompt = cls.stack.prompt

    @classmethod
    def tearDownClass(cls):
        cls.stack.stop()

    def good_login(self, **members):
        """A login that must work: used to show that nothing was lost."""
        # The window goes before the agent has let go of the card.
        wait_until(lambda: not self.agent.status().json["busy"], 20,
                   "the end of what was before")
        answer = self.stack.login(**members)
        self.assertEqual(answer.status, 200, answer)
        return answer

    def wait_card(self, state, seconds=10):
        """Waits until the agent itself sees the reader in this state."""
        wait_until(lambda: [r["card"] for r in self.agent.status()
                            .json["readers"]] == [state],
                   seconds, f"a reader with card '{state}'", 0.1)

    def worker(self):
        """The process of the card worker, or None."""
        found = [p for p, line in children_of(
            self.agent.program.pid).items() if "beid-agent-card" in line]
        return found[0] if found else None

    def wait_worker(self, old):
        """Waits for one in the place of the old."""
        wait_until(lambda: self.worker() not in (None, old), 20,
                   "another worker")
        wait_until(lambda: not self.agent.status().json["busy"], 20,
                   "the worker to be free")

    def journalled(self, kind, resource, shown, left):
        """The last entry of the journal is this, for the citizen to see."""
        entry = json.loads(run(
            [built("agent", "beid-agent"), "journal", "--json", "show"],
            env={**os.environ, **home_in(self.stack.directory)}))["entries"][-1]
        self.assertEqual(
            (entry["origin"], entry["kind"], entry["resource"],
             entry["outcome"], entry["left"], entry["shownSha256"]),
            (ORIGIN, kind, resource, "done", left,
             hashlib.sha256(shown.encode()).hexdigest()))

    def tries(self):
        return self.card.count("tries_left")

    def restore_tries(self):
        """
        All tries again, as after a visit to the town hall with the card: in
        the reader the module believes the last number for a while.
        """
        if self.tries() != MAX_TRIES:
            self.card.do("remove")
            self.wait_card("none")
            self.card.do("tries", "--set", str(MAX_TRIES))
            self.card.do("insert")
            self.wait_card("supported")
