# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL with libp11's engine, which does its RSA and EC by our module."""

from clients_case import PIN, main, module, uri
from openssl_case import OpenSslCase

ENGINE_CONF = """openssl_conf = conf
[conf]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = {module}
PIN = {pin}
init = 0
"""


class Engine(OpenSslCase):
    def way(self):
        return (ENGINE_CONF.format(module=module(), pin=PIN), "-engine",
                "pkcs11", "-keyform", "engine", "-key", uri("private"))

    def test_tls12(self):
        self.assert_login("-tls1_2", *self.way())

    def test_tls13(self):
        self.assert_login("-tls1_3", *self.way())

    def test_tells_the_public_key(self):
        """The engine's keys are made of what the module tells about them."""
        with open(self.path("openssl.cnf"), "w", encoding="utf-8") as file:
            file.write(self.way()[0])
        for kind in ("private", "public"):
            got = self.tool("openssl", "pkey", "-engine", "pkcs11", "-inform",
                            "engine", "-in", uri(kind), "-pubout",
                            *(("-pubin",) if kind == "public" else ()),
                            env={"OPENSSL_CONF": self.path("openssl.cnf")})
            wanted = self.tool("openssl", "x509", "-in",
                               f"{self.pki}/auth.pem", "-noout", "-pubkey")
            self.assertIn(wanted.strip(), got)

    def test_without_the_card_nobody_gets_in(self):
        server, port = self.server("-tls1_2")
        self.tool("openssl", "s_client", "-connect", f"127.0.0.1:{port}",
                  "-CAfile", self.files.cert, "-quiet", stdin="oeb\n",
                  accept=(1,))
        self.assertIn("peer did not return a certificate",
                      server.expect("peer did not return"))


if __name__ == "__main__":
    main()
