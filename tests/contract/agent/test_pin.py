# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""PIN tries: never burnt without a person, never more than two at a time."""

from agent_case import APPLET, MAX_TRIES, main
from described import DescribedCase
from stack import PIN

WRONG = "9999"


class Pin(DescribedCase):
    def setUp(self):
        self.card.do("counters-reset")
        self.assertEqual(self.tries(), MAX_TRIES)

    def wrong(self, window, pin=WRONG):
        self.screen.type_line(window, pin)

    def next_prompt(self, asked):
        """The window of the next GETPIN after the first `asked` ones."""
        from process import wait_until
        wait_until(lambda: self.prompt.count() > asked, 20, "another prompt")
        return self.screen.wait_window()

    def test_wrong_once_then_right(self):
        login, window = self.stack.begin()
        asked = self.prompt.count()
        self.wrong(window)
        window = self.next_prompt(asked)
        self.assertIn("U kunt nog 2 keer proberen.", self.prompt.texts()[-1])
        self.screen.type_line(window, PIN)
        self.assertEqual(login.result().status, 200)
        self.assertEqual(self.card.count("verify"), 2)
        self.assertEqual(self.tries(), MAX_TRIES)

    def test_two_wrong_end_the_ceremony(self):
        login, window = self.stack.begin()
        asked = self.prompt.count()
        self.wrong(window)
        window = self.next_prompt(asked)
        self.wrong(window)
        answer = login.result()
        self.assertEqual(answer.code, "pin_incorrect", answer)
        self.assertEqual(self.card.count("verify"), 2)
        self.assertEqual(self.tries(), 1)
        self.last_try_asks_first()

    def last_try_asks_first(self):
        """At one try left a PIN is asked only after an extra yes."""
        asked, confirmed = self.prompt.count(), self.prompt.count("CONFIRM")
        login, window = self.stack.begin()
        self.assertEqual(self.prompt.count(), asked, "no PIN asked yet")
        self.assertEqual(self.prompt.count("CONFIRM"), confirmed + 1)
        self.screen.press(window, "Escape")
        self.assertEqual(login.result().code, "user_cancelled")
        self.assertEqual(self.tries(), 1)
        self.restore_tries()

    def test_letters_and_short_pins_burn_no_try(self):
        login, window = self.stack.begin()
        for bad in ("12", "1234567890123", "abcd"):
            asked = self.prompt.count()
            self.screen.type_line(window, bad)
            window = self.next_prompt(asked)
        self.screen.type_line(window, PIN)
        self.assertEqual(login.result().status, 200)
        self.assertEqual(self.card.count("verify"), 1)

    def test_blocked_is_said_without_a_prompt(self):
        self.card.do("tries", "--set", "0")
        try:
            asked = self.prompt.count()
            answer = self.agent.authenticate()
            self.assertEqual(answer.code, "pin_blocked", answer)
            self.assertEqual(self.prompt.count(), asked)
            self.assertEqual(self.card.count("verify"), 0)
        finally:
            self.card.do("tries", "--set", str(MAX_TRIES))
        self.good_login()

    def test_cancel(self):
        login, window = self.stack.begin()
        self.screen.press(window, "Escape")
        self.assertEqual(login.result().code, "user_cancelled")
        self.assertEqual(self.card.count("signatures"), 0)
        self.good_login()

    def test_time_runs_out(self):
        login, _ = self.stack.begin(timeoutMs=30000)
        self.bad(login.result(seconds=45), "user_timeout")
        self.screen.wait_closed(3)
        self.good_login()


if __name__ == "__main__":
    print(f"applet {APPLET}")
    main()
