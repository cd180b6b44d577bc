# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent pin` on a terminal, in windows and on a reader with keys."""

import os
import signal

from cli_case import LANGUAGES, CliCase, main
from screen import Recorded, Screen
from stack import Later, PIN, VirtualCard, built
from terminal import Terminal

APPLET = os.environ.get("BEID_APPLET", "1.8")
FRESH = "735511"
MODULE = ("--module", built("pkcs11", "beid-agent-pkcs11.so"))


class PinCase(CliCase):
    START = ("--readers", "1")

    def setUp(self):
        super().setUp()
        self.virtual = VirtualCard(self.path("c"), APPLET, self.START)
        self.addCleanup(self.virtual.stop)
        self.env.update(self.virtual.env)

    def pin(self, *arguments, **named):
        return self.agent("pin", *MODULE, *arguments, **named)

    def terminal(self, *arguments, lang="en"):
        made = Terminal([built("agent", "beid-agent"), "pin", *MODULE,
                         "change", *arguments],
                        {**self.env, "LC_ALL": f"{lang}_BE.UTF-8"})
        self.addCleanup(made.close)
        return made

    def fresh(self, tries=3):
        self.virtual.do("swap", "--applet", APPLET)
        self.virtual.do("tries", "--set", str(tries))
        self.virtual.do("counters-reset")

    def expect_pin(self, pin):
        """The card's PIN is this one, and no right was left open."""
        before = self.virtual.counters()
        terminal = self.terminal("--keyboard")
        for question, answer in (("present PIN:", pin), ("12 digits:", PIN),
                                 ("once more:", PIN)):
            terminal.expect(question)
            terminal.type(answer + "\n")
        self.assertEqual(terminal.end(), 0, terminal.text)
        self.assertGreater(self.virtual.count("logoffs"), before["logoffs"])


class Keyboard(PinCase):
    def answer(self, terminal, *answers):
        for question, answer in answers:
            terminal.expect(question)
            self.assertFalse(terminal.echoes())
            terminal.type(answer + "\n")

    def test_change(self):
        self.pin_changes()
        self.mistakes()
        self.wrong_and_last()
        self.leaving()

    def pin_changes(self):
        terminal = self.terminal()
        terminal.expect("You have 3 tries left.")
        self.answer(terminal, ("Your present PIN:", PIN),
                    ("12 digits:", FRESH), ("once more:", FRESH))
        terminal.expect("Your PIN has been changed.")
        self.assertEqual(terminal.end(), 0)
        for digits in (PIN, FRESH):
            self.assertNotIn(digits, terminal.text)
        self.assertEqual(self.virtual.count("logoffs"), 1)
        self.expect_pin(FRESH)

    def mistakes(self):
        """Nothing is sent to the card before everything fits."""
        self.virtual.do("counters-reset")
        terminal = self.terminal()
        self.answer(terminal, ("present PIN:", "123"), ("present PIN:", "12a4"),
                    ("present PIN:", PIN), ("12 digits:", FRESH),
                    ("once more:", "735512"), ("12 digits:", FRESH),
                    ("once more:", "1" * 100), ("once more:", FRESH))
        self.assertEqual(terminal.end(), 0, terminal.text)
        for said in ("A PIN has 4 to 12 digits.", "are not the same."):
            self.assertIn(said, terminal.text)
        self.expect_pin(FRESH)
        self.virtual.do("counters-reset")
        terminal = self.terminal()
        self.answer(terminal, *[("present PIN:", "1")] * 3)
        self.assertEqual(terminal.end(), 1)
        self.assertEqual(self.virtual.count("verify"), 0)
        self.assertEqual(self.virtual.count("tries_left"), 3)

    def wrong_and_last(self):
        texts = (("nl", "huidige pincode was fout", "3"),
                 ("fr", "code PIN actuel était erroné", "2"))
        for lang, said, left in texts:
            terminal = self.terminal(lang=lang)
            terminal.expect(left)
            self.answer(terminal, (":", "9999"), (":", FRESH), (":", FRESH))
            terminal.expect(said)
            self.assertEqual(terminal.end(), 5)
        # The last one: first a no, then a yes.
        for word, status, tries in (("nein", 4, 1), ("ja", 5, 0)):
            terminal = self.terminal(lang="de")
            terminal.expect("Tippen Sie „ja“")
            terminal.type(word + "\n")
            if word == "ja":
                self.answer(terminal, ("jetzige PIN:", "9999"),
                            ("Ziffern:", FRESH), ("einmal:", FRESH))
            self.assertEqual(terminal.end(), status, terminal.text)
            self.assertEqual(self.virtual.count("tries_left"), tries)
        terminal = self.terminal()
        self.assertEqual(terminal.end(), 5)
        self.assertNotIn("present PIN:", terminal.text)
        self.assertEqual(self.pin("status").status, 5)

    def leaving(self):
        """The terminal echoes again, however it ends (Terminal.end)."""
        self.fresh()
        for how in (b"\x03", b"\x04", signal.SIGTERM, signal.SIGHUP,
                    signal.SIGQUIT):
            terminal = self.terminal()
            self.answer(terminal, ("present PIN:", PIN))
            terminal.expect("12 digits:")
            if isinstance(how, bytes):
                os.write(terminal.master, how)
            else:
                terminal.process.send_signal(how)
            terminal.expect("still the old one")
            self.assertEqual(terminal.end(), 4, how)
        # Control-Z gives nobody a shell without echo.
        terminal = self.terminal()
        terminal.expect("present PIN:")
        os.write(terminal.master, b"\x1a")
        terminal.type(PIN + "\n")
        self.answer(terminal, ("12 digits:", FRESH), ("once more:", FRESH))
        self.assertEqual(terminal.end(), 0)


class Windows(PinCase):
    def test_without_a_terminal(self):
        screen = Screen(self.directory)
        self.addCleanup(screen.stop)
        prompt = Recorded(self.directory)
        config = os.path.join(self.directory, "config")
        os.makedirs(os.path.join(config, "beid-agent"), exist_ok=True)
        settings = os.path.join(config, "beid-agent", "agent.conf")
        with open(settings, "w", encoding="utf-8") as out:
            out.write("phrase = Green duck\n")
        os.chmod(settings, 0o600)
        env = {**screen.env, **self.env, "XDG_CONFIG_HOME": config}
        later = Later(self.pin, "--pinentry", prompt.script, "change", env=env,
                      lang="en")
        for number, answer in enumerate((PIN, FRESH, FRESH), start=1):
            while prompt.count() < number:
                self.assertFalse(later.done(), prompt.commands())
            screen.type_line(screen.wait_window(), answer)
            screen.wait_closed()
        done = later.result()
        self.assertEqual(done.status, 0, done)
        self.assertIn("has been changed", done.out)
        self.assertEqual(prompt.texts()[-1], "Your own phrase: Green duck\n\n"
                         "Your new PIN once more:")
        self.expect_pin(FRESH)
        later = Later(self.pin, "--pinentry", prompt.script, "change", env=env)
        screen.press(screen.wait_window(), "Escape")
        self.assertEqual(later.result().status, 4)
        done = self.pin("--pinentry", "/nonexistent", "change")
        self.assertEqual(done.status, 1, done)


class Reader(PinCase):
    START = ("--readers", "1", "--pinpad", "direct")

    def test_outcomes(self):
        for keys, status, said in (
                ((PIN, "ok", "54321", "ok", "54322", "ok"), 1,
                 "were not the same"),
                ((PIN, "ok", "12", "ok"), 1, "4 to 12 digits"),
                ((PIN, "ok", "cancel"), 4, "You stopped"),
                ((PIN, "ok", "timeout"), 4, "The time was up"),
                (("9999", "ok", "54321", "ok", "54321", "ok"), 5, "was wrong"),
                ((PIN, "ok", FRESH, "ok", FRESH, "ok"), 0, "been changed")):
            later = Later(self.pin, "change", lang="en")
            self.virtual.do("keys", "--wait", *keys)
            done = later.result()
            self.assertEqual(done.status, status, (keys, done))
            self.assertIn("On the keys of the card reader", done.out)
            self.assertIn(said, " ".join((done.out + done.err).split()))
        self.expect_pin(FRESH)  # on the keyboard, because it is told to

    def test_languages(self):
        texts = set()
        for lang in LANGUAGES:
            later = Later(self.pin, "change", lang=lang)
            self.virtual.do("keys", "--wait", "cancel")
            texts.add(later.result().out + later.result().err)
        self.assertEqual(len(texts), len(LANGUAGES))
        self.assertEqual(self.virtual.count("verify"), 0)


class Refused(PinCase):
    START = ("--readers", "2")

    def test_refused(self):
        done = self.pin("change")
        self.assertEqual(done.status, 2, done)
        self.assertIn("several cards", done.err)
        self.assertEqual(self.pin("--json", "change").status, 2)
        self.assertEqual(self.pin("--keyboard", "status").status, 2)
        self.assertEqual(self.pin("--json", "status").json,
                         {"triesLeft": 3, "blocked": False})
        for reader in "01":
            self.virtual.do("remove", "--reader", reader)
        self.assertEqual(self.pin("change").status, 3)
        self.assertEqual(self.virtual.count("verify"), 0)


if __name__ == "__main__":
    main()
