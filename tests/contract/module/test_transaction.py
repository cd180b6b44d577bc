# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""transaction=sign: what the card sees of one authentication (design 5, 7)."""

from module_case import (NOT_LOGGED_IN, OPERATION_NOT_INITIALIZED, OK, PIN,
                         PIN_INCORRECT, PIN_LOCKED, RSA, ModuleCase, main)
from process import run

FRESH = 16 if RSA else 14
AGAIN = 9
COUNT_LOW, FINAL_TRY, LOCKED = 0x10000, 0x20000, 0x40000


class Transaction(ModuleCase):
    def instructions(self, path):
        """The instruction byte of every command in a trace."""
        with open(path, encoding="ascii") as trace:
            return [line.split()[2][2:4] for line in trace
                    if len(line.split()) == 3 and line.split()[1] == ">"]

    def authenticate(self, client):
        self.ready(client)
        before = self.card.count("apdus")
        self.assertEqual(self.card.count("verify"), self.verified)
        self.expect(client, f"context {PIN}")
        self.expect(client, self.sign())
        self.verified += 1
        self.assertEqual(self.card.count("apdus") - before, 7)
        self.expect(client, "close")
        self.verify()

    def test_budget_and_order(self):
        self.verified = 0
        client = self.client()
        for limit, name in ((FRESH, "fresh"), (AGAIN, "again")):
            self.card.do("counters-reset")
            self.verified = 0
            trace = self.file(name)
            self.card.trace_to(trace)
            self.authenticate(client)
            self.card.do("trace", "--off")
            apdus = self.card.count("apdus")
            print(f"{name}: {apdus} APDUs, at most {limit}")
            self.assertLessEqual(apdus, limit)
            sent = self.instructions(trace)
            self.assertEqual(len(sent), apdus)
            self.assertEqual(sent[-7:],
                             ["E4", "A4", "22", "20", "2A", "C0", "E6"])
        self.assertEqual(client.end(), 0)
        self.assertEqual(self.card.count("resets"), 0)

    def test_certificate_is_the_one_on_the_card(self):
        client = self.client()
        self.ready(client)
        run(["openssl", "x509", "-in", f"{self.pki}/auth.pem", "-outform",
             "DER", "-out", self.file("pki.der")])
        run(["cmp", self.file("pki.der"), self.file("cert.der")])

    def test_wrong_pin_ends_the_signature(self):
        client = self.client()
        self.ready(client)
        answers = ((PIN_INCORRECT, COUNT_LOW),
                   (PIN_INCORRECT, COUNT_LOW | FINAL_TRY),
                   (PIN_LOCKED, LOCKED))
        for rv, flags in answers:
            self.expect(client, "context 9999", rv)
            self.expect(client, self.sign(), OPERATION_NOT_INITIALIZED)
            seen = client.flags("token")
            self.assertEqual(seen & (COUNT_LOW | FINAL_TRY | LOCKED), flags)
            self.expect(client, f"init {'1' if RSA else '1041'}")
        self.assertEqual(self.card.count("signatures"), 0)
        self.assertEqual(self.card.count("verify"), 3)
        self.expect(client, "close")
        self.assertEqual(client.end(), 0)

    def test_sign_without_login(self):
        client = self.client()
        self.ready(client)
        before = self.card.count("apdus")
        self.expect(client, self.sign(), NOT_LOGGED_IN)
        self.assertEqual(self.card.count("apdus"), before)

    def test_close_between_login_and_signature(self):
        client = self.client()
        self.ready(client)
        self.expect(client, f"context {PIN}")
        self.assertEqual(self.card.count("logoffs"), 0)
        self.expect(client, "close")
        self.assertEqual(self.card.count("logoffs"), 1)
        self.assertEqual(self.card.count("resets"), 0)

    def test_killed_between_login_and_signature(self):
        client = self.client()
        self.ready(client)
        self.expect(client, f"context {PIN}")
        client.kill()
        other = self.client("")
        for line in ("slots", "token", "open"):
            self.expect(other, line)
        # pcscd reset the card: the key is asked for without a PIN.
        self.expect(other, f"login {PIN}")
        self.expect(other, "key")
        self.expect(other, "logout")
        self.assertGreaterEqual(self.card.count("resets"), 1)

    def test_another_card_gets_no_pin(self):
        client = self.client()
        self.ready(client)
        self.card.do("counters-reset")
        self.card.do("swap", "--person", "other")
        self.assertNotEqual(client.rv(f"context {PIN}"), OK)
        self.assertEqual(self.card.count("verify"), 0)


if __name__ == "__main__":
    main()
