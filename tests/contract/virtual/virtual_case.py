# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""beid-virtual-card in a private directory, for one test class."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))

from run_tests import NOT_ALLOWED, main  # noqa: E402, F401

COMMAND = os.environ["BEID_VIRTUAL_CARD"]
APPLET = os.environ.get("BEID_APPLET", "1.8")
PIN = "1234"
VERIFY = "0020000108241234FFFFFFFFFF"
WRONG = "0020000108249999FFFFFFFFFF"


def call(*arguments, env=None, seconds=120):
    """Runs the command; the finished process with its output as text."""
    return subprocess.run([COMMAND, *arguments], env=env, timeout=seconds,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)


class Running:
    """A started daemon; .env is for PC/SC clients."""

    def __init__(self, *options):
        self.directory = tempfile.mkdtemp(prefix="bv")
        done = call("start", "--dir", self.directory, *options)
        if done.returncode == NOT_ALLOWED:
            shutil.rmtree(self.directory)
            raise unittest.SkipTest(done.stderr.strip())
        if done.returncode != 0:
            log = self.read("pcscd.log") + self.read("card.log")
            shutil.rmtree(self.directory)
            raise AssertionError(f"start: {done.stderr}{log}")
        self.socket = done.stdout.strip().rpartition("=")[2]
        self.env = {**os.environ, "PCSCLITE_CSOCK_NAME": self.socket}
        self.pki = os.path.join(self.directory, "pki")

    def path(self, name):
        return os.path.join(self.directory, name)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8",
                      errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def do(self, verb, *options, code=0):
        done = call(verb, "--dir", self.directory, *options)
        if done.returncode != code:
            raise AssertionError(f"{verb} {options}: {done.returncode} "
                                 f"{done.stderr}")
        return done.stdout

    def counters(self, *options):
        return json.loads(self.do("counters", "--json", *options))

    def stop(self):
        try:
            self.do("stop")
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)


class VirtualCase(unittest.TestCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.card = Running("--applet", APPLET, *cls.OPTIONS)
        cls.addClassCleanup(cls.card.stop)
        os.environ["PCSCLITE_CSOCK_NAME"] = cls.card.socket

    def run_tool(self, *arguments, accept=(0,), data=None):
        """Standard output of another program, as bytes."""
        done = subprocess.run(arguments, env=self.card.env, timeout=120,
                              input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        self.assertIn(done.returncode, accept,
                      f"{arguments}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def text_of(self, *arguments, accept=(0,)):
        return self.run_tool(*arguments, accept=accept).decode(
            errors="replace")
