# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What a person can answer, and what ends a prompt from elsewhere."""

import time

from worker_case import PIN, WorkerCase, main

WITHIN_S = 1.0


class Prompt(WorkerCase):
    def setUp(self):
        super().setUp()
        self.fresh_card()

    def test_what_is_not_a_pin_costs_no_try(self):
        operation, window = self.begin(lang="nl")
        for text in ("12", "1234567890123", "12a456"):
            asked = self.prompt.count()
            self.type(text, window)
            window = self.prompt.next_window(self.screen, asked)
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.tries(), 3)
        self.assertEqual(
            self.prompt.count("SETERROR Een pincode heeft 4 tot 12"), 3)
        self.type(PIN, window)
        self.assertEqual(self.worker.reply(operation)["err"], "ok")

    def test_one_more_try_after_a_wrong_pin(self):
        operation, window = self.begin()
        asked = self.prompt.count()
        self.type("111111", window)
        window = self.prompt.next_window(self.screen, asked)
        self.assertEqual(self.card.count("verify"), 1)
        self.assertIn("You have 2 tries left.", self.prompt.texts()[-1])
        self.assertEqual(self.prompt.count("SETERROR The PIN was wrong."), 1)
        self.type(PIN, window)
        self.assertEqual(self.worker.reply(operation)["err"], "ok")
        self.assertEqual(self.tries(), 3)

    def test_two_wrong_pins_end_it(self):
        operation, window = self.begin()
        asked = self.prompt.count()
        self.type("111111", window)
        self.type("222222", self.prompt.next_window(self.screen, asked))
        reply = self.worker.reply(operation)
        self.assertEqual((reply["err"], reply["tries"]), ("pin-wrong", 1))
        self.assertEqual(self.card.count("verify"), 2)
        self.assertEqual(self.tries(), 1)

    def test_last_try_is_confirmed_first(self):
        self.card.do("tries", "--set", "1")
        operation, window = self.begin()
        self.assertEqual(self.prompt.count("CONFIRM"), 1)
        self.assertEqual(self.prompt.count("GETPIN"), 0)
        # Return is the safe choice.
        self.screen.press(window, "Return")
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.assertEqual(self.card.count("verify"), 0)
        operation, window = self.begin()
        self.screen.press(window, "Tab")
        self.screen.press(window, "Return")
        self.worker.wait_event("pin-entry")
        self.assertIn("This is your last try.", self.prompt.texts()[-1])
        self.type("111111")
        reply = self.worker.reply(operation)
        self.assertEqual((reply["err"], reply["tries"]), ("pin-blocked", 0))
        self.assertEqual(self.tries(), 0)

    def test_blocked_card_gets_no_prompt(self):
        self.card.do("tries", "--set", "0")
        operation = self.worker.authenticate()
        self.assertEqual(self.worker.reply(operation)["err"], "pin-blocked")
        self.assertEqual(self.worker.prompts, 0)
        self.assertEqual(self.card.count("verify"), 0)

    def test_the_person_cancels(self):
        operation, window = self.begin()
        self.screen.press(window, "Escape")
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.assertEqual(self.card.count("verify"), 0)

    def test_the_page_goes_away(self):
        operation, _ = self.begin()
        started = time.monotonic()
        self.worker.cancel(operation)
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.screen.wait_closed(WITHIN_S)
        self.assertLess(time.monotonic() - started, WITHIN_S)
        self.good_login()

    def test_another_operations_cancel_does_nothing(self):
        operation, window = self.begin()
        self.worker.cancel(operation + 1)
        self.worker.cancel(operation - 1)
        self.type(PIN, window)
        self.assertEqual(self.worker.reply(operation)["err"], "ok")
        self.worker.cancel(operation)
        self.good_login()

    def test_nobody_answers(self):
        operation, _ = self.begin(timeout_ms=1500)
        started = time.monotonic()
        self.assertEqual(self.worker.reply(operation)["err"], "timeout")
        self.assertLess(time.monotonic() - started, 2.5)
        self.assertEqual(self.screen.windows(), [])

    def test_front_ends(self):
        self.begin()
        started = time.monotonic()
        self.assertEqual(self.worker.end(WITHIN_S), 0)
        self.assertLess(time.monotonic() - started, WITHIN_S)
        self.screen.wait_closed(WITHIN_S)

    def test_supervisor_ends(self):
        self.begin()
        self.worker.supervisor.shutdown(2)
        self.assertEqual(self.worker.wait(WITHIN_S), 0)

    def test_pinentry_ends_by_itself(self):
        self.prompt.script = "/bin/true"
        self.worker.pinentry = ["/bin/true"]
        operation = self.worker.authenticate()
        self.assertEqual(self.worker.reply(operation)["err"], "prompt")
        self.worker.pinentry = ["/bin/echo", "OK"]
        operation = self.worker.authenticate()
        self.assertEqual(self.worker.reply(operation)["err"], "prompt")

    def test_no_pinentry_at_all(self):
        self.worker.pinentry = None
        operation = self.worker.authenticate()
        self.assertEqual(self.worker.reply(operation)["err"], "prompt")
        self.assertEqual(self.card.count("verify"), 0)

    def test_pinentry_that_says_nothing(self):
        self.worker.pinentry = ["/bin/sleep", "60"]
        operation = self.worker.authenticate()
        time.sleep(0.5)
        started = time.monotonic()
        self.worker.cancel(operation)
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.assertLess(time.monotonic() - started, WITHIN_S)
        operation = self.worker.authenticate(timeout_ms=1500)
        self.assertEqual(self.worker.reply(operation)["err"], "timeout")

    def test_one_operation_at_a_time(self):
        operation, window = self.begin()
        for _ in range(5):
            other = self.worker.authenticate()
            self.assertEqual(self.worker.reply(other)["err"], "busy")
        self.assertEqual(self.worker.status(), ("ok", [(0, "supported")]))
        self.assertEqual(self.prompt.count("GETPIN"), 1)
        self.type(PIN, window)
        self.assertEqual(self.worker.reply(operation)["err"], "ok")


if __name__ == "__main__":
    main()
