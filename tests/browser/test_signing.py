# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What a page has signed through the SDK as published: a statement, and the
two calls of web-eid.js. Judged by openssl and by beid-verify."""

import base64
import hashlib
import json
import os
import subprocess

from browser_case import APPLET, LOGIN, BrowserCase
from process import run
from run_tests import main
from stack import PIN, built

NAME = "Burgerprofiel (proef)"
CERTIFICATE = "sdk.getSigningCertificate({lang: 'nl', chain: true})"
KIND = {"1.7": {"cryptoAlgorithm": "RSA", "paddingScheme": "PKCS1.5"},
        "1.8": {"cryptoAlgorithm": "ECC", "paddingScheme": "NONE"}}[APPLET]


def der_of(raw):
    """A raw ECDSA signature as openssl reads it."""
    half, body = len(raw) // 2, b""
    for part in (raw[:half], raw[half:]):
        number = int.from_bytes(part, "big")
        value = number.to_bytes(number.bit_length() // 8 + 1, "big")
        body += bytes((2, len(value))) + value
    return bytes((0x30, len(body))) + body


class SigningCase(BrowserCase):
    def setUp(self):
        super().setUp()
        self.open()
        self.permit("granted")

    def write(self, name, data):
        path = os.path.join(self.stack.directory, name)
        with open(path, "wb") as out:
            out.write(data if isinstance(data, bytes) else data.encode())
        return path


class Statement(SigningCase):
    def request(self):
        return self.requests.request(
            kind="statement", iss=self.site.origin,
            resource=self.site.origin + "/rekening")

    def begin(self, request):
        asked = self.stack.prompt.count("GETPIN")
        call = self.browser.begin_sdk(
            "a", f'sdk.stepUp("{request}", {{lang: "nl", chain: true}})')
        return call, self.stack.screen.wait_window(), asked

    def verify(self, request, answer, *options):
        done = subprocess.run(
            [built("portal", "verify", "beid-verify"), "statement",
             "--request", self.write("request.jws", request),
             "--portal-name", NAME, "--trust", self.stack.card.root,
             "--revocation", "off", "--json", *options,
             self.write("answer.json", json.dumps(answer))],
            stdout=subprocess.PIPE, text=True, check=False)
        return json.loads(done.stdout)

    def test_a_statement_that_the_backend_accepts(self):
        login = self.browser.begin_sdk("a", LOGIN)
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        person = login.result()["value"]["unverifiedCertificate"]
        self.stack.screen.wait_closed()
        self.stack.card.do("counters-reset")
        request = self.request()
        call, window, asked = self.begin(request)
        self.assertEqual(self.stack.read_pages(window, asked), 1)
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        answer = call.result()["value"]
        self.assertIn(self.site.origin + "/rekening", answer["statement"])
        self.assertEqual(self.stack.card.count("signatures"), 1)
        same = self.write("login.pem", "-----BEGIN CERTIFICATE-----\n"
                          f"{person}\n-----END CERTIFICATE-----\n")
        verdict = self.verify(request, answer, "--same-person-as", same)
        self.assertEqual(verdict["result"], "ok", verdict)
        self.assertEqual(verdict["certificate"]["use"], "signature")
        # The backend asked for something else than the page brings.
        self.assertEqual(self.verify(self.request(), answer)["result"],
                         "statement_text")

    def test_no_statement_without_a_yes(self):
        call, window, _ = self.begin(self.request())
        # Return is the safe choice.
        self.stack.screen.press(window, "Return")
        answer = call.result()
        self.assertEqual(answer["reason"], "user_cancelled", answer)
        self.assertEqual(answer["code"], "ERR_WEBEID_USER_CANCELLED")
        self.assertEqual(self.stack.card.count("verify"), 0)


class Hash(SigningCase):
    """getSigningCertificate() and sign(), as a portal of web-eid.js does."""

    allow = "authenticate,signing-certificate,sign"

    def certificate(self):
        call = self.browser.begin_sdk("a", CERTIFICATE)
        window = self.stack.screen.wait_window()
        self.stack.screen.press(window, "Tab")
        self.stack.screen.press(window, "Return")
        answer = call.result()["value"]
        self.stack.screen.wait_closed()
        return answer

    def sign(self, certificate, data, function):
        digest = hashlib.new(function.replace("-", ""), data).digest()
        return self.browser.begin_sdk(
            "a", f'sdk.sign("{certificate}", '
            f'"{base64.b64encode(digest).decode()}", "{function}", '
            '{lang: "nl", document: {name: "Contract.pdf"}})')

    def openssl_accepts(self, certificate, data, signature):
        der = self.write("sign.der", base64.b64decode(certificate))
        key = self.write("key.pem", run(["openssl", "x509", "-inform", "DER",
                                         "-in", der, "-noout", "-pubkey"]))
        raw = base64.b64decode(signature)
        file = self.write("sig", raw if APPLET == "1.7" else der_of(raw))
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", key,
                               "-signature", file], input=data, check=False,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def test_certificate_and_signature(self):
        answer = self.certificate()
        self.assertEqual(set(answer), {"certificate", "chain",
                                       "supportedSignatureAlgorithms"})
        self.assertIn({**KIND, "hashFunction": "SHA-256"},
                      answer["supportedSignatureAlgorithms"])
        self.assertEqual(self.stack.card.count("verify"), 0)
        call = self.sign(answer["certificate"], b"A contract", "SHA-256")
        self.stack.screen.type_line(self.stack.screen.wait_window(), PIN)
        signed = call.result()["value"]
        self.assertEqual(signed["signatureAlgorithm"],
                         {**KIND, "hashFunction": "SHA-256"})
        self.assertEqual(self.stack.card.count("signatures"), 1)
        for data, good in ((b"A contract", True), (b"Another", False)):
            self.assertEqual(self.openssl_accepts(
                answer["certificate"], data, signed["signature"]), good)
        shown = " ".join(self.stack.prompt.texts()[-1].split())
        self.assertIn("Contract.pdf", shown)

    def test_no_certificate_without_a_yes(self):
        call = self.browser.begin_sdk("a", CERTIFICATE)
        self.stack.screen.press(self.stack.screen.wait_window(), "Return")
        answer = call.result()
        self.assertEqual(answer["code"], "ERR_WEBEID_USER_CANCELLED", answer)

    def test_another_certificate_than_the_cards(self):
        other = base64.b64encode(b"0" * 800).decode()
        answer = self.sign(other, b"A contract", "SHA-256").result()
        self.assertEqual(answer["reason"], "card_mismatch", answer)
        self.assertEqual(answer["code"], "ERR_WEBEID_NATIVE_FATAL")
        self.assertEqual(self.stack.card.count("verify"), 0)

    def test_a_statement_is_not_this_portals(self):
        request = self.requests.request(
            kind="statement", iss=self.site.origin,
            resource=self.site.origin + "/rekening")
        answer = self.browser.sdk("a", f'sdk.stepUp("{request}")')
        self.assertEqual(answer["reason"], "operation_not_allowed", answer)
        self.assert_untouched()


if __name__ == "__main__":
    main()
