# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threats W-11, C-06: what strangers and pages can tell apart. No timing is
tested: on a busy machine it would prove nothing."""

from card_case import PIN, CanaryCase, Later, main
from stack import NONCE

EVIL = "https://evil.example"
WRONG = "620518"


class Outside(CanaryCase):
    def setUp(self):
        self.card.do("counters-reset")

    def refusals(self):
        """All that a stranger gets, to the byte."""
        for origin in (EVIL, "null"):
            for method, path, body in (
                    ("GET", "/v1/status", None), ("GET", "/", None),
                    ("OPTIONS", "/v1/authenticate", None),
                    ("POST", "/v1/authenticate",
                     {"challengeNonce": NONCE, "waitForCard": False})):
                answer = self.agent.request(method, path, body, origin=origin)
                yield (answer.status, sorted(answer.headers.items()),
                       answer.body)

    def test_w11_the_same_403_whatever_the_reader_holds(self):
        with_card = list(self.refusals())
        self.assertEqual(with_card, [with_card[0]] * len(with_card))
        self.assertEqual(with_card[0][0], 403)
        self.assertEqual(with_card[0][2], b"")
        self.card.do("remove")
        self.wait_card("none")
        self.assertEqual(list(self.refusals()), with_card)
        self.card.do("insert")
        self.wait_card("supported")
        # While an operation runs ...
        self.screen.wait_closed()
        login, window = self.stack.begin()
        apdus = self.card.count("apdus")
        self.assertEqual(list(self.refusals()), with_card)
        self.assertEqual(self.card.count("apdus"), apdus)
        self.screen.type_line(window, PIN)
        self.assertEqual(login.result().status, 200)
        # ... and without pcscd.
        self.card.do("pcscd-kill")
        self.assertEqual(list(self.refusals()), with_card)
        self.card.do("pcscd-start")
        self.wait_card("supported")
        type(self).seen = with_card[0]

    def test_w11_without_any_reader(self):
        from stack import Stack
        with Stack(card=("--readers", "0")) as other:
            mine = list(self.refusals())
            agent, self.agent = self.agent, other.agent
            try:
                self.assertEqual(list(self.refusals()), mine)
            finally:
                self.agent = agent

    def ended(self, end):
        """The parts of an answer that a page sees, but for the words."""
        self.screen.wait_closed()
        login, window = self.stack.begin()
        end(window)
        error = login.result().json["error"]
        return error["code"], sorted(error)

    def again(self, window, pin):
        asked = self.prompt.count()
        self.screen.type_line(window, pin)
        from card_case import wait_until
        wait_until(lambda: self.prompt.count() > asked, 20, "another prompt")
        return self.screen.wait_window()

    def test_c06_a_page_learns_no_more_than_documented(self):
        cancelled = self.ended(lambda w: self.screen.press(w, "Escape"))
        after_one = self.ended(lambda w: self.screen.press(
            self.again(w, WRONG), "Escape"))
        # One wrong PIN stays between citizen and card.
        self.assertEqual(after_one, cancelled)
        self.assertEqual(cancelled[0], "user_cancelled")
        self.card.do("tries", "--set", "3")
        wrong = self.ended(lambda w: self.screen.type_line(
            self.again(w, WRONG), WRONG))
        self.assertEqual(wrong[0], "pin_incorrect")
        self.assertEqual(wrong[1], cancelled[1])
        self.card.do("tries", "--set", "0")
        blocked = self.agent.authenticate().json["error"]
        self.assertEqual((blocked["code"], sorted(blocked)),
                         ("pin_blocked", cancelled[1]))
        self.card.do("tries", "--set", "3")
        self.assertEqual(self.login().status, 200)


if __name__ == "__main__":
    main()
