# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What the prompt promises (W-13, L-05, L-07) with each pinentry that Debian
has for a citizen: BEID_PINENTRY."""

import os
import shutil
import time

from card_case import PIN, CanaryCase, Later, main, wait_until
from person import AtTerminal, AtWindow

from process import NotAllowed  # noqa: E402, I100
from screen import Recorded  # noqa: E402
from stack import home_in  # noqa: E402

PROGRAM = os.environ.get("BEID_PINENTRY", "pinentry-gtk-2")
PHRASE = "Blauwe olifant"
# "That came before you could read this window."
TOO_EARLY = "SETERROR Dat kwam voor u"


class Prompts(CanaryCase):
    @classmethod
    def portal(cls, _):
        return {"allow": "authenticate, signing-certificate"}

    @classmethod
    def setUpClass(cls):
        if not shutil.which(PROGRAM):
            raise NotAllowed(f"{PROGRAM} is not installed")
        super().setUpClass()
        try:
            where = AtTerminal if "curses" in PROGRAM else AtWindow
            cls.person = where(cls.stack)
            cls.prompt = cls.stack.prompt = Recorded(cls.stack.directory,
                                                     PROGRAM)
            cls.configure()
            cls.agent = cls.stack.restart_agent()
        except BaseException:
            cls.stack.stop()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.person.stop()
        super().tearDownClass()

    @classmethod
    def configure(cls):
        path = os.path.join(home_in(cls.stack.directory)["XDG_CONFIG_HOME"],
                            "beid-agent", "agent.conf")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(f"phrase = {PHRASE}\n")
        os.chmod(path, 0o600)

    def setUp(self):
        self.person.wait_closed()
        self.card.do("tries", "--set", "3")
        self.card.do("counters-reset")
        # A fresh one: many cancels in a short time make the agent refuse.
        type(self).agent = self.stack.restart_agent()

    def dialogs(self):
        return sum(map(self.prompt.count, ("GETPIN", "CONFIRM", "MESSAGE")))

    def begin(self, act=None):
        """A login (or what act does) whose dialog is there."""
        before = self.dialogs()
        later = Later(act or self.agent.authenticate)
        self.next_dialog(before, later)
        return later

    def next_dialog(self, before, later):
        wait_until(lambda: later.done() or self.dialogs() > before, 20,
                   "the dialog")
        if later.done():
            self.fail(later.result())
        self.person.wait_asked()

    def login(self):
        return self.agent.authenticate(seconds=150)

    def certificate(self):
        return self.agent.request("POST", "/v1/signing-certificate",
                                  {"lang": "nl"}, seconds=150)

    def nothing_happened(self):
        count = self.card.counters()
        self.assertEqual((count["verify"], count["signatures"]), (0, 0))
        self.assertEqual(count["tries_left"], 3)

    def cancelled(self, later):
        """Until nothing asks any more."""
        def over():
            if not later.done():
                self.person.cancel()
            return later.done()
        wait_until(over, 60, "the end of the operation", 0.1)
        return later.result()

    def good_login(self):
        later = self.begin()
        self.person.type(PIN)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)

    def test_w13_a_pin_that_nobody_can_have_meant(self):
        """Too soon it does not count: no VERIFY, and the question
        again. How fast it gets there is up to the machine, so a few times."""
        for _ in range(10):
            self.setUp()
            asked = self.prompt.count()
            told = self.prompt.count(TOO_EARLY)
            later = Later(self.agent.authenticate)
            self.person.type_at_once(PIN)
            wait_until(lambda n=asked: later.done()
                       or self.prompt.count() > n + 1, 30,
                       "an answer, or the question again")
            if later.done():
                continue
            self.nothing_happened()
            self.assertEqual(self.prompt.count(TOO_EARLY), told + 1)
            self.person.wait_asked()
            self.person.type(PIN)
            self.assertEqual(later.result().status, 200)
            self.assertEqual(self.card.count("verify"), 1)
            return
        self.fail("the keys never were fast enough")

    def test_w13_a_hail_of_keys(self):
        """It neither signs nor agrees."""
        for act in (self.login, self.certificate):
            self.setUp()
            later = Later(act)
            self.person.hail()
            self.nothing_happened()
            answer = self.cancelled(later)
            self.assertIn(answer.code, ("user_cancelled",
                                        "prompt_unavailable"), answer)
            self.nothing_happened()
        self.good_login()

    def test_w13_page_gone_closes_it_within_a_second(self):
        connection = self.agent.connect()
        before = self.dialogs()
        connection.request(
            "POST", "/v1/authenticate",
            '{"lang":"nl","challengeNonce":"' + "A" * 44 + '"}',
            {"Origin": "https://localhost:18443", "X-Beid-Agent": "1",
             "Content-Type": "application/json"})
        wait_until(lambda: self.dialogs() > before, 20, "the dialog")
        self.person.wait_asked()
        apdus = self.card.count("apdus")
        connection.close()
        start = time.monotonic()
        self.person.wait_closed(5)
        took = time.monotonic() - start
        print(f"the prompt closed {took:.2f} s after the page went away")
        self.assertLess(took, 1.0)
        self.assertEqual(self.card.count("apdus"), apdus)
        self.good_login()

    def test_w13_cancel(self):
        for act in (self.login, self.certificate):
            later = self.begin(act)
            answer = self.cancelled(later)
            self.assertEqual(answer.code, "user_cancelled", answer)
            self.nothing_happened()
            self.person.wait_closed()

    def test_l05_phrase_and_x11(self):
        shown = len(self.prompt.texts())
        self.good_login()
        self.person.wait_closed()
        self.cancelled(self.begin(self.certificate))
        texts = self.prompt.texts()[shown:]
        self.assertEqual(len(texts), 2)
        for text in texts:
            self.assertEqual(text.count(f"Uw eigen zin: {PHRASE}\n"), 1, text)
            self.assertNotIn("PUK", text)
        self.assertEqual("(X11)" in texts[0], self.person.x11, texts[0])

    def test_l05_the_phrase_is_on_the_screen(self):
        """On a terminal it is text; of a window a person would have to
        tell, so that there the words that pinentry got have to do."""
        if self.person.x11:
            return
        later = self.begin()
        self.assertIn(PHRASE, self.person.shown())
        self.assertIn("https://localhost:18443", self.person.shown())
        self.cancelled(later)

    def test_l07_last_try(self):
        """An extra yes first; without it no VERIFY."""
        self.card.do("tries", "--set", "1")
        asked, confirmed = self.prompt.count(), self.prompt.count("CONFIRM")
        later = self.begin()
        self.assertEqual((self.prompt.count(), self.prompt.count("CONFIRM")),
                         (asked, confirmed + 1))
        self.assertEqual(self.cancelled(later).code, "user_cancelled")
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.tries(), 1)
        self.person.wait_closed()
        later = self.begin()
        before = self.dialogs()
        self.person.agree()
        self.next_dialog(before, later)
        self.assertEqual(self.prompt.count(), asked + 1)
        self.person.type(PIN)
        self.assertEqual(later.result().status, 200)
        self.assertEqual(self.card.count("verify"), 1)


if __name__ == "__main__":
    print(PROGRAM)
    main()
