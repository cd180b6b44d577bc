# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""GnuTLS: p11tool, and a client that logs in with the card."""

import re
import ssl

from clients_case import (PIN, RSA, VERSIONS, ClientsCase, main, module, uri)

FILES = {"02": "auth", "03": "sign", "04": "ca", "06": "root"}


class GnuTls(ClientsCase):
    def p11tool(self, *arguments, **options):
        return self.tool("p11tool", "--batch", "--provider", module(),
                         *arguments, **options)

    def test_lists_token_and_objects(self):
        tokens = self.p11tool("--list-tokens")
        self.assertIn("Label: Belgian eID", tokens)
        self.assertIn("Type: Hardware token", tokens)
        urls = self.p11tool("--list-all-certs", "--only-urls")
        found = set(re.findall(r";id=%([0-9A-F]{2});", urls))
        self.assertLessEqual(set(FILES), found)
        keys = self.p11tool("--login", "--set-pin", PIN, "--list-privkeys",
                            uri("private"))
        self.assertRegex(keys, r"\((RSA-2048|EC/ECDSA-SECP384R1)\)")
        self.assertIn("CKA_SENSITIVE", keys)

    def test_exports_every_certificate(self):
        for ident, name in FILES.items():
            pem = self.p11tool("--export", uri("cert", ident))
            self.assertEqual(ssl.PEM_cert_to_DER_cert(pem), self.der(name))

    def test_exports_the_public_key(self):
        got = self.p11tool("--login", "--set-pin", PIN, "--export-pubkey",
                           uri("private"))
        wanted = self.tool("openssl", "x509", "-in", f"{self.pki}/auth.pem",
                           "-noout", "-pubkey")
        self.assertIn(wanted.strip(), got)

    def test_signs_and_verifies(self):
        for ident in ("02", "03"):
            with self.subTest(key=ident):
                said = self.signed_by_card(lambda key=ident: self.p11tool(
                    "--login", "--set-pin", PIN, "--test-sign",
                    uri("private", key)))
                self.assertIn("RSA-SHA256... ok" if RSA
                              else "ECDSA-SHA256... ok", said)
                self.assertIn("Verifying against public key in the token... "
                              "ok", said)

    def test_a_wrong_pin_is_refused(self):
        said = self.p11tool("--login", "--set-pin", "4321", "--test-sign",
                            uri("private"), accept=(1,))
        self.assertIn("PIN", said)
        self.assertEqual(self.card.count("tries_left"), 2)
        self.p11tool("--login", "--set-pin", PIN, "--list-privkeys",
                     uri("private"))

    def test_tls_login(self):
        for version in VERSIONS:
            with self.subTest(version=version):
                server = self.serve(version)
                self.signed_by_card(lambda: self.tool(
                    "gnutls-cli", "--provider", module(), "--x509cafile",
                    self.files.cert, "--verify-hostname", "localhost",
                    "--x509certfile", uri("cert"), "--x509keyfile",
                    uri("private"), "-p", server.port, "127.0.0.1",
                    stdin="GET / HTTP/1.0\r\n\r\n", env={"GNUTLS_PIN": PIN}))
                self.assert_logged_in(server, version)

    def test_without_the_card_nobody_gets_in(self):
        server = self.serve("TLSv1.3")
        self.tool("gnutls-cli", "--x509cafile", self.files.cert,
                  "--verify-hostname", "localhost", "-p", server.port,
                  "127.0.0.1", stdin="GET / HTTP/1.0\r\n\r\n", accept=(1,))
        self.assertEqual(server.seen, [])


if __name__ == "__main__":
    main()
