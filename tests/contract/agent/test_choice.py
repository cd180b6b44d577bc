# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Several cards: the citizen chooses by name, for this request alone."""

import base64
import hashlib
import json
import os
import ssl
import time

from agent_case import APPLET, AgentCase, main
from process import wait_until
from stack import NONCE, ORIGIN, PIN, Later

# Cancel has the focus: the safe choice; behind it come the next card and this.
NEXT = ("Tab", "Return")
CHOOSE = ("Tab", "Tab", "Return")
SOON_S = 10  # of the 30 s that a card may take


class Choice(AgentCase):
    card_options = ("--readers", "2")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card.do("swap", "--reader", "1", "--person", "other")

    def setUp(self):
        for reader in "01":
            self.card.do("counters-reset", "--reader", reader)

    def holder(self):
        text = self.prompt.texts()[-1]
        return next(line for line in text.split("\n")
                    if line.startswith("Kaart van:"))

    def press_and_wait(self, window, *keys):
        """Presses, and waits for the next dialog."""
        shown = len(self.prompt.texts())
        for key in keys:
            self.screen.press(window, key)
        wait_until(lambda: len(self.prompt.texts()) > shown, 20,
                   "the next dialog", 0.05)
        return self.screen.wait_window()

    def verifies(self):
        return [self.card_count(reader) for reader in "01"]

    def card_count(self, reader):
        return json.loads(self.card.do("counters", "--json", "--reader",
                                       reader))["verify"]

    def certificate(self, answer):
        return base64.b64decode(answer.json["token"]["unverifiedCertificate"])

    def take(self, later, window):
        """Chooses what is shown and enters the PIN."""
        asked = self.prompt.count("GETPIN")
        window = self.press_and_wait(window, *CHOOSE)
        self.assertEqual(self.prompt.count("GETPIN"), asked + 1)
        self.screen.type_line(window, PIN)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)
        return self.certificate(answer)

    def test_the_citizen_chooses_by_name(self):
        later = Later(self.agent.authenticate)
        window = self.screen.wait_window()
        first = self.holder()
        first_certificate = self.take(later, window)
        self.assertEqual(self.verifies(), [1, 0])
        # Nothing is remembered: both are offered again, and the other taken.
        later = Later(self.agent.authenticate)
        window = self.screen.wait_window()
        self.assertEqual(self.holder(), first)
        window = self.press_and_wait(window, *NEXT)
        self.assertNotEqual(self.holder(), first)
        second_certificate = self.take(later, window)
        self.assertNotEqual(first_certificate, second_certificate)
        self.assertEqual(self.verifies(), [1, 1])
        # The login's card is asked for: no choice is left.
        wanted = hashlib.sha256(second_certificate).hexdigest()
        chosen = self.prompt.count("CONFIRM")
        answer = self.good_login(certificateSha256=wanted)
        self.assertEqual(self.certificate(answer), second_certificate)
        self.assertEqual(self.prompt.count("CONFIRM"), chosen)

    def test_no_choice_is_a_cancel(self):
        later = Later(self.agent.authenticate)
        self.screen.press(self.screen.wait_window(), "Escape")
        self.assertEqual(later.result().code, "user_cancelled")
        self.assertEqual(self.verifies(), [0, 0])

    def test_c03_the_card_beside_the_chosen_one_hangs(self):
        """While the PIN is asked for the worker looks for the key, and at all
        readers with that. What ends the prompt is heard all the same."""
        with open(os.path.join(self.card.directory, "pki", "auth.pem"),
                  encoding="ascii") as pem:
            wanted = hashlib.sha256(ssl.PEM_cert_to_DER_cert(
                pem.read())).hexdigest()
        for closes in (False, True):
            self.good_login(certificateSha256=wanted)  # both are known now
            self.screen.wait_closed()
            worker, connection = self.worker(), self.agent.connect()
            # Its serial number (and the tries) for whose it is, then again.
            self.card.do("fault", "--reader", "1", "--at",
                         "3" if APPLET == "1.7" else "2", "--do", "hold")
            connection.request("POST", "/v1/authenticate", json.dumps(
                {"challengeNonce": NONCE, "certificateSha256": wanted}),
                {"Origin": ORIGIN, "X-Beid-Agent": "1",
                 "Content-Type": "application/json"})
            self.card.do("fault", "--reader", "1", "--wait")
            window = self.screen.wait_window()
            started = time.monotonic()
            if closes:
                connection.close()
            else:
                self.screen.press(window, "Escape")
            self.screen.wait_closed(SOON_S)
            print(f"closed {time.monotonic() - started:.2f} s later")
            if not closes:
                answer = json.loads(connection.getresponse().read())
                self.assertEqual(answer["error"]["code"], "user_cancelled")
            self.assertLess(time.monotonic() - started, SOON_S)
            wait_until(lambda gone=worker: self.worker() != gone, 20,
                       "the end of the worker")
            self.card.do("release", "--reader", "1")
            self.wait_worker(worker)
        self.assertEqual(self.verifies(), [2, 0])  # of the good logins
        wait_until(lambda: [r["card"] for r in self.agent.status()
                            .json["readers"]] == ["supported"] * 2, 10,
                   "both cards")

    def test_card_swapped_before_the_signature(self):
        self.card.do("remove", "--reader", "1")
        wait_until(lambda: [r["card"] for r in self.agent.status()
                            .json["readers"]] == ["supported", "none"], 10,
                   "one card")
        login, window = self.stack.begin()
        self.card.do("swap", "--reader", "0", "--person", "other")
        if not login.done():
            self.screen.type_line(window, PIN)
        self.assertEqual(login.result().code, "card_removed")
        self.assertEqual(self.card_count("0"), 0)
        self.card.do("swap", "--reader", "0", "--person", "adult")
        self.card.do("insert", "--reader", "1")
        wait_until(lambda: [r["card"] for r in self.agent.status()
                            .json["readers"]] == ["supported"] * 2, 10,
                   "both cards")


if __name__ == "__main__":
    main()
