#!/usr/bin/env python3
# SPDX-FileCopyrightText: The beid-agent authors
# SPDX-License-Identifier: Apache-2.0
"""vector.py KIND CODE NAME ARGUMENT...: one case of forged.sh or statement.sh
as a line for portal/vectors: what beid-verify was given, and the verdict that
is expected. A token comes on standard input. See portal/vectors/README.md."""

import base64
import json
import os
import sys
import time

TOO_LONG = 16384  # the limits on size are told by README.md
FILES = {"--trust": "trust", "--intermediate": "intermediates"}
TEXTS = {"--origin": "origin", "--nonce": "nonce", "--at": "at",
         "--portal-name": "portalName", "--lang": "lang",
         "--person": "personSha256"}


def file(name):
    with open(name, encoding="utf-8") as text:
        return text.read()


def certificate(name):
    with open(name, "rb") as data:
        content = data.read()
    if content.startswith(b"-----"):
        return content.decode()
    return ("-----BEGIN CERTIFICATE-----\n"
            + base64.encodebytes(content).decode()
            + "-----END CERTIFICATE-----\n")


def main():
    kind, code, name, *arguments = sys.argv[1:]
    case = {"name": name, "kind": kind, "exitCode": int(code),
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "trust": [], "intermediates": []}
    while arguments:
        option = arguments.pop(0)
        if option == "--no-inferred-policies":
            case["inferredPolicies"] = False
            continue
        value = arguments.pop(0)
        if option in FILES:
            case[FILES[option]].append(certificate(value))
        elif option in TEXTS:
            case[TEXTS[option]] = value
        elif option == "--policy":
            case.setdefault("policies", []).append(value)
        elif option == "--same-person-as":
            case["loginCertificate"] = certificate(value)
        elif option == "--revocation":
            if value != "off":
                return
        else:
            sys.exit(f"vector.py: what is {option}?")
    if kind == "statement":
        case["request"] = file("request.jws").strip("\n")
        case["answer"] = file("answer.json")
    else:
        token = sys.stdin.buffer.read()
        if len(token) > TOO_LONG:
            return
        try:
            case["token"] = token.decode()
        except UnicodeDecodeError:
            case["tokenBase64"] = base64.b64encode(token).decode()
        if "BEID_REQUEST" in os.environ:
            case["request"] = os.environ["BEID_REQUEST"]
    print(json.dumps(case, ensure_ascii=False))


main()
