# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Runs CTest with the given arguments and says why tests were skipped, which
CTest keeps to itself. Its own summary stays last, its exit status is ours.

Usage: run_ctest.py JUNIT-FILE [CTEST-ARGUMENT...]
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree

SUMMARY = re.compile(r"\d+% tests passed")


def reasons(text):
    """What a skipped test said about it: its marked lines, else its last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line.partition(":")[2].strip() for line in lines
              if line.lower().startswith("skipped:")]
    return list(dict.fromkeys(marked)) or lines[-1:] or ["it gave no reason"]


def skipped(path):
    """Pairs of test and reason from CTest's JUnit file."""
    if not os.path.exists(path):
        return
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        if case.find("skipped") is not None:
            for reason in reasons(case.findtext("system-out") or ""):
                yield case.get("name"), reason


def show(lines):
    sys.stdout.writelines(lines)
    sys.stdout.flush()


def main(path, *arguments):
    if os.path.exists(path):
        os.remove(path)
    ctest = subprocess.Popen(
        ["ctest", "--output-junit", path, *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace")
    # A failing test may show the summary of a CTest of its own; only the last
    # one is held back.
    summary = []
    for line in ctest.stdout:
        if SUMMARY.match(line):
            show(summary)
            summary = [line]
        elif summary:
            summary.append(line)
        else:
            show([line])
    status = ctest.wait()
    show(f"Skipped: {name}: {reason}\n" for name, reason in skipped(path))
    show(summary)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(os.path.abspath(sys.argv[1]), *sys.argv[2:]))
    except KeyboardInterrupt:
        sys.exit(130)
