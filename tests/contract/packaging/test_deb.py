#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: installed by dpkg, used, purged without a trace."""

import argparse
import glob
import os
import re
import sys
import unittest

import installed
from installed import run

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../harness"))
from run_tests import finish  # noqa: E402

WANTS = "/etc/systemd/user/{}.wants/beid-agent.{}"


class Deb(installed.Installed):
    packages = None

    @classmethod
    def setUpClass(cls):
        files = sorted(name for name in glob.glob(cls.packages + "/*.deb")
                       if "-dbgsym_" not in name)
        cls.before = installed.leftovers()
        cls.names = sorted(os.path.basename(name).split("_")[0]
                           for name in files)
        run("dpkg", "--install", *files)

    @classmethod
    def tearDownClass(cls):
        run("dpkg", "--purge", *cls.names)
        left = installed.leftovers() - cls.before
        if left:
            raise AssertionError(f"left behind by purge: {left}")

    def test_all_packages_are_there(self):
        self.assertEqual(self.names, [
            "beid-agent", "beid-agent-p11-kit", "beid-verify",
            "beid-virtual-card", "libbeid-verify-dev", "libbeid-verify0"])

    def test_only_the_service_is_enabled(self):
        self.assertTrue(os.path.islink(
            WANTS.format("graphical-session.target", "service")))
        self.assertFalse(os.path.lexists(
            WANTS.format("sockets.target", "socket")))

    def test_portal_files_belong_to_root_alone(self):
        for name in ("/usr/share", "/etc"):
            entry = os.stat(name + "/beid-agent/portals.d")
            self.assertEqual((entry.st_uid, entry.st_mode & 0o022), (0, 0))

    def test_dpkg_finds_nothing_changed(self):
        self.assertEqual(run("dpkg", "--verify", *self.names)[0], "")

    def test_d06_no_certificate_authority_comes_along(self):
        """Nothing goes where programs look for whom to trust."""
        files = run("dpkg", "--listfiles", *self.names)[0].split("\n")
        self.assertGreater(len(files), 30)
        self.assertEqual([name for name in files if re.search(
            r"ca-certificates|/ssl(/|$)|/pki/|nssdb|\.(crt|pem|cer)$", name)],
            [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", required=True)
    parser.add_argument("--virtual-card", required=True)
    options = parser.parse_args()
    Deb.packages = options.packages
    Deb.virtual_card = options.virtual_card
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Deb)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    finish(result)
