# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Levels of assurance at the reference portal, in a real Chromium."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from portal import Browser, Portal, free_port  # noqa: E402
from request import Requests  # noqa: E402
from run_tests import main  # noqa: E402
from stack import PIN, Stack, build_directory  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")


class BrowserLevels(unittest.TestCase):
    def test_step_up_through_the_page(self):
        port = free_port()
        origin = f"https://localhost:{port}"
        modules = os.path.join(build_directory(), "tests", "browser")
        photos = os.path.join(modules, f"photos-levels-{APPLET}")
        os.makedirs(photos, exist_ok=True)

        def pinned(directory):
            self.requests = Requests(directory)
            return {"allow": "authenticate, step-up",
                    "portal": self.requests.portal_lines()}

        with Stack(APPLET, origins=(origin,), portal=pinned) as stack:
            portal = Portal(stack.directory, port, stack.card.root,
                            requests=self.requests)
            browser = Browser(modules, "levels.mjs", origin, photos)
            try:
                self.follow(stack, browser, origin)
            finally:
                browser.stop()
                portal.stop()

    def follow(self, stack, browser, origin):
        stack.card.do("counters-reset")
        self.assertEqual(browser.event("login-page")["url"],
                         origin + "/login?next=/gezin")
        low = browser.event("low", 120)
        self.assertEqual((low["url"], low["title"]),
                         (origin + "/gezin", "U en uw gezin"))
        # Neither card nor prompt before the citizen asks for it.
        self.assertEqual(stack.prompt.count(), 0)
        self.assertEqual(stack.card.count("apdus"), 0)
        browser.event("waiting-cancel")
        stack.screen.press(stack.screen.wait_window(30), "Escape")
        self.assertEqual(browser.event("cancelled")["code"], "user_cancelled")
        stack.screen.wait_closed()
        browser.event("waiting")
        window = stack.screen.wait_window(30)
        shown = " ".join(stack.prompt.texts()[-1].split())
        self.assertIn("Je opent een beveiligd onderdeel van je profiel: "
                      "U en uw gezin", shown)
        self.assertIn(origin + "/gezin", shown)
        stack.screen.type_line(window, PIN)
        raised = browser.event("raised")
        self.assertIn("Lou Voorbeeld", raised["text"])
        panel = browser.event("panel", 180)
        self.assertEqual(panel["url"], origin + "/woonst")
        self.assertIn("Lou Voorbeeld", panel["text"])
        self.assertEqual(browser.event("logged-out")["url"],
                         origin + "/login?next=/gezin")
        self.assertEqual(browser.finish(), 0)
        self.assertEqual(stack.card.count("signatures"), 1)


if __name__ == "__main__":
    main()
