# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The real stack, the reference portal, and a citizen's Chromium at it."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from drive import Drive  # noqa: E402
from portal import Portal, free_port  # noqa: E402
from process import wait_until  # noqa: E402
from request import Requests  # noqa: E402
from stack import PIN, SOURCE, Stack, build_directory  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
MODULES = os.path.join(build_directory(), "tests", "browser")
SDK = os.path.join(MODULES, "node_modules", "beid-agent")
WWW = os.path.join(SOURCE, "portal", "reference", "www")


def texts(language):
    """What the portal says in a language."""
    with open(os.path.join(WWW, "text", f"{language}.txt"),
              encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(" = ", 1) for line in file
                    if " = " in line)


def explanations():
    """From an error's code to the names of its title and its advice."""
    with open(os.path.join(WWW, "layout.html"), encoding="utf-8") as file:
        rows = re.findall(r'<li data-reason="([^"]*)".*?"{{(\w+)}}">{{(\w+)}}',
                          file.read())
    return {code: (title, advice) for codes, title, advice in rows
            for code in codes.split()}


class PortalCase(unittest.TestCase):
    """One stack, one portal and one browser per class; tests in order."""

    photos = "portal"
    more = ()  # for the portal
    options = ("--readers", "1")  # for the virtual card

    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.origin = f"https://localhost:{cls.port}"
        photos = os.path.join(MODULES, "screenshots", cls.photos)
        os.makedirs(photos, exist_ok=True)
        cls.stack = Stack(APPLET, card=cls.options, origins=(cls.origin,),
                          portal=cls.pinned)
        cls.addClassCleanup(cls.stack.stop)
        cls.card, cls.screen = cls.stack.card, cls.stack.screen
        key = os.path.join(cls.stack.directory, "pseudonym.key")
        with open(key, "wb") as file:
            file.write(os.urandom(32))
        # Sessions outlive the portal's process.
        cls.kept = ("--pseudonym-key", key, "--store",
                    os.path.join(cls.stack.directory, "portal.db"))
        cls.portal = None
        cls.addClassCleanup(lambda: cls.portal and cls.portal.stop())
        cls.start_portal()
        cls.browser = Drive(MODULES, "portal.mjs", cls.origin, photos)
        cls.addClassCleanup(cls.browser.stop)
        cls.browser.call("permission", setting="granted")

    @classmethod
    def pinned(cls, directory):
        cls.requests = Requests(directory)
        return {"allow": "authenticate, step-up",
                "portal": cls.requests.portal_lines()}

    @classmethod
    def start_portal(cls, *more):
        if cls.portal:
            cls.portal.stop()
        cls.portal = Portal(cls.stack.directory, cls.port, cls.card.root,
                            requests=cls.requests, sdk=SDK,
                            more=(*cls.kept, *cls.more, *more))

    def call(self, do, page="a", **more):
        return self.browser.call(do, page=page, **more)

    def click(self, selector, page="a"):
        self.call("click", page, selector=selector)

    def go(self, path, page="a"):
        return self.call("go", page, path=path)

    def open(self, path="/", page="a", **more):
        self.call("open", page, path=path, **more)
        self.addCleanup(self.call, "close", page)

    def type_pin(self, pin=PIN):
        self.screen.type_line(self.screen.wait_window(60), pin)

    def logged_in(self, page="a", path="/profile"):
        self.call("url", page, path=path)
        self.screen.wait_closed()

    def card_state(self, state):
        wait_until(lambda: [reader["card"] for reader in
                            self.stack.agent.request(
                                "GET", "/v1/status",
                                origin=self.origin).json["readers"]]
                   == [state], 20, f"the card to be {state}")

    def put(self, *how, state="supported"):
        """Another card in the reader."""
        self.card.do("remove")
        self.card_state("none")
        self.card.do("swap", *how)
        self.card.do("insert")
        self.card_state(state)
