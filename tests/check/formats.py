#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""Threat D-01, from the programs themselves: no format in them could write
what passes between card and agent, or who the citizen is. Only the sections
of constants are read; in machine code anything is found by chance."""

import argparse
import os
import re
import subprocess
import sys
import tempfile

PROGRAMS = ("agent/beid-agent", "agent/beid-agent-card",
            "pkcs11/beid-agent-pkcs11.so")
SECTION = re.compile(r"\.(rodata|data)\b")
CONVERSION = re.compile(
    r"%[-+ #0']*(\*|\d+)?(\.(\*|\d+)?)?(hh|h|ll|l|z|j|t)?[diouxXcspfFeEgGaA]")
# Bytes as hexadecimal, which is how an exchange with a card is traced.
HEX = re.compile(r"%0?2(hh)?[xX]")
# What no message has a value for.
WORDS = re.compile(
    r"apdu|transmit|\bSW\b|\bpin\b|\bpuk\b|token|nonce|challenge|certificate"
    r"|subject|issuer|serial|surname|given|first ?name|birth|national|\brrn\b"
    r"|digest|hash|photo|address|holder|reader", re.I)
# Each was looked at: what its conversions stand for.
KNOWN = {
    "%02x": "the SHA-256 of the citizen's file that 'sign' prints",
    "D1-%llX-%02X": "doctor's support code: its findings as bits",
    "%2e": "no format: a dot in an URL, looked for in resources",
    "%2E": "the same",
    "no CA certificate: %s": "the name of an error",
}


def strings(path):
    """What stands in the sections of constants, ended by a zero byte."""
    table = subprocess.run(["readelf", "--section-headers", "--wide", path],
                           stdout=subprocess.PIPE, check=True, text=True)
    found = set()
    for name in re.findall(r"^\s*\[\s*\d+\]\s+(\.\S+)", table.stdout, re.M):
        if not SECTION.match(name):
            continue
        with tempfile.NamedTemporaryFile() as part:
            subprocess.run(["objcopy", "-O", "binary",
                            f"--only-section={name}",
                            "--set-section-flags", f"{name}=alloc", path,
                            part.name], check=True)
            for word in part.read().split(b"\0"):
                try:
                    text = word.decode("utf-8")
                except UnicodeDecodeError:
                    continue
                if text and not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text):
                    found.add(text)
    return found


def formats(path):
    return {text for text in strings(path) if CONVERSION.search(text)}


def findings(path, without=()):
    every = strings(path)
    found = [f"{path}: could write bytes of an exchange: {text!r}"
             for text in every if HEX.search(text) and text not in KNOWN]
    found += [f"{path}: could write what is a person's: {text!r}"
              for text in every if CONVERSION.search(text)
              and WORDS.search(text) and text not in KNOWN]
    return sorted(found) + [f"{path}: says {text!r}" for text in sorted(every)
                            for word in without if word in text]


def control():
    """A program that has such formats is found out."""
    bad = ("> %02X%02X", "SW %04x", "national number %s",
           "read the certificate of %.*s")
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "a.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("#include <stdio.h>\nint main(int n, char **v)\n{\n"
                       + "".join(f'    printf("{text}\\n", n, v[0], v[0]);\n'
                                 for text in bad) + "    return 0;\n}\n")
        program = os.path.join(folder, "a")
        subprocess.run(["cc", "-w", "-O2", source, "-o", program], check=True)
        found = "\n".join(findings(program))
    return [f"the search does not find {text!r}" for text in bad
            if text not in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", metavar="DIR", help="the programs in there")
    parser.add_argument("--without", action="append", default=[],
                        metavar="TEXT", help="must not be in them either")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    files = options.files + [os.path.join(options.build, name)
                             for name in (PROGRAMS if options.build else ())]
    found = control()
    for path in files:
        print(f"{path}: {len(formats(path))} formats")
        found += findings(path, options.without)
    print("\n".join(found) or "none could write anything personal")
    sys.exit(1 if found or not files else 0)


if __name__ == "__main__":
    main()
