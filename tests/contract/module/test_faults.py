# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Cards pulled at every APDU, and a pcscd that is killed and started again."""

from module_case import (DEVICE_REMOVED, NO_SERVICE, OK, PIN, RSA,
                         TOKEN_NOT_PRESENT, ModuleCase, main)
from process import wait_until

MAX_APDUS = 30
CARD_IN = 0x1


class Faults(ModuleCase):
    def put_back(self, client):
        self.card.do("insert")
        wait_until(lambda: client.flags("slot") & CARD_IN, 10, "the card")

    def test_pulled_at_every_apdu(self):
        position = 0
        while True:
            position += 1
            self.assertLess(position, MAX_APDUS)
            client = self.client()
            self.card.do("fault", "--at", str(position), "--do", "remove")
            rv = self.first_failure(client)
            self.card.do("fault", "--off")
            with self.subTest(apdu=position):
                self.assertIn(rv, (OK, DEVICE_REMOVED, TOKEN_NOT_PRESENT))
            if rv == OK:
                break
            client.rv("close")
            self.put_back(client)
            self.assertEqual(self.first_failure(client), OK)
            self.expect(client, "close")
            self.assertEqual(client.end(), 0)
            self.assertEqual(self.card.count("tries_left"), 3)
        self.assertGreater(position, 10)

    def reads(self, client):
        for line in ("slots", "token", "open",
                     f"certificate {self.file('cert.der')}"):
            self.expect(client, line)

    def test_lost_at_every_apdu(self):
        """A read is sent again after a reset; nothing else is."""
        client = self.client()
        before = self.card.count("apdus")
        self.reads(client)
        reads = self.card.count("apdus") - before
        self.assertEqual(client.end(), 0)
        position = 0
        while True:
            position += 1
            self.assertLess(position, MAX_APDUS)
            client = self.client()
            self.card.do("counters-reset")
            self.card.do("fault", "--at", str(position), "--do", "lose")
            if position <= reads:
                self.reads(client)
                # On 1.7 the second asks for the tries with a VERIFY.
                lost = 0 if RSA and position == 2 else 1
                self.assertEqual(self.card.count("resets"), lost, position)
                self.expect(client, "close")
            rv = self.first_failure(client)
            sent = self.card.count("apdus")
            self.card.do("fault", "--off")
            self.assertLessEqual(self.card.count("verify"), 1)
            self.assertEqual(self.card.count("tries_left"), 3)
            if position <= reads:
                self.assertEqual(rv, OK, position)
            client.rv("close")
            self.assertEqual(self.first_failure(client), OK)
            self.expect(client, "close")
            self.assertEqual(client.end(), 0)
            if rv == OK and position > sent:
                break
        self.assertGreater(position, 10)

    def test_pcscd_killed_and_started(self):
        client = self.client()
        self.ready(client)
        self.card.do("pcscd-kill")
        self.assertNotEqual(client.rv(f"context {PIN}"), OK)
        self.expect(client, "close")
        self.expect(client, "slots", NO_SERVICE)
        self.card.do("pcscd-start")
        self.assertEqual(self.first_failure(client), OK)
        self.verify()
        self.expect(client, "close")
        self.assertEqual(client.end(), 0)

    def test_login_survives_nothing_it_should_not(self):
        """A reset by another program is noticed at the next signature."""
        client = self.client("")
        for line in ("slots", "open", f"login {PIN}", "key"):
            self.expect(client, line)
        self.card.do("reset")
        self.expect(client, f"init {self.plain()}")
        self.assertNotEqual(client.rv(self.sign()), OK)
        self.assertEqual(self.card.count("signatures"), 0)

    @staticmethod
    def plain():
        from module_case import PLAIN
        return PLAIN


if __name__ == "__main__":
    main()
