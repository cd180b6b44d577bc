# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The two routes for portals that come from web-eid.js."""

import base64
import hashlib
import os
import subprocess

from agent_case import APPLET, AgentCase, main
from process import run
from stack import PIN, Later

HASHES = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
KIND = {"1.7": ("RSA", "PKCS1.5"), "1.8": ("ECC", "NONE")}[APPLET]


def der_integer(number):
    raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes((2, len(raw))) + raw


def der_of(raw):
    half = len(raw) // 2
    body = b"".join(der_integer(int.from_bytes(part, "big"))
                    for part in (raw[:half], raw[half:]))
    return bytes((0x30, len(body))) + body


class Sign(AgentCase):
    @classmethod
    def portal(cls, _):
        return {"allow": "authenticate, signing-certificate, sign"}

    def setUp(self):
        self.card.do("counters-reset")

    def post(self, path, **members):
        return self.agent.request("POST", path, {"lang": "nl", **members})

    def certificate(self):
        """Asks for the certificate; the citizen agrees."""
        later = Later(self.post, "/v1/signing-certificate")
        window = self.screen.wait_window()
        self.screen.press(window, "Tab")
        self.screen.press(window, "Return")
        return later.result()

    def sign(self, function, data, certificate, **members):
        digest = hashlib.new(HASHES[function], data).digest()
        later = Later(self.post, "/v1/sign", certificate=certificate,
                      hash=base64.b64encode(digest).decode(),
                      hashFunction=function, **members)
        self.screen.type_line(self.screen.wait_window(), PIN)
        return later.result()

    def write(self, name, data):
        path = os.path.join(self.stack.directory, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def test_certificate_after_a_yes(self):
        asked = self.prompt.count("GETPIN")
        answer = self.certificate()
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.prompt.count("GETPIN"), asked)
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(
            [(a["cryptoAlgorithm"], a["hashFunction"], a["paddingScheme"])
             for a in answer.json["supportedSignatureAlgorithms"]],
            [(KIND[0], name, KIND[1]) for name in HASHES])
        der = self.write("sign.der",
                         base64.b64decode(answer.json["certificate"]))
        subject = run(["openssl", "x509", "-inform", "DER", "-in", der,
                       "-noout", "-subject"])
        self.assertIn("(Signature)", subject)
        self.assertEqual(len(answer.json["chain"]), 2)
        self.journalled("signing-certificate", None, self.prompt.texts()[-1],
                        "certificate,chain")

    def test_no_certificate_without_a_yes(self):
        later = Later(self.post, "/v1/signing-certificate")
        # Return is the safe choice.
        self.screen.press(self.screen.wait_window(), "Return")
        answer = later.result()
        self.assertEqual(answer.code, "user_cancelled", answer)

    def test_signatures_verify_with_openssl(self):
        certificate = self.certificate().json["certificate"]
        key = self.write("key.pem", run(
            ["openssl", "x509", "-inform", "DER", "-noout", "-pubkey", "-in",
             self.write("sign.der", base64.b64decode(certificate))]).encode())
        for function, name in HASHES.items():
            data = f"A contract for {function}".encode()
            answer = self.sign(function, data, certificate,
                               document={"name": "Contract.pdf"})
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(
                answer.json["signatureAlgorithm"],
                {"cryptoAlgorithm": KIND[0], "hashFunction": function,
                 "paddingScheme": KIND[1]})
            self.journalled("sign", None, self.prompt.texts()[-1], "signature")
            raw = base64.b64decode(answer.json["signature"])
            signature = self.write("sig",
                                   raw if APPLET == "1.7" else der_of(raw))
            for message, good in ((data, True), (data + b"x", False)):
                done = subprocess.run(
                    ["openssl", "dgst", "-" + name, "-verify", key,
                     "-signature", signature], input=message,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    check=False)
                self.assertEqual(done.returncode == 0, good, function)
            shown = " ".join(self.prompt.texts()[-1].split())
            self.assertIn("Document: Contract.pdf", shown)
            self.assertIn("De website toont de inhoud", shown)
        self.good_login()

    def test_another_certificate_than_the_cards(self):
        other = base64.b64encode(b"0" * 800).decode()
        answer = self.post("/v1/sign", certificate=other,
                           hash=base64.b64encode(b"x" * 32).decode(),
                           hashFunction="SHA-256")
        self.assertEqual(answer.code, "card_mismatch", answer)
        self.assertEqual(self.card.count("verify"), 0)

    def test_bad_requests(self):
        good = {"certificate": "AAAA", "hashFunction": "SHA-256",
                "hash": base64.b64encode(b"x" * 32).decode()}
        cases = [("certificate", ""), ("certificate", "AAA"),
                 ("certificate", "AA=A"), ("hash", "AAAA"), ("hash", 1),
                 ("hash", base64.b64encode(b"x" * 48).decode()),
                 ("hashFunction", "SHA-1"), ("hashFunction", "sha-256"),
                 ("document", "name"), ("document", {}),
                 ("document", {"name": ""}), ("document", {"name": "a<b"}),
                 ("document", {"name": "a", "pin": "x"}), ("pin", "1234")]
        for member, value in cases:
            answer = self.post("/v1/sign", **{**good, member: value})
            self.assertEqual((answer.status, answer.code),
                             (400, "bad_request"), (member, value))
        self.assertEqual(self.card.count("apdus"), 0)


if __name__ == "__main__":
    main()
