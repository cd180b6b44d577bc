# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""How a test program ends: with 77 when a part of it could not run here."""

import sys
import unittest

NOT_ALLOWED = 77


def finish(result):
    """Ends the program: 1 after a failure, 77 after a skip, else 0."""
    for test, reason in result.skipped:
        print(f"skipped: {test}: {' '.join(reason.split())}")
    if not result.wasSuccessful():
        sys.exit(1)
    if result.skipped:
        sys.exit(NOT_ALLOWED)
    if result.testsRun == 0:
        sys.exit("no test was found")
    sys.exit(0)


def main():
    """Runs the tests of the program that was started."""
    finish(unittest.main(verbosity=2, exit=False).result)


def script(work):
    """Runs work(), which is no unit test, and ends with what it returns."""
    try:
        sys.exit(work())
    except unittest.SkipTest as reason:
        print(f"skipped: {reason}")
        sys.exit(NOT_ALLOWED)
