# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""s_client with the card's key against s_server -Verify."""

from clients_case import RSA, ClientsCase, Program


class OpenSslCase(ClientsCase):
    def server(self, version):
        """(program, port) of an s_server that demands a certificate."""
        server = Program(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
             self.files.cert, "-key", self.files.key, "-CAfile",
             self.files.trust, "-Verify", "3", "-verify_return_error",
             version, "-naccept", "1", "-rev"])
        self.addCleanup(server.stop)
        line = server.expect("ACCEPT")
        return server, line.rpartition(":")[2]

    def login(self, version, conf, *key):
        """A login; what server and client said about it."""
        with open(self.path("openssl.cnf"), "w", encoding="utf-8") as file:
            file.write(conf)
        server, port = self.server(version)
        said = self.signed_by_card(lambda: self.tool(
            "openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile",
            self.files.cert, "-verify_return_error", "-cert",
            f"{self.pki}/auth.pem", "-quiet", *key, stdin="oeb\nCLOSE\n", accept=(0, 1),
            env={"OPENSSL_CONF": self.path("openssl.cnf")}))
        server.expect("CONNECTION CLOSED")
        return said, "\n".join(server.lines)

    def assert_login(self, version, *way):
        name = version.strip("-").replace("tls1_", "TLSv1.")
        said, server = self.login(version, *way)
        self.assertIn("beo", said)
        self.assertIn(f"Protocol version: {name}", server)
        self.assertRegex(server, r"Peer certificate: .*Nora Proefpersoon")
        self.assertRegex(server, r"(?m)^Verification: OK")
        if version == "-tls1_3":
            # OpenSSL 3.5 says rsa_pss_rsae_sha256, for example.
            self.assertRegex(server, "(?m)^Signature type: "
                             + ("(RSA-PSS|rsa_pss_)" if RSA
                                else "(ECDSA|ecdsa_)"))
