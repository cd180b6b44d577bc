#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Files, functions and headers stay small enough to read at one sitting."""

import ast
import re

import tree as trees

FILE_LINES = 500
HEADER_LINES = 150
FUNCTION_LINES = 80
DRAWERS = re.compile(r"^(util|utils|misc|common|helper|helpers)\.\w+$")


def bracket_functions(lines):
    """(first line, length) of each body between { and } in column 1, which
    is how clang-format leaves C functions and how the shell scripts are."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.rstrip() == "{":
            start = number
        elif start and re.match(r"^\}\s*$", line):
            yield start, number - start - 1
            start = None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno


def functions(name, lines):
    if name.endswith(".py") or (lines and lines[0].endswith("python3")):
        return python_functions("\n".join(lines))
    return bracket_functions(lines)


def code_lines(lines):
    """Lines of a header that are neither blank nor comment: the contract of
    each call is welcome to take the room it needs."""
    text = re.sub(r"/\*.*?\*/", "", "\n".join(lines), flags=re.DOTALL)
    return sum(1 for line in text.split("\n") if line.strip())


def run(tree):
    findings = []
    shell = set(tree.scripts("sh"))
    python = set(tree.scripts("python3"))
    for name in tree.files:
        if not (name.endswith((".c", ".h", ".js", ".mjs", ".ts", ".py"))
                or name in shell or name in python):
            continue
        base = name.rsplit("/", 1)[-1]
        lines = tree.lines(name)
        if DRAWERS.match(base):
            findings.append(f"{name}:1: a drawer, not a name")
        if len(lines) > FILE_LINES:
            findings.append(f"{name}:1: {len(lines)} lines")
        if name.endswith(".h") and code_lines(lines) > HEADER_LINES:
            findings.append(f"{name}:1: a header of {code_lines(lines)} "
                            "lines, comments not counted")
        for start, length in functions(name, lines):
            if length > FUNCTION_LINES:
                findings.append(f"{name}:{start}: a function of {length} "
                                "lines")
    return findings


if __name__ == "__main__":
    trees.main(run)
