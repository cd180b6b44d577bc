# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The real stack, pages of our own, and a browser in front of them."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from drive import Drive, Pages  # noqa: E402
from request import Requests  # noqa: E402
from stack import NONCE, Stack, build_directory  # noqa: E402

MODULES = os.path.join(build_directory(), "tests", "browser")
SDK = os.path.join(MODULES, "node_modules", "beid-agent")
APPLET = os.environ.get("BEID_APPLET", "1.8")
LOGIN = f'sdk.authenticate("{NONCE}", {{lang: "nl", signal: stop.signal}})'


REFUSED = "location.assign(URL)"
FORM = """
const form = Object.assign(document.createElement('form'),
  {action: URL, method: 'post', enctype: 'text/plain'});
form.append(Object.assign(document.createElement('input'),
  {name: '{"challengeNonce":"', value: 'x'.repeat(44) + '"}'}));
document.body.append(form);
form.submit();
"""


class BrowserCase(unittest.TestCase):
    """One stack and one browser per class; each test starts anew."""

    script, mode = "drive.mjs", "headless"
    allow = "authenticate,step-up"
    more = 0  # further sites that the agent serves

    @classmethod
    def setUpClass(cls):
        cls.directory = os.path.join(MODULES, f"pages.{os.getpid()}")
        os.makedirs(cls.directory, mode=0o700)
        cls.addClassCleanup(os.rmdir, cls.directory)
        cls.addClassCleanup(cls.empty)
        cls.site, cls.stranger = cls.pages(), cls.pages()
        cls.sites = [cls.site, *(cls.pages() for _ in range(cls.more))]
        served = [site.origin for site in cls.sites]
        cls.stack = Stack(APPLET, origins=served, portal=cls.portal)
        cls.addClassCleanup(cls.stack.stop)
        cls.browser = Drive(MODULES, cls.script, cls.mode, *served,
                            cls.stranger.origin, wrapper=cls.wrapper(),
                            env=cls.stack.screen.env)
        cls.addClassCleanup(cls.browser.stop)

    @classmethod
    def pages(cls):
        site = Pages(cls.directory, SDK)
        cls.addClassCleanup(site.stop)
        return site

    @classmethod
    def empty(cls):
        for name in os.listdir(cls.directory):
            os.unlink(os.path.join(cls.directory, name))

    @classmethod
    def portal(cls, directory):
        cls.requests = Requests(directory)
        return {"allow": cls.allow, "portal": cls.requests.portal_lines()}

    @classmethod
    def wrapper(cls):
        return ()

    def setUp(self):
        self.stack.card.do("counters-reset")
        self.prompts = self.stack.prompt.count()
        self.opened = []

    def tearDown(self):
        for page in self.opened:
            self.browser.call("close", page=page)
        self.stack.screen.wait_closed()

    def open(self, page="a", path="/", site=None, **more):
        site = site or self.site
        self.browser.call("open", page=page, url=site.origin + path, **more)
        self.opened.append(page)

    def close(self, page):
        self.browser.call("close", page=page)
        self.opened.remove(page)

    def permit(self, setting, site=None):
        self.browser.call("permission", setting=setting,
                          origin=(site or self.site).origin)

    def assert_untouched(self):
        """Neither the card nor the citizen noticed anything."""
        self.assertEqual(self.stack.card.count("apdus"), 0)
        self.assertEqual(self.stack.prompt.count(), self.prompts)
        self.assertEqual(self.stack.screen.windows(), [])


class Navigation:
    """A browser leaves a page for the agent; for a BrowserCase."""

    def leave(self, script, path):
        self.open()
        url = self.stack.agent.url + path
        answer = self.browser.call(
            "leave", page="a", url=url,
            script=f"(() => {{ const URL = '{url}'; {script} }})()")
        self.assertEqual(answer["status"], 403)
        self.assertNotIn("access-control-allow-origin", answer["headers"])
        self.assert_untouched()

    def test_top_level_navigation(self):
        self.leave(REFUSED, "/v1/status")

    def test_form_post(self):
        self.leave(FORM, "/v1/authenticate")
