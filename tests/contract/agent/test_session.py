# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of agent.conf that concern the citizen's session: the phrase
that every dialog shows, the warning on X11, and require_local_seat."""

import os
import subprocess
import sys

from agent_case import main
from described import DescribedCase
from process import NotAllowed
from run_tests import script
from stack import NONCE, PIN, Later, home_in

INSIDE = "BEID_SESSION_INSIDE"
SESSIONS = "/run/systemd/sessions"
PHRASE = "Blauwe olifant 7 % é"
LANGUAGES = {"nl": "wie eraan zit", "fr": "assise devant",
             "de": "wer davor sitzt", "en": "who sits at it"}


def go_inside():
    """This script once more where logind knows of nobody: whoever sits at the
    machine that runs the tests is none of theirs."""
    space = ["unshare", "-m" if os.geteuid() == 0 else "-Urm"]
    probe = subprocess.run([*space, "true"], check=False,
                           stderr=subprocess.PIPE, text=True)
    if probe.returncode != 0:
        raise NotAllowed(probe.stderr.strip())
    env = {**os.environ, INSIDE: "1"}
    env.pop("XDG_RUNTIME_DIR", None)  # it is below the usual /run
    return subprocess.run([*space, sys.executable, *sys.argv], env=env,
                          check=False).returncode


class Session(DescribedCase):
    portal = classmethod(lambda cls, directory: {
        "allow": "authenticate, signing-certificate"})

    @classmethod
    def setUpClass(cls):
        subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
        super().setUpClass()

    def configure(self, text, mode=0o600):
        """What the user's file says; it counts from the next request on."""
        path = os.path.join(home_in(self.stack.directory)["XDG_CONFIG_HOME"],
                            "beid-agent", "agent.conf")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)
        self.addCleanup(lambda: os.path.exists(path) and os.unlink(path))

    def restart(self):
        type(self).agent = self.stack.restart_agent()

    def dialogs(self, act):
        before = len(self.prompt.texts())
        act()
        return self.prompt.texts()[before:]

    def wrong_then_right(self):
        self.screen.wait_closed()
        login, window = self.stack.begin()
        self.screen.type_line(window, "4321")
        self.screen.wait_closed()
        self.screen.type_line(self.screen.wait_window(), PIN)
        self.assertEqual(login.result().status, 200)

    def test_l05_every_dialog_shows_the_phrase(self):
        self.configure(f"phrase = {PHRASE}\n")
        shown = self.dialogs(self.wrong_then_right)
        self.assertEqual(len(shown), 2)
        self.card.do("remove")
        self.wait_card("none")

        def wait_for_the_card():
            self.screen.wait_closed()
            login, _ = self.stack.begin()
            asked = self.prompt.count()
            self.card.do("insert")
            while self.prompt.count() == asked:
                self.assertFalse(login.done())
            self.screen.type_line(self.screen.wait_window(), PIN)
            self.assertEqual(login.result().status, 200)

        shown += self.dialogs(wait_for_the_card)

        def certificate():
            self.screen.wait_closed()
            later = Later(self.agent.request, "POST",
                          "/v1/signing-certificate", {"lang": "nl"})
            self.screen.press(self.screen.wait_window(), "Escape")
            self.assertEqual(later.result().code, "user_cancelled")

        shown += self.dialogs(certificate)
        self.assertEqual(len(shown), 5)
        for text in shown:
            self.assertEqual(text.count(f"Uw eigen zin: {PHRASE}\n"), 1, text)

    def test_l05_no_phrase_that_others_can_read(self):
        self.configure(f"phrase = {PHRASE}\n", 0o644)
        shown = self.dialogs(self.good_login)
        self.assertNotIn("zin:", shown[0])
        self.agent.program.expect("others can read")

    def test_l05_x11_is_told_where_a_pin_is_typed(self):
        """This screen is one: Xvfb."""
        for lang, words in (("nl", "meelezen"), ("fr", "lire ce que vous"),
                            ("de", "mitlesen"), ("en", "read what you type")):
            shown = self.dialogs(lambda code=lang: self.good_login(lang=code))
            self.assertIn("(X11)", shown[0])
            self.assertIn(words, shown[0].replace("\n", " "))

    def test_l05_x11_is_told_on_a_wayland_desktop(self):
        """pinentry-gtk-2 is a window of X11 there as well, by XWayland."""
        self.screen.env["WAYLAND_DISPLAY"] = "wayland-0"
        self.addCleanup(self.restart)
        self.addCleanup(self.screen.env.pop, "WAYLAND_DISPLAY")
        self.restart()
        login, window = self.stack.begin()
        self.assertIn("(X11)", self.prompt.texts()[-1])
        self.screen.press(window, "Escape")
        self.assertEqual(login.result().code, "user_cancelled")

    def test_l09_nobody_sits_at_this_computer(self):
        """Refused before a reader is looked at; not for ever."""
        self.configure("require_local_seat = yes\n")
        self.card.do("counters-reset")
        before = len(self.prompt.texts())
        for lang, words in LANGUAGES.items():
            answer = self.agent.authenticate(lang=lang)
            self.bad(answer, "session_not_local")
            self.assertEqual(answer.status, 403)
            self.assertIn(words, answer.json["error"]["message"])
        answer = self.agent.request("POST", "/v1/signing-certificate", {})
        self.bad(answer, "session_not_local")
        self.assertEqual(len(self.prompt.texts()), before)
        self.assertEqual(self.card.count("apdus"), 0)
        self.agent.program.expect("require_local_seat")
        # What is no operation is answered as ever.
        self.assertEqual(self.agent.status().status, 200)
        self.configure("require_local_seat = no\n")
        self.good_login()

    def test_l09_before_the_nonce_counts_for_anything(self):
        """A refusal is no login: the same nonce serves later."""
        self.configure("require_local_seat = yes\n")
        self.bad(self.agent.authenticate(challengeNonce=NONCE),
                 "session_not_local")
        self.configure("")
        self.good_login(challengeNonce=NONCE)

    def test_l09_who_sits_at_this_computer(self):
        """As logind writes it down; from afar it is the same but for a bit."""
        os.makedirs(SESSIONS)
        path = os.path.join(SESSIONS, "2")
        self.addCleanup(os.removedirs, SESSIONS)
        self.addCleanup(os.unlink, path)
        self.configure("require_local_seat = yes\n")
        for remote in (1, 0):
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"UID={os.getuid()}\nACTIVE=1\nREMOTE={remote}\n"
                           "CLASS=user\nSEAT=seat0\n")
            if remote:
                self.bad(self.agent.authenticate(), "session_not_local")
            else:
                self.good_login()


if __name__ == "__main__":
    if INSIDE in os.environ:
        main()
    script(go_inside)
