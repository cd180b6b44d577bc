# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Usage: test_follow.py CMAKE BUILD SOURCE. portal/INTEGRATION.md, followed
in a new directory with what is installed below a new prefix, by somebody who
has neither a display nor anything else of ours."""

import copy
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "..", "harness"))

from document import Document, first_missing  # noqa: E402
from process import Failure, run  # noqa: E402
from run_tests import NOT_ALLOWED, main  # noqa: E402

CMAKE, BUILD, SOURCE = sys.argv[1:4]
del sys.argv[1:4]
APPLET = os.environ["BEID_APPLET"]
SANITIZE = os.environ.get("BEID_SANITIZE")
DOCUMENT = os.path.join(SOURCE, "portal", "INTEGRATION.md")


def prefix_of(build):
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("CMAKE_INSTALL_PREFIX:"):
                return line.rstrip("\n").partition("=")[2]
    raise Failure("no prefix")


class Follow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="bi")
        cls.addClassCleanup(shutil.rmtree, cls.directory, True)
        cls.prefix = cls.path("p")
        run([CMAKE, "--install", BUILD, "--prefix", cls.prefix], seconds=120)
        cls.lib = os.path.join(cls.prefix, "lib")
        # As it had been written, configured for this prefix.
        pc = os.path.join(cls.lib, "pkgconfig", "beid-verify.pc")
        with open(pc, encoding="utf-8") as file:
            text = file.read()
        with open(pc, "w", encoding="utf-8") as file:
            file.write(text.replace(prefix_of(BUILD), cls.prefix))

    @classmethod
    def path(cls, *parts):
        return os.path.join(cls.directory, *parts)

    def environment(self):
        home = self.path("home")
        os.makedirs(home, 0o700, True)
        return {"PATH": f"{self.prefix}/bin:{os.environ['PATH']}",
                "LD_LIBRARY_PATH": self.lib,
                "PKG_CONFIG_PATH": f"{self.lib}/pkgconfig",
                "HOME": home, "LC_ALL": "C.UTF-8", "APPLET": APPLET,
                "BEID_SOURCE": SOURCE, "no_proxy": "*"}

    def follow(self, document):
        place = tempfile.mkdtemp(dir=self.directory)
        document.write_files(place)
        try:
            document.run(place, self.environment())
        except Failure as failure:
            if failure.code == NOT_ALLOWED:
                self.skipTest(str(failure))
            raise
        finally:
            subprocess.run([f"{self.prefix}/bin/beid-virtual-card", "stop",
                            "--dir", os.path.join(place, "kit")],
                           check=False, stderr=subprocess.DEVNULL)
        return place

    @unittest.skipIf(SANITIZE, "the C example is built without sanitizers")
    def test_follow(self):
        document = Document(DOCUMENT)
        self.assertGreater(len(document.steps), 12)
        # A reader may do without; then the document runs no Java.
        self.assertIsNotNone(shutil.which("javac"), "no JDK is installed")
        place = self.follow(document)
        self.assertFalse(os.path.exists(
            os.path.join(place, "kit", "control.sock")))

    @unittest.skipIf(SANITIZE, "as above")
    def test_control(self):
        """A step that fails, or prints something else, is noticed."""
        document = Document(DOCUMENT)
        document.steps = document.steps[:1]
        document.steps.append(copy.copy(document.steps[0]))
        document.steps[1].script = "false\n"
        with self.assertRaisesRegex(Failure, "step 1 ended with 1"):
            self.follow(document)
        document.steps[1].script = "echo one; echo three\n"
        document.steps[1].shows = ["one", "two"]
        with self.assertRaisesRegex(Failure, "'two' is not printed"):
            self.follow(document)

    @unittest.skipIf(SANITIZE, "as above")
    def test_building_as_it_shows(self):
        """The build without packages, as far as it costs seconds: its
        packages, its configuration, and the verifier made with it."""
        if APPLET == "1.7":
            return  # the other applet's run does it
        with open(DOCUMENT, encoding="utf-8") as file:
            text = file.read()
        place = tempfile.mkdtemp(dir=self.directory)
        os.symlink(SOURCE, os.path.join(place, "beid-agent"))
        (names, configure), = re.findall(
            r"^(beid-agent/tests/packages [a-z ]+) \| xargs sudo apt-get "
            r"install -y\n(cmake -S .*)\ncmake --build build && ", text, re.M)

        def there(command):
            return run(["env", "-C", place, *command], seconds=240)
        self.assertLess({"cmake", "ninja-build", "gcc", "pcscd",
                         "libssl-dev"}, set(there(names.split()).split()))
        # What the packages are built with, too.
        with open(os.path.join(SOURCE, "packaging", "debian", "rules"),
                  encoding="utf-8") as file:
            rules = set(re.findall(r"-DCMAKE_BUILD\S+|-DBEID\S+",
                                   file.read()))
        self.assertEqual(set(re.findall(r"-D\S+", configure)), rules)
        there([CMAKE, *configure.split()[1:]])
        there([CMAKE, "--build", "build", "--target", "beid_verify_command"])
        self.assertIn("beid-verify ", there(
            ["build/portal/verify/beid-verify", "--version"]))
        self.assertIn("--output", there(
            ["beid-agent/packaging/build-deb", "--help"]))

    def test_files_are_named(self):
        """Each file has its name where a reader of the page sees it."""
        with open(DOCUMENT, encoding="utf-8") as file:
            text = file.read()
        path = self.path("unnamed.md")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text.replace("Save as `check.c`:", "Then:"))
        with self.assertRaisesRegex(Failure, "to save check.c"):
            Document(path)

    def test_comparing(self):
        self.assertIsNone(first_missing(["a…c", "d"], ["x", "abc", "d"]))
        self.assertEqual(first_missing(["d", "a"], ["a", "d"]), "a")
        self.assertEqual(first_missing(["a"], ["ab"]), "a")


if __name__ == "__main__":
    main()
