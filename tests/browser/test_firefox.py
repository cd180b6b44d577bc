# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Pages in Firefox ESR and what they get from the agent, through the SDK."""

import shutil
import unittest

from browser_case import LOGIN, BrowserCase
from run_tests import main
from stack import PIN


@unittest.skipUnless(shutil.which("firefox-esr"),
                     "the package firefox-esr is not installed")
class Firefox(BrowserCase):
    script = "firefox.mjs"

    def test_not_granted_stays_pending_until_the_page_gives_up(self):
        self.open()
        self.permit("prompt")
        call = self.browser.begin_sdk(
            "a", "sdk.status({signal: stop.signal})")
        # The page goes on meanwhile, and knows what the browser waits for.
        state = self.browser.sdk("a", "sdk.permission()", click=False)
        self.assertEqual(state["value"]["state"], "prompt")
        self.assertFalse(call.done())
        self.browser.call("evaluate", page="a", script="stop.abort()")
        self.assertEqual(call.result()["reason"], "aborted")
        self.assert_untouched()

    def test_denied(self):
        self.open()
        self.permit("denied")
        self.assertEqual(self.browser.sdk("a", LOGIN)["reason"],
                         "permission_denied")
        self.assert_untouched()

    def test_granted_logs_in(self):
        self.open()
        self.permit("granted")
        login = self.browser.begin_sdk("a", LOGIN)
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        self.assertEqual(login.result()["value"]["format"], "web-eid:1.0")
        self.assertEqual(self.stack.card.count("signatures"), 1)

    def test_a_second_origin_is_not_served(self):
        self.open(site=self.stranger)
        self.permit("granted", self.stranger)
        self.assertEqual(self.browser.sdk("a", LOGIN)["reason"],
                         "agent_not_for_this_site")
        self.assert_untouched()


if __name__ == "__main__":
    main()
