# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Other people's programs with our module below a real pcscd, and a server on
loopback that lets nobody in without a certificate of the card's PKI.
"""

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "harness"))

from portal import free_port  # noqa: E402, F401
from process import Failure, NotAllowed, Program, run  # noqa: E402, F401
from run_tests import main  # noqa: E402, F401
from stack import PIN, VirtualCard, built  # noqa: E402, F401

APPLET = os.environ.get("BEID_APPLET", "1.8")
RSA = APPLET == "1.7"
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2,
            "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def module():
    return built("pkcs11", "beid-agent-pkcs11.so")


def uri(kind, ident="02"):
    """RFC 7512, by what does not change from card to card."""
    return f"pkcs11:token=Belgian%20eID;id=%{ident};type={kind}"


def namespace():
    """The command that gives a program a mount namespace of its own."""
    command = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-Urm"]
    probe = subprocess.run([*command, "true"], stderr=subprocess.PIPE,
                           text=True, check=False)
    if probe.returncode != 0:
        raise NotAllowed(f"no mount namespace: {probe.stderr.strip()}")
    return command


class DemandingServer:
    """
    HTTPS of one TLS version, with a certificate demanded. The page that it
    serves is titled with the client's serialNumber (the national number of a
    person who does not exist); .seen holds what each client presented.
    """

    def __init__(self, files, version):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = VERSIONS[version]
        context.load_cert_chain(files.cert, files.key)
        context.load_verify_locations(files.trust)
        context.verify_mode = ssl.CERT_REQUIRED
        self.seen = []
        self.refused = []
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            raw.settimeout(60)
            try:
                with self._context.wrap_socket(raw, server_side=True) as link:
                    self._answer(link)
                    self._part(link)
            except OSError as error:  # ssl.SSLError is one
                self.refused.append(str(error))

    def _answer(self, link):
        if not link.recv(65536):
            return  # browsers connect before they have anything to ask
        subject = dict(pair for name in link.getpeercert()["subject"]
                       for pair in name)
        self.seen.append((link.version(), link.getpeercert(True), subject))
        page = f"<title>serial {subject['serialNumber']}</title>".encode()
        link.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n"
                     b"Content-Length: %d\r\nConnection: close\r\n\r\n%s"
                     % (len(page), page))

    @staticmethod
    def _part(link):
        """Says goodbye; some clients do, some hang up, some wait."""
        link.settimeout(1)
        with contextlib.suppress(OSError):
            link.unwrap()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


class Files:
    """The server's own certificate, and whom it trusts."""

    def __init__(self, directory, pki):
        self.cert = os.path.join(directory, "server.crt")
        self.key = os.path.join(directory, "server.key")
        self.trust = os.path.join(directory, "trust.pem")
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", self.key, "-out", self.cert])
        with open(self.trust, "wb") as trust:
            for name in ("root", "ca"):
                with open(os.path.join(pki, f"{name}.pem"), "rb") as one:
                    trust.write(one.read())


class ClientsCase(unittest.TestCase):
    """One card and one server certificate for each program of tests."""

    START = ("--readers", "1")

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="bc")
        cls.addClassCleanup(run, ["rm", "-rf", cls.directory])
        cls.card = VirtualCard(os.path.join(cls.directory, "c"), APPLET,
                               cls.START)
        cls.addClassCleanup(cls.card.stop)
        cls.pki = os.path.join(cls.card.directory, "pki")
        cls.files = Files(cls.directory, cls.pki)
        home = os.path.join(cls.directory, "home")
        os.mkdir(home, 0o700)
        cls.env = {**os.environ, **cls.card.env, "HOME": home, "LC_ALL": "C",
                   "XDG_CONFIG_HOME": os.path.join(home, ".config")}
        cls.env.pop("SSH_AUTH_SOCK", None)

    def path(self, name):
        return os.path.join(self.directory, name)

    def tool(self, *arguments, accept=(0,), stdin="", env=None, seconds=60):
        """Both outputs of a program that knows the card, as one text."""
        with tempfile.TemporaryFile("w+") as typed:
            # A file: NSS's client never ends when it reads from a pipe.
            typed.write(stdin)
            typed.seek(0)
            done = subprocess.run(
                [str(a) for a in arguments], env={**self.env, **(env or {})},
                timeout=seconds, stdin=typed, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace",
                check=False)
        self.assertIn(done.returncode, accept, f"{arguments}: {done.stdout}")
        return done.stdout

    def serve(self, version):
        server = DemandingServer(self.files, version)
        self.addCleanup(server.stop)
        return server

    def der(self, name):
        """A certificate of the card's PKI."""
        with open(os.path.join(self.pki, f"{name}.pem"),
                  encoding="ascii") as pem:
            return ssl.PEM_cert_to_DER_cert(pem.read())

    def signed_by_card(self, work, signatures=1):
        """Runs work(); the card must have made so many signatures in it."""
        before = self.card.count("signatures")
        got = work()
        self.assertEqual(self.card.count("signatures") - before, signatures)
        return got

    def assert_logged_in(self, server, version):
        """The server saw this card's citizen once, in this TLS version."""
        self.assertEqual([(v, c) for v, c, _ in server.seen],
                         [(version, self.der("auth"))],
                         f"refused: {server.refused}")

    def tearDown(self):
        """No test may cost tries or leave a right behind."""
        counters = self.card.counters()
        self.assertEqual(counters["tries_left"], 3)
