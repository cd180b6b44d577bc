# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Statements at the reference portal, signed with the card by the real agent
and verified with openssl as the portal's page tells."""

import urllib.parse

from statement_case import (APPLET, CHOICE, CORRECTING, NORA, REPORT, REPORTED,
                            SOURCE_KEY, STATEMENT, TYPED, StatementCase)

from run_tests import main
from signing import national_number
from visitor import Visitor

LANGUAGES = {"nl": ("Ik kies mijn contactgegevens", "Burgerprofiel (proef)"),
             "fr": ("Je choisis mes données de contact",
                    "Profil du citoyen (essai)"),
             "de": ("Ich wähle meine Kontaktdaten", "Bürgerprofil (Probe)"),
             "en": ("I choose my contact data", "Citizen profile (test)")}


class Statement(StatementCase):
    def test_contact_data(self):
        """In each language; nothing changes before the signature."""
        typed = self.kept(TYPED)
        self.login()
        for lang, (words, name) in LANGUAGES.items():
            with self.subTest(lang):
                choice = {**CHOICE, "call_name": f"Noor {lang}"}
                reply = self.visitor.form("/contact", **choice)
                self.assertEqual(reply.location, "/ondertekenen")
                self.assertNotIn(f"Noor {lang}",
                                 self.visitor.get("/contact").text)
                following, answer = self.declare("/contact", lang, **choice)
                self.assertEqual(following, "/contact?done=signed")
                self.assertIn(words, answer["statement"])
                self.assertIn(name, answer["statement"])
                self.assertIn(f"Noor {lang}",
                              self.visitor.get("/contact").text)
        self.assertEqual(self.kept(TYPED), typed)
        page, text, signature = self.download()
        self.assertEqual([(line["event"], line["detail"])
                          for line in self.trail()[-3:]],
                         [("shown", "/verklaringen"),
                          ("statement downloaded", "txt"),
                          ("statement downloaded", "p7s")])
        self.assertEqual(text.decode(), answer["statement"])
        # Read aloud in the language in which it was signed.
        for lang in LANGUAGES:
            self.assertIn(f'<pre class="words" lang="{lang}">', page)
        done = self.verified(page, text, signature)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("CAdES Verification successful", done.stdout)
        self.assertNotEqual(self.verified(page, text + b" ", signature)
                            .returncode, 0)
        self.assertEqual(national_number(signature), NORA)
        event = [line for line in self.trail()
                 if line["event"] == "statement"][-1]
        self.assertEqual(event["detail"], "contact")
        self.assertRegex(event["subject"], "^[0-9a-f]{64}$")

    def test_a_report_and_its_correction(self):
        self.login()
        following, answer = self.declare(
            "/terugmelding", field="address",
            right="Proefstraat 14 bus 3,\r\n  9000 Gent")
        self.assertEqual(following, "/terugmelding?done=signed")
        self.assertIn("Adres. Nu staat er: Proefstraat 12 bus 3, 9000 Gent",
                      answer["statement"])
        self.assertIn("is het: Proefstraat 14 bus 3, 9000 Gent\n",
                      answer["statement"])
        self.assertIn("Proefstraat 12", self.visitor.get("/woonst").text)
        source = Visitor(self.origin)
        key = {"Authorization": f"Bearer {SOURCE_KEY}"}
        self.assertEqual(source.send("GET", "/source/reports").status, 403)
        wrong = {"Authorization": f"Bearer {SOURCE_KEY}x"}
        self.assertEqual(source.send("GET", "/source/reports",
                                     headers=wrong).status, 403)
        open_reports = source.send("GET", "/source/reports",
                                   headers=key).json["reports"]
        self.assertEqual([(one["field"], one["right"])
                          for one in open_reports],
                         [("address", "Proefstraat 14 bus 3, 9000 Gent")])
        # One that cannot be opened after one that can: nothing is told.
        with self.archive() as database:
            database.execute(
                "INSERT INTO entries (id, subject, kind, name, created, until,"
                " sealed) VALUES (-1, '', ?, 'junk', 1, ?, x'00')",
                (REPORT, 1 << 40))
            reply = source.send("GET", "/source/reports", headers=key)
            self.assertEqual((reply.status, reply.json),
                             (500, {"error": "internal"}))
            database.execute("DELETE FROM entries WHERE id = -1")
        body = urllib.parse.urlencode({"id": open_reports[0]["id"],
                                       "value": "Proefstraat 14/3, 9000 Gent"})
        self.assertEqual(source.send("POST", "/source/correction", body,
                                     wrong).status, 403)
        self.report_again()
        # While another correction of the same datum is being written.
        with self.full_of(CORRECTING, 1, "address"):
            reply = source.send("POST", "/source/correction", body, key)
            self.assertEqual((reply.status, reply.json["error"]),
                             (409, "busy"))
            self.assertIn("Proefstraat 12", self.visitor.get("/woonst").text)
        with self.archive() as database:
            waiting = database.execute(
                "SELECT subject, kind, name, created, until, sealed"
                " FROM entries WHERE kind = ?", (REPORT,)).fetchone()
        reply = source.send("POST", "/source/correction", body, key)
        self.assertEqual(reply.status, 200, reply)
        corrected = self.trail()[-1]
        self.assertEqual((corrected["event"], corrected["detail"]),
                         ("corrected", "by the source"))
        again = source.send("POST", "/source/correction", body, key)
        self.assertEqual(again.status, 404)
        self.assertEqual(self.kept(REPORTED), 0)
        self.assertEqual(self.kept(CORRECTING), 0)
        self.report_is_stale()
        self.assertIn("Proefstraat 14/3", self.visitor.get("/woonst").text)
        # It is new once, and the bell says so.
        count = 'class="count"'
        self.assertIn(count, self.visitor.get("/woonst").text)
        news = self.visitor.get("/meldingen").text
        self.assertRegex(news, r"Verbeterd na je melding[^<]* Adres[^<]*:"
                               r" <strong[^>]*>Proefstraat 14/3")
        self.assertIn("Je melding is doorgegeven: Adres", news)
        self.assertIn('class="tag"', news.partition("todo-title")[2])
        self.assertNotIn('class="tag"', self.visitor.get("/meldingen").text
                         .partition("todo-title")[2])
        self.releases_its_own(source, body, key, waiting)

    def releases_its_own(self, source, body, key, waiting):
        """A correction that outlasts its time leaves alone who came after it:
        here while the report, put back each time, is taken away."""
        remember = ("AFTER INSERT ON entries WHEN NEW.kind = %d BEGIN"
                    " INSERT INTO other VALUES (NEW.sealed); END" % CORRECTING)
        replace = ("AFTER DELETE ON entries WHEN OLD.kind = %d BEGIN"
                   " UPDATE entries SET sealed = (SELECT sealed FROM other)"
                   " WHERE kind = %d; END" % (REPORT, CORRECTING))
        with self.archive() as database:
            database.execute("CREATE TABLE other (sealed)")
            for trigger, left in ((remember, 0), (replace, 1)):
                database.execute(
                    "INSERT INTO entries (subject, kind, name, created, until,"
                    " sealed) VALUES (?, ?, ?, ?, ?, ?)", waiting)
                database.execute(f"CREATE TRIGGER meanwhile {trigger}")
                reply = source.send("POST", "/source/correction", body, key)
                self.assertEqual(reply.status, 200, reply)
                database.execute("DROP TRIGGER meanwhile")
                self.assertEqual(self.kept(CORRECTING), left)
            database.execute("DELETE FROM entries WHERE kind = ?",
                             (CORRECTING,))
            database.execute("DROP TABLE other")

    def report_again(self):
        """A second report while the first one waits: the page says so."""
        page = self.visitor.get("/terugmelding").text
        self.assertRegex(page.partition('id="waiting"')[2], r"<li>Adres <")
        self.visitor.form("/terugmelding", field="school", right="Proefschool")
        self.assertNotIn('id="report-again"',
                         self.visitor.get("/ondertekenen").text)
        self.visitor.form("/terugmelding", field="address",
                          right="Proefstraat 15")
        self.assertIn('id="report-again"',
                      self.visitor.get("/ondertekenen").text)

    def report_is_stale(self):
        """Nobody signs that it says now what it no longer says."""
        before = self.card.count("signatures"), self.prompt.count()
        reply = self.visitor.script("/statement/request", {})
        self.assertEqual((reply.status, reply.json["error"]),
                         (409, "data_changed"))
        reply = self.visitor.get("/ondertekenen")
        self.assertEqual(reply.location, "/terugmelding?wrong=changed")
        page = self.visitor.get(reply.location).text
        self.assertIn('class="problem" role="alert"', page)
        self.assertIn("Proefstraat 14/3", page)
        self.assertNotIn('id="waiting"', page)
        self.assertEqual((self.card.count("signatures"), self.prompt.count()),
                         before)

    def test_ebox(self):
        self.visitor.other("nora")
        before = self.visitor.get("/meldingen").text
        self.assertNotIn("premie is toegekend", before)
        following, answer = self.declare("/ebox")
        self.assertEqual(following, "/meldingen?done=signed")
        self.assertIn("eBox", answer["statement"])
        after = self.visitor.get("/meldingen").text
        self.assertIn("premie is toegekend", after)
        self.assertIn("kopie; het origineel staat in de eBox", after)
        # No level was raised: the signature key is none to log in with.
        self.assertEqual(self.visitor.get("/verklaringen").status, 401)
        kept = self.visitor.send("GET", "/verklaringen/" + "0" * 44 + ".p7s")
        self.assertEqual((kept.status, kept.location),
                         (303, "/verklaringen"))

    def test_a_store_that_is_away(self):
        """What was signed is sent again, and is kept once."""
        visitor = self.visitor
        visitor.other("nora")
        visitor.get("/contact")
        visitor.form("/contact", **{**CHOICE, "call_name": "Noor terug"})
        visitor.get("/ondertekenen")
        request, where = self.asked(visitor)
        answer, _ = self.sign(request)
        signatures = self.card.count("signatures")
        statements = self.kept(STATEMENT)
        with self.locked():
            reply = visitor.script(where, answer)
        self.assertEqual((reply.status, reply.json["error"]),
                         (503, "portal_unavailable"))
        self.assertEqual(self.kept(STATEMENT), statements)
        reply = visitor.script(where, answer)
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(self.kept(STATEMENT), statements + 1)
        self.assertIn("Noor terug", visitor.get("/contact").text)
        self.assertEqual(self.card.count("signatures"), signatures)
        reply = visitor.script(where, answer)
        self.assertEqual((reply.status, reply.json["error"]),
                         (401, "nonce_expired"))

    def test_two_tabs(self):
        """What one of them asks for takes nothing from the other."""
        visitor = self.visitor
        visitor.other("nora")
        visitor.get("/contact")
        visitor.form("/contact", **{**CHOICE, "call_name": "Noor tab"})
        request, first = self.asked(visitor)
        answer, _ = self.sign(request)
        statements = self.kept(STATEMENT)
        # Signed, and still on its way, when the other tab asks.
        visitor.form("/ebox")
        request, second = self.asked(visitor)
        other, _ = self.sign(request)
        for where in ("/statement/answer", "/statement/answer?id=",
                      first[:-1], first + "0", first[:-1] + "G"):
            reply = visitor.script(where, answer)
            self.assertEqual((reply.status, reply.json["error"]),
                             (400, "bad_request"), where)
        reply = visitor.script(first, answer)
        self.assertEqual((reply.status, reply.json),
                         (200, {"next": "/contact?done=signed"}))
        # What the other one wrote is not forgotten with it.
        page = visitor.get("/ondertekenen")
        self.assertEqual(page.status, 200, page)
        self.assertIn("eBox", page.text)
        reply = visitor.script(second, other)
        self.assertEqual((reply.status, reply.json),
                         (200, {"next": "/meldingen?done=signed"}))
        self.assertEqual(visitor.get("/ondertekenen").location, "/profile")
        self.assertEqual(self.kept(STATEMENT), statements + 2)
        self.assertIn("Noor tab", visitor.get("/contact").text)
        self.assertEqual(self.card.count("signatures"), 2)
        # An answer is good for its own request only.
        visitor.form("/ebox")
        _, where = self.asked(visitor)
        reply = visitor.script(where, other)
        self.assertEqual((reply.status, reply.json["error"]),
                         (401, "token_refused"))

    def test_no_room(self):
        """Who has too many reports open learns it before any PIN."""
        self.login()
        report = {"field": "school", "right": "Proefschool"}
        before = self.card.count("signatures"), self.prompt.count()
        self.visitor.form("/terugmelding", **report)
        with self.full_of(REPORTED, 20):
            reply = self.visitor.form("/terugmelding", **report)
            self.assertEqual(reply.location, "/terugmelding?wrong=full")
            self.assertIn("wacht op het antwoord",
                          self.visitor.get(reply.location).text.lower())
            # The one that was written before.
            self.visitor.get("/ondertekenen")
            reply = self.visitor.script("/statement/request", {})
            self.assertEqual((reply.status, reply.json["error"]),
                             (409, "statements_full"))
            # Other statements are not reports.
            self.assertEqual(self.visitor.form("/ebox").location,
                             "/ondertekenen")
        with self.full_of(STATEMENT, 1000):
            self.assertEqual(self.visitor.form("/ebox").location,
                             "/meldingen?wrong=full")
            reply = self.visitor.form("/contact", **CHOICE)
            self.assertEqual(reply.location, "/contact?wrong=full")
        self.assertEqual((self.card.count("signatures"), self.prompt.count()),
                         before)
        self.declare("/terugmelding", **report)
        self.assertEqual(self.kept(REPORTED), 1)

    def test_who_may_not(self):
        """Somebody else's card, a second time, another session."""
        visitor = self.visitor
        visitor.other("emile")
        visitor.get("/contact")
        visitor.form("/contact", **CHOICE)
        visitor.get("/ondertekenen")
        request, where = self.asked(visitor)
        answer, _ = self.sign(request)
        reply = visitor.script(where, answer)
        self.assertEqual((reply.status, reply.json["error"]),
                         (403, "other_person"))
        self.assertNotIn(CHOICE["phone"], visitor.get("/contact").text)
        self.assertEqual(self.trail()[-1]["event"], "statement refused")
        # The right person this time, but in a session that did not ask.
        visitor = self.visitor = Visitor(self.origin)
        visitor.other("nora")
        visitor.get("/meldingen")
        visitor.form("/ebox")
        visitor.get("/ondertekenen")
        request, where = self.asked(visitor)
        answer, _ = self.sign(request)
        stranger = Visitor(self.origin)
        stranger.other("nora")
        stranger.get("/profile")
        reply = stranger.script(where, answer)
        self.assertEqual((reply.status, reply.json["error"]),
                         (401, "nonce_expired"))
        # A word more than was signed.
        changed = {**answer, "statement": answer["statement"] + "."}
        reply = visitor.script(where, changed)
        self.assertEqual((reply.status, reply.json["error"]),
                         (401, "token_refused"))
        reply = visitor.script(where, answer)
        self.assertEqual((reply.status, reply.json["error"]),
                         (401, "nonce_expired"))

    def test_no_number_at_rest(self):
        self.visitor.other("nora")
        self.visitor.get("/meldingen")
        _, answer = self.declare("/ebox")
        files = [self.path(name) for name in ("archive.db", "archive.db-wal",
                                              "audit.jsonl")]
        self.check_rest(files, answer)
        for name in files:
            with open(name, "rb") as file:
                self.assertNotIn(b"Proefpersoon", file.read(), name)
        self.assertNotIn(NORA, "".join(self.portal.program.lines))


class Without(StatementCase):
    """Who has no signature certificate learns it before any PIN."""

    card_options = ("--readers", "1", "--person", "no-signature")

    def test_told_before_any_pin(self):
        prompts = self.prompt.count("SETDESC")
        self.visitor.other("ulrike")
        self.visitor.get("/contact")
        self.visitor.form("/contact", **CHOICE)
        page = self.visitor.get("/ondertekenen?lang=de").text
        self.assertIn("bevor Sie eine PIN eingeben", page)
        self.assertIn("https://www.eupen.example/bescheinigungen", page)
        self.assertIn('data-reason="signature_missing"', page)
        answer = self.ask_agent(
            "/v1/step-up", lang="de", chain=True,
            request=self.asked(self.visitor)[0])
        self.assertEqual(answer.code, "certificate_missing", answer)
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.card.count("signatures"), 0)
        self.assertEqual(self.prompt.count("SETDESC"), prompts)

    def test_a_minor(self):
        """Of twelve or more: logs in with the card, and cannot sign."""
        self.card.do("swap", "--applet", APPLET, "--person", "youth")
        self.addCleanup(self.card.do, "swap", "--applet", APPLET, "--person",
                        "no-signature")
        self.login()
        self.assertIn("Getuigschrift basisonderwijs",
                      self.visitor.get("/onderwijs").text)
        self.visitor.form("/ebox")
        page = self.visitor.get("/ondertekenen?lang=nl").text
        self.assertIn("https://www.aalst.example/attesten", page)
        self.card.do("counters-reset")
        prompts = self.prompt.count("SETDESC")
        answer = self.ask_agent(
            "/v1/step-up", lang="nl", chain=True,
            request=self.asked(self.visitor)[0])
        self.assertEqual(answer.code, "certificate_missing", answer)
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.prompt.count("SETDESC"), prompts)


class Revoked(StatementCase):
    """The responder that the card's certificates name decides."""

    card_options = ("--readers", "1", "--responder", "0")

    @classmethod
    def portal_options(cls):
        responder = cls.card.do("responder").split()[0]
        return (*super().portal_options(), "--revocation", "login",
                "--ocsp-prefix", responder, "--crl-prefix", responder)

    def refused(self, status, word):
        visitor = self.visitor
        visitor.form("/ebox")
        visitor.get("/ondertekenen")
        request, where = self.asked(visitor)
        answer, _ = self.sign(request)
        reply = visitor.script(where, answer)
        self.assertEqual((reply.status, reply.json["error"]), (status, word))
        self.assertNotIn("premie is toegekend",
                         visitor.get("/meldingen").text)
        self.assertEqual(self.trail()[-1]["event"], "statement refused")

    def test_only_with_an_answer(self):
        # A login may look into a CRL; a statement wants the responder.
        self.card.do("responder", "--set", "ocsp-down")
        self.login()
        self.assertEqual(self.trail()[-1]["detail"],
                         "card, not revoked by CRL")
        self.visitor.get("/meldingen")
        self.refused(503, "revocation_unavailable")
        self.card.do("responder", "--set", "up")
        self.card.do("certificate", "sign", "revoked")
        self.refused(401, "certificate_revoked")
        self.card.do("certificate", "sign", "good")


if __name__ == "__main__":
    main()
