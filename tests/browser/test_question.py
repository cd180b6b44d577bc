# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Chromium's question on a screen, and pages that do not wait for it."""

import time

from browser_case import LOGIN, BrowserCase
from run_tests import main

# Longer than the SDK gives a silent port, and than a port without listener
# takes: what is open after it waits for the citizen.
LOOK = 3.0


class Question(BrowserCase):
    mode = "headed"

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


if __name__ == "__main__":
    main()
