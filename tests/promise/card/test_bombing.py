# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat W-13: keys that were meant for another window when the prompt came
up sign nothing and agree to nothing."""

from card_case import PIN, CanaryCase, Later, main, wait_until
from request import Requests, wait_past_start

# "That came before you could read this window."
TOO_EARLY = "SETERROR Dat kwam voor u"


class Bombing(CanaryCase):
    @classmethod
    def portal(cls, directory):
        cls.requests = Requests(directory)
        return {"allow": "authenticate, step-up, signing-certificate",
                "portal": cls.requests.portal_lines()}

    def setUp(self):
        self.card.do("counters-reset")
        self.screen.wait_closed()

    def hail(self, later):
        """20 times Return and space, 20 ms apart, from the moment on which
        the window is there: it gets the keyboard at once."""
        wait_until(lambda: self.screen.windows() or later.done(), 20,
                   "the prompt's window")
        if later.done():
            self.fail(later.result())
        self.screen.strike(*["Return", "space"] * 10, delay_ms=20)

    def nothing_happened(self):
        count = self.card.counters()
        self.assertEqual((count["verify"], count["signatures"]), (0, 0))
        self.assertEqual(count["tries_left"], 3)

    def ended(self, later):
        """The answer; what still asks is cancelled."""
        def closed():
            if later.done():
                return True
            for window in self.screen.windows():
                self.screen.press(window, "Escape", settle=0.1)
            return later.done()
        wait_until(closed, 30, "the end of the operation", 0.1)
        return later.result()

    def test_w13_a_hail_of_keys_on_the_pin_prompt(self):
        later = Later(self.agent.authenticate)
        self.hail(later)
        self.nothing_happened()
        self.assertEqual(self.ended(later).code, "user_cancelled")
        self.nothing_happened()

    def test_w13_a_pin_that_nobody_can_have_meant(self):
        """Within a second and a half it does not count: no VERIFY, and the
        question again. How fast it gets there is up to the machine, so a few times."""
        for _ in range(10):
            self.screen.wait_closed()
            self.card.do("counters-reset")
            asked = self.prompt.count("GETPIN")
            told = self.prompt.count(TOO_EARLY)
            later = Later(self.agent.authenticate)
            self.screen.strike(*PIN, "Return")
            wait_until(lambda n=asked: later.done()
                       or self.prompt.count("GETPIN") > n + 1, 30,
                       "an answer, or the question again")
            if later.done():  # too slow, or the keys did not reach the window
                continue
            self.nothing_happened()
            self.assertEqual(self.prompt.count(TOO_EARLY), told + 1)
            answer = self.ended(later)
            self.assertEqual(answer.code, "user_cancelled", answer)
            self.nothing_happened()
            self.assertEqual(self.login().status, 200)
            self.assertEqual(self.card.counters()["verify"], 1)
            return
        self.fail("xdotool never was fast enough")

    def test_w13_a_hail_of_keys_on_a_question(self):
        """Neither the certificate nor the text is agreed to."""
        wait_past_start()
        for path, body in (("/v1/signing-certificate", {}),
                           ("/v1/step-up", {"request": self.requests.request(
                               kind="statement")})):
            self.screen.wait_closed()
            asked = self.prompt.count("GETPIN")
            later = Later(self.agent.request, "POST", path,
                          {"lang": "nl", **body})
            self.hail(later)
            answer = self.ended(later)
            self.assertEqual(answer.code, "user_cancelled", answer)
            self.assertEqual(self.prompt.count("GETPIN"), asked, path)
            self.nothing_happened()
        self.assertEqual(self.login().status, 200)


if __name__ == "__main__":
    main()
