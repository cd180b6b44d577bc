# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Levels of assurance at the reference portal, in a real Chromium, on a wide
window and on a narrow one: who came in without a card meets a section that
wants one, and goes on there after the step-up.
"""

from portal_case import APPLET, PortalCase
from process import wait_until
from run_tests import main

ADVICE = ("Je opent een beveiligd onderdeel van je profiel: "
          "U en uw gezin")


class Levels(PortalCase):
    photos = f"levels-{APPLET}"

    def setUp(self):
        self.browser.call("forget")
        self.card.do("counters-reset")
        self.asked = self.stack.prompt.count()

    def without_a_card(self, width):
        self.open("/login?next=/gezin&lang=nl", width=width)
        self.click("button[value=nora]")
        self.call("url", path="/gezin")
        answer = self.go("/gezin")
        self.assertEqual(answer["status"], 401)
        for part in ("insufficient_user_authentication", "acr_values=",
                     "max_age="):
            self.assertIn(part, answer["challenge"])
        self.call("text", selector="h1", text="U en uw gezin")
        # Neither card nor prompt before the citizen asks for it.
        self.assertEqual(self.stack.prompt.count(), self.asked)
        self.assertEqual(self.card.count("apdus"), 0)

    def raise_level(self):
        self.click("#login")
        self.screen.wait_window(60)
        shown = " ".join(self.stack.prompt.texts()[-1].split())
        self.assertIn(ADVICE, shown)
        self.assertIn(self.origin + "/gezin", shown)
        self.type_pin()
        self.screen.wait_closed()

    def step_up(self, width):
        self.without_a_card(width)
        self.call("photo", name="asked", sizes=[width])
        self.raise_level()
        self.call("wait", selector="#login", state="detached")
        self.call("url", path="/gezin")
        self.assertIn("Lou Voorbeeld", self.call(
            "evaluate", script="document.getElementById('main').innerText"))
        self.call("photo", name="raised", sizes=[width])
        self.assertEqual(self.card.count("signatures"), 1)
        # The level holds for the other sections too.
        for path in ("/voordelen", "/attesten"):
            self.assertEqual(self.go(path)["status"], 200)

    def test_wide(self):
        self.step_up(1280)
        self.expires()

    def expires(self):
        """The level ends after its time; the session goes on without it."""
        self.start_portal("--max-age", "1")
        wait_until(lambda: self.go("/gezin")["status"] == 401, 60,
                   "the level to end")
        self.call("wait", selector="#login")
        self.assertNotIn("Lou Voorbeeld", self.call(
            "evaluate", script="document.getElementById('main').innerText"))
        self.assertEqual(self.go("/woonst")["status"], 200)
        # The portal counts on from where it was.
        self.start_portal()
        self.assertEqual(self.go("/gezin")["status"], 200)

    def test_narrow(self):
        self.step_up(360)

    def test_cancelled_keeps_the_low_level(self):
        self.without_a_card(360)
        self.click("#login")
        self.screen.press(self.screen.wait_window(60), "Escape")
        self.assertEqual(self.call("problem")["code"], "user_cancelled")
        self.screen.wait_closed()
        self.assertEqual(self.go("/gezin")["status"], 401)
        self.assertEqual(self.go("/woonst")["status"], 200)
        self.click("#logout")
        self.assertEqual(self.go("/woonst")["url"],
                         self.origin + "/login?next=/woonst")
        self.assertEqual(self.card.count("signatures"), 0)


if __name__ == "__main__":
    main()
