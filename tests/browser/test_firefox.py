# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Pages in Firefox ESR and what they get from the agent, through the SDK."""

import json
import os
import shutil
import subprocess
import unittest
import urllib.parse

from browser_case import LOGIN, BrowserCase, Navigation
from others import BehindOthers
from run_tests import main
from stack import PIN, built, home_in


@unittest.skipUnless(shutil.which("firefox-esr"),
                     "the package firefox-esr is not installed")
class Firefox(BehindOthers, Navigation, BrowserCase):
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

    def begin(self, page="a"):
        """A login in a page that may; its prompt is up."""
        self.open(page)
        self.permit("granted")
        login = self.browser.begin_sdk(page, LOGIN)
        return login, self.stack.screen.wait_window()

    def test_aborting_closes_the_prompt(self):
        login, _ = self.begin()
        self.browser.call("evaluate", page="a", script="stop.abort()")
        self.assertEqual(login.result()["reason"], "aborted")
        self.stack.screen.wait_closed()
        self.assertEqual(self.stack.card.count("signatures"), 0)

    def test_closing_the_page_closes_the_prompt(self):
        self.begin("b")
        self.close("b")
        self.stack.screen.wait_closed()
        self.assertEqual(self.stack.card.count("signatures"), 0)

    def test_two_tabs_at_once(self):
        first, window = self.begin()
        self.open("b")
        second = self.browser.sdk("b", LOGIN)
        self.assertEqual(second["reason"], "busy")
        self.stack.screen.type_line(window, PIN)
        self.assertIn("value", first.result())
        self.assertEqual(self.stack.card.count("signatures"), 1)
        self.assertEqual(self.stack.prompt.count(), self.prompts + 1)

    def in_frame(self, **attribute):
        """The portal's page in a frame of a page that may call the agent."""
        inner = self.site.origin + "/"
        self.permit("granted", self.stranger)
        query = urllib.parse.urlencode({"src": inner, **attribute})
        self.open(path="/frame?" + query, site=self.stranger, ready=False)
        return self.browser.begin_sdk("a", "sdk.status({signal: stop.signal})",
                                      frame=inner)

    def test_a_frame_with_allow(self):
        answer = self.in_frame(allow="loopback-network").result()
        self.assertEqual(answer["value"]["portal"]["environment"], "test")

    def test_a_frame_without_allow(self):
        answer = self.in_frame().result()
        self.assertEqual(answer["reason"], "permission_denied", answer)
        self.assert_untouched()


@unittest.skipUnless(shutil.which("firefox-esr"),
                     "the package firefox-esr is not installed")
class Forbidden(BrowserCase):
    """The one rule of Firefox that "beid-agent doctor" knows."""

    script = "firefox.mjs"
    name = "permissions.default.loopback-network"

    @classmethod
    def wrapper(cls):
        return ("env", "BEID_FIREFOX_PREFERENCES="
                + json.dumps({cls.name: 2}))

    def test_firefox_and_doctor_agree(self):
        self.open()
        # The page cannot tell: Firefox goes on to say that it would ask. All
        # the more is it for doctor to know.
        state = self.browser.sdk("a", "sdk.permission()", click=False)
        self.assertEqual(state["value"]["state"], "prompt")
        self.assertEqual(self.browser.sdk("a", LOGIN)["reason"],
                         "agent_unreachable")
        self.assert_untouched()
        root = os.path.join(self.stack.directory, "root")
        os.makedirs(os.path.join(root, "etc", "firefox-esr"))
        for value, forbids in ((2, True), (0, False)):
            with open(os.path.join(root, "etc", "firefox-esr", "a.js"), "w",
                      encoding="utf-8") as rule:
                rule.write(f'pref("{self.name}", {value});\n')
            done = subprocess.run(
                [built("agent", "beid-agent"), "doctor", "--json", "--root",
                 root, "--portals", self.stack.agent.portals],
                env={**os.environ, **home_in(self.stack.directory)},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                check=False)
            found = {finding["finding"]
                     for finding in json.loads(done.stdout)["findings"]}
            self.assertEqual("browser-policy" in found, forbids)


if __name__ == "__main__":
    main()
