# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The prompt on a terminal: pinentry-curses inside tmux."""

import shlex
import time

from worker_case import PIN, READ_PIN_S, WorkerCase, main, wait_until
from tmux import Tmux  # noqa: E402, I100

COLUMNS, ROWS = 80, 30


class Terminal(WorkerCase):
    def setUp(self):
        super().setUp()
        self.fresh_card()
        self.terminal = Tmux(self.directory, COLUMNS, ROWS)
        self.addCleanup(self.terminal.stop)
        self.worker.end()
        self.worker = self.start_worker(env={"GPG_TTY": self.terminal.tty, "TERM": "screen",
                                             "LC_ALL": "C.UTF-8"})
        self.worker.env.pop("DISPLAY")
        self.worker.pinentry = ["pinentry-curses"]

    def wait_shown(self, text):
        wait_until(lambda: text in self.terminal.shown(), 15, shlex.quote(text))

    def test_login_on_a_terminal(self):
        operation = self.worker.authenticate(lang="fr", name="Citoyen é")
        self.wait_shown("Code PIN")
        screen = self.terminal.shown()
        self.assertIn("Site web", screen)
        self.assertIn("Citoyen é", screen)
        self.assertIn("https://localhost:18443", screen)
        self.assertIn("numéro de registre", screen)
        time.sleep(READ_PIN_S)
        self.terminal.keys(PIN, "Enter")
        self.assertEqual(self.worker.reply(operation)["err"], "ok")
        self.assertNotIn(PIN, self.terminal.shown())

    def test_cancel_on_a_terminal(self):
        operation = self.worker.authenticate(lang="nl")
        self.wait_shown("Pincode")
        self.terminal.keys("Tab", "Tab", "Enter")
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.assertEqual(self.card.count("verify"), 0)

    def test_waiting_on_a_terminal(self):
        self.card.do("remove")
        self.wait_card("none")
        operation = self.worker.authenticate(lang="de", wait=True)
        self.wait_shown("Stecken Sie Ihre eID-Karte")
        self.card.do("insert")
        self.wait_shown("PIN:")
        time.sleep(READ_PIN_S)
        self.terminal.keys(PIN, "Enter")
        self.assertEqual(self.worker.reply(operation)["err"], "ok")


if __name__ == "__main__":
    main()
