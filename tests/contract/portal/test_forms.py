# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The reference portal's forms and small pages."""

import concurrent.futures
import json
import os

from statement_case import CHOICE, FEEDBACK, StatementCase

from portal import Portal, free_port
from process import run
from run_tests import main
from stack import SOURCE, built
from visitor import Visitor


class Forms(StatementCase):
    """What is refused before anything is asked; no card takes part."""

    def tearDown(self):
        self.assertEqual(self.card.count("apdus"), 0)

    def test_contact_is_checked(self):
        self.visitor.other("nora")
        self.visitor.get("/contact")
        for changed, where in (
                ({"phone": "bel mij"}, "phone"), ({"phone": ""}, "phone"),
                ({"phone": "1" * 16}, "phone"), ({"email": "noor"}, "email"),
                ({"email": "a@b..example"}, "email"),
                ({"email": "", "reach": "both"}, "email"),
                ({"reach": "pigeon"}, "reach"),
                ({"call_name": "N\u202eoor"}, "name"),
                ({"call_name": "<b>"}, "name"),
                ({"call_name": "N" * 61}, "name")):
            with self.subTest(changed):
                reply = self.visitor.form("/contact", **{**CHOICE, **changed})
                self.assertEqual(reply.location, f"/contact?wrong={where}")
                page = self.visitor.get(reply.location)
                self.assertIn('class="problem" role="alert"', page.text)
                # What was right need not be typed again.
                for value in {**CHOICE, **changed}.values():
                    if value not in ("pigeon", "<b>", "N" * 61, "1" * 16):
                        self.assertIn(f'value="{value}"', page.text)
        foreign = self.visitor.send(
            "POST", "/contact", f"csrf={self.visitor.csrf}&reach=post",
            {"Origin": "https://evil.example"})
        self.assertEqual(foreign.status, 403)
        self.visitor.csrf = "0" * 44
        self.assertEqual(self.visitor.form("/contact", **CHOICE).status, 403)
        nothing = Visitor(self.origin)
        nothing.other("emile")
        nothing.get("/profile")
        reply = nothing.script("/statement/request", {})
        self.assertEqual(reply.status, 401)

    def test_opinions_at_once(self):
        """What one session writes in the same moment is kept, all of it."""
        before = self.kept(FEEDBACK)
        for _ in range(5):
            visitor = Visitor(self.origin)
            visitor.get("/feedback")
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                replies = list(pool.map(
                    lambda number, at=visitor: at.form(
                        "/feedback", text=f"Mening {number}").location,
                    range(4)))
            self.assertEqual(sorted(replies), 3 * ["/feedback?done=signed"]
                             + ["/feedback?wrong=many"])
        self.assertEqual(self.kept(FEEDBACK), before + 15)

    def test_a_report_wants_the_card(self):
        self.visitor.other("nora")
        self.assertEqual(self.visitor.get("/terugmelding").status, 401)
        reply = self.visitor.form("/terugmelding", field="birth", right="x")
        self.assertEqual(reply.location, "/terugmelding?typed=yes")

    def test_change_before_signing(self):
        """What was typed is there again, for this citizen alone."""
        visitor = self.visitor
        visitor.other("nora")
        visitor.get("/contact")
        typed = {**CHOICE, "call_name": "Noor & co", "reach": "both"}
        self.assertEqual(visitor.form("/contact", **typed).location,
                         "/ondertekenen")
        self.assertIn('href="/contact?typed=yes"',
                      visitor.get("/ondertekenen").text)
        page = visitor.get("/contact?typed=yes").text
        self.assertIn('value="Noor &amp; co"', page)
        self.assertIn('<option value="both" selected>', page)
        self.assertNotIn("Noor &amp; co", visitor.get("/contact").text)
        other = Visitor(self.origin)
        other.other("emile")
        self.assertNotIn("Noor &amp; co",
                         other.get("/contact?typed=yes").text)
        # Longer than any form: refused, and nothing of it comes back.
        reply = visitor.form("/contact", **{**CHOICE, "email": "x" * 4000})
        self.assertEqual(reply.location, "/contact?wrong=email")
        self.assertNotIn("xxx", visitor.get(reply.location).text)

    def test_privacy(self):
        """The page tells of the log that is kept, and of the number."""
        self.visitor.other("nora")
        page = self.visitor.get("/contact?lang=en").text
        self.assertIn("we keep encrypted", page)
        self.assertIn("kept in a log", page)
        port = free_port()
        without = Portal(self.stack.directory, port, self.card.root, tls=False)
        self.addCleanup(without.stop)
        visitor = Visitor(without.origin)
        visitor.other("nora")
        page = visitor.get("/contact?lang=en").text
        self.assertIn("we keep encrypted", page)
        self.assertNotIn("kept in a log", page)

    def test_bell_counts(self):
        self.visitor.other("emile")
        page = self.visitor.get("/profile?lang=en").text
        self.assertIn("1 to read", page)
        self.assertIn("1 to do", page)
        self.assertIn("Kijk uw e-mailadres na",
                      self.visitor.get("/meldingen").text)
        page = self.visitor.get("/profile?lang=en").text
        self.assertNotIn("to read", page)
        self.assertIn("1 to do", page)

    def test_feedback(self):
        visitor = self.visitor
        self.assertEqual(visitor.get("/feedback?lang=en").status, 200)
        for text in ("", " \n ", "x" * 1201, "a\u202eb", "<script>"):
            self.assertEqual(visitor.form("/feedback", text=text).location,
                             "/feedback?wrong=right")
        reply = visitor.form("/feedback", text="Vlot en \"duidelijk\",\n dank!")
        self.assertEqual(reply.location, "/feedback?done=signed")
        self.assertIn("Thank you", visitor.get(reply.location).text)
        # Nobody writes so much that others cannot.
        for _ in range(2):
            self.assertEqual(visitor.form("/feedback", text="Nog").location,
                             "/feedback?done=signed")
        reply = visitor.form("/feedback", text="Te veel")
        self.assertEqual(reply.location, "/feedback?wrong=many")
        self.assertIn("three times", visitor.get(reply.location).text)
        other = Visitor(self.origin)
        other.get("/feedback")
        self.assertEqual(other.form("/feedback", text="Ook ik").location,
                         "/feedback?done=signed")
        visitor.csrf = "0" * 44
        self.assertEqual(visitor.form("/feedback", text="x").status, 403)
        said = run([built("portal", "reference", "beid-portal"), "--listen",
                    "127.0.0.1:1", "--origin", "http://localhost:1",
                    "--www",
                    os.path.join(SOURCE, "portal", "reference", "www"),
                    "--sdk", os.path.join(SOURCE, "portal", "sdk"),
                    "--pseudonym-key", self.path("pseudonym.key"),
                    "--archive", self.path("archive.db"), "--show-feedback"])
        self.assertEqual([json.loads(line)["text"]
                          for line in said.splitlines()],
                         ["Ook ik", "Nog", "Nog",
                          'Vlot en "duidelijk", dank!'])

    def test_papers(self):
        self.visitor.other("nora")
        reply = self.visitor.get("/attesten/gezinssamenstelling")
        self.assertEqual((reply.status, reply.location), (303, "/attesten"))
        photo = self.visitor.get("/contact/foto")
        self.assertEqual(photo.headers["content-type"], "image/svg+xml")
        self.assertEqual(Visitor(self.origin).get("/contact/foto").status, 404)


if __name__ == "__main__":
    main()
