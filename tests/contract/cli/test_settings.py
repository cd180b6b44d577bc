# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""An administrator's agent.conf that the user cannot read: it may hold
require_local_seat, so nothing is done."""

import json
import os
import re
import subprocess
import unittest

from cli_case import LANGUAGES, CliCase, Ended, main
from process import Program
from stack import build_directory, built

NOBODY = 65534
# The folder is another one in a mount namespace of its own.
PRIVATE = """set -e
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/beid-agent"
echo "require_local_seat = no" >"$1/beid-agent/agent.conf"
chmod "$2" "$1/beid-agent/agent.conf"
shift 2
exec setpriv --reuid={0} --regid={0} --clear-groups "$@"
""".format(NOBODY)


def folder():
    """Where this build has its configuration."""
    with open(os.path.join(build_directory(), "CMakeCache.txt"),
              encoding="utf-8") as cache:
        known = dict(re.findall(r"^(CMAKE_INSTALL_\w+):\w+=(.*)$", cache.read(),
                                re.MULTILINE))
    name = known["CMAKE_INSTALL_SYSCONFDIR"]
    if not os.path.isabs(name) and known["CMAKE_INSTALL_PREFIX"] == "/usr":
        return os.path.join("/", name)
    return os.path.join(known["CMAKE_INSTALL_PREFIX"], name)


@unittest.skipUnless(os.getuid() == 0, "needs root")
class Settings(CliCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o755)
        home = self.path("home")
        os.makedirs(home, exist_ok=True)
        os.chown(home, NOBODY, NOBODY)
        self.env.pop("DISPLAY", None)
        self.env.pop("WAYLAND_DISPLAY", None)

    def words(self, mode, *arguments):
        return ["unshare", "--mount", "sh", "-c", PRIVATE, "private", folder(),
                mode, built("agent", "beid-agent"), *arguments]

    def run_as_nobody(self, mode, *arguments, lang="en"):
        return Ended(subprocess.run(
            self.words(mode, *arguments),
            env={**self.env, "LC_ALL": f"{lang}_BE.UTF-8"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60, check=False))

    def parts(self):
        return ["--development", "--module",
                built("pkcs11", "beid-agent-pkcs11.so"), "--card-worker",
                built("agent", "beid-agent-card")]

    def findings(self, mode):
        done = self.run_as_nobody(mode, "doctor", "--json")
        return [(f["finding"], f["warning"]) for f in
                json.loads(done.out)["findings"]
                if f["finding"].startswith("settings")]

    def test_serve_does_not_start(self):
        texts = set()
        for lang in LANGUAGES:
            done = self.run_as_nobody("600", "serve", *self.parts(), lang=lang)
            self.assertEqual((done.status, done.out), (1, ""), done)
            self.assertIn(os.path.join(folder(), "beid-agent", "agent.conf"),
                          done.err)
            self.assertNotIn("listening", done.err)
            texts.add(done.err)
        self.assertEqual(len(texts), len(LANGUAGES))
        program = Program(self.words("644", "serve", *self.parts()),
                          env=self.env)
        try:
            program.expect("listening on")
        finally:
            program.stop()

    def test_no_errand_is_run(self):
        path = self.write("text", "contract.txt")
        done = self.run_as_nobody("600", "sign", "--json", *self.parts(), path)
        self.assertEqual((done.status, done.json["error"]["code"]),
                         (1, "settings_unreadable"), done)
        done = self.run_as_nobody("600", "authenticate", *self.parts(),
                                  "--origin", "https://p.example", "--nonce",
                                  44 * "x")
        self.assertEqual((done.status, done.out), (1, ""), done)
        self.assertIn("cannot be read", " ".join(done.err.split()))

    def test_the_doctor_tells(self):
        self.assertEqual(self.findings("600"), [("settings-unreadable", False)])
        self.assertEqual(self.findings("644"), [])


if __name__ == "__main__":
    main()
