#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""tests/promise/ROWS.md names a test for every threat, and each of them is
there."""

import re

import tree as trees

TABLE = "tests/promise/ROWS.md"
ROWS = [f"{letter}-{number:02}"
        for letter, last in (("W", 16), ("L", 9), ("C", 6), ("H", 5),
                             ("D", 6))
        for number in range(1, last + 1)]
ROW = re.compile(r"^\| ([A-Z]-\d\d) \|")
NAMED = re.compile(r"`([^`:]+)(?:: ([^`]+))?`")


def defines(text, name):
    """Is this a test of that file: of Python, cmocka or Node?"""
    found = re.escape(name)
    return re.search(rf"^\s*def {found}\(|cmocka_unit_test\({found}\)"
                     rf"|^test\('{found}'", text, re.M) is not None


def run(tree):
    if TABLE not in tree.files:
        return []
    findings, seen = [], []
    for number, line in enumerate(tree.lines(TABLE), 1):
        match = ROW.match(line)
        if not match:
            continue
        where = f"{TABLE}:{number}: "
        seen.append(match[1])
        tests = NAMED.findall(line.rpartition(" | ")[2])
        if not tests:
            findings.append(where + "a row without a test")
        for file, name in tests:
            if "tests/" + file not in tree.files:
                findings.append(f"{where}tests/{file} does not exist")
            elif name and not defines(
                    "\n".join(tree.lines("tests/" + file)), name):
                findings.append(f"{where}{name} is no test of tests/{file}")
    findings += [f"{TABLE}:1: {row} stands there {seen.count(row)} times"
                 for row in ROWS if seen.count(row) != 1]
    findings += [f"{TABLE}:1: {row} is no row" for row in sorted(
        set(seen) - set(ROWS))]
    return findings


if __name__ == "__main__":
    trees.main(run)
