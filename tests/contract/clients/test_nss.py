# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""NSS: modutil, certutil, and its own TLS client with the card's key."""

import re
import ssl

from clients_case import PIN, RSA, VERSIONS, main
from nss_case import NAME, NssCase

# Without it NSS asks for the PIN before it looks at a certificate, on a
# terminal when the program is certutil -V or tstclnt.
FRIENDLY = ("-mechanisms", "FRIENDLY")


class Nss(NssCase):
    def setUp(self):
        self.database(self.path("nss"), *FRIENDLY)

    def trust(self):
        self.certutil("-A", "-n", "root", "-t", "CT,,", "-i",
                      f"{self.pki}/root.pem")
        self.certutil("-A", "-n", "ca", "-t", ",,", "-i", f"{self.pki}/ca.pem")
        self.certutil("-A", "-n", "server", "-t", "PC,,", "-i",
                      self.files.cert)

    def test_modutil_lists_the_module(self):
        said = self.modutil("-list")
        self.assertIn(f". {NAME}", said)
        self.assertRegex(said, r"status: loaded\n\n\t slot: beid virtual")
        self.assertIn("token: Belgian eID", said)

    def test_certutil_lists_certificates_and_keys(self):
        said = self.certutil("-L", "-h", NAME, "-f", self.pin_file)
        # u: the token has the private key
        self.assertRegex(said, rf"(?m)^{NAME}:Authentication +u,u,u")
        self.assertRegex(said, rf"(?m)^{NAME}:Signature +u,u,u")
        self.assertRegex(said, rf"(?m)^{NAME}:CA +,,")
        keys = self.certutil("-K", "-h", NAME, "-f", self.pin_file)
        kind = "rsa" if RSA else "ec"
        self.assertRegex(keys, rf"{kind} +02 +.*Authentication")
        self.assertRegex(keys, rf"{kind} +03 +.*Signature")

    def test_certutil_reads_a_certificate(self):
        pem = self.certutil("-L", "-h", NAME, "-n", f"{NAME}:Authentication",
                            "-a", "-f", self.pin_file)
        self.assertEqual(ssl.PEM_cert_to_DER_cert(
            re.search("-----BEGIN.*", pem, re.S)[0].replace("\r", "")),
            self.der("auth"))

    def test_certutil_verifies_for_a_client(self):
        self.trust()
        said = self.certutil("-V", "-e", "-u", "C", "-n",
                             f"{NAME}:Authentication", "-f", self.pin_file)
        self.assertIn("certificate is valid", said)

    def test_tls_login(self):
        self.trust()
        for version in VERSIONS:
            with self.subTest(version=version):
                server = self.serve(version)
                number = version.replace("TLSv1.", "tls1.")
                self.signed_by_card(lambda: self.tool(
                    "tstclnt", "-h", "localhost", "-a", "localhost", "-p",
                    server.port, "-d", self.nss, "-n",
                    f"{NAME}:Authentication", "-w", PIN, "-V",
                    f"{number}:{number}", "-4",
                    stdin="GET / HTTP/1.0\r\n\r\n"))
                self.assert_logged_in(server, version)


if __name__ == "__main__":
    main()
