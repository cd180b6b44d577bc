# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The PIN typed on the reader, in the form that BEID_FORM names."""

import os
import subprocess
import sys
import tempfile

from module_case import (APPLET, DEVICE_REMOVED, OK, PIN, PIN_INCORRECT,
                         PIN_LOCKED, RSA, ModuleCase)
from process import run, wait_until
from run_tests import main
from stack import Later, VirtualCard

FORM = os.environ.get("BEID_FORM", "direct")
PROTECTED = 0x100
SLOT_PINPAD = 0x01000000
TOKEN_PRESENT = 0x1
FUNCTION_CANCELED = 0x50
ARGUMENTS_BAD = 0x7
PIN_INVALID = 0xA1
PIN_LEN_RANGE = 0xA2
SESSION_READ_ONLY = 0xB5
HASHED = "SHA256-RSA-PKCS" if RSA else "ECDSA-SHA384"
PCSC_CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                           "..", "..", "harness", "pcsc_client.py")
MSE = f"002241B6050480{'01' if RSA else '02'}8482"
PSO = "002A9E9A30" + "00" * 48
NAME = "VASCO DIGIPASS 870" if FORM == "ppdu" else "beid virtual reader"


class Pinpad(ModuleCase):
    """One card for all: an RSA key takes long to make."""

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="bp")
        cls.addClassCleanup(run, ["rm", "-rf", cls.shared])
        cls.card = VirtualCard(os.path.join(cls.shared, "c"), APPLET,
                               ("--pinpad", FORM, "--name", NAME))
        cls.addClassCleanup(cls.card.stop)
        cls.pki = os.path.join(cls.shared, "c", "pki")

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="bm")
        self.addCleanup(run, ["rm", "-rf", self.directory])
        self.card.do("tries", "--set", "3")
        self.card.do("reset")
        self.card.do("counters-reset")

    def typed(self, call, *keys):
        """What the call returns while a person types those keys."""
        later = Later(call)
        self.card.do("keys", "--wait", *keys)
        return later.result()

    def device_error(self, client):
        return client.say("session")[0]

    def opened(self, options="", how=""):
        client = self.client(options)
        for line in ("slots", "token", f"open {how}"):
            self.expect(client, line)
        return client

    def instructions(self, path):
        with open(path, encoding="ascii") as trace:
            return [line.split()[2][2:4] for line in trace
                    if len(line.split()) == 3 and line.split()[1] == ">"]

    def test_flags_without_an_apdu(self):
        self.card.do("remove")
        client = self.client()
        self.expect(client, "slots")
        self.assertEqual(client.flags("slot") & (SLOT_PINPAD | TOKEN_PRESENT),
                         SLOT_PINPAD)
        self.card.do("insert")
        self.assertEqual(client.flags("slot") & (SLOT_PINPAD | TOKEN_PRESENT),
                         SLOT_PINPAD | TOKEN_PRESENT)
        self.assertEqual(self.card.count("apdus"), 0)
        self.assertTrue(client.flags("token") & PROTECTED)
        self.assertTrue(client.flags("slot") & SLOT_PINPAD)
        self.assertEqual(self.card.count("pin_entries"), 0)

    def test_one_transaction(self):
        client = self.client()
        self.ready(client)
        trace = self.file("trace")
        self.card.trace_to(trace)
        self.assertEqual(self.typed(lambda: client.rv("context"), PIN, "ok"),
                         OK)
        self.expect(client, self.sign())
        self.card.do("trace", "--off")
        self.verify()
        sent = self.instructions(trace)
        self.assertEqual(sent, ["E4", "A4", "22", "20", "2A", "C0", "E6"])
        with open(trace, encoding="ascii") as text:
            # What the card answers is left out: a signature may hold any
            # four digits.
            self.assertNotIn(PIN, "".join(line for line in text
                                          if not line.startswith("0 < ")))
        self.assertEqual(self.card.count("verify"), 1)
        self.expect(client, "close")
        self.assertEqual(client.end(), 0)
        self.assertEqual(self.card.count("resets"), 0)

    def test_wrong_pins(self):
        client = self.opened()
        for rv in (PIN_INCORRECT, PIN_INCORRECT, PIN_LOCKED):
            got = self.typed(lambda: client.rv("login"), "9999", "ok")
            self.assertEqual(hex(got), hex(rv))
            self.assertEqual(self.device_error(client), "0")
        self.assertEqual(self.card.count("verify"), 3)

    def test_the_reader_says_no(self):
        client = self.opened()
        for keys, rv, said in ((("12", "cancel"), FUNCTION_CANCELED, "6401"),
                               (("12", "timeout"), FUNCTION_CANCELED, "6400"),
                               (("123", "ok"), PIN_LEN_RANGE, "6403")):
            got = self.typed(lambda: client.rv("login"), *keys)
            self.assertEqual(hex(got), hex(rv), keys)
            self.assertEqual(self.device_error(client), said)
        self.assertEqual(self.card.count("verify"), 0)
        self.assertEqual(self.card.count("tries_left"), 3)
        self.assertEqual(self.typed(lambda: client.rv("login"), PIN, "ok"), OK)
        self.assertEqual(self.device_error(client), "0")

    def test_a_given_pin_is_taken(self):
        client = self.opened()
        self.expect(client, f"login {PIN}")
        self.assertEqual(self.card.count("pin_entries"), 0)

    def test_signature_key_types_by_itself(self):
        client = self.opened("objects=sign")
        self.assertEqual(self.typed(lambda: client.rv("login"), PIN, "ok"), OK)
        mechanism = "1" if RSA else "1041"
        for line in ("key", f"init {mechanism}"):
            self.expect(client, line)
        trace = self.file("trace")
        self.card.trace_to(trace)
        got = self.typed(lambda: client.rv(self.sign()), PIN, "ok")
        self.assertEqual(got, OK)
        self.card.do("trace", "--off")
        sent = self.instructions(trace)
        self.assertEqual(sent[:5], ["A4", "22", "20", "2A", "C0"])
        self.pki_name = "sign.pem"
        self.verify()
        self.expect(client, f"init {mechanism}")
        got = self.typed(lambda: client.rv(self.sign()), "cancel")
        self.assertEqual(got, FUNCTION_CANCELED)
        self.assertEqual(self.card.count("signatures"), 1)

    def test_change(self):
        client = self.opened(how="rw")
        for keys, rv, said in (
                ((PIN, "ok", "54321", "ok", "54322", "ok"), PIN_INVALID,
                 "6402"),
                ((PIN, "ok", "12", "ok"), PIN_LEN_RANGE, "6403"),
                ((PIN, "ok", "cancel"), FUNCTION_CANCELED, "6401"),
                (("9999", "ok", "54321", "ok", "54321", "ok"), PIN_INCORRECT,
                 "0"),
                ((PIN, "ok", "54321", "ok", "54321", "ok"), OK, "0")):
            got = self.typed(lambda: client.rv("setpin"), *keys)
            self.assertEqual(hex(got), hex(rv), keys)
            self.assertEqual(self.device_error(client), said)
        got = self.typed(lambda: client.rv("login"), "54321", "ok")
        self.assertEqual(got, OK)
        got = self.typed(lambda: client.rv("setpin"), "54321", "ok", PIN, "ok",
                         PIN, "ok")
        self.assertEqual(got, OK)
        other = self.opened()
        self.expect(other, "setpin", SESSION_READ_ONLY)

    def test_card_pulled_during_the_entry(self):
        client = self.opened()
        later = Later(lambda: client.rv("login"))
        self.card.do("keys", "--wait", "12")
        self.card.do("remove")
        self.assertEqual(hex(later.result()), hex(DEVICE_REMOVED))
        self.card.do("insert")
        self.assertEqual(self.card.count("verify"), 0)

    def test_the_program_withdraws(self):
        stop = self.file("stop")
        client = self.opened(how=f"ro {stop}")
        later = Later(lambda: client.rv("login"))
        self.card.do("keys", "--wait", "12")
        with open(stop, "w", encoding="ascii"):
            pass
        if FORM != "start":
            self.card.do("keys", "34", "ok")  # this reader cannot be stopped
        self.assertEqual(later.result(), FUNCTION_CANCELED)
        verified = 0 if FORM == "start" else 1
        self.assertEqual(self.card.count("verify_ok"), verified)
        self.assertEqual(self.card.count("logoffs"), verified)
        self.assertEqual(self.card.count("pin_cancelled"),
                         1 if FORM == "start" else 0)
        entries = self.card.count("pin_entries")
        self.expect(client, "login", FUNCTION_CANCELED)
        self.assertEqual(self.card.count("pin_entries"), entries)
        self.assertEqual(self.card.count("verify"), verified)

    def test_killed_during_the_entry(self):
        """Who types on after the program died opens nothing."""
        client = self.opened()
        Later(lambda: client.rv("login"))
        self.card.do("keys", "--wait", "12")
        client.kill()
        if FORM != "start":
            self.card.do("keys", "34", "ok")
        wait_until(lambda: self.card.count("resets") > 0, 20, "a reset")
        answers = run([sys.executable, PCSC_CLIENT, MSE, PSO],
                      env={**os.environ, **self.card.env}).split()
        self.assertEqual(answers, ["9000", "6982"])
        self.assertEqual(self.card.count("signatures"), 0)

    def tool(self, *arguments, keys):
        """pkcs11-tool while a person types; its combined output."""
        def work():
            return subprocess.run(
                ["pkcs11-tool", "--module", os.environ["BEID_MODULE"],
                 *arguments], env=dict(os.environ, **self.card.env),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, timeout=120, check=False)

        later = Later(work)
        for entry in keys:
            self.card.do("keys", "--wait", *entry)
        done = later.result(120)
        return done.returncode, done.stdout

    def test_pkcs11_tool(self):
        with open(self.file("data"), "wb") as data:
            data.write(os.urandom(500))
        right = (PIN, "ok")
        for key, name, entries in (("02", "auth", 1), ("03", "sign", 2)):
            code, text = self.tool(
                "-l", "-s", "-m", HASHED, "--id", key, "-i",
                self.file("data"), "-o", self.file("sig"),
                "--signature-format", "openssl", keys=[right] * entries)
            self.assertEqual(code, 0, text)
            public = run(["openssl", "x509", "-in", f"{self.pki}/{name}.pem",
                          "-noout", "-pubkey"])
            with open(self.file("key.pem"), "w", encoding="ascii") as pem:
                pem.write(public)
            run(["openssl", "dgst", "-sha256" if RSA else "-sha384",
                 "-verify", self.file("key.pem"), "-signature",
                 self.file("sig"), self.file("data")])
        code, text = self.tool("-l", "-O", keys=[("12", "cancel")])
        self.assertEqual(code, 1)
        self.assertIn("CKR_FUNCTION_CANCELED", text)


if __name__ == "__main__":
    main()
