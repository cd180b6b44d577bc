# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""
Runs a program as it would run in a plain container: no new namespaces, no
mounts, no Landlock, no NETLINK_SOCK_DIAG (other netlink sockets stay: pcscd
itself watches for readers with one). The kernel refuses these calls through a
seccomp filter that every child inherits.

Usage: plain_container.py PROGRAM [ARGUMENT...]    (needs python3-seccomp)
"""

import errno
import os
import socket
import sys

try:
    import seccomp
except ImportError:
    print("skipped: python3-seccomp is missing for " + sys.executable)
    sys.exit(77)

NETLINK_SOCK_DIAG = 4
NAMESPACES = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000,
              0x20000000, 0x40000000)


def main():
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    for call in ("unshare", "setns", "mount", "umount2", "pivot_root"):
        rules.add_rule(seccomp.ERRNO(errno.EPERM), call)
    for flag in NAMESPACES:
        rules.add_rule(seccomp.ERRNO(errno.EPERM), "clone",
                       seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    # Its flags are in memory, so it cannot be filtered by them; the C
    # library falls back to clone().
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for call in ("landlock_create_ruleset", "landlock_add_rule",
                 "landlock_restrict_self"):
        rules.add_rule(seccomp.ERRNO(errno.ENOSYS), call)
    rules.add_rule(seccomp.ERRNO(errno.EPROTONOSUPPORT), "socket",
                   seccomp.Arg(0, seccomp.EQ, socket.AF_NETLINK),
                   seccomp.Arg(2, seccomp.EQ, NETLINK_SOCK_DIAG))
    rules.load()
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
