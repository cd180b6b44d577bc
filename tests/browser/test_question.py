# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Chromium's question on a screen: its answers, and pages that do not wait."""

import os
import time

from browser_case import LOGIN, BrowserCase
from others import BehindOthers
from process import run, wait_until
from run_tests import main
from stack import PIN

# Longer than the SDK gives a silent port, and than a port without listener
# takes: what is open after it waits for the citizen.
LOOK = 3.0
# Chromium takes no answer in the first half second.
READ = 1.5
# The page below its button: blank, until the question covers some of it.
BLANK = "20,150,1000,700"
# With the keyboard, since the question is no window of its own: F6 goes to its
# first button, Block, and the next one is Allow.
BLOCK = ("F6", "Return")
ALLOW = ("F6", "Tab", "Return")
CLOSE = ("Escape",)


class Question(BehindOthers, BrowserCase):
    mode = "headed"
    # A browser keeps the answer for a site.
    more = 2

    def tearDown(self):
        self.permit("prompt")
        super().tearDown()

    def photo(self):
        path = os.path.join(self.stack.directory, "blank.png")
        run(["scrot", "--overwrite", "--autoselect", BLANK, path],
            env=self.stack.screen.env)
        with open(path, "rb") as photo:
            return photo.read()

    def answer(self, keys, call=LOGIN):
        """What page a's call comes to, once the citizen gave this answer."""
        blank = self.photo()
        pending = self.browser.begin_sdk("a", call)
        wait_until(lambda: self.photo() != blank, 30, "the question", 0.2)
        time.sleep(READ)
        self.assertFalse(pending.done())
        self.assertEqual(self.state("a"), "prompt")
        self.assert_untouched()
        for key in keys:
            run(["xdotool", "key", key], env=self.stack.screen.env)
            time.sleep(0.5)
        return pending

    def asked_ports(self):
        """The ports that page a called, one after the other."""
        return [int(url.split(":")[2].split("/")[0])
                for url in self.browser.call("requests", page="a")]

    def asked(self, page="a", call=LOGIN):
        self.open(page)
        pending = self.browser.begin_sdk(page, call)
        time.sleep(LOOK)
        self.assertFalse(pending.done())
        self.assert_untouched()
        return pending

    def state(self, page):
        return self.browser.sdk(page, "sdk.permission()",
                                click=False)["value"]["state"]

    def test_aborted(self):
        pending = self.asked()
        self.assertEqual(self.state("a"), "prompt")
        self.browser.call("evaluate", page="a", script="stop.abort()")
        self.assertEqual(pending.result()["reason"], "aborted")
        self.assertEqual(self.state("a"), "prompt")
        self.assert_untouched()

    def test_page_closed(self):
        self.asked("b")
        self.close("b")
        self.open()
        self.assertEqual(self.state("a"), "prompt")
        self.assert_untouched()

    def test_one_port_while_it_is_open(self):
        self.asked(call="sdk.status({signal: stop.signal})")
        ports = self.browser.call("requests", page="a")
        self.assertEqual(len(ports), 1, ports)
        self.browser.call("evaluate", page="a", script="stop.abort()")

    def test_closed_then_allowed_goes_on_with_the_login(self):
        ports = self.ports()
        self.open(site=self.sites[1])
        closed = self.answer(CLOSE).result()
        self.assertEqual(closed["reason"], "permission_dismissed")
        self.assertEqual(self.state("a"), "prompt")
        self.assertEqual(self.asked_ports(), ports[:1])
        self.assert_untouched()
        login = self.answer(ALLOW)
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        self.assertEqual(login.result()["value"]["format"], "web-eid:1.0")
        self.assertEqual(self.state("a"), "granted")
        self.assertEqual(self.stack.prompt.count(), self.prompts + 1)
        self.assertEqual(self.stack.card.count("signatures"), 1)
        # One question, then all strangers, once each, and the agent.
        self.assertEqual(self.asked_ports(), ports[:1] + ports + ports[-1:])
        self.assertEqual(self.remembered("a"), str(ports[-1]))
        self.assert_only_looked_at()

    def test_blocked(self):
        self.open(site=self.stranger)
        for again in (False, True):
            call = self.browser.begin_sdk("a", LOGIN) if again \
                else self.answer(BLOCK)
            self.assertEqual(call.result()["reason"], "permission_denied")
            self.assertEqual(self.state("a"), "denied")
        self.assertEqual(len(self.asked_ports()), 1)
        self.assert_untouched()

    def test_a_port_without_listener_asks_nothing(self):
        ports = self.ports()
        self.web.shut()
        try:
            self.open(site=self.sites[2])
            closed = self.answer(CLOSE).result()
        finally:
            self.web.open()
        self.assertEqual(closed["reason"], "permission_dismissed")
        # Nobody asked because of the first, the second asked, and no third.
        self.assertEqual(self.asked_ports(), ports[:2])
        self.assert_untouched()


if __name__ == "__main__":
    main()
