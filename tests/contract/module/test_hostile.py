# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile cards under the real pcscd, one answer for each class of bug that
other programs had (threats.md C-01; their whole dialogues are in
tests/fuzz/corpus/card, named alike)."""

from module_case import OK, ModuleCase, main

MAX_APDUS = 30

HOSTILE = {
    "cve-2024-45615-uninitialised-short-answer": "9000",
    "cve-2024-45616-one-byte-answer": "90",
    "cve-2024-45616-answer-longer-than-asked": "30" * 256 + "9000",
    "cve-2024-45620-certificate-claims-64k": "3082FFFF" + "00" * 252 + "9000",
    "cve-2025-49010-get-response-for-ever": "41" * 256 + "6100",
    "cve-2025-66037-spki-empty-bit-string":
        "3024301FA003020102020101300030003000300030043000"
        "0300300003010000" + "00" * 30 + "9000",
    "cve-2018-16391-serial-too-long": "41" * 31 + "9000",
    "cve-2018-16427-wrong-le": "6C01",
    "c-02-length-84ffffffff": "3084FFFFFFFF" + "00" * 250 + "9000",
}


class Hostile(ModuleCase):
    def attempt(self, name, answer, position):
        """One authentication in which the APDU at position is answered so;
        true when it came that far."""
        client = self.client()
        before = self.card.count("verify")
        self.card.do("fault", "--at", str(position), "--do",
                     "answer:" + answer)
        self.first_failure(client)
        reached = self.card.count("apdus") >= position
        self.card.do("fault", "--off")
        client.rv("close")
        verifies = self.card.count("verify") - before
        with self.subTest(card=name, apdu=position):
            self.assertLessEqual(verifies, 1, "a PIN was sent twice")
            self.assertEqual(self.first_failure(client), OK)
            self.expect(client, "close")
            self.assertEqual(client.end(), 0)
            self.assertEqual(self.card.count("tries_left"), 3)
        return reached

    def test_every_answer_at_every_apdu(self):
        for name, answer in HOSTILE.items():
            position = 1
            while True:
                self.card.do("counters-reset")
                if not self.attempt(name, answer, position):
                    break
                position += 1
                self.assertLess(position, MAX_APDUS)
            self.assertGreater(position, 5, name)


if __name__ == "__main__":
    main()
