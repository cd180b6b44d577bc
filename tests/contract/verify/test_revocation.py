# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Usage: test_revocation.py BEID-VERIFY. Revocation over real HTTP: answers
that the openssl ocsp command makes (and its own server), CRLs that openssl ca
makes, and servers that are slow, false or silent."""

import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from process import Program, run
from run_tests import main

HERE = os.path.dirname(os.path.abspath(__file__))
VERIFY = os.path.realpath(sys.argv.pop(1))
NONCE = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
ORIGIN = "https://portal.example"
OK, EXPIRED, REVOKED, UNKNOWN, UNAVAILABLE = 0, 18, 28, 29, 30
CA_CONFIG = """[ca]
default_ca=d
[d]
database={0}/index.txt
default_md=sha384
crlnumber={0}/crlnumber
"""


class Server(http.server.ThreadingHTTPServer):
    """Answers by path; what "openssl ocsp" says is made for each request."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.hits = []
        self.released = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def ocsp(self, body, signer="ca", extra=()):
        with tempfile.TemporaryDirectory(dir=self.folder) as here:
            asked, said = os.path.join(here, "q"), os.path.join(here, "a")
            with open(asked, "wb") as out:
                out.write(body)
            run(["openssl", "ocsp", "-index", self.path("index.txt"), "-CA",
                 self.path("ca.pem"), "-rsigner", self.path(signer + ".pem"),
                 "-rkey", self.path(signer + ".key"), "-reqin", asked,
                 "-respout", said, *extra])
            with open(said, "rb") as file:
                return file.read()

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: the name that http.server wants
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(body)

    def do_GET(self):  # noqa: the name that http.server wants
        self.answer(b"")

    def answer(self, body):
        server, name = self.server, self.path.lstrip("/")
        server.hits.append(name)
        status = 200
        if name.startswith("by-"):
            data = server.ocsp(body, name[3:])
        elif name == "stale":
            data = server.file("stale.resp")
        elif name == "redirect":
            status, data = 302, b""
        elif name == "slow":
            server.released.wait(60)
            return
        elif name == "garbage":
            data = b"<html>This is not the responder</html>"
        elif name == "behind":
            data = server.ocsp(body) + b"x"
        elif name == "huge":
            data = b"0" * 100000
        elif name == "later":
            data = bytes.fromhex("30030a0103")  # tryLater
        elif name == "empty":
            data = b""
        elif name == "error":
            status, data = 500, server.ocsp(body)
        elif name == "other":
            data = server.file("other.resp")
        elif name.endswith(".crl"):
            data = server.file(name)
        else:
            status, data = 404, b""
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/by-ca")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Revocation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        cls.server = Server(cls.folder)
        cls.thread = threading.Thread(target=cls.server.serve_forever)
        cls.thread.start()
        cls.serial = 100
        cls.write("index.txt", "")
        cls.write("index.txt.attr", "unique_subject = no\n")
        cls.write("crlnumber", "01\n")
        cls.write("ca.cnf", CA_CONFIG.format(cls.folder))
        cls.shell("pki_make p384")
        usage = "keyUsage=critical,digitalSignature\n"
        signing = usage + "extendedKeyUsage=OCSPSigning"
        cls.issue("delegate", "ca", signing)
        cls.issue("unnamed", "ca", usage + "extendedKeyUsage=clientAuth")
        cls.issue("stranger", "root", signing)
        try:
            cls.issue("ended", "ca", signing, "-days", "-1")
        except subprocess.CalledProcessError:
            # openssl 3.5 takes no negative number of days, but dates.
            cls.issue("ended", "ca", signing, "-not_before", "20250101000000Z",
                      "-not_after", "20250102000000Z")
        cls.issue("weak", "ca", signing, "-sha1")
        cls.issue("citizen-ca", "ca", signing
                  + "\nbasicConstraints=critical,CA:TRUE")
        cls.make_crl()

    @classmethod
    def tearDownClass(cls):
        cls.server.released.set()
        cls.server.shutdown()
        cls.server.server_close()
        cls.thread.join()
        cls.temporary.cleanup()

    @classmethod
    def write(cls, name, text):
        with open(os.path.join(cls.folder, name), "w",
                  encoding="utf-8") as out:
            out.write(text)

    @classmethod
    def shell(cls, script, *arguments):
        return subprocess.run(
            ["bash", "-euc", f'. "{HERE}/pki.sh"; {script}', "bash",
             *arguments], cwd=cls.folder, check=True, stdout=subprocess.PIPE,
            text=True).stdout

    @classmethod
    def issue(cls, name, ca, extensions, *options):
        if not options or options[0] != "-sha1":
            options = ("-sha384", *options)
        cls.shell('name=$1 ca=$2 ext=$3; shift 3; pki_key "$name.key" p384; '
                  'pki_sign "$name" "$ca" "/C=BE/CN=TEST $name" "$ext" "$@"',
                  name, ca, extensions, *options)

    @classmethod
    def make_crl(cls, name="good.crl", ca="ca", *options):
        pem = os.path.join(cls.folder, name + ".pem")
        run(["openssl", "ca", "-config", os.path.join(cls.folder, "ca.cnf"),
             "-gencrl", "-keyfile", os.path.join(cls.folder, ca + ".key"),
             "-cert", os.path.join(cls.folder, ca + ".pem"), "-out", pem,
             *(options or ("-crldays", "1"))])
        run(["openssl", "crl", "-in", pem, "-outform", "DER", "-out",
             os.path.join(cls.folder, name)])

    def setUp(self):
        self.server.hits.clear()

    def card(self, ocsp="by-ca", crl="good.crl", state="V", base=None):
        """A token whose certificate names these paths; its file's name."""
        Revocation.serial += 1
        serial = self.serial
        base = base or self.server.url
        lines = ['keyUsage=critical,digitalSignature',
                 'certificatePolicies=2.16.56.12.1.1.2.2']
        if ocsp is not None:
            lines.append(f"authorityInfoAccess=OCSP;URI:{base}/{ocsp}")
        if crl is not None:
            lines.append(f"crlDistributionPoints=URI:{base}/{crl}")
        self.shell('pki_sign auth ca "$pki_subject" "$1" -sha384 '
                   '-set_serial "$2"', "\n".join(lines), str(serial))
        token = self.shell('answer_make "$(token_make ES384 "$1" "$2")" '
                           'ca.pem root.pem', ORIGIN, NONCE)
        self.write(f"{serial}.json", token)
        if state != "?":
            with open(os.path.join(self.folder, "index.txt"), "a",
                      encoding="ascii") as out:
                gone = time.strftime("%y%m%d%H%M%SZ", time.gmtime()) \
                    if state == "R" else ""
                out.write(f"{state}\t301231235959Z\t{gone}\t"
                          f"{f'{serial:X}'.zfill(4)[-4:]}\tunknown\t/CN=x\n")
        return f"{serial}.json"

    def verify(self, token, mode, *extra):
        done = subprocess.run(
            [VERIFY, "token", "--origin", ORIGIN, "--nonce", NONCE, "--trust",
             "root.pem", "--revocation", mode, "--json", *extra, token],
            cwd=self.folder, stdout=subprocess.PIPE, check=False,
            env={**os.environ, "no_proxy": "*"})
        verdict = json.loads(done.stdout)
        self.assertEqual(verdict["exitCode"], done.returncode)
        return verdict

    def expect(self, code, token, mode="required", *extra, used=None):
        named = ("--ocsp-prefix", self.server.url, "--crl-prefix",
                 self.server.url)
        verdict = self.verify(token, mode, *named, *extra)
        self.assertEqual(verdict["exitCode"], code, verdict)
        if used is not None:
            self.assertEqual(verdict["revocation"], used)
            self.assertEqual("revocationTime" in verdict,
                             used in ("ocsp", "crl"))
        return verdict

    def test_good(self):
        for path in ("by-ca", "by-delegate"):
            token = self.card(path)
            for mode in ("required", "login"):
                verdict = self.expect(OK, token, mode, used="ocsp")
                self.assertIn("T", verdict["revocationTime"])
        self.assertNotIn("good.crl", self.server.hits)

    def test_off_asks_nobody(self):
        self.expect(OK, self.card(state="R"), "off", used="not checked")
        self.assertEqual(self.server.hits, [])

    def test_without_a_mode(self):
        """Who names a test PKI's servers has them asked."""
        token = self.card(state="R")

        def verdict(*named):
            done = subprocess.run(
                [VERIFY, "token", "--origin", ORIGIN, "--nonce", NONCE,
                 "--trust", "root.pem", *named, "--json", token],
                cwd=self.folder, stdout=subprocess.PIPE, check=False,
                env={**os.environ, "no_proxy": "*"})
            verdict = json.loads(done.stdout)
            return done.returncode, verdict["revocation"]
        self.assertEqual(verdict("--ocsp-prefix", self.server.url),
                         (REVOKED, "ocsp"))
        self.make_crl()
        self.assertEqual(verdict("--crl-prefix", self.server.url),
                         (REVOKED, "crl"))
        self.server.hits.clear()
        self.assertEqual(verdict(), (OK, "not checked"))
        self.assertEqual(self.server.hits, [])

    def test_revoked_and_unknown(self):
        for mode in ("required", "login"):
            self.expect(REVOKED, self.card(state="R"), mode, used="ocsp")
            self.expect(UNKNOWN, self.card(state="?"), mode, used="ocsp")
        self.assertNotIn("good.crl", self.server.hits)
        # Refused before anybody was asked.
        token = self.card(state="R")
        self.server.hits.clear()
        self.expect(EXPIRED, token, "required", "--at", "2090-01-01T00:00:00Z",
                    used="not checked")
        self.assertEqual(self.server.hits, [])

    def test_in_words(self):
        for crl, wanted in ((None, "(OCSP)"), ("good.crl", "(CRL)")):
            token = self.card("garbage" if crl else "by-ca", crl, "R")
            self.make_crl()
            done = subprocess.run(
                [VERIFY, "token", "--origin", ORIGIN, "--nonce", NONCE,
                 "--trust", "root.pem", "--ocsp-prefix", self.server.url,
                 "--crl-prefix", self.server.url, "--revocation", "login",
                 token], cwd=self.folder, stderr=subprocess.PIPE, text=True,
                check=False, env={**os.environ, "no_proxy": "*"})
            self.assertEqual(done.returncode, REVOKED)
            self.assertRegex(done.stderr, r"^refused \(revoked\): .*"
                             + re.escape(wanted) + "$")

    def test_answers_that_do_not_count(self):
        """Not for a step-up; a login looks into the CRL."""
        for path in ("by-unnamed", "by-stranger", "by-ended", "by-weak",
                     "by-citizen-ca", "by-auth", "redirect", "garbage",
                     "behind", "huge", "later", "empty", "error", "nowhere"):
            with self.subTest(path):
                token = self.card(path)
                self.make_crl()
                self.expect(UNAVAILABLE, token, "required",
                            used="unavailable")
                self.expect(OK, token, "login", used="crl")
        self.assertNotIn("by-ca", self.server.hits)

    def test_slow_responder(self):
        token = self.card("slow")
        self.expect(UNAVAILABLE, token, "required", "--timeout", "300")
        self.expect(OK, token, "login", "--timeout", "300", used="crl")

    def stale(self, token, name, *options):
        """The answer to a request without a nonce, kept in a file."""
        number = token.split(".")[0]
        run(["openssl", "ocsp", "-issuer", self.server.path("ca.pem"),
             "-serial", number, "-no_nonce", "-reqout",
             self.server.path("plain.req")])
        data = self.server.ocsp(self.server.file("plain.req"), "ca", options)
        with open(self.server.path(name), "wb") as out:
            out.write(data)

    def test_without_nonce(self):
        """Counts while it is young; 2 minutes at most, unless said."""
        token = self.card("stale")
        self.stale(token, "stale.resp")
        self.expect(OK, token, "required", used="ocsp")
        time.sleep(2.1)
        self.expect(UNAVAILABLE, token, "required", "--ocsp-age", "1")
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                              time.gmtime(time.time() + 180))
        self.expect(UNAVAILABLE, token, "required", "--at", later)
        self.expect(OK, token, "required", "--at", later, "--ocsp-age", "600")

    def test_times(self):
        token = self.card("stale")
        self.stale(token, "stale.resp", "-nmin", "1")

        def at(seconds):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                 time.gmtime(time.time() + seconds))
        self.expect(OK, token, "required", "--at", at(0))
        # Past nextUpdate and the skew of 15 minutes.
        self.expect(UNAVAILABLE, token, "required", "--at", at(1200),
                    "--ocsp-age", "86400")
        self.expect(OK, token, "required", "--at", at(600), "--ocsp-age",
                    "86400")
        # An answer from the future: the skew decides.
        token = self.card("stale")
        before = at(1)
        time.sleep(3.1)
        self.stale(token, "stale.resp")
        self.expect(UNAVAILABLE, token, "required", "--at", before, "--skew",
                    "0")
        self.expect(OK, token, "required", "--at", before)

    def test_replayed_answer(self):
        """Another request's nonce, or another certificate's answer."""
        token = self.card("other")
        number = token.split(".")[0]
        run(["openssl", "ocsp", "-issuer", self.server.path("ca.pem"),
             "-serial", number, "-reqout", self.server.path("nonce.req")])
        with open(self.server.path("other.resp"), "wb") as out:
            out.write(self.server.ocsp(self.server.file("nonce.req")))
        self.expect(UNAVAILABLE, token)
        self.stale(self.card(), "other.resp")
        self.expect(UNAVAILABLE, token)

    def test_only_named_servers(self):
        token = self.card()
        self.assertEqual(
            self.verify(token, "required")["exitCode"], UNAVAILABLE)
        for prefix in (self.server.url + "/other", self.server.url[:-1],
                       "http://127.0.0.2"):
            verdict = self.verify(token, "login", "--ocsp-prefix", prefix,
                                  "--crl-prefix", prefix)
            self.assertEqual(verdict["exitCode"], UNAVAILABLE)
        self.assertEqual(self.server.hits, [])
        sly = self.server.url + "@127.0.0.1:1"
        self.expect(UNAVAILABLE, self.card(base=sly), "login")
        self.assertEqual(self.server.hits, [])
        below = self.server.url + "/below"
        for up in ("/..", "/%2e%2E", "/x/../..", "/."):
            verdict = self.verify(
                self.card(base=below + up), "login", "--ocsp-prefix", below,
                "--crl-prefix", below)
            self.assertEqual(verdict["exitCode"], UNAVAILABLE, up)
        self.assertEqual(self.server.hits, [])

    def test_no_server_named(self):
        self.make_crl()
        self.expect(UNAVAILABLE, self.card(ocsp=None), "required")
        self.expect(OK, self.card(ocsp=None), "login", used="crl")
        self.expect(UNAVAILABLE, self.card(ocsp=None, crl=None), "login")

    def test_crl(self):
        revoked = self.card("garbage", state="R")
        good = self.card("garbage")
        self.make_crl()
        self.expect(REVOKED, revoked, "login", used="crl")
        self.expect(OK, good, "login", used="crl")
        self.expect(UNAVAILABLE, good, "required")
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                              time.gmtime(time.time() + 2 * 86400))
        self.expect(UNAVAILABLE, good, "login", "--at", later)

    def test_crls_that_do_not_count(self):
        self.make_crl("root.crl", "root")
        self.make_crl("weak.crl", "ca", "-crldays", "1", "-md", "sha1")
        self.write("ca.cnf", CA_CONFIG.format(self.folder)
                   + "crl_extensions=x\n[x]\n"
                   "issuingDistributionPoint=critical,@y\n[y]\n"
                   "onlyuser=TRUE\n")
        self.make_crl("partial.crl")
        self.write("ca.cnf", CA_CONFIG.format(self.folder))
        self.make_crl()
        whole = self.server.file("good.crl")
        for name, data in (("behind.crl", whole + b"x"),
                           ("cut.crl", whole[:-1]),
                           ("flipped.crl", whole[:-3] + bytes(
                               [whole[-3] ^ 1]) + whole[-2:])):
            with open(self.server.path(name), "wb") as out:
                out.write(data)
        for name in ("root.crl", "weak.crl", "partial.crl", "behind.crl",
                     "cut.crl", "flipped.crl", "nowhere"):
            with self.subTest(name):
                self.expect(UNAVAILABLE, self.card("garbage", name), "login")

    def respond(self, port, signer="delegate"):
        """A real responder, which this method's caller stops."""
        responder = Program(
            ["openssl", "ocsp", "-port", port, "-index", "index.txt", "-CA",
             "ca.pem", "-rsigner", signer + ".pem", "-rkey",
             signer + ".key"], cwd=self.folder)
        self.addCleanup(responder.stop)
        responder.expect("aiting for OCSP client")
        return responder

    def test_openssl_as_server(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        base = f"http://127.0.0.1:{port}"
        cards = {OK: self.card("x", base=base),
                 REVOKED: self.card("x", base=base, state="R"),
                 UNKNOWN: self.card("x", base=base, state="?")}

        def expect(code, token, *extra):
            verdict = self.verify(token, "required", "--ocsp-prefix", base,
                                  *extra)
            self.assertEqual(verdict["exitCode"], code, verdict)
            return verdict
        responder = self.respond(port)
        for code, token in cards.items():
            expect(code, token)
        self.assertEqual(expect(OK, cards[OK])["revocation"], "ocsp")
        # It answers, but not in time.
        responder.process.send_signal(signal.SIGSTOP)
        try:
            expect(UNAVAILABLE, cards[OK], "--timeout", "500")
        finally:
            responder.process.send_signal(signal.SIGCONT)
        responder.stop()
        expect(UNAVAILABLE, cards[OK])
        # The same answers, signed by nobody whom the CA named.
        responder = self.respond(port, "stranger")
        for token in cards.values():
            expect(UNAVAILABLE, token)


if __name__ == "__main__":
    main()
