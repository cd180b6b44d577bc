#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""kernel_without.py WHAT... -- PROGRAM [ARGUMENT...]: runs a program as on a
kernel that answers some system calls with an error, which a seccomp filter
plays for it and its children.

  landlock         there is no Landlock (ENOSYS)
  landlock-enter   it is there, and entering fails (EPERM)
  seccomp          there are no filters (EINVAL)
  seccomp-enter    they are there, and loading one fails (EPERM)

Ends with 77 when this kernel has no seccomp filters."""

import ctypes
import errno
import os
import sys

PR_SET_SECCOMP = 22
SET_MODE_FILTER = 1


def landlock_abi():
    """Of this kernel; less than 1: it has none."""
    create_ruleset, version = 444, 1
    return ctypes.CDLL(None).syscall(create_ruleset, None, 0, version)


def without(*what):
    """The words that go before a command."""
    return "/usr/bin/python3", os.path.abspath(__file__), *what, "--"


def rules(what):
    import seccomp  # Debian's own Python has it
    missing = seccomp.ERRNO(errno.EINVAL)
    fails = seccomp.ERRNO(errno.EPERM)
    return {
        "landlock": [(seccomp.ERRNO(errno.ENOSYS), "landlock_create_ruleset")],
        "landlock-enter": [(fails, "landlock_restrict_self")],
        "seccomp": [
            (missing, "prctl", seccomp.Arg(0, seccomp.EQ, PR_SET_SECCOMP)),
            (missing, "seccomp")],
        "seccomp-enter": [
            (fails, "seccomp", seccomp.Arg(0, seccomp.EQ, SET_MODE_FILTER))],
    }[what]


def run(what, command):
    import seccomp
    kernel = seccomp.SyscallFilter(seccomp.ALLOW)
    for word in what:
        for rule in rules(word):
            kernel.add_rule(*rule)
    try:
        kernel.load()
    except (OSError, RuntimeError):
        print("this kernel has no seccomp filters", file=sys.stderr)
        sys.exit(77)
    os.execvp(command[0], command)


if __name__ == "__main__":
    end = sys.argv.index("--")
    run(sys.argv[1:end], sys.argv[end + 1:])
