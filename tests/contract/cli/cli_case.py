# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Runs subcommands of beid-agent with a home of their own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))

from run_tests import main  # noqa: E402, F401
from stack import built, home_in  # noqa: E402

LANGUAGES = ("nl", "fr", "de", "en")


class Ended:
    """What a run left: exit status and both outputs."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"{self.status}\n{self.out}\n{self.err}"


class CliCase(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="beid")
        self.addCleanup(shutil.rmtree, self.directory)
        self.env = {**os.environ, **home_in(self.directory), "LC_ALL": "C"}

    def agent(self, *arguments, lang=None, env=None, seconds=120, stdin=None):
        """`beid-agent ARGUMENTS`, run to its end."""
        where = {**self.env, **(env or {})}
        if lang is not None:
            where["LC_ALL"] = f"{lang}_BE.UTF-8"
        return Ended(subprocess.run(
            [built("agent", "beid-agent"), *arguments], env=where,
            stdin=subprocess.DEVNULL if stdin is None else None, input=stdin,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=seconds, check=False))

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def write(self, text, *parts):
        path = self.path(*parts)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def read(self, *parts):
        with open(self.path(*parts), encoding="utf-8") as text:
            return text.read()
