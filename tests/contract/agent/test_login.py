# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A login from the HTTP request to the verified token, and its APDUs."""

import base64
import json
import os
import re
import tempfile

from agent_case import APPLET, AgentCase, main
from process import run
from stack import NONCE, ORIGIN, built

FRESH = {"1.7": 16, "1.8": 14}
AGAIN = 9


class Login(AgentCase):
    def setUp(self):
        self.trace = os.path.join(self.stack.directory, "trace")
        self.card.trace_to(self.trace)
        self.card.do("counters-reset")

    def commands(self):
        """The APDUs that went to the card, as hex."""
        with open(self.trace, encoding="utf-8") as trace:
            return [m[1] for m in re.finditer(r"> ([0-9A-F*]+)", trace.read())]

    def verify(self, answer, *extra, accept=(0,), nonce=NONCE):
        return run([built("portal", "verify", "beid-verify"), "token",
                    "--origin", ORIGIN, "--nonce", nonce,
                    "--trust", self.card.root, "--json", *extra, "-"],
                   stdin=json.dumps(answer.json), accept=accept)

    def test_1_fresh_card_within_its_budget(self):
        answer = self.good_login()
        count = self.card.counters()
        print(f"applet {APPLET}, fresh card: {count['apdus']} APDUs")
        self.assertLessEqual(count["apdus"], FRESH[APPLET])
        self.assertEqual(count["verify"], 1)
        self.assertEqual(count["signatures"], 1)
        self.assertEqual(sorted(answer.json["token"]),
                         ["algorithm", "appVersion", "format", "signature",
                          "unverifiedCertificate"])
        self.assertEqual(answer.json["token"]["format"], "web-eid:1.0")
        self.assertEqual(answer.json["unverifiedEvidence"]["pinEntry"],
                         "keyboard")
        self.assertNotIn("chain", answer.json["unverifiedEvidence"])

    def test_2_same_card_again(self):
        self.good_login()
        self.card.do("counters-reset")
        self.good_login()
        count = self.card.counters()
        print(f"applet {APPLET}, same card again: {count['apdus']} APDUs")
        self.assertLessEqual(count["apdus"], AGAIN)

    def test_pin_right_is_closed_in_the_same_transaction(self):
        self.good_login()
        sent = self.commands()
        start = next(i for i, c in enumerate(sent) if c.startswith("0020000108"))
        rest = sent[start:]
        self.assertTrue(rest[1].startswith("002A9E9A"), rest)
        self.assertTrue(rest[2].startswith("00C00000"), rest)
        self.assertTrue(rest[3].startswith("80E60000"), rest)
        before = sent[:start]
        self.assertTrue(before[-1].startswith("002241B6"), before)
        self.assertTrue(before[-2].startswith("00A4"), before)
        self.assertTrue(before[-3].startswith("80E4"), before)

    def test_token_verifies_with_our_verifier(self):
        answer = self.good_login(chain=True)
        result = json.loads(self.verify(answer))
        self.assertIn("not checked", json.dumps(result))

    def test_verifier_refuses_another_nonce(self):
        answer = self.good_login(chain=True)
        other = base64.b64encode(os.urandom(32)).decode()
        self.verify(answer, nonce=other, accept=(25,))

    def test_signature_verifies_with_openssl_alone(self):
        token = self.good_login().json["token"]
        digest = "sha384" if token["algorithm"] == "ES384" else "sha256"
        with tempfile.TemporaryDirectory() as folder:
            def path(name):
                return os.path.join(folder, name)

            def digest_of(text):
                with open(path("part"), "wb") as part:
                    part.write(text.encode())
                run(["openssl", "dgst", f"-{digest}", "-binary", "-out",
                     path("hash"), path("part")])
                with open(path("hash"), "rb") as result:
                    return result.read()

            with open(path("cert.der"), "wb") as cert:
                cert.write(base64.b64decode(token["unverifiedCertificate"]))
            run(["openssl", "x509", "-inform", "DER", "-in", path("cert.der"),
                 "-pubkey", "-noout", "-out", path("pub.pem")])
            with open(path("message"), "wb") as message:
                message.write(digest_of(ORIGIN) + digest_of(NONCE))
            signature = base64.b64decode(token["signature"])
            if token["algorithm"] == "ES384":
                self.assertEqual(len(signature), 96)
                signature = ecdsa_der(signature)
            with open(path("sig"), "wb") as sig:
                sig.write(signature)
            run(["openssl", "dgst", f"-{digest}", "-verify", path("pub.pem"),
                 "-signature", path("sig"), path("message")])

    def test_prompt_says_who_asks_and_for_whom(self):
        self.good_login(lang="nl")
        text = self.prompt.texts()[-1]
        flat = " ".join(text.split())
        self.assertIn("Burgerprofiel (proef)", flat)
        self.assertIn(ORIGIN, flat)
        self.assertIn("DEVELOPMENT", flat)
        self.assertIn("Kaart van: Nora Proefpersoon", flat)
        self.assertIn("U kunt nog 3 keer proberen.", flat)
        self.assertNotIn("PUK", flat)
        self.assertLessEqual(len(text.split("\n")), 20)
        self.assertLessEqual(max(map(len, text.split("\n"))), 60)

    def test_prompt_speaks_four_languages(self):
        seen = set()
        for lang, name in (("nl", "Burgerprofiel"), ("fr", "Profil"),
                           ("de", "Bürgerprofil"), ("en", "Citizen profile")):
            self.good_login(lang=lang)
            self.assertIn(name, self.prompt.texts()[-1])
            seen.add(self.prompt.texts()[-1])
        self.assertEqual(len(seen), 4)

    def test_chain_is_read_after_the_signature_and_remembered(self):
        answer = self.good_login(chain=True)
        self.assertEqual(len(answer.json["unverifiedEvidence"]["chain"]), 2)
        self.card.do("counters-reset")
        self.good_login(chain=True)
        self.assertLessEqual(self.card.count("apdus"), AGAIN)

    def test_status_sends_no_apdu(self):
        self.card.do("counters-reset")
        for _ in range(5):
            answer = self.agent.status()
            self.assertEqual(answer.json["readers"],
                             [{"pinpad": False, "card": "supported"}])
        self.assertEqual(self.card.count("apdus"), 0)


def ecdsa_der(raw):
    """r‖s of equal halves as the DER SEQUENCE that openssl reads."""
    def integer(half):
        body = half.lstrip(b"\0") or b"\0"
        if body[0] & 0x80:
            body = b"\0" + body
        return bytes([2, len(body)]) + body

    body = integer(raw[:len(raw) // 2]) + integer(raw[len(raw) // 2:])
    return bytes([0x30, len(body)]) + body


if __name__ == "__main__":
    main()
