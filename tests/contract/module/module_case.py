# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The module under a real pcscd, called directly, with the card's own view."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "harness"))

from process import Failure, run  # noqa: E402
from run_tests import main  # noqa: E402, F401
from stack import VirtualCard, built  # noqa: E402

APPLET = os.environ.get("BEID_APPLET", "1.8")
RSA = APPLET == "1.7"
PIN = "1234"
# CKM_RSA_PKCS and CKM_ECDSA
PLAIN = "1" if RSA else "1041"

OK = 0x0
TOKEN_NOT_PRESENT = 0xE0
DEVICE_REMOVED = 0x32
DEVICE_ERROR = 0x30
PIN_INCORRECT = 0xA0
PIN_LOCKED = 0xA4
NOT_LOGGED_IN = 0x101
OPERATION_NOT_INITIALIZED = 0x91
NO_SERVICE = 0xC2454901


class Client:
    """A process that has the module loaded and does what it is told."""

    def __init__(self, env, options):
        self.process = subprocess.Popen(
            [os.environ["BEID_CLIENT"], os.environ["BEID_MODULE"], options],
            env=dict(os.environ, **env), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def say(self, line):
        """The words of the answer; the last is the return value."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if not answer:
            raise Failure(f"the client died of '{line}'")
        return answer

    def rv(self, line):
        return int(self.say(line)[-1], 16)

    def flags(self, line):
        return int(self.say(line)[0], 16)

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(30)
        self.process.stdout.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()


class ModuleCase(unittest.TestCase):
    """One card for each test."""

    START = ("--readers", "1")
    applet = APPLET
    pki_name = "auth.pem"
    make_card = VirtualCard

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="bm")
        self.addCleanup(run, ["rm", "-rf", self.directory])
        card_dir = os.path.join(self.directory, "c")
        self.card = self.make_card(card_dir, self.applet, self.START)
        self.addCleanup(self.card.stop)
        self.pki = os.path.join(card_dir, "pki")

    def client(self, options="transaction=sign objects=auth slot-state=yes"):
        client = Client(self.card.env, options)

        def clean():
            if client.process.poll() is None:
                client.kill()

        self.addCleanup(clean)
        return client

    def file(self, name):
        return os.path.join(self.directory, name)

    def expect(self, client, line, rv=OK):
        self.assertEqual(hex(client.rv(line)), hex(rv), line)

    def ready(self, client):
        """What libp11 and the agent do before the PIN is asked."""
        for line in ("slots", "slot", "token", "open",
                     f"certificate {self.file('cert.der')}", "key",
                     f"init {PLAIN}"):
            self.expect(client, line)

    def first_failure(self, client):
        """One authentication to its end or to its first failure."""
        for line in ("slots", "token", "open",
                     f"certificate {self.file('cert.der')}", "key",
                     f"init {PLAIN}", f"context {PIN}", self.sign()):
            rv = client.rv(line)
            if rv != OK:
                return rv
        return OK

    def sign(self):
        return f"sign 5a 48 {self.file('signature')}"

    def verify(self):
        """openssl verifies with the certificate that the PKI has."""
        with open(self.file("data"), "wb") as data:
            data.write(b"\x5a" * 48)
        signature = self.file("signature")
        if not RSA:
            signature = self.to_der(signature)
        padding = ["-pkeyopt", "rsa_padding_mode:pkcs1"] if RSA else []
        run(["openssl", "pkeyutl", "-verify", "-certin", "-inkey",
             os.path.join(self.pki, self.pki_name), "-in", self.file("data"),
             "-sigfile", signature, *padding])

    def to_der(self, path):
        """Raw r and s as the DER that openssl takes."""
        with open(path, "rb") as raw:
            both = raw.read()
        self.assertEqual(len(both), 96)
        parts = b""
        for half in (both[:48], both[48:]):
            number = half.lstrip(b"\0")
            if number[0] & 0x80:
                number = b"\0" + number
            parts += b"\x02" + bytes([len(number)]) + number
        with open(path + ".der", "wb") as der:
            der.write(b"\x30" + bytes([len(parts)]) + parts)
        return path + ".der"
