# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""The portal of portal/INTEGRATION.md, its files as they stand there, in
Chromium; the test kit in the citizen's place."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "harness"),
                os.path.join(TESTS, "contract", "integration")]

from document import Document  # noqa: E402
from portal import copy_scripts  # noqa: E402
from process import Failure, Program  # noqa: E402
from run_tests import main  # noqa: E402
from stack import (SOURCE, Agent, VirtualCard, build_directory,  # noqa: E402
                   built, home_in)

MODULES = os.path.join(build_directory(), "tests", "browser")
ORIGIN = "http://localhost:8080"


class Citizen:
    """The script of this test, one word a time."""

    def __init__(self, env):
        copy_scripts(MODULES)
        self.process = subprocess.Popen(
            ["node", os.path.join(MODULES, "first_page.mjs"), ORIGIN],
            cwd=MODULES, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)
        self.expect("ready")

    def expect(self, name):
        line = self.process.stdout.readline()
        if not line:
            raise Failure("the browser's script ended")
        event = json.loads(line)
        if event.pop("event") != name:
            raise Failure(f"not {name}: {event}")
        return event

    def do(self, word, event):
        self.process.stdin.write(word + "\n")
        return self.expect(event)

    def click(self):
        return self.do("click", "said")

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.write("end\n")
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()


class FirstPage(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="bf")
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.card = VirtualCard(os.path.join(self.directory, "kit"), "1.8",
                                ("--responder", "0"))
        self.addCleanup(self.card.stop)
        url = self.card.do("responder").split()[0]
        env = {**os.environ, **self.card.env, **home_in(self.directory),
               "no_proxy": "*"}
        env.pop("DISPLAY", None)
        document = Document(os.path.join(SOURCE, "portal", "INTEGRATION.md"))
        document.write_files(self.directory)
        shutil.copytree(os.path.join(SOURCE, "portal", "sdk"),
                        os.path.join(self.directory, "sdk"))
        prompt = os.path.join(self.directory, "kit", "prompt")
        agent = Agent(self.directory, env, prompt, origins=(ORIGIN,),
                      options=("--scripted-prompt", prompt),
                      pinentry_option=False)
        self.addCleanup(agent.stop)
        verify = os.path.dirname(built("portal", "verify", "beid-verify"))
        server = Program(["node", "server.mjs", "--trust", self.card.root,
                          "--ocsp-prefix", url, "--revocation", "required"],
                         cwd=self.directory,
                         env={**env, "PATH": f"{verify}:{env['PATH']}"})
        self.addCleanup(server.stop)
        server.expect("listening")
        self.citizen = Citizen(env)
        self.addCleanup(self.citizen.stop)

    def test_login(self):
        self.citizen.do("grant", "granted")
        said = self.citizen.click()
        self.assertEqual(said["text"], "Hello Nora Angèle", said)
        # The page's own rules let through all that it needs.
        self.assertEqual([line for line in said["problems"]
                          if "favicon" not in line and "404" not in line], [])
        self.card.do("certificate", "auth", "revoked")
        self.assertEqual(self.citizen.click()["text"],
                         "Not logged in: revoked")
        self.card.do("certificate", "auth", "good")
        self.card.do("answer", "cancel")
        said = self.citizen.click()
        self.assertRegex(said["text"], r"\bE\d\d-[0-9A-Z]{5}$", said)
        self.assertEqual(self.citizen.click()["text"], "Hello Nora Angèle")

    def test_without_the_permission(self):
        said = self.citizen.click()
        self.assertNotIn("Hello", said["text"])
        self.assertEqual(self.card.count("apdus"), 0)


if __name__ == "__main__":
    main()
