#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""What the built files show to others (exported symbols) and what they pull
in (libraries): the process split of design.md section 3 seen from outside."""

import argparse
import os
import re
import subprocess
import sys

LIBC = r"libc\.so\.6|ld-linux[\w.-]*\.so\.\d+|linux-vdso.*"
SANITIZERS = r"lib[alu]+b?san\.so\.\d+|libasan\.so\.\d+|libubsan\.so\.\d+"

# Built file -> exports it may have, one it must have, the libraries it needs:
# these and no others. One more is foreign code in a process, one less is a
# list that has become wrong (threats L-08).
RULES = {
    "pkcs11/beid-agent-pkcs11.so": (
        r"C_[A-Z]\w*", "C_GetFunctionList", r"libpcsclite|libcrypto"),
    "portal/verify/libbeid-verify.so": (
        r"beid_verify_\w+", "beid_verify_token", r"libcrypto|libcjson|libcurl"),
    "agent/beid-agent": (
        # libassuan: pin change asks in windows where there is no terminal
        None, None, r"libmicrohttpd|libcjson|libcrypto|libinih|libseccomp"
                    r"|libassuan|libgpg-error"),
    "agent/beid-agent-card": (
        None, None, r"libp11|libcrypto|libassuan|libgpg-error|libseccomp"),
}

# Only where libassuan does not bring its functions along.
SOMETIMES = ("libgpg-error",)


def output(*arguments):
    return subprocess.run(arguments, stdout=subprocess.PIPE, check=True,
                          text=True).stdout


def exports(path):
    lines = output("nm", "-D", "--defined-only", "--format=posix", path)
    return {line.split()[0].split("@")[0] for line in lines.splitlines()
            if line.split()[1] != "A"}


def needed(path):
    found = output("readelf", "--dynamic", "--wide", path)
    return re.findall(r"\(NEEDED\).*\[([^\]]+)\]", found)


def check(path, rule):
    """Findings about one built file."""
    may_export, must_export, may_need = rule
    findings = []
    if may_export is not None:
        names = exports(path)
        findings += [f"{path}: exports {name}" for name in sorted(names)
                     if not re.fullmatch(may_export, name)]
        if must_export not in names:
            findings.append(f"{path}: does not export {must_export}")
    libraries = needed(path)
    findings += [f"{path}: does not need {name}, which the list has"
                 for name in may_need.split("|") if name not in SOMETIMES
                 and not any(library.startswith(name + ".so")
                             for library in libraries)]
    for library in libraries:
        if not re.fullmatch(rf"({may_need})[\w.-]*\.so[\d.]*|{LIBC}"
                            rf"|{SANITIZERS}", library):
            findings.append(f"{path}: needs {library}")
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, metavar="DIR")
    parser.add_argument("files", nargs="*", choices=[[], *RULES],
                        help="default: all of them")
    options = parser.parse_args()
    findings = []
    for name in options.files or RULES:
        path = os.path.join(options.build, name)
        if os.path.exists(path):
            findings += check(path, RULES[name])
        else:
            findings.append(f"{path}: was not built")
    print("\n".join(findings) or "as designed")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
