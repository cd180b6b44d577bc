# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The data objects, as pkcs11-tool lists and reads them, for every person."""

import os

from module_case import RSA, ModuleCase, main
from process import run

FILES = ("DATA_FILE", "SIGN_DATA_FILE", "ADDRESS_FILE", "SIGN_ADDRESS_FILE",
         "PHOTO_FILE")
CHIP = ("BASIC_KEY_FILE", "CHIP_RESPONSE", "basic_key_hash")
# label: value, for the people of the virtual card
PEOPLE = {
    "adult": {"surname": "Proefpersoon", "firstnames": "Nora Angèle",
              "national_number": "71050100041", "document_type": "1",
              "address_zip": "9000"},
    "no-signature": {"surname": "Beispiel", "date_of_birth": "13.MÄR. 1962",
                     "address_municipality": "Eupen"},
    "minor": {"surname": "Proefkind", "national_number": "15092200038",
              "document_type": "6"},
    "foreigner": {"surname": "Exemplo", "document_type": "31",
                  "duplicata": "00", "special_organization": ""},
    "expired": {"surname": "Voorbij", "location_of_birth": "Brugge"},
}


class Data(ModuleCase):
    def tool(self, *arguments):
        env = dict(os.environ, **self.card.env, ASAN_OPTIONS="detect_leaks=0",
                   LD_PRELOAD=os.environ.get("BEID_PRELOAD", ""))
        return run(["pkcs11-tool", "--module", os.environ["BEID_MODULE"],
                    "--type", "data", *arguments], env=env)

    def labels(self):
        lines = self.tool("--list-objects").splitlines()
        return [line.split("'")[1] for line in lines
                if line.split()[:1] == ["label:"]]

    def read(self, label):
        path = self.file("value")
        if os.path.exists(path):
            os.unlink(path)
        self.tool("--read-object", "--label", label, "--output-file", path)
        if not os.path.exists(path):
            return b""
        with open(path, "rb") as file:
            return file.read()

    def expect_signature(self, signature, data):
        """openssl verifies with the register's certificate in the PKI."""
        with open(self.file("data"), "wb") as file:
            file.write(data)
        if not RSA:
            signature = signature[:signature[1] + 2]
        with open(self.file("signature"), "wb") as file:
            file.write(signature)
        run(["openssl", "x509", "-in", os.path.join(self.pki, "rrn.pem"),
             "-noout", "-pubkey", "-out", self.file("key.pem")])
        run(["openssl", "dgst", "-sha256" if RSA else "-sha384", "-verify",
             self.file("key.pem"), "-signature", self.file("signature"),
             self.file("data")])

    def test_every_person(self):
        for person, fields in PEOPLE.items():
            with self.subTest(person=person):
                self.card.do("swap", "--person", person)
                labels = self.labels()
                self.assertEqual(len(labels), len(set(labels)))
                for label in FILES:
                    self.assertIn(label, labels)
                for label in CHIP:
                    self.assertEqual(label in labels, not RSA, label)
                self.assertEqual("eu_start_date" in labels,
                                 person == "foreigner")
                for label, value in fields.items():
                    self.assertIn(label, labels)
                    self.assertEqual(self.read(label).decode(), value)
                signature = self.read("SIGN_DATA_FILE")
                self.expect_signature(signature, self.read("DATA_FILE"))
                self.expect_signature(
                    self.read("SIGN_ADDRESS_FILE"),
                    self.read("ADDRESS_FILE").rstrip(b"\0") + signature)
                self.assertEqual(self.read("PHOTO_FILE")[:3], b"\xff\xd8\xff")
        self.assertEqual(self.card.count("verify"), 0)

    def test_reading_one_costs_one_file(self):
        self.card.do("counters-reset")
        self.read("address_zip")
        # GET CARD DATA, its try counter, SELECT and the file with its 6Cxx.
        self.assertLessEqual(self.card.count("apdus"), 6)
        self.card.do("counters-reset")
        self.read("PHOTO_FILE")
        self.assertLessEqual(self.card.count("apdus"), 4 + 14 + 2)


if __name__ == "__main__":
    main()
