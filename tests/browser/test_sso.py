# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A login begun on a municipality's site, in a real Chromium."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from portal import Browser, Portal, Town, free_port  # noqa: E402
from run_tests import main  # noqa: E402
from stack import PIN, Stack, build_directory  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
# A narrow window with one card, a wide one with the other; pages do not depend
# on the card, and are looked at once.
LOOKS = {"1.7": ("360",), "1.8": ("wide", "every-page")}[APPLET]


class BrowserSingleSignOn(unittest.TestCase):
    def test_one_login_opens_all(self):
        port, town_port = free_port(), free_port()
        home = f"https://localhost:{port}"
        modules = os.path.join(build_directory(), "tests", "browser")
        photos = os.path.join(modules, "screenshots", f"sso-{APPLET}")
        os.makedirs(photos, exist_ok=True)
        # The agent knows the portal, and no municipality.
        with Stack(APPLET, origins=(home,)) as stack:
            portal = Portal(stack.directory, port, stack.card.root,
                            more=("--municipality",
                                  f"https://gent.localhost:{town_port}"))
            town = Town(stack.directory, town_port, portal.origin)
            browser = Browser(modules, "sso.mjs", portal.origin, town.origin,
                              photos, *LOOKS)
            try:
                self.follow(stack, browser, portal.origin, town.origin)
            finally:
                browser.stop()
                town.stop()
                portal.stop()

    def follow(self, stack, browser, home, town):
        stack.card.do("counters-reset")
        asked = browser.event("asked", 180)
        self.assertTrue(asked["url"].startswith(home + "/login?next=/sso"),
                        asked)
        self.assertEqual(asked["client"], town)
        stack.screen.type_line(stack.screen.wait_window(60), PIN)
        back = browser.event("back", 120)
        self.assertEqual(back["url"], town + "/")
        self.assertIn("Nora", back["name"])
        panel = browser.event("panel", 120)
        self.assertEqual(panel["page"], town + "/")
        self.assertIn("Proefstraat", panel["home"])
        self.assertIn("Mijn Loket", panel["high"])
        self.assertNotIn("Lou Voorbeeld", panel["high"])
        portal = browser.event("portal", 240)
        self.assertEqual(portal["url"], home + "/profile")
        self.assertEqual(portal["name"], back["name"])
        stack.screen.wait_closed()
        gone = browser.event("logged-out", 120)
        self.assertEqual(gone, {"event": "logged-out",
                                "asked": f"{home}/logout?client={town}",
                                "url": home + "/login"})
        # A page elsewhere may frame neither the panel nor the login.
        refused = browser.event("refused", 240)
        self.assertEqual(refused["loaded"], 0)
        self.assertEqual(len([text for text in refused["said"]
                              if "frame-ancestors" in text]), 2, refused)
        self.assertEqual(browser.finish(), 0)
        # One PIN for the login, and none for what followed.
        self.assertEqual(stack.card.count("signatures"), 1)


if __name__ == "__main__":
    main()
