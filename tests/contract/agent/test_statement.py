# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A statement: read page by page, signed as CAdES, verified by others."""

import base64
import json
import os
import subprocess
import time

from agent_case import APPLET, main
from process import run
from request import TEXT
from stack import PIN, built
from test_step_up import StepUpCase

FORM = """Verklaring
Taal: nl
Website: Burgerprofiel (proef)
Adres: {iss}

{text}

Pagina: {resource}
Kenmerk: {jti}
Opgemaakt op: {issued}
Vorm: beid-statement-1
"""


def rebuilt(claims):
    """What STATEMENT.md tells a portal to expect."""
    issued = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(claims["iat"]))
    return FORM.format(iss=claims["iss"], text=claims["text"]["nl"],
                       resource=claims["resource"], jti=claims["jti"],
                       issued=issued)


class Statement(StepUpCase):
    def signed(self, text, **members):
        """A statement from request to answer, and its claims."""
        claims = self.requests.claims(kind="statement",
                                      text={**TEXT, "nl": text})
        asked = self.prompt.count("GETPIN")
        later, window = self.begin(self.requests.sign(claims), **members)
        pages = self.read_pages(window, asked)
        self.screen.type_line(self.screen.wait_window(), PIN)
        answer = later.result()
        self.assertEqual(answer.status, 200, answer)
        return claims, answer.json, pages

    def write(self, name, data):
        path = os.path.join(self.stack.directory, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def openssl(self, signature, content):
        return subprocess.run(
            ["openssl", "cms", "-verify", "-cades", "-binary", "-inform",
             "DER", "-in", signature, "-content", content, "-CAfile",
             self.card.root, "-purpose", "any", "-out", os.devnull],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)

    def gpgsm(self, signature, content):
        """With a key ring of its own that trusts the test root."""
        home = os.path.join(self.stack.directory, "gnupg")
        os.makedirs(home, mode=0o700, exist_ok=True)
        der = os.path.join(home, "root.der")
        run(["openssl", "x509", "-in", self.card.root, "-outform", "DER",
             "-out", der])
        shown = run(["openssl", "x509", "-in", self.card.root, "-noout",
                     "-fingerprint", "-sha1"])
        with open(os.path.join(home, "trustlist.txt"), "w",
                  encoding="ascii") as trust:
            trust.write(shown.strip().rpartition("=")[2] + " S relax\n")
        base = ["gpgsm", "--homedir", home, "--batch", "--disable-crl-checks"]
        run([*base, "--import", der], accept=(0, 2))
        done = subprocess.run([*base, "--verify", signature, content],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"],
                       check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return done

    def test_others_verify_it(self):
        claims, answer, pages = self.signed("Ik ga akkoord met 5 % bijdrage.")
        self.assertEqual(answer["statement"], rebuilt(claims))
        self.assertEqual(pages, 1)
        self.assertEqual(answer["unverifiedEvidence"]["pinEntry"], "keyboard")
        # The page showed these lines and no others.
        page = self.prompt.texts()[-2]
        shown = page.split("\n\n", 1)[1]
        self.assertEqual("".join(shown.split()),
                         "".join(answer["statement"].split()))
        self.assertEqual(self.card.count("verify"), 1)
        self.assertEqual(self.card.count("signatures"), 1)
        self.journalled("statement", claims["resource"], answer["statement"],
                        "certificate,signature,chain")
        text = answer["statement"].encode()
        good = self.write("text", text)
        p7s = self.write("p7s", base64.b64decode(answer["signature"]))
        done = self.openssl(p7s, good)
        self.assertEqual(done.returncode, 0, done.stdout)
        shown = run(["openssl", "cms", "-cmsout", "-print", "-inform", "DER",
                     "-in", p7s])
        self.assertIn("signingCertificateV2", shown)
        self.assertIn("signingTime", shown)
        self.assertNotIn("S/MIME Capabilities", shown)
        self.assertIn("sha256" if APPLET == "1.7" else "sha384", shown)
        done = self.gpgsm(p7s, good)
        self.assertEqual(done.returncode, 0, done.stdout)
        changed = self.write("changed", text.replace(b"5 %", b"6 %"))
        self.assertNotEqual(self.openssl(p7s, changed).returncode, 0)
        self.assertNotEqual(self.gpgsm(p7s, changed).returncode, 0)

    def verify(self, command, name, *options):
        """(exit code, output) of beid-verify over a file of ours."""
        done = subprocess.run(
            [built("portal", "verify", "beid-verify"), command, *options,
             os.path.join(self.stack.directory, name)],
            stdout=subprocess.PIPE, text=True, check=False)
        return done.returncode, done.stdout

    def judge(self, name, *options):
        """The verdict of beid-verify about a statement, without servers."""
        code, text = self.verify(
            "statement", name, "--request",
            os.path.join(self.stack.directory, "request.jws"),
            "--portal-name", "Burgerprofiel (proef)", "--trust",
            self.card.root, "--revocation", "off", "--json", *options)
        verdict = json.loads(text)
        self.assertEqual(verdict["exitCode"], code)
        return verdict

    def test_the_portal_verifies_it(self):
        """beid-verify, over what the agent answered and nothing else."""
        login = self.good_login().json["token"]
        pem = self.write("login.pem", b"-----BEGIN CERTIFICATE-----\n"
                         + login["unverifiedCertificate"].encode()
                         + b"\n-----END CERTIFICATE-----\n")
        self.card.do("counters-reset")
        claims = self.requests.claims(kind="statement")
        request = self.requests.sign(claims)
        self.write("request.jws", request.encode())
        asked = self.prompt.count("GETPIN")
        later, window = self.begin(request, chain=True)
        self.read_pages(window, asked)
        self.screen.type_line(self.screen.wait_window(), PIN)
        answer = later.result().json
        self.write("answer.json", json.dumps(answer).encode())
        verdict = self.judge("answer.json", "--lang", "nl",
                             "--same-person-as", pem)
        self.assertEqual(verdict["result"], "ok", verdict)
        self.assertEqual(verdict["certificate"]["use"], "signature")
        self.assertIs(verdict["certificate"]["qualified"], True)
        self.assertEqual(verdict["lang"], "nl")
        for change, result in (
                ({"statement": answer["statement"].replace("n", "m", 1)},
                 "statement_text"),
                ({"signature": answer["signature"][:-8] + "AAAAAAA="},
                 ("cms_format", "signature"))):
            self.write("wrong.json", json.dumps({**answer, **change}).encode())
            self.assertIn(self.judge("wrong.json")["result"], result)
        other = self.requests.sign({**claims, "jti": claims["jti"] + "x"})
        self.write("request.jws", other.encode())
        self.assertEqual(self.judge("answer.json")["result"],
                         "statement_text")
        self.list_cas()

    def list_cas(self):
        """The issuing CA in the answer is what other validators need."""
        code, text = self.verify("cas", "answer.json", "--trust",
                                 self.card.root)
        self.assertEqual(code, 0, text)
        cas = self.write("cas.pem", text.encode())
        run(["openssl", "verify", "-CAfile", self.card.root, "-untrusted",
             cas, os.path.join(self.stack.directory, "login.pem")])
        # Of a test PKI none chains to a Belgium Root CA.
        self.assertEqual(self.verify("cas", "answer.json"), (21, ""))

    def test_the_issuing_ca_of_a_card(self):
        """As any PKCS#11 program reads it; the root is named by its file."""
        path = os.path.join(self.stack.directory, "card-ca.der")
        run(["pkcs11-tool", "--module",
             built("pkcs11", "beid-agent-pkcs11.so"), "--read-object",
             "--type", "cert", "--label", "CA", "--output-file", path],
            env={**os.environ, **self.card.env})
        code, text = self.verify("cas", "card-ca.der", "--trust",
                                 self.card.root)
        self.assertEqual(code, 0, text)
        shown = run(["openssl", "x509", "-inform", "DER", "-in", path])
        self.assertIn(shown, text)

    def test_long_statement_and_then_a_login(self):
        text = " ".join(f"zin{n:03}" for n in range(280))
        claims, answer, pages = self.signed(text)
        self.assertGreater(pages, 3)
        self.assertEqual(answer["statement"], rebuilt(claims))
        self.good_login()

    def test_cancel_while_reading(self):
        request = self.requests.request(kind="statement")
        later, window = self.begin(request)
        # Return is the safe choice.
        self.screen.press(window, "Return")
        self.assertEqual(later.result().code, "user_cancelled")
        self.assertEqual(self.card.count("verify"), 0)


class Without(StepUpCase):
    """A card without signature certificate: said before any PIN."""

    card_options = ("--readers", "1", "--person", "no-signature")

    def test_certificate_missing(self):
        answer = self.agent.step_up(self.requests.request(kind="statement"))
        self.assertEqual(answer.code, "certificate_missing", answer)
        self.assertIn("niet ondertekenen", answer.json["error"]["message"])
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.prompt.count("SETDESC"), 0)


if __name__ == "__main__":
    main()
