# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What the worker signs, what it costs, and what it leaves behind."""

import hashlib
import os
import subprocess
import time
import unittest

from bench import NONCE, ORIGIN
from worker_case import APPLET, PIN, WorkerCase, main

RS256, ES384 = 1, 2
FRESH = {"1.7": 16, "1.8": 14}
AGAIN = 9
HUGE = 1 << 28


def der_integer(raw):
    value = raw.lstrip(b"\0") or b"\0"
    value = b"\0" + value if value[0] & 0x80 else value
    return b"\x02" + bytes([len(value)]) + value


def der_signature(raw):
    """The other form of an ECDSA signature, made without our own code."""
    body = der_integer(raw[:48]) + der_integer(raw[48:])
    return b"\x30" + bytes([len(body)]) + body


class Login(WorkerCase):
    def setUp(self):
        super().setUp()
        self.fresh_card()

    def openssl(self, *arguments, stdin=b""):
        return subprocess.run(["openssl", *arguments], input=stdin, check=True,
                              stdout=subprocess.PIPE).stdout

    def verify(self, reply, origin=ORIGIN, nonce=NONCE):
        """openssl's opinion on the signature; web-eid:1."""
        digest = "sha256" if reply["algorithm"] == RS256 else "sha384"
        message = (hashlib.new(digest, origin.encode()).digest()
                   + hashlib.new(digest, nonce).digest())
        signature = reply["signature"]
        if reply["algorithm"] == ES384:
            signature = der_signature(signature)
        files = {}
        for name, data in (("cert", reply["certificate"]),
                           ("sig", signature), ("msg", message)):
            files[name] = os.path.join(self.directory, name)
            with open(files[name], "wb") as file:
                file.write(data)
        key = self.openssl("x509", "-inform", "DER", "-in", files["cert"],
                           "-pubkey", "-noout")
        files["key"] = os.path.join(self.directory, "key")
        with open(files["key"], "wb") as file:
            file.write(key)
        done = subprocess.run(
            ["openssl", "dgst", f"-{digest}", "-verify", files["key"],
             "-signature", files["sig"], files["msg"]], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0

    def test_signature_is_over_origin_and_nonce(self):
        reply = self.good_login()
        self.assertEqual(reply["algorithm"],
                         RS256 if APPLET == "1.7" else ES384)
        self.assertEqual(len(reply["signature"]),
                         256 if APPLET == "1.7" else 96)
        self.assertTrue(self.verify(reply))
        self.assertFalse(self.verify(reply, origin=ORIGIN + "0"))
        self.assertFalse(self.verify(reply, nonce=NONCE + b"0"))
        self.assertEqual(self.worker.events,
                         ["window-opened", "pin-entry", "signing", "done"])
        self.assertEqual((self.prompt.count("GETPIN"),
                          self.prompt.count("CONFIRM")), (1, 0))

    def test_cost_and_order_on_the_card(self):
        trace = os.path.join(self.directory, "trace")
        self.card.trace_to(trace)
        self.good_login()
        fresh = self.card.counters()
        self.card.do("counters-reset")
        self.good_login()
        again = self.card.counters()
        self.card.do("trace", "--off")
        for counters, limit in ((fresh, FRESH[APPLET]), (again, AGAIN)):
            self.assertLessEqual(counters["apdus"], limit)
            self.assertEqual((counters["verify"], counters["signatures"],
                              counters["logoffs"], counters["resets"]),
                             (1, 1, 1, 0))
        with open(trace, encoding="utf-8") as file:
            lines = file.read()
        # VERIFY, PSO, LOG OFF, each once per login, in this order. (A VERIFY
        # without data asks an applet 1.7 for the tries.)
        sent = [line.split()[2] for line in lines.splitlines() if " > " in line]
        order = [apdu[:4] for apdu in sent if apdu[:4] in
                 ("0020", "002A", "80E6") and apdu not in
                 ("00200001", "0020000100")]
        self.assertEqual(order, ["0020", "002A", "80E6"] * 2)
        # Certificates and signatures may hold any four digits.
        self.assertNotIn(PIN, "".join(line for line in lines.splitlines()
                                      if " < " not in line))

    def test_chain_is_read_after_the_signature_and_remembered(self):
        self.assertEqual(self.good_login()["chain"], [])
        trace = os.path.join(self.directory, "chain-trace")
        self.card.trace_to(trace)
        chain = self.good_login(chain=True)["chain"]
        self.card.do("trace", "--off")
        self.assertEqual(len(chain), 2)
        with open(trace, encoding="utf-8") as file:
            sent = [line.split()[2] for line in file if " > " in line]
        signed = [apdu[:4] for apdu in sent].index("002A")
        read = next(i for i, apdu in enumerate(sent)
                    if apdu.endswith("DF00503A"))
        self.assertGreater(read, signed)
        self.card.do("counters-reset")
        self.assertEqual(self.good_login(chain=True)["chain"], chain)
        self.assertLessEqual(self.card.count("apdus"), AGAIN)
        for certificate, name in zip(chain, (b"CA", b"Root CA")):
            subject = self.openssl("x509", "-inform", "DER", "-noout",
                                   "-subject", stdin=certificate)
            self.assertIn(b"TEST", subject)
            self.assertIn(name, subject)

    def test_certificate_of_the_login_is_asked_for(self):
        reply = self.good_login()
        right = hashlib.sha256(reply["certificate"]).digest()
        self.good_login(sha256=right)
        self.card.do("counters-reset")
        before = self.prompt.count("GETPIN")
        wrong = bytes([right[0] ^ 1]) + right[1:]
        operation = self.worker.authenticate(sha256=wrong)
        self.assertEqual(self.worker.reply(operation)["err"], "card-mismatch")
        self.assertEqual(self.prompt.count("GETPIN"), before)
        self.assertEqual(self.card.count("verify"), 0)

    def test_development_takes_the_test_card(self):
        self.worker.end()
        self.worker = self.start_worker("--development")
        self.good_login()
        self.assertIn("DEVELOPMENT", self.prompt.texts()[0])

    def test_the_supervisor_learns_the_language(self):
        operation, _ = self.begin(lang="fr")
        self.assertEqual(self.worker.lang, "fr")
        self.worker.cancel(operation)
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")

    def memory_holds(self, needle):
        """Reads all writable memory of the worker, as root may."""
        pid = self.worker.process.pid
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
                open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                span, rights = line.split()[:2]
                first, last = (int(end, 16) for end in span.split("-"))
                # A sanitizer's shadow is terabytes of nothing.
                if "w" not in rights or last - first > HUGE:
                    continue
                memory.seek(first)
                try:
                    if needle in memory.read(last - first):
                        return True
                except OSError:
                    continue
        return False

    @unittest.skipUnless(os.geteuid() == 0, "reading memory needs root")
    def test_no_pin_stays_in_memory(self):
        """Threats L-03: after a login, a wrong PIN, and a cancel."""
        self.good_login()
        self.assertFalse(self.memory_holds(PIN.encode()))
        # The search itself works: the last origin is still to be found.
        self.assertTrue(self.memory_holds(ORIGIN.encode()))
        operation, window = self.begin()
        asked = self.prompt.count()
        self.type("846127", window)
        window = self.prompt.next_window(self.screen, asked)
        self.assertFalse(self.memory_holds(b"846127"))
        self.screen.press(window, "Escape")
        self.assertEqual(self.worker.reply(operation)["err"], "cancelled")
        self.assertFalse(self.memory_holds(b"846127"))

    def test_idle_worker_holds_no_connection(self):
        """No PC/SC context, no wake-up, little memory (design §3)."""
        self.good_login()
        pid = self.worker.process.pid
        time.sleep(0.5)
        with open("/proc/net/unix", encoding="utf-8") as table:
            sockets = [line.split() for line in table]
        links = [os.readlink(f"/proc/{pid}/fd/{fd}")
                 for fd in os.listdir(f"/proc/{pid}/fd")]
        self.assertEqual(sum("socket:" in link for link in links), 2,
                         (links, len(sockets)))

        def switches():
            total = 0
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/status",
                          encoding="utf-8") as status:
                    total += sum(int(line.split()[1]) for line in status
                                 if "ctxt_switches" in line)
            return total

        before = switches()
        time.sleep(3)
        self.assertEqual(switches(), before)


if __name__ == "__main__":
    main()
