# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat C-03: the card does not answer while the PIN is asked for, because the
worker looks for the key beside the dialog. Whatever ends the ceremony ends it
at once all the same, and no PIN goes to the card afterwards."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from walk import SOURCE  # noqa: F401 - finds the others
from faults import Plan, main
from played import CANCELLED, Played, pin

from process import Failure, wait_until  # noqa: E402, I100
from stack import VirtualCard, built  # noqa: E402

PIN = "739205"
TIME_MS = 120000
# Twice this the module has believed the tries for too long; once it is less
# than a look at the readers may take.
HALF_MS = 4900
CARD_MS = 31000  # a command that takes longer comes from a card that is stuck
# Of the 30 s that a card may take; the worker itself waits 0.7 s for it.
SOON_S = 10


class Mute(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="beid")
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.card = VirtualCard(os.path.join(cls.directory, "v"), "1.8",
                               ("--readers", "1", "--pin", PIN))
        cls.addClassCleanup(cls.card.stop)
        cls.plan = Plan(cls.directory)

    def setUp(self):
        self.plan.disarm()
        self.worker = Played(
            built("agent", "beid-agent-card"),
            built("pkcs11", "beid-agent-pkcs11.so"), 
            errors=subprocess.DEVNULL,
            env={**os.environ, **self.card.env, **self.plan.env})
        self.addCleanup(self.wake)
        self.addCleanup(self.worker.kill)
        wait_until(lambda: self.worker.status() == ("ok", [(0, "supported")]),
                   20, "the card", 0.01)
        self.card.do("counters-reset")

    def wake(self):
        """Nothing is held any more, whatever the test came to."""
        self.card.do("fault", "--off")
        with contextlib.suppress(Failure):
            self.card.do("release")

    def shown(self, count):
        self.worker.until(lambda: len(self.worker.dialogs) >= count, 20,
                          f"dialog {count}")

    def pass_by(self, milliseconds, times=1):
        """The worker's clock goes forward, and it has looked at the dialog so
        often since."""
        looks = self.plan.get("idle") + times
        self.plan.ahead(milliseconds)
        wait_until(lambda: self.plan.get("idle") >= looks, 20,
                   "looks at the dialog", 0.001)

    def read(self, event):
        """The person has read the dialog."""
        self.worker.wait_event(event)
        self.pass_by(1600, 2)

    def ask_with_mute_card(self):
        """One try is left, which is confirmed so late that the tries are asked
        for again: there the card hangs, and the PIN is asked for."""
        self.card.do("tries", "--set", "1")
        operation = self.worker.authenticate(timeout_ms=TIME_MS)
        self.shown(1)
        self.read("window-opened")
        for _ in range(2):
            self.pass_by(HALF_MS)
        self.card.do("fault", "--at", "1", "--do", "hold")
        self.worker.answer(b"OK\n")
        self.shown(2)
        self.assertEqual(self.worker.dialogs, ["CONFIRM", "GETPIN"])
        self.card.do("fault", "--wait")
        self.read("pin-entry")
        return operation

    def ends(self, operation, act, err):
        """Soon, with the process; the card wakes up in vain."""
        started = time.monotonic()
        act()
        self.assertEqual(self.worker.reply(operation)["err"], err)
        took = time.monotonic() - started
        print(f"{err} after {took:.2f} s", flush=True)
        self.assertLess(took, SOON_S)
        self.assertIsNone(self.worker.screen)
        self.gone()

    def gone(self):
        self.assertEqual(self.worker.process.wait(20), 1)
        self.card.do("release")
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.card.count("tries_left"), 1)

    def test_c03_cancelled_in_the_dialog(self):
        operation = self.ask_with_mute_card()
        self.ends(operation, lambda: self.worker.answer(CANCELLED),
                  "cancelled")

    def test_c03_the_dialog_closes(self):
        operation = self.ask_with_mute_card()
        self.ends(operation, self.worker.stop_prompt, "prompt")

    def test_c03_the_page_goes_away(self):
        operation = self.ask_with_mute_card()
        self.ends(operation, lambda: self.worker.cancel(operation),
                  "cancelled")

    def test_c03_front_ends(self):
        self.ask_with_mute_card()
        self.worker.front.shutdown(2)
        self.gone()

    def after(self, milliseconds):
        self.plan.ahead(milliseconds)
        self.worker.cancel(self.worker.last + 77)  # wakes it

    def test_c03_the_time_is_over(self):
        operation = self.ask_with_mute_card()
        self.ends(operation, lambda: self.after(TIME_MS), "card-mute")

    def test_c03_a_card_that_hangs_for_too_long(self):
        operation = self.ask_with_mute_card()
        self.ends(operation, lambda: self.after(CARD_MS), "card-mute")

    def test_c03_withdrawn_after_the_pin(self):
        """The PIN is in and has not gone to the card, and does not any more."""
        operation = self.ask_with_mute_card()
        self.worker.answer(pin(PIN))
        wait_until(lambda: self.worker.screen.fileno() < 0, 20,
                   "the worker to have the PIN", 0.001)
        self.ends(operation, lambda: self.worker.cancel(operation),
                  "cancelled")

    def test_a_card_that_is_only_slow(self):
        """The dialog stays, and what was typed meanwhile counts."""
        operation = self.ask_with_mute_card()
        self.assertEqual(len(self.worker.dialogs), 2)
        self.worker.answer(pin(PIN))
        self.card.do("release")
        self.assertEqual(self.worker.reply(operation)["err"], "ok")
        self.assertEqual(self.card.count("verify"), 1)


if __name__ == "__main__":
    main()
