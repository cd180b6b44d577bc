#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The RPM packages: installed by rpm, used, erased without a trace."""

import argparse
import glob
import os
import subprocess
import sys
import unittest

import installed
from installed import run

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../harness"))
from run_tests import finish  # noqa: E402

MODULE = "beid-agent-pkcs11.so"
P11_KIT = subprocess.run(
    ["pkg-config", "--variable=p11_module_path", "p11-kit-1"],
    stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


# Debian 12's rpm wants to hear that this is meant; Debian 13's does not know it.
FORCE = [option for option in ("--force-debian",)
         if subprocess.run(["rpm", option, "--version"], check=False,
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL).returncode == 0]


class Rpm(installed.Installed):
    packages = None
    root = ("rpm", "--root", "/")
    # Fedora's place for libraries, which is not Debian's.
    environment = {"LD_LIBRARY_PATH": "/usr/lib64",
                   "PKG_CONFIG_PATH": "/usr/lib64/pkgconfig"}

    @classmethod
    def setUpClass(cls):
        files = sorted(name for name in glob.glob(cls.packages + "/*.rpm")
                       if not name.endswith(".src.rpm")
                       and "-debug" not in name)
        cls.before = installed.leftovers()
        run(*cls.root, "--initdb")
        run(*cls.root, "--install", "--nodeps", *FORCE, *files)
        cls.names = run(*cls.root, "--query", "--all", "--queryformat",
                        "%{NAME}\n")[0].split()

    @classmethod
    def tearDownClass(cls):
        run(*cls.root, "--erase", *cls.names)
        left = installed.leftovers() - cls.before
        if left:
            raise AssertionError(f"left behind by erasing: {left}")

    def test_all_packages_are_there(self):
        self.assertEqual(sorted(self.names), [
            "beid-agent", "beid-agent-p11-kit", "beid-verify",
            "beid-virtual-card", "libbeid-verify", "libbeid-verify-devel"])

    def test_p11_kit_knows_the_module(self):
        """Debian's p11-kit looks elsewhere: show it Fedora's folder."""
        os.makedirs(P11_KIT, exist_ok=True)
        os.symlink("/usr/lib64/pkcs11/" + MODULE, P11_KIT + "/" + MODULE)
        self.addCleanup(os.remove, P11_KIT + "/" + MODULE)
        super().test_p11_kit_knows_the_module()

    def test_rpm_finds_nothing_changed(self):
        self.assertEqual(run(*self.root, "--verify", "--nodeps",
                             *self.names)[0], "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", required=True)
    parser.add_argument("--virtual-card", required=True)
    options = parser.parse_args()
    Rpm.packages = options.packages
    Rpm.virtual_card = options.virtual_card
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Rpm)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    finish(result)
