# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A login with the PIN typed on the reader, in the form BEID_FORM."""

import json
import os
import re
import time
import urllib.parse

from agent_case import APPLET, MAX_TRIES, AgentCase, main
from process import wait_until
from stack import NONCE, ORIGIN, PIN

FORM = os.environ.get("BEID_FORM", "direct")
NAME = "VASCO DIGIPASS 870" if FORM == "ppdu" else "beid virtual reader"


class Pinpad(AgentCase):
    card_options = ("--pinpad", FORM, "--name", NAME)

    def setUp(self):
        self.card.do("tries", "--set", str(MAX_TRIES))
        self.card.do("counters-reset")
        # A fresh one: many cancels in a short time make the agent refuse.
        type(self).agent = self.stack.restart_agent()

    def type(self, *keys):
        """A person who types once the reader asks."""
        self.card.do("keys", "--wait", *keys)

    def begin(self, **members):
        """Starts a login; its window is up and the reader asks."""
        login, window = self.stack.begin(**members)
        self.type()
        return login, window

    def good_login(self, **members):
        login, _ = self.begin(**members)
        self.type(PIN, "ok")
        answer = login.result()
        self.assertEqual(answer.status, 200, answer)
        self.screen.wait_closed(10)
        return answer

    def errors(self):
        """What the windows so far complained about, in red."""
        return [urllib.parse.unquote(line.split(" ", 1)[1])
                for line in self.prompt.commands()
                if re.match(r"SETERROR ", line)]

    def test_login(self):
        pins = self.prompt.count()
        self.assertEqual(self.agent.status().json["readers"],
                         [{"pinpad": True, "card": "supported"}])
        login, _ = self.begin()
        text = self.prompt.texts()[-1]
        for part in ("Burgerprofiel (proef)", ORIGIN, "Kaart van: ",
                     "toetsen van de kaartlezer", "annuleertoets",
                     "U kunt nog 3 keer proberen."):
            self.assertIn(part, " ".join(text.split()))
        self.type(PIN, "ok")
        answer = login.result()
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["unverifiedEvidence"]["pinEntry"],
                         "pinpad")
        self.screen.wait_closed(10)
        self.assertEqual(self.prompt.count(), pins, "no PIN is asked here")
        self.assertEqual(self.card.count("verify"), 1)
        self.assertEqual(self.card.count("logoffs"), 1)

    def test_the_window_speaks_four_languages(self):
        for lang, part in (("fr", "touches du lecteur"),
                           ("de", "Tasten des Kartenlesers"),
                           ("en", "keys of the card reader")):
            login, _ = self.begin(lang=lang)
            text = " ".join(self.prompt.texts()[-1].split())
            self.assertIn(part, text)
            self.type("cancel")
            self.assertEqual(login.result().code, "user_cancelled")

    def test_wrong_once_then_right(self):
        login, _ = self.begin()
        self.type("9999", "ok")
        self.type()
        self.assertEqual(self.errors()[-1], "De pincode was verkeerd.")
        self.assertIn("U kunt nog 2 keer proberen.", self.prompt.texts()[-1])
        self.type(PIN, "ok")
        self.assertEqual(login.result().status, 200)
        self.assertEqual(self.card.count("verify"), 2)

    def test_two_wrong_end_the_ceremony(self):
        login, _ = self.begin()
        self.type("9999", "ok")
        self.type("9999", "ok")
        self.assertEqual(login.result().code, "pin_incorrect")
        self.assertEqual(self.tries(), 1)

    def test_wrong_length_is_asked_again(self):
        login, _ = self.begin()
        self.type("123", "ok")
        self.type()
        self.assertEqual(self.errors()[-1],
                         "Een pincode heeft 4 tot 12 cijfers.")
        self.type(PIN, "ok")
        self.assertEqual(login.result().status, 200)
        self.assertEqual(self.card.count("verify"), 1)

    def test_cancel_on_the_reader(self):
        login, _ = self.begin()
        self.type("12", "cancel")
        self.assertEqual(login.result().code, "user_cancelled")
        self.screen.wait_closed(10)
        self.assertEqual(self.card.count("verify"), 0)
        self.good_login()

    def test_nobody_types(self):
        login, _ = self.begin()
        self.type("12", "timeout")
        self.assertEqual(login.result().code, "user_timeout")
        self.screen.wait_closed(10)
        self.assertEqual(self.card.count("verify"), 0)

    def after_withdrawal(self):
        """The entry is over, or what is still typed opens nothing."""
        if FORM == "start":
            wait_until(lambda: self.card.count("pin_cancelled") == 1, 10,
                       "the end of the entry")
        else:
            self.type("34", "ok")
            wait_until(lambda: self.card.count("resets")
                       or self.card.count("logoffs"), 20, "a lost right")
        self.assertEqual(self.card.count("signatures"), 0)
        self.restore_tries()
        self.good_login()

    def test_cancel_on_the_screen(self):
        login, window = self.begin()
        self.type("12")
        self.screen.press(window, "Return")
        self.assertEqual(login.result().code, "user_cancelled")
        self.screen.wait_closed(10)
        self.after_withdrawal()

    def test_page_gone(self):
        connection = self.agent.connect()
        connection.request("POST", "/v1/authenticate",
                           json.dumps({"challengeNonce": NONCE}),
                           {"Origin": ORIGIN, "X-Beid-Agent": "1",
                            "Content-Type": "application/json"})
        self.screen.wait_window()
        self.type("12")
        start = time.monotonic()
        connection.close()
        self.screen.wait_closed(10)
        print(f"closed {time.monotonic() - start:.2f} s after the page went")
        self.after_withdrawal()

    def test_card_pulled(self):
        login, _ = self.begin()
        self.type("12")
        self.card.do("remove")
        self.assertEqual(login.result().code, "card_removed")
        self.screen.wait_closed(10)
        self.card.do("insert")
        self.assertEqual(self.card.count("verify"), 0)
        self.good_login()


if __name__ == "__main__":
    print(f"applet {APPLET}, form {FORM}")
    main()
