# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The prompt in other pinentries than the usual one: BEID_PINENTRY."""

import os
import re
import shutil
import urllib.parse

from agent_case import AgentCase, main
from process import NotAllowed, wait_until
from screen import Recorded
from stack import ORIGIN, PIN, Later

PROGRAM = os.environ.get("BEID_PINENTRY", "pinentry-qt")


class Prompts(AgentCase):
    @classmethod
    def portal(cls, _):
        return {"allow": "authenticate, signing-certificate"}

    @classmethod
    def setUpClass(cls):
        if not shutil.which(PROGRAM):
            raise NotAllowed(f"{PROGRAM} is not installed")
        super().setUpClass()
        cls.prompt = cls.stack.prompt = Recorded(cls.stack.directory, PROGRAM)
        cls.agent = cls.stack.restart_agent()

    def setUp(self):
        self.card.do("tries", "--set", "3")
        self.card.do("counters-reset")
        self.screen.wait_closed()

    def test_login(self):
        login, window = self.stack.begin()
        text = " ".join(self.prompt.texts()[-1].split())
        for part in ("Burgerprofiel (proef)", ORIGIN, "Kaart van: "):
            self.assertIn(part, text)
        self.screen.type_line(window, PIN)
        self.assertEqual(login.result().status, 200)
        self.screen.wait_closed()
        self.assertEqual(self.card.count("verify"), 1)

    def test_wrong_once_then_right(self):
        login, window = self.stack.begin()
        asked = self.prompt.count()
        self.screen.type_line(window, "9999")
        wait_until(lambda: self.prompt.count() > asked, 20, "another question")
        errors = [urllib.parse.unquote(line.split(" ", 1)[1])
                  for line in self.prompt.commands()
                  if re.match(r"SETERROR ", line)]
        self.assertEqual(errors[-1], "De pincode was verkeerd.")
        self.screen.type_line(self.screen.wait_window(), PIN)
        self.assertEqual(login.result().status, 200)

    def test_cancel(self):
        login, window = self.stack.begin()
        self.screen.press(window, "Escape")
        self.assertEqual(login.result().code, "user_cancelled")
        self.screen.wait_closed()
        self.assertEqual(self.card.count("verify"), 0)

    def test_page_gone(self):
        later = Later(self.agent.request, "POST", "/v1/authenticate",
                      {"challengeNonce": "x" * 44}, seconds=3)
        self.screen.wait_window()
        self.assertRaises(OSError, later.result)
        self.screen.wait_closed(10)
        self.assertEqual(self.card.count("verify"), 0)

    def ask(self):
        return Later(self.agent.request, "POST", "/v1/signing-certificate",
                     {"lang": "nl"})

    def test_return_alone_agrees_to_nothing(self):
        later = self.ask()
        self.screen.press(self.screen.wait_window(), "Return")
        self.assertEqual(later.result().code, "user_cancelled")

    def test_a_yes(self):
        later = self.ask()
        window = self.screen.wait_window()
        self.screen.press(window, "Tab")
        self.screen.press(window, "Return")
        self.assertEqual(later.result().status, 200)

    def test_waiting_for_a_card(self):
        self.card.do("remove")
        self.wait_card("none")
        login, _ = self.stack.begin()
        asked = self.prompt.count()
        self.card.do("insert")
        wait_until(lambda: self.prompt.count() > asked, 20, "the PIN prompt")
        self.screen.type_line(self.screen.wait_window(), PIN)
        self.assertEqual(login.result().status, 200)


if __name__ == "__main__":
    print(PROGRAM)
    main()
