#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""A check that cannot fail proves nothing: each one is shown a small tree that
it must accept, and the same tree with one thing wrong."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "harness"))

from run_tests import main  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(HERE))
SPDX = ("/* SPDX-FileCopyrightText: The beid-agent authors\n"
        " * SPDX-License-Identifier: Apache-2.0 */\n")
HASH_SPDX = ("# SPDX-FileCopyrightText: The beid-agent authors\n"
             "# SPDX-License-Identifier: Apache-2.0\n")


def check(name, *arguments):
    """Runs one check as CTest does; (status, everything it printed)."""
    done = subprocess.run([os.path.join(HERE, name), *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, errors="replace")
    return done.returncode, done.stdout


class Case(unittest.TestCase):
    """A temporary tree to write wrong things into."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="beid-check-")
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def write(self, name, text, licence=SPDX):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(licence + text)
        return path

    def accepts(self, name, *arguments):
        status, text = check(name, *(arguments or ("--tree", self.root)))
        self.assertEqual(status, 0, text)

    def refuses(self, name, why, *arguments):
        status, text = check(name, *(arguments or ("--tree", self.root)))
        self.assertNotEqual(status, 0, text)
        self.assertNotEqual(status, 77, text)
        self.assertIn(why, text)

    def one_by_one(self, name, wrong):
        """Each (file, text, why) alone is refused, and gone is accepted."""
        for file, text, why in wrong:
            with self.subTest(file=file, why=why):
                path = self.write(file, text)
                self.refuses(name, why)
                os.remove(path)
                self.accepts(name)


class Rows(Case):
    LETTERS = (("W", 16), ("L", 9), ("C", 6), ("H", 5), ("D", 6))

    def table(self, **changed):
        rows = {f"{letter}-{n:02}": "`unit/a.py: test_a`, `unit/a.py`"
                for letter, last in self.LETTERS for n in range(1, last + 1)}
        rows.update({row.replace("_", "-"): tests
                     for row, tests in changed.items()})
        self.write("tests/promise/ROWS.md", "".join(
            f"| {row} | what | {tests} |\n" for row, tests in rows.items()
            if tests is not None))

    def test_rows(self):
        self.write("tests/unit/a.py", "def test_a(): pass\n", HASH_SPDX)
        self.write("tests/unit/b.c", "cmocka_unit_test(one),\n")
        self.table(W_02="portal: `unit/b.c: one`")
        self.accepts("rows.py")
        for tests, why in (
                (None, "stands there 0 times"), ("none", "without a test"),
                ("`unit/c.c`", "does not exist"),
                ("`unit/a.py: test_b`", "is no test of"),
                ("`unit/b.c: two`", "is no test of")):
            self.table(W_02=tests)
            self.refuses("rows.py", why)
        self.table(W_17="`unit/a.py`")
        self.refuses("rows.py", "W-17 is no row")


class Includes(Case):
    def test_foreign_headers(self):
        self.write("pkcs11/card/scard.h", "#include <winscard.h>\n")
        self.write("pkcs11/card/pcsc.c", '#include "card/scard.h"\n')
        self.write("agent/http/server.c", "#include <microhttpd.h>\n")
        self.write("portal/reference/server.c", "#include <microhttpd.h>\n")
        self.accepts("includes.py")
        self.one_by_one("includes.py", [
            ("pkcs11/card/apdu.c", "#include <winscard.h>\n",
             "belongs in pkcs11/card/scard.h"),
            ("pkcs11/card/apdu.c", '#include "card/scard.h"\n',
             "is only for pkcs11/card/pcsc.c"),
            ("agent/http/reply.c", "#include <microhttpd.h>\n",
             "included by 2 files"),
            ("agent/api/status.c", "#include <cjson/cJSON.h>\n",
             "belongs in agent/api/json.c"),
            ("agent/http/token.c", "# include <libp11.h>\n",
             "belongs in agent/worker/token.c"),
            ("agent/policy/a.c", "#include <linux/netlink.h>\n",
             "belongs in agent/sys/"),
            ("pkcs11/card/a.c", "#include <p11-kit/pkcs11.h>\n",
             "does not belong in this room"),
            ("agent/sys/a.c", "#include <ncurses.h>\n", "foreign header"),
        ])

    def test_directions(self):
        for name in ("include/beid/err.h", "pkcs11/base/x.h",
                     "pkcs11/card/x.h", "pkcs11/token/x.h",
                     "agent/http/x.h", "agent/api/x.h", "agent/api/status.h",
                     "agent/policy/x.h", "agent/prompt/x.h",
                     "agent/worker/x.h", "tests/unit/x.h"):
            self.write(name, "")
        self.write("pkcs11/token/a.c", '#include "card/x.h"\n'
                   "#include <beid/err.h>\n#include <string.h>\n")
        self.write("agent/http/a.c", '#include "x.h"\n#include "api/x.h"\n')
        self.write("agent/cli/doctor.c", '#include "card/x.h"\n')
        self.accepts("includes.py")
        self.one_by_one("includes.py", [
            ("pkcs11/card/b.c", '#include "token/x.h"\n', "must not look"),
            ("agent/api/b.c", '#include "http/x.h"\n', "must not look"),
            ("agent/http/b.c", '#include "prompt/x.h"\n', "must not look"),
            ("agent/prompt/b.c", '#include "../worker/x.h"\n',
             "must not look"),
            ("agent/worker/b.c", '#include "card/x.h"\n', "must not look"),
            ("agent/cli/serve.c", '#include "card/x.h"\n', "only doctor"),
            ("agent/api/authenticate.c", '#include "status.h"\n',
             "the endpoint"),
            ("agent/policy/b.c", '#include "tests/unit/x.h"\n',
             "not a file of the tree"),
            ("agent/policy/b.c", '#include "../../tests/unit/x.h"\n',
             "of the tests"),
            ("agent/policy/b.c", "#include <beid/none.h>\n",
             "does not exist"),
            ("agent/drawer/b.c", "", "not in design.md"),
            ("notes.txt", "", "does not belong at the top"),
        ])


class Sizes(Case):
    def test_files_and_functions(self):
        body = "    x();\n"
        self.write("agent/sys/a.c", "void\na(void)\n{\n" + body * 80 + "}\n")
        self.write("include/beid/a.h", "/*\n * why\n */\n" * 60
                   + "int a;\n" * 150)
        self.write("a.py", "def a():\n" + "    x()\n" * 80, HASH_SPDX)
        self.accepts("sizes.py")
        self.one_by_one("sizes.py", [
            ("agent/sys/b.c", "void\nb(void)\n{\n" + body * 81 + "}\n",
             "a function of 81"),
            ("agent/sys/b.c", "int b;\n" * 499, "501 lines"),
            ("agent/sys/b.h", "int b;\n" * 151, "a header of 151"),
            ("agent/sys/util.c", "int b;\n", "a drawer"),
            ("tests/run.sh", "f()\n{\n" + body * 81 + "}\n",
             "a function of 81"),
        ])
        self.write("b.py", "def b():\n" + "    x()\n" * 81, HASH_SPDX)
        self.refuses("sizes.py", "a function of 81")


class Words(Case):
    def test_words(self):
        self.write("a.c", 'int a(void) { log("strcpy(x)"); free(p); }\n'
                   "/* system(3) is not used */\n"
                   "void b(void); /* NOLINT(cert-err33-c): said above */\n")
        self.accepts("words.py")
        later, folder = "TO" + "DO", "/wo" + "rk/x"
        self.one_by_one("words.py", [
            ("b.c", "void b(void) { strcpy(a, b); }\n", "strcpy("),
            ("b.c", "void b(void) { x = atoi (a); }\n", "atoi ("),
            ("b.c", "void b(void) { x = realloc(a, 1); }\n", "realloc("),
            ("b.c", "void b(void) { system(a); }\n", "system("),
            ("b.c", "#if 0\n#endif\n", "switched off"),
            ("b.c", "int b; /* NOLINT */\n", "without check and reason"),
            ("b.c", f"/* {later}: later */\n", "a promise"),
            ("b.sh", f"cd {folder}\n", "a place of one machine"),
            ("b.json", '"https://registry.' + 'npmjs.org/x"\n',
             "a place of one machine"),
            ("b.c", "void b(void **s) { skip(); }\n", "nobody would see"),
        ])
        self.write("c.py", "print()\n", "")
        self.refuses("words.py", "no SPDX header")
        self.write("c.py", "unittest.main()\n", HASH_SPDX)
        self.refuses("words.py", "nobody would see")


class Headers(Case):
    def test_alone(self):
        self.write("include/beid/a.h", "#ifndef A_H\n#define A_H\n"
                   "#include <stddef.h>\nstruct a { size_t n; };\n#endif\n")
        self.accepts("headers.py")
        self.one_by_one("headers.py", [
            ("include/beid/b.h", "size_t b(void);\n", "with gcc"),
            ("include/beid/b.h", "size_t b(void);\n", "with clang"),
            ("include/beid/b.h", "struct b { int n; };\n", "with gcc"),
        ])


class Artefacts(Case):
    MODULE = "pkcs11/beid-agent-pkcs11.so"

    def library(self, text, *flags):
        path = os.path.join(self.root, self.MODULE)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", path,
                        *flags], input=text, text=True, check=True)

    def arguments(self):
        return "--build", self.root, self.MODULE

    def test_exports_and_libraries(self):
        entry = "int C_GetFunctionList(void) { return 0; }\n"
        self.refuses("artefacts.py", "was not built", *self.arguments())
        both = ("-Wl,--no-as-needed", "-lpcsclite", "-lcrypto")
        self.library(entry, *both)
        self.accepts("artefacts.py", *self.arguments())
        self.library(entry, *both[:2])
        self.refuses("artefacts.py", "does not need libcrypto",
                     *self.arguments())
        self.library(entry + "int beid_err_text(void) { return 0; }\n")
        self.refuses("artefacts.py", "exports beid_err_text",
                     *self.arguments())
        self.library("int C_Initialize(void) { return 0; }\n")
        self.refuses("artefacts.py", "does not export C_GetFunctionList",
                     *self.arguments())
        self.library(entry, "-Wl,--no-as-needed", "-lm")
        self.refuses("artefacts.py", "needs libm", *self.arguments())

    def test_what_comes_along(self):
        """A library that one of ours needs, not the file itself."""
        entry = "int C_GetFunctionList(void) { return 0; }\n"
        both = ("-Wl,--no-as-needed", "-lpcsclite", "-lcrypto")
        place = os.path.join(self.root, "lib")
        os.makedirs(place)
        made = os.path.join(place, "libpcsclite.so.1")
        for more, accepted in (("-lc", True), ("-lm", False)):
            subprocess.run(
                ["gcc", "-shared", "-o", made, "-Wl,-soname,libpcsclite.so.1",
                 "-Wl,--no-as-needed", more], check=True)
            self.library(entry, f"-Wl,-rpath,{place}", *both)
            if accepted:
                self.accepts("artefacts.py", *self.arguments())
            else:
                self.refuses("artefacts.py", "libm.so.6 comes along",
                             *self.arguments())


class ManPages(Case):
    MANUALS = ("beid-agent.1", "beid-verify.1", "beid-virtual-card.1")
    PAGE = (".Dd November 23, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n"
            ".Nd a page\n.Sh DESCRIPTION\n.Bl -tag -width Ds\n"
            ".It Fl \\-json\nPrint JSON.\n.El\n")

    def program(self, name, text):
        path = self.write("build/" + name, f"echo 'Usage: {text}'\n",
                          "#!/bin/sh\n")
        os.chmod(path, 0o755)

    def test_options_and_form(self):
        arguments = ("--man", os.path.join(self.root, "man"),
                     "--build", os.path.join(self.root, "build"))
        licence = HASH_SPDX.replace("#", '.\\"')
        for name in self.MANUALS:
            self.write("man/" + name, self.PAGE, licence)
        for name in ("agent/beid-agent", "portal/verify/beid-verify",
                     "tests/virtual/beid-virtual-card"):
            self.program(name, "--json --help")
        self.accepts("manpages.py", *arguments)
        self.program("portal/verify/beid-verify", "--json --at TIME")
        self.refuses("manpages.py", "--at is missing", *arguments)
        self.program("portal/verify/beid-verify", "nothing")
        self.refuses("manpages.py", "--json is not an option", *arguments)
        self.program("portal/verify/beid-verify", "--json --help")
        self.write("man/beid-agent.1", self.PAGE + ".Xx\n", licence)
        self.refuses("manpages.py", "unknown macro", *arguments)

    def test_every_subcommand_has_a_page(self):
        arguments = ("--man", os.path.join(self.root, "man"),
                     "--build", os.path.join(self.root, "build"))
        licence = HASH_SPDX.replace("#", '.\\"')
        for name in self.MANUALS:
            self.write("man/" + name, self.PAGE, licence)
        self.program("portal/verify/beid-verify", "--json --help")
        self.program("tests/virtual/beid-virtual-card", "--json --help")
        self.program("agent/beid-agent", "--json\n  dance   dance")
        self.refuses("manpages.py", "beid-agent-dance.1: there is no",
                     *arguments)
        self.write("man/beid-agent-dance.1", self.PAGE, licence)
        self.accepts("manpages.py", *arguments)


class Shell(Case):
    def test_shellcheck(self):
        self.write("a", "", "#!/bin/sh\n" + HASH_SPDX)
        self.accepts("shell.sh", self.root)
        self.write("b", "rm $1\n", "#!/usr/bin/env bash\n" + HASH_SPDX)
        self.refuses("shell.sh", "SC2086", self.root)


class Clang(Case):
    """The checks that build; the tree is the real one's lowest room."""

    def copy(self):
        for name in ("CMakeLists.txt", "CMakePresets.json", "include",
                     "pkcs11/base", "tests/unit/CMakeLists.txt",
                     "tests/unit/unit.h", "tests/unit/child.h",
                     "tests/unit/base", ".clang-format", ".clang-tidy"):
            source = os.path.join(SOURCE, name)
            target = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(source):
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        for room, content in (("pkcs11", "add_subdirectory(base)\n"),
                              ("agent", ""), ("portal", ""),
                              ("packaging", ""),
                              ("tests", "add_subdirectory(unit)\n")):
            self.write(f"{room}/CMakeLists.txt", content, HASH_SPDX)

    def append(self, name, text):
        with open(os.path.join(self.root, name), "a",
                  encoding="utf-8") as file:
            file.write(text)

    def test_warnings(self):
        self.copy()
        build = os.path.join(self.root, "build/clang")
        self.accepts("clang.sh", self.root, build)
        self.append("pkcs11/base/err.c", "static int unused = 1;\n")
        self.refuses("clang.sh", "unused", self.root, build)

    def test_sanitizers(self):
        self.copy()
        build = os.path.join(self.root, "build/sanitizers")
        self.accepts("sanitizers.sh", self.root, build)
        self.append("pkcs11/base/span.c",
                    "__attribute__((constructor)) static void wrong(void)\n"
                    "{\n    volatile int shift = 40;\n"
                    "    volatile int value = 1;\n"
                    "    value = value << shift;\n}\n")
        self.refuses("sanitizers.sh", "runtime error", self.root, build)

    def test_format_and_tidy(self):
        self.copy()
        status, text = check("format.sh", self.root)
        if status == 77:
            self.skipTest(text)
        self.assertEqual(status, 0, text)
        path = self.write("agent/sys/a.c",
                          "int a(int b);\nint\na(int b)\n{\n    return b;\n"
                          "}\n")
        self.accepts("format.sh", self.root)
        self.write("compile_commands.json", json.dumps([{
            "directory": self.root, "file": path,
            "command": f"clang -std=c17 -c {path}"}]), "")
        self.accepts("tidy.sh", self.root)
        self.append("agent/sys/a.c", "int Bad(int b);\n\nint\nBad(int b)\n{\n"
                    "    if (b)\n        return 1;\n    return 0;\n}\n")
        self.accepts("format.sh", self.root)
        self.refuses("tidy.sh", "readability-braces", self.root)
        self.append("agent/sys/a.c", "int  c;\n")
        self.refuses("format.sh", "should be clang-formatted", self.root)


if __name__ == "__main__":
    os.environ.pop("CC", None)
    main()
