# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A login through the reference portal's page in a real Chromium."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from portal import Browser, Portal, free_port  # noqa: E402
from run_tests import main  # noqa: E402
from stack import PIN, Stack, build_directory  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")


class BrowserLogin(unittest.TestCase):
    def test_login_through_the_page(self):
        port = free_port()
        origin = f"https://localhost:{port}"
        with Stack(APPLET, origins=(origin,)) as stack:
            modules = os.path.join(build_directory(), "tests", "browser")
            # As a portal has it from npm.
            sdk = os.path.join(modules, "node_modules", "beid-agent")
            portal = Portal(stack.directory, port, stack.card.root, sdk=sdk)
            photos = os.path.join(modules, "screenshots", f"login-{APPLET}")
            os.makedirs(photos, exist_ok=True)
            browser = Browser(modules, "login.mjs", origin,
                              os.path.join(photos, "login"))
            try:
                self.follow(stack, browser)
            finally:
                browser.stop()
                portal.stop()

    def follow(self, stack, browser):
        browser.event("opened")
        stack.card.do("counters-reset")
        blocked = browser.event("blocked")
        self.assertIn(blocked["code"], ("permission_dismissed",
                                         "permission_denied"), blocked)
        self.assertEqual(stack.prompt.count(), 0)
        self.assertEqual(stack.card.count("apdus"), 0)
        self.assertEqual(browser.event("granted")["permission"], "granted")
        stack.screen.type_line(stack.screen.wait_window(30), PIN)
        done = browser.event("logged-in")
        print(f"verified: {done['name']}, {done['level']}")
        self.assertTrue(done["name"].strip())
        for cookie in done["cookies"]:
            self.assertTrue(cookie["httpOnly"] and cookie["secure"], cookie)
            self.assertIn(cookie["sameSite"], ("Lax", "Strict"))
        browser.event("logged-out")
        self.assertEqual(browser.finish(), 0)
        self.assertEqual(stack.card.count("signatures"), 1)


if __name__ == "__main__":
    main()
