#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What must not be written: dangerous calls, places of one machine, promises
for later, code that is switched off; and what must: the licence."""

import re

import tree as trees

# Calls that copy without a bound, or read without a limit.
CALLS = re.compile(
    r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|gets|atoi"
    r"|atol|strtok|alloca|tmpnam|mktemp)\s*\(")
# Outside the tests: memory that moves without wiping the old block (see
# beid_buf), and programs started by a shell.
NOT_SHIPPED = re.compile(r"(?<![\w.>])(realloc|system|popen)\s*\(")

LATER = re.compile(r"\b(TODO|FIXME|XXX)\b")
OFF = re.compile(r"^\s*#\s*if\s+(0|1)\b")
# Folders of a build machine; hosts that serve packages to one.
MACHINE = re.compile(
    r"/(work|farm)/|/home/[a-z]+/|/Users/|registry\.(npmjs|yarnpkg)"
    r"|deb\.debian\.org|snapshot\.debian\.org")

# Ends of a test program that CTest takes for a pass when a part was skipped.
# Python's have run_tests.main() or finish(), C's return UNIT_SKIPPED.
SILENT = re.compile(r"\bunittest\.main\(|\.wasSuccessful\(|(?<![\w.])skip\(\)")
SAYS_SO = "tests/harness/run_tests.py"

# An exception from clang-tidy names its check and its reason on the line.
EXCEPTION = re.compile(r"\bNOLINT(NEXTLINE|BEGIN|END)?\b")
REASONED = re.compile(r"\bNOLINT(NEXTLINE|BEGIN|END)?\([\w.,*-]+\):( \w|$)"
                      r"|NOLINTEND")

# Where these words are the subject.
ABOUT_WORDS = {"tests/check/words.py", "tests/check/selftest.py"}

# File formats that have no comments, or are another's text.
NO_LICENCE = re.compile(
    r"^tests/fuzz/corpus/|(^|/)(LICENSE|[^/]*\.(jsonl?|md|map|png|pem|der|txt|pot|po)"
    r"|control|format|changelog|copyright|not-installed"
    r"|[^/]+\.(install|dirs|docs|lintian-overrides|symbols|html)|\.gitignore|\.clang-(format|tidy)"
    r"|\.editorconfig|\.npmrc)$")


def strip_c(line):
    """A C line without strings and comments, well enough for words."""
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    line = re.sub(r"/\*.*?(\*/|$)", "", line)
    return re.sub(r"//.*", "", line)


def c_findings(name, lines):
    for number, line in enumerate(lines, 1):
        code = strip_c(line)
        if line.lstrip().startswith("*"):
            code = ""
        call = CALLS.search(code) or (
            not name.startswith("tests/") and NOT_SHIPPED.search(code))
        if call:
            yield f"{name}:{number}: {call.group(0)}...) is not used here"
        if EXCEPTION.search(line) and not REASONED.search(line):
            yield f"{name}:{number}: NOLINT without check and reason"
        if OFF.match(code):
            yield f"{name}:{number}: code that is switched off"


def licence(name, lines):
    head = "\n".join(lines[:6])
    if not NO_LICENCE.search(name) and lines and not (
            "SPDX-FileCopyrightText: The beid-agent authors" in head
            and "SPDX-License-Identifier: Apache-2.0" in head):
        yield f"{name}:1: no SPDX header of two lines"


def silent(name, lines):
    for number, line in enumerate(lines, 1):
        if (name.endswith((".c", ".py")) and name != SAYS_SO
                and SILENT.search(strip_c(line))):
            yield f"{name}:{number}: a skip that nobody would see"


def run(tree):
    findings = []
    for name in tree.files:
        lines = tree.lines(name)
        findings += licence(name, lines)
        if name.endswith((".c", ".h")):
            findings += c_findings(name, lines)
        if name in ABOUT_WORDS or name == "LICENSE":
            continue
        findings += silent(name, lines)
        for number, line in enumerate(lines, 1):
            for pattern, what in ((LATER, "a promise for later"),
                                  (MACHINE, "a place of one machine")):
                if pattern.search(line):
                    findings.append(f"{name}:{number}: {what}: "
                                    f"{pattern.search(line).group(0)}")
    return findings


if __name__ == "__main__":
    trees.main(run)
