# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What the signature key signs, with the PIN typed on the reader."""

import base64
import hashlib
import os
import subprocess

from agent_case import APPLET, MAX_TRIES, main
from process import run
from request import TEXT, nonce_of
from stack import ORIGIN, PIN, Later, built, home_in
from test_pinpad import FORM, NAME
from test_step_up import StepUpCase

TEXTS = ("Ik ga akkoord.", "Ik ga niet akkoord.")


class PinpadSign(StepUpCase):
    card_options = ("--pinpad", FORM, "--name", NAME)

    @classmethod
    def portal(cls, directory):
        return {**super().portal(directory),
                "allow": "authenticate, step-up, signing-certificate, sign"}

    def setUp(self):
        self.restore_tries()
        super().setUp()
        self.asked = self.prompt.count("GETPIN")

    def type(self, *keys):
        """A person who types once the reader asks."""
        self.card.do("keys", "--wait", *keys)

    def confirm(self, window):
        self.screen.press(window, "Tab")
        self.screen.press(window, "Return")

    def write(self, name, data):
        path = os.path.join(self.stack.directory, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def expect_reader(self, answer):
        """One entry on the reader, no PIN through the computer."""
        self.assertEqual(answer.status, 200, answer)
        self.screen.wait_closed(20)
        self.assertEqual(self.prompt.count("GETPIN"), self.asked)
        self.assertEqual(self.card.count("verify"), 1)
        self.assertEqual(self.card.count("logoffs"), 1)

    def statement(self):
        request = self.requests.request(kind="statement",
                                        text={**TEXT, "nl": TEXTS[0]})
        later, window = self.begin(request)
        self.assertIn(TEXTS[0], " ".join(self.prompt.texts()[-1].split()))
        self.confirm(window)
        self.type()
        shown = " ".join(self.prompt.texts()[-1].split())
        for part in ("toetsen van de kaartlezer", "annuleertoets", ORIGIN):
            self.assertIn(part, shown)
        return later

    def test_statement(self):
        later = self.statement()
        self.type(PIN, "ok")
        answer = later.result()
        self.expect_reader(answer)
        self.assertEqual(answer.json["unverifiedEvidence"]["pinEntry"],
                         "pinpad")
        text = answer.json["statement"]
        self.assertIn(TEXTS[0], text)
        p7s = self.write("p7s", base64.b64decode(answer.json["signature"]))
        for content, good in ((text, True),
                              (text.replace(*TEXTS), False)):
            done = subprocess.run(
                ["openssl", "cms", "-verify", "-cades", "-binary", "-inform",
                 "DER", "-in", p7s, "-content",
                 self.write("text", content.encode()), "-CAfile",
                 self.card.root, "-purpose", "any", "-out", os.devnull],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                check=False)
            self.assertEqual(done.returncode == 0, good, done.stdout)

    def test_statement_cancelled_on_the_reader(self):
        later = self.statement()
        self.type("12", "cancel")
        self.assertEqual(later.result().code, "user_cancelled")
        self.screen.wait_closed(20)
        self.assertEqual(self.card.count("signatures"), 0)

    def test_statement_and_two_wrong_pins(self):
        later = self.statement()
        self.type("9999", "ok")
        self.type("9999", "ok")
        self.assertEqual(later.result().code, "pin_incorrect")
        self.assertEqual(self.tries(), MAX_TRIES - 2)
        self.assertEqual(self.card.count("signatures"), 0)

    def test_access(self):
        request = self.requests.request()
        later, _ = self.begin(request, chain=True)
        self.type(PIN, "ok")
        answer = later.result()
        self.expect_reader(answer)
        token = self.write("token", answer.body)
        run([built("portal", "verify", "beid-verify"), "token", "--origin",
             ORIGIN, "--nonce", nonce_of(request), "--trust", self.card.root,
             token])

    def test_sign(self):
        later = Later(self.agent.request, "POST", "/v1/signing-certificate",
                      {"lang": "nl"})
        self.confirm(self.screen.wait_window())
        certificate = later.result().json["certificate"]
        self.screen.wait_closed(20)
        data = b"A contract"
        later = Later(self.agent.request, "POST", "/v1/sign", {
            "lang": "nl", "certificate": certificate,
            "hashFunction": "SHA-384", "document": {"name": "Contract.pdf"},
            "hash": base64.b64encode(hashlib.sha384(data).digest()).decode()})
        self.screen.wait_window()
        self.type(PIN, "ok")
        answer = later.result()
        self.expect_reader(answer)
        key = self.write("key.pem", run(
            ["openssl", "x509", "-inform", "DER", "-noout", "-pubkey", "-in",
             self.write("der", base64.b64decode(certificate))]).encode())
        raw = base64.b64decode(answer.json["signature"])
        if APPLET != "1.7":
            raw = der_of(raw)
        done = subprocess.run(
            ["openssl", "dgst", "-sha384", "-verify", key, "-signature",
             self.write("sig", raw)], input=data, stdout=subprocess.DEVNULL,
            check=False)
        self.assertEqual(done.returncode, 0)

    def test_a_file_of_this_computer(self):
        """`beid-agent sign` with the same reader, beside the agent."""
        path = self.write("contract.txt", b"A contract\n")
        later = Later(
            subprocess.run,
            [built("agent", "beid-agent"), "sign", "--development", "--force",
             "--module", built("pkcs11", "beid-agent-pkcs11.so"),
             "--card-worker", built("agent", "beid-agent-card"),
             "--pinentry", self.prompt.script, path],
            env={**self.screen.env, **self.card.env, "LC_ALL": "C",
                 **home_in(self.stack.directory)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        self.screen.wait_window()
        self.type(PIN, "ok")
        done = later.result()
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("keys of the card reader",
                      " ".join(self.prompt.texts()[-1].split()))
        self.assertEqual(self.card.count("verify"), 1)
        run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform",
             "DER", "-in", path + ".p7s", "-content", path, "-CAfile",
             self.card.root, "-purpose", "any", "-out", os.devnull])


def der_of(raw):
    half = len(raw) // 2
    body = b""
    for part in (raw[:half], raw[half:]):
        number = int.from_bytes(part, "big")
        number = number.to_bytes(number.bit_length() // 8 + 1, "big")
        body += bytes((2, len(number))) + number
    return bytes((0x30, len(body))) + body


del StepUpCase  # nothing to run in itself

if __name__ == "__main__":
    print(f"applet {APPLET}, form {FORM}")
    main()
