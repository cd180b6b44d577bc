# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Cards that come, go, hang or are not what they should be."""

import hashlib
import time

from worker_case import PIN, WorkerCase, main, wait_until

WITHIN_S = 1.0


class Card(WorkerCase):
    def setUp(self):
        super().setUp()
        self.fresh_card()

    def remove(self):
        self.card.do("remove")
        self.wait_card("none")

    def test_waits_for_a_card(self):
        self.remove()
        operation, _ = self.begin(wait=True, lang="nl")
        self.assertEqual(self.worker.events,
                         ["waiting-for-card", "window-opened"])
        self.assertIn("Steek uw eID-kaart in de kaartlezer.",
                      self.prompt.texts()[-1])
        self.card.do("insert")
        self.worker.wait_event("pin-entry")
        self.type(PIN)
        self.assertEqual(self.worker.reply(operation)["err"], "ok")

    def test_waiting_can_be_cancelled(self):
        self.remove()
        operation, window = self.begin(wait=True)
        self.screen.press(window, "Return")
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        operation, _ = self.begin(wait=True)
        started = time.monotonic()
        self.worker.cancel(operation)
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.screen.wait_closed(WITHIN_S)
        self.assertLess(time.monotonic() - started, WITHIN_S)

    def test_waiting_ends_with_its_reason(self):
        self.remove()
        operation = self.worker.authenticate(wait=True, timeout_ms=1500)
        self.assertEqual(self.worker.reply(operation)["err"], "no-card")
        self.assertEqual(self.screen.windows(), [])
        self.card.do("unplug")
        wait_until(lambda: self.readers() == [], 10, "no reader")
        operation = self.worker.authenticate(wait=True, timeout_ms=1500)
        self.assertEqual(self.worker.reply(operation)["err"], "no-reader")
        self.assertIn("Connect your card reader", self.prompt.texts()[-1])
        self.card.do("plug")
        self.wait_card("none")

    def test_does_not_wait_when_told_so(self):
        self.remove()
        operation = self.worker.authenticate()
        self.assertEqual(self.worker.reply(operation)["err"], "no-card")
        self.assertEqual(self.worker.prompts, 0)

    def test_removed_while_the_pin_is_asked(self):
        operation, _ = self.begin()
        started = time.monotonic()
        self.card.do("remove")
        self.assertEqual(self.worker.reply(operation)["err"], "card-removed")
        self.assertLess(time.monotonic() - started, 3)
        self.assertIn("card-removed", self.worker.events)
        self.assertEqual(self.screen.windows(), [])
        self.assertEqual(self.card.count("verify"), 0)

    def test_swapped_while_the_pin_is_asked(self):
        """Threats C-04: no VERIFY on a card that was not shown."""
        operation, window = self.begin()
        self.card.do("swap", "--person", "other")
        self.addCleanup(self.card.do, "swap")
        try:
            self.type(PIN, window)
        except Exception:  # noqa: BLE001 - the window may be gone already
            pass
        # A swap too quick for pcscd's poll meets a card without power.
        self.assertIn(self.worker.reply(operation)["err"],
                      ("card-removed", "card"))
        self.assertEqual(self.card.count("verify"), 0)

    def act_between_pin_and_verify(self, action, **request):
        """What the worker answers, which turns to the card as soon as it
        hears of the PIN."""
        operations = []
        self.worker.before_the_pin_is_heard = lambda: action(operations[0])
        operation, window = self.begin(**request)
        operations.append(operation)
        self.type(PIN, window)
        err = self.worker.reply(operation)["err"]
        self.assertEqual(self.card.count("verify"), 0)
        return err

    def test_swapped_between_pin_and_verify(self):
        """Whether or not the watch over the reader sees it before the PIN."""
        self.addCleanup(self.card.do, "swap")
        for wait in (0, 0, 1.5):  # then pcscd has powered the other card
            person = "adult" if wait else "other"

            def swap(_, name=person, seconds=wait):
                self.card.do("swap", "--person", name)
                time.sleep(seconds)

            # A swap too quick for pcscd's poll meets a card without power.
            self.assertIn(self.act_between_pin_and_verify(swap),
                          ("card-removed", "card"))
            self.assertEqual(self.tries(), 3)
            self.wait_card("supported")
            self.screen.wait_closed()

    def test_cancelled_between_pin_and_verify(self):
        self.assertEqual(self.act_between_pin_and_verify(self.worker.cancel),
                         "cancelled")

    def test_time_over_between_pin_and_verify(self):
        self.assertEqual(self.act_between_pin_and_verify(
            lambda _: time.sleep(7), timeout_ms=6000), "timeout")

    def test_pulled_at_every_apdu_after_the_pin(self):
        """The defined error each time, and the tries are what they were."""
        self.good_login()
        self.card.do("counters-reset")
        operation, window = self.begin()
        before = self.card.count("apdus")
        self.type(PIN, window)
        self.assertEqual(self.worker.reply(operation)["err"], "ok")
        steps = self.card.count("apdus") - before
        self.assertGreaterEqual(steps, 5)
        for step in range(1, steps + 1):
            with self.subTest(step=step):
                operation, window = self.begin()
                self.card.do("fault", "--at", str(step), "--do", "remove")
                self.type(PIN, window)
                err = self.worker.reply(operation)["err"]
                # The last one is LOG OFF: the signature was there by then,
                # but the card did not end in good order.
                self.assertIn(err, ("card-removed",) if step < steps
                              else ("card-removed", "ok"))
                self.card.do("insert")
                self.wait_card("supported")
                self.assertEqual(self.tries(), 3)
        self.good_login()

    def hold_at_pso(self):
        """A login whose card hangs in the middle; returns its number."""
        operation, window = self.begin()
        self.card.do("fault", "--at", "4", "--do", "hold")
        self.addCleanup(self.card.do, "fault", "--off")
        self.type(PIN, window)
        self.card.do("fault", "--wait")
        return operation

    def test_page_goes_away_while_the_card_hangs(self):
        operation = self.hold_at_pso()
        started = time.monotonic()
        self.worker.cancel(operation)
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.assertLess(time.monotonic() - started, WITHIN_S)
        # The call cannot be broken off, so the process ends.
        self.assertEqual(self.worker.wait(WITHIN_S), 1)
        self.card.do("release")
        self.worker = self.start_worker()
        wait_until(lambda: self.readers() == ["supported"], 10, "the card")
        self.good_login()

    def test_front_ends_while_the_card_hangs(self):
        self.hold_at_pso()
        self.assertEqual(self.worker.end(WITHIN_S), 1)
        self.card.do("release")

    def test_time_is_over_while_the_card_hangs(self):
        operation, window = self.begin(timeout_ms=4000)
        self.card.do("fault", "--at", "4", "--do", "hold")
        self.type(PIN, window)
        self.assertEqual(self.worker.reply(operation)["err"], "card-mute")
        self.assertEqual(self.worker.wait(WITHIN_S), 1)
        self.card.do("release")

    def test_status_is_answered_while_the_card_hangs(self):
        operation = self.hold_at_pso()
        self.assertEqual(self.worker.status(WITHIN_S),
                         ("ok", [(0, "supported")]))
        self.card.do("release")
        self.assertEqual(self.worker.reply(operation)["err"], "ok")

    def test_pcscd_ends_while_the_pin_is_asked(self):
        operation, _ = self.begin()
        self.card.do("pcscd-kill")
        self.assertEqual(self.worker.reply(operation)["err"], "no-service")
        self.assertEqual(self.worker.status(), ("no-service", []))
        operation = self.worker.authenticate(wait=True)
        self.assertEqual(self.worker.reply(operation)["err"], "no-service")
        self.card.do("pcscd-start")
        self.wait_card("supported")
        self.good_login()


class Minor(WorkerCase):
    person = "minor"

    def test_no_certificate_no_prompt(self):
        operation = self.worker.authenticate(wait=True)
        self.assertEqual(self.worker.reply(operation)["err"],
                         "no-certificate")
        self.assertEqual(self.worker.prompts, 0)


class Expired(WorkerCase):
    person = "expired"

    def test_expired_no_prompt(self):
        operation = self.worker.authenticate(wait=True)
        self.assertEqual(self.worker.reply(operation)["err"], "expired")
        self.assertEqual(self.worker.prompts, 0)


class Several(WorkerCase):
    card_options = ("--readers", "2")

    def test_the_card_of_the_login_is_found(self):
        self.assertEqual(self.worker.status(),
                         ("ok", [(0, "supported"), (0, "supported")]))
        self.card.do("remove", "--reader", "0")
        wait_until(lambda: self.readers() == ["none", "supported"], 10,
                   "an empty reader")
        second = self.good_login()["certificate"]
        self.card.do("insert", "--reader", "0")
        wait_until(lambda: self.readers() == ["supported"] * 2, 10, "a card")
        # Of two that will do the citizen chooses; see the agent's test.
        wanted = hashlib.sha256(second).digest()
        self.assertEqual(self.good_login(sha256=wanted)["certificate"], second)


if __name__ == "__main__":
    main()
