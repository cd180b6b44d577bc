# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A statement at the reference portal, in a real Chromium."""

import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "harness"))

from portal import Browser, Portal, free_port  # noqa: E402
from request import Requests  # noqa: E402
from run_tests import main  # noqa: E402
from signing import as_the_page_says, read_and_sign, so_far  # noqa: E402
from stack import Stack, build_directory  # noqa: E402
from visitor import Visitor  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
SOURCE_KEY = "a key that only the source of the data has"
RIGHT = "Proefstraat 14 bus 3, 9000 Gent"


class BrowserStatement(unittest.TestCase):
    def test_from_form_to_download(self):
        port = free_port()
        origin = self.origin = f"https://localhost:{port}"
        modules = os.path.join(build_directory(), "tests", "browser")
        photos = os.path.join(modules, "screenshots", f"statement-{APPLET}")
        os.makedirs(photos, exist_ok=True)

        def pinned(directory):
            self.requests = Requests(directory)
            return {"allow": "authenticate, step-up",
                    "portal": self.requests.portal_lines()}

        with Stack(APPLET, origins=(origin,), portal=pinned) as stack:
            key = os.path.join(stack.directory, "source.key")
            with open(key, "w", encoding="ascii") as out:
                out.write(SOURCE_KEY + "\n")
            portal = Portal(stack.directory, port, stack.card.root,
                            requests=self.requests,
                            more=("--source-key", key, "--max-age", "3600"))
            # Pages do not depend on the card: looked at once.
            browser = Browser(modules, "statement.mjs", origin, photos,
                              "every-page" if APPLET == "1.8" else "360",
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
        self.news(browser.event("before"), "1 te lezen 1 te doen",
                  tasks="Kijk uw telefoonnummer na.",
                  told="nieuw Uw aanslagbiljet", read="1 te doen")
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
        self.paper(browser.event("paper"))
        printed = browser.event("printed")
        for text in (printed["papers"], printed["panel"]):
            self.assertRegex(text, r"Attest[^\n]*\n+Voornamen\n")
            self.assertRegex(text, r"Opgemaakt op\n+\d\d/\d\d/\d{4} ")
            # What one clicks on is not on the paper.
            self.assertNotRegex(text, "Afdrukken|Downloaden|Sluiten|Hulp|"
                                      "Uittreksel|Afmelden|Mijn profiel")
        self.forms(stack, browser)
        self.assertIn("Bedankt", browser.event("thanked", 300)["text"])
        self.without(stack, browser)
        self.assertEqual(browser.finish(), 0)

    def paper(self, paper):
        self.assertEqual(paper["name"], "gezinssamenstelling.html")
        with open(paper["path"], encoding="utf-8") as file:
            content = file.read()
        for wanted in ("Attest van gezinssamenstelling", "Nora Angèle",
                       "Proefpersoon", "Proefstraat 12 bus 3, 9000 Gent",
                       "Jef Voorbeeld (partner), Lou Voorbeeld (kind)"):
            self.assertIn(wanted, content)

    def news(self, got, bell, **parts):
        """What the bell says, and what stands on the page of the news."""
        self.assertEqual(got["bell"], bell, got)
        for part, text in parts.items():
            self.assertIn(text, got[part])

    def sign(self, stack, browser, event):
        before = so_far(stack.prompt)
        browser.event(event, 120)
        return "".join("".join(read_and_sign(stack.screen, stack.prompt,
                                             before)).split())

    def correct(self, origin):
        """The source of the data answers the one report that is open."""
        source = Visitor(origin)
        key = {"Authorization": f"Bearer {SOURCE_KEY}"}
        reports = source.send("GET", "/source/reports",
                              headers=key).json["reports"]
        self.assertEqual([(one["field"], one["right"]) for one in reports],
                         [("address", RIGHT)])
        reply = source.send("POST", "/source/correction",
                            urllib.parse.urlencode({"id": reports[0]["id"],
                                                    "value": RIGHT}), key)
        self.assertEqual(reply.status, 200, reply)

    def forms(self, stack, browser):
        """The task is done with the signature; a report, its answer, and the
        eBox."""
        after = browser.event("after", 120)
        self.news(after, "1 te lezen", tasks="Je hoeft niets te doen.",
                  told="nieuw Je contactgegevens zijn aangepast.")
        self.assertNotIn("Kijk uw telefoonnummer na", after["tasks"])
        shown = self.sign(stack, browser, "reporting")
        reported = browser.event("reported", 240)
        self.assertIn(f"is het: {RIGHT}", reported["words"])
        self.assertIn("".join(reported["words"].split()), shown)
        self.news(reported, "1 te lezen",
                  told="nieuw Je melding is doorgegeven: Adres")
        self.assertEqual(reported["read"], "")
        self.correct(self.origin)
        self.go_on(browser)
        corrected = browser.event("corrected", 120)
        self.news(corrected, "1 te lezen", home=RIGHT,
                  told="nieuw Verbeterd na je melding – Adres")
        self.assertIn(RIGHT, corrected["told"])
        self.assertEqual(corrected["read"], "")
        shown = self.sign(stack, browser, "linking")
        linked = browser.event("linked", 120)
        self.assertIn("".join(linked["words"].split()), shown)
        self.assertIn("uw premie is toegekend", linked["ebox"])
        self.assertIn("Je eBox is gekoppeld.", linked["told"])
        self.assertNotIn("premie is toegekend", after["ebox"])

    @staticmethod
    def go_on(browser):
        browser.program.process.stdin.write("go on\n")
        browser.program.process.stdin.flush()

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
        self.go_on(browser)
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
