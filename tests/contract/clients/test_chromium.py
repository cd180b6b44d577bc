# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Debian's Chromium, without an agent: the NSS database of its user knows our
module, a site demands a certificate, the citizen types the PIN in the
browser's own window.
"""

import json
import os

from clients_case import PIN, Program, main, namespace
from nss_case import NssCase
from process import wait_until
from screen import Screen

# Which certificate is offered is an administrator's policy, so that nobody
# needs to point at one; it lies in a mount namespace of its own.
PRIVATE_POLICIES = ("mkdir -p /etc/chromium && mount -t tmpfs -o mode=0755 "
                    "none /etc/chromium && mkdir -p "
                    "/etc/chromium/policies/managed && cp \"$1\" "
                    "/etc/chromium/policies/managed/ && shift && exec \"$@\"")
OPTIONS = ("--no-sandbox --no-first-run --disable-gpu --disable-quic "
           "--disable-background-networking --disable-component-update "
           "--disable-sync --disable-dev-shm-usage --password-store=basic "
           "--ignore-certificate-errors --window-size=900,700").split()


class Chromium(NssCase):
    def setUp(self):
        self.namespace = namespace()
        self.database(os.path.join(self.env["HOME"], ".pki", "nssdb"))
        self.screen = Screen(self.directory)
        self.addCleanup(self.screen.stop)

    def browse(self, url):
        policy = self.path("select.json")
        with open(policy, "w", encoding="utf-8") as file:
            json.dump({"AutoSelectCertificateForUrls": [json.dumps(
                {"pattern": url, "filter": {"SUBJECT": {
                    "CN": "Nora Proefpersoon (Authentication)"}}})]}, file)
        env = {**self.screen.env, **self.env, "DISPLAY": self.screen.name,
               "XDG_CACHE_HOME": os.path.join(self.env["HOME"], "cache"),
               "DBUS_SESSION_BUS_ADDRESS": "disabled:",
               "DBUS_SYSTEM_BUS_ADDRESS": "disabled:"}
        browser = Program(
            [*self.namespace, "sh", "-ec", PRIVATE_POLICIES, "sh", policy,
             "chromium", *OPTIONS,
             f"--user-data-dir={self.env['HOME']}/profile", url], env=env)
        self.addCleanup(browser.stop)
        return browser

    def window(self, title):
        return wait_until(lambda: self.screen.windows(title), 60,
                          f"a window '{title}'")[-1]

    def test_login_with_the_card(self):
        server = self.serve("TLSv1.3")
        self.browse(f"https://localhost:{server.port}")
        self.screen.type_line(self.window("Unlock Security Device"), PIN)
        # The server's page is titled with what it read in the certificate.
        self.window("^serial 71050100041")
        self.assertEqual({(v, c) for v, c, _ in server.seen},
                         {("TLSv1.3", self.der("auth"))})
        self.assertGreaterEqual(self.card.count("signatures"), 1)


if __name__ == "__main__":
    main()
