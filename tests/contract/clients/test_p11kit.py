# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
p11-kit, and by it whatever asks p11-kit: the module is found by the file that
the packages install, unchanged. Module and file lie where p11-kit looks for
them, in a mount namespace of their own.
"""

import os
import re
import shutil

from clients_case import (PIN, ClientsCase, main, module, namespace, run, uri)
from stack import SOURCE

INSTALLED = ("mount --bind \"$1\" \"$3\" && mount --bind \"$2\" \"$4\" && "
             "shift 4 && exec \"$@\"")


def place(variable):
    return run(["pkg-config", f"--variable={variable}", "p11-kit-1"]).strip()


class P11Kit(ClientsCase):
    def setUp(self):
        files, modules = self.path("files"), self.path("modules")
        for folder, what in (
                (files, os.path.join(SOURCE, "packaging", "p11-kit",
                                     "beid-agent.module")),
                (modules, module())):
            os.mkdir(folder)
            self.addCleanup(shutil.rmtree, folder)
            shutil.copy(what, folder)
        self.installed = [*namespace(), "sh", "-ec", INSTALLED, "sh", files,
                          modules, place("p11_module_configs"),
                          place("p11_module_path")]

    def test_lists_the_card(self):
        said = self.tool(*self.installed, "p11-kit", "list-modules")
        ours = re.search(r"(?ms)^(module: )?beid-agent.*?(?=^\S|\Z)", said)
        self.assertIsNotNone(ours, said)
        self.assertIn("token: Belgian eID", ours[0])
        self.assertRegex(ours[0], r"(?m)^ +flags:\n( +[a-z-]+\n)*"
                         r" +write-protected\n +login-required")

    def test_programs_find_it_without_being_told(self):
        """No --provider: GnuTLS asks p11-kit."""
        urls = self.tool(*self.installed, "p11tool", "--batch",
                         "--list-token-urls")
        self.assertIn("token=Belgian%20eID", urls)
        said = self.signed_by_card(lambda: self.tool(
            *self.installed, "p11tool", "--batch", "--login", "--set-pin", PIN,
            "--test-sign", uri("private")))
        self.assertIn("ok", said)


if __name__ == "__main__":
    main()
