# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat W-13: a click that was meant for what stood there before agrees to
nothing."""

import re
import subprocess
import time

from card_case import CanaryCase, Later, main, wait_until
from screen import READ_S
from test_bombing import TOO_EARLY

LOOKS = 16


class Clicks(CanaryCase):
    portal = staticmethod(lambda _: {"allow":
                                     "authenticate, signing-certificate"})

    def ask(self):
        self.screen.wait_closed()
        return Later(self.agent.request, "POST", "/v1/signing-certificate",
                     {"lang": "nl"})

    def xdotool(self, *words):
        return subprocess.run(["xdotool", *map(str, words)],
                              env=self.screen.env, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True,
                              check=False, timeout=60).stdout

    def agreeing_place(self):
        """Where in the window "OK" is: found by clicking, as late as a person
        does, from the right to the left until something was agreed to."""
        later = self.ask()
        window = self.screen.wait_window()
        size = re.search(r"Geometry: (\d+)x(\d+)",
                         self.xdotool("getwindowgeometry", window))
        width, height = int(size[1]), int(size[2])
        for step in range(1, LOOKS):
            place = (width - step * width // LOOKS, height - 24)
            time.sleep(READ_S)
            self.xdotool("mousemove", "--window", window, *place, "click", 1)
            end = time.monotonic() + 3
            while not later.done() and time.monotonic() < end:
                time.sleep(0.05)
            if later.done():
                if later.result().status == 200:
                    return place
                later = self.ask()
                window = self.screen.wait_window()
        self.fail("there is no button that agrees")

    def test_w13_a_click_that_nobody_can_have_meant(self):
        """How soon the click gets there is up to the machine, so a few
        times."""
        place = self.agreeing_place()
        for _ in range(10):
            told = self.prompt.count(TOO_EARLY)
            asked = self.prompt.count("CONFIRM")
            later = self.ask()
            self.xdotool("search", "--sync", "--onlyvisible", "--class",
                         "pinentry", "mousemove", "--window", "%1", *place,
                         "click", "--window", 0, 1)
            wait_until(lambda n=asked: later.done()
                       or self.prompt.count("CONFIRM") > n + 1, 30,
                       "an answer, or the question again")
            if later.done():  # too slow
                continue
            self.assertEqual(self.prompt.count(TOO_EARLY), told + 1)
            window = self.screen.wait_window()
            self.screen.press(window, "Escape")
            answer = later.result()
            self.assertEqual(answer.code, "user_cancelled", answer)
            return
        self.fail("xdotool never was fast enough")


if __name__ == "__main__":
    main()
