# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""`beid-agent card` on the virtual card, for both applets and all people."""

import base64
import os
import stat
import subprocess

from cli_case import LANGUAGES, CliCase, main
from process import wait_until
from stack import VirtualCard, built

APPLET = os.environ.get("BEID_APPLET", "1.8")
# Field of the identity, holder, certificates of the citizen
PEOPLE = {
    "adult": ({"surname": "Proefpersoon", "firstnames": "Nora Angèle",
               "national_number": "71050100041"}, "belgian",
              ["Authentication", "Signature"], "1971-05-01"),
    "other": ({"surname": "Exemple d'Essai", "gender": "M"}, "belgian",
              ["Authentication", "Signature"], "1985-08-17"),
    "no-signature": ({"surname": "Beispiel", "location_of_birth": "Eupen"},
                     "belgian", ["Authentication"], "1962-03-13"),
    "minor": ({"surname": "Proefkind"}, "belgian-child", [], "2015-09-22"),
    "foreigner": ({"surname": "Exemplo", "nationality": "Portugal"},
                  "foreigner", ["Authentication", "Signature"], "1990-02-04"),
    "expired": ({"surname": "Voorbij"}, "belgian",
                ["Authentication", "Signature"], "1948-06-10"),
}


class Card(CliCase):
    def setUp(self):
        super().setUp()
        self.virtual = VirtualCard(self.path("c"), APPLET)
        self.addCleanup(self.virtual.stop)
        self.env.update(self.virtual.env)

    def card(self, *arguments, **named):
        return self.agent("card", "--module",
                          built("pkcs11", "beid-agent-pkcs11.so"), *arguments,
                          **named)

    def one(self, done):
        self.assertEqual(done.err, "")
        cards = done.json["cards"]
        self.assertEqual(len(cards), 1)
        return cards[0]

    def expect_card(self, card, person):
        fields, holder, certificates, birth = PEOPLE[person]
        for name, value in fields.items():
            self.assertEqual(card["identity"][name], value)
        self.assertEqual(card["chip"], "Applet " + APPLET)
        self.assertEqual(card["document"]["holder"], holder)
        self.assertEqual(card["document"]["birth"], birth)
        self.assertEqual(card["document"]["expired"], person == "expired")
        self.assertEqual(card["document"]["letter"],
                         "EU" if person == "foreigner" else None)
        self.assertEqual([c["label"] for c in card["certificates"]],
                         certificates + ["CA", "Root", "RRN"])
        self.assertEqual(card["checks"], {
            "issuer": "test", "identity": "good", "address": "good",
            "photo": "good", "nationalNumber": "good",
            "chip": "good" if APPLET == "1.8" else "unchecked"})
        self.assertFalse(card["genuine"])

    def test_every_person(self):
        for person in PEOPLE:
            with self.subTest(person=person):
                self.virtual.do("swap", "--person", person)
                done = self.card("--json", "--test-cards")
                self.assertEqual(done.status, 0, done)
                self.expect_card(self.one(done), person)
                # A test card is nobody's identity.
                self.assertEqual(self.card("--json").status, 1)
                text = self.card(lang="en").out
                self.assertIn(PEOPLE[person][0]["surname"], text)
                self.assertIn("TEST CARD", text)
                self.assertEqual("EXPIRED" in text, person == "expired")
        self.assertEqual(self.virtual.count("verify"), 0)
        self.assertEqual(self.virtual.count("resets"), 0)

    def test_languages(self):
        texts = {self.card(lang=lang).out for lang in LANGUAGES}
        self.assertEqual(len(texts), len(LANGUAGES))
        for text in texts:
            self.assertIn("Nora Angèle V", text)

    def test_the_certificates_are_the_cards(self):
        card = self.one(self.card("--json"))
        for entry, name in zip(card["certificates"],
                               ("auth", "sign", "ca", "root", "rrn")):
            der = base64.b64decode(entry["der"], validate=True)
            path = os.path.join(self.virtual.directory, "pki", name + ".pem")
            expected = subprocess.run(
                ["openssl", "x509", "-in", path, "-outform", "DER"],
                stdout=subprocess.PIPE, check=True, timeout=60).stdout
            self.assertEqual(der, expected, name)

    def test_photo(self):
        path = self.path("photo.jpg")
        done = self.card("--test-cards", "--photo", path)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, "rb") as photo:
            self.assertEqual(photo.read(3), b"\xff\xd8\xff")
        # Neither through a link nor into a folder.
        target = self.write("kept", "target")
        os.symlink(target, self.path("link"))
        for wrong in (self.path("link"), self.directory):
            done = self.card("--test-cards", "--photo", wrong)
            self.assertEqual(done.status, 1, done)
            self.assertIn("cannot be written", done.err)
        self.assertEqual(self.read("target"), "kept")

    def wait_for(self, said):
        """Until pcscd has seen what changed in the reader."""
        def told():
            done = self.card()
            self.assertEqual((done.status, done.out), (3, ""), done)
            return said in done.err

        wait_until(told, 60, said, pause=0.2)

    def test_no_card(self):
        self.virtual.do("remove")
        for arguments in ((), ("--json",)):
            done = self.card(*arguments)
            self.assertEqual((done.status, done.out), (3, ""), done)
            self.assertIn("There is no card in the card reader", done.err)
        for applet, said in (("foreign", "not a Belgian eID card"),
                             ("1.1", "too old")):
            self.virtual.do("swap", "--applet", applet)
            self.virtual.do("insert")
            self.wait_for(said)
            self.virtual.do("remove")
            self.wait_for("no card in the card reader")
        self.virtual.do("pcscd-stop")
        done = self.card()
        self.assertEqual(done.status, 3, done)
        self.assertIn("pcscd", done.err)

    def test_wrong_arguments(self):
        self.assertEqual(self.card("x").status, 2)
        self.assertEqual(self.card("--photo").status, 2)
        done = self.agent("card", "--module", "/nonexistent.so")
        self.assertEqual(done.status, 1, done)
        self.assertIn("module cannot be used", done.err)


class TwoCards(CliCase):
    def test_two_cards(self):
        virtual = VirtualCard(self.path("c"), APPLET, ("--readers", "2"))
        self.addCleanup(virtual.stop)
        module = built("pkcs11", "beid-agent-pkcs11.so")
        done = self.agent("card", "--module", module, "--json",
                          env=virtual.env)
        self.assertEqual(len(done.json["cards"]), 2, done)
        path = self.path("photo.jpg")
        done = self.agent("card", "--module", module, "--photo", path,
                          env=virtual.env)
        self.assertEqual((done.status, done.out), (2, ""), done)
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    main()
