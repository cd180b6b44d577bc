# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL with pkcs11-provider, where the distribution has it."""

import glob
import os
import subprocess

from clients_case import PIN, Failure, NotAllowed, main, module, uri
from openssl_case import OpenSslCase

PROVIDER = "pkcs11-provider"
PROVIDER_CONF = """openssl_conf = conf
[conf]
providers = providers
[providers]
default = libcrypto
pkcs11 = module
[libcrypto]
activate = 1
[module]
module = {provider}
pkcs11-module-path = {module}
pkcs11-module-token-pin = file:{pin_file}
pkcs11-module-cache-pins = cache
activate = 1
"""


def distribution_has(package):
    """Does apt know a version of it that can be installed?"""
    said = subprocess.run(["apt-cache", "policy", package], check=True,
                          stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout
    return any(line.strip().startswith("Candidate:")
               and "(none)" not in line for line in said.splitlines())


class Provider(OpenSslCase):
    @classmethod
    def setUpClass(cls):
        found = glob.glob("/usr/lib/*/ossl-modules/pkcs11.so")
        if not found and distribution_has(PROVIDER):
            raise Failure(f"{PROVIDER} exists here and is not installed: see "
                          "tests/packages")
        if not found:
            raise NotAllowed(f"this distribution has no {PROVIDER}")
        cls.provider = found[0]
        super().setUpClass()

    def way(self):
        with open(self.path("pin"), "w", encoding="ascii") as file:
            file.write(PIN)
        return (PROVIDER_CONF.format(module=module(), provider=self.provider,
                                     pin_file=self.path("pin")),
                "-key", uri("private"))

    def test_tls12(self):
        self.assert_login("-tls1_2", *self.way())

    def test_tls13(self):
        self.assert_login("-tls1_3", *self.way())


if __name__ == "__main__":
    main()
