# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The prompt on a terminal: pinentry-curses inside tmux."""

import os
import shlex
import subprocess
import time

from worker_case import PIN, READ_PIN_S, WorkerCase, main, wait_until

COLUMNS, ROWS = 80, 30


class Terminal(WorkerCase):
    def setUp(self):
        super().setUp()
        self.fresh_card()
        # The last test's server may still be about to end.
        self.socket = os.path.join(self.directory, f"tmux{id(self)}")
        self.tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS),
                  "sleep 600")
        self.addCleanup(self.tmux, "kill-server")
        tty = self.tmux("display-message", "-p", "#{pane_tty}").strip()
        self.worker.end()
        self.worker = self.start_worker(env={"GPG_TTY": tty, "TERM": "screen",
                                             "LC_ALL": "C.UTF-8"})
        self.worker.env.pop("DISPLAY")
        self.worker.pinentry = ["pinentry-curses"]

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-S", self.socket, "-f", "/dev/null", *arguments],
            check=True, stdout=subprocess.PIPE, text=True).stdout

    def shown(self):
        return self.tmux("capture-pane", "-p")

    def wait_shown(self, text):
        wait_until(lambda: text in self.shown(), 15, shlex.quote(text))

    def test_login_on_a_terminal(self):
        operation = self.worker.authenticate(lang="fr", name="Citoyen é")
        self.wait_shown("Code PIN")
        screen = self.shown()
        self.assertIn("Site web", screen)
        self.assertIn("Citoyen é", screen)
        self.assertIn("https://localhost:18443", screen)
        self.assertIn("numéro de registre", screen)
        time.sleep(READ_PIN_S)
        self.tmux("send-keys", PIN, "Enter")
        self.assertEqual(self.worker.reply(operation)["err"], "ok")
        self.assertNotIn(PIN, self.shown())

    def test_cancel_on_a_terminal(self):
        operation = self.worker.authenticate(lang="nl")
        self.wait_shown("Pincode")
        self.tmux("send-keys", "Tab", "Tab", "Enter")
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
        self.tmux("send-keys", PIN, "Enter")
        self.assertEqual(self.worker.reply(operation)["err"], "ok")


if __name__ == "__main__":
    main()
