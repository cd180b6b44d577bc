# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""An NSS database that knows our module, as browsers keep one."""

import os
import shutil

from clients_case import PIN, ClientsCase, module

NAME = "Belgian eID"


class NssCase(ClientsCase):
    def database(self, folder, *options):
        """A fresh database in folder with the module in it."""
        os.makedirs(folder, mode=0o700)
        self.addCleanup(shutil.rmtree, folder)
        self.nss = f"sql:{folder}"
        self.pin_file = self.path("pin")
        with open(self.pin_file, "w", encoding="ascii") as file:
            file.write(PIN + "\n")
        self.certutil("-N", "--empty-password")
        self.modutil("-add", NAME, "-libfile", module(), *options)

    def certutil(self, verb, *arguments, accept=(0,)):
        return self.tool("certutil", verb, "-d", self.nss, *arguments,
                         accept=accept)

    def modutil(self, *arguments):
        return self.tool("modutil", "-dbdir", self.nss, *arguments, "-force")
