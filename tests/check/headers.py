#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Every header compiles alone in C17, twice in a row, with gcc and clang."""

import os
import subprocess

import includes
import tree as trees

PACKAGES = ["libpcsclite", "p11-kit-1", "libcrypto", "libp11",
            "libmicrohttpd", "libcjson", "libassuan", "inih"]
FLAGS = ["-std=c17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra",
         "-Wundef", "-Wstrict-prototypes", "-Werror", "-x", "c", "-"]


def flags_of_packages():
    done = subprocess.run(["pkg-config", "--cflags", *PACKAGES],
                          stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.split()


def run(tree):
    findings = []
    package_flags = flags_of_packages()
    rooms = ["include", *includes.ROOTS]
    tests = sorted({os.path.dirname(name) for name in tree.ending(".h")
                    if name.startswith("tests/")})
    for name in tree.ending(".h"):
        folders = ["-I" + tree.path(folder) for folder in
                   (rooms + tests if name.startswith("tests/") else rooms)]
        folders += package_flags
        unit = f'#include "{tree.path(name)}"\n' * 2
        for compiler in ("gcc", "clang"):
            done = subprocess.run([compiler, *folders, *FLAGS], input=unit,
                                  stderr=subprocess.PIPE, text=True,
                                  check=False)
            if done.returncode:
                findings.append(f"{name}:1: does not compile alone with "
                                f"{compiler}:\n{done.stderr.strip()}")
    return findings


if __name__ == "__main__":
    trees.main(run)
