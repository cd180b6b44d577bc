# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Pages in Chromium and what they get from the agent, through the SDK."""

import urllib.parse

from browser_case import LOGIN, BrowserCase, Navigation
from request import nonce_of
from run_tests import main
from stack import PIN


class Permission(BrowserCase):
    def test_not_granted_headless_refuses_and_the_agent_sees_nothing(self):
        self.open()
        self.permit("prompt")
        answer = self.browser.sdk("a", "sdk.status()")
        self.assertIn(answer["reason"],
                      ("permission_dismissed", "permission_denied"), answer)
        self.assertEqual(answer["code"], "ERR_WEBEID_NATIVE_UNAVAILABLE")
        self.assert_untouched()

    def test_no_call_before_a_click_unless_granted(self):
        # The page's own script calls: a test's is taken for a click.
        early = '"early" in window ? early : "none"'
        for setting, reason in (("prompt", "user_gesture_required"),
                                ("granted", "answered")):
            self.permit(setting)
            self.open(setting, "/?early")
            self.assertEqual(self.browser.sdk(setting, early, click=False),
                             {"value": reason})
        self.assertEqual(self.stack.prompt.count(), self.prompts)

    def test_denied_tells_how_to_allow_it_again(self):
        self.open()
        self.permit("denied")
        self.assertEqual(self.browser.sdk("a", LOGIN)["reason"],
                         "permission_denied")
        state = self.browser.sdk("a", "sdk.permission()")["value"]
        self.assertEqual(state["state"], "denied")
        self.assertEqual(set(state["text"]), {"nl", "fr", "de", "en"})
        self.assert_untouched()

    def test_the_pages_own_policy_is_named(self):
        self.open(path="/?" + urllib.parse.urlencode(
            {"csp": "connect-src 'self'"}))
        self.permit("granted")
        self.assertEqual(self.browser.sdk("a", "sdk.status()")["reason"],
                         "csp_blocked")
        self.assert_untouched()

    def test_a_second_origin_is_not_served(self):
        self.open(site=self.stranger)
        self.permit("granted", self.stranger)
        self.assertEqual(self.browser.sdk("a", LOGIN)["reason"],
                         "agent_not_for_this_site")
        self.assert_untouched()


class Operations(BrowserCase):
    def setUp(self):
        super().setUp()
        self.open()
        self.permit("granted")

    def test_login_and_its_events(self):
        events = self.browser.begin_sdk("a", """
            (async () => { const names = [];
              for await (const name of sdk.events()) names.push(name);
              return names; })()""")
        login = self.browser.begin_sdk("a", LOGIN)
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        token = login.result()["value"]
        self.assertEqual(set(token), {"unverifiedCertificate", "algorithm",
                                      "signature", "format", "appVersion"})
        names = events.result()["value"]
        self.assertEqual(names[-1], "done", names)
        self.assertIn("pin-entry", names)
        self.assertEqual(self.stack.card.count("signatures"), 1)

    def test_step_up(self):
        request = self.requests.request(
            iss=self.site.origin, resource=self.site.origin + "/attesten")
        call = self.browser.begin_sdk("a", f'sdk.stepUp("{request}")')
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        answer = call.result()["value"]
        self.assertEqual(answer["token"]["format"], "web-eid:1.0")
        self.assertEqual(len(nonce_of(request)), 44)
        again = self.browser.sdk("a", f'sdk.stepUp("{request}")')
        self.assertEqual(again["reason"], "request_replayed")

    def test_aborting_closes_the_prompt(self):
        login = self.browser.begin_sdk("a", LOGIN)
        self.stack.screen.wait_window()
        self.browser.call("evaluate", page="a", script="stop.abort()")
        self.assertEqual(login.result()["reason"], "aborted")
        self.stack.screen.wait_closed()
        self.assertEqual(self.stack.card.count("signatures"), 0)

    def test_a_time_out_of_the_page_closes_the_prompt(self):
        login = self.browser.begin_sdk(
            "a", LOGIN.replace("lang:", "userInteractionTimeout: 4000, lang:"))
        self.stack.screen.wait_window()
        self.assertEqual(login.result()["code"], "ERR_WEBEID_USER_TIMEOUT")
        self.stack.screen.wait_closed()
        self.assertEqual(self.stack.card.count("signatures"), 0)

    def test_closing_the_page_closes_the_prompt(self):
        self.open("b")
        self.browser.begin_sdk("b", LOGIN)
        self.stack.screen.wait_window()
        self.close("b")
        self.stack.screen.wait_closed()
        self.assertEqual(self.stack.card.count("signatures"), 0)

    def test_two_tabs_at_once(self):
        self.open("b")
        first = self.browser.begin_sdk("a", LOGIN)
        window = self.stack.screen.wait_window()
        second = self.browser.sdk("b", LOGIN)
        self.assertEqual(second["reason"], "busy")
        self.assertEqual(second["code"], "ERR_WEBEID_ACTION_PENDING")
        self.stack.screen.type_line(window, PIN)
        self.assertIn("value", first.result())
        self.assertEqual(self.stack.card.count("signatures"), 1)
        self.assertEqual(self.stack.prompt.count(), self.prompts + 1)


class Away(Navigation, BrowserCase):
    """What no permission stops: the agent refuses it by itself."""


if __name__ == "__main__":
    main()
