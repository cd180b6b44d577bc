# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A statement at the reference portal, in a real Chromium."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from portal import Browser, Portal, free_port  # noqa: E402
from request import Requests  # noqa: E402
from run_tests import main  # noqa: E402
from signing import as_the_page_says, read_and_sign, so_far  # noqa: E402
from stack import Stack, build_directory  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")


class BrowserStatement(unittest.TestCase):
    def test_from_form_to_download(self):
        port = free_port()
        origin = f"https://localhost:{port}"
        modules = os.path.join(build_directory(), "tests", "browser")
        photos = os.path.join(modules, f"photos-statement-{APPLET}")
        os.makedirs(photos, exist_ok=True)

        def pinned(directory):
            self.requests = Requests(directory)
            return {"allow": "authenticate, step-up",
                    "portal": self.requests.portal_lines()}

        with Stack(APPLET, origins=(origin,), portal=pinned) as stack:
            portal = Portal(stack.directory, port, stack.card.root,
                            requests=self.requests)
            # The pages do not depend on the card: looked at once.
            every = ["every-page"] if APPLET == "1.8" else []
            browser = Browser(modules, "statement.mjs", origin, photos, *every,
                              stdin=subprocess.PIPE)
            try:
                self.follow(stack, browser)
            finally:
                browser.stop()
                portal.stop()

    def follow(self, stack, browser):
        before = so_far(stack.prompt)
        browser.event("login")
        read_and_sign(stack.screen, stack.prompt, before)
        self.assertEqual(browser.event("logged-in")["name"],
                         "Nora Angèle Proefpersoon")
        stack.card.do("counters-reset")
        before = so_far(stack.prompt)
        browser.event("signing", 120)
        shown = "".join(read_and_sign(stack.screen, stack.prompt, before))
        waiting = browser.event("waiting", 120)
        self.assertEqual(waiting["code"], "statement_waiting")
        self.assertIn("niet opnieuw te ondertekenen", waiting["text"])
        signed = browser.event("signed", 120)
        self.assertIn("Roepnaam: Noor. Telefoon: 0470 11 22 33.",
                      signed["words"])
        self.assertIn("".join(signed["words"].split()),
                      "".join(shown.split()))
        self.assertEqual(signed["name"], "Noor")
        self.assertEqual(stack.card.count("signatures"), 1)
        self.kept(stack, browser.event("kept"), signed["words"])
        self.assertEqual(browser.event("paper")["name"],
                         "gezinssamenstelling.html")
        printed = browser.event("printed")
        for text in (printed["papers"], printed["panel"]):
            self.assertRegex(text, r"Attest[^\n]*\n+Voornamen\n")
            self.assertRegex(text, r"Opgemaakt op\n+\d\d/\d\d/\d{4} ")
            # What one clicks on is not on the paper.
            self.assertNotRegex(text, "Afdrukken|Downloaden|Sluiten|Hulp|"
                                      "Uittreksel|Afmelden|Mijn profiel")
        self.assertIn("Bedankt", browser.event("thanked", 300)["text"])
        self.without(stack, browser)
        self.assertEqual(browser.finish(), 0)

    def kept(self, stack, kept, words):
        files = []
        for name in (kept["text"]["path"], kept["signature"]["path"],
                     stack.card.root):
            with open(name, "rb") as file:
                files.append(file.read())
        self.assertIn(words, files[0].decode())
        self.assertRegex(kept["signature"]["name"], r"^verklaring-\w+\.p7s$")
        with tempfile.TemporaryDirectory() as folder:
            done = as_the_page_says(kept["page"], folder, *files)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("CAdES Verification successful", done.stdout)

    def without(self, stack, browser):
        """Told before any PIN, with a way on."""
        browser.event("other-card", 60)
        stack.card.do("swap", "--person", "no-signature")
        stack.card.do("counters-reset")
        prompts = stack.prompt.count("SETDESC")
        browser.program.process.stdin.write("go on\n")
        browser.program.process.stdin.flush()
        browser.event("cannot-sign")
        told = browser.event("told", 120)
        self.assertEqual(told["code"], "signature_missing")
        self.assertIn("Er is geen pincode gevraagd", told["advice"])
        self.assertEqual(told["route"],
                         "https://www.eupen.example/bescheinigungen")
        self.assertEqual(stack.card.count("verify"), 0)
        self.assertEqual(stack.prompt.count("SETDESC"), prompts)


if __name__ == "__main__":
    main()
