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

# What those bring into the process in turn, by soname: all of it, on Debian 12
# and 13 together, which differ in the versions of some. Nothing else is in a
# process of ours but what is loaded by name: libpcsclite_real.so.1 on Debian
# 13 (pcsc-lite's own second half), and the module.
CRYPTO = {"libcrypto.so.3", "libz.so.1", "libzstd.so.1"}
# libmicrohttpd's TLS, which is never switched on.
TLS = {"libgnutls.so.30", "libp11-kit.so.0", "libffi.so.8", "libidn2.so.0",
       "libunistring.so.2", "libunistring.so.5", "libtasn1.so.6",
       "libnettle.so.8", "libhogweed.so.6", "libgmp.so.10"}
ASSUAN = {"libassuan.so.0", "libassuan.so.9", "libgpg-error.so.0"}
CLOSURES = {
    "pkcs11/beid-agent-pkcs11.so": {"libpcsclite.so.1", *CRYPTO},
    # Runs in a portal's backend, beside its own TLS. libcurl brings protocols
    # that are not used: fetch.c allows HTTP alone.
    "portal/verify/libbeid-verify.so": {
        "libcjson.so.1", *CRYPTO, "libcurl.so.4", "libssl.so.3",
        "libbrotlicommon.so.1", "libbrotlidec.so.1",
        "libnghttp2.so.14", "libnghttp3.so.9", "libpsl.so.5", "librtmp.so.1",
        "libssh2.so.1", "libresolv.so.2", "libkeyutils.so.1", "libcom_err.so.2",
        "libgssapi_krb5.so.2", "libk5crypto.so.3", "libkrb5.so.3",
        "libkrb5support.so.0", "libldap-2.5.so.0", "liblber-2.5.so.0",
        "libldap.so.2", "liblber.so.2", "libsasl2.so.2", *TLS},
    "agent/beid-agent": {
        "libmicrohttpd.so.12", "libcjson.so.1", *CRYPTO, "libinih.so.1",
        "libseccomp.so.2", *ASSUAN, *TLS},
    # No TLS, no resolver, no second way to a card.
    "agent/beid-agent-card": {"libp11.so.3", *CRYPTO, "libseccomp.so.2",
                              *ASSUAN},
}


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


def loaded(path):
    """Sonames of all that the loader brings for a file, found or not."""
    lines = output("ldd", path).splitlines()
    return [os.path.basename(line.split()[0]) for line in lines]


def check_closure(path, libraries, may_load):
    # A sanitizer brings the C++ library and more into what is a test build.
    if any(re.fullmatch(SANITIZERS, library) for library in libraries):
        return []
    return [f"{path}: {name} comes along" for name in loaded(path)
            if not re.fullmatch(LIBC, name) and name not in may_load]


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
            findings += check_closure(path, needed(path), CLOSURES[name])
        else:
            findings.append(f"{path}: was not built")
    print("\n".join(findings) or "as designed")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
