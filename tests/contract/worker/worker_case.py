# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A test case with a real pcscd, a virtual card and a person at a screen."""

import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "harness"))

from process import wait_until  # noqa: E402
from run_tests import main  # noqa: E402, F401
from screen import READ_PIN_S, Recorded, Screen  # noqa: E402, F401
from stack import VirtualCard, built  # noqa: E402

from bench import Worker  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
PIN = "739205"


class WorkerCase(unittest.TestCase):
    """Every test begins with a fresh card, inserted, and a fresh worker."""

    card_options = ()
    person = "adult"

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="beid")
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.screen = Screen(cls.directory)
        cls.addClassCleanup(cls.screen.stop)
        cls.card = VirtualCard(
            os.path.join(cls.directory, "v"), APPLET,
            ("--pin", PIN, "--person", cls.person, *cls.card_options))
        cls.addClassCleanup(cls.card.stop)

    def setUp(self):
        self.prompt = Recorded(self.directory)
        self.worker = self.start_worker()

    def start_worker(self, *arguments, pinentry=True, env=None, **options):
        """A worker that is ended with the test."""
        made = Worker(built("agent", "beid-agent-card"),
                      built("pkcs11", "beid-agent-pkcs11.so"), arguments,
                      env={**self.screen.env, **self.card.env, **(env or {})},
                      pinentry=[self.prompt.script] if pinentry else None,
                      **options)
        self.addCleanup(made.kill)
        return made

    def fresh_card(self):
        self.card.do("fault", "--off")
        if "none" in self.readers():
            self.card.do("insert")
            self.wait_card("supported")
        self.card.do("tries", "--set", "3")
        self.card.do("counters-reset")

    def readers(self):
        err, readers = self.worker.status()
        return [card for _, card in readers] if err == "ok" else [err]

    def wait_card(self, state, seconds=10):
        wait_until(lambda: self.readers() == [state], seconds,
                   f"a reader with card '{state}'", 0.1)

    def begin(self, **request):
        """Starts an operation and waits until its window is there."""
        operation = self.worker.authenticate(**request)
        self.worker.wait_event("window-opened")
        return operation, self.screen.wait_window()

    def type(self, text, window=None):
        self.screen.type_line(window or self.screen.wait_window(), text)

    def login(self, pin=PIN, **request):
        operation, window = self.begin(**request)
        self.type(pin, window)
        return self.worker.reply(operation)

    def good_login(self, **request):
        reply = self.login(**request)
        self.assertEqual(reply["err"], "ok")
        return reply

    def tries(self):
        return self.card.count("tries_left")
