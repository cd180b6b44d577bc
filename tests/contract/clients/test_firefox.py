# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Debian's Firefox, headless and without an agent: its profile knows our module,
a site demands a certificate, the citizen types the PIN in the browser's own
window. A wrong PIN first: the window comes back.
"""

import os

from clients_case import PIN, VERSIONS, main
from marionette import Firefox
from nss_case import NssCase
from process import wait_until

WRONG = "9999"


class FirefoxCase(NssCase):
    def setUp(self):
        profile = self.path("firefox")
        self.database(profile)
        env = {**self.env, "DBUS_SESSION_BUS_ADDRESS": "disabled:",
               "XDG_CACHE_HOME": os.path.join(self.env["HOME"], "cache"),
               "MOZ_CRASHREPORTER_DISABLE": "1"}
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            env.pop(name, None)
        self.firefox = Firefox(profile, env)
        self.addCleanup(self.firefox.stop)

    def awaits(self, condition):
        wait_until(condition, 120, "the page of who logged in")

    def test_login_with_the_card(self):
        self.firefox.types(WRONG, PIN)
        for version in VERSIONS:
            with self.subTest(version=version):
                server = self.serve(version)
                self.firefox.go(f"https://localhost:{server.port}/")
                # The page is titled with what the server read in the
                # certificate.
                self.awaits(lambda: server.seen and self.firefox.title()
                            == "serial 71050100041")
                self.assertEqual({(v, c) for v, c, _ in server.seen},
                                 {(version, self.der("auth"))})
        # Once in the life of the browser, and once more for the wrong PIN.
        asked = self.firefox.asked()
        self.assertEqual(len(asked), 2, asked)
        for text in asked:
            self.assertIn("Belgian eID", text)
        self.assertEqual(self.card.count("verify"), 2)
        self.assertGreaterEqual(self.card.count("signatures"), 2)


if __name__ == "__main__":
    main()
