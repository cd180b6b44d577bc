# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Every way a login can fail has its own code, and the next login works."""

import json
import os
import re
import sys
import time

from agent_case import APPLET, AgentCase, main
from process import Program, wait_until
from stack import NONCE, ORIGIN, PIN, SOURCE, Later

CLIENT = os.path.join(SOURCE, "tests", "harness", "pcsc_client.py")


class Failures(AgentCase):
    def setUp(self):
        self.card.do("counters-reset")

    def refused(self, code, status=None, **members):
        answer = self.agent.authenticate(**members)
        self.assertEqual(answer.code, code, answer)
        if status:
            self.assertEqual(answer.status, status)
        error = answer.json["error"]
        self.assertTrue(error["message"])
        self.assertTrue(error["reference"])
        self.assertIsInstance(error["retryable"], bool)
        return answer

    def test_no_card(self):
        self.card.do("remove")
        try:
            self.wait_card("none")
            self.refused("no_card", waitForCard=False)
        finally:
            self.card.do("insert")
        self.wait_card("supported")
        self.good_login()

    def test_waiting_for_a_card_goes_on_when_it_comes(self):
        self.card.do("remove")
        self.wait_card("none")
        login = Later(self.agent.authenticate)
        self.screen.wait_window()
        asked = self.prompt.count()
        self.card.do("insert")
        wait_until(lambda: self.prompt.count() > asked, 15, "the PIN prompt")
        self.screen.type_line(self.screen.wait_window(), PIN)
        self.assertEqual(login.result().status, 200)

    def told(self, text):
        """Waits until the prompt says so."""
        wait_until(lambda: text in " ".join(
            " ".join(self.prompt.texts()[-1:]).split()), 20,
                   f"'{text}' in the prompt")

    def test_the_prompt_says_what_it_waits_for(self):
        """One obstacle after the other, until a login comes of it."""
        other = Program([sys.executable, CLIENT, "--exclusive", "--wait"],
                        env={**os.environ, **self.card.env})
        try:
            self.wait_card("busy")
            login = Later(self.agent.authenticate, lang="en")
            self.told("Another program is using the card reader.")
            self.card.do("remove")
            other.stop()
            self.told("Insert your eID card in the card reader.")
            self.card.do("unplug")
            self.told("Connect your card reader and insert your eID card.")
            self.card.do("plug")
            self.told("Insert your eID card in the card reader.")
            self.card.do("swap", "--applet", "foreign")
            self.card.do("insert")
            self.told("The card in the reader is not a Belgian eID card.")
            self.card.do("remove")
            self.card.do("swap", "--applet", APPLET)
            self.told("Insert your eID card in the card reader.")
            asked = self.prompt.count()
            self.card.do("insert")
            wait_until(lambda: self.prompt.count() > asked, 20, "the PIN")
            self.screen.type_line(self.screen.wait_window(), PIN)
            self.assertEqual(login.result().status, 200)
        finally:
            other.stop()
        self.assertEqual(self.card.count("verify_ok"), 1)

    def test_reader_unplugged_while_the_pin_is_asked(self):
        self.wait_card("supported")
        login, window = self.stack.begin()
        self.card.do("unplug")
        try:
            if not login.done():
                self.screen.type_line(window, PIN)
            self.assertIn(login.result().code, ("card_removed", "no_reader"))
            self.assertEqual(self.card.count("verify"), 0)
        finally:
            self.card.do("plug")
        self.wait_card("supported")
        self.good_login()

    def test_card_removed_while_the_prompt_is_open(self):
        login, window = self.stack.begin()
        self.card.do("remove")
        try:
            if not login.done():
                self.screen.type_line(window, PIN)
            self.assertEqual(login.result().code, "card_removed")
            self.assertEqual(self.card.count("signatures"), 0)
        finally:
            self.card.do("insert")
        self.wait_card("supported")
        self.good_login()

    def test_bad_json(self):
        for body in ("", "{", "[]", "null", '{"challengeNonce":}',
                     '{"challengeNonce":"' + NONCE + '"} x'):
            answer = self.agent.request("POST", "/v1/authenticate", body)
            self.assertEqual((answer.status, answer.code),
                             (400, "bad_request"), body)

    def test_unknown_member_is_named(self):
        for member in ("pin", "password", "hash", "Origin"):
            answer = self.refused("bad_request", 400, **{member: "x"})
            self.assertIn(member, answer.json["error"]["message"])

    def test_nonce_length(self):
        for length in (0, 1, 43, 129, 4000):
            self.refused("bad_request", 400, challengeNonce="n" * length)
        self.assertEqual(self.card.count("apdus"), 0)
        self.good_login(challengeNonce="n" * 44)
        self.good_login(challengeNonce="n" * 128)

    def test_too_large(self):
        body = json.dumps({"challengeNonce": NONCE}).ljust(16 * 1024 + 1)
        answer = self.agent.request("POST", "/v1/authenticate", body)
        self.assertEqual((answer.status, answer.code),
                         (413, "payload_too_large"))

    def test_fifty_at_once_show_one_prompt(self):
        asked = self.prompt.count()
        calls = [Later(self.agent.authenticate) for _ in range(50)]
        window = self.screen.wait_window()
        wait_until(lambda: sum(c.done() for c in calls) == 49, 20,
                   "49 answers")
        codes = [c.result().code for c in calls if c.done()]
        self.assertEqual(codes, ["busy"] * 49)
        self.screen.type_line(window, PIN)
        left = [c for c in calls if c.result().status == 200]
        self.assertEqual(len(left), 1)
        self.assertEqual(self.prompt.count(), asked + 1)
        self.assertEqual(self.card.count("signatures"), 1)

    def test_page_gone_closes_the_prompt_within_a_second(self):
        connection = self.agent.connect()
        connection.request("POST", "/v1/authenticate",
                           json.dumps({"challengeNonce": NONCE}),
                           {"Origin": ORIGIN, "X-Beid-Agent": "1",
                            "Content-Type": "application/json"})
        self.screen.wait_window()
        before = self.card.count("apdus")
        connection.close()
        start = time.monotonic()
        self.screen.wait_closed(3)
        took = time.monotonic() - start
        print(f"the prompt closed {took:.2f} s after the page went away")
        self.assertLess(took, 1.0)
        self.assertEqual(self.card.count("apdus"), before)
        self.good_login()


class Empty(AgentCase):
    """A pcscd without any reader."""

    card_options = ("--readers", "0")

    def test_no_reader(self):
        self.assertEqual(self.agent.status().json["readers"], [])
        answer = self.agent.authenticate(waitForCard=False)
        self.assertEqual(answer.code, "no_reader", answer)


class Foreign(AgentCase):
    """A card that is not a Belgian eID card."""

    card_options = ("--readers", "1", "--applet", "foreign")

    def test_unsupported_card(self):
        self.wait_card("unsupported")
        answer = self.agent.authenticate(waitForCard=False)
        self.assertEqual(answer.code, "unsupported_card", answer)
        self.assertEqual(self.card.count("apdus"), 0)


class NotYet(AgentCase):
    """A certificate from the future: the computer's clock is behind."""

    card_options = ("--readers", "1", "--person", "not-yet")

    def test_clock_skew_with_the_difference(self):
        for lang, said in (("nl", "klok"), ("fr", "horloge"), ("de", "Uhr"),
                           ("en", "clock")):
            answer = self.agent.authenticate(lang=lang)
            self.assertEqual((answer.status, answer.code),
                             (422, "clock_skew"), answer)
            self.assertIn(said, answer.json["error"]["message"])
            behind = int(re.search(r"at least (\d+) s behind",
                                   answer.json["error"]["message"])[1])
            self.assertTrue(0 <= 172800 - behind < 86400, behind)
        self.assertEqual(self.prompt.count("SETDESC"), 0)
        self.assertEqual(self.card.count("verify"), 0)


if __name__ == "__main__":
    main()
