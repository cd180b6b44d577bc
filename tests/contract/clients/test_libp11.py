# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
libp11 as the card worker uses it: libp11_client.c makes the same calls in the
same order, with the worker's options, and as any other program of libp11 would.
"""

import os

from clients_case import (PIN, RSA, ClientsCase, built, main, module, run)

# As agent/worker/token.c gives them; here of one certificate, which the worker
# reads by itself.
AGENT = ("transaction=sign objects=auth slot-state=yes",)
PIN_INCORRECT = "a0"
# design.md §7, chain excluded: libp11 reads each certificate that is listed.
FRESH = 16 if RSA else 14


class LibP11(ClientsCase):
    def client(self, pin, *options, accept=(0,)):
        return self.tool(built("tests", "contract", "clients", "libp11_client"),
                         module(), pin, self.directory, *options,
                         accept=accept)

    def verify(self):
        with open(self.path("certificate.der"), "rb") as file:
            self.assertEqual(file.read(), self.der("auth"))
        run(["openssl", "x509", "-inform", "DER", "-in",
             self.path("certificate.der"), "-pubkey", "-noout", "-out",
             self.path("public.pem")])
        said = run(["openssl", "dgst", "-sha256" if RSA else "-sha384",
                    "-verify", self.path("public.pem"), "-signature",
                    self.path("signature"), self.path("message")])
        self.assertEqual(said.strip(), "Verified OK")

    def authenticate(self, *options):
        for name in ("certificate.der", "signature", "message"):
            if os.path.exists(self.path(name)):
                os.remove(self.path(name))
        self.card.do("counters-reset")
        self.assertEqual(self.client(PIN, *options), "")
        self.verify()
        counters = self.card.counters()
        self.assertEqual((counters["verify"], counters["signatures"]), (1, 1))
        return counters["apdus"]

    def test_as_the_agent_does(self):
        for _ in range(2):
            self.assertLessEqual(self.authenticate(*AGENT), FRESH)

    def test_as_others_do(self):
        self.authenticate()

    def test_a_wrong_pin_is_sent_once(self):
        for options, call in ((AGENT, "EVP_DigestSign"), ((), "PKCS11_login")):
            self.card.do("counters-reset")
            self.assertEqual(
                self.client("9999", *options, accept=(1,)).strip(),
                f"{call}: {PIN_INCORRECT}")
            self.assertEqual(self.card.count("verify"), 1)
            self.authenticate(*options)


if __name__ == "__main__":
    main()
