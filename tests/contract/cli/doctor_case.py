# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of `beid-agent doctor` share."""

import os
import re

from cli_case import CliCase
from process import Failure, wait_until
from stack import VirtualCard, built

CARD = {"no-reader", "reader-without-driver", "reader-in-use", "no-card",
        "card-mute", "unsupported-card", "card-too-old", "certificate-missing",
        "certificate-expired", "certificate-expiring", "pin-last-try",
        "pin-blocked"}
SERVICE = {"pcscd-not-installed", "pcscd-not-running", "pcscd-not-permitted",
           "session-remote", "session-inactive"}
CODE = re.compile(r"^D1-([0-9A-F]+)-([0-9A-F]{2})$")


class Doctor(CliCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o755)
        for name in ("SSH_CONNECTION", "XDG_SESSION_ID"):
            self.env.pop(name, None)
        self.root = self.path("root")
        os.mkdir(self.root)

    def card(self, *options, applet="1.8"):
        card = VirtualCard(self.path("v"), applet, options)
        self.addCleanup(card.stop)
        self.env.update(card.env)
        return card

    def doctor(self, *arguments, **named):
        return self.agent(
            "doctor", "--module", built("pkcs11", "beid-agent-pkcs11.so"),
            "--card-worker", built("agent", "beid-agent-card"),
            "--pinentry", "/bin/true", "--root", self.root, *arguments,
            **named)

    def findings(self, *arguments, **named):
        done = self.doctor("--json", *arguments, **named)
        self.assertIn(done.status, (0, 1), done)
        words = [f["finding"] for f in done.json["findings"]]
        self.assertEqual(done.status, 1 if words else 0)
        self.assertRegex(done.json["code"], CODE)
        return words

    def about(self, words, *arguments, **named):
        """Those of the findings that are of a kind: others depend on what
        else runs on this computer."""
        return sorted(set(self.findings(*arguments, **named)) & words)

    def becomes(self, *expected):
        """pcscd notices a swapped card a moment later."""
        seen = []

        def look():
            seen[:] = self.about(SERVICE | CARD)
            return seen == list(expected)

        try:
            wait_until(look, 20, expected, 0.2)
        except Failure:
            self.assertEqual(seen, list(expected))
