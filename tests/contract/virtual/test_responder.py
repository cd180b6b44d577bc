# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The OCSP and CRL server that the test PKI's certificates name, asked by
openssl and by beid-verify."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from virtual_case import call, main

APPLET = os.environ["BEID_APPLET"]
VERIFY = os.environ["BEID_VERIFY"]
OK, UNTRUSTED, REVOKED, UNKNOWN, UNAVAILABLE = 0, 21, 28, 29, 30
MALFORMED, UNAUTHORIZED = b"\x30\x03\x0a\x01\x01", b"\x30\x03\x0a\x01\x06"


def openssl(*arguments, data=None, code=0):
    done = subprocess.run(["openssl", *arguments], input=data, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "no_proxy": "*"}, timeout=60)
    if code is not None and done.returncode != code:
        raise AssertionError((arguments, done.stdout))
    return done.stdout


class Bench(unittest.TestCase):
    """A card without pcscd, its PKI and responder, for one class."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="bv")
        cls.url = cls.start()

    @classmethod
    def tearDownClass(cls):
        cls.do("stop")
        shutil.rmtree(cls.directory)

    @classmethod
    def start(cls, *more, port="0"):
        said = cls.do("start", "--no-pcscd", "--applet", APPLET,
                      "--responder", port, *more)
        return said.removeprefix("BEID_RESPONDER=").strip()

    @classmethod
    def do(cls, verb, *arguments, code=0):
        done = call(verb, "--dir", cls.directory, *arguments)
        if done.returncode != code:
            raise AssertionError((verb, arguments, done.stderr))
        return done.stdout if code == 0 else done.stderr

    def path(self, name):
        return os.path.join(self.directory, "pki", name)

    def state(self, word, which="auth"):
        self.do("certificate", which, word)
        self.addCleanup(self.do, "certificate", which, "good")

    def mode(self, word):
        self.do("responder", "--set", word)
        self.addCleanup(self.do, "responder", "--set", "up")

    def field(self, name, *arguments):
        return openssl("x509", "-in", self.path(name), "-noout",
                       *arguments).decode()

    def named(self, kind, name="auth.pem"):
        """A URL of a certificate: OCSP, CA Issuers or CRL."""
        text = self.field(name, "-ext",
                          "authorityInfoAccess,crlDistributionPoints")
        mark = "URI:" if kind == "CRL" else f"{kind} - URI:"
        return [line for line in text.splitlines() if mark in line][
            -1].partition("URI:")[2].strip()

    def ask(self, name="auth.pem", issuer="ca.pem"):
        said = openssl("ocsp", "-issuer", self.path(issuer), "-cert",
                       self.path(name), "-url", self.named("OCSP"), "-CAfile",
                       self.path("root.pem"), "-verify_other",
                       self.path("ca.pem")).decode()
        self.assertIn("Response verify OK", said)
        self.assertNotIn("WARNING: no nonce", said)
        return said.partition(f"{name}: ")[2].split("\n")[0]

    def fetch(self, url, data=None):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, data), timeout=60) as got:
            return got.read()

    def status(self, url, data=None):
        try:
            self.fetch(url, data)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        return 200

    def verify(self, mode="required", name="auth.pem", issuer="ca.pem"):
        done = subprocess.run(
            [VERIFY, "certificate", "--trust", self.path("root.pem"),
             "--intermediate", self.path(issuer), "--ocsp-prefix", self.url,
             "--crl-prefix", self.url, "--revocation", mode, "--json",
             self.path(name)], stdout=subprocess.PIPE, check=False,
            env={**os.environ, "no_proxy": "*"}, timeout=60)
        verdict = json.loads(done.stdout)
        self.assertEqual(verdict["exitCode"], done.returncode)
        return done.returncode, verdict["revocation"]


class Responder(Bench):
    """Each case leaves the responder as it found it."""

    def test_openssl_asks(self):
        for which in ("auth", "sign"):
            name = which + ".pem"
            self.assertEqual(self.do("certificate", which).strip(), "good")
            self.assertEqual(self.ask(name), "good")
            for word in ("revoked", "unknown", "good"):
                self.state(word, which)
                self.assertEqual(self.do("certificate", which).strip(), word)
                self.assertEqual(self.ask(name), word)
        self.assertEqual(self.ask("ca.pem", "root.pem"), "good")

    def test_one_card_does_not_speak_for_another(self):
        self.state("revoked")
        self.assertEqual(self.ask("sign.pem"), "good")

    def test_a_serial_that_nobody_has(self):
        said = openssl("ocsp", "-issuer", self.path("ca.pem"), "-serial",
                       "0x1234", "-url", self.named("OCSP"), "-CAfile",
                       self.path("root.pem"), "-verify_other",
                       self.path("ca.pem")).decode()
        self.assertIn("0x1234: unknown", said)

    def request(self, *more):
        path = os.path.join(self.directory, "request")
        openssl("ocsp", "-issuer", self.path("ca.pem"), "-cert",
                self.path("auth.pem"), "-reqout", path, *more)
        with open(path, "rb") as file:
            return file.read()

    def answer_of(self, der):
        path = os.path.join(self.directory, "answer")
        with open(path, "wb") as file:
            file.write(der)
        return openssl("ocsp", "-respin", path, "-issuer",
                       self.path("ca.pem"), "-cert", self.path("auth.pem"),
                       "-CAfile", self.path("root.pem"), "-verify_other",
                       self.path("ca.pem")).decode()

    def test_get(self):
        """RFC 6960, appendix A.1: in the path, with and without a name."""
        text = base64.b64encode(self.request("-no_nonce")).decode()
        url = self.named("OCSP") + "/" + urllib.parse.quote(text, safe="")
        self.assertIn("auth.pem: good", self.answer_of(self.fetch(url)))
        self.assertEqual(self.status(self.named("OCSP")), 404)
        self.assertEqual(self.status(self.named("OCSP") + "/%%%%"), 404)

    def test_requests_that_are_none(self):
        url = self.named("OCSP")
        for data in (b"x", b"\x30\x00", self.request()[:-1]):
            self.assertEqual(self.fetch(url, data), MALFORMED, data)
        with tempfile.TemporaryDirectory() as folder:
            # About a certificate of somebody else's CA.
            key, other = os.path.join(folder, "key"), os.path.join(
                folder, "pem")
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                    "/CN=Other", "-keyout", key, "-out", other)
            path = os.path.join(folder, "request")
            openssl("ocsp", "-issuer", other, "-serial", "1", "-reqout", path)
            with open(path, "rb") as file:
                self.assertEqual(self.fetch(url, file.read()), UNAUTHORIZED)
        self.assertEqual(self.status(url, b"0" * 20000), 413)
        for path in ("/", "/1.8", "/9.9/ocsp", f"/{APPLET}/crl/x.crl",
                     f"/{APPLET}/crl/eidc202601.crt",
                     f"/{APPLET}/crl/../ca.key", f"/{APPLET}/ca.key"):
            self.assertEqual(self.status(self.url + path), 404, path)

    def test_crl_and_issuers(self):
        def listed():
            der = self.fetch(self.named("CRL"))
            text = openssl("crl", "-inform", "DER", "-noout", "-text",
                           "-CAfile", self.path("ca.pem"), data=der).decode()
            self.assertIn("verify OK", text)
            return "Serial Number" in text
        self.assertFalse(listed())
        self.state("unknown")
        self.assertFalse(listed())
        self.state("revoked")
        self.assertTrue(listed())
        der = self.fetch(self.named("CA Issuers"))
        # With and without blanks, by the version of openssl.
        self.assertRegex(openssl("x509", "-inform", "DER", "-noout",
                                 "-subject", data=der), rb"CN ?= ?TEST ")

    def test_beid_verify_asks(self):
        for name in ("auth.pem", "sign.pem"):
            self.assertEqual(self.verify(name=name), (OK, "ocsp"))
        self.state("revoked")
        self.assertEqual(self.verify(), (REVOKED, "ocsp"))
        self.state("unknown")
        self.assertEqual(self.verify(), (UNKNOWN, "ocsp"))

    def test_beid_verify_falls_back_to_the_crl(self):
        self.mode("ocsp-down")
        self.assertEqual(self.verify(), (UNAVAILABLE, "unavailable"))
        self.assertEqual(self.verify("login"), (OK, "crl"))
        self.state("revoked")
        self.assertEqual(self.verify("login"), (REVOKED, "crl"))
        self.state("good")
        self.mode("down")
        self.assertEqual(self.verify("login")[0], UNAVAILABLE)
        self.mode("crl-down")
        self.assertEqual(self.verify("login"), (OK, "ocsp"))
        self.assertEqual(self.do("responder").strip(), self.url + " crl-down")

    def test_stop_and_start(self):
        self.do("responder-stop")
        try:
            self.assertIn("stopped", self.do("responder"))
            self.do("responder-stop", code=3)
            self.assertEqual(self.verify()[0], UNAVAILABLE)
        finally:
            self.do("responder-start")
        self.do("responder-start", code=4)
        self.assertEqual(self.verify(), (OK, "ocsp"))

    def test_export(self):
        counts = {"roots": 1, "cas": 1, "cards": 2}
        for part, count in counts.items():
            text = self.do("pki", part)
            self.assertEqual(text.count("BEGIN CERTIFICATE"), count)
            self.assertNotIn("PRIVATE", text)
        with open(self.path("root.pem"), encoding="ascii") as file:
            self.assertEqual(file.read(), self.do("pki", "roots"))
        self.do("pki", "keys", code=2)
        self.do("pki", code=2)
        done = call("pki", "roots", "--dir", "/nonexistent")
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_wrong_words(self):
        for words in (("auth", "dead"), ("rrn",), ("auth", "good", "x"), ()):
            self.do("certificate", *words, code=2)
        self.do("responder", "--set", "asleep", code=2)
        self.do("start", "--responder", "70000", code=2)


class Later(Bench):
    """What the next start finds."""

    def key(self):
        return self.field("auth.pem", "-pubkey")

    def test_the_next_start(self):
        port, key = self.url.rpartition(":")[2], self.key()
        before = self.field("auth.pem", "-serial")
        self.state("revoked")
        self.do("stop")
        self.assertEqual(self.start(), self.url)
        self.assertEqual(self.ask(), "revoked")
        self.assertEqual(self.field("auth.pem", "-serial"), before)
        self.do("stop")
        with socket.socket() as squatter:
            squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            squatter.bind(("127.0.0.1", int(port)))
            squatter.listen()
            done = call("start", "--dir", self.directory, "--no-pcscd",
                        "--applet", APPLET, "--responder", port)
            self.assertEqual(done.returncode, 1)
            self.assertIn("taken", done.stderr)
            type(self).url = self.start()
        self.assertNotEqual(self.url.rpartition(":")[2], port)
        # New certificates for the new address, with the keys of the card.
        self.assertEqual(self.key(), key)
        self.assertEqual(self.ask(), "good")
        self.assertEqual(self.verify(), (OK, "ocsp"))

    def test_without_it_nothing_is_named(self):
        self.do("stop")
        try:
            self.do("start", "--no-pcscd", "--applet", APPLET)
            self.assertIn(".invalid", self.named("OCSP"))
            self.assertIn("without --responder",
                          self.do("responder", code=1))
            self.do("stop")
        finally:
            type(self).url = self.start()
        self.assertEqual(self.ask(), "good")

    def test_a_foreigner_has_files_of_its_own(self):
        self.addCleanup(self.start)
        self.addCleanup(self.do, "stop")
        self.do("swap", "--person", "foreigner")
        self.assertIn("/eidf2026", self.named("CRL", "auth-1.pem"))
        said = openssl("ocsp", "-issuer", self.path("foreigner-ca.pem"),
                       "-cert", self.path("auth-1.pem"), "-url",
                       self.named("OCSP", "auth-1.pem"), "-CAfile",
                       self.path("root.pem"), "-verify_other",
                       self.path("foreigner-ca.pem")).decode()
        self.assertIn("auth-1.pem: good", said)
        for which in ("auth", "sign"):
            self.assertEqual(
                self.verify(name=which + "-1.pem", issuer="foreigner-ca.pem"),
                (OK, "ocsp"))
            self.assertEqual(self.verify(name=which + "-1.pem"),
                             (UNTRUSTED, "not checked"))
        self.assertEqual(self.do("pki", "cas").count("BEGIN"), 2)


if __name__ == "__main__":
    main()
